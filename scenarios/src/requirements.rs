//! The catalogue of requirements that scenarios cite: every row of six products, a file per family.

use crate::embedded::files;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One requirement.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Its ID, such as `PS-OV-1`.
    pub id: String,
    /// What is required.
    pub text: String,
    /// The numbers, as printed; may be empty.
    pub values: String,
    /// Data sheet or manual, and lines.
    pub source: String,
    /// Whether looking at the product settles it, so that no run can: outlines, standards,
    /// handling.
    #[serde(default)]
    pub inspection: bool,
}

#[derive(Deserialize)]
struct Catalogue {
    requirement: Vec<Requirement>,
}

/// Every file of the catalogue with its text, Powastone first, then as the manuals came.
pub const FILES: &[(&str, &str)] = files!["requirements": "powastone.toml", "jk-b.toml", "deriy.toml", "jk8.toml", "jk-pb.toml", "e12.toml"];

/// Every requirement, in the order of the catalogue.
///
/// # Panics
/// Never: the catalogue is part of the program and a test reads it.
#[must_use]
pub fn all() -> &'static [Requirement] {
    static ALL: OnceLock<Vec<Requirement>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read = |(_, text): &(&str, &str)| {
            let catalogue: Catalogue = toml::from_str(text).expect("the catalogue is well-formed");
            catalogue.requirement
        };
        FILES.iter().flat_map(read).collect()
    })
}

/// Whether a requirement is of a sister of `product`: its values hold there and not here.
#[must_use]
pub fn is_of_a_sister(id: &str, product: &str) -> bool {
    let own = [("PS150-", "ps-15016"), ("PS200-", "ps-20016s")];
    let is_one = own.iter().any(|(_, name)| *name == product);
    is_one && own.iter().any(|(prefix, name)| id.starts_with(prefix) && *name != product)
}

/// The requirement called `id`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Requirement> {
    static BY_ID: OnceLock<BTreeMap<&str, &Requirement>> = OnceLock::new();
    let by_id = BY_ID.get_or_init(|| all().iter().map(|it| (it.id.as_str(), it)).collect());
    by_id.get(id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of rows of each product's sheet, counted by hand, and of those that only an
    /// inspection settles.
    const COUNTS: [(&str, usize, usize); 8] = [
        ("PS", 134, 8),
        ("PS150", 9, 1),
        ("PS200", 10, 2),
        ("JKB", 104, 3),
        ("DY", 30, 3),
        ("JK8", 37, 2),
        ("PB", 70, 2),
        ("E12", 102, 0),
    ];

    #[test]
    fn the_catalogue_holds_all_496_rows_once() {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for row in all() {
            let (prefix, _) = row.id.split_once('-').expect("an ID has a prefix");
            let (rows, inspections) = counts.entry(prefix).or_default();
            *rows += 1;
            *inspections += usize::from(row.inspection);
        }
        let exact: BTreeMap<_, _> =
            COUNTS.iter().map(|(prefix, rows, only)| (*prefix, (*rows, *only))).collect();
        assert_eq!(counts, exact);
        assert_eq!((all().len(), all().iter().filter(|row| row.inspection).count()), (496, 21));
        assert!(all().iter().all(|row| std::ptr::eq(find(&row.id).expect("it is there"), row)));
    }

    #[test]
    fn every_file_in_the_folder_is_embedded() {
        let [mut lying, embedded] = crate::suite::lying_and_embedded("requirements", FILES);
        // What windows are made of is no row.
        lying.retain(|name| name != "rules.toml");
        assert_eq!(lying, embedded);
    }

    #[test]
    fn every_row_says_what_is_required_and_where_it_is_written() {
        for row in all() {
            assert!(row.text.ends_with('.') && row.source.contains(" L"), "{row:?}");
        }
    }

    #[test]
    fn a_requirement_of_one_product_is_not_one_of_its_sister() {
        assert!(is_of_a_sister("PS200-OV-1", "ps-15016"));
        assert!(is_of_a_sister("PS150-OV-1", "ps-20016s"));
        for (id, product) in [("PS200-OV-1", "ps-20016s"), ("PS-OV-1", "ps-15016")] {
            assert!(!is_of_a_sister(id, product), "{id}");
        }
        assert!(!is_of_a_sister("PS150-OV-1", "jk-b2a8s20p"));
    }

    #[test]
    fn a_requirement_is_found_by_its_id_and_only_by_its_id() {
        assert_eq!(find("PS150-SCP-1").unwrap().values, "80 mV, 192 µs");
        assert_eq!(find("JKB-ENV-2").unwrap().values, "20..100 V");
        assert_eq!(find("PS-SCP-99"), None);
    }
}
