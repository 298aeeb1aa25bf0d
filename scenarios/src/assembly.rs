//! `[assembly]`: in which order a pack was wired and unwired, beside the order that the data sheet of
//! its product says.

use crate::diagnostics::Problem;
use crate::facts::{self, Fact};
use crate::section::Section;
use std::ops::Range;

/// The fact that says in which order a product is wired.
const ORDER: &str = "order of assembly";
/// The fact that says which of its connectors not every board has.
const OPTIONAL: &str = "not always fitted";

/// In which order a pack was wired before the run, and unwired after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assembly {
    /// Connectors as they were plugged, the first first.
    pub connected: Vec<String>,
    /// Connectors as they were unplugged.
    pub disconnected: Vec<String>,
}

/// Where an order was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misstep {
    /// The requirement that says the order.
    pub requirement: &'static str,
    /// Whether it happened when the pack was unwired.
    pub unwiring: bool,
    /// What came too early, and before what, such as `JA2 before JA1`.
    pub words: String,
}

/// What a product says about its assembly: the order, its requirement.
#[must_use]
pub(crate) fn order_of(product: &str) -> Option<&'static Fact> {
    facts::find(product, ORDER)
}

/// Reads `[assembly]`.
pub(crate) fn read(body: &Section<'_>, product: Option<&str>) -> Option<Assembly> {
    let section = body.section("assembly")?;
    let (connected, disconnected) = (section.texts("connected"), section.texts("disconnected"));
    section.finish();
    if connected.is_empty() && disconnected.is_empty() {
        let problem = Problem::new("an assembly of nothing", section.span.clone());
        section.sink.report(problem.help("write `connected = [\"B-\", \"JA1\"]`"));
    }
    let product = product?;
    let Some(order) = order_of(product) else {
        let title = format!("the data sheet of {product} says no order of assembly");
        let problem = Problem::new(title, section.span.clone());
        section.sink.report(problem.label("nothing to hold this against"));
        return None;
    };
    report(&section, order, &connected);
    report(&section, order, &disconnected);
    let own =
        |names: Vec<(&str, Range<usize>)>| names.into_iter().map(|it| it.0.to_owned()).collect();
    Some(Assembly { connected: own(connected), disconnected: own(disconnected) })
}

/// Reports connectors that the product does not have, and those that are named twice.
fn report(section: &Section<'_>, order: &Fact, names: &[(&str, Range<usize>)]) {
    let known: Vec<_> = order.is.iter().flat_map(|step| step.split(" and ")).collect();
    for (index, (name, span)) in names.iter().enumerate() {
        if !known.contains(name) {
            section.sink.unknown("connector", name, span.clone(), &known);
        }
        if let Some((_, first)) = names[..index].iter().find(|(before, _)| before == name) {
            let problem = Problem::new(format!("`{name}` is named twice"), span.clone());
            section.sink.report(problem.other(first.clone(), "first here"));
        }
    }
}

impl Assembly {
    /// Where the order of a product was not kept.
    #[must_use]
    pub fn missteps(&self, product: &str) -> Vec<Misstep> {
        let Some(order) = order_of(product) else { return Vec::new() };
        let optional = facts::find(product, OPTIONAL).map_or(&[][..], |fact| fact.is.as_slice());
        let steps = |reverse: bool| -> Vec<Vec<&str>> {
            let steps = order.is.iter().map(|step| step.split(" and ").collect());
            if reverse { steps.rev().collect() } else { steps.collect() }
        };
        let misstep =
            |unwiring, words| Misstep { requirement: &order.requirement, unwiring, words };
        let wired =
            early(&steps(false), &self.connected, |name| optional.contains(&name.to_owned()));
        // What the file does not plug in is not waited for either.
        let unwired = early(&steps(true), &self.disconnected, |name| {
            let named = self.connected.iter().any(|it| it == name);
            !named && (!self.connected.is_empty() || optional.contains(&name.to_owned()))
        });
        let wired = wired.into_iter().map(|words| misstep(false, words));
        wired.chain(unwired.into_iter().map(|words| misstep(true, words))).collect()
    }
}

/// Every connector that came before one of an earlier step, and before which.
fn early(steps: &[Vec<&str>], done: &[String], left_out: impl Fn(&str) -> bool) -> Vec<String> {
    let step_of = |name: &str| steps.iter().position(|step| step.contains(&name));
    let missed = |(index, name): (usize, &String)| {
        let step = step_of(name)?;
        let before = steps[..step].iter().flatten();
        let mut owed = before.filter(|it| !done[..index].iter().any(|done| done == *it));
        let owed = owed.find(|it| !left_out(it) || done.iter().any(|done| done == *it))?;
        Some(format!("{name} before {owed}"))
    };
    done.iter().enumerate().filter_map(missed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missteps(product: &str, connected: &[&str], disconnected: &[&str]) -> Vec<String> {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let assembly = Assembly { connected: own(connected), disconnected: own(disconnected) };
        assembly.missteps(product).into_iter().map(|it| it.words).collect()
    }

    /// 51.2V150A V6.0 L158-165: with or without the optional JP1.
    const RIGHT: [&str; 8] = ["B-", "JA1", "JA2", "JP2", "JP3", "B+", "JP1", "P-"];

    #[test]
    fn the_order_of_the_sheet_and_its_reverse_are_right() {
        let mut down = RIGHT;
        down.reverse();
        assert!(missteps("ps-15016", &RIGHT, &down).is_empty());
        let without: Vec<_> = RIGHT.into_iter().filter(|it| *it != "JP1").collect();
        let down: Vec<_> = without.iter().rev().copied().collect();
        assert!(missteps("ps-15016", &without, &down).is_empty());
        assert!(missteps("ps-15016", &[], &down).is_empty());
    }

    #[test]
    fn what_comes_too_early_or_after_nothing_is_a_misstep() {
        assert_eq!(missteps("ps-15016", &["B-", "JA2", "JA1"], &[]), ["JA2 before JA1"]);
        assert_eq!(missteps("ps-15016", &["JA1"], &[]), ["JA1 before B-"]);
        assert_eq!(missteps("ps-15016", &RIGHT, &["P-", "B+"]), ["B+ before JP1"]);
        // An optional one may be left out, but not come late.
        let late = ["B-", "JA1", "JA2", "JP2", "JP3", "B+", "P-", "JP1"];
        assert_eq!(missteps("ps-15016", &late, &[]), ["P- before JP1"]);
    }

    #[test]
    fn the_larger_board_has_one_connector_more() {
        assert_eq!(
            missteps("ps-20016s", &RIGHT, &[]),
            ["B+ before JP2222", "JP1 before JP2222", "P- before JP2222"]
        );
    }

    #[test]
    fn what_stands_side_by_side_comes_in_any_order() {
        let right = ["B-", "CELLS1", "CELLSAMP", "P-", "P+"];
        assert!(
            missteps("e12-12100-1203", &right, &["P+", "P-", "CELLSAMP", "CELLS1", "B-"])
                .is_empty()
        );
        assert_eq!(
            missteps("e12-12100-1203", &["B-", "CELLS1", "P+"], &[]),
            ["P+ before CELLSAMP"]
        );
    }
}
