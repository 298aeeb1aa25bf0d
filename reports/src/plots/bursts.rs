//! Fast phases in close-up: current and port voltage, with the instants of each trip marked.

use super::Chart;
use super::panel::{LEFT, Panel, Series, legend, time_axis};
use super::pen::{Ink, Pen, Side, WIDTH, cut, letters, picture, text_width};
use super::scale::{Across, TimeScale};
use super::slow::stepped;
use crate::Judged;
use crate::chain::{Stage, Waterfall};
use crate::show;
use sim::time::{SimTime, Span};
use sim::trace::{EventKind, Switch};

/// The most close-ups of one page; a run with more shows its first.
const CHARTS_MAX: usize = 8;
/// A trip slower than this is not a fast phase.
const FAST: Span = Span::from_millis(50);
/// A phase so much longer than the close-up of its trip is drawn as a whole, too.
const WORTH_BOTH: u64 = 4;
/// Markers closer than this on paper share a label.
const MARKER_PITCH: f64 = 3.0;
/// The most labelled markers of one chart.
const MARKERS_MAX: usize = 8;

/// Height of the first marker's label.
const FIRST_MARK: f64 = 60.0;

/// An instant and its name.
type Mark = (SimTime, String);

/// A close-up: what is shown, and the instants marked in it.
struct View<'a> {
    title: String,
    span: (SimTime, SimTime),
    origin: SimTime,
    marks: Vec<Mark>,
    judged: &'a Judged<'a>,
}

/// Close-ups of every fast trip and of every fast phase that reaches far beyond one.
pub(super) fn charts(judged: &Judged<'_>) -> Vec<Chart> {
    let mut charts = Vec::new();
    for burst in &judged.trace.bursts {
        let (Some(first), Some(last)) = (burst.first(), burst.last()) else { continue };
        let within =
            |it: &&Waterfall| (first.at..=last.at).contains(&it.entered) && it.total() <= FAST;
        let trips: Vec<_> = judged.waterfalls.iter().filter(within).collect();
        let longest = trips.iter().map(|it| it.total()).max().unwrap_or(Span(0));
        charts.extend(trips.iter().filter_map(|it| trip(judged, it).draw()));
        if trips.is_empty() || last.at.0 - first.at.0 > WORTH_BOTH * longest.0.max(1) {
            charts.extend(phase(judged, &trips, (first.at, last.at)).draw());
        }
    }
    charts.truncate(CHARTS_MAX);
    charts
}

fn trip<'a>(judged: &'a Judged<'a>, waterfall: &Waterfall) -> View<'a> {
    let start = waterfall.steps.first().map_or(waterfall.entered, |step| step.at);
    let total = waterfall.total().0.max(10_000);
    let span = (SimTime(start.0.saturating_sub(total / 4)), start + Span(total + total / 2));
    let name = show::reason_name(waterfall.reason);
    View {
        title: format!("Close-up: {name} at {}", show::moment(waterfall.entered)),
        span,
        origin: start,
        marks: waterfall.steps.iter().map(|step| (step.at, word(step.stage).into())).collect(),
        judged,
    }
}

fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Crossed => "crossed",
        Stage::Released => "released",
        Stage::Compared => "comparator",
        Stage::Sampled => "sampled",
        Stage::Latched => "chip latches",
        Stage::Entered => "entered",
        Stage::Commanded(_) => "gates commanded",
        Stage::GateOff(Switch::Charge) => "charge gate off",
        Stage::GateOff(_) => "discharge gate off",
        Stage::CurrentZero => "current zero",
    }
}

/// A fast phase as a whole. What belongs to a trip is one mark: its close-up shows the rest.
fn phase<'a>(
    judged: &'a Judged<'a>,
    trips: &[&Waterfall],
    (from, to): (SimTime, SimTime),
) -> View<'a> {
    let of_a_trip = |at: SimTime| trips.iter().any(|trip| contains(trip, at));
    let events = judged.trace.events.iter().filter(|event| (from..=to).contains(&event.at));
    let marks = events.filter_map(|event| match &event.kind {
        EventKind::Protection(reason, true) => {
            Some((event.at, format!("trip: {}", show::reason_name(*reason))))
        }
        EventKind::Switched(..) | EventKind::Protection(..) if !of_a_trip(event.at) => {
            Some((event.at, show::event(&event.kind).1))
        }
        _ => None,
    });
    View {
        title: format!("Fast phase from {}", show::moment(from)),
        span: (from, to),
        origin: from,
        marks: marks.collect(),
        judged,
    }
}

fn contains(trip: &Waterfall, at: SimTime) -> bool {
    let ends = trip.steps.first().zip(trip.steps.last());
    ends.is_some_and(|(first, last)| (first.at..=last.at).contains(&at))
}

impl View<'_> {
    fn draw(&self) -> Option<Chart> {
        let (current, port) = (self.current(), self.port());
        if self.span.0 >= self.span.1 || current.is_empty() || port.is_empty() {
            return None;
        }
        let time = TimeScale::new(self.span, self.origin, (LEFT, current.right()));
        let groups = grouped(&self.marks, &time, self.origin);
        let top = FIRST_MARK + 6.0 + 15.0 * f64::from(u32::try_from(groups.len()).unwrap_or(0));
        let svg = picture(&self.title, top + 360.0, |pen| {
            pen.title(&self.title);
            let mut both: Vec<Series> = Vec::new();
            both.extend(
                current
                    .series
                    .iter()
                    .chain(&port.series)
                    .map(|it| Series::line(it.label.clone(), it.ink, Vec::new())),
            );
            legend(pen, &both, 36.0);
            current.draw(pen, &time, (top + 16.0, top + 150.0));
            port.draw(pen, &time, (top + 182.0, top + 316.0));
            draw_marks(pen, &groups, top + 316.0);
            let name = format!("time after {}", show::moment(self.origin));
            time_axis(pen, &time, top + 316.0, &name);
        });
        Some(Chart { title: self.title.clone(), svg, data: None })
    }

    fn current(&self) -> Panel {
        let points = self.cut(stepped(self.judged.trace, |it| it.current_a, |it| it.current_a));
        let series = vec![Series::line("pack current, charge positive", Ink::Blue, points)];
        Panel::new("A", 2.0, series, Vec::new(), 0.0)
    }

    fn port(&self) -> Panel {
        let points = self.cut(stepped(self.judged.trace, |it| it.port_v, |it| it.port_v));
        let series = vec![Series::line("port voltage", Ink::Orange, points)];
        Panel::new("V", 1.0, series, Vec::new(), 0.0)
    }

    /// The points in view, and on either side the line to the next one, cut at the edge.
    fn cut(&self, points: Vec<(SimTime, f64)>) -> Vec<(SimTime, f64)> {
        let (from, to) = self.span;
        let start = points.partition_point(|(at, _)| *at < from);
        let end = points.partition_point(|(at, _)| *at <= to);
        let before =
            start.checked_sub(1).and_then(|last| joined(points[last], *points.get(start)?, from));
        let after = end.checked_sub(1).and_then(|last| joined(points[last], *points.get(end)?, to));
        before.into_iter().chain(points[start..end].iter().copied()).chain(after).collect()
    }
}

/// The straight line between two points, read in between.
fn joined((t0, a): (SimTime, f64), (t1, b): (SimTime, f64), at: SimTime) -> Option<(SimTime, f64)> {
    (t0 <= at && at <= t1 && t0 < t1)
        .then(|| (at, a + (b - a) * (at.seconds_since(t0) / t1.seconds_since(t0))))
}

/// Marks that fall together on paper: their place, and their names, each instant's with its time.
fn grouped(marks: &[Mark], time: &TimeScale, origin: SimTime) -> Vec<(f64, String)> {
    let mut groups: Vec<(f64, String)> = Vec::new();
    for instant in marks.chunk_by(|a, b| a.0 == b.0) {
        let at = instant[0].0;
        let mut names: Vec<&str> = Vec::new();
        for (_, name) in instant {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let after = show::span(Span(at.0.saturating_sub(origin.0)));
        let label = format!("{}  +{after}", names.join(", "));
        let place = time.place(at);
        match groups.last_mut() {
            Some((last, labels)) if place - *last < MARKER_PITCH => {
                labels.push_str(";  ");
                labels.push_str(&label);
            }
            _ => groups.push((place, label)),
        }
    }
    groups.truncate(MARKERS_MAX);
    groups
}

/// Vertical lines, each with its name and time on a line of its own, so that none overlap.
fn draw_marks(pen: &mut Pen<'_>, groups: &[(f64, String)], bottom: f64) {
    let mut y = FIRST_MARK;
    for (x, _) in groups {
        pen.line(&[(*x, y), (*x, bottom)], Ink::Mark, 1.0);
        y += 15.0;
    }
    let mut y = FIRST_MARK;
    for (x, label) in groups {
        let (left, right) = (x - LEFT, WIDTH - 24.0 - x);
        let (at, side) = if text_width(label) < right || right > left {
            (x + 5.0, Side::Left)
        } else {
            (x - 5.0, Side::Right)
        };
        pen.text((at, y), &cut(label, letters(left.max(right))), side, Ink::Text);
        y += 15.0;
    }
}
