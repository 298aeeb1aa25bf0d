//! Reads `[scenario]`: what a run is called, which product it has, how long it lasts, what is
//! random.

use crate::diagnostics::Problem;
use crate::expectations;
use crate::load::Options;
use crate::product::{self, Product};
use crate::section::Section;
use crate::waiting::{self, Need, Waiting};
use sim::setup::{FrontEndLevel, Tolerance};
use sim::time::{SimTime, Span};
use std::ops::Range;

/// Every key of `[scenario]`.
pub(crate) const KEYS: &[&str] = &[
    "title",
    "about",
    "spec",
    "product",
    "covers",
    "needs",
    "duration",
    "front-end",
    "tolerance",
    "seed",
    "record-period",
    "switched-on",
    "event-budget",
    "check-every",
];

/// The simple keys of `[scenario]`.
pub(crate) struct Head {
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) spec: Vec<String>,
    /// Requirements that it claims to cover, with their places.
    pub(crate) covers: Vec<(String, Range<usize>)>,
    /// What it needs beside its product.
    pub(crate) needs: Vec<&'static Need>,
    pub(crate) front_end: FrontEndLevel,
    pub(crate) tolerance: Tolerance,
    pub(crate) record_period: Option<Span>,
    pub(crate) event_budget: Option<u64>,
    pub(crate) switched_on: bool,
}

/// A title, as a help shows it.
const TITLE: &str = "title = \"Bolted short at the port\"";

/// Reads the simple keys; what the caller chose wins.
pub(crate) fn read(head: &Section<'_>, options: &Options) -> Head {
    head.missing("title", TITLE);
    if head.text("title").is_some_and(|title| title.trim().is_empty()) {
        let problem = Problem::new("a title says something", head.span_of("title"));
        head.sink.report(problem.label("nothing").help(format!("such as {TITLE}")));
    }
    let levels = [("register", FrontEndLevel::Register), ("value", FrontEndLevel::Value)];
    let tolerances = [("nominal", Tolerance::Nominal), ("datasheet", Tolerance::Datasheet)];
    let mut covers = Vec::new();
    for (id, span) in head.texts("covers") {
        expectations::report_unknown_requirement(head, id, span.clone());
        covers.push((id.to_owned(), span));
    }
    let front_end = head.choice("front-end", "front end", &levels);
    let tolerance = head.choice("tolerance", "tolerance", &tolerances);
    head.count("seed");
    Head {
        title: head.text("title").unwrap_or_default().to_owned(),
        about: head.text("about").unwrap_or_default().trim().to_owned(),
        spec: head.texts("spec").into_iter().map(|(id, _)| id.to_owned()).collect(),
        covers,
        needs: read_needs(head),
        front_end: options.front_end.or(front_end).unwrap_or(FrontEndLevel::Register),
        tolerance: options.tolerance.or(tolerance).unwrap_or(Tolerance::Nominal),
        record_period: positive(head, "record-period").map(|period| Span(period.0)),
        event_budget: head.count("event-budget").and_then(|count| u64::try_from(count).ok()),
        switched_on: head.boolean("switched-on").unwrap_or(true),
    }
}

/// What the run needs beside its product.
fn read_needs(head: &Section<'_>) -> Vec<&'static Need> {
    let mut needs = Vec::new();
    for (name, span) in head.texts("needs") {
        if waiting::need(name).is_none() {
            head.sink.unknown("need", name, span, &waiting::capabilities());
        }
        needs.extend(waiting::need(name));
    }
    needs
}

/// A time above zero.
fn positive(head: &Section<'_>, key: &'static str) -> Option<SimTime> {
    let time = head.time(key)?;
    if time == SimTime::ZERO {
        let problem = Problem::new(format!("`{key}` cannot be zero"), head.span_of(key));
        head.sink.report(problem.label("expected a time above 0 s"));
    }
    (time > SimTime::ZERO).then_some(time)
}

/// Longer runs than this are typing errors: a hundred days, where float seconds are still exact.
const DURATION_MAX: SimTime = SimTime::from_secs(100 * 86_400);

/// How long the run lasts.
pub(crate) fn read_duration(head: &Section<'_>) -> Option<SimTime> {
    head.missing("duration", "duration = \"10 s\"");
    let duration = positive(head, "duration")?;
    if duration > DURATION_MAX {
        let problem = Problem::new("a run lasts 100 days at most", head.span_of("duration"));
        head.sink.report(problem.label("longer than that"));
    }
    (duration <= DURATION_MAX).then_some(duration)
}

/// The product, or why there is none to run with.
pub(crate) enum Chosen {
    /// The core serves it.
    Served(Box<Product>),
    /// It is known and waits.
    Waiting(&'static Waiting),
}

fn report_unknown(head: &Section<'_>, id: &str) {
    let span = head.span_of("product");
    let Some(by) = waiting::nameless(id) else {
        head.sink.unknown("product", id, span, &waiting::products());
        return;
    };
    let title = format!("nothing is known of `{id}` but its name");
    let problem = Problem::new(title, span).label(format!("no data ({by})"));
    head.sink.report(problem.by(by).help("name a product of which the data are known"));
}

/// The product of the run.
pub(crate) fn read_product(head: &Section<'_>) -> Option<Chosen> {
    head.missing("product", "product = \"ps-15016\"");
    let id = head.text("product")?;
    if let Some(waiting) = waiting::find(id) {
        return Some(Chosen::Waiting(waiting));
    }
    if !product::names().contains(&id) {
        report_unknown(head, id);
        return None;
    }
    let product = product::load(id).expect("a test loads every embedded product");
    Some(Chosen::Served(Box::new(product)))
}
