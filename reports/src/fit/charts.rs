//! The charts of a fit: model against measurement, residuals, open-circuit voltage, resistances.

use super::{Account, called, capital, pair};
use crate::plots::{self, Axes, Chart, Ink, Panel, Series};
use fitting::report::{Figure, Origin, RecordFit, TracePoint};
use sim::time::SimTime;

/// So many records are drawn, those with the largest errors; a page of hundreds would open slowly.
pub(super) const RECORDS_MAX: usize = 12;
/// So many dots of residuals are drawn.
const DOTS_MAX: usize = 3000;
/// A line ends where the next point is further off than so many usual steps and this share of all.
const GAP_STEPS: f64 = 5.0;
const GAP_SHARE: f64 = 0.015;
/// Colours of temperature rows, cold to hot.
const ROWS: [Ink; 6] = [Ink::Blue, Ink::Purple, Ink::Green, Ink::Orange, Ink::Text, Ink::Mark];

/// The records that are drawn, in their order.
pub(super) fn drawn<'a>(account: &Account<'a>) -> Vec<&'a RecordFit> {
    let records = &account.fitted.report.records;
    let error = |it: &RecordFit| {
        let scores = it.fitted.iter().chain(&it.held_out);
        scores.fold(0.0_f64, |most, score| most.max(score.rmse_v))
    };
    let mut order: Vec<_> = (0..records.len()).collect();
    order.sort_by(|a, b| error(&records[*b]).total_cmp(&error(&records[*a])));
    order.truncate(RECORDS_MAX);
    order.sort_unstable();
    order.into_iter().map(|index| &records[index]).collect()
}

/// Voltage above, residual below, over time.
pub(super) fn comparison(title: &str, trace: &[TracePoint]) -> Option<Chart> {
    let gap_s = gap_s(trace);
    let span = (moment(trace.first()?.time_s), moment(trace.last()?.time_s));
    let at = |point: &TracePoint| moment(point.time_s);
    let of = |value: fn(&TracePoint) -> f64| move |it: &TracePoint| (at(it), value(it));
    let lines = |wanted: &dyn Fn(&TracePoint) -> bool, value: fn(&TracePoint) -> f64| {
        let runs = runs(trace, gap_s, wanted).into_iter();
        runs.map(|run| run.iter().map(of(value)).collect()).collect::<Vec<_>>()
    };
    let measured = |it: &TracePoint| it.measured_v.is_finite();
    let mut voltages = joined("measured", Ink::Blue, lines(&measured, |it| it.measured_v));
    voltages.extend(joined("model", Ink::Orange, lines(&|_| true, |it| it.model_v)));
    let most = most(errors(trace.iter()).collect())?;
    let residual = |held_out: bool| {
        let chosen = move |it: &TracePoint| it.held_out == held_out && it.error_v().abs() <= most;
        lines(&chosen, |it| 1e3 * it.error_v())
    };
    let (fitted, held_out) = (residual(false), residual(true));
    let both = !fitted.is_empty() && !held_out.is_empty();
    let label = if both { "model less measured, fitted" } else { "model less measured" };
    let mut residuals = vec![Series::line("", Ink::Mark, vec![(span.0, 0.0), (span.1, 0.0)])];
    residuals.extend(joined(label, Ink::Green, fitted));
    let label = if both { "held out" } else { "model less measured, held out" };
    residuals.extend(joined(label, Ink::Purple, held_out));
    let mut below = Panel::new("mV", 2.0, residuals, Vec::new(), 0.0);
    below.far = beyond(errors(trace.iter()), most).into_iter().collect();
    let panels = [Panel::new("V", 0.02, voltages, Vec::new(), 0.0), below];
    plots::stacked(title, &panels, span)
}

/// Longest way between points that a line goes, second: nothing was measured in a longer one.
fn gap_s(trace: &[TracePoint]) -> f64 {
    let mut steps: Vec<f64> =
        trace.windows(2).map(|pair| pair[1].time_s - pair[0].time_s).collect();
    steps.sort_by(f64::total_cmp);
    let usual = steps.get(steps.len() / 2).copied().unwrap_or(f64::INFINITY);
    let span: f64 = steps.iter().sum();
    (GAP_STEPS * usual).max(GAP_SHARE * span)
}

/// Neighbouring points that fulfil something.
fn runs(
    trace: &[TracePoint],
    gap_s: f64,
    wanted: impl Fn(&TracePoint) -> bool,
) -> Vec<&[TracePoint]> {
    let parts = trace.chunk_by(|a, b| wanted(a) == wanted(b) && b.time_s - a.time_s <= gap_s);
    parts.filter(|part| part.first().is_some_and(&wanted)).collect()
}

/// Lines in one colour of which the first is in the legend.
fn joined(label: &str, ink: Ink, lines: Vec<Vec<(SimTime, f64)>>) -> Vec<Series> {
    let label = |index: usize| if index == 0 { label } else { "" };
    lines
        .into_iter()
        .enumerate()
        .map(|(index, points)| Series::line(label(index), ink, points))
        .collect()
}

fn moment(seconds: f64) -> SimTime {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let nanos = (seconds.max(0.0) * 1e9) as u64;
    SimTime(nanos)
}

/// Residuals of all records over the state of charge.
pub(super) fn over_soc(account: &Account<'_>) -> Option<Chart> {
    let records = account.records();
    let total: usize = records.iter().map(|it| it.trace.len()).sum();
    let every = total.div_ceil(DOTS_MAX).max(1);
    let points = || {
        let thinned = records.iter().flat_map(|it| &it.trace).step_by(every);
        thinned.filter(|it| it.error_v().is_finite())
    };
    let most = most(errors(points()).collect())?;
    let dots = |held_out: bool| {
        let chosen = points().filter(|it| it.held_out == held_out && it.error_v().abs() <= most);
        chosen.map(|it| (100.0 * it.soc, 1e3 * it.error_v())).collect::<Vec<_>>()
    };
    let mut series = vec![Series::dots("fitted rows", Ink::Green, dots(false))];
    let held_out = dots(true);
    if !held_out.is_empty() {
        series.push(Series::dots("held-out rows", Ink::Purple, held_out));
    }
    let mut panel = Panel::new("mV", 4.0, series, Vec::new(), 0.0);
    panel.far = beyond(errors(points()), most).into_iter().collect();
    plots::plain("Model less measured voltage over state of charge", &panel, SOC)
}

/// Sizes of the errors, volt.
fn errors<'t>(points: impl Iterator<Item = &'t TracePoint>) -> impl Iterator<Item = f64> {
    points.map(|it| it.error_v().abs()).filter(|it| it.is_finite())
}

/// Says how many errors are larger than the largest that is drawn, and how large; `None` for none.
fn beyond(errors: impl Iterator<Item = f64>, most: f64) -> Option<String> {
    let (mut all, mut out, mut largest) = (0, 0, 0.0_f64);
    for error in errors {
        all += 1;
        out += usize::from(error > most);
        largest = largest.max(error);
    }
    let share = 100.0 * super::to_f64(out) / super::to_f64(all);
    (out > 0).then(|| format!("{share:.1} % of the points, up to {:.0} mV", 1e3 * largest))
}

/// The largest error that is drawn: a few strays would flatten all others.
fn most(mut errors: Vec<f64>) -> Option<f64> {
    errors.sort_by(f64::total_cmp);
    let largest = *errors.last()?;
    let usual = 2.0 * errors[errors.len() * 97 / 100];
    Some(if largest > usual { usual } else { largest })
}

const SOC: Axes = Axes { name: "state of charge", unit: "%", range: (0.0, 100.0) };

/// Open-circuit voltage of every temperature row, with the hysteresis around it.
pub(super) fn ocv(account: &Account<'_>) -> Option<Chart> {
    let params = &account.fitted.params;
    let mut series = Vec::new();
    let rows = chosen(&account.temperatures());
    for (celsius, ink) in &rows {
        let points = (0..=200_u32).map(|step| f64::from(step) / 200.0);
        let both = points.map(|soc| {
            let middle = params.ocv.at(soc, *celsius);
            (soc, middle, params.hysteresis.half_width_v(soc, *celsius))
        });
        let both: Vec<_> = both.collect();
        let band = both.iter().map(|(soc, v, half)| (100.0 * soc, v - half, v + half)).collect();
        let line = both.iter().map(|(soc, v, _)| (100.0 * soc, *v)).collect();
        series.push(Series::band("", *ink, band));
        series.push(Series::line(named(*celsius), *ink, line));
    }
    let panel = Panel::new("V", 0.1, series, Vec::new(), 0.0);
    let title = "Open-circuit voltage, and the band between its discharge and charge branches";
    plots::plain(title, &panel, SOC)
}

/// The tables that are drawn over the state of charge, besides the open-circuit voltage: each with
/// its confidence band, a line per temperature.
pub(super) fn tables(account: &Account<'_>) -> Vec<Chart> {
    let tables = account.tables().into_iter().filter(|table| *table != "ocv");
    tables.filter_map(|table| over_tables(account, table)).collect()
}

fn over_tables(account: &Account<'_>, table: &str) -> Option<Chart> {
    let first = account.figures(table, None).first().copied()?;
    let (name, factor, unit) = called(first);
    let name = capital(&name);
    let is_over_soc = account.figures(table, None).iter().any(|it| it.soc.is_some());
    if !is_over_soc {
        return over_temperature(account, table, &name, (factor, unit));
    }
    let mut series: Vec<Series<f64>> = Vec::new();
    for (celsius, ink) in chosen(&account.temperatures()) {
        let figures = account.figures(table, Some(celsius));
        let at = |it: &&Figure| 100.0 * it.soc.unwrap_or(0.5);
        let band = figures.iter().map(|it| (at(it), factor * it.low, factor * it.high)).collect();
        let line = figures.iter().map(|it| (at(it), factor * it.value)).collect();
        series.push(Series::band("", ink, band));
        series.push(Series::line(named(celsius), ink, line));
        let measured = figures.iter().filter(|it| it.origin == Origin::Measured);
        let dots = measured.map(|it| (at(it), factor * it.value)).collect();
        series.push(Series::dots("", ink, dots));
    }
    let mut panel = Panel::new(unit, 0.01, series, Vec::new(), 0.0);
    panel.is_logarithmic = first.unit == "ohm";
    plots::plain(&format!("{name}, with the interval of 95 % confidence"), &panel, SOC)
}

/// A table without states of charge: one value per temperature.
fn over_temperature(
    account: &Account<'_>,
    table: &str,
    name: &str,
    (factor, unit): (f64, &'static str),
) -> Option<Chart> {
    let figures = account.figures(table, None);
    let at = |it: &&Figure| it.temperature_c;
    let placed: Vec<_> = figures.iter().filter_map(|it| Some((at(it)?, *it))).collect();
    let (first, last) = (placed.first()?.0, placed.last()?.0);
    if last - first < 1.0 {
        return None;
    }
    let band = placed.iter().map(|(x, it)| (*x, factor * it.low, factor * it.high)).collect();
    let line: Vec<_> = placed.iter().map(|(x, it)| (*x, factor * it.value)).collect();
    let series = vec![
        Series::band("95 % confidence", Ink::Blue, band),
        Series::line("value", Ink::Blue, line.clone()),
        Series::dots("", Ink::Blue, line),
    ];
    let mut panel = Panel::new(unit, 0.01, series, Vec::new(), 0.0);
    panel.is_logarithmic = pair(table).is_some();
    let axes = Axes { name: "temperature", unit: "°C", range: (first, last) };
    plots::plain(&format!("{name} over temperature"), &panel, axes)
}

/// The temperature rows that are drawn, with their colours; of more rows than colours some of
/// those between are left out.
fn chosen(rows: &[f64]) -> Vec<(f64, Ink)> {
    let last = rows.len().saturating_sub(1);
    let most = ROWS.len() - 1;
    let picked: Vec<f64> = if last > most {
        (0..=most).map(|place| rows[place * last / most]).collect()
    } else {
        rows.to_vec()
    };
    picked.into_iter().zip(ROWS).collect()
}

fn named(celsius: f64) -> String {
    format!("{} °C", plots::number(celsius, 0))
}
