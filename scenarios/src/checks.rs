//! What the firmware and the front-end chip refuse about a parameter set, as problems of a file.

use crate::diagnostics::Problem;
use crate::fields::Field;
use crate::section::{Leaf, Section};
use bms_core::drivers::sh367309::{EepromImage, Unrepresentable};
use bms_core::params::{ParamProblem, Params};
use std::collections::BTreeSet;
use toml::Spanned;

/// A refused parameter, or two in the wrong order, by their names in files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    /// The first must be greater than the second.
    Order(String, String),
    /// One value, with what is wrong with it and what would be right.
    Value { key: String, title: String, help: String },
}

/// Everything that the firmware or the chip refuses.
pub(crate) fn refusals(params: &Params) -> BTreeSet<Refusal> {
    let firmware = params.problems();
    let firmware = firmware.iter().map(|problem| match problem {
        ParamProblem::Order { upper, lower } => Refusal::Order(key(upper), key(lower)),
        ParamProblem::Range { field, min, max } => Refusal::Value {
            title: format!("the firmware cannot work with this `{}`", key(field)),
            help: format!("from {min} to {max}, counted in the firmware's unit"),
            key: key(field),
        },
        other => Refusal::Value {
            key: String::new(),
            title: other.to_string(),
            help: "change the parameter".to_owned(),
        },
    });
    firmware.chain(EepromImage::refusals(params).map(|refusal| of_chip(&refusal))).collect()
}

fn of_chip(refusal: &Unrepresentable) -> Refusal {
    match refusal {
        Unrepresentable::Order { upper, lower } => Refusal::Order(key(upper.0), key(lower.0)),
        Unrepresentable::Value { field, .. } => {
            let words = refusal.to_string();
            let help = words.split_once("; ").map_or("", |(_, help)| help);
            Refusal::Value {
                title: format!("the SH367309 cannot be set to this `{}`", key(field)),
                help: help.to_owned(),
                key: key(field),
            }
        }
    }
}

/// Reports every refusal at the override that caused it, or at the scenario.
pub(crate) fn report(params: &Params, leaves: &[Leaf<'_>], body: &Section<'_>) {
    let place = |key: &str| leaves.iter().rev().find(|leaf| leaf.name == key);
    for refusal in refusals(params) {
        let problem = match &refusal {
            Refusal::Order(upper, lower) => {
                disorder(upper, lower, place(upper), place(lower), body)
            }
            Refusal::Value { key, title, help } => {
                let span = place(key).map_or(body.span.clone(), |leaf| leaf.value.span());
                Problem::new(title.as_str(), span).label("not possible").help(help.as_str())
            }
        };
        body.sink.report(problem);
    }
}

fn disorder(
    upper: &str,
    lower: &str,
    upper_leaf: Option<&Leaf<'_>>,
    lower_leaf: Option<&Leaf<'_>>,
    body: &Section<'_>,
) -> Problem {
    let span = |leaf: &Leaf<'_>| Spanned::span(leaf.value);
    let title = format!("`{lower}` must lie below `{upper}`");
    match (upper_leaf, lower_leaf) {
        (Some(upper), Some(lower)) => {
            Problem::new(title, span(lower)).label("too high").other(span(upper), "for this")
        }
        (None, Some(leaf)) => {
            Problem::new(title, span(leaf)).label(format!("too high for the product's `{upper}`"))
        }
        (Some(leaf), None) => {
            Problem::new(title, span(leaf)).label(format!("too low for the product's `{lower}`"))
        }
        (None, None) => Problem::new(title, body.span.clone()),
    }
}

/// Units at the ends of the names that firmware and driver use; in files the value carries its
/// unit.
const UNITS: &[&str] =
    &["_mv", "_uv", "_a", "_ma", "_s", "_ms", "_us", "_c", "_pct", "_ah", "_uohm"];

/// Assumptions, which stand beside what they belong to in files.
const ASSUMED: &[(&str, &str)] = &[
    ("pack.series_default", "pack.series"),
    ("assumed.shunt", "pack.shunt"),
    ("assumed.confirm_samples", "system.confirm_samples"),
    ("assumed.precharge_done", "precharge.done"),
    ("assumed.precharge_timeout", "precharge.timeout"),
    ("assumed.mos_fault_current", "mos_fault.current"),
    ("assumed.mos_fault_time", "mos_fault.time"),
    ("assumed.mos_fault_drop", "mos_fault.drop"),
    ("assumed.soc_led_steps", "leds.soc_steps"),
    ("assumed.abnormal_high_release", "voltage.abnormal_high_release"),
    ("assumed.low_voltage_prohibit_release", "voltage.low_voltage_prohibit_release"),
    ("assumed.low_voltage_prohibit_delay", "voltage.low_voltage_prohibit_delay"),
    ("assumed.limiter_output", "limiter.output"),
    ("assumed.passive_adjacent", "balance.passive_adjacent"),
];

/// The name in files of a parameter that firmware or driver call `name`.
fn key(name: &str) -> String {
    let bare = UNITS.iter().find_map(|unit| name.strip_suffix(unit)).unwrap_or(name);
    let moved = ASSUMED.iter().find(|(from, _)| *from == bare || *from == name);
    let key = moved.map_or(bare, |(_, to)| to);
    if Field::find(key).is_some() { key.to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bms_core::time::Duration;
    use bms_core::units::Millivolts;

    fn params() -> Params {
        crate::product::load("ps-15016").unwrap().params
    }

    #[test]
    fn nothing_about_the_products_is_refused() {
        for product in crate::product::names() {
            assert_eq!(
                refusals(&crate::product::load(product).unwrap().params),
                BTreeSet::new(),
                "{product}"
            );
        }
    }

    #[test]
    fn a_release_at_its_trip_is_refused_by_the_names_in_files() {
        let mut params = params();
        params.voltage.over_release = Millivolts(3_750);
        let order =
            Refusal::Order("voltage.cell_ov".to_owned(), "voltage.cell_ov_release".to_owned());
        assert!(refusals(&params).contains(&order), "{:?}", refusals(&params));
    }

    #[test]
    fn a_delay_between_two_ticks_is_refused_with_both_neighbours() {
        let mut params = params();
        params.afe_current.short_circuit_delay = Duration::from_micros(200);
        let refusals: Vec<_> = refusals(&params).into_iter().collect();
        let [Refusal::Value { key, help, .. }] = &refusals[..] else {
            panic!("one parameter is refused: {refusals:?}")
        };
        assert_eq!(key, "current.afe.short_circuit_delay");
        assert!(help.contains("192") && help.contains("256"), "{help}");
    }
}
