//! What the table of rows keeps of a run that passes, and that nothing is lost of one that does not.

use super::{Rows, rows};
use crate::testbench::{at, ms, quiet, row};
use bms_core::protect::Reasons;
use sim::time::SimTime;
use sim::trace::{EventKind, Trace};

/// 100 s of a row each 100 ms: a slow curve, and a trip at 40 s.
fn curve() -> Trace {
    let mut trace = quiet();
    trace.rows = (0..=1_000_u32)
        .map(|index| {
            let seconds = f64::from(index) * 0.1;
            let volts = 3.3 + 0.05 * libm::sin(seconds * 0.05);
            row(SimTime::from_millis(u64::from(index) * 100), -0.7 * seconds, volts)
        })
        .collect();
    let trip = EventKind::Protection(Reasons::OVER_VOLTAGE, true);
    trace.events = vec![at(ms(40_050), trip)];
    trace
}

fn table(trace: &Trace, which: Rows) -> Vec<Vec<String>> {
    let text = String::from_utf8(rows(trace, which).unwrap()).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(Into::into).collect()).collect()
}

fn number(table: &[Vec<String>], line: usize, column: usize) -> f64 {
    table[line][column].parse().unwrap()
}

#[test]
fn every_row_left_out_lies_on_the_line_between_its_neighbours_within_the_resolution() {
    let trace = curve();
    let (all, few) = (table(&trace, Rows::All), table(&trace, Rows::Thinned));
    assert_eq!(all.len(), 1_001);
    assert!(few.len() < 150, "{}", few.len());
    // Current, pack voltage, and the voltage of cell 9.
    for (column, within) in [(2, 1e-2), (3, 1e-4), (12, 1e-4)] {
        let mut next = 1;
        for line in 0..all.len() {
            let time = number(&all, line, 0);
            while number(&few, next, 0) < time {
                next += 1;
            }
            let (t0, t1) = (number(&few, next - 1, 0), number(&few, next, 0));
            let (a, b) = (number(&few, next - 1, column), number(&few, next, column));
            let read = a + (b - a) * (time - t0) / (t1 - t0);
            let miss = (read - number(&all, line, column)).abs();
            assert!(miss <= within, "column {column} at {time} s is off by {miss}");
        }
    }
}

#[test]
fn the_rows_on_either_side_of_an_event_and_of_a_change_of_mode_are_kept() {
    let mut trace = curve();
    trace.rows.iter_mut().for_each(|it| it.truth = curve().rows[0].truth.clone());
    for it in &mut trace.rows[700..] {
        it.decision.active = Reasons::OVER_VOLTAGE;
    }
    let times = |which| -> Vec<String> {
        table(&trace, which).into_iter().map(|line| line[0].replace("00000000", "")).collect()
    };
    assert_eq!(times(Rows::Thinned), ["0.0", "40.0", "40.1", "69.9", "70.0", "100.0"]);
    assert_eq!(times(Rows::All).len(), 1_001);
}

#[test]
fn a_thinned_number_has_a_digit_more_than_its_resolution_and_a_whole_one_every_digit() {
    let mut trace = quiet();
    trace.rows = vec![row(ms(0), -0.123_456, 3.3)];
    assert_eq!(table(&trace, Rows::Thinned)[0][2], "-0.123");
    assert_eq!(table(&trace, Rows::All)[0][2], "-0.123456");
    assert_eq!(table(&trace, Rows::Thinned)[0][4], "3.3");
}
