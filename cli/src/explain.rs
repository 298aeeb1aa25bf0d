//! `packtwin explain`: what is behind a requirement, and how the scenarios that cite it fared.

mod results;
mod said;

use crate::args::{Explain, Global};
use crate::exit::Exit;
use crate::{check, input, output};
use reports::show;
use results::{Fared, Results};
use scenarios::expect::BudgetPart;
use scenarios::explain::{self, Citing, Found, Ruled, Timed};
use scenarios::requirements::Requirement;
use serde_json::{Value, json};
use sim::setup::Tolerance;
use sim::time::Span;
use std::fmt::Write;

/// Shows what is asked for.
pub(crate) fn explain(wanted: &Explain, global: &Global) -> Exit {
    match explain::find(&wanted.wanted) {
        Found::One(requirement) => one(requirement, wanted, global),
        Found::Several(found) => list(&found, global),
        Found::None(near) => {
            let word = &wanted.wanted;
            let help = near.map_or_else(
                || {
                    "IDs look like PS-OV-1 or PS200-OV-1, protections like OV, events like \"OV enters\"; \
                     `packtwin explain PS` lists all"
                        .to_owned()
                },
                |near| format!("did you mean `{near}`?"),
            );
            output::message(&format!(
                "error: no requirement, protection or event is called `{word}`\nhint: {help}"
            ));
            Exit::Invalid
        }
    }
}

fn show_text(text: &str) -> Exit {
    output::result(text).map_or_else(|error| output::lost(&error), |()| Exit::Passed)
}

fn list(found: &[&Requirement], global: &Global) -> Exit {
    if global.wants_json() {
        let rows: Vec<_> = found.iter().map(|it| row(it)).collect();
        let document = json!({ "schema": "packtwin.explain/1", "requirements": rows });
        return show_text(&format!("{document:#}"));
    }
    let mut text = String::new();
    for it in found {
        let _ = writeln!(text, "{:<14}{}", it.id, it.text);
        if !it.values.is_empty() {
            let _ = writeln!(text, "{:14}{}", "", it.values);
        }
    }
    let _ = write!(
        text,
        "\n{}; `packtwin explain ID` shows one",
        show::counted(found.len(), "requirement")
    );
    show_text(&text)
}

fn row(it: &Requirement) -> Value {
    json!({ "id": it.id, "text": it.text, "values": it.values, "source": it.source })
}

fn one(requirement: &Requirement, wanted: &Explain, global: &Global) -> Exit {
    let scenarios = match input::load(&wanted.inputs) {
        Ok(scenarios) => scenarios,
        Err(diagnostics) => return check::invalid(&diagnostics, global),
    };
    let rules = explain::ruled(&requirement.id);
    let citing = explain::citing(&scenarios, &requirement.id);
    let results = Results::read(&wanted.results);
    if global.wants_json() {
        let mut document = row(requirement);
        document["schema"] = json!("packtwin.explain/1");
        document["rules"] = rules.iter().map(rule_data).collect();
        document["facts"] = said::facts_data(&requirement.id);
        document["remarks"] = said::remarks_data(&requirement.id);
        document["covered"] = citing
            .iter()
            .map(|it| cited_data(it, results.of(&it.scenario, it.line, &it.label)))
            .collect();
        return show_text(&format!("{document:#}"));
    }
    let mut text = format!("{}  {}\n", requirement.id, requirement.text);
    if !requirement.values.is_empty() {
        let _ = writeln!(text, "  values    {}", requirement.values);
    }
    let _ = writeln!(text, "  source    {}", requirement.source);
    rules.iter().for_each(|rule| rule_text(&mut text, rule));
    let said = said::text(&requirement.id);
    text += &said;
    if rules.is_empty() && said.is_empty() {
        let _ = writeln!(text, "\nNo rule dates an event for it: expectations say when.");
    }
    cited_text(&mut text, &citing, &results);
    show_text(&text)
}

fn rule_text(text: &mut String, rule: &Ruled) {
    let _ = writeln!(text, "\n{} on {}", rule.events.join(", "), rule.product);
    if let Some(parameter) = &rule.switched_off {
        let _ = writeln!(text, "  not here: `{parameter}` is off");
        return;
    }
    let _ = writeln!(text, "  cause     {}", rule.cause);
    if let Some((key, value)) = &rule.delay {
        let _ = writeln!(text, "  delay     {key} = {value}");
    }
    rule.windows.iter().for_each(|window| window_text(text, rule, window));
}

fn window_text(text: &mut String, rule: &Ruled, window: &Timed) {
    let (at, tolerance) = (show::span(Span(window.at.0)), allowed(window.early, window.late));
    let _ = writeln!(text, "  {:<9} {at} {tolerance}", mode(window));
    let whose = whose(rule, window);
    if !whose.is_empty() {
        let _ = writeln!(text, "{:12}{whose}", "");
    }
    let own = |part: &&BudgetPart| !part.why.starts_with("cause: ");
    for part in window.budget.iter().filter(own) {
        let allowed = match (part.early, part.late) {
            (Span(0), Span(0)) => String::new(),
            (early, late) => format!("{}  ", allowed(early, late)),
        };
        let _ = writeln!(text, "{:12}{allowed}{}", "", part.why);
    }
}

/// Where a window counts; nothing if that is everywhere.
fn whose(rule: &Ruled, window: &Timed) -> String {
    let of = |world: &str, events: &[String]| match events.len() {
        0 => None,
        count if count == rule.events.len() => Some(world.to_owned()),
        _ => Some(format!("{world}: {}", events.join(", "))),
    };
    let all = [&window.forced, &window.closed_loop].iter().all(|it| it.len() == rule.events.len());
    let words = [of("forced values", &window.forced), of("closed loop", &window.closed_loop)];
    if all { String::new() } else { words.into_iter().flatten().collect::<Vec<_>>().join("; ") }
}

fn mode(window: &Timed) -> &'static str {
    match window.tolerance {
        Tolerance::Nominal => "nominal",
        Tolerance::Datasheet => "datasheet",
    }
}

fn allowed(early: Span, late: Span) -> String {
    if early == late {
        return format!("±{}", show::span(early));
    }
    format!("−{} +{}", show::span(early), show::span(late))
}

fn cited_text(text: &mut String, citing: &[Citing], results: &Results) {
    if citing.is_empty() {
        let _ = writeln!(text, "\nNo scenario here puts it to the test.");
        return;
    }
    let _ = writeln!(text, "\nPut to the test by");
    for it in citing {
        let fared = results.of(&it.scenario, it.line, &it.label);
        let _ = writeln!(text, "  {:<9} {}:{}  {}", word(it, fared), it.file, it.line, it.scenario);
        let measured = fared.map(|fared| format!("; {}", fared.measured)).unwrap_or_default();
        let _ = writeln!(text, "{:12}{}{measured}", "", it.label);
    }
    if results.is_empty() {
        let _ = writeln!(text, "\nNo report in {}: `packtwin run` makes one.", results.folder());
    }
}

fn word<'a>(it: &Citing, fared: Option<&'a Fared>) -> &'a str {
    match fared {
        Some(fared) => &fared.verdict,
        None if it.waiting.is_empty() => "not run",
        None => "waiting",
    }
}

fn rule_data(rule: &Ruled) -> Value {
    let windows = rule.windows.iter().map(|window| {
        json!({
            "tolerance": mode(window),
            "forced": window.forced,
            "closed_loop": window.closed_loop,
            "at_ns": window.at.0,
            "early_ns": window.early.0,
            "late_ns": window.late.0,
            "budget": window.budget.iter().map(|part| json!({
                "why": part.why, "early_ns": part.early.0, "late_ns": part.late.0,
            })).collect::<Vec<_>>(),
        })
    });
    json!({
        "product": rule.product,
        "events": rule.events,
        "cause": rule.cause,
        "delay": rule.delay.as_ref().map(|(key, value)| json!({"parameter": key, "value": value})),
        "switched_off": rule.switched_off,
        "windows": windows.collect::<Vec<_>>(),
    })
}

fn cited_data(it: &Citing, fared: Option<&Fared>) -> Value {
    json!({
        "scenario": it.scenario,
        "file": it.file,
        "line": it.line,
        "label": it.label,
        "waiting": it.waiting,
        "verdict": word(it, fared),
        "measured": fared.map(|fared| fared.measured.clone()),
    })
}
