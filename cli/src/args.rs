//! The command line: what can be asked, and the help that explains it.

mod ci;
mod explain;
mod fit;
mod run;
mod schema;
mod sweep;

pub(crate) use ci::{Completions, Diff, Man, Replay};
use clap::{Args, Parser, Subcommand, ValueEnum};
use explain::EXPLAIN_EXAMPLES;
pub(crate) use explain::Explain;
use fit::FIT_EXAMPLES;
pub(crate) use fit::{CellWords, CurrentSign, Fit, HeldOut};
pub(crate) use run::{Annotations, Ci, Run};
pub(crate) use schema::{Files, New, Schema, World};
use schema::{NEW_EXAMPLES, SCHEMA_EXAMPLES};
use std::path::PathBuf;
use sweep::SWEEP_EXAMPLES;
pub(crate) use sweep::Sweep;

const EXAMPLES: &str = "\
Examples:
  packtwin run                          the embedded suite, report in ./packtwin-report
  packtwin run my-scenarios/            every scenario file in a folder
  packtwin run cold.toml --seed 7       one file with another seed
  packtwin run --json | jq .verdict     machine-readable results
  packtwin run --filter 's02*'          some of them; --list shows which
  packtwin run --junit junit.xml        for a CI system
  packtwin run big/ --resume            go on after Ctrl-C
  packtwin diff before/ after/          what a change has moved
  packtwin spread                       trip times of 1,000 boards
  packtwin check my-scenarios/          find every mistake without running
  packtwin age lfp-280ah                a pack after 1,000 cycles
  packtwin fit slow.csv hppc.csv        a cell file from measurements

Exit codes:
  0    everything ran and passed
  1    a verdict failed or is untested
  2    wrong usage, or an invalid or unreadable input
  3    a run was aborted by its own fault
  4    diff: something moved beyond its budget
  130  interrupted; finished runs are kept";

const CHECK_EXAMPLES: &str = "\
Examples:
  packtwin check my-scenarios/          every file in a folder
  packtwin check cold.toml --json       the problems as data
  packtwin check - < cold.toml          what an editor holds

Exit codes:
  0    no mistakes
  2    mistakes, or an unreadable input; or wrong usage";

const SPREAD_EXAMPLES: &str = "\
Examples:
  packtwin spread                       the embedded short scenarios, 1,000 boards each
  packtwin spread short.toml -n 200     200 boards of one file
  packtwin spread --json | jq .verdict  machine-readable results

Times count from the true crossing of the limit. Each is held against a window made of the product's
parameters and the SH367309's tolerances.

Exit codes:
  0    every time lies inside its window
  1    one lies outside, or nothing tripped, or not in every run
  2    wrong usage, or an invalid or unreadable input
  3    a run was aborted by its own fault
  130  interrupted; finished runs are kept";

const AGE_EXAMPLES: &str = "\
Examples:
  packtwin age lfp-280ah                16 cells, 1,000 cycles at 0.5 C and 25 °C
  packtwin age nmc-21700 --dod 0.8      shallower cycles
  packtwin age my-cell.toml --cells 4   a cell file
  packtwin age lfp-280ah --json         the result as data

The pack has no firmware and no balancing: it is discharged and charged by a cycler, and its cells
age by the published law of their type. Prints a table, writes age.csv, age.json and age.svg.

Exit codes:
  0    all cycles were run
  2    wrong usage, a cell that is not known, or one that cannot be cycled like this
  130  interrupted; the cycles so far are written";

const FAULTS_EXAMPLES: &str = "\
Examples:
  packtwin faults                       the whole catalogue
  packtwin faults bus                   those that mention a word
  packtwin faults channel-offset        one of them, with an example for a scenario file
  packtwin faults --json | jq '.faults[].name'

Exit codes:
  0    something was found
  2    nothing is called so, or wrong usage";

/// Battery packs under the real BMS firmware, in virtual time.
#[derive(Debug, Parser)]
#[command(name = "packtwin", version, about, after_help = EXAMPLES, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten, next_help_heading = "What is shown")]
    pub(crate) global: Global,
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// When to use colour; NO_COLOR and CLICOLOR are respected
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub(crate) color: Colour,

    /// How to print results
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    #[arg(env = "PACKTWIN_FORMAT", hide_env_values = true)]
    pub(crate) format: Format,

    /// Short for --format json
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Show no progress and only the runs that went wrong
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

impl Global {
    /// Whether results are wanted as JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.json || self.format == Format::Json
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// When the output is a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one document on standard output.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Replay scenarios in parallel, judge them, write the report
    #[command(after_help = EXAMPLES)]
    Run(Box<Run>),
    /// Compare two results: what moved, which verdicts changed, what is new or gone
    #[command(after_help = ci::DIFF_EXAMPLES)]
    Diff(Diff),
    /// Run a recorded run again and compare it with its record
    #[command(after_help = ci::REPLAY_EXAMPLES)]
    Replay(Replay),
    /// Run each scenario with many seeds, each a board within the datasheet's tolerances, and show
    /// how the times of its trips are spread
    #[command(after_help = SPREAD_EXAMPLES)]
    Spread(Spread),
    /// Shift each scenario's stimulus across the scan of the front end, and judge the longest time
    /// that each protection takes
    #[command(after_help = SWEEP_EXAMPLES)]
    Sweep(Sweep),
    /// Charge and discharge a pack until it is old, beside the law of its ageing
    #[command(after_help = AGE_EXAMPLES)]
    Age(Age),
    /// Find every mistake in scenario files without running them
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Check),
    /// Fit a cell to measured CSV files: open-circuit voltage, hysteresis, resistances, each with
    /// its confidence, and the error on what was held out
    #[command(after_help = FIT_EXAMPLES)]
    Fit(Box<Fit>),

    /// Show a requirement: its values, cause and window, the scenarios that cite it, and how they
    /// fared
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),

    /// List the faults that a scenario can inject, or show one
    #[command(after_help = FAULTS_EXAMPLES)]
    Faults(Faults),

    /// Write a commented scenario to start from
    #[command(after_help = NEW_EXAMPLES)]
    New(New),
    /// Print the JSON Schema of scenario, cell or product files, for editors
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema(Schema),

    /// Print what a shell needs to complete commands
    #[command(after_help = ci::COMPLETIONS_EXAMPLES)]
    Completions(Completions),
    /// Print the manual page, or write one per command into a folder
    #[command(after_help = ci::MAN_EXAMPLES)]
    Man(Man),
}

/// `packtwin spread`.
#[derive(Args, Debug)]
pub(crate) struct Spread {
    /// Scenario files, or folders of them; none for the embedded short ones
    #[arg(value_name = "FILE|DIR")]
    pub(crate) inputs: Vec<PathBuf>,

    /// Seeds per scenario
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1000,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) seeds: u64,

    /// The first seed; the others follow
    #[arg(long, value_name = "FIRST", default_value_t = 1, value_parser = seed)]
    pub(crate) seed: u64,

    /// Folder for the reports, one folder per scenario in it
    #[arg(short, long, value_name = "DIR", default_value = "packtwin-spread")]
    pub(crate) out: PathBuf,

    /// Runs at the same time; as many as processors if not given
    #[arg(short, long, value_name = "N", value_parser = jobs, allow_negative_numbers = true)]
    pub(crate) jobs: Option<usize>,
}

/// `packtwin age`.
#[derive(Args, Debug)]
pub(crate) struct Age {
    /// A preset (such as lfp-280ah), or a cell file
    #[arg(value_name = "CELL")]
    pub(crate) cell: String,

    /// Cells in series
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = cells)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) cells: usize,

    /// Cycles
    #[arg(long, value_name = "N", default_value_t = 1000, allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) cycles: u32,

    /// Current of either direction, in capacities per hour
    #[arg(long, value_name = "RATE", default_value_t = 0.5, allow_negative_numbers = true)]
    #[arg(value_parser = c_rate)]
    pub(crate) c_rate: f64,

    /// Depth of discharge, share of the capacity
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, allow_negative_numbers = true)]
    #[arg(value_parser = depth)]
    pub(crate) dod: f64,

    /// Temperature of the surroundings, °C
    #[arg(long, value_name = "CELSIUS", default_value_t = 25.0, allow_negative_numbers = true)]
    #[arg(value_parser = celsius)]
    pub(crate) temperature: f64,

    /// Seed of the spread between the cells
    #[arg(long, value_name = "SEED", default_value_t = 1, value_parser = seed,
        allow_negative_numbers = true)]
    pub(crate) seed: u64,

    /// Folder for table and picture
    #[arg(short, long, value_name = "DIR", default_value = "packtwin-age")]
    pub(crate) out: PathBuf,
}

/// How exact the virtual hardware is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Tolerance {
    /// Typical values, no noise.
    Nominal,
    /// Seeded draws within the datasheet's tolerances.
    Datasheet,
}

/// The seam of the front end.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FrontEnd {
    /// Chip driver, bytes and registers.
    Register,
    /// Values; for fast runs.
    Value,
}

/// `packtwin check`.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Scenario files, folders of them, or - for standard input; none for the embedded suite
    #[arg(value_name = "FILE|DIR")]
    pub(crate) inputs: Vec<PathBuf>,
}

/// `packtwin faults`.
#[derive(Args, Debug)]
pub(crate) struct Faults {
    /// Name or number of a fault to show, or a word to look for; none for all
    #[arg(value_name = "NAME|WORD")]
    pub(crate) wanted: Option<String>,

    /// Only the groups whose name holds this word
    #[arg(long, value_name = "WORD")]
    pub(crate) group: Option<String>,

    /// The whole catalogue as a Markdown document
    #[arg(long, conflicts_with_all = ["wanted", "group", "json"])]
    pub(crate) markdown: bool,
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(0) | Err(_) => Err("expected a whole number from 1".to_owned()),
        Ok(jobs) => Ok(jobs),
    }
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

fn cells(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(cells @ 1..=1000) => Ok(cells),
        _ => Err("expected a whole number from 1 to 1000".to_owned()),
    }
}

fn c_rate(text: &str) -> Result<f64, String> {
    number(text, 0.01, 20.0)
}

fn depth(text: &str) -> Result<f64, String> {
    number(text, 0.05, 1.0)
}

fn celsius(text: &str) -> Result<f64, String> {
    number(text, -40.0, 80.0)
}

fn number(text: &str, low: f64, high: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (low..=high).contains(&value) => Ok(value),
        _ => Err(format!("expected a number from {low} to {high}")),
    }
}
