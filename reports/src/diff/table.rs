//! The differences as plain text for a terminal, at most 100 columns wide.

use super::{Changed, Diff, Place, Presence, Shift, Value};
use crate::Grade;
use crate::show;
use crate::table::{Line, Segment, Tone, cut, fit};
use sim::time::{SimTime, Span};

/// Most rows of one kind; what is beyond is counted.
const ROWS_MAX: usize = 40;

/// Every difference, the ones that count first, at the end the sums.
#[must_use]
pub fn render(diff: &Diff) -> Vec<Line> {
    let mut lines = Vec::new();
    section(&mut lines, "Verdicts", diff.verdicts.iter().map(verdict_lines).collect());
    section(&mut lines, "Timing", diff.shifts.iter().map(shift_lines).collect());
    section(&mut lines, "Values", diff.values.iter().map(value_lines).collect());
    section(&mut lines, "New and gone", diff.presence.iter().map(presence_lines).collect());
    let digests = diff.digests.iter().map(|it| digest_lines(it, diff.digests_beyond));
    section(&mut lines, "Other trace, the same events", digests.collect());
    lines.push(sums(diff));
    lines
}

fn section(lines: &mut Vec<Line>, title: &str, rows: Vec<Vec<Line>>) {
    if rows.is_empty() {
        return;
    }
    let left_out = rows.len().saturating_sub(ROWS_MAX);
    lines.push(one(title.to_owned(), Tone::Strong));
    lines.extend(rows.into_iter().take(ROWS_MAX).flatten());
    if left_out > 0 {
        lines.push(one(format!("  … and {left_out} more; --json has all of them"), Tone::Dim));
    }
    lines.push(Line::default());
}

fn one(text: String, tone: Tone) -> Line {
    Line(vec![Segment { text, tone }])
}

fn tone(beyond: bool) -> Tone {
    Tone::Verdict(if beyond { Grade::Fail } else { Grade::Pass })
}

/// What differs, with its run; below it the details and the requirements.
fn row(beyond: bool, what: &str, right: &str, place: &Place, detail: &str) -> Vec<Line> {
    let head = Line(vec![
        Segment { text: "  ".into(), tone: Tone::Plain },
        Segment { text: fit(if beyond { "beyond" } else { "inside" }, 8), tone: tone(beyond) },
        Segment { text: fit(what, 66), tone: Tone::Plain },
        Segment { text: format!("{:>24}", cut(right, 24)), tone: tone(beyond) },
    ]);
    let ids = place.requirements.join(" ");
    let parts = [place.run.as_str(), detail, ids.as_str()];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let below = format!("{:10}{}", "", cut(&parts.join("  "), 90));
    vec![head, one(below, Tone::Dim)]
}

/// A signed span.
pub(crate) fn signed(by_ns: i128) -> String {
    let size = Span(u64::try_from(by_ns.unsigned_abs()).unwrap_or(u64::MAX));
    let sign = if by_ns < 0 { "−" } else { "+" };
    format!("{sign}{}", exact(size))
}

/// A span with every nanosecond.
fn exact(span: Span) -> String {
    if span.0 < 1_000_000 { show::span(span) } else { show::moment(SimTime(span.0)) }
}

/// Such as `1.000192 s → 1.000256 s (+64 µs)`.
#[must_use]
pub fn shift(it: &Shift) -> String {
    let (base, new) = (SimTime(it.base_ns), SimTime(it.new_ns));
    format!("{} → {} ({})", show::moment(base), show::moment(new), signed(it.by_ns()))
}

/// Such as `0.5 v → 0.4 v, margin −20 %`.
#[must_use]
pub fn value(it: &Value) -> String {
    let margin = it.shrunk.map(|share| {
        let sign = if share > 0.0 { "−" } else { "+" };
        format!(", margin {sign}{:.3} %", share.abs() * 100.0)
    });
    format!("{} → {}{}", it.base, it.new, margin.unwrap_or_default())
}

fn shift_lines(it: &Shift) -> Vec<Line> {
    let (base, new) = (show::moment(SimTime(it.base_ns)), show::moment(SimTime(it.new_ns)));
    let detail = format!("{base} → {new}, allowed {}", it.allowed);
    row(it.beyond, &it.name(), &signed(it.by_ns()), &it.place, &detail)
}

fn verdict_lines(it: &Changed) -> Vec<Line> {
    let what = if it.label.is_empty() { "the run" } else { &it.label };
    let right = format!("{} → {}", it.base.word(), it.new.word());
    row(it.beyond, what, &right, &it.place, "")
}

fn value_lines(it: &Value) -> Vec<Line> {
    let right = it.shrunk.map(|share| format!("margin {:+.3} %", -share * 100.0));
    let detail = format!("{} → {}", it.base, it.new);
    row(it.beyond, &it.label, &right.unwrap_or_default(), &it.place, &detail)
}

fn presence_lines(it: &Presence) -> Vec<Line> {
    let right = if it.is_new { "new" } else { "gone" };
    row(it.beyond, &format!("{} {}", it.kind, it.name), right, &it.place, "")
}

fn digest_lines(it: &Place, beyond: bool) -> Vec<Line> {
    row(beyond, "the trace is not the same to the last bit", "", it, "")
}

fn sums(diff: &Diff) -> Line {
    let runs = show::counted(diff.compared, "run");
    if diff.is_empty() {
        return one(format!("{runs} compared: no difference"), tone(false));
    }
    let (count, beyond) = (show::counted(diff.count(), "difference"), diff.beyond());
    let text = format!("{runs} compared: {count}, {beyond} beyond the budget");
    one(text, tone(beyond > 0))
}
