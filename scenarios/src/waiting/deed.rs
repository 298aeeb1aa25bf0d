//! What a sheet says about an action: whether it is a word alone, and what is told with it.

use super::Kind;
use super::lexicon::dimension;
use crate::diagnostics::Problem;
use crate::section::Section;
use serde::Deserialize;
use std::collections::BTreeMap;

/// An action of a sheet. No part of a firmware that is served takes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// What is done, in words.
    pub says: String,
    /// Whether the word alone will do.
    #[serde(default)]
    pub alone: bool,
    /// What stands behind the word, where that is one value.
    pub value: Option<Takes>,
    /// What must be told with it.
    #[serde(default)]
    pub keys: BTreeMap<String, Takes>,
    /// What may be told with it.
    #[serde(default)]
    pub may: BTreeMap<String, Takes>,
    /// Of these, one is told.
    #[serde(default)]
    pub one: BTreeMap<String, Takes>,
}

/// What can stand behind a key of an action.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Takes {
    /// A value of a kind, by the kind's name.
    Of(String),
    /// One of these words.
    Word(Vec<String>),
}

impl Takes {
    /// The kind of the value; a text where it is one of some words.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Of(kind) => Kind::called(kind),
            Self::Word(_) => Kind::Word,
        }
    }

    /// Reports a value that cannot stand here; whether one stands here.
    fn read(&self, section: &Section<'_>, key: &'static str) -> bool {
        let Some(value) = section.value(key) else { return false };
        let Self::Word(words) = self else {
            self.kind().report(value, section.sink);
            return true;
        };
        let known: Vec<_> = words.iter().map(String::as_str).collect();
        if let Some(word) = section.text(key)
            && !known.contains(&word)
        {
            let what = format!("value of `{key}`:");
            section.sink.unknown(&what, word, value.span(), &known);
        }
        true
    }

    /// How it could be written.
    fn example(&self, key: &str) -> String {
        match (self, self.kind()) {
            (Self::Word(words), _) => format!("{key} = \"{}\"", words[0]),
            (_, Kind::Quantity(dimension)) => format!("{key} = \"1 {}\"", dimension.usual_unit()),
            (_, Kind::Switch) => format!("{key} = true"),
            (_, Kind::Count) => format!("{key} = 1"),
            (_, Kind::Word) => format!("{key} = \"...\""),
        }
    }
}

impl Deed {
    /// Whether a value or a table stands behind the word.
    pub(crate) fn is_told_with(&self) -> bool {
        self.value.is_some() || self.is_table()
    }

    fn is_table(&self) -> bool {
        [&self.keys, &self.may, &self.one].iter().any(|keys| !keys.is_empty())
    }

    /// Reads what stands behind the word `name`; what is done, in words.
    pub(crate) fn read(&'static self, action: &Section<'_>, name: &'static str) -> Option<String> {
        if let Some(value) = &self.value {
            return value.read(action, name).then(|| self.says.clone());
        }
        let table = action.section(name)?;
        for (key, takes) in &self.keys {
            table.missing(key, &takes.example(key));
        }
        for (key, takes) in self.keys.iter().chain(&self.may) {
            takes.read(&table, key);
        }
        self.read_one(&table, name);
        table.finish();
        Some(self.says.clone())
    }

    /// Of some keys, one is told.
    fn read_one(&'static self, table: &Section<'_>, name: &str) {
        let told = self.one.iter().filter(|(key, takes)| takes.read(table, key)).count();
        if told != 1 && !self.one.is_empty() {
            let examples = self.one.iter().map(|(key, it)| format!("`{}`", it.example(key)));
            let examples: Vec<_> = examples.collect();
            let title = format!("`{name}` is of one thing");
            let problem = Problem::new(title, table.span.clone());
            table.sink.report(problem.help(format!("write one of {}", examples.join(", "))));
        }
    }

    /// Everything that it is told with.
    #[cfg(test)]
    pub(super) fn takes(&self) -> impl Iterator<Item = &Takes> {
        let keys = [&self.keys, &self.may, &self.one];
        self.value.iter().chain(keys.into_iter().flat_map(BTreeMap::values))
    }
}

impl Kind {
    /// The kind that a sheet names.
    pub(super) fn called(word: &str) -> Self {
        match word {
            "switch" => Self::Switch,
            "count" => Self::Count,
            "word" => Self::Word,
            quantity => Self::Quantity(dimension(quantity)),
        }
    }
}
