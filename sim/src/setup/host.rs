//! What a person or a host computer does at the board, beside the power button.

use super::Setup;
use std::fmt;

/// What a person or a host computer does at the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostAction {
    /// Puts a switch of the board into a position, both by their names on the product.
    Switch {
        /// Which switch.
        name: String,
        /// Its position.
        position: String,
    },
    /// Sets the DIP switches to an address.
    Dip(u8),
    /// Writes a parameter by the protocol.
    WriteParameter {
        /// Its name, as in product files, such as `voltage.cell_ov`.
        name: String,
        /// Its value in the firmware's unit (mV, mA, µs, 0.01 °C, ...).
        value: i64,
        /// The password that the host gives.
        password: String,
    },
    /// Sends these bytes to the board's serial port.
    Request(Vec<u8>),
    /// Presses a key of the display.
    HmiKey(HmiKey),
}

/// A key of the display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HmiKey {
    /// To the next page.
    Next,
    /// To the page before.
    Previous,
    /// To the line above, or a digit up.
    Up,
    /// To the line below, or a digit down.
    Down,
    /// Choose or confirm.
    Enter,
    /// Back without a change.
    Back,
    /// Clear what the page lists.
    Clear,
}

impl HostAction {
    /// Why this run cannot carry it out, if it cannot: this firmware has no part for any of them.
    #[must_use]
    pub fn refusal(&self, _setup: &Setup) -> Option<String> {
        Some(format!("this firmware has no part that could take it: {self}"))
    }
}

impl fmt::Display for HostAction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch { name, position } => write!(out, "switch {name} to {position}"),
            Self::Dip(address) => write!(out, "DIP switches to address {address}"),
            Self::WriteParameter { name, .. } => write!(out, "a write of {name}"),
            Self::Request(bytes) => write!(out, "a request of {} bytes", bytes.len()),
            Self::HmiKey(key) => write!(out, "key {key:?} of the display"),
        }
    }
}
