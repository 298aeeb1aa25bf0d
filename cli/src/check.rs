//! `packtwin check`: every mistake, without running.

use crate::args::{Check, Global};
use crate::exit::Exit;
use crate::{input, output};
use scenarios::diagnostics::Colour;
use scenarios::{Diagnostics, Scenario};
use serde_json::json;

/// Checks the inputs and says what is wrong with them.
pub(crate) fn check(check: &Check, global: &Global) -> Exit {
    match input::load(&check.inputs) {
        Ok(scenarios) => {
            let ids: Vec<&str> = scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
            let (refused, others): (Vec<&Scenario>, Vec<&Scenario>) =
                scenarios.iter().partition(|it| !it.refused.is_empty());
            let waiting: Vec<&Scenario> = others.into_iter().filter(|it| !it.runs()).collect();
            let text = summary(ids.len(), &waiting, refused.len());
            let refuses = |it: &&Scenario| json!({ "scenario": it.id, "because": it.refused });
            let waits = |it: &&Scenario| json!({ "scenario": it.id, "because": it.waiting });
            let document = json!({
                "schema": "packtwin.check/1", "valid": true, "scenarios": ids, "problems": [],
                "waiting": waiting.iter().map(waits).collect::<Vec<_>>(),
                "refused": refused.iter().map(refuses).collect::<Vec<_>>(),
            });
            let shown = if global.wants_json() {
                output::result(&format!("{document:#}"))
            } else if global.quiet {
                Ok(())
            } else {
                output::result(&text)
            };
            shown.map_or_else(|error| output::lost(&error), |()| Exit::Passed)
        }
        Err(diagnostics) => invalid(&diagnostics, global),
    }
}

/// How many there are, which of them wait for what, and how many are there to be refused.
fn summary(count: usize, waiting: &[&Scenario], refused: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    let mut lines = vec![format!("{count} scenario{plural}, no mistakes")];
    lines.extend(waiting.iter().map(|scenario| input::waits(scenario)));
    if !waiting.is_empty() {
        lines.push(format!("{} cannot run yet", waiting.len()));
    }
    match refused {
        0 => {}
        1 => lines.push("1 case refused, as it should be".to_owned()),
        more => lines.push(format!("{more} cases refused, as they should be")),
    }
    lines.join("\n")
}

/// Shows what is wrong with the inputs.
pub(crate) fn invalid(diagnostics: &Diagnostics, global: &Global) -> Exit {
    let problems = diagnostics.items();
    if global.wants_json() {
        let document = json!({
            "schema": "packtwin.check/1", "valid": false, "scenarios": [], "problems": problems,
            "waiting": [], "refused": [],
        });
        if let Err(error) = output::result(&format!("{document:#}")) {
            return output::lost(&error);
        }
    }
    output::message(&diagnostics.render(Colour::On));
    let count = problems.len();
    output::message(&format!("\n{count} problem{} found", if count == 1 { "" } else { "s" }));
    Exit::Invalid
}
