//! What the pages show, and that they are closed to the world.

use super::{index, run};
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
    let suite = index(&runs, &["folder".into()], &[]).unwrap();
    for page in [short_page(), run(&runs[0]).unwrap(), suite] {
        for foreign in ["http://", "https://", "<script", "<link", "@import", "url("] {
            assert!(!page.contains(foreign), "{foreign}");
        }
    }
}

#[test]
fn a_page_shows_the_verdict_the_numbers_and_how_to_run_it_again() {
    let page = short_page();
    for shown in [
        "Hard short on the port",
        "PS-SCP-1",
        "A short circuit shall open both MOSFETs.",
        "1.000192 s −0 s +64 µs",
        "+64 µs: comparator clock, one tick",
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
    let suite = index(std::slice::from_ref(&judged), &["folder".into()], &[]).unwrap();
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
    let page = index(&runs, &["one".into(), "two".into()], &[]).unwrap();
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
    let whole = index(&runs, &["done".into()], &[]).unwrap();
    let part = index(&runs, &["done".into()], &["left-out"]).unwrap();
    assert!(whole.contains("<title>pass:") && !whole.contains("Interrupted"));
    assert!(part.contains("<title>untested:") && part.contains("Interrupted: 1 of 2"), "{part}");
    assert!(part.contains("left-out"));
}
