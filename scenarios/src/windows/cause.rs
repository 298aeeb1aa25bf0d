//! From a rule to the cause that its window counts from.

use super::Circumstances;
use super::parameters;
use super::rules::{Needed, Rule};
use crate::expect::{Cause, EventPattern, Need, Origin, Reach, Signal};
use crate::names;
use bms_core::params::Params;
use bms_core::protect::Reasons;
use sim::setup::Tolerance;
use sim::time::Span;
use sim::trace::MarkKind;

/// A count of a cell reading, V (SH367309 datasheet V1.2, p. 77).
const COUNT_V: f64 = 0.000_625;
/// Error of a cell reading, V (SH367309 datasheet V1.2, p. 77).
const CELL_V: f64 = 0.005;
/// Error of the chip's own voltage levels, V (p. 77).
const LEVEL_V: f64 = 0.025;
/// Error of the fast current at the shunt, V (p. 77).
const SHUNT_V: f64 = 150e-6;
/// Error of a comparator's level below 100 mV, V; from there a tenth (p. 78).
const COMPARATOR_V: f64 = 0.010;
/// Error of the shunt's resistance, a share: class of four-terminal shunts.
const SHUNT: f64 = 0.01;
/// Error of a temperature, °C: 6 % of a thermistor's resistance are 2 °C at 65 °C (p. 77).
const SENSOR_C: f64 = 2.0;

/// The cause that a rule names for one of its events.
pub(super) fn of(id: &str, rule: &Rule, event: &EventPattern, here: &Circumstances<'_>) -> Cause {
    let needs: Vec<_> = rule.needs.iter().filter_map(|it| need(*it, rule, here.params)).collect();
    let words: Vec<_> = rule
        .needs
        .iter()
        .filter(|needed| need(**needed, rule, here.params).is_some())
        .map(|needed| words(*needed, rule, here.params))
        .collect();
    let reach = reach(rule, event, here);
    Cause { requirement: id.to_owned(), words: words.join(", and "), needs, reach }
}

fn need(needed: Needed, rule: &Rule, params: &Params) -> Option<Need> {
    let reason = rule.reason();
    let mark = |kind| Origin::Mark(kind, reason);
    let mut delay = Span(0);
    let origin = match needed {
        Needed::Limit => Origin::Violation(reason?),
        Needed::Level => mark(MarkKind::Released(reason?)),
        Needed::LoadGone => {
            if rule.load_if.as_deref().is_some_and(|key| !parameters::is_on(params, key)) {
                return None;
            }
            let key = rule.load_delay.as_deref();
            let wait = key.and_then(|key| parameters::duration(params, key));
            delay = wait.map_or(Span(0), Span::from);
            mark(MarkKind::LoadGone)
        }
        Needed::Discharging => mark(MarkKind::Discharging),
        Needed::Charging => mark(MarkKind::Charging),
        Needed::LimiterDue => mark(MarkKind::LimiterDue),
        Needed::Unbalanced => mark(MarkKind::Unbalanced),
        Needed::Balanced => mark(MarkKind::Balanced),
        Needed::After => Origin::Event(events(rule)),
    };
    Some(Need { origin, delay })
}

fn events(rule: &Rule) -> Vec<EventPattern> {
    let known = names::events();
    let find = |name: &String| known.iter().find(|(other, _)| other == name);
    rule.after.iter().filter_map(find).map(|(_, event)| event.clone()).collect()
}

fn words(needed: Needed, rule: &Rule, params: &Params) -> String {
    let protection = rule.protection.as_deref().unwrap_or_default();
    let with = |key: &Option<String>| {
        let value = |key: &String| format!(" {key} = {}", parameters::shown(params, key));
        key.as_ref().map(value).unwrap_or_default()
    };
    match needed {
        Needed::Limit if rule.threshold.is_none() => format!("the input of {protection}"),
        Needed::Limit => format!("the limit of {protection} is reached,{}", with(&rule.threshold)),
        Needed::Level => format!("back at the release of {protection},{}", with(&rule.threshold)),
        Needed::LoadGone => format!("the load is gone for{}", with(&rule.load_delay)),
        Needed::Discharging => format!("discharge current flows,{}", with(&rule.threshold)),
        Needed::Charging => format!("charge current flows,{}", with(&rule.threshold)),
        Needed::LimiterDue => format!("the charge current reaches{}", with(&rule.threshold)),
        Needed::Unbalanced => format!("the cells are further apart than{}", with(&rule.threshold)),
        Needed::Balanced => format!("the cells are no further apart than{}", with(&rule.threshold)),
        Needed::After => rule.after.join(" or "),
    }
}

/// The level that the true quantity must reach, and how far off it may be.
fn reach(rule: &Rule, event: &EventPattern, here: &Circumstances<'_>) -> Option<Reach> {
    let limit = rule.needs.contains(&Needed::Limit);
    if !limit && !rule.needs.contains(&Needed::Level) {
        return None;
    }
    let level = parameters::value(here.params, rule.threshold.as_deref()?)?;
    let reason = rule.reason()?;
    let (signal, danger_above) = quantity(reason)?;
    let shunt = f64::from(here.params.shunt_nano_ohm) * 1e-9;
    let comparator = Reasons::SHORT_CIRCUIT
        | Reasons::AFE_CHARGE_OC
        | Reasons::AFE_DISCHARGE_OC1
        | Reasons::AFE_DISCHARGE_OC2;
    let (level, error) = match signal {
        Signal::Current if comparator.contains(reason) => {
            let amps = level / shunt;
            let own = if level < 0.1 { COMPARATOR_V } else { level / 10.0 };
            (amps, own / shunt + amps * SHUNT)
        }
        Signal::Current => (level, SHUNT_V / shunt + level * SHUNT),
        Signal::CellMax | Signal::CellMin => {
            // A switch may be opened by the chip itself, by its own level.
            let own = matches!(event, EventPattern::Protection(..));
            (level, if own { CELL_V } else { LEVEL_V })
        }
        _ => (level, SENSOR_C),
    };
    // Discharge current is negative.
    let negative = signal == Signal::Current && !danger_above;
    let level = if negative { -level } else { level };
    let rising = danger_above == limit;
    if here.tolerance == Tolerance::Nominal {
        // A reading is cut to whole counts: what falls is seen up to a count early. The family's
        // levels are whole counts, so what rises is seen in time.
        let falls = matches!(signal, Signal::CellMax | Signal::CellMin) && !rising;
        return falls.then_some(Reach { signal, level, before: COUNT_V, beyond: 0.0, rising });
    }
    Some(Reach { signal, level, before: error, beyond: error, rising })
}

/// What a protection watches, and whether the danger lies above its limit.
pub(super) fn quantity(reason: Reasons) -> Option<(Signal, bool)> {
    Some(match reason {
        Reasons::OVER_VOLTAGE | Reasons::ABNORMAL_HIGH_VOLTAGE => (Signal::CellMax, true),
        Reasons::UNDER_VOLTAGE | Reasons::LOW_VOLTAGE_PROHIBIT => (Signal::CellMin, false),
        Reasons::CHARGE_OC | Reasons::AFE_CHARGE_OC => (Signal::Current, true),
        Reasons::DISCHARGE_OC
        | Reasons::AFE_DISCHARGE_OC1
        | Reasons::AFE_DISCHARGE_OC2
        | Reasons::SHORT_CIRCUIT => (Signal::Current, false),
        Reasons::CELL_CHARGE_HOT | Reasons::CELL_DISCHARGE_HOT => (Signal::CellHottest, true),
        Reasons::CELL_CHARGE_COLD | Reasons::CELL_DISCHARGE_COLD => (Signal::CellColdest, false),
        Reasons::MOS_CHARGE_HOT | Reasons::MOS_DISCHARGE_HOT => (Signal::MosHottest, true),
        Reasons::MOS_CHARGE_COLD | Reasons::MOS_DISCHARGE_COLD => (Signal::MosColdest, false),
        _ => return None,
    })
}
