//! Two results side by side: what moved, which verdicts changed, what is new or gone, and whether that
//! lies inside a budget.
//!
//! [`Record::read`] reads a report that a run left, [`Budget::read`] what may move; [`compare`] holds
//! one against the other. [`table`] shows it in a terminal, [`sheet`] as JSON, [`markdown`] in a pull
//! request, [`picture()`] as a plot.

mod budget;
mod compare;
pub mod markdown;
mod picture;
mod record;
pub mod sheet;
pub mod table;
mod words;

pub use budget::{Allowed, Budget, BudgetError};
pub use compare::compare;
pub use picture::picture;
pub use record::{Record, RecordError};

use crate::Grade;
use crate::annotate::line;

/// Where in which run something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The run's ID.
    pub run: String,
    /// Its scenario file.
    pub file: String,
    /// Line of the expectation, from 1; 0 for what no expectation names.
    pub line: usize,
    /// The requirements that the expectations of that moment prove.
    pub requirements: Vec<String>,
}

/// An event that comes at another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Where.
    pub place: Place,
    /// What, such as `SC enters`.
    pub event: String,
    /// Which of its kind, from 1.
    pub occurrence: usize,
    /// When in the base, nanoseconds from the start of the run.
    pub base_ns: u64,
    /// When in the new result.
    pub new_ns: u64,
    /// How far it may move.
    pub allowed: Allowed,
    /// Whether it moved further.
    pub beyond: bool,
}

impl Shift {
    /// New minus base, nanoseconds: above zero is later.
    #[must_use]
    pub fn by_ns(&self) -> i128 {
        i128::from(self.new_ns) - i128::from(self.base_ns)
    }

    /// The event with its number, where it is not the first.
    #[must_use]
    pub fn name(&self) -> String {
        numbered(&self.event, self.occurrence)
    }
}

fn numbered(event: &str, occurrence: usize) -> String {
    if occurrence == 1 { event.into() } else { format!("{event} (no. {occurrence})") }
}

/// A verdict that is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Where.
    pub place: Place,
    /// The expectation; empty for the run as a whole.
    pub label: String,
    /// What it was.
    pub base: Grade,
    /// What it is.
    pub new: Grade,
    /// Whether it counts: a worse one always, a better one only strictly.
    pub beyond: bool,
}

/// A measured value that is another, or a margin that shrank although nothing moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Where.
    pub place: Place,
    /// The expectation.
    pub label: String,
    /// What was measured, in words.
    pub base: String,
    /// What is measured, in words.
    pub new: String,
    /// By how much of itself the margin shrank, a share; negative if it grew, none without margins.
    pub shrunk: Option<f64>,
    /// By how much of itself it may shrink.
    pub allowed: f64,
    /// Whether it shrank more.
    pub beyond: bool,
}

/// What is there on one side only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Where.
    pub place: Place,
    /// A `run`, `expectation` or `event`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// New, or else gone.
    pub is_new: bool,
    /// Whether it counts.
    pub beyond: bool,
}

/// Everything in which two results differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// Version of the program behind the base.
    pub base_version: String,
    /// Version of the program behind the new result.
    pub new_version: String,
    /// Runs that are on both sides.
    pub compared: usize,
    /// Events that come at another time, the furthest first.
    pub shifts: Vec<Shift>,
    /// Verdicts that are others.
    pub verdicts: Vec<Changed>,
    /// Values that are others.
    pub values: Vec<Value>,
    /// What is new or gone.
    pub presence: Vec<Presence>,
    /// Runs whose trace is another although none of the above is.
    pub digests: Vec<Place>,
    /// Whether such runs count.
    pub digests_beyond: bool,
}

impl Diff {
    /// Whether nothing at all differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shifts.is_empty()
            && self.verdicts.is_empty()
            && self.values.is_empty()
            && self.presence.is_empty()
            && self.digests.is_empty()
    }

    /// How much of it lies beyond its budget.
    #[must_use]
    pub fn beyond(&self) -> usize {
        self.shifts.iter().filter(|it| it.beyond).count()
            + self.verdicts.iter().filter(|it| it.beyond).count()
            + self.values.iter().filter(|it| it.beyond).count()
            + self.presence.iter().filter(|it| it.beyond).count()
            + if self.digests_beyond { self.digests.len() } else { 0 }
    }

    /// How many differences there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shifts.len()
            + self.verdicts.len()
            + self.values.len()
            + self.presence.len()
            + self.digests.len()
    }
}

/// What lies beyond its budget as GitHub's annotations, at its line of the scenario file.
#[must_use]
pub fn annotations(diff: &Diff) -> Vec<String> {
    let at = |place: &Place, title: String, text: String| {
        line("error", &place.file, place.line.max(1), &format!("{}: {title}", place.run), &text)
    };
    let shifts = diff.shifts.iter().filter(|it| it.beyond).map(|it| {
        let text = format!("{}, allowed {}", table::shift(it), it.allowed);
        at(&it.place, format!("{} moved", it.name()), text)
    });
    let verdicts = diff.verdicts.iter().filter(|it| it.beyond).map(|it| {
        let title = if it.label.is_empty() { "verdict changed".into() } else { it.label.clone() };
        at(&it.place, title, format!("{} → {}", it.base.word(), it.new.word()))
    });
    let values = diff
        .values
        .iter()
        .filter(|it| it.beyond)
        .map(|it| at(&it.place, format!("{} lost margin", it.label), table::value(it)));
    let presence = diff.presence.iter().filter(|it| it.beyond).map(|it| {
        let word = if it.is_new { "new" } else { "gone" };
        at(&it.place, format!("{} {word}", it.kind), it.name.clone())
    });
    shifts.chain(verdicts).chain(values).chain(presence).collect()
}

#[cfg(test)]
#[path = "diff/tests.rs"]
mod tests;
