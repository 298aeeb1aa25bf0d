//! The door to the bench: running, acting, switching, and what is true.

use super::Plant;
use super::attached::LoadState;
use super::charger::ChargerState;
use super::planner::span_of;
use super::switches::{Edge, Gate};
use crate::fault::Fault;
use crate::parts::SupplyMode;
use crate::setup::Action;
use crate::time::{SimTime, Span};
use crate::trace::{Ledger, Switch, Truth};
use crate::world::{Glance, Level, Nodes, Stop, World, WorldError, WorldEvent, extremes};
use bms_core::bms::Transfer;

/// A clamp keeps at least this share of its voltage for the inductance.
const CLAMP_SHARE_MIN: f64 = 0.02;

impl Plant {
    /// The outside changed while a gate edge was under way: its current is no longer the one that
    /// was being interrupted. The channel is already too weak to carry a new one.
    pub(super) fn cancel_edge(&mut self) {
        if self.edge.take().is_some() {
            self.events.push((self.now, WorldEvent::CurrentZero));
        }
    }

    fn attach(&mut self, action: &Action) {
        match action {
            Action::ConnectLoad(load) => self.hang(Some(LoadState::new(load.clone(), self.now))),
            Action::DisconnectLoad => self.hang(None),
            Action::ConnectCharger(charger) => {
                self.drop_charger();
                let is_free = self.load.as_ref().is_none_or(|load| !load.is_attached());
                if is_free || charger.manner.reversed {
                    self.hang(LoadState::of_charger(charger, self.now, 0.0));
                }
                let is_source = !charger.manner.reversed;
                self.charger = is_source.then(|| ChargerState::new(charger.clone(), self.now));
            }
            Action::DisconnectCharger => self.drop_charger(),
            _ => return,
        }
        self.cancel_edge();
    }

    /// Takes the charger away, with what it shows of itself.
    fn drop_charger(&mut self) {
        self.charger = None;
        if self.load.as_ref().is_some_and(|load| load.of_charger) {
            self.hang(None);
        }
    }

    fn turn_on(&mut self, switch: Switch) {
        self.switches.set(switch, true, self.now);
        let interrupted_by = if self.last_a < 0.0 { Switch::Discharge } else { Switch::Charge };
        if switch == interrupted_by {
            self.edge = None;
        }
        self.events.push((self.now, WorldEvent::Switched(switch, true)));
    }

    fn turn_off(&mut self, switch: Switch) {
        let fall = self.fall(switch);
        self.switches.set(switch, false, self.now + fall);
        if self.edge.is_none() {
            self.edge = self.edge_of(switch, fall);
        }
        if fall.0 == 0 {
            self.switches.end_edges(self.now);
            self.events.push((self.now, WorldEvent::Switched(switch, false)));
        }
    }

    /// The edge that a channel makes which falls within `fall`; where the clamp breaks through, it
    /// lasts as long as the clamp needs for the loop's energy, equation (P4).
    fn edge_of(&self, switch: Switch, fall: Span) -> Option<Edge> {
        let (from_a, charger_a) = (self.last_a, self.last_charger_a);
        let clamp = self.clamp_span(from_a).filter(|clamp| *clamp > fall);
        let (began, ends) = (self.now, self.now + clamp.unwrap_or(fall));
        let (clamped, heat_j) = (clamp.is_some(), 0.0);
        let edge = Edge { switch, from_a, charger_a, began, ends, clamped, heat_j };
        edge.is_real().then_some(edge)
    }

    /// How long the clamp takes for the current of the load's inductance.
    fn clamp_span(&self, from_a: f64) -> Option<Span> {
        let clamp_v = self.board.path.mosfets.clamp_v.filter(|_| from_a < 0.0)?;
        let load = self.draw()?;
        let henry = load.henry;
        let rest_v = self.string.source(&self.string.shown).discharge.emf_v - load.end_v();
        let over_v = (clamp_v - rest_v).max(CLAMP_SHARE_MIN * clamp_v);
        (henry > 0.0).then(|| span_of(henry * -from_a / over_v))
    }

    /// The driver's wish reaches the gate, now or after its delay.
    fn command(&mut self, switch: Switch, on: bool) {
        let delay = self.delay(switch, on);
        let channel = self.switches.channel(switch);
        channel.driven = on;
        channel.pending = None;
        if channel.stuck.is_some() || on == (channel.gate == Gate::On) {
            return;
        }
        if delay.0 > 0 {
            channel.pending = Some((self.now + delay, on));
        } else {
            self.turn(switch, on);
        }
    }

    /// Turns a gate.
    pub(super) fn turn(&mut self, switch: Switch, on: bool) {
        if on { self.turn_on(switch) } else { self.turn_off(switch) }
    }

    /// An opening without an edge may have left no current.
    pub(super) fn report_zero(&mut self, before_a: f64) {
        if before_a != 0.0 && self.edge.is_none() && self.current_a() == 0.0 {
            self.events.push((self.now, WorldEvent::CurrentZero));
        }
    }
}

impl World for Plant {
    fn now(&self) -> SimTime {
        self.now
    }

    fn run_until(&mut self, to: SimTime, levels: &[Level]) -> Result<Stop, WorldError> {
        loop {
            if let Some(failure) = &self.failure {
                return Err(failure.clone());
            }
            let plan = self.plan.as_ref().expect("a segment is planned between any two calls");
            let until = to.min(plan.segment.end);
            self.watch.align(levels, &plan.segment, self.now);
            let crossed = self.watch.pass(&plan.segment, self.now, until, &mut self.events);
            if let Some((at, comparator)) = crossed {
                self.now = at;
                return Ok(Stop::Crossed { comparator });
            }
            let has_ended = until == plan.segment.end;
            let is_done = self.now >= to;
            self.now = self.now.max(until);
            if has_ended {
                self.complete();
            } else if is_done || self.now >= to {
                return Ok(Stop::Reached);
            }
        }
    }

    fn next_change(&self) -> Option<SimTime> {
        let edge = self.edge.map(|edge| edge.ends);
        [self.switches.next_edge(), edge, self.wiring.next()].into_iter().flatten().min()
    }

    fn apply(&mut self, action: &Action) {
        match action {
            Action::Ambient(celsius) => {
                self.interrupt();
                self.heat.move_ambient(self.now, *celsius, Span(0));
            }
            Action::AmbientRamp { to_c, over } => {
                self.interrupt();
                self.heat.move_ambient(self.now, *to_c, *over);
            }
            Action::Heater(on) => {
                self.interrupt();
                self.heater.wanted = *on;
            }
            Action::PressButton
            | Action::PressButtonFor(_)
            | Action::Force(_)
            | Action::Host(_)
            | Action::CtlLow(_)
            | Action::EmergencyOpen(_)
            | Action::Fault(..) => return,
            _ => {
                self.interrupt();
                self.attach(action);
            }
        }
        self.replan();
    }

    fn inject(&mut self, fault: &Fault, begins: bool) -> bool {
        self.interrupt();
        let before_a = self.last_a;
        let known = self.inject_wiring(fault, begins)
            || self.inject_path(fault, begins)
            || self.inject_heat(fault, begins);
        self.replan();
        self.report_zero(before_a);
        known
    }

    fn switch(&mut self, switch: Switch, on: bool) {
        if self.switches.is_driven(switch) == on {
            return;
        }
        self.interrupt();
        let before_a = self.last_a;
        self.command(switch, on);
        self.replan();
        if !on {
            self.report_zero(before_a);
        }
    }

    fn balance(&mut self, transfer: Option<Transfer>, bleed: u32) {
        let balancing = &self.string.balancing;
        if balancing.transfer == transfer && balancing.bleed == bleed {
            return;
        }
        self.interrupt();
        if self.string.balancing.transfer != transfer {
            self.string.balancing.began = self.now;
        }
        self.string.balancing.transfer = transfer;
        self.string.balancing.bleed = bleed;
        self.replan();
    }

    fn set_supply(&mut self, mode: SupplyMode) {
        self.change_supply(mode);
    }

    fn truth(&self) -> Truth {
        let (segment, t) = (self.segment(), self.offset_s());
        Truth {
            current_a: self.current_a(),
            charge_c: self.charge_c + segment.charge_c(0.0, t),
            port_v: self.port_v(),
            pack_v: self.pack_v(),
            cells_v: (0..segment.cells.len()).map(|cell| segment.terminal_v(cell, t)).collect(),
            socs: (0..segment.cells.len()).map(|group| self.group_soc(group)).collect(),
            cells_c: self.cells_c(),
            cell_c: self.sensors_c(),
            mos_c: self.mos_c(),
            ambient_c: self.heat.ambient_at(self.now),
            humidity: self.board.heat.humidity.as_ref().map(|it| it.at(self.now)),
        }
    }

    fn glance(&self) -> Glance {
        let (segment, t) = (self.segment(), self.offset_s());
        let cells = segment.terminals_v(t);
        let (cell_max_v, cell_min_v) = extremes(cells);
        let (cell_hot_c, cell_cold_c) = extremes(self.sensors_c().into_iter());
        let (mos_hot_c, mos_cold_c) = extremes(self.mos_c().into_iter());
        let current_a = self.current_a();
        Glance { current_a, cell_max_v, cell_min_v, cell_hot_c, cell_cold_c, mos_hot_c, mos_cold_c }
    }

    /// Books the running segment up to now on a copy, so that asking changes nothing.
    fn ledger(&self) -> Ledger {
        let mut copy = self.clone();
        copy.interrupt();
        copy.ledger
    }

    fn take_events(&mut self) -> Vec<(SimTime, WorldEvent)> {
        std::mem::take(&mut self.events)
    }

    fn take_burst(&mut self) -> Vec<(SimTime, f64, f64)> {
        std::mem::take(&mut self.burst)
    }

    fn forget(&mut self, before: SimTime) {
        while self.history.front().is_some_and(|segment| segment.end <= before) {
            self.history.pop_front();
        }
    }
}
