//! What is wished of a cell besides repeating the records: smooth tables, close directions, close
//! neighbours. Where the records are silent, these decide; where they speak, these are faint.

use crate::layout::{Direction, Layout, Table};
use crate::solve::Wish;

/// How far a voltage may bend between neighbouring entries, volt.
const OCV_BEND_V: f64 = 0.004;
/// Bend of the voltage at the steep ends, volt.
const OCV_END_BEND_V: f64 = 0.1;
/// How far the open-circuit voltage may differ between neighbouring temperature rows, volt.
const OCV_ROW_V: f64 = 0.006;
/// How much that difference may change from one entry to the next, volt.
const OCV_ROW_CHANGE_V: f64 = 0.001;
/// Half width where nothing is known, and how far it may be off, volt.
const HALF_WIDTH_V: (f64, f64) = (0.010, 0.015);
/// How far the half width may bend, volt.
const HALF_BEND_V: f64 = 0.004;
/// How far the logarithm of a resistance may bend.
const RESISTANCE_BEND: f64 = 0.25;
/// Logarithm of charge over discharge resistance, within.
const DIRECTION: f64 = 0.15;
/// Change of that logarithm per entry, within.
const DIRECTION_CHANGE: f64 = 0.1;
/// How far the shape over SOC of a resistance may differ between temperature rows.
const ROW_SHAPE: f64 = 0.3;
/// How far a resistance may be from its start.
const RESISTANCE_START: f64 = 2.0;
/// How far a time constant may be from its start.
const TAU_START: f64 = 0.1;
/// Both where pulses and rests are longer than the time constant.
const FROM_PULSES: (f64, f64) = (5.0, 2.0);
/// How far a time constant may differ between temperature rows.
const TAU_ROW: f64 = 0.05;
/// How far the pace of the hysteresis may be from its start.
const GAMMA_START: f64 = 0.7;

/// How far the half width may differ between neighbouring temperature rows, volt.
const HALF_ROW_V: f64 = 0.003;
/// Activation energy of a resistance between neighbouring rows, and how far it may be off, J/mol.
const ACTIVATION_J_MOL: (f64, f64) = (25_000.0, 15_000.0);
/// Gas constant, J/(mol K).
const GAS_J_MOL_K: f64 = 8.314;
/// Kelvin of 0 °C.
const ZERO_C_K: f64 = 273.15;

/// SOC below and above which the open-circuit voltage is steep.
const STEEP: (f64, f64) = (0.06, 0.97);

/// All wishes for a cell that starts at `theta`.
///
/// `pulses_s` is how long pulses and their rests last at each temperature row, 0 without.
pub(crate) fn wishes(
    layout: &Layout,
    theta: &[f64],
    hysteresis_v: Option<f64>,
    pulses_s: &[f64],
) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for (row, &pulses_s) in pulses_s.iter().enumerate() {
        for table in layout.tables() {
            bends(layout, table, row, &mut wishes);
        }
        half_width(layout, row, hysteresis_v, &mut wishes);
        resistances(layout, row, (theta, pulses_s), &mut wishes);
        if row > 0 {
            neighbours(layout, row, &mut wishes);
        }
    }
    let gamma = layout.gamma();
    wishes.push(near(gamma, theta[gamma], GAMMA_START));
    wishes
}

fn near(index: usize, target: f64, sigma: f64) -> Wish {
    Wish { terms: vec![(index, 1.0)], target, sigma }
}

fn equal(one: usize, other: usize, sigma: f64) -> Wish {
    Wish { terms: vec![(one, 1.0), (other, -1.0)], target: 0.0, sigma }
}

/// Each entry lies near the straight line through its neighbours.
fn bends(layout: &Layout, table: Table, row: usize, wishes: &mut Vec<Wish>) {
    let soc = layout.soc(table);
    let start = layout.entries(table, row).start;
    for middle in 1..soc.len() - 1 {
        let span = soc[middle + 1] - soc[middle - 1];
        let left = (soc[middle + 1] - soc[middle]) / span;
        let sigma = match table {
            Table::Ocv if soc[middle] < STEEP.0 || soc[middle] > STEEP.1 => OCV_END_BEND_V,
            Table::Ocv => OCV_BEND_V,
            Table::HalfWidth => HALF_BEND_V,
            Table::R0(_) | Table::Pair(..) => RESISTANCE_BEND,
        };
        let terms = vec![
            (start + middle - 1, -left),
            (start + middle, 1.0),
            (start + middle + 1, left - 1.0),
        ];
        wishes.push(Wish { terms, target: 0.0, sigma });
    }
}

fn half_width(layout: &Layout, row: usize, stated_v: Option<f64>, wishes: &mut Vec<Wish>) {
    let (usual, sigma) = stated_v.map_or(HALF_WIDTH_V, |stated| (stated, 0.1 * stated + 5e-4));
    let entries = layout.entries(Table::HalfWidth, row);
    wishes.extend(entries.map(|index| near(index, usual, sigma)));
}

fn resistances(
    layout: &Layout,
    row: usize,
    (theta, pulses_s): (&[f64], f64),
    wishes: &mut Vec<Wish>,
) {
    let tables = std::iter::once(None).chain((0..layout.pairs).map(Some));
    for pair in tables {
        let of = |way| pair.map_or(Table::R0(way), |pair| Table::Pair(pair, way));
        let tau = pair.map(|pair| layout.tau(pair, row));
        let shown = tau.map_or(0.0, |tau| libm::exp(theta[tau])) < pulses_s;
        let (ohm, second) = if shown { FROM_PULSES } else { (RESISTANCE_START, TAU_START) };
        directions(layout, row, of, wishes);
        let discharge = layout.entries(of(Direction::Discharge), row);
        wishes.extend(discharge.map(|index| near(index, theta[index], ohm)));
        wishes.extend(tau.map(|index| near(index, theta[index], second)));
    }
}

/// Charge and discharge have similar resistances.
fn directions(
    layout: &Layout,
    row: usize,
    of: impl Fn(Direction) -> Table,
    wishes: &mut Vec<Wish>,
) {
    let charge = layout.entries(of(Direction::Charge), row);
    let discharge = layout.entries(of(Direction::Discharge), row);
    let both: Vec<_> = charge.zip(discharge).collect();
    wishes.extend(both.iter().map(|&(c, d)| equal(c, d, DIRECTION)));
    wishes.extend(both.windows(2).map(|pair| Wish {
        terms: vec![(pair[0].0, 1.0), (pair[0].1, -1.0), (pair[1].0, -1.0), (pair[1].1, 1.0)],
        target: 0.0,
        sigma: DIRECTION_CHANGE,
    }));
}

/// Rows of neighbouring temperatures have similar shapes.
fn neighbours(layout: &Layout, row: usize, wishes: &mut Vec<Wish>) {
    for table in layout.tables() {
        let above: Vec<usize> = layout.entries(table, row).collect();
        let below = layout.entries(table, row - 1).start;
        let (level, shape) = match table {
            Table::Ocv => (Some(OCV_ROW_V), OCV_ROW_CHANGE_V),
            Table::HalfWidth => (Some(HALF_ROW_V), HALF_BEND_V),
            Table::R0(_) | Table::Pair(..) => (None, ROW_SHAPE),
        };
        if let Some(sigma) = level {
            let pairs = above.iter().enumerate();
            wishes.extend(pairs.map(|(at, &index)| equal(index, below + at, sigma)));
        }
        let soc = layout.soc(table);
        for (at, pair) in above.windows(2).enumerate() {
            let steep = table == Table::Ocv && (soc[at] < STEEP.0 || soc[at + 1] > STEEP.1);
            let shape = if steep { OCV_END_BEND_V } else { shape };
            let terms =
                vec![(pair[0], 1.0), (below + at, -1.0), (pair[1], -1.0), (below + at + 1, 1.0)];
            wishes.push(Wish { terms, target: 0.0, sigma: shape });
        }
    }
    let inverse = |row: usize| 1.0 / (GAS_J_MOL_K * (layout.rows_c[row] + ZERO_C_K));
    let by = inverse(row) - inverse(row - 1);
    for table in layout.tables().filter(|table| table.is_logarithmic()) {
        let below = layout.entries(table, row - 1);
        let count = libm::sqrt(below.len() as f64);
        for (low, high) in below.zip(layout.entries(table, row)) {
            let sigma = ACTIVATION_J_MOL.1 * by.abs() * count;
            wishes.push(Wish {
                terms: vec![(high, 1.0), (low, -1.0)],
                target: ACTIVATION_J_MOL.0 * by,
                sigma,
            });
        }
    }
    for pair in 0..layout.pairs {
        wishes.push(equal(layout.tau(pair, row), layout.tau(pair, row - 1), TAU_ROW));
    }
}
