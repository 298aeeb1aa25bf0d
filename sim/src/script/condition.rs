//! What a script waits for, and how far it has come about.

use crate::observe::{EventPattern, Signal, State};
use crate::time::{SimTime, Span};
use crate::trace::EventKind;

/// What can be waited for.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of these; true if there are none.
    All(Vec<Condition>),
    /// One of these; false if there are none.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// A signal beside a value. A signal that the world does not have is never so.
    Compare {
        /// Which signal.
        signal: Signal,
        /// On which side of the value.
        relation: Relation,
        /// The value, in the signal's unit.
        value: f64,
    },
    /// The pack is or shows this.
    Is(State),
    /// The event came so many times (at least once) since the phase began.
    Happened {
        /// Which event.
        event: EventPattern,
        /// How often, from 1.
        times: u32,
    },
    /// So long since the phase began.
    Elapsed(Span),
    /// This held without a break for so long.
    Held(Box<Condition>, Span),
}

/// A signal beside a value. The edge is as written; not a number is on no side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Relation {
    /// Whether a value that was found is on its side of another.
    #[must_use]
    pub fn holds(self, found: f64, value: f64) -> bool {
        match self {
            Self::Above => found > value,
            Self::AtLeast => found >= value,
            Self::Below => found < value,
            Self::AtMost => found <= value,
        }
    }
}

/// The moment that a condition is held against.
pub(crate) trait Moment {
    /// A signal's value; none where it has none.
    fn signal(&mut self, signal: Signal) -> Option<f64>;

    /// Whether the pack is or shows this.
    fn is(&mut self, state: &State) -> bool;
}

/// A condition that is being waited for: how often its events came, since when it has held.
#[derive(Clone, Debug)]
pub(crate) enum Waiting<'a> {
    All(Vec<Waiting<'a>>),
    Any(Vec<Waiting<'a>>),
    Not(Box<Waiting<'a>>),
    Compare { signal: Signal, relation: Relation, value: f64 },
    Is(&'a State),
    Happened { event: &'a EventPattern, times: u32, seen: u32 },
    Elapsed(SimTime),
    Held { inner: Box<Waiting<'a>>, span: Span, since: Option<SimTime> },
}

impl<'a> Waiting<'a> {
    /// Begins to wait at `now`.
    pub(crate) fn begin(condition: &'a Condition, now: SimTime) -> Self {
        let each = |parts: &'a [Condition]| parts.iter().map(|it| Self::begin(it, now)).collect();
        match condition {
            Condition::All(parts) => Self::All(each(parts)),
            Condition::Any(parts) => Self::Any(each(parts)),
            Condition::Not(part) => Self::Not(Box::new(Self::begin(part, now))),
            Condition::Compare { signal, relation, value } => {
                Self::Compare { signal: *signal, relation: *relation, value: *value }
            }
            Condition::Is(state) => Self::Is(state),
            Condition::Happened { event, times } => {
                Self::Happened { event, times: *times, seen: 0 }
            }
            Condition::Elapsed(span) => Self::Elapsed(after(now, *span)),
            Condition::Held(inner, span) => {
                let inner = Box::new(Self::begin(inner, now));
                Self::Held { inner, span: *span, since: None }
            }
        }
    }

    /// An event has happened.
    pub(crate) fn notice(&mut self, kind: &EventKind) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter_mut().for_each(|part| part.notice(kind));
            }
            Self::Not(part) | Self::Held { inner: part, .. } => part.notice(kind),
            Self::Happened { event, seen, .. } if event.matches(kind) => *seen += 1,
            Self::Happened { .. } | Self::Compare { .. } | Self::Is(_) | Self::Elapsed(_) => {}
        }
    }

    /// No event has happened yet.
    pub(crate) fn forget_events(&mut self) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter_mut().for_each(Self::forget_events),
            Self::Not(part) | Self::Held { inner: part, .. } => part.forget_events(),
            Self::Happened { seen, .. } => *seen = 0,
            Self::Compare { .. } | Self::Is(_) | Self::Elapsed(_) => {}
        }
    }

    /// Whether it holds now. Every part is looked at, so that each knows since when it has held.
    pub(crate) fn holds(&mut self, now: SimTime, moment: &mut dyn Moment) -> bool {
        match self {
            Self::All(parts) => {
                let all = parts.len();
                let holding = parts.iter_mut().map(|part| part.holds(now, moment));
                holding.filter(|holds| *holds).count() == all
            }
            Self::Any(parts) => {
                let holding = parts.iter_mut().map(|part| part.holds(now, moment));
                holding.filter(|holds| *holds).count() > 0
            }
            Self::Not(part) => !part.holds(now, moment),
            Self::Compare { signal, relation, value } => {
                moment.signal(*signal).is_some_and(|found| relation.holds(found, *value))
            }
            Self::Is(state) => moment.is(state),
            Self::Happened { times, seen, .. } => seen >= times,
            Self::Elapsed(at) => *at <= now,
            Self::Held { inner, span, since } => {
                *since = inner.holds(now, moment).then(|| since.unwrap_or(now));
                since.is_some_and(|since| after(since, *span) <= now)
            }
        }
    }

    /// The next moment after `now` at which time alone can change it.
    pub(crate) fn next(&self, now: SimTime) -> SimTime {
        let later = |at: SimTime| if at > now { at } else { SimTime::NEVER };
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().map(|part| part.next(now)).min().unwrap_or(SimTime::NEVER)
            }
            Self::Not(part) => part.next(now),
            Self::Compare { .. } | Self::Is(_) | Self::Happened { .. } => SimTime::NEVER,
            Self::Elapsed(at) => later(*at),
            Self::Held { inner, span, since } => {
                let held = since.map_or(SimTime::NEVER, |since| later(after(since, *span)));
                inner.next(now).min(held)
            }
        }
    }

    /// Whether a signal is waited for, which changes without an event. What the firmware decides and
    /// shows changes in its own turn, after which the script looks anyway.
    pub(crate) fn compares(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::compares),
            Self::Not(part) | Self::Held { inner: part, .. } => part.compares(),
            Self::Compare { .. } => true,
            Self::Is(_) | Self::Happened { .. } | Self::Elapsed(_) => false,
        }
    }
}

/// `span` after `at`, at the most the end of all time.
pub(crate) fn after(at: SimTime, span: Span) -> SimTime {
    SimTime(at.0.saturating_add(span.0))
}
