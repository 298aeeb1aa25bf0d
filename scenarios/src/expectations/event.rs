//! Reads `event`: when it is expected, by a time, by another event, or by the requirement's rule.

use super::Context;
use super::moments::{pattern, read_moment, read_occurrence};
use crate::diagnostics::Problem;
use crate::expect::{BudgetPart, Check, EventPattern, Moment, Window};
use crate::section::Section;
use crate::tolerance::{self, Class};
use sim::time::{SimTime, Span};

/// Reads the expectation of an event.
pub(super) fn read(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let event = pattern(section, "event");
    let occurrence = read_occurrence(section);
    let (at, anchor) = read_place(section, context)?;
    let budget = read_budget(section, at, context)?;
    let early = budget.iter().map(|part| part.early.0).sum();
    let late = budget.iter().map(|part| part.late.0).sum();
    let (early, late) = (Span(early), Span(late));
    let window = Window { at, anchor, cause: None, early, late, budget };
    Some(Check::Event { event: event?, occurrence, window })
}

/// The time, and the event that it counts from.
#[expect(clippy::type_complexity, reason = "the two fields of a window")]
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

