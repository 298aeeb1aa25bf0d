//! What is attached against closed forms: another pack, chargers with manners, loads that move.

mod plant_common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use cell_models::cell::CellParams;
use plant_common::{board, closed, connect, crossing, pack_of, plant, run, secs, stiff_pack};
use sim::plant::Plant;
use sim::setup::{Action, Charger, Driven, Hiccup, Load, Manner, OtherPack, Profile, Shape};
use sim::time::{SimTime, Span};
use sim::trace::Switch;
use sim::world::{Nodes, World};
use std::sync::Arc;

const START: SimTime = SimTime::from_secs(1);

fn assert_closed(plant: &Plant, share: f64) {
    let ledger = plant.ledger();
    let turnover = ledger.chemical_j.abs() + ledger.port_j.abs();
    assert_abs_diff_eq!(ledger.closure_j(), 0.0, epsilon = share * turnover);
}

fn current(plant: &Plant) -> f64 {
    plant.truth().current_a
}

/// Runs to so many seconds after the start.
fn after(plant: &mut Plant, seconds: f64) {
    run(plant, SimTime(START.0 + secs(seconds).0));
}

fn plug(plant: &mut Plant, charger: Charger) {
    plant.apply(&Action::ConnectCharger(charger));
}

fn charger(manner: Manner) -> Charger {
    Charger { manner, ..Charger::ideal(20.0, 56.0, 0.0) }
}

fn linear_cells() -> CellParams {
    CellParams::linear(3.2, 3.4, 1.0, 0.5e-3)
}

fn other(soc: f64, henry: f64) -> Load {
    let (params, cells, temperature_c) = (Arc::new(linear_cells()), 16, 25.0);
    Load::Pack(Arc::new(OtherPack { params, cells, soc, temperature_c, ohm: 10e-3, henry }))
}

/// Both packs are capacitors for small changes: L i'' + R i' + (k_1 + k_2) i = 0 with i(0) = 0 and
/// i'(0) = 1 V / L. The current rises with L / R to nearly 1 V / R and decays with R / (k_1 + k_2).
#[test]
fn two_packs_one_volt_apart_follow_the_differential_equation() {
    let (henry, ohm, per_coulomb) = (5e-6, 8e-3 + 2e-3 + 10e-3 + 8e-3, 2.0 * 16.0 * 0.2 / 3600.0);
    let root = libm::sqrt(ohm * ohm / 4.0 - henry * per_coulomb);
    let (slow, quick) = ((-ohm / 2.0 + root) / henry, (-ohm / 2.0 - root) / henry);
    let exact =
        |volts: f64, t: f64| volts / (2.0 * root) * (libm::exp(slow * t) - libm::exp(quick * t));
    // 3.2 V from empty to full: 1 V is a share of 0.3125.
    for volts in [1.0, -1.0] {
        let mut plant = closed(&pack_of(linear_cells(), 16, 0.4), &board());
        run(&mut plant, START);
        connect(&mut plant, other(0.4 + volts / 3.2, henry));
        for t in [20e-6, 200e-6, 1e-3, 5e-3, 0.1, 1.0, 10.0, 40.0] {
            after(&mut plant, t);
            let exact = exact(volts, t);
            assert_abs_diff_eq!(current(&plant), exact, epsilon = 2e-3 + 1e-3 * exact.abs());
        }
        let peak = plant.take_burst().iter().map(|point| point.1.abs()).fold(0.0, f64::max);
        assert_relative_eq!(peak, 1.0 / ohm, max_relative = 0.01);
        assert_closed(&plant, 1e-6);
        let passed = plant.truth().charge_c;
        assert_relative_eq!(passed, volts / per_coulomb, max_relative = 0.1);
    }
}

#[test]
fn another_pack_holds_the_port_while_the_switches_are_open() {
    let mut plant = plant(&pack_of(linear_cells(), 16, 0.4), &board());
    connect(&mut plant, other(0.6, 0.0));
    assert_abs_diff_eq!(current(&plant), 0.0);
    assert_relative_eq!(plant.port_v(), 16.0 * 3.32, max_relative = 1e-9);
    assert!(plant.charger_present());
    plant.switch(Switch::Charge, true);
    let exact = (16.0 * 0.04 - 0.6) / (8e-3 + 2e-3 + 10e-3 + 8e-3);
    assert_abs_diff_eq!(current(&plant), exact, epsilon = 2e-3);
}

/// A charger shares itself between two packs: each gets what its resistance and voltage say.
#[test]
fn a_charger_feeds_both_packs() {
    let mut plant = closed(&pack_of(linear_cells(), 16, 0.4), &board());
    connect(&mut plant, other(0.4, 0.0));
    plug(&mut plant, Charger::ideal(28.0, 60.0, 0.0));
    assert_abs_diff_eq!(current(&plant), 28.0 * 18.0 / 28.0, epsilon = 5e-3);
    run(&mut plant, secs(20.0));
    assert_closed(&plant, 1e-6);
}

#[test]
fn the_overshoot_of_a_charger_decays_with_its_time_constant() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    run(&mut plant, START);
    plug(&mut plant, charger(Manner { overshoot: 0.1, overshoot_s: 0.05, ..Manner::default() }));
    for t in [0.0, 0.01, 0.05, 0.15, 1.0] {
        after(&mut plant, t);
        let exact = 20.0 * (1.0 + 0.1 * libm::exp(-t / 0.05));
        assert_abs_diff_eq!(current(&plant), exact, epsilon = 0.012);
    }
    let exact = 20.0 * (1.0 + 0.1 * 0.05);
    assert_relative_eq!(plant.truth().charge_c, exact, max_relative = 1e-4);
    assert_closed(&plant, 1e-6);
}

#[test]
fn a_soft_start_rises_along_a_line_and_then_overshoots() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    run(&mut plant, START);
    let manner =
        Manner { overshoot: 0.2, overshoot_s: 0.02, slew_a_s: Some(40.0), ..Manner::default() };
    plug(&mut plant, charger(manner));
    for (t, exact) in [(0.1, 4.0), (0.25, 10.0), (0.499, 19.96), (0.5, 24.0), (2.0, 20.0)] {
        after(&mut plant, t);
        assert_abs_diff_eq!(current(&plant), exact, epsilon = 0.012);
    }
}

/// Without a capacitor the voltage jumps; it falls back after its time.
#[test]
fn a_load_dump_lifts_the_port_to_the_chargers_limit_for_a_while() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    let dump = Span::from_millis(400);
    plug(&mut plant, charger(Manner { dump_v: Some(60.0), dump, ..Manner::default() }));
    run(&mut plant, START);
    assert_relative_eq!(current(&plant), 20.0, max_relative = 1e-9);
    plant.switch(Switch::Discharge, false);
    plant.switch(Switch::Charge, false);
    assert_relative_eq!(plant.port_v(), 60.0);
    after(&mut plant, 0.399_999);
    assert_relative_eq!(plant.port_v(), 60.0);
    after(&mut plant, 0.4);
    assert_relative_eq!(plant.port_v(), 56.0);
}

/// 20 A into 2 mF: 10 V per millisecond from the port's voltage on; the way back is an inrush of
/// (V - E) / R into the pack.
#[test]
fn an_output_capacitor_rises_in_a_load_dump_and_empties_into_the_pack() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    let (farad, ohm, dump) = (2e-3, 10e-3, Span::from_millis(400));
    let manner = Manner { farad, ohm, dump_v: Some(60.0), dump, ..Manner::default() };
    plug(&mut plant, charger(manner));
    run(&mut plant, START);
    assert_relative_eq!(current(&plant), 20.0, max_relative = 1e-6);
    let port_v = plant.port_v();
    assert!(!plant.load_present());
    plant.switch(Switch::Discharge, false);
    plant.switch(Switch::Charge, false);
    after(&mut plant, 0.3e-3);
    // The current of 20 A drops 0.2 V in the capacitor's resistance.
    assert_relative_eq!(plant.port_v(), port_v + 3.0 + 0.2, max_relative = 1e-3);
    after(&mut plant, 0.1);
    assert_relative_eq!(plant.port_v(), 60.0, max_relative = 1e-3);
    plant.switch(Switch::Discharge, true);
    plant.switch(Switch::Charge, true);
    // 8 mohm of cells, 2 of path, 10 of the capacitor.
    let peak = (plant.port_v() - 52.8) / 10e-3;
    assert_relative_eq!(current(&plant), peak, max_relative = 1e-6);
    assert!((300.0..=380.0).contains(&current(&plant)), "{}", current(&plant));
    after(&mut plant, 1.0);
    assert_relative_eq!(current(&plant), 20.0, max_relative = 1e-6);
    assert_closed(&plant, 1e-6);
}

#[test]
fn a_charger_without_its_battery_gives_up_and_tries_again() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    let hiccup = Hiccup { after: Span::from_millis(100), pause: Span::from_millis(1_000) };
    plug(&mut plant, charger(Manner { hiccup: Some(hiccup), ..Manner::default() }));
    run(&mut plant, START);
    plant.switch(Switch::Discharge, false);
    plant.switch(Switch::Charge, false);
    for cycle in 0..3 {
        let begins = 1.1 * f64::from(cycle);
        for (t, present) in [(0.0, true), (0.099, true), (0.101, false), (1.099, false)] {
            after(&mut plant, begins + t);
            assert_eq!(plant.charger_present(), present, "{begins} {t}");
        }
    }
    after(&mut plant, 3.35);
    assert!(plant.charger_present());
    plant.switch(Switch::Charge, true);
    plant.switch(Switch::Discharge, true);
    after(&mut plant, 9.0);
    assert_relative_eq!(current(&plant), 20.0, max_relative = 1e-9);
}

fn sloped(points: &[(f64, f64)]) -> Arc<Profile> {
    let points = points.iter().map(|(at, value)| (secs(*at), *value)).collect();
    Arc::new(Profile { points, shape: Shape::Linear })
}

/// Up to 50 A in half a second, held, a cloud's step to 10 A, and back within 0.2 s.
#[test]
fn a_solar_charger_follows_its_profile_and_its_charge_is_the_area() {
    let profile =
        sloped(&[(0.0, 0.0), (0.5, 50.0), (3.0, 50.0), (3.0, 10.0), (6.0, 10.0), (6.2, 50.0)]);
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    run(&mut plant, START);
    let manner = Manner { profile: Some(profile), ..Manner::default() };
    plug(&mut plant, Charger { manner, ..Charger::ideal(80.0, 60.0, 0.0) });
    for (t, exact) in
        [(0.25, 25.0), (1.0, 50.0), (2.999, 50.0), (3.0, 10.0), (6.1, 30.0), (8.0, 50.0)]
    {
        after(&mut plant, t);
        assert_abs_diff_eq!(current(&plant), exact, epsilon = 1e-3);
    }
    let area = 12.5 + 125.0 + 30.0 + 6.0 + 90.0;
    assert_relative_eq!(plant.truth().charge_c, area, max_relative = 1e-6);
    assert_closed(&plant, 1e-6);
}

/// From 100 A out to 100 A in within 20 ms: 50 A after 5 ms, and no charge in the end.
#[test]
fn a_regenerating_load_turns_the_current_along_its_line() {
    let profile = sloped(&[(0.0, 100.0), (1.0, 100.0), (1.02, -100.0)]);
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    run(&mut plant, START);
    connect(&mut plant, Load::Profile { of: Driven::Current, profile });
    after(&mut plant, 0.999);
    let before = plant.truth().charge_c;
    let at = crossing(&mut plant, -50.0 / 6000.0, secs(5.0));
    assert_abs_diff_eq!(at.seconds_since(START), 1.005, epsilon = 1e-6);
    after(&mut plant, 1.021);
    assert_relative_eq!(current(&plant), 100.0, max_relative = 1e-6);
    assert_abs_diff_eq!(plant.truth().charge_c, before, epsilon = 1e-4);
    assert_closed(&plant, 1e-5);
}

#[test]
fn a_power_that_is_given_back_charges_the_pack() {
    let profile = sloped(&[(0.0, -1000.0)]);
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    connect(&mut plant, Load::Profile { of: Driven::Power, profile });
    // v² - E v - P R = 0.
    let volts = 0.5 * (52.8 + (52.8_f64 * 52.8 + 4.0 * 1000.0 * 10e-3).sqrt());
    assert_relative_eq!(current(&plant), 1000.0 / volts, max_relative = 1e-9);
}

#[test]
fn a_motor_starts_with_a_multiple_of_its_current_that_decays() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    run(&mut plant, START);
    connect(&mut plant, Load::Motor { ampere: 20.0, inrush: 5.0, decay_s: 0.06 });
    for t in [0.0, 0.03, 0.06, 0.18, 0.6] {
        after(&mut plant, t);
        let exact = -20.0 * (1.0 + 4.0 * libm::exp(-t / 0.06));
        assert_abs_diff_eq!(current(&plant), exact, epsilon = 0.052);
    }
    after(&mut plant, 2.0);
    assert_relative_eq!(plant.truth().charge_c, -20.0 * (2.0 + 4.0 * 0.06), max_relative = 1e-4);
    assert_closed(&plant, 1e-5);
}

/// 50 A and 30 A rms on top: (50² + 30²) R in path and cells, resolved or not.
#[test]
fn ripple_heats_by_its_square() {
    for resolved_hz in [None, Some(100.0)] {
        let mut plant = closed(&stiff_pack(0.5e-3), &board());
        let load = Arc::new(Load::Current(50.0));
        connect(&mut plant, Load::Rippling { load, rms_a: 30.0, resolved_hz });
        run(&mut plant, START);
        let ledger = plant.ledger();
        let square = 50.0 * 50.0 + 30.0 * 30.0;
        assert_relative_eq!(ledger.path_heat_j, 2e-3 * square, max_relative = 3e-3);
        assert_relative_eq!(ledger.cell_heat_j, 8e-3 * square, max_relative = 3e-3);
        assert_relative_eq!(plant.truth().charge_c, -50.0, max_relative = 1e-4);
        assert_closed(&plant, 1e-5);
    }
}

/// 50 A + 42.4 A sin(wt) reaches 80 A at asin(30 / 42.4) / w, 1.25 ms after the start.
#[test]
fn a_resolved_ripple_reaches_the_comparators() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    run(&mut plant, START);
    let load = Arc::new(Load::Current(50.0));
    connect(&mut plant, Load::Rippling { load, rms_a: 30.0, resolved_hz: Some(100.0) });
    let at = crossing(&mut plant, -80.0 / 6000.0, secs(5.0));
    assert_abs_diff_eq!(at.seconds_since(START), 1.25e-3, epsilon = 10e-6);
}

#[test]
fn a_pulsed_short_comes_and_goes() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    run(&mut plant, START);
    let (on, every) = (Span::from_micros(150), Span::from_millis(2));
    connect(&mut plant, Load::PulsedShort { ohm: 8e-3, henry: 2e-6, on, every });
    let tau = 2e-6 / 18e-3;
    for pulse in 0..3 {
        let begins = 2e-3 * f64::from(pulse);
        after(&mut plant, begins + 149e-6);
        let exact = -52.8 / 18e-3 * -libm::expm1(-149e-6 / tau);
        assert_relative_eq!(current(&plant), exact, max_relative = 1e-4);
        after(&mut plant, begins + 151e-6);
        assert_abs_diff_eq!(current(&plant), 0.0);
    }
    assert_closed(&plant, 1e-5);
}

/// The open port shows the reversed voltage; a pack that conducts drives two diodes and 10 mohm.
#[test]
fn a_reversed_charger_does_nothing_until_the_pack_conducts() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    let manner = Manner { reversed: true, ohm: 10e-3, ..Manner::default() };
    plug(&mut plant, charger(manner));
    assert_relative_eq!(plant.port_v(), -56.0);
    assert!(!plant.charger_present());
    assert_abs_diff_eq!(current(&plant), 0.0);
    plant.switch(Switch::Discharge, true);
    plant.switch(Switch::Charge, true);
    assert_relative_eq!(current(&plant), -(52.8 + 1.4) / 20e-3, max_relative = 1e-9);
    plant.switch(Switch::Discharge, false);
    plant.apply(&Action::DisconnectCharger);
    assert_relative_eq!(plant.port_v(), 52.8, max_relative = 1e-6);
}

/// One ohm and a millihenry of cable before a resistor: the whole loop's exponential.
#[test]
fn the_cable_of_the_board_stands_before_every_load() {
    let cable = sim::parts::Cable { ohm: 5e-3, henry: 3e-6 };
    let path = sim::parts::PathParts { cable, ..sim::parts::PathParts::default() };
    let board = sim::setup::BoardSetup { path, ..board() };
    let mut plant = closed(&stiff_pack(0.5e-3), &board);
    run(&mut plant, START);
    connect(&mut plant, Load::Resistance(85e-3));
    after(&mut plant, 30e-6);
    assert_relative_eq!(current(&plant), -528.0 * -libm::expm1(-1.0), max_relative = 1e-6);
    connect(&mut plant, Load::Power { watts: 1000.0, cut_off_v: 0.0 });
    let volts = 0.5 * (52.8 + (52.8_f64 * 52.8 - 4.0 * 1000.0 * 15e-3).sqrt());
    assert_relative_eq!(current(&plant), -1000.0 / volts, max_relative = 1e-6);
}

/// The same run in one go and in pieces gives the same bits.
#[test]
fn moving_loads_do_not_depend_on_the_callers_steps() {
    let run_in = |pieces: u64| {
        let mut plant = closed(&stiff_pack(0.5e-3), &board());
        connect(&mut plant, Load::Motor { ampere: 20.0, inrush: 5.0, decay_s: 0.06 });
        plug(
            &mut plant,
            charger(Manner { overshoot: 0.1, overshoot_s: 0.05, ..Manner::default() }),
        );
        for piece in 1..=pieces {
            run(&mut plant, SimTime(3_000_000_000 / pieces * piece));
        }
        (plant.truth(), plant.ledger())
    };
    assert_eq!(run_in(1), run_in(1000));
}
