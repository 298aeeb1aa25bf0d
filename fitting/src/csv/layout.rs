//! Where the header of a file stands, and how its cells are parted.

use super::number::Decimal;
use super::{Options, text};
use crate::columns::{self, Column, Mapping};
use crate::problems::{Gathered, Problem};

/// The header is looked for in so many lines; testers write long preambles.
const HEAD_LINES_MAX: usize = 300;
/// The decimal sign is looked for in so many rows.
const SAMPLE_LINES: usize = 200;
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// What begins a line that is no data.
pub(super) const COMMENT: char = '#';

/// How a file is written.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) delimiter: char,
    pub(super) decimal: Decimal,
    /// The names of the columns.
    pub(super) headings: Vec<String>,
    /// The units of a row below the names, where there is one; else empty.
    units: Vec<String>,
    /// Line of the header, from 1, and where it begins.
    header: Line,
    /// Line of the first row, and where it begins.
    pub(super) body: Line,
}

/// A line from 1, and its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) byte: usize,
}

/// A line with its text.
type Numbered<'t> = (Line, &'t str);

/// Every line of a text.
fn lines(text: &str) -> impl Iterator<Item = Numbered<'_>> {
    let mut byte = 0;
    text.split('\n').enumerate().map(move |(index, line)| {
        let here = Line { number: index + 1, byte };
        byte += line.len() + 1;
        (here, line.trim_end_matches('\r'))
    })
}

/// The cells of one line.
fn cells(line: &str, delimiter: char) -> Vec<&str> {
    let count = line.chars().filter(|letter| *letter == delimiter).count() + 1;
    let cells = (0..count).map(|index| line[text::cell(line, delimiter, index)].trim_matches('"'));
    cells.map(str::trim).collect()
}

/// How a text is written.
///
/// # Errors
/// It has rows but no header.
pub(super) fn of(text: &str, map: &[Mapping]) -> Result<Layout, Problem> {
    let head: Vec<_> = lines(text).take(HEAD_LINES_MAX).collect();
    let plain = || head.iter().filter(|(_, line)| is_plain(line));
    let known = plain().find_map(|(at, line)| Some((*at, delimiter_of_names(line, map)?)));
    let (header, delimiter) = match known {
        Some(found) => found,
        None => above_the_first_row(&head)?,
    };
    let line = text::line_at(text, header.byte).trim_start_matches([COMMENT, ' ']);
    let headings: Vec<_> = cells(line, delimiter).iter().map(|it| (*it).to_owned()).collect();
    let mut below = lines(text).filter(|(at, line)| at.number > header.number && is_plain(line));
    let mut body = below.next();
    let mut units = Vec::new();
    if let Some((_, line)) = body
        && is_row_of_units(line, delimiter)
    {
        units = cells(line, delimiter).iter().map(|it| (*it).to_owned()).collect();
        body = below.next();
    }
    let end = Line { number: lines(text).count(), byte: text.len() };
    let body = body.map_or(end, |(at, _)| at);
    let decimal = decimal(&text[body.byte..], delimiter);
    Ok(Layout { delimiter, decimal, headings, units, header, body })
}

fn is_plain(line: &str) -> bool {
    !line.trim().is_empty() && !line.trim_start().starts_with(COMMENT)
}

/// The delimiter by which a line names at least two quantities.
fn delimiter_of_names(line: &str, map: &[Mapping]) -> Option<char> {
    let score = |delimiter: char| {
        let cells = cells(line, delimiter);
        let mapped = map.iter().filter(|it| cells.contains(&it.column.as_str())).count();
        columns::recognised(&cells) + mapped
    };
    let best = DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter))?;
    (score(best) >= 2).then_some(best)
}

/// The header of a file whose names are all unknown: what stands above the first row of numbers.
fn above_the_first_row(head: &[Numbered<'_>]) -> Result<(Line, char), Problem> {
    let row = head
        .iter()
        .enumerate()
        .filter(|(_, (_, line))| is_plain(line))
        .find_map(|(index, (at, line))| Some((index, *at, *line, delimiter_of_numbers(line)?)));
    let Some((index, at, line, delimiter)) = row else {
        let first = head.iter().find(|(_, line)| is_plain(line)).or(head.first());
        let (at, line) = *first.expect("a text has a first line");
        let columns = |delimiter: &char| line.matches(*delimiter).count();
        let delimiter = DELIMITERS.into_iter().rev().max_by_key(columns).unwrap_or(',');
        return Ok((at, delimiter));
    };
    let width = cells(line, delimiter).len();
    let above = head[..index].iter().rev().filter(|(_, line)| !line.trim().is_empty());
    let names = |line: &&str| {
        let cells = cells(line.trim_start_matches([COMMENT, ' ']), delimiter);
        cells.len() == width && cells.iter().any(|cell| !cell.is_empty())
    };
    let header = above.map(|(at, line)| (*at, *line)).find(|(_, line)| names(line));
    header.map(|(at, _)| (at, delimiter)).ok_or_else(|| {
        Problem::new("no line names the columns")
            .at(at.number, line, 0..line.len())
            .label("the first row of numbers")
            .help("add a line above it, such as time_s,current_a,voltage_v")
    })
}

/// The delimiter by which most cells of a line are numbers, at least two of them.
fn delimiter_of_numbers(line: &str) -> Option<char> {
    let numbers = |delimiter: &char| {
        let decimal = if *delimiter == ',' { Decimal::Point } else { Decimal::Comma };
        let is_number = |cell: &&str| decimal.parse(cell).or(Decimal::Point.parse(cell)).is_some();
        cells(line, *delimiter).into_iter().filter(|cell| is_number(cell)).count()
    };
    let best = DELIMITERS.into_iter().rev().max_by_key(numbers)?;
    (numbers(&best) >= 2).then_some(best)
}

fn is_row_of_units(line: &str, delimiter: char) -> bool {
    let cells = cells(line, delimiter);
    let is_number = |cell: &&str| cell.starts_with(|it: char| it.is_ascii_digit());
    let mut named = cells.iter().filter(|cell| !cell.is_empty()).peekable();
    named.peek().is_some() && named.all(|cell| columns::is_unit(cell) && !is_number(cell))
}

/// The decimal sign of some rows.
fn decimal(body: &str, delimiter: char) -> Decimal {
    let is_comma = |cell: &str| cell.contains(',') && Decimal::Comma.parse(cell).is_some();
    let mut sample = lines(body).take(SAMPLE_LINES).map(|(_, line)| line);
    let has_comma = |line: &str| cells(line, delimiter).into_iter().any(is_comma);
    if delimiter != ',' && sample.any(has_comma) { Decimal::Comma } else { Decimal::Point }
}

impl Layout {
    /// The columns that hold something; what is wrong with the headings is gathered.
    pub(super) fn columns(
        &self,
        text: &str,
        options: &Options,
        gathered: &mut Gathered,
    ) -> Option<Columns> {
        let line = text::line_at(text, self.header.byte);
        let at = |problem: Problem, column: Option<usize>| {
            // The names of a header in a comment begin behind its mark.
            let mark = line.len() - line.trim_start_matches([COMMENT, ' ']).len();
            let span = column.map_or(mark..line.len(), |index| {
                let cell = text::cell(&line[mark..], self.delimiter, index);
                cell.start + mark..cell.end + mark
            });
            problem.at(self.header.number, line, span)
        };
        let known = columns::resolve(&self.headings, &self.units, &options.map);
        let known = known.map_err(|wrong| {
            for it in wrong {
                gathered.add(it.kind, at(it.problem, it.column));
            }
        });
        let mut labels = Vec::new();
        for name in &options.split_by {
            match self.headings.iter().position(|heading| heading.eq_ignore_ascii_case(name)) {
                Some(index) => labels.push(index),
                None => gathered.add("labels", at(self.no_label(name), None)),
            }
        }
        Some(Columns { known: known.ok()?, labels })
    }

    fn no_label(&self, name: &str) -> Problem {
        let help = columns::suggestion(name, &self.headings);
        let title = format!("no column is called `{name}`, as --split-by says");
        Problem::new(title).label("the columns").help(help)
    }
}

/// Which columns matter.
#[derive(Debug)]
pub(super) struct Columns {
    /// Those that hold a quantity.
    pub(super) known: Vec<Column>,
    /// Those whose values tell series apart, as the user says.
    pub(super) labels: Vec<usize>,
}
