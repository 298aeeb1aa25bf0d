//! The judgement of each kind of expectation.

use crate::evidence::{Evidence, highest, lowest, read};
use crate::show;
use crate::verdict::{Amount, Finding, Limit, Reading, Unit, Verdict, in_band, in_window};
use bms_core::indicate::Leds;
use bms_core::protect::Reasons;
use scenarios::Scenario;
use scenarios::expect::{Check, EventPattern, Expectation, Signal, Window};
use sim::time::SimTime;
use sim::trace::{EventKind, Row, Trace};

/// Judges one expectation against a run.
pub(crate) fn judge(expectation: &Expectation, scenario: &Scenario, trace: &Trace) -> Finding {
    let evidence = Evidence { scenario, trace };
    let Outcome { measured, limit, verdict, note } = evidence.check(&expectation.check);
    let budget = match &expectation.check {
        Check::Event { window, .. } => window.budget.clone(),
        _ => Vec::new(),
    };
    Finding {
        requirements: expectation.requirements.clone(),
        line: expectation.line,
        label: expectation.label.clone(),
        measured,
        limit,
        budget,
        verdict,
        note,
    }
}

/// What a check found.
struct Outcome {
    measured: Reading,
    limit: Limit,
    verdict: Verdict,
    note: String,
}

impl Outcome {
    fn new(measured: Reading, limit: Limit, verdict: Verdict) -> Self {
        Self { measured, limit, verdict, note: String::new() }
    }

    fn untested(limit: Limit, why: impl Into<String>) -> Self {
        Self::new(Reading::None, limit, Verdict::Untested { why: why.into() })
    }

    fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }
}

impl Evidence<'_> {
    fn check(&self, check: &Check) -> Outcome {
        match check {
            Check::Event { event, occurrence, window } => self.event(event, *occurrence, window),
            Check::Never { event, from, to } => self.never(event, *from, *to),
            Check::Count { event, from, to, times } => self.count(event, (*from, *to), *times),
            Check::Band { signal, from, to, low, high } => {
                self.band(*signal, (*from, *to), (*low, *high))
            }
            Check::Leds { at, pattern } => self.leds(*at, pattern),
            Check::Records { reason, entered, times } => self.records(*reason, *entered, *times),
            Check::Charge { from, to, low, high } => self.charge((*from, *to), (*low, *high)),
            Check::Energy { share } => self.energy(*share),
        }
    }

    /// The `occurrence`-th event, counted from 1.
    fn nth(&self, event: &EventPattern, occurrence: usize) -> Option<SimTime> {
        self.times(event).nth(occurrence.saturating_sub(1))
    }

    fn event(&self, event: &EventPattern, occurrence: usize, window: &Window) -> Outcome {
        let Some(base) = self.anchored(window) else {
            let (anchor, nth) = window.anchor.as_ref().expect("only an anchor can be missing");
            let why = format!("{} no. {nth} never came to count from", show::pattern(anchor));
            return Outcome::untested(Limit::Open, why);
        };
        let at = SimTime(base.0.saturating_add(window.at.0));
        let from = SimTime(at.0.saturating_sub(window.early.0));
        let to = SimTime(at.0.saturating_add(window.late.0));
        let limit = Limit::Window { from, at, to };
        match self.nth(event, occurrence) {
            Some(came) => Outcome::new(Reading::At(came), limit, in_window(came, from, to)),
            None => self.missing(event, to, limit),
        }
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
        if self.ends_before(to) {
            return Outcome::untested(limit, self.too_short());
        }
        let verdict = Verdict::Fail { excess: Amount::Whole };
        Outcome::new(Reading::None, limit, verdict).note("its stimulus came, the event did not")
    }

    fn too_short(&self) -> String {
        format!("the run ended at {}, before this was decided", show::moment(self.reach()))
    }

    fn never(&self, event: &EventPattern, from: SimTime, to: SimTime) -> Outcome {
        let limit = Limit::Never(from, to);
        match self.times(event).find(|at| (from..=to).contains(at)) {
            Some(at) => {
                Outcome::new(Reading::At(at), limit, Verdict::Fail { excess: Amount::Whole })
            }
            None if self.ends_before(to) => Outcome::untested(limit, self.too_short()),
            None => {
                let verdict = Verdict::Pass { margin: Amount::Whole };
                Outcome::new(Reading::Count(0), limit, verdict)
            }
        }
    }

    fn count(&self, event: &EventPattern, span: (SimTime, SimTime), times: usize) -> Outcome {
        let (from, to) = span;
        let came = self.times(event).filter(|at| (from..=to).contains(at)).count();
        let outcome =
            Outcome::new(Reading::Count(came), Limit::Exactly(times), exactly(came, times));
        if came > times {
            return outcome;
        }
        if self.ends_before(to) {
            return Outcome::untested(Limit::Exactly(times), self.too_short());
        }
        if came == 0 && times > 0 && !self.provoked(event) {
            return Outcome::untested(Limit::Exactly(times), "nothing in the run called for it");
        }
        outcome
    }

    fn band(&self, signal: Signal, span: (SimTime, SimTime), band: (f64, f64)) -> Outcome {
        let (from, to) = span;
        let unit = unit(signal);
        let limit = Limit::Band(band.0, band.1, unit);
        let values =
            if from == to { self.moment(signal, from) } else { self.rows(signal, from, to) };
        let (Some(low), Some(high)) = (lowest(&values), highest(&values)) else {
            return Outcome::untested(limit, "nothing was recorded of it there");
        };
        let verdict = in_band(low, high, band, unit);
        if self.ends_before(to) && matches!(verdict, Verdict::Pass { .. }) {
            return Outcome::untested(limit, self.too_short());
        }
        let reading = match values.as_slice() {
            [one] => Reading::Value(*one, unit),
            _ => Reading::Range(low, high, unit),
        };
        Outcome::new(reading, limit, verdict)
    }

    fn rows(&self, signal: Signal, from: SimTime, to: SimTime) -> Vec<f64> {
        let rows = self.trace.rows.iter().filter(|row| (from..=to).contains(&row.at));
        rows.filter_map(|row| read(row, signal)).collect()
    }

    /// The newest value at or before a moment, from the rows or, if newer, a fast phase.
    fn moment(&self, signal: Signal, at: SimTime) -> Vec<f64> {
        let row = self.trace.rows.iter().rfind(|row| row.at <= at);
        let point = self.trace.bursts.iter().flatten().filter(|point| point.at <= at);
        let point = point.max_by_key(|point| point.at);
        let dense = point.and_then(|point| match signal {
            Signal::Current => Some((point.at, point.current_a)),
            Signal::Port => Some((point.at, point.port_v)),
            _ => None,
        });
        let sampled = row.and_then(|row| Some((row.at, read(row, signal)?)));
        let newest = match (sampled, dense) {
            (Some(sampled), Some(dense)) if dense.0 >= sampled.0 => Some(dense),
            (None, dense) => dense,
            (sampled, _) => sampled,
        };
        newest.into_iter().map(|(_, value)| value).collect()
    }

    fn leds(&self, at: SimTime, pattern: &str) -> Outcome {
        let wanted: String = pattern.chars().filter(|letter| !letter.is_whitespace()).collect();
        let limit = Limit::Leds(wanted.clone());
        if self.ends_before(at) {
            return Outcome::untested(limit, self.too_short());
        }
        let Some(leds) = self.leds_at(at) else {
            return Outcome::untested(limit, "nothing was recorded of the LEDs before");
        };
        let shown = show::leds(&leds);
        let wrong =
            shown.chars().zip(wanted.chars()).filter(|(is, want)| *want != '-' && is != want);
        let wrong = wrong.count() + shown.chars().count().abs_diff(wanted.chars().count());
        let verdict = match wrong {
            0 => Verdict::Pass { margin: Amount::Whole },
            wrong => Verdict::Fail { excess: Amount::Count(wrong) },
        };
        Outcome::new(Reading::Leds(shown), limit, verdict)
    }

    /// The LEDs after everything that happened up to a moment.
    fn leds_at(&self, at: SimTime) -> Option<Leds> {
        let event = self.trace.events.iter().rev().filter(|event| event.at <= at);
        let event = event.filter_map(|event| match event.kind {
            EventKind::Leds(leds) => Some(leds),
            _ => None,
        });
        let row = || self.trace.rows.iter().rfind(|row| row.at <= at).map(|row| row.decision.leds);
        event.into_iter().next().or_else(row)
    }

    fn records(&self, reason: Reasons, entered: bool, times: usize) -> Outcome {
        let alarms = self.trace.alarms.iter();
        let found = alarms.filter(|it| it.reason.contains(reason) && it.entered == entered).count();
        if found == 0 && times > 0 && !self.provoked(&EventPattern::Protection(reason, entered)) {
            return Outcome::untested(Limit::Exactly(times), "nothing in the run called for it");
        }
        Outcome::new(Reading::Count(found), Limit::Exactly(times), exactly(found, times))
    }

    fn charge(&self, span: (SimTime, SimTime), band: (f64, f64)) -> Outcome {
        let limit = Limit::Band(band.0, band.1, Unit::Coulomb);
        if self.ends_before(span.1) {
            return Outcome::untested(limit, self.too_short());
        }
        match charge_between(&self.trace.rows, span) {
            None => Outcome::untested(limit, "the current was not recorded over all of it"),
            Some(charge) => {
                let verdict = in_band(charge, charge, band, Unit::Coulomb);
                Outcome::new(Reading::Value(charge, Unit::Coulomb), limit, verdict)
            }
        }
    }

    fn energy(&self, share: f64) -> Outcome {
        let limit = Limit::Band(f64::NEG_INFINITY, share, Unit::Share);
        let moved = moved_j(self.trace);
        if moved <= 0.0 {
            return Outcome::untested(limit, "no energy was moved");
        }
        let missing = self.trace.ledger.closure_j().abs() / moved;
        let verdict = in_band(missing, missing, (f64::NEG_INFINITY, share), Unit::Share);
        Outcome::new(Reading::Value(missing, Unit::Share), limit, verdict)
    }
}

/// The energy moved in a run, joule: the largest entry of its book, which makes the share of what
/// is missing larger than any sum of entries would.
pub(crate) fn moved_j(trace: &Trace) -> f64 {
    let book = &trace.ledger;
    let heat = [book.cell_heat_j, book.path_heat_j, book.balance_heat_j, book.board_j];
    let entries = [book.chemical_j, book.polarisation_j, book.port_j].into_iter().chain(heat);
    entries.map(f64::abs).fold(0.0, |a, b| if a.is_nan() || a > b { a } else { b })
}

fn exactly(found: usize, wanted: usize) -> Verdict {
    match found.abs_diff(wanted) {
        0 => Verdict::Pass { margin: Amount::Whole },
        apart => Verdict::Fail { excess: Amount::Count(apart) },
    }
}

/// The unit of a signal.
pub(crate) fn unit(signal: Signal) -> Unit {
    match signal {
        Signal::Current => Unit::Ampere,
        Signal::CellTemperature(_)
        | Signal::CellHottest
        | Signal::CellColdest
        | Signal::MosTemperature(_)
        | Signal::MosHottest
        | Signal::Ambient => Unit::Celsius,
        Signal::SocEstimate | Signal::Soc(_) | Signal::SocMax | Signal::SocMin => Unit::Share,
        Signal::Charge => Unit::Coulomb,
        _ => Unit::Volt,
    }
}

/// Charge that passed in a span, coulomb: the difference of the exactly integrated charge, read at
/// rows that stand at its ends (a scenario asks for them) or on a straight line between two.
fn charge_between(rows: &[Row], (from, to): (SimTime, SimTime)) -> Option<f64> {
    let at = |wanted: SimTime| {
        let after = rows.partition_point(|row| row.at < wanted);
        let next = rows.get(after)?;
        if next.at == wanted {
            return Some(next.truth.charge_c);
        }
        let before = rows.get(after.checked_sub(1)?)?;
        let share = wanted.seconds_since(before.at) / next.at.seconds_since(before.at);
        Some(before.truth.charge_c + (next.truth.charge_c - before.truth.charge_c) * share)
    };
    Some(at(to)? - at(from)?)
}

#[cfg(test)]
#[path = "checks/tests.rs"]
mod tests;
