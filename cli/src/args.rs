//! The command line: what can be asked, and the help that explains it.

use cell_models::cell::Chemistry;
use clap::{Args, Parser, Subcommand, ValueEnum};
use fitting::columns::Mapping;
use fitting::csv::GAP_MAX_S;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  packtwin run                          the embedded suite, report in ./packtwin-report
  packtwin run my-scenarios/            every scenario file in a folder
  packtwin run cold.toml --seed 7       one file with another seed
  packtwin run --json | jq .verdict     machine-readable results
  packtwin spread                       trip times of 1,000 boards
  packtwin check my-scenarios/          find every mistake without running
  packtwin age lfp-280ah                a pack after 1,000 cycles
  packtwin fit slow.csv hppc.csv        a cell file from measurements

Exit codes:
  0    everything ran and passed
  1    a verdict failed or is untested
  2    wrong usage, or an invalid or unreadable input
  3    a run was aborted by its own fault
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

const FIT_EXAMPLES: &str = "\
Examples:
  packtwin fit slow.csv hppc.csv -o cell.toml --chemistry nmc
  packtwin fit data/ --hold-out drive.csv --report fit/
  packtwin fit log.csv --map voltage=U_cell --map \"current=I [mA]\" --temperature 25
  packtwin fit old.csv --current-sign discharge-positive --temperature old.csv=-10

Columns are known by the names of the Battery Data Format (Test Time / s, voltage_volt) and of common
testers, units by their headings. Current above zero charges. Needed are time, current, voltage, and
a temperature of cell or chamber; counters of charge and step numbers help.

Exit codes:
  0    the cell was fitted and written
  2    wrong usage, a file with mistakes or unreadable, or records that cannot be fitted
  3    the fit was aborted by its own fault";

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
    Run(Run),
    /// Run each scenario with many seeds, each a board within the datasheet's tolerances, and show
    /// how the times of its trips are spread
    #[command(after_help = SPREAD_EXAMPLES)]
    Spread(Spread),
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

    /// List the faults that a scenario can inject, or show one
    #[command(after_help = FAULTS_EXAMPLES)]
    Faults(Faults),
}

/// `packtwin run`.
#[derive(Args, Debug)]
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

    /// Seed of every run, instead of the files' own
    #[arg(long, value_name = "SEED", allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,

    /// How exact the virtual hardware is, instead of the files' own
    #[arg(long, value_enum)]
    pub(crate) tolerance: Option<Tolerance>,

    /// At which seam the front end is attached, instead of the files' own
    #[arg(long, value_enum)]
    pub(crate) front_end: Option<FrontEnd>,
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
    #[arg(long, value_name = "FIRST", default_value_t = 1)]
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
    #[arg(long, value_name = "SEED", default_value_t = 1, allow_negative_numbers = true)]
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

/// `packtwin fit`.
#[derive(Args, Debug)]
pub(crate) struct Fit {
    /// Measured files, folders of .csv files, or - for standard input
    #[arg(value_name = "FILE|DIR", required = true)]
    pub(crate) inputs: Vec<PathBuf>,

    /// Cell file to write
    #[arg(short, long, value_name = "FILE", default_value = "cell.toml")]
    pub(crate) out: PathBuf,

    /// Replace the cell file if there is one
    #[arg(long)]
    pub(crate) force: bool,

    /// Folder for a report with plots
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,

    #[command(flatten, next_help_heading = "The cell")]
    pub(crate) cell: CellWords,

    #[command(flatten, next_help_heading = "The files")]
    pub(crate) files: FileWords,
}

/// What the user says of the cell.
#[derive(Args, Debug)]
pub(crate) struct CellWords {
    /// Name of the cell; the cell file's if not given
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// Family of electrodes
    #[arg(long, value_name = "LFP|NMC|NCA|LMO|LTO|OTHER", default_value = "other")]
    #[arg(value_parser = chemistry, hide_default_value = true)]
    pub(crate) chemistry: Chemistry,

    /// Capacity, where no record goes from full to empty
    #[arg(long, value_name = "AH", value_parser = positive)]
    pub(crate) capacity: Option<f64>,

    /// Pairs of resistance and capacitance
    #[arg(long, value_name = "N", default_value_t = 3,
        value_parser = clap::value_parser!(u8).range(1..=4))]
    pub(crate) branches: u8,

    /// Where the measurements come from, for the cell file
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) source: String,

    /// Licence of the measurements, for the cell file
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) licence: String,

    /// Keep a file, or the last share of every record such as 20%, out of the fit and score the
    /// cell on it; may be repeated
    #[arg(long, value_name = "FILE|SHARE", value_parser = held_out)]
    pub(crate) hold_out: Vec<HeldOut>,
}

/// What the user says of the measured files.
#[derive(Args, Debug)]
pub(crate) struct FileWords {
    /// Name a column: time, current, voltage, temperature, ambient, charged, discharged,
    /// net-charge, step or soc; with a unit in brackets where the heading has none
    #[arg(long, value_name = "NAME=COLUMN", value_parser = Mapping::parse)]
    pub(crate) map: Vec<Mapping>,

    /// Which current the files write above zero
    #[arg(long, value_enum, default_value_t = CurrentSign::ChargePositive)]
    pub(crate) current_sign: CurrentSign,

    /// Temperature in degree Celsius of files that state none, of all or of one
    #[arg(long, value_name = "[FILE=]CELSIUS", value_parser = temperature)]
    #[arg(allow_negative_numbers = true)]
    pub(crate) temperature: Vec<(Option<String>, f64)>,

    /// Longest time without a row while current flows
    #[arg(long, value_name = "SECONDS", default_value_t = GAP_MAX_S, value_parser = positive)]
    pub(crate) gap_max: f64,

    /// Columns whose values tell several series in one file apart; found where time begins anew
    #[arg(long, value_name = "COLUMN,COLUMN", value_delimiter = ',')]
    pub(crate) split_by: Vec<String>,
}

/// What is kept out of a fit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum HeldOut {
    /// The last share of every record, above 0 and below 1.
    Share(f64),
    /// A file.
    File(PathBuf),
}

/// Which current is above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CurrentSign {
    /// Charge.
    ChargePositive,
    /// Discharge.
    DischargePositive,
}

fn chemistry(text: &str) -> Result<Chemistry, String> {
    Chemistry::by_name(text).ok_or_else(|| {
        let names = Chemistry::ALL.map(|it| it.name().to_lowercase());
        format!("expected one of {}", names.join(", "))
    })
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    let fits = number.filter(|number| number.is_finite() && *number > 0.0);
    fits.ok_or_else(|| "expected a number above 0".to_owned())
}

fn held_out(text: &str) -> Result<HeldOut, String> {
    let (number, factor) = match text.strip_suffix('%') {
        Some(percent) => (percent.trim().parse::<f64>().ok(), 0.01),
        None => (text.parse::<f64>().ok(), 1.0),
    };
    match number.map(|number| factor * number) {
        Some(share) if share > 0.0 && share < 1.0 => Ok(HeldOut::Share(share)),
        Some(_) => Err("expected a share between 0 and 1 such as 0.2 or 20%, or a file".to_owned()),
        None => Ok(HeldOut::File(text.into())),
    }
}

fn temperature(text: &str) -> Result<(Option<String>, f64), String> {
    let (file, number) = match text.rsplit_once('=') {
        Some((file, number)) => (Some(file.to_owned()), number),
        None => (None, text),
    };
    let celsius = number.trim().parse::<f64>().ok();
    let fits = celsius.filter(|celsius| (-100.0..=200.0).contains(celsius));
    let celsius =
        fits.ok_or("expected degrees Celsius such as 25, or FILE=25, from -100 to 200")?;
    Ok((file, celsius))
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
