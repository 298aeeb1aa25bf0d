//! Halving the bounds of the plant's steps moves no event: none of a comparator by more than a
//! microsecond, none of the sampled paths by more than one sample.

use scenarios::Scenario;
use scenarios::runner::{Ending, run_all};
use sim::setup::StepBounds;
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

#[test]
fn halving_the_step_bounds_moves_no_event() {
    let mut coarse = scenarios::suite();
    coarse.retain(|scenario| LOOKED_AT.iter().any(|id| scenario.id.starts_with(id)));
    assert!(coarse.len() >= LOOKED_AT.len(), "every name stands for a scenario");
    let mut fine = coarse.clone();
    for scenario in &mut fine {
        scenario.setup.steps = StepBounds::default().halved();
    }
    let mut compared = 0;
    for (scenario, (coarse, fine)) in
        coarse.iter().zip(traces(&coarse).into_iter().zip(traces(&fine)))
    {
        let (coarse, fine) = (events(&coarse), events(&fine));
        assert_eq!(coarse.len(), fine.len(), "{}", scenario.id);
        for (one, other) in coarse.into_iter().zip(fine) {
            assert_eq!(one.kind, other.kind, "{} at {}", scenario.id, one.at);
            let moved = one.at.0.abs_diff(other.at.0);
            assert!(moved <= tolerance(&one.kind), "{} {:?}: {moved} ns", scenario.id, one.kind);
            compared += usize::from(matches!(one.kind, EventKind::Compared(..)));
        }
    }
    assert!(compared > 10, "comparators had something to say: {compared}");
}
