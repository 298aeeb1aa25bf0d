//! Sweeps on disk: one page with every picture, a table and a document.

use super::{Sweep, page, sheet};
use crate::files::{ReportError, Writer};
use std::path::{Path, PathBuf};

/// Writes `index.html`, `sweep.csv` and `sweep.json` into a folder and returns the page.
///
/// # Errors
/// The first folder or file that cannot be written, with a hint. Files written before it stay.
pub fn write(dir: &Path, sweeps: &[Sweep<'_>]) -> Result<PathBuf, ReportError> {
    let mut writer = Writer::new(dir);
    writer.put("sweep.csv", sheet::csv(sweeps).map_err(|error| error.to_string()))?;
    writer.put("sweep.json", Ok(document(sweeps)))?;
    writer.put("index.html", page::render(sweeps).map_err(|error| error.to_string()))
}

/// The sweeps as one JSON document.
#[must_use]
pub fn document(sweeps: &[Sweep<'_>]) -> String {
    format!("{:#}\n", sheet::document(sweeps))
}
