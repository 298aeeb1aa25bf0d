//! Reads `[[step]]`: what the outside does, and when.

use crate::diagnostics::Problem;
use crate::outside::{read_charger, read_inverter, read_load, read_motor, read_pack, read_short};
use crate::quantity::Dimension;
use crate::section::{Section, shown};
use sim::setup::{Action, TimedAction};
use sim::time::SimTime;
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
];

/// Reads all steps of a scenario, in time order.
pub(crate) fn read(body: &Section<'_>, end: SimTime) -> Vec<TimedAction> {
    let mut steps = Vec::new();
    let mut previous: Option<SimTime> = None;
    for section in body.sections("step") {
        section.missing("at", "at = \"1 s\"");
        section.missing("do", "do = \"disconnect-load\"");
        let at = section.time("at");
        let action = read_action(&section);
        if let Some(at) = at {
            report_time(&section, at, previous, end);
            previous = Some(at);
            steps.extend(action.map(|action| TimedAction { at, action }));
        }
        section.finish();
    }
    steps.sort_by_key(|step| step.at);
    steps
}

/// Steps of one list stand in time order, within the run. A case's list begins anew.
fn report_time(section: &Section<'_>, at: SimTime, previous: Option<SimTime>, end: SimTime) {
    let span = section.span_of("at");
    if at > end {
        let problem = Problem::new("this step comes after the end of the run", span.clone());
        section.sink.report(problem.label(format!("the run ends at {}", shown(end))));
    }
    if let Some(before) = previous.filter(|before| *before > at && !section.begins) {
        let problem = Problem::new("steps stand in the order of their times", span);
        section.sink.report(problem.label(format!("the step before is at {}", shown(before))));
    }
}

fn read_action(section: &Section<'_>) -> Option<Action> {
    let value = section.value("do")?;
    match value.get_ref() {
        DeValue::String(word) => {
            let found = WORDS.iter().find(|(name, _)| *name == word);
            if found.is_none() {
                section.sink.unknown("action", word, value.span(), &names());
            }
            found.map(|(_, action)| action.clone())
        }
        DeValue::Table(table) => read_table(section, table),
        _ => {
            section.sink.wrong_kind(value, "an action");
            None
        }
    }
}

fn names() -> Vec<&'static str> {
    WORDS.iter().map(|(name, _)| *name).chain(TABLES.iter().copied()).collect()
}

fn read_table<'a>(section: &Section<'a>, table: &'a DeTable<'a>) -> Option<Action> {
    let mut keys = table.keys();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        let problem = Problem::new("a step does one thing", section.span_of("do"));
        section.sink.report(problem.help("write one [[step]] for each"));
        return None;
    };
    let action = Section::new("the action", vec![table], section.span_of("do"), section.sink);
    match &**key.get_ref() {
        "ambient" => read_ambient(&action),
        "heater" => action
            .choice("heater", "state of the heater", &[("on", true), ("off", false)])
            .map(Action::Heater),
        "connect-load" => with(&action, "connect-load", read_load).map(Action::ConnectLoad),
        "short" => with(&action, "short", read_short).map(Action::ConnectLoad),
        "inverter" => with(&action, "inverter", read_inverter).map(Action::ConnectLoad),
        "motor" => with(&action, "motor", read_motor).map(Action::ConnectLoad),
        "parallel-pack" => with(&action, "parallel-pack", read_pack).map(Action::ConnectLoad),
        "connect-charger" => {
            with(&action, "connect-charger", read_charger).map(Action::ConnectCharger)
        }
        other => {
            section.sink.unknown("action", other, key.span(), &names());
            None
        }
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
