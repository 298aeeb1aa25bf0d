//! A cell from a file of its own, named in a scenario relative to the scenario's file.

use crate::diagnostics::Problem;
use crate::section::Section;
use cell_models::cell::CellParams;
use cell_models::sheet::{Sheet, SheetError};

/// Whether a cell's name is that of a file.
pub(crate) fn is_path(name: &str) -> bool {
    name.ends_with(".toml") || name.contains(['/', '\\'])
}

/// Reads the cell file that the key `cell` names; what is wrong is told at that key.
pub(crate) fn read(section: &Section<'_>, name: &str) -> Option<CellParams> {
    let told = |title: String, label: &str, help: String| {
        let problem = Problem::new(title, section.span_of("cell")).label(label);
        section.sink.report(problem.help(help));
    };
    let Some(read) = section.sink.shelf().read(section.span_of("cell").start, name) else {
        let title = format!("no file beside which `{name}` could lie");
        let help = "a scenario in a file can name cell files; this text did not come from one";
        told(title, "relative to the scenario's file", help.to_owned());
        return None;
    };
    let text = read
        .map_err(|error| format!("cannot be read: {error}"))
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned()));
    match text {
        Err(why) => {
            let help = "the path is relative to the scenario's file".to_owned();
            told(format!("the cell file `{name}` {why}"), "named here", help);
            None
        }
        Ok(text) => Sheet::parse(&text)
            .map_err(|error| told(title(name, &error), "named here", error.to_string()))
            .ok(),
    }
}

fn title(name: &str, error: &SheetError) -> String {
    match error.problems.len() {
        1 => format!("the cell file `{name}` has a problem"),
        count => format!("the cell file `{name}` has {count} problems"),
    }
}
