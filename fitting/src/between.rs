//! Rows of the tables between the measured temperatures and just beyond the coldest.
//!
//! The activation energy of a cell rises in the cold, so the logarithm of a resistance over 1/T is
//! bent, and a straight line between rows 20 K apart is several per cent too high. An ohmic part
//! that holds and a charge transfer with one activation energy explain the bend; the level of a
//! resistance follows that law through the rows, its shape over SOC goes straight.
//!
//! Beyond the coldest row only levels go on: pairs share what lies between them differently from
//! row to row, and a small pair that happens to double to the next would be huge 20 K further on.
//! There the parts of the polarisation keep their shares, and their sum has one activation energy.

use crate::layout::{Direction, Layout, Table};

/// Rows further apart than this get one between, kelvin.
const GAP_K: f64 = 15.0;
/// How far beyond the coldest row a trend is followed, kelvin.
const BEYOND_K: f64 = 10.0;
/// SOC over which the level of a table is taken.
const LEVEL_SOC: (f64, f64) = (0.15, 0.9);
/// Time by which the polarisation that shares a level has settled, second.
const SETTLED_S: f64 = 100.0;
/// Time at which all pairs together have the level that goes on beyond the coldest row, second.
const TOGETHER_S: f64 = 1000.0;
/// Most that a level grows in the cold, as an activation energy, joule per mole: above what is
/// published for charge transfer and diffusion of intercalation electrodes, some 20 to 60 kJ/mol.
const STEEPEST_J_MOL: f64 = 70_000.0;
/// Gas constant, J/(mol K).
const GAS_J_MOL_K: f64 = 8.314;
/// Most that the trend lowers a logarithm between rows: noise of the rows bends it too.
const BEND_MAX: f64 = 0.1;
/// Most that the trend raises a logarithm beyond the coldest row.
const STEEPER_MAX: f64 = 0.15;
/// Floors that are tried, shares of the least resistance.
const FLOOR_STEPS: u32 = 200;
/// Kelvin of 0 °C.
const ZERO_C_K: f64 = 273.15;

/// A layout with more rows, and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Denser {
    /// The arrangement with all rows.
    pub(crate) layout: Layout,
    /// The parameters.
    pub(crate) theta: Vec<f64>,
}

/// Adds rows between measured ones that are far apart, `beyond` rows below the coldest and one
/// above the hottest.
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
    if let [.., _, hottest] = layout.rows_c[..] {
        rows_c.push(hottest + BEYOND_K);
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
    let last = layout.rows_c.len() - 1;
    let edge = match celsius {
        colder if colder < layout.rows_c[0] => Some(0),
        hotter if hotter > layout.rows_c[last] => Some(last),
        _ => None,
    };
    for table in layout.tables() {
        let bend = levels.bend(layout, table, celsius);
        let beyond = edge.filter(|_| table.is_logarithmic());
        let rise = if beyond == Some(0) { levels.rise(layout, table, celsius) } else { 0.0 };
        let arrhenius = layout.arrhenius(celsius);
        let shares = if table.is_logarithmic() { arrhenius } else { layout.straight(celsius) };
        for (at, entry) in wide.entries(table, row).enumerate() {
            let value = |row: usize| theta[layout.entries(table, row).start + at];
            let between =
                || bend + shares.parts().map(|(row, share)| share * value(row)).sum::<f64>();
            filled[entry] = match beyond {
                Some(0) => value(0) + rise + bend,
                Some(hottest) => between().min(value(hottest)),
                None => between(),
            };
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
    r0: Trend,
    fast: Trend,
    slow_from: usize,
    /// Logarithm of the polarisation of all pairs together, per row.
    together: Vec<f64>,
}

impl Levels {
    fn new(layout: &Layout, theta: &[f64]) -> Self {
        let slow = |pair: &usize| libm::exp(theta[layout.tau(*pair, 0)]) > 5.0 * SETTLED_S;
        let slow_from = (1..layout.pairs).find(slow).unwrap_or(layout.pairs);
        let rows = 0..layout.rows_c.len();
        let r0 = rows.clone().map(|row| mean_level(layout, |at| r0_log(layout, theta, row, at)));
        let level = |(row, seconds, pairs)| {
            mean_level(layout, |at| settled_log(layout, theta, (row, at), (seconds, pairs)))
        };
        let fast = rows.clone().map(|row| level((row, SETTLED_S, slow_from))).collect::<Vec<f64>>();
        Self {
            r0: Trend::new(&layout.rows_c, &r0.collect::<Vec<f64>>()),
            fast: Trend::new(&layout.rows_c, &fast),
            slow_from,
            together: rows.map(|row| level((row, TOGETHER_S, layout.pairs))).collect(),
        }
    }

    /// By how much the logarithm of a resistance goes on from the coldest row to a temperature below
    /// it: it never falls in the cold, nor grows faster than cells do.
    fn rise(&self, layout: &Layout, table: Table, celsius: f64) -> f64 {
        let inverse = |celsius: f64| 1.0 / (celsius + ZERO_C_K);
        let level = |row: usize| match table {
            Table::R0(_) => libm::log(self.r0.ohms[row]),
            Table::Pair(..) | Table::Ocv | Table::HalfWidth => self.together[row],
        };
        let (coldest, next) = (inverse(layout.rows_c[0]), inverse(layout.rows_c[1]));
        let slope_k = (level(0) - level(1)) / (coldest - next);
        slope_k.clamp(0.0, STEEPEST_J_MOL / GAS_J_MOL_K) * (inverse(celsius) - coldest)
    }

    /// What the trend adds to the straight line through the two rows next to a temperature.
    fn bend(&self, layout: &Layout, table: Table, celsius: f64) -> f64 {
        match table {
            Table::R0(_) => self.r0.bend(celsius),
            Table::Pair(pair, _) if pair < self.slow_from && celsius > layout.rows_c[0] => {
                self.fast.bend(celsius)
            }
            Table::Pair(..) | Table::Ocv | Table::HalfWidth => 0.0,
        }
    }
}

fn r0_log(layout: &Layout, theta: &[f64], row: usize, at: usize) -> f64 {
    theta[layout.entries(Table::R0(Direction::Discharge), row).start + at]
}

/// Logarithm of what the first pairs reach after a while at one position.
fn settled_log(
    layout: &Layout,
    theta: &[f64],
    (row, at): (usize, usize),
    (seconds, pairs): (f64, usize),
) -> f64 {
    let settled = |pair: usize| {
        let table = Table::Pair(pair, Direction::Discharge);
        let tau_s = libm::exp(theta[layout.tau(pair, row)]);
        let ohm = libm::exp(theta[layout.entries(table, row).start + at]);
        ohm * (1.0 - libm::exp(-seconds / tau_s))
    };
    libm::log((0..pairs).map(settled).sum::<f64>().max(1e-9))
}

/// Mean over the middle of the SOC range.
fn mean_level(layout: &Layout, value: impl Fn(usize) -> f64) -> f64 {
    let soc = &layout.resistance_soc;
    let inside = |at: &usize| soc[*at] >= LEVEL_SOC.0 && soc[*at] <= LEVEL_SOC.1;
    let chosen: Vec<f64> = (0..soc.len()).filter(inside).map(value).collect();
    chosen.iter().sum::<f64>() / chosen.len().max(1) as f64
}

/// A resistance over temperature: a part that holds and a part that follows Arrhenius' law.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trend {
    /// 1/T of the rows, falling.
    inverse: Vec<f64>,
    /// Level of the rows, ohm.
    ohms: Vec<f64>,
    /// The part that holds, ohm.
    floor: f64,
}

impl Trend {
    /// The trend of logarithms at the rows.
    pub(crate) fn new(rows_c: &[f64], logarithms: &[f64]) -> Self {
        let inverse: Vec<f64> = rows_c.iter().map(|c| 1.0 / (c + ZERO_C_K)).collect();
        let ohms: Vec<f64> = logarithms.iter().map(|&log| libm::exp(log)).collect();
        let least = ohms.iter().copied().fold(f64::INFINITY, f64::min);
        let mut floor = 0.0;
        let mut straightest = f64::INFINITY;
        for step in 0..FLOOR_STEPS {
            let tried = least * f64::from(step) / f64::from(FLOOR_STEPS);
            let bent = unevenness(&inverse, &ohms, tried);
            if bent < straightest {
                (floor, straightest) = (tried, bent);
            }
        }
        Self { inverse, ohms, floor }
    }

    /// Logarithm of the trend less the straight line through the logarithms of two rows.
    pub(crate) fn bend(&self, celsius: f64) -> f64 {
        let last = self.inverse.len() - 1;
        let x = 1.0 / (celsius + ZERO_C_K);
        if last < 2 || x < self.inverse[last] {
            return 0.0;
        }
        let right = self.inverse.partition_point(|&row| row >= x).clamp(1, last);
        let along = |floor: f64| {
            let value = |row: usize| libm::log(self.ohms[row] - floor);
            let share =
                (x - self.inverse[right - 1]) / (self.inverse[right] - self.inverse[right - 1]);
            let straight = value(right - 1) + share * (value(right) - value(right - 1));
            libm::log(floor + libm::exp(straight))
        };
        let bend = along(self.floor) - along(0.0);
        if x > self.inverse[0] { bend.clamp(0.0, STEEPER_MAX) } else { bend.clamp(-BEND_MAX, 0.0) }
    }
}

/// How much the activation energy of what lies above a floor changes from stretch to stretch:
/// spread of the slopes over their mean.
fn unevenness(inverse: &[f64], ohms: &[f64], floor: f64) -> f64 {
    let slopes: Vec<f64> = (1..ohms.len())
        .map(|row| {
            let rise = libm::log((ohms[row] - floor) / (ohms[row - 1] - floor));
            rise / (inverse[row] - inverse[row - 1])
        })
        .collect();
    let mean = slopes.iter().sum::<f64>() / slopes.len() as f64;
    let spread: f64 = slopes.iter().map(|slope| (slope - mean) * (slope - mean)).sum();
    if mean > 0.0 { spread / (mean * mean) } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::{Trend, denser};
    use crate::layout::{Direction, Layout, Table};

    /// 7 mΩ that hold and 3 mΩ at 25 °C of 45 kJ/mol.
    fn ohm(celsius: f64) -> f64 {
        let by = 1.0 / (celsius + 273.15) - 1.0 / 298.15;
        0.007 + 0.003 * libm::exp(45_000.0 / 8.314 * by)
    }

    fn trend() -> Trend {
        let rows_c = [-15.0, 5.0, 25.0, 45.0];
        Trend::new(&rows_c, &rows_c.map(|celsius| libm::log(ohm(celsius))))
    }

    /// The straight line between two rows, as the tables have it.
    fn straight(celsius: f64, low_c: f64, high_c: f64) -> f64 {
        let inverse = |c: f64| 1.0 / (c + 273.15);
        let share = (inverse(celsius) - inverse(low_c)) / (inverse(high_c) - inverse(low_c));
        libm::log(ohm(low_c)) * (1.0 - share) + libm::log(ohm(high_c)) * share
    }

    #[test]
    fn an_ohmic_part_and_arrhenius_are_followed_between_rows_and_beyond() {
        for (celsius, low_c, high_c) in
            [(15.0, 5.0, 25.0), (35.0, 25.0, 45.0), (-5.0, -15.0, 5.0), (-25.0, -15.0, 5.0)]
        {
            let found = libm::exp(straight(celsius, low_c, high_c) + trend().bend(celsius));
            assert!((found / ohm(celsius) - 1.0).abs() < 5e-3, "{celsius}: {found}");
        }
    }

    #[test]
    fn the_straight_line_alone_would_be_wrong() {
        let off = |celsius, low_c, high_c| {
            libm::exp(straight(celsius, low_c, high_c)) / ohm(celsius) - 1.0
        };
        assert!(off(-5.0, -15.0, 5.0) > 0.03);
        assert!(off(-25.0, -15.0, 5.0) < -0.05);
    }

    #[test]
    fn nothing_is_added_at_a_row_or_above_the_hottest() {
        assert!(trend().bend(5.0).abs() < 1e-9);
        assert!(trend().bend(46.0).abs() < 1e-12);
    }

    #[test]
    fn two_rows_have_no_bend() {
        let two = Trend::new(&[5.0, 25.0], &[libm::log(0.02), libm::log(0.01)]);
        assert!(two.bend(15.0).abs() < 1e-12);
    }

    /// Logarithm of a resistance of 10 mΩ at 25 °C and 30 kJ/mol.
    fn by_arrhenius(celsius: f64) -> f64 {
        let by = 1.0 / (celsius + 273.15) - 1.0 / 298.15;
        libm::log(0.01) + 30_000.0 / 8.314 * by
    }

    /// Rows at 5, 25 and 45 °C whose two pairs add up to that law, with the first one's share of each.
    fn traded(shares: [f64; 3]) -> (Layout, Vec<f64>) {
        let soc = vec![0.0, 0.3, 0.6, 1.0];
        let layout = Layout {
            rows_c: vec![5.0, 25.0, 45.0],
            ocv_soc: soc.clone(),
            half_soc: soc.clone(),
            resistance_soc: soc,
            pairs: 2,
        };
        let mut theta = vec![0.0; layout.len()];
        for (row, share) in shares.into_iter().enumerate() {
            let sum = by_arrhenius(layout.rows_c[row]);
            for table in layout.tables().filter(|table| table.is_logarithmic()) {
                let part = match table {
                    Table::Pair(0, _) => share,
                    Table::Pair(..) => 1.0 - share,
                    _ => 1.0,
                };
                layout.entries(table, row).for_each(|at| theta[at] = sum + libm::log(part));
            }
        }
        (layout, theta)
    }

    #[test]
    fn pairs_that_trade_places_between_rows_keep_their_shares_in_the_cold() {
        let (layout, theta) = traded([0.8, 0.1, 0.5]);
        let wide = denser(&layout, &theta, 1);
        let ohm = |celsius: f64, pair: usize| {
            let row = wide.layout.rows_c.iter().position(|row| (row - celsius).abs() < 1e-9);
            let table = Table::Pair(pair, Direction::Discharge);
            let entries = wide.layout.entries(table, row.expect("the row is there"));
            libm::exp(wide.theta[entries.start + 1])
        };
        let sum = libm::exp(by_arrhenius(-5.0));
        assert!((ohm(-5.0, 0) / (0.8 * sum) - 1.0).abs() < 1e-6);
        assert!((ohm(-5.0, 1) / (0.2 * sum) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn no_level_grows_faster_in_the_cold_than_cells_do() {
        let (layout, mut theta) = traded([0.5, 0.5, 0.5]);
        let table = Table::R0(Direction::Discharge);
        layout.entries(table, 0).for_each(|at| theta[at] += 3.0);
        let wide = denser(&layout, &theta, 1);
        let at = |row: usize| wide.theta[wide.layout.entries(table, row).start];
        let by = 1.0 / (273.15 - 5.0) - 1.0 / (273.15 + 5.0);
        let most = 70_000.0 / 8.314 * by;
        // The bend of the trend may add 0.15, no more.
        assert!(at(0) - at(1) <= most + 0.15 + 1e-9, "{} {most}", at(0) - at(1));
        assert!(at(0) > at(1));
    }
}
