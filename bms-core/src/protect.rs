//! One state machine for every limit, and the set of reasons it produces.

use crate::limits::{LIMITS_MAX, Lift, Limit};
use crate::measure::{News, Reading};
use crate::time::{Duration, Instant};
use bitflags::bitflags;
use heapless::Vec;

bitflags! {
    /// Protections and faults, each a reason to keep a switch off.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Reasons: u32 {
        /// Cell over-voltage (PS-OV-1).
        const OVER_VOLTAGE = 1 << 0;
        /// Abnormal high voltage (PS-AHV-1).
        const ABNORMAL_HIGH_VOLTAGE = 1 << 1;
        /// Cell under-voltage (PS-UV-1).
        const UNDER_VOLTAGE = 1 << 2;
        /// Low-voltage charge prohibition (PS-LVC-1).
        const LOW_VOLTAGE_PROHIBIT = 1 << 3;
        /// Charge over-current, ampere layer (PS-COC-1).
        const CHARGE_OC = 1 << 4;
        /// Discharge over-current, ampere layer (PS-DOC-1).
        const DISCHARGE_OC = 1 << 5;
        /// Charge over-current, front-end comparator (PS-COC-3).
        const AFE_CHARGE_OC = 1 << 6;
        /// Discharge over-current, front-end stage 1 (PS-DOC-3).
        const AFE_DISCHARGE_OC1 = 1 << 7;
        /// Discharge over-current, front-end stage 2 (PS-DOC-4).
        const AFE_DISCHARGE_OC2 = 1 << 8;
        /// Short circuit (PS-SCP-1).
        const SHORT_CIRCUIT = 1 << 9;
        /// A cell sensor is too hot to charge (PS-TMP-1).
        const CELL_CHARGE_HOT = 1 << 10;
        /// A cell sensor is too cold to charge (PS-TMP-2).
        const CELL_CHARGE_COLD = 1 << 11;
        /// A cell sensor is too hot to discharge (PS-TMP-3).
        const CELL_DISCHARGE_HOT = 1 << 12;
        /// A cell sensor is too cold to discharge (PS-TMP-4).
        const CELL_DISCHARGE_COLD = 1 << 13;
        /// A MOSFET sensor is too hot to charge (PS-TMP-1).
        const MOS_CHARGE_HOT = 1 << 14;
        /// A MOSFET sensor is too cold to charge (PS-TMP-2).
        const MOS_CHARGE_COLD = 1 << 15;
        /// A MOSFET sensor is too hot to discharge (PS-TMP-3).
        const MOS_DISCHARGE_HOT = 1 << 16;
        /// A MOSFET sensor is too cold to discharge (PS-TMP-4).
        const MOS_DISCHARGE_COLD = 1 << 17;
        /// The emergency-stop loop is open (PS-RPS-1).
        const EMERGENCY_STOP = 1 << 18;
        /// The CTL input is low (PS-CTL-1).
        const CTL_LOW = 1 << 19;
        /// The charge MOSFET does not do as it is told (PS-MOS-3).
        const CHARGE_MOS_FAULT = 1 << 20;
        /// The discharge MOSFET does not do as it is told (PS-MOS-3).
        const DISCHARGE_MOS_FAULT = 1 << 21;
        /// The front end is silent, doubtful, reset or frozen.
        const FRONT_END = 1 << 22;
        /// A temperature sensor is open or shorted.
        const SENSOR = 1 << 23;
    }
}

/// What an input means to a protection now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The condition that trips it holds.
    Danger,
    /// Neither the condition that trips it nor the one that releases it.
    Between,
    /// The condition that releases it holds.
    Safe,
}

impl Signal {
    /// A condition without a band between danger and safety.
    #[must_use]
    pub const fn of(danger: bool) -> Self {
        if danger { Self::Danger } else { Self::Safe }
    }
}

/// The times of a protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long the danger must last without a break (AMB-X-04).
    pub delay: Duration,
    /// Consecutive dangerous samples that trip it if there is no delay (AMB-X-06).
    pub confirm: u8,
    /// From the trip to the release, if time releases it (AMB-X-05).
    pub recovery: Option<Duration>,
}

impl Timing {
    /// Trips at once and is not released by time.
    pub const IMMEDIATE: Self = Self { delay: Duration::ZERO, confirm: 1, recovery: None };
}

/// The state of one protection. Each state carries what it needs and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protection {
    /// No danger.
    #[default]
    Clear,
    /// The danger holds, but not for long enough.
    Pending {
        /// Since when.
        since: Instant,
        /// Dangerous samples in a row.
        seen: u8,
    },
    /// In force.
    Tripped {
        /// Since when.
        at: Instant,
    },
}

impl Protection {
    /// Judges `signal` at `now`. `sampled` tells whether the signal is news: between samples a
    /// running delay goes on with what the last sample said.
    #[must_use]
    pub fn next(self, now: Instant, signal: Signal, sampled: bool, timing: &Timing) -> Self {
        match (self, signal) {
            (Self::Tripped { .. }, Signal::Safe) => Self::Clear,
            (Self::Tripped { at }, _) if recovered(now, at, timing) => {
                Self::rearmed(now, signal, timing)
            }
            (Self::Tripped { at }, _) => Self::Tripped { at },
            (_, Signal::Safe | Signal::Between) => Self::Clear,
            (Self::Clear, Signal::Danger) => Self::settled(now, now, 1, timing),
            (Self::Pending { since, seen }, Signal::Danger) => {
                Self::settled(now, since, seen.saturating_add(u8::from(sampled)), timing)
            }
        }
    }

    /// The moment at which the state changes by itself, if there is one.
    #[must_use]
    pub fn deadline(self, timing: &Timing) -> Option<Instant> {
        match self {
            Self::Pending { since, .. } if timing.delay > Duration::ZERO => {
                Some(since + timing.delay)
            }
            Self::Tripped { at } => timing.recovery.map(|recovery| at + recovery),
            Self::Clear | Self::Pending { .. } => None,
        }
    }

    /// Whether it is in force.
    #[must_use]
    pub const fn is_tripped(self) -> bool {
        matches!(self, Self::Tripped { .. })
    }

    fn settled(now: Instant, since: Instant, seen: u8, timing: &Timing) -> Self {
        let long_enough = if timing.delay > Duration::ZERO {
            now.since(since) >= timing.delay
        } else {
            seen >= timing.confirm
        };
        if long_enough { Self::Tripped { at: now } } else { Self::Pending { since, seen } }
    }

    /// After a timed release a danger that persists starts its delay anew.
    fn rearmed(now: Instant, signal: Signal, timing: &Timing) -> Self {
        match signal {
            Signal::Danger if timing.delay > Duration::ZERO => {
                Self::Pending { since: now, seen: 1 }
            }
            _ => Self::Clear,
        }
    }
}

fn recovered(now: Instant, at: Instant, timing: &Timing) -> bool {
    timing.recovery.is_some_and(|recovery| now.since(at) >= recovery)
}

/// A protection on something that is not a measured quantity: a latch of the front end, an input,
/// a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Which protection.
    pub reason: Reasons,
    /// What it means now.
    pub signal: Signal,
    /// Its times.
    pub timing: Timing,
}

/// What the limits are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The last good reading; before the first no limit is judged.
    pub reading: Option<&'a Reading>,
    /// What of it is new.
    pub news: News,
    /// States that lift protections.
    pub lifting: Lift,
    /// The load has been away for long enough.
    pub load_gone: bool,
}

/// All protections of a pack: the limits of the table, and the conditions beside it.
#[derive(Clone, Debug)]
pub struct Protections {
    limits: Vec<(Limit, Protection), LIMITS_MAX>,
    conditions: [Protection; CONDITIONS],
    active: Reasons,
    pending: Reasons,
    deadline: Option<Instant>,
}

/// Protections that are not limits of the table: four front-end latches, two inputs, two MOSFET
/// faults, the front end and its sensors.
pub const CONDITIONS: usize = 10;

impl Protections {
    /// All clear.
    #[must_use]
    pub fn new(table: &Vec<Limit, LIMITS_MAX>) -> Self {
        Self {
            limits: table.iter().map(|limit| (*limit, Protection::Clear)).collect(),
            conditions: [Protection::Clear; CONDITIONS],
            active: Reasons::empty(),
            pending: Reasons::empty(),
            deadline: None,
        }
    }

    /// Judges everything at `now`. `conditions` must be the same reasons in the same order at
    /// every call.
    pub fn update(
        &mut self,
        now: Instant,
        situation: &Situation<'_>,
        conditions: &[Condition; CONDITIONS],
    ) {
        (self.active, self.pending, self.deadline) = (Reasons::empty(), Reasons::empty(), None);
        self.update_limits(now, situation);
        for (index, condition) in conditions.iter().enumerate() {
            let next = self.conditions[index].next(now, condition.signal, true, &condition.timing);
            self.conditions[index] = next;
            self.note(condition.reason, next, &condition.timing);
        }
    }

    /// Another table of limits. What is pending or in force stays so.
    pub fn retable(&mut self, table: &Vec<Limit, LIMITS_MAX>) {
        let state = |limit: &Limit| {
            let old = self.limits.iter().find(|(old, _)| old.reason == limit.reason);
            old.map_or(Protection::Clear, |(_, state)| *state)
        };
        self.limits = table.iter().map(|limit| (*limit, state(limit))).collect();
    }

    /// Forgets everything: the pack is switched off.
    pub fn clear(&mut self) {
        for (_, protection) in &mut self.limits {
            *protection = Protection::Clear;
        }
        self.conditions = [Protection::Clear; CONDITIONS];
        (self.active, self.pending, self.deadline) = (Reasons::empty(), Reasons::empty(), None);
    }

    /// Protections in force.
    #[must_use]
    pub const fn active(&self) -> Reasons {
        self.active
    }

    /// Protections whose danger holds but not for long enough yet.
    #[must_use]
    pub const fn pending(&self) -> Reasons {
        self.pending
    }

    /// The next moment at which a delay or a recovery ends.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn update_limits(&mut self, now: Instant, situation: &Situation<'_>) {
        let Some(reading) = situation.reading else { return self.keep_limits() };
        for index in 0..self.limits.len() {
            let (limit, protection) = &mut self.limits[index];
            let sampled = situation.news.covers(limit.quantity);
            let signal = limit.judge(reading, situation.lifting, situation.load_gone);
            let timing = limit.timing();
            let next = protection.next(now, signal, sampled, &timing);
            *protection = next;
            let reason = limit.reason;
            self.note(reason, next, &timing);
        }
    }

    /// Without a reading every limit stays as it is.
    fn keep_limits(&mut self) {
        for index in 0..self.limits.len() {
            let (limit, protection) = self.limits[index];
            self.note(limit.reason, protection, &limit.timing());
        }
    }

    fn note(&mut self, reason: Reasons, state: Protection, timing: &Timing) {
        match state {
            Protection::Clear => return,
            Protection::Pending { .. } => self.pending |= reason,
            Protection::Tripped { .. } => self.active |= reason,
        }
        self.deadline = earliest(self.deadline, state.deadline(timing));
    }
}

/// The earlier of two moments, where there are any.
#[must_use]
pub fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
