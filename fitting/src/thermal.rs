//! Heat capacity and conductance of a cell from its measured temperature.
//!
//! The heat is that of the fitted model. The heat balance, integrated from the first row, is linear
//! in both unknowns, so that no derivative of a noisy temperature is taken.

use crate::predict::Course;
use crate::record::Record;
use cell_models::cell::{CellParams, CellState, Decay};

/// Heat capacity and conductance to the surroundings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermal {
    /// Heat capacity, joule per kelvin.
    pub heat_capacity_j_k: f64,
    /// Conductance to the surroundings, watt per kelvin.
    pub to_ambient_w_k: f64,
}

/// Heat into the cell since the first row, joule, at each row, at the measured temperature.
fn heat_j(params: &CellParams, record: &Record, course: &Course) -> Vec<f64> {
    let mut state = begin(params, record, course);
    let mut cache = Decay::new();
    let mut total = 0.0;
    let mut heat = vec![0.0];
    for row in 1..record.time_s.len() {
        state.temperature_c = record.temperature_c[row - 1];
        let dt_s = record.time_s[row] - record.time_s[row - 1];
        let step = params.advance(&mut state, record.current_a[row - 1], dt_s, &mut cache);
        total += step.heat_j();
        heat.push(total);
    }
    heat
}

fn begin(params: &CellParams, record: &Record, course: &Course) -> CellState {
    let mut state = CellState::rested(course.soc[0], record.temperature_c[0]);
    state.hysteresis = course.hysteresis;
    state.health.capacity = course.capacity_ah / params.capacity_ah;
    state
}

/// Heat capacity and conductance by least squares; none where the temperatures do not tell them.
#[must_use]
pub fn fit(params: &CellParams, records: &[(&Record, &Course)]) -> Option<Thermal> {
    let (mut aa, mut ab, mut bb, mut ay, mut by) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (record, course) in records {
        let heat = heat_j(params, record, course);
        let mut above_ks = 0.0;
        for (row, heat_j) in heat.iter().enumerate().skip(1) {
            let dt_s = record.time_s[row] - record.time_s[row - 1];
            above_ks += (record.temperature_c[row - 1] - record.ambient_c[row - 1]) * dt_s;
            let rise_k = record.temperature_c[row] - record.temperature_c[0];
            aa += dt_s * rise_k * rise_k;
            ab += dt_s * rise_k * above_ks;
            bb += dt_s * above_ks * above_ks;
            ay += dt_s * rise_k * heat_j;
            by += dt_s * above_ks * heat_j;
        }
    }
    let determinant = aa * bb - ab * ab;
    let heat_capacity_j_k = (ay * bb - by * ab) / determinant;
    let to_ambient_w_k = (by * aa - ay * ab) / determinant;
    let possible = determinant > 1e-9 * aa * bb && heat_capacity_j_k > 0.0 && to_ambient_w_k >= 0.0;
    possible.then_some(Thermal { heat_capacity_j_k, to_ambient_w_k })
}

/// Temperature of the cell at each row, degree Celsius, from its own heat and the surroundings.
#[must_use]
pub fn temperatures_c(params: &CellParams, record: &Record, course: &Course) -> Vec<f64> {
    let mut state = begin(params, record, course);
    let mut cache = Decay::new();
    let mut celsius = vec![state.temperature_c];
    for row in 1..record.time_s.len() {
        let dt_s = record.time_s[row] - record.time_s[row - 1];
        let step = params.advance(&mut state, record.current_a[row - 1], dt_s, &mut cache);
        let loss_w = params.to_ambient_w_k;
        let end_c = if loss_w > 0.0 {
            record.ambient_c[row - 1] + step.heat_j() / dt_s / loss_w
        } else {
            state.temperature_c + step.heat_j() / params.heat_capacity_j_k
        };
        let kept = libm::exp(-dt_s * loss_w / params.heat_capacity_j_k);
        let share = if loss_w > 0.0 { 1.0 - kept } else { 1.0 };
        state.temperature_c += (end_c - state.temperature_c) * share;
        celsius.push(state.temperature_c);
    }
    celsius
}

#[cfg(test)]
mod tests {
    use super::{fit, temperatures_c};
    use crate::predict::Course;
    use crate::record::Record;
    use cell_models::cell::CellParams;

    /// 1 Ω at 3 A is 9 W: a cell of 90 J/K and 0.05 W/K.
    fn cell() -> CellParams {
        CellParams {
            heat_capacity_j_k: 90.0,
            to_ambient_w_k: 0.05,
            ..CellParams::linear(3.0, 4.0, 3.0, 1.0)
        }
    }

    fn course() -> Course {
        Course { soc: vec![1.0], follows: false, hysteresis: 0.0, capacity_ah: 3.0 }
    }

    fn record() -> Record {
        let rows = 1200;
        Record {
            name: "warm".to_owned(),
            time_s: (0..rows).map(f64::from).collect(),
            current_a: (0..rows).map(|row| if row < 600 { -3.0 } else { 0.0 }).collect(),
            voltage_v: vec![3.5; rows as usize],
            temperature_c: vec![20.0; rows as usize],
            temperature_measured: true,
            ambient_c: vec![20.0; rows as usize],
            counter_ah: None,
            step: None,
        }
    }

    #[test]
    fn a_steady_heat_follows_the_closed_form() {
        let celsius = temperatures_c(&cell(), &record(), &course());
        let closed = 20.0 + 9.0 / 0.05 * (1.0 - libm::exp(-600.0 * 0.05 / 90.0));
        assert!((celsius[600] - closed).abs() < 1e-6, "{} {closed}", celsius[600]);
        let cooled = 20.0 + (closed - 20.0) * libm::exp(-599.0 * 0.05 / 90.0);
        assert!((celsius[1199] - cooled).abs() < 1e-6);
    }

    #[test]
    fn heat_capacity_and_conductance_are_found_again() {
        let mut record = record();
        record.temperature_c = temperatures_c(&cell(), &record, &course());
        let found = fit(&cell(), &[(&record, &course())]).expect("the temperature moves");
        assert!((found.heat_capacity_j_k / 90.0 - 1.0).abs() < 0.01, "{found:?}");
        assert!((found.to_ambient_w_k / 0.05 - 1.0).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn a_temperature_that_stands_still_tells_nothing() {
        assert_eq!(fit(&cell(), &[(&record(), &course())]), None);
    }
}
