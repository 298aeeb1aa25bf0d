//! Many boards within the datasheet's tolerances: every trip time lies in the window that the
//! SH367309's datasheet (V1.2, pp. 77 to 82) gives, and the boards differ. The windows stand here
//! as numbers; the times come straight from the events.

use bms_core::protect::Reasons;
use scenarios::Scenario;
use scenarios::spread::{Seeded, run_seeds, suite};
use sim::trace::{EventKind, Outcome, Switch, Trace};
use std::ops::{Range, RangeInclusive};
use std::sync::atomic::AtomicBool;

/// From the true crossing to command, gate off and zero current, ns.
type Times = [u64; 3];

fn find(id: &str) -> Scenario {
    suite().into_iter().find(|scenario| scenario.id == id).expect("the suite holds it")
}

fn times(trace: &Trace, reason: Reasons, switch: Switch) -> Times {
    assert_eq!(trace.outcome, Outcome::Completed);
    let broken = |event: &&sim::trace::Event| matches!(event.kind, EventKind::Broken(_));
    assert_eq!(trace.events.iter().find(broken), None);
    let entries = trace.events.iter().filter(|it| it.kind == EventKind::Protection(reason, true));
    assert_eq!(entries.count(), 1);
    let crossing = EventKind::Crossed(reason, true);
    let start = trace.events.iter().position(|it| it.kind == crossing).expect("it was crossed");
    let after = |kind: &EventKind| {
        let event = trace.events[start..].iter().find(|it| it.kind == *kind);
        (event.expect("it happened").at - trace.events[start].at).0
    };
    [
        after(&EventKind::Commanded(switch, false)),
        after(&EventKind::Switched(switch, false)),
        after(&EventKind::CurrentZero),
    ]
}

fn spread(id: &str, seeds: Range<u64>, reason: Reasons, switch: Switch, jobs: usize) -> Vec<Times> {
    let keep = |_, trace: &Trace| times(trace, reason, switch);
    let cancel = AtomicBool::new(false);
    let runs = run_seeds(&find(id), seeds, jobs, keep, || (), &cancel).expect("threads start");
    let kept = runs.into_iter().map(|run| match run {
        Seeded::Kept(times) => times,
        other => panic!("a run did not end: {other:?}"),
    });
    kept.collect()
}

/// Checks one of the three times, and that it differs by more than `least` ns between boards.
fn inside(all: &[Times], index: usize, window: RangeInclusive<u64>, least: u64) {
    let of = || all.iter().map(|times| times[index]);
    for (seed, time) in of().enumerate() {
        assert!(window.contains(&time), "seed {seed}, time {index}: {time} ns");
    }
    let (shortest, longest) = (of().min().expect("runs"), of().max().expect("runs"));
    assert!(longest - shortest > least, "time {index}: {shortest} to {longest} ns");
}

fn short(id: &str) -> Vec<Times> {
    spread(id, 0..1_000, Reasons::SHORT_CIRCUIT, Switch::Discharge, 0)
}

/// 192 µs, up to 64 µs until the comparator looks, up to 91 µs of filter; then 150 to 400 µs of
/// gate: at most 750 µs to zero current.
#[test]
fn a_thousand_boards_of_the_ps_15016_interrupt_a_short_within_750_us() {
    let all = short("short-circuit-150");
    inside(&all, 0, 192_000..=347_500, 50_000);
    inside(&all, 1, 342_000..=750_000, 200_000);
    inside(&all, 2, 192_000..=750_000, 200_000);
}

/// The same with 320 µs: at most 875 µs to zero current.
#[test]
fn a_thousand_boards_of_the_ps_20016s_interrupt_a_short_within_875_us() {
    let all = short("short-circuit-200");
    inside(&all, 0, 320_000..=475_500, 50_000);
    inside(&all, 1, 470_000..=875_500, 200_000);
    inside(&all, 2, 320_000..=875_000, 200_000);
}

/// Whatever the number of threads.
#[test]
fn the_same_seeds_give_the_same_times() {
    let once = |jobs| {
        let reason = Reasons::SHORT_CIRCUIT;
        spread("short-circuit-150", 40..80, reason, Switch::Discharge, jobs)
    };
    assert_eq!(once(1), once(3));
}

/// 4 s ± 5 %.
#[test]
fn two_hundred_boards_interrupt_a_discharge_over_current_after_3_8_to_4_2_s() {
    let reason = Reasons::AFE_DISCHARGE_OC1;
    let all = spread("discharge-over-current", 0..200, reason, Switch::Discharge, 0);
    inside(&all, 0, 3_800_000_000..=4_200_000_000, 300_000_000);
    inside(&all, 2, 3_800_150_000..=4_200_400_000, 300_000_000);
}

/// The chip takes 1.05 to 1.25 s (4 s: 3.9 to 4.4 s), the firmware never less than its delay.
#[test]
fn two_hundred_boards_interrupt_a_charge_at_over_voltage_within_the_first_layers_window() {
    let over = |id| spread(id, 0..200, Reasons::OVER_VOLTAGE, Switch::Charge, 0);
    let quick = over("over-voltage-150");
    inside(&quick, 0, 1_000_000_000..=1_250_000_000, 50_000_000);
    inside(&quick, 2, 1_000_000_000..=1_250_000_000, 50_000_000);
    inside(&over("over-voltage-200"), 0, 3_900_000_000..=4_400_000_000, 50_000_000);
}
