//! How a measured time or value is spread over many runs, beside what is allowed.

use super::panel::LEFT;
use super::pen::{Ink, Pen, Side, WIDTH, picture};
use super::scale::{Scale, number, range};
use crate::show;

const BINS: usize = 36;
/// Room for the number of an edge.
const EDGE_ROOM: f64 = 90.0;
const TOP: f64 = 66.0;
const BOTTOM: f64 = 256.0;

/// A histogram of values, as an SVG element. `low` and `high` are the inclusive edges of what is
/// allowed, in the unit of the values, which `unit` names; an edge may be infinite. Values that lie
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
    let bins = binned(&values, (from, to), (low, high));
    let most = bins.iter().map(|bin| bin.inside + bin.outside).max().unwrap_or(1).max(4);
    let up = Scale { low: 0.0, high: 1.1 * count(most), start: BOTTOM, end: TOP };
    let outside = values.iter().filter(|value| !(low..=high).contains(*value)).count();
    Some(picture(title, 300.0, |pen| {
        pen.title(title);
        let note = format!("{}, {outside} outside the limits", show::counted(values.len(), "run"));
        pen.text((LEFT, 36.0), &note, Side::Left, Ink::Text);
        frame(pen, &across, &up, unit);
        bars(pen, &bins, &across, &up);
        edge(pen, &across, low, Side::Right);
        edge(pen, &across, high, Side::Left);
    }))
}

/// An edge of what is allowed, its number on the outer side, or inwards where there is no room.
fn edge(pen: &mut Pen<'_>, across: &Scale, value: f64, outer: Side) {
    if !value.is_finite() {
        return;
    }
    let x = across.place(value);
    pen.line(&[(x, TOP), (x, BOTTOM)], Ink::Limit, 1.2);
    let side = match outer {
        Side::Right if x < LEFT + EDGE_ROOM => Side::Left,
        Side::Left if x > across.end - EDGE_ROOM => Side::Right,
        side => side,
    };
    let away = if side == Side::Right { -5.0 } else { 5.0 };
    let decimals = across.ticks(8.0).1 + 1;
    pen.text((x + away, TOP - 8.0), &number(value, decimals), side, Ink::Limit);
}

fn frame(pen: &mut Pen<'_>, across: &Scale, up: &Scale, unit: &str) {
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
    pen.text((LEFT, BOTTOM + 32.0), &format!("time / {unit}"), Side::Left, Ink::Text);
}

/// Bars of what is inside, on top of each what is outside.
fn bars(pen: &mut Pen<'_>, bins: &[Bin], across: &Scale, up: &Scale) {
    let step = (across.high - across.low) / count(bins.len());
    for (index, bin) in bins.iter().enumerate() {
        let left = across.low + count(index) * step;
        let sides = (across.place(left) + 1.0, across.place(left + step) - 1.0);
        let (foot, middle) = (up.place(0.0), up.place(count(bin.inside)));
        if bin.inside > 0 {
            pen.rect((sides.0, middle), (sides.1, foot), Ink::Blue, 0.85);
        }
        if bin.outside > 0 {
            let top = up.place(count(bin.inside + bin.outside));
            pen.rect((sides.0, top), (sides.1, middle), Ink::Limit, 0.85);
        }
    }
}

/// How many values fall into a part of the range, by whether they are allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bin {
    inside: usize,
    outside: usize,
}

/// The values in [`BINS`] equal parts of a range.
fn binned(values: &[f64], (from, to): (f64, f64), allowed: (f64, f64)) -> Vec<Bin> {
    let mut bins = vec![Bin::default(); BINS];
    for value in values {
        let share = (value - from) / (to - from) * count(BINS);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to BINS")]
        let index = share.max(0.0) as usize;
        let bin = &mut bins[index.min(BINS - 1)];
        if (allowed.0..=allowed.1).contains(value) {
            bin.inside += 1;
        } else {
            bin.outside += 1;
        }
    }
    bins
}

fn count(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_on_an_edge_are_allowed_and_beyond_it_are_not() {
        let values = [192.0, 256.0, 191.999, 256.001];
        let bins = binned(&values, (190.0, 258.0), (192.0, 256.0));
        let sum = |of: fn(&Bin) -> usize| bins.iter().map(of).sum::<usize>();
        assert_eq!((sum(|bin| bin.inside), sum(|bin| bin.outside)), (2, 2));
        let left = [Bin { inside: 1, outside: 1 }];
        assert_eq!(bins[1..2], left, "both values at 192 fall into the second bin");
    }
}
