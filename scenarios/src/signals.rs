//! Finds the signal that a text names, or says what it could have meant.

use crate::bus;
use crate::diagnostics::{Problem, did_you_mean};
use crate::names;
use crate::quantity::Dimension;
use crate::section::Sink;
use crate::waiting;
use sim::observe::Signal;
use std::ops::Range;

/// The signal called `name`, which stands at `span`, and how its values are written.
pub(crate) fn find(sink: &Sink, name: &str, span: Range<usize>) -> Option<(Signal, Dimension)> {
    if let Some(name) = bus::of_pack(sink, name, &span) {
        return find(sink, name, span);
    }
    let words = sink.vocabulary();
    let lent = |name: &&str| !words.is_of_product(name);
    let found = words.signal(name).or_else(|| Some(name).filter(lent).and_then(names::signal));
    if found.is_none() {
        let mut known = names::signals();
        known.retain(|name| lent(&name.as_str()));
        known.extend(words.signals());
        let near = did_you_mean(name, known.iter().map(String::as_str));
        let near = near.map(|near| format!("did you mean \"{near}\"?"));
        let help = waiting::help(|sheet| sheet.signal(name, 0).is_some()).or(near);
        let help = help.unwrap_or_else(|| {
            "signals: current, port, pack, cell 1, highest cell, cell spread, ...".to_owned()
        });
        let title = format!("unknown signal `{name}`");
        sink.report(Problem::new(title, span).label("not known").help(help));
    }
    found
}
