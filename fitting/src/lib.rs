//! Cell parameters from measured records.
//!
//! Start with [`record`]: a [`record::Record`] is one measured series, whatever file it came from.
//! [`csv::read`] makes records of a file, or says everything that is wrong with it. [`fit()`] turns
//! records into a [`Fitted`] cell with its [`report`]; [`options`] says what the user states about
//! them. Equations: `docs/physics.md`, "Fitting a cell".

pub mod columns;
pub mod csv;
pub mod options;
pub mod problems;
pub mod record;
pub mod report;
pub mod segment;

pub use options::{FitError, FitOptions, HoldOut, Start};
pub use report::{FitReport, Fitted};

use record::Record;

/// Fits a cell to records.
///
/// # Errors
/// [`FitError`], when records or options are not usable, or the equations cannot be solved.
pub fn fit(records: &[Record], options: &FitOptions) -> Result<Fitted, FitError> {
    let _ = (records, options);
    Err(FitError::NoRecords)
}
