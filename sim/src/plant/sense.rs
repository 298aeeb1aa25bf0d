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

#[cfg(test)]
mod tests {
    use super::*;
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    fn sound(groups: usize) -> Board {
        Board {
            tap_of: (0..=groups).collect(),
            wires_ohm: vec![0.1; groups + 1],
            bleeds_s: vec![0.0; groups],
            touches_s: vec![0.0; groups],
            filter_ohm: 0.0,
            filter_farad: 100e-9,
            leak_ohm: 50e6,
            top_helper_ohm: f64::INFINITY,
            bottom_helper_ohm: f64::INFINITY,
            drain_s: 0.0,
        }
    }

    fn taps(groups_v: &[f64]) -> DVector<f64> {
        let mut volts = vec![0.0];
        volts.extend(groups_v.iter().scan(0.0, |sum, v| {
            *sum += v;
            Some(*sum)
        }));
        DVector::from_vec(volts)
    }

    fn still(taps_v: DVector<f64>) -> Taps {
        let zeros = DVector::zeros(taps_v.len());
        Taps { from: taps_v, slope: zeros.clone(), curve: zeros }
    }

    fn readings(inputs_v: &DVector<f64>) -> Vec<f64> {
        (1..inputs_v.len()).map(|k| inputs_v[k] - inputs_v[k - 1]).collect()
    }

    /// All of n equal cells bled: m_k = V - Rw (2 b_k - b_(k-1) - b_(k+1)) with b = G m: a uniform
    /// tridiagonal system, whose solution is V (1 - cosh((k - (n+1)/2) q)/cosh((n+1)/2 q)) seen from
    /// the middle, with 2 cosh q = 2 + 1/(Rw G), as m obeys (1/side) (V - m_k) = 2 m_k - m_(k-1) -
    /// m_(k+1) and m_0 = m_(n+1) = 0.
    #[test]
    fn bleeding_all_cells_at_once_is_the_closed_form_of_the_tridiagonal_system() {
        let (n, wire, bleed, volts) = (16, 2.0, 1.0 / 20.0, 3.3);
        let mut board = sound(n);
        board.wires_ohm = vec![wire; n + 1];
        board.bleeds_s = vec![bleed; n];
        board.leak_ohm = 1e15;
        let network = Network::new(&board);
        let found = readings(&network.rest_v(&taps(&[volts; 16])));
        // m = V - side (2 m_k - m_(k-1) - m_(k+1)): homogeneous roots by 2 cosh q = 2 + 1/side.
        let side = wire * bleed;
        let q = libm::acosh(1.0 + 0.5 / side);
        let half = 0.5 * (n as f64 + 1.0);
        for (index, m) in found.iter().enumerate() {
            let x = index as f64 + 1.0 - half;
            let exact = volts * (1.0 - libm::cosh(x * q) / libm::cosh(half * q));
            assert_abs_diff_eq!(*m, exact, epsilon = 1e-9);
        }
    }

    /// R2 on tap 1 of three cells, cell 1 (the second) bled: b = V / (Rb + R1 + R2).
    #[test]
    fn a_bled_cell_draws_through_its_two_wires_alone() {
        let mut board = sound(3);
        board.wires_ohm = vec![0.1, 4.0, 1.0, 0.1];
        board.bleeds_s[1] = 0.1;
        let network = Network::new(&board);
        let taps_v = taps(&[3.2, 3.3, 3.4]);
        let bleed_a = 3.3 / (10.0 + 4.0 + 1.0);
        let groups_a = network.groups_a(&taps_v);
        for (found, exact) in groups_a.iter().zip([0.0, -bleed_a, 0.0]) {
            assert_abs_diff_eq!(*found, exact, epsilon = 1e-6);
        }
        let found = readings(&network.rest_v(&taps_v));
        let exact = [3.2 + 4.0 * bleed_a, 3.3 - 5.0 * bleed_a, 3.4 + 1.0 * bleed_a];
        for (found, exact) in found.iter().zip(exact) {
            assert_abs_diff_eq!(*found, exact, epsilon = 1e-6);
        }
    }

    /// The capacitor of an open tap empties into the leaks to its neighbours: tau = C R / 2.
    #[test]
    fn an_open_tap_drifts_to_the_middle_with_half_the_leak_times_the_capacitor() {
        let mut board = sound(4);
        board.wires_ohm[2] = f64::INFINITY;
        let network = Arc::new(Network::new(&board));
        let taps_v = taps(&[3.2, 3.3, 3.5, 3.4]);
        let course = SenseCourse::new(&network, &taps_v, &still(taps_v.clone()));
        let tau_s = 0.5 * 50e6 * 100e-9;
        // Rests half way between 3.2 and 10.0 V, that is 6.6; starts at 6.5.
        for t in [0.0, 0.3, 2.5, 20.0] {
            let exact = 6.6 - 0.1 * libm::exp(-t / tau_s);
            let found = course.inputs_v(t);
            assert_abs_diff_eq!(found[2], exact, epsilon = 1e-6);
            assert_abs_diff_eq!(course.group_v(1, t) + course.group_v(2, t), 6.8, epsilon = 1e-6);
        }
        let mean = course.group_vs(1, 1.0, 1.005) / 0.005;
        let decay = (libm::exp(-1.0 / tau_s) - libm::exp(-1.005 / tau_s)) * tau_s / 0.005;
        assert_abs_diff_eq!(mean, 3.4 - 0.1 * decay, epsilon = 1e-6);
    }

    /// One cell whose top tap jumps; filter R C alone: 1 kohm and 100 nF. The leaks are far away.
    #[test]
    fn a_filter_follows_a_ramp_and_a_parabola_as_its_equation_says() {
        let mut board = sound(1);
        board.wires_ohm = vec![0.0; 2];
        board.filter_ohm = 1000.0;
        board.leak_ohm = 1e14;
        let network = Arc::new(Network::new(&board));
        let start = DVector::from_vec(vec![0.0, 3.0]);
        let (a, b, c) = (3.2, 40.0, -9000.0);
        let part = |value: f64| DVector::from_vec(vec![0.0, value]);
        let input = Taps { from: part(a), slope: part(b), curve: part(c) };
        let course = SenseCourse::new(&network, &start, &input);
        let tau = (1000.0 + WIRE_MIN_OHM) * 100e-9;
        // y = a + b (t - tau) + c (t² - 2 tau t + 2 tau²) + k exp(-t/tau).
        let settled = |t: f64| a + b * (t - tau) + c * (t * t - 2.0 * tau * t + 2.0 * tau * tau);
        for t in [1e-5, 8e-5, 1e-4, 3e-4, 1e-3] {
            let exact = settled(t) + (3.0 - settled(0.0)) * libm::exp(-t / tau);
            assert_relative_eq!(course.group_v(0, t), exact, max_relative = 1e-9);
        }
    }

    #[test]
    fn swapped_taps_show_twice_a_cell_and_one_below_zero() {
        let mut board = sound(4);
        board.tap_of.swap(2, 3);
        let found = readings(&Network::new(&board).rest_v(&taps(&[3.2, 3.3, 3.5, 3.4])));
        for (found, exact) in found.iter().zip([3.2, 6.8, -3.5, 6.9]) {
            assert_abs_diff_eq!(*found, exact, epsilon = 1e-6);
        }
    }

    #[test]
    fn the_functions_of_the_exponential_meet_where_series_and_recursion_do() {
        for (below, above) in phis(1.0 - 1e-12).iter().zip(phis(1.0)) {
            assert_relative_eq!(*below, above, max_relative = 1e-11);
        }
        // phi_2(2) = (exp(-2) - 1 + 2)/4, phi_1(0.5) = (1 - exp(-0.5))/0.5.
        assert_relative_eq!(phis(2.0)[2], (libm::exp(-2.0) + 1.0) / 4.0, max_relative = 1e-14);
        assert_relative_eq!(phis(0.5)[1], -2.0 * libm::expm1(-0.5), max_relative = 1e-14);
        for (found, exact) in phis(0.0).iter().zip([1.0, 1.0, 0.5, 1.0 / 6.0, 1.0 / 24.0]) {
            assert_abs_diff_eq!(*found, exact, epsilon = 1e-16);
        }
    }
}
