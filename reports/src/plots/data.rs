//! What a chart is drawn from, as data for a page that draws it again when it is zoomed.

use super::panel::{Panel, Series, Shape};
use super::pen::Ink;
use crate::show;
use crate::thin::{self, Quantity, Resolution};
use serde_json::{Value, json};
use sim::time::SimTime;

/// More points than this per line are thinned further: a screen has fewer columns.
const POINTS_MAX: usize = 6_000;
/// Columns of a thinned line; each keeps its first, lowest, highest and last point.
const COLUMNS: u64 = 1_500;

/// A panel over a span of time: lines, bands and points with times in seconds, and its limits.
pub(crate) fn of(panel: &Panel, (from, to): (SimTime, SimTime)) -> Value {
    json!({
        "unit": panel.unit,
        "span": [seconds(from), seconds(to)],
        "series": panel.series.iter().map(|it| {
            series(it, (from, to), resolution(panel.unit))
        }).collect::<Vec<_>>(),
        "limits": panel.limits.iter().map(|(label, value)| json!({
            "label": label, "value": short(*value, None),
        })).collect::<Vec<_>>(),
    })
}

/// As fine as the table of rows, so that a zoom shows what a table would.
fn resolution(unit: &str) -> Option<Resolution> {
    Some(match unit {
        "V" => thin::VOLTAGE_V,
        "mV" => thin::VOLTAGE_MV,
        "A" => thin::CURRENT_A,
        "°C" => thin::TEMPERATURE_C,
        "%" => thin::PER_CENT,
        _ => return None,
    })
}

fn series(it: &Series, span: (SimTime, SimTime), resolution: Option<Resolution>) -> Value {
    let values = |of: &[(SimTime, f64)], kept: &[usize]| {
        kept.iter().map(|&index| short(of[index].1, resolution)).collect::<Vec<_>>()
    };
    let moments = |of: &[(SimTime, f64)], kept: &[usize]| times(kept.iter().map(|&it| of[it].0));
    match &it.shape {
        Shape::Line(points) | Shape::Dots(points) => {
            // No line joins dots, so none can stand for what is left out.
            let dots = matches!(it.shape, Shape::Dots(_));
            let kept = wanted(points, points, span, resolution.filter(|_| !dots));
            json!({
                "label": it.label,
                "ink": role(it.ink),
                "dots": dots,
                "x": moments(points, &kept),
                "y": values(points, &kept),
            })
        }
        Shape::Band(points) => {
            let lows: Vec<_> = points.iter().map(|&(at, low, _)| (at, low)).collect();
            let highs: Vec<_> = points.iter().map(|&(at, _, high)| (at, high)).collect();
            let kept = wanted(&lows, &highs, span, resolution);
            json!({
                "label": it.label,
                "ink": role(it.ink),
                "x": moments(&lows, &kept),
                "low": values(&lows, &kept),
                "high": values(&highs, &kept),
            })
        }
    }
}

fn role(ink: Ink) -> &'static str {
    match ink {
        Ink::Text => "text",
        Ink::Muted => "muted",
        Ink::Grid => "grid",
        Ink::Limit => "limit",
        Ink::Blue => "blue",
        Ink::Orange => "orange",
        Ink::Green => "green",
        Ink::Purple => "purple",
        Ink::Mark => "mark",
    }
}

/// Seconds, each later than the one before: the second of two points at one time, which make a
/// jump, comes a nanosecond after the first.
fn times(moments: impl Iterator<Item = SimTime>) -> Vec<f64> {
    let mut last: Option<u64> = None;
    let later = moments.map(|at| {
        let nanos = last.map_or(at.0, |last| at.0.max(last + 1));
        last = Some(nanos);
        seconds(SimTime(nanos))
    });
    later.collect()
}

fn seconds(at: SimTime) -> f64 {
    at.as_secs_f64()
}

/// A digit more than the resolution, or seven digits: more than a screen shows, fewer than a page
/// should carry. Not a number is null.
fn short(value: f64, resolution: Option<Resolution>) -> Value {
    let text = match resolution {
        Some(it) => show::decimal(value, it.decimals),
        None => format!("{value:.6e}"),
    };
    let rounded = text.parse::<f64>().ok().filter(|value| value.is_finite());
    rounded.map_or(Value::Null, |value| json!(value))
}

/// The indices of the points that are kept, in order: those that no straight line can stand for, and
/// of so many of these that columns share them, of each column its ends and extremes.
fn wanted(
    lows: &[(SimTime, f64)],
    highs: &[(SimTime, f64)],
    (from, to): (SimTime, SimTime),
    resolution: Option<Resolution>,
) -> Vec<usize> {
    let indices = match resolution {
        Some(it) => {
            let places: Vec<f64> = lows.iter().map(|(at, _)| seconds(*at)).collect();
            let of = |points: &'_ [(SimTime, f64)]| -> Vec<f64> {
                points.iter().map(|(_, value)| *value).collect()
            };
            let (low, high) = (of(lows), of(highs));
            let ends = [
                Quantity::new(|index| low[index], it.within),
                Quantity::new(|index| high[index], it.within),
            ];
            thin::kept(&places, &ends, |_| false)
        }
        None => (0..lows.len()).collect(),
    };
    if indices.len() <= POINTS_MAX {
        return indices;
    }
    let width = (to.0.saturating_sub(from.0) / COLUMNS).max(1);
    let column = |index: usize| lows[index].0.0.saturating_sub(from.0) / width;
    let mut kept = Vec::new();
    for group in indices.chunk_by(|a, b| column(*a) == column(*b)) {
        let lowest = group.iter().min_by(|a, b| lows[**a].1.total_cmp(&lows[**b].1));
        let highest = group.iter().max_by(|a, b| highs[**a].1.total_cmp(&highs[**b].1));
        let mut four: Vec<usize> =
            [group.first(), lowest, highest, group.last()].into_iter().flatten().copied().collect();
        four.sort_unstable();
        four.dedup();
        kept.extend(four);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(count: u64, value: impl Fn(u64) -> f64) -> Vec<(SimTime, f64)> {
        (0..count).map(|index| (SimTime::from_millis(index), value(index))).collect()
    }

    #[test]
    fn a_jump_keeps_both_its_values_at_times_that_differ() {
        let s = SimTime::from_secs;
        assert_eq!(times([s(0), s(1), s(1), s(2)].into_iter()), [0.0, 1.0, 1.000_000_001, 2.0]);
    }

    fn thinned(points: &[(SimTime, f64)], resolution: Option<Resolution>) -> Vec<(SimTime, f64)> {
        let span = (SimTime::ZERO, points.last().unwrap().0);
        wanted(points, points, span, resolution).into_iter().map(|index| points[index]).collect()
    }

    #[test]
    fn a_long_line_is_thinned_and_keeps_its_ends_and_its_peak() {
        let points = line(100_000, |index| if index == 54_321 { 9.0 } else { 1.0 });
        let kept = thinned(&points, None);
        assert!(kept.len() <= POINTS_MAX + 4, "{}", kept.len());
        assert!(kept.contains(&points[54_321]));
        assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
    }

    #[test]
    fn what_is_straight_within_the_resolution_is_its_ends_and_noise_above_it_stays() {
        let noisy =
            |height: f64| line(1_000, move |it| if it % 2 == 0 { 3.3 } else { 3.3 + height });
        assert_eq!(thinned(&noisy(0.000_09), Some(thin::VOLTAGE_V)).len(), 2);
        assert_eq!(thinned(&noisy(0.000_3), Some(thin::VOLTAGE_V)).len(), 1_000);
        let dots = Series::dots("boards", Ink::Blue, noisy(0.0));
        let dots = series(&dots, (SimTime::ZERO, SimTime::from_secs(1)), Some(thin::VOLTAGE_V));
        assert_eq!(dots["y"].as_array().map(Vec::len), Some(1_000), "dots are no line");
    }

    #[test]
    fn what_is_no_number_is_null_and_the_rest_has_the_digits_of_its_resolution() {
        let points = line(9, |index| if index == 3 { f64::NAN } else { 3.300_004 });
        let series = |resolution| {
            let line = Series::line("cell 1", Ink::Blue, points.clone());
            series(&line, (SimTime::ZERO, SimTime::from_secs(6)), resolution)
        };
        let all = series(None);
        assert_eq!(all["y"].as_array().map(Vec::len), Some(9));
        assert_eq!((&all["y"][3], &all["y"][4]), (&Value::Null, &json!(3.300_004)));
        let few = series(Some(thin::VOLTAGE_V));
        assert_eq!(few["y"], json!([3.3, 3.3, null, 3.3, 3.3]), "{few}");
    }
}
