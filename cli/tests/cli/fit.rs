//! `packtwin fit` through its binary: the guide's example against the cell that made its records,
//! mistakes in files, places that cannot be written to.

use crate::common::{Bench, Said};
use cell_models::sheet::Sheet;
use fitting::columns::NAMES;
use std::fs;
use std::path::{Path, PathBuf};

/// A pulse of 1 A over 50 milliohm; too short to fit anything to.
const SHORT: &str = "time_s,current_a,voltage_v\n0,0,3.3\n1,-1,3.25\n2,-1,3.25\n3,0,3.3\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder with the records of the guide.
fn example() -> Bench {
    let bench = Bench::new();
    for name in ["slow.csv", "pulses.csv", "drive.csv"] {
        let text = fs::read(root().join("docs/fitting").join(name)).expect("the guide has records");
        bench.write(&format!("docs/fitting/{name}"), text);
    }
    bench
}

fn refused(said: &Said) -> &str {
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_eq!(said.out, "", "{said:?}");
    &said.err
}

/// The records of docs/fitting were made with 20 mΩ, 10 mΩ with 30 s, 2 Ah and no hysteresis, and
/// rounded to 0.1 mV.
#[test]
fn the_guides_example_finds_the_cell_that_made_its_records() {
    let guide = fs::read_to_string(root().join("docs/fitting.md")).expect("the guide is there");
    let command = guide.split("\n```sh\npacktwin ").nth(1).expect("the guide has an example");
    let command = command.split("\n```").next().unwrap_or_default().replace("\\\n", " ");
    let words: Vec<_> = command.split_whitespace().collect();
    let bench = example();
    let said = bench.run(&words);
    assert_eq!(said.code, Some(0), "{said:?}");
    for shown in ["example  LFP, 2.00", "R0, discharging", "drive.csv", "held out"] {
        assert!(said.out.contains(shown), "{shown} in {}", said.out);
    }
    assert!(said.err.contains("cell: example.toml") && said.err.contains("example-fit/fit.html"));
    let cell = Sheet::parse(&bench.read("example.toml")).expect("the cell file reads back");
    let near = |found: f64, wanted: f64| (found / wanted - 1.0).abs() < 0.03;
    for soc in [0.3, 0.5, 0.7] {
        let r0 = cell.r0_discharge.at(soc, 25.0);
        assert!(near(r0, 0.020), "R0 at {soc}: {r0}");
        let r1 = cell.branches[0].discharge.at(soc, 25.0);
        assert!(near(r1, 0.010), "R1 at {soc}: {r1}");
    }
    let tau = cell.branches[0].tau.at(0.5, 25.0);
    assert!(near(tau, 30.0), "time constant: {tau}");
    assert!(near(cell.capacity_ah, 2.0), "{}", cell.capacity_ah);
    let account: serde_json::Value =
        serde_json::from_str(&bench.read("example-fit/fit.json")).expect("it is JSON");
    let held_out = account["held_out"]["rmse_v"].as_f64().expect("the drive was scored");
    assert!(held_out < 0.002, "{held_out} V");
    assert!(account["records"][2]["fitted"].is_null(), "the drive was not fitted");
    // Again: not over what is there, but with the flag, and to the same bits.
    let again = bench.run(&words);
    assert!(refused(&again).contains("example.toml is there already"), "{}", again.err);
    let before = bench.read("example.toml");
    let forced: Vec<_> = words.iter().copied().chain(["--force", "--quiet"]).collect();
    let said = bench.run(&forced);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), "", ""));
    assert_eq!(bench.read("example.toml"), before);
}

#[test]
fn mistakes_of_all_files_are_told_at_once_and_nothing_is_written() {
    let bench = Bench::with("a.csv", SHORT.replace("current_a", "curent_a"));
    bench.write("b.csv", SHORT);
    bench.write("folder/notes.txt", "no measurement");
    let said = bench.run(&["fit", "a.csv", "missing.csv", "b.csv", "folder"]);
    insta::assert_snapshot!(refused(&said));
    assert!(!bench.path("cell.toml").exists());
    let json = bench.run(&["fit", "--json", "a.csv"]);
    assert_eq!(json.code, Some(2));
    let document = json.json();
    assert_eq!(
        (&document["schema"], &document["valid"]),
        (&"packtwin.fit/1".into(), &false.into())
    );
    assert_eq!(document["problems"][0]["line"], 1);
}

#[test]
fn results_without_a_place_are_refused_before_anything_is_read() {
    let bench = Bench::with("taken", "mine");
    bench.write("cell.toml", "mine");
    fs::create_dir(bench.path("folder")).unwrap();
    for (arguments, words) in [
        (&["fit", "a.csv"][..], "error: cell.toml is there already\nhint: --force"),
        (&["fit", "a.csv", "-o", "folder"], "error: folder is a folder\nhint: name a file"),
        (&["fit", "a.csv", "-o", "taken/cell.toml"], "error: cannot make the folder taken"),
        (&["fit", "a.csv", "-o", "b.toml", "--report", "taken"], "cannot make the folder taken"),
    ] {
        let said = bench.run(arguments);
        assert!(refused(&said).contains(words), "{arguments:?}: {}", said.err);
    }
    assert_eq!((bench.read("cell.toml"), bench.read("taken")), ("mine".into(), "mine".into()));
}

#[test]
fn wrong_usage_says_what_was_expected() {
    let bench = Bench::with("a.csv", SHORT);
    for (arguments, words) in [
        (&["fit"][..], "<FILE|DIR>"),
        (&["fit", "a.csv", "--map", "volage=U"], "did you mean `voltage`?"),
        (&["fit", "a.csv", "--hold-out", "1.5"], "a share between 0 and 1"),
        (&["fit", "a.csv", "--branches", "5"], "1..=4"),
        (&["fit", "a.csv", "--chemistry", "lead"], "expected one of lfp, nmc"),
        (&["fit", "a.csv", "--capacity", "0"], "a number above 0"),
        (&["fit", "a.csv", "--temperature", "a.csv=hot"], "degrees Celsius such as 25"),
        (
            &["fit", "a.csv", "--temperature", "b.csv=3"],
            "--temperature b.csv: no such file is read",
        ),
        (&["fit", "a.csv", "--hold-out", "a.csv", "--temperature", "-5"], "nothing is left to fit"),
    ] {
        let said = bench.run(arguments);
        assert!(refused(&said).contains(words), "{arguments:?}: {}", said.err);
    }
}

#[test]
fn the_help_and_the_guide_name_every_quantity() {
    let guide = fs::read_to_string(root().join("docs/fitting.md")).expect("the guide is there");
    let help = Bench::new().run(&["fit", "--help"]).out;
    for name in NAMES {
        assert!(guide.contains(&format!("| `{name}` |")), "{name} in the guide");
        assert!(help.contains(name), "{name} in {help}");
    }
}
