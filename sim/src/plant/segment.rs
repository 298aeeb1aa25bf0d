//! A segment of the recent past: what every node did between two moments, readable in between
//! (equation (13) of `docs/physics-plant.md`).

use super::sense::SenseCourse;
use super::thermal::reach;
use super::trajectory::{Current, Trajectory};
use crate::time::SimTime;

/// A cell's (or the pack's) voltage over a segment, split into what the pack current makes at once
/// and the rest, which moves slowly: a chord with a bow.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    /// Voltage without the pack current's ohmic part at the start, volt.
    pub(super) from_v: f64,
    /// The same at the end, volt.
    pub(super) to_v: f64,
    /// How far the middle lies off the chord, volt.
    pub(super) bow_v: f64,
    /// Resistance to the pack current, ohm.
    pub(super) ohm: f64,
    /// Seen at the pins besides, volt.
    pub(super) pins_v: f64,
    /// Seen at the pins besides, ohm.
    pub(super) pins_ohm: f64,
}

impl Shape {
    /// The slow part at share `u` of the segment, volt.
    pub(super) fn slow_v(&self, u: f64) -> f64 {
        self.from_v + (self.to_v - self.from_v) * u + 4.0 * self.bow_v * u * (1.0 - u)
    }

    /// Mean of the slow part between two shares, volt; Simpson's rule, exact for a parabola.
    pub(super) fn slow_mean_v(&self, from: f64, to: f64) -> f64 {
        let middle = 0.5 * (from + to);
        (self.slow_v(from) + 4.0 * self.slow_v(middle) + self.slow_v(to)) / 6.0
    }
}

/// How the voltage between P+ and P− follows.
#[derive(Clone, Copy, Debug)]
pub(super) enum PortLaw {
    /// The pack's voltage, plus this resistance times the pack current, plus this voltage.
    Through(f64, f64),
    /// Nothing is attached and nothing conducts: the pull-down shows the pack voltage.
    Rest,
    /// Held, volt.
    Held(f64),
    /// The freewheeling diode holds it below zero by this drop, volt.
    Freewheel(f64),
    /// The limiter works at this charger voltage.
    Limiter(f64),
    /// The load's: its capacitor, plus its resistance times its current, plus its inductance times
    /// the current's slope. The load current is the charger's (the last) less the pack's.
    Behind(f64, f64, f64),
}

/// How the capacitor of an inverter follows; volt.
#[derive(Clone, Copy, Debug)]
pub(super) enum CapacitorLaw {
    /// There is none, or it holds.
    Held(f64),
    /// It is part of the circuit's states.
    State,
    /// It is fed by charger and pack through a gate edge: voltage at the start, farad, and the
    /// charger's current less the leak, ampere.
    Fed(f64, f64, f64),
    /// It empties alone at a constant current: voltage at the start, farad, the bleeder's
    /// conductance, ampere.
    Sunk(f64, f64, f64, f64),
    /// It empties alone, equation (7): square of the voltage at the start, the square that it tends
    /// to (negative with a power drawn), the rate of the square (1/s).
    Alone(f64, f64, f64),
    /// It empties alone into a constant power: square at the start, slope of the square (V²/s).
    Drained(f64, f64),
}

/// A segment.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Its first moment.
    pub(super) start: SimTime,
    /// Its last moment.
    pub(super) end: SimTime,
    /// Length, second: every reading asks for it.
    pub(super) span_s: f64,
    /// Current and filter.
    pub(super) trajectory: Trajectory,
    /// One shape per cell.
    pub(super) cells: Vec<Shape>,
    /// The whole string with its joints.
    pub(super) pack: Shape,
    /// The port.
    pub(super) port: PortLaw,
    /// The load's capacitor.
    pub(super) capacitor: CapacitorLaw,
    /// The front end's inputs, where they do not simply show the taps.
    pub(super) sense: Option<SenseCourse>,
}

impl Segment {
    /// Length, second.
    pub(super) fn span_s(&self) -> f64 {
        self.span_s
    }

    /// Seconds from the start to `at`.
    pub(super) fn offset_s(&self, at: SimTime) -> f64 {
        at.seconds_since(self.start)
    }

    fn share(&self, t: f64) -> f64 {
        let span = self.span_s();
        if span > 0.0 { t / span } else { 0.0 }
    }

    /// Terminal voltage of a cell at `t` seconds, volt.
    pub(super) fn terminal_v(&self, cell: usize, t: f64) -> f64 {
        let shape = &self.cells[cell];
        shape.slow_v(self.share(t)) + shape.ohm * self.trajectory.current_a(t)
    }

    /// Terminal voltages of all cells at `t` seconds, volt: the bits of [`Segment::terminal_v`].
    pub(super) fn terminals_v(&self, t: f64) -> impl Iterator<Item = f64> {
        let (share, current_a) = (self.share(t), self.trajectory.current_a(t));
        self.cells.iter().map(move |shape| shape.slow_v(share) + shape.ohm * current_a)
    }

    /// Integral of the voltage at a cell's pins between two offsets, volt-second.
    pub(super) fn pins_integral(&self, cell: usize, from: f64, to: f64) -> f64 {
        if let Some(sense) = &self.sense {
            return sense.group_vs(cell, from, to);
        }
        let shape = &self.cells[cell];
        let slow = shape.slow_mean_v(self.share(from), self.share(to)) + shape.pins_v;
        slow * (to - from) + (shape.ohm + shape.pins_ohm) * self.charge_c(from, to)
    }

    /// Voltage at a cell's pins at `t` seconds, volt.
    pub(super) fn pins_v(&self, cell: usize, t: f64) -> f64 {
        if let Some(sense) = &self.sense {
            return sense.group_v(cell, t);
        }
        let shape = &self.cells[cell];
        let fast = shape.pins_ohm * self.trajectory.current_a(t);
        self.terminal_v(cell, t) + shape.pins_v + fast
    }

    /// Charge passed between two offsets, coulomb.
    pub(super) fn charge_c(&self, from: f64, to: f64) -> f64 {
        match self.trajectory.current {
            Current::Steady(held) => held * (to - from),
            _ => self.trajectory.charge_c(to) - self.trajectory.charge_c(from),
        }
    }

    /// Integral of the voltage at the shunt's sense connection between two offsets, volt-second.
    pub(super) fn sense_integral(&self, from: f64, to: f64) -> f64 {
        let filter = &self.trajectory.filter;
        filter.shunt_ohm * self.charge_c(from, to) + filter.offset_v * (to - from)
    }

    /// Pack voltage at `t` seconds, volt.
    pub(super) fn pack_v(&self, t: f64) -> f64 {
        self.pack.slow_v(self.share(t)) + self.pack.ohm * self.trajectory.current_a(t)
    }

    /// Voltage of the load's capacitor at `t` seconds, volt.
    pub(super) fn capacitor_v(&self, t: f64) -> f64 {
        match self.capacitor {
            CapacitorLaw::Held(held) => held,
            CapacitorLaw::State => self.trajectory.capacitor_v(t).unwrap_or(0.0),
            CapacitorLaw::Fed(from, farad, feed) => {
                from + (feed * t - self.trajectory.charge_c(t)) / farad
            }
            CapacitorLaw::Alone(from, towards, rate) => {
                let square = towards + (from - towards) * libm::exp(-rate * t);
                libm::sqrt(square.max(0.0))
            }
            CapacitorLaw::Sunk(from, farad, leak, ampere) => {
                from - (ampere + leak * from) / farad * reach(leak / farad, t)
            }
            CapacitorLaw::Drained(from, slope) => libm::sqrt((from + slope * t).max(0.0)),
        }
    }

    /// Port voltage at `t` seconds, volt.
    pub(super) fn port_v(&self, t: f64) -> f64 {
        match self.port {
            PortLaw::Through(ohm, offset) => {
                self.pack_v(t) + ohm * self.trajectory.current_a(t) + offset
            }
            PortLaw::Rest => self.pack_v(t),
            PortLaw::Held(held) | PortLaw::Limiter(held) => held,
            PortLaw::Freewheel(drop_v) => -drop_v,
            PortLaw::Behind(ohm, henry, charger_a) => {
                let load_a = self.load_a(t, charger_a);
                self.capacitor_v(t) + ohm * load_a + henry * self.load_slope_a_s()
            }
        }
    }

    fn load_a(&self, t: f64, charger_a: f64) -> f64 {
        match &self.trajectory.current {
            Current::Response(course) => course.load_a(t),
            _ => charger_a - self.trajectory.current_a(t),
        }
    }

    fn load_slope_a_s(&self) -> f64 {
        match self.trajectory.current {
            Current::Ramp(_, slope) => -slope,
            _ => 0.0,
        }
    }
}
