//! What `packtwin run` can be asked.

use super::{FrontEnd, Tolerance, jobs, seed};
use crate::filter::Pattern;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `packtwin run`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Run {
    /// Scenario files, folders of them, or - for standard input; none for the embedded suite
    #[arg(value_name = "FILE|DIR")]
    pub(crate) inputs: Vec<PathBuf>,

    /// Folder for the report
    #[arg(short, long, value_name = "DIR", default_value = "packtwin-report")]
    pub(crate) out: PathBuf,

    /// Runs at the same time; if not given RAYON_NUM_THREADS, or as many as processors
    #[arg(short, long, value_name = "N", value_parser = jobs, allow_negative_numbers = true)]
    pub(crate) jobs: Option<usize>,

    /// Seed of every run, instead of the files' own; refused where an axis says the seed
    #[arg(long, value_name = "SEED", value_parser = seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,

    /// How exact the virtual hardware is, instead of the files' own
    #[arg(long, value_enum)]
    pub(crate) tolerance: Option<Tolerance>,

    /// At which seam the front end is attached, instead of the files' own
    #[arg(long, value_enum)]
    pub(crate) front_end: Option<FrontEnd>,

    /// Write every recorded row of every run into its trace.csv, not only of those that do not pass
    #[arg(long)]
    pub(crate) traces: bool,

    #[command(flatten, next_help_heading = "Which runs")]
    pub(crate) which: Which,

    #[command(flatten, next_help_heading = "For CI")]
    pub(crate) ci: Ci,
}

/// Which of the scenarios run, and until when.
#[derive(Args, Clone, Debug)]
pub(crate) struct Which {
    /// Only runs whose ID, title, acceptance scenario, product or requirement holds the text, or
    /// matches it as a glob such as s0?-*; several widen, and !TEXT leaves out
    #[arg(short, long = "filter", value_name = "TEXT")]
    pub(crate) filters: Vec<Pattern>,

    /// Show which runs there are, and run nothing
    #[arg(long)]
    pub(crate) list: bool,

    /// Begin no other run once one has not passed
    #[arg(long)]
    pub(crate) fail_fast: bool,

    /// Keep what an earlier call has finished in the folder, if file, seed and program are the same
    #[arg(long)]
    pub(crate) resume: bool,

    /// Stay, and run again what changes in the files, until Ctrl-C
    #[arg(long, conflicts_with = "list")]
    pub(crate) watch: bool,
}

/// What a CI system reads.
#[derive(Args, Clone, Debug)]
pub(crate) struct Ci {
    /// Write the result as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// Write a summary as Markdown; it is appended to $GITHUB_STEP_SUMMARY too, if that is set
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,

    /// Mark troubles at their line of the file; github if GITHUB_ACTIONS is true
    #[arg(long, value_enum, value_name = "STYLE")]
    pub(crate) annotations: Option<Annotations>,
}

/// How troubles are marked at their lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Annotations {
    /// Workflow commands of GitHub, on standard error.
    Github,
    /// Not at all.
    None,
}
