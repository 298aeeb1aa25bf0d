//! The table as a terminal shows it.

use super::{Line, Tone, WIDTH, render};
use crate::suite::Suite;
use crate::testbench::{cold_charge, lookup, scenario, short_circuit};
use crate::verdict::Grade;
use crate::{Judged, judge};
use sim::trace::{EventKind, Outcome};

fn text(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn width(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[test]
fn one_run_shows_its_findings_and_its_trip() {
    let (wanted, trace) = short_circuit();
    insta::assert_snapshot!(text(&render(&[judge(&wanted, &trace, &lookup)])));
}

#[test]
fn a_suite_shows_a_line_per_run_and_what_is_wrong() {
    let (short, cold, mut broken) = (short_circuit(), cold_charge(), short_circuit());
    broken.0.id = "broken-and-aborted".into();
    broken.1.events.retain(|event| event.kind != EventKind::CurrentZero);
    let why = "cell 3 is not a number ".repeat(6);
    broken.1.outcome = Outcome::Aborted { at: sim::time::SimTime::from_millis(3_900), why };
    let runs: Vec<Judged<'_>> =
        [&short, &cold, &broken].iter().map(|it| judge(&it.0, &it.1, &lookup)).collect();
    insta::assert_snapshot!(text(&render(&runs)));
}

#[test]
fn nothing_is_wider_than_the_terminal_and_no_control_character_passes() {
    let (mut wanted, trace) = short_circuit();
    wanted.title = "long \u{1b}[31m".repeat(40);
    wanted.id = "i".repeat(200);
    wanted.expectations[0].label = "label ".repeat(50);
    wanted.expectations[0].requirements = vec!["PS-LONG-1".repeat(30)];
    let judged = judge(&wanted, &trace, &lookup);
    let two = [judged.clone(), judged.clone()];
    for shown in [text(&render(&[judged])), text(&render(&two))] {
        assert!(width(&shown) <= WIDTH, "{}", width(&shown));
        assert!(!shown.contains('\u{1b}'));
    }
}

#[test]
fn every_verdict_has_its_tone() {
    let (wanted, trace) = short_circuit();
    let lines = render(&[judge(&wanted, &trace, &lookup)]);
    let first = &lines[0].0[0];
    assert_eq!((first.text.trim(), first.tone), ("UNTESTED", Tone::Verdict(Grade::Untested)));
}

#[test]
fn a_few_that_wait_are_listed_and_many_are_counted() {
    let waiting = |count: usize| -> Vec<scenarios::Scenario> {
        let one = |number: usize| {
            let mut wanted = scenario(&format!("later-{number}"), sim::time::SimTime::from_secs(1));
            wanted.waiting = vec!["another chip".into()];
            wanted
        };
        (1..=count).map(one).collect()
    };
    let told = |scenarios: &[scenarios::Scenario]| {
        let suite = Suite { waiting: scenarios.iter().collect(), ..Suite::default() };
        super::report(&suite).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let few = told(&waiting(12));
    assert!(few[0].starts_with("WAITING   later-1"), "{few:?}");
    assert_eq!(few.last().map(String::as_str), Some("12 scenarios waiting, not counted"));
    let many = told(&waiting(13));
    assert_eq!(many, ["13 scenarios waiting, not counted; `packtwin check` says for what"]);
}
