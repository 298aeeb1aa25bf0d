//! Reads `[heat]`: thermal network, heater, thermistors, consumption by mode, ambient over time.

use crate::diagnostics::Problem;
use crate::quantity::Dimension::{
    Conductance, Current, HeatCapacity, Power, Share, Temperature, Voltage,
};
use crate::section::Section;
use crate::world::read_profile;
use sim::parts::{
    HeatParts, Heater, HeaterTap, Supply, ThermalNetwork, ThermistorKind, Thermistors, Thermostat,
};
use sim::script::Script;
use sim::setup::{Action, CELL_SENSORS, MOS_SENSORS, Profile, TimedAction, WorldSetup};
use sim::thermistor::SENSORS;
use sim::time::SimTime;
use toml::Spanned;
use toml::de::DeValue;

const DAY: SimTime = SimTime::from_secs(86_400);

/// Reads the heat parts of a scenario; without the section there are none.
pub(crate) fn read(body: &Section<'_>, world: Option<&WorldSetup>, end: SimTime) -> HeatParts {
    let Some(section) = body.section("heat") else { return HeatParts::default() };
    let cells = match world {
        Some(WorldSetup::Forced(_)) => {
            let title = "[heat] needs a [pack]";
            let help = "with [forced], profiles give the temperatures";
            let problem = Problem::new(title, section.span.clone());
            section.sink.report(problem.label("there are no cells to warm").help(help));
            0
        }
        Some(WorldSetup::ClosedLoop(pack)) => pack.cells.len(),
        None => usize::MAX,
    };
    let parts = HeatParts {
        network: section.section("network").map(|it| finished(&it, read_network)),
        heater: section.section("heater").and_then(|it| finished(&it, read_heater)),
        thermistors: section
            .section("thermistors")
            .map(|it| finished(&it, |it| read_thermistors(it, cells)))
            .unwrap_or_default(),
        supply: section
            .section("consumption")
            .map(|it| finished(&it, read_supply))
            .unwrap_or_default(),
        ambient: read_ambient(&section, end),
        humidity: read_humidity(&section),
    };
    report_two_times(&section, &parts, world);
    let limits = body.sink.vocabulary().product.and_then(|product| product.heating.as_ref());
    if let (Some(limits), Some(heater), Some(WorldSetup::ClosedLoop(pack))) =
        (limits, &parts.heater, world)
    {
        limits.report(body, pack, heater);
    }
    section.finish();
    parts
}

/// A step that switches a heater needs one.
pub(crate) fn report_without_heater(body: &Section<'_>, steps: &[TimedAction], script: &Script) {
    let switched = steps.iter().any(|step| matches!(step.action, Action::Heater(_)))
        || crate::script::switches_heater(script);
    let written = body.section("heat").is_some_and(|it| it.has("heater"));
    if switched && !written {
        let title = "a step switches a heater, and the board has none";
        let help = "add [heat.heater]";
        body.sink.report(Problem::new(title, body.span.clone()).help(help));
    }
}

fn report_two_times(section: &Section<'_>, parts: &HeatParts, world: Option<&WorldSetup>) {
    let Some(WorldSetup::ClosedLoop(pack)) = world else { return };
    if parts.network.is_some() && pack.thermal_tau_s.is_some() {
        let title = "a thermal network has no single time constant";
        let problem = Problem::new(title, section.span_of("network"));
        let help = "leave out `thermal-time-constant` in [pack], or the network";
        section.sink.report(problem.label("both are written").help(help));
    }
}

fn finished<'a, T>(section: &Section<'a>, read: impl FnOnce(&Section<'a>) -> T) -> T {
    let result = read(section);
    section.finish();
    result
}

fn read_network(section: &Section<'_>) -> ThermalNetwork {
    let conductance = |key| section.magnitude(key, Conductance);
    let heat = |key| section.magnitude(key, HeatCapacity).unwrap_or(0.0);
    ThermalNetwork {
        in_line_w_k: conductance("in-line"),
        side_by_side_w_k: conductance("side-by-side"),
        to_case_w_k: conductance("cell-to-case"),
        end_w_k: conductance("end-cell").unwrap_or(0.0),
        case_j_k: heat("case"),
        case_to_ambient_w_k: conductance("case-to-ambient").unwrap_or(0.0),
        busbar_j_k: heat("busbar"),
        busbar_to_cell_w_k: conductance("busbar-to-cell").unwrap_or(0.0),
        bank_to_case_w_k: conductance("mosfets-to-case").unwrap_or(0.0),
        shunt_j_k: heat("shunt"),
        shunt_to_bank_w_k: conductance("shunt-to-mosfets").unwrap_or(0.0),
        resistor_j_k: heat("resistors"),
        resistor_to_case_w_k: conductance("resistors-to-case").unwrap_or(0.0),
    }
}

fn read_heater(section: &Section<'_>) -> Option<Heater> {
    section.missing("power", "power = \"200 W\"");
    section.missing("at", "at = \"52.8 V\"");
    section.missing("film", "film = \"500 J/K\"");
    section.missing("to-cells", "to-cells = \"20 W/K\"");
    section.missing("supply", "supply = \"pack\"");
    let taps =
        [("pack", HeaterTap::Pack), ("port", HeaterTap::Port), ("charger", HeaterTap::Charger)];
    let (watts, at_v) = (positive(section, "power", Power), positive(section, "at", Voltage));
    let heat_j_k = positive(section, "film", HeatCapacity);
    let to_cells_w_k = section.magnitude("to-cells", Conductance);
    let tap = section.choice("supply", "supply of a heater", &taps);
    let thermostat = read_thermostat(section);
    Some(Heater {
        watts: watts?,
        at_v: at_v?,
        heat_j_k: heat_j_k?,
        to_cells_w_k: to_cells_w_k?,
        tap: tap?,
        thermostat,
    })
}

fn read_thermostat(section: &Section<'_>) -> Option<Thermostat> {
    let open_c = section.float("opens", Temperature);
    let close_c = section.float("closes", Temperature);
    if section.has("opens") != section.has("closes") {
        let problem = Problem::new("a thermostat opens and closes", section.span.clone());
        section.sink.report(problem.help("write both `opens` and `closes`, or neither"));
    }
    let (open_c, close_c) = (open_c?, close_c?);
    if close_c >= open_c {
        let problem =
            Problem::new("a thermostat closes below where it opens", section.span_of("closes"));
        section.sink.report(problem.label("not below `opens`"));
    }
    Some(Thermostat { open_c, close_c })
}

/// A quantity above zero.
fn positive(
    section: &Section<'_>,
    key: &'static str,
    dimension: crate::quantity::Dimension,
) -> Option<f64> {
    let value = section.magnitude(key, dimension)?;
    if value == 0.0 {
        let problem = Problem::new(format!("`{key}` cannot be zero"), section.span_of(key));
        section.sink.report(problem.label("zero"));
    }
    Some(value)
}

fn read_thermistors(section: &Section<'_>, cells: usize) -> Thermistors {
    let lag = |key| section.time(key).map_or(0.0, SimTime::as_secs_f64);
    let (cell, mosfet, board) = (lag("cell-lag"), lag("mosfet-lag"), lag("board-lag"));
    let kind = |key| section.value(key).and_then(|it| read_kind(section, it)).unwrap_or_default();
    let kinds = (kind("cell-type"), kind("mosfet-type"), kind("board-type"));
    Thermistors {
        cells: section.value("cells").map_or([None; CELL_SENSORS], |it| {
            read_places(section, it, cells).unwrap_or([None; CELL_SENSORS])
        }),
        lag_s: by_place(cell, mosfet, board),
        kinds: by_place(kinds.0, kinds.1, kinds.2),
    }
}

/// One value for the cells' sensors, one for the MOSFETs', one for the board's.
fn by_place<T: Copy>(cell: T, mosfet: T, board: T) -> [T; SENSORS] {
    std::array::from_fn(|sensor| match sensor {
        0..CELL_SENSORS => cell,
        _ if sensor < CELL_SENSORS + MOS_SENSORS => mosfet,
        _ => board,
    })
}

/// `103AT`, or `B` and a beta in kelvin.
fn read_kind(section: &Section<'_>, value: &Spanned<DeValue<'_>>) -> Option<ThermistorKind> {
    let Some(word) = value.get_ref().as_str() else {
        section.sink.wrong_kind(value, "a type of thermistor");
        return None;
    };
    if word == "103AT" {
        return Some(ThermistorKind::At103);
    }
    let beta = word.strip_prefix('B').and_then(|digits| digits.parse::<u16>().ok());
    let sound = beta.filter(|beta| (500..=10_000).contains(beta));
    if sound.is_none() {
        let problem = Problem::new("there is no such thermistor", value.span());
        let help = "write \"103AT\", or B with its beta in kelvin, such as \"B3950\"";
        section.sink.report(problem.label("not known").help(help));
    }
    sound.map(|beta| ThermistorKind::Beta(f64::from(beta)))
}

/// The cells, counted from 1, on which the four sensors sit.
fn read_places(
    section: &Section<'_>,
    value: &Spanned<DeValue<'_>>,
    cells: usize,
) -> Option<[Option<usize>; CELL_SENSORS]> {
    let items = value.get_ref().as_array().filter(|items| items.len() == CELL_SENSORS);
    let Some(items) = items else {
        section.sink.wrong_kind(value, "a list of four cells");
        return None;
    };
    let mut places = [None; CELL_SENSORS];
    for (place, item) in places.iter_mut().zip(items.iter()) {
        let number = item.get_ref().as_integer().and_then(|it| it.as_str().parse::<usize>().ok());
        let cell = number.filter(|number| (1..=cells).contains(number));
        if cell.is_none() {
            let problem = Problem::new("a thermistor sits on a cell of the pack", item.span());
            section.sink.report(problem.label("no such cell; counted from 1"));
        }
        *place = cell.map(|cell| cell - 1);
    }
    Some(places)
}

fn read_supply(section: &Section<'_>) -> Supply {
    let current = |key| section.magnitude(key, Current);
    Supply {
        limiter_a: current("limiter").unwrap_or(0.0),
        balancing_a: current("balancing").unwrap_or(0.0),
        sleep_a: current("asleep"),
        off_a: current("off"),
    }
}

/// A profile, or a daily wave.
fn read_ambient(section: &Section<'_>, end: SimTime) -> Option<Profile> {
    let profile = section.value("ambient");
    let profile = profile.and_then(|it| read_profile(section.sink, it, Temperature));
    let daily = section.section("daily").and_then(|it| finished(&it, |it| read_daily(it, end)));
    if section.has("ambient") && section.has("daily") {
        let problem = Problem::new("ambient has one course", section.span_of("daily"));
        section.sink.report(problem.label("`ambient` is written too").help("leave one out"));
    }
    profile.or(daily)
}

/// A profile of relative humidity.
fn read_humidity(section: &Section<'_>) -> Option<Profile> {
    let profile = section.value("humidity");
    let profile = profile.and_then(|it| read_profile(section.sink, it, Share))?;
    if profile.points.iter().any(|(_, share)| !(0.0..=1.0).contains(share)) {
        let title = "a humidity lies between 0 % and 100 %";
        let problem = Problem::new(title, section.span_of("humidity"));
        section.sink.report(problem.label("out of range"));
    }
    Some(profile)
}

fn read_daily(section: &Section<'_>, end: SimTime) -> Option<Profile> {
    section.missing("mean", "mean = \"15 degC\"");
    section.missing("swing", "swing = \"8 degC\"");
    let mean = section.float("mean", Temperature);
    let swing = section.magnitude("swing", Temperature);
    let highest_at = section.time("highest-at").unwrap_or(SimTime::from_secs(15 * 3_600));
    if highest_at >= DAY {
        let problem = Problem::new("a day has 24 hours", section.span_of("highest-at"));
        section.sink.report(problem.label("later than that"));
    }
    // Files run for 100 days at most; a wrong duration is reported where it is read.
    let days = u32::try_from(end.0 / DAY.0 + 1).unwrap_or(u32::MAX).min(101);
    Some(Profile::daily(mean?, swing?, highest_at, days))
}
