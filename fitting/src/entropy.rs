//! Entropic coefficients by chemistry, for cells whose own was not measured.
//!
//! The slope of fitted voltages over temperature is no substitute: it holds polarisation.

use cell_models::cell::Chemistry;
use cell_models::table::{Surface, TableError};

/// SOC of the columns below.
const SOC: [f64; 11] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];

/// Sony US26650FTC1 LFP, millivolt per kelvin: Naumann et al., as coded in SimSES 1.3.12.
const LFP_MV_K: [f64; 11] =
    [-0.490, -0.164, -0.118, -0.044, 0.098, 0.110, 0.129, 0.145, 0.100, 0.084, 0.118];

/// LG M50 NMC811, millivolt per kelvin: electrode functions of O'Regan et al. 2022
/// (doi 10.1016/j.electacta.2022.140700).
const NMC_MV_K: [f64; 11] =
    [-0.250, -0.363, -0.088, -0.044, -0.010, 0.015, 0.030, 0.042, 0.052, 0.066, 0.101];

/// The usual entropic coefficient of a chemistry, volt per kelvin; zero where none is known.
pub(crate) fn usual(chemistry: Chemistry) -> Result<Surface, TableError> {
    let millivolts = match chemistry {
        Chemistry::Lfp => &LFP_MV_K,
        Chemistry::Nmc | Chemistry::Nca => &NMC_MV_K,
        Chemistry::Lmo | Chemistry::Lto | Chemistry::Other => return Ok(Surface::constant(0.0)),
    };
    let volts: Vec<f64> = millivolts.iter().map(|mv| 1e-3 * mv).collect();
    Surface::new(&SOC, &[25.0], &[volts])
}
