//! Records made from a known cell: the fit finds the cell again.

use cell_models::cell::{Branch, CellParams, CellState, Decay};
use cell_models::hysteresis::Hysteresis;
use cell_models::table::{Curve, Map, Surface};
use fitting::record::Record;
use fitting::report::{Origin, Warning};
use fitting::{FitError, FitOptions, HoldOut, Start};

const CAPACITY_AH: f64 = 2.0;
const SOCS: [f64; 11] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];

/// A cell with two pairs, hysteresis and resistances that differ by direction.
fn truth() -> CellParams {
    let volts = [2.8, 3.18, 3.24, 3.28, 3.30, 3.31, 3.32, 3.33, 3.345, 3.36, 3.5];
    CellParams {
        ocv: Surface::single(Curve::extended(&SOCS, &volts).expect("it rises")),
        hysteresis: Hysteresis { half_width: Surface::constant(0.012), gamma: 30.0 },
        r0_discharge: Map::constant(0.020),
        r0_charge: Map::constant(0.018),
        branches: vec![
            Branch::symmetric(Map::constant(0.015), 20.0),
            Branch::symmetric(Map::constant(0.030), 1000.0),
        ],
        ..CellParams::linear(2.8, 3.5, CAPACITY_AH, 0.020)
    }
}

/// What the cell shows under a current per row, every so many seconds.
fn record(name: &str, cell: &CellParams, begin: CellState, current_a: &[f64], dt_s: f64) -> Record {
    let (mut state, mut cache) = (begin, Decay::new());
    let mut voltage_v = Vec::new();
    for &current in current_a {
        voltage_v.push(cell.voltage(&state, current));
        let _ = cell.advance(&mut state, current, dt_s, &mut cache);
    }
    let rows = current_a.len();
    Record {
        name: name.to_owned(),
        time_s: (0..rows).map(|row| row as f64 * dt_s).collect(),
        current_a: current_a.to_vec(),
        voltage_v,
        temperature_c: vec![25.0; rows],
        temperature_measured: true,
        ambient_c: vec![25.0; rows],
        counter_ah: None,
        step: None,
    }
}

fn at(soc: f64, hysteresis: f64) -> CellState {
    CellState { hysteresis, ..CellState::rested(soc, 25.0) }
}

/// Both C/20 branches and a drive of changing pulses from full to about 10 %.
fn records(cell: &CellParams) -> Vec<Record> {
    let slow = CAPACITY_AH / 20.0;
    let drive: Vec<f64> = (0..6600)
        .map(|row| match (row / 10) % 12 {
            0 | 1 => -4.0,
            2 | 7 => 1.5,
            3 | 4 | 10 => 0.0,
            5 | 6 => -1.0,
            8 | 9 => -2.5,
            _ => 3.0,
        })
        .collect();
    let slow_rows = 1180;
    vec![
        record("down", cell, at(1.0, 1.0), &vec![-slow; slow_rows], 60.0),
        record("up", cell, at(0.0, -1.0), &vec![slow; slow_rows], 60.0),
        record("drive", cell, at(1.0, 1.0), &drive, 1.0),
    ]
}

fn options() -> FitOptions {
    FitOptions {
        capacity_ah: Some(CAPACITY_AH),
        starts: vec![Start::Full, Start::Empty, Start::Full],
        pairs: 2,
        resistance_soc: SOCS.to_vec(),
        ocv_soc: (0..=25).map(|step| f64::from(step) / 25.0).collect(),
        ..FitOptions::default()
    }
}

/// Mean of a map between 40 and 80 % SOC.
fn mean(map: &Map) -> f64 {
    (0..=8).map(|step| map.at(0.4 + 0.05 * f64::from(step), 25.0)).sum::<f64>() / 9.0
}

#[test]
fn a_known_cell_is_found_again() {
    let cell = truth();
    let fitted = fitting::fit(&records(&cell), &options()).expect("it fits");
    let found = &fitted.params;
    let near = |map: &Map, ohm: f64| (mean(map) / ohm - 1.0).abs();
    assert!(near(&found.r0_discharge, 0.020) < 0.02, "{}", mean(&found.r0_discharge));
    assert!(near(&found.r0_charge, 0.018) < 0.02, "{}", mean(&found.r0_charge));
    for record in &fitted.report.records {
        let score = record.fitted.expect("rows were fitted");
        assert!(score.rmse_v < 2e-3, "{}: {}", record.name, score.rmse_v);
    }
    assert!((found.ocv.at(0.5, 25.0) - 3.31).abs() < 2e-3);
}

#[test]
fn rows_that_were_held_out_are_scored_apart() {
    let cell = truth();
    let options = FitOptions { hold_out: HoldOut::Blocks(300.0), ..options() };
    let fitted = fitting::fit(&records(&cell), &options).expect("it fits");
    let drive = &fitted.report.records[2];
    let held = drive.held_out.expect("every second block is held out");
    let used = drive.fitted.expect("the others are fitted");
    assert!(held.rmse_v < 3e-3, "{}", held.rmse_v);
    assert!((held.rows as f64 / used.rows as f64 - 1.0).abs() < 0.2);
    assert!(fitted.report.records[0].held_out.is_none(), "a slow branch is fitted whole");
}

#[test]
fn intervals_hold_the_value_and_say_what_was_measured() {
    let fitted = fitting::fit(&records(&truth()), &options()).expect("it fits");
    let figures = &fitted.report.figures;
    assert!(figures.iter().all(|figure| figure.low <= figure.value && figure.value <= figure.high));
    let middle = figures
        .iter()
        .find(|figure| figure.table == "r0_discharge" && figure.soc == Some(0.6))
        .expect("the table has this position");
    assert_eq!(middle.origin, Origin::Measured);
    assert!(middle.high / middle.low < 1.2, "{} to {}", middle.low, middle.high);
}

#[test]
fn charge_resistance_falls_back_to_discharge_with_a_warning() {
    let cell = truth();
    let all = records(&cell);
    let mut rows = all[2].current_a.clone();
    rows.iter_mut().for_each(|current| *current = current.min(0.0));
    rows.truncate(4000);
    let drive = record("drive", &cell, at(1.0, 1.0), &rows, 1.0);
    let fitted = fitting::fit(
        &[all[0].clone(), drive],
        &FitOptions { starts: vec![Start::Full; 2], hysteresis_v: Some(0.012), ..options() },
    )
    .expect("it fits");
    let ratio = mean(&fitted.params.r0_charge) / mean(&fitted.params.r0_discharge);
    assert!((ratio - 1.0).abs() < 0.02, "{ratio}");
    let told = |wanted: fn(&Warning) -> bool| fitted.report.warnings.iter().any(wanted);
    assert!(told(|warning| matches!(warning, Warning::ChargeFallsBack { .. })));
    assert!(told(|warning| matches!(warning, Warning::HysteresisAssumed { .. })));
    assert!(!told(|warning| matches!(warning, Warning::DischargeFallsBack { .. })));
}

#[test]
fn the_same_records_give_the_same_bits() {
    let records = records(&truth());
    let one = fitting::fit(&records, &options()).expect("it fits");
    let other = fitting::fit(&records, &options()).expect("it fits");
    assert_eq!(one, other);
}

#[test]
fn a_cell_is_checked_on_records_without_fitting() {
    let cell = truth();
    let report = fitting::check(&cell, &records(&cell), &options()).expect("it checks");
    for record in &report.records {
        let score = record.fitted.expect("there are rows");
        assert!(score.max_v < 1e-9, "{}: {}", record.name, score.max_v);
    }
}

#[test]
fn what_cannot_be_fitted_is_refused_with_its_reason() {
    let records = records(&truth());
    let refused = |records: &[Record], options: &FitOptions| {
        fitting::fit(records, options).expect_err("it is refused").to_string()
    };
    assert_eq!(fitting::fit(&[], &options()), Err(FitError::NoRecords));
    let mut short = records[2].clone();
    short.voltage_v.pop();
    assert!(refused(&[short], &options()).contains("voltage_v has another length"));
    let mut back = records[2].clone();
    back.time_s[7] = back.time_s[6];
    assert!(refused(&[back], &options()).contains("time does not rise at row 7"));
    let mut silent = records[2].clone();
    silent.voltage_v.fill(f64::NAN);
    assert!(refused(&[silent], &options()).contains("no row has a voltage"));
    let mut idle = records[2].clone();
    idle.current_a.fill(0.0);
    assert_eq!(
        fitting::fit(&[idle], &FitOptions { capacity_ah: None, ..options() }),
        Err(FitError::NoCurrent)
    );
    for pairs in [0, 5] {
        let options = FitOptions { pairs, ..options() };
        assert!(refused(&records, &options).contains("option pairs"));
    }
    let options = FitOptions { ocv_soc: vec![0.0, 0.5, 0.4, 1.0], ..options() };
    assert!(refused(&records, &options).contains("option ocv_soc"));
}

/// Ten seconds out at 2C, forty of rest, ten in at 1.5C, rest, and a tenth of the charge out at 1C
/// with an hour of rest, at each of nine levels; every second, slower in the long rests.
fn hppc(cell: &CellParams) -> Record {
    let mut steps = vec![(0.0, 60.0, 1.0)];
    for _ in 0..9 {
        steps.extend([(-2.0, 360.0, 1.0), (0.0, 60.0, 1.0), (0.0, 3520.0, 20.0), (0.0, 20.0, 1.0)]);
        steps.extend([(-4.0, 10.0, 1.0), (0.0, 40.0, 1.0), (3.0, 10.0, 1.0), (0.0, 60.0, 1.0)]);
    }
    let (mut state, mut cache) = (at(1.0, 1.0), Decay::new());
    let mut out = record("hppc", cell, state, &[0.0], 1.0);
    let mut time = 0.0;
    (out.time_s, out.current_a, out.voltage_v) = (Vec::new(), Vec::new(), Vec::new());
    for (current, seconds, dt_s) in steps {
        for _ in 0..libm::round(seconds / dt_s) as usize {
            out.time_s.push(time);
            out.current_a.push(current);
            out.voltage_v.push(cell.voltage(&state, current));
            let _ = cell.advance(&mut state, current, dt_s, &mut cache);
            time += dt_s;
        }
    }
    let rows = out.time_s.len();
    out.temperature_c = vec![25.0; rows];
    out.ambient_c = vec![25.0; rows];
    out
}

/// A cell without hysteresis whose pairs pulses and hours of rest can show.
fn pulsed() -> CellParams {
    CellParams {
        hysteresis: Hysteresis { half_width: Surface::constant(0.0), gamma: 30.0 },
        r0_charge: Map::constant(0.020),
        branches: vec![
            Branch::symmetric(Map::constant(0.010), 12.0),
            Branch::symmetric(Map::constant(0.015), 300.0),
        ],
        ..truth()
    }
}

#[test]
fn pulses_whose_voltage_is_a_row_ahead_give_the_cell_again() {
    let cell = pulsed();
    let mut pulses = hppc(&cell);
    pulses.current_a.rotate_right(1); // The log tells the new current a row late.
    let slow = records(&cell).into_iter().take(2);
    let options = FitOptions {
        hysteresis_v: Some(0.0),
        ocv_soc: (0..=50).map(|step| f64::from(step) / 50.0).collect(),
        ..options()
    };
    let fitted = fitting::fit(&slow.chain([pulses]).collect::<Vec<_>>(), &options).expect("fits");
    let found = &fitted.params;
    let near = |what: &str, found: f64, truth: f64| {
        assert!((found / truth - 1.0).abs() < 0.02, "{what}: {found}");
    };
    near("R0", mean(&found.r0_discharge), 0.020);
    near("R0 charging", mean(&found.r0_charge), 0.020);
    near("R1", mean(&found.branches[0].discharge), 0.010);
    near("R2", mean(&found.branches[1].discharge), 0.015);
    near("tau1", found.branches[0].tau.at(0.5, 25.0), 12.0);
    near("tau2", found.branches[1].tau.at(0.5, 25.0), 300.0);
    let ahead = |warning: &Warning| match warning {
        Warning::VoltageAhead { record, edges, of } => {
            record == "hppc" && *edges > 36 && edges == of
        }
        _ => false,
    };
    assert!(fitted.report.warnings.iter().any(ahead), "{:?}", fitted.report.warnings);
    for figure in fitted.report.figures.iter().filter(|one| one.table.ends_with(".tau")) {
        let truth = if figure.table.contains("[0]") { 12.0 } else { 300.0 };
        assert!(figure.low <= truth && truth <= figure.high, "{figure:?}");
    }
}
