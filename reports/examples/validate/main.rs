//! Holds the fit against measured public cells: fits part of each set and scores the rest.
//!
//! `cargo run --release -p reports --example validate -- DATA_DIR OUT_DIR [PRESET_DIR]` reads the
//! sets below `DATA_DIR`, writes `cells.md` and residual charts to `OUT_DIR`, and, where asked,
//! the cells fitted to everything to `PRESET_DIR`. The data are not part of this repository.

mod a123;
mod about_energy;
mod columns;
mod data;
mod leaf;
mod leaf_string;
mod lg_m50;
mod others;
mod page;
mod samsung;

use page::Page;
use std::error::Error;
use std::path::PathBuf;

/// What the program was asked for.
pub(crate) struct Task {
    /// Folder of the sets.
    pub(crate) data: PathBuf,
    /// Folder for page and charts.
    pub(crate) out: PathBuf,
    /// Folder for fitted cells.
    pub(crate) presets: Option<PathBuf>,
    /// Sets to go through, by name; all if empty.
    pub(crate) only: Vec<String>,
}

/// Goes through one set.
type Run = fn(&Task, &mut Page) -> Result<(), Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: validate DATA_DIR OUT_DIR [PRESET_DIR | -] [SET ...]";
    let data = arguments.next().ok_or(usage)?.into();
    let out: PathBuf = arguments.next().ok_or(usage)?.into();
    let presets = arguments.next().filter(|name| name != "-").map(PathBuf::from);
    let task = Task { data, out, presets, only: arguments.collect() };
    std::fs::create_dir_all(&task.out)?;
    let mut page = Page::default();
    let sets: [(&str, Run); 6] = [
        ("a123", a123::run),
        ("about-energy", about_energy::run),
        ("lg-m50", lg_m50::run),
        ("samsung", samsung::run),
        ("leaf-cell", leaf::run),
        ("leaf-string", leaf_string::run),
    ];
    for (name, run) in sets {
        if task.only.is_empty() || task.only.iter().any(|only| only == name) {
            run(&task, &mut page)?;
        }
    }
    page.write(&task.out)?;
    Ok(())
}
