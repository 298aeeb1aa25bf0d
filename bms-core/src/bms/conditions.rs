//! The protections beside the limit table: latches of the front end, inputs, MOSFETs that do not
//! obey, and the front end itself.

use super::{Bms, Board, START_TIME_MAX};
use crate::afe::AfeFlags;
use crate::mode::Mode;
use crate::params::CtlAction;
use crate::power::{self, Disobedience};
use crate::protect::{CONDITIONS, Condition, Reasons, Signal, Timing};
use crate::time::Instant;

impl Bms {
    /// All of them, always in this order. `short_over` tells that what looked like a short circuit
    /// has gone: the load was removed, or its capacitors are filled.
    pub(super) fn conditions(
        &self,
        now: Instant,
        board: &Board,
        short_over: bool,
    ) -> [Condition; CONDITIONS] {
        let flags = self.measure.flags();
        let immediate = |reason, danger| Condition {
            reason,
            signal: Signal::of(danger),
            timing: Timing::IMMEDIATE,
        };
        let latch = |reason, flag| immediate(reason, flags.contains(flag));
        let disobedience = self.disobedience(now, board);
        let ctl = self.params.system.ctl != CtlAction::Nothing;
        [
            self.short_circuit(flags, short_over),
            latch(Reasons::AFE_DISCHARGE_OC1, AfeFlags::DISCHARGE_OC1),
            latch(Reasons::AFE_DISCHARGE_OC2, AfeFlags::DISCHARGE_OC2),
            latch(Reasons::AFE_CHARGE_OC, AfeFlags::CHARGE_OC),
            immediate(Reasons::EMERGENCY_STOP, board.emergency_open),
            immediate(Reasons::CTL_LOW, ctl && board.ctl_low),
            self.mos_fault(Reasons::CHARGE_MOS_FAULT, disobedience.charge),
            self.mos_fault(Reasons::DISCHARGE_MOS_FAULT, disobedience.discharge),
            immediate(Reasons::FRONT_END, self.front_end_fault(now)),
            immediate(Reasons::SENSOR, self.measure.sensor_fault()),
        ]
    }

    /// The front end's latch trips it; what ends it is not the latch, which the chip may clear by
    /// itself (AMB-PS-08), but the load's removal or filled capacitors (AMB-PS-36).
    fn short_circuit(&self, flags: AfeFlags, over: bool) -> Condition {
        let tripped = self.protections.active().contains(Reasons::SHORT_CIRCUIT);
        let signal = match flags.contains(AfeFlags::SHORT_CIRCUIT) {
            _ if tripped && over => Signal::Safe,
            true => Signal::Danger,
            false => Signal::Between,
        };
        let timed = self.params.system.short_circuit_timed_recovery;
        let recovery = timed.then_some(self.params.afe_current.auto_recovery);
        Condition {
            reason: Reasons::SHORT_CIRCUIT,
            signal,
            timing: Timing { recovery, ..Timing::IMMEDIATE },
        }
    }

    /// A MOSFET that has failed once is not trusted again until the pack is switched off.
    fn mos_fault(&self, reason: Reasons, disobeys: bool) -> Condition {
        Condition {
            reason,
            signal: if disobeys { Signal::Danger } else { Signal::Between },
            timing: Timing { delay: self.params.mos_fault.time, ..Timing::IMMEDIATE },
        }
    }

    /// Only a live reading tells of a MOSFET.
    fn disobedience(&self, now: Instant, board: &Board) -> Disobedience {
        let live = self.measure.is_complete() && !self.measure.front_end_fault(now);
        let judge = |reading| {
            let flags = self.measure.flags();
            power::disobedience(reading, flags, self.gates, board.port, &self.params)
        };
        self.measure.reading().filter(|_| live).map(judge).unwrap_or_default()
    }

    /// A front end that is being brought up may be silent for a while.
    fn front_end_fault(&self, now: Instant) -> bool {
        match self.mode {
            Mode::Starting => now.since(self.started) > START_TIME_MAX,
            _ => self.measure.front_end_fault(now),
        }
    }
}
