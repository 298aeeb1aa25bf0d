//! The page of a spread, and its pictures.

use super::{Entry, Measure, Measured, Spread, table};
use crate::{plots, show};
use minijinja::value::{Serde, Value as Given};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use scenarios::windows::trip::{Budget, Part, Window};
use serde_json::{Value, json};
use sim::time::Span;

const STYLE: &str = include_str!("../page/style.css");
const FRAME: &str = include_str!("../page/frame.html");
const SPREAD: &str = include_str!("spread.html");

/// Size of a chart, in its own units.
const CHART: (usize, usize) = (900, 300);

/// The page: a single file that needs no network.
pub(super) fn render(spread: &Spread<'_>) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("frame.html", FRAME)?;
    environment.add_template("spread.html", SPREAD)?;
    environment.get_template("spread.html")?.render(Given::from(Serde(view(spread))))
}

/// All pictures below each other, as one SVG document.
pub(super) fn picture(spread: &Spread<'_>) -> String {
    let charts: Vec<_> = spread.entries.iter().flat_map(charts).collect();
    let (width, height) = CHART;
    let placed = charts.iter().enumerate().map(|(index, chart)| {
        let y = index * height;
        format!("<svg x=\"0\" y=\"{y}\" width=\"{width}\" height=\"{height}\">{chart}</svg>\n")
    });
    let placed: String = placed.collect();
    let total = charts.len().max(1) * height;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {total}\" \
         font-family=\"sans-serif\">\n\
         <rect width=\"{width}\" height=\"{total}\" fill=\"#ffffff\"/>\n{placed}</svg>\n"
    )
}

fn view(spread: &Spread<'_>) -> Value {
    let scenario = spread.scenario;
    json!({
        "style": STYLE,
        "version": env!("CARGO_PKG_VERSION"),
        "id": scenario.id,
        "title": scenario.title,
        "verdict": spread.grade().word(),
        "about": scenario.about,
        "facts": facts(spread),
        "aborted": spread.aborted().take(20).map(|run| json!({
            "seed": run.seed, "why": run.aborted,
        })).collect::<Vec<_>>(),
        "entries": spread.entries.iter().map(|it| entry(it, spread.runs.len())).collect::<Vec<_>>(),
        "text": scenario.text,
    })
}

fn facts(spread: &Spread<'_>) -> Vec<Value> {
    let fact = |name: &str, value: String| json!({"name": name, "value": value});
    let seeds = match (spread.runs.first(), spread.runs.last()) {
        (Some(first), Some(last)) => format!("{} to {}", first.seed, last.seed),
        _ => "none".to_owned(),
    };
    let times = || spread.entries.iter().flat_map(|entry| &entry.measured);
    let outside: usize = times().map(|it| it.outside).sum();
    let measured: usize = times().map(|it| it.times.len()).sum();
    vec![
        fact("Product", spread.scenario.product.clone()),
        fact("Runs", spread.runs.len().to_string()),
        fact("Seeds", seeds),
        fact("Hardware", "within the datasheet's tolerances".to_owned()),
        fact("Outside its window", format!("{outside} of {}", show::counted(measured, "time"))),
        fact("File", spread.scenario.file.clone()),
    ]
}

fn entry(entry: &Entry, runs: usize) -> Value {
    json!({
        "name": heading(entry),
        "verdict": entry.grade().word(),
        "missing": (entry.runs < runs).then(|| format!("It happened in {} of {runs} runs only.", entry.runs)),
        "rows": entry.measured.iter().map(row).collect::<Vec<_>>(),
        "budget": entry.budget.as_ref().map(budget),
        "charts": charts(entry),
    })
}

fn heading(entry: &Entry) -> String {
    let name = show::reason_name(entry.reason);
    match entry.occurrence {
        1 => name,
        number => format!("{name}, entry {number}"),
    }
}

fn row(it: &Measured) -> Value {
    let times = [0, 50, 95, 100].map(|percent| table::time(it, percent));
    json!({
        "name": it.measure.name(),
        "verdict": it.grade.word(),
        "n": it.times.len().to_string(),
        "times": times,
        "allowed": table::allowed(it),
    })
}

fn budget(it: &Budget) -> Value {
    let mut groups: Vec<_> = it
        .layers
        .iter()
        .map(|layer| {
            let sum = layer.window();
            group(layer.name, layer.parts.iter().collect(), ("until commanded off", sum))
        })
        .collect();
    let all = Measure::CurrentZero.allowed(it);
    groups.push(group("power path", vec![&it.gate], ("crossed to current zero", all)));
    json!({"groups": groups, "layers": it.layers.len()})
}

fn group(name: &str, parts: Vec<&Part>, (what, sum): (&str, Window)) -> Value {
    let line = |why: &str, low: Span, high: Span| json!({"why": why, "low": show::rounded(low), "high": show::rounded(high)});
    json!({
        "name": name,
        "parts": parts.iter().map(|part| line(&part.why, part.low, part.high)).collect::<Vec<_>>(),
        "sum": line(what, sum.low, sum.high),
    })
}

/// One picture per measure; measures that took the same times share one.
fn charts(entry: &Entry) -> Vec<String> {
    let same =
        |one: &Measured, next: &Measured| one.times == next.times && one.window == next.window;
    entry.measured.chunk_by(same).filter_map(|shared| chart(entry, shared)).collect()
}

fn chart(entry: &Entry, shared: &[Measured]) -> Option<String> {
    let it = shared.first()?;
    let latest = it.percentile(100).max(it.window.map_or(Span(0), |window| window.high));
    let (unit, factor) = unit(latest);
    let scaled = |span: Span| span.as_secs_f64() * factor;
    let times: Vec<_> = it.times.iter().map(|time| scaled(*time)).collect();
    let window = it.window.map(|window| (scaled(window.low), scaled(window.high)));
    let (low, high) = window.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    let ends: Vec<_> = shared.iter().map(|it| it.measure.end()).collect();
    let title = format!("{}: crossed to {}", heading(entry), ends.join(", "));
    plots::distribution(&title, unit, &times, low, high)
}

/// The unit that suits a time, and how many of it are a second.
fn unit(longest: Span) -> (&'static str, f64) {
    match longest.0 {
        0..10_000_000 => ("µs", 1e6),
        10_000_000..10_000_000_000 => ("ms", 1e3),
        _ => ("s", 1.0),
    }
}
