//! The two converters: when their slots and windows lie, and how the physical world becomes counts
//! (SH367309 datasheet V1.2, p40-48). The one place where the chip rounds.

use super::errors::{Errors, rounded};
use super::flaws::Flaws;
use crate::time::{SimTime, Span};
use crate::world::Nodes;

/// Length of an acquisition cycle.
const CYCLE: Span = Span::from_millis(100);
/// Slots in a cycle, 5 ms each.
const SLOTS: u64 = 20;
/// The slot after the sixteen cells' converts the current.
const CURRENT_SLOT: u64 = 16;
/// Thermistors are converted once in this many cycles.
const TEMPERATURE_CYCLES: u32 = 10;
/// Length of a coulomb-counter window.
const WINDOW: Span = Span::from_millis(250);
/// Full scale of both current converters, nV.
const SHUNT_FULL_SCALE_NV: i64 = 200_000_000;
/// Counts of the fast current at full scale (7.452 µV each).
const CURRENT_COUNTS: i64 = 26_837;
/// Counts of the coulomb counter at full scale (9.315 µV each).
const COUNTER_COUNTS: i64 = 21_470;
/// The converter's own step; a register count is a quarter of it.
const CELL_STEP_NV: i64 = 625_000;
/// Highest reading of a cell or a thermistor.
const CODE_MAX: i64 = 32_767;

/// The acquisition cycle that runs now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan {
    pub(crate) start: SimTime,
    pub(crate) end: SimTime,
    slot: Span,
    cycles: u32,
}

impl Scan {
    pub(crate) fn begin(start: SimTime, errors: &Errors) -> Self {
        let slot = Span(errors.stretched(CYCLE).0 / SLOTS);
        Self { start, end: start + Span(slot.0 * SLOTS), slot, cycles: 0 }
    }

    /// The cycle after this one, by the clock that the chip has then.
    pub(crate) fn next(self, errors: &Errors) -> Self {
        Self { cycles: self.cycles + 1, ..Self::begin(self.end, errors) }
    }

    /// Whether this cycle converts the thermistors too.
    pub(crate) fn has_temperatures(&self) -> bool {
        self.cycles.is_multiple_of(TEMPERATURE_CYCLES)
    }

    fn slot(&self, number: u64) -> (SimTime, SimTime) {
        let from = self.start + Span(self.slot.0 * number);
        (from, from + self.slot)
    }

    pub(crate) fn cell<N: Nodes + ?Sized>(&self, cell: usize, nodes: &N, errors: &Errors) -> u16 {
        cell_code(rounded(self.cell_mean(cell, cell, nodes) * 1e9) + errors.cell_nv[cell])
    }

    /// Mean voltage of cell `source` over the slot of channel `channel`, volt.
    pub(crate) fn cell_mean<N: Nodes + ?Sized>(
        &self,
        channel: usize,
        source: usize,
        nodes: &N,
    ) -> f64 {
        let (from, to) = self.slot(channel as u64);
        nodes.cell_mean(source, from, to)
    }

    /// Mean shunt voltage over the current slot, nV, with the converter's offset.
    pub(crate) fn shunt_nv<N: Nodes + ?Sized>(&self, nodes: &N) -> i64 {
        let (from, to) = self.slot(CURRENT_SLOT);
        rounded(nodes.shunt_mean(from, to) * 1e9)
    }
}

/// The cell register of a voltage.
pub(crate) fn cell_code(nv: i64) -> u16 {
    code(nv.div_euclid(CELL_STEP_NV) * 4)
}

fn code(value: i64) -> u16 {
    u16::try_from(value.clamp(0, CODE_MAX)).expect("the clamp fits")
}

/// The fast current register of a shunt voltage.
pub(crate) fn current_code(nv: i64) -> i16 {
    shunt_code(nv, CURRENT_COUNTS, 0)
}

fn shunt_code(nv: i64, counts: i64, offset: i64) -> i16 {
    let scaled = nv.clamp(-SHUNT_FULL_SCALE_NV, SHUNT_FULL_SCALE_NV) * counts;
    let half = if scaled < 0 { -SHUNT_FULL_SCALE_NV / 2 } else { SHUNT_FULL_SCALE_NV / 2 };
    let nearest = (scaled + half) / SHUNT_FULL_SCALE_NV + offset;
    i16::try_from(nearest.clamp(-counts, counts)).expect("full scale fits the register")
}

/// A thermistor register: share of the reference divider.
pub(crate) fn temperature_code(ohm: f64, reference_ohm: f64) -> u16 {
    let share = if ohm.is_finite() { ohm.max(0.0) / (ohm.max(0.0) + reference_ohm) } else { 1.0 };
    code(rounded(share * 32_768.0))
}

/// The coulomb-counter window that runs now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) start: SimTime,
    pub(crate) end: SimTime,
}

impl Window {
    pub(crate) fn begin(start: SimTime, errors: &Errors) -> Self {
        Self { start, end: start + errors.stretched(WINDOW) }
    }

    /// The register at the window's end: the exact mean, rounded once.
    pub(crate) fn code<N: Nodes + ?Sized>(&self, nodes: &N, errors: &Errors, flaws: &Flaws) -> i16 {
        let mean = nodes.shunt_integral(self.start, self.end) / self.end.seconds_since(self.start);
        shunt_code(flaws.shunt_nv(rounded(mean * 1e9)), COUNTER_COUNTS, errors.counter)
    }
}
