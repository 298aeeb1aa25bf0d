//! Whatever is attached and switched in whatever order: the plant ends, its books close, current
//! flows only where a switch lets it, and the caller's steps change nothing.

mod plant_common;

use cell_models::presets;
use plant_common::{board, pack_of, plant};
use proptest::prelude::{Just, Strategy, prop, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, proptest};
use sim::plant::Plant;
use sim::setup::{Action, BoardSetup, Charger, Load};
use sim::time::{SimTime, Span};
use sim::trace::Switch;
use sim::world::{Level, Stop, World};

#[derive(Clone, Debug)]
enum Move {
    Outside(Action),
    Gate(Switch, bool),
    Wait(u64),
}

fn any_load() -> impl Strategy<Value = Load> {
    let henry = || prop_oneof![Just(0.0), Just(1e-6), Just(5e-6)];
    let bleeder = prop_oneof![Just(f64::INFINITY), Just(2e3)];
    let inverter = (henry(), 0.0..60.0, bleeder, prop_oneof![Just(0.0), Just(600.0)]);
    prop_oneof![
        (1.0..200.0).prop_map(Load::Current),
        (0.3..20.0).prop_map(Load::Resistance),
        (100.0..4000.0).prop_map(|watts| Load::Power { watts, cut_off_v: 42.0 }),
        (2e-3..50e-3, henry()).prop_map(|(ohm, henry)| Load::Short { ohm, henry }),
        inverter.prop_map(|(henry, start_v, bleeder_ohm, watts)| Load::Inverter {
            farad: 10e-3,
            ohm: 10e-3,
            henry,
            start_v,
            bleeder_ohm,
            watts,
            cut_off_v: 42.0,
        }),
    ]
}

fn any_move() -> impl Strategy<Value = Move> {
    let charger = (1.0..150.0, 50.0..59.0).prop_map(|(current_a, voltage_v)| {
        Action::ConnectCharger(Charger::ideal(current_a, voltage_v, 0.5))
    });
    let action = prop_oneof![
        any_load().prop_map(Action::ConnectLoad),
        charger,
        Just(Action::DisconnectLoad),
        Just(Action::DisconnectCharger),
    ];
    let switch = prop_oneof![
        3 => Just(Switch::Charge),
        3 => Just(Switch::Discharge),
        1 => Just(Switch::Precharge),
        1 => Just(Switch::LowCellPrecharge),
        1 => Just(Switch::Limiter),
    ];
    prop_oneof![
        action.prop_map(Move::Outside),
        (switch, prop::bool::weighted(0.6)).prop_map(|(switch, on)| Move::Gate(switch, on)),
        prop_oneof![1_000..400_000_u64, 1_000_000..900_000_000_u64].prop_map(Move::Wait),
    ]
}

fn step(plant: &mut Plant, to: SimTime) {
    let levels = [
        Level { comparator: 0, volts: -0.030 },
        Level { comparator: 1, volts: -0.080 },
        Level { comparator: 2, volts: 0.030 },
    ];
    let mut stops = 0;
    while plant.run_until(to, &levels).expect("the state stays finite") != Stop::Reached {
        stops += 1;
        assert!(stops < 200, "stops without end");
    }
}

fn play(moves: &[Move], chop: Option<Span>) -> Plant {
    let mut board = BoardSetup { sense_filter: Span::from_micros(30), board_a: 0.04, ..board() };
    (board.discharge_fall, board.charge_fall) = (Span::from_micros(150), Span::from_millis(3));
    let mut plant = plant(&pack_of(presets::lfp_100ah(), 16, 0.5), &board);
    for next in moves {
        match next {
            Move::Outside(action) => plant.apply(action),
            Move::Gate(switch, on) => plant.switch(*switch, *on),
            Move::Wait(nanos) => {
                let to = plant.now() + Span(*nanos);
                while let Some(chop) = chop.filter(|chop| plant.now() + *chop < to) {
                    let part = plant.now() + chop;
                    step(&mut plant, part);
                }
                step(&mut plant, to);
            }
        }
    }
    plant
}

/// Failures are not written beside the sources: the cases are few and drawn anew.
fn config() -> proptest::prelude::ProptestConfig {
    let failure_persistence = None;
    proptest::prelude::ProptestConfig { cases: 64, failure_persistence, ..Default::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn books_close_and_steps_change_nothing(moves in prop::collection::vec(any_move(), 1..24)) {
        let whole = play(&moves, None);
        let chopped = play(&moves, Some(Span(7_654_321)));
        prop_assert_eq!(whole.truth(), chopped.truth());
        let ledger = whole.ledger();
        let turnover = ledger.chemical_j.abs() + ledger.cell_heat_j + ledger.path_heat_j + 1.0;
        // A bolted short of a second, at 35 times the cells' rating, is the worst of these.
        prop_assert!(ledger.closure_j().abs() < 3e-5 * turnover, "{:?}", ledger);
        prop_assert!(ledger.path_heat_j > -1e-6 * turnover, "{:?}", ledger);
    }

    #[test]
    fn nothing_flows_through_open_switches(load in any_load(), current_a in 1.0..100.0) {
        let mut plant = play(&[Move::Gate(Switch::Charge, true)], None);
        plant.apply(&Action::ConnectLoad(load));
        step(&mut plant, SimTime::from_millis(50));
        // An inverter's capacitor above the pack may charge it; nothing may discharge it.
        prop_assert!(plant.truth().current_a >= 0.0);
        plant.switch(Switch::Charge, false);
        let charger = Charger::ideal(current_a, 58.0, 0.0);
        plant.apply(&Action::ConnectCharger(charger));
        step(&mut plant, SimTime::from_millis(100));
        prop_assert!(plant.truth().current_a.abs() <= 0.0);
    }
}
