//! When an event is expected: from a time, from another event, or from the cause that the
//! requirement names, with the parts of the tolerance.

use super::{EventPattern, Signal};
use bms_core::protect::Reasons;
use sim::time::{SimTime, Span};
use sim::trace::MarkKind;

/// When something is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The time, from the start of the run or from what it is counted from.
    pub at: SimTime,
    /// Counted from this event's time instead of the start of the run.
    pub anchor: Option<(EventPattern, usize)>,
    /// Counted from what the requirement names as the cause, at the event that is judged.
    pub cause: Option<Cause>,
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
    /// Why, such as `comparator clock, one 64 µs tick`.
    pub why: String,
    /// Earlier.
    pub early: Span,
    /// Later.
    pub late: Span,
}

/// What brings an event about, as the requirement says.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// The requirement whose rule this is.
    pub requirement: String,
    /// In words, with the parameters in play.
    pub words: String,
    /// Moments that must all have come; the latest counts.
    pub needs: Vec<Need>,
    /// How far off the level may be that the quantity had to reach: by the resolution of a typical
    /// converter, or by the tolerances of one that keeps only its data sheet.
    pub reach: Option<Reach>,
}

/// Something that must have come, and for how long.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// What.
    pub origin: Origin,
    /// It counts from so long after it on.
    pub delay: Span,
}

/// A moment from which a delay counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// The true quantity reached the limit of a protection and stayed there; after a release
    /// without a return from the limit, the moment from which the protection may count again.
    Violation(Reasons),
    /// A state of the truth began, but not before the protection came into force.
    Mark(MarkKind, Option<Reasons>),
    /// The newest of these events.
    Event(Vec<EventPattern>),
}

/// A level that a true quantity has to reach, and how far off it may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// The quantity.
    pub signal: Signal,
    /// The level in the signal's unit.
    pub level: f64,
    /// It may count from so far before the level on, in the signal's unit.
    pub before: f64,
    /// It must count from so far beyond the level on, in the signal's unit.
    pub beyond: f64,
    /// Whether the quantity comes from below.
    pub rising: bool,
}

impl Reach {
    /// 1 if the quantity comes from below, else −1.
    #[must_use]
    pub fn sign(&self) -> f64 {
        if self.rising { 1.0 } else { -1.0 }
    }
}
