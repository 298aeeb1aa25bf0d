//! `packtwin schema` and `packtwin new` on the command line.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

pub(crate) const SCHEMA_EXAMPLES: &str = "\
Examples:
  packtwin schema > scenario.json       for an editor; name it in a file's first line:
                                        #:schema ./scenario.json
  packtwin schema cell                  that of cell files
  packtwin schema result                that of what `run` writes of one run

Exit codes:
  0    printed
  2    wrong usage";

pub(crate) const NEW_EXAMPLES: &str = "\
Examples:
  packtwin new                          my-scenario.toml, a pack of the ps-15016
  packtwin new cold --world forced      cold.toml, values at the chip's pins
  packtwin new fast --product ps-20016s

What it writes passes `packtwin check` and, run as it is, passes.

Exit codes:
  0    written
  2    wrong usage, or there is such a file already";

/// `packtwin schema`.
#[derive(Args, Debug)]
pub(crate) struct Schema {
    /// Of which files
    #[arg(value_enum, default_value_t = Files::Scenario)]
    pub(crate) files: Files,
}

/// Files that have a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Files {
    /// What happens to a pack, and what is expected.
    Scenario,
    /// Cells.
    Cell,
    /// Product profiles.
    Product,
    /// What `run` writes of one run.
    Result,
    /// What `run` writes of all, and prints with --json.
    Suite,
    /// What `diff --json` prints.
    Diff,
}

/// `packtwin new`.
#[derive(Args, Debug)]
pub(crate) struct New {
    /// Name of the file; .toml may be left out
    #[arg(value_name = "NAME", default_value = "my-scenario")]
    pub(crate) name: PathBuf,

    /// The product under test
    #[arg(long, value_name = "PRODUCT", default_value = "ps-15016")]
    pub(crate) product: String,

    /// What stands at the chip's pins
    #[arg(long, value_enum, default_value_t = World::Pack)]
    pub(crate) world: World,

    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// What stands at the chip's pins.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum World {
    /// Simulated cells with a load.
    Pack,
    /// Forced values, for limits and delays to the last digit.
    Forced,
}
