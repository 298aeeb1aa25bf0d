//! Reads the measured files and scores cells on them.

use cell_models::cell::CellParams;
use fitting::predict::{Course, predict, score};
use fitting::record::Record;
use fitting::report::{RecordFit, Score, TracePoint};
use fitting::{FitOptions, Fitted, csv};
use std::error::Error;
use std::path::Path;

/// A reading of one file.
pub(crate) fn read(folder: &Path, file: &str) -> Result<csv::Reading, Box<dyn Error>> {
    read_with(folder, file, &csv::Options { gap_max_s: 1e9, ..csv::Options::default() })
}

/// A reading of one file, with options.
pub(crate) fn read_with(
    folder: &Path,
    file: &str,
    options: &csv::Options,
) -> Result<csv::Reading, Box<dyn Error>> {
    let path = folder.join(file);
    let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(csv::read(file, &bytes, options).map_err(|problems| problems.to_string())?)
}

/// The records of several files, one after the other.
pub(crate) fn records(folder: &Path, files: &[String]) -> Result<Vec<Record>, Box<dyn Error>> {
    let mut records = Vec::new();
    for file in files {
        records.extend(read(folder, file)?.records);
    }
    Ok(records)
}

/// Fits and tells how long it took on the error stream.
#[expect(clippy::disallowed_methods, reason = "an example may look at the clock to tell the time")]
#[expect(clippy::print_stderr, reason = "progress of a program")]
pub(crate) fn fitted(
    what: &str,
    records: &[Record],
    options: &FitOptions,
) -> Result<Fitted, Box<dyn Error>> {
    let begun = std::time::Instant::now();
    let fitted = fitting::fit(records, options)?;
    let steps = fitted.report.iterations;
    eprintln!("{what}: {steps} steps, {:.1} s", begun.elapsed().as_secs_f64());
    Ok(fitted)
}

/// Points of one record with a cell, SOC as in a report.
pub(crate) fn points(
    params: &CellParams,
    record: &Record,
    soc_start: f64,
    capacity_ah: f64,
) -> Vec<TracePoint> {
    predict(params, record, &course(soc_start, capacity_ah))
}

/// A course from a SOC by the current alone; a full cell comes from charging.
pub(crate) fn course(soc_start: f64, capacity_ah: f64) -> Course {
    let hysteresis = if soc_start > 0.99 { 1.0 } else { 0.0 };
    Course { soc: vec![soc_start], follows: false, hysteresis, capacity_ah }
}

/// Score of a report's record over a SOC window.
pub(crate) fn window(record: &RecordFit, soc: (f64, f64), held_out: bool) -> Option<Score> {
    score(&record.trace, soc, held_out)
}

/// Several scores as one: rows add up, errors weigh by rows.
pub(crate) fn together(scores: &[Score]) -> Option<Score> {
    let rows: usize = scores.iter().map(|one| one.rows).sum();
    let squares: f64 = scores.iter().map(|one| one.rows as f64 * one.rmse_v * one.rmse_v).sum();
    let low = scores.iter().map(|one| one.soc.0).fold(f64::INFINITY, f64::min);
    let high = scores.iter().map(|one| one.soc.1).fold(f64::NEG_INFINITY, f64::max);
    (rows > 0).then(|| Score {
        rows,
        rmse_v: libm::sqrt(squares / rows as f64),
        max_v: scores.iter().map(|one| one.max_v).fold(0.0, f64::max),
        soc: (low, high),
    })
}
