//! `packtwin age`: a pack on a cycler until it is old.

use crate::args::{Age, Global};
use crate::exit::Exit;
use crate::run::{coloured, interruption};
use crate::{output, progress};
use cell_models::cell::CellParams;
use cell_models::presets;
use cell_models::sheet::Sheet;
use reports::age::{self, Aged};
use sim::cycling::{self, Cycling};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Standard deviation of the capacity of new, matched cells.
const CAPACITY_SPREAD: f64 = 0.01;
/// Standard deviation of the resistance of new, matched cells.
const RESISTANCE_SPREAD: f64 = 0.03;
/// Rest after every half cycle, second.
const REST_S: f64 = 600.0;

/// Cycles the pack, writes the files and shows the table.
pub(crate) fn age(wanted: &Age, global: &Global) -> Exit {
    let params = match cell(&wanted.cell) {
        Ok(params) => params,
        Err(why) => return refuse(&why),
    };
    if let Err(error) = reports::files::probe(&wanted.out) {
        return refuse(&error.to_string());
    }
    let cycling = cycling(wanted, params);
    let interrupted = interruption();
    let bar = progress::bar(usize::try_from(wanted.cycles).unwrap_or(usize::MAX), global.quiet);
    let life = cycling::run(&cycling, |_| {
        bar.inc(1);
        !interrupted.load(Ordering::Relaxed)
    });
    bar.finish_and_clear();
    let life = match life {
        Ok(life) => life,
        Err(error) => return refuse(&error.to_string()),
    };
    let aged = Aged { cell: &wanted.cell, cycling: &cycling, life: &life };
    match report(&wanted.out, &aged, global) {
        Ok(()) if interrupted.load(Ordering::Relaxed) => Exit::Interrupted,
        Ok(()) => Exit::Passed,
        Err(exit) => exit,
    }
}

fn refuse(why: &str) -> Exit {
    output::message(&format!("error: {why}"));
    Exit::Invalid
}

fn cycling(wanted: &Age, params: CellParams) -> Cycling {
    Cycling {
        params: Arc::new(params),
        cells: wanted.cells,
        capacity_spread: CAPACITY_SPREAD,
        resistance_spread: RESISTANCE_SPREAD,
        cycles: wanted.cycles,
        c_rate: wanted.c_rate,
        depth: wanted.dod,
        ambient_c: wanted.temperature,
        rest_s: REST_S,
        seed: wanted.seed,
    }
}

/// A preset, or a cell file.
fn cell(name: &str) -> Result<CellParams, String> {
    if let Some(params) = presets::by_name(name) {
        return Ok(params);
    }
    if !Path::new(name).exists() {
        let presets = presets::NAMES.join(", ");
        return Err(format!("no cell is called {name}\nhint: one of {presets}, or a cell file"));
    }
    let text =
        fs::read_to_string(name).map_err(|error| format!("{name}: cannot be read: {error}"))?;
    Sheet::parse(&text).map_err(|error| format!("{name}:\n{error}"))
}

fn report(out: &Path, aged: &Aged<'_>, global: &Global) -> Result<(), Exit> {
    let picture = age::write(out, aged).map_err(|error| refuse(&error.to_string()))?;
    let shown = if global.wants_json() {
        output::result(&age::document(aged))
    } else if global.quiet {
        Ok(())
    } else {
        output::result(&coloured(&age::render(aged)))
    };
    if !global.quiet {
        output::message(&format!("picture: {}", picture.display()));
    }
    shown.map_err(|error| output::lost(&error))
}
