//! The bench on which the firmware runs: event queue, plant, virtual front end, trace.
//!
//! Everything here is a function: the same [`setup::Setup`] in, the same [`trace::Trace`] out, bit
//! for bit. Read [`setup`] (what goes in), [`mod@bench`] (the loop), [`trace`] (what comes out);
//! [`script`] for what happens by
//! conditions, [`observe`] for what can be looked at and [`display`] for what a person reads; then
//! [`plant`] for the physics and [`afe`] for the virtual SH367309. What a pack, its path and its
//! heat have beyond ideal parts is named in [`parts`]; what can break, in [`fault`]; what the plant
//! notices about itself, in [`note`]. [`cycling`] is a pack without firmware that is cycled until it
//! is old.
//!
//! No files, no threads, no clock.

pub mod afe;
pub mod bench;
pub mod cycling;
pub mod display;
pub mod fault;
pub mod forced;
mod handed;
pub mod note;
pub mod observe;
pub mod oracle;
pub mod parts;
pub mod pc;
pub mod plant;
pub mod queue;
pub mod reported;
pub mod script;
pub mod seed;
pub mod setup;
pub mod tape;
pub mod thermistor;
pub mod time;
pub mod tolerance;
pub mod trace;
pub mod world;
