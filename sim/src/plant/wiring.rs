//! Parts and faults of cells, links, sense wires and balancer, and what they make of string and
//! board. What is broken is a list; its effects follow from parts and list alone, so that the end
//! of a fault leaves nothing behind and any of them may be combined.

use super::balance::{BalanceFaults, Sense};
use super::cells::CellString;
use super::group::OPEN_OHM;
use super::groups::Groups;
use super::sense::Board;
use super::spread::uniform;
use crate::fault::Fault;
use crate::parts::PackParts;
use crate::seed;
use crate::setup::{BoardSetup, PackSetup};
use crate::time::SimTime;
use cell_models::cell::Health;
use nalgebra::DVector;
use rand_chacha::ChaCha8Rng;

/// Least share of capacity, and of resistance, that a fault leaves of a cell.
const SHARE_MIN: f64 = 1e-3;
/// Resistance of two taps that touch, ohm.
const TOUCH_OHM: f64 = 0.01;
/// What drains each input of a connector that is pulled, ohm: the chip's own consumption through
/// its protection diodes (an estimate).
const UNPLUGGED_OHM: f64 = 1e6;

/// Parts and faults.
#[derive(Clone, Debug)]
pub(super) struct Wiring {
    parts: PackParts,
    wire_ohm: f64,
    parallel: usize,
    cells: usize,
    seed: u64,
    active: Vec<Fault>,
    flakes: Vec<Flake>,
    /// State of health of every cell at the start.
    started: Vec<Health>,
    /// The same now, without its faults.
    healths: Vec<Health>,
}

/// A sense wire that loses contact now and then: both dwells are exponentially distributed.
#[derive(Clone, Debug)]
struct Flake {
    tap: usize,
    every_s: f64,
    lost_s: f64,
    is_lost: bool,
    next: SimTime,
    stream: ChaCha8Rng,
}

impl Flake {
    fn toggle(&mut self, now: SimTime) {
        self.is_lost = !self.is_lost;
        self.draw(now);
    }

    fn draw(&mut self, now: SimTime) {
        let mean_s = if self.is_lost { self.lost_s } else { self.every_s };
        let dwell_s = -mean_s * libm::log(uniform(&mut self.stream));
        let dwell = super::planner::span_of(dwell_s).0.max(1);
        self.next = SimTime(now.0.saturating_add(dwell));
    }
}

impl Wiring {
    pub(super) fn new(pack: &PackSetup, board: &BoardSetup, seed: u64) -> Self {
        let mut healths = vec![pack.parts.health.unwrap_or(Health::NEW); pack.cells.len()];
        for (cell, health) in &pack.parts.healths {
            put(&mut healths, *cell, *health);
        }
        Self {
            started: healths.clone(),
            healths,
            parts: pack.parts.clone(),
            wire_ohm: board.sense_wire_ohm,
            parallel: pack.parallel,
            cells: pack.cells.len(),
            seed,
            active: Vec::new(),
            flakes: Vec::new(),
        }
    }

    /// Number of groups in series.
    pub(super) fn groups(&self) -> usize {
        self.cells / self.parallel
    }

    /// Begins or ends a fault.
    pub(super) fn set(&mut self, fault: &Fault, begins: bool, now: SimTime) {
        self.active.retain(|active| !is_same(active, fault));
        if let Fault::SenseWireFlaky { tap, .. } = fault {
            self.flakes.retain(|flake| flake.tap != *tap);
        }
        if !begins {
            return;
        }
        self.active.push(fault.clone());
        if let Fault::SenseWireFlaky { tap, every_s, lost_s } = *fault {
            let stream = seed::stream(self.seed, &format!("fault.sense-wire-flaky.{tap}"));
            let (is_lost, next) = (false, now);
            let mut flake = Flake { tap, every_s, lost_s, is_lost, next, stream };
            flake.draw(now);
            self.flakes.push(flake);
        }
    }

    /// When a loose contact changes next.
    pub(super) fn next(&self) -> Option<SimTime> {
        self.flakes.iter().map(|flake| flake.next).min()
    }

    /// Changes the contacts that are due; whether there were any.
    pub(super) fn toggle(&mut self, now: SimTime) -> bool {
        let due = self.flakes.iter_mut().filter(|flake| flake.next <= now);
        due.map(|flake| flake.toggle(now)).count() > 0
    }

    /// Puts parts and faults into the string.
    pub(super) fn apply(&self, string: &mut CellString, last_a: f64) {
        let joints_ohm = self.joints_ohm();
        string.joints_sum_ohm = self.joints_sum_ohm(&joints_ohm);
        let groups = self.groups_of(string);
        let dead = groups.as_ref().is_some_and(|groups| groups.dead.contains(&true));
        string.is_interrupted = dead || joints_ohm.iter().any(|ohm| *ohm >= OPEN_OHM);
        string.joints_ohm = joints_ohm;
        string.groups = groups.map(Box::new);
        string.balancing.faults = self.balance_faults();
        self.apply_health(string);
        let taps_v = string.taps_v(last_a);
        string.balancing.sense = self.sense(string.balancing.sense.take(), taps_v);
    }

    /// What a cell has left of what it started with.
    pub(super) fn age(&mut self, cell: usize, left: Health) {
        let Health { capacity, resistance } = self.started[cell];
        self.healths[cell] =
            Health { capacity: capacity * left.capacity, resistance: resistance * left.resistance };
    }

    /// Gives the cells the health that age and faults leave.
    pub(super) fn apply_health(&self, string: &mut CellString) {
        for (state, health) in string.states.iter_mut().zip(&self.healths) {
            state.health = *health;
        }
        for fault in &self.active {
            match *fault {
                Fault::CellCapacity { cell, share } => {
                    if let Some(state) = string.states.get_mut(cell) {
                        state.health.capacity *= share.max(SHARE_MIN);
                    }
                }
                Fault::CellResistance { cell, times } => {
                    if let Some(state) = string.states.get_mut(cell) {
                        state.health.resistance *= times.max(SHARE_MIN);
                    }
                }
                _ => {}
            }
        }
        string.look_again();
    }

    fn joints_ohm(&self) -> Vec<f64> {
        let mut joints_ohm =
            spread_out(self.parts.joint_ohm, &self.parts.joints_ohm, self.groups());
        for fault in &self.active {
            if let Fault::Joint { group, ohm } = *fault {
                put(&mut joints_ohm, group, ohm.min(OPEN_OHM));
            }
        }
        joints_ohm
    }

    /// Equal joints are one product, as they always were.
    fn joints_sum_ohm(&self, joints_ohm: &[f64]) -> f64 {
        let first = joints_ohm.first().copied().unwrap_or(0.0);
        if joints_ohm.iter().all(|ohm| ohm.to_bits() == first.to_bits()) {
            #[expect(clippy::cast_precision_loss, reason = "a few dozen cells")]
            let count = joints_ohm.len() as f64;
            return count * first;
        }
        joints_ohm.iter().sum()
    }

    /// The groups, unless they are single sound cells without contacts.
    fn groups_of(&self, string: &CellString) -> Option<Groups> {
        let none = vec![0.0; self.cells];
        let mut groups = Groups {
            parallel: self.parallel,
            feed: self.parts.feed,
            contacts_ohm: spread_out(self.parts.contact_ohm, &self.parts.contacts_ohm, self.cells),
            bars_ohm: spread_out(self.parts.busbar_ohm, &self.parts.busbars_ohm, self.cells),
            shorts_ohm: vec![f64::INFINITY; self.cells],
            watts: none,
            dead: Vec::new(),
            charging: vec![true; self.cells],
            charged: Vec::new(),
        };
        for fault in &self.active {
            match *fault {
                Fault::CellOpen { cell } => put(&mut groups.contacts_ohm, cell, OPEN_OHM),
                Fault::CellShort { cell, ohm } => put(&mut groups.shorts_ohm, cell, ohm),
                Fault::CellHeats { cell, watts } => put(&mut groups.watts, cell, watts),
                _ => {}
            }
        }
        let open = |cell: std::ops::Range<usize>| {
            groups.contacts_ohm[cell].iter().all(|ohm| *ohm >= OPEN_OHM)
        };
        groups.dead = (0..self.groups()).map(|group| open(groups.cells(group))).collect();
        if let Some(before) = &string.groups {
            groups.charging.clone_from(&before.charging);
        }
        let is_plain = self.parallel == 1
            && groups.contacts_ohm.iter().all(|ohm| *ohm == 0.0)
            && groups.shorts_ohm.iter().all(|ohm| ohm.is_infinite())
            && groups.watts.iter().all(|watts| *watts == 0.0);
        (!is_plain).then_some(groups)
    }

    fn balance_faults(&self) -> BalanceFaults {
        let mut faults = BalanceFaults::default();
        for fault in &self.active {
            match *fault {
                Fault::BleedStuckOn { cell } if cell < 32 => faults.stuck |= 1 << cell,
                Fault::BalancerReversed => faults.reversed = true,
                Fault::BalancerShorted { cell, ohm } => faults.shorted.push((cell, ohm)),
                _ => {}
            }
        }
        faults
    }

    fn sense(&self, before: Option<Box<Sense>>, taps_v: DVector<f64>) -> Option<Box<Sense>> {
        let board = self.board();
        let parts = &self.parts.sense;
        let is_plain = parts.filter_ohm == 0.0
            && board == Board { ..self.sound_board() }
            && parts.wires_ohm.is_empty();
        if is_plain {
            return None;
        }
        Some(Box::new(match before {
            Some(sense) => sense.rewired(board, &taps_v),
            None => Sense::taken_over(board, taps_v),
        }))
    }

    fn sound_board(&self) -> Board {
        let (parts, taps) = (&self.parts.sense, self.groups() + 1);
        Board {
            tap_of: (0..taps).collect(),
            wires_ohm: spread_out(self.wire_ohm, &parts.wires_ohm, taps),
            bleeds_s: vec![0.0; taps - 1],
            touches_s: vec![0.0; taps - 1],
            filter_ohm: parts.filter_ohm,
            filter_farad: parts.filter_farad,
            leak_ohm: parts.leak_ohm,
            top_helper_ohm: parts.top_helper_ohm,
            bottom_helper_ohm: parts.bottom_helper_ohm,
            drain_s: 0.0,
        }
    }

    /// The board with its faults; of several on one wire the most severe holds.
    fn board(&self) -> Board {
        let mut board = self.sound_board();
        let mut wire = |tap: usize, ohm: f64| {
            if let Some(place) = board.wires_ohm.get_mut(tap) {
                *place = place.max(ohm);
            }
        };
        for fault in &self.active {
            if let Fault::SenseWire { tap, ohm } = *fault {
                wire(tap, ohm);
            }
        }
        for flake in self.flakes.iter().filter(|flake| flake.is_lost) {
            wire(flake.tap, f64::INFINITY);
        }
        for fault in &self.active {
            match *fault {
                Fault::TapsSwapped { tap } if tap + 1 < board.tap_of.len() => {
                    board.tap_of.swap(tap, tap + 1);
                }
                Fault::TapsShorted { tap } => put(&mut board.touches_s, tap, 1.0 / TOUCH_OHM),
                Fault::SenseConnectorOpen => {
                    board.wires_ohm.fill(f64::INFINITY);
                    board.drain_s = 1.0 / UNPLUGGED_OHM;
                }
                _ => {}
            }
        }
        board
    }
}

/// What links, sense wires and balancer cannot be.
pub(super) fn refuse(pack: &PackSetup) -> Result<(), String> {
    let parts = &pack.parts;
    if pack.parallel == 0 || !pack.cells.len().is_multiple_of(pack.parallel) {
        let (cells, parallel) = (pack.cells.len(), pack.parallel);
        return Err(format!("{cells} cells cannot stand in groups of {parallel}"));
    }
    let lists = [&parts.joints_ohm, &parts.contacts_ohm, &parts.busbars_ohm];
    let single = [parts.contact_ohm, parts.busbar_ohm, parts.sense.filter_ohm];
    let finite = lists.into_iter().flatten().map(|(_, ohm)| *ohm).chain(single);
    if finite.clone().any(|ohm| !(ohm.is_finite() && ohm >= 0.0)) {
        return Err(
            "a joint, contact, busbar or filter resistance must be finite and not negative"
                .to_owned(),
        );
    }
    let sense = &parts.sense;
    let positive = [sense.filter_farad, sense.leak_ohm];
    if positive.iter().any(|value| !(value.is_finite() && *value > 0.0)) {
        return Err("capacitor and leakage of the sense inputs must be positive".to_owned());
    }
    let resistors = [sense.top_helper_ohm, sense.bottom_helper_ohm].into_iter();
    let mut wires = resistors.chain(sense.wires_ohm.iter().map(|(_, ohm)| *ohm));
    if wires.any(|ohm| ohm.is_nan() || ohm < 0.0) {
        return Err("a sense wire or helper resistance must not be negative".to_owned());
    }
    let healths = parts.healths.iter().map(|(_, health)| health).chain(&parts.health);
    let mut shares = healths.flat_map(|health| [health.capacity, health.resistance]);
    if shares.any(|share| !(share.is_finite() && share > 0.0)) {
        return Err("a state of health must be positive".to_owned());
    }
    let balancer = &parts.balancer;
    if !(balancer.duty > 0.0 && balancer.duty <= 1.0 && balancer.quiescent_a >= 0.0) {
        return Err(
            "the balancer's duty must be above 0 to 1, its own current not negative".to_owned()
        );
    }
    Ok(())
}

/// Whether two faults are the same thing at the same place, however bad.
fn is_same(a: &Fault, b: &Fault) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b) && place(a) == place(b)
}

fn place(fault: &Fault) -> usize {
    match *fault {
        Fault::SenseWire { tap, .. }
        | Fault::SenseWireFlaky { tap, .. }
        | Fault::TapsSwapped { tap }
        | Fault::TapsShorted { tap } => tap,
        Fault::Joint { group, .. } => group,
        Fault::CellShort { cell, .. }
        | Fault::CellOpen { cell }
        | Fault::CellCapacity { cell, .. }
        | Fault::CellResistance { cell, .. }
        | Fault::CellHeats { cell, .. }
        | Fault::BleedStuckOn { cell }
        | Fault::BalancerShorted { cell, .. } => cell,
        _ => 0,
    }
}

/// One figure for all places, but for those that have their own.
fn spread_out(all: f64, others: &[(usize, f64)], count: usize) -> Vec<f64> {
    let mut figures = vec![all; count];
    for (place, figure) in others {
        put(&mut figures, *place, *figure);
    }
    figures
}

/// Sets a figure; a place that does not exist has none.
fn put<T>(figures: &mut [T], place: usize, figure: T) {
    if let Some(at) = figures.get_mut(place) {
        *at = figure;
    }
}
