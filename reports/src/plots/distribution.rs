//! How a measured time or value is spread over many runs, beside what is allowed.

use super::panel::LEFT;
use super::pen::{Ink, Side, WIDTH, picture};
use super::scale::{Scale, number, range};
use crate::show;

const BINS: usize = 36;
const TOP: f64 = 66.0;
const BOTTOM: f64 = 256.0;

/// A histogram of values, as an SVG element. `low` and `high` are the inclusive edges of what is
/// allowed, in the unit of the values, which `unit` names; an edge may be infinite. Bars that lie
/// outside are drawn in the colour of limits. Values that are not finite are left out; none at all
/// give no picture.
#[must_use]
pub fn distribution(
    title: &str,
    unit: &str,
    values: &[f64],
    low: f64,
    high: f64,
) -> Option<String> {
    let values: Vec<_> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if values.is_empty() {
        return None;
    }
    let least = 1e-6 * values.iter().fold(1e-3_f64, |most, value| most.max(value.abs()));
    let (from, to) = range(values.iter().copied().chain([low, high]), least)?;
    let across = Scale { low: from, high: to, start: LEFT, end: WIDTH - 24.0 };
    let bins = counted(&values, from, to);
    let most = bins.iter().copied().max().unwrap_or(1).max(4);
    let up = Scale { low: 0.0, high: 1.1 * count(most), start: BOTTOM, end: TOP };
    let outside = values.iter().filter(|value| !(low..=high).contains(*value)).count();
    Some(picture(title, 300.0, |pen| {
        pen.title(title);
        let note = format!("{}, {outside} outside the limits", show::counted(values.len(), "run"));
        pen.text((LEFT, 36.0), &note, Side::Left, Ink::Text);
        frame(pen, &across, &up, unit);
        bars(pen, &bins, &across, &up, (low, high));
        for (edge, side) in [(low, Side::Right), (high, Side::Left)] {
            if edge.is_finite() {
                let x = across.place(edge);
                pen.line(&[(x, TOP), (x, BOTTOM)], Ink::Limit, 1.2);
                let decimals = across.ticks(8.0).1 + 1;
                let away = if side == Side::Right { -5.0 } else { 5.0 };
                // Near the picture's edge the label turns inwards.
                let inside = if side == Side::Right { x > 160.0 } else { x < WIDTH - 130.0 };
                let (side, away) = match (inside, side) {
                    (true, side) => (side, away),
                    (false, Side::Right) => (Side::Left, 5.0),
                    (false, _) => (Side::Right, -5.0),
                };
                pen.text((x + away, TOP - 8.0), &number(edge, decimals), side, Ink::Limit);
            }
        }
    }))
}

fn frame(pen: &mut super::pen::Pen<'_>, across: &Scale, up: &Scale, unit: &str) {
    let (ticks, _) = up.ticks(4.0);
    for tick in ticks.into_iter().filter(|tick| (tick - tick.round()).abs() < 1e-9) {
        let y = up.place(tick);
        pen.line(&[(LEFT, y), (across.end, y)], Ink::Grid, 1.0);
        pen.text((LEFT - 8.0, y), &number(tick, 0), Side::Right, Ink::Muted);
    }
    pen.text((LEFT - 8.0, TOP - 14.0), "runs", Side::Right, Ink::Text);
    let (ticks, decimals) = across.ticks(8.0);
    for tick in ticks {
        let x = across.place(tick);
        pen.text((x, BOTTOM + 14.0), &number(tick, decimals), Side::Middle, Ink::Muted);
    }
    pen.text((LEFT, BOTTOM + 32.0), unit, Side::Left, Ink::Text);
}

fn bars(
    pen: &mut super::pen::Pen<'_>,
    bins: &[usize],
    across: &Scale,
    up: &Scale,
    allowed: (f64, f64),
) {
    let step = (across.high - across.low) / count(bins.len());
    for (index, height) in bins.iter().enumerate().filter(|(_, height)| **height > 0) {
        let left = across.low + count(index) * step;
        let middle = left + 0.5 * step;
        let ink = if (allowed.0..=allowed.1).contains(&middle) { Ink::Blue } else { Ink::Limit };
        let corner = (across.place(left) + 1.0, up.place(count(*height)));
        pen.rect(corner, (across.place(left + step) - 1.0, BOTTOM), ink, 0.85);
    }
}

/// How many values fall into each of [`BINS`] equal parts of the range.
fn counted(values: &[f64], from: f64, to: f64) -> Vec<usize> {
    let mut bins = vec![0; BINS];
    for value in values {
        let share = (value - from) / (to - from) * count(BINS);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to BINS")]
        let bin = share.max(0.0) as usize;
        bins[bin.min(BINS - 1)] += 1;
    }
    bins
}

fn count(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
