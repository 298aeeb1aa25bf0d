//! Checks over spans, in order, by cause, of records and integrals: both sides of their edges.

use super::judge;
use crate::testbench::{at, decision, expectation, ms, quiet, row, scenario, us};
use crate::verdict::{Amount, Finding, Grade, Limit, Reading, Unit};
use bms_core::bms::Transfer;
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use bms_core::units::BasisPoints;
use scenarios::expect::{
    Cause, Cell, Check, EnergyPart, EventPattern, Kept, Moment, Need, Origin, Reach, Signal, Times,
    When, Window,
};
use sim::time::{SimTime, Span};
use sim::trace::{
    AlarmRecord, BurstPoint, Event, EventKind, Ledger, Mark, MarkKind, Switch, Trace,
};

const OV: Reasons = Reasons::OVER_VOLTAGE;
const SC: Reasons = Reasons::SHORT_CIRCUIT;
const ENTERS: EventPattern = EventPattern::Protection(OV, true);
const EXITS: EventPattern = EventPattern::Protection(OV, false);

fn found(trace: &Trace, check: Check) -> Finding {
    let ten_seconds = scenario("ten-seconds", SimTime::from_secs(10));
    judge(&expectation(&["PS-OV-1"], "claim", check), &ten_seconds, trace)
}

fn grade(trace: &Trace, check: Check) -> Grade {
    found(trace, check).verdict.grade()
}

fn with_events(events: Vec<Event>) -> Trace {
    Trace { events, ..quiet() }
}

/// OV in force from 2 s to 4 s and again from 6 s on.
fn in_force() -> Vec<Event> {
    [(2_000, true), (4_000, false), (6_000, true)]
        .map(|(millis, entered)| at(ms(millis), EventKind::Protection(OV, entered)))
        .into()
}

fn all() -> When {
    When::between(SimTime::ZERO, ms(10_000))
}

#[test]
fn an_order_takes_the_k_th_mention_as_the_k_th_occurrence() {
    let trace = with_events(in_force());
    let order = |events: &[EventPattern], strictly| {
        grade(&trace, Check::Order { events: events.to_vec(), when: all(), strictly })
    };
    assert_eq!(order(&[ENTERS, EXITS, ENTERS], true), Grade::Pass);
    assert_eq!(order(&[EXITS, ENTERS], true), Grade::Fail);
    assert_eq!(order(&[ENTERS, ENTERS, ENTERS], false), Grade::Fail, "there are two only");
}

#[test]
fn two_events_at_one_moment_are_in_order_unless_strictly() {
    let off = EventPattern::Switched(Switch::Charge, false);
    let mut events = in_force();
    events.insert(1, at(ms(2_000), EventKind::Switched(Switch::Charge, false)));
    let trace = with_events(events);
    let order = |strictly| {
        let events = vec![ENTERS, off.clone()];
        grade(&trace, Check::Order { events, when: all(), strictly })
    };
    assert_eq!((order(false), order(true)), (Grade::Pass, Grade::Fail));
}

#[test]
fn a_count_has_a_least_and_a_most() {
    let trace = with_events(in_force());
    let count = |least, most| {
        let times = Times { least, most };
        grade(&trace, Check::Count { event: ENTERS, when: all(), times })
    };
    assert_eq!((count(2, None), count(3, None)), (Grade::Pass, Grade::Fail));
    assert_eq!((count(0, Some(2)), count(0, Some(1))), (Grade::Pass, Grade::Fail));
}

#[test]
fn a_moment_after_an_event_counts_from_its_occurrence() {
    let trace = with_events(in_force());
    let after = |occurrence, millis| Moment::After {
        event: ENTERS,
        occurrence,
        delay: Span::from_millis(millis),
    };
    let never =
        |from, to| grade(&trace, Check::Never { event: EXITS, when: When::Span { from, to } });
    assert_eq!(never(after(1, 0), after(1, 1_999)), Grade::Pass);
    assert_eq!(never(after(1, 0), after(1, 2_000)), Grade::Fail);
    assert_eq!(never(after(2, 0), after(2, 1_000)), Grade::Pass);
    assert_eq!(never(after(3, 0), after(3, 1_000)), Grade::Untested, "it never came");
}

/// 1 A while OV is in force, 0 A else; the row at its exit does not belong to it.
#[test]
fn during_a_protection_ends_before_its_exit() {
    let mut trace = with_events(in_force());
    trace.rows = (0..=20).map(|half| row(ms(500 * half), 0.0, 3.3)).collect();
    for row in &mut trace.rows {
        let inside = (ms(2_000)..ms(4_000)).contains(&row.at) || row.at >= ms(6_000);
        row.truth.current_a = if inside { 1.0 } else { 0.0 };
    }
    let band = |low, high, settled| {
        let when = When::InForce { reasons: OV, settled: Span::from_millis(settled) };
        grade(&trace, Check::Band { signal: Signal::Current, when, low, high })
    };
    assert_eq!(band(1.0, 1.0, 0), Grade::Pass);
    assert_eq!(band(0.0, 0.5, 0), Grade::Fail);
    assert_eq!(band(1.0, 1.0, 60_000), Grade::Untested, "never for that long");
}

#[test]
fn a_value_is_held_from_row_to_row_without_a_break() {
    let mut trace = quiet();
    trace.rows = (0..=10).map(|second| row(ms(1_000 * second), 5.0, 3.3)).collect();
    trace.rows[4].truth.current_a = 0.0;
    let held = |millis| {
        let (low, high, at_least) = (4.0, 6.0, Span::from_millis(millis));
        let signal = Signal::Current;
        found(&trace, Check::Held { signal, when: all(), low, high, at_least })
    };
    // 5 s to 10 s.
    assert_eq!(held(5_000).verdict.grade(), Grade::Pass);
    assert_eq!(held(5_000).measured, Reading::Lasted(Span::from_millis(5_000)));
    assert_eq!(held(5_001).verdict.grade(), Grade::Fail);
}

#[test]
fn switches_are_as_they_are_at_the_end_of_each_moment() {
    let mut trace = with_events(vec![
        at(ms(1_000), EventKind::Switched(Switch::Charge, true)),
        at(ms(3_000), EventKind::Switched(Switch::Charge, false)),
        at(ms(3_000), EventKind::Switched(Switch::Charge, true)),
        at(ms(5_000), EventKind::Switched(Switch::Charge, false)),
    ]);
    trace.events.insert(1, at(ms(1_000), EventKind::Switched(Switch::Discharge, true)));
    let switches = |from, to| {
        let wanted = vec![(Switch::Charge, true), (Switch::Discharge, true)];
        let when = When::between(ms(from), ms(to));
        grade(&trace, Check::Switches { when, wanted })
    };
    assert_eq!(switches(1_000, 4_999), Grade::Pass);
    assert_eq!(switches(1_000, 5_000), Grade::Fail);
    assert_eq!(switches(999, 4_999), Grade::Fail);
}

#[test]
fn the_state_holds_through_the_span() {
    let trace = with_events(vec![
        at(ms(0), EventKind::Mode(Mode::Starting)),
        at(ms(350), EventKind::Mode(Mode::Standby)),
        at(ms(2_000), EventKind::Mode(Mode::Charge)),
    ]);
    let state = |from, to| {
        let when = When::between(ms(from), ms(to));
        grade(&trace, Check::State { when, mode: Mode::Standby })
    };
    assert_eq!((state(350, 1_999), state(349, 1_999)), (Grade::Pass, Grade::Fail));
    assert_eq!(state(350, 2_000), Grade::Fail);
}

#[test]
fn exactly_the_named_cells_are_bled() {
    let trace = with_events(vec![at(ms(1_000), EventKind::Bleed(1 << 7))]);
    let bled = |cells| {
        let when = When::between(ms(1_000), ms(2_000));
        grade(&trace, Check::Bleeding { when, cells })
    };
    assert_eq!([bled(1 << 7), bled(1 << 7 | 1), bled(0)], [Grade::Pass, Grade::Fail, Grade::Fail]);
}

/// Rows of the test bench: cell 1 is the lowest, the highest is 30 mV above it.
#[test]
fn a_transfer_goes_to_the_lowest_cell_within_what_a_reading_may_be_wrong() {
    let mut trace = quiet();
    trace.rows = (0..=10).map(|second| row(ms(1_000 * second), 0.0, 3.3)).collect();
    let transfer = |donor, receiver, trace: &mut Trace| {
        for row in &mut trace.rows {
            row.decision.transfer = Some(Transfer { donor, receiver });
        }
        let (donor, receiver) = (Some(Cell::Highest), Some(Cell::Lowest));
        grade(trace, Check::Transfer { when: all(), donor, receiver })
    };
    let volts = trace.rows[0].truth.cells_v.clone();
    let rank = |wanted: usize| {
        let mut order: Vec<usize> = (0..16).collect();
        order.sort_by(|a, b| volts[*a].total_cmp(&volts[*b]));
        u8::try_from(order[wanted]).unwrap()
    };
    assert_eq!(transfer(rank(15), rank(0), &mut trace), Grade::Pass);
    assert_eq!(transfer(rank(15), rank(2), &mut trace), Grade::Pass, "4 mV above the lowest");
    assert_eq!(transfer(rank(15), rank(3), &mut trace), Grade::Fail, "6 mV above the lowest");
    assert_eq!(transfer(rank(0), rank(15), &mut trace), Grade::Fail);
    let none = Check::Transfer { when: all(), donor: None, receiver: None };
    assert_eq!(grade(&trace, none), Grade::Fail);
}

#[test]
fn records_are_compared_in_order_from_either_end() {
    let record =
        |at_us, reason, entered| AlarmRecord { at_us, reason, entered, soc: BasisPoints(5_000) };
    let mut trace = quiet();
    trace.alarms = vec![record(1, OV, true), record(2, OV, false), record(3, SC, true)];
    let history = |records: &[(Reasons, bool)], kept, soc| {
        grade(&trace, Check::History { records: records.to_vec(), kept, soc })
    };
    let every = [(OV, true), (OV, false), (SC, true)];
    assert_eq!(history(&every, Kept::All, None), Grade::Pass);
    assert_eq!(history(&every[..2], Kept::All, None), Grade::Fail, "one is left over");
    assert_eq!(history(&every[..2], Kept::Oldest, None), Grade::Pass);
    assert_eq!(history(&every[1..], Kept::Newest, None), Grade::Pass);
    assert_eq!(history(&[(SC, true), (OV, false)], Kept::Newest, None), Grade::Fail);
    assert_eq!(history(&every, Kept::All, Some((0.5, 0.6))), Grade::Pass);
    assert_eq!(history(&every, Kept::All, Some((0.51, 0.6))), Grade::Fail);
}

fn square_time(trace: &Trace, from: u64, to: u64) -> Finding {
    let when = When::between(ms(from), ms(to));
    found(trace, Check::SquareTime { when, low: 0.0, high: 1e9 })
}

/// From 0 A to 30 A in a straight line over 10 s: 30² · 10 / 3 = 3000 A²s. The charge agrees.
#[test]
fn a_straight_line_has_a_third_of_its_square() {
    let mut trace = quiet();
    trace.rows = [(0, 0.0, 0.0), (5_000, 15.0, 37.5), (10_000, 30.0, 150.0)]
        .map(|(millis, amps, charge)| {
            let mut row = row(ms(millis), amps, 3.3);
            row.truth.charge_c = charge;
            row
        })
        .into();
    let Reading::Value(value, Unit::SquareTime) = square_time(&trace, 0, 10_000).measured else {
        panic!("it was recorded")
    };
    assert!((value - 3_000.0).abs() < 1e-6, "{value}");
}

/// 10 A for 3 of 10 s, told by the charge alone: 300 A²s. A charge that no step explains is not
/// guessed at.
#[test]
fn a_step_between_two_rows_is_dated_by_the_charge() {
    let mut trace = quiet();
    trace.rows = [(0, 0.0), (10_000, 10.0)].map(|(millis, amps)| row(ms(millis), amps, 3.3)).into();
    trace.rows[1].truth.charge_c = 30.0;
    let Reading::Value(value, _) = square_time(&trace, 0, 10_000).measured else {
        panic!("it was recorded")
    };
    assert!((value - 300.0).abs() < 1e-6, "{value}");
    trace.rows[1].truth.charge_c = 130.0;
    assert_eq!(square_time(&trace, 0, 10_000).verdict.grade(), Grade::Untested);
}

/// 1000 A for 1 ms in a fast phase between two rows without current: 1000 A²s.
#[test]
fn a_fast_phase_counts_point_by_point() {
    let mut trace = quiet();
    trace.rows = [0, 1_000].map(|millis| row(ms(millis), 0.0, 3.3)).into();
    trace.rows[1].truth.charge_c = -1.0;
    let point = |micros, current_a| BurstPoint { at: us(micros), current_a, port_v: 0.0 };
    let points = [(500_000, 0.0), (500_000, -1e3), (501_000, -1e3), (501_000, 0.0)];
    trace.bursts = vec![points.map(|(micros, amps)| point(micros, amps)).into()];
    let Reading::Value(value, _) = square_time(&trace, 0, 1_000).measured else {
        panic!("it was recorded")
    };
    assert!((value - 1_000.0).abs() < 1e-6, "{value}");
}

#[test]
fn an_entry_of_the_energy_book_lies_in_its_band() {
    let mut trace = quiet();
    trace.ledger = Ledger { chemical_j: 36.0, path_heat_j: 35.9, ..Ledger::default() };
    let joules = |low, high| {
        grade(&trace, Check::Joules { when: None, part: EnergyPart::PathHeat, low, high })
    };
    assert_eq!((joules(35.9, 36.0), joules(0.0, 35.8)), (Grade::Pass, Grade::Fail));
    let nothing = Check::Joules { when: None, part: EnergyPart::Port, low: 0.0, high: 1.0 };
    assert_eq!(grade(&quiet(), nothing), Grade::Untested);
}

/// Over-voltage one second after its limit, 200 ms late at most.
fn caused(needs: Vec<Need>, reach: Option<Reach>) -> Window {
    let cause = Cause { requirement: "PS150-OV-1".into(), words: "the limit".into(), needs, reach };
    Window {
        at: ms(1_000),
        anchor: None,
        cause: Some(cause),
        early: Span(0),
        late: Span::from_millis(200),
        budget: Vec::new(),
    }
}

fn by_limit(occurrence: usize) -> Check {
    let need = Need { origin: Origin::Violation(OV), delay: Span(0) };
    Check::Event { event: ENTERS, occurrence, window: caused(vec![need], None) }
}

fn crossed(millis: u64, into: bool) -> Event {
    at(ms(millis), EventKind::Crossed(OV, into))
}

fn entered(millis: u64, into: bool) -> Event {
    at(ms(millis), EventKind::Protection(OV, into))
}

#[test]
fn a_window_by_cause_counts_from_the_crossing_that_led_to_the_event() {
    let trip = |millis| {
        // A crossing that was too short comes before the one that counts.
        let events = vec![crossed(1_000, true), crossed(1_500, false), crossed(3_000, true)];
        let trace = with_events(events.into_iter().chain([entered(millis, true)]).collect());
        found(&trace, by_limit(1))
    };
    assert_eq!(trip(4_000).verdict.grade(), Grade::Pass);
    assert_eq!(trip(4_200).verdict.grade(), Grade::Pass);
    assert_eq!(trip(3_999).verdict.grade(), Grade::Fail);
    assert_eq!(trip(4_201).verdict.grade(), Grade::Fail);
    let limit = Limit::Window { from: ms(4_000), at: ms(4_000), to: ms(4_200) };
    assert_eq!(trip(4_000).limit, limit);
    assert!(trip(4_000).note.contains("3 s"), "{}", trip(4_000).note);
}

#[test]
fn an_event_without_its_cause_fails_and_a_cause_without_its_event_too() {
    let alone = with_events(vec![entered(2_000, true)]);
    assert_eq!(grade(&alone, by_limit(1)), Grade::Fail);
    let before = with_events(vec![entered(2_000, true), crossed(3_000, true)]);
    assert_eq!(grade(&before, by_limit(1)), Grade::Fail);
    let omitted = with_events(vec![crossed(3_000, true)]);
    assert_eq!(grade(&omitted, by_limit(1)), Grade::Fail);
    assert_eq!(grade(&quiet(), by_limit(1)), Grade::Untested);
}

#[test]
fn a_cause_that_was_too_short_is_no_failure() {
    let lasting = |millis: u32| {
        let events = vec![crossed(3_000, true), crossed(3_000 + u64::from(millis), false)];
        grade(&with_events(events), by_limit(1))
    };
    assert_eq!(lasting(1_199), Grade::Untested);
    assert_eq!(lasting(1_200), Grade::Fail);
}

/// AMB-X-09: the discharge ends at 5 s, the limit was never left.
#[test]
fn a_violation_that_never_ended_counts_anew_from_the_end_of_what_lifted_it() {
    let events = [crossed(1_000, true), entered(2_000, true), entered(3_000, false)];
    let second = |millis| {
        let events = events.iter().cloned().chain([entered(millis, true)]).collect();
        let mut trace = with_events(events);
        let mark = |millis, begins| Mark { at: ms(millis), kind: MarkKind::Discharging, begins };
        trace.marks = vec![mark(2_900, true), mark(5_000, false)];
        grade(&trace, by_limit(2))
    };
    assert_eq!([second(5_999), second(6_000)], [Grade::Fail, Grade::Pass]);
    assert_eq!([second(6_200), second(6_201)], [Grade::Pass, Grade::Fail]);
}

/// The level at 4 s and the load gone at 5 s, with 2 s on top for the load: the later counts.
#[test]
fn of_several_needs_the_latest_counts() {
    let released = MarkKind::Released(Reasons::UNDER_VOLTAGE);
    let uv = Reasons::UNDER_VOLTAGE;
    let mark = |kind| Origin::Mark(kind, Some(uv));
    let needs = vec![
        Need { origin: mark(released), delay: Span(0) },
        Need { origin: mark(MarkKind::LoadGone), delay: Span::from_millis(2_000) },
    ];
    let exit = |millis| {
        let mut trace = with_events(vec![
            at(ms(1_000), EventKind::Protection(uv, true)),
            at(ms(millis), EventKind::Protection(uv, false)),
        ]);
        let mark = |millis, kind| Mark { at: ms(millis), kind, begins: true };
        trace.marks = vec![mark(4_000, released), mark(5_000, MarkKind::LoadGone)];
        let mut window = caused(needs.clone(), None);
        window.at = SimTime::ZERO;
        let event = EventPattern::Protection(uv, false);
        grade(&trace, Check::Event { event, occurrence: 1, window })
    };
    assert_eq!([exit(6_999), exit(7_000)], [Grade::Fail, Grade::Pass]);
    assert_eq!([exit(7_200), exit(7_201)], [Grade::Pass, Grade::Fail]);
}

/// A ramp of 10 mV/s through 3.75 V at 5 s: ±20 mV are ±2 s.
#[test]
fn a_level_with_a_tolerance_widens_the_window_by_the_ramp() {
    let reach =
        Reach { signal: Signal::Cell(0), level: 3.75, before: 0.02, beyond: 0.02, rising: true };
    let need = Need { origin: Origin::Violation(OV), delay: Span(0) };
    let trip = |millis| {
        let mut trace = with_events(vec![crossed(5_000, true), entered(millis, true)]);
        trace.events.sort_by_key(|event| event.at);
        trace.rows = (0..=100).map(|tenth| row(ms(100 * tenth), 0.0, 3.3)).collect();
        for row in &mut trace.rows {
            row.truth.cells_v[0] = 3.70 + 0.01 * row.at.as_secs_f64();
        }
        let window = caused(vec![need.clone()], Some(reach));
        grade(&trace, Check::Event { event: ENTERS, occurrence: 1, window })
    };
    assert_eq!([trip(3_998), trip(4_001)], [Grade::Fail, Grade::Pass]);
    assert_eq!([trip(8_199), trip(8_202)], [Grade::Pass, Grade::Fail]);
}

#[test]
fn a_margin_is_the_distance_to_the_nearer_edge() {
    let trace = with_events(vec![crossed(3_000, true), entered(4_050, true)]);
    let margin = Amount::Time(Span::from_millis(50));
    assert_eq!(found(&trace, by_limit(1)).verdict, crate::Verdict::Pass { margin });
    let _ = decision(true, OV);
}
