//! The arguments of `packtwin explain`.

use clap::Args;
use std::path::PathBuf;

pub(crate) const EXPLAIN_EXAMPLES: &str = "\
Examples:
  packtwin explain PS200-OV-1           a requirement: text, values, windows, scenarios, verdicts
  packtwin explain PS-OV                all whose IDs begin so
  packtwin explain UV                   all that a protection, or an event, is about
  packtwin explain PS-OV-1 cold.toml    by which expectations of a file it is covered
  packtwin explain PS-OV-1 --json       the same as data

Verdicts are those of the newest report in ./packtwin-report, or in --results DIR.

Exit codes:
  0    something was found
  2    nothing is called so, or an invalid or unreadable input; or wrong usage";

/// `packtwin explain`.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// ID of a requirement or the begin of one, name of a protection, or of an event
    #[arg(value_name = "ID|NAME")]
    pub(crate) wanted: String,

    /// Scenario files, or folders of them; none for the embedded suite
    #[arg(value_name = "FILE|DIR")]
    pub(crate) inputs: Vec<PathBuf>,

    /// Folder of a report, for the verdicts
    #[arg(long, value_name = "DIR", default_value = "packtwin-report")]
    pub(crate) results: PathBuf,
}
