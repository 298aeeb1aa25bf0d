//! The embedded suite as a whole: it passes, it is the same on any number of threads and at both
//! seams, and it notices a product that is off by one tick or one millivolt.

use bms_core::time::Duration;
use bms_core::units::Millivolts;
use reports::{Grade, RequirementText};
use scenarios::Scenario;
use scenarios::runner::{Ending, run_all};
use sim::setup::{FrontEndLevel, Setup};
use sim::trace::{Outcome, Trace};
use std::sync::atomic::AtomicBool;

fn traces(scenarios: &[Scenario], jobs: usize) -> Vec<Trace> {
    let finished =
        run_all(scenarios, jobs, |_| (), &AtomicBool::new(false)).expect("threads start");
    let trace = |ending| match ending {
        Ending::Ran(trace) => *trace,
        other => panic!("{other:?}"),
    };
    finished.into_iter().map(|finished| trace(finished.ending)).collect()
}

fn requirement(id: &str) -> Option<RequirementText> {
    scenarios::requirements::find(id).map(|found| RequirementText {
        text: found.text.clone(),
        values: found.values.clone(),
        source: found.source.clone(),
    })
}

fn verdict(scenario: &Scenario, trace: &Trace) -> Grade {
    reports::judge(scenario, trace, &requirement).verdict
}

/// What of the suite can be run; the rest waits.
fn running() -> Vec<Scenario> {
    scenarios::suite().into_iter().filter(Scenario::runs).collect()
}

#[test]
fn every_scenario_passes_and_one_thread_gives_the_bits_of_two() {
    let suite = running();
    let (two, one) = (traces(&suite, 2), traces(&suite, 1));
    assert!(suite.len() >= 30, "the suite was embedded");
    for ((scenario, two), one) in suite.iter().zip(&two).zip(&one) {
        assert_eq!(two.outcome, Outcome::Completed, "{}", scenario.id);
        assert_eq!(verdict(scenario, two), Grade::Pass, "{}", scenario.id);
        assert_eq!(two.digest, one.digest, "{}", scenario.id);
    }
}

/// Registers and values are two views of one chip: every event at the same nanosecond.
#[test]
fn both_seams_give_the_same_events_on_every_scenario() {
    let at = |level| {
        let mut suite = running();
        for scenario in &mut suite {
            scenario.setup.front_end = level;
        }
        traces(&suite, 2)
    };
    let (register, value) = (at(FrontEndLevel::Register), at(FrontEndLevel::Value));
    for (scenario, (register, value)) in running().iter().zip(register.iter().zip(&value)) {
        assert!(register.stats.bus_bytes > 0 && value.stats.bus_bytes == 0);
        for (one, other) in register.events.iter().zip(&value.events) {
            assert_eq!(one, other, "{}", scenario.id);
        }
        assert_eq!(register.events.len(), value.events.len(), "{}", scenario.id);
    }
}

/// Runs a scenario of the suite on a product that was changed behind its back.
fn tampered(id: &str, tamper: impl Fn(&mut Setup)) -> Grade {
    let suite = running();
    let mut scenario = suite.into_iter().find(|scenario| scenario.id == id).expect("it is there");
    tamper(&mut scenario.setup);
    let trace = sim::bench::run(&scenario.setup);
    verdict(&scenario, &trace)
}

#[test]
fn a_product_off_by_one_step_does_not_pass() {
    let id = "s03-short-circuit-edges-200";
    assert_eq!(tampered(id, |_| ()), Grade::Pass);
    let delay = |micros| {
        move |setup: &mut Setup| {
            setup.params.afe_current.short_circuit_delay = Duration::from_micros(micros);
        }
    };
    assert_eq!(tampered(id, delay(256)), Grade::Fail, "one chip step faster");
    assert_eq!(tampered(id, delay(384)), Grade::Fail, "one chip step slower");

    let id = "s07-over-voltage-150";
    let over = |mv| move |setup: &mut Setup| setup.params.voltage.over = Millivolts(mv);
    assert_eq!(tampered(id, over(3_745)), Grade::Fail, "one chip step lower");
    assert_eq!(tampered(id, over(3_755)), Grade::Fail, "one chip step higher");
}

/// The same seed gives the same draws, another seed others.
#[test]
fn the_datasheet_tolerance_is_drawn_from_the_seed() {
    let run = |seed| {
        let suite = running();
        let mut scenario = suite
            .into_iter()
            .find(|scenario| scenario.id == "s03-short-circuit-edges-200")
            .expect("it is there");
        scenario.setup.seed = seed;
        scenario.setup.tolerance = sim::setup::Tolerance::Datasheet;
        sim::bench::run(&scenario.setup).digest
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}
