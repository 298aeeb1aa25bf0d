//! Spreads for machines: one CSV row per seed and trip, and one JSON document.

use super::{Entry, Measure, Measured, Run, Spread, Trip};
use crate::result::tolerance;
use crate::sheets::table;
use crate::show;
use crate::verdict::Grade;
use scenarios::windows::trip::{Budget, Part, Window};
use serde_json::{Value, json};
use sim::setup::Tolerance;
use sim::time::Span;

/// Name and version of the document's form.
const SCHEMA: &str = "packtwin.spread/1";

/// Headings of what [`trip`] tells.
pub(crate) const TRIP: [&str; 5] =
    ["Protection", "Entry", "Detect / s", "Gate Off / s", "Current Zero / s"];

/// A trip in a table: protection, its number, and its times.
pub(crate) fn trip(it: &Trip) -> [String; 5] {
    let time = |time: Option<Span>| time.map_or_else(String::new, |it| show::seconds(it.0));
    let [detect, gate, zero] = it.times.map(time);
    [show::reasons(it.reason), it.occurrence.to_string(), detect, gate, zero]
}

/// Every trip of every run; a run without a trip has a row without a protection.
pub(super) fn csv(runs: &[Run]) -> Result<Vec<u8>, csv::Error> {
    let [protection, number, detect, gate, zero] = TRIP;
    let lines = runs.iter().flat_map(|run| {
        let seed = run.seed.to_string();
        let none = run.trips.is_empty().then(<[String; 5]>::default);
        none.into_iter().chain(run.trips.iter().map(trip)).map(move |told| {
            let [reason, occurrence, detect, gate, zero] = told;
            [seed.clone(), reason, occurrence, detect, gate, zero]
        })
    });
    table(["Seed", protection, number, detect, gate, zero], lines)
}

/// The document of these spreads.
pub(super) fn document(spreads: &[Spread<'_>]) -> Value {
    let worst = spreads.iter().map(Spread::grade).max().unwrap_or(Grade::Untested);
    json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "verdict": worst.word(),
        "scenarios": spreads.iter().map(spread).collect::<Vec<_>>(),
    })
}

fn spread(it: &Spread<'_>) -> Value {
    json!({
        "id": it.scenario.id,
        "title": it.scenario.title,
        "file": it.scenario.file,
        "product": it.scenario.product,
        "tolerance": tolerance(Tolerance::Datasheet),
        "verdict": it.grade().word(),
        "drawn": it.scenario.drawn.iter().map(|(place, _)| place).collect::<Vec<_>>(),
        "runs": it.runs.len(),
        "first_seed": it.runs.first().map(|run| run.seed),
        "last_seed": it.runs.last().map(|run| run.seed),
        "aborted": it.aborted().map(|run| json!({"seed": run.seed, "why": run.aborted})).collect::<Vec<_>>(),
        "entries": it.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(it: &Entry) -> Value {
    json!({
        "protection": show::reasons(it.reason),
        "entry": it.occurrence,
        "runs": it.runs,
        "verdict": it.grade().word(),
        "measures": it.measured.iter().map(measured).collect::<Vec<_>>(),
        "budget": it.budget.as_ref().map(budget),
    })
}

fn measured(it: &Measured) -> Value {
    json!({
        "measure": it.measure.word(),
        "n": it.times.len(),
        "min_ns": it.percentile(0).0,
        "median_ns": it.percentile(50).0,
        "p95_ns": it.percentile(95).0,
        "max_ns": it.percentile(100).0,
        "window": it.window.map(window),
        "outside": it.outside,
        "verdict": it.grade.word(),
    })
}

fn window(it: Window) -> Value {
    json!({"low_ns": it.low.0, "high_ns": it.high.0})
}

fn budget(it: &Budget) -> Value {
    let layers = it.layers.iter().map(|layer| {
        json!({
            "layer": layer.name,
            "window": window(layer.window()),
            "parts": layer.parts.iter().map(part).collect::<Vec<_>>(),
        })
    });
    json!({
        "layers": layers.collect::<Vec<_>>(),
        "gate": part(&it.gate),
        "detect": window(Measure::Detect.allowed(it)),
        "current_zero": window(Measure::CurrentZero.allowed(it)),
    })
}

fn part(it: &Part) -> Value {
    json!({"why": it.why, "low_ns": it.low.0, "high_ns": it.high.0})
}
