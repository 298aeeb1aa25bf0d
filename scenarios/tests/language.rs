//! What the language means: a file in, the run and the expectations out.

use bms_core::protect::Reasons;
use bms_core::units::Millivolts;
use scenarios::Scenario;
use scenarios::expect::{Check, EventPattern, Signal};
use scenarios::load::parse;
use sim::setup::{Action, Load, Shape, WorldSetup};
use sim::time::{SimTime, Span};
use sim::trace::Switch;

const FILE: &str = r#"
[scenario]
title = "An example"
product = "ps-15016"
duration = "10 s"
covers = ["PS-OV-1"]

[params]
voltage.cell_ov = "3.70 V"
"system.current_protection_timed_recovery" = false

[board]
discharge-fall = "0 us"

[forced]
cells = 8
voltage = "3500 mV"
current = [["0 s", "0 A"], ["1 s", "-20 A"]]

[[forced.override]]
cell = 7
voltage = { shape = "linear", points = [["0 s", "3.5 V"], ["1 s", "3.6 V"]] }

[[step]]
at = "1.000000001 s"
do.short = { resistance = "5 mohm", inductance = "2 uH" }

[[expect]]
requirement = "PS-OV-1"
event = "OV enters"
at = "5 s"
tolerance = "sample"

[[case]]
suffix = "a"

[[case.expect]]
requirement = ["PS-OV-1"]
event = "discharge MOSFET on"
occurrence = 2
after = { event = "OV exits", delay = "128 us" }
early = "1 us"
late = "2 us"

[[case.expect]]
requirement = ["PS-OV-1"]
value = "cell 8"
at = "3 s"
equals = "3.5 V"
within = "1 %"

[[case]]
suffix = "b"
product = "ps-20016s"
duration = "20 s"
params.voltage.cell_ov = "3.8 V"
"#;

fn read() -> [Scenario; 2] {
    let scenarios = parse("example.toml", "example", FILE).expect("the example is right");
    scenarios.try_into().expect("the example has two cases")
}

#[test]
fn a_case_overlays_its_file_key_by_key() {
    let [a, b] = read();
    assert_eq!((a.id.as_str(), b.id.as_str()), ("example-a", "example-b"));
    assert_eq!((a.product.as_str(), b.product.as_str()), ("ps-15016", "ps-20016s"));
    assert_eq!(b.setup.duration, SimTime::from_secs(20));
    assert_eq!(a.setup.params.voltage.over, Millivolts(3_700));
    assert_eq!(b.setup.params.voltage.over, Millivolts(3_800));
    assert!(!a.setup.params.system.current_timed_recovery);
    assert!(!b.setup.params.system.current_timed_recovery);
    assert_eq!((a.expectations.len(), b.expectations.len()), (3, 1));
}

#[test]
fn cells_count_from_one_in_the_file_and_everything_unsaid_is_at_rest() {
    let [a, _] = read();
    assert_eq!(a.setup.params.series, 8);
    let WorldSetup::Forced(forced) = a.setup.world else { panic!("the file says [forced]") };
    assert_eq!(forced.cells.len(), 8);
    assert_eq!(forced.cells[6].shape, Shape::Linear);
    assert_eq!(forced.cells[5].points, [(SimTime::ZERO, 3.5)]);
    assert!(forced.gated && forced.load_attached.at(SimTime::ZERO) < 0.5);
}

#[test]
fn times_are_exact_to_the_nanosecond() {
    let [a, _] = read();
    assert_eq!(a.setup.timeline[0].at, SimTime(1_000_000_001));
    let short = Load::Short { ohm: 0.005, henry: 2e-6 };
    assert_eq!(a.setup.timeline[0].action, Action::ConnectLoad(short));
    assert_eq!(a.setup.board.discharge_fall, Span(0));
}

#[test]
fn an_expectation_carries_its_window_and_the_reasons_for_it() {
    let [a, _] = read();
    let Check::Event { event, occurrence: 1, window } = &a.expectations[0].check else {
        panic!("the first expectation is an event")
    };
    assert_eq!(*event, EventPattern::Protection(Reasons::OVER_VOLTAGE, true));
    assert_eq!((window.early, window.late), (Span(0), Span::from_millis(200)));
    assert_eq!(window.budget[0].why, "two 100 ms samples");
    assert_eq!(a.expectations[0].line, 28);
}

#[test]
fn an_anchored_expectation_counts_from_its_cause() {
    let [a, _] = read();
    let Check::Event { event, occurrence: 2, window } = &a.expectations[1].check else {
        panic!("the second expectation is the second of its events")
    };
    assert_eq!(*event, EventPattern::Switched(Switch::Discharge, true));
    let exits = EventPattern::Protection(Reasons::OVER_VOLTAGE, false);
    assert_eq!(window.anchor, Some((exits, 1)));
    assert_eq!(window.at, SimTime::from_micros(128));
    assert_eq!((window.early, window.late), (Span::from_micros(1), Span::from_micros(2)));
}

#[test]
fn a_share_within_is_taken_of_the_value() {
    let [a, _] = read();
    let Check::Band { signal: Signal::Cell(7), low, high, .. } = a.expectations[2].check else {
        panic!("the third expectation is about cell 8")
    };
    assert!((low - 3.465).abs() < 1e-12 && (high - 3.535).abs() < 1e-12);
}

fn actions(steps: &str) -> Vec<Action> {
    let text = format!(
        "[scenario]\ntitle = \"t\"\nproduct = \"ps-15016\"\nduration = \"100 s\"\n\
         [pack]\ncells = 16\ncell = \"reference-100ah\"\nsoc = \"50 %\"\n\
         [[expect]]\nrequirement = \"PS-SCP-1\"\nnever = \"SC enters\"\n{steps}"
    );
    let scenario = parse("t.toml", "t", &text).expect("the text is sound").remove(0);
    scenario.setup.timeline.into_iter().map(|step| step.action).collect()
}

#[test]
fn loads_of_every_kind_are_read_with_their_units() {
    use sim::setup::{Driven, Profile};
    use std::sync::Arc;
    let read = actions(
        "[[step]]\nat = \"1 s\"\n\
         do.motor = { current = \"20 A\", starting-current = \"100 A\", decay = \"60 ms\" }\n\
         [[step]]\nat = \"2 s\"\ndo.short = { resistance = \"5 mohm\", pulse = \"150 us\", every = \"2 ms\" }\n\
         [[step]]\nat = \"3 s\"\ndo.connect-load = { power-profile = { shape = \"linear\", \
         points = [[\"0 s\", \"1 kW\"], [\"1 s\", \"-1 kW\"]] } }\n\
         [[step]]\nat = \"4 s\"\n\
         do.connect-load = { current = \"50 A\", ripple = \"30 A\", ripple-period = \"10 ms\" }\n",
    );
    let (on, every) = (Span::from_micros(150), Span::from_millis(2));
    let points = vec![(SimTime::ZERO, 1000.0), (SimTime::from_secs(1), -1000.0)];
    let profile = Arc::new(Profile { points, shape: Shape::Linear });
    let load = Arc::new(Load::Current(50.0));
    let exact = [
        Load::Motor { ampere: 20.0, inrush: 5.0, decay_s: 0.06 },
        Load::PulsedShort { ohm: 0.005, henry: 0.0, on, every },
        Load::Profile { of: Driven::Power, profile },
        Load::Rippling { load, rms_a: 30.0, resolved_hz: Some(100.0) },
    ];
    assert_eq!(read, exact.map(Action::ConnectLoad));
}

#[test]
fn a_charger_has_the_manners_that_are_written() {
    use sim::setup::{Charger, Hiccup, Manner};
    let read = actions(
        "[[step]]\nat = \"1 s\"\n\
         do.connect-charger = { current = \"20 A\", voltage = \"18 V\", overshoot = \"10 %\", \
         overshoot-decay = \"50 ms\", soft-start = \"500 ms\", output-capacitance = \"2 mF\", \
         output-resistance = \"10 mohm\", dump-voltage = \"60 V\", dump-time = \"0.2 s\", \
         hiccup-after = \"1 s\", hiccup-pause = \"2 s\", reversed = true }\n\
         [[step]]\nat = \"2 s\"\ndo.connect-charger = { current = \"20 A\", voltage = \"56 V\" }\n",
    );
    let manner = Manner {
        overshoot: 0.1,
        overshoot_s: 0.05,
        slew_a_s: Some(40.0),
        farad: 2e-3,
        ohm: 10e-3,
        dump_v: Some(60.0),
        dump: Span::from_millis(200),
        hiccup: Some(Hiccup { after: Span::from_millis(1_000), pause: Span::from_millis(2_000) }),
        profile: None,
        reversed: true,
    };
    let exact =
        [Charger { manner, ..Charger::ideal(20.0, 18.0, 0.0) }, Charger::ideal(20.0, 56.0, 0.0)];
    assert_eq!(read, exact.map(Action::ConnectCharger));
}

/// A table of seconds and amperes beside the scenario file.
#[test]
fn a_profile_is_read_from_a_table_beside_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("day.csv"), "time,current\n0,10\n60,-5\n").unwrap();
    let scenario = folder.path().join("day.toml");
    let text = "[scenario]\ntitle = \"t\"\nproduct = \"ps-15016\"\nduration = \"100 s\"\n\
         [pack]\ncells = 16\ncell = \"reference-100ah\"\nsoc = \"50 %\"\n\
         [[expect]]\nrequirement = \"PS-SCP-1\"\nnever = \"SC enters\"\n\
         [[step]]\nat = \"1 s\"\ndo.connect-load = { current-profile = { file = \"day.csv\" } }\n";
    std::fs::write(&scenario, text).unwrap();
    let read = scenarios::load(&scenario).expect("the file is sound").remove(0);
    let Action::ConnectLoad(Load::Profile { profile, .. }) = &read.setup.timeline[0].action else {
        panic!("{:?}", read.setup.timeline)
    };
    assert_eq!(profile.points, [(SimTime::ZERO, 10.0), (SimTime::from_secs(60), -5.0)]);
    std::fs::remove_file(folder.path().join("day.csv")).unwrap();
    let error = scenarios::load(&scenario).unwrap_err().to_string();
    assert!(error.contains("the table cannot be read"), "{error}");
}
