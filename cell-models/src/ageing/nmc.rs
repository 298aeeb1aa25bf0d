//! Capacity laws of cells with an NMC cathode, against graphite and against titanate.

use super::{Fade, Power, Stress, Tested, ZERO_C_K, anode_potential_v, cube};
use serde::{Deserialize, Serialize};

/// Days and equivalent full cycles per unit of [`Nmc811`]'s own variables.
const NMC811_UNIT: f64 = 1e4;
/// Temperature by which [`Nmc811`] divides its own, kelvin.
const NMC811_REFERENCE_K: f64 = ZERO_C_K + 35.0;
/// Anode potential by which [`Nmc811`] divides its own, volt: that of half charge.
const NMC811_REFERENCE_V: f64 = 0.123;
/// Temperature by which [`NmcLto`] divides its own, kelvin.
const NMC_LTO_REFERENCE_K: f64 = ZERO_C_K + 45.0;

/// LG M50 5 Ah NMC811/graphite-SiOx 21700 (equations (A8) and (A9)).
///
/// Fitted in BLAST-Lite to the tests of Truong Bui et al. (IEEE, 2021). Cycles were at 0 to 25 °C,
/// full depth, charge at a third of C: the law knows neither depth nor charge current.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nmc811 {
    /// The five coefficients of the calendar term, in the order of equation (A8).
    pub calendar: [f64; 5],
    /// Exponent of time, above 0.
    pub calendar_exponent: f64,
    /// The three coefficients of the cycle term, in the order of equation (A9).
    pub cycle: [f64; 3],
    /// Exponent of the throughput, above 0.
    pub cycle_exponent: f64,
}

impl Default for Nmc811 {
    fn default() -> Self {
        Self {
            calendar: [
                -2.391_566_287_865_25,
                2.442_053_178_341_85,
                -4.459_982_461_369_05,
                0.448_140_062_203_916,
                -0.185_337_797_906_876,
            ],
            calendar_exponent: 0.651_697_743_905_278,
            cycle: [0.181_235_015_387_132, -0.123_779_206_033_993, 1.244_595_412_950_18],
            cycle_exponent: 0.441_996_792_536_332,
        }
    }
}

impl Nmc811 {
    /// What was cycled.
    pub const TESTED: Tested = Tested { temperature_c: [0.0, 25.0], depth_min: 1.0, rate_max: 2.0 };

    pub(super) fn fade(&self, stress: &Stress, cycling: &Stress) -> Fade {
        Fade {
            calendar: Power {
                rate: self.calendar_rate(stress).max(0.0),
                exponent: self.calendar_exponent,
            },
            calendar_x: stress.days() / NMC811_UNIT,
            cycle: Power { rate: self.cycle_rate(cycling), exponent: self.cycle_exponent },
            cycle_x: stress.efc / NMC811_UNIT,
        }
    }

    fn calendar_rate(&self, stress: &Stress) -> f64 {
        let [base, anode, warmth, charge, full] = self.calendar;
        let soc = stress.soc_mean.clamp(0.0, 1.0);
        let kelvin = stress.kelvin() / NMC811_REFERENCE_K;
        let volt = anode_potential_v(soc) / NMC811_REFERENCE_V;
        base + anode * libm::exp(cube(kelvin) / libm::cbrt(volt))
            + warmth * cube(kelvin) / libm::sqrt(volt)
            + charge * libm::exp(libm::sqrt(soc) / (kelvin * kelvin))
            + full * libm::exp(cube(soc))
    }

    fn cycle_rate(&self, cycling: &Stress) -> f64 {
        let [factor, fast, warm] = self.cycle;
        let rate = cycling.discharge_c_rate;
        let kelvin = cycling.kelvin() / NMC811_REFERENCE_K;
        factor * libm::exp(fast * cube(rate) + warm * cube(kelvin) * libm::sqrt(rate))
    }

    pub(super) fn positive(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("calendar_exponent", self.calendar_exponent),
            ("cycle[0]", self.cycle[0]),
            ("cycle_exponent", self.cycle_exponent),
        ]
    }
}

/// 10 Ah NMC/LTO pouch (equation (A10)): the cycle term only.
///
/// Fitted in BLAST-Lite to the tests of Bank et al., J. Power Sources 473 (2020) 228566, at 30 to
/// 60 °C and up to 10 C; its authors say that it overestimates the fade. The calendar terms of that
/// fit are left out: they are a gain of capacity (0.04 % in a year at 25 °C and half charge, 3 % at
/// 60 °C) less a loss whose negative exponent has no value at the start, and the tests found no
/// calendar fade worth the name below 80 °C.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NmcLto {
    /// Cycle term at no depth and no current, per EFC to the power of its exponent.
    pub cycle_factor: f64,
    /// Addition per rate, hour.
    pub cycle_per_rate: f64,
    /// Addition per cube of the depth.
    pub cycle_per_depth: f64,
    /// Temperature dependence: exp(this × 318.15 K / T).
    pub cycle_warmth: f64,
    /// Exponent of the throughput, above 0.
    pub cycle_exponent: f64,
}

impl Default for NmcLto {
    fn default() -> Self {
        Self {
            cycle_factor: 1.29,
            cycle_per_rate: 7.83e-5,
            cycle_per_depth: 4.02,
            cycle_warmth: -8.33,
            cycle_exponent: 0.526,
        }
    }
}

impl NmcLto {
    /// What was cycled.
    pub const TESTED: Tested =
        Tested { temperature_c: [30.0, 60.0], depth_min: 0.0, rate_max: 10.0 };

    pub(super) fn fade(&self, cycling: &Stress) -> Fade {
        let kelvin = cycling.kelvin() / NMC_LTO_REFERENCE_K;
        let depth_and_rate = self.cycle_factor
            + self.cycle_per_rate * cycling.c_rate
            + self.cycle_per_depth * cube(cycling.dod);
        let rate = depth_and_rate * libm::exp(self.cycle_warmth / kelvin);
        Fade {
            calendar: Power { rate: 0.0, exponent: 1.0 },
            calendar_x: 0.0,
            cycle: Power { rate, exponent: self.cycle_exponent },
            cycle_x: cycling.efc,
        }
    }

    pub(super) fn positive(&self) -> Vec<(&'static str, f64)> {
        vec![("cycle_factor", self.cycle_factor), ("cycle_exponent", self.cycle_exponent)]
    }
}
