//! What the user states about the records and the cell to fit, and why a fit can be refused.

use cell_models::cell::{CellLimits, Chemistry};
use std::fmt;

/// How a fit is done. [`FitOptions::default`] suits a cell with slow branches and drive records.
#[derive(Clone, Debug, PartialEq)]
pub struct FitOptions {
    /// Name of the cell.
    pub name: String,
    /// Where the records come from, with citation.
    pub source: String,
    /// Licence of the records, which the tables inherit where it is share-alike.
    pub licence: String,
    /// Family of electrodes; decides the entropic coefficient, which records of voltage do not show.
    pub chemistry: Chemistry,
    /// What the maker allows.
    pub limits: CellLimits,
    /// Heat capacity, joule per kelvin, above 0; none for a usual value of the capacity.
    pub heat_capacity_j_k: Option<f64>,
    /// Conductance to the ambient, watt per kelvin, at least 0; none for a usual value.
    pub to_ambient_w_k: Option<f64>,
    /// Conductance to each neighbour, watt per kelvin, at least 0; none for none.
    pub to_neighbour_w_k: Option<f64>,
    /// How each record starts, in their order; records beyond the end of the list: [`Start::Auto`].
    pub starts: Vec<Start>,
    /// Capacity, ampere-hour, where the records do not go from full to empty; above 0.
    pub capacity_ah: Option<f64>,
    /// Number of polarisation pairs, 1 to 4.
    pub pairs: usize,
    /// SOC positions of the resistance tables, rising from 0 to 1, at least 2.
    pub resistance_soc: Vec<f64>,
    /// SOC positions of the open-circuit table, rising from 0 to 1, at least 2.
    pub ocv_soc: Vec<f64>,
    /// Which rows are kept out of the fit and only scored.
    pub hold_out: HoldOut,
    /// Half width of the hysteresis, volt, at least 0; none to find it from both slow branches.
    pub hysteresis_v: Option<f64>,
    /// Most steps of the least-squares search.
    pub iterations_max: usize,
    /// Temperatures closer than this share one row of the tables, kelvin, above 0.
    pub row_spacing_k: f64,
}

/// The state a record starts in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Start {
    /// Found from the record: end of the one before, full, empty, or read off the voltage.
    #[default]
    Auto,
    /// Full, reached by charging.
    Full,
    /// Empty, reached by discharging.
    Empty,
    /// At a stated SOC, 0 to 1.
    Soc(f64),
    /// Goes on where the record before it ended.
    Continues,
}

/// Which rows are kept out of the fit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum HoldOut {
    /// None: every row is fitted.
    #[default]
    Nothing,
    /// Every second block of this length, second, of drive and pulse records.
    Blocks(f64),
    /// The last share, 0 to 1, of every record that is no slow branch.
    Last(f64),
}

/// Why no cell can be had from the records.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// There is no record.
    #[error("no record to fit: give at least one with time, current and voltage")]
    NoRecords,
    /// A record is not usable.
    #[error("record {record}: {reason}")]
    Record {
        /// Name of the record.
        record: String,
        /// What is wrong with it.
        reason: RecordFault,
    },
    /// An option is outside its range.
    #[error("option {option} is {value}, must be {allowed}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// What it is.
        value: f64,
        /// What it must be.
        allowed: &'static str,
    },
    /// No charge passes in any record, so that there is neither capacity nor resistance.
    #[error("no record passes a current above the noise: nothing to fit")]
    NoCurrent,
    /// The equations of the fit cannot be solved.
    #[error("the least-squares equations are singular: {0}")]
    Singular(String),
    /// The fitted cell breaks a rule of the cell model.
    #[error("the fitted cell is not valid: {0}")]
    Invalid(String),
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordFault {
    /// Fewer than two rows.
    TooShort,
    /// A list has another length than `time_s`.
    Ragged(&'static str),
    /// Time does not rise at this row.
    TimeStandsStill(usize),
    /// A number is not finite at this row of this column.
    NotFinite(&'static str, usize),
    /// No row has a voltage.
    NoVoltage,
}

impl fmt::Display for RecordFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => write!(out, "has fewer than two rows"),
            Self::Ragged(column) => write!(out, "column {column} has another length than time_s"),
            Self::TimeStandsStill(row) => write!(out, "time does not rise at row {row}"),
            Self::NotFinite(column, row) => write!(out, "{column} is not a number at row {row}"),
            Self::NoVoltage => write!(out, "no row has a voltage"),
        }
    }
}

impl FitOptions {
    /// The start of the record at this index.
    #[must_use]
    pub fn start(&self, index: usize) -> Start {
        self.starts.get(index).copied().unwrap_or_default()
    }
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            name: "fitted cell".to_owned(),
            source: String::new(),
            licence: String::new(),
            chemistry: Chemistry::Other,
            limits: CellLimits::none(),
            heat_capacity_j_k: None,
            to_ambient_w_k: None,
            to_neighbour_w_k: None,
            starts: Vec::new(),
            capacity_ah: None,
            pairs: 3,
            resistance_soc: vec![
                0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0,
            ],
            ocv_soc: ocv_positions(),
            hold_out: HoldOut::Nothing,
            hysteresis_v: None,
            iterations_max: 80,
            row_spacing_k: 4.0,
        }
    }
}

/// Dense at both ends, where the open-circuit voltage is steep, and every 2 % between.
fn ocv_positions() -> Vec<f64> {
    let mut positions = vec![0.0, 0.003, 0.006, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08];
    positions.extend((5..=45).map(|step| f64::from(step) / 50.0));
    positions.extend([0.92, 0.94, 0.955, 0.97, 0.98, 0.985, 0.99, 0.994, 0.997, 1.0]);
    positions
}
