//! From the rows of a table to series: time counted from the first row, repeated times merged,
//! blank temperatures filled.

use super::table::Table;
use super::{CurrentSign, Options};
use crate::columns::Quantity;
use crate::problems::{Gathered, Problem};
use crate::record::Record;
use std::ops::Range;

/// A state of charge up to this is full; testers count a little beyond 100 %.
const SOC_MAX: f64 = 1.05;
/// A counter that falls by less stands still, ampere-hour.
const COUNTER_NOISE_AH: f64 = 1e-4;

/// A series, and the row of the table behind each of its rows.
pub(super) struct Block {
    pub(super) record: Record,
    pub(super) rows: Vec<usize>,
    /// State of charge of the first row, where a column says it.
    pub(super) soc_start: Option<f64>,
}

/// Reads the table's series. What is wrong is gathered; what was merged or filled is told.
pub(super) fn of(
    name: &str,
    table: &Table<'_>,
    options: &Options,
    gathered: &mut Gathered,
    notes: &mut Vec<String>,
) -> Vec<Block> {
    let mut series = Reader { table, options, gathered, repeated: Vec::new(), filled: 0 };
    let mut blocks = Vec::new();
    let ends = table.starts.iter().skip(1).map(|start| start.row).chain([table.places.len()]);
    for (start, end) in table.starts.iter().zip(ends) {
        let name = match start.label.as_str() {
            "" => name.to_owned(),
            label => format!("{name} [{label}]"),
        };
        let rows = series.in_time(start.row..end);
        if rows.len() < 2 {
            let line = table.places[start.row].number;
            notes.push(format!("the series from line {line} has a single row and is left out"));
        } else {
            blocks.push(series.block(name, rows, notes));
        }
    }
    let Reader { repeated, filled, .. } = series;
    if let Some(first) = repeated.first() {
        let count = counted(repeated.len(), "row has", "rows have");
        notes.push(format!(
            "{count} the time of the row before; the last of each stays (first in line {first})"
        ));
    }
    if filled > 0 {
        let count = counted(filled, "blank temperature takes", "blank temperatures take");
        notes.push(format!("{count} the nearest one before"));
    }
    if blocks.len() > 1 {
        let label = &table.starts[0].label;
        notes.insert(0, format!("holds {} series, the first `{label}`", blocks.len()));
    }
    if blocks.is_empty() {
        series_missing(table, gathered);
    }
    blocks
}

fn series_missing(table: &Table<'_>, gathered: &mut Gathered) {
    if gathered.is_empty() {
        let rows = counted(table.places.len(), "row", "rows");
        let problem = Problem::new(format!("the file holds {rows} below its header"))
            .help("a series needs at least two rows at different times");
        gathered.add("rows", problem);
    }
}

/// `1 row`, `2 rows`.
pub(super) fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// Makes series and remembers what it had to do.
struct Reader<'a, 't> {
    table: &'a Table<'t>,
    options: &'a Options,
    gathered: &'a mut Gathered,
    /// Lines of rows whose time the next row repeats.
    repeated: Vec<usize>,
    /// Temperatures that were blank.
    filled: usize,
}

impl Reader<'_, '_> {
    /// The rows that stay: of several at one time the last, for testers write the old current and
    /// the new one at a step's edge.
    fn in_time(&mut self, range: Range<usize>) -> Vec<usize> {
        let times = self.table.of(Quantity::Time).unwrap_or_default();
        let first = range.start;
        let mut rows: Vec<usize> = Vec::with_capacity(range.len());
        for row in range {
            let time = times[row];
            let Some(&before) = rows.last() else {
                self.need(row, Quantity::Time, time);
                rows.push(row);
                continue;
            };
            let then = times[before];
            if time > then {
                rows.push(row);
            } else if time < then {
                self.backwards(row, (then, time), times[first]);
                rows.push(row);
            } else if time.is_nan() {
                self.need(row, Quantity::Time, time);
            } else {
                self.repeated.push(self.table.places[before].number);
                rows.pop();
                rows.push(row);
            }
        }
        rows
    }

    fn backwards(&mut self, row: usize, (then, time): (f64, f64), first: f64) {
        if self.gathered.is_full("time") {
            let place = self.table.places[row].number;
            self.gathered.add("time", Problem::new("").at(place, "", 0..0));
            return;
        }
        let again = time <= first + 1e-3 * (then - first);
        let help = if again {
            "if several series stand in the file, name the columns that tell them apart: --split-by \
             COLUMN,COLUMN; or save each as a file"
        } else {
            "sort the rows by time, or map a column that rises: --map time=COLUMN"
        };
        let before = self.table.places[row - 1].number;
        let problem = Problem::new(format!("the time goes back from {then} s to {time} s"));
        let problem = self.table.at(problem, row, Quantity::Time);
        let label = format!("expected a time after that of line {before}");
        self.gathered.add("time", problem.label(label).help(help));
    }

    /// Gathers a blank cell where a number is needed. A cell that is no number is known already.
    fn need(&mut self, row: usize, quantity: Quantity, value: f64) {
        if value.is_nan() && !self.gathered.has("cells") {
            let problem = Problem::new(format!("{} is blank", quantity.phrase()));
            let problem = self.table.at(problem, row, quantity).label("expected a number");
            self.gathered.add("blank", problem.help("only a voltage may be left blank"));
        }
    }

    fn block(&mut self, name: String, rows: Vec<usize>, notes: &mut Vec<String>) -> Block {
        let time_s = self.picked(Quantity::Time, &rows).unwrap_or_default();
        let begin = time_s[0];
        let sign = match self.options.current_sign {
            CurrentSign::ChargePositive => 1.0,
            CurrentSign::DischargePositive => -1.0,
        };
        let current = self.picked(Quantity::Current, &rows).unwrap_or_default();
        for (row, value) in rows.iter().zip(&current) {
            self.need(*row, Quantity::Current, *value);
        }
        let voltage_v = self.picked(Quantity::Voltage, &rows).unwrap_or_default();
        if voltage_v.iter().all(|value| value.is_nan()) && !self.gathered.has("cells") {
            let problem = Problem::new("the voltage is blank in every row");
            let problem = self.table.at(problem, rows[0], Quantity::Voltage);
            self.gathered
                .add("blank", problem.help("map the column that holds it: --map voltage=…"));
        }
        let (temperature_c, ambient_c, temperature_measured) = self.temperatures(&rows);
        let counter_ah = self.counter(&rows, sign, &name, notes);
        let record = Record {
            time_s: time_s.iter().map(|time| time - begin).collect(),
            current_a: current.iter().map(|current| sign * current).collect(),
            voltage_v,
            temperature_c,
            temperature_measured,
            ambient_c,
            counter_ah,
            step: self.steps(&rows, &name, notes),
            name,
        };
        let soc_start = self.soc_start(&rows);
        Block { record, rows, soc_start }
    }

    fn picked(&self, quantity: Quantity, rows: &[usize]) -> Option<Vec<f64>> {
        let values = self.table.of(quantity)?;
        Some(rows.iter().map(|row| values[*row]).collect())
    }

    /// As [`Self::picked`], with blanks filled by the value before, the first ones by the first
    /// value; `None` where all are blank.
    fn filled(&self, quantity: Quantity, rows: &[usize]) -> Option<(Vec<f64>, usize)> {
        let mut values = self.picked(quantity, rows)?;
        let mut held = values.iter().copied().find(|value| value.is_finite())?;
        let mut blanks = 0;
        for value in &mut values {
            if value.is_finite() {
                held = *value;
            } else {
                *value = held;
                blanks += 1;
            }
        }
        Some((values, blanks))
    }

    /// Temperature of the cell, of its surroundings, and whether the first was measured.
    fn temperatures(&mut self, rows: &[usize]) -> (Vec<f64>, Vec<f64>, bool) {
        let cell = self.filled(Quantity::Temperature, rows);
        let ambient = self.filled(Quantity::Ambient, rows);
        self.filled += cell.as_ref().or(ambient.as_ref()).map_or(0, |(_, blanks)| *blanks);
        let stated = self.options.temperature_c.map(|stated| vec![stated; rows.len()]);
        let measured = cell.is_some();
        let ambient = ambient.map(|(values, _)| values).or(stated);
        let cell = cell.map(|(values, _)| values);
        match (cell, ambient) {
            (Some(cell), Some(ambient)) => (cell, ambient, measured),
            // Rested in its surroundings at the beginning, as tests begin.
            (Some(cell), None) => {
                let ambient = vec![cell[0]; cell.len()];
                (cell, ambient, measured)
            }
            (None, Some(ambient)) => (ambient.clone(), ambient, measured),
            (None, None) => {
                self.no_temperature();
                (Vec::new(), Vec::new(), measured)
            }
        }
    }

    fn no_temperature(&mut self) {
        if !self.gathered.has("temperature") {
            let problem = Problem::new("no temperature is known, neither of cell nor of chamber")
                .help("state it: --temperature 25; or map its column: --map temperature=COLUMN");
            self.gathered.add("temperature", problem);
        }
    }

    /// Net charge by the tester's counters since the first row.
    fn counter(
        &self,
        rows: &[usize],
        sign: f64,
        name: &str,
        notes: &mut Vec<String>,
    ) -> Option<Vec<f64>> {
        let of = |quantity| self.filled(quantity, rows).map(|(values, _)| values);
        let net = match (of(Quantity::Charged), of(Quantity::Discharged)) {
            (Some(into), Some(out)) => {
                // Some testers count what comes out downwards.
                let out: Vec<_> = out.iter().map(|value| value.abs()).collect();
                if [&into, &out].into_iter().any(|counter| falls(counter)) {
                    notes.push(format!("{name}: the counters begin anew within it; not used"));
                    return None;
                }
                into.iter().zip(out).map(|(into, out)| into - out).collect::<Vec<_>>()
            }
            _ => of(Quantity::NetCharge)?.iter().map(|value| sign * value).collect(),
        };
        let first = net[0];
        Some(net.iter().map(|value| value - first).collect())
    }

    fn steps(&self, rows: &[usize], name: &str, notes: &mut Vec<String>) -> Option<Vec<u32>> {
        let values = self.picked(Quantity::Step, rows)?;
        let whole = |value: &f64| {
            let is_whole = value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(value);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
            let number = *value as u32;
            is_whole.then_some(number)
        };
        let steps: Option<Vec<_>> = values.iter().map(whole).collect();
        if steps.is_none() {
            notes.push(format!("{name}: step numbers are not all whole; not used"));
        }
        steps
    }

    fn soc_start(&self, rows: &[usize]) -> Option<f64> {
        let all = self.table.of(Quantity::Soc)?;
        let first = rows.iter().map(|row| all[*row]).find(|soc| soc.is_finite())?;
        let most = all.iter().copied().fold(0.0, f64::max);
        let soc = if most > 1.5 { first / 100.0 } else { first };
        (0.0..=SOC_MAX).contains(&soc).then(|| soc.min(1.0))
    }
}

fn falls(counter: &[f64]) -> bool {
    counter.windows(2).any(|pair| pair[1] < pair[0] - COUNTER_NOISE_AH)
}
