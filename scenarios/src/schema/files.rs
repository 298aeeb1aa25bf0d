//! Claims about the schemas: they are those of the readers, every file of ours fits, bad ones do
//! not.

use super::derive;
use super::{CELL, PRODUCT, SCENARIO};
use serde_json::Value;
use std::path::Path;

fn as_json(text: &str) -> Value {
    let value: toml::Value = toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    serde_json::to_value(value).expect("TOML without dates is JSON")
}

fn validator(schema: &str) -> jsonschema::Validator {
    let schema = serde_json::from_str(schema).expect("a schema is JSON");
    jsonschema::draft202012::new(&schema).expect("it is a schema of the draft")
}

fn problems(validator: &jsonschema::Validator, text: &str) -> Vec<String> {
    let value = as_json(text);
    let shown =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator.iter_errors(&value).map(shown).collect()
}

/// The committed schema is what is derived now. If it is not, the derived one lies in the folder for
/// temporary files, to be looked at and taken over.
fn assert_committed(name: &str, committed: &str, derived: &Value) {
    let derived = format!("{derived:#}\n");
    if derived != committed {
        let path = std::env::temp_dir().join(format!("packtwin-schema-{name}.json"));
        std::fs::write(&path, derived).expect("the folder takes files");
        panic!("docs/schema/{name}.json is not that of the readers; see {}", path.display());
    }
}

#[test]
fn the_committed_schemas_are_those_of_the_readers() {
    let scenario =
        std::panic::catch_unwind(|| assert_committed("scenario", SCENARIO, &derive::scenario()));
    let product =
        std::panic::catch_unwind(|| assert_committed("product", PRODUCT, &derive::product()));
    assert_committed("cell", CELL, &derive::cell());
    assert!(scenario.is_ok() && product.is_ok());
}

#[test]
fn nothing_is_said_about_a_key_that_is_not_read() {
    let keys = derive::heard();
    for path in derive::words().keys() {
        let (table, key) = path.rsplit_once('.').unwrap_or(("", path));
        let known = keys.contains_key(&(table.to_owned(), key.to_owned()));
        let of_case = ["case[].suffix", "case[].refused"].contains(&path.as_str());
        assert!(known || of_case, "`{path}` in words.toml is no key");
    }
}

#[test]
fn every_scenario_of_ours_fits_the_schema() {
    let validator = validator(SCENARIO);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let matrix = std::fs::read_to_string(folder.join("tests/matrix/over-voltage.toml")).unwrap();
    let own = [("matrix", matrix.as_str())];
    let shipped = crate::suite::FILES.iter().chain(crate::spread::FILES);
    for (name, text) in shipped.chain(&own) {
        assert_eq!(problems(&validator, text), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_example_of_the_document_fits_the_schema() {
    let validator = validator(SCENARIO);
    let document = include_str!("../../../docs/scenarios.md");
    let mut count = 0;
    for block in document.split("\n```toml").skip(1) {
        let block = block.split("\n```").next().and_then(|block| block.split_once('\n'));
        let text = block.map_or("", |(_, text)| text);
        assert_eq!(problems(&validator, text), Vec::<String>::new(), "{text}");
        count += 1;
    }
    assert!(count > 12, "the examples were found");
}

#[test]
fn products_and_cells_of_ours_fit_their_schemas() {
    let product = validator(PRODUCT);
    for text in [
        include_str!("../../products/ps-15016.toml"),
        include_str!("../../products/ps-20016s.toml"),
    ] {
        assert_eq!(problems(&product, text), Vec::<String>::new());
    }
    let cell = validator(CELL);
    for text in derive::presets() {
        assert_eq!(problems(&cell, &text), Vec::<String>::new());
    }
}

#[test]
fn what_the_gate_refuses_an_editor_underlines() {
    let validator = validator(SCENARIO);
    for (name, text) in [
        ("unknown-key", include_str!("../../tests/bad/unknown-key.toml")),
        ("unknown-table", include_str!("../../tests/bad/unknown-table.toml")),
        ("bare-number", include_str!("../../tests/bad/bare-number.toml")),
        ("unknown-event", include_str!("../../tests/bad/unknown-event.toml")),
        ("unknown-requirement", include_str!("../../tests/bad/unknown-requirement.toml")),
        ("unknown-product", include_str!("../../tests/bad/unknown-product.toml")),
        ("wrong-kinds", include_str!("../../tests/bad/wrong-kinds.toml")),
    ] {
        assert!(!problems(&validator, text).is_empty(), "{name}");
    }
    let product = include_str!("../../products/ps-15016.toml").replacen("3750 mV", "3750 A", 1);
    assert!(!problems(&self::validator(PRODUCT), &product).is_empty());
    let cell = derive::presets()[0].replacen("[cell]", "cell = 3\n[other]", 1);
    assert!(!problems(&self::validator(CELL), &cell).is_empty());
}
