//! Every parameter of every product, their ranges and the order they must keep.
//!
//! The names follow the datasheets; a value's meaning, unit and source stand beside it. Powastone
//! values are requirements `PS-*`, `PS150-*` and `PS200-*`; what no datasheet prints carries its
//! `AMB-*` note.

mod check;

pub use check::{PROBLEMS_MAX, ParamError, ParamProblem};

#[cfg(test)]
#[path = "../tests/common/samples.rs"]
pub(crate) mod samples;

use crate::time::Duration;
use crate::units::{BasisPoints, Centicelsius, Microvolts, Milliamps, Millivolts};

/// A complete parameter set of one product.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Params {
    /// Cells in series.
    pub series: u8,
    /// The resistance of the current shunt in nano-ohms (125 µΩ is 125 000).
    pub shunt_nano_ohm: u32,
    /// Rated capacity in milliampere-hours (PS-PAR-3).
    pub capacity_mah: u32,
    /// State of charge that is written in the factory (PS-PAR-4).
    pub soc: BasisPoints,
    /// Address on the serial link and among parallel packs, 0 to 50 (PS-PAR-2, AMB-PS-18).
    pub address: u8,
    /// Options of the whole board.
    pub system: System,
    /// Cell-voltage protections.
    pub voltage: Voltage,
    /// Current protections of the front end: comparators on the shunt voltage.
    pub afe_current: AfeCurrent,
    /// Current protections of the microcontroller: amperes.
    pub mcu_current: McuCurrent,
    /// Charge-current limiter.
    pub limiter: Limiter,
    /// Temperature limits of the cells.
    pub cell_temperature: TemperatureLimits,
    /// Temperature limits of the MOSFETs.
    pub mos_temperature: TemperatureLimits,
    /// Balancing.
    pub balance: Balance,
    /// Capacitor pre-charge after a short-circuit trip.
    pub precharge: Precharge,
    /// MOSFET fault detection.
    pub mos_fault: MosFault,
    /// What an inverter is told.
    pub inverter: Inverter,
    /// SOC at which each of the SOC LEDs lights; strictly above (AMB-PS-14).
    pub soc_led_steps: [BasisPoints; 4],
}

/// Options of the whole board (PS system table).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct System {
    /// Trickle-charge a deeply discharged cell through the pre-charge MOSFET (PS-PCG-3).
    pub low_cell_precharge: bool,
    /// Turn the charge MOSFET on while discharge current would heat its body diode (PS-MOS-1).
    pub charge_mos_recovery: bool,
    /// A front-end current protection turns off both MOSFETs (PS-OCM-1).
    pub over_current_opens_both: bool,
    /// The firmware decides about balancing (PS-BAL-8).
    pub balance_enabled: bool,
    /// Low-voltage charge prohibition enabled (PS-LVC-3).
    pub low_voltage_prohibit: bool,
    /// Under-voltage opens both MOSFETs, not the discharge MOSFET alone (PS-UV-5).
    pub under_voltage_opens_both: bool,
    /// Abnormal-high-voltage protection enabled (PS-AHV-3).
    pub abnormal_high_enabled: bool,
    /// What a low CTL input turns off (PS-CTL-1).
    pub ctl: CtlAction,
    /// Front-end current protections recover by themselves after a time (PS-COC-4).
    pub current_timed_recovery: bool,
    /// The same for the short circuit (AMB-PS-08: not).
    pub short_circuit_timed_recovery: bool,
    /// Under-voltage releases by voltage only after the load was removed (PS-UV-4).
    pub load_lock: bool,
    /// How long the load must be gone (PS-SCP-2, PS-UV-4).
    pub load_release_delay: Duration,
    /// From a MOSFET's turn-on command to conduction (PS-MOS-2).
    pub mos_turn_on_delay: Duration,
    /// Consecutive violating samples a limit without a delay needs (AMB-X-06).
    pub confirm_samples: u8,
}

/// What a low CTL input turns off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum CtlAction {
    /// Nothing.
    Nothing,
    /// The charge MOSFET.
    Charge,
    /// The discharge MOSFET.
    Discharge,
    /// Both MOSFETs.
    Both,
}

/// Cell-voltage protections.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Voltage {
    /// Abnormal high voltage (PS-AHV-1).
    pub abnormal_high: Millivolts,
    /// Abnormal high voltage, delay (PS-AHV-1).
    pub abnormal_high_delay: Duration,
    /// Abnormal high voltage, release (AMB-PS-21).
    pub abnormal_high_release: Millivolts,
    /// Abnormal high voltage releases when discharging starts (PS-AHV-2).
    pub abnormal_high_release_on_discharge: bool,
    /// Cell over-voltage (PS-OV-1).
    pub over: Millivolts,
    /// Cell over-voltage, release (PS-OV-2).
    pub over_release: Millivolts,
    /// Cell over-voltage, delay (PS-OV-1).
    pub over_delay: Duration,
    /// Over-voltage releases when discharging starts (PS-OV-3).
    pub over_release_on_discharge: bool,
    /// Cell under-voltage (PS-UV-1).
    pub under: Millivolts,
    /// Cell under-voltage, release (PS-UV-2).
    pub under_release: Millivolts,
    /// Cell under-voltage, delay (PS-UV-1).
    pub under_delay: Duration,
    /// Under-voltage releases when charging starts (PS-UV-3).
    pub under_release_on_charge: bool,
    /// Passive balancing needs a cell at least this high (PS-BAL-9).
    pub balance_open: Millivolts,
    /// Below this a cell is trickle-charged if the low-cell pre-charge is enabled (PS-PCG-4).
    pub precharge_turn_on: Millivolts,
    /// At or below this no charging if the prohibition is enabled (PS-LVC-1).
    pub low_prohibit: Millivolts,
    /// Low-voltage charge prohibition, release (AMB-PS-21).
    pub low_prohibit_release: Millivolts,
    /// Low-voltage charge prohibition, delay (AMB-PS-34).
    pub low_prohibit_delay: Duration,
    /// Shunt voltage from which a current counts as charge or discharge (PS-STA-1).
    pub state_detect: Microvolts,
}

/// Comparators on the shunt voltage (PS-DOC-3, PS-DOC-4, PS-SCP-1, PS-COC-3, PS-COC-4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AfeCurrent {
    /// Discharge over-current, stage 1.
    pub discharge_oc1: Millivolts,
    /// Its delay.
    pub discharge_oc1_delay: Duration,
    /// Discharge over-current, stage 2.
    pub discharge_oc2: Millivolts,
    /// Its delay.
    pub discharge_oc2_delay: Duration,
    /// Short circuit.
    pub short_circuit: Millivolts,
    /// Its delay.
    pub short_circuit_delay: Duration,
    /// Charge over-current.
    pub charge_oc: Millivolts,
    /// Its delay.
    pub charge_oc_delay: Duration,
    /// Timed recovery of the comparators.
    pub auto_recovery: Duration,
}

/// Ampere limits (PS-COC-1, PS-COC-2, PS-DOC-1, PS-DOC-2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct McuCurrent {
    /// Charge over-current.
    pub charge_oc: Milliamps,
    /// Its delay.
    pub charge_oc_delay: Duration,
    /// Discharge over-current, as a positive number.
    pub discharge_oc: Milliamps,
    /// Its delay.
    pub discharge_oc_delay: Duration,
    /// From the trip to the release of either.
    pub recovery: Duration,
}

/// The charge-current limiter (PS-LIM-1, PS-LIM-2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Limiter {
    /// Whether a limiter is fitted and enabled. With it, the ampere layer's charge over-current
    /// is inhibited (AMB-PS-25).
    pub fitted: bool,
    /// Charge current from which limiting begins.
    pub activation: Milliamps,
    /// How long it must flow.
    pub activation_delay: Duration,
    /// From the begin of limiting to the normal path.
    pub recovery: Duration,
    /// The limiter's output current (AMB-PS-25).
    pub output: Milliamps,
}

/// Four limits of one class of temperature sensors (PS-TMP-1 to PS-TMP-5).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TemperatureLimits {
    /// Charge, high.
    pub charge_high: Centicelsius,
    /// Charge, high: release strictly below.
    pub charge_high_release: Centicelsius,
    /// Charge, low.
    pub charge_low: Centicelsius,
    /// Charge, low: release strictly above.
    pub charge_low_release: Centicelsius,
    /// Discharge, high.
    pub discharge_high: Centicelsius,
    /// Discharge, high: release strictly below.
    pub discharge_high_release: Centicelsius,
    /// Discharge, low.
    pub discharge_low: Centicelsius,
    /// Discharge, low: release strictly above.
    pub discharge_low_release: Centicelsius,
}

/// Balancing (PS-BAL-1 to PS-BAL-9).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Balance {
    /// Active balancing starts above this difference between any two cells.
    pub active_start: Millivolts,
    /// Active balancing stops at or below this difference.
    pub active_stop: Millivolts,
    /// Bleed while charging.
    pub passive_in_charge: bool,
    /// Bleed in standby.
    pub passive_in_standby: bool,
    /// Difference between neighbours from which the higher one is bled (AMB-PS-11).
    pub passive_adjacent: Millivolts,
    /// No balancing while a high-temperature protection is active (PS-BAL-7).
    pub inhibit_on_high_temperature: bool,
}

/// Capacitor pre-charge (PS-PCG-1, PS-PCG-2, AMB-PS-35).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Precharge {
    /// A short-circuit trip starts a pre-charge attempt.
    pub on_short_circuit: bool,
    /// Port voltage, as a share of the pack voltage, at which the capacitors count as charged.
    pub done: BasisPoints,
    /// Give up after this time and stay tripped.
    pub timeout: Duration,
}

/// Limits that an inverter is told (PS150-INV-1, PS200-INV-1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Inverter {
    /// Charge no higher than this pack voltage.
    pub charge_voltage: Millivolts,
    /// Discharge no lower than this pack voltage.
    pub discharge_voltage: Millivolts,
    /// Charge current.
    pub charge_current: Milliamps,
    /// Discharge current, as a positive number.
    pub discharge_current: Milliamps,
}

/// MOSFET fault detection (PS-MOS-3, AMB-PS-37).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MosFault {
    /// Current that a commanded-off MOSFET must block.
    pub current: Milliamps,
    /// How long it must flow.
    pub time: Duration,
    /// Drop across a commanded-on MOSFET from which it counts as stuck off.
    pub drop: Millivolts,
}
