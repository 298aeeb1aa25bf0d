//! The SH367309 driver against a scripted bus: every byte that goes over the wire is stated here.

mod checksum;
mod coding;
mod command;
mod current;
mod image;
mod products;
mod reading;
mod script;
mod startup;
