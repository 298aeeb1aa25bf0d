//! Many seeds of one scenario: the embedded short scenarios of `spread/`, and running one of them
//! over and over on boards that differ within the datasheet's tolerances.

use crate::embedded::files;
use crate::expect::Scenario;
use crate::load::{self, Options};
use crate::runner::{Ending, contained};
use crate::suite::embedded;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use sim::setup::{Setup, Tolerance};
use sim::trace::Trace;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Every file of the spread suite with its text.
pub const FILES: &[(&str, &str)] =
    files!["spread": "discharge-over-current.toml", "over-voltage.toml", "short-circuit.toml"];

/// All scenarios of the spread suite, in the order of the files.
///
/// # Panics
/// Never: the suite is part of the program and a test reads it.
#[must_use]
pub fn suite() -> Vec<Scenario> {
    embedded("spread", FILES, &Options::default())
}

/// What became of one of many runs of a scenario.
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
/// seeds; the traces themselves are dropped at once. What the file writes as a distribution is drawn
/// anew for each seed; a draw that the gate refuses aborts its run with the gate's words. `on_progress` is called after each run, from
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
    let variant = |seed: u64| of_seed(scenario, seed);
    run_variants(variant, seeds, jobs, keep, on_progress, cancel)
}

/// Runs the numbered variants of a set-up side by side, as [`run_seeds`] does with its seeds.
pub(crate) fn run_variants<T: Send>(
    variant: impl Fn(u64) -> Result<Setup, String> + Sync,
    numbers: Range<u64>,
    jobs: usize,
    keep: impl Fn(u64, &Trace) -> T + Sync,
    on_progress: impl Fn() + Sync,
    cancel: &AtomicBool,
) -> Result<Vec<Seeded<T>>, rayon::ThreadPoolBuildError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build()?;
    let one = |number: u64| {
        if cancel.load(Ordering::Relaxed) {
            return Seeded::Cancelled;
        }
        let kept = match variant(number) {
            Err(why) => Seeded::Aborted(why),
            Ok(setup) => match contained(|| sim::bench::run(&setup)) {
                Ending::Ran(trace) => Seeded::Kept(keep(number, &trace)),
                Ending::Aborted(why) => Seeded::Aborted(why),
                Ending::Cancelled => Seeded::Cancelled,
            },
        };
        on_progress();
        kept
    };
    let numbers: Vec<u64> = numbers.collect();
    Ok(pool.install(|| numbers.into_par_iter().map(one).collect()))
}

/// The run of a seed: its board, and what the file draws from it.
fn of_seed(scenario: &Scenario, seed: u64) -> Result<Setup, String> {
    if scenario.drawn.is_empty() {
        let setup = scenario.setup.clone();
        return Ok(Setup { seed, tolerance: Tolerance::Datasheet, ..setup });
    }
    let tolerance = Some(Tolerance::Datasheet);
    let front_end = Some(scenario.setup.front_end);
    // An axis may say the seed of the run that is repeated here.
    let options = Options { seed: Some(seed), tolerance, front_end, repeats: true };
    let again = load::again(scenario, &options);
    again.map(|scenario| scenario.setup).map_err(|wrong| wrong.to_string())
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

    /// The moment of the step is drawn between 1 s and 2 s, and each seed has its own.
    #[test]
    fn every_seed_draws_its_own_run_and_one_seed_always_the_same() {
        let text = "[scenario]\ntitle = \"drawn\"\nproduct = \"ps-20016s\"\nduration = \"3 s\"\n\
            [forced]\ncells = 16\nvoltage = \"3.3 V\"\n[[step]]\n\
            at = { uniform = [\"1 s\", \"2 s\"] }\ndo = \"ctl-low\"\n\
            [[expect]]\nrequirement = \"PS-CTL-1\"\nevent = \"CTL enters\"\nat = \"1.5 s\"\n\
            early = \"1 s\"\nlate = \"1 s\"\n";
        let scenario = load::parse("drawn.toml", "drawn", text).unwrap().remove(0);
        let pressed = |seed: u64, trace: &Trace| {
            let acted = |kind: &sim::trace::EventKind| *kind == sim::trace::EventKind::Stimulus(0);
            let event = trace.events.iter().find(|event| acted(&event.kind));
            (seed, event.expect("the step is done").at.0)
        };
        let cancel = AtomicBool::new(false);
        let moments = || run_seeds(&scenario, 1..9, 2, pressed, || (), &cancel).unwrap();
        let found: BTreeSet<_> = moments()
            .into_iter()
            .map(|run| match run {
                Seeded::Kept((seed, at)) => {
                    let own = of_seed(&scenario, seed).unwrap().timeline[0].at.0;
                    assert!(at == own && (1_000_000_000..=2_000_000_000).contains(&at));
                    at
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(found.len(), 8);
        assert_eq!(moments(), moments());
    }

    /// No pack is fuller than full: about half of the seeds draw what the gate refuses.
    #[test]
    fn a_draw_that_the_gate_refuses_aborts_its_run_with_its_words() {
        let text = "[scenario]\ntitle = \"drawn\"\nproduct = \"ps-20016s\"\nduration = \"1 s\"\n\
            [pack]\ncells = 16\ncell = \"lfp-100ah\"\nsoc = { choice = [\"50 %\", \"101 %\"] }\n\
            [[expect]]\nrequirement = \"PS-OV-1\"\nnever = \"OV enters\"\n";
        let options = |seed| Options { seed: Some(seed), ..Options::default() };
        let sound = |seed: &u64| load::parse_with("d.toml", "d", text, &options(*seed)).is_ok();
        let good = (1..50).find(sound).expect("half of the seeds draw 50 %");
        let bad = (1..50).find(|seed| !sound(seed)).expect("half of the seeds draw 101 %");
        let scenario = load::parse_with("d.toml", "d", text, &options(good)).unwrap().remove(0);
        let cancel = AtomicBool::new(false);
        let of = |seed: u64| run_seeds(&scenario, seed..seed + 1, 1, |_, _| (), || (), &cancel);
        assert_eq!(of(good).unwrap(), [Seeded::Kept(())]);
        let Seeded::Aborted(why) = &of(bad).unwrap()[0] else { panic!("101 % are refused") };
        assert!(why.contains("0 % to 100 %"), "{why}");
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
