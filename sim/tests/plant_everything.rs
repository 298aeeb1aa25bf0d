//! A day on which every part of the plant is at work at once: the books of the whole pack close.

mod plant_common;

use bms_core::bms::Transfer;
use cell_models::presets;
use plant_common::{board, pack_of, run};
use sim::parts::{
    BalancerParts, BusCapacitor, Cable, Fuse, HeatParts, Heater, HeaterTap, Impedance,
    LimiterParts, MosfetParts, PackParts, PathParts, ResistorParts, SenseParts, ShuntParts, Supply,
    ThermalNetwork, Thermostat,
};
use sim::plant::Plant;
use sim::setup::{Action, BoardSetup, Charger, Hiccup, Load, Manner, PackSetup};
use sim::time::{SimTime, Span};
use sim::trace::{Ledger, Switch};
use sim::world::World;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Two cells of 100 Ah in parallel, sixteen groups, all different, with every loss a cell can have.
fn pack() -> PackSetup {
    let mut cell = presets::lfp_100ah();
    cell.leakage_ohm = 2_000.0;
    PackSetup {
        parallel: 2,
        parts: PackParts {
            capacity_spread: 0.01,
            resistance_spread: 0.05,
            joint_ohm: 50e-6,
            contact_ohm: 100e-6,
            busbar_ohm: 20e-6,
            sense: SenseParts { filter_ohm: 1e3, filter_farad: 100e-9, ..SenseParts::default() },
            balancer: BalancerParts {
                period: Span::from_millis(4_000),
                duty: 0.75,
                quiescent_a: 5e-3,
            },
            ..PackParts::default()
        },
        ambient_c: 5.0,
        ..pack_of(cell, 32, 0.4)
    }
}

/// A board with nothing ideal about it.
fn real_board(tap: HeaterTap) -> BoardSetup {
    BoardSetup {
        board_a: 0.04,
        discharge_fall: Span::from_micros(150),
        charge_fall: Span::from_micros(500),
        path: PathParts {
            shunt: ShuntParts {
                tempco_per_k: 75e-6,
                heating: Some(Impedance { k_w: 2.0, tau_s: 20.0 }),
                ..ShuntParts::default()
            },
            mosfets: MosfetParts {
                channel_share: 0.7,
                hot_ratio: 1.6,
                junction: Some(Impedance { k_w: 0.05, tau_s: 5e-3 }),
                clamp_v: Some(90.0),
                ..MosfetParts::default()
            },
            fuse: Some(Fuse { ohm: 150e-6, melting_a2s: 6e5, cooling_s: 60.0 }),
            precharge: Some(ResistorParts { heat_j_k: 20.0, to_ambient_w_k: 0.3, limit_c: 250.0 }),
            limiter: LimiterParts::default(),
            cable: Cable { ohm: 2e-3, henry: 2e-6 },
            // Without a bleeder, which would keep the charger from giving up.
            bus: Some(BusCapacitor {
                farad: 2e-3,
                ohm: 4e-3,
                bleeder_ohm: f64::INFINITY,
                start_v: 0.0,
            }),
            freewheel_v: Some(0.9),
            let_through_above_a: Some(400.0),
        },
        heat: HeatParts {
            network: Some(ThermalNetwork::default()),
            heater: Some(Heater {
                watts: 200.0,
                at_v: 52.0,
                heat_j_k: 400.0,
                to_cells_w_k: 20.0,
                tap,
                thermostat: Some(Thermostat { open_c: 35.0, close_c: 25.0 }),
            }),
            supply: Supply { limiter_a: 0.02, balancing_a: 0.01, sleep_a: None, off_a: None },
            ..HeatParts::default()
        },
        ..board()
    }
}

/// One thing that is done to the plant.
enum Deed {
    Act(Action),
    Switch(Switch, bool),
    Balance(Option<Transfer>, u32),
    /// The pack current now lies within, ampere.
    Current(RangeInclusive<f64>),
}

fn charger(current_a: f64) -> Action {
    let manner = Manner {
        overshoot: 0.1,
        overshoot_s: 0.05,
        farad: 2e-3,
        ohm: 20e-3,
        dump_v: Some(60.0),
        dump: Span::from_millis(20),
        hiccup: Some(Hiccup { after: Span::from_millis(5_000), pause: Span::from_millis(4_000) }),
        ..Manner::default()
    };
    Action::ConnectCharger(Charger { manner, ..Charger::ideal(current_a, 55.0, 2.0) })
}

fn day() -> Vec<(u64, Deed)> {
    let inverter = Load::Inverter {
        farad: 10e-3,
        ohm: 20e-3,
        henry: 1e-6,
        start_v: 0.0,
        bleeder_ohm: 10e3,
        watts: 1_500.0,
        cut_off_v: 42.0,
    };
    let rippling =
        Load::Rippling { load: Arc::new(Load::Current(40.0)), rms_a: 12.0, resolved_hz: None };
    let motor = Load::Motor { ampere: 30.0, inrush: 5.0, decay_s: 0.08 };
    let transfer = Some(Transfer { donor: 3, receiver: 11 });
    let mut deeds = vec![
        (0, Deed::Switch(Switch::Charge, true)),
        (0, Deed::Switch(Switch::Discharge, true)),
        (60, Deed::Act(Action::Heater(true))),
        (100, Deed::Act(charger(50.0))),
        (3_600, Deed::Balance(transfer, 0)),
        (9_000, Deed::Switch(Switch::Charge, false)),
        (9_060, Deed::Switch(Switch::Limiter, true)),
        (12_000, Deed::Switch(Switch::Limiter, false)),
        // The charger has lost its way at 12 000 s, gives up 5 s later and pauses for 4 s.
        (12_007, Deed::Switch(Switch::Charge, true)),
        (12_008, Deed::Current(0.0..=0.0)),
        (12_012, Deed::Current(45.0..=50.0)),
        (14_000, Deed::Act(Action::DisconnectCharger)),
        (14_100, Deed::Balance(None, 0b100_0010_0000_0101)),
        (14_200, Deed::Switch(Switch::Discharge, false)),
        (14_300, Deed::Act(Action::ConnectLoad(inverter))),
        (14_400, Deed::Switch(Switch::Precharge, true)),
        (14_402, Deed::Switch(Switch::Discharge, true)),
        (14_403, Deed::Switch(Switch::Precharge, false)),
        (18_000, Deed::Act(Action::Ambient(20.0))),
        (20_000, Deed::Act(Action::ConnectLoad(motor))),
        (23_000, Deed::Act(Action::ConnectLoad(rippling))),
        (26_000, Deed::Act(Action::DisconnectLoad)),
        (30_000, Deed::Act(charger(30.0))),
    ];
    let power = Load::Power { watts: 800.0, cut_off_v: 42.0 };
    deeds.extend([
        (33_000, Deed::Act(Action::ConnectLoad(power))),
        (50_000, Deed::Act(Action::DisconnectCharger)),
        (60_000, Deed::Act(Action::DisconnectLoad)),
        (70_000, Deed::Act(Action::Heater(false))),
    ]);
    deeds
}

fn books(tap: HeaterTap, end: SimTime) -> Ledger {
    let mut plant = Plant::new(&pack(), &real_board(tap), 7).expect("the pack is sound");
    for (at, deed) in day() {
        let at = SimTime::from_secs(at);
        if at >= end {
            break;
        }
        if at > plant.now() {
            run(&mut plant, at);
        }
        plant.forget(at);
        match deed {
            Deed::Act(action) => plant.apply(&action),
            Deed::Switch(switch, on) => plant.switch(switch, on),
            Deed::Balance(transfer, bleed) => plant.balance(transfer, bleed),
            Deed::Current(within) => {
                let current_a = plant.truth().current_a;
                assert!(within.contains(&current_a), "{current_a} A at {at}");
            }
        }
    }
    run(&mut plant, end);
    plant.ledger()
}

fn close(tap: HeaterTap, end_s: u64) {
    let ledger = books(tap, SimTime::from_secs(end_s));
    let turnover_j = ledger.chemical_j.abs().max(ledger.port_j.abs()) + ledger.cell_heat_j;
    // Every account has seen at least a hundred joules: none of them is silent.
    let accounts = [
        ledger.chemical_j,
        ledger.polarisation_j,
        ledger.cell_heat_j,
        ledger.path_heat_j,
        ledger.balance_heat_j,
        ledger.board_j,
        ledger.heater_j,
        ledger.port_j,
    ];
    assert!(accounts.iter().all(|account_j| account_j.abs() > 100.0), "{ledger:?}");
    let relative = ledger.closure_j() / turnover_j;
    assert!(relative.abs() < 1e-6, "{relative:e} {ledger:?}");
}

#[test]
fn the_books_of_a_day_with_everything_at_work_close() {
    close(HeaterTap::Pack, 86_400);
}

#[test]
fn the_books_of_six_hours_close_with_the_heater_at_the_port() {
    close(HeaterTap::Port, 21_600);
}
