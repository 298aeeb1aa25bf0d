//! What `packtwin fit` can be asked.

use cell_models::cell::Chemistry;
use clap::{Args, ValueEnum};
use fitting::columns::Mapping;
use fitting::csv::GAP_MAX_S;
use std::path::PathBuf;

pub(super) const FIT_EXAMPLES: &str = "\
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
