//! Windows that count from their cause: what the requirement names is looked up in the truth, at
//! the event that is judged.

use super::Outcome;
use crate::evidence::{Evidence, read};
use crate::show;
use crate::verdict::{Amount, Limit, Reading, Verdict, in_window};
use bms_core::protect::Reasons;
use scenarios::expect::{Cause, EventPattern, Need, Origin, Reach, Signal, Window};
use sim::setup::Action;
use sim::time::{SimTime, Span};
use sim::trace::{EventKind, MarkKind};

/// Where the event stands that a cause is wanted for.
#[derive(Clone, Copy)]
struct Place {
    /// When it came; none if it did not.
    came: Option<SimTime>,
    /// When the one before it came.
    after: SimTime,
}

/// From when to when a delay may begin: the same moment, but for levels with a tolerance.
#[derive(Clone, Copy)]
struct Base {
    nominal: SimTime,
    earliest: SimTime,
    latest: SimTime,
}

impl Evidence<'_> {
    pub(super) fn caused(
        &self,
        event: &EventPattern,
        occurrence: usize,
        window: &Window,
        cause: &Cause,
    ) -> Outcome {
        let came = self.nth(event, occurrence);
        let after = occurrence.checked_sub(1).filter(|before| *before > 0);
        let after = after.and_then(|before| self.nth(event, before)).unwrap_or(SimTime::ZERO);
        let place = Place { came, after };
        let outcome = match (self.base(cause, place), came) {
            (Some(base), Some(came)) => {
                let (from, at, to) = due(base, window);
                let limit = Limit::Window { from, at, to };
                Outcome::new(Reading::At(came), limit, in_window(came, from, to))
                    .note(counted_from(cause, base))
            }
            (Some(base), None) => self.omitted(base, window, cause),
            (None, Some(came)) => {
                let verdict = Verdict::Fail { excess: Amount::Whole };
                Outcome::new(Reading::At(came), Limit::Open, verdict)
                    .note(format!("it came without its cause: {}", cause.words))
            }
            (None, None) => {
                Outcome::untested(Limit::Open, format!("its cause never came: {}", cause.words))
            }
        };
        outcome.with_budget(window.budget.clone())
    }

    /// The cause came, the event did not.
    fn omitted(&self, base: Base, window: &Window, cause: &Cause) -> Outcome {
        let (from, at, to) = due(base, window);
        let limit = Limit::Window { from, at, to };
        if let Some(lasted) = self.lasted(cause, base.nominal)
            && base.nominal + lasted < to
        {
            let lasted = show::span(lasted);
            let why = format!("its cause lasted for {lasted} only: {}", cause.words);
            return Outcome::untested(limit, why);
        }
        if self.ends_before(to) {
            return Outcome::untested(limit, self.too_short());
        }
        let verdict = Verdict::Fail { excess: Amount::Whole };
        let note = format!("it did not come, {}", counted_from(cause, base));
        Outcome::new(Reading::None, limit, verdict).note(note)
    }

    /// How long a violation lasted, if that is what is needed and it has ended.
    fn lasted(&self, cause: &Cause, since: SimTime) -> Option<Span> {
        cause.needs.iter().find_map(|need| match need.origin {
            Origin::Violation(reason) => {
                let left = self.crossings(reason).find(|(at, into)| *at > since && !into);
                left.map(|(at, _)| at - since)
            }
            _ => None,
        })
    }

    /// Whether every protection whose release is awaited was in force at all.
    fn was_in_force(&self, cause: &Cause) -> bool {
        cause.needs.iter().all(|need| match need.origin {
            Origin::Mark(_, Some(reason)) => {
                self.times(&EventPattern::Protection(reason, true)).next().is_some()
            }
            _ => true,
        })
    }

    fn base(&self, cause: &Cause, place: Place) -> Option<Base> {
        if !self.was_in_force(cause) {
            return None;
        }
        let nominal = cause
            .needs
            .iter()
            .map(|need| self.origin(need, place))
            .try_fold(SimTime::ZERO, |latest, at| Some(latest.max(at?)));
        match cause.reach {
            Some(reach) => self.blurred(reach, place, nominal),
            None => nominal.map(|at| Base { nominal: at, earliest: at, latest: at }),
        }
    }

    fn origin(&self, need: &Need, place: Place) -> Option<SimTime> {
        let at = match &need.origin {
            Origin::Violation(reason) => self.violation(*reason, place),
            Origin::Mark(kind, after) => self.mark(*kind, *after, place),
            Origin::Event(events) => {
                let times = events.iter().flat_map(|event| self.times(event));
                let mut times: Vec<_> = times.collect();
                times.sort_unstable();
                match place.came {
                    Some(came) => nearest(&times, came),
                    None => times.into_iter().find(|at| *at >= place.after),
                }
            }
        }?;
        Some(at + need.delay)
    }

    /// From when a limit has been violated without a break, as the firmware may have counted it:
    /// anew after a release, and after a state that lifts the protection.
    fn violation(&self, reason: Reasons, place: Place) -> Option<SimTime> {
        let into: Vec<_> =
            self.crossings(reason).filter(|(_, into)| *into).map(|(at, _)| at).collect();
        let Some(came) = place.came else {
            let anew = into.iter().copied().filter(|at| *at >= place.after);
            let stay = |at: &SimTime| {
                let left = self.crossings(reason).find(|(then, into)| then > at && !into);
                left.map_or(self.reach(), |(then, _)| then) - *at
            };
            return anew.max_by_key(|at| (stay(at), std::cmp::Reverse(*at)));
        };
        let crossed = nearest(&into, came)?;
        if crossed > came {
            return Some(crossed);
        }
        let exits = EventPattern::Protection(reason, false);
        let released = self.times(&exits).filter(|at| *at <= came && *at > crossed).last();
        let lifted = lifting(reason).and_then(|kind| {
            let ends = self.trace.marks.iter().filter(|mark| mark.kind == kind && !mark.begins);
            ends.map(|mark| mark.at).rfind(|at| *at <= came && *at > crossed)
        });
        [Some(crossed), released, lifted].into_iter().flatten().max()
    }

    /// When the true quantity reached (`true`) or left the limit of a protection; for inputs, when
    /// the outside moved them.
    fn crossings(&self, wanted: Reasons) -> impl Iterator<Item = (SimTime, bool)> {
        self.trace.events.iter().filter_map(move |event| match &event.kind {
            EventKind::Crossed(reason, into) if reason.contains(wanted) => Some((event.at, *into)),
            EventKind::Stimulus(index) => {
                let timed = self.scenario.setup.timeline.get(*index)?;
                Some((event.at, moved(&timed.action, wanted)?))
            }
            EventKind::Acted(action) => Some((event.at, moved(action, wanted)?)),
            _ => None,
        })
    }

    /// When a state of the truth began, not before `after` came into force.
    fn mark(&self, kind: MarkKind, after: Option<Reasons>, place: Place) -> Option<SimTime> {
        let since = after.map_or(Some(place.after), |reason| {
            let entries = EventPattern::Protection(reason, true);
            let before = |at: &SimTime| place.came.is_none_or(|came| *at <= came);
            self.times(&entries).filter(before).last()
        })?;
        let marks = || self.trace.marks.iter().filter(move |mark| mark.kind == kind);
        let held = marks().rfind(|mark| mark.at <= since).is_some_and(|mark| mark.begins);
        let begins: Vec<_> = marks()
            .filter(|mark| mark.begins && mark.at >= since)
            .map(|mark| mark.at)
            .chain(held.then_some(since))
            .collect();
        match place.came {
            Some(came) => {
                let mut begins = begins;
                begins.sort_unstable();
                nearest(&begins, came)
            }
            None => begins.into_iter().min(),
        }
    }

    /// With a level that has a tolerance: from when it may have been reached, and until when.
    fn blurred(&self, reach: Reach, place: Place, nominal: Option<SimTime>) -> Option<Base> {
        let last = place.came.or(nominal).unwrap_or(SimTime::NEVER);
        let level = |off: f64| reach.level + reach.sign() * off;
        let passed = self.passages(reach, level(-reach.before), nominal);
        let earliest = passed.iter().rfind(|at| **at <= last).copied();
        let nominal = nominal.filter(|at| *at <= last || earliest.is_none());
        let nominal = nominal.or(earliest)?;
        let earliest = earliest.map_or(nominal, |at| at.min(nominal));
        let beyond = self.passages(reach, level(reach.beyond), Some(nominal));
        let latest = beyond.into_iter().find(|at| *at >= earliest).unwrap_or(self.reach());
        let latest = if reach.beyond > 0.0 { latest.max(nominal) } else { nominal };
        Some(Base { nominal, earliest, latest })
    }

    /// The signal over time: by the rows, a current also by its fast phases, which may begin and
    /// end between two rows.
    fn course(&self, signal: Signal) -> Vec<(SimTime, f64)> {
        let rows = self.trace.rows.iter().filter_map(|row| Some((row.at, read(row, signal)?)));
        let mut course: Vec<_> = rows.collect();
        if signal == Signal::Current {
            let fast = self.trace.bursts.iter().flatten();
            course.extend(fast.map(|point| (point.at, point.current_a)));
            course.sort_by_key(|(at, _)| *at);
        }
        course
    }

    /// When the signal came to a level, by straight lines between its points; where it jumped, at
    /// the known moment of the jump.
    fn passages(&self, reach: Reach, level: f64, jump: Option<SimTime>) -> Vec<SimTime> {
        let over = |value: f64| (value - level) * reach.sign();
        let mut found = Vec::new();
        let mut before: Option<(SimTime, f64)> = None;
        for (at, now) in self.course(reach.signal) {
            let was = before.is_some_and(|(_, value)| over(value) >= 0.0);
            if over(now) >= 0.0 && !was {
                found.push(match before {
                    None => at,
                    Some((since, old)) if (now - old).abs() <= JUMP * reach.before => {
                        let share = over(old) / (over(old) - over(now));
                        since + part_of(at - since, share)
                    }
                    Some((since, _)) => {
                        jump.filter(|jump| (since..=at).contains(jump)).unwrap_or(at)
                    }
                });
            }
            before = Some((at, now));
        }
        found
    }
}

/// A change between two rows of more than so many times the tolerance is a jump, not a ramp.
const JUMP: f64 = 50.0;

/// A share of a span between two rows.
fn part_of(span: Span, share: f64) -> Span {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a share of a span between two rows, far below 2^53 ns"
    )]
    let nanos = (span.0 as f64 * share.clamp(0.0, 1.0)) as u64;
    Span(nanos)
}

/// Whether an action moves the input behind a protection into danger (`true`) or out of it.
fn moved(action: &Action, wanted: Reasons) -> Option<bool> {
    match action {
        Action::EmergencyOpen(open) if wanted == Reasons::EMERGENCY_STOP => Some(*open),
        Action::CtlLow(low) if wanted == Reasons::CTL_LOW => Some(*low),
        _ => None,
    }
}

/// The state that lifts a protection and holds its timer at zero (AMB-X-09).
fn lifting(reason: Reasons) -> Option<MarkKind> {
    match reason {
        Reasons::OVER_VOLTAGE | Reasons::ABNORMAL_HIGH_VOLTAGE => Some(MarkKind::Discharging),
        Reasons::UNDER_VOLTAGE => Some(MarkKind::Charging),
        _ => None,
    }
}

/// The newest time at or before `came`, else the first after it.
fn nearest(times: &[SimTime], came: SimTime) -> Option<SimTime> {
    let before = times.iter().rfind(|at| **at <= came);
    before.or_else(|| times.iter().find(|at| **at > came)).copied()
}

fn due(base: Base, window: &Window) -> (SimTime, SimTime, SimTime) {
    let plus = |at: SimTime, more: u64| SimTime(at.0.saturating_add(more));
    let at = plus(base.nominal, window.at.0);
    let from = SimTime(plus(base.earliest, window.at.0).0.saturating_sub(window.early.0));
    (from, at, plus(plus(base.latest, window.at.0), window.late.0))
}

fn counted_from(cause: &Cause, base: Base) -> String {
    let moment = show::moment(base.nominal);
    if base.earliest == base.latest {
        return format!("counted from {moment}: {}", cause.words);
    }
    let (earliest, latest) = (show::moment(base.earliest), show::moment(base.latest));
    format!(
        "counted from {moment} ({earliest} to {latest} by the level's tolerance): {}",
        cause.words
    )
}
