//! Monitors: they look at every cell and change nothing. What a cell is put through beyond what its
//! maker allows, and where its model answers beyond what it was held against, becomes a note, once
//! when it begins and once when it ends.

use super::Plant;
use super::segment::Segment;
use crate::note::Note;
use crate::time::{SimTime, Span};
use crate::world::WorldEvent;
use cell_models::abuse::AbuseMonitor;

/// Under a current that hardly changes, cells are looked at this often.
const LOOK_EVERY: Span = Span::from_millis(1_000);
/// A current that differs by this share, and by this, ampere, is another one.
const CHANGE_SHARE: f64 = 0.05;
const CHANGE_A: f64 = 1.0;

/// Monitors of all cells.
#[derive(Clone, Debug)]
pub(super) struct Monitors {
    cells: Vec<CellMonitor>,
    last: SimTime,
    last_a: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct CellMonitor {
    abuse: AbuseMonitor,
    is_outside: bool,
}

impl Monitors {
    pub(super) fn new(cells: usize) -> Self {
        let cells = vec![CellMonitor::default(); cells];
        Self { cells, last: SimTime::ZERO, last_a: 0.0 }
    }

    /// Whether a look is due at the end of a segment with this mean current.
    fn is_due(&self, now: SimTime, mean_a: f64) -> bool {
        let change_a = (mean_a - self.last_a).abs();
        now - self.last >= LOOK_EVERY || change_a > CHANGE_A + CHANGE_SHARE * self.last_a.abs()
    }
}

impl Plant {
    /// Looks at the cells at the end of a segment, if that is due.
    pub(super) fn look(&mut self, segment: &Segment) {
        let span = segment.span_s();
        let mean_a = segment.charge_c(0.0, span) / span;
        if !self.monitors.is_due(segment.end, mean_a) {
            return;
        }
        let since_s = segment.end.seconds_since(self.monitors.last);
        (self.monitors.last, self.monitors.last_a) = (segment.end, mean_a);
        let currents_a = self.string.currents_a(&self.string.states, mean_a);
        for (cell, current_a) in currents_a.into_iter().enumerate() {
            self.look_at(cell, current_a, since_s);
        }
    }

    fn look_at(&mut self, cell: usize, current_a: f64, since_s: f64) {
        let (params, state) = (&self.string.params[cell], &self.string.states[cell]);
        let monitor = &mut self.monitors.cells[cell];
        let volts = params.voltage(state, current_a);
        let changes = monitor.abuse.observe(params, state, volts, current_a, since_s);
        for change in changes {
            let note = Note::Abused { cell, abuse: change.abuse, begins: change.begins };
            self.events.push((self.now, WorldEvent::Noted(note)));
        }
        let is_known = params.coverage(state).is_full()
            && params.validated.covers_current(current_a, params.capacity_ah);
        if monitor.is_outside == is_known {
            monitor.is_outside = !is_known;
            let note = Note::Extrapolated { cell, outside: !is_known };
            self.events.push((self.now, WorldEvent::Noted(note)));
        }
    }
}
