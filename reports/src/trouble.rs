//! What of a run is not as expected, in words: for annotations, summaries and test reports.

use crate::verdict::{Amount, Finding, Grade, Verdict};
use crate::{Judged, provenance};

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trouble<'a> {
    /// Failed, or not put to the test.
    pub(crate) grade: Grade,
    /// What was expected.
    pub(crate) label: String,
    /// Requirements at stake.
    pub(crate) requirements: Vec<&'a str>,
    /// Line in the scenario file, from 1; 0 for the run as a whole.
    pub(crate) line: usize,
    /// Measured, allowed, and by how much it missed; one line.
    pub(crate) facts: String,
}

/// Everything in a run that is not as expected, in the order of its findings.
pub(crate) fn of<'a>(run: &'a Judged<'_>) -> Vec<Trouble<'a>> {
    let bad = run.findings.iter().filter(|it| it.verdict.grade() != Grade::Pass);
    let silent = run.coverage.iter().filter(|it| it.verdict == Grade::Untested);
    let mut found: Vec<_> = bad
        .map(|it| Trouble {
            grade: it.verdict.grade(),
            label: it.label.clone(),
            requirements: it.requirements.iter().map(String::as_str).collect(),
            line: it.line,
            facts: facts(it),
        })
        .collect();
    found.extend(silent.map(|it| Trouble {
        grade: Grade::Untested,
        label: untested_label(&it.id),
        requirements: vec![&it.id],
        line: 0,
        facts: "no expectation of the run exercised it".into(),
    }));
    found
}

/// What is said of a requirement that nothing exercised.
pub(crate) fn untested_label(id: &str) -> String {
    format!("{id} is put to the test")
}

/// Measured, allowed, the distance, and why; one line.
pub(crate) fn facts(it: &Finding) -> String {
    let mut parts = vec![format!("measured {}, allowed {}", it.measured.show(), it.limit.show())];
    parts.extend(distance(&it.verdict));
    if let Verdict::Untested { why } = &it.verdict {
        parts.push(why.clone());
    }
    if !it.note.is_empty() {
        parts.push(it.note.clone());
    }
    parts.join("; ")
}

/// The margin or the excess in words; none where there is no distance.
pub(crate) fn distance(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Untested { .. }
        | Verdict::Pass { margin: Amount::Whole }
        | Verdict::Fail { excess: Amount::Whole } => None,
        Verdict::Pass { margin } => Some(format!("margin {}", margin.show())),
        Verdict::Fail { excess } => Some(format!("beyond by {}", excess.show())),
    }
}

/// A place in a file, such as `cold.toml:12`; the file alone for the run as a whole.
pub(crate) fn place(file: &str, line: usize) -> String {
    if line == 0 { file.into() } else { format!("{file}:{line}") }
}

/// How to produce a run again.
pub(crate) fn command(run: &Judged<'_>) -> String {
    provenance::command(run.scenario, &run.trace.digest)
}
