//! How long each protection takes at every phase of the front end's scan: shortest, typical and
//! longest, and the longest is what is judged.
//!
//! A scenario names one moment for its stimulus, and so one phase between two samples, which may be
//! a lucky one. Here every phase is met ([`scenarios::sweep`]); what is kept of a run and what is
//! allowed are those of [`crate::spread`], with the number of a shift in a seed's place.

pub mod files;
mod page;
mod sheet;
pub mod table;

use crate::spread::{Entry, Measured, Run, Spread};
use crate::verdict::Grade;
use scenarios::Scenario;
use sim::time::Span;

/// The trips of one scenario over many phases.
#[derive(Clone, Debug)]
pub struct Sweep<'a> {
    /// The scan across which the stimulus was shifted.
    pub period: Span,
    /// How much later the stimulus came, by the number of the run.
    pub shifts: Vec<Span>,
    /// The runs and their times; a run's `seed` is the number of its shift.
    pub spread: Spread<'a>,
}

/// The phase at which a time was the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worst {
    /// How much later the stimulus came.
    pub shift: Span,
    /// How long it took.
    pub time: Span,
}

impl<'a> Sweep<'a> {
    /// Gathers the runs of a scenario whose stimulus was shifted across `period`.
    #[must_use]
    pub fn of(scenario: &'a Scenario, period: Span, shifts: Vec<Span>, runs: Vec<Run>) -> Self {
        Self { period, shifts, spread: Spread::of(scenario, runs) }
    }

    /// What was run.
    #[must_use]
    pub fn scenario(&self) -> &'a Scenario {
        self.spread.scenario
    }

    /// Fail if the longest time of a measure lies outside, or a run did not complete; untested if
    /// nothing tripped, or not at every phase.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.spread.grade()
    }

    /// Each time of a measure of an entry with the shift of its run, in the order of the shifts.
    #[must_use]
    pub fn phases(&self, entry: &Entry, measured: &Measured) -> Vec<(Span, Span)> {
        let trips = self.spread.runs.iter().flat_map(|run| &run.trips);
        let of = trips.filter(|it| it.reason == entry.reason && it.occurrence == entry.occurrence);
        let times = of.filter_map(|trip| {
            let number = usize::try_from(trip.seed).ok()?;
            Some((*self.shifts.get(number)?, trip.times[measured.measure.index()]?))
        });
        times.collect()
    }

    /// The longest of them; the first where several are as long.
    #[must_use]
    pub fn worst(&self, entry: &Entry, measured: &Measured) -> Option<Worst> {
        let phases = self.phases(entry, measured).into_iter();
        let longest = phases.reduce(|most, next| if next.1 > most.1 { next } else { most });
        longest.map(|(shift, time)| Worst { shift, time })
    }
}

/// The measures of an entry; those that took the same times at every phase, as with ideal gates,
/// together.
fn shared(entry: &Entry) -> impl Iterator<Item = &[Measured]> {
    entry.measured.chunk_by(|one, next| one.times == next.times && one.window == next.window)
}

#[cfg(test)]
mod tests;
