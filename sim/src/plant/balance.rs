//! Balancing currents: bleeding through the sense wires, transfer through the balancer's own leads
//! (equations (14) to (16) of `docs/physics-plant.md`).

use super::cells::Source;
use super::sense::{Board, Network, SenseCourse, Taps};
use crate::parts::BalancerParts;
use crate::setup::BoardSetup;
use crate::time::{SimTime, Span};
use bms_core::bms::Transfer;
use nalgebra::DVector;
use std::sync::Arc;

/// Cell voltage at which the board states its bleed current, volt.
const BLEED_STATED_AT_V: f64 = 3.6;
/// Least resistance of a shorted pair with its cells, ohm.
const WHOLE_MIN_OHM: f64 = 1e-6;

/// The balancing circuits and what flows in them during the running segment.
#[derive(Clone, Debug)]
pub(super) struct Balancing {
    transfer_a: f64,
    efficiency: f64,
    bleed_siemens: f64,
    wire_ohm: f64,
    parts: BalancerParts,
    /// The transfer that is switched on.
    pub(super) transfer: Option<Transfer>,
    /// When it was.
    pub(super) began: SimTime,
    /// The cells that are bled, bit 0 the most negative.
    pub(super) bleed: u32,
    /// What is broken.
    pub(super) faults: BalanceFaults,
    /// Wires and filters in detail; absent for sound wires without filter.
    pub(super) sense: Option<Box<Sense>>,
    bleed_a: Vec<f64>,
    transfers_a: Vec<f64>,
    drops_v: Vec<f64>,
}

/// Faults of the balancing circuits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct BalanceFaults {
    /// Bleed resistors that are always on, a bit each.
    pub(super) stuck: u32,
    /// The balancer takes from the cell that it should feed.
    pub(super) reversed: bool,
    /// Pairs, by their lower group, that the converter connects, with ohm.
    pub(super) shorted: Vec<(usize, f64)>,
}

/// The sense network with what its capacitors hold.
#[derive(Clone, Debug)]
pub(super) struct Sense {
    board: Board,
    network: Arc<Network>,
    inputs_v: DVector<f64>,
}

impl Sense {
    /// A network at rest on these taps.
    pub(super) fn new(board: Board, taps_v: &DVector<f64>) -> Self {
        let network = Arc::new(Network::new(&board));
        let inputs_v = network.rest_v(taps_v);
        Self { board, network, inputs_v }
    }

    /// Another network on the same capacitors.
    pub(super) fn rewired(mut self, board: Board, taps_v: &DVector<f64>) -> Self {
        // Bleeding is switched by `drive` alone.
        let board = Board { bleeds_s: self.board.bleeds_s.clone(), ..board };
        if self.inputs_v.len() != taps_v.len() {
            return Self::new(board, taps_v);
        }
        if board != self.board {
            self.network = Arc::new(Network::new(&board));
            self.board = board;
        }
        self
    }

    /// A network whose capacitors hold what an ideal board has shown until now.
    pub(super) fn taken_over(board: Board, taps_v: DVector<f64>) -> Self {
        let network = Arc::new(Network::new(&board));
        Self { board, network, inputs_v: taps_v }
    }

    fn bleed(&mut self, bleeds_s: Vec<f64>) {
        if bleeds_s != self.board.bleeds_s {
            self.board.bleeds_s = bleeds_s;
            self.network = Arc::new(Network::new(&self.board));
        }
    }
}

impl Balancing {
    pub(super) fn new(board: &BoardSetup, parts: BalancerParts, groups: usize) -> Self {
        Self {
            transfer_a: board.transfer_a,
            efficiency: board.transfer_efficiency,
            bleed_siemens: board.bleed_a / BLEED_STATED_AT_V,
            wire_ohm: board.sense_wire_ohm,
            parts,
            transfer: None,
            began: SimTime::ZERO,
            bleed: 0,
            faults: BalanceFaults::default(),
            sense: None,
            bleed_a: vec![0.0; groups],
            transfers_a: vec![0.0; groups],
            drops_v: vec![0.0; groups],
        }
    }

    /// Current into a group by balancing, ampere, charge positive.
    pub(super) fn cell_a(&self, cell: usize) -> f64 {
        self.transfers_a[cell] - self.bleed_a[cell]
    }

    /// What the sense wires add to a group's measured voltage, volt.
    pub(super) fn sense_v(&self, cell: usize) -> f64 {
        self.drops_v[cell]
    }

    /// Whether nothing flows and the inputs show the taps.
    pub(super) fn is_idle(&self) -> bool {
        let faults = &self.faults;
        let bled = self.bleed | faults.stuck;
        self.transfer.is_none() && bled == 0 && faults.shorted.is_empty() && self.sense.is_none()
    }

    /// No current.
    pub(super) fn rest(&mut self) {
        self.bleed_a.fill(0.0);
        self.transfers_a.fill(0.0);
        self.drops_v.fill(0.0);
    }

    /// Sets the currents for these groups, as sources with a resistance and with their terminal
    /// voltages, and these taps; they hold until the next call.
    pub(super) fn drive(&mut self, groups: &[(f64, Source)], taps_v: &DVector<f64>, now: SimTime) {
        self.rest();
        let terminals_v: Vec<f64> = groups.iter().map(|(volts, _)| *volts).collect();
        if self.sense.is_some() {
            self.drive_network(taps_v);
        } else if (self.bleed | self.faults.stuck) != 0 && self.bleed_siemens > 0.0 {
            self.drive_bleed(&terminals_v);
        }
        if let Some(transfer) = self.transfer {
            self.transfers_a.iter_mut().for_each(|a| *a -= self.parts.quiescent_a);
            if self.is_transferring(now) {
                self.drive_transfer(transfer, &terminals_v);
            }
        }
        for index in 0..self.faults.shorted.len() {
            let (cell, ohm) = self.faults.shorted[index];
            self.drive_short(cell, ohm, groups);
        }
    }

    /// The donor gives a fixed current; the receiver gets what the efficiency leaves of its power,
    /// equation (16).
    fn drive_transfer(&mut self, transfer: Transfer, terminals_v: &[f64]) {
        let (donor, receiver) = (usize::from(transfer.donor), usize::from(transfer.receiver));
        let reversed = self.faults.reversed;
        let (donor, receiver) = if reversed { (receiver, donor) } else { (donor, receiver) };
        let both = (terminals_v.get(donor), terminals_v.get(receiver));
        let (Some(&donor_v), Some(&receiver_v)) = both else { return };
        if donor == receiver || receiver_v <= 0.0 || donor_v <= 0.0 {
            return;
        }
        self.transfers_a[donor] -= self.transfer_a;
        self.transfers_a[receiver] += self.efficiency * self.transfer_a * donor_v / receiver_v;
    }

    /// A pair of groups into a resistance. Their own resistances count too, so that the current
    /// does not depend on what the terminals have shown before.
    fn drive_short(&mut self, cell: usize, ohm: f64, groups: &[(f64, Source)]) {
        let Some(pair) = groups.get(cell..cell + 2) else { return };
        let volts: f64 = pair.iter().map(|(_, source)| source.emf_v).sum();
        let whole_ohm: f64 = ohm + pair.iter().map(|(_, source)| source.ohm).sum::<f64>();
        for group in cell..cell + 2 {
            self.transfers_a[group] -= volts / whole_ohm.max(WHOLE_MIN_OHM);
        }
    }

    /// Whether the balancer is in the working part of its cycle.
    fn is_transferring(&self, now: SimTime) -> bool {
        self.cycle(now).is_none_or(|(since, on, _)| since < on)
    }

    /// Nanoseconds since the cycle began, and those of its working part and of all of it.
    fn cycle(&self, now: SimTime) -> Option<(u64, u64, u64)> {
        let period = self.parts.period.0;
        if period == 0 || self.parts.duty >= 1.0 {
            return None;
        }
        let on = super::planner::span_of(self.parts.duty * self.parts.period.as_secs_f64()).0;
        Some(((now.0 - self.began.0) % period, on, period))
    }

    /// How long the balancer goes on as it does.
    pub(super) fn holds(&self, now: SimTime) -> Option<Span> {
        self.transfer?;
        let (since, on, period) = self.cycle(now)?;
        Some(Span(if since < on { on - since } else { period - since }))
    }

    fn drive_network(&mut self, taps_v: &DVector<f64>) {
        let bleeds_s = (0..self.bleed_a.len())
            .map(|cell| if self.is_bled(cell) { self.bleed_siemens } else { 0.0 })
            .collect();
        let Some(sense) = &mut self.sense else { return };
        sense.bleed(bleeds_s);
        for (into, a) in self.bleed_a.iter_mut().zip(sense.network.groups_a(taps_v)) {
            *into = -a;
        }
    }

    /// The inputs over a segment that begins now.
    pub(super) fn course(&self, taps: impl FnOnce() -> Taps) -> Option<SenseCourse> {
        let sense = self.sense.as_ref()?;
        Some(SenseCourse::new(&sense.network, &sense.inputs_v, &taps()))
    }

    /// A segment of `span` seconds is over.
    pub(super) fn keep(&mut self, course: Option<&SenseCourse>, span: f64) {
        if let (Some(sense), Some(course)) = (&mut self.sense, course) {
            sense.inputs_v = course.inputs_v(span);
        }
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
        cell < 32 && (self.bleed | self.faults.stuck) >> cell & 1 == 1
    }
}
