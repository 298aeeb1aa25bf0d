//! Temperatures in the whole loop, 0.05 °C to either side of each limit and release. Sensors are
//! read once per second.

use crate::battery::{Check, Site};
use crate::scene::{SECOND, Scene, Verdict, ensure, steps, within};
use bms_core::params::Params;
use bms_core::protect::Reasons;
use sim::setup::Profile;

pub(crate) const CHECKS: &[Check] = &[
    ("PS-TMP-1, PS-TMP-3 cells", hot_cells),
    ("PS-TMP-2 cells", cells_cold_to_charge),
    ("PS-TMP-4 cells", cells_cold_to_discharge),
    ("PS-TMP-1, PS-TMP-3 MOSFETs", hot_mosfets),
    ("PS-TMP-2, PS-TMP-4 MOSFETs", cold_mosfets),
    ("PS-MOS-1 cold", discharge_spares_the_charge_mosfet_in_the_cold),
];

/// Where a sensor is.
#[derive(Clone, Copy)]
enum Sensor {
    Cell(usize),
    Mos(usize),
}

impl Sensor {
    fn goes(self, scene: &mut Scene, way: Profile) {
        match self {
            Self::Cell(cell) => scene.forced.cell_temperatures[cell] = way,
            Self::Mos(mos) => scene.forced.mos_temperatures[mos] = way,
        }
    }
}

/// Short of the limit, beyond it, short of the release, beyond it, for 2 s each; by each sensor.
fn limit(
    site: &Site,
    params: &Params,
    sensors: &[Sensor],
    reasons: &[Reasons],
    [trip, release]: [f64; 2],
    gates: [bool; 2],
) -> Verdict {
    let short = if trip > release { -0.05 } else { 0.05 };
    let way = [trip + short, trip - short, release - short, release + short];
    for sensor in sensors {
        let starts = [2, 4, 6, 8].map(|second| second * SECOND);
        let mut scene = Scene::quiet(11 * SECOND);
        let points: Vec<_> = starts.into_iter().zip(way).collect();
        sensor.goes(&mut scene, steps(&[&[(0, 25.0)], &points[..]].concat()));
        let seen = scene.run(site, params)?;
        for reason in reasons {
            let name = format!("{reason:?}");
            let late = SECOND + 200_000;
            within(&name, seen.entered(0, *reason), starts[1], late)?;
            within(&format!("release of {name}"), seen.left(0, *reason), starts[3], late)?;
        }
        seen.gates(8 * SECOND - 1, gates)?;
        seen.gates(11 * SECOND - 1, [true, true])?;
    }
    Ok(())
}

/// Both directions have the same values.
fn hot_cells(site: &Site, params: &Params) -> Verdict {
    let reasons = [Reasons::CELL_CHARGE_HOT, Reasons::CELL_DISCHARGE_HOT];
    let sensors = [Sensor::Cell(1), Sensor::Cell(3)];
    limit(site, params, &sensors, &reasons, [65.0, 55.0], [false, false])
}

fn cells_cold_to_charge(site: &Site, params: &Params) -> Verdict {
    let sensors = [Sensor::Cell(0), Sensor::Cell(3)];
    limit(site, params, &sensors, &[Reasons::CELL_CHARGE_COLD], [2.0, 5.0], [false, true])
}

/// The release for charging lies above 5 °C: the last look is at the discharge gate alone.
fn cells_cold_to_discharge(site: &Site, params: &Params) -> Verdict {
    let reason = Reasons::CELL_DISCHARGE_COLD;
    let way = [(2, -4.95), (4, -5.05), (6, -2.05), (8, -1.95)].map(|(s, c)| (s * SECOND, c));
    let mut scene = Scene::quiet(10 * SECOND);
    Sensor::Cell(2).goes(&mut scene, steps(&[&[(0, 25.0)], &way[..]].concat()));
    let seen = scene.run(site, params)?;
    let late = SECOND + 200_000;
    within("discharge cold", seen.entered(0, reason), 4 * SECOND, late)?;
    seen.gates(8 * SECOND - 1, [false, false])?;
    within("its release", seen.left(0, reason), 8 * SECOND, late)?;
    seen.gates(10 * SECOND - 1, [false, true])
}

fn hot_mosfets(site: &Site, params: &Params) -> Verdict {
    let reasons = [Reasons::MOS_CHARGE_HOT, Reasons::MOS_DISCHARGE_HOT];
    let sensors = [Sensor::Mos(0), Sensor::Mos(1)];
    limit(site, params, &sensors, &reasons, [100.0, 70.0], [false, false])
}

fn cold_mosfets(site: &Site, params: &Params) -> Verdict {
    let reasons = [Reasons::MOS_CHARGE_COLD, Reasons::MOS_DISCHARGE_COLD];
    limit(site, params, &[Sensor::Mos(0)], &reasons, [-20.0, -10.0], [false, false])
}

/// The protection stays in force; the charge MOSFET is on while discharge current flows.
fn discharge_spares_the_charge_mosfet_in_the_cold(site: &Site, params: &Params) -> Verdict {
    let [flow, stop] = [5 * SECOND, 7 * SECOND];
    let mut scene = Scene::quiet(9 * SECOND).current(&[(flow, -20.0), (stop, 0.0)]);
    Sensor::Cell(0).goes(&mut scene, steps(&[(0, 1.0)]));
    let seen = scene.run(site, params)?;
    let left = seen.left(0, Reasons::CELL_CHARGE_COLD);
    ensure(left.is_none(), || "the cold ended".to_owned())?;
    seen.gates(flow - 1, [false, true])?;
    seen.gates(stop - 1, [true, true])?;
    seen.gates(9 * SECOND - 1, [false, true])
}
