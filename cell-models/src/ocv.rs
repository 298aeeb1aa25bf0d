//! Open-circuit potential over SOC and temperature.

use crate::table::Curve;
use crate::thermal::REFERENCE_C;

/// The reversible potential of a cell: a curve at 25 °C and its slope over temperature.
#[derive(Clone, Copy, Debug)]
pub struct Potential<'a> {
    /// Volt over SOC at 25 °C.
    pub ocv: &'a Curve,
    /// Volt per kelvin over SOC.
    pub entropic_v_per_k: &'a Curve,
}

impl Potential<'_> {
    /// Potential in volt at a SOC and a temperature (equation (6)).
    #[must_use]
    pub fn at(&self, soc: f64, temperature_c: f64) -> f64 {
        self.ocv.at(soc) + self.entropic_v_per_k.at(soc) * (temperature_c - REFERENCE_C)
    }

    /// Mean potential in volt between two SOC at a temperature, exact for the curves.
    #[must_use]
    pub fn mean(&self, from_soc: f64, to_soc: f64, temperature_c: f64) -> f64 {
        let above = temperature_c - REFERENCE_C;
        self.ocv.mean(from_soc, to_soc) + self.entropic_v_per_k.mean(from_soc, to_soc) * above
    }
}
