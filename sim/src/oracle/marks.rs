//! Moments of the truth that a requirement counts a release or a start from: a quantity comes back
//! to its release level, a current begins or ends to flow, the load is gone. Nobody acts on them.

use super::on_the_line;
use crate::time::SimTime;
use crate::trace::{Mark, MarkKind};
use crate::world::Glance;
use bms_core::params::{Params, TemperatureLimits};
use bms_core::protect::Reasons;
use bms_core::units::{Centicelsius, Millivolts};

/// A state as "quantity minus level is at least zero", or above it where it is `strict`.
#[derive(Clone, Copy, Debug)]
struct Watched {
    kind: MarkKind,
    quantity: fn(&Glance) -> f64,
    level: f64,
    strict: bool,
}

impl Watched {
    fn holds(&self, margin: f64) -> bool {
        if self.strict { margin > 0.0 } else { margin >= 0.0 }
    }
}

/// Looks for the moments of one run.
#[derive(Debug)]
pub(super) struct Marker {
    watched: Vec<Watched>,
    margins: Vec<f64>,
    last: Option<SimTime>,
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
        let margins = vec![0.0; watched.len()];
        Self { watched, margins, last: None, load_gone: None, marks: Vec::new() }
    }

    /// Looks at the truth; `jumped` says that it changed at this very moment.
    pub(super) fn look(&mut self, now: SimTime, glance: &Glance, jumped: bool) {
        let first = self.marks.len();
        for (watched, old) in self.watched.iter().zip(&mut self.margins) {
            let margin = (watched.quantity)(glance) - watched.level;
            let held = self.last.is_some() && watched.holds(*old);
            if watched.holds(margin) != held {
                let at = match self.last {
                    Some(since) if !jumped => on_the_line(since, *old, now, margin),
                    _ => now,
                };
                self.marks.push(Mark { at, kind: watched.kind, begins: !held });
            }
            *old = margin;
        }
        self.marks[first..].sort_by_key(|mark| mark.at);
        self.last = Some(now);
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
    let row = |kind, quantity, level| Watched { kind, quantity, level, strict: false };
    let released = MarkKind::Released;
    vec![
        row(released(Reasons::OVER_VOLTAGE), |g| -g.cell_max_v, -volts(voltage.over_release)),
        row(
            released(Reasons::ABNORMAL_HIGH_VOLTAGE),
            |g| -g.cell_max_v,
            -volts(voltage.abnormal_high_release),
        ),
        row(released(Reasons::UNDER_VOLTAGE), |g| g.cell_min_v, volts(voltage.under_release)),
        row(
            released(Reasons::LOW_VOLTAGE_PROHIBIT),
            |g| g.cell_min_v,
            volts(voltage.low_prohibit_release),
        ),
        // PS-BAL-1 wants more than the start difference, PS-BAL-2 ends at the stop difference.
        Watched {
            kind: MarkKind::Unbalanced,
            quantity: |g| g.cell_max_v - g.cell_min_v,
            level: volts(balance.active_start),
            strict: true,
        },
        row(MarkKind::Balanced, |g| g.cell_min_v - g.cell_max_v, -volts(balance.active_stop)),
    ]
}

/// Temperatures release beyond their value, not at it (AMB-X-01).
fn temperatures(params: &Params) -> Vec<Watched> {
    let row = |reason, quantity, level| Watched {
        kind: MarkKind::Released(reason),
        quantity,
        level,
        strict: true,
    };
    let (cells, mosfets) = (levels(&params.cell_temperature), levels(&params.mos_temperature));
    vec![
        row(Reasons::CELL_CHARGE_HOT, |g| -g.cell_hot_c, -cells[0]),
        row(Reasons::CELL_CHARGE_COLD, |g| g.cell_cold_c, cells[1]),
        row(Reasons::CELL_DISCHARGE_HOT, |g| -g.cell_hot_c, -cells[2]),
        row(Reasons::CELL_DISCHARGE_COLD, |g| g.cell_cold_c, cells[3]),
        row(Reasons::MOS_CHARGE_HOT, |g| -g.mos_hot_c, -mosfets[0]),
        row(Reasons::MOS_CHARGE_COLD, |g| g.mos_cold_c, mosfets[1]),
        row(Reasons::MOS_DISCHARGE_HOT, |g| -g.mos_hot_c, -mosfets[2]),
        row(Reasons::MOS_DISCHARGE_COLD, |g| g.mos_cold_c, mosfets[3]),
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
    let row = |kind, quantity, level| Watched { kind, quantity, level, strict: false };
    vec![
        row(MarkKind::Discharging, |g| -g.current_a, flowing),
        row(MarkKind::Charging, |g| g.current_a, flowing),
        row(MarkKind::LimiterDue, |g| g.current_a, limiter),
    ]
}
