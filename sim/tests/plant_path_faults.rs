//! Faults of the power path: each begins, shows, and is gone again.

mod plant_common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use plant_common::{board, charge, closed, connect, plant, run, secs, stiff_pack};
use sim::fault::Fault;
use sim::plant::Plant;
use sim::setup::{BoardSetup, Load};
use sim::time::{SimTime, Span};
use sim::trace::Switch;
use sim::world::{Nodes, World, WorldEvent};

const LOAD_A: f64 = -52.8 / 0.51;

fn loaded() -> Plant {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    connect(&mut plant, Load::Resistance(0.5));
    run(&mut plant, secs(1.0));
    plant
}

fn begin(plant: &mut Plant, fault: Fault) {
    assert!(plant.inject(&fault, true), "{fault:?}");
}

fn end(plant: &mut Plant, fault: Fault) {
    assert!(plant.inject(&fault, false), "{fault:?}");
}

fn current(plant: &Plant) -> f64 {
    plant.truth().current_a
}

#[test]
fn a_stuck_mosfet_conducts_whatever_its_driver_says() {
    let mut plant = loaded();
    begin(&mut plant, Fault::StuckOn(Switch::Discharge));
    plant.switch(Switch::Discharge, false);
    assert_relative_eq!(current(&plant), LOAD_A, max_relative = 1e-9);
    end(&mut plant, Fault::StuckOn(Switch::Discharge));
    assert_abs_diff_eq!(current(&plant), 0.0);
}

#[test]
fn a_mosfet_that_never_conducts_keeps_its_diode() {
    let mut plant = loaded();
    begin(&mut plant, Fault::StuckOff(Switch::Charge));
    assert_relative_eq!(current(&plant), -52.2 / 0.51, max_relative = 1e-9);
    begin(&mut plant, Fault::StuckOff(Switch::Discharge));
    assert_abs_diff_eq!(current(&plant), 0.0);
    assert!(plant.take_events().iter().any(|(_, event)| *event == WorldEvent::CurrentZero));
    end(&mut plant, Fault::StuckOff(Switch::Discharge));
    end(&mut plant, Fault::StuckOff(Switch::Charge));
    assert_relative_eq!(current(&plant), LOAD_A, max_relative = 1e-9);
}

#[test]
fn a_stuck_mosfet_does_not_turn_on_when_it_is_told_to() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    connect(&mut plant, Load::Resistance(0.5));
    begin(&mut plant, Fault::StuckOff(Switch::Discharge));
    plant.switch(Switch::Discharge, true);
    plant.switch(Switch::Charge, true);
    assert_abs_diff_eq!(current(&plant), 0.0);
}

#[test]
fn a_slow_gate_falls_that_many_times_slower() {
    let fall = Span::from_micros(300);
    let board = BoardSetup { discharge_fall: fall, ..board() };
    for (times, slow) in [(1.0, fall), (4.0, Span::from_micros(1200))] {
        let mut plant = closed(&stiff_pack(0.5e-3), &board);
        connect(&mut plant, Load::Resistance(0.5));
        run(&mut plant, secs(1.0));
        begin(&mut plant, Fault::SlowGate { switch: Switch::Discharge, times });
        plant.switch(Switch::Discharge, false);
        assert_eq!(plant.next_change(), Some(secs(1.0) + slow));
    }
}

/// 5280 ohm at 52.8 V, less the diode of the charge MOSFET beside it.
#[test]
fn a_leaky_mosfet_passes_ten_milliamperes_while_it_is_off() {
    let mut plant = loaded();
    let leak = Fault::LeakyMosfet { switch: Switch::Discharge, ohm: 5280.0 };
    begin(&mut plant, leak.clone());
    assert_relative_eq!(current(&plant), LOAD_A, max_relative = 1e-9);
    plant.switch(Switch::Discharge, false);
    plant.switch(Switch::Charge, false);
    assert_relative_eq!(current(&plant), -52.2 / 5280.51, max_relative = 1e-9);
    end(&mut plant, leak);
    assert_abs_diff_eq!(current(&plant), 0.0);
}

#[test]
fn an_open_precharge_resistor_passes_nothing() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    connect(&mut plant, Load::Resistance(0.5));
    plant.switch(Switch::Precharge, true);
    let through = current(&plant);
    assert_relative_eq!(through, -52.8 / 10.51, max_relative = 1e-9);
    begin(&mut plant, Fault::PrechargeOpen);
    assert_abs_diff_eq!(current(&plant), 0.0);
    end(&mut plant, Fault::PrechargeOpen);
    assert_relative_eq!(current(&plant), through);
}

#[test]
fn a_blown_fuse_leaves_no_way_in_or_out() {
    let mut plant = loaded();
    begin(&mut plant, Fault::FuseBlown);
    assert_abs_diff_eq!(current(&plant), 0.0);
    plant.apply(&sim::setup::Action::DisconnectLoad);
    charge(&mut plant, 20.0, 56.0, 0.0);
    plant.switch(Switch::Limiter, true);
    assert_abs_diff_eq!(current(&plant), 0.0);
    plant.switch(Switch::Charge, false);
    assert_abs_diff_eq!(current(&plant), 0.0);
    end(&mut plant, Fault::FuseBlown);
    assert_relative_eq!(current(&plant), 10.0, max_relative = 1e-9);
}

#[test]
fn the_limiter_sticks_and_forgets_its_limit() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    charge(&mut plant, 160.0, 56.0, 0.0);
    begin(&mut plant, Fault::LimiterStuckOn);
    assert_relative_eq!(current(&plant), 10.0, max_relative = 1e-9);
    begin(&mut plant, Fault::LimiterCurrent { ampere: 14.0 });
    assert_relative_eq!(current(&plant), 14.0, max_relative = 1e-9);
    end(&mut plant, Fault::LimiterCurrent { ampere: 14.0 });
    end(&mut plant, Fault::LimiterStuckOn);
    assert_abs_diff_eq!(current(&plant), 0.0);
    plant.switch(Switch::Limiter, true);
    begin(&mut plant, Fault::LimiterStuckOff);
    assert_abs_diff_eq!(current(&plant), 0.0);
    end(&mut plant, Fault::LimiterStuckOff);
    assert_relative_eq!(current(&plant), 10.0, max_relative = 1e-9);
}

/// 52.8 V over 10 kohm: 5.28 mA out of the cells, none through the shunt.
#[test]
fn a_ground_leak_empties_the_pack_unseen() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    begin(&mut plant, Fault::GroundLeak { ohm: 10e3 });
    run(&mut plant, secs(100.0));
    assert_relative_eq!(plant.ledger().board_j, 52.8 * 52.8 / 10e3 * 100.0, max_relative = 1e-5);
    assert_abs_diff_eq!(plant.shunt_filtered(), 0.0);
    end(&mut plant, Fault::GroundLeak { ohm: 10e3 });
    let before = plant.ledger().board_j;
    run(&mut plant, secs(200.0));
    assert_abs_diff_eq!(plant.ledger().board_j, before, epsilon = 1e-9);
}

#[test]
fn a_shunt_that_drifts_is_silent_or_reversed_shows_what_it_should_not() {
    let shown = |faults: &[Fault]| {
        let mut plant = closed(&stiff_pack(0.5e-3), &board());
        for fault in faults {
            begin(&mut plant, fault.clone());
        }
        connect(&mut plant, Load::Current(60.0));
        let (shunt_v, current_a) = (plant.shunt_filtered(), current(&plant));
        assert_relative_eq!(current_a, -60.0, max_relative = 1e-9);
        for fault in faults {
            end(&mut plant, fault.clone());
        }
        assert_relative_eq!(plant.shunt_filtered(), -0.01, max_relative = 1e-9);
        shunt_v
    };
    let drift = Fault::ShuntDrift { share: 0.03 };
    assert_relative_eq!(shown(std::slice::from_ref(&drift)), -0.0103, max_relative = 1e-9);
    assert_abs_diff_eq!(shown(&[Fault::ShuntSilent]), 0.0);
    assert_relative_eq!(shown(&[Fault::ShuntReversed]), 0.01, max_relative = 1e-9);
    // Faults add up.
    assert_relative_eq!(shown(&[Fault::ShuntReversed, drift]), 0.0103, max_relative = 1e-9);
}

#[test]
fn what_is_left_of_a_burnt_shunt_carries_and_shows_nearly_all_of_the_voltage() {
    let mut plant = loaded();
    begin(&mut plant, Fault::ShuntOpen { ohm: 100.0 });
    let loop_ohm = 100.0 + 0.51 - 1.0 / 6000.0;
    assert_relative_eq!(current(&plant), -52.8 / loop_ohm, max_relative = 1e-9);
    assert_relative_eq!(plant.shunt_filtered(), -5280.0 / loop_ohm, max_relative = 1e-9);
}

#[test]
fn faults_of_other_parts_are_not_the_paths() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    assert!(!plant.inject(&Fault::BusStuck, true));
    assert_eq!(plant.now(), SimTime::ZERO);
}
