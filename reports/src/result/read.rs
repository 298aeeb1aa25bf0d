//! Reads a result back: a run that was judged before an interruption need not be run again.
//!
//! What cannot be read back exactly is not read at all: [`kept`] writes its reading down again and
//! compares it with the document.

use super::run;
use crate::chain::{Stage, Step};
use crate::suite::Kept;
use crate::verdict::{Amount, Limit, Reading, Unit, Verdict};
use crate::{
    Covered, Finding, Grade, Held, Reached, Remark, RequirementText, Rows, Waterfall, show,
};
use bms_core::protect::Reasons;
use bms_core::units::BasisPoints;
use scenarios::Scenario;
use scenarios::expect::BudgetPart;
use serde_json::Value;
use sim::oracle::Rule;
use sim::time::{SimTime, Span};
use sim::trace::{AlarmRecord, Ledger, Outcome, Stats, Switch, Trace};

const UNITS: [Unit; 10] = [
    Unit::Ampere,
    Unit::Volt,
    Unit::Celsius,
    Unit::Share,
    Unit::Coulomb,
    Unit::Joule,
    Unit::SquareTime,
    Unit::Second,
    Unit::Ohm,
    Unit::Number,
];

/// The run of a scenario from its document; none if the document is of something else, or holds
/// what cannot be read back to the last digit.
pub(crate) fn kept(document: &Value, scenario: &Scenario) -> Option<Kept> {
    let kept = Kept {
        trace: trace(document)?,
        verdict: grade(&document["verdict"])?,
        findings: list(&document["findings"], finding)?,
        coverage: list(&document["requirements"], covered)?,
        waterfalls: list(&document["waterfalls"], waterfall)?,
        invariants: list(&document["invariants"], invariant)?,
        remarks: list(&document["remarks"], remark)?,
        reached: reached(&document["reached"])?,
        rows: Rows::of_word(document["trace_rows"].as_str()?)?,
    };
    (run(&kept.judged(scenario)) == *document).then_some(kept)
}

fn reached(value: &Value) -> Option<Reached> {
    let mut all = Reached::default();
    for pair in value.as_array()? {
        all.add(text(&pair["state"])?, text(&pair["event"])?, pair["times"].as_u64()?);
    }
    Some(all)
}

fn list<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(read).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(Into::into)
}

fn count(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|count| usize::try_from(count).ok())
}

fn grade(value: &Value) -> Option<Grade> {
    let grades = [Grade::Pass, Grade::Untested, Grade::Fail];
    grades.into_iter().find(|grade| Some(grade.word()) == value.as_str())
}

fn time(value: &Value) -> Option<SimTime> {
    value.as_u64().map(SimTime)
}

fn span(value: &Value) -> Option<Span> {
    value.as_u64().map(Span)
}

fn trace(document: &Value) -> Option<Trace> {
    let stats = &document["stats"];
    Some(Trace {
        outcome: outcome(&document["outcome"])?,
        alarms: list(&document["alarms"], alarm)?,
        ledger: ledger(&document["ledger"])?,
        stats: Stats {
            events: stats["events"].as_u64()?,
            steps: stats["steps"].as_u64()?,
            bus_bytes: stats["bus_bytes"].as_u64()?,
            eeprom_writes: u32::try_from(stats["eeprom_writes"].as_u64()?).ok()?,
        },
        digest: text(&document["reproduce"]["digest"])?,
        ..Trace::aborted(SimTime::ZERO, String::new())
    })
}

fn outcome(value: &Value) -> Option<Outcome> {
    if value["refused"] == true {
        return Some(Outcome::Refused);
    }
    let (at, why) = (time(&value["at_ns"]), text(&value["why"]));
    Some(match (value["completed"].as_bool()?, at, why) {
        (true, None, None) => Outcome::Completed,
        (true, Some(at), None) => Outcome::Ended { at },
        (true, Some(at), Some(why)) => Outcome::Failed { at, why },
        (false, Some(at), Some(why)) => Outcome::Aborted { at, why },
        _ => return None,
    })
}

fn alarm(value: &Value) -> Option<AlarmRecord> {
    Some(AlarmRecord {
        at_us: value["at_us"].as_u64()?,
        reason: reasons(&value["protection"])?,
        entered: value["entered"].as_bool()?,
        soc: BasisPoints(value["soc_basis_points"].as_u64()?.try_into().ok()?),
    })
}

/// Protections from their abbreviations.
fn reasons(value: &Value) -> Option<Reasons> {
    let names = value.as_str()?.split(" + ").filter(|name| !name.is_empty());
    let one = |name: &str| Reasons::all().iter().find(|reason| show::reasons(*reason) == name);
    names.map(one).try_fold(Reasons::empty(), |all, found| Some(all | found?))
}

fn ledger(value: &Value) -> Option<Ledger> {
    let joule = |name: &str| value[name].as_f64();
    Some(Ledger {
        chemical_j: joule("chemical_j")?,
        polarisation_j: joule("polarisation_j")?,
        cell_heat_j: joule("cell_heat_j")?,
        path_heat_j: joule("path_heat_j")?,
        balance_heat_j: joule("balance_heat_j")?,
        board_j: joule("board_j")?,
        heater_j: joule("heater_j")?,
        port_j: joule("port_j")?,
    })
}

fn finding(value: &Value) -> Option<Finding> {
    Some(Finding {
        requirements: list(&value["requirements"], text)?,
        line: count(&value["line"])?,
        label: text(&value["label"])?,
        measured: measured(&value["measured"])?,
        limit: limit(&value["limit"])?,
        budget: list(&value["budget"], |part| {
            let (early, late) = (span(&part["early_ns"])?, span(&part["late_ns"])?);
            Some(BudgetPart { why: text(&part["why"])?, early, late })
        })?,
        verdict: verdict(&value["verdict"], &value["distance"])?,
        note: text(&value["note"])?,
    })
}

fn verdict(word: &Value, distance: &Value) -> Option<Verdict> {
    Some(match grade(word)? {
        Grade::Pass => Verdict::Pass { margin: amount("margin", distance)? },
        Grade::Untested => Verdict::Untested { why: text(&distance["why"])? },
        Grade::Fail => Verdict::Fail { excess: amount("excess", distance)? },
    })
}

fn amount(key: &str, distance: &Value) -> Option<Amount> {
    if distance.is_null() {
        return Some(Amount::Whole);
    }
    let (name, value) = distance.as_object()?.iter().next()?;
    Some(match name.strip_prefix(key)?.strip_prefix('_')? {
        "ns" => Amount::Time(span(value)?),
        "events" => Amount::Count(count(value)?),
        field => Amount::Value(value.as_f64()?, unit(field)?),
    })
}

fn unit(field: &str) -> Option<Unit> {
    UNITS.into_iter().find(|unit| unit.field() == field)
}

fn measured(value: &Value) -> Option<Reading> {
    let Some(fields) = value.as_object() else { return Some(Reading::None) };
    let (name, first) = fields.iter().next()?;
    Some(match name.as_str() {
        "at_ns" => Reading::At(time(first)?),
        "count" => Reading::Count(count(first)?),
        "leds" => Reading::Leds(text(first)?),
        "lasted_ns" => Reading::Lasted(span(first)?),
        "words" => Reading::Words(text(first)?),
        name => match name.strip_prefix("value_") {
            Some(field) => Reading::Value(first.as_f64()?, unit(field)?),
            None => {
                let (low, high, unit) = ends(value)?;
                // An open end would be something that is not a number.
                (low.is_finite() && high.is_finite()).then_some(())?;
                Reading::Range(low, high, unit)
            }
        },
    })
}

fn limit(value: &Value) -> Option<Limit> {
    let Some(fields) = value.as_object() else { return Some(Limit::Open) };
    let has = |name: &str| fields.contains_key(name);
    Some(if has("to_end") {
        Limit::Run
    } else if has("nominal_ns") {
        let [from, at, to] = ["from_ns", "nominal_ns", "to_ns"].map(|name| time(&value[name]));
        Limit::Window { from: from?, at: at?, to: to? }
    } else if has("never") {
        let never = &value["never"];
        Limit::Never(time(&never["from_ns"])?, time(&never["to_ns"])?)
    } else if has("count") {
        Limit::Exactly(count(&value["count"])?)
    } else if has("least") {
        let most = &value["most"];
        let most = if most.is_null() { None } else { Some(count(most)?) };
        Limit::Counts(count(&value["least"])?, most)
    } else if has("lasts_ns") {
        Limit::Lasts(span(&value["lasts_ns"])?)
    } else if has("words") {
        Limit::Words(text(&value["words"])?)
    } else if has("leds") {
        Limit::Leds(text(&value["leds"])?)
    } else if has("least") {
        let most = if value["most"].is_null() { None } else { Some(count(&value["most"])?) };
        Limit::Counts(count(&value["least"])?, most)
    } else if has("lasts_ns") {
        Limit::Lasts(span(&value["lasts_ns"])?)
    } else if has("words") {
        Limit::Words(text(&value["words"])?)
    } else {
        let (low, high, unit) = ends(value)?;
        Limit::Band(low, high, unit)
    })
}

/// `low_v` and `high_v`; an open end is null.
fn ends(value: &Value) -> Option<(f64, f64, Unit)> {
    let fields = value.as_object()?;
    let unit = unit(fields.keys().find_map(|name| name.strip_prefix("low_"))?)?;
    let end = |name: &str, open: f64| match fields.get(&format!("{name}_{}", unit.field()))? {
        Value::Null => Some(open),
        value => value.as_f64(),
    };
    Some((end("low", f64::NEG_INFINITY)?, end("high", f64::INFINITY)?, unit))
}

fn covered(value: &Value) -> Option<Covered> {
    Some(Covered {
        id: text(&value["id"])?,
        requirement: RequirementText {
            text: text(&value["text"])?,
            values: text(&value["values"])?,
            source: text(&value["source"])?,
        },
        verdict: grade(&value["verdict"])?,
        findings: list(&value["findings"], count)?,
    })
}

fn invariant(value: &Value) -> Option<Held> {
    let rule = Rule::ALL.into_iter().find(|rule| Some(rule.id()) == value["id"].as_str())?;
    let broken = match value["held"].as_bool()? {
        true => None,
        false => Some((time(&value["at_ns"])?, text(&value["why"])?)),
    };
    Some(Held { rule, broken })
}

fn remark(value: &Value) -> Option<Remark> {
    Some(Remark {
        requirement: text(&value["requirement"])?,
        says: text(&value["says"])?,
        since: time(&value["since_ns"])?,
        found: text(&value["found"])?,
    })
}

fn waterfall(value: &Value) -> Option<Waterfall> {
    Some(Waterfall {
        reason: reasons(&value["protection"])?,
        entered: time(&value["entered_ns"])?,
        steps: list(&value["steps"], step)?,
    })
}

fn step(value: &Value) -> Option<Step> {
    Some(Step {
        stage: stage(value["stage"].as_str()?, value["switch"].as_str())?,
        at: time(&value["at_ns"])?,
        since_previous: span(&value["since_previous_ns"])?,
        since_first: span(&value["since_first_ns"])?,
    })
}

fn stage(word: &str, switch: Option<&str>) -> Option<Stage> {
    let plain = [
        Stage::Crossed,
        Stage::Released,
        Stage::Compared,
        Stage::Latched,
        Stage::Sampled,
        Stage::Entered,
        Stage::CurrentZero,
    ];
    let switches = [
        Switch::Charge,
        Switch::Discharge,
        Switch::Precharge,
        Switch::LowCellPrecharge,
        Switch::Limiter,
    ];
    match switch {
        None => plain.into_iter().find(|stage| stage.word() == word),
        Some(name) => {
            let switch = switches.into_iter().find(|switch| show::switch(*switch) == name)?;
            let switched = [Stage::Commanded(switch), Stage::GateOff(switch)];
            switched.into_iter().find(|stage| stage.word() == word)
        }
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
