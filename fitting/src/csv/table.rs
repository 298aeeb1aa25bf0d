//! The rows of a file as numbers, each with its line.

use super::layout::{COMMENT, Columns, Layout, Line};
use super::number::{Time, is_blank};
use super::text;
use crate::columns::{Column, Quantity};
use crate::problems::{Gathered, Problem};
use ::csv::{ReaderBuilder, StringRecord, Trim};

/// The rows of a file.
pub(super) struct Table<'t> {
    text: &'t str,
    delimiter: char,
    /// Where each row stands.
    pub(super) places: Vec<Line>,
    /// A list per known column, in the order of [`Quantity`]; not a number where a cell is blank.
    pub(super) values: Vec<(Column, Vec<f64>)>,
    /// Where a series begins: row and label.
    pub(super) starts: Vec<Start>,
}

/// The row at which a series begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) row: usize,
    /// What tells it from its neighbours, such as `soc_pct 90, cell 1`; empty for a file of one.
    pub(super) label: String,
}

impl Table<'_> {
    /// The values of a quantity, if a column holds it.
    pub(super) fn of(&self, quantity: Quantity) -> Option<&[f64]> {
        let found = self.values.iter().find(|(column, _)| column.quantity == quantity);
        found.map(|(_, values)| values.as_slice())
    }

    /// What the file calls the column of a quantity.
    pub(super) fn heading(&self, quantity: Quantity) -> &str {
        let found = self.values.iter().find(|(column, _)| column.quantity == quantity);
        found.map_or("COLUMN", |(column, _)| column.heading.as_str())
    }

    /// A problem at the cell of a quantity in a row.
    pub(super) fn at(&self, problem: Problem, row: usize, quantity: Quantity) -> Problem {
        let place = self.places[row];
        let line = text::line_at(self.text, place.byte);
        let column = self.values.iter().find(|(column, _)| column.quantity == quantity);
        let span = column
            .map_or(0..line.len(), |(column, _)| text::cell(line, self.delimiter, column.index));
        problem.at(place.number, line, span)
    }
}

/// Reads the rows below the header. Cells that are no numbers are gathered; a last row that was cut
/// off is left out and told.
pub(super) fn read<'t>(
    text: &'t str,
    layout: &Layout,
    columns: &Columns,
    gathered: &mut Gathered,
    notes: &mut Vec<String>,
) -> Table<'t> {
    let body = &text[layout.body.byte..];
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(layout.delimiter).expect("delimiters are ASCII"))
        .comment(u8::try_from(COMMENT).ok())
        .trim(Trim::All)
        .from_reader(body.as_bytes());
    let mut rows = Rows {
        layout,
        table: Table {
            text,
            delimiter: layout.delimiter,
            places: Vec::new(),
            values: columns.known.iter().map(|column| (column.clone(), Vec::new())).collect(),
            starts: Vec::new(),
        },
        series: Series::new(layout, columns),
    };
    let (mut row, mut next) = (StringRecord::new(), StringRecord::new());
    let mut read = |row: &mut StringRecord| reader.read_record(row).unwrap_or(false);
    let mut more = read(&mut row);
    while more {
        more = read(&mut next);
        if row.iter().any(|cell| !cell.is_empty()) {
            let place = begin(text, place(layout.body, &row));
            rows.take(&row, place, !more, gathered, notes);
        }
        std::mem::swap(&mut row, &mut next);
    }
    rows.finish()
}

/// Where the reader was before a row.
fn place(body: Line, row: &StringRecord) -> Line {
    let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    row.position().map_or(body, |position| Line {
        number: body.number + whole(position.line()).saturating_sub(1),
        byte: body.byte + whole(position.byte()),
    })
}

/// Where the row really begins: behind blank lines and comments.
fn begin(text: &str, mut at: Line) -> Line {
    loop {
        let rest = &text.as_bytes()[at.byte..];
        let comment = u8::try_from(COMMENT).ok();
        let skipped = match rest.first() {
            Some(b'\r' | b'\n') => 1,
            first if first.is_some() && first.copied() == comment => {
                rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1)
            }
            _ => return at,
        };
        at.number += rest[..skipped].iter().filter(|byte| **byte == b'\n').count();
        at.byte += skipped;
    }
}

/// The table while it is read.
struct Rows<'t, 'l> {
    layout: &'l Layout,
    table: Table<'t>,
    series: Series,
}

impl<'t> Rows<'t, '_> {
    fn take(
        &mut self,
        row: &StringRecord,
        place: Line,
        is_last: bool,
        gathered: &mut Gathered,
        notes: &mut Vec<String>,
    ) {
        let wanted = self.table.values.iter().map(|(column, _)| column.index + 1).max();
        if row.len() < wanted.unwrap_or(0) && is_last {
            notes.push(format!("line {}, the last, is cut off and left out", place.number));
            return;
        }
        let named = self.layout.headings.len();
        let has_more = row.iter().skip(named).any(|cell| !cell.is_empty());
        if has_more || row.len() < wanted.unwrap_or(0) {
            self.uneven(row, place, gathered);
            return;
        }
        self.table.places.push(place);
        let last = self.table.places.len() - 1;
        for index in 0..self.table.values.len() {
            let (column, _) = &self.table.values[index];
            let (cell, quantity) = (row.get(column.index).unwrap_or_default(), column.quantity);
            let value = self.value(cell, column);
            if value.is_none() && !gathered.is_full("cells") {
                let problem = self.table.at(no_number(cell, quantity), last, quantity);
                gathered.add("cells", problem);
            } else if value.is_none() {
                gathered.add("cells", Problem::new("").at(place.number, "", 0..0));
            }
            self.table.values[index].1.push(value.unwrap_or(f64::NAN));
        }
        let time = self.table.of(Quantity::Time).and_then(|times| times.last()).copied();
        self.series.take(row, time.unwrap_or(f64::NAN));
    }

    /// The number of a cell in its plain unit; blank is not a number but no mistake.
    fn value(&self, cell: &str, column: &Column) -> Option<f64> {
        if is_blank(cell) {
            return Some(f64::NAN);
        }
        let decimal = self.layout.decimal;
        if column.quantity != Quantity::Time {
            return decimal.parse(cell).map(|value| column.unit.convert(value));
        }
        match decimal.parse_time(cell)? {
            Time::Seconds(seconds) => Some(seconds),
            Time::InUnit(value) => Some(column.unit.convert(value)),
        }
    }

    fn uneven(&mut self, row: &StringRecord, place: Line, gathered: &mut Gathered) {
        let line = text::line_at(self.table.text, place.byte);
        let (found, named) = (row.len(), self.layout.headings.len());
        let help = if self.layout.delimiter == ',' && found > named {
            "decimal commas need another delimiter: export with ; between the cells"
        } else {
            "each row needs a cell per column; leave it blank where nothing was measured"
        };
        let problem = Problem::new(format!("a row of {found} cells below {named} columns"))
            .at(place.number, line, 0..line.len())
            .label(format!("expected {named} cells"))
            .help(help);
        gathered.add("uneven", problem);
    }

    fn finish(mut self) -> Table<'t> {
        self.table.starts = self.series.starts(&self.layout.headings);
        self.table
    }
}

fn no_number(cell: &str, quantity: Quantity) -> Problem {
    let help = match quantity {
        Quantity::Time if cell.contains([':', '-']) => {
            "give the time since the start, in seconds or as h:mm:ss".to_owned()
        }
        Quantity::Voltage => "leave it blank where it was not measured".to_owned(),
        Quantity::Time | Quantity::Current => "every row needs a number".to_owned(),
        other => format!("write a number, or leave the column out: --map {}=none", other.name()),
    };
    let title = format!("{} is no number: `{}`", quantity.phrase(), shortened(cell));
    Problem::new(title).label("expected a number").help(help)
}

fn shortened(cell: &str) -> String {
    let mut shown: String = cell.chars().take(40).collect();
    if shown.len() < cell.len() {
        shown.push('…');
    }
    shown
}

/// Finds where series begin: at every change of the columns that the user names, or else where the
/// time goes back and a column that holds no quantity changes, one that never changes elsewhere.
struct Series {
    /// As the user says.
    labels: Vec<usize>,
    /// Columns that hold no quantity and never changed within a series.
    candidates: Vec<usize>,
    /// Rows at which the time went back or a label changed, with all their cells.
    begins: Vec<(usize, StringRecord)>,
    before: Option<(StringRecord, f64)>,
    rows: usize,
}

impl Series {
    fn new(layout: &Layout, columns: &Columns) -> Self {
        let is_label = |quantity| quantity == Quantity::Soc;
        let holds = |index: &usize| {
            columns.known.iter().any(|it| it.index == *index && !is_label(it.quantity))
        };
        let candidates = if columns.labels.is_empty() {
            (0..layout.headings.len()).filter(|index| !holds(index)).collect()
        } else {
            Vec::new()
        };
        let labels = columns.labels.clone();
        Self { labels, candidates, begins: Vec::new(), before: None, rows: 0 }
    }

    fn take(&mut self, row: &StringRecord, time: f64) {
        if let Some((before, then)) = &self.before {
            let changes = |index: &usize| before.get(*index) != row.get(*index);
            let begins = if self.labels.is_empty() {
                time < *then && self.candidates.iter().any(changes)
            } else {
                self.labels.iter().any(changes)
            };
            if begins {
                self.begins.push((self.rows, row.clone()));
            } else {
                self.candidates.retain(|index| !changes(index));
            }
        } else {
            self.begins.push((0, row.clone()));
        }
        match &mut self.before {
            Some(before) => {
                before.0.clone_from(row);
                before.1 = time;
            }
            None => self.before = Some((row.clone(), time)),
        }
        self.rows += 1;
    }

    /// The beginnings that last: those where a column changes that never changed within a series.
    fn starts(self, headings: &[String]) -> Vec<Start> {
        let used = if self.labels.is_empty() { &self.candidates } else { &self.labels };
        let varies = |index: &&usize| {
            self.begins.windows(2).any(|pair| pair[0].1.get(**index) != pair[1].1.get(**index))
        };
        let used: Vec<_> = used.iter().filter(varies).copied().collect();
        let label = |cells: &StringRecord| {
            let named = used.iter().map(|index| {
                format!("{} {}", headings[*index].trim(), cells.get(*index).unwrap_or_default())
            });
            named.collect::<Vec<_>>().join(", ")
        };
        let mut starts: Vec<Start> = Vec::new();
        for (row, cells) in &self.begins {
            let label = label(cells);
            if starts.last().is_none_or(|before| before.label != label) {
                starts.push(Start { row: *row, label });
            }
        }
        starts
    }
}
