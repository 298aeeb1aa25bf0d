//! Which requirements a run has put to the test, and with what verdict.

use crate::Lookup;
use crate::verdict::{Finding, Grade};
use scenarios::Scenario;

/// A requirement as the specification prints it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequirementText {
    /// What shall be.
    pub text: String,
    /// Its values; may be empty.
    pub values: String,
    /// Where it comes from: source document and lines.
    pub source: String,
}

/// A requirement and what the run says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// Its ID, such as `PS-SCP-1`.
    pub id: String,
    /// Its text; empty if the specification does not know the ID.
    pub requirement: RequirementText,
    /// The worst of the findings that put it to the test; untested if none did.
    pub verdict: Grade,
    /// Those that name it, as indices into the findings.
    pub findings: Vec<usize>,
}

/// Every requirement that the scenario claims, then those that only expectations name.
#[must_use]
pub fn of(scenario: &Scenario, findings: &[Finding], lookup: Lookup<'_>) -> Vec<Covered> {
    let named = scenario.expectations.iter().flat_map(|it| &it.requirements);
    let mut ids: Vec<&String> = Vec::new();
    for id in scenario.covers.iter().chain(named) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids.into_iter().map(|id| covered(id, findings, lookup)).collect()
}

fn covered(id: &str, findings: &[Finding], lookup: Lookup<'_>) -> Covered {
    let naming: Vec<usize> = (0..findings.len())
        .filter(|&index| findings[index].requirements.iter().any(|named| named == id))
        .collect();
    let exercised = naming
        .iter()
        .map(|&index| findings[index].verdict.grade())
        .filter(|grade| *grade != Grade::Untested);
    Covered {
        id: id.into(),
        requirement: lookup(id).unwrap_or_default(),
        verdict: exercised.max().unwrap_or(Grade::Untested),
        findings: naming,
    }
}
