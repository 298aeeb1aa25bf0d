//! What the plant notices about itself and no protection is told: limits of parts, abuse of cells,
//! numbers beyond what they were measured for.

use std::fmt;

/// Something worth a line in the report.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// A cell model answers outside the range it was validated in (`true`), or is back within it.
    Extrapolated {
        /// Which cell, from 0.
        cell: usize,
        /// Outside or back.
        outside: bool,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extrapolated { cell, outside: true } => {
                write!(out, "cell {} is beyond its validated range", cell + 1)
            }
            Self::Extrapolated { cell, outside: false } => {
                write!(out, "cell {} is back in its validated range", cell + 1)
            }
        }
    }
}
