//! Holds one report against another.

use super::record::{Event, Finding, Run};
use super::{Budget, Changed, Diff, Place, Presence, Record, Shift, Value, numbered};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A margin that shrank by less than this share of itself has not shrunk: it is far below any digit
/// that is shown.
const SHARE_MIN: f64 = 1e-9;

/// Everything in which `new` differs from `base`, and what of it lies beyond the budget. A better
/// verdict, and a run or expectation that is new, count only if the budget is strict.
#[must_use]
pub fn compare(base: &Record, new: &Record, budget: &Budget) -> Diff {
    let mut diff = Diff {
        base_version: base.version.clone(),
        new_version: new.version.clone(),
        digests_beyond: budget.digests_count(),
        ..Diff::default()
    };
    let keys: BTreeSet<_> = base.runs.keys().chain(new.runs.keys()).collect();
    for key in keys {
        match (base.runs.get(key), new.runs.get(key)) {
            (Some(base), Some(new)) => {
                diff.compared += 1;
                Pair { base, new, budget }.compare(&mut diff);
            }
            (Some(only), None) => diff.presence.push(run_presence(only, false, true)),
            (None, Some(only)) => {
                diff.presence.push(run_presence(only, true, budget.is_strict()));
            }
            (None, None) => {}
        }
    }
    let name = |it: &Shift| (it.place.run.clone(), it.base_ns, it.name());
    diff.shifts.sort_by_cached_key(|it| (!it.beyond, -it.by_ns().abs(), name(it)));
    diff
}

fn run_presence(run: &Run, is_new: bool, beyond: bool) -> Presence {
    Presence { place: whole(run), kind: "run", name: run.id.clone(), is_new, beyond }
}

/// The run as a whole.
fn whole(run: &Run) -> Place {
    Place { run: run.id.clone(), file: run.file.clone(), line: 0, requirements: Vec::new() }
}

fn of_finding(run: &Run, it: &Finding) -> Place {
    Place { line: it.line, requirements: it.requirements.clone(), ..whole(run) }
}

/// One run on both sides.
struct Pair<'a> {
    base: &'a Run,
    new: &'a Run,
    budget: &'a Budget,
}

impl Pair<'_> {
    fn compare(&self, diff: &mut Diff) {
        let before = diff.count();
        self.events(diff);
        self.findings(diff);
        self.verdict(diff);
        if diff.count() == before && self.base.digest != self.new.digest {
            diff.digests.push(whole(self.new));
        }
    }

    /// Events of one name are held together in their order.
    fn events(&self, diff: &mut Diff) {
        let (base, new) = (by_name(&self.base.events), by_name(&self.new.events));
        let names: BTreeSet<_> = base.keys().chain(new.keys()).collect();
        for name in names {
            let times =
                |side: &BTreeMap<&str, Vec<u64>>| side.get(*name).cloned().unwrap_or_default();
            let (base, new) = (times(&base), times(&new));
            for index in 0..base.len().max(new.len()) {
                self.event(name, index, base.get(index).copied(), new.get(index).copied(), diff);
            }
        }
    }

    fn event(
        &self,
        name: &str,
        index: usize,
        base: Option<u64>,
        new: Option<u64>,
        diff: &mut Diff,
    ) {
        let place = match (base, new) {
            (Some(at), _) => self.place(self.base, at),
            (None, Some(at)) => self.place(self.new, at),
            (None, None) => return,
        };
        let occurrence = index + 1;
        match (base, new) {
            (Some(base_ns), Some(new_ns)) if base_ns != new_ns => {
                let allowed = self.budget.shift(&place, name);
                let event = name.to_owned();
                let beyond = false;
                let shift = Shift { place, event, occurrence, base_ns, new_ns, allowed, beyond };
                let beyond = !allowed.covers(shift.by_ns()) || self.budget.is_strict();
                diff.shifts.push(Shift { beyond, ..shift });
            }
            (Some(_), Some(_)) => {}
            (_, new) => {
                let allowed = self.budget.may_come_and_go(&place, name);
                diff.presence.push(Presence {
                    place,
                    kind: "event",
                    name: numbered(name, occurrence),
                    is_new: new.is_some(),
                    beyond: !allowed || self.budget.is_strict(),
                });
            }
        }
    }

    /// Where an event stands: with the expectations that measured that moment.
    fn place(&self, run: &Run, at_ns: u64) -> Place {
        let mut place = whole(run);
        for it in run.findings.iter().filter(|it| it.measured["at_ns"] == at_ns) {
            if place.line == 0 {
                place.line = it.line;
            }
            for id in &it.requirements {
                if !place.requirements.contains(id) {
                    place.requirements.push(id.clone());
                }
            }
        }
        place
    }

    fn findings(&self, diff: &mut Diff) {
        let (base, new) = (by_key(&self.base.findings), by_key(&self.new.findings));
        let keys: BTreeSet<_> = base.keys().chain(new.keys()).collect();
        for key in keys {
            match (base.get(key), new.get(key)) {
                (Some(base), Some(new)) => self.finding(base, new, diff),
                (Some(only), None) => diff.presence.push(Presence {
                    place: of_finding(self.base, only),
                    kind: "expectation",
                    name: only.label.clone(),
                    is_new: false,
                    beyond: true,
                }),
                (None, Some(only)) => diff.presence.push(Presence {
                    place: of_finding(self.new, only),
                    kind: "expectation",
                    name: only.label.clone(),
                    is_new: true,
                    beyond: self.budget.is_strict(),
                }),
                (None, None) => {}
            }
        }
    }

    fn finding(&self, base: &Finding, new: &Finding, diff: &mut Diff) {
        let place = of_finding(self.new, new);
        if base.verdict != new.verdict {
            diff.verdicts.push(Changed {
                place,
                label: new.label.clone(),
                base: base.verdict,
                new: new.verdict,
                beyond: new.verdict > base.verdict || self.budget.is_strict(),
            });
            return;
        }
        let same = base.measured == new.measured;
        // What moved in time stands among the shifts.
        if !same && !new.measured["at_ns"].is_null() {
            return;
        }
        let shrunk = shrunk(base, new);
        if same && shrunk.is_none_or(|share| share.abs() < SHARE_MIN) {
            return;
        }
        let allowed = self.budget.margin(&place);
        let beyond = shrunk.is_some_and(|share| share >= SHARE_MIN && share > allowed);
        diff.values.push(Value {
            place,
            label: new.label.clone(),
            base: words(&base.measured),
            new: words(&new.measured),
            shrunk,
            allowed,
            beyond: beyond || self.budget.is_strict(),
        });
    }

    fn verdict(&self, diff: &mut Diff) {
        let (base, new) = (self.base.verdict, self.new.verdict);
        if base != new {
            let beyond = new > base || self.budget.is_strict();
            let place = whole(self.new);
            diff.verdicts.push(Changed { place, label: String::new(), base, new, beyond });
        }
    }
}

fn by_name(events: &[Event]) -> BTreeMap<&str, Vec<u64>> {
    let mut named: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for event in events {
        named.entry(&event.name).or_default().push(event.at_ns);
    }
    named
}

/// Findings by what they expect, and of which requirements; equal ones are numbered.
fn by_key(findings: &[Finding]) -> BTreeMap<(&str, &[String], usize), &Finding> {
    let mut keyed = BTreeMap::new();
    for it in findings {
        let mut number = 0;
        while keyed.contains_key(&(it.label.as_str(), it.requirements.as_slice(), number)) {
            number += 1;
        }
        keyed.insert((it.label.as_str(), it.requirements.as_slice(), number), it);
    }
    keyed
}

/// By how much of itself the margin shrank; none where there is none of one kind on both sides.
fn shrunk(base: &Finding, new: &Finding) -> Option<f64> {
    let ((field, base), (other, new)) = (base.margin.as_ref()?, new.margin.as_ref()?);
    let lost = base - new;
    (field == other).then(|| if *base > 0.0 { lost / base } else { lost })
}

/// A measured value as the document has it, in words: `value_v 52.8`.
fn words(measured: &Json) -> String {
    let Some(fields) = measured.as_object() else { return "–".into() };
    let part = |(name, value): (&String, &Json)| {
        let value = value.as_str().map_or_else(|| value.to_string(), Into::into);
        match name.split_once('_') {
            Some(("value", unit)) => format!("{value} {unit}"),
            Some((end @ ("low" | "high"), unit)) => format!("{end} {value} {unit}"),
            _ => format!("{name} {value}"),
        }
    };
    fields.iter().map(part).collect::<Vec<_>>().join(", ")
}
