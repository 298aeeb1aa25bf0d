//! Verdicts of a report on disk, by scenario and line.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// How an expectation fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fared {
    scenario: String,
    line: u64,
    label: String,
    /// One word: pass, untested, fail.
    pub(crate) verdict: String,
    /// What was measured, and by how much it passed or failed.
    pub(crate) measured: String,
}

/// What a report says; empty where there is none.
#[derive(Clone, Debug)]
pub(crate) struct Results {
    folder: PathBuf,
    all: Vec<Fared>,
}

impl Results {
    /// Reads the results of every run in a report's folder.
    pub(crate) fn read(folder: &Path) -> Self {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path().join("result.json")).collect();
        paths.sort();
        let all = paths.iter().filter_map(|path| document(path)).flat_map(|it| findings(&it));
        Self { folder: folder.to_owned(), all: all.collect() }
    }

    /// Whether there is no result at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The folder, for messages.
    pub(crate) fn folder(&self) -> String {
        self.folder.display().to_string()
    }

    /// The expectation at a line of a scenario.
    pub(crate) fn of(&self, scenario: &str, line: usize, label: &str) -> Option<&Fared> {
        let is =
            |it: &&Fared| it.scenario == scenario && it.line == line as u64 && it.label == label;
        self.all.iter().find(is)
    }
}

fn document(path: &Path) -> Option<Value> {
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

fn findings(document: &Value) -> Vec<Fared> {
    let scenario = document["id"].as_str().unwrap_or_default();
    let of = |finding: &Value| {
        Some(Fared {
            scenario: scenario.to_owned(),
            line: finding["line"].as_u64()?,
            label: finding["label"].as_str()?.to_owned(),
            verdict: finding["verdict"].as_str()?.to_owned(),
            measured: measured(finding),
        })
    };
    document["findings"].as_array().into_iter().flatten().filter_map(of).collect()
}

/// What was measured and its distance to what is allowed, as one text.
fn measured(finding: &Value) -> String {
    let at = finding["measured"]["at_ns"].as_u64();
    let seconds = |nanos: u64| reports::show::span(sim::time::Span(nanos));
    let mut words = vec![match at {
        Some(at) => format!("came at {}", seconds(at)),
        None => finding["note"].as_str().unwrap_or_default().to_owned(),
    }];
    let distance = &finding["distance"];
    for (key, name) in [("margin_ns", "margin"), ("excess_ns", "beyond by")] {
        words.extend(distance[key].as_u64().map(|nanos| format!("{name} {}", seconds(nanos))));
    }
    words.extend(distance["why"].as_str().map(str::to_owned));
    words.retain(|word| !word.is_empty());
    words.join(", ")
}
