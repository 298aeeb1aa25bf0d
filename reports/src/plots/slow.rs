//! Charts over the whole run: cell voltages, current, port, temperatures, state of charge.

use super::panel::{Panel, Series};
use super::pen::Ink;
use super::{Chart, single};
use crate::Judged;
use crate::evidence::{current, highest, lowest, read};
use scenarios::expect::Signal;
use sim::time::SimTime;
use sim::trace::Row;

/// Values closer than this are one line: half a count of the front end (0.625 mV, SH367309).
const SAME_VOLTAGE_V: f64 = 0.000_3;
/// Temperatures closer than this are one line, °C.
const SAME_TEMPERATURE: f64 = 0.05;

/// The charts, in the order of the page.
pub(super) fn charts(judged: &Judged<'_>) -> Vec<Chart> {
    let rows = &judged.trace.rows;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Vec::new() };
    let span = (first.at, last.at);
    let panels = [
        ("Cell voltages", cells(judged)),
        ("Cell voltage spread", spread(judged)),
        ("Pack current, charge positive", pack_current(judged)),
        ("Pack and port voltage", port(judged)),
        ("Temperatures", temperatures(judged)),
        ("State of charge, true and estimated", soc(judged)),
    ];
    panels.into_iter().filter_map(|(title, panel)| single(title, &panel?, span)).collect()
}

fn line(rows: &[Row], signal: Signal) -> Vec<(SimTime, f64)> {
    rows.iter().filter_map(|row| Some((row.at, read(row, signal)?))).collect()
}

/// The thresholds of a scenario that belong to some signals, scaled.
fn limits(judged: &Judged<'_>, scale: f64, wanted: fn(Signal) -> bool) -> Vec<(String, f64)> {
    let thresholds = judged.scenario.thresholds.iter().filter(|it| wanted(it.signal));
    thresholds.map(|it| (it.label.clone(), it.value * scale)).collect()
}

fn cells(judged: &Judged<'_>) -> Option<Panel> {
    let rows = &judged.trace.rows;
    let count = rows.iter().map(|row| row.truth.cells_v.len()).max()?;
    let lines: Vec<_> = (0..count).map(|cell| line(rows, Signal::Cell(cell))).collect();
    let band: Vec<_> = rows.iter().filter_map(|row| extremes(row.at, &row.truth.cells_v)).collect();
    let series = match band.iter().all(|(_, low, high)| high - low < SAME_VOLTAGE_V) {
        true if count > 1 => {
            vec![Series::line(format!("all {count} cells"), Ink::Blue, line(rows, Signal::CellMax))]
        }
        _ => spread_lines(lines, band),
    };
    let limits =
        limits(judged, 1.0, |it| matches!(it, Signal::Cell(_) | Signal::CellMax | Signal::CellMin));
    Some(Panel { unit: "V", least: 0.04, series, limits })
}

fn extremes(at: SimTime, values: &[f64]) -> Option<(SimTime, f64, f64)> {
    Some((at, lowest(values)?, highest(values)?))
}

/// The band of all cells, and the two cells that reached furthest up and down, by name.
fn spread_lines(
    mut lines: Vec<Vec<(SimTime, f64)>>,
    band: Vec<(SimTime, f64, f64)>,
) -> Vec<Series> {
    let count = lines.len();
    let peak = |cell: &usize| lines[*cell].iter().map(|it| it.1).fold(f64::NEG_INFINITY, f64::max);
    let valley = |cell: &usize| lines[*cell].iter().map(|it| it.1).fold(f64::INFINITY, f64::min);
    let top = (0..count).rev().max_by(|a, b| peak(a).total_cmp(&peak(b))).unwrap_or(0);
    let low = (0..count).min_by(|a, b| valley(a).total_cmp(&valley(b))).unwrap_or(0);
    let mut series = Vec::new();
    if count > 2 {
        series.push(Series::band(format!("all {count} cells"), Ink::Blue, band));
    }
    if count == 0 {
        return series;
    }
    if top == low {
        let name = format!("cell {} (highest and lowest)", top + 1);
        series.push(Series::line(name, Ink::Orange, std::mem::take(&mut lines[top])));
        return series;
    }
    let name = format!("cell {} (reaches highest)", top + 1);
    series.push(Series::line(name, Ink::Orange, std::mem::take(&mut lines[top])));
    let name = format!("cell {} (reaches lowest)", low + 1);
    series.push(Series::line(name, Ink::Blue, std::mem::take(&mut lines[low])));
    series
}

/// Drawn where a limit of the spread is in play.
fn spread(judged: &Judged<'_>) -> Option<Panel> {
    let limits = limits(judged, 1_000.0, |it| it == Signal::CellSpread);
    if limits.is_empty() {
        return None;
    }
    let points = line(&judged.trace.rows, Signal::CellSpread);
    let points = points.into_iter().map(|(at, volts)| (at, volts * 1_000.0)).collect();
    let series = vec![Series::line("highest minus lowest cell", Ink::Blue, points)];
    Some(Panel { unit: "mV", least: 5.0, series, limits })
}

fn pack_current(judged: &Judged<'_>) -> Option<Panel> {
    let series = vec![Series::line("pack current", Ink::Blue, current(judged.trace))];
    let limits = limits(judged, 1.0, |it| it == Signal::Current);
    Some(Panel { unit: "A", least: 2.0, series, limits })
}

fn port(judged: &Judged<'_>) -> Option<Panel> {
    let rows = &judged.trace.rows;
    let limits = limits(judged, 1.0, |it| matches!(it, Signal::Port | Signal::Pack));
    let bursts = judged.trace.bursts.iter().flatten();
    let mut port = line(rows, Signal::Port);
    port.extend(bursts.map(|point| (point.at, point.port_v)));
    port.sort_by_key(|(at, _)| *at);
    let series = vec![
        Series::line("pack", Ink::Blue, line(rows, Signal::Pack)),
        Series::line("port", Ink::Orange, port),
    ];
    Some(Panel { unit: "V", least: 1.0, series, limits })
}

fn temperatures(judged: &Judged<'_>) -> Option<Panel> {
    let rows = &judged.trace.rows;
    let mut series = class(rows, "cell sensor", Ink::Blue, |row| &row.truth.cell_c);
    series.extend(class(rows, "MOSFET sensor", Ink::Orange, |row| &row.truth.mos_c));
    let ambient = rows.iter().map(|row| (row.at, row.truth.ambient_c)).collect();
    series.push(Series::line("ambient", Ink::Mark, ambient));
    let limits = limits(judged, 1.0, |it| {
        matches!(it, Signal::CellTemperature(_) | Signal::MosTemperature(_))
    });
    Some(Panel { unit: "°C", least: 4.0, series, limits })
}

/// One line if all sensors of a class agree, else the band of all.
fn class(rows: &[Row], name: &str, ink: Ink, of: fn(&Row) -> &[f64]) -> Vec<Series> {
    let band: Vec<_> = rows.iter().filter_map(|row| extremes(row.at, of(row))).collect();
    let hottest: Vec<_> = band.iter().map(|&(at, _, high)| (at, high)).collect();
    if band.iter().all(|(_, low, high)| high - low < SAME_TEMPERATURE) {
        return vec![Series::line(format!("{name}s"), ink, hottest)];
    }
    let coldest: Vec<_> = band.iter().map(|&(at, low, _)| (at, low)).collect();
    vec![
        Series::band(format!("{name}s, coldest to hottest"), ink, band),
        Series::line("", ink, hottest),
        Series::line("", ink, coldest),
    ]
}

fn soc(judged: &Judged<'_>) -> Option<Panel> {
    let rows = &judged.trace.rows;
    let per_cent = |share: f64| share * 100.0;
    let truth: Vec<_> = rows
        .iter()
        .filter_map(|row| extremes(row.at, &row.truth.socs))
        .map(|(at, low, high)| (at, per_cent(low), per_cent(high)))
        .collect();
    let mean: Vec<_> = truth.iter().map(|&(at, low, high)| (at, 0.5 * (low + high))).collect();
    let estimate = line(rows, Signal::SocEstimate);
    let estimate = estimate.into_iter().map(|(at, share)| (at, per_cent(share))).collect();
    let mut series = Vec::new();
    if !truth.is_empty() {
        series.push(Series::band("true, lowest to highest cell", Ink::Blue, truth));
        series.push(Series::line("true, middle", Ink::Blue, mean));
    }
    series.push(Series::line("estimated", Ink::Orange, estimate));
    let limits = limits(judged, 100.0, |it| matches!(it, Signal::Soc(_) | Signal::SocEstimate));
    Some(Panel { unit: "%", least: 2.0, series, limits })
}
