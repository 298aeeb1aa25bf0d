//! Balancing in the whole loop, 1 mV to either side of each difference and level.

use crate::battery::{Check, Site};
use crate::scene::{SECOND, Scene, Seen, Verdict, ensure, steps};
use bms_core::params::Params;
use sim::setup::Profile;
use sim::time::SimTime;
use sim::trace::EventKind;

pub(crate) const CHECKS: &[Check] = &[
    ("PS-BAL-1, PS-BAL-2, PS-BAL-8", active),
    ("PS-BAL-4, PS-BAL-6 standby", neighbours_in_standby),
    ("PS-BAL-4, PS-BAL-5 charge", neighbours_while_charging),
    ("PS-BAL-9", from_3500_millivolts),
    ("PS-BAL-7", heat_stops_it),
];

/// What is balanced at a moment: transfer, bled cells.
fn balancing(seen: &Seen, at: u64) -> (bool, u32) {
    let at = SimTime::from_micros(at);
    let before = seen.0.iter().take_while(|event| event.at <= at);
    before.fold((false, 0), |(transfer, bleed), event| match event.kind {
        EventKind::Transfer(transfer) => (transfer.is_some(), bleed),
        EventKind::Bleed(bleed) => (transfer, bleed),
        _ => (transfer, bleed),
    })
}

fn balances(seen: &Seen, second: u64, expected: (bool, u32)) -> Verdict {
    let found = balancing(seen, second * SECOND);
    ensure(found == expected, || format!("balancing {found:?} at {second} s, not {expected:?}"))
}

/// Cell 7 against 15 cells of 3.300 V, changing every 2 s from 2 s on. Low cells are not bled.
fn active(site: &Site, params: &Params) -> Verdict {
    let way = [(2, 3.450), (4, 3.451), (6, 3.351), (8, 3.350), (10, 3.450)];
    let scene = Scene::quiet(12 * SECOND).cell(6, &way.map(|(s, volts)| (s * SECOND, volts)));
    let seen = scene.run(site, params)?;
    let running = [(4, false), (6, true), (8, true), (10, false), (12, false)];
    running.into_iter().try_for_each(|(second, on)| balances(&seen, second, (on, 0)))
}

/// Cell 7 changes every 2 s from 2 s on; the others stay at `others`.
fn pack(others: f64, way: &[(u64, f64)], end: u64) -> Scene {
    let mut scene = Scene::quiet(end * SECOND);
    scene.forced.cells.fill(Profile::constant(others));
    let points: Vec<_> = way.iter().map(|(second, volts)| (second * SECOND, *volts)).collect();
    scene.forced.cells[6] = steps(&[&[(0, others)], &points[..]].concat());
    scene
}

/// AMB-PS-11: from 30 mV. The seventh cell is bit 6.
const CELL_7: u32 = 1 << 6;

fn neighbours_in_standby(site: &Site, params: &Params) -> Verdict {
    let seen = pack(3.520, &[(2, 3.549_5), (4, 3.550)], 6).run(site, params)?;
    balances(&seen, 4, (false, 0))?;
    balances(&seen, 6, (false, CELL_7))
}

/// Charging it goes on, discharging not.
fn neighbours_while_charging(site: &Site, params: &Params) -> Verdict {
    let current = [(2, 10.0), (6, 0.0), (8, -10.0)].map(|(s, amperes)| (s * SECOND, amperes));
    let scene = pack(3.520, &[(2, 3.549_5), (4, 3.550)], 10).current(&current);
    let seen = scene.run(site, params)?;
    balances(&seen, 4, (false, 0))?;
    balances(&seen, 6, (false, CELL_7))?;
    balances(&seen, 10, (false, 0))
}

fn from_3500_millivolts(site: &Site, params: &Params) -> Verdict {
    let seen = pack(3.450, &[(2, 3.499_9), (4, 3.500)], 6).run(site, params)?;
    balances(&seen, 4, (false, 0))?;
    balances(&seen, 6, (false, CELL_7))
}

/// Off at 65 °C, on again below 55 °C.
fn heat_stops_it(site: &Site, params: &Params) -> Verdict {
    let mut scene = pack(3.520, &[(1, 3.700)], 12);
    let way = [(0, 64.9), (4, 65.1), (7, 54.9)].map(|(s, celsius)| (s * SECOND, celsius));
    scene.forced.cell_temperatures[2] = steps(&way);
    let seen = scene.run(site, params)?;
    balances(&seen, 4, (true, CELL_7))?;
    balances(&seen, 7, (false, 0))?;
    balances(&seen, 12, (true, CELL_7))
}
