//! Spreads on disk: a folder per scenario with page, picture, table and document.

use super::{Spread, page, sheet};
use crate::files::{ReportError, Writer, distinct};
use std::path::{Path, PathBuf};

/// Writes `spread.html`, `spread.svg`, `spread.csv` and `spread.json` into a folder per scenario
/// and returns the pages, in the order of the spreads.
///
/// # Errors
/// The first folder or file that cannot be written, with a hint. Files written before it stay.
pub fn write(dir: &Path, spreads: &[Spread<'_>]) -> Result<Vec<PathBuf>, ReportError> {
    let mut writer = Writer::new(dir);
    let folders = distinct(spreads.iter().map(|spread| spread.scenario.id.as_str()));
    let one = |(spread, folder): (&Spread<'_>, &String)| {
        let csv = sheet::csv(&spread.runs).map_err(|error| error.to_string());
        writer.put(&format!("{folder}/spread.csv"), csv)?;
        writer.put(&format!("{folder}/spread.json"), Ok(document(std::slice::from_ref(spread))))?;
        writer.put(&format!("{folder}/spread.svg"), Ok(page::picture(spread)))?;
        let page = page::render(spread).map_err(|error| error.to_string());
        writer.put(&format!("{folder}/spread.html"), page)
    };
    spreads.iter().zip(&folders).map(one).collect()
}

/// The spreads as one JSON document.
#[must_use]
pub fn document(spreads: &[Spread<'_>]) -> String {
    format!("{:#}\n", sheet::document(spreads))
}
