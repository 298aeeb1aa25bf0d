//! The charts of a run, each an SVG element that scales and follows the page's colours.
//!
//! A chart's title says what it shows, its axes say in which unit; a chart without data is not
//! drawn.

mod bursts;
mod distribution;
mod heat_map;
mod lanes;
mod panel;
mod pen;
mod scale;
mod slow;

pub use distribution::distribution;
pub(crate) use slow::unchanged;

use crate::Judged;
use panel::Panel;
use scale::TimeScale;
pub(crate) use scale::number;
use sim::time::SimTime;

/// A drawn chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// The picture.
    pub svg: String,
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
        let time = TimeScale::new(span, SimTime::ZERO, (panel::LEFT, panel.right()));
        pen.title(title);
        panel::legend(pen, &panel.series, 36.0);
        panel.draw(pen, &time, (66.0, 256.0));
        panel::time_axis(pen, &time, 256.0, "time");
        panel::beyond(pen, &panel.far, 256.0);
    });
    Some(Chart { title: title.into(), svg })
}

#[cfg(test)]
#[path = "plots/tests.rs"]
mod tests;
