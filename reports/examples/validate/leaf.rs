//! Nissan Leaf 2013 pouch cell, 33 Ah LMO/LNO: HPPC at 25 and 40 °C, discharges at 1C and 3C with
//! thermocouples (batterysim/nissan-leaf-data, ORNL, MIT).

use crate::Task;
use crate::columns::{Columns, interpolated};
use crate::data::{fitted, points, read_with, together};
use crate::others::{celsius, others, rate, within};
use crate::page::{Entry, Page};
use cell_models::cell::{CellParams, Chemistry};
use fitting::individual::{Individual, Warmth, along};
use fitting::predict::{Course, score};
use fitting::record::Record;
use fitting::report::TracePoint;
use fitting::{FitOptions, Start, thermal};
use std::error::Error;
use std::path::Path;

/// Charge between full and 3.0 V of the HPPC at 40 °C, ampere-hour; at 25 °C it is 30.5.
pub(crate) const CAPACITY_AH: f64 = 30.74;
/// A step's last row is written as it ends, its first up to a minute after it began, second.
const STEP_GAP_S: f64 = 5.0;
/// Half width of the hysteresis, assumed, volt.
const HYSTERESIS_V: f64 = 0.004;
const FITTED_TO: &str = "HPPC at 25 and 40 °C";
const ALL: &str = "HPPC at 25 and 40 °C, 1C, 3C";
/// Means of records closer than this share a row of the tables, kelvin: HPPC alone, and with the
/// discharges, which lie between its temperatures.
const ROWS_K: (f64, f64) = (8.0, 5.0);
/// Rates of the discharges that everyone has.
const RATES: [&str; 2] = ["1c", "3c"];
/// The cell after a full charge.
const FULL: Individual = Individual { soc_start: 1.0, capacity_ah: CAPACITY_AH, resistance: 1.0 };
/// Scored SOC.
const WINDOW: (f64, f64) = (0.1, 0.95);
const NOTES: [&str; 2] = [
    "Leaf cell: the tester writes a row as a step ends and the first row of a rest a minute into it, so a \
     current ends with its last row; held until the next, the HPPC would give 32.2 Ah instead of 30.7, \
     and seem to be of another cell than the discharges. Nothing of the scored discharges is fitted \
     but heat capacity and conductance, which come from the first at 1C and its rest. The C/15 cycles are not fitted: their temperature is not stated row by \
     row, and every edge of their current shows some 115 mohm, fifty times the cell, which are the \
     leads. The clock of the thermocouples is not that of the tester: each discharge begins where the \
     mean of the three on the cell has begun to rise (1C: at its lowest, 3C: with the file). Voltages \
     are scored at the temperature that the model gives itself, which starts at the thermocouples' \
     mean; no diffusion within the electrodes is modelled, which is what 3C lacks.",
    "Leaf: rows and charts derive from nissan-leaf-data and equiv-circ-model of batterysim (ORNL), MIT.",
];

fn options(count: usize, row_spacing_k: f64) -> FitOptions {
    FitOptions {
        name: "leaf-2013".to_owned(),
        source: "Nissan Leaf 2013 pouch cell: HPPC and discharges, fitted with `fitting`"
            .to_owned(),
        licence: "MIT (batterysim/nissan-leaf-data)".to_owned(),
        chemistry: Chemistry::Nmc,
        capacity_ah: Some(CAPACITY_AH),
        hysteresis_v: Some(HYSTERESIS_V),
        starts: vec![Start::Full; count],
        row_spacing_k,
        ..FitOptions::default()
    }
}

/// A record from a time on, until before another.
fn cut(record: &Record, from_s: f64, until_s: f64) -> Record {
    let first = record.time_s.partition_point(|&time| time < from_s);
    let end = record.time_s.partition_point(|&time| time < until_s);
    let of = |values: &[f64]| values[first..end].to_vec();
    Record {
        name: record.name.clone(),
        time_s: of(&record.time_s),
        current_a: of(&record.current_a),
        voltage_v: of(&record.voltage_v),
        temperature_c: of(&record.temperature_c),
        temperature_measured: record.temperature_measured,
        ambient_c: of(&record.ambient_c),
        counter_ah: None,
        step: None,
    }
}

fn file(folder: &Path, name: &str, temperature_c: f64) -> Result<Record, Box<dyn Error>> {
    let options = fitting::csv::Options {
        gap_max_s: 1e9,
        temperature_c: Some(temperature_c),
        ..fitting::csv::Options::default()
    };
    let mut records = read_with(folder, name, &options)?.records;
    Ok(ended(&records.swap_remove(0)))
}

/// The record with every current ending as its last row was written: where the next step's first row
/// comes late, one without a voltage is put before it.
fn ended(record: &Record) -> Record {
    let mut out = cut(record, 0.0, 0.0);
    for row in 0..record.time_s.len() {
        let before = row.saturating_sub(1);
        let (last_s, time_s) = (record.time_s[before], record.time_s[row]);
        let changed = (record.current_a[row] - record.current_a[before]).abs() > 1.0;
        if changed && record.current_a[row].abs() < 1.0 && time_s - last_s > STEP_GAP_S {
            push(record, row, (last_s + 0.1, f64::NAN), &mut out);
        }
        push(record, row, (time_s, record.voltage_v[row]), &mut out);
    }
    out
}

/// Adds a row of a record, at another time and with another voltage.
fn push(record: &Record, row: usize, (time_s, voltage_v): (f64, f64), out: &mut Record) {
    out.time_s.push(time_s);
    out.voltage_v.push(voltage_v);
    out.current_a.push(record.current_a[row]);
    out.temperature_c.push(record.temperature_c[row]);
    out.ambient_c.push(record.ambient_c[row]);
}

/// HPPC records from the full charge on.
fn pulses(folder: &Path) -> Result<Vec<Record>, Box<dyn Error>> {
    let of = |celsius: f64| from_full(folder, &format!("hppc_t{celsius:.0}.csv"), celsius);
    [25.0, 40.0].into_iter().map(of).collect()
}

/// A record from its rest after the full charge on.
fn from_full(folder: &Path, name: &str, celsius: f64) -> Result<Record, Box<dyn Error>> {
    let record = file(folder, name, celsius)?;
    let full = |row: &usize| record.current_a[*row].abs() < 0.1 && record.voltage_v[*row] > 4.15;
    let rest = (0..record.time_s.len()).find(full).ok_or("no rest at full")?;
    Ok(cut(&record, record.time_s[rest], f64::INFINITY))
}

/// The cell as fitted to its pulses.
fn cell(task: &Task) -> Result<CellParams, Box<dyn Error>> {
    let records = pulses(&task.data.join("nissan_leaf_cell"))?;
    let fit = fitted("Leaf cell", &records, &options(records.len(), ROWS_K.0))?;
    Ok(fit.params)
}

/// The cell with its heat, from one discharge with thermocouples.
fn warm_cell(task: &Task) -> Result<CellParams, Box<dyn Error>> {
    let first = discharges(&task.data.join("nissan_leaf_cell"), "1c")?.swap_remove(0);
    warmed(cell(task)?, &[&first])
}

/// A cell with heat capacity and conductance from discharges with thermocouples.
fn warmed(params: CellParams, records: &[&Record]) -> Result<CellParams, Box<dyn Error>> {
    let course = course();
    let pairs: Vec<_> = records.iter().map(|record| (*record, &course)).collect();
    let found = thermal::fit(&params, &pairs).ok_or("no heat capacity")?;
    Ok(CellParams {
        heat_capacity_j_k: found.heat_capacity_j_k,
        to_ambient_w_k: found.to_ambient_w_k,
        ..params
    })
}

/// The cell as fitted to pulses and discharges, at the temperatures of the thermocouples or, in
/// discharges that have none, of a model fitted to the pulses.
///
/// The model has no diffusion within the electrodes, so the resistance it needs grows with the
/// current. In these records it is the fast discharges that are warm: their tables hold for a current
/// that warms the cell to their temperature, and resist too much where a warm cell carries less.
pub(crate) fn whole_cell(task: &Task) -> Result<CellParams, Box<dyn Error>> {
    let folder = task.data.join("nissan_leaf_cell");
    let by_pulses = warm_cell(task)?;
    let mut records = pulses(&folder)?;
    let mut measured = Vec::new();
    for rate in RATES {
        let mut all = discharges(&folder, rate)?;
        for one in all.iter_mut().filter(|one| !one.temperature_measured) {
            one.temperature_c = along(&by_pulses, one, &FULL, Warmth::Own).temperature_c;
        }
        measured.push(all[0].clone());
        records.extend(all);
    }
    let fit = fitted("Leaf cell, everything", &records, &options(records.len(), ROWS_K.1))?;
    warmed(fit.params, &measured.iter().collect::<Vec<_>>())
}

fn course() -> Course {
    Course { soc: vec![1.0], follows: false, hysteresis: 0.0, capacity_ah: CAPACITY_AH }
}

/// Discharges with the rest after them. Only the first has temperatures that can be placed.
fn discharges(folder: &Path, rate: &str) -> Result<Vec<Record>, Box<dyn Error>> {
    let record = file(folder, &format!("dis_{rate}.csv"), 25.0)?;
    let heat = folder.join(format!("dis_{rate}_temperature.csv"));
    let heat = if heat.exists() { Some(Columns::read(&heat)?) } else { None };
    let begins = |row: &usize| {
        record.current_a[*row] < -10.0 && (*row == 0 || record.current_a[*row - 1] > -10.0)
    };
    let mut found = Vec::new();
    for row in (0..record.time_s.len()).filter(begins) {
        let begin_s = record.time_s[row];
        let charge = (row..record.time_s.len()).find(|&later| record.current_a[later] > 10.0);
        let end_s = charge.map_or(f64::INFINITY, |later| record.time_s[later]);
        let mut one = cut(&record, begin_s, end_s);
        one.temperature_measured = false;
        if let Some(heat) = heat.as_ref().filter(|_| found.is_empty()) {
            place(&mut one, heat, begin_s)?;
        }
        found.push(one);
    }
    Ok(found)
}

/// Lays the thermocouples' mean along a discharge: both begin where the temperature begins to rise.
fn place(one: &mut Record, heat: &Columns, begin_s: f64) -> Result<(), Box<dyn Error>> {
    let time_s = heat.column("time_s")?;
    let all: Vec<Vec<f64>> = ["tc1_tabs_c", "tc2_middle_c", "tc3_bottom_c", "tc4_c"]
        .iter()
        .map(|name| heat.column(name))
        .collect::<Result<_, _>>()?;
    let mean: Vec<f64> =
        (0..time_s.len()).map(|row| (all[0][row] + all[1][row] + all[2][row]) / 3.0).collect();
    let near = |row: &usize| (time_s[*row] - begin_s).abs() < 300.0;
    let coldest = (0..time_s.len()).filter(near).min_by(|a, b| mean[*a].total_cmp(&mean[*b]));
    let from_s = time_s[coldest.ok_or("no temperature near the discharge")?];
    for row in 0..one.time_s.len() {
        let at_s = from_s + one.time_s[row] - one.time_s[0];
        one.temperature_c[row] = interpolated(&time_s, &mean, at_s);
        one.ambient_c[row] = interpolated(&time_s, &all[3], at_s);
    }
    one.temperature_measured = true;
    Ok(())
}

/// Goes through the set.
pub(crate) fn run(task: &Task, page: &mut Page) -> Result<(), Box<dyn Error>> {
    let folder = task.data.join("nissan_leaf_cell");
    let params = warm_cell(task)?;
    for rate in RATES {
        let heat_of = if rate == "1c" { "itself" } else { "1C" };
        scored(&folder, rate, &params, (FITTED_TO, heat_of, ""), page)?;
    }
    page.note(format!(
        "Leaf cell in its chamber: {:.0} J/K and {:.2} W/K.",
        params.heat_capacity_j_k, params.to_ambient_w_k
    ));
    NOTES.iter().for_each(|note| page.note((*note).to_owned()));
    held_out(task, page)
}

/// Scores the discharges at one rate.
fn scored(
    folder: &Path,
    rate_name: &str,
    params: &CellParams,
    (fitted_to, heat_of, how): (&str, &str, &str),
    page: &mut Page,
) -> Result<(), Box<dyn Error>> {
    let all = discharges(folder, rate_name)?;
    let paths: Vec<_> = all.iter().map(|one| along(params, one, &FULL, Warmth::Own)).collect();
    let scores: Vec<_> =
        paths.iter().filter_map(|path| score(&path.points, WINDOW, false)).collect();
    let rate = rate(rate_name);
    let measure = format!("Leaf cell, {} discharges at {rate}{how}", all.len());
    page.voltage(&measure, fitted_to, together(&scores), None);
    let Some((first, path)) = all.first().zip(paths.first()) else { return Ok(()) };
    let since_s = path.points[0].time_s;
    let since = |point: &TracePoint| TracePoint { time_s: point.time_s - since_s, ..*point };
    let points: Vec<TracePoint> = path.points.iter().map(since).collect();
    page.chart(&format!("leaf-cell-{rate_name}"), &points);
    if first.temperature_measured {
        let (rmse, largest) = error_k(first, &path.temperature_c);
        page.entry(Entry {
            measure: format!("Leaf cell temperature, {rate}{how}"),
            fitted_to: heat_of.to_owned(),
            result: format!("{rmse:.2} K, max {largest:.1} K"),
            rmse,
            bounds: None,
            largest: None,
            chart: None,
        });
    }
    Ok(())
}

/// Rates and temperatures that no fit uses, where their files are there.
fn held_out(task: &Task, page: &mut Page) -> Result<(), Box<dyn Error>> {
    let folder = task.data.join("nissan_leaf_cell");
    let known =
        RATES.map(|rate| [format!("dis_{rate}.csv"), format!("dis_{rate}_temperature.csv")]);
    let mut files = others(&folder, "dis_", known.as_flattened())?;
    files.retain(|file| !file.ends_with("_temperature.csv"));
    let pulses = others(&folder, "hppc_t", &["hppc_t25.csv", "hppc_t40.csv"])?;
    if files.is_empty() && pulses.is_empty() {
        return Ok(());
    }
    let params = whole_cell(task)?;
    for file in files {
        let Some(rate) = within(&file, "dis_", ".csv") else { continue };
        scored(&folder, rate, &params, (ALL, "1C, 3C", ", held out"), page)?;
    }
    for file in pulses {
        let Some(at) = within(&file, "hppc_t", ".csv").and_then(celsius) else { continue };
        let record = from_full(&folder, &file, f64::from(at))?;
        let along = points(&params, &record, 1.0, CAPACITY_AH);
        let measure = format!("Leaf cell, HPPC at {at} °C, held out");
        page.voltage(&measure, ALL, score(&along, WINDOW, false), None);
        page.chart(&format!("leaf-cell-hppc-{at}"), &along);
    }
    Ok(())
}

/// Root mean square over time and largest error of a temperature, kelvin.
pub(crate) fn error_k(record: &Record, model_c: &[f64]) -> (f64, f64) {
    let (mut squares, mut seconds, mut largest) = (0.0, 0.0, 0.0_f64);
    for (row, celsius) in model_c.iter().enumerate().skip(1) {
        let dt_s = record.time_s[row] - record.time_s[row - 1];
        let error_k = celsius - record.temperature_c[row];
        squares += dt_s * error_k * error_k;
        seconds += dt_s;
        largest = largest.max(error_k.abs());
    }
    (libm::sqrt(squares / seconds), largest)
}
