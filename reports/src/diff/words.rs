//! What an event is called when two results are compared: as a scenario file names it, so that what
//! a comparison says can be looked for in a scenario, and allowed in a budget.
//!
//! The tables of a report have a kind and a detail in two columns; what a scenario cannot look for,
//! such as a limit that is crossed, keeps those. Reports of before this vocabulary are understood.

use crate::show;
use bms_core::protect::Reasons;
use globset::GlobMatcher;
use scenarios::names;
use sim::observe::EventPattern;
use sim::trace::{EventKind, Switch};
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
        let entries = |(name, event): (String, EventPattern)| {
            let (now, before) = (show::event(&kind(&event)?), formerly(&event));
            let entry = |(kind, detail): (&str, String)| ((kind.to_owned(), detail), name.clone());
            Some(before.into_iter().chain([now]).map(entry).collect::<Vec<_>>())
        };
        Self(names::events().into_iter().filter_map(entries).flatten().collect())
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

/// Protections that tables of reports had other names for.
const PROTECTIONS: &[(&str, Reasons)] = &[
    ("OCC-chip", Reasons::AFE_CHARGE_OC),
    ("OCD1-chip", Reasons::AFE_DISCHARGE_OC1),
    ("OCD2-chip", Reasons::AFE_DISCHARGE_OC2),
    ("OTC-cell", Reasons::CELL_CHARGE_HOT),
    ("UTC-cell", Reasons::CELL_CHARGE_COLD),
    ("OTD-cell", Reasons::CELL_DISCHARGE_HOT),
    ("UTD-cell", Reasons::CELL_DISCHARGE_COLD),
    ("OTC-MOS", Reasons::MOS_CHARGE_HOT),
    ("UTC-MOS", Reasons::MOS_CHARGE_COLD),
    ("OTD-MOS", Reasons::MOS_DISCHARGE_HOT),
    ("UTD-MOS", Reasons::MOS_DISCHARGE_COLD),
    ("AFE", Reasons::FRONT_END),
    ("NTC", Reasons::SENSOR),
];

/// Switches that they had other names for.
const SWITCHES: &[(&str, Switch)] =
    &[("pre-charge path", Switch::Precharge), ("charge limiter", Switch::Limiter)];

/// Kind and detail of an event in tables of before, where they were others.
fn formerly(event: &EventPattern) -> Option<(&'static str, String)> {
    let protection = |reason: Reasons| {
        let old = PROTECTIONS.iter().find(|(_, it)| *it == reason).map(|(name, _)| *name);
        old.unwrap_or_else(|| scenarios::protection_name(reason))
    };
    let switch = |switch: Switch| {
        let old = SWITCHES.iter().find(|(_, it)| *it == switch).map(|(name, _)| *name);
        old.unwrap_or_else(|| scenarios::switch_name(switch))
    };
    let either = |on: bool, yes, no| if on { yes } else { no };
    let (kind, name, word) = match event {
        EventPattern::Protection(reason, on) => {
            ("protection", protection(*reason), either(*on, "enters", "releases"))
        }
        EventPattern::Latched(reason, on) => {
            ("latched", protection(*reason), either(*on, "set", "cleared"))
        }
        EventPattern::Commanded(which, on) => {
            ("commanded", switch(*which), either(*on, "on", "off"))
        }
        EventPattern::Switched(which, on) => {
            ("switched", switch(*which), either(*on, "conducts", "has ceased to conduct"))
        }
        _ => return None,
    };
    Some((kind, format!("{name} {word}")))
}

/// A detail with its protections as a scenario names them.
fn protections(detail: &str) -> String {
    let name = |word: &str| {
        let old = PROTECTIONS.iter().find(|(old, _)| *old == word);
        old.map_or_else(|| word.to_owned(), |(_, it)| scenarios::protection_name(*it).to_owned())
    };
    detail.split(' ').map(name).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// The words of reports that were written before.
    #[test]
    fn an_event_of_an_older_report_is_called_as_one_of_now() {
        for (kind, detail, name) in [
            ("protection", "OV releases", "OV exits"),
            ("protection", "UTC-cell enters", "UTC enters"),
            ("latched", "OCC-chip set", "AFE-OCC latched"),
            ("commanded", "pre-charge path on", "pre-charge commanded on"),
            ("switched", "charge MOSFET has ceased to conduct", "charge MOSFET off"),
            ("switched", "charge limiter conducts", "limiter on"),
            ("crossed", "OTC-cell limit reached", "crossed: OTC limit reached"),
        ] {
            assert_eq!(Vocabulary::new().name(kind, detail), name);
        }
    }

    /// Two events of one name would be held against each other.
    #[test]
    fn no_two_events_of_the_language_share_a_kind_and_detail() {
        let with_kind = names::events().into_iter().filter(|(_, event)| kind(event).is_some());
        let now = |(_, event): &(String, EventPattern)| {
            let (kind, detail) = show::event(&kind(event).expect("those without are left out"));
            (kind, detail)
        };
        let all: Vec<_> = with_kind.map(|it| now(&it)).collect();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        let names: std::collections::BTreeSet<_> = Vocabulary::new().0.into_values().collect();
        assert_eq!(names.len(), all.len());
    }
}
