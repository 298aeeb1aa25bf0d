//! Short runs of the whole loop, as a rule with bytes and registers, in a world whose values are
//! forced at the front end's pins, and the questions a check asks of what happened, in
//! microseconds.

use crate::battery::Site;
use bms_core::params::Params;
use bms_core::protect::Reasons;
use sim::script::Script;
use sim::setup::{
    Action, ForcedSetup, Looks, Profile, Setup, Shape, TimedAction, Tolerance, WorldSetup,
};
use sim::time::{SimTime, Span};
use sim::trace::{Event, EventKind, Outcome, Switch};

/// Microseconds in a second.
pub(crate) const SECOND: u64 = 1_000_000;

/// Two samples: as late as a sampled event may be (T-SAMPLE, AMB-X-02).
pub(crate) const SAMPLED: u64 = 200_000;

/// What a check says that is not as it should be.
pub(crate) type Verdict = Result<(), String>;

/// A world to come.
pub(crate) struct Scene {
    pub(crate) forced: ForcedSetup,
    pub(crate) timeline: Vec<TimedAction>,
    /// Length, microseconds.
    pub(crate) end: u64,
}

/// Holds each value from its time on, microseconds.
pub(crate) fn steps(points: &[(u64, f64)]) -> Profile {
    let points = points.iter().map(|(at, value)| (SimTime::from_micros(*at), *value)).collect();
    Profile { points, shape: Shape::Step }
}

impl Scene {
    /// 16 cells of 3.300 V, everything at 25 °C, nothing attached, no current.
    pub(crate) fn quiet(end: u64) -> Self {
        let constant = Profile::constant;
        let forced = ForcedSetup {
            cells: vec![constant(3.3); 16],
            current: constant(0.0),
            gated: false,
            cell_temperatures: std::array::from_fn(|_| constant(25.0)),
            mos_temperatures: std::array::from_fn(|_| constant(25.0)),
            board_temperature: constant(25.0),
            load_attached: constant(0.0),
            charger_attached: constant(0.0),
        };
        Self { forced, timeline: Vec::new(), end }
    }

    /// One cell, number from 0, at 3.300 V until the first point, volt.
    pub(crate) fn cell(mut self, cell: usize, points: &[(u64, f64)]) -> Self {
        self.forced.cells[cell] = steps(&[&[(0, 3.3)], points].concat());
        self
    }

    /// All cells together.
    pub(crate) fn cells(mut self, points: &[(u64, f64)]) -> Self {
        self.forced.cells.fill(steps(&[&[(0, 3.3)], points].concat()));
        self
    }

    /// The current, none until the first point, ampere.
    pub(crate) fn current(mut self, points: &[(u64, f64)]) -> Self {
        self.forced.current = steps(&[&[(0, 0.0)], points].concat());
        self
    }

    /// A load at the port from the start until a moment.
    pub(crate) fn load_until(mut self, at: u64) -> Self {
        self.forced.load_attached = steps(&[(0, 1.0), (at, 0.0)]);
        self
    }

    /// The current ends when its MOSFET opens.
    pub(crate) fn gated(mut self) -> Self {
        self.forced.gated = true;
        self
    }

    /// Something that happens.
    pub(crate) fn action(mut self, at: u64, action: Action) -> Self {
        self.timeline.push(TimedAction { at: SimTime::from_micros(at), action });
        self
    }

    /// Runs it.
    pub(crate) fn run(self, site: &Site, params: &Params) -> Result<Seen, String> {
        let setup = Setup {
            params: params.clone(),
            world: WorldSetup::Forced(self.forced),
            timeline: self.timeline,
            script: Script::default(),
            tolerance: Tolerance::Nominal,
            duration: SimTime::from_micros(self.end),
            record_period: Span::from_millis(10_000),
            event_budget: 1_000_000,
            switched_on: true,
            latched: Reasons::empty(),
            looks: Looks::default(),
            steps: sim::setup::StepBounds::default(),
            ..site.run.clone()
        };
        let trace = sim::bench::run(&setup);
        match trace.outcome {
            Outcome::Completed | Outcome::Ended { .. } => Ok(Seen(trace.events)),
            Outcome::Failed { why, .. } | Outcome::Aborted { why, .. } => Err(why),
            Outcome::Refused => Err("nothing was run".to_owned()),
        }
    }
}

/// What happened.
pub(crate) struct Seen(pub(crate) Vec<Event>);

impl Seen {
    /// When this happened first, at `from` or later, microseconds.
    pub(crate) fn first(&self, from: u64, kind: &EventKind) -> Option<u64> {
        let from = SimTime::from_micros(from);
        let event = self.0.iter().find(|event| event.at >= from && event.kind == *kind)?;
        Some(event.at.0 / 1_000)
    }

    /// When the firmware put a protection into force.
    pub(crate) fn entered(&self, from: u64, reason: Reasons) -> Option<u64> {
        self.first(from, &EventKind::Protection(reason, true))
    }

    /// When the firmware released it.
    pub(crate) fn left(&self, from: u64, reason: Reasons) -> Option<u64> {
        self.first(from, &EventKind::Protection(reason, false))
    }

    /// When the chip latched it.
    pub(crate) fn latched(&self, from: u64, reason: Reasons) -> Option<u64> {
        self.first(from, &EventKind::Latched(reason, true))
    }

    /// When the chip let it go.
    pub(crate) fn unlatched(&self, from: u64, reason: Reasons) -> Option<u64> {
        self.first(from, &EventKind::Latched(reason, false))
    }

    /// When a gate was driven.
    pub(crate) fn driven(&self, from: u64, switch: Switch, on: bool) -> Option<u64> {
        self.first(from, &EventKind::Commanded(switch, on))
    }

    /// Whether a gate is driven at a moment.
    pub(crate) fn is_on(&self, at: u64, switch: Switch) -> bool {
        let at = SimTime::from_micros(at);
        let before = self.0.iter().take_while(|event| event.at <= at);
        before.fold(false, |on, event| match event.kind {
            EventKind::Commanded(one, to) if one == switch => to,
            _ => on,
        })
    }

    /// A delay of the firmware runs from its first sample and is exact.
    pub(crate) fn delayed(&self, from: u64, reason: Reasons, delay: u64) -> Verdict {
        let sampled = self.first(from, &EventKind::Sampled(reason, true));
        let sampled = sampled.ok_or(format!("{reason:?} was never seen"))?;
        same(&format!("{reason:?}"), self.entered(from, reason), sampled + delay)
    }

    /// Both MOSFETs are driven at a moment as told, charge first.
    pub(crate) fn gates(&self, at: u64, expected: [bool; 2]) -> Verdict {
        let gates = [Switch::Charge, Switch::Discharge].map(|switch| self.is_on(at, switch));
        ensure(gates == expected, || format!("gates {gates:?} at {at} us"))
    }
}

/// Complains if `holds` does not.
pub(crate) fn ensure(holds: bool, complaint: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(complaint()) }
}

/// It happened at this microsecond.
pub(crate) fn same(what: &str, happened: Option<u64>, at: u64) -> Verdict {
    ensure(happened == Some(at), || format!("{what} at {happened:?} us, not at {at} us"))
}

/// It happened at `at` or up to two samples later.
pub(crate) fn sampled(what: &str, happened: Option<u64>, at: u64) -> Verdict {
    within(what, happened, at, SAMPLED)
}

/// It happened at `at` or up to `late` later.
pub(crate) fn within(what: &str, happened: Option<u64>, at: u64, late: u64) -> Verdict {
    let in_time = happened.is_some_and(|time| (at..=at + late).contains(&time));
    ensure(in_time, || format!("{what} at {happened:?} us, not at {at} us"))
}

/// It did not happen, or not before `before`.
pub(crate) fn not_before(what: &str, happened: Option<u64>, before: u64) -> Verdict {
    ensure(happened.is_none_or(|time| time >= before), || format!("{what} already at {happened:?}"))
}
