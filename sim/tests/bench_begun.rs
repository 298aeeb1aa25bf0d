//! Runs that begin with protections in force: the firmware got there by itself, at both levels, and
//! nothing of what came before is in the run.

mod bench_common;

use bench_common::{at_both, broken, held, plant_common, samples, twenty_seconds};
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use cell_models::cell::CellParams;
use sim::bench::preroll::BY_VALUES;
use sim::setup::{Action, Load, Setup, TimedAction, WorldSetup};
use sim::time::SimTime;
use sim::trace::{EventKind, Outcome, Switch, Trace};

/// Sixteen cells at this voltage and 25 °C, without a current, for 20 s, on a 200 A board.
fn resting(volts: f64, latched: Reasons) -> Setup {
    Setup { latched, ..twenty_seconds(WorldSetup::Forced(held(volts, 0.0))) }
}

/// The same of straight cells, 3.2 V empty and 3.6 V full, this full.
fn packed(soc: f64, latched: Reasons) -> Setup {
    let cell = CellParams::linear(3.2, 3.6, 10.0, 0.5e-3);
    let world = WorldSetup::ClosedLoop(plant_common::pack_of(cell, 16, soc));
    Setup { latched, ..twenty_seconds(world) }
}

/// The run at both levels, which must tell the same story.
fn run(setup: &Setup) -> Trace {
    let [register, value] = at_both(setup);
    assert_eq!(value.outcome, Outcome::Completed);
    assert_eq!(register.begun, value.begun);
    value
}

fn when(trace: &Trace, kind: &EventKind) -> Vec<SimTime> {
    let same = trace.events.iter().filter(|event| event.kind == *kind);
    same.map(|event| event.at).collect()
}

/// Half-way between release and trip of PS200-OV-1: what is in force stays.
#[test]
fn a_latched_protection_stays_where_its_values_do_not_release_it() {
    let over = Reasons::OVER_VOLTAGE;
    let (trip, release) =
        (samples::ps_20016s().voltage.over, samples::ps_20016s().voltage.over_release);
    let between = f64::from(trip.0 + release.0) * 0.5e-3;
    let trace = run(&resting(between, over));
    assert_eq!(trace.active_at_first(), over);
    assert!(trace.rows.iter().all(|row| row.decision.active == over));
    let begun = trace.begun.as_ref().expect("something came before it");
    assert_eq!(
        (begun.decision.mode, &begun.conducting[..]),
        (Mode::Standby, &[Switch::Discharge][..])
    );
    assert_eq!(when(&trace, &EventKind::Protection(over, true)), []);
    assert_eq!(broken(&trace), [] as [&str; 0]);
    let first = trace.rows.first().map(|row| row.at);
    assert_eq!((first, trace.rows.len()), (Some(SimTime::ZERO), 201));
    let kept: Vec<_> =
        trace.alarms.iter().map(|alarm| (alarm.reason, alarm.entered, alarm.at_us)).collect();
    assert_eq!(kept, [(over, true, 0)], "what came before counts from the start at the earliest");
    // The same values without it: the protection does not come.
    let other = run(&resting(between, Reasons::empty()));
    assert!(other.rows.iter().all(|row| row.decision.active.is_empty()));
}

/// At 3.3 V the first complete samples of the run release it: within 0.4 s and not before the first.
#[test]
fn what_the_values_release_is_released_by_the_first_samples_of_the_run() {
    let over = Reasons::OVER_VOLTAGE;
    for setup in [resting(3.3, over), packed(0.25, over)] {
        let trace = run(&setup);
        let [left] = when(&trace, &EventKind::Protection(over, false))[..] else {
            panic!("it is left once: {:?}", trace.events)
        };
        assert!(left > SimTime::ZERO && left <= SimTime::from_millis(400), "{left}");
        let [on] = when(&trace, &EventKind::Switched(Switch::Charge, true))[..] else {
            panic!("the charge MOSFET closes once")
        };
        assert!(on >= left);
        assert_eq!(broken(&trace), [] as [&str; 0]);
    }
}

/// Every protection that values bring about can be where a run begins, with those that its values
/// bring with it: all temperatures beyond 65 °C forbid both directions, a cell below the charge
/// prohibition is below the discharge limit too.
#[test]
fn every_protection_of_values_can_be_where_a_run_begins() {
    let with = |reason| match reason {
        Reasons::ABNORMAL_HIGH_VOLTAGE => reason | Reasons::OVER_VOLTAGE,
        Reasons::LOW_VOLTAGE_PROHIBIT => reason | Reasons::UNDER_VOLTAGE,
        Reasons::CELL_DISCHARGE_COLD => reason | Reasons::CELL_CHARGE_COLD,
        Reasons::CELL_CHARGE_HOT | Reasons::CELL_DISCHARGE_HOT => {
            Reasons::CELL_CHARGE_HOT | Reasons::CELL_DISCHARGE_HOT
        }
        Reasons::MOS_CHARGE_HOT | Reasons::MOS_DISCHARGE_HOT => {
            Reasons::MOS_CHARGE_HOT | Reasons::MOS_DISCHARGE_HOT
        }
        Reasons::MOS_CHARGE_COLD | Reasons::MOS_DISCHARGE_COLD => {
            Reasons::MOS_CHARGE_COLD | Reasons::MOS_DISCHARGE_COLD
        }
        alone => alone,
    };
    for reason in BY_VALUES.iter() {
        let mut setup = resting(3.3, with(reason));
        setup.params.system.low_voltage_prohibit = true;
        setup.duration = SimTime::from_millis(10);
        let trace = sim::bench::run(&setup);
        assert_eq!(trace.outcome, Outcome::Completed, "{reason:?}");
        assert_eq!(trace.active_at_first(), with(reason));
    }
}

/// A start that the firmware does not get to is told, and no run comes of it.
#[test]
fn a_start_that_brings_another_protection_or_none_is_told() {
    let alone = resting(3.3, Reasons::ABNORMAL_HIGH_VOLTAGE);
    let both = Reasons::ABNORMAL_HIGH_VOLTAGE | Reasons::OVER_VOLTAGE;
    assert_eq!(sim::bench::missed_start(&alone), Some(both));
    assert!(matches!(sim::bench::run(&alone).outcome, Outcome::Aborted { .. }));
    let mut off = resting(3.3, Reasons::LOW_VOLTAGE_PROHIBIT | Reasons::UNDER_VOLTAGE);
    off.params.system.low_voltage_prohibit = false;
    assert_eq!(sim::bench::missed_start(&off), Some(Reasons::UNDER_VOLTAGE), "it is not enabled");
    assert_eq!(sim::bench::missed_start(&resting(3.3, Reasons::OVER_VOLTAGE)), None);
    assert_eq!(sim::bench::missed_start(&resting(3.3, Reasons::empty())), None);
}

/// A charge is booked from the first moment on: 10 A for the 5 s from 1 s on are 50 C, whatever
/// came before. The estimate begins at what the pack was put into service with.
#[test]
fn the_plant_begins_with_the_run() {
    let mut setup = packed(0.5, Reasons::CTL_LOW);
    let at = SimTime::from_secs;
    setup.timeline = vec![
        TimedAction { at: at(1), action: Action::CtlLow(false) },
        TimedAction { at: at(5), action: Action::ConnectLoad(Load::Current(10.0)) },
        TimedAction { at: at(10), action: Action::DisconnectLoad },
    ];
    let trace = run(&setup);
    let first = trace.rows.first().expect("a run has rows");
    assert_eq!((first.truth.charge_c, first.truth.current_a), (0.0, 0.0));
    assert_eq!(first.decision.soc.0, 5_000);
    let last = trace.rows.last().expect("a run has rows");
    assert!((last.truth.charge_c + 50.0).abs() < 0.5, "{}", last.truth.charge_c);
    let left = when(&trace, &EventKind::Protection(Reasons::CTL_LOW, false));
    assert_eq!(left, [at(1)]);
    let acted: Vec<_> = (0..3).map(|index| when(&trace, &EventKind::Stimulus(index))).collect();
    assert_eq!(acted, [vec![at(1)], vec![at(5)], vec![at(10)]]);
}
