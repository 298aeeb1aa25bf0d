//! The timed day 72 times shorter, run once, for counting instructions where the clock says little.
//!
//! `valgrind --tool=callgrind short_day register|value`

use benches::{DAY_S, day};
use sim::setup::FrontEndLevel;
use sim::time::SimTime;
use std::error::Error;
use std::hint::black_box;

/// Twenty minutes: four charges and discharges of two minutes each, with rests.
const SHORTER: u64 = 72;

fn main() -> Result<(), Box<dyn Error>> {
    let level = match std::env::args().nth(1).as_deref() {
        Some("register") => FrontEndLevel::Register,
        Some("value") => FrontEndLevel::Value,
        _ => return Err("expected register or value".into()),
    };
    let mut setup = day(level);
    setup.duration = SimTime::from_secs(DAY_S / SHORTER);
    for action in &mut setup.timeline {
        action.at = SimTime(action.at.0 / SHORTER);
    }
    black_box(sim::bench::run(black_box(&setup)));
    Ok(())
}
