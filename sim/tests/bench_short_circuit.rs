//! The whole loop on short-circuit pulses: chip, driver, firmware, in forced worlds.

mod plant_common;

#[path = "../../bms-core/tests/common/samples.rs"]
#[allow(dead_code, reason = "both products stand there; a test may need one")]
mod samples;

use bms_core::params::Params;
use bms_core::protect::Reasons;
use sim::script::Script;
use sim::setup::{
    BoardSetup, ForcedSetup, FrontEndLevel, Looks, Profile, Setup, Shape, Tolerance, WorldSetup,
};
use sim::time::{SimTime, Span};
use sim::trace::{EventKind, Outcome, Trace};

fn board(shunt_ohm: f64) -> BoardSetup {
    BoardSetup { shunt_ohm, ..plant_common::board() }
}

/// A discharge pulse of `amps` for `micros` at 1 s, with the load gone at its end.
fn pulse(params: Params, shunt_ohm: f64, amps: f64, micros: u64, level: FrontEndLevel) -> Trace {
    sim::bench::run(&setup(params, shunt_ohm, amps, micros, level))
}

fn setup(
    mut params: Params,
    shunt_ohm: f64,
    amps: f64,
    micros: u64,
    level: FrontEndLevel,
) -> Setup {
    params.precharge.on_short_circuit = false; // AMB-PS-36: no bus voltage to pre-charge
    let start = SimTime::from_secs(1);
    let end = SimTime(start.0 + micros * 1_000);
    let steps = |value| Profile {
        points: vec![(SimTime::ZERO, 0.0), (start, value), (end, 0.0)],
        shape: Shape::Step,
    };
    Setup {
        name: "pulse".to_owned(),
        params,
        board: board(shunt_ohm),
        world: WorldSetup::Forced(ForcedSetup {
            cells: vec![Profile::constant(3.3); 16],
            current: steps(-amps),
            gated: true,
            cell_temperatures: std::array::from_fn(|_| Profile::constant(25.0)),
            mos_temperatures: std::array::from_fn(|_| Profile::constant(25.0)),
            board_temperature: Profile::constant(25.0),
            load_attached: steps(1.0),
            charger_attached: Profile::constant(0.0),
        }),
        timeline: Vec::new(),
        script: Script::default(),
        front_end: level,
        tolerance: Tolerance::Nominal,
        seed: 1,
        duration: SimTime::from_secs(4),
        record_period: Span::from_millis(100),
        record_at: Vec::new(),
        event_budget: 1_000_000,
        switched_on: true,
        latched: Reasons::empty(),
        looks: Looks::default(),
        steps: sim::setup::StepBounds::default(),
    }
}

fn times(trace: &Trace, wanted: &EventKind) -> Vec<u64> {
    let hits = trace.events.iter().filter(|event| event.kind == *wanted);
    hits.map(|event| event.at.0).collect()
}

/// PS200-SCP-1, S03 (a), (b), (d): 110 mV for 320 µs at 125 µΩ is 880 A.
#[test]
fn a_pulse_trips_from_its_level_and_its_delay_on() {
    let trips = |amps, micros| {
        let trace = pulse(samples::ps_20016s(), 125e-6, amps, micros, FrontEndLevel::Register);
        assert_eq!(trace.outcome, Outcome::Completed);
        times(&trace, &EventKind::Protection(Reasons::SHORT_CIRCUIT, true))
    };
    assert_eq!(trips(900.0, 300), []);
    assert_eq!(trips(900.0, 319), []);
    assert_eq!(trips(900.0, 320), [1_000_320_000]);
    assert_eq!(trips(880.0, 320), [1_000_320_000]);
    assert_eq!(trips(879.99, 1_000), []);
}

/// PS-SCP-2: released 2000 ms after the load is gone.
#[test]
fn the_trip_is_released_two_seconds_after_the_load_has_gone() {
    let trace = pulse(samples::ps_20016s(), 125e-6, 900.0, 320, FrontEndLevel::Register);
    let released = times(&trace, &EventKind::Protection(Reasons::SHORT_CIRCUIT, false));
    assert_eq!(released.len(), 1);
    let after = released[0] - 1_000_320_000;
    assert!((2_000_000_000..=2_200_000_000).contains(&after), "{after} ns");
}

/// Both seams are views of one chip: the same events at the same times.
#[test]
fn bytes_and_values_give_the_same_events() {
    let events = |level| pulse(samples::ps_15016(), 166.667e-6, 480.0, 500, level).events;
    let (register, value) = (events(FrontEndLevel::Register), events(FrontEndLevel::Value));
    assert!(register.len() > 10);
    assert_eq!(register, value);
}

/// A bug of the simulator ends its run, not what the run had recorded.
#[test]
fn a_panic_leaves_the_trace_up_to_it() {
    let sound = setup(samples::ps_20016s(), 125e-6, 900.0, 320, FrontEndLevel::Register);
    // No gate lets a period of zero through; the recorder cannot divide by it.
    let trace = sim::bench::run(&Setup { record_period: Span(0), ..sound });
    let Outcome::Aborted { at, why } = &trace.outcome else { panic!("{:?}", trace.outcome) };
    assert_eq!(*at, SimTime::ZERO);
    assert!(why.contains("a bug") && why.contains("divide by zero"), "{why}");
    assert!(!trace.events.is_empty() && trace.rows.len() == 1);
}
