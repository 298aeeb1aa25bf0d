//! Every row of the coding tables, typed row by row as the datasheet prints them (SH367309
//! datasheet V1.2, p14-38).

use bms_core::drivers::sh367309::CAPABILITY;
use bms_core::drivers::sh367309::codes;
use bms_core::drivers::sh367309::codes::{Grid, Neighbours, Table};

/// Code by code: OVT/UVT ms, OCD1V/OCCV mV, OCD1T ms, OCD2V mV, OCD2T/OCCT ms, SCV mV, SCT µs.
const ROWS: [[i64; 7]; 16] = [
    [100, 20, 50, 30, 10, 50, 0],
    [200, 30, 100, 40, 20, 80, 64],
    [300, 40, 200, 50, 40, 110, 128],
    [400, 50, 400, 60, 60, 140, 192],
    [600, 60, 600, 70, 80, 170, 256],
    [800, 70, 800, 80, 100, 200, 320],
    [1_000, 80, 1_000, 90, 200, 230, 384],
    [2_000, 90, 2_000, 100, 400, 260, 448],
    [3_000, 100, 4_000, 120, 600, 290, 512],
    [4_000, 110, 6_000, 140, 800, 320, 576],
    [6_000, 120, 8_000, 160, 1_000, 350, 640],
    [8_000, 130, 10_000, 180, 2_000, 400, 704],
    [10_000, 140, 15_000, 200, 4_000, 500, 768],
    [20_000, 160, 20_000, 300, 8_000, 600, 832],
    [30_000, 180, 30_000, 400, 10_000, 800, 896],
    [40_000, 200, 40_000, 500, 20_000, 1_000, 960],
];

/// Code by code: OCRT/PFT s, LDRT ms, CHS µV, MOST µs.
const SHORT_ROWS: [[i64; 4]; 4] =
    [[8, 100, 200, 64], [16, 500, 500, 128], [32, 1_000, 1_000, 256], [64, 2_000, 2_000, 512]];

fn assert_row(table: &Table, code: usize, value: i64) {
    let code = code as u8;
    assert_eq!(table.encode(value), Ok(code));
    assert_eq!(table.decode(code), value);
}

#[test]
fn every_row_of_sixteen_codes_holds_both_ways() {
    for (code, [voltage, oc1, oc1_delay, oc2, oc2_delay, short, short_delay]) in
        ROWS.into_iter().enumerate()
    {
        assert_row(&codes::VOLTAGE_DELAY, code, voltage * 1_000);
        assert_row(&codes::OVER_CURRENT_1, code, oc1);
        assert_row(&codes::OVER_CURRENT_1_DELAY, code, oc1_delay * 1_000);
        assert_row(&codes::OVER_CURRENT_2, code, oc2);
        assert_row(&codes::OVER_CURRENT_2_DELAY, code, oc2_delay * 1_000);
        assert_row(&codes::SHORT_CIRCUIT, code, short);
        assert_row(&codes::SHORT_CIRCUIT_DELAY, code, short_delay);
    }
}

#[test]
fn every_row_of_four_codes_holds_both_ways() {
    for (code, [recovery, load, state, turn_on]) in SHORT_ROWS.into_iter().enumerate() {
        assert_row(&codes::RECOVERY, code, recovery * 1_000_000);
        assert_row(&codes::LOAD_RELEASE, code, load * 1_000);
        assert_row(&codes::STATE_DETECT, code, state);
        assert_row(&codes::TURN_ON_DELAY, code, turn_on);
    }
}

#[test]
fn tables_end_with_their_last_printed_row() {
    for table in [codes::VOLTAGE_DELAY, codes::SHORT_CIRCUIT, codes::OVER_CURRENT_2] {
        assert_eq!(table.values.len(), 16);
    }
    for table in [codes::RECOVERY, codes::LOAD_RELEASE, codes::STATE_DETECT, codes::TURN_ON_DELAY] {
        assert_eq!(table.values.len(), 4);
    }
}

#[test]
fn a_value_between_two_rows_names_both() {
    let nearest = Neighbours { below: Some(30), above: Some(40) };
    assert_eq!(codes::OVER_CURRENT_1.encode(35), Err(nearest));
}

#[test]
fn a_value_beyond_a_table_names_its_end() {
    let smallest = Neighbours { below: None, above: Some(20) };
    assert_eq!(codes::OVER_CURRENT_1.encode(19), Err(smallest));
    let largest = Neighbours { below: Some(200), above: None };
    assert_eq!(codes::OVER_CURRENT_1.encode(201), Err(largest));
}

#[test]
fn every_grid_accepts_its_ends_and_nothing_beyond() {
    let printed = [
        (codes::OVER_VOLTAGE, 5, 3_600, 4_500),
        (codes::OVER_VOLTAGE_RELEASE, 5, 3_300, 4_500),
        (codes::UNDER_VOLTAGE, 20, 2_000, 3_100),
        (codes::UNDER_VOLTAGE_RELEASE, 20, 2_000, 3_600),
        (codes::BALANCE, 20, 3_300, 4_500),
        (codes::PRECHARGE, 20, 1_000, 3_000),
        (codes::LOW_VOLTAGE, 20, 500, 2_000),
        (codes::PERMANENT_FAILURE, 20, 3_800, 5_000),
    ];
    for (grid, step, min, max) in printed {
        assert_ends(&grid, step, min, max);
    }
}

fn assert_ends(grid: &Grid, step: i64, min: i64, max: i64) {
    assert_eq!(grid.encode(min), Ok((min / step) as u16));
    assert_eq!(grid.encode(max), Ok((max / step) as u16));
    let smallest = Neighbours { below: None, above: Some(min) };
    assert_eq!(grid.encode(min - 1), Err(smallest));
    let largest = Neighbours { below: Some(max), above: None };
    assert_eq!(grid.encode(max + 1), Err(largest));
    let between = Neighbours { below: Some(min), above: Some(min + step) };
    assert_eq!(grid.encode(min + 1), Err(between));
}

#[test]
fn the_capability_states_what_the_datasheet_prints() {
    assert_eq!(CAPABILITY.cells, (5, 16));
    assert_eq!(CAPABILITY.thermistors, 3);
    assert_eq!((CAPABILITY.over_voltage.min, CAPABILITY.over_voltage.max), (3_600, 4_500));
    assert_eq!(CAPABILITY.scan_period.as_micros(), 100_000);
    assert_eq!(CAPABILITY.counter_window.as_micros(), 250_000);
    assert_eq!(CAPABILITY.balance_time.as_micros(), 60_000_000);
}
