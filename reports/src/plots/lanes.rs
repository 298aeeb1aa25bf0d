//! What was on when: switches, balancing and protections as bars over the run.

use super::Chart;
use super::panel::time_axis;
use super::pen::{Ink, Pen, Side, WIDTH, cut, picture};
use super::scale::{Across, TimeScale};
use crate::Judged;
use crate::show;
use bms_core::protect::Reasons;
use sim::time::SimTime;
use sim::trace::{EventKind, Switch, Trace};

/// The names of the lanes end here.
const NAMES: f64 = 200.0;
/// Height of a lane.
const PITCH: f64 = 24.0;
/// The shortest bar drawn.
const LEAST_BAR: f64 = 2.5;

/// A row of bars.
struct Lane {
    name: String,
    ink: Ink,
    bars: Vec<(SimTime, SimTime)>,
}

/// The chart; none where a run has no length.
pub(super) fn chart(judged: &Judged<'_>) -> Option<Chart> {
    let span = span(judged.trace)?;
    let lanes = lanes(judged.trace, span);
    let stimuli = changes(judged.trace, |kind| {
        matches!(kind, EventKind::Stimulus(_) | EventKind::Acted(_)).then_some(true)
    });
    let stimuli: Vec<_> = stimuli.into_iter().map(|(at, _)| at).collect();
    let title = "Switches, balancing and protections";
    let top = 40.0;
    let rows = lanes.len() + usize::from(!stimuli.is_empty());
    let bottom = top + PITCH * f64::from(u32::try_from(rows).unwrap_or(u32::MAX));
    let svg = picture(title, bottom + 44.0, |pen| {
        let time = TimeScale::new(span, SimTime::ZERO, (NAMES, WIDTH - 24.0));
        pen.title(title);
        for (x, _) in time.ticks() {
            pen.line(&[(x, top), (x, bottom)], Ink::Grid, 1.0);
        }
        let mut y = top + 0.5 * PITCH;
        if !stimuli.is_empty() {
            draw_stimuli(pen, &time, &stimuli, y);
            y += PITCH;
        }
        for lane in &lanes {
            draw(pen, &time, lane, y);
            y += PITCH;
        }
        time_axis(pen, &time, bottom, "time");
    });
    Some(Chart { title: title.into(), svg, data: None })
}

fn span(trace: &Trace) -> Option<(SimTime, SimTime)> {
    let rows = trace.rows.iter().map(|row| row.at);
    let events = trace.events.iter().map(|event| event.at);
    let (from, to) = (rows.clone().chain(events.clone()).min()?, rows.chain(events).max()?);
    (from < to).then_some((from, to))
}

fn draw(pen: &mut Pen<'_>, time: &TimeScale, lane: &Lane, y: f64) {
    pen.text((NAMES - 12.0, y), &cut(&lane.name, 28), Side::Right, Ink::Text);
    pen.line(&[(NAMES, y), (WIDTH - 24.0, y)], Ink::Grid, 1.0);
    let mut drawn = f64::NEG_INFINITY;
    for (from, to) in &lane.bars {
        let left = time.place(*from);
        let right = time.place(*to).max(left + LEAST_BAR);
        if right <= drawn {
            continue; // Many short bars share one place on paper.
        }
        drawn = right;
        pen.rect((left, y - 7.0), (right, y + 7.0), lane.ink, 1.0);
    }
}

/// Small triangles where the outside did something.
fn draw_stimuli(pen: &mut Pen<'_>, time: &TimeScale, stimuli: &[SimTime], y: f64) {
    pen.text((NAMES - 12.0, y), "the outside acts", Side::Right, Ink::Text);
    for at in stimuli {
        let x = time.place(*at);
        pen.area(&[(x - 5.0, y - 6.0), (x + 5.0, y - 6.0), (x, y + 6.0)], Ink::Purple, 1.0);
    }
}

fn lanes(trace: &Trace, span: (SimTime, SimTime)) -> Vec<Lane> {
    let mut lanes = Vec::new();
    let switches = [
        (Switch::Charge, Ink::Blue),
        (Switch::Discharge, Ink::Blue),
        (Switch::Precharge, Ink::Green),
        (Switch::LowCellPrecharge, Ink::Green),
        (Switch::Limiter, Ink::Green),
    ];
    for (switch, ink) in switches {
        let bars = conducting(trace, switch, span);
        lanes.push(Lane { name: show::switch(switch).into(), ink, bars });
    }
    let transfer = changes(trace, |kind| match kind {
        EventKind::Transfer(pair) => Some(pair.is_some()),
        _ => None,
    });
    let bleed = changes(trace, |kind| match kind {
        EventKind::Bleed(mask) => Some(*mask != 0),
        _ => None,
    });
    lanes.push(Lane {
        name: "active balancing".into(),
        ink: Ink::Purple,
        bars: bars(&transfer, false, span),
    });
    lanes.push(Lane {
        name: "passive balancing".into(),
        ink: Ink::Purple,
        bars: bars(&bleed, false, span),
    });
    for reason in Reasons::all().iter() {
        lanes.push(Lane {
            name: show::reason_name(reason),
            ink: Ink::Limit,
            bars: bars(&in_force(trace, reason), trace.active_at_first().contains(reason), span),
        });
    }
    // The two main MOSFETs are always of interest, everything else where it was ever on.
    let wanted = |(index, lane): &(usize, Lane)| *index < 2 || !lane.bars.is_empty();
    lanes.into_iter().enumerate().filter(wanted).map(|(_, lane)| lane).collect()
}

fn in_force(trace: &Trace, reason: Reasons) -> Vec<(SimTime, bool)> {
    changes(trace, |kind| match kind {
        EventKind::Protection(of, entered) if of.contains(reason) => Some(*entered),
        _ => None,
    })
}

/// When a switch conducted: by its edges, or where none is recorded by its commands.
fn conducting(trace: &Trace, switch: Switch, span: (SimTime, SimTime)) -> Vec<(SimTime, SimTime)> {
    let edges = changes(trace, |kind| match kind {
        EventKind::Switched(of, on) if *of == switch => Some(*on),
        _ => None,
    });
    let commands = changes(trace, |kind| match kind {
        EventKind::Commanded(of, on) if *of == switch => Some(*on),
        _ => None,
    });
    let changes = if edges.is_empty() { commands } else { edges };
    let at_first = trace.rows.first().is_some_and(|row| commanded(&row.decision.gates, switch));
    // Before its first change it was what it then ceased to be.
    let before = changes.first().map_or(at_first, |(_, on)| !on);
    bars(&changes, before, span)
}

fn commanded(gates: &bms_core::bms::Gates, switch: Switch) -> bool {
    match switch {
        Switch::Charge => gates.charge,
        Switch::Discharge => gates.discharge,
        Switch::Precharge => gates.precharge,
        Switch::LowCellPrecharge => gates.low_cell_precharge,
        Switch::Limiter => gates.limiter,
    }
}

fn changes(trace: &Trace, of: impl Fn(&EventKind) -> Option<bool>) -> Vec<(SimTime, bool)> {
    trace.events.iter().filter_map(|event| Some((event.at, of(&event.kind)?))).collect()
}

/// The spans between an on and the next off.
fn bars(
    changes: &[(SimTime, bool)],
    before: bool,
    span: (SimTime, SimTime),
) -> Vec<(SimTime, SimTime)> {
    let mut since = before.then_some(span.0);
    let mut bars = Vec::new();
    for &(at, on) in changes {
        match (since, on) {
            (None, true) => since = Some(at),
            (Some(from), false) => {
                bars.push((from, at));
                since = None;
            }
            _ => {}
        }
    }
    bars.extend(since.map(|from| (from, span.1)));
    bars
}
