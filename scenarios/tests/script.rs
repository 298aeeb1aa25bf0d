//! What `[[phase]]`, `[[track]]` and `[[when]]` become, and that a run they lead is one run.

use scenarios::expect::{Check, Scenario};
use scenarios::load::parse;
use scenarios::runner::{Ending, run_all};
use sim::observe::{EventPattern, Signal};
use sim::script::{Condition, Every, Next, Relation, Script};
use sim::setup::{Action, Charger, ForcedChange, HmiKey, HostAction, Load, Profile, Shape};
use sim::time::{SimTime, Span};
use sim::trace::{EventKind, Outcome, Trace};
use std::sync::atomic::AtomicBool;

const HEAD: &str = r#"
[scenario]
title = "A script"
product = "ps-15016"
duration = "40 s"

[[expect]]
requirement = "PS-SCP-1"
never = "SC enters"
"#;

const FORCED: &str = "[forced]\ncells = 16\nvoltage = \"3.3 V\"\n";
const PACK: &str = "[pack]\ncells = 16\nsoc = \"0 %\"\n\
    linear = { empty = \"3.2 V\", full = \"3.4 V\", capacity = \"1 Ah\", resistance = \"1 mohm\" }\n";

fn read(world: &str, script: &str) -> Scenario {
    let text = format!("{HEAD}\n{script}\n{world}");
    let mut read = parse("s.toml", "s", &text).unwrap_or_else(|wrong| panic!("{wrong}"));
    read.swap_remove(0)
}

fn script(text: &str) -> Script {
    read(PACK, text).setup.script
}

fn until(condition: &str) -> Condition {
    let text = format!(
        "[[phase]]\nname = \"one\"\nuntil = {condition}\n[[phase]]\nname = \"two\"\nlasts = \"1 s\"\n"
    );
    script(&text).tracks.remove(0).phases.remove(0).until.expect("a condition is written")
}

fn at_least(signal: Signal, value: f64) -> Condition {
    Condition::Compare { signal, relation: Relation::AtLeast, value }
}

fn secs(seconds: u64) -> Span {
    Span(seconds * 1_000_000_000)
}

#[test]
fn conditions_are_what_they_say() {
    let high = || at_least(Signal::CellMax, 3.75);
    let enters = EventPattern::Protection(bms_core::protect::Reasons::OVER_VOLTAGE, true);
    let once = Condition::Happened { event: enters.clone(), times: 1 };
    let held = |inner| Condition::Held(Box::new(inner), secs(2));
    for (text, exact) in [
        ("\"highest cell >= 3.75 V\"", high()),
        ("\"cell.max >= 3750 mV\"", high()),
        ("\"cell.max\u{2265}3.75V\"", high()),
        ("\"highest cell >= 3.75 V for 2 s\"", held(high())),
        ("{ all = [\"highest cell >= 3.75 V\"], for = \"2 s\" }", {
            held(Condition::All(vec![high()]))
        }),
        ("\"OV enters\"", once.clone()),
        ("{ event = \"OV enters\", times = 3 }", Condition::Happened { event: enters, times: 3 }),
        ("{ elapsed = \"2 s\" }", Condition::Elapsed(secs(2))),
        ("{ any = [\"OV enters\", { not = \"cell.max >= 3.75 V\" }] }", {
            Condition::Any(vec![once, Condition::Not(Box::new(high()))])
        }),
        ("\"phase two begins\"", {
            Condition::Happened { event: EventPattern::Phase("two".into(), true), times: 1 }
        }),
        ("\"cell[3] < 3 V\"", {
            let (signal, relation) = (Signal::Cell(2), Relation::Below);
            Condition::Compare { signal, relation, value: 3.0 }
        }),
        ("\"pack.current > -20 A\"", {
            let (signal, relation) = (Signal::Current, Relation::Above);
            Condition::Compare { signal, relation, value: -20.0 }
        }),
        ("\"SOC of cell 1 <= 20 %\"", {
            let (signal, relation) = (Signal::Soc(0), Relation::AtMost);
            Condition::Compare { signal, relation, value: 0.2 }
        }),
    ] {
        assert_eq!(until(text), exact, "{text}");
    }
}

const LOOP: &str = r#"
[[phase]]
name = "charge"
do = [{ connect-load = { current = "5 A" }, after = "3 s" }, { connect-charger = { current = "20 A", voltage = "60 V" } }]
until = "cell.max >= 3.25 V"
timeout = "30 s"
on-timeout = "over"

[[phase]]
name = "rest"
lasts = "2 s"
next = "charge"
repeat = 3

[[phase]]
name = "last"
until = "OV enters"
on-timeout = "end"

[[phase]]
name = "over"
next = "end run"

[[track]]
name = "beside"

[[track.phase]]
name = "wait"
until = "phase rest ends"
timeout = "30 s"
on-timeout = "next"

[[track.phase]]
name = "stop"
do = "disconnect-charger"
next = "end"

[[when]]
condition = "cell.max >= 3.3 V"
every = "once"
do = { action = "press-button", after = "1 s" }

[[when]]
event = "phase rest begins"
do = "disconnect-load"
"#;

#[test]
fn phases_tracks_and_triggers_are_what_the_file_says() {
    let script = script(LOOP);
    let names: Vec<&str> = script.tracks.iter().map(|track| track.name.as_str()).collect();
    assert_eq!(names, ["main", "beside"]);
    let [charge, rest, last, over] = &script.tracks[0].phases[..] else { panic!("four phases") };
    let charger = Action::ConnectCharger(Charger::ideal(20.0, 60.0, 0.0));
    let load = Action::ConnectLoad(Load::Current(5.0));
    assert_eq!(charge.actions, [(Span(0), charger), (secs(3), load)]);
    assert_eq!(charge.timeout, Some((secs(30), Next::Phase(3))));
    assert_eq!((&charge.next, &charge.unfinished), (&Next::Following, &None));
    assert_eq!(rest.until, Some(Condition::Elapsed(secs(2))));
    assert_eq!(rest.next, Next::Repeat { to: 0, times: 3 });
    assert_eq!((&last.timeout, &last.unfinished), (&None, &None));
    assert_eq!((&over.next, &over.until), (&Next::EndRun, &None));
    let [wait, stop] = &script.tracks[1].phases[..] else { panic!("two phases") };
    assert_eq!(wait.timeout, Some((secs(30), Next::Following)));
    assert_eq!((&stop.next, &stop.actions[0].1), (&Next::EndTrack, &Action::DisconnectCharger));
    let [first, second] = &script.triggers[..] else { panic!("two triggers") };
    assert_eq!((first.every, second.every), (Every::Once, Every::Each));
    assert_eq!(first.actions, [(secs(1), Action::PressButton)]);
    assert_eq!(script.check_every, Span::from_millis(10));
}

#[test]
fn what_fails_says_its_phase_and_what_it_waits_for() {
    let text = "[[phase]]\nname = \"charge\"\ntimeout = \"30 s\"\n\
        until = { any = [\"cell.max >= 3.75 V for 2 s\", \"OV enters\", \"SOC of cell 1 > 90 %\"] }\n";
    let phase = script(text).tracks.remove(0).phases.remove(0);
    let waits = "highest cell >= 3.75 V for 2 s or OV enters or SOC of cell 1 > 90 %";
    let late = format!("phase `charge` timed out after 30 s; it waited for {waits}");
    assert_eq!(phase.timeout, Some((secs(30), Next::Fail(late))));
    let unfinished =
        format!("phase `charge` has not ended when the run does, at 40 s; it waits for {waits}");
    assert_eq!(phase.unfinished, Some(unfinished));
}

#[test]
fn forced_changes_and_host_actions_have_their_words() {
    let step = |action: &str| {
        let text = format!("[[step]]\nat = \"1 s\"\ndo.{action}\n");
        read(FORCED, &text).setup.timeline.remove(0).action
    };
    let constant = Profile::constant;
    let ramp = Profile {
        points: vec![(SimTime::ZERO, 25.0), (SimTime::from_secs(10), 60.0)],
        shape: Shape::Linear,
    };
    let host = Action::Host;
    for (text, exact) in [
        ("force = { cell = 7, voltage = \"3760 mV\" }", {
            Action::Force(ForcedChange::Cell(6, constant(3.76)))
        }),
        ("force = { voltage = \"3 V\" }", Action::Force(ForcedChange::Cells(constant(3.0)))),
        ("force.current = \"-20 A\"", Action::Force(ForcedChange::Current(constant(-20.0)))),
        (
            "force = { cell-sensor = 1, temperature = { shape = \"linear\", \
             points = [[\"0 s\", \"25 degC\"], [\"10 s\", \"60 degC\"]] } }",
            Action::Force(ForcedChange::CellSensor(0, ramp)),
        ),
        ("force = { mosfet-sensor = 2, temperature = \"90 degC\" }", {
            Action::Force(ForcedChange::MosSensor(1, constant(90.0)))
        }),
        ("force.board-temperature = \"40 degC\"", {
            Action::Force(ForcedChange::Board(constant(40.0)))
        }),
        ("force.load-attached = true", Action::Force(ForcedChange::LoadAttached(constant(1.0)))),
        ("press-button = { for = \"3 s\" }", Action::PressButtonFor(secs(3))),
        ("dip = 5", host(HostAction::Dip(5))),
        ("hmi-key = \"enter\"", host(HostAction::HmiKey(HmiKey::Enter))),
        ("request = \"01 03 00 fF\"", host(HostAction::Request(vec![1, 3, 0, 255]))),
        ("switch = { name = \"external\", position = \"pressed\" }", {
            let (name, position) = ("external".to_owned(), "pressed".to_owned());
            host(HostAction::Switch { name, position })
        }),
    ] {
        assert_eq!(step(text), exact, "{text}");
    }
    for (name, value, whole) in [
        ("voltage.cell_ov", "\"3.70 V\"", 3_700),
        ("current.mcu.charge_oc_delay", "\"5 s\"", 5_000_000),
        ("temperature.cell.charge_low", "\"-5 degC\"", -500),
        ("system.mcu_balance_control", "true", 0),
        ("system.confirm_samples", "3", 3),
    ] {
        let text = format!(
            "write-parameter = {{ name = \"{name}\", value = {value}, password = \"123456\" }}"
        );
        let (name, password) = (name.to_owned(), "123456".to_owned());
        let exact = host(HostAction::WriteParameter { name, value: whole, password });
        assert_eq!(step(&text), exact, "{text}");
    }
}

#[test]
fn a_scenario_waits_for_a_part_that_no_firmware_has() {
    let scenario = read(FORCED, "[[phase]]\nname = \"a\"\ndo = [{ dip = 3 }, { dip = 3 }]\n");
    let reasons: Vec<&str> = scenario.waiting.iter().map(String::as_str).collect();
    let exact = "this firmware has no part that could take it: DIP switches to address 3";
    assert_eq!((scenario.runs(), reasons), (false, vec![exact]));
    assert!(read(FORCED, "[[phase]]\nname = \"a\"\ndo = \"press-button\"\n").runs());
}

#[test]
fn an_expectation_counts_from_a_phase() {
    let text = "[[phase]]\nname = \"on\"\nlasts = \"1 s\"\n[[expect]]\nrequirement = \"PS-OV-1\"\n\
        never = \"phase on ends\"\n";
    let check = read(PACK, text).expectations.pop().map(|expectation| expectation.check);
    let Some(Check::Never { event, .. }) = check else { panic!("{check:?}") };
    assert_eq!(event, EventPattern::Phase("on".into(), false));
}

fn traces(scenarios: &[Scenario], jobs: usize) -> Vec<Trace> {
    let run = run_all(scenarios, jobs, |_| (), &AtomicBool::new(false)).expect("threads start");
    let trace = |ending| match ending {
        Ending::Ran(trace) => *trace,
        other => panic!("{other:?}"),
    };
    run.into_iter().map(|finished| trace(finished.ending)).collect()
}

/// From 3.2 V, 20 A raise a cell of 1 Ah and 1 mohm to 3.25 V in `0.03 V / 0.2 V * 180 s = 27 s`;
/// the charge is over then, but for the 5 A that the load takes from 3 s on.
#[test]
fn a_scripted_run_is_the_same_on_one_thread_and_on_two() {
    let loops = |voltage: &str| read(PACK, &LOOP.replace("3.25 V", voltage));
    let scenarios = ["3.22 V", "3.222 V", "3.224 V", "3.23 V"].map(loops);
    let [one, two] = [1, 2].map(|jobs| traces(&scenarios, jobs));
    for (one, two) in one.iter().zip(&two) {
        assert_eq!(one.digest, two.digest);
        assert_eq!(one.outcome, Outcome::Completed);
        let begun = one.events.iter().filter(|it| matches!(it.kind, EventKind::Phase(_, true)));
        assert!(begun.count() > 3);
    }
    assert_ne!(one[0].digest, one[1].digest);
}

/// What a pack does and shows is waited for in the words of expectations, and so is what it reports.
#[test]
fn states_and_reports_are_conditions() {
    use bms_core::mode::Mode;
    use bms_core::protect::Reasons;
    use sim::display::{Displayed, Page};
    use sim::observe::{Display, State};
    use sim::reported::Reported;
    use sim::trace::Switch;
    let is = Condition::Is;
    for (text, exact) in [
        ("{ state = \"standby\" }", is(State::Mode(Mode::Standby))),
        ("{ leds = \"##oo # *\" }", is(State::Leds("##oo#*".into()))),
        ("{ switches = { charge = \"off\" } }", {
            is(State::Switches(vec![(Switch::Charge, false)]))
        }),
        ("{ bleeding = [1, 8] }", is(State::Bleeding(0b1000_0001))),
        ("{ in-force = [\"OV\", \"UV\"] }", {
            is(State::InForce(Reasons::OVER_VOLTAGE | Reasons::UNDER_VOLTAGE))
        }),
        ("{ display = \"alarms\" }", {
            is(State::Display(Display { page: Some(Page::Alarms), lines: Vec::new() }))
        }),
        ("{ display = { lines = \"Latest OV\" }, for = \"2 s\" }", {
            let display = Display { page: None, lines: vec!["Latest OV".into()] };
            Condition::Held(Box::new(is(State::Display(display))), secs(2))
        }),
        ("\"reported cell 3 >= 3.75 V\"", { at_least(Signal::Reported(Reported::Cell(2)), 3.75) }),
        ("\"error of current >= 1 A\"", at_least(Signal::Deviation(Reported::Current), 1.0)),
        ("\"reported remaining capacity >= 1 Ah\"", {
            at_least(Signal::Reported(Reported::Remaining), 3_600.0)
        }),
        ("\"displayed SOC >= 50 %\"", at_least(Signal::Displayed(Displayed::Soc), 0.5)),
    ] {
        assert_eq!(until(text), exact, "{text}");
    }
}

/// A fault is an action as any other: all that its catalogue entry is made of begins together, and
/// what ends is what began, with everything that was said about it.
#[test]
fn faults_begin_and_end_by_actions() {
    use sim::fault::Fault;
    let text = "[[phase]]\nname = \"one\"\n\
        do = [{ begin-fault = { name = \"channel-offset\", cell = 7, by = \"-30 mV\" } },\n\
        { end-fault = \"channel-offset\", after = \"3 s\" }]\n\
        [[when]]\nevent = \"OV enters\"\ndo = { begin-fault = \"middle-sense-wire-open\" }\n";
    let read = script(text);
    let offset = |begins| Action::Fault(Fault::ChannelOffset { cell: 6, volts: -0.03 }, begins);
    let exact = [(secs(0), offset(true)), (secs(3), offset(false))];
    assert_eq!(read.tracks[0].phases[0].actions, exact);
    let wire = Fault::SenseWire { tap: 8, ohm: f64::INFINITY };
    assert_eq!(read.triggers[0].actions, [(secs(0), Action::Fault(wire, true))]);
}

/// Each of the catalogue's faults that happens at a moment does so as an action too, as [[fault]]
/// does it at a time.
#[test]
fn every_fault_of_the_catalogue_is_an_action() {
    let needs = "[heat.heater]\npower = \"200 W\"\nat = \"52.8 V\"\nfilm = \"500 J/K\"\n\
        to-cells = \"20 W/K\"\nsupply = \"pack\"\n[params]\nlimiter.fitted = true\n";
    let mut count = 0;
    for entry in scenarios::faults::all().iter().filter(|entry| !entry.made.is_empty()) {
        let text = format!(
            "[[fault]]\nname = {0:?}\nat = \"1 s\"\nuntil = \"2 s\"\n\
             [[when]]\nevent = \"OV enters\"\ndo = [{{ begin-fault = {0:?} }},\n\
             {{ end-fault = {0:?}, after = \"1 s\" }}]\n{needs}",
            entry.name
        );
        let setup = read(PACK, &text).setup;
        let timed: Vec<_> = setup.timeline.iter().map(|timed| &timed.action).collect();
        let acted: Vec<_> =
            setup.script.triggers[0].actions.iter().map(|(_, action)| action).collect();
        assert_eq!(timed, acted, "{}", entry.name);
        count += 1;
    }
    assert!(count > 70, "{count}");
}

/// What a host writes is held from then on; before and without a number for a word there is none.
#[test]
fn a_script_waits_for_what_the_firmware_holds_and_rows_have_it() {
    let script = "[[step]]\nat = \"5 s\"\n\
        do.write-parameter = { name = \"voltage.cell_ov\", value = \"3700 mV\" }\n\
        [[phase]]\nname = \"written\"\nuntil = \"reported parameter voltage.cell_ov <= 3.7 V\"\n\
        [[phase]]\nname = \"after\"\nlasts = \"1 s\"\nnext = \"end run\"\n\
        [[expect]]\nrequirement = \"PS-PC-3\"\nvalue = \"reported parameter voltage.cell_ov\"\n\
        at = \"1 s\"\nequals = \"3750 mV\"\nwithin = \"0 V\"\n";
    let scenario = read(FORCED, script);
    let signal = scenario.expectations[1].check.signal().expect("it looks at one");
    let trace = traces(&[scenario], 1).remove(0);
    let begun = EventPattern::Phase("after".into(), true);
    let begun =
        trace.events.iter().find(|event| begun.matches(&event.kind)).expect("it is waited for");
    assert!(begun.at >= SimTime::from_secs(5) && begun.at <= SimTime::from_millis(5_200));
    for row in &trace.rows {
        let volts = signal.of(row).expect("rows hold it, as a check looks at it");
        let exact = if row.at < begun.at { 3.75 } else { 3.7 };
        assert!((volts - exact).abs() < 1e-12 || row.at == begun.at, "{volts} at {:?}", row.at);
    }
}

#[test]
fn a_size_is_waited_for_whatever_the_sign() {
    let script = "[[phase]]\nname = \"one\"\nuntil = \"size of current >= 20 A\"\n\
        [[phase]]\nname = \"over\"\nlasts = \"1 s\"\nnext = \"end run\"\n";
    for ampere in ["-20 A", "20 A"] {
        let world = format!("{FORCED}current = [[\"0 s\", \"19.9 A\"], [\"3 s\", \"{ampere}\"]]\n");
        let trace = traces(&[read(&world, script)], 1).remove(0);
        let Outcome::Ended { at } = trace.outcome else { panic!("{:?}", trace.outcome) };
        assert!(at >= SimTime::from_secs(4) && at <= SimTime::from_millis(4_020), "{at:?}");
    }
}
