//! Equivalent-circuit cells.
pub mod cell;
