//! What the chip can be asked for, as data: for whoever refuses or explains a configuration.

use super::codes;
use super::codes::{Grid, Table};
use super::image::CELLS;
use crate::time::Duration;

/// The abilities of a front end of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The fewest and the most cells in series.
    pub cells: (u8, u8),
    /// Thermistor inputs.
    pub thermistors: u8,
    /// Time from one set of cell voltages to the next.
    pub scan_period: Duration,
    /// Time that one reading of the coulomb counter covers.
    pub counter_window: Duration,
    /// Balancing ends by itself this long after a bit was last set.
    pub balance_time: Duration,
    /// Cell over-voltage, in millivolts.
    pub over_voltage: Grid,
    /// Release of the over-voltage, in millivolts.
    pub over_voltage_release: Grid,
    /// Cell under-voltage, in millivolts.
    pub under_voltage: Grid,
    /// Release of the under-voltage, in millivolts.
    pub under_voltage_release: Grid,
    /// Delays of both, in microseconds.
    pub voltage_delay: Table,
    /// Charge over-current and the first of discharge, in millivolts across the shunt.
    pub over_current_1: Table,
    /// Discharge over-current 2, in millivolts across the shunt.
    pub over_current_2: Table,
    /// Short circuit, in millivolts across the shunt.
    pub short_circuit: Table,
    /// Delays of the short circuit, in microseconds.
    pub short_circuit_delay: Table,
}

/// The abilities of the SH367309 (SH367309 datasheet V1.2, p1-48).
pub const CAPABILITY: Capability = Capability {
    cells: CELLS,
    thermistors: 3,
    scan_period: Duration::from_millis(100),
    counter_window: Duration::from_millis(250),
    balance_time: Duration::from_secs(60),
    over_voltage: codes::OVER_VOLTAGE,
    over_voltage_release: codes::OVER_VOLTAGE_RELEASE,
    under_voltage: codes::UNDER_VOLTAGE,
    under_voltage_release: codes::UNDER_VOLTAGE_RELEASE,
    voltage_delay: codes::VOLTAGE_DELAY,
    over_current_1: codes::OVER_CURRENT_1,
    over_current_2: codes::OVER_CURRENT_2,
    short_circuit: codes::SHORT_CIRCUIT,
    short_circuit_delay: codes::SHORT_CIRCUIT_DELAY,
};
