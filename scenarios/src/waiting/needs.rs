//! What a scenario may need beside its product: why it waits for it, and the words that come with it.

use super::deed::Deed;
use super::lexicon::{Events, Lexicon};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Something that a scenario may need.
#[derive(Clone, Debug)]
pub struct Need {
    /// Its name in `needs`.
    pub name: String,
    /// Why a scenario waits for it.
    pub because: String,
    /// The words that come with it.
    pub words: Lexicon,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    need: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    because: String,
    #[serde(default)]
    events: Events,
    #[serde(default)]
    signals: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    actions: BTreeMap<String, Deed>,
    #[serde(default)]
    pages: BTreeMap<String, String>,
}

impl Entry {
    fn read(self) -> Need {
        let words = Lexicon::of(self.events, self.signals, self.actions, self.pages);
        Need { name: self.name, because: self.because, words }
    }
}

/// The sheet of needs.
pub(super) const TEXT: &str = include_str!("../../products/waiting/needs.toml");

/// Everything that a scenario may need, in the order of the sheet.
///
/// # Panics
/// Never: the sheet is part of the program and a test reads it.
#[must_use]
pub fn needs() -> &'static [Need] {
    static ALL: OnceLock<Vec<Need>> = OnceLock::new();
    ALL.get_or_init(|| {
        let sheet: Sheet = toml::from_str(TEXT).expect("the sheet is well-formed");
        sheet.need.into_iter().map(Entry::read).collect()
    })
}

/// The need called `name`.
#[must_use]
pub fn need(name: &str) -> Option<&'static Need> {
    needs().iter().find(|need| need.name == name)
}

/// The help for a word that comes with a need that the scenario does not name; none if no need has
/// that word.
pub(crate) fn help(has: impl Fn(&Lexicon) -> bool) -> Option<String> {
    let with: Vec<_> = needs().iter().filter(|need| has(&need.words)).collect();
    let [first, rest @ ..] = &with[..] else { return None };
    let others: Vec<_> = rest.iter().map(|need| format!("`{}`", need.name)).collect();
    let others = match others.is_empty() {
        true => String::new(),
        false => format!(", or {}", others.join(", ")),
    };
    Some(format!("it comes with a need: write `needs = [\"{}\"]`{others}", first.name))
}
