//! What is behind a requirement: its rules with the parameters of each product, its windows, and
//! which scenarios put it to the test.

use crate::diagnostics::did_you_mean;
use crate::expect::{BudgetPart, EventPattern, Scenario, Window};
use crate::requirements::{self, Requirement};
use crate::windows::rules::{self, Rule};
use crate::windows::{self, Circumstances, Unruled, shown};
use crate::{names, product};
use sim::setup::Tolerance;
use sim::time::{SimTime, Span};

/// What somebody asked about.
#[derive(Clone, Debug)]
pub enum Found {
    /// One requirement.
    One(&'static Requirement),
    /// Several: those whose IDs begin so, or that are about a protection or event.
    Several(Vec<&'static Requirement>),
    /// None, and what may have been meant.
    None(Option<String>),
}

/// Finds requirements by ID, by the begin of an ID, by a protection or by an event.
#[must_use]
pub fn find(word: &str) -> Found {
    let upper = word.trim().to_uppercase();
    if let Some(found) = requirements::find(&upper) {
        return Found::One(found);
    }
    let all = || requirements::all().iter();
    let about: Vec<_> =
        all().filter(|it| rules::of(&it.id).any(|rule| is_about(rule, word))).collect();
    if !about.is_empty() {
        return Found::Several(about);
    }
    let begins: Vec<_> = all().filter(|it| it.id.starts_with(&upper)).collect();
    if !begins.is_empty() && !upper.is_empty() {
        return Found::Several(begins);
    }
    let ids = all().map(|it| it.id.as_str());
    let protections = names::PROTECTIONS.iter().map(|(name, _)| *name);
    let events = names::events();
    let events = events.iter().map(|(name, _)| name.as_str());
    let near = did_you_mean(word, ids.chain(protections).chain(events));
    Found::None(near.map(str::to_owned))
}

/// Whether a rule is about a protection or event of this name.
fn is_about(rule: &Rule, word: &str) -> bool {
    let same = |name: &str| name.eq_ignore_ascii_case(word.trim());
    rule.protection.as_deref().is_some_and(same) || rule.events.iter().any(|event| same(event))
}

/// A rule of a requirement, with the values of a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruled {
    /// The product.
    pub product: &'static str,
    /// The events that it dates, by their names.
    pub events: Vec<String>,
    /// The cause in words, with its parameters.
    pub cause: String,
    /// Name and value of the parameter that is counted from the cause, if there is one.
    pub delay: Option<(String, String)>,
    /// The parameter that switches it on, where it is off in the product.
    pub switched_off: Option<String>,
    /// The windows: of a typical chip, and of one that keeps only its data sheet's tolerances.
    pub windows: Vec<Timed>,
}

/// A window in one mode of tolerance.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// The mode.
    pub tolerance: Tolerance,
    /// The time from the cause.
    pub at: SimTime,
    /// How much earlier it may be.
    pub early: Span,
    /// How much later it may be.
    pub late: Span,
    /// Its parts; those that allow nothing say what is counted in.
    pub budget: Vec<BudgetPart>,
}

/// The rules of a requirement, product by product.
#[must_use]
pub fn ruled(id: &str) -> Vec<Ruled> {
    let mut found = Vec::new();
    let own = |name: &&str| !requirements::is_of_a_sister(id, name);
    for name in product::names().into_iter().filter(own) {
        let Ok(product) = product::load(name) else { continue };
        for rule in rules::of(id) {
            let here = |tolerance| Circumstances {
                params: &product.params,
                board: &product.board,
                forced: true,
                tolerance,
            };
            found.push(of_product(id, rule, name, here));
        }
    }
    found
}

fn of_product<'p>(
    id: &str,
    rule: &Rule,
    name: &'static str,
    here: impl Fn(Tolerance) -> Circumstances<'p>,
) -> Ruled {
    let first = rule.events.first().and_then(|event| event_of(event));
    let mut switched_off = None;
    let mut cause = String::new();
    let mut timed = Vec::new();
    for tolerance in [Tolerance::Nominal, Tolerance::Datasheet] {
        match windows::of(&[id.to_owned()], first.as_ref(), &here(tolerance)) {
            Ok((_, window)) => {
                cause = window.cause.map(|cause| cause.words).unwrap_or_default();
                let Window { at, early, late, budget, .. } = window;
                timed.push(Timed { tolerance, at, early, late, budget });
            }
            Err(Unruled::SwitchedOff { parameter, .. }) => switched_off = Some(parameter),
            Err(Unruled::NoRule) => {}
        }
    }
    let params = here(Tolerance::Nominal).params;
    Ruled {
        product: name,
        events: rule.events.clone(),
        cause,
        delay: rule.delay.clone().map(|key| (key.clone(), shown(params, &key))),
        switched_off,
        windows: timed,
    }
}

fn event_of(name: &str) -> Option<EventPattern> {
    names::events().into_iter().find(|(known, _)| known == name).map(|(_, event)| event)
}

/// An expectation that cites a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citing {
    /// The scenario.
    pub scenario: String,
    /// Its file.
    pub file: String,
    /// Where the expectation stands, from 1.
    pub line: usize,
    /// What it says.
    pub label: String,
    /// Why the scenario cannot run yet; empty if it can.
    pub waiting: Vec<String>,
}

/// Every expectation of some scenarios that cites a requirement.
#[must_use]
pub fn citing(scenarios: &[Scenario], id: &str) -> Vec<Citing> {
    let of = |scenario: &Scenario| {
        let cites = |named: &&crate::Expectation| named.requirements.iter().any(|own| own == id);
        let found = scenario.expectations.iter().filter(cites);
        found
            .map(|expectation| Citing {
                scenario: scenario.id.clone(),
                file: scenario.file.clone(),
                line: expectation.line,
                label: expectation.label.clone(),
                waiting: scenario.waiting.clone(),
            })
            .collect::<Vec<_>>()
    };
    scenarios.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(word: &str) -> Vec<String> {
        match find(word) {
            Found::One(it) => vec![it.id.clone()],
            Found::Several(them) => them.into_iter().map(|it| it.id.clone()).collect(),
            Found::None(near) => panic!("{word} is not found; near is {near:?}"),
        }
    }

    #[test]
    fn a_requirement_is_found_by_its_id_in_any_case() {
        assert_eq!(ids("PS200-OV-1"), ["PS200-OV-1"]);
        assert_eq!(ids("ps200-ov-1"), ["PS200-OV-1"]);
    }

    #[test]
    fn the_begin_of_an_id_lists_all_that_begin_so() {
        assert_eq!(ids("PS-OV"), ["PS-OV-1", "PS-OV-2", "PS-OV-3"]);
    }

    #[test]
    fn a_protection_or_event_lists_what_is_about_it() {
        assert_eq!(ids("SC enters"), ["PS-SCP-1", "PS150-SCP-1", "PS200-SCP-1"]);
        assert!(ids("UV").contains(&"PS-UV-4".to_owned()));
    }

    #[test]
    fn a_misspelt_id_names_its_neighbour() {
        let Found::None(Some(near)) = find("PS200-OW-1") else { panic!("it does not exist") };
        assert_eq!(near, "PS200-OV-1");
        assert!(matches!(find("quite something else"), Found::None(None)));
    }

    /// The delay of the PS-20016S is 4 s, of its sister 1 s.
    #[test]
    fn a_rule_is_shown_with_the_values_of_its_product_only() {
        let rules = ruled("PS200-OV-1");
        assert!(rules.iter().all(|rule| rule.product == "ps-20016s"));
        let delay = ("voltage.cell_ov_delay".to_owned(), "4 s".to_owned());
        assert_eq!(rules[0].delay, Some(delay));
        assert_eq!(rules[0].windows.len(), 2);
        assert_eq!(rules[0].windows[0].late, Span::from_millis(200));
        let both: Vec<_> = ruled("PS-OV-1").iter().map(|rule| rule.product).collect();
        assert_eq!(both, ["ps-15016", "ps-20016s"]);
    }

    #[test]
    fn what_the_product_has_switched_off_is_said() {
        let rules = ruled("PS-LIM-1");
        assert_eq!(rules[0].switched_off.as_deref(), Some("limiter.fitted"));
        assert!(rules[0].windows.is_empty());
    }

    #[test]
    fn the_suite_cites_its_requirements_with_their_lines() {
        let suite = crate::suite();
        let found = citing(&suite, "PS200-OV-1");
        assert!(found.iter().any(|it| it.scenario.starts_with("s07") && it.line > 1), "{found:?}");
        assert!(citing(&suite, "PS-GEN-17").is_empty());
    }
}
