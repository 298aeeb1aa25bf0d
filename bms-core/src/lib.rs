//! The firmware of a lithium battery pack: what the microcontroller runs, and nothing that knows
//! whether the world around it is copper or a simulation.
//!
//! Read [`afe`] first (what the firmware is told), then [`bms`] (the one `step` that turns it into
//! a [`Decision`](bms::Decision)), then [`limits`] (the table of everything that is watched) and
//! [`protect`] (one state machine for every row of it). [`controller`] is the loop around the step.
//!
//! The crate has no standard library, no heap, no clock and no floating point: time is an argument,
//! measurements are integers, outputs are values. The safety path is `measure -> protect -> power`;
//! it never depends on [`estimate`].
#![no_std]
#![cfg_attr(not(test), warn(clippy::float_arithmetic))]

#[cfg(test)]
extern crate self as bms_core; // the fixtures are shared with the tests under tests/
#[cfg(test)]
extern crate std;

pub mod afe;
pub mod balance;
pub mod bms;
pub mod calibration;
pub mod controller;
pub mod drivers;
pub mod estimate;
pub mod flow;
pub mod history;
pub mod hmi;
pub mod host;
pub mod indicate;
pub mod limits;
pub mod measure;
pub mod mode;
pub mod ntc;
pub mod params;
pub mod power;
pub mod precharge;
pub mod protect;
pub mod record;
pub mod time;
pub mod units;
pub mod upgrade;
