//! What the outside does when something has come about: phases that wait for conditions, in
//! parallel tracks, and triggers beside them. A script is data; `progress` is where a run stands
//! in it.
//!
//! At one moment everything has one order: events one by one as they happened; for each, actions
//! that are due, then tracks and then triggers as they stand in the script. What they do settles
//! before the next event is looked at.

pub(crate) mod condition;
pub(crate) mod progress;

pub use condition::{Condition, Relation};

use crate::setup::Action;
use crate::time::Span;
use std::sync::Arc;

/// A phase that is entered more often than this at one moment, and a trigger that fires more often,
/// never lets time go on.
pub const AT_ONE_MOMENT_MAX: u32 = 100;

/// What happens by conditions, beside the timeline. Empty by default.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// Phases one after another; tracks run side by side, in this order at one moment.
    pub tracks: Vec<Track>,
    /// What happens whenever something else does, after the tracks, in this order.
    pub triggers: Vec<Trigger>,
    /// Distance of the moments at which signals are looked at while one is waited for; events need
    /// none. Whole multiples of it from the start of the run; above zero.
    pub check_every: Span,
}

impl Script {
    /// Whether there is nothing to follow.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty() && self.triggers.is_empty()
    }
}

impl Default for Script {
    fn default() -> Self {
        Self { tracks: Vec::new(), triggers: Vec::new(), check_every: Span::from_millis(10) }
    }
}

/// Phases that follow each other from the start of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Its name, for messages.
    pub name: String,
    /// Its phases; the first begins with the run.
    pub phases: Vec<Phase>,
}

/// A phase of a track.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// Its name, the only one in the script.
    pub name: Arc<str>,
    /// What is done, and how long after it begins; in time order. What would come after the end of
    /// the phase is not done.
    pub actions: Vec<(Span, Action)>,
    /// It ends when this holds; without it, with its last action.
    pub until: Option<Condition>,
    /// The longest it lasts, and where it leads if it has not ended by then.
    pub timeout: Option<(Span, Next)>,
    /// Where it leads.
    pub next: Next,
    /// What a run that ends during this phase says as its failure; none if it may.
    pub unfinished: Option<String>,
}

/// Where a phase leads.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// To the following phase; the last one ends the track.
    Following,
    /// To this phase of the track, from 0.
    Phase(usize),
    /// Back to a phase of the track so many times, then to the following one. The count begins
    /// anew after that.
    Repeat {
        /// Which phase, from 0.
        to: usize,
        /// How often.
        times: u32,
    },
    /// The track is over; the run goes on.
    EndTrack,
    /// The run is over.
    EndRun,
    /// The run is over and has failed, for this reason.
    Fail(String),
}

/// Something that is done when something else comes about.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// Its name, for messages.
    pub name: String,
    /// What must hold. Events and times are counted from the start of the run, or from when it
    /// fired last.
    pub when: Condition,
    /// How often it fires.
    pub every: Every,
    /// What is done, and how long after.
    pub actions: Vec<(Span, Action)>,
}

/// How often a trigger fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// The first time that its condition holds.
    Once,
    /// Each time that its condition comes to hold after it did not.
    Each,
}
