//! What lands on disk, and what happens when it cannot.

use super::{ReportError, folders, write};
use crate::judge;
use crate::testbench::{cold_charge, lookup, quiet, scenario, short_circuit};
use sim::time::SimTime;
use std::fs;

#[test]
fn every_file_is_written_and_none_is_left_half_done() {
    let (short, cold) = (short_circuit(), cold_charge());
    let runs = [judge(&short.0, &short.1, &lookup), judge(&cold.0, &cold.1, &lookup)];
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("new/report");
    let written = write(&out, &runs).unwrap();
    assert_eq!(written.index, out.join("index.html"));
    let mut names: Vec<_> = written
        .files
        .iter()
        .map(|it| it.strip_prefix(&out).unwrap().to_str().unwrap().replace('\\', "/"))
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "assets/charts.js",
            "assets/page.js",
            "assets/uPlot.LICENSE",
            "assets/uPlot.iife.min.js",
            "assets/uPlot.min.css",
            "coverage.html",
            "index.html",
            "ps150-sc-hard-fault/bursts.csv",
            "ps150-sc-hard-fault/events.csv",
            "ps150-sc-hard-fault/index.html",
            "ps150-sc-hard-fault/result.json",
            "ps150-sc-hard-fault/trace.csv",
            "ps200-cold-charge/events.csv",
            "ps200-cold-charge/index.html",
            "ps200-cold-charge/result.json",
            "ps200-cold-charge/trace.csv",
            "result.json",
        ]
    );
    for path in &written.files {
        assert!(fs::metadata(path).unwrap().len() > 0, "{}", path.display());
    }
    let entries = fs::read_dir(out.join("ps200-cold-charge")).unwrap().count();
    assert_eq!(entries, 4, "no temporary file is left");
}

#[test]
fn the_same_runs_give_the_same_bytes() {
    let short = short_circuit();
    let runs = [judge(&short.0, &short.1, &lookup)];
    let again = short_circuit();
    let again = [judge(&again.0, &again.1, &lookup)];
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = write(one.path(), &runs).map(|it| contents(&it.files)).unwrap();
    let two = write(two.path(), &again).map(|it| contents(&it.files)).unwrap();
    assert!(one == two, "a report must not depend on anything but its runs");
}

fn contents(files: &[std::path::PathBuf]) -> Vec<Vec<u8>> {
    files.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn tables_carry_their_units_and_a_line_per_row() {
    let (wanted, trace) = short_circuit();
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[judge(&wanted, &trace, &lookup)]).unwrap();
    let table =
        |name| fs::read_to_string(dir.path().join("ps150-sc-hard-fault").join(name)).unwrap();
    let rows = table("trace.csv");
    assert!(
        rows.starts_with(
            "Test Time / s,Voltage / V,Current / A,Pack Voltage / V,Cell 1 Voltage / V,"
        )
    );
    assert_eq!(rows.lines().count(), 1 + trace.rows.len());
    let columns = |line: &str| line.split(',').count();
    assert!(rows.lines().all(|line| columns(line) == columns(rows.lines().next().unwrap())));
    let events = table("events.csv");
    assert!(events.contains("1.000192000,protection,SC enters\n"), "{events}");
    assert_eq!(table("bursts.csv").lines().count(), 1 + trace.bursts[0].len());
}

#[test]
fn a_file_in_the_way_of_the_folder_is_named_with_a_hint_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let taken = dir.path().join("taken");
    fs::write(&taken, "mine").unwrap();
    let (wanted, trace) = short_circuit();
    let error = write(&taken, &[judge(&wanted, &trace, &lookup)]).unwrap_err();
    assert!(matches!(error, ReportError::Folder { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("taken") && text.contains("\nhint: a file stands where a folder"),
        "{text}"
    );
    assert_eq!(fs::read_to_string(taken).unwrap(), "mine");
}

#[test]
fn a_folder_in_the_way_of_a_file_is_named_and_the_rest_stays() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("index.html/inside")).unwrap();
    let (wanted, trace) = short_circuit();
    let error = write(dir.path(), &[judge(&wanted, &trace, &lookup)]).unwrap_err();
    assert!(matches!(&error, ReportError::File { path, .. } if path.ends_with("index.html")));
    assert!(error.to_string().contains("hint: "), "{error}");
    assert!(dir.path().join("index.html/inside").exists());
    assert!(dir.path().join("ps150-sc-hard-fault/result.json").exists(), "written before");
    assert!(!dir.path().join("index.html.part").exists(), "no part is left");
}

#[test]
fn folder_names_are_harmless_and_never_the_same() {
    let ids = ["a/b", "../a b", "a-b", "", "ps150-ov.2"];
    let wanted: Vec<_> = ids.iter().map(|id| scenario(id, SimTime::from_secs(1))).collect();
    let trace = quiet();
    let runs: Vec<_> = wanted.iter().map(|it| judge(it, &trace, &lookup)).collect();
    assert_eq!(folders(&runs), ["a-b", "-a-b", "a-b-2", "run", "ps150-ov.2"]);
}
