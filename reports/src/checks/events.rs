//! Events: in a window, never, so often, in order.

use super::spans::{end, holds};
use super::{Outcome, counted, often};
use crate::evidence::Evidence;
use crate::show;
use crate::verdict::{Amount, Limit, Reading, Verdict, in_window};
use scenarios::expect::{EventPattern, Times, When, Window};
use sim::time::SimTime;

impl Evidence<'_> {
    pub(super) fn event(
        &self,
        event: &EventPattern,
        occurrence: usize,
        window: &Window,
    ) -> Outcome {
        if let Some(cause) = &window.cause {
            return self.caused(event, occurrence, window, cause);
        }
        let Some(base) = self.anchored(window) else {
            let (anchor, nth) = window.anchor.as_ref().expect("only an anchor can be missing");
            let why = format!("{} no. {nth} never came to count from", show::pattern(anchor));
            return Outcome::untested(Limit::Open, why).with_budget(window.budget.clone());
        };
        let at = SimTime(base.0.saturating_add(window.at.0));
        let from = SimTime(at.0.saturating_sub(window.early.0));
        let to = SimTime(at.0.saturating_add(window.late.0));
        let limit = Limit::Window { from, at, to };
        let outcome = match self.nth(event, occurrence) {
            Some(came) => Outcome::new(Reading::At(came), limit, in_window(came, from, to)),
            None => self.missing(event, to, limit),
        };
        outcome.with_budget(window.budget.clone())
    }

    fn anchored(&self, window: &Window) -> Option<SimTime> {
        match &window.anchor {
            None => Some(SimTime::ZERO),
            Some((anchor, occurrence)) => self.nth(anchor, *occurrence),
        }
    }

    /// An event that never came: a failure if it was provoked and the run lasted long enough.
    fn missing(&self, event: &EventPattern, to: SimTime, limit: Limit) -> Outcome {
        if !self.provoked(event) {
            let why = "nothing in the run called for it: its limit was never reached";
            return Outcome::untested(limit, why);
        }
        if self.reach() < to {
            return Outcome::untested(limit, self.too_short());
        }
        let verdict = Verdict::Fail { excess: Amount::Whole };
        Outcome::new(Reading::None, limit, verdict).note("its stimulus came, the event did not")
    }

    pub(super) fn never(&self, event: &EventPattern, when: &When) -> Outcome {
        let stretches = match self.stretches(when) {
            Ok(stretches) => stretches,
            Err(why) => return Outcome::untested(Limit::Open, why),
        };
        let (from, to) = (stretches[0].0, end(&stretches));
        let limit = Limit::Never(from, to);
        match self.times(event).find(|at| holds(&stretches, *at)) {
            Some(at) => {
                Outcome::new(Reading::At(at), limit, Verdict::Fail { excess: Amount::Whole })
            }
            None if self.reach() < to => Outcome::untested(limit, self.too_short()),
            None => {
                let verdict = Verdict::Pass { margin: Amount::Whole };
                Outcome::new(Reading::Count(0), limit, verdict)
            }
        }
    }

    pub(super) fn count(&self, event: &EventPattern, when: &When, times: Times) -> Outcome {
        let limit = often(times);
        let stretches = match self.stretches(when) {
            Ok(stretches) => stretches,
            Err(why) => return Outcome::untested(limit, why),
        };
        let came = self.times(event).filter(|at| holds(&stretches, *at)).count();
        let outcome = Outcome::new(Reading::Count(came), limit.clone(), counted(came, times));
        if times.most.is_some_and(|most| came > most) {
            return outcome;
        }
        if self.reach() < end(&stretches) {
            return Outcome::untested(limit, self.too_short());
        }
        if came == 0 && times.least > 0 && !self.provoked(event) {
            return Outcome::untested(limit, "nothing in the run called for it");
        }
        outcome
    }

    /// The k-th mention of an event is its k-th occurrence in the span.
    pub(super) fn order(&self, events: &[EventPattern], when: &When, strictly: bool) -> Outcome {
        let limit = Limit::Words(if strictly { "one after the other" } else { "in this order" }.into());
        let stretches = match self.stretches(when) {
            Ok(stretches) => stretches,
            Err(why) => return Outcome::untested(limit, why),
        };
        let mut times: Vec<SimTime> = Vec::new();
        for (index, event) in events.iter().enumerate() {
            let mention = events[..index].iter().filter(|before| *before == event).count();
            let inside = |at: &SimTime| holds(&stretches, *at);
            let Some(at) = self.times(event).filter(inside).nth(mention) else {
                let missing = show::pattern(event);
                let outcome = self.missing(event, end(&stretches), limit);
                return outcome.note(format!("{missing} did not come in the span"));
            };
            times.push(at);
        }
        let shown: Vec<_> = times.iter().map(|at| show::moment(*at)).collect();
        let reading = Reading::Words(shown.join(", "));
        let wrong = times.windows(2).position(|pair| {
            if strictly { pair[1] <= pair[0] } else { pair[1] < pair[0] }
        });
        match wrong {
            None => Outcome::new(reading, limit, Verdict::Pass { margin: Amount::Whole }),
            Some(at) => {
                let (first, second) = (show::pattern(&events[at]), show::pattern(&events[at + 1]));
                let verdict = Verdict::Fail { excess: Amount::Whole };
                Outcome::new(reading, limit, verdict)
                    .note(format!("{second} came before {first}, or with it"))
            }
        }
    }
}
