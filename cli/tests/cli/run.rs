//! Runs from the command line: exit codes, streams, colour, overrides, interruption, what the
//! report keeps.

use crate::common::{Bench, GOOD, Said, aborting, failing, untested};
use std::fs;
use std::process::Stdio;

#[test]
fn a_run_that_passes_ends_with_0_and_leaves_a_report() {
    let bench = Bench::with("ov.toml", GOOD);
    let said = bench.run(&["run", "ov.toml"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let first = said.out.lines().next().unwrap_or_default();
    assert!(first.starts_with("PASS ") && first.contains("ov  One cell"), "{}", said.out);
    // Nothing but the place of the report: progress is for terminals.
    assert_eq!(said.err, "report: packtwin-report/index.html\n");
    for file in ["index.html", "result.json", "ov/index.html", "ov/trace.csv", "ov/events.csv"] {
        assert!(!bench.read(&format!("packtwin-report/{file}")).is_empty(), "{file}");
    }
}

#[test]
fn a_verdict_that_fails_ends_with_1() {
    let said = Bench::with("ov.toml", failing()).run(&["run", "ov.toml"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.starts_with("FAIL "), "{}", said.out);
}

#[test]
fn a_requirement_that_nothing_put_to_the_test_is_untested_and_ends_with_1() {
    let bench = Bench::with("ov.toml", untested());
    let said = bench.run(&["run", "ov.toml"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.starts_with("UNTESTED "), "{}", said.out);
    assert!(said.out.contains("its limit was never reached"), "{}", said.out);
    assert_eq!(bench.run(&["run", "--json", "ov.toml"]).json()["verdict"], "untested");
}

#[test]
fn an_aborted_run_ends_with_3_says_why_and_keeps_what_it_recorded() {
    let bench = Bench::with("ov.toml", aborting());
    bench.write("other.toml", failing());
    let why = "more than 100 events";
    let alone = bench.run(&["run", "ov.toml"]);
    assert_eq!(alone.code, Some(3), "{alone:?}");
    assert!(alone.out.contains(why), "{}", alone.out);
    // It outranks a failure, and the other runs are not lost.
    let both = bench.run(&["run", "ov.toml", "other.toml"]);
    assert_eq!(both.code, Some(3));
    assert!(both.out.contains(why) && both.out.contains("2 runs"), "{}", both.out);
    let page = bench.read("packtwin-report/ov/index.html");
    assert!(page.contains(why) && page.contains("aborted at "), "the page says it");
    let trace = bench.read("packtwin-report/ov/trace.csv");
    let rows = trace.lines().count();
    assert!((3..80).contains(&rows), "a part of 8 s at 100 ms: {rows}");
    let result = bench.read("packtwin-report/ov/result.json");
    let result: serde_json::Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["outcome"]["completed"], false);
    assert_eq!(result["outcome"]["why"], why);
}

#[test]
fn json_is_one_document_on_standard_output() {
    let bench = Bench::with("ov.toml", GOOD);
    for arguments in [&["run", "--json", "ov.toml"][..], &["--format", "json", "run", "ov.toml"]] {
        let said = bench.run(arguments);
        assert_eq!(said.code, Some(0));
        let document = said.json();
        assert_eq!(document["schema"], "packtwin.result/1");
        assert_eq!(document["runs"][0]["id"], "ov");
        assert_eq!(said.out, bench.read("packtwin-report/result.json"), "the report has the same");
    }
}

#[test]
fn the_environment_chooses_the_format_and_the_command_line_may_agree() {
    let bench = Bench::with("ov.toml", GOOD);
    for (arguments, json) in [
        (&["check", "ov.toml"][..], true),
        (&["check", "--json", "ov.toml"], true),
        (&["check", "--format", "text", "ov.toml"], false),
    ] {
        let said = Said::of(bench.command(arguments).env("PACKTWIN_FORMAT", "json"));
        assert_eq!((said.code, said.out.starts_with('{')), (Some(0), json), "{said:?}");
    }
}

#[test]
fn a_result_says_how_to_produce_it_again() {
    let bench = Bench::with("ov.toml", GOOD);
    let asked = ["--seed", "7", "--tolerance", "datasheet", "--front-end", "value"];
    let document = bench.run(&[&["run", "--json", "ov.toml"], &asked[..]].concat()).json();
    let run = &document["runs"][0];
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
    assert!(document.as_object().unwrap().contains_key("commit"));
    assert_eq!((&run["seed"], &run["tolerance"]), (&7.into(), &"datasheet".into()));
    assert_eq!((&run["front_end"], &run["file"]), (&"value".into(), &"ov.toml".into()));
    let digest = run["file_blake3"].as_str().unwrap();
    assert_eq!(digest.len(), 64);
    let page = bench.read("packtwin-report/ov/index.html");
    for shown in [digest, run["digest"].as_str().unwrap(), "datasheet", "packtwin 0."] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn what_is_not_asked_for_stays_as_the_file_has_it() {
    let text = GOOD.replace("duration =", "seed = 42\nfront-end = \"value\"\nduration =");
    let document = Bench::with("ov.toml", text).run(&["run", "--json", "ov.toml"]).json();
    let run = &document["runs"][0];
    assert_eq!((&run["seed"], &run["tolerance"]), (&42.into(), &"nominal".into()));
    assert_eq!(run["front_end"], "value");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let bench = Bench::with("set/a.toml", GOOD);
    bench.write("set/b.toml", failing());
    let one = bench.run(&["run", "--json", "set", "--jobs", "1"]);
    // Far more than runs: only as many are started as there are runs.
    let many = bench.run(&["run", "--json", "set", "--jobs", "1000000"]);
    let by_environment =
        Said::of(bench.command(&["run", "--json", "set"]).env("RAYON_NUM_THREADS", "0"));
    assert_eq!(one.code, Some(1));
    assert_eq!(one.out, many.out);
    assert_eq!(one.out, by_environment.out);
}

#[test]
fn quiet_shows_only_what_went_wrong() {
    let bench = Bench::with("good.toml", GOOD);
    let good = bench.run(&["run", "--quiet", "good.toml"]);
    assert_eq!((good.code, good.out.as_str(), good.err.as_str()), (Some(0), "", ""));
    bench.write("bad.toml", failing());
    let mixed = bench.run(&["run", "-q", "good.toml", "bad.toml"]);
    assert_eq!((mixed.code, mixed.err.as_str()), (Some(1), ""));
    assert!(mixed.out.starts_with("FAIL ") && !mixed.out.contains("PASS"), "{}", mixed.out);
}

#[test]
fn colour_follows_the_flag_then_the_environment_then_the_terminal() {
    let bench = Bench::with("ov.toml", failing());
    let coloured = |flags: &[&str], variable: Option<&str>| {
        let mut command = bench.command(&[&["run", "ov.toml"], flags].concat());
        if let Some(variable) = variable {
            command.env(variable, "1");
        }
        Said::of(&mut command).out.contains('\u{1b}')
    };
    assert!(!coloured(&[], None), "a pipe is no terminal");
    assert!(coloured(&["--color", "always"], None));
    assert!(coloured(&["--color", "always"], Some("NO_COLOR")), "the flag wins");
    assert!(coloured(&[], Some("CLICOLOR_FORCE")));
    assert!(!coloured(&[], Some("NO_COLOR")));
    assert!(!coloured(&["--color", "never"], Some("CLICOLOR_FORCE")), "the flag wins");
    assert!(!coloured(&["--color", "always", "--json"], None), "JSON has no colour");
}

#[test]
fn messages_about_bad_files_are_coloured_in_the_same_way() {
    let bench = Bench::with("bad.toml", "title = 1");
    let plain = bench.run(&["check", "bad.toml"]);
    let bright = bench.run(&["check", "bad.toml", "--color", "always"]);
    assert!(!plain.err.contains('\u{1b}') && bright.err.contains('\u{1b}'));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::with("ov.toml", GOOD);
    for arguments in [&["run", "--json", "ov.toml"][..], &["check", "ov.toml"], &["--help"]] {
        let mut command = bench.command(arguments);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        drop(child.stdout.take());
        let said = Said::from(child.wait_with_output().expect("it ends"));
        assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}");
        assert!(!said.err.contains("error"), "{said:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_printed_end_with_2_and_the_report_is_kept() {
    let bench = Bench::with("ov.toml", GOOD);
    let full = fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let child = bench.command(&["run", "ov.toml"]).stdout(full).stderr(Stdio::piped()).spawn();
    let said = Said::from(child.unwrap().wait_with_output().unwrap());
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("the results cannot be printed: No space left"), "{}", said.err);
    assert!(bench.path("packtwin-report/index.html").exists());
}

#[test]
fn two_files_of_one_name_get_a_folder_each() {
    let bench = Bench::with("a/ov.toml", GOOD);
    bench.write("b/ov.toml", failing());
    let said = bench.run(&["run", "--json", "a/ov.toml", "b/ov.toml"]).json();
    assert_eq!(said["runs"][0]["result"], "ov/result.json");
    assert_eq!(said["runs"][1]["result"], "ov-2/result.json");
    assert!(bench.read("packtwin-report/ov-2/result.json").contains("\"fail\""));
}

#[cfg(unix)]
#[test]
fn an_interruption_ends_with_130_and_keeps_what_has_finished() {
    const ALL: usize = 400;
    let bench = Bench::new();
    let cases: String = (0..ALL).map(|case| format!("\n[[case]]\nsuffix = \"{case}\"\n")).collect();
    // The first is short, so that it has finished when the signal comes.
    let long = GOOD.replace("8 s", "100 s");
    bench.write("a.toml", GOOD);
    bench.write("b.toml", long + &cases);
    let mut child = bench
        .command(&["run", "--jobs", "1", "a.toml", "b.toml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // The folder of the report is made just before the first run begins.
    while !bench.path("packtwin-report").exists() {
        assert_eq!(child.try_wait().unwrap(), None, "it has not ended yet");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("there is a kill").success());
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!(said.code, Some(130), "{}", said.err);
    let result = bench.read("packtwin-report/result.json");
    let result: serde_json::Value = serde_json::from_str(&result).unwrap();
    let count = |key: &str| result[key].as_array().unwrap().len();
    assert!(count("runs") > 0 && count("not_run") > 0);
    assert_eq!(count("runs") + count("not_run"), ALL + 1);
    assert_eq!(result["runs"][0]["verdict"], "pass");
    assert_ne!(result["verdict"], "pass", "what was not run has not passed");
    assert!(said.out.contains("PASS "), "the table shows what has finished: {}", said.out);
    let message = format!("interrupted: {} of {} scenarios not run", count("not_run"), ALL + 1);
    assert!(said.err.contains(&message), "{}", said.err);
    let page = bench.read("packtwin-report/index.html");
    assert!(page.contains(&format!("Interrupted: {} of {}", count("not_run"), ALL + 1)));
    assert!(bench.path("packtwin-report/a/trace.csv").exists());
}

/// GOOD lasts 8 s and records a row each 100 ms.
#[test]
fn a_run_that_fails_or_is_asked_for_leaves_every_row_and_one_that_passes_those_that_tell() {
    let bench = Bench::with("ov.toml", GOOD);
    bench.write("bad.toml", failing());
    let rows = |folder: &str| {
        bench.read(&format!("packtwin-report/{folder}/trace.csv")).lines().count() - 1
    };
    bench.run(&["run", "ov.toml", "bad.toml"]);
    assert_eq!(rows("bad"), 81);
    assert!((4..60).contains(&rows("ov")), "{}", rows("ov"));
    // What is left of an earlier call has to show what is asked for now.
    let resumed = bench.run(&["run", "ov.toml", "bad.toml", "--resume", "--traces"]);
    assert!(resumed.err.contains("resumed: 1 of 2 runs are kept"), "{}", resumed.err);
    assert_eq!((rows("bad"), rows("ov")), (81, 81));
    let resumed = bench.run(&["run", "ov.toml", "bad.toml", "--resume"]);
    assert!(resumed.err.contains("resumed: 2 of 2 runs are kept"), "{}", resumed.err);
}

#[test]
fn a_world_that_cannot_be_built_is_an_aborted_run_with_its_reason() {
    let pack = "[pack]\ncells = 16\ncell = \"reference-100ah\"\nsoc = \"50 %\"\n\n";
    let impossible = "[board]\nshunt = \"0 ohm\"\n\n";
    let head = GOOD.split("[forced]").next().unwrap();
    let tail = GOOD.rsplit("\n\n").next().unwrap();
    let bench = Bench::with("ov.toml", [head, pack, impossible, tail].concat());
    let said = bench.run(&["run", "ov.toml"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.contains("shunt resistance is 0"), "{}", said.out);
    assert!(bench.read("packtwin-report/ov/index.html").contains("shunt resistance is 0"));
    assert!(bench.read("packtwin-report/ov/trace.csv").starts_with("Test Time / s,"));
}
