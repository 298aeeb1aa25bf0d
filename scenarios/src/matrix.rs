//! Reads `[matrix]`: axes whose values cross, so that one file makes many cases.

use crate::diagnostics::{Problem, did_you_mean};
use crate::section::{Section, Sink, report_unknown_keys};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Most cases of one file.
pub(crate) const CASES_MAX: usize = 100_000;

/// The keys of a range.
const RANGE: &[&str] = &["from", "to", "step"];

/// An axis: what varies, and its values.
pub(crate) struct Axis<'a> {
    /// The key that it sets, such as `pack.soc`, or a name for `${...}`.
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) key: Range<usize>,
    values: Vec<Spanned<DeValue<'a>>>,
    /// Its values are wrong, and that was told; it holds one in their place.
    broken: bool,
}

/// One combination of values.
#[derive(Default)]
pub(crate) struct Point<'m, 'a> {
    /// Every axis with its value, in the order of the file.
    pub(crate) values: Vec<(&'m Axis<'a>, &'m Spanned<DeValue<'a>>)>,
}

/// Every axis with what is left out.
#[derive(Default)]
pub(crate) struct Matrix<'a> {
    /// In the order of the file.
    pub(crate) axes: Vec<Axis<'a>>,
    excluded: Vec<Vec<(String, String)>>,
}

/// The values of every range in the matrices of some tables, as TOML: a list each, called by the
/// place where the range stands. (The parser's values borrow from a text; this is it.)
pub(crate) fn counted(tables: &[DeTable<'_>]) -> String {
    let mut text = String::new();
    let mut count = |_: &str, _: &Range<usize>, value: &Spanned<DeValue<'_>>| {
        if let DeValue::Table(range) = value.get_ref()
            && let Ok(values) = range_values(range)
        {
            text.push_str(&format!("{} = [{}]\n", value.span().start, values.join(", ")));
        }
    };
    for table in tables {
        let cases = table.get("case").and_then(|cases| cases.get_ref().as_array());
        let cases = cases.into_iter().flat_map(|cases| cases.iter());
        let cases = cases.filter_map(|case| case.get_ref().as_table());
        for table in std::iter::once(table).chain(cases) {
            if let Some(DeValue::Table(matrix)) = table.get("matrix").map(Spanned::get_ref) {
                walk(matrix, "", &mut count);
            }
        }
    }
    text
}

/// Visits every axis of a table; names may be dotted or nested.
fn walk<'t, 'a>(
    table: &'t DeTable<'a>,
    prefix: &str,
    visit: &mut impl FnMut(&str, &Range<usize>, &'t Spanned<DeValue<'a>>),
) {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(below) if !is_range(below) => {
                walk(below, &format!("{name}."), visit);
            }
            _ => visit(&name, &key.span(), value),
        }
    }
}

/// Whether a table is a range and not a part of the axes' names: those end in a list or a range.
fn is_range(table: &DeTable<'_>) -> bool {
    let plain = |value: &Spanned<DeValue<'_>>| {
        !matches!(value.get_ref(), DeValue::Array(_) | DeValue::Table(_))
    };
    table.contains_key(RANGE[0]) || table.values().all(plain)
}

/// The values of `{ from, to, step }` as TOML, or what is wrong with it.
fn range_values(range: &DeTable<'_>) -> Result<Vec<String>, String> {
    let part = |key: &str| match range.get(key).map(Spanned::get_ref) {
        None => Ok(None),
        Some(DeValue::Integer(number)) => Decimal::parse(number.as_str()).map(Some),
        Some(DeValue::String(text)) => Decimal::parse(text).map(Some),
        Some(_) => Err(format!("`{key}` is neither a whole number nor a quantity")),
    };
    let (Some(from), Some(to)) = (part("from")?, part("to")?) else {
        return Err("a range needs `from` and `to`".to_owned());
    };
    let step = part("step")?.unwrap_or(Decimal { digits: 1, places: 0, unit: from.unit.clone() });
    if from.unit != to.unit || from.unit != step.unit {
        return Err("the parts of a range have one unit, spelt alike".to_owned());
    }
    let places = from.places.max(to.places).max(step.places);
    let (first, last, by) = (from.lifted(places)?, to.lifted(places)?, step.lifted(places)?);
    if by <= 0 || last < first {
        return Err("a range goes upwards, by a step above 0".to_owned());
    }
    let count = usize::try_from((last - first) / by).unwrap_or(usize::MAX);
    if count >= CASES_MAX {
        return Err(format!("more than {CASES_MAX} values"));
    }
    let values = std::iter::successors(Some(first), |value| Some(value + by));
    let shown = |digits| Decimal { digits, places, unit: from.unit.clone() }.shown();
    Ok(values.take_while(|value| *value <= last).map(shown).collect())
}

/// A number with its unit, exact: `digits` shifted right by `places`.
struct Decimal {
    digits: i64,
    places: u32,
    unit: String,
}

impl Decimal {
    fn parse(text: &str) -> Result<Self, String> {
        let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c));
        let (number, unit) = text.split_at(end.unwrap_or(text.len()));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction}").parse();
        let digits = digits.map_err(|_| format!("`{text}` is not a number with its unit"))?;
        let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
        Ok(Self { digits, places, unit: unit.trim().to_owned() })
    }

    /// The digits with this many places.
    fn lifted(&self, places: u32) -> Result<i64, String> {
        let scale = 10_i64.checked_pow(places - self.places);
        let lifted = scale.and_then(|scale| self.digits.checked_mul(scale));
        lifted.ok_or_else(|| "a number with too many digits".to_owned())
    }

    /// As TOML writes it: a quantity as a text, a bare number as itself.
    fn shown(&self) -> String {
        let sign = if self.digits < 0 { "-" } else { "" };
        let places = self.places as usize;
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let point = if fraction.is_empty() { "" } else { "." };
        let number = format!("{sign}{whole}{point}{fraction}");
        match self.unit.as_str() {
            "" => number,
            unit => format!("\"{number} {unit}\""),
        }
    }
}

impl<'a> Matrix<'a> {
    /// Reads the matrices of a file, one above the other; `counted` holds the values of ranges.
    pub(crate) fn read(section: &Section<'a>, counted: &'a DeTable<'a>) -> Self {
        let sink = section.sink;
        let mut matrix = Self::default();
        for layer in section.tables() {
            let mut found = Vec::new();
            walk(layer, "", &mut |name: &str, key, value| {
                found.push((name.to_owned(), key.clone(), value));
            });
            found.sort_by_key(|(_, key, _)| key.start);
            for (name, key, value) in found {
                let known = name == "exclude" || matrix.axes.iter().any(|axis| axis.name == name);
                if known {
                    continue;
                }
                matrix.axes.push(match axis_values(value, counted, sink) {
                    Some(values) => {
                        let values = distinct(&name, values, sink);
                        Axis { name, key, values, broken: false }
                    }
                    None => {
                        sink.spoil(value.span());
                        Axis { name, key, values: vec![value.clone()], broken: true }
                    }
                });
            }
        }
        matrix.excluded = matrix.read_excluded(section);
        matrix
    }

    fn read_excluded(&self, section: &Section<'a>) -> Vec<Vec<(String, String)>> {
        let mut excluded = Vec::new();
        for table in section.sections("exclude") {
            let leaves = table.leaves();
            for leaf in &leaves {
                self.report_excluded(&leaf.name, leaf.key.clone(), leaf.value, table.sink);
            }
            let pair = |leaf: &crate::section::Leaf<'_>| {
                (leaf.name.clone(), shown(leaf.value.get_ref()).unwrap_or_default())
            };
            excluded.push(leaves.iter().map(pair).collect());
        }
        excluded
    }

    /// Reports an exclusion that excludes nothing because of a typing error.
    fn report_excluded(
        &self,
        name: &str,
        key: Range<usize>,
        value: &Spanned<DeValue<'_>>,
        sink: &Sink,
    ) {
        let Some(axis) = self.axes.iter().find(|axis| axis.name == name) else {
            let known: Vec<_> = self.axes.iter().map(|axis| axis.name.as_str()).collect();
            sink.unknown("axis", name, key, &known);
            return;
        };
        if axis.broken {
            return;
        }
        let wanted = shown(value.get_ref()).unwrap_or_default();
        let texts: Vec<_> = (0..axis.values.len()).map(|index| axis.text(index)).collect();
        if !texts.contains(&wanted) {
            let title = format!("the axis `{name}` has no value `{wanted}`");
            let problem = Problem::new(title, value.span()).label("excludes nothing");
            sink.report(problem.help(format!("its values: {}", some_of(&texts))));
        }
    }

    /// How many combinations there are, before any is excluded.
    pub(crate) fn size(&self) -> Option<usize> {
        self.axes.iter().try_fold(1_usize, |size, axis| size.checked_mul(axis.values.len()))
    }

    /// Every combination that is not excluded; the last axis varies fastest.
    pub(crate) fn points(&self) -> impl Iterator<Item = Point<'_, 'a>> {
        let size = self.size().filter(|size| *size <= CASES_MAX).unwrap_or(0);
        (0..size).map(|index| self.point(index)).filter(|point| !self.excludes(point))
    }

    fn point(&self, mut index: usize) -> Point<'_, 'a> {
        let mut values = Vec::new();
        for axis in self.axes.iter().rev() {
            values.push((axis, &axis.values[index % axis.values.len()]));
            index /= axis.values.len();
        }
        values.reverse();
        Point { values }
    }

    fn excludes(&self, point: &Point<'_, 'a>) -> bool {
        let axes = point.axes();
        self.excluded.iter().any(|excluded| excluded.iter().all(|pair| axes.contains(pair)))
    }
}

fn axis_values<'a>(
    value: &Spanned<DeValue<'a>>,
    counted: &DeTable<'a>,
    sink: &Sink,
) -> Option<Vec<Spanned<DeValue<'a>>>> {
    let found = match value.get_ref() {
        DeValue::Array(items) => items.iter().cloned().collect(),
        DeValue::Table(range) => {
            let before = sink.count();
            report_unknown_keys(range, "the range", RANGE, sink);
            if sink.count() > before {
                return None;
            }
            if let Err(why) = range_values(range) {
                let help = "such as `{ from = 1, to = 25 }`, or with a `step` and units";
                sink.report(Problem::new(why, value.span()).label("this range").help(help));
                return None;
            }
            let at = value.span();
            let list = counted.get(at.start.to_string().as_str())?.get_ref().as_array()?;
            let placed =
                |item: &Spanned<DeValue<'a>>| Spanned::new(at.clone(), item.get_ref().clone());
            list.iter().map(placed).collect()
        }
        _ => Vec::new(),
    };
    if found.is_empty() {
        let title = "expected the values of an axis";
        let help = "a list, such as `[\"10 %\", \"50 %\"]`, or `{ from = 1, to = 25 }`";
        sink.report(Problem::new(title, value.span()).label("no values").help(help));
    }
    (!found.is_empty()).then_some(found)
}

/// The values without those that were there before, which are reported.
fn distinct<'a>(
    name: &str,
    mut values: Vec<Spanned<DeValue<'a>>>,
    sink: &Sink,
) -> Vec<Spanned<DeValue<'a>>> {
    let mut seen = BTreeSet::new();
    values.retain(|value| {
        let Some(text) = shown(value.get_ref()) else { return true };
        let is_new = seen.insert(text.clone());
        if !is_new {
            let title = format!("the axis `{name}` has the value `{text}` twice");
            sink.report(Problem::new(title, value.span()).label("again"));
        }
        is_new
    });
    values
}

impl Axis<'_> {
    /// Whether a `${name}` stands for it, or for a key of its tables.
    fn is_named_by(&self, name: &str) -> bool {
        name == self.name || name.strip_prefix(&self.name).is_some_and(|it| it.starts_with('.'))
    }

    /// A value as it is shown: itself, the `name` of a table, or its number.
    fn text(&self, index: usize) -> String {
        shown(self.values[index].get_ref()).unwrap_or_else(|| format!("{}", index + 1))
    }

    fn text_of(&self, value: &Spanned<DeValue<'_>>) -> String {
        let index = self.values.iter().position(|own| std::ptr::eq(own, value));
        self.text(index.expect("a point holds an axis's own values"))
    }
}

/// A value as it is shown, if it has a short form.
pub(crate) fn shown(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(on) => Some(on.to_string()),
        DeValue::Table(table) => table.get("name").and_then(|name| shown(name.get_ref())),
        DeValue::Array(_) | DeValue::Datetime(_) => None,
    }
}

/// The first few of a list, for hints.
fn some_of(texts: &[String]) -> String {
    const FEW: usize = 12;
    let more = if texts.len() > FEW { ", ..." } else { "" };
    format!("{}{more}", texts[..texts.len().min(FEW)].join(", "))
}

impl<'a> Point<'_, 'a> {
    /// Every axis with its value as it is shown.
    pub(crate) fn axes(&self) -> Vec<(String, String)> {
        let pair = |(axis, value): &(&Axis<'a>, &Spanned<DeValue<'a>>)| {
            (axis.name.clone(), axis.text_of(value))
        };
        self.values.iter().map(pair).collect()
    }

    /// What the point adds to an ID: a part for each axis, fit for the name of a file.
    pub(crate) fn suffix(&self) -> String {
        let part = |(axis, value): &(&Axis<'a>, &Spanned<DeValue<'a>>)| {
            let says_itself = ["product", "front-end", "tolerance"].contains(&axis.name.as_str());
            let named =
                matches!(value.get_ref(), DeValue::Table(table) if table.contains_key("name"));
            let name = axis.name.rsplit('.').next().unwrap_or_default();
            let name = if says_itself || named { "" } else { name };
            format!("-{name}{}", plain(&axis.text_of(value)))
        };
        self.values.iter().map(part).collect()
    }

    /// What `${name}` stands for: an axis, or `axis.key` of an axis of tables.
    pub(crate) fn find(&self, name: &str) -> Option<&Spanned<DeValue<'a>>> {
        if let Some((_, value)) = self.values.iter().find(|(axis, _)| axis.name == name) {
            return Some(value);
        }
        let (stem, key) = name.rsplit_once('.')?;
        self.find(stem)?.get_ref().as_table()?.get(key)
    }

    /// Whether `${name}` stands for an axis whose values are wrong.
    pub(crate) fn is_broken(&self, name: &str) -> bool {
        self.values.iter().any(|(axis, _)| axis.broken && axis.is_named_by(name))
    }

    /// The names that `${...}` may hold, for hints.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (axis, value) in &self.values {
            match value.get_ref() {
                _ if axis.broken => names.push(axis.name.clone()),
                DeValue::Table(table) => {
                    let keys = table.keys().map(|key| format!("{}.{}", axis.name, key.get_ref()));
                    names.extend(keys);
                }
                _ => names.push(axis.name.clone()),
            }
        }
        names
    }
}

/// A text without what the names of files should not hold.
fn plain(text: &str) -> String {
    let text = text.replace('%', "pct").replace(['\u{b5}', '\u{3bc}'], "u");
    text.chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).collect()
}

/// Reports an axis that neither sets a key nor stands in any text of the file, unless it has no
/// values anyway.
pub(crate) fn report_unused(axis: &Axis<'_>, used: &BTreeSet<String>, keys: &[&str], sink: &Sink) {
    if axis.broken || used.iter().any(|name| axis.is_named_by(name)) {
        return;
    }
    let title = format!("the axis `{}` changes nothing", axis.name);
    let near = did_you_mean(&axis.name, keys.iter().copied());
    let help = near.map_or_else(
        || {
            format!(
                "write `${{{}}}` where its value belongs, or name a key such as `pack.soc`",
                axis.name
            )
        },
        |near| format!("did you mean `{near}`?"),
    );
    sink.report(Problem::new(title, axis.key.clone()).label("neither a key nor used").help(help));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(range: &str) -> Result<Vec<String>, String> {
        let text = format!("r = {range}");
        let table = DeTable::parse(&text).unwrap().into_inner();
        range_values(table["r"].get_ref().as_table().unwrap())
    }

    #[test]
    fn a_range_counts_exactly_with_both_ends() {
        assert_eq!(values("{ from = 1, to = 3 }").unwrap(), ["1", "2", "3"]);
        let tenths = values("{ from = \"-0.1 A\", to = \"0.1 A\", step = \"0.05 A\" }").unwrap();
        assert_eq!(
            tenths,
            ["-0.10 A", "-0.05 A", "0.00 A", "0.05 A", "0.10 A"].map(|v| format!("{v:?}"))
        );
        assert_eq!(values("{ from = 0, to = 7, step = 3 }").unwrap(), ["0", "3", "6"]);
    }

    #[test]
    fn a_range_that_has_no_values_says_why() {
        for (range, why) in [
            ("{ from = 3, to = 1 }", "upwards"),
            ("{ from = 1, to = 3, step = 0 }", "upwards"),
            ("{ from = \"1 ms\", to = \"1 s\" }", "one unit"),
            ("{ from = 1 }", "`from` and `to`"),
            ("{ from = 1, to = 1000000 }", "100000 values"),
            ("{ from = \"x\", to = 2 }", "not a number"),
        ] {
            let told = values(range).unwrap_err();
            assert!(told.contains(why), "{range}: {told}");
        }
    }

    #[test]
    fn a_part_of_an_id_is_fit_for_a_file() {
        assert_eq!(plain("10 %"), "10pct");
        assert_eq!(plain("-5 °C"), "-5C");
        assert_eq!(plain("a/b\\c"), "abc");
    }
}
