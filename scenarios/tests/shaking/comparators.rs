//! The chip's comparators in the whole loop, at 1 µV short of the level and at it, for 1 µs short
//! of the delay and for the delay; what follows a trip, and how it ends.

use crate::battery::{Check, Site};
use crate::scene::{SECOND, Scene, Verdict, not_before, same, sampled, within};
use bms_core::params::Params;
use bms_core::protect::Reasons;
use sim::trace::Switch;

pub(crate) const CHECKS: &[Check] = &[
    ("PS-DOC-3, PS-OCM-1", discharge_stage_1),
    ("PS-DOC-4", discharge_stage_2),
    ("PS-COC-3, PS-OCM-1", charge_comparator),
    ("PS-SCP-1", short_circuit),
    ("PS-COC-4", comparators_recover_after_8_s),
    ("PS-SCP-2", comparators_recover_2_s_after_the_load),
    ("PS-SCP-2, PS-PCG-1", short_circuit_ends_2_s_after_the_load),
];

const MS: u64 = 1_000;

/// Three pulses: too low, too short, and as it takes to trip, after which `other` opens too.
fn pulses(
    site: &Site,
    params: &Params,
    reason: Reasons,
    level: i32,
    delay: u64,
    other: Switch,
) -> Verdict {
    let (low, at) = (site.amperes(level - level.signum()), site.amperes(level));
    let first = 2 * SECOND;
    let second = first + delay + delay / 8 + MS + 300 * MS;
    let third = second + delay - 1 + 300 * MS;
    let scene = Scene::quiet(third + delay + SECOND).current(&[
        (first, low),
        (second - 300 * MS, 0.0),
        (second, at),
        (second + delay - 1, 0.0),
        (third, at),
        (third + delay + 100, 0.0),
    ]);
    let seen = scene.run(site, params)?;
    let name = format!("{reason:?}");
    same(&name, seen.latched(0, reason), third + delay)?;
    same("its opening of the other MOSFET", seen.driven(third, other, false), third + delay)?;
    within("the firmware", seen.entered(0, reason), third + delay, 0)
}

fn discharge_stage_1(site: &Site, params: &Params) -> Verdict {
    let reason = Reasons::AFE_DISCHARGE_OC1;
    pulses(site, params, reason, -30_000, 4 * SECOND, Switch::Charge)
}

fn discharge_stage_2(site: &Site, params: &Params) -> Verdict {
    let reason = Reasons::AFE_DISCHARGE_OC2;
    pulses(site, params, reason, -40_000, 2 * SECOND, Switch::Charge)
}

fn charge_comparator(site: &Site, params: &Params) -> Verdict {
    let delay = site.comparator_delay * SECOND;
    pulses(site, params, Reasons::AFE_CHARGE_OC, 30_000, delay, Switch::Discharge)
}

fn short_circuit(site: &Site, params: &Params) -> Verdict {
    let (millivolts, delay) = site.short;
    pulses(site, params, Reasons::SHORT_CIRCUIT, -millivolts * 1_000, delay, Switch::Charge)
}

/// With the load still there, exactly 8 s after the trip; then it trips again.
fn comparators_recover_after_8_s(site: &Site, params: &Params) -> Verdict {
    let trip = 4 * SECOND;
    let scene = Scene::quiet(trip + 10 * SECOND)
        .current(&[(2 * SECOND, site.amperes(-41_000))])
        .gated()
        .load_until(u64::MAX / 1_000);
    let seen = scene.run(site, params)?;
    let reason = Reasons::AFE_DISCHARGE_OC2;
    same("the trip", seen.latched(0, reason), trip)?;
    same("the release", seen.unlatched(0, reason), trip + 8 * SECOND)?;
    sampled("the firmware's release", seen.left(0, reason), trip + 8 * SECOND)
}

/// The load goes 1 s after the trip; the chip looks at it once per cycle.
fn comparators_recover_2_s_after_the_load(site: &Site, params: &Params) -> Verdict {
    let gone = 5 * SECOND;
    let scene = Scene::quiet(gone + 4 * SECOND)
        .current(&[(2 * SECOND, site.amperes(-41_000)), (gone, 0.0)])
        .gated()
        .load_until(gone);
    let seen = scene.run(site, params)?;
    sampled("release", seen.unlatched(0, Reasons::AFE_DISCHARGE_OC2), gone + 2 * SECOND)
}

/// The pre-charge path is tried for 7 s (AMB-PS-35); not time but the load's removal ends it
/// (AMB-PS-08), and 128 µs later the MOSFETs are on (PS-MOS-2).
fn short_circuit_ends_2_s_after_the_load(site: &Site, params: &Params) -> Verdict {
    let [start, gone] = [2 * SECOND, 14 * SECOND];
    let (millivolts, delay) = site.short;
    let scene = Scene::quiet(gone + 3 * SECOND)
        .current(&[(start, site.amperes(-millivolts * 1_000)), (start + 1_000, 0.0)])
        .load_until(gone);
    let seen = scene.run(site, params)?;
    let trip = start + delay;
    let path = |from, on| seen.driven(from, Switch::Precharge, on);
    same("the pre-charge path", path(0, true), trip)?;
    same("its end", path(trip, false), trip + 7 * SECOND)?;
    let left = seen.left(0, Reasons::SHORT_CIRCUIT);
    within("release", left, gone + 2 * SECOND, 100 * MS)?;
    not_before("a second attempt", path(trip + 1, true), u64::MAX)?;
    let on = left.unwrap_or_default() + 128;
    same("the charge MOSFET", seen.driven(trip + 1, Switch::Charge, true), on)?;
    same("the discharge MOSFET", seen.driven(trip + 1, Switch::Discharge, true), on)
}
