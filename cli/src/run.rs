//! `packtwin run`: replay in parallel, judge, show, write the report.

use crate::args::{self, Global, Run};
use crate::check::invalid;
use crate::exit::Exit;
use crate::{input, output, progress};
use anstyle::{AnsiColor, Style};
use reports::table::{Line, Tone};
use reports::{Grade, Judged, RequirementText};
use scenarios::Scenario;
use scenarios::runner::{self, Ending, Finished};
use sim::setup::{FrontEndLevel, Tolerance};
use sim::time::SimTime;
use sim::trace::{Outcome, Trace};
use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs the inputs; the report holds every run that finished, also after an interruption.
pub(crate) fn run(run: &Run, global: &Global) -> Exit {
    let interrupted = interruption();
    let scenarios = match input::load(&run.inputs) {
        Ok(scenarios) => adjusted(scenarios, run),
        Err(diagnostics) => return invalid(&diagnostics, global),
    };
    let (scenarios, waiting) = input::without_waiting(scenarios);
    waiting.iter().for_each(|line| output::message(line));
    if let Err(error) = reports::files::probe(&run.out) {
        output::message(&format!("error: {error}"));
        return Exit::Invalid;
    }
    let traces = match replay(&scenarios, run.jobs, global, &interrupted) {
        Ok(traces) => traces,
        Err(error) => {
            output::message(&format!("error: the worker threads could not be started: {error}"));
            return Exit::Aborted;
        }
    };
    let judged: Vec<Judged<'_>> = scenarios
        .iter()
        .zip(&traces)
        .filter_map(|(scenario, trace)| {
            Some(reports::judge(scenario, trace.as_ref()?, &requirement))
        })
        .collect();
    let not_run: Vec<&str> = scenarios
        .iter()
        .zip(&traces)
        .filter_map(|(scenario, trace)| trace.is_none().then_some(scenario.id.as_str()))
        .collect();
    conclude(run, global, &judged, &not_run)
}

/// Writes the report, shows the results, and says how it ended.
fn conclude(run: &Run, global: &Global, judged: &[Judged<'_>], not_run: &[&str]) -> Exit {
    let written = reports::files::write_part(&run.out, judged, not_run);
    if let Err(error) = show(judged, not_run, global) {
        return output::lost(&error);
    }
    match written {
        Err(error) => {
            output::message(&format!("error: {error}"));
            return Exit::Invalid;
        }
        Ok(written) if !global.quiet => {
            output::message(&format!("report: {}", written.index.display()));
        }
        Ok(_) => {}
    }
    if !not_run.is_empty() {
        let all = judged.len() + not_run.len();
        output::message(&format!("interrupted: {} of {all} scenarios not run", not_run.len()));
    }
    verdict(judged, !not_run.is_empty())
}

/// The scenarios with what the command line overrides.
fn adjusted(mut scenarios: Vec<Scenario>, run: &Run) -> Vec<Scenario> {
    for scenario in &mut scenarios {
        let setup = &mut scenario.setup;
        setup.seed = run.seed.unwrap_or(setup.seed);
        setup.tolerance = match run.tolerance {
            Some(args::Tolerance::Nominal) => Tolerance::Nominal,
            Some(args::Tolerance::Datasheet) => Tolerance::Datasheet,
            None => setup.tolerance,
        };
        setup.front_end = match run.front_end {
            Some(args::FrontEnd::Register) => FrontEndLevel::Register,
            Some(args::FrontEnd::Value) => FrontEndLevel::Value,
            None => setup.front_end,
        };
    }
    scenarios
}

/// A flag that Ctrl-C raises: runs that have begun end, no other begins. A second Ctrl-C kills.
pub(crate) fn interruption() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    let handler = ctrlc::set_handler(move || {
        if raised.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        output::message("interrupted: writing what has finished (again to stop at once)");
    });
    if let Err(error) = handler {
        output::message(&format!("note: Ctrl-C will not be handled: {error}"));
    }
    flag
}

/// Runs all; `None` for a run that was not begun.
fn replay(
    scenarios: &[Scenario],
    jobs: Option<usize>,
    global: &Global,
    interrupted: &AtomicBool,
) -> Result<Vec<Option<Trace>>, impl Error> {
    let bar = progress::bar(scenarios.len(), global.quiet);
    let on_progress = |finished: &Finished| {
        bar.set_message(finished.id.clone());
        bar.inc(1);
    };
    // More threads than runs would be idle; too many the system refuses.
    let jobs = jobs.map_or(0, |jobs| jobs.min(scenarios.len()));
    let finished = runner::run_all(scenarios, jobs, on_progress, interrupted);
    bar.finish_and_clear();
    finished.map(|finished| finished.into_iter().map(|finished| trace(finished.ending)).collect())
}

fn trace(ending: Ending) -> Option<Trace> {
    match ending {
        Ending::Ran(trace) => Some(*trace),
        Ending::Aborted(why) => Some(Trace::aborted(SimTime::ZERO, why)),
        Ending::Cancelled => None,
    }
}

fn requirement(id: &str) -> Option<RequirementText> {
    scenarios::requirements::find(id).map(|found| RequirementText {
        text: found.text.clone(),
        values: found.values.clone(),
        source: found.source.clone(),
    })
}

fn show(judged: &[Judged<'_>], not_run: &[&str], global: &Global) -> std::io::Result<()> {
    if global.wants_json() {
        return output::result(&reports::files::document(judged, not_run));
    }
    let lines = if global.quiet {
        let wrong = judged.iter().filter(|judged| judged.verdict != Grade::Pass);
        let wrong: Vec<_> = wrong.cloned().collect();
        if wrong.is_empty() {
            return Ok(());
        }
        let mut lines = reports::table::suite(&wrong);
        // The sums would be those of the wrong runs alone.
        lines.pop();
        lines
    } else {
        reports::table::render(judged)
    };
    output::result(&coloured(&lines))
}

pub(crate) fn coloured(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        for segment in &line.0 {
            let style = style(segment.tone);
            let _ = write!(text, "{style}{}{style:#}", segment.text);
        }
        text.push('\n');
    }
    text
}

fn style(tone: Tone) -> Style {
    let colour = |colour: AnsiColor| Style::new().bold().fg_color(Some(colour.into()));
    match tone {
        Tone::Plain => Style::new(),
        Tone::Strong => Style::new().bold(),
        Tone::Dim => Style::new().dimmed(),
        Tone::Verdict(Grade::Pass) => colour(AnsiColor::Green),
        Tone::Verdict(Grade::Untested) => colour(AnsiColor::Yellow),
        Tone::Verdict(Grade::Fail) => colour(AnsiColor::Red),
    }
}

/// The worst that happened.
fn verdict(judged: &[Judged<'_>], interrupted: bool) -> Exit {
    let aborted = |judged: &Judged<'_>| matches!(judged.trace.outcome, Outcome::Aborted { .. });
    if interrupted {
        Exit::Interrupted
    } else if judged.iter().any(aborted) {
        Exit::Aborted
    } else if judged.iter().any(|judged| judged.verdict != Grade::Pass) {
        Exit::Failed
    } else {
        Exit::Passed
    }
}
