//! Options of the whole board in the whole loop, as far as no limit's own check sees them.

use crate::battery::{Check, Site};
use crate::scene::{SECOND, Scene, Verdict, not_before, same, within};
use bms_core::params::Params;
use sim::trace::Switch;

pub(crate) const CHECKS: &[Check] = &[
    ("PS-PCG-3", no_low_cell_pre_charge_by_default),
    ("PS-PCG-4", a_low_cell_takes_the_pre_charge_path),
    ("PS-LIM-1", a_fitted_limiter_limits_instead_of_cutting_off),
];

fn no_low_cell_pre_charge_by_default(site: &Site, params: &Params) -> Verdict {
    let seen = Scene::quiet(8 * SECOND).cell(6, &[(2 * SECOND, 2.300)]).run(site, params)?;
    let path = seen.driven(0, Switch::LowCellPrecharge, true);
    not_before("the low-cell path", path, u64::MAX)?;
    seen.gates(8 * SECOND, [true, false])
}

/// Switched on, the charge MOSFET is off below the value and on at it.
fn a_low_cell_takes_the_pre_charge_path(site: &Site, params: &Params) -> Verdict {
    let mut params = params.clone();
    params.system.low_cell_precharge = true;
    let value = f64::from(site.low_cell_mv) * 1e-3;
    let way = [(2 * SECOND, value), (4 * SECOND, value - 0.001)];
    let seen = Scene::quiet(6 * SECOND).cell(6, &way).run(site, &params)?;
    let opened = seen.driven(0, Switch::Charge, false);
    within("the charge MOSFET's opening", opened, 4 * SECOND, 200_000)
}

/// AMB-PS-25: no over-current with a limiter.
fn a_fitted_limiter_limits_instead_of_cutting_off(site: &Site, params: &Params) -> Verdict {
    let mut params = params.clone();
    params.limiter.fitted = true;
    let amperes = f64::from(site.charge_ma) * 1e-3;
    let [start, reached] = [2 * SECOND, 8 * SECOND];
    let scene = Scene::quiet(20 * SECOND).current(&[(start, amperes - 0.1), (reached, amperes)]);
    let seen = scene.run(site, &params)?;
    let limiting = seen.driven(0, Switch::Limiter, true);
    within("the limiter", limiting, reached + 5 * SECOND, 200_000)?;
    let opened = seen.driven(reached, Switch::Charge, false);
    same("the MOSFET's opening", opened, limiting.unwrap_or_default())?;
    let over_current = seen.entered(0, bms_core::protect::Reasons::CHARGE_OC);
    not_before("charge over-current", over_current, u64::MAX)
}
