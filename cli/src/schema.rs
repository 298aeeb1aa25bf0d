//! `packtwin schema` and `packtwin new`: what an author starts with.

use crate::args::{Files, New, Schema, World};
use crate::exit::Exit;
use crate::output;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Starting scenarios; `PRODUCT` stands for the product.
const PACK: &str = include_str!("../templates/pack.toml");
const FORCED: &str = include_str!("../templates/forced.toml");

/// Prints the schema of a kind of files.
pub(crate) fn schema(wanted: &Schema) -> Exit {
    let text = match wanted.files {
        Files::Scenario => scenarios::schema::SCENARIO,
        Files::Cell => scenarios::schema::CELL,
        Files::Product => scenarios::schema::PRODUCT,
        Files::Result => reports::schema::RESULT,
        Files::Suite => reports::schema::SUITE,
        Files::Diff => reports::schema::DIFF,
    };
    output::result(text).map_or_else(|error| output::lost(&error), |()| Exit::Passed)
}

/// Writes a starting scenario.
pub(crate) fn new(wanted: &New) -> Exit {
    let known = scenarios::product::names();
    if !known.contains(&wanted.product.as_str()) {
        let known = known.join(", ");
        output::message(&format!(
            "error: there is no product `{}` to start with\nhint: known: {known}",
            wanted.product
        ));
        return Exit::Invalid;
    }
    let template = match wanted.world {
        World::Pack => PACK,
        World::Forced => FORCED,
    };
    let path = with_ending(&wanted.name);
    let name = path.display().to_string();
    let text = template.replace("PRODUCT", &wanted.product).replace("NAME", &name);
    match write(&path, &text, wanted.force) {
        Ok(()) => {
            output::message(&format!("written: {name}\nhint: packtwin run {name}"));
            Exit::Passed
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let hint = "choose another name, or write over it with --force";
            output::message(&format!("error: {name} is there already\nhint: {hint}"));
            Exit::Invalid
        }
        Err(error) => {
            output::message(&format!("error: {name} cannot be written: {error}"));
            Exit::Invalid
        }
    }
}

fn with_ending(name: &Path) -> PathBuf {
    match name.extension() {
        Some(ending) if ending == "toml" => name.to_path_buf(),
        _ => PathBuf::from(format!("{}.toml", name.display())),
    }
}

/// Writes a file; one that is there only if that is wanted.
fn write(path: &Path, text: &str, force: bool) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(force).create_new(!force);
    options.open(path)?.write_all(text.as_bytes())
}
