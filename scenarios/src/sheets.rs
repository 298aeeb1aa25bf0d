//! What sheets of data about products have in common: which products they are for, and how they are
//! read.

use crate::diagnostics::{Diagnostics, Problem};
use crate::section::{Section, Sink};
use crate::{product, waiting};
use toml::Spanned;
use toml::de::DeTable;

/// Reads a sheet.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn parse<T>(
    file: &str,
    text: &str,
    read: impl FnOnce(&Section<'_>) -> T,
) -> Result<T, Diagnostics> {
    let sink = Sink::default();
    let document = document(text, &sink);
    let root = Section::new("the sheet", vec![document.get_ref()], 0..0, &sink);
    let found = read(&root);
    root.finish();
    let problems = sink.into_problems();
    if problems.is_empty() { Ok(found) } else { Err(Diagnostics::of_file(file, text, problems)) }
}

/// What a text says as far as it is TOML; reports where it is not.
pub(crate) fn document<'t>(text: &'t str, sink: &Sink) -> Spanned<DeTable<'t>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        sink.report(Problem::new(error.message(), error.span().unwrap_or(0..0)).label("here"));
    }
    document
}

/// The products that a table is for; a family stands for its models too.
pub(crate) fn products(section: &Section<'_>) -> Vec<&'static str> {
    section.missing("products", "products = [\"ps-15016\"]");
    let mut found = Vec::new();
    for (name, span) in section.texts("products") {
        let own = called(name);
        if own.is_empty() {
            section.sink.unknown("product", name, span, &waiting::products());
        }
        found.extend(own);
    }
    found
}

/// The products that a name stands for: one, or a family with its models.
fn called(name: &str) -> Vec<&'static str> {
    let served = product::names().into_iter().filter(|id| *id == name);
    let waiting = waiting::all().iter().filter(|it| it.id == name || it.family == name);
    served.chain(waiting.map(|it| it.id.as_str())).collect()
}

/// The requirement that a table is of.
pub(crate) fn requirement(section: &Section<'_>) -> Option<String> {
    section.missing("requirement", "requirement = \"PS-ENV-1\"");
    let id = section.text("requirement")?;
    let span = section.span_of("requirement");
    crate::expectations::report_unknown_requirement(section, id, span);
    Some(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_stands_for_its_models_and_a_model_for_itself() {
        assert_eq!(called("ps-15016"), ["ps-15016"]);
        assert_eq!(called("dy-n8s24280a"), ["dy-n8s24280a"]);
        assert_eq!(called("jk-b-series").len(), 19);
        let eight = called("jk-b2a8s20p");
        assert!(eight.contains(&"dy-n8s24280a") && eight.contains(&"jk-b1a8s20p"), "{eight:?}");
        assert!(called("jk-c-series").is_empty());
    }

    #[test]
    fn a_sheet_of_a_product_or_requirement_that_does_not_exist_is_refused() {
        let text = "[[it]]\nrequirement = \"PS-ENV-99\"\nproducts = [\"ps-15017\"]\n";
        let read = |root: &Section<'_>| {
            for section in root.sections("it") {
                requirement(&section);
                products(&section);
                section.finish();
            }
        };
        let told = parse("it.toml", text, read).unwrap_err().to_string();
        for part in ["unknown requirement `PS-ENV-99`", "did you mean `ps-15016`?"] {
            assert!(told.contains(part), "{told}");
        }
    }
}
