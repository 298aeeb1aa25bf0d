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

const WARM: &str = r#"
[scenario]
title = "Everything about heat"
product = "ps-15016"
duration = "30 h"

[pack]
cells = 16
cell = "reference-100ah"
soc = "50 %"

[heat]
daily = { mean = "15 degC", swing = "8 degC", highest-at = "14 h" }

[heat.network]
in-line = "1.2 W/K"
end-cell = "200 mW/K"
case = "8 kJ/K"

[heat.heater]
power = "200 W"
at = "52.8 V"
film = "500 J/K"
to-cells = "20 W/K"
supply = "charger"
opens = "50 degC"
closes = "40 degC"

[heat.thermistors]
cells = [1, 6, 11, 16]
cell-lag = "5 min"
mosfet-lag = "30 s"
board-type = "B3950"

[heat.consumption]
limiter = "20 mA"
off = "0 mA"

[[step]]
at = "1 s"
do.heater = "on"

[[step]]
at = "2 s"
do.ambient = { to = "-5 degC", over = "10 min" }

[[expect]]
requirement = "PS-UV-1"
never = "UV enters"
"#;

#[test]
fn heat_parts_are_what_the_file_says() {
    use sim::parts::{HeaterTap, ThermistorKind, Thermostat};
    let scenario = parse("warm.toml", "warm", WARM).expect("the file is sound").remove(0);
    let heat = &scenario.setup.board.heat;
    let network = heat.network.expect("a network is written");
    assert_eq!((network.in_line_w_k, network.side_by_side_w_k), (Some(1.2), None));
    assert_eq!((network.end_w_k, network.case_j_k, network.busbar_j_k), (0.2, 8_000.0, 0.0));
    let heater = heat.heater.expect("a heater is written");
    assert_eq!((heater.watts, heater.tap), (200.0, HeaterTap::Charger));
    assert_eq!(heater.thermostat, Some(Thermostat { open_c: 50.0, close_c: 40.0 }));
    assert_eq!(heat.thermistors.cells, [Some(0), Some(5), Some(10), Some(15)]);
    let lags_s = heat.thermistors.lag_s.iter().zip([300.0, 300.0, 300.0, 300.0, 30.0, 30.0, 0.0]);
    assert!(lags_s.into_iter().all(|(found, exact)| (found - exact).abs() < 1e-9));
    assert_eq!(heat.thermistors.kinds[5], ThermistorKind::At103);
    assert_eq!(heat.thermistors.kinds[6], ThermistorKind::Beta(3_950.0));
    assert_eq!((heat.supply.limiter_a, heat.supply.off_a), (0.02, Some(0.0)));
    let ambient = heat.ambient.as_ref().expect("a day is written");
    assert!((ambient.at(SimTime::from_secs(38 * 3_600)) - 23.0).abs() < 1e-9);
    let steps: Vec<_> = scenario.setup.timeline.iter().map(|step| step.action.clone()).collect();
    let ramp = Action::AmbientRamp { to_c: -5.0, over: Span::from_millis(600_000) };
    assert_eq!(steps, [Action::Heater(true), ramp]);
}

const PARALLEL: &str = r#"
[scenario]
title = "Parallel cells"
product = "ps-15016"
duration = "10 s"

[pack]
cells = 8
parallel = 2
cell = "reference-100ah"
soc = "50 %"
contact = "200 uohm"
busbar = "20 uohm"
feed = "same-end"
joint = "50 uohm"
health = { resistance = "120 %" }
spread.capacity = { normal = "1 %", within = "3 %" }
spread.pair-2-time = { lognormal = "5 %" }
spread.ocv = { triangular = "3 mV" }
sense = { wire = [{ tap = 0, resistance = "2 ohm" }], filter = "1 kohm", capacitor = "47 nF", leak = "20 Mohm", bottom-helper = "51 ohm" }
balancer = { period = "4 s", duty = "75 %", quiescent = "5 mA" }

[[pack.override]]
index = 3
soc = "40 %"
joint = "1 mohm"

[[pack.override]]
index = 3
member = 2
health = { capacity = "80 %" }
contact = "5 mohm"

[[expect]]
requirement = "PS-OV-1"
never = "OV enters"
"#;

#[test]
fn a_pack_of_parallel_cells_has_its_links_spreads_and_wires() {
    use cell_models::cell::Health;
    use sim::parts::{Distribution, Feed, Spread, Spreading};
    let scenario = parse("x.toml", "x", PARALLEL).unwrap().remove(0);
    let WorldSetup::ClosedLoop(pack) = &scenario.setup.world else { panic!("it is a pack") };
    assert_eq!((pack.cells.len(), pack.parallel), (16, 2));
    let socs: Vec<f64> = pack.cells.iter().map(|cell| cell.soc).collect();
    assert_eq!(socs.iter().filter(|soc| **soc < 0.45).count(), 2);
    assert!(socs[4] < 0.45 && socs[5] < 0.45);
    let parts = &pack.parts;
    assert_eq!(parts.feed, Feed::SameEnd);
    assert_eq!(parts.health, Some(Health { capacity: 1.0, resistance: 1.2 }));
    assert_eq!(parts.healths, [(5, Health { capacity: 0.8, resistance: 1.0 })]);
    assert_eq!(parts.joints_ohm, [(2, 1e-3)]);
    assert_eq!(parts.contacts_ohm, [(5, 5e-3)]);
    assert_eq!(parts.sense.wires_ohm, [(0, 2.0)]);
    let by = [
        (Spreading::Capacity, Distribution::TruncatedNormal { sigma: 0.01, within: 0.03 }),
        (Spreading::PairTime(1), Distribution::LogNormal { sigma: 0.05 }),
        (Spreading::OcvOffset, Distribution::Triangular { half_width: 3e-3 }),
    ];
    assert_eq!(parts.spreads, by.map(|(what, by)| Spread { what, by }));
    let figures = [parts.sense.filter_ohm, parts.sense.filter_farad, parts.sense.leak_ohm];
    for (found, exact) in figures.iter().zip([1e3, 47e-9, 20e6]) {
        assert!((found / exact - 1.0).abs() < 1e-12, "{found}");
    }
    assert_eq!(parts.balancer.period, Span::from_millis(4000));
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
         do.motor = { current = \"20 A\", starting-current = \"100 A\", decay = \"62500 us\" }\n\
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
        Load::Motor { ampere: 20.0, inrush: 5.0, decay_s: 0.0625 },
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

#[test]
fn path_parts_are_what_the_file_says() {
    use sim::parts::{BusCapacitor, Cable, Fuse, Impedance, PathParts};
    let parts = |tables: &str| {
        let text = format!(
            "[scenario]\ntitle = \"t\"\nproduct = \"ps-15016\"\nduration = \"100 s\"\n\
             [pack]\ncells = 16\ncell = \"reference-100ah\"\nsoc = \"50 %\"\n\
             [[expect]]\nrequirement = \"PS-SCP-1\"\nnever = \"SC enters\"\n{tables}"
        );
        parse("t.toml", "t", &text).expect("the text is sound").remove(0).setup.board.path
    };
    assert_eq!(parts(""), PathParts::default());
    let read = parts(
        "[path]\nfreewheel = \"0.5 V\"\n\
         [path.shunt]\ngain = \"-25 %\"\n\
         [path.mosfets]\nhot-ratio = \"150 %\"\non-delay = \"20 us\"\n\
         junction-to-case = \"2 W/K\"\njunction-time-constant = \"1 s\"\n\
         [path.mosfets.limits]\njunction = \"150 degC\"\npulse-power = \"10 kW\"\n\
         pulse-time = \"4 s\"\navalanche-current = \"4 A\"\navalanche-inductance = \"1 H\"\n\
         [path.fuse]\nblows-at = \"1 kA\"\nafter = \"2 s\"\ncarries = \"200 A\"\n\
         [path.limiter]\nstart = \"300 ms\"\n\
         [path.bus-capacitor]\ncapacitance = \"2 F\"\nresistance = \"1 ohm\"\n\
         charged-to = \"40 V\"\n\
         [path.cable]\nresistance = \"1 ohm\"\ninductance = \"2 H\"\n",
    );
    let bus = BusCapacitor { farad: 2.0, ohm: 1.0, bleeder_ohm: f64::INFINITY, start_v: 40.0 };
    assert_eq!(read.bus, Some(bus));
    assert_eq!(read.freewheel_v, Some(0.5));
    assert!((read.shunt.gain + 0.25).abs() < 1e-12);
    assert_eq!((read.mosfets.hot_ratio, read.mosfets.on_delay), (1.5, Span::from_micros(20)));
    assert_eq!(read.mosfets.junction, Some(Impedance { k_w: 0.5, tau_s: 1.0 }));
    let limits = read.mosfets.limits.expect("limits are written");
    assert_eq!((limits.soa_w_root_s, limits.avalanche_j), (20_000.0, 8.0));
    assert_eq!(read.fuse, Some(Fuse { ohm: 0.0, melting_a2s: 2e6, cooling_s: 50.0 }));
    assert_eq!((read.limiter.efficiency, read.limiter.start), (0.93, Span::from_millis(300)));
    assert_eq!(read.cable, Cable { ohm: 1.0, henry: 2.0 });
}
