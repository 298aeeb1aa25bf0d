//! How the times of a trip are spread over many boards: one scenario, many seeds, and whether every
//! one lies inside the window that the datasheets promise.
//!
//! [`keep`] takes from each trace what is needed, so that the traces need not be held;
//! [`Spread::of`] gathers them; [`scenarios::windows::trip`] says what is allowed and why; [`table`], its page and
//! [`files`] show it.

pub mod files;
mod page;
pub(crate) mod sheet;
pub mod table;

use crate::chain::{Stage, Waterfall, waterfalls};
use crate::verdict::Grade;
use bms_core::params::Params;
use bms_core::power::Blockers;
use bms_core::protect::Reasons;
use scenarios::Scenario;
use scenarios::windows::Circumstances;
use scenarios::windows::trip::{self, Budget, Window};
use sim::time::{SimTime, Span};
use sim::trace::{Outcome, Trace};
use std::collections::BTreeMap;

pub use scenarios::windows::trip::interrupting;

/// What is measured of a trip, each from the true crossing of the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Until the switch that interrupts the current is told to open.
    Detect,
    /// Until that switch has ceased to conduct.
    GateOff,
    /// Until no current flows.
    CurrentZero,
}

impl Measure {
    /// All, in causal order.
    pub const ALL: [Self; 3] = [Self::Detect, Self::GateOff, Self::CurrentZero];

    /// What ends it, for people.
    #[must_use]
    pub fn end(self) -> &'static str {
        match self {
            Self::Detect => "commanded off",
            Self::GateOff => "gate off",
            Self::CurrentZero => "current zero",
        }
    }

    /// Its place in [`Measure::ALL`].
    pub(crate) fn index(self) -> usize {
        match self {
            Self::Detect => 0,
            Self::GateOff => 1,
            Self::CurrentZero => 2,
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> String {
        format!("crossed to {}", self.end())
    }

    /// What a budget allows for it.
    #[must_use]
    pub fn allowed(self, budget: &Budget) -> Window {
        match self {
            Self::Detect => budget.command(),
            Self::GateOff | Self::CurrentZero => budget.edge(),
        }
    }

    /// Its name for machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::GateOff => "gate_off",
            Self::CurrentZero => "current_zero",
        }
    }
}

/// One entry of a protection in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trip {
    /// Seed of the run.
    pub seed: u64,
    /// Which protection.
    pub reason: Reasons,
    /// Its how many-th entry in the run, from 1.
    pub occurrence: usize,
    /// By [`Measure::ALL`]: how long it took. None for what did not happen, and for all if the
    /// limit was not crossed anew since the entry before. What happened before the crossing took
    /// no time.
    pub times: [Option<Span>; 3],
}

/// What is kept of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its seed.
    pub seed: u64,
    /// Why it did not complete, if it did not.
    pub aborted: Option<String>,
    /// Its trips, in time order.
    pub trips: Vec<Trip>,
}

/// Takes the trips out of a trace of a product with these parameters.
#[must_use]
pub fn keep(params: &Params, seed: u64, trace: &Trace) -> Run {
    let aborted = match &trace.outcome {
        Outcome::Completed | Outcome::Ended { .. } | Outcome::Refused => None,
        Outcome::Failed { why, .. } | Outcome::Aborted { why, .. } => Some(why.clone()),
    };
    let mut before: BTreeMap<Reasons, (usize, SimTime)> = BTreeMap::new();
    let trips = waterfalls(trace, &Blockers::new(params)).into_iter().map(|waterfall| {
        let (count, last) = before.entry(waterfall.reason).or_default();
        let trip = trip(seed, &waterfall, *count + 1, *last);
        (*count, *last) = (*count + 1, waterfall.entered);
        trip
    });
    Run { seed, aborted, trips: trips.collect() }
}

fn trip(seed: u64, waterfall: &Waterfall, occurrence: usize, last: SimTime) -> Trip {
    let switch = interrupting(waterfall.reason);
    let stages = [Stage::Commanded(switch), Stage::GateOff(switch), Stage::CurrentZero];
    let crossed = waterfall.at(Stage::Crossed).filter(|at| occurrence == 1 || *at > last);
    let since = |stage| {
        let (crossed, at) = (crossed?, waterfall.at(stage)?);
        Some(Span(at.0.saturating_sub(crossed.0)))
    };
    Trip { seed, reason: waterfall.reason, occurrence, times: stages.map(since) }
}

/// One measure of one entry over all runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What.
    pub measure: Measure,
    /// The times, shortest first; never empty.
    pub times: Vec<Span>,
    /// What is allowed, where that is known.
    pub window: Option<Window>,
    /// How many lie outside.
    pub outside: usize,
    /// Pass if every run has a time and all lie inside, fail if one lies outside.
    pub grade: Grade,
}

impl Measured {
    fn of(measure: Measure, mut times: Vec<Span>, window: Option<Window>, runs: usize) -> Self {
        times.sort_unstable();
        let beyond = |window: Window| times.iter().filter(|time| !window.holds(**time)).count();
        let outside = window.map_or(0, beyond);
        let grade = match window {
            Some(_) if outside > 0 => Grade::Fail,
            Some(_) if times.len() == runs => Grade::Pass,
            _ => Grade::Untested,
        };
        Self { measure, times, window, outside, grade }
    }

    /// The time that `percent` of the runs do not exceed: the nearest rank, so always one that
    /// was measured. 0 is the shortest, 100 the longest.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Span {
        let rank = (self.times.len() * percent).div_ceil(100).max(1);
        self.times.get(rank - 1).or(self.times.last()).copied().unwrap_or_default()
    }
}

/// The n-th entry of a protection over all runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which protection.
    pub reason: Reasons,
    /// Its how many-th entry, from 1.
    pub occurrence: usize,
    /// In how many runs it happened.
    pub runs: usize,
    /// What is allowed and why, where that is known.
    pub budget: Option<Budget>,
    /// What was measured; a measure without any time is left out.
    pub measured: Vec<Measured>,
}

impl Entry {
    /// The worst of its measures; untested without any.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.measured.iter().map(|it| it.grade).max().unwrap_or(Grade::Untested)
    }
}

/// The trips of one scenario over many runs.
#[derive(Clone, Debug)]
pub struct Spread<'a> {
    /// What was run.
    pub scenario: &'a Scenario,
    /// The runs, in the order of their seeds.
    pub runs: Vec<Run>,
    /// The entries, by protection and occurrence.
    pub entries: Vec<Entry>,
}

impl<'a> Spread<'a> {
    /// Gathers the runs of a scenario.
    #[must_use]
    pub fn of(scenario: &'a Scenario, runs: Vec<Run>) -> Self {
        let mut grouped: BTreeMap<(Reasons, usize), Vec<&Trip>> = BTreeMap::new();
        for trip in runs.iter().flat_map(|run| &run.trips) {
            grouped.entry((trip.reason, trip.occurrence)).or_default().push(trip);
        }
        let entries = grouped.iter().map(|(&(reason, occurrence), trips)| {
            let budget = trip::budget(reason, &Circumstances::of(&scenario.setup));
            let measured = measured(trips, budget.as_ref(), runs.len());
            Entry { reason, occurrence, runs: trips.len(), budget, measured }
        });
        let entries = entries.collect();
        Self { scenario, runs, entries }
    }

    /// Runs that did not complete.
    pub fn aborted(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| run.aborted.is_some())
    }

    /// Fail if a time lies outside or a run did not complete; untested if nothing tripped, or not
    /// in every run, or nobody knows the window.
    #[must_use]
    pub fn grade(&self) -> Grade {
        if self.aborted().next().is_some() {
            return Grade::Fail;
        }
        self.entries.iter().map(Entry::grade).max().unwrap_or(Grade::Untested)
    }
}

fn measured(trips: &[&Trip], budget: Option<&Budget>, runs: usize) -> Vec<Measured> {
    let of = |(index, measure): (usize, Measure)| {
        let times: Vec<_> = trips.iter().filter_map(|trip| trip.times[index]).collect();
        let window = budget.map(|budget| measure.allowed(budget));
        (!times.is_empty()).then(|| Measured::of(measure, times, window, runs))
    };
    Measure::ALL.into_iter().enumerate().filter_map(of).collect()
}

#[cfg(test)]
#[path = "spread/tests.rs"]
mod tests;
