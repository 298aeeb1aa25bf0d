//! The switches of the power path: gates with edges, body diodes, resistor paths, and which way
//! current may take through them (equations (4) to (6) of `docs/physics-plant.md`).

use crate::setup::BoardSetup;
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
}

/// All switches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Switches {
    charge: Gate,
    discharge: Gate,
    precharge: bool,
    low_cell: bool,
    limiter: bool,
}

impl Switches {
    /// Everything off.
    pub(super) const fn all_off() -> Self {
        let (precharge, low_cell, limiter) = (false, false, false);
        Self { charge: Gate::Off, discharge: Gate::Off, precharge, low_cell, limiter }
    }

    /// Whether the driver holds this switch on.
    pub(super) fn is_on(&self, switch: Switch) -> bool {
        match switch {
            Switch::Charge => self.charge == Gate::On,
            Switch::Discharge => self.discharge == Gate::On,
            Switch::Precharge => self.precharge,
            Switch::LowCellPrecharge => self.low_cell,
            Switch::Limiter => self.limiter,
        }
    }

    /// Turns a switch on, or lets it fall until `off_at`; a resistor path has no edge.
    pub(super) fn set(&mut self, switch: Switch, on: bool, off_at: SimTime) {
        let gate = if on { Gate::On } else { Gate::Falling(off_at) };
        match switch {
            Switch::Charge => self.charge = gate,
            Switch::Discharge => self.discharge = gate,
            Switch::Precharge => self.precharge = on,
            Switch::LowCellPrecharge => self.low_cell = on,
            Switch::Limiter => self.limiter = on,
        }
    }

    /// The earliest end of an edge, if one is under way.
    pub(super) fn next_edge(&self) -> Option<SimTime> {
        [self.charge, self.discharge]
            .into_iter()
            .filter_map(|gate| if let Gate::Falling(at) = gate { Some(at) } else { None })
            .min()
    }

    /// Ends the edges due at `now` and names their switches, discharge first.
    pub(super) fn end_edges(&mut self, now: SimTime) -> Vec<Switch> {
        let mut ended = Vec::new();
        for (gate, name) in
            [(&mut self.discharge, Switch::Discharge), (&mut self.charge, Switch::Charge)]
        {
            if matches!(gate, Gate::Falling(at) if *at <= now) {
                *gate = Gate::Off;
                ended.push(name);
            }
        }
        ended
    }

    /// The way out of the pack: needs the discharge channel, passes the charge channel or its body
    /// diode; else the pre-charge resistor across both, equation (4).
    pub(super) fn discharge_leg(&self, board: &BoardSetup) -> Option<Leg> {
        let path = Leg { ohm: board.path_ohm, drop_v: 0.0, outside_ohm: 0.0 };
        if self.discharge == Gate::On {
            Some(Leg { drop_v: self.diode_v(self.charge, board), ..path })
        } else if self.precharge {
            let outside_ohm = board.precharge_ohm;
            Some(Leg { ohm: board.path_ohm + outside_ohm, outside_ohm, ..path })
        } else {
            None
        }
    }

    /// The way into the pack: needs the charge channel, passes the discharge channel or its body
    /// diode; else the low-cell resistor, equation (5).
    pub(super) fn charge_leg(&self, board: &BoardSetup) -> Option<Leg> {
        let path = Leg { ohm: board.path_ohm, drop_v: 0.0, outside_ohm: 0.0 };
        if self.charge == Gate::On {
            Some(Leg { drop_v: self.diode_v(self.discharge, board), ..path })
        } else if self.low_cell && !self.limiter {
            let outside_ohm = board.low_cell_precharge_ohm;
            Some(Leg { ohm: board.path_ohm + outside_ohm, outside_ohm, ..path })
        } else {
            None
        }
    }

    /// The limiter works only while the charge MOSFET is off.
    pub(super) fn is_limiting(&self) -> bool {
        self.limiter && self.charge != Gate::On
    }

    /// The diode takes over when the channel beside it has fallen.
    fn diode_v(&self, other: Gate, board: &BoardSetup) -> f64 {
        if other == Gate::Off { board.body_diode_v } else { 0.0 }
    }
}

/// The edge of a switch that interrupts a current: it falls to zero along a line, equation (6).
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// Pack current when the edge began, ampere.
    pub(super) from_a: f64,
    /// The charger's current when the edge began, ampere; it keeps it until the edge is over.
    pub(super) charger_a: f64,
    /// When it began.
    pub(super) began: SimTime,
    /// When the current is zero.
    pub(super) ends: SimTime,
}

impl Edge {
    /// Whether `switch`, falling, makes such an edge: the discharge MOSFET
    /// interrupts a discharge, the charge MOSFET a charge.
    pub(super) fn is_interrupted_by(self, switch: Switch) -> bool {
        let interrupts = match switch {
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
