//! What the tests of the bench share: a 200 A board in a forced world, and a run at both levels.

// Each test binary uses its own part of this.
#![allow(dead_code, reason = "shared between test binaries")]

#[path = "../../../bms-core/tests/common/samples.rs"]
pub(crate) mod samples;

#[path = "../plant_common/mod.rs"]
pub(crate) mod plant_common;

use bms_core::protect::Reasons;
use sim::script::Script;
use sim::setup::{
    BoardSetup, ForcedSetup, FrontEndLevel, Looks, Profile, Setup, StepBounds, Tolerance,
    WorldSetup,
};
use sim::time::{SimTime, Span};
use sim::trace::{EventKind, Trace};

/// Driver and registers, and the same chip without them.
pub(crate) const LEVELS: [FrontEndLevel; 2] = [FrontEndLevel::Register, FrontEndLevel::Value];

pub(crate) fn ms(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

/// Sixteen cells at this voltage and 25 °C with this current.
pub(crate) fn held(volts: f64, current_a: f64) -> ForcedSetup {
    ForcedSetup {
        cells: vec![Profile::constant(volts); 16],
        current: Profile::constant(current_a),
        gated: true,
        cell_temperatures: std::array::from_fn(|_| Profile::constant(25.0)),
        mos_temperatures: std::array::from_fn(|_| Profile::constant(25.0)),
        board_temperature: Profile::constant(25.0),
        load_attached: Profile::constant(f64::from(u8::from(current_a < 0.0))),
        charger_attached: Profile::constant(0.0),
    }
}

/// A PS-20016S on its board for 20 s in this world.
pub(crate) fn twenty_seconds(world: WorldSetup) -> Setup {
    Setup {
        name: "bench".to_owned(),
        params: samples::ps_20016s(),
        board: BoardSetup { shunt_ohm: 125e-6, ..plant_common::board() },
        world,
        timeline: Vec::new(),
        script: Script::default(),
        front_end: FrontEndLevel::Value,
        tolerance: Tolerance::Nominal,
        seed: 1,
        duration: SimTime::from_secs(20),
        record_period: Span::from_millis(100),
        record_at: Vec::new(),
        looks: Looks::default(),
        event_budget: 1_000_000,
        switched_on: true,
        latched: Reasons::empty(),
        steps: StepBounds::default(),
    }
}

/// The run at both levels, by registers and by values, which must tell the same story.
pub(crate) fn at_both(setup: &Setup) -> [Trace; 2] {
    let [register, value] =
        LEVELS.map(|front_end| sim::bench::run(&Setup { front_end, ..setup.clone() }));
    let first = register.events.iter().zip(&value.events).find(|(one, other)| one != other);
    assert_eq!(first, None);
    assert_eq!(register.events.len(), value.events.len());
    assert_eq!(register.outcome, value.outcome);
    [register, value]
}

/// What the oracle found broken.
pub(crate) fn broken(trace: &Trace) -> Vec<String> {
    let what = |kind: &EventKind| match kind {
        EventKind::Broken(what) => Some(what.clone()),
        _ => None,
    };
    trace.events.iter().filter_map(|event| what(&event.kind)).collect()
}
