//! The virtual chip on its bus: checksums, map, EEPROM, reset, watchdog, sleep, faults; and the
//! value level against bytes.

mod afe_support;

use afe_support::{EEPROM, Rig, params, setup, world};
use bms_core::afe::{Afe, AfeError, AfeFlags, Startup};
use bms_core::time::Instant;
use embedded_hal::digital::OutputPin;
use embedded_hal::i2c::I2c;
use proptest::prelude::{ProptestConfig, any, proptest};
use sim::afe::codes::{factory_eeprom, image};
use sim::afe::faults::{BusFault, FaultyBus, Trigger};
use sim::afe::twi::{checksum, read_checksum};
use sim::afe::{Chip, ChipEvent, ChipSetup, Drivers, Nack, Shared, ValueFrontEnd};
use sim::setup::Tolerance;
use sim::time::{SimTime, Span};

const START: SimTime = SimTime::from_secs(1);

fn started() -> Rig {
    let mut rig = Rig::new(EEPROM);
    rig.run_to(START);
    rig
}

/// Frames whose checksums were read off a real board, recomputed.
#[test]
fn the_checksum_gives_the_published_vectors() {
    assert_eq!(checksum(*b"123456789"), 0xF4);
    assert_eq!(checksum([0x34, 0x40, 0x78]), 0x7E);
    assert_eq!(checksum([0x34, 0xEA, 0xC0]), 0xC5);
    assert_eq!(read_checksum(&[0x43, 3], &[0, 0, 0]), 0x4B);
}

#[test]
fn a_write_with_a_wrong_checksum_is_refused_and_not_stored() {
    let mut rig = started();
    let now = rig.world.now;
    assert_eq!(rig.chip.bus_write(now, &[0x40, 0x78, 0x7F]), Err(Nack::Data));
    assert_eq!(rig.chip.peek(0x40), 0x70);
    assert_eq!(rig.chip.bus_write(now, &[0x40, 0x78, 0x7E]), Ok(()));
    assert_eq!(rig.chip.peek(0x40), 0x78);
}

#[test]
fn a_read_carries_its_checksum_and_unmapped_addresses_are_all_ones() {
    let mut rig = started();
    let mut answer = [0; 4];
    rig.chip.bus_write_read(START, &[0x43, 3], &mut answer).unwrap();
    assert_eq!(answer, [0, 0, 0x03, read_checksum(&[0x43, 3], &[0, 0, 0x03])]);
    for address in [0x1A, 0x3F, 0x73, 0xFF] {
        assert_eq!(rig.read(address), 0xFF);
    }
    for (address, byte) in (0..).zip(EEPROM) {
        assert_eq!(rig.read(address), byte);
    }
}

#[test]
fn only_six_registers_can_be_written() {
    let mut rig = started();
    for address in (0x00..=0x19).chain(0x43..=0x6F).chain(0x73..=0xE9) {
        let before = rig.chip.peek(address);
        rig.write(address, 0x5A);
        assert_eq!(rig.chip.peek(address), before, "{address:x}");
    }
    for (address, data, kept) in [(0x41, 0x11, 0x11), (0x42, 0x22, 0x22), (0x72, 0x02, 0x02)] {
        rig.write(address, data);
        assert_eq!(rig.chip.peek(address), kept);
    }
}

#[test]
fn warm_up_takes_250_ms_without_bus_or_drivers_and_ends_with_every_driver_permitted() {
    let mut rig = Rig::new(EEPROM);
    rig.run_to(SimTime(249_999_999));
    assert_eq!(rig.chip.bus_write(rig.world.now, &[0x40, 0x78, 0x7E]), Err(Nack::Address));
    rig.run_ms(250);
    assert_eq!((rig.chip.peek(0x40), rig.chip.peek(0x71)), (0x70, 0x80));
    assert_eq!(rig.chip.drivers(), Drivers::default());
    rig.run_for(Span::from_micros(128));
    assert_eq!(rig.chip.drivers(), Drivers { charge: true, discharge: true, precharge: false });
}

#[test]
fn an_eeprom_byte_takes_write_mode_35_ms_and_a_reset_to_apply() {
    let mut rig = started();
    rig.chip.set_vpro(START, true);
    rig.run_for(Span(9_999_999));
    rig.write(0x0E, 0x00);
    assert_eq!(rig.chip.stats().eeprom_writes, 0);
    rig.run_for(Span(1));
    assert_eq!(rig.chip.drivers(), Drivers::default());
    rig.write(0x0E, 0x00);
    let busy = [0x0D, 0x00, checksum([0x34, 0x0D, 0x00])];
    assert_eq!(rig.chip.bus_write(rig.world.now, &busy), Err(Nack::Data));
    assert_eq!(rig.chip.peek(0x45) & 0x10, 0x10);
    rig.run_for(Span(34_999_999));
    assert_eq!(rig.chip.peek(0x0E), 0x25);
    rig.run_for(Span(1));
    assert_eq!((rig.chip.peek(0x0E), rig.chip.peek(0x45) & 0x10), (0x00, 0));
    let now = rig.world.now;
    rig.chip.set_vpro(now, false);
    rig.run_for(Span::from_millis(1));
    approx::assert_relative_eq!(rig.chip.levels()[0].volts, -0.11); // The applied image is the old one.
    rig.write(0xEA, 0xC0);
    rig.run_for(Span::from_millis(250));
    approx::assert_relative_eq!(rig.chip.levels()[0].volts, -0.05);
    assert_eq!(rig.chip.stats().eeprom_writes, 1);
}

#[test]
fn a_byte_torn_by_the_programming_voltage_is_erased_and_a_worn_one_keeps_its_value() {
    for (worn, torn, expected) in [(false, true, 0xFF), (true, false, 0x25), (false, false, 0x80)] {
        let mut rig = started();
        if worn {
            rig.chip.wear_eeprom(1);
        }
        rig.chip.set_vpro(START, true);
        rig.run_for(Span::from_millis(10));
        rig.write(0x0E, 0x80);
        rig.run_for(Span::from_millis(if torn { 34 } else { 35 }));
        let now = rig.world.now;
        rig.chip.set_vpro(now, false);
        assert_eq!(rig.chip.peek(0x0E), expected);
    }
}

#[test]
fn each_watchdog_period_passes_from_the_last_valid_transaction_and_opens_everything() {
    for (code, seconds) in [(0, 32), (1, 16), (2, 8), (3, 4)] {
        let mut rig = started();
        rig.write(0x72, code);
        rig.write(0x40, 0x74);
        rig.write(0x42, 0x01);
        rig.run_for(Span::from_millis(3_000));
        rig.read(0x43);
        let fed = rig.world.now;
        rig.chip.bus_write(fed, &[0x40, 0x74, 0x00]).unwrap_err();
        rig.run_for(Span(seconds * 1_000_000_000 - 1));
        assert!(rig.chip.drivers().discharge);
        rig.chip.take_alarm();
        rig.run_for(Span(1));
        assert_eq!(rig.last(ChipEvent::Watchdog(true)), Some(fed + Span(seconds * 1_000_000_000)));
        assert_eq!((rig.chip.drivers(), rig.chip.bleed()), (Drivers::default(), 0));
        assert!(rig.chip.take_alarm());
        assert_eq!((rig.chip.peek(0x43), rig.chip.peek(0x70)), (0x80, 0x80));
        rig.write(0x70, 0x7F);
        rig.run_for(Span::from_micros(128));
        assert!(rig.chip.drivers().discharge);
    }
}

#[test]
fn idle_freezes_readings_until_current_or_a_start_wakes_the_chip() {
    for by_current in [true, false] {
        let mut rig = started();
        rig.write(0x40, 0x71);
        rig.run_for(Span::from_millis(100));
        assert_eq!(rig.last(ChipEvent::Slept), Some(SimTime::from_millis(1_050)));
        rig.cell(0, 3.0);
        rig.run_for(Span::from_millis(1_000));
        assert_eq!(rig.word(0x4E), 21_120);
        let asleep = rig.world.now;
        if by_current {
            rig.shunt(-0.001_4);
            rig.run_for(Span::from_millis(15));
            assert_eq!(rig.last(ChipEvent::Woke), Some(asleep + Span::from_millis(15)));
        } else {
            rig.read(0x43);
        }
        assert_eq!(rig.chip.peek(0x71) & 0x40, 0x40);
        rig.run_for(Span::from_millis(100));
        assert_eq!(rig.word(0x4E), 19_200);
    }
}

#[test]
fn idle_is_refused_while_current_flows_or_a_delay_runs() {
    let mut rig = started();
    rig.shunt(0.001_4);
    rig.write(0x40, 0x71);
    rig.run_for(Span::from_millis(500));
    assert!(rig.last(ChipEvent::Slept).is_none());
    rig.cell(0, 3.8);
    rig.run_for(Span::from_millis(200));
    rig.shunt(0.0);
    rig.run_for(Span::from_millis(500));
    assert!(rig.last(ChipEvent::Slept).is_none());
}

#[test]
fn sleep_opens_the_drivers_until_a_charger_or_a_start() {
    let mut rig = started();
    rig.write(0x40, 0x72);
    assert_eq!(rig.chip.drivers(), Drivers::default());
    rig.run_for(Span::from_millis(10_000));
    rig.charger(true);
    let plugged = rig.world.now;
    rig.run_for(Span::from_millis(501));
    assert_eq!(rig.last(ChipEvent::Woke), Some(plugged + Span::from_millis(500)));
    assert!(rig.chip.drivers().charge);
}

#[test]
fn a_low_ctl_input_opens_what_ctlc_says() {
    let both = Drivers { charge: true, discharge: true, precharge: false };
    for (code, drivers) in [
        (0x13, both),
        (0x17, Drivers { charge: false, ..both }),
        (0x1B, Drivers { discharge: false, ..both }),
        (0x1F, Drivers::default()),
    ] {
        let mut rig = Rig::changed(&[(1, code)]);
        rig.run_to(START);
        rig.chip.set_ctl(START, true);
        assert_eq!(rig.chip.drivers(), drivers);
    }
}

#[test]
fn ship_and_a_brown_out_end_in_a_reset() {
    let mut rig = started();
    rig.write(0x40, 0x08);
    rig.chip.set_ship(START, true);
    assert_eq!(rig.chip.bus_write(START, &[0x40, 0x78, 0x7E]), Err(Nack::Address));
    rig.run_ms(2_000);
    let now = rig.world.now;
    rig.chip.set_ship(now, false);
    rig.run_for(Span::from_millis(250));
    assert_eq!(rig.read(0x40), 0x70);
    let now = rig.world.now;
    rig.chip.brown_out(now, Span::from_millis(20));
    rig.run_for(Span::from_millis(269));
    assert_eq!(rig.chip.bus_write(rig.world.now, &[0x40, 0x78, 0x7E]), Err(Nack::Address));
    rig.run_for(Span::from_millis(1));
    assert_eq!(rig.read(0x71) & 0x80, 0x80);
}

fn shared() -> Shared {
    let rig = started();
    let shared = Shared::new(rig.chip);
    shared.set_now(START);
    shared
}

#[test]
fn every_bus_fault_does_what_it_says_in_its_transaction_and_nothing_after() {
    let write = [0x40, 0x78, 0x7E];
    for (fault, result, conf) in [
        (BusFault::NackAddress, Err(Nack::Address), 0x70),
        (BusFault::NackData, Err(Nack::Data), 0x70),
        (BusFault::Checksum, Err(Nack::Data), 0x70),
        (BusFault::WrongRegister { bit: 1 }, Ok(()), 0x70),
        (BusFault::Duplicate, Ok(()), 0x78),
    ] {
        let shared = shared();
        let faults = vec![(Trigger::Nth(1), fault)];
        let mut bus = FaultyBus::new(shared.bus(), shared.clone(), faults, 1);
        assert_eq!(bus.write(0x1A, &write), result, "{fault:?}");
        assert_eq!(shared.chip().peek(0x40), conf, "{fault:?}");
        assert_eq!(bus.write(0x1A, &write), Ok(()));
    }
    let good = |answer: &[u8]| read_checksum(&[0x40, 1], &answer[..1]) == answer[1];
    for (fault, first, valid) in [
        (BusFault::Checksum, 0x70, false),
        (BusFault::FlipBit { byte: 0, bit: 7 }, 0xF0, true),
        (BusFault::AllOnes, 0xFF, false),
    ] {
        let shared = shared();
        let window = Trigger::Window(START, START + Span(1));
        let mut bus = FaultyBus::new(shared.bus(), shared.clone(), vec![(window, fault)], 1);
        let mut answer = [0; 2];
        bus.write_read(0x1A, &[0x40, 1], &mut answer).unwrap();
        assert_eq!((answer[0], good(&answer)), (first, valid), "{fault:?}");
        shared.set_now(START + Span(1));
        bus.write_read(0x1A, &[0x40, 1], &mut answer).unwrap();
        assert_eq!((answer[0], good(&answer)), (0x70, true));
    }
}

/// Bytes 00h to 10h of the 200 A product, by hand from the datasheet's tables; failure is disabled.
#[test]
fn the_image_of_the_200_a_product_is_the_derived_one() {
    let image = image(&params()).unwrap();
    let derived = [
        0x70, 0x1F, 0x9E, 0xEE, 0x92, 0xC6, 0x7D, 0x87, 0xAF, 0x7D, 0x64, 0xC3, 0x18, 0x1B, 0x25,
        0x1D, 0x50,
    ];
    assert_eq!(image[..17], derived);
    // 512 R/(R+10k): 70 °C 2228 ohm, 60 °C 3020 ohm; 0 °C 27.28k and -10 °C 42.47k lie 1/2 higher.
    assert_eq!(image[0x11..0x13], [93, 119]);
    // -3 °C 31 047 ohm and -7 °C 37 060 ohm, ln R linear in 1/T between the points around them.
    assert_eq!(image[0x13..], [131, 119, 93, 119, 158, 147]);
}

/// E0VB, bit 7 of 01h, stays 0: the chip's prohibition has no release, the product's has
/// (PS-LVC-2).
#[test]
fn the_low_voltage_prohibition_is_left_to_the_firmware() {
    let mut enabled = params();
    enabled.system.low_voltage_prohibit = true;
    assert_eq!(image(&enabled), image(&params()));
}

#[test]
fn what_has_no_code_is_refused() {
    let mut odd = params();
    odd.voltage.over.0 = 3_752;
    assert_eq!(image(&odd), Err(AfeError::NotRepresentable));
    let mut few = params();
    few.series = 4;
    assert_eq!(image(&few), Err(AfeError::NotRepresentable));
}

#[test]
fn a_blank_chip_is_programmed_by_the_value_level_byte_by_byte() {
    let shared = Shared::new(Chip::new(&setup(sim::afe::codes::blank_eeprom())));
    let mut front = ValueFrontEnd::new(shared.clone());
    let world = world();
    let mut now = SimTime::ZERO;
    while let Startup::Busy { until } = {
        shared.set_now(now);
        front.start(now.to_firmware(), &params()).unwrap()
    } {
        now = SimTime::from_micros(until.as_micros());
        advance(&shared, now, &world);
    }
    let image = image(&params()).unwrap();
    assert_eq!((0..25).map(|at| shared.chip().peek(at)).collect::<Vec<_>>(), image);
    let writes = image.iter().filter(|byte| **byte != 0).count() as u64;
    let expected = 250 + 10 + 35 * writes + 250;
    assert_eq!(now, SimTime::from_millis(expected));
}

fn advance(shared: &Shared, to: SimTime, world: &afe_support::FakeWorld) {
    let mut chip = shared.chip();
    while chip.next_event() <= to {
        let next = chip.next_event();
        chip.advance(next, world);
    }
    chip.advance(to, world);
    shared.set_now(to);
}

/// A second decoder, from the datasheet's formulas, over bytes.
fn decoded(chip: &mut Chip, now: SimTime) -> (Vec<i32>, i32, Option<i32>, bool, u8, u8) {
    let mut flags = [0; 3];
    chip.bus_write_read(now, &[0x70, 2], &mut flags).expect("answers");
    let mut block = [0; 46];
    chip.bus_write_read(now, &[0x43, 45], &mut block).expect("answers");
    let word = |at: usize| i16::from_be_bytes([block[at - 0x43], block[at - 0x42]]);
    let cells = (0..16).map(|n| (f64::from(word(0x4E + 2 * n)) * 156.25).floor() as i32).collect();
    let amps = |code: i16, full: f64| (200.0 * f64::from(code) / (full * 125e-6)).round() as i32;
    let counted = (flags[1] & 0x20 != 0).then(|| amps(word(0x6E), 21_470.0));
    let fresh = flags[1] & 0x10 != 0;
    (cells, amps(word(0x4C), 26_837.0), counted, fresh, block[0], block[2])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn bytes_and_values_tell_the_same(
        steps in proptest::collection::vec((1_u64..400, 0_usize..16, 1.9..4.0_f64,
            -0.15..0.15_f64, any::<bool>()), 1..40),
        seed in any::<u64>(),
    ) {
        let tolerance = if seed % 2 == 0 { Tolerance::Nominal } else { Tolerance::Datasheet };
        let eeprom = factory_eeprom(&params()).unwrap();
        let mut rig = Rig::with(&ChipSetup { tolerance, seed, ..setup(eeprom) });
        let shared = Shared::new(rig.chip.clone());
        let mut front = ValueFrontEnd::new(shared.clone());
        rig.run_ms(250);
        advance(&shared, rig.world.now, &rig.world);
        let start = front.start(Instant::from_micros(250_000), &params());
        assert_eq!(start, Ok(Startup::Ready));
        for (address, data) in [(0x72, 3), (0x40, 0x0C), (0x70, 0), (0x71, 0), (0x40, 0x3C)] {
            rig.write(address, data);
        }
        let command = bms_core::afe::Command { charge: true, discharge: true, ..Default::default() };
        front.command(Instant::from_micros(250_000), &command).unwrap();
        for (ms, cell, volts, shunt, load) in steps {
            rig.cell(cell, volts);
            rig.shunt(shunt);
            rig.load(load);
            let (before, world) = (rig.world.now, rig.world.clone());
            shared.chip().compare(before, shunt);
            advance(&shared, before, &world);
            rig.run_for(Span::from_millis(ms));
            let now = rig.world.now;
            advance(&shared, now, &world);
            let sample = front.read(now.to_firmware()).unwrap();
            let (cells, current, counted, fresh, status1, status3) = decoded(&mut rig.chip, now);
            assert_eq!(sample.cells.iter().map(|cell| cell.0).collect::<Vec<_>>(), cells);
            assert_eq!(sample.current.0, current);
            assert_eq!(sample.counted.map(|counted| counted.current.0), counted);
            assert_eq!(sample.fresh, fresh);
            let flag = |flag: AfeFlags| sample.flags.contains(flag);
            assert_eq!(flag(AfeFlags::OVER_VOLTAGE), status1 & 1 != 0);
            assert_eq!(flag(AfeFlags::UNDER_VOLTAGE), status1 & 2 != 0);
            assert_eq!(flag(AfeFlags::DISCHARGE_OC1), status1 & 4 != 0);
            assert_eq!(flag(AfeFlags::DISCHARGE_OC2), status1 & 8 != 0);
            assert_eq!(flag(AfeFlags::CHARGE_OC), status1 & 16 != 0);
            assert_eq!(flag(AfeFlags::SHORT_CIRCUIT), status1 & 32 != 0);
            assert_eq!(flag(AfeFlags::DISCHARGE_FET), status3 & 1 != 0);
            assert_eq!(flag(AfeFlags::CHARGE_FET), status3 & 2 != 0);
            assert_eq!(flag(AfeFlags::DISCHARGING), status3 & 0x40 != 0);
            assert_eq!(flag(AfeFlags::CHARGING), status3 & 0x80 != 0);
            assert_eq!(rig.chip.drivers(), shared.chip().drivers());
        }
    }
}

#[test]
fn the_programming_pin_drives_write_mode() {
    let shared = shared();
    let mut pin = shared.vpro();
    pin.set_high().unwrap();
    advance(&shared, START + Span::from_millis(10), &world());
    assert_eq!(shared.chip().drivers(), Drivers::default());
    pin.set_low().unwrap();
    advance(&shared, START + Span::from_millis(11), &world());
    assert!(shared.chip().drivers().discharge);
}

#[test]
fn a_worn_byte_is_reported_by_the_value_level() {
    let mut chip = Chip::new(&setup(sim::afe::codes::blank_eeprom()));
    chip.wear_eeprom(3);
    let shared = Shared::new(chip);
    let mut front = ValueFrontEnd::new(shared.clone());
    let mut now = SimTime::ZERO;
    let answer = loop {
        shared.set_now(now);
        match front.start(now.to_firmware(), &params()) {
            Ok(Startup::Busy { until }) => now = SimTime::from_micros(until.as_micros()),
            other => break other,
        }
        advance(&shared, now, &world());
    };
    assert_eq!(answer, Err(AfeError::NotStored));
}

#[test]
fn sleep_with_the_charger_already_there_ends_half_a_second_later() {
    let mut rig = started();
    rig.charger(true);
    rig.run_ms(9_000);
    rig.write(0x40, 0x72);
    rig.run_for(Span::from_millis(1_000));
    assert_eq!(rig.last(ChipEvent::Woke), Some(SimTime::from_millis(9_500)));
}

#[test]
fn a_latch_whose_load_left_during_write_mode_releases_when_protections_run_again() {
    let mut rig = Rig::changed(&[(1, 0x1C), (0x0E, 0x20)]);
    rig.world.load = true;
    rig.run_to(START);
    rig.shunt(-0.2);
    rig.shunt(0.0);
    rig.chip.set_vpro(START, true);
    rig.run_ms(1_100);
    rig.load(false);
    rig.run_ms(8_000);
    assert!(!rig.chip.latched().is_empty());
    let back = rig.world.now;
    rig.chip.set_vpro(back, false);
    rig.run_for(Span::from_millis(1));
    let released = ChipEvent::Latched(bms_core::protect::Reasons::SHORT_CIRCUIT, false);
    assert_eq!(rig.last(released), Some(back));
}

#[test]
fn the_value_level_asks_for_bleeding_again_before_the_chip_forgets() {
    let shared = Shared::new(Chip::new(&setup(factory_eeprom(&params()).expect("has codes"))));
    let mut front = ValueFrontEnd::new(shared.clone());
    advance(&shared, SimTime::from_millis(250), &world());
    front.start(Instant::from_micros(250_000), &params()).unwrap();
    let command = bms_core::afe::Command { bleed: 0x8001, ..Default::default() };
    for second in 1..=150 {
        advance(&shared, SimTime::from_secs(second), &world());
        front.command(Instant::from_micros(second * 1_000_000), &command).unwrap();
        front.read(Instant::from_micros(second * 1_000_000)).unwrap();
        assert_eq!(shared.chip().bleed(), 0x8001, "{second}");
    }
    advance(&shared, SimTime::from_secs(153), &world());
    assert_eq!(shared.chip().bleed(), 0x8001);
    advance(&shared, SimTime::from_secs(154), &world());
    assert_eq!(shared.chip().bleed(), 0, "four seconds of silence: the watchdog");
}

#[test]
fn every_voltage_field_ends_where_the_datasheet_says() {
    type Field = fn(&mut bms_core::params::Voltage) -> &mut bms_core::units::Millivolts;
    let fields: [(Field, i32, i32, i32); 8] = [
        (|v| &mut v.over, 5, 3_600, 4_500),
        (|v| &mut v.over_release, 5, 3_300, 4_500),
        (|v| &mut v.under, 20, 2_000, 3_100),
        (|v| &mut v.under_release, 20, 2_000, 3_600),
        (|v| &mut v.balance_open, 20, 3_300, 4_500),
        (|v| &mut v.precharge_turn_on, 20, 1_000, 3_000),
        (|v| &mut v.low_prohibit, 20, 500, 2_000),
        (|v| &mut v.abnormal_high, 20, 3_800, 5_000),
    ];
    for (field, step, lowest, highest) in fields {
        for (mv, fits) in [
            (lowest - step, false),
            (lowest, true),
            (lowest + 1, false),
            (highest, true),
            (highest + step, false),
        ] {
            let mut params = params();
            field(&mut params.voltage).0 = mv;
            assert_eq!(image(&params).is_ok(), fits, "{mv}");
        }
    }
}

/// 25 mV is 2 683.75 counts: 2 684 counts are 25.002 329 mV, 200.018 631 A, 50.004 658 As in 250
/// ms.
#[test]
fn a_closed_window_carries_charge_and_mean_current_once() {
    let shared = Shared::new(Chip::new(&setup(factory_eeprom(&params()).expect("has codes"))));
    let mut front = ValueFrontEnd::new(shared.clone());
    let mut rig = Rig::new(EEPROM);
    rig.shunt(0.025);
    advance(&shared, SimTime::from_millis(250), &rig.world);
    front.start(Instant::from_micros(250_000), &params()).unwrap();
    advance(&shared, SimTime::from_millis(500), &rig.world);
    let counted = front.read(Instant::from_micros(500_000)).unwrap().counted.unwrap();
    assert_eq!((counted.current.0, counted.charge.0), (200_019, 50_004_658));
    assert_eq!(front.read(Instant::from_micros(500_000)).unwrap().counted, None);
}

#[test]
fn thermistors_are_read_against_the_trimmed_reference_and_restated_against_10_kohm() {
    for trim in [64, 60] {
        let mut eeprom = factory_eeprom(&params()).expect("has codes");
        eeprom[0x19] = trim;
        let shared = Shared::new(Chip::new(&setup(eeprom)));
        let mut world = world();
        world.ntc_ohm = [10_000.0, 4_160.0, 27_280.0];
        let mut front = ValueFrontEnd::new(shared.clone());
        advance(&shared, SimTime::from_millis(250), &world);
        front.start(Instant::from_micros(250_000), &params()).unwrap();
        advance(&shared, SimTime::from_millis(350), &world);
        let reference = 6_800.0 + 50.0 * f64::from(trim);
        let counts = (32_768.0_f64 * 4_160.0 / (4_160.0 + reference)).round() as u16;
        let register = [0x48, 0x49].map(|address| shared.chip().peek(address));
        assert_eq!(u16::from_be_bytes(register), counts);
        let sample = front.read(Instant::from_micros(350_000)).unwrap();
        for (reading, degrees) in sample.temperatures.iter().zip([25, 50, 0]) {
            assert!((i32::from(reading.0) - degrees * 100).abs() <= 2, "{reading:?}");
        }
    }
}
