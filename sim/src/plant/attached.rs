//! A load with its memory, and what it draws at a moment (equations (W3) to (W6) of
//! `docs/physics-plant.md`).

use super::port::{OHM_MIN, RESTART_ABOVE_V, supported_v};
use crate::parts::{BusCapacitor, Cable};
use crate::setup::{Charger, Driven, Load, Manner, OtherPack, Profile};
use crate::time::SimTime;
use cell_models::cell::{CellState, Decay};

/// A decaying surplus below this share of the whole is over.
pub(super) const DECAYED: f64 = 1e-6;
/// Pieces in which a resolved half-wave is followed.
const PIECES_PER_PERIOD: f64 = 48.0;
/// Two diodes of the rectifier through which a pack drives a reversed charger, volt.
const RECTIFIER_V: f64 = 1.4;
/// Resistance of a reversed charger without a stated one, ohm.
const REVERSED_OHM: f64 = 0.01;

/// What a load wants at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wish {
    /// A current, ampere.
    Current(f64),
    /// A power, watt; negative gives.
    Power(f64),
    /// Whatever flows through its resistance.
    Flow,
    /// A capacitor with a leak and a power: farad, siemens, watt.
    Tank(f64, f64, f64),
    /// A source of this voltage behind its resistance, volt.
    Source(f64),
}

/// A load at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    /// What it wants.
    pub(super) wish: Wish,
    /// Resistance in series, ohm.
    pub(super) ohm: f64,
    /// Inductance in series, henry.
    pub(super) henry: f64,
    /// Voltage of its capacitor, volt.
    pub(super) capacitor_v: f64,
    /// Current in its inductance, into the load, ampere.
    pub(super) coil_a: f64,
    /// A constant current out of its capacitor, ampere.
    pub(super) sunk_a: f64,
    /// A resolved alternating current besides, ampere.
    pub(super) extra_a: f64,
    /// An alternating current that only heats, ampere rms.
    pub(super) ripple_a: f64,
    /// Port voltage while nothing conducts, volt, if it is the load's.
    pub(super) open_v: Option<f64>,
}

impl Draw {
    /// Power drawn, W.
    pub(super) fn watts(&self) -> f64 {
        match self.wish {
            Wish::Power(watts) | Wish::Tank(.., watts) => watts,
            _ => 0.0,
        }
    }

    /// Series resistance and inductance, ohm and henry.
    pub(super) fn cable(&self) -> (f64, f64) {
        (self.ohm, self.henry)
    }

    /// Capacitance, farad, and conductance of the bleeder across it, siemens.
    pub(super) fn tank(&self) -> Option<(f64, f64)> {
        if let Wish::Tank(farad, leak, _) = self.wish { Some((farad, leak)) } else { None }
    }

    /// Voltage behind resistance and inductance, volt.
    pub(super) fn end_v(&self) -> f64 {
        if let Wish::Source(emf_v) = self.wish { emf_v } else { self.capacitor_v }
    }

    /// Current drawn in the steady state from a source behind a resistance, ampere; none where a
    /// constant power finds no operating point, equation (21).
    pub(super) fn drawn_from(&self, source_v: f64, source_ohm: f64) -> Option<f64> {
        let own_a = match self.wish {
            Wish::Current(ampere) => ampere.min((source_v / source_ohm).max(0.0)),
            Wish::Flow => source_v / (source_ohm + self.ohm),
            Wish::Power(watts) => {
                let volts = supported_v(source_v, source_ohm + self.ohm, 0.0, watts)?;
                watts / volts
            }
            Wish::Tank(_, leak, watts) => {
                let ohm = source_ohm + self.ohm;
                if self.sunk_a != 0.0 && watts == 0.0 {
                    let volts = (source_v - ohm * self.sunk_a) / (1.0 + ohm * leak);
                    return Some((source_v - volts.max(0.0)) / ohm.max(OHM_MIN));
                }
                // Without an operating point the capacitor is on its way down from half the source.
                let volts = supported_v(source_v, ohm, leak, watts);
                (source_v - volts.unwrap_or(0.5 * source_v)) / ohm.max(OHM_MIN)
            }
            Wish::Source(emf_v) => (source_v - emf_v) / (source_ohm + self.ohm).max(OHM_MIN),
        };
        Some(own_a + self.extra_a)
    }

    /// Voltage of the capacitor when this steady current flows from that port voltage, volt.
    pub(super) fn settled_v(&self, port_v: f64, load_a: f64) -> f64 {
        port_v - self.ohm * load_a
    }

    /// Port voltage while a charger feeds it alone with this current, volt.
    pub(super) fn bypass_v(&self, charger_a: f64) -> Option<f64> {
        match self.wish {
            Wish::Flow => Some(charger_a * self.ohm),
            Wish::Source(emf_v) => Some(emf_v + charger_a * self.ohm),
            _ => None,
        }
    }
}

/// The other pack's memory.
#[derive(Clone, Copy, Debug)]
struct OtherState {
    state: CellState,
    charging: bool,
}

/// A load with its memory.
#[derive(Clone, Debug)]
pub(super) struct LoadState {
    /// What it is.
    load: Load,
    /// When it was connected.
    since: SimTime,
    /// Whether its constant power is drawn.
    pub(super) running: bool,
    /// Voltage of its capacitor, volt.
    pub(super) capacitor_v: f64,
    /// Current in its inductance, into the load, ampere.
    pub(super) coil_a: f64,
    other: Option<OtherState>,
    /// It is a part of the charger: what the open port shows, volt.
    reversed_v: Option<f64>,
    /// It is a part of the charger.
    pub(super) of_charger: bool,
    /// Nothing is attached: the board's capacitor is all there is.
    of_board: bool,
    /// The board's capacitor, which stands across its terminals.
    pub(super) bus: Option<BusCapacitor>,
}

impl LoadState {
    pub(super) fn new(load: Load, since: SimTime) -> Self {
        let (running, capacitor_v) = match base(&load) {
            Load::Inverter { start_v, cut_off_v, .. } => {
                (*start_v >= cut_off_v + RESTART_ABOVE_V, *start_v)
            }
            _ => (true, 0.0),
        };
        let other = match base(&load) {
            Load::Pack(pack) => {
                let state = CellState::rested(pack.soc, pack.temperature_c);
                Some(OtherState { state, charging: false })
            }
            _ => None,
        };
        let (coil_a, reversed_v, of_charger) = (0.0, None, false);
        Self {
            load,
            since,
            running,
            capacitor_v,
            coil_a,
            other,
            reversed_v,
            of_charger,
            of_board: false,
            bus: None,
        }
    }

    /// Nothing, which a board's capacitor stands beside.
    pub(super) fn nothing(since: SimTime) -> Self {
        Self { of_board: true, ..Self::new(Load::Current(0.0), since) }
    }

    /// Whether somebody has attached a load.
    pub(super) fn is_attached(&self) -> bool {
        !self.of_charger && !self.of_board
    }

    /// What a charger shows of itself besides its current, if there is such a thing: its output
    /// capacitor, or its rectifier where it is reversed.
    pub(super) fn of_charger(charger: &Charger, since: SimTime, start_v: f64) -> Option<Self> {
        let Manner { farad, ohm, reversed, .. } = charger.manner;
        if !reversed && farad <= 0.0 {
            return None;
        }
        let (henry, watts, cut_off_v, bleeder_ohm) = (0.0, 0.0, 0.0, f64::INFINITY);
        let tank = Load::Inverter { farad, ohm, henry, start_v, bleeder_ohm, watts, cut_off_v };
        let of_charger = Self { of_charger: true, ..Self::new(tank, since) };
        Some(Self { reversed_v: reversed.then_some(-charger.voltage_v), ..of_charger })
    }

    /// Power and lock-out, where it has a constant power, W and V.
    pub(super) fn power(&self) -> Option<(f64, f64)> {
        match *base(&self.load) {
            Load::Power { watts, cut_off_v } => Some((watts, cut_off_v)),
            Load::Inverter { watts, cut_off_v, .. } if watts > 0.0 => Some((watts, cut_off_v)),
            _ => None,
        }
    }

    fn watts(&self) -> f64 {
        self.power().filter(|_| self.running).map_or(0.0, |(watts, _)| watts)
    }

    /// What it is at `at`, behind this cable.
    pub(super) fn draw(&self, at: SimTime, cable: Cable) -> Draw {
        let (wish, ohm, henry) = self.wish(at);
        let (ripple_a, extra_a) = match self.load {
            Load::Rippling { rms_a, resolved_hz: None, .. } => (rms_a, 0.0),
            Load::Rippling { rms_a, resolved_hz: Some(hz), .. } => {
                let turns = hz * at.seconds_since(self.since);
                let phase = 2.0 * std::f64::consts::PI * (turns - libm::floor(turns));
                (0.0, std::f64::consts::SQRT_2 * rms_a * libm::sin(phase))
            }
            _ => (0.0, 0.0),
        };
        let has_way = !matches!(wish, Wish::Current(_) | Wish::Power(_));
        let draw = Draw {
            wish,
            ohm: if matches!(wish, Wish::Current(_)) { 0.0 } else { ohm + cable.ohm },
            henry: if has_way { henry + cable.henry } else { 0.0 },
            capacitor_v: self.capacitor_v,
            coil_a: self.coil_a,
            sunk_a: 0.0,
            extra_a,
            ripple_a,
            open_v: match wish {
                Wish::Source(emf_v) => Some(self.reversed_v.unwrap_or(emf_v)),
                _ => None,
            },
        };
        self.bus.as_ref().map_or(draw, |bus| draw.beside(bus, henry))
    }

    /// Wish, resistance and inductance.
    fn wish(&self, at: SimTime) -> (Wish, f64, f64) {
        match base(&self.load) {
            _ if self.reversed_v.is_some() => {
                let Load::Inverter { ohm, .. } = self.load else { return (Wish::Flow, 0.0, 0.0) };
                let ohm = if ohm > 0.0 { ohm } else { REVERSED_OHM };
                (Wish::Source(-RECTIFIER_V), ohm, 0.0)
            }
            Load::Current(ampere) => (Wish::Current(*ampere), 0.0, 0.0),
            Load::Power { .. } => (Wish::Power(self.watts()), 0.0, 0.0),
            Load::Resistance(ohm) => (Wish::Flow, *ohm, 0.0),
            Load::Short { ohm, henry } => (Wish::Flow, *ohm, *henry),
            Load::PulsedShort { ohm, henry, on, every } => {
                let into = (at.0 - self.since.0) % every.0.max(1);
                if into < on.0 {
                    (Wish::Flow, *ohm, *henry)
                } else {
                    (Wish::Current(0.0), 0.0, 0.0)
                }
            }
            Load::Inverter { farad, ohm, henry, bleeder_ohm, .. } => {
                (Wish::Tank(*farad, 1.0 / bleeder_ohm, self.watts()), *ohm, *henry)
            }
            Load::Motor { ampere, inrush, decay_s } => {
                let surplus = (inrush - 1.0) * libm::exp(-at.seconds_since(self.since) / decay_s);
                (Wish::Current(ampere * (1.0 + surplus)), 0.0, 0.0)
            }
            Load::Profile { of, profile } => {
                let value = profile.at(SimTime(at.0 - self.since.0));
                let wish =
                    if *of == Driven::Power { Wish::Power(value) } else { Wish::Current(value) };
                (wish, 0.0, 0.0)
            }
            Load::Pack(pack) => {
                (Wish::Source(self.other_v(pack)), self.other_ohm(pack), pack.henry)
            }
            Load::Rippling { .. } => (Wish::Current(0.0), 0.0, 0.0),
        }
    }

    fn other_v(&self, pack: &OtherPack) -> f64 {
        self.other.map_or(0.0, |other| cells(pack) * pack.params.emf(&other.state))
    }

    fn other_ohm(&self, pack: &OtherPack) -> f64 {
        let own = |other: OtherState| cells(pack) * pack.params.r0(&other.state, other.charging);
        pack.ohm + self.other.map_or(0.0, own)
    }

    /// The other pack has taken this mean current for a while, ampere.
    pub(super) fn pass(&mut self, mean_a: f64, span_s: f64) {
        let (Load::Pack(pack), Some(other)) = (base(&self.load), &mut self.other) else { return };
        if span_s > 0.0 {
            let _ = pack.params.advance(&mut other.state, mean_a, span_s, &mut Decay::default());
            other.charging = mean_a > 0.0;
        }
    }

    /// Whether it changes by the current that it takes.
    pub(super) fn has_cells(&self) -> bool {
        self.other.is_some()
    }

    /// Whether it moves by itself just after `at`.
    pub(super) fn moves(&self, at: SimTime) -> bool {
        if matches!(self.load, Load::Rippling { resolved_hz: Some(_), .. }) {
            return true;
        }
        match base(&self.load) {
            Load::Motor { inrush, decay_s, .. } => {
                inrush.abs() * libm::exp(-at.seconds_since(self.since) / decay_s) > DECAYED
            }
            Load::Profile { profile, .. } => is_sloped(profile, SimTime(at.0 - self.since.0)),
            _ => false,
        }
    }

    /// The first moment after `at` at which it turns or jumps.
    pub(super) fn next_turn(&self, at: SimTime) -> Option<SimTime> {
        let age = SimTime(at.0 - self.since.0);
        let turn = match base(&self.load) {
            Load::PulsedShort { on, every, .. } => {
                let every = every.0.max(1);
                let (begun, into) = (age.0 - age.0 % every, age.0 % every);
                Some(SimTime(if into < on.0 { begun + on.0 } else { begun + every }))
            }
            Load::Profile { profile, .. } => next_point(profile, age),
            _ => None,
        };
        let piece = match self.load {
            Load::Rippling { resolved_hz: Some(hz), .. } => {
                let length = 1.0 / (hz * PIECES_PER_PERIOD);
                let piece = libm::floor(age.as_secs_f64() / length + 1e-6) + 1.0;
                Some(SimTime(super::planner::span_of(piece * length).0))
            }
            _ => None,
        };
        let turns = [turn, piece].into_iter().flatten().min()?;
        Some(SimTime(self.since.0 + turns.0))
    }
}

fn cells(pack: &OtherPack) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few dozen cells")]
    let cells = pack.cells as f64;
    cells
}

/// The load without its ripple.
fn base(load: &Load) -> &Load {
    if let Load::Rippling { load, .. } = load { base(load) } else { load }
}

pub(super) fn next_point(profile: &Profile, age: SimTime) -> Option<SimTime> {
    let next = profile.points.partition_point(|(at, _)| *at <= age);
    profile.points.get(next).map(|(at, _)| *at)
}

/// Whether a profile changes along a line just after `age`.
pub(super) fn is_sloped(profile: &Profile, age: SimTime) -> bool {
    let next = profile.points.partition_point(|(at, _)| *at <= age);
    let pair = next.checked_sub(1).and_then(|before| Some((before, profile.points.get(next)?)));
    let changes =
        pair.is_some_and(|(before, after)| profile.points[before].1.to_bits() != after.1.to_bits());
    changes && profile.shape == crate::setup::Shape::Linear
}
