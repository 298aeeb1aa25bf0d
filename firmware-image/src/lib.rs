//! Replays recorded bus traffic into the firmware, on whatever processor this is compiled for.
//!
//! A tape holds, for every run of the main loop, the time, the pins, each bus transaction with its
//! answer, and a digest of the decision that was made when the tape was recorded. The replay feeds
//! the same bytes in and compares every digest; the driver's own bytes are compared as well.
#![no_std]

pub mod replay;
pub mod tape;
