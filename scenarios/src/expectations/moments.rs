//! Events, moments and spans as they are written in an expectation.

use super::Context;
use crate::diagnostics::Problem;
use crate::events;
use crate::expect::{EventPattern, Moment, When};
use crate::section::{Section, shown};
use crate::states;
use sim::time::{SimTime, Span};
use std::ops::Range;
use toml::de::DeValue;

/// The event that a key names.
pub(super) fn pattern(section: &Section<'_>, key: &'static str) -> Option<EventPattern> {
    let name = section.text(key)?;
    find(section, name, section.span_of(key))
}

/// The events that a list names.
pub(super) fn patterns(section: &Section<'_>, key: &'static str) -> Option<Vec<EventPattern>> {
    let names = section.texts(key).into_iter();
    let found: Vec<_> = names.map(|(name, span)| find(section, name, span)).collect();
    found.into_iter().collect()
}

/// The event called `name`.
fn find(section: &Section<'_>, name: &str, span: Range<usize>) -> Option<EventPattern> {
    events::find(section.sink, name, span)
}

/// Which one, from 1; the first if nothing is written.
pub(super) fn read_occurrence(section: &Section<'_>) -> usize {
    let occurrence = section.count("occurrence").unwrap_or(1);
    if occurrence == 0 {
        let problem = Problem::new("occurrences count from 1", section.span_of("occurrence"));
        section.sink.report(problem.label("write 1 for the first"));
    }
    occurrence
}

/// A moment of the run: a time, or a time after an event.
pub(super) fn read_moment(
    section: &Section<'_>,
    key: &'static str,
    context: &Context<'_>,
) -> Option<Moment> {
    match section.value(key)?.get_ref() {
        DeValue::Table(_) => {
            let table = section.section(key)?;
            table.missing("after", "after = \"SC enters\"");
            let event = pattern(&table, "after");
            let occurrence = read_occurrence(&table);
            let delay = if table.has("delay") { table.time_span("delay") } else { Some(Span(0)) };
            table.finish();
            Some(Moment::After { event: event?, occurrence, delay: delay? })
        }
        _ => read_time(section, key, context).map(Moment::At),
    }
}

/// A time within the run.
pub(super) fn read_time(
    section: &Section<'_>,
    key: &'static str,
    context: &Context<'_>,
) -> Option<SimTime> {
    let at = section.time(key)?;
    if at > context.end {
        let problem = Problem::new("this lies after the end of the run", section.span_of(key));
        section.sink.report(problem.label(format!("the run ends at {}", shown(context.end))));
    }
    Some(at)
}

/// From `from` to `to`, at the moment `at`, or `during` a protection; the whole run if nothing is
/// written.
pub(super) fn read_when(section: &Section<'_>, context: &Context<'_>) -> Option<When> {
    if section.has("during") {
        for key in ["at", "from", "to"] {
            if section.has(key) {
                let title = format!("`during` and `{key}` exclude each other");
                let problem = Problem::new(title, section.span_of(key));
                section.sink.report(problem.label("remove one of the two"));
            }
        }
        return read_during(section);
    }
    if section.has("at") {
        let at = read_moment(section, "at", context)?;
        return Some(When::Span { from: at.clone(), to: at });
    }
    let read = |key, default| match section.has(key) {
        true => read_moment(section, key, context),
        false => Some(Moment::At(default)),
    };
    let (from, to) = (read("from", SimTime::ZERO), read("to", context.end));
    let (from, to) = (from?, to?);
    if let (Moment::At(first), Moment::At(last)) = (&from, &to)
        && first > last
    {
        let problem = Problem::new("`from` lies after `to`", section.span_of("from"));
        section.sink.report(problem.other(section.span_of("to"), "this is earlier"));
    }
    Some(When::Span { from, to })
}

fn read_during(section: &Section<'_>) -> Option<When> {
    match section.value("during")?.get_ref() {
        DeValue::Table(_) => {
            let table = section.section("during")?;
            if table.has("phase") {
                let phase = table.text("phase");
                table.finish();
                return phase.map(|name| When::Phase(name.into()));
            }
            table.missing("protection", "protection = \"OV\"");
            let reasons = table
                .text("protection")
                .and_then(|word| states::protection(&table, word, table.span_of("protection")));
            let settled = if table.has("delay") { table.time_span("delay") } else { Some(Span(0)) };
            table.finish();
            Some(When::InForce { reasons: reasons?, settled: settled? })
        }
        _ => {
            let reasons = states::protections(section, "during");
            Some(When::InForce { reasons: reasons?, settled: Span(0) })
        }
    }
}
