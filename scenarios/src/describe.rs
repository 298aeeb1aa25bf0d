//! Says in a few words what an expectation checks, for tables.

use crate::expect::{Cell, Check, EnergyPart, EventPattern, Kept, Moment, Times, When, Window};
use crate::names;
use crate::section::{Section, shown};
use bms_core::protect::Reasons;
use sim::observe::Display;
use sim::time::{SimTime, Span};
use sim::trace::Switch;
use toml::Spanned;
use toml::de::DeValue;

/// What a case says that is there to be refused.
pub(crate) const REFUSED: &str = "the gate refuses it";

/// What an expectation says, where its author did not.
pub(crate) fn describe(section: &Section<'_>, check: &Check) -> String {
    let name = |key| section.text(key).unwrap_or_default();
    match check {
        Check::Event { event, window, .. } => due(&event_name(event), window),
        Check::Never { when, .. } => format!("never {} {}", name("never"), range(when)),
        Check::Count { times, .. } => format!("{} {}", name("count"), often(*times)),
        Check::Order { events, .. } => {
            let names: Vec<_> = events.iter().map(event_name).collect();
            format!("in order: {}", names.join(", "))
        }
        Check::Band { when, .. } => format!("{} {}", name("value"), range(when)),
        Check::Held { when, at_least, .. } => {
            format!("{} held for {} {}", name("value"), span(*at_least), range(when))
        }
        Check::Leds { when, pattern } => format!("LEDs {pattern} {}", range(when)),
        Check::State { when, .. } => format!("state {} {}", name("state"), range(when)),
        Check::Switches { when, wanted } => {
            format!("{} {}", all_switches(section, wanted), range(when))
        }
        Check::Bleeding { when, cells } => format!("{} {}", bleeding(*cells), range(when)),
        Check::Transfer { when, donor, receiver } => {
            format!("{} {}", transfer(*donor, *receiver), range(when))
        }
        Check::Records { times, .. } => {
            let plural = if *times == 1 { "" } else { "s" };
            format!("{times} record{plural} of {}", name("records"))
        }
        Check::History { kept, .. } => history(section, *kept),
        Check::Charge { when, .. } => format!("charge {}", range(when)),
        Check::SquareTime { when, .. } => format!("I²t {}", range(when)),
        Check::Display { when, display } => {
            format!("display {} {}", on_display(section, display), range(when))
        }
        Check::Mean { when, .. } => format!("mean of {} {}", name("mean"), range(when)),
        Check::Change { when, .. } => format!("change of {} {}", name("change"), range(when)),
        Check::Fact { of, said, .. } => format!("{of}: {}", said.join(", ")),
        Check::Remark { when, wanted, .. } => {
            format!("{} {}", if *wanted { "a remark" } else { "no remark" }, range(when))
        }
        Check::Energy { share } => format!("the energy book closes to {} %", share * 100.0),
        Check::Joules { part, when, .. } => {
            let when = when.as_ref().map(|when| format!(" {}", range(when))).unwrap_or_default();
            format!("energy: {}{when}", energy_name(*part))
        }
        Check::Refused { .. } => REFUSED.to_owned(),
    }
}

/// The same with those of sheets, which no check holds: nothing looks at them.
fn all_switches(section: &Section<'_>, wanted: &[(Switch, bool)]) -> String {
    let own =
        |name: &str| names::SWITCHES.iter().any(|(long, short, _)| [*long, *short].contains(&name));
    let leaves = section.section("switches").map(|table| table.leaves()).unwrap_or_default();
    let sheets = leaves.iter().filter(|leaf| !own(&leaf.name));
    let sheets = sheets
        .map(|leaf| format!("{} {}", leaf.name, leaf.value.get_ref().as_str().unwrap_or_default()));
    let own = (!wanted.is_empty()).then(|| switches(wanted));
    own.into_iter().chain(sheets).collect::<Vec<_>>().join(", ")
}

/// What stands on a display, or on the page of a sheet, which no check holds.
fn on_display(section: &Section<'_>, display: &Display) -> String {
    let shown = shown_there(display);
    let value = section.value("display").map(Spanned::get_ref);
    let page = value.and_then(|value| match value {
        DeValue::Table(table) => table.get("page").and_then(|page| page.get_ref().as_str()),
        value => value.as_str(),
    });
    let page = page.filter(|_| display.page.is_none());
    [page.unwrap_or_default(), &shown].join(" ").trim().to_owned()
}

/// Switches with what each does, in words.
pub(crate) fn switches(wanted: &[(Switch, bool)]) -> String {
    let of = |on: bool| if on { "on" } else { "off" };
    let each = wanted.iter().map(|(it, on)| format!("{} {}", switch_name(*it), of(*on)));
    each.collect::<Vec<_>>().join(", ")
}

/// What stands on the display, in words.
#[must_use]
pub fn shown_there(display: &Display) -> String {
    let page = display.page.map(|page| page.name().to_owned());
    let lines = display.lines.iter().map(|line| format!("\"{line}\""));
    page.into_iter().chain(lines).collect::<Vec<_>>().join(" ")
}

fn due(event: &str, window: &Window) -> String {
    match (&window.cause, &window.anchor) {
        (Some(cause), _) => format!("{event} as {} says", cause.requirement),
        (None, None) => format!("{event} at {}", shown(window.at)),
        (None, Some((anchor, _))) => {
            format!("{event} {} after {}", shown(window.at), event_name(anchor))
        }
    }
}

fn often(times: Times) -> String {
    let count = |times: usize| if times == 1 { "once".into() } else { format!("{times} times") };
    match (times.least, times.most) {
        (least, Some(most)) if least == most => format!("exactly {}", count(least)),
        (0, Some(most)) => format!("at most {}", count(most)),
        (least, Some(most)) => format!("{least} to {most} times"),
        (least, None) => format!("at least {}", count(least)),
    }
}

pub(crate) fn bleeding(cells: u32) -> String {
    let numbers: Vec<_> =
        (0..32).filter(|bit| cells >> bit & 1 == 1).map(|bit| (bit + 1).to_string()).collect();
    match numbers.as_slice() {
        [] => "no cell is bled".to_owned(),
        [one] => format!("cell {one} alone is bled"),
        several => format!("cells {} are bled", several.join(", ")),
    }
}

fn transfer(donor: Option<Cell>, receiver: Option<Cell>) -> String {
    let cell = |cell| match cell {
        Cell::Number(number) => format!("cell {}", number + 1),
        Cell::Lowest => "the lowest cell".to_owned(),
        Cell::Highest => "the highest cell".to_owned(),
    };
    match (donor, receiver) {
        (Some(donor), Some(receiver)) => {
            format!("transfer from {} to {}", cell(donor), cell(receiver))
        }
        _ => "no transfer".to_owned(),
    }
}

fn history(section: &Section<'_>, kept: Kept) -> String {
    let names: Vec<_> = section.texts("records").into_iter().map(|(name, _)| name).collect();
    let which = match kept {
        Kept::All => "",
        Kept::Newest => "newest ",
        Kept::Oldest => "oldest ",
    };
    format!("{which}records: {}", names.join(", "))
}

fn range(when: &When) -> String {
    match when {
        When::InForce { reasons, .. } => {
            let names: Vec<_> = reasons.iter().map(protection_name).collect();
            format!("during {}", names.join(", "))
        }
        When::Phase(name) => format!("during phase {name}"),
        When::Span { from, to } if from == to => match from {
            Moment::At(at) => format!("at {}", shown(*at)),
            Moment::After { .. } => moment(from),
        },
        When::Span { from, to } => format!("from {} to {}", moment(from), moment(to)),
    }
}

/// A moment as people write it.
#[must_use]
pub fn moment(moment: &Moment) -> String {
    match moment {
        Moment::At(at) => shown(*at),
        Moment::After { event, occurrence, delay } => {
            let which = if *occurrence == 1 { String::new() } else { format!(" no. {occurrence}") };
            let delay = if delay.0 == 0 { String::new() } else { format!("{} ", span(*delay)) };
            format!("{delay}after {}{which}", event_name(event))
        }
    }
}

fn span(span: Span) -> String {
    shown(SimTime(span.0))
}

/// The name of an event in files.
#[must_use]
pub fn event_name(event: &EventPattern) -> String {
    if let EventPattern::Phase(name, begins) = event {
        return format!("phase {name} {}", if *begins { "begins" } else { "ends" });
    }
    if let EventPattern::Waiting(name) = event {
        return name.to_string();
    }
    if let EventPattern::Shown(text) = event {
        return format!("display shows {text}");
    }
    if let EventPattern::Replied(bytes) = event {
        let bytes = bytes.as_deref().map(names::hexadecimal).unwrap_or_default();
        return format!("reply {bytes}").trim_end().to_owned();
    }
    let found = names::events().into_iter().find(|(_, known)| known == event);
    found.map(|(name, _)| name).unwrap_or_default()
}

/// The name of a switch in files.
#[must_use]
pub fn switch_name(switch: Switch) -> &'static str {
    names::SWITCHES.iter().find(|(_, _, known)| *known == switch).map_or("", |(name, ..)| name)
}

/// The name of an entry of the energy book in files.
#[must_use]
pub fn energy_name(part: EnergyPart) -> &'static str {
    EnergyPart::NAMES.iter().find(|(_, known)| *known == part).map_or("", |(name, _)| name)
}

/// The name of a protection, for tables and plots.
#[must_use]
pub fn protection_name(reason: Reasons) -> &'static str {
    names::PROTECTIONS.iter().find(|(_, known)| *known == reason).map_or("", |(name, _)| name)
}
