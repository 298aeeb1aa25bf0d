//! Which scenarios run: filters, lists, stopping, watching; and what a shell and a reader need.

use crate::common::{Bench, GOOD, Said, failing};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

fn ids(said: &Said) -> Vec<String> {
    let runs = said.json()["runs"].as_array().expect("a result has its form").clone();
    runs.iter().map(|run| run["id"].as_str().expect("a result has its form").to_owned()).collect()
}

#[test]
fn a_filter_chooses_and_a_list_shows_without_running() {
    let bench = Bench::with("set/ov-a.toml", GOOD);
    bench.write("set/ov-b.toml", failing());
    bench.write("set/other.toml", GOOD.replace("One cell", "All cells"));
    let list = |more: &[&str]| bench.run(&[&["run", "set", "--list", "--json"], more].concat());
    assert_eq!(ids(&list(&[])), ["other", "ov-a", "ov-b"]);
    assert_eq!(ids(&list(&["--filter", "ov-?"])), ["ov-a", "ov-b"]);
    assert_eq!(ids(&list(&["-f", "ALL CELLS"])), ["other"]);
    assert_eq!(ids(&list(&["-f", "ps-ov-1", "-f", "!ov-b"])), ["other", "ov-a"]);
    let shown = bench.run(&["run", "set", "--list"]);
    assert_eq!((shown.code, shown.out.lines().count()), (Some(0), 3), "{shown:?}");
    assert!(shown.out.starts_with("other  ps-15016  All cells"), "{}", shown.out);
    assert!(!bench.path("packtwin-report").exists(), "nothing was run");
    let ran = bench.run(&["run", "set", "--filter", "ov-a", "--json"]);
    assert_eq!((ran.code, ids(&ran)), (Some(0), vec!["ov-a".to_owned()]));
}

#[test]
fn a_filter_that_nothing_matches_ends_with_2() {
    let bench = Bench::with("ov.toml", GOOD);
    let said = bench.run(&["run", "ov.toml", "--filter", "nothing"]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""));
    assert!(said.err.contains("no scenario matches the filters\nhint: --list"), "{}", said.err);
}

#[test]
fn fail_fast_begins_no_other_run_after_the_first_failure() {
    let bench = Bench::with("set/a.toml", failing());
    bench.write("set/b.toml", GOOD);
    let said = bench.run(&["run", "set", "--fail-fast", "--jobs", "1", "--json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(ids(&said), ["a"]);
    assert_eq!(said.json()["not_run"], serde_json::json!(["b"]));
    // The rest is run by the next call; what has failed is not run again.
    let rest = bench.run(&["run", "set", "--resume", "--json"]);
    assert_eq!(ids(&rest), ["a", "b"]);
    assert!(rest.err.contains("resumed: 1 of 2 runs are kept"), "{}", rest.err);
}

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = bench.run(&["completions", shell]);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{shell}");
        for word in ["replay", "fail-fast", "completions"] {
            assert!(said.out.contains(word), "{shell} does not know {word}");
        }
    }
    let said = bench.run(&["completions", "csh"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("bash"), "{}", said.err);
}

#[test]
fn the_manual_has_a_page_of_the_program_and_one_per_command() {
    let bench = Bench::new();
    let page = bench.run(&["man"]);
    assert_eq!((page.code, page.err.as_str()), (Some(0), ""));
    assert!(page.out.contains(".TH packtwin 1") && page.out.contains("Exit codes"));
    assert_eq!(bench.run(&["man", "pages"]).code, Some(0));
    for (name, word) in
        [("packtwin", "run"), ("packtwin-run", "resume"), ("packtwin-diff", "budget")]
    {
        let page = bench.read(&format!("pages/{name}.1"));
        assert!(page.contains(&format!(".TH {name} 1")) && page.contains(word), "{name}: {page}");
    }
    bench.write("taken", "mine");
    let refused = bench.run(&["man", "taken"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("error: cannot make the folder taken"), "{}", refused.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_goes_away_is_no_error_for_what_is_printed_at_length() {
    let bench = Bench::with("ov.toml", GOOD);
    bench.run(&["run", "ov.toml", "--out", "base"]);
    for arguments in [
        &["completions", "bash"][..],
        &["man"],
        &["run", "--list"],
        &["diff", "base", "base"],
        &["replay", "base/ov"],
    ] {
        let mut command = bench.command(arguments);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        drop(child.stdout.take());
        let said = Said::from(child.wait_with_output().expect("it ends"));
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn wrong_usage_of_every_new_command_says_what_would_be_right() {
    let bench = Bench::new();
    for (arguments, hint) in [
        (&["diff"][..], "<BASE>"),
        (&["diff", "a", "b", "--bugdet", "c"], "'--budget'"),
        (&["diff", "a", "b", "--annotations", "gitlab"], "github, none"),
        (&["replay"], "<LINE|FILE|DIR>"),
        (&["replay", "a", "--seed", "7"], "--seed"),
        (&["completions"], "<SHELL>"),
        (&["man", "a", "b"], "unexpected argument 'b'"),
        (&["run", "--filter", ""], "--filter <TEXT>"),
        (&["run", "--filter", "a["], "--filter <TEXT>"),
        (&["run", "--watch", "--list"], "cannot be used with '--list'"),
        (&["run", "--watch"], "there is no file to watch"),
    ] {
        let said = bench.run(arguments);
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{arguments:?}: {said:?}");
        assert!(said.err.contains(hint), "{arguments:?}: {}", said.err);
    }
}

#[test]
fn every_new_command_has_help_with_examples() {
    let bench = Bench::new();
    for command in ["diff", "replay", "completions", "man"] {
        let said = bench.run(&[command, "--help"]);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{command}");
        assert!(said.out.contains(&format!("Examples:\n  packtwin {command} ")), "{}", said.out);
        assert!(said.out.lines().all(|line| line.chars().count() <= 110), "{}", said.out);
    }
}

/// The lines that a program says on standard error, as they come.
fn lines(child: &mut Child) -> Receiver<String> {
    let (sender, lines) = channel();
    let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
    #[expect(clippy::disallowed_methods, reason = "a pipe is read beside the test")]
    std::thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn waits_for(lines: &Receiver<String>, wanted: &str) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        match lines.recv_timeout(Duration::from_secs(60)) {
            Ok(line) => seen.push(line),
            Err(error) => panic!("{wanted} never came ({error}): {seen:#?}"),
        }
        if seen.last().is_some_and(|line| line.contains(wanted)) {
            return seen;
        }
    }
}

#[cfg(unix)]
#[test]
fn a_watch_runs_what_has_changed_survives_a_mistake_and_ends_with_ctrl_c() {
    let bench = Bench::with("set/a.toml", GOOD);
    bench.write("set/b.toml", GOOD);
    let mut command = bench.command(&["run", "set", "--watch", "--out", "set/report"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let said = lines(&mut child);
    waits_for(&said, "watching; Ctrl-C ends");
    bench.write("set/b.toml", failing());
    let round = waits_for(&said, "watching; Ctrl-C ends");
    assert!(round.iter().any(|line| line.contains("resumed: 1 of 2 runs are kept")), "{round:#?}");
    assert!(bench.read("set/report/b/result.json").contains("\"fail\""));
    bench.write("set/b.toml", "mistake");
    let round = waits_for(&said, "watching; Ctrl-C ends");
    assert!(round.iter().any(|line| line.contains("problem found")), "{round:#?}");
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("there is a kill").success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
