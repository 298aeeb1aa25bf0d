//! A run from its begin to its end: whose turn it is, and what follows.

use super::{Abort, Bench};
use crate::queue::Actor;
use crate::time::{SimTime, Span};
use crate::trace::Outcome;
use crate::world::{Stop, World};
use bms_core::afe::Afe;

impl<W: World, A: Afe> Bench<'_, W, A> {
    /// From now on the run goes on: rows, the outside and its script, the end.
    pub(super) fn plan_run(&mut self) {
        let setup = self.setup;
        self.agenda.plan(Actor::Recorder, self.epoch);
        self.agenda.plan(Actor::End, self.at(setup.duration));
        if let Some(first) = setup.timeline.first() {
            self.agenda.plan(Actor::Stimulus, self.at(first.at));
        }
        if self.script.is_some() {
            self.agenda.plan(Actor::Script, self.epoch);
        }
    }

    /// A time of the run on the bench's clock.
    pub(super) fn at(&self, time: SimTime) -> SimTime {
        if time == SimTime::NEVER { time } else { time + Span(self.epoch.0) }
    }

    pub(super) fn begin(&mut self) -> Result<(), Abort> {
        if self.setup.latched.is_empty() {
            self.plan_run();
            return self.settle();
        }
        self.settle()?;
        self.roll()?;
        self.settle()
    }

    pub(super) fn loop_until_end(&mut self) -> Result<Outcome, Abort> {
        loop {
            let actor = self.turn()?;
            if actor == Actor::End {
                return Ok(self.ending(self.world.now()));
            }
            if let Some(outcome) = self.follow_script(actor)? {
                return Ok(outcome);
            }
            self.record_anchors();
        }
    }

    /// Somebody acts, and what follows at the same moment is settled. Who it was; nothing has
    /// followed from the end of the run.
    pub(super) fn turn(&mut self) -> Result<Actor, Abort> {
        self.plan_hardware();
        let (at, _) = self.agenda.peek();
        let stop = self.world.run_until(at, self.chip.chip().levels());
        let stop = stop.map_err(|error| Abort { at: error.at, why: error.what })?;
        self.stats.events += 1;
        if self.stats.events > self.setup.event_budget {
            let why = format!("more than {} events", self.setup.event_budget);
            return Err(Abort { at: self.world.now(), why });
        }
        let actor = if let Stop::Crossed { .. } = stop {
            self.agenda.interrupt(self.world.now(), Actor::World);
            Actor::World
        } else {
            let (now, actor) = self.agenda.take();
            if actor == Actor::End {
                return Ok(actor);
            }
            self.act(actor, now);
            actor
        };
        self.settle()?;
        Ok(actor)
    }

    /// Plans what the hardware will do by itself.
    fn plan_hardware(&mut self) {
        let chip = self.chip.chip().next_event();
        let world = self.world.next_change().unwrap_or(SimTime::NEVER);
        self.agenda.plan(Actor::FrontEnd, chip);
        self.agenda.plan(Actor::World, world);
    }

    fn act(&mut self, actor: Actor, now: SimTime) {
        match actor {
            Actor::Stimulus => self.stimulate(now),
            Actor::ButtonRelease => {
                self.board.button = false;
                self.wake_firmware(now);
            }
            // A value that jumps crosses its limit now, not on the line from the last look.
            Actor::World if self.world.jumped() => self.look(true),
            // The script looks after whatever happens, so also now.
            Actor::World | Actor::Script | Actor::End => {}
            Actor::FrontEnd => self.chip.chip().advance(now, &self.world),
            Actor::Firmware if self.processor.runs() => self.step_firmware(now),
            Actor::Firmware if self.processor.boots => self.boot(now),
            Actor::Firmware => {} // it is woken when it runs again
            Actor::Recorder => {
                self.record();
                if !self.processor.runs() {
                    self.forget(now);
                }
                self.agenda.plan(Actor::Recorder, self.next_record(now));
            }
        }
    }
}
