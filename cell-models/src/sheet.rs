//! The cell file: a cell as TOML that people read and write, with the unit in every name.
//!
//! Reading tells every problem of a text at once, each with its line. A number is scaled by moving
//! its decimal point, so that what [`write()`] gives is read back to the last bit. The form of the
//! file is described in `docs/physics.md`.

mod number;
mod parts;
mod read;
mod section;
mod tables;
mod told;
mod write;

use crate::cell::CellParams;
use std::fmt;
pub use told::{Colour, Item, did_you_mean, toml_hint};

/// Mean month, a twelfth of 365.25 days, in seconds: people tell self-discharge per month.
pub const MONTH_S: f64 = 2_629_800.0;

/// The number of the form that this crate reads and writes.
pub const FORMAT: u32 = 1;

/// A cell file: the cell and what else is known about where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// The cell.
    pub cell: CellParams,
    /// Further keys of `[provenance]` besides source and licence, with their values as TOML.
    pub provenance: Vec<(String, String)>,
}

/// One thing that is wrong with a cell file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetProblem {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What was expected there; may be empty.
    pub expected: String,
    /// What would be right; may be empty.
    pub hint: String,
}

/// Everything that is wrong with a cell file, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SheetError {
    /// At least one problem.
    pub problems: Vec<SheetProblem>,
}

impl fmt::Display for SheetProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}", self.line, self.what)?;
        if !self.expected.is_empty() {
            write!(out, "; expected {}", self.expected)?;
        }
        if !self.hint.is_empty() {
            write!(out, " ({})", self.hint)?;
        }
        Ok(())
    }
}

impl fmt::Display for SheetError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problems.iter().enumerate().try_for_each(|(index, problem)| {
            write!(out, "{}{problem}", if index == 0 { "" } else { "\n" })
        })
    }
}

impl Sheet {
    /// A sheet of a cell, without further provenance.
    #[must_use]
    pub fn new(cell: CellParams) -> Self {
        Self { cell, provenance: Vec::new() }
    }

    /// Adds a text to the provenance, for instance which data were fitted and how well.
    #[must_use]
    pub fn note(mut self, key: &str, text: &str) -> Self {
        self.provenance.push((key.to_owned(), number::quoted(text)));
        self
    }

    /// Reads the cell of a text.
    ///
    /// # Errors
    /// Everything that is wrong with the text.
    pub fn parse(text: &str) -> Result<CellParams, SheetError> {
        Ok(Self::read(text)?.cell)
    }

    /// Reads a text whole, with its provenance.
    ///
    /// # Errors
    /// Everything that is wrong with the text.
    pub fn read(text: &str) -> Result<Self, SheetError> {
        read::read(text)
    }

    /// The text of this sheet, which reads back to the same bits.
    #[must_use]
    pub fn write(&self) -> String {
        write::sheet(self)
    }
}

/// The text of a cell, which reads back to the same bits.
#[must_use]
pub fn write(cell: &CellParams) -> String {
    Sheet::new(cell.clone()).write()
}
