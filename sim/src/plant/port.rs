//! What is attached to the port, and the algebraic operating point of pack, charger and load
//! (equations (20) to (24) of `docs/physics-plant.md`).

use super::switches::Leg;
use crate::parts::LimiterParts;
use crate::setup::{Charger, Load};

/// A constant-power load that gave up starts again this far above its lock-out, volt.
pub(super) const RESTART_ABOVE_V: f64 = 4.0;
/// Resistance that stands for none, ohm.
pub(super) const OHM_MIN: f64 = 1e-9;

/// A charger and whether it has ended its charge.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChargerState {
    /// Its ratings.
    pub(super) charger: Charger,
    /// It has ended its charge and stays at its open voltage without current.
    pub(super) stopped: bool,
}

/// A load with its memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoadState {
    /// What it is.
    pub(super) load: Load,
    /// Whether its constant power is drawn.
    pub(super) running: bool,
    /// Voltage of its capacitor, volt.
    pub(super) capacitor_v: f64,
    /// Current in its inductance, into the load, ampere.
    pub(super) coil_a: f64,
}

impl LoadState {
    pub(super) fn new(load: Load) -> Self {
        let (running, capacitor_v) = match load {
            Load::Inverter { start_v, cut_off_v, .. } => {
                (start_v >= cut_off_v + RESTART_ABOVE_V, start_v)
            }
            _ => (true, 0.0),
        };
        Self { load, running, capacitor_v, coil_a: 0.0 }
    }

    /// Power and lock-out, where it has a constant power, W and V.
    pub(super) fn power(&self) -> Option<(f64, f64)> {
        match self.load {
            Load::Power { watts, cut_off_v } => Some((watts, cut_off_v)),
            Load::Inverter { watts, cut_off_v, .. } if watts > 0.0 => Some((watts, cut_off_v)),
            _ => None,
        }
    }

    /// Power drawn now, W.
    pub(super) fn watts(&self) -> f64 {
        self.power().filter(|_| self.running).map_or(0.0, |(watts, _)| watts)
    }

    /// Series resistance and inductance of its cable, ohm and henry.
    pub(super) fn cable(&self) -> (f64, f64) {
        match self.load {
            Load::Short { ohm, henry } | Load::Inverter { ohm, henry, .. } => (ohm, henry),
            Load::Resistance(ohm) => (ohm, 0.0),
            _ => (0.0, 0.0),
        }
    }

    /// Capacitance, farad, and conductance of the bleeder across it, siemens.
    pub(super) fn tank(&self) -> Option<(f64, f64)> {
        match self.load {
            Load::Inverter { farad, bleeder_ohm, .. } => Some((farad, 1.0 / bleeder_ohm)),
            _ => None,
        }
    }

    /// Current drawn in the steady state from a source behind a resistance, ampere; none where a
    /// constant power finds no operating point, equation (21).
    fn drawn_from(&self, source_v: f64, source_ohm: f64) -> Option<f64> {
        let short_a = source_v / source_ohm;
        match self.load {
            Load::Current(amperes) => Some(amperes.min(short_a.max(0.0))),
            Load::Resistance(ohm) | Load::Short { ohm, .. } => Some(source_v / (source_ohm + ohm)),
            Load::Power { .. } => {
                let volts = supported_v(source_v, source_ohm, 0.0, self.watts())?;
                Some(if self.running { self.watts() / volts } else { 0.0 })
            }
            Load::Inverter { ohm, bleeder_ohm, .. } => {
                let leak = 1.0 / bleeder_ohm;
                let ohm = source_ohm + ohm;
                // Without an operating point the capacitor is on its way down from half the source.
                let volts = supported_v(source_v, ohm, leak, self.watts());
                Some((source_v - volts.unwrap_or(0.5 * source_v)) / ohm.max(OHM_MIN))
            }
        }
    }

    /// Voltage of the capacitor when this steady current flows from that port voltage, volt.
    fn settled_v(&self, port_v: f64, load_a: f64) -> f64 {
        port_v - self.cable().0 * load_a
    }
}

/// Voltage across a leak and a constant power behind a resistance: the upper root of
/// v²(1 + R g) - E v + P R = 0, equation (21).
fn supported_v(source_v: f64, source_ohm: f64, leak: f64, watts: f64) -> Option<f64> {
    let square = 1.0 + source_ohm * leak;
    let under_root = source_v * source_v - 4.0 * square * watts * source_ohm;
    let volts = (source_v + libm::sqrt(under_root.max(0.0))) / (2.0 * square);
    (under_root >= 0.0 && volts > 0.0).then_some(volts)
}

/// The pack with one of its legs, seen from the port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch {
    /// Port voltage at zero current at which it begins to conduct, volt.
    pub(super) emf_v: f64,
    /// Resistance of cells, joints and leg, ohm.
    pub(super) ohm: f64,
    /// The leg.
    pub(super) leg: Leg,
}

/// The charge limiter at work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limiter {
    /// Output current, ampere.
    pub(super) ampere: f64,
    /// Resistance from the cells to its output, ohm.
    pub(super) ohm: f64,
    /// What it is.
    pub(super) parts: LimiterParts,
}

/// Everything that meets at the port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Network {
    /// The way into the pack.
    pub(super) charge: Option<Branch>,
    /// The way out of it.
    pub(super) discharge: Option<Branch>,
    /// The limiter where it may work.
    pub(super) limiter: Option<Limiter>,
    /// Pack voltage at rest, volt.
    pub(super) rest_v: f64,
    /// The charger.
    pub(super) charger: Option<ChargerState>,
    /// The load.
    pub(super) load: Option<LoadState>,
    /// Current that a heater takes at the port, ampere.
    pub(super) heater_a: f64,
}

/// The pack's part in an operating point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// Current flows (or could) through this leg into the pack.
    Into(Leg),
    /// Current flows out of the pack through this leg.
    OutOf(Leg),
    /// The limiter feeds the pack.
    Limited,
    /// Nothing.
    Open,
}

/// An operating point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operating {
    /// Pack current, ampere, charge positive.
    pub(super) pack_a: f64,
    /// Port voltage, volt.
    pub(super) port_v: f64,
    /// Current of the charger less that of a heater at the port, ampere.
    pub(super) charger_a: f64,
    /// Current into the load, ampere.
    pub(super) load_a: f64,
    /// Voltage of the load's capacitor, volt.
    pub(super) capacitor_v: f64,
    /// The charger holds its voltage rather than its current.
    pub(super) holds_voltage: bool,
    /// What the pack does.
    pub(super) way: Way,
}

impl Network {
    /// The charger, if it gives current.
    pub(super) fn active_charger(&self) -> Option<Charger> {
        self.charger.filter(|charger| !charger.stopped).map(|charger| charger.charger)
    }

    /// The charger's current at its limit, and none without one, less that of a heater at the port,
    /// ampere.
    pub(super) fn supplied_a(&self) -> f64 {
        self.active_charger().map_or(0.0, |charger| charger.current_a) - self.heater_a
    }

    /// The steady operating point, equation (20).
    pub(super) fn operating_point(&self) -> Operating {
        let Some(charger) = self.active_charger() else {
            let fed = self.with_current(self.supplied_a());
            return fed.or_else(|| self.with_current(0.0)).unwrap_or_else(|| self.idle(0.0));
        };
        if let Some(limited) = self.limited(charger) {
            return limited;
        }
        let constant_current = self.with_current(self.supplied_a());
        if let Some(point) = constant_current.filter(|point| point.port_v <= charger.voltage_v) {
            return point;
        }
        let voltage = self.with_voltage(charger);
        voltage.or_else(|| self.with_current(0.0)).unwrap_or_else(|| self.idle(charger.current_a))
    }

    /// The point with this charger current, if pack or load can take it.
    fn with_current(&self, charger_a: f64) -> Option<Operating> {
        self.through(self.discharge, charger_a, -1.0)
            .or_else(|| self.through(self.charge, charger_a, 1.0))
            .or_else(|| self.bypassing(charger_a))
    }

    /// The point at which the pack conducts through a branch in the direction of `sign`.
    fn through(&self, branch: Option<Branch>, charger_a: f64, sign: f64) -> Option<Operating> {
        let branch = branch?;
        let source_v = branch.emf_v + branch.ohm * charger_a;
        let load_a = self.load_a(source_v, branch.ohm)?;
        let pack_a = charger_a - load_a;
        let way = if sign > 0.0 { Way::Into(branch.leg) } else { Way::OutOf(branch.leg) };
        let waits = self.is_tied() || (sign < 0.0 && self.load.is_some());
        let conducts = pack_a * sign > 0.0 || (pack_a == 0.0 && waits);
        let point = self.point(source_v - branch.ohm * load_a, charger_a, load_a);
        conducts.then_some(Operating { pack_a, way, ..point })
    }

    /// Both legs conduct without a diode: at zero current the port shows the pack.
    fn is_tied(&self) -> bool {
        let bare = |branch: Option<Branch>| branch.is_some_and(|branch| branch.leg.drop_v == 0.0);
        bare(self.discharge) && bare(self.charge)
    }

    /// The point at which the charger feeds the load alone.
    fn bypassing(&self, charger_a: f64) -> Option<Operating> {
        let load = self.load.filter(|_| charger_a > 0.0)?;
        match load.load {
            Load::Resistance(ohm) | Load::Short { ohm, .. } => {
                Some(self.point(charger_a * ohm, charger_a, charger_a))
            }
            _ => None,
        }
    }

    /// The point at the charger's voltage, if it can supply what that takes.
    fn with_voltage(&self, charger: Charger) -> Option<Operating> {
        let port_v = charger.voltage_v;
        let load_a = self.load_a(port_v, 0.0)?;
        let over = |branch: Branch| (branch, (port_v - branch.emf_v) / branch.ohm);
        let into = self.charge.map(over).filter(|(_, current)| *current > 0.0);
        let out = self.discharge.map(over).filter(|(_, current)| *current < 0.0);
        let (pack_a, way) = match (into, out) {
            (Some((branch, current)), _) => (current, Way::Into(branch.leg)),
            (None, Some((branch, current))) => (current, Way::OutOf(branch.leg)),
            (None, None) => (0.0, Way::Open),
        };
        let charger_a = pack_a + load_a;
        let point = self.point(port_v, charger_a, load_a);
        (0.0..=charger.current_a).contains(&(charger_a + self.heater_a)).then_some(Operating {
            pack_a,
            way,
            holds_voltage: true,
            ..point
        })
    }

    /// The point at which the limiter feeds the pack, equation (24).
    fn limited(&self, charger: Charger) -> Option<Operating> {
        let Limiter { ampere: limit_a, ohm, parts } = self.limiter?;
        let port_v = charger.voltage_v;
        let load_a = self.load_a(port_v, 0.0)?;
        let spare_w = port_v * (self.supplied_a() - load_a) * parts.efficiency;
        if port_v < self.rest_v + parts.headroom_v || spare_w <= 0.0 {
            return None;
        }
        let pack_a = limit_a.min(spare_w / (self.rest_v + ohm * limit_a));
        let input_w = pack_a * (self.rest_v + ohm * pack_a) / parts.efficiency;
        let point = self.point(port_v, load_a + input_w / port_v, load_a);
        Some(Operating { pack_a, way: Way::Limited, ..point })
    }

    /// No current anywhere: who holds the port?
    fn idle(&self, charger_a: f64) -> Operating {
        let port_v = match (self.load, self.charger) {
            (Some(load), _) if load.tank().is_some() => load.capacitor_v,
            (Some(_), _) => 0.0,
            (None, Some(charger)) if !self.is_tied() => charger.charger.voltage_v,
            (None, _) => self.rest_v,
        };
        let load_a = if self.load.is_some() { charger_a } else { 0.0 };
        self.point(port_v, load_a, load_a)
    }

    fn load_a(&self, source_v: f64, source_ohm: f64) -> Option<f64> {
        self.load.map_or(Some(0.0), |load| load.drawn_from(source_v, source_ohm))
    }

    fn point(&self, port_v: f64, charger_a: f64, load_a: f64) -> Operating {
        let capacitor_v = self.load.map_or(0.0, |load| load.settled_v(port_v, load_a));
        let (pack_a, way, holds_voltage) = (0.0, Way::Open, false);
        Operating { pack_a, port_v, charger_a, load_a, capacitor_v, holds_voltage, way }
    }
}
