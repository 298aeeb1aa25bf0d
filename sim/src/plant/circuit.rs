//! The fast electrical circuit: pack, loop inductance, capacitor and sense filter as one linear
//! system, solved exactly by the matrix exponential (equations (8) to (11) of
//! `docs/physics-plant.md`).

use super::trajectory::boole;
use nalgebra::{Matrix5, RowVector5, Vector5};

/// Row of the current into the load through its inductance, ampere.
const COIL_ROW: usize = 0;
/// Row of the load's capacitor voltage, volt.
pub(super) const CAPACITOR_ROW: usize = 1;
/// Row of the filtered shunt voltage, volt.
pub(super) const FILTER_ROW: usize = 2;
/// Row of the charge passed through the shunt, coulomb.
const CHARGE_ROW: usize = 3;
/// Row that is always one: what drives the others.
const ONE_ROW: usize = 4;

/// Halvings of a quarter of a response to find its turn: 1 ms to well under 1 ns.
const TURN_HALVINGS: usize = 24;

/// What the pack does while the circuit around it moves.
#[derive(Clone, Copy, Debug)]
pub(super) enum PackTie {
    /// It is part of the loop: pack current is the charger's minus the load's.
    Loop,
    /// Its current is set by something stiffer, ampere.
    Fixed(f64),
}

/// A capacitor with what hangs on it, linearised: it gives up `conductance * v + drain_a`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Capacitor {
    /// Capacitance, farad.
    pub(super) farad: f64,
    /// Leak in proportion to voltage, siemens.
    pub(super) conductance: f64,
    /// Leak besides, ampere.
    pub(super) drain_a: f64,
}

/// The loop seen by the load.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circuit {
    /// Source voltage, volt.
    pub(super) source_v: f64,
    /// Source resistance, ohm; infinite where the charger alone forces its current.
    pub(super) source_ohm: f64,
    /// The charger's current, ampere.
    pub(super) charger_a: f64,
    /// The pack's part.
    pub(super) pack: PackTie,
    /// Resistance of the load's cable, ohm.
    pub(super) load_ohm: f64,
    /// Inductance of the load's cable, henry; 0 for none.
    pub(super) henry: f64,
    /// Voltage of a source at its end, volt.
    pub(super) end_v: f64,
    /// Capacitor at its end; a short where there is none.
    pub(super) capacitor: Option<Capacitor>,
    /// Shunt resistance as its sense connection shows it, ohm.
    pub(super) shunt_ohm: f64,
    /// What the sense connection adds, volt.
    pub(super) shunt_offset_v: f64,
    /// Time constant of the sense filter, second.
    pub(super) filter_s: f64,
}

impl Circuit {
    fn loop_ohm(&self) -> f64 {
        self.source_ohm + self.load_ohm
    }

    /// Whether the load current is a state of its own.
    fn has_coil(&self) -> bool {
        self.henry > 0.0 && self.source_ohm.is_finite()
    }

    /// The fastest time constant, second; none if nothing moves.
    pub(super) fn fastest_s(&self) -> Option<f64> {
        let farad = self.capacitor.map(|capacitor| capacitor.farad);
        let loop_ohm = if self.source_ohm.is_finite() { self.loop_ohm() } else { self.load_ohm };
        let coil = self.has_coil().then(|| self.henry / loop_ohm);
        let ring = farad.filter(|_| self.has_coil()).map(|farad| libm::sqrt(self.henry * farad));
        let fill = farad.map(|farad| farad * loop_ohm);
        [coil, ring, fill].into_iter().flatten().reduce(f64::min)
    }

    /// The load current as a row over the states.
    fn load_row(&self) -> RowVector5<f64> {
        let mut row = RowVector5::zeros();
        if self.has_coil() {
            row[COIL_ROW] = 1.0;
        } else if self.source_ohm.is_finite() {
            row[CAPACITOR_ROW] = -1.0 / self.loop_ohm();
            row[ONE_ROW] = (self.source_v - self.end_v) / self.loop_ohm();
        } else {
            row[ONE_ROW] = self.charger_a;
        }
        row
    }

    /// The pack current as a row over the states.
    fn pack_row(&self) -> RowVector5<f64> {
        let mut row = RowVector5::zeros();
        match self.pack {
            PackTie::Loop => {
                row[ONE_ROW] = self.charger_a;
                row - self.load_row()
            }
            PackTie::Fixed(held) => {
                row[ONE_ROW] = held;
                row
            }
        }
    }

    /// Pack current with the load's states as given, ampere.
    pub(super) fn pack_a(&self, coil_a: f64, capacitor_v: f64) -> f64 {
        let capacitor_v = if self.capacitor.is_some() { capacitor_v } else { 0.0 };
        (self.pack_row() * Vector5::new(coil_a, capacitor_v, 0.0, 0.0, 1.0))[0]
    }

    /// The system matrix of equation (9).
    fn matrix(&self) -> Matrix5<f64> {
        let mut matrix = Matrix5::zeros();
        if self.has_coil() {
            matrix[(COIL_ROW, COIL_ROW)] = -self.loop_ohm() / self.henry;
            matrix[(COIL_ROW, CAPACITOR_ROW)] = -1.0 / self.henry;
            matrix[(COIL_ROW, ONE_ROW)] = (self.source_v - self.end_v) / self.henry;
        }
        if let Some(capacitor) = self.capacitor {
            let mut row = self.load_row();
            row[CAPACITOR_ROW] -= capacitor.conductance;
            row[ONE_ROW] -= capacitor.drain_a;
            matrix.set_row(CAPACITOR_ROW, &(row / capacitor.farad));
        }
        if self.filter_s > 0.0 {
            let mut row = self.pack_row() * self.shunt_ohm;
            row[FILTER_ROW] -= 1.0;
            row[ONE_ROW] += self.shunt_offset_v;
            matrix.set_row(FILTER_ROW, &(row / self.filter_s));
        }
        matrix.set_row(CHARGE_ROW, &self.pack_row());
        matrix
    }

    /// The response from these states over `span` seconds.
    pub(super) fn respond(
        &self,
        coil_a: f64,
        capacitor_v: f64,
        filter_v: f64,
        span: f64,
    ) -> Course {
        let capacitor_v = if self.capacitor.is_some() { capacitor_v } else { 0.0 };
        let start = Vector5::new(coil_a, capacitor_v, filter_v, 0.0, 1.0);
        let mut start = start;
        if !self.has_coil() {
            start[COIL_ROW] = 0.0;
        }
        Course::new(self.matrix(), start, self.pack_row(), self.load_row(), span)
    }
}

/// The exact response of a linear circuit, with five nodes at equal distances.
#[derive(Clone, Debug)]
pub(super) struct Course {
    matrix: Matrix5<f64>,
    pack_row: RowVector5<f64>,
    load_row: RowVector5<f64>,
    span: f64,
    nodes: [Vector5<f64>; 5],
}

impl Course {
    fn new(
        matrix: Matrix5<f64>,
        start: Vector5<f64>,
        pack_row: RowVector5<f64>,
        load_row: RowVector5<f64>,
        span: f64,
    ) -> Self {
        let quarter = (matrix * (0.25 * span)).exp();
        let mut nodes = [start; 5];
        for index in 1..nodes.len() {
            nodes[index] = quarter * nodes[index - 1];
        }
        Self { matrix, pack_row, load_row, span, nodes }
    }

    /// The same response, of another length.
    pub(super) fn resized(&self, span: f64) -> Self {
        Self::new(self.matrix, self.nodes[0], self.pack_row, self.load_row, span)
    }

    /// All states at `t` seconds, equation (10).
    pub(super) fn state(&self, t: f64) -> Vector5<f64> {
        let node = 4.0 * t / self.span;
        let nearest = libm::round(node);
        if (node - nearest).abs() < 1e-12 && (0.0..=4.0).contains(&nearest) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 4")]
            return self.nodes[nearest as usize];
        }
        (self.matrix * t).exp() * self.nodes[0]
    }

    /// Pack current, ampere.
    pub(super) fn current_a(&self, t: f64) -> f64 {
        (self.pack_row * self.state(t))[0]
    }

    /// Current into the load, ampere.
    pub(super) fn load_a(&self, t: f64) -> f64 {
        (self.load_row * self.state(t))[0]
    }

    /// Voltage of the capacitor, volt.
    pub(super) fn capacitor_v(&self, t: f64) -> f64 {
        self.state(t)[CAPACITOR_ROW]
    }

    /// Mean current into the load over the whole response, ampere.
    pub(super) fn load_mean_a(&self) -> f64 {
        boole(self.nodes.map(|node| (self.load_row * node)[0]), 1.0)
    }

    /// Charge through the shunt since the start, coulomb.
    pub(super) fn charge_c(&self, t: f64) -> f64 {
        self.state(t)[CHARGE_ROW]
    }

    /// When the pack current first turns against the direction of `sign`, if it does, second.
    pub(super) fn turn_s(&self, sign: f64) -> Option<f64> {
        self.turn_of(&self.pack_row, sign)
    }

    /// When the current into the load first turns negative, if it does, second.
    pub(super) fn load_turn_s(&self) -> Option<f64> {
        self.turn_of(&self.load_row, 1.0)
    }

    fn turn_of(&self, row: &RowVector5<f64>, sign: f64) -> Option<f64> {
        let against = |node: &Vector5<f64>| (row * node)[0] * sign < 0.0;
        let turned = self.nodes.iter().skip(1).position(against)?;
        #[expect(clippy::cast_precision_loss, reason = "0 to 3")]
        let (mut low, quarter) = (0.25 * self.span * turned as f64, 0.25 * self.span);
        let mut high = low + quarter;
        for _ in 0..TURN_HALVINGS {
            let middle = 0.5 * (low + high);
            if (row * self.state(middle))[0] * sign < 0.0 { high = middle } else { low = middle }
        }
        Some(high)
    }

    /// Integral of the squared pack current over the whole response, A²s.
    pub(super) fn square_integral(&self) -> f64 {
        let squares = self.nodes.map(|node| {
            let current = (self.pack_row * node)[0];
            current * current
        });
        boole(squares, self.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short() -> Circuit {
        Circuit {
            source_v: 52.0,
            source_ohm: 4e-3,
            charger_a: 0.0,
            pack: PackTie::Loop,
            load_ohm: 1e-3,
            henry: 1e-6,
            end_v: 0.0,
            capacitor: None,
            shunt_ohm: 1e-4,
            shunt_offset_v: 0.0,
            filter_s: 30e-6,
        }
    }

    #[test]
    fn a_coil_and_a_resistor_follow_the_exponential() {
        let course = short().respond(0.0, 0.0, 0.0, 1e-3);
        for t in [1e-6, 1e-5, 2e-4, 7e-4] {
            let exact = -52.0 / 5e-3 * -libm::expm1(-t / 200e-6);
            approx::assert_relative_eq!(course.current_a(t), exact, max_relative = 1e-12);
        }
    }

    /// Underdamped: i = V/(wL) exp(-at) sin(wt), a = R/2L, w² = 1/LC - a².
    #[test]
    fn a_coil_and_a_capacitor_ring() {
        let capacitor = Capacitor { farad: 10e-3, conductance: 0.0, drain_a: 0.0 };
        let circuit = Circuit { capacitor: Some(capacitor), henry: 2e-6, ..short() };
        let circuit = Circuit { source_v: 5.0, load_ohm: 6e-3, ..circuit };
        let course = circuit.respond(0.0, 0.0, 0.0, 1e-3);
        let (a, t) = (10e-3 / (2.0 * 2e-6), 210e-6);
        let w = libm::sqrt(1.0 / (2e-6 * 10e-3) - a * a);
        let exact = 5.0 / (w * 2e-6) * libm::exp(-a * t) * libm::sin(w * t);
        approx::assert_relative_eq!(-course.current_a(t), exact, max_relative = 1e-10);
    }
}
