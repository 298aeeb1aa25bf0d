//! Which keys the readers ask for, and how: from this the schema of the files is made, so that it
//! cannot differ from what is read.

use crate::quantity::Dimension;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// How a key is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// Without saying what is expected.
    Any,
    /// As a text.
    Text,
    /// As one text or a list of them.
    Texts,
    /// As `true` or `false`.
    Boolean,
    /// As a whole number from 0.
    Count,
    /// As a quantity.
    Quantity(Dimension),
    /// As one of these words.
    Words(Vec<String>),
    /// As a table.
    Table,
    /// As a list of tables.
    Tables,
}

/// Every key that was asked for, by its table and its name.
pub(crate) type Keys = BTreeMap<(String, String), BTreeSet<Shape>>;

/// A listener at the readers; deaf unless it is told to listen.
#[derive(Default)]
pub(crate) struct Heard(RefCell<Option<Keys>>);

impl Heard {
    /// Notes that the key of a table was asked for.
    pub(crate) fn note(&self, table: &str, key: &str, shape: impl FnOnce() -> Shape) {
        if let Some(keys) = self.0.borrow_mut().as_mut() {
            keys.entry((table.to_owned(), key.to_owned())).or_default().insert(shape());
        }
    }

    /// Listens from now on.
    #[cfg(test)]
    pub(crate) fn listen(&self) {
        *self.0.borrow_mut() = Some(Keys::new());
    }

    /// What was heard.
    #[cfg(test)]
    pub(crate) fn take(&self) -> Keys {
        self.0.borrow_mut().take().unwrap_or_default()
    }
}

/// The path of a table that is read by its name.
pub(crate) fn path_of(name: &str) -> String {
    match name {
        "the file" | "the scenario" | "the product" => String::new(),
        "[[case]]" => "case[]".to_owned(),
        "the action" => "step[].do".to_owned(),
        name => name.trim_matches(['[', ']']).replace(' ', "-"),
    }
}
