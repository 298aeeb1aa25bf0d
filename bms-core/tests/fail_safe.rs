//! Silence, nonsense and broken sensors open the MOSFETs; good readings close them again.

mod common;

use bms_core::afe::{AfeError, AfeFlags};
use bms_core::bms::{Decision, Gates};
use bms_core::history;
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use bms_core::units::Millivolts;
use common::{Bench, CYCLE, SECOND, Script, s, samples};

fn is_open(decision: &Decision) -> bool {
    !decision.gates.charge && !decision.gates.discharge
}

fn is_closed(decision: &Decision) -> bool {
    decision.gates.charge && decision.gates.discharge
}

/// A pack that has run quietly for a second.
fn running() -> Bench {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.run_to(SECOND);
    assert!(is_closed(&bench.last));
    bench
}

/// Spoils the front end, looks, repairs it, looks again.
fn opens_and_recovers(what: &str, spoil: impl Fn(&mut Script), repair: impl Fn(&mut Script)) {
    let mut bench = running();
    spoil(bench.script());
    bench.now += CYCLE;
    let decision = bench.serve();
    assert!(is_open(&decision), "{what}");
    assert_eq!(decision.active, Reasons::FRONT_END, "{what}");
    bench.run_to(s(4.0));
    assert!(is_open(&bench.last), "{what}");
    repair(bench.script());
    bench.run_to(s(7.0));
    assert!(is_closed(&bench.last), "{what}");
    assert_eq!(bench.records(Reasons::FRONT_END).len(), 1, "{what}");
}

#[test]
fn every_error_of_the_front_end_opens_both_mosfets_until_it_answers_again() {
    for error in [AfeError::Bus, AfeError::Checksum, AfeError::NotStored, AfeError::Implausible] {
        opens_and_recovers(
            &format!("{error:?}"),
            |script| script.error = Some(error),
            |script| script.error = None,
        );
    }
}

#[test]
fn a_wrong_number_of_cells_opens_both_mosfets() {
    for cells in [0, 15, 17] {
        opens_and_recovers(
            &format!("{cells} cells"),
            |script| script.cells = vec![3_300_000; cells],
            |script| script.cells = vec![3_300_000; 16],
        );
    }
}

/// The converter delivers 0 to 5.12 V.
#[test]
fn an_impossible_cell_voltage_opens_both_mosfets() {
    for cell in [-1, 5_120_001] {
        opens_and_recovers(
            &format!("{cell} µV"),
            |script| script.cells[0] = cell,
            |script| script.cells[0] = 3_300_000,
        );
    }
}

#[test]
fn a_possible_cell_voltage_at_either_end_is_judged_and_not_doubted() {
    for cell in [0, 5_120_000] {
        let mut bench = running();
        bench.script().cells[0] = cell;
        bench.now += CYCLE;
        assert!(!bench.serve().active.contains(Reasons::FRONT_END), "{cell} µV");
    }
}

#[test]
fn a_frozen_or_dead_chip_opens_both_mosfets() {
    for flag in [AfeFlags::PERMANENT_FAILURE, AfeFlags::WATCHDOG] {
        opens_and_recovers(
            &format!("{flag:?}"),
            |script| script.latches |= flag,
            |script| script.latches -= flag,
        );
    }
}

/// A reading may be one second old, not older.
#[test]
fn a_front_end_that_delivers_nothing_new_is_silent_after_a_second() {
    let mut bench = running();
    bench.script().frozen = true;
    bench.run_to(2_000_000);
    assert!(is_closed(&bench.last));
    assert_eq!(bench.last.wake.as_micros(), 2_000_001);
    bench.run_to(2_000_001);
    assert!(is_open(&bench.last));
    assert_eq!(bench.last.active, Reasons::FRONT_END);
    bench.script().frozen = false;
    bench.run_to(s(2.2));
    assert!(is_closed(&bench.last));
}

/// What counts is when a reading was taken, not when it came.
#[test]
fn a_reading_that_arrives_too_old_is_silence() {
    for (lag, open) in [(1_000_000, false), (1_000_001, true)] {
        let mut bench = Bench::new(&samples::ps_15016());
        bench.run_to(s(3.0));
        bench.script().lag = lag;
        bench.now += CYCLE;
        assert_eq!(is_open(&bench.serve()), open, "{lag} µs");
    }
}

#[test]
fn a_reset_chip_is_set_up_again_and_nothing_closes_before() {
    let mut bench = running();
    bench.script().latches |= AfeFlags::UNEXPECTED_RESET;
    let decision = bench.serve();
    assert!(is_open(&decision));
    assert_eq!(bench.script().starts, 1);
    bench.now = decision.wake.as_micros();
    bench.serve();
    assert_eq!(bench.script().starts, 2);
    bench.run_to(s(1.3));
    assert!(is_closed(&bench.last));
}

/// A chip that was reset has forgotten its latch; the firmware has not.
#[test]
fn a_reset_does_not_end_a_short_circuit() {
    let mut bench = running();
    bench.script().latches |= AfeFlags::SHORT_CIRCUIT;
    bench.board.port = Millivolts(26);
    bench.serve();
    bench.script().latches = AfeFlags::UNEXPECTED_RESET;
    bench.run_to(s(20.0));
    assert!(is_open(&bench.last));
    assert_eq!(bench.last.active, Reasons::SHORT_CIRCUIT);
}

#[test]
fn three_failures_in_a_row_start_the_front_end_over_and_two_do_not() {
    for (failures, starts) in [(2, 1), (3, 2)] {
        let mut bench = running();
        bench.script().error = Some(AfeError::Bus);
        for _ in 0..failures {
            bench.now += 10_000;
            bench.serve();
        }
        bench.script().error = None;
        bench.now += 10_000;
        bench.serve();
        assert_eq!(bench.script().starts, starts, "{failures} failures");
    }
}

#[test]
fn a_command_that_was_not_stored_is_repeated_soon() {
    let mut bench = running();
    bench.script().refuses_commands = true;
    bench.board.emergency_open = true;
    let decision = bench.serve();
    assert!(bench.script().command.charge, "the chip did not get it");
    assert!(decision.wake.as_micros() - bench.now <= 10_000);
    bench.script().refuses_commands = false;
    bench.now = decision.wake.as_micros();
    bench.serve();
    assert!(!bench.script().command.charge && !bench.script().command.discharge);
}

/// An open thermistor reads -50 °C or below, a shorted one above 125 °C.
#[test]
fn a_broken_sensor_on_the_front_end_opens_both_mosfets_under_its_own_name() {
    for (degrees, broken) in [(-4_501, true), (-4_500, false), (12_500, false), (12_501, true)] {
        for sensor in 0..3 {
            let mut bench = running();
            bench.script().temperatures[sensor] = degrees;
            bench.run_to(s(2.1));
            assert_eq!(bench.last.active.contains(Reasons::SENSOR), broken, "{degrees}");
            assert!(is_open(&bench.last));
            bench.script().temperatures[sensor] = 2_500;
            bench.run_to(s(3.1));
            assert!(is_closed(&bench.last));
        }
    }
}

/// Cell sensor 4 and the MOSFET sensors; nothing is protected by the board sensor.
#[test]
fn a_broken_sensor_on_the_board_opens_both_mosfets() {
    for ratio in [0, 32_768] {
        for (sensor, open) in [(0, true), (1, true), (2, true), (3, false)] {
            let mut bench = running();
            bench.board.ntc[sensor] = ratio;
            bench.run_to(s(2.1));
            assert_eq!(bench.last.active == Reasons::SENSOR, open, "{sensor} {ratio}");
            assert_eq!(is_open(&bench.last), open);
        }
    }
}

#[test]
fn no_gate_is_on_before_the_first_complete_reading() {
    for spoil in [
        (|script: &mut Script| script.error = Some(AfeError::Bus)) as fn(&mut Script),
        |script| script.frozen = true,
        |script| script.cells.truncate(15),
    ] {
        let params = samples::ps_20016s();
        let mut script = Script::new(&params);
        spoil(&mut script);
        let mut bench = Bench::new(&params);
        bench.now = 1;
        *bench.script() = script;
        bench.board.button = true;
        bench.serve();
        bench.board.button = false;
        bench.serve();
        bench.board.button = true;
        assert_eq!(bench.serve().mode, Mode::Starting);
        bench.board.button = false;
        bench.run_to(s(4.9));
        assert_eq!(bench.last.gates, Gates::default());
        assert_eq!(bench.last.mode, Mode::Starting);
        assert!(bench.last.active.is_empty(), "it may still come up");
        bench.run_to(s(5.1));
        assert_eq!(bench.last.active, Reasons::FRONT_END);
        *bench.script() = Script::new(&params);
        bench.run_to(s(7.0));
        assert!(is_closed(&bench.last));
    }
}

#[test]
fn a_front_end_fault_has_a_record_with_a_name() {
    let mut bench = running();
    bench.script().error = Some(AfeError::Bus);
    bench.run_to(s(3.0));
    let latest = bench.controller.bms().history().latest().expect("a record was made");
    assert_eq!((history::name(latest.reason), latest.left), ("AFE", None));
}

#[test]
fn the_firmware_wakes_within_a_second_whatever_happens() {
    let mut bench = running();
    for _ in 0..100 {
        assert!(bench.last.wake.as_micros() - bench.now <= SECOND);
        bench.now = bench.last.wake.as_micros();
        bench.serve();
    }
}
