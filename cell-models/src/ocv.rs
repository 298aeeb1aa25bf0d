//! Open-circuit potential over SOC and temperature.

use crate::table::Surface;
use crate::thermal::REFERENCE_C;

/// The reversible potential of a cell.
///
/// Where the open-circuit voltage was measured at one temperature only, the entropic coefficient
/// carries it to others; where it was measured at several, it is taken from there.
#[derive(Clone, Copy, Debug)]
pub struct Potential<'a> {
    /// Volt over SOC and temperature; a single row holds at 25 °C.
    pub ocv: &'a Surface,
    /// Volt per kelvin over SOC and temperature.
    pub entropic_v_per_k: &'a Surface,
}

impl Potential<'_> {
    /// Potential in volt at a SOC and a temperature (equation (6)).
    #[must_use]
    pub fn at(&self, soc: f64, temperature_c: f64) -> f64 {
        let volt = self.ocv.at(soc, temperature_c);
        if !self.ocv.is_single() {
            return volt;
        }
        volt + self.entropic_v_per_k.at(soc, temperature_c) * (temperature_c - REFERENCE_C)
    }

    /// Mean potential in volt between two SOC at a temperature, exact for the tables.
    #[must_use]
    pub fn mean(&self, from_soc: f64, to_soc: f64, temperature_c: f64) -> f64 {
        let entropic = self.entropic_v_per_k.mean(from_soc, to_soc, temperature_c);
        self.mean_with(from_soc, to_soc, temperature_c, entropic)
    }

    /// As [`Potential::mean`], for a caller that needs the mean entropic coefficient as well.
    #[must_use]
    pub fn mean_with(&self, from_soc: f64, to_soc: f64, temperature_c: f64, entropic: f64) -> f64 {
        let volt = self.ocv.mean(from_soc, to_soc, temperature_c);
        if self.ocv.is_single() { volt + entropic * (temperature_c - REFERENCE_C) } else { volt }
    }
}
