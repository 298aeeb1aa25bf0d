//! Cell parameters from measured records.
//!
//! Start with [`record`]: a [`record::Record`] is one measured series, whatever file it came from.
//! [`csv::read`] makes records of a file, or says everything that is wrong with it. [`fit()`] turns
//! records into a [`Fitted`] cell with its [`report`]; [`options`] says what the user states about
//! them. [`check`] scores any cell on records that it was not fitted to, by [`predict`]; [`thermal`]
//! finds heat capacity and conductance, [`individual`] and [`several`] what sets one cell of a string apart.
//! Equations: `docs/physics.md`, "Fitting a cell".

mod between;
mod cell;
mod charge;
pub mod columns;
mod confidence;
pub mod csv;
mod edges;
mod ends;
mod entropy;
mod fit;
pub mod individual;
mod initial;
mod layout;
mod model;
pub mod options;
pub mod predict;
mod prepare;
pub mod problems;
mod pulses;
pub mod record;
pub mod report;
mod run;
pub mod segment;
pub mod several;
mod solve;
mod tables;
pub mod thermal;
mod told;
mod warnings;
mod wishes;

pub use options::{FitError, FitOptions, HoldOut, Start};
pub use report::{FitReport, Fitted};

use cell_models::cell::CellParams;
use record::Record;

/// Fits a cell to records.
///
/// # Errors
/// [`FitError`], when records or options are not usable, or the equations cannot be solved.
pub fn fit(records: &[Record], options: &FitOptions) -> Result<Fitted, FitError> {
    fit::fit(records, options)
}

/// Scores a cell on records that it was not fitted to: the report has scores and ranges only.
///
/// Capacity and start of each record are found as for a fit; the capacity of `options` or of the
/// cell stands in where a test was not measured from full to empty.
///
/// # Errors
/// [`FitError`], when records or options are not usable.
pub fn check(
    params: &CellParams,
    records: &[Record],
    options: &FitOptions,
) -> Result<FitReport, FitError> {
    fit::check_cell(params, records, options)
}
