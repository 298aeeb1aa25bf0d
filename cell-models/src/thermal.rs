//! Heat of one cell as a lump: where it comes from and what temperature it makes.
//!
//! The network between cells and to the ambient belongs to the pack; this is one node of it.

/// 0 °C in kelvin (by definition of the Celsius scale).
pub const CELSIUS_ZERO_K: f64 = 273.15;

/// Temperature at which OCV tables hold, degree Celsius.
pub const REFERENCE_C: f64 = 25.0;

/// Absolute temperature, kelvin, of a temperature in degree Celsius.
#[must_use]
pub fn kelvin(celsius: f64) -> f64 {
    celsius + CELSIUS_ZERO_K
}

/// Reversible heat into the cell, joule, while `charge_as` is charged (equation (13)).
///
/// Above zero while charging where the potential rises with temperature: charging then lowers the
/// entropy, and the difference is given off as heat (Bernardi, J. Electrochem. Soc. 132 (1985) 5).
#[must_use]
pub fn reversible_heat_j(charge_as: f64, entropic_v_per_k: f64, temperature_c: f64) -> f64 {
    charge_as * kelvin(temperature_c) * entropic_v_per_k
}

/// Temperature, degree Celsius, of a lump after heat was put into it (equation (14) over one step).
#[must_use]
pub fn warmed_c(temperature_c: f64, heat_j: f64, heat_capacity_j_k: f64) -> f64 {
    temperature_c + heat_j / heat_capacity_j_k
}
