//! Growth of resistance.

use super::{Stress, Tested, arrhenius, cube};
use serde::{Deserialize, Serialize};

/// Sony 3 Ah LFP/graphite 26650: straight lines in time and throughput (equations (A11), (A12)).
///
/// Naumann et al. 2018 and 2020, coefficients as in SimSES. The dependence on SOC is a square there
/// and a cube in BLAST-Lite, with the same coefficients; the square is taken. The cycle term falls
/// with the current and would turn negative above 1.05 C; it stops at 0 there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NaumannResistance {
    /// Calendar growth at 25 °C, per second.
    pub calendar_factor: f64,
    /// Activation energy, J/mol.
    pub calendar_activation_j_mol: f64,
    /// Its dependence on SOC: this × (s - 0.5)² + [`Self::calendar_offset`].
    pub calendar_square: f64,
    /// Value of that dependence at half charge.
    pub calendar_offset: f64,
    /// Cycle growth, percent per EFC, per rate, hour.
    pub cycle_per_rate: f64,
    /// The same at no current.
    pub cycle_factor: f64,
    /// Its dependence on depth: this × (depth - 0.5)³ + [`Self::cycle_offset`].
    pub cycle_cubic: f64,
    /// Value of that dependence at half depth.
    pub cycle_offset: f64,
}

impl Default for NaumannResistance {
    fn default() -> Self {
        Self {
            calendar_factor: 3.4194e-10,
            calendar_activation_j_mol: 71_827.0,
            calendar_square: -3.3903,
            calendar_offset: 1.5604,
            cycle_per_rate: -0.0020,
            cycle_factor: 0.0021,
            cycle_cubic: 6.8477,
            cycle_offset: 0.9182,
        }
    }
}

impl NaumannResistance {
    /// What was cycled; above about 1 C the growth would become a loss.
    pub const TESTED: Tested =
        Tested { temperature_c: [20.0, 40.0], depth_min: 0.0, rate_max: 1.05 };

    pub(super) fn calendar_growth(&self, stress: &Stress) -> f64 {
        let off = stress.soc_mean.clamp(0.0, 1.0) - 0.5;
        let soc = self.calendar_square * off * off + self.calendar_offset;
        let warmth = arrhenius(self.calendar_activation_j_mol, stress.kelvin());
        (self.calendar_factor * warmth * soc).max(0.0) * stress.dt_s
    }

    pub(super) fn cycle_growth(&self, stress: &Stress) -> f64 {
        let rate = self.cycle_per_rate * stress.c_rate + self.cycle_factor;
        let depth = self.cycle_cubic * cube(stress.dod - 0.5) + self.cycle_offset;
        (rate * depth / 100.0).max(0.0) * stress.efc
    }

    pub(super) fn positive(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("calendar_factor", self.calendar_factor),
            ("calendar_offset", self.calendar_offset),
            ("cycle_factor", self.cycle_factor),
            ("cycle_offset", self.cycle_offset),
        ]
    }
}
