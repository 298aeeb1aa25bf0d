//! Look-up tables: a curve over one axis, a surface and a positive map over SOC and temperature.
//!
//! Every table is checked once, when it is made, and can then be asked without failing. Outside its
//! points a table answers by a stated rule, and `covers` tells whether that rule was needed.

mod curve;
mod factor;
mod map;
mod surface;

pub use curve::{Curve, Ends, Joint};
pub use factor::TemperatureFactor;
pub use map::{BEYOND_K, Grid, Kind, Map, Product};
pub use surface::Surface;

use thiserror::Error;

/// Why points do not make a table.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TableError {
    /// There is no point at all.
    #[error("a table needs at least one point")]
    Empty,
    /// Both columns must have one entry per point.
    #[error("{positions} positions and {values} values do not pair up")]
    Lengths {
        /// Number of axis positions given.
        positions: usize,
        /// Number of values given.
        values: usize,
    },
    /// A number is infinite or not a number.
    #[error("point {index} is not finite")]
    NotFinite {
        /// Which point, from 0.
        index: usize,
    },
    /// The axis must rise strictly.
    #[error("the position of point {index} does not lie above the one before")]
    NotRising {
        /// Which point, from 0.
        index: usize,
    },
    /// More points than the table can number.
    #[error("{points} points are more than the {most} that fit")]
    TooMany {
        /// Number of points given.
        points: usize,
        /// Most that fit.
        most: usize,
    },
    /// A temperature factor must be above zero and its temperature above absolute zero.
    #[error("point {index} is not above zero")]
    NotPositive {
        /// Which point, from 0.
        index: usize,
    },
}

fn check_points(positions: &[f64], values: &[f64]) -> Result<(), TableError> {
    check_axis(positions, values.len())?;
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(TableError::NotFinite { index }),
        None => Ok(()),
    }
}

/// An axis with one value or row for each position.
fn check_axis(positions: &[f64], values: usize) -> Result<(), TableError> {
    if positions.len() != values {
        return Err(TableError::Lengths { positions: positions.len(), values });
    }
    if positions.is_empty() {
        return Err(TableError::Empty);
    }
    if let Some(index) = positions.iter().position(|position| !position.is_finite()) {
        return Err(TableError::NotFinite { index });
    }
    match (1..positions.len()).find(|&index| positions[index] <= positions[index - 1]) {
        Some(index) => Err(TableError::NotRising { index }),
        None => Ok(()),
    }
}
