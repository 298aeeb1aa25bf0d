//! Text in, checked cell out, or everything that is wrong with the text.

use super::section::{Section, Sink};
use super::tables::{self, MILLIOHM, MILLIVOLT, MILLIVOLT_PER_K, SECOND, VOLT};
use super::{Sheet, SheetError, parts, toml_hint};
use crate::cell::{Branch, CellParams};
use crate::hysteresis::Hysteresis;
use crate::table::{Curve, Ends, Map, Surface};
use std::ops::Range;
use toml::de::DeTable;

/// Where the parameters stand in the text, by the beginning of their path in [`CellParams`].
#[derive(Default)]
pub(super) struct Places(Vec<(String, Range<usize>)>);

impl Places {
    /// Remembers where a parameter, and what lies below it, stands.
    pub(super) fn add(&mut self, parameter: impl Into<String>, span: Range<usize>) {
        self.0.push((parameter.into(), span));
    }

    /// Where a parameter stands, by the longest beginning that is known.
    fn of(&self, parameter: &str) -> Range<usize> {
        let known = self.0.iter().filter(|(name, _)| parameter.starts_with(name.as_str()));
        known.max_by_key(|(name, _)| name.len()).map_or(0..0, |(_, span)| span.clone())
    }
}

/// Reads a cell file.
pub(super) fn read(text: &str) -> Result<Sheet, SheetError> {
    let sink = Sink::default();
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        sink.report(
            span,
            format!("not TOML: {}", error.message().trim()),
            "",
            toml_hint(error.message()),
        );
    }
    if !errors.is_empty() {
        // What was recovered from a broken text would only give misleading further problems.
        return Err(sink.into_error(text));
    }
    let mut places = Places::default();
    let file = Section::new("the file", document.get_ref(), 0..0, &sink);
    let sheet = read_file(&file, text, &mut places);
    file.finish();
    let Some(sheet) = sheet.filter(|_| sink.is_empty()) else { return Err(sink.into_error(text)) };
    if let Err(error) = sheet.cell.validate() {
        for fault in error.faults {
            let what = match fault.value.is_nan() {
                true => format!("{} does not fit", fault.parameter),
                false => format!("{} reads as {}", fault.parameter, fault.value),
            };
            sink.report(places.of(&fault.parameter), what, fault.allowed, "");
        }
        return Err(sink.into_error(text));
    }
    Ok(sheet)
}

/// Reads every part, so that all problems are found, and puts the cell together if all are there.
fn read_file(file: &Section<'_>, text: &str, places: &mut Places) -> Option<Sheet> {
    let head = file.section("cell").and_then(|section| parts::head(&section, places));
    let limits = parts::limits(file, places);
    let validated = parts::validated(file, places);
    let provenance = parts::provenance(file, text);
    let capacity_factor = parts::capacity_factor(file, places);
    let ocv = surface(file, "ocv", "ocv", VOLT, places);
    let entropic = entropic(file, places);
    let hysteresis = hysteresis(file, places);
    let r0 = r0(file, places);
    let branches = branches(file, places);
    let thermal = parts::thermal(file, places);
    let ageing = parts::ageing(file, text, places);
    let (head, thermal, provenance, (r0_charge, r0_discharge)) =
        (head?, thermal?, provenance?, r0?);
    let cell = CellParams {
        name: head.name,
        source: provenance.source,
        licence: provenance.licence,
        chemistry: head.chemistry,
        validated: validated?,
        limits: limits?,
        capacity_ah: head.capacity_ah,
        capacity_factor: capacity_factor?,
        coulombic_efficiency: head.coulombic_efficiency,
        self_discharge_per_s: head.self_discharge_per_s,
        self_discharge_doubling_k: head.self_discharge_doubling_k,
        leakage_ohm: head.leakage_ohm,
        ocv: ocv?,
        entropic_v_per_k: entropic?,
        hysteresis: hysteresis?,
        r0_charge,
        r0_discharge,
        branches: branches?,
        heat_capacity_j_k: thermal.heat_capacity_j_k,
        to_ambient_w_k: thermal.to_ambient_w_k,
        to_neighbour_w_k: thermal.to_neighbour_w_k,
        ageing: ageing?,
    };
    Some(Sheet { cell, provenance: provenance.others })
}

/// The rows `[[key]]` of a surface that must be there.
fn surface(
    section: &Section<'_>,
    key: &str,
    parameter: &str,
    unit: tables::Unit,
    places: &mut Places,
) -> Option<Surface> {
    section.required(key, &format!("[[{key}]]"))?;
    let rows = section.sections(key);
    places.add(parameter, rows.first().map_or(section.span.clone(), |row| row.span.clone()));
    let ends = if unit.key == VOLT.key { Ends::Extend } else { Ends::Hold };
    tables::surface(&rows, unit, ends)
}

fn entropic(file: &Section<'_>, places: &mut Places) -> Option<Surface> {
    if !file.has("entropic") {
        return Some(Surface::constant(0.0));
    }
    surface(file, "entropic", "entropic_v_per_k", MILLIVOLT_PER_K, places)
}

fn hysteresis(file: &Section<'_>, places: &mut Places) -> Option<Hysteresis> {
    if !file.has("hysteresis") {
        return Some(Hysteresis::none());
    }
    let section = file.section("hysteresis")?;
    places.add("hysteresis", section.span.clone());
    places.add("hysteresis.gamma", section.span_of("gamma"));
    let gamma = section.number("gamma", 0, "gamma = 30.0");
    let parameter = "hysteresis.half_width";
    let half_width = surface(&section, "half_width", parameter, MILLIVOLT, places);
    section.finish();
    Some(Hysteresis { half_width: half_width?, gamma: gamma? })
}

fn r0(file: &Section<'_>, places: &mut Places) -> Option<(Map, Map)> {
    let section = file.section("r0")?;
    places.add("r0", section.span.clone());
    let pair = both_ways(&section, &["r0_charge", "r0_discharge"], places);
    section.finish();
    pair
}

/// The resistances of both directions: `both`, or `charge` and `discharge`.
fn both_ways(
    section: &Section<'_>,
    parameters: &[&str; 2],
    places: &mut Places,
) -> Option<(Map, Map)> {
    let mut read = |key: &str, parameters: &[&str]| {
        let below = section.section(key)?;
        parameters.iter().for_each(|&parameter| places.add(parameter, below.span.clone()));
        tables::map(&below, MILLIOHM)
    };
    if section.has("both") {
        let map = read("both", parameters)?;
        return Some((map.clone(), map));
    }
    let charge = read("charge", &parameters[..1]);
    let discharge = read("discharge", &parameters[1..]);
    Some((charge?, discharge?))
}

fn branches(file: &Section<'_>, places: &mut Places) -> Option<Vec<Branch>> {
    let mut branches = Vec::new();
    places.add("branches", file.span_of("branch"));
    for (index, section) in file.sections("branch").iter().enumerate() {
        let name = format!("branches[{index}]");
        places.add(name.as_str(), section.span.clone());
        let (charge, discharge) = (format!("{name}.charge"), format!("{name}.discharge"));
        let pair = both_ways(section, &[&charge, &discharge], places);
        let tau = section.section("tau").and_then(|below| {
            places.add(format!("{name}.tau"), below.span.clone());
            tables::map(&below, SECOND)
        });
        section.finish();
        let pair = pair.zip(tau);
        branches.push(pair.map(|((charge, discharge), tau)| Branch { charge, discharge, tau }));
    }
    branches.into_iter().collect()
}

/// The usable share over temperature; 1 if it is not written.
pub(super) fn share(section: Option<Section<'_>>) -> Option<Curve> {
    let Some(section) = section else { return Some(Curve::constant(1.0)) };
    let unit = tables::Unit { key: "share", shift: 0 };
    let curve = tables::curve(&section, "temperature_c", unit, "", Ends::Hold);
    section.finish();
    curve
}
