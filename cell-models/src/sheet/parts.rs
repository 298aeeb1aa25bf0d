//! Reads the plain parts of a cell file: head, limits, validated range, provenance, heat.

use super::read::{Places, share};
use super::section::Section;
use super::{FORMAT, MONTH_S};
use crate::ageing::Law;
use crate::cell::{CellLimits, Chemistry, ValidRange};
use crate::table::Curve;
use serde::{Deserialize, Serialize};
use toml::de::DeValue;

/// What stands in `[cell]`.
pub(super) struct Head {
    pub(super) name: String,
    pub(super) chemistry: Chemistry,
    pub(super) capacity_ah: f64,
    pub(super) coulombic_efficiency: f64,
    pub(super) self_discharge_per_s: f64,
    pub(super) self_discharge_doubling_k: f64,
    pub(super) leakage_ohm: f64,
}

/// What stands in `[thermal]`.
pub(super) struct Thermal {
    pub(super) heat_capacity_j_k: f64,
    pub(super) to_ambient_w_k: f64,
    pub(super) to_neighbour_w_k: f64,
}

/// A cell file of which only the law of ageing is looked at, whose coefficients have names of their
/// own and no units to move.
#[derive(Deserialize, Serialize)]
pub(super) struct Ageing {
    /// The law.
    pub(super) ageing: Law,
}

/// What stands in `[provenance]`.
pub(super) struct Provenance {
    pub(super) source: String,
    pub(super) licence: String,
    pub(super) others: Vec<(String, String)>,
}

/// Share of the capacity per second, from a percentage per mean month.
pub(super) fn per_second(percent_per_month: f64) -> f64 {
    percent_per_month / 100.0 / MONTH_S
}

pub(super) fn head(section: &Section<'_>, places: &mut Places) -> Option<Head> {
    check_format(section);
    for key in ["capacity_ah", "coulombic_efficiency", "self_discharge_doubling_k", "leakage_ohm"] {
        places.add(key, section.span_of(key));
    }
    let name = section.text("name", "name = \"my-cell\"");
    let chemistry = chemistry(section);
    let capacity_ah = section.number("capacity_ah", 0, "capacity_ah = 100.0");
    let coulombic_efficiency = section.number_or("coulombic_efficiency", 0, 1.0);
    let self_discharge_per_s = self_discharge(section, places);
    let self_discharge_doubling_k =
        section.number_or("self_discharge_doubling_k", 0, f64::INFINITY);
    let leakage_ohm = section.number_or("leakage_ohm", 0, f64::INFINITY);
    section.finish();
    Some(Head {
        name: name?.to_owned(),
        chemistry: chemistry?,
        capacity_ah: capacity_ah?,
        coulombic_efficiency: coulombic_efficiency?,
        self_discharge_per_s: self_discharge_per_s?,
        self_discharge_doubling_k: self_discharge_doubling_k?,
        leakage_ohm: leakage_ohm?,
    })
}

/// A file of another form is told before its keys confuse.
fn check_format(section: &Section<'_>) {
    let format = section.number_or("format", 0, f64::from(FORMAT));
    if format.is_some_and(|format| format.to_bits() != f64::from(FORMAT).to_bits()) {
        let expected = format!("`format = {FORMAT}`, the only form there is");
        section.sink.report(section.span_of("format"), "another form of cell file", expected, "");
    }
}

fn chemistry(section: &Section<'_>) -> Option<Chemistry> {
    let name = section.text("chemistry", "chemistry = \"LFP\"")?;
    let found = Chemistry::by_name(name);
    if found.is_none() {
        let known = Chemistry::ALL.map(Chemistry::name);
        section.unknown("`chemistry`", name, section.span_of("chemistry"), &known);
    }
    found
}

/// Self-discharge as a percentage per month, or per second where that is not exact.
fn self_discharge(section: &Section<'_>, places: &mut Places) -> Option<f64> {
    let (monthly, exact) = ("self_discharge_percent_per_month", "self_discharge_per_s");
    let key = if section.has(exact) { exact } else { monthly };
    places.add("self_discharge_per_s", section.span_of(key));
    if section.has(exact) && section.has(monthly) {
        let what = format!("`{exact}` and `{monthly}` say the same twice");
        section.sink.report(section.span_of(exact), what, "one of the two", "");
    }
    let value = section.number_or(key, 0, 0.0)?;
    Some(if key == exact { value } else { per_second(value) })
}

pub(super) fn limits(file: &Section<'_>, places: &mut Places) -> Option<CellLimits> {
    let none = CellLimits::none();
    let Some(section) = file.section_if_there("limits") else {
        return (!file.has("limits")).then_some(none);
    };
    places.add("limits", section.span.clone());
    for key in
        ["min_v", "max_charge_a", "max_discharge_a", "charge_c", "discharge_c", "runaway_onset_c"]
    {
        places.add(format!("limits.{key}"), section.span_of(key));
    }
    let max_v = section.number_or("max_v", 0, none.max_v);
    let min_v = section.number_or("min_v", 0, none.min_v);
    let max_charge_a = section.number_or("max_charge_a", 0, none.max_charge_a);
    let max_discharge_a = section.number_or("max_discharge_a", 0, none.max_discharge_a);
    let charge_c = section.range_or("charge_c", none.charge_c);
    let discharge_c = section.range_or("discharge_c", none.discharge_c);
    let runaway_onset_c = section.number_or("runaway_onset_c", 0, none.runaway_onset_c);
    section.finish();
    Some(CellLimits {
        max_v: max_v?,
        min_v: min_v?,
        max_charge_a: max_charge_a?,
        max_discharge_a: max_discharge_a?,
        charge_c: charge_c?,
        discharge_c: discharge_c?,
        runaway_onset_c: runaway_onset_c?,
    })
}

pub(super) fn validated(file: &Section<'_>, places: &mut Places) -> Option<ValidRange> {
    let section = file.section("validated")?;
    places.add("validated", section.span.clone());
    places.add("validated.soc", section.span_of("soc"));
    places.add("validated.temperature_c", section.span_of("temperature_c"));
    places.add("validated.c_rate charge", section.span_of("charge_c_rate"));
    places.add("validated.c_rate discharge", section.span_of("discharge_c_rate"));
    let soc = section.required("soc", "soc = [0.1, 0.9]");
    let soc = soc.and_then(|_| section.range_or("soc", (0.0, 0.0)));
    let celsius = section.required("temperature_c", "temperature_c = [0.0, 45.0]");
    let temperature_c = celsius.and_then(|_| section.range_or("temperature_c", (0.0, 0.0)));
    let charge = section.number("charge_c_rate", 0, "charge_c_rate = 1.0");
    let discharge = section.number("discharge_c_rate", 0, "discharge_c_rate = 1.0");
    let note = section.text("note", "note = \"what it was held against\"");
    section.finish();
    let c_rate = (charge?, discharge?);
    Some(ValidRange { soc: soc?, temperature_c: temperature_c?, c_rate, note: note?.to_owned() })
}

/// Source and licence, and whatever else is written there, kept as it is.
pub(super) fn provenance(file: &Section<'_>, text: &str) -> Option<Provenance> {
    let section = file.section("provenance")?;
    let source = section.text("source", "source = \"where the numbers come from\"");
    let licence = section.text("licence", "licence = \"CC BY 4.0\"");
    let mut others = Vec::new();
    for (key, value) in section.others() {
        let span = value.span();
        match value.get_ref() {
            DeValue::Table(_) if !text[span.clone()].starts_with('{') => {
                let what = format!("`{key}` is a table of its own");
                section.sink.report(span, what, "plain keys", "write it inside [provenance]");
            }
            _ => others.push((key, text[span].to_owned())),
        }
    }
    Some(Provenance { source: source?.to_owned(), licence: licence?.to_owned(), others })
}

pub(super) fn capacity_factor(file: &Section<'_>, places: &mut Places) -> Option<Curve> {
    let section = file.section_if_there("capacity_factor");
    if let Some(section) = &section {
        places.add("capacity_factor", section.span.clone());
    }
    if section.is_none() && file.has("capacity_factor") { None } else { share(section) }
}

pub(super) fn thermal(file: &Section<'_>, places: &mut Places) -> Option<Thermal> {
    let section = file.section("thermal")?;
    let mut read = |key: &str, example: &str| {
        places.add(key, section.span_of(key));
        section.number(key, 0, example)
    };
    let heat_capacity_j_k = read("heat_capacity_j_k", "heat_capacity_j_k = 2300.0");
    let to_ambient_w_k = read("to_ambient_w_k", "to_ambient_w_k = 0.2");
    let to_neighbour_w_k = read("to_neighbour_w_k", "to_neighbour_w_k = 0.4");
    section.finish();
    Some(Thermal {
        heat_capacity_j_k: heat_capacity_j_k?,
        to_ambient_w_k: to_ambient_w_k?,
        to_neighbour_w_k: to_neighbour_w_k?,
    })
}

/// The law of ageing; none if it is not written.
pub(super) fn ageing(file: &Section<'_>, text: &str, places: &mut Places) -> Option<Option<Law>> {
    let Some(value) = file.value("ageing") else { return Some(None) };
    places.add("ageing", value.span());
    match toml::from_str::<Ageing>(text) {
        Ok(read) => Some(Some(read.ageing)),
        Err(error) => {
            let span = error.span().unwrap_or(value.span());
            let what = format!("[ageing]: {}", error.message().trim());
            let hint = "a law without coefficients takes the published ones";
            file.sink.report(span, what, "the law and coefficients of docs/physics.md", hint);
            None
        }
    }
}
