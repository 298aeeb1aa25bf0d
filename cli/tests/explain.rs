//! `packtwin explain`: a requirement from its text to the verdicts of a report.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

const FILE: &str = r#"
[scenario]
title = "One cell reaches the over-voltage limit"
product = "ps-20016s"
duration = "10 s"

[forced]
cells = 16
voltage = "3300 mV"

[[forced.override]]
cell = 7
voltage = [["0 s", "3300 mV"], ["5 s", "3750 mV"]]

[[expect]]
requirement = "PS200-OV-1"
"#;

fn packtwin(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_packtwin"));
    let output = command.current_dir(folder).args(arguments).output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_requirement_is_shown_with_its_rule_and_how_its_scenarios_fared() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("it.toml"), FILE).unwrap();
    let explain = || packtwin(folder.path(), &["explain", "ps200-ov-1", "it.toml"]);
    let (code, before, _) = explain();
    assert_eq!(code, 0);
    for part in [
        "PS200-OV-1",
        "trip 3750 mV, release 3550 mV, delay 4 s",
        "voltage.cell_ov_delay = 4 s",
        "two 100 ms samples",
        "it.toml:15",
        "not run",
        "No report in packtwin-report",
    ] {
        assert!(before.contains(part), "{part} is missing in\n{before}");
    }
    assert_eq!(packtwin(folder.path(), &["run", "it.toml"]).0, 0);
    let (_, after, _) = explain();
    assert!(after.contains("pass      it.toml:15"), "{after}");
    assert!(after.contains("came at 9.") && !after.contains("not run"), "{after}");
}

#[test]
fn the_same_as_data() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("it.toml"), FILE).unwrap();
    let (code, text, _) = packtwin(folder.path(), &["explain", "PS200-OV-1", "it.toml", "--json"]);
    assert_eq!(code, 0);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["schema"], "packtwin.explain/1");
    assert_eq!(document["rules"][0]["windows"][0]["at_ns"], 4_000_000_000_u64);
    assert_eq!(document["covered"][0]["line"], 15);
    assert_eq!(document["covered"][0]["verdict"], "not run");
}

#[test]
fn the_begin_of_an_id_lists_and_a_misspelt_one_says_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text, _) = packtwin(folder.path(), &["explain", "PS-OV"]);
    assert_eq!(code, 0);
    assert!(text.contains("PS-OV-3") && text.contains("3 requirements"), "{text}");
    let (code, _, error) = packtwin(folder.path(), &["explain", "PS200-OW-1"]);
    assert_eq!(code, 2);
    assert!(error.contains("did you mean `PS200-OV-1`?"), "{error}");
}

#[test]
fn what_is_not_there_is_answered_by_what_is() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str]| {
        let (code, out, error) = packtwin(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        error
    };
    let told = refused(&["explain", "nonsense"]);
    assert!(told.contains("hint: IDs look like PS-OV-1") && told.contains("OV enters"), "{told}");
    let told = refused(&["faults", "xyz"]);
    assert!(
        told.contains("hint: `packtwin faults` lists all; their groups: sense wires"),
        "{told}"
    );
    let told = refused(&["faults", "--group", "xyz"]);
    assert!(told.contains("no group of faults is called `xyz`"), "{told}");
}

/// A filter of 30 µs and a gate of 150 µs are the board's; forced values come without them.
#[test]
fn a_closed_loop_shows_what_its_filter_and_gates_are_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let (_, text, _) = packtwin(folder.path(), &["explain", "PS200-SCP-1"]);
    for line in [
        "  nominal   320 µs −0 s +64 µs",
        "            forced values",
        "  nominal   320 µs −0 s +155.35 µs",
        "            −0 s +91.35 µs  filter before the comparators",
        "            counted in: fall of the discharge gate, ",
    ] {
        assert!(text.lines().any(|it| it.starts_with(line)), "{line} is missing in\n{text}");
    }
    assert!(!text.contains(" us"), "{text}");
}

#[test]
fn no_line_of_a_run_ends_in_blanks() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("it.toml"), FILE).unwrap();
    let (_, out, _) = packtwin(folder.path(), &["run", "it.toml"]);
    assert!(out.contains("limit crossed"), "{out}");
    assert!(out.lines().all(|line| !line.ends_with(' ')), "{out:?}");
}

#[test]
fn facts_and_rules_of_a_requirement_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("it.toml"), FILE).unwrap();
    let explain = |id| {
        let (code, text, _) = packtwin(folder.path(), &["explain", id, "it.toml"]);
        assert_eq!(code, 0);
        text
    };
    let port = explain("PS-IF-5");
    for part in ["The data sheet says of ps-15016, ps-20016s", "X1 pin 3", "A1", "not used"] {
        assert!(port.contains(part), "{part} is missing in\n{port}");
    }
    let stored = explain("PS-ENV-8");
    for part in ["Remarked on ps-15016, ps-20016s", "asleep for 90 d", "Recharge the pack"] {
        assert!(stored.contains(part), "{part} is missing in\n{stored}");
    }
    let (_, text, _) = packtwin(folder.path(), &["explain", "PS-IF-2", "it.toml", "--json"]);
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(document["facts"][1]["of"], "JP2");
    assert_eq!(document["facts"][1]["is"], serde_json::json!(["T1", "T2"]));
    assert_eq!(document["remarks"], serde_json::json!([]));
}
