//! Two reports compared: seeded regressions are caught here and by the run itself; wrong inputs are
//! told.

use crate::common::{Bench, GOOD, Said};

/// The text with an override of the product's parameters.
fn overridden(text: &str, params: &str) -> String {
    let (head, tail) = text.split_once("\n[[expect]]").expect("it expects something");
    format!("{head}\n[params]\n{params}\n\n[[expect]]{tail}")
}

/// Runs a file as it is, and again after a change of its product; then compares.
fn after(text: &str, params: &str) -> (Bench, Said, Said) {
    let bench = Bench::with("it.toml", text);
    let base = bench.run(&["run", "it.toml", "--out", "base", "--quiet"]);
    assert_eq!(base.code, Some(0), "the base passes: {base:?}");
    bench.write("it.toml", overridden(text, params));
    let run = bench.run(&["run", "it.toml", "--out", "new", "--quiet"]);
    let diff = bench.run(&["diff", "base", "new", "--json"]);
    (bench, run, diff)
}

/// Cell 7 is at its abnormal limit from 2 s on, one millivolt above its release from 15 s on, and at
/// its release from 20 s on. Its delay is 8 s; a sample comes every 100 ms. Limit, release and delay
/// are the firmware's alone, so that they know no steps of the chip.
const HIGH_VOLTAGE: &str = r#"
[scenario]
title = "Abnormal high voltage with its delay and both sides of its release"
product = "ps-15016"
duration = "25 s"

[forced]
cells = 16
voltage = "3300 mV"

[[forced.override]]
cell = 7
voltage = [["0 s", "3300 mV"], ["2 s", "3900 mV"], ["15 s", "3551 mV"], ["20 s", "3550 mV"]]

[[expect]]
requirement = "PS-AHV-1"
event = "AHV enters"
at = "10 s"
tolerance = "sample"

[[expect]]
requirement = "PS-AHV-2"
event = "AHV exits"
at = "20 s"
tolerance = "sample"
"#;

/// A bolted short, with ideal edges: the chip's comparator counts three ticks of 64 us.
const SHORT_CIRCUIT: &str = r#"
[scenario]
title = "A short circuit, to half a tick"
product = "ps-15016"
duration = "1.5 s"

[board]
discharge-fall = "0 us"
charge-fall = "0 us"
sense-filter = "0 us"

[pack]
cells = 16
cell = "reference-100ah"
soc = "50 %"

[[step]]
at = "1 s"
do.short = { resistance = "5 mohm" }

[[expect]]
requirement = "PS150-SCP-1"
event = "SC enters"
at = "1.000192 s"
early = "0 us"
late = "32 us"
"#;

#[test]
fn a_result_equals_itself_and_another_run_of_the_same() {
    let bench = Bench::with("ov.toml", GOOD);
    bench.run(&["run", "ov.toml", "--out", "base"]);
    bench.run(&["run", "ov.toml", "--out", "new", "--jobs", "1"]);
    let said = bench.run(&["diff", "base", "new", "--strict"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "1 run compared: no difference\n"));
    let quiet = bench.run(&["diff", "base", "base", "--quiet"]);
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (Some(0), "", ""));
}

#[test]
fn a_delay_that_is_one_tick_longer_is_caught_by_the_run_and_by_the_comparison() {
    let (bench, run, diff) = after(SHORT_CIRCUIT, "current.afe.short_circuit_delay = \"256 us\"");
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(diff.code, Some(4), "{diff:?}");
    let document = diff.json();
    let shifts = document["shifts"].as_array().unwrap();
    let by = |name: &str| {
        let found = shifts.iter().find(|it| it["event"] == name);
        found.unwrap_or_else(|| panic!("{name} has not moved: {}", diff.out))
    };
    assert_eq!(by("SC enters")["shift_ns"], 64_000);
    assert_eq!(by("SC enters")["place"]["requirements"][0], "PS150-SCP-1");
    assert_eq!(by("discharge MOSFET off")["shift_ns"], 64_000);
    // A budget of one tick allows all that moved, and half a tick does not; the verdict counts.
    let worse = document["verdicts"].as_array().unwrap().len();
    for (shift, least) in [("64 us", worse), ("63 us", worse + 1)] {
        let rule = format!("[[allow]]\nscenario = \"it\"\nshift = \"{shift}\"\nmargin = \"100 %\"");
        bench.write("budget.toml", rule);
        let asked = ["diff", "base", "new", "--budget", "budget.toml", "--json"];
        let beyond = bench.run(&asked).json()["beyond"].as_u64().unwrap();
        let beyond = usize::try_from(beyond).unwrap();
        assert!(
            if least == worse { beyond == worse } else { beyond >= least },
            "{shift}: {beyond}"
        );
    }
}

#[test]
fn a_release_that_is_one_millivolt_off_is_caught_by_the_run_and_by_the_comparison() {
    let (_bench, run, diff) = after(HIGH_VOLTAGE, "voltage.abnormal_high_release = \"3551 mV\"");
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(diff.code, Some(4), "{diff:?}");
    let diff = diff.json();
    let shifts = diff["shifts"].as_array().unwrap();
    let shift = shifts.iter().find(|it| it["event"] == "AHV exits").expect("it moved");
    assert_eq!(shift["shift_ns"], -5_000_000_000_i64);
}

#[test]
fn millivolts_taken_for_volts_do_not_pass_the_gate() {
    for wrong in ["voltage.abnormal_high = \"3.9 mV\"", "voltage.abnormal_high = \"3900 V\""] {
        let bench = Bench::with("it.toml", overridden(HIGH_VOLTAGE, wrong));
        let said = bench.run(&["run", "it.toml"]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains("abnormal_high"), "{}", said.err);
    }
}

#[test]
fn what_moved_is_shown_drawn_summed_up_and_marked() {
    let (bench, ..) = after(HIGH_VOLTAGE, "voltage.abnormal_high_release = \"3551 mV\"");
    let asked = ["diff", "base", "new", "--plot", "p/shifts.svg", "--markdown", "diff.md"];
    let said = Said::of(bench.command(&asked).env("GITHUB_ACTIONS", "true"));
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.out.contains("beyond  AHV exits") && said.out.contains("−5 s"), "{}", said.out);
    assert!(said.err.contains("::error file=it.toml,line="), "{}", said.err);
    let drawn = bench.read("p/shifts.svg");
    roxmltree::Document::parse(&drawn).expect("it is well-formed");
    assert!(bench.read("diff.md").starts_with("## ❌ Packtwin: "));
}

#[test]
fn what_cannot_be_compared_is_told_and_ends_with_2() {
    let bench = Bench::with("ov.toml", GOOD);
    bench.run(&["run", "ov.toml", "--out", "good"]);
    bench.write("empty/notes.txt", "");
    bench.write("other/result.json", "{\"schema\": \"packtwin.result/9\"}");
    let half = bench.read("good/result.json");
    bench.write("half/result.json", &half[..half.len() / 2]);
    bench.write("bad.toml", "[[allow]]\nshift = 5");
    for (arguments, why) in [
        (&["good", "gone"][..], "gone is no report: it cannot be read"),
        (&["empty", "good"], "is no report: it cannot be read"),
        (&["good", "other"], "is of schema `packtwin.result/9`"),
        (&["half", "good"], "is no whole result: EOF"),
        (&["ov.toml", "good"], "ov.toml is no whole result"),
        (&["good", "good", "--budget", "gone.toml"], "the budget gone.toml cannot be read"),
        (&["good", "good", "--budget", "bad.toml"], "bad.toml:2:9: invalid type"),
        (&["good"], "<NEW>"),
    ] {
        let said = bench.run(&[&["diff"], arguments].concat());
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{arguments:?}: {said:?}");
        assert!(said.err.contains(why), "{arguments:?}: {}", said.err);
    }
}
