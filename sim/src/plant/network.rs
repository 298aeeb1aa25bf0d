//! The thermal network: nodes with heat capacities, joined by conductances, advanced exactly.
//!
//! The network is linear and its conductances do not change, so one decomposition at the start
//! gives its modes; a step of any length is then exact for heat that is constant over it
//! (equations (T1) to (T4) of `docs/physics-plant.md`).

use super::thermal::reach;
use nalgebra::DMatrix;

/// A mode slower than this share of the fastest is one that keeps all its heat: what rounding
/// leaves of the zero of a network without a way to ambient.
const KEEPS: f64 = 1e-13;

/// Nodes and what joins them.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    /// Heat capacity of each node, J/K; positive.
    pub(super) heat_j_k: Vec<f64>,
    /// Conductance of each node to ambient, W/K.
    pub(super) to_ambient_w_k: Vec<f64>,
    /// Conductances between two nodes, W/K.
    pub(super) edges: Vec<(usize, usize, f64)>,
}

impl Graph {
    /// A new node; its index.
    pub(super) fn node(&mut self, heat_j_k: f64, to_ambient_w_k: f64) -> usize {
        self.heat_j_k.push(heat_j_k);
        self.to_ambient_w_k.push(to_ambient_w_k);
        self.heat_j_k.len() - 1
    }

    /// Joins two nodes, unless nothing passes between them.
    pub(super) fn join(&mut self, one: usize, other: usize, w_k: f64) {
        if w_k > 0.0 {
            self.edges.push((one, other, w_k));
        }
    }

    /// C^(-1/2) G C^(-1/2), the symmetric matrix of equation (T2), 1/s.
    fn symmetric(&self) -> DMatrix<f64> {
        let count = self.heat_j_k.len();
        let root: Vec<f64> = self.heat_j_k.iter().map(|heat| libm::sqrt(*heat)).collect();
        let mut matrix = DMatrix::zeros(count, count);
        for (node, conductance) in self.to_ambient_w_k.iter().enumerate() {
            matrix[(node, node)] += conductance / self.heat_j_k[node];
        }
        for &(one, other, conductance) in &self.edges {
            let across = conductance / (root[one] * root[other]);
            matrix[(one, one)] += conductance / self.heat_j_k[one];
            matrix[(other, other)] += conductance / self.heat_j_k[other];
            matrix[(one, other)] -= across;
            matrix[(other, one)] -= across;
        }
        matrix
    }
}

/// A network with its modes.
#[derive(Clone, Debug)]
pub(super) struct Conduction {
    graph: Graph,
    /// Rate of each mode, 1/s, not negative.
    rates: Vec<f64>,
    /// Modes as rows over the nodes, divided by the roots of the heat capacities.
    modes: Vec<Vec<f64>>,
}

impl Conduction {
    pub(super) fn new(graph: Graph) -> Self {
        let eigen = graph.symmetric().symmetric_eigen();
        let fastest = eigen.eigenvalues.iter().copied().fold(0.0, f64::max);
        let settle = |rate: &f64| if *rate < KEEPS * fastest { 0.0 } else { *rate };
        let scaled = |mode: usize| {
            let vector = eigen.eigenvectors.column(mode);
            let pairs = vector.iter().zip(&graph.heat_j_k);
            pairs.map(|(part, heat)| part / libm::sqrt(*heat)).collect()
        };
        let rates = eigen.eigenvalues.iter().map(settle).collect();
        let modes = (0..graph.heat_j_k.len()).map(scaled).collect();
        Self { graph, rates, modes }
    }

    /// Heat capacity of a node, J/K.
    pub(super) fn heat_j_k(&self, node: usize) -> f64 {
        self.graph.heat_j_k[node]
    }

    /// What flows into each node now, W, with this heat made in it, equation (T1). What leaves one
    /// node enters another to the last bit.
    fn inflow_w(&self, celsius: &[f64], made_w: &[f64], ambient_c: f64) -> Vec<f64> {
        let own = celsius.iter().zip(made_w).zip(&self.graph.to_ambient_w_k);
        let mut inflow: Vec<f64> =
            own.map(|((own, made), conductance)| made + conductance * (ambient_c - own)).collect();
        for &(one, other, conductance) in &self.graph.edges {
            let flow = conductance * (celsius[other] - celsius[one]);
            inflow[one] += flow;
            inflow[other] -= flow;
        }
        inflow
    }

    /// Advances the temperatures by `span` seconds with constant heat, equation (T4).
    pub(super) fn advance(&self, celsius: &mut [f64], made_w: &[f64], ambient_c: f64, span: f64) {
        let inflow = self.inflow_w(celsius, made_w, ambient_c);
        for (rate, mode) in self.rates.iter().zip(&self.modes) {
            let push: f64 = mode.iter().zip(&inflow).map(|(part, flow)| part * flow).sum();
            let rise = push * reach(*rate, span);
            for (own, part) in celsius.iter_mut().zip(mode) {
                *own += part * rise;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    /// Three equal nodes in a row, 1 J/K, 1 W/K between neighbours, no way out: the rates are
    /// 0, 1 and 3 with the modes (1 1 1), (1 0 -1) and (1 -2 1).
    fn row_of_three() -> Graph {
        Graph {
            heat_j_k: vec![1.0; 3],
            to_ambient_w_k: vec![0.0; 3],
            edges: vec![(0, 1, 1.0), (1, 2, 1.0)],
        }
    }

    #[test]
    fn three_nodes_follow_their_three_exponentials() {
        let row = Conduction::new(row_of_three());
        for span in [1e-6, 0.1, 0.7, 2.0, 30.0] {
            let mut celsius = [30.0, 20.0, 16.0];
            row.advance(&mut celsius, &[0.0; 3], -40.0, span);
            // 22 (1 1 1) + 7 (1 0 -1) + 1 (1 -2 1)
            let (slow, fast) = (7.0 * libm::exp(-span), libm::exp(-3.0 * span));
            let exact = [22.0 + slow + fast, 22.0 - 2.0 * fast, 22.0 - slow + fast];
            for (ours, exact) in celsius.into_iter().zip(exact) {
                assert_abs_diff_eq!(ours, exact, epsilon = 1e-12);
            }
        }
    }

    #[test]
    fn unequal_nodes_follow_the_two_body_solution() {
        // Two bodies, 3 J/K and 6 J/K, joined by 4 W/K: the difference decays with
        // 4 (1/3 + 1/6) = 2 per second about the common mean.
        let pair = Graph {
            heat_j_k: vec![3.0, 6.0],
            to_ambient_w_k: vec![0.0; 2],
            edges: vec![(0, 1, 4.0)],
        };
        let mut celsius = [90.0, 0.0];
        Conduction::new(pair).advance(&mut celsius, &[0.0; 2], 0.0, 0.8);
        let left = 90.0 * libm::exp(-1.6);
        assert_relative_eq!(celsius[0], 30.0 + left * 2.0 / 3.0, max_relative = 1e-12);
        assert_relative_eq!(celsius[1], 30.0 - left / 3.0, max_relative = 1e-12);
    }

    #[test]
    fn a_closed_network_keeps_its_energy_over_steps_of_every_length() {
        let mut graph = Graph::default();
        for node in 0..24_u32 {
            graph.node(50.0 + 37.0 * f64::from(node % 5), 0.0);
        }
        for node in 0..23 {
            graph.join(node, node + 1, 0.3 + 0.1 * f64::from(u8::try_from(node % 3).unwrap()));
        }
        graph.join(0, 13, 2.0);
        let heat_j_k = graph.heat_j_k.clone();
        let network = Conduction::new(graph);
        let mut celsius: Vec<f64> = (0..24).map(|node| f64::from(node * node % 17)).collect();
        let stored =
            |celsius: &[f64]| celsius.iter().zip(&heat_j_k).map(|(t, c)| t * c).sum::<f64>();
        let (before, mut made_j) = (stored(&celsius), 0.0);
        for step in 0..2_000_u32 {
            let span = [1e-7, 1e-3, 0.25, 1.0, 600.0][step as usize % 5];
            let mut made_w = [0.0; 24];
            made_w[step as usize % 24] = 8.0;
            network.advance(&mut celsius, &made_w, 99.0, span);
            made_j += 8.0 * span;
        }
        assert_relative_eq!(stored(&celsius), before + made_j, max_relative = 1e-12);
    }

    #[test]
    fn the_steady_state_is_that_of_the_resistor_chain() {
        // 10 W into the first of three; to ambient through 2 W/K at the far end alone, 5 W/K and
        // 4 W/K between: 5 K, then 2.5 K, then 2 K above the next.
        let chain = Graph {
            heat_j_k: vec![7.0, 11.0, 3.0],
            to_ambient_w_k: vec![0.0, 0.0, 2.0],
            edges: vec![(0, 1, 5.0), (1, 2, 4.0)],
        };
        let mut celsius = [-3.0, 55.0, 12.0];
        Conduction::new(chain).advance(&mut celsius, &[10.0, 0.0, 0.0], 20.0, 1e5);
        for (ours, exact) in celsius.into_iter().zip([29.5, 27.5, 25.0]) {
            assert_abs_diff_eq!(ours, exact, epsilon = 1e-10);
        }
    }

    #[test]
    fn many_short_steps_are_one_long_one() {
        let network = Conduction::new(row_of_three());
        let (mut pieces, mut whole) = ([30.0, 20.0, 16.0], [30.0, 20.0, 16.0]);
        for _ in 0..1_000 {
            network.advance(&mut pieces, &[1.0, 0.0, 0.0], 20.0, 1e-3);
        }
        network.advance(&mut whole, &[1.0, 0.0, 0.0], 20.0, 1.0);
        for (one, other) in pieces.into_iter().zip(whole) {
            assert_relative_eq!(one, other, max_relative = 1e-12);
        }
    }

    /// A row of 16 with a hot middle cell, against the eigenvectors of the path graph, which are
    /// cosines: λ_k = 4 (G/C) sin²(π k / 32).
    #[test]
    fn a_hot_cell_in_a_row_of_16_spreads_as_the_cosine_series_says() {
        let (heat, conductance) = (2_000.0, 1.5);
        let mut graph = Graph::default();
        for _ in 0..16 {
            graph.node(heat, 0.0);
        }
        for node in 0..15 {
            graph.join(node, node + 1, conductance);
        }
        let mut celsius = [20.0; 16];
        celsius[7] = 70.0;
        Conduction::new(graph).advance(&mut celsius, &[0.0; 16], 0.0, 900.0);
        for (cell, ours) in celsius.into_iter().enumerate() {
            assert_relative_eq!(ours, 20.0 + 50.0 * spread(cell, 900.0), max_relative = 1e-11);
        }
        assert!(celsius[7] > celsius[6] && celsius[6] > celsius[0] && celsius[8] > celsius[15]);

        fn spread(cell: usize, seconds: f64) -> f64 {
            use std::f64::consts::PI;
            let place = |node: usize| f64::from(u8::try_from(2 * node + 1).unwrap());
            let mut sum = 1.0 / 16.0;
            for wave in 1..16_u8 {
                let wave = f64::from(wave);
                let half = libm::sin(PI * wave / 32.0);
                let rate = 4.0 * 1.5 / 2_000.0 * half * half;
                let cosine = |node| libm::cos(PI * wave * place(node) / 32.0);
                sum += cosine(cell) * cosine(7) / 8.0 * libm::exp(-rate * seconds);
            }
            sum
        }
    }
}
