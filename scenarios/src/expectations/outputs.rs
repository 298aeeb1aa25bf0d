//! Checks of what the pack does and shows: LEDs, mode, switches, balancing, display, alarm records.

use super::Context;
use super::moments::{pattern, patterns, read_when};
use crate::diagnostics::Problem;
use crate::expect::{Cell, Check, EventPattern, Kept};
use crate::quantity::Dimension;
use crate::section::Section;
use crate::states;
use bms_core::protect::Reasons;
use toml::de::DeValue;

/// `leds`: the pattern that is shown, at a moment or throughout a span.
pub(super) fn read_leds(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    if !["from", "to", "during"].iter().any(|key| section.has(key)) {
        section.missing("at", "at = \"5 s\"");
    }
    let pattern = states::leds(section)?;
    Some(Check::Leds { when: read_when(section, context)?, pattern })
}

/// `state`: the mode of the pack.
pub(super) fn read_state(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let mode = states::mode(section);
    let when = read_when(section, context)?;
    Some(Check::State { when, mode: mode? })
}

/// `switches`: which conduct.
pub(super) fn read_switches(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let wanted = states::switches(section);
    let when = read_when(section, context)?;
    Some(Check::Switches { when, wanted: wanted? })
}

/// `bleeding`: the cells that are bled.
pub(super) fn read_bleeding(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let cells = states::bleeding(section, context.cells);
    let when = read_when(section, context)?;
    Some(Check::Bleeding { when, cells: cells? })
}

/// `display`: what a person reads there.
pub(super) fn read_display(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let display = states::display(section);
    let when = read_when(section, context)?;
    Some(Check::Display { when, display: display? })
}

/// `transfer`: from which cell to which, or `"none"`.
pub(super) fn read_transfer(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let when = read_when(section, context);
    if !matches!(section.value("transfer")?.get_ref(), DeValue::Table(_)) {
        section.choice("transfer", "transfer", &[("none", ())])?;
        return Some(Check::Transfer { when: when?, donor: None, receiver: None });
    }
    let table = section.section("transfer")?;
    table.missing("from", "from = 5");
    table.missing("to", "to = \"lowest\"");
    let (donor, receiver) = (end(&table, "from", context), end(&table, "to", context));
    table.finish();
    Some(Check::Transfer { when: when?, donor: Some(donor?), receiver: Some(receiver?) })
}

fn end(table: &Section<'_>, key: &'static str, context: &Context<'_>) -> Option<Cell> {
    let value = table.value(key)?;
    if value.get_ref().as_str().is_some() {
        return table.choice(key, "cell", &[("lowest", Cell::Lowest), ("highest", Cell::Highest)]);
    }
    states::cell_number(table, value, context.cells).map(Cell::Number)
}

/// `records`: one event with `times`, or a list in order.
pub(super) fn read_records(section: &Section<'_>) -> Option<Check> {
    if section.value("records")?.get_ref().as_array().is_some() {
        return read_history(section);
    }
    section.missing("times", "times = 1");
    let times = section.count("times");
    let (reason, entered) = recorded(section, &pattern(section, "records")?)?;
    Some(Check::Records { reason, entered, times: times? })
}

fn recorded(section: &Section<'_>, event: &EventPattern) -> Option<(Reasons, bool)> {
    match event {
        EventPattern::Protection(reason, entered) => Some((*reason, *entered)),
        // Nothing looks at it: a scenario with such words waits.
        EventPattern::Waiting(name) if name.ends_with(" enters") || name.ends_with(" exits") => {
            Some((Reasons::empty(), name.ends_with(" enters")))
        }
        _ => {
            let title = "alarm records hold protections only";
            let problem = Problem::new(title, section.span_of("records"));
            section.sink.report(problem.help("write \"SC enters\" or \"SC exits\""));
            None
        }
    }
}

fn read_history(section: &Section<'_>) -> Option<Check> {
    let events = patterns(section, "records");
    let kept = match (section.boolean("newest"), section.boolean("oldest")) {
        (Some(true), Some(true)) => {
            let title = "records are the newest or the oldest, not both";
            section.sink.report(Problem::new(title, section.span_of("oldest")));
            Kept::Newest
        }
        (Some(true), _) => Kept::Newest,
        (_, Some(true)) => Kept::Oldest,
        _ => Kept::All,
    };
    let soc = section.section("soc").map(|soc| {
        let read =
            |key, open| if soc.has(key) { soc.float(key, Dimension::Share) } else { Some(open) };
        let band = read("low", 0.0).zip(read("high", 1.0));
        soc.finish();
        band
    });
    let records: Vec<_> = events?.iter().map(|event| recorded(section, event)).collect();
    let records = records.into_iter().collect::<Option<Vec<_>>>()?;
    let soc = match soc {
        None => None,
        Some(band) => Some(band?),
    };
    Some(Check::History { records, kept, soc })
}
