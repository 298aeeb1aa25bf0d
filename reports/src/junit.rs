//! The result of a suite as JUnit XML, which CI systems show.
//!
//! A test suite is a scenario file, a test case is one finding of one run, its class is the run. What
//! is untested fails like a failure does; what waits or was not run is skipped. No times: virtual
//! time is no cost, and equal input gives equal bytes.

use crate::trouble::{command, facts, place, untested_label};
use crate::verdict::{Amount, Finding, Grade, Verdict};
use crate::{Judged, Suite};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};
use scenarios::Scenario;
use sim::trace::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// The document.
///
/// # Errors
/// The XML cannot be made: a fault of the program.
pub fn document(suite: &Suite<'_>) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("packtwin");
    let mut suites = Suites::default();
    for run in &suite.runs {
        suites.add(&run.scenario.file, cases(run));
    }
    for scenario in &suite.not_run {
        suites
            .add(&scenario.file, vec![skipped(scenario, "not run: the suite was stopped before")]);
    }
    for scenario in &suite.waiting {
        suites.add(&scenario.file, vec![skipped(scenario, &Suite::why_waiting(scenario))]);
    }
    report.add_test_suites(suites.finished());
    report.to_string()
}

/// Test cases by file, in the order in which the files come.
#[derive(Default)]
struct Suites {
    order: Vec<String>,
    cases: BTreeMap<String, Vec<TestCase>>,
}

impl Suites {
    fn add(&mut self, file: &str, cases: Vec<TestCase>) {
        if !self.cases.contains_key(file) {
            self.order.push(file.into());
        }
        self.cases.entry(file.into()).or_default().extend(cases);
    }

    fn finished(mut self) -> Vec<TestSuite> {
        let suite = |file: &String| {
            let mut suite = TestSuite::new(file.as_str());
            suite.add_test_cases(distinct(self.cases.remove(file).unwrap_or_default()));
            suite
        };
        self.order.iter().map(suite).collect()
    }
}

/// Numbers the cases of a class that bear one name, from the second on.
fn distinct(mut cases: Vec<TestCase>) -> Vec<TestCase> {
    let mut taken = BTreeSet::new();
    for case in &mut cases {
        let class = case.classname.as_ref().map(|class| class.as_str().to_owned());
        let plain = case.name.as_str().to_owned();
        let numbered = (2..).map(|number| format!("{plain} ({number})"));
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        let free = names.find(|name| taken.insert((class.clone(), name.clone())));
        case.name = free.expect("numbers do not run out").into();
    }
    cases
}

fn cases(run: &Judged<'_>) -> Vec<TestCase> {
    let mut cases: Vec<_> = run.findings.iter().map(|it| finding(run, it)).collect();
    let silent = run.coverage.iter().filter(|it| it.verdict == Grade::Untested);
    cases.extend(silent.map(|it| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("untested").set_message("no expectation of the run exercised it");
        status.set_description(format!("Reproduce: {}", command(run)));
        let properties = [("requirements", it.id.clone()), ("file", run.scenario.file.clone())];
        case(run.scenario, &untested_label(&it.id), status, properties)
    }));
    if cases.is_empty() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("untested").set_message("the scenario expects nothing");
        cases.push(case(run.scenario, "expects something", status, []));
    }
    cases
}

fn finding(run: &Judged<'_>, it: &Finding) -> TestCase {
    let place = place(&run.scenario.file, it.line);
    let status = status(run, it, &place);
    let properties = [
        ("requirements", it.requirements.join(" ")),
        ("margin", margin(&it.verdict)),
        ("file", place),
        ("product", run.scenario.product.clone()),
        ("seed", run.scenario.setup.seed.to_string()),
        ("digest", run.trace.digest.clone()),
    ];
    case(run.scenario, &it.label, status, properties)
}

/// How far inside its limit it is, below zero beyond it; empty where there is no distance.
fn margin(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Pass { margin: Amount::Whole }
        | Verdict::Fail { excess: Amount::Whole }
        | Verdict::Untested { .. } => String::new(),
        Verdict::Pass { margin } => margin.show(),
        Verdict::Fail { excess } => format!("-{}", excess.show()),
    }
}

fn status(run: &Judged<'_>, it: &Finding, place: &str) -> TestCaseStatus {
    let grade = it.verdict.grade();
    if grade == Grade::Pass {
        return TestCaseStatus::success();
    }
    // A run that could not go on is an error, not an answer.
    let aborted = it.line == 0 && matches!(run.trace.outcome, Outcome::Aborted { .. });
    let kind = if aborted { NonSuccessKind::Error } else { NonSuccessKind::Failure };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(if aborted { "aborted" } else { grade.word() }).set_message(facts(it));
    let ids = it.requirements.join(" ");
    status.set_description(format!("{place}\n{ids}\n{}\nReproduce: {}", facts(it), command(run)));
    status
}

fn skipped(scenario: &Scenario, why: &str) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    case(scenario, &scenario.title, status, [("requirements", scenario.covers.join(" "))])
}

fn case<const N: usize>(
    scenario: &Scenario,
    name: &str,
    status: TestCaseStatus,
    properties: [(&str, String); N],
) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(scenario.id.as_str());
    let told = properties.into_iter().filter(|(_, value)| !value.is_empty());
    case.add_properties(told.map(|(name, value)| Property::new(name, value)));
    case
}

#[cfg(test)]
#[path = "junit_tests.rs"]
mod tests;
