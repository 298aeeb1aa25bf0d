//! Where the search starts: open-circuit voltage and hysteresis from slow branches, resistance
//! from the edges of the current.

use crate::charge::{Account, median};
use crate::edges::edge_ohm;
use crate::layout::{Layout, Table};
use crate::record::Record;
use crate::segment::{Kind, REST_C_RATE};

/// Share of half the gap between slow branches that starts as hysteresis; the rest is polarisation.
const HYSTERESIS_SHARE: f64 = 0.5;
/// Half width where no gap was measured, volt.
const HALF_WIDTH_V: f64 = 0.005;
/// Pace of the hysteresis, as fitted to many cells.
const GAMMA: f64 = 30.0;
/// Edges this near in SOC to an entry of a table decide its start.
const NEAR_SOC: f64 = 0.08;
/// Resistance times capacity where no edge was measured, ohm ampere-hour.
const USUAL_OHM_AH: f64 = 0.1;
/// Time constants that the pairs start from, by number of pairs, second.
const TAUS_S: [&[f64]; 4] =
    [&[60.0], &[20.0, 1000.0], &[12.0, 160.0, 3000.0], &[5.0, 40.0, 300.0, 3000.0]];
/// Resistance of each pair over that without delay, by number of pairs.
const PAIR_SHARES: [&[f64]; 4] = [&[1.5], &[1.0, 3.0], &[0.6, 0.9, 3.0], &[0.3, 0.5, 0.9, 3.0]];

/// A record with its account and the temperature row nearest to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prepared<'a> {
    pub(crate) record: &'a Record,
    pub(crate) account: &'a Account,
    pub(crate) row: usize,
}

/// The parameter vector that the search starts from.
pub(crate) fn start(layout: &Layout, records: &[Prepared<'_>]) -> Vec<f64> {
    let mut theta = vec![0.0; layout.len()];
    let rows = layout.rows_c.len();
    let edges: Vec<Vec<(f64, f64)>> = (0..rows).map(|row| edges(records, row)).collect();
    let usual =
        |edges: &Vec<(f64, f64)>| median(&mut edges.iter().map(|edge| edge.1).collect::<Vec<_>>());
    let ohms: Vec<Option<f64>> = edges.iter().map(usual).collect();
    let capacity_ah = records.iter().map(|one| one.account.capacity_ah).fold(0.0, f64::max);
    let steady = |one: &Prepared<'_>| !matches!(one.account.kind, Kind::Drive | Kind::Rest);
    let some: Vec<Prepared<'_>> = records.iter().copied().filter(|one| steady(one)).collect();
    let of = |records: &[Prepared<'_>]| -> Vec<Option<Branches>> {
        (0..rows).map(|row| branches(layout, records, row)).collect()
    };
    let mut curves = of(&some);
    if curves.iter().all(Option::is_none) {
        curves = of(records); // A drive is better than nothing.
    }
    let train = |one: &&Prepared<'_>| one.account.kind != Kind::Drive;
    let calm: Vec<Prepared<'_>> = records.iter().filter(train).copied().collect();
    for row in 0..rows {
        let ohm = nearest(&ohms, row).copied().unwrap_or(USUAL_OHM_AH / capacity_ah);
        set_resistances(layout, row, (ohm, &self::edges(&calm, row)), &mut theta);
        let Some(curves) = nearest(&curves, row) else { continue };
        let total = ohm * (1.0 + PAIR_SHARES[layout.pairs - 1].iter().sum::<f64>());
        set_voltages(layout, row, curves, total, &mut theta);
    }
    theta[layout.gamma()] = libm::log(GAMMA);
    theta
}

/// The entry of this row, or of the nearest one that has it.
fn nearest<T>(entries: &[Option<T>], row: usize) -> Option<&T> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&other| other.abs_diff(row));
    order.into_iter().find_map(|other| entries[other].as_ref())
}

/// Resistances by the edges near each entry; by the usual one where there is no edge.
fn set_resistances(
    layout: &Layout,
    row: usize,
    (usual_ohm, edges): (f64, &[(f64, f64)]),
    theta: &mut [f64],
) {
    for table in layout.tables() {
        let share = match table {
            Table::R0(_) => 1.0,
            Table::Pair(pair, _) => PAIR_SHARES[layout.pairs - 1][pair],
            Table::Ocv | Table::HalfWidth => continue,
        };
        for (index, &soc) in layout.entries(table, row).zip(layout.soc(table)) {
            let near = edges.iter().filter(|edge| (edge.0 - soc).abs() < NEAR_SOC);
            let ohm = median(&mut near.map(|edge| edge.1).collect::<Vec<_>>()).unwrap_or(usual_ohm);
            theta[index] = libm::log(ohm * share);
        }
    }
    for pair in 0..layout.pairs {
        theta[layout.tau(pair, row)] = libm::log(TAUS_S[layout.pairs - 1][pair]);
    }
}

/// Voltage over SOC of the slowest discharge and charge of a temperature row.
struct Branches {
    discharge: Option<Branch>,
    charge: Option<Branch>,
}

/// One slow branch at the positions of the open-circuit table.
struct Branch {
    voltage_v: Vec<f64>,
    current_a: f64,
}

fn branches(layout: &Layout, records: &[Prepared<'_>], row: usize) -> Option<Branches> {
    let here: Vec<_> = records.iter().filter(|one| one.row == row).collect();
    let slow = |sign: f64| {
        let rated = here.iter().filter_map(|one| branch(layout, one, sign));
        rated.min_by(|one, other| one.current_a.abs().total_cmp(&other.current_a.abs()))
    };
    let found = Branches { discharge: slow(-1.0), charge: slow(1.0) };
    (found.discharge.is_some() || found.charge.is_some()).then_some(found)
}

/// Voltage of a steady record in one direction at the positions of the table.
fn branch(layout: &Layout, one: &Prepared<'_>, sign: f64) -> Option<Branch> {
    let account = one.account;
    let least = REST_C_RATE * account.capacity_ah;
    let rows: Vec<usize> = (0..account.soc.len())
        .filter(|&row| sign * one.record.current_a[row] > least)
        .filter(|&row| one.record.voltage_v[row].is_finite())
        .collect();
    let socs = rows.iter().map(|&row| account.soc[row]);
    let (low, high) = socs.fold((1.0, 0.0), |(low, high): (f64, f64), s| (low.min(s), high.max(s)));
    if high - low < 0.5 {
        return None;
    }
    let current_a =
        rows.iter().map(|&row| one.record.current_a[row]).sum::<f64>() / rows.len() as f64;
    let mut points: Vec<(f64, f64)> =
        rows.iter().map(|&row| (account.soc[row], one.record.voltage_v[row])).collect();
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    let voltage_v = layout.ocv_soc.iter().map(|&soc| interpolated(&points, soc)).collect();
    Some(Branch { voltage_v, current_a })
}

/// Straight line between points that rise in x; held beyond.
fn interpolated(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.partition_point(|point| point.0 <= x);
    if after == 0 {
        return points[0].1;
    }
    let Some(right) = points.get(after) else { return points[points.len() - 1].1 };
    let left = points[after - 1];
    left.1 + (right.1 - left.1) * (x - left.0) / (right.0 - left.0)
}

fn set_voltages(layout: &Layout, row: usize, curves: &Branches, ohm: f64, theta: &mut [f64]) {
    let entries = layout.entries(Table::Ocv, row);
    let half = layout.entries(Table::HalfWidth, row);
    match (&curves.discharge, &curves.charge) {
        (Some(down), Some(up)) => {
            let gap = |at: usize| (0.5 * (up.voltage_v[at] - down.voltage_v[at])).max(0.0);
            for (at, index) in entries.enumerate() {
                theta[index] = 0.5 * (up.voltage_v[at] + down.voltage_v[at]);
            }
            for (index, &soc) in half.zip(&layout.half_soc) {
                let at = layout.ocv_soc.partition_point(|&position| position < soc);
                let width = HYSTERESIS_SHARE * gap(at.min(layout.ocv_soc.len() - 1));
                theta[index] = width.min(4.0 * HALF_WIDTH_V);
            }
        }
        (Some(one), None) | (None, Some(one)) => {
            for (at, index) in entries.enumerate() {
                theta[index] = one.voltage_v[at] - ohm * one.current_a;
            }
            half.for_each(|index| theta[index] = HALF_WIDTH_V);
        }
        (None, None) => {}
    }
}

/// SOC and resistance without delay of the current's edges at a temperature row, ohm.
fn edges(records: &[Prepared<'_>], row: usize) -> Vec<(f64, f64)> {
    let mut found = Vec::new();
    for one in records.iter().filter(|one| one.row == row) {
        let ohm = |at: usize| edge_ohm(one.record, at, one.account.capacity_ah);
        let rows = 1..one.record.time_s.len();
        found.extend(rows.filter_map(|at| Some((one.account.soc[at], ohm(at)?))));
    }
    found
}
