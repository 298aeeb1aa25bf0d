//! What stands at the front end's pins: the plant, or values forced there. The bench drives either
//! through this trait, and the virtual chip looks through [`Nodes`].

use crate::fault::Fault;
use crate::note::Note;
use crate::parts::SupplyMode;
use crate::setup::Action;
use crate::time::SimTime;
use crate::trace::{Ledger, Switch, Truth};

/// A level of the (filtered) shunt voltage that a comparator watches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Which comparator, an index the front end understands.
    pub comparator: usize,
    /// The level in volts; charge positive, so a discharge comparator's level is negative.
    pub volts: f64,
}

/// Why [`World::run_until`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The wanted time is reached.
    Reached,
    /// The filtered shunt voltage reached or left a level at the world's new time. The front end
    /// must look at its comparators again.
    Crossed {
        /// Which comparator's level.
        comparator: usize,
    },
}

/// Something that happened in the world by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum WorldEvent {
    /// A switch conducts (`true`) or has stopped conducting; its edge is over.
    Switched(Switch, bool),
    /// The unfiltered shunt voltage reached a level of a comparator: the true crossing.
    TrueCrossing {
        /// Which comparator's level.
        comparator: usize,
        /// From the harmless to the harmful side.
        into: bool,
    },
    /// The pack current has become zero after a switch opened.
    CurrentZero,
    /// The charger ended its charge.
    ChargerDone,
    /// A constant-power load gave up or came back.
    LoadRunning(bool),
    /// The plant noticed something about itself.
    Noted(Note),
}

/// The world failed: a state became non-finite or left what the model can describe.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("at {at}: {what}")]
pub struct WorldError {
    /// When.
    pub at: SimTime,
    /// What, with the cell where there is one.
    pub what: String,
}

/// What the front end and the microcontroller's converter can see. Times must not lie before the
/// last [`World::forget`] nor after the world's time.
pub trait Nodes {
    /// Mean voltage at a cell's input pins over a conversion slot, volt.
    fn cell_mean(&self, cell: usize, from: SimTime, to: SimTime) -> f64;
    /// Mean shunt voltage over a conversion slot, volt, charge positive. Not filtered.
    fn shunt_mean(&self, from: SimTime, to: SimTime) -> f64;
    /// Exact integral of the shunt voltage, volt-second, charge positive.
    fn shunt_integral(&self, from: SimTime, to: SimTime) -> f64;
    /// The filtered shunt voltage at the comparators now, volt, charge positive.
    fn shunt_filtered(&self) -> f64;
    /// Resistance of a thermistor now, ohm: cell sensors 1 to 4, MOSFET 1 and 2, board.
    fn ntc_ohm(&self, sensor: usize) -> f64;
    /// Voltage between P+ and P− now, volt.
    fn port_v(&self) -> f64;
    /// Pack voltage between B+ and B− now, volt.
    fn pack_v(&self) -> f64;
    /// A load holds P− up towards P+ (the load-detect pin is above 1.0 V) now.
    fn load_present(&self) -> bool;
    /// A charger pulls P− below B− (the charger-detect pin is under −0.25 V) now.
    fn charger_present(&self) -> bool;
}

/// Highest and lowest of some values.
pub(crate) fn extremes(values: impl Iterator<Item = f64>) -> (f64, f64) {
    // Comparisons, which pass over what is no number, as `max` and `min` do, at half the cost.
    values.fold((f64::NEG_INFINITY, f64::INFINITY), |(high, low), value| {
        (if value > high { value } else { high }, if value < low { value } else { low })
    })
}

/// Extremes of the truth at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glance {
    /// Pack current, ampere, charge positive.
    pub current_a: f64,
    /// Highest cell voltage, volt.
    pub cell_max_v: f64,
    /// Lowest cell voltage, volt.
    pub cell_min_v: f64,
    /// Hottest cell sensor, °C.
    pub cell_hot_c: f64,
    /// Coldest cell sensor, °C.
    pub cell_cold_c: f64,
    /// Hottest MOSFET sensor, °C.
    pub mos_hot_c: f64,
    /// Coldest MOSFET sensor, °C.
    pub mos_cold_c: f64,
}

impl Glance {
    /// The extremes of `truth`.
    #[must_use]
    pub fn of(truth: &Truth) -> Self {
        let (cell_max_v, cell_min_v) = extremes(truth.cells_v.iter().copied());
        let (cell_hot_c, cell_cold_c) = extremes(truth.cell_c.into_iter());
        let (mos_hot_c, mos_cold_c) = extremes(truth.mos_c.into_iter());
        let current_a = truth.current_a;
        Self { current_a, cell_max_v, cell_min_v, cell_hot_c, cell_cold_c, mos_hot_c, mos_cold_c }
    }
}

/// The physical side of a run.
pub trait World: Nodes {
    /// The world's time.
    fn now(&self) -> SimTime;

    /// Advances the truth to `to`, or to the first moment at which the filtered shunt voltage
    /// crosses one of `levels`, to the nanosecond.
    ///
    /// # Errors
    /// A state became non-finite.
    fn run_until(&mut self, to: SimTime, levels: &[Level]) -> Result<Stop, WorldError>;

    /// The next moment at which the world changes by itself (an edge ends), if any.
    fn next_change(&self) -> Option<SimTime>;

    /// Whether a forced value has just changed at a stroke.
    fn jumped(&self) -> bool {
        false
    }

    /// What was forced before the run gives way to the run's own world now. Nothing to do elsewhere.
    fn take_over(&mut self) {}

    /// The outside does something now.
    fn apply(&mut self, action: &Action);

    /// A fault of the physical side begins or is gone now. Whether this world has such a part.
    fn inject(&mut self, _fault: &Fault, _begins: bool) -> bool {
        false
    }

    /// A driver or pin changes now; the edge takes its time.
    fn switch(&mut self, switch: Switch, on: bool);

    /// The firmware's balancing outputs change now.
    fn balance(&mut self, transfer: Option<bms_core::bms::Transfer>, bleed: u32);

    /// The board draws its supply in another state now. Nothing to do without a plant.
    fn set_supply(&mut self, _mode: SupplyMode) {}

    /// What is true now.
    fn truth(&self) -> Truth;

    /// The few extremes that every look at the truth needs; cheaper than [`World::truth`].
    fn glance(&self) -> Glance {
        Glance::of(&self.truth())
    }

    /// Energy bookkeeping since the start. Zero where there is no plant.
    fn ledger(&self) -> Ledger;

    /// Takes the events that happened since the last call, in order.
    fn take_events(&mut self) -> Vec<(SimTime, WorldEvent)>;

    /// Dense points of fast phases since the last call: time, pack current (A), port voltage (V).
    fn take_burst(&mut self) -> Vec<(SimTime, f64, f64)>;

    /// Nothing before `before` will be asked for again.
    fn forget(&mut self, before: SimTime);
}
