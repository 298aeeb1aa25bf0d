//! What a pack does and shows that is no number, as files say it: the same words in expectations
//! and in conditions.

use crate::diagnostics::Problem;
use crate::names;
use crate::section::Section;
use crate::waiting;
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
    let mut told = wanted.len();
    for name in section.sink.vocabulary().switches() {
        if table.has(name) {
            table.choice(name, "state of a switch", &[("on", ()), ("off", ())]);
            told += 1;
        }
    }
    let read_all = table.leaves().len() == told;
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
        return Some(Display { page: page(section, "display")?, lines: Vec::new() });
    }
    let table = section.section("display")?;
    let page = if table.has("page") { Some(page(&table, "page")) } else { None };
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
        Some(read) => read?,
        None => None,
    };
    let lines = written.into_iter().map(|(line, _)| line.into()).collect();
    Some(Display { page, lines })
}

/// The page that a key names; nothing in it where a sheet has that page and no display.
fn page(section: &Section<'_>, key: &'static str) -> Option<Option<Page>> {
    let words = section.sink.vocabulary();
    let own = Page::NAMES.map(|(name, page)| (name, Some(page)));
    let sheets: Vec<_> = words.pages().map(|name| (name, None)).collect();
    let known = if sheets.is_empty() { &own[..] } else { &sheets[..] };
    let word = section.text(key)?;
    let all: Vec<_> = own.into_iter().chain(sheets.iter().copied()).collect();
    if let Some((_, page)) = all.iter().find(|(name, _)| *name == word) {
        return Some(*page);
    }
    let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
    match waiting::help(|sheet| sheet.pages.contains_key(word)) {
        Some(help) => {
            let title = format!("unknown page of the display `{word}`");
            let problem = Problem::new(title, section.span_of(key)).label("not known");
            section.sink.report(problem.help(help));
        }
        None => section.sink.unknown("page of the display", word, section.span_of(key), &names),
    }
    None
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
    if let Some(own) = section.sink.vocabulary().protections() {
        let known: Vec<_> = own.iter().map(String::as_str).collect();
        if !known.contains(&word) {
            section.sink.unknown("protection", word, span, &known);
        }
        // Nothing looks at it, as the product waits: its name is all that tells.
        let same = names::PROTECTIONS.iter().find(|(name, _)| *name == word);
        let reason = same.map_or(Reasons::empty(), |(_, reason)| *reason);
        return known.contains(&word).then_some(reason);
    }
    let known = names::PROTECTIONS.iter().find(|(name, _)| *name == word);
    if known.is_none() {
        let names: Vec<_> = names::PROTECTIONS.iter().map(|(name, _)| *name).collect();
        section.sink.unknown("protection", word, span, &names);
    }
    known.map(|(_, reason)| *reason)
}
