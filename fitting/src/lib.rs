//! Cell parameters from measured records.
//!
//! Start with [`record`]: a [`record::Record`] is one measured series, whatever file it came from.

pub mod record;
