//! `packtwin sweep`: what can be asked of it.

use clap::Args;
use std::path::PathBuf;

pub(crate) const SWEEP_EXAMPLES: &str = "\
Examples:
  packtwin sweep                        every protection of every product at 64 phases
  packtwin sweep ov.toml --phases 256   one file, more finely
  packtwin sweep --json | jq .verdict   machine-readable results

Times count from the true crossing of the limit. The stimulus of each run comes a little later than
in the one before, until it has come at every phase between two samples; the longest time is judged.

Exit codes:
  0    the longest of every time lies inside its window
  1    one lies outside, or nothing tripped, or not at every phase
  2    wrong usage, or an invalid or unreadable input
  3    a run was aborted by its own fault
  130  interrupted; finished scenarios are kept";

/// `packtwin sweep`.
#[derive(Args, Debug)]
pub(crate) struct Sweep {
    /// Scenario files, or folders of them; none for the embedded short ones
    #[arg(value_name = "FILE|DIR")]
    pub(crate) inputs: Vec<PathBuf>,

    /// Phases per scenario
    #[arg(short = 'n', long, value_name = "N", default_value_t = 64,
        value_parser = clap::value_parser!(u64).range(2..=100_000))]
    pub(crate) phases: u64,

    /// The scan across which the stimulus is shifted, in milliseconds; if not given 100, or 1000
    /// where a temperature is expected to trip
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub(crate) period: Option<u64>,

    /// Folder for the report
    #[arg(short, long, value_name = "DIR", default_value = "packtwin-sweep")]
    pub(crate) out: PathBuf,

    /// Runs at the same time; as many as processors if not given
    #[arg(short, long, value_name = "N", value_parser = super::jobs, allow_negative_numbers = true)]
    pub(crate) jobs: Option<usize>,
}
