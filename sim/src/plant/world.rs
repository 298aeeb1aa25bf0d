//! The door to the bench: running, acting, switching, and what is true.

use super::Plant;
use super::port::{ChargerState, LoadState};
use super::switches::Edge;
use crate::fault::Fault;
use crate::parts::SupplyMode;
use crate::setup::Action;
use crate::time::{SimTime, Span};
use crate::trace::{Ledger, Switch, Truth};
use crate::world::{Glance, Level, Nodes, Stop, World, WorldError, WorldEvent, extremes};
use bms_core::bms::Transfer;

impl Plant {
    /// The outside changed while a gate edge was under way: its current is no longer the one that
    /// was being interrupted. The channel is already too weak to carry a new one.
    fn cancel_edge(&mut self) {
        if self.edge.take().is_some() {
            self.events.push((self.now, WorldEvent::CurrentZero));
        }
    }

    fn attach(&mut self, action: &Action) {
        match action {
            Action::ConnectLoad(load) => self.load = Some(LoadState::new(*load)),
            Action::DisconnectLoad => self.load = None,
            Action::ConnectCharger(charger) => {
                self.charger = Some(ChargerState { charger: *charger, stopped: false });
            }
            Action::DisconnectCharger => self.charger = None,
            _ => return,
        }
        self.cancel_edge();
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
            let (began, ends) = (self.now, self.now + fall);
            let (from_a, charger_a) = (self.last_a, self.last_charger_a);
            let edge = Edge { from_a, charger_a, began, ends };
            self.edge = edge.is_interrupted_by(switch).then_some(edge);
        }
        if fall.0 == 0 {
            self.switches.end_edges(self.now);
            self.events.push((self.now, WorldEvent::Switched(switch, false)));
        }
    }

    /// An opening without an edge may have left no current.
    fn report_zero(&mut self, before_a: f64) {
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
        [self.switches.next_edge(), self.wiring.next()].into_iter().flatten().min()
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
        let known = self.inject_wiring(fault, begins)
            || self.inject_path(fault, begins)
            || self.inject_heat(fault, begins);
        self.replan();
        known
    }

    fn switch(&mut self, switch: Switch, on: bool) {
        if self.switches.is_on(switch) == on {
            return;
        }
        self.interrupt();
        let before_a = self.last_a;
        if on {
            self.turn_on(switch);
        } else {
            self.turn_off(switch);
        }
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
        }
    }

    fn glance(&self) -> Glance {
        let (segment, t) = (self.segment(), self.offset_s());
        let cells = (0..segment.cells.len()).map(|cell| segment.terminal_v(cell, t));
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
