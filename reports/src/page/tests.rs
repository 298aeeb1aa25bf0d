//! What the pages show, and that they are closed to the world.

use super::{ASSETS, coverage, index, run};
use crate::judge;
use crate::testbench::{cold_charge, lookup, quiet, scenario, short_circuit};
use sim::time::SimTime;

fn short_page() -> String {
    let (wanted, trace) = short_circuit();
    run(&judge(&wanted, &trace, &lookup)).unwrap()
}

#[test]
fn a_page_needs_no_network() {
    let (wanted, trace) = cold_charge();
    let runs = [judge(&wanted, &trace, &lookup)];
    let suite = index(&runs, &["folder".into()], &[], &[]).unwrap();
    for page in [short_page(), run(&runs[0]).unwrap(), suite, coverage(&runs).unwrap()] {
        for foreign in ["http://", "https://", "@import", "url(", "src=\"/", "href=\"/"] {
            assert!(!page.contains(foreign), "{foreign}");
        }
        let known = |name: &str| ASSETS.iter().any(|(asset, _)| *asset == name);
        for named in page.split("assets/").skip(1) {
            let name = named.split('"').next().unwrap();
            assert!(known(name), "{name} is written beside the page");
        }
    }
}

#[test]
fn the_data_of_the_charts_is_json_that_no_text_can_end() {
    let (mut wanted, trace) = short_circuit();
    wanted.thresholds[0].label = "</script><b>".into();
    let page = run(&judge(&wanted, &trace, &lookup)).unwrap();
    let (_, rest) = page.split_once("id=\"chart-data\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    let charts: serde_json::Value = serde_json::from_str(data).unwrap();
    let charts = charts.as_array().unwrap();
    assert!(!charts.is_empty());
    for chart in charts {
        for series in chart["series"].as_array().unwrap() {
            let times = series["x"].as_array().unwrap();
            let values = series["y"].as_array().or(series["high"].as_array()).unwrap();
            assert_eq!(times.len(), values.len());
            let rising = times.windows(2).all(|pair| pair[0].as_f64() < pair[1].as_f64());
            assert!(rising, "{}", series["label"]);
        }
    }
    let figures = page.matches("<figure").count();
    assert_eq!(figures, charts.len());
}

#[test]
fn the_page_of_coverage_names_what_no_run_tests() {
    let (wanted, trace) = short_circuit();
    let page = coverage(&[judge(&wanted, &trace, &lookup)]).unwrap();
    assert!(page.contains("SC enters in "), "the matrix");
    let (_, missing) = page.split_once("Requirements that no run names").unwrap();
    assert!(missing.contains(">PS-OV-3<") && !missing.contains(">PS-SCP-1<"));
}

#[test]
fn a_page_shows_the_verdict_the_numbers_and_how_to_run_it_again() {
    let page = short_page();
    for shown in [
        "Hard short on the port",
        "PS-SCP-1",
        "A short circuit shall open both MOSFETs.",
        "1.000192\u{a0}s −0\u{a0}s +64\u{a0}µs",
        "+64\u{a0}µs: comparator clock, one tick",
        "no expectation names it",
        "qualified by the chip",
        "204 µs from first to last step",
        "ps150-sc-hard-fault.toml",
        &"9f".repeat(32),
    ] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn malice_in_any_text_stays_text() {
    let malice = "<img src=x onerror=alert(1)>\"'&";
    let mut wanted = scenario(malice, SimTime::from_secs(4));
    for text in [
        &mut wanted.title,
        &mut wanted.about,
        &mut wanted.text,
        &mut wanted.product,
        &mut wanted.file,
    ] {
        *text = malice.into();
    }
    wanted.covers = vec![malice.into()];
    let (example, trace) = short_circuit();
    wanted.thresholds = example.thresholds;
    wanted.thresholds[0].label = malice.into();
    wanted.expectations = example.expectations;
    wanted.expectations[0].label = malice.into();
    let judged = judge(&wanted, &trace, &lookup);
    let suite = index(std::slice::from_ref(&judged), &["folder".into()], &[], &[]).unwrap();
    for page in [run(&judged).unwrap(), suite] {
        assert!(page.contains("&lt;img"));
        assert!(!page.contains("<img"));
    }
}

#[test]
fn an_empty_run_makes_a_page_without_plots() {
    let (wanted, trace) = (scenario("empty", SimTime::from_secs(1)), quiet());
    let page = run(&judge(&wanted, &trace, &lookup)).unwrap();
    assert!(!page.contains("<svg") && !page.contains("<h2>Plots"));
    assert!(page.contains("The scenario expects nothing."));
}

#[test]
fn an_index_lists_every_run_and_sums_requirements_over_them() {
    let (short, cold) = (short_circuit(), cold_charge());
    let runs = [judge(&short.0, &short.1, &lookup), judge(&cold.0, &cold.1, &lookup)];
    let page = index(&runs, &["one".into(), "two".into()], &[], &[]).unwrap();
    for shown in ["one/index.html", "two/index.html", "2 runs", "PS-SCP-2", "PS-TMP-2", "3 of 4"] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn an_interrupted_suite_names_what_was_not_run_and_is_not_passed() {
    let (wanted, trace) = (scenario("done", SimTime::from_secs(1)), quiet());
    let mut judged = judge(&wanted, &trace, &lookup);
    judged.verdict = crate::Grade::Pass;
    let runs = [judged];
    let whole = index(&runs, &["done".into()], &[], &[]).unwrap();
    let part = index(&runs, &["done".into()], &["left-out"], &[]).unwrap();
    assert!(whole.contains("<title>pass:") && !whole.contains("Interrupted"));
    assert!(part.contains("<title>untested:") && part.contains("Interrupted: 1 of 2"), "{part}");
    assert!(part.contains("left-out"));
}

#[test]
fn what_waits_is_named_with_its_reason_and_does_not_count() {
    let (wanted, trace) = (scenario("done", SimTime::from_secs(1)), quiet());
    let mut later = scenario("later", SimTime::from_secs(1));
    later.waiting = vec!["several packs at once".into()];
    let mut judged = judge(&wanted, &trace, &lookup);
    judged.verdict = crate::Grade::Pass;
    let page = index(&[judged], &["done".into()], &[], &[&later]).unwrap();
    assert!(page.contains("<title>pass:"));
    let (_, rest) = page.split_once("<h2>Waiting</h2>").unwrap();
    assert!(rest.contains("later") && rest.contains("several packs at once"));
}

#[test]
fn a_run_lists_every_invariant_and_opens_the_list_where_one_is_broken() {
    let (wanted, mut trace) = short_circuit();
    let whole = run(&judge(&wanted, &trace, &lookup)).unwrap();
    assert!(whole.contains("invariants held") && !whole.contains("<details open>"));
    let rule = sim::oracle::Rule::ALL[0];
    let what = format!("{}: for this test", rule.id());
    trace.events.push(crate::testbench::at(SimTime::from_secs(2), broken(what)));
    let page = run(&judge(&wanted, &trace, &lookup)).unwrap();
    assert!(page.contains("<details open>"), "{}", rule.id());
}

fn broken(what: String) -> sim::trace::EventKind {
    sim::trace::EventKind::Broken(what)
}

#[test]
fn a_matrix_marks_each_requirement_under_the_scenarios_that_test_it() {
    let (mut short, mut cold) = (short_circuit(), cold_charge());
    short.0.spec = vec!["S02".into()];
    cold.0.spec = Vec::new();
    let runs = [judge(&short.0, &short.1, &lookup), judge(&cold.0, &cold.1, &lookup)];
    let page = index(&runs, &["one".into(), "two".into()], &[], &[]).unwrap();
    for shown in [">S02</th>", ">other</th>", "PS-SCP-1 in S02: pass", "PS-SCP-2 in S02: untested"]
    {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("PS-SCP-1 in other"));
}

/// The sum over all columns says pass; a run beside that does not get to it takes nothing away.
#[test]
fn a_column_in_which_a_run_tests_a_requirement_is_not_untested() {
    let (mut proves, mut names) = (short_circuit(), cold_charge());
    names.0.covers = vec!["PS-SCP-1".into()];
    (proves.0.spec, names.0.spec) = (Vec::new(), Vec::new());
    let runs = [judge(&proves.0, &proves.1, &lookup), judge(&names.0, &names.1, &lookup)];
    let page = index(&runs, &["one".into(), "two".into()], &[], &[]).unwrap();
    assert!(page.contains("PS-SCP-1 in other: pass"), "{page}");
    let page = index(&runs[1..], &["two".into()], &[], &[]).unwrap();
    assert!(page.contains("PS-SCP-1 in other: untested"));
}

#[test]
fn an_index_shows_first_what_is_not_as_expected() {
    let (wanted, mut trace) = short_circuit();
    let whole = index(&[judge(&wanted, &trace, &lookup)], &["one".into()], &[], &[]).unwrap();
    assert!(!whole.contains("Not as expected"));
    trace.events.retain(|event| event.kind != sim::trace::EventKind::CurrentZero);
    let broken = index(&[judge(&wanted, &trace, &lookup)], &["one".into()], &[], &[]).unwrap();
    let (before, after) = broken.split_once("Not as expected").unwrap();
    assert!(!before.contains("current zero within") && after.contains("current zero within"));
    assert!(after.find("current zero within") < after.find("<h2>Runs"));
}
