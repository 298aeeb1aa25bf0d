//! What a CI system reads of a run: JUnit, Markdown, annotations; each by another reader's eyes.

use crate::common::{Bench, GOOD, Said, aborting, failing, untested};

/// Four files: one passes, one fails, one is untested, one is aborted.
fn mixed() -> Bench {
    let bench = Bench::with("set/a-good.toml", GOOD);
    bench.write("set/b-bad.toml", failing());
    bench.write("set/c-untested.toml", untested());
    bench.write("set/d-aborted.toml", aborting());
    bench
}

#[test]
fn the_junit_file_has_a_suite_per_file_and_fails_where_the_run_does() {
    let bench = mixed();
    let said = bench.run(&["run", "set", "--junit", "out/junit.xml"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    let text = bench.read("out/junit.xml");
    let document = roxmltree::Document::parse(&text).expect("it is well-formed");
    let suites: Vec<_> =
        document.root_element().children().filter(|it| it.has_tag_name("testsuite")).collect();
    let of = |suite: &roxmltree::Node<'_, '_>, name: &str| -> usize {
        suite.attribute(name).and_then(|count| count.parse().ok()).expect("a count")
    };
    let named: Vec<_> = suites.iter().map(|suite| suite.attribute("name").unwrap()).collect();
    let wanted = ["set/a-good.toml", "set/b-bad.toml", "set/c-untested.toml", "set/d-aborted.toml"];
    assert_eq!(named, wanted);
    let bad = |suite| (of(suite, "failures") > 0, of(suite, "errors") > 0);
    let found: Vec<_> = suites.iter().map(bad).collect();
    assert_eq!(found[..3], [(false, false), (true, false), (true, false)]);
    assert!(found[3].1, "what could not go on is an error");
    assert!(text.contains("b-bad@set/b-bad.toml#blake3="), "{text}");
}

#[test]
fn what_was_not_run_is_skipped_and_not_passed() {
    let bench = mixed();
    let asked = ["run", "set", "--fail-fast", "--jobs", "1", "--junit", "junit.xml", "--json"];
    let said = bench.run(&asked);
    assert_eq!(said.code, Some(1), "{said:?}");
    let suite = said.json();
    assert_eq!(suite["not_run"], serde_json::json!(["c-untested", "d-aborted"]));
    assert_eq!(suite["runs"].as_array().unwrap().len(), 2);
    assert!(said.err.contains("stopped: 2 of 4 scenarios not run"), "{}", said.err);
    let text = bench.read("junit.xml");
    assert_eq!(text.matches("<skipped").count(), 2, "{text}");
}

#[test]
fn the_summary_is_written_and_appended_to_the_job_page() {
    let bench = mixed();
    bench.write("page.md", "before\n");
    let mut command = bench.command(&["run", "set", "--markdown", "summary.md"]);
    let said = Said::of(command.env("GITHUB_STEP_SUMMARY", bench.path("page.md")));
    assert_eq!(said.code, Some(3));
    let summary = bench.read("summary.md");
    assert!(summary.starts_with("## ❌ Packtwin: fail\n\n4 runs: 1 pass, 1 untested, 2 fail\n"));
    assert!(summary.contains("set/b-bad.toml:"), "{summary}");
    assert_eq!(bench.read("page.md"), format!("before\n{summary}"));
}

#[test]
fn annotations_point_at_the_line_of_the_expectation_and_leave_the_result_alone() {
    let bench = Bench::with("bad.toml", failing());
    let line = 1 + failing().lines().position(|line| line == "[[expect]]").unwrap();
    let wanted =
        format!("::error file=bad.toml,line={line},title=bad%3A OV enters at 2 s failed::");
    let asked = bench.run(&["run", "bad.toml", "--annotations", "github", "--json"]);
    assert!(asked.err.contains(&wanted), "{}", asked.err);
    assert_eq!(asked.json()["verdict"], "fail");
    let on_github = |more: &[&str]| {
        let mut command = bench.command(&[&["run", "bad.toml"], more].concat());
        Said::of(command.env("GITHUB_ACTIONS", "true"))
    };
    assert!(on_github(&[]).err.contains(&wanted));
    assert!(!on_github(&["--annotations", "none"]).err.contains("::error"));
    assert!(!bench.run(&["run", "bad.toml"]).err.contains("::error"));
    bench.write("good.toml", GOOD);
    let good = bench.run(&["run", "good.toml", "--annotations", "github"]);
    assert!(!good.err.contains("::"), "{}", good.err);
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_anything_runs() {
    let bench = Bench::with("ov.toml", GOOD);
    bench.write("taken", "mine");
    for option in ["--junit", "--markdown"] {
        let said = bench.run(&["run", "ov.toml", option, "taken/file"]);
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
        assert!(said.err.contains("error: cannot make the folder taken: "), "{}", said.err);
    }
    assert!(!bench.path("packtwin-report/index.html").exists());
}

#[test]
fn every_document_is_what_the_published_schemas_say() {
    let bench = mixed();
    let said = bench.run(&["run", "set", "--json"]);
    let holds = |schema: serde_json::Value, document: &serde_json::Value| {
        let validator = jsonschema::draft202012::new(&schema).expect("it is a schema");
        let wrong: Vec<_> = validator.iter_errors(document).map(|it| it.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    };
    let suite = said.json();
    holds(reports::schema::suite(), &suite);
    for run in suite["runs"].as_array().unwrap() {
        let text = bench.read(&format!("packtwin-report/{}", run["result"].as_str().unwrap()));
        holds(reports::schema::result(), &serde_json::from_str(&text).unwrap());
    }
    bench.write("set/b-bad.toml", GOOD);
    bench.run(&["run", "set", "--out", "new"]);
    let diff = bench.run(&["diff", "packtwin-report", "new", "--json"]);
    holds(reports::schema::diff(), &diff.json());
}
