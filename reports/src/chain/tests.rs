//! Waterfalls from hand-made events.

use super::{Stage, Waterfall};
use crate::testbench::{at, ms, quiet, short_circuit, us};
use bms_core::power::Blockers;
use bms_core::protect::Reasons;
use sim::time::Span;
use sim::trace::{EventKind, Switch, Trace};

const SC: Reasons = Reasons::SHORT_CIRCUIT;
const OV: Reasons = Reasons::OVER_VOLTAGE;
const UV: Reasons = Reasons::UNDER_VOLTAGE;

/// The waterfalls of a product whose short circuit opens both MOSFETs and its voltage limits one.
fn waterfalls(trace: &Trace) -> Vec<Waterfall> {
    let blockers = Blockers { charge: SC | OV, discharge: SC | UV };
    super::waterfalls(trace, &blockers)
}

/// The sequence and times of the short circuit S02 with a 12 µs gate.
#[test]
fn a_short_circuit_falls_from_crossing_to_zero() {
    let (_, trace) = short_circuit();
    let found = waterfalls(&trace);
    let [trip] = found.as_slice() else { panic!("one trip: {found:?}") };
    let steps: Vec<_> = trip
        .steps
        .iter()
        .map(|it| (it.stage, it.since_first.0 / 1_000, it.since_previous.0 / 1_000))
        .collect();
    let expected = [
        (Stage::Crossed, 0, 0),
        (Stage::Compared, 2, 2),
        (Stage::Latched, 192, 190),
        (Stage::Entered, 192, 0),
        (Stage::Commanded(Switch::Charge), 192, 0),
        (Stage::Commanded(Switch::Discharge), 192, 0),
        (Stage::GateOff(Switch::Charge), 200, 8),
        (Stage::GateOff(Switch::Discharge), 204, 4),
        (Stage::CurrentZero, 204, 0),
    ];
    assert_eq!(steps, expected);
    assert_eq!(trip.total(), Span::from_micros(204));
    assert_eq!(trip.at(Stage::Latched), Some(us(1_000_192)));
}

#[test]
fn a_sampled_trip_without_a_current_has_only_the_steps_that_happened() {
    let events = vec![
        at(ms(1_000), EventKind::Crossed(OV, true)),
        at(ms(1_085), EventKind::Sampled(OV, true)),
        at(ms(2_085), EventKind::Protection(OV, true)),
        at(ms(2_085), EventKind::Commanded(Switch::Charge, false)),
    ];
    let found = waterfalls(&Trace { events, ..quiet() });
    let stages: Vec<_> = found[0].steps.iter().map(|step| step.stage).collect();
    let commanded = Stage::Commanded(Switch::Charge);
    assert_eq!(stages, [Stage::Crossed, Stage::Sampled, Stage::Entered, commanded]);
    assert_eq!(found[0].total(), Span::from_millis(1_085));
}

#[test]
fn a_second_trip_has_its_own_causes_and_keeps_a_crossing_that_never_ended() {
    let events = vec![
        at(ms(100), EventKind::Crossed(SC, true)),
        at(ms(101), EventKind::Compared(SC, true)),
        at(ms(102), EventKind::Protection(SC, true)),
        at(ms(500), EventKind::Protection(SC, false)),
        at(ms(900), EventKind::Protection(SC, true)),
    ];
    let found = waterfalls(&Trace { events, ..quiet() });
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].at(Stage::Compared), Some(ms(101)));
    assert_eq!(found[1].at(Stage::Compared), None, "that belonged to the first trip");
    assert_eq!(found[1].at(Stage::Crossed), Some(ms(100)), "the violation never ended");
    assert_eq!(found[1].at(Stage::Released), Some(ms(500)), "but the protection was lifted");
    let released = found.iter().map(|it| it.at(Stage::Released).is_some());
    assert_eq!(released.collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_limit_that_is_crossed_anew_after_the_release_was_not_released_meanwhile() {
    let events = vec![
        at(ms(100), EventKind::Crossed(OV, true)),
        at(ms(200), EventKind::Protection(OV, true)),
        at(ms(500), EventKind::Protection(OV, false)),
        at(ms(500), EventKind::Crossed(OV, true)),
        at(ms(900), EventKind::Protection(OV, true)),
    ];
    let found = waterfalls(&Trace { events, ..quiet() });
    assert_eq!(found[1].at(Stage::Crossed), Some(ms(500)));
    assert_eq!(found[1].at(Stage::Released), None);
}

#[test]
fn another_protections_events_are_not_its_causes() {
    let events = vec![
        at(ms(100), EventKind::Crossed(Reasons::UNDER_VOLTAGE, true)),
        at(ms(200), EventKind::Protection(OV, true)),
    ];
    assert_eq!(waterfalls(&Trace { events, ..quiet() })[0].at(Stage::Crossed), None);
}

#[test]
fn a_command_is_an_effect_for_200_ms_and_not_longer() {
    let with_command = |after: u64| {
        let events = vec![
            at(ms(1_000), EventKind::Protection(OV, true)),
            at(ms(1_000 + after), EventKind::Commanded(Switch::Charge, false)),
        ];
        waterfalls(&Trace { events, ..quiet() })[0].at(Stage::Commanded(Switch::Charge))
    };
    assert_eq!(with_command(200), Some(ms(1_200)));
    assert_eq!(with_command(201), None);
}

#[test]
fn at_one_moment_the_chip_latches_before_the_firmware_sees_it() {
    let events = vec![
        at(ms(100), EventKind::Sampled(SC, true)),
        at(ms(100), EventKind::Latched(SC, true)),
        at(ms(100), EventKind::Protection(SC, true)),
    ];
    let found = waterfalls(&Trace { events, ..quiet() });
    let stages: Vec<_> = found[0].steps.iter().map(|step| step.stage).collect();
    assert_eq!(stages, [Stage::Latched, Stage::Sampled, Stage::Entered]);
}

/// Under-voltage opens the discharge MOSFET; a button presses the pack off 50 ms later.
#[test]
fn what_a_button_opens_belongs_to_no_trip() {
    let events = vec![
        at(ms(1_000), EventKind::Protection(UV, true)),
        at(ms(1_000), EventKind::Commanded(Switch::Discharge, false)),
        at(ms(1_000), EventKind::Switched(Switch::Discharge, false)),
        at(ms(1_050), EventKind::Stimulus(0)),
        at(ms(1_050), EventKind::Commanded(Switch::Charge, false)),
        at(ms(1_050), EventKind::Switched(Switch::Charge, false)),
        at(ms(1_050), EventKind::CurrentZero),
    ];
    let found = waterfalls(&Trace { events, ..quiet() });
    let stages: Vec<_> = found[0].steps.iter().map(|step| step.stage).collect();
    let (told, off) = (Stage::Commanded(Switch::Discharge), Stage::GateOff(Switch::Discharge));
    assert_eq!(stages, [Stage::Entered, told, off]);
    assert_eq!(found[0].total(), Span(0));
}

/// Also where it is the protection's own switch: the command was late, the button came before.
#[test]
fn a_command_after_another_cause_is_that_ones() {
    let with = |between: EventKind| {
        let events = vec![
            at(ms(1_000), EventKind::Protection(UV, true)),
            at(ms(1_050), between),
            at(ms(1_050), EventKind::Commanded(Switch::Discharge, false)),
        ];
        waterfalls(&Trace { events, ..quiet() })[0].at(Stage::Commanded(Switch::Discharge))
    };
    assert_eq!(with(EventKind::Stimulus(0)), None);
    assert_eq!(with(EventKind::Protection(SC, true)), None);
    assert_eq!(with(EventKind::Protection(UV, false)), None);
    assert_eq!(with(EventKind::Crossed(OV, true)), Some(ms(1_050)), "that opens nothing");
}

/// A gate that was told to open falls although the outside changes meanwhile.
#[test]
fn a_gates_edge_goes_on_whatever_happens_meanwhile() {
    let events = vec![
        at(us(1_000_000), EventKind::Protection(UV, true)),
        at(us(1_000_000), EventKind::Commanded(Switch::Discharge, false)),
        at(us(1_000_050), EventKind::Stimulus(0)),
        at(us(1_000_150), EventKind::Switched(Switch::Discharge, false)),
    ];
    let found = waterfalls(&Trace { events, ..quiet() });
    assert_eq!(found[0].at(Stage::GateOff(Switch::Discharge)), Some(us(1_000_150)));
}
