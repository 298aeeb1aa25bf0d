//! `packtwin spread` from outside: what it writes, what it says, how it ends.

use std::path::Path;
use std::process::{Command, Output};

const SHORT: &str = include_str!("../../scenarios/spread/short-circuit.toml");

fn spread(folder: &Path, text: &str, more: &[&str]) -> Output {
    let file = folder.join("short.toml");
    std::fs::write(&file, text).expect("the folder is writable");
    let mut command = Command::new(env!("CARGO_BIN_EXE_packtwin"));
    command.arg("spread").arg(file).arg("--out").arg(folder.join("out")).args(more);
    command.output().expect("packtwin starts")
}

#[test]
fn seeds_follow_the_first_and_a_folder_per_scenario_holds_four_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = spread(folder.path(), SHORT, &["--seeds", "3", "--seed", "40", "--jobs", "2"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(table.contains("PASS      short-150") && table.contains("3 seeds"), "{table}");
    for scenario in ["short-150", "short-200"] {
        for file in ["spread.html", "spread.svg", "spread.csv", "spread.json"] {
            assert!(folder.path().join("out").join(scenario).join(file).is_file(), "{file}");
        }
    }
    let csv = std::fs::read_to_string(folder.path().join("out/short-150/spread.csv"));
    let csv = csv.expect("the table was written");
    let seeds: Vec<_> = csv.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    assert_eq!(seeds, ["40", "41", "42"]);
}

#[test]
fn json_is_one_document_on_standard_output() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = spread(folder.path(), SHORT, &["-n", "2", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(document["schema"], "packtwin.spread/1");
    assert_eq!(document["scenarios"].as_array().map(Vec::len), Some(2));
}

/// 160 mΩ in all let 330 A flow: 55 mV of the 80 mV ± 10 mV of the ps-15016.
#[test]
fn nothing_tripped_is_not_a_success() {
    let folder = tempfile::tempdir().expect("a folder");
    let weak = SHORT.replace("5 mohm\", inductance", "150 mohm\", inductance");
    let output = spread(folder.path(), &weak, &["-n", "2"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(table.contains("UNTESTED") && table.contains("nothing tripped"), "{table}");
}

#[test]
fn a_file_with_a_mistake_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = spread(folder.path(), "[scenario]\ntitle = 1\n", &["-n", "2"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}
