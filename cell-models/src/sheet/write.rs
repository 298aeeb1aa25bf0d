//! Writes a cell file that reads back to the same bits.

use super::number::{self, quoted};
use super::parts::{Ageing, per_second};
use super::tables::{BEYOND, JOINTS, MILLIOHM, MILLIVOLT, MILLIVOLT_PER_K, SECOND, Unit, VOLT};
use super::{FORMAT, MONTH_S, Sheet};
use crate::cell::{Branch, CellParams};
use crate::hysteresis::Hysteresis;
use crate::table::{Curve, Ends, Grid, Joint, Kind, Map, Product, Surface, TemperatureFactor};

/// The words of a list stand on lines of at most this width.
const WIDTH: usize = 100;

/// A text that grows by lines of TOML.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn head(&mut self, name: &str) {
        self.line(&format!("\n{name}"));
    }

    fn text(&mut self, key: &str, value: &str) {
        self.line(&format!("{key} = {}", quoted(value)));
    }

    fn number(&mut self, key: &str, value: f64, unit: Unit) {
        self.line(&format!("{key} = {}", number::text(value, -unit.shift)));
    }

    /// A number that is left out where it says what is understood anyway.
    fn number_unless(&mut self, key: &str, value: f64, understood: f64) {
        if value.to_bits() != understood.to_bits() {
            self.number(key, value, PLAIN);
        }
    }

    fn numbers(&mut self, key: &str, values: impl IntoIterator<Item = f64>, unit: Unit) {
        let list = list(values, unit);
        let one_line = format!("{key} = [{}]", list.join(", "));
        if one_line.len() <= WIDTH {
            return self.line(&one_line);
        }
        self.line(&format!("{key} = ["));
        self.wrapped(&list);
        self.line("]");
    }

    /// Items of a list on as few lines as fit the width.
    fn wrapped(&mut self, items: &[String]) {
        let mut line = String::from("   ");
        for item in items {
            if line.len() + item.len() + 2 > WIDTH {
                self.line(&line);
                line = String::from("   ");
            }
            line.push_str(&format!(" {item},"));
        }
        self.line(&line);
    }
}

/// A number without a unit of its own.
const PLAIN: Unit = Unit { key: "", shift: 0 };

fn list(values: impl IntoIterator<Item = f64>, unit: Unit) -> Vec<String> {
    values.into_iter().map(|value| number::text(value, -unit.shift)).collect()
}

/// The text of a sheet.
pub(super) fn sheet(sheet: &Sheet) -> String {
    let cell = &sheet.cell;
    let mut text = Text::default();
    text.line("# A cell. A current above zero charges; SOC goes from 0 to 1.");
    head(&mut text, cell);
    limits(&mut text, cell);
    provenance(&mut text, sheet);
    if cell.capacity_factor != Curve::constant(1.0) {
        text.head("[capacity_factor]");
        let unit = Unit { key: "share", shift: 0 };
        curve(&mut text, &cell.capacity_factor, "temperature_c", unit, "", Ends::Hold);
    }
    surface(&mut text, &cell.ocv, "ocv", VOLT, Ends::Extend);
    if cell.entropic_v_per_k != Surface::constant(0.0) {
        surface(&mut text, &cell.entropic_v_per_k, "entropic", MILLIVOLT_PER_K, Ends::Hold);
    }
    if cell.hysteresis != Hysteresis::none() {
        text.head("[hysteresis]");
        text.number("gamma", cell.hysteresis.gamma, PLAIN);
        let half_width = &cell.hysteresis.half_width;
        surface(&mut text, half_width, "hysteresis.half_width", MILLIVOLT, Ends::Hold);
    }
    both_ways(&mut text, "r0", &cell.r0_charge, &cell.r0_discharge);
    cell.branches.iter().for_each(|pair| branch(&mut text, pair));
    text.head("[thermal]");
    text.number("heat_capacity_j_k", cell.heat_capacity_j_k, PLAIN);
    text.number("to_ambient_w_k", cell.to_ambient_w_k, PLAIN);
    text.number("to_neighbour_w_k", cell.to_neighbour_w_k, PLAIN);
    if let Some(law) = &cell.ageing {
        let only = Ageing { ageing: law.clone() };
        text.head(toml::to_string(&only).expect("a law is plain tables").trim_end());
    }
    text.0
}

fn head(text: &mut Text, cell: &CellParams) {
    text.line("[cell]");
    text.line(&format!("format = {FORMAT}"));
    text.text("name", &cell.name);
    text.text("chemistry", cell.chemistry.name());
    text.number("capacity_ah", cell.capacity_ah, PLAIN);
    text.number_unless("coulombic_efficiency", cell.coulombic_efficiency, 1.0);
    let monthly = monthly(cell.self_discharge_per_s);
    match monthly {
        Some(percent) => text.number_unless("self_discharge_percent_per_month", percent, 0.0),
        None => text.number("self_discharge_per_s", cell.self_discharge_per_s, PLAIN),
    }
    let never = f64::INFINITY;
    text.number_unless("self_discharge_doubling_k", cell.self_discharge_doubling_k, never);
    text.number_unless("leakage_ohm", cell.leakage_ohm, never);
}

/// The percentage per month that reads back to this share per second, the roundest one first.
fn monthly(per_s: f64) -> Option<f64> {
    let about = per_s * MONTH_S * 100.0;
    let round = format!("{about:.12e}").parse().unwrap_or(about);
    let near = [round, about, about.next_down(), about.next_up()];
    near.into_iter().find(|&percent| per_second(percent).to_bits() == per_s.to_bits())
}

fn limits(text: &mut Text, cell: &CellParams) {
    let limits = &cell.limits;
    text.head("[limits]");
    text.number("max_v", limits.max_v, PLAIN);
    text.number("min_v", limits.min_v, PLAIN);
    text.number("max_charge_a", limits.max_charge_a, PLAIN);
    text.number("max_discharge_a", limits.max_discharge_a, PLAIN);
    text.numbers("charge_c", [limits.charge_c.0, limits.charge_c.1], PLAIN);
    text.numbers("discharge_c", [limits.discharge_c.0, limits.discharge_c.1], PLAIN);
    text.number_unless("runaway_onset_c", limits.runaway_onset_c, f64::INFINITY);
    let valid = &cell.validated;
    text.head("[validated]");
    text.numbers("soc", [valid.soc.0, valid.soc.1], PLAIN);
    text.numbers("temperature_c", [valid.temperature_c.0, valid.temperature_c.1], PLAIN);
    text.number("charge_c_rate", valid.c_rate.0, PLAIN);
    text.number("discharge_c_rate", valid.c_rate.1, PLAIN);
    text.text("note", &valid.note);
}

fn provenance(text: &mut Text, sheet: &Sheet) {
    text.head("[provenance]");
    text.text("source", &sheet.cell.source);
    text.text("licence", &sheet.cell.licence);
    for (key, value) in &sheet.provenance {
        let bare = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        let plain = !key.is_empty() && key.chars().all(bare);
        let key = if plain { key.clone() } else { quoted(key) };
        text.line(&format!("{key} = {value}"));
    }
}

/// Values over their positions; what is understood anyway is left out.
fn curve(text: &mut Text, curve: &Curve, at: &str, unit: Unit, prefix: &str, ends: Ends) {
    if curve.joint() != Joint::Cubic {
        text.text(&format!("{prefix}interpolation"), word(&JOINTS, curve.joint()));
    }
    if curve.ends() != ends {
        text.text(&format!("{prefix}beyond"), word(&BEYOND, curve.ends()));
    }
    text.numbers(at, curve.positions().iter().copied(), PLAIN);
    text.numbers(unit.key, curve.values(), unit);
}

fn word<T: PartialEq + Copy>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

fn surface(text: &mut Text, surface: &Surface, name: &str, unit: Unit, ends: Ends) {
    for (row, celsius) in surface.rows().iter().zip(surface.temperatures_c()) {
        text.head(&format!("[[{name}]]"));
        text.number("temperature_c", *celsius, PLAIN);
        curve(text, row, "soc", unit, "", ends);
    }
}

fn branch(text: &mut Text, branch: &Branch) {
    text.head("[[branch]]");
    both_ways(text, "branch", &branch.charge, &branch.discharge);
    text.head("[branch.tau]");
    map(text, &branch.tau, SECOND);
}

fn both_ways(text: &mut Text, name: &str, charge: &Map, discharge: &Map) {
    if charge == discharge {
        text.head(&format!("[{name}.both]"));
        return map(text, charge, MILLIOHM);
    }
    text.head(&format!("[{name}.charge]"));
    map(text, charge, MILLIOHM);
    text.head(&format!("[{name}.discharge]"));
    map(text, discharge, MILLIOHM);
}

fn map(text: &mut Text, map: &Map, unit: Unit) {
    match map.kind() {
        Kind::Constant => text.number(unit.key, map.scale(), unit),
        Kind::Product(tables) => product(text, map.scale(), tables, unit),
        Kind::Grid(tables) => grid(text, map.scale(), tables, unit),
    }
}

fn product(text: &mut Text, base: f64, tables: &Product, unit: Unit) {
    text.number(&format!("base_{}", unit.key), base, unit);
    if tables.shape != Curve::constant(1.0) {
        let shape = Unit { key: "shape", shift: 0 };
        curve(text, &tables.shape, "shape_soc", shape, "shape_", Ends::Hold);
    }
    if tables.factor != TemperatureFactor::none() {
        let points = tables.factor.points();
        text.numbers("factor_temperature_c", points.iter().map(|point| point.0), PLAIN);
        text.numbers("factor", points.iter().map(|point| point.1), PLAIN);
    }
}

fn grid(text: &mut Text, scale: f64, tables: &Grid, unit: Unit) {
    text.number_unless("scale", scale, 1.0);
    text.numbers("soc", tables.soc().iter().copied(), PLAIN);
    text.numbers("temperature_c", tables.temperatures_c().iter().copied(), PLAIN);
    text.line(&format!("{} = [", unit.key));
    for row in tables.values() {
        text.line(&format!("    [{}],", list(row.iter().copied(), unit).join(", ")));
    }
    text.line("]");
}
