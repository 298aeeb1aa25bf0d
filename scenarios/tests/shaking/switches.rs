//! Switches and inputs in the whole loop: the turn-on delay, the CTL input, a MOSFET that does not
//! obey.

use crate::battery::{Check, Site};
use crate::scene::{SECOND, Scene, Verdict, ensure, same, within};
use bms_core::mode::Mode;
use bms_core::params::Params;
use bms_core::protect::Reasons;
use sim::setup::Action;
use sim::trace::{EventKind, Switch};

pub(crate) const CHECKS: &[Check] = &[
    ("PS-MOS-2", mosfets_turn_on_after_128_microseconds),
    ("PS-CTL-1", a_low_ctl_input_opens_both),
    ("PS-MOS-3", current_through_an_open_mosfet_is_a_fault),
];

fn mosfets_turn_on_after_128_microseconds(site: &Site, params: &Params) -> Verdict {
    let seen = Scene::quiet(2 * SECOND).run(site, params)?;
    let up = seen.first(0, &EventKind::Mode(Mode::Standby));
    let up = up.ok_or("the pack does not come up")?;
    same("charge", seen.driven(0, Switch::Charge, true), up + 128)?;
    same("discharge", seen.driven(0, Switch::Discharge, true), up + 128)
}

fn a_low_ctl_input_opens_both(site: &Site, params: &Params) -> Verdict {
    let scene = Scene::quiet(4 * SECOND)
        .action(2 * SECOND, Action::CtlLow(true))
        .action(3 * SECOND, Action::CtlLow(false));
    let seen = scene.run(site, params)?;
    seen.gates(2 * SECOND, [false, false])?;
    seen.gates(3 * SECOND - 1, [false, false])?;
    seen.gates(3 * SECOND + 128, [true, true])?;
    let entered = seen.entered(0, Reasons::CTL_LOW);
    ensure(entered.is_some(), || "CTL is not told".to_owned())
}

/// AMB-PS-37: more than 2 A for 1 s. CTL holds the MOSFETs open, the world does not care.
fn current_through_an_open_mosfet_is_a_fault(site: &Site, params: &Params) -> Verdict {
    for (sign, reason) in [(1.0, Reasons::CHARGE_MOS_FAULT), (-1.0, Reasons::DISCHARGE_MOS_FAULT)] {
        let scene = Scene::quiet(7 * SECOND)
            .action(2 * SECOND, Action::CtlLow(true))
            .current(&[(3 * SECOND, sign * 1.95), (5 * SECOND, sign * 2.05)]);
        let seen = scene.run(site, params)?;
        within(&format!("{reason:?}"), seen.entered(0, reason), 6 * SECOND, 200_000)?;
        seen.delayed(0, reason, SECOND)?;
    }
    Ok(())
}
