//! What must hold whatever the inputs are.

mod common;

use bms_core::afe::{AfeError, AfeFlags};
use bms_core::bms::SLEEP_MAX;
use bms_core::controller::ASLEEP_LOOK;
use bms_core::mode::Mode;
use bms_core::params::Params;
use bms_core::power::Blockers;
use bms_core::protect::Reasons;
use bms_core::units::{BasisPoints, Millivolts};
use common::{Bench, samples};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{collection, proptest};

/// Something happens, then time passes.
#[derive(Clone, Debug)]
struct Turn {
    event: Event,
    milliseconds: u64,
}

#[derive(Clone, Debug)]
enum Event {
    Cell(usize, i32),
    Current(i32),
    Temperature(usize, i16),
    Ratio(usize, u16),
    Latch(AfeFlags),
    Port(i32),
    Error(Option<AfeError>),
    Frozen(bool),
    Button,
    Emergency(bool),
    Ctl(bool),
}

fn event() -> impl Strategy<Value = Event> {
    let latches = AfeFlags::SHORT_CIRCUIT
        | AfeFlags::DISCHARGE_OC1
        | AfeFlags::DISCHARGE_OC2
        | AfeFlags::CHARGE_OC
        | AfeFlags::UNEXPECTED_RESET
        | AfeFlags::WATCHDOG;
    let volts = prop_oneof![1_900..4_100_i32, Just(3_300), Just(-1), Just(5_200)];
    prop_oneof![
        (0..16_usize, volts).prop_map(|(cell, volts)| Event::Cell(cell, volts * 1_000)),
        (-300_000..300_000_i32).prop_map(Event::Current),
        (0..3_usize, -5_000..13_000_i16).prop_map(|(sensor, t)| Event::Temperature(sensor, t)),
        (0..4_usize, 0..=32_768_u16).prop_map(|(sensor, ratio)| Event::Ratio(sensor, ratio)),
        any::<u32>()
            .prop_map(move |bits| Event::Latch(AfeFlags::from_bits_truncate(bits) & latches)),
        (0..60_000_i32).prop_map(Event::Port),
        prop_oneof![Just(None), Just(Some(AfeError::Bus))].prop_map(Event::Error),
        any::<bool>().prop_map(Event::Frozen),
        Just(Event::Button),
        any::<bool>().prop_map(Event::Emergency),
        any::<bool>().prop_map(Event::Ctl),
    ]
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = (event(), 0..12_000_u64);
    collection::vec(turn.prop_map(|(event, milliseconds)| Turn { event, milliseconds }), 1..25)
}

fn products() -> impl Strategy<Value = Params> {
    let product = prop_oneof![Just(samples::ps_15016()), Just(samples::ps_20016s())];
    (product, any::<u8>()).prop_map(|(mut params, options)| {
        let option = |bit: u8| options & (1 << bit) != 0;
        params.limiter.fitted = option(0);
        params.system.low_cell_precharge = option(1);
        params.system.charge_mos_recovery = option(2);
        params.system.over_current_opens_both = option(3);
        params.system.under_voltage_opens_both = option(4);
        params.system.low_voltage_prohibit = option(5);
        params.system.load_lock = option(6);
        params.precharge.on_short_circuit = option(7);
        params
    })
}

fn apply(bench: &mut Bench, event: &Event) {
    match *event {
        Event::Cell(cell, microvolts) => bench.script().cells[cell] = microvolts,
        Event::Current(current) => bench.script().current = current,
        Event::Temperature(sensor, value) => bench.script().temperatures[sensor] = value,
        Event::Ratio(sensor, ratio) => bench.board.ntc[sensor] = ratio,
        Event::Latch(latches) => bench.script().latches = latches,
        Event::Port(port) => bench.board.port = Millivolts(port),
        Event::Error(error) => bench.script().error = error,
        Event::Frozen(frozen) => bench.script().frozen = frozen,
        Event::Emergency(open) => bench.board.emergency_open = open,
        Event::Ctl(low) => bench.board.ctl_low = low,
        Event::Button => {
            bench.board.button = true;
            bench.serve();
            check(bench);
            bench.board.button = false;
        }
    }
}

/// Reasons against which discharge current may still use the charge MOSFET (PS-MOS-1).
const SPARED: Reasons = Reasons::OVER_VOLTAGE
    .union(Reasons::ABNORMAL_HIGH_VOLTAGE)
    .union(Reasons::CELL_CHARGE_HOT)
    .union(Reasons::CELL_CHARGE_COLD)
    .union(Reasons::MOS_CHARGE_HOT)
    .union(Reasons::MOS_CHARGE_COLD);

/// Reasons that open both MOSFETs under every option.
const ALWAYS_BOTH: Reasons =
    Reasons::FRONT_END.union(Reasons::SENSOR).union(Reasons::EMERGENCY_STOP);

fn check(bench: &Bench) {
    let decision = bench.last;
    let gates = decision.gates;
    let blockers = Blockers::new(bench.controller.bms().params());
    let stopped = decision.active.intersects(ALWAYS_BOTH);
    let dark = matches!(decision.mode, Mode::Off | Mode::Sleep | Mode::Starting);
    if dark || stopped {
        assert!(!gates.charge && !gates.discharge, "{decision:?}");
        let others = [gates.limiter, gates.low_cell_precharge, gates.precharge];
        assert_eq!(others, [false; 3], "{decision:?}");
    }
    assert!(!gates.discharge || !decision.active.intersects(blockers.discharge), "{decision:?}");
    // A charger is the way out of an under-voltage that opens both.
    let blocked = (decision.active & blockers.charge) - Reasons::UNDER_VOLTAGE;
    let spared = decision.mode == Mode::Discharge && SPARED.contains(blocked);
    assert!(!gates.charge || blocked.is_empty() || spared, "{decision:?}");
    assert!(!(gates.limiter || gates.low_cell_precharge) || blocked.is_empty(), "{decision:?}");
    assert!(!gates.precharge || decision.active.contains(Reasons::SHORT_CIRCUIT), "{decision:?}");
    assert!((decision.active & decision.pending).is_empty(), "{decision:?}");
    let longest = if decision.mode.is_down() { ASLEEP_LOOK } else { SLEEP_MAX };
    assert!(decision.wake.as_micros() <= bench.now + longest.as_micros());
    assert!((BasisPoints(0)..=BasisPoints(10_000)).contains(&decision.soc));
}

/// Every record but the newest of its kind has ended, and the newest has ended or is in force.
fn check_history(bench: &Bench) {
    for reason in Reasons::all().iter() {
        let records = bench.records(reason);
        let open = records.iter().filter(|record| record.left.is_none()).count();
        let active = bench.last.active.contains(reason);
        assert!(open <= 1 && (open == 0 || active), "{reason:?} {records:?}");
        for pair in records.windows(2) {
            let left = pair[0].left.expect("only the newest record is open").at;
            assert!(pair[0].entered.at <= left && left <= pair[1].entered.at, "{reason:?}");
        }
    }
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_gate_is_on_against_a_reason_and_every_entry_has_one_exit(
        params in products(),
        turns in turns(),
    ) {
        let mut bench = Bench::new(&params);
        for turn in &turns {
            apply(&mut bench, &turn.event);
            bench.serve();
            check(&bench);
            let end = bench.now + turn.milliseconds * 1_000;
            while bench.now < end {
                let next = (bench.now + 50_000).min(end);
                bench.run_to(next);
                check(&bench);
            }
        }
        check_history(&bench);
    }
}

/// The anchor of the property: with nothing wrong, both MOSFETs are on.
#[test]
fn with_nothing_wrong_both_mosfets_are_on() {
    for params in [samples::ps_15016(), samples::ps_20016s()] {
        let mut bench = Bench::new(&params);
        bench.run_to(common::SECOND);
        check(&bench);
        assert!(bench.last.gates.charge && bench.last.gates.discharge);
    }
}
