//! From the bytes of a measured file to [`Record`]s: finds the header, the delimiter and the decimal
//! sign, the columns and their units, splits blocks that begin anew, and checks what it read.
//!
//! Nothing is corrected in silence: what is left out or filled in is told in [`Reading::notes`], and
//! what cannot be right is a [`Problem`](crate::problems::Problems) with its line.

mod blocks;
mod check;
mod layout;
mod number;
mod sign;
mod table;
mod text;

use crate::columns::Mapping;
use crate::problems::{Gathered, Problems};
use crate::record::Record;

/// A current is believed to hold for so long without a row, second: slow cycles are logged every
/// minute or every few.
pub const GAP_MAX_S: f64 = 600.0;

/// Which current is above zero in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CurrentSign {
    /// Charge, as in the Battery Data Format and here.
    #[default]
    ChargePositive,
    /// Discharge.
    DischargePositive,
}

/// What the user says about files.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Columns that the user names.
    pub map: Vec<Mapping>,
    /// Which current is above zero.
    pub current_sign: CurrentSign,
    /// Temperature of cell and surroundings where the file states none, degree Celsius.
    pub temperature_c: Option<f64>,
    /// The longest time between two rows over which a current is believed to hold, second.
    pub gap_max_s: f64,
    /// Columns whose values tell several series in one file apart; empty to find them where the
    /// time begins anew.
    pub split_by: Vec<String>,
    /// Capacity of the cell, ampere-hour, if known: against a current in the wrong unit.
    pub capacity_ah: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            map: Vec::new(),
            current_sign: CurrentSign::default(),
            temperature_c: None,
            gap_max_s: GAP_MAX_S,
            split_by: Vec::new(),
            capacity_ah: None,
        }
    }
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Its series, in the order of the file. At least one.
    pub records: Vec<Record>,
    /// State of charge of the first row of each record, 0 to 1, where a column says it.
    pub soc_start: Vec<Option<f64>>,
    /// What was left out, filled in or looks odd, in whole sentences.
    pub notes: Vec<String>,
}

/// Reads a file; `name` stands in records and messages.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(name: &str, bytes: &[u8], options: &Options) -> Result<Reading, Problems> {
    let mut gathered = Gathered::default();
    let reading = attempt(name, bytes, options, &mut gathered);
    match reading {
        Some(reading) if gathered.is_empty() => Ok(reading),
        _ => Err(gathered.of_file(name)),
    }
}

/// `None` only after a problem was gathered.
fn attempt(
    name: &str,
    bytes: &[u8],
    options: &Options,
    gathered: &mut Gathered,
) -> Option<Reading> {
    let text = text::decoded(bytes).map_err(|problem| gathered.add("text", problem)).ok()?;
    let layout =
        layout::of(&text, &options.map).map_err(|problem| gathered.add("header", problem)).ok()?;
    let columns = layout.columns(&text, options, gathered)?;
    let mut notes = Vec::new();
    let table = table::read(&text, &layout, &columns, gathered, &mut notes);
    let blocks = blocks::of(name, &table, options, gathered, &mut notes);
    check::all(&table, &blocks, options, gathered, &mut notes);
    let (soc_start, records) = blocks.into_iter().map(|it| (it.soc_start, it.record)).unzip();
    Some(Reading { records, soc_start, notes })
}

#[cfg(test)]
#[path = "csv/tests.rs"]
mod tests;
