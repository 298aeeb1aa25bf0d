//! `packtwin sweep`: one scenario at every phase of the front end's scan.

use crate::args::{Global, Sweep as Wanted};
use crate::check::invalid;
use crate::exit::Exit;
use crate::run::{coloured, interruption};
use crate::{input, output, progress};
use indicatif::ProgressBar;
use reports::Grade;
use reports::spread::{self, Run};
use reports::sweep::{self, Sweep};
use scenarios::spread::Seeded;
use scenarios::sweep::{run_shifts, scan, shifts};
use scenarios::{Diagnostics, Scenario};
use sim::time::Span;
use sim::trace::Trace;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs every scenario at every phase; the report holds every scenario that was swept to its end,
/// also after an interruption.
pub(crate) fn sweep(wanted: &Wanted, global: &Global) -> Exit {
    let scenarios = match scenarios(&wanted.inputs) {
        Ok(scenarios) => scenarios,
        Err(diagnostics) => return invalid(&diagnostics, global),
    };
    let (scenarios, waiting) = input::without_waiting(scenarios);
    waiting.iter().for_each(|line| output::message(line));
    if let Err(error) = reports::files::probe(&wanted.out) {
        output::message(&format!("error: {error}"));
        return Exit::Invalid;
    }
    let interrupted = interruption();
    let phases = usize::try_from(wanted.phases).unwrap_or(usize::MAX);
    let bar = progress::bar(scenarios.len().saturating_mul(phases), global.quiet);
    let mut sweeps = Vec::new();
    for scenario in &scenarios {
        bar.set_message(scenario.id.clone());
        match swept(scenario, wanted, &bar, &interrupted) {
            Ok(sweep) => sweeps.extend(sweep),
            Err(error) => {
                output::message(&format!("error: the worker threads could not start: {error}"));
                return Exit::Aborted;
            }
        }
    }
    bar.finish_and_clear();
    match report(wanted, &sweeps, global) {
        Ok(()) => verdict(&sweeps, interrupted.load(Ordering::Relaxed)),
        Err(exit) => exit,
    }
}

fn scenarios(inputs: &[PathBuf]) -> Result<Vec<Scenario>, Diagnostics> {
    if inputs.is_empty() { Ok(scenarios::sweep::suite()) } else { input::load(inputs) }
}

/// The sweep of one scenario; `None` if it was interrupted, as a part of the phases says nothing
/// about the worst.
fn swept<'a>(
    scenario: &'a Scenario,
    wanted: &Wanted,
    bar: &ProgressBar,
    interrupted: &AtomicBool,
) -> Result<Option<Sweep<'a>>, impl std::error::Error + use<>> {
    let period = wanted.period.map_or_else(|| scan(scenario), Span::from_millis);
    let shifts = shifts(period, wanted.phases);
    let (jobs, on_progress) = (wanted.jobs.unwrap_or(0), || bar.inc(1));
    let keep = |seed, trace: &Trace| spread::keep(&scenario.setup.params, seed, trace);
    let runs = run_shifts(scenario, &shifts, jobs, keep, on_progress, interrupted);
    runs.map(|runs| {
        let kept = (0..).zip(runs).map(|(number, run)| match run {
            Seeded::Kept(run) => Some(run),
            Seeded::Aborted(why) => {
                Some(Run { seed: number, aborted: Some(why), trips: Vec::new() })
            }
            Seeded::Cancelled => None,
        });
        let runs: Option<Vec<_>> = kept.collect();
        runs.map(|runs| Sweep::of(scenario, period, shifts, runs))
    })
}

fn report(wanted: &Wanted, sweeps: &[Sweep<'_>], global: &Global) -> Result<(), Exit> {
    let page = sweep::files::write(&wanted.out, sweeps).map_err(|error| {
        output::message(&format!("error: {error}"));
        Exit::Invalid
    })?;
    let passed = sweeps.iter().all(|sweep| sweep.grade() == Grade::Pass);
    let shown = if global.wants_json() {
        output::result(&sweep::files::document(sweeps))
    } else if global.quiet && passed {
        Ok(())
    } else {
        output::result(&coloured(&sweep::table::render(sweeps)))
    };
    if !global.quiet {
        output::message(&format!("report: {}", page.display()));
    }
    shown.map_err(|error| output::lost(&error))
}

/// The worst that happened.
fn verdict(sweeps: &[Sweep<'_>], interrupted: bool) -> Exit {
    if interrupted {
        Exit::Interrupted
    } else if sweeps.iter().any(|sweep| sweep.spread.aborted().next().is_some()) {
        Exit::Aborted
    } else if sweeps.iter().any(|sweep| sweep.grade() != Grade::Pass) {
        Exit::Failed
    } else {
        Exit::Passed
    }
}
