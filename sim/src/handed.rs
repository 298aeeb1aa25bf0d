//! A world that is forced first and then gives way to the one of the run, which begins at its own
//! time zero. The chip that looks through it sees one time.

use crate::fault::Fault;
use crate::forced::Forced;
use crate::parts::SupplyMode;
use crate::setup::Action;
use crate::time::{SimTime, Span};
use crate::trace::{Ledger, Switch, Truth};
use crate::world::{Glance, Level, Nodes, Stop, World, WorldError, WorldEvent};
use bms_core::bms::Transfer;

/// Forced values before the run, its world in it.
pub(crate) struct Handed<W> {
    before: Forced,
    world: W,
    /// When the run began.
    since: Option<SimTime>,
    /// What the run's world is told when its turn comes: switches that are on, what balances, what
    /// the board draws.
    on: Vec<Switch>,
    balancing: (Option<Transfer>, u32),
    supply: Option<SupplyMode>,
}

impl<W: World> Handed<W> {
    /// `before`, until it is told to give way to `world`; both at their time zero.
    pub(crate) fn new(before: Forced, world: W) -> Self {
        let (on, balancing, supply) = (Vec::new(), (None, 0), None);
        Self { before, world, since: None, on, balancing, supply }
    }

    /// The world that a span lies in, with the span in its own time; neither where it lies in both.
    fn split(&self, from: SimTime, to: SimTime) -> Place {
        match self.since {
            Some(since) if from >= since => Place::Run(own(since, from), own(since, to)),
            Some(since) if to > since => Place::Both(since, own(since, to)),
            _ => Place::Before,
        }
    }

    fn nodes(&self) -> &dyn Nodes {
        if self.since.is_some() { &self.world } else { &self.before }
    }
}

/// Where a span lies.
enum Place {
    /// Before the run.
    Before,
    /// In the run, from and to in its own time.
    Run(SimTime, SimTime),
    /// In both: when the run began, and its end in the run's time.
    Both(SimTime, SimTime),
}

/// A time of the run's own world.
fn own(since: SimTime, at: SimTime) -> SimTime {
    SimTime(at.0.saturating_sub(since.0))
}

fn later(at: SimTime, by: SimTime) -> SimTime {
    if at == SimTime::NEVER { at } else { at + Span(by.0) }
}

impl<W: World> Nodes for Handed<W> {
    fn cell_mean(&self, cell: usize, from: SimTime, to: SimTime) -> f64 {
        match self.split(from, to) {
            Place::Before => self.before.cell_mean(cell, from, to),
            Place::Run(from, to) => self.world.cell_mean(cell, from, to),
            Place::Both(since, end) => {
                let first = self.before.cell_mean(cell, from, since) * since.seconds_since(from);
                let then = self.world.cell_mean(cell, SimTime::ZERO, end);
                (first + then * end.as_secs_f64()) / to.seconds_since(from)
            }
        }
    }

    fn shunt_mean(&self, from: SimTime, to: SimTime) -> f64 {
        match self.split(from, to) {
            Place::Before => self.before.shunt_mean(from, to),
            Place::Run(from, to) => self.world.shunt_mean(from, to),
            Place::Both(..) => self.shunt_integral(from, to) / to.seconds_since(from),
        }
    }

    fn shunt_integral(&self, from: SimTime, to: SimTime) -> f64 {
        match self.split(from, to) {
            Place::Before => self.before.shunt_integral(from, to),
            Place::Run(from, to) => self.world.shunt_integral(from, to),
            Place::Both(since, end) => {
                self.before.shunt_integral(from, since)
                    + self.world.shunt_integral(SimTime::ZERO, end)
            }
        }
    }

    fn shunt_filtered(&self) -> f64 {
        self.nodes().shunt_filtered()
    }

    fn ntc_ohm(&self, sensor: usize) -> f64 {
        self.nodes().ntc_ohm(sensor)
    }

    fn port_v(&self) -> f64 {
        self.nodes().port_v()
    }

    fn pack_v(&self) -> f64 {
        self.nodes().pack_v()
    }

    fn load_present(&self) -> bool {
        self.nodes().load_present()
    }

    fn charger_present(&self) -> bool {
        self.nodes().charger_present()
    }
}

impl<W: World> World for Handed<W> {
    fn now(&self) -> SimTime {
        self.since.map_or_else(|| self.before.now(), |since| later(self.world.now(), since))
    }

    fn run_until(&mut self, to: SimTime, levels: &[Level]) -> Result<Stop, WorldError> {
        let Some(since) = self.since else { return self.before.run_until(to, levels) };
        let stop = self.world.run_until(own(since, to), levels);
        stop.map_err(|error| WorldError { at: later(error.at, since), ..error })
    }

    fn next_change(&self) -> Option<SimTime> {
        let Some(since) = self.since else { return self.before.next_change() };
        self.world.next_change().map(|at| later(at, since))
    }

    fn jumped(&self) -> bool {
        if self.since.is_some() { self.world.jumped() } else { self.before.jumped() }
    }

    fn take_over(&mut self) {
        self.since = Some(self.before.now());
        for switch in std::mem::take(&mut self.on) {
            self.world.switch(switch, true);
        }
        self.world.balance(self.balancing.0, self.balancing.1);
        if let Some(mode) = self.supply {
            self.world.set_supply(mode);
        }
    }

    fn apply(&mut self, action: &Action) {
        match self.since {
            Some(_) => self.world.apply(action),
            None => self.before.apply(action),
        }
    }

    fn inject(&mut self, fault: &Fault, begins: bool) -> bool {
        match self.since {
            Some(_) => self.world.inject(fault, begins),
            None => self.before.inject(fault, begins),
        }
    }

    fn switch(&mut self, switch: Switch, on: bool) {
        if self.since.is_some() {
            return self.world.switch(switch, on);
        }
        self.on.retain(|other| *other != switch);
        self.on.extend(on.then_some(switch));
        self.before.switch(switch, on);
    }

    fn balance(&mut self, transfer: Option<Transfer>, bleed: u32) {
        if self.since.is_some() {
            return self.world.balance(transfer, bleed);
        }
        self.balancing = (transfer, bleed);
        self.before.balance(transfer, bleed);
    }

    fn set_supply(&mut self, mode: SupplyMode) {
        if self.since.is_some() {
            return self.world.set_supply(mode);
        }
        self.supply = Some(mode);
    }

    fn truth(&self) -> Truth {
        if self.since.is_some() { self.world.truth() } else { self.before.truth() }
    }

    fn glance(&self) -> Glance {
        if self.since.is_some() { self.world.glance() } else { self.before.glance() }
    }

    fn ledger(&self) -> Ledger {
        self.world.ledger()
    }

    fn take_events(&mut self) -> Vec<(SimTime, WorldEvent)> {
        let Some(since) = self.since else { return self.before.take_events() };
        let events = self.world.take_events().into_iter();
        events.map(|(at, event)| (later(at, since), event)).collect()
    }

    fn take_burst(&mut self) -> Vec<(SimTime, f64, f64)> {
        let Some(since) = self.since else { return self.before.take_burst() };
        let points = self.world.take_burst().into_iter();
        points.map(|(at, ampere, volts)| (later(at, since), ampere, volts)).collect()
    }

    fn forget(&mut self, before: SimTime) {
        match self.since {
            Some(since) if before >= since => self.world.forget(own(since, before)),
            _ => self.before.forget(before),
        }
    }
}
