//! A report that a run left, as far as it can be compared.

use super::words::Vocabulary;
use crate::result::SCHEMA;
use crate::verdict::Grade;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a report cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is none.
    #[error(
        "{} is no report: it cannot be read: {source}\n\
         hint: name a folder that `packtwin run` wrote, or its result.json", path.display()
    )]
    Unreadable {
        /// What was looked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It ends too early, or is something else.
    #[error(
        "{} is no whole result: {what}\n\
         hint: if writing it was cut off, run again with --resume", path.display()
    )]
    Broken {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// It is of another program's.
    #[error(
        "{} is of schema `{found}`, this program reads `{SCHEMA}`\n\
         hint: compare with the program that wrote it, or run again", path.display()
    )]
    Schema {
        /// Which file.
        path: PathBuf,
        /// Its schema.
        found: String,
    },
}

/// A report.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Version of the program that wrote it.
    pub(super) version: String,
    /// Its runs by their folder, which is their ID where IDs are unique.
    pub(super) runs: BTreeMap<String, Run>,
}

/// A run of a report.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) file: String,
    pub(super) verdict: Grade,
    pub(super) digest: String,
    pub(super) findings: Vec<Finding>,
    pub(super) events: Vec<Event>,
}

/// A finding of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    pub(super) label: String,
    pub(super) requirements: Vec<String>,
    pub(super) line: usize,
    pub(super) verdict: Grade,
    /// What was measured, as the document has it.
    pub(super) measured: Value,
    /// The margin and its field, such as `margin_v`; only where it passed.
    pub(super) margin: Option<(String, f64)>,
}

/// An event of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) at_ns: u64,
    /// As scenarios name it, such as `SC enters`; else kind and detail, `mode: standby`.
    pub(super) name: String,
}

impl Record {
    /// Reads the report of a folder, or behind the `result.json` of a suite or of one run.
    ///
    /// # Errors
    /// What is missing, broken, or of another schema.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        let path = if path.is_dir() { path.join("result.json") } else { path.to_owned() };
        let document = Document::read(&path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        if document.value.get("findings").is_some() {
            let run = document.run(folder)?;
            let version = document.text(&["reproduce", "version"])?;
            return Ok(Self { version, runs: BTreeMap::from([(run.id.clone(), run)]) });
        }
        let mut runs = BTreeMap::new();
        for short in document.list("runs")? {
            let result = short["result"].as_str().ok_or_else(|| document.broken("runs.result"))?;
            let below = Document::read(&folder.join(result))?;
            let key = result.trim_end_matches("/result.json").to_owned();
            let within = folder.join(&key);
            runs.insert(key, below.run(&within)?);
        }
        Ok(Self { version: document.text(&["version"])?, runs })
    }
}

/// A file being read.
struct Document {
    path: PathBuf,
    value: Value,
}

impl Document {
    fn read(path: &Path) -> Result<Self, RecordError> {
        let path = path.to_owned();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(RecordError::Unreadable { path, source }),
        };
        let value: Value = match serde_json::from_str(&text) {
            Ok(value) => value,
            Err(error) => return Err(RecordError::Broken { path, what: error.to_string() }),
        };
        match value["schema"].as_str() {
            Some(SCHEMA) => Ok(Self { path, value }),
            Some(found) => Err(RecordError::Schema { found: found.into(), path }),
            None => Err(RecordError::Broken { path, what: "it names no schema".into() }),
        }
    }

    fn broken(&self, field: &str) -> RecordError {
        let what = format!("`{field}` is missing or of another kind");
        RecordError::Broken { path: self.path.clone(), what }
    }

    fn text(&self, way: &[&str]) -> Result<String, RecordError> {
        let found = way.iter().try_fold(&self.value, |value, key| value.get(key));
        let text = found.and_then(Value::as_str).map(Into::into);
        text.ok_or_else(|| self.broken(&way.join(".")))
    }

    fn list(&self, key: &str) -> Result<&Vec<Value>, RecordError> {
        self.value[key].as_array().ok_or_else(|| self.broken(key))
    }

    fn run(&self, folder: &Path) -> Result<Run, RecordError> {
        let findings = self.list("findings")?.iter();
        let findings = findings.map(|it| finding(it).ok_or_else(|| self.broken("findings")));
        Ok(Run {
            id: self.text(&["id"])?,
            file: self.text(&["file"])?,
            verdict: grade(&self.value["verdict"]).ok_or_else(|| self.broken("verdict"))?,
            digest: self.text(&["reproduce", "digest"])?,
            findings: findings.collect::<Result<_, _>>()?,
            events: events(&folder.join("events.csv"))?,
        })
    }
}

fn grade(value: &Value) -> Option<Grade> {
    let grades = [Grade::Pass, Grade::Untested, Grade::Fail];
    grades.into_iter().find(|grade| Some(grade.word()) == value.as_str())
}

fn finding(value: &Value) -> Option<Finding> {
    let ids = value["requirements"].as_array()?.iter();
    let margin = value["distance"].as_object().and_then(|fields| fields.iter().next());
    let margin = margin.filter(|(name, _)| name.starts_with("margin_"));
    Some(Finding {
        label: value["label"].as_str()?.into(),
        requirements: ids.map(|id| id.as_str().map(Into::into)).collect::<Option<_>>()?,
        line: usize::try_from(value["line"].as_u64()?).ok()?,
        verdict: grade(&value["verdict"])?,
        measured: value.get("measured")?.clone(),
        margin: margin.and_then(|(name, value)| Some((name.clone(), value.as_f64()?))),
    })
}

/// Every event of a run, from the table beside its result.
fn events(path: &Path) -> Result<Vec<Event>, RecordError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(source) => return Err(RecordError::Unreadable { path: path.to_owned(), source }),
    };
    let mut sheet = csv::Reader::from_reader(bytes.as_slice());
    let words = Vocabulary::new();
    let mut events = Vec::new();
    for record in sheet.records() {
        let record = record.map_err(|error| error.to_string());
        let event = record.and_then(|record| {
            event(&record, &words).ok_or_else(|| format!("line {} is no event", events.len() + 2))
        });
        match event {
            Ok(event) => events.push(event),
            Err(what) => return Err(RecordError::Broken { path: path.to_owned(), what }),
        }
    }
    Ok(events)
}

fn event(record: &csv::StringRecord, words: &Vocabulary) -> Option<Event> {
    let (seconds, nanos) = record.get(0)?.split_once('.')?;
    let whole = seconds.parse::<u64>().ok()?.checked_mul(1_000_000_000)?;
    let part = (nanos.len() == 9).then(|| nanos.parse::<u64>().ok())??;
    Some(Event { at_ns: whole + part, name: words.name(record.get(1)?, record.get(2)?) })
}
