//! From names on the command line to checked scenarios.

use scenarios::{Diagnostics, Scenario};
use std::path::PathBuf;

/// Every scenario behind `inputs`, files and folders alike; the embedded suite if there are none.
///
/// # Errors
/// Everything that is wrong with any of them.
pub(crate) fn load(inputs: &[PathBuf]) -> Result<Vec<Scenario>, Diagnostics> {
    if inputs.is_empty() {
        return Ok(scenarios::suite());
    }
    let mut found = Vec::new();
    let mut wrong = Diagnostics::default();
    for input in inputs {
        let loaded =
            if input.is_dir() { scenarios::load_dir(input) } else { scenarios::load(input) };
        match loaded {
            Ok(loaded) => found.extend(loaded),
            Err(diagnostics) => wrong.extend(diagnostics),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}
