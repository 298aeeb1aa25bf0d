//! Reads `[path]`: what the parts of the power path do beyond the main figures of the board.

use crate::diagnostics::Problem;
use crate::quantity::Dimension::{
    self, Capacitance, Conductance, Current, HeatCapacity, Inductance, Power, Resistance, Share,
    Temperature, Voltage,
};
use crate::section::Section;
use sim::parts::{
    BusCapacitor, Cable, Fuse, Impedance, LimiterParts, MosfetLimits, MosfetParts, PathParts,
    ResistorParts, ShuntParts,
};
use sim::time::Span;

/// Reads the path parts of a scenario; without the section all are ideal.
pub(crate) fn read(body: &Section<'_>) -> PathParts {
    let Some(section) = body.section("path") else { return PathParts::default() };
    let parts = PathParts {
        shunt: part(&section, "shunt", read_shunt).unwrap_or_default(),
        mosfets: part(&section, "mosfets", read_mosfets).unwrap_or_default(),
        fuse: part(&section, "fuse", read_fuse).flatten(),
        precharge: part(&section, "precharge", read_precharge).flatten(),
        limiter: part(&section, "limiter", read_limiter).unwrap_or_default(),
        cable: part(&section, "cable", read_cable).unwrap_or_default(),
        bus: part(&section, "bus-capacitor", read_bus).flatten(),
        freewheel_v: section.magnitude("freewheel", Voltage),
        let_through_above_a: section.magnitude("let-through-above", Current),
    };
    section.finish();
    parts
}

fn part<'a, T>(section: &Section<'a>, key: &'static str, read: fn(&Section<'a>) -> T) -> Option<T> {
    let table = section.section(key)?;
    let result = read(&table);
    table.finish();
    Some(result)
}

fn read_shunt(table: &Section<'_>) -> ShuntParts {
    ShuntParts {
        gain: table.float("gain", Share).unwrap_or(0.0),
        offset_v: table.float("offset", Voltage).unwrap_or(0.0),
        tempco_per_k: table.float("drift-per-kelvin", Share).unwrap_or(0.0),
        heating: read_impedance(table, "to-mosfets", "time-constant"),
    }
}

/// A conductance and a time constant, both or none.
fn read_impedance(
    table: &Section<'_>,
    conductance: &'static str,
    time: &'static str,
) -> Option<Impedance> {
    if table.has(conductance) || table.has(time) {
        table.missing(conductance, &format!("{conductance} = \"500 mW/K\""));
        table.missing(time, &format!("{time} = \"5 ms\""));
    }
    let w_k = positive(table, conductance, Conductance);
    let tau_s = positive_time(table, time);
    Some(Impedance { k_w: 1.0 / w_k?, tau_s: tau_s? })
}

fn read_mosfets(table: &Section<'_>) -> MosfetParts {
    let span = |key| table.time_span(key).unwrap_or(Span(0));
    let usual = MosfetParts::default();
    let share = table.magnitude("channel-share", Share).unwrap_or(usual.channel_share);
    if share > 1.0 {
        report(table, "channel-share", "a share lies between 0 % and 100 %");
    }
    MosfetParts {
        channel_share: share,
        hot_ratio: positive(table, "hot-ratio", Share).unwrap_or(usual.hot_ratio),
        charge_delay: span("charge-delay"),
        discharge_delay: span("discharge-delay"),
        on_delay: span("on-delay"),
        junction: read_impedance(table, "junction-to-case", "junction-time-constant"),
        limits: part(table, "limits", read_limits).flatten(),
        clamp_v: positive(table, "clamp", Voltage),
    }
}

/// A point of the safe operating area says all of it; the avalanche is a current through an
/// inductance, as data sheets test it: L I² / 2.
fn read_limits(table: &Section<'_>) -> Option<MosfetLimits> {
    table.missing("junction", "junction = \"150 degC\"");
    table.missing("pulse-power", "pulse-power = \"20 kW\"");
    table.missing("pulse-time", "pulse-time = \"1 ms\"");
    table.missing("avalanche-current", "avalanche-current = \"500 A\"");
    table.missing("avalanche-inductance", "avalanche-inductance = \"10 uH\"");
    let junction_c = table.float("junction", Temperature);
    let watts = positive(table, "pulse-power", Power);
    let time_s = positive_time(table, "pulse-time");
    let ampere = positive(table, "avalanche-current", Current);
    let henry = positive(table, "avalanche-inductance", Inductance);
    Some(MosfetLimits {
        junction_c: junction_c?,
        soa_w_root_s: watts? * time_s?.sqrt(),
        avalanche_j: 0.5 * henry? * ampere? * ampere?,
    })
}

/// A fuse that blows at a current after a time and carries another for ever.
fn read_fuse(table: &Section<'_>) -> Option<Fuse> {
    table.missing("blows-at", "blows-at = \"5 kA\"");
    table.missing("after", "after = \"24 ms\"");
    table.missing("carries", "carries = \"400 A\"");
    let blows_a = positive(table, "blows-at", Current);
    let after_s = positive_time(table, "after");
    let carries_a = positive(table, "carries", Current);
    let ohm = table.magnitude("resistance", Resistance).unwrap_or(0.0);
    let melting_a2s = blows_a? * blows_a? * after_s?;
    Some(Fuse { ohm, melting_a2s, cooling_s: melting_a2s / (carries_a? * carries_a?) })
}

fn read_precharge(table: &Section<'_>) -> Option<ResistorParts> {
    table.missing("heat-capacity", "heat-capacity = \"5 J/K\"");
    table.missing("to-ambient", "to-ambient = \"100 mW/K\"");
    table.missing("limit", "limit = \"250 degC\"");
    let heat_j_k = positive(table, "heat-capacity", HeatCapacity);
    let to_ambient_w_k = table.magnitude("to-ambient", Conductance);
    let limit_c = table.float("limit", Temperature);
    Some(ResistorParts { heat_j_k: heat_j_k?, to_ambient_w_k: to_ambient_w_k?, limit_c: limit_c? })
}

fn read_limiter(table: &Section<'_>) -> LimiterParts {
    let usual = LimiterParts::default();
    let efficiency = positive(table, "efficiency", Share).unwrap_or(usual.efficiency);
    if efficiency > 1.0 {
        report(table, "efficiency", "nothing gives more than it takes");
    }
    LimiterParts {
        efficiency,
        headroom_v: table.magnitude("headroom", Voltage).unwrap_or(usual.headroom_v),
        start: table.time_span("start").unwrap_or(usual.start),
    }
}

fn read_cable(table: &Section<'_>) -> Cable {
    Cable {
        ohm: table.magnitude("resistance", Resistance).unwrap_or(0.0),
        henry: table.magnitude("inductance", Inductance).unwrap_or(0.0),
    }
}

fn read_bus(table: &Section<'_>) -> Option<BusCapacitor> {
    table.missing("capacitance", "capacitance = \"2 mF\"");
    table.missing("resistance", "resistance = \"5 mohm\"");
    let farad = positive(table, "capacitance", Capacitance);
    let ohm = positive(table, "resistance", Resistance);
    let bleeder_ohm = positive(table, "bleeder", Resistance).unwrap_or(f64::INFINITY);
    let start_v = table.magnitude("charged-to", Voltage).unwrap_or(0.0);
    Some(BusCapacitor { farad: farad?, ohm: ohm?, bleeder_ohm, start_v })
}

fn positive(table: &Section<'_>, key: &'static str, dimension: Dimension) -> Option<f64> {
    let value = table.float(key, dimension)?;
    if value <= 0.0 {
        report(table, key, &format!("`{key}` must be positive"));
        return None;
    }
    Some(value)
}

fn positive_time(table: &Section<'_>, key: &'static str) -> Option<f64> {
    let seconds = table.time_span(key)?.as_secs_f64();
    if seconds <= 0.0 {
        report(table, key, &format!("`{key}` takes time"));
        return None;
    }
    Some(seconds)
}

fn report(table: &Section<'_>, key: &'static str, title: &str) {
    table.sink.report(Problem::new(title, table.span_of(key)).label("out of range"));
}
