//! Edges of the current at which the logged voltage is a row ahead of it, or a row behind.
//!
//! Testers sample voltage and current in turn, and some log the current that was asked for. At an
//! edge the voltage of a row can then belong to the current of the next row, or to that of the row
//! before. A tenth of an ohm at 5 A is half a volt: one such row outweighs the whole pulse.

use crate::record::Record;

/// A change of current above this, capacities per hour, shows the resistance without delay.
pub(crate) const EDGE_C_RATE: f64 = 0.2;
/// Longest time between the rows of such an edge, second.
pub(crate) const EDGE_S: f64 = 2.5;
/// Beside an edge the current is steady within this share of it.
const STEADY_SHARE: f64 = 0.05;
/// Share of the voltage's way over three rows that one of them has to make to be its edge.
const DOMINANT_SHARE: f64 = 0.7;

/// Where the voltage moves at an edge of the current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A row before the current.
    Ahead,
    /// With the current.
    With,
    /// A row after the current.
    Behind,
}

/// What was mended at the edges of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mended {
    /// Edges of the current that were moved to the row before, where the voltage moves.
    pub(crate) ahead: usize,
    /// Rows left out, or edges moved to the row after, because the voltage moves there.
    pub(crate) behind: usize,
    /// Edges that could be judged.
    pub(crate) of: usize,
}

/// A record whose edges of voltage and current lie in the same row, and what was mended.
///
/// Where the voltage is ahead, the current begins a row earlier. Where it is behind, its old value
/// is left out; if it is behind at every edge, the current begins a row later instead.
pub(crate) fn aligned(record: &Record, capacity_ah: f64) -> (Record, Mended) {
    let mut mended = record.clone();
    let edges: Vec<(usize, Place)> = (1..record.time_s.len().saturating_sub(1))
        .filter_map(|row| Some((row, place(record, row, EDGE_C_RATE * capacity_ah)?)))
        .collect();
    let late = edges.len() > 1 && edges.iter().all(|&(_, place)| place == Place::Behind);
    for &(row, place) in &edges {
        match place {
            Place::Ahead => mended.current_a[row - 1] = record.current_a[row],
            Place::Behind if late => mended.current_a[row] = record.current_a[row - 1],
            Place::Behind => mended.voltage_v[row] = f64::NAN,
            Place::With => {}
        }
    }
    let count = |wanted| edges.iter().filter(|&&(_, place)| place == wanted).count();
    let told = Mended { ahead: count(Place::Ahead), behind: count(Place::Behind), of: edges.len() };
    (mended, told)
}

/// Where the voltage moves at the edge of the current into a row; none where there is no edge, or
/// no telling.
fn place(record: &Record, row: usize, least_a: f64) -> Option<Place> {
    let current = &record.current_a;
    let by_a = current[row] - current[row - 1];
    let steady = |one: usize, other: usize| {
        (current[one] - current[other]).abs() <= STEADY_SHARE * by_a.abs()
    };
    if by_a.abs() <= least_a || !steady(row, row + 1) || (row > 1 && !steady(row - 1, row - 2)) {
        return None;
    }
    let way = |to: usize| by_a.signum() * (record.voltage_v[to] - record.voltage_v[to - 1]);
    let quick = |to: usize| record.time_s[to] - record.time_s[to - 1] <= EDGE_S;
    let before = if row > 1 { way(row - 1) } else { 0.0 };
    let total = before.abs() + way(row).abs() + way(row + 1).abs();
    let dominant = |way: f64| total.is_finite() && total > 0.0 && way > DOMINANT_SHARE * total;
    if dominant(before) && quick(row - 1) {
        Some(Place::Ahead)
    } else if dominant(way(row)) {
        Some(Place::With)
    } else if dominant(way(row + 1)) && quick(row + 1) {
        Some(Place::Behind)
    } else {
        None
    }
}

/// Resistance without delay at an edge of the current into a row, ohm.
pub(crate) fn edge_ohm(record: &Record, row: usize, capacity_ah: f64) -> Option<f64> {
    let current = record.current_a[row] - record.current_a[row - 1];
    let ohm = (record.voltage_v[row] - record.voltage_v[row - 1]) / current;
    let quick = record.time_s[row] - record.time_s[row - 1] <= EDGE_S;
    let clear = quick && current.abs() > EDGE_C_RATE * capacity_ah;
    (clear && ohm.is_finite() && ohm > 0.0).then_some(ohm)
}

#[cfg(test)]
mod tests {
    use super::{Mended, aligned};
    use crate::record::Record;

    /// Rest, ten seconds of 2 A out through 50 milliohm, rest; every second.
    fn pulse() -> Record {
        let current_a: Vec<f64> =
            (0..30).map(|row| if (10..20).contains(&row) { -2.0 } else { 0.0 }).collect();
        Record {
            name: "pulse".to_owned(),
            time_s: (0..30).map(f64::from).collect(),
            voltage_v: current_a.iter().map(|current| 3.6 + 0.05 * current).collect(),
            current_a,
            temperature_c: vec![25.0; 30],
            temperature_measured: true,
            ambient_c: vec![25.0; 30],
            counter_ah: None,
            step: None,
        }
    }

    #[test]
    fn a_record_whose_edges_agree_stays_as_it_is() {
        let (mended, told) = aligned(&pulse(), 2.0);
        assert_eq!(mended, pulse());
        assert_eq!(told, Mended { ahead: 0, behind: 0, of: 2 });
    }

    #[test]
    fn a_voltage_one_row_ahead_takes_the_current_along() {
        let mut shifted = pulse();
        shifted.voltage_v.rotate_left(1);
        let (mended, told) = aligned(&shifted, 2.0);
        assert_eq!(told, Mended { ahead: 2, behind: 0, of: 2 });
        let at = |row: usize| 3.6 + 0.05 * mended.current_a[row];
        assert!((0..30).all(|row| (at(row) - mended.voltage_v[row]).abs() < 1e-12));
    }

    #[test]
    fn a_voltage_behind_at_every_edge_holds_the_current_back() {
        let mut shifted = pulse();
        shifted.voltage_v.rotate_right(1);
        let (mended, told) = aligned(&shifted, 2.0);
        assert_eq!(told, Mended { ahead: 0, behind: 2, of: 2 });
        assert_eq!((mended.current_a[10], mended.current_a[11]), (0.0, -2.0));
        assert_eq!((mended.current_a[20], mended.current_a[21]), (-2.0, 0.0));
    }

    #[test]
    fn a_voltage_behind_at_one_edge_of_two_is_left_out_there() {
        let mut shifted = pulse();
        shifted.voltage_v[20] = shifted.voltage_v[19];
        let (mended, told) = aligned(&shifted, 2.0);
        assert_eq!(told, Mended { ahead: 0, behind: 1, of: 2 });
        assert!(mended.voltage_v[20].is_nan());
        assert_eq!(mended.current_a, pulse().current_a);
    }

    #[test]
    fn slow_rows_and_small_edges_are_not_judged() {
        let mut slow = pulse();
        slow.voltage_v.rotate_left(1);
        slow.time_s.iter_mut().for_each(|time| *time *= 2.6);
        assert_eq!(aligned(&slow, 2.0).1.ahead, 0);
        slow.time_s.iter_mut().for_each(|time| *time *= 2.4 / 2.6);
        assert_eq!(aligned(&slow, 2.0).1.ahead, 2);
        let mut small = pulse();
        small.voltage_v.rotate_left(1);
        assert_eq!(aligned(&small, 10.1).1.of, 0, "2 A is below 0.2C");
        assert_eq!(aligned(&small, 9.9).1.of, 2);
    }
}
