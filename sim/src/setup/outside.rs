//! What can be attached to the port: loads and chargers.

use super::Profile;
use crate::time::Span;
use cell_models::cell::CellParams;
use std::sync::Arc;

/// A load at the port. Resistances include the cable.
#[derive(Clone, Debug, PartialEq)]
pub enum Load {
    /// Draws this current, ampere, as long as the port has voltage.
    Current(f64),
    /// Draws this power, watt; gives up below the under-voltage lock-out, volt.
    Power {
        /// Power, W.
        watts: f64,
        /// Lock-out, V.
        cut_off_v: f64,
    },
    /// A resistor, ohm.
    Resistance(f64),
    /// A bolted short or a cable: resistance and inductance in series.
    Short {
        /// Loop resistance outside the pack and board, ohm.
        ohm: f64,
        /// Loop inductance, henry; 0 for none.
        henry: f64,
    },
    /// A short that comes and goes, beginning with contact.
    PulsedShort {
        /// Loop resistance outside the pack and board, ohm.
        ohm: f64,
        /// Loop inductance, henry; 0 for none. What it stores when the contact opens burns there.
        henry: f64,
        /// How long a contact lasts; shorter than its distance.
        on: Span,
        /// Distance from contact to contact, positive.
        every: Span,
    },
    /// An inverter's input: capacitor behind cable resistance and inductance; once its bus is up
    /// it draws a power.
    Inverter {
        /// Input capacitance, farad.
        farad: f64,
        /// Cable and capacitor resistance, ohm.
        ohm: f64,
        /// Cable inductance, henry; 0 for none.
        henry: f64,
        /// Voltage of the capacitor when it is connected, volt.
        start_v: f64,
        /// A resistor across the capacitor, ohm; infinite for none.
        bleeder_ohm: f64,
        /// Power drawn above the lock-out, W.
        watts: f64,
        /// Lock-out, V.
        cut_off_v: f64,
    },
    /// A motor that starts: its current is `inrush` times its own at first and decays to it.
    Motor {
        /// Running current, ampere.
        ampere: f64,
        /// Starting current over running current; 3 to 8.
        inrush: f64,
        /// Time constant of the decay, second, positive; a third of the 50 to 300 ms of a start.
        decay_s: f64,
    },
    /// Draws what a profile says from the moment of connection; negative gives back.
    Profile {
        /// What the profile is of.
        of: Driven,
        /// Ampere or watt over the time since connection.
        profile: Arc<Profile>,
    },
    /// Another pack in parallel, with its switches closed.
    Pack(Arc<OtherPack>),
    /// A load with an alternating current on top of its own.
    Rippling {
        /// The load.
        load: Arc<Load>,
        /// Alternating current, ampere rms.
        rms_a: f64,
        /// Frequency, hertz, to follow every half-wave through shunt and comparators; not for a
        /// load with a capacitor or an inductance. Without it the ripple only heats.
        resolved_hz: Option<f64>,
    },
}

/// What a load profile is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driven {
    /// Current, ampere.
    Current,
    /// Power, watt.
    Power,
}

/// Another pack: equal cells in series behind its cable.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherPack {
    /// Its cells.
    pub params: Arc<CellParams>,
    /// How many of them in series.
    pub cells: usize,
    /// State of charge when it is connected, 0 to 1.
    pub soc: f64,
    /// Temperature of its cells, °C; it stays.
    pub temperature_c: f64,
    /// Resistance of its board and of the cable between the packs, ohm.
    pub ohm: f64,
    /// Inductance of that loop, henry; 0 for none.
    pub henry: f64,
}

/// A constant-current, constant-voltage charger.
#[derive(Clone, Debug, PartialEq)]
pub struct Charger {
    /// Constant current, ampere.
    pub current_a: f64,
    /// Constant voltage at its terminals, volt.
    pub voltage_v: f64,
    /// It stops when the current has fallen below this, ampere; 0 for never.
    pub stop_below_a: f64,
    /// What else it does; nothing by default.
    pub manner: Manner,
}

impl Charger {
    /// An ideal charger.
    #[must_use]
    pub fn ideal(current_a: f64, voltage_v: f64, stop_below_a: f64) -> Self {
        Self { current_a, voltage_v, stop_below_a, manner: Manner::default() }
    }
}

/// What a charger does that an ideal one does not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manner {
    /// Its current loop overshoots by this share of the current when it starts; 0.05 to 0.2.
    pub overshoot: f64,
    /// Time constant with which the overshoot decays, second; 0.01 to 0.1.
    pub overshoot_s: f64,
    /// It raises its current no faster than this, ampere per second.
    pub slew_a_s: Option<f64>,
    /// Capacitor at its output, farad; 0 for none. Counts while no load is attached.
    pub farad: f64,
    /// Resistance of that capacitor and the charger's cable, ohm.
    pub ohm: f64,
    /// When the pack stops taking its current, its voltage jumps to this, volt, and falls back
    /// after `dump`.
    pub dump_v: Option<f64>,
    /// How long the voltage of a load dump lasts.
    pub dump: Span,
    /// It gives up when nobody takes its current, and tries again.
    pub hiccup: Option<Hiccup>,
    /// Its current limit over the time since connection, ampere: a PV array behind its tracker.
    pub profile: Option<Arc<Profile>>,
    /// It is connected the wrong way round: an open port shows its voltage reversed, a pack that
    /// conducts finds its rectifier. It stands in a load's place.
    pub reversed: bool,
}

/// A charger that loses its battery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hiccup {
    /// It switches off after this time without current.
    pub after: Span,
    /// It tries again after this pause, positive.
    pub pause: Span,
}
