//! Reads `[[fault]]`: by name or number, from when to when, with what said otherwise.

use super::catalogue::{self, Piece};
use super::primitives::{Kind, PRIMITIVES, Parameter, Primitive, SENSORS, SWITCHES};
use super::words::allowed;
use crate::diagnostics::Problem;
use crate::quantity::Dimension;
use crate::section::{Section, Sink, shown};
use sim::setup::{Action, Setup, TimedAction, WorldSetup};
use sim::time::SimTime;
use std::ops::Range;
use toml::de::DeValue;

/// How large a pack is, for what counts its cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pack {
    /// Groups in series.
    series: usize,
    /// Cells altogether.
    cells: usize,
}

impl Pack {
    /// That of a run.
    pub(super) fn of(world: Option<&WorldSetup>, series: u8) -> Self {
        let series = usize::from(series);
        let cells = match world {
            Some(WorldSetup::ClosedLoop(pack)) => pack.cells.len(),
            _ => series,
        };
        Self { series, cells }
    }
}

/// A fault at its times.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    name: String,
    span: Range<usize>,
    /// What happens, begin and end of each piece.
    pub(crate) actions: Vec<TimedAction>,
}

impl Placed {
    /// What an action brings about, whenever it is done.
    pub(super) fn of_action(name: String, span: Range<usize>, actions: Vec<Action>) -> Self {
        let at = SimTime::ZERO;
        let actions = actions.into_iter().map(|action| TimedAction { at, action }).collect();
        Self { name, span, actions }
    }
}

/// Reads all faults of a scenario.
pub(crate) fn read(
    body: &Section<'_>,
    end: SimTime,
    world: Option<&WorldSetup>,
    series: u8,
) -> Vec<Placed> {
    let pack = Pack::of(world, series);
    let read = |section: Section<'_>| {
        let placed = read_one(&section, end, pack);
        if placed.is_none() {
            ask_for_all(&section);
        }
        section.finish();
        placed
    };
    body.sections("fault").into_iter().filter_map(read).collect()
}

/// Which fault was meant is open: any key of any of them may stand there.
pub(super) fn ask_for_all(section: &Section<'_>) {
    for parameter in PRIMITIVES.iter().flat_map(|primitive| primitive.parameters) {
        section.has(parameter.key);
    }
}

/// Reports every fault for which the run has no part that could break so.
pub(crate) fn report_refusals(placed: &[Placed], setup: &Setup, sink: &Sink) {
    let forced = matches!(setup.world, WorldSetup::Forced(_));
    for fault in placed {
        let refused = fault.actions.iter().find_map(|timed| match &timed.action {
            Action::Fault(fault, _) => fault.refusal(setup),
            _ if forced => Some("forced values have no port to which anything could be connected"),
            _ => None,
        });
        if let Some(why) = refused {
            let title = format!("`{}` cannot happen in this run", fault.name);
            sink.report(Problem::new(title, fault.span.clone()).label(why));
        }
    }
}

fn read_one(section: &Section<'_>, end: SimTime, pack: Pack) -> Option<Placed> {
    section.missing("at", "at = \"10 s\"");
    let at = read_at(section, end);
    let until = read_until(section, at, end);
    let (name, span, pieces) = read_pieces(section)?;
    let pieces: Vec<_> = pieces.into_iter().map(|piece| said(section, piece, pack)).collect();
    let at = at?;
    let mut actions = Vec::new();
    for piece in pieces {
        let (begin, gone) = piece.actions();
        actions.push(TimedAction { at, action: begin });
        actions.extend(until.map(|at| TimedAction { at, action: gone }));
    }
    Some(Placed { name, span, actions })
}

fn read_at(section: &Section<'_>, end: SimTime) -> Option<SimTime> {
    let at = section.time("at")?;
    report_late(section, "at", "this fault begins after the end of the run", at, end);
    Some(at)
}

fn read_until(section: &Section<'_>, at: Option<SimTime>, end: SimTime) -> Option<SimTime> {
    let until = section.time("until")?;
    report_late(section, "until", "this fault is gone after the end of the run", until, end);
    if at.is_some_and(|at| at >= until) {
        let problem = Problem::new("a fault ends after it has begun", section.span_of("until"));
        section.sink.report(problem.label("not after `at`"));
    }
    Some(until)
}

fn report_late(
    section: &Section<'_>,
    key: &'static str,
    title: &'static str,
    at: SimTime,
    end: SimTime,
) {
    if at > end {
        let problem = Problem::new(title, section.span_of(key));
        section.sink.report(problem.label(format!("the run ends at {}", shown(end))));
    }
}

/// The fault that is meant, where it is named, and what it is made of.
pub(super) fn read_pieces(section: &Section<'_>) -> Option<(String, Range<usize>, Vec<Piece>)> {
    let (key, name) = match (section.has("name"), section.has("number")) {
        (true, false) => ("name", section.text("name")?.to_owned()),
        (false, true) => ("number", section.count("number")?.to_string()),
        _ => {
            let title = "a fault has a name or a number, one of the two";
            let help = "write `name = \"middle-sense-wire-open\"`; `packtwin faults` lists them";
            section.sink.report(Problem::new(title, section.span.clone()).help(help));
            return None;
        }
    };
    let span = section.span_of(key);
    let (name, pieces) = find_pieces(section.sink, &name, &span, key == "number")?;
    Some((name, span, pieces))
}

/// The fault called so, or of this number, and what it is made of.
pub(super) fn find_pieces(
    sink: &Sink,
    name: &str,
    span: &Range<usize>,
    by_number: bool,
) -> Option<(String, Vec<Piece>)> {
    let entry = catalogue::find(name).filter(|entry| by_number || entry.name == name);
    if let Some(entry) = entry {
        if entry.made.is_empty() {
            let title = format!("`{}` is nothing that happens at a moment", entry.name);
            let problem = Problem::new(title, span.clone()).label("has no place in a timeline");
            let help = match entry.instead.as_str() {
                "" => format!("it waits for {}", entry.waiting),
                instead => instead.to_owned(),
            };
            sink.report(problem.help(help));
            return None;
        }
        return Some((entry.name.clone(), entry.pieces()));
    }
    match Primitive::find(name).filter(|_| !by_number) {
        Some(primitive) => {
            let piece = Piece { name: name.to_owned(), values: primitive.defaults() };
            Some((name.to_owned(), vec![piece]))
        }
        None => {
            report_unknown(sink, name, span.clone());
            None
        }
    }
}

fn report_unknown(sink: &Sink, name: &str, span: Range<usize>) {
    let help = super::near(name).map_or_else(
        || "`packtwin faults` lists them; they count from 1 to 100".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    sink.report(
        Problem::new(format!("unknown fault `{name}`"), span).label("not known").help(help),
    );
}

/// The piece with what the scenario says about it.
pub(super) fn said(section: &Section<'_>, piece: Piece, pack: Pack) -> Piece {
    let mut piece = piece;
    for (place, parameter) in piece.primitive().parameters.iter().enumerate() {
        if section.has(parameter.key) {
            if let Some(value) = read_parameter(section, parameter) {
                piece.values.0[place] = value;
                report_range(section, parameter, value, pack);
            }
        } else {
            report_range(section, parameter, piece.values.0[place], pack);
        }
    }
    piece
}

/// A value in base units; words as their places.
fn read_parameter(section: &Section<'_>, parameter: &Parameter) -> Option<f64> {
    let key = parameter.key;
    match parameter.kind {
        Kind::Quantity(dimension, ..) => section.float(key, dimension),
        Kind::Resistance(..) if is_word(section, key, "open") => Some(f64::INFINITY),
        Kind::Resistance(..) => section.float(key, Dimension::Resistance),
        Kind::Flag => section.boolean(key).map(|on| f64::from(u8::from(on))),
        Kind::Sensor => section.choice(key, "sensor", &places(&SENSORS)),
        Kind::Switch => section.choice(key, "switch", &places(&SWITCHES.map(|(name, _)| name))),
        _ => section.count(key).and_then(|count| u32::try_from(count).ok()).map(f64::from),
    }
}

fn places<'n>(names: &[&'n str]) -> Vec<(&'n str, f64)> {
    let numbers = (0_u8..).map(f64::from);
    names.iter().copied().zip(numbers).collect()
}

fn is_word(section: &Section<'_>, key: &'static str, word: &str) -> bool {
    let value = section.value(key).map(|value| value.get_ref());
    matches!(value, Some(DeValue::String(text)) if text == word)
}

/// What a parameter may be, in words, and as numbers in base units.
fn range(kind: Kind, pack: Pack) -> Option<(f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "a pack has a few cells")]
    let (series, cells) = (pack.series as f64, pack.cells as f64);
    match kind {
        Kind::Cell => Some((1.0, cells)),
        Kind::Channel => Some((1.0, series)),
        Kind::Paired { above: true } => Some((1.0, series - 1.0)),
        Kind::Paired { above: false } => Some((2.0, series)),
        Kind::Tap => Some((0.0, series)),
        Kind::LowerTap => Some((0.0, series - 1.0)),
        Kind::Count(low, high) => Some((f64::from(low), f64::from(high))),
        Kind::Quantity(_, low, high) => Some((low, high)),
        Kind::Resistance(low, _) => Some((low, f64::INFINITY)),
        Kind::Sensor | Kind::Switch | Kind::Flag => None,
    }
}

fn report_range(section: &Section<'_>, parameter: &Parameter, value: f64, pack: Pack) {
    let Some((low, high)) = range(parameter.kind, pack) else { return };
    if (low..=high).contains(&value) {
        return;
    }
    let expected = match parameter.kind {
        Kind::Quantity(..) | Kind::Resistance(..) => allowed(parameter.kind),
        _ => format!("{low} to {high}"),
    };
    let title = format!("`{}` is out of range", parameter.key);
    let problem = Problem::new(title, section.span_of(parameter.key));
    section.sink.report(problem.label(format!("expected {expected}")));
}
