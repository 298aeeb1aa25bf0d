//! Spreads from hand-made trips: percentiles, verdicts, windows, and what is shown.

use super::{Measure, Run, Spread, Trip, files, keep, page, table};
use crate::testbench::{at, ms, params, quiet, scenario, short_circuit, us};
use crate::verdict::Grade;
use bms_core::protect::Reasons;
use scenarios::Scenario;
use scenarios::windows::Circumstances;
use scenarios::windows::trip::{self, Budget, Window};
use sim::parts::PackParts;
use sim::setup::{BoardSetup, PackSetup, Setup, WorldSetup};
use sim::time::{SimTime, Span};
use sim::trace::{EventKind, Switch, Trace};

const SC: Reasons = Reasons::SHORT_CIRCUIT;
const OV: Reasons = Reasons::OVER_VOLTAGE;

fn budget(reason: Reasons, setup: &Setup) -> Option<Budget> {
    trip::budget(reason, &Circumstances::of(setup))
}

/// A closed loop with a gate of 150 µs and a filter of 30 µs, on the product `ps-15016`.
fn shorted() -> Scenario {
    let mut wanted = scenario("short", SimTime::from_secs(2));
    wanted.setup.params = scenarios::product::load("ps-15016").unwrap().params;
    wanted.setup.board = BoardSetup {
        discharge_fall: Span::from_micros(150),
        charge_fall: Span::from_micros(500),
        sense_filter: Span::from_micros(30),
        ..wanted.setup.board
    };
    wanted.setup.world = WorldSetup::ClosedLoop(PackSetup {
        cells: Vec::new(),
        parallel: 1,
        parts: PackParts::default(),
        ambient_c: 25.0,
        thermal_tau_s: None,
    });
    wanted
}

fn trip(seed: u64, micros: u64) -> Run {
    let times = [micros, micros + 200, micros + 200].map(|it| Some(Span::from_micros(it)));
    let trips = vec![Trip { seed, reason: SC, occurrence: 1, times }];
    Run { seed, aborted: None, trips }
}

#[test]
fn a_trace_gives_its_trip_and_a_crossing_that_never_ended_gives_no_time() {
    let (_, trace) = short_circuit();
    let run = keep(&params(), 7, &trace);
    let times = [192, 204, 204].map(|micros| Some(Span::from_micros(micros)));
    assert_eq!(run.trips, [Trip { seed: 7, reason: SC, occurrence: 1, times }]);
    let again = vec![
        at(us(100), EventKind::Crossed(SC, true)),
        at(us(300), EventKind::Protection(SC, true)),
        at(ms(900), EventKind::Protection(SC, false)),
        at(ms(901), EventKind::Protection(SC, true)),
        at(ms(901), EventKind::Commanded(Switch::Discharge, false)),
    ];
    let run = keep(&params(), 7, &Trace { events: again, ..quiet() });
    assert_eq!((run.trips.len(), run.trips[1].occurrence), (2, 2));
    assert_eq!(run.trips[1].times, [None; 3]);
}

/// The charge MOSFET answers for over-voltage, whatever the other one does.
#[test]
fn the_switch_that_interrupts_the_current_is_timed() {
    let events = vec![
        at(ms(100), EventKind::Crossed(OV, true)),
        at(ms(1_150), EventKind::Protection(OV, true)),
        at(ms(1_150), EventKind::Commanded(Switch::Discharge, false)),
        at(ms(1_160), EventKind::Commanded(Switch::Charge, false)),
    ];
    let run = keep(&params(), 1, &Trace { events, ..quiet() });
    assert_eq!(run.trips[0].times, [Some(Span::from_millis(1_060)), None, None]);
}

#[test]
fn percentiles_are_times_that_were_measured() {
    let wanted = shorted();
    let spread = Spread::of(&wanted, (0..20).map(|seed| trip(seed, 220 - seed)).collect());
    let detect = &spread.entries[0].measured[0];
    let shown = [0, 50, 95, 100].map(|percent| detect.percentile(percent).0 / 1_000);
    assert_eq!(shown, [201, 210, 219, 220]);
}

/// The datasheet's budget of the 192 µs code: 192 to 347 µs to the command, 150 to 400 µs of gate.
#[test]
fn the_window_of_a_short_circuit_is_the_sum_of_its_parts() {
    let wanted = shorted();
    let budget = budget(SC, &wanted.setup).unwrap();
    let micros = |it: Window| (it.low.0 / 1_000, it.high.0 / 1_000);
    assert_eq!(micros(Measure::Detect.allowed(&budget)), (192, 347));
    assert_eq!(micros(Measure::GateOff.allowed(&budget)), (342, 747));
    assert_eq!(micros(Measure::CurrentZero.allowed(&budget)), (342, 747));
}

/// OCD1 4 s ± 5 %; OV 1 s: the chip 1.05 to 1.25 s, the firmware from 1 s on, whichever is first.
#[test]
fn windows_of_seconds_follow_delay_clock_and_cycles() {
    let mut wanted = shorted();
    wanted.setup.params.system.balance_enabled = false;
    let window = |reason| Measure::Detect.allowed(&budget(reason, &wanted.setup).unwrap());
    let ocd = window(Reasons::AFE_DISCHARGE_OC1);
    assert_eq!((ocd.low, ocd.high.0 / 1_000_000), (Span::from_millis(3_800), 4_200));
    let over = budget(OV, &wanted.setup).unwrap();
    let chip = over.layers[0].window();
    assert_eq!((chip.low, chip.high), (Span::from_millis(1_050), Span::from_millis(1_250)));
    let both = Measure::Detect.allowed(&over);
    assert_eq!((both.low, both.high), (Span::from_millis(1_000), Span::from_micros(1_211_500)));
    assert_eq!(budget(Reasons::CTL_LOW, &wanted.setup), None);
}

#[test]
fn both_edges_are_inside_and_a_nanosecond_beyond_is_not() {
    let window = Window { low: Span(10), high: Span(20) };
    let held = [9, 10, 20, 21].map(|nanos| window.holds(Span(nanos)));
    assert_eq!(held, [false, true, true, false]);
}

#[test]
fn one_outside_fails_and_a_run_without_the_trip_leaves_it_untested() {
    let wanted = shorted();
    let of = |runs: Vec<Run>| Spread::of(&wanted, runs).grade();
    let silent = Run { seed: 9, aborted: None, trips: Vec::new() };
    let broken = Run { aborted: Some("stuck".into()), ..silent.clone() };
    assert_eq!(of(vec![trip(1, 192), trip(2, 347)]), Grade::Pass);
    assert_eq!(of(vec![trip(1, 191), trip(2, 300)]), Grade::Fail);
    assert_eq!(of(vec![trip(1, 192), trip(2, 348)]), Grade::Fail);
    assert_eq!(of(vec![trip(1, 192), silent.clone()]), Grade::Untested);
    assert_eq!(of(vec![silent]), Grade::Untested);
    assert_eq!(of(vec![trip(1, 192), broken]), Grade::Fail);
}

#[test]
fn page_and_table_show_the_distribution_the_budget_and_no_network() {
    let mut wanted = shorted();
    wanted.title = "<img src=x onerror=alert(1)>".into();
    let runs = (0..20).map(|seed| trip(seed, 220 + 10 * seed)).collect();
    let spread = Spread::of(&wanted, runs);
    let page = page::render(&spread).unwrap();
    for shown in [
        "410 µs",
        "192 µs to 347.4 µs",
        "crossed to gate off, current zero",
        "7 outside",
        "fall of the discharge gate",
        "<svg",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    for foreign in ["http://", "https://", "<script", "<img", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let lines: Vec<_> = table::render(&[spread]).iter().map(ToString::to_string).collect();
    assert!(lines[0].starts_with("FAIL      short"), "{lines:?}");
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{lines:#?}");
}

#[test]
fn files_hold_a_row_per_trip_and_the_schema() {
    let wanted = shorted();
    let folder = tempfile::tempdir().unwrap();
    let silent = Run { seed: 9, aborted: None, trips: Vec::new() };
    let spread = Spread::of(&wanted, vec![trip(8, 192), silent]);
    let pages = files::write(folder.path(), &[spread]).unwrap();
    assert_eq!(pages, [folder.path().join("short/spread.html")]);
    let read =
        |name: &str| std::fs::read_to_string(folder.path().join("short").join(name)).unwrap();
    let csv = read("spread.csv");
    let rows: Vec<_> = csv.lines().skip(1).collect();
    assert_eq!(rows, ["8,SC,1,0.000192000,0.000392000,0.000392000", "9,,,,,"]);
    let document: serde_json::Value = serde_json::from_str(&read("spread.json")).unwrap();
    assert_eq!(document["schema"], "packtwin.spread/1");
    assert_eq!(document["verdict"], "untested");
    let measure = &document["scenarios"][0]["entries"][0]["measures"][0];
    assert_eq!((measure["n"].as_u64(), measure["max_ns"].as_u64()), (Some(1), Some(192_000)));
    assert!(read("spread.svg").starts_with("<svg xmlns="));
}
