//! A pack's life on the cycler: as a table, a CSV file, a document and a picture.

mod picture;
mod sheet;
mod table;
#[cfg(test)]
mod tests;

pub use picture::picture;
pub use table::render;

use crate::files::{ReportError, Writer};
use sim::cycling::{Cycling, Life, Record};
use std::path::{Path, PathBuf};

/// Remaining capacity at which a pack is commonly called worn.
const WORN: f64 = 0.8;
/// Rows of the table besides that of the new pack.
const ROWS: usize = 10;

/// A life with what was lived.
#[derive(Clone, Copy, Debug)]
pub struct Aged<'a> {
    /// Name of the cell as it was asked for.
    pub cell: &'a str,
    /// What was cycled, and how.
    pub cycling: &'a Cycling,
    /// What became of it; at least the record of the new pack.
    pub life: &'a Life,
}

impl Aged<'_> {
    /// One line that says what was cycled.
    fn headline(&self) -> String {
        let Cycling { cells, c_rate, depth, ambient_c, seed, .. } = *self.cycling;
        format!(
            "{cells} × {}, {c_rate} C, {:.0} % depth, surroundings at {ambient_c} °C, seed {seed}",
            self.cell,
            100.0 * depth
        )
    }

    fn last(&self) -> &Record {
        self.life.records.last().expect("a life begins with the new pack")
    }

    /// The first record at or below [`WORN`].
    fn worn(&self) -> Option<&Record> {
        self.life.records.iter().find(|record| record.capacity.mean <= WORN)
    }

    /// What of the stress the law was not measured for, in words.
    fn beyond(&self) -> Vec<&'static str> {
        let covered = self.life.covered;
        let stresses = [
            (covered.temperature, "temperature (the cycle term stays at the edge of its tests)"),
            (covered.depth, "depth of the swings"),
            (covered.rate, "current"),
        ];
        stresses.into_iter().filter(|(within, _)| !within).map(|(_, name)| name).collect()
    }
}

/// Writes `age.csv`, `age.json` and `age.svg` into a folder, which it makes if it is missing, and
/// gives the picture's path.
///
/// # Errors
/// The first folder or file that cannot be written, with a hint.
pub fn write(dir: &Path, aged: &Aged<'_>) -> Result<PathBuf, ReportError> {
    let mut writer = Writer::new(dir);
    writer.put("age.csv", sheet::csv(aged.life).map_err(|error| error.to_string()))?;
    writer.put("age.json", Ok(document(aged)))?;
    writer.put("age.svg", Ok(picture(aged)))
}

/// The life as one JSON document.
#[must_use]
pub fn document(aged: &Aged<'_>) -> String {
    format!("{:#}\n", sheet::document(aged))
}

/// Records for a table: the new pack, the last, and evenly between.
fn shown(records: &[Record]) -> impl Iterator<Item = &Record> {
    let last = records.len() - 1;
    let rows = last.min(ROWS);
    (0..=rows).map(move |row| &records[(row * last).checked_div(rows).unwrap_or(0)])
}
