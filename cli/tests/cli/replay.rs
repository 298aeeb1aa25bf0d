//! A recorded run, run again: from its line, from its result, from standard input; and what is
//! refused.

use crate::common::{Bench, GOOD, Said, failing};
use serde_json::Value;
use std::fs;

fn result(bench: &Bench, folder: &str) -> Value {
    serde_json::from_str(&bench.read(&format!("{folder}/result.json")))
        .expect("a result has its form")
}

/// The words after `packtwin replay`.
fn line(result: &Value) -> String {
    let command = result["reproduce"]["command"].as_str().expect("a result has its form");
    let line = command.strip_prefix("packtwin replay '").and_then(|rest| rest.strip_suffix('\''));
    line.expect("it is a command").to_owned()
}

#[test]
fn a_run_is_the_same_again_from_its_line_and_from_its_result() {
    let bench = Bench::with("ov.toml", GOOD);
    bench.run(&[
        "run",
        "ov.toml",
        "--seed",
        "7",
        "--tolerance",
        "datasheet",
        "--front-end",
        "value",
    ]);
    let recorded = result(&bench, "packtwin-report/ov");
    let line = line(&recorded);
    assert!(line.contains(",seed=7,tolerance=datasheet,front-end=value,version="), "{line}");
    let command = recorded["reproduce"]["command"].as_str().unwrap().to_owned();
    for record in [line.as_str(), &command, "packtwin-report/ov", "packtwin-report/ov/result.json"]
    {
        let said = bench.run(&["replay", record]);
        assert_eq!(said.code, Some(0), "{record}: {said:?}");
        let digest = recorded["reproduce"]["digest"].as_str().unwrap();
        assert!(said.out.starts_with("EQUAL     ov ") && said.out.contains(digest), "{}", said.out);
    }
    let json = bench.run(&["replay", &line, "--json"]).json();
    assert_eq!((&json["equal"], &json["difference"]), (&true.into(), &Value::Null));
}

#[test]
fn a_run_of_the_embedded_suite_and_one_from_standard_input_need_no_file() {
    let bench = Bench::with("ov.toml", GOOD);
    bench.run(&["run", "--filter", "s02-hard-short-150", "--out", "suite"]);
    let recorded = result(&bench, "suite/s02-hard-short-150");
    assert_eq!(bench.run(&["replay", &line(&recorded)]).code, Some(0));
    let file = fs::File::open(bench.path("ov.toml")).unwrap();
    Said::of(bench.command(&["run", "-", "--out", "piped"]).stdin(file));
    assert_eq!(bench.run(&["replay", "piped/stdin"]).code, Some(0));
    let without = bench.run(&["replay", &line(&result(&bench, "piped/stdin"))]);
    assert_eq!(without.code, Some(2));
    assert!(without.err.contains("standard input is not there\nhint: replay the result.json"));
}

#[test]
fn a_changed_file_is_refused_by_its_line_and_not_missed_by_its_result() {
    let bench = Bench::with("ov.toml", GOOD);
    bench.run(&["run", "ov.toml"]);
    let line = line(&result(&bench, "packtwin-report/ov"));
    bench.write("ov.toml", failing().replace("3750 mV", "3760 mV").replace("\"5 s\"", "\"4 s\""));
    let refused = bench.run(&["replay", &line]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{refused:?}");
    assert!(refused.err.contains("ov.toml has changed since"), "{}", refused.err);
    let inlined = bench.run(&["replay", "packtwin-report/ov"]);
    assert_eq!(inlined.code, Some(0), "the text in the result is run: {inlined:?}");
    let forced = bench.run(&["replay", "packtwin-report/ov", "--force"]);
    assert_eq!(forced.code, Some(1), "{forced:?}");
    assert!(
        forced.out.starts_with("DIFFERS   ov\nthe first difference stands in events.csv, line ")
    );
    assert!(forced.out.contains("\n  recorded  ") && forced.out.contains("\n  now       "));
    let by_line = bench.run(&["replay", &line, "--force"]);
    assert_eq!(by_line.code, Some(1));
    assert!(by_line.out.contains("replay its result.json to see where"), "{}", by_line.out);
}

#[test]
fn another_version_is_refused_unless_it_is_forced() {
    let bench = Bench::with("ov.toml", GOOD);
    bench.run(&["run", "ov.toml"]);
    let line = line(&result(&bench, "packtwin-report/ov"));
    let other = line.replace(&format!("version={}", env!("CARGO_PKG_VERSION")), "version=9.9.9");
    let refused = bench.run(&["replay", &other]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("made by packtwin 9.9.9, this is "), "{}", refused.err);
    assert_eq!(bench.run(&["replay", &other, "--force"]).code, Some(0));
}

#[test]
fn what_is_no_record_is_refused_with_its_reason() {
    let bench = Bench::with("ov.toml", GOOD);
    bench.run(&["run", "ov.toml"]);
    bench.write("half.json", "{\"id\": \"ov\", ");
    bench.write("other.json", "{\"id\": \"ov\"}");
    let good = line(&result(&bench, "packtwin-report/ov"));
    let without_seed = good.replace(",seed=1", "");
    let lost = good.replace("ov@", "gone@");
    let no_digest = good.replace("blake3=", "blake3=xyz");
    for (record, why) in [
        ("nothing", "is neither a file nor a reproduction line"),
        ("half.json", "is no whole result"),
        ("other.json", "does not hold `reproduce/seed`"),
        ("packtwin-report", "is the result of a suite"),
        (without_seed.as_str(), "the line does not say `seed`"),
        (&lost, "holds no run called gone\nhint: it holds ov"),
        (&no_digest, "wants 8 to 64 hexadecimal digits"),
        ("x#blake3=abcdef01", "does not begin with ID@FILE"),
    ] {
        let said = bench.run(&["replay", record]);
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{record}: {said:?}");
        assert!(said.err.contains(why), "{record}: {}", said.err);
    }
}

/// What a file includes, names as its cell or as a table lies in the result, and nothing else.
#[test]
fn a_result_is_run_again_from_its_own_texts_when_all_files_are_gone() {
    let bench = Bench::with("work/ov.toml", "");
    let head = GOOD.split("[forced]").next().unwrap();
    let rest = GOOD.split("[[forced.override]]").nth(1).unwrap();
    let override_ =
        rest.replace("[[\"0 s\", \"3300 mV\"], [\"5 s\", \"3750 mV\"]]", "{ file = \"ov.csv\" }");
    bench.write(
        "work/ov.toml",
        format!("include = \"parts/world.toml\"\n{head}\n[[forced.override]]{override_}"),
    );
    bench.write(
        "work/parts/world.toml",
        "include = \"../seed.toml\"\n[forced]\ncells = 16\nvoltage = { file = \"rest.csv\" }\n",
    );
    bench.write("work/seed.toml", "[scenario]\nseed = 9\n");
    bench.write("work/parts/rest.csv", "time,voltage\n0,3.3\n");
    bench.write("work/ov.csv", "time,voltage\n0,3.3\n5,3.75\n");
    let said = bench.run(&["run", "work/ov.toml"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let result = result(&bench, "packtwin-report/ov");
    let sources =
        result["sources"].as_array().unwrap().iter().map(|it| it["file"].as_str().unwrap());
    let names = [
        "work/ov.toml",
        "work/parts/world.toml",
        "work/parts/../seed.toml",
        "work/parts/rest.csv",
        "work/ov.csv",
    ];
    assert!(sources.eq(names), "{:?}", result["sources"]);
    fs::remove_dir_all(bench.path("work")).unwrap();
    let again = bench.run(&["replay", "packtwin-report/ov"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.out.starts_with("EQUAL     ov "), "{}", again.out);
}

/// A case of a seed axis bears the seed in its name; another seed under that name would mislead.
#[test]
fn a_seed_of_the_command_line_is_refused_beside_an_axis_that_says_it_and_replayed_without() {
    let axis = "[matrix]\nseed = [3, 5]\n\n[forced]";
    let bench = Bench::with("ov.toml", GOOD.replace("[forced]", axis));
    let refused = bench.run(&["run", "ov.toml", "--seed", "7"]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{refused:?}");
    assert!(refused.err.contains("the axis `seed` and by `--seed`"), "{}", refused.err);
    assert!(
        refused.err.contains("--filter") && refused.err.contains("ov.toml:9:1"),
        "{}",
        refused.err
    );
    assert_eq!(bench.run(&["run", "ov.toml"]).code, Some(0));
    let again = bench.run(&["replay", &line(&result(&bench, "packtwin-report/ov-seed5"))]);
    assert_eq!(again.code, Some(0), "{again:?}");
    let named = GOOD.replace("[forced]", "[matrix]\ndraw = [3, 5]\n\n[forced]");
    bench.write("ov.toml", named.replace("duration =", "seed = \"${draw}\"\nduration ="));
    let refused = bench.run(&["run", "ov.toml", "--seed", "7"]);
    assert!(refused.err.contains("the axis `draw` and by `--seed`"), "{}", refused.err);
}
