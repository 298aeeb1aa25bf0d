//! A quantity as a function of time, made of steps or straight lines.

use crate::time::SimTime;

/// A quantity as a function of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Points in time order; before the first and after the last the value stays.
    pub points: Vec<(SimTime, f64)>,
    /// How to read between points.
    pub shape: Shape,
}

/// How to read a profile between its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Hold the last point's value.
    Step,
    /// Straight lines; two points at one time make a jump.
    Linear,
}

impl Profile {
    /// A value that never changes.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self { points: vec![(SimTime::ZERO, value)], shape: Shape::Step }
    }

    /// A daily wave about `mean`, highest at `highest_at` of each day and then by `swing` above
    /// it, over so many days: chords of a cosine between points a quarter of an hour apart, at
    /// most 0.06 % of the swing inside it.
    #[must_use]
    pub fn daily(mean: f64, swing: f64, highest_at: SimTime, days: u32) -> Self {
        const PER_DAY: u32 = 96;
        let quarter = |index: u32| SimTime::from_secs(900 * u64::from(index));
        let value = |index: u32| {
            let late_s = quarter(index).as_secs_f64() - highest_at.as_secs_f64();
            mean + swing * libm::cos(std::f64::consts::TAU * late_s / 86_400.0)
        };
        let points = (0..=days * PER_DAY).map(|index| (quarter(index), value(index))).collect();
        Self { points, shape: Shape::Linear }
    }

    /// The value at `at`. At a jump, the value after it.
    #[must_use]
    pub fn at(&self, at: SimTime) -> f64 {
        let after = self.points.partition_point(|(time, _)| *time <= at);
        let Some(&(t0, v0)) = after.checked_sub(1).and_then(|before| self.points.get(before))
        else {
            return self.points.first().map_or(0.0, |(_, value)| *value);
        };
        match (self.shape, self.points.get(after)) {
            (Shape::Linear, Some(&(t1, v1))) => {
                v0 + (v1 - v0) * (at.seconds_since(t0) / t1.seconds_since(t0))
            }
            _ => v0,
        }
    }

    /// Whether the value just before `at` is another than at `at`.
    #[must_use]
    pub fn jumps_at(&self, at: SimTime) -> bool {
        let (before, after) = (
            self.points.partition_point(|(time, _)| *time < at),
            self.points.partition_point(|(time, _)| *time <= at),
        );
        let from = match self.shape {
            Shape::Step => before.checked_sub(1).and_then(|index| self.points.get(index)),
            Shape::Linear => self.points.get(before),
        };
        let to = after.checked_sub(1).and_then(|index| self.points.get(index));
        before < after && from.zip(to).is_some_and(|(from, to)| from.1.to_bits() != to.1.to_bits())
    }

    /// This profile up to `now`, and from then on `other`, which counts from there. What nobody
    /// looks back to, before `needed`, is left out.
    #[must_use]
    pub fn continued(&self, other: &Self, now: SimTime, needed: SimTime) -> Self {
        let shape = match (self.shape, other.shape) {
            (Shape::Step, Shape::Step) => Shape::Step,
            _ => Shape::Linear,
        };
        let mut points = self.written_as(shape);
        let first = points.partition_point(|(at, _)| *at <= needed).saturating_sub(1);
        points.drain(..first);
        let before = now.0.checked_sub(1).map(|before| self.at(SimTime(before)));
        points.truncate(points.partition_point(|(at, _)| *at < now));
        points.extend(before.filter(|_| shape == Shape::Linear).map(|value| (now, value)));
        let later = |(at, value)| (SimTime(now.0.saturating_add(at)), value);
        if other.points.first().is_none_or(|(at, _)| *at > SimTime::ZERO) {
            points.push((now, other.at(SimTime::ZERO)));
        }
        points.extend(other.written_as(shape).into_iter().map(|(at, value)| later((at.0, value))));
        Self { points, shape }
    }

    /// Its points, written as steps (only for what is steps) or as lines with jumps.
    fn written_as(&self, shape: Shape) -> Vec<(SimTime, f64)> {
        if shape == self.shape {
            return self.points.clone();
        }
        let ends = self.points.windows(2).flat_map(|pair| [pair[0], (pair[1].0, pair[0].1)]);
        ends.chain(self.points.last().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_profile_reads_between_its_points_and_jumps_where_two_share_a_time() {
        let s = SimTime::from_secs;
        let ramp = Profile {
            points: vec![(s(0), 3.7), (s(60), 3.76), (s(60), 3.5), (s(70), 3.5)],
            shape: Shape::Linear,
        };
        approx::assert_abs_diff_eq!(ramp.at(s(50)), 3.75, epsilon = 1e-12);
        approx::assert_abs_diff_eq!(ramp.at(s(60)), 3.5, epsilon = 1e-12);
        approx::assert_abs_diff_eq!(ramp.at(s(99)), 3.5, epsilon = 1e-12);
        let jumps = [0, 30, 60, 70, 99].map(|at| ramp.jumps_at(s(at)));
        assert_eq!(jumps, [false, false, true, false, false]);
    }

    #[test]
    fn a_step_profile_jumps_at_the_points_that_change_it() {
        let s = SimTime::from_secs;
        let steps =
            Profile { points: vec![(s(0), 0.0), (s(1), 20.0), (s(2), 20.0)], shape: Shape::Step };
        let jumps = [0, 1, 2, 3].map(|at| steps.jumps_at(s(at)));
        assert_eq!(jumps, [false, true, false, false]);
    }

    #[test]
    fn a_profile_goes_on_as_another_one_from_a_moment() {
        let s = SimTime::from_secs;
        let ramp = Profile { points: vec![(s(0), 0.0), (s(10), 10.0)], shape: Shape::Linear };
        let steps = Profile { points: vec![(s(0), 7.0), (s(2), 8.0)], shape: Shape::Step };
        let [mixed, other, plain] =
            [ramp.continued(&steps, s(5), s(0)), steps.continued(&ramp, s(5), s(0)), {
                steps.continued(&steps, s(1), s(0))
            }];
        for (profile, at, value) in [
            (&mixed, SimTime(4_000_000_000), 4.0),
            (&mixed, s(5), 7.0),
            (&mixed, SimTime(6_999_999_999), 7.0),
            (&mixed, s(7), 8.0),
            (&mixed, s(99), 8.0),
            (&other, s(1), 7.0),
            (&other, SimTime(4_999_999_999), 8.0),
            (&other, s(5), 0.0),
            (&other, s(9), 4.0),
            (&plain, SimTime(999_999_999), 7.0),
            (&plain, SimTime(2_999_999_999), 7.0),
            (&plain, s(3), 8.0),
        ] {
            approx::assert_abs_diff_eq!(profile.at(at), value, epsilon = 1e-6);
        }
        assert!(mixed.jumps_at(s(5)) && mixed.jumps_at(s(7)) && !mixed.jumps_at(s(6)));
        assert_eq!(plain.shape, Shape::Step);
    }

    #[test]
    fn what_nobody_looks_back_to_is_left_out_of_a_profile_that_goes_on() {
        let s = SimTime::from_secs;
        let mut profile = Profile::constant(1.0);
        for round in 1..1_000 {
            profile = profile.continued(&Profile::constant(2.0), s(round), s(round - 1));
        }
        assert!(profile.points.len() <= 3, "{}", profile.points.len());
    }
}
