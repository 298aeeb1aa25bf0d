//! A segment is over: its end becomes the state, its energies go into the books
//! (equations (25) to (28) of `docs/physics-plant.md`).

use super::pack_heat::BoardHeat;
use super::path::PathLoad;
use super::planner::{Motion, Pace, Plan};
use super::port::Way;
use super::segment::{PortLaw, Segment};
use super::trajectory::{Current, boole};
use super::{BURST_POINTS_MAX, Plant};
use crate::time::SimTime;
use crate::trace::Switch;
use crate::world::WorldEvent;

/// A jump of the current that counts as an event of its own, ampere: that of a short circuit.
const EVENT_JUMP_A: f64 = 200.0;
/// A jump of the current that is drawn as one, ampere.
const DRAWN_JUMP_A: f64 = 1.0;

/// What the energy in the path became over a segment, joule.
#[derive(Clone, Copy, Debug, Default)]
struct PathEnergy {
    /// Heat in the MOSFET bank, shunt and copper.
    bank_j: f64,
    /// Heat in pre-charge resistors and the limiter.
    outside_j: f64,
    /// Delivered at the port.
    port_j: f64,
}

impl Plan {
    /// The charger's current at `at`, ampere. Where it holds its voltage in a fast phase, it gives
    /// what pack and load take.
    fn charger_a(&self, at: SimTime) -> f64 {
        match (&self.motion.current, self.motion.port) {
            (Current::Response(course), PortLaw::Held(_)) => {
                let t = self.segment.offset_s(at);
                course.current_a(t) + course.load_a(t)
            }
            _ => self.motion.charger_a,
        }
    }
}

impl Plant {
    /// Ends the running segment now, because something is about to change. Nothing is planned
    /// afterwards: call [`Plant::replan`].
    pub(super) fn interrupt(&mut self) {
        let Some(plan) = self.plan.take() else { return };
        self.last_a = plan.segment.trajectory.current_a(plan.segment.offset_s(self.now));
        self.last_charger_a = plan.charger_a(self.now);
        self.pace = Pace::Fresh;
        if self.now > plan.segment.start {
            let plan = if self.now < plan.segment.end { self.cut(plan) } else { plan };
            self.commit(plan);
        }
    }

    /// Runs the segment to its end, which is now, and plans the next.
    pub(super) fn complete(&mut self) {
        if let Some(plan) = self.plan.take() {
            self.last_a = plan.segment.trajectory.current_a(plan.segment.span_s());
            self.last_charger_a = plan.charger_a(self.now);
            self.commit(plan);
        }
        self.end_edges();
        self.toggle_wiring();
        let before_a = self.last_a;
        let changed = self.end_delays() | self.end_fuse();
        self.replan();
        if changed {
            self.report_zero(before_a);
        }
    }

    /// Gates follow their drivers after their delays; whether one did.
    fn end_delays(&mut self) -> bool {
        let due = self.switches.end_delays(self.now);
        for (switch, on) in &due {
            self.pace = Pace::Fresh;
            self.turn(*switch, *on);
        }
        !due.is_empty()
    }

    /// The fuse has melted; whether it did now.
    fn end_fuse(&mut self) -> bool {
        let melts = std::mem::take(&mut self.melts);
        if melts {
            let note = self.path.blow();
            self.events.push((self.now, WorldEvent::Noted(note)));
            self.pace = Pace::Fresh;
            self.cancel_edge();
        }
        melts
    }

    /// The same motion, ended now.
    fn cut(&mut self, plan: Plan) -> Plan {
        let (now, start) = (self.now, plan.segment.start);
        let span = now - start;
        self.now = start;
        let plan = self.plan(plan.motion.resized(span), span);
        self.now = now;
        plan
    }

    fn end_edges(&mut self) {
        let ended = self.switches.end_edges(self.now);
        if !ended.is_empty() {
            self.pace = Pace::Fresh;
        }
        for switch in ended {
            self.events.push((self.now, WorldEvent::Switched(switch, false)));
        }
        if let Some(edge) = self.edge.filter(|edge| edge.ends <= self.now) {
            self.edge = None;
            self.events.push((self.now, WorldEvent::CurrentZero));
            let span = edge.ends.seconds_since(edge.began);
            let note = self.path.edge_note(edge.switch, edge.heat_j, span, edge.clamped);
            self.events.extend(note.map(|note| (self.now, WorldEvent::Noted(note))));
        }
    }

    pub(super) fn commit(&mut self, plan: Plan) {
        let (segment, motion) = (&plan.segment, &plan.motion);
        let span = segment.span_s();
        self.charge_c += segment.charge_c(0.0, span);
        self.book_cells(segment);
        let path = self.path_energy(segment, motion);
        self.ledger.path_heat_j += path.bank_j + path.outside_j + plan.advanced.energy.links_j;
        self.ledger.port_j += path.port_j;
        self.ledger.chemical_j += plan.advanced.energy.chemical_j;
        self.ledger.polarisation_j += plan.advanced.energy.stored_j;
        self.ledger.cell_heat_j += plan.advanced.energy.heat_j;
        if let Some(edge) = self.edge.as_mut().filter(|_| is_edge(motion)) {
            edge.heat_j += path.bank_j;
        }
        self.load_path(segment, motion, &path);
        let shunt_j = self.path_now.shunt_ohm * segment.trajectory.square_integral(span);
        let (bank_j, resistor_j, film_j) = (path.bank_j, path.outside_j, self.heater.made_j);
        self.warm(&plan, BoardHeat { bank_j, shunt_j, resistor_j, film_j });
        let Plan { segment, motion, advanced } = plan;
        self.filter_v = segment.trajectory.filtered_v(span);
        self.string.balancing.keep(segment.sense.as_ref(), span);
        self.string.states = advanced.states;
        self.string.shown = advanced.shown;
        self.look(&segment);
        self.keep_load_state(&segment, &motion);
        self.book_bus(&segment, &motion);
        let is_fast = is_edge(&motion) || matches!(motion.current, Current::Response(_));
        self.record_burst(&segment, is_fast);
        self.history.push_back(segment);
    }

    fn keep_load_state(&mut self, segment: &Segment, motion: &Motion) {
        let cable = self.board.path.cable;
        let during = self.load.as_ref().map(|load| load.draw(segment.start, cable));
        let Some(draw) = during else { return };
        let span = segment.span_s();
        let (mut capacitor_v, mut coil_a) = (draw.capacitor_v, draw.coil_a);
        let mut load_a = motion.load_a;
        match &motion.current {
            Current::Steady(_) if matches!(motion.way, Way::Open) => {
                capacitor_v = segment.capacitor_v(span);
            }
            Current::Ramp(..) if is_edge(motion) => {
                if let PortLaw::Freewheel(drop_v) = motion.port {
                    let course = self.freewheel_course(&draw, drop_v, span);
                    (coil_a, load_a) = (course.load_a(span), course.load_mean_a());
                    capacitor_v = draw.tank().map_or(capacitor_v, |_| course.capacitor_v(span));
                } else {
                    capacitor_v = segment.capacitor_v(span);
                }
                if matches!(motion.port, PortLaw::Behind(..)) {
                    coil_a = motion.charger_a - segment.trajectory.current_a(span);
                    load_a = motion.charger_a - segment.charge_c(0.0, span) / span;
                }
            }
            Current::Steady(_) | Current::Ramp(..)
                if draw.tank().is_none() && draw.henry == 0.0 => {}
            Current::Steady(_) | Current::Ramp(..) => {
                let before = SimTime(segment.end.0 - 1);
                let supply = self.charger.as_ref().map(|it| it.supply(before));
                let network = self.network_of(&self.string.shown, Some(draw), supply);
                let point = network.operating_point();
                (capacitor_v, coil_a) = (point.capacitor_v, point.load_a);
            }
            Current::Response(course) => {
                capacitor_v = segment.capacitor_v(span);
                coil_a = course.load_a(span);
                load_a = course.load_mean_a();
            }
        }
        let Some(load) = &mut self.load else { return };
        load.pass(load_a, span);
        (load.capacitor_v, load.coil_a) = (capacitor_v, coil_a);
    }

    /// Points of fast phases, and the first one after; at a jump also the last one before it, so
    /// that an ideal edge is drawn as one. A jump as of a short circuit is kept in any case.
    fn record_burst(&mut self, segment: &Segment, is_fast: bool) {
        let start = point(segment, segment.start);
        let jump_a = self.burst_tail.map_or(0.0, |tail| (start.1 - tail.1).abs());
        let is_event = is_fast || self.bursting || jump_a >= EVENT_JUMP_A;
        if self.burst.len() < BURST_POINTS_MAX && is_event {
            self.burst.extend(self.burst_tail.filter(|_| jump_a >= DRAWN_JUMP_A));
            self.burst.push(start);
            if is_fast {
                let middle = SimTime(segment.start.0 + (segment.end.0 - segment.start.0) / 2);
                self.burst.push(point(segment, middle));
            }
        }
        self.bursting = is_fast;
        let before = SimTime(segment.end.0 - 1);
        self.burst_tail = (before > segment.start).then(|| point(segment, before));
    }

    /// What the parts of the path bear over a segment, for those that remember.
    fn load_path(&mut self, segment: &Segment, motion: &Motion, energy: &PathEnergy) {
        if self.path.is_plain() {
            return;
        }
        let span = segment.span_s();
        let square_a2s = segment.trajectory.square_integral(span);
        let times = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| share * span);
        let leg = match motion.way {
            Way::Into(leg) | Way::OutOf(leg) => Some(leg),
            Way::Limited | Way::Open => None,
        };
        let precharge_ohm = self.path_now.precharge_ohm.unwrap_or(0.0);
        let through_precharge = leg.is_some_and(|leg| leg.through_precharge);
        let load = PathLoad {
            span,
            current_a: times.map(|t| segment.trajectory.current_a(t)),
            square_a2s,
            loss_w: self.mosfet_loss_w(segment, motion, times),
            precharge_j: if through_precharge { precharge_ohm * square_a2s } else { 0.0 },
            pack_j: -(energy.bank_j + energy.outside_j + energy.port_j),
        };
        let (bank_c, ambient_c) = (self.bank.temperature_c, self.heat.ambient_c);
        let notes = self.path.take(&load, &self.path_now, bank_c, ambient_c);
        self.events.extend(notes.into_iter().map(|note| (self.now, WorldEvent::Noted(note))));
    }

    /// Loss in the discharge and in the charge MOSFETs at some moments, watt: the channels share
    /// theirs, a diode's is that of the bank that is off, an edge's that of the one that interrupts.
    fn mosfet_loss_w(&self, segment: &Segment, motion: &Motion, times: [f64; 5]) -> [[f64; 5]; 2] {
        let (drop_v, has_channels) = match motion.way {
            Way::Into(leg) | Way::OutOf(leg) => (leg.drop_v, !leg.through_precharge),
            Way::Limited | Way::Open => (0.0, false),
        };
        let edge = self.edge.filter(|_| is_edge(motion));
        let bank = |own: Switch| {
            times.map(|t| {
                let current = segment.trajectory.current_a(t);
                let channel_w = 0.5 * self.path_now.channel_ohm * current * current;
                let has_diode = (own == Switch::Charge) == (current < 0.0);
                match edge {
                    Some(edge) if edge.switch == own => {
                        (segment.pack_v(t) - segment.port_v(t)) * -current
                    }
                    None if has_diode && drop_v > 0.0 => drop_v * current.abs(),
                    _ if has_channels => channel_w,
                    _ => 0.0,
                }
            })
        };
        [bank(Switch::Discharge), bank(Switch::Charge)]
    }

    /// Board, joints and balancing, equations (26) and (27).
    fn book_cells(&mut self, segment: &Segment) {
        let span = segment.span_s();
        let charge = segment.charge_c(0.0, span);
        let square = segment.trajectory.square_integral(span);
        let board = self.string.drawn_a();
        let pack_vs = segment.pack.slow_mean_v(0.0, 1.0) * span + segment.pack.ohm * charge;
        self.book_supply(segment, pack_vs);
        let joints_ohm = self.string.joints_sum_ohm;
        self.ledger.path_heat_j +=
            joints_ohm * (square - 2.0 * board * charge + board * board * span);
        for (cell, shape) in segment.cells.iter().enumerate() {
            let taken_a = -self.string.balance_a(cell);
            if taken_a != 0.0 {
                let cell_vs = shape.slow_mean_v(0.0, 1.0) * span + shape.ohm * charge;
                self.ledger.balance_heat_j += taken_a * cell_vs;
            }
        }
    }

    /// Heat in the freewheeling diode, which is the load's, equation (P9): it carries what the load
    /// takes more than the pack gives.
    fn freewheel_j(&self, segment: &Segment, motion: &Motion) -> f64 {
        let PortLaw::Freewheel(drop_v) = motion.port else { return 0.0 };
        let Some(draw) = self.draw() else { return 0.0 };
        let span = segment.span_s();
        let load_a = match &motion.current {
            Current::Response(course) => course.load_mean_a(),
            _ => self.freewheel_course(&draw, drop_v, span).load_mean_a(),
        };
        drop_v * (load_a * span + segment.charge_c(0.0, span))
    }

    /// What the pack's terminals give, split by the way it takes, equations (25) and (28).
    fn path_energy(&self, segment: &Segment, motion: &Motion) -> PathEnergy {
        let diode_j = self.freewheel_j(segment, motion);
        if is_edge(motion) {
            let edge = edge_energy(segment);
            let (outside_j, port_j) = (edge.outside_j + diode_j, edge.port_j - diode_j);
            return PathEnergy { outside_j, port_j, ..edge };
        }
        let span = segment.span_s();
        let charge = segment.charge_c(0.0, span);
        let square = segment.trajectory.square_integral(span);
        let pack_j = segment.pack.slow_mean_v(0.0, 1.0) * charge + segment.pack.ohm * square;
        match motion.way {
            Way::Open => PathEnergy { bank_j: 0.0, outside_j: diode_j, port_j: -diode_j },
            Way::Into(leg) | Way::OutOf(leg) => {
                let diode_j = leg.drop_v * charge.abs();
                let outside_j = leg.outside_ohm * square;
                let bank_j = (leg.ohm - leg.outside_ohm) * square + diode_j;
                PathEnergy { bank_j, outside_j, port_j: -pack_j - bank_j - outside_j }
            }
            Way::Limited => {
                let leg = self.path_now.leg().map_or((0.0, 0.0), |leg| (leg.ohm, leg.outside_ohm));
                let bank_j = (leg.0 - leg.1) * square;
                let copper_j = leg.0 * square;
                let port_j = -(pack_j + copper_j) / self.board.path.limiter.efficiency;
                PathEnergy { bank_j, outside_j: -port_j - pack_j - bank_j, port_j }
            }
        }
    }
}

/// Whether a gate forces this motion.
fn is_edge(motion: &Motion) -> bool {
    matches!((&motion.current, motion.way), (Current::Ramp(..), Way::Open))
}

/// A gate edge: what the port does not take, the MOSFETs do.
fn edge_energy(segment: &Segment) -> PathEnergy {
    let span = segment.span_s();
    let power = |volts: fn(&Segment, f64) -> f64| {
        let sample = |share: f64| {
            let t = share * span;
            -volts(segment, t) * segment.trajectory.current_a(t)
        };
        boole([0.0, 0.25, 0.5, 0.75, 1.0].map(sample), span)
    };
    let port_j = power(Segment::port_v);
    PathEnergy { bank_j: power(Segment::pack_v) - port_j, outside_j: 0.0, port_j }
}

fn point(segment: &Segment, at: SimTime) -> (SimTime, f64, f64) {
    let t = segment.offset_s(at);
    (at, segment.trajectory.current_a(t), segment.port_v(t))
}
