//! What an interrupted run leaves for `--resume`: which runs have finished, from which inputs, with
//! which result, by which program.
//!
//! A line of JSON per run, written when its files are; a line that an end of power or of a disk has
//! cut off counts as not written.

use scenarios::Scenario;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The file in the report's folder.
const NAME: &str = ".packtwin-journal";

/// The journal's form; another form is not read.
const FORM: &str = "packtwin.journal/1";

/// A run that has finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its folder.
    folder: String,
    /// The digest of all it depends on.
    inputs: String,
    /// The digest of its `result.json`.
    result: String,
}

impl Entry {
    /// Of a run whose files are written.
    ///
    /// # Errors
    /// Its result cannot be read.
    pub(crate) fn of(dir: &Path, folder: &str, scenario: &Scenario) -> io::Result<Self> {
        let result = fs::read(result(dir, folder))?;
        Ok(Self {
            folder: folder.into(),
            inputs: reports::provenance::inputs_digest(scenario),
            result: digest(&result),
        })
    }

    /// The result that the run left, if the scenario is still the same and nobody changed the file.
    pub(crate) fn kept(&self, dir: &Path, scenario: &Scenario) -> Option<reports::Kept> {
        (self.inputs == reports::provenance::inputs_digest(scenario)).then_some(())?;
        let text = fs::read_to_string(result(dir, &self.folder)).ok()?;
        (digest(text.as_bytes()) == self.result).then_some(())?;
        reports::files::read_run(&text, scenario)
    }

    fn line(&self) -> String {
        json!({"folder": self.folder, "inputs": self.inputs, "result": self.result}).to_string()
    }

    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value[name].as_str().map(Into::into);
        Some(Self { folder: text("folder")?, inputs: text("inputs")?, result: text("result")? })
    }
}

fn result(dir: &Path, folder: &str) -> PathBuf {
    dir.join(folder).join("result.json")
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The digest of the running program; none if its file cannot be read, which equals nothing.
pub(crate) fn program() -> Option<String> {
    let bytes = fs::read(std::env::current_exe().ok()?).ok()?;
    Some(digest(&bytes))
}

/// What an earlier call left.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// The program that wrote it.
    program: Option<String>,
    /// Whether it came to its end.
    complete: bool,
    entries: BTreeMap<String, Entry>,
}

impl Past {
    /// Of a report's folder; empty where there is none.
    pub(crate) fn read(dir: &Path) -> Self {
        let text = fs::read_to_string(dir.join(NAME)).unwrap_or_default();
        let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).ok());
        let Some(head) = lines.next().flatten().filter(|head| head["form"] == FORM) else {
            return Self::default();
        };
        let program = head["program"].as_str().map(Into::into);
        let complete = head["complete"] == true;
        let entries = lines.flatten().filter_map(|line| Entry::read(&line));
        let entries = entries.map(|entry| (entry.folder.clone(), entry)).collect();
        Self { program, complete, entries }
    }

    /// How many runs an interrupted call has finished; none after one that came to its end.
    pub(crate) fn unfinished(&self) -> Option<usize> {
        (!self.complete && !self.entries.is_empty()).then_some(self.entries.len())
    }

    /// Whether another program wrote it.
    pub(crate) fn is_of_another(&self, program: Option<&str>) -> bool {
        !self.entries.is_empty() && (program.is_none() || self.program.as_deref() != program)
    }

    /// What a run in a folder left.
    pub(crate) fn entry(&self, folder: &str) -> Option<&Entry> {
        self.entries.get(folder)
    }
}

/// The journal of a call that is under way.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    program: Option<String>,
    open: Mutex<(File, BTreeMap<String, Entry>)>,
}

impl Journal {
    /// Begins one, with what is kept of an earlier one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn begin(
        dir: &Path,
        program: Option<String>,
        kept: impl IntoIterator<Item = Entry>,
    ) -> io::Result<Self> {
        let path = dir.join(NAME);
        let kept: BTreeMap<_, _> =
            kept.into_iter().map(|entry| (entry.folder.clone(), entry)).collect();
        replace(&path, &text(program.as_deref(), false, kept.values()))?;
        let file = File::options().append(true).open(&path)?;
        Ok(Self { path, program, open: Mutex::new((file, kept)) })
    }

    /// Adds a run whose files are written.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn add(&self, entry: Entry) -> io::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // One call, so that lines of two threads never mix and a full disk cuts off the last only.
        open.0.write_all((entry.line() + "\n").as_bytes())?;
        open.1.insert(entry.folder.clone(), entry);
        Ok(())
    }

    /// Notes that everything has been run; in an order that does not depend on threads.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn complete(self) -> io::Result<()> {
        let (_, entries) = self.open.into_inner().unwrap_or_else(PoisonError::into_inner);
        replace(&self.path, &text(self.program.as_deref(), true, entries.values()))
    }
}

fn text<'a>(
    program: Option<&str>,
    complete: bool,
    entries: impl Iterator<Item = &'a Entry>,
) -> String {
    let head = json!({"form": FORM, "program": program, "complete": complete}).to_string();
    let lines = std::iter::once(head).chain(entries.map(Entry::line));
    lines.map(|line| line + "\n").collect()
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let part = path.with_extension("part");
    fs::write(&part, text).and_then(|()| fs::rename(&part, path)).inspect_err(|_| {
        // The error that matters is the first one; a left-over part is harmless.
        let _ = fs::remove_file(&part);
    })
}

#[cfg(test)]
mod tests {
    use super::{Entry, Journal, NAME, Past};
    use std::fs;
    use std::io::Write;

    fn entry(folder: &str) -> Entry {
        Entry { folder: folder.into(), inputs: "in".into(), result: "out".into() }
    }

    #[test]
    fn what_was_added_is_read_again_and_a_line_that_was_cut_off_is_not() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Past::read(dir.path()).unfinished(), None);
        let journal = Journal::begin(dir.path(), Some("p".into()), [entry("old")]).unwrap();
        journal.add(entry("new")).unwrap();
        let mut file = fs::File::options().append(true).open(dir.path().join(NAME)).unwrap();
        file.write_all(entry("cut").line().get(..20).unwrap().as_bytes()).unwrap();
        let past = Past::read(dir.path());
        assert_eq!(past.unfinished(), Some(2));
        assert_eq!(past.entry("old"), Some(&entry("old")));
        assert_eq!(past.entry("new"), Some(&entry("new")));
        assert_eq!(past.entry("cut"), None);
    }

    #[test]
    fn one_that_came_to_its_end_is_not_unfinished_and_does_not_depend_on_the_order() {
        let written = |folders: [&str; 2]| {
            let dir = tempfile::tempdir().unwrap();
            let journal = Journal::begin(dir.path(), Some("p".into()), []).unwrap();
            folders.iter().for_each(|folder| journal.add(entry(folder)).unwrap());
            journal.complete().unwrap();
            assert_eq!(Past::read(dir.path()).unfinished(), None);
            assert!(Past::read(dir.path()).entry("a").is_some(), "yet it can be gone on from");
            fs::read(dir.path().join(NAME)).unwrap()
        };
        assert_eq!(written(["a", "b"]), written(["b", "a"]));
    }

    #[test]
    fn another_program_or_none_is_told_from_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::begin(dir.path(), Some("p".into()), [entry("a")]).unwrap();
        drop(journal);
        let past = Past::read(dir.path());
        assert!(!past.is_of_another(Some("p")));
        assert!(past.is_of_another(Some("q")) && past.is_of_another(None));
        fs::write(dir.path().join(NAME), "{\"form\": \"packtwin.journal/9\"}\n").unwrap();
        assert!(!Past::read(dir.path()).is_of_another(Some("q")), "nothing is left of it");
    }
}
