//! The scenario language: files in, checked runs out.
//!
//! A file is read once into TOML with places, then passes one gate ([`mod@load`]) that reports
//! every problem with file, line, column and a hint ([`diagnostics`]); what comes out is a
//! [`Scenario`], after which nothing is checked again. The suite in `suite/` is embedded. Every key
//! is named in `docs/scenarios.md`.
//!
//! Read [`expect`] (what comes out), then [`mod@load`]; [`product`] for the product profiles,
//! [`tolerance`] and [`windows`] for how far off an event may be, [`faults`] for the catalogue of
//! what can break, [`facts`] and [`remarks`] for what data sheets say beside, [`waiting`] for what
//! is known and not served yet, [`runner`] for running many, [`spread`] for one with many seeds,
//! [`sweep`] for one at many phases of the front end's scan. `cases` makes many scenarios of one file.

mod actions;
pub mod assembly;
mod bus;
mod cases;
mod cell_file;
mod checks;
mod course;
mod describe;
pub mod diagnostics;
mod draw;
mod embedded;
mod events;
pub mod expect;
mod expectations;
pub mod explain;
pub mod facts;
pub mod faults;
mod fields;
mod fill;
mod head;
mod heard;
mod heat;
mod include;
pub mod load;
mod matrix;
pub mod names;
mod outside;
mod pack;
mod path;
pub mod product;
pub mod quantity;
mod refused;
pub mod remarks;
pub mod requirements;
pub mod runner;
pub mod schema;
mod script;
mod section;
mod sheets;
mod shelf;
mod signals;
pub mod spread;
mod start;
mod states;
mod steps;
pub mod suite;
pub mod sweep;
mod text;
mod thresholds;
mod times;
pub mod tolerance;
pub mod waiting;
pub mod windows;
mod world;

pub use describe::{energy_name, event_name, moment, protection_name, shown_there, switch_name};
pub use diagnostics::Diagnostics;
pub use expect::{Check, Expectation, Scenario, Source};
pub use load::{load, load_dir};
pub use suite::suite;
