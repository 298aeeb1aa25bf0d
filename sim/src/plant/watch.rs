//! The comparators' levels: on which side the shunt voltage is, and the first nanosecond at which
//! that changes.

use super::segment::Segment;
use crate::time::SimTime;
use crate::world::{Level, WorldEvent};

/// Points looked at within a segment; between neighbouring ones a signal has no second turn.
const LOOKS: u64 = 4;

/// A level and the sides that were last reported.
#[derive(Clone, Copy, Debug)]
struct Watched {
    level: Level,
    filtered: bool,
    unfiltered: bool,
}

/// All watched levels.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    watched: Vec<Watched>,
}

/// Which of the two signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    Filtered,
    Unfiltered,
}

/// A change of side.
#[derive(Clone, Copy, Debug)]
struct Crossing {
    at: SimTime,
    index: usize,
}

/// Whether `volts` is on the harmful side: at the level or beyond it, away from zero.
fn is_inside(level: &Level, volts: f64) -> bool {
    if level.volts > 0.0 { volts >= level.volts } else { volts <= level.volts }
}

impl Watch {
    /// Takes over the list of levels; one that is new starts on the side where the filtered
    /// signal is.
    pub(super) fn align(&mut self, levels: &[Level], segment: &Segment, now: SimTime) {
        if self.watched.len() == levels.len()
            && self.watched.iter().zip(levels).all(|(watched, level)| watched.level == *level)
        {
            return;
        }
        let t = segment.offset_s(now);
        let filtered_v = segment.trajectory.filtered_v(t);
        let known = std::mem::take(&mut self.watched);
        self.watched.extend(levels.iter().map(|level| {
            let before = known.iter().find(|watched| watched.level == *level);
            before.copied().unwrap_or(Watched {
                level: *level,
                filtered: is_inside(level, filtered_v),
                // Where they differ, the crossing is news.
                unfiltered: is_inside(level, filtered_v),
            })
        }));
    }

    /// Goes through `segment` from `now` to `to`: the first crossing of the filtered signal, if
    /// any, with its comparator; and every true crossing up to there, in order.
    pub(super) fn pass(
        &mut self,
        segment: &Segment,
        now: SimTime,
        to: SimTime,
        events: &mut Vec<(SimTime, WorldEvent)>,
    ) -> Option<(SimTime, usize)> {
        if self.watched.is_empty() {
            return None;
        }
        let first = self.first(segment, now, to, Signal::Filtered);
        let until = first.map_or(to, |crossing| crossing.at);
        self.pass_unfiltered(segment, now, until, events);
        first.map(|Crossing { at, index }| {
            let watched = &mut self.watched[index];
            watched.filtered = !watched.filtered;
            (at, watched.level.comparator)
        })
    }

    fn pass_unfiltered(
        &mut self,
        segment: &Segment,
        now: SimTime,
        until: SimTime,
        events: &mut Vec<(SimTime, WorldEvent)>,
    ) {
        let mut from = now;
        while let Some(crossing) = self.first(segment, from, until, Signal::Unfiltered) {
            let watched = &mut self.watched[crossing.index];
            watched.unfiltered = !watched.unfiltered;
            let comparator = watched.level.comparator;
            let into = watched.unfiltered;
            events.push((crossing.at, WorldEvent::TrueCrossing { comparator, into }));
            from = crossing.at;
        }
    }

    fn first(
        &self,
        segment: &Segment,
        now: SimTime,
        to: SimTime,
        signal: Signal,
    ) -> Option<Crossing> {
        let flat = segment.trajectory.is_flat();
        let mut before = now;
        for look in looks(segment, now, to).filter(|look| !flat || *look == now) {
            let volts = value(segment, look, signal);
            let changed = |index: &usize| self.has_changed(*index, volts, signal);
            let crossings = (0..self.watched.len()).filter(changed).map(|index| {
                let level = &self.watched[index].level;
                let was = self.side(index, signal);
                let crossed = |at| is_inside(level, value(segment, at, signal)) != was;
                Crossing { at: bisect(before, look, crossed), index }
            });
            if let Some(first) = crossings.min_by_key(|crossing| (crossing.at, crossing.index)) {
                return Some(first);
            }
            before = look;
        }
        None
    }

    fn side(&self, index: usize, signal: Signal) -> bool {
        let watched = &self.watched[index];
        if signal == Signal::Filtered { watched.filtered } else { watched.unfiltered }
    }

    fn has_changed(&self, index: usize, volts: f64, signal: Signal) -> bool {
        is_inside(&self.watched[index].level, volts) != self.side(index, signal)
    }
}

fn value(segment: &Segment, at: SimTime, signal: Signal) -> f64 {
    let t = segment.offset_s(at);
    match signal {
        Signal::Filtered => segment.trajectory.filtered_v(t),
        Signal::Unfiltered => segment.trajectory.shunt_v(t),
    }
}

/// `now`, the segment's own grid between, and `to`: the grid does not depend on the caller's steps.
fn looks(segment: &Segment, now: SimTime, to: SimTime) -> impl Iterator<Item = SimTime> {
    let (start, length) = (segment.start.0, segment.end.0 - segment.start.0);
    let grid = (1..LOOKS).map(move |step| SimTime(start + length / LOOKS * step));
    let between = grid.filter(move |look| *look > now && *look < to);
    let last = (to > now).then_some(to);
    std::iter::once(now).chain(between).chain(last)
}

/// The first nanosecond in (`before`, `after`] at which `crossed` holds; it holds at `after`.
fn bisect(before: SimTime, after: SimTime, crossed: impl Fn(SimTime) -> bool) -> SimTime {
    if before == after || crossed(before) {
        return before;
    }
    let (mut low, mut high) = (before.0, after.0);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if crossed(SimTime(middle)) { high = middle } else { low = middle }
    }
    SimTime(high)
}
