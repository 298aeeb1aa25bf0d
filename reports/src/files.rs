//! The report on disk: pages, tables and results, none of them ever half-written.

use crate::suite::{Kept, Suite};
use crate::{Judged, page, result, sheets};
use scenarios::Scenario;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The page to open first.
    pub index: PathBuf,
    /// Every file, in the order of writing; the index last.
    pub files: Vec<PathBuf>,
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A folder cannot be made.
    #[error("cannot make the folder {}: {source}\nhint: {}", path.display(), hint(source))]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written. What stood there before still stands.
    #[error("cannot write {}: {source}\nhint: {}", path.display(), hint(source))]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A table or page cannot be made: a fault of the program, not of the user.
    #[error("cannot make {}: {what}", path.display())]
    Content {
        /// For which file.
        path: PathBuf,
        /// What went wrong.
        what: String,
    },
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "choose a folder that you may write to; the runs themselves are not affected"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "free some space, or choose a folder on another disk"
        }
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            "a file stands where a folder is needed: move it away or choose another folder"
        }
        io::ErrorKind::IsADirectory => "a folder stands where a file is needed: move it away",
        _ => "choose another folder; the runs themselves are not affected",
    }
}

/// Writes the report of all runs into a folder, which it makes if it is missing: `index.html`,
/// `result.json`, and for each run a folder with `index.html`, `trace.csv`, `events.csv`,
/// `result.json` and, where there were fast phases, `bursts.csv`; [`Judged::rows`] says which rows
/// `trace.csv` shows. Files that stand there already are replaced one by one, each only when its successor is complete.
///
/// # Errors
/// The first folder or file that cannot be written, with a hint. Files written before it stay.
pub fn write(dir: &Path, runs: &[Judged<'_>]) -> Result<Written, ReportError> {
    let suite = Suite::of(runs.to_vec());
    let mut files = Vec::new();
    for (run, folder) in suite.runs.iter().zip(&suite.folders) {
        files.extend(write_run(dir, folder, run)?.files);
    }
    let written = write_suite(dir, &suite)?;
    files.extend(written.files);
    Ok(Written { index: written.index, files })
}

/// What was written of one run, by which it is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenRun {
    /// Every file, in the order of writing.
    pub files: Vec<PathBuf>,
    /// The digest of all that the run depends on, as its result says it.
    pub inputs: String,
    /// The digest of its `result.json`: BLAKE3, 64 hexadecimal digits.
    pub result: String,
}

/// Writes the files of one run into a folder beside those of its suite, the result last: where it
/// stands, the others do. Files that stand there already are replaced as by [`write()`].
///
/// # Errors
/// As [`write()`].
pub fn write_run(dir: &Path, folder: &str, run: &Judged<'_>) -> Result<WrittenRun, ReportError> {
    let mut writer = Writer::new(dir);
    writer.run(run, folder)?;
    let document = result::run(run);
    let text = pretty(&document);
    let result = blake3::hash(text.as_deref().unwrap_or_default().as_bytes()).to_hex().to_string();
    writer.put(&format!("{folder}/result.json"), text)?;
    let inputs = document["reproduce"]["inputs_blake3"].as_str().unwrap_or_default().to_owned();
    Ok(WrittenRun { files: writer.files, inputs, result })
}

/// Writes what stands above the runs of a suite: its page and its result.
///
/// # Errors
/// As [`write()`].
pub fn write_suite(dir: &Path, suite: &Suite<'_>) -> Result<Written, ReportError> {
    let mut writer = Writer::new(dir);
    for (name, content) in page::ASSETS {
        writer.put(&format!("assets/{name}"), Ok(content))?;
    }
    writer.put("result.json", pretty(&result::suite(suite)))?;
    let coverage = page::coverage(&suite.runs).map_err(|what| what.to_string());
    writer.put("coverage.html", coverage)?;
    let not_run: Vec<&str> = suite.not_run.iter().map(|it| it.id.as_str()).collect();
    let index = page::index(&suite.runs, &suite.folders, &not_run, &suite.waiting);
    let index = writer.put("index.html", index.map_err(|what| what.to_string()))?;
    Ok(Written { index, files: writer.files })
}

/// Writes a file of its own, such as a summary, whole or not at all; makes its folder if it is
/// missing.
///
/// # Errors
/// As [`write()`].
pub fn write_text(path: &Path, text: &str) -> Result<(), ReportError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let folder = path.parent().unwrap_or(Path::new(""));
    Writer::new(folder).put(&name.unwrap_or_default(), Ok(text)).map(|_| ())
}

/// The table of events of a run, in its folder.
const EVENTS: &str = "events.csv";

/// The table of rows of a run, in its folder.
const TRACE: &str = "trace.csv";

/// The tables that [`write_run`] would leave of a run, by their names: events, then rows.
///
/// # Errors
/// A table cannot be made: a fault of the program.
pub fn tables(run: &Judged<'_>) -> Result<Vec<(&'static str, String)>, csv::Error> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let events = text(sheets::events(&run.trace.events)?);
    Ok(vec![(EVENTS, events), (TRACE, text(sheets::rows(run.trace, run.rows)?))])
}

/// Reads back what [`write_run`] left of a run of `scenario`: what a suite's report needs of it. None
/// if it is not there, is of something else, or cannot be read back exactly.
#[must_use]
pub fn read_run(text: &str, scenario: &Scenario) -> Option<Kept> {
    result::read::kept(&serde_json::from_str(text).ok()?, scenario)
}

/// Makes the folder and tries whether a file can be written there, so that nobody waits for runs
/// whose report has no place.
///
/// # Errors
/// The folder cannot be made or written to, with a hint.
pub fn probe(dir: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(dir)
        .map_err(|source| ReportError::Folder { path: dir.to_owned(), source })?;
    let path = dir.join(".packtwin-probe");
    fs::write(&path, [])
        .and_then(|()| fs::remove_file(&path))
        .map_err(|source| ReportError::File { path, source })
}

/// The results of all runs as one JSON document, the same that [`write_suite`] leaves in
/// `result.json`.
#[must_use]
pub fn document(suite: &Suite<'_>) -> String {
    format!("{:#}", result::suite(suite))
}

/// One folder name per run: the scenario's name, without what a path could stumble over, and
/// numbered where two would be the same.
#[must_use]
pub fn folders(runs: &[Judged<'_>]) -> Vec<String> {
    distinct(runs.iter().map(|run| run.scenario.id.as_str()))
}

/// A folder name per scenario, as [`folders`] gives them.
#[must_use]
pub fn folders_of<'a>(scenarios: impl Iterator<Item = &'a Scenario>) -> Vec<String> {
    distinct(scenarios.map(|scenario| scenario.id.as_str()))
}

/// A folder name per ID, none twice.
pub(crate) fn distinct<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut names = Vec::new();
    for id in ids {
        let plain = folder(id);
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|it| !taken.contains(it));
        let free = free.expect("numbers do not run out");
        taken.insert(free.clone());
        names.push(free);
    }
    names
}

fn folder(id: &str) -> String {
    let harmless = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let name: String = id.chars().map(|it| if harmless(it) { it } else { '-' }).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "run".into() } else { name.into() }
}

fn pretty(value: &serde_json::Value) -> Result<String, String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

/// Puts files into a folder, each whole or not at all.
pub(crate) struct Writer<'a> {
    dir: &'a Path,
    files: Vec<PathBuf>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(dir: &'a Path) -> Self {
        Self { dir, files: Vec::new() }
    }

    fn run(&mut self, run: &Judged<'_>, folder: &str) -> Result<(), ReportError> {
        let table = |sheet: Result<Vec<u8>, csv::Error>| sheet.map_err(|error| error.to_string());
        self.put(&format!("{folder}/{TRACE}"), table(sheets::rows(run.trace, run.rows)))?;
        self.put(&format!("{folder}/{EVENTS}"), table(sheets::events(&run.trace.events)))?;
        if run.trace.bursts.iter().any(|burst| !burst.is_empty()) {
            self.put(&format!("{folder}/bursts.csv"), table(sheets::bursts(run.trace)))?;
        }
        let page = page::run(run).map_err(|error| error.to_string());
        self.put(&format!("{folder}/index.html"), page)?;
        Ok(())
    }

    pub(crate) fn put<B: AsRef<[u8]>>(
        &mut self,
        name: &str,
        content: Result<B, String>,
    ) -> Result<PathBuf, ReportError> {
        let path = self.dir.join(name);
        let content = content.map_err(|what| ReportError::Content { path: path.clone(), what })?;
        let folder = path.parent().unwrap_or(self.dir);
        fs::create_dir_all(folder)
            .map_err(|source| ReportError::Folder { path: folder.into(), source })?;
        replace(&path, content.as_ref())
            .map_err(|source| ReportError::File { path: path.clone(), source })?;
        self.files.push(path.clone());
        Ok(path)
    }
}

/// Writes beside the file, then renames: a reader sees the old content or the new, never a part.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = fs::write(&part, content).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // The error that matters is the first one; a left-over part is harmless.
        let _ = fs::remove_file(&part);
    }
    written
}

#[cfg(test)]
#[path = "files/tests.rs"]
mod tests;
