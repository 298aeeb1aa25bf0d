//! Products and capabilities that are known and not served yet: what a scenario may say about them,
//! so that it can be written and checked now and runs when the core can.

use crate::diagnostics::{Problem, did_you_mean};
use crate::quantity::Dimension;
use crate::section::{Leaf, Sink};
use bms_core::protect::Reasons;
use serde::Deserialize;
use sim::observe::{EventPattern, Signal};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;
use toml::Spanned;
use toml::de::DeValue;

/// A product that waits: names, without values.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its ID, such as `jk-b1a24s15p`.
    pub id: String,
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
    /// What its own events are called.
    pub events: Vec<String>,
    /// What its own signals are called, and how their values are written.
    pub signals: BTreeMap<String, Dimension>,
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
    events: Events,
    signals: BTreeMap<String, Vec<String>>,
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
#[serde(deny_unknown_fields)]
struct Events {
    /// Each enters and exits.
    protections: Vec<String>,
    /// Each is switched on and off.
    switches: Vec<String>,
    /// Each happens.
    moments: Vec<String>,
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

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../products/waiting/", $name)))),*]
    };
}

/// Every file of a waiting product with its text.
const FILES: &[(&str, &str)] =
    files!["jk-b-series.toml", "jk-b2a8s20p.toml", "jk-pb-16s.toml", "e12-12100-1203.toml"];

/// What a scenario may need beside its product, and why it waits for it; without a reason where it
/// is served.
const CAPABILITIES: &[(&str, Option<&str>)] = &[
    ("parallel-packs", Some("several packs on one bus are not served yet")),
    ("inverter-link", Some("frames to an inverter are not served yet")),
    ("pc-link", Some("the link to PC software is not served yet")),
    ("app-link", Some("the link to a telephone is not served yet")),
    ("display", Some("the pages of a display are not served yet")),
    ("presets", Some("sets of parameters by chemistry are not served yet")),
    ("parameter-rules", Some("rules for writing parameters are not served yet")),
    ("calibration", Some("calibration is not served yet")),
    ("upgrade", Some("firmware upgrades are not served yet")),
    ("learned-capacity", Some("learning the capacity is not served yet")),
    ("sleep", Some("a board that sleeps and wakes is not served yet")),
    ("history-export", Some("exporting the history is not served yet")),
    ("wire-test", Some("the self-test of sense wires is not served yet")),
    ("charge-request", Some("asking the charger for less is not served yet")),
    ("single-cell", Some("a cell without a BMS is not served in scenarios yet")),
    ("handling-rules", Some("rules about handling and storage are not served yet")),
];

/// The names of everything that a scenario may need.
#[must_use]
pub fn capabilities() -> Vec<&'static str> {
    CAPABILITIES.iter().map(|(name, _)| *name).collect()
}

/// Why a scenario that needs `name` waits; nothing if that is served, or unknown.
pub(crate) fn waits_for(name: &str) -> Option<&'static str> {
    CAPABILITIES.iter().find(|(known, _)| *known == name).and_then(|(_, because)| *because)
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

fn read(text: &str) -> Vec<Waiting> {
    let sheet: Sheet = toml::from_str(text).expect("the sheets are well-formed");
    let head = sheet.product;
    let family = Waiting {
        id: head.id,
        name: head.name,
        series_min: head.series_min,
        series_max: head.series_max,
        cells_by: head.cells_by,
        because: head.because,
        parameters: by_name(sheet.parameters, kind),
        events: names_of(&sheet.events),
        signals: by_name(sheet.signals, dimension),
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

/// Names by kind, turned round.
fn by_name<K: Copy>(
    kinds: BTreeMap<String, Vec<String>>,
    read: fn(&str) -> K,
) -> BTreeMap<String, K> {
    let named = kinds.into_iter().map(|(kind, names)| (read(&kind), names));
    named.flat_map(|(kind, names)| names.into_iter().map(move |name| (name, kind))).collect()
}

fn kind(word: &str) -> Kind {
    match word {
        "switch" => Kind::Switch,
        "count" => Kind::Count,
        "word" => Kind::Word,
        quantity => Kind::Quantity(dimension(quantity)),
    }
}

fn dimension(word: &str) -> Dimension {
    Dimension::called(word).expect("the sheets name dimensions")
}

fn names_of(events: &Events) -> Vec<String> {
    let pairs = |names: &[String], on: &str, off: &str| -> Vec<String> {
        names.iter().flat_map(|name| [format!("{name} {on}"), format!("{name} {off}")]).collect()
    };
    let protections = pairs(&events.protections, "enters", "exits");
    let switches = pairs(&events.switches, "on", "off");
    [protections, switches, events.moments.clone()].concat()
}

/// An event that never happens: every protection in one.
const NEVER: EventPattern = EventPattern::Protection(Reasons::all(), true);

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
    /// The event of this product called `name`. It never happens, as no core serves it.
    pub(crate) fn event(&self, name: &str) -> Option<EventPattern> {
        let known = self.events.iter().any(|event| event == name);
        known.then_some(NEVER)
    }

    /// Every event of this product, for hints.
    pub(crate) fn named_events(&self) -> Vec<(String, EventPattern)> {
        self.events.iter().map(|name| (name.clone(), NEVER)).collect()
    }

    /// The signal of this product called `name`, and how its values are written. Nothing reads it.
    pub(crate) fn signal(&self, name: &str) -> Option<(Signal, Dimension)> {
        let (stem, number) = name.rsplit_once(' ').unwrap_or((name, ""));
        let cell = number.parse::<usize>().ok().filter(|number| *number >= 1);
        if let Some(cell) = cell.filter(|cell| *cell <= usize::from(self.series_max)) {
            match stem {
                "cell" => return Some((Signal::Cell(cell - 1), Dimension::Voltage)),
                "SOC of cell" => return Some((Signal::Soc(cell - 1), Dimension::Share)),
                _ => {}
            }
        }
        let numbered = cell.and(self.signals.get(stem));
        let dimension = self.signals.get(name).or(numbered)?;
        Some((Signal::Current, *dimension))
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
        let [mut lying, mut embedded] = crate::suite::lying_and_embedded("products/waiting", FILES);
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

    /// JK BD4/BD6/B1/B2 manual L85-87: the 17 in the name is the most cells.
    #[test]
    fn the_number_in_a_models_name_is_its_most_cells() {
        let models = all().iter().filter(|it| it.id.starts_with("jk-b") && it.series_max > 8);
        for model in models.filter(|it| it.id != "jk-b-series") {
            let number = format!("a{}s", model.series_max);
            assert!(model.id.contains(&number), "{}", model.id);
        }
    }

    #[test]
    fn the_words_of_a_product_are_its_own() {
        let jk = find("jk-b1a24s15p").expect("it is there");
        assert!(jk.event("heating on").is_some() && jk.event("WARN:OV enters").is_none());
        assert!(find("e12-12100-1203").expect("it is there").event("WARN:OV enters").is_some());
        assert_eq!(jk.signal("cell 24"), Some((Signal::Cell(23), Dimension::Voltage)));
        assert_eq!(jk.signal("cell 25"), None);
        assert_eq!(jk.signal("heater current").map(|it| it.1), Some(Dimension::Current));
        assert_eq!(jk.parameters["cell_uv"], Kind::Quantity(Dimension::Voltage));
    }

    #[test]
    fn a_reason_is_given_for_what_is_not_served_and_for_nothing_else() {
        assert!(waits_for("parallel-packs").is_some());
        assert_eq!(waits_for("telepathy"), None);
        assert!(capabilities().contains(&"display"));
    }
}
