//! What a verdict is: pass with its margin, untested with its reason, fail with its excess.

use crate::coverage::Covered;
use crate::show;
use scenarios::expect::BudgetPart;
use sim::time::{SimTime, Span};
use sim::trace::{EventKind, Outcome, Trace};

/// How good or bad, without the details; the later, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// As expected.
    Pass,
    /// Nothing put it to the test; fails a suite like a failure does.
    Untested,
    /// Not as expected.
    Fail,
}

impl Grade {
    /// One lower-case word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Untested => "untested",
            Self::Fail => "fail",
        }
    }

    /// One sign, for those who do not see colours.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Pass => "✓",
            Self::Untested => "?",
            Self::Fail => "✗",
        }
    }
}

/// The verdict on one expectation or requirement.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// As expected.
    Pass {
        /// Distance to the nearest edge of what is allowed.
        margin: Amount,
    },
    /// Not put to the test.
    Untested {
        /// What is missing.
        why: String,
    },
    /// Not as expected.
    Fail {
        /// Distance beyond the nearest edge of what is allowed.
        excess: Amount,
    },
}

impl Verdict {
    /// The grade, without the details.
    #[must_use]
    pub fn grade(&self) -> Grade {
        match self {
            Self::Pass { .. } => Grade::Pass,
            Self::Untested { .. } => Grade::Untested,
            Self::Fail { .. } => Grade::Fail,
        }
    }
}

/// A distance to a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// In time.
    Time(Span),
    /// In a signal's unit, never negative.
    Value(f64, Unit),
    /// In events.
    Count(usize),
    /// There is no distance: it is so or it is not.
    Whole,
}

/// The unit of a measured value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A.
    Ampere,
    /// V.
    Volt,
    /// °C.
    Celsius,
    /// A share of a whole, shown in per cent.
    Share,
    /// C.
    Coulomb,
    /// J.
    Joule,
    /// A²s.
    SquareTime,
    /// s.
    Second,
    /// Ω.
    Ohm,
    /// A number without a unit.
    Number,
}

impl Unit {
    /// The symbol shown beside a value.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Ampere => "A",
            Self::Volt => "V",
            Self::Celsius => "°C",
            Self::Share => "%",
            Self::Coulomb => "C",
            Self::Joule => "J",
            Self::SquareTime => "A²s",
            Self::Second => "s",
            Self::Ohm => "Ω",
            Self::Number => "",
        }
    }

    /// The ending of a machine-readable field in this unit; shares stay shares there.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Ampere => "a",
            Self::Volt => "v",
            Self::Celsius => "degc",
            Self::Share => "share",
            Self::Coulomb => "c",
            Self::Joule => "j",
            Self::SquareTime => "a2s",
            Self::Second => "s",
            Self::Ohm => "ohm",
            Self::Number => "number",
        }
    }

    /// Factor to the shown unit, and decimals there.
    pub(crate) fn display(self) -> (f64, usize) {
        match self {
            Self::Ampere | Self::Joule | Self::SquareTime | Self::Number => (1.0, 3),
            Self::Second | Self::Ohm => (1.0, 6),
            Self::Volt | Self::Coulomb => (1.0, 4),
            Self::Celsius => (1.0, 2),
            Self::Share => (100.0, 3),
        }
    }
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// When it happened.
    At(SimTime),
    /// One value.
    Value(f64, Unit),
    /// The lowest and highest of several.
    Range(f64, f64, Unit),
    /// How often.
    Count(usize),
    /// LEDs, `SSSSAR`.
    Leds(String),
    /// How long it lasted.
    Lasted(Span),
    /// Something that is said in words, such as which switches conduct.
    Words(String),
    /// Nothing.
    None,
}

/// What is allowed. All edges are inclusive.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// Between two times, around a nominal one.
    Window {
        /// Not before.
        from: SimTime,
        /// Nominally.
        at: SimTime,
        /// Not after.
        to: SimTime,
    },
    /// Not at all between two times.
    Never(SimTime, SimTime),
    /// So many times.
    Exactly(usize),
    /// At least so many times and, where there is a bound, not more.
    Counts(usize, Option<usize>),
    /// At least so long.
    Lasts(Span),
    /// Something that is said in words.
    Words(String),
    /// In a band; either end may be infinite.
    Band(f64, f64, Unit),
    /// LEDs, `SSSSAR`.
    Leds(String),
    /// The run itself, to its end.
    Run,
    /// Unknown, because the anchor it counts from never came.
    Open,
}

/// The judgement of one expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Requirements it proves.
    pub requirements: Vec<String>,
    /// Line of the expectation in its file, from 1; 0 for the run as a whole.
    pub line: usize,
    /// What was expected.
    pub label: String,
    /// What was measured.
    pub measured: Reading,
    /// What is allowed.
    pub limit: Limit,
    /// What the tolerance is made of.
    pub budget: Vec<BudgetPart>,
    /// The verdict.
    pub verdict: Verdict,
    /// A sentence more, where the numbers alone do not say what happened; may be empty.
    pub note: String,
}

/// The failures of a run as a whole: it was aborted, or an invariant was broken.
#[must_use]
pub fn of_the_run(trace: &Trace) -> Vec<Finding> {
    let aborted = match &trace.outcome {
        Outcome::Completed | Outcome::Ended { .. } | Outcome::Refused => None,
        Outcome::Failed { at, why } => Some(failure("the script comes through", *at, why)),
        Outcome::Aborted { at, why } => Some(failure("the run reaches its end", *at, why)),
    };
    let broken = trace.events.iter().filter_map(|event| match &event.kind {
        EventKind::Broken(what) => Some(failure("no invariant is broken", event.at, what)),
        _ => None,
    });
    aborted.into_iter().chain(broken).collect()
}

fn failure(label: &str, at: SimTime, note: &str) -> Finding {
    Finding {
        requirements: Vec::new(),
        line: 0,
        label: label.into(),
        measured: Reading::At(at),
        limit: Limit::Run,
        budget: Vec::new(),
        verdict: Verdict::Fail { excess: Amount::Whole },
        note: note.into(),
    }
}

/// The worst grade among findings and covered requirements; untested if there are neither.
#[must_use]
pub fn worst(findings: &[Finding], coverage: &[Covered]) -> Grade {
    let findings = findings.iter().map(|finding| finding.verdict.grade());
    let coverage = coverage.iter().map(|covered| covered.verdict);
    findings.chain(coverage).max().unwrap_or(Grade::Untested)
}

/// The verdict on a value in a band; the edges belong to it. Not a number fails.
#[must_use]
pub fn in_band(lowest: f64, highest: f64, band: (f64, f64), unit: Unit) -> Verdict {
    let slack = (lowest - band.0).min(band.1 - highest);
    if lowest.is_nan() || highest.is_nan() || slack.is_nan() {
        return Verdict::Fail { excess: Amount::Whole };
    }
    match (slack >= 0.0, slack.is_finite()) {
        (true, true) => Verdict::Pass { margin: Amount::Value(slack, unit) },
        (true, false) => Verdict::Pass { margin: Amount::Whole },
        (false, true) => Verdict::Fail { excess: Amount::Value(-slack, unit) },
        (false, false) => Verdict::Fail { excess: Amount::Whole },
    }
}

/// The verdict on a moment in a window; the edges belong to it.
#[must_use]
pub fn in_window(at: SimTime, from: SimTime, to: SimTime) -> Verdict {
    if at < from {
        Verdict::Fail { excess: Amount::Time(from - at) }
    } else if at > to {
        Verdict::Fail { excess: Amount::Time(at - to) }
    } else {
        Verdict::Pass { margin: Amount::Time((at - from).min(to - at)) }
    }
}

impl Amount {
    /// As people read it; a dash where there is no distance.
    #[must_use]
    pub fn show(&self) -> String {
        match self {
            Self::Time(span) => show::span(*span),
            Self::Value(value, unit) => show::value(*value, *unit),
            Self::Count(count) => format!("{count} ×"),
            Self::Whole => "–".into(),
        }
    }
}

impl Reading {
    /// As people read it; a dash for nothing.
    #[must_use]
    pub fn show(&self) -> String {
        match self {
            Self::At(at) => show::moment(*at),
            Self::Value(value, unit) => show::value(*value, *unit),
            Self::Range(low, high, unit) => {
                let (low, high) = (show::value(*low, *unit), show::value(*high, *unit));
                if low == high { low } else { format!("{low} … {high}") }
            }
            Self::Count(count) => format!("{count} ×"),
            Self::Leds(leds) => leds.clone(),
            Self::Lasted(span) => show::span(*span),
            Self::Words(words) => words.clone(),
            Self::None => "–".into(),
        }
    }
}

impl Limit {
    /// As people read it.
    #[must_use]
    pub fn show(&self) -> String {
        match self {
            Self::Window { from, at, to } => {
                let (early, late) =
                    (Span(at.0.saturating_sub(from.0)), Span(to.0.saturating_sub(at.0)));
                let tolerance = if early == late {
                    format!("±{}", show::span(early))
                } else {
                    format!("−{} +{}", show::span(early), show::span(late))
                };
                format!("{} {tolerance}", show::moment(*at))
            }
            Self::Never(from, to) => {
                format!("never in {} … {}", show::moment(*from), show::moment(*to))
            }
            Self::Exactly(times) => format!("{times} ×"),
            Self::Counts(least, Some(most)) => format!("{least} … {most} ×"),
            Self::Counts(least, None) => format!("≥ {least} ×"),
            Self::Lasts(span) => format!("≥ {}", show::span(*span)),
            Self::Words(words) => words.clone(),
            Self::Band(low, high, unit) => band(*low, *high, *unit),
            Self::Leds(pattern) => pattern.clone(),
            Self::Run => "to the end".into(),
            Self::Open => "–".into(),
        }
    }
}

fn band(low: f64, high: f64, unit: Unit) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("{} … {}", show::value(low, unit), show::value(high, unit)),
        (true, false) => format!("≥ {}", show::value(low, unit)),
        (false, true) => format!("≤ {}", show::value(high, unit)),
        (false, false) => "any".into(),
    }
}

#[cfg(test)]
#[path = "verdict/tests.rs"]
mod tests;
