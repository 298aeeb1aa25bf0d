//! Charts over the whole run: cell voltages, current, port, temperatures, state of charge.

use super::panel::{Panel, Series};
use super::pen::Ink;
use super::scale::number;
use super::{Chart, single};
use crate::Judged;
use crate::evidence::{highest, lowest, read};
use scenarios::expect::Signal;
use sim::time::SimTime;
use sim::trace::{BurstPoint, EventKind, Row, Trace, Truth};

/// Values closer than this are one line: half a count of the front end (0.625 mV, SH367309).
const SAME_VOLTAGE_V: f64 = 0.000_3;
/// Temperatures closer than this are one line, °C.
const SAME_TEMPERATURE: f64 = 0.05;

/// The charts, in the order of the page.
pub(super) fn charts(judged: &Judged<'_>) -> Vec<Chart> {
    let rows = &judged.trace.rows;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Vec::new() };
    let span = (first.at, last.at);
    let cells = cells(judged).map(|panel| ("Cell voltages", panel));
    let changing = optional(judged).filter(|(_, panel)| panel.unchanged().is_none());
    let drawn = cells.into_iter().chain(changing);
    drawn.filter_map(|(title, panel)| single(title, &panel, span)).collect()
}

/// What is only drawn where it changes.
fn optional(judged: &Judged<'_>) -> impl Iterator<Item = (&'static str, Panel)> {
    let panels = [
        ("Pack current, charge positive", pack_current(judged)),
        ("Cell voltage spread", spread(judged)),
        ("Pack and port voltage", port(judged)),
        ("Temperatures", temperatures(judged)),
        ("State of charge, true and estimated", soc(judged)),
    ];
    panels.into_iter().filter_map(|(title, panel)| Some((title, panel?)))
}

/// What does not change over the run and is therefore not drawn: name and value.
pub(crate) fn unchanged(judged: &Judged<'_>) -> Vec<(&'static str, String)> {
    let said = optional(judged).filter_map(|(title, panel)| {
        let values = panel.unchanged()?;
        let shown = values.iter().filter(|(name, _)| !name.is_empty());
        let shown = shown.map(|(name, value)| format!("{name} {} {}", short(*value), panel.unit));
        Some((title, shown.collect::<Vec<_>>().join(", ")))
    });
    said.filter(|(_, values)| !values.is_empty()).collect()
}

/// At most two decimals, no idle zeros.
fn short(value: f64) -> String {
    let text = number(value, 2);
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// A quantity over time from rows and fast phases together. Where the outside acts or a switch
/// moves between two points that no fast phase joins, the first point's value holds until then:
/// what changed was a jump, not a slope.
pub(super) fn stepped(
    trace: &Trace,
    of_row: fn(&Truth) -> f64,
    of_point: fn(&BurstPoint) -> f64,
) -> Vec<(SimTime, f64)> {
    let rows = trace.rows.iter().map(|row| (row.at, of_row(&row.truth), None));
    let mut points: Vec<_> = rows.collect();
    for (index, burst) in trace.bursts.iter().enumerate() {
        points.extend(burst.iter().map(|it| (it.at, of_point(it), Some(index))));
    }
    points.sort_by_key(|(at, ..)| *at);
    let mut jumps = trace.events.iter().filter(|event| jumps(&event.kind)).peekable();
    let mut stepped: Vec<(SimTime, f64)> = Vec::with_capacity(points.len());
    let mut before: Option<(f64, Option<usize>)> = None;
    for (at, value, phase) in points {
        let first = jumps.peek().map(|event| event.at).filter(|jump| *jump <= at);
        while jumps.next_if(|event| event.at <= at).is_some() {}
        if let (Some(jump), Some((held, of))) = (first, before)
            && (phase.is_none() || phase != of)
        {
            stepped.push((jump, held));
        }
        stepped.push((at, value));
        before = Some((value, phase));
    }
    stepped
}

fn jumps(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Stimulus(_) | EventKind::Acted(_) | EventKind::Switched(..))
}

fn line(rows: &[Row], signal: Signal) -> Vec<(SimTime, f64)> {
    rows.iter().filter_map(|row| Some((row.at, read(row, signal)?))).collect()
}

/// The thresholds of a scenario that belong to some signals, scaled.
fn limits(judged: &Judged<'_>, scale: f64, wanted: fn(Signal) -> bool) -> Vec<(String, f64)> {
    let thresholds = judged.scenario.thresholds.iter().filter(|it| wanted(it.signal));
    thresholds.map(|it| (it.label.replace(" -", " −"), it.value * scale)).collect()
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
    Some(Panel::new("V", 0.04, series, limits, 0.1))
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
    Some(Panel::new("mV", 5.0, series, limits, 30.0))
}

fn pack_current(judged: &Judged<'_>) -> Option<Panel> {
    let series = stepped(judged.trace, |it| it.current_a, |it| it.current_a);
    let series = vec![Series::line("pack current", Ink::Blue, series)];
    let limits = limits(judged, 1.0, |it| it == Signal::Current);
    Some(Panel::new("A", 2.0, series, limits, 20.0))
}

fn port(judged: &Judged<'_>) -> Option<Panel> {
    let rows = &judged.trace.rows;
    let limits = limits(judged, 1.0, |it| matches!(it, Signal::Port | Signal::Pack));
    let port = stepped(judged.trace, |it| it.port_v, |it| it.port_v);
    let series = vec![
        Series::line("pack", Ink::Blue, line(rows, Signal::Pack)),
        Series::line("port", Ink::Orange, port),
    ];
    Some(Panel::new("V", 1.0, series, limits, 2.0))
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
    Some(Panel::new("°C", 4.0, series, limits, 8.0))
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
    let means = rows.iter().filter_map(|row| Some((row.at, per_cent(mean(&row.truth.socs)?))));
    let estimate = line(rows, Signal::SocEstimate);
    let estimate = estimate.into_iter().map(|(at, share)| (at, per_cent(share))).collect();
    let mut series = Vec::new();
    if !truth.is_empty() {
        series.push(Series::band("true, lowest to highest cell", Ink::Blue, truth));
        series.push(Series::line("true, mean of all cells", Ink::Blue, means.collect()));
    }
    series.push(Series::line("estimated", Ink::Orange, estimate));
    let limits = limits(judged, 100.0, |it| matches!(it, Signal::Soc(_) | Signal::SocEstimate));
    Some(Panel::new("%", 2.0, series, limits, 5.0))
}

fn mean(values: &[f64]) -> Option<f64> {
    let count = u32::try_from(values.len()).ok().filter(|count| *count > 0)?;
    Some(values.iter().sum::<f64>() / f64::from(count))
}
