//! What is broken in the virtual chip: each fault's effect, and that it ends.

mod afe_support;

use afe_support::{EEPROM, Rig, setup};
use sim::afe::{Chip, ChipEvent, ChipSetup, ResetKind};
use sim::fault::Fault;
use sim::time::{SimTime, Span};
use sim::trace::Switch;

/// 156.25 µV per count, in steps of four.
const CELL_3V3: u16 = 21_120;
const CELL_3V4: u16 = 21_760;

fn ms(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

/// A chip of the 200 A product, 1 s old.
fn started() -> Rig {
    let mut rig = Rig::new(EEPROM);
    rig.run_ms(1_000);
    rig
}

fn inject(rig: &mut Rig, fault: &Fault, begins: bool) {
    let now = rig.world.now;
    assert!(rig.chip.inject(now, fault, begins), "{fault}");
    rig.touch();
}

/// The register of cell `cell`, from 0, after two more cycles.
fn reading(rig: &mut Rig, cell: u8) -> u16 {
    rig.run_for(Span::from_millis(200));
    rig.word(0x4E + 2 * cell)
}

#[test]
fn a_frozen_channel_keeps_its_code_and_follows_again_when_it_ends() {
    let mut rig = started();
    inject(&mut rig, &Fault::ChannelFrozen { cell: 4 }, true);
    rig.cell(4, 3.4);
    rig.cell(5, 3.4);
    assert_eq!((reading(&mut rig, 4), reading(&mut rig, 5)), (CELL_3V3, CELL_3V4));
    inject(&mut rig, &Fault::ChannelFrozen { cell: 4 }, false);
    assert_eq!(reading(&mut rig, 4), CELL_3V4);
}

#[test]
fn a_frozen_converter_keeps_every_code_and_its_flag_goes_on_or_stops() {
    for flags_go_on in [true, false] {
        let fault = Fault::ConverterFrozen { flags_go_on };
        let mut rig = started();
        inject(&mut rig, &fault, true);
        rig.cell(0, 3.4);
        rig.shunt(-2e-3);
        rig.world.ntc_ohm = [20_000.0; 3];
        rig.read(0x71);
        rig.chip.take_alarm();
        rig.run_for(Span::from_millis(1_500));
        assert_eq!(rig.word(0x4E), CELL_3V3);
        assert_eq!(rig.word(0x4C), 0, "the fast current is frozen too");
        assert_eq!(rig.word(0x46), 16_384, "and so are the thermistors: half of the reference");
        assert_eq!(rig.read(0x71) & 0x10 != 0, flags_go_on);
        assert_eq!(rig.chip.take_alarm(), flags_go_on);
        inject(&mut rig, &fault, false);
        assert_eq!(reading(&mut rig, 0), CELL_3V4);
        assert_ne!(rig.read(0x71) & 0x10, 0);
    }
}

/// 30 mV are 48 steps of 625 µV, each four counts; −5 % of 3.3 V are 3.135 V.
#[test]
fn offset_gain_and_reference_change_the_code_by_what_they_say() {
    let cases = [
        (Fault::ChannelOffset { cell: 2, volts: 0.03 }, CELL_3V3 + 192, CELL_3V3),
        (Fault::ChannelOffset { cell: 2, volts: -0.03 }, CELL_3V3 - 192, CELL_3V3),
        (Fault::ChannelGain { cell: 2, share: -0.05 }, 20_064, CELL_3V3),
        (Fault::ReferenceDrift { share: -0.1 }, 19_008, 19_008),
    ];
    for (fault, own, other) in cases {
        let mut rig = started();
        inject(&mut rig, &fault, true);
        assert_eq!((reading(&mut rig, 2), reading(&mut rig, 3)), (own, other), "{fault}");
        inject(&mut rig, &fault, false);
        assert_eq!((reading(&mut rig, 2), reading(&mut rig, 3)), (CELL_3V3, CELL_3V3));
    }
}

#[test]
fn a_channel_with_an_alias_reads_the_cell_below() {
    let mut rig = started();
    inject(&mut rig, &Fault::ChannelAlias { cell: 5 }, true);
    rig.cell(4, 3.4);
    assert_eq!((reading(&mut rig, 5), reading(&mut rig, 4)), (CELL_3V4, CELL_3V4));
    rig.cell(5, 3.2);
    assert_eq!(reading(&mut rig, 5), CELL_3V4);
    inject(&mut rig, &Fault::ChannelAlias { cell: 5 }, false);
    assert_eq!(reading(&mut rig, 5), 20_480, "3.2 V");
}

fn noisy(seed: u64) -> Vec<f64> {
    let mut rig = Rig::with(&ChipSetup { seed, ..setup(EEPROM) });
    rig.run_ms(1_000);
    inject(&mut rig, &Fault::ChannelNoise { volts: 0.02 }, true);
    let mut readings = Vec::new();
    for cycle in 0..100 {
        rig.run_to(ms(1_200 + 100 * cycle));
        readings.extend((0..16).map(|cell| f64::from(rig.word(0x4E + 2 * cell)) * 156.25e-6));
    }
    readings
}

/// Over 1,600 readings the estimate of a standard deviation is good to 2 %; 8 % is four times that.
#[test]
fn noise_has_the_standard_deviation_that_was_asked_for_and_a_seed_of_its_own() {
    let readings = noisy(1);
    let count = f64::from(1_600);
    let mean = readings.iter().sum::<f64>() / count;
    let variance = readings.iter().map(|it| (it - mean) * (it - mean)).sum::<f64>() / count;
    assert!((mean - 3.3).abs() < 2e-3, "{mean}");
    let deviation = libm::sqrt(variance);
    assert!((deviation - 0.02).abs() < 0.08 * 0.02, "{deviation}");
    assert_eq!(noisy(1), readings);
    assert_ne!(noisy(2), readings);
}

/// 93.15 µV are ten counts of the coulomb counter (9.315 µV) and 12.5 of the fast converter.
#[test]
fn an_offset_of_the_current_converters_shows_in_both() {
    let mut rig = started();
    rig.write(0x40, 0x78);
    inject(&mut rig, &Fault::CurrentOffset { volts: 93.15e-6 }, true);
    rig.run_for(Span::from_millis(600));
    assert_eq!(rig.word(0x6E), 10);
    assert!((12..=13).contains(&rig.word(0x4C)), "{}", rig.word(0x4C));
    inject(&mut rig, &Fault::CurrentOffset { volts: 93.15e-6 }, false);
    rig.run_for(Span::from_millis(600));
    assert_eq!((rig.word(0x6E), rig.word(0x4C)), (0, 0));
}

/// SH367309 datasheet V1.2: 250 ms without drivers, then CONF permits all again and RST tells.
#[test]
fn a_reset_forgets_the_configuration_and_opens_the_mosfets_for_the_warm_up() {
    let mut rig = started();
    rig.write(0x40, 0x3C);
    rig.write(0x71, 0x00);
    assert_eq!(rig.read(0x71) & 0x80, 0);
    inject(&mut rig, &Fault::ChipReset, true);
    inject(&mut rig, &Fault::ChipReset, false);
    assert!(!rig.chip.drivers().discharge);
    assert_eq!(rig.first(ChipEvent::Reset(ResetKind::Supply), ms(1_000)), Some(ms(1_000)));
    rig.run_ms(1_300);
    assert_eq!(rig.first(ChipEvent::Ready, ms(1_000)), Some(ms(1_250)));
    assert_eq!((rig.read(0x40), rig.read(0x71) & 0x80), (0x70, 0x80));
    assert!(rig.chip.drivers().discharge);
}

#[test]
fn without_supply_the_chip_is_silent_until_a_warm_up_after_it_is_back() {
    let mut rig = started();
    inject(&mut rig, &Fault::ChipBrownOut, true);
    inject(&mut rig, &Fault::ChipReset, true);
    rig.run_ms(3_000);
    let mut answer = [0; 2];
    assert!(rig.chip.bus_write_read(ms(3_000), &[0x40, 1], &mut answer).is_err());
    assert!(!rig.chip.drivers().charge && !rig.chip.drivers().discharge);
    inject(&mut rig, &Fault::ChipBrownOut, false);
    rig.run_ms(3_400);
    assert_eq!(rig.first(ChipEvent::Ready, ms(1_001)), Some(ms(3_250)));
    assert!(rig.chip.drivers().discharge);
}

#[test]
fn of_two_brown_outs_the_longer_one_counts() {
    let mut rig = started();
    inject(&mut rig, &Fault::ChipBrownOut, true);
    inject(&mut rig, &Fault::ChipBrownOut, true);
    inject(&mut rig, &Fault::ChipBrownOut, false);
    rig.run_ms(2_000);
    assert_eq!(rig.first(ChipEvent::Ready, ms(1_001)), None);
    inject(&mut rig, &Fault::ChipBrownOut, false);
    rig.run_ms(2_400);
    assert_eq!(rig.first(ChipEvent::Ready, ms(1_001)), Some(ms(2_250)));
}

/// The 200 A product's OCD1: 30 mV for 4 s.
fn trip_of_ocd1(rig: &mut Rig) -> Span {
    use bms_core::protect::Reasons;
    let from = rig.world.now;
    rig.shunt(-0.035);
    rig.run_for(Span::from_millis(5_000));
    let latched = ChipEvent::Latched(Reasons::AFE_DISCHARGE_OC1, true);
    rig.first(latched, from).expect("4 s are over") - from
}

#[test]
fn a_fast_clock_shortens_cycles_and_delays_by_its_share() {
    let mut rig = started();
    assert_eq!(trip_of_ocd1(&mut rig), Span::from_millis(4_000));
    let mut rig = started();
    inject(&mut rig, &Fault::ChipClock { share: 0.25 }, true);
    assert_eq!(trip_of_ocd1(&mut rig), Span::from_millis(3_200));

    let mut rig = started();
    inject(&mut rig, &Fault::ChipClock { share: 0.25 }, true);
    let cycles = |rig: &mut Rig, span: Span| {
        let end = rig.world.now + span;
        let mut count = 0;
        rig.read(0x71);
        while rig.world.now < end {
            rig.run_for(Span::from_millis(1));
            count += u32::from(rig.read(0x71) & 0x10 != 0);
        }
        count
    };
    // 80 ms each, but for the one that had begun.
    assert!((12..=13).contains(&cycles(&mut rig, Span::from_millis(1_000))));
    inject(&mut rig, &Fault::ChipClock { share: 0.25 }, false);
    assert_eq!(cycles(&mut rig, Span::from_millis(1_000)), 10);
}

#[test]
fn a_delay_that_runs_ends_as_it_began() {
    use bms_core::protect::Reasons;
    let mut rig = started();
    rig.shunt(-0.035);
    inject(&mut rig, &Fault::ChipClock { share: 0.25 }, true);
    rig.run_for(Span::from_millis(4_500));
    let latched = ChipEvent::Latched(Reasons::AFE_DISCHARGE_OC1, true);
    assert_eq!(rig.first(latched, ms(0)), Some(ms(5_000)));
}

#[test]
fn a_dead_alarm_line_shows_no_edge_and_the_flags_stay_readable() {
    let mut rig = started();
    rig.chip.take_alarm();
    inject(&mut rig, &Fault::AlarmLost, true);
    rig.run_for(Span::from_millis(300));
    assert!(!rig.chip.take_alarm());
    assert_ne!(rig.read(0x71) & 0x10, 0);
    inject(&mut rig, &Fault::AlarmLost, false);
    assert!(!rig.chip.take_alarm(), "what was lost stays lost");
    rig.run_for(Span::from_millis(300));
    assert!(rig.chip.take_alarm());
}

/// Programs EEPROM byte 06h (UV) with `data` and answers what it holds then.
fn program(rig: &mut Rig, data: u8) -> u8 {
    rig.chip.set_vpro(rig.world.now, true);
    rig.run_for(Span::from_millis(11));
    rig.write(0x06, data);
    rig.run_for(Span::from_millis(36));
    rig.chip.set_vpro(rig.world.now, false);
    rig.chip.peek(0x06)
}

#[test]
fn without_its_programming_voltage_the_chip_protects_on_and_stores_nothing() {
    let mut rig = started();
    inject(&mut rig, &Fault::VproMissing, true);
    rig.chip.set_vpro(rig.world.now, true);
    rig.run_for(Span::from_millis(20));
    assert!(rig.chip.drivers().discharge, "write mode would have opened it");
    assert_eq!(program(&mut rig, 0x77), EEPROM[6]);
    inject(&mut rig, &Fault::VproMissing, false);
    assert_eq!(program(&mut rig, 0x77), 0x77);
}

#[test]
fn a_programming_voltage_that_arrives_late_still_arrives() {
    let mut rig = started();
    inject(&mut rig, &Fault::VproMissing, true);
    rig.chip.set_vpro(rig.world.now, true);
    rig.run_for(Span::from_millis(20));
    inject(&mut rig, &Fault::VproMissing, false);
    rig.run_for(Span::from_millis(11));
    assert!(!rig.chip.drivers().discharge);
}

#[test]
fn a_worn_eeprom_takes_as_many_bytes_as_were_left() {
    let mut rig = started();
    inject(&mut rig, &Fault::EepromWorn { after: 1 }, true);
    assert_eq!(program(&mut rig, 0x77), 0x77);
    assert_eq!(program(&mut rig, 0x78), 0x77);
    inject(&mut rig, &Fault::EepromWorn { after: 1 }, false);
    assert_eq!(program(&mut rig, 0x78), 0x78);
}

#[test]
fn an_erased_eeprom_reads_ones_from_the_byte_on_and_keeps_its_trim() {
    let mut rig = started();
    inject(&mut rig, &Fault::EepromErased { from: 0x10 }, true);
    let read: Vec<u8> = (0..26).map(|address| rig.chip.peek(address)).collect();
    assert_eq!(read[..0x10], EEPROM[..0x10]);
    assert_eq!(read[0x10..0x19], [0xFF; 9]);
    assert_eq!(read[0x19], EEPROM[0x19]);
    inject(&mut rig, &Fault::EepromErased { from: 0x10 }, false);
    assert_eq!(rig.chip.peek(0x10), 0xFF, "what is erased stays so");
}

#[test]
fn faults_of_channels_that_the_chip_does_not_have_are_not_its_own() {
    let chip = || Chip::new(&ChipSetup { cells: 8, ..setup(EEPROM) });
    let takes = |fault| chip().inject(SimTime::ZERO, &fault, true);
    assert!(takes(Fault::ChannelFrozen { cell: 7 }));
    assert!(!takes(Fault::ChannelFrozen { cell: 8 }));
    assert!(takes(Fault::ChannelAlias { cell: 7 }));
    assert!(!takes(Fault::ChannelAlias { cell: 0 }), "nothing lies below the lowest");
    assert!(!takes(Fault::StuckOn(Switch::Charge)));
    assert!(!takes(Fault::BusStuck));
}
