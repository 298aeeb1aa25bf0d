//! Capacity laws of LFP/graphite cells.

use super::{Fade, Power, Stress, Tested, anode_potential_v, arrhenius, cube};
use serde::{Deserialize, Serialize};

/// LFP/graphite prismatic above 250 Ah, of low power (equations (A4) and (A5)).
///
/// Coefficients as fitted by NREL in BLAST-Lite to the tests of doi 10.1016/j.est.2023.109042. All
/// tests were at 10 to 45 °C, 80 to 100 % depth, at most 0.65 C charge and 1 C discharge. The cycle
/// term grows towards the cold because it balances the calendar term over that range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlastLfp {
    /// Factor of the calendar term, per day to the power of its exponent.
    pub calendar_factor: f64,
    /// Temperature dependence of the calendar term: exp(this / T), kelvin.
    pub calendar_k: f64,
    /// Dependence on the anode potential: exp(this × Uₐ / T), kelvin per volt.
    pub calendar_k_per_v: f64,
    /// Exponent of time, above 0.
    pub calendar_exponent: f64,
    /// Cycle term at no depth and no current, per EFC to the power of its exponent.
    pub cycle_factor: f64,
    /// Addition to the cycle term per depth.
    pub cycle_per_depth: f64,
    /// Addition to the cycle term per rate, hour.
    pub cycle_per_rate: f64,
    /// Temperature dependence of the cycle term in the cold: exp(this / T), kelvin.
    pub cycle_cold_k: f64,
    /// The same in the heat: exp(-this / T), kelvin.
    pub cycle_hot_k: f64,
    /// Exponent of the throughput, above 0.
    pub cycle_exponent: f64,
    /// Multiplier of the cycle term for a better or worse cell, above 0; 1 is the published fit.
    pub cycle_scale: f64,
}

impl Default for BlastLfp {
    fn default() -> Self {
        Self {
            calendar_factor: 8.37e4,
            calendar_k: -5.21e3,
            calendar_k_per_v: -3.56e3,
            calendar_exponent: 0.526,
            cycle_factor: 4.38e-8,
            cycle_per_depth: 1.55e-8,
            cycle_per_rate: 1.68e-7,
            cycle_cold_k: 2.19e3,
            cycle_hot_k: 1.55e5,
            cycle_exponent: 0.828,
            cycle_scale: 1.0,
        }
    }
}

impl BlastLfp {
    /// What was cycled.
    pub const TESTED: Tested =
        Tested { temperature_c: [10.0, 45.0], depth_min: 0.8, rate_max: 1.0 };

    pub(super) fn fade(&self, stress: &Stress, cycling: &Stress) -> Fade {
        let (rest_k, cycle_k) = (stress.kelvin(), cycling.kelvin());
        let driven = self.calendar_k + self.calendar_k_per_v * anode_potential_v(stress.soc_mean);
        let calendar = self.calendar_factor * libm::exp(driven / rest_k);
        let depth_and_rate = self.cycle_factor
            + self.cycle_per_depth * cycling.dod
            + self.cycle_per_rate * cycling.c_rate;
        let temperature =
            libm::exp(self.cycle_cold_k / cycle_k) + libm::exp(-self.cycle_hot_k / cycle_k);
        let cycle = self.cycle_scale * depth_and_rate * temperature;
        Fade {
            calendar: Power { rate: calendar, exponent: self.calendar_exponent },
            calendar_x: stress.days(),
            cycle: Power { rate: cycle, exponent: self.cycle_exponent },
            cycle_x: stress.efc,
        }
    }

    pub(super) fn positive(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("calendar_factor", self.calendar_factor),
            ("calendar_exponent", self.calendar_exponent),
            ("cycle_factor", self.cycle_factor),
            ("cycle_exponent", self.cycle_exponent),
            ("cycle_scale", self.cycle_scale),
        ]
    }
}

/// Sony 3 Ah LFP/graphite 26650 (equations (A6) and (A7)): square roots of time and throughput.
///
/// Naumann et al., J. Energy Storage 17 (2018) 153 (calendar) and J. Power Sources 451 (2020)
/// 227666 (cycles), coefficients as SimSES has them. Cycled from 20 to 40 °C with no
/// dependence on temperature in the term; at most 1 C charge and 2 C discharge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NaumannLfp {
    /// Calendar term at 25 °C, per square root of a second.
    pub calendar_factor: f64,
    /// Activation energy of the calendar term, J/mol.
    pub calendar_activation_j_mol: f64,
    /// Its dependence on SOC: this × (s - 0.5)³ + [`Self::calendar_offset`].
    pub calendar_cubic: f64,
    /// Value of that dependence at half charge.
    pub calendar_offset: f64,
    /// Cycle term, percent per root of an EFC, per rate, hour.
    pub cycle_per_rate: f64,
    /// The same at no current.
    pub cycle_factor: f64,
    /// Its dependence on depth: this × (depth - 0.6)³ + [`Self::cycle_offset`].
    pub cycle_cubic: f64,
    /// Value of that dependence at a depth of 60 %.
    pub cycle_offset: f64,
}

impl Default for NaumannLfp {
    fn default() -> Self {
        Self {
            calendar_factor: 1.2571e-5,
            calendar_activation_j_mol: 17_126.0,
            calendar_cubic: 2.8575,
            calendar_offset: 0.602_25,
            cycle_per_rate: 0.0630,
            cycle_factor: 0.0971,
            cycle_cubic: 4.0253,
            cycle_offset: 1.0923,
        }
    }
}

impl NaumannLfp {
    /// What was cycled.
    pub const TESTED: Tested =
        Tested { temperature_c: [20.0, 40.0], depth_min: 0.0, rate_max: 2.0 };

    pub(super) fn fade(&self, stress: &Stress, cycling: &Stress) -> Fade {
        let soc = self.calendar_cubic * cube(stress.soc_mean - 0.5) + self.calendar_offset;
        let warmth = arrhenius(self.calendar_activation_j_mol, stress.kelvin());
        let rate = self.cycle_per_rate * cycling.c_rate + self.cycle_factor;
        let depth = self.cycle_cubic * cube(cycling.dod - 0.6) + self.cycle_offset;
        let percent = rate * depth;
        Fade {
            calendar: Power { rate: self.calendar_factor * warmth * soc, exponent: 0.5 },
            calendar_x: stress.dt_s,
            cycle: Power { rate: percent / 100.0, exponent: 0.5 },
            cycle_x: stress.efc,
        }
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
