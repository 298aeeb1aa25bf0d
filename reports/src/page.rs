//! Pages for people: one per run, an index, and what was covered. They need no network; what they
//! share lies in the report's folder `assets`, and without it or without a script nothing is lost but
//! zooming, filtering and the choice of light or dark.

mod first;
mod matrix;
mod reach;
mod view;

use crate::{Grade, Judged, RequirementText, provenance};
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use scenarios::Scenario;
use serde_json::json;

const STYLE: &str = include_str!("page/style.css");
const FRAME: &str = include_str!("page/frame.html");
const RUN: &str = include_str!("page/run.html");
const INDEX: &str = include_str!("page/index.html");
const COVERAGE: &str = include_str!("page/coverage.html");

/// What the pages of a report share, by file name: the chart library (uPlot 1.6.32, MIT) and the
/// pages' own scripts. [`crate::files`] writes them beside the pages.
pub const ASSETS: [(&str, &str); 5] = [
    ("uPlot.iife.min.js", include_str!("page/assets/uPlot.iife.min.js")),
    ("uPlot.min.css", include_str!("page/assets/uPlot.min.css")),
    ("uPlot.LICENSE", include_str!("page/assets/uPlot.LICENSE")),
    ("charts.js", include_str!("page/assets/charts.js")),
    ("page.js", include_str!("page/assets/page.js")),
];

/// The page of one run. It links to its neighbours as [`crate::files::write`] places them.
///
/// # Errors
/// The template asks for what the view does not hold: a fault of the program.
pub fn run(judged: &Judged<'_>) -> Result<String, Error> {
    render("run.html", view::run(judged))
}

/// The page of a suite; `folders` holds the folder of each run, `not_run` the scenarios that an
/// interruption kept from being run, `waiting` those that cannot be run yet.
///
/// # Errors
/// As [`run`].
pub fn index(
    runs: &[Judged<'_>],
    folders: &[String],
    not_run: &[&str],
    waiting: &[&Scenario],
) -> Result<String, Error> {
    render("index.html", view::index(runs, folders, not_run, waiting))
}

/// The page of what a suite covers: requirements that no run proves, and the states and events that
/// the firmware was put through.
///
/// # Errors
/// As [`run`].
pub fn coverage(runs: &[Judged<'_>]) -> Result<String, Error> {
    render("coverage.html", reach::view(runs))
}

fn render(name: &str, mut view: serde_json::Value) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let templates = [
        ("frame.html", FRAME),
        ("run.html", RUN),
        ("index.html", INDEX),
        ("coverage.html", COVERAGE),
    ];
    for (name, source) in templates {
        environment.add_template(name, source)?;
    }
    view["style"] = json!(STYLE);
    view["version"] = json!(provenance::version());
    environment.get_template(name)?.render(Value::from(Serde(view)))
}

/// A requirement over a whole suite: its worst verdict among the runs that put it to the test.
struct Summed<'a> {
    id: &'a str,
    requirement: &'a RequirementText,
    exercised: Option<Grade>,
    runs: Vec<usize>,
}

fn summed<'a>(runs: &'a [Judged<'_>]) -> Vec<Summed<'a>> {
    let mut sums: std::collections::BTreeMap<&str, Summed<'a>> = std::collections::BTreeMap::new();
    for (index, run) in runs.iter().enumerate() {
        for it in &run.coverage {
            let sum = sums.entry(&it.id).or_insert_with(|| Summed {
                id: &it.id,
                requirement: &it.requirement,
                exercised: None,
                runs: Vec::new(),
            });
            let grade = (it.verdict != Grade::Untested).then_some(it.verdict);
            sum.exercised = sum.exercised.max(grade);
            sum.runs.push(index);
        }
    }
    sums.into_values().collect()
}

#[cfg(test)]
#[path = "page/tests.rs"]
mod tests;
