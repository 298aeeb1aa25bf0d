//! The power path between cells and port: shunt, MOSFETs, fuse, resistors, limiter, cable.

use crate::time::Span;

/// What the parts of the power path do beyond the main figures of the board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathParts {
    /// The shunt.
    pub shunt: ShuntParts,
    /// The MOSFET bank.
    pub mosfets: MosfetParts,
    /// The main fuse; none by default.
    pub fuse: Option<Fuse>,
    /// The pre-charge resistor as a body that warms up; none by default.
    pub precharge: Option<ResistorParts>,
    /// The charge limiter.
    pub limiter: LimiterParts,
    /// Cable between the port and what is attached, besides its own.
    pub cable: Cable,
    /// A capacitor across the port, beyond the MOSFETs; none by default.
    pub bus: Option<BusCapacitor>,
    /// A diode across the port that carries an inductive load's current on: its drop, volt.
    pub freewheel_v: Option<f64>,
    /// An interruption of more than this is reported with what it let through, ampere.
    pub let_through_above_a: Option<f64>,
}

/// Errors of the shunt and of its sense connection.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ShuntParts {
    /// The sense connection shows this share more than the shunt's voltage.
    pub gain: f64,
    /// The sense connection adds this, volt.
    pub offset_v: f64,
    /// Resistance rises by this share per kelvin above 25 °C. Metal foil 50e-6 to 100e-6; with
    /// copper in the sense loop up to 3.9e-3.
    pub tempco_per_k: f64,
    /// It is warmer than the bank it sits on, by its own loss.
    pub heating: Option<Impedance>,
}

/// A single-pole thermal impedance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impedance {
    /// Resistance, K/W, positive.
    pub k_w: f64,
    /// Time constant, second, positive.
    pub tau_s: f64,
}

/// The charge and discharge MOSFETs; each "switch" is a bank of parallel devices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MosfetParts {
    /// Share of the board's path resistance that is channel at 25 °C, both banks together, 0 to 1.
    pub channel_share: f64,
    /// Channel resistance at 100 °C over that at 25 °C; 1.4 to 1.7 for silicon.
    pub hot_ratio: f64,
    /// From the driver's edge to the start of the fall, charge MOSFET.
    pub charge_delay: Span,
    /// The same, discharge MOSFET.
    pub discharge_delay: Span,
    /// From the driver's edge to a conducting channel, either.
    pub on_delay: Span,
    /// From junction to the bank's case; the junctions have the case's temperature without it.
    pub junction: Option<Impedance>,
    /// What the devices bear; without limits nothing is reported.
    pub limits: Option<MosfetLimits>,
    /// Drain-source voltage at which the devices or their clamp break through, volt.
    pub clamp_v: Option<f64>,
}

impl Default for MosfetParts {
    fn default() -> Self {
        Self {
            channel_share: 0.0,
            hot_ratio: 1.0,
            charge_delay: Span(0),
            discharge_delay: Span(0),
            on_delay: Span(0),
            junction: None,
            limits: None,
            clamp_v: None,
        }
    }
}

/// Ratings of one bank of MOSFETs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MosfetLimits {
    /// Junction, °C; 150 or 175.
    pub junction_c: f64,
    /// Safe operating area at the pack's voltage: power times the root of its length, W s^½. A line
    /// of a data sheet's diagram, which heat flow into a thick body makes nearly straight.
    pub soa_w_root_s: f64,
    /// Energy of a single avalanche, joule.
    pub avalanche_j: f64,
}

/// A fuse that melts by its I²t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fuse {
    /// Resistance, ohm.
    pub ohm: f64,
    /// Melting integral, A²s, positive.
    pub melting_a2s: f64,
    /// How fast its element cools, second, positive: it carries sqrt(melting / cooling) for ever.
    pub cooling_s: f64,
}

/// A resistor that warms up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResistorParts {
    /// Heat capacity, J/K, positive.
    pub heat_j_k: f64,
    /// Conductance to ambient, W/K.
    pub to_ambient_w_k: f64,
    /// Temperature that it bears, °C.
    pub limit_c: f64,
}

/// The charge limiter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimiterParts {
    /// Share of its input that reaches the pack, above 0, at most 1 (estimate: 0.90 to 0.95).
    pub efficiency: f64,
    /// It needs this much more at the charger than at the pack, volt (estimate: 0.5 to 1 V).
    pub headroom_v: f64,
    /// From its pin to its current (estimate: 0.1 to 1 s).
    pub start: Span,
}

impl Default for LimiterParts {
    fn default() -> Self {
        Self { efficiency: 0.93, headroom_v: 0.5, start: Span(0) }
    }
}

/// The board's bus capacitor, which what is attached finds across its terminals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BusCapacitor {
    /// Capacitance, farad, positive.
    pub farad: f64,
    /// Resistance of itself and its way from the MOSFETs, ohm, positive (estimate: 1 to 10 mohm).
    pub ohm: f64,
    /// Resistor that empties it, ohm, positive; infinite for none.
    pub bleeder_ohm: f64,
    /// Voltage at the start, volt, not negative.
    pub start_v: f64,
}

/// Resistance and inductance in series.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cable {
    /// Resistance of the loop, ohm.
    pub ohm: f64,
    /// Inductance of the loop, henry; about 3 µH per metre of pair.
    pub henry: f64,
}

impl PathParts {
    /// What the equations cannot take, by name.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        let mosfets = &self.mosfets;
        let positive = [
            ("channel resistance ratio", Some(mosfets.hot_ratio)),
            ("limiter efficiency", Some(self.limiter.efficiency)),
            ("junction thermal resistance", mosfets.junction.map(|it| it.k_w)),
            ("junction time constant", mosfets.junction.map(|it| it.tau_s)),
            ("shunt thermal resistance", self.shunt.heating.map(|it| it.k_w)),
            ("shunt time constant", self.shunt.heating.map(|it| it.tau_s)),
            ("clamp voltage", mosfets.clamp_v),
            ("melting integral", self.fuse.map(|it| it.melting_a2s)),
            ("cooling time of the fuse", self.fuse.map(|it| it.cooling_s)),
            ("bus capacitance", self.bus.map(|it| it.farad)),
            ("resistance of the bus capacitor", self.bus.map(|it| it.ohm)),
            ("bleeder of the bus capacitor", self.bus.map(|it| it.bleeder_ohm.min(1e18))),
            ("heat capacity of the pre-charge resistor", self.precharge.map(|it| it.heat_j_k)),
        ];
        let not_negative = [
            ("channel share", Some(mosfets.channel_share)),
            ("fuse resistance", self.fuse.map(|it| it.ohm)),
            ("limiter headroom", Some(self.limiter.headroom_v)),
            ("cable resistance", Some(self.cable.ohm)),
            ("cable inductance", Some(self.cable.henry)),
            ("start voltage of the bus capacitor", self.bus.map(|it| it.start_v)),
            ("freewheel drop", self.freewheel_v),
            ("conductance of the pre-charge resistor", self.precharge.map(|it| it.to_ambient_w_k)),
        ];
        let refused = |(name, value): &(&str, Option<f64>), sound: fn(f64) -> bool, must: &str| {
            let value = value.filter(|value| !(value.is_finite() && sound(*value)))?;
            Some(format!("{name} is {value}, and must {must}"))
        };
        let positive = positive.iter().find_map(|it| refused(it, |v| v > 0.0, "be positive"));
        positive.or_else(|| {
            not_negative.iter().find_map(|it| refused(it, |v| v >= 0.0, "not be negative"))
        })
    }
}
