//! The six LEDs: four for SOC, one alarm, one run (PS-LED-1 to PS-LED-10).

/// The state of one LED.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Led {
    /// Dark.
    #[default]
    Off,
    /// Lit.
    On,
    /// Flashing.
    Flash,
}

/// All six LEDs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Leds {
    /// State of charge, the lowest step first.
    pub soc: [Led; 4],
    /// Alarm.
    pub alarm: Led,
    /// Run.
    pub run: Led,
}
