//! From one file to its cases: what it includes, its `[[case]]` tables, its matrix.

use crate::diagnostics::Problem;
use crate::expect::{Expectation, Scenario, Source};
use crate::fill::{Filling, whole};
use crate::head;
use crate::include::Sources;
use crate::load::{BODY, Options, read_scenario};
use crate::matrix::{self, CASES_MAX, Matrix, Point};
use crate::refused;
use crate::section::{Section, Sink, report_unknown_keys};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys of a file that are not of one scenario.
const OF_FILE: &[&str] = &["scenario", "case", "matrix", "include"];

/// After this many problems the rest of a large matrix is not read: it would repeat them.
const PROBLEMS_MAX: usize = 200;

/// A file with everything that its cases have in common.
pub(crate) struct File<'a> {
    pub(crate) sources: &'a Sources,
    /// The texts, shared by the cases.
    pub(crate) texts: Arc<[Source]>,
    pub(crate) stem: &'a str,
    pub(crate) options: &'a Options,
    /// The file's tables; what stands in an earlier one wins.
    tables: &'a [DeTable<'a>],
    /// The values of the matrix's ranges.
    counted: &'a DeTable<'a>,
    sink: &'a Sink,
    used: RefCell<BTreeSet<String>>,
    coverage: RefCell<Coverage>,
}

/// What a file claims to cover, and what its expectations cite.
#[derive(Default)]
struct Coverage {
    claimed: Vec<(String, Range<usize>)>,
    cited: BTreeSet<String>,
}

/// A `[[case]]` table, with its place among them.
struct Case<'a> {
    table: &'a DeTable<'a>,
    span: Range<usize>,
    number: usize,
}

/// One case of a file, as it is read.
pub(crate) struct One<'s> {
    /// Its ID.
    pub(crate) id: String,
    /// Seed of the run.
    pub(crate) seed: u64,
    /// Its place in the matrix.
    pub(crate) axes: Vec<(String, String)>,
    /// The keys of `[scenario]`.
    pub(crate) head: Section<'s>,
    /// Everything else.
    pub(crate) body: Section<'s>,
    /// What was drawn, by its place.
    pub(crate) drawn: Vec<(String, String)>,
    /// The gate shall refuse it.
    pub(crate) refused: bool,
}

/// The texts of a file and what its tables are read with.
pub(crate) struct Reading<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) tables: &'a [DeTable<'a>],
    pub(crate) counted: &'a DeTable<'a>,
    pub(crate) stem: &'a str,
    pub(crate) options: &'a Options,
    pub(crate) sink: &'a Sink,
}

/// Reads every case of a file.
pub(crate) fn read(reading: &Reading<'_>) -> Vec<Scenario> {
    let file = File {
        sources: reading.sources,
        texts: reading.sources.texts().into(),
        stem: reading.stem,
        options: reading.options,
        tables: reading.tables,
        counted: reading.counted,
        sink: reading.sink,
        used: RefCell::default(),
        coverage: RefCell::default(),
    };
    file.read()
}

impl<'a> File<'a> {
    fn read(&self) -> Vec<Scenario> {
        let known: Vec<_> = BODY.iter().chain(OF_FILE).copied().collect();
        for table in self.tables {
            report_unknown_keys(table, "the file", &known, self.sink);
        }
        let all: Vec<_> = self.tables.iter().collect();
        let file = Section::new("the file", all, 0..0, self.sink);
        file.missing("scenario", "[scenario]");
        file.texts("include");
        let Some(base) = file.section("scenario") else { return Vec::new() };
        for table in base.tables() {
            report_unknown_keys(table, "[scenario]", head::KEYS, self.sink);
        }
        let mut scenarios = Vec::new();
        for case in self.cases(&file) {
            self.read_case(case.as_ref(), &file, &base.span, &mut scenarios);
        }
        report_doubles(&scenarios, base.span, self.sink);
        self.report_unproved();
        scenarios
    }

    /// The cases' tables; one without a table where the file has none.
    fn cases(&self, file: &Section<'a>) -> Vec<Option<Case<'a>>> {
        let cases = file.sections("case").into_iter().enumerate();
        let cases: Vec<_> = cases
            .filter_map(|(number, case)| {
                let table = *case.tables().first()?;
                Some(Some(Case { table, span: case.span.clone(), number }))
            })
            .collect();
        if cases.is_empty() { vec![None] } else { cases }
    }

    /// Reads a case at every point of its matrix.
    fn read_case(
        &self,
        case: Option<&Case<'a>>,
        file: &Section<'a>,
        base: &Range<usize>,
        scenarios: &mut Vec<Scenario>,
    ) {
        let span = case.map_or(base.clone(), |case| case.span.clone());
        let suffix = case.map(|case| self.read_suffix(case));
        let layers = case.map(|case| case.table).into_iter().chain(self.tables).collect();
        let layered = Section::new("the file", layers, span.clone(), file.sink);
        let matrix = layered.section("matrix");
        let matrix = matrix.map_or_else(Matrix::default, |it| Matrix::read(&it, self.counted));
        if !self.report_size(&matrix, scenarios.len()) {
            return;
        }
        self.report_seed(case, &matrix);
        for point in matrix.points() {
            if self.sink.count() > PROBLEMS_MAX {
                return;
            }
            scenarios.extend(self.read_point(case, suffix, &point, &span));
        }
        for axis in matrix.axes.iter().filter(|axis| !sets_a_key(&axis.name)) {
            matrix::report_unused(axis, &self.used.borrow(), head::KEYS, self.sink);
        }
    }

    fn read_suffix(&self, case: &Case<'a>) -> &'a str {
        let known: Vec<_> = head::KEYS
            .iter()
            .chain(BODY)
            .copied()
            .chain(["suffix", "matrix", refused::KEY])
            .collect();
        report_unknown_keys(case.table, "[[case]]", &known, self.sink);
        let section = Section::new("[[case]]", vec![case.table], case.span.clone(), self.sink);
        section.missing("suffix", "suffix = \"a\"");
        section.text("suffix").unwrap_or_default()
    }

    /// An axis that says the seed is in the names of its cases, which would lie under another one.
    fn report_seed(&self, case: Option<&Case<'a>>, matrix: &Matrix<'_>) {
        if self.options.seed.is_none() || self.options.repeats {
            return;
        }
        let heads = self.tables.iter().filter_map(|it| it.get("scenario")?.get_ref().as_table());
        let mut tables = case.map(|case| case.table).into_iter().chain(heads);
        let written = tables.find_map(|table| table.get("seed"));
        let named = written.and_then(|it| whole(it.get_ref().as_str()?));
        let says = |name: &str| name == "seed" || named.is_some_and(|it| it.trim() == name);
        for axis in matrix.axes.iter().filter(|axis| says(&axis.name)) {
            let title =
                format!("the seed is said twice: by the axis `{}` and by `--seed`", axis.name);
            let problem = Problem::new(title, axis.key.clone()).label("each case has its own seed");
            let help = "leave `--seed` away; to run one of the cases, choose it by `--filter`";
            self.sink.report(problem.help(help));
        }
    }

    /// Whether the file has no more cases than a file may have.
    fn report_size(&self, matrix: &Matrix<'_>, before: usize) -> bool {
        let size = matrix.size().and_then(|size| size.checked_add(before));
        if size.is_some_and(|size| size <= CASES_MAX) {
            return true;
        }
        let count = size.map_or_else(|| "far more".to_owned(), |size| size.to_string());
        let span = matrix.axes.first().map_or(0..0, |axis| axis.key.clone());
        let title = format!("{count} cases; a file has at most {CASES_MAX}");
        let help = "take values or an axis away, or make several files of it";
        self.sink.report(Problem::new(title, span).label("times all other axes").help(help));
        false
    }

    fn read_point(
        &self,
        case: Option<&Case<'a>>,
        suffix: Option<&str>,
        point: &Point<'_, 'a>,
        span: &Range<usize>,
    ) -> Option<Scenario> {
        let overlays = overlays(point);
        let seed = self.seed(case, point, &overlays.head);
        let filling =
            Filling { point, seed, sink: self.sink, used: &self.used, drawn: RefCell::default() };
        let of_case =
            case.map(|case| filling.table(case.table, &format!("case[{}].", case.number)));
        let fill = |(number, table)| filling.table(table, &self.whose(number));
        let tables: Vec<DeTable<'_>> = self.tables.iter().enumerate().map(fill).collect();
        let above = |overlay| std::iter::once(overlay).chain(of_case.as_ref());
        let heads = tables.iter().filter_map(|table| table.get("scenario")?.get_ref().as_table());
        let heads = above(&overlays.head).chain(heads).collect();
        let head = Section::new("[scenario]", heads, span.clone(), self.sink);
        let bodies = above(&overlays.body).chain(&tables).collect();
        let body = Section::new("the scenario", bodies, span.clone(), self.sink);
        let suffix = suffix.map_or_else(String::new, |suffix| format!("-{suffix}"));
        let id = format!("{}{suffix}{}", self.stem, point.suffix());
        let drawn = filling.drawn.take();
        let of_case = of_case.iter().collect();
        let wanted = refused::read(&Section::new("[[case]]", of_case, span.clone(), self.sink));
        let refused = !wanted.is_empty();
        let one = One { id, seed, axes: point.axes(), head, body, drawn, refused };
        if refused { refused::scenario(self, &one, &wanted) } else { read_scenario(self, &one) }
    }

    /// What tells the draws of a table of the file from those of another; nothing for the file's
    /// own, so that they stay when it is included elsewhere.
    fn whose(&self, number: usize) -> String {
        if number == 0 { String::new() } else { format!("include[{number}].") }
    }

    /// The seed of a case: as the caller wants it, else as written, else 1.
    fn seed(&self, case: Option<&Case<'a>>, point: &Point<'_, 'a>, overlay: &DeTable<'_>) -> u64 {
        let written = |table: &DeTable<'_>| match table.get("seed")?.get_ref() {
            DeValue::String(text) => point.find(whole(text)?).and_then(|it| number(it.get_ref())),
            value => number(value),
        };
        let heads = self.tables.iter().filter_map(|it| it.get("scenario")?.get_ref().as_table());
        let above = std::iter::once(overlay).chain(case.map(|case| case.table));
        self.options.seed.or_else(|| above.chain(heads).find_map(written)).unwrap_or(1)
    }

    /// Notes what a scenario claims to cover and what its expectations cite.
    pub(crate) fn covers(
        &self,
        claimed: Vec<(String, Range<usize>)>,
        expectations: &[Expectation],
    ) {
        let mut coverage = self.coverage.borrow_mut();
        for claim in claimed {
            if !coverage.claimed.contains(&claim) {
                coverage.claimed.push(claim);
            }
        }
        let cited = expectations.iter().flat_map(|expectation| expectation.requirements.iter());
        for id in cited {
            if !coverage.cited.contains(id) {
                coverage.cited.insert(id.clone());
            }
        }
    }

    fn report_unproved(&self) {
        let coverage = self.coverage.borrow();
        for (id, span) in coverage.claimed.iter().filter(|(id, _)| !coverage.cited.contains(id)) {
            let title = format!("no expectation proves `{id}`");
            let help = "cite it in the `requirement` of an `[[expect]]`, or do not claim it";
            self.sink.report(Problem::new(title, span.clone()).label("claimed here").help(help));
        }
    }
}

/// The tables that a point of the matrix lays above the file's.
struct Overlays<'a> {
    head: DeTable<'a>,
    body: DeTable<'a>,
}

/// Whether an axis of this name sets a key; else it is there for `${...}`.
fn sets_a_key(name: &str) -> bool {
    let first = name.split_once('.').map(|(first, _)| first);
    head::KEYS.contains(&name) || first.is_some_and(|first| BODY.contains(&first))
}

fn overlays<'a>(point: &Point<'_, 'a>) -> Overlays<'a> {
    let mut overlays = Overlays { head: DeTable::new(), body: DeTable::new() };
    for (axis, value) in point.values.iter().filter(|(axis, _)| sets_a_key(&axis.name)) {
        let of_head = head::KEYS.contains(&axis.name.as_str());
        let table = if of_head { &mut overlays.head } else { &mut overlays.body };
        let path: Vec<&str> = axis.name.split('.').collect();
        put(table, &path, &axis.key, (*value).clone());
    }
    overlays
}

/// Puts a value at a dotted path.
fn put<'a>(
    table: &mut DeTable<'a>,
    path: &[&str],
    key: &Range<usize>,
    value: Spanned<DeValue<'a>>,
) {
    let [first, rest @ ..] = path else { return };
    let name = Spanned::new(key.clone(), Cow::Owned((*first).to_owned()));
    if rest.is_empty() {
        table.insert(name, value);
        return;
    }
    let below = match table.remove(*first).map(Spanned::into_inner) {
        Some(DeValue::Table(below)) => below,
        _ => DeTable::new(),
    };
    let mut below = below;
    put(&mut below, rest, key, value);
    table.insert(name, Spanned::new(key.clone(), DeValue::Table(below)));
}

/// A whole number from 0.
fn number(value: &DeValue<'_>) -> Option<u64> {
    value.as_integer()?.as_str().parse().ok()
}

/// Two cases with one name would hide each other in tables.
fn report_doubles(scenarios: &[Scenario], span: Range<usize>, sink: &Sink) {
    let mut seen = BTreeSet::new();
    for scenario in scenarios.iter().filter(|scenario| !seen.insert(&scenario.id)) {
        let title = format!("two cases are called `{}`", scenario.id);
        sink.report(Problem::new(title, span.clone()).help("give each its own `suffix`"));
    }
}
