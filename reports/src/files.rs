//! The report on disk: pages, tables and results, none of them ever half-written.

use crate::{Judged, page, result, sheets};
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
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
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
/// `result.json` and, where there were fast phases, `bursts.csv`. Files that stand there already
/// are replaced one by one, each only when its successor is complete.
///
/// # Errors
/// The first folder or file that cannot be written, with a hint. Files written before it stay.
pub fn write(dir: &Path, runs: &[Judged<'_>]) -> Result<Written, ReportError> {
    write_part(dir, runs, &[])
}

/// As [`write()`], where the scenarios `not_run` were asked for and never begun; the report says
/// so.
///
/// # Errors
/// As [`write()`].
pub fn write_part(
    dir: &Path,
    runs: &[Judged<'_>],
    not_run: &[&str],
) -> Result<Written, ReportError> {
    let mut writer = Writer::new(dir);
    let folders = folders(runs);
    for (name, content) in page::ASSETS {
        writer.put(&format!("assets/{name}"), Ok(content))?;
    }
    for (run, folder) in runs.iter().zip(&folders) {
        writer.run(run, folder)?;
    }
    writer.put("result.json", pretty(&result::suite(runs, &folders, not_run)))?;
    let coverage = page::coverage(runs).map_err(|what| what.to_string());
    writer.put("coverage.html", coverage)?;
    let index = page::index(runs, &folders, not_run);
    let index = writer.put("index.html", index.map_err(|what| what.to_string()))?;
    Ok(Written { index, files: writer.files })
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

/// The results of all runs as one JSON document, the same that [`write_part`] leaves in
/// `result.json`.
#[must_use]
pub fn document(runs: &[Judged<'_>], not_run: &[&str]) -> String {
    format!("{:#}", result::suite(runs, &folders(runs), not_run))
}

/// One folder name per run: the scenario's name, without what a path could stumble over, and
/// numbered where two would be the same.
#[must_use]
pub fn folders(runs: &[Judged<'_>]) -> Vec<String> {
    distinct(runs.iter().map(|run| run.scenario.id.as_str()))
}

/// A folder name per ID, none twice.
pub(crate) fn distinct<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for id in ids {
        let plain = folder(id);
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|it| !names.contains(it));
        names.push(free.expect("numbers do not run out"));
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
        self.put(&format!("{folder}/trace.csv"), table(sheets::rows(run.trace)))?;
        self.put(&format!("{folder}/events.csv"), table(sheets::events(&run.trace.events)))?;
        if run.trace.bursts.iter().any(|burst| !burst.is_empty()) {
            self.put(&format!("{folder}/bursts.csv"), table(sheets::bursts(run.trace)))?;
        }
        self.put(&format!("{folder}/result.json"), pretty(&result::run(run)))?;
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
