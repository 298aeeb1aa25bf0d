//! LG M50 21700 NMC811 at 0, 25 and 45 °C: C/10, C/2, 1C and 10 s pulses (WDWidanage,
//! Simscape-Battery-Library, MIT).

use crate::Task;
use crate::data::{fitted, points, read, records};
use crate::page::{Page, preset};
use cell_models::cell::Chemistry;
use fitting::predict::score;
use fitting::record::Record;
use fitting::{FitOptions, Start};
use std::error::Error;
use std::path::Path;

/// Charge between full and the end of C/10 at 45 °C, and what the OCV table leaves below, Ah.
const CAPACITY_AH: f64 = 4.97;
/// SOC of the rested first row of the records at 0 °C: 4.132 V in the set's OCV table.
const COLD_START: f64 = 0.972;
/// Half width of the hysteresis above 30 % SOC in the set's OCV table, volt.
const HYSTERESIS_V: f64 = 0.010;
/// What is wrong with the fit of the pulses.
const LATE_CURRENT: &str = "LG M50: at the edges of the pulses the logged voltage leads the current \
    by a row, which the fit does not mend: resistance without delay comes out too small and the \
    fast pair too large. So the preset nmc-21700 is not this fit.";
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
    starts.extend(pulse_starts);
    let some: Vec<Record> = slow.into_iter().chain(pulse).collect();
    let fit = fitted("LG M50 without 1C", &some, &options(starts.clone()))?;
    for celsius in TEMPERATURES {
        let record = &read(&folder, &format!("rate_t{celsius}_1c.csv"))?.records[0];
        let along = points(&fit.params, record, full_start(celsius), CAPACITY_AH);
        let bounds = (celsius == 25).then_some((20.0, 12.0));
        let measure = format!("LG M50 1C discharge and charge at {celsius} °C");
        page.voltage(&measure, "C/10, C/2, pulses", score(&along, (0.1, 0.95), false), bounds);
        page.chart(&format!("lg-m50-1c-{celsius}"), &along);
    }
    page.note("LG M50: the bound is that of 2C at 25 °C, which is not public.".to_owned());
    page.note(LATE_CURRENT.to_owned());
    let (fast, fast_starts) = rates(&folder, &["1c"])?;
    let all: Vec<Record> = some.into_iter().chain(fast).collect();
    starts.extend(fast_starts);
    let full = fitted("LG M50, everything", &all, &options(starts))?;
    preset(task, "nmc-21700", &full.params)
}
