//! A life as text for a terminal, at most 100 columns wide. The caller adds the colour.

use super::{Aged, WORN, shown};
use crate::table::{Line, Segment, Tone};
use crate::verdict::Grade;
use sim::cycling::{Across, Record};

/// A row per tenth of the life, and what stands out.
#[must_use]
pub fn render(aged: &Aged<'_>) -> Vec<Line> {
    let mut lines = vec![line(aged.headline(), Tone::Strong)];
    lines.extend(aged.life.sources.iter().map(|source| line(format!("  {source}"), Tone::Dim)));
    lines.push(Line::default());
    lines.push(line(
        format!(
            "{:>7}{:>8}{:>7}  {:>22}{:>8}  {:>22}  {:>12}",
            "cycles",
            "EFC",
            "days",
            "capacity, % (cells)",
            "law",
            "resistance, % (cells)",
            "cells, °C"
        ),
        Tone::Dim,
    ));
    lines.extend(shown(&aged.life.records).map(|record| line(row(record), Tone::Plain)));
    lines.extend(endings(aged));
    lines
}

fn row(record: &Record) -> String {
    format!(
        "{:>7}{:>8.0}{:>7.0}  {:>22}{:>8.2}  {:>22}  {:>12}",
        record.cycle,
        record.efc,
        record.time_s / 86_400.0,
        spread(record.capacity),
        100.0 * record.law_capacity,
        spread(record.resistance),
        format!("{:.0} to {:.0}", record.temperature_c.least, record.temperature_c.most),
    )
}

fn spread(it: Across) -> String {
    let [mean, least, most] = [it.mean, it.least, it.most].map(|share| 100.0 * share);
    format!("{mean:.2} ({least:.1} to {most:.1})")
}

fn endings(aged: &Aged<'_>) -> Vec<Line> {
    let worn = match aged.worn() {
        Some(record) => format!("{:.0} % left after {} cycles", 100.0 * WORN, record.cycle),
        None => format!(
            "{:.1} % left after {} cycles",
            100.0 * aged.last().capacity.mean,
            aged.last().cycle
        ),
    };
    let mut lines = vec![Line::default(), line(worn, Tone::Strong)];
    for stress in aged.beyond() {
        let note = format!("beyond what the law was measured for: {stress}");
        lines.push(line(note, Tone::Verdict(Grade::Untested)));
    }
    lines
}

fn line(text: String, tone: Tone) -> Line {
    Line(vec![Segment { text, tone }])
}
