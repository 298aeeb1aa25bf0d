//! A record made ready for the fit: SOC of every row, weights, and where the hysteresis begins.

/// One record with everything that does not depend on the parameters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    /// Current from each row to the next, ampere.
    pub(crate) current_a: Vec<f64>,
    /// Measured voltage, volt; not a number where there is none.
    pub(crate) voltage_v: Vec<f64>,
    /// Temperature, degree Celsius.
    pub(crate) temperature_c: Vec<f64>,
    /// Time from each row to the next, second; the last is 0.
    pub(crate) dt_s: Vec<f64>,
    /// SOC at each row.
    pub(crate) soc: Vec<f64>,
    /// Charge that passes from each row to the next, share of the capacity, without sign.
    pub(crate) passed: Vec<f64>,
    /// Weight of the squared error of each row, 1/V²; 0 leaves the row out.
    pub(crate) weight: Vec<f64>,
    /// State of the hysteresis at the first row, -1 to 1.
    pub(crate) hysteresis: f64,
    /// Whether only the change of the voltage since the first row counts.
    pub(crate) anchored: bool,
}

impl Run {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.soc.len()
    }

    /// SOC in the middle between a row and the next.
    pub(crate) fn soc_mid(&self, row: usize) -> f64 {
        let next = self.soc.get(row + 1).unwrap_or(&self.soc[row]);
        0.5 * (self.soc[row] + next)
    }
}
