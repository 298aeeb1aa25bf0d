//! Fast electrical phases against closed forms: short circuits, inrush, pre-charge, sense filter,
//! gate edges.

mod plant_common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use plant_common::{board, closed, connect, crossing, happened, plant, run, secs, stiff_pack};
use sim::setup::{Action, BoardSetup, Load};
use sim::time::{SimTime, Span};
use sim::trace::Switch;
use sim::world::{Level, Nodes, Stop, World, WorldEvent};

const START: SimTime = SimTime::from_secs(1);

/// Three loops of cable and fault: henry, whole loop in ohm.
const LOOPS: [(f64, f64); 3] = [(1e-6, 5e-3), (2e-6, 10e-3), (5e-6, 20e-3)];

/// Cells of 0.1 mohm and a path of 1 mohm leave the rest to the load.
fn short_of(henry: f64, loop_ohm: f64) -> (sim::plant::Plant, Load) {
    let board = BoardSetup { path_ohm: 1e-3, ..board() };
    let plant = closed(&stiff_pack(1e-4), &board);
    (plant, Load::Short { ohm: loop_ohm - 1.6e-3 - 1e-3, henry })
}

#[test]
fn a_short_circuit_crosses_a_level_when_its_exponential_does() {
    for (henry, ohm) in LOOPS {
        for threshold_a in [180.0, 480.0, 1100.0, 2000.0] {
            let (mut plant, load) = short_of(henry, ohm);
            run(&mut plant, START);
            connect(&mut plant, load);
            let at = crossing(&mut plant, -threshold_a / 6000.0, secs(2.0));
            let exact = -henry / ohm * libm::log1p(-threshold_a * ohm / 52.8);
            let error_ns = (at.seconds_since(START) - exact) * 1e9;
            assert!((0.0..=2.0).contains(&error_ns), "{henry} {ohm} {threshold_a}: {error_ns} ns");
        }
    }
}

#[test]
fn the_crossing_does_not_depend_on_the_callers_steps() {
    let (mut plant, load) = short_of(2e-6, 10e-3);
    run(&mut plant, START);
    connect(&mut plant, load);
    let levels = [Level { comparator: 3, volts: -0.08 }];
    let mut stop = Stop::Reached;
    let mut to = START;
    while stop == Stop::Reached {
        to = to + Span(333);
        stop = plant.run_until(to, &levels).unwrap();
    }
    let (mut whole, load) = short_of(2e-6, 10e-3);
    run(&mut whole, START);
    connect(&mut whole, load);
    assert_eq!(plant.now(), crossing(&mut whole, -0.08, secs(2.0)));
}

#[test]
fn the_current_192_us_after_the_level_is_the_exponentials() {
    let (mut plant, load) = short_of(1e-6, 5e-3);
    run(&mut plant, START);
    connect(&mut plant, load);
    let trip = crossing(&mut plant, -0.08, secs(2.0)) + Span::from_micros(192);
    run(&mut plant, trip);
    let elapsed = trip.seconds_since(START);
    let exact = -52.8 / 5e-3 * -libm::expm1(-elapsed / 200e-6);
    assert_relative_eq!(plant.truth().current_a, exact, max_relative = 1e-6);
}

/// S02: 8 mohm of cells, 2 mohm of board, 5 mohm short without inductance.
#[test]
fn a_bolted_short_without_inductance_carries_3520_amperes_at_once() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    run(&mut plant, START);
    connect(&mut plant, Load::Short { ohm: 5e-3, henry: 0.0 });
    assert_relative_eq!(plant.truth().current_a, -3520.0, max_relative = 1e-9);
    assert_relative_eq!(plant.shunt_filtered(), -3520.0 / 6000.0, max_relative = 1e-9);
}

fn inverter(ohm: f64, henry: f64, start_v: f64) -> Load {
    let (farad, bleeder_ohm) = (20e-3, f64::INFINITY);
    Load::Inverter { farad, ohm, henry, start_v, bleeder_ohm, watts: 0.0, cut_off_v: 0.0 }
}

/// S01: 20 mohm, 20 mF: 2640 A exp(-t / 400 us); bus 20.13 V after 192 us.
#[test]
fn the_inrush_into_a_capacitor_decays_with_400_us() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    run(&mut plant, START);
    connect(&mut plant, inverter(10e-3, 0.0, 0.0));
    assert_relative_eq!(plant.truth().current_a, -2640.0, max_relative = 1e-9);
    run(&mut plant, START + Span::from_micros(192));
    let current = plant.truth().current_a;
    assert_relative_eq!(current, -2640.0 * libm::exp(-0.48), max_relative = 1e-6);
    let bus_v = plant.port_v() + 10e-3 * current;
    assert_relative_eq!(bus_v, 20.13, max_relative = 1e-3);
}

/// S01: 10.02 ohm, 20 mF; a bus at 20.13 V reaches 95 % of 52.8 V after 0.504 s.
#[test]
fn precharge_follows_its_time_constant() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    connect(&mut plant, inverter(10e-3, 0.0, 20.13));
    run(&mut plant, START);
    plant.switch(Switch::Precharge, true);
    let charged = SimTime(START.0 + (0.2004 * libm::log(32.67 / 2.64) * 1e9) as u64);
    run(&mut plant, charged);
    let bus_v = plant.port_v() + 10e-3 * plant.truth().current_a;
    assert_relative_eq!(bus_v, 0.95 * 52.8, max_relative = 1e-6);
    assert_relative_eq!(charged.seconds_since(START), 0.5043, max_relative = 1e-3);
}

/// Crossing delay of the 30 us sense filter: -30 us ln(1 - 1/k), printed to 1 us.
#[test]
fn the_sense_filter_delays_a_step_as_published() {
    let published = [(1.05, 91.0), (1.2, 54.0), (1.5, 33.0), (2.0, 21.0), (5.0, 7.0)];
    for (overdrive, delay_us) in published {
        let board = BoardSetup { sense_filter: Span::from_micros(30), ..board() };
        let mut plant = closed(&stiff_pack(0.5e-3), &board);
        run(&mut plant, START);
        let load = Load::Current(overdrive * 180.0);
        connect(&mut plant, load);
        let at = crossing(&mut plant, -0.030, secs(2.0));
        let exact = -30e-6 * libm::log1p(-1.0 / overdrive);
        let elapsed = at.seconds_since(START);
        assert!((elapsed - exact).abs() <= 2e-9, "{overdrive}: {elapsed}");
        assert!((elapsed * 1e6 - delay_us).abs() <= 0.75, "{overdrive}: {elapsed}");
        let event = WorldEvent::TrueCrossing { comparator: 3, into: true };
        assert_eq!(happened(&mut plant, event), Some(START));
    }
}

#[test]
fn both_sides_of_a_level_are_reported_once_each() {
    let board = BoardSetup { sense_filter: Span::from_micros(30), ..board() };
    let mut plant = closed(&stiff_pack(0.5e-3), &board);
    let levels = [Level { comparator: 0, volts: -0.030 }, Level { comparator: 1, volts: -0.040 }];
    connect(&mut plant, Load::Current(300.0));
    let mut stops = Vec::new();
    let mut note = |plant: &mut sim::plant::Plant, to: SimTime| {
        while let Stop::Crossed { comparator } = plant.run_until(to, &levels).unwrap() {
            stops.push(comparator);
        }
    };
    // The first call only learns where the signal is; the step began at zero.
    note(&mut plant, secs(1.0));
    plant.apply(&Action::DisconnectLoad);
    note(&mut plant, secs(2.0));
    assert_eq!(stops, [0, 1, 1, 0]);
}

#[test]
fn without_a_filter_a_jump_is_reported_at_its_own_moment() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    let levels = [Level { comparator: 0, volts: -0.030 }, Level { comparator: 1, volts: -0.040 }];
    assert_eq!(plant.run_until(START, &levels).unwrap(), Stop::Reached);
    connect(&mut plant, Load::Current(300.0));
    for comparator in [0, 1] {
        assert_eq!(plant.run_until(secs(2.0), &levels).unwrap(), Stop::Crossed { comparator });
        assert_eq!(plant.now(), START);
    }
    assert_eq!(plant.run_until(secs(2.0), &levels).unwrap(), Stop::Reached);
}

/// The MOSFET takes the loop's energy and half of V I t_f, here less what the path
/// takes as a resistor: I² R t_f / 3.
#[test]
fn the_edge_of_the_discharge_mosfet_takes_its_time_and_the_energy() {
    let fall = Span::from_micros(300);
    let board = BoardSetup { discharge_fall: fall, ..board() };
    let mut plant = closed(&stiff_pack(0.5e-3), &board);
    connect(&mut plant, Load::Short { ohm: 5e-3, henry: 2e-6 });
    run(&mut plant, START);
    let before = plant.ledger();
    let current = plant.truth().current_a;
    plant.switch(Switch::Discharge, false);
    plant.switch(Switch::Charge, false);
    assert_eq!(plant.next_change(), Some(START + fall));
    run(&mut plant, START + Span(150_000));
    assert_relative_eq!(plant.truth().current_a, 0.5 * current, max_relative = 1e-9);
    run(&mut plant, START + fall);
    let after = plant.ledger();
    assert_abs_diff_eq!(plant.truth().current_a, 0.0);
    let events = plant.take_events();
    assert!(events.contains(&(START + fall, WorldEvent::Switched(Switch::Discharge, false))));
    assert!(events.contains(&(START + fall, WorldEvent::CurrentZero)));
    let square = current * current;
    let (ohm, t) = (8e-3 + 5e-3, fall.as_secs_f64());
    let exact = 0.5 * 52.8 * current.abs() * t + 0.5 * 2e-6 * square - square * ohm * t / 3.0;
    assert_relative_eq!(after.path_heat_j - before.path_heat_j, exact, max_relative = 1e-6);
}

#[test]
fn a_capacitor_keeps_its_charge_behind_open_switches_and_its_bleeder_empties_it() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    let (farad, ohm, henry, bleeder_ohm) = (20e-3, 10e-3, 2e-6, 10e3);
    let (start_v, watts, cut_off_v) = (52.8, 0.0, 0.0);
    connect(
        &mut plant,
        Load::Inverter { farad, ohm, henry, start_v, bleeder_ohm, watts, cut_off_v },
    );
    run(&mut plant, START);
    plant.switch(Switch::Discharge, false);
    plant.switch(Switch::Charge, false);
    let bus_v = plant.port_v();
    assert_relative_eq!(bus_v, 52.8, max_relative = 1e-4);
    run(&mut plant, START + Span::from_millis(100_000));
    assert_relative_eq!(plant.port_v(), bus_v * libm::exp(-0.5), max_relative = 1e-6);
}

#[test]
fn a_residual_difference_rings_within_the_published_bound() {
    let board = BoardSetup { path_ohm: 2e-3, ..board() };
    let mut plant = closed(&stiff_pack(0.25e-3), &board);
    let load = Load::Inverter {
        farad: 10e-3,
        ohm: 4e-3,
        henry: 2e-6,
        start_v: 47.8,
        bleeder_ohm: f64::INFINITY,
        watts: 0.0,
        cut_off_v: 0.0,
    };
    run(&mut plant, START);
    connect(&mut plant, load);
    run(&mut plant, START + Span::from_millis(5));
    let peak = plant.take_burst().iter().map(|(_, current, _)| -current).fold(0.0, f64::max);
    // 5 V, 10 mF, 2 uH, 10 mohm: about 225 A damped, 354 A undamped.
    assert!((210.0..240.0).contains(&peak), "{peak}");
}

/// S01 with the switches thrown by hand: trip after 192 us, pre-charge, re-closing.
#[test]
fn a_bus_is_precharged_and_then_connected_without_a_second_surge() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    run(&mut plant, START);
    connect(&mut plant, inverter(10e-3, 0.0, 0.0));
    let trip = START + Span::from_micros(192);
    run(&mut plant, trip);
    plant.switch(Switch::Discharge, false);
    plant.switch(Switch::Charge, false);
    assert_abs_diff_eq!(plant.truth().current_a, 0.0);
    assert_relative_eq!(plant.port_v(), 20.13, max_relative = 1e-3);
    assert!(plant.load_present());
    plant.switch(Switch::Precharge, true);
    let mut now = trip;
    while plant.port_v() < 0.95 * plant.pack_v() {
        now = now + Span::from_millis(1);
        run(&mut plant, now);
    }
    assert_abs_diff_eq!(now.as_secs_f64(), 1.5043, epsilon = 5e-3);
    plant.switch(Switch::Precharge, false);
    plant.switch(Switch::Discharge, true);
    plant.switch(Switch::Charge, true);
    let surge_a = -plant.truth().current_a;
    assert!((100.0..=132.5).contains(&surge_a), "{surge_a}");
    run(&mut plant, SimTime::from_secs(10));
    assert_abs_diff_eq!(plant.truth().current_a, 0.0, epsilon = 2e-3);
}

/// Equation (22): 4 V above the lock-out it starts; without the pack its capacitor feeds it down to
/// the lock-out, C (v0² - v1²) / 2P later.
#[test]
fn an_inverter_starts_above_its_lock_out_and_stops_at_it() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    let (ohm, henry, bleeder_ohm) = (10e-3, 2e-6, f64::INFINITY);
    let (farad, start_v, watts, cut_off_v) = (20e-3, 45.9, 100.0, 42.0);
    let load = Load::Inverter { farad, ohm, henry, start_v, bleeder_ohm, watts, cut_off_v };
    connect(&mut plant, load);
    run(&mut plant, START);
    assert_eq!(happened(&mut plant, WorldEvent::LoadRunning(true)), None);
    plant.switch(Switch::Charge, true);
    plant.switch(Switch::Discharge, true);
    run(&mut plant, secs(2.0));
    assert!(happened(&mut plant, WorldEvent::LoadRunning(true)).is_some());
    assert_relative_eq!(plant.truth().current_a, -100.0 / 52.8, max_relative = 1e-3);
    let bus_v = plant.port_v() + ohm * plant.truth().current_a;
    plant.switch(Switch::Discharge, false);
    run(&mut plant, secs(10.0));
    let stopped = happened(&mut plant, WorldEvent::LoadRunning(false)).unwrap();
    let exact = farad * (bus_v * bus_v - 42.0 * 42.0) / (2.0 * watts);
    assert_abs_diff_eq!(stopped.as_secs_f64() - 2.0, exact, epsilon = 1e-7);
    assert_relative_eq!(plant.port_v(), 42.0, max_relative = 1e-6);
}

/// A cut at a stroke has two points a nanosecond apart, also where nothing is fast about it.
#[test]
fn a_jump_of_the_current_is_drawn_as_one() {
    for henry in [0.0, 2e-6] {
        let mut plant = closed(&stiff_pack(0.5e-3), &board());
        run(&mut plant, START);
        connect(&mut plant, Load::Short { ohm: 5e-3, henry });
        let cut = START + Span::from_micros(320);
        run(&mut plant, cut);
        let current = plant.truth().current_a;
        plant.switch(Switch::Discharge, false);
        run(&mut plant, secs(2.0));
        let points = plant.take_burst();
        let at = |at: SimTime| points.iter().find(|point| point.0 == at).map(|point| point.1);
        assert_relative_eq!(at(SimTime(cut.0 - 1)).unwrap(), current, max_relative = 1e-4);
        assert_eq!(at(cut), Some(0.0));
        if henry == 0.0 {
            assert_eq!(at(SimTime(START.0 - 1)), Some(0.0));
            assert_relative_eq!(at(START).unwrap(), -3520.0, max_relative = 1e-9);
        }
        assert!(points.is_sorted_by(|a, b| a.0 < b.0));
    }
}
