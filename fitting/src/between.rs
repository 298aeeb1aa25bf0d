//! Rows of the tables between the measured temperatures and just beyond the coldest.
//!
//! The activation energy of a cell rises in the cold, so the logarithm of a resistance over 1/T
//! is bent and a straight line between rows 20 K apart is several per cent too high. The level of
//! a resistance follows the parabola through neighbouring rows; its shape over SOC goes straight.

use crate::layout::{Direction, Layout, Table};

/// Rows further apart than this get one between, kelvin.
const GAP_K: f64 = 15.0;
/// How far beyond the coldest row a trend is followed, kelvin.
const BEYOND_K: f64 = 10.0;
/// SOC over which the level of a table is taken.
const LEVEL_SOC: (f64, f64) = (0.15, 0.9);
/// Time by which the polarisation that shares a level has settled, second.
const SETTLED_S: f64 = 100.0;
/// Largest steepening of the trend beyond the coldest row, over that of the last stretch.
const STEEPENING_MAX: f64 = 2.0;

/// A layout with more rows, and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Denser {
    /// The arrangement with all rows.
    pub(crate) layout: Layout,
    /// The parameters.
    pub(crate) theta: Vec<f64>,
}

/// Adds rows between measured ones that are far apart, and `beyond` rows below the coldest.
pub(crate) fn denser(layout: &Layout, theta: &[f64], beyond: usize) -> Denser {
    let mut rows_c = layout.rows_c.clone();
    for pair in layout.rows_c.windows(2).filter(|pair| pair[1] - pair[0] > GAP_K) {
        let parts = libm::ceil((pair[1] - pair[0]) / GAP_K);
        let step = (pair[1] - pair[0]) / parts;
        rows_c.extend((1..parts as u32).map(|part| pair[0] + step * f64::from(part)));
    }
    if layout.rows_c.len() > 2 {
        let coldest = layout.rows_c[0];
        rows_c.extend((1..=beyond as u32).map(|step| coldest - BEYOND_K * f64::from(step)));
    }
    rows_c.sort_by(f64::total_cmp);
    let wide = Layout { rows_c, ..layout.clone() };
    let mut filled = vec![0.0; wide.len()];
    let levels = Levels::new(layout, theta);
    for row in 0..wide.rows_c.len() {
        fill(layout, theta, &levels, (&wide, row), &mut filled);
    }
    filled[wide.gamma()] = theta[layout.gamma()];
    Denser { layout: wide, theta: filled }
}

/// Fills one row of the wider layout.
fn fill(
    layout: &Layout,
    theta: &[f64],
    levels: &Levels,
    (wide, row): (&Layout, usize),
    filled: &mut [f64],
) {
    let celsius = wide.rows_c[row];
    for table in layout.tables() {
        let arrhenius = layout.arrhenius(celsius);
        let shares = if table.is_logarithmic() { arrhenius } else { layout.straight(celsius) };
        let bend = levels.bend(layout, table, celsius);
        for (at, entry) in wide.entries(table, row).enumerate() {
            let of = |(row, share): (usize, f64)| {
                share * theta[layout.entries(table, row).start + at]
            };
            filled[entry] = bend + shares.parts().map(of).sum::<f64>();
        }
    }
    for pair in 0..layout.pairs {
        let held = celsius.clamp(layout.rows_c[0], layout.rows_c[layout.rows_c.len() - 1]);
        let parts = layout.arrhenius(held).parts();
        filled[wide.tau(pair, row)] =
            parts.map(|(row, share)| share * theta[layout.tau(pair, row)]).sum();
    }
}

/// Levels of the resistance without delay and of the fast polarisation, per row.
struct Levels {
    r0: Vec<f64>,
    fast: Vec<f64>,
    slow_from: usize,
}

impl Levels {
    fn new(layout: &Layout, theta: &[f64]) -> Self {
        let rows = 0..layout.rows_c.len();
        let slow = |pair: &usize| libm::exp(theta[layout.tau(*pair, 0)]) > 5.0 * SETTLED_S;
        let slow_from = (0..layout.pairs).find(slow).unwrap_or(layout.pairs);
        let r0 = rows.clone().map(|row| mean_level(layout, row, |at| theta[at + r0_start(layout, row)]));
        let fast = rows.map(|row| {
            let settled = |at: usize| {
                let pair = |pair: usize| {
                    let table = Table::Pair(pair, Direction::Discharge);
                    let tau_s = libm::exp(theta[layout.tau(pair, row)]);
                    let ohm = libm::exp(theta[layout.entries(table, row).start + at]);
                    ohm * (1.0 - libm::exp(-SETTLED_S / tau_s))
                };
                libm::log((0..slow_from.max(1).min(layout.pairs)).map(pair).sum::<f64>().max(1e-9))
            };
            mean_level(layout, row, settled)
        });
        Self { r0: r0.collect(), fast: fast.collect(), slow_from }
    }

    /// What the parabola adds to the straight line, logarithm.
    fn bend(&self, layout: &Layout, table: Table, celsius: f64) -> f64 {
        let level = match table {
            Table::R0(_) => &self.r0,
            Table::Pair(pair, _) if pair < self.slow_from => &self.fast,
            Table::Pair(..) | Table::Ocv | Table::HalfWidth => return 0.0,
        };
        bend(&layout.rows_c, level, celsius)
    }
}

fn r0_start(layout: &Layout, row: usize) -> usize {
    layout.entries(Table::R0(Direction::Discharge), row).start
}

/// Mean over the middle of the SOC range.
fn mean_level(layout: &Layout, _row: usize, value: impl Fn(usize) -> f64) -> f64 {
    let inside = |at: &usize| {
        let soc = layout.resistance_soc[*at];
        soc >= LEVEL_SOC.0 && soc <= LEVEL_SOC.1
    };
    let chosen: Vec<f64> = (0..layout.resistance_soc.len()).filter(inside).map(value).collect();
    chosen.iter().sum::<f64>() / chosen.len().max(1) as f64
}

fn inverse(celsius: f64) -> f64 {
    1.0 / (celsius + 273.15)
}

/// Difference between parabolas through neighbouring rows and the straight line between them.
fn bend(rows_c: &[f64], level: &[f64], celsius: f64) -> f64 {
    let last = rows_c.len() - 1;
    if rows_c.len() < 3 || celsius > rows_c[last] {
        return 0.0;
    }
    let x = inverse(celsius);
    let points: Vec<(f64, f64)> =
        rows_c.iter().map(|&c| inverse(c)).zip(level.iter().copied()).collect();
    let right = rows_c.partition_point(|&row_c| row_c <= celsius).clamp(1, last);
    let stretch = [points[right - 1], points[right]];
    if celsius < rows_c[0] {
        return steepened(&points, x);
    }
    let share = (x - stretch[0].0) / (stretch[1].0 - stretch[0].0);
    let before = (right >= 2).then(|| second(&points[right - 2..=right]));
    let after = (right < last).then(|| second(&points[right - 1..=right + 1]));
    let curvature = match (before, after) {
        (Some(before), Some(after)) => before * (1.0 - share) + after * share,
        (one, other) => one.or(other).unwrap_or(0.0),
    };
    curvature * (x - stretch[0].0) * (x - stretch[1].0)
}

/// Second divided difference of three points.
fn second(points: &[(f64, f64)]) -> f64 {
    let slope = |i: usize| (points[i + 1].1 - points[i].1) / (points[i + 1].0 - points[i].0);
    (slope(1) - slope(0)) / (points[2].0 - points[0].0)
}

/// What a trend that goes on steepening adds below the coldest row.
fn steepened(points: &[(f64, f64)], x: f64) -> f64 {
    let slope = (points[0].1 - points[1].1) / (points[0].0 - points[1].0);
    let most = (STEEPENING_MAX - 1.0) * slope.max(0.0) * (x - points[0].0);
    (second(&points[..3]) * (x - points[0].0) * (x - points[1].0)).clamp(0.0, most)
}
