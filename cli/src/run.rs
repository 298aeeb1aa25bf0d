//! `packtwin run`: which scenarios, in parallel, judged and written as they end, shown at the end.

mod outputs;
mod round;

use crate::args::{self, Global, Run};
use crate::check::invalid;
use crate::exit::Exit;
use crate::{filter, input, output, watch};
use anstyle::{AnsiColor, Style};
pub(crate) use outputs::{annotates, append_summary};
use reports::table::{Line, Tone};
use reports::{Grade, RequirementText};
pub(crate) use round::Round;
use scenarios::Scenario;
use scenarios::load::Options;
use serde_json::json;
use sim::setup::{FrontEndLevel, Tolerance};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs the inputs; the report holds every run that finished, also after an interruption.
pub(crate) fn run(run: &Run, global: &Global) -> Exit {
    if run.which.watch {
        return watch::watch(run, global);
    }
    let interrupted = interruption();
    match scenarios(run) {
        Err(diagnostics) => invalid(&diagnostics, global),
        Ok(scenarios) if scenarios.is_empty() => nothing_meant(),
        Ok(scenarios) if run.which.list => list(&scenarios, global),
        Ok(scenarios) => Round { run, global, interrupted: &interrupted }.of(&scenarios),
    }
}

/// The scenarios that are meant, with what the command line overrides.
pub(crate) fn scenarios(run: &Run) -> Result<Vec<Scenario>, scenarios::Diagnostics> {
    let options = Options {
        seed: run.seed,
        tolerance: run.tolerance.map(tolerance),
        front_end: run.front_end.map(front_end),
        repeats: false,
    };
    Ok(filter::chosen(input::load_with(&run.inputs, &options)?, &run.which.filters))
}

fn nothing_meant() -> Exit {
    output::message("error: no scenario matches the filters\nhint: --list shows all of them");
    Exit::Invalid
}

fn tolerance(asked: args::Tolerance) -> Tolerance {
    match asked {
        args::Tolerance::Nominal => Tolerance::Nominal,
        args::Tolerance::Datasheet => Tolerance::Datasheet,
    }
}

fn front_end(asked: args::FrontEnd) -> FrontEndLevel {
    match asked {
        args::FrontEnd::Register => FrontEndLevel::Register,
        args::FrontEnd::Value => FrontEndLevel::Value,
    }
}

/// Shows which runs there are.
fn list(scenarios: &[Scenario], global: &Global) -> Exit {
    let shown = if global.wants_json() {
        let one = |scenario: &Scenario| {
            json!({
                "id": scenario.id,
                "title": scenario.title,
                "product": scenario.product,
                "spec": scenario.spec,
                "requirements": scenario.covers,
                "file": scenario.file,
                "waiting": reports::suite::waiting(scenario),
            })
        };
        let runs: Vec<_> = scenarios.iter().map(one).collect();
        output::result(&format!("{:#}", json!({"schema": "packtwin.list/1", "runs": runs})))
    } else {
        output::result(&coloured(&reports::table::list(scenarios)))
    };
    shown.map_or_else(|error| output::lost(&error), |()| Exit::Passed)
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

pub(crate) fn requirement(id: &str) -> Option<RequirementText> {
    scenarios::requirements::find(id).map(|found| RequirementText {
        text: found.text.clone(),
        values: found.values.clone(),
        source: found.source.clone(),
    })
}

pub(crate) fn coloured(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        // The padding of the last column is for nobody.
        let ends = line.0.iter().rposition(|segment| !segment.text.trim_end().is_empty());
        for (index, segment) in line.0.iter().enumerate().take(ends.map_or(0, |last| last + 1)) {
            let (style, last) = (style(segment.tone), ends == Some(index));
            let shown = if last { segment.text.trim_end() } else { &segment.text };
            let _ = write!(text, "{style}{shown}{style:#}");
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
