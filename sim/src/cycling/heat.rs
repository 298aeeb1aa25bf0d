//! The row of cells as a thermal network: each with its neighbours and the surroundings.

use cell_models::cell::{CellParams, CellState};

/// A row of like cells. One implicit step per call: heat is kept exactly, and steps may be long.
#[derive(Clone, Debug)]
pub(super) struct Row {
    heat_j_k: f64,
    to_ambient_w_k: f64,
    to_neighbour_w_k: f64,
    ambient_c: f64,
    /// Heat made in each cell over the step to come, joule.
    pub(super) made_j: Vec<f64>,
    /// Forward sweep of the solver.
    upper: Vec<f64>,
    right: Vec<f64>,
}

impl Row {
    pub(super) fn new(params: &CellParams, cells: usize, ambient_c: f64) -> Self {
        Self {
            heat_j_k: params.heat_capacity_j_k,
            to_ambient_w_k: params.to_ambient_w_k,
            to_neighbour_w_k: params.to_neighbour_w_k,
            ambient_c,
            made_j: vec![0.0; cells],
            upper: vec![0.0; cells],
            right: vec![0.0; cells],
        }
    }

    /// Temperatures after `dt_s` seconds: C (ϑ' - ϑ) = q - Δt Σ G (ϑ' - ϑ'ₒ), a tridiagonal system
    /// solved by elimination.
    pub(super) fn advance(&mut self, states: &mut [CellState], dt_s: f64) {
        let last = states.len() - 1;
        let (ambient, side) = (dt_s * self.to_ambient_w_k, dt_s * self.to_neighbour_w_k);
        let (mut upper, mut right) = (0.0, 0.0);
        for (cell, state) in states.iter().enumerate() {
            let neighbours =
                if cell > 0 { side } else { 0.0 } + if cell < last { side } else { 0.0 };
            let lower = if cell > 0 { -side } else { 0.0 };
            let pivot = self.heat_j_k + ambient + neighbours - lower * upper;
            let known =
                self.heat_j_k * state.temperature_c + ambient * self.ambient_c + self.made_j[cell];
            right = (known - lower * right) / pivot;
            upper = if cell < last { -side / pivot } else { 0.0 };
            (self.upper[cell], self.right[cell]) = (upper, right);
        }
        let mut above = 0.0;
        for cell in (0..=last).rev() {
            above = self.right[cell] - self.upper[cell] * above;
            states[cell].temperature_c = above;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> CellParams {
        CellParams::linear(3.0, 3.4, 100.0, 1e-3)
    }

    fn cells(celsius: &[f64]) -> Vec<CellState> {
        celsius.iter().map(|&it| CellState::rested(0.5, it)).collect()
    }

    #[test]
    fn a_steady_heat_warms_one_cell_to_heat_over_conductance() {
        let (params, mut states) = (params(), cells(&[25.0]));
        let mut row = Row::new(&params, 1, 25.0);
        for _ in 0..2_000 {
            row.made_j[0] = 2.0 * 100.0;
            row.advance(&mut states, 100.0);
        }
        let rise = states[0].temperature_c - 25.0;
        approx::assert_relative_eq!(rise, 2.0 / params.to_ambient_w_k, max_relative = 1e-4);
    }

    #[test]
    fn heat_is_kept_and_flows_from_warm_to_cold() {
        let mut params = params();
        params.to_ambient_w_k = 0.0;
        let mut states = cells(&[40.0, 20.0, 30.0]);
        let mut row = Row::new(&params, 3, 0.0);
        row.made_j = vec![0.0, 2300.0, 0.0];
        row.advance(&mut states, 1000.0);
        let sum: f64 = states.iter().map(|state| state.temperature_c).sum();
        approx::assert_relative_eq!(sum, 90.0 + 2300.0 / params.heat_capacity_j_k);
        assert!(states[0].temperature_c < 40.0 && states[1].temperature_c > 21.0);
    }
}
