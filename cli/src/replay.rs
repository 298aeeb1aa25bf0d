//! `packtwin replay`: a recorded run, run again and compared with its record.

mod record;

use crate::args::{Global, Replay as Wanted};
use crate::exit::Exit;
use crate::output;
use crate::run::requirement;
use record::{Original, Record};
use reports::{Judged, Rows};
use scenarios::Scenario;
use scenarios::runner::{self, Ending};
use serde_json::json;
use sim::time::SimTime;
use sim::trace::Trace;
use std::path::Path;

/// Runs a record again and says whether it is the same.
pub(crate) fn replay(wanted: &Wanted, global: &Global) -> Exit {
    match replayed(wanted) {
        Ok(Replayed { record, scenario, trace, difference }) => {
            let equal = difference.is_none();
            let shown = if global.wants_json() {
                output::result(&document(&record, &scenario, &trace, difference.as_deref()))
            } else if global.quiet && equal {
                Ok(())
            } else {
                output::result(&said(&scenario, &trace, difference.as_deref()))
            };
            match shown {
                Err(error) => output::lost(&error),
                Ok(()) if equal => Exit::Passed,
                Ok(()) => Exit::Failed,
            }
        }
        Err(why) => {
            output::message(&format!("error: {why}"));
            Exit::Invalid
        }
    }
}

struct Replayed {
    record: Record,
    scenario: Scenario,
    trace: Trace,
    /// How the run differs from its record, if it does.
    difference: Option<String>,
}

fn replayed(wanted: &Wanted) -> Result<Replayed, String> {
    let record = Record::of(&wanted.record)?;
    if record.version != reports::provenance::VERSION && !wanted.force {
        return Err(format!(
            "the run was made by packtwin {}, this is {}\n\
             hint: use that version, or --force to run it with this one",
            record.version,
            reports::provenance::VERSION
        ));
    }
    let scenario = record.scenario(wanted.force)?;
    let trace = run(&scenario)?;
    let difference = difference(&record, &scenario, &trace);
    Ok(Replayed { record, scenario, trace, difference })
}

fn run(scenario: &Scenario) -> Result<Trace, String> {
    let ended = runner::run_each(std::slice::from_ref(scenario), 1, || false, |_, ending| ending);
    let ended = ended.map_err(|error| format!("no thread could be started: {error}"))?;
    match ended.into_iter().next() {
        Some(Ending::Ran(trace)) => Ok(*trace),
        Some(Ending::Aborted(why)) => Ok(Trace::aborted(SimTime::ZERO, why)),
        Some(Ending::Cancelled) | None => Err("the run was not begun".into()),
    }
}

/// How a run differs from its record: the first event that does, where the record holds events.
fn difference(record: &Record, scenario: &Scenario, trace: &Trace) -> Option<String> {
    if trace.digest.starts_with(&record.digest) {
        return None;
    }
    let files =
        record.folder.as_deref().and_then(|folder| tables(folder, record.rows, scenario, trace));
    let Some(tables) = files else {
        return Some("its digest is another; replay its result.json to see where".into());
    };
    let first = tables.into_iter().find_map(|(name, before, now)| {
        let (number, before, now) = first_difference(&before, &now)?;
        Some(format!("the first difference stands in {name}, line {number}:\n  recorded  {before}\n  now       {now}"))
    });
    Some(
        first.unwrap_or_else(|| {
            "its events and rows are equal, its counters or books are not".into()
        }),
    )
}

/// The tables of the record beside those of the run, by name; none where the record has none.
fn tables(
    folder: &Path,
    rows: Rows,
    scenario: &Scenario,
    trace: &Trace,
) -> Option<Vec<(&'static str, String, String)>> {
    let judged = Judged { rows, ..reports::judge(scenario, trace, &requirement) };
    let now = reports::files::tables(&judged).ok()?;
    let beside = |(name, now): (&'static str, String)| {
        let before = std::fs::read_to_string(folder.join(name)).ok()?;
        Some((name, before, now))
    };
    now.into_iter().map(beside).collect()
}

/// The first line in which two texts differ, with its number.
fn first_difference(before: &str, now: &str) -> Option<(usize, String, String)> {
    let (mut before, mut now) = (before.lines(), now.lines());
    let end = "(ends)";
    (1..).find_map(|number| match (before.next(), now.next()) {
        (None, None) => Some(None),
        (a, b) if a == b => None,
        (a, b) => Some(Some((number, a.unwrap_or(end).into(), b.unwrap_or(end).into()))),
    })?
}

fn said(scenario: &Scenario, trace: &Trace, difference: Option<&str>) -> String {
    match difference {
        None => format!("EQUAL     {}  digest {}", scenario.id, trace.digest),
        Some(difference) => format!("DIFFERS   {}\n{difference}", scenario.id),
    }
}

fn document(
    record: &Record,
    scenario: &Scenario,
    trace: &Trace,
    difference: Option<&str>,
) -> String {
    let original = match record.original {
        Original::Line => "line",
        Original::Result(_) => "result",
    };
    let document = json!({
        "schema": "packtwin.replay/1",
        "id": scenario.id,
        "record": original,
        "equal": difference.is_none(),
        "recorded_digest": record.digest,
        "digest": trace.digest,
        "difference": difference,
    });
    format!("{document:#}")
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_line_that_differs_is_told_also_where_one_text_ends() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb", "a\nc"), Some((2, "b".into(), "c".into())));
        assert_eq!(first_difference("a\nb", "a"), Some((2, "b".into(), "(ends)".into())));
        assert_eq!(first_difference("", "a"), Some((1, "(ends)".into(), "a".into())));
    }
}
