//! Typed reading of TOML tables that records every problem and goes on, so that a file's problems
//! are all found at once. A key that nobody asked for is a problem too.

use crate::bus::Bus;
use crate::diagnostics::{Problem, did_you_mean};
use crate::heard::{Heard, Shape, path_of};
use crate::quantity::{Dimension, Quantity};
use crate::shelf::Shelf;
use crate::waiting::Words;
use sim::time::{SimTime, Span};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(crate) use crate::times::{shown, time, time_text};

/// Where problems are collected.
#[derive(Default)]
pub(crate) struct Sink {
    problems: RefCell<Vec<Problem>>,
    /// The files beside the texts.
    shelf: Shelf,
    /// Which keys are asked for.
    pub(crate) heard: Heard,
    /// The words of what is not served yet.
    vocabulary: RefCell<Rc<Words>>,
    phases: RefCell<Vec<Arc<str>>>,
    /// Places whose value is known to be wrong.
    spoilt: RefCell<Vec<Range<usize>>>,
}

/// How much was told at some point.
pub(crate) struct Mark {
    problems: usize,
    spoilt: usize,
}

impl Sink {
    /// A sink for texts with files beside them.
    pub(crate) fn beside(shelf: Shelf) -> Self {
        Self { shelf, ..Self::default() }
    }

    /// The files beside the texts.
    pub(crate) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// The words of what this scenario waits for: of its product, its needs, its bus.
    pub(crate) fn vocabulary(&self) -> Rc<Words> {
        self.vocabulary.borrow().clone()
    }

    /// Says whose words the following tables may use.
    pub(crate) fn speak(&self, words: Words) {
        *self.vocabulary.borrow_mut() = Rc::new(words);
    }

    /// From here on, names can be of these packs.
    pub(crate) fn know_bus(&self, bus: Bus) {
        let mut words = Words::clone(&self.vocabulary.borrow());
        words.bus = Some(bus);
        self.speak(words);
    }

    /// How many problems there are by now.
    pub(crate) fn count(&self) -> usize {
        self.problems.borrow().len()
    }

    /// The phases of the scenario that is read, which events can be of.
    pub(crate) fn phases(&self) -> Vec<Arc<str>> {
        self.phases.borrow().clone()
    }

    /// From here on, events can be of these phases.
    pub(crate) fn know_phases(&self, names: Vec<Arc<str>>) {
        *self.phases.borrow_mut() = names;
    }

    pub(crate) fn report(&self, problem: Problem) {
        let inside = |whole: &Range<usize>| {
            whole.start <= problem.span.start && problem.span.end <= whole.end
        };
        if !self.spoilt.borrow().iter().any(inside) {
            self.problems.borrow_mut().push(problem);
        }
    }

    /// The value at a place is wrong and that was told: what readers make of it would only mislead.
    pub(crate) fn spoil(&self, span: Range<usize>) {
        let mut spoilt = self.spoilt.borrow_mut();
        if !spoilt.contains(&span) {
            spoilt.push(span);
        }
    }

    /// How much was told by now.
    pub(crate) fn mark(&self) -> Mark {
        Mark { problems: self.count(), spoilt: self.spoilt.borrow().len() }
    }

    /// Takes back what was told since then.
    pub(crate) fn take_since(&self, mark: &Mark) -> Vec<Problem> {
        self.spoilt.borrow_mut().truncate(mark.spoilt);
        self.problems.borrow_mut().split_off(mark.problems)
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    /// Reports what is no quantity of `dimension`, or passes the quantity on.
    pub(crate) fn quantity(
        &self,
        value: &Spanned<DeValue<'_>>,
        dimension: Dimension,
    ) -> Option<Quantity> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            _ => {
                self.wrong_kind(value, dimension.name());
                return None;
            }
        };
        self.quantity_text(&text, value.span(), dimension)
    }

    /// The same for a text, or a part of one, that stands at `span`.
    pub(crate) fn quantity_text(
        &self,
        text: &str,
        span: Range<usize>,
        dimension: Dimension,
    ) -> Option<Quantity> {
        let quantity = Quantity::parse(text, dimension)
            .map_err(|error| {
                let title = format!("expected {}", dimension.name());
                let problem = Problem::new(title, span.clone());
                self.report(problem.label(error.what).help(error.hint));
            })
            .ok()?;
        if dimension == Dimension::Temperature && quantity.value() < ABSOLUTE_ZERO_C {
            let problem = Problem::new("there is no such temperature", span);
            self.report(problem.label("below absolute zero, -273.15 degC"));
        }
        Some(quantity)
    }

    /// The texts of a list with their places; one text alone counts as a list of one.
    pub(crate) fn texts<'v>(
        &self,
        value: &'v Spanned<DeValue<'v>>,
    ) -> Vec<(&'v str, Range<usize>)> {
        let items = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let text = |item: &'v Spanned<DeValue<'v>>| match item.get_ref() {
            DeValue::String(text) => Some((&**text, item.span())),
            _ => {
                self.wrong_kind(item, "a text");
                None
            }
        };
        items.into_iter().filter_map(text).collect()
    }

    /// Reports a value of the wrong kind.
    pub(crate) fn wrong_kind(&self, value: &Spanned<DeValue<'_>>, expected: &str) {
        let found = format!("this is {}", kind(value.get_ref()));
        self.report(Problem::new(format!("expected {expected}"), value.span()).label(found));
    }

    /// Reports a word that is not one of `known`.
    pub(crate) fn unknown(&self, what: &str, word: &str, span: Range<usize>, known: &[&str]) {
        let problem = Problem::new(format!("unknown {what} `{word}`"), span);
        self.report(match did_you_mean(word, known.iter().copied()) {
            Some(near) => problem.label("not known").help(format!("did you mean `{near}`?")),
            None => problem.label("not known").help(format!("known: {}", known.join(", "))),
        });
    }
}

/// Absolute zero, °C.
const ABSOLUTE_ZERO_C: f64 = -273.15;

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a bare number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A table being read; where a case overlays the file, the case's keys win.
pub(crate) struct Section<'a> {
    layers: Vec<&'a DeTable<'a>>,
    /// Where it stands, for what is missing.
    pub(crate) span: Range<usize>,
    name: String,
    /// Where it lies in its file, such as `pack.sense`.
    path: String,
    asked: RefCell<BTreeSet<&'static str>>,
    /// Where its problems go.
    pub(crate) sink: &'a Sink,
    /// The first of its list, in its layer.
    pub(crate) begins: bool,
}

impl<'a> Section<'a> {
    pub(crate) fn new(
        name: impl Into<String>,
        layers: Vec<&'a DeTable<'a>>,
        span: Range<usize>,
        sink: &'a Sink,
    ) -> Self {
        let name = name.into();
        let path = path_of(&name);
        Self { layers, span, name, path, asked: RefCell::default(), sink, begins: false }
    }

    /// Notes how a key is asked for.
    fn note(&self, key: &str, shape: impl FnOnce() -> Shape) {
        self.sink.heard.note(&self.path, key, shape);
    }

    /// The path of a table below.
    fn below(&self, key: &str, list: &str) -> String {
        let point = if self.path.is_empty() { "" } else { "." };
        format!("{}{point}{key}{list}", self.path)
    }

    /// The tables, from the one that wins to the lowest.
    pub(crate) fn tables(&self) -> &[&'a DeTable<'a>] {
        &self.layers
    }

    /// The raw value of a key.
    pub(crate) fn value(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.note(key, || Shape::Any);
        self.asked.borrow_mut().insert(key);
        self.layers.iter().find_map(|layer| layer.get(key))
    }

    /// Whether a key is written, without asking for it.
    pub(crate) fn has(&self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// Where a key's value stands; the whole section if it is not written.
    pub(crate) fn span_of(&self, key: &'static str) -> Range<usize> {
        self.value(key).map_or(self.span.clone(), Spanned::span)
    }

    /// Reports that a key is not there, unless it is there and wrong in another way.
    pub(crate) fn missing(&self, key: &'static str, example: &str) {
        if !self.has(key) {
            let title = format!("`{key}` is missing in {}", self.name);
            self.sink
                .report(Problem::new(title, self.span.clone()).help(format!("add `{example}`")));
        }
    }

    pub(crate) fn text(&self, key: &'static str) -> Option<&'a str> {
        self.note(key, || Shape::Text);
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => {
                self.sink.wrong_kind(value, "a text");
                None
            }
        }
    }

    pub(crate) fn boolean(&self, key: &'static str) -> Option<bool> {
        self.note(key, || Shape::Boolean);
        let value = self.value(key)?;
        value.get_ref().as_bool().or_else(|| {
            self.sink.wrong_kind(value, "true or false");
            None
        })
    }

    pub(crate) fn count(&self, key: &'static str) -> Option<usize> {
        self.note(key, || Shape::Count);
        let value = self.value(key)?;
        let parsed = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
        if parsed.is_none() {
            let label = "write it without quotes, sign or point";
            let title = "expected a whole number from 0";
            self.sink.report(Problem::new(title, value.span()).label(label));
        }
        parsed
    }

    pub(crate) fn quantity(&self, key: &'static str, dimension: Dimension) -> Option<Quantity> {
        self.note(key, || Shape::Quantity(dimension));
        self.sink.quantity(self.value(key)?, dimension)
    }

    pub(crate) fn float(&self, key: &'static str, dimension: Dimension) -> Option<f64> {
        Some(self.quantity(key, dimension)?.value())
    }

    /// A quantity that nature does not have below zero.
    pub(crate) fn magnitude(&self, key: &'static str, dimension: Dimension) -> Option<f64> {
        let value = self.float(key, dimension)?;
        if value < 0.0 {
            let problem = Problem::new(format!("`{key}` cannot be negative"), self.span_of(key));
            self.sink.report(problem.label("negative"));
        }
        Some(value)
    }

    /// A time that is not negative, on the nanosecond.
    pub(crate) fn time(&self, key: &'static str) -> Option<SimTime> {
        self.note(key, || Shape::Quantity(Dimension::Time));
        time(self.sink, self.value(key)?)
    }

    pub(crate) fn time_span(&self, key: &'static str) -> Option<Span> {
        Some(Span(self.time(key)?.0))
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(
        &self,
        key: &'static str,
        what: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        self.note(key, || Shape::Words(choices.iter().map(|it| it.0.to_owned()).collect()));
        let word = self.text(key)?;
        let found = choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.sink.unknown(what, word, self.span_of(key), &known);
        }
        found
    }

    /// A list of texts with their places; one text alone counts as a list of one.
    pub(crate) fn texts(&self, key: &'static str) -> Vec<(&'a str, Range<usize>)> {
        self.note(key, || Shape::Texts);
        self.value(key).map(|value| self.sink.texts(value)).unwrap_or_default()
    }

    /// A table below; in a case, the file's table lies under the case's.
    pub(crate) fn section(&self, key: &'static str) -> Option<Self> {
        self.note(key, || Shape::Table);
        let span = self.value(key)?.span();
        let mut layers = Vec::new();
        for value in self.layers.iter().filter_map(|layer| layer.get(key)) {
            match value.get_ref() {
                DeValue::Table(table) => layers.push(table),
                _ => self.sink.wrong_kind(value, "a table"),
            }
        }
        let section = Self::new(format!("[{key}]"), layers, span, self.sink);
        Some(Self { path: self.below(key, ""), ..section })
    }

    /// The tables of a `[[key]]` list: the file's, then the case's.
    pub(crate) fn sections(&self, key: &'static str) -> Vec<Self> {
        self.note(key, || Shape::Tables);
        self.asked.borrow_mut().insert(key);
        let mut sections = Vec::new();
        for value in self.layers.iter().rev().filter_map(|layer| layer.get(key)) {
            let DeValue::Array(items) = value.get_ref() else {
                self.sink.wrong_kind(value, &format!("a list of tables, [[{key}]]"));
                continue;
            };
            for (index, item) in items.iter().enumerate() {
                match item.get_ref() {
                    DeValue::Table(table) => {
                        let (name, layers) = (format!("[[{key}]]"), vec![table]);
                        let section = Self::new(name, layers, item.span(), self.sink);
                        let path = self.below(key, "[]");
                        sections.push(Self { begins: index == 0, path, ..section });
                    }
                    _ => self.sink.wrong_kind(item, "a table"),
                }
            }
        }
        sections
    }

    /// Every leaf below, with its dotted name; a name may also be quoted (`"voltage.cell_ov"`).
    pub(crate) fn leaves(&self) -> Vec<Leaf<'a>> {
        let mut leaves = Vec::new();
        for layer in self.layers.iter().rev() {
            collect(layer, "", &mut leaves);
        }
        leaves
    }

    /// Reports every key that nobody asked for.
    pub(crate) fn finish(&self) {
        let known: Vec<_> = self.asked.borrow().iter().copied().collect();
        for layer in &self.layers {
            report_unknown_keys(layer, &self.name, &known, self.sink);
        }
    }
}

/// Reports every key of `table` that is not in `known`.
pub(crate) fn report_unknown_keys(table: &DeTable<'_>, name: &str, known: &[&str], sink: &Sink) {
    for key in table.keys().filter(|key| !known.contains(&&**key.get_ref())) {
        sink.unknown(&format!("key in {name}:"), key.get_ref(), key.span(), known);
    }
}

/// A value with its dotted name.
pub(crate) struct Leaf<'a> {
    pub(crate) name: String,
    pub(crate) key: Range<usize>,
    pub(crate) value: &'a Spanned<DeValue<'a>>,
}

fn collect<'a>(table: &'a DeTable<'a>, prefix: &str, leaves: &mut Vec<Leaf<'a>>) {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(below) => collect(below, &format!("{name}."), leaves),
            _ => leaves.push(Leaf { name, key: key.span(), value }),
        }
    }
}
