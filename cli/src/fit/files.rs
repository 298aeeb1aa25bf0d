//! From names on the command line to measured records.

use crate::args::{self, Fit as Wanted, HeldOut};
use fitting::csv::{self, CurrentSign, Options};
use fitting::problems::Problems;
use fitting::record::Record;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A larger file is refused, byte: it would be read as a whole.
const BYTES_MAX: u64 = 1 << 30;

/// What the files hold.
pub(super) struct Measured {
    /// Every series, in the order of the files.
    pub(super) records: Vec<Record>,
    /// State of charge of the first row of each, where the file says it.
    pub(super) soc_start: Vec<Option<f64>>,
    /// Whether each is kept out of the fit.
    pub(super) held_out: Vec<bool>,
    /// Names of the files without their folders.
    pub(super) files: Vec<String>,
    /// What was told while reading, each with its file.
    pub(super) notes: Vec<String>,
}

/// Reads every file.
///
/// # Errors
/// Everything that is wrong with any of them.
pub(super) fn read(wanted: &Wanted) -> Result<Measured, Problems> {
    let mut problems = Problems::default();
    let held_out = wanted.cell.hold_out.iter().filter_map(|it| match it {
        HeldOut::File(path) => Some(path.clone()),
        HeldOut::Share(_) => None,
    });
    let held_out = found(&held_out.collect::<Vec<_>>(), &mut problems);
    let mut paths = found(&wanted.inputs, &mut problems);
    let others = held_out.iter().filter(|path| !paths.iter().any(|it| is_same(it, path)));
    let others: Vec<_> = others.cloned().collect();
    paths.extend(others);
    let mut measured = Measured {
        records: Vec::new(),
        soc_start: Vec::new(),
        held_out: Vec::new(),
        files: Vec::new(),
        notes: Vec::new(),
    };
    let names: Vec<_> = paths.iter().map(|path| shown(path)).collect();
    for unknown in unknown_temperatures(wanted, &names) {
        let help = "name it as it is named among the files, or by its last part";
        let title = format!("--temperature {unknown}: no such file is read");
        problems.extend(Problems::of_path(&unknown, title, help));
    }
    for (path, name) in paths.iter().zip(&names) {
        let is_held_out = held_out.iter().any(|it| is_same(it, path));
        match bytes(path).and_then(|bytes| csv::read(name, &bytes, &options(wanted, name))) {
            Ok(reading) => measured.take(name, reading, is_held_out),
            Err(wrong) => problems.extend(wrong),
        }
    }
    if problems.is_empty() && measured.held_out.iter().all(|held_out| *held_out) {
        let help = "give at least one file that is not held out";
        problems.extend(Problems::of_path("--hold-out", "nothing is left to fit", help));
    }
    if problems.is_empty() { Ok(measured) } else { Err(problems) }
}

impl Measured {
    fn take(&mut self, name: &str, reading: csv::Reading, is_held_out: bool) {
        self.held_out.extend(reading.records.iter().map(|_| is_held_out));
        self.records.extend(reading.records);
        self.soc_start.extend(reading.soc_start);
        self.notes.extend(reading.notes.iter().map(|note| told(name, note)));
        let last = Path::new(name).file_name().unwrap_or_default();
        self.files.push(last.to_string_lossy().into_owned());
    }
}

/// A note with its file, where it does not begin with it.
fn told(name: &str, note: &str) -> String {
    if note.starts_with(name) { note.to_owned() } else { format!("{name}: {note}") }
}

/// The files behind names: a folder stands for its .csv files, in their order.
fn found(inputs: &[PathBuf], problems: &mut Problems) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for input in inputs {
        if !input.is_dir() {
            paths.push(input.clone());
            continue;
        }
        let entries = fs::read_dir(input).map(|entries| {
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            let is_csv = |path: &PathBuf| {
                path.extension().is_some_and(|it| it.eq_ignore_ascii_case("csv")) && path.is_file()
            };
            paths.filter(is_csv).collect::<Vec<_>>()
        });
        match entries {
            Ok(mut entries) if !entries.is_empty() => {
                entries.sort();
                paths.extend(entries);
            }
            Ok(_) => {
                let help = "name the files themselves if they end otherwise";
                let title = "the folder holds no .csv file";
                problems.extend(Problems::of_path(&shown(input), title, help));
            }
            Err(error) => problems.extend(unreadable(input, &error)),
        }
    }
    paths
}

fn shown(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other
        || matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(a), Ok(b)) if a == b)
}

fn bytes(path: &Path) -> Result<Vec<u8>, Problems> {
    let mut bytes = Vec::new();
    let reader: io::Result<Box<dyn Read>> = if path == Path::new("-") {
        Ok(Box::new(io::stdin().lock()))
    } else {
        fs::File::open(path).map(|file| Box::new(file) as Box<dyn Read>)
    };
    let read = reader.and_then(|reader| reader.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(unreadable(path, &error)),
        Ok(_) if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > BYTES_MAX => {
            let title = "is larger than 1 GiB";
            Err(Problems::of_path(&shown(path), title, "split it, or thin its rows"))
        }
        Ok(_) => Ok(bytes),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Problems {
    Problems::of_path(&shown(path), format!("cannot be read: {error}"), "check the path")
}

/// Whether a file that the user names is this one: by its whole name or its last part.
fn is_named(file: &str, name: &str) -> bool {
    file == name || Path::new(name).file_name().is_some_and(|last| last.to_string_lossy() == file)
}

/// The files of `--temperature FILE=…` that are not read.
fn unknown_temperatures(wanted: &Wanted, names: &[String]) -> Vec<String> {
    let named = wanted.files.temperature.iter().filter_map(|(file, _)| file.clone());
    named.filter(|file| !names.iter().any(|name| is_named(file, name))).collect()
}

/// What the user says about one file.
fn options(wanted: &Wanted, name: &str) -> Options {
    let words = &wanted.files;
    let of_this = words
        .temperature
        .iter()
        .rfind(|(file, _)| file.as_ref().is_some_and(|file| is_named(file, name)));
    let of_all = words.temperature.iter().rfind(|(file, _)| file.is_none());
    Options {
        map: words.map.clone(),
        current_sign: match words.current_sign {
            args::CurrentSign::ChargePositive => CurrentSign::ChargePositive,
            args::CurrentSign::DischargePositive => CurrentSign::DischargePositive,
        },
        temperature_c: of_this.or(of_all).map(|(_, celsius)| *celsius),
        gap_max_s: words.gap_max,
        split_by: words.split_by.clone(),
        capacity_ah: wanted.cell.capacity,
    }
}
