//! A checked scenario: the run, and what is expected of it, with requirement IDs.

mod check;
mod window;

use crate::assembly::Assembly;
pub use sim::observe::{EventPattern, Signal};
use sim::setup::Setup;
use std::sync::Arc;

pub use check::{Cell, Check, EnergyPart, Kept, Moment, Times, When};
pub use window::{BudgetPart, Cause, Need, Origin, Reach, Window};

/// A checked scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name: the file's stem, with the case's suffix where a file holds several.
    pub id: String,
    /// One line for tables.
    pub title: String,
    /// A paragraph for the report; may be empty.
    pub about: String,
    /// The acceptance scenarios it stands for, such as `S02`.
    pub spec: Vec<String>,
    /// The file as it was named, for messages.
    pub file: String,
    /// The text of the file, for the report.
    pub text: String,
    /// Product profile, such as `ps-15016`.
    pub product: String,
    /// Requirements that the scenario claims to cover.
    pub covers: Vec<String>,
    /// The run.
    pub setup: Setup,
    /// What is expected.
    pub expectations: Vec<Expectation>,
    /// In which order the pack was wired, where the file says it.
    pub assembly: Option<Assembly>,
    /// Lines drawn into the plots: the thresholds in play.
    pub thresholds: Vec<Threshold>,
    /// Why it cannot run yet, although it is right: what is not served, one reason each. Empty if
    /// it runs. The `setup` of a waiting scenario stands for nothing and must not be run.
    pub waiting: Vec<String>,
    /// Why the gate refuses it, as its file says that it must; empty otherwise. The `setup` of one
    /// that is refused stands for nothing, and [`crate::runner`] does not run it.
    pub refused: Vec<String>,
    /// Where in its file's matrix it lies: axis and value, in the order of the file; empty without
    /// a matrix.
    pub axes: Vec<(String, String)>,
    /// The file and what it includes, in the order in which they are read; never empty.
    pub sources: Arc<[Source]>,
    /// Every quantity that was drawn when the file was read: its place, and what was drawn.
    pub drawn: Vec<(String, String)>,
}

impl Scenario {
    /// Whether it can be run: nothing that it needs is missing, and it is not there to be refused.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.waiting.is_empty() && self.refused.is_empty()
    }
}

/// A text that a scenario was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file as it was named.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// A threshold worth drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Label, such as `OV 3750 mV`.
    pub label: String,
    /// The plot it belongs into.
    pub signal: Signal,
    /// Value in the signal's unit.
    pub value: f64,
}

/// One expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Requirements it proves.
    pub requirements: Vec<String>,
    /// Where it stands in its text, from 1.
    pub line: usize,
    /// In which of the scenario's `sources` it stands, from 0.
    pub source: usize,
    /// What it says, for tables; written by the author or made from the check.
    pub label: String,
    /// The check.
    pub check: Check,
}
