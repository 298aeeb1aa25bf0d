//! What a trace holds: matching events, the run's reach, and whether a stimulus ever came.

use bms_core::protect::Reasons;
use bms_core::units::Millivolts;
use scenarios::Scenario;
use scenarios::expect::{EventPattern, Signal};
pub(crate) use sim::observe::{highest, lowest};
use sim::setup::{Action, Load};
use sim::time::SimTime;
use sim::trace::{Event, EventKind, Outcome, Row, Switch, Trace};

/// A run beside what was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Evidence<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) trace: &'a Trace,
}

impl<'a> Evidence<'a> {
    /// Up to when the run can say anything.
    pub(crate) fn reach(&self) -> SimTime {
        match &self.trace.outcome {
            Outcome::Completed | Outcome::Refused => self.scenario.setup.duration,
            Outcome::Ended { at } | Outcome::Failed { at, .. } | Outcome::Aborted { at, .. } => *at,
        }
    }

    /// Whether the run was over before `to`. Where the script ended it, the end that the file names
    /// is there too.
    pub(crate) fn ends_before(&self, to: SimTime) -> bool {
        let by_script = matches!(self.trace.outcome, Outcome::Ended { .. });
        self.reach() < to && !(by_script && to == self.scenario.setup.duration)
    }

    /// The times at which an event happened.
    pub(crate) fn times<'b>(
        &self,
        pattern: &'b EventPattern,
    ) -> impl Iterator<Item = SimTime> + use<'a, 'b> {
        self.trace.events.iter().filter(move |event| matches(pattern, event)).map(|event| event.at)
    }

    /// Whether something came that should have brought the event about.
    pub(crate) fn provoked(&self, pattern: &EventPattern) -> bool {
        let balance = &self.scenario.setup.params.balance;
        let (start, step) = (balance.active_start, balance.passive_adjacent);
        match pattern {
            EventPattern::Protection(reason, true) | EventPattern::Latched(reason, true) => {
                self.violated(*reason)
            }
            EventPattern::Protection(reason, false) => {
                self.trace.active_at_first().contains(*reason)
                    || self.happened(&EventPattern::Protection(*reason, true))
            }
            EventPattern::Latched(reason, false) => {
                self.happened(&EventPattern::Latched(*reason, true))
            }
            EventPattern::Commanded(switch, on) => self.should_switch(*switch, *on),
            EventPattern::Switched(switch, on) => {
                self.happened(&EventPattern::Commanded(*switch, *on))
                    || self.should_switch(*switch, *on)
            }
            EventPattern::CurrentZero => self.any(|kind| {
                matches!(kind, EventKind::Commanded(Switch::Charge | Switch::Discharge, false))
            }),
            EventPattern::Transfer(true) => self.imbalanced(start),
            EventPattern::Transfer(false) => self.happened(&EventPattern::Transfer(true)),
            // Whatever the firmware is asked, or not: that it says nothing is a finding.
            EventPattern::Replied(_) | EventPattern::Shown(_) => true,
            EventPattern::Bleed(true) => self.imbalanced(step),
            EventPattern::Bleed(false) => self.happened(&EventPattern::Bleed(true)),
            // A script is followed whatever the pack does: that a phase never came is a finding.
            EventPattern::Phase(..) => true,
            EventPattern::Waiting(_) => false,
            EventPattern::Broken => false,
        }
    }

    fn happened(&self, pattern: &EventPattern) -> bool {
        self.times(pattern).next().is_some()
    }

    fn any(&self, test: impl Fn(&EventKind) -> bool) -> bool {
        self.trace.events.iter().any(|event| test(&event.kind))
    }

    /// A limit behind one of the protections was reached, by truth, comparator, sample or latch,
    /// or the outside did what it stands against.
    fn violated(&self, wanted: Reasons) -> bool {
        self.any(|kind| match kind {
            EventKind::Crossed(reason, true)
            | EventKind::Compared(reason, true)
            | EventKind::Sampled(reason, true)
            | EventKind::Protection(reason, true)
            | EventKind::Latched(reason, true) => reason.intersects(wanted),
            EventKind::FrontEnd(false) => wanted.contains(Reasons::FRONT_END),
            kind => self.act(kind).is_some_and(|action| against(action).intersects(wanted)),
        })
    }

    /// The main MOSFETs answer to any violation and to its end; other switches have causes of
    /// their own, of which any stimulus may be one.
    fn should_switch(&self, switch: Switch, on: bool) -> bool {
        let violated = self.violated(Reasons::all());
        match (switch, on) {
            (Switch::Charge | Switch::Discharge, false) => violated || self.stopped(),
            (_, false) => self.happened(&EventPattern::Commanded(switch, true)),
            (_, true) => violated || self.any(|kind| self.act(kind).is_some()),
        }
    }

    /// The pack was switched off by its button.
    fn stopped(&self) -> bool {
        let is_press =
            |action: &Action| matches!(action, Action::PressButton | Action::PressButtonFor(_));
        self.any(|kind| self.act(kind).is_some_and(is_press))
    }

    /// What the outside did, by the timeline or the script.
    fn act<'b>(&'b self, kind: &'b EventKind) -> Option<&'b Action> {
        match kind {
            EventKind::Stimulus(index) => {
                self.scenario.setup.timeline.get(*index).map(|timed| &timed.action)
            }
            EventKind::Acted(action) => Some(action),
            _ => None,
        }
    }

    /// Two cells were this far apart.
    fn imbalanced(&self, difference: Millivolts) -> bool {
        let least = f64::from(difference.0) * 1e-3;
        self.trace
            .rows
            .iter()
            .any(|row| read(row, Signal::CellSpread).is_some_and(|spread| spread > least))
    }
}

/// The protections that stand against an action of the outside, whatever its size.
fn against(action: &Action) -> Reasons {
    match action {
        Action::EmergencyOpen(true) => Reasons::EMERGENCY_STOP,
        Action::CtlLow(true) => Reasons::CTL_LOW,
        // A fault may provoke anything; that it does not is worth saying.
        Action::Fault(_, true) => Reasons::all(),
        Action::ConnectLoad(Load::Short { .. }) => Reasons::SHORT_CIRCUIT,
        _ => Reasons::empty(),
    }
}

/// Whether an event is the one looked for. An event of several protections is one of each.
pub(crate) fn matches(pattern: &EventPattern, event: &Event) -> bool {
    pattern.matches(&event.kind)
}

/// A signal in a row, in its unit; none where the row does not hold it.
pub(crate) fn read(row: &Row, signal: Signal) -> Option<f64> {
    signal.of(row)
}
