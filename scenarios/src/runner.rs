//! Runs scenarios side by side: one run, one thread. The result does not depend on how many.

use crate::expect::Scenario;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sim::setup::Setup;
use sim::trace::Trace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

/// A run that came to an end, one way or another.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The scenario's ID.
    pub id: String,
    /// What became of it.
    pub ending: Ending,
}

/// What became of a run.
#[derive(Clone, Debug)]
pub enum Ending {
    /// It left a trace; whether it completed stands in there.
    Ran(Box<Trace>),
    /// The simulator panicked: a bug of ours, contained to this run.
    Aborted(String),
    /// It was not begun because of the cancellation.
    Cancelled,
}

/// Runs all `scenarios` on `jobs` threads (0: one per processor) and returns what became of them
/// in their order. `on_progress` is called after each, from any thread. A run that has begun is
/// finished after `cancel` is set; the others are not begun.
///
/// # Errors
/// The threads could not be started.
pub fn run_all(
    scenarios: &[Scenario],
    jobs: usize,
    on_progress: impl Fn(&Finished) + Sync,
    cancel: &AtomicBool,
) -> Result<Vec<Finished>, rayon::ThreadPoolBuildError> {
    run_all_with(scenarios, jobs, on_progress, cancel, sim::bench::run)
}

fn run_all_with(
    scenarios: &[Scenario],
    jobs: usize,
    on_progress: impl Fn(&Finished) + Sync,
    cancel: &AtomicBool,
    run: impl Fn(&Setup) -> Trace + Sync,
) -> Result<Vec<Finished>, rayon::ThreadPoolBuildError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
    let one = |scenario: &Scenario| {
        let ending = if cancel.load(Ordering::Relaxed) {
            Ending::Cancelled
        } else {
            contained(|| run(&scenario.setup))
        };
        let finished = Finished { id: scenario.id.clone(), ending };
        on_progress(&finished);
        finished
    };
    Ok(pool.install(|| scenarios.par_iter().map(one).collect()))
}

/// A run owns all it touches, so that nothing half-changed outlives its panic.
pub(crate) fn contained(run: impl FnOnce() -> Trace) -> Ending {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(trace) => Ending::Ran(Box::new(trace)),
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            Ending::Aborted(text.unwrap_or_else(|| "panicked without a message".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::time::SimTime;
    use sim::trace::{Ledger, Outcome, Stats};
    use std::sync::atomic::AtomicUsize;

    fn fake(setup: &Setup) -> Trace {
        assert!(!setup.name.starts_with("s02"), "broken on purpose");
        Trace {
            outcome: Outcome::Aborted { at: SimTime::ZERO, why: setup.name.clone() },
            events: Vec::new(),
            rows: Vec::new(),
            bursts: Vec::new(),
            alarms: Vec::new(),
            ledger: Ledger::default(),
            marks: Vec::new(),
            stats: Stats::default(),
            digest: String::new(),
        }
    }

    #[test]
    fn results_stand_in_the_order_of_the_scenarios_and_a_panic_stays_in_its_run() {
        let suite = crate::suite::suite();
        let seen = AtomicUsize::new(0);
        let count = |_: &Finished| {
            seen.fetch_add(1, Ordering::Relaxed);
        };
        let finished = run_all_with(&suite, 4, count, &AtomicBool::new(false), fake).unwrap();
        assert_eq!(seen.into_inner(), suite.len());
        for (scenario, finished) in suite.iter().zip(&finished) {
            assert_eq!(finished.id, scenario.id);
            let broken = scenario.id.starts_with("s02");
            assert_eq!(matches!(finished.ending, Ending::Aborted(_)), broken, "{}", finished.id);
        }
    }

    #[test]
    fn nothing_is_begun_after_a_cancellation() {
        let suite = crate::suite::suite();
        let finished = run_all_with(&suite, 2, |_| (), &AtomicBool::new(true), fake).unwrap();
        assert!(finished.iter().all(|run| matches!(run.ending, Ending::Cancelled)));
    }
}
