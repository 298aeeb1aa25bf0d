//! Rules of every run that only its whole record can break: a sound run holds them all, and each is
//! broken by a record that somebody changed.

use bms_core::protect::Reasons;
use bms_core::units::BasisPoints;
use scenarios::load::parse;
use sim::fault::Fault;
use sim::note::Note;
use sim::oracle::{Rule, ending};
use sim::setup::Setup;
use sim::time::SimTime;
use sim::trace::{Event, EventKind, Switch, Trace};

const OV: Reasons = Reasons::OVER_VOLTAGE;

/// Over-voltage from 5 s to 20 s.
const FORCED: &str = r#"
[scenario]
title = "Over-voltage that comes and goes"
product = "ps-15016"
duration = "40 s"

[forced]
cells = 16
voltage = "3300 mV"

[[forced.override]]
cell = 7
voltage = [["0 s", "3300 mV"], ["5 s", "3760 mV"], ["20 s", "3500 mV"]]

[[expect]]
requirement = "PS150-OV-1"
"#;

const PACK: &str = r#"
[scenario]
title = "A minute of load"
product = "ps-15016"
duration = "60 s"

[pack]
cells = 16
cell = "reference-100ah"
soc = "50 %"

[[step]]
at = "1 s"
do.connect-load = { current = "50 A" }

[[expect]]
requirement = "PS-BAL-3"
energy = "0.5 %"
"#;

fn run(text: &str) -> (Setup, Trace) {
    let scenarios = parse("it.toml", "it", text).expect("the scenario is right");
    let setup = scenarios[0].setup.clone();
    let trace = sim::bench::run(&setup);
    (setup, trace)
}

fn rules(trace: &Trace, setup: &Setup) -> Vec<Rule> {
    ending::broken(trace, setup).into_iter().map(|(rule, _)| rule).collect()
}

#[test]
fn a_sound_run_breaks_nothing() {
    for text in [FORCED, PACK] {
        let (setup, trace) = run(text);
        assert_eq!(ending::broken(&trace, &setup), vec![]);
    }
}

#[test]
fn two_entries_without_an_exit_and_an_exit_alone_are_told() {
    let (setup, sound) = run(FORCED);
    let is = |kind: &EventKind, entered| *kind == EventKind::Protection(OV, entered);
    let mut twice = sound.clone();
    let entry = twice.events.iter().position(|event| is(&event.kind, true)).unwrap();
    twice.events.insert(entry, twice.events[entry].clone());
    assert_eq!(rules(&twice, &setup)[0], Rule::Exits);
    let mut alone = sound.clone();
    alone.events.remove(entry);
    assert_eq!(rules(&alone, &setup)[0], Rule::Exits);
    let mut endless = sound.clone();
    endless.events.retain(|event| !is(&event.kind, false));
    assert_eq!(rules(&endless, &setup), vec![Rule::Exits], "the last row says otherwise");
}

#[test]
fn an_entry_without_a_record_is_told() {
    let (setup, mut trace) = run(FORCED);
    assert_eq!(trace.alarms.iter().filter(|alarm| alarm.entered).count(), 1);
    trace.alarms.retain(|alarm| !alarm.entered);
    assert_eq!(rules(&trace, &setup), vec![Rule::Records]);
}

/// The truth released it at 20 s: 10 s later it must be gone.
#[test]
fn what_stays_in_force_for_more_than_10_s_after_its_release_is_told() {
    let (setup, mut trace) = run(FORCED);
    trace.events.retain(|event| event.kind != EventKind::Protection(OV, false));
    let last = trace.rows.last_mut().unwrap();
    last.decision.active = OV;
    last.at = SimTime::from_secs(30);
    assert_eq!(rules(&trace, &setup), vec![]);
    trace.rows.last_mut().unwrap().at = SimTime(SimTime::from_secs(30).0 + 1);
    assert_eq!(rules(&trace, &setup), vec![Rule::Stuck]);
}

/// 50 A at 53 V for 59 s are 156 kJ: 0.5 % are 0.8 kJ.
#[test]
fn a_book_that_misses_more_than_half_a_per_cent_is_told() {
    let (setup, mut trace) = run(PACK);
    trace.ledger.path_heat_j += 500.0;
    assert_eq!(rules(&trace, &setup), vec![]);
    trace.ledger.path_heat_j += 500.0;
    assert_eq!(rules(&trace, &setup), vec![Rule::Ledger]);
}

/// The estimate moved by so much in every row from a moment on.
fn shifted(trace: &Trace, from: SimTime, by: i32) -> Trace {
    let mut trace = trace.clone();
    for row in trace.rows.iter_mut().filter(|row| row.at >= from) {
        row.decision.soc = BasisPoints(row.decision.soc.0 + by);
    }
    trace
}

/// 50 A for 59 s are less than 1 % of 100 Ah; the estimate is whole basis points, rounded down.
#[test]
fn a_count_that_is_off_by_more_than_1_per_cent_is_told() {
    let (setup, trace) = run(PACK);
    let loaded = SimTime::from_secs(30);
    for by in [-98, 98] {
        assert_eq!(rules(&shifted(&trace, loaded, by), &setup), vec![], "{by}");
    }
    for by in [-102, 102] {
        assert_eq!(rules(&shifted(&trace, loaded, by), &setup), vec![Rule::Counting], "{by}");
    }
}

/// Half a discharge counted as a charge: it shows as soon as 1 % is missing.
#[test]
fn a_count_with_the_wrong_sign_is_told() {
    let (setup, mut trace) = run(&PACK.replace("60 s", "120 s"));
    for row in &mut trace.rows {
        row.decision.soc = BasisPoints(10_000 - row.decision.soc.0);
    }
    assert_eq!(rules(&trace, &setup), vec![Rule::Counting]);
}

#[test]
fn a_correction_at_rest_or_at_an_end_begins_a_new_count() {
    let (setup, trace) = run(PACK);
    assert_eq!(rules(&shifted(&trace, SimTime::from_millis(500), 300), &setup), vec![]);
    let mut full = trace;
    for row in full.rows.iter_mut().filter(|row| row.at >= SimTime::from_secs(30)) {
        row.decision.soc = BasisPoints(10_000);
    }
    assert_eq!(rules(&full, &setup), vec![]);
}

/// A step of more than 0.5 % at rest is a correction; one below is counted, and adds up to 1.19 %
/// with what is wrong under load.
#[test]
fn only_a_step_of_more_than_half_a_per_cent_is_a_correction() {
    let (setup, trace) = run(PACK);
    let stepped = |at_rest: i32| {
        let corrected = shifted(&trace, SimTime::from_millis(500), at_rest);
        rules(&shifted(&corrected, SimTime::from_secs(30), 70), &setup)
    };
    assert_eq!(stepped(49), vec![Rule::Counting]);
    assert_eq!(stepped(51), vec![]);
}

/// C/200 of 100 Ah is rest.
#[test]
fn above_half_an_ampere_nothing_is_a_correction() {
    let (setup, trace) = run(PACK);
    let with = |ampere: f64| {
        let mut trace = shifted(&trace, SimTime::from_millis(500), 300);
        for row in trace.rows.iter_mut().filter(|row| row.at < SimTime::from_secs(1)) {
            row.truth.current_a = ampere;
        }
        rules(&trace, &setup)
    };
    assert_eq!(with(-0.499), vec![]);
    assert_eq!(with(-0.501), vec![Rule::Counting]);
}

/// Another 1 % is allowed for every further day.
#[test]
fn a_count_may_drift_by_1_per_cent_a_day() {
    let (setup, trace) = run(PACK);
    let after_days = |days: u64, by: i32| {
        let mut trace = trace.clone();
        let last = trace.rows.last_mut().expect("rows were recorded");
        last.at = SimTime::from_secs(days * 86_400);
        last.decision.soc = BasisPoints(last.decision.soc.0 + by);
        rules(&trace, &setup)
    };
    assert_eq!(after_days(1, 102), vec![Rule::Counting]);
    assert_eq!(after_days(2, 198), vec![]);
    assert_eq!(after_days(2, 202), vec![Rule::Counting]);
}

#[test]
fn a_part_beyond_its_rating_is_told_where_nothing_was_broken_on_purpose() {
    let (setup, sound) = run(PACK);
    let at = SimTime::from_secs(5);
    let with = |note: Note, fault: bool| {
        let mut trace = sound.clone();
        trace.events.push(Event { at, kind: EventKind::Noted(note) });
        if fault {
            let kind = EventKind::Fault(Fault::SenseConnectorOpen, true);
            trace.events.push(Event { at, kind });
        }
        rules(&trace, &setup)
    };
    let edge = |share| Note::EdgeHeat { switch: Switch::Discharge, joule: 1.0, share };
    assert_eq!(with(edge(1.0), false), vec![]);
    assert_eq!(with(edge(1.01), false), vec![Rule::Ratings]);
    assert_eq!(with(edge(1.01), true), vec![]);
    assert_eq!(with(Note::FuseBlown { a2s: 1e6 }, false), vec![Rule::Ratings]);
    assert_eq!(
        with(Note::PrechargeHot { celsius: 300.0, limit_c: 275.0 }, false),
        vec![Rule::Ratings]
    );
    assert_eq!(with(Note::LetThrough { a2s: 1.0, joule: 1.0, peak_a: 1.0 }, false), vec![]);
}
