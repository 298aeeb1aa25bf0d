//! Sequences of the acceptance suite on a scripted front end: what the firmware does, and when.

mod common;

use bms_core::afe::{AfeFlags, Counted};
use bms_core::bms::Gates;
use bms_core::indicate::Led;
use bms_core::mode::Mode;
use bms_core::params::CtlAction;
use bms_core::power::Blockers;
use bms_core::protect::Reasons;
use bms_core::units::{BasisPoints, Microcoulombs, Milliamps, Millivolts};
use common::{Bench, SECOND, s, sampled, samples};

const BOTH: Gates = Gates {
    charge: true,
    discharge: true,
    precharge: false,
    low_cell_precharge: false,
    limiter: false,
};

/// The chip trips: both drivers off, the alarm calls the firmware at once.
fn short(bench: &mut Bench) {
    bench.script().latches |= AfeFlags::SHORT_CIRCUIT;
    bench.board.port = Millivolts(26);
    bench.serve();
}

/// S01: the inverter's capacitors fill through the path with 0.2004 s; 95 % of 52.8 V end it.
#[test]
fn s01_a_filled_inverter_ends_the_short_circuit_and_the_mosfets_come_back() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.run_to(1_000_000);
    assert_eq!(bench.last.gates, BOTH);
    bench.now = 1_000_192;
    short(&mut bench);
    assert_eq!(bench.last.gates, Gates { precharge: true, ..Gates::default() });
    assert_eq!(bench.last.active, Reasons::SHORT_CIRCUIT);
    bench.board.port = Millivolts(50_159);
    bench.run_to(1_504_000);
    assert!(bench.last.gates.precharge);
    bench.board.port = Millivolts(50_160);
    bench.run_to(1_505_192);
    assert_eq!(bench.last.gates, BOTH);
    let (entered, left) = bench.only(Reasons::SHORT_CIRCUIT);
    assert_eq!(entered, 1_000_192);
    assert!((1_504_000..=1_505_192).contains(&left.unwrap()), "looked at every millisecond");
    assert_eq!(bench.script().clears, 1);
    bench.run_to(10 * SECOND);
    assert_eq!(bench.only(Reasons::SHORT_CIRCUIT), (entered, left));
}

/// S02: pre-charge gives up after 7 s, the chip's own 8 s recovery changes nothing, the load's
/// removal at 30 s releases at 32 s.
#[test]
fn s02_a_hard_short_stays_off_until_the_load_is_gone_for_two_seconds() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.run_to(1_000_000);
    bench.now = 1_000_192;
    short(&mut bench);
    bench.run_to(8_000_191);
    assert!(bench.last.gates.precharge);
    bench.run_to(8_000_192);
    assert_eq!(bench.last.gates, Gates::default());
    bench.run_to(9_000_192);
    bench.script().latches.remove(AfeFlags::SHORT_CIRCUIT); // OCRA after 8 s
    while bench.now < 30 * SECOND {
        let next = bench.now + 50_000;
        bench.run_to(next);
        assert_eq!(bench.last.gates, Gates::default(), "{}", bench.now);
    }
    assert_eq!(bench.last.leds.alarm, Led::On);
    assert_eq!(bench.last.leds.run, Led::Flash);
    bench.board.port = Millivolts(52_800);
    bench.run_to(31_999_999);
    assert_eq!(bench.last.gates, Gates::default());
    bench.run_to(33 * SECOND);
    assert_eq!(bench.last.gates, BOTH);
    let (entered, left) = bench.only(Reasons::SHORT_CIRCUIT);
    assert_eq!(entered, 1_000_192);
    assert!(sampled(left.unwrap(), 32 * SECOND), "{left:?}");
}

/// The emergency stop closes the pre-charge path as well.
#[test]
fn nothing_is_precharged_against_the_emergency_stop() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.run_to(SECOND);
    short(&mut bench);
    assert!(bench.last.gates.precharge);
    bench.board.emergency_open = true;
    assert_eq!(bench.serve().gates, Gates::default());
}

/// PS-SCP-2: a load counts as gone above the pack voltage less 1.0 V (AMB-PS-22).
#[test]
fn a_port_one_volt_below_the_pack_still_has_a_load() {
    let mut params = samples::ps_20016s();
    params.precharge.on_short_circuit = false;
    for (port, released) in [(51_800, false), (51_801, true)] {
        let mut bench = Bench::new(&params);
        bench.run_to(SECOND);
        short(&mut bench);
        bench.board.port = Millivolts(port);
        bench.run_to(10 * SECOND);
        assert_eq!(bench.last.gates == BOTH, released, "{port} mV");
    }
}

/// S03 on PS-20016S without a bus: the firmware follows the latch, and releases 2 s after the load
/// left at the end of the pulse.
#[test]
fn s03_a_short_pulse_is_released_two_seconds_after_its_end() {
    let mut params = samples::ps_20016s();
    params.precharge.on_short_circuit = false;
    let mut bench = Bench::new(&params);
    bench.run_to(2_000_000);
    assert!(bench.records(Reasons::SHORT_CIRCUIT).is_empty());
    bench.now = 2_000_320;
    short(&mut bench);
    assert_eq!(bench.last.gates, Gates::default());
    bench.board.port = Millivolts(52_800);
    bench.run_to(6 * SECOND);
    let (entered, left) = bench.only(Reasons::SHORT_CIRCUIT);
    assert_eq!(entered, 2_000_320);
    assert!(sampled(left.unwrap(), 4_000_320), "{left:?}");
}

/// PS-OCM-1: the option decides whether the charge MOSFET opens as well.
#[test]
fn without_the_option_a_short_circuit_opens_the_discharge_mosfet_alone() {
    let mut params = samples::ps_20016s();
    params.precharge.on_short_circuit = false;
    params.system.over_current_opens_both = false;
    let mut bench = Bench::new(&params);
    bench.run_to(SECOND);
    short(&mut bench);
    assert_eq!(bench.last.gates, Gates { discharge: false, ..BOTH });
}

/// S04 (c), S05: the firmware mirrors the chip's latches while they last.
#[test]
fn front_end_over_currents_are_mirrored() {
    for (flag, reason) in [
        (AfeFlags::DISCHARGE_OC1, Reasons::AFE_DISCHARGE_OC1),
        (AfeFlags::DISCHARGE_OC2, Reasons::AFE_DISCHARGE_OC2),
        (AfeFlags::CHARGE_OC, Reasons::AFE_CHARGE_OC),
    ] {
        let mut bench = Bench::new(&samples::ps_15016());
        bench.now = s(304.0);
        bench.script().latches |= flag;
        assert_eq!(bench.serve().gates, Gates::default(), "{reason:?}");
        bench.now = s(312.0);
        bench.script().latches.remove(flag);
        assert_eq!(bench.serve().gates, BOTH);
        assert_eq!(bench.only(reason), (s(304.0), Some(s(312.0))));
    }
}

/// S04 (b): 155 A trip after 8 s, release after 30 s, trip again 8 s after the load returns.
#[test]
fn s04_an_ampere_limit_recovers_after_30_seconds_and_trips_again() {
    let mut bench = Bench::new(&samples::ps_15016());
    let mut discharge_on = true;
    while bench.now < s(147.0) {
        let next = bench.now + 50_000;
        let loaded = next >= s(100.0) && discharge_on;
        bench.run(next, |_, script| script.current = if loaded { -155_000 } else { 0 });
        discharge_on = bench.last.gates.discharge;
        assert!(bench.last.gates.charge, "PS-DOC-1 opens the discharge MOSFET alone");
    }
    let records = bench.records(Reasons::DISCHARGE_OC);
    let times: Vec<_> = records.iter().map(|record| record.entered.at.as_micros()).collect();
    assert_eq!(times.len(), 2);
    assert!(sampled(times[0], s(108.0)) && sampled(times[1], s(146.0)), "{times:?}");
    let left = records[0].left.unwrap().at.as_micros();
    assert_eq!(left - times[0], s(30.0));
}

/// S06: limiting begins after 5 s, ends after 600 s, begins again 5 s later; without a limiter the
/// over-current protection trips after 8 s.
#[test]
fn s06_a_fitted_limiter_limits_instead_of_cutting_off() {
    let mut params = samples::ps_15016();
    params.limiter.fitted = true;
    let mut bench = Bench::new(&params);
    let mut changes = Vec::new();
    let mut limiter = false;
    while bench.now < s(625.0) {
        let next = bench.now + 50_000;
        let current = if limiter { 10_000 } else { 160_000 };
        bench.run(next, |now, script| script.current = if now > s(10.0) { current } else { 0 });
        if bench.last.gates.limiter != limiter {
            limiter = bench.last.gates.limiter;
            changes.push(bench.now);
        }
        assert_eq!(bench.last.gates.charge, !limiter);
    }
    assert_eq!(changes.len(), 3);
    for (change, expected) in changes.iter().zip([15.0, 615.0, 620.0]) {
        assert!(sampled(*change, s(expected)), "{changes:?}");
    }
    assert!(bench.last.active.is_empty());
}

/// PS150-LIM-1, PS200-LIM-1: 149.9 and 204.9 A do not limit, 150 and 205 A do. Readings are those
/// of a converter with 7.452 µV per count.
#[test]
fn the_limiter_begins_at_its_current_and_not_a_tenth_of_an_ampere_below() {
    for (mut params, tenths) in [(samples::ps_15016(), 1_500), (samples::ps_20016s(), 2_050)] {
        params.limiter.fitted = true;
        for (tenths, limits) in [(tenths - 1, false), (tenths, true)] {
            let mut bench = Bench::new(&params);
            let picovolts = tenths * 100 * i64::from(params.shunt_nano_ohm);
            let counts = (picovolts + 7_452_398 / 2) / 7_452_398;
            let reading = counts * 7_452_398 / i64::from(params.shunt_nano_ohm);
            bench.script().current = i32::try_from(reading).unwrap();
            bench.run_to(s(6.0));
            assert_eq!(bench.last.gates.limiter, limits, "{tenths} tenths");
        }
    }
}

/// S07: cell 7 rises 1 mV/s from 3.700 V; OV 1 s after 3.750 V; release on the way down at 3.550 V.
#[test]
fn s07_over_voltage_trips_after_its_delay_and_releases_at_3550_millivolts() {
    let mut params = samples::ps_15016();
    params.system.balance_enabled = false;
    let mut bench = Bench::new(&params);
    bench.script().all_cells(3_500);
    bench.run(s(100.0), |now, script| {
        script.cells[6] = 3_700_000 + (now / 1_000).min(60_000) as i32;
    });
    assert_eq!(bench.last.gates, Gates { charge: false, ..BOTH });
    assert_eq!(bench.last.leds.soc, [Led::On; 4]);
    bench.run(s(125.0), |now, script| {
        script.cells[6] = 3_760_000 - ((now - s(100.0)) / 100) as i32;
    });
    let (entered, left) = bench.only(Reasons::OVER_VOLTAGE);
    assert!(sampled(entered, s(51.0)), "{entered}");
    assert!(sampled(left.unwrap(), s(121.0)), "{left:?}");
    assert_eq!(bench.last.gates, BOTH);
}

/// S07, second part: discharge releases OV although the cell is still high, and holds its delay.
#[test]
fn s07_discharge_lifts_over_voltage_until_it_ends() {
    for (recovery_control, records) in [(true, 2), (false, 1)] {
        let mut params = samples::ps_15016();
        params.system.charge_mos_recovery = recovery_control;
        let mut bench = Bench::new(&params);
        bench.run(s(240.0), |now, script| {
            script.cells[6] = if now >= s(200.0) { 3_760_000 } else { 3_500_000 };
            script.current = if (s(220.0)..s(230.0)).contains(&now) { -20_000 } else { 0 };
        });
        let all = bench.records(Reasons::OVER_VOLTAGE);
        assert_eq!(all.len(), records);
        assert!(sampled(all[0].entered.at.as_micros(), s(201.0)));
        if recovery_control {
            assert!(sampled(all[0].left.unwrap().at.as_micros(), s(220.0)));
            assert!(sampled(all[1].entered.at.as_micros(), s(231.0)));
        } else {
            assert_eq!(all[0].left, None, "the charge MOSFET stays off");
        }
    }
}

/// S08: OV after 4 s, AHV after 8 s; 3.600 V releases neither, 3.550 V both.
#[test]
fn s08_abnormal_high_voltage_follows_over_voltage_and_both_release_together() {
    let mut bench = Bench::new(&samples::ps_20016s());
    bench.run(s(50.0), |now, script| {
        script.cells[2] = match now {
            now if now < s(10.0) => 3_300_000,
            now if now < s(30.0) => 3_905_000,
            now if now < s(40.0) => 3_600_000,
            _ => 3_550_000,
        };
    });
    for (reason, entry) in [(Reasons::OVER_VOLTAGE, 14.0), (Reasons::ABNORMAL_HIGH_VOLTAGE, 18.0)] {
        let (entered, left) = bench.only(reason);
        assert!(sampled(entered, s(entry)) && sampled(left.unwrap(), s(40.0)), "{reason:?}");
    }
}

/// S08: 7.9 s are too short for AHV; discharge releases OV, and both where both are in force.
#[test]
fn s08_discharge_releases_both_high_voltage_protections() {
    let mut bench = Bench::new(&samples::ps_20016s());
    bench.run(s(220.0), |now, script| {
        let high = (s(100.0)..s(107.9)).contains(&now) || (s(200.0)..s(212.0)).contains(&now);
        script.cells[2] = if high { 3_905_000 } else { 3_560_000 };
        let discharge = (s(120.0)..s(125.0)).contains(&now) || now >= s(210.0);
        script.current = if discharge { -20_000 } else { 0 };
    });
    let over = bench.records(Reasons::OVER_VOLTAGE);
    assert_eq!(over.len(), 2);
    assert!(sampled(over[0].entered.at.as_micros(), s(104.0)));
    assert!(sampled(over[0].left.unwrap().at.as_micros(), s(120.0)));
    assert!(sampled(over[1].left.unwrap().at.as_micros(), s(210.0)));
    let (entered, left) = bench.only(Reasons::ABNORMAL_HIGH_VOLTAGE);
    assert!(sampled(entered, s(208.0)) && sampled(left.unwrap(), s(210.0)));
}

/// S09: the rebound alone does not release UV; the load's removal at 70 s does at 72 s.
#[test]
fn s09_under_voltage_waits_for_the_load_to_go() {
    for (params, delay) in [(samples::ps_15016(), 1.0), (samples::ps_20016s(), 4.0)] {
        let mut bench = Bench::new(&params);
        bench.board.port = Millivolts(40_000);
        bench.run(s(60.0), |now, script| script.cells[11] = 2_550_000 - (now / 1_000) as i32);
        assert_eq!(bench.last.gates, Gates { discharge: false, ..BOTH });
        assert_eq!(bench.last.leds.soc, [Led::On; 4]);
        bench.script().cells[11] = 2_750_000;
        bench.run_to(s(70.0));
        assert!(bench.last.active.contains(Reasons::UNDER_VOLTAGE));
        bench.board.port = Millivolts(52_250);
        bench.run_to(s(80.0));
        let (entered, left) = bench.only(Reasons::UNDER_VOLTAGE);
        assert!(sampled(entered, s(50.0 + delay)), "{entered}");
        assert!(sampled(left.unwrap(), s(72.0)), "{left:?}");
        assert_eq!(bench.last.gates, BOTH);
    }
}

/// PS-UV-4: without the load lock the voltage alone releases, at 2.700 V, with the load attached.
#[test]
fn s09_without_the_load_lock_the_rebound_releases_under_voltage() {
    let mut params = samples::ps_15016();
    params.system.load_lock = false;
    for (cell, released) in [(2_699_999, false), (2_700_000, true)] {
        let mut bench = Bench::new(&params);
        bench.board.port = Millivolts(40_000);
        bench.script().cells[11] = 2_480_000;
        bench.run_to(s(5.0));
        assert_eq!(bench.last.active, Reasons::UNDER_VOLTAGE);
        bench.script().cells[11] = cell;
        bench.run_to(s(15.0));
        assert_eq!(bench.last.active.is_empty(), released, "{cell} µV");
    }
}

/// S09: charge releases UV below the release voltage, with the load still there.
#[test]
fn s09_charge_releases_under_voltage() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.board.port = Millivolts(40_000);
    bench.run(s(120.0), |now, script| {
        script.cells[11] = match now {
            now if now < s(100.0) => 3_300_000,
            now if now < s(110.0) => 2_480_000,
            _ => 2_600_000,
        };
        script.current = if now >= s(110.0) { 10_000 } else { 0 };
    });
    let (entered, left) = bench.only(Reasons::UNDER_VOLTAGE);
    assert!(sampled(entered, s(101.0)) && sampled(left.unwrap(), s(110.0)), "{left:?}");
}

/// S09: with the alternative setting both MOSFETs open, and a charger finds the way in.
#[test]
fn s09_under_voltage_may_open_both_until_a_charger_comes() {
    let mut params = samples::ps_15016();
    params.system.under_voltage_opens_both = true;
    let mut bench = Bench::new(&params);
    bench.board.port = Millivolts(0);
    bench.script().all_cells(2_480);
    bench.run_to(s(2.0));
    assert_eq!(bench.last.gates, Gates::default());
    bench.board.port = Millivolts(48_000);
    bench.run_to(s(2.5));
    assert_eq!(bench.last.gates, Gates { discharge: false, ..BOTH });
}

/// S09: the charge prohibition is off by default; on, it blocks from 2.000 V until 2.700 V.
#[test]
fn s09_low_voltage_prohibits_charging_only_if_enabled() {
    let world = |now: u64, script: &mut common::Script| {
        script.cells[3] = match now {
            now if now < s(200.0) => 3_300_000,
            now if now < s(220.0) => 1_990_000,
            now if now < s(230.0) => 2_650_000,
            _ => 2_700_000,
        };
    };
    let mut params = samples::ps_15016();
    let mut bench = Bench::new(&params);
    bench.run(s(240.0), world);
    assert!(bench.records(Reasons::LOW_VOLTAGE_PROHIBIT).is_empty());
    params.system.low_voltage_prohibit = true;
    let mut bench = Bench::new(&params);
    bench.run(s(215.0), world);
    assert!(!bench.last.gates.charge);
    bench.run(s(240.0), world);
    assert!(bench.last.gates.charge);
    let (entered, left) = bench.only(Reasons::LOW_VOLTAGE_PROHIBIT);
    assert!(sampled(entered, s(201.0)) && sampled(left.unwrap(), s(230.0)));
}

/// S11: cold cells block the charge MOSFET, discharge may use it, the protection stays in force.
#[test]
fn s11_discharge_spares_the_body_diode_of_a_cold_pack() {
    for (recovery_control, charge) in [(true, true), (false, false)] {
        let mut params = samples::ps_20016s();
        params.system.charge_mos_recovery = recovery_control;
        let mut bench = Bench::new(&params);
        bench.script().temperatures = [0; 3];
        bench.run_to(s(2.0));
        assert_eq!(bench.last.gates, Gates { charge: false, ..BOTH });
        bench.script().current = -20_000;
        bench.run_to(s(3.0));
        assert_eq!(bench.last.gates, Gates { charge, ..BOTH });
        assert_eq!(bench.last.active, Reasons::CELL_CHARGE_COLD);
        assert_eq!(bench.last.mode, Mode::Discharge);
    }
}

/// S14: below the turn-on voltage charge takes the pre-charge path, if that is enabled; 2.400 V is
/// not below.
#[test]
fn s14_low_cells_are_trickle_charged_only_if_enabled() {
    let mut params = samples::ps_15016();
    let gates = |params: &_, microvolts| {
        let mut bench = Bench::new(params);
        bench.script().cells.fill(microvolts);
        bench.script().current = 5_000;
        bench.run_to(s(3.0)).gates
    };
    assert_eq!(gates(&params, 2_300_000), BOTH);
    params.system.low_cell_precharge = true;
    let trickle = Gates { charge: false, low_cell_precharge: true, ..BOTH };
    assert_eq!(gates(&params, 2_399_999), trickle);
    assert_eq!(gates(&params, 2_400_000), BOTH);
    params.system.low_voltage_prohibit = true;
    assert_eq!(gates(&params, 1_990_000), Gates { charge: false, ..BOTH });
}

/// S15: the emergency stop opens both MOSFETs at once and lets go by itself.
#[test]
fn s15_the_emergency_stop_acts_in_the_same_instant() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.run_to(s(10.0));
    bench.board.emergency_open = true;
    assert_eq!(bench.serve().gates, Gates::default());
    bench.run_to(s(20.0));
    bench.board.emergency_open = false;
    assert_eq!(bench.serve().gates, BOTH);
    assert_eq!(bench.only(Reasons::EMERGENCY_STOP), (s(10.0), Some(s(20.0))));
}

/// PS-CTL-1: the option decides what a low CTL input turns off.
#[test]
fn s15_ctl_turns_off_what_its_option_says() {
    for (ctl, charge, discharge) in [
        (CtlAction::Both, false, false),
        (CtlAction::Charge, false, true),
        (CtlAction::Discharge, true, false),
        (CtlAction::Nothing, true, true),
    ] {
        let mut params = samples::ps_15016();
        params.system.ctl = ctl;
        let mut bench = Bench::new(&params);
        bench.board.ctl_low = true;
        let gates = bench.serve().gates;
        assert_eq!((gates.charge, gates.discharge), (charge, discharge), "{ctl:?}");
    }
}

/// S15, PS-MOS-3: more than 2 A for 1 s through a discharge MOSFET that is off.
#[test]
fn s15_a_discharge_mosfet_that_is_stuck_on_is_reported_after_a_second() {
    for (current, reported) in [(-2_000, false), (-2_001, true)] {
        let mut bench = Bench::new(&samples::ps_15016());
        bench.board.emergency_open = true;
        bench.run_to(s(50.0));
        bench.script().current = current;
        bench.run_to(s(51.0));
        assert!(!bench.last.active.contains(Reasons::DISCHARGE_MOS_FAULT));
        bench.run_to(s(52.0));
        let active = bench.last.active.contains(Reasons::DISCHARGE_MOS_FAULT);
        assert_eq!(active, reported, "{current} mA");
        assert!(!bench.last.active.contains(Reasons::CHARGE_MOS_FAULT));
    }
}

/// PS-MOS-3, AMB-PS-37: charge current past a charge MOSFET that is off.
#[test]
fn s15_a_charge_mosfet_that_is_stuck_on_is_reported_after_a_second() {
    for (current, reported) in [(2_000, false), (2_001, true)] {
        let mut bench = Bench::new(&samples::ps_15016());
        bench.script().temperatures = [0; 3];
        bench.script().current = current;
        bench.run_to(s(3.0));
        let active = bench.last.active.contains(Reasons::CHARGE_MOS_FAULT);
        assert_eq!(active, reported, "{current} mA");
        assert!(!bench.last.active.contains(Reasons::DISCHARGE_MOS_FAULT));
    }
}

/// PS-MOS-3: discharge current takes the charge MOSFET's diode, charge current the discharge
/// MOSFET's. 300 mV count, above what 2 mΩ explain: 10 A explain 20 mV.
#[test]
fn s15_a_diode_drop_across_a_mosfet_that_is_on_is_a_fault() {
    for (current, drop, fault) in [
        (-10_000, 319, Reasons::empty()),
        (-10_000, 320, Reasons::CHARGE_MOS_FAULT),
        (10_000, -319, Reasons::empty()),
        (10_000, -320, Reasons::DISCHARGE_MOS_FAULT),
        (-2_000, 700, Reasons::empty()),
        (-150_000, 299, Reasons::empty()),
        (-10_000, 52_800, Reasons::empty()),
    ] {
        let mut bench = Bench::new(&samples::ps_15016());
        bench.script().current = current;
        bench.board.port = Millivolts(52_800 - drop);
        bench.run_to(s(3.0));
        assert_eq!(bench.last.active, fault, "{current} mA, {drop} mV");
    }
}

/// The pre-charge path bypasses both MOSFETs: 5.3 A into a bolted short are no MOSFET fault.
#[test]
fn current_through_the_precharge_path_is_no_mosfet_fault() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.run_to(s(1.0));
    short(&mut bench);
    bench.script().current = -5_270;
    bench.run_to(s(7.5));
    assert_eq!(bench.last.active, Reasons::SHORT_CIRCUIT);
}

/// S17: button on, button off; every MOSFET and LED is dark while the pack is off.
#[test]
fn s17_the_button_switches_on_and_off() {
    let mut bench = Bench::new(&samples::ps_15016());
    let press = |bench: &mut Bench| {
        bench.board.button = true;
        let decision = bench.serve();
        bench.board.button = false;
        bench.serve();
        decision
    };
    bench.run_to(s(1.0));
    let off = press(&mut bench);
    assert_eq!((off.mode, off.gates, off.leds), (Mode::Off, Gates::default(), Default::default()));
    bench.run_to(s(5.0));
    assert_eq!(bench.last.mode, Mode::Off);
    assert!(!bench.script().command.charge && !bench.script().command.discharge);
    let on = press(&mut bench);
    assert_eq!(on.mode, Mode::Starting, "the next conversion makes it complete");
    assert_eq!((on.gates, on.leds.run), (Gates::default(), Led::Flash));
    bench.run_to(s(5.1));
    assert_eq!((bench.last.mode, bench.last.gates), (Mode::Standby, BOTH));
}

/// S17, PS-PWR-3: a charger wakes a pack that is off, an idle port does not.
#[test]
fn s17_a_charger_wakes_the_pack() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.board.button = true;
    bench.serve();
    bench.board.button = false;
    bench.run_to(s(10.0));
    assert_eq!(bench.last.mode, Mode::Off);
    bench.board.port = Millivolts(56_000);
    bench.run_to(s(11.2));
    assert_eq!(bench.last.mode, Mode::Standby);
}

/// Switching off ends what was in force: every entry has its exit.
#[test]
fn switching_off_ends_every_protection() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.script().temperatures = [0; 3];
    bench.run_to(s(3.0));
    bench.board.button = true;
    bench.serve();
    assert!(bench.last.active.is_empty());
    assert_eq!(bench.only(Reasons::CELL_CHARGE_COLD), (s(1.0), Some(s(3.0))));
}

/// PS-PAR-4, PS-LED-3: the written SOC shows on the LEDs.
#[test]
fn the_written_soc_lights_its_leds() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.controller.bms_mut().set_soc(BasisPoints(5_001));
    assert_eq!(bench.serve().leds.soc, [Led::On, Led::On, Led::On, Led::Off]);
    bench.controller.bms_mut().set_soc(BasisPoints(5_000));
    assert_eq!(bench.serve().leds.soc, [Led::On, Led::On, Led::Off, Led::Off]);
}

/// 150 A are count 3355 at 166.667 µΩ, 205 A count 3438 at 125 µΩ; half a count lower lie 149 994.1
/// and 204 940.9 mA, the borders to the counts before.
#[test]
fn the_limiter_begins_at_the_first_milliampere_nearer_to_its_count() {
    for (mut params, first) in [(samples::ps_15016(), 149_995), (samples::ps_20016s(), 204_941)] {
        params.limiter.fitted = true;
        for (current, limits) in [(first - 1, false), (first, true)] {
            let mut bench = Bench::new(&params);
            bench.script().current = current;
            bench.run_to(s(6.0));
            assert_eq!(bench.last.gates.limiter, limits, "{current} mA");
        }
    }
}

/// The port says nothing about the load while the discharge MOSFET is on: the two seconds begin
/// after the trip, even if the port has been up all the time.
#[test]
fn the_load_is_not_gone_before_the_discharge_mosfet_has_opened() {
    let mut params = samples::ps_20016s();
    params.precharge.on_short_circuit = false;
    for reopened in [false, true] {
        let mut bench = Bench::new(&params);
        bench.board.emergency_open = reopened;
        bench.run_to(s(10.0));
        bench.board.emergency_open = false;
        bench.serve();
        bench.script().latches |= AfeFlags::SHORT_CIRCUIT;
        bench.serve();
        bench.run_to(11_999_999);
        assert_eq!(bench.last.gates, Gates::default(), "{reopened}");
        bench.run_to(s(13.0));
        let (entered, left) = bench.only(Reasons::SHORT_CIRCUIT);
        assert_eq!(entered, s(10.0));
        assert!(sampled(left.unwrap(), s(12.0)), "{left:?}");
    }
}

/// A latch that stands while no load is there is noted, and then cleared in the chip.
#[test]
fn a_latch_that_outlived_its_load_is_cleared() {
    let mut bench = Bench::new(&samples::ps_20016s());
    bench.board.emergency_open = true;
    bench.run_to(s(5.0));
    bench.script().latches |= AfeFlags::SHORT_CIRCUIT;
    bench.run_to(s(6.0));
    assert_eq!(bench.records(Reasons::SHORT_CIRCUIT).len(), 1);
    assert_eq!(bench.script().clears, 1);
    assert_eq!(bench.script().latches, AfeFlags::empty());
}

/// Every load that is removed and replaced may be pre-charged, however often in a minute.
#[test]
fn a_removed_load_starts_a_new_count_of_precharge_attempts() {
    let mut bench = Bench::new(&samples::ps_15016());
    for _ in 0..5 {
        let second = bench.now + SECOND;
        bench.run_to(second);
        assert_eq!(bench.last.gates, BOTH);
        short(&mut bench);
        assert!(bench.last.gates.precharge);
        let timed_out = bench.now + s(7.5);
        bench.run_to(timed_out);
        assert!(!bench.last.gates.precharge);
        bench.board.port = Millivolts(52_800);
        let released = bench.now + s(2.5);
        bench.run_to(released);
    }
}

/// A reading that has grown old says nothing about MOSFETs that were opened since.
#[test]
fn an_old_current_is_no_mosfet_fault() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.script().current = -20_000;
    bench.run_to(s(1.0));
    bench.script().frozen = true;
    bench.board.emergency_open = true;
    bench.run_to(s(5.0));
    assert_eq!(bench.last.active, Reasons::EMERGENCY_STOP | Reasons::FRONT_END);
}

/// Which MOSFETs each protection opens by default: PS-OV-1, PS-AHV-1, PS-UV-1, PS-UV-5, PS-LVC-1,
/// PS-COC-1, PS-DOC-1, PS-OCM-1 (AMB-PS-10), PS-TMP-1 to PS-TMP-4, PS-RPS-1, PS-CTL-1.
#[test]
fn each_protection_opens_the_mosfets_its_requirement_names() {
    let blockers = Blockers::new(&samples::ps_20016s());
    for (reason, charge, discharge) in [
        (Reasons::OVER_VOLTAGE, true, false),
        (Reasons::ABNORMAL_HIGH_VOLTAGE, true, false),
        (Reasons::UNDER_VOLTAGE, false, true),
        (Reasons::LOW_VOLTAGE_PROHIBIT, true, false),
        (Reasons::CHARGE_OC, true, false),
        (Reasons::DISCHARGE_OC, false, true),
        (Reasons::AFE_CHARGE_OC, true, true),
        (Reasons::AFE_DISCHARGE_OC1, true, true),
        (Reasons::AFE_DISCHARGE_OC2, true, true),
        (Reasons::SHORT_CIRCUIT, true, true),
        (Reasons::CELL_CHARGE_HOT, true, false),
        (Reasons::CELL_CHARGE_COLD, true, false),
        (Reasons::CELL_DISCHARGE_HOT, false, true),
        (Reasons::CELL_DISCHARGE_COLD, false, true),
        (Reasons::MOS_CHARGE_HOT, true, false),
        (Reasons::MOS_CHARGE_COLD, true, false),
        (Reasons::MOS_DISCHARGE_HOT, false, true),
        (Reasons::MOS_DISCHARGE_COLD, false, true),
        (Reasons::EMERGENCY_STOP, true, true),
        (Reasons::CTL_LOW, true, true),
        (Reasons::CHARGE_MOS_FAULT, true, false),
        (Reasons::DISCHARGE_MOS_FAULT, false, true),
        (Reasons::FRONT_END, true, true),
        (Reasons::SENSOR, true, true),
    ] {
        assert_eq!(blockers.charge.contains(reason), charge, "{reason:?}");
        assert_eq!(blockers.discharge.contains(reason), discharge, "{reason:?}");
    }
}

/// The step passes the coulomb counter, the end of a charge and under-voltage on to the SOC: 100 Ah
/// are 360 kC.
#[test]
fn the_soc_follows_the_charge_and_the_ends_of_the_range() {
    let mut bench = Bench::new(&samples::ps_15016());
    let charge = Microcoulombs(-36_000_000_000);
    bench.script().counted = Some(Counted { charge, current: Milliamps(-10_000) });
    assert_eq!(bench.serve().soc, BasisPoints(9_000));
    assert_eq!(bench.serve().soc, BasisPoints(9_000), "a window counts once");
    bench.script().all_cells(2_480);
    bench.run_to(s(3.0));
    assert_eq!(bench.last.soc, BasisPoints(0));
    assert_eq!(bench.records(Reasons::UNDER_VOLTAGE)[0].entered.soc, BasisPoints(0));
    bench.script().all_cells(3_560);
    bench.script().current = 4_000;
    bench.run_to(s(4.0));
    assert_eq!(bench.last.soc, BasisPoints(10_000));
}

/// PS-GEN-1, PS-GEN-2: a pack of eight cells is protected like one of sixteen; a ninth is a fault.
#[test]
fn eight_cells_are_protected_and_a_ninth_is_doubted() {
    let mut params = samples::ps_15016();
    params.series = 8;
    let mut bench = Bench::new(&params);
    bench.board.port = Millivolts(26_400);
    bench.script().cells[7] = 3_750_000;
    bench.run_to(s(2.0));
    assert_eq!(bench.last.active, Reasons::OVER_VOLTAGE);
    bench.script().cells.push(3_300_000);
    bench.run_to(s(3.0));
    assert!(bench.last.active.contains(Reasons::FRONT_END));
}
