//! A suite as it is reported: the runs that ended, and those that were not run and why.
//!
//! A long suite is judged run by run. What is kept of a run is its judgement; its trace, which is
//! large, goes once its files are written.

use crate::{Covered, Finding, Grade, Judged, Waterfall};
use scenarios::Scenario;
use sim::time::SimTime;
use sim::trace::Trace;

/// What is kept of a run once its files are written.
#[derive(Clone, Debug)]
pub struct Kept {
    /// How it ended, its alarm records, books, counters and digest; no events, rows or bursts.
    pub trace: Trace,
    /// As [`Judged::verdict`].
    pub verdict: Grade,
    /// As [`Judged::findings`].
    pub findings: Vec<Finding>,
    /// As [`Judged::coverage`].
    pub coverage: Vec<Covered>,
    /// As [`Judged::waterfalls`].
    pub waterfalls: Vec<Waterfall>,
    /// As [`Judged::invariants`].
    pub invariants: Vec<crate::Held>,
    /// As [`Judged::remarks`].
    pub remarks: Vec<crate::Remark>,
    /// As [`Judged::reached`].
    pub reached: crate::Reached,
    /// As [`Judged::rows`].
    pub rows: crate::Rows,
}

impl Kept {
    /// Of a run that was judged.
    #[must_use]
    pub fn of(judged: Judged<'_>) -> Self {
        let trace = Trace {
            outcome: judged.trace.outcome.clone(),
            alarms: judged.trace.alarms.clone(),
            ledger: judged.trace.ledger,
            stats: judged.trace.stats,
            digest: judged.trace.digest.clone(),
            ..Trace::aborted(SimTime::ZERO, String::new())
        };
        Self {
            trace,
            verdict: judged.verdict,
            findings: judged.findings,
            coverage: judged.coverage,
            waterfalls: judged.waterfalls,
            invariants: judged.invariants,
            remarks: judged.remarks,
            reached: judged.reached,
            rows: judged.rows,
        }
    }

    /// The run as it was judged, without what was dropped.
    #[must_use]
    pub fn judged<'a>(&'a self, scenario: &'a Scenario) -> Judged<'a> {
        Judged {
            scenario,
            trace: &self.trace,
            verdict: self.verdict,
            findings: self.findings.clone(),
            coverage: self.coverage.clone(),
            waterfalls: self.waterfalls.clone(),
            invariants: self.invariants.clone(),
            remarks: self.remarks.clone(),
            reached: self.reached.clone(),
            rows: self.rows,
        }
    }
}

/// Everything that a suite's report tells.
#[derive(Clone, Debug, Default)]
pub struct Suite<'a> {
    /// The runs that ended, in the order of the scenarios.
    pub runs: Vec<Judged<'a>>,
    /// The folder of each run's files, beside the suite's.
    pub folders: Vec<String>,
    /// What was asked for and not begun: an interruption, or a failure before with `--fail-fast`.
    pub not_run: Vec<&'a Scenario>,
    /// What is written down and cannot run yet.
    pub waiting: Vec<&'a Scenario>,
}

impl<'a> Suite<'a> {
    /// Of runs alone.
    #[must_use]
    pub fn of(runs: Vec<Judged<'a>>) -> Self {
        let folders = crate::files::folders(&runs);
        Self { runs, folders, ..Self::default() }
    }

    /// The worst verdict; what was not run is untested, what waits does not count.
    #[must_use]
    pub fn verdict(&self) -> Grade {
        let left_out = self.not_run.first().map(|_| Grade::Untested);
        let runs = self.runs.iter().map(|run| run.verdict);
        runs.chain(left_out).max().unwrap_or(Grade::Untested)
    }

    /// Runs with a verdict.
    #[must_use]
    pub fn count(&self, grade: Grade) -> usize {
        self.runs.iter().filter(|run| run.verdict == grade).count()
    }

    /// Why a scenario waits, in one line.
    #[must_use]
    pub fn why_waiting(scenario: &Scenario) -> String {
        format!("waits for {}", waiting(scenario).join("; "))
    }
}

/// What a scenario waits for; nothing for one that runs.
#[must_use]
pub fn waiting(scenario: &Scenario) -> &[String] {
    &scenario.waiting
}
