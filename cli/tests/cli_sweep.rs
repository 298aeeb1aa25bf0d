//! `packtwin sweep` from outside: what it writes, what it says, how it ends.

use std::path::Path;
use std::process::{Command, Output};

const SHORT: &str = include_str!("../../scenarios/sweep/short-circuit.toml");

fn sweep(folder: &Path, text: &str, more: &[&str]) -> Output {
    let file = folder.join("short.toml");
    std::fs::write(&file, text).expect("the folder is writable");
    let mut command = Command::new(env!("CARGO_BIN_EXE_packtwin"));
    command.arg("sweep").arg(file).arg("--out").arg(folder.join("out")).args(more);
    command.output().expect("packtwin starts")
}

/// 80 mV are reached 20 µs after the fault; 192 µs later, and a comparator's clock of 64 µs at
/// most, the gate is told. Without the converter the phase of the scan does not matter.
#[test]
fn a_comparators_time_does_not_depend_on_the_phase_of_the_scan() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = sweep(folder.path(), SHORT, &["-n", "8", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let scenario = &document["scenarios"][0];
    assert_eq!(scenario["id"], "short-150");
    let detect = &scenario["entries"][0]["measures"][0];
    let [min, max] = ["min_ns", "max_ns"].map(|key| detect[key].as_u64().expect("a time"));
    assert!(min >= 192_000 && max <= 192_000 + 30_000 + 64_000, "{min} to {max} ns");
    assert!(max - min <= 64_000, "{min} to {max} ns");
}

#[test]
fn the_report_is_a_page_a_table_and_a_document() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = sweep(folder.path(), SHORT, &["-n", "2"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(
        table.contains("PASS      short-150") && table.contains("2 phases of 100 ms"),
        "{table}"
    );
    for file in ["index.html", "sweep.csv", "sweep.json"] {
        assert!(folder.path().join("out").join(file).is_file(), "{file}");
    }
}

#[test]
fn one_phase_is_no_sweep() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = sweep(folder.path(), SHORT, &["-n", "1"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}
