//! Which number of the parameter vector is which entry of which table.
//!
//! One block per temperature row: every table along its SOC positions, then the time constants.
//! Voltages stand as they are; resistances and time constants as logarithms, so that none can
//! become negative. The last number is the logarithm of the hysteresis' pace.

use std::ops::Range;

/// Direction of a current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Below zero.
    Discharge,
    /// Zero and above.
    Charge,
}

impl Direction {
    /// Direction of a current, ampere.
    #[must_use]
    pub(crate) fn of(current_a: f64) -> Self {
        if current_a < 0.0 { Self::Discharge } else { Self::Charge }
    }
}

/// One table of the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// Open-circuit voltage, volt.
    Ocv,
    /// Half width of the hysteresis, volt.
    HalfWidth,
    /// Logarithm of the resistance without delay, ohm.
    R0(Direction),
    /// Logarithm of the resistance of a pair, ohm.
    Pair(usize, Direction),
}

impl Table {
    /// Name in the cell file.
    #[must_use]
    pub(crate) fn name(self) -> String {
        match self {
            Self::Ocv => "ocv".to_owned(),
            Self::HalfWidth => "hysteresis.half_width".to_owned(),
            Self::R0(Direction::Discharge) => "r0_discharge".to_owned(),
            Self::R0(Direction::Charge) => "r0_charge".to_owned(),
            Self::Pair(pair, Direction::Discharge) => format!("branches[{pair}].discharge"),
            Self::Pair(pair, Direction::Charge) => format!("branches[{pair}].charge"),
        }
    }

    /// Whether its entries are logarithms.
    #[must_use]
    pub(crate) fn is_logarithmic(self) -> bool {
        matches!(self, Self::R0(_) | Self::Pair(..))
    }
}

/// The arrangement of the parameter vector.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    /// Temperatures of the rows, degree Celsius, rising.
    pub(crate) rows_c: Vec<f64>,
    /// SOC positions of the open-circuit voltage.
    pub(crate) ocv_soc: Vec<f64>,
    /// SOC positions of the half width.
    pub(crate) half_soc: Vec<f64>,
    /// SOC positions of all resistances.
    pub(crate) resistance_soc: Vec<f64>,
    /// Number of pairs.
    pub(crate) pairs: usize,
}

impl Layout {
    /// All tables, in the order of the vector.
    pub(crate) fn tables(&self) -> impl Iterator<Item = Table> + use<> {
        let both = [Direction::Discharge, Direction::Charge];
        let resistances = both.map(Table::R0).into_iter();
        let pairs = (0..self.pairs).flat_map(move |pair| both.map(|way| Table::Pair(pair, way)));
        [Table::Ocv, Table::HalfWidth].into_iter().chain(resistances).chain(pairs)
    }

    /// SOC positions of a table.
    #[must_use]
    pub(crate) fn soc(&self, table: Table) -> &[f64] {
        match table {
            Table::Ocv => &self.ocv_soc,
            Table::HalfWidth => &self.half_soc,
            Table::R0(_) | Table::Pair(..) => &self.resistance_soc,
        }
    }

    /// Number of parameters.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.rows_c.len() * self.row_len() + 1
    }

    /// Where the entries of a table at a temperature row stand.
    #[must_use]
    pub(crate) fn entries(&self, table: Table, row: usize) -> Range<usize> {
        let start = row * self.row_len() + self.offset(table);
        start..start + self.soc(table).len()
    }

    /// Where the logarithm of a time constant stands.
    #[must_use]
    pub(crate) fn tau(&self, pair: usize, row: usize) -> usize {
        (row + 1) * self.row_len() - self.pairs + pair
    }

    /// Where the logarithm of the hysteresis' pace stands.
    #[must_use]
    pub(crate) fn gamma(&self) -> usize {
        self.len() - 1
    }

    fn offset(&self, table: Table) -> usize {
        let (ocv, half) = (self.ocv_soc.len(), self.half_soc.len());
        let resistance = |index: usize| ocv + half + index * self.resistance_soc.len();
        match table {
            Table::Ocv => 0,
            Table::HalfWidth => ocv,
            Table::R0(way) => resistance(way as usize),
            Table::Pair(pair, way) => resistance(2 + 2 * pair + way as usize),
        }
    }

    fn row_len(&self) -> usize {
        let resistances = (2 + 2 * self.pairs) * self.resistance_soc.len();
        self.ocv_soc.len() + self.half_soc.len() + resistances + self.pairs
    }
}

/// Kelvin of 0 °C.
const ZERO_C_K: f64 = 273.15;

/// How far a resistance goes on with its trend beyond the temperature rows, kelvin.
pub(crate) const EXTRAPOLATION_K: f64 = 20.0;

/// Shares of two neighbouring temperature rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shares {
    /// The colder row.
    pub(crate) row: usize,
    /// Share of the row above it; the colder one has the rest.
    pub(crate) above: f64,
}

impl Shares {
    /// The rows with a share that is not zero, and their shares.
    pub(crate) fn parts(self) -> impl Iterator<Item = (usize, f64)> {
        [(self.row, 1.0 - self.above), (self.row + 1, self.above)]
            .into_iter()
            .filter(|&(_, share)| share != 0.0)
    }
}

impl Layout {
    /// Shares for voltages: straight in temperature, held beyond the rows.
    #[must_use]
    pub(crate) fn straight(&self, temperature_c: f64) -> Shares {
        let last = self.rows_c.len() - 1;
        let held = temperature_c.clamp(self.rows_c[0], self.rows_c[last]);
        self.shares(held, |celsius| celsius)
    }

    /// Shares for logarithms: straight in 1/T, going on beyond the rows for a while.
    #[must_use]
    pub(crate) fn arrhenius(&self, temperature_c: f64) -> Shares {
        let last = self.rows_c.len() - 1;
        let low = self.rows_c[0] - EXTRAPOLATION_K;
        let high = self.rows_c[last] + EXTRAPOLATION_K;
        self.shares(temperature_c.clamp(low, high), |celsius| 1.0 / (celsius + ZERO_C_K))
    }

    fn shares(&self, temperature_c: f64, axis: impl Fn(f64) -> f64) -> Shares {
        if self.rows_c.len() == 1 {
            return Shares { row: 0, above: 0.0 };
        }
        let after = self.rows_c.partition_point(|&row_c| row_c <= temperature_c);
        let row = after.clamp(1, self.rows_c.len() - 1) - 1;
        let (low, high) = (axis(self.rows_c[row]), axis(self.rows_c[row + 1]));
        Shares { row, above: (axis(temperature_c) - low) / (high - low) }
    }
}
