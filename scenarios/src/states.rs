//! What a pack does and shows that is no number, as files say it: the same words in expectations
//! and in conditions.

use crate::diagnostics::Problem;
use crate::names;
use crate::section::Section;
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use sim::display::Page;
use sim::observe::Display;
use sim::trace::Switch;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// Six LEDs: four for SOC, alarm, run.
const LEDS: usize = 6;

/// `leds`: the pattern, without blanks.
pub(crate) fn leds(section: &Section<'_>) -> Option<String> {
    let text = section.text("leds")?;
    let pattern: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if pattern.chars().count() != LEDS || pattern.chars().any(|c| !"o#*-".contains(c)) {
        let problem = Problem::new("expected six LEDs", section.span_of("leds"));
        let help = "four for SOC, alarm, run; `o` off, `#` on, `*` flash, `-` any: \"##oo # *\"";
        section.sink.report(problem.label("not a pattern of six").help(help));
    }
    Some(pattern)
}

/// `state`: the mode of the pack.
pub(crate) fn mode(section: &Section<'_>) -> Option<Mode> {
    section.choice("state", "state", names::MODES)
}

/// `switches`: each with whether it conducts.
pub(crate) fn switches(section: &Section<'_>) -> Option<Vec<(Switch, bool)>> {
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
    if table.leaves().is_empty() {
        let problem = Problem::new("no switch is named", section.span_of("switches"));
        let help = "write `switches = { charge = \"off\", discharge = \"on\" }`";
        section.sink.report(problem.label("empty").help(help));
        return None;
    }
    read_all.then_some(wanted)
}

/// `bleeding`: the cells that are bled, of a pack of so many; bit 0 is the most negative.
pub(crate) fn bleeding(section: &Section<'_>, cells: u8) -> Option<u32> {
    let value = section.value("bleeding")?;
    let Some(items) = value.get_ref().as_array() else {
        section.sink.wrong_kind(value, "a list of cells, such as [8], or [] for none");
        return None;
    };
    let numbers: Vec<_> = items.iter().map(|item| cell_number(section, item, cells)).collect();
    numbers.into_iter().try_fold(0, |mask, cell| Some(mask | 1 << cell?))
}

/// A cell by its number from 1, as one from 0.
pub(crate) fn cell_number(
    section: &Section<'_>,
    value: &Spanned<DeValue<'_>>,
    cells: u8,
) -> Option<usize> {
    let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
    let cells = usize::from(cells);
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

/// `display`: a page, or a table with a `page`, `lines` that stand on it, or both.
pub(crate) fn display(section: &Section<'_>) -> Option<Display> {
    if !matches!(section.value("display")?.get_ref(), DeValue::Table(_)) {
        let page = section.choice("display", "page of the display", &Page::NAMES);
        return Some(Display { page: Some(page?), lines: Vec::new() });
    }
    let table = section.section("display")?;
    let page = if table.has("page") {
        Some(table.choice("page", "page of the display", &Page::NAMES))
    } else {
        None
    };
    let written = table.texts("lines");
    table.finish();
    for (line, span) in &written {
        report_line(section, line, span);
    }
    if page.is_none() && written.is_empty() {
        let title = "what shall stand on the display?";
        let problem = Problem::new(title, section.span_of("display")).label("nothing is said");
        let help = "write `display = { page = \"alarms\", lines = [\"Latest OV\"] }`";
        section.sink.report(problem.help(help));
        return None;
    }
    let page = match page {
        Some(read) => Some(read?),
        None => None,
    };
    let lines = written.into_iter().map(|(line, _)| line.into()).collect();
    Some(Display { page, lines })
}

/// A line is one line, and no page has an empty one.
fn report_line(section: &Section<'_>, line: &str, span: &Range<usize>) {
    if line.trim().is_empty() || line.contains('\n') {
        let problem = Problem::new("expected one line of the display", span.clone());
        section.sink.report(problem.label("not one line").help("write it as it stands there"));
    }
}

/// The protections that a key names: one, or a list of them.
pub(crate) fn protections(section: &Section<'_>, key: &'static str) -> Option<Reasons> {
    let words = section.texts(key);
    if words.is_empty() {
        if section.value(key).is_some_and(|value| value.get_ref().is_array()) {
            let problem = Problem::new("no protection is named", section.span_of(key));
            section.sink.report(problem.label("empty").help(format!("write `{key} = [\"OV\"]`")));
        }
        return None;
    }
    let found = words.into_iter().map(|(word, span)| protection(section, word, span));
    let found: Vec<_> = found.collect();
    found.into_iter().try_fold(Reasons::empty(), |all, it| Some(all | it?))
}

/// The protection that a word names.
pub(crate) fn protection(section: &Section<'_>, word: &str, span: Range<usize>) -> Option<Reasons> {
    let known = names::PROTECTIONS.iter().find(|(name, _)| *name == word);
    if known.is_none() {
        let names: Vec<_> = names::PROTECTIONS.iter().map(|(name, _)| *name).collect();
        section.sink.unknown("protection", word, span, &names);
    }
    known.map(|(_, reason)| *reason)
}
