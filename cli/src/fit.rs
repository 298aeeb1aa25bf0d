//! `packtwin fit`: measured files in, a cell file out, with an account of how good it is.

mod files;

use crate::args::{CellWords, Fit as Wanted, Global, HeldOut};
use crate::exit::Exit;
use crate::run::coloured;
use crate::{output, progress};
use cell_models::sheet::Sheet;
use files::Measured;
use fitting::problems::{Colour, Problems};
use fitting::report::RecordFit;
use fitting::{FitError, FitOptions, Fitted, HoldOut, Start};
use reports::fit::{Account, files::write_cell, table};
use serde_json::json;
use std::path::Path;

/// Reads, fits, writes, shows.
pub(crate) fn fit(wanted: &Wanted, global: &Global) -> Exit {
    if let Err(exit) = has_place(wanted) {
        return exit;
    }
    let measured = match files::read(wanted) {
        Ok(measured) => measured,
        Err(problems) => return refused(&problems, global),
    };
    if !global.quiet {
        measured.notes.iter().for_each(|note| output::message(&format!("note: {note}")));
    }
    let options = options(wanted, &measured);
    let count = measured.records.len();
    let wheel = progress::wheel(&format!("fitting {count} records"), global.quiet);
    let fitted = fitted(&measured, &options);
    wheel.finish_and_clear();
    match fitted {
        Ok(fitted) => conclude(wanted, global, &fitted, &measured),
        Err(error) => failed(&error, global),
    }
}

/// Tries whether the results can be written before anybody waits for them.
fn has_place(wanted: &Wanted) -> Result<(), Exit> {
    let refuse = |text: String| {
        output::message(&text);
        Err(Exit::Invalid)
    };
    let out = wanted.out.display();
    if wanted.out.is_dir() || wanted.out.file_name().is_none() {
        return refuse(format!("error: {out} is a folder\nhint: name a file, -o {out}/cell.toml"));
    }
    if wanted.out.exists() && !wanted.force {
        let hint = "hint: --force replaces it; -o FILE writes another";
        return refuse(format!("error: {out} is there already\n{hint}"));
    }
    let folder = match wanted.out.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let folders = [Some(folder), wanted.report.as_deref()];
    for folder in folders.into_iter().flatten() {
        if let Err(error) = reports::files::probe(folder) {
            return refuse(format!("error: {error}"));
        }
    }
    Ok(())
}

/// Shows what is wrong with the files.
fn refused(problems: &Problems, global: &Global) -> Exit {
    if global.wants_json() {
        let items = problems.items().into_iter().map(|it| {
            json!({
                "file": it.file, "line": it.line, "column": it.column, "message": it.message,
                "expected": it.expected, "hint": it.hint, "more": it.more,
            })
        });
        let items: Vec<_> = items.collect();
        if let Err(error) = invalid_document(&json!(items)) {
            return output::lost(&error);
        }
    }
    output::message(&problems.render(Colour::On));
    let count = problems.count();
    output::message(&format!("\n{count} problem{} found", if count == 1 { "" } else { "s" }));
    Exit::Invalid
}

fn invalid_document(problems: &serde_json::Value) -> std::io::Result<()> {
    let document = json!({"schema": "packtwin.fit/1", "valid": false, "problems": problems});
    output::result(&format!("{document:#}"))
}

/// Says why there is no cell.
fn failed(error: &FitError, global: &Global) -> Exit {
    if global.wants_json() {
        let problem = json!([{
            "file": "", "line": 0, "column": 0, "message": error.to_string(),
            "expected": "", "hint": "", "more": 0,
        }]);
        if let Err(error) = invalid_document(&problem) {
            return output::lost(&error);
        }
    }
    output::message(&format!("error: {error}"));
    match error {
        FitError::Invalid(_) => Exit::Aborted,
        _ => Exit::Invalid,
    }
}

/// The name of the cell: the user's, or that of its file.
fn name(words: &CellWords, out: &Path) -> String {
    let stem = || out.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    words.name.clone().unwrap_or_else(stem)
}

fn options(wanted: &Wanted, measured: &Measured) -> FitOptions {
    let words = &wanted.cell;
    let share = words.hold_out.iter().find_map(|it| match it {
        HeldOut::Share(share) => Some(*share),
        HeldOut::File(_) => None,
    });
    FitOptions {
        name: name(words, &wanted.out),
        source: match words.source.as_str() {
            "" => format!("fitted by packtwin to {}", measured.files.join(", ")),
            source => source.to_owned(),
        },
        licence: words.licence.clone(),
        chemistry: words.chemistry,
        capacity_ah: words.capacity,
        pairs: usize::from(words.branches),
        hold_out: share.map_or(HoldOut::Nothing, HoldOut::Last),
        ..FitOptions::default()
    }
}

/// Fits what is not held out, then scores the cell on what is.
fn fitted(measured: &Measured, options: &FitOptions) -> Result<Fitted, FitError> {
    let picked = |held_out: bool| {
        let chosen = measured.held_out.iter().enumerate().filter(move |(_, it)| **it == held_out);
        chosen.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let starts = |indices: &[usize]| -> Vec<Start> {
        let start = |index: &usize| measured.soc_start[*index].map_or(Start::Auto, Start::Soc);
        indices.iter().map(start).collect()
    };
    let train = picked(false);
    let records: Vec<_> = train.iter().map(|index| measured.records[*index].clone()).collect();
    let options = FitOptions { starts: starts(&train), ..options.clone() };
    let mut fitted = fitting::fit(&records, &options)?;
    let test = picked(true);
    if !test.is_empty() {
        // All records, so that one that goes on where another ended finds its beginning.
        let all: Vec<_> = (0..measured.records.len()).collect();
        let options = FitOptions { starts: starts(&all), hold_out: HoldOut::Nothing, ..options };
        let scored = fitting::check(&fitted.params, &measured.records, &options)?;
        let mut seen = fitted.report.records.into_iter();
        let records = scored.records.into_iter().enumerate().filter_map(|(index, it)| {
            if measured.held_out[index] { Some(as_held_out(it)) } else { seen.next() }
        });
        fitted.report.records = records.collect();
    }
    Ok(fitted)
}

/// The account of a record of which no row was fitted.
fn as_held_out(mut record: RecordFit) -> RecordFit {
    record.held_out = record.fitted.take().or(record.held_out);
    record.trace.iter_mut().for_each(|point| point.held_out = true);
    record
}

/// Writes the cell and the report, and shows the account.
fn conclude(wanted: &Wanted, global: &Global, fitted: &Fitted, measured: &Measured) -> Exit {
    let path = wanted.out.display().to_string();
    let cell = sheet(fitted, measured).write();
    let account = Account { fitted, cell: &cell, path: &path, notes: &measured.notes };
    if let Err(error) = write_cell(&wanted.out, &cell) {
        // The folder could be written to a moment ago; the work of minutes must not be lost.
        output::message(&format!("error: {error}\nthe cell file follows on standard output"));
        return output::result(&cell).map_or_else(|error| output::lost(&error), |()| Exit::Invalid);
    }
    let page = wanted.report.as_ref().map(|dir| reports::fit::files::write(dir, &account));
    let shown = if global.wants_json() {
        output::result(&reports::fit::files::document(&account))
    } else if global.quiet {
        Ok(())
    } else {
        output::result(&coloured(&table::render(&account)))
    };
    if let Err(error) = shown {
        return output::lost(&error);
    }
    if !global.quiet {
        output::message(&format!("cell: {path}"));
    }
    match page {
        Some(Err(error)) => {
            output::message(&format!("error: {error}"));
            return Exit::Invalid;
        }
        Some(Ok(page)) if !global.quiet => {
            output::message(&format!("report: {}", page.display()));
        }
        _ => {}
    }
    Exit::Passed
}

/// The cell file with where it comes from and how good it is.
fn sheet(fitted: &Fitted, measured: &Measured) -> Sheet {
    let mut sheet = Sheet::new(fitted.params.clone())
        .note("tool", &format!("packtwin {}", env!("CARGO_PKG_VERSION")))
        .note("files", &measured.files.join(", "));
    let scores = |of: fn(&RecordFit) -> Option<&fitting::report::Score>| {
        reports::fit::together(fitted.report.records.iter().filter_map(of))
    };
    if let Some(score) = scores(|it| it.fitted.as_ref()) {
        sheet = sheet.note("rms_error_fitted", &millivolts(score.rmse_v));
    }
    if let Some(score) = scores(|it| it.held_out.as_ref()) {
        sheet = sheet.note("rms_error_held_out", &millivolts(score.rmse_v));
    }
    sheet
}

fn millivolts(volts: f64) -> String {
    format!("{:.2} mV", 1e3 * volts)
}
