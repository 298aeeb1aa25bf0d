//! Six groups of two Leaf cells in series: fitted to the 0.3C discharge, scored at 1C, with heat
//! (batterysim/equiv-circ-model, ORNL, MIT).
//!
//! A group of two like cells is one cell at half the current. Its cell type comes from the single
//! Leaf cell ([`crate::leaf`]); the rest before 0.3C tells its SOC, the first seconds its resistance,
//! the discharge its capacity and own open-circuit voltage.

use crate::Task;
use crate::columns::Columns;
use crate::data::together;
use crate::leaf::{CAPACITY_AH, error_k, warm_cell};
use crate::page::{Entry, Page};
use cell_models::cell::CellParams;
use fitting::individual::{Individual, Warmth, along, individual, own_ocv, rested_soc};
use fitting::predict::score;
use fitting::record::Record;
use fitting::report::TracePoint;
use std::error::Error;
use std::path::Path;

const GROUPS: usize = 6;
/// Cells in parallel.
const PARALLEL: f64 = 2.0;
const FITTED_TO: &str = "single cell's HPPC; 0.3C of the group";

/// A group with what sets it apart.
struct Group {
    params: CellParams,
    one: Individual,
}

/// One group's record, as one cell of it sees it.
fn record(columns: &Columns, group: usize) -> Result<Record, Box<dyn Error>> {
    let time_s = columns.column("time_s")?;
    let current: Vec<f64> = columns.column("current_a")?;
    let sensors = ["t1_c", "t2_c", "t3_c"].map(|name| columns.column(name));
    let [t1, t2, t3] = sensors;
    let (t1, t2, t3) = (t1?, t2?, t3?);
    let mean = (0..time_s.len()).map(|row| (t1[row] + t2[row] + t3[row]) / 3.0);
    let temperature_c: Vec<f64> = mean.collect();
    Ok(Record {
        name: format!("group {}", group + 1),
        current_a: current.iter().map(|amps| amps / PARALLEL).collect(),
        voltage_v: columns.column(&format!("cell{}_v", group + 1))?,
        ambient_c: vec![temperature_c[0]; time_s.len()],
        temperature_c,
        temperature_measured: true,
        time_s,
        counter_ah: None,
        step: None,
    })
}

fn records(folder: &Path, file: &str) -> Result<Vec<Record>, Box<dyn Error>> {
    let columns = Columns::read(&folder.join(file))?;
    (0..GROUPS).map(|group| record(&columns, group)).collect()
}

/// What sets each group apart, from a slow discharge.
fn groups(cell: &CellParams, slow: &[Record]) -> Result<Vec<Group>, Box<dyn Error>> {
    let guess = Individual { soc_start: 0.98, capacity_ah: CAPACITY_AH, resistance: 1.0 };
    let mut found = Vec::new();
    for record in slow {
        let one = individual(cell, record, &guess).ok_or("the group tells nothing")?;
        found.push(Group { params: own_ocv(cell, record, &one)?, one });
    }
    Ok(found)
}

/// Goes through the set.
pub(crate) fn run(task: &Task, page: &mut Page) -> Result<(), Box<dyn Error>> {
    let folder = task.data.join("nissan_leaf_pack_6s2p");
    let cell = warm_cell(task)?;
    let groups = groups(&cell, &records(&folder, "dis_0p3c.csv")?)?;
    let fast = records(&folder, "dis_1p0c.csv")?;
    let mut paths = Vec::new();
    for (group, record) in groups.iter().zip(&fast) {
        // The second charge ended a little elsewhere: the rest before the current tells by how much.
        let soc_start = rested_soc(&group.params, record).unwrap_or(group.one.soc_start);
        let one = Individual { soc_start, ..group.one };
        paths.push(along(&group.params, record, &one, Warmth::Own));
    }
    for (index, path) in paths.iter().enumerate() {
        let measure = format!("Leaf string, group {} of 6 at 1C", index + 1);
        page.voltage(&measure, FITTED_TO, score(&path.points, (0.0, 1.1), false), None);
        if index == 0 {
            page.chart("leaf-string-1c-weak", &path.points);
        }
    }
    let all = |soc| -> Vec<_> {
        paths.iter().filter_map(|path| score(&path.points, soc, false)).collect()
    };
    let (whole, above) = (together(&all((0.0, 1.1))), together(&all((0.1, 1.1))));
    page.voltage("Leaf string, all groups at 1C", FITTED_TO, whole, Some((30.0, 15.0)));
    page.voltage("Leaf string, all groups at 1C above 10 %", FITTED_TO, above, None);
    let lasts: Vec<TracePoint> =
        paths.iter().filter_map(|path| path.points.last().copied()).collect();
    spread(&lasts, page);
    let (rmse, largest) = error_k(&fast[0], &paths[0].temperature_c);
    page.entry(Entry {
        measure: "Leaf string temperature at 1C, mean of three sensors".to_owned(),
        fitted_to: "single cell at 1C".to_owned(),
        result: format!("{rmse:.2} K, max {largest:.1} K"),
        rmse,
        bounds: None,
        chart: None,
    });
    tell(&groups, page);
    Ok(())
}

/// Difference between the highest and the lowest group at the end.
fn spread(lasts: &[TracePoint], page: &mut Page) {
    let range = |of: fn(&TracePoint) -> f64| {
        let values = lasts.iter().map(of);
        let high = values.clone().fold(f64::NEG_INFINITY, f64::max);
        high - values.fold(f64::INFINITY, f64::min)
    };
    let (model, measured) = (range(|point| point.model_v), range(|point| point.measured_v));
    let percent = 100.0 * (model / measured - 1.0).abs();
    page.entry(Entry {
        measure: "Leaf string, spread of the groups at the end of 1C".to_owned(),
        fitted_to: FITTED_TO.to_owned(),
        result: format!("{:.0} mV for {:.0} mV, {percent:.1} % off", 1e3 * model, 1e3 * measured),
        rmse: percent,
        bounds: Some((15.0, 8.0)),
        chart: None,
    });
}

fn tell(groups: &[Group], page: &mut Page) {
    let of = |group: &Group| {
        let one = group.one;
        let (soc, ah) = (100.0 * one.soc_start, PARALLEL * one.capacity_ah);
        format!("{soc:.1} % of {ah:.1} Ah, resistance x {:.2}", one.resistance)
    };
    let each: Vec<String> = groups.iter().map(of).collect();
    page.note(format!(
        "Leaf string, groups as 0.3C tells them (SOC by the rest before it, capacity by its length, \
         resistance over that of the single cell by its first 10 s): {}. 1C begins at the SOC of its own \
         rested voltage, the whole record counts, and the groups warm themselves with the single cell's \
         heat capacity and conductance from 22 °C; one temperature for all. Nothing of 1C is fitted but \
         that SOC. The errors lie at the end: 1C gave 55.3 Ah, 0.3C 54.9 Ah, from a rest 3 to 5 mV lower, \
         where the model ends earlier at the higher current; the two weak groups are at the knee there.",
        each.join("; ")
    ));
    page.note(
        "Leaf string: the bounds are those of 2C and 2.75C, which are not public.".to_owned(),
    );
}
