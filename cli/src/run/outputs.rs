//! Where the results of a suite go beside its report: the terminal, JUnit, Markdown, annotations.

use super::coloured;
use crate::args::Ci;
use crate::args::{Annotations, Global};
use crate::output;
use reports::files::{ReportError, write_text};
use reports::{Grade, Suite, annotate, junit, markdown, table};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Tries whether the files can be written, so that nobody waits for what has no place.
pub(super) fn probe(ci: &Ci) -> Result<(), ReportError> {
    for path in [&ci.junit, &ci.markdown].into_iter().flatten() {
        let folder = path.parent().filter(|it| *it != Path::new(""));
        reports::files::probe(folder.unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

/// Writes what a CI system reads.
pub(super) fn write(ci: &Ci, suite: &Suite<'_>) -> Result<(), ReportError> {
    if annotates(ci.annotations) {
        annotate::github(suite).iter().for_each(|line| output::message(line));
    }
    if let Some(path) = &ci.junit {
        let content = |what: String| ReportError::Content { path: path.clone(), what };
        let text = junit::document(suite).map_err(|error| content(error.to_string()))?;
        write_text(path, &text)?;
    }
    let summary = markdown::summary(suite);
    if let Some(path) = &ci.markdown {
        write_text(path, &summary)?;
    }
    append_summary(&summary)
}

/// Whether annotations are wanted: as asked, or on GitHub.
pub(crate) fn annotates(asked: Option<Annotations>) -> bool {
    let on_github = || std::env::var_os("GITHUB_ACTIONS").as_deref() == Some(OsStr::new("true"));
    asked.map_or_else(on_github, |asked| asked == Annotations::Github)
}

/// Appends to the file that GitHub shows on a job's page, if there is one.
pub(crate) fn append_summary(text: &str) -> Result<(), ReportError> {
    let named = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|name| !name.is_empty());
    let Some(path) = named.map(PathBuf::from) else { return Ok(()) };
    let appended = File::options().append(true).create(true).open(&path);
    let appended = appended.and_then(|mut file| file.write_all(text.as_bytes()));
    appended.map_err(|source| ReportError::File { path, source })
}

/// Prints the results.
pub(super) fn show(suite: &Suite<'_>, global: &Global) -> io::Result<()> {
    if global.wants_json() {
        return output::result(&reports::files::document(suite));
    }
    if !global.quiet {
        return output::result(&coloured(&table::report(suite)));
    }
    let wrong = suite.runs.iter().filter(|run| run.verdict != Grade::Pass);
    let wrong: Vec<_> = wrong.cloned().collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let mut lines = table::suite(&wrong);
    // The sums would be those of the wrong runs alone.
    lines.pop();
    output::result(&coloured(&lines))
}
