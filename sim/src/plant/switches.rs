//! The switches of the power path: gates with delays and edges, body diodes, resistor paths, and
//! which way current may take through them (equations (4) to (6) of `docs/physics-plant.md`).

use super::path::PathNow;
use crate::time::SimTime;
use crate::trace::Switch;

/// State of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// The channel conducts.
    On,
    /// It was told to turn off and has done so at this moment.
    Falling(SimTime),
    /// It does not conduct.
    Off,
}

/// A way for current: a resistance and a diode's drop in series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Leg {
    /// Resistance of the whole leg, ohm.
    pub(super) ohm: f64,
    /// Forward drop on the way, volt, not negative.
    pub(super) drop_v: f64,
    /// Part of the resistance that does not heat the MOSFET bank, ohm.
    pub(super) outside_ohm: f64,
    /// It leads through the pre-charge resistor.
    pub(super) through_precharge: bool,
}

/// One switch: what its driver wants, what its gate does, and what is broken about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    /// What the driver says.
    pub(super) driven: bool,
    /// What the gate does.
    pub(super) gate: Gate,
    /// The gate follows the driver at this moment.
    pub(super) pending: Option<(SimTime, bool)>,
    /// It conducts, or does not, whatever the driver says.
    pub(super) stuck: Option<bool>,
    /// Its gate falls this many times slower.
    pub(super) slow: Option<f64>,
    /// It leaks while it is off, ohm.
    pub(super) leak_ohm: Option<f64>,
}

/// All switches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Switches {
    channels: [Channel; 5],
}

/// In this order ends of edges and of delays are dealt with.
const ORDER: [Switch; 5] = [
    Switch::Discharge,
    Switch::Charge,
    Switch::Precharge,
    Switch::LowCellPrecharge,
    Switch::Limiter,
];

fn index(switch: Switch) -> usize {
    match switch {
        Switch::Discharge => 0,
        Switch::Charge => 1,
        Switch::Precharge => 2,
        Switch::LowCellPrecharge => 3,
        Switch::Limiter => 4,
    }
}

impl Switches {
    /// Everything off.
    pub(super) const fn all_off() -> Self {
        let off = Channel {
            driven: false,
            gate: Gate::Off,
            pending: None,
            stuck: None,
            slow: None,
            leak_ohm: None,
        };
        Self { channels: [off; 5] }
    }

    /// A switch, to change it.
    pub(super) fn channel(&mut self, switch: Switch) -> &mut Channel {
        &mut self.channels[index(switch)]
    }

    fn of(&self, switch: Switch) -> &Channel {
        &self.channels[index(switch)]
    }

    /// Whether the driver holds this switch on.
    pub(super) fn is_driven(&self, switch: Switch) -> bool {
        self.of(switch).driven
    }

    /// Whether the channel conducts as it should.
    pub(super) fn is_on(&self, switch: Switch) -> bool {
        self.of(switch).gate == Gate::On
    }

    /// How many times slower than sound the gate falls.
    pub(super) fn slowness(&self, switch: Switch) -> Option<f64> {
        self.of(switch).slow
    }

    /// Turns a switch on, or lets it fall until `off_at`; a resistor path has no edge.
    pub(super) fn set(&mut self, switch: Switch, on: bool, off_at: SimTime) {
        let has_edge = matches!(switch, Switch::Charge | Switch::Discharge);
        let off = if has_edge { Gate::Falling(off_at) } else { Gate::Off };
        self.channel(switch).gate = if on { Gate::On } else { off };
    }

    /// The earliest end of an edge or of a gate's delay, if one is under way.
    pub(super) fn next_edge(&self) -> Option<SimTime> {
        let falls = self.channels.iter().filter_map(|channel| match channel.gate {
            Gate::Falling(at) => Some(at),
            _ => None,
        });
        let pending = self.channels.iter().filter_map(|channel| channel.pending);
        falls.chain(pending.map(|(at, _)| at)).min()
    }

    /// Ends the edges due at `now` and names their switches, discharge first.
    pub(super) fn end_edges(&mut self, now: SimTime) -> Vec<Switch> {
        let mut ended = Vec::new();
        for switch in ORDER {
            let channel = self.channel(switch);
            if matches!(channel.gate, Gate::Falling(at) if at <= now) {
                channel.gate = Gate::Off;
                ended.push(switch);
            }
        }
        ended
    }

    /// Ends the delays due at `now`: which gates follow their drivers, and where to.
    pub(super) fn end_delays(&mut self, now: SimTime) -> Vec<(Switch, bool)> {
        let mut due = Vec::new();
        for switch in ORDER {
            let channel = self.channel(switch);
            if let Some((_, on)) = channel.pending.filter(|(at, _)| *at <= now) {
                channel.pending = None;
                due.push((switch, on));
            }
        }
        due
    }

    /// The way out of the pack: needs the discharge channel, passes the charge channel or its body
    /// diode; else the pre-charge resistor across both, equation (4); else what leaks.
    pub(super) fn discharge_leg(&self, path: &PathNow) -> Option<Leg> {
        let drop_v = self.diode_v(Switch::Charge, path);
        let main = Leg { drop_v, ..path.leg()? };
        if self.is_on(Switch::Discharge) {
            Some(main)
        } else if let Some(ohm) = path.precharge_ohm.filter(|_| self.is_on(Switch::Precharge)) {
            Some(Leg { drop_v: 0.0, through_precharge: true, ..outside(main, ohm) })
        } else {
            self.of(Switch::Discharge).leak_ohm.map(|ohm| Leg { ohm: main.ohm + ohm, ..main })
        }
    }

    /// The way into the pack: needs the charge channel, passes the discharge channel or its body
    /// diode; else the low-cell resistor, equation (5); else what leaks.
    pub(super) fn charge_leg(&self, path: &PathNow) -> Option<Leg> {
        let drop_v = self.diode_v(Switch::Discharge, path);
        let main = Leg { drop_v, ..path.leg()? };
        if self.is_on(Switch::Charge) {
            Some(main)
        } else if self.is_on(Switch::LowCellPrecharge) && !self.is_on(Switch::Limiter) {
            Some(Leg { drop_v: 0.0, ..outside(main, path.low_cell_ohm) })
        } else {
            self.of(Switch::Charge).leak_ohm.map(|ohm| Leg { ohm: main.ohm + ohm, ..main })
        }
    }

    /// The limiter works only while the charge MOSFET is off.
    pub(super) fn is_limiting(&self) -> bool {
        self.is_on(Switch::Limiter) && !self.is_on(Switch::Charge)
    }

    /// The diode takes over when the channel beside it has fallen.
    fn diode_v(&self, other: Switch, path: &PathNow) -> f64 {
        if self.of(other).gate == Gate::Off { path.diode_v } else { 0.0 }
    }
}

fn outside(leg: Leg, ohm: f64) -> Leg {
    Leg { ohm: leg.ohm + ohm, outside_ohm: leg.outside_ohm + ohm, ..leg }
}

/// The edge of a switch that interrupts a current: it falls to zero along a line, equation (6).
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// Which switch interrupts.
    pub(super) switch: Switch,
    /// Pack current when the edge began, ampere.
    pub(super) from_a: f64,
    /// The charger's current when the edge began, ampere; it keeps it until the edge is over.
    pub(super) charger_a: f64,
    /// When it began.
    pub(super) began: SimTime,
    /// When the current is zero.
    pub(super) ends: SimTime,
    /// The clamp, not the gate, says how fast it falls.
    pub(super) clamped: bool,
    /// Heat in the MOSFETs so far, joule.
    pub(super) heat_j: f64,
}

impl Edge {
    /// Whether `switch`, falling, makes such an edge: the discharge MOSFET
    /// interrupts a discharge, the charge MOSFET a charge.
    pub(super) fn is_real(self) -> bool {
        let interrupts = match self.switch {
            Switch::Discharge => self.from_a < 0.0,
            Switch::Charge => self.from_a > 0.0,
            _ => false,
        };
        interrupts && self.ends > self.began
    }

    /// Slope of the current, ampere per second.
    pub(super) fn slope_a_s(&self) -> f64 {
        -self.from_a / self.ends.seconds_since(self.began)
    }

    /// Current at `at`, ampere.
    pub(super) fn current_a(&self, at: SimTime) -> f64 {
        self.from_a + self.slope_a_s() * at.seconds_since(self.began)
    }
}
