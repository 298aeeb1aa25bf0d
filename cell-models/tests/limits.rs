//! What happens at and beyond the edges: refused parameters, overdrawn cells, any finite input.

mod common;

use approx::assert_relative_eq;
use cell_models::cell::{CellParams, CellState, Coverage, Decay};
use cell_models::presets::{self, NAMES, by_name};
use cell_models::table::{Curve, Map, Surface};
use common::constant_cell;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, proptest};

/// Names of the parameters that the check of a cell refuses.
fn refused(cell: &CellParams) -> Vec<String> {
    match cell.validate() {
        Ok(()) => Vec::new(),
        Err(error) => error.faults.into_iter().map(|fault| fault.parameter).collect(),
    }
}

#[test]
fn all_wrong_parameters_are_told_at_once() {
    let mut cell = CellParams {
        capacity_ah: 0.0,
        coulombic_efficiency: 1.01,
        heat_capacity_j_k: f64::NAN,
        ..constant_cell(2)
    };
    cell.branches[1].tau = Map::constant(-1.0);
    let expected =
        ["capacity_ah", "coulombic_efficiency", "branches[1].tau.base", "heat_capacity_j_k"];
    assert_eq!(refused(&cell), expected);
    let text = cell.validate().unwrap_err().to_string();
    assert!(text.starts_with("cell linear: capacity_ah is 0, must be finite and above 0; "));
}

#[test]
fn each_limit_is_refused_on_one_side_only() {
    let with = |change: fn(&mut CellParams)| {
        let mut cell = constant_cell(1);
        change(&mut cell);
        refused(&cell)
    };
    assert!(with(|cell| cell.coulombic_efficiency = 1.0).is_empty());
    assert_eq!(with(|cell| cell.coulombic_efficiency = 0.0), ["coulombic_efficiency"]);
    assert!(with(|cell| cell.self_discharge_per_s = 0.0).is_empty());
    assert_eq!(with(|cell| cell.self_discharge_per_s = -1e-9), ["self_discharge_per_s"]);
    assert!(with(|cell| cell.r0_charge = Map::constant(0.0)).is_empty());
    assert_eq!(with(|cell| cell.r0_charge = Map::constant(-1e-6)), ["r0_charge.base"]);
    assert!(with(|cell| cell.ocv = Surface::single(Curve::line(3.3, 3.3))).is_empty());
    assert_eq!(with(|cell| cell.ocv = Surface::single(Curve::line(3.3, 3.2))), ["ocv"]);
    assert_eq!(with(|cell| cell.ocv = Surface::constant(3.3)), ["ocv"]);
    assert_eq!(with(|cell| cell.hysteresis.gamma = 0.0), ["hysteresis.gamma"]);
    assert_eq!(
        with(|cell| cell.branches[0].charge = Map::constant(0.0)),
        ["branches[0].charge.base"]
    );
    assert_eq!(
        with(|cell| cell.entropic_v_per_k = Surface::constant(f64::INFINITY)),
        ["entropic_v_per_k"]
    );
}

#[test]
fn four_pairs_are_allowed_and_five_are_not() {
    let mut cell = constant_cell(4);
    assert_eq!(cell.validate(), Ok(()));
    cell.branches.push(cell.branches[0].clone());
    assert_eq!(refused(&cell), ["branches"]);
}

/// The end slopes of the LFP curve, from its last three points by (1a): with rises of 25.67 and
/// 7.1433, or 8.86 and 1.0567 V per whole capacity, over 2 % and 3 % of it.
#[test]
fn an_overdrawn_or_overfilled_cell_keeps_moving_along_the_end_slope() {
    let cell = presets::lfp_100ah();
    let emf = |soc: f64| cell.emf(&CellState::rested(soc, 25.0));
    let end = |rise: f64, next: f64| (0.07 * rise - 0.02 * next) / 0.05;
    assert_relative_eq!(emf(-0.01), 2.3082 - 0.01 * end(25.67, 0.2143 / 0.03), epsilon = 1e-9);
    assert_relative_eq!(emf(1.02), 3.5695 + 0.02 * end(8.86, 0.0317 / 0.03), epsilon = 1e-9);
}

#[test]
fn extrapolation_is_told_on_each_side_of_each_edge() {
    let cell = presets::lfp_100ah();
    let full = |soc: f64, celsius: f64| cell.coverage(&CellState::rested(soc, celsius)).is_full();
    assert!(full(0.0, 25.0) && full(1.0, 25.0) && !full(-1e-9, 25.0) && !full(1.000_001, 25.0));
    assert!(full(0.5, -15.0) && full(0.5, 45.0) && !full(0.5, 45.1));
    // Between -15 and -25 °C only the half width is held.
    let cold = cell.coverage(&CellState::rested(0.5, -20.0));
    let expected = Coverage {
        ocv: true,
        entropic: true,
        hysteresis: false,
        resistance: true,
        capacity: true,
        validated: false,
    };
    assert_eq!(cold, expected);
}

fn states() -> impl Strategy<Value = CellState> {
    (-0.2..1.2_f64, -40.0..85.0_f64, -1.0..1.0_f64, [-0.2..0.2_f64, -0.2..0.2_f64]).prop_map(
        |(soc, celsius, hysteresis, [fast, slow])| CellState {
            hysteresis,
            branch_v: [fast, slow, 0.0, 0.0],
            ..CellState::rested(soc, celsius)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn more_current_never_means_less_voltage(
        state in states(), current in -5000.0..5000.0_f64, more in 1e-3..5000.0_f64,
    ) {
        for name in NAMES {
            let cell = by_name(name).unwrap();
            prop_assert!(cell.voltage(&state, current + more) > cell.voltage(&state, current));
        }
    }

    #[test]
    fn a_step_stays_finite_and_closes_and_its_heat_is_not_negative(
        state in states(), current in -5000.0..5000.0_f64, dt in 0.0..100.0_f64,
    ) {
        for name in NAMES {
            let (cell, mut state) = (by_name(name).unwrap(), state);
            let energy = cell.advance(&mut state, current, dt, &mut Decay::new());
            prop_assert!(state.is_finite() && cell.voltage(&state, current).is_finite());
            prop_assert!(energy.joule_j >= 0.0 && energy.hysteresis_j >= 0.0);
            let size = energy.chemical_j.abs() + energy.terminal_j.abs() + energy.joule_j;
            prop_assert!(energy.imbalance_j().abs() <= 1e-12 * size + 1e-12);
            prop_assert!(state.hysteresis.abs() <= 1.0);
        }
    }

    #[test]
    fn charge_is_counted_exactly(current in -300.0..300.0_f64, seconds in 1..600_u16) {
        let cell = constant_cell(2);
        let mut state = CellState::rested(0.5, 25.0);
        let dt = f64::from(seconds);
        let _energy = cell.advance(&mut state, current, dt, &mut Decay::new());
        prop_assert!((state.soc - 0.5 - current * dt / 360_000.0).abs() < 1e-15);
    }

    #[test]
    fn a_rising_curve_rises(positions in [0.0..1.0_f64, 0.0..1.0_f64], flip in any::<bool>()) {
        let ocv = presets::lfp_100ah().ocv;
        let spread = if flip { 1.3 } else { 1.0 };
        let [a, b] = positions.map(|position| (position - 0.5) * spread + 0.5);
        prop_assert!((ocv.at(a, 25.0) - ocv.at(b, 25.0)) * (a - b) >= 0.0);
    }
}
