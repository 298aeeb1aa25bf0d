//! `--filter`: which scenarios are meant.

use globset::{GlobBuilder, GlobMatcher};
use scenarios::Scenario;
use std::str::FromStr;

/// One `--filter`: a text or a glob, wanted or not.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    unwanted: bool,
    word: Word,
}

#[derive(Clone, Debug)]
enum Word {
    /// A part of a name, in lower case.
    Text(String),
    /// The whole of a name.
    Glob(GlobMatcher),
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.strip_prefix('!');
        let word = wanted.unwrap_or(text).trim();
        if word.is_empty() {
            return Err("expected a text or a glob, such as s02 or 's0?-*'".into());
        }
        let word = if word.contains(['*', '?', '[', '{']) {
            let glob = GlobBuilder::new(word).case_insensitive(true).build();
            Word::Glob(glob.map_err(|error| error.to_string())?.compile_matcher())
        } else {
            Word::Text(word.to_lowercase())
        };
        Ok(Self { unwanted: wanted.is_some(), word })
    }
}

impl Pattern {
    fn hits(&self, scenario: &Scenario) -> bool {
        let one = [&scenario.id, &scenario.title, &scenario.product].into_iter();
        one.chain(&scenario.spec).chain(&scenario.covers).any(|name| match &self.word {
            Word::Text(text) => name.to_lowercase().contains(text),
            Word::Glob(glob) => glob.is_match(name),
        })
    }
}

/// The scenarios that any wanted pattern hits, all if there is none, without those that an unwanted
/// one hits.
pub(crate) fn chosen(scenarios: Vec<Scenario>, patterns: &[Pattern]) -> Vec<Scenario> {
    let (unwanted, wanted): (Vec<_>, Vec<_>) = patterns.iter().partition(|it| it.unwanted);
    let meant = |scenario: &Scenario| {
        (wanted.is_empty() || wanted.iter().any(|it| it.hits(scenario)))
            && !unwanted.iter().any(|it| it.hits(scenario))
    };
    scenarios.into_iter().filter(meant).collect()
}

#[cfg(test)]
mod tests {
    use super::{Pattern, chosen};

    fn ids(filters: &[&str]) -> Vec<String> {
        let patterns: Vec<Pattern> =
            filters.iter().map(|text| text.parse().expect("it is a pattern")).collect();
        chosen(scenarios::suite(), &patterns).into_iter().map(|scenario| scenario.id).collect()
    }

    #[test]
    fn a_text_is_looked_for_in_names_products_and_requirements_in_any_case() {
        assert_eq!(ids(&[]).len(), scenarios::suite().len());
        let by_id = ids(&["HARD-short-150"]);
        assert_eq!(by_id, ["s02-hard-short-150", "s02-hard-short-150-real"]);
        assert!(ids(&["ps-20016s"]).iter().all(|id| !id.contains("150")));
        assert!(ids(&["PS-SCP-2"]).contains(&"s02-hard-short-150".to_owned()));
        let cold = ids(&["S11-cold"]);
        assert!(cold.iter().all(|id| id.starts_with("s11")) && !cold.is_empty(), "{cold:?}");
        assert!(ids(&["nothing is called so"]).is_empty());
    }

    #[test]
    fn a_glob_means_the_whole_name_several_widen_and_an_exclamation_mark_leaves_out() {
        assert_eq!(ids(&["s02-*-150"]), ["s02-hard-short-150"]);
        assert_eq!(ids(&["s02-hard-short-?50"]), ["s02-hard-short-150"]);
        let both = ids(&["s02-hard-short-150", "s02-hard-short-200", "!*-real"]);
        assert_eq!(both, ["s02-hard-short-150", "s02-hard-short-200"]);
        let without = ids(&["!s02"]);
        assert!(!without.is_empty() && without.iter().all(|id| !id.starts_with("s02")));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "!", " ", "a[", "a{b"] {
            assert!(text.parse::<Pattern>().is_err(), "{text:?}");
        }
    }
}
