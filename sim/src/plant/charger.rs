//! A charger with its memory, and what it supplies at a moment (equations (W1) and (W2) of
//! `docs/physics-plant.md`).

use super::attached::{DECAYED, is_sloped, next_point};
use super::planner::span_of;
use crate::setup::Charger;
use crate::time::{SimTime, Span};

/// Whether the charger's current finds its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outlet {
    /// It does.
    Taken,
    /// Nobody has taken it since this moment.
    Dumped(SimTime),
    /// It has given up until this moment.
    Off(SimTime),
}

/// A charger at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Supply {
    /// Current, ampere.
    pub(super) current_a: f64,
    /// Voltage, volt.
    pub(super) voltage_v: f64,
    /// It ends its charge below this, ampere.
    pub(super) stop_below_a: f64,
    /// It gives no current.
    pub(super) stopped: bool,
    /// Voltage that it shows without current, volt, if it shows any.
    pub(super) open_v: Option<f64>,
}

/// A charger with its memory.
#[derive(Clone, Debug)]
pub(super) struct ChargerState {
    charger: Charger,
    connected: SimTime,
    /// Its current loop began.
    since: SimTime,
    /// It has ended its charge and stays at its open voltage without current.
    pub(super) stopped: bool,
    outlet: Outlet,
}

impl ChargerState {
    pub(super) fn new(charger: Charger, now: SimTime) -> Self {
        Self { charger, connected: now, since: now, stopped: false, outlet: Outlet::Taken }
    }

    /// What it is at `at`.
    pub(super) fn supply(&self, at: SimTime) -> Supply {
        let manner = &self.charger.manner;
        let dumps = match self.outlet {
            Outlet::Dumped(since) => at < since + manner.dump,
            _ => false,
        };
        let own_v = self.charger.voltage_v;
        let voltage_v = manner.dump_v.filter(|_| dumps).unwrap_or(own_v);
        let is_off = matches!(self.outlet, Outlet::Off(_));
        Supply {
            current_a: self.current_a(at),
            voltage_v,
            stop_below_a: self.charger.stop_below_a,
            stopped: self.stopped || is_off,
            open_v: (!is_off).then_some(voltage_v),
        }
    }

    /// Equations (W1) and (W2).
    fn current_a(&self, at: SimTime) -> f64 {
        let manner = &self.charger.manner;
        let profile = manner.profile.as_ref();
        let limit_a = profile.map_or(self.charger.current_a, |profile| {
            profile.at(SimTime(at.0 - self.connected.0)).clamp(0.0, self.charger.current_a)
        });
        if at < self.risen() {
            return limit_a.min(manner.slew_a_s.unwrap_or(0.0) * at.seconds_since(self.since));
        }
        if manner.overshoot == 0.0 {
            return limit_a;
        }
        let since_s = at.seconds_since(self.risen());
        limit_a * (1.0 + manner.overshoot * libm::exp(-since_s / manner.overshoot_s))
    }

    /// When the current has risen to its value.
    fn risen(&self) -> SimTime {
        let rise = |slew_a_s: f64| span_of(self.charger.current_a / slew_a_s);
        self.since + self.charger.manner.slew_a_s.map_or(Span(0), rise)
    }

    /// Whether it moves by itself just after `at`.
    pub(super) fn moves(&self, at: SimTime) -> bool {
        let manner = &self.charger.manner;
        if self.stopped || matches!(self.outlet, Outlet::Off(_)) {
            return false;
        }
        let risen = self.risen();
        let overshoots = manner.overshoot != 0.0
            && at >= risen
            && manner.overshoot * libm::exp(-at.seconds_since(risen) / manner.overshoot_s)
                > DECAYED;
        let age = SimTime(at.0 - self.connected.0);
        at < risen
            || overshoots
            || manner.profile.as_ref().is_some_and(|profile| is_sloped(profile, age))
    }

    /// The first moment after `at` at which it turns or jumps.
    pub(super) fn next_turn(&self, at: SimTime) -> Option<SimTime> {
        let manner = &self.charger.manner;
        let age = SimTime(at.0 - self.connected.0);
        let point = manner.profile.as_ref().and_then(|profile| next_point(profile, age));
        let point = point.map(|age| SimTime(self.connected.0 + age.0));
        let outlet = match self.outlet {
            Outlet::Taken => [None, None],
            Outlet::Dumped(since) => {
                [Some(since + manner.dump), manner.hiccup.map(|hiccup| since + hiccup.after)]
            }
            Outlet::Off(until) => [Some(until), None],
        };
        let turns = outlet.into_iter().chain([point, Some(self.risen())]).flatten();
        turns.filter(|turn| *turn > at).min()
    }

    /// Takes note of whether its current finds a way; whether that changes what it does.
    pub(super) fn watch_outlet(&mut self, now: SimTime, taken: bool) -> bool {
        let manner = &self.charger.manner;
        if self.stopped || (manner.dump_v.is_none() && manner.hiccup.is_none()) {
            return false;
        }
        let before = self.outlet;
        self.outlet = match (before, manner.hiccup) {
            (Outlet::Off(until), _) if now < until => before,
            (Outlet::Off(_), _) => {
                self.since = now;
                Outlet::Taken
            }
            (_, _) if taken => Outlet::Taken,
            (Outlet::Dumped(since), Some(hiccup)) if now >= since + hiccup.after => {
                Outlet::Off(now + hiccup.pause)
            }
            (Outlet::Dumped(_), _) => before,
            (Outlet::Taken, _) if self.current_a(now) > 0.0 => Outlet::Dumped(now),
            (Outlet::Taken, _) => before,
        };
        before != self.outlet
    }
}
