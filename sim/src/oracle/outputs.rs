//! What could chatter: every output of the board, with how often it may change.

use crate::trace::Switch;

/// More edges of one output than this within a minute are chatter.
const CHATTER_EDGES: usize = 20;
/// More changes of the LEDs than this within a minute are chatter.
const CHATTER_LEDS: usize = 60;
/// An output that could chatter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// The driver of a switch.
    Switch(Switch),
    /// Active balancing, on or off.
    Transfer,
    /// Bleeding of any cell, on or off.
    Bleed,
    /// The LEDs, of which flashing is one state.
    Leds,
}

impl Output {
    /// How many there are.
    pub(super) const COUNT: usize = 8;

    pub(super) fn index(self) -> usize {
        match self {
            Self::Switch(Switch::Charge) => 0,
            Self::Switch(Switch::Discharge) => 1,
            Self::Switch(Switch::Precharge) => 2,
            Self::Switch(Switch::LowCellPrecharge) => 3,
            Self::Switch(Switch::Limiter) => 4,
            Self::Transfer => 5,
            Self::Bleed => 6,
            Self::Leds => 7,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Switch(Switch::Charge) => "the charge MOSFET's driver",
            Self::Switch(Switch::Discharge) => "the discharge MOSFET's driver",
            Self::Switch(Switch::Precharge) => "the pre-charge path",
            Self::Switch(Switch::LowCellPrecharge) => "the low-cell pre-charge path",
            Self::Switch(Switch::Limiter) => "the limiter",
            Self::Transfer => "active balancing",
            Self::Bleed => "bleeding",
            Self::Leds => "the LEDs",
        }
    }

    pub(super) fn most(self) -> usize {
        if self == Self::Leds { CHATTER_LEDS } else { CHATTER_EDGES }
    }
}
