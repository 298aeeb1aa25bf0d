//! Copper between the cells, sense wires, and the spread from cell to cell.

/// What stands between the cells and the board, and how the cells differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackParts {
    /// Seeded spread of capacity, one standard deviation as a share (0.01 is 1 %).
    pub capacity_spread: f64,
    /// Seeded spread of every resistance, one standard deviation as a share.
    pub resistance_spread: f64,
    /// Resistance of one busbar joint, ohm.
    pub joint_ohm: f64,
}
