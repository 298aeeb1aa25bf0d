//! What is kept: looks at the truth, rows, dense points of fast phases.

use super::Bench;
use crate::reported::Readings;
use crate::time::{SimTime, Span};
use crate::trace::{BurstPoint, Row};
use crate::world::World;
use bms_core::afe::Afe;

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
        let periodic = SimTime((now.0 / period + 1) * period);
        let wanted = &self.setup.record_at;
        let next = wanted.partition_point(|at| *at <= now);
        wanted.get(next).map_or(periodic, |at| periodic.min(*at))
    }

    pub(super) fn record(&mut self) {
        let at = self.world.now();
        if self.rows.last().is_none_or(|last| last.at < at) {
            let truth = self.world.truth();
            let reading = self.controller.bms().measure().reading();
            let reported = reading.map(Readings::from);
            self.rows.push(Row { at, truth, decision: self.decision, reported });
            if let Some(reading) = reading {
                self.oracle.check_total(at, reading, &mut self.events);
            }
        }
    }
}
