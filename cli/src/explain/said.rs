//! What data sheets say of a requirement beside its timing: facts, and rules that are remarked on.

use scenarios::facts::{self, Fact};
use scenarios::remarks;
use serde_json::{Value, json};
use std::fmt::Write;

/// The facts of a requirement by product, and its rules; empty if there are none.
pub(super) fn text(id: &str) -> String {
    let mut text = String::new();
    let mut products: &[&str] = &[];
    for fact in facts::by(id) {
        if fact.products != products {
            products = &fact.products;
            let _ = writeln!(text, "\nThe data sheet says of {}", products.join(", "));
        }
        let _ = writeln!(text, "  {:<34}{}", fact.of, fact.words());
    }
    for (products, rule) in remarks::by(id) {
        let _ = writeln!(text, "\nRemarked on {}", products.join(", "));
        let _ = writeln!(text, "  when      {}", rule.words);
        let _ = writeln!(text, "  says      {}", rule.says);
    }
    text
}

/// The same facts as data.
pub(super) fn facts_data(id: &str) -> Value {
    let one = |fact: &Fact| json!({"products": fact.products, "of": fact.of, "is": fact.is});
    facts::by(id).map(one).collect()
}

/// The same rules as data.
pub(super) fn remarks_data(id: &str) -> Value {
    let rules = remarks::by(id).into_iter();
    rules
        .map(
            |(products, rule)| json!({"products": products, "when": rule.words, "says": rule.says}),
        )
        .collect()
}
