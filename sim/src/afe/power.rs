//! The chip's power states and resets: warm-up, NORMAL, IDLE, SLEEP, Write mode, and failure
//! (SH367309 datasheet V1.2, p1-13).

use super::chip::{Chip, ChipEvent, ResetKind};
use super::codes::{Config, WATCHDOG_MS};
use super::comparator::{ALL, Comparator};
use super::converter::Scan;
use super::registers::{EEPROM_BYTES, Ram, TR, conf, flag2};
use crate::time::{SimTime, Span};
use bms_core::protect::Reasons;

/// From any reset until the chip measures and answers.
pub(crate) const WARM_UP: Span = Span::from_millis(250);
/// After warm-up, broken wires and failures are not looked for.
const FAILURE_INHIBIT: Span = Span::from_millis(8 * 60_000);
/// How long the programming voltage must stand before the EEPROM can be written.
pub(crate) const VPRO_SETTLE: Span = Span::from_millis(10);
/// Programming time of one EEPROM byte.
pub(crate) const EEPROM_BYTE: Span = Span::from_millis(35);
/// How long a charger must be present to wake the chip from SLEEP, typically.
const CHARGER_WAKE: Span = Span::from_millis(500);

/// What the chip as a whole is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    /// No supply, or SHIP; until then.
    Down { until: SimTime },
    /// After a reset.
    WarmUp { until: SimTime },
    /// Everything runs.
    Normal,
    /// Converters and bus sleep, comparators watch.
    Idle,
    /// Everything sleeps but the charger detector.
    Sleep { since: SimTime },
    /// The programming voltage is on: drivers and protections off.
    Write,
    /// Permanent failure: only the bus is left.
    Failed,
}

/// The way to programmed EEPROM bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WriteMode {
    /// The programming voltage is on.
    vpro: bool,
    /// When the programming voltage has stood long enough.
    settled: Option<SimTime>,
    byte: Option<Programming>,
    /// This programming operation, counted from 1, leaves the byte as it was.
    pub(crate) worn_at: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Programming {
    address: u8,
    data: u8,
    done: SimTime,
}

impl WriteMode {
    pub(crate) fn due(&self) -> SimTime {
        let byte = self.byte.map_or(SimTime::NEVER, |byte| byte.done);
        self.settled.unwrap_or(SimTime::NEVER).min(byte)
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.byte.is_some()
    }
}

impl Chip {
    pub(crate) fn power_due(&self) -> SimTime {
        match self.power {
            Power::Down { until } | Power::WarmUp { until } => until,
            Power::Sleep { since } => {
                self.port.charger_present_for(self.errors.stretched(CHARGER_WAKE), since)
            }
            _ => SimTime::NEVER,
        }
    }

    pub(crate) fn settle_power(&mut self, at: SimTime) {
        if self.power_due() > at {
            return;
        }
        match self.power {
            Power::Down { .. } => self.warm_up(at),
            Power::WarmUp { .. } => self.become_ready(at),
            _ => self.wake_up(at),
        }
    }

    /// Everything volatile is lost; the stored image becomes the applied one.
    pub(crate) fn reset(&mut self, now: SimTime, kind: ResetKind) {
        self.tear_byte();
        for reason in self.latched.iter() {
            self.note(now, ChipEvent::Latched(reason, false));
        }
        self.latched = Reasons::empty();
        self.watchdog = false;
        self.watchdog_due = SimTime::NEVER;
        self.ram = Ram::after_reset();
        self.config = Config::decode(&self.stored);
        self.comparators = Comparator::all(&self.config, &self.errors);
        self.warm_up(now);
        self.note(now, ChipEvent::Reset(kind));
    }

    fn warm_up(&mut self, now: SimTime) {
        self.enter(now, Power::WarmUp { until: now + WARM_UP });
    }

    fn become_ready(&mut self, now: SimTime) {
        self.enter(now, Power::Normal);
        let cycle = self.scan.map_or(Span(0), |scan| scan.end - scan.start);
        #[expect(clippy::cast_precision_loss, reason = "a cycle is 10^8 ns")]
        let phase = super::errors::rounded(self.errors.phase * cycle.0 as f64).unsigned_abs();
        self.scan = Some(Scan::begin(now + Span(phase), &self.errors));
        self.sampled.inhibit_failure(now + FAILURE_INHIBIT);
        if self.write.vpro {
            self.set_vpro(now, true);
        }
        self.note(now, ChipEvent::Ready);
    }

    /// Changes state: converters and comparators start over in NORMAL and stop elsewhere.
    pub(crate) fn enter(&mut self, now: SimTime, power: Power) {
        self.power = power;
        self.clock = now;
        self.sampled.restart();
        self.scan = (power == Power::Normal).then(|| Scan::begin(now, &self.errors));
        self.run_counter(now);
        if power != Power::Normal && power != Power::Write {
            self.clear_balance();
        }
        self.refresh_levels();
        self.look(now);
        self.decide(now);
    }

    /// IDLE if it is wanted, nothing is latched or about to be, and no current flows.
    pub(crate) fn consider_idle(&mut self, now: SimTime) {
        let quiet = self.latched.is_empty()
            && !self.sampled.is_counting()
            && self.comparators.iter().all(|c| c.due == SimTime::NEVER)
            && !self.wake.iter().any(|side| side.is_reached(self.shunt_v, self.exact));
        if self.permits(conf::IDLE) && quiet && self.power == Power::Normal {
            self.enter(now, Power::Idle);
            self.note(now, ChipEvent::Slept);
        }
    }

    /// SLEEP if it is wanted; a failed chip may not.
    pub(crate) fn consider_sleep(&mut self, now: SimTime) {
        if self.permits(conf::SLEEP) && self.power == Power::Normal {
            self.watchdog_due = SimTime::NEVER;
            self.enter(now, Power::Sleep { since: now });
            self.note(now, ChipEvent::Slept);
        }
    }

    /// From IDLE or SLEEP to NORMAL.
    pub(crate) fn wake_up(&mut self, now: SimTime) {
        self.ram.conf &= !(conf::SLEEP | conf::IDLE);
        self.ram.flag2 |= flag2::WAKE;
        self.alarm = true;
        self.enter(now, Power::Normal);
        self.feed_watchdog(now);
        self.note(now, ChipEvent::Woke);
    }

    /// A valid transaction, or a change of the watchdog's set-up.
    pub(crate) fn feed_watchdog(&mut self, now: SimTime) {
        let period = Span::from_millis(WATCHDOG_MS[usize::from(self.ram.rststat & 3)]);
        let runs = self.permits(conf::ENWDT) && !self.watchdog;
        self.watchdog_due = if runs { now + self.errors.stretched(period) } else { SimTime::NEVER };
    }

    /// Drives the programming voltage.
    pub fn set_vpro(&mut self, now: SimTime, on: bool) {
        self.vpro_driven = on;
        let on = on && !self.flaws.is_vpro_missing();
        self.write.vpro = on;
        match (on, self.power) {
            (true, Power::Normal | Power::Idle | Power::Sleep { .. } | Power::Failed) => {
                self.write.settled.get_or_insert(now + VPRO_SETTLE);
            }
            (false, _) => {
                self.write.settled = None;
                self.tear_byte();
                if self.power == Power::Write {
                    let failed = self.latched.contains(Reasons::ABNORMAL_HIGH_VOLTAGE);
                    self.enter(now, if failed { Power::Failed } else { Power::Normal });
                }
            }
            _ => {}
        }
    }

    /// Drives the CTL input low (`true`) or high.
    pub fn set_ctl(&mut self, now: SimTime, low: bool) {
        self.ctl_low = low;
        self.decide(now);
    }

    /// Drives the SHIP input low (`true`): everything off; leaving it is a reset.
    pub fn set_ship(&mut self, now: SimTime, low: bool) {
        let shipped = self.power == Power::Down { until: SimTime::NEVER };
        if low && !shipped {
            self.reset(now, ResetKind::Ship);
            self.enter(now, Power::Down { until: SimTime::NEVER });
        } else if !low && shipped {
            self.warm_up(now);
        }
    }

    /// The supply drops for `length`: a low-voltage reset, then warm-up.
    pub fn brown_out(&mut self, now: SimTime, length: Span) {
        self.reset(now, ResetKind::Supply);
        self.enter(now, Power::Down { until: now + length });
    }

    /// From now on the `nth` programming operation (from 1) leaves its byte as it was.
    pub fn wear_eeprom(&mut self, nth: u32) {
        self.write.worn_at = Some(nth);
    }

    pub(crate) fn settle_write(&mut self, at: SimTime) {
        if self.write.settled.is_some_and(|settled| settled <= at) {
            self.write.settled = None;
            self.enter(at, Power::Write);
        }
        if let Some(byte) = self.write.byte.filter(|byte| byte.done <= at) {
            self.write.byte = None;
            let worn = self.write.worn_at == Some(self.stats.eeprom_writes);
            if !worn && !self.flaws.is_worn(self.stats.eeprom_writes) {
                self.stored[usize::from(byte.address)] = byte.data;
            }
        }
    }

    /// Begins to program a byte. Without Write mode nothing happens; the trim is read-only.
    pub(crate) fn program(&mut self, now: SimTime, address: u8, data: u8) {
        if self.power == Power::Write && address < TR {
            self.stats.eeprom_writes += 1;
            let done = now + EEPROM_BYTE;
            self.write.byte = Some(Programming { address, data, done });
        }
    }

    /// A byte whose programming was interrupted is left erased.
    fn tear_byte(&mut self) {
        if let Some(byte) = self.write.byte.take() {
            self.stored[usize::from(byte.address)] = 0xFF;
        }
        self.write.settled = None;
    }

    /// The current protections, as one group for OCRC.
    pub(crate) fn clear_currents(&mut self, now: SimTime) {
        for reason in (self.latched & ALL).iter() {
            self.unlatch(now, reason);
        }
    }
}

const _: () = assert!(EEPROM_BYTES == TR as usize + 1, "the trim is the last byte");
