//! Fast phases: which linear circuit pack, charger and load form, how long it may be followed in
//! one go, and gate edges (equations (6) and (8) to (11) of `docs/physics-plant.md`).

use super::Plant;
use super::circuit::{Capacitor, Circuit, PackTie};
use super::planner::{Motion, Pace, Plan, SETTLED_V, span_of, through};
use super::port::{Branch, LoadState, Network, OHM_MIN, Operating, Way};
use super::segment::{CapacitorLaw, PortLaw};
use super::switches::Edge;
use super::trajectory::Current;
use crate::time::Span;
use std::mem::discriminant;

/// Shortest fast segment.
const FAST_SHORTEST: Span = Span(16);
/// An inductance has settled within this of its steady current, ampere,
const SETTLED_A: f64 = 1e-3;
/// and this share of it.
const SETTLED_SHARE: f64 = 1e-6;
/// A current below this has no direction, ampere.
const DIRECTION_A: f64 = 1e-6;

impl Plant {
    /// A gate edge: the current is forced down a line, the MOSFET takes what voltage is left,
    /// equation (6).
    pub(super) fn edge_motion(&self, edge: Edge) -> Motion {
        let charger = self.charger.filter(|charger| !charger.stopped);
        let current = Current::Ramp(edge.current_a(self.now), edge.slope_a_s());
        let way = Way::Open;
        if let Some(charger) = charger.filter(|_| edge.from_a > 0.0) {
            let port = PortLaw::Held(charger.charger.voltage_v);
            let capacitor = self.held_capacitor();
            return Motion { current, port, capacitor, way, charger_a: 0.0 };
        }
        let charger_a = edge.charger_a;
        let (ohm, henry) = self.load.map_or((0.0, 0.0), |load| load.cable());
        let capacitor = match self.load.and_then(|load| load.tank().map(|tank| (load, tank))) {
            Some((load, (farad, leak))) => {
                let drain = leak * load.capacitor_v + drain_a(&load);
                CapacitorLaw::Fed(load.capacitor_v, farad, charger_a - drain)
            }
            None => CapacitorLaw::Held(0.0),
        };
        Motion { current, port: PortLaw::Behind(ohm, henry, charger_a), capacitor, way, charger_a }
    }

    fn held_capacitor(&self) -> CapacitorLaw {
        CapacitorLaw::Held(self.load.map_or(0.0, |load| load.capacitor_v))
    }

    /// The fast circuit with the motion around it, unless load and network have settled.
    pub(super) fn fast_circuit(&mut self, point: &Operating) -> Option<(Circuit, Motion)> {
        let load = self.load?;
        let (load_ohm, henry) = load.cable();
        let tank = load.tank();
        let coil_off_a = (load.coil_a - point.load_a).abs();
        let is_coil_settled =
            henry == 0.0 || coil_off_a <= SETTLED_A + SETTLED_SHARE * point.load_a.abs();
        let is_tank_settled =
            tank.is_none() || (load.capacitor_v - point.capacitor_v).abs() <= SETTLED_V;
        if (henry == 0.0 && tank.is_none()) || (is_coil_settled && is_tank_settled) {
            return None;
        }
        let network = self.network(&self.string.states);
        let charger_a = network.supplied_a();
        let branch = self.conducting(&network, &load, charger_a);
        let capacitor = tank.map(|(farad, leak)| linearised(&load, farad, leak));
        let base = Circuit {
            source_v: 0.0,
            source_ohm: f64::INFINITY,
            charger_a,
            pack: PackTie::Fixed(0.0),
            load_ohm: load_ohm.max(OHM_MIN),
            henry,
            capacitor,
            shunt_ohm: self.path_now.sense_ohm,
            shunt_offset_v: self.path_now.sense_v,
            filter_s: self.board.sense_filter.as_secs_f64(),
        };
        self.tie(base, &network, branch)
    }

    /// The branch through which the pack conducts now. An inductive current without a way collapses
    /// in the clamp, and its energy is booked there.
    fn conducting(&mut self, network: &Network, load: &LoadState, charger_a: f64) -> Option<Way> {
        let (load_ohm, henry) = load.cable();
        let pack_a = if henry > 0.0 { charger_a - load.coil_a } else { 0.0 };
        let out = network.discharge.map(|branch| Way::OutOf(branch.leg));
        let into = network.charge.map(|branch| Way::Into(branch.leg));
        if pack_a < -DIRECTION_A && out.is_some() {
            return out;
        }
        if pack_a > DIRECTION_A && into.is_some() {
            return into;
        }
        self.clamp(henry, pack_a, charger_a);
        let needed_v = load.capacitor_v + load_ohm * charger_a;
        let flows_out = network.discharge.is_some_and(|branch| branch.emf_v > needed_v);
        let flows_in = network.charge.is_some_and(|branch| branch.emf_v < needed_v);
        out.filter(|_| flows_out).or_else(|| into.filter(|_| flows_in))
    }

    fn clamp(&mut self, henry: f64, pack_a: f64, charger_a: f64) {
        let lost_j = 0.5 * henry * pack_a * pack_a;
        self.ledger.path_heat_j += lost_j;
        self.ledger.port_j -= lost_j;
        if let Some(load) = self.load.as_mut().filter(|_| henry > 0.0) {
            load.coil_a = charger_a;
        }
    }

    /// Ties pack and charger to the load's circuit, equations (8) to (11).
    fn tie(&self, base: Circuit, network: &Network, way: Option<Way>) -> Option<(Circuit, Motion)> {
        let load = self.load?;
        let charger = network.active_charger();
        let capacitor = match load.tank() {
            Some(_) => CapacitorLaw::State,
            None => CapacitorLaw::Held(0.0),
        };
        let motion = |port, way| Motion {
            current: Current::Steady(0.0),
            port,
            capacitor,
            way,
            charger_a: base.charger_a,
        };
        let branch = way.and_then(|way| Some((way, branch_of(network, way)?)));
        if let Some((way, branch)) = branch {
            let circuit = Circuit {
                source_v: branch.emf_v + branch.ohm * base.charger_a,
                source_ohm: branch.ohm,
                pack: PackTie::Loop,
                ..base
            };
            let port_v = branch.emf_v + branch.ohm * circuit.pack_a(load.coil_a, load.capacitor_v);
            if charger.is_none_or(|charger| port_v <= charger.voltage_v) {
                return Some((circuit, motion(through(way), way)));
            }
        }
        let charger = charger?;
        let port_v = load.capacitor_v + base.load_ohm * base.charger_a;
        if branch.is_none() && port_v <= charger.voltage_v {
            let port = PortLaw::Behind(base.load_ohm, 0.0, base.charger_a);
            return Some((base, motion(port, Way::Open)));
        }
        let over = |branch: Branch| (charger.voltage_v - branch.emf_v) / branch.ohm;
        let into = network.charge.map(|branch| (over(branch), Way::Into(branch.leg)));
        let (held_a, way) = into.filter(|(a, _)| *a > 0.0).unwrap_or((0.0, Way::Open));
        let (source_v, pack) = (charger.voltage_v, PackTie::Fixed(held_a));
        let circuit = Circuit { source_v, source_ohm: 0.0, pack, ..base };
        Some((circuit, motion(PortLaw::Held(charger.voltage_v), way)))
    }

    pub(super) fn fast_plan(&mut self, circuit: &Circuit, motion: Motion) -> Plan {
        let topology = (discriminant(&motion.way), discriminant(&circuit.pack));
        let span = match self.pace {
            Pace::Fast(last, before) if before == topology => Span(last.0 + last.0 / 2),
            _ => circuit.fastest_s().map_or(FAST_SHORTEST, |s| span_of(self.steps.fast_share * s)),
        };
        let span = span.clamp(FAST_SHORTEST, self.steps.fast_longest);
        // Whole quarters, so that the nodes of the response fall on whole nanoseconds.
        let span = self.bounded(Span(span.0 / 4 * 4));
        self.pace = Pace::Fast(span, topology);
        let (coil_a, capacitor_v) =
            self.load.map_or((0.0, 0.0), |load| (load.coil_a, load.capacitor_v));
        let course = circuit.respond(coil_a, capacitor_v, self.filter_v, span.as_secs_f64());
        let turn = match (motion.way, circuit.pack) {
            (Way::OutOf(_), PackTie::Loop) => course.turn_s(-1.0),
            (Way::Into(_), PackTie::Loop) => course.turn_s(1.0),
            _ => None,
        };
        let span = turn.map_or(span, |turn| span_of(turn).clamp(Span(1), span));
        let course = if turn.is_some() { course.resized(span.as_secs_f64()) } else { course };
        self.plan(Motion { current: Current::Response(Box::new(course)), ..motion }, span)
    }
}

fn branch_of(network: &Network, way: Way) -> Option<Branch> {
    match way {
        Way::Into(_) => network.charge,
        Way::OutOf(_) => network.discharge,
        Way::Limited | Way::Open => None,
    }
}

fn drain_a(load: &LoadState) -> f64 {
    if load.capacitor_v > 0.0 { load.watts() / load.capacitor_v } else { 0.0 }
}

/// The capacitor with its constant power as a line through its present voltage, equation (11).
fn linearised(load: &LoadState, farad: f64, leak: f64) -> Capacitor {
    let drain = drain_a(load);
    let slope = if drain > 0.0 { drain / load.capacitor_v } else { 0.0 };
    Capacitor { farad, conductance: leak - slope, drain_a: 2.0 * drain }
}
