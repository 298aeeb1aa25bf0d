//! The pack as a thermal network: cells in a row of groups, busbars, case, MOSFET bank, shunt,
//! resistors, heater film (equations (T5) to (T7) of `docs/physics-plant.md`).
//!
//! What the electrical parts make over a step is known only when the step is booked. The step is
//! taken with what is expected of them; the difference is put into their nodes at its end, so that
//! no joule is lost.

use super::network::{Conduction, Graph};
use crate::parts::ThermalNetwork;
use crate::setup::{BoardSetup, PackSetup};
use cell_models::cell::{CellParams, CellState};
use std::sync::Arc;

/// What a step shorter than this made besides its resistance is not expected to go on, second.
const GOES_ON_S: f64 = 1e-3;

/// Heat that the board's parts make over a step, joule.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct BoardHeat {
    /// MOSFET bank and copper, shunt included.
    pub(super) bank_j: f64,
    /// Of that, in the shunt.
    pub(super) shunt_j: f64,
    /// Pre-charge resistors and limiter.
    pub(super) resistor_j: f64,
    /// Heater film.
    pub(super) film_j: f64,
}

/// What the step to come makes, as far as it is known beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made<'a> {
    /// In each cell, joule.
    pub(super) cells_j: &'a [f64],
    /// In the joint above each group, joule; none where nobody counts them.
    pub(super) joints_j: &'a [f64],
    /// In contacts and bars that warm the busbar above each group, joule; none without busbars.
    pub(super) links_j: &'a [f64],
    /// Integral of the squared pack current, A²s.
    pub(super) square_a2s: f64,
    /// Length of the step, second.
    pub(super) span_s: f64,
}

/// Which node is which; the cells come first.
#[derive(Clone, Debug, Default)]
struct Places {
    cells: usize,
    parallel: usize,
    case: Option<usize>,
    /// One above each group.
    busbars: Vec<usize>,
    bank: Option<usize>,
    shunt: Option<usize>,
    resistor: Option<usize>,
    film: Option<usize>,
}

/// The network and where it stands.
#[derive(Clone, Debug)]
pub(super) struct PackHeat {
    conduction: Arc<Conduction>,
    places: Places,
    path_ohm: f64,
    shunt_ohm: f64,
    /// All nodes beyond the cells at the start of the running segment, °C.
    start_c: Vec<f64>,
    /// The same at its end, should it be run to its end.
    planned_c: Vec<f64>,
    /// What the plan expects of the board's parts.
    expected: BoardHeat,
    /// Power of bank and resistors that no resistance explains, W, as of the last segment.
    going_on_w: (f64, f64),
    /// Power of the heater film, W.
    pub(super) film_w: f64,
}

impl PackHeat {
    pub(super) fn new(
        network: &ThermalNetwork,
        pack: &PackSetup,
        board: &BoardSetup,
        params: &[Arc<CellParams>],
        ambient_c: f64,
    ) -> Self {
        let (graph, places) = layout(network, pack, board, params);
        let beyond = graph.heat_j_k.len() - places.cells;
        let mut start_c = vec![ambient_c; beyond];
        for node in places.busbars.iter().copied().chain(places.film) {
            start_c[node - places.cells] = mean_c(pack);
        }
        Self {
            conduction: Arc::new(Conduction::new(graph)),
            places,
            path_ohm: board.path_ohm,
            shunt_ohm: board.shunt_ohm,
            planned_c: start_c.clone(),
            start_c,
            expected: BoardHeat::default(),
            going_on_w: (0.0, 0.0),
            film_w: 0.0,
        }
    }

    /// Plans a step: the cells' states get their temperatures at its end, the other nodes' are
    /// kept until [`PackHeat::take`]. What was planned before is forgotten.
    pub(super) fn plan(&mut self, states: &mut [CellState], made: Made<'_>, ambient_c: f64) {
        self.expected = self.expect(made);
        let watts: Vec<f64> = self.made_j(made).iter().map(|heat| heat / made.span_s).collect();
        let mut celsius: Vec<f64> = states.iter().map(|state| state.temperature_c).collect();
        celsius.extend(&self.start_c);
        self.conduction.advance(&mut celsius, &watts, ambient_c, made.span_s);
        for (state, celsius) in states.iter_mut().zip(&celsius) {
            state.temperature_c = *celsius;
        }
        self.planned_c.copy_from_slice(&celsius[self.places.cells..]);
    }

    /// The planned step was taken, and the board's parts made this over it.
    pub(super) fn take(&mut self, board: BoardHeat, square_a2s: f64, span_s: f64) {
        let mut actual = vec![0.0; self.places.cells + self.start_c.len()];
        let mut expected = actual.clone();
        self.places.add(&mut actual, board);
        self.places.add(&mut expected, self.expected);
        for (index, planned) in self.planned_c.iter_mut().enumerate() {
            let node = self.places.cells + index;
            let missed_j = actual[node] - expected[node];
            if missed_j != 0.0 {
                *planned += missed_j / self.conduction.heat_j_k(node);
            }
        }
        self.start_c.copy_from_slice(&self.planned_c);
        self.going_on_w = if span_s < GOES_ON_S {
            (0.0, 0.0)
        } else {
            let beside_j = board.bank_j - self.path_ohm * square_a2s;
            (beside_j / span_s, board.resistor_j / span_s)
        };
    }

    fn expect(&self, made: Made<'_>) -> BoardHeat {
        BoardHeat {
            bank_j: self.path_ohm * made.square_a2s + self.going_on_w.0 * made.span_s,
            shunt_j: self.shunt_ohm * made.square_a2s,
            resistor_j: self.going_on_w.1 * made.span_s,
            film_j: self.film_w * made.span_s,
        }
    }

    /// Heat made in every node over the step, joule.
    fn made_j(&self, made: Made<'_>) -> Vec<f64> {
        let places = &self.places;
        let mut heat_j = made.cells_j.to_vec();
        heat_j.resize(places.cells + self.start_c.len(), 0.0);
        for (group, joint_j) in made.joints_j.iter().enumerate() {
            match places.busbars.get(group) {
                Some(busbar) => heat_j[*busbar] += joint_j,
                None => places.heat_ends(&mut heat_j, group, *joint_j),
            }
        }
        for (busbar, link_j) in places.busbars.iter().zip(made.links_j) {
            heat_j[*busbar] += link_j;
        }
        places.add(&mut heat_j, self.expected);
        heat_j
    }

    /// Number of busbar nodes.
    pub(super) fn busbars(&self) -> usize {
        self.places.busbars.len()
    }

    fn node_c(&self, node: Option<usize>) -> Option<f64> {
        node.map(|node| self.start_c[node - self.places.cells])
    }

    /// The MOSFET bank at the start of the running segment, °C.
    pub(super) fn bank_c(&self) -> Option<f64> {
        self.node_c(self.places.bank)
    }

    /// The heater film at the start of the running segment, °C.
    pub(super) fn film_c(&self) -> Option<f64> {
        self.node_c(self.places.film)
    }

    /// The shunt at the start of the running segment, °C; that of the bank where it has no node.
    pub(super) fn shunt_c(&self) -> Option<f64> {
        self.node_c(self.places.shunt).or_else(|| self.bank_c())
    }

    /// The nodes beyond the cells at the start of the running segment, by name, °C.
    pub(super) fn others(&self) -> Vec<(String, f64)> {
        let busbars = self.places.busbars.iter().enumerate();
        let busbars = busbars.map(|(group, node)| (format!("busbar {}", group + 1), Some(*node)));
        let single = [
            ("case", self.places.case),
            ("MOSFET bank", self.places.bank),
            ("shunt", self.places.shunt),
            ("resistors", self.places.resistor),
            ("heater film", self.places.film),
        ];
        let single = single.map(|(name, node)| (name.to_owned(), node));
        let named = busbars.chain(single);
        named.filter_map(|(name, node)| Some((name, self.node_c(node)?))).collect()
    }
}

impl Places {
    fn groups(&self) -> usize {
        self.cells / self.parallel
    }

    /// The cells of a group.
    fn group(&self, group: usize) -> std::ops::Range<usize> {
        group * self.parallel..(group + 1) * self.parallel
    }

    /// The cells at the two ends of the joint above a group; those of the last one have no other.
    fn ends(&self, group: usize) -> std::ops::Range<usize> {
        let last = (group + 1).min(self.groups() - 1);
        self.group(group).start..self.group(last).end
    }

    /// Spreads a joint's heat equally over the cells at its ends.
    fn heat_ends(&self, heat_j: &mut [f64], group: usize, joint_j: f64) {
        let ends = self.ends(group);
        #[expect(clippy::cast_precision_loss, reason = "a few dozen cells")]
        let each_j = joint_j / ends.len() as f64;
        heat_j[ends].iter_mut().for_each(|heat| *heat += each_j);
    }

    /// Adds the heat of the board's parts to the nodes that take it.
    fn add(&self, heat_j: &mut [f64], board: BoardHeat) {
        let in_bank_j = match self.shunt {
            Some(shunt) => {
                heat_j[shunt] += board.shunt_j;
                board.bank_j - board.shunt_j
            }
            None => board.bank_j,
        };
        let heats =
            [(self.bank, in_bank_j), (self.resistor, board.resistor_j), (self.film, board.film_j)];
        for (node, joule) in heats {
            if let Some(node) = node {
                heat_j[node] += joule;
            }
        }
    }
}

/// Nodes and conductances of a pack on its board.
fn layout(
    network: &ThermalNetwork,
    pack: &PackSetup,
    board: &BoardSetup,
    params: &[Arc<CellParams>],
) -> (Graph, Places) {
    let mut graph = Graph::default();
    for cell in params {
        graph.node(cell.heat_capacity_j_k, 0.0);
    }
    let mut places =
        Places { cells: params.len(), parallel: pack.parallel.max(1), ..Places::default() };
    places.case = optional(&mut graph, network.case_j_k, network.case_to_ambient_w_k);
    join_cells(&mut graph, &places, network, params);
    place_board(&mut graph, &mut places, network, board);
    if network.busbar_j_k > 0.0 {
        for group in 0..places.groups() {
            let busbar = graph.node(network.busbar_j_k, 0.0);
            places.busbars.push(busbar);
            for cell in places.ends(group) {
                graph.join(busbar, cell, network.busbar_to_cell_w_k);
            }
        }
    }
    if let Some(heater) = &board.heat.heater {
        let film = graph.node(heater.heat_j_k, 0.0);
        places.film = Some(film);
        #[expect(clippy::cast_precision_loss, reason = "a few dozen cells")]
        let each_w_k = heater.to_cells_w_k / places.cells as f64;
        (0..places.cells).for_each(|cell| graph.join(film, cell, each_w_k));
    }
    (graph, places)
}

/// A node, if it has a heat capacity.
fn optional(graph: &mut Graph, heat_j_k: f64, to_ambient_w_k: f64) -> Option<usize> {
    (heat_j_k > 0.0).then(|| graph.node(heat_j_k, to_ambient_w_k))
}

/// Cells among themselves and to the case, or to ambient where there is none.
fn join_cells(
    graph: &mut Graph,
    places: &Places,
    network: &ThermalNetwork,
    params: &[Arc<CellParams>],
) {
    let last = places.groups() - 1;
    for cell in 0..places.cells {
        let (group, beside) = (cell / places.parallel, cell % places.parallel);
        let halves = |other: usize| in_series(&params[cell], &params[other]);
        if beside + 1 < places.parallel {
            let side = network.side_by_side_w_k.unwrap_or_else(|| halves(cell + 1));
            graph.join(cell, cell + 1, side);
        }
        if group < last {
            let next = cell + places.parallel;
            graph.join(cell, next, network.in_line_w_k.unwrap_or_else(|| halves(next)));
        }
        let ends = [0, last].iter().filter(|end| **end == group).count();
        let end_w_k = if ends > 0 { network.end_w_k } else { 0.0 };
        let outwards = network.to_case_w_k.unwrap_or(params[cell].to_ambient_w_k) + end_w_k;
        outside(graph, places.case, cell, outwards);
    }
}

/// Joins a node to the case, or to ambient where there is none.
fn outside(graph: &mut Graph, case: Option<usize>, node: usize, w_k: f64) {
    match case {
        Some(case) => graph.join(node, case, w_k),
        None => graph.to_ambient_w_k[node] += w_k,
    }
}

/// Bank, shunt and resistors.
fn place_board(
    graph: &mut Graph,
    places: &mut Places,
    network: &ThermalNetwork,
    board: &BoardSetup,
) {
    places.bank = optional(graph, board.mos_heat_j_k, board.mos_to_ambient_w_k);
    if let Some(bank) = places.bank {
        outside(graph, places.case, bank, network.bank_to_case_w_k);
        places.shunt = optional(graph, network.shunt_j_k, 0.0);
        if let Some(shunt) = places.shunt {
            graph.join(shunt, bank, network.shunt_to_bank_w_k);
        }
    }
    places.resistor = optional(graph, network.resistor_j_k, 0.0);
    if let Some(resistor) = places.resistor {
        outside(graph, places.case, resistor, network.resistor_to_case_w_k);
    }
}

/// The conductance between two cells, each over half the way with its own figure.
fn in_series(one: &CellParams, other: &CellParams) -> f64 {
    let (one, other) = (one.to_neighbour_w_k, other.to_neighbour_w_k);
    if one + other > 0.0 { 2.0 * one * other / (one + other) } else { 0.0 }
}

fn mean_c(pack: &PackSetup) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few dozen cells")]
    let count = pack.cells.len() as f64;
    pack.cells.iter().map(|cell| cell.temperature_c).sum::<f64>() / count
}
