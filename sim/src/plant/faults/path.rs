//! Faults of the power path (equation numbers P in `docs/physics-plant.md`).

use crate::fault::Fault;
use crate::plant::Plant;
use crate::trace::Switch;

impl Plant {
    /// Begins or ends a fault; whether it is one of these. The caller has ended the running segment
    /// and plans the next.
    pub(in crate::plant) fn inject_path(&mut self, fault: &Fault, begins: bool) -> bool {
        let value = |value: f64| begins.then_some(value);
        match *fault {
            Fault::StuckOn(switch) => self.stick(switch, begins.then_some(true)),
            Fault::StuckOff(switch) => self.stick(switch, begins.then_some(false)),
            Fault::LimiterStuckOn => self.stick(Switch::Limiter, begins.then_some(true)),
            Fault::LimiterStuckOff => self.stick(Switch::Limiter, begins.then_some(false)),
            Fault::SlowGate { switch, times } => {
                self.switches.channel(switch).slow = value(times);
            }
            Fault::LeakyMosfet { switch, ohm } => {
                self.switches.channel(switch).leak_ohm = value(ohm);
            }
            Fault::PrechargeOpen => self.path.faults.precharge_open = begins,
            Fault::FuseBlown => self.path.faults.fuse_blown = begins,
            Fault::LimiterCurrent { ampere } => self.path.faults.limiter_a = value(ampere),
            Fault::GroundLeak { ohm } => self.path.faults.ground_ohm = value(ohm),
            Fault::ShuntDrift { share } => self.path.faults.drift = value(share).unwrap_or(0.0),
            Fault::ShuntOpen { ohm } => self.path.faults.shunt_ohm = value(ohm),
            Fault::ShuntSilent => self.path.faults.silent = begins,
            Fault::ShuntReversed => self.path.faults.reversed = begins,
            _ => return false,
        }
        true
    }

    /// A switch no longer follows its driver, or does again.
    fn stick(&mut self, switch: Switch, stuck: Option<bool>) {
        let channel = self.switches.channel(switch);
        channel.stuck = stuck;
        channel.pending = None;
        let on = stuck.unwrap_or(channel.driven);
        if on != self.switches.is_on(switch) {
            self.turn(switch, on);
        }
    }
}
