//! The account of a fit: what was found, how sure it is, and how well it repeats the measurement.
//!
//! [`table`] for a terminal, [`files::write`] for a folder with page, document and tables.

mod charts;
pub mod files;
mod page;
mod sheet;
pub mod table;

use crate::plots::Chart;
use fitting::Fitted;
use fitting::report::{Figure, RecordFit, Score, TracePoint};

/// A fit, and what is shown beside it.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// What the fit handed back.
    pub fitted: &'a Fitted,
    /// The cell file, as it was written.
    pub cell: &'a str,
    /// Where the cell file stands, as the user named it.
    pub path: &'a str,
    /// What was told while the measurements were read, each with its file.
    pub notes: &'a [String],
}

/// The tables of a cell in the order of its file, each with what people call it and the factor and
/// unit they read it in.
const TABLES: [(&str, &str, f64, &str); 6] = [
    ("ocv", "open-circuit voltage", 1.0, "V"),
    ("hysteresis.half_width", "hysteresis, half width", 1e3, "mV"),
    ("r0_discharge", "R0, discharging", 1e3, "mΩ"),
    ("r0_charge", "R0, charging", 1e3, "mΩ"),
    ("hysteresis.gamma", "hysteresis, pace", 1.0, ""),
    ("capacity_ah", "capacity", 1.0, "Ah"),
];

/// What people call a table, and the factor and unit they read it in.
fn called(figure: &Figure) -> (String, f64, &'static str) {
    if let Some((_, name, factor, unit)) = TABLES.iter().find(|it| it.0 == figure.table) {
        return ((*name).to_owned(), *factor, unit);
    }
    let (factor, unit) = match figure.unit {
        "ohm" => (1e3, "mΩ"),
        other => (1.0, other),
    };
    let name = match pair(&figure.table) {
        Some((pair, "discharge")) => format!("R{pair}, discharging"),
        Some((pair, "charge")) => format!("R{pair}, charging"),
        Some((pair, "tau")) => format!("time constant {pair}"),
        _ => figure.table.replace(['.', '_'], " "),
    };
    (name, factor, unit)
}

/// The number of a pair, from 1, and which of its tables; `branches[0].tau` is `(1, "tau")`.
fn pair(table: &str) -> Option<(usize, &str)> {
    let (index, part) = table.strip_prefix("branches[")?.split_once("].")?;
    Some((index.parse::<usize>().ok()? + 1, part))
}

/// The error over some records together, weighted by the number of their rows.
#[must_use]
pub fn together<'r>(scores: impl Iterator<Item = &'r Score>) -> Option<Score> {
    let mut rows = 0;
    let (mut squares, mut max_v) = (0.0, 0.0_f64);
    let mut soc = (f64::INFINITY, f64::NEG_INFINITY);
    for score in scores {
        rows += score.rows;
        squares += to_f64(score.rows) * score.rmse_v * score.rmse_v;
        max_v = max_v.max(score.max_v);
        soc = (soc.0.min(score.soc.0), soc.1.max(score.soc.1));
    }
    let mean = squares / to_f64(rows);
    (rows > 0).then(|| Score { rows, rmse_v: libm::sqrt(mean), max_v, soc })
}

/// Modelled and measured voltage over time, and below it their difference; `None` without points.
///
/// Rows that were fitted and rows that were held out have colours of their own.
#[must_use]
pub fn comparison(title: &str, trace: &[TracePoint]) -> Option<Chart> {
    charts::comparison(title, trace)
}

impl Account<'_> {
    fn records(&self) -> &[RecordFit] {
        &self.fitted.report.records
    }

    /// Error over all rows that were fitted.
    fn fitted_score(&self) -> Option<Score> {
        together(self.records().iter().filter_map(|it| it.fitted.as_ref()))
    }

    /// Error over all rows that were held out.
    fn held_out_score(&self) -> Option<Score> {
        together(self.records().iter().filter_map(|it| it.held_out.as_ref()))
    }

    /// The temperature rows of the tables, rising, degree Celsius.
    fn temperatures(&self) -> Vec<f64> {
        let figures = &self.fitted.report.figures;
        let mut rows: Vec<f64> = figures.iter().filter_map(|it| it.temperature_c).collect();
        rows.sort_by(f64::total_cmp);
        rows.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
        rows
    }

    /// The tables that have figures, in the order of the first of each.
    fn tables(&self) -> Vec<&str> {
        let mut tables: Vec<&str> = Vec::new();
        for figure in &self.fitted.report.figures {
            if !tables.contains(&figure.table.as_str()) {
                tables.push(&figure.table);
            }
        }
        tables
    }

    /// The figures of a table, at one temperature or at all.
    fn figures(&self, table: &str, temperature_c: Option<f64>) -> Vec<&Figure> {
        let figures = self.fitted.report.figures.iter().filter(|it| it.table == table);
        let at = |it: &&Figure| match (temperature_c, it.temperature_c) {
            (Some(wanted), Some(here)) => (wanted - here).abs() < 1e-9,
            _ => true,
        };
        figures.filter(at).collect()
    }

    /// The figure of a table nearest to half full at 25 °C.
    fn typical(&self, table: &str) -> Option<&Figure> {
        let away = |it: &&Figure| {
            let kelvin = it.temperature_c.map_or(0.0, |celsius| (celsius - 25.0).abs());
            let soc = it.soc.map_or(0.0, |soc| (soc - 0.5).abs());
            1000.0 * kelvin + soc
        };
        self.figures(table, None).into_iter().min_by(|a, b| away(a).total_cmp(&away(b)))
    }
}

/// The text with a capital at its beginning, as headings have it.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A voltage error in millivolt, as people read it.
fn millivolts(volts: f64) -> String {
    let shown = 1e3 * volts;
    if shown < 9.95 { format!("{shown:.2} mV") } else { format!("{shown:.1} mV") }
}

/// Four significant digits, or the decimals of an integer part that needs more.
fn significant(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size >= 1000.0 => 0,
        _ if size >= 100.0 => 1,
        _ if size >= 10.0 => 2,
        _ if size >= 1.0 => 3,
        _ => 4,
    };
    crate::plots::number(value, decimals)
}

fn to_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
#[path = "fit/tests.rs"]
mod tests;
