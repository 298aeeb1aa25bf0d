//! Every rule of the judge, on both sides of its edge: a check that cannot fail checks nothing.

use super::*;
use crate::trace::Switch;
use bms_core::indicate::Leds;

#[path = "../../../bms-core/tests/common/samples.rs"]
mod samples;

fn oracle() -> Oracle {
    Oracle::new(&samples::ps_20016s())
}

fn told(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event.kind, EventKind::Broken(_))).count()
}

/// A pack in standby with these protections in force and the LEDs that belong to them.
fn standby(active: Reasons) -> Decision {
    let alarm = if active.is_empty() { Led::Off } else { Led::On };
    let leds = Leds { soc: [Led::On; 4], alarm, run: Led::Flash };
    Decision { mode: Mode::Standby, active, leds, ..Decision::default() }
}

/// The watchdog's 4 s and what its chip may be late: 4.5 s.
#[test]
fn a_switch_that_nobody_can_open_is_told_after_four_and_a_half_seconds() {
    let told_at = |disturbed: bool, millis: u64| {
        let (mut oracle, mut events) = (oracle(), Vec::new());
        if disturbed {
            oracle.disturb(None);
        }
        for at in [0, millis] {
            let now = SimTime::from_millis(at);
            let decision = standby(Reasons::FRONT_END);
            oracle.check_switches(now, DISCHARGE, &decision, 0.0, &mut events);
        }
        told(&events)
    };
    assert_eq!([told_at(true, 4_500), told_at(true, 4_501)], [0, 1]);
    assert_eq!(told_at(false, 0), 1);
}

#[test]
fn patience_ends_four_and_a_half_seconds_after_the_fault() {
    let told_at = |millis: u64| {
        let (mut oracle, mut events) = (oracle(), Vec::new());
        oracle.disturb(Some(SimTime::from_secs(1)));
        let now = SimTime::from_millis(millis);
        let decision = standby(Reasons::FRONT_END);
        oracle.check_switches(now, DISCHARGE, &decision, 0.0, &mut events);
        told(&events)
    };
    assert_eq!([told_at(5_499), told_at(5_500)], [0, 1]);
}

fn broken(drivers: Drivers, decision: &Decision, current: f64) -> bool {
    let mut events = Vec::new();
    oracle().check_switches(SimTime::ZERO, drivers, decision, current, &mut events);
    told(&events) > 0
}

const CHARGE: Drivers = Drivers { charge: true, discharge: false, precharge: false };
const DISCHARGE: Drivers = Drivers { charge: false, discharge: true, precharge: false };
const NEITHER: Drivers = Drivers { charge: false, discharge: false, precharge: false };

/// Which MOSFET each protection must open, typed from the requirements: charge, discharge.
const OPENS: [(Reasons, bool, bool); 24] = [
    (Reasons::OVER_VOLTAGE, true, false),          // PS-OV-1
    (Reasons::ABNORMAL_HIGH_VOLTAGE, true, false), // PS-AHV-1
    (Reasons::UNDER_VOLTAGE, false, true),         // PS-UV-5
    (Reasons::LOW_VOLTAGE_PROHIBIT, true, false),  // PS-LVC-1
    (Reasons::CHARGE_OC, true, false),             // PS-COC-1
    (Reasons::DISCHARGE_OC, false, true),          // PS-DOC-1
    (Reasons::AFE_CHARGE_OC, true, true),          // PS-OCM-1
    (Reasons::AFE_DISCHARGE_OC1, true, true),      // PS-OCM-1
    (Reasons::AFE_DISCHARGE_OC2, true, true),      // PS-OCM-1
    (Reasons::SHORT_CIRCUIT, true, true),          // PS-SCP-1
    (Reasons::CELL_CHARGE_HOT, true, false),       // PS-TMP-1
    (Reasons::CELL_CHARGE_COLD, true, false),      // PS-TMP-2
    (Reasons::CELL_DISCHARGE_HOT, false, true),    // PS-TMP-3
    (Reasons::CELL_DISCHARGE_COLD, false, true),   // PS-TMP-4
    (Reasons::MOS_CHARGE_HOT, true, false),        // PS-TMP-1
    (Reasons::MOS_CHARGE_COLD, true, false),       // PS-TMP-2
    (Reasons::MOS_DISCHARGE_HOT, false, true),     // PS-TMP-3
    (Reasons::MOS_DISCHARGE_COLD, false, true),    // PS-TMP-4
    (Reasons::EMERGENCY_STOP, true, true),         // PS-RPS-1
    (Reasons::CHARGE_MOS_FAULT, true, false),      // PS-MOS-3
    (Reasons::DISCHARGE_MOS_FAULT, false, true),   // PS-MOS-3
    (Reasons::FRONT_END, true, true),
    (Reasons::SENSOR, true, true),
    (Reasons::empty(), false, false),
];

#[test]
fn a_mosfet_driven_against_a_protection_is_told() {
    for (reason, charge, discharge) in OPENS {
        let decision = standby(reason);
        assert_eq!(broken(CHARGE, &decision, 0.0), charge, "{reason:?}");
        assert_eq!(broken(DISCHARGE, &decision, 0.0), discharge, "{reason:?}");
        assert!(!broken(NEITHER, &decision, 0.0), "{reason:?}");
    }
}

/// PS-MOS-1: the charge MOSFET may spare its body diode, but only while discharge flows.
#[test]
fn a_recovering_charge_mosfet_is_allowed_while_discharging() {
    assert!(!broken(CHARGE, &standby(Reasons::CELL_CHARGE_COLD), -1.0));
    assert!(broken(CHARGE, &standby(Reasons::CELL_CHARGE_COLD), 1.0));
    assert!(broken(CHARGE, &standby(Reasons::CHARGE_OC), -1.0), "not a reason to spare");
}

#[test]
fn a_pack_that_is_off_drives_and_shows_nothing() {
    let off = Decision::default();
    assert!(!broken(NEITHER, &off, 0.0));
    assert!(broken(DISCHARGE, &off, 0.0));
    let lit = Leds { run: Led::Flash, ..Leds::default() };
    assert!(broken(NEITHER, &Decision { leds: lit, ..off }, 0.0));
}

#[test]
fn leds_that_disagree_with_the_protections_are_told() {
    let quiet = standby(Reasons::empty());
    let leds = |change: fn(&mut Leds)| {
        let mut leds = quiet.leds;
        change(&mut leds);
        broken(NEITHER, &Decision { leds, ..quiet }, 0.0)
    };
    assert!(!leds(|_| ()));
    assert!(leds(|leds| leds.run = Led::Off));
    assert!(leds(|leds| leds.alarm = Led::On));
    let mut over = standby(Reasons::OVER_VOLTAGE);
    assert!(!broken(NEITHER, &over, 0.0));
    over.leds.soc[3] = Led::Off;
    assert!(broken(NEITHER, &over, 0.0), "PS-LED-5");
}

const CHARGE_DRIVER: Output = Output::Switch(Switch::Charge);

/// The rules that were told of.
fn rules(events: &[Event]) -> Vec<Rule> {
    let of = |event: &Event| match &event.kind {
        EventKind::Broken(what) => Rule::of(what),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

#[test]
fn every_rule_has_a_name_of_its_own_by_which_it_is_found() {
    for rule in Rule::ALL {
        assert_eq!(Rule::of(&format!("{rule}: something happened")), Some(rule));
        assert!(rule.text().len() > 20, "{rule}");
    }
    assert_eq!(Rule::of("no rule"), None);
}

/// Bleeding and transfer are counted as they begin and end, not as cells change.
#[test]
fn balancing_and_leds_can_chatter_too() {
    let told = |count: u64, change: fn(&mut Decision)| {
        let (mut oracle, mut events) = (oracle(), Vec::new());
        let (quiet, mut other) = (Decision::default(), Decision::default());
        change(&mut other);
        for n in 0..count {
            let (old, new) = if n % 2 == 0 { (&quiet, &other) } else { (&other, &quiet) };
            oracle.decided(SimTime::from_millis(n * 100), old, new, &mut events);
        }
        rules(&events)
    };
    let bleed: fn(&mut Decision) = |it| it.bleed = 4;
    let transfer: fn(&mut Decision) =
        |it| it.transfer = Some(bms_core::bms::Transfer { donor: 1, receiver: 2 });
    let leds: fn(&mut Decision) = |it| it.leds.run = Led::Flash;
    assert_eq!((told(20, bleed), told(21, bleed)), (vec![], vec![Rule::Chatter]));
    assert_eq!((told(20, transfer), told(21, transfer)), (vec![], vec![Rule::Chatter]));
    assert_eq!((told(60, leds), told(61, leds)), (vec![], vec![Rule::Chatter]));
}

#[test]
fn parameters_out_of_their_ranges_are_told() {
    let told = |change: fn(&mut Params)| {
        let (mut params, mut events) = (samples::ps_15016(), Vec::new());
        change(&mut params);
        oracle().check_profile(SimTime::ZERO, &params, &mut events);
        rules(&events)
    };
    assert_eq!(told(|_| ()), vec![]);
    let broken: [fn(&mut Params); 6] = [
        |it| it.series = 7,
        |it| it.series = 17,
        |it| it.voltage.over_release = it.voltage.over,
        |it| it.voltage.under_release = it.voltage.under,
        |it| it.balance.active_stop = it.balance.active_start,
        |it| it.cell_temperature.charge_low = it.cell_temperature.charge_low_release,
    ];
    for change in broken {
        assert_eq!(told(change), vec![Rule::Profile]);
    }
}

#[test]
fn more_than_20_edges_in_a_minute_are_chatter() {
    let edges = |count: u64, gap_ms: u64| {
        let (mut oracle, mut events) = (oracle(), Vec::new());
        (0..count).for_each(|n| {
            oracle.edge(SimTime::from_millis(n * gap_ms), CHARGE_DRIVER, &mut events);
        });
        told(&events)
    };
    assert_eq!(edges(20, 1_000), 0);
    assert_eq!(edges(21, 1_000), 1);
    assert_eq!(edges(21, 3_000), 1, "the first and the last are 60 s apart");
    assert_eq!(edges(21, 3_001), 0);
}

#[test]
fn more_than_5_short_circuits_in_a_minute_are_a_storm() {
    let entries = |count: u64| {
        let (mut oracle, mut events) = (oracle(), Vec::new());
        (0..count).for_each(|n| oracle.short_circuit(SimTime::from_secs(n), &mut events));
        told(&events)
    };
    assert_eq!((entries(5), entries(6)), (0, 1));
}

fn glance(current_a: f64, cell_min_v: f64, cell_max_v: f64) -> Glance {
    let (cell_hot_c, cell_cold_c, mos_hot_c, mos_cold_c) = (25.0, 25.0, 25.0, 25.0);
    Glance { current_a, cell_max_v, cell_min_v, cell_hot_c, cell_cold_c, mos_hot_c, mos_cold_c }
}

/// Holds a state from 0 s to `secs` and counts the hazards told.
fn hazards(state: &Glance, secs: f64) -> usize {
    let (mut oracle, mut events) = (oracle(), Vec::new());
    let end = SimTime::from_millis((secs * 1e3) as u64);
    for at in [SimTime::ZERO, end] {
        oracle.look(at, state, true, &mut events);
    }
    told(&events)
}

#[test]
fn current_into_a_hazard_is_told_after_10_s() {
    assert_eq!(hazards(&glance(2.0, 3.3, 3.90), 10.0), 0);
    assert_eq!(hazards(&glance(2.0, 3.3, 3.90), 10.001), 1);
    assert_eq!(hazards(&glance(2.0, 3.3, 3.899), 60.0), 0);
    assert_eq!(hazards(&glance(1.0, 3.3, 3.90), 60.0), 0, "no current to speak of");
    assert_eq!(hazards(&glance(-2.0, 1.50, 3.3), 10.0), 0);
    assert_eq!(hazards(&glance(-2.0, 1.50, 3.3), 10.001), 1);
    assert_eq!(hazards(&glance(-2.0, 1.501, 3.3), 60.0), 0);
}

/// 3.74 V at 0 s and 3.76 V at 1 s cross 3.75 V at 0.5 s, unless the value jumped.
#[test]
fn a_crossing_is_dated_on_the_line_or_at_the_jump() {
    for (jumped, crossed_ms) in [(false, 500), (true, 1_000)] {
        let (mut oracle, mut events) = (Oracle::new(&samples::ps_15016()), Vec::new());
        oracle.look(SimTime::ZERO, &glance(0.0, 3.3, 3.74), false, &mut events);
        oracle.look(SimTime::from_secs(1), &glance(0.0, 3.3, 3.76), jumped, &mut events);
        let [event] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(event.kind, EventKind::Crossed(Reasons::OVER_VOLTAGE, true));
        let off = event.at.0.abs_diff(SimTime::from_millis(crossed_ms).0);
        assert!(off < 1_000, "{off} ns");
    }
}
