//! Cells in parallel: each behind its own resistance and contact, between two busbars that have
//! resistance too (equations (G1) to (G5) of `docs/physics-plant.md`).
//!
//! A ladder needs no matrix: seen from where the string is connected, each rung and all beyond it
//! are one source with a resistance, found from the far end inwards. This is exact, costs a few
//! operations a cell, and takes bars of no resistance and cells that are open as they are. The
//! tests hold it against a nodal analysis with LU decomposition.

use crate::parts::Feed;

/// Resistance that stands for an open contact, ohm: the board's leakage across the taps.
pub(super) const OPEN_OHM: f64 = 1e6;
/// Resistance that stands for none in a rung, ohm.
const RUNG_MIN_OHM: f64 = 1e-9;

/// A cell with its contact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rung {
    /// Voltage at no current, volt.
    pub(super) emf_v: f64,
    /// Resistance of cell and contact, ohm.
    pub(super) ohm: f64,
}

/// Current of a rung, charge positive: `own_a + share` times the group's current.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct RungCurrent {
    /// At no group current: what the cells exchange, ampere.
    pub(super) own_a: f64,
    /// Share of the group's current.
    pub(super) share: f64,
}

/// A group between its terminals, as a source with a resistance.
#[derive(Clone, Debug)]
pub(super) struct Reduced {
    /// Voltage at no current, volt.
    pub(super) emf_v: f64,
    /// Resistance, ohm.
    pub(super) ohm: f64,
    /// What its cells carry.
    pub(super) currents: Vec<RungCurrent>,
}

/// The bars of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bars<'a> {
    /// Resistance of one bar between a cell and the next, ohm; the last means nothing.
    pub(super) ohm: &'a [f64],
    /// Where the string is connected.
    pub(super) feed: Feed,
}

impl Bars<'_> {
    /// Reduces a group of at least one cell.
    pub(super) fn reduce(&self, rungs: &[Rung]) -> Reduced {
        let count = rungs.len();
        let seen = self.seen_from_the_feed(rungs);
        let mut currents = vec![RungCurrent::default(); count];
        let mut on = RungCurrent { own_a: 0.0, share: 1.0 };
        let (mut emf_v, mut ohm) = (seen[0].source.emf_v, seen[0].source.ohm);
        for (cell, rung) in rungs.iter().enumerate() {
            let Seen { source, lean_ohm } = seen[cell];
            let size = rung.ohm.max(RUNG_MIN_OHM);
            let own_a = (source.emf_v - rung.emf_v + source.ohm * on.own_a) / size;
            let lean = lean_ohm - self.lean_of(cell);
            let share = (source.ohm * on.share + lean) / size;
            currents[cell] = if cell + 1 == count { on } else { RungCurrent { own_a, share } };
            on.own_a -= currents[cell].own_a;
            on.share -= currents[cell].share;
            if self.feed == Feed::OppositeEnds && cell + 1 < count {
                emf_v -= self.ohm[cell] * on.own_a;
                ohm += self.ohm[cell] * (1.0 - on.share);
            }
        }
        Reduced { emf_v, ohm: ohm + seen[0].lean_ohm, currents }
    }

    /// With opposite feeds the negative bar carries what the cells before have taken: the group's
    /// current less what flows on. The first part acts like a source in each rung, in proportion
    /// to the group's current: this many ohm times it, equation (G3).
    fn lean_of(&self, cell: usize) -> f64 {
        match self.feed {
            Feed::SameEnd => 0.0,
            Feed::OppositeEnds => -self.ohm[..cell].iter().sum::<f64>(),
        }
    }

    /// What each rung and all beyond it look like, equation (G2).
    fn seen_from_the_feed(&self, rungs: &[Rung]) -> Vec<Seen> {
        let alone = |cell: usize| Seen {
            source: Rung { ohm: rungs[cell].ohm.max(RUNG_MIN_OHM), ..rungs[cell] },
            lean_ohm: self.lean_of(cell),
        };
        let mut seen: Vec<Seen> = (0..rungs.len()).map(alone).collect();
        for cell in (0..rungs.len().saturating_sub(1)).rev() {
            let beyond = seen[cell + 1];
            seen[cell] = beyond.behind(2.0 * self.ohm[cell]).beside(&seen[cell]);
        }
        seen
    }

    /// Heat of both bars' stretches from one cell to the next for these rung currents, watt,
    /// equation (G4).
    pub(super) fn stretches_w(&self, rung_a: impl Fn(usize) -> f64) -> impl Iterator<Item = f64> {
        let count = self.ohm.len();
        let whole: f64 = (0..count).map(&rung_a).sum();
        let mut passed = 0.0;
        (0..count.saturating_sub(1)).map(move |cell| {
            passed += rung_a(cell);
            let on = whole - passed;
            let back = if self.feed == Feed::SameEnd { on } else { passed };
            self.ohm[cell] * (on * on + back * back)
        })
    }
}

/// A rung and all beyond it; its voltage leans by `lean_ohm` times the group's current.
#[derive(Clone, Copy, Debug)]
struct Seen {
    source: Rung,
    lean_ohm: f64,
}

impl Seen {
    fn behind(self, ohm: f64) -> Self {
        Self { source: Rung { ohm: self.source.ohm + ohm, ..self.source }, ..self }
    }

    fn beside(self, other: &Self) -> Self {
        let (a, b) = (self.source.ohm, other.source.ohm);
        let (by_self, by_other) = (b / (a + b), a / (a + b));
        // A difference, so that equal sources stay exactly what they are.
        let emf_v = other.source.emf_v + by_self * (self.source.emf_v - other.source.emf_v);
        let lean_ohm = self.lean_ohm * by_self + other.lean_ohm * by_other;
        Self { source: Rung { emf_v, ohm: a * by_self }, lean_ohm }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DMatrix, DVector};

    fn rungs() -> Vec<Rung> {
        let rung = |(emf_v, ohm)| Rung { emf_v, ohm };
        [(3.31, 1.1e-3), (3.28, 0.8e-3), (3.35, 1.4e-3), (3.30, 1.0e-3), (3.22, 2.0e-3)]
            .map(rung)
            .to_vec()
    }

    /// Nodal analysis of both bars: 2m nodes, the outlet grounded, LU decomposition.
    fn nodal(rungs: &[Rung], bars_ohm: &[f64], feed: Feed, group_a: f64) -> (f64, Vec<f64>) {
        let m = rungs.len();
        let outlet = if feed == Feed::SameEnd { m } else { 2 * m - 1 };
        let mut matrix = DMatrix::<f64>::zeros(2 * m, 2 * m);
        let mut right = DVector::<f64>::zeros(2 * m);
        let mut stamp = |a: usize, b: usize, siemens: f64| {
            matrix[(a, a)] += siemens;
            matrix[(b, b)] += siemens;
            matrix[(a, b)] -= siemens;
            matrix[(b, a)] -= siemens;
        };
        for (cell, rung) in rungs.iter().enumerate() {
            stamp(cell, m + cell, 1.0 / rung.ohm);
            right[cell] += rung.emf_v / rung.ohm;
            right[m + cell] -= rung.emf_v / rung.ohm;
            if cell + 1 < m {
                stamp(cell, cell + 1, 1.0 / bars_ohm[cell]);
                stamp(m + cell, m + cell + 1, 1.0 / bars_ohm[cell]);
            }
        }
        right[0] += group_a;
        for node in 0..2 * m {
            matrix[(outlet, node)] = 0.0;
        }
        matrix[(outlet, outlet)] = 1.0;
        right[outlet] = 0.0;
        let volts = matrix.lu().solve(&right).expect("a grounded network has one solution");
        let current = |cell: usize| volts[cell] - volts[m + cell] - rungs[cell].emf_v;
        (volts[0], (0..m).map(|cell| current(cell) / rungs[cell].ohm).collect())
    }

    fn currents(reduced: &Reduced, group_a: f64) -> Vec<f64> {
        reduced.currents.iter().map(|rung| rung.own_a + rung.share * group_a).collect()
    }

    #[test]
    fn a_ladder_of_unequal_cells_is_what_a_nodal_analysis_says() {
        let ohm = [60e-6, 150e-6, 20e-6, 90e-6, 0.0];
        for feed in [Feed::SameEnd, Feed::OppositeEnds] {
            let reduced = Bars { ohm: &ohm, feed }.reduce(&rungs());
            for group_a in [-250.0, 0.0, 40.0] {
                let (group_v, nodal_a) = nodal(&rungs(), &ohm, feed, group_a);
                let found_v = reduced.emf_v + reduced.ohm * group_a;
                approx::assert_abs_diff_eq!(found_v, group_v, epsilon = 1e-11);
                for (found, exact) in currents(&reduced, group_a).iter().zip(&nodal_a) {
                    approx::assert_abs_diff_eq!(*found, *exact, epsilon = 1e-8);
                }
            }
        }
    }

    #[test]
    fn sixty_four_cells_in_parallel_are_what_a_nodal_analysis_says() {
        let cell = |index: u32| {
            let (wave, other) = (f64::from(index % 7) - 3.0, f64::from(index % 5));
            Rung { emf_v: 3.3 + 0.01 * wave, ohm: 1e-3 * (1.0 + 0.1 * other) }
        };
        let rungs: Vec<Rung> = (0..64).map(cell).collect();
        let ohm = vec![10e-6; 64];
        for feed in [Feed::SameEnd, Feed::OppositeEnds] {
            let reduced = Bars { ohm: &ohm, feed }.reduce(&rungs);
            let (_, nodal_a) = nodal(&rungs, &ohm, feed, 300.0);
            for (found, exact) in currents(&reduced, 300.0).iter().zip(&nodal_a) {
                approx::assert_abs_diff_eq!(*found, *exact, epsilon = 1e-8);
            }
        }
    }

    /// By hand: 3.4 V and 3.3 V behind 1 and 2 mohm, 30 A taken. Node: (3.4/1 + 3.3/2 - 30e-3) /
    /// (1/1 + 1/2) = 5.02/1.5 V; currents (v - e)/r.
    #[test]
    fn two_unequal_cells_share_a_current_as_worked_out_by_hand() {
        let pair = [Rung { emf_v: 3.4, ohm: 1e-3 }, Rung { emf_v: 3.3, ohm: 2e-3 }];
        let reduced = Bars { ohm: &[0.0, 0.0], feed: Feed::SameEnd }.reduce(&pair);
        let found = currents(&reduced, -30.0);
        approx::assert_abs_diff_eq!(found[0], (5.02 / 1.5 - 3.4) / 1e-3, epsilon = 1e-6);
        approx::assert_abs_diff_eq!(found[1], (5.02 / 1.5 - 3.3) / 2e-3, epsilon = 1e-6);
        approx::assert_abs_diff_eq!(
            reduced.emf_v - 30.0 * reduced.ohm,
            5.02 / 1.5,
            epsilon = 1e-12
        );
    }

    /// Equal cells of r on two bars of b a stretch, fed at one end: the currents follow
    /// cosh((m - 1/2 - k) theta) with 2 cosh(theta) - 2 = 2 b / r.
    #[test]
    fn a_uniform_ladder_fed_at_one_end_follows_the_hyperbolic_cosine() {
        let (m, r, b) = (10, 1e-3, 50e-6);
        let rungs = vec![Rung { emf_v: 3.3, ohm: r }; m];
        let bars_ohm = vec![b; m];
        let reduced = Bars { ohm: &bars_ohm, feed: Feed::SameEnd }.reduce(&rungs);
        let theta = libm::acosh(1.0 + b / r);
        let weight = |k: usize| libm::cosh((m as f64 - 0.5 - k as f64) * theta);
        let all: f64 = (0..m).map(weight).sum();
        for (k, found) in currents(&reduced, 100.0).iter().enumerate() {
            approx::assert_abs_diff_eq!(*found, 100.0 * weight(k) / all, epsilon = 1e-10);
        }
        approx::assert_abs_diff_eq!(reduced.emf_v, 3.3, epsilon = 1e-15);
    }

    #[test]
    fn an_open_cell_takes_nothing_and_leaves_the_rest_as_if_it_were_not_there() {
        let mut open = rungs();
        open[2].ohm = OPEN_OHM;
        let ohm = [0.0; 5];
        let with = Bars { ohm: &ohm, feed: Feed::SameEnd }.reduce(&open);
        open.remove(2);
        let without = Bars { ohm: &ohm[..4], feed: Feed::SameEnd }.reduce(&open);
        assert!(currents(&with, 80.0)[2].abs() < 1e-6);
        approx::assert_abs_diff_eq!(with.emf_v, without.emf_v, epsilon = 1e-9);
        approx::assert_relative_eq!(with.ohm, without.ohm, max_relative = 1e-8);
    }

    #[test]
    fn the_bars_give_off_what_the_group_takes_beyond_its_cells() {
        let ohm = [60e-6, 150e-6, 20e-6, 90e-6, 0.0];
        for feed in [Feed::SameEnd, Feed::OppositeEnds] {
            let bars = Bars { ohm: &ohm, feed };
            let reduced = bars.reduce(&rungs());
            let rungs_a = currents(&reduced, 70.0);
            let taken = 70.0 * (reduced.emf_v + 70.0 * reduced.ohm);
            let cells = rungs().into_iter().zip(&rungs_a).map(|(r, a)| a * (r.emf_v + r.ohm * a));
            let rest: f64 = taken - cells.sum::<f64>();
            let bars_w: f64 = bars.stretches_w(|cell| rungs_a[cell]).sum();
            approx::assert_relative_eq!(bars_w, rest, max_relative = 1e-9);
        }
    }
}
