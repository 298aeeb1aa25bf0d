//! From registers to a sample: scales, signs, bit orders, freshness, events, faults of the bus.

use crate::products::{IMAGE_200, ps_20016s};
use crate::script::{
    Driver, Registers, Script, Step, damaged, ms, read, ready, running, sample, store, write,
};
use bms_core::afe::{Afe, AfeError, AfeFlags, Command, Sample};
use bms_core::drivers::sh367309::BAD_POLLS_MAX;
use bms_core::drivers::sh367309::thermistor::{SENSOR_OPEN, SENSOR_SHORTED};
use bms_core::units::{Microcoulombs, Microvolts, Milliamps};

fn chip() -> (Driver, Script) {
    ready(&ps_20016s(), &IMAGE_200, 64)
}

/// The sample of a chip with these registers.
fn sample_of(registers: &Registers) -> Sample {
    let (mut driver, script) = chip();
    sample(&mut driver, &script, registers)
}

fn status(address: u8, byte: u8) -> AfeFlags {
    sample_of(&Registers::at_rest().with(0x45, &[0]).with(address, &[byte])).flags
}

#[test]
fn a_sample_takes_two_transactions_flags_first() {
    let (mut driver, script) = chip();
    let registers = Registers::at_rest();
    script.expect([read(0x70, &[0x00, 0x10]), read(0x43, &registers.block)]);
    let sample = driver.read(ms(123)).expect("the chip is at rest");
    assert!(script.is_done());
    assert_eq!(sample.taken, ms(123));
    assert_eq!(sample.cells.len(), 16);
    assert_eq!(sample.temperatures.len(), 3);
    assert_eq!(sample.flags, AfeFlags::CHARGE_FET | AfeFlags::DISCHARGE_FET);
}

#[test]
fn cells_are_counts_of_156_25_microvolts_rounded_down() {
    let mut registers = Registers::at_rest();
    registers.set(0x4E, &[0x5D, 0xC0]); // 24 000
    registers.set(0x50, &[0x5D, 0xC1]);
    registers.set(0x52, &[0x00, 0x00]);
    registers.set(0x6C, &[0x7F, 0xFF]);
    let cells = sample_of(&registers).cells;
    assert_eq!(cells[0], Microvolts(3_750_000));
    assert_eq!(cells[1], Microvolts(3_750_156));
    assert_eq!(cells[2], Microvolts(0));
    assert_eq!(cells[3], Microvolts(3_300_000));
    assert_eq!(cells[15], Microvolts(5_119_843));
}

#[test]
fn only_the_fitted_cells_are_in_the_sample() {
    let mut params = ps_20016s();
    params.series = 8;
    let mut image = IMAGE_200;
    image[0] = 0x78;
    let (mut driver, script) = ready(&params, &image, 64);
    // An unconnected input may read anything.
    let registers = Registers::at_rest().with(0x6C, &[0xFF, 0xFF]);
    assert_eq!(sample(&mut driver, &script, &registers).cells.len(), 8);
}

/// 200 × 26 837 / (26 837 × 125 µΩ) is 1600 A exactly.
#[test]
fn charge_is_positive_and_discharge_negative() {
    let charging = Registers::at_rest().with(0x4C, &[0x68, 0xD5]);
    assert_eq!(sample_of(&charging).current, Milliamps(1_600_000));
    let discharging = Registers::at_rest().with(0x4C, &[0x97, 0x2B]);
    assert_eq!(sample_of(&discharging).current, Milliamps(-1_600_000));
    let one_count = Registers::at_rest().with(0x4C, &[0xFF, 0xFF]);
    assert_eq!(sample_of(&one_count).current, Milliamps(-60));
}

/// 21 470 counts are 1600 A, 400 C in 250 ms; bit 15 means discharge.
#[test]
fn a_closed_counter_window_carries_its_charge_with_its_sign() {
    let window = |bytes| {
        let registers = Registers::at_rest().with(0x6E, bytes).flagged(0x00, 0x20);
        sample_of(&registers).counted.expect("the window's flag was set")
    };
    let charged = window(&[0x53, 0xDE]);
    assert_eq!(charged.current, Milliamps(1_600_000));
    assert_eq!(charged.charge, Microcoulombs(400_000_000));
    let discharged = window(&[0xAC, 0x22]);
    assert_eq!(discharged.current, Milliamps(-1_600_000));
    assert_eq!(discharged.charge, Microcoulombs(-400_000_000));
}

#[test]
fn each_conversion_flag_marks_its_own_part_as_new() {
    let parts = |flags| {
        let sample = sample_of(&Registers::at_rest().flagged(0x00, flags));
        (sample.fresh, sample.counted.is_some())
    };
    assert_eq!(parts(0x00), (false, false));
    assert_eq!(parts(0x10), (true, false));
    assert_eq!(parts(0x20), (false, true));
    assert_eq!(parts(0x30), (true, true));
}

#[test]
fn flags_are_kept_for_the_sample_that_follows_a_failed_one() {
    let (mut driver, script) = chip();
    script.expect([read(0x70, &[0x00, 0x30])]);
    script.expect(vec![Step::Silence; 3]);
    assert_eq!(driver.read(ms(100)), Err(AfeError::Bus));
    let next = Registers::at_rest().flagged(0x00, 0x00);
    let late = sample(&mut driver, &script, &next);
    assert!(late.fresh && late.counted.is_some());
    let after = sample(&mut driver, &script, &next);
    assert!(!after.fresh && after.counted.is_none());
}

#[test]
fn the_first_status_register_bit_by_bit() {
    let expected = [
        AfeFlags::OVER_VOLTAGE,
        AfeFlags::UNDER_VOLTAGE,
        AfeFlags::DISCHARGE_OC1,
        AfeFlags::DISCHARGE_OC2,
        AfeFlags::CHARGE_OC,
        AfeFlags::SHORT_CIRCUIT,
        AfeFlags::PERMANENT_FAILURE,
        AfeFlags::WATCHDOG,
    ];
    for (bit, flags) in expected.into_iter().enumerate() {
        assert_eq!(status(0x43, 1 << bit), flags, "bit {bit}");
    }
}

#[test]
fn the_second_status_register_bit_by_bit() {
    let expected = [
        AfeFlags::CHARGE_COLD,
        AfeFlags::CHARGE_HOT,
        AfeFlags::DISCHARGE_COLD,
        AfeFlags::DISCHARGE_HOT,
    ];
    for (bit, flags) in expected.into_iter().enumerate() {
        assert_eq!(status(0x44, 1 << bit), flags, "bit {bit}");
    }
    assert_eq!(status(0x44, 0xF0), AfeFlags::empty());
}

#[test]
fn the_third_status_register_bit_by_bit() {
    let expected = [
        AfeFlags::DISCHARGE_FET,
        AfeFlags::CHARGE_FET,
        AfeFlags::PRECHARGE_FET,
        AfeFlags::LOW_VOLTAGE_LOCK,
        AfeFlags::empty(), // write mode, which a running chip is not in
        AfeFlags::empty(),
        AfeFlags::DISCHARGING,
        AfeFlags::CHARGING,
    ];
    for (bit, flags) in expected.into_iter().enumerate() {
        assert_eq!(status(0x45, 1 << bit), flags, "bit {bit}");
    }
}

/// Ratios of the published resistances to 10 kΩ, of 32 768.
#[test]
fn thermistors_follow_the_published_resistances() {
    for (code, expected) in
        [(4_684, 8_000), (7_601, 6_000), (16_384, 2_500), (23_978, 0), (31_117, -4_000)]
    {
        let [high, low] = u16::to_be_bytes(code);
        let registers = Registers::at_rest().with(0x48, &[high, low]);
        let temperatures = sample_of(&registers).temperatures;
        assert!((temperatures[1].0 - expected).abs() <= 2, "{code}: {:?}", temperatures[1]);
        assert!((temperatures[0].0 - 2_500).abs() <= 1);
    }
}

#[test]
fn a_shorted_and_an_open_thermistor_are_told_from_every_temperature() {
    let registers = Registers::at_rest().with(0x46, &[0x00, 0x00, 0x80, 0x00, 0x40, 0x00]);
    let temperatures = sample_of(&registers).temperatures;
    assert_eq!(temperatures[..2], [SENSOR_SHORTED, SENSOR_OPEN]);
    const { assert!(SENSOR_SHORTED.0 > 15_000 && SENSOR_OPEN.0 < -15_000) };
}

fn refused(registers: &Registers) -> AfeError {
    let (mut driver, script) = chip();
    script.expect(registers.steps());
    driver.read(ms(100)).expect_err("no working chip delivers this")
}

#[test]
fn what_no_working_chip_delivers_is_implausible() {
    let mut blank = Registers::at_rest();
    blank.block = [0xFF; 45];
    assert_eq!(refused(&blank), AfeError::Implausible);
    let cell_above_full_scale = Registers::at_rest().with(0x50, &[0x80, 0x00]);
    assert_eq!(refused(&cell_above_full_scale), AfeError::Implausible);
    let ratio_above_the_whole = Registers::at_rest().with(0x4A, &[0x80, 0x01]);
    assert_eq!(refused(&ratio_above_the_whole), AfeError::Implausible);
}

#[test]
fn blank_flags_are_implausible() {
    let (mut driver, script) = chip();
    script.expect([read(0x70, &[0xFF, 0xFF])]);
    assert_eq!(driver.read(ms(100)), Err(AfeError::Implausible));
    assert!(script.is_done());
}

#[test]
fn a_damaged_answer_is_asked_for_again_up_to_twice() {
    let registers = Registers::at_rest();
    let [flags, block] = registers.steps();
    let (mut driver, script) = chip();
    script.expect([flags, damaged(&block, 7), damaged(&block, 45), block]);
    assert!(driver.read(ms(100)).is_ok());
    assert!(script.is_done());
}

#[test]
fn three_damaged_answers_are_a_checksum_failure() {
    let [flags, block] = Registers::at_rest().steps();
    let (mut driver, script) = chip();
    script.expect([flags]);
    script.expect(vec![damaged(&block, 0); 3]);
    assert_eq!(driver.read(ms(100)), Err(AfeError::Checksum));
    assert!(script.is_done());
}

#[test]
fn any_single_flipped_bit_of_the_flags_answer_is_noticed() {
    for position in 0..3 {
        let [flags, _] = Registers::at_rest().steps();
        let (mut driver, script) = chip();
        script.expect(vec![damaged(&flags, position); 3]);
        assert_eq!(driver.read(ms(100)), Err(AfeError::Checksum));
    }
}

/// An entry that is over before the poll leaves only its flag; it is reported once and cleared.
#[test]
fn an_event_between_two_polls_is_reported_once_and_only_its_flag_is_cleared() {
    let events = [
        (0x01, AfeFlags::OVER_VOLTAGE),
        (0x02, AfeFlags::UNDER_VOLTAGE),
        (0x04, AfeFlags::DISCHARGE_OC1),
        (0x08, AfeFlags::empty()), // the 3.3 V output
        (0x10, AfeFlags::CHARGE_OC),
        (0x20, AfeFlags::SHORT_CIRCUIT),
        (0x40, AfeFlags::PERMANENT_FAILURE),
        (0x80, AfeFlags::WATCHDOG),
    ];
    let drivers_on = AfeFlags::CHARGE_FET | AfeFlags::DISCHARGE_FET;
    for (flag, meaning) in events {
        let (mut driver, script) = chip();
        script.expect(Registers::at_rest().flagged(flag, 0x10).steps());
        script.expect([write(0x70, !flag)]);
        let seen = driver.read(ms(100)).expect("an event is no failure");
        assert_eq!(seen.flags, meaning | drivers_on);
        let after = sample(&mut driver, &script, &Registers::at_rest());
        assert_eq!(after.flags, drivers_on);
    }
}

/// The state ends when the chip releases it, not one poll later because of the flag.
#[test]
fn a_reported_state_ends_with_the_state_although_its_flag_is_still_set() {
    for (state, flag) in [(0x20, 0x20), (0x04, 0x04), (0x08, 0x04), (0x10, 0x10), (0x01, 0x01)] {
        let (mut driver, script) = chip();
        let tripped = Registers::at_rest().with(0x43, &[state]).flagged(flag, 0x10);
        assert!(!(sample(&mut driver, &script, &tripped).flags & status(0x43, state)).is_empty());
        let released = Registers::at_rest().flagged(flag, 0x10);
        script.expect(released.steps());
        script.expect([write(0x70, !flag)]);
        let after = driver.read(ms(200)).expect("a release is no failure");
        assert!((after.flags & status(0x43, state)).is_empty());
        assert!(script.is_done());
    }
}

/// Bit 3 is the second discharge stage in the one register and the 3.3 V output in the other.
#[test]
fn the_flag_of_the_supply_output_is_cleared_while_a_discharge_stage_is_in_force() {
    let (mut driver, script) = chip();
    let both = Registers::at_rest().with(0x43, &[0x08]).flagged(0x0C, 0x10);
    script.expect(both.steps());
    script.expect([write(0x70, 0xF7)]);
    let seen = driver.read(ms(100)).expect("a protection is no failure");
    assert!(seen.flags.contains(AfeFlags::DISCHARGE_OC2));
    assert!(!seen.flags.contains(AfeFlags::DISCHARGE_OC1));
    assert!(script.is_done());
}

#[test]
fn an_expired_watchdog_is_reported_and_cleared_at_once() {
    let (mut driver, script) = chip();
    let expired = Registers::at_rest().with(0x43, &[0x80]).flagged(0x80, 0x10);
    script.expect(expired.steps());
    script.expect([write(0x70, 0x7F)]);
    let seen = driver.read(ms(5_000)).expect("an expiry is no failure");
    assert!(seen.flags.contains(AfeFlags::WATCHDOG));
    assert!(script.is_done());
}

#[test]
fn a_clear_that_fails_costs_no_sample_and_is_tried_again() {
    let (mut driver, script) = chip();
    let event = Registers::at_rest().flagged(0x02, 0x10);
    script.expect(event.steps());
    script.expect(vec![Step::Silence; 3]);
    let first = driver.read(ms(100)).expect("the sample itself arrived");
    assert!(first.flags.contains(AfeFlags::UNDER_VOLTAGE));
    script.expect(event.steps());
    script.expect([write(0x70, 0xFD)]);
    let second = driver.read(ms(200)).expect("the sample arrived");
    assert!(!second.flags.contains(AfeFlags::UNDER_VOLTAGE));
    assert!(script.is_done());
}

/// Fault 48: while it was silent the chip may have been reset and set up by nobody.
#[test]
fn after_many_failed_reads_the_next_command_sets_the_chip_up_anew() {
    let (mut driver, script) = chip();
    let on = Command { discharge: true, ..Command::default() };
    script.expect(store(0x40, 0x2C));
    script.expect(store(0x41, 0x00));
    script.expect(store(0x42, 0x00));
    assert_eq!(driver.command(ms(0), &on), Ok(()));
    for poll in 1..=u64::from(BAD_POLLS_MAX) {
        assert_eq!(driver.command(ms(100 * poll), &on), Ok(()));
        script.expect(vec![Step::Silence; 3]);
        assert_eq!(driver.read(ms(100 * poll)), Err(AfeError::Bus));
    }
    assert!(script.is_done());
    sample(&mut driver, &script, &Registers::at_rest());
    script.expect(store(0x40, 0x2C));
    script.expect(running());
    script.expect(store(0x41, 0x00));
    script.expect(store(0x42, 0x00));
    assert_eq!(driver.command(ms(4_000), &on), Ok(()));
    assert!(script.is_done());
}
