//! What the virtual chip judges once per cycle: every voltage delay code and level on both sides,
//! thermistors, charge and discharge state, trickle charge, lock, failure, balancing, body diode.

mod afe_support;

use afe_support::{EEPROM, Rig, setup};
use bms_core::protect::Reasons;
use sim::afe::{ChipEvent, ChipSetup, Drivers};
use sim::setup::Tolerance;
use sim::time::{SimTime, Span};
use sim::trace::Switch;

const OV: Reasons = Reasons::OVER_VOLTAGE;
const UV: Reasons = Reasons::UNDER_VOLTAGE;
/// A cycle begins here: warm-up is 250 ms, cycles are 100 ms.
const CYCLE: SimTime = SimTime::from_millis(1_050);

/// SH367309 datasheet V1.2, p14-38, retyped: OVT and UVT in ms.
const DELAYS: [u64; 16] = [
    100, 200, 300, 400, 600, 800, 1_000, 2_000, 3_000, 4_000, 6_000, 8_000, 10_000, 20_000, 30_000,
    40_000,
];

fn at(eeprom: &[(usize, u8)], time: SimTime) -> Rig {
    let mut rig = Rig::changed(eeprom);
    rig.run_to(time);
    rig
}

#[test]
fn every_voltage_delay_trips_one_cycle_after_it_and_not_a_cycle_before() {
    for (code, ms) in (0_u8..).zip(DELAYS) {
        for (address, kept, volts, reason) in [(2, 0x0E, 4.0, OV), (4, 0x02, 2.0, UV)] {
            let mut rig = at(&[(address, code << 4 | kept), (1, 0x1F)], CYCLE);
            rig.cell(3, volts);
            rig.run_to(CYCLE + Span::from_millis(50_000));
            let trip = ChipEvent::Latched(reason, true);
            assert_eq!(rig.last(trip), Some(CYCLE + Span::from_millis(ms + 100)), "{code:x}");
            let mut short = at(&[(address, code << 4 | kept), (1, 0x1F)], CYCLE);
            short.cell(3, volts);
            short.run_for(Span::from_millis(ms));
            short.cell(3, 3.3);
            short.run_for(Span::from_millis(1_000));
            assert!(short.last(trip).is_none(), "{code:x}");
        }
    }
}

#[test]
fn voltage_levels_trip_when_reached_and_not_one_converter_step_off() {
    for (volts, over) in [(3.749_375, false), (3.75, true), (3.750_625, true)] {
        let mut rig = at(&[(2, 0x0E)], CYCLE);
        rig.cell(15, volts);
        rig.run_for(Span::from_millis(300));
        assert_eq!(rig.chip.latched().contains(OV), over, "{volts}");
    }
    for (volts, under) in [(2.500_625, false), (2.5, true), (2.499_375, true)] {
        let mut rig = at(&[(4, 0x02)], CYCLE);
        rig.cell(0, volts);
        rig.run_for(Span::from_millis(300));
        assert_eq!(rig.chip.latched().contains(UV), under, "{volts}");
    }
}

#[test]
fn voltage_releases_need_their_level_for_two_cycles() {
    for (volts, released) in [(3.550_625, false), (3.55, true)] {
        let mut rig = at(&[(2, 0x0E)], CYCLE);
        rig.cell(5, 3.8);
        rig.run_for(Span::from_millis(300));
        assert!(!rig.chip.drivers().charge && rig.chip.drivers().discharge);
        rig.cell(5, volts);
        let back = rig.world.now;
        rig.run_for(Span::from_millis(1_000));
        let expected = released.then_some(back + Span::from_millis(200));
        assert_eq!(rig.last(ChipEvent::Latched(OV, false)), expected);
        assert_eq!(rig.chip.drivers().charge, released);
    }
    for (volts, released) in [(2.699_375, false), (2.7, true)] {
        let mut rig = at(&[(4, 0x02)], CYCLE);
        rig.cell(5, 2.0);
        rig.run_for(Span::from_millis(300));
        assert!(rig.chip.drivers().charge && !rig.chip.drivers().discharge);
        rig.cell(5, volts);
        rig.run_for(Span::from_millis(1_000));
        assert_eq!(!rig.chip.latched().contains(UV), released);
    }
}

#[test]
fn under_voltage_with_a_load_releases_only_with_euvr_off_or_the_load_gone() {
    for (sconf2, locked) in [(0x1F, true), (0x1E, false)] {
        let mut rig = at(&[(4, 0x02), (1, sconf2)], CYCLE);
        rig.load(true);
        rig.cell(5, 2.0);
        rig.run_for(Span::from_millis(300));
        rig.cell(5, 3.3);
        rig.run_for(Span::from_millis(5_000));
        assert_eq!(rig.chip.latched().contains(UV), locked);
        rig.load(false);
        rig.run_for(Span::from_millis(200));
        assert!(rig.chip.latched().is_empty());
    }
}

#[test]
fn uv_op_opens_charge_too_until_a_charger_has_been_there_for_100_ms() {
    let mut rig = at(&[(4, 0x02), (1, 0x3F)], CYCLE);
    rig.cell(5, 2.0);
    rig.run_for(Span::from_millis(300));
    assert_eq!(rig.chip.drivers(), Drivers::default());
    rig.charger(true);
    rig.run_for(Span::from_millis(100));
    assert!(!rig.chip.drivers().charge, "the turn-on delay follows");
    rig.run_for(Span::from_micros(128));
    assert_eq!(rig.chip.drivers(), Drivers { charge: true, ..Drivers::default() });
}

#[test]
fn readings_are_means_over_skewed_slots_floored_to_the_converter_step() {
    let mut rig = at(&[], CYCLE);
    rig.run_for(Span::from_millis(42));
    for cell in 0..16 {
        rig.cell(cell, 3.4);
    }
    rig.run_for(Span::from_millis(58));
    let counts: Vec<u16> = (0..16).map(|cell| rig.word(0x4E + 2 * cell)).collect();
    // 3.3 V is 21 120 counts, 3.4 V 21 760. Cell 9's slot, 40 to 45 ms, has 2 ms at 3.3 and 3 ms
    // at 3.4.
    assert_eq!(counts[..8], [21_120; 8]);
    assert_eq!(counts[8], 21_120 + 384);
    assert_eq!(counts[9..], [21_760; 7]);
    rig.cell(0, 3.300_6);
    rig.cell(1, -0.3);
    rig.cell(2, 6.0);
    rig.run_for(Span::from_millis(100));
    assert_eq!([rig.word(0x4E), rig.word(0x50), rig.word(0x52)], [21_120, 0, 32_767]);
}

#[test]
fn the_fast_current_is_of_its_slot_and_rounds_to_the_nearest_count() {
    let mut rig = at(&[], CYCLE);
    rig.run_for(Span::from_millis(81));
    rig.shunt(-0.01);
    rig.run_for(Span::from_millis(19));
    // 8 mV mean of 10 mV for 4 of 5 ms: 8 / 200 * 26 837 = 1 073.48.
    assert_eq!(rig.word(0x4C).cast_signed(), -1_073);
    rig.shunt(0.205);
    rig.run_for(Span::from_millis(100));
    assert_eq!(rig.word(0x4C), 26_837);
}

#[test]
fn the_coulomb_counter_integrates_pulses_exactly_over_250_ms_once_it_is_on() {
    let mut rig = at(&[], SimTime::from_millis(2_000));
    assert_eq!((rig.word(0x6E), rig.read(0x71) & 0x20), (0, 0));
    rig.write(0x40, 0x78);
    rig.run_for(Span::from_millis(10));
    rig.shunt(0.1);
    rig.run_for(Span::from_millis(1));
    rig.shunt(0.0);
    rig.run_ms(2_249);
    assert_eq!(rig.read(0x71) & 0x20, 0);
    rig.run_ms(2_250);
    // 100 mV for 1 of 250 ms is a mean of 0.4 mV: 0.4 / 200 * 21 470 = 42.94.
    assert_eq!(rig.word(0x6E), 43);
    assert_eq!(rig.read(0x71) & 0x20, 0x20);
    assert_eq!(rig.read(0x71) & 0x30, 0, "reading cleared it");
}

#[test]
fn the_conversion_flag_and_alarm_come_with_every_cycle() {
    let mut rig = at(&[], CYCLE);
    rig.chip.take_alarm();
    rig.read(0x71);
    rig.run_for(Span(99_999_999));
    assert!(!rig.chip.take_alarm() && rig.read(0x71) & 0x10 == 0);
    rig.run_for(Span(1));
    assert!(rig.chip.take_alarm() && rig.read(0x71) & 0x10 != 0);
}

#[test]
fn temperatures_trip_after_two_seconds_and_release_after_two() {
    // Level codes of the image: 93*64 = 5952 and 119*64; 190+256 and so on. R = 10k * n / (32768 -
    // n).
    let ohm = |counts: f64| 10_000.0 * counts / (32_768.0 - counts);
    for (level, release, hot, reason) in [
        (93 * 64, 119 * 64, true, Reasons::CELL_CHARGE_HOT),
        (446 * 64, 414 * 64, false, Reasons::CELL_CHARGE_COLD),
        (73 * 64, 93 * 64, true, Reasons::CELL_DISCHARGE_HOT),
        (486 * 64, 470 * 64, false, Reasons::CELL_DISCHARGE_COLD),
    ] {
        let outward = if hot { -1 } else { 1 };
        let mut rig = at(&[], CYCLE);
        rig.world.ntc_ohm[1] = ohm(f64::from(level - outward));
        rig.run_for(Span::from_millis(5_000));
        assert!(!rig.chip.latched().contains(reason), "one count inside");
        rig.world.ntc_ohm[1] = ohm(f64::from(level));
        // Thermistors are read in the cycles that end at 350 ms and every second after it.
        rig.run_ms(8_349);
        assert!(!rig.chip.latched().contains(reason));
        rig.run_ms(8_350);
        assert!(rig.chip.latched().contains(reason));
        rig.world.ntc_ohm[1] = ohm(f64::from(release));
        rig.run_ms(15_000);
        assert!(rig.chip.latched().contains(reason), "the release must be passed");
        rig.world.ntc_ohm[1] = ohm(f64::from(release - outward));
        rig.run_ms(17_349);
        assert!(rig.chip.latched().contains(reason));
        rig.run_ms(17_350);
        assert!(!rig.chip.latched().contains(reason));
    }
}

#[test]
fn an_open_thermistor_is_cold_and_a_shorted_one_hot_and_either_stops_both_directions() {
    for (ohm, status) in [(f64::INFINITY, 0x05), (0.0, 0x0A)] {
        let mut rig = at(&[], CYCLE);
        rig.world.ntc_ohm[2] = ohm;
        rig.run_for(Span::from_millis(3_400));
        assert_eq!(rig.chip.peek(0x44), status);
        assert_eq!(rig.chip.peek(0x71) & 0x0F, status);
        assert_eq!(rig.chip.drivers(), Drivers::default());
    }
}

#[test]
fn the_state_detection_needs_its_level_for_more_than_two_cycles() {
    for (code, uv) in [(0, 200.0), (1, 500.0), (2, 1_000.0), (3, 2_000.0)] {
        for (sign, bit) in [(1.0, 0x80), (-1.0, 0x40)] {
            let mut rig = at(&[(0x10, code << 6 | 0x10)], CYCLE);
            rig.shunt(sign * (uv * 1e-6 - 1e-9));
            rig.run_for(Span::from_millis(500));
            assert_eq!(rig.chip.peek(0x45) & 0xC0, 0);
            rig.shunt(sign * uv * 1e-6);
            rig.run_for(Span::from_millis(200));
            assert_eq!(rig.chip.peek(0x45) & 0xC0, 0);
            rig.run_for(Span::from_millis(100));
            assert_eq!(rig.chip.peek(0x45) & 0xC0, bit);
        }
    }
}

#[test]
fn the_body_diode_saver_closes_charge_while_discharging_and_ten_ms_longer() {
    for (sconf1, saves) in [(0x70, true), (0x30, false)] {
        let mut rig = at(&[(2, 0x0E), (0, sconf1)], CYCLE);
        rig.cell(0, 3.8);
        rig.run_for(Span::from_millis(300));
        assert!(!rig.chip.drivers().charge);
        rig.shunt(-0.031);
        rig.run_for(Span(127_999));
        assert!(!rig.chip.drivers().charge);
        rig.run_for(Span(1));
        assert_eq!(rig.chip.drivers().charge, saves);
        rig.shunt(0.0);
        rig.run_for(Span(9_999_999));
        assert_eq!(rig.chip.drivers().charge, saves);
        rig.run_for(Span(1));
        assert!(!rig.chip.drivers().charge);
        rig.shunt(-0.001);
        rig.run_for(Span::from_millis(400));
        assert_eq!(rig.chip.drivers().charge, saves, "by the state detection");
    }
}

#[test]
fn a_deeply_low_cell_is_trickled_with_enpch_and_locks_charging_with_e0vb() {
    for (changes, charge, precharge, status) in [
        ([(0, 0xF0), (1, 0x1F)], false, true, 0x04),
        ([(0, 0x70), (1, 0x1F)], true, false, 0x02),
        ([(0, 0xF0), (1, 0x9F)], false, false, 0x08),
    ] {
        let mut rig = at(&[changes[0], changes[1], (4, 0x02)], CYCLE);
        rig.cell(7, 1.9);
        rig.run_for(Span::from_millis(3_000));
        assert_eq!(rig.chip.drivers(), Drivers { charge, discharge: false, precharge });
        assert_eq!(rig.chip.peek(0x45), status);
    }
}

#[test]
fn the_lock_takes_eleven_cycles_and_survives_the_cell() {
    let mut rig = at(&[(1, 0x9F)], CYCLE);
    rig.cell(7, 2.0);
    rig.run_for(Span::from_millis(1_099));
    assert_eq!(rig.chip.peek(0x45) & 0x08, 0);
    rig.run_for(Span::from_millis(1));
    assert_eq!(rig.chip.peek(0x45) & 0x08, 0x08);
    rig.cell(7, 3.3);
    rig.run_for(Span::from_millis(60_000));
    assert!(!rig.chip.drivers().charge);
}

#[test]
fn permanent_failure_waits_eight_minutes_then_freezes_everything_unless_disabled() {
    for (sconf2, broken, fails) in [(0x0F, false, true), (0x0F, true, true), (0x1F, true, false)] {
        let mut rig = at(&[(1, sconf2)], CYCLE);
        rig.chip.set_broken_wire(broken);
        rig.cell(4, if broken { 3.3 } else { 3.91 });
        // The first cycle that ends after 480.25 s counts as the first bad one.
        rig.run_ms(480_250 + 7_900);
        assert!(!rig.chip.latched().contains(Reasons::ABNORMAL_HIGH_VOLTAGE));
        rig.run_ms(480_250 + 8_000);
        assert_eq!(rig.chip.latched().contains(Reasons::ABNORMAL_HIGH_VOLTAGE), fails);
        if fails {
            assert_eq!(rig.chip.drivers(), Drivers::default());
            let frozen = rig.word(0x4E);
            rig.cell(0, 3.0);
            rig.run_for(Span::from_millis(10_000));
            assert_eq!(rig.word(0x4E), frozen);
            let now = rig.world.now;
            rig.chip.set_vpro(now, true);
            rig.run_for(Span::from_millis(20));
            let now = rig.world.now;
            rig.chip.set_vpro(now, false);
            rig.run_for(Span::from_millis(1_000));
            assert_eq!(rig.chip.drivers(), Drivers::default(), "Write mode heals nothing");
            rig.write(0xEA, 0xC0);
            assert!(rig.chip.latched().is_empty());
        }
    }
}

#[test]
fn balancing_ends_a_minute_after_it_was_set_and_on_a_temperature_protection() {
    let mut rig = at(&[], CYCLE);
    rig.write(0x41, 0x80);
    rig.write(0x42, 0x05);
    assert_eq!(rig.chip.bleed(), 0x8005);
    rig.run_for(Span::from_millis(59_999));
    assert_eq!(rig.chip.bleed(), 0x8005);
    rig.run_for(Span::from_millis(1));
    assert_eq!(rig.chip.bleed(), 0);
    rig.write(0x42, 0x01);
    rig.world.ntc_ohm[0] = 0.0;
    rig.run_for(Span::from_millis(4_000));
    assert_eq!(rig.chip.bleed(), 0);
    rig.write(0x42, 0x01);
    assert_eq!(rig.chip.bleed(), 0, "refused while it lasts");
}

#[test]
fn balancing_adds_400_ms_to_the_reaction() {
    for (bits, ms) in [(0, 200), (1, 600)] {
        let mut rig = at(&[(2, 0x0E)], CYCLE);
        rig.write(0x42, bits);
        rig.cell(0, 3.8);
        rig.run_for(Span::from_millis(2_000));
        let trip = ChipEvent::Latched(OV, true);
        assert_eq!(rig.last(trip), Some(CYCLE + Span::from_millis(ms)));
    }
}

#[test]
fn without_mcu_balancing_the_chip_bleeds_cells_that_reach_its_level() {
    let mut rig = at(&[(0, 0x60)], CYCLE);
    rig.cell(2, 3.5);
    rig.cell(3, 3.499_375);
    rig.run_for(Span::from_millis(100));
    assert_eq!(rig.chip.bleed(), 0b100);
    rig.write(0x42, 0xFF);
    assert_eq!(rig.chip.bleed(), 0b100);
}

/// SH367309 datasheet V1.2, p77-82: 0.95 t + 100 ms to 1.05 t + 200 ms; the cycle's own 95 to 105
/// ms stretch the ends.
#[test]
fn two_hundred_chips_trip_over_voltage_within_the_datasheet_and_fill_its_window() {
    let mut delays = Vec::new();
    for seed in 0..200 {
        let chip = ChipSetup { tolerance: Tolerance::Datasheet, seed, ..setup(EEPROM) };
        let mut rig = Rig::with(&chip);
        rig.run_ms(5_000);
        rig.cell(0, 3.715);
        rig.run_for(Span::from_millis(6_000));
        assert!(rig.chip.latched().is_empty(), "35 mV under no chip trips");
        rig.cell(0, 3.785);
        let step = rig.world.now;
        rig.run_for(Span::from_millis(6_000));
        let trip = rig.last(ChipEvent::Latched(OV, true)).unwrap();
        delays.push(trip.seconds_since(step));
    }
    let least = delays.iter().copied().fold(f64::INFINITY, f64::min);
    let most = delays.iter().copied().fold(0.0, f64::max);
    assert!((0.95 * 4.1..4.0).contains(&least), "{least}");
    assert!((4.3..1.05 * 4.2).contains(&most), "{most}");
}

/// The datasheet allows 950 to 1250 ms from the low cell in under-voltage to the trickle.
#[test]
fn the_trickle_begins_a_second_after_under_voltage_and_ends_two_cycles_after_the_last_low_cell() {
    let mut rig = at(&[(0, 0xF0), (1, 0x1F), (4, 0x02)], CYCLE);
    rig.cell(7, 1.9);
    rig.run_for(Span::from_millis(5_000));
    let uv = CYCLE + Span::from_millis(200);
    let on = ChipEvent::Driver(Switch::LowCellPrecharge, true);
    assert_eq!(rig.first(ChipEvent::Latched(UV, true), CYCLE), Some(uv));
    assert_eq!(rig.last(on), Some(uv + Span::from_millis(1_000) + Span::from_micros(128)));
    rig.cell(7, 2.5);
    rig.run_for(Span::from_millis(1_000));
    assert!(rig.chip.drivers().precharge, "at the level it is still low");
    rig.cell(7, 2.500_625);
    let lifted = rig.world.now;
    rig.run_for(Span::from_millis(1_000));
    let off = ChipEvent::Driver(Switch::LowCellPrecharge, false);
    assert_eq!(rig.last(off), Some(lifted + Span::from_millis(200)));
    assert!(rig.chip.drivers().charge);
}

#[test]
fn the_trickle_obeys_its_permit_ctl_and_charge_over_current() {
    let trickling = || {
        let mut rig = at(&[(0, 0xD0), (1, 0x19), (4, 0x02), (0x0F, 0x10)], CYCLE);
        rig.world.charger = true;
        rig.cell(7, 1.9);
        rig.run_for(Span::from_millis(2_000));
        assert!(rig.chip.drivers().precharge);
        rig
    };
    let mut forbidden = trickling();
    forbidden.write(0x40, 0x30);
    assert!(!forbidden.chip.drivers().precharge);
    let mut over_current = trickling();
    over_current.shunt(0.03);
    over_current.run_for(Span::from_millis(10));
    assert!(!over_current.chip.drivers().precharge);
    let mut low = trickling();
    let now = low.world.now;
    low.chip.set_ctl(now, true);
    assert!(low.chip.drivers().precharge, "CTLC of this image turns off nothing but discharge");
}
