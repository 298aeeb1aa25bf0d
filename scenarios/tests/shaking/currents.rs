//! Ampere limits in the whole loop: 0.1 A short of each limit and at it; the state threshold.

use crate::battery::{Check, Site};
use crate::scene::{SECOND, Scene, Verdict, not_before, same, sampled};
use bms_core::mode::Mode;
use bms_core::params::Params;
use bms_core::protect::Reasons;
use sim::trace::{EventKind, Switch};

pub(crate) const CHECKS: &[Check] = &[
    ("PS-COC-1, PS-COC-2", charge_over_current),
    ("PS-DOC-1, PS-DOC-2", discharge_over_current),
    ("PS-STA-1", charge_and_discharge_are_seen_from_500_microvolts),
];

/// 9 s short of the limit, then at it until it has tripped, was released and trips again.
fn ampere_limit(
    site: &Site,
    params: &Params,
    reason: Reasons,
    milliamperes: i32,
    gates: [bool; 2],
) -> Verdict {
    let amperes = f64::from(milliamperes) * 1e-3;
    let [start, trip] = [2 * SECOND, 11 * SECOND];
    let short = amperes - 0.1 * amperes.signum();
    let scene = Scene::quiet(trip + 47 * SECOND).current(&[(start, short), (trip, amperes)]);
    let seen = scene.run(site, params)?;
    let name = format!("{reason:?}");
    let entered = seen.entered(0, reason);
    sampled(&name, entered, trip + 8 * SECOND)?;
    seen.delayed(trip, reason, 8 * SECOND)?;
    let entered = entered.unwrap_or_default();
    seen.gates(entered + SECOND, gates)?;
    same("its release", seen.left(0, reason), entered + 30 * SECOND)?;
    same("its return", seen.entered(entered + 1, reason), entered + 38 * SECOND)?;
    not_before("the limiter", seen.driven(0, Switch::Limiter, true), u64::MAX)
}

fn charge_over_current(site: &Site, params: &Params) -> Verdict {
    ampere_limit(site, params, Reasons::CHARGE_OC, site.charge_ma, [false, true])
}

fn discharge_over_current(site: &Site, params: &Params) -> Verdict {
    ampere_limit(site, params, Reasons::DISCHARGE_OC, -site.discharge_ma, [true, false])
}

fn charge_and_discharge_are_seen_from_500_microvolts(site: &Site, params: &Params) -> Verdict {
    for (sign, mode) in [(1, Mode::Charge), (-1, Mode::Discharge)] {
        let [below, at] = [499, 500].map(|microvolts| site.amperes(sign * microvolts));
        let scene = Scene::quiet(6 * SECOND).current(&[(2 * SECOND, below), (4 * SECOND, at)]);
        let seen = scene.run(site, params)?;
        let entered = seen.first(0, &EventKind::Mode(mode));
        // Three cycles in a row must show it, and the firmware reads them at the next.
        crate::scene::within(&format!("{mode:?}"), entered, 4 * SECOND, 600_000)?;
    }
    Ok(())
}
