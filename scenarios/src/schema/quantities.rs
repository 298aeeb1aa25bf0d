//! How quantities are written, as patterns for the schema.

use crate::quantity::Dimension;
use serde_json::{Value, json};

/// A quantity of a kind with every spelling of its units.
pub(super) fn written(dimension: Dimension) -> Value {
    if dimension == Dimension::Number {
        return json!({"description": "a number, such as 10", "type": "number"});
    }
    let units: Vec<_> = dimension.spellings().into_iter().map(spelt).collect();
    let part = format!(r"[0-9]*\.?[0-9]*\s*({})\s*", units.join("|"));
    let parts = if dimension == Dimension::Time { format!("({part})+") } else { part };
    let usual = dimension.usual_unit();
    json!({
        "description": format!("{} with its unit, such as \"10 {usual}\"", dimension.name()),
        "type": "string",
        "pattern": format!(r"^\s*[-+\u2212]?\s*{parts}$"),
    })
}

/// A unit as a pattern, with the signs that stand for its letters.
fn spelt(unit: &str) -> String {
    match unit {
        "degC" => r"degC|\u00b0C".to_owned(),
        unit if unit.starts_with('u') => format!(r"[u\u00b5\u03bc]{}", ohm(&unit[1..])),
        unit => ohm(unit),
    }
}

fn ohm(unit: &str) -> String {
    unit.replace("ohm", r"(ohm|\u03a9|\u2126)").replace("A\u{b2}s", r"A(2|\u00b2)s")
}

/// What a kind of quantity is called in the schema.
pub(super) fn name(dimension: Dimension) -> String {
    dimension.noun().replace(' ', "-")
}
