//! Reads what the outside does: the `do` of steps, phases and triggers.

mod tools;

use crate::bus;
use crate::diagnostics::Problem;
use crate::faults::Acted;
use crate::outside::{read_charger, read_inverter, read_load, read_motor, read_pack, read_short};
use crate::quantity::Dimension;
use crate::section::{Section, Sink};
use crate::waiting;
use crate::world::{read_attached, read_index, read_profile};
use sim::setup::{
    Action, CELL_SENSORS, ForcedChange, HmiKey, HostAction, MOS_SENSORS, Profile, WorldSetup,
};
use sim::time::Span;
use std::borrow::Cow;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const WORDS: &[(&str, Action)] = &[
    ("disconnect-load", Action::DisconnectLoad),
    ("disconnect-charger", Action::DisconnectCharger),
    ("press-button", Action::PressButton),
    ("ctl-low", Action::CtlLow(true)),
    ("ctl-high", Action::CtlLow(false)),
    ("open-emergency-stop", Action::EmergencyOpen(true)),
    ("close-emergency-stop", Action::EmergencyOpen(false)),
];

const TABLES: &[&str] = &[
    "connect-load",
    "short",
    "inverter",
    "motor",
    "parallel-pack",
    "connect-charger",
    "ambient",
    "heater",
    "force",
    "begin-fault",
    "end-fault",
    "switch",
    "dip",
    "write-parameter",
    "request",
    "hmi-key",
];

/// Keys of the display.
const KEYS: &[(&str, HmiKey)] = &[
    ("next", HmiKey::Next),
    ("previous", HmiKey::Previous),
    ("up", HmiKey::Up),
    ("down", HmiKey::Down),
    ("enter", HmiKey::Enter),
    ("back", HmiKey::Back),
    ("clear", HmiKey::Clear),
];

/// What the pins of the chip are connected to, for actions that force values there.
#[derive(Clone, Copy)]
pub(crate) struct Pins<'w> {
    /// The world; none if it could not be read.
    pub(crate) world: Option<&'w WorldSetup>,
    /// Cells in series.
    pub(crate) cells: u8,
    /// Faults that begin and end by actions.
    pub(crate) faults: &'w Acted,
}

/// Reads an action; a fault may be several at once.
pub(crate) fn read(
    sink: &Sink,
    value: &Spanned<DeValue<'_>>,
    pins: &Pins<'_>,
) -> Option<Vec<Action>> {
    match value.get_ref() {
        DeValue::String(word) => Some(vec![read_word(sink, word, value)?]),
        DeValue::Table(table) => {
            let action = Section::new("the action", vec![table], value.span(), sink);
            read_table(&action, table, pins, &[])
        }
        _ => {
            sink.wrong_kind(value, "an action");
            None
        }
    }
}

/// Reads an action of a script, and how long after its cause it comes.
pub(crate) fn read_late(
    sink: &Sink,
    value: &Spanned<DeValue<'_>>,
    pins: &Pins<'_>,
) -> Option<(Span, Vec<Action>)> {
    let DeValue::Table(table) = value.get_ref() else {
        return Some((Span(0), read(sink, value, pins)?));
    };
    let action = Section::new("the action", vec![table], value.span(), sink);
    let after = if action.has("after") { action.time_span("after") } else { Some(Span(0)) };
    let pack = bus::read_number(&action);
    let read = match action.value("action") {
        Some(word) => {
            let read = read(sink, word, pins);
            action.finish();
            read
        }
        None => read_table(&action, table, pins, &["after", "pack"]),
    };
    let read = read?;
    Some((after?, pack.map_or(read, elsewhere)))
}

/// What is done at another pack than this one.
pub(crate) fn elsewhere(pack: usize) -> Vec<Action> {
    vec![tools::told(format!("an action at pack {pack}"))]
}

fn read_word(sink: &Sink, word: &str, value: &Spanned<DeValue<'_>>) -> Option<Action> {
    if let Some((_, action)) = WORDS.iter().find(|(name, _)| *name == word) {
        return Some(action.clone());
    }
    match sink.vocabulary().action(word) {
        Some((_, deed)) if deed.alone => return Some(tools::told(deed.says.clone())),
        Some(_) => {
            let problem = Problem::new(format!("`{word}` is told with more"), value.span());
            sink.report(problem.label("a word alone").help(format!("write `do.{word} = ...`")));
        }
        None => report_unknown(sink, word, value.span()),
    }
    None
}

fn report_unknown(sink: &Sink, word: &str, span: Range<usize>) {
    let Some(help) = waiting::help(|sheet| sheet.actions.contains_key(word)) else {
        sink.unknown("action", word, span, &names(sink));
        return;
    };
    let problem = Problem::new(format!("unknown action `{word}`"), span).label("not known");
    sink.report(problem.help(help));
}

fn names(sink: &Sink) -> Vec<&'static str> {
    let words = WORDS.iter().map(|(name, _)| *name);
    let sheets = sink.vocabulary();
    let sheets: Vec<_> = sheets.actions().map(|(name, _)| name).collect();
    words.chain(TABLES.iter().copied()).chain(sheets).collect()
}

fn read_table<'a>(
    action: &Section<'a>,
    table: &'a DeTable<'a>,
    pins: &Pins<'_>,
    beside: &[&str],
) -> Option<Vec<Action>> {
    let mut keys = table.keys().filter(|key| !beside.contains(&&**key.get_ref()));
    let (Some(key), None) = (keys.next(), keys.next()) else {
        let (title, help) = if beside.is_empty() {
            ("a step does one thing", "write one [[step]] for each")
        } else {
            ("an action is one thing", "write a list, `do = [{ ... }, { ... }]`")
        };
        action.sink.report(Problem::new(title, action.span.clone()).help(help));
        return None;
    };
    match &**key.get_ref() {
        "begin-fault" => pins.faults.read_begin(action),
        "end-fault" => pins.faults.read_end(action),
        _ => Some(vec![read_one(action, key, pins)?]),
    }
}

fn read_one<'a>(
    action: &Section<'a>,
    key: &Spanned<Cow<'a, str>>,
    pins: &Pins<'_>,
) -> Option<Action> {
    match &**key.get_ref() {
        "ambient" => read_ambient(action),
        "heater" => action
            .choice("heater", "state of the heater", &[("on", true), ("off", false)])
            .map(Action::Heater),
        "connect-load" => with(action, "connect-load", read_load).map(Action::ConnectLoad),
        "short" => with(action, "short", read_short).map(Action::ConnectLoad),
        "inverter" => with(action, "inverter", read_inverter).map(Action::ConnectLoad),
        "motor" => with(action, "motor", read_motor).map(Action::ConnectLoad),
        "parallel-pack" => with(action, "parallel-pack", read_pack).map(Action::ConnectLoad),
        "connect-charger" => {
            with(action, "connect-charger", read_charger).map(Action::ConnectCharger)
        }
        "press-button" => with(action, "press-button", read_press),
        "force" => read_force(action, pins).map(Action::Force),
        "switch" => with(action, "switch", read_switch),
        "dip" => read_dip(action),
        "write-parameter" => with(action, "write-parameter", tools::read_write),
        "request" => read_request(action),
        "hmi-key" => {
            let key = action.choice("hmi-key", "key of the display", KEYS)?;
            Some(Action::Host(HostAction::HmiKey(key)))
        }
        other => tools::read(action, other, key.span()),
    }
}

/// A temperature from now on, or a ramp to one.
fn read_ambient(action: &Section<'_>) -> Option<Action> {
    let is_ramp = matches!(action.value("ambient")?.get_ref(), DeValue::Table(_));
    if !is_ramp {
        return action.float("ambient", Dimension::Temperature).map(Action::Ambient);
    }
    with(action, "ambient", |ramp| {
        ramp.missing("to", "to = \"-5 degC\"");
        ramp.missing("over", "over = \"10 min\"");
        let to_c = ramp.float("to", Dimension::Temperature);
        let over = ramp.time_span("over");
        Some(Action::AmbientRamp { to_c: to_c?, over: over? })
    })
}

fn read_press(press: &Section<'_>) -> Option<Action> {
    press.missing("for", "for = \"3 s\"");
    let span = press.time_span("for")?;
    if span.0 == 0 {
        let problem = Problem::new("a press takes time", press.span_of("for"));
        press.sink.report(problem.label("expected a time above 0 s"));
    }
    Some(Action::PressButtonFor(span))
}

/// One value at the pins; what it is of is said as in `[forced]`.
fn read_force(action: &Section<'_>, pins: &Pins<'_>) -> Option<ForcedChange> {
    let force = action.section("force")?;
    if matches!(pins.world, Some(WorldSetup::ClosedLoop(_))) {
        let problem = Problem::new("cells of a [pack] cannot be forced", force.span.clone());
        let help = "write [forced] in place of [pack], or connect a load or a charger";
        force.sink.report(problem.label("values of a simulation").help(help));
    }
    let change = read_change(&force, pins.cells);
    force.finish();
    change
}

/// What can be forced; the sensors of a kind together, or one of them by its number.
const FORCED: &[&str] = &[
    "voltage",
    "current",
    "temperature",
    "cell-temperature",
    "mosfet-temperature",
    "board-temperature",
    "load-attached",
    "charger-attached",
];

fn read_change(force: &Section<'_>, cells: u8) -> Option<ForcedChange> {
    let written: Vec<_> = FORCED.iter().filter(|key| force.has(key)).collect();
    let [key] = written[..] else {
        for key in ["cell", "cell-sensor", "mosfet-sensor"] {
            force.has(key);
        }
        let help = format!("write one of {}", FORCED.join(", "));
        let problem = Problem::new("`force` changes one value", force.span.clone());
        force.sink.report(problem.help(help));
        return None;
    };
    let profile = |key, dimension| read_profile(force.sink, force.value(key)?, dimension);
    let degrees = |key| profile(key, Dimension::Temperature);
    match *key {
        "voltage" => {
            let to = profile("voltage", Dimension::Voltage);
            match force.has("cell").then(|| read_index(force, "cell", cells)) {
                Some(cell) => Some(ForcedChange::Cell(cell?, to?)),
                None => to.map(ForcedChange::Cells),
            }
        }
        "current" => profile("current", Dimension::Current).map(ForcedChange::Current),
        "temperature" => read_sensor(force, degrees("temperature")),
        "cell-temperature" => degrees("cell-temperature").map(ForcedChange::CellSensors),
        "mosfet-temperature" => degrees("mosfet-temperature").map(ForcedChange::MosSensors),
        "board-temperature" => degrees("board-temperature").map(ForcedChange::Board),
        "load-attached" => Some(ForcedChange::LoadAttached(read_attached(force, "load-attached"))),
        _ => Some(ForcedChange::ChargerAttached(read_attached(force, "charger-attached"))),
    }
}

fn read_sensor(force: &Section<'_>, to: Option<Profile>) -> Option<ForcedChange> {
    let count = |sensors: usize| u8::try_from(sensors).unwrap_or(u8::MAX);
    if force.has("mosfet-sensor") {
        let sensor = read_index(force, "mosfet-sensor", count(MOS_SENSORS));
        return Some(ForcedChange::MosSensor(sensor?, to?));
    }
    let sensor = read_index(force, "cell-sensor", count(CELL_SENSORS));
    Some(ForcedChange::CellSensor(sensor?, to?))
}

fn read_switch(switch: &Section<'_>) -> Option<Action> {
    switch.missing("name", "name = \"RUN\"");
    switch.missing("position", "position = \"on\"");
    let (name, position) = (switch.text("name"), switch.text("position"));
    let name = name?;
    let inputs = switch.sink.vocabulary().inputs();
    let Some((_, positions)) = inputs.iter().find(|(known, _)| *known == name) else {
        let known: Vec<_> = inputs.iter().map(|(known, _)| *known).collect();
        switch.sink.unknown("switch of the board", name, switch.span_of("name"), &known);
        return None;
    };
    let position = position?;
    if !positions.contains(&position) {
        let what = format!("position of `{name}`:");
        switch.sink.unknown(&what, position, switch.span_of("position"), positions);
    }
    let (name, position) = (name.to_owned(), position.to_owned());
    Some(Action::Host(HostAction::Switch { name, position }))
}

fn read_dip(action: &Section<'_>) -> Option<Action> {
    let address = action.count("dip")?;
    let known = u8::try_from(address).ok();
    if known.is_none() {
        let problem = Problem::new("there is no such address", action.span_of("dip"));
        action.sink.report(problem.label("expected 0 to 255"));
    }
    known.map(|address| Action::Host(HostAction::Dip(address)))
}

/// Bytes at the rate of the port, or at another one.
fn read_request(action: &Section<'_>) -> Option<Action> {
    if !matches!(action.value("request")?.get_ref(), DeValue::Table(_)) {
        return read_bytes(action, "request").map(|it| Action::Host(HostAction::Request(it)));
    }
    with(action, "request", |request| {
        request.missing("bytes", "bytes = \"01 03 00 00\"");
        request.missing("baud", "baud = 19_200");
        let bytes = read_bytes(request, "bytes");
        let baud = u32::try_from(request.count("baud")?).ok().filter(|baud| *baud > 0);
        if baud.is_none() {
            let problem = Problem::new("there is no such rate", request.span_of("baud"));
            request.sink.report(problem.label("expected bits per second"));
        }
        Some(Action::Host(HostAction::RequestAt { bytes: bytes?, baud: baud? }))
    })
}

/// Bytes in hexadecimal, with or without space between them.
fn read_bytes(action: &Section<'_>, key: &'static str) -> Option<Vec<u8>> {
    let text = action.text(key)?;
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    let bytes = bytes.filter(|bytes| !bytes.is_empty());
    if bytes.is_none() {
        let problem = Problem::new("expected bytes in hexadecimal", action.span_of(key));
        action.sink.report(problem.label("two digits each").help("write \"01 03 00 00\""));
    }
    bytes
}

fn byte(pair: &[u8]) -> Option<u8> {
    let [high, low] = *pair else { return None };
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn with<'a, T>(
    action: &Section<'a>,
    key: &'static str,
    read: fn(&Section<'a>) -> Option<T>,
) -> Option<T> {
    let section = action.section(key)?;
    let result = read(&section);
    section.finish();
    result
}
