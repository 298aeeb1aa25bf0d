//! The parts of the power path in detail: what resistance they have now, how warm they are, and
//! what they report (equations (P1) to (P8) of `docs/physics-plant.md`).

use super::switches::Leg;
use crate::note::Note;
use crate::parts::{Fuse, Impedance, PathParts, ResistorParts};
use crate::setup::BoardSetup;
use crate::trace::Switch;

/// Temperature at which resistances are stated, °C.
const STATED_AT_C: f64 = 25.0;
/// Temperature at which the ratio of channel resistances is stated, °C.
const HOT_C: f64 = 100.0;
/// 0 °C in kelvin.
const ZERO_C_K: f64 = 273.15;

/// What the path is during one segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathNow {
    /// Cells to port through both MOSFETs, shunt and fuse, ohm; none while the fuse is blown.
    pub(super) ohm: Option<f64>,
    /// Part of it that does not heat the bank, ohm.
    pub(super) outside_ohm: f64,
    /// Channels of both banks together, ohm.
    pub(super) channel_ohm: f64,
    /// The shunt itself, ohm.
    pub(super) shunt_ohm: f64,
    /// The shunt as its sense connection shows it, ohm.
    pub(super) sense_ohm: f64,
    /// What the sense connection adds, volt.
    pub(super) sense_v: f64,
    /// Drop of a body diode, volt.
    pub(super) diode_v: f64,
    /// Pre-charge resistor, ohm; none where it is open.
    pub(super) precharge_ohm: Option<f64>,
    /// Low-cell resistor, ohm.
    pub(super) low_cell_ohm: f64,
    /// Output current of the limiter, ampere.
    pub(super) limiter_a: f64,
}

impl PathNow {
    /// The way through both channels.
    pub(super) fn leg(&self) -> Option<Leg> {
        let (drop_v, outside_ohm) = (0.0, self.outside_ohm);
        self.ohm.map(|ohm| Leg { ohm, drop_v, outside_ohm, through_precharge: false })
    }
}

/// What is broken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PathFaults {
    /// The fuse is blown by the fault.
    pub(super) fuse_blown: bool,
    /// The pre-charge resistor is open.
    pub(super) precharge_open: bool,
    /// The limiter lets this through, ampere.
    pub(super) limiter_a: Option<f64>,
    /// From the positive terminal to ground, ohm.
    pub(super) ground_ohm: Option<f64>,
    /// Share more of the shunt's resistance.
    pub(super) drift: f64,
    /// What is left of a burnt shunt, ohm.
    pub(super) shunt_ohm: Option<f64>,
    /// The sense connection reads nothing.
    pub(super) silent: bool,
    /// The sense leads are swapped.
    pub(super) reversed: bool,
}

/// How far a body is warmer than what it sits on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rise(pub(super) f64);

impl Rise {
    /// A power that changes along a line from one value to another within `span`, equation (P3).
    fn advance(&mut self, body: Impedance, from_w: f64, to_w: f64, span: f64) {
        let (from_k, to_k) = (body.k_w * from_w, body.k_w * to_w);
        let slope = (to_k - from_k) / span;
        let lag_k = slope * body.tau_s;
        let memory_k = self.0 - from_k + lag_k;
        self.0 = to_k - lag_k + memory_k * libm::exp(-span / body.tau_s);
    }
}

/// A current above the reported level, until it is zero again.
#[derive(Clone, Copy, Debug, Default)]
struct Passage {
    square_a2s: f64,
    joule: f64,
    peak_a: f64,
}

/// What happened in the path over a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathLoad {
    /// Length, second.
    pub(super) span: f64,
    /// Current at five moments at equal distances, ampere.
    pub(super) current_a: [f64; 5],
    /// Integral of its square, A²s.
    pub(super) square_a2s: f64,
    /// Loss in the discharge and in the charge MOSFETs at these moments, watt.
    pub(super) loss_w: [[f64; 5]; 2],
    /// Heat in the pre-charge resistor, joule.
    pub(super) precharge_j: f64,
    /// What the pack's terminals gave, joule.
    pub(super) pack_j: f64,
}

/// The path with its memory.
#[derive(Clone, Debug)]
pub(super) struct PathState {
    parts: PathParts,
    /// What is broken.
    pub(super) faults: PathFaults,
    junctions: [Rise; 2],
    is_hot: [bool; 2],
    shunt: Rise,
    melted_a2s: f64,
    is_blown: bool,
    resistor_c: f64,
    resistor_is_hot: bool,
    passage: Option<Passage>,
}

impl PathState {
    pub(super) fn new(parts: &PathParts, ambient_c: f64) -> Self {
        Self {
            parts: parts.clone(),
            faults: PathFaults::default(),
            junctions: [Rise::default(); 2],
            is_hot: [false; 2],
            shunt: Rise::default(),
            melted_a2s: 0.0,
            is_blown: false,
            resistor_c: ambient_c,
            resistor_is_hot: false,
            passage: None,
        }
    }

    /// The path with its bank at this temperature, equations (P1) and (P2).
    pub(super) fn now(&self, board: &BoardSetup, bank_c: f64) -> PathNow {
        let (parts, faults) = (&self.parts, &self.faults);
        let junction_c = bank_c + 0.5 * (self.junctions[0].0 + self.junctions[1].0);
        let cold_ohm = board.path_ohm * parts.mosfets.channel_share;
        let channel_ohm = if cold_ohm > 0.0 {
            cold_ohm * hot_factor(parts.mosfets.hot_ratio, junction_c)
        } else {
            0.0
        };
        let shunt_c = bank_c + self.shunt.0;
        let warm = 1.0 + parts.shunt.tempco_per_k * (shunt_c - STATED_AT_C);
        let sound_ohm = board.shunt_ohm * (1.0 + faults.drift) * warm;
        let shunt_ohm = faults.shunt_ohm.unwrap_or(sound_ohm);
        let sign = if faults.reversed { -1.0 } else { 1.0 };
        let gain = if faults.silent { 0.0 } else { sign * (1.0 + parts.shunt.gain) };
        let fuse_ohm = parts.fuse.map_or(0.0, |fuse| fuse.ohm);
        let more_ohm = (channel_ohm - cold_ohm) + (shunt_ohm - board.shunt_ohm);
        let is_open = self.is_blown || faults.fuse_blown;
        PathNow {
            ohm: (!is_open).then_some(board.path_ohm + more_ohm + fuse_ohm),
            outside_ohm: fuse_ohm,
            channel_ohm,
            shunt_ohm,
            sense_ohm: shunt_ohm * gain,
            sense_v: if faults.silent { 0.0 } else { parts.shunt.offset_v },
            diode_v: board.body_diode_v,
            precharge_ohm: (!faults.precharge_open).then_some(board.precharge_ohm),
            low_cell_ohm: board.low_cell_precharge_ohm,
            limiter_a: faults.limiter_a.unwrap_or(board.limiter_a),
        }
    }

    /// The melting integral after this much of I², equation (P5), and what it may reach.
    pub(super) fn melting(&self, square_a2s: f64, span: f64) -> Option<(f64, f64)> {
        let fuse = self.parts.fuse.filter(|_| !self.is_blown)?;
        Some((melted(fuse, self.melted_a2s, square_a2s, span), fuse.melting_a2s))
    }

    /// Blows the fuse.
    pub(super) fn blow(&mut self) -> Note {
        self.is_blown = true;
        Note::FuseBlown { a2s: self.melted_a2s }
    }

    /// Whether anything here asks for the loads of segments.
    pub(super) fn is_plain(&self) -> bool {
        let parts = &self.parts;
        parts.mosfets.junction.is_none()
            && parts.shunt.heating.is_none()
            && parts.fuse.is_none()
            && parts.precharge.is_none()
            && parts.let_through_above_a.is_none()
    }

    /// Takes up what happened over a segment and says what is worth it.
    pub(super) fn take(
        &mut self,
        load: &PathLoad,
        now: &PathNow,
        bank_c: f64,
        ambient_c: f64,
    ) -> Vec<Note> {
        let mut notes = Vec::new();
        if let Some(fuse) = self.parts.fuse {
            self.melted_a2s = melted(fuse, self.melted_a2s, load.square_a2s, load.span);
        }
        if let Some(body) = self.parts.shunt.heating {
            let watts = load.current_a.map(|current| current * current * now.shunt_ohm);
            warm(&mut self.shunt, body, watts, load.span);
        }
        self.warm_junctions(load, bank_c, &mut notes);
        if let Some(resistor) = self.parts.precharge {
            self.warm_resistor(resistor, load, ambient_c, &mut notes);
        }
        if let Some(above_a) = self.parts.let_through_above_a {
            self.let_through(above_a, load, &mut notes);
        }
        notes
    }

    fn warm_junctions(&mut self, load: &PathLoad, bank_c: f64, notes: &mut Vec<Note>) {
        let Some(body) = self.parts.mosfets.junction else { return };
        let limit_c = self.parts.mosfets.limits.map(|limits| limits.junction_c);
        for (bank, switch) in [Switch::Discharge, Switch::Charge].into_iter().enumerate() {
            let peak_k = warm(&mut self.junctions[bank], body, load.loss_w[bank], load.span);
            let celsius = bank_c + peak_k;
            let is_hot = limit_c.is_some_and(|limit_c| celsius > limit_c);
            if let (true, false, Some(limit_c)) = (is_hot, self.is_hot[bank], limit_c) {
                notes.push(Note::JunctionHot { switch, celsius, limit_c });
            }
            self.is_hot[bank] = is_hot;
        }
    }

    /// Equation (P6).
    fn warm_resistor(
        &mut self,
        body: ResistorParts,
        load: &PathLoad,
        ambient_c: f64,
        notes: &mut Vec<Note>,
    ) {
        let rate = body.to_ambient_w_k / body.heat_j_k;
        let inflow_w =
            load.precharge_j / load.span - body.to_ambient_w_k * (self.resistor_c - ambient_c);
        self.resistor_c += inflow_w / body.heat_j_k * super::thermal::reach(rate, load.span);
        let is_hot = self.resistor_c > body.limit_c;
        if is_hot && !self.resistor_is_hot {
            notes.push(Note::PrechargeHot { celsius: self.resistor_c, limit_c: body.limit_c });
        }
        self.resistor_is_hot = is_hot;
    }

    fn let_through(&mut self, above_a: f64, load: &PathLoad, notes: &mut Vec<Note>) {
        let peak_a = load.current_a.iter().fold(0.0, |peak: f64, current| peak.max(current.abs()));
        if self.passage.is_none() && peak_a > above_a {
            self.passage = Some(Passage::default());
        }
        let Some(passage) = &mut self.passage else { return };
        passage.square_a2s += load.square_a2s;
        passage.joule += load.pack_j.abs();
        passage.peak_a = passage.peak_a.max(peak_a);
        if load.current_a[4] == 0.0 || peak_a < above_a {
            let Passage { square_a2s: a2s, joule, peak_a } = *passage;
            notes.push(Note::LetThrough { a2s, joule, peak_a });
            self.passage = None;
        }
    }

    /// What an edge's heat means for the MOSFETs, equation (P4).
    pub(super) fn edge_note(
        &self,
        switch: Switch,
        joule: f64,
        span: f64,
        clamped: bool,
    ) -> Option<Note> {
        let limits = self.parts.mosfets.limits?;
        Some(if clamped {
            Note::Avalanche { switch, joule, share: joule / limits.avalanche_j }
        } else {
            let share = joule / (limits.soa_w_root_s * libm::sqrt(span));
            Note::EdgeHeat { switch, joule, share }
        })
    }
}

/// Follows a loss given at five moments and returns the highest rise on the way.
fn warm(rise: &mut Rise, body: Impedance, watts: [f64; 5], span: f64) -> f64 {
    let mut peak_k = rise.0;
    for pair in watts.windows(2) {
        rise.advance(body, pair[0], pair[1], 0.25 * span);
        peak_k = peak_k.max(rise.0);
    }
    peak_k
}

/// Equation (P5): the element cools while it is heated.
fn melted(fuse: Fuse, from_a2s: f64, square_a2s: f64, span: f64) -> f64 {
    let share = span / fuse.cooling_s;
    let lasting = if share > 0.0 { -libm::expm1(-share) / share } else { 1.0 };
    from_a2s * libm::exp(-share) + square_a2s * lasting
}

/// Channel resistance over that at 25 °C, equation (P1).
fn hot_factor(ratio: f64, celsius: f64) -> f64 {
    let kelvin = |celsius: f64| celsius + ZERO_C_K;
    let power = libm::log(ratio) / libm::log(kelvin(HOT_C) / kelvin(STATED_AT_C));
    libm::pow(kelvin(celsius).max(1.0) / kelvin(STATED_AT_C), power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channel_follows_its_power_of_the_absolute_temperature() {
        approx::assert_relative_eq!(hot_factor(1.5, 100.0), 1.5, max_relative = 1e-12);
        approx::assert_relative_eq!(hot_factor(1.5, 25.0), 1.0, max_relative = 1e-12);
        assert!(hot_factor(1.5, -20.0) < 0.8);
        approx::assert_relative_eq!(hot_factor(1.0, 100.0), 1.0);
    }

    /// A step of power: P R (1 - exp(-t / tau)), in one go and in pieces.
    #[test]
    fn a_junction_follows_a_step_of_power_with_its_time_constant() {
        let body = Impedance { k_w: 0.5, tau_s: 3e-3 };
        for pieces in [1, 7] {
            let mut rise = Rise::default();
            for _ in 0..pieces {
                warm(&mut rise, body, [80.0; 5], 6e-3 / f64::from(pieces));
            }
            let exact = 80.0 * 0.5 * -libm::expm1(-2.0);
            approx::assert_relative_eq!(rise.0, exact, max_relative = 1e-12);
        }
    }

    /// At constant current: -tau ln(1 - M / (I² tau)).
    #[test]
    fn a_fuse_at_constant_current_melts_when_its_closed_form_says() {
        let fuse = Fuse { ohm: 1e-4, melting_a2s: 6e5, cooling_s: 20.0 };
        let square = 300.0 * 300.0;
        let exact = -20.0 * libm::log1p(-6e5 / (square * 20.0));
        approx::assert_relative_eq!(melted(fuse, 0.0, square * exact, exact), 6e5, epsilon = 1e-3);
        let carries = 6e5 / 20.0;
        assert!(melted(fuse, 0.0, carries * 1e5, 1e5) <= 6e5 * (1.0 + 1e-12));
    }
}
