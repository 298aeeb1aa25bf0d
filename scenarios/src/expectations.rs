//! Reads `[[expect]]`: what is checked, when, and how far off it may be.

use crate::describe;
use crate::diagnostics::{Problem, did_you_mean};
use crate::expect::{BudgetPart, Check, EventPattern, Expectation, Signal, Window};
use crate::include::Sources;
use crate::names;
use crate::quantity::Dimension;
use crate::requirements;
use crate::section::{Section, shown};
use crate::tolerance::{self, Class};
use sim::setup::Tolerance;
use sim::time::{SimTime, Span};

/// What an expectation is read against.
pub(crate) struct Context<'t> {
    pub(crate) sources: &'t Sources,
    pub(crate) end: SimTime,
    pub(crate) tolerance: Tolerance,
    pub(crate) cells: u8,
}

const KINDS: &[&str] = &["event", "never", "count", "value", "leds", "records", "charge", "energy"];

/// What stands beside the kind.
const KEYS: &[&str] = &[
    "at",
    "after",
    "occurrence",
    "tolerance",
    "early",
    "late",
    "from",
    "to",
    "times",
    "low",
    "high",
    "equals",
    "within",
];

/// Reads all expectations of a scenario.
pub(crate) fn read(body: &Section<'_>, context: &Context<'_>) -> Vec<Expectation> {
    let sections = body.sections("expect");
    if sections.is_empty() {
        let title = "a scenario without an expectation proves nothing";
        let help = "add an `[[expect]]`, such as `event = \"SC enters\"` with `at` and `tolerance`";
        body.sink.report(Problem::new(title, body.span.clone()).help(help));
    }
    let read = |section: Section<'_>| {
        let expectation = read_one(&section, context);
        if expectation.is_none() {
            // What it would have been is open: any key of any expectation may stand there.
            for key in KEYS {
                section.has(key);
            }
        }
        section.finish();
        expectation
    };
    sections.into_iter().filter_map(read).collect()
}

fn read_one(section: &Section<'_>, context: &Context<'_>) -> Option<Expectation> {
    let requirements = read_requirements(section);
    let label = section.text("label");
    // Every kind is asked for, so that a misspelt one is compared with all of them.
    let written: Vec<_> = KINDS.iter().filter(|kind| section.has(kind)).collect();
    let check = match written[..] {
        [kind] => read_check(section, kind, context),
        _ => {
            let title = "an expectation says one thing";
            let help = format!("write one of {}", KINDS.join(", "));
            section.sink.report(Problem::new(title, section.span.clone()).help(help));
            None
        }
    }?;
    let label = label.map_or_else(|| describe::describe(section, &check), str::to_owned);
    let place = section.span.start;
    let (line, source) = (context.sources.line(place), context.sources.number_of(place));
    Some(Expectation { requirements, line, source, label, check })
}

fn read_requirements(section: &Section<'_>) -> Vec<String> {
    section.missing("requirement", "requirement = [\"PS-SCP-1\"]");
    let ids = section.texts("requirement");
    for (id, span) in &ids {
        report_unknown_requirement(section, id, span.clone());
    }
    if ids.is_empty() && section.has("requirement") {
        let title = "an expectation proves a requirement";
        let problem = Problem::new(title, section.span_of("requirement"));
        section.sink.report(problem.label("empty").help("name at least one, such as \"PS-OV-1\""));
    }
    ids.into_iter().map(|(id, _)| id.to_owned()).collect()
}

/// Reports an ID that is not in the catalogue.
pub(crate) fn report_unknown_requirement(
    section: &Section<'_>,
    id: &str,
    span: std::ops::Range<usize>,
) {
    if requirements::find(id).is_some() {
        return;
    }
    let known = requirements::all().iter().map(|requirement| requirement.id.as_str());
    let help = match did_you_mean(id, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "IDs look like PS-OV-1, PS150-OV-1, PS200-OV-1".to_owned(),
    };
    let title = format!("unknown requirement `{id}`");
    section.sink.report(Problem::new(title, span).label("not in the catalogue").help(help));
}

fn read_check(section: &Section<'_>, kind: &str, context: &Context<'_>) -> Option<Check> {
    match kind {
        "event" => read_event(section, context),
        "never" => {
            let event = pattern(section, "never");
            let (from, to) = read_range(section, context)?;
            Some(Check::Never { event: event?, from, to })
        }
        "count" => {
            section.missing("times", "times = 1");
            let event = pattern(section, "count");
            let times = section.count("times");
            let (from, to) = read_range(section, context)?;
            Some(Check::Count { event: event?, from, to, times: times? })
        }
        "value" => read_value(section, context),
        "leds" => read_leds(section, context),
        "records" => read_records(section),
        "charge" => read_charge(section, context),
        _ => Some(Check::Energy { share: section.float("energy", Dimension::Share)? }),
    }
}

/// The event that a key names.
fn pattern(section: &Section<'_>, key: &'static str) -> Option<EventPattern> {
    let name = section.text(key)?;
    if let Some(event) = section.sink.vocabulary().and_then(|words| words.event(name)) {
        return Some(event);
    }
    let events = names::events();
    let found = events.iter().find(|(known, _)| known == name);
    if found.is_none() {
        let near = did_you_mean(name, events.iter().map(|(known, _)| known.as_str()));
        let of_protection = name.split(' ').next().and_then(verbs);
        let help = of_protection.or(near.map(|near| format!("did you mean \"{near}\"?")));
        let help = help.unwrap_or_else(|| {
            "events are named like \"SC enters\", \"charge MOSFET off\"".to_owned()
        });
        let title = format!("unknown event `{name}`");
        let problem = Problem::new(title, section.span_of(key)).label("not known");
        section.sink.report(problem.help(help));
    }
    found.map(|(_, event)| event.clone())
}

/// The events of a protection that is named rightly.
fn verbs(protection: &str) -> Option<String> {
    let (name, _) = names::PROTECTIONS.iter().find(|(name, _)| *name == protection)?;
    let verbs = ["enters", "exits", "latched", "cleared"];
    let events: Vec<_> = verbs.iter().map(|verb| format!("\"{name} {verb}\"")).collect();
    Some(format!("write {}", events.join(", ")))
}

fn read_event(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let event = pattern(section, "event");
    let occurrence = read_occurrence(section);
    let anchor = section.section("after").map(|after| {
        after.missing("event", "event = \"SC exits\"");
        after.missing("delay", "delay = \"128 us\"");
        let anchor = (pattern(&after, "event"), read_occurrence(&after), after.time("delay"));
        after.finish();
        anchor
    });
    let (at, anchor) = match anchor {
        Some((event, occurrence, delay)) => {
            if section.has("at") {
                let problem =
                    Problem::new("`at` and `after` exclude each other", section.span_of("at"));
                section.sink.report(problem.label("remove one of the two"));
            }
            (delay?, Some((event?, occurrence)))
        }
        None => {
            section.missing("at", "at = \"1.5 s\"");
            (read_moment(section, "at", context)?, None)
        }
    };
    let budget = read_budget(section, at, context)?;
    let early = budget.iter().map(|part| part.early.0).sum();
    let late = budget.iter().map(|part| part.late.0).sum();
    let window = Window { at, anchor, early: Span(early), late: Span(late), budget };
    Some(Check::Event { event: event?, occurrence, window })
}

/// Which one, from 1; the first if nothing is written.
fn read_occurrence(section: &Section<'_>) -> usize {
    let occurrence = section.count("occurrence").unwrap_or(1);
    if occurrence == 0 {
        let problem = Problem::new("occurrences count from 1", section.span_of("occurrence"));
        section.sink.report(problem.label("write 1 for the first"));
    }
    occurrence
}

fn read_budget(
    section: &Section<'_>,
    at: SimTime,
    context: &Context<'_>,
) -> Option<Vec<BudgetPart>> {
    let early = section.time_span("early");
    let late = section.time_span("late");
    let explicit = (section.has("early") || section.has("late")).then(|| BudgetPart {
        why: "written in the file".to_owned(),
        early: early.unwrap_or_default(),
        late: late.unwrap_or_default(),
    });
    let Some(name) = section.text("tolerance") else {
        if explicit.is_none() && !section.has("tolerance") {
            section.missing("tolerance", "tolerance = \"sample\"");
        }
        return explicit.map(|part| vec![part]);
    };
    let Some(class) = Class::find(name) else {
        let span = section.span_of("tolerance");
        section.sink.unknown("tolerance class", name, span, tolerance::NAMES);
        return None;
    };
    let mut budget = class.budget(at, context.tolerance);
    budget.extend(explicit);
    Some(budget)
}

/// A time within the run.
fn read_moment(section: &Section<'_>, key: &'static str, context: &Context<'_>) -> Option<SimTime> {
    let at = section.time(key)?;
    if at > context.end {
        let problem = Problem::new("this lies after the end of the run", section.span_of(key));
        section.sink.report(problem.label(format!("the run ends at {}", shown(context.end))));
    }
    Some(at)
}

/// From `from` to `to`, or the moment `at`; the whole run if nothing is written.
fn read_range(section: &Section<'_>, context: &Context<'_>) -> Option<(SimTime, SimTime)> {
    if section.has("at") {
        let at = read_moment(section, "at", context)?;
        return Some((at, at));
    }
    let read = |key, default| match section.has(key) {
        true => read_moment(section, key, context),
        false => Some(default),
    };
    let (from, to) = (read("from", SimTime::ZERO), read("to", context.end));
    let (from, to) = (from?, to?);
    if from > to {
        let problem = Problem::new("`from` lies after `to`", section.span_of("from"));
        section.sink.report(problem.other(section.span_of("to"), "this is earlier"));
    }
    Some((from, to))
}

fn read_value(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let name = section.text("value")?;
    let words = section.sink.vocabulary();
    let found = words.and_then(|words| words.signal(name)).or_else(|| names::signal(name));
    if found.is_none() {
        let known = names::signals();
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        let near = did_you_mean(name, known.iter().copied());
        let help = near.map_or_else(
            || "signals: current, port, pack, cell 1, highest cell, cell spread, ...".to_owned(),
            |near| format!("did you mean \"{near}\"?"),
        );
        let title = format!("unknown signal `{name}`");
        let problem = Problem::new(title, section.span_of("value")).label("not known");
        section.sink.report(problem.help(help));
    }
    let (signal, dimension) = found?;
    report_absent_cell(section, signal, context);
    let (from, to) = read_range(section, context)?;
    let (low, high) = read_band(section, dimension)?;
    Some(Check::Band { signal, from, to, low, high })
}

fn report_absent_cell(section: &Section<'_>, signal: Signal, context: &Context<'_>) {
    let (Signal::Cell(cell) | Signal::Soc(cell)) = signal else { return };
    if cell >= usize::from(context.cells) {
        let title = format!("this pack has no cell {}", cell + 1);
        let problem = Problem::new(title, section.span_of("value"));
        section.sink.report(problem.label(format!("it has {} cells", context.cells)));
    }
}

/// `low` and `high`, or `equals` and `within`, which is a share of the value or a quantity.
fn read_band(section: &Section<'_>, dimension: Dimension) -> Option<(f64, f64)> {
    if section.has("equals") {
        section.missing("within", "within = \"1 %\"");
        let middle = section.float("equals", dimension);
        let within = section.value("within")?;
        let share = within.get_ref().as_str().is_some_and(|text| text.ends_with('%'));
        let margin = if share && dimension != Dimension::Share {
            section.float("within", Dimension::Share).zip(middle).map(|(s, m)| s * m.abs())
        } else {
            section.float("within", dimension)
        };
        let (middle, margin) = (middle?, margin?);
        return Some((middle - margin, middle + margin));
    }
    if !section.has("low") && !section.has("high") {
        let title = "a value needs `low`, `high`, or `equals` with `within`";
        section.sink.report(Problem::new(title, section.span.clone()));
        return None;
    }
    read_limits(section, dimension)
}

fn read_limits(section: &Section<'_>, dimension: Dimension) -> Option<(f64, f64)> {
    let read = |key, open| match section.has(key) {
        true => section.float(key, dimension),
        false => Some(open),
    };
    let (low, high) = (read("low", f64::NEG_INFINITY), read("high", f64::INFINITY));
    let (low, high) = (low?, high?);
    if low > high {
        let problem = Problem::new("`low` lies above `high`", section.span_of("low"));
        section.sink.report(problem.other(section.span_of("high"), "this is lower"));
    }
    Some((low, high))
}

/// Six LEDs: four for SOC, alarm, run.
const LEDS: usize = 6;

fn read_leds(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    section.missing("at", "at = \"5 s\"");
    let text = section.text("leds")?;
    let pattern: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if pattern.chars().count() != LEDS || pattern.chars().any(|c| !"o#*-".contains(c)) {
        let problem = Problem::new("expected six LEDs", section.span_of("leds"));
        let help = "four for SOC, alarm, run; `o` off, `#` on, `*` flash, `-` any: \"##oo # *\"";
        section.sink.report(problem.label("not a pattern of six").help(help));
    }
    Some(Check::Leds { at: read_moment(section, "at", context)?, pattern })
}

fn read_records(section: &Section<'_>) -> Option<Check> {
    section.missing("times", "times = 1");
    let times = section.count("times");
    match pattern(section, "records")? {
        EventPattern::Protection(reason, entered) => {
            Some(Check::Records { reason, entered, times: times? })
        }
        _ => {
            let title = "alarm records hold protections only";
            let problem = Problem::new(title, section.span_of("records"));
            section.sink.report(problem.help("write \"SC enters\" or \"SC exits\""));
            None
        }
    }
}

fn read_charge(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let (from, to) = read_range(section, context)?;
    let band = section.section("charge")?;
    band.missing("low", "low = \"-0.68 C\"");
    band.missing("high", "high = \"0 C\"");
    let limits = read_limits(&band, Dimension::Charge);
    band.finish();
    let (low, high) = limits?;
    Some(Check::Charge { from, to, low, high })
}
