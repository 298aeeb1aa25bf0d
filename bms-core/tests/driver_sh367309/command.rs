//! Commands on the wire: nothing unless something changes, and then verified.

use crate::products::{IMAGE_200, ps_20016s};
use crate::script::{Driver, Registers, Script, Step, crc, ms, read, ready, sample, store, write};
use bms_core::afe::{Afe, AfeError, Command};

const OFF: Command = Command {
    charge: false,
    discharge: false,
    low_cell_precharge: false,
    bleed: 0,
    clear_over_current: false,
};

const BOTH: Command = Command { charge: true, discharge: true, ..OFF };

/// A chip that has had its first command at 0 ms: everything off, nothing bled.
fn chip() -> (Driver, Script) {
    let (mut driver, script) = ready(&ps_20016s(), &IMAGE_200, 64);
    script.expect(store(0x41, 0x00));
    script.expect(store(0x42, 0x00));
    assert_eq!(driver.command(ms(0), &OFF), Ok(()));
    assert!(script.is_done());
    (driver, script)
}

/// Gives a command that must go over the wire exactly like this.
fn command(
    (driver, script): &mut (Driver, Script),
    millis: u64,
    command: &Command,
    steps: impl IntoIterator<Item = Step>,
) {
    script.expect(steps);
    assert_eq!(driver.command(ms(millis), command), Ok(()));
    assert!(script.is_done());
}

#[test]
fn an_unchanged_command_costs_nothing() {
    let mut chip = chip();
    command(&mut chip, 1, &OFF, []);
    command(&mut chip, 2, &BOTH, store(0x40, 0x3C));
    command(&mut chip, 600_000, &BOTH, []);
}

#[test]
fn each_mosfet_is_its_own_bit_and_counter_and_watchdog_stay_on() {
    let cases = [
        (Command { charge: true, ..OFF }, 0x1C),
        (Command { discharge: true, ..OFF }, 0x2C),
        (Command { low_cell_precharge: true, ..OFF }, 0x4C),
    ];
    for (wanted, conf) in cases {
        let mut chip = chip();
        command(&mut chip, 1, &wanted, store(0x40, conf));
        command(&mut chip, 2, &OFF, store(0x40, 0x0C));
    }
}

#[test]
fn clearing_over_current_writes_0_1_0_and_leaves_the_permits_alone() {
    let mut chip = chip();
    command(&mut chip, 1, &BOTH, store(0x40, 0x3C));
    let clear = Command { clear_over_current: true, ..BOTH };
    let sequence = [write(0x40, 0x3C), write(0x40, 0xBC), write(0x40, 0x3C), read(0x40, &[0x3C])];
    command(&mut chip, 2, &clear, sequence);
    command(&mut chip, 3, &BOTH, []);
}

#[test]
fn clearing_over_current_takes_a_change_of_permits_along() {
    let mut chip = chip();
    let clear = Command { clear_over_current: true, ..BOTH };
    let sequence = [write(0x40, 0x3C), write(0x40, 0xBC), write(0x40, 0x3C), read(0x40, &[0x3C])];
    command(&mut chip, 1, &clear, sequence);
    command(&mut chip, 2, &BOTH, []);
}

#[test]
fn cells_1_to_8_are_the_low_balance_register_and_9_to_16_the_high_one() {
    for cell in 0..16 {
        let mut chip = chip();
        let register = if cell < 8 { 0x42 } else { 0x41 };
        let wanted = Command { bleed: 1 << cell, ..OFF };
        command(&mut chip, 1, &wanted, store(register, 1 << (cell % 8)));
    }
}

#[test]
fn cells_that_are_not_fitted_are_not_bled() {
    let mut chip = chip();
    command(&mut chip, 1, &Command { bleed: 0xFFFF_0000, ..OFF }, []);
}

#[test]
fn balancing_is_refreshed_every_30_seconds_only_where_a_bit_is_set() {
    let mut chip = chip();
    let bleed = Command { bleed: 0x0100, ..OFF };
    command(&mut chip, 1_000, &bleed, store(0x41, 0x01));
    command(&mut chip, 30_999, &bleed, []);
    command(&mut chip, 31_000, &bleed, store(0x41, 0x01));
    command(&mut chip, 60_999, &bleed, []);
    command(&mut chip, 61_000, &bleed, store(0x41, 0x01));
    command(&mut chip, 61_001, &OFF, store(0x41, 0x00));
    command(&mut chip, 600_000, &OFF, []);
}

/// Clearing a bit does not restart the chip's minute, so it must not put the refresh off.
#[test]
fn clearing_one_cell_does_not_delay_the_refresh_of_another() {
    let mut chip = chip();
    command(&mut chip, 0, &Command { bleed: 0x0003, ..OFF }, store(0x42, 0x03));
    let one = Command { bleed: 0x0001, ..OFF };
    command(&mut chip, 29_000, &one, store(0x42, 0x01));
    command(&mut chip, 29_999, &one, []);
    command(&mut chip, 30_000, &one, store(0x42, 0x01));
}

/// On any temperature protection the chip clears its balance registers and keeps them clear.
#[test]
fn balancing_that_the_chip_ended_is_set_again_when_the_chip_permits_it() {
    let bleed = Command { bleed: 0x0010, ..OFF };
    for bit in [0x01, 0x02, 0x04, 0x08] {
        let mut chip = chip();
        command(&mut chip, 1, &bleed, store(0x42, 0x10));
        let hot = Registers::at_rest().with(0x44, &[bit]);
        sample(&mut chip.0, &chip.1, &hot);
        command(&mut chip, 2, &bleed, []);
        sample(&mut chip.0, &chip.1, &Registers::at_rest());
        command(&mut chip, 3, &bleed, store(0x42, 0x10));
    }
}

#[test]
fn a_write_whose_checksum_was_damaged_on_the_way_is_repeated() {
    let mut chip = chip();
    let frame = vec![0x40, 0x3C, crc(&[0x34, 0x40, 0x3C])];
    let steps = [Step::Refuse(frame.clone()), Step::Write(frame), read(0x40, &[0x3C])];
    command(&mut chip, 1, &BOTH, steps);
}

#[test]
fn a_write_that_was_lost_is_repeated() {
    let mut chip = chip();
    let lost = [write(0x40, 0x3C), read(0x40, &[0x0C])];
    command(&mut chip, 1, &BOTH, lost.into_iter().chain(store(0x40, 0x3C)));
}

#[test]
fn a_write_that_never_holds_is_reported_and_then_everything_is_set_up_again() {
    let (mut driver, script) = chip();
    for _ in 0..3 {
        script.expect([write(0x40, 0x3C), read(0x40, &[0x0C])]);
    }
    assert_eq!(driver.command(ms(1), &BOTH), Err(AfeError::NotStored));
    assert!(script.is_done());
    let mut chip = (driver, script);
    let steps = store(0x40, 0x0C).into_iter().chain(crate::script::running());
    command(&mut chip, 2, &OFF, steps);
}

#[test]
fn a_silent_bus_is_given_up_after_three_attempts() {
    let (mut driver, script) = chip();
    script.expect(vec![Step::Silence; 3]);
    assert_eq!(driver.command(ms(1), &BOTH), Err(AfeError::Bus));
    assert!(script.is_done());
}
