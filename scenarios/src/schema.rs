//! The schemas of the files, for editors: JSON Schema, draft 2020-12. They are made from the very
//! keys that the readers ask for, and stand in `docs/schema/`.

#[cfg(test)]
mod derive;
#[cfg(test)]
mod files;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod quantities;

/// Schema of scenario files.
pub const SCENARIO: &str = include_str!("../../docs/schema/scenario.json");

/// Schema of product profiles.
pub const PRODUCT: &str = include_str!("../../docs/schema/product.json");

/// Schema of cell files.
pub const CELL: &str = include_str!("../../docs/schema/cell.json");
