//! What the firmware was put through: which event found it in which state, over any number of runs,
//! and which pairs never occurred.
//!
//! A state is the mode and what the two MOSFETs' gates were told. An event is what a protection, the
//! outside or the front end did. A pair that cannot occur says why; what is left is either reached
//! or named as unreached.

use crate::show;
use bms_core::bms::Decision;
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use sim::setup::{Action, TimedAction};
use sim::trace::{Event, EventKind, Switch, Trace};
use std::collections::BTreeMap;
use std::fmt;

/// The firmware as an event finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Its mode.
    pub mode: Mode,
    /// Whether the charge MOSFET's gate is told on.
    pub charge: bool,
    /// Whether the discharge MOSFET's gate is told on.
    pub discharge: bool,
}

impl State {
    /// The state before a pack is switched on.
    pub const OFF: Self = Self { mode: Mode::Off, charge: false, discharge: false };

    /// Every state: a pack that is off or starting keeps both gates off.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let closed = [Mode::Off, Mode::Starting].map(|mode| Self { mode, ..Self::OFF });
        let open = [Mode::Standby, Mode::Charge, Mode::Discharge].into_iter().flat_map(|mode| {
            [(true, true), (true, false), (false, true), (false, false)]
                .map(|(charge, discharge)| Self { mode, charge, discharge })
        });
        closed.into_iter().chain(open).collect()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gates = match (self.mode, self.charge, self.discharge) {
            (Mode::Off | Mode::Starting, false, false) => "",
            (_, true, true) => ", both on",
            (_, true, false) => ", charge on",
            (_, false, true) => ", discharge on",
            (_, false, false) => ", both off",
        };
        write!(f, "{}{gates}", show::mode(self.mode))
    }
}

/// What happened, as far as it matters to the firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A protection enters (`true`) or releases.
    Protection(Reasons, bool),
    /// The outside does something.
    Outside(&'static str),
    /// The front end is lost (`false`) or up again.
    FrontEnd(bool),
    /// Active balancing starts (`true`) or stops.
    Balancing(bool),
    /// A gate other than the two MOSFETs' is told on (`true`) or off.
    Path(Switch, bool),
}

const OUTSIDE: [&str; 9] = [
    "button pressed",
    "load connected",
    "load gone",
    "charger connected",
    "charger gone",
    "CTL low",
    "CTL high",
    "emergency stop opened",
    "emergency stop closed",
];

impl Happening {
    /// Everything that can happen.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let on_off = [true, false];
        let protections = Reasons::all()
            .iter()
            .flat_map(|reason| on_off.map(|on| Self::Protection(reason, on)))
            .collect::<Vec<_>>();
        let paths = [Switch::Precharge, Switch::LowCellPrecharge, Switch::Limiter]
            .into_iter()
            .flat_map(|path| on_off.map(|on| Self::Path(path, on)));
        let others = on_off.map(Self::FrontEnd).into_iter().chain(on_off.map(Self::Balancing));
        let outside = OUTSIDE.into_iter().map(Self::Outside);
        protections.into_iter().chain(outside).chain(others).chain(paths).collect()
    }

    fn of(event: &Event, timeline: &[TimedAction]) -> Option<Self> {
        Some(match &event.kind {
            EventKind::Protection(reason, on) => Self::Protection(*reason, *on),
            EventKind::FrontEnd(up) => Self::FrontEnd(*up),
            EventKind::Transfer(pair) => Self::Balancing(pair.is_some()),
            EventKind::Commanded(path, on) => match path {
                Switch::Charge | Switch::Discharge => return None,
                path => Self::Path(*path, *on),
            },
            EventKind::Stimulus(index) => Self::Outside(outside(&timeline.get(*index)?.action)?),
            _ => return None,
        })
    }

    /// Why this cannot happen in a state; `None` if it can.
    #[must_use]
    pub fn impossible_in(self, state: State) -> Option<&'static str> {
        let off = state.mode == Mode::Off;
        match self {
            Self::Protection(_, true) if off => Some("a pack that is off judges nothing"),
            Self::Protection(reason, true)
                if state.mode == Mode::Starting && !start_reasons().contains(reason) =>
            {
                Some("there are no samples before the front end is up")
            }
            Self::Balancing(_) | Self::Path(_, true) if off || state.mode == Mode::Starting => {
                Some("nothing is switched on before the front end is up")
            }
            _ => None,
        }
    }
}

/// What the firmware knows without samples.
fn start_reasons() -> Reasons {
    Reasons::EMERGENCY_STOP | Reasons::CTL_LOW | Reasons::FRONT_END
}

fn outside(action: &Action) -> Option<&'static str> {
    Some(match action {
        Action::PressButton => OUTSIDE[0],
        Action::ConnectLoad(_) => OUTSIDE[1],
        Action::DisconnectLoad => OUTSIDE[2],
        Action::ConnectCharger(_) => OUTSIDE[3],
        Action::DisconnectCharger => OUTSIDE[4],
        Action::CtlLow(true) => OUTSIDE[5],
        Action::CtlLow(false) => OUTSIDE[6],
        Action::EmergencyOpen(true) => OUTSIDE[7],
        Action::EmergencyOpen(false) => OUTSIDE[8],
        _ => return None,
    })
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protection(reason, true) => write!(f, "{} enters", show::reasons(*reason)),
            Self::Protection(reason, false) => write!(f, "{} exits", show::reasons(*reason)),
            Self::Outside(what) => f.write_str(what),
            Self::FrontEnd(true) => f.write_str("front end up"),
            Self::FrontEnd(false) => f.write_str("front end lost"),
            Self::Balancing(true) => f.write_str("balancing starts"),
            Self::Balancing(false) => f.write_str("balancing stops"),
            Self::Path(path, on) => write!(f, "{} {}", show::switch(*path), show::on_off(*on)),
        }
    }
}

/// How often each event found the firmware in each state, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached(BTreeMap<(String, String), u64>);

impl Reached {
    /// What one run reached. Events of the same moment meet the state that the ones before left.
    #[must_use]
    pub fn of(trace: &Trace, timeline: &[TimedAction]) -> Self {
        let mut state = trace.begun.as_ref().map_or(State::OFF, |begun| {
            let Decision { mode, gates, .. } = begun.decision;
            State { mode, charge: gates.charge, discharge: gates.discharge }
        });
        let mut reached = Self::default();
        for event in &trace.events {
            if let Some(happening) = Happening::of(event, timeline) {
                reached.add(state.to_string(), happening.to_string(), 1);
            }
            match event.kind {
                EventKind::Mode(mode) => state.mode = mode,
                EventKind::Commanded(Switch::Charge, on) => state.charge = on,
                EventKind::Commanded(Switch::Discharge, on) => state.discharge = on,
                _ => {}
            }
        }
        reached
    }

    /// Counts a pair `times` more.
    pub fn add(&mut self, state: String, event: String, times: u64) {
        *self.0.entry((state, event)).or_default() += times;
    }

    /// Adds what another run reached.
    pub fn merge(&mut self, other: &Self) {
        for ((state, event), times) in &other.0 {
            self.add(state.clone(), event.clone(), *times);
        }
    }

    /// How often a pair occurred.
    #[must_use]
    pub fn times(&self, state: State, event: Happening) -> u64 {
        self.0.get(&(state.to_string(), event.to_string())).copied().unwrap_or(0)
    }

    /// Every pair that occurred, with how often, in the order of the names.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.0.iter().map(|((state, event), times)| (state.as_str(), event.as_str(), *times))
    }

    /// Every pair that could have occurred and did not.
    #[must_use]
    pub fn unreached(&self) -> Vec<(State, Happening)> {
        possible().into_iter().filter(|(state, event)| self.times(*state, *event) == 0).collect()
    }
}

/// Every pair that can occur.
#[must_use]
pub fn possible() -> Vec<(State, Happening)> {
    let pairs = State::all()
        .into_iter()
        .flat_map(|state| Happening::all().into_iter().map(move |event| (state, event)));
    pairs.filter(|(state, event)| event.impossible_in(*state).is_none()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbench::{at, ms, quiet};
    use std::collections::BTreeSet;

    const OV: Reasons = Reasons::OVER_VOLTAGE;

    fn both_on(mode: Mode) -> State {
        State { mode, charge: true, discharge: true }
    }

    fn trace() -> Trace {
        let events = vec![
            at(ms(0), EventKind::Mode(Mode::Starting)),
            at(ms(300), EventKind::FrontEnd(true)),
            at(ms(400), EventKind::Mode(Mode::Standby)),
            at(ms(400), EventKind::Commanded(Switch::Charge, true)),
            at(ms(400), EventKind::Commanded(Switch::Discharge, true)),
            at(ms(900), EventKind::Stimulus(0)),
            at(ms(1_000), EventKind::Mode(Mode::Charge)),
            at(ms(2_000), EventKind::Protection(OV, true)),
            at(ms(2_000), EventKind::Commanded(Switch::Charge, false)),
            at(ms(3_000), EventKind::Protection(OV, false)),
        ];
        Trace { events, ..quiet() }
    }

    fn charger_gone() -> Vec<TimedAction> {
        vec![TimedAction { at: ms(900), action: Action::DisconnectCharger }]
    }

    #[test]
    fn an_event_counts_in_the_state_that_it_finds() {
        let reached = Reached::of(&trace(), &charger_gone());
        let starting = State { mode: Mode::Starting, ..State::OFF };
        assert_eq!(reached.times(starting, Happening::FrontEnd(true)), 1);
        let gone = Happening::Outside("charger gone");
        assert_eq!(reached.times(both_on(Mode::Standby), gone), 1);
        assert_eq!(reached.times(both_on(Mode::Charge), Happening::Protection(OV, true)), 1);
        let blocked = State { charge: false, ..both_on(Mode::Charge) };
        assert_eq!(reached.times(blocked, Happening::Protection(OV, false)), 1);
        assert_eq!(reached.times(both_on(Mode::Charge), Happening::Protection(OV, false)), 0);
        assert_eq!(reached.pairs().count(), 4);
    }

    #[test]
    fn runs_add_up_and_what_was_reached_is_not_unreached() {
        let one = Reached::of(&trace(), &charger_gone());
        let mut two = one.clone();
        two.merge(&one);
        assert!(two.pairs().all(|(_, _, times)| times == 2));
        assert_eq!(two.unreached().len(), possible().len() - 4);
        let over = (both_on(Mode::Charge), Happening::Protection(OV, true));
        assert!(!two.unreached().contains(&over));
        assert!(Reached::default().unreached().contains(&over));
    }

    #[test]
    fn names_are_distinct_and_impossible_pairs_are_left_out() {
        let states: BTreeSet<_> = State::all().iter().map(ToString::to_string).collect();
        let events: BTreeSet<_> = Happening::all().iter().map(ToString::to_string).collect();
        assert_eq!((states.len(), State::all().len()), (14, 14));
        assert_eq!(events.len(), Happening::all().len());
        let enters = Happening::Protection(OV, true);
        let starting = State { mode: Mode::Starting, ..State::OFF };
        assert!(enters.impossible_in(State::OFF).is_some());
        assert!(enters.impossible_in(starting).is_some());
        assert!(enters.impossible_in(both_on(Mode::Standby)).is_none());
        let stop = Happening::Protection(Reasons::EMERGENCY_STOP, true);
        assert!(stop.impossible_in(starting).is_none());
    }
}
