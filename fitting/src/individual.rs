//! One cell of a known type, told from one record: its capacity, where it began, its resistance.
//!
//! A cell in a string is seen by one discharge, seldom from full to empty. Its type's open-circuit
//! voltage places that stretch of voltage on the SOC axis: the ends tell where it began, the length
//! its capacity, the drop under current its resistance. What remains, cell by cell, can be given to
//! its own open-circuit voltage with [`own_ocv`].

use crate::model::huber;
use crate::record::Record;
use crate::report::TracePoint;
use crate::segment::REST_C_RATE;
use crate::solve::{Normal, Problem, Wish, search};
use cell_models::cell::{CellParams, CellState, Decay};
use cell_models::table::{Curve, Ends, Joint, Surface, TableError};

/// How far the logarithm of a cell's resistance may be from what the first edge of the current tells.
/// The edge decides: a level of the voltage that is off by a few millivolts looks like resistance
/// in a discharge, and would halve it.
const BY_EDGE: f64 = 0.002;
/// How far it may be from the guess where no edge tells, and that of its capacity from the guess.
pub(crate) const USUAL: (f64, f64) = (0.1, 0.3);
/// How far the SOC may be from where it was thought to begin: as a rest tells it, and as guessed.
const BEGINS: (f64, f64) = (0.002, 0.2);
/// Error that a good model leaves, volt, and independent rows of a record.
pub(crate) const NOISE: (f64, f64) = (0.003, 300.0);
/// Time after an edge of the current over which it tells resistance, second: short, as near full and
/// empty the open-circuit voltage soon goes further than the resistance does.
const EDGE_S: f64 = 10.0;
/// Changes of a parameter that stand for the derivative.
const NUDGE: f64 = 1e-4;
/// Range of SOC at the beginning, and of the logarithms.
pub(crate) const SOC_RANGE: (f64, f64) = (0.02, 1.1);
pub(crate) const LOG_RANGE: f64 = 1.5;
/// Steps by halves to a SOC.
const BISECTIONS: u32 = 50;
/// Width over which what remains is averaged, SOC.
const SMOOTH_SOC: f64 = 0.01;

/// What sets one cell apart from its type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Individual {
    /// SOC at the first row of the record; slightly above 1 for a cell charged beyond the type's full.
    pub soc_start: f64,
    /// Capacity, ampere-hour, above 0.
    pub capacity_ah: f64,
    /// Multiplier of every resistance of the type, above 0.
    pub resistance: f64,
}

/// Voltages and temperatures of a cell along a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Along {
    /// Measured and modelled voltage at every row that has one.
    pub points: Vec<TracePoint>,
    /// Temperature of the model at each row, degree Celsius.
    pub temperature_c: Vec<f64>,
}

/// Where a cell's temperature comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warmth {
    /// The record's, row by row.
    Measured,
    /// The record's first row; from there on its own heat and the record's surroundings.
    Own,
}

/// The cell along a record, from rest.
#[must_use]
pub fn along(params: &CellParams, record: &Record, one: &Individual, warmth: Warmth) -> Along {
    let mut state = CellState::rested(one.soc_start, record.temperature_c[0]);
    state.health.capacity = one.capacity_ah / params.capacity_ah;
    state.health.resistance = one.resistance;
    let mut cache = Decay::new();
    let mut along = Along { points: Vec::new(), temperature_c: Vec::new() };
    for row in 0..record.time_s.len() {
        if warmth == Warmth::Measured {
            state.temperature_c = record.temperature_c[row];
        }
        let (current_a, measured_v) = (record.current_a[row], record.voltage_v[row]);
        along.temperature_c.push(state.temperature_c);
        if measured_v.is_finite() {
            along.points.push(TracePoint {
                time_s: record.time_s[row],
                soc: state.soc,
                current_a,
                measured_v,
                model_v: params.voltage(&state, current_a),
                held_out: false,
            });
        }
        let Some(next_s) = record.time_s.get(row + 1) else { break };
        let dt_s = next_s - record.time_s[row];
        let step = params.advance(&mut state, current_a, dt_s, &mut cache);
        if warmth == Warmth::Own {
            let begin_c = along.temperature_c[row];
            state.temperature_c =
                warmed(params, begin_c, record.ambient_c[row], (step.heat_j(), dt_s));
        }
    }
    along
}

/// Temperature after a heat over a time, degree Celsius: exact for a steady heat.
fn warmed(params: &CellParams, begin_c: f64, ambient_c: f64, (heat_j, dt_s): (f64, f64)) -> f64 {
    let (capacity_j_k, loss_w_k) = (params.heat_capacity_j_k, params.to_ambient_w_k);
    if loss_w_k <= 0.0 {
        return begin_c + heat_j / capacity_j_k;
    }
    let end_c = ambient_c + heat_j / dt_s / loss_w_k;
    end_c + (begin_c - end_c) * libm::exp(-dt_s * loss_w_k / capacity_j_k)
}

/// Finds what sets a cell apart, at the temperatures of the record, starting from a guess; none when
/// the record does not tell.
#[must_use]
pub fn individual(params: &CellParams, record: &Record, guess: &Individual) -> Option<Individual> {
    let rested = rested_soc(params, record);
    let begins = if rested.is_some() { BEGINS.0 } else { BEGINS.1 };
    let guess = &Individual { soc_start: rested.unwrap_or(guess.soc_start), ..*guess };
    let edge = edge(params, record, guess);
    let sigma = if edge.is_some() { BY_EDGE } else { USUAL.0 };
    let guess = &Individual { resistance: edge.map_or(guess.resistance, |edge| edge.0), ..*guess };
    let wish = |index, target, sigma| Wish { terms: vec![(index, 1.0)], target, sigma };
    let first = [guess.soc_start, libm::log(guess.capacity_ah), libm::log(guess.resistance)];
    let wishes =
        vec![wish(0, first[0], begins), wish(1, first[1], USUAL.1), wish(2, first[2], sigma)];
    let search_for = One { params, record, first, wishes };
    let found = search(&search_for, first.to_vec(), 60)?;
    Some(of(&found.theta))
}

/// SOC at which the open-circuit voltage is what a record begins with; none where it begins under
/// current, without a voltage, or with one beyond the range of a search.
#[must_use]
pub fn rested_soc(params: &CellParams, record: &Record) -> Option<f64> {
    let off = |soc: f64| params.ocv.at(soc, record.temperature_c[0]) - record.voltage_v[0];
    let rests = record.current_a[0].abs() < REST_C_RATE * params.capacity_ah;
    let (mut low, mut high) = SOC_RANGE;
    let between = off(low) < 0.0 && off(high) > 0.0;
    if !(rests && between) {
        return None;
    }
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if off(middle) < 0.0 { low = middle } else { high = middle }
    }
    Some(0.5 * (low + high))
}

/// Multiplier of the resistance by what the voltage does in the first seconds of current after a rest,
/// and how much that is, volt; none without such an edge.
pub(crate) fn edge(params: &CellParams, record: &Record, guess: &Individual) -> Option<(f64, f64)> {
    let rest_a = REST_C_RATE * guess.capacity_ah;
    let begins = (1..record.time_s.len()).find(|&row| {
        record.current_a[row - 1].abs() < rest_a && record.current_a[row].abs() > 10.0 * rest_a
    });
    let begins = begins?;
    let until_s = record.time_s[begins] + EDGE_S;
    let later = record.time_s.partition_point(|&time| time < until_s);
    let later = later.min(record.time_s.len() - 1);
    let change_v = |resistance: f64| {
        let one = Individual { resistance, ..*guess };
        let points = along(params, record, &one, Warmth::Measured).points;
        let at = |row: usize| points.iter().find(|point| point.time_s >= record.time_s[row]);
        Some(at(later)?.model_v - at(begins - 1)?.model_v)
    };
    let measured_v = record.voltage_v[later] - record.voltage_v[begins - 1];
    let (one_v, two_v) = (change_v(1.0)?, change_v(2.0)?);
    let found = 1.0 + (measured_v - one_v) / (two_v - one_v);
    (found.is_finite() && found > 0.1).then_some((found, measured_v))
}

fn of(theta: &[f64]) -> Individual {
    Individual {
        soc_start: theta[0],
        capacity_ah: libm::exp(theta[1]),
        resistance: libm::exp(theta[2]),
    }
}

/// The search for one cell.
struct One<'a> {
    params: &'a CellParams,
    record: &'a Record,
    first: [f64; 3],
    wishes: Vec<Wish>,
}

impl One<'_> {
    /// Error and weight of each row with a voltage.
    fn errors(&self, theta: &[f64]) -> Vec<(f64, f64)> {
        let points = along(self.params, self.record, &of(theta), Warmth::Measured).points;
        let seconds = |row: usize| stands_for_s(&points, row);
        let total: f64 = (0..points.len()).map(seconds).sum();
        let scale = NOISE.1 / (NOISE.0 * NOISE.0 * total);
        (0..points.len()).map(|row| (points[row].error_v(), scale * seconds(row))).collect()
    }
}

impl Problem for One<'_> {
    fn linearise(&self, theta: &[f64], normal: &mut Normal) -> bool {
        let here = self.errors(theta);
        let nudged = |index: usize| {
            let mut near = theta.to_vec();
            near[index] += NUDGE;
            self.errors(&near)
        };
        let by: Vec<Vec<(f64, f64)>> = (0..theta.len()).map(nudged).collect();
        for (row, &(error, weight)) in here.iter().enumerate() {
            let slope = |index: usize| (index, (by[index][row].0 - error) / NUDGE);
            let terms: Vec<(usize, f64)> = (0..theta.len()).map(slope).collect();
            normal.add(&terms, error, weight * huber(error));
        }
        true
    }

    fn cost(&self, theta: &[f64]) -> f64 {
        let loss = |&(error, weight): &(f64, f64)| weight * crate::model::huber_loss(error);
        self.errors(theta).iter().map(loss).sum()
    }

    fn restrain(&self, theta: &mut [f64]) {
        theta[0] = theta[0].clamp(SOC_RANGE.0, SOC_RANGE.1);
        for (value, first) in theta.iter_mut().zip(self.first).skip(1) {
            *value = value.clamp(first - LOG_RANGE, first + LOG_RANGE);
        }
    }

    fn wishes(&self) -> &[Wish] {
        &self.wishes
    }
}

/// The type with an open-circuit voltage that repeats a slow record of one cell: what the model
/// leaves there, averaged over 1 % of SOC, is added at every temperature; the ends are held beyond.
///
/// # Errors
/// [`TableError`], when the record has no voltage.
pub fn own_ocv(
    params: &CellParams,
    record: &Record,
    one: &Individual,
) -> Result<CellParams, TableError> {
    let points = along(params, record, one, Warmth::Measured).points;
    let low = points.iter().map(|point| point.soc).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|point| point.soc).fold(f64::NEG_INFINITY, f64::max);
    let remains = |soc: f64| {
        let soc = soc.clamp(low, high);
        let near = points.iter().filter(|point| (point.soc - soc).abs() <= 0.5 * SMOOTH_SOC);
        let (sum, count) =
            near.fold((0.0, 0.0), |(sum, count), point| (sum - point.error_v(), count + 1.0));
        if count > 0.0 { sum / count } else { 0.0 }
    };
    Ok(CellParams { ocv: lifted(&params.ocv, remains)?, ..params.clone() })
}

/// An open-circuit voltage that lies higher by `by`, volt over SOC, at every temperature; it never
/// falls over SOC.
pub(crate) fn lifted(ocv: &Surface, by: impl Fn(f64) -> f64) -> Result<Surface, TableError> {
    let row = |curve: &Curve| {
        let mut top = f64::NEG_INFINITY;
        let values = curve.positions().iter().zip(curve.values()).map(|(&soc, value)| {
            top = top.max(value + by(soc));
            top
        });
        let values: Vec<f64> = values.collect();
        Curve::through(curve.positions(), &values, Joint::Cubic, Ends::Extend)
    };
    let rows = ocv.rows().iter().map(row).collect::<Result<_, _>>()?;
    Surface::from_rows(ocv.temperatures_c(), rows)
}

/// The time that a point stands for, second: from the one before it to the one after it.
pub(crate) fn stands_for_s(points: &[TracePoint], at: usize) -> f64 {
    points[(at + 1).min(points.len() - 1)].time_s - points[at.saturating_sub(1)].time_s
}

#[cfg(test)]
mod tests {
    use super::{Along, Individual, Warmth, along, individual, own_ocv, rested_soc};
    use crate::record::Record;
    use cell_models::cell::CellParams;
    use cell_models::table::{Curve, Surface};

    const TRUTH: Individual = Individual { soc_start: 0.93, capacity_ah: 2.7, resistance: 1.3 };

    /// 3 Ah with a bent open-circuit voltage, and 50 mΩ.
    fn kind() -> CellParams {
        let soc: Vec<f64> = (0..=20).map(|step| f64::from(step) / 20.0).collect();
        let volts: Vec<f64> = soc
            .iter()
            .map(|s| 3.2 + 0.7 * s + 0.2 * s * s * s - 0.3 * libm::exp(-15.0 * s))
            .collect();
        let curve = Curve::extended(&soc, &volts).expect("the points rise");
        CellParams { ocv: Surface::single(curve), ..CellParams::linear(3.0, 3.0, 4.0, 0.05) }
    }

    /// A rest, then C/3 until most is out; voltages of a cell.
    fn record(params: &CellParams, one: &Individual, current_a: f64) -> Record {
        let rows = 420;
        let mut record = Record {
            name: "group".to_owned(),
            time_s: (0..rows).map(|row| 20.0 * f64::from(row)).collect(),
            current_a: (0..rows).map(|row| if row < 3 { 0.0 } else { current_a }).collect(),
            voltage_v: vec![0.0; rows as usize],
            temperature_c: vec![25.0; rows as usize],
            temperature_measured: true,
            ambient_c: vec![25.0; rows as usize],
            counter_ah: None,
            step: None,
        };
        let Along { points, .. } = along(params, &record, one, Warmth::Measured);
        record.voltage_v = points.iter().map(|point| point.model_v).collect();
        record
    }

    fn guess() -> Individual {
        Individual { soc_start: 1.0, capacity_ah: 3.0, resistance: 1.0 }
    }

    #[test]
    fn a_weak_cell_is_found_again_from_one_discharge() {
        let record = record(&kind(), &TRUTH, -1.0);
        let found = individual(&kind(), &record, &guess()).expect("the record tells");
        assert!((found.soc_start - TRUTH.soc_start).abs() < 2e-3, "{found:?}");
        assert!((found.capacity_ah / TRUTH.capacity_ah - 1.0).abs() < 5e-3, "{found:?}");
        assert!((found.resistance / TRUTH.resistance - 1.0).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn a_rest_tells_where_a_record_begins_and_a_current_does_not() {
        let mut record = record(&kind(), &TRUTH, -1.0);
        let found = rested_soc(&kind(), &record).expect("it begins at rest");
        assert!((found - TRUTH.soc_start).abs() < 1e-9, "{found}");
        record.voltage_v[0] = 5.0;
        assert_eq!(rested_soc(&kind(), &record), None);
        record.voltage_v[0] = f64::NAN;
        assert_eq!(rested_soc(&kind(), &record), None);
        record.current_a[0] = -1.0;
        record.voltage_v[0] = 3.6;
        assert_eq!(rested_soc(&kind(), &record), None);
    }

    #[test]
    fn what_the_type_does_not_explain_goes_into_the_cells_own_voltage() {
        let bump = |soc: f64| 0.01 * libm::exp(-(soc - 0.5) * (soc - 0.5) / 0.02);
        let base = kind();
        let curve = &base.ocv.rows()[0];
        let pairs = curve.positions().iter().zip(curve.values());
        let volts: Vec<f64> = pairs.map(|(&soc, volt)| volt + bump(soc)).collect();
        let bumped = Curve::extended(curve.positions(), &volts).expect("the points rise");
        let truth = CellParams { ocv: Surface::single(bumped), ..kind() };
        let slow = record(&truth, &TRUTH, -1.0);
        let own = own_ocv(&kind(), &slow, &TRUTH).expect("it has voltages");
        let fast = record(&truth, &TRUTH, -1.15);
        let worst = |params: &CellParams| {
            let points = along(params, &fast, &TRUTH, Warmth::Measured).points;
            points.iter().map(|point| point.error_v().abs()).fold(0.0, f64::max)
        };
        assert!(worst(&kind()) > 9e-3, "{}", worst(&kind()));
        assert!(worst(&own) < 1.5e-3, "{}", worst(&own));
    }

    #[test]
    fn a_cell_alone_warms_itself_by_its_own_heat() {
        let params = CellParams {
            heat_capacity_j_k: 60.0,
            to_ambient_w_k: 0.05,
            ..CellParams::linear(3.0, 4.0, 4.0, 0.5)
        };
        let one = Individual { soc_start: 0.9, capacity_ah: 3.0, resistance: 2.0 };
        let along = along(&params, &record(&kind(), &TRUTH, -1.0), &one, Warmth::Own);
        // 1 A through 1 Ω from the fourth row on.
        let after_s = 20.0 * (419.0 - 3.0);
        let closed = 25.0 + 1.0 / 0.05 * (1.0 - libm::exp(-after_s * 0.05 / 60.0));
        assert!(
            (along.temperature_c[419] - closed).abs() < 1e-6,
            "{} {closed}",
            along.temperature_c[419]
        );
    }
}
