//! One run of the suite or of a scenario file, to count instructions where the clock says little.
//!
//! `valgrind --tool=callgrind --toggle-collect='sim::bench::run' one_run s02-hard-short-150-real`

use benches::scenario;
use std::error::Error;
use std::hint::black_box;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(name) = std::env::args().nth(1) else {
        return Err("expected the name of a run or a scenario file".into());
    };
    let setup = if Path::new(&name).is_file() {
        let loaded = scenarios::load(Path::new(&name)).map_err(|problems| problems.to_string())?;
        loaded.into_iter().next().ok_or("no run in this file")?.setup
    } else {
        scenario(&name)
    };
    black_box(sim::bench::run(black_box(&setup)));
    Ok(())
}
