//! What the templates are given: names and numbers, already in words.

use super::{Summed, first, matrix, summed};
use crate::chain::Waterfall;
use crate::coverage::Covered;
use crate::plots::Chart;
use crate::provenance;
use crate::result::{level, tolerance};
use crate::verdict::{Amount, Finding, Grade, Limit, Verdict};
use crate::{Held, Judged, Remark, Rows, invariants, plots, show};
use scenarios::Scenario;
use scenarios::expect::BudgetPart;
use serde_json::{Value, json};
use sim::time::{SimTime, Span};
use sim::trace::{AlarmRecord, Event, Ledger, Outcome};

/// The most events listed on a page; the rest stands in `events.csv`.
const EVENTS_MAX: usize = 400;

/// A run.
pub(super) fn run(judged: &Judged<'_>) -> Value {
    let (scenario, trace) = (judged.scenario, judged.trace);
    let charts = plots::charts(judged);
    let listed = &trace.events[..trace.events.len().min(EVENTS_MAX)];
    json!({
        "id": scenario.id,
        "title": show::units(&scenario.title),
        "verdict": judged.verdict.word(),
        "about": paragraphs(&show::units(&scenario.about)),
        "tried": first::tried(judged).iter().take(first::TRIED_MAX).collect::<Vec<_>>(),
        "tried_more": first::tried(judged).len().saturating_sub(first::TRIED_MAX),
        "deciding": first::deciding(&judged.findings),
        "deciding_more": first::left_out(&judged.findings),
        "shows_leds": judged.findings.iter().any(|it| matches!(it.limit, Limit::Leds(_))),
        "thinned": judged.rows == Rows::Thinned,
        "facts": facts(judged),
        "findings": judged.findings.iter().map(finding).collect::<Vec<_>>(),
        "requirements": judged.coverage.iter().map(requirement).collect::<Vec<_>>(),
        "waterfalls": judged.waterfalls.iter().map(waterfall).collect::<Vec<_>>(),
        "invariants": judged.invariants.iter().map(invariant).collect::<Vec<_>>(),
        "remarks": judged.remarks.iter().map(remark).collect::<Vec<_>>(),
        "held": invariants::summary(&judged.invariants),
        "drawn": scenario.drawn.iter().map(|(place, text)| fact(place, text.as_str())).collect::<Vec<_>>(),
        "unchanged": unchanged(judged),
        "charts": figures(&charts),
        "chart_data": chart_data(&charts),
        "assets": "../assets",
        "alarms": trace.alarms.iter().map(alarm).collect::<Vec<_>>(),
        "ledger": ledger(&trace.ledger),
        "events": listed.iter().map(|it| event(judged, it)).collect::<Vec<_>>(),
        "event_count": show::counted(trace.events.len(), "event"),
        "events_left_out": trace.events.len() - listed.len(),
        "text": scenario.text,
        "reproduce": reproduce(judged),
        "has_bursts": trace.bursts.iter().any(|burst| !burst.is_empty()),
    })
}

/// The charts in their order; those that can be zoomed with their place in the data.
fn figures(charts: &[Chart]) -> Vec<Value> {
    let mut next = 0..;
    let figure = |chart: &Chart| {
        let index = chart.data.as_ref().and_then(|_| next.next());
        json!({"title": chart.title, "svg": chart.svg, "index": index})
    };
    charts.iter().map(figure).collect()
}

/// The data of the charts that can be zoomed, as a script element may hold it: no text in it can
/// end the element.
fn chart_data(charts: &[Chart]) -> String {
    let data: Vec<_> = charts.iter().filter_map(|chart| chart.data.as_ref()).collect();
    json!(data).to_string().replace('<', "\\u003c")
}

fn paragraphs(text: &str) -> Vec<String> {
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(Into::into).collect()
}

fn fact(name: &str, value: impl Into<String>) -> Value {
    json!({"name": name, "value": value.into(), "class": ""})
}

fn facts(judged: &Judged<'_>) -> Vec<Value> {
    let scenario = judged.scenario;
    let mut facts = vec![fact("Product", scenario.product.as_str())];
    if !scenario.spec.is_empty() {
        facts.push(fact("Stands for", scenario.spec.join(", ")));
    }
    facts.extend(scenario.axes.iter().map(|(axis, value)| fact(axis, value.as_str())));
    facts.push(fact("Expectations", counts(&judged.findings)));
    facts.push(fact("Simulated time", long(reach(judged))));
    facts.push(match &judged.trace.outcome {
        Outcome::Completed => fact("Run", "completed"),
        Outcome::Refused => fact("Run", "not begun: the gate refuses it"),
        Outcome::Ended { at } => {
            fact("Run", format!("ended by its script at {}", show::moment(*at)))
        }
        Outcome::Failed { at, .. } => fact("Run", format!("failed at {}", show::moment(*at))),
        Outcome::Aborted { at, .. } => fact("Run", format!("aborted at {}", show::moment(*at))),
    });
    facts
}

/// Up to when a run went.
fn reach(run: &Judged<'_>) -> SimTime {
    match run.trace.outcome {
        Outcome::Completed | Outcome::Refused => run.scenario.setup.duration,
        Outcome::Ended { at } | Outcome::Failed { at, .. } | Outcome::Aborted { at, .. } => at,
    }
}

/// A long time with its hours or minutes.
fn long(at: SimTime) -> String {
    let seconds = at.0 / 1_000_000_000;
    match seconds {
        0..120 => show::moment(at),
        120..7_200 => format!("{} min {} s", seconds / 60, seconds % 60),
        7_200..172_800 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

fn tally(findings: &[Finding]) -> [(Grade, usize); 3] {
    let of = |grade| findings.iter().filter(|it| it.verdict.grade() == grade).count();
    [Grade::Pass, Grade::Untested, Grade::Fail].map(|grade| (grade, of(grade)))
}

/// Such as `7 pass, 1 fail`.
fn counts(findings: &[Finding]) -> String {
    let parts = tally(findings).into_iter().filter(|(_, count)| *count > 0);
    let parts: Vec<_> = parts.map(|(grade, count)| format!("{count} {}", grade.word())).collect();
    if parts.is_empty() { "none".into() } else { parts.join(", ") }
}

pub(super) fn finding(it: &Finding) -> Value {
    let (distance, why) = match &it.verdict {
        Verdict::Pass { margin } => (margin.show(), ""),
        Verdict::Untested { why } => ("–".into(), why.as_str()),
        Verdict::Fail { excess } => (beyond(*excess), ""),
    };
    json!({
        "verdict": it.verdict.grade().word(),
        "label": show::units(&it.label),
        "requirements": it.requirements,
        "measured": show::units(&it.measured.show()),
        "limit": show::units(&it.limit.show()),
        "budget": it.budget.iter().map(part).collect::<Vec<_>>(),
        "distance": show::units(&distance),
        "note": if why.is_empty() { &it.note } else { why },
    })
}

fn beyond(excess: Amount) -> String {
    if excess == Amount::Whole { "–".into() } else { format!("beyond by {}", excess.show()) }
}

fn part(part: &BudgetPart) -> String {
    let (early, late) = (show::span(part.early), show::span(part.late));
    let said = match (part.early, part.late) {
        (Span(0), _) => format!("+{late}: {}", part.why),
        (_, Span(0)) => format!("−{early}: {}", part.why),
        (a, b) if a == b => format!("±{late}: {}", part.why),
        _ => format!("−{early} +{late}: {}", part.why),
    };
    show::units(&said)
}

fn requirement(it: &Covered) -> Value {
    json!({
        "id": it.id,
        "verdict": it.verdict.word(),
        "mark": it.verdict.mark(),
        "text": it.requirement.text,
        "values": it.requirement.values,
        "source": it.requirement.source,
        "proofs": it.findings.len(),
    })
}

fn waterfall(it: &Waterfall) -> Value {
    let total = it.total().0.max(1);
    let steps = it.steps.iter().zip(it.column()).map(|(step, at)| {
        let start = step.since_first.0 - step.since_previous.0;
        json!({
            "name": step.stage.name(),
            "at": at,
            "since_previous": show::span(step.since_previous),
            "since_first": show::span(step.since_first),
            "left": share(start, total).min(98.5),
            "width": share(step.since_previous.0, total),
        })
    });
    json!({
        "name": show::reason_name(it.reason),
        "at": show::moment(it.entered),
        "total": show::span(it.total()),
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn invariant(it: &Held) -> Value {
    json!({
        "id": it.rule.id(),
        "text": it.rule.text(),
        "verdict": if it.broken.is_none() { "pass" } else { "fail" },
        "broken": it.broken.as_ref().map(|(at, why)| format!("{}: {why}", show::moment(*at))),
    })
}

fn remark(it: &Remark) -> Value {
    json!({
        "requirement": it.requirement,
        "says": show::units(&it.says),
        "since": show::moment(it.since),
        "found": show::units(&it.found),
    })
}

/// A part of a whole in per cent, to a tenth.
fn share(part: u64, whole: u64) -> f64 {
    let tenths = u128::from(part) * 1_000 / u128::from(whole.max(1));
    f64::from(u32::try_from(tenths).unwrap_or(1_000)) / 10.0
}

fn alarm(it: &AlarmRecord) -> Value {
    json!({
        "name": show::reason_name(it.reason),
        "edge": if it.entered { "enters" } else { "exits" },
        "at": show::moment(SimTime(it.at_us.saturating_mul(1_000))),
        "soc": format!("{:.2} %", f64::from(it.soc.0) * 0.01),
    })
}

/// The book; empty where nothing was moved, as in a run without a plant.
fn ledger(book: &Ledger) -> Vec<Value> {
    if *book == Ledger::default() {
        return Vec::new();
    }
    let entries = [
        ("out of the cells' chemistry", book.chemical_j),
        ("stored in polarisation", book.polarisation_j),
        ("heat in the cells", book.cell_heat_j),
        ("heat in copper, shunt, MOSFETs, resistors", book.path_heat_j),
        ("heat of balancing", book.balance_heat_j),
        ("consumed by the board", book.board_j),
        ("taken by the heater", book.heater_j),
        ("delivered at the port", book.port_j),
        ("missing", book.closure_j()),
    ];
    entries.map(|(name, joule)| fact(name, plots::number(joule, 3))).into()
}

/// What is said instead of drawn.
fn unchanged(judged: &Judged<'_>) -> Vec<Value> {
    plots::unchanged(judged).into_iter().map(|(name, value)| fact(name, value)).collect()
}

fn event(judged: &Judged<'_>, it: &Event) -> Value {
    let (name, detail) = show::event(&it.kind);
    let detail = first::done(judged, &it.kind).unwrap_or(detail);
    json!({"at": show::moment(it.at), "name": name, "detail": show::units(&detail)})
}

fn reproduce(judged: &Judged<'_>) -> Vec<Value> {
    let (setup, stats) = (&judged.scenario.setup, &judged.trace.stats);
    let code = |name: &str, value: &str| json!({"name": name, "value": value, "class": "mono"});
    vec![
        fact("Version", provenance::version()),
        code("File", &judged.scenario.file),
        code("File digest", &provenance::file_digest(judged.scenario)),
        fact("Seed", setup.seed.to_string()),
        fact("Front end", level(setup.front_end)),
        fact("Hardware", tolerance(setup.tolerance)),
        fact("Events handled", stats.events.to_string()),
        fact("Firmware steps", stats.steps.to_string()),
        fact("Bus bytes", stats.bus_bytes.to_string()),
        fact("EEPROM writes", stats.eeprom_writes.to_string()),
        code("Trace digest", &judged.trace.digest),
        code("Command", &provenance::command(judged.scenario, &judged.trace.digest)),
    ]
}

/// A suite.
pub(super) fn index(
    runs: &[Judged<'_>],
    folders: &[String],
    not_run: &[&str],
    waiting: &[&Scenario],
) -> Value {
    let left_out = not_run.first().map(|_| Grade::Untested);
    let worst = runs.iter().map(|run| run.verdict).chain(left_out).max();
    let worst = worst.unwrap_or(Grade::Untested);
    let requirements = summed(runs);
    let of = |grade| runs.iter().filter(|run| run.verdict == grade).count().to_string();
    let proven = requirements.iter().filter(|it| it.exercised == Some(Grade::Pass)).count();
    json!({
        "verdict": worst.word(),
        "assets": "assets",
        "not_run": not_run,
        "waiting": waiting.iter().map(|it| json!({
            "id": it.id,
            "title": it.title,
            "product": it.product,
            "spec": it.spec.join(", "),
            "why": it.waiting.join("; "),
            "find": format!("{} {} {} waiting", it.id, it.title, it.product),
        })).collect::<Vec<_>>(),
        "headline": match runs {
            [one] => one.scenario.title.clone(),
            several => show::counted(several.len(), "run"),
        },
        "facts": [
            fact("Pass", of(Grade::Pass)),
            fact("Untested", of(Grade::Untested)),
            fact("Fail", of(Grade::Fail)),
            fact("Expectations that pass", expectations(runs)),
            fact("Requirements that pass", format!("{proven} of {}", requirements.len())),
            fact("Trips", runs.iter().map(|run| run.waterfalls.len()).sum::<usize>().to_string()),
            fact("Simulated time", long(simulated(runs))),
        ],
        "troubles": troubles(runs, folders),
        "columns": matrix::columns(runs),
        "matrix": matrix::rows(runs, folders, &requirements),
        "runs": runs.iter().zip(folders).map(|(run, folder)| row(run, folder)).collect::<Vec<_>>(),
        "requirements": requirements.iter().map(|it| json!({
            "id": it.id,
            "verdict": it.exercised.unwrap_or(Grade::Untested).word(),
            "text": it.requirement.text,
            "values": it.requirement.values,
            "find": find_requirement(runs, it),
            "runs": it.runs.iter().map(|&index| json!({
                "id": runs[index].scenario.id, "folder": folders[index],
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

/// The words by which a requirement is found.
pub(super) fn find_requirement(runs: &[Judged<'_>], it: &Summed<'_>) -> String {
    let verdict = it.exercised.unwrap_or(Grade::Untested).word();
    let runs = it.runs.iter().map(|&index| runs[index].scenario.id.as_str());
    let words = [it.id, verdict, it.requirement.text.as_str()];
    words.into_iter().chain(runs).collect::<Vec<_>>().join(" ")
}

/// The words by which a run is found.
fn find_run(run: &Judged<'_>) -> String {
    let scenario = run.scenario;
    let words = [&scenario.id, &scenario.title, &scenario.product].into_iter().map(String::as_str);
    let more = scenario.spec.iter().chain(&scenario.covers).map(String::as_str);
    words.chain(more).chain([run.verdict.word()]).collect::<Vec<_>>().join(" ")
}

/// Such as `310 of 325`.
fn expectations(runs: &[Judged<'_>]) -> String {
    let all: usize = runs.iter().map(|run| run.findings.len()).sum();
    let pass: usize = runs.iter().map(|run| tally(&run.findings)[0].1).sum();
    format!("{pass} of {all}")
}

fn simulated(runs: &[Judged<'_>]) -> SimTime {
    let nanos = runs.iter().map(|run| reach(run).0);
    SimTime(nanos.fold(0, u64::saturating_add))
}

/// Every finding that does not pass, and where it stands.
fn troubles(runs: &[Judged<'_>], folders: &[String]) -> Vec<Value> {
    let mut found = Vec::new();
    for (run, folder) in runs.iter().zip(folders) {
        let bad = run.findings.iter().filter(|it| it.verdict.grade() != Grade::Pass);
        found.extend(bad.map(|it| {
            let mut shown = finding(it);
            shown["run"] = json!(run.scenario.id);
            shown["folder"] = json!(folder);
            shown
        }));
    }
    found
}

fn row(run: &Judged<'_>, folder: &str) -> Value {
    let total = u64::try_from(run.findings.len()).unwrap_or(u64::MAX);
    let parts = tally(&run.findings).map(|(grade, count)| {
        let class = match grade {
            Grade::Pass => "p",
            Grade::Untested => "u",
            Grade::Fail => "f",
        };
        json!({"class": class, "width": share(u64::try_from(count).unwrap_or(0), total)})
    });
    json!({
        "id": run.scenario.id,
        "folder": folder,
        "find": find_run(run),
        "title": show::units(&run.scenario.title),
        "product": run.scenario.product,
        "simulated": long(reach(run)),
        "spec": run.scenario.spec.join(", "),
        "verdict": run.verdict.word(),
        "counts": counts(&run.findings),
        "parts": parts,
    })
}
