//! The waterfall of a trip: from the true crossing to zero current, step by step.
//!
//! Crossed, then compared, latched by the chip and seen by the firmware, or sampled by it; then the
//! protection is entered, then commanded, then the gate is off, then the current is zero. Every
//! step is an event of the trace; a step that the trace does not hold is left out, and so is what
//! something else brought about: a switch that this protection does not open, and whatever comes
//! after the next cause, such as a button or another protection.

use crate::show;
use bms_core::mode::Mode;
use bms_core::power::Blockers;
use bms_core::protect::Reasons;
use sim::time::{SimTime, Span};
use sim::trace::{Event, EventKind, Switch, Trace};

/// How long after the qualification a command or its effect still counts as caused by it. Longer
/// than a sampling cycle of the front end (100 ms, SH367309), shorter than any delay of a limit.
const CAUSED_WITHIN: Span = Span::from_millis(200);

/// The kinds of step, in causal order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The true quantity crossed its limit.
    Crossed,
    /// The protection was released although the limit was still crossed, as by a current that flows
    /// back.
    Released,
    /// The comparator's input reached its level.
    Compared,
    /// The front end's own latch was set.
    Latched,
    /// The firmware saw a violation, or the latch, for the first time.
    Sampled,
    /// The firmware entered the protection.
    Entered,
    /// A switch was told to open.
    Commanded(Switch),
    /// It has ceased to conduct.
    GateOff(Switch),
    /// No current flows.
    CurrentZero,
}

impl Stage {
    /// What happened, in words.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Crossed => "limit crossed".into(),
            Self::Released => "released meanwhile".into(),
            Self::Compared => "comparator reached".into(),
            Self::Sampled => "seen by the firmware".into(),
            Self::Latched => "qualified by the chip".into(),
            Self::Entered => "protection entered".into(),
            Self::Commanded(switch) => format!("{} commanded off", show::switch(switch)),
            Self::GateOff(switch) => format!("{} off", show::switch(switch)),
            Self::CurrentZero => "current zero".into(),
        }
    }

    /// One word for machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Crossed => "crossed",
            Self::Released => "released",
            Self::Compared => "compared",
            Self::Sampled => "sampled",
            Self::Latched => "latched",
            Self::Entered => "entered",
            Self::Commanded(_) => "commanded",
            Self::GateOff(_) => "gate_off",
            Self::CurrentZero => "current_zero",
        }
    }
}

/// One step of a waterfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub stage: Stage,
    /// When.
    pub at: SimTime,
    /// Since the step before; zero for the first.
    pub since_previous: Span,
    /// Since the first step.
    pub since_first: Span,
}

/// The way of one trip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waterfall {
    /// Which protection.
    pub reason: Reasons,
    /// When the firmware entered it.
    pub entered: SimTime,
    /// In time order, at equal times in causal order.
    pub steps: Vec<Step>,
}

impl Waterfall {
    /// From the first step to the last.
    #[must_use]
    pub fn total(&self) -> Span {
        self.steps.last().map_or(Span(0), |step| step.since_first)
    }

    /// The times of the steps for a column.
    #[must_use]
    pub fn column(&self) -> Vec<String> {
        show::moments(&self.steps.iter().map(|step| step.at).collect::<Vec<_>>())
    }

    /// When a stage was, if it was.
    #[must_use]
    pub fn at(&self, stage: Stage) -> Option<SimTime> {
        self.steps.iter().find(|step| step.stage == stage).map(|step| step.at)
    }
}

/// One waterfall per protection entry, in time order; `blockers` says which switches a protection
/// opens.
#[must_use]
pub fn waterfalls(trace: &Trace, blockers: &Blockers) -> Vec<Waterfall> {
    let entries = trace.events.iter().enumerate().filter_map(|(index, event)| match event.kind {
        EventKind::Protection(reason, true) => Some((index, reason)),
        _ => None,
    });
    entries.map(|(index, reason)| waterfall(&trace.events, index, reason, blockers)).collect()
}

fn waterfall(events: &[Event], entry: usize, reason: Reasons, blockers: &Blockers) -> Waterfall {
    let entered = events[entry].at;
    let mut found = vec![(entered, Stage::Entered)];
    found.extend(causes(events, entry, reason));
    let qualified = found.iter().filter(|(_, it)| matches!(it, Stage::Latched | Stage::Entered));
    let qualified = qualified.map(|(at, _)| *at).min().unwrap_or(entered);
    let after = &events[events.partition_point(|event| event.at < qualified)..];
    found.extend(effects(after, entered, &opened(reason, blockers), reason));
    found.sort();
    Waterfall { reason, entered, steps: spaced(&found) }
}

/// What came before the entry, since the protection was last released. The true crossing may lie
/// further back: a violation that never ended trips again, and the release is told.
fn causes(events: &[Event], entry: usize, reason: Reasons) -> Vec<(SimTime, Stage)> {
    let at = events[entry].at;
    let before = &events[..events.partition_point(|event| event.at <= at)];
    let released = events[..entry].iter().rev().find(
        |event| matches!(event.kind, EventKind::Protection(of, false) if of.intersects(reason)),
    );
    let released = released.map_or(SimTime::ZERO, |event| event.at);
    let last = |stage, test: fn(&EventKind) -> Option<Reasons>| {
        let of = |event: &&Event| test(&event.kind).is_some_and(|of| of.intersects(reason));
        let event = before.iter().rev().find(of)?;
        (stage == Stage::Crossed || event.at >= released).then_some((event.at, stage))
    };
    let crossed = last(Stage::Crossed, |kind| match kind {
        EventKind::Crossed(of, true) => Some(*of),
        _ => None,
    });
    let meanwhile = crossed.filter(|(at, _)| *at < released).map(|_| (released, Stage::Released));
    let stages = [
        crossed,
        meanwhile,
        last(Stage::Compared, |kind| match kind {
            EventKind::Compared(of, true) => Some(*of),
            _ => None,
        }),
        last(Stage::Sampled, |kind| match kind {
            EventKind::Sampled(of, true) => Some(*of),
            _ => None,
        }),
        last(Stage::Latched, |kind| match kind {
            EventKind::Latched(of, true) => Some(*of),
            _ => None,
        }),
    ];
    stages.into_iter().flatten().collect()
}

/// The switches that a protection opens.
fn opened(reason: Reasons, blockers: &Blockers) -> Vec<Switch> {
    [(Switch::Charge, blockers.charge), (Switch::Discharge, blockers.discharge)]
        .into_iter()
        .filter(|(_, by)| by.intersects(reason))
        .map(|(switch, _)| switch)
        .collect()
}

/// What the qualification, at which `after` begins, brought about: commands, gates, current.
fn effects(
    after: &[Event],
    entered: SimTime,
    opened: &[Switch],
    reason: Reasons,
) -> Vec<(SimTime, Stage)> {
    let own = &after[..own(after, entered, reason)];
    let mut found = Vec::new();
    let mut conducts_no_more = false;
    for &switch in opened {
        let end = entered + CAUSED_WITHIN;
        let Some(command) = first(own, &EventKind::Commanded(switch, false), end) else {
            continue;
        };
        found.push((command, Stage::Commanded(switch)));
        // Once told, a gate falls whatever else happens.
        let gate = first(after, &EventKind::Switched(switch, false), command + CAUSED_WITHIN);
        found.extend(gate.map(|at| (at, Stage::GateOff(switch))));
        conducts_no_more |= gate.is_some();
    }
    let command = found.iter().map(|(at, _)| *at).min().filter(|_| conducts_no_more);
    if let Some(command) = command {
        let zero = first(own, &EventKind::CurrentZero, command + CAUSED_WITHIN);
        found.extend(zero.map(|at| (at, Stage::CurrentZero)));
    }
    found
}

/// How many of the events have no other cause yet: up to the first after the begin that opens or
/// closes something for a reason of its own.
fn own(after: &[Event], entered: SimTime, reason: Reasons) -> usize {
    let begin = after.first().map_or(entered, |event| event.at);
    let foreign = |event: &Event| match &event.kind {
        EventKind::Stimulus(_)
        | EventKind::Acted(_)
        | EventKind::Fault(..)
        | EventKind::Mode(Mode::Off | Mode::Sleep)
        | EventKind::FrontEnd(false) => event.at > begin,
        EventKind::Latched(other, true) => event.at > begin && !other.intersects(reason),
        EventKind::Protection(other, true) => event.at > entered && !other.intersects(reason),
        EventKind::Protection(other, false) => event.at > entered && other.intersects(reason),
        _ => false,
    };
    after.iter().position(foreign).unwrap_or(after.len())
}

fn first(events: &[Event], kind: &EventKind, end: SimTime) -> Option<SimTime> {
    events.iter().take_while(|event| event.at <= end).find(|it| it.kind == *kind).map(|it| it.at)
}

fn spaced(found: &[(SimTime, Stage)]) -> Vec<Step> {
    let start = found.first().map_or(SimTime::ZERO, |(at, _)| *at);
    let previous = std::iter::once(start).chain(found.iter().map(|(at, _)| *at));
    let steps = found.iter().zip(previous).map(|(&(at, stage), previous)| Step {
        stage,
        at,
        since_previous: at - previous,
        since_first: at - start,
    });
    steps.collect()
}

#[cfg(test)]
#[path = "chain/tests.rs"]
mod tests;
