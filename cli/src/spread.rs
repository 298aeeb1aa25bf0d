//! `packtwin spread`: one scenario, many boards; how its trip times are spread.

use crate::args::{Global, Spread as Wanted};
use crate::check::invalid;
use crate::exit::Exit;
use crate::run::{coloured, interruption};
use crate::{input, output, progress};
use indicatif::ProgressBar;
use reports::Grade;
use reports::spread::{self, Run, Spread};
use scenarios::Scenario;
use scenarios::spread::{Seeded, run_seeds};
use sim::trace::Trace;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs every scenario with every seed; the report holds every run that finished, also after an
/// interruption.
pub(crate) fn spread(wanted: &Wanted, global: &Global) -> Exit {
    let scenarios = match scenarios(&wanted.inputs) {
        Ok(scenarios) => scenarios,
        Err(diagnostics) => return invalid(&diagnostics, global),
    };
    let (scenarios, waiting) = input::without_waiting(scenarios);
    waiting.iter().for_each(|line| output::message(line));
    let Some(end) = wanted.seed.checked_add(wanted.seeds) else {
        output::message("error: --seed and --seeds go beyond the largest seed");
        return Exit::Invalid;
    };
    if let Err(error) = reports::files::probe(&wanted.out) {
        output::message(&format!("error: {error}"));
        return Exit::Invalid;
    }
    let interrupted = interruption();
    let seeds = wanted.seed..end;
    let total = usize::try_from(wanted.seeds).unwrap_or(usize::MAX);
    let bar = progress::bar(scenarios.len().saturating_mul(total), global.quiet);
    let mut spreads = Vec::new();
    for scenario in &scenarios {
        bar.set_message(scenario.id.clone());
        match replay(scenario, seeds.clone(), wanted.jobs, &bar, &interrupted) {
            Ok(runs) => spreads.push(Spread::of(scenario, runs)),
            Err(error) => {
                output::message(&format!("error: the worker threads could not start: {error}"));
                return Exit::Aborted;
            }
        }
    }
    bar.finish_and_clear();
    spreads.retain(|spread| !spread.runs.is_empty());
    match report(&wanted.out, &spreads, global) {
        Ok(()) => verdict(&spreads, interrupted.load(Ordering::Relaxed)),
        Err(exit) => exit,
    }
}

fn scenarios(inputs: &[PathBuf]) -> Result<Vec<Scenario>, scenarios::Diagnostics> {
    if inputs.is_empty() { Ok(scenarios::spread::suite()) } else { input::load(inputs) }
}

/// What is kept of the runs that were begun.
fn replay(
    scenario: &Scenario,
    seeds: Range<u64>,
    jobs: Option<usize>,
    bar: &ProgressBar,
    interrupted: &AtomicBool,
) -> Result<Vec<Run>, impl std::error::Error> {
    let first = seeds.start;
    let on_progress = || bar.inc(1);
    let keep = |seed, trace: &Trace| spread::keep(&scenario.setup.params, seed, trace);
    let seeded = run_seeds(scenario, seeds, jobs.unwrap_or(0), keep, on_progress, interrupted);
    seeded.map(|seeded| {
        let kept = (first..).zip(seeded).filter_map(|(seed, run)| match run {
            Seeded::Kept(run) => Some(run),
            Seeded::Aborted(why) => Some(Run { seed, aborted: Some(why), trips: Vec::new() }),
            Seeded::Cancelled => None,
        });
        kept.collect()
    })
}

fn report(out: &std::path::Path, spreads: &[Spread<'_>], global: &Global) -> Result<(), Exit> {
    let pages = spread::files::write(out, spreads).map_err(|error| {
        output::message(&format!("error: {error}"));
        Exit::Invalid
    })?;
    let passed = spreads.iter().all(|spread| spread.grade() == Grade::Pass);
    let shown = if global.wants_json() {
        output::result(&spread::files::document(spreads))
    } else if global.quiet && passed {
        Ok(())
    } else {
        output::result(&coloured(&spread::table::render(spreads)))
    };
    if !global.quiet {
        for page in pages {
            output::message(&format!("report: {}", page.display()));
        }
    }
    shown.map_err(|_| Exit::Invalid)
}

/// The worst that happened.
fn verdict(spreads: &[Spread<'_>], interrupted: bool) -> Exit {
    if interrupted {
        Exit::Interrupted
    } else if spreads.iter().any(|spread| spread.aborted().next().is_some()) {
        Exit::Aborted
    } else if spreads.iter().any(|spread| spread.grade() != Grade::Pass) {
        Exit::Failed
    } else {
        Exit::Passed
    }
}
