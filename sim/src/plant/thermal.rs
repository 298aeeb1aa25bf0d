//! Heat: cells, their neighbours, the MOSFET bank, ambient, and the places of the thermistors
//! (equations (17) and (18) of `docs/physics-plant.md`). Where a thermal network is named, it takes
//! the place of the cells' frozen neighbours and of the bank's single node.

use super::Plant;
use super::cells::Passage;
use super::pack_heat::{BoardHeat, Made, PackHeat};
use super::planner::Plan;
use crate::parts::ThermalNetwork;
use crate::setup::{BoardSetup, CELL_SENSORS, PackSetup, Profile, Shape};
use crate::time::{SimTime, Span};
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

/// The heat of cells and of what is around them.
#[derive(Clone, Debug)]
pub(super) struct CellHeat {
    nodes: Vec<Node>,
    /// The network, if one is named.
    pub(super) network: Option<Box<PackHeat>>,
    /// Heat made in each cell over the span to come, joule.
    pub(super) cells_j: Vec<f64>,
    /// Heat made in the joint above each group over the span to come, joule; only a network looks.
    pub(super) joints_j: Vec<f64>,
    /// Heat made in contacts and bars over the span to come that goes into the busbar above each
    /// group, joule; only where a network has busbars.
    links_j: Vec<f64>,
    /// Integral of the squared pack current over the span to come, A²s; only a network looks.
    pub(super) square_a2s: f64,
    /// Ambient temperature at the start of the running segment, °C.
    pub(super) ambient_c: f64,
    profile: Option<Profile>,
}

impl CellHeat {
    pub(super) fn new(pack: &PackSetup, board: &BoardSetup, params: &[Arc<CellParams>]) -> Self {
        let profile = board.heat.ambient.clone();
        let ambient_c = profile.as_ref().map_or(pack.ambient_c, |it| it.at(SimTime::ZERO));
        let heater = board.heat.heater.map(|_| ThermalNetwork::default());
        let network = board.heat.network.or(heater);
        let network = network.map(|it| PackHeat::new(&it, pack, board, params, ambient_c));
        Self {
            nodes: params.iter().map(|params| node(params, pack.thermal_tau_s)).collect(),
            network: network.map(Box::new),
            cells_j: vec![0.0; params.len()],
            joints_j: Vec::new(),
            links_j: Vec::new(),
            square_a2s: 0.0,
            ambient_c,
            profile,
        }
    }

    /// Ambient temperature at a moment, °C.
    pub(super) fn ambient_at(&self, at: SimTime) -> f64 {
        self.profile.as_ref().map_or(self.ambient_c, |profile| profile.at(at))
    }

    /// When ambient next takes another course.
    pub(super) fn next_turn(&self, now: SimTime) -> Option<SimTime> {
        let points = &self.profile.as_ref()?.points;
        points.get(points.partition_point(|(at, _)| *at <= now)).map(|(at, _)| *at)
    }

    /// A new segment begins: ambient is what it is now, until its end.
    pub(super) fn begin(&mut self, now: SimTime) {
        self.ambient_c = self.ambient_at(now);
    }

    /// Ambient moves along a line from what it is now, and then stays.
    pub(super) fn move_ambient(&mut self, now: SimTime, to_c: f64, over: Span) {
        let from_c = self.ambient_at(now);
        let points = vec![(now, from_c), (now + over, to_c)];
        self.profile = (over.0 > 0).then_some(Profile { points, shape: Shape::Linear });
        self.ambient_c = if over.0 > 0 { from_c } else { to_c };
    }

    /// A span begins in which contacts and bars have made nothing yet.
    pub(super) fn forget_links(&mut self) {
        let busbars = self.network.as_ref().map_or(0, |network| network.busbars());
        self.links_j.clear();
        self.links_j.resize(busbars, 0.0);
    }

    /// Takes up heat of contacts and bars at a cell, equation (G9).
    pub(super) fn take_link(&mut self, cell: usize, joule: f64) {
        if self.links_j.is_empty() {
            self.cells_j[cell] += joule;
            return;
        }
        let group = cell * self.links_j.len() / self.cells_j.len();
        self.links_j[group] += 0.5 * joule;
        match group.checked_sub(1) {
            Some(below) => self.links_j[below] += 0.5 * joule,
            None => self.cells_j[cell] += 0.5 * joule,
        }
    }

    /// Advances the temperatures by `span` seconds with the heat made in it.
    pub(super) fn advance(&mut self, states: &mut [CellState], span: f64) {
        if span <= 0.0 {
            return;
        }
        let Some(network) = &mut self.network else { return self.advance_frozen(states, span) };
        let (cells_j, joints_j, links_j) =
            (&self.cells_j[..], &self.joints_j[..], &self.links_j[..]);
        let made = Made { cells_j, joints_j, links_j, square_a2s: self.square_a2s, span_s: span };
        network.plan(states, made, self.ambient_c);
    }

    /// The same with neighbours frozen, equation (17).
    fn advance_frozen(&self, states: &mut [CellState], span: f64) {
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

/// Cells on which the four sensors sit: first, one and two thirds up, last; or as the set-up says.
pub(super) fn sensor_cells(
    cells: usize,
    said: &[Option<usize>; CELL_SENSORS],
) -> [usize; CELL_SENSORS] {
    let usual = [0, cells / 3, 2 * cells / 3, cells.saturating_sub(1)];
    std::array::from_fn(|sensor| said[sensor].unwrap_or(usual[sensor]))
}

impl Plant {
    /// What copper will make of this passage, where a network takes it up, equation (26).
    pub(super) fn expect_heat(&mut self, passage: Passage) {
        let heat = &mut self.heat;
        if heat.network.is_none() {
            return;
        }
        heat.square_a2s = passage.square_a2s;
        let (board_a, span_s) = (self.string.drawn_a(), passage.span_s);
        let through_a2s = passage.square_a2s - (2.0 * passage.mean_a - board_a) * board_a * span_s;
        heat.joints_j.clear();
        heat.joints_j.extend(self.string.joints_ohm.iter().map(|ohm| ohm * through_a2s));
    }

    /// A segment is over: the bank and the nodes beyond the cells take their heat, the beads
    /// follow their places.
    pub(super) fn warm(&mut self, plan: &Plan, board: BoardHeat) {
        let span_s = plan.segment.span_s();
        if self.sensors.any_lags() {
            let mut sensors = std::mem::take(&mut self.sensors);
            let ambient = self.ambient_course(Some(plan));
            sensors.follow(|sensor| self.place(sensor, Some(plan)), ambient, span_s);
            self.sensors = sensors;
        }
        let Some(network) = &mut self.heat.network else {
            return self.bank.advance(self.heat.ambient_c, board.bank_j, span_s);
        };
        let square_a2s = plan.segment.trajectory.square_integral(span_s);
        network.take(board, square_a2s, span_s);
        if let Some(bank_c) = network.bank_c() {
            self.bank.temperature_c = bank_c;
        }
    }

    /// Temperature of the shunt at the start of the running segment, °C: that of the MOSFET bank,
    /// unless a network gives it its own node.
    #[expect(dead_code, reason = "for a shunt whose resistance follows its temperature")]
    pub(super) fn shunt_c(&self) -> f64 {
        let own = self.heat.network.as_ref().and_then(|network| network.shunt_c());
        own.unwrap_or(self.bank.temperature_c)
    }
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
