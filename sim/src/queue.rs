//! The agenda of a run: who acts next, in a total order.
//!
//! The actors of a bench are a closed set and each has at most one thing planned, so the agenda is
//! a small table instead of a heap: planning again replaces (and so cancels) what was planned.
//! Order is `(time, rank)`; the rank of an actor is its place in [`Actor`]. Two stimuli at one
//! moment keep the order of their timeline, because only the first of them is ever planned.

use crate::time::SimTime;

/// Who can act, in rank order: at one moment the world changes first, then hardware reacts, then
/// the front end converts, then the firmware decides, then the recorder looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// The outside does something: the next entry of the timeline.
    Stimulus,
    /// The script looks whether something has come about.
    Script,
    /// A button springs back.
    ButtonRelease,
    /// The world changes by itself: an edge ends.
    World,
    /// The front end converts, counts or decides.
    FrontEnd,
    /// The firmware runs.
    Firmware,
    /// A row is recorded.
    Recorder,
    /// The run ends.
    End,
}

const ACTORS: [Actor; 8] = [
    Actor::Stimulus,
    Actor::Script,
    Actor::ButtonRelease,
    Actor::World,
    Actor::FrontEnd,
    Actor::Firmware,
    Actor::Recorder,
    Actor::End,
];

/// What is planned.
#[derive(Clone, Debug)]
pub struct Agenda {
    planned: [SimTime; ACTORS.len()],
    current: Option<(SimTime, Actor)>,
}

impl Default for Agenda {
    fn default() -> Self {
        Self { planned: [SimTime::NEVER; ACTORS.len()], current: None }
    }
}

impl Agenda {
    /// Plans `actor` for `at`, in place of what it had planned; [`SimTime::NEVER`] cancels.
    ///
    /// # Panics
    /// If the effect would come before its cause: `(at, actor)` must not lie before the event
    /// being handled. An actor may plan itself again only for later.
    pub fn plan(&mut self, actor: Actor, at: SimTime) {
        if let Some((now, acting)) = self.current {
            assert!(
                at > now || (at == now && actor > acting),
                "an effect must follow its cause: {actor:?} at {at} planned by {acting:?} at {now}"
            );
        }
        self.planned[actor as usize] = at;
    }

    /// Plans `actor` for `at` unless it already acts earlier.
    pub fn plan_no_later(&mut self, actor: Actor, at: SimTime) {
        if at < self.planned[actor as usize] {
            self.plan(actor, at);
        }
    }

    /// `at`, or a nanosecond later where `actor` has had its turn at that moment.
    #[must_use]
    pub fn next_turn(&self, actor: Actor, at: SimTime) -> SimTime {
        match self.current {
            Some((now, acting)) if at == now && actor <= acting => SimTime(at.0 + 1),
            _ => at,
        }
    }

    /// When `actor` acts next.
    #[must_use]
    pub fn planned(&self, actor: Actor) -> SimTime {
        self.planned[actor as usize]
    }

    /// Who acts next, without taking it.
    #[must_use]
    pub fn peek(&self) -> (SimTime, Actor) {
        let mut next = (self.planned[0], ACTORS[0]);
        for (at, actor) in self.planned.into_iter().zip(ACTORS).skip(1) {
            if at < next.0 {
                next = (at, actor);
            }
        }
        next
    }

    /// Takes the next event off the agenda and makes it the cause of what is planned from now on.
    pub fn take(&mut self) -> (SimTime, Actor) {
        let next = self.peek();
        self.planned[next.1 as usize] = SimTime::NEVER;
        self.current = Some(next);
        next
    }

    /// What is planned next has no cause: a run begins, and anybody may act first.
    pub fn begin(&mut self) {
        self.current = None;
    }

    /// Something happened at `now` that nobody had planned (a comparator's input crossed its
    /// level, the script answers to an event): what follows from it is planned as the doing of
    /// `cause`.
    pub fn interrupt(&mut self, now: SimTime, cause: Actor) {
        assert!(self.current.is_none_or(|(at, _)| at <= now), "the clock ran backwards");
        self.current = Some((now, cause));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_one_moment_actors_act_in_rank_order() {
        let mut agenda = Agenda::default();
        let at = SimTime::from_secs(1);
        for actor in ACTORS.into_iter().rev() {
            agenda.plan(actor, at);
        }
        let order: Vec<Actor> = ACTORS.iter().map(|_| agenda.take().1).collect();
        assert_eq!(order, ACTORS);
    }

    #[test]
    fn planning_again_cancels() {
        let mut agenda = Agenda::default();
        agenda.plan(Actor::Firmware, SimTime(5));
        agenda.plan(Actor::Firmware, SimTime(9));
        agenda.plan_no_later(Actor::Firmware, SimTime(12));
        assert_eq!(agenda.take(), (SimTime(9), Actor::Firmware));
        assert_eq!(agenda.peek().0, SimTime::NEVER);
    }

    #[test]
    #[should_panic(expected = "an effect must follow its cause")]
    fn an_effect_cannot_precede_its_cause() {
        let mut agenda = Agenda::default();
        agenda.plan(Actor::Firmware, SimTime(5));
        agenda.take();
        agenda.plan(Actor::FrontEnd, SimTime(5));
    }
}
