//! Runs scenarios side by side: one run, one thread. The result does not depend on how many.

use crate::expect::Scenario;
use sim::setup::Setup;
use sim::trace::Trace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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
    let each = |index: usize, ending: Ending| {
        let id = scenarios.get(index).map(|scenario| scenario.id.clone()).unwrap_or_default();
        let finished = Finished { id, ending };
        on_progress(&finished);
        finished
    };
    run_each_with(scenarios, jobs, || cancel.load(Ordering::Relaxed), each, run)
}

/// Runs all `scenarios` on `jobs` threads (0: one per processor), begun in their order, and hands
/// each ending at once to `each`, with the scenario's index and from any thread; what `each` makes
/// of it is returned in the order of the scenarios. Nothing else is kept, so that a long suite takes
/// no more memory than the runs that are under way. Once `stopped` says so no other run is begun.
///
/// # Errors
/// The threads could not be started.
pub fn run_each<T: Send>(
    scenarios: &[Scenario],
    jobs: usize,
    stopped: impl Fn() -> bool + Sync,
    each: impl Fn(usize, Ending) -> T + Sync,
) -> Result<Vec<T>, rayon::ThreadPoolBuildError> {
    run_each_with(scenarios, jobs, stopped, each, sim::bench::run)
}

/// As [`run_each`], on any bench.
///
/// # Errors
/// As [`run_each`].
pub fn run_each_with<T: Send>(
    scenarios: &[Scenario],
    jobs: usize,
    stopped: impl Fn() -> bool + Sync,
    each: impl Fn(usize, Ending) -> T + Sync,
    run: impl Fn(&Setup) -> Trace + Sync,
) -> Result<Vec<T>, rayon::ThreadPoolBuildError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
    let queue = AtomicUsize::new(0);
    let worker = |_: rayon::BroadcastContext<'_>| {
        let next = || queue.fetch_add(1, Ordering::Relaxed);
        let taken = std::iter::repeat_with(next).map_while(|index| {
            let scenario = scenarios.get(index)?;
            let ending = if stopped() {
                Ending::Cancelled
            } else if scenario.refused.is_empty() {
                contained(|| run(&scenario.setup))
            } else {
                Ending::Ran(Box::new(Trace::refused()))
            };
            Some((index, each(index, ending)))
        });
        taken.collect::<Vec<_>>()
    };
    let mut made: Vec<_> = pool.broadcast(worker).into_iter().flatten().collect();
    made.sort_by_key(|(index, _)| *index);
    Ok(made.into_iter().map(|(_, made)| made).collect())
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

    fn fake(setup: &Setup) -> Trace {
        assert!(!setup.name.starts_with("s02"), "broken on purpose");
        Trace::aborted(SimTime::ZERO, setup.name.clone())
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

    #[test]
    fn what_is_made_of_each_run_stands_in_the_order_of_the_scenarios_on_any_number_of_threads() {
        let suite = crate::suite::suite();
        for jobs in [1, 4] {
            let name = |index: usize, ending: Ending| {
                let broken = suite[index].id.starts_with("s02");
                assert_eq!(matches!(ending, Ending::Aborted(_)), broken);
                suite[index].id.clone()
            };
            let names = run_each_with(&suite, jobs, || false, name, fake).unwrap();
            assert!(names.iter().eq(suite.iter().map(|scenario| &scenario.id)), "{jobs} threads");
        }
    }

    #[test]
    fn whoever_looks_at_the_first_failure_can_stop_the_rest() {
        let suite = crate::suite::suite();
        let cancel = AtomicBool::new(false);
        let stop = |index: usize, ending: Ending| {
            cancel.fetch_or(index == 2, Ordering::Relaxed);
            !matches!(ending, Ending::Cancelled)
        };
        let stopped = || cancel.load(Ordering::Relaxed);
        let begun = run_each_with(&suite, 1, stopped, stop, fake).unwrap();
        assert!(begun[..3].iter().all(|begun| *begun));
        assert!(begun[3..].iter().all(|begun| !*begun));
    }
}
