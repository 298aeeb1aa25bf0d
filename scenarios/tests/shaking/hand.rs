//! The firmware alone, stepped by hand: the finest units of its inputs, and its timer to the
//! microsecond. Times are microseconds.

use crate::battery::Site;
use crate::scene::{SECOND, Verdict, ensure};
use bms_core::afe::{AfeFlags, Sample};
use bms_core::bms::{Bms, Board, Decision, Inputs};
use bms_core::params::Params;
use bms_core::protect::Reasons;
use bms_core::time::Instant;
use bms_core::units::{Centicelsius, Microvolts, Milliamps, Millivolts, Picovolts};

/// Distance of samples while an input is held; below the greatest age of a reading, 1 s.
const PERIOD: u64 = 500_000;

/// A firmware with its inputs.
pub(crate) struct Hand {
    pub(crate) bms: Bms,
    pub(crate) sample: Sample,
    pub(crate) board: Board,
    pub(crate) now: u64,
    pub(crate) last: Decision,
}

impl Hand {
    /// Up since 0 with quiet inputs, at 1 s. The converter counts milliamperes, so that limits are
    /// compared as printed.
    pub(crate) fn new(site: &Site, params: &Params) -> Result<Self, String> {
        let step = Picovolts(i64::from(site.shunt_nano_ohm));
        let mut bms = Bms::new(params, step).map_err(|error| error.to_string())?;
        bms.switch_on(Instant::START);
        let board = Board {
            ntc: [16_384; 4], // 10 kOhm of 20 kOhm: 25 degC
            port: Millivolts(52_800),
            button: false,
            ctl_low: false,
            emergency_open: false,
        };
        let last = Decision::default();
        let mut hand = Self { bms, sample: quiet_sample(), board, now: 0, last };
        hand.step(true);
        hand.now = SECOND;
        hand.step(true);
        Ok(hand)
    }

    /// One step now. The chip's drivers follow the last decision; SC holds them off.
    pub(crate) fn step(&mut self, fresh: bool) {
        let now = Instant::from_micros(self.now);
        (self.sample.fresh, self.sample.taken) = (fresh, now);
        let shorted = self.sample.flags.contains(AfeFlags::SHORT_CIRCUIT);
        let gates = self.last.gates;
        self.sample.flags.set(AfeFlags::CHARGE_FET, gates.charge && !shorted);
        self.sample.flags.set(AfeFlags::DISCHARGE_FET, gates.discharge && !shorted);
        let inputs = Inputs { sample: Ok(&self.sample), board: self.board };
        self.last = self.bms.step(now, &inputs);
    }

    /// Samples the same until `end`, where the timer, not a sample, calls.
    pub(crate) fn hold(&mut self, end: u64) {
        while self.now + PERIOD < end {
            self.now += PERIOD;
            self.step(true);
        }
        self.now = end;
        self.step(false);
    }

    /// At `end` a new sample comes.
    pub(crate) fn sample_at(&mut self, end: u64) {
        self.hold(end);
        self.step(true);
    }

    pub(crate) fn cell(&mut self, microvolts: i32) {
        self.sample.cells[6] = Microvolts(microvolts);
    }

    pub(crate) fn current(&mut self, milliamperes: i32) {
        self.sample.current = Milliamps(milliamperes);
    }

    pub(crate) fn is_active(&self, reason: Reasons) -> bool {
        self.last.active.contains(reason)
    }

    /// Whether a protection is in force now.
    pub(crate) fn expect(&self, reason: Reasons, active: bool) -> Verdict {
        self.told(self.is_active(reason) == active, &format!("{reason:?} is {}", !active))
    }

    /// Complains with the time.
    pub(crate) fn told(&self, holds: bool, complaint: &str) -> Verdict {
        ensure(holds, || format!("{complaint} at {} us", self.now))
    }
}

fn quiet_sample() -> Sample {
    Sample {
        taken: Instant::START,
        fresh: true,
        cells: [Microvolts(3_300_000); 16].into_iter().collect(),
        current: Milliamps(0),
        counted: None,
        temperatures: [Centicelsius(2_500); 3].into_iter().collect(),
        flags: AfeFlags::empty(),
    }
}
