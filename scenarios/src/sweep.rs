//! One scenario, its stimulus shifted across the scan of the front end: a limit is crossed at every
//! phase between two samples, not only at the one that a file happens to name.

use crate::embedded::files;
use crate::expect::{Check, EventPattern, Scenario};
use crate::load::Options;
use crate::spread::{Seeded, run_variants};
use crate::suite::embedded;
use bms_core::protect::Reasons;
use sim::script::{Condition, Next, Phase, Track};
use sim::setup::{ForcedSetup, Profile, Setup, WorldSetup};
use sim::time::{SimTime, Span};
use sim::trace::Trace;
use std::sync::atomic::AtomicBool;

/// Every file of the sweep suite with its text: one short run for each protection of each product.
pub const FILES: &[(&str, &str)] =
    files!["sweep": "currents.toml", "short-circuit.toml", "temperatures.toml", "voltages.toml"];

/// The converter's cycle for voltages and the current (SH367309 datasheet V1.2, p. 82).
pub const SCAN: Span = Span::from_millis(100);

/// The converter's period for thermistors (SH367309 datasheet V1.2, p. 82).
pub const TEMPERATURE_SCAN: Span = Span::from_millis(1_000);

/// All scenarios of the sweep suite, in the order of the files.
///
/// # Panics
/// Never: the suite is part of the program and a test reads it.
#[must_use]
pub fn suite() -> Vec<Scenario> {
    embedded("sweep", FILES, &Options::default())
}

/// The scan that a scenario's protections wait for: that of the thermistors if it expects one of
/// a temperature, that of voltages and current otherwise.
#[must_use]
pub fn scan(scenario: &Scenario) -> Span {
    let temperatures = Reasons::CELL_CHARGE_HOT
        | Reasons::CELL_CHARGE_COLD
        | Reasons::CELL_DISCHARGE_HOT
        | Reasons::CELL_DISCHARGE_COLD
        | Reasons::MOS_CHARGE_HOT
        | Reasons::MOS_CHARGE_COLD
        | Reasons::MOS_DISCHARGE_HOT
        | Reasons::MOS_DISCHARGE_COLD;
    let slow = scenario.expectations.iter().any(|expectation| match &expectation.check {
        Check::Event { event: EventPattern::Protection(reason, _), .. } => {
            temperatures.intersects(*reason)
        }
        _ => false,
    });
    if slow { TEMPERATURE_SCAN } else { SCAN }
}

/// How much later the stimulus comes in each of `count` runs that divide `period` evenly; the
/// first comes when the file says.
#[must_use]
pub fn shifts(period: Span, count: u64) -> Vec<Span> {
    let share = |index: u64| {
        let nanos = u128::from(period.0) * u128::from(index) / u128::from(count.max(1));
        Span(u64::try_from(nanos).expect("a share of a span is not longer than it"))
    };
    (0..count).map(share).collect()
}

/// The same run with everything that the outside does later by `by`: the steps and faults that do
/// not stand at the very start, the profiles at the pins, and the phases of its tracks. The pack is switched on when it was.
#[must_use]
pub fn shifted(setup: &Setup, by: Span) -> Setup {
    let mut later = setup.clone();
    for timed in later.timeline.iter_mut().filter(|timed| timed.at > SimTime::ZERO) {
        timed.at = timed.at + by;
    }
    if let WorldSetup::Forced(forced) = &mut later.world {
        for profile in profiles(forced) {
            for point in &mut profile.points {
                point.0 = point.0 + by;
            }
        }
    }
    for track in &mut later.script.tracks {
        delay(track, by);
    }
    for moment in &mut later.record_at {
        *moment = *moment + by;
    }
    later.duration = later.duration + by;
    later
}

/// The same phases after one that only waits.
fn delay(track: &mut Track, by: Span) {
    let later = |next: &mut Next| match next {
        Next::Phase(to) | Next::Repeat { to, .. } => *to += 1,
        Next::Following | Next::EndTrack | Next::EndRun | Next::Fail(_) => {}
    };
    for phase in &mut track.phases {
        later(&mut phase.next);
        if let Some((_, next)) = &mut phase.timeout {
            later(next);
        }
    }
    let wait = Phase {
        name: format!("{} waits", track.name).into(),
        actions: Vec::new(),
        until: Some(Condition::Elapsed(by)),
        timeout: None,
        next: Next::Following,
        unfinished: None,
    };
    track.phases.insert(0, wait);
}

fn profiles(forced: &mut ForcedSetup) -> impl Iterator<Item = &mut Profile> {
    let ForcedSetup {
        cells,
        current,
        gated: _,
        cell_temperatures,
        mos_temperatures,
        board_temperature,
        load_attached,
        charger_attached,
    } = forced;
    let sensors = cell_temperatures.iter_mut().chain(mos_temperatures);
    let others = [current, board_temperature, load_attached, charger_attached];
    cells.iter_mut().chain(sensors).chain(others)
}

/// Runs `scenario` once per shift on `jobs` threads (0: one per processor), and returns what
/// `keep` takes from each trace, in the order of the shifts; it is told the shift's number. After
/// `cancel` is set no other run is begun.
///
/// # Errors
/// The threads could not be started.
pub fn run_shifts<T: Send>(
    scenario: &Scenario,
    shifts: &[Span],
    jobs: usize,
    keep: impl Fn(u64, &Trace) -> T + Sync,
    on_progress: impl Fn() + Sync,
    cancel: &AtomicBool,
) -> Result<Vec<Seeded<T>>, rayon::ThreadPoolBuildError> {
    let by = |number: u64| {
        let index = usize::try_from(number).expect("a shift\'s number is an index");
        Ok(shifted(&scenario.setup, shifts[index]))
    };
    run_variants(by, 0..shifts.len() as u64, jobs, keep, on_progress, cancel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::lying_and_embedded;
    use sim::trace::EventKind;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_in_the_folder_is_embedded() {
        let [lying, embedded] = lying_and_embedded("sweep", FILES);
        assert_eq!(lying, embedded);
    }

    #[test]
    fn every_protection_with_a_delay_is_swept_on_both_products() {
        let swept: BTreeSet<(String, u32)> = suite()
            .iter()
            .flat_map(|scenario| {
                let reasons = scenario.expectations.iter().filter_map(|it| match &it.check {
                    Check::Event { event: EventPattern::Protection(reason, true), .. } => {
                        Some(reason.bits())
                    }
                    _ => None,
                });
                reasons.map(|bits| (scenario.product.clone(), bits)).collect::<Vec<_>>()
            })
            .collect();
        // Of the 24 reasons these come from no quantity that crosses a limit.
        let without = Reasons::EMERGENCY_STOP
            | Reasons::CTL_LOW
            | Reasons::CHARGE_MOS_FAULT
            | Reasons::DISCHARGE_MOS_FAULT
            | Reasons::FRONT_END
            | Reasons::SENSOR;
        for product in crate::product::names() {
            for reason in Reasons::all().difference(without).iter() {
                let swept = swept.contains(&((*product).to_owned(), reason.bits()));
                assert!(swept, "{product}: {reason:?}");
            }
        }
    }

    #[test]
    fn shifts_divide_the_period_and_the_first_is_none() {
        let found = shifts(Span::from_millis(100), 64);
        assert_eq!((found.len(), found[0]), (64, Span(0)));
        assert_eq!(found[1], Span(1_562_500));
        assert_eq!(found[63], Span(100_000_000 - 1_562_500));
    }

    #[test]
    fn a_shifted_run_crosses_its_limit_later_by_the_shift_and_not_at_another_value() {
        let suite = suite();
        let scenario = suite.iter().find(|it| it.id == "voltages-ov-150").unwrap();
        let crossing = |setup: &Setup| {
            let trace = sim::bench::run(setup);
            let over = EventKind::Crossed(Reasons::OVER_VOLTAGE, true);
            trace.events.iter().find(|event| event.kind == over).map(|event| event.at)
        };
        let by = Span::from_micros(12_345);
        let first = crossing(&scenario.setup).unwrap();
        assert_eq!(first, SimTime::from_secs(1));
        assert_eq!(crossing(&shifted(&scenario.setup, by)), Some(first + by));
    }
}
