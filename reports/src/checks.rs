//! The judgement of each kind of expectation.

mod causes;
mod energies;
mod events;
mod means;
mod outputs;
mod records;
mod said;
mod spans;
mod values;

use self::said::fact;
use self::spans::Stretch;
use crate::evidence::{Evidence, highest, lowest};
use crate::show;
use crate::verdict::{Amount, Finding, Limit, Reading, Unit, Verdict, in_band};
use scenarios::Scenario;
use scenarios::expect::{BudgetPart, Check, Expectation, Signal, Times};
use sim::display::Displayed;
use sim::reported::{Counts, Reported};
use sim::trace::{Outcome as Ending, Trace};

pub(crate) use energies::moved_j;

/// Judges one expectation against a run.
pub(crate) fn judge(expectation: &Expectation, scenario: &Scenario, trace: &Trace) -> Finding {
    let evidence = Evidence { scenario, trace };
    let Outcome { measured, limit, budget, verdict, note } = evidence.check(&expectation.check);
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

/// Spans of the run, or why there are none to look at.
type Stretches = Result<Vec<Stretch>, String>;

/// What a check found.
struct Outcome {
    measured: Reading,
    limit: Limit,
    /// What the tolerance is made of, where the limit is a window.
    budget: Vec<BudgetPart>,
    verdict: Verdict,
    note: String,
}

impl Outcome {
    fn new(measured: Reading, limit: Limit, verdict: Verdict) -> Self {
        Self { measured, limit, budget: Vec::new(), verdict, note: String::new() }
    }

    /// What was found within a limit, or why nothing was.
    fn found(limit: Limit, found: Result<(Reading, Verdict), String>) -> Self {
        match found {
            Ok((measured, verdict)) => Self::new(measured, limit, verdict),
            Err(why) => Self::untested(limit, why),
        }
    }

    fn untested(limit: Limit, why: impl Into<String>) -> Self {
        Self::new(Reading::None, limit, Verdict::Untested { why: why.into() })
    }

    fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    fn with_budget(self, budget: Vec<BudgetPart>) -> Self {
        Self { budget, ..self }
    }
}

impl Evidence<'_> {
    fn check(&self, check: &Check) -> Outcome {
        match check {
            Check::Event { event, occurrence, window } => self.event(event, *occurrence, window),
            Check::Never { event, when } => self.never(event, when),
            Check::Count { event, when, times } => self.count(event, when, *times),
            Check::Order { events, when, strictly } => self.order(events, when, *strictly),
            Check::Band { signal, when, low, high } => self.band(*signal, when, (*low, *high)),
            Check::Held { signal, when, low, high, at_least } => {
                self.held(*signal, when, (*low, *high), *at_least)
            }
            Check::Leds { when, pattern } => self.leds(when, pattern),
            Check::State { when, mode } => self.state(when, *mode),
            Check::Switches { when, wanted } => self.switches(when, wanted),
            Check::Bleeding { when, cells } => self.bleeding(when, *cells),
            Check::Transfer { when, donor, receiver } => self.transfer(when, donor.zip(*receiver)),
            Check::Records { reason, entered, times } => self.records(*reason, *entered, *times),
            Check::History { records, kept, soc } => self.history(records, *kept, *soc),
            Check::Charge { when, low, high } => self.charge(when, (*low, *high)),
            Check::SquareTime { when, low, high } => self.square_time(when, (*low, *high)),
            Check::Display { when, display } => self.display(when, display),
            Check::Mean { signal, when, low, high } => self.mean(*signal, when, (*low, *high)),
            Check::Change { signal, when, low, high } => self.change(*signal, when, (*low, *high)),
            Check::Fact { stands, said, .. } => fact(stands, said),
            Check::Remark { when, requirements, wanted } => {
                self.remarked(when, requirements, *wanted)
            }
            Check::Energy { share } => self.energy(*share),
            Check::Joules { when, part, low, high } => {
                self.joules(when.as_ref(), *part, (*low, *high))
            }
            Check::Refused { why } => self.refused(why),
        }
    }

    /// The gate has said no before: had it let this pass, the file would be wrong.
    fn refused(&self, why: &[String]) -> Outcome {
        let is_refused = self.trace.outcome == Ending::Refused;
        let words = if is_refused { why.join("; ") } else { "it was run".into() };
        let limit = Limit::Words("refused by the gate".into());
        Outcome::new(Reading::Words(words), limit, whole(is_refused))
    }

    fn too_short(&self) -> String {
        format!("the run ended at {}, before this was decided", show::moment(self.reach()))
    }
}

/// The verdict on what is right or wrong as a whole.
fn whole(right: bool) -> Verdict {
    if right {
        Verdict::Pass { margin: Amount::Whole }
    } else {
        Verdict::Fail { excess: Amount::Whole }
    }
}

/// Where values lie beside a band; none if there are no values.
fn lies(values: &[f64], band: (f64, f64), unit: Unit) -> Option<(Reading, Verdict)> {
    let (low, high) = (lowest(values)?, highest(values)?);
    let reading = match values {
        [one] => Reading::Value(*one, unit),
        _ => Reading::Range(low, high, unit),
    };
    Some((reading, in_band(low, high, band, unit)))
}

/// The verdict on how often something happened.
fn counted(found: usize, wanted: Times) -> Verdict {
    let beyond = wanted.most.map_or(0, |most| found.saturating_sub(most));
    match wanted.least.saturating_sub(found).max(beyond) {
        0 => Verdict::Pass { margin: Amount::Whole },
        apart => Verdict::Fail { excess: Amount::Count(apart) },
    }
}

/// The limit on how often something happens.
fn often(wanted: Times) -> Limit {
    match wanted.most {
        Some(most) if most == wanted.least => Limit::Exactly(most),
        most => Limit::Counts(wanted.least, most),
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
        | Signal::MosColdest
        | Signal::Ambient => Unit::Celsius,
        Signal::SocEstimate
        | Signal::Soc(_)
        | Signal::SocMax
        | Signal::SocMin
        | Signal::Humidity => Unit::Share,
        Signal::Charge => Unit::Coulomb,
        Signal::Reported(what) | Signal::Deviation(what) => match what {
            Reported::Current => Unit::Ampere,
            Reported::CellHottest
            | Reported::CellColdest
            | Reported::MosHottest
            | Reported::MosColdest => Unit::Celsius,
            Reported::Soh => Unit::Share,
            Reported::Remaining | Reported::Full => Unit::Coulomb,
            Reported::Parameter(it) => counted_in(it.counts),
            _ => Unit::Volt,
        },
        Signal::Size(inner) => unit(*inner),
        Signal::Displayed(what) => match what {
            Displayed::Current => Unit::Ampere,
            Displayed::Remaining => Unit::Coulomb,
            Displayed::Soc => Unit::Share,
            Displayed::Temperature(_) => Unit::Celsius,
            _ => Unit::Volt,
        },
        _ => Unit::Volt,
    }
}

/// The unit of a parameter.
fn counted_in(counts: Counts) -> Unit {
    match counts {
        Counts::Volt => Unit::Volt,
        Counts::Ampere => Unit::Ampere,
        Counts::Second => Unit::Second,
        Counts::Celsius => Unit::Celsius,
        Counts::Ohm => Unit::Ohm,
        Counts::Coulomb => Unit::Coulomb,
        Counts::Share => Unit::Share,
        Counts::Things => Unit::Number,
    }
}

#[cfg(test)]
#[path = "checks/tests.rs"]
mod tests;

#[cfg(test)]
#[path = "checks/book_tests.rs"]
mod book_tests;

#[cfg(test)]
#[path = "checks/span_tests.rs"]
mod span_tests;
