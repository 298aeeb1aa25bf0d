//! Says in a few words what an expectation checks, for tables.

use crate::expect::{Check, EventPattern, Window};
use crate::names;
use crate::section::{Section, shown};
use bms_core::protect::Reasons;
use sim::time::SimTime;

/// What an expectation says, where its author did not.
pub(crate) fn describe(section: &Section<'_>, check: &Check) -> String {
    let name = |key| section.text(key).unwrap_or_default();
    match check {
        Check::Event { window: Window { at, anchor: None, .. }, .. } => {
            format!("{} at {}", name("event"), shown(*at))
        }
        Check::Event { window: Window { at, anchor: Some((anchor, _)), .. }, .. } => {
            format!("{} {} after {}", name("event"), shown(*at), event_name(anchor))
        }
        Check::Never { from, to, .. } => format!("never {} {}", name("never"), range(*from, *to)),
        Check::Count { times, .. } => format!("{} exactly {times} times", name("count")),
        Check::Band { from, to, .. } => format!("{} {}", name("value"), range(*from, *to)),
        Check::Leds { at, pattern } => format!("LEDs {pattern} at {}", shown(*at)),
        Check::Records { reason, entered, times } => {
            let event = event_name(&EventPattern::Protection(*reason, *entered));
            format!("{times} records of {event}")
        }
        Check::Charge { from, to, .. } => format!("charge {}", range(*from, *to)),
        Check::Energy { share } => format!("the energy book closes to {} %", share * 100.0),
    }
}

fn range(from: SimTime, to: SimTime) -> String {
    if from == to {
        format!("at {}", shown(from))
    } else {
        format!("from {} to {}", shown(from), shown(to))
    }
}

pub(crate) fn event_name(event: &EventPattern) -> String {
    if let EventPattern::Phase(phase, begins) = event {
        return format!("phase {phase} {}", if *begins { "begins" } else { "ends" });
    }
    let found = names::events().into_iter().find(|(_, known)| known == event);
    found.map(|(name, _)| name).unwrap_or_default()
}

/// The name of a protection, for tables and plots.
#[must_use]
pub fn protection_name(reason: Reasons) -> &'static str {
    names::PROTECTIONS.iter().find(|(_, known)| *known == reason).map_or("", |(name, _)| name)
}
