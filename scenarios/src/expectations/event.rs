//! Reads `event`: when it is expected, by a time, by another event, or by the requirement's rule.

use super::Context;
use super::moments::{pattern, read_moment, read_occurrence};
use crate::describe::protection_name;
use crate::diagnostics::Problem;
use crate::expect::{BudgetPart, Check, EventPattern, Moment, Window};
use crate::section::Section;
use crate::tolerance::{self, Class};
use crate::windows::{self, Unruled, rules};
use sim::time::{SimTime, Span};

/// Reads the expectation of an event; without one, of the event that the requirement is about.
pub(super) fn read(
    section: &Section<'_>,
    requirements: &[String],
    context: &Context<'_>,
) -> Option<Check> {
    let written = section.has("event");
    let event = pattern(section, "event");
    let occurrence = read_occurrence(section);
    if let Some(event) = &event {
        report_contradiction(section, requirements, event);
    }
    if written && event.is_none() || context.here.is_none() {
        // What else is wrong is told now and not once this is mended.
        read_class(section);
    }
    if written && event.is_none() {
        return None;
    }
    if !section.has("at") && !section.has("after") {
        return read_computed(section, requirements, event.as_ref(), occurrence, context);
    }
    let (at, anchor) = read_place(section, context)?;
    let budget = read_budget(section, at, context)?;
    let early = budget.iter().map(|part| part.early.0).sum();
    let late = budget.iter().map(|part| part.late.0).sum();
    let (early, late) = (Span(early), Span(late));
    let window = Window { at, anchor, cause: None, early, late, budget };
    Some(Check::Event { event: event?, occurrence, window })
}

/// An event of a protection that none of its requirements with a rule is about.
fn report_contradiction(section: &Section<'_>, requirements: &[String], event: &EventPattern) {
    let (EventPattern::Protection(reason, _) | EventPattern::Latched(reason, _)) = event else {
        return;
    };
    let about: Vec<_> = requirements
        .iter()
        .map(|id| (id, rules::protections(id)))
        .filter(|(_, protections)| !protections.is_empty())
        .collect();
    let Some((id, protections)) = about.first() else { return };
    if about.iter().any(|(_, protections)| protections.intersects(*reason)) {
        return;
    }
    let title = format!("`{id}` says nothing about {}", protection_name(*reason));
    let names: Vec<_> = protections.iter().map(protection_name).collect();
    let problem = Problem::new(title, section.span_of("event")).label("not its protection");
    let problem = problem.other(section.span_of("requirement"), "this is the requirement");
    section.sink.report(problem.help(format!("it is about {}", names.join(", "))));
}

/// The window that follows from the requirements.
fn read_computed(
    section: &Section<'_>,
    requirements: &[String],
    event: Option<&EventPattern>,
    occurrence: usize,
    context: &Context<'_>,
) -> Option<Check> {
    let here = context.here?;
    let own = read_own(section);
    match windows::of(requirements, event, &here) {
        Ok((event, mut window)) => {
            if section.has("tolerance") {
                let title = "the tolerance follows from the requirement";
                let problem = Problem::new(title, section.span_of("tolerance"));
                let help = "remove it, or write when the event is expected, `at = \"1.5 s\"`";
                section.sink.report(problem.label("not needed").help(help));
            }
            if let Some(part) = own {
                window.early = Span(window.early.0 + part.early.0);
                window.late = Span(window.late.0 + part.late.0);
                window.budget.push(part);
            }
            Some(Check::Event { event, occurrence, window })
        }
        Err(Unruled::NoRule) => {
            let title = "`at` is missing in [[expect]]";
            let known = requirements.iter().find(|id| rules::of(id).next().is_some());
            let why = known.map_or_else(
                || "no requirement here has a rule that dates an event".to_owned(),
                |id| format!("`{id}` dates other events: {}", dated(id)),
            );
            let help = format!("add `at = \"1.5 s\"` with a `tolerance`; {why}");
            section.sink.report(Problem::new(title, section.span.clone()).help(help));
            None
        }
        Err(Unruled::SwitchedOff { requirement, parameter }) => {
            let title = format!("`{requirement}` sets no time here: `{parameter}` is off");
            let problem = Problem::new(title, section.span_of("requirement"));
            let help = "switch it on, or write when the event is expected, `at = \"1.5 s\"`";
            section.sink.report(problem.help(help));
            None
        }
    }
}

/// The events that a requirement dates.
fn dated(id: &str) -> String {
    let mut names: Vec<_> = rules::of(id).flat_map(|rule| &rule.events).cloned().collect();
    names.dedup();
    names.join(", ")
}

/// `early` and `late`.
fn read_own(section: &Section<'_>) -> Option<BudgetPart> {
    let early = section.time_span("early");
    let late = section.time_span("late");
    (section.has("early") || section.has("late")).then(|| BudgetPart {
        why: "written in the file".to_owned(),
        early: early.unwrap_or_default(),
        late: late.unwrap_or_default(),
    })
}

/// The time, and the event that it counts from.
fn read_place(
    section: &Section<'_>,
    context: &Context<'_>,
) -> Option<(SimTime, Option<(EventPattern, usize)>)> {
    let Some(after) = section.section("after") else {
        section.missing("at", "at = \"1.5 s\"");
        return Some(match read_moment(section, "at", context)? {
            Moment::At(at) => (at, None),
            Moment::After { event, occurrence, delay } => {
                (SimTime(delay.0), Some((event, occurrence)))
            }
        });
    };
    after.missing("event", "event = \"SC exits\"");
    after.missing("delay", "delay = \"128 us\"");
    let (event, occurrence) = (pattern(&after, "event"), read_occurrence(&after));
    let delay = after.time("delay");
    after.finish();
    if section.has("at") {
        let problem = Problem::new("`at` and `after` exclude each other", section.span_of("at"));
        section.sink.report(problem.label("remove one of the two"));
    }
    Some((delay?, Some((event?, occurrence))))
}

fn read_budget(
    section: &Section<'_>,
    at: SimTime,
    context: &Context<'_>,
) -> Option<Vec<BudgetPart>> {
    let explicit = read_own(section);
    if !section.has("tolerance") {
        if explicit.is_none() {
            section.missing("tolerance", "tolerance = \"sample\"");
        }
        return explicit.map(|part| vec![part]);
    }
    let class = read_class(section)?;
    let mut budget = class.budget(at, context.tolerance);
    budget.extend(explicit);
    Some(budget)
}

/// The tolerance class, if one is written.
fn read_class(section: &Section<'_>) -> Option<Class> {
    let name = section.text("tolerance")?;
    let class = Class::find(name);
    if class.is_none() {
        let span = section.span_of("tolerance");
        section.sink.unknown("tolerance class", name, span, tolerance::NAMES);
    }
    class
}
