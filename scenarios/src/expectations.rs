//! Reads `[[expect]]`: what is checked, when, and how far off it may be.

mod bands;
mod event;
mod moments;
mod outputs;
mod said;

use crate::bus;
use crate::describe;
use crate::diagnostics::{Problem, did_you_mean};
use crate::expect::{Check, Expectation, Times};
use crate::include::Sources;
use crate::requirements;
use crate::section::{Section, shown};
use crate::windows::{Circumstances, rules};
use moments::{pattern, read_when};
use sim::setup::Tolerance;
use sim::time::SimTime;
use std::collections::BTreeSet;

/// What an expectation is read against.
pub(crate) struct Context<'t> {
    pub(crate) sources: &'t Sources,
    pub(crate) end: SimTime,
    /// The script may end the run before that.
    pub(crate) ends_early: bool,
    pub(crate) tolerance: Tolerance,
    pub(crate) cells: u8,
    /// The product; none where it is wrong.
    pub(crate) product: Option<&'t str>,
    /// The file says how the pack was wired.
    pub(crate) assembled: bool,
    /// What windows are computed for; none where the product is wrong.
    pub(crate) here: Option<Circumstances<'t>>,
    /// The gate shall refuse the scenario, which then needs no expectation.
    pub(crate) refused: bool,
}

const KINDS: &[&str] = &[
    "event", "never", "count", "order", "value", "leds", "state", "switches", "bleeding",
    "transfer", "display", "records", "charge", "i2t", "energy", "mean", "change", "fact",
    "remark",
];

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
    "during",
    "times",
    "at-least",
    "at-most",
    "strictly",
    "newest",
    "oldest",
    "soc",
    "held",
    "low",
    "high",
    "equals",
    "within",
];

/// Reads all expectations of a scenario.
pub(crate) fn read(body: &Section<'_>, context: &Context<'_>) -> Vec<Expectation> {
    let sections = body.sections("expect");
    if sections.is_empty() && !context.refused {
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

/// What a scenario covers is what its expectations cite.
pub(crate) fn cited(expectations: &[Expectation]) -> Vec<String> {
    let ids: BTreeSet<_> = expectations.iter().flat_map(|e| e.requirements.iter()).collect();
    ids.into_iter().cloned().collect()
}

fn read_one(section: &Section<'_>, context: &Context<'_>) -> Option<Expectation> {
    let requirements = read_requirements(section, context.product);
    let label = section.text("label");
    bus::read_number(section);
    // Every kind is asked for, so that a misspelt one is compared with all of them.
    let written: Vec<_> = KINDS.iter().filter(|kind| section.has(kind)).collect();
    let check = match written[..] {
        [kind] => read_check(section, kind, &requirements, context),
        [] if requirements.iter().any(|id| rules::of(id).next().is_some()) => {
            event::read(section, &requirements, context)
        }
        _ => {
            let title = "an expectation says one thing";
            let help = format!("write one of {}", KINDS.join(", "));
            section.sink.report(Problem::new(title, section.span.clone()).help(help));
            None
        }
    }?;
    let label = label.map_or_else(|| described(section, &check, context), str::to_owned);
    let place = section.span.start;
    let (line, source) = (context.sources.line(place), context.sources.number_of(place));
    Some(Expectation { requirements, line, source, label, check })
}

/// What an expectation says; nobody knows when a run ends that its script may end.
fn described(section: &Section<'_>, check: &Check, context: &Context<'_>) -> String {
    let pack = section.value("pack").and_then(|it| it.get_ref().as_integer());
    let pack = pack.map(|pack| format!("pack {}: ", pack.as_str())).unwrap_or_default();
    let words = pack + &describe::describe(section, check);
    let end = format!(" to {}", shown(context.end));
    match words.strip_suffix(&end) {
        Some(begin) if context.ends_early && !section.has("to") => format!("{begin} to the end"),
        _ => words,
    }
}

fn read_requirements(section: &Section<'_>, product: Option<&str>) -> Vec<String> {
    section.missing("requirement", "requirement = [\"PS-SCP-1\"]");
    let ids = section.texts("requirement");
    for (id, span) in &ids {
        report_unknown_requirement(section, id, span.clone());
        if let Some(product) = product.filter(|product| requirements::is_of_a_sister(id, product)) {
            let title = format!("`{id}` is not required of the {product}");
            let help = "name the requirement of this product, or the one of both, such as PS-OV-1";
            let problem = Problem::new(title, span.clone()).label("of another product");
            section.sink.report(problem.help(help));
        }
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

fn read_check(
    section: &Section<'_>,
    kind: &str,
    requirements: &[String],
    context: &Context<'_>,
) -> Option<Check> {
    match kind {
        "event" => event::read(section, requirements, context),
        "never" => {
            let event = pattern(section, "never");
            let when = read_when(section, context)?;
            Some(Check::Never { event: event?, when })
        }
        "count" => read_count(section, context),
        "order" => read_order(section, context),
        "value" => bands::read_value(section, context),
        "leds" => outputs::read_leds(section, context),
        "state" => outputs::read_state(section, context),
        "switches" => outputs::read_switches(section, context),
        "bleeding" => outputs::read_bleeding(section, context),
        "transfer" => outputs::read_transfer(section, context),
        "display" => outputs::read_display(section, context),
        "mean" => bands::read_mean(section, context),
        "change" => bands::read_change(section, context),
        "records" => outputs::read_records(section),
        "fact" => said::read_fact(section, requirements, context),
        "remark" => said::read_remark(section, requirements, context),
        "charge" => bands::read_charge(section, context),
        "i2t" => bands::read_square_time(section, context),
        _ => bands::read_energy(section, context),
    }
}

fn read_count(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let event = pattern(section, "count");
    let when = read_when(section, context);
    let times = read_times(section)?;
    Some(Check::Count { event: event?, when: when?, times })
}

/// `times`, or a range by `at-least` and `at-most`.
fn read_times(section: &Section<'_>) -> Option<Times> {
    let range = section.has("at-least") || section.has("at-most");
    if !range {
        section.missing("times", "times = 1");
        return section.count("times").map(Times::exactly);
    }
    if section.has("times") {
        let title = "`times` excludes `at-least` and `at-most`";
        let problem = Problem::new(title, section.span_of("times"));
        section.sink.report(problem.label("remove it, or the others"));
    }
    let least = if section.has("at-least") { section.count("at-least") } else { Some(0) };
    let most = if section.has("at-most") { Some(section.count("at-most")?) } else { None };
    let least = least?;
    if let Some(most) = most
        && least > most
    {
        let problem =
            Problem::new("`at-least` is more than `at-most`", section.span_of("at-least"));
        section.sink.report(problem.other(section.span_of("at-most"), "this is less"));
    }
    Some(Times { least, most })
}

fn read_order(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let events = moments::patterns(section, "order");
    let when = read_when(section, context);
    let strictly = section.boolean("strictly").unwrap_or(false);
    let events = events?;
    if events.len() < 2 {
        let problem =
            Problem::new("an order is one of two events at least", section.span_of("order"));
        let help = "write `order = [\"OV enters\", \"charge MOSFET off\"]`";
        section.sink.report(problem.label("fewer than two").help(help));
        return None;
    }
    Some(Check::Order { events, when: when?, strictly })
}
