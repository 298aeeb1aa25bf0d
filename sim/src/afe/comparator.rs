//! The current comparators: a level, a delay that restarts when the signal leaves, and the exact
//! moment at which it has passed (SH367309 datasheet V1.2, p17-25).

use super::chip::{Chip, ChipEvent};
use super::codes::Config;
use super::errors::{Errors, rounded};
use super::power::Power;
use crate::time::{SimTime, Span};
use crate::world::Level;
use bms_core::protect::Reasons;

/// Place of the short-circuit comparator.
pub const SHORT_CIRCUIT: usize = 0;
/// Place of discharge over-current, stage 1.
pub const DISCHARGE_OC1: usize = 1;
/// Place of discharge over-current, stage 2.
pub const DISCHARGE_OC2: usize = 2;
/// Place of charge over-current.
pub const CHARGE_OC: usize = 3;
/// Place of the wake comparator's discharge side.
pub const WAKE_DISCHARGE: usize = 4;
/// Place of the wake comparator's charge side.
pub const WAKE_CHARGE: usize = 5;

/// The protection behind a comparator; `None` for the wake comparator.
#[must_use]
pub fn reason(comparator: usize) -> Option<Reasons> {
    PROTECTIONS.get(comparator).copied()
}

/// The protections behind the comparators, by place.
pub(crate) const PROTECTIONS: [Reasons; 4] = [
    Reasons::SHORT_CIRCUIT,
    Reasons::AFE_DISCHARGE_OC1,
    Reasons::AFE_DISCHARGE_OC2,
    Reasons::AFE_CHARGE_OC,
];

/// Every protection that a comparator enforces.
pub(crate) const ALL: Reasons = Reasons::SHORT_CIRCUIT
    .union(Reasons::AFE_DISCHARGE_OC1)
    .union(Reasons::AFE_DISCHARGE_OC2)
    .union(Reasons::AFE_CHARGE_OC);

/// How often the short-circuit comparator of a real chip looks.
const SHORT_GRID: u64 = 64_000;

/// A signal against a level. Reaching the level counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Threshold {
    nv: i64,
    volts: f64,
}

impl Threshold {
    /// At `nv` nanovolts; negative for the discharge side.
    pub(crate) fn new(nv: i64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a few volts in nanovolts are exact")]
        let volts = nv as f64 / 1e9;
        Self { nv, volts }
    }

    pub(crate) fn level(&self, comparator: usize) -> Level {
        Level { comparator, volts: self.volts }
    }

    /// `exact` compares whole nanovolts, for values that are forced rather than solved.
    pub(crate) fn is_reached(&self, shunt_v: f64, exact: bool) -> bool {
        match (exact, self.nv < 0) {
            (true, true) => rounded(shunt_v * 1e9) <= self.nv,
            (true, false) => rounded(shunt_v * 1e9) >= self.nv,
            (false, true) => shunt_v <= self.volts,
            (false, false) => shunt_v >= self.volts,
        }
    }
}

/// A comparator with its delay.
#[derive(Clone, Debug)]
pub(crate) struct Comparator {
    pub(crate) reason: Reasons,
    pub(crate) threshold: Threshold,
    delay: Span,
    grid: Option<Span>,
    /// The signal is at or beyond the level.
    pub(crate) beyond: bool,
    /// When the delay has passed; [`SimTime::NEVER`] while it does not count.
    pub(crate) due: SimTime,
}

impl Comparator {
    fn new(index: usize, config: &Config, errors: &Errors) -> Self {
        let (mv, delay) = config.comparators[index];
        let nv = errors.comparator_nv(index, mv);
        Self {
            reason: PROTECTIONS[index],
            threshold: Threshold::new(if index == CHARGE_OC { nv } else { -nv }),
            delay: errors.comparator_delay(index, delay),
            grid: errors.short_grid.filter(|_| index == SHORT_CIRCUIT),
            beyond: false,
            due: SimTime::NEVER,
        }
    }

    pub(crate) fn all(config: &Config, errors: &Errors) -> [Self; 4] {
        core::array::from_fn(|index| Self::new(index, config, errors))
    }

    /// Starts the delay if the signal is beyond the level, and stops it otherwise.
    pub(crate) fn restart(&mut self, now: SimTime) {
        self.due = if self.beyond { self.qualified_at(now) } else { SimTime::NEVER };
    }

    fn qualified_at(&self, now: SimTime) -> SimTime {
        let passed = now + self.delay;
        let Some(grid) = self.grid else { return passed };
        let since_grid = (passed.0 + SHORT_GRID - grid.0 % SHORT_GRID) % SHORT_GRID;
        passed + Span((SHORT_GRID - since_grid) % SHORT_GRID)
    }

    /// Takes the delay of `other`; one that runs ends as it began.
    pub(crate) fn retime(&mut self, other: &Self) {
        self.delay = other.delay;
    }

    pub(crate) fn forget(&mut self) {
        self.beyond = false;
        self.due = SimTime::NEVER;
    }
}

impl Chip {
    /// Compares the last known shunt voltage.
    pub(crate) fn look(&mut self, now: SimTime) {
        match self.power {
            Power::Normal | Power::Idle => self.look_at_protections(now),
            _ => self.comparators.iter_mut().for_each(Comparator::forget),
        }
        self.look_at_wake(now);
    }

    fn look_at_protections(&mut self, now: SimTime) {
        for place in 0..self.comparators.len() {
            let comparator = &mut self.comparators[place];
            let beyond = comparator.threshold.is_reached(self.shunt_v, self.exact);
            if beyond == comparator.beyond {
                continue;
            }
            comparator.beyond = beyond;
            let reason = comparator.reason;
            if self.latched.intersects(reason) {
                comparator.due = SimTime::NEVER;
            } else {
                comparator.restart(now);
            }
            self.note(now, ChipEvent::Compared(reason, beyond));
        }
    }

    fn look_at_wake(&mut self, now: SimTime) {
        let awake = self.power != Power::Idle;
        let quiet = || !self.wake.iter().any(|side| side.is_reached(self.shunt_v, self.exact));
        if awake || quiet() {
            self.wake_due = SimTime::NEVER;
        } else if self.wake_due == SimTime::NEVER {
            self.wake_due = now + self.errors.wake_delay;
        }
    }

    pub(crate) fn settle_comparators(&mut self, now: SimTime) {
        for place in 0..self.comparators.len() {
            let due = self.comparators[place].due;
            if due <= now {
                self.comparators[place].due = SimTime::NEVER;
                self.latch(due, self.comparators[place].reason);
            }
        }
        if self.wake_due <= now {
            self.wake_up(now);
        }
    }
}
