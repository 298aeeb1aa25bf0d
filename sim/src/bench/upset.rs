//! Faults find what they break: the plant, the chip, the bus, the microcontroller.

use super::Bench;
use super::processor::{Clock, follow};
use crate::fault::{Fault, Place};
use crate::oracle::Rule;
use crate::queue::Actor;
use crate::time::SimTime;
use crate::trace::{Event, EventKind, Switch};
use crate::world::World;
use bms_core::afe::Afe;
use bms_core::bms::Decision;
use bms_core::controller::Controller;

impl<W: World, A: Afe> Bench<'_, W, A> {
    /// A fault begins or is gone. What no part of this run can carry out breaks an invariant: the
    /// gate refuses it, so it comes from a set-up that passed no gate.
    /// What never began cannot end: a script may say so of a fault that it did not get to.
    pub(super) fn inject(&mut self, now: SimTime, fault: &Fault, begins: bool) {
        if !begins && !self.lasting.contains(fault) {
            return;
        }
        follow(&mut self.lasting, fault.clone(), begins);
        let kind = EventKind::Fault(fault.clone(), begins);
        self.events.push(Event { at: now, kind });
        let known = fault.refusal(self.setup).is_none()
            && match fault.place() {
                Place::Plant => self.world.inject(fault, begins),
                Place::Chip => self.chip.chip().inject(now, fault, begins),
                Place::Bus => self.line.inject(fault, begins),
                Place::CtlLine => {
                    let low = *fault == Fault::CtlStuckLow;
                    follow(&mut self.processor.ctl_stuck_low, low, begins);
                    self.follow_ctl(now);
                    true
                }
                Place::Processor => {
                    self.upset(now, fault, begins);
                    true
                }
            };
        if !matches!(fault.place(), Place::Plant) {
            self.disturbances = match begins {
                true => self.disturbances + 1,
                false => self.disturbances.saturating_sub(1),
            };
            self.oracle.disturb((self.disturbances == 0).then_some(now));
        }
        if !known {
            let what = format!("{}: nothing in this run can break so: {fault}", Rule::Parts);
            self.events.push(Event { at: now, kind: EventKind::Broken(what) });
        }
    }

    /// Chip and microcontroller see the CTL line as it is.
    pub(super) fn follow_ctl(&mut self, now: SimTime) {
        let low = self.processor.ctl_low();
        self.board.ctl_low = low;
        self.chip.chip().set_ctl(now, low);
        self.wake_firmware(now);
    }

    fn upset(&mut self, now: SimTime, fault: &Fault, begins: bool) {
        let count = |many: usize| if begins { many + 1 } else { many.saturating_sub(1) };
        let ran = self.processor.runs();
        let had_supply = self.processor.brown_outs == 0;
        match *fault {
            Fault::ProcessorStalled => self.processor.stalls = count(self.processor.stalls),
            Fault::ProcessorBrownOut => {
                self.processor.brown_outs = count(self.processor.brown_outs);
            }
            Fault::ProcessorClock { share } => {
                follow(&mut self.processor.rates, 1.0 + share, begins);
                self.retime(now);
            }
            _ => {}
        }
        match (had_supply, self.processor.brown_outs == 0) {
            (true, false) => self.lose_supply(now),
            (false, true) => self.start_anew(now),
            _ => {}
        }
        if !ran && (self.processor.runs() || self.processor.boots) {
            self.wake_firmware(now);
        }
    }

    fn retime(&mut self, now: SimTime) {
        let times = self.processor.rates.iter().product();
        self.processor.clock.run_at(now, times);
        let wake = self.processor.clock.moment(self.decision.wake);
        self.agenda.plan_no_later(Actor::Firmware, wake.max(SimTime(now.0 + 1)));
    }

    /// Its pins go off, and so does what they drive. The chip goes on by itself until its watchdog
    /// expires.
    fn lose_supply(&mut self, now: SimTime) {
        for (switch, on) in [
            (Switch::Precharge, self.decision.gates.precharge),
            (Switch::Limiter, self.decision.gates.limiter),
        ] {
            if on {
                self.drive(now, switch, false);
            }
        }
        self.chip.chip().set_vpro(now, false);
        self.note_decision(now, &Decision::default());
        self.decision = Decision::default();
    }

    /// From power-on: the timer starts from zero; readings, latches, alarm records and the state of
    /// charge are gone, because this firmware keeps nothing in memory that outlives its supply but
    /// before a restart that it orders itself.
    fn start_anew(&mut self, now: SimTime) {
        if self.processor.boots {
            return self.wake_firmware(now);
        }
        self.controller = Controller::new((self.front_end)(), &self.setup.params)
            .expect("the parameters were accepted at the start of the run");
        self.processor.clock = Clock::started(now);
        self.retime(now);
    }
}
