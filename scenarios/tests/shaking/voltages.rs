//! Cell voltages in the whole loop: a cell one millivolt to either side of each limit and release.
//! The front end reads cells in steps of 0.625 mV, rounded down.

use crate::battery::{Check, Site};
use crate::scene::{SECOND, Scene, Verdict, ensure, not_before, sampled, within};
use bms_core::params::Params;
use bms_core::protect::Reasons;

pub(crate) const CHECKS: &[Check] = &[
    ("PS-OV-1, PS-OV-2", over_voltage),
    ("PS-UV-1, PS-UV-2", under_voltage),
    ("PS-LVC-1, PS-LVC-2", low_voltage_prohibition),
    ("PS-LVC-3", no_prohibition_by_default),
    ("PS-AHV-1, PS-AHV-2", abnormal_high_voltage),
    ("PS-OV-3, PS-MOS-1", over_voltage_ends_when_discharging_starts),
    ("PS-AHV-2", abnormal_high_voltage_ends_when_discharging_starts),
    ("PS-UV-3", under_voltage_ends_when_charging_starts),
    ("PS-UV-4", under_voltage_waits_for_the_load_to_go),
    ("PS-PAR-1", the_sixteenth_cell_is_watched),
];

/// How late a detected charge or discharge may take effect: four cycles of the front end and two
/// samples.
const DETECTED: u64 = 600_000;

/// The chip wants two good cycles, and the cells change within one.
const CHIP_RELEASE: u64 = 300_000;

/// The cells' way: short of the limit, at it, short of the release, at it. All of them go it,
/// because balancing would prolong the chip's delays.
struct Limit {
    reason: Reasons,
    /// Volt.
    way: [f64; 4],
    /// Microseconds.
    delay: u64,
    /// Whether the chip watches the same limit.
    in_chip: bool,
    /// Charge and discharge gate while it is in force.
    gates: [bool; 2],
}

impl Limit {
    fn check(&self, site: &Site, params: &Params) -> Verdict {
        // After a trip the load counts as gone after 2 s; so the voltage alone decides.
        let [start, trip] = [2 * SECOND, 3 * SECOND + self.delay];
        let above = trip + self.delay + 3 * SECOND;
        let back = above + SECOND;
        let [short, at, short_back, at_back] = self.way;
        let points = [(start, short), (trip, at), (above, short_back), (back, at_back)];
        let seen = Scene::quiet(back + SECOND).cells(&points).run(site, params)?;
        let name = format!("{:?}", self.reason);
        sampled(&name, seen.entered(0, self.reason), trip + self.delay)?;
        seen.delayed(trip, self.reason, self.delay)?;
        seen.gates(above + SECOND / 2, self.gates)?;
        sampled(&format!("release of {name}"), seen.left(0, self.reason), back)?;
        seen.gates(back + SECOND / 2, [true, true])?;
        if self.in_chip {
            sampled(&name, seen.latched(0, self.reason), trip + self.delay)?;
            within(&name, seen.unlatched(0, self.reason), back, CHIP_RELEASE)?;
        }
        Ok(())
    }
}

fn over_voltage(site: &Site, params: &Params) -> Verdict {
    let limit = Limit {
        reason: Reasons::OVER_VOLTAGE,
        way: [3.749_9, 3.750, 3.551, 3.550],
        delay: site.cell_delay * SECOND,
        in_chip: true,
        gates: [false, true],
    };
    limit.check(site, params)
}

fn under_voltage(site: &Site, params: &Params) -> Verdict {
    let limit = Limit {
        reason: Reasons::UNDER_VOLTAGE,
        way: [2.501, 2.500, 2.699_9, 2.700],
        delay: site.cell_delay * SECOND,
        in_chip: true,
        gates: [true, false],
    };
    limit.check(site, params)
}

/// Enabled; delay AMB-PS-34. Under-voltage is in force as well until it releases at 2700 mV too.
fn low_voltage_prohibition(site: &Site, params: &Params) -> Verdict {
    let mut params = params.clone();
    params.system.low_voltage_prohibit = true;
    let limit = Limit {
        reason: Reasons::LOW_VOLTAGE_PROHIBIT,
        way: [2.001, 2.000, 2.699_9, 2.700],
        delay: SECOND,
        in_chip: false,
        gates: [false, false],
    };
    limit.check(site, &params)
}

fn no_prohibition_by_default(site: &Site, params: &Params) -> Verdict {
    let scene = Scene::quiet(8 * SECOND).cell(6, &[(2 * SECOND, 1.990)]);
    let seen = scene.run(site, params)?;
    seen.gates(8 * SECOND, [true, false])
}

/// Release AMB-PS-21. Over-voltage comes first and goes with it.
fn abnormal_high_voltage(site: &Site, params: &Params) -> Verdict {
    let limit = Limit {
        reason: Reasons::ABNORMAL_HIGH_VOLTAGE,
        way: [3.899_9, 3.900, 3.551, 3.550],
        delay: 8 * SECOND,
        in_chip: false,
        gates: [false, true],
    };
    limit.check(site, params)
}

/// Released and with the charge MOSFET on while it flows, back after the delay when it ends.
fn over_voltage_ends_when_discharging_starts(site: &Site, params: &Params) -> Verdict {
    let [start, flow, stop] = [2 * SECOND, 8 * SECOND, 10 * SECOND];
    let scene =
        Scene::quiet(16 * SECOND).cell(6, &[(start, 3.760)]).current(&[(flow, -20.0), (stop, 0.0)]);
    let seen = scene.run(site, params)?;
    let delay = site.cell_delay * SECOND;
    sampled("over-voltage", seen.entered(0, Reasons::OVER_VOLTAGE), start + delay)?;
    within("its release", seen.left(0, Reasons::OVER_VOLTAGE), flow, DETECTED)?;
    seen.gates(stop, [true, true])?;
    within("its return", seen.entered(stop, Reasons::OVER_VOLTAGE), stop + delay, DETECTED)
}

fn abnormal_high_voltage_ends_when_discharging_starts(site: &Site, params: &Params) -> Verdict {
    let [start, flow, end] = [2 * SECOND, 11 * SECOND, 13 * SECOND];
    let scene = Scene::quiet(end).cell(6, &[(start, 3.905)]).current(&[(flow, -20.0), (end, 0.0)]);
    let seen = scene.run(site, params)?;
    let reason = Reasons::ABNORMAL_HIGH_VOLTAGE;
    sampled("abnormal high voltage", seen.entered(0, reason), start + 8 * SECOND)?;
    within("its release", seen.left(0, reason), flow, DETECTED)
}

fn under_voltage_ends_when_charging_starts(site: &Site, params: &Params) -> Verdict {
    let [low, rest, flow] = [2 * SECOND, 8 * SECOND, 9 * SECOND];
    let scene = Scene::quiet(12 * SECOND)
        .cell(6, &[(low, 2.490), (rest, 2.600)])
        .load_until(12 * SECOND)
        .current(&[(flow, 10.0)]);
    let seen = scene.run(site, params)?;
    within("release", seen.left(0, Reasons::UNDER_VOLTAGE), flow, DETECTED)
}

/// The cells rebound above the release with the load attached; it goes at 12 s.
fn under_voltage_waits_for_the_load_to_go(site: &Site, params: &Params) -> Verdict {
    let [low, rest, gone] = [2 * SECOND, 8 * SECOND, 12 * SECOND];
    let scene = Scene::quiet(16 * SECOND).cell(6, &[(low, 2.490), (rest, 2.750)]).load_until(gone);
    let seen = scene.run(site, params)?;
    let released = seen.left(0, Reasons::UNDER_VOLTAGE);
    within("release", released, gone + 2 * SECOND, 100_000)?;
    seen.gates(gone + 2 * SECOND - 1, [true, false])
}

/// A cell beyond the sixteenth does not exist, and none below it is left out.
fn the_sixteenth_cell_is_watched(site: &Site, params: &Params) -> Verdict {
    for cell in [0, 15] {
        let seen = Scene::quiet(8 * SECOND).cell(cell, &[(2 * SECOND, 3.760)]).run(site, params)?;
        let entered = seen.entered(0, Reasons::OVER_VOLTAGE);
        ensure(entered.is_some(), || format!("cell {} is not watched", cell + 1))?;
        not_before("over-voltage", entered, 3 * SECOND)?;
    }
    Ok(())
}
