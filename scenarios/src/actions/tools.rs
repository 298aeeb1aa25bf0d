//! Reads what is done with a maker's software, on a computer or a telephone. No part of the firmware
//! takes it yet: a scenario that does such a thing is checked, and waits.

use crate::diagnostics::Problem;
use crate::fields::{FIELDS, Field};
use crate::quantity::Dimension;
use crate::section::Section;
use sim::setup::{Action, HostAction};
use std::borrow::Cow;

/// Those that are a table or a text.
pub(super) const TABLES: &[&str] =
    &["connect-app", "login", "authorise", "change-password", "calibrate"];

/// One that is a word alone.
pub(super) const fn word(what: &'static str) -> Action {
    Action::Host(HostAction::Tool(Cow::Borrowed(what)))
}

/// Passwords that can be changed.
const PASSWORDS: &[(&str, &str)] = &[("device", "device"), ("settings", "settings")];

/// Reads one of [`TABLES`].
pub(super) fn read(action: &Section<'_>, key: &str) -> Option<Action> {
    let what = match key {
        "connect-app" => {
            action.text("connect-app")?;
            "a telephone that connects with a password".to_owned()
        }
        "login" => {
            action.text("login")?;
            "a login with the device password".to_owned()
        }
        "authorise" => {
            action.text("authorise")?;
            "the settings password".to_owned()
        }
        "change-password" => read_change(action)?,
        _ => read_calibration(action)?,
    };
    Some(Action::Host(HostAction::Tool(Cow::Owned(what))))
}

fn read_change(action: &Section<'_>) -> Option<String> {
    let change = action.section("change-password")?;
    change.missing("which", "which = \"device\"");
    change.missing("old", "old = \"1234\"");
    change.missing("new", "new = \"5678\"");
    let which = change.choice("which", "password", PASSWORDS);
    let (old, new) = (change.text("old"), change.text("new"));
    change.text("again");
    change.finish();
    old.and(new)?;
    Some(format!("another {} password", which?))
}

/// What the board shall take its reading for: the pack's voltage, or its current.
fn read_calibration(action: &Section<'_>) -> Option<String> {
    let calibrate = action.section("calibrate")?;
    let what = match (calibrate.has("voltage"), calibrate.has("current")) {
        (true, false) => calibrate.float("voltage", Dimension::Voltage).map(|_| "voltage"),
        (false, true) => calibrate.float("current", Dimension::Current).map(|_| "current"),
        _ => {
            let title = "a calibration is of one reading";
            let problem = Problem::new(title, calibrate.span.clone());
            let help = "write `calibrate = { voltage = \"52.8 V\" }` or `{ current = \"20 A\" }`";
            calibrate.sink.report(problem.help(help));
            None
        }
    };
    calibrate.finish();
    Some(format!("a calibration of the {}", what?))
}

/// `write-parameter`: by the names of the product, be it one that waits.
pub(super) fn read_write(write: &Section<'_>) -> Option<Action> {
    write.missing("name", "name = \"voltage.cell_ov\"");
    write.missing("value", "value = \"3.70 V\"");
    let password = write.text("password").unwrap_or_default().to_owned();
    let (name, value) = (write.text("name"), write.value("value"));
    let name = name?;
    let span = write.span_of("name");
    let value = match (write.sink.vocabulary(), Field::find(name)) {
        (Some(words), _) => {
            let kind = words.parameter(name, span, write.sink)?;
            kind.report(value?, write.sink);
            0
        }
        (None, Some(field)) => field.whole(value?, write.sink)?,
        (None, None) => {
            let known: Vec<_> = FIELDS.iter().map(|field| field.key).collect();
            write.sink.unknown("parameter", name, span, &known);
            return None;
        }
    };
    Some(Action::Host(HostAction::WriteParameter { name: name.to_owned(), value, password }))
}
