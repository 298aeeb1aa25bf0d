//! From a history of SOC to swings: rainflow counting as the history comes in.
//!
//! The three-point rule of ASTM E1049: a swing that lies inside the next larger one is counted as a
//! full cycle and taken out; one that begins the history is counted as half. So a brake's short
//! charge within a long discharge leaves the long discharge whole. What has not closed yet stays on
//! a stack of turning points, which converges and cannot outgrow the dead band.

/// A reversal of SOC smaller than this is none: 0.1 % of the capacity.
const DEAD_BAND: f64 = 1e-3;
/// Seconds in an hour.
const SECONDS_PER_HOUR: f64 = 3600.0;

/// A counted swing of SOC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swing {
    /// Difference between its ends, share of the cell's capacity, above 0.
    pub depth: f64,
    /// Middle between its ends, SOC.
    pub soc_mean: f64,
    /// 1 for there and back, 0.5 for one way.
    pub cycles: f64,
    /// Mean current while it flowed, capacities of the cell per hour.
    pub c_rate: f64,
    /// Mean current of the latest discharge, capacities of the cell per hour; 0 before any.
    pub discharge_c_rate: f64,
}

impl Swing {
    /// Throughput, in equivalent full cycles of the cell's capacity.
    #[must_use]
    pub fn efc(&self) -> f64 {
        self.cycles * self.depth
    }
}

/// A turning point, and the time for which current flowed on the way to it.
#[derive(Clone, Copy, Debug)]
struct Turn {
    soc: f64,
    flowing_s: f64,
}

/// Counts swings of SOC. One per cell.
#[derive(Clone, Debug, Default)]
pub struct CycleCounter {
    /// Turning points that no swing has used up yet; the last one is still moving.
    turns: Vec<Turn>,
    discharge_c_rate: f64,
    /// Time of current on a way back that is not yet a reversal, second.
    aside_s: f64,
}

impl CycleCounter {
    /// A counter that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the SOC after `flowing_s` seconds of current (0 while the cell stands), and gives
    /// the swings to `counted` that this closes. The SOC must move in one direction between calls,
    /// or reversals between them are not seen.
    pub fn observe(&mut self, soc: f64, flowing_s: f64, mut counted: impl FnMut(Swing)) {
        let Some(last) = self.turns.last().copied() else {
            self.turns.push(Turn { soc, flowing_s: 0.0 });
            return;
        };
        let way_s = self.aside_s + flowing_s;
        self.aside_s = 0.0;
        if self.goes_on(soc) {
            self.turns.pop();
            self.turns.push(Turn { soc, flowing_s: last.flowing_s + way_s });
        } else if (soc - last.soc).abs() >= DEAD_BAND {
            self.note_discharge();
            self.close(&mut counted);
            self.turns.push(Turn { soc, flowing_s: way_s });
        } else {
            self.aside_s = way_s;
        }
    }

    /// Ends the history: every open swing is given as a half.
    pub fn finish(&mut self, mut counted: impl FnMut(Swing)) {
        self.note_discharge();
        self.close(&mut counted);
        for index in 1..self.turns.len() {
            counted(self.swing(index, 0.5, self.turns[index].flowing_s));
        }
        self.turns.clear();
    }

    /// Whether `soc` continues the way to the last turning point.
    fn goes_on(&self, soc: f64) -> bool {
        match self.turns.as_slice() {
            [.., before, last] => (soc - last.soc) * (last.soc - before.soc) >= 0.0,
            _ => false,
        }
    }

    fn note_discharge(&mut self) {
        if let [.., before, last] = self.turns.as_slice()
            && last.soc < before.soc
        {
            self.discharge_c_rate = rate(before.soc - last.soc, last.flowing_s);
        }
    }

    /// Counts what the last turning point has closed.
    fn close(&mut self, counted: &mut impl FnMut(Swing)) {
        while let [.., first, second, third] = self.turns.as_slice() {
            let (inner, outer) = ((second.soc - first.soc).abs(), (third.soc - second.soc).abs());
            // Swings that shrink by less than a reversal are alike, or those of an ageing cell would
            // nest without end.
            if outer < inner - DEAD_BAND {
                return;
            }
            if self.turns.len() == 3 {
                counted(self.swing(1, 0.5, second.flowing_s));
                self.turns.remove(0);
            } else {
                self.take_out(counted);
            }
        }
    }

    /// Takes the last but one way out as a full cycle: there, and the same depth of the way back.
    fn take_out(&mut self, counted: &mut impl FnMut(Swing)) {
        let last = self.turns.len() - 1;
        let [first, second, third] = [last - 2, last - 1, last].map(|index| self.turns[index]);
        let share = ((second.soc - first.soc) / (third.soc - second.soc)).abs().min(1.0);
        let back_s = share * third.flowing_s;
        let mean_s = 0.5 * (second.flowing_s + back_s);
        counted(self.swing(last - 1, 1.0, mean_s));
        let flowing_s = first.flowing_s + third.flowing_s - back_s;
        self.turns.truncate(last - 2);
        self.turns.push(Turn { soc: third.soc, flowing_s });
    }

    /// The way to turning point `to`, passed in `flowing_s` seconds.
    fn swing(&self, to: usize, cycles: f64, flowing_s: f64) -> Swing {
        let (from, to) = (self.turns[to - 1].soc, self.turns[to].soc);
        let depth = (to - from).abs();
        Swing {
            depth,
            soc_mean: 0.5 * (from + to),
            cycles,
            c_rate: rate(depth, flowing_s),
            discharge_c_rate: self.discharge_c_rate,
        }
    }
}

fn rate(depth: f64, flowing_s: f64) -> f64 {
    if flowing_s > 0.0 { depth * SECONDS_PER_HOUR / flowing_s } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Swings of a history of turning points, an hour each, as (depth, cycles).
    fn counted(history: &[f64]) -> Vec<(f64, f64)> {
        let mut counter = CycleCounter::new();
        let mut swings = Vec::new();
        for soc in history {
            counter.observe(*soc, 3600.0, |swing| swings.push((swing.depth, swing.cycles)));
        }
        counter.finish(|swing| swings.push((swing.depth, swing.cycles)));
        swings
    }

    /// The example of ASTM E1049-85, section 5.4.4: -2, 1, -3, 5, -1, 3, -4, 4, -2, in tenths.
    #[test]
    fn the_example_of_the_standard_is_counted_as_the_standard_does() {
        let history = [-0.2, 0.1, -0.3, 0.5, -0.1, 0.3, -0.4, 0.4, -0.2];
        let mut swings = counted(&history);
        swings.sort_by(|a, b| a.0.total_cmp(&b.0));
        let standard =
            [(0.3, 0.5), (0.4, 0.5), (0.4, 1.0), (0.6, 0.5), (0.8, 0.5), (0.8, 0.5), (0.9, 0.5)];
        assert_eq!(swings.len(), standard.len());
        // Those of one depth may come in either order.
        let cycles = |of: &[(f64, f64)], depth: f64| -> f64 {
            of.iter().filter(|it| (it.0 - depth).abs() < 1e-9).map(|it| it.1).sum()
        };
        for depth in [0.3, 0.4, 0.6, 0.8, 0.9] {
            let (counted, expected) = (cycles(&swings, depth), cycles(&standard, depth));
            assert!((counted - expected).abs() < 1e-12, "{counted} cycles of depth {depth}");
        }
    }

    #[test]
    fn a_brake_within_a_discharge_leaves_the_discharge_whole() {
        let swings = counted(&[1.0, 0.6, 0.65, 0.0, 1.0]);
        assert!(swings.iter().any(|it| (it.0 - 0.05).abs() < 1e-12 && it.1 > 0.5), "{swings:?}");
        assert_eq!(swings.iter().filter(|it| it.0 > 0.999 && it.1 < 1.0).count(), 2);
    }

    #[test]
    fn throughput_is_kept() {
        let history: [f64; 10] = [0.5, 0.9, 0.2, 0.7, 0.65, 0.8, 0.1, 1.0, 0.4, 0.45];
        let throughput: f64 = history.windows(2).map(|way| (way[1] - way[0]).abs()).sum();
        let counted: f64 = counted(&history).iter().map(|(depth, cycles)| depth * cycles).sum();
        approx::assert_relative_eq!(counted, 0.5 * throughput, max_relative = 1e-12);
    }

    #[test]
    fn a_reversal_counts_from_the_dead_band_on() {
        let swings = |dip: f64| counted(&[1.0, 0.5, 0.5 + dip, 0.0]).len();
        assert_eq!(swings(0.999e-3), 1, "one discharge");
        assert_eq!(swings(1.001e-3), 2, "a discharge and a cycle in it");
    }

    #[test]
    fn steps_on_the_way_and_rests_at_its_end_make_no_swing_of_their_own() {
        let mut counter = CycleCounter::new();
        let mut swings = Vec::new();
        counter.observe(1.0, 0.0, |swing| swings.push(swing));
        for step in 1..=2_000 {
            counter.observe(1.0 - 0.0005 * f64::from(step), 3.6, |swing| swings.push(swing));
        }
        counter.observe(0.0, 0.0, |swing| swings.push(swing));
        counter.observe(0.5, 1800.0, |swing| swings.push(swing));
        counter.observe(1.0, 1800.0, |swing| swings.push(swing));
        counter.finish(|swing| swings.push(swing));
        assert_eq!(swings.len(), 2);
        approx::assert_relative_eq!(swings[0].depth, 1.0, max_relative = 1e-9);
        approx::assert_relative_eq!(swings[0].c_rate, 0.5, max_relative = 1e-9);
        approx::assert_relative_eq!(swings[1].c_rate, 1.0, max_relative = 1e-9);
        approx::assert_relative_eq!(swings[1].discharge_c_rate, 0.5, max_relative = 1e-9);
    }

    #[test]
    fn swings_that_shrink_slowly_are_counted_as_they_come() {
        let mut counter = CycleCounter::new();
        let mut throughput = 0.0;
        for index in 0..2_000_u32 {
            let low = 0.05 + 1e-5 * f64::from(index);
            counter.observe(1.0, 3600.0, |swing| throughput += swing.efc());
            counter.observe(low, 3600.0, |swing| throughput += swing.efc());
        }
        assert!((throughput - 1_880.0).abs() < 3.0, "{throughput} of 1,880");
        assert!(counter.turns.len() < 4, "{} turning points", counter.turns.len());
    }

    #[test]
    fn what_is_remembered_stays_small_over_a_long_life() {
        let mut counter = CycleCounter::new();
        let mut swings = 0_u32;
        for index in 0..20_000_u32 {
            let up = if index % 2 == 0 { 0.9 } else { 0.1 };
            let soc = up - 0.05 * f64::from(index % 7) / 7.0;
            counter.observe(soc, 3600.0, |_| swings += 1);
        }
        assert!(counter.turns.len() < 50, "{} turning points", counter.turns.len());
        assert!(swings > 9_000);
    }
}
