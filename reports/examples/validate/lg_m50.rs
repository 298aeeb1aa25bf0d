//! LG M50 21700 NMC811 at 0, 25 and 45 °C: C/10, C/2, 1C and 10 s pulses (WDWidanage,
//! Simscape-Battery-Library, MIT).

use crate::Task;
use crate::data::{fitted, points, read, records, together};
use crate::page::{Page, preset};
use cell_models::cell::{CellParams, Chemistry};
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
    rate, 1C is off by up to half a volt. The preset nmc-21700 was fitted to these records up to 1C too, so \
    its row is no held-out score.";
/// Of each four pulses at a level, the one that is held out.
const HELD_OUT_OF: usize = 4;
const TEMPERATURES: [i32; 3] = [0, 25, 45];

fn options(starts: Vec<Start>) -> FitOptions {
    FitOptions {
        name: "nmc-21700".to_owned(),
        source: "LG M50 21700: C/10, C/2, 1C and pulses of four cells at 0, 25, 45 degC, fitted \
                 with `fitting`; hysteresis from the set's OCV table"
            .to_owned(),
        licence: "MIT (WDWidanage/Simscape-Battery-Library)".to_owned(),
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
        let options = fitting::csv::Options {
            gap_max_s: 1e9,
            temperature_c: Some(f64::from(celsius)),
            ..fitting::csv::Options::default()
        };
        let reading = crate::data::read_with(folder, &format!("pulse_t{celsius}.csv"), &options)?;
        for (record, soc) in reading.records.into_iter().zip(reading.soc_start) {
            starts.push(soc.map_or(Start::Auto, Start::Soc));
            all.push(record);
        }
    }
    Ok((all, starts))
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
        let bounds = (celsius == 25).then_some((20.0, 12.0));
        let measure = format!("LG M50 1C discharge and charge at {celsius} °C");
        page.voltage(&measure, "C/10, C/2, pulses", score(&along, (0.1, 0.95), false), bounds);
        page.chart(&format!("lg-m50-1c-{celsius}"), &along);
        let known = cell_models::presets::by_name("nmc-21700").ok_or("no preset nmc-21700")?;
        let along = points(&known, record, full_start(celsius), known.capacity_ah);
        let measure = format!("Preset nmc-21700 at 1C and {celsius} °C");
        page.voltage(&measure, "own analysis, 1C too", score(&along, (0.1, 0.95), false), None);
    }
    page.note("LG M50: the bound is that of 2C at 25 °C, which is not public.".to_owned());
    page.note(CELLS_DIFFER.to_owned());
    let (fast, fast_starts) = rates(&folder, &["1c"])?;
    let all: Vec<Record> = some.into_iter().chain(held).chain(fast).collect();
    starts.extend(held_starts);
    starts.extend(fast_starts);
    let full = fitted("LG M50, everything", &all, &options(starts))?;
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
