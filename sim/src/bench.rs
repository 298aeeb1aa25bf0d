//! The loop: world, front end and firmware in one virtual time.
//!
//! The agenda says who acts next; the world is advanced to that moment, or to an earlier one at
//! which a comparator's input crosses its level; the actor acts; then everything that follows at
//! the same moment is settled: comparators, drivers, switches, alarms.

mod firmware;
pub mod preroll;
mod processor;
mod reaction;
mod recording;
mod restart;
mod scripted;
mod serial;
mod turns;
mod upset;

use crate::afe::codes::factory_eeprom;
use crate::afe::faults::{FaultyBus, Line};
use crate::afe::{Chip, ChipSetup, Drivers, Shared, ValueFrontEnd};
use crate::fault::Fault;
use crate::forced::Forced;
use crate::handed::Handed;
use crate::oracle::{Oracle, Rule, ending};
use crate::pc;
use crate::plant::Plant;
use crate::queue::{Actor, Agenda};
use crate::script::Script;
use crate::script::progress::Progress;
use crate::seed;
use crate::setup::{Action, FrontEndLevel, HostAction, Setup, WorldSetup};
use crate::tape::{Recorder, Recording};
use crate::time::{SimTime, Span};
use crate::tolerance;
use crate::trace::{Begun, BurstPoint, Event, EventKind, Outcome, Row, Stats, Switch, Trace};
use crate::world::World;
use bms_core::afe::Afe;
use bms_core::bms::{BOARD_NTC, Decision, Transfer};
use bms_core::controller::Controller;
use bms_core::drivers::sh367309::Sh367309;
use bms_core::host::BAUD;
use bms_core::protect::Reasons;
use bms_core::units::BasisPoints;
use processor::Processor;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// How long a press of the button lasts.
const BUTTON_PRESS: Span = Span::from_millis(100);

/// Runs a set-up to its end. Never fails: a run that cannot go on returns what it recorded and
/// why it stopped.
#[must_use]
pub fn run(setup: &Setup) -> Trace {
    in_its_world(setup, None)
}

/// Runs a set-up at register level and records on `tape` what passes between the firmware and its
/// hardware.
#[must_use]
pub fn run_recorded(setup: &Setup, tape: &Recorder) -> Trace {
    in_its_world(setup, Some(tape))
}

fn in_its_world(setup: &Setup, tape: Option<&Recorder>) -> Trace {
    let board = tolerance::board(setup);
    match &setup.world {
        WorldSetup::Forced(forced) => after_its_preroll(setup, Forced::new(forced, &board), tape),
        WorldSetup::ClosedLoop(pack) => {
            match Plant::with_steps(pack, &board, setup.seed, setup.steps) {
                Ok(plant) => after_its_preroll(setup, plant, tape),
                Err(error) => Trace::aborted(error.at, error.what),
            }
        }
    }
}

/// Puts forced values before the world where the run begins with protections in force.
fn after_its_preroll<W: World>(setup: &Setup, world: W, tape: Option<&Recorder>) -> Trace {
    if setup.latched.is_empty() {
        return with_world(setup, world, tape);
    }
    let rest = preroll::at_rest(&setup.params);
    let before = Forced::new(&rest, &tolerance::board(setup));
    with_world(setup, Handed::new(before, world), tape)
}

/// What is in force instead where the firmware does not get to what the run begins with: only what
/// comes before the run is carried out. None if it gets there.
#[must_use]
pub fn missed_start(setup: &Setup) -> Option<Reasons> {
    if setup.latched.is_empty() {
        return None;
    }
    let short = Setup {
        duration: SimTime(1),
        timeline: Vec::new(),
        script: Script::default(),
        record_at: Vec::new(),
        ..setup.clone()
    };
    let trace = run(&short);
    let missed = matches!(trace.outcome, Outcome::Aborted { .. });
    let active = trace.rows.last().map(|row| row.decision.active);
    missed.then(|| active.unwrap_or_default())
}

fn with_world<W: World>(setup: &Setup, world: W, tape: Option<&Recorder>) -> Trace {
    // Programmed in the factory from the chip's own tables, not the driver's: that the driver finds
    // nothing to write at its first start is itself a check of one against the other.
    let Ok(eeprom) = factory_eeprom(&setup.params) else {
        return Trace::aborted(
            SimTime::ZERO,
            "the front end cannot express the parameters".to_owned(),
        );
    };
    let shared = Shared::new(Chip::new(&ChipSetup {
        eeprom,
        tolerance: setup.tolerance,
        seed: setup.seed,
        cells: usize::from(setup.params.series),
        unfiltered: matches!(setup.world, WorldSetup::Forced(_)),
    }));
    let line = Line::new(Vec::new(), setup.seed);
    let bus = || FaultyBus::on(shared.bus(), shared.clone(), line.clone());
    match (setup.front_end, tape) {
        (_, Some(tape)) => {
            let pin = || Recording::new(shared.vpro(), tape);
            let driver = || Sh367309::new(Recording::new(bus(), tape), pin());
            with_front_end(
                setup,
                world,
                &Wiring { chip: &shared, line: &line },
                &driver,
                Some(tape),
            )
        }
        (FrontEndLevel::Register, None) => {
            let driver = || Sh367309::new(bus(), shared.vpro());
            with_front_end(setup, world, &Wiring { chip: &shared, line: &line }, &driver, None)
        }
        (FrontEndLevel::Value, None) => {
            let values = || ValueFrontEnd::on(shared.clone(), line.clone());
            with_front_end(setup, world, &Wiring { chip: &shared, line: &line }, &values, None)
        }
    }
}

/// What the bench holds of the hardware: the chip, and the line to it.
#[derive(Clone, Copy)]
struct Wiring<'a> {
    chip: &'a Shared,
    line: &'a Line,
}

/// `front_end` makes the firmware's end of the line, once for each time the firmware starts.
fn with_front_end<W: World, A: Afe>(
    setup: &Setup,
    world: W,
    wiring: &Wiring<'_>,
    front_end: &dyn Fn() -> A,
    tape: Option<&Recorder>,
) -> Trace {
    match Controller::new(front_end(), &setup.params) {
        Ok(mut controller) => {
            if let Some(soc) = commissioned_soc(setup) {
                controller.bms_mut().set_soc(soc);
            }
            Bench::new(setup, world, wiring, front_end, controller, tape).run()
        }
        Err(error) => Trace::aborted(SimTime::ZERO, error.to_string()),
    }
}

/// The state of charge that was written into a pack when it was put into service (PS-PAR-4): that
/// of its lowest cell. A forced world has none; there the factory's 100 % stands.
#[must_use]
pub fn commissioned_soc(setup: &Setup) -> Option<BasisPoints> {
    let WorldSetup::ClosedLoop(pack) = &setup.world else { return None };
    let lowest = pack.cells.iter().map(|cell| cell.soc).fold(1.0, f64::min);
    #[expect(clippy::cast_possible_truncation, reason = "a share of 10 000")]
    let basis_points = (lowest.clamp(0.0, 1.0) * 1e4).round() as i32;
    Some(BasisPoints(basis_points))
}

/// What a panic said.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    format!("the simulator panicked, which is a bug: {}", text.unwrap_or("without a message"))
}

/// Why a run cannot go on.
struct Abort {
    at: SimTime,
    why: String,
}

struct Bench<'a, W, A> {
    setup: &'a Setup,
    world: W,
    chip: &'a Shared,
    line: &'a Line,
    front_end: &'a dyn Fn() -> A,
    controller: Controller<A>,
    processor: Processor,
    /// Faults that have begun and not ended.
    lasting: Vec<Fault>,
    /// Active faults between firmware and MOSFETs.
    disturbances: usize,
    agenda: Agenda,
    oracle: Oracle,
    board: Pins,
    next_stimulus: usize,
    /// Where the run stands in its script; none without one.
    script: Option<Progress<'a>>,
    /// How many of the events the script has been told.
    told: usize,
    decision: Decision,
    drivers: Drivers,
    balancing: (Option<Transfer>, u32),
    alarm_latency: rand_chacha::ChaCha8Rng,
    /// Deviations of the microcontroller's thermistors, as factors.
    thermistors: [f64; BOARD_NTC],
    events: Vec<Event>,
    rows: Vec<Row>,
    bursts: Vec<Vec<BurstPoint>>,
    stats: Stats,
    tape: Option<&'a Recorder>,
    /// What a PC has sent and the firmware has not got yet.
    incoming: Option<serial::Incoming>,
    /// What has been stored of a new image of the firmware.
    image: Vec<u8>,
    /// A restart that goes on.
    restart: Option<restart::Restart>,
    /// What stands on the display, and since when.
    shown: (SimTime, Arc<str>),
    /// When the run began; later than zero if something came before it.
    epoch: SimTime,
    /// How it began, where something came before it.
    begun: Option<Begun>,
    /// Switches that conduct.
    conducting: Vec<Switch>,
    /// How many of the events have been looked through for moments at which a row is wanted.
    anchored: usize,
    /// Such moments that are still to come, in time order.
    rows_due: Vec<SimTime>,
}

/// The microcontroller's digital inputs.
#[derive(Clone, Copy, Debug, Default)]
struct Pins {
    button: bool,
    ctl_low: bool,
    emergency_open: bool,
}

impl<'a, W: World, A: Afe> Bench<'a, W, A> {
    fn new(
        setup: &'a Setup,
        world: W,
        wiring: &Wiring<'a>,
        front_end: &'a dyn Fn() -> A,
        controller: Controller<A>,
        tape: Option<&'a Recorder>,
    ) -> Self {
        let mut agenda = Agenda::default();
        agenda.plan(Actor::Firmware, SimTime::ZERO);
        let board = Pins { button: setup.switched_on, ..Pins::default() };
        if setup.switched_on {
            agenda.plan(Actor::ButtonRelease, SimTime::ZERO + BUTTON_PRESS);
        }
        let script = (!setup.script.is_empty()).then(|| Progress::new(&setup.script));
        Self {
            setup,
            world,
            chip: wiring.chip,
            line: wiring.line,
            front_end,
            controller,
            processor: Processor::new(),
            lasting: Vec::new(),
            disturbances: 0,
            agenda,
            oracle: Oracle::new(&setup.params),
            board,
            next_stimulus: 0,
            script,
            told: 0,
            decision: Decision::default(),
            drivers: Drivers::default(),
            balancing: (None, 0),
            alarm_latency: seed::stream(setup.seed, "mcu.alarm"),
            thermistors: tolerance::thermistors(setup),
            events: Vec::new(),
            rows: Vec::new(),
            bursts: Vec::new(),
            stats: Stats::default(),
            tape,
            incoming: None,
            image: Vec::new(),
            restart: None,
            shown: (SimTime::ZERO, "".into()),
            epoch: SimTime::ZERO,
            begun: None,
            conducting: Vec::new(),
            anchored: 0,
            rows_due: Vec::new(),
        }
    }

    fn run(mut self) -> Trace {
        // A panic is a bug of ours; what was recorded before it is what its finder needs.
        let outcome = match catch_unwind(AssertUnwindSafe(|| {
            self.begin()?;
            self.loop_until_end()
        })) {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(abort)) => Outcome::Aborted { at: abort.at, why: abort.why },
            Err(payload) => Outcome::Aborted { at: self.world.now(), why: message(&*payload) },
        };
        self.record();
        self.collect_burst();
        let bus = self.chip.chip().stats();
        self.stats.bus_bytes = bus.bus_bytes;
        self.stats.eeprom_writes = bus.eeprom_writes;
        let alarms = self.alarms();
        let ledger = self.world.ledger();
        let end = self.world.now();
        self.oracle.check_profile(end, self.controller.bms().params(), &mut self.events);
        let mut trace = Trace::finish(outcome, self.events, self.rows, self.bursts, alarms);
        trace.ledger = ledger;
        trace.marks = self.oracle.take_marks();
        trace.count_from(self.epoch);
        trace.begun = self.begun;
        let end = SimTime(end.0.saturating_sub(self.epoch.0));
        for (rule, what) in ending::broken(&trace, self.setup) {
            let kind = EventKind::Broken(format!("{rule}: {what}"));
            trace.events.push(Event { at: end, kind });
        }
        trace.stats = self.stats;
        trace.seal();
        trace
    }

    fn stimulate(&mut self, now: SimTime) {
        self.look(false);
        let timeline = &self.setup.timeline;
        let time = SimTime(now.0 - self.epoch.0);
        while let Some(timed) = timeline.get(self.next_stimulus).filter(|it| it.at <= time) {
            self.events.push(Event { at: now, kind: EventKind::Stimulus(self.next_stimulus) });
            self.next_stimulus += 1;
            self.carry_out(now, &timed.action);
        }
        let next = timeline.get(self.next_stimulus);
        let next = next.map_or(SimTime::NEVER, |timed| self.at(timed.at));
        self.agenda.plan(Actor::Stimulus, next);
        self.chip.chip().advance(now, &self.world);
        self.look(true);
    }

    /// The outside does something.
    fn carry_out(&mut self, now: SimTime, action: &Action) {
        match action {
            Action::PressButton => self.press_button(now, BUTTON_PRESS),
            Action::PressButtonFor(span) => self.press_button(now, *span),
            Action::CtlLow(low) => {
                self.processor.ctl_driven_low = *low;
                self.follow_ctl(now);
            }
            Action::EmergencyOpen(open) => {
                self.board.emergency_open = *open;
                self.wake_firmware(now);
            }
            Action::Fault(fault, begins) => self.inject(now, fault, *begins),
            Action::Host(host) => self.serve(now, host),
            outside => self.world.apply(outside),
        }
    }

    fn press_button(&mut self, now: SimTime, span: Span) {
        self.board.button = true;
        self.agenda.plan(Actor::ButtonRelease, now + span);
        self.wake_firmware(now);
    }

    /// What a host does finds its part of the board. The gate refuses what this run has no part
    /// for, so a refusal here comes from a set-up that passed no gate.
    fn serve(&mut self, now: SimTime, host: &HostAction) {
        if let Some(what) = host.refusal(self.setup) {
            let kind = EventKind::Broken(format!("{}: {what}", Rule::Parts));
            self.events.push(Event { at: now, kind });
            return;
        }
        match host {
            HostAction::Request(bytes) => self.send(now, bytes, BAUD),
            HostAction::RequestAt { bytes, baud } => self.send(now, bytes, *baud),
            HostAction::WriteParameter { name, value, .. } => {
                if let Some(frame) = pc::write(self.controller.bms().params(), name, *value) {
                    self.send(now, &frame, BAUD);
                }
            }
            HostAction::Switch { .. } => self.press_button(now, BUTTON_PRESS),
            HostAction::HmiKey(key) => {
                let clock = self.processor.clock.reading(now);
                self.controller.press(clock, key.to_firmware());
                self.wake_firmware(now);
            }
            HostAction::Dip(_) | HostAction::Tool(_) => {}
        }
    }

    /// What nobody will look back to is forgotten.
    fn forget(&mut self, now: SimTime) {
        let needed = self.chip.chip().looks_back_to(now);
        self.world.forget(needed);
    }

    fn wake_firmware(&mut self, now: SimTime) {
        self.agenda.plan_no_later(Actor::Firmware, now);
    }
}
