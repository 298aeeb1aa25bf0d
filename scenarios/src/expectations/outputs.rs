//! Checks of what the pack does and shows: LEDs, mode, switches, balancing, alarm records.

use super::Context;
use super::moments::{pattern, patterns, read_when};
use crate::diagnostics::Problem;
use crate::expect::{Cell, Check, EventPattern, Kept};
use crate::names;
use crate::quantity::Dimension;
use crate::section::Section;
use bms_core::protect::Reasons;
use toml::Spanned;
use toml::de::DeValue;

/// Six LEDs: four for SOC, alarm, run.
const LEDS: usize = 6;

/// `leds`: the pattern that is shown, at a moment or throughout a span.
pub(super) fn read_leds(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    if !["from", "to", "during"].iter().any(|key| section.has(key)) {
        section.missing("at", "at = \"5 s\"");
    }
    let text = section.text("leds")?;
    let pattern: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if pattern.chars().count() != LEDS || pattern.chars().any(|c| !"o#*-".contains(c)) {
        let problem = Problem::new("expected six LEDs", section.span_of("leds"));
        let help = "four for SOC, alarm, run; `o` off, `#` on, `*` flash, `-` any: \"##oo # *\"";
        section.sink.report(problem.label("not a pattern of six").help(help));
    }
    Some(Check::Leds { when: read_when(section, context)?, pattern })
}

/// `state`: the mode of the pack.
pub(super) fn read_state(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let mode = section.choice("state", "state", names::MODES);
    let when = read_when(section, context)?;
    Some(Check::State { when, mode: mode? })
}

/// `switches`: which conduct.
pub(super) fn read_switches(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let table = section.section("switches")?;
    let mut wanted = Vec::new();
    for &(name, key, switch) in names::SWITCHES {
        let short = table.has(key);
        if short || table.has(name) {
            let key = if short { key } else { name };
            let on = table.choice(key, "state of a switch", &[("on", true), ("off", false)]);
            wanted.extend(on.map(|on| (switch, on)));
        }
    }
    let read_all = table.leaves().len() == wanted.len();
    table.finish();
    let when = read_when(section, context)?;
    if table.leaves().is_empty() {
        let problem = Problem::new("no switch is named", section.span_of("switches"));
        let help = "write `switches = { charge = \"off\", discharge = \"on\" }`";
        section.sink.report(problem.label("empty").help(help));
        return None;
    }
    read_all.then_some(Check::Switches { when, wanted })
}

/// `bleeding`: the cells that are bled.
pub(super) fn read_bleeding(section: &Section<'_>, context: &Context<'_>) -> Option<Check> {
    let value = section.value("bleeding")?;
    let Some(items) = value.get_ref().as_array() else {
        section.sink.wrong_kind(value, "a list of cells, such as [8], or [] for none");
        return None;
    };
    let numbers: Vec<_> = items.iter().map(|item| cell_number(section, item, context)).collect();
    let when = read_when(section, context)?;
    let cells = numbers.into_iter().try_fold(0, |mask, cell| Some(mask | 1 << cell?))?;
    Some(Check::Bleeding { when, cells })
}

/// A cell by its number from 1, as one from 0.
fn cell_number(
    section: &Section<'_>,
    value: &Spanned<DeValue<'_>>,
    context: &Context<'_>,
) -> Option<usize> {
    let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
    let cells = usize::from(context.cells);
    match number {
        Some(number) if (1..=cells).contains(&number) => Some(number - 1),
        Some(number) => {
            let title = format!("this pack has no cell {number}");
            let problem = Problem::new(title, value.span());
            section.sink.report(problem.label(format!("it has {cells} cells")));
            None
        }
        None => {
            section.sink.wrong_kind(value, "the number of a cell, from 1");
            None
        }
    }
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
        return table.choice(
            key,
            "cell",
            &[("lowest", Cell::Lowest), ("highest", Cell::Highest)],
        );
    }
    cell_number(table, value, context).map(Cell::Number)
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
        let read = |key, open| if soc.has(key) { soc.float(key, Dimension::Share) } else { Some(open) };
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
