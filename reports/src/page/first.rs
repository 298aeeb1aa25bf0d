//! What stands first on the page of a run: what was done, and what decides its verdict.

use super::view::finding;
use crate::verdict::{Amount, Finding, Grade, Limit, Verdict};
use crate::{Judged, show};
use serde_json::{Value, json};
use sim::trace::EventKind;

/// The most acts told on the first screen.
pub(super) const TRIED_MAX: usize = 6;

/// The most of them told of one moment.
const AT_ONCE_MAX: usize = 3;

/// The most findings told there.
const DECIDING_MAX: usize = 3;

/// What the outside did, in order: the timeline and the script, with their times. Acts at one time
/// are one line.
pub(super) fn tried(judged: &Judged<'_>) -> Vec<Value> {
    let acts = judged.trace.events.iter();
    let acts: Vec<_> =
        acts.filter_map(|event| Some((event.at, done(judged, &event.kind)?))).collect();
    let line = |acts: &[(sim::time::SimTime, String)]| {
        let told: Vec<_> = acts.iter().take(AT_ONCE_MAX).map(|(_, what)| what.as_str()).collect();
        let more = acts.len() - told.len();
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        json!({
            "at": show::units(&show::moment(acts[0].0)),
            "what": show::units(&told.join("; ")) + &more,
        })
    };
    acts.chunk_by(|a, b| a.0 == b.0).map(line).collect()
}

/// An act of the outside in words; none for any other event.
pub(super) fn done(judged: &Judged<'_>, kind: &EventKind) -> Option<String> {
    match kind {
        EventKind::Stimulus(index) => {
            let timeline = &judged.scenario.setup.timeline;
            timeline.get(*index).map(|timed| timed.action.to_string())
        }
        EventKind::Acted(action) => Some(action.to_string()),
        _ => None,
    }
}

/// The findings that decide: those that do not pass, the worst first; of a run that passes the one
/// with the least margin for what is allowed.
pub(super) fn deciding(findings: &[Finding]) -> Vec<Value> {
    let mut bad = not_passed(findings);
    bad.sort_by_key(|it| std::cmp::Reverse(it.verdict.grade()));
    if bad.is_empty() {
        let shown = |it| {
            let mut value = named(it, "Closest call");
            let margin = value["distance"].as_str().unwrap_or_default();
            value["distance"] = json!(format!("margin {margin}"));
            value
        };
        return closest(findings).map(shown).into_iter().collect();
    }
    let name = |it: &Finding| match it.verdict.grade() {
        Grade::Untested => "Not tested",
        _ => "Fails",
    };
    let shown = |it: &Finding| {
        let mut value = named(it, name(it));
        if value["distance"] == "–" {
            value["distance"] = json!("");
        }
        value
    };
    bad.into_iter().take(DECIDING_MAX).map(shown).collect()
}

/// How many findings that do not pass [`deciding`] leaves out.
pub(super) fn left_out(findings: &[Finding]) -> usize {
    not_passed(findings).len().saturating_sub(DECIDING_MAX)
}

fn not_passed(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|it| it.verdict.grade() != Grade::Pass).collect()
}

fn named(it: &Finding, name: &str) -> Value {
    let mut value = finding(it);
    value["name"] = json!(name);
    value
}

fn closest(findings: &[Finding]) -> Option<&Finding> {
    let measured = findings.iter().filter_map(|it| Some((it, margin_share(it)?)));
    measured.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(it, _)| it)
}

/// The margin as a share of the widest that there can be, in the middle of what is allowed.
fn margin_share(it: &Finding) -> Option<f64> {
    let Verdict::Pass { margin } = &it.verdict else { return None };
    let (margin, width) = match (margin, &it.limit) {
        (Amount::Time(span), Limit::Window { from, to, .. }) => {
            (span.as_secs_f64(), to.seconds_since(*from))
        }
        (Amount::Value(value, _), Limit::Band(low, high, _)) => (*value, high - low),
        _ => return None,
    };
    (width > 0.0 && width.is_finite()).then(|| margin / (0.5 * width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge;
    use crate::testbench::{at, lookup, ms, quiet, scenario, short_circuit};
    use crate::verdict::{Reading, Unit};
    use sim::setup::Action;
    use sim::time::SimTime;

    fn band(label: &str, value: f64, low: f64, high: f64) -> Finding {
        Finding {
            line: 1,
            label: label.into(),
            requirements: Vec::new(),
            measured: Reading::Value(value, Unit::Volt),
            limit: Limit::Band(low, high, Unit::Volt),
            budget: Vec::new(),
            verdict: crate::verdict::in_band(value, value, (low, high), Unit::Volt),
            note: String::new(),
        }
    }

    fn labels(findings: &[Finding]) -> Vec<(String, String)> {
        let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
        deciding(findings).iter().map(|it| (text(it, "name"), text(it, "label"))).collect()
    }

    #[test]
    fn of_a_run_that_passes_the_least_margin_for_its_width_is_told() {
        // 0.1 of 1.0 to the edge is closer than 0.01 of 0.04.
        let findings = [band("wide", 3.1, 3.0, 5.0), band("narrow", 3.01, 3.0, 3.04)];
        assert_eq!(labels(&findings), [("Closest call".into(), "wide".into())]);
        assert_eq!(deciding(&findings)[0]["distance"], "margin 0.1\u{a0}V");
        let open = [band("open", 3.1, 3.0, f64::INFINITY)];
        assert_eq!(labels(&open), [], "a limit on one side has no width");
    }

    #[test]
    fn of_a_run_that_fails_what_fails_is_told_and_the_rest_counted() {
        let bad = |label| band(label, 2.0, 3.0, 5.0);
        let mut findings =
            vec![band("good", 3.1, 3.0, 5.0), bad("a"), bad("b"), bad("c"), bad("d")];
        findings[1].verdict = Verdict::Untested { why: "never".into() };
        let told = labels(&findings);
        let wanted = [("Fails", "b"), ("Fails", "c"), ("Fails", "d")];
        assert_eq!(told, wanted.map(|(name, label)| (name.to_owned(), label.to_owned())));
        assert_eq!(left_out(&findings), 1);
        assert_eq!(left_out(&findings[..2]), 0);
    }

    #[test]
    fn what_was_done_is_told_with_its_time_and_acts_at_one_time_share_a_line() {
        let (mut wanted, mut trace) = (scenario("acts", SimTime::from_secs(9)), quiet());
        let (short, _) = short_circuit();
        wanted.setup.timeline = short.setup.timeline;
        trace.events = vec![
            at(ms(1_000), EventKind::Stimulus(0)),
            at(ms(1_000), EventKind::Acted(Box::new(Action::PressButton))),
            at(ms(2_000), EventKind::Acted(Box::new(Action::CtlLow(true)))),
        ];
        let judged = judge(&wanted, &trace, &lookup);
        let told = tried(&judged);
        let first = wanted.setup.timeline[0].action.to_string();
        assert_eq!(told[0]["at"], "1\u{a0}s");
        assert_eq!(told[0]["what"], show::units(&format!("{first}; press the button")));
        assert_eq!((told.len(), told[1]["what"].as_str()), (2, Some("CTL low")));
    }

    #[test]
    fn of_many_acts_at_one_time_the_first_three_are_told() {
        let (wanted, mut trace) = (scenario("acts", SimTime::from_secs(9)), quiet());
        let told_of = |count: usize, trace: &mut sim::trace::Trace| {
            let act = at(ms(1_000), EventKind::Acted(Box::new(Action::PressButton)));
            trace.events = vec![act; count];
            let told = tried(&judge(&wanted, trace, &lookup));
            told[0]["what"].as_str().unwrap_or_default().to_owned()
        };
        let three = "press the button; press the button; press the button";
        assert_eq!(told_of(3, &mut trace), three);
        assert_eq!(told_of(32, &mut trace), format!("{three}; and 29 more"));
    }
}
