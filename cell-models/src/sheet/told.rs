//! What every reader of files tells: a problem as data, whether its text carries colour, and which
//! word was meant.

use serde::Serialize;

/// One problem of a file as data, for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// File as it was named.
    pub file: String,
    /// Line, from 1; 0 for a problem of the whole file.
    pub line: usize,
    /// Column in characters, from 1; 0 for a problem of the whole file.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What was expected at that place; may be empty.
    pub expected: String,
    /// What would be right; may be empty.
    pub hint: String,
    /// How many more problems of this kind are not listed.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: usize,
}

/// Whether rendered text carries colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Off,
    /// ANSI escapes.
    On,
}

/// The nearest of `known` to `written`, if it is near enough to be what was meant.
pub fn did_you_mean<'k>(
    written: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    let lower = written.to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&lower, &name.to_lowercase());
    let nearest = known.into_iter().min_by_key(|name| distance(name))?;
    (distance(nearest) <= 1 + written.chars().count() / 4).then_some(nearest)
}

/// What would be right where a parser says that a text is not TOML.
#[must_use]
pub fn toml_hint(message: &str) -> &'static str {
    if message.contains("duplicate key") {
        "a key stands once in its table; tables of a list are written `[[like this]]`"
    } else if message.contains("quot") || message.contains("string") {
        "texts and quantities stand in quotes: `duration = \"10 s\"`"
    } else {
        "a line is `key = value`, `[table]` or `[[list]]`; `#` begins a comment"
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, toml_hint};

    #[test]
    fn what_the_parser_misses_is_said_as_it_is_written() {
        assert!(toml_hint("duplicate key").contains("once"));
        assert!(toml_hint("missing opening quote, expected `\"`").contains("in quotes"));
        assert!(toml_hint("extra `=`, expected nothing").contains("key = value"));
    }

    #[test]
    fn a_near_miss_is_recognised_and_a_far_one_is_not() {
        let known = ["duration", "product", "seed"];
        assert_eq!(did_you_mean("durations", known), Some("duration"));
        assert_eq!(did_you_mean("Prodcut", known), Some("product"));
        assert_eq!(did_you_mean("colour", known), None);
    }
}
