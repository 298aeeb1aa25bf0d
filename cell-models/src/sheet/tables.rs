//! Reads curves, surfaces and maps out of their tables.

use super::section::Section;
use crate::table::{Curve, Ends, Joint, Map, Surface, TableError, TemperatureFactor};
use std::ops::Range;

/// Words for how points are joined.
pub(super) const JOINTS: [(&str, Joint); 2] =
    [("cubic", Joint::Cubic), ("linear", Joint::Straight)];
/// Words for what happens beyond the points.
pub(super) const BEYOND: [(&str, Ends); 2] = [("hold", Ends::Hold), ("extend", Ends::Extend)];

/// How a quantity is written: its key, which carries the unit, and the step of the decimal point.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    /// Name of the key.
    pub(super) key: &'static str,
    /// Power of ten from the written number to the SI unit.
    pub(super) shift: i32,
}

/// Volt.
pub(super) const VOLT: Unit = Unit { key: "v", shift: 0 };
/// Millivolt.
pub(super) const MILLIVOLT: Unit = Unit { key: "mv", shift: -3 };
/// Millivolt per kelvin.
pub(super) const MILLIVOLT_PER_K: Unit = Unit { key: "mv_per_k", shift: -3 };
/// Milliohm.
pub(super) const MILLIOHM: Unit = Unit { key: "mohm", shift: -3 };
/// Second.
pub(super) const SECOND: Unit = Unit { key: "s", shift: 0 };

/// Reports what makes no table, at the list that it concerns.
fn made<T>(made: Result<T, TableError>, section: &Section<'_>, span: Range<usize>) -> Option<T> {
    made.map_err(|error| {
        let expected = match error {
            TableError::NotRising { .. } => "positions that rise from point to point",
            TableError::NotPositive { .. } => "values above zero",
            TableError::Lengths { .. } => "as many positions as values",
            _ => "a table that can be read between its points",
        };
        let what = format!("{} makes no table: {error}", section.name);
        section.sink.report(span, what, expected, "points are counted from 0");
    })
    .ok()
}

/// A curve from a list of positions and one of values.
pub(super) fn curve(
    section: &Section<'_>,
    positions: &str,
    unit: Unit,
    prefix: &str,
    ends: Ends,
) -> Option<Curve> {
    let joint = section.choice_or(&format!("{prefix}interpolation"), &JOINTS, Joint::Cubic);
    let ends = section.choice_or(&format!("{prefix}beyond"), &BEYOND, ends);
    let values = section.numbers(unit.key, unit.shift, &format!("{} = [...]", unit.key));
    let lone = values.as_ref().is_some_and(|values| values.len() == 1);
    let at = if lone && !section.has(positions) {
        Some(vec![0.0])
    } else {
        section.numbers(positions, 0, &format!("{positions} = [...]"))
    };
    let curve = Curve::through(&at?, &values?, joint?, ends?);
    made(curve, section, section.span_of(positions))
}

/// A surface from its rows, `[[key]]`, one per temperature.
pub(super) fn surface(rows: &[Section<'_>], unit: Unit, ends: Ends) -> Option<Surface> {
    let mut read = Vec::new();
    for row in rows {
        let celsius = row.number_or("temperature_c", 0, crate::thermal::REFERENCE_C);
        read.push((celsius, curve(row, "soc", unit, "", ends)));
        row.finish();
    }
    let (mut temperatures_c, mut curves) = (Vec::new(), Vec::new());
    for (celsius, curve) in read {
        temperatures_c.push(celsius?);
        curves.push(curve?);
    }
    let first = rows.first()?;
    made(Surface::from_rows(&temperatures_c, curves), first, first.span.clone())
}

/// A map from its table: one value, base × shape × factor, or a grid.
pub(super) fn map(section: &Section<'_>, unit: Unit) -> Option<Map> {
    let base = format!("base_{}", unit.key);
    let read = if section.has(&base) {
        product(section, &base, unit.shift)
    } else if section.has("temperature_c") || section.has("soc") {
        grid(section, unit)
    } else {
        let example = format!("{} = 1.0", unit.key);
        section.number(unit.key, unit.shift, &example).map(Map::constant)
    };
    section.finish();
    read
}

fn product(section: &Section<'_>, base: &str, shift: i32) -> Option<Map> {
    let base = section.number(base, shift, "");
    let plain = Unit { key: "shape", shift: 0 };
    let shape = match section.has("shape") {
        true => curve(section, "shape_soc", plain, "shape_", Ends::Hold),
        false => Some(Curve::constant(1.0)),
    };
    let factor = match section.has("factor") {
        true => factor(section),
        false => Some(TemperatureFactor::none()),
    };
    Some(Map::product(base?, shape?, factor?))
}

fn factor(section: &Section<'_>) -> Option<TemperatureFactor> {
    let celsius = section.numbers("factor_temperature_c", 0, "factor_temperature_c = [...]");
    let factors = section.numbers("factor", 0, "");
    let factor = TemperatureFactor::new(&celsius?, &factors?);
    made(factor, section, section.span_of("factor"))
}

fn grid(section: &Section<'_>, unit: Unit) -> Option<Map> {
    let soc = section.numbers("soc", 0, "soc = [...]");
    let celsius = section.numbers("temperature_c", 0, "temperature_c = [...]");
    let rows = section.rows(unit.key, unit.shift, &format!("{} = [[...], [...]]", unit.key));
    let scale = section.number_or("scale", 0, 1.0);
    let map = Map::grid(&soc?, &celsius?, &rows?);
    Some(made(map, section, section.span_of(unit.key))?.scaled(scale?))
}
