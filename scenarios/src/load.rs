//! The gate: text in, checked scenarios out, or everything that is wrong with the text.

use crate::actions::Pins;
use crate::cases::{self, File, One, Reading};
use crate::diagnostics::Diagnostics;
use crate::expect::{Check, Expectation, Moment, Scenario, Source, When};
use crate::expectations::{self, Context};
use crate::fields::{set_board, set_params};
use crate::head::{self, Chosen, Head};
use crate::include::Sources;
use crate::product::Product;
use crate::section::{Section, Sink};
use crate::shelf::{Lies, Shelf};
use crate::text::text_of;
use crate::waiting::{Waiting, Words};
use crate::windows::Circumstances;
use crate::{
    assembly, bus, checks, faults, heat, matrix, path, product, script, start, steps, thresholds,
    world,
};
use sim::script::Script;
use sim::setup::{FrontEndLevel, Looks, Setup, StepBounds, Tolerance, WorldSetup};
use sim::time::{SimTime, Span};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::DeTable;

/// The keys of a file that make one scenario.
pub(crate) const BODY: &[&str] = &[
    "bus", "params", "board", "heat", "path", "pack", "forced", "assembly", "start", "step",
    "phase", "track", "when", "fault", "expect",
];

/// What the caller wants otherwise than the files have it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Seed of every run; what is drawn when a file is read is drawn from it too.
    pub seed: Option<u64>,
    /// How exact the virtual hardware is.
    pub tolerance: Option<Tolerance>,
    /// At which seam the front end is attached.
    pub front_end: Option<FrontEndLevel>,
    /// The seed is that of a run which is repeated: an axis may say it too.
    pub repeats: bool,
}

/// Reads the scenarios of one file.
///
/// # Errors
/// The file cannot be read, or everything that is wrong with its text.
pub fn load(path: &Path) -> Result<Vec<Scenario>, Diagnostics> {
    load_with(path, &Options::default())
}

/// As [`load`], with what the caller wants otherwise.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, options: &Options) -> Result<Vec<Scenario>, Diagnostics> {
    let name = path.display().to_string();
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let text = text_of(&name, std::fs::read(path))?;
    let lies = path.parent().map_or(Lies::Nowhere, Lies::In);
    parse_beside(&name, &stem.unwrap_or_default(), &text, lies, options)
}

/// Reads the scenarios of what a file, or something like a file, gave; names as in [`parse`].
///
/// # Errors
/// It could not be read, or everything that is wrong with its text.
pub fn load_bytes(
    name: &str,
    stem: &str,
    read: std::io::Result<Vec<u8>>,
    options: &Options,
) -> Result<Vec<Scenario>, Diagnostics> {
    parse_with(name, stem, &text_of(name, read)?, options)
}

/// Reads every `*.toml` of a folder, in the order of the names.
///
/// # Errors
/// The folder cannot be read or holds no scenario, or everything that is wrong in its files.
pub fn load_dir(folder: &Path) -> Result<Vec<Scenario>, Diagnostics> {
    load_dir_with(folder, &Options::default())
}

/// As [`load_dir`], with what the caller wants otherwise.
///
/// # Errors
/// As [`load_dir`].
pub fn load_dir_with(folder: &Path, options: &Options) -> Result<Vec<Scenario>, Diagnostics> {
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
        match load_with(&path, options) {
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
    parse_with(file, stem, text, &Options::default())
}

/// As [`parse`], with what the caller wants otherwise.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(
    file: &str,
    stem: &str,
    text: &str,
    options: &Options,
) -> Result<Vec<Scenario>, Diagnostics> {
    parse_beside(file, stem, text, Lies::Nowhere, options)
}

/// As [`parse_with`], for a text that a result has kept with the files that it names: the first of
/// `kept` is the scenario's own.
///
/// # Errors
/// Everything that is wrong with the texts, or that one is missing.
pub fn parse_kept(
    stem: &str,
    kept: &[Source],
    options: &Options,
) -> Result<Vec<Scenario>, Diagnostics> {
    let Some(own) = kept.first() else {
        return Err(Diagnostics::of_path(stem, "no text is kept", "name the file itself"));
    };
    parse_beside(&own.file, stem, &own.text, Lies::Kept(kept), options)
}

/// As [`parse`], for a text with the files that it names.
fn parse_beside(
    name: &str,
    stem: &str,
    text: &str,
    lies: Lies<'_>,
    options: &Options,
) -> Result<Vec<Scenario>, Diagnostics> {
    let sources = Sources::read(name, text, lies)?;
    let tables = sources.tables();
    let counted = matrix::counted(&tables);
    let counted = DeTable::parse(&counted).expect("ranges are written as TOML").into_inner();
    let sink = Sink::beside(Shelf::beside(sources.places(), lies));
    let reading = Reading {
        sources: &sources,
        tables: &tables,
        counted: &counted,
        stem,
        options,
        sink: &sink,
    };
    let mut scenarios = cases::read(&reading);
    let beside = sink.shelf().taken();
    if !beside.is_empty() {
        let all: Arc<[Source]> = sources.texts().into_iter().chain(beside).collect();
        scenarios.iter_mut().for_each(|it| it.sources = Arc::clone(&all));
    }
    let problems = sink.into_problems();
    if problems.is_empty() { Ok(scenarios) } else { Err(sources.diagnostics(problems)) }
}

/// Reads a scenario again with what the caller wants otherwise, from the text that it was read from
/// and the files that this includes.
///
/// # Errors
/// What is wrong with it now, be it only in what was drawn.
pub(crate) fn again(scenario: &Scenario, options: &Options) -> Result<Scenario, Diagnostics> {
    let path = Path::new(&scenario.file);
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.unwrap_or_default();
    let lies = path.parent().map_or(Lies::Nowhere, Lies::In);
    let read = parse_beside(&scenario.file, &stem, &scenario.text, lies, options)?;
    let same = read.into_iter().find(|it| it.id == scenario.id);
    same.ok_or_else(|| {
        let title = format!("holds no scenario {} any more", scenario.id);
        Diagnostics::of_path(&scenario.file, title, "leave the file as it is meanwhile")
    })
}

/// The keys that the readers ask for while they read a text, right or wrong.
#[cfg(test)]
pub(crate) fn overheard(name: &str, text: &str) -> crate::heard::Keys {
    let Ok(sources) = Sources::read(name, text, Lies::In(Path::new("."))) else {
        return crate::heard::Keys::new();
    };
    let tables = sources.tables();
    let counted = matrix::counted(&tables);
    let counted = DeTable::parse(&counted).expect("ranges are written as TOML").into_inner();
    let sink = Sink::default();
    sink.heard.listen();
    let options = Options::default();
    let reading = Reading {
        sources: &sources,
        tables: &tables,
        counted: &counted,
        stem: name,
        options: &options,
        sink: &sink,
    };
    cases::read(&reading);
    sink.heard.take()
}

/// Reads one case of a file.
pub(crate) fn read_scenario(file: &File<'_>, one: &One<'_>) -> Option<Scenario> {
    let (head, body) = (&one.head, &one.body);
    let said = head::read(head, file.options);
    let chosen = head::read_product(head);
    let duration = head::read_duration(head);
    let end = duration.unwrap_or(SimTime::NEVER);
    // The rest is read even if something above was wrong: all problems at once.
    let waiting = match &chosen {
        Some(Chosen::Waiting(product)) => Some(*product),
        _ => None,
    };
    body.sink.speak(Words { product: waiting, needs: said.needs.clone(), bus: None });
    bus::read(body);
    let world = world::read(body, chosen.as_ref().map(rule).unwrap_or_default());
    let cells = world.as_ref().map_or(16, |(_, cells)| *cells);
    let mut configured = configure(body, chosen, cells);
    let path_parts = path::read(body);
    let heat = heat::read(body, world.as_ref().map(|(world, _)| world), end);
    if let Some(product) = &mut configured {
        product.board.heat = heat;
        product.board.path = path_parts;
    }
    let acted = faults::Acted::of(body, world.as_ref().map(|(world, _)| world), cells);
    let pins = Pins { world: world.as_ref().map(|(world, _)| world), cells, faults: &acted };
    let latched = start::read_latched(body, said.switched_on);
    let mut timeline = steps::read(body, &pins, end);
    let script = script::read(head, body, &script::Context { pins, end });
    heat::report_without_heater(body, &timeline, &script);
    let mut broken = faults::read(body, end, world.as_ref().map(|(world, _)| world), cells);
    timeline.extend(broken.iter().flat_map(|placed| placed.actions.iter().cloned()));
    timeline.sort_by_key(|timed| timed.at);
    broken.extend(acted.take_placed());
    let tolerance = said.tolerance;
    let forced = matches!(world, Some((WorldSetup::Forced(_), _)));
    let served = configured.as_ref().filter(|_| waiting.is_none());
    let here = served.map(|product| Circumstances {
        params: &product.params,
        board: &product.board,
        forced,
        tolerance,
    });
    let name = configured.as_ref().map(|product| product.id.clone());
    let name = waiting.map(|waiting| waiting.id.clone()).or(name);
    let product = name.as_deref();
    let assembly = assembly::read(body, product);
    let ends_early = script::ends_run(&script);
    let assembled = assembly.is_some();
    let context = Context {
        sources: file.sources,
        end,
        ends_early,
        tolerance,
        cells,
        product,
        here,
        assembled,
        refused: one.refused,
    };
    let expectations = expectations::read(body, &context);
    file.covers(said.covers.clone(), &expectations);
    let (product, (world, _), duration) = (configured?, world?, duration?);
    let setup = Setup {
        name: one.id.clone(),
        params: product.params,
        board: product.board,
        world,
        timeline,
        front_end: said.front_end,
        tolerance,
        seed: one.seed,
        duration,
        record_period: said.record_period.unwrap_or(default_period(duration)),
        record_at: moments(&expectations),
        looks: looks(&expectations),
        latched,
        event_budget: said.event_budget.unwrap_or(default_budget(duration, &script)),
        script,
        switched_on: said.switched_on,
        steps: StepBounds::default(),
    };
    let reasons = reasons(waiting, &said, &setup);
    if waiting.is_none() {
        faults::report_refusals(&broken, &setup, body.sink);
        if body.sink.count() == 0 {
            start::report_unreachable(body, &setup);
        }
    }
    Some(Scenario {
        id: one.id.clone(),
        title: said.title,
        about: said.about,
        spec: said.spec,
        file: file.texts[0].file.clone(),
        text: file.texts[0].text.clone(),
        product: waiting.map_or(product.id, |waiting| waiting.id.clone()),
        covers: expectations::cited(&expectations),
        thresholds: waiting.map_or_else(|| thresholds::of(&setup.params), |_| Vec::new()),
        setup,
        expectations,
        assembly,
        waiting: reasons,
        refused: Vec::new(),
        axes: one.axes.clone(),
        drawn: one.drawn.clone(),
        sources: Arc::clone(&file.texts),
    })
}

/// How many cells a product takes, and where that is written.
fn rule(chosen: &Chosen) -> world::Series {
    match chosen {
        Chosen::Served(product) => world::Series {
            range: product.series_min..=product.series_max,
            by: "PS-GEN-1".to_owned(),
        },
        Chosen::Waiting(product) => world::Series {
            range: product.series_min..=product.series_max,
            by: product.cells_by.clone(),
        },
    }
}

/// Why a scenario waits; nothing if it runs.
fn reasons(waiting: Option<&Waiting>, said: &Head, setup: &Setup) -> Vec<String> {
    let product = waiting.map(|product| product.because.clone());
    let needs = said.needs.iter().map(|need| need.because.clone());
    product.into_iter().chain(needs).chain(script::waiting(setup)).collect()
}

/// The product with the scenario's cell count and overrides, its order checked. For one that waits
/// it is another in its place, which nothing runs.
fn configure(body: &Section<'_>, chosen: Option<Chosen>, cells: u8) -> Option<Product> {
    let leaves = body.section("params").map(|section| section.leaves()).unwrap_or_default();
    let mut product = match chosen? {
        Chosen::Served(mut product) => {
            product.params.series = cells;
            set_params(&mut product.params, &leaves, body.sink);
            checks::report(&product.params, &leaves, body);
            *product
        }
        Chosen::Waiting(waiting) => {
            waiting.report_params(&leaves, body.sink);
            product::load(product::names()[0]).expect("a test loads every embedded product")
        }
    };
    if let Some(board) = body.section("board") {
        set_board(&mut product.board, &board.leaves(), body.sink);
    }
    Some(product)
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
    if let Check::Joules { when: Some(when), .. } = check {
        return times_of(when);
    }
    let (Check::Band { when, .. }
    | Check::Held { when, .. }
    | Check::Charge { when, .. }
    | Check::SquareTime { when, .. }
    | Check::Transfer { when, .. }
    | Check::State { when, .. }
    | Check::Mean { when, .. }
    | Check::Change { when, .. }
    | Check::Remark { when, .. }
    | Check::Leds { when, .. }) = check
    else {
        return Vec::new();
    };
    times_of(when)
}

fn times_of(when: &When) -> Vec<SimTime> {
    let at = |moment: &Moment| match moment {
        Moment::At(at) => Some(*at),
        Moment::After { .. } => None,
    };
    when.moments().into_iter().filter_map(at).collect()
}

/// What is recorded beside rows for the checks that count energy over a span, or a change.
fn looks(expectations: &[Expectation]) -> Looks {
    let mut looks = Looks::default();
    for expectation in expectations {
        let signal = expectation.check.signal();
        looks.parameters |= signal.is_some_and(|signal| signal.parameter().is_some());
        let when = match &expectation.check {
            Check::Joules { when: Some(when), .. } => {
                looks.books = true;
                when
            }
            Check::Change { when, .. } => when,
            _ => continue,
        };
        looks.after.extend(when.anchors());
    }
    looks
}

/// Rows fine enough to see samples in a short run, few enough to draw a long one.
pub(crate) fn default_period(duration: SimTime) -> Span {
    if duration <= SimTime::from_secs(1_000) { Span::from_millis(100) } else { Span(1_000_000_000) }
}

/// Far above what a sound run takes: about 300 events per second with every conversion slot.
fn default_budget(duration: SimTime, script: &Script) -> u64 {
    10_000_000 + duration.0 / 1_000_000 + script::looks(script, duration)
}
