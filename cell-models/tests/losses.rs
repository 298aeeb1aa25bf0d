//! What a cell loses by itself, what the cold hides, what age takes: against closed forms.

mod common;

use approx::assert_relative_eq;
use cell_models::cell::{Branch, CellParams, CellState, Decay, Health};
use cell_models::presets;
use cell_models::table::{Curve, Map, Surface};
use common::{PAIRS, constant_cell, run};
use proptest::prelude::{ProptestConfig, prop_assert, proptest};

/// Ninety days.
const REST_S: f64 = 90.0 * 86_400.0;
/// 2 % per mean month.
const SELF_DISCHARGE_PER_S: f64 = 0.02 / 2_629_800.0;

/// A 10 Ah cell that loses 2 % per month at 25 °C, doubling per 10 K, with a leak.
fn leaky(v0: f64, v1: f64, leakage_ohm: f64) -> CellParams {
    CellParams {
        self_discharge_per_s: SELF_DISCHARGE_PER_S,
        self_discharge_doubling_k: 10.0,
        leakage_ohm,
        ..CellParams::linear(v0, v1, 10.0, 1e-3)
    }
}

/// At 45 °C self-discharge is four times that at 25 °C; 3.3 V over 10 kohm is 0.33 mA.
#[test]
fn ninety_days_at_rest_cost_self_discharge_and_leakage() {
    let cell = leaky(3.3, 3.3, 10e3);
    for (celsius, times) in [(45.0, 4.0), (25.0, 1.0), (5.0, 0.25)] {
        let mut state = CellState::rested(0.9, celsius);
        let energy = run(&cell, &mut state, 0.0, (1, REST_S));
        let by_itself = times * SELF_DISCHARGE_PER_S * REST_S;
        let by_leak = 3.3 / 10e3 / 36_000.0 * REST_S;
        assert_relative_eq!(state.soc, 0.9 - by_itself - by_leak, epsilon = 1e-12);
        assert_relative_eq!(energy.side_j, by_itself * 36_000.0 * 3.3, max_relative = 1e-12);
        assert_relative_eq!(energy.leakage_j, 3.3 * 3.3 / 10e3 * REST_S, max_relative = 1e-12);
        assert_relative_eq!(energy.terminal_j, 0.0, epsilon = 1e-9);
    }
}

/// dz/dt = -(V0 + k z)/(R Q) - 4 sigma, solved: z + a/k falls as exp(-k t/(R Q)).
#[test]
fn a_leak_on_a_sloped_voltage_decays_exponentially() {
    let cell = leaky(3.0, 3.6, 1e3);
    let mut state = CellState::rested(0.9, 45.0);
    run(&cell, &mut state, 0.0, (2160, 3600.0));
    let rate = 0.6 / (1e3 * 36_000.0);
    let settled = -(3.0 / (1e3 * 36_000.0) + 4.0 * SELF_DISCHARGE_PER_S) / rate;
    let expected = settled + (0.9 - settled) * libm::exp(-rate * REST_S);
    assert_relative_eq!(state.soc, expected, epsilon = 1e-9);
}

#[test]
fn without_a_doubling_self_discharge_is_the_same_at_every_temperature() {
    let cell = CellParams { self_discharge_doubling_k: f64::INFINITY, ..leaky(3.3, 3.3, 1e4) };
    for celsius in [-40.0, 25.0, 85.0] {
        assert_eq!(cell.self_discharge_at(celsius).to_bits(), SELF_DISCHARGE_PER_S.to_bits());
    }
}

/// A leak of 3.3 V over 33 ohm takes 0.1 A from a charge of 1 A; it carries no current over R0.
#[test]
fn a_leak_takes_its_share_of_a_charge_behind_the_series_resistance() {
    let cell = CellParams { leakage_ohm: 33.0, ..CellParams::linear(3.3, 3.3, 10.0, 0.1) };
    let mut state = CellState::rested(0.5, 25.0);
    let energy = run(&cell, &mut state, 1.0, (1, 3600.0));
    assert_relative_eq!(state.soc, 0.5 + 0.09, epsilon = 1e-12);
    assert_relative_eq!(energy.joule_j, 0.1 * 3600.0, max_relative = 1e-12);
    assert_relative_eq!(energy.terminal_j, -3.4 * 3600.0, max_relative = 1e-12);
    // Charged with what the leak takes, nothing moves; the leak heats by what comes in.
    let mut still = CellState::rested(0.5, 25.0);
    let energy = run(&cell, &mut still, 0.1, (1, 3600.0));
    assert_relative_eq!(still.soc, 0.5, epsilon = 1e-15);
    assert_relative_eq!(energy.leakage_j, 0.33 * 3600.0, max_relative = 1e-12);
}

/// 80 % usable in the cold: the tables see an empty cell at 20 %, and the rest comes back.
#[test]
fn the_cold_hides_charge_and_the_warmth_brings_it_back() {
    let capacity_factor = Curve::new(&[-20.0, 0.0, 25.0], &[0.5, 0.8, 1.0]).unwrap();
    let cell = CellParams { capacity_factor, ..CellParams::linear(3.0, 4.0, 10.0, 0.0) };
    assert_eq!(cell.validate(), Ok(()));
    let emf = |soc: f64, celsius: f64| cell.emf(&CellState::rested(soc, celsius));
    assert_relative_eq!(emf(1.0, 0.0), 4.0, epsilon = 1e-12);
    assert_relative_eq!(emf(0.2, 0.0), 3.0, epsilon = 1e-12);
    assert_relative_eq!(emf(0.5, -20.0), 3.0, epsilon = 1e-12);
    assert_relative_eq!(emf(0.2, 25.0), 3.2, epsilon = 1e-12);
    let mut state = CellState::rested(1.0, 0.0);
    let energy = run(&cell, &mut state, -10.0, (1, 0.8 * 3600.0));
    assert_relative_eq!(state.soc, 0.2, epsilon = 1e-12);
    assert_relative_eq!(energy.terminal_j, 3.5 * 8.0 * 3600.0, max_relative = 1e-12);
    let full = |celsius: f64| cell.coverage(&CellState::rested(0.9, celsius)).capacity;
    assert!(full(-20.0) && full(25.0) && !full(-20.1) && !full(25.1));
}

#[test]
fn a_usable_share_that_is_not_1_at_25_degrees_is_refused() {
    for (share, sound) in [(1.0, true), (0.9, false)] {
        let capacity_factor = Curve::constant(share);
        let cell = CellParams { capacity_factor, ..CellParams::linear(3.0, 4.0, 10.0, 0.0) };
        assert_eq!(cell.validate().is_ok(), sound, "{share}");
    }
}

#[test]
fn an_aged_cell_holds_less_and_resists_more() {
    let cell = constant_cell(2);
    let aged = CellState {
        health: Health { capacity: 0.8, resistance: 1.5 },
        ..CellState::rested(0.5, 25.0)
    };
    let (mut old, mut new) = (aged, CellState::rested(0.5, 25.0));
    run(&cell, &mut old, -40.0, (1, 300.0));
    run(&cell, &mut new, -40.0, (1, 300.0));
    assert_relative_eq!(0.5 - old.soc, (0.5 - new.soc) / 0.8, epsilon = 1e-15);
    for index in 0..2 {
        assert_relative_eq!(old.branch_v[index], 1.5 * new.branch_v[index], epsilon = 1e-15);
    }
    assert_relative_eq!(cell.r0(&old, true), 1.5 * 0.5e-3, epsilon = 1e-18);
    assert_relative_eq!(cell.capacity_as(&old), 0.8 * 360_000.0);
}

/// A pair with 0.3 mohm while charging and 0.9 mohm while discharging.
#[test]
fn a_pair_follows_the_resistance_of_its_direction() {
    let branches = vec![Branch {
        charge: Map::constant(0.3e-3),
        discharge: Map::constant(0.9e-3),
        tau: Map::constant(25.0),
    }];
    let cell = CellParams { branches, ..constant_cell(0) };
    for (current, ohm) in [(20.0, 0.3e-3), (-20.0, 0.9e-3)] {
        let mut state = CellState::rested(0.5, 25.0);
        run(&cell, &mut state, current, (1, 25.0));
        let settled = 1.0 - libm::exp(-1.0);
        assert_relative_eq!(state.branch_v[0], current * ohm * settled, max_relative = 1e-12);
        // At rest it gives back as heat what the state holds.
        let held = cell.stored_j(&state);
        let energy = run(&cell, &mut state, 0.0, (1, 1e4));
        let hysteresis = cell.stored_j(&state);
        assert_relative_eq!(energy.joule_j, held - hysteresis, max_relative = 1e-9);
    }
}

/// Time constants of 54.4 s at -15 °C and 25.5 s at 25 °C (A123): e-fold at either.
#[test]
fn a_time_constant_from_a_table_is_that_of_its_temperature() {
    let mut cell = presets::lfp_26650();
    let tau = Map::grid(&[0.5], &[-15.0, 25.0], &[[54.4], [25.5]]);
    cell.branches[0].tau = tau.expect("the temperatures rise");
    for (celsius, tau_s) in [(-15.0, 54.4), (25.0, 25.5)] {
        let charged =
            CellState { branch_v: [0.1, 0.0, 0.0, 0.0], ..CellState::rested(0.5, celsius) };
        assert_relative_eq!(cell.tau_s(0, &charged), tau_s, max_relative = 1e-12);
        let mut state = charged;
        run(&cell, &mut state, 0.0, (1, tau_s));
        assert_relative_eq!(state.branch_v[0], 0.1 * libm::exp(-1.0), max_relative = 1e-9);
    }
}

/// A measured OCV at two temperatures is taken as it is: the entropic part only makes heat.
#[test]
fn an_open_circuit_voltage_of_several_temperatures_is_not_shifted() {
    let rows = [Curve::line(3.0, 4.0), Curve::line(3.1, 4.1)];
    let cell = CellParams {
        ocv: Surface::from_rows(&[0.0, 20.0], rows.to_vec()).unwrap(),
        entropic_v_per_k: Surface::constant(1e-3),
        ..CellParams::linear(3.0, 4.0, 10.0, 0.0)
    };
    let emf = |celsius: f64| cell.emf(&CellState::rested(0.5, celsius));
    for (celsius, volt) in [(-20.0, 3.5), (0.0, 3.5), (10.0, 3.55), (20.0, 3.6), (60.0, 3.6)] {
        assert_relative_eq!(emf(celsius), volt, epsilon = 1e-12);
    }
    let energy = run(&cell, &mut CellState::rested(0.5, 26.85), 1.0, (1, 10.0));
    assert_relative_eq!(energy.entropic_j, 300.0 * 1e-3 * 10.0, max_relative = 1e-9);
}

#[test]
fn an_hour_of_a_leaking_aged_cell_equals_its_seconds() {
    let cell = CellParams { leakage_ohm: 1e4, self_discharge_doubling_k: 8.0, ..constant_cell(4) };
    let aged = CellState {
        health: Health { capacity: 0.9, resistance: 1.2 },
        ..CellState::rested(0.3, 40.0)
    };
    let (mut whole, mut pieces) = (aged, aged);
    let energy = run(&cell, &mut whole, 30.0, (1, 3600.0));
    run(&cell, &mut pieces, 30.0, (36_000, 0.1));
    let difference = cell.voltage(&whole, 30.0) - cell.voltage(&pieces, 30.0);
    assert!(difference.abs() < 1e-8, "{difference} V");
    assert_eq!(PAIRS.len(), cell.branches.len());
    assert!(energy.imbalance_j().abs() < 1e-12 * energy.terminal_j.abs());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_step_of_a_leaking_aged_cell_closes(
        current in -50.0..50.0_f64,
        dt in 0.0..100.0_f64,
        celsius in -30.0..70.0_f64,
        ohm in 1.0..1e6_f64,
        health in (0.3..1.0_f64, 1.0..3.0_f64),
    ) {
        let cell = CellParams { leakage_ohm: ohm, ..presets::lfp_26650() };
        let health = Health { capacity: health.0, resistance: health.1 };
        let mut state = CellState { health, ..CellState::rested(0.5, celsius) };
        let energy = cell.advance(&mut state, current, dt, &mut Decay::new());
        let size = energy.chemical_j.abs() + energy.terminal_j.abs() + energy.joule_j;
        prop_assert!(energy.imbalance_j().abs() <= 1e-12 * size + 1e-12);
        prop_assert!(state.is_finite() && energy.joule_j >= 0.0);
    }
}
