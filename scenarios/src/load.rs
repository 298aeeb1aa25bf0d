//! The gate: text in, checked scenarios out, or everything that is wrong with the text.

use crate::diagnostics::{Diagnostics, Problem};
use crate::expect::{Check, Expectation, Moment, Scenario, Source};
use crate::expectations::{self, Context};
use crate::fields::{set_board, set_params};
use crate::product::{self, Product};
use crate::section::{Section, Sink, report_unknown_keys};
use crate::{checks, faults, heat, path, steps, thresholds, world};
use sim::script::Script;
use sim::setup::{FrontEndLevel, Setup, StepBounds, Tolerance};
use sim::time::{SimTime, Span};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

const HEAD: &[&str] = &[
    "title",
    "about",
    "spec",
    "product",
    "covers",
    "duration",
    "front-end",
    "tolerance",
    "seed",
    "record-period",
    "switched-on",
    "event-budget",
];
const BODY: &[&str] =
    &["params", "board", "heat", "path", "pack", "forced", "step", "fault", "expect"];

/// Reads the scenarios of one file.
///
/// # Errors
/// The file cannot be read, or everything that is wrong with its text.
pub fn load(path: &Path) -> Result<Vec<Scenario>, Diagnostics> {
    let name = path.display().to_string();
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let text = text_of(&name, std::fs::read(path))?;
    parse_beside(&name, &stem.unwrap_or_default(), &text, path.parent())
}

/// Reads the scenarios of what a file, or something like a file, gave; names as in [`parse`].
///
/// # Errors
/// It could not be read, or everything that is wrong with its text.
pub fn load_bytes(
    name: &str,
    stem: &str,
    read: std::io::Result<Vec<u8>>,
) -> Result<Vec<Scenario>, Diagnostics> {
    parse(name, stem, &text_of(name, read)?)
}

fn text_of(name: &str, read: std::io::Result<Vec<u8>>) -> Result<String, Diagnostics> {
    let unreadable = |title: String, help: &str| Diagnostics::of_path(name, title, help);
    let bytes =
        read.map_err(|error| unreadable(format!("cannot be read: {error}"), "check the path"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        unreadable(format!("is not UTF-8, from byte {at} on"), "save the file as UTF-8")
    })?;
    match text.find('\0') {
        Some(at) => Err(unreadable(format!("is not text: byte {at} is zero"), "check the path")),
        None => Ok(text),
    }
}

/// Reads every `*.toml` of a folder, in the order of the names.
///
/// # Errors
/// The folder cannot be read or holds no scenario, or everything that is wrong in its files.
pub fn load_dir(folder: &Path) -> Result<Vec<Scenario>, Diagnostics> {
    let name = folder.display().to_string();
    let unreadable = |error: std::io::Error| {
        Diagnostics::of_path(&name, format!("cannot be read: {error}"), "check the path")
    };
    let entries: Result<Vec<PathBuf>, _> = std::fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect();
    let mut paths = entries.map_err(unreadable)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    if paths.is_empty() {
        let help = "scenario files end in .toml";
        return Err(Diagnostics::of_path(&name, "the folder holds no scenario", help));
    }
    let mut scenarios = Vec::new();
    let mut wrong = Diagnostics::default();
    for path in paths {
        match load(&path) {
            Ok(more) => scenarios.extend(more),
            Err(more) => wrong.extend(more),
        }
    }
    if wrong.is_empty() { Ok(scenarios) } else { Err(wrong) }
}

/// Reads the scenarios of a text; `file` is its name in messages, `stem` begins the IDs. As the text
/// lies in no folder, it cannot name cell files.
///
/// # Errors
/// Everything that is wrong with the text.
pub fn parse(file: &str, stem: &str, text: &str) -> Result<Vec<Scenario>, Diagnostics> {
    parse_beside(file, stem, text, None)
}

/// As [`parse`], for a text that lies in `folder`, where it finds the cell files that it names.
fn parse_beside(
    file: &str,
    stem: &str,
    text: &str,
    folder: Option<&Path>,
) -> Result<Vec<Scenario>, Diagnostics> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What was recovered from a broken text would only give misleading further problems.
        let problem = |error: &toml::de::Error| {
            let span = error.span().unwrap_or(0..0);
            Problem::new(format!("not TOML: {}", error.message()), span).label("here")
        };
        let problems = errors.iter().map(problem).collect();
        return Err(Diagnostics::of_file(file, text, problems));
    }
    let sink = Sink::beside(folder);
    let document = Document { file, stem, text, root: document.get_ref() };
    let scenarios = document.read(&sink);
    let problems = sink.into_problems();
    if problems.is_empty() {
        Ok(scenarios)
    } else {
        Err(Diagnostics::of_file(file, text, problems))
    }
}

struct Document<'a> {
    file: &'a str,
    stem: &'a str,
    text: &'a str,
    root: &'a DeTable<'a>,
}

/// What a file claims to cover, and what its expectations cite.
#[derive(Default)]
struct Coverage<'a> {
    claimed: Vec<(&'a str, Range<usize>)>,
    cited: BTreeSet<String>,
}

impl<'a> Document<'a> {
    fn read(&self, sink: &'a Sink) -> Vec<Scenario> {
        let known: Vec<_> = BODY.iter().copied().chain(["scenario", "case"]).collect();
        report_unknown_keys(self.root, "the file", &known, sink);
        let file = Section::new("the file", vec![self.root], 0..0, sink);
        file.missing("scenario", "[scenario]");
        let Some(base) = file.section("scenario") else { return Vec::new() };
        let cases = self.cases(&file);
        let mut coverage = Coverage::default();
        let scenarios: Vec<_> = cases
            .iter()
            .filter_map(|case| self.read_case(case.as_ref(), &base, &mut coverage))
            .collect();
        report_doubles(&scenarios, base.span, sink);
        for (id, span) in &coverage.claimed {
            if !coverage.cited.contains(*id) {
                let title = format!("no expectation proves `{id}`");
                let help = "cite it in the `requirement` of an `[[expect]]`, or do not claim it";
                sink.report(Problem::new(title, span.clone()).label("claimed here").help(help));
            }
        }
        scenarios
    }

    /// The cases' tables; one without a table where the file has none.
    fn cases(&self, file: &Section<'a>) -> Vec<Option<(&'a DeTable<'a>, Range<usize>)>> {
        let cases: Vec<_> = file
            .sections("case")
            .iter()
            .filter_map(|case| case.table().map(|table| Some((table, case.span.clone()))))
            .collect();
        if cases.is_empty() { vec![None] } else { cases }
    }

    fn read_case(
        &self,
        case: Option<&(&'a DeTable<'a>, Range<usize>)>,
        base: &Section<'a>,
        coverage: &mut Coverage<'a>,
    ) -> Option<Scenario> {
        let sink = base.sink;
        let over: Vec<_> = case.iter().map(|(table, _)| *table).collect();
        let span = case.map_or(base.span.clone(), |(_, span)| span.clone());
        for table in &over {
            let known: Vec<_> = HEAD.iter().chain(BODY).copied().chain(["suffix"]).collect();
            report_unknown_keys(table, "[[case]]", &known, sink);
        }
        let layers = |below: &'a DeTable<'a>| over.iter().copied().chain([below]).collect();
        let head = Section::new("[scenario]", layers(base.table()?), span.clone(), sink);
        report_unknown_keys(base.table()?, "[scenario]", HEAD, sink);
        let body = Section::new("the scenario", layers(self.root), span, sink);
        let suffix = case.map(|(table, span)| {
            let case = Section::new("[[case]]", vec![table], span.clone(), sink);
            case.missing("suffix", "suffix = \"a\"");
            case.text("suffix").unwrap_or_default()
        });
        self.read_scenario(&head, &body, suffix, coverage)
    }

    fn read_scenario(
        &self,
        head: &Section<'a>,
        body: &Section<'a>,
        suffix: Option<&str>,
        coverage: &mut Coverage<'a>,
    ) -> Option<Scenario> {
        let head_values = read_head(head, coverage);
        let product = read_product(head);
        let duration = read_duration(head);
        let tolerance = head_values.tolerance;
        let end = duration.unwrap_or(SimTime::NEVER);
        // The rest is read even if something above was wrong: all problems at once.
        let series = product.as_ref().map_or(8..=16, |p| p.series_min..=p.series_max);
        let world = world::read(body, series);
        let cells = world.as_ref().map_or(16, |(_, cells)| *cells);
        let mut configured = configure(body, product, cells);
        let path_parts = path::read(body);
        let heat = heat::read(body, world.as_ref().map(|(world, _)| world), end);
        if let Some(product) = &mut configured {
            product.board.heat = heat;
            product.board.path = path_parts;
        }
        let mut timeline = steps::read(body, end);
        heat::report_without_heater(body, &timeline);
        let broken = faults::read(body, end, world.as_ref().map(|(world, _)| world), cells);
        timeline.extend(broken.iter().flat_map(|placed| placed.actions.iter().cloned()));
        timeline.sort_by_key(|timed| timed.at);
        let context = Context { text: self.text, end, tolerance, cells };
        let expectations = expectations::read(body, &context);
        cite(coverage, &expectations);
        let (product, (world, _), duration) = (configured?, world?, duration?);
        let id = suffix.map_or(self.stem.to_owned(), |suffix| format!("{}-{suffix}", self.stem));
        let setup = Setup {
            name: id.clone(),
            params: product.params,
            board: product.board,
            world,
            timeline,
            script: Script::default(),
            front_end: head_values.front_end,
            tolerance,
            seed: head_values.seed,
            duration,
            record_period: head_values.record_period.unwrap_or(default_period(duration)),
            record_at: moments(&expectations),
            event_budget: head_values.event_budget.unwrap_or(default_budget(duration)),
            switched_on: head_values.switched_on,
            steps: StepBounds::default(),
        };
        faults::report_refusals(&broken, &setup, body.sink);
        Some(Scenario {
            id,
            title: head_values.title,
            about: head_values.about,
            spec: head_values.spec,
            file: self.file.to_owned(),
            text: self.text.to_owned(),
            product: product.id,
            covers: cited(&expectations),
            thresholds: thresholds::of(&setup.params),
            setup,
            expectations,
            waiting: Vec::new(),
            axes: Vec::new(),
            sources: vec![Source { file: self.file.to_owned(), text: self.text.to_owned() }],
        })
    }
}

/// The simple keys of `[scenario]`.
struct Head {
    title: String,
    about: String,
    spec: Vec<String>,
    front_end: FrontEndLevel,
    tolerance: Tolerance,
    seed: u64,
    record_period: Option<Span>,
    event_budget: Option<u64>,
    switched_on: bool,
}

fn read_head<'a>(head: &Section<'a>, coverage: &mut Coverage<'a>) -> Head {
    head.missing("title", "title = \"Bolted short at the port\"");
    let levels = [("register", FrontEndLevel::Register), ("value", FrontEndLevel::Value)];
    let tolerances = [("nominal", Tolerance::Nominal), ("datasheet", Tolerance::Datasheet)];
    for (id, span) in head.texts("covers") {
        expectations::report_unknown_requirement(head, id, span.clone());
        coverage.claimed.push((id, span));
    }
    let number = |key| head.count(key).and_then(|count| u64::try_from(count).ok());
    Head {
        title: head.text("title").unwrap_or_default().to_owned(),
        about: head.text("about").unwrap_or_default().trim().to_owned(),
        spec: head.texts("spec").into_iter().map(|(id, _)| id.to_owned()).collect(),
        front_end: head
            .choice("front-end", "front end", &levels)
            .unwrap_or(FrontEndLevel::Register),
        tolerance: head.choice("tolerance", "tolerance", &tolerances).unwrap_or(Tolerance::Nominal),
        seed: number("seed").unwrap_or(1),
        record_period: positive(head, "record-period").map(|period| Span(period.0)),
        event_budget: number("event-budget"),
        switched_on: head.boolean("switched-on").unwrap_or(true),
    }
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

fn read_duration(head: &Section<'_>) -> Option<SimTime> {
    head.missing("duration", "duration = \"10 s\"");
    let duration = positive(head, "duration")?;
    if duration > DURATION_MAX {
        let problem = Problem::new("a run lasts 100 days at most", head.span_of("duration"));
        head.sink.report(problem.label("longer than that"));
    }
    (duration <= DURATION_MAX).then_some(duration)
}

fn read_product(head: &Section<'_>) -> Option<Product> {
    head.missing("product", "product = \"ps-15016\"");
    let id = head.text("product")?;
    if !product::names().contains(&id) {
        head.sink.unknown("product", id, head.span_of("product"), &product::names());
        return None;
    }
    Some(product::load(id).expect("a test loads every embedded product"))
}

/// The product with the scenario's cell count and overrides, its order checked.
fn configure(body: &Section<'_>, product: Option<Product>, cells: u8) -> Option<Product> {
    let mut product = product?;
    product.params.series = cells;
    let leaves = body.section("params").map(|section| section.leaves()).unwrap_or_default();
    set_params(&mut product.params, &leaves, body.sink);
    if let Some(board) = body.section("board") {
        set_board(&mut product.board, &board.leaves(), body.sink);
    }
    checks::report(&product.params, &leaves, body);
    Some(product)
}

/// Two cases with one name would hide each other in tables.
fn report_doubles(scenarios: &[Scenario], span: Range<usize>, sink: &Sink) {
    let mut seen = BTreeSet::new();
    for scenario in scenarios.iter().filter(|scenario| !seen.insert(&scenario.id)) {
        let title = format!("two cases are called `{}`", scenario.id);
        sink.report(Problem::new(title, span.clone()).help("give each its own `suffix`"));
    }
}

fn cite(coverage: &mut Coverage<'_>, expectations: &[Expectation]) {
    coverage.cited.extend(cited(expectations));
}

/// The moments at which checks look at a value: a row is recorded at each.
fn moments(expectations: &[Expectation]) -> Vec<SimTime> {
    let mut moments: Vec<SimTime> =
        expectations.iter().flat_map(|expectation| looked_at(&expectation.check)).collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// The times of the run that a check names; what depends on events is not known before.
fn looked_at(check: &Check) -> Vec<SimTime> {
    let (Check::Band { when, .. }
    | Check::Held { when, .. }
    | Check::Charge { when, .. }
    | Check::SquareTime { when, .. }
    | Check::Transfer { when, .. }
    | Check::State { when, .. }
    | Check::Leds { when, .. }) = check
    else {
        return Vec::new();
    };
    let at = |moment: &Moment| match moment {
        Moment::At(at) => Some(*at),
        Moment::After { .. } => None,
    };
    when.moments().into_iter().filter_map(at).collect()
}

/// What a scenario covers is what its expectations cite.
fn cited(expectations: &[Expectation]) -> Vec<String> {
    let ids: BTreeSet<_> = expectations.iter().flat_map(|e| e.requirements.iter()).collect();
    ids.into_iter().cloned().collect()
}

/// Rows fine enough to see samples in a short run, few enough to draw a long one.
fn default_period(duration: SimTime) -> Span {
    if duration <= SimTime::from_secs(1_000) { Span::from_millis(100) } else { Span(1_000_000_000) }
}

/// Far above what a sound run takes: about 300 events per second with every conversion slot.
fn default_budget(duration: SimTime) -> u64 {
    10_000_000 + duration.0 / 1_000_000
}
