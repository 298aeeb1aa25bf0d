//! Sweeps as text for a terminal, at most 100 columns wide. The caller adds the colour.

use super::{Sweep, shared};
use crate::show;
use crate::spread::table::{allowed, name, time};
use crate::spread::{Entry, Measured};
use crate::table::{Line, Segment, Tone};
use crate::verdict::Grade;

/// A block per scenario: a line per measure with its extremes and what is allowed.
#[must_use]
pub fn render(sweeps: &[Sweep<'_>]) -> Vec<Line> {
    let blocks: Vec<_> = sweeps.iter().map(block).collect();
    blocks.join(&Line::default())
}

fn block(sweep: &Sweep<'_>) -> Vec<Line> {
    let spread = &sweep.spread;
    let phases = show::counted(spread.runs.len(), "phase");
    let grade = sweep.grade();
    let mut lines = vec![Line(vec![
        graded(format!("{:10}", grade.word().to_uppercase()), grade),
        plain(spread.scenario.id.clone(), Tone::Strong),
        plain(format!("  {phases} of {}", show::rounded(sweep.period)), Tone::Plain),
    ])];
    for run in spread.aborted().take(3) {
        let why = run.aborted.as_deref().unwrap_or_default();
        lines.push(Line(vec![graded(format!("  phase {}: {why}", run.seed), Grade::Fail)]));
    }
    if spread.entries.is_empty() {
        lines.push(Line(vec![graded("  nothing tripped".into(), Grade::Untested)]));
    }
    for entry in &spread.entries {
        lines.extend(rows(sweep, entry));
    }
    lines
}

fn rows(sweep: &Sweep<'_>, entry: &Entry) -> Vec<Line> {
    let columns = ["min", "typ", "max", "worst at"].map(|name| format!("{name:>10}"));
    let heading = format!("{}  allowed", columns.concat());
    let mut lines = vec![Line(vec![
        plain(format!("  {:18}", name(entry)), Tone::Strong),
        plain(heading, Tone::Dim),
    ])];
    let last = shared(entry).filter_map(<[Measured]>::last);
    lines.extend(last.map(|measured| row(sweep, entry, measured)));
    let runs = sweep.spread.runs.len();
    if entry.runs < runs {
        let missing = format!("    at {} of {}", entry.runs, show::counted(runs, "phase"));
        lines.push(Line(vec![graded(missing, Grade::Untested)]));
    }
    lines
}

fn row(sweep: &Sweep<'_>, entry: &Entry, measured: &Measured) -> Line {
    let times = [0, 50, 100].map(|percent| format!("{:>10}", time(measured, percent)));
    let worst = sweep.worst(entry, measured).map(|worst| show::rounded(worst.shift));
    Line(vec![
        plain(format!("    to {:13}", measured.measure.end()), Tone::Plain),
        plain(times.concat(), Tone::Plain),
        plain(format!("{:>10}", worst.unwrap_or_default()), Tone::Dim),
        graded(format!("  {}", allowed(measured)), measured.grade),
    ])
}

fn plain(text: String, tone: Tone) -> Segment {
    Segment { text, tone }
}

fn graded(text: String, grade: Grade) -> Segment {
    plain(text, Tone::Verdict(grade))
}
