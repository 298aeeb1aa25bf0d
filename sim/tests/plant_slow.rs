//! Slow behaviour of the plant: legs and diodes, chargers, balancing, heat, energy, steps.

mod plant_common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use bms_core::bms::Transfer;
use cell_models::cell::CellParams;
use cell_models::presets;
use plant_common::{
    board, charge, closed, connect, happened, pack_of, plant, run, secs, stiff_pack,
};
use sim::parts::PackParts;
use sim::setup::{Action, BoardSetup, Load, PackSetup};
use sim::time::{SimTime, Span};
use sim::trace::Switch;
use sim::world::{Nodes, World, WorldEvent};

const MINUTE: SimTime = SimTime::from_secs(60);

#[test]
fn a_discharge_passes_the_charge_mosfets_diode_while_that_is_off() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    plant.switch(Switch::Discharge, true);
    connect(&mut plant, Load::Resistance(0.5));
    let current = -(52.8 - 0.6) / (0.5 + 10e-3);
    assert_relative_eq!(plant.truth().current_a, current, max_relative = 1e-9);
    plant.switch(Switch::Charge, true);
    assert_relative_eq!(plant.truth().current_a, -52.8 / 0.51, max_relative = 1e-9);
}

#[test]
fn a_charge_passes_the_discharge_mosfets_diode_while_that_is_off() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    plant.switch(Switch::Charge, true);
    charge(&mut plant, 100.0, 53.6, 0.0);
    assert_relative_eq!(plant.truth().current_a, (53.6 - 52.8 - 0.6) / 10e-3, max_relative = 1e-9);
    plant.switch(Switch::Discharge, true);
    assert_relative_eq!(plant.truth().current_a, 80.0, max_relative = 1e-9);
}

#[test]
fn the_diode_takes_over_when_the_channel_beside_it_has_fallen() {
    let fall = Span::from_millis(50);
    let board = BoardSetup { charge_fall: fall, ..board() };
    let mut plant = closed(&stiff_pack(0.5e-3), &board);
    connect(&mut plant, Load::Resistance(0.5));
    run(&mut plant, MINUTE);
    plant.switch(Switch::Charge, false);
    run(&mut plant, MINUTE + Span(fall.0 - 1));
    assert_relative_eq!(plant.truth().current_a, -52.8 / 0.51, max_relative = 1e-9);
    run(&mut plant, MINUTE + fall);
    assert_relative_eq!(plant.truth().current_a, -52.2 / 0.51, max_relative = 1e-9);
}

#[test]
fn an_open_switch_blocks_its_direction() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    connect(&mut plant, Load::Resistance(0.5));
    plant.switch(Switch::Charge, true);
    assert_abs_diff_eq!(plant.truth().current_a, 0.0);
    plant.apply(&Action::DisconnectLoad);
    plant.switch(Switch::Charge, false);
    plant.switch(Switch::Discharge, true);
    charge(&mut plant, 20.0, 56.0, 0.0);
    assert_abs_diff_eq!(plant.truth().current_a, 0.0);
}

#[test]
fn the_port_shows_who_holds_it() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    assert_relative_eq!(plant.port_v(), 52.8, max_relative = 1e-9);
    assert!(!plant.load_present() && !plant.charger_present());
    connect(&mut plant, Load::Resistance(0.5));
    assert_abs_diff_eq!(plant.port_v(), 0.0);
    assert!(plant.load_present() && !plant.charger_present());
    plant.apply(&Action::DisconnectLoad);
    charge(&mut plant, 20.0, 56.0, 0.0);
    assert_relative_eq!(plant.port_v(), 56.0);
    assert!(!plant.load_present() && plant.charger_present());
}

/// S02: 52.8 V into 10.015 ohm.
#[test]
fn precharge_into_a_short_carries_5_27_amperes() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    connect(&mut plant, Load::Short { ohm: 5e-3, henry: 0.0 });
    plant.switch(Switch::Precharge, true);
    assert_relative_eq!(plant.truth().current_a, -52.8 / 10.015, max_relative = 1e-9);
    assert_relative_eq!(plant.port_v(), 0.026, max_relative = 0.02);
}

/// S14: (48 V - 36.8 V) / 10 ohm.
#[test]
fn low_cells_are_charged_through_their_resistor() {
    let cells = pack_of(CellParams::linear(2.3, 2.3, 1e6, 0.5e-3), 16, 0.5);
    let mut plant = plant(&cells, &board());
    charge(&mut plant, 20.0, 48.0, 0.0);
    plant.switch(Switch::LowCellPrecharge, true);
    assert_relative_eq!(plant.truth().current_a, 1.12, max_relative = 0.05);
}

#[test]
fn the_limiter_holds_its_current_and_books_its_loss() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    charge(&mut plant, 160.0, 56.0, 0.0);
    plant.switch(Switch::Limiter, true);
    assert_relative_eq!(plant.truth().current_a, 10.0, max_relative = 1e-9);
    run(&mut plant, MINUTE);
    let ledger = plant.ledger();
    let into_pack_j = 10.0 * (52.8 + 10.0 * 10e-3) * 60.0;
    assert_relative_eq!(-ledger.port_j, into_pack_j / 0.93, max_relative = 1e-9);
    assert_abs_diff_eq!(ledger.closure_j(), 0.0, epsilon = 1e-9 * ledger.port_j.abs());
}

#[test]
fn a_constant_current_constant_voltage_charge_tapers_and_ends() {
    let cells = pack_of(CellParams::linear(3.2, 3.6, 10.0, 2e-3), 16, 0.5);
    let mut plant = closed(&cells, &board());
    charge(&mut plant, 10.0, 56.0, 0.5);
    assert_relative_eq!(plant.truth().current_a, 10.0, max_relative = 1e-9);
    run(&mut plant, SimTime::from_secs(4 * 3600));
    let truth = plant.truth();
    assert_abs_diff_eq!(truth.current_a, 0.0);
    let done = happened(&mut plant, WorldEvent::ChargerDone).unwrap();
    // 54.4 V + 10 A * 34 mohm reach 56 V at SOC 0.5 + 1.26/6.4, after 0.196875 h. Then the
    // current decays with R Q / (dV/dSOC) = 34 mohm * 36 000 As / 6.4 V down to 0.5 A.
    let exact = 3600.0 * 1.26 / 6.4 + 0.034 * 36_000.0 / 6.4 * libm::log(20.0);
    assert_relative_eq!(done.as_secs_f64(), exact, max_relative = 1e-3);
    let soc = 0.5 + (56.0 - 54.4 - 0.5 * 0.034) / 6.4;
    assert_relative_eq!(truth.socs[0], soc, max_relative = 1e-4);
}

#[test]
fn a_constant_power_is_the_upper_root_and_gives_up_below_its_lock_out() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    connect(&mut plant, Load::Power { watts: 5000.0, cut_off_v: 44.0 });
    let volts = 0.5 * (52.8 + (52.8_f64 * 52.8 - 4.0 * 5000.0 * 0.01).sqrt());
    assert_relative_eq!(plant.port_v(), volts, max_relative = 1e-9);
    assert_relative_eq!(plant.truth().current_a, -5000.0 / volts, max_relative = 1e-9);
    run(&mut plant, MINUTE);
    plant.switch(Switch::Discharge, false);
    assert_eq!(happened(&mut plant, WorldEvent::LoadRunning(false)), Some(MINUTE));
    plant.switch(Switch::Discharge, true);
    assert_eq!(happened(&mut plant, WorldEvent::LoadRunning(true)), Some(MINUTE));
}

/// S12: from 160 mV to 50 mV; donor and receiver are chosen anew each ten seconds.
#[test]
fn the_active_balancer_reaches_50_mv_when_the_scenario_says() {
    let mut cells = pack_of(CellParams::linear(3.20, 3.40, 10.0, 0.5e-3), 16, 0.10);
    cells.cells[4].soc = 0.90;
    let mut plant = plant(&cells, &board());
    let spread = |volts: &[f64]| volts[4] - volts.iter().copied().fold(f64::MAX, f64::min);
    let mut now = SimTime::ZERO;
    let resting = |plant: &mut sim::plant::Plant| {
        plant.balance(None, 0);
        plant.truth().cells_v
    };
    while spread(&resting(&mut plant)) > 0.050 {
        let volts = plant.truth().cells_v;
        let lowest = (0..16).min_by(|a, b| volts[*a].total_cmp(&volts[*b])).unwrap();
        plant.balance(Some(Transfer { donor: 4, receiver: lowest as u8 }), 0);
        now = now + Span::from_millis(10_000);
        run(&mut plant, now);
        plant.forget(now);
        assert!(now < SimTime::from_secs(25_000), "no end");
    }
    assert_relative_eq!(now.as_secs_f64(), 18_562.0, max_relative = 0.05);
    let ledger = plant.ledger();
    assert_abs_diff_eq!(ledger.closure_j(), 0.0, epsilon = 1e-6 * ledger.balance_heat_j);
    // A tenth of what the donor gave, 1 A at about 3.33 V.
    let heat_j = 0.1 * 3.33 * now.as_secs_f64();
    assert_relative_eq!(ledger.balance_heat_j, heat_j, max_relative = 0.02);
}

/// Wires of 10 ohm and a bleed of 36 ohm: one bled cell reads V / (1 + 2 Rw / Rb), its neighbours
/// are lifted by half of what it lost.
#[test]
fn bleeding_pulls_its_own_reading_down_and_its_neighbours_up() {
    let board = BoardSetup { sense_wire_ohm: 10.0, ..board() };
    let cells = pack_of(CellParams::linear(3.3, 3.3, 1e6, 0.0), 16, 0.5);
    let mut plant = plant(&cells, &board);
    plant.balance(None, 1 << 5);
    run(&mut plant, SimTime::from_secs(1));
    let read = |cell| plant.cell_mean(cell, SimTime::ZERO, SimTime::from_secs(1));
    let bled_v = 3.3 / (1.0 + 20.0 / 36.0);
    assert_relative_eq!(read(5), bled_v, max_relative = 1e-9);
    for neighbour in [4, 6] {
        assert_relative_eq!(read(neighbour), 3.3 + 0.5 * (3.3 - bled_v), max_relative = 1e-9);
    }
    assert_relative_eq!(read(7), 3.3, max_relative = 1e-9);
}

/// S11: 600 s + 7200 s ln(25 / 20).
#[test]
fn a_cold_pack_warms_with_its_time_constant() {
    let mut cells = pack_of(presets::reference_100ah(), 16, 0.5);
    cells.thermal_tau_s = Some(7200.0);
    cells.ambient_c = 0.0;
    cells.cells.iter_mut().for_each(|cell| cell.temperature_c = 0.0);
    let mut plant = plant(&cells, &board());
    run(&mut plant, SimTime::from_secs(600));
    plant.apply(&Action::Ambient(25.0));
    run(&mut plant, secs(2206.6));
    for celsius in plant.truth().cell_c {
        assert_abs_diff_eq!(celsius, 5.0, epsilon = 2e-4);
    }
    assert_relative_eq!(plant.ntc_ohm(6), 10_000.0, max_relative = 1e-9);
    // 103AT: 17 960 ohm at 10 °C and 27 280 at 0 °C, geometric mean at about 4.9 °C.
    assert_relative_eq!(plant.ntc_ohm(0), (17_960.0_f64 * 27_280.0).sqrt(), max_relative = 0.01);
}

fn day_of(pack: &PackSetup, board: &BoardSetup, script: &[(u64, Action)]) -> sim::plant::Plant {
    let mut plant = closed(pack, board);
    for (at, action) in script {
        let at = SimTime::from_secs(*at);
        run(&mut plant, at);
        plant.forget(at);
        plant.apply(action);
    }
    run(&mut plant, SimTime::from_secs(86_400));
    plant
}

fn turnover(plant: &sim::plant::Plant) -> f64 {
    let ledger = plant.ledger();
    ledger.chemical_j.abs().max(ledger.port_j.abs()) + ledger.cell_heat_j
}

#[test]
fn the_books_of_a_day_at_constant_current_close_to_1e9() {
    let pack = PackSetup {
        parts: PackParts { joint_ohm: 50e-6, ..PackParts::default() },
        ..pack_of(presets::reference_280ah(), 16, 0.95)
    };
    let script = [(0, Action::ConnectLoad(Load::Current(10.0)))];
    let board = BoardSetup { board_a: 0.04, ..board() };
    let plant = day_of(&pack, &board, &script);
    let ledger = plant.ledger();
    let relative = ledger.closure_j() / turnover(&plant);
    assert!(relative.abs() < 1e-9, "{relative:e} {ledger:?}");
}

fn mixed_script() -> Vec<(u64, Action)> {
    let charger = |current_a, stop_below_a| {
        Action::ConnectCharger(sim::setup::Charger { current_a, voltage_v: 55.0, stop_below_a })
    };
    let inverter = Load::Inverter {
        farad: 10e-3,
        ohm: 20e-3,
        henry: 1e-6,
        start_v: 50.0,
        bleeder_ohm: 10e3,
        watts: 1500.0,
        cut_off_v: 42.0,
    };
    vec![
        (100, charger(50.0, 2.0)),
        (12_000, Action::DisconnectCharger),
        (12_600, Action::ConnectLoad(inverter)),
        (16_000, Action::Ambient(10.0)),
        (18_000, Action::ConnectLoad(Load::Resistance(2.0))),
        (20_000, Action::ConnectLoad(Load::Current(80.0))),
        (20_060, Action::DisconnectLoad),
        (30_000, charger(30.0, 0.0)),
        (33_000, Action::ConnectLoad(Load::Power { watts: 800.0, cut_off_v: 42.0 })),
        (50_000, Action::DisconnectCharger),
        (60_000, Action::DisconnectLoad),
    ]
}

#[test]
fn the_books_of_a_mixed_day_close_to_1e6() {
    let mut pack = pack_of(presets::lfp_100ah(), 16, 0.4);
    pack.parts = PackParts {
        capacity_spread: 0.01,
        resistance_spread: 0.05,
        joint_ohm: 50e-6,
        ..PackParts::default()
    };
    let board = BoardSetup { board_a: 0.04, ..board() };
    let plant = day_of(&pack, &board, &mixed_script());
    let ledger = plant.ledger();
    let relative = ledger.closure_j() / turnover(&plant);
    assert!(relative.abs() < 1e-6, "{relative:e} {ledger:?}");
}

#[test]
fn the_callers_steps_change_nothing() {
    let build = || {
        let mut plant = closed(&pack_of(presets::lfp_100ah(), 4, 0.5), &board());
        charge(&mut plant, 40.0, 13.6, 0.0);
        plant
    };
    let (mut whole, mut chopped) = (build(), build());
    let end = SimTime::from_secs(1000);
    run(&mut whole, end);
    while chopped.now() < end {
        let to = chopped.now() + Span(123_456_789);
        run(&mut chopped, to.min(end));
    }
    assert_eq!(whole.truth(), chopped.truth());
    let slot = (secs(700.005), secs(700.010));
    let slots = [&whole, &chopped].map(|plant| plant.cell_mean(2, slot.0, slot.1).to_bits());
    assert_eq!(slots[0], slots[1]);
    assert_eq!(whole.ledger(), chopped.ledger());
}

/// A resistor of 10 mohm with 25 s beside 0.5 mohm: V = R0 I + R I (1 - exp(-t / tau)), read as the
/// mean over a conversion slot.
#[test]
fn a_conversion_slot_reads_the_mean_of_the_exponential() {
    let mut params = CellParams::linear(3.3, 3.3, 1e6, 0.5e-3);
    let resistance = cell_models::table::Map::constant(10e-3);
    params.branches.push(cell_models::ecm::Branch::symmetric(resistance, 25.0));
    let mut plant = closed(&pack_of(params, 16, 0.5), &board());
    connect(&mut plant, Load::Current(20.0));
    run(&mut plant, MINUTE);
    for from in [0.0, 0.1, 3.3, 20.0, 59.0] {
        let decay = |t: f64| libm::exp(-t / 25.0);
        let mean = 25.0 * (decay(from) - decay(from + 0.005)) / 0.005;
        let exact = 3.3 - 20.0 * 0.5e-3 - 20.0 * 10e-3 * (1.0 - mean);
        let read = plant.cell_mean(3, secs(from), secs(from + 0.005));
        assert_abs_diff_eq!(read, exact, epsilon = 1e-7);
    }
    let shunt_vs = plant.shunt_integral(secs(1.0), secs(31.0));
    assert_relative_eq!(shunt_vs, -20.0 * 30.0 / 6000.0, max_relative = 1e-9);
}

#[test]
fn a_state_that_is_no_number_stops_the_run_with_its_cell() {
    let mut cells = pack_of(presets::reference_100ah(), 16, 0.5);
    cells.cells[6].soc = f64::NAN;
    let error = sim::plant::Plant::new(&cells, &board(), 1).unwrap_err();
    assert!(error.to_string().contains("cell 7"), "{error}");
}

#[test]
fn the_same_seed_draws_the_same_pack_and_another_seed_another() {
    let mut cells = pack_of(presets::reference_100ah(), 16, 0.5);
    (cells.parts.capacity_spread, cells.parts.resistance_spread) = (0.02, 0.05);
    let volts = |seed| {
        let mut plant = sim::plant::Plant::new(&cells, &board(), seed).unwrap();
        plant.switch(Switch::Discharge, true);
        connect(&mut plant, Load::Current(100.0));
        run(&mut plant, MINUTE);
        plant.truth().cells_v
    };
    assert_eq!(volts(7), volts(7));
    assert_ne!(volts(7), volts(8));
}

#[test]
fn charger_and_load_share_the_port() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    charge(&mut plant, 30.0, 56.0, 0.0);
    connect(&mut plant, Load::Current(50.0));
    assert_relative_eq!(plant.truth().current_a, -20.0, max_relative = 1e-9);
    connect(&mut plant, Load::Current(10.0));
    assert_relative_eq!(plant.truth().current_a, 20.0, max_relative = 1e-9);
    plant.switch(Switch::Charge, false);
    assert_abs_diff_eq!(plant.truth().current_a, 0.0);
    assert_relative_eq!(plant.port_v(), 56.0);
}

#[test]
fn an_interrupted_charge_ends_with_the_edge_of_the_charge_mosfet() {
    let fall = Span::from_millis(50);
    let board = BoardSetup { charge_fall: fall, ..board() };
    let mut plant = closed(&stiff_pack(0.5e-3), &board);
    charge(&mut plant, 40.0, 56.0, 0.0);
    run(&mut plant, MINUTE);
    plant.switch(Switch::Charge, false);
    run(&mut plant, MINUTE + Span::from_millis(25));
    assert_relative_eq!(plant.truth().current_a, 20.0, max_relative = 1e-9);
    // Interrupted half way by the charger's going: nothing is left to interrupt.
    plant.apply(&Action::DisconnectCharger);
    assert_abs_diff_eq!(plant.truth().current_a, 0.0);
    let events = plant.take_events();
    assert!(events.contains(&(MINUTE + Span::from_millis(25), WorldEvent::CurrentZero)));
    run(&mut plant, MINUTE + fall);
    let end = (MINUTE + fall, WorldEvent::Switched(Switch::Charge, false));
    assert_eq!(plant.take_events(), [end]);
}

#[test]
fn a_cell_far_beyond_empty_stops_the_run() {
    let mut plant = closed(&pack_of(CellParams::linear(3.2, 3.4, 1.0, 1e-3), 4, 0.1), &board());
    connect(&mut plant, Load::Current(10.0));
    let error = plant.run_until(SimTime::from_secs(3600), &[]).unwrap_err();
    // 0.1 + 0.5 of 1 Ah at 10 A last 216 s; segments are 1 s at most.
    assert!((216.0..218.0).contains(&error.at.as_secs_f64()), "{error}");
    assert!(error.what.starts_with("cell 1"), "{error}");
}
