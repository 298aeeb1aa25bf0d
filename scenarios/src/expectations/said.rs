//! Checks of what data sheets say beside the protections: facts, and remarks on a run.

use super::Context;
use super::moments::read_when;
use crate::diagnostics::{Problem, did_you_mean};
use crate::expect::Check;
use crate::section::Section;
use crate::{assembly, facts, remarks};

/// `fact`: what the data sheet says of a thing.
pub(super) fn read_fact(
    section: &Section<'_>,
    requirements: &[String],
    context: &Context<'_>,
) -> Option<Check> {
    let value = section.value("fact")?;
    let table = section.section("fact")?;
    if !value.get_ref().is_table() {
        return None;
    }
    table.missing("of", "of = \"X1 pin 3\"");
    table.missing("is", "is = \"A1\"");
    let (of, said) = (table.text("of"), table.texts("is"));
    table.finish();
    let (of, product) = (of?, context.product?);
    let Some(fact) = facts::find(product, of) else {
        report_unknown_fact(&table, product, of);
        return None;
    };
    if !requirements.contains(&fact.requirement) {
        let title = format!("`{of}` is a fact of {}", fact.requirement);
        let problem = Problem::new(title, section.span_of("requirement"));
        let help = format!("write `requirement = [\"{}\"]`", fact.requirement);
        section.sink.report(problem.label("of another one").help(help));
    }
    let said = said.into_iter().map(|(text, _)| text.to_owned()).collect();
    Some(Check::Fact { of: of.to_owned(), stands: fact.is.clone(), said })
}

fn report_unknown_fact(table: &Section<'_>, product: &str, of: &str) {
    let near = did_you_mean(of, facts::of(product).map(|fact| fact.of.as_str()));
    let help = near.map_or_else(
        || "`packtwin explain` with a requirement shows its facts".to_owned(),
        |near| format!("did you mean \"{near}\"?"),
    );
    let title = format!("the data sheet of {product} says nothing of `{of}`");
    let problem = Problem::new(title, table.span_of("of"));
    table.sink.report(problem.label("not known").help(help));
}

/// `remark`: whether the rules of the requirements have something to remark.
pub(super) fn read_remark(
    section: &Section<'_>,
    requirements: &[String],
    context: &Context<'_>,
) -> Option<Check> {
    let wanted = section.boolean("remark");
    let when = read_when(section, context);
    let product = context.product?;
    for (id, span) in section.texts("requirement") {
        let order = assembly::order_of(product).is_some_and(|fact| fact.requirement == id);
        if order && !context.assembled {
            let problem = Problem::new(format!("{id} is about how a pack is wired"), span);
            let help = "add `[assembly]` with `connected = [\"B-\", \"JA1\"]`";
            section.sink.report(problem.label("nothing says it").help(help));
        } else if !order && !remarks::of(product).iter().any(|rule| rule.requirement == id) {
            report_without_rule(section, product, id, span);
        }
    }
    let requirements = requirements.to_vec();
    Some(Check::Remark { when: when?, requirements, wanted: wanted? })
}

fn report_without_rule(
    section: &Section<'_>,
    product: &str,
    id: &str,
    span: std::ops::Range<usize>,
) {
    if crate::requirements::find(id).is_none() {
        return;
    }
    let order = assembly::order_of(product).map(|fact| fact.requirement.as_str());
    let rules = remarks::of(product).iter().map(|rule| rule.requirement.as_str());
    let ruled: Vec<_> = rules.chain(order).collect();
    let help = match did_you_mean(id, ruled.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if ruled.is_empty() => format!("{product} has no rule"),
        None => format!("{product} has rules of {}", ruled.join(", ")),
    };
    let problem = Problem::new(format!("no rule of {product} is stated by `{id}`"), span);
    section.sink.report(problem.label("nothing can be remarked").help(help));
}
