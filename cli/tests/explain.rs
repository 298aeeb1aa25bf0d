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
