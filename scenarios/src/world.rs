//! Reads what stands at the front end's pins: `[pack]` or `[forced]`.

use crate::cell_file;
use crate::course;
use crate::diagnostics::Problem;
use crate::pack;
use crate::quantity::Dimension;
use crate::section::{Section, Sink, shown, time};
use cell_models::cell::CellParams;
use cell_models::presets;
use sim::setup::{ForcedSetup, Profile, Shape, WorldSetup};
use sim::time::SimTime;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::DeValue;

/// Room temperature, where a file says nothing.
pub(crate) const ROOM_C: f64 = 25.0;

/// How many cells in series a product takes.
pub(crate) struct Series {
    /// From the fewest to the most.
    pub(crate) range: RangeInclusive<u8>,
    /// The requirement that says so.
    pub(crate) by: String,
}

impl Default for Series {
    fn default() -> Self {
        Self { range: 8..=16, by: "PS-GEN-1".to_owned() }
    }
}

/// Reads the world of a scenario with its number of cells.
pub(crate) fn read(body: &Section<'_>, series: Series) -> Option<(WorldSetup, u8)> {
    let (pack, forced) = (body.section("pack"), body.section("forced"));
    let section = match (&pack, &forced) {
        (Some(section), None) | (None, Some(section)) => section,
        (pack, _) => {
            let title = "a scenario has a [pack] or [forced] values, one of the two";
            let span = pack.as_ref().map_or(0..0, |pack| pack.span.clone());
            let help = "[pack] simulates cells; [forced] sets the values at the chip's pins";
            body.sink.report(Problem::new(title, span).help(help));
            return None;
        }
    };
    let cells = read_cells(section, &series);
    // The rest is read even if the number of cells is wrong: all problems at once.
    let count = cells.unwrap_or(*series.range.end());
    let world = if pack.is_some() {
        WorldSetup::ClosedLoop(pack::read(section, count))
    } else {
        WorldSetup::Forced(read_forced(section, count))
    };
    section.finish();
    Some((world, cells?))
}

fn read_cells(section: &Section<'_>, Series { range: series, by }: &Series) -> Option<u8> {
    section.missing("cells", "cells = 16");
    let count = section.count("cells")?;
    let cells = u8::try_from(count).ok().filter(|cells| series.contains(cells));
    if cells.is_none() {
        let title = format!("{count} cells in series do not fit the product");
        let label = format!("expected {} to {} cells ({by})", series.start(), series.end());
        let problem = Problem::new(title, section.span_of("cells")).label(label);
        section.sink.report(problem.by(by.as_str()));
    }
    cells
}

/// The cell that a table names or describes.
pub(crate) fn read_cell_params(section: &Section<'_>) -> Option<CellParams> {
    if let Some(linear) = section.section("linear") {
        let params = read_linear(&linear);
        linear.finish();
        return params;
    }
    section.missing("cell", "cell = \"reference-100ah\"");
    let name = section.text("cell")?;
    if cell_file::is_path(name) {
        return cell_file::read(section, name);
    }
    let params = presets::by_name(name);
    if params.is_none() {
        section.sink.unknown("cell", name, section.span_of("cell"), presets::NAMES);
    }
    params
}

fn read_linear(linear: &Section<'_>) -> Option<CellParams> {
    linear.missing("empty", "empty = \"3.2 V\"");
    linear.missing("full", "full = \"3.4 V\"");
    linear.missing("capacity", "capacity = \"10 Ah\"");
    linear.missing("resistance", "resistance = \"0.5 mohm\"");
    let empty = linear.float("empty", Dimension::Voltage);
    let full = linear.float("full", Dimension::Voltage);
    let capacity = linear.float("capacity", Dimension::Capacity);
    let resistance = linear.float("resistance", Dimension::Resistance);
    let heat = linear.float("heat-capacity", Dimension::HeatCapacity);
    let params = CellParams::linear(empty?, full?, capacity?, resistance?);
    let heat_capacity_j_k = heat.unwrap_or(params.heat_capacity_j_k);
    let params = CellParams { heat_capacity_j_k, ..params };
    match params.validate() {
        Ok(()) => Some(params),
        Err(error) => {
            let title = "no cell is like this";
            linear.sink.report(Problem::new(title, linear.span.clone()).label(error.to_string()));
            None
        }
    }
}

/// A share between nothing and everything.
pub(crate) fn read_share(section: &Section<'_>, key: &'static str) -> Option<f64> {
    let share = section.float(key, Dimension::Share)?;
    let valid = (0.0..=1.0).contains(&share);
    if !valid {
        let problem = Problem::new("expected a share from 0 % to 100 %", section.span_of(key));
        section.sink.report(problem.label("out of range"));
    }
    valid.then_some(share)
}

/// A number counted from 1 in files, from 0 inside.
pub(crate) fn read_index(section: &Section<'_>, key: &'static str, count: u8) -> Option<usize> {
    section.missing(key, &format!("{key} = 1"));
    let number = section.count(key)?;
    let valid = (1..=usize::from(count)).contains(&number);
    if !valid {
        let title = format!("there is no number {number}");
        let label = format!("expected 1 to {count}; counted from 1");
        section.sink.report(Problem::new(title, section.span_of(key)).label(label));
    }
    valid.then(|| number - 1)
}

fn read_forced(section: &Section<'_>, cells: u8) -> ForcedSetup {
    section.missing("voltage", "voltage = \"3.3 V\"");
    let profile = |key, dimension| {
        section.value(key).map(|value| course::read_value(section.sink, value, dimension))
    };
    let voltage = profile("voltage", Dimension::Voltage);
    let temperature = |key| {
        let read = profile(key, Dimension::Temperature).flatten();
        read.unwrap_or_else(|| Profile::constant(ROOM_C))
    };
    let cell_temperature = temperature("cell-temperature");
    let mos_temperature = temperature("mosfet-temperature");
    let current = match section.has("current") {
        true => profile("current", Dimension::Current).flatten(),
        false => Some(Profile::constant(0.0)),
    };
    let gated = section.boolean("gated").unwrap_or(true);
    let board_temperature = temperature("board-temperature");
    let load_attached = read_attached(section, "load-attached");
    let charger_attached = read_attached(section, "charger-attached");
    let others = section.sections("override");
    // What is missing or wrong is reported already; the overrides are read all the same.
    let or_zero = |read: Option<Profile>| read.unwrap_or_else(|| Profile::constant(0.0));
    let mut setup = ForcedSetup {
        cells: vec![or_zero(voltage.flatten()); usize::from(cells)],
        current: or_zero(current),
        gated,
        cell_temperatures: std::array::from_fn(|_| cell_temperature.clone()),
        mos_temperatures: std::array::from_fn(|_| mos_temperature.clone()),
        board_temperature,
        load_attached,
        charger_attached,
    };
    for other in others {
        override_forced(&other, &mut setup, cells);
        other.finish();
    }
    setup
}

/// Another profile for one cell or one sensor.
fn override_forced(section: &Section<'_>, setup: &mut ForcedSetup, cells: u8) {
    let (key, dimension) = if section.has("voltage") {
        ("voltage", Dimension::Voltage)
    } else {
        ("temperature", Dimension::Temperature)
    };
    let profile =
        section.value(key).and_then(|value| course::read_value(section.sink, value, dimension));
    let place = if key == "voltage" {
        read_index(section, "cell", cells).map(|cell| &mut setup.cells[cell])
    } else if section.has("mosfet-sensor") {
        read_index(section, "mosfet-sensor", 2).map(|sensor| &mut setup.mos_temperatures[sensor])
    } else {
        read_index(section, "cell-sensor", 4).map(|sensor| &mut setup.cell_temperatures[sensor])
    };
    if let (Some(profile), Some(place)) = (profile, place) {
        *place = profile;
    }
}

/// `true`, `false`, or a list of `[time, true or false]`. What is not written is not attached.
pub(crate) fn read_attached(section: &Section<'_>, key: &'static str) -> Profile {
    let Some(value) = section.value(key) else { return Profile::constant(0.0) };
    let on = |value: &Spanned<DeValue<'_>>| {
        let on = value.get_ref().as_bool();
        if on.is_none() {
            section.sink.wrong_kind(value, "true, false or a list of [time, true or false]");
        }
        on.map(|on| if on { 1.0 } else { 0.0 })
    };
    let points = match value.get_ref() {
        DeValue::Array(_) => read_points(section.sink, value, &on),
        _ => on(value).map(|level| vec![(SimTime::ZERO, level)]),
    };
    Profile { points: points.unwrap_or_default(), shape: Shape::Step }
}

/// A quantity, a list of `[time, quantity]` held in steps, or a table with `shape` and `points`.
pub(crate) fn read_profile(
    sink: &Sink,
    value: &Spanned<DeValue<'_>>,
    dimension: Dimension,
) -> Option<Profile> {
    let quantity = |value: &Spanned<DeValue<'_>>| Some(sink.quantity(value, dimension)?.value());
    match value.get_ref() {
        DeValue::Array(_) => {
            let points = read_points(sink, value, &quantity)?;
            Some(Profile { points, shape: Shape::Step })
        }
        DeValue::Table(table) => {
            let section = Section::new("the profile", vec![table], value.span(), sink);
            let shapes = [("step", Shape::Step), ("linear", Shape::Linear)];
            let shape = section.choice("shape", "shape", &shapes).unwrap_or(Shape::Step);
            section.missing("points", "points = [[\"0 s\", ...], ...]");
            let points = section.value("points").and_then(|v| read_points(sink, v, &quantity));
            section.finish();
            Some(Profile { points: points?, shape })
        }
        _ => quantity(value).map(Profile::constant),
    }
}

fn read_points(
    sink: &Sink,
    value: &Spanned<DeValue<'_>>,
    read: &dyn Fn(&Spanned<DeValue<'_>>) -> Option<f64>,
) -> Option<Vec<(SimTime, f64)>> {
    let items = value.get_ref().as_array().filter(|items| !items.is_empty());
    let Some(items) = items else {
        sink.wrong_kind(value, "a list of [time, value], at least one");
        return None;
    };
    let mut points = Vec::new();
    for item in items.iter() {
        let pair = item.get_ref().as_array().filter(|pair| pair.len() == 2);
        let Some(pair) = pair else {
            sink.wrong_kind(item, "a pair, [time, value]");
            continue;
        };
        let (at, level) = (time(sink, &pair[0]), read(&pair[1]));
        if let (Some(at), Some(level)) = (at, level) {
            report_disorder(sink, points.last(), at, pair[0].span());
            points.push((at, level));
        }
    }
    (points.len() == items.len()).then_some(points)
}

fn report_disorder(sink: &Sink, last: Option<&(SimTime, f64)>, at: SimTime, span: Range<usize>) {
    if let Some((before, _)) = last.filter(|(before, _)| *before > at) {
        let label = format!("the point before is at {}", shown(*before));
        sink.report(Problem::new("the points of a profile go forward in time", span).label(label));
    }
}
