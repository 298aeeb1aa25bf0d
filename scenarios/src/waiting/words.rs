//! The words that one scenario may use beside those of the products that are served: of its product
//! that waits, of its needs, and of the other packs on its bus.

use super::deed::Deed;
use super::lexicon::Lexicon;
use super::{Kind, Need, Waiting};
use crate::bus::Bus;
use crate::names::{PARAMETER, SIZE};
use crate::quantity::Dimension;
use sim::observe::{EventPattern, Signal};

/// The words of a scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    /// The product, if it waits.
    pub(crate) product: Option<&'static Waiting>,
    /// What it needs beside.
    pub(crate) needs: Vec<&'static Need>,
    /// The packs on its bus; none if it is alone.
    pub(crate) bus: Option<Bus>,
}

impl Words {
    /// The sheets, the product's own first.
    fn sheets(&self) -> impl Iterator<Item = &'static Lexicon> {
        let product = self.product.map(|product| &product.words);
        product.into_iter().chain(self.needs.iter().map(|need| &need.words))
    }

    /// The event called `name`.
    pub(crate) fn event(&self, name: &str) -> Option<EventPattern> {
        self.sheets().find_map(|sheet| sheet.event(name))
    }

    /// The protections of the product that waits; none if the product is served.
    pub(crate) fn protections(&self) -> Option<&'static [String]> {
        self.product.map(|product| &product.words.protections[..])
    }

    /// Every event, for hints.
    pub(crate) fn events(&self) -> impl Iterator<Item = &str> {
        self.sheets().flat_map(|sheet| &sheet.events).map(String::as_str)
    }

    /// The signal called `name`, and how its values are written.
    pub(crate) fn signal(&self, name: &str) -> Option<(Signal, Dimension)> {
        if let Some(signal) = name.strip_prefix(SIZE) {
            return self.signal(signal);
        }
        let cells = self.product.map_or(16, |product| product.series_max);
        let of_sheet = |name: &str| self.sheets().find_map(|it| it.signal(name, cells.into()));
        let own = self.product.and_then(|product| product.cell_signal(name));
        let parameter = || Some((Signal::Current, self.number(name.strip_prefix(PARAMETER)?)?));
        own.or_else(parameter).or_else(|| of_sheet(name))
    }

    /// Whether a signal is one that no other product may lend to the one that waits.
    pub(crate) fn is_of_product(&self, name: &str) -> bool {
        self.product.is_some() && name.starts_with(PARAMETER)
    }

    /// The dimension of a parameter that is no word.
    fn number(&self, parameter: &str) -> Option<Dimension> {
        match self.product?.parameters.get(parameter)? {
            Kind::Quantity(dimension) => Some(*dimension),
            Kind::Count | Kind::Switch => Some(Dimension::Number),
            Kind::Word => None,
        }
    }

    /// Every signal, for hints.
    pub(crate) fn signals(&self) -> Vec<String> {
        let own = self.sheets().flat_map(|sheet| sheet.signals.keys().cloned());
        let parameters = self.product.into_iter().flat_map(|product| &product.parameters);
        let numbers = parameters.filter(|(_, kind)| !matches!(kind, Kind::Word));
        own.chain(numbers.map(|(name, _)| format!("{PARAMETER}{name}"))).collect()
    }

    /// The action called `name`, with its name.
    pub(crate) fn action(&self, name: &str) -> Option<(&'static str, &'static Deed)> {
        self.actions().find(|(known, _)| *known == name)
    }

    /// Every action.
    pub(crate) fn actions(&self) -> impl Iterator<Item = (&'static str, &'static Deed)> {
        let actions = self.sheets().flat_map(|sheet| &sheet.actions);
        actions.map(|(name, deed)| (name.as_str(), deed))
    }

    /// Every page.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &'static str> {
        self.sheets().flat_map(|sheet| sheet.pages.keys()).map(String::as_str)
    }

    /// What a person turns, sets or presses, with its positions; of a product that is served, the
    /// external switch beside its button (PS-PWR-4).
    pub(crate) fn inputs(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        let Some(product) = self.product else { return vec![("external", vec!["pressed"])] };
        let positions = |all: &'static Vec<String>| all.iter().map(String::as_str).collect();
        product.words.inputs.iter().map(|(name, all)| (name.as_str(), positions(all))).collect()
    }

    /// Every switch.
    pub(crate) fn switches(&self) -> impl Iterator<Item = &'static str> {
        self.sheets().flat_map(|sheet| &sheet.switches).map(String::as_str)
    }
}
