//! Profiles of what is attached: written in the file, or read from a table beside it.

use crate::diagnostics::Problem;
use crate::quantity::Dimension;
use crate::section::{Section, Sink};
use crate::world::read_profile;
use sim::setup::{Profile, Shape};
use sim::time::SimTime;
use std::sync::Arc;
use toml::Spanned;
use toml::de::DeValue;

/// Names of the columns of a table, with their unit where they say it.
const TIME_COLUMNS: &[&str] = &["time", "time_s", "t", "time [s]"];
const CURRENT_COLUMNS: &[&str] = &["current", "current_a", "i", "current [a]"];
const POWER_COLUMNS: &[&str] = &["power", "power_w", "p", "power [w]"];
const VOLTAGE_COLUMNS: &[&str] = &["voltage", "voltage_v", "v", "voltage [v]"];
const TEMPERATURE_COLUMNS: &[&str] =
    &["temperature", "temperature_c", "temperature_degc", "temperature [degc]"];

/// Longest time in a table, second: that of a run.
const LONGEST_S: f64 = 100.0 * 86_400.0;

/// A profile as elsewhere, or `{ file = "day.csv", shape = "linear" }`.
pub(crate) fn read_course(
    section: &Section<'_>,
    key: &'static str,
    dimension: Dimension,
) -> Option<Arc<Profile>> {
    let value = section.value(key)?;
    read_value(section.sink, value, dimension).map(Arc::new)
}

/// A profile that is written, or read from a table beside the file.
pub(crate) fn read_value(
    sink: &Sink,
    value: &Spanned<DeValue<'_>>,
    dimension: Dimension,
) -> Option<Profile> {
    if let DeValue::Table(table) = value.get_ref() {
        let table = Section::new("the profile", vec![table], value.span(), sink);
        if table.has("file") {
            let profile = read_file(&table, dimension);
            table.finish();
            return profile;
        }
    }
    read_profile(sink, value, dimension)
}

fn read_file(section: &Section<'_>, dimension: Dimension) -> Option<Profile> {
    let shapes = [("step", Shape::Step), ("linear", Shape::Linear)];
    let shape = section.choice("shape", "shape", &shapes).unwrap_or(Shape::Step);
    let column = section.text("column").map(str::to_lowercase);
    let name = section.text("file")?;
    let wrong = |title: String, label: &str| {
        section.sink.report(Problem::new(title, section.span_of("file")).label(label));
    };
    let Some(read) = section.sink.shelf().read(section.span_of("file").start, name) else {
        wrong("this scenario lies in no folder".to_owned(), "so there is no file beside it");
        return None;
    };
    let text = read
        .map_err(|error| error.to_string())
        .and_then(|bytes| String::from_utf8(bytes).map_err(|error| error.to_string()));
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            wrong(format!("the table cannot be read: {error}"), "beside the scenario file");
            return None;
        }
    };
    let own = column.as_deref().map(|column| [column]);
    match parse(&text, own.as_ref().map_or(columns(dimension), |own| own)) {
        Ok(points) => Some(Profile { points, shape }),
        Err(what) => {
            wrong(format!("{name}: {what}"), "in this table");
            None
        }
    }
}

/// What the column of a quantity may be called.
fn columns(dimension: Dimension) -> &'static [&'static str] {
    match dimension {
        Dimension::Power => POWER_COLUMNS,
        Dimension::Voltage => VOLTAGE_COLUMNS,
        Dimension::Temperature => TEMPERATURE_COLUMNS,
        _ => CURRENT_COLUMNS,
    }
}

/// The points of a table with a line of names, a column of seconds and one of values.
fn parse(text: &str, wanted: &[&str]) -> Result<Vec<(SimTime, f64)>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let names: Vec<String> = match reader.headers() {
        Ok(names) => names.iter().map(str::to_lowercase).collect(),
        Err(error) => return Err(format!("the table has no line of names: {error}")),
    };
    let (time, value) = (column(&names, TIME_COLUMNS)?, column(&names, wanted)?);
    let mut points: Vec<(SimTime, f64)> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("the table is broken: {error}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let (seconds, value) = (number(&record, time, line)?, number(&record, value, line)?);
        if !(0.0..=LONGEST_S).contains(&seconds) {
            return Err(format!("line {line}: time {seconds} s is not within a run"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        let at = SimTime((seconds * 1e9).round() as u64);
        if points.last().is_some_and(|(before, _)| *before > at) {
            return Err(format!("line {line}: the points of a profile go forward in time"));
        }
        points.push((at, value));
    }
    if points.is_empty() { Err("the table has no points".to_owned()) } else { Ok(points) }
}

fn column(names: &[String], known: &[&str]) -> Result<usize, String> {
    let found = names.iter().position(|name| known.contains(&name.as_str()));
    found.ok_or_else(|| {
        format!("the table has no column `{}`; it has {}", known[0], names.join(", "))
    })
}

fn number(record: &csv::StringRecord, column: usize, line: u64) -> Result<f64, String> {
    let text = record.get(column).unwrap_or_default();
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| format!("line {line}: `{text}` is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_by_its_names_whatever_their_order() {
        let text = "# a morning\npower_w, time_s\n0, 0\n1500, 60\n-200,60.5\n";
        let points = parse(text, POWER_COLUMNS).unwrap();
        let exact = vec![
            (SimTime::ZERO, 0.0),
            (SimTime::from_secs(60), 1500.0),
            (SimTime(60_500_000_000), -200.0),
        ];
        assert_eq!(points, exact);
    }

    #[test]
    fn what_is_wrong_in_a_table_is_said_with_its_line() {
        let wrong = |text: &str| parse(text, CURRENT_COLUMNS).unwrap_err();
        assert_eq!(
            wrong("time,volt\n0,1\n"),
            "the table has no column `current`; it has time, volt"
        );
        assert_eq!(wrong("time,current\n0,1\n1,x\n"), "line 3: `x` is not a number");
        assert_eq!(
            wrong("time,current\n5,1\n1,2\n"),
            "line 3: the points of a profile go forward in time"
        );
        assert_eq!(wrong("time,current\n-1,1\n"), "line 2: time -1 s is not within a run");
        assert_eq!(wrong("time,current\n"), "the table has no points");
    }
}
