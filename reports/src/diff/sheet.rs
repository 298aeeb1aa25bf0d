//! The differences as data: `packtwin.diff/1`. Units stand in the field names.

use super::{Diff, Place};
use serde_json::{Value, json};

/// The schema's name and version; the version grows when a field changes its meaning.
pub(crate) const SCHEMA: &str = "packtwin.diff/1";

/// The document.
#[must_use]
pub fn document(diff: &Diff) -> Value {
    json!({
        "schema": SCHEMA,
        "base_version": diff.base_version,
        "new_version": diff.new_version,
        "compared": diff.compared,
        "differences": diff.count(),
        "beyond": diff.beyond(),
        "shifts": diff.shifts.iter().map(|it| json!({
            "place": place(&it.place),
            "event": it.event,
            "occurrence": it.occurrence,
            "base_ns": it.base_ns,
            "new_ns": it.new_ns,
            "shift_ns": i64::try_from(it.by_ns()).unwrap_or(i64::MAX),
            "allowed_early_ns": it.allowed.early.0,
            "allowed_late_ns": it.allowed.late.0,
            "beyond": it.beyond,
        })).collect::<Vec<_>>(),
        "verdicts": diff.verdicts.iter().map(|it| json!({
            "place": place(&it.place),
            "label": it.label,
            "base": it.base.word(),
            "new": it.new.word(),
            "beyond": it.beyond,
        })).collect::<Vec<_>>(),
        "values": diff.values.iter().map(|it| json!({
            "place": place(&it.place),
            "label": it.label,
            "base": it.base,
            "new": it.new,
            "margin_shrunk_share": it.shrunk,
            "allowed_share": it.allowed,
            "beyond": it.beyond,
        })).collect::<Vec<_>>(),
        "presence": diff.presence.iter().map(|it| json!({
            "place": place(&it.place),
            "kind": it.kind,
            "name": it.name,
            "is_new": it.is_new,
            "beyond": it.beyond,
        })).collect::<Vec<_>>(),
        "digests": diff.digests.iter().map(place).collect::<Vec<_>>(),
    })
}

fn place(place: &Place) -> Value {
    json!({
        "run": place.run,
        "file": place.file,
        "line": place.line,
        "requirements": place.requirements,
    })
}
