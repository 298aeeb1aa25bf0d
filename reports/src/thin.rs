//! Fewer points for the same line: what a straight line between its neighbours says as well, to
//! within a stated resolution, is left out.
//!
//! The method is the swinging door (E. H. Bristol, "Swinging Door Trending", ISA 1990): from the
//! last point kept, a door opens to every later one, as wide as the resolution allows; once the
//! line to the next point leaves the door, the point before it is kept, too.

use std::ops::RangeInclusive;

/// How fine a quantity is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Resolution {
    /// A value left out may be this far from the line, in its own unit.
    pub(crate) within: f64,
    /// Decimals of what is written: a digit more.
    pub(crate) decimals: usize,
}

/// Of voltages, in volts: a sixth of a count of the front end (0.625 mV, SH367309).
pub(crate) const VOLTAGE_V: Resolution = Resolution { within: 1e-4, decimals: 5 };
/// Of differences of voltages, in millivolts.
pub(crate) const VOLTAGE_MV: Resolution = Resolution { within: 0.1, decimals: 2 };
/// Of currents, in amperes.
pub(crate) const CURRENT_A: Resolution = Resolution { within: 1e-2, decimals: 3 };
/// Of temperatures, in degrees Celsius.
pub(crate) const TEMPERATURE_C: Resolution = Resolution { within: 1e-2, decimals: 3 };
/// Of shares, such as a state of charge, of one.
pub(crate) const SHARE: Resolution = Resolution { within: 1e-5, decimals: 6 };
/// Of shares in per cent.
pub(crate) const PER_CENT: Resolution = Resolution { within: 1e-3, decimals: 4 };

/// A quantity at every point, and how far it may be from the line.
pub(crate) struct Quantity<'a> {
    /// Its value at a point.
    pub(crate) value: Box<dyn Fn(usize) -> f64 + 'a>,
    /// In its own unit; above zero.
    pub(crate) within: f64,
}

impl<'a> Quantity<'a> {
    pub(crate) fn new(value: impl Fn(usize) -> f64 + 'a, within: f64) -> Self {
        Self { value: Box::new(value), within }
    }

    fn slope(&self, from: usize, to: usize, length: f64) -> f64 {
        let (a, b) = ((self.value)(from), (self.value)(to));
        // What is no number is no slope either, unless it stays what it is.
        if a.to_bits() == b.to_bits() { 0.0 } else { (b - a) / length }
    }

    /// The door from one point to another, narrowed to what `door` leaves.
    fn narrowed(&self, door: &Door, from: usize, to: usize, length: f64) -> Door {
        let (slope, room) = (self.slope(from, to, length), self.within / length);
        if slope.is_nan() {
            return CLOSED;
        }
        door.start().max(slope - room)..=door.end().min(slope + room)
    }
}

type Door = RangeInclusive<f64>;

const OPEN: Door = f64::NEG_INFINITY..=f64::INFINITY;
/// What is no number lets no line through.
const CLOSED: Door = f64::INFINITY..=f64::NEG_INFINITY;

/// The points that are kept, in order: the first, the last, those that `must` names, and so many
/// that no quantity is further from the straight line between two of them than it may be. Points at
/// one place, which make a jump, are kept all.
pub(crate) fn kept(
    places: &[f64],
    quantities: &[Quantity<'_>],
    must: impl Fn(usize) -> bool,
) -> Vec<usize> {
    let mut kept: Vec<usize> = places.first().map(|_| 0).into_iter().collect();
    let mut doors = vec![OPEN; quantities.len()];
    for next in 1..places.len() {
        let mut anchor = kept.last().copied().unwrap_or(0);
        let straight = |length: f64| {
            let fits =
                |(it, door): (&Quantity<'_>, &Door)| door.contains(&it.slope(anchor, next, length));
            length > 0.0 && quantities.iter().zip(&doors).all(fits)
        };
        if anchor + 1 < next
            && (must(next - 1)
                || places[next] <= places[next - 1]
                || !straight(places[next] - places[anchor]))
        {
            anchor = next - 1;
            kept.push(anchor);
            doors.fill(OPEN);
        }
        let length = places[next] - places[anchor];
        if length > 0.0 {
            for (it, door) in quantities.iter().zip(&mut doors) {
                *door = it.narrowed(door, anchor, next, length);
            }
        } else {
            kept.push(next);
            doors.fill(OPEN);
        }
    }
    if places.len() > 1 && kept.last() != Some(&(places.len() - 1)) {
        kept.push(places.len() - 1);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(points: &[(f64, f64)], within: f64) -> Vec<usize> {
        let places: Vec<_> = points.iter().map(|it| it.0).collect();
        kept(&places, &[Quantity::new(|index| points[index].1, within)], |_| false)
    }

    /// The largest distance from the lines between the points kept, read independently.
    fn missed(points: &[(f64, f64)], kept: &[usize]) -> f64 {
        let between = |pair: &[usize]| {
            let ((x0, y0), (x1, y1)) = (points[pair[0]], points[pair[1]]);
            let off = |&(x, y): &(f64, f64)| (y0 + (y1 - y0) * (x - x0) / (x1 - x0) - y).abs();
            points[pair[0] + 1..pair[1]].iter().map(off).fold(0.0, f64::max)
        };
        kept.windows(2).map(between).fold(0.0, f64::max)
    }

    #[test]
    fn of_a_straight_line_its_ends_are_kept_and_of_a_bent_one_the_bend() {
        let bent: Vec<_> = (0..100_u32)
            .map(|index| (f64::from(index), if index < 40 { 1.0 } else { f64::from(index - 39) }))
            .collect();
        assert_eq!(of(&bent[..39], 1e-6), [0, 38]);
        assert_eq!(of(&bent, 1e-6), [0, 40, 99]);
        assert_eq!(of(&bent[..1], 1e-6), [0]);
        assert_eq!(of(&[], 1e-6), [] as [usize; 0]);
    }

    #[test]
    fn a_curve_is_met_within_the_resolution_by_few_points() {
        let curve: Vec<_> = (0..5_000_u32)
            .map(|index| (f64::from(index) * 0.01, 3.0 + 0.3 * libm::sin(f64::from(index) * 0.004)))
            .collect();
        let few = of(&curve, 1e-3);
        assert!(few.len() < 100, "{}", few.len());
        assert!(missed(&curve, &few) <= 1e-3 * (1.0 + 1e-9), "{}", missed(&curve, &few));
        assert!(missed(&curve, &[0, 4_999]) > 0.1, "it is no straight line");
    }

    #[test]
    fn a_peak_of_one_point_is_kept_and_one_within_the_resolution_is_not() {
        let peak = |height: f64| {
            let value = |index: u32| if index == 50 { height } else { 0.0 };
            (0..100_u32).map(|index| (f64::from(index), value(index))).collect::<Vec<_>>()
        };
        assert_eq!(of(&peak(0.05), 0.01), [0, 49, 50, 51, 99]);
        assert_eq!(of(&peak(0.009), 0.01), [0, 99]);
    }

    #[test]
    fn a_jump_keeps_both_its_points_and_what_must_be_kept_is() {
        let jump = [(0.0, 1.0), (1.0, 1.0), (2.0, 1.0), (2.0, 5.0), (3.0, 5.0), (4.0, 5.0)];
        assert_eq!(of(&jump, 0.1), [0, 2, 3, 5]);
        let flat = Quantity::new(|_| 1.0, 0.1);
        assert_eq!(kept(&[0.0, 1.0, 2.0, 3.0], &[flat], |index| index == 2), [0, 2, 3]);
    }

    #[test]
    fn what_is_no_number_is_kept_from_where_it_begins_to_where_it_ends() {
        let mut points: Vec<_> = (0..10_u32).map(|index| (f64::from(index), 1.0)).collect();
        for it in &mut points[4..7] {
            it.1 = f64::NAN;
        }
        assert_eq!(of(&points, 0.1), [0, 3, 4, 6, 7, 9]);
        points[5].1 = 1.0;
        assert_eq!(of(&points, 0.1), [0, 3, 4, 5, 6, 7, 9]);
    }
}
