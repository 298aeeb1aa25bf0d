//! Records the bus traffic of the short-circuit and the cold-charge scenario, for replay on another
//! processor: `cargo run -p scenarios --example record-tape -- FOLDER`.
#![expect(clippy::print_stderr, reason = "a tool that says what it made")]

use sim::tape::Recorder;
use std::error::Error;
use std::path::PathBuf;

/// The scenarios worth a tape, and the part of their identifier that finds them.
const WANTED: [(&str, &str); 2] = [("short-circuit", "s02-"), ("cold-charge", "s11-")];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: record-tape FOLDER")?);
    std::fs::create_dir_all(&folder)?;
    let suite = scenarios::suite();
    for (name, prefix) in WANTED {
        let found = suite.iter().find(|scenario| scenario.id.starts_with(prefix));
        let scenario = found.ok_or_else(|| format!("no scenario begins with {prefix}"))?;
        let tape = Recorder::default();
        let trace = sim::bench::run_recorded(&scenario.setup, &tape);
        let soc = sim::bench::commissioned_soc(&scenario.setup);
        let params = postcard::to_allocvec(&(&scenario.setup.params, soc))?;
        let mut bytes = b"PTAPE1".to_vec();
        bytes.extend(u16::try_from(params.len())?.to_le_bytes());
        bytes.extend(params);
        bytes.extend(tape.records());
        std::fs::write(folder.join(name).with_extension("tape"), bytes)?;
        eprintln!("{name}: {} ({} steps)", scenario.id, trace.stats.steps);
    }
    Ok(())
}
