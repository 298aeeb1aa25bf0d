//! Why a parameter set cannot become an EEPROM image, in words a user can act on.

use super::codes::Neighbours;
use core::fmt;

/// The unit in which a profile file states a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A plain number of cells.
    Cells,
    /// Millivolts.
    Millivolts,
    /// Microvolts.
    Microvolts,
    /// Seconds; values are kept in microseconds.
    Seconds,
    /// Microseconds.
    Microseconds,
    /// Micro-ohms; values are kept in nano-ohms.
    MicroOhms,
}

/// A parameter, or a pair of them, that the SH367309 cannot carry out as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unrepresentable {
    /// A value between two codes or outside the field's range.
    Value {
        /// The field by its name in the profile files.
        field: &'static str,
        /// Unit of the value and its neighbours.
        unit: Unit,
        /// The value asked for.
        value: i64,
        /// The nearest values that the chip can hold.
        nearest: Neighbours,
    },
    /// Two values out of the order that the chip needs: `upper` must be above `lower`.
    Order {
        /// The field that must be larger, and its value.
        upper: (&'static str, i64),
        /// The field that must be smaller, and its value.
        lower: (&'static str, i64),
    },
}

/// A value with its unit, as a profile file would state it.
struct Quantity(i64, Unit);

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value, unit) = *self;
        match unit {
            Unit::Cells => write!(f, "{value}"),
            Unit::Millivolts => write!(f, "{value} mV"),
            Unit::Microvolts => write!(f, "{value} µV"),
            Unit::Microseconds => write!(f, "{value} µs"),
            Unit::Seconds => scaled(f, value, 1_000_000, 6).and_then(|()| f.write_str(" s")),
            Unit::MicroOhms => scaled(f, value, 1_000, 3).and_then(|()| f.write_str(" µΩ")),
        }
    }
}

/// A whole number of small units as a decimal of the large one, without trailing zeros.
fn scaled(f: &mut fmt::Formatter<'_>, value: i64, scale: i64, digits: usize) -> fmt::Result {
    write!(f, "{}", value / scale)?;
    let (mut rest, mut digits) = ((value % scale).abs(), digits);
    if rest == 0 {
        return Ok(());
    }
    while rest % 10 == 0 {
        rest /= 10;
        digits -= 1;
    }
    write!(f, ".{rest:0digits$}")
}

impl fmt::Display for Unrepresentable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Value { field, unit, value, nearest } => {
                write!(f, "{field} = {} is not a value of the SH367309", Quantity(value, unit))?;
                match (nearest.below, nearest.above) {
                    (Some(below), Some(above)) => write!(
                        f,
                        "; nearest are {} and {}",
                        Quantity(below, unit),
                        Quantity(above, unit)
                    ),
                    (Some(largest), None) => {
                        write!(f, "; the largest is {}", Quantity(largest, unit))
                    }
                    (None, Some(smallest)) => {
                        write!(f, "; the smallest is {}", Quantity(smallest, unit))
                    }
                    (None, None) => Ok(()),
                }
            }
            Self::Order { upper, lower } => {
                write!(f, "{} = {} mV must be above {} = {} mV", upper.0, upper.1, lower.0, lower.1)
            }
        }
    }
}

impl core::error::Error for Unrepresentable {}
