//! A fit on disk: page, document, tables.

use super::{Account, page, sheet};
use crate::files::{ReportError, Writer};
use std::path::{Path, PathBuf};

/// Writes `fit.html`, `fit.json`, `figures.csv` and `residuals.csv` into a folder, which it makes if
/// it is missing, and returns the page.
///
/// # Errors
/// The first folder or file that cannot be written, with a hint. Files written before it stay.
pub fn write(dir: &Path, account: &Account<'_>) -> Result<PathBuf, ReportError> {
    let mut writer = Writer::new(dir);
    let table = |sheet: Result<Vec<u8>, csv::Error>| sheet.map_err(|error| error.to_string());
    writer.put("figures.csv", table(sheet::figures(account)))?;
    writer.put("residuals.csv", table(sheet::residuals(account)))?;
    writer.put("fit.json", Ok(document(account)))?;
    writer.put("fit.html", page::render(account).map_err(|error| error.to_string()))
}

/// Writes one file whole or not at all: a reader sees the old content or the new.
///
/// # Errors
/// The folder or the file cannot be written, with a hint.
pub fn write_cell(path: &Path, text: &str) -> Result<(), ReportError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let folder = path.parent().unwrap_or(Path::new(""));
    Writer::new(folder).put(&name.unwrap_or_default(), Ok(text)).map(|_| ())
}

/// The account as one JSON document.
#[must_use]
pub fn document(account: &Account<'_>) -> String {
    format!("{:#}\n", sheet::document(account))
}
