//! One pair of axes: grid, ticks, limits, lines and bands over time or another quantity.

use super::pen::{Ink, Pen, Side, WIDTH, cut, text_width};
use super::scale::{Across, Scale, number, range};
use crate::thin::{Quantity, kept};
use sim::time::SimTime;

/// Left edge of every plotting area; the numbers of the value axis stand left of it.
pub(crate) const LEFT: f64 = 62.0;
/// Right edge of a plotting area without limits.
const RIGHT: f64 = WIDTH - 24.0;
/// Room right of the plotting area for the names of limits.
const LIMIT_ROOM: f64 = 150.0;
/// Thickness of a line.
const STROKE: f64 = 1.8;
/// Lines of text keep this distance.
const TEXT_PITCH: f64 = 15.0;

/// A line over time or another quantity, or a band between two.
pub(crate) struct Series<X = SimTime> {
    /// For the legend; empty for none.
    pub(crate) label: String,
    pub(crate) ink: Ink,
    pub(crate) shape: Shape<X>,
}

/// The shape of a series.
pub(crate) enum Shape<X = SimTime> {
    /// A line.
    Line(Vec<(X, f64)>),
    /// A filled band from a lower to an upper value.
    Band(Vec<(X, f64, f64)>),
    /// Points that no line joins.
    Dots(Vec<(X, f64)>),
}

impl<X: Copy> Series<X> {
    /// A line.
    pub(crate) fn line(label: impl Into<String>, ink: Ink, points: Vec<(X, f64)>) -> Self {
        Self { label: label.into(), ink, shape: Shape::Line(points) }
    }

    /// A band.
    pub(crate) fn band(label: impl Into<String>, ink: Ink, points: Vec<(X, f64, f64)>) -> Self {
        Self { label: label.into(), ink, shape: Shape::Band(points) }
    }

    /// Points that no line joins.
    pub(crate) fn dots(label: impl Into<String>, ink: Ink, points: Vec<(X, f64)>) -> Self {
        Self { label: label.into(), ink, shape: Shape::Dots(points) }
    }

    fn values(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match &self.shape {
            Shape::Line(points) | Shape::Dots(points) => {
                Box::new(points.iter().map(|(_, value)| *value))
            }
            Shape::Band(points) => Box::new(points.iter().flat_map(|(_, low, high)| [*low, *high])),
        }
    }
}

/// What goes between a pair of axes.
pub(crate) struct Panel<X = SimTime> {
    /// Unit of the value axis.
    pub(crate) unit: &'static str,
    /// The value axis spans at least this.
    pub(crate) least: f64,
    /// Whether the value axis is logarithmic; values at or below zero are then not drawn.
    pub(crate) is_logarithmic: bool,
    pub(crate) series: Vec<Series<X>>,
    /// Names and values of horizontal limits.
    pub(crate) limits: Vec<(String, f64)>,
    /// Names of limits so far off that drawing them would flatten the series.
    pub(crate) far: Vec<String>,
}

impl<X: Copy> Panel<X> {
    /// A panel of which only the limits are drawn that the series come near: within `near`, or
    /// within three quarters of their own range.
    pub(crate) fn new(
        unit: &'static str,
        least: f64,
        series: Vec<Series<X>>,
        limits: Vec<(String, f64)>,
        near: f64,
    ) -> Self {
        let (low, high) = extent(&series).unwrap_or((0.0, 0.0));
        let room = near.max(0.75 * (high - low));
        let is_near = |value: f64| (low - room..=high + room).contains(&value);
        let (limits, far): (Vec<_>, Vec<_>) =
            limits.into_iter().partition(|(_, value)| is_near(*value));
        let far = far.into_iter().map(|(name, _)| name).collect();
        Self { unit, least, is_logarithmic: false, series, limits, far }
    }

    /// The values, where no series changes by more than a hundredth of the least range: such a
    /// picture says less than its numbers.
    pub(crate) fn unchanged(&self) -> Option<Vec<(&str, f64)>> {
        let mut values = Vec::new();
        for it in self.series.iter().filter(|it| it.values().next().is_some()) {
            let (low, high) = extent(std::slice::from_ref(it))?;
            if high - low > 0.01 * self.least {
                return None;
            }
            values.push((it.label.as_str(), low));
        }
        Some(values)
    }

    /// The right edge of its plotting area.
    pub(crate) fn right(&self) -> f64 {
        if self.limits.is_empty() { RIGHT } else { WIDTH - LIMIT_ROOM }
    }

    /// Whether there is something to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.series.iter().flat_map(Series::values).all(|value| !value.is_finite())
    }

    /// Draws everything between two heights of the picture. The caller names the axis below.
    pub(crate) fn draw<A: Across<At = X>>(
        &self,
        pen: &mut Pen<'_>,
        across: &A,
        (top, bottom): (f64, f64),
    ) {
        let limits = self.limits.iter().map(|(_, value)| *value);
        let values = self.series.iter().flat_map(Series::values).chain(limits);
        let values = values.map(|value| self.level(value));
        let least = if self.is_logarithmic { 0.1 } else { self.least };
        let Some((low, high)) = range(values, least) else { return };
        let scale = Scale { low, high, start: bottom, end: top };
        self.grid(pen, across, &scale);
        let level = |value: f64| self.level(value);
        for series in &self.series {
            let on = Paper { across, scale: &scale, level: &level };
            match &series.shape {
                Shape::Line(points) => on.line(pen, points, series.ink),
                Shape::Band(points) => on.band(pen, points, series.ink),
                Shape::Dots(points) => on.dots(pen, points, series.ink),
            }
        }
        self.draw_limits(pen, &scale);
    }

    /// What the scale holds for a value: itself or its logarithm.
    fn level(&self, value: f64) -> f64 {
        match self.is_logarithmic {
            true if value > 0.0 => libm::log10(value),
            true => f64::NAN,
            false => value,
        }
    }

    fn grid<A: Across<At = X>>(&self, pen: &mut Pen<'_>, across: &A, scale: &Scale) {
        let right = self.right();
        for (x, _) in across.ticks() {
            pen.line(&[(x, scale.end), (x, scale.start)], Ink::Grid, 1.0);
        }
        for (y, label) in self.rungs(scale) {
            pen.line(&[(LEFT, y), (right, y)], Ink::Grid, 1.0);
            pen.text((LEFT - 8.0, y), &label, Side::Right, Ink::Muted);
        }
        pen.text((LEFT - 8.0, scale.end - 14.0), self.unit, Side::Right, Ink::Text);
    }

    /// Heights and labels of the value axis.
    fn rungs(&self, scale: &Scale) -> Vec<(f64, String)> {
        let count = (scale.start - scale.end) / 34.0;
        if self.is_logarithmic {
            let ticks = scale.logarithmic_ticks(count).into_iter();
            return ticks.map(|(value, log)| (scale.place(log), short(value))).collect();
        }
        let (ticks, decimals) = scale.ticks(count);
        ticks.into_iter().map(|tick| (scale.place(tick), number(tick, decimals))).collect()
    }

    /// Limits as lines, their names in the room at the right, pushed apart where they are close.
    fn draw_limits(&self, pen: &mut Pen<'_>, scale: &Scale) {
        let mut limits: Vec<_> =
            self.limits.iter().map(|(label, value)| (scale.place(*value), label)).collect();
        limits.sort_by(|a, b| a.0.total_cmp(&b.0));
        let right = self.right();
        let mut free = f64::NEG_INFINITY;
        for (y, label) in limits {
            let at = y.max(free);
            free = at + TEXT_PITCH;
            pen.line(&[(LEFT, y), (right, y)], Ink::Limit, 1.2);
            pen.line(&[(right, y), (right + 8.0, at)], Ink::Limit, 0.8);
            pen.text((right + 12.0, at), &cut(label, 21), Side::Left, Ink::Limit);
        }
    }
}

/// A round number without idle zeros.
fn short(value: f64) -> String {
    let text = number(value, 6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The lowest and the highest number among some series.
fn extent<X: Copy>(series: &[Series<X>]) -> Option<(f64, f64)> {
    let finite = series.iter().flat_map(Series::values).filter(|value| value.is_finite());
    finite.fold(None, |range, value| {
        let (low, high) = range.unwrap_or((value, value));
        Some((value.min(low), value.max(high)))
    })
}

/// Says under the time axis which limits lie beyond the picture.
pub(crate) fn beyond(pen: &mut Pen<'_>, far: &[String], bottom: f64) {
    if !far.is_empty() {
        let text = format!("beyond the picture: {}", far.join(", "));
        pen.text((WIDTH, bottom + 32.0), &cut(&text, 118), Side::Right, Ink::Muted);
    }
}

/// Numbers under the axis of time or another quantity, and its name.
pub(crate) fn time_axis(pen: &mut Pen<'_>, time: &impl Across, bottom: f64, name: &str) {
    let mut free = f64::NEG_INFINITY;
    for (x, label) in time.ticks() {
        let half = 0.5 * text_width(&label);
        if x - half >= free {
            pen.text((x, bottom + 14.0), &label, Side::Middle, Ink::Muted);
            free = x + half + 8.0;
        }
    }
    let name = format!("{name} / {}", time.unit_name());
    pen.text((time.start(), bottom + 32.0), &name, Side::Left, Ink::Text);
}

/// The legend in one line below the title: strokes or boxes, and names.
pub(crate) fn legend<X>(pen: &mut Pen<'_>, series: &[Series<X>], y: f64) {
    let mut x = LEFT;
    for it in series.iter().filter(|it| !it.label.is_empty()) {
        match it.shape {
            Shape::Line(_) => pen.line(&[(x, y), (x + 18.0, y)], it.ink, 2.2),
            Shape::Band(_) => pen.rect((x, y - 5.0), (x + 18.0, y + 5.0), it.ink, 0.25),
            Shape::Dots(_) => pen.dot((x + 9.0, y), it.ink),
        }
        pen.text((x + 24.0, y), &it.label, Side::Left, Ink::Text);
        x += 24.0 + text_width(&it.label) + 20.0;
    }
}

/// Where values go on the paper.
struct Paper<'a, A> {
    across: &'a A,
    scale: &'a Scale,
    level: &'a dyn Fn(f64) -> f64,
}

impl<A: Across> Paper<'_, A> {
    /// The place of a point; `None` where it has none.
    fn place(&self, at: A::At, value: f64) -> Option<(f64, f64)> {
        let level = (self.level)(value);
        level.is_finite().then(|| (self.across.place(at), self.scale.place(level)))
    }

    fn line(&self, pen: &mut Pen<'_>, points: &[(A::At, f64)], ink: Ink) {
        let places = points.iter().filter_map(|&(at, value)| self.place(at, value));
        pen.line(&drawn(&places.collect::<Vec<_>>()), ink, STROKE);
    }

    fn band(&self, pen: &mut Pen<'_>, points: &[(A::At, f64, f64)], ink: Ink) {
        let both = points
            .iter()
            .filter_map(|&(at, low, high)| Some((self.place(at, low)?, self.place(at, high)?)));
        let (lower, upper): (Vec<_>, Vec<_>) = both.unzip();
        let mut outline = drawn(&upper);
        outline.extend(drawn(&lower).into_iter().rev());
        pen.area(&outline, ink, 0.25);
    }

    fn dots(&self, pen: &mut Pen<'_>, points: &[(A::At, f64)], ink: Ink) {
        for &(at, value) in points {
            if let Some(place) = self.place(at, value) {
                pen.dot(place, ink);
            }
        }
    }
}

/// The line as it is drawn: without what a straight line would show as well, to an eighth of the
/// thickness of its stroke.
fn drawn(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let points = thinned(points);
    let places: Vec<f64> = points.iter().map(|it| it.0).collect();
    let heights = Quantity::new(|index| points[index].1, 0.125 * STROKE);
    kept(&places, &[heights], |_| false).into_iter().map(|index| points[index]).collect()
}

/// The same line with at most four points in each half unit of width: first, highest, lowest, last.
/// No peak is lost.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    for column in
        points.chunk_by(|a, b| (a.0 * 2.0).floor().total_cmp(&(b.0 * 2.0).floor()).is_eq())
    {
        if column.len() <= 4 {
            kept.extend_from_slice(column);
            continue;
        }
        let by_height = |a: &usize, b: &usize| column[*a].1.total_cmp(&column[*b].1);
        let lowest = (0..column.len()).min_by(by_height).unwrap_or(0);
        let highest = (0..column.len()).max_by(by_height).unwrap_or(0);
        let mut wanted = [0, lowest, highest, column.len() - 1];
        wanted.sort_unstable();
        kept.extend(wanted.map(|index| column[index]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends_and_every_peak() {
        let points: Vec<_> = (0..1_000_u32)
            .map(|index| (f64::from(index) * 1e-4, if index == 371 { 9.0 } else { 1.0 }))
            .collect();
        let kept = thinned(&points);
        assert!(kept.len() <= 4, "{}", kept.len());
        assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
        assert!(kept.contains(&points[371]));
    }
}
