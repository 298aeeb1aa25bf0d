//! A checked scenario: the run, and what is expected of it, with requirement IDs.

use bms_core::protect::Reasons;
pub use sim::observe::{EventPattern, Signal};
use sim::setup::Setup;
use sim::time::{SimTime, Span};

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

/// What can be expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// The event happens, for the `occurrence`-th time after `not_before` (from 1), in the window.
    Event {
        /// What.
        event: EventPattern,
        /// Which one, counted from 1 from the start of the run.
        occurrence: usize,
        /// When.
        window: Window,
    },
    /// The event does not happen between `from` and `to`.
    Never {
        /// What.
        event: EventPattern,
        /// From this time, inclusive.
        from: SimTime,
        /// To this time, inclusive.
        to: SimTime,
    },
    /// The event happens exactly `times` times between `from` and `to`.
    Count {
        /// What.
        event: EventPattern,
        /// From this time, inclusive.
        from: SimTime,
        /// To this time, inclusive.
        to: SimTime,
        /// How often.
        times: usize,
    },
    /// A signal lies in a band at every recorded row of `[from, to]` (one moment if equal; then
    /// the row or burst point nearest before it counts).
    Band {
        /// Which signal.
        signal: Signal,
        /// From this time.
        from: SimTime,
        /// To this time.
        to: SimTime,
        /// Not below.
        low: f64,
        /// Not above.
        high: f64,
    },
    /// The LEDs show this at a moment, as `SSSS A R`, each of `o` (off), `#` (on), `*` (flash);
    /// `-` for any.
    Leds {
        /// When.
        at: SimTime,
        /// The pattern, six characters.
        pattern: String,
    },
    /// The alarm records at the end hold exactly `times` entries (or exits) of a protection.
    Records {
        /// Which protection.
        reason: Reasons,
        /// Entries or exits.
        entered: bool,
        /// How many.
        times: usize,
    },
    /// The integral of the pack current between two times, coulomb, charge positive, in a band.
    Charge {
        /// From this time.
        from: SimTime,
        /// To this time.
        to: SimTime,
        /// Not below.
        low: f64,
        /// Not above.
        high: f64,
    },
    /// The energy book closes: what is missing, as a share of the energy moved, is at most this.
    Energy {
        /// Share, 0.005 is 0.5 %.
        share: f64,
    },
}

/// When something is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The time, from the start of the run or from the anchor.
    pub at: SimTime,
    /// Counted from this event's time instead of the start of the run.
    pub anchor: Option<(EventPattern, usize)>,
    /// How much earlier is allowed.
    pub early: Span,
    /// How much later is allowed.
    pub late: Span,
    /// Where the tolerance comes from: parts that add up to it, for the report.
    pub budget: Vec<BudgetPart>,
}

/// A part of a tolerance.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetPart {
    /// Why, such as `comparator clock, one 64 us tick`.
    pub why: String,
    /// Earlier.
    pub early: Span,
    /// Later.
    pub late: Span,
}
