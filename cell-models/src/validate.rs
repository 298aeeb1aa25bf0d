//! The gate for parameters: every number of a cell is judged, and all faults are told at once.

use crate::ageing::Law;
use crate::cell::CellParams;
use crate::ecm::{BRANCHES_MAX, Branch};
use crate::limits::{CellLimits, ValidRange};
use crate::table::{Curve, Ends, Kind, Map, Surface};
use crate::thermal::REFERENCE_C;
use std::fmt;

/// The usable share at 25 °C may be off by this, as a smooth curve through rounded points is.
const CAPACITY_FACTOR_TOLERANCE: f64 = 1e-3;

/// A parameter outside its range.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterFault {
    /// Path of the parameter, as written in [`CellParams`].
    pub parameter: String,
    /// What it is.
    pub value: f64,
    /// What it must be.
    pub allowed: &'static str,
}

/// Every parameter of a cell that is outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct CellError {
    /// Name of the cell.
    pub cell: String,
    /// At least one fault, in the order of the fields.
    pub faults: Vec<ParameterFault>,
}

impl fmt::Display for CellError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cell {}", self.cell)?;
        self.faults.iter().enumerate().try_for_each(|(index, fault)| {
            let joint = if index == 0 { ": " } else { "; " };
            write!(out, "{joint}{} is {}, must be {}", fault.parameter, fault.value, fault.allowed)
        })
    }
}

/// Gathers faults, so that the user sees all of them at once.
#[derive(Default)]
struct Check {
    faults: Vec<ParameterFault>,
}

impl Check {
    fn require(&mut self, holds: bool, parameter: &str, value: f64, allowed: &'static str) {
        if !holds {
            self.faults.push(ParameterFault { parameter: parameter.to_owned(), value, allowed });
        }
    }

    fn positive(&mut self, parameter: &str, value: f64) {
        self.require(value.is_finite() && value > 0.0, parameter, value, "finite and above 0");
    }

    fn not_negative(&mut self, parameter: &str, value: f64) {
        self.require(value.is_finite() && value >= 0.0, parameter, value, "finite and at least 0");
    }

    fn positive_or_infinite(&mut self, parameter: &str, value: f64) {
        self.require(value > 0.0, parameter, value, "above 0, or infinite");
    }

    fn ordered(&mut self, parameter: &str, (low, high): (f64, f64)) {
        self.require(low < high, parameter, low, "a lower end below its upper end");
    }

    fn holds(&mut self, parameter: &str, curve: &Curve) {
        let holds = curve.ends() == Ends::Hold;
        self.require(holds, parameter, f64::NAN, "a curve that holds its ends");
    }

    fn finite(&mut self, parameter: &str, surface: &Surface) {
        for value in surface.rows().iter().flat_map(Curve::values).filter(|v| !v.is_finite()) {
            self.require(false, parameter, value, "finite");
        }
    }

    fn not_negative_surface(&mut self, parameter: &str, surface: &Surface) {
        for row in surface.rows() {
            row.values().for_each(|value| self.not_negative(parameter, value));
            self.holds(parameter, row);
        }
    }

    fn ocv(&mut self, surface: &Surface) {
        self.finite("ocv", surface);
        for row in surface.rows() {
            let values: Vec<f64> = row.values().collect();
            for pair in values.windows(2).filter(|pair| pair[1] < pair[0]) {
                self.require(false, "ocv", pair[1], "at least the value before it");
            }
            let extends = row.ends() == Ends::Extend;
            self.require(extends, "ocv", f64::NAN, "a curve that extends beyond its ends");
        }
    }

    /// A resistance or time constant; zero is allowed where there is no capacitor to divide by it.
    fn map(&mut self, parameter: &str, map: &Map, zero: bool) {
        let judge = if zero { Self::not_negative } else { Self::positive };
        judge(self, &format!("{parameter}.base"), map.scale());
        if let Kind::Product(product) = map.kind() {
            let shape = format!("{parameter}.shape");
            product.shape.values().for_each(|value| judge(self, &shape, value));
            self.holds(&shape, &product.shape);
        }
    }

    fn branch(&mut self, index: usize, branch: &Branch) {
        let name = format!("branches[{index}]");
        self.map(&format!("{name}.tau"), &branch.tau, false);
        self.map(&format!("{name}.charge"), &branch.charge, false);
        self.map(&format!("{name}.discharge"), &branch.discharge, false);
    }

    fn range(&mut self, range: &ValidRange) {
        self.ordered("validated.soc", range.soc);
        self.ordered("validated.temperature_c", range.temperature_c);
        self.positive_or_infinite("validated.c_rate charge", range.c_rate.0);
        self.positive_or_infinite("validated.c_rate discharge", range.c_rate.1);
    }

    fn limits(&mut self, limits: &CellLimits) {
        self.ordered("limits.min_v", (limits.min_v, limits.max_v));
        self.positive_or_infinite("limits.max_charge_a", limits.max_charge_a);
        self.positive_or_infinite("limits.max_discharge_a", limits.max_discharge_a);
        self.ordered("limits.charge_c", limits.charge_c);
        self.ordered("limits.discharge_c", limits.discharge_c);
        let onset_c = limits.runaway_onset_c;
        let hotter = onset_c > limits.discharge_c.0;
        self.require(hotter, "limits.runaway_onset_c", onset_c, "above the coldest allowed");
    }

    /// The usable share over temperature.
    fn capacity_factor(&mut self, curve: &Curve) {
        curve.values().for_each(|value| self.positive("capacity_factor", value));
        let share = curve.at(REFERENCE_C);
        let off = (share - 1.0).abs();
        let whole = off <= 0.0 || (!curve.is_constant() && off <= CAPACITY_FACTOR_TOLERANCE);
        self.require(whole, "capacity_factor", share, "1 at 25 °C");
        self.holds("capacity_factor", curve);
    }

    fn finish(self, cell: &str) -> Result<(), CellError> {
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(CellError { cell: cell.to_owned(), faults: self.faults })
    }
}

impl CellParams {
    /// Judges every parameter.
    ///
    /// # Errors
    /// [`CellError`] with all parameters that are not finite or out of their range.
    pub fn validate(&self) -> Result<(), CellError> {
        let mut check = Check::default();
        check.range(&self.validated);
        check.limits(&self.limits);
        self.check_charge(&mut check);
        self.check_tables(&mut check);
        check.positive("heat_capacity_j_k", self.heat_capacity_j_k);
        check.not_negative("to_ambient_w_k", self.to_ambient_w_k);
        check.not_negative("to_neighbour_w_k", self.to_neighbour_w_k);
        check.faults.extend(self.ageing.iter().flat_map(Law::faults));
        check.finish(&self.name)
    }

    /// What holds and loses charge.
    fn check_charge(&self, check: &mut Check) {
        check.positive("capacity_ah", self.capacity_ah);
        check.capacity_factor(&self.capacity_factor);
        let efficiency = self.coulombic_efficiency;
        let possible = efficiency > 0.0 && efficiency <= 1.0;
        check.require(possible, "coulombic_efficiency", efficiency, "above 0 and at most 1");
        check.not_negative("self_discharge_per_s", self.self_discharge_per_s);
        check.positive_or_infinite("self_discharge_doubling_k", self.self_discharge_doubling_k);
        check.positive_or_infinite("leakage_ohm", self.leakage_ohm);
    }

    /// What depends on SOC and temperature.
    fn check_tables(&self, check: &mut Check) {
        check.ocv(&self.ocv);
        check.finite("entropic_v_per_k", &self.entropic_v_per_k);
        check.not_negative_surface("hysteresis.half_width", &self.hysteresis.half_width);
        check.positive("hysteresis.gamma", self.hysteresis.gamma);
        check.map("r0_charge", &self.r0_charge, true);
        check.map("r0_discharge", &self.r0_discharge, true);
        let count = self.branches.len();
        check.require(count <= BRANCHES_MAX, "branches", count as f64, "at most 4 pairs");
        let numbered = self.branches.iter().enumerate();
        numbered.for_each(|(index, branch)| check.branch(index, branch));
    }
}
