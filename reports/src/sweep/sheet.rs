//! Sweeps for machines: one CSV row per shift and trip, and one JSON document.

use super::Sweep;
use crate::result::tolerance;
use crate::sheets::table;
use crate::show;
use crate::spread::sheet::{TRIP, trip};
use crate::spread::{Entry, Measured};
use crate::verdict::Grade;
use serde_json::{Value, json};

/// Name and version of the document's form.
const SCHEMA: &str = "packtwin.sweep/1";

/// Every trip of every run, with how much later its stimulus came.
pub(super) fn csv(sweeps: &[Sweep<'_>]) -> Result<Vec<u8>, csv::Error> {
    let [protection, number, detect, gate, zero] = TRIP;
    let lines = sweeps.iter().flat_map(|sweep| {
        sweep.spread.runs.iter().flat_map(|run| &run.trips).map(|it| {
            let shift = usize::try_from(it.seed).ok().and_then(|it| sweep.shifts.get(it));
            let shift = shift.map_or_else(String::new, |shift| show::seconds(shift.0));
            let [reason, occurrence, detect, gate, zero] = trip(it);
            [sweep.scenario().id.clone(), shift, reason, occurrence, detect, gate, zero]
        })
    });
    table(["Scenario", "Shift / s", protection, number, detect, gate, zero], lines)
}

/// The document of these sweeps.
pub(super) fn document(sweeps: &[Sweep<'_>]) -> Value {
    let worst = sweeps.iter().map(Sweep::grade).max().unwrap_or(Grade::Untested);
    json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "verdict": worst.word(),
        "scenarios": sweeps.iter().map(sweep).collect::<Vec<_>>(),
    })
}

fn sweep(it: &Sweep<'_>) -> Value {
    let scenario = it.scenario();
    json!({
        "id": scenario.id,
        "title": scenario.title,
        "file": scenario.file,
        "product": scenario.product,
        "seed": scenario.setup.seed,
        "tolerance": tolerance(scenario.setup.tolerance),
        "verdict": it.grade().word(),
        "period_ns": it.period.0,
        "runs": it.spread.runs.len(),
        "aborted": it.spread.aborted().map(|run| json!({
            "shift": run.seed, "why": run.aborted,
        })).collect::<Vec<_>>(),
        "entries": it.spread.entries.iter().map(|entry| json!({
            "protection": show::reasons(entry.reason),
            "entry": entry.occurrence,
            "runs": entry.runs,
            "verdict": entry.grade().word(),
            "measures": entry.measured.iter().map(|of| measured(it, entry, of)).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn measured(sweep: &Sweep<'_>, entry: &Entry, it: &Measured) -> Value {
    let worst = sweep.worst(entry, it);
    json!({
        "measure": it.measure.word(),
        "min_ns": it.percentile(0).0,
        "typ_ns": it.percentile(50).0,
        "max_ns": it.percentile(100).0,
        "worst_shift_ns": worst.map(|worst| worst.shift.0),
        "window": it.window.map(|window| json!({"low_ns": window.low.0, "high_ns": window.high.0})),
        "outside": it.outside,
        "verdict": it.grade.word(),
    })
}
