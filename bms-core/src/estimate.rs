//! State of charge by counting charge, corrected where a cell tells it plainly: full, empty, or at
//! rest outside the plateau. Nothing on the safety path asks for it.

use crate::afe::Counted;
use crate::measure::Reading;
use crate::mode::Mode;
use crate::params::Params;
use crate::protect::Reasons;
use crate::time::{Duration, Instant};
use crate::units::{BasisPoints, Microcoulombs, Milliamps, Millivolts};

/// How long the pack must rest before a cell voltage counts as open-circuit voltage.
pub const REST: Duration = Duration::from_secs(1_800);

/// Everything.
const FULL: BasisPoints = BasisPoints(10_000);

/// A charge current of less than this share of the capacity per hour, at the top, is the end of a
/// charge: C/20, the usual cut-off of LFP cell datasheets.
const TAPER_DIVISOR: u32 = 20;

/// A current of less than this share of the capacity per hour is rest: C/200.
const REST_DIVISOR: u32 = 200;

/// Open-circuit voltage of LFP outside the plateau, millivolt and hundredths of a per cent (a
/// composite of published C/30 measurements of LFP cells, 25 °C; ±15 mV). Between 10 and 95 % the
/// curve rises 0.2 V in all and says nothing.
const LOW_KNEE: [(i32, i32); 4] = [(2_308, 0), (2_822, 200), (3_036, 500), (3_188, 1_000)];
const HIGH_KNEE: [(i32, i32); 2] = [(3_392, 9_800), (3_570, 10_000)];

/// A capacity beyond these shares of the rated one was not learned from a whole charge or
/// discharge of the pack.
const LEARNED: (BasisPoints, BasisPoints) = (BasisPoints(3_000), BasisPoints(13_000));

/// An end of the charge, where the pack tells it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Full,
    Empty,
}

/// The estimate.
#[derive(Clone, Copy, Debug)]
pub struct Estimator {
    charge: Microcoulombs,
    /// What a full pack holds, as learned.
    capacity: Microcoulombs,
    /// What a new one holds.
    rated: Microcoulombs,
    /// The end that was last reached, and what was counted since.
    last_end: Option<(End, Microcoulombs)>,
    /// Everything that was ever discharged.
    discharged: Microcoulombs,
    soc: BasisPoints,
    taper: Milliamps,
    rest: Milliamps,
    resting_since: Option<Instant>,
}

impl Estimator {
    /// A new pack as the factory delivers it (PS-PAR-4).
    #[must_use]
    pub fn new(params: &Params) -> Self {
        let capacity = Microcoulombs(i64::from(params.capacity_mah) * 3_600_000);
        let share = |divisor: u32| Milliamps((params.capacity_mah / divisor).cast_signed());
        let mut estimator = Self {
            charge: capacity,
            capacity,
            rated: capacity,
            last_end: None,
            discharged: Microcoulombs(0),
            soc: FULL,
            taper: share(TAPER_DIVISOR),
            rest: share(REST_DIVISOR),
            resting_since: None,
        };
        estimator.set(params.soc);
        estimator
    }

    /// Takes another rated capacity into use: what was learned about the old one is forgotten.
    pub fn rate(&mut self, params: &Params) {
        let soc = self.soc;
        let discharged = self.discharged;
        *self = Self { discharged, ..Self::new(params) };
        self.set(soc);
    }

    /// The state of health: what a full pack holds, of what a new one holds (PS-GEN-10). It is
    /// learned from a whole charge or discharge, from one end to the other.
    #[must_use]
    pub fn soh(&self) -> BasisPoints {
        share_of(self.capacity, self.rated)
    }

    /// What is left in the pack.
    #[must_use]
    pub const fn charge(&self) -> Microcoulombs {
        self.charge
    }

    /// What a full pack holds, as learned.
    #[must_use]
    pub const fn capacity(&self) -> Microcoulombs {
        self.capacity
    }

    /// Equivalent full cycles: everything that was discharged, in rated capacities.
    #[must_use]
    pub fn cycles(&self) -> u32 {
        let cycles = self.discharged.0.checked_div(self.rated.0).unwrap_or(0);
        u32::try_from(cycles).unwrap_or(u32::MAX)
    }

    /// The estimated state of charge, 0 to 10 000, rounded down.
    #[must_use]
    pub const fn soc(&self) -> BasisPoints {
        self.soc
    }

    /// Writes the state of charge (PS-PAR-4), clamped to 0 to 100 %.
    pub fn set(&mut self, soc: BasisPoints) {
        let share = i128::from(soc.0.clamp(0, FULL.0));
        let charge = i128::from(self.capacity.0) * share / i128::from(FULL.0);
        self.hold(i64::try_from(charge).expect("a share is not above the whole"));
    }

    /// Adds what a closed window of the coulomb counter has counted.
    pub fn count(&mut self, counted: Counted) {
        if let Some((_, since)) = &mut self.last_end {
            since.0 = since.0.saturating_add(counted.charge.0);
        }
        if counted.charge < Microcoulombs(0) {
            self.discharged.0 = self.discharged.0.saturating_sub(counted.charge.0);
        }
        self.hold(self.charge.0.saturating_add(counted.charge.0));
    }

    fn hold(&mut self, charge: i64) {
        self.charge = Microcoulombs(charge.clamp(0, self.capacity.0));
        self.soc = share_of(self.charge, self.capacity);
    }

    /// Corrects by a fresh reading: full at the end of a charge, the knees after a rest.
    /// `full_cell` is the cell voltage from which a tapered charge counts as complete.
    pub fn correct(&mut self, now: Instant, reading: &Reading, mode: Mode, full_cell: Millivolts) {
        let tapered = reading.current <= self.taper;
        if mode == Mode::Charge && tapered && reading.lowest_cell() >= full_cell.to_microvolts() {
            self.reach(End::Full);
        }
        let still = reading.current <= self.rest && reading.current >= -self.rest;
        self.resting_since = still.then(|| self.resting_since.unwrap_or(now));
        if self.resting_since.is_some_and(|since| now.since(since) >= REST) {
            let cells = i32::try_from(reading.cells.len()).expect("a pack has few cells");
            if let Some(soc) = by_ocv(Millivolts(reading.pack.0 / cells.max(1))) {
                self.set(soc);
            }
            self.resting_since = Some(now);
        }
    }

    /// Corrects by protections that have just come into force: over-voltage is full, under-voltage
    /// is empty.
    pub fn saturate(&mut self, entered: Reasons) {
        if entered.contains(Reasons::OVER_VOLTAGE) {
            self.reach(End::Full);
        }
        if entered.contains(Reasons::UNDER_VOLTAGE) {
            self.reach(End::Empty);
        }
    }

    /// The pack has told that it is full or empty. From one end to the other it has shown what it
    /// holds.
    fn reach(&mut self, end: End) {
        if let Some((last, since)) = self.last_end
            && last != end
        {
            let held = Microcoulombs(since.0.abs());
            let share = share_of(held, self.rated);
            if (LEARNED.0..=LEARNED.1).contains(&share) {
                self.capacity = held;
            }
        }
        self.last_end = Some((end, Microcoulombs(0)));
        self.set(match end {
            End::Full => FULL,
            End::Empty => BasisPoints(0),
        });
    }
}

/// A charge as a share of another, rounded down.
fn share_of(part: Microcoulombs, whole: Microcoulombs) -> BasisPoints {
    let share = i128::from(part.0) * i128::from(FULL.0);
    let share = share.checked_div(i128::from(whole.0)).unwrap_or(0);
    BasisPoints(i32::try_from(share).unwrap_or(i32::MAX))
}

/// The state of charge behind an open-circuit voltage, where the curve is steep enough to tell.
#[must_use]
pub fn by_ocv(cell: Millivolts) -> Option<BasisPoints> {
    let (first, last) = (LOW_KNEE[0].0, HIGH_KNEE[1].0);
    let within = |knee: &[(i32, i32)]| {
        let pair = knee.windows(2).find(|pair| (pair[0].0..=pair[1].0).contains(&cell.0))?;
        let ((v0, s0), (v1, s1)) = (pair[0], pair[1]);
        Some(BasisPoints(s0 + (s1 - s0) * (cell.0 - v0) / (v1 - v0)))
    };
    match cell.0 {
        v if v < first => Some(BasisPoints(0)),
        v if v > last => Some(FULL),
        _ => within(&LOW_KNEE).or_else(|| within(&HIGH_KNEE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Span;
    use crate::params::samples;
    use crate::units::{Centicelsius, Microvolts};

    /// PS-PAR-3: 100 Ah. 10 A for a quarter of a second are 2.5 C.
    fn quarter_second(amperes: i64) -> Counted {
        Counted {
            charge: Microcoulombs(amperes * 250_000),
            current: Milliamps(i32::try_from(amperes * 1_000).unwrap()),
        }
    }

    #[test]
    fn ten_amperes_for_an_hour_are_a_tenth_of_100_ah() {
        let mut estimator = Estimator::new(&samples::ps_15016());
        assert_eq!(estimator.soc(), BasisPoints(10_000));
        for _ in 0..4 * 3_600 {
            estimator.count(quarter_second(-10));
        }
        assert_eq!(estimator.soc(), BasisPoints(9_000));
    }

    #[test]
    fn the_count_stays_between_empty_and_full() {
        let mut estimator = Estimator::new(&samples::ps_15016());
        estimator.count(quarter_second(10));
        assert_eq!(estimator.soc(), BasisPoints(10_000));
        estimator.set(BasisPoints(0));
        estimator.count(quarter_second(-10));
        assert_eq!(estimator.soc(), BasisPoints(0));
        estimator.count(quarter_second(10));
        estimator.count(quarter_second(-10));
        assert_eq!(estimator.charge, Microcoulombs(0));
    }

    #[test]
    fn over_voltage_means_full_and_under_voltage_empty() {
        let mut estimator = Estimator::new(&samples::ps_15016());
        estimator.saturate(Reasons::UNDER_VOLTAGE);
        assert_eq!(estimator.soc(), BasisPoints(0));
        estimator.saturate(Reasons::OVER_VOLTAGE | Reasons::CELL_CHARGE_COLD);
        assert_eq!(estimator.soc(), BasisPoints(10_000));
    }

    /// 90 Ah from full to empty, of 100 Ah rated: 90 % of health, and half of the 90 Ah is 50 %.
    #[test]
    fn a_whole_discharge_tells_the_capacity() {
        let mut estimator = Estimator::new(&samples::ps_15016());
        estimator.saturate(Reasons::OVER_VOLTAGE);
        for _ in 0..4 * 9 * 3_600 {
            estimator.count(quarter_second(-10));
        }
        assert_eq!(estimator.soh(), FULL, "nothing is learned on the way");
        estimator.saturate(Reasons::UNDER_VOLTAGE);
        assert_eq!(estimator.soh(), BasisPoints(9_000));
        for _ in 0..4 * 9 * 1_800 {
            estimator.count(quarter_second(10));
        }
        assert_eq!((estimator.soc(), estimator.cycles()), (BasisPoints(5_000), 0));
    }

    #[test]
    fn a_discharge_that_was_none_teaches_nothing() {
        let mut estimator = Estimator::new(&samples::ps_15016());
        estimator.saturate(Reasons::OVER_VOLTAGE);
        estimator.saturate(Reasons::UNDER_VOLTAGE);
        assert_eq!(estimator.soh(), FULL);
    }

    #[test]
    fn the_plateau_tells_nothing_and_the_knees_do() {
        assert_eq!(by_ocv(Millivolts(3_300)), None);
        assert_eq!(by_ocv(Millivolts(3_036)), Some(BasisPoints(500)));
        assert_eq!(by_ocv(Millivolts(3_188)), Some(BasisPoints(1_000)));
        assert_eq!(by_ocv(Millivolts(3_189)), None);
        assert_eq!(by_ocv(Millivolts(3_391)), None);
        assert_eq!(by_ocv(Millivolts(3_392)), Some(BasisPoints(9_800)));
        assert_eq!(by_ocv(Millivolts(2_000)), Some(BasisPoints(0)));
        assert_eq!(by_ocv(Millivolts(3_600)), Some(BasisPoints(10_000)));
    }

    /// A quiet pack of 16 cells.
    fn reading(cell: i32, current: i32) -> Reading {
        let room = Span { coldest: Centicelsius(2_500), hottest: Centicelsius(2_500) };
        Reading {
            cells: [Microvolts(cell * 1_000); 16].into_iter().collect(),
            highest: 0,
            lowest: 0,
            pack: Millivolts(cell * 16),
            current: Milliamps(current),
            cell_temperature: room,
            mos_temperature: room,
            temperatures: [Centicelsius(2_500); crate::measure::TEMPERATURES],
        }
    }

    /// C/20 of 100 Ah are 5 A; the charge counts as complete from 3550 mV.
    #[test]
    fn a_charge_that_has_tapered_at_the_top_is_complete() {
        for (cell, current, mode, full) in [
            (3_550, 5_000, Mode::Charge, true),
            (3_550, 5_001, Mode::Charge, false),
            (3_549, 5_000, Mode::Charge, false),
            (3_550, 5_000, Mode::Standby, false),
        ] {
            let mut estimator = Estimator::new(&samples::ps_15016());
            estimator.set(BasisPoints(9_000));
            let now = Instant::from_micros(1);
            estimator.correct(now, &reading(cell, current), mode, Millivolts(3_550));
            assert_eq!(estimator.soc() == FULL, full, "{cell} mV {current} mA {mode:?}");
        }
    }

    /// 3036 mV after half an hour of rest are 5 %; C/200 of 100 Ah are 0.5 A.
    #[test]
    fn a_knee_corrects_only_after_half_an_hour_of_rest() {
        for (seconds, current, soc) in
            [(1_799, 0, 5_000), (1_800, 0, 500), (1_800, 500, 500), (1_800, 501, 5_000)]
        {
            let mut estimator = Estimator::new(&samples::ps_15016());
            estimator.set(BasisPoints(5_000));
            for second in [0, seconds] {
                let now = Instant::from_micros(second * 1_000_000);
                estimator.correct(now, &reading(3_036, current), Mode::Standby, Millivolts(3_550));
            }
            assert_eq!(estimator.soc(), BasisPoints(soc), "{seconds} s {current} mA");
        }
    }
}
