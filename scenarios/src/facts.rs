//! Facts: what a data sheet says of a product and no run can show, such as where a pin leads, what a
//! pack weighs, in which order it is wired. Data in `facts/`.

use crate::diagnostics::Diagnostics;
use crate::embedded::files;
use crate::quantity::{Dimension, Quantity};
use crate::section::Section;
use crate::sheets;
use std::sync::OnceLock;

/// Something that a data sheet says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The requirement that says so.
    pub requirement: String,
    /// The products of which it is said.
    pub products: Vec<&'static str>,
    /// What it is about, such as `X1 pin 3`.
    pub of: String,
    /// What is said, such as `A1`; several where it is a list.
    pub is: Vec<String>,
}

impl Fact {
    /// What is said, in a line.
    #[must_use]
    pub fn words(&self) -> String {
        self.is.join(", ")
    }
}

/// Every sheet of facts with its text.
const FILES: &[(&str, &str)] =
    files!["facts": "powastone.toml", "jk-b.toml", "jk8.toml", "jk-pb.toml", "e12.toml"];

/// Every fact, in the order of the sheets.
///
/// # Panics
/// Never: the sheets are part of the program and a test reads them.
#[must_use]
pub fn all() -> &'static [Fact] {
    static ALL: OnceLock<Vec<Fact>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read = |(name, text): &(&str, &str)| parse(name, text).expect("the sheets are right");
        FILES.iter().flat_map(read).collect()
    })
}

/// The facts of a product.
pub fn of(product: &str) -> impl Iterator<Item = &'static Fact> {
    all().iter().filter(move |fact| fact.products.contains(&product))
}

/// The fact of a product about something.
#[must_use]
pub fn find(product: &str, about: &str) -> Option<&'static Fact> {
    of(product).find(|fact| fact.of == about)
}

/// The facts of a requirement, whatever the product.
pub fn by(requirement: &str) -> impl Iterator<Item = &'static Fact> {
    all().iter().filter(move |fact| fact.requirement == requirement)
}

/// Reads a sheet of facts.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(file: &str, text: &str) -> Result<Vec<Fact>, Diagnostics> {
    sheets::parse(file, text, |root| {
        root.sections("fact").iter().flat_map(read_facts).collect::<Vec<_>>()
    })
}

fn read_facts(section: &Section<'_>) -> Vec<Fact> {
    let requirement = sheets::requirement(section);
    let products = sheets::products(section);
    section.missing("is", "is = { \"X1 pin 3\" = \"A1\" }");
    let mut leaves = section.section("is").map(|it| it.leaves()).unwrap_or_default();
    // Tables are read in the order of their keys; facts stand in the order of the sheet.
    leaves.sort_by_key(|leaf| leaf.key.start);
    section.finish();
    let fact = |leaf: crate::section::Leaf<'_>| Fact {
        requirement: requirement.clone().unwrap_or_default(),
        products: products.clone(),
        is: section.sink.texts(leaf.value).into_iter().map(|(text, _)| text.to_owned()).collect(),
        of: leaf.name,
    };
    leaves.into_iter().map(fact).collect()
}

/// Whether two lists say the same: word by word, or as quantities of the same size.
#[must_use]
pub fn same(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || equal(a, b))
}

/// Whether two texts are one quantity.
fn equal(a: &str, b: &str) -> bool {
    let read = |text, dimension| Quantity::parse(text, dimension).ok().map(|it| it.value());
    let same = |dimension| read(a, dimension).is_some_and(|it| Some(it) == read(b, dimension));
    Dimension::ALL.iter().any(|dimension| same(*dimension))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_in_the_folder_is_embedded_and_right() {
        let [lying, embedded] = crate::suite::lying_and_embedded("facts", FILES);
        assert_eq!(lying, embedded);
        for (name, text) in FILES {
            assert!(parse(name, text).is_ok_and(|facts| !facts.is_empty()), "{name}");
        }
    }

    #[test]
    fn a_product_has_one_fact_about_a_thing() {
        let pairs = all().iter().flat_map(|fact| fact.products.iter().map(|it| (*it, &fact.of)));
        let pairs: Vec<_> = pairs.collect();
        assert_eq!(pairs.iter().collect::<BTreeSet<_>>().len(), pairs.len());
    }

    /// The connectors' tables of both data sheets: 10 and 9 wires.
    #[test]
    fn the_sense_harness_has_nineteen_wires_in_the_order_of_the_cells() {
        for product in ["ps-15016", "ps-20016s"] {
            let wires = |name| find(product, name).expect("the sheet says it").is.clone();
            let (first, second) = (wires("JA1"), wires("JA2"));
            assert_eq!((first.len(), second.len()), (10, 9));
            let taps: Vec<_> =
                first.iter().chain(&second).filter(|it| !it.starts_with("BB")).collect();
            assert!(taps.iter().enumerate().all(|(tap, wire)| **wire == format!("B{tap}")));
        }
    }

    #[test]
    fn what_is_true_of_one_product_is_not_of_its_sister() {
        assert_eq!(find("jk-bd6a17s8p", "P7").map(Fact::words), Some("not fitted".to_owned()));
        assert!(find("jk-b2a24s20p", "P7").is_some_and(|fact| fact.is.len() == 7));
        assert!(find("ps-15016", "mass of the pack").is_none());
        assert_eq!(by("PS-IF-3").count(), 4);
    }

    #[test]
    fn the_same_quantity_in_another_unit_is_the_same() {
        let same = |a: &str, b: &str| same(&[a.to_owned()], &[b.to_owned()]);
        assert!(same("A1", "A1") && same("1.5 V", "1500 mV"));
        assert!(!same("A1", "B1") && !same("1.5 V", "1501 mV") && !same("1 V", "1 A"));
        assert!(!super::same(&["A1".to_owned()], &["A1".to_owned(), "B1".to_owned()]));
    }
}
