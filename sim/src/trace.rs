//! What comes out of a run: what the firmware did beside what was true.

use crate::fault::Fault;
use crate::note::Note;
use crate::reported::Readings;
use crate::setup::Action;
use crate::time::SimTime;
use bms_core::bms::{Decision, Transfer};
use bms_core::indicate::Leds;
use bms_core::mode::Mode;
use bms_core::params::Params;
use bms_core::protect::Reasons;
use bms_core::units::BasisPoints;
use std::sync::Arc;

/// The record of a run.
#[derive(Clone, Debug)]
pub struct Trace {
    /// How it ended. A run that was aborted keeps all it recorded until then.
    pub outcome: Outcome,
    /// Everything that happened, in order.
    pub events: Vec<Event>,
    /// How it began, where protections were in force from the first moment on.
    pub begun: Option<Begun>,
    /// Sampled rows, at the recording period and at the ends.
    pub rows: Vec<Row>,
    /// Dense points of fast electrical phases, one list per phase.
    pub bursts: Vec<Vec<BurstPoint>>,
    /// Alarm records in the firmware's memory at the end, oldest first (PS-HIS-1).
    pub alarms: Vec<AlarmRecord>,
    /// Energy bookkeeping over the run.
    pub ledger: Ledger,
    /// Moments of the truth that requirements count from, in order of time. They follow from the
    /// truth, and are no part of the digest.
    pub marks: Vec<Mark>,
    /// Counters.
    pub stats: Stats,
    /// BLAKE3 of everything above, hexadecimal: equal digests are equal runs.
    pub digest: String,
}

/// How a run began that came after something: what was so at its first moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// What the firmware had decided last.
    pub decision: Decision,
    /// Switches that conducted.
    pub conducting: Vec<Switch>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It reached its end.
    Completed,
    /// Its script ended it before its time.
    Ended {
        /// When.
        at: SimTime,
    },
    /// Its script says that it has failed: what it waited for did not come about.
    Failed {
        /// When.
        at: SimTime,
        /// What did not come about.
        why: String,
    },
    /// It could not go on.
    Aborted {
        /// When.
        at: SimTime,
        /// Why.
        why: String,
    },
    /// It was never begun, because what it asks for is refused, as it should be.
    Refused,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: SimTime,
    /// What.
    pub kind: EventKind,
}

/// A moment of the truth that nobody acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: SimTime,
    /// What.
    pub kind: MarkKind,
    /// It begins (`true`) or ends.
    pub begins: bool,
}

/// A state of the truth that a requirement counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// The quantity behind a protection is back at its release level.
    Released(Reasons),
    /// Discharge current flows, by the state threshold at the shunt (PS-STA-1).
    Discharging,
    /// Charge current flows, by the same threshold.
    Charging,
    /// No load is attached.
    LoadGone,
    /// The charge current is at or above what activates the limiter (PS-LIM-1).
    LimiterDue,
    /// The cells are further apart than the start difference of balancing (PS-BAL-1).
    Unbalanced,
    /// The cells are not further apart than the stop difference (PS-BAL-2).
    Balanced,
}

/// A switch in the power path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Switch {
    /// Charge MOSFET.
    Charge,
    /// Discharge MOSFET.
    Discharge,
    /// Capacitor pre-charge path.
    Precharge,
    /// Low-cell pre-charge MOSFET.
    LowCellPrecharge,
    /// Charge-current limiter.
    Limiter,
}

/// Everything that can happen in a run.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// The outside did something (index into the set-up's timeline).
    Stimulus(usize),
    /// The outside did something by the script.
    Acted(Box<Action>),
    /// A phase of the script begins (`true`) or ends, by its name.
    Phase(Arc<str>, bool),
    /// A fault began (`true`) or is gone.
    Fault(Fault, bool),
    /// The true quantity crossed the limit behind a protection, into (`true`) or out of danger.
    Crossed(Reasons, bool),
    /// A comparator's input, after its filter, reached its level, or left it.
    Compared(Reasons, bool),
    /// The firmware saw a violation for the first time (its delay begins), or saw it gone.
    Sampled(Reasons, bool),
    /// A protection entered (`true`) or left force, in the firmware's books.
    Protection(Reasons, bool),
    /// The front end's own latch was set or cleared.
    Latched(Reasons, bool),
    /// A driver or pin was told to turn a switch on or off: the command at the gate.
    Commanded(Switch, bool),
    /// A switch has begun or ceased to conduct: its edge is over.
    Switched(Switch, bool),
    /// The pack current became zero after an opening.
    CurrentZero,
    /// Mode changed.
    Mode(Mode),
    /// Active balancing changed.
    Transfer(Option<Transfer>),
    /// Passive balancing changed.
    Bleed(u32),
    /// Something else stands on the display.
    Shown(Arc<str>),
    /// The firmware answered a request on its serial port.
    Replied(Arc<[u8]>),
    /// LEDs changed.
    Leds(Leds),
    /// The front end was reset or lost (`false`), or is up and measuring (`true`).
    FrontEnd(bool),
    /// The charger ended its charge.
    ChargerDone,
    /// A constant-power load gave up (`false`) or runs again.
    LoadRunning(bool),
    /// The plant noticed something about itself.
    Noted(Note),
    /// An invariant of the run was broken; a hazard judged on the truth.
    Broken(String),
}

/// One sampled row: what was true, and what the firmware thought.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// When.
    pub at: SimTime,
    /// What was true.
    pub truth: Truth,
    /// What the firmware decided last.
    pub decision: Decision,
    /// What it reports of its last good reading; none before the first. No part of the digest.
    pub reported: Option<Readings>,
    /// What stands on the display; none where none is fitted. No part of the digest.
    pub display: Option<Arc<str>>,
    /// Energy bookkeeping until then, where a check looks at it. No part of the digest.
    pub ledger: Option<Box<Ledger>>,
    /// The parameters that the firmware holds, where a check looks at one. No part of the digest.
    pub held: Option<Arc<Params>>,
}

/// The physical truth at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Pack current, ampere, charge positive.
    pub current_a: f64,
    /// Charge into the pack since the start of the run, exactly integrated, coulomb.
    pub charge_c: f64,
    /// Port voltage, volt.
    pub port_v: f64,
    /// Pack voltage, volt.
    pub pack_v: f64,
    /// Cell terminal voltages, volt.
    pub cells_v: Vec<f64>,
    /// True state of charge of each cell, 0 to 1; empty where there is no cell model.
    pub socs: Vec<f64>,
    /// Temperature of each cell, °C; empty where there is no cell model.
    pub cells_c: Vec<f64>,
    /// Temperatures of the cells under the cell sensors 1 to 4, °C.
    pub cell_c: [f64; 4],
    /// MOSFET sensor temperatures, °C.
    pub mos_c: [f64; 2],
    /// Ambient temperature, °C.
    pub ambient_c: f64,
    /// Relative humidity of the air, a share; none where nothing says it. No part of the digest.
    pub humidity: Option<f64>,
}

/// A dense point of a fast electrical phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurstPoint {
    /// When.
    pub at: SimTime,
    /// Pack current, ampere, charge positive.
    pub current_a: f64,
    /// Port voltage, volt.
    pub port_v: f64,
}

/// An alarm record as the firmware stored it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlarmRecord {
    /// When, on the firmware's clock, microseconds.
    pub at_us: u64,
    /// Which protection.
    pub reason: Reasons,
    /// Entered (`true`) or left force.
    pub entered: bool,
    /// SOC estimate at that moment.
    pub soc: BasisPoints,
}

/// Where the energy went, joule. `closure` is what is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ledger {
    /// Taken out of the cells' chemistry (negative: put in).
    pub chemical_j: f64,
    /// Stored in RC branches, hysteresis and the bus capacitor over the run.
    pub polarisation_j: f64,
    /// Turned into heat in cells.
    pub cell_heat_j: f64,
    /// Turned into heat in copper, shunt, MOSFETs, diodes, resistors.
    pub path_heat_j: f64,
    /// Turned into heat by balancing.
    pub balance_heat_j: f64,
    /// Consumed by the board.
    pub board_j: f64,
    /// Turned into heat by the heater.
    pub heater_j: f64,
    /// Delivered at the port (negative: received).
    pub port_j: f64,
}

impl Ledger {
    /// What is missing: zero in a closed book.
    #[must_use]
    pub fn closure_j(&self) -> f64 {
        self.chemical_j
            - self.polarisation_j
            - self.cell_heat_j
            - self.path_heat_j
            - self.balance_heat_j
            - self.board_j
            - self.heater_j
            - self.port_j
    }

    /// What was booked since an earlier moment of the same book.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        Self {
            chemical_j: self.chemical_j - before.chemical_j,
            polarisation_j: self.polarisation_j - before.polarisation_j,
            cell_heat_j: self.cell_heat_j - before.cell_heat_j,
            path_heat_j: self.path_heat_j - before.path_heat_j,
            balance_heat_j: self.balance_heat_j - before.balance_heat_j,
            board_j: self.board_j - before.board_j,
            heater_j: self.heater_j - before.heater_j,
            port_j: self.port_j - before.port_j,
        }
    }
}

/// Counters of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Events handled by the bench.
    pub events: u64,
    /// Steps of the firmware.
    pub steps: u64,
    /// Bytes on the front end's bus, addresses and checksums included.
    pub bus_bytes: u64,
    /// EEPROM bytes written in the front end.
    pub eeprom_writes: u32,
}

impl Trace {
    /// A trace of these parts; [`Trace::seal`] makes the digest once the counters are in.
    #[must_use]
    pub fn finish(
        outcome: Outcome,
        events: Vec<Event>,
        rows: Vec<Row>,
        bursts: Vec<Vec<BurstPoint>>,
        alarms: Vec<AlarmRecord>,
    ) -> Self {
        // Crossings of sampled quantities are dated between two looks: sort them into place.
        let mut events = events;
        events.sort_by_key(|event| event.at);
        let mut trace = Self {
            outcome,
            events,
            begun: None,
            rows,
            bursts,
            alarms,
            ledger: Ledger::default(),
            marks: Vec::new(),
            stats: Stats::default(),
            digest: String::new(),
        };
        trace.seal();
        trace
    }

    /// A trace of a run that could not begin, or of which nothing is left.
    #[must_use]
    pub fn aborted(at: SimTime, why: String) -> Self {
        let outcome = Outcome::Aborted { at, why };
        Self::finish(outcome, Vec::new(), Vec::new(), Vec::new(), Vec::new())
    }

    /// A trace in which nothing happened, as what it asks for is refused.
    #[must_use]
    pub fn refused() -> Self {
        Self::finish(Outcome::Refused, Vec::new(), Vec::new(), Vec::new(), Vec::new())
    }

    /// Protections that were in force at the first moment.
    #[must_use]
    pub fn active_at_first(&self) -> Reasons {
        self.begun.as_ref().map_or(Reasons::empty(), |begun| begun.decision.active)
    }

    /// Counts all times from `epoch` on.
    pub(crate) fn count_from(&mut self, epoch: SimTime) {
        let shift = |at: &mut SimTime| at.0 = at.0.saturating_sub(epoch.0);
        self.events.iter_mut().for_each(|event| shift(&mut event.at));
        self.rows.iter_mut().for_each(|row| shift(&mut row.at));
        self.bursts.iter_mut().flatten().for_each(|point| shift(&mut point.at));
        self.marks.iter_mut().for_each(|mark| shift(&mut mark.at));
        for alarm in &mut self.alarms {
            alarm.at_us = alarm.at_us.saturating_sub(epoch.0 / 1_000);
        }
        match &mut self.outcome {
            Outcome::Completed | Outcome::Refused => {}
            Outcome::Ended { at } | Outcome::Failed { at, .. } | Outcome::Aborted { at, .. } => {
                shift(at);
            }
        }
    }

    /// Computes the digest over everything else.
    pub fn seal(&mut self) {
        let mut hasher = blake3::Hasher::new();
        let mut text = |value: &dyn std::fmt::Debug| {
            hasher.update(format!("{value:?}\n").as_bytes());
        };
        text(&self.outcome);
        self.begun.iter().for_each(|begun| text(begun));
        for event in &self.events {
            text(event);
        }
        text(&self.alarms);
        text(&self.stats);
        text(&self.ledger);
        for row in &self.rows {
            hash_row(&mut hasher, row);
        }
        for point in self.bursts.iter().flatten() {
            hasher.update(&point.at.0.to_le_bytes());
            hash_numbers(&mut hasher, &[point.current_a, point.port_v]);
        }
        self.digest = hasher.finalize().to_hex().to_string();
    }
}

fn hash_row(hasher: &mut blake3::Hasher, row: &Row) {
    hasher.update(&row.at.0.to_le_bytes());
    let truth = &row.truth;
    hash_numbers(
        hasher,
        &[truth.current_a, truth.charge_c, truth.port_v, truth.pack_v, truth.ambient_c],
    );
    hash_numbers(hasher, &truth.cells_v);
    hash_numbers(hasher, &truth.socs);
    hash_numbers(hasher, &truth.cells_c);
    hash_numbers(hasher, &truth.cell_c);
    hash_numbers(hasher, &truth.mos_c);
    hasher.update(&row.decision.active.bits().to_le_bytes());
    hasher.update(&row.decision.soc.0.to_le_bytes());
}

/// Bits, not decimals: two traces are equal only if every last bit is.
fn hash_numbers(hasher: &mut blake3::Hasher, numbers: &[f64]) {
    for number in numbers {
        hasher.update(&number.to_bits().to_le_bytes());
    }
}
