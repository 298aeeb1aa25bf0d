//! Heat in the plant: the thermal network, the heater and its books, consumption by mode, ambient
//! over time, thermistors and what breaks about them.

mod plant_common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use cell_models::cell::CellParams;
use plant_common::{board, charge, closed, connect, pack_of, plant, run, secs};
use sim::fault::Fault;
use sim::parts::{
    HeatParts, Heater, HeaterTap, Supply, SupplyMode, ThermalNetwork, ThermistorKind, Thermistors,
    Thermostat,
};
use sim::plant::Plant;
use sim::setup::{Action, BoardSetup, Load, PackSetup, Profile, Shape};
use sim::thermistor::{self, SENSORS};
use sim::time::{SimTime, Span};
use sim::trace::Switch;
use sim::world::{Nodes, World};

/// A cell of 6.25 kg at 1 kJ/kgK that holds 3.3 V, without losses to anywhere.
fn insulated() -> CellParams {
    CellParams {
        heat_capacity_j_k: 6_250.0,
        to_ambient_w_k: 0.0,
        to_neighbour_w_k: 0.0,
        ..CellParams::linear(3.3, 3.3, 1e6, 0.0)
    }
}

/// Sixteen of them: 100 kg and 52.8 V.
fn hundred_kilograms() -> PackSetup {
    pack_of(insulated(), 16, 0.5)
}

fn with(heat: HeatParts) -> BoardSetup {
    BoardSetup { heat, ..board() }
}

/// 200 W at 52.8 V, which is 13.94 ohm.
fn film(tap: HeaterTap) -> Heater {
    Heater { watts: 200.0, at_v: 52.8, heat_j_k: 500.0, to_cells_w_k: 20.0, tap, thermostat: None }
}

fn heated(tap: HeaterTap) -> BoardSetup {
    with(HeatParts { heater: Some(film(tap)), ..HeatParts::default() })
}

fn networked(network: ThermalNetwork) -> BoardSetup {
    with(HeatParts { network: Some(network), ..HeatParts::default() })
}

fn node(plant: &Plant, name: &str) -> f64 {
    let found = plant.thermal_nodes().into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("there is no {name}")).1
}

fn minutes(count: u64) -> SimTime {
    SimTime::from_secs(60 * count)
}

#[test]
fn a_200_watt_film_warms_a_hundred_kilograms_by_7_kelvin_an_hour() {
    let mut plant = plant(&hundred_kilograms(), &heated(HeaterTap::Pack));
    plant.apply(&Action::Heater(true));
    run(&mut plant, minutes(60));
    // All of it rises by 200 W / 100.5 kJ/K; the film keeps 500 J/K of that for itself and passes
    // the rest through 20 W/K, so it stands that much above the cells.
    let rise = 200.0 / 100_500.0;
    let above = (200.0 - 500.0 * rise) / 20.0;
    let cells = 25.0 + (200.0 * 3_600.0 - 500.0 * above) / 100_500.0;
    let truth = plant.truth();
    for cell in &truth.cells_c {
        assert_abs_diff_eq!(*cell, cells, epsilon = 1e-3);
    }
    // The film is told as of the start of the running second.
    assert_abs_diff_eq!(node(&plant, "heater film"), cells + above, epsilon = 1.1 * rise);
    assert!((6.9..7.3).contains(&(truth.cells_c[0] - 25.0)), "about 7 K/h");
    assert_relative_eq!(plant.ledger().heater_j, 720e3, max_relative = 1e-9);
    assert_relative_eq!(plant.ledger().closure_j(), 0.0, epsilon = 1e-3);
}

#[test]
fn a_film_before_the_shunt_is_unseen_and_one_at_the_port_is_seen() {
    let amperes = 200.0 / 52.8;
    for (tap, seen) in [(HeaterTap::Pack, false), (HeaterTap::Port, true)] {
        let mut plant = closed(&hundred_kilograms(), &heated(tap));
        plant.apply(&Action::Heater(true));
        run(&mut plant, minutes(10));
        let counted = plant.shunt_integral(SimTime::ZERO, minutes(10)) / board().shunt_ohm;
        let expected = if seen { -amperes * 600.0 } else { 0.0 };
        assert_relative_eq!(counted, expected, max_relative = 1e-3);
        // The cells give the charge either way.
        let given = (0.5 - plant.truth().socs[3]) * 1e6 * 3_600.0;
        assert_relative_eq!(given, amperes * 600.0, max_relative = 1e-3);
        let ledger = plant.ledger();
        assert_relative_eq!(ledger.heater_j, 120e3, max_relative = 1e-3);
        assert_abs_diff_eq!(ledger.port_j, 0.0, epsilon = 1e-3);
        assert_abs_diff_eq!(ledger.closure_j(), 0.0, epsilon = 1e-3);
    }
}

#[test]
fn a_film_behind_the_charger_takes_from_it_and_never_from_the_pack() {
    let mut plant = closed(&hundred_kilograms(), &heated(HeaterTap::Charger));
    plant.apply(&Action::Heater(true));
    run(&mut plant, minutes(1));
    assert_eq!(plant.ledger().heater_j.to_bits(), 0.0_f64.to_bits());
    charge(&mut plant, 20.0, 60.0, 0.0);
    run(&mut plant, minutes(11));
    // The port stands at the pack's 52.8 V plus 2 mohm of path.
    let film_a = (52.8 + 2e-3 * 16.2) / 13.9392;
    assert_relative_eq!(plant.truth().current_a, 20.0 - film_a, max_relative = 1e-4);
    let ledger = plant.ledger();
    assert_relative_eq!(ledger.heater_j, film_a * film_a * 13.9392 * 600.0, max_relative = 1e-3);
    // The charger gave 20 A at the port's voltage.
    assert_relative_eq!(
        ledger.port_j,
        -20.0 * 52.832 * 600.0 - ledger.heater_j + film_a * 52.832 * 600.0,
        max_relative = 1e-3
    );
    assert_abs_diff_eq!(ledger.closure_j(), 0.0, epsilon = 1e-2);
}

#[test]
fn a_charger_weaker_than_the_film_leaves_nothing_for_the_pack() {
    let mut plant = closed(&hundred_kilograms(), &heated(HeaterTap::Charger));
    plant.apply(&Action::Heater(true));
    charge(&mut plant, 2.0, 60.0, 0.0);
    run(&mut plant, minutes(1));
    assert_abs_diff_eq!(plant.truth().current_a, 0.0, epsilon = 1e-9);
}

#[test]
fn a_film_at_the_port_is_without_supply_when_the_discharge_mosfet_is_off() {
    let mut plant = closed(&hundred_kilograms(), &heated(HeaterTap::Port));
    plant.apply(&Action::Heater(true));
    plant.switch(Switch::Discharge, false);
    run(&mut plant, minutes(5));
    assert_abs_diff_eq!(plant.ledger().heater_j, 0.0, epsilon = 1e-9);
    assert_abs_diff_eq!(plant.truth().current_a, 0.0, epsilon = 1e-12);
}

#[test]
fn a_charger_ends_its_charge_only_when_film_and_pack_together_take_little() {
    let falls = pack_of(CellParams { ..CellParams::linear(3.2, 3.4, 5.0, 1e-3) }, 16, 0.9);
    let ended = |on: bool| {
        let mut plant = closed(&falls, &heated(HeaterTap::Charger));
        plant.apply(&Action::Heater(on));
        charge(&mut plant, 10.0, 54.4, 2.0);
        run(&mut plant, minutes(60));
        plant_common::happened(&mut plant, sim::world::WorldEvent::ChargerDone).is_some()
    };
    assert!(ended(false), "without the film the current tapers below 2 A");
    assert!(!ended(true), "the film alone takes 3.9 A");
}

#[test]
fn the_thermostat_opens_and_closes_again_on_the_film() {
    let thermostat = Some(Thermostat { open_c: 33.0, close_c: 28.0 });
    let heater = Some(Heater { thermostat, ..film(HeaterTap::Pack) });
    let parts = HeatParts { heater, ..HeatParts::default() };
    let mut plant = plant(&hundred_kilograms(), &with(parts));
    plant.apply(&Action::Heater(true));
    let (mut hottest, mut coldest_after) = (f64::NEG_INFINITY, f64::INFINITY);
    for second in 1..=1_200 {
        run(&mut plant, SimTime::from_secs(second));
        let film = node(&plant, "heater film");
        hottest = hottest.max(film);
        if second > 120 {
            coldest_after = coldest_after.min(film);
        }
    }
    // It rises by 0.4 K/s at most and is looked at once a second.
    assert!((33.0..33.4).contains(&hottest), "{hottest}");
    assert!((27.6..28.0).contains(&coldest_after), "{coldest_after}");
    assert!(plant.ledger().heater_j < 0.8 * 200.0 * 1_200.0);
}

#[test]
fn a_film_that_is_stuck_on_or_open_does_so_until_it_is_repaired() {
    let mut plant = plant(&hundred_kilograms(), &heated(HeaterTap::Pack));
    let taken = |plant: &mut Plant, to: u64| {
        let before = plant.ledger().heater_j;
        run(plant, minutes(to));
        plant.ledger().heater_j - before
    };
    assert_abs_diff_eq!(taken(&mut plant, 1), 0.0);
    assert!(plant.inject(&Fault::HeaterStuckOn, true));
    assert_relative_eq!(taken(&mut plant, 2), 12e3, max_relative = 1e-6);
    assert!(plant.inject(&Fault::HeaterOpen, true));
    assert_abs_diff_eq!(taken(&mut plant, 3), 0.0);
    assert!(plant.inject(&Fault::HeaterOpen, false));
    assert_relative_eq!(taken(&mut plant, 4), 12e3, max_relative = 1e-6);
    assert!(plant.inject(&Fault::HeaterStuckOn, false));
    assert_abs_diff_eq!(taken(&mut plant, 5), 0.0);
    let mut without = plant_common::plant(&hundred_kilograms(), &board());
    assert!(!without.inject(&Fault::HeaterStuckOn, true));
}

#[test]
fn a_network_without_anything_named_is_the_default_pack_but_exact() {
    let mut cell = insulated();
    (cell.to_ambient_w_k, cell.to_neighbour_w_k) = (0.3, 2.0);
    let mut pack = pack_of(cell, 16, 0.5);
    pack.cells[7].temperature_c = 60.0;
    let mut frozen = plant(&pack, &board());
    let mut exact = plant(&pack, &networked(ThermalNetwork::default()));
    run(&mut frozen, minutes(30));
    run(&mut exact, minutes(30));
    let pairs = frozen.truth().cells_c.into_iter().zip(exact.truth().cells_c);
    for (frozen, exact) in pairs {
        // Neighbours frozen over a second: an error of the order of (1 s · 4 W/K / 6250 J/K).
        assert_abs_diff_eq!(frozen, exact, epsilon = 0.02);
    }
    assert!(exact.truth().cells_c[7] > exact.truth().cells_c[8]);
}

/// Steady state by hand: 10 W in one cell of a row of three, through the case to ambient.
#[test]
fn a_warm_cell_settles_as_the_resistors_say() {
    let mut pack = pack_of(insulated(), 3, 0.5);
    for cell in &mut pack.cells {
        cell.params = std::sync::Arc::new(CellParams {
            heat_capacity_j_k: 50.0,
            ..CellParams::clone(&cell.params)
        });
    }
    let network = ThermalNetwork {
        in_line_w_k: Some(1.0),
        to_case_w_k: Some(0.5),
        end_w_k: 0.5,
        case_j_k: 20.0,
        case_to_ambient_w_k: 2.0,
        ..ThermalNetwork::default()
    };
    let heater = Some(Heater {
        watts: 30.0,
        at_v: 9.9,
        heat_j_k: 10.0,
        to_cells_w_k: 3.0,
        tap: HeaterTap::Pack,
        thermostat: None,
    });
    let heat = HeatParts { network: Some(network), heater, ..HeatParts::default() };
    let mut plant = plant(&pack, &with(heat));
    plant.apply(&Action::Heater(true));
    run(&mut plant, secs(4_000.0));
    // 30 W leave through 2 W/K: the case is 15 K above 25 °C. With cells x, y, x above the case
    // and the film f: film 3 f = 30 + 2x + y; end cell f - x = x + (x - y); middle
    // f - y = 0.5 y + 2 (y - x). From the end f = 3x - y; the middle 3x - y - y = 2.5y - 2x, so
    // x = 0.9 y and f = 1.7 y; the film: 5.1 y = 30 + 2.8 y, so y = 30 / 2.3.
    let middle = 30.0 / 2.3;
    let expected = [0.9, 1.0, 0.9].map(|share| 40.0 + share * middle);
    for (ours, expected) in plant.truth().cells_c.into_iter().zip(expected) {
        assert_abs_diff_eq!(ours, expected, epsilon = 1e-6);
    }
    assert_abs_diff_eq!(node(&plant, "case"), 40.0, epsilon = 1e-6);
    assert_abs_diff_eq!(node(&plant, "heater film"), 40.0 + 1.7 * middle, epsilon = 1e-6);
}

#[test]
fn cells_of_a_group_stand_side_by_side_and_groups_in_line() {
    let mut pack = pack_of(insulated(), 6, 0.5);
    pack.parallel = 2;
    pack.cells[2].temperature_c = 125.0;
    let network = ThermalNetwork {
        in_line_w_k: Some(1.0),
        side_by_side_w_k: Some(3.0),
        ..ThermalNetwork::default()
    };
    let mut plant = plant(&pack, &networked(network));
    run(&mut plant, secs(1.0));
    let cells = plant.truth().cells_c;
    // Within a second each neighbour of cell 3 has gained its conductance times 100 K; its own
    // groups' cells: 1 and 5 in line, 4 beside it.
    let gain = |w_k: f64| 25.0 + w_k * 100.0 / 6_250.0;
    for (cell, w_k) in [(0, 1.0), (4, 1.0), (3, 3.0)] {
        assert_relative_eq!(cells[cell], gain(w_k), max_relative = 1e-5);
    }
    assert_abs_diff_eq!(cells[1], 25.0, epsilon = 1e-4);
    assert_abs_diff_eq!(cells[5], 25.0, epsilon = 1e-4);
}

/// No way out: what the books call heat is what the nodes have taken up, to rounding.
#[test]
fn a_closed_pack_holds_all_heat_that_its_books_name() {
    let params = CellParams {
        heat_capacity_j_k: 800.0,
        to_ambient_w_k: 0.0,
        to_neighbour_w_k: 1.0,
        ..CellParams::linear(3.2, 3.4, 100.0, 1e-3)
    };
    let mut pack = pack_of(params, 16, 0.5);
    pack.parts.joint_ohm = 2e-4;
    let network = ThermalNetwork {
        case_j_k: 3_000.0,
        busbar_j_k: 40.0,
        busbar_to_cell_w_k: 4.0,
        bank_to_case_w_k: 1.0,
        shunt_j_k: 15.0,
        shunt_to_bank_w_k: 2.0,
        resistor_j_k: 60.0,
        resistor_to_case_w_k: 0.5,
        ..ThermalNetwork::default()
    };
    let heater = Some(film(HeaterTap::Pack));
    let heat = HeatParts { network: Some(network), heater, ..HeatParts::default() };
    let mut plant = closed(&pack, &BoardSetup { mos_to_ambient_w_k: 0.0, ..with(heat) });
    plant.apply(&Action::Heater(true));
    plant.switch(Switch::Charge, false);
    connect(&mut plant, Load::Current(60.0));
    run(&mut plant, minutes(4));
    plant.switch(Switch::Discharge, false);
    plant.switch(Switch::Precharge, true);
    connect(&mut plant, Load::Resistance(30.0));
    run(&mut plant, minutes(5));
    // Ending the running segment makes its end the state.
    plant.apply(&Action::DisconnectLoad);
    let capacity = |name: &str| match name {
        "case" => 3_000.0,
        "MOSFET bank" => 200.0,
        "shunt" => 15.0,
        "resistors" => 60.0,
        "heater film" => 500.0,
        _ => 40.0,
    };
    let others = plant.thermal_nodes();
    assert_eq!(others.len(), 16 + 5);
    let stored: f64 = plant.truth().cells_c.iter().map(|cell| 800.0 * (cell - 25.0)).sum();
    let stored = stored
        + others.iter().map(|(name, celsius)| capacity(name) * (celsius - 25.0)).sum::<f64>();
    let ledger = plant.ledger();
    let named = ledger.cell_heat_j + ledger.path_heat_j + ledger.heater_j;
    assert!(ledger.heater_j > 50e3 && ledger.path_heat_j > 10e3);
    assert_relative_eq!(stored, named, max_relative = 1e-9);
    assert!(node(&plant, "shunt") > node(&plant, "case"));
}

#[test]
fn time_cut_into_any_pieces_gives_the_same_bits_with_a_network() {
    let heat = HeatParts {
        network: Some(ThermalNetwork { case_j_k: 500.0, ..ThermalNetwork::default() }),
        heater: Some(film(HeaterTap::Port)),
        thermistors: Thermistors { lag_s: [30.0; SENSORS], ..Thermistors::default() },
        ..HeatParts::default()
    };
    let mut whole = closed(&hundred_kilograms(), &with(heat.clone()));
    let mut pieces = closed(&hundred_kilograms(), &with(heat));
    for plant in [&mut whole, &mut pieces] {
        plant.apply(&Action::Heater(true));
        connect(plant, Load::Power { watts: 500.0, cut_off_v: 40.0 });
    }
    run(&mut whole, secs(37.0));
    for step in 1..=370 {
        run(&mut pieces, SimTime::from_millis(100 * step));
    }
    assert_eq!(whole.truth(), pieces.truth());
    assert_eq!(whole.ledger(), pieces.ledger());
    for sensor in 0..SENSORS {
        assert_eq!(whole.ntc_ohm(sensor).to_bits(), pieces.ntc_ohm(sensor).to_bits());
    }
}

#[test]
fn the_board_takes_by_its_mode_what_its_parts_say() {
    let supply =
        Supply { limiter_a: 0.020, balancing_a: 0.005, sleep_a: Some(0.001), off_a: Some(0.0) };
    let heat = HeatParts { supply, ..HeatParts::default() };
    let mut plant = plant(&hundred_kilograms(), &BoardSetup { board_a: 0.040, ..with(heat) });
    let mut minute = 0;
    let mut drawn = |plant: &mut Plant| {
        let before = plant.ledger().board_j;
        minute += 1;
        run(plant, minutes(minute));
        (plant.ledger().board_j - before) / 52.8 / 60.0
    };
    assert_relative_eq!(drawn(&mut plant), 0.040, max_relative = 1e-6);
    plant.switch(Switch::Limiter, true);
    assert_relative_eq!(drawn(&mut plant), 0.060, max_relative = 1e-6);
    plant.balance(None, 1);
    assert_relative_eq!(drawn(&mut plant), 0.065, max_relative = 1e-6);
    plant.balance(None, 0);
    plant.switch(Switch::Limiter, false);
    plant.set_supply(SupplyMode::Sleep);
    assert_relative_eq!(drawn(&mut plant), 0.001, max_relative = 1e-6);
    plant.set_supply(SupplyMode::Off);
    assert_abs_diff_eq!(drawn(&mut plant), 0.0);
    plant.set_supply(SupplyMode::Normal);
    assert_relative_eq!(drawn(&mut plant), 0.040, max_relative = 1e-6);
}

#[test]
fn telling_the_mode_changes_no_bit_where_nothing_is_said_about_it() {
    let told = |told: bool| {
        let mut plant = closed(&hundred_kilograms(), &BoardSetup { board_a: 0.04, ..board() });
        connect(&mut plant, Load::Power { watts: 900.0, cut_off_v: 40.0 });
        for second in 1..=30 {
            if told {
                let mode = if second % 2 == 0 { SupplyMode::Off } else { SupplyMode::Normal };
                plant.set_supply(mode);
            }
            run(&mut plant, secs(f64::from(second) * 0.37));
        }
        (plant.truth(), plant.ledger())
    };
    assert_eq!(told(true), told(false));
}

#[test]
fn ambient_follows_its_profile_and_ramps_on_demand() {
    let points = vec![(SimTime::ZERO, 10.0), (minutes(60), 40.0)];
    let ambient = Some(Profile { points, shape: Shape::Linear });
    let mut plant =
        plant(&hundred_kilograms(), &with(HeatParts { ambient, ..HeatParts::default() }));
    assert_abs_diff_eq!(plant.truth().ambient_c, 10.0);
    run(&mut plant, minutes(20));
    assert_abs_diff_eq!(plant.truth().ambient_c, 20.0, epsilon = 1e-9);
    assert_relative_eq!(plant.ntc_ohm(6), thermistor::ohm(20.0), max_relative = 1e-9);
    plant.apply(&Action::AmbientRamp { to_c: 0.0, over: Span::from_millis(600_000) });
    run(&mut plant, minutes(25));
    assert_abs_diff_eq!(plant.truth().ambient_c, 10.0, epsilon = 1e-9);
    run(&mut plant, minutes(40));
    assert_abs_diff_eq!(plant.truth().ambient_c, 0.0, epsilon = 1e-9);
    plant.apply(&Action::Ambient(-5.0));
    assert_abs_diff_eq!(plant.truth().ambient_c, -5.0);
}

/// A cell of time constant τ in a ramp of ambient lags it by slope · τ once settled.
#[test]
fn a_cell_lags_a_ramp_of_ambient_by_its_time_constant() {
    let cell = CellParams { heat_capacity_j_k: 100.0, to_ambient_w_k: 1.0, ..insulated() };
    let points = vec![(SimTime::ZERO, 25.0), (minutes(60), 61.0)];
    let ambient = Some(Profile { points, shape: Shape::Linear });
    let network = Some(ThermalNetwork::default());
    let heat = HeatParts { ambient, network, ..HeatParts::default() };
    let mut plant = plant(&pack_of(cell, 16, 0.5), &with(heat));
    run(&mut plant, minutes(60));
    // 36 K/h is 0.01 K/s; ambient is that at the start of each second.
    assert_abs_diff_eq!(plant.truth().cells_c[4], 61.0 - 0.01 * 100.0, epsilon = 0.01);
}

#[test]
fn a_days_sine_is_read_off_its_chords() {
    let day = Profile::daily(15.0, 10.0, minutes(15 * 60), 2);
    let exact = |minute: u64| {
        let turn = (f64::from(u32::try_from(minute).unwrap()) - 900.0) / 1_440.0;
        15.0 + 10.0 * libm::cos(2.0 * std::f64::consts::PI * turn)
    };
    for minute in (0..2_880).step_by(7) {
        assert_abs_diff_eq!(day.at(minutes(minute)), exact(minute), epsilon = 0.006);
    }
    assert_abs_diff_eq!(day.at(minutes(900)), 25.0, epsilon = 1e-9);
    assert_abs_diff_eq!(day.at(minutes(900 + 720)), 5.0, epsilon = 1e-9);
}

#[test]
fn a_sensor_shows_the_cell_it_sits_on() {
    let mut pack = hundred_kilograms();
    pack.cells[9].temperature_c = 50.0;
    let thermistors = Thermistors { cells: [None, Some(9), None, None], ..Thermistors::default() };
    let heat = HeatParts { thermistors, ..HeatParts::default() };
    let plant = plant(&pack, &with(heat));
    assert_relative_eq!(plant.ntc_ohm(1), thermistor::ohm(50.0), max_relative = 1e-12);
    assert_relative_eq!(plant.ntc_ohm(0), thermistor::ohm(25.0), max_relative = 1e-12);
    assert_abs_diff_eq!(plant.truth().cell_c[1], 50.0);
}

#[test]
fn a_lagging_sensor_shows_late_what_the_truth_has_at_once() {
    let mut lag_s = [0.0; SENSORS];
    lag_s[6] = 120.0;
    let thermistors = Thermistors { lag_s, ..Thermistors::default() };
    let heat = HeatParts { thermistors, ..HeatParts::default() };
    let mut plant = plant(&hundred_kilograms(), &with(heat));
    plant.apply(&Action::Ambient(5.0));
    for at in [0.0, 7.77, 120.0, 600.0] {
        run(&mut plant, secs(at));
        let bead = 5.0 + 20.0 * libm::exp(-at / 120.0);
        assert_relative_eq!(plant.ntc_ohm(6), thermistor::ohm(bead), max_relative = 1e-9);
        assert_abs_diff_eq!(plant.truth().ambient_c, 5.0);
    }
}

#[test]
fn another_thermistor_answers_by_its_own_law() {
    let mut kinds = [ThermistorKind::At103; SENSORS];
    kinds[4] = ThermistorKind::Beta(3_950.0);
    let thermistors = Thermistors { kinds, ..Thermistors::default() };
    let plant =
        plant(&hundred_kilograms(), &with(HeatParts { thermistors, ..HeatParts::default() }));
    // 25 °C: every part has its 10 kΩ.
    assert_relative_eq!(plant.ntc_ohm(4), 10_000.0, max_relative = 1e-12);
    let hot = PackSetup { ambient_c: 65.0, ..hundred_kilograms() };
    let thermistors = Thermistors { kinds, ..Thermistors::default() };
    let heat = HeatParts { thermistors, ..HeatParts::default() };
    let plant = plant_common::plant(&hot, &with(heat));
    // 10 kΩ · exp(3950 (1/338.15 - 1/298.15)) = 10 kΩ · exp(-1.5671)
    assert_relative_eq!(plant.ntc_ohm(4), 2_087.0, max_relative = 1e-3);
}

#[test]
fn broken_thermistors_show_it_until_they_are_repaired() {
    let pack = PackSetup { ambient_c: 10.0, ..hundred_kilograms() };
    let mut plant = plant(&pack, &board());
    let sound = thermistor::ohm(25.0);
    for (fault, shown) in [
        (Fault::NtcOpen { sensor: 0 }, f64::INFINITY),
        (Fault::NtcShort { sensor: 0 }, 0.0),
        (Fault::NtcBeta { sensor: 0, beta_k: 3_950.0 }, 10_000.0),
        (Fault::NtcDetached { sensor: 0 }, thermistor::ohm(10.0)),
    ] {
        assert!(plant.inject(&fault, true));
        assert_relative_eq!(plant.ntc_ohm(0), shown, max_relative = 1e-9);
        assert_relative_eq!(plant.ntc_ohm(1), sound, max_relative = 1e-9);
        assert!(plant.inject(&fault, false));
        assert_relative_eq!(plant.ntc_ohm(0), sound, max_relative = 1e-9);
    }
    assert!(!plant.inject(&Fault::NtcOpen { sensor: 7 }, true));
}

#[test]
fn a_stuck_thermistor_stays_where_it_was_while_the_world_warms() {
    let mut plant = plant(&hundred_kilograms(), &board());
    assert!(plant.inject(&Fault::NtcStuck { sensor: 6 }, true));
    plant.apply(&Action::Ambient(70.0));
    run(&mut plant, minutes(1));
    assert_relative_eq!(plant.ntc_ohm(6), thermistor::ohm(25.0), max_relative = 1e-12);
    assert!(plant.inject(&Fault::NtcStuck { sensor: 6 }, false));
    assert_relative_eq!(plant.ntc_ohm(6), thermistor::ohm(70.0), max_relative = 1e-12);
}

#[test]
fn a_detached_bead_with_a_lag_drifts_to_ambient() {
    let mut lag_s = [0.0; SENSORS];
    lag_s[2] = 60.0;
    let thermistors = Thermistors { lag_s, ..Thermistors::default() };
    let heat = HeatParts { thermistors, ..HeatParts::default() };
    let pack = PackSetup { ambient_c: 10.0, ..hundred_kilograms() };
    let mut plant = plant(&pack, &with(heat));
    assert!(plant.inject(&Fault::NtcDetached { sensor: 2 }, true));
    assert_relative_eq!(plant.ntc_ohm(2), thermistor::ohm(25.0), max_relative = 1e-9);
    run(&mut plant, secs(60.0));
    let bead = 10.0 + 15.0 * libm::exp(-1.0);
    assert_relative_eq!(plant.ntc_ohm(2), thermistor::ohm(bead), max_relative = 1e-9);
}

#[test]
fn parts_that_no_equation_can_take_are_refused_by_name() {
    let refused = |board: &BoardSetup, pack: &PackSetup| {
        Plant::new(pack, board, 1).expect_err("the parts are not sound").what
    };
    let network = ThermalNetwork { busbar_j_k: f64::NAN, ..ThermalNetwork::default() };
    let said = refused(&networked(network), &hundred_kilograms());
    assert!(said.contains("busbar"), "{said}");
    let single = PackSetup { thermal_tau_s: Some(60.0), ..hundred_kilograms() };
    let said = refused(&networked(ThermalNetwork::default()), &single);
    assert!(said.contains("time constant"), "{said}");
}
