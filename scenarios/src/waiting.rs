//! Products and capabilities that are known and not served yet: what a scenario may say about them,
//! so that it can be written and checked now and runs when the core can.

mod deed;
mod heating;
mod lexicon;
mod needs;
mod words;

use crate::diagnostics::{Problem, did_you_mean};
use crate::embedded::files;
use crate::quantity::Dimension;
use crate::section::{Leaf, Sink};
use lexicon::{Events, by_name};
use serde::Deserialize;
use sim::observe::Signal;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;
use toml::Spanned;
use toml::de::DeValue;

pub use deed::{Deed, Takes};
pub use heating::Heating;
pub use lexicon::Lexicon;
pub(crate) use needs::help;
pub use needs::{Need, need, needs};
pub(crate) use words::Words;

/// A product that waits: names, without values.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its ID, such as `jk-b1a24s15p`.
    pub id: String,
    /// The ID of the family in whose sheet it stands; its own, if it is the family.
    pub family: String,
    /// Its name on the data sheet.
    pub name: String,
    /// Fewest cells in series.
    pub series_min: u8,
    /// Most cells in series.
    pub series_max: u8,
    /// The requirement that says how many cells there may be.
    pub cells_by: String,
    /// Why it waits.
    pub because: String,
    /// What its parameters are called, and of what kind each is.
    pub parameters: BTreeMap<String, Kind>,
    /// Its other words.
    pub words: Lexicon,
    /// What its heater may take; none if nothing is said of that.
    pub heating: Option<Heating>,
}

/// Names that a manual mentions without saying anything of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Nameless {
    /// The requirement that lists them.
    by: String,
    /// The names, as products are called here.
    ids: Vec<String>,
}

/// How a parameter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A quantity.
    Quantity(Dimension),
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Count,
    /// A text.
    Word,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    product: Head,
    parameters: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    events: Events,
    #[serde(default)]
    signals: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    actions: BTreeMap<String, Deed>,
    #[serde(default)]
    pages: BTreeMap<String, String>,
    heating: Option<Heating>,
    #[serde(default)]
    nameless: Nameless,
    #[serde(default)]
    inputs: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    model: Vec<Model>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Head {
    id: String,
    name: String,
    series_min: u8,
    series_max: u8,
    cells_by: String,
    because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Model {
    id: String,
    name: String,
    series_min: u8,
    series_max: u8,
    cells_by: Option<String>,
}

/// Every file of a waiting product with its text.
const FILES: &[(&str, &str)] = files!["products/waiting":
    "jk-b-series.toml",
    "jk-b2a8s20p.toml",
    "jk-pb-16s.toml",
    "e12-12100-1203.toml",
    "bare-cell.toml",
];

/// The names of everything that a scenario may need.
#[must_use]
pub fn capabilities() -> Vec<&'static str> {
    needs().iter().map(|need| need.name.as_str()).collect()
}

/// Every product that waits, families before their models.
///
/// # Panics
/// Never: the files are part of the program and a test reads them.
#[must_use]
pub fn all() -> &'static [Waiting] {
    static ALL: OnceLock<Vec<Waiting>> = OnceLock::new();
    ALL.get_or_init(|| FILES.iter().flat_map(|(_, text)| read(text)).collect())
}

/// The waiting product called `id`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Waiting> {
    all().iter().find(|product| product.id == id)
}

/// The IDs of all products, those that are served first.
pub(crate) fn products() -> Vec<&'static str> {
    let waiting = all().iter().map(|product| product.id.as_str());
    crate::product::names().into_iter().chain(waiting).collect()
}

/// The requirement that says that a product of this name has no data; none for any other name.
pub(crate) fn nameless(id: &str) -> Option<String> {
    let nameless = FILES.iter().map(|(_, text)| sheet(text).nameless);
    nameless.into_iter().find(|it| it.ids.iter().any(|known| known == id)).map(|it| it.by)
}

fn sheet(text: &str) -> Sheet {
    toml::from_str(text).expect("the sheets are well-formed")
}

fn read(text: &str) -> Vec<Waiting> {
    let sheet = sheet(text);
    let head = sheet.product;
    let words = Lexicon::of(sheet.events, sheet.signals, sheet.actions, sheet.pages);
    let family = Waiting {
        family: head.id.clone(),
        id: head.id,
        name: head.name,
        series_min: head.series_min,
        series_max: head.series_max,
        cells_by: head.cells_by,
        because: head.because,
        parameters: by_name(sheet.parameters, Kind::called),
        words: Lexicon { inputs: sheet.inputs, ..words },
        heating: sheet.heating,
    };
    let models = sheet.model.into_iter().map(|model| Waiting {
        id: model.id,
        name: model.name,
        series_min: model.series_min,
        series_max: model.series_max,
        cells_by: model.cells_by.unwrap_or_else(|| family.cells_by.clone()),
        ..family.clone()
    });
    let models: Vec<_> = models.collect();
    std::iter::once(family).chain(models).collect()
}

impl Kind {
    /// Reports a value that is not of this kind.
    pub(crate) fn report(self, value: &Spanned<DeValue<'_>>, sink: &Sink) {
        let expected = match (self, value.get_ref()) {
            (Self::Quantity(dimension), _) => {
                sink.quantity(value, dimension);
                return;
            }
            (Self::Switch, DeValue::Boolean(_))
            | (Self::Count, DeValue::Integer(_))
            | (Self::Word, DeValue::String(_)) => return,
            (Self::Switch, _) => "true or false",
            (Self::Count, _) => "a whole number without quotes",
            (Self::Word, _) => "a text",
        };
        sink.wrong_kind(value, expected);
    }
}

impl Waiting {
    /// A cell's signal, of as many cells as this product can have.
    pub(crate) fn cell_signal(&self, name: &str) -> Option<(Signal, Dimension)> {
        let (stem, number) = name.rsplit_once(' ')?;
        let cell = number.parse::<usize>().ok().filter(|number| *number >= 1)?;
        match stem {
            _ if cell > usize::from(self.series_max) => None,
            "cell" => Some((Signal::Cell(cell - 1), Dimension::Voltage)),
            "SOC of cell" => Some((Signal::Soc(cell - 1), Dimension::Share)),
            _ => None,
        }
    }

    /// Reports what is wrong with a table of parameters of this product.
    pub(crate) fn report_params(&self, leaves: &[Leaf<'_>], sink: &Sink) {
        for leaf in leaves {
            if let Some(kind) = self.parameter(&leaf.name, leaf.key.clone(), sink) {
                kind.report(leaf.value, sink);
            }
        }
    }

    /// How the parameter called `name` is written; reports a name that is none.
    pub(crate) fn parameter(&self, name: &str, span: Range<usize>, sink: &Sink) -> Option<Kind> {
        let kind = self.parameters.get(name).copied();
        if kind.is_none() {
            let near = did_you_mean(name, self.parameters.keys().map(String::as_str));
            let help = near.map_or_else(
                || format!("parameters are named as in the file of {}", self.id),
                |near| format!("did you mean `{near}`?"),
            );
            let title = format!("unknown parameter `{name}`");
            sink.report(Problem::new(title, span).label("not known").help(help));
        }
        kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_in_the_folder_is_embedded() {
        let files = [FILES, &[("needs.toml", needs::TEXT)]].concat();
        let [mut lying, mut embedded] =
            crate::suite::lying_and_embedded("products/waiting", &files);
        lying.sort();
        embedded.sort();
        assert_eq!(lying, embedded);
    }

    /// JK BD4/BD6/B1/B2 manual L82-183: 18 models; JK-PBxA16S V15 manual: three.
    #[test]
    fn every_product_of_the_manuals_is_known_once_and_none_is_served_already() {
        let ids: BTreeSet<_> = all().iter().map(|product| product.id.as_str()).collect();
        assert_eq!(ids.len(), all().len());
        let series = find("jk-b-series").expect("it is there");
        assert_eq!((series.series_min, series.series_max), (7, 24));
        let models = all().iter().filter(|it| it.because == series.because).count();
        assert_eq!(models, 1 + 18);
        for id in ["jk-b2a8s20p", "jk-b1a8s20p", "dy-n8s24280a", "jk-pb-16s", "e12-12100-1203"] {
            assert!(ids.contains(id), "{id}");
        }
        assert!(crate::product::names().iter().all(|served| !ids.contains(served)));
        for product in all() {
            assert!(crate::requirements::find(&product.cells_by).is_some(), "{}", product.id);
        }
    }

    /// JK BD4/BD6/B1/B2 manual L211, 224: B1A8S20P and B2A8S20P have a manual of their own.
    #[test]
    fn a_name_without_data_is_no_product_and_is_told_with_its_requirement() {
        for id in ["jk-bd4a8s4p", "jk-b1a8s10p"] {
            assert_eq!(nameless(id).as_deref(), Some("JKB-MOD-2"));
            assert!(find(id).is_none());
        }
        for id in ["jk-b1a8s20p", "jk-b2a8s20p", "jk-bd4a17s4p", "ps-15016", ""] {
            assert_eq!(nameless(id), None, "{id}");
        }
    }

    /// JK BD4/BD6/B1/B2 manual L259-273.
    #[test]
    fn the_heater_of_the_small_board_may_take_half_of_that_of_the_others() {
        let limits = |id| find(id).and_then(|it| it.heating.as_ref()).map(Heating::limits);
        assert_eq!(limits("jk-b2a24s20p"), Some((3.0, 200.0)));
        for id in ["jk-b2a8s20p", "dy-n8s24280a"] {
            assert_eq!(limits(id), Some((3.0, 100.0)), "{id}");
        }
        assert_eq!(limits("jk-pb-16s"), None);
    }

    /// JK BD4/BD6/B1/B2 manual L85-87: the 17 in the name is the most cells.
    #[test]
    fn the_number_in_a_models_name_is_its_most_cells() {
        let models = all().iter().filter(|it| it.id.starts_with("jk-b") && it.series_max > 8);
        for model in models.filter(|it| it.id != "jk-b-series") {
            let number = format!("a{}s", model.series_max);
            assert!(model.id.contains(&number), "{}", model.id);
        }
    }

    fn words(product: &'static Waiting) -> Words {
        Words { product: Some(product), ..Words::default() }
    }

    #[test]
    fn the_words_of_a_product_are_its_own() {
        let jk = find("jk-b1a24s15p").expect("it is there");
        let e12 = find("e12-12100-1203").expect("it is there");
        let (jk, e12) = (words(jk), words(e12));
        assert!(jk.event("heating on").is_some() && jk.event("WARN:OV enters").is_none());
        assert!(e12.event("WARN:OV enters").is_some());
        assert_eq!(jk.signal("cell 24"), Some((Signal::Cell(23), Dimension::Voltage)));
        assert_eq!(jk.signal("cell 25"), None);
        assert_eq!(jk.signal("heater current").map(|it| it.1), Some(Dimension::Current));
        assert_eq!(jk.signal("sense wire 24").map(|it| it.1), Some(Dimension::Resistance));
        assert_eq!(jk.signal("sense wire 25"), None);
        let reported = |name| jk.signal(&format!("reported parameter {name}")).map(|it| it.1);
        assert_eq!(reported("cell_uv"), Some(Dimension::Voltage));
        assert_eq!((reported("cell_uw"), reported("preset")), (None, None));
        let jk = find("jk-b1a24s15p").expect("it is there");
        assert_eq!(jk.parameters["cell_uv"], Kind::Quantity(Dimension::Voltage));
    }

    #[test]
    fn a_need_has_a_reason_and_what_is_none_has_not() {
        assert!(needs().iter().all(|need| need.because.len() > 10));
        assert!(need("parallel-packs").is_some() && need("telepathy").is_none());
        let names: BTreeSet<_> = capabilities().into_iter().collect();
        assert_eq!(names.len(), needs().len());
    }

    /// A word that two sheets of a scenario have could be meant of either.
    #[test]
    fn the_words_of_needs_are_nobody_elses() {
        let mut seen = BTreeSet::new();
        for need in needs() {
            let events = need.words.events.iter().chain(need.words.signals.keys());
            for word in events.chain(need.words.actions.keys()).chain(need.words.pages.keys()) {
                assert!(seen.insert(word), "{word} of {}", need.name);
            }
        }
    }

    #[test]
    fn what_an_action_is_told_with_is_of_a_kind_and_every_page_is_described() {
        let products = all().iter().map(|product| &product.words);
        for sheet in products.chain(needs().iter().map(|need| &need.words)) {
            for takes in sheet.takes() {
                takes.kind();
                assert!(!matches!(takes, Takes::Word(words) if words.len() < 2));
            }
            for (name, deed) in &sheet.actions {
                assert!(deed.alone || deed.is_told_with(), "{name}");
            }
            assert!(sheet.pages.values().all(|what| what.len() > 3));
            assert!(sheet.inputs.values().all(|positions| positions.len() > 1));
        }
    }
}
