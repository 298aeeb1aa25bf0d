//! Finds the event that a text names, or says what it could have meant.

use crate::diagnostics::{Problem, did_you_mean};
use crate::names;
use crate::section::Sink;
use crate::waiting::Waiting;
use sim::observe::EventPattern;
use std::ops::Range;

/// The event called `name`, which stands at `span`.
pub(crate) fn find(sink: &Sink, name: &str, span: Range<usize>) -> Option<EventPattern> {
    if let Some(told) = names::told(name) {
        return Some(told);
    }
    let words = sink.vocabulary();
    if let Some(event) = words.and_then(|words| words.event(name)) {
        return Some(event);
    }
    let mut events = names::events();
    events.extend(words.map(Waiting::named_events).unwrap_or_default());
    events.extend(names::phase_events(&sink.phases()));
    let found = events.iter().find(|(known, _)| known == name);
    if found.is_none() {
        let near = did_you_mean(name, events.iter().map(|(known, _)| known.as_str()));
        let of_protection = name.split(' ').next().and_then(verbs);
        let help = of_protection.or(near.map(|near| format!("did you mean \"{near}\"?")));
        let help = help.unwrap_or_else(|| {
            "events are named like \"SC enters\", \"charge MOSFET off\"".to_owned()
        });
        let title = format!("unknown event `{name}`");
        sink.report(Problem::new(title, span).label("not known").help(help));
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
