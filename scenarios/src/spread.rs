//! Many seeds of one scenario: the embedded short scenarios of `spread/`, and running one of them
//! over and over on boards that differ within the datasheet's tolerances.

use crate::expect::Scenario;
use crate::load::Options;
use crate::runner::{Ending, contained};
use crate::suite::embedded;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use sim::setup::{Setup, Tolerance};
use sim::trace::Trace;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../spread/", $name)))),*]
    };
}

/// Every file of the spread suite with its text.
pub const FILES: &[(&str, &str)] =
    files!["discharge-over-current.toml", "over-voltage.toml", "short-circuit.toml"];

/// All scenarios of the spread suite, in the order of the files.
///
/// # Panics
/// Never: the suite is part of the program and a test reads it.
#[must_use]
pub fn suite() -> Vec<Scenario> {
    embedded("spread", FILES, &Options::default())
}

/// What became of the run with one seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seeded<T> {
    /// What was kept of its trace.
    Kept(T),
    /// The simulator panicked: a bug of ours, contained to this run.
    Aborted(String),
    /// It was not begun because of the cancellation.
    Cancelled,
}

/// Runs `scenario` once per seed on hardware within the datasheet's tolerances, on `jobs` threads
/// (0: one per processor), and returns what `keep` takes from each trace, in the order of the
/// seeds; the traces themselves are dropped at once. `on_progress` is called after each run, from
/// any thread. After `cancel` is set no other run is begun.
///
/// # Errors
/// The threads could not be started.
pub fn run_seeds<T: Send>(
    scenario: &Scenario,
    seeds: Range<u64>,
    jobs: usize,
    keep: impl Fn(u64, &Trace) -> T + Sync,
    on_progress: impl Fn() + Sync,
    cancel: &AtomicBool,
) -> Result<Vec<Seeded<T>>, rayon::ThreadPoolBuildError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
    let one = |seed: u64| {
        if cancel.load(Ordering::Relaxed) {
            return Seeded::Cancelled;
        }
        let setup = with_seed(&scenario.setup, seed);
        let kept = match contained(|| sim::bench::run(&setup)) {
            Ending::Ran(trace) => Seeded::Kept(keep(seed, &trace)),
            Ending::Aborted(why) => Seeded::Aborted(why),
            Ending::Cancelled => Seeded::Cancelled,
        };
        on_progress();
        kept
    };
    let seeds: Vec<u64> = seeds.collect();
    Ok(pool.install(|| seeds.into_par_iter().map(one).collect()))
}

fn with_seed(setup: &Setup, seed: u64) -> Setup {
    Setup { seed, tolerance: Tolerance::Datasheet, ..setup.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_in_the_folder_is_embedded() {
        let [lying, embedded] = crate::suite::lying_and_embedded("spread", FILES);
        assert_eq!(lying, embedded);
    }

    #[test]
    fn the_suite_is_short_and_every_id_is_its_own() {
        let suite = suite();
        let ids: BTreeSet<_> = suite.iter().map(|scenario| &scenario.id).collect();
        assert_eq!(ids.len(), suite.len());
        for scenario in &suite {
            let duration = scenario.setup.duration.as_secs_f64();
            assert!(duration <= 6.0, "{}: {duration} s", scenario.id);
        }
        for product in crate::product::names() {
            assert!(suite.iter().any(|scenario| scenario.product == product), "{product}");
        }
    }

    #[test]
    fn seeds_come_back_in_their_order_and_none_is_begun_after_a_cancellation() {
        let suite = suite();
        let short = suite.iter().find(|it| it.id.starts_with("short")).unwrap();
        let seeds = |cancel: bool| {
            let cancel = AtomicBool::new(cancel);
            run_seeds(short, 3..6, 2, |seed, _| seed, || (), &cancel).unwrap()
        };
        assert_eq!(seeds(false), [3, 4, 5].map(Seeded::Kept));
        assert_eq!(seeds(true), vec![Seeded::Cancelled; 3]);
    }
}
