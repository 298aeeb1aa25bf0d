//! Rules that only the whole run can break: books, entries and exits, records, what stays in force.

use super::counting;
use super::rules::Rule;
use crate::fault::{Fault, Place};
use crate::note::Note;
use crate::setup::{Action, Setup, WorldSetup};
use crate::time::{SimTime, Span};
use crate::trace::{EventKind, Ledger, MarkKind, Outcome, Trace};
use bms_core::params::Params;
use bms_core::protect::Reasons;
use std::collections::BTreeMap;

/// What may be missing in the energy book, as a share of the largest entry.
const LEDGER_SHARE: f64 = 0.005;
/// Less energy than this is not worth a book, J.
const LEDGER_LEAST_J: f64 = 100.0;
/// What released a protection must have ended it after this time, its own delays apart: two
/// periods of the slowest sensor, and a start of the front end (5 s).
const STUCK_AFTER: Span = Span::from_millis(10_000);
/// The alarm memory (PS-HIS-1).
const RECORDS: usize = 50;

/// Everything that the run has broken, by what it recorded.
#[must_use]
pub fn broken(trace: &Trace, setup: &Setup) -> Vec<(Rule, String)> {
    let mut found = Vec::new();
    if trace.outcome == Outcome::Completed && matches!(setup.world, WorldSetup::ClosedLoop(_)) {
        found.extend(ledger(&trace.ledger).map(|what| (Rule::Ledger, what)));
    }
    found.extend(exits(trace).map(|what| (Rule::Exits, what)));
    if !memory_was_touched(trace, setup) {
        found.extend(records(trace).map(|what| (Rule::Records, what)));
    }
    found.extend(stuck(trace, setup).map(|what| (Rule::Stuck, what)));
    found.extend(counting::astray(trace, setup).map(|what| (Rule::Counting, what)));
    found.extend(overdriven(trace).map(|what| (Rule::Ratings, what)));
    found
}

/// The first part that was driven beyond its rating; a run in which something was broken on purpose
/// may end so.
fn overdriven(trace: &Trace) -> Option<String> {
    let whole = trace.events.iter().all(|event| !matches!(event.kind, EventKind::Fault(..)));
    let beyond = |note: &Note| match note {
        Note::EdgeHeat { share, .. } | Note::Avalanche { share, .. } => *share > 1.0,
        Note::JunctionHot { .. } | Note::PrechargeHot { .. } | Note::FuseBlown { .. } => true,
        Note::Extrapolated { .. } | Note::Abused { .. } | Note::LetThrough { .. } => false,
    };
    trace.events.iter().filter(|_| whole).find_map(|event| match &event.kind {
        EventKind::Noted(note) if beyond(note) => Some(format!("{note}, at {}", event.at)),
        _ => None,
    })
}

fn ledger(book: &Ledger) -> Option<String> {
    let entries = [
        book.chemical_j,
        book.polarisation_j,
        book.cell_heat_j,
        book.path_heat_j,
        book.balance_heat_j,
        book.board_j,
        book.heater_j,
        book.port_j,
    ];
    let moved = entries.map(f64::abs).into_iter().fold(0.0, f64::max);
    let missing = book.closure_j().abs();
    let closes = moved <= LEDGER_LEAST_J || missing <= LEDGER_SHARE * moved;
    (!closes).then(|| format!("{missing:.1} J of {moved:.1} J are missing"))
}

/// Each entry before its exit, and what is in force at the end by events and by the last row.
fn exits(trace: &Trace) -> Option<String> {
    let mut active = trace.active_at_first();
    for event in &trace.events {
        let EventKind::Protection(reason, entered) = event.kind else { continue };
        if active.contains(reason) == entered {
            let what = if entered { "entered twice" } else { "left without an entry" };
            return Some(format!("{reason:?} {what} at {}", event.at));
        }
        active.set(reason, entered);
    }
    let last = trace.rows.last().filter(|_| trace.outcome == Outcome::Completed)?;
    let differ = last.decision.active ^ active;
    (!differ.is_empty()).then(|| format!("{differ:?} in force at the end is not what was told"))
}

/// The newest entries in the order in which they came.
fn records(trace: &Trace) -> Option<String> {
    let entered = trace.events.iter().filter_map(|event| match event.kind {
        EventKind::Protection(reason, true) => Some((event.at, reason)),
        _ => None,
    });
    let entered: Vec<_> = entered.collect();
    let kept = trace.alarms.iter().filter(|alarm| alarm.entered).map(|alarm| alarm.reason);
    let mut kept: BTreeMap<Reasons, usize> = kept.fold(BTreeMap::new(), |mut kept, reason| {
        *kept.entry(reason).or_default() += 1;
        kept
    });
    let newest = &entered[entered.len().saturating_sub(RECORDS)..];
    for (at, reason) in newest {
        match kept.get_mut(reason) {
            Some(count) if *count > 0 => *count -= 1,
            _ => return Some(format!("{reason:?} at {at} left no record")),
        }
    }
    None
}

/// A host may clear the memory, and a fault of the microcontroller may lose it.
fn memory_was_touched(trace: &Trace, setup: &Setup) -> bool {
    was_touched(trace, setup, |fault| matches!(fault.place(), Place::Processor))
}

/// Whether a host did something, or one of these faults was there.
pub(super) fn was_touched(trace: &Trace, setup: &Setup, counts: impl Fn(&Fault) -> bool) -> bool {
    let touches = |action: &Action| match action {
        Action::Host(_) => true,
        Action::Fault(fault, _) => counts(fault),
        _ => false,
    };
    setup.timeline.iter().any(|timed| touches(&timed.action))
        || trace.events.iter().any(|event| match &event.kind {
            EventKind::Acted(action) => touches(action),
            EventKind::Fault(fault, _) => counts(fault),
            _ => false,
        })
}

/// What is in force at the end although what released it lasts.
fn stuck(trace: &Trace, setup: &Setup) -> Option<String> {
    let row = trace.rows.last().filter(|_| trace.outcome == Outcome::Completed)?;
    let healthy = healthy_since(trace)?;
    row.decision.active.iter().find_map(|reason| {
        let since = released_since(reason, trace, &setup.params)?.max(healthy);
        let lasted = Span(row.at.0.saturating_sub(since.0));
        (lasted > STUCK_AFTER)
            .then(|| format!("{reason:?} is in force, released since {since} by the truth"))
    })
}

/// Since when no fault lasts; none while one does.
fn healthy_since(trace: &Trace) -> Option<SimTime> {
    let mut lasting = 0_usize;
    let mut since = SimTime::ZERO;
    for event in &trace.events {
        if let EventKind::Fault(_, begins) = event.kind {
            lasting = if begins { lasting + 1 } else { lasting.saturating_sub(1) };
            since = event.at;
        }
    }
    (lasting == 0).then_some(since)
}

/// From when the truth released a protection that is in force, its own delays included; none
/// while it does not, or where only switching off does (PS-MOS-3).
fn released_since(reason: Reasons, trace: &Trace, params: &Params) -> Option<SimTime> {
    let at_first = trace.active_at_first().contains(reason).then_some(SimTime::ZERO);
    let entered = last(trace, |kind| *kind == EventKind::Protection(reason, true)).or(at_first)?;
    let state = |wanted: MarkKind| {
        let mark = trace.marks.iter().rfind(|mark| mark.kind == wanted)?;
        mark.begins.then_some(mark.at.max(entered))
    };
    let load_gone =
        || state(MarkKind::LoadGone).map(|at| at + params.system.load_release_delay.into());
    let over = || {
        let left = |kind: &EventKind| match kind {
            EventKind::Crossed(of, into) if of.contains(reason) => Some(*into),
            _ => None,
        };
        let newest = trace.events.iter().rev().find_map(|event| left(&event.kind));
        newest != Some(true)
    };
    let timed = |recovery: bms_core::time::Duration| over().then(|| entered + recovery.into());
    let levels = Reasons::OVER_VOLTAGE
        | Reasons::ABNORMAL_HIGH_VOLTAGE
        | Reasons::LOW_VOLTAGE_PROHIBIT
        | Reasons::CELL_CHARGE_HOT
        | Reasons::CELL_CHARGE_COLD
        | Reasons::CELL_DISCHARGE_HOT
        | Reasons::CELL_DISCHARGE_COLD
        | Reasons::MOS_CHARGE_HOT
        | Reasons::MOS_CHARGE_COLD
        | Reasons::MOS_DISCHARGE_HOT
        | Reasons::MOS_DISCHARGE_COLD;
    match reason {
        Reasons::UNDER_VOLTAGE if params.system.load_lock => {
            Some(state(MarkKind::Released(reason))?.max(load_gone()?))
        }
        Reasons::UNDER_VOLTAGE => state(MarkKind::Released(reason)),
        Reasons::SHORT_CIRCUIT => load_gone(),
        Reasons::CHARGE_OC | Reasons::DISCHARGE_OC => timed(params.mcu_current.recovery),
        Reasons::AFE_CHARGE_OC | Reasons::AFE_DISCHARGE_OC1 | Reasons::AFE_DISCHARGE_OC2 => {
            let on = params.system.current_timed_recovery;
            on.then(|| timed(params.afe_current.auto_recovery)).flatten()
        }
        Reasons::FRONT_END | Reasons::SENSOR => Some(entered),
        _ if levels.contains(reason) => state(MarkKind::Released(reason)),
        _ => None,
    }
}

fn last(trace: &Trace, test: impl Fn(&EventKind) -> bool) -> Option<SimTime> {
    trace.events.iter().rev().find(|event| test(&event.kind)).map(|event| event.at)
}
