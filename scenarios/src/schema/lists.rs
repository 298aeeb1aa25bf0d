//! The words that a schema lists: everything that has a name somewhere in the data.

use crate::{faults, names, waiting};
use sim::display::Page;
use std::collections::BTreeSet;

/// The events, of whatever is served or not.
pub(super) fn events() -> Vec<String> {
    let own = names::events().into_iter().map(|(name, _)| name);
    let waiting = waiting::all().iter().flat_map(|product| product.words.events.iter().cloned());
    let needs = waiting::needs().iter().flat_map(|need| need.words.events.iter().cloned());
    let all: BTreeSet<_> = own.chain(waiting).chain(needs).collect();
    all.into_iter().collect()
}

/// The pages of displays and tools.
pub(super) fn pages() -> Vec<String> {
    let own = Page::NAMES.iter().map(|(name, _)| (*name).to_owned());
    let products = waiting::all().iter().map(|product| &product.words);
    let sheets = products.chain(waiting::needs().iter().map(|need| &need.words));
    let all: BTreeSet<_> = own.chain(sheets.flat_map(|it| it.pages.keys().cloned())).collect();
    all.into_iter().collect()
}

/// The faults, of the catalogue and its building blocks.
pub(super) fn fault_names() -> Vec<String> {
    let primitives =
        faults::primitives::PRIMITIVES.iter().map(|primitive| primitive.name.to_owned());
    let entries = faults::all().iter().map(|entry| entry.name.clone());
    let all: BTreeSet<_> = primitives.chain(entries).collect();
    all.into_iter().collect()
}
