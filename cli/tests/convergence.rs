//! Halving the bounds of the plant's steps moves no event: none of a comparator by more than a
//! microsecond, none of the sampled paths by more than one sample.

use scenarios::Scenario;
use scenarios::runner::{Ending, run_all};
use sim::setup::StepBounds;
use sim::time::{SimTime, Span};
use sim::trace::{Event, EventKind, Trace};
use std::sync::atomic::AtomicBool;

/// The scenarios with cells whose events hang on the plant's integration: a short circuit through
/// an inductance, an inrush with pre-charge, over-currents, a charge to the limit, balancing.
const LOOKED_AT: &[&str] = &["s01", "s02", "s04", "s05", "s07", "s12"];

/// One conversion of all cells by the SH367309, nanoseconds.
const SAMPLE_NS: u64 = 100_000_000;
/// A comparator's tolerance, nanoseconds.
const COMPARATOR_NS: u64 = 1_000;

fn traces(scenarios: &[Scenario]) -> Vec<Trace> {
    let finished = run_all(scenarios, 2, |_| (), &AtomicBool::new(false)).expect("threads start");
    let trace = |ending| match ending {
        Ending::Ran(trace) => *trace,
        other => panic!("{other:?}"),
    };
    finished.into_iter().map(|finished| trace(finished.ending)).collect()
}

/// How far an event may move, nanoseconds.
fn tolerance(kind: &EventKind) -> u64 {
    match kind {
        EventKind::Compared(..) | EventKind::Latched(..) => COMPARATOR_NS,
        _ => SAMPLE_NS,
    }
}

/// All events but the choice of a pair to balance: between cells that are equal to a step of the
/// converter it hangs on the last digit. Nor the plant's notes, which are dated at the ends of its
/// steps.
fn events(trace: &Trace) -> Vec<&Event> {
    let compared = |kind: &EventKind| !matches!(kind, EventKind::Transfer(_) | EventKind::Noted(_));
    trace.events.iter().filter(|event| compared(&event.kind)).collect()
}

fn looked_at() -> Vec<Scenario> {
    let mut scenarios: Vec<_> = scenarios::suite().into_iter().filter(Scenario::runs).collect();
    scenarios.retain(|scenario| LOOKED_AT.iter().any(|id| scenario.id.starts_with(id)));
    assert!(scenarios.len() >= LOOKED_AT.len(), "every name stands for a scenario");
    scenarios
}

/// The same scenarios with the plant's steps bound by this.
fn with_steps(scenarios: &[Scenario], steps: StepBounds) -> Vec<Trace> {
    let mut scenarios = scenarios.to_vec();
    for scenario in &mut scenarios {
        scenario.setup.steps = steps;
    }
    traces(&scenarios)
}

/// What has moved too far between two runs of a scenario, in words, and how many comparators spoke.
fn differences(one: &Trace, other: &Trace) -> (Vec<String>, usize) {
    let (one, other) = (events(one), events(other));
    let mut found = Vec::new();
    if one.len() != other.len() {
        found.push(format!("{} events, then {}", one.len(), other.len()));
    }
    for (one, other) in one.iter().zip(&other) {
        let moved = one.at.0.abs_diff(other.at.0);
        if one.kind != other.kind {
            found.push(format!("{:?} at {} became {:?}", one.kind, one.at, other.kind));
        } else if moved > tolerance(&one.kind) {
            found.push(format!("{:?} moved by {moved} ns", one.kind));
        }
    }
    let compared = one.iter().filter(|event| matches!(event.kind, EventKind::Compared(..)));
    (found, compared.count())
}

#[test]
fn halving_the_step_bounds_moves_no_event() {
    let scenarios = looked_at();
    let coarse = with_steps(&scenarios, StepBounds::default());
    let fine = with_steps(&scenarios, StepBounds::default().halved());
    let mut compared = 0;
    for (scenario, (coarse, fine)) in scenarios.iter().zip(coarse.iter().zip(&fine)) {
        let (found, comparators) = differences(coarse, fine);
        assert!(found.is_empty(), "{}: {found:#?}", scenario.id);
        compared += comparators;
    }
    assert!(compared > 10, "comparators had something to say: {compared}");
}

/// The test above can fail: with fast segments of eight time constants, up to 64 ms long, the
/// voltage that stands still within them sends the inrush of S01 another way.
#[test]
fn bounds_that_are_too_coarse_are_noticed() {
    let mut scenarios = looked_at();
    scenarios.retain(|scenario| scenario.id.starts_with("s01-inverter-precharge-real"));
    assert!(!scenarios.is_empty(), "S01 has a real power path");
    let usual = StepBounds::default();
    let steps = StepBounds { fast_share: 8.0, fast_longest: Span::from_millis(64), ..usual };
    let (fine, coarse) = (with_steps(&scenarios, usual), with_steps(&scenarios, steps));
    for (scenario, (fine, coarse)) in scenarios.iter().zip(fine.iter().zip(&coarse)) {
        assert!(!differences(fine, coarse).0.is_empty(), "{}", scenario.id);
    }
}

/// An event that comes a nanosecond too late for its kind, another in its place, or one less.
#[test]
fn what_moves_beyond_its_tolerance_is_told_and_what_stays_within_is_not() {
    let mut scenarios = looked_at();
    scenarios.retain(|scenario| scenario.id.starts_with("s02"));
    scenarios.truncate(1);
    let trace = with_steps(&scenarios, StepBounds::default()).remove(0);
    let is_comparator = |event: &Event| matches!(event.kind, EventKind::Compared(..));
    let at = trace.events.iter().position(is_comparator).expect("a comparator speaks in S02");
    let later = |nanos: u64| {
        let mut moved = trace.clone();
        moved.events[at].at = SimTime(moved.events[at].at.0 + nanos);
        differences(&trace, &moved).0.len()
    };
    assert_eq!((later(0), later(COMPARATOR_NS), later(COMPARATOR_NS + 1)), (0, 0, 1));
    let mut shorter = trace.clone();
    shorter.events.truncate(at);
    assert_eq!(differences(&trace, &shorter).0.len(), 1);
    let mut other = trace.clone();
    other.events[at].kind = EventKind::Transfer(None);
    assert!(!differences(&trace, &other).0.is_empty());
}
