//! Moments of the truth that a requirement counts a release or a start from: a quantity comes back
//! to its release level, a current begins or ends to flow, the load is gone. Nobody acts on them.

use super::bands::{Bands, Edge, Quantity};
use super::on_the_line;
use crate::time::SimTime;
use crate::trace::{Mark, MarkKind};
use crate::world::Glance;
use bms_core::params::{Params, TemperatureLimits};
use bms_core::protect::Reasons;
use bms_core::units::{Centicelsius, Millivolts};

/// A state that begins and ends.
#[derive(Clone, Copy, Debug)]
struct Watched {
    kind: MarkKind,
    edge: Edge,
}

/// Looks for the moments of one run.
#[derive(Debug)]
pub(super) struct Marker {
    watched: Vec<Watched>,
    load_gone: Option<bool>,
    marks: Vec<Mark>,
}

impl Marker {
    pub(super) fn new(params: &Params) -> Self {
        let watched: Vec<_> = voltages(params)
            .into_iter()
            .chain(temperatures(params))
            .chain(currents(params))
            .collect();
        Self { watched, load_gone: None, marks: Vec::new() }
    }

    /// Looks at the truth after something may have begun or ended since the `last` look; `jumped`
    /// says that it changed at this very moment. Narrows the bands in which nothing changes again.
    pub(super) fn look(
        &mut self,
        now: SimTime,
        glance: &Glance,
        last: Option<&(SimTime, Glance)>,
        jumped: bool,
        bands: &mut Bands,
    ) {
        let first = self.marks.len();
        for Watched { kind, edge } in &self.watched {
            let margin = edge.margin(glance);
            let before = last.map(|(at, glance)| (*at, edge.margin(glance)));
            let held = before.is_some_and(|(_, margin)| edge.holds(margin));
            if edge.holds(margin) != held {
                let at = match before {
                    Some((since, old)) if !jumped => on_the_line(since, old, now, margin),
                    _ => now,
                };
                self.marks.push(Mark { at, kind: *kind, begins: !held });
            }
            bands.narrow(edge, edge.holds(margin));
        }
        self.marks[first..].sort_by_key(|mark| mark.at);
    }

    /// Whether a load is attached now.
    pub(super) fn see_load(&mut self, now: SimTime, present: bool) {
        if self.load_gone != Some(!present) {
            let told = self.load_gone.is_some() || !present;
            self.load_gone = Some(!present);
            if told {
                self.marks.push(Mark { at: now, kind: MarkKind::LoadGone, begins: !present });
            }
        }
    }

    /// What was marked since the start.
    pub(super) fn take(&mut self) -> Vec<Mark> {
        let mut marks = std::mem::take(&mut self.marks);
        marks.sort_by_key(|mark| mark.at);
        marks
    }
}

fn voltages(params: &Params) -> Vec<Watched> {
    let volts = |limit: Millivolts| f64::from(limit.0) * 1e-3;
    let (voltage, balance) = (&params.voltage, &params.balance);
    let above = |kind, quantity, level| Watched { kind, edge: Edge::above(quantity, volts(level)) };
    let below = |kind, quantity, level| Watched { kind, edge: Edge::below(quantity, volts(level)) };
    let released = MarkKind::Released;
    let (high, low) = (Quantity::CellMax, Quantity::CellMin);
    // PS-BAL-1 wants more than the start difference, PS-BAL-2 ends at the stop difference.
    let start = Edge::above(Quantity::Spread, volts(balance.active_start)).strictly();
    vec![
        below(released(Reasons::OVER_VOLTAGE), high, voltage.over_release),
        below(released(Reasons::ABNORMAL_HIGH_VOLTAGE), high, voltage.abnormal_high_release),
        above(released(Reasons::UNDER_VOLTAGE), low, voltage.under_release),
        above(released(Reasons::LOW_VOLTAGE_PROHIBIT), low, voltage.low_prohibit_release),
        Watched { kind: MarkKind::Unbalanced, edge: start },
        below(MarkKind::Balanced, Quantity::Spread, balance.active_stop),
    ]
}

/// Temperatures release beyond their value, not at it (AMB-X-01).
fn temperatures(params: &Params) -> Vec<Watched> {
    let cooled = |reason, quantity, level| Watched {
        kind: MarkKind::Released(reason),
        edge: Edge::below(quantity, level).strictly(),
    };
    let warmed = |reason, quantity, level| Watched {
        kind: MarkKind::Released(reason),
        edge: Edge::above(quantity, level).strictly(),
    };
    let (cells, mosfets) = (levels(&params.cell_temperature), levels(&params.mos_temperature));
    vec![
        cooled(Reasons::CELL_CHARGE_HOT, Quantity::CellHot, cells[0]),
        warmed(Reasons::CELL_CHARGE_COLD, Quantity::CellCold, cells[1]),
        cooled(Reasons::CELL_DISCHARGE_HOT, Quantity::CellHot, cells[2]),
        warmed(Reasons::CELL_DISCHARGE_COLD, Quantity::CellCold, cells[3]),
        cooled(Reasons::MOS_CHARGE_HOT, Quantity::MosHot, mosfets[0]),
        warmed(Reasons::MOS_CHARGE_COLD, Quantity::MosCold, mosfets[1]),
        cooled(Reasons::MOS_DISCHARGE_HOT, Quantity::MosHot, mosfets[2]),
        warmed(Reasons::MOS_DISCHARGE_COLD, Quantity::MosCold, mosfets[3]),
    ]
}

/// Release levels of charge hot, charge cold, discharge hot, discharge cold, °C.
fn levels(limits: &TemperatureLimits) -> [f64; 4] {
    let degrees = |limit: Centicelsius| f64::from(limit.0) * 0.01;
    [
        degrees(limits.charge_high_release),
        degrees(limits.charge_low_release),
        degrees(limits.discharge_high_release),
        degrees(limits.discharge_low_release),
    ]
}

fn currents(params: &Params) -> Vec<Watched> {
    // PS-STA-1: a current flows from the state threshold at the shunt on.
    let shunt_ohm = f64::from(params.shunt_nano_ohm) * 1e-9;
    let flowing = f64::from(params.voltage.state_detect.0) * 1e-6 / shunt_ohm;
    let limiter = f64::from(params.limiter.activation.0) * 1e-3;
    let current = Quantity::Current;
    vec![
        Watched { kind: MarkKind::Discharging, edge: Edge::below(current, -flowing) },
        Watched { kind: MarkKind::Charging, edge: Edge::above(current, flowing) },
        Watched { kind: MarkKind::LimiterDue, edge: Edge::above(current, limiter) },
    ]
}
