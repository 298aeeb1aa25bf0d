//! From latches, permits and pins to the three driver outputs: off at once, on after the turn-on
//! delay (SH367309 datasheet V1.2, p13-37; PS-MOS-1, PS-MOS-2).

use super::chip::{Chip, ChipEvent, Drivers};
use super::comparator::{ALL, DISCHARGE_OC1};
use super::power::Power;
use super::registers::conf;
use crate::time::{SimTime, Span};
use crate::trace::Switch;
use bms_core::params::CtlAction;
use bms_core::protect::Reasons;

/// The body-diode saver keeps the charge MOSFET on this long after its condition has ended.
const RECOVERY_HOLD: Span = Span::from_millis(10);
/// With UV_OP, the charge MOSFET comes back this long after a charger was detected.
const CHARGER_SETTLE: Span = Span::from_millis(100);

/// A driver pin.
#[derive(Clone, Copy, Debug)]
struct Driver {
    on: bool,
    /// When it turns on.
    due: SimTime,
}

/// The three drivers, and the body-diode saver's hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gates {
    charge: Driver,
    discharge: Driver,
    precharge: Driver,
    /// The body-diode saver holds the charge driver until then.
    hold: SimTime,
    /// When a decision must be made again because time alone changes it.
    review: SimTime,
}

impl Default for Gates {
    fn default() -> Self {
        let off = Driver { on: false, due: SimTime::NEVER };
        Self {
            charge: off,
            discharge: off,
            precharge: off,
            hold: SimTime::ZERO,
            review: SimTime::NEVER,
        }
    }
}

impl Gates {
    pub(crate) fn due(&self) -> SimTime {
        self.charge.due.min(self.discharge.due).min(self.precharge.due).min(self.review)
    }
}

impl Driver {
    /// Follows `wanted`; answers with the new state if the pin changes now.
    fn follow(&mut self, wanted: bool, now: SimTime, delay: Span) -> Option<bool> {
        if !wanted {
            self.due = SimTime::NEVER;
            return core::mem::take(&mut self.on).then_some(false);
        }
        if !self.on && self.due == SimTime::NEVER {
            self.due = now + delay;
        }
        if self.due > now {
            return None;
        }
        *self = Self { on: true, due: SimTime::NEVER };
        Some(true)
    }
}

impl Chip {
    /// What the driver pins do now.
    #[must_use]
    pub fn drivers(&self) -> Drivers {
        Drivers {
            charge: self.gates.charge.on,
            discharge: self.gates.discharge.on,
            precharge: self.gates.precharge.on,
        }
    }

    pub(crate) fn settle_gates(&mut self, at: SimTime) {
        if self.gates.due() <= at {
            self.decide(at);
        }
    }

    /// Decides anew what every driver shall do.
    pub(crate) fn decide(&mut self, now: SimTime) {
        self.gates.review = SimTime::NEVER;
        let wanted = self.wanted(now);
        let delay = self.errors.turn_on(self.config.turn_on);
        let changes = [
            (Switch::Charge, self.gates.charge.follow(wanted.charge, now, delay)),
            (Switch::Discharge, self.gates.discharge.follow(wanted.discharge, now, delay)),
            (Switch::LowCellPrecharge, self.gates.precharge.follow(wanted.precharge, now, delay)),
        ];
        for (switch, change) in changes {
            if let Some(on) = change {
                self.note(now, ChipEvent::Driver(switch, on));
            }
        }
    }

    fn wanted(&mut self, now: SimTime) -> Drivers {
        let running = matches!(self.power, Power::Normal | Power::Idle) && !self.watchdog;
        let currents = self.latched & ALL;
        if !running || (self.config.over_current_opens_both && !currents.is_empty()) {
            return Drivers::default();
        }
        Drivers {
            charge: self.wants_charge(now),
            discharge: self.wants_discharge(),
            precharge: self.wants_precharge(),
        }
    }

    fn ctl_blocks(&self, either: CtlAction) -> bool {
        self.ctl_low && (self.config.ctl == either || self.config.ctl == CtlAction::Both)
    }

    fn wants_discharge(&self) -> bool {
        let blocking = Reasons::UNDER_VOLTAGE
            | Reasons::AFE_DISCHARGE_OC1
            | Reasons::AFE_DISCHARGE_OC2
            | Reasons::SHORT_CIRCUIT
            | Reasons::CELL_DISCHARGE_HOT
            | Reasons::CELL_DISCHARGE_COLD;
        self.permits(conf::DSGMOS)
            && !self.latched.intersects(blocking)
            && !self.ctl_blocks(CtlAction::Discharge)
    }

    fn wants_charge(&mut self, now: SimTime) -> bool {
        let recovers = self.recovers(now);
        let blocking = Reasons::AFE_CHARGE_OC | Reasons::LOW_VOLTAGE_PROHIBIT;
        let spared = Reasons::OVER_VOLTAGE | Reasons::CELL_CHARGE_HOT | Reasons::CELL_CHARGE_COLD;
        self.permits(conf::CHGMOS)
            && !self.latched.intersects(blocking)
            && !self.ctl_blocks(CtlAction::Charge)
            && !self.sampled.trickling
            && !self.under_voltage_blocks_charge(now)
            && (recovers || !self.latched.intersects(spared))
    }

    /// Discharge current would flow through the charge MOSFET's body diode, or did 10 ms ago.
    /// Above the OCD1 level the turn-on delay is the wait that the datasheet asks for.
    fn recovers(&mut self, now: SimTime) -> bool {
        let flows = self.comparators[DISCHARGE_OC1].beyond || self.sampled.discharging();
        if !self.config.mos_recovery {
            return false;
        }
        if flows {
            self.gates.hold = SimTime::NEVER;
        } else if self.gates.hold == SimTime::NEVER {
            self.gates.hold = if self.gates.charge.on { now + RECOVERY_HOLD } else { now };
        }
        let held = now < self.gates.hold;
        if held && !flows {
            self.gates.review = self.gates.review.min(self.gates.hold);
        }
        held
    }

    /// With UV_OP, under-voltage opens the charge MOSFET until a charger has been there a while.
    fn under_voltage_blocks_charge(&mut self, now: SimTime) -> bool {
        let latched = self.latched.contains(Reasons::UNDER_VOLTAGE);
        if !latched || !self.config.under_voltage_opens_both {
            return false;
        }
        let back = self.port.charger_present_for(CHARGER_SETTLE, SimTime::ZERO);
        if back > now {
            self.gates.review = self.gates.review.min(back);
        }
        back > now
    }

    /// The trickle charge of a low cell, and everything that forbids it.
    fn wants_precharge(&self) -> bool {
        let blocking = Reasons::OVER_VOLTAGE
            | Reasons::CELL_CHARGE_HOT
            | Reasons::CELL_CHARGE_COLD
            | Reasons::AFE_CHARGE_OC
            | Reasons::LOW_VOLTAGE_PROHIBIT;
        self.sampled.trickling
            && self.permits(conf::PCHMOS)
            && !self.latched.intersects(blocking)
            && !self.ctl_blocks(CtlAction::Charge)
    }
}
