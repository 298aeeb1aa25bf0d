//! About:Energy LFP 18650 and NMC111 pouch at 25 °C: discharges and half of a drive cycle
//! (About-Energy-BPX-Parameterisation, CC BY-SA 4.0). Nothing fitted to them is kept here.

use crate::Task;
use crate::data::{fitted, points, records};
use crate::others::others;
use crate::page::Page;
use cell_models::cell::Chemistry;
use fitting::predict::score;
use fitting::record::Record;
use fitting::{FitOptions, HoldOut, Start};
use std::error::Error;
use std::path::Path;

/// One cell of the set.
struct Cell {
    folder: &'static str,
    name: &'static str,
    chemistry: Chemistry,
    /// Charge of the C/20 discharge, ampere-hour.
    capacity_ah: f64,
    hysteresis_v: f64,
    soc: (f64, f64),
    bounds_mv: (f64, f64),
}

const CELLS: [Cell; 2] = [
    Cell {
        folder: "aboutenergy_lfp_18650_2ah",
        name: "LFP 18650",
        chemistry: Chemistry::Lfp,
        capacity_ah: 2.0744,
        hysteresis_v: 0.010,
        soc: (0.2, 1.0),
        bounds_mv: (18.0, 10.0),
    },
    Cell {
        folder: "aboutenergy_nmc111_pouch_12ah5",
        name: "NMC111 pouch",
        chemistry: Chemistry::Nmc,
        capacity_ah: 13.0975,
        hysteresis_v: 0.004,
        soc: (0.0, 1.0),
        bounds_mv: (15.0, 8.0),
    },
];

/// Files that are fitted.
const FITTED: [&str; 3] = ["dis_c20.csv", "dis_1c.csv", "drive_cycle_even_600s_blocks.csv"];

/// Goes through both cells.
pub(crate) fn run(task: &Task, page: &mut Page) -> Result<(), Box<dyn Error>> {
    for cell in &CELLS {
        one(cell, task, page)?;
    }
    page.note(
        "About:Energy: rows and charts derive from About-Energy-BPX-Parameterisation by \
         About:Energy, CC BY-SA 4.0, which holds for the charts too."
            .to_owned(),
    );
    Ok(())
}

fn one(cell: &Cell, task: &Task, page: &mut Page) -> Result<(), Box<dyn Error>> {
    let folder = task.data.join(cell.folder);
    let some = records(&folder, &FITTED.map(str::to_owned))?;
    let options = FitOptions {
        name: cell.name.to_owned(),
        chemistry: cell.chemistry,
        capacity_ah: Some(cell.capacity_ah),
        hysteresis_v: Some(cell.hysteresis_v),
        starts: vec![Start::Full; 3],
        // Voltage is blank in every odd block of 600 s, so half of the even ones is held out.
        hold_out: HoldOut::Blocks(1200.0),
        ..FitOptions::default()
    };
    let fit = fitted(cell.name, &some, &options)?;
    let drive = &fit.report.records[2];
    let measure = format!("About:Energy {}, drive blocks", cell.name);
    let scored = score(&drive.trace, cell.soc, true);
    page.voltage(&measure, "C/20, 1C, other drive blocks", scored, Some(cell.bounds_mv));
    page.chart(&format!("about-energy-{}", cell.folder), &drive.trace);
    let half = records(&folder, &["dis_c2.csv".to_owned()])?;
    let along = points(&fit.params, &half[0], 1.0, cell.capacity_ah);
    let measure = format!("About:Energy {}, C/2 discharge", cell.name);
    page.voltage(&measure, "C/20, 1C, drive blocks", score(&along, (0.1, 0.95), false), None);
    held_out(cell, &folder, (&some, &options), page)
}

/// Rates and drive blocks that no fit uses, where their files are there.
fn held_out(
    cell: &Cell,
    folder: &Path,
    (some, options): (&[Record], &FitOptions),
    page: &mut Page,
) -> Result<(), Box<dyn Error>> {
    let known = [&FITTED[..], &["dis_c2.csv"]].concat();
    let files = [others(folder, "dis_", &known)?, others(folder, "drive_cycle", &known)?].concat();
    if files.is_empty() {
        return Ok(());
    }
    let whole = FitOptions { hold_out: HoldOut::Nothing, ..options.clone() };
    let fit = fitted(cell.name, some, &whole)?;
    for record in records(folder, &files)? {
        let along = points(&fit.params, &record, 1.0, cell.capacity_ah);
        let drives = record.name.starts_with("drive_cycle");
        let soc = if drives { cell.soc } else { (0.1, 0.95) };
        let measure = format!("About:Energy {} {}, held out", cell.name, record.name);
        let bounds = drives.then_some(cell.bounds_mv);
        page.voltage(&measure, "C/20, 1C, drive blocks", score(&along, soc, false), bounds);
        let name = record.name.trim_end_matches(".csv");
        page.chart(&format!("about-energy-{}-{name}", cell.folder), &along);
    }
    Ok(())
}
