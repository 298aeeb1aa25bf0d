//! Two reports on disk, one of them changed by hand, and what the comparison says of it.

use super::{Allowed, Budget, Diff, Record, annotations, compare, markdown, picture, sheet, table};
use crate::testbench::{cold_charge, lookup, short_circuit};
use crate::{Grade, files, judge};
use scenarios::{Check, Scenario};
use sim::time::Span;
use sim::trace::{EventKind, Trace};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A report of the short circuit and the cold charge, as a change leaves them.
fn report(change: impl Fn(&mut Scenario, &mut Trace)) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (mut short, cold) = (short_circuit(), cold_charge());
    change(&mut short.0, &mut short.1);
    let runs = [judge(&short.0, &short.1, &lookup), judge(&cold.0, &cold.1, &lookup)];
    files::write(dir.path(), &runs).unwrap();
    dir
}

fn same(_: &mut Scenario, _: &mut Trace) {}

/// Moves every entry of a protection, and what the seal says.
fn moved(by_ns: i64) -> impl Fn(&mut Scenario, &mut Trace) {
    move |_, trace| {
        for event in &mut trace.events {
            if matches!(event.kind, EventKind::Protection(_, true)) {
                event.at.0 = event.at.0.checked_add_signed(by_ns).unwrap();
            }
        }
        trace.seal();
    }
}

fn compared(new: impl Fn(&mut Scenario, &mut Trace), budget: &Budget) -> Diff {
    let (base, new) = (report(|_, trace| trace.seal()), report(new));
    let read = |dir: &TempDir| Record::read(dir.path()).unwrap();
    compare(&read(&base), &read(&new), budget)
}

fn budget(text: &str) -> Budget {
    Budget::read("budget.toml", text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_report_does_not_differ_from_itself() {
    let base = report(same);
    let record = Record::read(base.path()).unwrap();
    let diff = compare(&record, &record, &Budget::default().strict());
    assert!(diff.is_empty() && diff.beyond() == 0, "{diff:?}");
    assert_eq!(diff.compared, 2);
    let lines = table::render(&diff);
    assert_eq!(lines.last().unwrap().to_string(), "2 runs compared: no difference");
}

#[test]
fn a_protection_that_is_a_nanosecond_late_is_a_shift_with_its_requirement_and_line() {
    let diff = compared(moved(1), &Budget::default());
    let shift = diff.shifts.iter().find(|it| it.event == "SC enters").expect("it moved");
    assert_eq!((shift.by_ns(), shift.occurrence, shift.beyond), (1, 1, true));
    assert_eq!(shift.place.run, "ps150-sc-hard-fault");
    assert_eq!(shift.place.line, 12);
    assert!(shift.place.requirements.contains(&"PS-SCP-1".to_owned()));
    assert!(diff.beyond() >= 1 && diff.digests.is_empty(), "{diff:?}");
}

#[test]
fn earlier_is_negative_and_the_furthest_comes_first() {
    let diff = compared(moved(-64_000), &Budget::default());
    assert_eq!(diff.shifts[0].by_ns(), -64_000);
    let sizes: Vec<_> = diff.shifts.iter().map(|it| it.by_ns().abs()).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b));
}

#[test]
fn the_edge_of_a_budget_belongs_to_it_and_its_names_choose() {
    let within = |rule: &str| {
        let diff = compared(moved(64_000), &budget(&format!("[[allow]]\n{rule}")));
        let shift = diff.shifts.iter().find(|it| it.event == "SC enters").unwrap();
        !shift.beyond
    };
    assert!(within("shift = \"64 us\""));
    assert!(!within("shift = \"63.999 us\""));
    assert!(within("late = \"64 us\""));
    assert!(!within("early = \"64 us\""));
    assert!(within("scenario = \"ps150-*\"\nshift = \"1 ms\""));
    assert!(!within("scenario = \"ps200-*\"\nshift = \"1 ms\""));
    assert!(within("requirement = \"PS-SCP-?\"\nevent = \"SC *\"\nshift = \"1 ms\""));
    assert!(!within("requirement = \"PS-OV-?\"\nshift = \"1 ms\""));
    assert!(!within("event = \"OV *\"\nshift = \"1 ms\""));
    // The first rule that names it counts.
    assert!(!within("event = \"SC *\"\n[[allow]]\nshift = \"1 s\""));
}

/// The words of an older program, of the tables, and typing errors; one vocabulary is enough.
#[test]
fn a_budget_names_events_as_scenarios_do_and_says_how_where_it_does_not() {
    let refused = |event: &str| {
        let text = format!("[[allow]]\nevent = \"{event}\"\nshift = \"1 ms\"");
        Budget::read("budget.toml", &text).unwrap_err().to_string()
    };
    for (event, meant) in [
        ("AHV releases", "AHV exits"),
        ("* releases", "* exits"),
        ("discharge MOSFET has ceased to conduct", "discharge MOSFET off"),
        ("commanded: charge MOSFET off", "charge MOSFET commanded off"),
        ("latched: OCC-chip set", "AFE-OCC latched"),
    ] {
        let told = refused(event);
        assert!(told.contains("budget.toml:2:9: no event is called"), "{told}");
        assert!(told.contains(&format!("did you mean `{meant}`?")), "{told}");
    }
    assert!(refused("SC begins").contains("such as \"SC enters\""));
    for event in ["SC *", "*", "phase rest *", "crossed: SC *", "mode: *", "{OV,UV} enters"] {
        budget(&format!("[[allow]]\nevent = \"{event}\"\nshift = \"1 ms\""));
    }
}

#[test]
fn a_worse_verdict_counts_and_a_better_one_only_strictly() {
    let strict = |wanted: &mut Scenario, trace: &mut Trace| {
        if let Check::Event { window, .. } = &mut wanted.expectations[0].check {
            window.at.0 += 2_000_000_000;
        }
        trace.seal();
    };
    let (good, bad) = (report(|_, trace| trace.seal()), report(strict));
    let [good, bad] = [good, bad].map(|dir| Record::read(dir.path()).unwrap());
    let worse = compare(&good, &bad, &Budget::default());
    assert!(worse.verdicts.iter().any(|it| it.new == Grade::Fail && it.beyond), "{worse:?}");
    assert!(worse.shifts.is_empty());
    let better = compare(&bad, &good, &Budget::default());
    assert_eq!(better.verdicts.len(), worse.verdicts.len());
    assert_eq!(better.beyond(), 0, "{better:?}");
    assert!(compare(&bad, &good, &Budget::default().strict()).beyond() > 0);
}

#[test]
fn an_event_that_is_gone_or_new_counts_unless_it_may_come_and_go() {
    let without = |_: &mut Scenario, trace: &mut Trace| {
        trace.events.pop().expect("there are some");
        trace.seal();
    };
    let diff = compared(without, &Budget::default());
    assert!(diff.presence.iter().any(|it| !it.is_new && it.kind == "event" && it.beyond));
    let allowed = compared(without, &budget("[[allow]]\ncome-and-go = true"));
    assert!(allowed.presence.iter().all(|it| it.kind != "event" || !it.beyond));
}

#[test]
fn an_expectation_that_is_gone_counts_and_one_that_is_new_does_not() {
    let fewer = |wanted: &mut Scenario, trace: &mut Trace| {
        wanted.expectations.pop().expect("there are some");
        trace.seal();
    };
    let (all, fewer) = (report(|_, trace| trace.seal()), report(fewer));
    let [all, fewer] = [all, fewer].map(|dir| Record::read(dir.path()).unwrap());
    let of = |diff: Diff| {
        let found = diff.presence.into_iter().filter(|it| it.kind == "expectation");
        found.map(|it| (it.is_new, it.beyond)).collect::<Vec<_>>()
    };
    assert_eq!(of(compare(&all, &fewer, &Budget::default())), [(false, true)]);
    assert_eq!(of(compare(&fewer, &all, &Budget::default())), [(true, false)]);
}

#[test]
fn a_run_that_is_gone_counts() {
    let (base, new) = (report(same), report(same));
    let edited = new.path().join("result.json");
    let mut suite: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&edited).unwrap()).unwrap();
    suite["runs"].as_array_mut().unwrap().pop();
    fs::write(&edited, suite.to_string()).unwrap();
    let [base, new] = [base, new].map(|dir| Record::read(dir.path()).unwrap());
    let diff = compare(&base, &new, &Budget::default());
    assert_eq!((diff.presence.len(), diff.beyond(), diff.compared), (1, 1, 1));
    assert_eq!(compare(&new, &base, &Budget::default()).beyond(), 0);
}

#[test]
fn a_trace_that_is_another_in_its_last_bit_is_told_and_counts_where_it_shall() {
    let bit = |_: &mut Scenario, trace: &mut Trace| {
        let row = trace.rows.last_mut().expect("there are some");
        row.truth.ambient_c = f64::from_bits(row.truth.ambient_c.to_bits() + 1);
        trace.seal();
    };
    let told = compared(bit, &Budget::default());
    assert_eq!((told.count(), told.digests.len(), told.beyond()), (1, 1, 0));
    assert_eq!(compared(bit, &budget("digest = \"equal\"")).beyond(), 1);
    assert_eq!(compared(bit, &Budget::default().strict()).beyond(), 1);
}

/// Changes one number in a result on disk.
fn with_margin(dir: &Path, factor: f64) -> Record {
    let path = dir.join("ps200-cold-charge/result.json");
    let mut run: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    run["findings"][0]["measured"] = serde_json::json!({"value_v": 3.0 + factor});
    run["findings"][0]["verdict"] = "pass".into();
    run["findings"][0]["distance"] = serde_json::json!({"margin_v": 0.5 * factor});
    fs::write(&path, run.to_string()).unwrap();
    Record::read(dir).unwrap()
}

#[test]
fn a_margin_that_shrinks_counts_from_its_budget_on_and_one_that_grows_does_not() {
    let (base, new) = (report(same), report(same));
    let base = with_margin(base.path(), 1.0);
    let beyond = |factor: f64, text: &str| {
        let diff = compare(&base, &with_margin(new.path(), factor), &budget(text));
        (diff.values.len(), diff.beyond())
    };
    assert_eq!(beyond(1.0, ""), (0, 0));
    assert_eq!(beyond(0.96, ""), (1, 1));
    assert_eq!(beyond(1.04, ""), (1, 0));
    assert_eq!(beyond(0.96, "[[allow]]\nmargin = \"4.1 %\""), (1, 0));
    assert_eq!(beyond(0.96, "[[allow]]\nmargin = \"3.9 %\""), (1, 1));
}

#[test]
fn what_is_no_report_is_refused_with_its_reason() {
    let refused = |path: &Path| Record::read(path).unwrap_err().to_string();
    let dir = tempfile::tempdir().unwrap();
    assert!(refused(dir.path()).contains("is no report: it cannot be read"));
    let file = dir.path().join("result.json");
    for (text, why) in [
        ("{\"schema\": \"packtwin.resu", "is no whole result: EOF while parsing"),
        ("[]", "it names no schema"),
        ("{\"schema\": \"packtwin.result/9\"}", "is of schema `packtwin.result/9`"),
        ("{\"schema\": \"packtwin.result/1\"}", "`runs` is missing"),
        ("{\"schema\": \"packtwin.result/1\", \"runs\": [{}]}", "`runs.result` is missing"),
    ] {
        fs::write(&file, text).unwrap();
        let said = refused(dir.path());
        assert!(said.contains(why) && said.contains("\nhint: "), "{said}");
    }
    let cut = report(same);
    let events = cut.path().join("ps200-cold-charge/events.csv");
    fs::write(&events, "Test Time / s,Event,Detail\n1.0,x,y\n").unwrap();
    assert!(refused(cut.path()).contains("line 2 is no event"));
    fs::remove_file(&events).unwrap();
    assert!(refused(cut.path()).contains("events.csv is no report"));
}

#[test]
fn a_result_of_one_run_can_be_compared_too() {
    let base = report(same);
    let run = base.path().join("ps150-sc-hard-fault/result.json");
    let record = Record::read(&run).unwrap();
    assert_eq!(compare(&record, &record, &Budget::default()).compared, 1);
}

#[test]
fn mistakes_in_a_budget_are_told_with_their_place() {
    for (text, why) in [
        ("[[allow]]\nshif = \"1 s\"", "budget.toml:2:1: unknown field `shif`"),
        ("[[allow]]\nshift = \"1 V\"", "budget.toml:2:9: "),
        ("[[allow]]\nshift = \"-1 s\"", "budget.toml:2:9: expected a time from 0"),
        ("[[allow]]\nshift = \"0.5 ns\"", "budget.toml:2:9: "),
        ("[[allow]]\nshift = \"1 s\"\nlate = \"1 s\"", "budget.toml:2:9: `shift` stands beside"),
        ("[[allow]]\nmargin = \"5\"", "budget.toml:2:10: expected a share"),
        ("[[allow]]\nmargin = \"101 %\"", "budget.toml:2:10: expected a share"),
        ("[[allow]]\nscenario = \"a[\"", "budget.toml:2:12: "),
        ("digest = \"maybe\"", "budget.toml:1:10: unknown variant `maybe`"),
        ("[[allow", "budget.toml:1:"),
    ] {
        let said = Budget::read("budget.toml", text).unwrap_err().to_string();
        assert!(said.starts_with(why) && said.contains("\nhint: "), "{text}: {said}");
    }
}

#[test]
fn what_is_allowed_is_said_both_ways() {
    let tick = Span::from_micros(64);
    let both = Allowed { early: tick, late: tick };
    assert_eq!(both.to_string(), "±64 µs");
    assert_eq!(Allowed { early: Span(0), late: tick }.to_string(), "−0 s +64 µs");
    assert!(both.covers(-64_000) && both.covers(64_000));
    assert!(!both.covers(-64_001) && !both.covers(64_001));
}

#[test]
fn every_way_of_showing_it_names_the_shift() {
    let diff = compared(moved(64_000), &Budget::default());
    let lines: Vec<_> = table::render(&diff).iter().map(ToString::to_string).collect();
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{lines:#?}");
    let text = lines.join("\n");
    assert!(text.contains("SC enters") && text.contains("+64 µs"), "{text}");
    assert!(text.contains("1.000192 s → 1.000256 s, allowed ±0 s"), "{text}");
    let summary = markdown::summary(&diff);
    assert!(summary.starts_with("## ❌ ") && summary.contains("(+64 µs)"), "{summary}");
    let document = sheet::document(&diff);
    assert_eq!(document["shifts"][0]["shift_ns"], 64_000);
    assert_eq!(document["beyond"], diff.beyond());
    let marks = annotations(&diff);
    assert_eq!(marks.len(), diff.beyond());
    assert!(marks[0].starts_with("::error file=suite/ps150-sc-hard-fault.toml,line=12,title="));
    let drawn = picture(&diff);
    roxmltree::Document::parse(&drawn).expect("it is well-formed");
    assert!(drawn.contains("SC enters") && drawn.contains("+64 µs"));
}

#[test]
fn a_picture_of_nothing_says_so() {
    let drawn = picture(&Diff::default());
    roxmltree::Document::parse(&drawn).expect("it is well-formed");
    assert!(drawn.contains("No event moved."));
}
