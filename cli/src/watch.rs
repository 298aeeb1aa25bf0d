//! `packtwin run --watch`: runs again what a change of the files touches, until Ctrl-C.

use crate::args::{Global, Run};
use crate::check::invalid;
use crate::exit::Exit;
use crate::output;
use crate::run::{self, Round};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How long the files must be quiet before a change counts as over: editors write in several steps.
const QUIET: Duration = Duration::from_millis(150);

/// How often Ctrl-C is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// Runs the inputs, then, after each change, those of its scenarios that are not the same any more.
pub(crate) fn watch(run: &Run, global: &Global) -> Exit {
    if run.inputs.is_empty() || run.inputs.iter().any(|input| input == Path::new("-")) {
        output::message("error: there is no file to watch\nhint: name scenario files or folders");
        return Exit::Invalid;
    }
    let interrupted = run::interruption();
    let (sender, changes) = channel();
    let watcher = notify::recommended_watcher(move |event| {
        // A watch that has ended takes no more events.
        let _ = sender.send(event);
    });
    let watching = watcher.and_then(|mut watcher| watch_all(&mut watcher, run).map(|()| watcher));
    match watching {
        Ok(_watcher) => rounds(run, global, &changes, &interrupted),
        Err(error) => {
            output::message(&format!("error: the files cannot be watched: {error}"));
            Exit::Invalid
        }
    }
}

/// Watches the folders of the inputs: an editor that saves replaces the file.
fn watch_all(watcher: &mut RecommendedWatcher, run: &Run) -> notify::Result<()> {
    let folder = |input: &PathBuf| {
        let parent = input.parent().filter(|parent| *parent != Path::new(""));
        let folder = if input.is_dir() { Some(input.as_path()) } else { parent };
        folder.unwrap_or(Path::new(".")).to_owned()
    };
    let folders: BTreeSet<_> = run.inputs.iter().map(folder).collect();
    folders.iter().try_for_each(|folder| watcher.watch(folder, RecursiveMode::Recursive))
}

fn rounds(
    run: &Run,
    global: &Global,
    changes: &Receiver<notify::Result<Event>>,
    interrupted: &AtomicBool,
) -> Exit {
    let mut run = run.clone();
    loop {
        round(&run, global, interrupted);
        // What is still the same is not run again.
        run.which.resume = true;
        if !interrupted.load(Ordering::Relaxed) {
            output::message("watching; Ctrl-C ends");
        }
        if !changed(changes, &run.out, interrupted) {
            return Exit::Interrupted;
        }
        output::message("\nchanged: running again");
    }
}

/// One round; what is wrong with a file is said, and the watch goes on.
fn round(run: &Run, global: &Global, interrupted: &AtomicBool) {
    match run::scenarios(run) {
        Ok(scenarios) if scenarios.is_empty() => {
            output::message("note: no scenario matches the filters");
        }
        Ok(scenarios) => {
            Round { run, global, interrupted }.of(&scenarios);
        }
        Err(diagnostics) => {
            invalid(&diagnostics, global);
        }
    }
}

/// Waits until files have changed and are quiet again; not so if it was interrupted before.
fn changed(
    changes: &Receiver<notify::Result<Event>>,
    out: &Path,
    interrupted: &AtomicBool,
) -> bool {
    let mut touched = false;
    while !interrupted.load(Ordering::Relaxed) {
        match changes.recv_timeout(if touched { QUIET } else { LOOK }) {
            Ok(Ok(event)) => touched |= matters(&event, out),
            Ok(Err(error)) => {
                output::message(&format!("note: the files are watched badly: {error}"));
            }
            Err(RecvTimeoutError::Timeout) if touched => return true,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    false
}

/// Whether an event is a change of something that a scenario may be read from: not of the report,
/// which may lie in the same folder.
fn matters(event: &Event, out: &Path) -> bool {
    let changes = !matches!(event.kind, EventKind::Access(_));
    let report = out.canonicalize().ok();
    let read = |path: &PathBuf| {
        let extension = path.extension().is_some_and(|it| it == "toml" || it == "csv");
        let whole = path.canonicalize().unwrap_or_else(|_| path.clone());
        extension && !report.as_ref().is_some_and(|report| whole.starts_with(report))
    };
    changes && event.paths.iter().any(read)
}

#[cfg(test)]
mod tests {
    use super::matters;
    use notify::Event;
    use notify::event::{AccessKind, CreateKind, EventKind};
    use std::fs;
    use std::path::Path;

    #[test]
    fn a_scenario_or_a_table_matters_and_the_report_beside_them_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("packtwin-report");
        fs::create_dir(&out).unwrap();
        for name in ["a.toml", "day.csv", "notes.txt", "packtwin-report/trace.csv"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        let created = |name: &str| {
            Event::new(EventKind::Create(CreateKind::File)).add_path(dir.path().join(name))
        };
        assert!(matters(&created("a.toml"), &out));
        assert!(matters(&created("day.csv"), &out));
        assert!(matters(&created("gone.toml"), &out), "a file that was taken away too");
        assert!(!matters(&created("notes.txt"), &out));
        assert!(!matters(&created("packtwin-report/trace.csv"), &out));
        let read = Event::new(EventKind::Access(AccessKind::Read));
        assert!(!matters(&read.add_path(dir.path().join("a.toml")), &out));
        assert!(matters(&created("a.toml"), Path::new("not/there")));
    }
}
