//! Large suites: stopped and gone on with, byte for byte the same as one that was not; results that
//! have no place; what is kept then.

use crate::common::{Bench, GOOD, Said, failing};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// As short as a run can be that still proves something.
const SHORT: &str = r#"
[scenario]
title = "Nothing happens"
product = "ps-15016"
duration = "200 ms"

[forced]
cells = 16
voltage = "3300 mV"

[[expect]]
requirement = "PS-OV-1"
never = "OV enters"
"#;

/// A folder `set` with so many files.
fn many(count: usize) -> Bench {
    let bench = Bench::new();
    (0..count).for_each(|number| bench.write(&format!("set/run-{number:04}.toml"), SHORT));
    bench
}

/// Every file below a folder, with its bytes.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("the report can be read") {
            let path = entry.expect("the report can be read").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("the report can be read")
                    .display()
                    .to_string();
                found.insert(name, fs::read(&path).expect("the report can be read"));
            }
        }
    }
    found
}

/// How many runs the journal of a report holds.
fn noted(bench: &Bench, out: &str) -> usize {
    let text = fs::read_to_string(bench.path(&format!("{out}/.packtwin-journal")));
    text.map_or(0, |text| text.lines().count().saturating_sub(1))
}

fn start(bench: &Bench, arguments: &[&str]) -> Child {
    let mut command = bench.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// Ctrl-C once a report holds so many runs.
#[cfg(unix)]
fn interrupted_after(bench: &Bench, arguments: &[&str], out: &str, runs: usize) -> Said {
    let mut child = start(bench, arguments);
    while noted(bench, out) < runs {
        assert_eq!(child.try_wait().expect("the report can be read"), None, "it has not ended yet");
        std::thread::sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("there is a kill").success());
    Said::from(child.wait_with_output().expect("the report can be read"))
}

fn assert_same(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    assert!(one.keys().eq(other.keys()), "the same files");
    for (name, bytes) in one {
        assert!(other.get(name) == Some(bytes), "{name} differs");
    }
}

#[cfg(unix)]
#[test]
fn a_thousand_runs_that_were_stopped_and_resumed_equal_those_that_were_not() {
    const ALL: usize = 1_000;
    let bench = many(ALL);
    let asked = ["run", "set", "--out", "stopped", "--junit", "stopped/junit.xml"];
    let first = interrupted_after(&bench, &asked, "stopped", 50);
    assert_eq!(first.code, Some(130), "{first:?}");
    assert!(first.err.contains("the same command with --resume goes on from here"));
    let done = noted(&bench, "stopped");
    assert!((50..ALL).contains(&done), "{done}");
    let second = bench.run(&[&asked[..], &["--resume", "--jobs", "1"]].concat());
    assert_eq!(second.code, Some(0), "{second:?}");
    let wanted = format!("resumed: {done} of {ALL} runs are kept");
    assert!(second.err.contains(&wanted), "{wanted}: {}", second.err);
    let whole = bench.run(&["run", "set", "--out", "whole", "--junit", "whole/junit.xml"]);
    assert_eq!(whole.code, Some(0));
    assert_eq!(second.out, whole.out);
    let (stopped, whole) = (tree(&bench.path("stopped")), tree(&bench.path("whole")));
    let shared = 5; // assets
    let above = "result, index, coverage, JUnit, journal".split(", ").count();
    assert_eq!(whole.len(), 4 * ALL + above + shared, "four files a run");
    assert_same(&stopped, &whole);
}

#[cfg(unix)]
#[test]
fn a_call_that_does_not_resume_says_that_it_could() {
    let bench = many(300);
    let asked = ["run", "set", "--jobs", "1"];
    let first = interrupted_after(&bench, &asked, "packtwin-report", 3);
    assert_eq!(first.code, Some(130), "{first:?}");
    let again = bench.run(&["run", "set", "--filter", "run-0000"]);
    assert!(again.err.starts_with("note: an earlier call was stopped; "), "{}", again.err);
    assert!(again.err.contains("--resume would keep"), "{}", again.err);
}

#[test]
fn what_is_the_same_is_kept_and_what_is_not_is_run_again() {
    let bench = Bench::with("set/a.toml", GOOD);
    bench.write("set/b.toml", failing());
    bench.write("set/c.toml", GOOD);
    bench.run(&["run", "set"]);
    let before = tree(&bench.path("packtwin-report"));
    let kept = |more: &[&str]| {
        let said = bench.run(&[&["run", "set", "--resume"], more].concat());
        let line = said.err.lines().find(|line| line.starts_with("resumed: "));
        line.unwrap_or_else(|| panic!("{said:?}")).to_owned()
    };
    assert_eq!(kept(&[]), "resumed: 3 of 3 runs are kept");
    assert_same(&tree(&bench.path("packtwin-report")), &before);
    assert_eq!(kept(&["--seed", "7"]), "resumed: 0 of 3 runs are kept");
    assert_eq!(kept(&["--seed", "7"]), "resumed: 3 of 3 runs are kept");
    assert_eq!(kept(&["--seed", "7", "--front-end", "value"]), "resumed: 0 of 3 runs are kept");
    assert_eq!(kept(&[]), "resumed: 0 of 3 runs are kept");
    bench.write("set/a.toml", GOOD.replace("One cell", "A cell"));
    assert_eq!(kept(&[]), "resumed: 2 of 3 runs are kept");
    bench.write("packtwin-report/c/result.json", "{}");
    assert_eq!(kept(&[]), "resumed: 2 of 3 runs are kept");
    let after = tree(&bench.path("packtwin-report"));
    for name in ["b/index.html", "c/result.json"] {
        assert!(after[name] == before[name], "{name}");
    }
    bench.write("packtwin-report/.packtwin-journal", "{\"form\": \"packtwin.journal/1\"}\nhalf a");
    assert_eq!(kept(&[]), "resumed: 0 of 3 runs are kept");
}

#[test]
fn another_program_begins_anew() {
    let bench = Bench::with("ov.toml", GOOD);
    bench.run(&["run", "ov.toml"]);
    let journal = bench.read("packtwin-report/.packtwin-journal");
    let program = journal.split("\"program\":\"").nth(1).unwrap().split('"').next().unwrap();
    bench.write("packtwin-report/.packtwin-journal", journal.replace(program, &"0".repeat(64)));
    let said = bench.run(&["run", "ov.toml", "--resume"]);
    assert_eq!(said.code, Some(0));
    assert!(said.err.starts_with("note: the program has changed since: every run begins anew\n"));
}

/// Files may be 100 kB long at most: the trace of the second run is longer, as on a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn results_that_no_longer_fit_are_told_the_rest_is_not_run_and_what_has_finished_is_kept() {
    let bench = Bench::with("set/a.toml", SHORT);
    bench.write("set/b.toml", SHORT.replace("200 ms", "300 s"));
    bench.write("set/c.toml", SHORT);
    let program = env!("CARGO_BIN_EXE_packtwin");
    let limited = format!("trap '' XFSZ; ulimit -f 200; exec {program} run set --traces --jobs 1");
    let mut shell = Command::new("sh");
    shell.current_dir(bench.path("")).args(["-c", &limited]);
    let said = Said::of(&mut shell);
    assert_eq!(said.code, Some(2), "{said:?}");
    let wanted = "error: cannot write packtwin-report/b/trace.csv: File too large";
    assert!(said.err.contains(wanted) && said.err.contains("\nhint: free some space"), "{said:?}");
    assert!(said.err.contains("stopped: 2 of 3 scenarios not run"), "{}", said.err);
    assert!(said.out.starts_with("PASS      a"), "{}", said.out);
    assert!(bench.path("packtwin-report/a/result.json").exists());
    assert!(!bench.path("packtwin-report/b/trace.csv.part").exists(), "no part is left");
    let suite = bench.read("packtwin-report/result.json");
    let suite: serde_json::Value = serde_json::from_str(&suite).unwrap();
    assert_eq!(suite["not_run"], serde_json::json!(["b", "c"]));
    let rest = bench.run(&["run", "set", "--resume"]);
    assert_eq!(rest.code, Some(0), "{rest:?}");
    assert!(rest.err.contains("resumed: 1 of 3 runs are kept"), "{}", rest.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_nobody_may_write_to_is_refused_before_anything_runs() {
    let bench = Bench::with("ov.toml", GOOD);
    let said = bench.run(&["run", "ov.toml", "--out", "/proc/packtwin"]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
    assert!(said.err.starts_with("error: cannot make the folder /proc/packtwin: "), "{}", said.err);
    assert!(said.err.contains("\nhint: "), "{}", said.err);
}
