//! The document held against another parser's view of it.

use super::document;
use crate::testbench::{cold_charge, lookup, quiet, scenario, short_circuit};
use crate::{Grade, Judged, Suite, judge};
use roxmltree::{Document, Node};
use sim::time::SimTime;
use sim::trace::Trace;
use std::collections::BTreeSet;

fn number(node: Node<'_, '_>, name: &str) -> usize {
    node.attribute(name).and_then(|text| text.parse().ok()).expect("a count")
}

fn children<'a>(node: Node<'a, 'a>, name: &'a str) -> Vec<Node<'a, 'a>> {
    node.children().filter(|child| child.has_tag_name(name)).collect()
}

fn has(cases: &[Node<'_, '_>], name: &str) -> usize {
    cases.iter().filter(|case| case.children().any(|child| child.has_tag_name(name))).count()
}

/// Checks what every JUnit document must keep; gives back how many cases it has.
fn sound(text: &str) -> usize {
    let document = Document::parse(text).expect("it is well-formed");
    let root = document.root_element();
    assert!(root.has_tag_name("testsuites"));
    let mut sums = [0; 4];
    for suite in children(root, "testsuite") {
        let cases = children(suite, "testcase");
        let counted =
            [cases.len(), has(&cases, "failure"), has(&cases, "error"), has(&cases, "skipped")];
        for ((sum, count), name) in
            sums.iter_mut().zip(counted).zip(["tests", "failures", "errors", "skipped"])
        {
            assert_eq!(number(suite, name), count, "{name}");
            *sum += count;
        }
        let name = |case: &Node<'_, '_>| {
            let part = |name| case.attribute(name).expect("it has one").to_owned();
            (part("classname"), part("name"))
        };
        let names: BTreeSet<_> = cases.iter().map(name).collect();
        assert_eq!(names.len(), cases.len(), "names are unique");
    }
    let told = ["tests", "failures", "errors"].map(|name| number(root, name));
    assert_eq!(told, [sums[0], sums[1], sums[2]]);
    sums[0]
}

fn late() -> (scenarios::Scenario, Trace) {
    let (mut wanted, trace) = short_circuit();
    if let scenarios::Check::Event { window, .. } = &mut wanted.expectations[0].check {
        window.at = SimTime::from_secs(3);
    }
    wanted.id = "late".into();
    (wanted, trace)
}

#[test]
fn counts_agree_names_are_unique_and_every_finding_that_is_bad_fails() {
    let (short, cold, late) = (short_circuit(), cold_charge(), late());
    let (lost, left) = (scenario("lost", SimTime::from_secs(1)), scenario("left", SimTime::ZERO));
    let aborted = Trace::aborted(SimTime::ZERO, "too many events".into());
    let runs = vec![
        judge(&short.0, &short.1, &lookup),
        judge(&cold.0, &cold.1, &lookup),
        judge(&late.0, &late.1, &lookup),
        judge(&lost, &aborted, &lookup),
    ];
    let bad = |run: &Judged<'_>| {
        let findings = run.findings.iter().map(|it| it.verdict.grade());
        let coverage = run.coverage.iter().map(|it| it.verdict);
        let untested = coverage.filter(|grade| *grade == Grade::Untested);
        findings.filter(|grade| *grade != Grade::Pass).count() + untested.count()
    };
    let wanted: usize = runs.iter().map(bad).sum();
    assert!(wanted >= 2);
    let mut suite = Suite::of(runs);
    suite.not_run = vec![&left];
    let mut waits = scenario("waits", SimTime::from_secs(1));
    waits.waiting = vec!["a product that is not served yet".into()];
    suite.waiting = vec![&waits];
    let text = document(&suite).unwrap();
    sound(&text);
    assert!(text.contains("waits for a product that is not served yet"), "{text}");
    let parsed = Document::parse(&text).unwrap();
    let found = |name: &str| parsed.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!(found("failure") + found("error"), wanted);
    assert_eq!((found("error"), found("skipped")), (1, 2));
}

#[test]
fn a_failure_tells_its_requirement_its_place_and_how_to_run_it_again() {
    let (mut wanted, trace) = late();
    wanted.setup.seed = 42;
    let text = document(&Suite::of(vec![judge(&wanted, &trace, &lookup)])).unwrap();
    let parsed = Document::parse(&text).unwrap();
    let case = parsed.descendants().find(|node| {
        node.has_tag_name("testcase") && node.children().any(|it| it.has_tag_name("failure"))
    });
    let case = case.expect("it fails");
    let property = |name: &str| {
        let found = case.descendants().find(|it| it.attribute("name") == Some(name));
        found.and_then(|it| it.attribute("value")).unwrap_or_default().to_owned()
    };
    assert!(property("requirements").contains("PS-SCP-1"));
    let margin = property("margin");
    assert!(margin.starts_with('-') && !margin.contains("beyond"), "{margin}");
    let passed = parsed.descendants().filter(|it| it.attribute("name") == Some("margin"));
    let passed = passed.filter_map(|it| it.attribute("value"));
    assert!(passed.clone().count() > 1);
    assert!(passed.clone().all(|it| !it.contains("margin")), "{:?}", passed.collect::<Vec<_>>());
    assert_eq!(property("file"), "suite/ps150-sc-hard-fault.toml:12");
    assert_eq!(property("seed"), "42");
    let failure = children(case, "failure").remove(0);
    assert!(failure.attribute("message").unwrap().contains("measured 1.000192 s"));
    assert!(failure.text().unwrap().contains("packtwin replay 'late@"));
}

#[test]
fn a_scenario_that_expects_nothing_is_no_success() {
    let (wanted, trace) = (scenario("idle", SimTime::from_secs(1)), quiet());
    let text = document(&Suite::of(vec![judge(&wanted, &trace, &lookup)])).unwrap();
    assert_eq!(sound(&text), 1);
    assert!(text.contains("failures=\"1\""), "{text}");
}

#[test]
fn malice_in_any_text_stays_text() {
    let malice = "<x a=\"1\">&amp; ]]> \u{1b}[31m \u{0}";
    let (mut wanted, trace) = late();
    for text in [&mut wanted.id, &mut wanted.title, &mut wanted.file, &mut wanted.product] {
        *text = malice.into();
    }
    wanted.expectations.iter_mut().for_each(|it| it.label = malice.into());
    let count = sound(&document(&Suite::of(vec![judge(&wanted, &trace, &lookup)])).unwrap());
    assert!(count >= wanted.expectations.len());
}
