//! Copper between the cells, sense wires, balancer, and the spread from cell to cell.

use crate::time::Span;
use cell_models::cell::Health;

/// What stands between the cells and the board, and how the cells differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackParts {
    /// Seeded spread of capacity, one standard deviation as a share (0.01 is 1 %).
    pub capacity_spread: f64,
    /// Seeded spread of every resistance, one standard deviation as a share.
    pub resistance_spread: f64,
    /// Spreads with a named distribution; for capacity and resistance in place of the two above.
    pub spreads: Vec<Spread>,
    /// Resistance of one busbar joint between groups, ohm; 20 to 100 µohm healthy.
    pub joint_ohm: f64,
    /// Joints with another resistance: group from 0, ohm.
    pub joints_ohm: Vec<(usize, f64)>,
    /// Resistance of each cell's contacts to its group's busbars, both together, ohm.
    pub contact_ohm: f64,
    /// Cells with another contact resistance: cell from 0, ohm.
    pub contacts_ohm: Vec<(usize, f64)>,
    /// Resistance of one busbar of a group between neighbouring cells, ohm.
    pub busbar_ohm: f64,
    /// Stretches with another resistance: the cell from 0 above which it lies, ohm.
    pub busbars_ohm: Vec<(usize, f64)>,
    /// Where the string is connected to a group's busbars.
    pub feed: Feed,
    /// Sense wires and the board's input filters.
    pub sense: SenseParts,
    /// The active balancer.
    pub balancer: BalancerParts,
    /// State of health at the start of every cell; new if absent.
    pub health: Option<Health>,
    /// Cells with another state of health: cell from 0.
    pub healths: Vec<(usize, Health)>,
    /// Cells that carry a law of ageing age by it while the plant runs.
    pub ages: bool,
}

/// Where the string is connected to the two busbars of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Feed {
    /// To the positive bar at its first cell, to the negative bar at its last: every cell has the
    /// same length of bar in its way.
    #[default]
    OppositeEnds,
    /// To both bars at the first cell: the last one has the longest way.
    SameEnd,
}

/// Sense wires and the board's inputs. With `filter_ohm` 0 and sound wires the inputs show the
/// taps; capacitors and leakage then have no say and are not computed.
#[derive(Clone, Debug, PartialEq)]
pub struct SenseParts {
    /// Sense wires with another resistance than the board's `sense_wire_ohm`: tap from 0 (below
    /// the first group), ohm.
    pub wires_ohm: Vec<(usize, f64)>,
    /// Series resistor of the input filter, ohm (1 kohm class); 0 for none.
    pub filter_ohm: f64,
    /// Capacitor of the input filter from each input to the board's ground, farad, above 0.
    pub filter_farad: f64,
    /// Leakage between neighbouring inputs, and from the lowest to ground, ohm (10 to 100 Mohm).
    pub leak_ohm: f64,
    /// Resistor on the board from the top input to B+, ohm; infinite for none (51 kohm class).
    pub top_helper_ohm: f64,
    /// Resistor on the board from the bottom input to B−, ohm; infinite for none (51 ohm class).
    pub bottom_helper_ohm: f64,
}

impl Default for SenseParts {
    fn default() -> Self {
        Self {
            wires_ohm: Vec::new(),
            filter_ohm: 0.0,
            filter_farad: 100e-9,
            leak_ohm: 50e6,
            top_helper_ohm: f64::INFINITY,
            bottom_helper_ohm: f64::INFINITY,
        }
    }
}

/// The active balancer beyond its current and efficiency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BalancerParts {
    /// Length of a cycle of transferring and resting; 0 for no rests.
    pub period: Span,
    /// Share of a cycle in which it transfers, above 0 to 1.
    pub duty: f64,
    /// What it takes from the whole pack while a transfer is switched on, ampere.
    pub quiescent_a: f64,
}

impl Default for BalancerParts {
    fn default() -> Self {
        Self { period: Span(0), duty: 1.0, quiescent_a: 0.0 }
    }
}

/// A parameter that differs from cell to cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spreading {
    /// Capacity, a factor.
    Capacity,
    /// Every resistance of the cell, one factor for all.
    Resistance,
    /// Resistance without delay, a factor.
    SeriesResistance,
    /// Resistance of the polarisation pair of this number from 0, a factor.
    PairResistance(usize),
    /// Time constant of the polarisation pair of this number from 0, a factor.
    PairTime(usize),
    /// Open-circuit voltage, volt added.
    OcvOffset,
    /// State of charge at the start, added.
    Soc,
    /// Self-discharge, a factor.
    SelfDischarge,
    /// Heat capacity, a factor.
    HeatCapacity,
    /// Conductance to ambient, a factor.
    ToAmbient,
    /// Conductance to the neighbours, a factor.
    ToNeighbour,
}

/// How a parameter spreads around what the cell's data say. Figures are shares for a factor
/// (0.01 is 1 %), else in the parameter's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Normal with this standard deviation.
    Normal {
        /// Standard deviation, at least 0.
        sigma: f64,
    },
    /// Normal, and never further off than `within`: what lies beyond is not drawn.
    TruncatedNormal {
        /// Standard deviation before truncation, at least 0.
        sigma: f64,
        /// Farthest deviation, above 0.
        within: f64,
    },
    /// Uniform to this far on both sides.
    Uniform {
        /// Half its width, at least 0.
        half_width: f64,
    },
    /// Triangular with its peak in the middle, to this far on both sides.
    Triangular {
        /// Half its width, at least 0.
        half_width: f64,
    },
    /// The factor's logarithm is normal; its median is 1.
    LogNormal {
        /// Standard deviation of the logarithm, at least 0.
        sigma: f64,
    },
}

impl Distribution {
    /// The deviation below which this share of all draws lies; 0 < `chance` < 1.
    #[must_use]
    pub fn deviation(self, chance: f64) -> f64 {
        crate::plant::spread::deviation(self, chance)
    }
}

/// A parameter with its distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// What differs from cell to cell.
    pub what: Spreading,
    /// How.
    pub by: Distribution,
}
