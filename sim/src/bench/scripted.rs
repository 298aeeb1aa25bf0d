//! The script's turn: it is told what happened, reads signals, and its effects are carried out
//! before anybody else acts.

use super::{Abort, Bench};
use crate::observe::{Seen, Signal, State};
use crate::queue::Actor;
use crate::reported::{Readings, Reported};
use crate::script::condition::Moment;
use crate::script::progress::{Effect, Endless, Progress};
use crate::time::SimTime;
use crate::trace::{Event, EventKind, Outcome, Truth};
use crate::world::{Glance, World};
use bms_core::afe::Afe;
use bms_core::bms::Bms;

impl<W: World, A: Afe> Bench<'_, W, A> {
    /// Follows the script at this moment until nothing more comes of it. How a run ends, if the
    /// script ends it.
    pub(super) fn follow_script(&mut self, actor: Actor) -> Result<Option<Outcome>, Abort> {
        let has_begun = self.script.as_ref().is_some_and(Progress::has_begun);
        // Recording a row changes nothing, so also not when the script looks.
        if actor == Actor::Recorder || !(has_begun || actor == Actor::Script) {
            return Ok(None);
        }
        let now = self.world.now();
        loop {
            let effects = self.next_effects(now)?;
            if effects.is_empty() {
                break;
            }
            self.agenda.interrupt(now, Actor::Script);
            if let Some(outcome) = self.carry_out_all(now, effects) {
                return Ok(Some(outcome));
            }
            self.settle()?;
        }
        if let Some(script) = &self.script {
            self.agenda.plan(Actor::Script, script.next(now));
        }
        Ok(None)
    }

    /// How a run that reaches its end ends.
    pub(super) fn ending(&self, at: SimTime) -> Outcome {
        match self.script.as_ref().and_then(Progress::unfinished) {
            Some(why) => Outcome::Failed { at, why: why.to_owned() },
            None => Outcome::Completed,
        }
    }
}

impl<'a, W: World, A: Afe> Bench<'a, W, A> {
    /// Tells the script one event after the other until something follows from one; then lets it
    /// look at time and signals.
    fn next_effects(&mut self, now: SimTime) -> Result<Vec<Effect<'a>>, Abort> {
        let Some(script) = &mut self.script else { return Ok(Vec::new()) };
        let seen =
            Seen { decision: &self.decision, conducting: &self.conducting, display: &self.shown.1 };
        let mut values = Values::new(&self.world, self.controller.bms(), seen);
        let mut advance = |script: &mut Progress<'a>| {
            let effects = script.advance(now, &mut values);
            effects.map_err(|Endless(why)| Abort { at: now, why })
        };
        while let Some(event) = self.events.get(self.told) {
            self.told += 1;
            script.notice(&event.kind);
            let effects = advance(script)?;
            if !effects.is_empty() {
                return Ok(effects);
            }
        }
        advance(script)
    }

    fn carry_out_all(&mut self, now: SimTime, effects: Vec<Effect<'a>>) -> Option<Outcome> {
        self.look(false);
        for effect in effects {
            match effect {
                Effect::Act(action) => {
                    let kind = EventKind::Acted(Box::new(action.clone()));
                    self.events.push(Event { at: now, kind });
                    self.carry_out(now, action);
                }
                Effect::Note(kind) => self.events.push(Event { at: now, kind }),
                Effect::End => return Some(Outcome::Ended { at: now }),
                Effect::Fail(why) => return Some(Outcome::Failed { at: now, why }),
            }
        }
        self.chip.chip().advance(now, &self.world);
        self.look(true);
        None
    }
}

/// What can be waited for, at one moment; each is read only if it is asked for.
struct Values<'w, W> {
    world: &'w W,
    bms: &'w Bms,
    seen: Seen<'w>,
    glance: Option<Glance>,
    truth: Option<Truth>,
    /// What the firmware reports, if it does.
    readings: Option<Option<Readings>>,
}

impl<'w, W: World> Values<'w, W> {
    fn new(world: &'w W, bms: &'w Bms, seen: Seen<'w>) -> Self {
        Self { world, bms, seen, glance: None, truth: None, readings: None }
    }

    fn true_value(&mut self, signal: Signal) -> Option<f64> {
        let glance = self.glance.get_or_insert_with(|| self.world.glance());
        signal.glanced(glance, self.seen.decision).or_else(|| {
            let truth = self.truth.get_or_insert_with(|| self.world.truth());
            signal.read(truth, self.seen.decision)
        })
    }
}

impl<W: World> Moment for Values<'_, W> {
    fn signal(&mut self, signal: Signal) -> Option<f64> {
        match signal {
            Signal::Size(inner) => self.signal(*inner).map(f64::abs),
            Signal::Reported(Reported::Parameter(it)) => Some((it.read)(self.bms.params())),
            Signal::Reported(_) | Signal::Deviation(_) => {
                let readings = self.readings.get_or_insert_with(|| Readings::of(self.bms));
                let truth = self.truth.get_or_insert_with(|| self.world.truth());
                signal.told(readings.as_ref()?, truth)
            }
            Signal::Displayed(what) => what.read(self.seen.display),
            other => self.true_value(other),
        }
    }

    fn is(&mut self, state: &State) -> bool {
        state.holds(&self.seen)
    }
}
