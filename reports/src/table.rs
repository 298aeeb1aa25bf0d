//! Verdicts as plain text for a terminal, at most 100 columns wide. The caller adds the colour.

use crate::chain::Waterfall;
use crate::invariants;
use crate::show;
use crate::trouble;
use crate::verdict::{Finding, Grade, Verdict};
use crate::{Judged, Remark, Suite, remarks};
use scenarios::Scenario;
use std::fmt;

/// The widest line, in columns.
pub const WIDTH: usize = 100;

/// The widest name of a run that is shown whole; what is left of a line is its title's.
const ID_MAX: usize = 56;

/// What a piece of text is, for whoever colours it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Running text.
    Plain,
    /// Headings and names.
    Strong,
    /// Side notes.
    Dim,
    /// A verdict.
    Verdict(Grade),
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The text, padded to its column.
    pub text: String,
    /// What it is.
    pub tone: Tone,
}

/// A line of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<Segment>);

impl Line {
    fn with(mut self, text: impl Into<String>, tone: Tone) -> Self {
        self.0.push(Segment { text: text.into(), tone });
        self
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.0.iter().map(|segment| segment.text.as_str()).collect();
        f.write_str(text.trim_end())
    }
}

/// The table of a suite; of one run alone, its findings and waterfalls too.
#[must_use]
pub fn render(runs: &[Judged<'_>]) -> Vec<Line> {
    match runs {
        [one] => run(one),
        several => suite(several),
    }
}

/// More waiting scenarios than this are counted and not listed.
const WAITING_MAX: usize = 12;

/// As [`render`], with what waits below; where that is much, with its number.
#[must_use]
pub fn report(suite: &Suite<'_>) -> Vec<Line> {
    let mut lines = if suite.runs.is_empty() { Vec::new() } else { render(&suite.runs) };
    let many = suite.waiting.len() > WAITING_MAX;
    for scenario in suite.waiting.iter().filter(|_| !many) {
        lines.push(waiting(scenario, columns(&scenario.id).min(ID_MAX)));
        lines.extend(note(&Suite::why_waiting(scenario), Tone::Dim));
    }
    if !suite.waiting.is_empty() {
        let count = show::counted(suite.waiting.len(), "scenario");
        let whose = if many { "; `packtwin check` says for what" } else { "" };
        let said = format!("{count} waiting, not counted{whose}");
        lines.push(Line::default().with(said, Tone::Dim));
    }
    lines
}

fn waiting(scenario: &Scenario, width: usize) -> Line {
    let title = WIDTH - 10 - width - 2;
    Line::default()
        .with(fit("WAITING", 10), Tone::Dim)
        .with(fit(&scenario.id, width + 2), Tone::Strong)
        .with(cut(&scenario.title, title), Tone::Plain)
}

/// A line per scenario: its name, what it stands for, its product, its title.
#[must_use]
pub fn list(scenarios: &[Scenario]) -> Vec<Line> {
    let widest = |of: fn(&Scenario) -> usize| scenarios.iter().map(of).max().unwrap_or(0);
    let id = widest(|it| columns(&it.id)).min(ID_MAX);
    let product = widest(|it| columns(&it.product)).min(20);
    let line = |it: &Scenario| {
        let waits = if crate::suite::waiting(it).is_empty() { "" } else { "waiting: " };
        let title = WIDTH.saturating_sub(id + product + 4 + waits.len());
        Line::default()
            .with(fit(&it.id, id + 2), Tone::Strong)
            .with(fit(&it.product, product + 2), Tone::Dim)
            .with(waits, Tone::Verdict(Grade::Untested))
            .with(cut(&it.title, title), Tone::Plain)
    };
    scenarios.iter().map(line).collect()
}

/// One line per run, below it what is not as expected, at the end the sums.
#[must_use]
pub fn suite(runs: &[Judged<'_>]) -> Vec<Line> {
    let width = runs.iter().map(|it| columns(&it.scenario.id)).max().unwrap_or(0).min(ID_MAX);
    let mut lines = Vec::new();
    for it in runs {
        let title = WIDTH - 10 - width - 2 - 9;
        let line = verdict(it.verdict)
            .with(fit(&it.scenario.id, width + 2), Tone::Strong)
            .with(fit(&it.scenario.title, title), Tone::Plain)
            .with(format!("{:>9}", score(it)), Tone::Dim);
        lines.push(line);
        let bad = it.findings.iter().filter(|it| it.verdict.grade() != Grade::Pass);
        lines.extend(bad.flat_map(finding));
        lines.extend(uncovered(it));
    }
    lines.push(Line::default());
    lines.push(sums(runs));
    lines.extend(remarks::summary(runs).map(|text| Line::default().with(text, Tone::Dim)));
    lines
}

/// Everything about one run: its findings, its requirements, its waterfalls.
#[must_use]
pub fn run(judged: &Judged<'_>) -> Vec<Line> {
    let mut lines = vec![
        verdict(judged.verdict)
            .with(cut(&judged.scenario.id, 40), Tone::Strong)
            .with("  ", Tone::Plain)
            .with(cut(&judged.scenario.title, 48), Tone::Plain),
        Line::default(),
    ];
    lines.extend(judged.findings.iter().flat_map(finding));
    lines.extend(uncovered(judged));
    lines.push(
        Line::default().with(format!("  {}", invariants::summary(&judged.invariants)), Tone::Dim),
    );
    lines.extend(judged.remarks.iter().flat_map(remark));
    lines.extend(drawn(judged.scenario));
    for it in &judged.waterfalls {
        lines.push(Line::default());
        lines.extend(waterfall(it));
    }
    lines
}

/// A remark: its requirement and since when, below it what it says.
fn remark(it: &Remark) -> Vec<Line> {
    let head = Line::default()
        .with("  ", Tone::Plain)
        .with(fit("remark", 10), Tone::Verdict(Grade::Untested))
        .with(format!("{} since {}", it.requirement, show::moment(it.since)), Tone::Plain);
    let found = if it.found.is_empty() { String::new() } else { format!(" Found: {}.", it.found) };
    let said = note(&format!("{}{found}", it.says), Tone::Dim);
    std::iter::once(head).chain(said).collect()
}

/// What was drawn from the distributions of the file, a line each.
fn drawn(scenario: &Scenario) -> Vec<Line> {
    let line = |(place, value): &(String, String)| {
        Line::default().with(format!("  drawn: {place} = {value}"), Tone::Dim)
    };
    scenario.drawn.iter().map(line).collect()
}

/// One trip: a line per step.
#[must_use]
pub fn waterfall(it: &Waterfall) -> Vec<Line> {
    let name = show::reason_name(it.reason);
    let head = Line::default().with(format!("Trip: {name}"), Tone::Strong).with(
        format!(" at {}, {} in all", show::moment(it.entered), show::span(it.total())),
        Tone::Dim,
    );
    let steps = it.steps.iter().zip(it.column()).enumerate().map(|(index, (step, at))| {
        let since = if index == 0 {
            String::new()
        } else {
            format!("+{}", show::span(step.since_previous))
        };
        Line::default()
            .with(format!("  {}", fit(&step.stage.name(), 34)), Tone::Plain)
            .with(format!("{at:>20}"), Tone::Plain)
            .with(format!("{since:>16}"), Tone::Dim)
    });
    std::iter::once(head).chain(steps).collect()
}

/// A finding: its label and distance, below it what was measured, and why.
fn finding(it: &Finding) -> Vec<Line> {
    let grade = it.verdict.grade();
    let head = Line::default()
        .with("  ", Tone::Plain)
        .with(fit(grade.word(), 10), Tone::Verdict(grade))
        .with(fit(&it.label, 62), Tone::Plain)
        .with(
            format!("{:>26}", cut(&trouble::distance(&it.verdict).unwrap_or_default(), 26)),
            Tone::Verdict(grade),
        );
    let mut lines = vec![head];
    let facts = format!("measured {}, allowed {}", it.measured.show(), it.limit.show());
    lines.extend(note(&facts, Tone::Dim));
    if !it.requirements.is_empty() {
        lines.extend(note(&it.requirements.join(" "), Tone::Dim));
    }
    if let Verdict::Untested { why } = &it.verdict {
        lines.extend(note(why, Tone::Plain));
    }
    lines.extend(note(&it.note, Tone::Plain));
    lines
}

/// Indented text, wrapped between words.
fn note(text: &str, tone: Tone) -> Vec<Line> {
    let mut rows: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match rows.last_mut() {
            Some(row) if columns(row) + 1 + columns(word) <= WIDTH - 12 => {
                row.push(' ');
                row.push_str(word);
            }
            _ => rows.push(cut(word, WIDTH - 12)),
        }
    }
    rows.into_iter().map(|row| Line::default().with(format!("{:12}{row}", ""), tone)).collect()
}

fn uncovered(judged: &Judged<'_>) -> Vec<Line> {
    let silent = judged.coverage.iter().filter(|it| it.verdict == Grade::Untested);
    let ids: Vec<_> = silent.map(|it| it.id.as_str()).collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let head = Line::default()
        .with("  ", Tone::Plain)
        .with(fit("untested", 10), Tone::Verdict(Grade::Untested))
        .with("requirements claimed but not put to the test", Tone::Plain);
    std::iter::once(head).chain(note(&ids.join(" "), Tone::Dim)).collect()
}

fn verdict(grade: Grade) -> Line {
    Line::default().with(fit(&grade.word().to_uppercase(), 10), Tone::Verdict(grade))
}

/// Findings that pass, of all.
fn score(judged: &Judged<'_>) -> String {
    let passed = judged.findings.iter().filter(|it| it.verdict.grade() == Grade::Pass).count();
    format!("{passed}/{}", judged.findings.len())
}

fn sums(runs: &[Judged<'_>]) -> Line {
    let mut line = Line::default().with(show::counted(runs.len(), "run"), Tone::Strong);
    for grade in [Grade::Pass, Grade::Untested, Grade::Fail] {
        let count = runs.iter().filter(|it| it.verdict == grade).count();
        let tone = if count == 0 { Tone::Dim } else { Tone::Verdict(grade) };
        line = line.with("   ", Tone::Plain).with(format!("{count} {}", grade.word()), tone);
    }
    line
}

/// Columns that a text takes; all letters used here are one column wide.
fn columns(text: &str) -> usize {
    text.chars().count()
}

/// The text in exactly `width` columns, at least one of them blank.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let text = cut(text, width.saturating_sub(1));
    let blank = width.saturating_sub(columns(&text));
    text + &" ".repeat(blank)
}

/// The text in at most `width` columns, control characters blanked.
pub(crate) fn cut(text: &str, width: usize) -> String {
    let clean = text.chars().map(|it| if it.is_control() { ' ' } else { it });
    if columns(text) <= width {
        return clean.collect();
    }
    clean.take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
#[path = "table/tests.rs"]
mod tests;
