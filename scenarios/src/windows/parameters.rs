//! Parameters by their names in files: their values for people, as times and as switches.

use crate::fields::{Field, Slot};
use bms_core::params::Params;
use bms_core::time::Duration;

/// The value of a parameter as people write it; a question mark if there is none of this name.
#[must_use]
pub fn shown(params: &Params, key: &str) -> String {
    let Some(field) = Field::find(key) else { return "?".to_owned() };
    let mut params = params.clone();
    let params = &mut params;
    match field.slot {
        Slot::Millivolts(at) => format!("{} mV", at(params).0),
        Slot::Microvolts(at) => format!("{} µV", at(params).0),
        Slot::Time(at) => time(at(params).as_micros()),
        Slot::Milliamps(at) => decimal(i64::from(at(params).0), 1_000, "A"),
        Slot::Degrees(at) => decimal(i64::from(at(params).0), 100, "°C"),
        Slot::Share(at) => decimal(i64::from(at(params).0), 100, "%"),
        Slot::Steps(at) => at(params).map(|step| decimal(i64::from(step.0), 100, "%")).join(", "),
        Slot::Switch(at) | Slot::BothMosfets(at) => at(params).to_string(),
        Slot::Count(at) => at(params).to_string(),
        Slot::NanoOhm(at) => decimal(i64::from(*at(params)), 1_000, "µohm"),
        Slot::Milliamphours(at) => decimal(i64::from(*at(params)), 1_000, "Ah"),
        Slot::Ctl(at) => format!("{:?}", at(params)),
    }
}

/// The value of a parameter in V, A, °C or s; none for what is no such quantity.
#[must_use]
pub fn value(params: &Params, key: &str) -> Option<f64> {
    let mut params = params.clone();
    let params = &mut params;
    Some(match Field::find(key)?.slot {
        Slot::Millivolts(at) => f64::from(at(params).0) * 1e-3,
        Slot::Microvolts(at) => f64::from(at(params).0) * 1e-6,
        Slot::Milliamps(at) => f64::from(at(params).0) * 1e-3,
        Slot::Degrees(at) => f64::from(at(params).0) * 1e-2,
        _ => return None,
    })
}

/// A parameter that is a time.
pub(super) fn duration(params: &Params, key: &str) -> Option<Duration> {
    match Field::find(key)?.slot {
        Slot::Time(at) => Some(*at(&mut params.clone())),
        _ => None,
    }
}

/// Whether a parameter that is a switch is on.
pub(super) fn is_on(params: &Params, key: &str) -> bool {
    match Field::find(key).map(|field| field.slot) {
        Some(Slot::Switch(at)) => *at(&mut params.clone()),
        _ => false,
    }
}

fn time(micros: u64) -> String {
    match micros {
        micros if micros % 1_000_000 == 0 => format!("{} s", micros / 1_000_000),
        micros if micros % 1_000 == 0 => format!("{} ms", micros / 1_000),
        micros => format!("{micros} µs"),
    }
}

/// A number of parts as a decimal without trailing zeros.
fn decimal(parts: i64, of: i64, unit: &str) -> String {
    let sign = if parts < 0 { "-" } else { "" };
    let (whole, rest) = (parts.abs() / of, parts.abs() % of);
    let digits = if of == 1_000 { 3 } else { 2 };
    match format!("{rest:0digits$}").trim_end_matches('0') {
        "" => format!("{sign}{whole} {unit}"),
        fraction => format!("{sign}{whole}.{fraction} {unit}"),
    }
}
