//! Windows that follow from a requirement: its cause, the product's own parameters, and the
//! tolerances of AMB-X-02 or, for a chip that keeps only its data sheet's, of the SH367309.
//!
//! [`rules`] says which cause and which parameters belong to a requirement; [`trip`] holds the
//! data sheet's tolerances part by part, for these windows and for the spread over many boards.

mod cause;
mod parameters;
pub mod rules;
pub mod trip;

use crate::expect::{BudgetPart, EventPattern, Window};
use crate::tolerance::Class;
use bms_core::params::Params;
use bms_core::time::Duration;
use rules::Rule;
use sim::setup::{BoardSetup, Setup, Tolerance, WorldSetup};
use sim::time::{SimTime, Span};
use sim::trace::Switch;
use trip::Part;

pub use parameters::{shown, value};

/// What a window is computed for.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The parameters in force, overrides included.
    pub params: &'a Params,
    /// The board around the chip.
    pub board: &'a BoardSetup,
    /// Values are forced at the chip's pins: ideal gates, no filter.
    pub forced: bool,
    /// How exact the chip is.
    pub tolerance: Tolerance,
}

impl<'a> Circumstances<'a> {
    /// Those of a set-up.
    #[must_use]
    pub fn of(setup: &'a Setup) -> Self {
        Self {
            params: &setup.params,
            board: &setup.board,
            forced: matches!(setup.world, WorldSetup::Forced(_)),
            tolerance: setup.tolerance,
        }
    }
}

/// Why no window follows from the requirements of an expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unruled {
    /// None of them has a rule for such an event.
    NoRule,
    /// The rule's parameter is switched off in these circumstances.
    SwitchedOff {
        /// Whose rule.
        requirement: String,
        /// Which parameter.
        parameter: String,
    },
}

/// The window of `event` by the first of `requirements` that has a rule for it; without an event,
/// of the first event of the first rule.
///
/// # Errors
/// There is no rule, or its parameter is switched off.
pub fn of(
    requirements: &[String],
    event: Option<&EventPattern>,
    here: &Circumstances<'_>,
) -> Result<(EventPattern, Window), Unruled> {
    let mut why = Unruled::NoRule;
    for id in requirements {
        for rule in rules::of(id) {
            let Some(event) = rule.event(event) else { continue };
            match rule.only_if.as_deref().filter(|key| !parameters::is_on(here.params, key)) {
                None => return Ok((event.clone(), window(id, rule, &event, here))),
                Some(parameter) => {
                    let (requirement, parameter) = (id.clone(), parameter.to_owned());
                    why = Unruled::SwitchedOff { requirement, parameter };
                }
            }
        }
    }
    Err(why)
}

/// The window that a rule gives to one of its events.
fn window(id: &str, rule: &Rule, event: &EventPattern, here: &Circumstances<'_>) -> Window {
    let delay = rule.delay.as_deref().and_then(|key| parameters::duration(here.params, key));
    let delay = Span::from(delay.unwrap_or(Duration::ZERO));
    let cause = cause::of(id, rule, event, here);
    let mut budget = vec![note(format!("cause: {}", cause.words))];
    budget.extend(
        rule.delay
            .iter()
            .map(|key| note(format!("counted in: {key} = {}", shown(here.params, key)))),
    );
    budget.extend(tolerances(rule, event, delay, here));
    let gate = gate(event, here);
    budget.extend(
        gate.map(|(name, fall)| note(format!("counted in: {name}, {} µs", fall.0 / 1_000))),
    );
    let at = SimTime(delay.0 + gate.map_or(0, |(_, fall)| fall.0));
    let sum = |of: fn(&BudgetPart) -> Span| Span(budget.iter().map(|part| of(part).0).sum());
    let (early, late) = (sum(|part| part.early), sum(|part| part.late));
    Window { at, anchor: None, cause: Some(cause), early, late, budget }
}

/// The parts of the tolerance.
fn tolerances(
    rule: &Rule,
    event: &EventPattern,
    delay: Span,
    here: &Circumstances<'_>,
) -> Vec<BudgetPart> {
    let reason = rule.reason();
    if here.tolerance == Tolerance::Datasheet
        && rule.counts_from_the_limit()
        && let Some(budget) = reason.and_then(|reason| trip::budget(reason, here))
    {
        let mut parts = of_layers(&budget, delay);
        let by_chip_alone = budget.layers.iter().all(|layer| layer.name == trip::FRONT_END);
        if by_chip_alone && matches!(event, EventPattern::Protection(..)) {
            let why = "firmware: the chip's alarm waits for it".to_owned();
            parts.push(BudgetPart { why, early: Span(0), late: trip::ALARM_MAX });
        }
        if gate(event, here).is_some() {
            let Part { why, low, high } = &budget.gate;
            let late = Span(high.0 - low.0);
            parts.push(BudgetPart { why: why.clone(), early: Span(0), late });
        }
        return parts;
    }
    let mut parts = rule.class().budget(SimTime(delay.0), here.tolerance);
    if rule.class() == Class::Comparator {
        let Part { why, low, high } = trip::filter(here);
        if high.0 > 0 {
            parts.push(BudgetPart { why, early: low, late: high });
        }
    }
    parts
}

/// The parts of the layer that must have acted at the latest, and what another may be earlier.
fn of_layers(budget: &trip::Budget, delay: Span) -> Vec<BudgetPart> {
    let last = budget.layers.iter().min_by_key(|layer| layer.window().high);
    let mut parts: Vec<_> = last
        .iter()
        .flat_map(|layer| layer.parts.iter().map(|part| around(layer.name, part, delay)))
        .collect();
    let allowed = delay.0.saturating_sub(budget.command().low.0);
    let known: u64 = parts.iter().map(|part| part.early.0).sum();
    if allowed > known {
        let why = "the other layer may be earlier".to_owned();
        parts.push(BudgetPart { why, early: Span(allowed - known), late: Span(0) });
    }
    parts
}

/// A part as tolerances around the delay, if it is the delay, or on top of it.
fn around(layer: &str, part: &Part, delay: Span) -> BudgetPart {
    let is_delay = delay.0 > 0 && (part.low..=part.high).contains(&delay);
    let nominal = if is_delay { delay.0 } else { 0 };
    BudgetPart {
        why: format!("{layer}: {}", part.why),
        early: Span(nominal.saturating_sub(part.low.0)),
        late: Span(part.high.0.saturating_sub(nominal)),
    }
}

fn note(why: String) -> BudgetPart {
    BudgetPart { why, early: Span(0), late: Span(0) }
}

/// The edge of the gate, where the event is its end and there is one.
fn gate(event: &EventPattern, here: &Circumstances<'_>) -> Option<(&'static str, Span)> {
    let (name, fall) = match event {
        EventPattern::Switched(Switch::Charge, false) => {
            ("fall of the charge gate", here.board.charge_fall)
        }
        EventPattern::Switched(Switch::Discharge, false) => {
            ("fall of the discharge gate", here.board.discharge_fall)
        }
        _ => return None,
    };
    (!here.forced && fall.0 > 0).then_some((name, fall))
}

#[cfg(test)]
#[path = "windows/tests.rs"]
mod tests;
