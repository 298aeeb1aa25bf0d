//! Stochastic inputs: a quantity that is written as a distribution is drawn when its file is read,
//! from a stream called after its place, so that one seed gives one run.

use crate::diagnostics::Problem;
use crate::quantity::{Dimension, Quantity};
use crate::section::Sink;
use sim::parts::Distribution;
use std::borrow::Cow;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys of a distribution; the first four name one.
const KEYS: &[&str] = &["normal", "uniform", "triangular", "choice", "deviation", "within"];

/// Figures that a drawn quantity keeps.
const FIGURES: i32 = 9;

/// Whether a table is a distribution.
pub(crate) fn is_distribution(table: &DeTable<'_>) -> bool {
    let known = |key: &str| KEYS.contains(&key);
    table.keys().all(|key| known(key.get_ref()))
        && KEYS[..4].iter().any(|key| table.contains_key(*key))
}

/// Draws a value from a distribution, for the place called `path` of a run seeded with `seed`.
pub(crate) fn draw<'a>(
    table: &DeTable<'a>,
    at: &Range<usize>,
    seed: u64,
    path: &str,
    sink: &Sink,
) -> Option<DeValue<'a>> {
    let chance = sim::seed::chance(seed, &format!("scenario.{path}"));
    let wrong = |title: &str, help: &str| {
        sink.report(Problem::new(title, at.clone()).label("this distribution").help(help));
        None
    };
    let named: Vec<_> = KEYS[..4].iter().filter(|key| table.contains_key(**key)).collect();
    let [kind] = named[..] else {
        return wrong(
            "a quantity has one distribution",
            "write one of normal, uniform, triangular, choice",
        );
    };
    if *kind != "normal" && (table.contains_key("deviation") || table.contains_key("within")) {
        return wrong("only a normal distribution has a deviation", "take it away");
    }
    let items = items(&table[*kind]);
    match (*kind, items.len()) {
        ("choice", 1..) => Some(chosen(&items, chance)),
        ("normal", 1) => normal(table, at, chance, sink),
        ("uniform", 2) => between(&items, at, sink, |low, high| low + (high - low) * chance),
        ("triangular", 2 | 3) => triangular(&items, at, chance, sink),
        ("normal", _) => {
            wrong("a normal distribution has one middle", "normal = \"20 A\", deviation = \"2 A\"")
        }
        ("uniform", _) => {
            wrong("a uniform distribution has two ends", "uniform = [\"10 A\", \"20 A\"]")
        }
        ("triangular", _) => wrong(
            "a triangular distribution has two ends, and between them its peak if it is not the middle",
            "triangular = [\"10 A\", \"12 A\", \"20 A\"]",
        ),
        _ => wrong("a choice has at least one value", "choice = [\"10 A\", \"20 A\"]"),
    }
}

fn items<'t, 'a>(value: &'t Spanned<DeValue<'a>>) -> Vec<&'t Spanned<DeValue<'a>>> {
    match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![value],
    }
}

fn chosen<'a>(items: &[&Spanned<DeValue<'a>>], chance: f64) -> DeValue<'a> {
    #[expect(clippy::cast_precision_loss, reason = "lists are short")]
    let place = chance * items.len() as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the list")]
    let index = (place as usize).min(items.len() - 1);
    items[index].get_ref().clone()
}

fn normal<'a>(
    table: &DeTable<'a>,
    at: &Range<usize>,
    chance: f64,
    sink: &Sink,
) -> Option<DeValue<'a>> {
    let Some(deviation) = table.get("deviation") else {
        let problem = Problem::new("a normal distribution has a deviation", at.clone());
        sink.report(problem.label("none").help("add `deviation = \"2 A\"`"));
        return None;
    };
    let values: Vec<_> = [Some(&table["normal"]), Some(deviation), table.get("within")]
        .into_iter()
        .flatten()
        .collect();
    let (numbers, dimension) = quantities(&values, at, sink)?;
    if numbers[1..].iter().any(|number| *number <= 0.0) {
        let problem = Problem::new("a deviation is above zero", at.clone());
        sink.report(problem.label("nothing would be drawn"));
        return None;
    }
    let sigma = numbers[1];
    let by = match numbers.get(2) {
        Some(within) => Distribution::TruncatedNormal { sigma, within: *within },
        None => Distribution::Normal { sigma },
    };
    Some(written(numbers[0] + by.deviation(chance), dimension))
}

fn between<'a>(
    items: &[&Spanned<DeValue<'a>>],
    at: &Range<usize>,
    sink: &Sink,
    draw: impl Fn(f64, f64) -> f64,
) -> Option<DeValue<'a>> {
    let (ends, dimension) = quantities(items, at, sink)?;
    if ends[0] >= ends[1] {
        let problem = Problem::new("the first end lies below the second", at.clone());
        sink.report(problem.label("nothing lies between"));
        return None;
    }
    Some(written(draw(ends[0], ends[1]), dimension))
}

/// Between two ends with a peak: the inverse of the distribution function, in closed form.
fn triangular<'a>(
    items: &[&Spanned<DeValue<'a>>],
    at: &Range<usize>,
    chance: f64,
    sink: &Sink,
) -> Option<DeValue<'a>> {
    let (ends, _) = quantities(items, at, sink)?;
    let peak = if ends.len() == 3 { ends[1] } else { f64::midpoint(ends[0], ends[1]) };
    let outer = [items[0], items[items.len() - 1]];
    between(&outer, at, sink, |low, high| {
        let peak = peak.clamp(low, high);
        let width = high - low;
        if chance * width < peak - low {
            low + libm::sqrt(chance * width * (peak - low))
        } else {
            high - libm::sqrt((1.0 - chance) * width * (high - peak))
        }
    })
}

/// Values of one dimension, in its base unit. Which one is open: the reader of the key says later
/// whether it is the right one.
fn quantities(
    values: &[&Spanned<DeValue<'_>>],
    at: &Range<usize>,
    sink: &Sink,
) -> Option<(Vec<f64>, Dimension)> {
    let texts: Option<Vec<&str>> = values.iter().map(|value| value.get_ref().as_str()).collect();
    let all = |dimension: &Dimension| -> Option<Vec<f64>> {
        let read = |text: &&str| Quantity::parse(text, *dimension).ok().map(Quantity::value);
        texts.as_ref()?.iter().map(read).collect()
    };
    let found = Dimension::ALL.iter().find_map(|it| all(it).map(|values| (values, *it)));
    if found.is_none() {
        let problem = Problem::new("a distribution is of quantities of one kind", at.clone());
        let help = "each with its unit, such as `uniform = [\"10 A\", \"20 A\"]`";
        sink.report(problem.label("not of one kind").help(help));
    }
    found
}

/// A number in its base unit, as a file would have it. Times end at the nanosecond.
fn written<'a>(value: f64, dimension: Dimension) -> DeValue<'a> {
    let (unit, scale) = dimension.base_unit();
    let value = value * scale;
    let places = match dimension {
        Dimension::Time => 9,
        _ => (FIGURES - 1 - magnitude(value)).clamp(0, 15),
    };
    DeValue::String(Cow::Owned(format!("{value:.*} {unit}", usize::try_from(places).unwrap_or(0))))
}

/// The power of ten of a number.
fn magnitude(value: f64) -> i32 {
    if value == 0.0 {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "between -324 and 308")]
    let power = libm::floor(libm::log10(value.abs())) as i32;
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What 2,000 seeds draw, in the base unit.
    fn drawn(text: &str) -> Vec<f64> {
        let sink = Sink::default();
        let text = format!("x = {text}");
        let file = DeTable::parse(&text).unwrap().into_inner();
        let table = file["x"].get_ref().as_table().unwrap();
        assert!(is_distribution(table), "{text}");
        let number = |seed| {
            let value = draw(table, &(0..1), seed, "x", &sink).expect("it is sound");
            let text = value.as_str().expect("a quantity is a text").to_owned();
            Dimension::ALL.iter().find_map(|it| Quantity::parse(&text, *it).ok()).unwrap().value()
        };
        (0..2_000).map(number).collect()
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    fn below(values: &[f64], level: f64) -> f64 {
        values.iter().filter(|value| **value < level).count() as f64 / values.len() as f64
    }

    /// The standard error of a share of one half over 2,000 draws is 1.1 %; three of them are asked.
    #[test]
    fn draws_are_distributed_as_their_file_says() {
        let normal = drawn("{ normal = \"20 A\", deviation = \"2 A\", within = \"5 A\" }");
        assert!((mean(&normal) - 20.0).abs() < 0.15, "{}", mean(&normal));
        assert!((below(&normal, 22.0) - 0.841).abs() < 0.03, "one deviation above");
        assert!(normal.iter().all(|value| (15.0..=25.0).contains(value)));
        let uniform = drawn("{ uniform = [\"10 ms\", \"20 ms\"] }");
        assert!((below(&uniform, 0.0125) - 0.25).abs() < 0.03);
        assert!(uniform.iter().all(|value| (0.01..=0.02).contains(value)));
        // Ends 0 and 10, peak 2: below the peak lie 2/10 of all.
        let triangle = drawn("{ triangular = [\"0 V\", \"2 V\", \"10 V\"] }");
        assert!((below(&triangle, 2.0) - 0.2).abs() < 0.03);
        assert!((mean(&triangle) - 4.0).abs() < 0.15, "(0 + 2 + 10) / 3");
        let choice = drawn("{ choice = [\"1 A\", \"2 A\", \"4 A\"] }");
        assert!((below(&choice, 1.5) - 1.0 / 3.0).abs() < 0.035);
    }

    #[test]
    fn a_drawn_quantity_reads_back_as_itself() {
        for (value, dimension, text) in [
            (1.0 / 3.0, Dimension::Current, "0.333333333 A"),
            (-12_345.678_9, Dimension::Power, "-12345.6789 W"),
            (1.5e-9, Dimension::Time, "0.000000002 s"),
            (0.5, Dimension::Share, "50.0000000 %"),
            (0.0, Dimension::Temperature, "0.00000000 degC"),
        ] {
            let written = written(value, dimension);
            assert_eq!(written.as_str(), Some(text));
            let read = Quantity::parse(text, dimension).expect("it reads back").value();
            assert!((read - value).abs() <= 1e-9 * value.abs().max(1.0), "{text}");
        }
    }

    #[test]
    fn another_place_or_seed_draws_another_value() {
        let sink = Sink::default();
        let file = DeTable::parse("x = { uniform = [\"0 A\", \"1 A\"] }").unwrap().into_inner();
        let table = file["x"].get_ref().as_table().unwrap();
        let at = |seed, path: &str| {
            let value = draw(table, &(0..1), seed, path, &sink);
            value.and_then(|value| value.as_str().map(str::to_owned)).expect("it is sound")
        };
        assert_eq!(at(1, "a"), at(1, "a"));
        assert_ne!(at(1, "a"), at(2, "a"));
        assert_ne!(at(1, "a"), at(1, "b"));
    }
}
