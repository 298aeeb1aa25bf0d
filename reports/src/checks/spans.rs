//! From what an expectation says about its time to spans of the run.

use crate::evidence::Evidence;
use crate::show;
use scenarios::expect::{EventPattern, Moment, When};
use sim::time::{SimTime, Span};
use sim::trace::Outcome;

/// A span of the run, both ends inclusive.
pub(super) type Stretch = (SimTime, SimTime);

impl Evidence<'_> {
    /// The spans that are meant, in order; or why there is none.
    pub(super) fn stretches(&self, when: &When) -> Result<Vec<Stretch>, String> {
        match when {
            When::Span { from, to } => {
                let (from, to) = (self.moment(from)?, self.moment(to)?);
                if from > to {
                    let (from, to) = (show::moment(from), show::moment(to));
                    return Err(format!("its span ends at {to}, before it begins at {from}"));
                }
                Ok(vec![(from, self.until(to).max(from))])
            }
            When::InForce { reasons, settled } => {
                let mut found = Vec::new();
                for reason in reasons.iter() {
                    let edge = |entered| EventPattern::Protection(reason, entered);
                    let at_first = self.trace.active_at_first().contains(reason);
                    let begin = at_first.then_some(SimTime::ZERO);
                    found.extend(self.between(begin, &edge(true), &edge(false), *settled));
                }
                found.sort_unstable();
                if found.is_empty() {
                    let names = show::reasons(*reasons);
                    return Err(format!("{names} was not in force, or not for long enough"));
                }
                Ok(found)
            }
            When::Phase(name) => {
                let edge = |begins| EventPattern::Phase(name.clone(), begins);
                let found = self.between(None, &edge(true), &edge(false), Span(0));
                if found.is_empty() {
                    return Err(format!("the phase {name} never began, or took no time"));
                }
                Ok(found)
            }
        }
    }

    /// The end of a span; where the script has ended the run, its end is the one that the file names.
    fn until(&self, to: SimTime) -> SimTime {
        let ended = matches!(self.trace.outcome, Outcome::Ended { .. });
        if ended && to == self.scenario.setup.duration { self.reach() } else { to }
    }

    /// The spans from each event, and from a first moment that is none, to the next event of the
    /// other kind, at which it is over.
    fn between(
        &self,
        first: Option<SimTime>,
        begins: &EventPattern,
        ends: &EventPattern,
        settled: Span,
    ) -> Vec<Stretch> {
        let ends: Vec<_> = self.times(ends).collect();
        let stretch = |begin: SimTime| {
            let end = ends.iter().find(|end| **end > begin);
            let end = end.map_or(self.reach(), |end| SimTime(end.0 - 1));
            let from = begin + settled;
            (from <= end).then_some((from, end))
        };
        first.into_iter().chain(self.times(begins)).filter_map(stretch).collect()
    }

    /// A moment as a time of the run; or which event did not come to count from.
    pub(super) fn moment(&self, moment: &Moment) -> Result<SimTime, String> {
        match moment {
            Moment::At(at) => Ok(*at),
            Moment::After { event, occurrence, delay } => {
                let came = self.nth(event, *occurrence).ok_or_else(|| {
                    let event = show::pattern(event);
                    format!("{event} no. {occurrence} never came to count from")
                })?;
                Ok(came + *delay)
            }
        }
    }

    /// The `occurrence`-th event, counted from 1.
    pub(super) fn nth(&self, event: &EventPattern, occurrence: usize) -> Option<SimTime> {
        self.times(event).nth(occurrence.saturating_sub(1))
    }
}

/// The end of the last of some spans.
pub(super) fn end(stretches: &[Stretch]) -> SimTime {
    stretches.iter().map(|(_, to)| *to).max().unwrap_or(SimTime::ZERO)
}

/// Whether a time lies in one of some spans.
pub(super) fn holds(stretches: &[Stretch], at: SimTime) -> bool {
    stretches.iter().any(|(from, to)| (*from..=*to).contains(&at))
}
