//! The shifts as a picture: a bar per event from where it was to where it is, the furthest first,
//! beside what was allowed.

use super::table::signed;
use super::{Diff, Shift};
use crate::plots::pen::{Ink, Pen, Side, WIDTH, cut, letters, picture as draw};
use crate::show;
use sim::time::Span;

/// Most bars; what is beyond is counted.
const BARS_MAX: usize = 40;

/// Height of the part above the first bar.
const TOP: f64 = 76.0;

/// Height of a bar's row.
const ROW: f64 = 26.0;

/// Where the middle, no shift, stands.
const MIDDLE: f64 = 610.0;

/// The longest bar to either side.
const REACH: f64 = 190.0;

/// Width that names may take.
const NAMES: f64 = 330.0;

/// The picture as an SVG document.
#[must_use]
pub fn picture(diff: &Diff) -> String {
    let shown = &diff.shifts[..diff.shifts.len().min(BARS_MAX)];
    let rows = f64::from(u32::try_from(shown.len().max(1)).unwrap_or(u32::MAX));
    let height = TOP + rows * ROW + 34.0;
    let count = show::counted(diff.shifts.len(), "event");
    let title = format!("{count} moved");
    let chart = draw(&title, height, |pen| {
        pen.title(&title);
        let head = format!("{} → {}, the furthest first", diff.base_version, diff.new_version);
        pen.text((0.0, 34.0), &cut(&head, letters(WIDTH)), Side::Left, Ink::Muted);
        let scale = Scale::of(shown);
        axis(pen, &scale, TOP + rows * ROW);
        for (index, shift) in (0_u32..).zip(shown) {
            bar(pen, &scale, shift, TOP + (f64::from(index) + 0.5) * ROW);
        }
        footer(pen, diff, shown.len(), height - 12.0);
    });
    standing_alone(&chart, height)
}

/// A picture that needs no page around it.
fn standing_alone(chart: &str, height: f64) -> String {
    let placed =
        chart.replacen("<svg ", &format!("<svg width=\"{WIDTH}\" height=\"{height}\" "), 1);
    let (wide, high) = (WIDTH + 40.0, height + 30.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-20 -12 {wide} {high}\" \
         font-family=\"sans-serif\">\n<rect x=\"-20\" y=\"-12\" width=\"{wide}\" \
         height=\"{high}\" fill=\"#ffffff\"/>\n{placed}</svg>\n"
    )
}

/// From a shift to its place: by decades, as shifts of a tick stand beside shifts of hours; a straight
/// line where all of them are of one size.
struct Scale {
    /// Common logarithm of what is drawn at the middle.
    low: i32,
    /// Common logarithm of the longest bar.
    high: i32,
}

impl Scale {
    fn of(shifts: &[Shift]) -> Self {
        let sizes = || shifts.iter().map(|it| it.by_ns().unsigned_abs()).filter(|size| *size > 0);
        let low = sizes().min().map_or(0, |size| size.ilog10());
        let high = sizes().max().map_or(1, |size| size.ilog10() + 1);
        let decade = |power: u32| i32::try_from(power).unwrap_or(0);
        // The smallest bar must be seen: the axis begins a decade below it.
        Self { low: decade(low) - 1, high: decade(high) }
    }

    /// Pixels from the middle, with the sign of the shift.
    fn x(&self, by_ns: i128) -> f64 {
        if by_ns == 0 {
            return MIDDLE;
        }
        #[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
        let decades = libm::log10(by_ns.unsigned_abs() as f64) - f64::from(self.low);
        let share = decades.max(0.0) / f64::from(self.high - self.low);
        MIDDLE + REACH * share.min(1.0) * if by_ns < 0 { -1.0 } else { 1.0 }
    }

    /// Decades worth a line: not so many that their numbers touch.
    fn ticks(&self) -> impl Iterator<Item = u64> + use<> {
        let every = 1 + (self.high - self.low - 1) / 4;
        let (low, high) = (self.low + 1, self.high);
        let powers = (low.max(0)..=high).rev().step_by(usize::try_from(every).unwrap_or(1));
        powers.filter_map(|power| 10_u64.checked_pow(u32::try_from(power).ok()?))
    }
}

fn axis(pen: &mut Pen<'_>, scale: &Scale, bottom: f64) {
    for size in scale.ticks() {
        for by_ns in [-i128::from(size), i128::from(size)] {
            let x = scale.x(by_ns);
            pen.line(&[(x, TOP - 6.0), (x, bottom)], Ink::Grid, 1.0);
            let sign = if by_ns < 0 { "−" } else { "+" };
            let label = format!("{sign}{}", show::span(Span(size)));
            pen.text((x, TOP - 14.0), &label, Side::Middle, Ink::Muted);
        }
    }
    pen.line(&[(MIDDLE, TOP - 6.0), (MIDDLE, bottom)], Ink::Mark, 1.0);
    pen.text((MIDDLE - REACH, TOP - 30.0), "earlier", Side::Middle, Ink::Muted);
    pen.text((MIDDLE + REACH, TOP - 30.0), "later", Side::Middle, Ink::Muted);
}

fn bar(pen: &mut Pen<'_>, scale: &Scale, shift: &Shift, y: f64) {
    let event = cut(&shift.name(), letters(NAMES));
    pen.text((0.0, y - 6.0), &event, Side::Left, Ink::Text);
    pen.text((0.0, y + 7.0), &cut(&shift.place.run, letters(NAMES)), Side::Left, Ink::Muted);
    let (early, late) = (i128::from(shift.allowed.early.0), i128::from(shift.allowed.late.0));
    if early + late > 0 {
        let (from, to) = (scale.x(-early), scale.x(late));
        pen.rect((from, y - 9.0), (to, y + 9.0), Ink::Green, 0.15);
    }
    let ink = if shift.beyond { Ink::Limit } else { Ink::Blue };
    let x = scale.x(shift.by_ns());
    pen.rect((MIDDLE.min(x), y - 4.0), (MIDDLE.max(x), y + 4.0), ink, 0.85);
    pen.dot((x, y), ink);
    let (side, at) = if shift.by_ns() < 0 { (Side::Left, 8.0) } else { (Side::Right, -8.0) };
    // The number stands on the free side of the middle.
    pen.text((MIDDLE + at, y), &signed(shift.by_ns()), side, Ink::Text);
}

fn footer(pen: &mut Pen<'_>, diff: &Diff, shown: usize, y: f64) {
    let left_out = diff.shifts.len() - shown;
    let beyond = diff.shifts.iter().filter(|it| it.beyond).count();
    let more =
        if left_out > 0 { format!("; {left_out} more are not drawn") } else { String::new() };
    let text = match diff.shifts.len() {
        0 => "No event moved.".into(),
        _ => format!("{beyond} beyond the budget (red); green: what is allowed{more}"),
    };
    pen.text((0.0, y), &text, Side::Left, Ink::Muted);
}
