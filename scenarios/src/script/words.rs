//! Says in words what a condition waits for, for messages.

use crate::describe::{bleeding, event_name, protection_name, shown_there, switches};
use crate::names;
use crate::quantity::Dimension;
use crate::section::shown;
use sim::observe::{Signal, State};
use sim::script::{Condition, Relation};
use sim::time::{SimTime, Span};

/// What is waited for.
pub(super) fn describe(condition: &Condition) -> String {
    let list = |parts: &[Condition], between: &str| {
        parts.iter().map(describe).collect::<Vec<_>>().join(between)
    };
    match condition {
        Condition::All(parts) => list(parts, " and "),
        Condition::Any(parts) => list(parts, " or "),
        Condition::Not(part) => format!("not ({})", describe(part)),
        Condition::Compare { signal, relation, value } => {
            format!("{} {} {}", name_of(*signal), symbol(*relation), quantity(*signal, *value))
        }
        Condition::Is(state) => of_state(state),
        Condition::Happened { event, times: 1 } => event_name(event),
        Condition::Happened { event, times } => format!("{} {times} times", event_name(event)),
        Condition::Elapsed(span) => time(*span),
        Condition::Held(part, span) => format!("{} for {}", describe(part), time(*span)),
    }
}

fn of_state(state: &State) -> String {
    match state {
        State::Mode(mode) => {
            let name = names::MODES.iter().find(|(_, known)| known == mode);
            format!("state {}", name.map_or("", |(name, _)| name))
        }
        State::Leds(pattern) => format!("LEDs {pattern}"),
        State::Switches(wanted) => switches(wanted),
        State::Bleeding(cells) => bleeding(*cells),
        State::InForce(reasons) => {
            let names: Vec<_> = reasons.iter().map(protection_name).collect();
            format!("{} in force", names.join(" or "))
        }
        State::Display(display) => format!("display {}", shown_there(display)),
    }
}

pub(super) fn time(span: Span) -> String {
    shown(SimTime(span.0))
}

fn symbol(relation: Relation) -> &'static str {
    match relation {
        Relation::Above => ">",
        Relation::AtLeast => ">=",
        Relation::Below => "<",
        Relation::AtMost => "<=",
    }
}

fn name_of(signal: Signal) -> String {
    let names = names::signals().into_iter();
    let mut known = names.filter(|name| names::signal(name).is_some_and(|it| it.0 == signal));
    known.next().unwrap_or_default()
}

fn quantity(signal: Signal, value: f64) -> String {
    let dimension = names::signal(&name_of(signal)).map_or(Dimension::Voltage, |it| it.1);
    match dimension {
        Dimension::Share => format!("{} %", (value * 1e8).round() / 1e6),
        Dimension::Voltage => format!("{value} V"),
        other => format!("{value} {}", other.usual_unit()),
    }
}
