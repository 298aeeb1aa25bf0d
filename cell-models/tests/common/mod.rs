//! Cells and helpers that several test files share.
#![allow(dead_code, reason = "each test file uses its own part")]

use cell_models::cell::{Branch, CellParams, CellState, Decay, StepEnergy};
use cell_models::hysteresis::Hysteresis;
use cell_models::table::{Map, Surface};

/// Resistance in ohm and time constant in second of the constant test cell's pairs.
pub(crate) const PAIRS: [(f64, f64); 4] =
    [(0.3e-3, 25.0), (0.6e-3, 1500.0), (0.2e-3, 2.0), (1e-3, 9e3)];

/// A cell with `pairs` pairs and hysteresis, all constant, OCV in a straight line.
pub(crate) fn constant_cell(pairs: usize) -> CellParams {
    let pair = |&(ohm, tau_s): &(f64, f64)| Branch::symmetric(Map::constant(ohm), tau_s);
    CellParams {
        branches: PAIRS.iter().take(pairs).map(pair).collect(),
        hysteresis: Hysteresis { half_width: Surface::constant(10e-3), gamma: 30.0 },
        ..CellParams::linear(3.2, 3.4, 100.0, 0.5e-3)
    }
}

/// Advances in `steps` equal steps of `dt_s` and sums up the energies.
pub(crate) fn run(
    cell: &CellParams,
    state: &mut CellState,
    current_a: f64,
    (steps, dt_s): (usize, f64),
) -> StepEnergy {
    let (mut cache, mut sum) = (Decay::new(), StepEnergy::default());
    for _ in 0..steps {
        sum += cell.advance(state, current_a, dt_s, &mut cache);
    }
    sum
}
