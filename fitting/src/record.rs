//! One measured series of a cell, in SI units, with the sign of this project: charge positive.

/// A series of measurements. All lists have the same length, at least 2.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Where it came from, for messages and reports.
    pub name: String,
    /// Time since the first row, second, rising strictly.
    pub time_s: Vec<f64>,
    /// Current, ampere; above zero charges. Holds from its row to the next.
    pub current_a: Vec<f64>,
    /// Terminal voltage, volt; not a number where it was not measured.
    pub voltage_v: Vec<f64>,
    /// Temperature of the cell, degree Celsius, where it was measured; else the chamber's, else the
    /// one that the user stated.
    pub temperature_c: Vec<f64>,
    /// Whether `temperature_c` was measured at the cell.
    pub temperature_measured: bool,
    /// Ambient or chamber temperature, degree Celsius.
    pub ambient_c: Vec<f64>,
    /// Net charge of the tester's own counters since the first row, ampere-hour, where it has any.
    pub counter_ah: Option<Vec<f64>>,
    /// The tester's step number of each row, where it has any.
    pub step: Option<Vec<u32>>,
}
