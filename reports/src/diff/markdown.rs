//! The differences as Markdown, for a pull request or the summary page of a CI job.

use super::table::{shift, value};
use super::{Diff, Place};
use crate::markdown::{cell, labelled, table};
use crate::{provenance, show};

/// The summary.
#[must_use]
pub fn summary(diff: &Diff) -> String {
    let beyond = diff.beyond();
    let mark = if beyond > 0 { "❌" } else { "✅" };
    let runs = show::counted(diff.compared, "run");
    let count = show::counted(diff.count(), "difference");
    let mut text = format!(
        "## {mark} Packtwin: {count}, {beyond} beyond the budget\n\n{runs} compared, {} → {}\n",
        cell(&diff.base_version),
        cell(&diff.new_version),
    );
    let rows: Vec<_> = rows(diff);
    if !rows.is_empty() {
        text += &format!("\n{}", table(["", "Run", "What", "Change", "Where"], &rows));
    }
    text + &format!("\npacktwin {}\n", provenance::version())
}

fn rows(diff: &Diff) -> Vec<[String; 5]> {
    let row = |beyond: bool, place: &Place, what: &str, change: &str| {
        [
            if beyond { "❌" } else { "✅" }.into(),
            cell(&place.run),
            labelled(what, &place.requirements),
            cell(change),
            cell(&crate::trouble::place(&place.file, place.line)),
        ]
    };
    let verdicts = diff.verdicts.iter().map(|it| {
        let what = if it.label.is_empty() { "the run" } else { &it.label };
        row(it.beyond, &it.place, what, &format!("{} → {}", it.base.word(), it.new.word()))
    });
    let shifts = diff.shifts.iter().map(|it| {
        row(it.beyond, &it.place, &it.name(), &format!("{}, allowed {}", shift(it), it.allowed))
    });
    let values = diff.values.iter().map(|it| row(it.beyond, &it.place, &it.label, &value(it)));
    let presence = diff.presence.iter().map(|it| {
        let what = format!("{} {}", it.kind, it.name);
        row(it.beyond, &it.place, &what, if it.is_new { "new" } else { "gone" })
    });
    let digests = diff
        .digests
        .iter()
        .map(|it| row(diff.digests_beyond, it, "the trace", "not the same to the last bit"));
    verdicts.chain(shifts).chain(values).chain(presence).chain(digests).collect()
}
