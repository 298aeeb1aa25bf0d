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
    /// The windows that runs get: of a typical chip, then of one that keeps only its data sheet's
    /// tolerances; each once, although several events and both worlds may share it.
    pub windows: Vec<Timed>,
}

/// A window, and where it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// How exact the chip is.
    pub tolerance: Tolerance,
    /// The events that it dates where values are forced at the chip's pins: no filter, ideal gates.
    pub forced: Vec<String>,
    /// The events that it dates in a closed loop: filter and gate edges are the board's.
    pub closed_loop: Vec<String>,
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
            let here = |tolerance, forced| Circumstances {
                params: &product.params,
                board: &product.board,
                forced,
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
    here: impl Fn(Tolerance, bool) -> Circumstances<'p>,
) -> Ruled {
    let mut ruled = Ruled {
        product: name,
        events: rule.events.clone(),
        cause: String::new(),
        delay: None,
        switched_off: None,
        windows: Vec::new(),
    };
    for tolerance in [Tolerance::Nominal, Tolerance::Datasheet] {
        for (forced, event) in worlds(rule) {
            let circumstances = here(tolerance, forced);
            match windows::of(&[id.to_owned()], event_of(event).as_ref(), &circumstances) {
                Ok((_, window)) => ruled.add(tolerance, forced, event, window),
                Err(Unruled::SwitchedOff { parameter, .. }) => ruled.switched_off = Some(parameter),
                Err(Unruled::NoRule) => {}
            }
        }
    }
    let params = here(Tolerance::Nominal, true).params;
    ruled.delay = rule.delay.clone().map(|key| (key.clone(), shown(params, &key)));
    ruled
}

/// Every event of a rule where values are forced, then in a closed loop.
fn worlds(rule: &Rule) -> impl Iterator<Item = (bool, &String)> {
    let events = |forced| rule.events.iter().map(move |event| (forced, event));
    events(true).chain(events(false))
}

impl Ruled {
    /// Adds a window, or the event to the window that is the same.
    fn add(&mut self, tolerance: Tolerance, forced: bool, event: &str, window: Window) {
        self.cause = window.cause.map(|cause| cause.words).unwrap_or_default();
        let (events, none) = (vec![event.to_owned()], Vec::new());
        let (forced, closed_loop) = if forced { (events, none) } else { (none, events) };
        let Window { at, early, late, budget, .. } = window;
        let mut timed = Timed { tolerance, forced, closed_loop, at, early, late, budget };
        match self.windows.iter_mut().find(|known| known.is_as(&timed)) {
            Some(known) => {
                known.forced.append(&mut timed.forced);
                known.closed_loop.append(&mut timed.closed_loop);
            }
            None => self.windows.push(timed),
        }
    }
}

impl Timed {
    /// Whether another allows the same for the same reasons.
    fn is_as(&self, other: &Self) -> bool {
        let of = |it: &Self| (it.tolerance, it.at, it.early, it.late);
        of(self) == of(other) && self.budget == other.budget
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
        assert_eq!(rules[0].windows[0].late, Span::from_millis(200));
        let both: Vec<_> = ruled("PS-OV-1").iter().map(|rule| rule.product).collect();
        assert_eq!(both, ["ps-15016", "ps-20016s"]);
    }

    /// A filter of 30 µs needs 3.045 time constants for a signal 5 % beyond the level: 91.35 µs on
    /// top of the comparator's tick of 64 µs. Forced values come without it.
    #[test]
    fn a_closed_loop_is_shown_with_the_share_of_its_filter_and_of_its_gates() {
        let rules = ruled("PS200-SCP-1");
        let nominal = |it: &&Timed| it.tolerance == Tolerance::Nominal;
        let windows: Vec<_> = rules[0].windows.iter().filter(nominal).collect();
        let of = |forced: bool, event: &str| {
            let dates = |it: &&&Timed| {
                let events = if forced { &it.forced } else { &it.closed_loop };
                events.iter().any(|known| known == event)
            };
            *windows.iter().find(dates).expect("every event has its window")
        };
        assert_eq!(of(true, "SC enters").late, Span::from_micros(64));
        assert_eq!(of(true, "discharge MOSFET off").late, Span::from_micros(64));
        let closed = of(false, "SC enters");
        assert_eq!(closed.late, Span(155_350));
        assert!(closed.budget.iter().any(|it| it.why.contains("filter") && it.late.0 == 91_350));
        let off = of(false, "discharge MOSFET off");
        assert!(off.at > closed.at && off.budget.iter().any(|it| it.why.contains("gate")));
    }

    #[test]
    fn worlds_that_allow_the_same_share_a_window() {
        let rules = ruled("PS200-OV-1");
        let first = &rules[0].windows[0];
        assert_eq!(first.forced.len(), 3);
        assert_eq!(first.closed_loop, ["OV enters", "charge MOSFET commanded off"]);
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
