//! Columns of a file by name, for tables that are no record of one cell.

use std::error::Error;
use std::path::Path;

/// A file with a row of headings and numbers below; what is no number is none.
pub(crate) struct Columns {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Columns {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let mut lines = text.lines();
        let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<String>>();
        let names = cells(lines.next().unwrap_or_default());
        let number = |cell: &String| cell.parse().unwrap_or(f64::NAN);
        let rows = lines.map(|line| cells(line).iter().map(number).collect()).collect();
        Ok(Self { names, rows })
    }

    /// One column.
    pub(crate) fn column(&self, name: &str) -> Result<Vec<f64>, Box<dyn Error>> {
        let at = self.names.iter().position(|other| other == name);
        let at = at.ok_or_else(|| format!("no column {name}"))?;
        let of = |row: &Vec<f64>| row.get(at).copied().unwrap_or(f64::NAN);
        Ok(self.rows.iter().map(of).collect())
    }
}

/// Straight line between points that rise in time; held beyond.
pub(crate) fn interpolated(time_s: &[f64], values: &[f64], at_s: f64) -> f64 {
    let after = time_s.partition_point(|&time| time <= at_s);
    if after == 0 || after == time_s.len() {
        return values[after.min(time_s.len() - 1)];
    }
    let share = (at_s - time_s[after - 1]) / (time_s[after] - time_s[after - 1]);
    values[after - 1] + share * (values[after] - values[after - 1])
}
