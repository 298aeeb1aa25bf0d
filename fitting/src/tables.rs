//! The tables at one parameter vector, with the change of their values per entry.

use crate::layout::{Layout, Table};
use cell_models::table::{Curve, TableError};

/// Change of an entry that stands for the derivative.
const NUDGE: f64 = 1e-6;

/// Entries that one value of a monotone cubic depends on.
const REACH: usize = 4;

/// A value of a curve and what it depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Local {
    /// The value.
    pub(crate) value: f64,
    /// First entry with an influence.
    pub(crate) first: usize,
    /// Derivative to that entry and those after it.
    pub(crate) slopes: [f64; REACH],
}

/// One curve with its neighbours in parameter space.
#[derive(Clone, Debug)]
struct Sensitive {
    soc: Vec<f64>,
    curve: Curve,
    nudged: Vec<Curve>,
}

impl Sensitive {
    fn new(soc: &[f64], values: &[f64]) -> Result<Self, TableError> {
        let mut entries = values.to_vec();
        let mut nudged = Vec::with_capacity(values.len());
        for index in 0..values.len() {
            entries[index] += NUDGE;
            nudged.push(Curve::new(soc, &entries)?);
            entries[index] = values[index];
        }
        Ok(Self { soc: soc.to_vec(), curve: Curve::new(soc, values)?, nudged })
    }

    fn at(&self, soc: f64) -> Local {
        let value = self.curve.at(soc);
        let after = self.soc.partition_point(|&position| position <= soc);
        let first = after.saturating_sub(2).min(self.soc.len().saturating_sub(REACH));
        let mut slopes = [0.0; REACH];
        for (slope, nudged) in slopes.iter_mut().zip(&self.nudged[first..]) {
            *slope = (nudged.at(soc) - value) / NUDGE;
        }
        Local { value, first, slopes }
    }
}

/// All tables at one parameter vector.
#[derive(Clone, Debug)]
pub(crate) struct Tables<'a> {
    /// The arrangement of the vector.
    pub(crate) layout: &'a Layout,
    /// The vector.
    pub(crate) theta: &'a [f64],
    curves: Vec<Vec<Sensitive>>,
}

impl<'a> Tables<'a> {
    /// Lays the tables out.
    ///
    /// # Errors
    /// [`TableError`], when a parameter is not finite.
    pub(crate) fn new(layout: &'a Layout, theta: &'a [f64]) -> Result<Self, TableError> {
        let curves = (0..layout.rows_c.len()).map(|row| {
            let table =
                |table| Sensitive::new(layout.soc(table), &theta[layout.entries(table, row)]);
            layout.tables().map(table).collect()
        });
        Ok(Self { layout, theta, curves: curves.collect::<Result<_, _>>()? })
    }

    /// Value at a temperature row, without derivatives.
    pub(crate) fn value(&self, table: Table, row: usize, soc: f64) -> f64 {
        self.curves[row][position(table)].curve.at(soc)
    }

    /// Value at a temperature row, with derivatives.
    pub(crate) fn local(&self, table: Table, row: usize, soc: f64) -> Local {
        self.curves[row][position(table)].at(soc)
    }
}

/// Position of a table in [`Layout::tables`].
fn position(table: Table) -> usize {
    match table {
        Table::Ocv => 0,
        Table::HalfWidth => 1,
        Table::R0(way) => 2 + way as usize,
        Table::Pair(pair, way) => 4 + 2 * pair + way as usize,
    }
}
