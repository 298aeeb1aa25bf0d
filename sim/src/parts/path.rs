//! The power path between cells and port: shunt, MOSFETs, fuse, resistors, limiter, cable.

/// What the parts of the power path do beyond the main figures of the board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathParts {}
