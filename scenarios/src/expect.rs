//! A checked scenario: the run, and what is expected of it, with requirement IDs.

mod check;
mod window;

use bms_core::protect::Reasons;
use sim::setup::Setup;
use sim::trace::Switch;

pub use check::{Cell, Check, EnergyPart, Kept, Moment, Times, When};
pub use window::{BudgetPart, Cause, Need, Reach, Source, Window};

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
    /// Lines drawn into the plots: the thresholds in play.
    pub thresholds: Vec<Threshold>,
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
    /// Where it stands in the file, from 1.
    pub line: usize,
    /// What it says, for tables; written by the author or made from the check.
    pub label: String,
    /// The check.
    pub check: Check,
}

/// An event to look for in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventPattern {
    /// A protection enters (`true`) or leaves force.
    Protection(Reasons, bool),
    /// The front end's own latch is set or cleared.
    Latched(Reasons, bool),
    /// A switch is commanded on or off.
    Commanded(Switch, bool),
    /// A switch conducts or has ceased to.
    Switched(Switch, bool),
    /// The pack current became zero after an opening.
    CurrentZero,
    /// Active balancing starts or stops.
    Transfer(bool),
    /// An invariant was broken.
    Broken,
}

/// A signal of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// Pack current, A.
    Current,
    /// Port voltage, V.
    Port,
    /// Pack voltage, V.
    Pack,
    /// A cell's voltage, V; from 0.
    Cell(usize),
    /// The highest cell voltage, V.
    CellMax,
    /// The lowest cell voltage, V.
    CellMin,
    /// Highest minus lowest cell voltage, V.
    CellSpread,
    /// A cell sensor's temperature, °C; from 0.
    CellTemperature(usize),
    /// A MOSFET sensor's temperature, °C; from 0.
    MosTemperature(usize),
    /// Estimated SOC, share.
    SocEstimate,
    /// True SOC of a cell, share; from 0.
    Soc(usize),
}
