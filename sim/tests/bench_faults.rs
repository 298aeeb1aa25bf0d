//! The whole loop with something broken in chip, bus or microcontroller: what the firmware does
//! about it, how soon, and that it is over when the fault is.

mod bench_common;

use bench_common::{LEVELS, at_both, broken, held, ms, twenty_seconds};
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use sim::fault::Fault;
use sim::setup::{
    Action, ForcedSetup, FrontEndLevel, Profile, Setup, Shape, TimedAction, WorldSetup,
};
use sim::time::{SimTime, Span};
use sim::trace::{EventKind, Outcome, Switch, Trace};

/// A 200 A board whose sixteen cells rest at 3.3 V while a load draws 20 A, for 20 s.
fn setup(faults: &[(u64, u64, Fault)]) -> Setup {
    let mut timeline = Vec::new();
    for (from, to, fault) in faults {
        let action = |begins| Action::Fault(fault.clone(), begins);
        timeline.push(TimedAction { at: ms(*from), action: action(true) });
        timeline.push(TimedAction { at: ms(*to), action: action(false) });
    }
    timeline.sort_by_key(|step| step.at);
    let front_end = FrontEndLevel::Register;
    Setup { timeline, front_end, ..twenty_seconds(WorldSetup::Forced(held(3.3, -20.0))) }
}

fn forced(setup: &mut Setup) -> &mut ForcedSetup {
    match &mut setup.world {
        WorldSetup::Forced(forced) => forced,
        WorldSetup::ClosedLoop(_) => panic!("the world of these tests is forced"),
    }
}

/// Cell 7 at 3.85 V, above the product's 3.75 V, and no current that would lift the protection.
fn over_voltage_from_5_s(setup: &mut Setup) {
    let points = vec![(ms(0), 3.3), (ms(5_000), 3.85)];
    forced(setup).cells[6] = Profile { points, shape: Shape::Step };
    forced(setup).current = Profile::constant(0.0);
}

fn run(setup: &Setup) -> Trace {
    let trace = sim::bench::run(setup);
    assert_eq!(trace.outcome, Outcome::Completed);
    trace
}

/// The run at both levels, which must tell the same story; no hazard in it.
fn both(setup: &Setup) -> Trace {
    let [register, _] = at_both(setup);
    assert_eq!(register.outcome, Outcome::Completed);
    assert!(register.events.len() > 5);
    assert_eq!(broken(&register), [] as [&str; 0]);
    register
}

fn times(trace: &Trace, wanted: &EventKind) -> Vec<SimTime> {
    trace.events.iter().filter(|event| event.kind == *wanted).map(|event| event.at).collect()
}

fn enters(trace: &Trace, reason: Reasons) -> Vec<SimTime> {
    times(trace, &EventKind::Protection(reason, true))
}

fn exits(trace: &Trace, reason: Reasons) -> Vec<SimTime> {
    times(trace, &EventKind::Protection(reason, false))
}

fn within(at: SimTime, low: u64, high: u64) {
    assert!(at >= ms(low) && at <= ms(high), "{at} is not within {low} and {high} ms");
}

/// The discharge MOSFET's driver at the end.
fn discharge_on(trace: &Trace) -> bool {
    let edges = trace.events.iter().rev().find_map(|event| match event.kind {
        EventKind::Commanded(Switch::Discharge, on) => Some(on),
        _ => None,
    });
    edges.unwrap_or(false)
}

/// The moments at which the drivers of both MOSFETs go off and on after the start.
fn openings(trace: &Trace) -> Vec<(SimTime, bool)> {
    let edge = |event: &sim::trace::Event| match event.kind {
        EventKind::Commanded(Switch::Discharge, on) if event.at > ms(1_000) => Some((event.at, on)),
        _ => None,
    };
    trace.events.iter().filter_map(edge).collect()
}

#[test]
fn a_fault_leaves_its_beginning_and_its_end_in_the_trace() {
    let trace = both(&setup(&[(5_000, 8_000, Fault::AlarmLost)]));
    assert_eq!(times(&trace, &EventKind::Fault(Fault::AlarmLost, true)), [ms(5_000)]);
    assert_eq!(times(&trace, &EventKind::Fault(Fault::AlarmLost, false)), [ms(8_000)]);
}

/// The oldest reading that may keep a MOSFET on is 1 s old.
#[test]
fn a_converter_that_stops_opens_both_mosfets_within_a_second() {
    let frozen = Fault::ConverterFrozen { flags_go_on: false };
    let trace = both(&setup(&[(5_000, 8_000, frozen)]));
    let [entered] = enters(&trace, Reasons::FRONT_END)[..] else { panic!("one fault") };
    within(entered, 5_850, 6_010);
    let [(off, false), (on, true)] = openings(&trace)[..] else { panic!("one opening") };
    within(off, 5_850, 6_010);
    within(on, 8_000, 8_300);
    within(exits(&trace, Reasons::FRONT_END)[0], 8_000, 8_200);
}

#[test]
fn attempts_that_fail_are_repeated_without_anybody_noticing() {
    let healthy = both(&setup(&[]));
    let trace = both(&setup(&[(5_000, 6_000, Fault::BusNack { count: 2 })]));
    let quiet = |trace: &Trace| {
        let is_fault =
            |kind: &EventKind| matches!(kind, EventKind::Fault(..) | EventKind::Stimulus(_));
        let kept = trace.events.iter().filter(|event| !is_fault(&event.kind));
        kept.cloned().collect::<Vec<_>>()
    };
    assert_eq!(quiet(&trace), quiet(&healthy));
}

#[test]
fn a_burst_of_failures_opens_the_mosfets_until_the_front_end_is_started_anew() {
    for count in [3, 9, 30, 50] {
        let trace = both(&setup(&[(5_000, 15_000, Fault::BusNack { count })]));
        within(enters(&trace, Reasons::FRONT_END)[0], 5_000, 5_200);
        within(exits(&trace, Reasons::FRONT_END)[0], 5_000, 6_000);
        let openings = openings(&trace);
        assert!(!openings.is_empty() && discharge_on(&trace), "{count}: {openings:?}");
    }
}

/// PS-PWR: the chip's watchdog of 4 s is the last resort when nothing can be told to it.
#[test]
fn a_stuck_bus_ends_with_the_watchdog_and_its_end_with_mosfets_that_are_on() {
    let trace = both(&setup(&[(5_000, 12_000, Fault::BusStuck)]));
    within(enters(&trace, Reasons::FRONT_END)[0], 5_000, 5_200);
    let [(off, false), (on, true)] = openings(&trace)[..] else { panic!("{:?}", openings(&trace)) };
    within(off, 8_800, 9_010);
    within(on, 12_000, 14_300);
}

#[test]
fn a_few_wrong_checksums_change_nothing() {
    let trace = both(&setup(&[(2_000, 18_000, Fault::BusChecksum { ppm: 20_000 })]));
    assert_eq!(enters(&trace, Reasons::FRONT_END), []);
    assert_eq!(openings(&trace), []);
}

/// Half of all frames wrong: three attempts fail in every eighth transaction.
#[test]
fn many_wrong_checksums_are_a_fault_that_ends_with_them() {
    let trace = run(&setup(&[(2_000, 12_000, Fault::BusChecksum { ppm: 500_000 })]));
    assert!(!enters(&trace, Reasons::FRONT_END).is_empty());
    assert!(discharge_on(&trace));
    let last = openings(&trace).last().copied();
    within(last.expect("it opened").0, 2_000, 14_500);
}

#[test]
fn frames_that_arrive_twice_change_nothing() {
    let setup = setup(&[(2_000, 18_000, Fault::BusDuplicate { ppm: 300_000 })]);
    let trace = run(&setup);
    assert_eq!(enters(&trace, Reasons::FRONT_END), []);
    assert_eq!(openings(&trace), []);
    assert_eq!(broken(&trace), [] as [&str; 0]);
    let healthy = run(&self::setup(&[]));
    assert!(trace.stats.bus_bytes > healthy.stats.bus_bytes * 6 / 5, "they did arrive twice");
}

/// The first reading of a frame that always arrives twice clears what tells that it is fresh.
#[test]
fn answers_that_all_arrive_twice_are_never_fresh_which_is_a_fault() {
    let trace = run(&setup(&[(5_000, 8_000, Fault::BusDuplicate { ppm: 1_000_000 })]));
    within(enters(&trace, Reasons::FRONT_END)[0], 5_900, 6_010);
    within(exits(&trace, Reasons::FRONT_END)[0], 8_000, 8_200);
}

/// Wrong bits under right checksums may trip what they please, but the loop goes on and gets well.
#[test]
fn wrong_bits_are_survived() {
    for seed in 1..=6 {
        let broken = setup(&[(2_000, 12_000, Fault::BusFlip { ppm: 10_000 })]);
        let trace = run(&Setup { seed, ..broken });
        let healthy = run(&setup(&[]));
        assert_ne!(trace.digest, healthy.digest);
        let last = trace.rows.last().expect("rows are recorded");
        assert_ne!(last.decision.mode, Mode::Off);
        let blind = Reasons::FRONT_END | Reasons::SENSOR;
        assert!(!last.decision.active.intersects(blind), "{seed}: {:?}", last.decision.active);
    }
}

/// One frame in ten with a wrong bit: the pack may stay open as long as that lasts, and is back 12 s
/// after it at the latest (10 s until the EEPROM may be programmed once more, 35 ms a byte, two
/// starts). Nothing wrong is left in the EEPROM.
#[test]
fn a_bus_full_of_wrong_bits_does_not_lock_the_pack_for_ever() {
    for seed in 1..=12 {
        let broken = setup(&[(2_000, 7_000, Fault::BusFlip { ppm: 100_000 })]);
        let trace = run(&Setup { seed, ..broken });
        let last = trace.rows.last().expect("rows are recorded");
        let blind = Reasons::FRONT_END | Reasons::SENSOR;
        assert!(!last.decision.active.intersects(blind), "{seed}: {:?}", last.decision.active);
    }
}

#[test]
fn what_has_no_bytes_cannot_break_in_its_bytes_and_says_so() {
    for fault in [Fault::BusFlip { ppm: 1 }, Fault::BusDuplicate { ppm: 1 }] {
        let setup = Setup { front_end: FrontEndLevel::Value, ..setup(&[(5_000, 6_000, fault)]) };
        let told = broken(&run(&setup));
        assert!(told[0].contains("nothing in this run can break so"), "{told:?}");
    }
}

#[test]
fn forced_values_have_no_switch_that_could_stick() {
    let told = broken(&run(&setup(&[(5_000, 6_000, Fault::StuckOn(Switch::Charge))])));
    assert_eq!(told.len(), 2, "{told:?}");
}

/// 250 ms of warm-up, then the set-up that the chip has forgotten.
#[test]
fn a_chip_that_resets_itself_is_set_up_again_within_a_second() {
    let trace = both(&setup(&[(5_000, 5_000, Fault::ChipReset)]));
    within(enters(&trace, Reasons::FRONT_END)[0], 5_000, 5_400);
    within(exits(&trace, Reasons::FRONT_END)[0], 5_250, 6_000);
    let [(off, false), .., (on, true)] = openings(&trace)[..] else { panic!("it opens") };
    assert_eq!(off, ms(5_000));
    within(on, 5_250, 6_000);
}

/// The chip forgets the latch of its over-current with the reset; the firmware's own protection
/// must not.
#[test]
fn a_reset_during_over_voltage_does_not_close_the_charge_mosfet() {
    let mut setup = setup(&[(12_003, 12_003, Fault::ChipReset)]);
    over_voltage_from_5_s(&mut setup);
    let trace = both(&setup);
    within(enters(&trace, Reasons::OVER_VOLTAGE)[0], 9_000, 9_300);
    assert_eq!(exits(&trace, Reasons::OVER_VOLTAGE), []);
    // A reset permits every driver; the firmware asks every 10 ms and takes the permits back.
    let edges = [true, false].map(|on| {
        let edges = times(&trace, &EventKind::Commanded(Switch::Charge, on));
        edges.into_iter().filter(|at| *at > ms(9_300)).collect::<Vec<_>>()
    });
    let ([closed], [opened]) = (&edges[0][..], &edges[1][..]) else { panic!("{edges:?}") };
    assert!(opened.0 - closed.0 <= 10_000_000, "{closed} to {opened}");
}

#[test]
fn a_chip_without_supply_is_a_fault_until_it_is_back() {
    let trace = both(&setup(&[(5_000, 7_000, Fault::ChipBrownOut)]));
    within(enters(&trace, Reasons::FRONT_END)[0], 5_000, 6_010);
    let [(off, false), .., (on, true)] = openings(&trace)[..] else { panic!("it opens") };
    assert_eq!(off, ms(5_000));
    within(on, 7_250, 9_300);
    assert!(discharge_on(&trace));
}

/// Without its edges the firmware still looks once per second.
#[test]
fn a_lost_alarm_costs_a_second_at_most() {
    let over_voltage = |faults: &[(u64, u64, Fault)]| {
        let mut setup = setup(faults);
        over_voltage_from_5_s(&mut setup);
        let trace = both(&setup);
        enters(&trace, Reasons::OVER_VOLTAGE)[0]
    };
    let (healthy, lost) = (over_voltage(&[]), over_voltage(&[(3_000, 19_000, Fault::AlarmLost)]));
    assert!(lost > healthy && lost.0 <= healthy.0 + 1_100_000_000, "{healthy} {lost}");
}

#[test]
fn a_ctl_line_that_is_stuck_low_opens_both_and_its_end_closes_them() {
    let trace = both(&setup(&[(5_000, 8_000, Fault::CtlStuckLow)]));
    assert_eq!(enters(&trace, Reasons::CTL_LOW), [ms(5_000)]);
    assert_eq!(exits(&trace, Reasons::CTL_LOW), [ms(8_000)]);
    let [(off, false), (on, true)] = openings(&trace)[..] else { panic!("one opening") };
    assert_eq!(off, ms(5_000));
    within(on, 8_000, 8_001);
}

#[test]
fn a_ctl_line_that_is_stuck_high_hides_what_drives_it() {
    let mut setup = setup(&[(3_000, 8_000, Fault::CtlStuckHigh)]);
    setup.timeline.push(TimedAction { at: ms(5_000), action: Action::CtlLow(true) });
    setup.timeline.sort_by_key(|step| step.at);
    let trace = both(&setup);
    assert_eq!(enters(&trace, Reasons::CTL_LOW), [ms(8_000)], "only when the line is free again");
}

/// The chip's watchdog of 4 s counts from the last exchange.
#[test]
fn a_processor_that_stalls_loses_its_mosfets_to_the_watchdog_and_gets_them_back() {
    let trace = both(&setup(&[(5_000, 12_000, Fault::ProcessorStalled)]));
    let [(off, false), (on, true)] = openings(&trace)[..] else { panic!("{:?}", openings(&trace)) };
    within(off, 8_800, 9_000);
    within(on, 12_000, 13_000);
    let stalled = trace.events.iter().filter(|event| {
        event.at > ms(5_000)
            && event.at < ms(12_000)
            && matches!(event.kind, EventKind::Protection(..) | EventKind::Sampled(..))
    });
    assert_eq!(stalled.count(), 0, "the firmware did nothing");
}

#[test]
fn a_short_stall_goes_unnoticed() {
    let trace = both(&setup(&[(5_000, 5_800, Fault::ProcessorStalled)]));
    assert_eq!(openings(&trace), []);
    assert_eq!(enters(&trace, Reasons::FRONT_END), []);
}

/// Nothing outlives this firmware's supply: the pack is off until its button is pressed.
#[test]
fn a_processor_that_restarts_opens_both_mosfets_and_closes_none_by_itself() {
    let trace = both(&setup(&[(5_000, 6_000, Fault::ProcessorBrownOut)]));
    let [(off, false)] = openings(&trace)[..] else { panic!("{:?}", openings(&trace)) };
    within(off, 6_000, 6_100);
    assert_eq!(times(&trace, &EventKind::Mode(Mode::Off)), [ms(5_000)]);
    assert!(!discharge_on(&trace));
    let mut pressed = setup(&[(5_000, 6_000, Fault::ProcessorBrownOut)]);
    pressed.timeline.push(TimedAction { at: ms(10_000), action: Action::PressButton });
    let trace = both(&pressed);
    assert!(discharge_on(&trace));
    within(openings(&trace)[1].0, 10_000, 11_000);
}

#[test]
fn a_processor_that_stays_dark_loses_its_mosfets_to_the_watchdog() {
    let trace = both(&setup(&[(5_000, 15_000, Fault::ProcessorBrownOut)]));
    let [(off, false)] = openings(&trace)[..] else { panic!("{:?}", openings(&trace)) };
    within(off, 8_800, 9_000);
}

/// 25 % faster: its 4 s of over-voltage take 3.2 s, counted from the sample that sees it.
#[test]
fn a_fast_processor_clock_shortens_the_firmwares_delays_only() {
    let over_voltage = |faults: &[(u64, u64, Fault)]| {
        let mut setup = setup(faults);
        over_voltage_from_5_s(&mut setup);
        setup.params.voltage.over = bms_core::units::Millivolts(3_700);
        let trace = both(&setup);
        let seen = times(&trace, &EventKind::Sampled(Reasons::OVER_VOLTAGE, true))[0];
        enters(&trace, Reasons::OVER_VOLTAGE)[0] - seen
    };
    let clock = Fault::ProcessorClock { share: 0.25 };
    assert_eq!(over_voltage(&[]), Span::from_millis(4_000));
    assert_eq!(over_voltage(&[(3_000, 19_000, clock.clone())]), Span::from_millis(3_200));
    assert_eq!(over_voltage(&[(1_000, 3_000, clock)]), Span::from_millis(4_000));
}

/// An image that was torn is written anew before any MOSFET closes (250 ms warm-up and 35 ms per byte).
#[test]
fn an_erased_image_is_programmed_anew_before_anything_closes() {
    let trace = both(&setup(&[(0, 0, Fault::EepromErased { from: 0x10 })]));
    assert_eq!(trace.stats.eeprom_writes, 9);
    let on = EventKind::Commanded(Switch::Discharge, true);
    let first = times(&trace, &on).into_iter().find(|at| *at > ms(300));
    within(first.expect("it closes"), 700, 2_000);
    assert!(discharge_on(&trace));
}

#[test]
fn without_its_programming_voltage_a_torn_image_keeps_everything_open() {
    let torn = (0, 0, Fault::EepromErased { from: 0x10 });
    for second in [Fault::VproMissing, Fault::EepromWorn { after: 4 }] {
        let setup = setup(&[torn.clone(), (0, 20_000, second.clone())]);
        for front_end in LEVELS {
            let trace = run(&Setup { front_end, ..setup.clone() });
            within(enters(&trace, Reasons::FRONT_END)[0], 5_000, 5_100);
            assert!(!discharge_on(&trace), "{second} {front_end:?}");
        }
    }
}

#[test]
fn an_open_sensor_of_noise_a_frozen_channel_and_a_drift_run_together() {
    let faults = [
        (3_000, 9_000, Fault::ChannelNoise { volts: 0.005 }),
        (4_000, 8_000, Fault::ChannelFrozen { cell: 3 }),
        (5_000, 10_000, Fault::ReferenceDrift { share: 0.01 }),
        (6_000, 6_000, Fault::ChipReset),
        (7_000, 7_500, Fault::BusNack { count: 7 }),
    ];
    let trace = both(&setup(&faults));
    assert!(discharge_on(&trace));
    assert_eq!(trace.digest, run(&setup(&faults)).digest);
}
