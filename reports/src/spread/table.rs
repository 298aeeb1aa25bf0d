//! Spreads as text for a terminal, at most 100 columns wide. The caller adds the colour.

use super::{Entry, Measured, Spread};
use crate::show;
use crate::table::{Line, Segment, Tone};
use crate::verdict::Grade;

/// A block per scenario: a line per measure with its distribution and what is allowed.
#[must_use]
pub fn render(spreads: &[Spread<'_>]) -> Vec<Line> {
    let blocks: Vec<_> = spreads.iter().map(block).collect();
    blocks.join(&Line::default())
}

fn block(spread: &Spread<'_>) -> Vec<Line> {
    let runs = show::counted(spread.runs.len(), "seed");
    let mut lines = vec![line([
        graded(format!("{:10}", spread.grade().word().to_uppercase()), spread.grade()),
        segment(spread.scenario.id.clone(), Tone::Strong),
        segment(format!("  {}, {runs}", spread.scenario.title), Tone::Plain),
    ])];
    if !spread.scenario.drawn.is_empty() {
        let drawn = show::counted(spread.scenario.drawn.len(), "quantity");
        let drawn = drawn.replace("quantitys", "quantities");
        lines.push(line([segment(format!("  {drawn} drawn anew for every seed"), Tone::Dim)]));
    }
    for run in spread.aborted().take(3) {
        let why = run.aborted.as_deref().unwrap_or_default();
        lines.push(line([graded(format!("  seed {}: {why}", run.seed), Grade::Fail)]));
    }
    if spread.entries.is_empty() {
        lines.push(line([graded("  nothing tripped".into(), Grade::Untested)]));
    }
    for entry in &spread.entries {
        lines.extend(rows(entry, spread.runs.len()));
    }
    lines
}

fn rows(entry: &Entry, runs: usize) -> Vec<Line> {
    let columns = ["shortest", "median", "95 %", "longest"].map(|name| format!("{name:>10}"));
    let heading = format!("{}  allowed", columns.concat());
    let mut lines = vec![line([
        segment(format!("  {:18}", name(entry)), Tone::Strong),
        segment(heading, Tone::Dim),
    ])];
    lines.extend(entry.measured.iter().map(row));
    if entry.measured.is_empty() {
        lines.push(line([segment(
            "    not timed: its limit was not crossed anew".into(),
            Tone::Dim,
        )]));
    }
    if entry.runs < runs {
        let missing = format!("    in {} of {}", entry.runs, show::counted(runs, "run"));
        lines.push(line([graded(missing, Grade::Untested)]));
    }
    lines
}

/// The protection, and its how many-th entry if it is not the first.
pub(crate) fn name(entry: &Entry) -> String {
    let reason = show::reasons(entry.reason);
    match entry.occurrence {
        1 => reason,
        number => format!("{reason}, entry {number}"),
    }
}

fn row(measured: &Measured) -> Line {
    let times = [0, 50, 95, 100].map(|percent| format!("{:>10}", time(measured, percent)));
    let mut segments = vec![segment(format!("    to {:13}", measured.measure.end()), Tone::Plain)];
    segments.extend(times.map(|time| segment(time, Tone::Plain)));
    segments.push(graded(format!("  {}", allowed(measured)), measured.grade));
    Line(segments)
}

/// A percentile as people read it: a tenth of a microsecond is enough, and so are four digits.
pub(crate) fn time(measured: &Measured, percent: usize) -> String {
    show::rounded(measured.percentile(percent))
}

/// The window and how many lie outside.
pub(crate) fn allowed(measured: &Measured) -> String {
    let Some(window) = measured.window else { return "no window known".into() };
    let ends = format!("{} to {}", show::rounded(window.low), show::rounded(window.high));
    match measured.outside {
        0 => ends,
        outside => format!("{ends}, {outside} outside"),
    }
}

fn line<const N: usize>(segments: [Segment; N]) -> Line {
    Line(segments.into())
}

fn segment(text: String, tone: Tone) -> Segment {
    Segment { text, tone }
}

fn graded(text: String, grade: Grade) -> Segment {
    segment(text, Tone::Verdict(grade))
}
