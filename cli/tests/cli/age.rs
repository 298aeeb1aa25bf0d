//! `packtwin age`: the table, the files, and what is refused.

use crate::common::{Bench, Said};
use std::fs;

/// Exit 2, nothing on standard output, and words on standard error.
fn refused<'a>(said: &'a Said, words: &str) -> &'a str {
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_eq!(said.out, "", "{said:?}");
    assert!(said.err.contains(words), "{words} in {}", said.err);
    &said.err
}

#[test]
fn a_pack_is_cycled_and_shown_beside_its_law() {
    let bench = Bench::new();
    let said = bench.run(&["age", "lfp-280ah", "--cells", "2", "--cycles", "20"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for words in ["2 × lfp-280ah, 0.5 C, 100 % depth", "doi 10.1016/j.est.2023.109042", "cycles"] {
        assert!(said.out.contains(words), "{words} in {}", said.out);
    }
    assert_eq!(said.err, "picture: packtwin-age/age.svg\n");
    assert_eq!(bench.read("packtwin-age/age.csv").lines().count(), 22, "a head and 21 records");
    assert!(bench.read("packtwin-age/age.svg").contains("</svg>"));
}

#[test]
fn the_result_is_also_data_and_the_same_seed_gives_the_same_bytes() {
    let bench = Bench::new();
    let run = |out: &str, seed: &str| {
        let arguments = ["age", "nmc-21700", "--cells", "3", "--cycles", "5", "--c-rate", "0.3"];
        let said = bench.run(&[&arguments[..], &["--seed", seed, "--json", "--out", out]].concat());
        assert_eq!(said.code, Some(0), "{said:?}");
        assert_eq!(bench.read(&format!("{out}/age.json")), said.out);
        said
    };
    let document = run("one", "7").json();
    assert_eq!(document["schema"], "packtwin.age/1");
    assert_eq!((&document["cells"], &document["cycles"]), (&3.into(), &5.into()));
    let last = &document["records"][5];
    assert!(last["capacity"]["mean"].as_f64().is_some_and(|left| left < 1.0), "{last}");
    run("two", "7");
    run("three", "8");
    for file in ["age.csv", "age.svg"] {
        let [one, two, three] =
            ["one", "two", "three"].map(|out| bench.read(&format!("{out}/{file}")));
        assert_eq!(one, two, "{file}");
        assert_ne!(one, three, "{file}");
    }
}

#[test]
fn quiet_says_nothing_and_writes_all_the_same() {
    let bench = Bench::new();
    let said = bench.run(&["age", "lfp-100ah", "--cells", "1", "--cycles", "1", "--quiet"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), "", ""));
    assert!(bench.path("packtwin-age/age.svg").exists());
}

#[test]
fn a_cell_file_ages_as_the_preset_that_it_is() {
    let preset = concat!(env!("CARGO_MANIFEST_DIR"), "/../cell-models/presets/lfp-280ah.toml");
    let bench = Bench::with("mine.toml", fs::read(preset).expect("the preset is there"));
    let csv = |cell: &str| {
        let said = bench.run(&["age", cell, "--cells", "1", "--cycles", "2", "--out", "it"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        bench.read("it/age.csv")
    };
    assert_eq!(csv("mine.toml"), csv("lfp-280ah"));
}

#[test]
fn a_cell_that_is_not_known_or_not_right_is_refused_with_a_hint() {
    let bench = Bench::with("wrong.toml", "[cell]\nname = 7\n");
    let unknown = bench.run(&["age", "lfp-281ah"]);
    refused(&unknown, "error: no cell is called lfp-281ah\nhint: one of lfp-100ah");
    let wrong = bench.run(&["age", "wrong.toml"]);
    refused(&wrong, "wrong.toml:\nline ");
    bench.write("binary.toml", [0xff, 0xfe]);
    refused(&bench.run(&["age", "binary.toml"]), "binary.toml: cannot be read");
    let ageless = bench.run(&["age", "reference-280ah"]);
    refused(&ageless, "error: cell reference-280ah has no ageing law");
    assert!(!bench.path("packtwin-age/age.svg").exists());
}

#[test]
fn wrong_arguments_say_what_would_be_right() {
    let bench = Bench::new();
    for (arguments, hint) in [
        (&["age"][..], "<CELL>"),
        (&["age", "lfp-280ah", "--cells", "0"], "expected a whole number from 1 to 1000"),
        (&["age", "lfp-280ah", "--cells", "-1"], "expected a whole number from 1 to 1000"),
        (&["age", "lfp-280ah", "--cycles", "0"], "1..=100000"),
        (&["age", "lfp-280ah", "--cycles", "many"], "--cycles"),
        (&["age", "lfp-280ah", "--c-rate", "0"], "expected a number from 0.01 to 20"),
        (&["age", "lfp-280ah", "--c-rate", "NaN"], "expected a number from 0.01 to 20"),
        (&["age", "lfp-280ah", "--dod", "1.1"], "expected a number from 0.05 to 1"),
        (&["age", "lfp-280ah", "--dod", "80 %"], "expected a number from 0.05 to 1"),
        (&["age", "lfp-280ah", "--temperature", "81"], "expected a number from -40 to 80"),
        (&["age", "lfp-280ah", "--seed", "-1"], "--seed"),
    ] {
        refused(&bench.run(arguments), hint);
    }
}

#[test]
fn a_current_that_no_cell_takes_in_the_cold_is_told() {
    let said = Bench::new().run(&[
        "age",
        "lfp-280ah",
        "--cells",
        "1",
        "--cycles",
        "1",
        "--c-rate",
        "20",
        "--temperature",
        "-30",
    ]);
    refused(&said, "error: cycle 1: a cell reaches its end voltage at once");
}

#[test]
fn a_result_without_a_place_is_refused_before_anything_runs() {
    let bench = Bench::with("taken", "mine");
    let said = bench.run(&["age", "lfp-280ah", "--cycles", "100000", "--out", "taken"]);
    refused(&said, "error: cannot make the folder taken: ");
    assert_eq!(bench.read("taken"), "mine");
}
