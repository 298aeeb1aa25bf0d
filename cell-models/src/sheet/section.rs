//! Typed reading of TOML tables that records every problem and goes on; a key that nobody asked
//! for is a problem too.

use super::number;
use super::{SheetError, SheetProblem, did_you_mean};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A problem at a place in the text, in bytes.
pub(super) struct Problem {
    span: Range<usize>,
    what: String,
    expected: String,
    hint: String,
}

/// Where problems are collected.
#[derive(Default)]
pub(super) struct Sink(RefCell<Vec<Problem>>);

impl Sink {
    /// Records a problem.
    pub(super) fn report(
        &self,
        span: Range<usize>,
        what: impl Into<String>,
        expected: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let (what, expected, hint) = (what.into(), expected.into(), hint.into());
        self.0.borrow_mut().push(Problem { span, what, expected, hint });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// The problems as an error, in the order of the text.
    pub(super) fn into_error(self, text: &str) -> SheetError {
        let mut problems = self.0.into_inner();
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        let located = problems.into_iter().map(|problem| {
            let (line, column) = position(text, problem.span.start);
            let Problem { what, expected, hint, .. } = problem;
            SheetProblem { line, column, what, expected, hint }
        });
        let mut problems: Vec<_> = located.collect();
        problems.dedup();
        SheetError { problems }
    }

    fn wrong_kind(&self, value: &Spanned<DeValue<'_>>, key: &str, expected: &str) {
        let what = format!("`{key}` is {}", kind(value.get_ref()));
        self.report(value.span(), what, expected, "");
    }
}

/// Line and column of a byte offset, both from 1, the column in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A table being read.
pub(super) struct Section<'a> {
    table: &'a DeTable<'a>,
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// Its name in messages.
    pub(super) name: String,
    asked: RefCell<BTreeSet<String>>,
    /// Where its problems go.
    pub(super) sink: &'a Sink,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        name: impl Into<String>,
        table: &'a DeTable<'a>,
        span: Range<usize>,
        sink: &'a Sink,
    ) -> Self {
        Self { table, span, name: name.into(), asked: RefCell::default(), sink }
    }

    /// The raw value of a key.
    pub(super) fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.table.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Where a key's value stands; the whole section if it is not written.
    pub(super) fn span_of(&self, key: &str) -> Range<usize> {
        self.value(key).map_or(self.span.clone(), Spanned::span)
    }

    /// The value of a key that must be there; `example` shows what to add.
    pub(super) fn required(&self, key: &str, example: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let value = self.value(key);
        if value.is_none() {
            let what = format!("`{key}` is missing in {}", self.name);
            self.sink.report(self.span.clone(), what, "", format!("add `{example}`"));
        }
        value
    }

    pub(super) fn text(&self, key: &str, example: &str) -> Option<&'a str> {
        let value = self.required(key, example)?;
        let DeValue::String(text) = value.get_ref() else {
            self.sink.wrong_kind(value, key, "a text in quotes");
            return None;
        };
        Some(text)
    }

    /// A number that must be there, its decimal point moved by `shift`.
    pub(super) fn number(&self, key: &str, shift: i32, example: &str) -> Option<f64> {
        number_of(self.sink, self.required(key, example)?, key, shift)
    }

    /// A number that may be left out, and what it then is.
    pub(super) fn number_or(&self, key: &str, shift: i32, otherwise: f64) -> Option<f64> {
        match self.value(key) {
            Some(value) => number_of(self.sink, value, key, shift),
            None => Some(otherwise),
        }
    }

    /// A list of numbers; one bare number counts as a list of one.
    pub(super) fn numbers(&self, key: &str, shift: i32, example: &str) -> Option<Vec<f64>> {
        numbers_of(self.sink, self.required(key, example)?, key, shift)
    }

    /// A list of lists of numbers.
    pub(super) fn rows(&self, key: &str, shift: i32, example: &str) -> Option<Vec<Vec<f64>>> {
        let value = self.required(key, example)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.sink.wrong_kind(value, key, "a list of lists of numbers");
            return None;
        };
        let rows: Vec<_> =
            items.iter().map(|item| numbers_of(self.sink, item, key, shift)).collect();
        rows.into_iter().collect()
    }

    /// Two numbers, the lower and the upper end; `otherwise` if it is not written.
    pub(super) fn range_or(&self, key: &str, otherwise: (f64, f64)) -> Option<(f64, f64)> {
        if !self.has(key) {
            return Some(otherwise);
        }
        let ends = self.numbers(key, 0, "")?;
        let [low, high] = ends[..] else {
            let what = format!("`{key}` has {} numbers", ends.len());
            self.sink.report(self.span_of(key), what, "two, the lower and the upper end", "");
            return None;
        };
        Some((low, high))
    }

    /// One of a few words; `otherwise` if it is not written.
    pub(super) fn choice_or<T: Copy>(
        &self,
        key: &str,
        choices: &[(&str, T)],
        otherwise: T,
    ) -> Option<T> {
        if !self.has(key) {
            return Some(otherwise);
        }
        let word = self.text(key, "")?;
        let found = choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.unknown(&format!("`{key}`"), word, self.span_of(key), &known);
        }
        found
    }

    /// A table below that must be there.
    pub(super) fn section(&self, key: &str) -> Option<Section<'a>> {
        let value = self.required(key, &format!("[{}]", self.path(key)))?;
        self.table_of(value, key)
    }

    /// A table below that may be left out.
    pub(super) fn section_if_there(&self, key: &str) -> Option<Section<'a>> {
        self.table_of(self.value(key)?, key)
    }

    fn table_of(&self, value: &'a Spanned<DeValue<'a>>, key: &str) -> Option<Section<'a>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.sink.wrong_kind(value, key, &format!("a table, [{}]", self.path(key)));
            return None;
        };
        Some(Section::new(format!("[{}]", self.path(key)), table, value.span(), self.sink))
    }

    /// The tables of a list, `[[key]]`.
    pub(super) fn sections(&self, key: &str) -> Vec<Section<'a>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let name = format!("[[{}]]", self.path(key));
        let DeValue::Array(items) = value.get_ref() else {
            self.sink.wrong_kind(value, key, &format!("a list of tables, {name}"));
            return Vec::new();
        };
        let table = |item: &'a Spanned<DeValue<'a>>| match item.get_ref() {
            DeValue::Table(table) => {
                Some(Section::new(name.clone(), table, item.span(), self.sink))
            }
            _ => {
                self.sink.wrong_kind(item, key, &format!("a table, {name}"));
                None
            }
        };
        items.iter().filter_map(table).collect()
    }

    /// The dotted name of a key of this section.
    fn path(&self, key: &str) -> String {
        match self.name.trim_matches(['[', ']']) {
            "the file" => key.to_owned(),
            own => format!("{own}.{key}"),
        }
    }

    /// Every key that was not asked for, with its value.
    pub(super) fn others(&self) -> Vec<(String, &'a Spanned<DeValue<'a>>)> {
        let asked = self.asked.borrow();
        let others = self.table.iter().filter(|(key, _)| !asked.contains(&**key.get_ref()));
        others.map(|(key, value)| (key.get_ref().to_string(), value)).collect()
    }

    /// Reports every key that nobody asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        let known: Vec<&str> = asked.iter().map(String::as_str).collect();
        for key in self.table.keys().filter(|key| !asked.contains(&**key.get_ref())) {
            let what = format!("key of {}", self.name);
            self.unknown(&what, key.get_ref(), key.span(), &known);
        }
    }

    pub(super) fn unknown(&self, what: &str, word: &str, span: Range<usize>, known: &[&str]) {
        let hint = match did_you_mean(word, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known: {}", known.join(", ")),
        };
        self.sink.report(span, format!("`{word}` is no {what}"), "", hint);
    }
}

fn number_of(sink: &Sink, value: &Spanned<DeValue<'_>>, key: &str, shift: i32) -> Option<f64> {
    let written = match value.get_ref() {
        DeValue::Float(number) => number.as_str(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        _ => {
            sink.wrong_kind(value, key, "a decimal number without a unit");
            return None;
        }
    };
    let read = number::scaled(written, shift).filter(|number| !number.is_nan());
    if read.is_none() {
        sink.report(value.span(), format!("`{key}` is {written}"), "a decimal number", "");
    }
    read
}

fn numbers_of(
    sink: &Sink,
    value: &Spanned<DeValue<'_>>,
    key: &str,
    shift: i32,
) -> Option<Vec<f64>> {
    let DeValue::Array(items) = value.get_ref() else {
        return number_of(sink, value, key, shift).map(|number| vec![number]);
    };
    let numbers: Vec<_> = items.iter().map(|item| number_of(sink, item, key, shift)).collect();
    numbers.into_iter().collect()
}
