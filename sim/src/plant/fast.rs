//! Fast phases: which linear circuit pack, charger and load form, how long it may be followed in
//! one go, and gate edges (equations (6) and (8) to (11) of `docs/physics-plant.md`).

use super::Plant;
use super::attached::Draw;
use super::circuit::{Capacitor, Circuit, Course, PackTie};
use super::planner::{Motion, Pace, Plan, SETTLED_V, span_of, through};
use super::port::{Branch, Network, OHM_MIN, Operating, Way};
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
        let charger = self.supply().filter(|charger| !charger.stopped);
        let load = self.draw();
        let current = Current::Ramp(edge.current_a(self.now), edge.slope_a_s());
        let way = Way::Open;
        if let Some(charger) = charger.filter(|_| edge.from_a > 0.0) {
            let port = PortLaw::Held(charger.voltage_v);
            let capacitor = self.held_capacitor();
            let (charger_a, load_a) = (0.0, 0.0);
            return Motion { current, port, capacitor, way, charger_a, load_a, ripple_a: 0.0 };
        }
        if let Some(drop_v) = self.freewheels_beside(&edge) {
            let (port, capacitor) = (PortLaw::Freewheel(drop_v), self.held_capacitor());
            let (charger_a, load_a, ripple_a) = (0.0, 0.0, 0.0);
            return Motion { current, port, capacitor, way, charger_a, load_a, ripple_a };
        }
        let charger_a = edge.charger_a;
        let (ohm, henry) = load.map_or((0.0, 0.0), |load| load.cable());
        let capacitor = match load.and_then(|load| load.tank().map(|tank| (load, tank))) {
            Some((load, (farad, leak))) => {
                let drain = leak * load.capacitor_v + drain_a(&load) + load.sunk_a;
                CapacitorLaw::Fed(load.capacitor_v, farad, charger_a - drain)
            }
            None => CapacitorLaw::Held(load.map_or(0.0, |load| load.end_v())),
        };
        let port = PortLaw::Behind(ohm, henry, charger_a);
        let (load_a, ripple_a) = (charger_a - 0.5 * edge.current_a(self.now), 0.0);
        Motion { current, port, capacitor, way, charger_a, load_a, ripple_a }
    }

    fn held_capacitor(&self) -> CapacitorLaw {
        CapacitorLaw::Held(self.draw().map_or(0.0, |load| load.end_v()))
    }

    /// The fast circuit with the motion around it, unless load and network have settled.
    pub(super) fn fast_circuit(&mut self, point: &Operating) -> Option<(Circuit, Motion)> {
        let load = self.draw()?;
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
        let network = self.network(&self.string.shown);
        if let Some(freewheeling) = self.freewheeling(&network, &load) {
            return Some(freewheeling);
        }
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
            end_v: if tank.is_some() { 0.0 } else { load.end_v() },
            capacitor,
            shunt_ohm: self.path_now.sense_ohm,
            shunt_offset_v: self.path_now.sense_v,
            filter_s: self.board.sense_filter.as_secs_f64(),
        };
        self.tie(base, &network, branch)
    }

    /// The freewheeling diode's drop, where it could conduct: a load with an inductance, nobody
    /// else at the port.
    fn freewheel_v(&self) -> Option<f64> {
        let has_coil = self.draw().is_some_and(|load| load.henry > 0.0);
        let is_alone = self.supply().is_none_or(|charger| charger.stopped);
        self.board.path.freewheel_v.filter(|_| has_coil && is_alone)
    }

    /// Whether the edge is steeper than the load's current falls by itself, so that the diode takes
    /// over: half way through it, the port would be pulled below the diode's drop.
    fn freewheels_beside(&self, edge: &Edge) -> Option<f64> {
        let load = self.draw().filter(|_| edge.from_a < 0.0)?;
        let middle_a = -0.5 * edge.from_a;
        let port_v = load.end_v() + load.ohm * middle_a - load.henry * edge.slope_a_s();
        self.freewheel_v().filter(|drop_v| port_v < -drop_v)
    }

    /// The load's loop through the freewheeling diode, equation (P9).
    fn freewheel_circuit(&self, load: &Draw, drop_v: f64) -> Circuit {
        let tank = load.tank();
        Circuit {
            source_v: -drop_v,
            source_ohm: 0.0,
            charger_a: 0.0,
            pack: PackTie::Fixed(0.0),
            load_ohm: load.ohm.max(OHM_MIN),
            henry: load.henry,
            end_v: if tank.is_some() { 0.0 } else { load.end_v() },
            capacitor: tank.map(|(farad, leak)| linearised(load, farad, leak)),
            shunt_ohm: self.path_now.sense_ohm,
            shunt_offset_v: self.path_now.sense_v,
            filter_s: self.board.sense_filter.as_secs_f64(),
        }
    }

    /// The load's course beside an edge of this length while the diode conducts.
    pub(super) fn freewheel_course(&self, load: &Draw, drop_v: f64, span_s: f64) -> Course {
        let circuit = self.freewheel_circuit(load, drop_v);
        circuit.respond(load.coil_a, load.capacitor_v, self.filter_v, span_s)
    }

    /// The fast circuit of an inductive load that has lost the pack and finds the diode.
    fn freewheeling(&self, network: &Network, load: &Draw) -> Option<(Circuit, Motion)> {
        let is_lost = network.discharge.is_none() && load.coil_a > SETTLED_A;
        let drop_v = self.freewheel_v().filter(|_| is_lost)?;
        let capacitor = match load.tank() {
            Some(_) => CapacitorLaw::State,
            None => CapacitorLaw::Held(load.end_v()),
        };
        let (current, port) = (Current::Steady(0.0), PortLaw::Freewheel(drop_v));
        let (way, charger_a, load_a, ripple_a) = (Way::Open, 0.0, 0.0, 0.0);
        let motion = Motion { current, port, capacitor, way, charger_a, load_a, ripple_a };
        Some((self.freewheel_circuit(load, drop_v), motion))
    }

    /// The branch through which the pack conducts now. An inductive current without a way collapses
    /// in the clamp, and its energy is booked there.
    fn conducting(&mut self, network: &Network, load: &Draw, charger_a: f64) -> Option<Way> {
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
        // A charger whose current finds no way goes to its voltage; nothing is interrupted then.
        if pack_a < 0.0 || charger_a <= 0.0 {
            self.clamp(henry, pack_a, charger_a);
        }
        let needed_v = load.end_v() + load_ohm * charger_a;
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
        let load = self.draw()?;
        let charger = network.active_charger();
        let capacitor = match load.tank() {
            Some(_) => CapacitorLaw::State,
            None => CapacitorLaw::Held(load.end_v()),
        };
        let motion = |port, way| Motion {
            current: Current::Steady(0.0),
            port,
            capacitor,
            way,
            charger_a: base.charger_a,
            load_a: 0.0,
            ripple_a: 0.0,
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
        let port_v = load.end_v() + base.load_ohm * base.charger_a;
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
            self.draw().map_or((0.0, 0.0), |load| (load.coil_a, load.capacitor_v));
        let course = circuit.respond(coil_a, capacitor_v, self.filter_v, span.as_secs_f64());
        let turn = match (motion.way, circuit.pack) {
            (Way::OutOf(_), PackTie::Loop) => course.turn_s(-1.0),
            (Way::Into(_), PackTie::Loop) => course.turn_s(1.0),
            _ if matches!(motion.port, PortLaw::Freewheel(_)) => course.load_turn_s(),
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

fn drain_a(load: &Draw) -> f64 {
    if load.capacitor_v > 0.0 { load.watts() / load.capacitor_v } else { 0.0 }
}

/// The capacitor with its constant power as a line through its present voltage, equation (11).
fn linearised(load: &Draw, farad: f64, leak: f64) -> Capacitor {
    let drain = drain_a(load);
    let slope = if drain > 0.0 { drain / load.capacitor_v } else { 0.0 };
    Capacitor { farad, conductance: leak - slope, drain_a: 2.0 * drain + load.sunk_a }
}
