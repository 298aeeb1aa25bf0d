//! What an author starts with: the schemas, and scenarios that run as they are.

use crate::common::Bench;

#[test]
fn every_starting_scenario_is_right_and_passes_as_it_is() {
    for product in scenarios::product::names() {
        for world in ["pack", "forced"] {
            let bench = Bench::new();
            let made = bench.run(&["new", "first", "--product", product, "--world", world]);
            assert_eq!(made.code, Some(0), "{made:?}");
            let checked = bench.run(&["check", "first.toml"]);
            assert_eq!(checked.code, Some(0), "{product}, {world}: {checked:?}");
            let run = bench.run(&["run", "first.toml"]);
            assert_eq!(run.code, Some(0), "{product}, {world}: {run:?}");
        }
    }
}

#[test]
fn a_file_that_is_there_stays_unless_it_may_go() {
    let bench = Bench::with("mine.toml", "mine");
    let refused = bench.run(&["new", "mine.toml"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("mine.toml is there already"), "{refused:?}");
    assert_eq!(bench.read("mine.toml"), "mine");
    assert_eq!(bench.run(&["new", "mine", "--force"]).code, Some(0));
    assert!(bench.read("mine.toml").contains("[scenario]"));
}

#[test]
fn a_scenario_is_begun_only_for_a_product_that_runs() {
    let said = Bench::new().run(&["new", "x", "--product", "jk-b1a24s15p"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("ps-15016, ps-20016s"), "{said:?}");
}

#[test]
fn the_schemas_are_printed_as_they_are_committed() {
    for (files, committed) in [
        ("scenario", scenarios::schema::SCENARIO),
        ("cell", scenarios::schema::CELL),
        ("product", scenarios::schema::PRODUCT),
    ] {
        let said = Bench::new().run(&["schema", files]);
        assert_eq!((said.code, said.out.trim_end()), (Some(0), committed.trim_end()));
    }
}

/// A scenario of a product that waits is listed by both commands, and nothing is run.
#[test]
fn what_waits_is_told_with_its_reason() {
    let text = "[scenario]\ntitle = \"t\"\nproduct = \"jk-b1a24s15p\"\nduration = \"10 s\"\n\
        [forced]\ncells = 24\nvoltage = \"3.3 V\"\n\
        [[expect]]\nrequirement = \"JKB-OVP-1\"\nnever = \"heating on\"\n";
    let bench = Bench::with("later.toml", text);
    let checked = bench.run(&["check", "later.toml"]);
    let line = "waiting: later: the JK B series is not served yet";
    assert_eq!(checked.code, Some(0));
    assert!(checked.out.contains(line) && checked.out.contains("1 cannot run yet"), "{checked:?}");
}
