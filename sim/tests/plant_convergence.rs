//! Steady stretches: halving their bounds changes next to nothing, and bounds that are too coarse
//! are seen.

mod plant_common;

use cell_models::presets;
use plant_common::{board, charge, connect, pack_of, run, secs};
use sim::plant::Plant;
use sim::setup::{Load, StepBounds};
use sim::time::Span;
use sim::trace::Switch;
use sim::world::World;

/// Bounds that let the current of a minute drift by half of itself.
fn coarse() -> StepBounds {
    let minute = Span::from_millis(60_000);
    let (steady_first, steady_longest, steady_shortest) = (minute, minute, minute);
    let (drift_share, drift_a) = (0.5, 20.0);
    let usual = StepBounds::default();
    StepBounds { steady_first, steady_longest, steady_shortest, drift_share, drift_a, ..usual }
}

/// Charge into the pack after half an hour of this, coulomb.
fn charge_c(soc: f64, steps: StepBounds, begin: impl Fn(&mut Plant)) -> f64 {
    let pack = pack_of(presets::lfp_100ah(), 16, soc);
    let mut plant = Plant::with_steps(&pack, &board(), 1, steps).expect("the pack is sound");
    plant.switch(Switch::Discharge, true);
    plant.switch(Switch::Charge, true);
    begin(&mut plant);
    run(&mut plant, secs(1_800.0));
    plant.truth().charge_c
}

/// By how much halving and coarsening move that charge, coulomb.
fn moves(soc: f64, begin: impl Fn(&mut Plant)) -> (f64, f64) {
    let usual = charge_c(soc, StepBounds::default(), &begin);
    assert!(usual.abs() > 10_000.0, "{usual}");
    let to = |steps: StepBounds| (charge_c(soc, steps, &begin) - usual).abs();
    (to(StepBounds::default().halved()), to(coarse()))
}

#[test]
fn a_taper_at_constant_voltage_is_that_of_half_the_steps() {
    let (halved, coarse) = moves(0.9, |plant| charge(plant, 50.0, 55.5, 0.0));
    assert!(halved < 0.02 && coarse > 10.0 * halved, "{halved} {coarse}");
}

#[test]
fn a_constant_power_is_that_of_half_the_steps() {
    let power = Load::Power { watts: 3_000.0, cut_off_v: 30.0 };
    let (halved, coarse) = moves(0.6, |plant| connect(plant, power.clone()));
    assert!(halved < 0.02 && coarse > 10.0 * halved, "{halved} {coarse}");
}
