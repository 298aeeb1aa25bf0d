//! The microcontroller as a part that can fail: its clock, its supply, and the CTL line that it
//! shares with the chip. What it computes is the firmware's and never touched here.

use crate::time::SimTime;
use bms_core::time::Instant;

/// Parts per billion of the typical clock.
const TYPICAL: u64 = 1_000_000_000;

/// The firmware's timer as a function of virtual time: a straight line, in integers, so that there
/// and back is exact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    since: SimTime,
    /// What the timer showed then, ns.
    shown: u64,
    /// Its rate, ppb of the typical one.
    rate: u64,
}

impl Clock {
    /// A timer that starts from zero at `since`.
    pub(super) fn started(since: SimTime) -> Self {
        Self { since, shown: 0, rate: TYPICAL }
    }

    /// What the timer shows at `now`, rounded down to its tick.
    pub(super) fn reading(&self, now: SimTime) -> Instant {
        Instant::from_micros(self.nanos(now) / 1_000)
    }

    /// The first moment at which the timer shows `wanted` or more; [`SimTime::NEVER`] if that is
    /// beyond all time.
    pub(super) fn moment(&self, wanted: Instant) -> SimTime {
        let missing = u128::from(wanted.as_micros()) * 1_000;
        let missing = missing.saturating_sub(u128::from(self.shown));
        let span = (missing * u128::from(TYPICAL)).div_ceil(u128::from(self.rate));
        u64::try_from(span + u128::from(self.since.0)).map_or(SimTime::NEVER, SimTime)
    }

    /// Runs on at `times` the typical rate, from what it shows now.
    pub(super) fn run_at(&mut self, now: SimTime, times: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate of a half to a few times is a positive number of ppb"
        )]
        let rate = (times * 1e9).round() as u64;
        *self = Self { since: now, shown: self.nanos(now), rate: rate.max(1) };
    }

    fn nanos(&self, now: SimTime) -> u64 {
        let passed = u128::from(now.0 - self.since.0) * u128::from(self.rate);
        let passed = passed / u128::from(TYPICAL);
        self.shown + u64::try_from(passed).expect("a run is far below 584 years")
    }
}

/// What is wrong with the microcontroller now.
#[derive(Clone, Debug)]
pub(super) struct Processor {
    pub(super) clock: Clock,
    /// Faults that keep it from running: those that hold it, and those that take its supply.
    pub(super) stalls: usize,
    pub(super) brown_outs: usize,
    /// Its boot loader runs, not the firmware.
    pub(super) boots: bool,
    /// Rates of the clock's faults, as factors.
    pub(super) rates: Vec<f64>,
    /// The CTL line: what drives it, and what it is stuck at, the last first.
    pub(super) ctl_driven_low: bool,
    pub(super) ctl_stuck_low: Vec<bool>,
}

impl Processor {
    pub(super) fn new() -> Self {
        Self {
            clock: Clock::started(SimTime::ZERO),
            stalls: 0,
            brown_outs: 0,
            boots: false,
            rates: Vec::new(),
            ctl_driven_low: false,
            ctl_stuck_low: Vec::new(),
        }
    }

    pub(super) fn runs(&self) -> bool {
        self.stalls == 0 && self.brown_outs == 0 && !self.boots
    }

    pub(super) fn ctl_low(&self) -> bool {
        self.ctl_stuck_low.last().copied().unwrap_or(self.ctl_driven_low)
    }
}

/// Adds `value` to `list`, or takes one like it away.
pub(super) fn follow<T: PartialEq>(list: &mut Vec<T>, value: T, begins: bool) {
    if begins {
        list.push(value);
    } else if let Some(place) = list.iter().position(|active| *active == value) {
        list.remove(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthy_timer_shows_virtual_time_and_gives_it_back() {
        let clock = Clock::started(SimTime::ZERO);
        for nanos in [0, 1, 999, 1_000, 123_456_789] {
            assert_eq!(clock.reading(SimTime(nanos)), SimTime(nanos).to_firmware());
        }
        assert_eq!(clock.moment(Instant::from_micros(7)), SimTime(7_000));
    }

    /// 5 % faster: 1 s of its own takes 1/1.05 s.
    #[test]
    fn a_fast_timer_reaches_its_second_early() {
        let mut clock = Clock::started(SimTime::ZERO);
        clock.run_at(SimTime::from_secs(1), 1.05);
        assert_eq!(clock.reading(SimTime::from_secs(2)), Instant::from_micros(2_050_000));
        let second = clock.moment(Instant::from_micros(2_000_000));
        assert_eq!(second, SimTime(1_000_000_000 + 952_380_953));
    }

    #[test]
    fn the_moment_of_a_reading_is_the_first_that_shows_it() {
        let mut clock = Clock::started(SimTime(17));
        for rate in [0.95, 1.000_05, 1.3, 0.71] {
            clock.run_at(SimTime(1_000_001), rate);
            for micros in [1_001, 1_234, 99_999_999] {
                let wanted = Instant::from_micros(micros);
                let at = clock.moment(wanted);
                assert!(clock.reading(at) >= wanted);
                assert!(clock.reading(SimTime(at.0 - 1)) < wanted, "{rate} {micros}");
            }
            clock = Clock::started(SimTime(17));
        }
    }

    #[test]
    fn a_moment_beyond_all_time_never_comes() {
        let clock = Clock::started(SimTime::ZERO);
        assert_eq!(clock.moment(Instant::from_micros(u64::MAX)), SimTime::NEVER);
    }
}
