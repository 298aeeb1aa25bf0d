//! Remarks: what a data sheet says about handling and use that no protection enforces. Each is a rule
//! in `rules/`, a condition in the words of the language that a finished run is held against.

use crate::diagnostics::{Diagnostics, Problem};
use crate::embedded::files;
use crate::section::Section;
use crate::waiting::{self, Words};
use crate::{script, sheets};
use sim::observe::State;
use sim::script::Condition;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use toml::Spanned;
use toml::de::DeValue;

/// A rule, as one product has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The requirement that states it.
    pub requirement: String,
    /// It is broken while this holds.
    pub when: Condition,
    /// The same as the sheet has it.
    pub words: String,
    /// The remark, a sentence.
    pub says: String,
}

/// The rules of products.
type Rules = BTreeMap<&'static str, Vec<Rule>>;

/// Every sheet of rules with its text.
const FILES: &[(&str, &str)] =
    files!["rules": "powastone.toml", "jk.toml", "deriy.toml", "e12.toml"];

/// The rules of every product, in the order of the sheets.
///
/// # Panics
/// Never: the sheets are part of the program and a test reads them.
fn all() -> &'static Rules {
    static ALL: OnceLock<Rules> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = Rules::new();
        for (name, text) in FILES {
            for (product, rules) in parse(name, text).expect("the sheets are right") {
                all.entry(product).or_default().extend(rules);
            }
        }
        all
    })
}

/// The rules of a product.
#[must_use]
pub fn of(product: &str) -> &'static [Rule] {
    all().get(product).map_or(&[], Vec::as_slice)
}

/// The rules of a requirement, each with its products; those that have the same are together.
#[must_use]
pub fn by(requirement: &str) -> Vec<(Vec<&'static str>, &'static Rule)> {
    let mut found: Vec<(Vec<&'static str>, &'static Rule)> = Vec::new();
    let rules =
        all().iter().flat_map(|(product, rules)| rules.iter().map(move |it| (*product, it)));
    for (product, rule) in rules.filter(|(_, rule)| rule.requirement == requirement) {
        match found.iter_mut().find(|(_, known)| *known == rule) {
            Some((products, _)) => products.push(product),
            None => found.push((vec![product], rule)),
        }
    }
    found
}

/// Reads a sheet of rules.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(file: &str, text: &str) -> Result<BTreeMap<&'static str, Vec<Rule>>, Diagnostics> {
    sheets::parse(file, text, |root| {
        let mut all = Rules::new();
        for section in root.sections("rule") {
            for (product, rule) in read(&section) {
                all.entry(product).or_default().push(rule);
            }
            section.finish();
        }
        all
    })
}

/// A rule for each of its products.
fn read(section: &Section<'_>) -> Vec<(&'static str, Rule)> {
    let requirement = sheets::requirement(section);
    let products = sheets::products(section);
    section.missing("when", "when = \"ambient > 75 degC\"");
    section.missing("says", "says = \"The board works up to 75 degC.\"");
    let (says, when) = (section.text("says"), section.value("when"));
    let (Some(requirement), Some(says), Some(when)) = (requirement, says, when) else {
        return Vec::new();
    };
    let rule = |product: &'static str| {
        let product_words = waiting::find(product);
        section.sink.speak(Words { product: product_words, ..Words::default() });
        let cells = product_words.map_or(CELLS_MAX, |it| it.series_max);
        let condition = script::condition(section.sink, when, cells);
        section.sink.speak(Words::default());
        let condition = condition.filter(|it| told(section, when, it))?;
        let (requirement, says) = (requirement.clone(), says.to_owned());
        Some((product, Rule { requirement, when: condition, words: said(when.get_ref()), says }))
    };
    // What is wrong for one product is told once.
    products.into_iter().map_while(rule).collect()
}

/// Most cells of a product that is served (PS-GEN-1).
const CELLS_MAX: u8 = 16;

/// Whether recorded rows tell all that a condition looks at; reports what they do not.
fn told(section: &Section<'_>, when: &Spanned<DeValue<'_>>, condition: &Condition) -> bool {
    let known = rows_tell(condition);
    if !known {
        let title = "a rule looks at recorded rows, which hold neither switches nor the display";
        section.sink.report(Problem::new(title, when.span()).label("not recorded"));
    }
    known
}

fn rows_tell(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().all(rows_tell),
        Condition::Not(part) | Condition::Held(part, _) => rows_tell(part),
        Condition::Is(state) => !matches!(state, State::Switches(_) | State::Display(_)),
        Condition::Compare { .. } | Condition::Happened { .. } | Condition::Elapsed(_) => true,
    }
}

/// A condition as it is written, in a line.
fn said(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Array(items) => {
            items.iter().map(|it| said(it.get_ref())).collect::<Vec<_>>().join(", ")
        }
        DeValue::Table(table) => {
            let of = |key: &str| table.get(key).map(|it| said(it.get_ref()));
            let list = |key: &str, between: &str| {
                let items = table.get(key)?.get_ref().as_array()?;
                let items: Vec<_> = items.iter().map(|it| grouped(it.get_ref())).collect();
                Some(items.join(between))
            };
            let rest = table.iter().filter(|(key, _)| key.get_ref().as_ref() != "for");
            let plain =
                rest.map(|(key, value)| format!("{} {}", key.get_ref(), said(value.get_ref())));
            let words = list("all", " and ").or_else(|| list("any", " or "));
            let words = words.or_else(|| of("not").map(|it| format!("not {it}")));
            let words = words.unwrap_or_else(|| plain.collect::<Vec<_>>().join(" "));
            match of("for") {
                Some(span) if words.contains(' ') && table.len() > 1 => {
                    format!("{words} for {span}")
                }
                _ => words,
            }
        }
        _ => String::new(),
    }
}

/// A part of a list; in brackets if it is a list itself.
fn grouped(value: &DeValue<'_>) -> String {
    let is_list =
        value.as_table().is_some_and(|it| it.contains_key("all") || it.contains_key("any"));
    if is_list { format!("({})", said(value)) } else { said(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_the_folder_is_embedded_and_right() {
        let [lying, embedded] = crate::suite::lying_and_embedded("rules", FILES);
        assert_eq!(lying, embedded);
        for (name, text) in FILES {
            let rules = parse(name, text).unwrap_or_else(|wrong| panic!("{wrong}"));
            let said = rules.values().flatten().map(|rule| &rule.says);
            assert!(said.clone().count() > 0 && said.into_iter().all(|it| it.ends_with('.')));
        }
    }

    #[test]
    fn both_boards_of_the_family_have_the_same_rules_and_no_other_product_has_them() {
        let of_family = of("ps-15016");
        assert_eq!(of_family, of("ps-20016s"));
        assert!(of_family.iter().all(|rule| rule.requirement.starts_with("PS-ENV-")));
        assert!(of("jk-b2a24s20p").iter().all(|rule| rule.requirement.starts_with("JKB-")));
        assert!(of("nothing").is_empty());
        let [(products, rule)] = &by("PS-ENV-8")[..] else { panic!("one rule for both") };
        assert_eq!(products[..], ["ps-15016", "ps-20016s"]);
        assert_eq!(rule.words, "state off or state asleep for 90 d");
    }

    fn wrong(when: &str) -> String {
        let text = format!(
            "[[rule]]\nrequirement = \"PS-ENV-1\"\nproducts = [\"ps-15016\", \"ps-20016s\"]\n\
             says = \"It is so.\"\nwhen = {when}\n"
        );
        parse("it.toml", &text).unwrap_err().to_string()
    }

    #[test]
    fn a_rule_in_wrong_words_is_refused_once() {
        let told = wrong("\"ambiant > 75 degC\"");
        assert_eq!(told.matches("unknown signal `ambiant`").count(), 1, "{told}");
        assert!(told.contains("did you mean \"ambient\"?"), "{told}");
        assert!(wrong("\"ambient > 75 V\"").contains("expected a temperature"));
    }

    #[test]
    fn a_rule_about_what_rows_do_not_hold_is_refused() {
        for when in ["{ switches = { charge = \"on\" } }", "{ not = { display = \"alarms\" } }"] {
            assert!(wrong(when).contains("neither switches nor the display"), "{when}");
        }
    }

    #[test]
    fn a_condition_is_told_as_it_is_written() {
        let [(_, rule)] = &by("PS-ENV-2")[..] else { panic!("one rule for both") };
        let words = "state off for 1 d and (ambient < -20 degC or ambient > 75 degC)";
        assert_eq!(rule.words, words);
    }
}
