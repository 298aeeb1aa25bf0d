//! What a cell would have shown along a record: the plant's own model, step by step.

use crate::record::Record;
use crate::report::{Score, TracePoint};
use cell_models::cell::{CellParams, CellState, Decay};

/// How a cell goes through a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// SOC at each row, 0 to 1, where counters tell it; else only the first counts.
    pub soc: Vec<f64>,
    /// Whether every entry of `soc` is followed, or the model integrates the current from the first.
    pub follows: bool,
    /// State of the hysteresis at the first row, -1 to 1.
    pub hysteresis: f64,
    /// Capacity of the cell at the time of the record, ampere-hour, above 0.
    pub capacity_ah: f64,
}

/// Measured and modelled voltage at every row that has one, at the temperatures of the record.
#[must_use]
pub fn predict(params: &CellParams, record: &Record, course: &Course) -> Vec<TracePoint> {
    let mut state = CellState::rested(course.soc[0], record.temperature_c[0]);
    state.hysteresis = course.hysteresis;
    state.health.capacity = course.capacity_ah / params.capacity_ah;
    let mut cache = Decay::new();
    let mut points = Vec::new();
    for row in 0..record.time_s.len() {
        state.temperature_c = record.temperature_c[row];
        if course.follows {
            state.soc = course.soc[row];
        }
        let (current_a, measured_v) = (record.current_a[row], record.voltage_v[row]);
        if measured_v.is_finite() {
            points.push(TracePoint {
                time_s: record.time_s[row],
                soc: state.soc,
                current_a,
                measured_v,
                model_v: params.voltage(&state, current_a),
                held_out: false,
            });
        }
        let Some(next) = record.time_s.get(row + 1) else { break };
        // The heat is left out on purpose: the record says what temperature the cell had.
        let _ = params.advance(&mut state, current_a, next - record.time_s[row], &mut cache);
    }
    points
}

/// Error of the points within a SOC window, weighted by time; none where there is no point.
#[must_use]
pub fn score(points: &[TracePoint], soc: (f64, f64), held_out: bool) -> Option<Score> {
    let inside =
        |point: &TracePoint| point.held_out == held_out && point.soc >= soc.0 && point.soc <= soc.1;
    let (mut rows, mut squares, mut seconds) = (0, 0.0, 0.0);
    let mut max_v: f64 = 0.0;
    let mut reached = (f64::INFINITY, f64::NEG_INFINITY);
    for (index, point) in points.iter().enumerate().filter(|(_, point)| inside(point)) {
        let after = points.get(index + 1).map_or(0.0, |next| next.time_s - point.time_s);
        let before = if index > 0 { point.time_s - points[index - 1].time_s } else { after };
        let weight = after.min(before).max(1e-3);
        let error = point.error_v();
        rows += 1;
        squares += weight * error * error;
        seconds += weight;
        max_v = max_v.max(error.abs());
        reached = (reached.0.min(point.soc), reached.1.max(point.soc));
    }
    (rows > 0).then(|| Score { rows, rmse_v: libm::sqrt(squares / seconds), max_v, soc: reached })
}
