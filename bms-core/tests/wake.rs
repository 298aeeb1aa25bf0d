//! The firmware asks to be woken when something is due; served at nothing but its own wakes, it is
//! exact.

mod common;

use bms_core::afe::AfeFlags;
use bms_core::protect::Reasons;
use bms_core::units::Millivolts;
use common::{Bench, s, samples};

/// Serves at wakes alone, up to and including `end`; no conversion calls.
fn sleep_to(bench: &mut Bench, end: u64) {
    while bench.last.wake.as_micros() <= end {
        bench.now = bench.last.wake.as_micros();
        bench.serve();
    }
    bench.now = end;
}

/// A pack that is served off its one-second rhythm at 1.3 s.
fn at_1_3_seconds(mut bench: Bench) -> Bench {
    sleep_to(&mut bench, s(1.3));
    bench.serve();
    bench
}

#[test]
fn a_delay_ends_to_the_microsecond() {
    let mut bench = at_1_3_seconds(Bench::new(&samples::ps_20016s()));
    bench.script().cells[0] = 3_760_000;
    bench.now = s(1.45);
    bench.serve();
    sleep_to(&mut bench, s(2.0));
    bench.serve();
    sleep_to(&mut bench, s(10.0));
    assert_eq!(bench.only(Reasons::OVER_VOLTAGE), (s(5.45), None));
}

/// A chip that is reset unseen permits its MOSFETs 250 ms later: it is asked before.
#[test]
fn a_front_end_that_announces_nothing_is_asked_after_a_cycle_and_a_half() {
    let bench = at_1_3_seconds(Bench::new(&samples::ps_20016s()));
    assert_eq!(bench.last.wake.as_micros(), s(1.45));
}

#[test]
fn the_limiter_begins_and_ends_to_the_microsecond() {
    let mut params = samples::ps_15016();
    params.limiter.fitted = true;
    let mut bench = at_1_3_seconds(Bench::new(&params));
    bench.script().current = 160_000;
    bench.now = s(1.45);
    bench.serve();
    bench.now = s(2.0); // from here on its rhythm misses the limiter's
    bench.serve();
    for (change, limiter) in [(s(6.45), true), (s(606.45), false)] {
        sleep_to(&mut bench, change - 1);
        assert_eq!(bench.last.gates.limiter, !limiter);
        sleep_to(&mut bench, change);
        assert_eq!(bench.last.gates.limiter, limiter);
        bench.script().current = 10_000;
        bench.now += 50_000;
        bench.serve();
    }
}

#[test]
fn filled_capacitors_are_noticed_within_a_millisecond() {
    let mut bench = at_1_3_seconds(Bench::new(&samples::ps_15016()));
    bench.script().latches |= AfeFlags::SHORT_CIRCUIT;
    bench.board.port = Millivolts(26);
    bench.serve();
    sleep_to(&mut bench, s(1.8));
    assert!(bench.last.gates.precharge);
    bench.board.port = Millivolts(52_000);
    sleep_to(&mut bench, s(1.801));
    assert!(bench.last.gates.discharge && !bench.last.gates.precharge);
}

/// Looked at every 100 ms; the two seconds then end to the microsecond.
#[test]
fn a_load_that_leaves_is_noticed_within_a_tenth_of_a_second() {
    let mut params = samples::ps_15016();
    params.precharge.on_short_circuit = false;
    let mut bench = at_1_3_seconds(Bench::new(&params));
    bench.script().latches |= AfeFlags::SHORT_CIRCUIT;
    bench.board.port = Millivolts(26);
    bench.serve();
    sleep_to(&mut bench, s(3.32));
    bench.board.port = Millivolts(52_800);
    sleep_to(&mut bench, s(3.43)); // looked at 3.4 s
    bench.serve();
    sleep_to(&mut bench, s(6.0));
    assert_eq!(bench.only(Reasons::SHORT_CIRCUIT), (s(1.3), Some(s(5.4))));
}

#[test]
fn a_front_end_that_does_not_come_up_is_a_fault_after_five_seconds() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.board.button = true;
    bench.serve();
    bench.board.button = false;
    bench.now = s(0.3);
    bench.serve();
    bench.script().frozen = true;
    bench.board.button = true;
    bench.now = s(0.35);
    bench.serve();
    bench.board.button = false;
    bench.now = s(0.42);
    bench.serve();
    sleep_to(&mut bench, s(7.0));
    assert_eq!(bench.only(Reasons::FRONT_END), (5_350_001, None));
}
