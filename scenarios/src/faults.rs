//! The catalogue of faults, and `[[fault]]`: which of them happens in a scenario, when, and for how
//! long.
//!
//! The catalogue (`faults/catalogue.toml`) holds situations that a battery management system must
//! survive, each made of building blocks ([`primitives`]). A scenario names either.

mod acted;
mod catalogue;
pub mod primitives;
mod read;
mod words;

pub use catalogue::{Acceptance, Entry, Piece, Scene, Status, all, find};

use crate::diagnostics::did_you_mean;
pub(crate) use acted::Acted;
use primitives::PRIMITIVES;
pub(crate) use read::{read, report_refusals};

/// The entry or building block whose name comes nearest to `name`, if one is near enough.
#[must_use]
pub fn near(name: &str) -> Option<&'static str> {
    let names = all().iter().map(|entry| entry.name.as_str());
    did_you_mean(name, names.chain(PRIMITIVES.iter().map(|primitive| primitive.name)))
}
