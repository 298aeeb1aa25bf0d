//! The virtual chip's current comparators: every level and delay code on both sides, the pulses of
//! scenario S03, and every way in which a latched current protection lets go.

mod afe_support;

use afe_support::{EEPROM, Rig, setup};
use bms_core::protect::Reasons;
use sim::afe::{ChipEvent, ChipSetup, Drivers};
use sim::setup::Tolerance;
use sim::time::{SimTime, Span};
use sim::trace::Switch;

const SC: ChipEvent = ChipEvent::Latched(Reasons::SHORT_CIRCUIT, true);
const SC_GONE: ChipEvent = ChipEvent::Latched(Reasons::SHORT_CIRCUIT, false);
const OCC: ChipEvent = ChipEvent::Latched(Reasons::AFE_CHARGE_OC, true);
const OCC_GONE: ChipEvent = ChipEvent::Latched(Reasons::AFE_CHARGE_OC, false);
const START: SimTime = SimTime::from_secs(1);

/// SH367309 datasheet V1.2, p14-38, retyped: OCD1V/OCCV, OCD1T (ms), OCD2V, OCD2T/OCCT (ms), SCV,
/// SCT (us).
const TABLE: [[u64; 6]; 16] = [
    [20, 50, 30, 10, 50, 0],
    [30, 100, 40, 20, 80, 64],
    [40, 200, 50, 40, 110, 128],
    [50, 400, 60, 60, 140, 192],
    [60, 600, 70, 80, 170, 256],
    [70, 800, 80, 100, 200, 320],
    [80, 1_000, 90, 200, 230, 384],
    [90, 2_000, 100, 400, 260, 448],
    [100, 4_000, 120, 600, 290, 512],
    [110, 6_000, 140, 800, 320, 576],
    [120, 8_000, 160, 1_000, 350, 640],
    [130, 10_000, 180, 2_000, 400, 704],
    [140, 15_000, 200, 4_000, 500, 768],
    [160, 20_000, 300, 8_000, 600, 832],
    [180, 30_000, 400, 10_000, 800, 896],
    [200, 40_000, 500, 20_000, 1_000, 960],
];

/// A comparator: its EEPROM byte, sign, columns of the table, delay unit and reason.
const ROWS: [(usize, f64, usize, usize, u64, Reasons); 4] = [
    (0x0C, -1.0, 0, 1, 1_000_000, Reasons::AFE_DISCHARGE_OC1),
    (0x0D, -1.0, 2, 3, 1_000_000, Reasons::AFE_DISCHARGE_OC2),
    (0x0E, -1.0, 4, 5, 1_000, Reasons::SHORT_CIRCUIT),
    (0x0F, 1.0, 0, 3, 1_000_000, Reasons::AFE_CHARGE_OC),
];

fn rig(address: usize, byte: u8) -> Rig {
    let mut rig = Rig::changed(&[(address, byte), (1, 0x1C)]);
    rig.world.load = true;
    rig.world.charger = true;
    rig.run_to(START);
    rig
}

#[test]
fn every_level_code_trips_when_reached_and_not_one_nanovolt_before() {
    for (address, sign, level, _, _, reason) in ROWS {
        for (code, row) in TABLE.iter().enumerate() {
            let byte = u8::try_from(code << 4).unwrap();
            for (short_nv, trips) in [(1.0, false), (0.0, true), (-1.0, true)] {
                let mut rig = rig(address, byte);
                rig.shunt(sign * (row[level] as f64 * 1e6 - short_nv) * 1e-9);
                rig.run_for(Span::from_millis(50));
                assert_eq!(rig.chip.latched().contains(reason), trips, "{address:x} {code:x}");
            }
        }
    }
}

#[test]
fn every_delay_code_trips_when_it_has_passed_and_not_one_tick_before() {
    for (address, sign, _, delay, unit, reason) in ROWS {
        for (code, row) in TABLE.iter().enumerate() {
            let span = row[delay] * unit;
            for (ticks, trips) in [(-1, false), (0, true), (1, true)] {
                if span == 0 && ticks < 0 {
                    continue;
                }
                let mut rig = rig(address, u8::try_from(code).unwrap());
                rig.shunt(sign * 0.06);
                rig.run_for(Span(span.saturating_add_signed(ticks)));
                rig.shunt(0.0);
                rig.run_for(Span::from_millis(10));
                assert_eq!(rig.chip.latched().contains(reason), trips, "{address:x} {code:x}");
            }
        }
    }
}

/// Scenario S03: 125 uohm, 110 mV, 320 us, load removed at the end of each pulse.
#[test]
fn the_short_circuit_pulses_of_s03_trip_or_not_as_the_scenario_says() {
    let mut rig = Rig::new(EEPROM);
    for (at_ms, amps, length_us, trips) in [
        (1_000, 900.0, 300, false),
        (2_000, 900.0, 320, true),
        (10_000, 879.9, 1_000_000, false),
        (20_000, 880.0, 320, true),
    ] {
        rig.run_ms(at_ms);
        let begin = rig.world.now;
        rig.load(true);
        rig.shunt(-amps * 125e-6);
        rig.run_for(Span::from_micros(length_us));
        rig.shunt(0.0);
        rig.load(false);
        rig.run_for(Span::from_millis(3_000));
        let tripped = begin + Span::from_micros(320);
        assert_eq!(rig.first(SC, begin), trips.then_some(tripped));
        let released = tripped + Span::from_millis(2_000);
        assert_eq!(rig.first(SC_GONE, begin), trips.then_some(released));
    }
    assert!(rig.first(ChipEvent::Latched(Reasons::AFE_DISCHARGE_OC1, true), START).is_none());
}

#[test]
fn a_signal_that_leaves_restarts_the_delay() {
    let mut rig = rig(0x0E, 0x25);
    for _ in 0..5 {
        rig.shunt(-0.12);
        rig.run_for(Span::from_micros(319));
        rig.shunt(-0.10);
        rig.run_for(Span::from_micros(1));
    }
    assert!(rig.chip.latched().is_empty());
}

#[test]
fn a_short_opens_both_drivers_at_once_with_ocpm_and_only_discharge_without() {
    for (sconf1, charge) in [(0x70, false), (0x50, true)] {
        let mut rig = Rig::changed(&[(0, sconf1)]);
        rig.world.load = true;
        rig.run_to(START);
        rig.chip.take_alarm();
        rig.shunt(-0.2);
        rig.run_for(Span::from_micros(320));
        assert_eq!(rig.chip.drivers(), Drivers { charge, discharge: false, precharge: false });
        assert!(rig.chip.take_alarm());
        assert_eq!(rig.chip.peek(0x43), 0x20);
        assert_eq!(rig.chip.peek(0x70), 0x20);
    }
}

#[test]
fn charge_over_current_opens_charge_alone_without_ocpm() {
    let mut rig = Rig::changed(&[(0, 0x50), (0x0F, 0x10)]);
    rig.world.charger = true;
    rig.run_to(START);
    rig.shunt(0.031);
    rig.run_for(Span::from_millis(10));
    assert_eq!(rig.chip.drivers(), Drivers { charge: false, discharge: true, precharge: false });
    assert_eq!(rig.chip.peek(0x43), 0x10);
}

#[test]
fn both_discharge_stages_share_a_flag_and_have_their_own_status() {
    for (address, status) in [(0x0C, 0x04), (0x0D, 0x08)] {
        let mut rig = rig(address, 0x10);
        rig.shunt(-0.045);
        rig.run_for(Span::from_millis(50));
        assert_eq!(rig.chip.peek(0x43), status);
        assert_eq!(rig.chip.peek(0x70), 0x04);
    }
}

#[test]
fn a_flag_is_cleared_by_writing_zero_and_kept_by_writing_one_while_the_status_stays() {
    let mut rig = rig(0x0E, 0x20);
    rig.shunt(-0.2);
    rig.write(0x70, 0xFF);
    assert_eq!(rig.chip.peek(0x70), 0x20);
    rig.write(0x70, 0xDF);
    assert_eq!(rig.chip.peek(0x70), 0);
    assert_eq!(rig.chip.peek(0x43), 0x20);
}

fn tripped_short(sconf2: u8) -> Rig {
    let mut rig = Rig::changed(&[(1, sconf2), (0x0E, 0x20)]);
    rig.world.load = true;
    rig.run_to(START);
    rig.shunt(-0.2);
    rig.shunt(0.0);
    rig
}

#[test]
fn a_removed_load_releases_after_each_ldrt_and_a_load_that_returns_starts_it_over() {
    for (code, ms) in [(0, 100), (1, 500), (2, 1_000), (3, 2_000)] {
        let mut rig = Rig::changed(&[(2, 0x92 | code << 2), (1, 0x1C), (0x0E, 0x20)]);
        rig.world.load = true;
        rig.run_to(START);
        rig.shunt(-0.2);
        rig.shunt(0.0);
        rig.load(false);
        rig.run_for(Span(ms * 1_000_000 - 1));
        rig.load(true);
        rig.run_for(Span::from_millis(5));
        assert!(rig.last(SC_GONE).is_none());
        rig.load(false);
        let removed = rig.world.now;
        rig.run_for(Span::from_millis(3_000));
        assert_eq!(rig.last(SC_GONE), Some(removed + Span::from_millis(ms)));
    }
}

#[test]
fn ocra_releases_after_each_ocrt_with_the_load_still_there_and_never_without_ocra() {
    for (code, seconds) in [(0, 8), (1, 16), (2, 32), (3, 64)] {
        let mut rig = Rig::changed(&[(1, 0x1E), (0x0E, 0x20), (0x10, 0x50 | code << 2)]);
        rig.world.load = true;
        rig.run_to(START);
        rig.shunt(-0.2);
        rig.shunt(0.0);
        rig.run_for(Span::from_millis(65_000));
        assert_eq!(rig.last(SC_GONE), Some(START + Span::from_millis(seconds * 1_000)));
    }
    let mut held = tripped_short(0x1C);
    held.run_for(Span::from_millis(200_000));
    assert!(held.last(SC_GONE).is_none());
}

#[test]
fn ocrc_clears_on_its_way_back_to_zero_and_a_short_that_stays_trips_again() {
    let mut rig = tripped_short(0x1C);
    rig.write(0x40, 0xF0);
    assert!(!rig.chip.latched().is_empty());
    rig.write(0x40, 0x70);
    assert!(rig.chip.latched().is_empty());
    rig.shunt(-0.2);
    assert_eq!(rig.chip.latched(), Reasons::SHORT_CIRCUIT);
    rig.write(0x40, 0xF0);
    rig.write(0x40, 0x70);
    assert_eq!(rig.chip.latched(), Reasons::SHORT_CIRCUIT);
}

#[test]
fn charge_over_current_releases_half_a_second_after_the_charger_is_gone() {
    let mut rig = Rig::changed(&[(1, 0x1C), (0x0F, 0x10)]);
    rig.world.charger = true;
    rig.run_to(START);
    rig.shunt(0.03);
    rig.run_for(Span::from_millis(10));
    assert_eq!(rig.last(OCC), Some(START + Span::from_millis(10)));
    rig.shunt(0.0);
    rig.run_for(Span::from_millis(2_000));
    rig.charger(false);
    let gone = rig.world.now;
    rig.run_for(Span::from_millis(1_000));
    assert_eq!(rig.last(OCC_GONE), Some(gone + Span::from_millis(500)));
}

#[test]
fn a_release_turns_the_drivers_on_after_each_turn_on_delay() {
    for (code, us) in [(0, 64), (1, 128), (2, 256), (3, 512)] {
        let mut rig = Rig::changed(&[(0x10, 0x40 | code << 4), (0x0E, 0x20), (1, 0x1C)]);
        rig.run_to(START);
        rig.shunt(-0.2);
        rig.shunt(0.0);
        rig.write(0x40, 0xF0);
        rig.write(0x40, 0x70);
        rig.run_for(Span::from_millis(1));
        let on = ChipEvent::Driver(Switch::Discharge, true);
        assert_eq!(rig.last(on), Some(START + Span::from_micros(us)));
    }
}

#[test]
fn the_levels_to_stop_at_are_the_comparators_own() {
    let mut rig = Rig::new(EEPROM);
    assert!(rig.chip.levels().is_empty(), "nothing watches during warm-up");
    rig.run_to(START);
    let volts: Vec<f64> = rig.chip.levels().iter().map(|level| level.volts).collect();
    assert_eq!(volts, [-0.11, -0.03, -0.04, 0.03]);
}

/// SH367309 datasheet V1.2, p77-82: SC 192..256 and 320..384 us at the comparator (filter and gate
/// are the plant's), OCD1 30 +-10 mV and 4 s +-5 %.
#[test]
fn two_hundred_chips_stay_within_the_datasheet_and_fill_its_windows() {
    let (mut levels, mut shorts, mut delays) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 0..200 {
        let tolerance = Tolerance::Datasheet;
        let mut rig = Rig::with(&ChipSetup { tolerance, seed, unfiltered: false, ..setup(EEPROM) });
        rig.world.load = true;
        rig.run_to(START);
        levels.push(-rig.chip.levels()[1].volts);
        let beyond_both = rig.chip.levels()[1].volts;
        rig.shunt(beyond_both);
        rig.run_for(Span::from_millis(4_300));
        let ocd = ChipEvent::Latched(Reasons::AFE_DISCHARGE_OC1, true);
        delays.push(rig.last(ocd).unwrap().seconds_since(START));
        let short = rig.world.now;
        rig.shunt(-0.2);
        rig.run_for(Span::from_millis(1));
        shorts.push(rig.last(SC).unwrap().seconds_since(short) * 1e6);
    }
    for (values, low, high) in [(&levels, 0.02, 0.04), (&delays, 3.8, 4.2), (&shorts, 320.0, 384.0)]
    {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let tenth = (high - low) / 10.0;
        assert!(low <= least && least < low + tenth, "{least}");
        assert!(high - tenth < most && most <= high, "{most}");
    }
}
