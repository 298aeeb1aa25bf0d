//! A123 26650 LFP: C/30 branches and a vehicle profile at -15, 5, 25 and 45 °C (G. L. Plett, UCCS,
//! as exported by batterysim/esctoolbox-python, MIT).

use crate::Task;
use crate::data::{fitted, records, together, window};
use crate::others::{celsius, others};
use crate::page::{Entry, Page};
use cell_models::cell::{CellLimits, CellParams, Chemistry};
use fitting::report::{FitReport, RecordFit, Score};
use fitting::{FitOptions, HoldOut};
use std::error::Error;

/// Temperatures and what their files are called.
const TEMPERATURES: [(&str, i32); 4] = [("N15", -15), ("P05", 5), ("P25", 25), ("P45", 45)];
/// SOC windows of the bounds.
const INNER: (f64, f64) = (0.1, 0.9);
const WIDE: (f64, f64) = (0.05, 0.95);
const ALL: &str = "everything at -15, 5, 25, 45 °C";

fn files() -> Vec<String> {
    TEMPERATURES.iter().flat_map(|(name, _)| files_of(name)).collect()
}

/// Files of one temperature, in the order of the tests.
fn files_of(name: &str) -> Vec<String> {
    let ocv = (1..=4).map(|part| format!("ocv_{name}_s{part}.csv"));
    let drive = (1..=3).map(|part| format!("dyn_{name}_s{part}.csv"));
    ocv.chain(drive).collect()
}

fn options(hold_out: HoldOut) -> FitOptions {
    FitOptions {
        name: "lfp-26650".to_owned(),
        source: "A123 ANR26650, one aged sample: C/30 branches and vehicle profile at -15, 5, 25, \
                 45 degC of G. L. Plett (UCCS), fitted with `fitting`"
            .to_owned(),
        licence: "MIT (batterysim/esctoolbox-python)".to_owned(),
        chemistry: Chemistry::Lfp,
        limits: CellLimits::none(),
        heat_capacity_j_k: Some(76.0),
        to_ambient_w_k: Some(0.08),
        hold_out,
        ..FitOptions::default()
    }
}

fn of<'a>(report: &'a FitReport, part: &str) -> Option<&'a RecordFit> {
    report.records.iter().find(|record| record.name.starts_with(part))
}

fn scores(report: &FitReport, parts: &[String], soc: (f64, f64), held_out: bool) -> Vec<Score> {
    let one = |part: &String| window(of(report, part)?, soc, held_out);
    parts.iter().filter_map(one).collect()
}

/// Goes through the set.
pub(crate) fn run(task: &Task, page: &mut Page) -> Result<(), Box<dyn Error>> {
    let all = records(&task.data.join("a123_26650"), &files())?;
    blocks(&all, page)?;
    left_out(&all, page)?;
    let full = fitted("A123, everything", &all, &options(HoldOut::Nothing))?;
    let branches: Vec<String> = TEMPERATURES
        .iter()
        .flat_map(|(name, _)| [format!("ocv_{name}_s1"), format!("ocv_{name}_s3")])
        .collect();
    let fitted_branches = together(&scores(&full.report, &branches, WIDE, false));
    page.voltage(
        "A123 C/30 branches, -15 to 45 °C",
        "themselves",
        fitted_branches,
        Some((12.0, 5.0)),
    );
    let drift = full.report.records.iter().filter_map(|record| record.counter_error);
    page.entry(Entry {
        measure: "A123 SOC, integrated current against the tester's counters, largest".to_owned(),
        fitted_to: "-".to_owned(),
        result: format!("{:.2} % SOC", 100.0 * drift.fold(0.0, f64::max)),
        rmse: 0.0,
        bounds: None,
        largest: None,
        chart: None,
    });
    other_temperatures(task, &full.params, page)?;
    crate::page::preset(task, "lfp-26650", &full.params)
}

/// Every second block of ten minutes of the drive is held out.
fn blocks(all: &[fitting::record::Record], page: &mut Page) -> Result<(), Box<dyn Error>> {
    let half = fitted("A123, every second block", all, &options(HoldOut::Blocks(600.0)))?;
    for (name, celsius) in TEMPERATURES {
        let Some(record) = of(&half.report, &format!("dyn_{name}_s1")) else { continue };
        page.voltage(
            &format!("A123 drive at {celsius} °C"),
            "other blocks of 600 s, C/30 branches",
            window(record, INNER, true),
            Some((8.0, 5.0)),
        );
        page.chart(&format!("a123-drive-{name}"), &record.trace);
    }
    Ok(())
}

/// A temperature is left out: between rows 40 K apart, and 20 K beyond the coldest. The tests of the
/// other temperatures charge at 25 °C, so that one is not left out altogether.
fn left_out(all: &[fitting::record::Record], page: &mut Page) -> Result<(), Box<dyn Error>> {
    for (name, celsius, how) in [
        ("P05", 5, "between -15 and 25 °C"),
        ("P25", 25, "of which only C/3 charges were fitted"),
        ("N15", -15, "20 K beyond 5 °C"),
    ] {
        let (out, rest): (Vec<_>, Vec<_>) =
            all.iter().cloned().partition(|record| record.name.contains(name));
        let some =
            fitted(&format!("A123 without {celsius} °C"), &rest, &options(HoldOut::Nothing))?;
        let report = fitting::check(&some.params, &out, &options(HoldOut::Nothing))?;
        let drive = scores(&report, &[format!("dyn_{name}_s1")], WIDE, false);
        page.voltage(
            &format!("A123 drive at {celsius} °C, {how}"),
            "the other temperatures",
            together(&drive),
            None,
        );
        if let Some(record) = of(&report, &format!("dyn_{name}_s1")) {
            page.chart(&format!("a123-without-{name}"), &record.trace);
        }
        let branches = [format!("ocv_{name}_s1"), format!("ocv_{name}_s3")];
        let slow = scores(&report, &branches, WIDE, false);
        page.voltage(
            &format!("A123 C/30 branches at {celsius} °C, {how}"),
            "the other temperatures",
            together(&slow),
            None,
        );
    }
    Ok(())
}

/// Bounds of a drive that no fit uses, millivolt.
fn bounds(celsius: i32) -> Option<(f64, f64)> {
    match celsius {
        15 | 35 => Some((10.0, 6.0)),
        -5 => Some((12.0, 8.0)),
        -25 => Some((65.0, 30.0)),
        _ => None,
    }
}

/// Bounds of its largest error from 10 to 90 % SOC, millivolt.
fn bounds_of_largest(celsius: i32) -> Option<(f64, f64)> {
    matches!(celsius, 15 | 35).then_some((60.0, 35.0))
}

/// Temperatures that no fit uses, where their files are there.
fn other_temperatures(
    task: &Task,
    params: &CellParams,
    page: &mut Page,
) -> Result<(), Box<dyn Error>> {
    let folder = task.data.join("a123_26650");
    let files = [others(&folder, "ocv_", &files())?, others(&folder, "dyn_", &files())?].concat();
    let mut found: Vec<(i32, &str)> = Vec::new();
    for file in &files {
        let name = file.get(4..7).filter(|name| files_of(name).contains(file));
        let known = name.and_then(|name| Some((celsius(name)?, name)));
        found.extend(known.filter(|one| !found.contains(one)));
    }
    found.sort_unstable();
    for (celsius, name) in found {
        let here: Vec<String> =
            files_of(name).into_iter().filter(|file| files.contains(file)).collect();
        let all = records(&folder, &here)?;
        let report = fitting::check(params, &all, &options(HoldOut::Nothing))?;
        other_temperature(&report, (name, celsius), page);
    }
    Ok(())
}

/// Drive and branches of one temperature that no fit uses.
fn other_temperature(report: &FitReport, (name, celsius): (&str, i32), page: &mut Page) {
    let drive = [format!("dyn_{name}_s1")];
    if let Some(record) = of(report, &drive[0]) {
        let measure = format!("A123 drive at {celsius} °C, held out");
        let scored = window(record, WIDE, false);
        page.voltage(&measure, ALL, scored, bounds(celsius));
        let inner = together(&scores(report, &drive, INNER, false));
        if let Some(largest) = bounds_of_largest(celsius) {
            page.largest(inner, largest);
        }
        page.chart(&format!("a123-held-out-{name}"), &record.trace);
    }
    let branches = [format!("ocv_{name}_s1"), format!("ocv_{name}_s3")];
    if let Some(slow) = together(&scores(report, &branches, WIDE, false)) {
        let measure = format!("A123 C/30 branches at {celsius} °C, held out");
        let bounds = (-5..=35).contains(&celsius).then_some((12.0, 5.0));
        page.voltage(&measure, ALL, Some(slow), bounds);
    }
}
