//! What is watched of the truth, and the bands within which nothing about it changes: as long as
//! every quantity stays in its own, a look costs a few comparisons.

use crate::world::Glance;

/// A quantity of the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// Pack current, ampere.
    Current,
    /// Highest cell voltage, volt.
    CellMax,
    /// Lowest cell voltage, volt.
    CellMin,
    /// Difference of the two, volt.
    Spread,
    /// Hottest cell sensor, °C.
    CellHot,
    /// Coldest cell sensor, °C.
    CellCold,
    /// Hottest MOSFET sensor, °C.
    MosHot,
    /// Coldest MOSFET sensor, °C.
    MosCold,
}

impl Quantity {
    /// How many there are.
    const COUNT: usize = 8;

    /// All of them at a look, in the order of the enum.
    fn all(glance: &Glance) -> [f64; Self::COUNT] {
        [
            glance.current_a,
            glance.cell_max_v,
            glance.cell_min_v,
            glance.cell_max_v - glance.cell_min_v,
            glance.cell_hot_c,
            glance.cell_cold_c,
            glance.mos_hot_c,
            glance.mos_cold_c,
        ]
    }
}

/// A state that a quantity is in beyond a level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    quantity: Quantity,
    level: f64,
    is_above: bool,
    is_strict: bool,
}

impl Edge {
    /// At this level or above it.
    pub(super) fn above(quantity: Quantity, level: f64) -> Self {
        Self { quantity, level, is_above: true, is_strict: false }
    }

    /// At this level or below it.
    pub(super) fn below(quantity: Quantity, level: f64) -> Self {
        Self { quantity, level, is_above: false, is_strict: false }
    }

    /// The same, but not at the level itself.
    pub(super) fn strictly(self) -> Self {
        Self { is_strict: true, ..self }
    }

    /// How far the quantity is beyond the level.
    pub(super) fn margin(&self, glance: &Glance) -> f64 {
        let value = Quantity::all(glance)[self.quantity as usize];
        if self.is_above { value - self.level } else { self.level - value }
    }

    /// Whether the state is there with this margin.
    pub(super) fn holds(&self, margin: f64) -> bool {
        if self.is_strict { margin > 0.0 } else { margin >= 0.0 }
    }
}

/// Of every quantity, the values between which no state begins or ends.
#[derive(Debug)]
pub(super) struct Bands([(f64, f64); Quantity::COUNT]);

impl Bands {
    /// Bands of a truth in which nothing is watched.
    pub(super) fn open() -> Self {
        Self([(f64::NEG_INFINITY, f64::INFINITY); Quantity::COUNT])
    }

    /// Narrows the band to where this state stays as it is.
    pub(super) fn narrow(&mut self, edge: &Edge, holds: bool) {
        let (low, high) = &mut self.0[edge.quantity as usize];
        if holds == edge.is_above {
            *low = low.max(edge.level);
        } else {
            *high = high.min(edge.level);
        }
    }

    /// Whether every quantity lies within its band; on its rim it does not.
    pub(super) fn hold(&self, glance: &Glance) -> bool {
        let values = Quantity::all(glance).into_iter().zip(&self.0);
        values.fold(true, |all, (value, (low, high))| all & (*low < value) & (value < *high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance(cell_max_v: f64) -> Glance {
        Glance {
            current_a: 0.0,
            cell_max_v,
            cell_min_v: 3.0,
            cell_hot_c: 25.0,
            cell_cold_c: 25.0,
            mos_hot_c: 25.0,
            mos_cold_c: 25.0,
        }
    }

    #[test]
    fn a_band_ends_at_the_next_level_on_either_side() {
        let (over, release) = (Edge::above(Quantity::CellMax, 3.75), 3.55);
        let back = Edge::below(Quantity::CellMax, release);
        let mut bands = Bands::open();
        bands.narrow(&over, over.holds(over.margin(&glance(3.6))));
        bands.narrow(&back, back.holds(back.margin(&glance(3.6))));
        for (volts, inside) in [(3.55, false), (3.56, true), (3.749, true), (3.75, false)] {
            assert_eq!(bands.hold(&glance(volts)), inside, "{volts}");
        }
        assert!(!bands.hold(&glance(f64::NAN)), "what is no number is looked at");
    }

    #[test]
    fn beyond_a_level_the_band_lies_on_its_other_side() {
        let over = Edge::above(Quantity::CellMax, 3.75).strictly();
        let mut bands = Bands::open();
        bands.narrow(&over, over.holds(over.margin(&glance(3.8))));
        assert!(bands.hold(&glance(4.0)) && !bands.hold(&glance(3.75)));
        assert!(!over.holds(over.margin(&glance(3.75))), "strictly above");
    }
}
