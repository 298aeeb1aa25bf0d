//! The page of all sweeps: a table of every protection, and for each a picture over the phase.

use super::{Sweep, shared};
use crate::plots::{self, Axes, Ink, Panel, Series};
use crate::show;
use crate::spread::table::{allowed, name, time};
use crate::spread::{Entry, Measured};
use minijinja::value::{Serde, Value as Given};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use serde_json::{Value, json};
use sim::time::Span;

const STYLE: &str = include_str!("../page/style.css");
const FRAME: &str = include_str!("../page/frame.html");
const SWEEP: &str = include_str!("sweep.html");

/// The page: a single file that needs no network.
pub(super) fn render(sweeps: &[Sweep<'_>]) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("frame.html", FRAME)?;
    environment.add_template("sweep.html", SWEEP)?;
    environment.get_template("sweep.html")?.render(Given::from(Serde(view(sweeps))))
}

fn view(sweeps: &[Sweep<'_>]) -> Value {
    let worst = sweeps.iter().map(Sweep::grade).max();
    json!({
        "style": STYLE,
        "version": env!("CARGO_PKG_VERSION"),
        "verdict": worst.map_or("untested", |grade| grade.word()),
        "sweeps": sweeps.iter().map(sweep).collect::<Vec<_>>(),
    })
}

fn sweep(it: &Sweep<'_>) -> Value {
    let scenario = it.scenario();
    json!({
        "id": scenario.id,
        "title": scenario.title,
        "product": scenario.product,
        "period": show::rounded(it.period),
        "runs": it.spread.runs.len(),
        "verdict": it.grade().word(),
        "aborted": it.spread.aborted().take(5).map(|run| json!({
            "number": run.seed, "why": run.aborted,
        })).collect::<Vec<_>>(),
        "entries": it.spread.entries.iter().map(|of| entry(it, of)).collect::<Vec<_>>(),
    })
}

fn entry(sweep: &Sweep<'_>, it: &Entry) -> Value {
    json!({
        "name": name(it),
        "full_name": show::reason_name(it.reason),
        "verdict": it.grade().word(),
        "rows": shared(it).filter_map(|of| row(sweep, it, of)).collect::<Vec<_>>(),
        "chart": chart(sweep, it),
    })
}

fn row(sweep: &Sweep<'_>, entry: &Entry, shared: &[Measured]) -> Option<Value> {
    let it = shared.first()?;
    let ends: Vec<_> = shared.iter().map(|it| it.measure.end()).collect();
    let worst = sweep.worst(entry, it).map(|worst| show::rounded(worst.shift));
    let times = [0, 50, 100].map(|percent| time(it, percent));
    Some(json!({
        "name": ends.join(", "),
        "verdict": it.grade.word(),
        "times": times,
        "worst": worst.unwrap_or_default(),
        "allowed": allowed(it),
    }))
}

const INKS: [Ink; 3] = [Ink::Blue, Ink::Orange, Ink::Green];

/// The times over the phase, with the window of the first measure.
fn chart(sweep: &Sweep<'_>, entry: &Entry) -> Option<String> {
    let first = entry.measured.first()?;
    let last = entry.measured.last()?;
    let (unit, factor) = unit(last.percentile(100));
    let scaled = |span: Span| span.as_secs_f64() * factor;
    let mut series = Vec::new();
    for (group, ink) in shared(entry).zip(INKS) {
        let ends: Vec<_> = group.iter().map(|it| it.measure.end()).collect();
        let phases = group.first().map(|it| sweep.phases(entry, it)).unwrap_or_default();
        let points = phases.iter().map(|(shift, time)| (shift.as_secs_f64() * 1e3, scaled(*time)));
        series.push(Series::dots(ends.join(", "), ink, points.collect()));
    }
    let edges = first.window.into_iter().flat_map(|window| {
        [
            (format!("earliest {}", show::rounded(window.low)), scaled(window.low)),
            (format!("latest {}", show::rounded(window.high)), scaled(window.high)),
        ]
    });
    let spread = scaled(last.percentile(100)) - scaled(first.percentile(0));
    let width = first.window.map_or(0.0, |window| scaled(window.high) - scaled(window.low));
    // Times that agree to the nanosecond are one line, not a picture of rounding.
    let least = 0.05 * scaled(last.percentile(100));
    let panel = Panel::new(unit, least, series, edges.collect(), width.max(2.0 * spread));
    let title = format!("{}: time to the open switch over the phase of the scan", name(entry));
    let axes = Axes {
        name: "the limit is crossed later by",
        unit: "ms",
        range: (0.0, sweep.period.as_secs_f64() * 1e3),
    };
    plots::plain(&title, &panel, axes).map(|chart| chart.svg)
}

/// The unit that suits a time, and how many of it are a second.
fn unit(longest: Span) -> (&'static str, f64) {
    match longest.0 {
        0..10_000_000 => ("µs", 1e6),
        10_000_000..10_000_000_000 => ("ms", 1e3),
        _ => ("s", 1.0),
    }
}
