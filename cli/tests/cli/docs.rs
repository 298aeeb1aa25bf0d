//! The documents keep their word: their examples pass the gate, their lists are complete, what they
//! show is what the program prints.

use crate::common::Bench;
use scenarios::{names, tolerance};
use sim::trace::Outcome;
use std::fs;
use std::path::Path;

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks of one language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    let after = document.split(&fence).skip(1);
    after.map(|rest| rest.split("\n```").next().unwrap_or_default().to_owned() + "\n").collect()
}

/// A part of a file with what it lacks.
fn completed(part: &str) -> String {
    let mut text = part.to_owned();
    if !part.contains("[scenario]") {
        text += "\n[scenario]\ntitle = \"t\"\nproduct = \"ps-15016\"\nduration = \"100 s\"\n";
    }
    if !part.contains("[pack]") && !part.contains("[forced]") {
        text += "\n[forced]\ncells = 16\nvoltage = \"3.3 V\"\n";
    }
    if !part.contains("expect]]") {
        text += "\n[[expect]]\nrequirement = \"PS-OV-1\"\nnever = \"OV enters\"\n";
    }
    text
}

#[test]
fn every_example_in_the_documents_passes_the_gate() {
    for (name, least) in [("README.md", 1), ("docs/scenarios.md", 8)] {
        let blocks = blocks(&document(name), "toml");
        assert!(blocks.len() >= least, "{name} has {}", blocks.len());
        for (index, block) in blocks.iter().enumerate() {
            if let Err(wrong) = scenarios::load::parse(name, "example", &completed(block)) {
                panic!("{name}, example {}:\n{wrong}\n{block}", index + 1);
            }
        }
    }
}

/// The examples of scripts do what they are there to show.
#[test]
fn every_scripted_example_comes_through() {
    let blocks = blocks(&document("docs/scenarios.md"), "toml");
    let scripted = blocks.iter().filter(|block| block.contains("[[phase]]"));
    let mut count = 0;
    for block in scripted {
        let mut read = scenarios::load::parse("example", "example", &completed(block)).unwrap();
        let scenario = read.remove(0);
        let trace = sim::bench::run(&scenario.setup);
        assert!(
            matches!(trace.outcome, Outcome::Completed | Outcome::Ended { .. }),
            "{:?}\n{block}",
            trace.outcome
        );
        count += 1;
    }
    assert!(count >= 2, "{count}");
}

#[test]
fn the_language_reference_names_every_event_signal_and_tolerance_class() {
    let text = document("docs/scenarios.md");
    let named = |word: &str| assert!(text.contains(&format!("`{word}`")), "`{word}` is missing");
    names::PROTECTIONS.iter().for_each(|(name, _)| named(name));
    for (event, _) in names::events() {
        let (subject, verb) = event.split_at(event.rfind(' ').expect("two words at least"));
        let subject = subject.trim_end_matches(" commanded");
        assert!(text.contains(&format!("`{subject}")), "{subject} of {event}");
        assert!(text.contains(&format!("{verb}`")), "{verb} of {event}");
    }
    for signal in names::signals() {
        let sized = signal.strip_prefix("size of ").unwrap_or(&signal);
        let stem = match sized.strip_prefix("reported parameter ") {
            Some(_) => "reported parameter NAME",
            None => sized.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' '),
        };
        assert!(text.contains(&format!("`{stem}")), "{signal}");
    }
    named("size of ");
    tolerance::NAMES.iter().for_each(|name| named(name));
}

/// The last parts of the dotted names below `table`.
fn leaves(table: &toml::Table, found: &mut Vec<String>) {
    for (key, value) in table {
        match value.as_table() {
            Some(below) => leaves(below, found),
            None => found.push(key.clone()),
        }
    }
}

#[test]
fn the_language_reference_names_every_parameter_of_a_product() {
    let text = document("docs/scenarios.md");
    let product = document("scenarios/products/ps-20016s.toml");
    let mut product: toml::Table = product.parse().expect("a product is TOML");
    product.remove("product");
    product.remove("requirements");
    let mut keys = Vec::new();
    leaves(&product, &mut keys);
    assert!(keys.len() > 60, "{}", keys.len());
    for key in keys {
        let stem = key.strip_suffix("_release").unwrap_or(&key);
        let named = text.contains(&format!("`{key}`")) || text.contains(&format!("`{stem}`"));
        assert!(named, "`{key}` is missing");
    }
}

/// Words, without how wide the columns are.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn the_readme_shows_the_verdicts_that_its_example_gets() {
    let readme = document("README.md");
    let example = blocks(&readme, "toml").remove(0);
    let bench = Bench::with("my-first.toml", example);
    let said = bench.run(&["run", "my-first.toml"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let shown = readme.split("\n$ packtwin run my-first.toml\n").nth(1).expect("it is run there");
    let shown = shown.split("\n```").next().unwrap_or_default();
    let printed = said.out.clone() + &said.err;
    let printed: Vec<_> = printed.lines().map(words).filter(|line| !line.is_empty()).collect();
    let shown: Vec<_> = shown.lines().map(words).filter(|line| !line.is_empty()).collect();
    assert_eq!(shown, printed, "{}", said.out);
}
