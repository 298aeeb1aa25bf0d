//! What is kept: looks at the truth, rows, dense points of fast phases.

use super::Bench;
use crate::queue::Actor;
use crate::reported::Readings;
use crate::time::{SimTime, Span};
use crate::trace::{BurstPoint, Row};
use crate::world::World;
use bms_core::afe::Afe;
use bms_core::params::Params;
use std::sync::Arc;

/// A gap in a fast phase longer than this begins a new one.
const BURST_GAP: Span = Span::from_millis(50);

impl<W: World, A: Afe> Bench<'_, W, A> {
    pub(super) fn look(&mut self, jumped: bool) {
        let glance = self.world.glance();
        self.oracle.see_load(self.world.now(), self.world.load_present());
        self.oracle.look(self.world.now(), &glance, jumped, &mut self.events);
    }

    pub(super) fn collect_burst(&mut self) {
        for (at, current_a, port_v) in self.world.take_burst() {
            let gap = |burst: &Vec<BurstPoint>| {
                burst.last().is_none_or(|last| at.0 - last.at.0 > BURST_GAP.0)
            };
            if self.bursts.last().is_none_or(gap) {
                self.bursts.push(Vec::new());
            }
            let point = BurstPoint { at, current_a, port_v };
            self.bursts.last_mut().expect("a burst was just begun").push(point);
        }
    }

    /// The next moment at which a row is wanted.
    pub(super) fn next_record(&self, now: SimTime) -> SimTime {
        let period = self.setup.record_period.0;
        let time = SimTime(now.0 - self.epoch.0);
        let periodic = SimTime((time.0 / period + 1) * period);
        let wanted = &self.setup.record_at;
        let next = wanted.partition_point(|at| *at <= time);
        let planned = self.at(wanted.get(next).map_or(periodic, |at| periodic.min(*at)));
        let due = self.rows_due.iter().find(|at| **at > now);
        due.map_or(planned, |at| planned.min(*at))
    }

    /// A row at every moment that a check counts from an event that has just happened.
    pub(super) fn record_anchors(&mut self) {
        let setup = self.setup;
        if setup.looks.after.is_empty() {
            return;
        }
        let now = self.world.now();
        let mut due = Vec::new();
        for event in &self.events[self.anchored..] {
            let anchors = setup.looks.after.iter().filter(|(of, _)| of.matches(&event.kind));
            due.extend(anchors.map(|(_, delay)| event.at + *delay));
        }
        self.anchored = self.events.len();
        if due.iter().any(|at| *at <= now) {
            self.record();
        }
        self.rows_due.extend(due.into_iter().filter(|at| *at > now));
        self.rows_due.retain(|at| *at > now);
        self.rows_due.sort_unstable();
        if let Some(next) = self.rows_due.first() {
            self.agenda.plan_no_later(Actor::Recorder, *next);
        }
    }

    /// The firmware's parameters; those of the row before, while they are the same.
    fn held(&self) -> Arc<Params> {
        let now = self.controller.bms().params();
        let before = self.rows.last().and_then(|row| row.held.as_ref());
        before.filter(|before| ***before == *now).map_or_else(|| Arc::new(now.clone()), Arc::clone)
    }

    pub(super) fn record(&mut self) {
        let at = self.world.now();
        if self.rows.last().is_none_or(|last| last.at < at) {
            let truth = self.world.truth();
            let has_display = self.setup.board.display_a > 0.0;
            self.rows.push(Row {
                at,
                truth,
                decision: self.decision,
                reported: Readings::of(self.controller.bms()),
                display: has_display.then(|| self.shown.1.clone()),
                held: self.setup.looks.parameters.then(|| self.held()),
                ledger: self.setup.looks.books.then(|| Box::new(self.world.ledger())),
            });
            if let Some(reading) = self.controller.bms().measure().reading() {
                self.oracle.check_total(at, reading, &mut self.events);
            }
        }
    }
}
