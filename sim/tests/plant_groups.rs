//! Cells in parallel: currents against hand calculation and closed forms, exchange between unequal
//! cells against the analytic exponential, books of unequal groups.

mod plant_common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use cell_models::cell::{Branch, CellParams, Health};
use cell_models::presets;
use cell_models::table::Map;
use plant_common::{board, charge, closed, connect, pack_of, plant, run, secs};
use sim::fault::Fault;
use sim::parts::{Feed, HeatParts, PackParts, ThermalNetwork};
use sim::plant::Plant;
use sim::setup::{Action, BoardSetup, CellSetup, Load, PackSetup};
use sim::world::World;
use std::sync::Arc;

fn cell(params: CellParams, soc: f64) -> CellSetup {
    CellSetup { params: Arc::new(params), soc, temperature_c: 25.0 }
}

/// Groups of cells that stand after each other in `cells`.
fn grouped(cells: Vec<CellSetup>, parallel: usize, parts: PackParts) -> PackSetup {
    PackSetup { cells, parallel, parts, ..pack_of(CellParams::linear(3.0, 3.0, 1.0, 1.0), 1, 0.5) }
}

/// A cell that polarises, with all that parallel connection adds up scaled by `times`.
fn polarising(times: f64) -> CellParams {
    let mut params = CellParams::linear(3.2, 3.4, 100.0 * times, 0.5e-3 / times);
    params.branches.push(Branch::symmetric(Map::constant(0.8e-3 / times), 30.0));
    params
}

#[test]
fn two_unequal_cells_carry_what_a_hand_calculation_says() {
    // 3.4 V behind 1.0 + 0.1 mohm, 3.3 V behind 2.0 + 0.3 mohm, 30 A taken:
    // V = (3.4/1.1 + 3.3/2.3 - 0.030) / (1/1.1 + 1/2.3) with mohm and volt.
    let flat = |volts, ohm| cell(CellParams::linear(volts, volts, 1e9, ohm), 0.5);
    let contacts_ohm = vec![(0, 0.1e-3), (1, 0.3e-3)];
    let parts = PackParts { contacts_ohm, ..PackParts::default() };
    let pack = grouped(vec![flat(3.4, 1e-3), flat(3.3, 2e-3)], 2, parts);
    let mut plant = closed(&pack, &board());
    connect(&mut plant, Load::Current(30.0));
    run(&mut plant, secs(0.5));
    let volts = (3.4 / 1.1e-3 + 3.3 / 2.3e-3 - 30.0) / (1.0 / 1.1e-3 + 1.0 / 2.3e-3);
    let found = plant.cells_a();
    assert_abs_diff_eq!(found[0], (volts - 3.4) / 1.1e-3, epsilon = 1e-6);
    assert_abs_diff_eq!(found[1], (volts - 3.3) / 2.3e-3, epsilon = 1e-6);
    assert_abs_diff_eq!(plant.truth().cells_v[0], volts, epsilon = 1e-9);
}

#[test]
fn equal_cells_in_parallel_are_one_cell_of_as_many_times_the_capacity() {
    let many = grouped(vec![cell(polarising(1.0), 0.5); 12], 3, PackParts::default());
    let one = pack_of(polarising(3.0), 4, 0.5);
    let play = |pack: &PackSetup| {
        let mut plant = closed(pack, &BoardSetup { board_a: 0.04, ..board() });
        connect(&mut plant, Load::Resistance(0.2));
        run(&mut plant, secs(300.0));
        charge(&mut plant, 40.0, 13.45, 0.0);
        plant.apply(&Action::DisconnectLoad);
        run(&mut plant, secs(900.0));
        plant.truth()
    };
    let (many, one) = (play(&many), play(&one));
    assert_relative_eq!(many.current_a, one.current_a, max_relative = 1e-9);
    for (a, b) in many.cells_v.iter().zip(&one.cells_v) {
        assert_abs_diff_eq!(a, b, epsilon = 1e-9);
    }
    for (a, b) in many.socs.iter().zip(&one.socs) {
        assert_abs_diff_eq!(a, b, epsilon = 1e-9);
    }
}

/// The detailed path and the plain one: a short of 1e15 ohm is none, but makes groups of cells.
#[test]
fn a_single_cell_per_group_is_the_same_by_either_path() {
    let play = |faults: &[Fault]| {
        let pack = pack_of(presets::lfp_100ah(), 4, 0.6);
        let mut plant = closed(&pack, &BoardSetup { board_a: 0.04, ..board() });
        for fault in faults {
            assert!(plant.inject(fault, true));
        }
        connect(&mut plant, Load::Resistance(0.3));
        run(&mut plant, secs(600.0));
        (plant.truth(), plant.ledger())
    };
    let (plain, plain_books) = play(&[]);
    let (detailed, books) = play(&[Fault::CellShort { cell: 2, ohm: 1e15 }]);
    assert_relative_eq!(plain.current_a, detailed.current_a, max_relative = 1e-10);
    assert_relative_eq!(plain_books.chemical_j, books.chemical_j, max_relative = 1e-10);
    assert_relative_eq!(plain_books.cell_heat_j, books.cell_heat_j, max_relative = 1e-8);
    for (a, b) in plain.cells_v.iter().zip(&detailed.cells_v) {
        assert_abs_diff_eq!(a, b, epsilon = 1e-9);
    }
}

/// Two linear cells of Q and slope s behind R each: their difference decays with R Q / s.
#[test]
fn two_cells_10_percent_apart_approach_each_other_along_the_exponential() {
    let (ohm, capacity_ah, slope) = (10e-3, 10.0, 0.5);
    let params = CellParams::linear(3.0, 3.0 + slope, capacity_ah, ohm);
    let pack =
        grouped(vec![cell(params.clone(), 0.55), cell(params, 0.45)], 2, PackParts::default());
    let mut plant = plant(&pack, &board());
    let tau_s = ohm * capacity_ah * 3600.0 / slope;
    for at in [0.5, 100.0, 720.0, 2000.0] {
        run(&mut plant, secs(at));
        let decay = libm::exp(-at / tau_s);
        let socs = plant.cells_soc();
        // Within a segment SOC runs in a straight line: 1 s of 720 s bends by 1e-7.
        assert_abs_diff_eq!(socs[0] - socs[1], 0.1 * decay, epsilon = 1e-7);
        assert_abs_diff_eq!(socs[0] + socs[1], 1.0, epsilon = 1e-14);
        let exchanged = 0.1 * slope * decay / (2.0 * ohm);
        assert_abs_diff_eq!(plant.cells_a()[1], exchanged, epsilon = 2e-5);
    }
}

/// The exchange of two cells with a polarisation pair each is a linear system of second order: the
/// difference d of the source voltages and p of the pairs: i = (d + p)/2R0, d' = -2 s i / Q,
/// p' = -p/tau - 2 i R1/tau. Eigenvalues by hand.
#[test]
fn polarising_cells_exchange_with_two_time_constants() {
    let (r0, r1, tau, slope, charge_as) = (1e-3, 1e-3, 30.0, 0.5, 36_000.0);
    let mut params = CellParams::linear(3.0, 3.0 + slope, charge_as / 3600.0, r0);
    params.branches.push(Branch::symmetric(Map::constant(r1), tau));
    let pack =
        grouped(vec![cell(params.clone(), 0.52), cell(params, 0.48)], 2, PackParts::default());
    let mut plant = plant(&pack, &board());
    let a = slope / (charge_as * r0);
    let b = r1 / (r0 * tau);
    let (trace, det) = (-(a + b + 1.0 / tau), a / tau);
    let root = (trace * trace / 4.0 - det).sqrt();
    let (fast, slow) = (trace / 2.0 - root, trace / 2.0 + root);
    let d0 = 0.04 * slope;
    // d(0) = d0, d'(0) = -a d0.
    let first = d0 * (-a - slow) / (fast - slow);
    for at in [5.0, 20.0, 100.0] {
        run(&mut plant, secs(at));
        let exact = first * libm::exp(fast * at) + (d0 - first) * libm::exp(slow * at);
        let socs = plant.cells_soc();
        assert_abs_diff_eq!((socs[0] - socs[1]) * slope, exact, epsilon = 2e-7);
    }
}

fn unequal(feed: Feed) -> PackSetup {
    let params = Arc::new(presets::lfp_100ah());
    let cells = (0..12).map(|index| {
        let soc = 0.5 + 0.01 * f64::from(index % 5);
        CellSetup { params: Arc::clone(&params), soc, temperature_c: 25.0 }
    });
    let parts = PackParts {
        capacity_spread: 0.02,
        resistance_spread: 0.1,
        joint_ohm: 50e-6,
        contact_ohm: 100e-6,
        busbar_ohm: 30e-6,
        busbars_ohm: vec![(4, 200e-6)],
        feed,
        healths: vec![(7, Health { capacity: 0.8, resistance: 1.5 })],
        ..PackParts::default()
    };
    grouped(cells.collect(), 3, parts)
}

fn playing(feed: Feed) -> Plant {
    let mut plant = closed(&unequal(feed), &BoardSetup { board_a: 0.04, ..board() });
    run(&mut plant, secs(100.0));
    connect(&mut plant, Load::Current(120.0));
    run(&mut plant, secs(900.0));
    plant.apply(&Action::DisconnectLoad);
    charge(&mut plant, 80.0, 13.6, 0.0);
    run(&mut plant, secs(1800.0));
    plant.apply(&Action::DisconnectCharger);
    connect(&mut plant, Load::Power { watts: 400.0, cut_off_v: 8.0 });
    run(&mut plant, secs(2700.0));
    plant
}

#[test]
fn the_books_of_unequal_groups_close_and_their_charge_is_the_packs() {
    for feed in [Feed::SameEnd, Feed::OppositeEnds] {
        let plant = playing(feed);
        let ledger = plant.ledger();
        let turnover = ledger.chemical_j.abs().max(ledger.port_j.abs()) + ledger.cell_heat_j;
        let relative = ledger.closure_j() / turnover;
        assert!(relative.abs() < 1e-6, "{relative:e} {ledger:?}");
        let truth = plant.truth();
        for group in plant.cells_a().chunks(3) {
            let sum: f64 = group.iter().sum();
            assert_abs_diff_eq!(sum, truth.current_a - 0.04, epsilon = 1e-9);
        }
    }
}

#[test]
fn the_callers_steps_change_nothing_in_groups() {
    let build = || {
        let mut plant = closed(&unequal(Feed::SameEnd), &board());
        connect(&mut plant, Load::Current(90.0));
        plant
    };
    let (mut whole, mut chopped) = (build(), build());
    let end = secs(200.0);
    run(&mut whole, end);
    while chopped.now() < end {
        let to = sim::time::SimTime(chopped.now().0 + 123_456_789);
        run(&mut chopped, to.min(end));
    }
    assert_eq!(whole.truth(), chopped.truth());
    assert_eq!(whole.cells_a(), chopped.cells_a());
}

#[test]
fn an_open_cell_leaves_its_current_to_the_others() {
    let mut plant = closed(&unequal(Feed::OppositeEnds), &board());
    connect(&mut plant, Load::Current(60.0));
    run(&mut plant, secs(10.0));
    assert!(plant.cells_a()[4] < -10.0);
    let soc = plant.cells_soc()[4];
    assert!(plant.inject(&Fault::CellOpen { cell: 4 }, true));
    run(&mut plant, secs(400.0));
    let cells_a = plant.cells_a();
    assert!(cells_a[4].abs() < 1e-6);
    assert_abs_diff_eq!(cells_a[3] + cells_a[5], -60.0, epsilon = 1e-5);
    assert_abs_diff_eq!(plant.cells_soc()[4], soc, epsilon = 1e-4);
    assert!(plant.inject(&Fault::CellOpen { cell: 4 }, false));
    run(&mut plant, secs(401.0));
    assert!(plant.cells_a()[4] < -20.0, "it is fuller than its neighbours now");
}

#[test]
fn cells_that_cannot_stand_in_groups_are_refused() {
    let pack = PackSetup { parallel: 3, ..pack_of(presets::lfp_100ah(), 16, 0.5) };
    let error = Plant::new(&pack, &board(), 1).expect_err("16 cells make no groups of 3");
    assert_eq!(error.what, "16 cells cannot stand in groups of 3");
    let pack = PackSetup { parallel: 0, ..pack };
    assert!(Plant::new(&pack, &board(), 1).is_err());
}

/// Two flat cells of 100 J/K in parallel that give nothing away, for tests of heat.
fn warm_pair() -> PackSetup {
    let sealed = |volts, ohm| {
        let params = CellParams::linear(volts, volts, 1e9, ohm);
        let params = CellParams { heat_capacity_j_k: 100.0, to_ambient_w_k: 0.0, ..params };
        cell(CellParams { to_neighbour_w_k: 0.0, ..params }, 0.5)
    };
    let contacts_ohm = vec![(0, 2e-3), (1, 1e-3)];
    let parts = PackParts { contacts_ohm, busbar_ohm: 0.5e-3, ..PackParts::default() };
    grouped(vec![sealed(3.3, 1e-3), sealed(3.3, 2e-3)], 2, parts)
}

/// 3 mohm each behind their contacts, fed at opposite ends of two stretches of 0.5 mohm: 15 A of
/// 30 A in each cell and each stretch, so 225 A² x (cell + contact) and in the bars
/// 2 x 225 A² x 0.5 mohm, half of it to each cell.
#[test]
fn contacts_and_bars_warm_the_cells_beside_them_as_worked_out_by_hand() {
    let mut plant = closed(&warm_pair(), &board());
    connect(&mut plant, Load::Current(30.0));
    run(&mut plant, secs(600.0));
    let bars_w = 2.0 * 225.0 * 0.5e-3;
    let rise_k = (225.0 * 3e-3 + 0.5 * bars_w) * 600.0 / 100.0;
    let found = plant.truth().cells_c;
    assert_abs_diff_eq!(found[0], 25.0 + rise_k, epsilon = 1e-6);
    assert_abs_diff_eq!(found[1], 25.0 + rise_k, epsilon = 1e-6);
}

/// With busbars of their own, half of it goes into the bar above; the lowest group has none below,
/// and its cells keep the other half.
#[test]
fn contacts_and_bars_warm_the_busbars_where_there_are_some() {
    let network = ThermalNetwork { busbar_j_k: 50.0, ..ThermalNetwork::default() };
    let heat = HeatParts { network: Some(network), ..HeatParts::default() };
    let mut plant = closed(&warm_pair(), &BoardSetup { heat, ..board() });
    connect(&mut plant, Load::Current(30.0));
    run(&mut plant, secs(600.0));
    // Ending the running segment makes its end the state.
    plant.apply(&Action::DisconnectLoad);
    let bars_w = 2.0 * 225.0 * 0.5e-3;
    let (contacts_w, busbar) = ([225.0 * 2e-3, 225.0 * 1e-3], plant.thermal_nodes()[0].1);
    let links_w = contacts_w[0] + contacts_w[1] + bars_w;
    assert_abs_diff_eq!(busbar, 25.0 + 0.5 * links_w * 600.0 / 50.0, epsilon = 1e-6);
    for (index, cell_w) in [225.0 * 1e-3, 225.0 * 2e-3].into_iter().enumerate() {
        let watts = cell_w + 0.5 * (contacts_w[index] + 0.5 * bars_w);
        assert_abs_diff_eq!(
            plant.truth().cells_c[index],
            25.0 + watts * 600.0 / 100.0,
            epsilon = 1e-6
        );
    }
}

/// What three groups of unequal cells and their busbars hold is what cells, contacts, bars and
/// joints have made, and the busbar between two groups takes its half of both.
#[test]
fn no_joule_of_contacts_and_bars_is_lost_between_books_and_nodes() {
    let params = |ohm| CellParams {
        heat_capacity_j_k: 100.0,
        to_ambient_w_k: 0.0,
        to_neighbour_w_k: 0.3,
        ..CellParams::linear(3.2, 3.4, 50.0, ohm)
    };
    let cells = [1.0, 1.3, 0.8, 1.1, 1.7, 0.9].map(|times| cell(params(times * 1e-3), 0.6));
    let parts = PackParts {
        contact_ohm: 0.4e-3,
        busbar_ohm: 0.2e-3,
        joint_ohm: 0.1e-3,
        ..PackParts::default()
    };
    let network =
        ThermalNetwork { busbar_j_k: 50.0, busbar_to_cell_w_k: 0.8, ..ThermalNetwork::default() };
    let heat = HeatParts { network: Some(network), ..HeatParts::default() };
    let board = BoardSetup { heat, mos_heat_j_k: 0.0, ..board() };
    let mut plant = closed(&grouped(cells.to_vec(), 2, parts), &board);
    let load = Load::Current(40.0);
    connect(&mut plant, Load::Rippling { load: Arc::new(load), rms_a: 15.0, resolved_hz: None });
    run(&mut plant, secs(300.0));
    plant.apply(&Action::DisconnectLoad);
    let books = plant.ledger();
    let cells_j: f64 = plant.truth().cells_c.iter().map(|celsius| (celsius - 25.0) * 100.0).sum();
    let nodes = plant.thermal_nodes();
    let bars_j: f64 = nodes.iter().map(|(_, celsius)| (celsius - 25.0) * 50.0).sum();
    // The path's 2 mohm warm the bank, which has no node here.
    let path_j = 2e-3 * (40.0 * 40.0 + 15.0 * 15.0) * 300.0;
    let made_j = books.cell_heat_j + books.path_heat_j - path_j;
    assert_eq!(nodes.len(), 3);
    assert_relative_eq!(cells_j + bars_j, made_j, max_relative = 1e-6);
    assert!(books.closure_j().abs() < 1e-6 * books.chemical_j.abs(), "{books:?}");
}
