//! The board's bus capacitor: pre-charge, bleeding and loads beside it against closed forms, and its
//! place in the books.

mod plant_common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use plant_common::{board, charge, connect, crossing, plant, run, secs, stiff_pack};
use sim::parts::{BusCapacitor, PathParts};
use sim::plant::Plant;
use sim::setup::{Action, BoardSetup, Load};
use sim::trace::Switch;
use sim::world::{Nodes, World};

const FARAD: f64 = 4e-3;

fn bus(start_v: f64) -> BusCapacitor {
    BusCapacitor { farad: FARAD, ohm: 5e-3, bleeder_ohm: f64::INFINITY, start_v }
}

fn with(bus: BusCapacitor) -> BoardSetup {
    BoardSetup { path: PathParts { bus: Some(bus), ..PathParts::default() }, ..board() }
}

/// 52.8 V behind 16 mohm of cells.
fn on(board: &BoardSetup) -> Plant {
    plant(&stiff_pack(1e-3), board)
}

/// Every joule that the cells gave.
fn given_j(plant: &Plant) -> f64 {
    let books = plant.ledger();
    assert!(books.closure_j().abs() < 1e-6 * books.chemical_j.abs(), "{books:?}");
    books.chemical_j
}

/// R = 16 m + 10 + 2 m + 5 mohm; a charge of C E costs C E², half of which is heat whatever R is.
#[test]
fn pre_charge_follows_the_exponential_and_half_of_its_energy_is_heat() {
    let mut plant = on(&with(bus(0.0)));
    plant.switch(Switch::Precharge, true);
    let ohm = 16e-3 + 10.0 + 2e-3 + 5e-3;
    let tau_s = ohm * FARAD;
    for taus in [0.5, 1.0, 3.0] {
        run(&mut plant, secs(taus * tau_s));
        let left = libm::exp(-taus);
        assert_relative_eq!(plant.truth().current_a, -52.8 / ohm * left, max_relative = 1e-6);
        // The port stands before the capacitor's own resistance.
        let port_v = 52.8 * (1.0 - left) + 5e-3 * 52.8 / ohm * left;
        assert_relative_eq!(plant.port_v(), port_v, max_relative = 1e-6);
    }
    run(&mut plant, secs(25.0 * tau_s));
    let given_j = given_j(&plant);
    let books = plant.ledger();
    let stored_j = 0.5 * FARAD * 52.8 * 52.8;
    assert_relative_eq!(given_j, 2.0 * stored_j, max_relative = 1e-6);
    assert_relative_eq!(books.polarisation_j, stored_j, max_relative = 1e-6);
    assert_relative_eq!(books.cell_heat_j + books.path_heat_j, stored_j, max_relative = 1e-4);
    assert!(books.port_j.abs() < 1e-4 * stored_j, "nothing is attached: {books:?}");
}

/// Without pre-charge the loop is 16 m + 2 m + 5 mohm: 2.3 kA at once, gone with 92 µs.
#[test]
fn closing_onto_an_empty_bus_is_an_inrush_that_the_shunt_sees() {
    let mut plant = on(&with(bus(0.0)));
    plant.switch(Switch::Charge, true);
    plant.switch(Switch::Discharge, true);
    let (peak_a, tau_s) = (52.8 / 23e-3, 23e-3 * FARAD);
    assert_relative_eq!(plant.truth().current_a, -peak_a, max_relative = 1e-9);
    let after_s = 1.2 * tau_s;
    run(&mut plant, secs(after_s));
    let exact_a = -peak_a * libm::exp(-1.2);
    assert_relative_eq!(plant.truth().current_a, exact_a, max_relative = 1e-5);
}

#[test]
fn a_full_bus_draws_nothing_and_its_bleeder_empties_it_along_the_exponential() {
    let bled = BusCapacitor { bleeder_ohm: 2e3, ..bus(52.8) };
    let mut plant = on(&with(bled));
    run(&mut plant, secs(0.0));
    assert_abs_diff_eq!(plant.port_v(), 52.8, epsilon = 1e-12);
    run(&mut plant, secs(12.0));
    let left_v = 52.8 * libm::exp(-12.0 / (2e3 * FARAD));
    assert_relative_eq!(plant.port_v(), left_v, max_relative = 1e-9);
    let books = plant.ledger();
    let lost_j = 0.5 * FARAD * (52.8 * 52.8 - left_v * left_v);
    assert_relative_eq!(books.polarisation_j, -lost_j, max_relative = 1e-9);
    assert_relative_eq!(books.path_heat_j, lost_j, max_relative = 1e-6);
}

/// A load of 20 A lives on the capacitor when the pack opens: 5 V a millisecond.
#[test]
fn a_constant_current_empties_the_bus_along_a_line() {
    let mut plant = on(&with(bus(52.8)));
    plant.switch(Switch::Discharge, true);
    connect(&mut plant, Load::Current(20.0));
    run(&mut plant, secs(0.1));
    assert_abs_diff_eq!(plant.truth().current_a, -20.0, epsilon = 1e-3);
    plant.switch(Switch::Discharge, false);
    // The charge MOSFET is off: its diode takes 0.6 V.
    let full_v = 52.8 - 0.6 - 20.0 * 23e-3;
    run(&mut plant, secs(0.104));
    assert_abs_diff_eq!(plant.port_v(), full_v - 20.0 * 4e-3 / FARAD, epsilon = 2e-3);
    run(&mut plant, secs(1.0));
    assert_abs_diff_eq!(plant.port_v(), 0.0, epsilon = 1e-6);
}

/// The bus at 52.8 V, an empty inverter of 12 mF: a quarter of the voltage is left, and three
/// quarters of the energy are lost in what connects them.
#[test]
fn an_empty_inverter_shares_the_charge_of_the_bus() {
    let inverter = Load::Inverter {
        farad: 3.0 * FARAD,
        ohm: 20e-3,
        henry: 0.0,
        start_v: 0.0,
        bleeder_ohm: f64::INFINITY,
        watts: 0.0,
        cut_off_v: 0.0,
    };
    let mut plant = on(&with(bus(52.8)));
    connect(&mut plant, inverter);
    assert_abs_diff_eq!(plant.port_v(), 52.8 / 4.0, epsilon = 1e-9);
    run(&mut plant, secs(0.5));
    let books = plant.ledger();
    let (before_j, share) = (0.5 * FARAD * 52.8 * 52.8, 1.0 / 16.0);
    assert_relative_eq!(books.polarisation_j, (share - 1.0) * before_j, max_relative = 1e-9);
    assert_relative_eq!(books.port_j, (1.0 - share) * before_j, max_relative = 1e-9);
    plant.apply(&Action::DisconnectLoad);
    assert_abs_diff_eq!(plant.port_v(), 52.8 / 4.0, epsilon = 1e-9);
}

/// A resistor beside the capacitor: the source of E R / (R + r) behind both in parallel.
#[test]
fn a_resistor_beside_the_bus_settles_at_the_divider_with_the_time_of_both() {
    let mut plant = on(&with(bus(0.0)));
    connect(&mut plant, Load::Resistance(40.0));
    plant.switch(Switch::Precharge, true);
    let (ohm, load_ohm) = (16e-3 + 10.0 + 2e-3 + 5e-3, 40.0);
    let tau_s = FARAD * ohm * load_ohm / (ohm + load_ohm);
    run(&mut plant, secs(tau_s));
    let bus_v = 52.8 * load_ohm / (ohm + load_ohm) * -libm::expm1(-1.0);
    let exact_a = -(52.8 - bus_v) / ohm;
    assert_relative_eq!(plant.truth().current_a, exact_a, max_relative = 1e-6);
    run(&mut plant, secs(2.0));
    assert_relative_eq!(plant.truth().current_a, -52.8 / (ohm + load_ohm), max_relative = 1e-6);
    let _ = given_j(&plant);
}

#[test]
fn a_bus_beside_charger_power_and_short_keeps_the_books_closed() {
    let bled = BusCapacitor { bleeder_ohm: 1e3, ..bus(0.0) };
    let mut plant = on(&with(bled));
    plant.switch(Switch::Precharge, true);
    run(&mut plant, secs(0.5));
    plant.switch(Switch::Discharge, true);
    plant.switch(Switch::Precharge, false);
    plant.switch(Switch::Charge, true);
    charge(&mut plant, 30.0, 54.0, 0.0);
    run(&mut plant, secs(20.0));
    assert_abs_diff_eq!(plant.truth().current_a, 30.0 - 52.8 / 1e3, epsilon = 0.02);
    plant.apply(&Action::DisconnectCharger);
    connect(&mut plant, Load::Power { watts: 500.0, cut_off_v: 40.0 });
    run(&mut plant, secs(40.0));
    connect(&mut plant, Load::Short { ohm: 20e-3, henry: 2e-6 });
    let _ = crossing(&mut plant, -600.0 / 6000.0, secs(41.0));
    plant.switch(Switch::Discharge, false);
    run(&mut plant, secs(41.0));
    plant.apply(&Action::DisconnectLoad);
    run(&mut plant, secs(42.0));
    assert_abs_diff_eq!(plant.port_v(), 0.0, epsilon = 1e-9);
    let _ = given_j(&plant);
}
