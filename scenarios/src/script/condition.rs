//! Reads what a script waits for: `"highest cell >= 3.75 V for 2 s"`, `"OV enters"`, or a table of
//! such.

use super::Context;
use crate::diagnostics::Problem;
use crate::events;
use crate::section::{Section, Sink};
use crate::signals;
use crate::states;
use sim::display::Displayed;
use sim::observe::{Signal, State};
use sim::reported::Reported;
use sim::script::{Condition, Relation};
use sim::setup::WorldSetup;
use sim::time::Span;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// What the signals of a condition can be.
pub(super) struct Scope<'w> {
    world: Option<&'w WorldSetup>,
    cells: u8,
}

impl<'w> Scope<'w> {
    pub(super) fn of(context: &Context<'w>) -> Self {
        Self { world: context.pins.world, cells: context.pins.cells }
    }

    /// Of a pack of so many cells, whatever world it is in.
    pub(super) fn alone(cells: u8) -> Self {
        Self { world: None, cells }
    }
}

/// Longest spellings first, so that none is taken for the beginning of another.
const RELATIONS: &[(&str, Relation)] = &[
    (">=", Relation::AtLeast),
    ("<=", Relation::AtMost),
    ("\u{2265}", Relation::AtLeast),
    ("\u{2264}", Relation::AtMost),
    (">", Relation::Above),
    ("<", Relation::Below),
];

const KINDS: &[&str] = &[
    "all", "any", "not", "event", "elapsed", "state", "leds", "switches", "bleeding", "in-force",
    "display",
];

/// Reads a condition.
pub(super) fn read(
    sink: &Sink,
    value: &Spanned<DeValue<'_>>,
    scope: &Scope<'_>,
) -> Option<Condition> {
    match value.get_ref() {
        DeValue::String(text) => read_text(sink, &Text::new(text, value.span()), scope),
        DeValue::Table(table) => {
            let section = Section::new("the condition", vec![table], value.span(), sink);
            let condition = read_table(&section, scope);
            section.finish();
            condition
        }
        DeValue::Array(_) => {
            let problem = Problem::new("all of these, or any of them?", value.span());
            let help = "write `{ all = [...] }` or `{ any = [...] }`";
            sink.report(problem.label("a list alone does not say").help(help));
            None
        }
        _ => {
            sink.wrong_kind(value, "a condition, such as \"highest cell >= 3.75 V\"");
            None
        }
    }
}

fn read_table(section: &Section<'_>, scope: &Scope<'_>) -> Option<Condition> {
    // Every kind is asked for, so that a misspelt one is compared with all of them.
    let written: Vec<_> = KINDS.iter().filter(|kind| section.has(kind)).collect();
    let held = section.has("for").then(|| read_positive(section, "for"));
    let condition = match written[..] {
        [kind] => read_kind(section, kind, scope),
        _ => {
            section.has("times");
            let help = format!("write one of {}", KINDS.join(", "));
            let problem = Problem::new("a condition says one thing", section.span.clone());
            section.sink.report(problem.help(help));
            None
        }
    };
    match held {
        Some(span) => Some(Condition::Held(Box::new(condition?), span?)),
        None => condition,
    }
}

fn read_kind(section: &Section<'_>, kind: &str, scope: &Scope<'_>) -> Option<Condition> {
    match kind {
        "all" => read_list(section, "all", scope).map(Condition::All),
        "any" => read_list(section, "any", scope).map(Condition::Any),
        "not" => {
            let inner = read(section.sink, section.value("not")?, scope)?;
            Some(Condition::Not(Box::new(inner)))
        }
        "elapsed" => section.time_span("elapsed").map(Condition::Elapsed),
        "state" => states::mode(section).map(|it| Condition::Is(State::Mode(it))),
        "leds" => states::leds(section).map(|it| Condition::Is(State::Leds(it.into()))),
        "switches" => states::switches(section).map(|it| Condition::Is(State::Switches(it))),
        "bleeding" => {
            states::bleeding(section, scope.cells).map(|it| Condition::Is(State::Bleeding(it)))
        }
        "in-force" => {
            states::protections(section, "in-force").map(|it| Condition::Is(State::InForce(it)))
        }
        "display" => states::display(section).map(|it| Condition::Is(State::Display(it))),
        _ => {
            let event =
                events::find(section.sink, section.text("event")?, section.span_of("event"));
            let times = read_times(section, "times").unwrap_or(1);
            Some(Condition::Happened { event: event?, times })
        }
    }
}

/// A number from 1.
pub(super) fn read_times(section: &Section<'_>, key: &'static str) -> Option<u32> {
    let count = section.count(key)?;
    let times = u32::try_from(count).ok().filter(|times| *times > 0);
    if times.is_none() {
        let problem = Problem::new("expected how often, from 1", section.span_of(key));
        section.sink.report(problem.label("not a number of times"));
    }
    times
}

/// A time above zero.
pub(super) fn read_positive(section: &Section<'_>, key: &'static str) -> Option<Span> {
    let span = section.time_span(key)?;
    if span.0 == 0 {
        let problem = Problem::new(format!("`{key}` cannot be zero"), section.span_of(key));
        section.sink.report(problem.label("expected a time above 0 s"));
    }
    Some(span)
}

fn read_list(
    section: &Section<'_>,
    key: &'static str,
    scope: &Scope<'_>,
) -> Option<Vec<Condition>> {
    let value = section.value(key)?;
    let Some(items) = value.get_ref().as_array() else {
        section.sink.wrong_kind(value, "a list of conditions");
        return None;
    };
    if items.is_empty() {
        let problem = Problem::new(format!("`{key}` of nothing"), value.span());
        section.sink.report(problem.label("expected at least one condition"));
    }
    let read: Vec<_> = items.iter().map(|item| read(section.sink, item, scope)).collect();
    read.into_iter().collect()
}

/// A text with its place in the file; parts of it have theirs.
struct Text<'t> {
    text: &'t str,
    span: Range<usize>,
}

impl<'t> Text<'t> {
    /// The text of a value that stands at `span` with its quotes.
    fn new(text: &'t str, span: Range<usize>) -> Self {
        // With escapes or other quotes the parts cannot be placed; then the whole stands for them.
        let is_plain = span.len() == text.len() + 2;
        Self { text, span: if is_plain { span.start + 1..span.end - 1 } else { span } }
    }

    /// The part between two bytes, without the space around it.
    fn part(&self, range: Range<usize>) -> Self {
        let text = &self.text[range.clone()];
        let start = range.start + (text.len() - text.trim_start().len());
        let text = text.trim();
        let span = match self.span.len() == self.text.len() {
            true => self.span.start + start..self.span.start + start + text.len(),
            false => self.span.clone(),
        };
        Self { text, span }
    }
}

fn read_text(sink: &Sink, text: &Text<'_>, scope: &Scope<'_>) -> Option<Condition> {
    let Some(at) = text.text.find(['<', '>', '=', '!', '\u{2264}', '\u{2265}']) else {
        let event = events::find(sink, text.text, text.span.clone())?;
        return Some(Condition::Happened { event, times: 1 });
    };
    let rest = &text.text[at..];
    let Some((symbol, relation)) = RELATIONS.iter().find(|(symbol, _)| rest.starts_with(symbol))
    else {
        let title = "a signal is compared by `>=`, `<=`, `>` or `<`";
        let problem = Problem::new(title, text.part(at..at + 1).span);
        let help = "a measured value is never exactly another; write `>=` or `<=`";
        sink.report(problem.label("not one of them").help(help));
        return None;
    };
    let after = at + symbol.len();
    let held = text.text[after..].find(" for ").map(|place| after + place);
    let value = text.part(after..held.unwrap_or(text.text.len()));
    let span = held.map(|held| read_held(sink, &text.part(held + " for ".len()..text.text.len())));
    let compared = read_compared(sink, &text.part(0..at), &value, *relation, scope)?;
    match span {
        Some(span) => Some(Condition::Held(Box::new(compared), span?)),
        None => Some(compared),
    }
}

fn read_held(sink: &Sink, text: &Text<'_>) -> Option<Span> {
    let time = crate::section::time_text(sink, text.text, text.span.clone())?;
    if time.0 == 0 {
        let problem = Problem::new("nothing is held for no time", text.span.clone());
        sink.report(problem.label("expected a time above 0 s"));
    }
    Some(Span(time.0))
}

fn read_compared(
    sink: &Sink,
    name: &Text<'_>,
    value: &Text<'_>,
    relation: Relation,
    scope: &Scope<'_>,
) -> Option<Condition> {
    let found = signals::find(sink, name.text, name.span.clone());
    let (signal, dimension) = found?;
    report_absent(sink, signal, name, scope);
    let value = sink.quantity_text(value.text, value.span.clone(), dimension)?.value();
    Some(Condition::Compare { signal, relation, value })
}

/// A signal that this world does not have would be waited for in vain.
fn report_absent(sink: &Sink, signal: Signal, name: &Text<'_>, scope: &Scope<'_>) {
    let forced = matches!(scope.world, Some(WorldSetup::Forced(_)));
    let signal = if let Signal::Size(inner) = signal { *inner } else { signal };
    let why = match signal {
        Signal::Cell(cell)
        | Signal::Soc(cell)
        | Signal::Reported(Reported::Cell(cell))
        | Signal::Deviation(Reported::Cell(cell))
        | Signal::Displayed(Displayed::Cell(cell))
            if cell >= usize::from(scope.cells) =>
        {
            format!("this pack has {} cells", scope.cells)
        }
        Signal::Soc(_) | Signal::SocMax | Signal::SocMin if forced => {
            "forced values have no state of charge".to_owned()
        }
        _ => return,
    };
    let title = format!("there is no `{}` in this run", name.text);
    let problem = Problem::new(title, name.span.clone());
    sink.report(problem.label(why));
}
