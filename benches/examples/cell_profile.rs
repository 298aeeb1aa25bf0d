//! Runs one cell through a profile, for `benches/pybamm`: reads a cell and a profile, writes what
//! the cell shows at the end of every step.
//!
//! `cell_profile CELL.toml PROFILE.csv OUT.csv SOC CELSIUS own|pybamm`: the last two are the
//! temperature of the surroundings, which is the cell's first, and whether the heat of an RC pair
//! is v²/R as in our cell or I·v as in PyBaMM's.

use cell_models::cell::{Branch, CellParams, CellState, Decay, StepEnergy};
use cell_models::table::{Map, Surface};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;

/// The temperature is held within a step; this long ones make no difference worth telling.
const STEP_S: f64 = 0.25;

/// The cell file of the comparison.
struct Shared {
    table: toml::Table,
    soc: Vec<f64>,
    temperatures_c: Vec<f64>,
}

/// What is asked of one run.
struct Wanted {
    soc: f64,
    ambient_c: f64,
    heat: fn(&StepEnergy) -> f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cell, profile, out, soc, ambient_c, heat] = arguments.as_slice() else {
        return Err("expected CELL PROFILE OUT SOC CELSIUS own|pybamm".into());
    };
    let params = Shared::read(&fs::read_to_string(cell)?)?.params()?;
    let heat = match heat.as_str() {
        "own" => StepEnergy::heat_j,
        "pybamm" => |energy: &StepEnergy| energy.heat_j() + energy.stored_j,
        other => return Err(format!("{other} is neither own nor pybamm").into()),
    };
    let wanted = Wanted { soc: soc.parse()?, ambient_c: ambient_c.parse()?, heat };
    let steps = steps(&fs::read_to_string(profile)?)?;
    fs::write(out, run(&params, &wanted, &steps))?;
    Ok(())
}

impl Shared {
    fn read(text: &str) -> Result<Self, Box<dyn Error>> {
        let file: toml::Table = text.parse()?;
        let table = file.get("cell").and_then(toml::Value::as_table).ok_or("[cell] is missing")?;
        let (soc, temperatures_c) = (numbers(table, "soc")?, numbers(table, "temperature_c")?);
        Ok(Self { table: table.clone(), soc, temperatures_c })
    }

    fn params(&self) -> Result<CellParams, Box<dyn Error>> {
        let capacity_ah = number(&self.table, "capacity_ah")?;
        let mut params = CellParams::linear(3.0, 3.4, capacity_ah, 0.0);
        params.name = "shared with PyBaMM".to_owned();
        // Two equal rows: the potential stays where it is when the temperature moves.
        let ocv = numbers(&self.table, "ocv_v")?;
        params.ocv = Surface::extended(&self.soc, &[0.0, 50.0], &[&ocv, &ocv])?;
        let entropic: Vec<f64> =
            numbers(&self.table, "entropic_mv_per_k")?.iter().map(|it| it * 1e-3).collect();
        params.entropic_v_per_k = Surface::new(&self.soc, &[25.0], &[entropic])?;
        params.r0_charge = self.map(&self.table, "r0_mohm")?;
        params.r0_discharge = params.r0_charge.clone();
        params.branches = self.branches()?;
        params.heat_capacity_j_k = number(&self.table, "heat_capacity_j_k")?;
        params.to_ambient_w_k = number(&self.table, "to_ambient_w_k")?;
        Ok(params)
    }

    fn branches(&self) -> Result<Vec<Branch>, Box<dyn Error>> {
        let branches = self.table.get("branch").and_then(toml::Value::as_array);
        let branches = branches.ok_or("[[cell.branch]] is missing")?.iter();
        branches
            .map(|branch| {
                let branch = branch.as_table().ok_or("a branch is a table")?;
                let resistance = self.map(branch, "mohm")?;
                let tau = Map::constant(number(branch, "tau_s")?);
                Ok(Branch { charge: resistance.clone(), discharge: resistance, tau })
            })
            .collect()
    }

    /// Rows of milliohm over SOC, one per temperature.
    fn map(&self, table: &toml::Table, name: &str) -> Result<Map, Box<dyn Error>> {
        let rows = table.get(name).and_then(toml::Value::as_array).ok_or("rows are missing")?;
        let row = |row: &toml::Value| row.as_array().map(|row| list(row)).ok_or("a row is a list");
        let rows = rows.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        let rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?;
        let ohm = |row: Vec<f64>| row.iter().map(|it| it * 1e-3).collect::<Vec<f64>>();
        let rows: Vec<_> = rows.into_iter().map(ohm).collect();
        Ok(Map::grid(&self.soc, &self.temperatures_c, &rows)?)
    }
}

fn number(table: &toml::Table, name: &str) -> Result<f64, Box<dyn Error>> {
    let value = table.get(name).and_then(toml::Value::as_float);
    Ok(value.ok_or_else(|| format!("{name} is not a number"))?)
}

fn numbers(table: &toml::Table, name: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let list_of = table.get(name).and_then(toml::Value::as_array);
    list(list_of.ok_or_else(|| format!("{name} is not a list"))?)
}

fn list(values: &[toml::Value]) -> Result<Vec<f64>, Box<dyn Error>> {
    values.iter().map(|it| it.as_float().ok_or_else(|| "not a number".into())).collect()
}

/// Duration in seconds and current in ampere, above 0 charging.
fn steps(text: &str) -> Result<Vec<(f64, f64)>, Box<dyn Error>> {
    let row = |line: &str| -> Result<(f64, f64), Box<dyn Error>> {
        let (duration, current) = line.trim().split_once(',').ok_or("expected two columns")?;
        Ok((duration.parse()?, current.parse()?))
    };
    text.lines().skip(1).map(row).collect()
}

fn run(params: &CellParams, wanted: &Wanted, steps: &[(f64, f64)]) -> String {
    let mut state = CellState::rested(wanted.soc, wanted.ambient_c);
    let mut decay = Decay::new();
    let (mut out, mut now_s) = ("time_s,voltage_v,soc,temperature_c\n".to_owned(), 0.0);
    for &(duration_s, current_a) in steps {
        let parts = (duration_s / STEP_S).ceil().max(1.0);
        let dt_s = duration_s / parts;
        let mut part = 0.0;
        while part < parts {
            let energy = params.advance(&mut state, current_a, dt_s, &mut decay);
            warm(params, &mut state, wanted, (wanted.heat)(&energy), dt_s);
            part += 1.0;
        }
        now_s += duration_s;
        let voltage = params.voltage(&state, current_a);
        let _ =
            writeln!(out, "{now_s},{voltage:.12},{:.12},{:.12}", state.soc, state.temperature_c);
    }
    out
}

/// One thermal node with a constant heat, solved exactly.
fn warm(params: &CellParams, state: &mut CellState, wanted: &Wanted, heat_j: f64, dt_s: f64) {
    let (conductance, capacity) = (params.to_ambient_w_k, params.heat_capacity_j_k);
    let settled = -libm::expm1(-conductance / capacity * dt_s);
    let end_c = wanted.ambient_c + heat_j / dt_s / conductance;
    state.temperature_c += (end_c - state.temperature_c) * settled;
}
