//! LG M50 21700 NMC811 at 0, 25 and 45 °C: C/10, C/2, 1C and 10 s pulses (WDWidanage,
//! Simscape-Battery-Library, MIT).

use crate::Task;
use crate::data::{fitted, points, read, records, together};
use crate::others::{celsius, others, rate, within};
use crate::page::{Page, preset};
use cell_models::cell::{CellParams, Chemistry};
use fitting::individual::rested_soc;
use fitting::predict::score;
use fitting::record::Record;
use fitting::report::{RecordFit, TracePoint};
use fitting::{FitOptions, Start};
use std::error::Error;
use std::path::Path;

/// Charge between full and the end of C/10 at 45 °C, and what the OCV table leaves below, Ah.
const CAPACITY_AH: f64 = 4.97;
/// SOC of the rested first row of the records at 0 °C: 4.132 V in the set's OCV table.
const COLD_START: f64 = 0.972;
/// Half width of the hysteresis above 30 % SOC in the set's OCV table, volt.
const HYSTERESIS_V: f64 = 0.010;
/// What stands between the pulses and the rates.
const CELLS_DIFFER: &str = "LG M50: cells differ. From 20 to 80 % SOC and at 0.15 s the four cells of the pulses step by 41 \
    to 51 mohm at 0 °C, 27 to 35 at 25 °C and 25 to 42 at 45 °C; the rates step by 56 mohm at -0.5 °C. \
    Whether the rates were measured on one of those cells is not known, so pulses count as well as they \
    agree and the level of the resistance comes from the rates. The pulses held out are those of the first \
    cell of four, chosen after the last was seen. Below 15 % SOC at 0 °C, where the cell starves at any \
    rate, 1C is off by up to half a volt. At 45 °C the held-out pulses' cell steps by 30 mohm and the rates \
    by 25: 38 mV at 7.5 A that one table cannot give to both, so these pulses are off by what makes 1C \
    right; a level from the pulses would do the opposite. The preset nmc-21700 was fitted to these records \
    up to 1C too, so its row is no held-out score.";
/// Of each four pulses at a level, the one that is held out.
const HELD_OUT_OF: usize = 4;
const TEMPERATURES: [i32; 3] = [0, 25, 45];
/// Records from here down were not charged full: they begin at 4.13 V.
const COLD_C: i32 = 10;
const ALL: &str = "C/10, C/2, 1C, pulses at 0, 25, 45 °C";

fn options(starts: Vec<Start>) -> FitOptions {
    FitOptions {
        name: "nmc-21700".to_owned(),
        source: "LG M50 21700: C/10, C/2, 1C and pulses of four cells at 0, 25, 45 degC, fitted \
                 with `fitting`; hysteresis from the set's OCV table"
            .to_owned(),
        licence: "MIT (WDWidanage/Simscape-Battery-Library), BSD-3-Clause (PyBaMM)".to_owned(),
        chemistry: Chemistry::Nmc,
        capacity_ah: Some(CAPACITY_AH),
        hysteresis_v: Some(HYSTERESIS_V),
        starts,
        row_spacing_k: 12.0,
        ..FitOptions::default()
    }
}

fn full_start(celsius: i32) -> f64 {
    if celsius == 0 { COLD_START } else { 1.0 }
}

/// Rate records of all temperatures with their starts.
fn rates(folder: &Path, rates: &[&str]) -> Result<(Vec<Record>, Vec<Start>), Box<dyn Error>> {
    let (mut all, mut starts) = (Vec::new(), Vec::new());
    for celsius in TEMPERATURES {
        for rate in rates {
            all.extend(records(folder, &[format!("rate_t{celsius}_{rate}.csv")])?);
            starts.resize(all.len(), Start::Soc(full_start(celsius)));
        }
    }
    Ok((all, starts))
}

/// Pulses of all temperatures with their starts.
fn pulses(folder: &Path) -> Result<(Vec<Record>, Vec<Start>), Box<dyn Error>> {
    let (mut all, mut starts) = (Vec::new(), Vec::new());
    for celsius in TEMPERATURES {
        let (more, theirs) = pulses_in(folder, &format!("pulse_t{celsius}.csv"), celsius)?;
        all.extend(more);
        starts.extend(theirs);
    }
    Ok((all, starts))
}

/// Pulses of one file with their starts.
fn pulses_in(
    folder: &Path,
    file: &str,
    celsius: i32,
) -> Result<(Vec<Record>, Vec<Start>), Box<dyn Error>> {
    let options = fitting::csv::Options {
        gap_max_s: 1e9,
        temperature_c: Some(f64::from(celsius)),
        ..fitting::csv::Options::default()
    };
    let reading = crate::data::read_with(folder, file, &options)?;
    let start = |soc: Option<f64>| soc.map_or(Start::Auto, Start::Soc);
    Ok((reading.records, reading.soc_start.into_iter().map(start).collect()))
}

/// Goes through the set.
pub(crate) fn run(task: &Task, page: &mut Page) -> Result<(), Box<dyn Error>> {
    let folder = task.data.join("lg_m50_nmc811");
    let (slow, mut starts) = rates(&folder, &["0p1c", "0p5c"])?;
    let (pulse, pulse_starts) = pulses(&folder)?;
    let (mut held, mut held_starts) = (Vec::new(), Vec::new());
    let mut some: Vec<Record> = slow;
    for (index, (record, start)) in pulse.into_iter().zip(pulse_starts).enumerate() {
        let out = index % HELD_OUT_OF == 0;
        let (records, their) =
            if out { (&mut held, &mut held_starts) } else { (&mut some, &mut starts) };
        records.push(record);
        their.push(start);
    }
    let fit = fitted("LG M50 without 1C", &some, &options(starts.clone()))?;
    pulses_of_one(&fit.params, &held, &held_starts, page)?;
    for celsius in TEMPERATURES {
        let record = &read(&folder, &format!("rate_t{celsius}_1c.csv"))?.records[0];
        let along = points(&fit.params, record, full_start(celsius), CAPACITY_AH);
        let measure = format!("LG M50 1C discharge and charge at {celsius} °C");
        page.voltage(&measure, "C/10, C/2, pulses", score(&along, (0.1, 0.95), false), None);
        page.chart(&format!("lg-m50-1c-{celsius}"), &along);
        let known = cell_models::presets::by_name("nmc-21700").ok_or("no preset nmc-21700")?;
        let along = points(&known, record, full_start(celsius), known.capacity_ah);
        let measure = format!("Preset nmc-21700 at 1C and {celsius} °C");
        page.voltage(&measure, "everything, 1C too", score(&along, (0.1, 0.95), false), None);
    }
    page.note(CELLS_DIFFER.to_owned());
    let (fast, fast_starts) = rates(&folder, &["1c"])?;
    let all: Vec<Record> = some.into_iter().chain(held).chain(fast).collect();
    starts.extend(held_starts);
    starts.extend(fast_starts);
    let full = fitted("LG M50, everything", &all, &options(starts))?;
    other_rates(&folder, &full.params, page)?;
    other_pulses(&folder, &full.params, page)?;
    preset(task, "nmc-21700", &full.params)
}

/// Pulses of the cell that was held out, as they are and as their change since the rest before.
fn pulses_of_one(
    params: &CellParams,
    held: &[Record],
    starts: &[Start],
    page: &mut Page,
) -> Result<(), Box<dyn Error>> {
    let report = fitting::check(params, held, &options(starts.to_vec()))?;
    let whole = (0.15, 0.95);
    for celsius in TEMPERATURES {
        let near = |one: &&RecordFit| (one.temperature_c - f64::from(celsius)).abs() < 8.0;
        let here: Vec<&RecordFit> = report.records.iter().filter(near).collect();
        let plain: Vec<_> = here.iter().filter_map(|one| score(&one.trace, whole, false)).collect();
        let from_rest = |one: &&RecordFit| score(&since_first(&one.trace), whole, false);
        let moved: Vec<_> = here.iter().filter_map(from_rest).collect();
        let amps = if celsius == 0 { "2.5" } else { "7.5" };
        for (what, scores) in [("", plain), (", change from rest", moved)] {
            let measure = format!("LG M50 10 s pulses of {amps} A at {celsius} °C{what}");
            page.voltage(&measure, "C/10, C/2, pulses of other cells", together(&scores), None);
        }
    }
    Ok(())
}

/// The trace with the error of its first point taken off.
fn since_first(trace: &[TracePoint]) -> Vec<TracePoint> {
    let by_v = trace.first().map_or(0.0, TracePoint::error_v);
    trace.iter().map(|point| TracePoint { model_v: point.model_v - by_v, ..*point }).collect()
}

/// Rates and temperatures that no fit uses, where their files are there.
fn other_rates(folder: &Path, params: &CellParams, page: &mut Page) -> Result<(), Box<dyn Error>> {
    let fitted = |celsius| ["0p1c", "0p5c", "1c"].map(|rate| format!("rate_t{celsius}_{rate}.csv"));
    let known: Vec<String> = TEMPERATURES.into_iter().flat_map(fitted).collect();
    for file in others(folder, "rate_t", &known)? {
        let parts = within(&file, "rate_t", ".csv").and_then(|name| name.split_once('_'));
        let Some((at, of)) = parts.and_then(|(at, of)| Some((celsius(at)?, of))) else { continue };
        let record = &read(folder, &file)?.records[0];
        // Cold records begin below full, from a rest that tells where.
        let rested = rested_soc(params, record).filter(|_| at <= COLD_C);
        let along = points(params, record, rested.unwrap_or(1.0).min(1.0), CAPACITY_AH);
        let bounds = match (at, of) {
            (25, "2c") => Some((20.0, 12.0)),
            (10, _) => Some((70.0, 35.0)),
            _ => None,
        };
        let measure = format!("LG M50 {} discharge and charge at {at} °C, held out", rate(of));
        page.voltage(&measure, ALL, score(&along, (0.1, 0.95), false), bounds);
        page.chart(&format!("lg-m50-held-out-{at}-{of}"), &along);
    }
    Ok(())
}

/// Pulses that no fit uses, where their files are there.
fn other_pulses(folder: &Path, params: &CellParams, page: &mut Page) -> Result<(), Box<dyn Error>> {
    let known = TEMPERATURES.map(|celsius| format!("pulse_t{celsius}.csv"));
    for file in others(folder, "pulse_t", &known)? {
        let name = within(&file, "pulse_t", ".csv").and_then(|name| name.split('_').next());
        let Some(at) = name.and_then(celsius) else { continue };
        let (records, starts) = pulses_in(folder, &file, at)?;
        let report = fitting::check(params, &records, &options(starts))?;
        let each = report.records.iter();
        let scores: Vec<_> =
            each.filter_map(|one| score(&one.trace, (0.15, 0.95), false)).collect();
        let measure = format!("LG M50 10 s pulses at {at} °C, held out, {file}");
        page.voltage(&measure, ALL, together(&scores), None);
    }
    Ok(())
}
