//! Sense wires and input filters where they are more than sound wires and no filter: a network of
//! taps, wires, bleed resistors, filters and leakage, solved in its own modes (equations (S1) to
//! (S6) of `docs/physics-plant.md`).
//!
//! Node k of n + 1 belongs to tap k, which lies below group k. The network is constant between
//! faults and switching of bleed resistors, so it is taken apart into modes once; each then is an
//! exponential of its own under an input that is a parabola in time.

use nalgebra::{DMatrix, DVector, SymmetricEigen};
use std::sync::Arc;

/// Least resistance of a wire and of a filter, ohm: stands for none.
const WIRE_MIN_OHM: f64 = 1e-4;
const FILTER_MIN_OHM: f64 = 1.0;
/// Beyond this many time constants a mode has nothing left to forget.
const FORGOTTEN: f64 = 45.0;
/// Below this the functions of equation (S5) are taken as their series,
const SERIES_BELOW: f64 = 1.0;
/// which has this many terms.
const SERIES_TERMS: u32 = 18;

/// Everything that the network is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Board {
    /// The tap that each wire of the connector goes to.
    pub(super) tap_of: Vec<usize>,
    /// Wires, ohm; infinite for open.
    pub(super) wires_ohm: Vec<f64>,
    /// Bleed conductance of each group, siemens; 0 while off.
    pub(super) bleeds_s: Vec<f64>,
    /// Conductance between each node behind the wires and the next, siemens; 0 for none.
    pub(super) touches_s: Vec<f64>,
    /// Series resistance of the filters, ohm.
    pub(super) filter_ohm: f64,
    /// Capacitance of the filters to ground, farad.
    pub(super) filter_farad: f64,
    /// Leakage between neighbouring inputs and from the lowest to ground, ohm.
    pub(super) leak_ohm: f64,
    /// From the top input to B+, ohm.
    pub(super) top_helper_ohm: f64,
    /// From the bottom input to B−, ohm.
    pub(super) bottom_helper_ohm: f64,
    /// From each input to ground, siemens.
    pub(super) drain_s: f64,
}

/// The network in its modes.
#[derive(Clone, Debug)]
pub(super) struct Network {
    /// Rate of each mode, 1/s.
    rates: Vec<f64>,
    /// Inputs from modes.
    from_modes: DMatrix<f64>,
    /// Modes from inputs.
    to_modes: DMatrix<f64>,
    /// Drive of the modes by the taps.
    drive: DMatrix<f64>,
    /// Inputs at rest by the taps.
    rest: DMatrix<f64>,
    /// Current out of each tap at rest by the taps.
    wires: DMatrix<f64>,
}

impl Network {
    /// Takes the network apart. Leakage is finite, so that every input has a voltage at rest.
    pub(super) fn new(board: &Board) -> Self {
        let nodes = board.wires_ohm.len();
        let (behind, wires) = board.behind_the_wires();
        let filter_s = 1.0 / board.filter_ohm.max(FILTER_MIN_OHM);
        let inner = behind.clone().try_inverse().expect("every node hangs on its filter");
        // Nodes behind the wires are N = inner (wires U + filter P).
        let mut pull = board.leaks() - &inner * (filter_s * filter_s);
        let mut feed = &inner * &wires * filter_s;
        for node in 0..nodes {
            pull[(node, node)] += filter_s;
        }
        if board.top_helper_ohm.is_finite() {
            let top_s = 1.0 / board.top_helper_ohm;
            pull[(nodes - 1, nodes - 1)] += top_s;
            feed[(nodes - 1, nodes - 1)] += top_s;
        }
        let pull = (&pull + pull.transpose()) * 0.5;
        let rest = pull.clone().lu().solve(&feed).expect("leakage is finite");
        let inside = &inner * (&wires + &rest * filter_s);
        let mut out = DMatrix::zeros(nodes, nodes);
        for (wire, tap) in board.tap_of.iter().enumerate() {
            let siemens = board.wire_s(wire);
            for source in 0..nodes {
                let own = if source == *tap { 1.0 } else { 0.0 };
                out[(*tap, source)] += siemens * (own - inside[(wire, source)]);
            }
        }
        let root = libm::sqrt(board.filter_farad);
        let modes = SymmetricEigen::new(pull / board.filter_farad);
        Self {
            rates: modes.eigenvalues.iter().map(|rate| rate.max(0.0)).collect(),
            to_modes: modes.eigenvectors.transpose() * root,
            drive: modes.eigenvectors.transpose() * feed / root,
            from_modes: modes.eigenvectors / root,
            rest,
            wires: out,
        }
    }

    /// Currents into the groups by what the wires carry at rest, ampere, charge positive: what
    /// leaves above a group has passed it, equation (S6).
    pub(super) fn groups_a(&self, taps_v: &DVector<f64>) -> Vec<f64> {
        let out = &self.wires * taps_v;
        let mut above = 0.0;
        let mut groups: Vec<f64> = out
            .iter()
            .skip(1)
            .rev()
            .map(|a| {
                above -= a;
                above
            })
            .collect();
        groups.reverse();
        groups
    }

    /// Inputs at rest, volt.
    pub(super) fn rest_v(&self, taps_v: &DVector<f64>) -> DVector<f64> {
        &self.rest * taps_v
    }
}

impl Board {
    fn wire_s(&self, wire: usize) -> f64 {
        let ohm = self.wires_ohm[wire];
        if ohm.is_finite() { 1.0 / ohm.max(WIRE_MIN_OHM) } else { 0.0 }
    }

    /// Conductances of the nodes behind the wires, and how the taps feed them.
    fn behind_the_wires(&self) -> (DMatrix<f64>, DMatrix<f64>) {
        let nodes = self.wires_ohm.len();
        let (mut own, mut fed) = (DMatrix::zeros(nodes, nodes), DMatrix::zeros(nodes, nodes));
        for node in 0..nodes {
            let siemens = self.wire_s(node);
            fed[(node, self.tap_of[node])] += siemens;
            own[(node, node)] += siemens + 1.0 / self.filter_ohm.max(FILTER_MIN_OHM);
        }
        for (group, (bleed, touch)) in self.bleeds_s.iter().zip(&self.touches_s).enumerate() {
            stamp(&mut own, group, bleed + touch);
        }
        (own, fed)
    }

    /// Conductances between the inputs and to ground.
    fn leaks(&self) -> DMatrix<f64> {
        let nodes = self.wires_ohm.len();
        let mut leaks = DMatrix::zeros(nodes, nodes);
        for group in 0..nodes - 1 {
            stamp(&mut leaks, group, 1.0 / self.leak_ohm);
        }
        leaks[(0, 0)] += 1.0 / self.leak_ohm + 1.0 / self.bottom_helper_ohm;
        for node in 0..nodes {
            leaks[(node, node)] += self.drain_s;
        }
        leaks
    }
}

/// Adds a conductance between a node and the next.
fn stamp(matrix: &mut DMatrix<f64>, node: usize, siemens: f64) {
    let next = node + 1;
    matrix[(node, node)] += siemens;
    matrix[(next, next)] += siemens;
    matrix[(node, next)] -= siemens;
    matrix[(next, node)] -= siemens;
}

/// Tap voltages over a segment: `from + slope t + curve t²`, volt.
#[derive(Clone, Debug)]
pub(super) struct Taps {
    /// At the start.
    pub(super) from: DVector<f64>,
    /// Slope, per second.
    pub(super) slope: DVector<f64>,
    /// Per second squared.
    pub(super) curve: DVector<f64>,
}

/// The inputs over a segment.
#[derive(Clone, Debug)]
pub(super) struct SenseCourse {
    network: Arc<Network>,
    modes: Vec<Mode>,
}

/// A mode over a segment: its start and the parabola that drives it.
#[derive(Clone, Copy, Debug)]
struct Mode {
    rate: f64,
    start: f64,
    drive: [f64; 3],
}

impl SenseCourse {
    /// The inputs from `start_v` under these taps.
    pub(super) fn new(network: &Arc<Network>, start_v: &DVector<f64>, taps: &Taps) -> Self {
        let start = &network.to_modes * start_v;
        let drives = [&taps.from, &taps.slope, &taps.curve].map(|part| &network.drive * part);
        let mode = |(index, rate): (usize, &f64)| Mode {
            rate: *rate,
            start: start[index],
            drive: [drives[0][index], drives[1][index], drives[2][index]],
        };
        let modes = network.rates.iter().enumerate().map(mode).collect();
        Self { network: Arc::clone(network), modes }
    }

    /// All inputs at `t` seconds, volt.
    pub(super) fn inputs_v(&self, t: f64) -> DVector<f64> {
        let modes = self.modes.iter().map(|mode| mode.at(t));
        &self.network.from_modes * DVector::from_iterator(self.modes.len(), modes)
    }

    /// Voltage between the two inputs of a group at `t` seconds, volt.
    pub(super) fn group_v(&self, group: usize, t: f64) -> f64 {
        self.between(group, |mode| mode.at(t))
    }

    /// Its integral between two offsets, volt-second.
    pub(super) fn group_vs(&self, group: usize, from: f64, to: f64) -> f64 {
        self.between(group, |mode| mode.integral(to) - mode.integral(from))
    }

    fn between(&self, group: usize, value: impl Fn(&Mode) -> f64) -> f64 {
        let rows = &self.network.from_modes;
        let part = |(index, mode): (usize, &Mode)| {
            (rows[(group + 1, index)] - rows[(group, index)]) * value(mode)
        };
        self.modes.iter().enumerate().map(part).sum()
    }
}

impl Mode {
    /// Equation (S5).
    fn at(&self, t: f64) -> f64 {
        let phi = phis(self.rate * t);
        let [a, b, c] = self.drive;
        self.start * phi[0] + t * (a * phi[1] + t * (b * phi[2] + 2.0 * c * t * phi[3]))
    }

    fn integral(&self, t: f64) -> f64 {
        let phi = phis(self.rate * t);
        let [a, b, c] = self.drive;
        t * (self.start * phi[1] + t * (a * phi[2] + t * (b * phi[3] + 2.0 * c * t * phi[4])))
    }
}

/// The functions exp(-x), (1 - exp(-x))/x and so on: each is 1/k! less x times the next.
fn phis(x: f64) -> [f64; 5] {
    const INVERSE: [f64; 4] = [1.0, 1.0, 0.5, 1.0 / 6.0];
    let mut phi = [0.0; 5];
    if x < SERIES_BELOW {
        let mut term = 1.0 / 24.0;
        for order in 0..SERIES_TERMS {
            phi[4] += term;
            term *= -x / f64::from(order + 5);
        }
        for order in (0..4).rev() {
            phi[order] = INVERSE[order] - x * phi[order + 1];
        }
    } else {
        phi[0] = if x < FORGOTTEN { libm::exp(-x) } else { 0.0 };
        for order in 0..4 {
            phi[order + 1] = (INVERSE[order] - phi[order]) / x;
        }
    }
    phi
}
