//! Hysteresis follows its closed form in throughput and never makes energy.

mod common;

use approx::assert_relative_eq;
use cell_models::cell::CellState;
use cell_models::presets;
use cell_models::reference::{hysteresis_after, throughput_for};
use common::{constant_cell, run};

/// Charges or discharges the constant cell by a share of its capacity.
fn pass(state: &mut CellState, soc_throughput: f64) {
    let current = soc_throughput.signum() * 10.0;
    run(&constant_cell(0), state, current, (1, soc_throughput.abs() * 36_000.0));
}

/// ln(10)/30 = 7.7 % of capacity: the "about 8 % SOC" of the published fit.
#[test]
fn nine_tenths_of_a_branch_change_take_ln_10_over_gamma() {
    assert_relative_eq!(throughput_for(0.9, 30.0), 0.076_752_836_433_134_9, max_relative = 1e-12);
    for direction in [1.0, -1.0] {
        let mut state = CellState { hysteresis: -direction, ..CellState::rested(0.5, 25.0) };
        pass(&mut state, direction * throughput_for(0.9, 30.0));
        assert_relative_eq!(state.hysteresis, direction * 0.8, epsilon = 1e-12);
    }
}

#[test]
fn any_start_follows_the_closed_form() {
    for (start, throughput) in [(0.0, 0.05), (0.7, -0.02), (-1.0, 0.3), (1.0, 0.1)] {
        let mut state = CellState { hysteresis: start, ..CellState::rested(0.5, 25.0) };
        pass(&mut state, throughput);
        let expected = hysteresis_after(start, f64::signum(throughput), 30.0, throughput.abs());
        assert_relative_eq!(state.hysteresis, expected, epsilon = 1e-12);
    }
}

#[test]
fn rest_keeps_the_branch() {
    let mut state = CellState { hysteresis: 0.6, ..CellState::rested(0.5, 25.0) };
    run(&constant_cell(2), &mut state, 0.0, (24, 3600.0));
    assert_eq!(state.hysteresis.to_bits(), 0.6_f64.to_bits());
}

/// Published half width of the LFP preset at 50 % SOC and 25 °C: 10 mV, so 20 mV between branches.
#[test]
fn the_branches_lie_twice_the_half_width_apart() {
    let cell = presets::lfp_100ah();
    let on =
        |branch: f64| cell.emf(&CellState { hysteresis: branch, ..CellState::rested(0.5, 25.0) });
    assert_relative_eq!(on(1.0) - on(-1.0), 20e-3, epsilon = 1e-12);
}

/// A closed loop between the branches costs the area between them: 2 x 10 mV x charge.
#[test]
fn a_wide_loop_heats_by_the_area_between_the_branches() {
    let cell = constant_cell(0);
    let mut state = CellState { hysteresis: 1.0, ..CellState::rested(1.0, 25.0) };
    let hour = (1, 3600.0);
    run(&cell, &mut state, -100.0, hour);
    let before = state;
    let mut heat = run(&cell, &mut state, 100.0, hour).hysteresis_j;
    heat += run(&cell, &mut state, -100.0, hour).hysteresis_j;
    assert_relative_eq!(state.hysteresis, before.hysteresis, epsilon = 1e-9);
    // Each change of branch saves 2 x 10 mV x capacity/gamma: it takes that long to open.
    let area = 2.0 * 10e-3 * 360_000.0;
    assert_relative_eq!(heat, area - 2.0 * 2.0 * 10e-3 * 360_000.0 / 30.0, max_relative = 1e-9);
}
