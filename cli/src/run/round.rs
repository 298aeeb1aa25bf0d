//! One round through the scenarios: what is left to run is run, each run is written when it ends, and
//! what is kept of it is small.

use super::{outputs, requirement};
use crate::args::{Global, Run};
use crate::exit::Exit;
use crate::journal::{Entry, Journal, Past, program};
use crate::output;
use crate::progress::Progress;
use reports::files::ReportError;
use reports::{Grade, Kept, Rows, Suite};
use scenarios::Scenario;
use scenarios::runner::{self, Ending};
use sim::time::SimTime;
use sim::trace::{Outcome, Trace};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// What a round is run with.
pub(crate) struct Round<'a> {
    /// What was asked for.
    pub(crate) run: &'a Run,
    /// How it is shown.
    pub(crate) global: &'a Global,
    /// Raised by Ctrl-C.
    pub(crate) interrupted: &'a AtomicBool,
}

/// A scenario, its folder, and what is kept of its run, if an earlier call has run it.
struct Place<'a> {
    scenario: &'a Scenario,
    folder: String,
    kept: Option<(Kept, Entry)>,
}

/// Runs under way: where they go, and whether the rest is still wanted.
struct Way<'a> {
    round: &'a Round<'a>,
    folders: Vec<&'a str>,
    left: &'a [Scenario],
    journal: &'a Journal,
    progress: Progress,
    stopped: AtomicBool,
    broken: Mutex<Option<ReportError>>,
}

impl Round<'_> {
    /// Runs the scenarios, writes and shows their results.
    pub(crate) fn of(&self, scenarios: &[Scenario]) -> Exit {
        match self.report(scenarios) {
            Ok(exit) => exit,
            Err(why) => {
                output::message(&format!("error: {why}"));
                Exit::Invalid
            }
        }
    }

    fn out(&self) -> &Path {
        &self.run.out
    }

    fn report(&self, scenarios: &[Scenario]) -> Result<Exit, String> {
        reports::files::probe(self.out()).map_err(|error| error.to_string())?;
        outputs::probe(&self.run.ci).map_err(|error| error.to_string())?;
        let (waiting, meant): (Vec<&Scenario>, Vec<&Scenario>) =
            scenarios.iter().partition(|it| !reports::suite::waiting(it).is_empty());
        let program = program();
        let mut places = self.places(&meant, program.as_deref());
        let entries: Vec<_> =
            places.iter().filter_map(|it| Some(it.kept.as_ref()?.1.clone())).collect();
        let journal = Journal::begin(self.out(), program, entries)
            .map_err(|error| unwritable(self.out(), &error))?;
        let broken = self.fill(&mut places, &journal)?;
        let mut suite = Suite { waiting, ..Suite::default() };
        for place in &places {
            match &place.kept {
                Some((kept, _)) => {
                    suite.runs.push(kept.judged(place.scenario));
                    suite.folders.push(place.folder.clone());
                }
                None => suite.not_run.push(place.scenario),
            }
        }
        if suite.not_run.is_empty() {
            journal.complete().map_err(|error| unwritable(self.out(), &error))?;
        }
        Ok(self.conclude(&suite, broken))
    }

    /// What is there already, if it was asked for.
    fn places<'a>(&self, meant: &[&'a Scenario], program: Option<&str>) -> Vec<Place<'a>> {
        let folders = reports::files::folders_of(meant.iter().copied());
        let place =
            |(scenario, folder): (&&'a Scenario, String)| Place { scenario, folder, kept: None };
        let mut places: Vec<_> = meant.iter().zip(folders).map(place).collect();
        let past = Past::read(self.out());
        if !self.run.which.resume {
            if let Some(done) = past.unfinished().filter(|_| !self.global.quiet) {
                let out = self.out().display();
                output::message(&format!(
                    "note: an earlier call was stopped; {done} of its runs stand in {out}, and \
                     --resume would keep those that are still the same"
                ));
            }
            return places;
        }
        if past.is_of_another(program) {
            output::message("note: the program has changed since: every run begins anew");
            return places;
        }
        for place in &mut places {
            let entry = past.entry(&place.folder);
            let kept =
                entry.and_then(|it| Some((it.kept(self.out(), place.scenario)?, it.clone())));
            place.kept = kept.filter(|(kept, _)| !self.run.traces || kept.rows == Rows::All);
        }
        self.tell_kept(&places);
        places
    }

    fn tell_kept(&self, places: &[Place<'_>]) {
        let kept = places.iter().filter(|place| place.kept.is_some()).count();
        if !self.global.quiet {
            output::message(&format!("resumed: {kept} of {} runs are kept", places.len()));
        }
    }

    /// Runs what is left; gives back why results could not be written, if so.
    fn fill(
        &self,
        places: &mut [Place<'_>],
        journal: &Journal,
    ) -> Result<Option<ReportError>, String> {
        let mut open: Vec<&mut Place<'_>> =
            places.iter_mut().filter(|place| place.kept.is_none()).collect();
        let left: Vec<Scenario> = open.iter().map(|place| place.scenario.clone()).collect();
        let folders: Vec<String> = open.iter().map(|place| place.folder.clone()).collect();
        let way = Way {
            round: self,
            folders: folders.iter().map(String::as_str).collect(),
            left: &left,
            journal,
            progress: Progress::over(left.len(), self.global.quiet),
            stopped: AtomicBool::new(false),
            broken: Mutex::new(None),
        };
        let kept = way.run();
        way.progress.finish();
        let kept =
            kept.map_err(|error| format!("the worker threads could not be started: {error}"))?;
        for (place, kept) in open.iter_mut().zip(kept) {
            place.kept = kept;
        }
        Ok(way.broken.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn conclude(&self, suite: &Suite<'_>, broken: Option<ReportError>) -> Exit {
        let written = reports::files::write_suite(self.out(), suite);
        let told = outputs::write(&self.run.ci, suite);
        if let Err(error) = outputs::show(suite, self.global) {
            return output::lost(&error);
        }
        if let Some(error) = broken.or(told.err()) {
            output::message(&format!("error: {error}"));
            self.tell_left(suite);
            return Exit::Invalid;
        }
        match written {
            Err(error) => {
                output::message(&format!("error: {error}"));
                return Exit::Invalid;
            }
            Ok(written) if !self.global.quiet => {
                output::message(&format!("report: {}", written.index.display()));
            }
            Ok(_) => {}
        }
        self.tell_left(suite);
        verdict(suite, self.interrupted.load(Ordering::Relaxed))
    }

    fn tell_left(&self, suite: &Suite<'_>) {
        let (left, all) = (suite.not_run.len(), suite.runs.len() + suite.not_run.len());
        if left == 0 {
            return;
        }
        let stopped = self.interrupted.load(Ordering::Relaxed);
        let word = if stopped { "interrupted" } else { "stopped" };
        output::message(&format!("{word}: {left} of {all} scenarios not run"));
        if !self.global.quiet {
            output::message("hint: the same command with --resume goes on from here");
        }
    }
}

impl Way<'_> {
    fn run(&self) -> Result<Vec<Option<(Kept, Entry)>>, impl std::error::Error + use<>> {
        let round = self.round;
        // More threads than runs would be idle; too many the system refuses.
        let jobs = round.run.jobs.map_or(0, |jobs| jobs.min(self.left.len()).max(1));
        let stopped =
            || self.stopped.load(Ordering::Relaxed) || round.interrupted.load(Ordering::Relaxed);
        runner::run_each(self.left, jobs, stopped, |index, ending| self.ended(index, ending))
    }

    /// Judges, writes and notes a run; nothing for one that was not begun or cannot be written.
    fn ended(&self, index: usize, ending: Ending) -> Option<(Kept, Entry)> {
        let (scenario, folder) = (self.left.get(index)?, self.folders.get(index)?);
        let trace = match ending {
            Ending::Ran(trace) => *trace,
            Ending::Aborted(why) => Trace::aborted(SimTime::ZERO, why),
            Ending::Cancelled => return None,
        };
        let mut judged = reports::judge(scenario, &trace, &requirement);
        if self.round.run.traces {
            judged.rows = Rows::All;
        }
        self.progress.ended(&scenario.id, judged.verdict);
        if self.round.run.which.fail_fast && judged.verdict != Grade::Pass {
            self.stopped.store(true, Ordering::Relaxed);
        }
        match self.written(folder, &judged) {
            Ok(entry) => Some((Kept::of(judged), entry)),
            Err(error) => {
                self.stopped.store(true, Ordering::Relaxed);
                let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
                broken.get_or_insert(error);
                None
            }
        }
    }

    fn written(&self, folder: &str, judged: &reports::Judged<'_>) -> Result<Entry, ReportError> {
        let out = self.round.out();
        let entry = Entry::of(folder, reports::files::write_run(out, folder, judged)?);
        let noted = self.journal.add(entry.clone());
        noted.map_err(|source| ReportError::File { path: out.to_owned(), source })?;
        Ok(entry)
    }
}

fn unwritable(dir: &Path, source: &io::Error) -> String {
    format!("cannot write in {}: {source}", dir.display())
}

/// The worst that happened.
fn verdict(suite: &Suite<'_>, interrupted: bool) -> Exit {
    if interrupted && !suite.not_run.is_empty() {
        Exit::Interrupted
    } else if suite.runs.iter().any(|run| matches!(run.trace.outcome, Outcome::Aborted { .. })) {
        Exit::Aborted
    } else if suite.verdict() != Grade::Pass {
        Exit::Failed
    } else {
        Exit::Passed
    }
}
