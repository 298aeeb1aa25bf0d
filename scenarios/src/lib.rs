//! The scenario language: files in, checked runs out.
//!
//! A file is read once into TOML with places, then passes one gate ([`mod@load`]) that reports
//! every problem with file, line, column and a hint ([`diagnostics`]); what comes out is a
//! [`Scenario`], after which nothing is checked again. The suite in `suite/` is embedded. Every key
//! is named in `docs/scenarios.md`.
//!
//! Read [`expect`] (what comes out), then [`mod@load`]; [`product`] for the product profiles,
//! [`tolerance`] for how far off an event may be, [`faults`] for the catalogue of what can break,
//! [`runner`] for running many, [`spread`] for one with many seeds, [`sweep`] for one at many phases of
//! the front end's scan.

mod cell_file;
mod checks;
mod course;
mod describe;
pub mod diagnostics;
pub mod expect;
mod expectations;
pub mod faults;
mod fields;
mod heat;
pub mod load;
pub mod names;
mod outside;
mod pack;
mod path;
pub mod product;
pub mod quantity;
pub mod requirements;
pub mod runner;
mod section;
pub mod spread;
mod steps;
pub mod suite;
pub mod sweep;
mod thresholds;
pub mod tolerance;
mod world;

pub use describe::protection_name;
pub use diagnostics::Diagnostics;
pub use expect::{Check, Expectation, Scenario, Source};
pub use load::{load, load_dir};
pub use suite::suite;
