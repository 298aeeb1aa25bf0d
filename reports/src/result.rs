//! The machine-readable result: `packtwin.result/1`. Units stand in the field names.

pub(crate) mod read;

use crate::chain::{Stage, Waterfall};
use crate::checks::moved_j;
use crate::suite::{Suite, waiting};
use crate::verdict::{Amount, Finding, Limit, Reading, Unit, Verdict};
use crate::{Held, Judged, provenance, show};
use serde_json::{Map, Value, json};
use sim::setup::{FrontEndLevel, Tolerance};
use sim::time::SimTime;
use sim::trace::{AlarmRecord, Outcome};

/// The schema's name and version; the version grows when a field changes its meaning.
pub(crate) const SCHEMA: &str = "packtwin.result/1";

/// The same of the suite's document; its name is the run's, as it was from the beginning.
pub(crate) const SUITE_SCHEMA: &str = SCHEMA;

/// The result of one run.
pub(crate) fn run(judged: &Judged<'_>) -> Value {
    let (scenario, trace) = (judged.scenario, judged.trace);
    json!({
        "schema": SCHEMA,
        "id": scenario.id,
        "title": scenario.title,
        "spec": scenario.spec,
        "product": scenario.product,
        "file": scenario.file,
        "sources": provenance::sources(scenario).iter().map(|(file, text)| json!({
            "file": file, "text": text,
        })).collect::<Vec<_>>(),
        "verdict": judged.verdict.word(),
        "outcome": outcome(&trace.outcome),
        "findings": judged.findings.iter().map(finding).collect::<Vec<_>>(),
        "requirements": judged.coverage.iter().map(|it| json!({
            "id": it.id,
            "text": it.requirement.text,
            "values": it.requirement.values,
            "source": it.requirement.source,
            "verdict": it.verdict.word(),
            "findings": it.findings,
        })).collect::<Vec<_>>(),
        "invariants": judged.invariants.iter().map(invariant).collect::<Vec<_>>(),
        "remarks": judged.remarks.iter().map(|it| json!({
            "requirement": it.requirement,
            "says": it.says,
            "since_ns": it.since.0,
            "found": it.found,
        })).collect::<Vec<_>>(),
        "reached": judged.reached.pairs().map(|(state, event, times)| json!({
            "state": state, "event": event, "times": times,
        })).collect::<Vec<_>>(),
        "waterfalls": judged.waterfalls.iter().map(waterfall).collect::<Vec<_>>(),
        "trace_rows": judged.rows.word(),
        "alarms": trace.alarms.iter().map(alarm).collect::<Vec<_>>(),
        "ledger": ledger(judged),
        "stats": {
            "events": trace.stats.events,
            "steps": trace.stats.steps,
            "bus_bytes": trace.stats.bus_bytes,
            "eeprom_writes": trace.stats.eeprom_writes,
        },
        "reproduce": {
            "version": provenance::VERSION,
            "commit": provenance::COMMIT,
            "file_blake3": provenance::file_digest(scenario),
            "inputs_blake3": provenance::inputs_digest(scenario),
            "seed": scenario.setup.seed,
            "front_end": level(scenario.setup.front_end),
            "tolerance": tolerance(scenario.setup.tolerance),
            "drawn": scenario.drawn.iter().map(|(place, value)| json!({
                "place": place, "value": value,
            })).collect::<Vec<_>>(),
            "duration_ns": scenario.setup.duration.0,
            "digest": trace.digest,
            "command": provenance::command(scenario, &trace.digest),
        },
    })
}

/// The result of a suite: the short of every run.
pub(crate) fn suite(suite: &Suite<'_>) -> Value {
    let ids = |scenarios: &[&scenarios::Scenario]| -> Vec<String> {
        scenarios.iter().map(|scenario| scenario.id.clone()).collect()
    };
    json!({
        "schema": SUITE_SCHEMA,
        "verdict": suite.verdict().word(),
        "version": provenance::VERSION,
        "commit": provenance::COMMIT,
        "not_run": ids(&suite.not_run),
        "waiting": suite.waiting.iter().map(|scenario| json!({
            "id": scenario.id,
            "title": scenario.title,
            "file": scenario.file,
            "for": waiting(scenario),
        })).collect::<Vec<_>>(),
        "runs": suite.runs.iter().zip(&suite.folders).map(|(run, folder)| short(run, folder))
            .collect::<Vec<_>>(),
    })
}

fn short(run: &Judged<'_>, folder: &str) -> Value {
    json!({
        "id": run.scenario.id,
        "title": run.scenario.title,
        "spec": run.scenario.spec,
        "product": run.scenario.product,
        "verdict": run.verdict.word(),
        "outcome": outcome(&run.trace.outcome),
        "findings": run.findings.len(),
        "file": run.scenario.file,
        "file_blake3": provenance::file_digest(run.scenario),
        "seed": run.scenario.setup.seed,
        "tolerance": tolerance(run.scenario.setup.tolerance),
        "front_end": level(run.scenario.setup.front_end),
        "digest": run.trace.digest,
        "result": format!("{folder}/result.json"),
    })
}

/// The front end's seam in one word.
pub(crate) fn level(level: FrontEndLevel) -> &'static str {
    match level {
        FrontEndLevel::Register => "register",
        FrontEndLevel::Value => "value",
    }
}

/// The hardware's exactness in one word.
pub(crate) fn tolerance(tolerance: Tolerance) -> &'static str {
    match tolerance {
        Tolerance::Nominal => "nominal",
        Tolerance::Datasheet => "datasheet",
    }
}

fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Completed => json!({"completed": true}),
        Outcome::Refused => json!({"completed": false, "refused": true}),
        Outcome::Ended { at } => json!({"completed": true, "at_ns": at.0}),
        Outcome::Failed { at, why } => json!({"completed": true, "at_ns": at.0, "why": why}),
        Outcome::Aborted { at, why } => json!({"completed": false, "at_ns": at.0, "why": why}),
    }
}

fn finding(finding: &Finding) -> Value {
    let budget = finding.budget.iter();
    json!({
        "line": finding.line,
        "label": finding.label,
        "requirements": finding.requirements,
        "verdict": finding.verdict.grade().word(),
        "distance": distance(&finding.verdict),
        "measured": measured(&finding.measured),
        "limit": limit(&finding.limit),
        "budget": budget.map(|part| json!({
            "why": part.why, "early_ns": part.early.0, "late_ns": part.late.0,
        })).collect::<Vec<_>>(),
        "note": finding.note,
    })
}

/// The margin, the excess, or the reason; where there is no distance, null.
fn distance(verdict: &Verdict) -> Value {
    let (key, amount) = match verdict {
        Verdict::Pass { margin } => ("margin", margin),
        Verdict::Untested { why } => return json!({"why": why}),
        Verdict::Fail { excess } => ("excess", excess),
    };
    match amount {
        Amount::Time(span) => named(format!("{key}_ns"), json!(span.0)),
        Amount::Value(value, unit) => named(format!("{key}_{}", unit.field()), number(*value)),
        Amount::Count(count) => named(format!("{key}_events"), json!(count)),
        Amount::Whole => Value::Null,
    }
}

fn measured(reading: &Reading) -> Value {
    match reading {
        Reading::At(at) => json!({"at_ns": at.0}),
        Reading::Value(value, unit) => named(format!("value_{}", unit.field()), number(*value)),
        Reading::Range(low, high, unit) => ends(*low, *high, *unit),
        Reading::Count(count) => json!({"count": count}),
        Reading::Leds(leds) => json!({"leds": leds}),
        Reading::Lasted(span) => json!({"lasted_ns": span.0}),
        Reading::Words(words) => json!({"words": words}),
        Reading::None => Value::Null,
    }
}

fn limit(limit: &Limit) -> Value {
    let window = |from: &SimTime, to: &SimTime| json!({"from_ns": from.0, "to_ns": to.0});
    match limit {
        Limit::Window { from, at, to } => {
            json!({"from_ns": from.0, "nominal_ns": at.0, "to_ns": to.0})
        }
        Limit::Never(from, to) => json!({"never": window(from, to)}),
        Limit::Exactly(times) => json!({"count": times}),
        Limit::Counts(least, most) => json!({"least": least, "most": most}),
        Limit::Lasts(span) => json!({"lasts_ns": span.0}),
        Limit::Words(words) => json!({"words": words}),
        Limit::Band(low, high, unit) => ends(*low, *high, *unit),
        Limit::Leds(leds) => json!({"leds": leds}),
        Limit::Run => json!({"to_end": true}),
        Limit::Open => Value::Null,
    }
}

/// `low_v` and `high_v`; an open end is null.
fn ends(low: f64, high: f64, unit: Unit) -> Value {
    let mut fields = Map::new();
    fields.insert(format!("low_{}", unit.field()), number(low));
    fields.insert(format!("high_{}", unit.field()), number(high));
    Value::Object(fields)
}

fn named(key: String, value: Value) -> Value {
    Value::Object(Map::from_iter([(key, value)]))
}

/// A number; JSON knows no infinity and no NaN, they become null.
fn number(value: f64) -> Value {
    serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn waterfall(waterfall: &Waterfall) -> Value {
    json!({
        "protection": show::reasons(waterfall.reason),
        "entered_ns": waterfall.entered.0,
        "total_ns": waterfall.total().0,
        "steps": waterfall.steps.iter().map(|step| json!({
            "stage": step.stage.word(),
            "switch": match step.stage {
                Stage::Commanded(switch) | Stage::GateOff(switch) => Some(show::switch(switch)),
                _ => None,
            },
            "at_ns": step.at.0,
            "since_previous_ns": step.since_previous.0,
            "since_first_ns": step.since_first.0,
        })).collect::<Vec<_>>(),
    })
}

fn invariant(held: &Held) -> Value {
    let broken = held.broken.as_ref();
    json!({
        "id": held.rule.id(),
        "text": held.rule.text(),
        "held": broken.is_none(),
        "at_ns": broken.map(|(at, _)| at.0),
        "why": broken.map(|(_, why)| why.clone()),
    })
}

fn alarm(record: &AlarmRecord) -> Value {
    json!({
        "at_us": record.at_us,
        "protection": show::reasons(record.reason),
        "entered": record.entered,
        "soc_basis_points": record.soc.0,
    })
}

fn ledger(judged: &Judged<'_>) -> Value {
    let book = &judged.trace.ledger;
    json!({
        "chemical_j": number(book.chemical_j),
        "polarisation_j": number(book.polarisation_j),
        "cell_heat_j": number(book.cell_heat_j),
        "path_heat_j": number(book.path_heat_j),
        "balance_heat_j": number(book.balance_heat_j),
        "board_j": number(book.board_j),
        "heater_j": number(book.heater_j),
        "port_j": number(book.port_j),
        "closure_j": number(book.closure_j()),
        "moved_j": number(moved_j(judged.trace)),
    })
}
