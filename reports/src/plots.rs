//! The charts of a run, each an SVG element that scales and follows the page's colours.
//!
//! A chart's title says what it shows, its axes say in which unit; a chart without data is not
//! drawn.

mod bursts;
mod distribution;
mod heat_map;
mod lanes;
mod panel;
pub(crate) mod pen;
mod scale;
mod slow;

pub use distribution::distribution;
pub(crate) use slow::unchanged;

use crate::Judged;
pub(crate) use panel::LEFT;
pub(crate) use panel::{Panel, Series};
pub(crate) use pen::Ink;
use scale::{Axis, TimeScale};
pub(crate) use scale::{Scale, number, range};
use sim::time::SimTime;

/// A drawn chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// The picture.
    pub svg: String,
}

impl Chart {
    /// The picture as a document of its own, on white paper with a margin.
    #[must_use]
    pub fn document(&self) -> String {
        pen::document(&self.svg)
    }
}

/// All charts of a run: the fast phases first, then what happened over the whole run.
#[must_use]
pub fn charts(judged: &Judged<'_>) -> Vec<Chart> {
    let mut charts = bursts::charts(judged);
    charts.extend(lanes::chart(judged));
    charts.extend(slow::charts(judged));
    charts.extend(heat_map::chart(judged));
    charts
}

/// One panel over time, with title, legend and time axis.
fn single(title: &str, panel: &Panel, span: (SimTime, SimTime)) -> Option<Chart> {
    if panel.is_empty() || span.0 >= span.1 {
        return None;
    }
    let svg = pen::picture(title, 300.0, |pen| {
        let time = TimeScale::new(span, SimTime::ZERO, (LEFT, panel.right()));
        pen.title(title);
        panel::legend(pen, &panel.series, 36.0);
        panel.draw(pen, &time, (66.0, 256.0));
        panel::time_axis(pen, &time, 256.0, "time");
        panel::beyond(pen, &panel.far, 256.0);
    });
    Some(Chart { title: title.into(), svg })
}

/// Panels over the same time below each other, each with its legend.
pub(crate) fn stacked(title: &str, panels: &[Panel], span: (SimTime, SimTime)) -> Option<Chart> {
    if panels.iter().all(Panel::is_empty) || span.0 >= span.1 {
        return None;
    }
    let pitch = |index: usize| 222.0 * f64::from(u32::try_from(index).unwrap_or(0));
    let bottom = pitch(panels.len() - 1) + 216.0;
    let svg = pen::picture(title, bottom + 44.0, |pen| {
        pen.title(&pen::cut(title, 110));
        let right = panels.iter().map(Panel::right).fold(f64::INFINITY, f64::min);
        let time = TimeScale::new(span, SimTime::ZERO, (LEFT, right));
        for (index, panel) in panels.iter().enumerate() {
            let top = pitch(index);
            panel::legend(pen, &panel.series, top + 36.0);
            panel.draw(pen, &time, (top + 62.0, top + 216.0));
        }
        panel::time_axis(pen, &time, bottom, "time");
        let far: Vec<_> = panels.iter().flat_map(|panel| panel.far.clone()).collect();
        panel::beyond(pen, &far, bottom);
    });
    Some(Chart { title: title.into(), svg })
}

/// What runs along the lower edge of a chart that is not over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axes {
    /// What it is.
    pub(crate) name: &'static str,
    /// In which unit.
    pub(crate) unit: &'static str,
    /// From where to where.
    pub(crate) range: (f64, f64),
}

/// One panel over a plain quantity, with title, legend and axis.
pub(crate) fn plain(title: &str, panel: &Panel<f64>, axes: Axes) -> Option<Chart> {
    let (low, high) = axes.range;
    if panel.is_empty() || low >= high {
        return None;
    }
    let svg = pen::picture(title, 340.0, |pen| {
        let scale = Scale { low, high, start: LEFT, end: panel.right() };
        let axis = Axis { scale, unit: axes.unit };
        pen.title(title);
        panel::legend(pen, &panel.series, 36.0);
        panel.draw(pen, &axis, (66.0, 296.0));
        panel::time_axis(pen, &axis, 296.0, axes.name);
        panel::beyond(pen, &panel.far, 296.0);
    });
    Some(Chart { title: title.into(), svg })
}

#[cfg(test)]
#[path = "plots/tests.rs"]
mod tests;
