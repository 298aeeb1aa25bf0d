//! The loop: world, front end and firmware in one virtual time.
//!
//! The agenda says who acts next; the world is advanced to that moment, or to an earlier one at
//! which a comparator's input crosses its level; the actor acts; then everything that follows at
//! the same moment is settled: comparators, drivers, switches, alarms.

mod firmware;
mod processor;
mod reaction;
mod recording;
mod scripted;
mod upset;

use crate::afe::codes::factory_eeprom;
use crate::afe::faults::{FaultyBus, Line};
use crate::afe::{Chip, ChipSetup, Drivers, Shared, ValueFrontEnd};
use crate::forced::Forced;
use crate::oracle::Oracle;
use crate::plant::Plant;
use crate::queue::{Actor, Agenda};
use crate::script::progress::Progress;
use crate::seed;
use crate::setup::{Action, FrontEndLevel, HostAction, Setup, WorldSetup};
use crate::tape::{Recorder, Recording};
use crate::time::{SimTime, Span};
use crate::tolerance;
use crate::trace::{BurstPoint, Event, EventKind, Outcome, Row, Stats, Trace};
use crate::world::{Stop, World};
use bms_core::afe::Afe;
use bms_core::bms::{BOARD_NTC, Decision, Transfer};
use bms_core::controller::Controller;
use bms_core::drivers::sh367309::Sh367309;
use bms_core::units::BasisPoints;
use processor::Processor;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

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
        WorldSetup::Forced(forced) => with_world(setup, Forced::new(forced, &board), tape),
        WorldSetup::ClosedLoop(pack) => {
            match Plant::with_steps(pack, &board, setup.seed, setup.steps) {
                Ok(plant) => with_world(setup, plant, tape),
                Err(error) => Trace::aborted(error.at, error.what),
            }
        }
    }
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
        agenda.plan(Actor::Recorder, SimTime::ZERO);
        agenda.plan(Actor::End, setup.duration);
        let board = Pins { button: setup.switched_on, ..Pins::default() };
        if setup.switched_on {
            agenda.plan(Actor::ButtonRelease, SimTime::ZERO + BUTTON_PRESS);
        }
        if let Some(first) = setup.timeline.first() {
            agenda.plan(Actor::Stimulus, first.at);
        }
        let script = (!setup.script.is_empty()).then(|| Progress::new(&setup.script));
        if script.is_some() {
            agenda.plan(Actor::Script, SimTime::ZERO);
        }
        Self {
            setup,
            world,
            chip: wiring.chip,
            line: wiring.line,
            front_end,
            controller,
            processor: Processor::new(),
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
        }
    }

    fn run(mut self) -> Trace {
        // A panic is a bug of ours; what was recorded before it is what its finder needs.
        let outcome = match catch_unwind(AssertUnwindSafe(|| self.loop_until_end())) {
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
        let mut trace = Trace::finish(outcome, self.events, self.rows, self.bursts, alarms);
        trace.ledger = ledger;
        trace.marks = self.oracle.take_marks();
        trace.stats = self.stats;
        trace.seal();
        trace
    }

    fn loop_until_end(&mut self) -> Result<Outcome, Abort> {
        self.settle()?;
        loop {
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
                    return Ok(self.ending(now));
                }
                self.act(actor, now);
                actor
            };
            self.settle()?;
            if let Some(outcome) = self.follow_script(actor)? {
                return Ok(outcome);
            }
        }
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

    fn stimulate(&mut self, now: SimTime) {
        self.look(false);
        let timeline = &self.setup.timeline;
        while let Some(timed) = timeline.get(self.next_stimulus).filter(|timed| timed.at <= now) {
            self.events.push(Event { at: now, kind: EventKind::Stimulus(self.next_stimulus) });
            self.next_stimulus += 1;
            self.carry_out(now, &timed.action);
        }
        let next = timeline.get(self.next_stimulus).map_or(SimTime::NEVER, |timed| timed.at);
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
            self.events.push(Event { at: now, kind: EventKind::Broken(what) });
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
