//! Reads what is attached to the port: loads, chargers, another pack.

use crate::course::read_course;
use crate::diagnostics::Problem;
use crate::quantity::Dimension;
use crate::section::Section;
use crate::world::read_cell_params;
use sim::setup::{Charger, Driven, Hiccup, Load, Manner, OtherPack};
use sim::time::Span;
use std::sync::Arc;

/// Temperature of another pack where none is written, °C.
const ROOM_C: f64 = 25.0;

/// The keys that say what a load is.
const LOADS: &[&str] = &["current", "power", "resistance", "current-profile", "power-profile"];

/// `connect-load`: a current, a power or a resistance, written or as a profile; with a ripple.
pub(crate) fn read_load(section: &Section<'_>) -> Option<Load> {
    let current = section.magnitude("current", Dimension::Current);
    let power = section.magnitude("power", Dimension::Power);
    let resistance = section.magnitude("resistance", Dimension::Resistance);
    let currents = read_course(section, "current-profile", Dimension::Current);
    let powers = read_course(section, "power-profile", Dimension::Power);
    let cut_off_v = section.magnitude("cut-off", Dimension::Voltage).unwrap_or(0.0);
    let profile = |of, profile| Load::Profile { of, profile };
    let kinds = [
        current.map(Load::Current),
        power.map(|watts| Load::Power { watts, cut_off_v }),
        resistance.map(Load::Resistance),
        currents.map(|it| profile(Driven::Current, it)),
        powers.map(|it| profile(Driven::Power, it)),
    ];
    let ripple = read_ripple(section);
    let mut kinds = kinds.into_iter().flatten();
    match (kinds.next(), kinds.next()) {
        (Some(load), None) => Some(rippling(load, ripple)),
        // What is written and could not be read is told where it stands.
        (None, _) if LOADS.iter().any(|kind| section.has(kind)) => None,
        _ => {
            let title = "a load has a current, a power or a resistance, one of the three";
            let help = "write `do.connect-load = { current = \"20 A\" }`, \
                        or `current-profile` or `power-profile`";
            section.sink.report(Problem::new(title, section.span.clone()).help(help));
            None
        }
    }
}

/// Alternating current, ampere rms, and the frequency at which it is followed.
fn read_ripple(section: &Section<'_>) -> Option<(f64, Option<f64>)> {
    let period = section.time_span("ripple-period");
    if period.is_some() {
        section.missing("ripple", "ripple = \"10 A\"");
    }
    if period.is_some_and(|period| period.0 == 0) {
        report(section, "ripple-period", "a ripple has a period", "expected more than 0 s");
    }
    let rms_a = section.magnitude("ripple", Dimension::Current)?;
    Some((rms_a, period.map(|period| 1.0 / period.as_secs_f64())))
}

fn rippling(load: Load, ripple: Option<(f64, Option<f64>)>) -> Load {
    match ripple {
        Some((rms_a, resolved_hz)) => Load::Rippling { load: Arc::new(load), rms_a, resolved_hz },
        None => load,
    }
}

/// `short`: bolted, soft, or in pulses.
pub(crate) fn read_short(section: &Section<'_>) -> Option<Load> {
    section.missing("resistance", "resistance = \"5 mohm\"");
    let ohm = section.magnitude("resistance", Dimension::Resistance);
    let henry = section.magnitude("inductance", Dimension::Inductance).unwrap_or(0.0);
    let (on, every) = (section.time_span("pulse"), section.time_span("every"));
    if on.is_some() {
        section.missing("every", "every = \"20 ms\"");
    }
    if every.is_some() {
        section.missing("pulse", "pulse = \"150 us\"");
    }
    let (Some(on), Some(every)) = (on, every) else {
        return Some(Load::Short { ohm: ohm?, henry });
    };
    if on >= every {
        report(section, "pulse", "pulses do not overlap", "expected less than `every`");
    }
    Some(Load::PulsedShort { ohm: ohm?, henry, on, every })
}

/// `inverter`: a capacitor behind a cable, a power once its bus is up, a ripple that heats.
pub(crate) fn read_inverter(section: &Section<'_>) -> Option<Load> {
    section.missing("capacitance", "capacitance = \"20 mF\"");
    section.missing("resistance", "resistance = \"10 mohm\"");
    let farad = section.magnitude("capacitance", Dimension::Capacitance);
    if farad.is_some_and(|farad| farad <= 0.0) {
        report(section, "capacitance", "an inverter has a capacitor", "expected more than 0 F");
    }
    let ohm = section.magnitude("resistance", Dimension::Resistance);
    let bleeder = section.magnitude("bleeder", Dimension::Resistance);
    let ripple = section.magnitude("ripple", Dimension::Current);
    let inverter = Load::Inverter {
        henry: section.magnitude("inductance", Dimension::Inductance).unwrap_or(0.0),
        start_v: section.magnitude("start", Dimension::Voltage).unwrap_or(0.0),
        bleeder_ohm: bleeder.unwrap_or(f64::INFINITY),
        watts: section.magnitude("power", Dimension::Power).unwrap_or(0.0),
        cut_off_v: section.magnitude("cut-off", Dimension::Voltage).unwrap_or(0.0),
        farad: farad?,
        ohm: ohm?,
    };
    Some(rippling(inverter, ripple.map(|rms_a| (rms_a, None))))
}

/// `motor`: a starting current that decays to the running one.
pub(crate) fn read_motor(section: &Section<'_>) -> Option<Load> {
    section.missing("current", "current = \"20 A\"");
    section.missing("starting-current", "starting-current = \"100 A\"");
    section.missing("decay", "decay = \"60 ms\"");
    let ampere = section.magnitude("current", Dimension::Current);
    let starting_a = section.magnitude("starting-current", Dimension::Current);
    let decay = positive_span(section, "decay");
    if ampere == Some(0.0) {
        report(section, "current", "a motor draws a current", "expected more than 0 A");
    }
    let inrush = starting_a? / ampere?;
    Some(Load::Motor { ampere: ampere?, inrush, decay_s: decay?.as_secs_f64() })
}

/// `parallel-pack`: another pack with its switches closed.
pub(crate) fn read_pack(section: &Section<'_>) -> Option<Load> {
    section.missing("cells", "cells = 16");
    section.missing("soc", "soc = \"60 %\"");
    section.missing("resistance", "resistance = \"10 mohm\"");
    let cells = section.count("cells");
    if cells == Some(0) {
        report(section, "cells", "a pack has cells", "expected at least 1");
    }
    let soc = section.float("soc", Dimension::Share);
    if soc.is_some_and(|soc| !(0.0..=1.0).contains(&soc)) {
        report(section, "soc", "a share lies between 0 % and 100 %", "out of range");
    }
    let ohm = section.magnitude("resistance", Dimension::Resistance);
    let params = read_cell_params(section);
    let henry = section.magnitude("inductance", Dimension::Inductance).unwrap_or(0.0);
    let temperature_c = section.float("temperature", Dimension::Temperature).unwrap_or(ROOM_C);
    let (params, cells, soc) = (Arc::new(params?), cells?, soc?);
    Some(Load::Pack(Arc::new(OtherPack { params, cells, soc, temperature_c, ohm: ohm?, henry })))
}

/// `connect-charger`: its current and voltage, and its manners.
pub(crate) fn read_charger(section: &Section<'_>) -> Option<Charger> {
    section.missing("current", "current = \"20 A\"");
    section.missing("voltage", "voltage = \"56 V\"");
    let current = section.magnitude("current", Dimension::Current);
    let voltage = section.magnitude("voltage", Dimension::Voltage);
    let stop_below_a = section.magnitude("stop-below", Dimension::Current).unwrap_or(0.0);
    let manner = read_manner(section, current.unwrap_or(0.0));
    Some(Charger { current_a: current?, voltage_v: voltage?, stop_below_a, manner })
}

fn read_manner(section: &Section<'_>, current_a: f64) -> Manner {
    let overshoot = section.magnitude("overshoot", Dimension::Share).unwrap_or(0.0);
    if section.has("overshoot") {
        section.missing("overshoot-decay", "overshoot-decay = \"50 ms\"");
    }
    let overshoot_decay = positive_span(section, "overshoot-decay");
    let soft_start = positive_span(section, "soft-start");
    let dump_v = section.magnitude("dump-voltage", Dimension::Voltage);
    if dump_v.is_some() {
        section.missing("dump-time", "dump-time = \"200 ms\"");
    }
    Manner {
        overshoot: if overshoot_decay.is_some() { overshoot } else { 0.0 },
        overshoot_s: overshoot_decay.map_or(0.0, Span::as_secs_f64),
        slew_a_s: soft_start.map(|span| current_a / span.as_secs_f64()),
        farad: section.magnitude("output-capacitance", Dimension::Capacitance).unwrap_or(0.0),
        ohm: section.magnitude("output-resistance", Dimension::Resistance).unwrap_or(0.0),
        dump_v,
        dump: section.time_span("dump-time").unwrap_or(Span(0)),
        hiccup: read_hiccup(section),
        profile: read_course(section, "current-profile", Dimension::Current),
        reversed: section.boolean("reversed").unwrap_or(false),
    }
}

fn read_hiccup(section: &Section<'_>) -> Option<Hiccup> {
    let pause = positive_span(section, "hiccup-pause");
    if section.has("hiccup-after") {
        section.missing("hiccup-pause", "hiccup-pause = \"2 s\"");
    }
    let after = section.time_span("hiccup-after").unwrap_or(Span(0));
    pause.map(|pause| Hiccup { after, pause })
}

/// A span that is longer than nothing.
fn positive_span(section: &Section<'_>, key: &'static str) -> Option<Span> {
    let span = section.time_span(key)?;
    if span.0 == 0 {
        report(section, key, &format!("`{key}` takes time"), "expected more than 0 s");
        return None;
    }
    Some(span)
}

fn report(section: &Section<'_>, key: &'static str, title: &str, label: &str) {
    section.sink.report(Problem::new(title, section.span_of(key)).label(label));
}
