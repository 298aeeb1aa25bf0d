//! Grades, the run as a whole, coverage, and the machine-readable result.

use super::Grade;
use crate::testbench::{at, lookup, ms, quiet, scenario, short_circuit};
use crate::{judge, result};
use scenarios::Scenario;
use sim::time::SimTime;
use sim::trace::{EventKind, Outcome, Trace};

/// The short circuit with every claimed requirement named.
fn proven() -> (Scenario, Trace) {
    let (mut wanted, trace) = short_circuit();
    wanted.covers = vec!["PS-SCP-1".into()];
    (wanted, trace)
}

fn grade((wanted, trace): &(Scenario, Trace)) -> Grade {
    judge(wanted, trace, &lookup).verdict
}

#[test]
fn the_worst_counts_and_untested_is_worse_than_pass() {
    assert!(Grade::Fail > Grade::Untested && Grade::Untested > Grade::Pass);
    let mut run = proven();
    assert_eq!(grade(&run), Grade::Pass);
    run.0.covers.push("PS-SCP-2".into());
    assert_eq!(grade(&run), Grade::Untested);
    run.1.events.retain(|event| event.kind != EventKind::CurrentZero);
    assert_eq!(grade(&run), Grade::Fail);
}

#[test]
fn an_aborted_run_fails_whatever_it_showed() {
    let mut run = proven();
    run.1.outcome = Outcome::Aborted { at: ms(4_000), why: "too many events".into() };
    let judged = judge(&run.0, &run.1, &lookup);
    assert_eq!(judged.verdict, Grade::Fail);
    assert_eq!(judged.findings.last().map(|it| it.note.as_str()), Some("too many events"));
}

#[test]
fn a_broken_invariant_fails_the_run() {
    let mut run = proven();
    run.1.events.push(at(ms(3_000), EventKind::Broken("both gates on in SC".into())));
    let judged = judge(&run.0, &run.1, &lookup);
    assert_eq!(judged.verdict, Grade::Fail);
    assert_eq!(judged.findings.last().map(|it| it.note.as_str()), Some("both gates on in SC"));
}

#[test]
fn a_run_that_nobody_expects_anything_of_is_untested() {
    assert_eq!(grade(&(scenario("empty", SimTime::from_secs(1)), quiet())), Grade::Untested);
}

#[test]
fn a_requirement_takes_the_worst_of_what_put_it_to_the_test() {
    let (wanted, mut trace) = short_circuit();
    let of = |trace: &Trace| {
        let judged = judge(&wanted, trace, &lookup);
        judged.coverage.iter().map(|it| (it.id.clone(), it.verdict)).collect::<Vec<_>>()
    };
    let named = |id: &str, grade| (id.to_owned(), grade);
    let (one, two, uv) = ("PS-SCP-1", "PS-SCP-2", "PS-UV-1");
    let all = [named(one, Grade::Pass), named(two, Grade::Untested), named(uv, Grade::Pass)];
    assert_eq!(of(&trace), all);
    trace.events.retain(|event| event.kind != EventKind::CurrentZero);
    assert_eq!(of(&trace)[0], named(one, Grade::Fail));
    assert_eq!(of(&quiet())[0], named(one, Grade::Untested), "nothing put it to the test");
}

#[test]
fn a_known_requirement_brings_its_text_and_an_unknown_one_none() {
    let (wanted, trace) = short_circuit();
    let judged = judge(&wanted, &trace, &lookup);
    assert_eq!(judged.coverage[0].requirement.source, "51.2V150A V6.0 L41-44");
    assert_eq!(judged.coverage[1].requirement.text, "");
}

#[test]
fn a_result_for_machines_names_its_units() {
    let (wanted, trace) = short_circuit();
    let mut result = result::run(&judge(&wanted, &trace, &lookup));
    result["reproduce"]["version"] = "any".into();
    result["reproduce"]["commit"] = "any".into();
    // It changes with every field that a set-up gains.
    result["reproduce"]["inputs_blake3"] = "any".into();
    let command = result["reproduce"]["command"].as_str().unwrap_or_default();
    let command = command.replace(crate::provenance::VERSION, "any");
    result["reproduce"]["command"] = command.into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&result).unwrap());
}
