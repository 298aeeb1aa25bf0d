//! Both sides of every edge of every check.

use super::judge;
use crate::testbench::{at, decision, event, expectation, leds, ms, quiet, row, scenario, us};
use crate::verdict::{Amount, Finding, Limit, Reading, Unit, Verdict};
use bms_core::bms::Transfer;
use bms_core::protect::Reasons;
use bms_core::units::BasisPoints;
use scenarios::Scenario;
use scenarios::expect::{Check, EventPattern, Signal, Times, When};
use sim::setup::{Action, Load, TimedAction};
use sim::time::{SimTime, Span};
use sim::trace::{AlarmRecord, BurstPoint, Event, EventKind, Ledger, Outcome, Row, Switch, Trace};

const OV: Reasons = Reasons::OVER_VOLTAGE;
const ENTERS: EventPattern = EventPattern::Protection(OV, true);

fn ten_seconds() -> Scenario {
    scenario("ten-seconds", SimTime::from_secs(10))
}

fn found(trace: &Trace, check: Check) -> Finding {
    judge(&expectation(&["PS-OV-1"], "claim", check), &ten_seconds(), trace)
}

fn with_events(events: Vec<Event>) -> Trace {
    Trace { events, ..quiet() }
}

fn entered(time: SimTime) -> Trace {
    with_events(vec![at(time, EventKind::Protection(OV, true))])
}

fn is_untested(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Untested { .. })
}

fn pass(margin: Amount) -> Verdict {
    Verdict::Pass { margin }
}

fn fail(excess: Amount) -> Verdict {
    Verdict::Fail { excess }
}

#[test]
fn both_edges_of_a_window_belong_to_it_and_a_nanosecond_beyond_does_not() {
    let window = || event(ENTERS, ms(1_000), Span::from_millis(20), Span::from_millis(200));
    let verdict = |time| found(&entered(time), window()).verdict;
    assert_eq!(verdict(ms(980)), pass(Amount::Time(Span(0))));
    assert_eq!(verdict(SimTime(ms(980).0 - 1)), fail(Amount::Time(Span(1))));
    assert_eq!(verdict(ms(1_200)), pass(Amount::Time(Span(0))));
    assert_eq!(verdict(SimTime(ms(1_200).0 + 1)), fail(Amount::Time(Span(1))));
    assert_eq!(verdict(ms(1_050)), pass(Amount::Time(Span::from_millis(70))));
}

#[test]
fn a_window_that_begins_before_the_run_is_cut_at_its_start() {
    let window = event(ENTERS, ms(5), Span::from_millis(20), Span(0));
    let limit = Limit::Window { from: SimTime::ZERO, at: ms(5), to: ms(5) };
    assert_eq!(found(&entered(ms(1)), window).limit, limit);
}

#[test]
fn the_wanted_occurrence_is_the_one_judged() {
    let trace =
        with_events([1_000, 3_000].map(|it| at(ms(it), EventKind::Protection(OV, true))).into());
    let nth = |occurrence| {
        let Check::Event { event, window, .. } = event(ENTERS, ms(3_000), Span(0), Span(0)) else {
            unreachable!("an event check is what was made")
        };
        found(&trace, Check::Event { event, occurrence, window }).measured
    };
    assert_eq!(nth(1), Reading::At(ms(1_000)));
    assert_eq!(nth(2), Reading::At(ms(3_000)));
    assert_eq!(nth(3), Reading::None);
}

#[test]
fn a_window_counts_from_its_anchor_and_is_untested_without_it() {
    let Check::Event { event, occurrence, mut window } =
        event(ENTERS, ms(500), Span(0), Span::from_millis(1))
    else {
        unreachable!("an event check is what was made")
    };
    window.anchor = Some((EventPattern::Commanded(Switch::Charge, true), 1));
    let check = Check::Event { event, occurrence, window };
    let mut trace = entered(ms(2_501));
    assert!(is_untested(&found(&trace, check.clone())));
    trace.events.insert(0, at(ms(2_000), EventKind::Commanded(Switch::Charge, true)));
    assert_eq!(found(&trace, check.clone()).verdict, pass(Amount::Time(Span(0))));
    trace.events[0].at = SimTime(ms(2_000).0 - 1);
    assert_eq!(found(&trace, check).verdict, fail(Amount::Time(Span(1))));
}

#[test]
fn an_event_that_never_came_fails_only_if_its_stimulus_did() {
    let check = || event(ENTERS, ms(1_000), Span(0), Span(0));
    assert!(is_untested(&found(&quiet(), check())));
    for kind in [
        EventKind::Crossed(OV, true),
        EventKind::Compared(OV, true),
        EventKind::Sampled(OV, true),
        EventKind::Latched(OV, true),
    ] {
        let trace = with_events(vec![at(ms(10), kind)]);
        assert_eq!(found(&trace, check()).verdict, fail(Amount::Whole));
    }
    let other = with_events(vec![at(ms(10), EventKind::Crossed(Reasons::UNDER_VOLTAGE, true))]);
    assert!(is_untested(&found(&other, check())));
    let left = with_events(vec![at(ms(10), EventKind::Crossed(OV, false))]);
    assert!(is_untested(&found(&left, check())));
}

#[test]
fn a_short_at_the_port_is_a_stimulus_by_itself_and_a_plain_load_is_not() {
    let wanted = EventPattern::Protection(Reasons::SHORT_CIRCUIT, true);
    let claim = expectation(&[], "claim", event(wanted, ms(1), Span(0), Span(0)));
    let trace = with_events(vec![at(ms(0), EventKind::Stimulus(0))]);
    let verdict = |load| {
        let mut wanted = ten_seconds();
        wanted.setup.timeline = vec![TimedAction { at: ms(0), action: Action::ConnectLoad(load) }];
        judge(&claim, &wanted, &trace).verdict
    };
    assert_eq!(verdict(Load::Short { ohm: 0.005, henry: 0.0 }), fail(Amount::Whole));
    assert!(matches!(verdict(Load::Current(10.0)), Verdict::Untested { .. }));
}

#[test]
fn a_release_is_tested_only_after_an_entry() {
    let released = || event(EventPattern::Protection(OV, false), ms(5_000), Span(0), Span(0));
    assert!(is_untested(&found(&quiet(), released())));
    assert_eq!(found(&entered(ms(1_000)), released()).verdict, fail(Amount::Whole));
}

#[test]
fn an_event_whose_window_lies_beyond_the_end_is_untested_even_if_provoked() {
    let trace = with_events(vec![at(ms(10), EventKind::Crossed(OV, true))]);
    let ending = |to| event(ENTERS, to, Span(0), Span(0));
    assert_eq!(found(&trace, ending(ms(10_000))).verdict, fail(Amount::Whole));
    assert!(is_untested(&found(&trace, ending(SimTime(ms(10_000).0 + 1)))));
}

#[test]
fn balancing_is_provoked_by_a_spread_strictly_above_its_start() {
    // The limit is 150 mV, and it starts above it (PS-BAL-1).
    let check = || event(EventPattern::Transfer(true), ms(1_000), Span(0), Span(0));
    let spread = |volts| {
        let mut recorded = row(ms(0), 0.0, 3.3);
        recorded.truth.cells_v = vec![3.0, 3.0 + volts];
        Trace { rows: vec![recorded], ..quiet() }
    };
    assert!(is_untested(&found(&spread(0.149), check())));
    assert_eq!(found(&spread(0.151), check()).verdict, fail(Amount::Whole));
    let pair = Some(Transfer { donor: 4, receiver: 0 });
    let came = with_events(vec![at(ms(1_000), EventKind::Transfer(pair))]);
    assert_eq!(found(&came, check()).verdict, pass(Amount::Time(Span(0))));
}

#[test]
fn never_includes_both_ends_of_its_span() {
    let never = || Check::Never { event: ENTERS, when: When::between(ms(1_000), ms(2_000)) };
    let verdict = |time| found(&entered(time), never()).verdict;
    assert_eq!(verdict(ms(1_000)), fail(Amount::Whole));
    assert_eq!(verdict(ms(2_000)), fail(Amount::Whole));
    assert_eq!(verdict(SimTime(ms(1_000).0 - 1)), pass(Amount::Whole));
    assert_eq!(verdict(SimTime(ms(2_000).0 + 1)), pass(Amount::Whole));
}

#[test]
fn never_is_untested_if_the_run_ends_first() {
    let until = |to| Check::Never { event: ENTERS, when: When::between(ms(0), to) };
    assert_eq!(found(&quiet(), until(ms(10_000))).verdict, pass(Amount::Whole));
    assert!(is_untested(&found(&quiet(), until(SimTime(ms(10_000).0 + 1)))));
    let outcome = Outcome::Aborted { at: ms(9_999), why: "a loop".into() };
    let aborted = Trace { outcome, ..quiet() };
    assert!(is_untested(&found(&aborted, until(ms(10_000)))));
}

#[test]
fn a_count_is_exact() {
    let times = |times| {
        let when = When::between(ms(0), ms(5_000));
        Check::Count { event: ENTERS, when, times: Times::exactly(times) }
    };
    let events = [1_000, 5_000, 5_001].map(|it| at(ms(it), EventKind::Protection(OV, true)));
    let trace = with_events(events.into());
    assert_eq!(found(&trace, times(2)).verdict, pass(Amount::Whole));
    assert_eq!(found(&trace, times(1)).verdict, fail(Amount::Count(1)));
    assert_eq!(found(&trace, times(4)).verdict, fail(Amount::Count(2)));
    assert!(is_untested(&found(&quiet(), times(1))), "nothing called for it");
    assert_eq!(found(&quiet(), times(0)).verdict, pass(Amount::Whole));
}

#[test]
fn an_event_of_several_protections_is_one_of_each() {
    let both = OV | Reasons::ABNORMAL_HIGH_VOLTAGE;
    let trace = with_events(vec![at(ms(1_000), EventKind::Protection(both, true))]);
    let check = event(ENTERS, ms(1_000), Span(0), Span(0));
    assert_eq!(found(&trace, check).measured, Reading::At(ms(1_000)));
}

fn band(from: SimTime, to: SimTime, low: f64, high: f64) -> Check {
    Check::Band { signal: Signal::Current, when: When::between(from, to), low, high }
}

#[test]
fn the_edges_of_a_band_belong_to_it() {
    let rows = [(0, 1.0), (100, 2.0), (200, 4.0)].map(|(time, amps)| row(ms(time), amps, 3.3));
    let trace = Trace { rows: rows.into(), ..quiet() };
    let verdict = |low, high| found(&trace, band(ms(0), ms(200), low, high)).verdict;
    assert_eq!(verdict(1.0, 4.0), pass(Amount::Value(0.0, Unit::Ampere)));
    assert_eq!(verdict(0.5, 8.0), pass(Amount::Value(0.5, Unit::Ampere)));
    assert_eq!(verdict(1.25, 4.0), fail(Amount::Value(0.25, Unit::Ampere)));
    assert_eq!(verdict(1.0, 3.5), fail(Amount::Value(0.5, Unit::Ampere)));
    assert_eq!(verdict(f64::NEG_INFINITY, 4.5), pass(Amount::Value(0.5, Unit::Ampere)));
}

#[test]
fn rows_at_both_ends_of_a_band_count_and_those_beyond_do_not() {
    let rows = [(99, 9.0), (100, 1.0), (200, 2.0), (201, 9.0)];
    let rows = rows.map(|(time, amps)| row(ms(time), amps, 3.3));
    let trace = Trace { rows: rows.into(), ..quiet() };
    let measured = found(&trace, band(ms(100), ms(200), 0.0, 5.0)).measured;
    assert_eq!(measured, Reading::Range(1.0, 2.0, Unit::Ampere));
    assert!(is_untested(&found(&trace, band(ms(300), ms(400), 0.0, 5.0))), "no row there");
}

#[test]
fn a_value_that_is_no_number_fails() {
    let trace = Trace { rows: vec![row(ms(0), f64::NAN, 3.3), row(ms(100), 0.0, 3.3)], ..quiet() };
    assert_eq!(found(&trace, band(ms(0), ms(100), -1.0, 1.0)).verdict, fail(Amount::Whole));
}

#[test]
fn a_moment_reads_the_newest_row_or_burst_point_before_it() {
    let point = |time, current_a| BurstPoint { at: us(time), current_a, port_v: 17.0 };
    let rows = vec![row(us(0), 1.0, 3.3), row(us(400), 9.0, 3.3)];
    let bursts = vec![vec![point(100, 2.0), point(200, 3.0)]];
    let trace = Trace { rows, bursts, ..quiet() };
    let measured = |time| found(&trace, band(us(time), us(time), 0.0, 10.0)).measured;
    assert_eq!(measured(99), Reading::Value(1.0, Unit::Ampere));
    assert_eq!(measured(100), Reading::Value(2.0, Unit::Ampere));
    assert_eq!(measured(399), Reading::Value(3.0, Unit::Ampere));
    assert_eq!(measured(400), Reading::Value(9.0, Unit::Ampere));
}

#[test]
fn leds_show_what_the_last_event_up_to_the_moment_said() {
    let mut trace = with_events(vec![at(ms(1_000), EventKind::Leds(leds(true)))]);
    trace.rows = vec![row(ms(0), 0.0, 3.3)];
    trace.rows[0].decision = decision(true, Reasons::empty());
    let shown = |time, pattern: &str| {
        found(&trace, Check::Leds { when: When::at(time), pattern: pattern.into() }).verdict
    };
    assert_eq!(shown(ms(999), "##oo o *"), pass(Amount::Whole));
    assert_eq!(shown(ms(1_000), "##oo # *"), pass(Amount::Whole));
    assert_eq!(shown(ms(1_000), "---- - *"), pass(Amount::Whole));
    assert_eq!(shown(ms(1_000), "#ooo o *"), fail(Amount::Count(2)));
}

#[test]
fn records_are_counted_by_protection_and_edge() {
    let record = |entered| AlarmRecord { at_us: 1, reason: OV, entered, soc: BasisPoints(0) };
    let trace = Trace { alarms: vec![record(true), record(false), record(true)], ..quiet() };
    let records = |entered, times| Check::Records { reason: OV, entered, times };
    assert_eq!(found(&trace, records(true, 2)).verdict, pass(Amount::Whole));
    assert_eq!(found(&trace, records(false, 1)).verdict, pass(Amount::Whole));
    assert_eq!(found(&trace, records(true, 1)).verdict, fail(Amount::Count(1)));
    assert!(is_untested(&found(&quiet(), records(true, 1))));
}

fn charged(at: SimTime, charge_c: f64) -> Row {
    let mut row = row(at, 0.0, 3.3);
    row.truth.charge_c = charge_c;
    row
}

/// The charge is read at rows that stand at the span's ends, whatever lies between them.
#[test]
fn the_charge_of_a_span_is_what_its_ends_differ_by() {
    let rows = vec![charged(ms(0), 1.0), charged(ms(1_000), -6.5), charged(ms(2_000), -7.0)];
    let trace = Trace { rows, ..quiet() };
    let charge = |from, to, low, high| {
        found(&trace, Check::Charge { when: When::between(from, to), low, high })
    };
    let all = charge(ms(0), ms(2_000), -8.0, -7.0);
    assert_eq!(all.measured, Reading::Value(-8.0, Unit::Coulomb));
    assert_eq!(all.verdict, pass(Amount::Value(0.0, Unit::Coulomb)));
    assert_eq!(
        charge(ms(0), ms(1_000), -7.0, 0.0).verdict,
        fail(Amount::Value(0.5, Unit::Coulomb))
    );
    assert!(is_untested(&charge(ms(0), ms(2_001), -99.0, 99.0)), "not recorded to the end");
}

/// Without a row at its end, a straight line between two rows: half of −0.5 C.
#[test]
fn between_two_rows_the_charge_lies_on_a_line() {
    let rows = vec![charged(ms(0), 0.0), charged(ms(1_000), 0.0), charged(ms(2_000), -0.5)];
    let trace = Trace { rows, ..quiet() };
    let half = Check::Charge { when: When::between(ms(0), ms(1_500)), low: -0.25, high: -0.25 };
    assert_eq!(found(&trace, half).verdict, pass(Amount::Value(0.0, Unit::Coulomb)));
}

#[test]
fn an_energy_book_is_measured_against_what_was_moved() {
    let ledger = Ledger { chemical_j: 1_024.0, port_j: 1_016.0, ..Ledger::default() };
    let trace = Trace { ledger, ..quiet() };
    // 8 J of 1024 J are missing: exactly 1/128.
    let share = 1.0 / 128.0;
    let verdict = |share| found(&trace, Check::Energy { share }).verdict;
    assert_eq!(verdict(share), pass(Amount::Value(0.0, Unit::Share)));
    assert_eq!(verdict(0.5 * share), fail(Amount::Value(0.5 * share, Unit::Share)));
    assert!(is_untested(&found(&quiet(), Check::Energy { share })));
}

#[test]
fn what_the_gate_refuses_passes_with_its_words_and_fails_once_it_is_run() {
    let check = || Check::Refused { why: vec!["7 cells do not fit".into(), "8 at least".into()] };
    let refused = found(&Trace::refused(), check());
    assert_eq!(refused.measured, Reading::Words("7 cells do not fit; 8 at least".into()));
    assert_eq!(refused.verdict, pass(Amount::Whole));
    assert_eq!(found(&quiet(), check()).verdict, fail(Amount::Whole));
}

/// At 1 s a fast phase is newer than any row: 3 A flow out.
#[test]
fn the_size_of_a_current_has_no_sign_in_rows_and_in_fast_phases() {
    let rows = vec![row(ms(0), -2.0, 3.3)];
    let bursts = vec![vec![BurstPoint { at: ms(1_000), current_a: -3.0, port_v: 50.0 }]];
    let trace = Trace { rows, bursts, ..quiet() };
    for (at, size) in [(ms(0), 2.0), (ms(1_000), 3.0)] {
        let band = |signal| Check::Band { signal, when: When::at(at), low: size, high: size };
        let zero = pass(Amount::Value(0.0, Unit::Ampere));
        assert_eq!(found(&trace, band(Signal::Size(&Signal::Current))).verdict, zero);
        let off = fail(Amount::Value(2.0 * size, Unit::Ampere));
        assert_eq!(found(&trace, band(Signal::Current)).verdict, off);
    }
}
