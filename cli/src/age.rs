//! `packtwin age`: a pack on a cycler until it is old.

use crate::args::{Age, Global};
use crate::exit::Exit;
use crate::run::{coloured, interruption};
use crate::{output, progress};
use cell_models::cell::CellParams;
use cell_models::presets;
use reports::age::{self, Aged};
use sim::cycling::{self, Cycling};
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

/// A preset.
fn cell(name: &str) -> Result<CellParams, String> {
    presets::by_name(name).ok_or_else(|| {
        format!("no cell is called {name}\nhint: name one of {}", presets::NAMES.join(", "))
    })
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
