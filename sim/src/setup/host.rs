//! What a person or a host computer does at the board, beside the power button.

use super::Setup;
use crate::pc;
use bms_core::hmi::Key;
use std::borrow::Cow;
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
    /// Sends these bytes to the board's serial port, at its own rate.
    Request(Vec<u8>),
    /// The same at another rate.
    RequestAt {
        /// The bytes.
        bytes: Vec<u8>,
        /// Bits per second.
        baud: u32,
    },
    /// Presses a key of the display.
    HmiKey(HmiKey),
    /// Something that is done with the maker's software on a computer or telephone, in words.
    Tool(Cow<'static, str>),
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

impl HmiKey {
    /// The key as the firmware knows it.
    #[must_use]
    pub const fn to_firmware(self) -> Key {
        match self {
            Self::Next => Key::Next,
            Self::Previous => Key::Previous,
            Self::Up => Key::Up,
            Self::Down => Key::Down,
            Self::Enter => Key::Enter,
            Self::Back => Key::Back,
            Self::Clear => Key::Clear,
        }
    }
}

impl HostAction {
    /// Why this run cannot carry it out, if it cannot. This firmware serves requests, writes of
    /// parameters with a register of their own, the external switch that stands beside its button
    /// (PS-PWR-4), and keys where a display is fitted.
    #[must_use]
    pub fn refusal(&self, setup: &Setup) -> Option<String> {
        let served = match self {
            Self::Request(_) | Self::RequestAt { .. } => true,
            Self::WriteParameter { name, value, .. } => {
                pc::write(&setup.params, name, *value).is_some()
            }
            Self::Switch { name, position } => name == "external" && position == "pressed",
            Self::HmiKey(_) => setup.board.display_a > 0.0,
            Self::Dip(_) | Self::Tool(_) => false,
        };
        (!served).then(|| format!("this firmware has no part that could take it: {self}"))
    }
}

impl fmt::Display for HostAction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch { name, position } => write!(out, "switch {name} to {position}"),
            Self::Dip(address) => write!(out, "DIP switches to address {address}"),
            Self::WriteParameter { name, .. } => write!(out, "a write of {name}"),
            Self::Request(bytes) => write!(out, "a request of {} bytes", bytes.len()),
            Self::RequestAt { bytes, baud } => {
                write!(out, "a request of {} bytes at {baud} baud", bytes.len())
            }
            Self::Tool(what) => out.write_str(what),
            Self::HmiKey(key) => write!(out, "key {key:?} of the display"),
        }
    }
}
