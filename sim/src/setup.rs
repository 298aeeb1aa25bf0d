//! What goes into a run: everything, resolved and checked. A run reads nothing else.

mod forced;
mod host;
mod looks;
mod outside;
mod profile;
mod steps;
mod words;

pub use bms_core::protect::Reasons;
pub use forced::ForcedChange;
pub use host::{HmiKey, HostAction};
pub use looks::Looks;
pub use outside::{Charger, Driven, Hiccup, Load, Manner, OtherPack};
pub use profile::{Profile, Shape};
pub use steps::StepBounds;

use crate::fault::Fault;
use crate::parts::{HeatParts, PackParts, PathParts};
use crate::script::Script;
use crate::time::{SimTime, Span};
use bms_core::params::Params;
use cell_models::cell::CellParams;
use std::sync::Arc;

/// Number of cell temperature sensors of a Powastone board (PS-GEN-7).
pub const CELL_SENSORS: usize = 4;
/// Number of MOSFET temperature sensors of a Powastone board (PS-GEN-7).
pub const MOS_SENSORS: usize = 2;

/// A complete, checked run.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Name for messages and reports.
    pub name: String,
    /// What the firmware is configured with.
    pub params: Params,
    /// The circuit board around it.
    pub board: BoardSetup,
    /// The world: copper and cells, or values forced at the front end's pins.
    pub world: WorldSetup,
    /// What the outside does, in time order.
    pub timeline: Vec<TimedAction>,
    /// What it does when something has come about; empty for none.
    pub script: Script,
    /// Registers and bytes, or values.
    pub front_end: FrontEndLevel,
    /// Typical values, or seeded draws within the datasheet's tolerances.
    pub tolerance: Tolerance,
    /// Seed of every random stream of the run.
    pub seed: u64,
    /// Length of the run.
    pub duration: SimTime,
    /// Distance of the recorded rows.
    pub record_period: Span,
    /// Further moments at which a row is recorded, in time order: those that a check looks at.
    pub record_at: Vec<SimTime>,
    /// What is recorded beside that; nothing by default.
    pub looks: Looks,
    /// The most events a run may take before it counts as a loop that never ends.
    pub event_budget: u64,
    /// Whether the pack is switched on at the start, or waits for its button or a charger.
    pub switched_on: bool,
    /// Protections that are in force when the run begins. The firmware gets there by itself, on
    /// values that are forced upon it before the run; empty for a pack that begins as any other.
    pub latched: Reasons,
    /// How finely the plant cuts time.
    pub steps: StepBounds,
}

/// At which seam the front end is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrontEndLevel {
    /// The chip driver talks bytes to the virtual chip's registers.
    Register,
    /// The firmware gets values; no bytes, no checksum. For fast runs.
    Value,
}

/// How exact the virtual hardware is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// Typical values, no noise.
    Nominal,
    /// Seeded draws within the datasheet's tolerances.
    Datasheet,
}

/// Constants of the circuit board that are not the firmware's business.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardSetup {
    /// True resistance of the shunt, ohm.
    pub shunt_ohm: f64,
    /// Through-path resistance of the whole board, both MOSFETs on, shunt included, ohm (PS-ENV-7).
    pub path_ohm: f64,
    /// Forward drop of a MOSFET's body diode, volt (AMB-X-11).
    pub body_diode_v: f64,
    /// Discharge MOSFET: time from the driver's edge to zero channel current.
    pub discharge_fall: Span,
    /// Charge MOSFET: the same.
    pub charge_fall: Span,
    /// Time constant of the filter before the current comparators.
    pub sense_filter: Span,
    /// Capacitor pre-charge resistor, ohm (AMB-PS-35).
    pub precharge_ohm: f64,
    /// Low-cell pre-charge resistor, ohm.
    pub low_cell_precharge_ohm: f64,
    /// Output current of the charge limiter, ampere (AMB-PS-25).
    pub limiter_a: f64,
    /// Current of the active balancer taken from the donor, ampere (PS-GEN-11).
    pub transfer_a: f64,
    /// Share of the donor's energy that reaches the receiver.
    pub transfer_efficiency: f64,
    /// Bleed current of one cell at 3.6 V, ampere (AMB-PS-11); drawn through the sense wires.
    pub bleed_a: f64,
    /// Resistance of each sense wire, ohm.
    pub sense_wire_ohm: f64,
    /// Consumption of the board from the whole pack, before the shunt, ampere (PS-PWR-6).
    pub board_a: f64,
    /// Heat capacity of the MOSFET bank and its heat spreader, J/K.
    pub mos_heat_j_k: f64,
    /// Conductance from the MOSFET bank to ambient, W/K.
    pub mos_to_ambient_w_k: f64,
    /// Consumption of the touch display while the board is on, ampere (PS-PWR-9); 0 where none is
    /// fitted.
    pub display_a: f64,
    /// What the parts of the power path do beyond the figures above; ideal by default.
    pub path: PathParts,
    /// Heater, thermistors and consumption by mode; none and ideal by default.
    pub heat: HeatParts,
}

/// What the front end's pins are connected to.
#[derive(Clone, Debug)]
pub enum WorldSetup {
    /// Cells, copper, switches, loads.
    ClosedLoop(PackSetup),
    /// Values forced at the pins, without a cell model.
    Forced(ForcedSetup),
}

/// A pack of groups of cells in series.
#[derive(Clone, Debug)]
pub struct PackSetup {
    /// The cells from the most negative group upwards; those of a group stand together, so that
    /// there are `parallel` times as many as groups.
    pub cells: Vec<CellSetup>,
    /// Cells in parallel in each group, at least 1.
    pub parallel: usize,
    /// Copper between the cells, sense wires, spread from cell to cell.
    pub parts: PackParts,
    /// Ambient temperature at the start, °C.
    pub ambient_c: f64,
    /// Time constant of each cell towards ambient; overrides the cell's own conductance. Also
    /// decouples neighbours if set.
    pub thermal_tau_s: Option<f64>,
}

/// One cell and where it starts.
#[derive(Clone, Debug)]
pub struct CellSetup {
    /// Its parameters.
    pub params: Arc<CellParams>,
    /// State of charge at the start, 0 to 1.
    pub soc: f64,
    /// Temperature at the start, °C.
    pub temperature_c: f64,
}

/// Values forced at the front end: no cells, no bus, no filters.
#[derive(Clone, Debug)]
pub struct ForcedSetup {
    /// Cell voltages, volt.
    pub cells: Vec<Profile>,
    /// Pack current, ampere, charge positive.
    pub current: Profile,
    /// The current is driven by a load or charger that the MOSFETs can interrupt: it is zero while
    /// the MOSFET it needs is off.
    pub gated: bool,
    /// Cell temperature sensors, °C.
    pub cell_temperatures: [Profile; CELL_SENSORS],
    /// MOSFET temperature sensors, °C.
    pub mos_temperatures: [Profile; MOS_SENSORS],
    /// Board sensor, °C.
    pub board_temperature: Profile,
    /// Above 0.5: a load is attached to the port.
    pub load_attached: Profile,
    /// Above 0.5: a charger is attached to the port.
    pub charger_attached: Profile,
}

/// Something the outside does at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct TimedAction {
    /// When.
    pub at: SimTime,
    /// What.
    pub action: Action,
}

/// Something the outside does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Attach this load to the port, in place of any other.
    ConnectLoad(Load),
    /// Take the load away.
    DisconnectLoad,
    /// Attach this charger to the port, in place of any other.
    ConnectCharger(Charger),
    /// Take the charger away.
    DisconnectCharger,
    /// Ambient temperature from now on, °C.
    Ambient(f64),
    /// Ambient temperature moves along a line to this one, and stays.
    AmbientRamp {
        /// Where it goes, °C.
        to_c: f64,
        /// How long it takes.
        over: Span,
    },
    /// Switch the heater on (`true`) or off; only where the board has one.
    Heater(bool),
    /// Press the power button (down and up again).
    PressButton,
    /// Press the power button for this long; above zero.
    PressButtonFor(Span),
    /// Drive the CTL input low (`true`) or high.
    CtlLow(bool),
    /// Open (`true`) or close the emergency-stop loop.
    EmergencyOpen(bool),
    /// Another value at the front end's pins; only in a forced world.
    Force(ForcedChange),
    /// What a person or a computer does at the board: switches, keys, its protocol.
    Host(HostAction),
    /// A fault begins (`true`) or is gone.
    Fault(Fault, bool),
}

/// Set-ups for the tests of this crate.
#[cfg(test)]
pub(crate) mod tests_support {
    use super::{BoardSetup, HeatParts, PathParts, Span};

    /// A board with ideal edges and the given shunt, ohm.
    pub(crate) fn board(shunt_ohm: f64) -> BoardSetup {
        BoardSetup {
            shunt_ohm,
            path_ohm: 2e-3,
            body_diode_v: 0.6,
            discharge_fall: Span(0),
            charge_fall: Span(0),
            sense_filter: Span(0),
            precharge_ohm: 10.0,
            low_cell_precharge_ohm: 10.0,
            limiter_a: 10.0,
            transfer_a: 1.0,
            transfer_efficiency: 0.9,
            bleed_a: 0.05,
            sense_wire_ohm: 0.01,
            board_a: 0.0,
            mos_heat_j_k: 400.0,
            mos_to_ambient_w_k: 2.0,
            display_a: 0.0,
            path: PathParts::default(),
            heat: HeatParts::default(),
        }
    }
}
