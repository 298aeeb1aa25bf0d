//! From names on the command line to checked scenarios.

use scenarios::load::Options;
use scenarios::{Diagnostics, Scenario};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What standard input is called in messages and results.
pub(crate) const STANDARD_INPUT: &str = "standard input";

/// What the IDs of scenarios from standard input begin with.
pub(crate) const STANDARD_INPUT_STEM: &str = "stdin";

/// Those that run, and for each of the others a line that says why it does not.
pub(crate) fn without_waiting(scenarios: Vec<Scenario>) -> (Vec<Scenario>, Vec<String>) {
    let waiting: Vec<_> = scenarios.iter().filter(|it| !it.runs()).map(waits).collect();
    (scenarios.into_iter().filter(Scenario::runs).collect(), waiting)
}

/// Why a scenario does not run, as a line.
pub(crate) fn waits(scenario: &Scenario) -> String {
    let (word, why) = match scenario.refused.is_empty() {
        true => ("waiting", &scenario.waiting),
        false => ("refused", &scenario.refused),
    };
    format!("{word}: {}: {}", scenario.id, why.join("; "))
}

/// Every scenario behind `inputs`, files and folders alike; the embedded suite if there are none.
///
/// # Errors
/// Everything that is wrong with any of them.
pub(crate) fn load(inputs: &[PathBuf]) -> Result<Vec<Scenario>, Diagnostics> {
    load_with(inputs, &Options::default())
}

/// As [`load`], with what the command line says otherwise.
///
/// # Errors
/// As [`load`].
pub(crate) fn load_with(
    inputs: &[PathBuf],
    options: &Options,
) -> Result<Vec<Scenario>, Diagnostics> {
    if inputs.is_empty() {
        return Ok(scenarios::suite::suite_with(options));
    }
    let mut found = Vec::new();
    let mut wrong = Diagnostics::default();
    for input in inputs {
        match load_one(input, options) {
            Ok(loaded) => found.extend(loaded),
            Err(diagnostics) => wrong.extend(diagnostics),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

fn load_one(input: &Path, options: &Options) -> Result<Vec<Scenario>, Diagnostics> {
    if input == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes);
        scenarios::load::load_bytes(STANDARD_INPUT, STANDARD_INPUT_STEM, read, options)
    } else if input.is_dir() {
        scenarios::load::load_dir_with(input, options)
    } else {
        scenarios::load::load_with(input, options)
    }
}
