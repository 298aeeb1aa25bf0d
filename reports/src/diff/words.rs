//! What an event is called when two results are compared: as a scenario file names it, so that what
//! a comparison says can be looked for in a scenario, and allowed in a budget.
//!
//! The tables of a report say the same in two columns, a kind and a detail; what a scenario cannot
//! look for, such as a limit that is crossed, keeps those.

use crate::show;
use globset::GlobMatcher;
use scenarios::names;
use sim::observe::EventPattern;
use sim::trace::EventKind;
use std::collections::BTreeMap;

/// Kinds that a scenario names with words of its own behind.
const OPEN: &[(&str, &str)] = &[
    ("phase", "phase "),
    ("display", "display shows "),
    ("reply", "reply "),
    ("balancing", "balancing on: "),
    ("bleeding", "bleeding on: "),
    ("BROKEN", "invariant broken: "),
];

/// Kinds that a scenario cannot look for.
const OTHER: &[&str] = &[
    "stimulus",
    "script",
    "fault",
    "fault gone",
    "crossed",
    "compared",
    "sampled",
    "protection",
    "latched",
    "mode",
    "LEDs",
    "front end",
    "charger",
    "load",
    "noted",
];

/// The language's names by kind and detail.
pub(super) struct Vocabulary(BTreeMap<(String, String), String>);

impl Vocabulary {
    pub(super) fn new() -> Self {
        let entry = |(name, event): (String, EventPattern)| {
            let (kind, detail) = show::event(&kind(&event)?);
            Some(((kind.to_owned(), detail), name))
        };
        Self(names::events().into_iter().filter_map(entry).collect())
    }

    /// The name of an event of this kind and detail.
    pub(super) fn name(&self, kind: &str, detail: &str) -> String {
        if let Some(name) = self.0.get(&(kind.to_owned(), detail.to_owned())) {
            return name.clone();
        }
        if let Some((_, begin)) = OPEN.iter().find(|(open, _)| *open == kind) {
            return format!("{begin}{detail}");
        }
        match (kind, detail) {
            (kind, "") => kind.to_owned(),
            (kind, detail) => format!("{kind}: {}", protections(detail)),
        }
    }

    /// Whether a glob can fit any event; else what may have been meant.
    pub(super) fn judge(&self, glob: &GlobMatcher) -> Result<(), Option<String>> {
        let text = glob.glob().glob();
        if self.0.values().any(|name| glob.is_match(name)) {
            return Ok(());
        }
        let meant = self.meant(text);
        if meant.is_some() {
            return Err(meant);
        }
        let plain = text.split(['*', '?', '[', '{']).next().unwrap_or_default();
        let begins = |begin: &str| plain.starts_with(begin) || begin.starts_with(plain);
        let open = OPEN.iter().any(|(_, begin)| begins(begin));
        let other = OTHER.iter().any(|kind| begins(&format!("{kind}: ")));
        if open || other { Ok(()) } else { Err(None) }
    }

    /// The name for words that the tables of a report use, or that were used before.
    fn meant(&self, text: &str) -> Option<String> {
        let (kind, detail) = text.split_once(": ").unwrap_or(("", text));
        let is = |(of, own): &&(String, String)| own == detail && (kind.is_empty() || of == kind);
        if let Some(name) = self.0.keys().find(is).and_then(|key| self.0.get(key)) {
            return Some(name.clone());
        }
        let mut words = text.to_owned();
        for (old, new) in [
            ("has ceased to conduct", "off"),
            ("ceased to conduct", "off"),
            ("conducts", "on"),
            ("releases", "exits"),
        ] {
            words = words.replace(old, new);
        }
        (words != text).then_some(words)
    }
}

/// An event of a pattern, where all such events have one kind and detail.
fn kind(event: &EventPattern) -> Option<EventKind> {
    Some(match event {
        EventPattern::Protection(reason, on) => EventKind::Protection(*reason, *on),
        EventPattern::Latched(reason, on) => EventKind::Latched(*reason, *on),
        EventPattern::Commanded(switch, on) => EventKind::Commanded(*switch, *on),
        EventPattern::Switched(switch, on) => EventKind::Switched(*switch, *on),
        EventPattern::CurrentZero => EventKind::CurrentZero,
        EventPattern::Transfer(false) => EventKind::Transfer(None),
        EventPattern::Bleed(false) => EventKind::Bleed(0),
        _ => return None,
    })
}

/// A detail with its protections as a scenario names them.
fn protections(detail: &str) -> String {
    let name = |word: &str| {
        let found = names::PROTECTIONS.iter().find(|(_, reason)| show::reasons(*reason) == word);
        found.map_or_else(|| word.to_owned(), |(name, _)| (*name).to_owned())
    };
    detail.split(' ').map(name).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bms_core::protect::Reasons;
    use sim::trace::Switch;

    fn named(kind: &EventKind) -> String {
        let (kind, detail) = show::event(kind);
        Vocabulary::new().name(kind, &detail)
    }

    #[test]
    fn an_event_is_called_as_a_scenario_calls_it() {
        for (kind, name) in [
            (EventKind::Protection(Reasons::OVER_VOLTAGE, false), "OV exits"),
            (EventKind::Protection(Reasons::AFE_CHARGE_OC, true), "AFE-OCC enters"),
            (EventKind::Latched(Reasons::AFE_DISCHARGE_OC1, true), "OCD1 latched"),
            (EventKind::Commanded(Switch::Discharge, false), "discharge MOSFET commanded off"),
            (EventKind::Switched(Switch::Charge, true), "charge MOSFET on"),
            (EventKind::Switched(Switch::Precharge, false), "pre-charge off"),
            (EventKind::Transfer(None), "balancing off"),
            (EventKind::Bleed(0), "bleeding off"),
            (EventKind::Bleed(1), "bleeding on: cells 1"),
            (EventKind::CurrentZero, "current zero"),
            (EventKind::Phase("rest".into(), true), "phase rest begins"),
            (EventKind::Crossed(Reasons::CELL_CHARGE_HOT, true), "crossed: OTC limit reached"),
        ] {
            assert_eq!(named(&kind), name);
        }
    }

    /// Two events of one name would be held against each other.
    #[test]
    fn no_two_events_of_the_language_share_a_kind_and_detail() {
        let with_kind = names::events().into_iter().filter(|(_, event)| kind(event).is_some());
        assert_eq!(Vocabulary::new().0.len(), with_kind.count());
    }
}
