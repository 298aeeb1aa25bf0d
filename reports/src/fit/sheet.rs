//! A fit as data: one JSON document, and two tables.

use super::Account;
use crate::provenance;
use crate::sheets::table;
use fitting::report::{Figure, Origin, RecordFit, Score};
use serde_json::{Value, json};

/// The whole account, for programs.
pub(super) fn document(account: &Account<'_>) -> Value {
    let params = &account.fitted.params;
    let report = &account.fitted.report;
    json!({
        "schema": "packtwin.fit/1",
        "version": provenance::version(),
        "valid": true,
        "cell": {
            "name": params.name,
            "file": account.path,
            "chemistry": params.chemistry.name(),
            "capacity_ah": params.capacity_ah,
            "pairs": params.branches.len(),
        },
        "range": {
            "soc": pair(report.soc),
            "temperature_c": pair(report.temperature_c),
            "c_rate_charge": finite(report.c_rate.0),
            "c_rate_discharge": finite(report.c_rate.1),
        },
        "fitted": account.fitted_score().map(|it| score(&it)),
        "held_out": account.held_out_score().map(|it| score(&it)),
        "iterations": report.iterations,
        "records": report.records.iter().map(record).collect::<Vec<_>>(),
        "figures": report.figures.iter().map(figure).collect::<Vec<_>>(),
        "warnings": report.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "notes": account.notes,
    })
}

fn record(it: &RecordFit) -> Value {
    json!({
        "name": it.name,
        "kind": it.kind.to_string(),
        "temperature_c": finite(it.temperature_c),
        "capacity_ah": finite(it.capacity_ah),
        "soc_start": finite(it.soc_start),
        "fitted": it.fitted.as_ref().map(score),
        "held_out": it.held_out.as_ref().map(score),
        "counter_error": it.counter_error.map(finite),
    })
}

fn score(it: &Score) -> Value {
    json!({
        "rows": it.rows,
        "rmse_v": finite(it.rmse_v),
        "max_v": finite(it.max_v),
        "soc": pair(it.soc),
    })
}

fn figure(it: &Figure) -> Value {
    json!({
        "table": it.table,
        "soc": it.soc,
        "temperature_c": it.temperature_c,
        "value": finite(it.value),
        "low": finite(it.low),
        "high": finite(it.high),
        "unit": it.unit,
        "origin": origin(it.origin),
    })
}

/// What a figure rests on, in a word.
pub(super) fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Measured => "measured",
        Origin::Assumed => "assumed",
        Origin::Extrapolated => "extrapolated",
    }
}

/// JSON has no infinity.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn pair((low, high): (f64, f64)) -> [Option<f64>; 2] {
    [finite(low), finite(high)]
}

/// Every figure as a row of CSV.
pub(super) fn figures(account: &Account<'_>) -> Result<Vec<u8>, csv::Error> {
    let text = |value: Option<f64>| value.map(|it| it.to_string()).unwrap_or_default();
    let lines = account.fitted.report.figures.iter().map(|it| {
        let [value, low, high] = [it.value, it.low, it.high].map(|value| value.to_string());
        let (soc, celsius) = (text(it.soc), text(it.temperature_c));
        let (unit, origin) = (it.unit.to_owned(), origin(it.origin).to_owned());
        [it.table.clone(), soc, celsius, value, low, high, unit, origin]
    });
    let headings = ["table", "soc", "temperature_c", "value", "low", "high", "unit", "origin"];
    table(headings, lines)
}

/// The plotted points of every record as rows of CSV.
pub(super) fn residuals(account: &Account<'_>) -> Result<Vec<u8>, csv::Error> {
    let text = |value: f64| if value.is_nan() { String::new() } else { value.to_string() };
    let lines = account.records().iter().flat_map(|record| {
        record.trace.iter().map(move |it| {
            let numbers =
                [it.time_s, it.soc, it.current_a, it.measured_v, it.model_v, it.error_v()];
            let [time, soc, current, measured, model, error] = numbers.map(text);
            let (name, held_out) = (record.name.clone(), it.held_out.to_string());
            [name, time, soc, current, measured, model, error, held_out]
        })
    });
    let headings =
        ["record", "time_s", "soc", "current_a", "measured_v", "model_v", "error_v", "held_out"];
    table(headings, lines)
}
