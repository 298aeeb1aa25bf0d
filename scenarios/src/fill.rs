//! A file's table as one case sees it: the values of the axes stand where `${axis}` stood, and
//! distributions have become what was drawn from them.

use crate::diagnostics::{Problem, did_you_mean};
use crate::draw::{draw, is_distribution};
use crate::matrix::{Point, shown};
use crate::section::Sink;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Tables in which a quantity may be a distribution: the world and what is done to it.
pub(crate) const STOCHASTIC: &[&str] = &[
    "pack", "forced", "start", "heat", "path", "board", "step", "fault", "phase", "track", "when",
];

/// Tables that have distributions of another kind: how cells differ.
const SPREAD: &str = "pack.spread";

/// Tables that are read as they stand.
const AS_WRITTEN: &[&str] = &["matrix", "include", "case"];

/// What fills a case's tables.
pub(crate) struct Filling<'s, 'a> {
    /// The case's place in the matrix.
    pub(crate) point: &'s Point<'s, 'a>,
    /// Seed of the run.
    pub(crate) seed: u64,
    /// Where problems go.
    pub(crate) sink: &'s Sink,
    /// Every name that stood in a `${...}`.
    pub(crate) used: &'s RefCell<BTreeSet<String>>,
    /// What was drawn, by its place.
    pub(crate) drawn: RefCell<Vec<(String, String)>>,
}

impl<'a> Filling<'_, 'a> {
    /// The table with everything filled in; `whose` tells its draws from those of other tables.
    pub(crate) fn table(&self, table: &DeTable<'a>, whose: &str) -> DeTable<'a> {
        let mut filled = DeTable::new();
        for (key, value) in table {
            let name: &str = key.get_ref();
            let value = if AS_WRITTEN.contains(&name) {
                value.clone()
            } else {
                let drawn = STOCHASTIC.contains(&name).then_some(whose);
                self.value(value, name, drawn)
            };
            filled.insert(key.clone(), value);
        }
        filled
    }

    /// `whose` is none where nothing is drawn.
    fn value(
        &self,
        value: &Spanned<DeValue<'a>>,
        path: &str,
        whose: Option<&str>,
    ) -> Spanned<DeValue<'a>> {
        let whose = whose.filter(|_| path != SPREAD);
        let filled = match value.get_ref() {
            DeValue::String(text) if text.contains("${") => self.text(text, &value.span()),
            DeValue::Array(items) => {
                let item = |(index, item)| self.value(item, &format!("{path}[{index}]"), whose);
                DeValue::Array(items.iter().enumerate().map(item).collect())
            }
            DeValue::Table(table) => {
                let below = |(key, value): (&Spanned<Cow<'a, str>>, &Spanned<DeValue<'a>>)| {
                    let path = format!("{path}.{}", key.get_ref());
                    (key.clone(), self.value(value, &path, whose))
                };
                let table: DeTable<'a> = table.iter().map(below).collect();
                match whose.filter(|_| is_distribution(&table)) {
                    Some(whose) => self.drawn(table, value.span(), path, whose),
                    None => DeValue::Table(table),
                }
            }
            other => other.clone(),
        };
        Spanned::new(value.span(), filled)
    }

    fn drawn(
        &self,
        table: DeTable<'a>,
        span: Range<usize>,
        path: &str,
        whose: &str,
    ) -> DeValue<'a> {
        let place = format!("{whose}{path}");
        let drawn = draw(&table, &span, self.seed, &place, self.sink);
        let text = drawn.as_ref().and_then(shown).unwrap_or_default();
        self.drawn.borrow_mut().push((place, text));
        if drawn.is_none() {
            self.sink.spoil(span);
        }
        drawn.unwrap_or(DeValue::Table(table))
    }

    /// A text with its `${...}` replaced; where it is nothing else, the value itself.
    fn text(&self, text: &Cow<'a, str>, span: &Range<usize>) -> DeValue<'a> {
        let filled = match whole(text) {
            Some(name) => self.find(name, span).map(|found| found.get_ref().clone()),
            None => self.replaced(text, span).map(|text| DeValue::String(Cow::Owned(text))),
        };
        filled.unwrap_or_else(|| {
            self.sink.spoil(span.clone());
            DeValue::String(text.clone())
        })
    }

    /// A text with every `${...}` in it replaced; none if one of them cannot be.
    fn replaced(&self, text: &str, span: &Range<usize>) -> Option<String> {
        let mut filled = Some(String::new());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                let problem = Problem::new("`${` without its `}`", span.clone());
                self.sink.report(problem.label("not closed").help("write `${axis}`"));
                return None;
            };
            // The others are looked up too: all problems at once.
            let value = self.shown(name, span);
            filled = filled.zip(value).map(|(filled, value)| filled + before + &value);
            rest = after;
        }
        filled.map(|filled| filled + rest)
    }

    /// An axis's value within a text.
    fn shown(&self, name: &str, span: &Range<usize>) -> Option<String> {
        let found = shown(self.find(name, span)?.get_ref());
        if found.is_none() {
            let title = format!("`${{{name}}}` is not a text or a number");
            let problem = Problem::new(title, span.clone()).label("cannot stand within a text");
            self.sink.report(problem.help("write one of its keys, such as `${axis.key}`"));
        }
        found
    }

    /// What a name stands for; one that is unknown is told, one whose values are wrong was.
    fn find(&self, name: &str, span: &Range<usize>) -> Option<&Spanned<DeValue<'a>>> {
        let name = name.trim();
        self.used.borrow_mut().insert(name.to_owned());
        if self.point.is_broken(name) {
            return None;
        }
        let found = self.point.find(name);
        if found.is_none() {
            self.report_unknown(name, span);
        }
        found
    }

    fn report_unknown(&self, name: &str, span: &Range<usize>) {
        let names = self.point.names();
        let near = did_you_mean(name, names.iter().map(String::as_str));
        let help = match (near, names.is_empty()) {
            (Some(near), _) => format!("did you mean `${{{near}}}`?"),
            (None, true) => "axes stand in a [matrix]; this file has none".to_owned(),
            (None, false) => format!("known: {}", names.join(", ")),
        };
        let problem = Problem::new(format!("unknown axis `{name}`"), span.clone());
        self.sink.report(problem.label("not in [matrix]").help(help));
        // The axis that was meant is not named anywhere else, which is no second mistake.
        self.used.borrow_mut().extend(near.map(str::to_owned));
    }
}

/// The name in a text that is one `${name}` and nothing else.
pub(crate) fn whole(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some(name)
}
