//! Bringing the chip up: warm-up, comparison, programming, verification, and what can go wrong.

use crate::products::{IMAGE_150, IMAGE_200, ps_15016, ps_20016s};
use crate::script::{
    Registers, Step, again, asking, damaged, driver, ms, read, ready, running, sample, store, write,
};
use bms_core::afe::{Afe, AfeError, AfeFlags, Command, Startup};
use bms_core::units::Millivolts;

fn busy(millis: u64) -> Result<Startup, AfeError> {
    Ok(Startup::Busy { until: ms(millis) })
}

/// Three attempts, each without an answer.
fn silence() -> Vec<Step> {
    vec![Step::Silence; 3]
}

/// Every byte written out once, checksums included.
#[test]
fn a_programmed_chip_is_ready_in_one_call_with_these_bytes() {
    let (mut driver, script) = driver();
    let stored = vec![
        0x70, 0x1F, 0x9E, 0xEE, 0x92, 0xC6, 0x7D, 0x87, 0xAF, 0x7D, 0x64, 0xC3, 0x18, 0x1B, 0x25,
        0x1D, 0x50, 0x5D, 0x77, 0x83, 0x77, 0x5D, 0x77, 0x9E, 0x93, 0x40, 0x04,
    ];
    script.expect([
        Step::Write(vec![0x40, 0x0C, 0x35]),
        Step::Read([0x40, 0x01], vec![0x0C, 0xB5]),
        Step::Read([0x00, 0x1A], stored),
        Step::Write(vec![0x72, 0x03, 0xCB]),
        Step::Read([0x72, 0x01], vec![0x03, 0x1D]),
        Step::Write(vec![0x70, 0x00, 0xE8]),
        Step::Write(vec![0x71, 0x30, 0x6D]),
    ]);
    assert_eq!(driver.start(ms(0), &ps_20016s()), Ok(Startup::Ready));
    assert!(script.is_done());
}

#[test]
fn a_programmed_chip_is_not_written_to() {
    let (driver, _) = ready(&ps_20016s(), &IMAGE_200, 64);
    assert_eq!(driver.programmings(), 0);
    let (driver, _) = ready(&ps_15016(), &IMAGE_150, 64);
    assert_eq!(driver.programmings(), 0);
}

/// Its warm-up may have begun at any time: it permits every MOSFET when that is over, so it is asked
/// often enough to take the permits back at once.
#[test]
fn a_chip_in_its_warm_up_is_asked_every_10_ms() {
    let (mut driver, script) = driver();
    let params = ps_20016s();
    script.expect(silence());
    assert_eq!(driver.start(ms(0), &params), busy(10));
    assert_eq!(driver.start(ms(9), &params), busy(10));
    assert!(script.is_done());
    script.expect(silence());
    assert_eq!(driver.start(ms(250), &params), busy(260));
    script.expect(asking(&IMAGE_200, 64));
    script.expect(running());
    assert_eq!(driver.start(ms(260), &params), Ok(Startup::Ready));
    assert!(script.is_done());
}

#[test]
fn a_chip_that_is_silent_for_a_second_is_a_bus_failure_and_can_be_tried_again() {
    let (mut driver, script) = driver();
    let params = ps_20016s();
    script.expect(silence());
    assert_eq!(driver.start(ms(0), &params), busy(10));
    script.expect(silence());
    assert_eq!(driver.start(ms(990), &params), busy(1_000));
    script.expect(silence());
    script.expect([Step::Vpro(false)]);
    assert_eq!(driver.start(ms(1_000), &params), Err(AfeError::Bus));
    script.expect(asking(&IMAGE_200, 64));
    script.expect(running());
    assert_eq!(driver.start(ms(2_000), &params), Ok(Startup::Ready));
    assert!(script.is_done());
}

#[test]
fn a_blank_chip_is_programmed_byte_by_byte_reset_and_verified() {
    let (mut driver, script) = driver();
    let params = ps_20016s();
    script.expect(asking(&[0xFF; 25], 64));
    script.expect([again(&[0xFF; 25], 64)]);
    script.expect([Step::Vpro(true)]);
    assert_eq!(driver.start(ms(0), &params), busy(10));
    assert_eq!(driver.start(ms(9), &params), busy(10));
    let mut now = 10;
    for (address, byte) in IMAGE_200.into_iter().enumerate() {
        script.expect([write(address as u8, byte)]);
        assert_eq!(driver.start(ms(now), &params), busy(now + 35));
        assert_eq!(driver.start(ms(now + 34), &params), busy(now + 35));
        now += 35;
    }
    script.expect([Step::Vpro(false), Step::Write(vec![0xEA, 0xC0, 0xC5])]);
    assert_eq!(now, 885);
    assert_eq!(driver.start(ms(now), &params), busy(1_135));
    script.expect(asking(&IMAGE_200, 64));
    script.expect(running());
    assert_eq!(driver.start(ms(1_135), &params), Ok(Startup::Ready));
    assert_eq!(driver.programmings(), 1);
    assert!(script.is_done());
}

/// Also a parameter write that a power loss tore apart: the rest is written at the next start.
#[test]
fn only_bytes_that_differ_are_programmed() {
    let (mut driver, script) = driver();
    let params = ps_20016s();
    let mut torn = IMAGE_200;
    (torn[0x04], torn[0x18]) = (0x62, 0xFF);
    script.expect(asking(&torn, 64));
    script.expect([again(&torn, 64)]);
    script.expect([Step::Vpro(true)]);
    assert_eq!(driver.start(ms(0), &params), busy(10));
    script.expect([write(0x04, 0x92)]);
    assert_eq!(driver.start(ms(10), &params), busy(45));
    script.expect([write(0x18, 0x93)]);
    assert_eq!(driver.start(ms(45), &params), busy(80));
    script.expect([Step::Vpro(false), write(0xEA, 0xC0)]);
    assert_eq!(driver.start(ms(80), &params), busy(330));
    script.expect(asking(&IMAGE_200, 64));
    script.expect(running());
    assert_eq!(driver.start(ms(330), &params), Ok(Startup::Ready));
    assert!(script.is_done());
}

/// One programming of a chip whose byte 0Fh never changes, begun at `now`; ends after its reset.
fn program_in_vain(
    driver: &mut crate::script::Driver,
    script: &crate::script::Script,
    worn: &[u8; 25],
    now: u64,
) -> u64 {
    let params = ps_20016s();
    script.expect(asking(worn, 64));
    script.expect([again(worn, 64)]);
    script.expect([Step::Vpro(true)]);
    assert_eq!(driver.start(ms(now), &params), busy(now + 10));
    script.expect([write(0x0F, 0x1D)]);
    assert_eq!(driver.start(ms(now + 10), &params), busy(now + 45));
    script.expect([Step::Vpro(false), write(0xEA, 0xC0)]);
    assert_eq!(driver.start(ms(now + 45), &params), busy(now + 295));
    now + 295
}

/// The attempts are counted from the last success: parameters may be changed any number of times.
#[test]
fn programming_with_success_may_be_repeated() {
    let (mut driver, script) = driver();
    for (count, uv) in [0x7E, 0x7F, 0x7E].into_iter().enumerate() {
        let (mut params, mut image) = (ps_20016s(), IMAGE_200);
        params.voltage.under = Millivolts(20 * i32::from(uv));
        image[0x06] = uv;
        let now = 1_000 * count as u64;
        script.expect(asking(&IMAGE_200, 64));
        script.expect([again(&IMAGE_200, 64)]);
        script.expect([Step::Vpro(true)]);
        assert_eq!(driver.start(ms(now), &params), busy(now + 10));
        script.expect([write(0x06, uv)]);
        assert_eq!(driver.start(ms(now + 10), &params), busy(now + 45));
        script.expect([Step::Vpro(false), write(0xEA, 0xC0)]);
        assert_eq!(driver.start(ms(now + 45), &params), busy(now + 295));
        script.expect(asking(&image, 64));
        script.expect(running());
        assert_eq!(driver.start(ms(now + 295), &params), Ok(Startup::Ready));
    }
    assert_eq!(driver.programmings(), 3);
    assert!(script.is_done());
}

/// A worn cell, or no write voltage: both look like this.
#[test]
fn programming_in_vain_is_given_up_and_not_repeated_by_later_starts() {
    let (mut driver, script) = driver();
    let mut worn = IMAGE_200;
    worn[0x0F] = 0xFF;
    let second = program_in_vain(&mut driver, &script, &worn, 0);
    let end = program_in_vain(&mut driver, &script, &worn, second);
    for now in [end, end + 1_000, end + 2_000] {
        script.expect(asking(&worn, 64));
        script.expect([Step::Vpro(false)]);
        assert_eq!(driver.start(ms(now), &ps_20016s()), Err(AfeError::NotStored));
    }
    assert_eq!(driver.programmings(), 2);
    assert!(script.is_done());
}

#[test]
fn a_bus_failure_while_programming_lowers_the_write_voltage() {
    let (mut driver, script) = driver();
    let params = ps_20016s();
    script.expect(asking(&[0xFF; 25], 64));
    script.expect([again(&[0xFF; 25], 64)]);
    script.expect([Step::Vpro(true)]);
    assert_eq!(driver.start(ms(0), &params), busy(10));
    script.expect(silence());
    script.expect([Step::Vpro(false)]);
    assert_eq!(driver.start(ms(10), &params), Err(AfeError::Bus));
    assert!(script.is_done());
}

/// What is stored is not yet what the chip does.
#[test]
fn a_new_image_whose_reset_failed_is_reset_before_the_chip_is_ready() {
    let (mut driver, script) = driver();
    let params = ps_20016s();
    let mut old = IMAGE_200;
    old[0x06] = 0x80;
    script.expect(asking(&old, 64));
    script.expect([again(&old, 64)]);
    script.expect([Step::Vpro(true)]);
    assert_eq!(driver.start(ms(0), &params), busy(10));
    script.expect([write(0x06, 0x7D)]);
    assert_eq!(driver.start(ms(10), &params), busy(45));
    script.expect([Step::Vpro(false)]);
    script.expect(silence());
    script.expect([Step::Vpro(false)]);
    assert_eq!(driver.start(ms(45), &params), Err(AfeError::Bus));
    script.expect(asking(&IMAGE_200, 64));
    script.expect([Step::Vpro(false), write(0xEA, 0xC0)]);
    assert_eq!(driver.start(ms(100), &params), busy(350));
    script.expect(asking(&IMAGE_200, 64));
    script.expect(running());
    assert_eq!(driver.start(ms(350), &params), Ok(Startup::Ready));
    assert!(script.is_done());
}

#[test]
fn parameters_without_a_code_never_reach_the_eeprom() {
    let (mut driver, script) = driver();
    let mut params = ps_20016s();
    params.voltage.over = Millivolts(3_753);
    script.expect(asking(&IMAGE_200, 64));
    script.expect([Step::Vpro(false)]);
    assert_eq!(driver.start(ms(0), &params), Err(AfeError::NotRepresentable));
    assert!(script.is_done());
}

/// The thresholds for RREF = 11.3 kΩ of the image tests.
#[test]
fn the_trim_that_was_read_decides_about_thresholds_and_readings() {
    let mut image = IMAGE_200;
    image[0x11..].copy_from_slice(&[84, 108, 119, 106, 84, 108, 148, 136]);
    let (mut driver, script) = ready(&ps_20016s(), &image, 90);
    // 10.00 kΩ is 25 °C; 10 / 21.3 of 32 768 is 15 384.
    let at_25 = Registers::at_rest().with(0x46, &[0x3C, 0x18, 0x3C, 0x18, 0x3C, 0x18]);
    let sample = sample(&mut driver, &script, &at_25);
    for temperature in sample.temperatures {
        assert!((temperature.0 - 2_500).abs() <= 1, "{temperature:?}");
    }
}

#[test]
fn a_set_up_register_that_does_not_hold_its_value_is_not_ready() {
    let (mut driver, script) = driver();
    script.expect(asking(&IMAGE_200, 64));
    for _ in 0..3 {
        script.expect([write(0x72, 0x03), read(0x72, &[0x00])]);
    }
    script.expect([Step::Vpro(false)]);
    assert_eq!(driver.start(ms(0), &ps_20016s()), Err(AfeError::NotStored));
    assert!(script.is_done());
}

#[test]
fn a_damaged_answer_at_the_start_is_asked_for_again() {
    let (mut driver, script) = driver();
    let mut steps = asking(&IMAGE_200, 64);
    let image = steps.pop().expect("the image comes last");
    script.expect(steps);
    script.expect([damaged(&image, 3), image]);
    script.expect(running());
    assert_eq!(driver.start(ms(0), &ps_20016s()), Ok(Startup::Ready));
    assert!(script.is_done());
}

#[test]
fn before_ready_nothing_is_read_and_no_mosfet_is_permitted() {
    let (mut driver, script) = driver();
    assert_eq!(driver.read(ms(0)), Err(AfeError::Bus));
    assert_eq!(driver.command(ms(0), &Command::default()), Ok(()));
    let on = Command { charge: true, ..Command::default() };
    assert_eq!(driver.command(ms(0), &on), Err(AfeError::NotStored));
    assert!(script.is_done());
}

/// Fault 52: the chip forgets its set-up and permits every MOSFET.
#[test]
fn a_reset_under_load_is_reported_and_a_start_sets_the_chip_up_again_in_one_call() {
    let (mut driver, script) = ready(&ps_20016s(), &IMAGE_200, 64);
    let reset = Registers::at_rest().flagged(0x00, 0x80);
    let seen = sample(&mut driver, &script, &reset);
    assert!(seen.flags.contains(AfeFlags::UNEXPECTED_RESET));
    assert!(!seen.fresh);
    script.expect(asking(&IMAGE_200, 64));
    script.expect(running());
    assert_eq!(driver.start(ms(101), &ps_20016s()), Ok(Startup::Ready));
    let seen = sample(&mut driver, &script, &Registers::at_rest());
    assert!(!seen.flags.contains(AfeFlags::UNEXPECTED_RESET));
}

#[test]
fn a_reset_under_load_is_mended_by_the_next_command_even_without_a_start() {
    let (mut driver, script) = ready(&ps_20016s(), &IMAGE_200, 64);
    let off = Command::default();
    script.expect(store(0x41, 0x00));
    script.expect(store(0x42, 0x00));
    assert_eq!(driver.command(ms(1), &off), Ok(()));
    sample(&mut driver, &script, &Registers::at_rest().flagged(0x00, 0x80));
    script.expect(store(0x40, 0x0C));
    script.expect(running());
    script.expect(store(0x41, 0x00));
    script.expect(store(0x42, 0x00));
    assert_eq!(driver.command(ms(101), &off), Ok(()));
    assert_eq!(driver.command(ms(102), &off), Ok(()));
    assert!(script.is_done());
}

/// A bit that was read wrong is right at the second reading: the EEPROM is left alone.
#[test]
fn a_difference_that_is_read_only_once_is_not_programmed() {
    let (mut driver, script) = driver();
    let mut wrong = IMAGE_200;
    wrong[0x06] ^= 0x10;
    script.expect(asking(&wrong, 64));
    script.expect([again(&IMAGE_200, 64), Step::Vpro(false)]);
    assert_eq!(driver.start(ms(0), &ps_20016s()), Err(AfeError::Implausible));
    script.expect(asking(&IMAGE_200, 64));
    script.expect(running());
    assert_eq!(driver.start(ms(1_000), &ps_20016s()), Ok(Startup::Ready));
    assert_eq!(driver.programmings(), 0);
    assert!(script.is_done());
}

/// What kept the EEPROM from being written may be gone: 10 s after the last attempt, not sooner.
#[test]
fn programming_in_vain_is_tried_again_after_ten_seconds() {
    let (mut driver, script) = driver();
    let mut worn = IMAGE_200;
    worn[0x0F] = 0xFF;
    let second = program_in_vain(&mut driver, &script, &worn, 0);
    let _ = program_in_vain(&mut driver, &script, &worn, second);
    script.expect(asking(&worn, 64));
    script.expect([Step::Vpro(false)]);
    let early = second + 9_999;
    assert_eq!(driver.start(ms(early), &ps_20016s()), Err(AfeError::NotStored));
    let _ = program_in_vain(&mut driver, &script, &worn, second + 10_000);
    assert_eq!(driver.programmings(), 3);
    assert!(script.is_done());
}
