//! What the tests of the plant share: boards, packs and a way to run without comparators.

// Each test binary uses its own part of this.
#![allow(dead_code, reason = "shared between test binaries")]

use cell_models::cell::CellParams;
use sim::parts::{HeatParts, PackParts, PathParts};
use sim::plant::Plant;
use sim::setup::{Action, BoardSetup, CellSetup, PackSetup};
use sim::time::{SimTime, Span};
use sim::trace::Switch;
use sim::world::{Level, Stop, World, WorldEvent};
use std::sync::Arc;

/// The 150 A board of the scenarios with its side effects taken away: 2 mohm path, no edges, no
/// filter, no consumption. Tests add what they look at.
pub(crate) fn board() -> BoardSetup {
    BoardSetup {
        shunt_ohm: 1.0 / 6000.0,
        path_ohm: 2e-3,
        body_diode_v: 0.6,
        discharge_fall: Span(0),
        charge_fall: Span(0),
        sense_filter: Span(0),
        precharge_ohm: 10.0,
        low_cell_precharge_ohm: 10.0,
        limiter_a: 10.0,
        transfer_a: 1.0,
        transfer_efficiency: 0.9,
        bleed_a: 0.1,
        sense_wire_ohm: 0.1,
        board_a: 0.0,
        mos_heat_j_k: 200.0,
        mos_to_ambient_w_k: 2.0,
        display_a: 0.0,
        path: PathParts::default(),
        heat: HeatParts::default(),
    }
}

/// `count` equal cells at rest.
pub(crate) fn pack_of(params: CellParams, count: usize, soc: f64) -> PackSetup {
    let params = Arc::new(params);
    let cell = CellSetup { params, soc, temperature_c: 25.0 };
    PackSetup {
        cells: vec![cell; count],
        parallel: 1,
        parts: PackParts::default(),
        ambient_c: 25.0,
        thermal_tau_s: None,
    }
}

/// Sixteen cells that hold 3.3 V whatever happens: 52.8 V behind 16 times `ohm`.
pub(crate) fn stiff_pack(ohm: f64) -> PackSetup {
    pack_of(CellParams::linear(3.3, 3.3, 1e6, ohm), 16, 0.5)
}

pub(crate) fn plant(pack: &PackSetup, board: &BoardSetup) -> Plant {
    Plant::new(pack, board, 1).expect("the pack and board of a test are sound")
}

/// A plant with both MOSFETs on.
pub(crate) fn closed(pack: &PackSetup, board: &BoardSetup) -> Plant {
    let mut plant = plant(pack, board);
    plant.switch(Switch::Discharge, true);
    plant.switch(Switch::Charge, true);
    plant
}

pub(crate) fn run(plant: &mut Plant, to: SimTime) {
    assert_eq!(plant.run_until(to, &[]).expect("the state stays finite"), Stop::Reached);
    assert_eq!(plant.now(), to);
}

pub(crate) fn secs(seconds: f64) -> SimTime {
    SimTime((seconds * 1e9).round() as u64)
}

/// Runs until `level` is crossed and says when.
pub(crate) fn crossing(plant: &mut Plant, volts: f64, limit: SimTime) -> SimTime {
    let levels = [Level { comparator: 3, volts }];
    assert_eq!(
        plant.run_until(limit, &levels).expect("the state stays finite"),
        Stop::Crossed { comparator: 3 }
    );
    plant.now()
}

pub(crate) fn connect(plant: &mut Plant, load: sim::setup::Load) {
    plant.apply(&Action::ConnectLoad(load));
}

pub(crate) fn charge(plant: &mut Plant, current_a: f64, voltage_v: f64, stop_below_a: f64) {
    let charger = sim::setup::Charger::ideal(current_a, voltage_v, stop_below_a);
    plant.apply(&Action::ConnectCharger(charger));
}

pub(crate) fn happened(plant: &mut Plant, event: WorldEvent) -> Option<SimTime> {
    plant.take_events().into_iter().find(|(_, seen)| *seen == event).map(|(at, _)| at)
}
