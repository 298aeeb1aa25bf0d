//! Heat: cells, their neighbours, the MOSFET bank, and the thermistors that look at them
//! (equations (17) to (19) of `docs/physics-plant.md`).

use crate::setup::{BoardSetup, CELL_SENSORS, PackSetup};
use cell_models::cell::{CellParams, CellState};
use std::sync::Arc;

/// Below this product of rate and span the exponential is taken as its series (error under 1e-13).
const SERIES_BELOW: f64 = 1e-3;

/// One cell's thermal constants.
#[derive(Clone, Copy, Debug)]
struct Node {
    heat_j_k: f64,
    to_ambient_w_k: f64,
    to_neighbour_w_k: f64,
}

/// The cells' thermal network.
#[derive(Clone, Debug)]
pub(super) struct CellHeat {
    nodes: Vec<Node>,
    /// Heat made in each cell over the span to come, joule.
    pub(super) cells_j: Vec<f64>,
    /// Ambient temperature, °C.
    pub(super) ambient_c: f64,
}

impl CellHeat {
    pub(super) fn new(pack: &PackSetup, params: &[Arc<CellParams>]) -> Self {
        let nodes = params.iter().map(|params| node(params, pack.thermal_tau_s)).collect();
        Self { nodes, cells_j: vec![0.0; params.len()], ambient_c: pack.ambient_c }
    }

    /// Advances the temperatures by `span` seconds with the heat of `cells_j`, neighbours frozen,
    /// equation (17).
    pub(super) fn advance(&self, states: &mut [CellState], span: f64) {
        if span <= 0.0 {
            return;
        }
        let mut below: Option<f64> = None;
        for cell in 0..states.len() {
            let own = states[cell].temperature_c;
            let above = states.get(cell + 1).map(|state| state.temperature_c);
            let node = self.nodes[cell];
            let mut conductance = node.to_ambient_w_k;
            let mut inflow = node.to_ambient_w_k * (self.ambient_c - own);
            for neighbour in [below, above].into_iter().flatten() {
                conductance += node.to_neighbour_w_k;
                inflow += node.to_neighbour_w_k * (neighbour - own);
            }
            let rate = (inflow + self.cells_j[cell] / span) / node.heat_j_k;
            states[cell].temperature_c = own + rate * reach(conductance / node.heat_j_k, span);
            below = Some(own);
        }
    }
}

fn node(params: &CellParams, tau_s: Option<f64>) -> Node {
    let heat_j_k = params.heat_capacity_j_k;
    match tau_s {
        Some(tau_s) => Node { heat_j_k, to_ambient_w_k: heat_j_k / tau_s, to_neighbour_w_k: 0.0 },
        None => Node {
            heat_j_k,
            to_ambient_w_k: params.to_ambient_w_k,
            to_neighbour_w_k: params.to_neighbour_w_k,
        },
    }
}

/// How far a node with this rate of decay gets in `span` per unit of initial slope, second:
/// (1 - exp(-rate * span)) / rate.
pub(super) fn reach(rate: f64, span: f64) -> f64 {
    let x = rate * span;
    if x < SERIES_BELOW {
        span * (1.0 - x * (0.5 - x * (1.0 / 6.0 - x / 24.0)))
    } else {
        -libm::expm1(-x) / rate
    }
}

/// The MOSFET bank with its heat spreader: one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bank {
    heat_j_k: f64,
    to_ambient_w_k: f64,
    /// Its temperature, °C.
    pub(super) temperature_c: f64,
}

impl Bank {
    pub(super) fn new(board: &BoardSetup, ambient_c: f64) -> Self {
        let BoardSetup { mos_heat_j_k: heat_j_k, mos_to_ambient_w_k: to_ambient_w_k, .. } = *board;
        Self { heat_j_k, to_ambient_w_k, temperature_c: ambient_c }
    }

    /// Takes up `heat_j` over `span` seconds, equation (18).
    pub(super) fn advance(&mut self, ambient_c: f64, heat_j: f64, span: f64) {
        if span > 0.0 && self.heat_j_k > 0.0 {
            let inflow = self.to_ambient_w_k * (ambient_c - self.temperature_c) + heat_j / span;
            let rate = self.to_ambient_w_k / self.heat_j_k;
            self.temperature_c += inflow / self.heat_j_k * reach(rate, span);
        }
    }
}

/// Cells on which the four sensors sit: first, one and two thirds up, last.
pub(super) fn sensor_cells(cells: usize) -> [usize; CELL_SENSORS] {
    [0, cells / 3, 2 * cells / 3, cells.saturating_sub(1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_and_the_exponential_meet() {
        let exact = |rate: f64, span: f64| -libm::expm1(-rate * span) / rate;
        for x in [1e-6, 0.5e-3, 0.999e-3, 1.001e-3, 0.5] {
            approx::assert_relative_eq!(reach(x, 1.0), exact(x, 1.0), max_relative = 1e-12);
        }
    }
}
