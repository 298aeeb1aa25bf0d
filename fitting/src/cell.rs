//! Parameters of a fit as a cell of `cell-models`.

use crate::between::Denser;
use crate::charge::Accounts;
use crate::ends::continued;
use crate::entropy;
use crate::layout::{Direction, Layout, Table};
use crate::options::{FitError, FitOptions};
use crate::report::{FitReport, Warning};
use cell_models::cell::{Branch, CellParams, Chemistry, ValidRange};
use cell_models::hysteresis::Hysteresis;
use cell_models::table::{Curve, Map, Surface, TableError};

/// Heat capacity per capacity where none is stated, J/K per Ah: a cell of 1000 J/(kg K).
const HEAT_CAPACITY_J_K_PER_AH: f64 = 25.0;
/// Conductance to the ambient where none is stated, W/K per (J/K): a time constant of 20 minutes.
const TO_AMBIENT_PER_HEAT_CAPACITY: f64 = 1.0 / 1200.0;

/// The cell of a parameter vector; what had to be mended is told in the report.
pub(crate) fn cell(
    denser: &Denser,
    accounts: &Accounts,
    options: &FitOptions,
    report: &mut FitReport,
) -> Result<CellParams, FitError> {
    let layout = &denser.layout;
    let table = |error: TableError| FitError::Invalid(error.to_string());
    let map = |table| map(layout, &denser.theta, table);
    let pair = |index: usize| -> Result<Branch, TableError> {
        Ok(Branch {
            charge: map(Table::Pair(index, Direction::Charge))?,
            discharge: map(Table::Pair(index, Direction::Discharge))?,
            tau: tau(layout, &denser.theta, index)?,
        })
    };
    let heat_capacity_j_k =
        (options.heat_capacity_j_k).unwrap_or(HEAT_CAPACITY_J_K_PER_AH * accounts.capacity_ah);
    let usual_w_k = TO_AMBIENT_PER_HEAT_CAPACITY * heat_capacity_j_k;
    let params = CellParams {
        name: options.name.clone(),
        source: options.source.clone(),
        licence: options.licence.clone(),
        chemistry: options.chemistry,
        validated: validated(report, accounts.records.len(), 0.5 * options.row_spacing_k),
        limits: options.limits,
        capacity_ah: accounts.capacity_ah,
        capacity_factor: Curve::constant(1.0),
        coulombic_efficiency: accounts.efficiency,
        self_discharge_per_s: 0.0,
        self_discharge_doubling_k: f64::INFINITY,
        leakage_ohm: f64::INFINITY,
        ocv: ocv(denser, options.chemistry, report).map_err(table)?,
        entropic_v_per_k: entropy::usual(options.chemistry).map_err(table)?,
        hysteresis: hysteresis(layout, &denser.theta).map_err(table)?,
        r0_charge: map(Table::R0(Direction::Charge)).map_err(table)?,
        r0_discharge: map(Table::R0(Direction::Discharge)).map_err(table)?,
        branches: (0..layout.pairs).map(pair).collect::<Result<_, _>>().map_err(table)?,
        heat_capacity_j_k,
        to_ambient_w_k: options.to_ambient_w_k.unwrap_or(usual_w_k),
        to_neighbour_w_k: options.to_neighbour_w_k.unwrap_or(0.0),
        ageing: None,
    };
    params.validate().map_err(|error| FitError::Invalid(error.to_string()))?;
    Ok(params)
}

/// The range of the records; what lies `near_k` beside a temperature row counts as at it.
fn validated(report: &FitReport, records: usize, near_k: f64) -> ValidRange {
    let (coldest, hottest) = report.temperature_c;
    ValidRange {
        soc: (report.soc.0.max(0.0), report.soc.1.min(1.0)),
        temperature_c: (coldest - near_k, hottest + near_k),
        c_rate: (report.c_rate.0.max(1e-3), report.c_rate.1.max(1e-3)),
        note: format!("fitted to {records} records of this cell"),
    }
}

fn values(layout: &Layout, theta: &[f64], table: Table, row: usize) -> Vec<f64> {
    let entries = theta[layout.entries(table, row)].iter();
    if table.is_logarithmic() {
        entries.map(|&log| libm::exp(log)).collect()
    } else {
        entries.copied().collect()
    }
}

fn rows(layout: &Layout, theta: &[f64], table: Table) -> Vec<Vec<f64>> {
    (0..layout.rows_c.len()).map(|row| values(layout, theta, table, row)).collect()
}

fn map(layout: &Layout, theta: &[f64], table: Table) -> Result<Map, TableError> {
    Map::grid(layout.soc(table), &layout.rows_c, &rows(layout, theta, table))
}

fn tau(layout: &Layout, theta: &[f64], pair: usize) -> Result<Map, TableError> {
    let of = |row| vec![libm::exp(theta[layout.tau(pair, row)]); 2];
    let rows: Vec<Vec<f64>> = (0..layout.rows_c.len()).map(of).collect();
    Map::grid(&[0.0, 1.0], &layout.rows_c, &rows)
}

fn hysteresis(layout: &Layout, theta: &[f64]) -> Result<Hysteresis, TableError> {
    let rows = rows(layout, theta, Table::HalfWidth);
    Ok(Hysteresis {
        half_width: Surface::new(&layout.half_soc, &layout.rows_c, &rows)?,
        gamma: libm::exp(theta[layout.gamma()]),
    })
}

/// The open-circuit voltage with its falling stretches levelled and its ends continued.
fn ocv(
    denser: &Denser,
    chemistry: Chemistry,
    report: &mut FitReport,
) -> Result<Surface, TableError> {
    let layout = &denser.layout;
    let mut rows = rows(layout, &denser.theta, Table::Ocv);
    for (row, &temperature_c) in rows.iter_mut().zip(&layout.rows_c) {
        let by_v = level(row);
        if by_v > 1e-4 {
            report.warnings.push(Warning::OcvLevelled { temperature_c, by_v });
        }
    }
    continued(&layout.ocv_soc, &layout.rows_c, rows, chemistry)
}

/// Least rise of the open-circuit voltage between neighbouring entries, volt.
const LEAST_RISE_V: f64 = 1e-5;

/// Makes a list rise by pooling neighbours that fall (Ayer et al. 1955); tells the largest change.
pub(crate) fn level(values: &mut [f64]) -> f64 {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for &value in values.iter() {
        let mut pool = (value, 1);
        while let Some(&(mean, count)) = pools.last().filter(|last| last.0 > pool.0) {
            pools.pop();
            let total = count + pool.1;
            pool = ((mean * count as f64 + pool.0 * pool.1 as f64) / total as f64, total);
        }
        pools.push(pool);
    }
    let levelled = pools.iter().flat_map(|&(mean, count)| std::iter::repeat_n(mean, count));
    let mut largest: f64 = 0.0;
    for (value, level) in values.iter_mut().zip(levelled) {
        largest = largest.max((*value - level).abs());
        *value = level;
    }
    for index in 1..values.len() {
        values[index] = values[index].max(values[index - 1] + LEAST_RISE_V);
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::level;

    fn near(values: &[f64], expected: &[f64]) -> bool {
        values.iter().zip(expected).all(|(value, wanted)| (value - wanted).abs() < 5e-5)
    }

    #[test]
    fn falling_neighbours_are_pooled_to_their_mean() {
        let mut values = [1.0, 3.0, 2.0, 2.5, 4.0];
        let largest = level(&mut values);
        assert!(near(&values, &[1.0, 2.5, 2.5, 2.5, 4.0]), "{values:?}");
        assert!((largest - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_rising_list_stays_as_it_is() {
        let mut values = [1.0, 1.0, 2.0];
        assert!(level(&mut values).abs() < 1e-12);
        assert!(near(&values, &[1.0, 1.0, 2.0]), "{values:?}");
    }
}
