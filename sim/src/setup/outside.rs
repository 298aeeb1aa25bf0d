//! What can be attached to the port: loads and chargers.

/// A load at the port. Resistances include the cable.
#[derive(Clone, Copy, Debug, PartialEq)]
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
}

/// A constant-current, constant-voltage charger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Charger {
    /// Constant current, ampere.
    pub current_a: f64,
    /// Constant voltage at its terminals, volt.
    pub voltage_v: f64,
    /// It stops when the current has fallen below this, ampere; 0 for never.
    pub stop_below_a: f64,
}
