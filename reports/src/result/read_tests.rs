//! What was written is read back as it was, or not at all.

use super::kept;
use crate::result::run;
use crate::suite::Kept;
use crate::testbench::{cold_charge, lookup, quiet, scenario, short_circuit};
use crate::verdict::{Amount, Limit, Reading, Unit, Verdict};
use crate::{Finding, judge};
use scenarios::Scenario;
use sim::time::{SimTime, Span};
use sim::trace::{Outcome, Trace};

/// Through text, as through a file.
fn read(judged: &crate::Judged<'_>, scenario: &Scenario) -> Option<Kept> {
    crate::files::read_run(&run(judged).to_string(), scenario)
}

#[test]
fn a_run_is_read_back_as_it_was_kept() {
    for (wanted, trace) in [short_circuit(), cold_charge()] {
        let judged = judge(&wanted, &trace, &lookup);
        let back = read(&judged, &wanted).expect("it can be read back");
        let kept = Kept::of(judged);
        assert!(!kept.findings.is_empty() && !kept.waterfalls.is_empty());
        assert_eq!(back.verdict, kept.verdict);
        assert_eq!(back.findings, kept.findings);
        assert_eq!(back.coverage, kept.coverage);
        assert_eq!(back.waterfalls, kept.waterfalls);
        assert_eq!(back.trace.digest, kept.trace.digest);
        assert_eq!(format!("{:?}", back.trace), format!("{:?}", kept.trace));
    }
}

fn finding(measured: Reading, limit: Limit, verdict: Verdict) -> Finding {
    Finding {
        requirements: vec!["PS-SCP-1".into()],
        line: 3,
        label: "label".into(),
        measured,
        limit,
        budget: Vec::new(),
        verdict,
        note: String::new(),
    }
}

#[test]
fn every_kind_of_finding_is_read_back_and_what_is_no_number_is_not() {
    let tenth = 0.1 + 0.2;
    let pass = |margin| Verdict::Pass { margin };
    let fail = |excess| Verdict::Fail { excess };
    let (at, to) = (SimTime(5), SimTime(9));
    let volts = Amount::Value(tenth, Unit::Volt);
    let all = [
        finding(Reading::At(at), Limit::Window { from: at, at, to }, pass(Amount::Time(Span(4)))),
        finding(Reading::Count(2), Limit::Exactly(1), fail(Amount::Count(1))),
        finding(Reading::Count(0), Limit::Never(at, to), pass(Amount::Whole)),
        finding(Reading::Value(tenth, Unit::Share), Limit::Open, fail(Amount::Whole)),
        finding(
            Reading::Range(-tenth, tenth, Unit::Ampere),
            Limit::Band(f64::NEG_INFINITY, tenth, Unit::Ampere),
            pass(Amount::Value(tenth, Unit::Ampere)),
        ),
        finding(
            Reading::Value(tenth, Unit::Celsius),
            Limit::Band(0.0, f64::INFINITY, Unit::Celsius),
            pass(volts),
        ),
        finding(Reading::Value(tenth, Unit::Coulomb), Limit::Run, pass(volts)),
        finding(Reading::Leds("##*o#*".into()), Limit::Leds("------".into()), pass(Amount::Whole)),
        finding(
            Reading::Lasted(Span(7)),
            Limit::Lasts(Span(9)),
            fail(Amount::Value(tenth, Unit::Joule)),
        ),
        finding(
            Reading::Words("both conduct".into()),
            Limit::Words("none conducts".into()),
            pass(Amount::Value(tenth, Unit::SquareTime)),
        ),
        finding(Reading::Count(2), Limit::Counts(1, None), pass(Amount::Whole)),
        finding(Reading::Count(2), Limit::Counts(1, Some(3)), pass(Amount::Count(1))),
        finding(Reading::None, Limit::Run, Verdict::Untested { why: "why".into() }),
    ];
    let (wanted, trace) = short_circuit();
    let mut judged = judge(&wanted, &trace, &lookup);
    judged.findings = all.to_vec();
    assert_eq!(read(&judged, &wanted).expect("it can be read back").findings, all);
    for nan in [
        Reading::Value(f64::NAN, Unit::Volt),
        Reading::Range(f64::NAN, 1.0, Unit::Volt),
        Reading::Range(1.0, f64::INFINITY, Unit::Volt),
    ] {
        judged.findings = vec![finding(nan, Limit::Run, fail(Amount::Whole))];
        assert!(read(&judged, &wanted).is_none());
    }
}

#[test]
fn however_a_run_ended_it_is_read_back() {
    let wanted = scenario("lost", SimTime::from_secs(1));
    let (at, why) = (SimTime(7), "too many \"events\"".to_owned());
    for outcome in [
        Outcome::Completed,
        Outcome::Ended { at },
        Outcome::Failed { at, why: why.clone() },
        Outcome::Aborted { at, why },
        Outcome::Refused,
    ] {
        let trace = Trace { outcome, ..quiet() };
        let back = read(&judge(&wanted, &trace, &lookup), &wanted).expect("it can be read back");
        assert_eq!(back.trace.outcome, trace.outcome);
    }
}

#[test]
fn another_scenarios_result_is_not_taken() {
    let (wanted, trace) = short_circuit();
    let document = run(&judge(&wanted, &trace, &lookup));
    assert!(kept(&document, &wanted).is_some());
    let mut other = wanted.clone();
    other.setup.seed += 1;
    assert!(kept(&document, &other).is_none());
    let mut cut = document.clone();
    cut["findings"] = serde_json::Value::Null;
    assert!(kept(&cut, &wanted).is_none());
}
