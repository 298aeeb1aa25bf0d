//! A life for machines: a CSV row per cycle, and one JSON document.

use super::Aged;
use crate::sheets::table;
use serde_json::{Value, json};
use sim::cycling::{Across, Life, Record};

/// Name and version of the document's form.
const SCHEMA: &str = "packtwin.age/1";

const COLUMNS: [&str; 16] = [
    "Cycle",
    "Time / s",
    "Throughput / EFC",
    "Capacity, Mean / %",
    "Capacity, Least / %",
    "Capacity, Most / %",
    "Resistance, Mean / %",
    "Resistance, Least / %",
    "Resistance, Most / %",
    "Discharged / Ah",
    "Temperature, Mean / degC",
    "Temperature, Coldest / degC",
    "Temperature, Hottest / degC",
    "Law, Capacity / %",
    "Law, Resistance / %",
    "Law At Ambient, Capacity / %",
];

/// Every cycle.
pub(super) fn csv(life: &Life) -> Result<Vec<u8>, csv::Error> {
    table(COLUMNS, life.records.iter().map(row))
}

fn row(record: &Record) -> [String; 16] {
    let percent = |share: f64| format!("{:.6}", 100.0 * share);
    let plain = |value: f64| format!("{value:.3}");
    let Record { capacity, resistance, temperature_c, .. } = *record;
    [
        record.cycle.to_string(),
        plain(record.time_s),
        plain(record.efc),
        percent(capacity.mean),
        percent(capacity.least),
        percent(capacity.most),
        percent(resistance.mean),
        percent(resistance.least),
        percent(resistance.most),
        plain(record.discharged_ah),
        plain(temperature_c.mean),
        plain(temperature_c.least),
        plain(temperature_c.most),
        percent(record.law_capacity),
        percent(record.law_resistance),
        percent(record.law_capacity_at_ambient),
    ]
}

/// The document: what was cycled, how it ended, and the records of the table.
pub(super) fn document(aged: &Aged<'_>) -> Value {
    let Aged { cell, cycling, life } = aged;
    json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "cell": cell,
        "source": cycling.params.source,
        "cells": cycling.cells,
        "c_rate": cycling.c_rate,
        "depth": cycling.depth,
        "ambient_c": cycling.ambient_c,
        "rest_s": cycling.rest_s,
        "capacity_spread": cycling.capacity_spread,
        "resistance_spread": cycling.resistance_spread,
        "seed": cycling.seed,
        "cycles": aged.last().cycle,
        "worn_after_cycles": aged.worn().map(|record| record.cycle),
        "law": life.sources,
        "beyond_the_law": aged.beyond(),
        "records": super::shown(&life.records).map(record).collect::<Vec<_>>(),
    })
}

fn record(it: &Record) -> Value {
    json!({
        "cycle": it.cycle,
        "time_s": it.time_s,
        "efc": it.efc,
        "capacity": across(it.capacity),
        "resistance": across(it.resistance),
        "discharged_ah": it.discharged_ah,
        "temperature_c": across(it.temperature_c),
        "law_capacity": it.law_capacity,
        "law_resistance": it.law_resistance,
        "law_capacity_at_ambient": it.law_capacity_at_ambient,
    })
}

fn across(it: Across) -> Value {
    json!({"mean": it.mean, "least": it.least, "most": it.most})
}
