//! The runs that are timed: whole loops, firmware and chip included, and nothing that a scenario
//! author could not write.

use cell_models::presets;
use sim::parts::PackParts;
use sim::script::Script;
use sim::setup::{
    Action, CellSetup, Charger, FrontEndLevel, Load, Looks, PackSetup, Reasons, Setup, TimedAction,
    Tolerance, WorldSetup,
};
use sim::time::{SimTime, Span};
use std::sync::Arc;

/// Seconds of virtual time in [`day`].
pub const DAY_S: u64 = 86_400;

/// A charge and discharge day of a 16S pack of 100 Ah cells with spread, on the PS-20016S: four
/// times charged at 20 A and 56 V for 2.5 h, emptied at 1 kW for 2.5 h, rested in between.
/// Balancing, cells that warm each other and board consumption are active; a row is recorded every
/// minute.
///
/// # Panics
/// If the embedded product is not there.
#[must_use]
pub fn day(front_end: FrontEndLevel) -> Setup {
    let product = scenarios::product::load("ps-20016s").expect("the product is embedded");
    let params = Arc::new(presets::lfp_100ah());
    let cell = CellSetup { params, soc: 0.5, temperature_c: 25.0 };
    Setup {
        name: "day".to_owned(),
        params: product.params,
        board: product.board,
        world: WorldSetup::ClosedLoop(PackSetup {
            cells: vec![cell; 16],
            parallel: 1,
            parts: PackParts {
                capacity_spread: 0.01,
                resistance_spread: 0.03,
                joint_ohm: 50e-6,
                ..PackParts::default()
            },
            ambient_c: 25.0,
            thermal_tau_s: None,
        }),
        timeline: (0..4).flat_map(|cycle| charge_and_discharge(10 + cycle * DAY_S / 4)).collect(),
        script: Script::default(),
        front_end,
        tolerance: Tolerance::Nominal,
        seed: 1,
        duration: SimTime::from_secs(DAY_S),
        record_period: Span::from_millis(60_000),
        record_at: Vec::new(),
        event_budget: u64::MAX,
        switched_on: true,
        latched: Reasons::empty(),
        looks: Looks::default(),
        steps: sim::setup::StepBounds::default(),
    }
}

fn charge_and_discharge(start: u64) -> [TimedAction; 4] {
    let charger = Charger::ideal(20.0, 56.0, 0.0);
    let load = Load::Power { watts: 1_000.0, cut_off_v: 40.0 };
    [
        (0, Action::ConnectCharger(charger)),
        (9_000, Action::DisconnectCharger),
        (10_000, Action::ConnectLoad(load)),
        (19_000, Action::DisconnectLoad),
    ]
    .map(|(after, action)| TimedAction { at: SimTime::from_secs(start + after), action })
}

/// A scenario of the embedded suite.
///
/// # Panics
/// If there is none of that name.
#[must_use]
pub fn scenario(id: &str) -> Setup {
    let found = scenarios::suite().into_iter().find(|scenario| scenario.id == id);
    found.expect("the scenario is embedded").setup
}
