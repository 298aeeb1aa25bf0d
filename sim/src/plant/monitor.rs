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
/// and held against the range of their models every so many looks.
const RANGE_EVERY: u32 = 10;
/// A current that differs by this share, and by this, ampere, is another one.
const CHANGE_SHARE: f64 = 0.05;
const CHANGE_A: f64 = 1.0;

/// Monitors of all cells.
#[derive(Clone, Debug)]
pub(super) struct Monitors {
    cells: Vec<CellMonitor>,
    last: SimTime,
    last_a: f64,
    looks: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct CellMonitor {
    abuse: AbuseMonitor,
    is_outside: bool,
}

impl Monitors {
    pub(super) fn new(cells: usize) -> Self {
        let cells = vec![CellMonitor::default(); cells];
        Self { cells, last: SimTime::ZERO, last_a: 0.0, looks: 0 }
    }

    fn is_another(&self, mean_a: f64) -> bool {
        (mean_a - self.last_a).abs() > CHANGE_A + CHANGE_SHARE * self.last_a.abs()
    }

    /// Whether a look is due at the end of a segment with this mean current, and if so whether at
    /// the range too.
    fn due(&mut self, now: SimTime, mean_a: f64) -> Option<bool> {
        let another = self.is_another(mean_a);
        if !another && now - self.last < LOOK_EVERY {
            return None;
        }
        self.looks = if another { 0 } else { (self.looks + 1) % RANGE_EVERY };
        Some(self.looks == 0)
    }
}

impl Plant {
    /// Looks at the cells at the end of a segment, if that is due.
    pub(super) fn look(&mut self, segment: &Segment) {
        let span = segment.span_s();
        let mean_a = segment.charge_c(0.0, span) / span;
        let Some(at_range) = self.monitors.due(segment.end, mean_a) else { return };
        let since_s = segment.end.seconds_since(self.monitors.last);
        (self.monitors.last, self.monitors.last_a) = (segment.end, mean_a);
        let parallel = self.string.groups.is_some();
        let currents_a = self.string.currents_a(&self.string.shown, mean_a);
        self.live(&currents_a, since_s);
        for (cell, current_a) in currents_a.into_iter().enumerate() {
            let volts = if parallel {
                self.string.params[cell].voltage(&self.string.states[cell], current_a)
            } else {
                segment.terminal_v(cell, span)
            };
            self.look_at(cell, volts, current_a, since_s);
            if at_range {
                self.look_at_range(cell, current_a);
            }
        }
    }

    fn look_at(&mut self, cell: usize, volts: f64, current_a: f64, since_s: f64) {
        let (params, state) = (&self.string.params[cell], &self.string.states[cell]);
        let monitor = &mut self.monitors.cells[cell].abuse;
        for change in monitor.observe(params, state, volts, current_a, since_s) {
            let note = Note::Abused { cell, abuse: change.abuse, begins: change.begins };
            self.events.push((self.now, WorldEvent::Noted(note)));
        }
    }

    fn look_at_range(&mut self, cell: usize, current_a: f64) {
        let (params, state) = (&self.string.params[cell], &self.string.states[cell]);
        let outside = !params.coverage(state).is_full()
            || !params.validated.covers_current(current_a, params.capacity_ah);
        let was = &mut self.monitors.cells[cell].is_outside;
        if *was != outside {
            *was = outside;
            let note = Note::Extrapolated { cell, outside };
            self.events.push((self.now, WorldEvent::Noted(note)));
        }
    }
}
