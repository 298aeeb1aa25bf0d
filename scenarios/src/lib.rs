//! The scenario language: files in, checked runs out.
//!
//! A file is parsed once into private raw tables, then passes one gate that reports every problem
//! with file, line, column and a hint ([`diagnostics`]); what comes out is a [`Scenario`], after
//! which nothing is checked again. The suite in `suite/` is embedded.

pub mod expect;

pub use expect::{Check, Expectation, Scenario};
