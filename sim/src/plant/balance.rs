//! Balancing currents: bleeding through the sense wires, transfer through the balancer's own leads
//! (equations (14) to (16) of `docs/physics-plant.md`).

use crate::setup::BoardSetup;
use bms_core::bms::Transfer;

/// Cell voltage at which the board states its bleed current, volt.
const BLEED_STATED_AT_V: f64 = 3.6;

/// The balancing circuits and what flows in them during the running segment.
#[derive(Clone, Debug)]
pub(super) struct Balancing {
    transfer_a: f64,
    efficiency: f64,
    bleed_siemens: f64,
    wire_ohm: f64,
    /// The transfer that is switched on.
    pub(super) transfer: Option<Transfer>,
    /// The cells that are bled, bit 0 the most negative.
    pub(super) bleed: u32,
    bleed_a: Vec<f64>,
    transfers_a: Vec<f64>,
    drops_v: Vec<f64>,
}

impl Balancing {
    pub(super) fn new(board: &BoardSetup, cells: usize) -> Self {
        Self {
            transfer_a: board.transfer_a,
            efficiency: board.transfer_efficiency,
            bleed_siemens: board.bleed_a / BLEED_STATED_AT_V,
            wire_ohm: board.sense_wire_ohm,
            transfer: None,
            bleed: 0,
            bleed_a: vec![0.0; cells],
            transfers_a: vec![0.0; cells],
            drops_v: vec![0.0; cells],
        }
    }

    /// Current into a cell by balancing, ampere, charge positive.
    pub(super) fn cell_a(&self, cell: usize) -> f64 {
        self.transfers_a[cell] - self.bleed_a[cell]
    }

    /// What the sense wires add to a cell's measured voltage, volt.
    pub(super) fn sense_v(&self, cell: usize) -> f64 {
        self.drops_v[cell]
    }

    /// Sets the currents for these terminal voltages; they hold until the next call.
    pub(super) fn drive(&mut self, terminals_v: &[f64]) {
        self.bleed_a.fill(0.0);
        self.transfers_a.fill(0.0);
        self.drops_v.fill(0.0);
        if self.bleed != 0 && self.bleed_siemens > 0.0 {
            self.drive_bleed(terminals_v);
        }
        if let Some(transfer) = self.transfer {
            self.drive_transfer(transfer, terminals_v);
        }
    }

    /// The donor gives a fixed current; the receiver gets what the efficiency leaves of its power,
    /// equation (16).
    fn drive_transfer(&mut self, transfer: Transfer, terminals_v: &[f64]) {
        let (donor, receiver) = (usize::from(transfer.donor), usize::from(transfer.receiver));
        let both = (terminals_v.get(donor), terminals_v.get(receiver));
        let (Some(&donor_v), Some(&receiver_v)) = both else { return };
        if donor == receiver || receiver_v <= 0.0 || donor_v <= 0.0 {
            return;
        }
        self.transfers_a[donor] -= self.transfer_a;
        self.transfers_a[receiver] += self.efficiency * self.transfer_a * donor_v / receiver_v;
    }

    /// Solves the ladder of sense wires and bleed resistors, equation (15), by elimination.
    fn drive_bleed(&mut self, terminals_v: &[f64]) {
        let count = terminals_v.len();
        let side = self.wire_ohm * self.bleed_siemens;
        let (mut upper, mut right) = (vec![0.0; count], vec![0.0; count]);
        for cell in 0..count {
            let drawn = |neighbour: usize| if self.is_bled(neighbour) { -side } else { 0.0 };
            let diagonal = if self.is_bled(cell) { 1.0 + 2.0 * side } else { 1.0 };
            let lower = if cell > 0 { drawn(cell - 1) } else { 0.0 };
            let before = cell.checked_sub(1).map_or((0.0, 0.0), |i| (upper[i], right[i]));
            let pivot = diagonal - lower * before.0;
            upper[cell] = if cell + 1 < count { drawn(cell + 1) / pivot } else { 0.0 };
            right[cell] = (terminals_v[cell] - lower * before.1) / pivot;
        }
        let mut above = 0.0;
        for cell in (0..count).rev() {
            let pins_v = right[cell] - upper[cell] * above;
            above = pins_v;
            self.drops_v[cell] = pins_v - terminals_v[cell];
            self.bleed_a[cell] = if self.is_bled(cell) { pins_v * self.bleed_siemens } else { 0.0 };
        }
    }

    fn is_bled(&self, cell: usize) -> bool {
        cell < 32 && self.bleed >> cell & 1 == 1
    }
}
