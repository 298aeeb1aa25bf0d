//! The gate for parameters: every number of a cell is judged, and all faults are told at once.

use crate::cell::CellParams;
use crate::ecm::{BRANCHES_MAX, Branch};
use crate::table::{Curve, Ends};
use std::fmt;

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

    fn curve_finite(&mut self, parameter: &str, curve: &Curve) {
        for value in curve.values().filter(|value| !value.is_finite()) {
            self.require(false, parameter, value, "finite");
        }
    }

    fn curve_not_negative(&mut self, parameter: &str, curve: &Curve) {
        curve.values().for_each(|value| self.not_negative(parameter, value));
        self.require(
            curve.ends() == Ends::Hold,
            parameter,
            f64::NAN,
            "a curve that holds its ends",
        );
    }

    fn ocv(&mut self, curve: &Curve) {
        self.curve_finite("ocv", curve);
        let values: Vec<f64> = curve.values().collect();
        for pair in values.windows(2).filter(|pair| pair[1] < pair[0]) {
            self.require(false, "ocv", pair[1], "at least the value before it");
        }
        let extends = curve.ends() == Ends::Extend;
        self.require(extends, "ocv", f64::NAN, "a curve that extends beyond its ends");
    }

    fn branch(&mut self, index: usize, branch: &Branch) {
        let name = format!("branches[{index}]");
        self.positive(&format!("{name}.tau_s"), branch.tau_s);
        self.positive(&format!("{name}.resistance.base"), branch.resistance.base);
        for value in branch.resistance.shape.values() {
            self.positive(&format!("{name}.resistance.shape"), value);
        }
        let holds = branch.resistance.shape.ends() == Ends::Hold;
        let shape = format!("{name}.resistance.shape");
        self.require(holds, &shape, f64::NAN, "a curve that holds its ends");
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
        check.positive("capacity_ah", self.capacity_ah);
        let efficiency = self.coulombic_efficiency;
        let possible = efficiency > 0.0 && efficiency <= 1.0;
        check.require(possible, "coulombic_efficiency", efficiency, "above 0 and at most 1");
        check.not_negative("self_discharge_per_s", self.self_discharge_per_s);
        check.ocv(&self.ocv);
        check.curve_finite("entropic_v_per_k", &self.entropic_v_per_k);
        check.curve_not_negative("hysteresis.half_width", &self.hysteresis.half_width);
        check.positive("hysteresis.gamma", self.hysteresis.gamma);
        for (name, map) in [("r0_charge", &self.r0_charge), ("r0_discharge", &self.r0_discharge)] {
            check.not_negative(&format!("{name}.base"), map.base);
            check.curve_not_negative(&format!("{name}.shape"), &map.shape);
        }
        let count = self.branches.len();
        check.require(count <= BRANCHES_MAX, "branches", count as f64, "at most 4 pairs");
        let numbered = self.branches.iter().enumerate();
        numbered.for_each(|(index, branch)| check.branch(index, branch));
        check.positive("heat_capacity_j_k", self.heat_capacity_j_k);
        check.not_negative("to_ambient_w_k", self.to_ambient_w_k);
        check.not_negative("to_neighbour_w_k", self.to_neighbour_w_k);
        check.finish(&self.name)
    }
}
