//! Checks of energies over a span, means, changes, the display, and of what was in force from the
//! first moment on: on traces by hand, and of whole runs against closed forms.

use super::judge;
use crate::testbench::{at, decision, expectation, ms, quiet, row, scenario};
use crate::verdict::{Finding, Grade, Reading, Unit};
use bms_core::protect::Reasons;
use scenarios::expect::{Check, EnergyPart, EventPattern, Moment, Signal, When};
use sim::display::Page;
use sim::observe::Display;
use sim::time::{SimTime, Span};
use sim::trace::{Begun, EventKind, Ledger, Row, Switch, Trace};

const OV: Reasons = Reasons::OVER_VOLTAGE;

fn found(trace: &Trace, check: Check) -> Finding {
    let mut ten_seconds = scenario("ten-seconds", SimTime::from_secs(10));
    ten_seconds.setup.board.display_a = 5e-3;
    judge(&expectation(&["PS-OV-1"], "claim", check), &ten_seconds, trace)
}

fn value(finding: &Finding) -> f64 {
    match finding.measured {
        Reading::Value(value, _) => value,
        ref other => panic!("one value is measured: {other:?}"),
    }
}

/// A row each second: the current as many ampere as seconds have passed, and heat of the path of
/// ten joules a second.
fn rows() -> Vec<Row> {
    let one = |second: u32| {
        let mut row = row(ms(u64::from(second) * 1_000), f64::from(second), 52.8);
        let book = Ledger { path_heat_j: 10.0 * f64::from(second), ..Ledger::default() };
        row.ledger = Some(Box::new(book));
        row
    };
    (0..=10).map(one).collect()
}

fn recorded() -> Trace {
    let ledger = Ledger { path_heat_j: 100.0, ..Ledger::default() };
    let shut = at(ms(4_500), EventKind::Switched(Switch::Discharge, false));
    Trace { rows: rows(), ledger, events: vec![shut], ..quiet() }
}

#[test]
fn an_energy_of_a_span_is_what_the_book_gained_in_it() {
    let trace = recorded();
    let joules = |when, high| {
        found(&trace, Check::Joules { when, part: EnergyPart::PathHeat, low: 0.0, high })
    };
    let whole = joules(None, 100.0);
    assert_eq!((value(&whole), whole.verdict.grade()), (100.0, Grade::Pass));
    let two = joules(Some(When::between(ms(2_000), ms(4_000))), 20.0);
    assert_eq!((value(&two), two.verdict.grade()), (20.0, Grade::Pass));
    let same = joules(Some(When::between(ms(2_000), ms(4_000))), 19.9);
    assert_eq!(same.verdict.grade(), Grade::Fail);
    let off = EventPattern::Switched(Switch::Discharge, false);
    let from = Moment::After { event: off, occurrence: 1, delay: Span::from_millis(500) };
    let after = joules(Some(When::Span { from, to: Moment::At(ms(10_000)) }), 50.0);
    assert_eq!((value(&after), after.verdict.grade()), (50.0, Grade::Pass));
}

#[test]
fn a_span_whose_book_was_not_recorded_is_untested() {
    let mut trace = recorded();
    trace.rows.iter_mut().for_each(|row| row.ledger = None);
    let when = Some(When::between(ms(2_000), ms(4_000)));
    let check = Check::Joules { when, part: EnergyPart::PathHeat, low: 0.0, high: 1e9 };
    assert_eq!(found(&trace, check).verdict.grade(), Grade::Untested);
}

/// Of a straight line the mean is that of its ends, and the change their difference.
#[test]
fn means_and_changes_of_a_straight_line_are_those_of_its_ends() {
    let trace = recorded();
    let when = || When::between(ms(2_500), ms(7_500));
    let signal = Signal::Current;
    let mean = found(&trace, Check::Mean { signal, when: when(), low: 5.0, high: 5.0 });
    assert_eq!(mean.measured, Reading::Value(5.0, Unit::Ampere));
    assert_eq!(mean.verdict.grade(), Grade::Pass);
    let low = found(&trace, Check::Mean { signal, when: when(), low: 5.1, high: 9.0 });
    assert_eq!(low.verdict.grade(), Grade::Fail);
    let change = found(&trace, Check::Change { signal, when: when(), low: 5.0, high: 5.0 });
    assert_eq!((value(&change), change.verdict.grade()), (5.0, Grade::Pass));
    let none = When::at(ms(3_000));
    let none = found(&trace, Check::Mean { signal, when: none, low: 0.0, high: 9.0 });
    assert_eq!(none.verdict.grade(), Grade::Untested, "a moment has no mean");
}

#[test]
fn what_stands_on_the_display_is_read_as_it_changes() {
    let shows = |millis, text: &str| at(ms(millis), EventKind::Shown(text.into()));
    let alarms = "Latest OV\nListed 1\nTotal 10";
    let events = vec![shows(1_000, "LOGO"), shows(4_000, alarms)];
    let trace = Trace { events, rows: rows(), ..quiet() };
    let grade = |from, to, page, line: &str| {
        let lines = (!line.is_empty()).then(|| line.into()).into_iter().collect();
        let display = Display { page, lines };
        let when = When::between(ms(from), ms(to));
        found(&trace, Check::Display { when, display }).verdict.grade()
    };
    assert_eq!(grade(0, 999, Some(Page::Dark), ""), Grade::Pass);
    assert_eq!(grade(1_000, 3_999, Some(Page::Logo), ""), Grade::Pass);
    assert_eq!(grade(1_000, 4_000, Some(Page::Logo), ""), Grade::Fail);
    assert_eq!(grade(4_000, 10_000, Some(Page::Alarms), "Latest OV"), Grade::Pass);
    assert_eq!(grade(4_000, 10_000, None, "Total 1"), Grade::Fail, "lines are meant as a whole");
}

/// Over-voltage from the first moment on until it is left at 4 s.
#[test]
fn what_was_in_force_at_first_is_in_force_until_it_is_left() {
    let begun = Begun { decision: decision(true, OV), conducting: vec![Switch::Discharge] };
    let events = vec![at(ms(4_000), EventKind::Protection(OV, false))];
    let trace = Trace { begun: Some(begun), events, rows: rows(), ..quiet() };
    let when = When::InForce { reasons: OV, settled: Span(0) };
    let check = |high| Check::Band { signal: Signal::Current, when: when.clone(), low: 0.0, high };
    assert_eq!(found(&trace, check(3.0)).verdict.grade(), Grade::Pass);
    assert_eq!(found(&trace, check(2.9)).verdict.grade(), Grade::Fail);
    let switches = |charge, discharge| {
        let wanted = vec![(Switch::Charge, charge), (Switch::Discharge, discharge)];
        found(&trace, Check::Switches { when: When::at(ms(1)), wanted }).verdict.grade()
    };
    assert_eq!((switches(false, true), switches(true, true)), (Grade::Pass, Grade::Fail));
}

/// The findings of a run of a text.
fn run(text: &str) -> Vec<Finding> {
    let read = scenarios::load::parse("run.toml", "run", text).unwrap_or_else(|it| panic!("{it}"));
    let trace = sim::bench::run(&read[0].setup);
    read[0].expectations.iter().map(|it| judge(it, &read[0], &trace)).collect()
}

/// 20 A through the 2 mohm of the path are 0.8 W: 0.8 J in each second after the load has come,
/// whose moment is known by its event alone. A pack of straight cells with 0.5 mohm each gives
/// 20 A x 8 mohm = 0.16 V less, and 20 C in each second.
#[test]
fn energies_and_changes_of_a_run_are_those_of_its_circuit() {
    let text = "[scenario]\ntitle = \"spans\"\nproduct = \"ps-15016\"\nduration = \"12 s\"\n\
        record-period = \"3 s\"\n[pack]\ncells = 16\nsoc = \"50 %\"\n\
        linear = { empty = \"3.2 V\", full = \"3.4 V\", capacity = \"100 Ah\", \
        resistance = \"0.5 mohm\" }\n[board]\nconsumption = \"0 mA\"\n\
        [[phase]]\nname = \"up\"\nuntil = { all = [{ state = \"standby\" }, \
        { switches = { charge = \"on\", discharge = \"on\" } }] }\ntimeout = \"5 s\"\n\
        [[phase]]\nname = \"wait\"\nlasts = \"1.234 s\"\n\
        [[phase]]\nname = \"load\"\ndo.connect-load = { current = \"20 A\" }\n\
        [[expect]]\nrequirement = \"PS-GEN-3\"\n\
        energy = { part = \"path heat\", low = \"1.58 J\", high = \"1.62 J\" }\n\
        from = { after = \"phase load begins\", delay = \"1 s\" }\n\
        to = { after = \"phase load begins\", delay = \"3 s\" }\n\
        [[expect]]\nrequirement = \"PS-GEN-3\"\nchange = \"charge\"\n\
        from = { after = \"phase load begins\", delay = \"1 s\" }\n\
        to = { after = \"phase load begins\", delay = \"3 s\" }\n\
        equals = \"-40 C\"\nwithin = \"0.01 C\"\n\
        [[expect]]\nrequirement = \"PS-GEN-3\"\nmean = \"current\"\n\
        from = { after = \"phase load begins\", delay = \"1 s\" }\n\
        to = { after = \"phase load begins\", delay = \"3 s\" }\n\
        equals = \"-20 A\"\nwithin = \"1 mA\"\n";
    for finding in run(text) {
        assert_eq!(finding.verdict.grade(), Grade::Pass, "{finding:?}");
    }
}

/// What a person reads: 16 cells of 3.3 V are 52.8 V; three keys lead to the page of alarms.
#[test]
fn the_display_of_a_run_is_read_by_its_pages_and_numbers() {
    let key = |at: &str| format!("[[step]]\nat = \"{at}\"\ndo.hmi-key = \"next\"\n");
    let text = format!(
        "[scenario]\ntitle = \"display\"\nproduct = \"ps-15016\"\nduration = \"12 s\"\n\
         [board]\ndisplay = \"5 mA\"\n[forced]\ncells = 16\nvoltage = \"3.3 V\"\n\
         {}{}{}\
         [[expect]]\nrequirement = \"PS-HMI-3\"\nvalue = \"displayed voltage\"\nat = \"6 s\"\n\
         equals = \"52.8 V\"\nwithin = \"1 mV\"\n\
         [[expect]]\nrequirement = \"PS-HMI-4\"\nvalue = \"displayed cell 16\"\nat = \"7.5 s\"\n\
         equals = \"3.3 V\"\nwithin = \"1 mV\"\n\
         [[expect]]\nrequirement = \"PS-HMI-5\"\nvalue = \"displayed temperature 7\"\nat = \"8.5 s\"\n\
         equals = \"25 degC\"\nwithin = \"0.1 degC\"\n\
         [[expect]]\nrequirement = \"PS-HMI-6\"\nfrom = \"9.1 s\"\nto = \"12 s\"\n\
         display = {{ page = \"alarms\", lines = [\"Latest none\", \"Total 0\"] }}\n",
        key("7 s"),
        key("8 s"),
        key("9 s")
    );
    for finding in run(&text) {
        assert_eq!(finding.verdict.grade(), Grade::Pass, "{finding:?}");
    }
}
