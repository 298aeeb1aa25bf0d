//! Judgement and presentation of a run: verdicts, waterfalls, plots, pages, machine-readable files.
//!
//! [`judge`] holds a [`Trace`] against its [`Scenario`] and gives a [`Judged`]; everything else
//! here shows one: [`table`] in a terminal, [`page`] in a browser, [`files`] on disk. Read
//! [`verdict`] first. [`junit`], [`markdown`] and [`annotate`] tell a CI
//! system, [`diff`] compares two reports. [`spread`] judges many runs of one scenario at once,
//! [`sweep`] one run at every phase of the front end's scan; [`states`] sums up what the firmware was
//! put through; [`age`] shows a pack's life
//! on the cycler, [`fit`] how a cell was fitted to measurement.
//!
//! No clock, no network, no simulation: equal input gives byte-identical output.

pub mod age;
pub mod annotate;
pub mod chain;
mod checks;
pub mod coverage;
pub mod diff;
mod evidence;
pub mod files;
pub mod fit;
pub mod invariants;
pub mod junit;
pub mod markdown;
pub mod page;
pub mod plots;
pub mod provenance;
pub mod remarks;
mod result;
pub mod schema;
mod sheets;
pub mod show;
pub mod spread;
pub mod states;
pub mod suite;
pub mod sweep;
pub mod table;
mod thin;
mod trouble;
pub mod verdict;

#[cfg(test)]
mod testbench;

pub use chain::Waterfall;
pub use coverage::{Covered, RequirementText};
pub use invariants::Held;
pub use remarks::Remark;
pub use sheets::Rows;
pub use states::Reached;
pub use suite::{Kept, Suite};
pub use verdict::{Finding, Grade, Verdict};

use bms_core::power::Blockers;
use scenarios::Scenario;
use sim::trace::Trace;

/// Looks a requirement up by its ID, such as `PS-SCP-1`.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<RequirementText>;

/// A run and what was found in it.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// What was asked for.
    pub scenario: &'a Scenario,
    /// What happened.
    pub trace: &'a Trace,
    /// The worst of everything below.
    pub verdict: Grade,
    /// One per expectation in the file's order, then what is wrong with the run as a whole.
    pub findings: Vec<Finding>,
    /// Every requirement that the scenario claims or an expectation names, in that order.
    pub coverage: Vec<Covered>,
    /// One per protection entry, in time order.
    pub waterfalls: Vec<Waterfall>,
    /// Every rule that holds in any run, and what broke it.
    pub invariants: Vec<Held>,
    /// What its data sheet has to remark on it, in order of time.
    pub remarks: Vec<Remark>,
    /// Which events found the firmware in which states.
    pub reached: Reached,
    /// Which rows its table shows: all of a run that does not pass, those that matter of one that does.
    pub rows: Rows,
}

/// Holds a run against what its scenario expects.
#[must_use]
pub fn judge<'a>(scenario: &'a Scenario, trace: &'a Trace, lookup: Lookup<'_>) -> Judged<'a> {
    let mut findings: Vec<_> =
        scenario.expectations.iter().map(|it| checks::judge(it, scenario, trace)).collect();
    findings.extend(verdict::of_the_run(trace));
    let coverage = coverage::of(scenario, &findings, lookup);
    let verdict = verdict::worst(&findings, &coverage);
    let blockers = Blockers::new(&scenario.setup.params);
    let waterfalls = chain::waterfalls(trace, &blockers);
    let invariants = invariants::of(trace);
    let remarks = remarks::of(scenario, trace);
    let reached = Reached::of(trace, &scenario.setup.timeline);
    let rows = if verdict == Grade::Pass { Rows::Thinned } else { Rows::All };
    Judged {
        scenario,
        trace,
        verdict,
        findings,
        coverage,
        waterfalls,
        invariants,
        remarks,
        reached,
        rows,
    }
}
