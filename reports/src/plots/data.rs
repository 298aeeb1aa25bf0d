//! What a chart is drawn from, as data for a page that draws it again when it is zoomed.

use super::panel::{Panel, Series, Shape};
use super::pen::Ink;
use serde_json::{Value, json};
use sim::time::SimTime;

/// More points than this per line are thinned: a screen has fewer columns.
const POINTS_MAX: usize = 6_000;
/// Columns of a thinned line; each keeps its first, lowest, highest and last point.
const COLUMNS: u64 = 1_500;

/// A panel over a span of time: lines, bands and points with times in seconds, and its limits.
pub(crate) fn of(panel: &Panel, (from, to): (SimTime, SimTime)) -> Value {
    json!({
        "unit": panel.unit,
        "span": [seconds(from), seconds(to)],
        "series": panel.series.iter().map(|it| series(it, (from, to))).collect::<Vec<_>>(),
        "limits": panel.limits.iter().map(|(label, value)| json!({
            "label": label, "value": short(*value),
        })).collect::<Vec<_>>(),
    })
}

fn series(it: &Series, span: (SimTime, SimTime)) -> Value {
    match &it.shape {
        Shape::Line(points) | Shape::Dots(points) => {
            let kept = thinned(points, span);
            json!({
                "label": it.label,
                "ink": role(it.ink),
                "dots": matches!(it.shape, Shape::Dots(_)),
                "x": times(kept.iter().map(|(at, _)| *at)),
                "y": kept.iter().map(|(_, value)| short(*value)).collect::<Vec<_>>(),
            })
        }
        Shape::Band(points) => {
            let lows: Vec<_> = points.iter().map(|&(at, low, _)| (at, low)).collect();
            let highs: Vec<_> = points.iter().map(|&(at, _, high)| (at, high)).collect();
            let kept: Vec<_> = wanted(&lows, &highs, span);
            let value = |of: &Vec<(SimTime, f64)>| {
                kept.iter().map(|&index| short(of[index].1)).collect::<Vec<_>>()
            };
            json!({
                "label": it.label,
                "ink": role(it.ink),
                "x": times(kept.iter().map(|&index| lows[index].0)),
                "low": value(&lows),
                "high": value(&highs),
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

/// Seven digits: more than a screen shows, fewer than a page should carry. Not a number is null.
fn short(value: f64) -> Value {
    let text = format!("{value:.6e}");
    let rounded = text.parse::<f64>().ok().filter(|value| value.is_finite());
    rounded.map_or(Value::Null, |value| json!(value))
}

fn thinned(points: &[(SimTime, f64)], span: (SimTime, SimTime)) -> Vec<(SimTime, f64)> {
    wanted(points, points, span).into_iter().map(|index| points[index]).collect()
}

/// The indices of the points that are kept, in order: all, or of each column its ends and extremes.
fn wanted(
    lows: &[(SimTime, f64)],
    highs: &[(SimTime, f64)],
    (from, to): (SimTime, SimTime),
) -> Vec<usize> {
    if lows.len() <= POINTS_MAX {
        return (0..lows.len()).collect();
    }
    let width = (to.0.saturating_sub(from.0) / COLUMNS).max(1);
    let column = |index: usize| lows[index].0.0.saturating_sub(from.0) / width;
    let indices: Vec<usize> = (0..lows.len()).collect();
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

    #[test]
    fn a_long_line_is_thinned_and_keeps_its_ends_and_its_peak() {
        let points = line(100_000, |index| if index == 54_321 { 9.0 } else { 1.0 });
        let kept = thinned(&points, (SimTime::ZERO, SimTime::from_millis(99_999)));
        assert!(kept.len() <= POINTS_MAX + 4, "{}", kept.len());
        assert!(kept.contains(&points[54_321]));
        assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
    }

    #[test]
    fn a_short_line_is_kept_whole_and_what_is_no_number_is_null() {
        let points = line(6_000, |index| if index == 3 { f64::NAN } else { 3.300_000_04 });
        let series = series(
            &Series::line("cell 1", Ink::Blue, points),
            (SimTime::ZERO, SimTime::from_secs(6)),
        );
        assert_eq!(series["y"].as_array().map(Vec::len), Some(6_000));
        assert_eq!(series["y"][3], Value::Null);
        assert_eq!(series["y"][4], json!(3.3));
    }
}
