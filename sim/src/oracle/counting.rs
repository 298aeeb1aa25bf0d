//! Holds the charge that the firmware counts against the charge that flowed through the shunt
//! (PS-GEN-9). Where the firmware corrects itself by a voltage, counting begins anew.

use super::ending::was_touched;
use crate::setup::Setup;
use crate::time::SimTime;
use crate::trace::{Row, Trace};
use bms_core::units::BasisPoints;

/// Part of the rated capacity by which the count may be wrong, for every capacity that has been
/// moved and every day that has passed since it began (PS-GEN-9).
const ALLOWED: f64 = 0.01;
/// What a firmware reports that was told by a full or an empty cell.
const ENDS: [BasisPoints; 2] = [BasisPoints(0), BasisPoints(10_000)];
/// Without more current than this share of the capacity per hour, a step of the estimate of more
/// than [`STEP`] is told by a rested voltage, not by counting.
const REST_PER_HOUR: f64 = 0.005;
const STEP: f64 = 0.005;
/// Shares of the rated capacity that a firmware may learn as its own.
const LEARNED: std::ops::RangeInclusive<f64> = 0.3..=1.3;
const DAY_S: f64 = 86_400.0;

/// The moment at which a count began, and what has been moved since.
#[derive(Clone, Copy, Debug)]
struct Count {
    at: SimTime,
    soc: f64,
    charge_c: f64,
    moved_c: f64,
}

impl Count {
    fn begin(row: &Row) -> Self {
        Self { at: row.at, soc: estimate(row), charge_c: row.truth.charge_c, moved_c: 0.0 }
    }
}

/// What the count is wrong by, where it is wrong by more than allowed; nothing to be said of a run
/// with faults, or whose host may have written another charge or capacity.
pub(super) fn astray(trace: &Trace, setup: &Setup) -> Option<String> {
    let touched = was_touched(trace, setup, |_| true);
    let (first, rows) = trace.rows.split_first().filter(|_| !touched)?;
    let rated_c = f64::from(setup.params.capacity_mah) * 3.6;
    let mut capacities_c = (rated_c, rated_c);
    let mut last_end: Option<(BasisPoints, f64)> = None;
    let (mut count, mut before) = (Count::begin(first), first);
    for row in rows {
        let charge_c = row.truth.charge_c;
        count.moved_c += (charge_c - before.truth.charge_c).abs();
        if ENDS.contains(&row.decision.soc) {
            let end = row.decision.soc;
            let held_c =
                last_end.filter(|(last, _)| *last != end).map(|(_, c)| (charge_c - c).abs());
            if let Some(held_c) = held_c.filter(|held_c| LEARNED.contains(&(held_c / rated_c))) {
                capacities_c = (capacities_c.0.min(held_c), capacities_c.1.max(held_c));
            }
            last_end = Some((end, charge_c));
            count = Count::begin(row);
        } else if rested(before, rated_c) && rested(row, rated_c) && stepped(before, row) {
            count = Count::begin(row);
        }
        let wrong = wrong_by(&count, row, capacities_c);
        let since_s = row.at.seconds_since(count.at);
        let allowed = ALLOWED * (count.moved_c / rated_c).max(since_s / DAY_S).max(1.0);
        if wrong.abs() > allowed {
            return Some(format!(
                "at {} the count is {:+.2} % of the capacity off, counting since {}; {:.2} % are allowed",
                row.at,
                100.0 * wrong,
                count.at,
                100.0 * allowed
            ));
        }
        before = row;
    }
    None
}

fn estimate(row: &Row) -> f64 {
    f64::from(row.decision.soc.0) * 1e-4
}

fn rested(row: &Row, rated_c: f64) -> bool {
    row.truth.current_a.abs() * 3_600.0 <= REST_PER_HOUR * rated_c
}

fn stepped(before: &Row, row: &Row) -> bool {
    (estimate(row) - estimate(before)).abs() > STEP
}

/// Distance of the estimate from what the flow allows, with the capacity between the rated one and
/// one that the run may have taught.
fn wrong_by(count: &Count, row: &Row, (least_c, most_c): (f64, f64)) -> f64 {
    let flowed_c = row.truth.charge_c - count.charge_c;
    let (one, other) = (count.soc + flowed_c / least_c, count.soc + flowed_c / most_c);
    let estimate = estimate(row);
    estimate - estimate.clamp(one.min(other), one.max(other))
}
