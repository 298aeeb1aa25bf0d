//! The step is exact: against textbook forms, against itself in pieces, and whatever is cached.

mod common;

use approx::assert_relative_eq;
use cell_models::cell::{Branch, CellParams, CellState, Decay, Health};
use cell_models::ecm::{lever, settled_share};
use cell_models::presets;
use cell_models::reference::{RcStep, lump_c};
use cell_models::table::{Curve, Map, TemperatureFactor};
use cell_models::thermal::warmed_c;
use common::{PAIRS, constant_cell, run};

const NANOVOLT: f64 = 1e-9;

fn one_hour_in_pieces(pairs: usize) -> (f64, f64) {
    let cell = constant_cell(pairs);
    let (mut whole, mut pieces) = (CellState::rested(0.3, 25.0), CellState::rested(0.3, 25.0));
    run(&cell, &mut whole, 40.0, (1, 3600.0));
    run(&cell, &mut pieces, 40.0, (3_600_000, 1e-3));
    (cell.voltage(&whole, 40.0), cell.voltage(&pieces, 40.0))
}

#[test]
fn one_hour_equals_its_milliseconds_for_any_number_of_pairs() {
    for pairs in 0..=4 {
        let (whole, pieces) = one_hour_in_pieces(pairs);
        assert!((whole - pieces).abs() < NANOVOLT, "{pairs} pairs: {whole} against {pieces}");
    }
}

#[test]
fn each_pair_follows_the_textbook_step_response() {
    let cell = constant_cell(4);
    for seconds in [0.5, 25.0, 1500.0, 40_000.0] {
        let mut state = CellState::rested(0.5, 25.0);
        run(&cell, &mut state, -20.0, (1, seconds));
        for (index, (ohm, tau_s)) in PAIRS.into_iter().enumerate() {
            let expected = RcStep { ohm, tau_s, current_a: -20.0 }.voltage_v(seconds);
            assert_relative_eq!(state.branch_v[index], expected, max_relative = 1e-12);
        }
    }
}

/// Anchors equation (8): after one time constant a rested pair has settled by 1 - 1/e.
#[test]
fn one_time_constant_settles_63_percent() {
    let mut state = CellState::rested(0.5, 25.0);
    run(&constant_cell(1), &mut state, 10.0, (1, 25.0));
    assert_relative_eq!(state.branch_v[0] / (0.3e-3 * 10.0), 0.632_120_558_828_557_7);
}

/// Largest difference in volt between a 1C discharge in 60 s steps and one in 0.1 s steps.
fn coarse_against_fine(cell: &CellParams, celsius: f64) -> f64 {
    let (mut coarse, mut fine) = (CellState::rested(0.9, celsius), CellState::rested(0.9, celsius));
    let current = -cell.capacity_ah;
    let differences = (0..45).map(|_| {
        run(cell, &mut coarse, current, (1, 60.0));
        run(cell, &mut fine, current, (600, 0.1));
        (cell.voltage(&coarse, current) - cell.voltage(&fine, current)).abs()
    });
    differences.fold(0.0, f64::max)
}

/// The bound is the accuracy asked of the solver against a fine-step reference.
#[test]
fn minutes_of_1c_with_tables_stay_within_a_tenth_of_a_millivolt() {
    for cell in [presets::lfp_100ah(), presets::lfp_280ah(), presets::nmc_21700()] {
        let worst = coarse_against_fine(&cell, 25.0);
        assert!(worst < 1e-4, "{}: {worst} V", cell.name);
    }
}

/// Resistances that are straight lines over the SOC: nine minutes need one step.
#[test]
fn with_straight_tables_a_long_step_equals_many_short_ones() {
    let shape = Curve::line(1.4, 0.8);
    let straight = |ohm| Map::product(ohm, shape.clone(), TemperatureFactor::none());
    let pair = |(ohm, tau_s)| Branch::symmetric(straight(ohm), tau_s);
    let branches = PAIRS[..2].iter().copied().map(pair).collect();
    let cell = CellParams { branches, ..constant_cell(0) };
    let end = |steps: usize| {
        let mut state = CellState::rested(0.5, 25.0);
        run(&cell, &mut state, -100.0, (steps, 540.0 / steps as f64));
        state
    };
    let (whole, pieces) = (end(1), end(540_000));
    assert!((cell.emf(&whole) - cell.emf(&pieces)).abs() < NANOVOLT);
    for index in 0..2 {
        assert!((whole.branch_v[index] - pieces.branch_v[index]).abs() < NANOVOLT);
    }
}

#[test]
fn a_shared_memory_changes_no_bit() {
    let cell = presets::lfp_280ah();
    let mut shared = Decay::new();
    let (mut with, mut without) = (CellState::rested(0.5, 10.0), CellState::rested(0.5, 10.0));
    // More step lengths than are remembered, so that entries are replaced and met again.
    for index in 0..500_u32 {
        let dt = f64::from(index * index % 13 + 1) * 0.05;
        let kept = cell.advance(&mut with, 140.0, dt, &mut shared);
        let fresh = cell.advance(&mut without, 140.0, dt, &mut Decay::new());
        assert_eq!((with, kept), (without, fresh));
    }
}

#[test]
fn a_memory_may_serve_cells_with_other_time_constants() {
    let mut shared = Decay::new();
    for pairs in [4, 1, 3, 0, 2, 4] {
        let cell = constant_cell(pairs);
        let (mut with, mut without) = (CellState::rested(0.5, 25.0), CellState::rested(0.5, 25.0));
        let kept = cell.advance(&mut with, 5.0, 1.0, &mut shared);
        assert_eq!(kept, cell.advance(&mut without, 5.0, 1.0, &mut Decay::new()));
        assert_eq!(with, without);
    }
}

#[test]
fn the_series_meets_the_exponential_on_both_sides_of_its_edge() {
    for exponent in [1e-12, 1e-5, 9.999_999e-3, 0.01, 0.010_000_001, 0.5] {
        let expected = -libm::expm1(-exponent);
        assert_relative_eq!(settled_share(exponent), expected, max_relative = 5e-16);
    }
    assert_eq!(settled_share(0.0).to_bits(), 0.0_f64.to_bits());
}

/// 1/(1 - 1/e) - 1: the closed form at one time constant; 1/2 and 1 are its limits.
#[test]
fn the_lever_goes_from_the_middle_to_the_end_of_the_step() {
    assert_relative_eq!(lever(1.0), 0.581_976_706_869_326_4, max_relative = 1e-14);
    assert_relative_eq!(lever(0.0), 0.5);
    assert_relative_eq!(lever(1e6), 1.0, epsilon = 2e-6);
    assert_relative_eq!(lever(0.01), lever(0.010_000_001), epsilon = 1e-9);
}

#[test]
fn no_time_changes_nothing() {
    let cell = presets::lfp_100ah();
    let mut state = CellState { hysteresis: 0.3, ..CellState::rested(0.5, 25.0) };
    let before = state;
    let energy = cell.advance(&mut state, 100.0, 0.0, &mut Decay::new());
    assert_eq!(state, before);
    assert_relative_eq!(energy.heat_j() + energy.terminal_j, 0.0);
}

#[test]
fn one_ampere_hour_in_is_its_share_of_capacity_times_efficiency() {
    let cell = CellParams { self_discharge_per_s: 0.0, ..presets::lfp_100ah() };
    let mut state = CellState::rested(0.5, 25.0);
    run(&cell, &mut state, 1.0, (1, 3600.0));
    assert_relative_eq!(state.soc, 0.5 + 0.998 / 100.0, epsilon = 1e-15);
    run(&cell, &mut state, -1.0, (1, 3600.0));
    assert_relative_eq!(state.soc, 0.5 - 0.002 / 100.0, epsilon = 1e-15);
}

#[test]
fn a_resting_month_costs_one_and_a_half_percent() {
    let mut state = CellState::rested(0.8, 25.0);
    let month_s = 365.25 / 12.0 * 86_400.0;
    let energy = run(&presets::lfp_100ah(), &mut state, 0.0, (1, month_s));
    assert_relative_eq!(state.soc, 0.785, epsilon = 1e-12);
    // All of it becomes heat: 1.5 Ah at about 3.34 V.
    assert_relative_eq!(energy.side_j, 1.5 * 3600.0 * 3.337, max_relative = 2e-3);
}

/// Anchors equation (14): the lump in small steps follows the closed form to a tenth of its step.
#[test]
fn a_lump_under_constant_heat_settles_exponentially() {
    let (capacity_j_k, conductance_w_k, heat_w, dt_s) = (2300.0, 0.18, 5.0, 1.0);
    let mut celsius = 25.0;
    for _ in 0..12_778 {
        let leaving_w = conductance_w_k * (celsius - 25.0);
        celsius = warmed_c(celsius, (heat_w - leaving_w) * dt_s, capacity_j_k);
    }
    let settled_c = 25.0 + heat_w / conductance_w_k;
    let expected = lump_c(25.0, settled_c, capacity_j_k / conductance_w_k, 12_778.0);
    assert_relative_eq!(celsius, expected, epsilon = 1e-3);
}

#[test]
fn the_terminals_tell_at_once_what_is_asked_singly() {
    for name in presets::NAMES {
        let cell = presets::by_name(name).expect("the name is in the list");
        for (soc, celsius) in [(-0.02, -30.0), (0.31, 5.5), (1.0, 25.0), (1.02, 70.0)] {
            let mut state = CellState::rested(soc, celsius);
            state.branch_v = [0.01, -0.02, 0.003, 0.0];
            state.hysteresis = 0.4;
            state.health = Health { capacity: 0.9, resistance: 1.7 };
            let shown = cell.terminals(&state);
            assert_eq!(shown.emf_v.to_bits(), cell.emf(&state).to_bits(), "{name}");
            for charging in [true, false] {
                let ohm = cell.r0(&state, charging);
                assert_eq!(shown.ohm(charging).to_bits(), ohm.to_bits(), "{name}");
            }
        }
    }
}
