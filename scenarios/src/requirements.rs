//! The catalogue of requirements that scenarios cite.

use serde::Deserialize;
use std::sync::OnceLock;

/// One requirement of the Powastone family.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Requirement {
    /// Its ID, such as `PS-OV-1`.
    pub id: String,
    /// What is required.
    pub text: String,
    /// The numbers, as printed; may be empty.
    pub values: String,
    /// Data sheet and lines.
    pub source: String,
}

#[derive(Deserialize)]
struct Catalogue {
    requirement: Vec<Requirement>,
}

/// Every requirement, in the order of the catalogue.
///
/// # Panics
/// Never: the catalogue is part of the program and a test reads it.
#[must_use]
pub fn all() -> &'static [Requirement] {
    static ALL: OnceLock<Vec<Requirement>> = OnceLock::new();
    ALL.get_or_init(|| {
        let text = include_str!("../requirements/powastone.toml");
        let catalogue: Catalogue = toml::from_str(text).expect("the catalogue is well-formed");
        catalogue.requirement
    })
}

/// The requirement called `id`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Requirement> {
    all().iter().find(|requirement| requirement.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_catalogue_holds_all_153_rows_of_the_family_once() {
        let ids: BTreeSet<_> = all().iter().map(|requirement| &requirement.id).collect();
        assert_eq!((all().len(), ids.len()), (153, 153));
        let with = |prefix: &str| ids.iter().filter(|id| id.starts_with(prefix)).count();
        assert_eq!((with("PS-"), with("PS150-"), with("PS200-")), (134, 9, 10));
    }

    #[test]
    fn a_requirement_is_found_by_its_id_and_only_by_its_id() {
        assert_eq!(find("PS150-SCP-1").unwrap().values, "80 mV, 192 µs");
        assert_eq!(find("PS-SCP-99"), None);
    }
}
