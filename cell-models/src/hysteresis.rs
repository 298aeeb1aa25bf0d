//! Hysteresis of the open-circuit potential: one state that follows the direction of the charge.
//!
//! The one-state model of Plett (J. Power Sources 134 (2004) 252), written in charge throughput, in
//! which it is linear and solved exactly however long the step is.

use crate::ecm::settled_share;
use crate::table::Surface;

/// Size and pace of the hysteresis.
#[derive(Clone, Debug, PartialEq)]
pub struct Hysteresis {
    /// Half of the gap between the branches over SOC and temperature, volt, at least 0.
    pub half_width: Surface,
    /// Share of the remaining way per share of capacity, above 0; presets have 30 to 60.
    pub gamma: f64,
}

/// What one step did to the hysteresis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HysteresisStep {
    /// State afterwards, -1 (discharge branch) to 1 (charge branch).
    pub state: f64,
    /// Energy put into the state, joule.
    pub stored_j: f64,
    /// Energy turned into heat, joule, never below zero.
    pub heat_j: f64,
}

/// A direction and an amount of charge that passes a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throughput {
    /// Charge, ampere-second; above zero charges.
    pub charge_as: f64,
    /// Capacity of the cell, ampere-second.
    pub capacity_as: f64,
}

impl Hysteresis {
    /// No hysteresis at all.
    #[must_use]
    pub fn none() -> Self {
        Self { half_width: Surface::constant(0.0), gamma: 1.0 }
    }

    /// Half width in volt at a SOC and a temperature.
    #[must_use]
    pub fn half_width_v(&self, soc: f64, temperature_c: f64) -> f64 {
        self.half_width.at(soc, temperature_c)
    }

    /// Whether the half width interpolates here.
    #[must_use]
    pub fn covers(&self, soc: f64, temperature_c: f64) -> bool {
        self.half_width.covers(soc, temperature_c)
    }

    /// Passes charge at a constant half width (equations (10) to (12)).
    #[must_use]
    pub fn pass(&self, state: f64, half_width_v: f64, passed: Throughput) -> HysteresisStep {
        let way = self.gamma * (passed.charge_as / passed.capacity_as).abs();
        let branch = if passed.charge_as < 0.0 { -1.0 } else { 1.0 };
        let settled = settled_share(way);
        let distance = state - branch;
        let after = state - distance * settled;
        let energy_j = half_width_v * passed.capacity_as / self.gamma;
        let squared = way
            + 2.0 * branch * distance * settled
            + 0.5 * distance * distance * settled * (2.0 - settled);
        HysteresisStep {
            state: after,
            stored_j: 0.5 * energy_j * (after - state) * (after + state),
            heat_j: energy_j * squared.max(0.0),
        }
    }

    /// Energy held by a state, joule (equation (12)).
    #[must_use]
    pub fn held_j(&self, state: f64, half_width_v: f64, capacity_as: f64) -> f64 {
        0.5 * half_width_v * capacity_as / self.gamma * state * state
    }
}
