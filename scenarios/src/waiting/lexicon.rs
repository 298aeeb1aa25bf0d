//! The words of a sheet: events, signals, switches, actions and pages that a product that waits, or a
//! part that is not served yet, has of its own.

use super::deed::Deed;
#[cfg(test)]
use super::deed::Takes;
use crate::quantity::Dimension;
use serde::Deserialize;
use sim::observe::{EventPattern, Signal};
use std::collections::BTreeMap;

/// The words of one sheet.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// What its events are called.
    pub events: Vec<String>,
    /// What enters and leaves force.
    pub protections: Vec<String>,
    /// What is switched on and off, and can be looked at.
    pub switches: Vec<String>,
    /// What its signals are called, and how their values are written.
    pub signals: BTreeMap<String, Dimension>,
    /// What can be done, and what is said with it.
    pub actions: BTreeMap<String, Deed>,
    /// What a person turns, sets or presses, and its positions.
    pub inputs: BTreeMap<String, Vec<String>>,
    /// What can be looked at in words, and what stands there.
    pub pages: BTreeMap<String, String>,
}

/// Events as they stand in a file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Events {
    /// Each enters and exits.
    protections: Vec<String>,
    /// Each is switched on and off.
    switches: Vec<String>,
    /// Each happens.
    moments: Vec<String>,
}

/// Names by kind, turned round.
pub(super) fn by_name<K: Copy>(
    kinds: BTreeMap<String, Vec<String>>,
    read: fn(&str) -> K,
) -> BTreeMap<String, K> {
    let named = kinds.into_iter().map(|(kind, names)| (read(&kind), names));
    named.flat_map(|(kind, names)| names.into_iter().map(move |name| (name, kind))).collect()
}

/// The dimension that a sheet names.
pub(super) fn dimension(word: &str) -> Dimension {
    Dimension::called(word).expect("the sheets name dimensions")
}

impl Lexicon {
    /// The words of a file as they are looked up.
    pub(super) fn of(
        Events { protections, switches, moments }: Events,
        signals: BTreeMap<String, Vec<String>>,
        actions: BTreeMap<String, Deed>,
        pages: BTreeMap<String, String>,
    ) -> Self {
        let pairs = |names: &[String], on: &str, off: &str| -> Vec<String> {
            let both = |name: &String| [format!("{name} {on}"), format!("{name} {off}")];
            names.iter().flat_map(both).collect()
        };
        let both = [pairs(&protections, "enters", "exits"), pairs(&switches, "on", "off")];
        let events = [both.concat(), moments].concat();
        let signals = by_name(signals, dimension);
        Self { events, protections, switches, signals, actions, pages, inputs: BTreeMap::new() }
    }

    /// The event called `name`. It never happens, as no firmware that is served tells it.
    pub(crate) fn event(&self, name: &str) -> Option<EventPattern> {
        let known = self.events.iter().any(|event| event == name);
        known.then(|| EventPattern::Waiting(name.into()))
    }

    /// The signal called `name`, be it with a number from 1 behind it, of so many at the most.
    /// Nothing reads it.
    pub(crate) fn signal(&self, name: &str, numbers: usize) -> Option<(Signal, Dimension)> {
        let (stem, number) = name.rsplit_once(' ').unwrap_or((name, ""));
        let counted = number.parse().is_ok_and(|number| (1..=numbers).contains(&number));
        let numbered = counted.then(|| self.signals.get(stem)).flatten();
        let dimension = self.signals.get(name).or(numbered)?;
        Some((Signal::Current, *dimension))
    }

    /// Everything that its actions are told with, for a test of the sheets.
    #[cfg(test)]
    pub(super) fn takes(&self) -> impl Iterator<Item = &Takes> {
        self.actions.values().flat_map(Deed::takes)
    }
}
