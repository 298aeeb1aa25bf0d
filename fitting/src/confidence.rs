//! How sure each figure is: the covariance of the fit, widened for errors that are no white noise.
//!
//! Neighbouring errors of a record are alike, so its rows are worth fewer independent ones. Means
//! over blocks tell how many (batch means, Conway 1963): if block means scatter by s_b and rows by
//! s, n blocks are worth n s²/s_b² rows.

use crate::layout::{Layout, Table};
use crate::prepare::{NOISE_V, RECORD_ROWS};
use crate::report::{Figure, Origin};
use crate::run::Run;
use crate::solve::{Normal, Wish};
use nalgebra::{Cholesky, DMatrix};

/// Length of a block, second.
const BLOCK_S: f64 = 600.0;
/// Normal quantile of a two-sided interval of 95 %.
const QUANTILE_95: f64 = 1.959_964;
/// Share of a figure that must come from the records for it to count as measured.
const MEASURED_SHARE: f64 = 0.5;

/// Covariance of the parameters and how much of each the records decide.
pub(crate) struct Confidence {
    /// Standard error of each parameter.
    sigma: Vec<f64>,
    /// Share of each parameter that the records decide, 0 to 1.
    share: Vec<f64>,
}

/// How much more the squared error of a record scatters than its weights assume.
pub(crate) fn inflation(run: &Run, voltages: &[f64]) -> Option<f64> {
    let (mut total, mut squares, mut rows) = (0.0, 0.0, 0.0);
    let mut blocks: Vec<(f64, f64)> = vec![(0.0, 0.0)];
    let mut time_s = 0.0;
    let counting: f64 = run.weight.iter().sum();
    for (row, voltage) in voltages.iter().enumerate() {
        time_s += run.dt_s[row];
        if run.weight[row] <= 0.0 {
            continue;
        }
        let (error, weight) = (voltage - run.voltage_v[row], run.weight[row] / counting);
        total += weight * error;
        squares += weight * error * error;
        rows += 1.0;
        let block = (time_s / BLOCK_S) as usize;
        blocks.resize(blocks.len().max(block + 1), (0.0, 0.0));
        blocks[block].0 += weight * error;
        blocks[block].1 += weight;
    }
    let spread = squares - total * total;
    let used: Vec<_> = blocks.into_iter().filter(|block| block.1 > 0.0).collect();
    if used.len() < 2 || spread <= 0.0 {
        return None;
    }
    let of_mean: f64 =
        used.iter().map(|(sum, weight)| (sum - weight * total) * (sum - weight * total)).sum();
    let independent = (spread / of_mean).clamp(used.len() as f64, rows);
    Some(squares / (NOISE_V * NOISE_V) * RECORD_ROWS / independent)
}

impl Confidence {
    /// From the equations at the solution; `inflation` is that of all records together.
    ///
    /// The share of an entry that the records decide is the sum of its row of the resolution
    /// matrix over its own table (Backus and Gilbert 1968): how far the entry moves when the
    /// records ask for the whole table to move by one.
    pub(crate) fn new(
        layout: &Layout,
        data: &Normal,
        wishes: &[Wish],
        inflation: f64,
    ) -> Option<Self> {
        let scaled = &data.matrix / inflation.max(1e-9);
        let mut full = Normal { matrix: scaled.clone(), slope: data.slope.clone() };
        wishes.iter().for_each(|wish| full.add(&wish.terms, 0.0, 1.0 / (wish.sigma * wish.sigma)));
        let covariance: DMatrix<f64> = Cholesky::new(full.matrix)?.inverse();
        let count = covariance.nrows();
        let sigma = (0..count).map(|at| libm::sqrt(covariance[(at, at)].max(0.0))).collect();
        let resolution = covariance * scaled;
        let mut share: Vec<f64> = (0..count).map(|at| resolution[(at, at)]).collect();
        for table in layout.tables() {
            for row in 0..layout.rows_c.len() {
                let own = layout.entries(table, row);
                for entry in own.clone() {
                    share[entry] = own.clone().map(|other| resolution[(entry, other)]).sum();
                }
            }
        }
        Some(Self { sigma, share })
    }

    /// What an entry rests on.
    pub(crate) fn origin(&self, index: usize) -> Origin {
        if self.share[index] >= MEASURED_SHARE { Origin::Measured } else { Origin::Assumed }
    }

    /// All figures of a fit, in the order of the tables.
    pub(crate) fn figures(&self, layout: &Layout, theta: &[f64]) -> Vec<Figure> {
        let mut figures = Vec::new();
        for table in layout.tables() {
            for row in 0..layout.rows_c.len() {
                for (entry, &soc) in layout.entries(table, row).zip(layout.soc(table)) {
                    let place = (Some(soc), Some(layout.rows_c[row]));
                    let unit = if table.is_logarithmic() { "ohm" } else { "V" };
                    let log = table.is_logarithmic();
                    let figure = self.figure(theta, (entry, log), (table.name(), place, unit));
                    figures.push(figure);
                }
            }
        }
        for pair in 0..layout.pairs {
            for row in 0..layout.rows_c.len() {
                let place = (None, Some(layout.rows_c[row]));
                let name = format!("branches[{pair}].tau");
                figures.push(self.figure(theta, (layout.tau(pair, row), true), (name, place, "s")));
            }
        }
        let name = "hysteresis.gamma".to_owned();
        figures.push(self.figure(theta, (layout.gamma(), true), (name, (None, None), "")));
        figures
    }

    fn figure(
        &self,
        theta: &[f64],
        (index, logarithmic): (usize, bool),
        (table, (soc, temperature_c), unit): (String, (Option<f64>, Option<f64>), &'static str),
    ) -> Figure {
        let (middle, by) = (theta[index], QUANTILE_95 * self.sigma[index]);
        let shown = |value: f64| if logarithmic { libm::exp(value) } else { value };
        // The search keeps a half width at zero and above, and so does its interval.
        let least = if table == Table::HalfWidth.name() { 0.0 } else { f64::NEG_INFINITY };
        Figure {
            table,
            soc,
            temperature_c,
            value: shown(middle),
            low: shown(middle - by).max(least),
            high: shown(middle + by),
            unit,
            origin: self.origin(index),
        }
    }

    /// Number of entries of a table row that rest on assumptions.
    pub(crate) fn assumed(&self, layout: &Layout, table: Table, row: usize) -> usize {
        layout.entries(table, row).filter(|&at| self.origin(at) == Origin::Assumed).count()
    }
}
