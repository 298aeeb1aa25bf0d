//! The virtual SH367309: a front-end chip that does not exist, wired to cells that do not exist.
//!
//! Read [`chip`] first (states, time, reset), then follow a quantity: `converter` rounds the
//! world into counts, `protect` judges counts once per cycle, [`comparator`] judges the shunt
//! voltage continuously, `release` lets go of latched currents, `gates` turns latches into driver
//! levels. [`codes`] says what an EEPROM image means, [`registers`] where everything stands.
//! The firmware sees the chip through bytes ([`twi`], with [`faults`] in between if wanted) or
//! through values ([`value`]): two views of one state machine.
//!
//! Comparisons are inclusive as the products' are (AMB-X-01): a level that is reached trips, a
//! voltage release that is reached releases, a temperature release must be passed.
//!
//! Assumptions where nothing is published: every event begins its own ALARM pulse (the spacing of
//! pulses is not modelled); balancing adds four cycles to voltage delays instead of delaying
//! conversions; a torn EEPROM byte reads FFh, erased; broken wires are reported to the chip by
//! [`Chip::set_broken_wire`], because its detection method is unknown; the supply's load flag
//! never sets; writes need no pause between them, because the bus takes no virtual time; LDO_EN is
//! low, so that power-up waits for no charger.

pub mod chip;
pub mod codes;
pub mod comparator;
mod converter;
pub mod errors;
pub mod faults;
mod flaws;
mod gates;
mod power;
mod protect;
pub mod registers;
mod release;
pub mod twi;
pub mod value;

pub use chip::{Chip, ChipEvent, ChipSetup, ChipStats, Drivers, ResetKind};
pub use twi::{Bus, Nack, Shared, VproPin};
pub use value::ValueFrontEnd;
