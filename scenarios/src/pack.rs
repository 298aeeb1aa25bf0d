//! Reads `[pack]`: cells, how they stand together, what is between them and the board, and how they
//! differ.

use crate::diagnostics::Problem;
use crate::quantity::Dimension;
use crate::section::Section;
use crate::start;
use crate::world::{ROOM_C, read_cell_params, read_index, read_share};
use cell_models::cell::Health;
use cell_models::presets;
use sim::parts::{BalancerParts, Distribution, Feed, PackParts, SenseParts, Spread, Spreading};
use sim::setup::{CellSetup, PackSetup};
use sim::time::SimTime;
use std::sync::Arc;

/// Most cells in parallel.
const PARALLEL_MAX: usize = 64;

/// Every parameter that a `[pack.spread]` table may name.
const SPREADS: &[(&str, Spreading)] = &[
    ("capacity", Spreading::Capacity),
    ("resistance", Spreading::Resistance),
    ("series-resistance", Spreading::SeriesResistance),
    ("pair-1-resistance", Spreading::PairResistance(0)),
    ("pair-2-resistance", Spreading::PairResistance(1)),
    ("pair-3-resistance", Spreading::PairResistance(2)),
    ("pair-4-resistance", Spreading::PairResistance(3)),
    ("pair-1-time", Spreading::PairTime(0)),
    ("pair-2-time", Spreading::PairTime(1)),
    ("pair-3-time", Spreading::PairTime(2)),
    ("pair-4-time", Spreading::PairTime(3)),
    ("ocv", Spreading::OcvOffset),
    ("soc", Spreading::Soc),
    ("self-discharge", Spreading::SelfDischarge),
    ("heat-capacity", Spreading::HeatCapacity),
    ("to-ambient", Spreading::ToAmbient),
    ("to-neighbour", Spreading::ToNeighbour),
];

/// Reads the whole table.
pub(crate) fn read(section: &Section<'_>, series: u8) -> PackSetup {
    let params = read_cell_params(section);
    let temperature = section.float("temperature", Dimension::Temperature);
    let ambient_c = section.float("ambient", Dimension::Temperature);
    let start_c = temperature.or(ambient_c).unwrap_or(ROOM_C);
    if !section.has("voltage") {
        section.missing("soc", "soc = \"50 %\"");
    }
    let soc = start::read(section, params.as_ref(), start_c);
    let parallel = read_parallel(section);
    let mut setup = PackSetup {
        cells: Vec::new(),
        parallel,
        parts: read_parts(section, series),
        ambient_c: ambient_c.unwrap_or(ROOM_C),
        thermal_tau_s: section.time("thermal-time-constant").map(SimTime::as_secs_f64),
    };
    let cell = CellSetup {
        // What is missing or wrong is reported already; the overrides are read all the same.
        params: Arc::new(params.unwrap_or_else(presets::reference_100ah)),
        soc: soc.unwrap_or(0.0),
        temperature_c: start_c,
    };
    setup.cells = vec![cell; usize::from(series) * parallel];
    for other in section.sections("override") {
        if let Some(group) = read_index(&other, "index", series) {
            read_override(&other, &mut setup, group);
        }
        other.finish();
    }
    setup
}

fn read_parallel(section: &Section<'_>) -> usize {
    let Some(parallel) = section.count("parallel") else { return 1 };
    if (1..=PARALLEL_MAX).contains(&parallel) {
        return parallel;
    }
    let title = format!("{parallel} cells in parallel make no group");
    let label = format!("expected 1 to {PARALLEL_MAX}");
    section.sink.report(Problem::new(title, section.span_of("parallel")).label(label));
    1
}

fn read_parts(section: &Section<'_>, series: u8) -> PackParts {
    let ohm = |key| section.magnitude(key, Dimension::Resistance).unwrap_or(0.0);
    let feeds = [("opposite-ends", Feed::OppositeEnds), ("same-end", Feed::SameEnd)];
    PackParts {
        capacity_spread: read_share(section, "capacity-spread").unwrap_or(0.0),
        resistance_spread: read_share(section, "resistance-spread").unwrap_or(0.0),
        spreads: section.section("spread").map_or_else(Vec::new, |table| read_spreads(&table)),
        joint_ohm: ohm("joint"),
        contact_ohm: ohm("contact"),
        busbar_ohm: ohm("busbar"),
        feed: section.choice("feed", "feed", &feeds).unwrap_or_default(),
        sense: section
            .section("sense")
            .map_or_else(SenseParts::default, |table| read_sense(&table, series)),
        balancer: section
            .section("balancer")
            .map_or_else(BalancerParts::default, |table| read_balancer(&table)),
        health: section.section("health").and_then(|table| read_health(&table)),
        ages: section.boolean("ageing").unwrap_or(false),
        ..PackParts::default()
    }
}

fn read_spreads(table: &Section<'_>) -> Vec<Spread> {
    let mut spreads = Vec::new();
    for (key, what) in SPREADS {
        let by = table.section(key).and_then(|section| read_distribution(&section, *what));
        spreads.extend(by.map(|by| Spread { what: *what, by }));
    }
    table.finish();
    spreads
}

/// One distribution by its name, normal also with the distance `within` which it stays.
fn read_distribution(section: &Section<'_>, what: Spreading) -> Option<Distribution> {
    let is_volt = what == Spreading::OcvOffset;
    let (dimension, example) =
        if is_volt { (Dimension::Voltage, "\"2 mV\"") } else { (Dimension::Share, "\"1 %\"") };
    let figure = |key| section.magnitude(key, dimension);
    let (normal, uniform) = (figure("normal"), figure("uniform"));
    let (triangular, log_normal) = (figure("triangular"), figure("lognormal"));
    let within = figure("within");
    let named = ["normal", "uniform", "triangular", "lognormal"].map(|key| section.has(key));
    section.finish();
    let problem = |title: &str, help: String| {
        section.sink.report(Problem::new(title, section.span.clone()).help(help));
        None
    };
    if named.iter().filter(|named| **named).count() != 1 {
        let help =
            format!("write one of normal, uniform, triangular, lognormal: `normal = {example}`");
        return problem("a spread has one distribution", help);
    }
    if within.is_some() && !named[0] {
        return problem("only a normal distribution is cut off", "take `within` away".to_owned());
    }
    let is_factor = !matches!(what, Spreading::OcvOffset | Spreading::Soc);
    if named[3] && !is_factor {
        let help = "use normal, uniform or triangular".to_owned();
        return problem("a lognormal spread is one of factors", help);
    }
    match within {
        Some(within) if within > 0.0 => {
            Some(Distribution::TruncatedNormal { sigma: normal?, within })
        }
        Some(_) => {
            problem("a spread within nothing is none", format!("write `within = {example}`"))
        }
        None => normal
            .map(|sigma| Distribution::Normal { sigma })
            .or(uniform.map(|half_width| Distribution::Uniform { half_width }))
            .or(triangular.map(|half_width| Distribution::Triangular { half_width }))
            .or(log_normal.map(|sigma| Distribution::LogNormal { sigma })),
    }
}

fn read_sense(table: &Section<'_>, series: u8) -> SenseParts {
    let usual = SenseParts::default();
    let ohm = |key| table.magnitude(key, Dimension::Resistance);
    let sense = SenseParts {
        filter_ohm: ohm("filter").unwrap_or(usual.filter_ohm),
        filter_farad: positive(table, "capacitor", Dimension::Capacitance, usual.filter_farad),
        leak_ohm: positive(table, "leak", Dimension::Resistance, usual.leak_ohm),
        top_helper_ohm: positive(table, "top-helper", Dimension::Resistance, usual.top_helper_ohm),
        bottom_helper_ohm: positive(
            table,
            "bottom-helper",
            Dimension::Resistance,
            usual.bottom_helper_ohm,
        ),
        wires_ohm: table
            .sections("wire")
            .iter()
            .filter_map(|wire| read_wire(wire, series))
            .collect(),
    };
    table.finish();
    sense
}

fn positive(table: &Section<'_>, key: &'static str, dimension: Dimension, usual: f64) -> f64 {
    let value = table.magnitude(key, dimension);
    if value == Some(0.0) {
        let problem = Problem::new(format!("`{key}` must be above 0"), table.span_of(key));
        table.sink.report(problem.label("nothing"));
    }
    value.unwrap_or(usual)
}

/// A sense wire of its own resistance: tap 0 lies below cell 1, tap n above cell n.
fn read_wire(wire: &Section<'_>, series: u8) -> Option<(usize, f64)> {
    wire.missing("tap", "tap = 4");
    wire.missing("resistance", "resistance = \"2 ohm\"");
    let tap = wire.count("tap");
    let ohm = wire.magnitude("resistance", Dimension::Resistance);
    wire.finish();
    let tap = tap?;
    if tap > usize::from(series) {
        let title = format!("there is no tap {tap}");
        let label = format!("expected 0 to {series}; tap 0 lies below cell 1");
        wire.sink.report(Problem::new(title, wire.span_of("tap")).label(label));
        return None;
    }
    Some((tap, ohm?))
}

fn read_balancer(table: &Section<'_>) -> BalancerParts {
    let usual = BalancerParts::default();
    let duty = read_share(table, "duty").unwrap_or(usual.duty);
    if duty == 0.0 {
        let problem = Problem::new("a balancer that never works is none", table.span_of("duty"));
        table.sink.report(problem.label("nothing"));
    }
    let parts = BalancerParts {
        period: table.time_span("period").unwrap_or(usual.period),
        duty,
        quiescent_a: table.magnitude("quiescent", Dimension::Current).unwrap_or(usual.quiescent_a),
    };
    table.finish();
    parts
}

fn read_health(table: &Section<'_>) -> Option<Health> {
    let share = |key| {
        let share = table.float(key, Dimension::Share);
        if share.is_some_and(|share| share <= 0.0) {
            let problem = Problem::new(format!("`{key}` must be above 0 %"), table.span_of(key));
            table.sink.report(problem.label("nothing is left"));
        }
        share.filter(|share| *share > 0.0).unwrap_or(1.0)
    };
    let health = Health { capacity: share("capacity"), resistance: share("resistance") };
    table.finish();
    Some(health)
}

/// Another cell, state or link for one group, or for one `member` of it.
fn read_override(section: &Section<'_>, setup: &mut PackSetup, group: usize) {
    let parallel = setup.parallel;
    let first = group * parallel;
    let cells = match read_member(section, parallel) {
        Some(member) => first + member..first + member + 1,
        None => first..first + parallel,
    };
    let other = section.has("cell") || section.has("linear");
    let params = other.then(|| read_cell_params(section)).flatten().map(Arc::new);
    let temperature = section.float("temperature", Dimension::Temperature);
    let before = &setup.cells[first];
    let cell = params.clone().unwrap_or_else(|| Arc::clone(&before.params));
    let soc = start::read(section, Some(&cell), temperature.unwrap_or(before.temperature_c));
    let health = section.section("health").and_then(|table| read_health(&table));
    let contact_ohm = section.magnitude("contact", Dimension::Resistance);
    let busbar_ohm = section.magnitude("busbar", Dimension::Resistance);
    for cell in cells {
        let at = &mut setup.cells[cell];
        at.params = params.clone().unwrap_or_else(|| Arc::clone(&at.params));
        at.soc = soc.unwrap_or(at.soc);
        at.temperature_c = temperature.unwrap_or(at.temperature_c);
        setup.parts.healths.extend(health.map(|health| (cell, health)));
        setup.parts.contacts_ohm.extend(contact_ohm.map(|ohm| (cell, ohm)));
        setup.parts.busbars_ohm.extend(busbar_ohm.map(|ohm| (cell, ohm)));
    }
    let joint_ohm = section.magnitude("joint", Dimension::Resistance);
    setup.parts.joints_ohm.extend(joint_ohm.map(|ohm| (group, ohm)));
}

fn read_member(section: &Section<'_>, parallel: usize) -> Option<usize> {
    let member = section.count("member")?;
    if (1..=parallel).contains(&member) {
        return Some(member - 1);
    }
    let title = format!("there is no member {member}");
    let label = format!("expected 1 to {parallel}; counted from 1");
    section.sink.report(Problem::new(title, section.span_of("member")).label(label));
    None
}
