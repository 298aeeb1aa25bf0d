//! The table of rules against the catalogue and the products, and the windows that follow.

use super::rules::{self, Rule};
use super::{Circumstances, Unruled, of, shown};
use crate::expect::{EventPattern, Origin, Window};
use crate::{names, product, requirements};
use bms_core::protect::Reasons;
use bms_core::time::Duration;
use sim::setup::Tolerance;
use sim::time::{SimTime, Span};

const ENTERS: EventPattern = EventPattern::Protection(Reasons::OVER_VOLTAGE, true);

/// The window on a product with forced values, after a change of its parameters.
fn window_of(
    id: &str,
    event: Option<&EventPattern>,
    product: &str,
    tolerance: Tolerance,
    change: fn(&mut bms_core::params::Params),
) -> Result<(EventPattern, Window), Unruled> {
    let mut product = product::load(product).unwrap();
    change(&mut product.params);
    let here =
        Circumstances { params: &product.params, board: &product.board, forced: true, tolerance };
    of(&[id.to_owned()], event, &here)
}

fn nominal(id: &str, event: Option<&EventPattern>, product: &str) -> (EventPattern, Window) {
    window_of(id, event, product, Tolerance::Nominal, |_| ()).unwrap()
}

fn keys(rule: &Rule) -> impl Iterator<Item = &String> {
    [&rule.threshold, &rule.delay, &rule.load_delay, &rule.load_if, &rule.only_if]
        .into_iter()
        .flatten()
        .chain(&rule.assumed)
}

#[test]
fn every_rule_names_what_exists() {
    let events = names::events();
    let known = |name: &String| events.iter().any(|(event, _)| event == name);
    for rule in rules::all() {
        for id in rule.requirements.iter().chain(&rule.printed_in) {
            assert!(requirements::find(id).is_some(), "{id}");
        }
        for name in rule.events.iter().chain(&rule.after) {
            assert!(known(name), "{:?} knows no {name}", rule.requirements);
        }
        let params = product::load("ps-15016").unwrap().params;
        for key in keys(rule) {
            assert_ne!(shown(&params, key), "?", "{:?} knows no {key}", rule.requirements);
        }
        assert_eq!(rule.protection.is_some(), rule.reason().is_some(), "{:?}", rule.protection);
        assert!(crate::tolerance::Class::find(&rule.tolerance).is_some(), "{}", rule.tolerance);
    }
}

/// The spellings of a value that the catalogue uses.
fn spellings(value: &str) -> Vec<String> {
    let plain = value.replace("°C", "").trim().replace('-', "−");
    let mut all = vec![plain.clone(), plain.replace(" %", "")];
    if let Some(seconds) = plain.strip_suffix(" s").and_then(|it| it.parse::<u64>().ok()) {
        all.push(format!("{} ms", seconds * 1_000));
    }
    all
}

/// Every number of a rule stands in the catalogue's own values, for both products, or is marked as
/// assumed and then names its note in the product.
#[test]
fn the_parameters_of_every_rule_are_those_that_the_catalogue_prints() {
    let mut compared = 0;
    for (name, other) in [("ps-15016", "PS200-"), ("ps-20016s", "PS150-")] {
        let product = product::load(name).unwrap();
        for rule in rules::all() {
            let ids = rule.requirements.iter().chain(&rule.printed_in);
            let printed: Vec<_> = ids
                .filter(|id| !id.starts_with(other))
                .map(|id| requirements::find(id).unwrap().values.as_str())
                .collect();
            for key in [&rule.threshold, &rule.delay, &rule.load_delay].into_iter().flatten() {
                if rule.assumed.contains(key) {
                    let notes = &product.requirements[key];
                    assert!(!notes.is_empty(), "{key} is assumed without a note");
                    continue;
                }
                let value = shown(&product.params, key);
                let found =
                    spellings(&value).iter().any(|it| printed.iter().any(|text| text.contains(it)));
                // The general rule says "per variant" where the variant's row prints it.
                assert!(
                    found,
                    "{name}: {key} = {value} is not in {printed:?} of {:?}",
                    rule.requirements
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 80, "{compared} values were compared");
}

/// PS150-OV-1 and PS200-OV-1: delays of 1 s and 4 s, two samples late at most.
#[test]
fn a_requirement_alone_gives_event_delay_and_tolerance_of_its_product() {
    for (id, product, seconds) in [("PS150-OV-1", "ps-15016", 1), ("PS200-OV-1", "ps-20016s", 4)] {
        let (event, window) = nominal(id, None, product);
        assert_eq!(event, ENTERS);
        assert_eq!(window.at, SimTime::from_secs(seconds));
        assert_eq!((window.early, window.late), (Span(0), Span::from_millis(200)));
        let cause = window.cause.unwrap();
        assert_eq!(cause.requirement, id);
        assert_eq!(cause.needs[0].origin, Origin::Violation(Reasons::OVER_VOLTAGE));
        assert!(cause.words.contains("voltage.cell_ov = 3750 mV"), "{}", cause.words);
    }
}

#[test]
fn overrides_of_the_scenario_move_the_window() {
    let change = |params: &mut bms_core::params::Params| {
        params.voltage.over_delay = Duration::from_secs(2);
    };
    let (_, window) =
        window_of("PS150-OV-1", None, "ps-15016", Tolerance::Nominal, change).unwrap();
    assert_eq!(window.at, SimTime::from_secs(2));
}

/// PS150-SCP-1: 192 µs and one tick of 64 µs; PS200-SCP-1: 320 µs.
#[test]
fn a_short_circuit_has_one_tick_of_the_comparator() {
    for (id, product, micros) in
        [("PS150-SCP-1", "ps-15016", 192), ("PS200-SCP-1", "ps-20016s", 320)]
    {
        let (_, window) = nominal(id, None, product);
        assert_eq!(window.at, SimTime::from_micros(micros));
        assert_eq!((window.early, window.late), (Span(0), Span::from_micros(64)));
    }
}

/// 0.95 · 4 s to 1.05 · 4 s for the first stage of the comparators (SH367309 datasheet V1.2), and
/// 1.5 ms until the firmware has read the alarm.
#[test]
fn a_datasheet_chip_widens_the_window_by_its_clock_and_its_levels() {
    let (_, window) =
        window_of("PS-DOC-3", None, "ps-15016", Tolerance::Datasheet, |_| ()).unwrap();
    assert_eq!(window.at, SimTime::from_secs(4));
    assert_eq!((window.early, window.late), (Span::from_millis(200), Span::from_micros(201_500)));
    let reach = window.cause.unwrap().reach.unwrap();
    // 30 mV ± 10 mV on 166.667 µΩ, and 1 % of the shunt.
    assert!((reach.level + 180.0).abs() < 0.01 && !reach.rising, "{reach:?}");
    assert!((reach.beyond - 61.8).abs() < 0.01, "{reach:?}");
}

#[test]
fn the_parts_of_every_window_add_up() {
    for tolerance in [Tolerance::Nominal, Tolerance::Datasheet] {
        for rule in rules::all() {
            let product =
                if rule.requirements[0].starts_with("PS200") { "ps-20016s" } else { "ps-15016" };
            let all_on = |params: &mut bms_core::params::Params| {
                params.limiter.fitted = true;
                params.system.low_voltage_prohibit = true;
            };
            let id = &rule.requirements[0];
            let (event, window) = window_of(id, None, product, tolerance, all_on).unwrap();
            let late: u64 = window.budget.iter().map(|part| part.late.0).sum();
            let early: u64 = window.budget.iter().map(|part| part.early.0).sum();
            assert_eq!((window.early.0, window.late.0), (early, late), "{id} {event:?}");
            assert!(late > 0, "{id}: nothing is exact");
        }
    }
}

#[test]
fn what_is_switched_off_sets_no_time_and_what_has_no_rule_none_either() {
    let limiter = window_of("PS-LIM-1", None, "ps-15016", Tolerance::Nominal, |_| ());
    let expected = Unruled::SwitchedOff {
        requirement: "PS-LIM-1".to_owned(),
        parameter: "limiter.fitted".to_owned(),
    };
    assert_eq!(limiter.unwrap_err(), expected);
    let none = window_of("PS-GEN-1", None, "ps-15016", Tolerance::Nominal, |_| ());
    assert_eq!(none.unwrap_err(), Unruled::NoRule);
}

#[test]
fn a_gate_that_falls_slowly_is_counted_in() {
    let product = product::load("ps-15016").unwrap();
    let here = Circumstances {
        params: &product.params,
        board: &product.board,
        forced: false,
        tolerance: Tolerance::Nominal,
    };
    let off = EventPattern::Switched(sim::trace::Switch::Charge, false);
    let (_, window) = of(&["PS-OV-1".to_owned()], Some(&off), &here).unwrap();
    assert_eq!(window.at.0, 1_000_000_000 + product.board.charge_fall.0);
    assert!(product.board.charge_fall.0 > 0);
}

#[test]
fn values_are_shown_with_the_unit_that_files_use_and_may_be_written_so() {
    let params = product::load("ps-15016").unwrap().params;
    let value = |key| shown(&params, key);
    assert_eq!(value("voltage.cell_ov"), "3750 mV");
    assert_eq!(value("current.afe.short_circuit_delay"), "192 µs");
    assert_eq!(value("current.mcu.discharge_oc"), "155 A");
    assert_eq!(value("temperature.cell.discharge_low"), "-5 °C");
    assert_eq!(value("system.load_release_delay"), "2 s");
    assert_eq!(value("nothing"), "?");
    use crate::quantity::{Dimension, Quantity};
    for (key, dimension) in [
        ("current.afe.short_circuit_delay", Dimension::Time),
        ("temperature.cell.discharge_low", Dimension::Temperature),
    ] {
        assert!(Quantity::parse(&value(key), dimension).is_ok(), "{key}");
    }
}
