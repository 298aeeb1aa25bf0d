//! The command line as a newcomer meets it: help, wrong usage, wrong files, places that cannot be
//! written to.

use crate::common::{Bench, GOOD, Said, aborting};
use std::fs;
use std::path::{Path, PathBuf};

/// Files that are wrong in one way each.
fn bad_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/tests/bad");
    let entries = fs::read_dir(folder).expect("the folder of bad files is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.sort();
    paths
}

/// Whether `text` names a place, `name:line:column`.
fn names_a_place(text: &str, name: &str) -> bool {
    text.match_indices(&format!("{name}:")).any(|(at, found)| {
        let mut numbers = text[at + found.len()..].splitn(2, ':');
        let digits = |part: Option<&str>, all: bool| {
            let part = part.unwrap_or_default();
            let count = part.chars().take_while(char::is_ascii_digit).count();
            count > 0 && (!all || count == part.len())
        };
        digits(numbers.next(), true) && digits(numbers.next(), false)
    })
}

/// Usage and input errors: exit 2, nothing on standard output, something on standard error.
fn refused(said: &Said) -> &str {
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_eq!(said.out, "", "{said:?}");
    assert!(!said.err.trim().is_empty(), "{said:?}");
    &said.err
}

#[test]
fn alone_it_shows_its_commands_and_examples_and_ends_with_2() {
    let said = Bench::new().run(&[]);
    let text = refused(&said);
    for shown in ["Usage: packtwin", "  run ", "  check ", "Examples:\n", "Exit codes:"] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
}

#[test]
fn help_is_a_result_with_examples_and_exit_codes() {
    let bench = Bench::new();
    for arguments in [&["--help"][..], &["-h"], &["help"], &["run", "--help"], &["help", "run"]] {
        let said = bench.run(arguments);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{arguments:?}");
        for shown in ["Examples:\n  packtwin run ", "Exit codes:\n  0 ", "\n  130  interrupted"] {
            assert!(said.out.contains(shown), "{arguments:?}: {shown} in {}", said.out);
        }
    }
    let check = bench.run(&["check", "--help"]);
    assert_eq!(check.code, Some(0));
    assert!(check.out.contains("Examples:\n  packtwin check "), "{}", check.out);
}

#[test]
fn the_version_is_one_line() {
    let said = Bench::new().run(&["--version"]);
    assert_eq!(said.code, Some(0));
    assert_eq!(said.out, format!("packtwin {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_says_what_would_be_right() {
    let bench = Bench::new();
    for (arguments, hint) in [
        (&["chek"][..], "'check'"),
        (&["run", "--sed", "7"], "'--seed'"),
        (&["run", "--jobs", "0"], "expected a whole number from 1"),
        (&["run", "--jobs", "-1"], "expected a whole number from 1"),
        (&["run", "--jobs", "two"], "expected a whole number from 1"),
        (&["run", "--seed", "-1"], "--seed <SEED>"),
        (&["run", "--seed", "seven"], "--seed"),
        (&["run", "--tolerance", "exact"], "nominal, datasheet"),
        (&["run", "--front-end", "bytes"], "register, value"),
        (&["run", "--format", "xml"], "text, json"),
        (&["run", "--color", "sometimes"], "auto, always, never"),
        (&["run", "--out"], "--out <DIR>"),
    ] {
        let said = bench.run(arguments);
        assert!(refused(&said).contains(hint), "{arguments:?}: {hint} in {}", said.err);
    }
    assert!(!bench.path("packtwin-report").exists(), "nothing was run");
}

#[test]
fn a_file_in_the_place_of_the_command_is_told_the_command() {
    let said = Bench::with("ov.toml", GOOD).run(&["ov.toml"]);
    assert!(refused(&said).contains("`packtwin run ov.toml`"), "{}", said.err);
}

#[test]
fn every_bad_file_is_refused_with_its_place_by_check_and_by_run() {
    let bench = Bench::new();
    let files = bad_files();
    assert!(files.len() >= 25, "{}", files.len());
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let said = bench.run(&["check", file.to_str().unwrap()]);
        assert!(names_a_place(refused(&said), name), "{name}: {}", said.err);
        assert!(said.err.contains(" found\n"), "{name}: {}", said.err);
    }
    let mut all = vec!["run"];
    all.extend(files.iter().map(|file| file.to_str().unwrap()));
    let said = bench.run(&all);
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(names_a_place(refused(&said), name), "{name} among all");
    }
    assert!(!bench.path("packtwin-report").exists(), "nothing was run");
}

#[test]
fn what_cannot_be_read_as_text_is_named_with_a_hint() {
    let bench = Bench::new();
    bench.write("latin1.toml", b"title = \"25 \xb0C\"");
    bench.write("binary.toml", [0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0xff, 0xfe]);
    bench.write("zeros.toml", [0; 64]);
    bench.write("empty/readme.md", "no scenario");
    bench.write("folder.toml/inside.txt", "no scenario");
    bench.write("nothing.toml", "");
    for (input, words) in [
        ("missing.toml", "missing.toml: cannot be read: No such file"),
        ("latin1.toml", "latin1.toml: is not UTF-8, from byte 12 on"),
        ("binary.toml", "binary.toml: is not UTF-8, from byte 8 on"),
        ("zeros.toml", "zeros.toml: is not text: byte 0 is zero"),
        ("empty", "empty: the folder holds no scenario"),
        ("folder.toml", "folder.toml: the folder holds no scenario"),
        ("nothing.toml", "`scenario` is missing"),
    ] {
        for command in ["check", "run"] {
            let said = bench.run(&[command, input]);
            let text = refused(&said);
            assert!(text.contains(words), "{command} {input}: {words} in {text}");
            assert!(text.contains("help: "), "{command} {input}: {text}");
        }
    }
}

#[test]
fn all_problems_of_all_files_are_shown_at_once() {
    let bench = Bench::with("good.toml", GOOD);
    bench.write("one.toml", GOOD.replace("3300 mV", "3300"));
    bench.write("two.toml", GOOD.replace("ps-15016", "ps-15061"));
    let said = bench.run(&["check", "good.toml", "one.toml", "missing.toml", "two.toml"]);
    insta::assert_snapshot!(refused(&said));
}

#[test]
fn problems_are_also_data() {
    let bench = Bench::with("one.toml", GOOD.replace("ps-15016", "ps-15061"));
    for command in ["check", "run"] {
        let said = bench.run(&[command, "--json", "one.toml"]);
        assert_eq!(said.code, Some(2));
        let document = said.json();
        assert_eq!(document["schema"], "packtwin.check/1");
        assert_eq!(document["valid"], false);
        let problem = &document["problems"][0];
        assert_eq!((&problem["line"], &problem["column"]), (&4.into(), &11.into()));
        assert_eq!(problem["hint"], "did you mean `ps-15016`?");
    }
}

#[test]
fn good_files_are_counted_or_listed_or_passed_in_silence() {
    let bench = Bench::with("set/a.toml", GOOD);
    let one = bench.run(&["check", "set/a.toml"]);
    assert_eq!((one.code, one.out.as_str()), (Some(0), "1 scenario, no mistakes\n"));
    bench.write("set/b.toml", GOOD);
    let both = bench.run(&["check", "set"]);
    assert_eq!((both.code, both.out.as_str()), (Some(0), "2 scenarios, no mistakes\n"));
    assert_eq!(both.err, "");
    let quiet = bench.run(&["check", "--quiet", "set"]);
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (Some(0), "", ""));
    let listed = bench.run(&["check", "--json", "set"]).json();
    assert_eq!(listed["valid"], true);
    assert_eq!(listed["scenarios"], serde_json::json!(["a", "b"]));
}

#[test]
fn the_embedded_suite_is_checked_where_no_file_is_named() {
    let said = Bench::new().run(&["check", "--json"]);
    assert_eq!(said.code, Some(0));
    assert!(said.json()["scenarios"].as_array().unwrap().len() >= 12, "{}", said.out);
}

#[test]
fn a_scenario_comes_from_standard_input_too() {
    let bench = Bench::with("ov.toml", GOOD);
    let from = |name: &str| fs::File::open(bench.path(name)).unwrap();
    let good = Said::of(bench.command(&["check", "--json", "-"]).stdin(from("ov.toml")));
    assert_eq!(good.code, Some(0));
    assert_eq!(good.json()["scenarios"], serde_json::json!(["stdin"]));
    bench.write("bad.toml", GOOD.replace("duration", "durations"));
    let bad = Said::of(bench.command(&["check", "-"]).stdin(from("bad.toml")));
    assert!(names_a_place(refused(&bad), "standard input"), "{}", bad.err);
}

#[test]
fn a_report_without_a_place_is_refused_before_anything_runs() {
    // The run would end with 3 if it were begun.
    let bench = Bench::with("ov.toml", aborting());
    bench.write("taken", "mine");
    for out in ["taken", "taken/below"] {
        let said = bench.run(&["run", "ov.toml", "--out", out]);
        let text = refused(&said);
        assert!(text.contains(&format!("error: cannot make the folder {out}: ")), "{text}");
        assert!(text.contains("\nhint: "), "{text}");
    }
    assert_eq!(bench.read("taken"), "mine");
}
