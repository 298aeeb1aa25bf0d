//! Samsung INR18650-30Q: pulse trains at 20, 30, 40 °C and discharges in free air with the case's
//! temperature (ARTS-Laboratory, CC BY-SA 4.0, which holds for what is fitted to them).

use crate::Task;
use crate::data::{course, fitted, points, records};
use crate::others::others;
use crate::page::{Entry, Page, preset};
use cell_models::cell::{CellParams, Chemistry};
use fitting::predict::score;
use fitting::record::Record;
use fitting::{FitOptions, Start, thermal};
use std::error::Error;
use std::path::Path;

/// Charge of the C/10 discharge, ampere-hour.
const CAPACITY_AH: f64 = 2.98;
/// Half width of the hysteresis, assumed, volt.
const HYSTERESIS_V: f64 = 0.005;
const FITTED_TO: &str = "cell 1 at 1C, 2C 20 °C; S001 C/10, 1C, 3C";
/// Files that are fitted or scored by name.
const PUBLIC: [&str; 13] = [
    "cell1_hppc_1c_t20",
    "cell1_hppc_1c_t30",
    "cell1_hppc_1c_t40",
    "cell1_hppc_2c_t20",
    "cell1_hppc_2c_t40",
    "cell2_hppc_1c_t20",
    "cell2_hppc_1c_t30",
    "cell2_hppc_1c_t40",
    "s1_dis_1c",
    "s1_dis_2c",
    "s1_dis_3c",
    "s1_dis_4c",
    "s1_dis_c10",
];

fn options(count: usize) -> FitOptions {
    FitOptions {
        name: "nmc-18650".to_owned(),
        source:
            "Samsung INR18650-30Q: pulse trains at 20, 30, 40 degC and discharges in free air, \
                 fitted with `fitting`; hysteresis assumed"
                .to_owned(),
        licence: "CC BY-SA 4.0 (ARTS-Laboratory, electro-thermal data set of the Samsung 30Q); it \
                  holds for these tables too"
            .to_owned(),
        chemistry: Chemistry::Nca,
        capacity_ah: Some(CAPACITY_AH),
        hysteresis_v: Some(HYSTERESIS_V),
        starts: vec![Start::Full; count],
        row_spacing_k: 8.0,
        ..FitOptions::default()
    }
}

/// Goes through the set.
pub(crate) fn run(task: &Task, page: &mut Page) -> Result<(), Box<dyn Error>> {
    let folder = task.data.join("samsung_30q");
    let names = |names: &[&str]| names.iter().map(|name| format!("{name}.csv")).collect::<Vec<_>>();
    let fit_to = names(&[
        "s1_dis_c10",
        "s1_dis_1c",
        "s1_dis_3c",
        "cell1_hppc_1c_t20",
        "cell1_hppc_1c_t30",
        "cell1_hppc_1c_t40",
        "cell1_hppc_2c_t20",
    ]);
    let some = records(&folder, &fit_to)?;
    let fit = fitted("Samsung 30Q", &some, &options(some.len()))?;
    let other = ["cell2_hppc_1c_t20", "cell2_hppc_1c_t40", "cell1_hppc_2c_t40", "s1_dis_2c"];
    let scored = records(&folder, &names(&other))?;
    for record in &scored {
        let along = points(&fit.params, record, 1.0, CAPACITY_AH);
        let measure = format!("Samsung 30Q {}", record.name);
        page.voltage(&measure, FITTED_TO, score(&along, (0.1, 0.95), false), None);
    }
    page.note(
        "Samsung 30Q: rows and figures derive from the electro-thermal data set of ARTS-Laboratory \
         (dataset-electrothermal-deformation-characterization-for-samsung-30Q-cell), CC BY-SA 4.0."
            .to_owned(),
    );
    let discharges = records(&folder, &names(&["s1_dis_1c", "s1_dis_3c"]))?;
    let tests = records(&folder, &names(&["s1_dis_2c", "s1_dis_4c"]))?;
    let params = heat(&fit.params, &discharges, page)?;
    temperatures(&params, &tests, "", page);
    held_out(&folder, &params, page)?;
    preset(task, "nmc-18650", &params)
}

/// Heat capacity and conductance from two discharges.
fn heat(
    params: &CellParams,
    discharges: &[Record],
    page: &mut Page,
) -> Result<CellParams, Box<dyn Error>> {
    let full = course(1.0, CAPACITY_AH);
    let pairs: Vec<_> = discharges.iter().map(|record| (record, &full)).collect();
    let found = thermal::fit(params, &pairs).ok_or("the temperatures tell no heat capacity")?;
    page.note(format!(
        "Samsung 30Q in free air: {:.1} J/K and {:.3} W/K, fitted to 1C and 3C.",
        found.heat_capacity_j_k, found.to_ambient_w_k
    ));
    Ok(CellParams {
        heat_capacity_j_k: found.heat_capacity_j_k,
        to_ambient_w_k: found.to_ambient_w_k,
        ..params.clone()
    })
}

/// Scores the temperatures of discharges in free air.
fn temperatures(params: &CellParams, tests: &[Record], how: &str, page: &mut Page) {
    let full = course(1.0, CAPACITY_AH);
    for record in tests {
        let celsius = thermal::temperatures_c(params, record, &full);
        let errors: Vec<f64> =
            celsius.iter().zip(&record.temperature_c).map(|(model, cell)| model - cell).collect();
        let squares: f64 = errors.iter().map(|error| error * error).sum();
        let rmse = libm::sqrt(squares / errors.len() as f64);
        let largest = errors.iter().fold(0.0, |most: f64, error| most.max(error.abs()));
        page.entry(Entry {
            measure: format!("Samsung 30Q cell temperature, {}{how}", record.name),
            fitted_to: "S001 1C, 3C".to_owned(),
            result: format!("{rmse:.2} K, max {largest:.1} K"),
            rmse,
            bounds: Some((2.0, 1.0)),
            largest: None,
            chart: None,
        });
    }
}

/// Cells and rates that no fit uses, where their files are there.
fn held_out(folder: &Path, params: &CellParams, page: &mut Page) -> Result<(), Box<dyn Error>> {
    let trains = others(folder, "cell", &PUBLIC.map(|name| format!("{name}.csv")))?;
    let discharges = others(folder, "s", &PUBLIC.map(|name| format!("{name}.csv")))?;
    for record in records(folder, &[trains, discharges.clone()].concat())? {
        let along = points(params, &record, 1.0, CAPACITY_AH);
        let measure = format!("Samsung 30Q {}, held out", record.name);
        page.voltage(&measure, FITTED_TO, score(&along, (0.1, 0.95), false), None);
    }
    temperatures(params, &records(folder, &discharges)?, ", held out", page);
    Ok(())
}
