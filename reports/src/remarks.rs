//! Remarks: where a finished run did not keep what the data sheet of its product says about handling
//! and use. They are read off the recorded rows, and no verdict depends on them.

use crate::checks::unit;
use crate::evidence::{Evidence, matches};
use crate::{Judged, show};
use scenarios::Scenario;
use scenarios::assembly::Misstep;
use scenarios::remarks::{self as rules, Rule};
use sim::script::Condition;
use sim::time::{SimTime, Span};
use sim::trace::Trace;

/// A rule that a run has broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Remark {
    /// The requirement that states the rule.
    pub requirement: String,
    /// The remark, a sentence.
    pub says: String,
    /// Since when the rule was broken first.
    pub since: SimTime,
    /// The values that it looks at, as they were then; may be empty.
    pub found: String,
}

/// Everything that there is to remark on a run, in order of time.
pub(crate) fn of(scenario: &Scenario, trace: &Trace) -> Vec<Remark> {
    let whole = [(SimTime::ZERO, SimTime::NEVER)];
    let rules = rules::of(&scenario.product).iter();
    let mut found: Vec<_> = rules
        .filter_map(|rule| Spoken::of(rule, trace).first(trace, &whole))
        .chain(missteps(scenario, trace))
        .collect();
    found.sort_by_key(|it| it.since);
    found
}

/// Where the pack was not wired as the sheet says; unwiring comes after the run.
fn missteps(scenario: &Scenario, trace: &Trace) -> Vec<Remark> {
    let assembly = scenario.assembly.as_ref();
    let missteps = assembly.map(|it| it.missteps(&scenario.product)).unwrap_or_default();
    let end = Evidence { scenario, trace }.reach();
    let remark = |it: Misstep| Remark {
        requirement: it.requirement.to_owned(),
        says: if it.unwiring {
            "The pack is unwired in the reverse order."
        } else {
            "The pack is wired in the order of its sheet."
        }
        .to_owned(),
        since: if it.unwiring { end } else { SimTime::ZERO },
        found: it.words,
    };
    missteps.into_iter().map(remark).collect()
}

/// What the rules of a requirement have to remark in some spans of a run, both ends inclusive; none
/// where nothing was recorded there that they look at.
pub(crate) fn within(
    evidence: &Evidence<'_>,
    requirement: &str,
    spans: &[(SimTime, SimTime)],
) -> Option<Vec<Remark>> {
    let (scenario, trace) = (evidence.scenario, evidence.trace);
    let own = rules::of(&scenario.product).iter().filter(|it| it.requirement == requirement);
    let spoken: Vec<_> = own.map(|rule| Spoken::of(rule, trace)).collect();
    let inside = |at: SimTime| spans.iter().any(|(from, to)| (*from..=*to).contains(&at));
    let wiring = missteps(scenario, trace).into_iter();
    let wiring = wiring.filter(|it| it.requirement == requirement && inside(it.since));
    let known = spoken.is_empty() || spoken.iter().any(|it| it.knows(trace, spans));
    let spoken = spoken.iter().filter_map(|it| it.first(trace, spans));
    known.then(|| spoken.chain(wiring).collect())
}

/// A rule beside the rows of a run: whether it is broken at each.
struct Spoken<'r> {
    rule: &'r Rule,
    course: Vec<Option<bool>>,
}

impl<'r> Spoken<'r> {
    fn of(rule: &'r Rule, trace: &Trace) -> Self {
        Self { rule, course: course(&rule.when, trace) }
    }

    /// Whether any row of some spans tells it.
    fn knows(&self, trace: &Trace, spans: &[(SimTime, SimTime)]) -> bool {
        rows(trace, spans).any(|row| self.course[row].is_some())
    }

    /// The first row of some spans at which the rule is broken.
    fn first(&self, trace: &Trace, spans: &[(SimTime, SimTime)]) -> Option<Remark> {
        let row = rows(trace, spans).find(|row| self.course[*row] == Some(true))?;
        let mut found = Vec::new();
        values(&self.rule.when, trace, row, &mut found);
        found.dedup();
        Some(Remark {
            requirement: self.rule.requirement.clone(),
            says: self.rule.says.clone(),
            since: trace.rows[row].at,
            found: found.join(", "),
        })
    }
}

/// The rows of some spans; of a moment the newest that there is by then.
fn rows(trace: &Trace, spans: &[(SimTime, SimTime)]) -> impl Iterator<Item = usize> {
    let rows = &trace.rows;
    let of = |(from, to): &(SimTime, SimTime)| {
        let end = rows.partition_point(|row| row.at <= *to);
        let begin = rows.partition_point(|row| row.at < *from);
        if from == to { end.saturating_sub(1)..end } else { begin..end }
    };
    spans.iter().map(of).collect::<Vec<_>>().into_iter().flatten()
}

/// Whether a condition holds, at every row; none where the row does not tell.
fn course(condition: &Condition, trace: &Trace) -> Vec<Option<bool>> {
    let rows = trace.rows.iter();
    match condition {
        Condition::All(parts) => joined(parts, trace, false),
        Condition::Any(parts) => joined(parts, trace, true),
        Condition::Not(part) => {
            course(part, trace).into_iter().map(|it| it.map(|it| !it)).collect()
        }
        Condition::Compare { signal, relation, value } => {
            rows.map(|row| signal.of(row).map(|found| relation.holds(found, *value))).collect()
        }
        Condition::Is(state) => rows.map(|row| state.of(row)).collect(),
        Condition::Happened { event, times } => {
            let mut came = trace.events.iter().filter(|it| matches(event, it)).map(|it| it.at);
            let came = came.nth(usize::try_from(*times).map_or(usize::MAX, |it| it - 1));
            rows.map(|row| Some(came.is_some_and(|at| at <= row.at))).collect()
        }
        Condition::Elapsed(span) => rows.map(|row| Some(row.at.0 >= span.0)).collect(),
        Condition::Held(part, span) => held(&course(part, trace), *span, trace),
    }
}

/// Several conditions: one of them decides by being `deciding`; without it, all must be known.
fn joined(parts: &[Condition], trace: &Trace, deciding: bool) -> Vec<Option<bool>> {
    let mut all = vec![Some(!deciding); trace.rows.len()];
    for part in parts {
        for (sum, it) in all.iter_mut().zip(course(part, trace)) {
            *sum = match (*sum, it) {
                (Some(known), _) | (_, Some(known)) if known == deciding => Some(deciding),
                (Some(_), Some(known)) => Some(known),
                _ => None,
            };
        }
    }
    all
}

/// Whether something has held for so long, by the rows.
fn held(part: &[Option<bool>], span: Span, trace: &Trace) -> Vec<Option<bool>> {
    let mut since = None;
    let one = |(row, it): (&sim::trace::Row, &Option<bool>)| {
        since = if *it == Some(true) { since.or(Some(row.at)) } else { None };
        it.map(|_| since.is_some_and(|since| row.at - since >= span))
    };
    trace.rows.iter().zip(part).map(one).collect()
}

/// The values that a condition compares and that are as it says, in words.
fn values(condition: &Condition, trace: &Trace, row: usize, found: &mut Vec<String>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| values(part, trace, row, found));
        }
        Condition::Held(part, _) => values(part, trace, row, found),
        Condition::Compare { signal, relation, value } => {
            let there = signal.of(&trace.rows[row]).filter(|it| relation.holds(*it, *value));
            let words =
                |it| format!("{} {}", show::signal(*signal), show::value(it, unit(*signal)));
            found.extend(there.map(words));
        }
        Condition::Not(_)
        | Condition::Is(_)
        | Condition::Happened { .. }
        | Condition::Elapsed(_) => {}
    }
}

/// A rule that spoke in a suite.
pub(crate) struct Told<'a> {
    /// What it said in the first run.
    pub(crate) remark: &'a Remark,
    /// The first run.
    pub(crate) run: &'a str,
    /// In how many runs it spoke.
    pub(crate) runs: usize,
}

/// Every rule that spoke in some runs, in the order in which they did first.
pub(crate) fn told<'a>(runs: &'a [Judged<'_>]) -> Vec<Told<'a>> {
    let mut told: Vec<Told<'a>> = Vec::new();
    for run in runs {
        for remark in &run.remarks {
            let id = run.scenario.id.as_str();
            let same = |it: &&mut Told<'_>| {
                it.remark.requirement == remark.requirement && it.remark.says == remark.says
            };
            match told.iter_mut().find(same) {
                Some(known) => known.runs += 1,
                None => told.push(Told { remark, run: id, runs: 1 }),
            }
        }
    }
    told
}

/// How many runs have remarks, in a line; none if no run has.
pub(crate) fn summary(runs: &[Judged<'_>]) -> Option<String> {
    let some = runs.iter().filter(|run| !run.remarks.is_empty());
    let ids: std::collections::BTreeSet<_> =
        runs.iter().flat_map(|run| &run.remarks).map(|it| it.requirement.as_str()).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let count = show::counted(some.count(), "run");
    (!ids.is_empty()).then(|| format!("{count} with remarks: {}", ids.join(" ")))
}

#[cfg(test)]
#[path = "remarks/tests.rs"]
mod tests;
