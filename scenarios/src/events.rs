//! Finds the event that a text names, or says what it could have meant.

use crate::bus;
use crate::diagnostics::{Problem, did_you_mean};
use crate::names;
use crate::section::Sink;
use crate::waiting;
use sim::observe::EventPattern;
use std::ops::Range;

/// The event called `name`, which stands at `span`.
pub(crate) fn find(sink: &Sink, name: &str, span: Range<usize>) -> Option<EventPattern> {
    if let Some(inner) = bus::of_pack(sink, name, &span) {
        return find(sink, inner, span).map(|_| EventPattern::Waiting(name.into()));
    }
    if let Some(told) = names::told(name) {
        return Some(told);
    }
    let words = sink.vocabulary();
    if let Some(event) = words.event(name) {
        return Some(event);
    }
    let mut events = names::events();
    if words.product.is_some() {
        // It has the protections of its sheet, and a chip of its own.
        events.retain(|(_, event)| {
            !matches!(event, EventPattern::Protection(..) | EventPattern::Latched(..))
        });
    }
    events.extend(names::phase_events(&sink.phases()));
    let found = events.iter().find(|(known, _)| known == name);
    if found.is_none() {
        let mut known: Vec<_> = events.iter().map(|(known, _)| known.as_str()).collect();
        known.extend(words.events());
        let near = did_you_mean(name, known).map(|near| format!("did you mean \"{near}\"?"));
        let needed = waiting::help(|sheet| sheet.event(name).is_some());
        let of_protection = name.split(' ').next().and_then(|name| match words.protections() {
            Some(own) => own.iter().any(|it| it == name).then(|| verbs(name, &["enters", "exits"])),
            None => verbs_of_served(name),
        });
        let help = needed.or(of_protection).or(near);
        let help = help.unwrap_or_else(|| {
            "events are named like \"SC enters\", \"charge MOSFET off\"".to_owned()
        });
        let title = format!("unknown event `{name}`");
        sink.report(Problem::new(title, span).label("not known").help(help));
    }
    found.map(|(_, event)| event.clone())
}

/// The events of a protection that is named rightly.
fn verbs_of_served(protection: &str) -> Option<String> {
    let (name, _) = names::PROTECTIONS.iter().find(|(name, _)| *name == protection)?;
    Some(verbs(name, &["enters", "exits", "latched", "cleared"]))
}

fn verbs(name: &str, verbs: &[&str]) -> String {
    let events: Vec<_> = verbs.iter().map(|verb| format!("\"{name} {verb}\"")).collect();
    format!("write {}", events.join(", "))
}
