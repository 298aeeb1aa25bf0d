//! Where a run stands in its script. Knows neither world nor firmware: it is told what happened
//! and what a signal reads, and says what is to be done.

use super::condition::{Moment, Waiting, after};
use super::{AT_ONE_MOMENT_MAX, Every, Next, Phase, Script, Trigger};
use crate::setup::Action;
use crate::time::{SimTime, Span};
use crate::trace::EventKind;

/// Something that follows from the script.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect<'a> {
    /// The outside does this.
    Act(&'a Action),
    /// This belongs into the trace.
    Note(EventKind),
    /// The run is over.
    End,
    /// The run is over and has failed.
    Fail(String),
}

/// A script that never lets time go on: what it is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endless(pub(crate) String);

/// Where a run stands in its script.
#[derive(Clone, Debug)]
pub(crate) struct Progress<'a> {
    check_every: Span,
    /// When the run began; none before the script's first turn.
    begun: Option<SimTime>,
    tracks: Vec<TrackState<'a>>,
    triggers: Vec<TriggerState<'a>>,
    /// What will be done, in the order of its planning.
    pending: Vec<Pending<'a>>,
}

#[derive(Clone, Debug)]
struct TrackState<'a> {
    name: &'a str,
    phases: &'a [Phase],
    place: Place<'a>,
    /// For each phase, how often it has led back.
    repeats: Vec<u32>,
    /// For each phase, how often it was entered at one moment.
    entries: Vec<Entries>,
}

#[derive(Clone, Debug)]
enum Place<'a> {
    /// Before the first phase.
    Start,
    /// In a phase.
    In { phase: usize, until: Waiting<'a>, timeout: SimTime },
    /// After the last one.
    Over,
}

#[derive(Clone, Debug)]
struct TriggerState<'a> {
    trigger: &'a Trigger,
    place: Watch<'a>,
    entries: Entries,
}

#[derive(Clone, Debug)]
enum Watch<'a> {
    /// Before the start of the run.
    Start,
    /// Fires when this holds.
    Armed(Waiting<'a>),
    /// Must cease to hold first.
    Spent(Waiting<'a>),
    /// Does not fire again.
    Over,
}

#[derive(Clone, Debug)]
struct Pending<'a> {
    at: SimTime,
    /// The track that gives it up when its phase ends; none of a trigger.
    track: Option<usize>,
    action: &'a Action,
}

/// How often something was begun at one moment.
#[derive(Clone, Copy, Debug, Default)]
struct Entries {
    at: SimTime,
    count: u32,
}

impl Entries {
    fn is_endless(&mut self, now: SimTime) -> bool {
        let count = if self.at == now { self.count + 1 } else { 1 };
        *self = Self { at: now, count };
        count > AT_ONE_MOMENT_MAX
    }
}

impl<'a> Progress<'a> {
    /// Before the start of a script.
    pub(crate) fn new(script: &'a Script) -> Self {
        let tracks = script.tracks.iter().map(|track| TrackState {
            name: &track.name,
            phases: &track.phases,
            place: Place::Start,
            repeats: vec![0; track.phases.len()],
            entries: vec![Entries::default(); track.phases.len()],
        });
        let triggers = script.triggers.iter().map(|trigger| TriggerState {
            trigger,
            place: Watch::Start,
            entries: Entries::default(),
        });
        let (tracks, triggers) = (tracks.collect(), triggers.collect());
        let check_every = script.check_every;
        Self { check_every, begun: None, tracks, triggers, pending: Vec::new() }
    }

    /// Whether the script has had its first turn.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// An event has happened.
    pub(crate) fn notice(&mut self, kind: &EventKind) {
        for track in &mut self.tracks {
            if let Place::In { until, .. } = &mut track.place {
                until.notice(kind);
            }
        }
        for trigger in &mut self.triggers {
            if let Watch::Armed(waiting) | Watch::Spent(waiting) = &mut trigger.place {
                waiting.notice(kind);
            }
        }
    }

    /// What follows now, in its order: what is due alone; otherwise what tracks and triggers see,
    /// all of them in the same state of the world.
    ///
    /// # Errors
    /// A phase or a trigger begins again and again at this moment.
    pub(crate) fn advance(
        &mut self,
        now: SimTime,
        moment: &mut dyn Moment,
    ) -> Result<Vec<Effect<'a>>, Endless> {
        self.begun.get_or_insert(now);
        let mut effects = self.due(now);
        if effects.is_empty() {
            for index in 0..self.tracks.len() {
                self.advance_track(index, now, moment, &mut effects)?;
            }
            for index in 0..self.triggers.len() {
                self.advance_trigger(index, now, moment, &mut effects)?;
            }
        }
        Ok(effects)
    }

    /// The next moment after `now` at which there may be something to do, events apart.
    pub(crate) fn next(&self, now: SimTime) -> SimTime {
        let mut next = self.pending.iter().map(|it| it.at).min().unwrap_or(SimTime::NEVER);
        let mut compares = false;
        for (waiting, timeout) in self.waiting() {
            let timeout = if timeout > now { timeout } else { SimTime::NEVER };
            next = next.min(timeout).min(waiting.next(now));
            compares |= waiting.compares();
        }
        let period = self.check_every.0.max(1);
        let begun = self.begun.unwrap_or_default().0;
        let looked = (now.0 - begun) / period + 1;
        let check = SimTime(looked.saturating_mul(period).saturating_add(begun));
        if compares { next.min(check) } else { next }
    }

    /// Why a run that ends now has failed: what the first such phase says.
    pub(crate) fn unfinished(&self) -> Option<&'a str> {
        self.tracks.iter().find_map(|track| match track.place {
            Place::In { phase, .. } => track.phases[phase].unfinished.as_deref(),
            Place::Start | Place::Over => None,
        })
    }

    fn waiting(&self) -> impl Iterator<Item = (&Waiting<'a>, SimTime)> {
        let tracks = self.tracks.iter().filter_map(|track| match &track.place {
            Place::In { until, timeout, .. } => Some((until, *timeout)),
            Place::Start | Place::Over => None,
        });
        tracks.chain(self.triggers.iter().filter_map(|trigger| match &trigger.place {
            Watch::Armed(waiting) | Watch::Spent(waiting) => Some((waiting, SimTime::NEVER)),
            Watch::Start | Watch::Over => None,
        }))
    }

    /// Takes what is due.
    fn due(&mut self, now: SimTime) -> Vec<Effect<'a>> {
        self.pending.sort_by_key(|pending| pending.at);
        let count = self.pending.partition_point(|pending| pending.at <= now);
        self.pending.drain(..count).map(|pending| Effect::Act(pending.action)).collect()
    }

    fn advance_track(
        &mut self,
        index: usize,
        now: SimTime,
        moment: &mut dyn Moment,
        effects: &mut Vec<Effect<'a>>,
    ) -> Result<(), Endless> {
        let track = &mut self.tracks[index];
        let phases = track.phases;
        let next = match &mut track.place {
            Place::Start if phases.is_empty() => return self.leave(index),
            Place::Start => return self.enter(index, 0, now, effects),
            Place::Over => return Ok(()),
            Place::In { phase, until, timeout } => {
                let here = &phases[*phase];
                if until.holds(now, moment) {
                    (*phase, &here.next)
                } else if let (Some((_, next)), true) = (&here.timeout, *timeout <= now) {
                    (*phase, next)
                } else {
                    return Ok(());
                }
            }
        };
        let (phase, next) = next;
        effects.push(Effect::Note(EventKind::Phase(phases[phase].name.clone(), false)));
        self.pending.retain(|pending| pending.track != Some(index));
        self.follow(index, phase, next, now, effects)
    }

    /// Goes where a phase leads.
    fn follow(
        &mut self,
        index: usize,
        phase: usize,
        next: &Next,
        now: SimTime,
        effects: &mut Vec<Effect<'a>>,
    ) -> Result<(), Endless> {
        let track = &mut self.tracks[index];
        let target = match next {
            Next::Following => phase + 1,
            Next::Phase(to) => *to,
            Next::Repeat { to, times } if track.repeats[phase] < *times => {
                track.repeats[phase] += 1;
                *to
            }
            Next::Repeat { .. } => {
                track.repeats[phase] = 0;
                phase + 1
            }
            Next::EndTrack => track.phases.len(),
            Next::EndRun => {
                effects.push(Effect::End);
                track.phases.len()
            }
            Next::Fail(why) => {
                effects.push(Effect::Fail(why.clone()));
                track.phases.len()
            }
        };
        if target < track.phases.len() {
            self.enter(index, target, now, effects)
        } else {
            self.leave(index)
        }
    }

    fn leave(&mut self, index: usize) -> Result<(), Endless> {
        self.tracks[index].place = Place::Over;
        Ok(())
    }

    fn enter(
        &mut self,
        index: usize,
        phase: usize,
        now: SimTime,
        effects: &mut Vec<Effect<'a>>,
    ) -> Result<(), Endless> {
        let track = &mut self.tracks[index];
        let here = &track.phases[phase];
        if track.entries[phase].is_endless(now) {
            let (phase, track) = (&here.name, track.name);
            let why = format!(
                "phase `{phase}` of track `{track}` began more than {AT_ONE_MOMENT_MAX} times \
                 at one moment: its loop takes no time"
            );
            return Err(Endless(why));
        }
        let until = match &here.until {
            Some(until) => Waiting::begin(until, now),
            None => {
                let last = here.actions.iter().map(|(offset, _)| *offset).max();
                Waiting::Elapsed(after(now, last.unwrap_or_default()))
            }
        };
        let timeout = here.timeout.as_ref().map(|(span, _)| after(now, *span));
        let timeout = timeout.unwrap_or(SimTime::NEVER);
        track.place = Place::In { phase, until, timeout };
        effects.push(Effect::Note(EventKind::Phase(here.name.clone(), true)));
        self.start(&here.actions, Some(index), now, effects);
        Ok(())
    }

    /// Does what has no delay, and plans the rest.
    fn start(
        &mut self,
        actions: &'a [(Span, Action)],
        track: Option<usize>,
        now: SimTime,
        effects: &mut Vec<Effect<'a>>,
    ) {
        for (offset, action) in actions {
            if offset.0 == 0 {
                effects.push(Effect::Act(action));
            } else {
                self.pending.push(Pending { at: after(now, *offset), track, action });
            }
        }
    }

    fn advance_trigger(
        &mut self,
        index: usize,
        now: SimTime,
        moment: &mut dyn Moment,
        effects: &mut Vec<Effect<'a>>,
    ) -> Result<(), Endless> {
        let state = &mut self.triggers[index];
        let trigger = state.trigger;
        let place = std::mem::replace(&mut state.place, Watch::Over);
        let (place, fires) = look(trigger, place, now, moment);
        state.place = place;
        if !fires {
            return Ok(());
        }
        if state.entries.is_endless(now) {
            let name = &trigger.name;
            let why = format!(
                "{name} fired more than {AT_ONE_MOMENT_MAX} times at one moment: \
                 what it does brings it about"
            );
            return Err(Endless(why));
        }
        self.start(&trigger.actions, None, now, effects);
        Ok(())
    }
}

/// Where a trigger stands after a look, and whether it fires.
fn look<'a>(
    trigger: &'a Trigger,
    place: Watch<'a>,
    now: SimTime,
    moment: &mut dyn Moment,
) -> (Watch<'a>, bool) {
    let armed_or_spent = |mut waiting: Waiting<'a>, moment: &mut dyn Moment| {
        if waiting.holds(now, moment) {
            // Events that come while it is spent are none to fire on later.
            waiting.forget_events();
            Watch::Spent(waiting)
        } else {
            Watch::Armed(waiting)
        }
    };
    let mut waiting = match place {
        Watch::Start => Waiting::begin(&trigger.when, now),
        Watch::Armed(waiting) => waiting,
        Watch::Spent(waiting) => return (armed_or_spent(waiting, moment), false),
        Watch::Over => return (Watch::Over, false),
    };
    if !waiting.holds(now, moment) {
        return (Watch::Armed(waiting), false);
    }
    match trigger.every {
        Every::Once => (Watch::Over, true),
        Every::Each => (armed_or_spent(Waiting::begin(&trigger.when, now), moment), true),
    }
}
