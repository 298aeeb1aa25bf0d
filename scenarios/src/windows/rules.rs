//! What the requirements that have a timing say about an event: cause, parameters, tolerance.

use crate::expect::EventPattern;
use crate::names;
use crate::tolerance::Class;
use bms_core::protect::Reasons;
use serde::Deserialize;
use std::sync::OnceLock;

/// One rule; keys as they are explained in `requirements/rules.toml`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// The requirements that say so.
    pub requirements: Vec<String>,
    /// The protection, where it is about one.
    pub protection: Option<String>,
    /// The events that it dates, by their names; the first is meant where none is named.
    pub events: Vec<String>,
    /// What must have come.
    pub needs: Vec<Needed>,
    /// The events of the need `after`.
    #[serde(default)]
    pub after: Vec<String>,
    /// The parameter that the quantity is compared with.
    pub threshold: Option<String>,
    /// The parameter that is counted from the cause.
    pub delay: Option<String>,
    /// The parameter that is counted from the load's removal.
    pub load_delay: Option<String>,
    /// The parameter that makes the load's removal needed; always needed without it.
    pub load_if: Option<String>,
    /// The parameter that switches this on.
    pub only_if: Option<String>,
    /// Parameters that no data sheet prints.
    #[serde(default)]
    pub assumed: Vec<String>,
    /// Requirements that print the numbers, where those that say so do not.
    #[serde(default)]
    pub printed_in: Vec<String>,
    /// Name of the tolerance class.
    pub tolerance: String,
}

/// What an event needs to come.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum Needed {
    /// The true quantity reaches the limit.
    #[serde(rename = "limit")]
    Limit,
    /// It is back at the release level.
    #[serde(rename = "level")]
    Level,
    /// No load is attached.
    #[serde(rename = "load gone")]
    LoadGone,
    /// Discharge current flows.
    #[serde(rename = "discharging")]
    Discharging,
    /// Charge current flows.
    #[serde(rename = "charging")]
    Charging,
    /// The charge current calls for the limiter.
    #[serde(rename = "limiter due")]
    LimiterDue,
    /// The cells are too far apart.
    #[serde(rename = "unbalanced")]
    Unbalanced,
    /// The cells are close enough.
    #[serde(rename = "balanced")]
    Balanced,
    /// An event.
    #[serde(rename = "after")]
    After,
}

impl Rule {
    /// The event that is meant: the wanted one if the rule dates it, else none; its first if none
    /// is wanted.
    pub(super) fn event(&self, wanted: Option<&EventPattern>) -> Option<EventPattern> {
        let events = names::events();
        let find = |name: &String| events.iter().find(|(known, _)| known == name);
        let mut own = self.events.iter().filter_map(find).map(|(_, event)| event);
        match wanted {
            Some(wanted) => own.find(|event| *event == wanted).cloned(),
            None => own.next().cloned(),
        }
    }

    /// The protection that it is about.
    #[must_use]
    pub fn reason(&self) -> Option<Reasons> {
        let name = self.protection.as_deref()?;
        names::PROTECTIONS.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason)
    }

    /// Its tolerance class.
    ///
    /// # Panics
    /// Never: a test reads the table.
    #[must_use]
    pub fn class(&self) -> Class {
        Class::find(&self.tolerance).expect("a test reads the table")
    }

    /// Whether it counts from a limit that is reached.
    pub(super) fn counts_from_the_limit(&self) -> bool {
        self.needs.contains(&Needed::Limit)
    }
}

#[derive(Deserialize)]
struct Table {
    rule: Vec<Rule>,
}

/// Every rule, in the order of the table.
///
/// # Panics
/// Never: the table is part of the program and a test reads it.
#[must_use]
pub fn all() -> &'static [Rule] {
    static ALL: OnceLock<Vec<Rule>> = OnceLock::new();
    ALL.get_or_init(|| {
        let text = include_str!("../../requirements/rules.toml");
        let table: Table = toml::from_str(text).expect("the table is well-formed");
        table.rule
    })
}

/// The rules of a requirement.
pub fn of(id: &str) -> impl Iterator<Item = &'static Rule> {
    all().iter().filter(move |rule| rule.requirements.iter().any(|own| own == id))
}

/// The protections that a requirement is about; empty if it has no rule with one.
#[must_use]
pub fn protections(id: &str) -> Reasons {
    of(id).filter_map(Rule::reason).fold(Reasons::empty(), |all, one| all | one)
}
