//! What the plant notices about itself and no protection is told: limits of parts, abuse of cells,
//! numbers beyond what they were measured for.

use cell_models::abuse::Abuse;
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
    /// A cell is put through something that its maker does not allow (`true`), or no more.
    Abused {
        /// Which cell, from 0.
        cell: usize,
        /// What it is put through.
        abuse: Abuse,
        /// It begins, or has ended.
        begins: bool,
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
            Self::Abused { cell, abuse, begins } => {
                let verb = if *begins { "begins" } else { "ends" };
                write!(out, "cell {}: {abuse} {verb}", cell + 1)
            }
        }
    }
}
