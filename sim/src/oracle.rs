//! Judges the truth: when a quantity really crossed a limit, and whether the run broke a rule that
//! must hold in every run.
//!
//! Nobody marks their own homework: this file shares no protection code with the firmware. It has
//! its own table of what each limit means and its own idea of which reason must open which switch.

mod bands;
mod counting;
pub mod ending;
mod marks;
mod outputs;
mod profile;
mod rules;

use crate::afe::Drivers;
use crate::time::SimTime;
use crate::trace::{Event, EventKind, Mark};
use crate::world::Glance;
use bands::{Bands, Edge, Quantity};
use bms_core::bms::Decision;
use bms_core::indicate::Led;
use bms_core::measure::Reading;
use bms_core::mode::Mode;
use bms_core::params::{Params, TemperatureLimits};
use bms_core::protect::Reasons;
use bms_core::units::{Centicelsius, Milliamps, Millivolts};
use marks::Marker;
use std::collections::VecDeque;

pub use outputs::Output;
pub use rules::Rule;

/// The time in which edges and closings are counted.
const CHATTER_WINDOW: SimTime = SimTime::from_secs(60);

/// More short-circuit entries than this within [`CHATTER_WINDOW`] are a re-close storm.
const STORM_ENTRIES: usize = 5;

/// A cell may stand beyond a hazard level with current towards it for no longer than this: the
/// longest delay of any voltage protection of the family (8 s), a scan and a poll.
const HAZARD_TIME: SimTime = SimTime::from_secs(10);
const OVERCHARGE_V: f64 = 3.90;
const OVERDISCHARGE_V: f64 = 1.50;
const HAZARD_CURRENT_A: f64 = 1.0;

/// A firmware that cannot reach its chip cannot open a MOSFET. The chip's watchdog does it for it
/// after 4 s, 5 % more at most (SH367309 datasheet V1.2), and a chip that comes out of a reset
/// permits its MOSFETs until it is told otherwise. Only what lasts longer breaks a rule.
const UNREACHABLE_TIME: SimTime = SimTime::from_millis(4_500);

/// The reported total is in millivolts, the cells are in microvolts: half a millivolt each way.
const TOTAL_ERROR_UV: i64 = 1_000;

/// Sampled limits of the family: four of cells, two of current, eight of temperature.
const LIMITS: usize = 14;

/// A limit of the product.
#[derive(Clone, Copy, Debug)]
struct Watched {
    reason: Reasons,
    edge: Edge,
}

/// The judge of one run.
#[derive(Debug)]
pub struct Oracle {
    limits: [Watched; LIMITS],
    /// The last look.
    last: Option<(SimTime, Glance)>,
    bands: Bands,
    marker: Marker,
    edges: [VecDeque<SimTime>; Output::COUNT],
    short_entries: VecDeque<SimTime>,
    overcharge_since: Option<SimTime>,
    overdischarge_since: Option<SimTime>,
    both_open: bool,
    told: Vec<(Rule, String)>,
    /// The way between firmware and MOSFETs is, or was just, disturbed.
    disturbed_until: SimTime,
    charge_since: Option<SimTime>,
    discharge_since: Option<SimTime>,
}

impl Oracle {
    /// A judge of a pack with these parameters.
    #[must_use]
    pub fn new(params: &Params) -> Self {
        Self {
            limits: limits(params),
            last: None,
            bands: Bands::open(),
            marker: Marker::new(params),
            edges: Default::default(),
            short_entries: VecDeque::new(),
            overcharge_since: None,
            overdischarge_since: None,
            both_open: params.system.over_current_opens_both,
            told: Vec::new(),
            disturbed_until: SimTime::ZERO,
            charge_since: None,
            discharge_since: None,
        }
    }

    /// A fault between firmware and MOSFETs lasts (`None`), or has ended at this moment.
    pub fn disturb(&mut self, ended: Option<SimTime>) {
        let settled = |at: SimTime| SimTime(at.0 + UNREACHABLE_TIME.0);
        self.disturbed_until = ended.map_or(SimTime::NEVER, settled);
    }

    /// Looks at the truth; `jumped` says that it changed at this very moment, so that a crossing
    /// is dated now and not on the line from the last look.
    pub fn look(&mut self, now: SimTime, glance: &Glance, jumped: bool, events: &mut Vec<Event>) {
        if self.last.is_none() || !self.bands.hold(glance) {
            self.cross(now, glance, jumped, events);
        }
        self.last = Some((now, *glance));
        self.watch_hazards(now, glance, events);
    }

    /// Something may have begun or ended since the last look.
    fn cross(&mut self, now: SimTime, glance: &Glance, jumped: bool, events: &mut Vec<Event>) {
        self.bands = Bands::open();
        let first = events.len();
        for Watched { reason, edge } in &self.limits {
            let margin = edge.margin(glance);
            let before = self.last.map(|(at, glance)| (at, edge.margin(&glance)));
            let was_in = before.is_some_and(|(_, margin)| edge.holds(margin));
            let is_in = edge.holds(margin);
            if is_in != was_in {
                let at = match before {
                    Some((since, old)) if !jumped => on_the_line(since, old, now, margin),
                    _ => now,
                };
                events.push(Event { at, kind: EventKind::Crossed(*reason, is_in) });
            }
            self.bands.narrow(edge, is_in);
        }
        events[first..].sort_by_key(|event| event.at);
        self.marker.look(now, glance, self.last.as_ref(), jumped, &mut self.bands);
    }

    /// Whether a load holds the port now, as the load-detect pin sees it.
    pub fn see_load(&mut self, now: SimTime, present: bool) {
        self.marker.see_load(now, present);
    }

    /// Takes the moments of the truth that requirements count from, in order.
    pub fn take_marks(&mut self) -> Vec<Mark> {
        self.marker.take()
    }

    fn watch_hazards(&mut self, now: SimTime, glance: &Glance, events: &mut Vec<Event>) {
        let charging = glance.current_a > HAZARD_CURRENT_A;
        let discharging = glance.current_a < -HAZARD_CURRENT_A;
        let over = charging && glance.cell_max_v >= OVERCHARGE_V;
        let under = discharging && glance.cell_min_v <= OVERDISCHARGE_V;
        if lasts(&mut self.overcharge_since, over, now) {
            self.tell(
                Rule::Hazard,
                "a cell at or above 3.90 V was charged for more than 10 s",
                now,
                events,
            );
        }
        if lasts(&mut self.overdischarge_since, under, now) {
            self.tell(
                Rule::Hazard,
                "a cell at or below 1.50 V was discharged for more than 10 s",
                now,
                events,
            );
        }
    }

    /// Checks what the switches do against what the firmware says is wrong. Of `current` only the
    /// sign matters: charge is positive.
    pub fn check_switches(
        &mut self,
        now: SimTime,
        drivers: Drivers,
        decision: &Decision,
        current: f64,
        events: &mut Vec<Event>,
    ) {
        let charge = blocks_charge(decision.active, self.both_open);
        let discharge = blocks_discharge(decision.active, self.both_open);
        let recovery = current < 0.0 && recoverable().contains(charge);
        let wrong_charge = drivers.charge && !charge.is_empty() && !recovery;
        let wrong_discharge = drivers.discharge && !discharge.is_empty();
        let patient = now < self.disturbed_until;
        if is_told(&mut self.charge_since, wrong_charge, now, patient) {
            self.tell(
                Rule::Gates,
                "the charge MOSFET was driven on although a protection blocks it",
                now,
                events,
            );
        }
        if is_told(&mut self.discharge_since, wrong_discharge, now, patient) {
            self.tell(
                Rule::Gates,
                "the discharge MOSFET was driven on although a protection blocks it",
                now,
                events,
            );
        }
        if decision.mode.is_down() && (drivers.charge || drivers.discharge) {
            self.tell(Rule::Off, "a MOSFET was driven on in a pack that is off", now, events);
        }
        self.check_leds(now, decision, events);
    }

    /// PS-LED-1 to PS-LED-10, as this file reads them.
    fn check_leds(&mut self, now: SimTime, decision: &Decision, events: &mut Vec<Event>) {
        let leds = decision.leds;
        if decision.mode.is_down() {
            if leds != bms_core::indicate::Leds::default() {
                self.tell(
                    Rule::Off,
                    "an LED was lit in a pack that is off (PS-LED-2)",
                    now,
                    events,
                );
            }
            return;
        }
        if decision.mode == Mode::Starting {
            return;
        }
        let alarm = !decision.active.is_empty();
        if leds.run != Led::Flash || (leds.alarm == Led::On) != alarm {
            self.tell(
                Rule::Leds,
                "run or alarm LED disagreed with the truth table (PS-LED-3..10)",
                now,
                events,
            );
        }
        let full = Reasons::OVER_VOLTAGE | Reasons::UNDER_VOLTAGE | Reasons::ABNORMAL_HIGH_VOLTAGE;
        if decision.active.intersects(full) && leds.soc != [Led::On; 4] {
            self.tell(
                Rule::Leds,
                "the SOC LEDs were not all lit in OV or UV (PS-LED-5, PS-LED-9)",
                now,
                events,
            );
        }
    }

    /// Counts the edges of an output; too many in a minute are chatter.
    pub fn edge(&mut self, now: SimTime, output: Output, events: &mut Vec<Event>) {
        if too_many(&mut self.edges[output.index()], now, output.most()) {
            let what =
                format!("{} made more than {} edges in a minute", output.name(), output.most());
            self.tell(Rule::Chatter, &what, now, events);
        }
    }

    /// Counts what a new decision changes beside the switches.
    pub fn decided(
        &mut self,
        now: SimTime,
        old: &Decision,
        new: &Decision,
        events: &mut Vec<Event>,
    ) {
        if new.transfer.is_some() != old.transfer.is_some() {
            self.edge(now, Output::Transfer, events);
        }
        if (new.bleed == 0) != (old.bleed == 0) {
            self.edge(now, Output::Bleed, events);
        }
        if new.leds != old.leds {
            self.edge(now, Output::Leds, events);
        }
    }

    /// Holds the reported total against the reported cells.
    pub fn check_total(&mut self, now: SimTime, reading: &Reading, events: &mut Vec<Event>) {
        let sum: i64 = reading.cells.iter().map(|cell| i64::from(cell.0)).sum();
        let total = i64::from(reading.pack.0) * 1_000;
        if (sum - total).abs() > TOTAL_ERROR_UV {
            let what = format!("reported {total} uV, its cells are {sum} uV together");
            self.tell(Rule::Total, &what, now, events);
        }
    }

    /// Looks at the parameters in force.
    pub fn check_profile(&mut self, now: SimTime, params: &Params, events: &mut Vec<Event>) {
        if let Some(what) = profile::out_of_range(params) {
            self.tell(Rule::Profile, &format!("{what} is out of its range"), now, events);
        }
    }

    /// Counts short-circuit entries; too many in a minute are a re-close storm.
    pub fn short_circuit(&mut self, now: SimTime, events: &mut Vec<Event>) {
        if too_many(&mut self.short_entries, now, STORM_ENTRIES) {
            let what = "the pack re-closed into a short more than 5 times in a minute";
            self.tell(Rule::Storm, what, now, events);
        }
    }

    /// Each way to break a rule is told once per run: the first moment is the one that matters.
    fn tell(&mut self, rule: Rule, what: &str, now: SimTime, events: &mut Vec<Event>) {
        if self.told.iter().any(|(of, told)| *of == rule && told == what) {
            return;
        }
        self.told.push((rule, what.to_owned()));
        events.push(Event { at: now, kind: EventKind::Broken(format!("{rule}: {what}")) });
    }
}

/// Whether `holds` has been true for longer than [`HAZARD_TIME`].
fn lasts(since: &mut Option<SimTime>, holds: bool, now: SimTime) -> bool {
    if !holds {
        *since = None;
        return false;
    }
    now.0 - since.get_or_insert(now).0 > HAZARD_TIME.0
}

/// Whether something wrong is told: at once, or, while the firmware cannot help it, when it has
/// lasted for longer than [`UNREACHABLE_TIME`].
fn is_told(since: &mut Option<SimTime>, wrong: bool, now: SimTime, patient: bool) -> bool {
    if !wrong {
        *since = None;
        return false;
    }
    let lasted = now.0 - since.get_or_insert(now).0;
    !patient || lasted > UNREACHABLE_TIME.0
}

fn too_many(times: &mut VecDeque<SimTime>, now: SimTime, most: usize) -> bool {
    times.push_back(now);
    while times.front().is_some_and(|first| now.0 - first.0 > CHATTER_WINDOW.0) {
        times.pop_front();
    }
    times.len() > most
}

/// Where a straight line from `(since, old)` to `(now, new)` passes zero.
fn on_the_line(since: SimTime, old: f64, now: SimTime, new: f64) -> SimTime {
    let share = (-old / (new - old)).clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a share of a span between two looks, far below 2^53 ns"
    )]
    let offset = (share * (now.0 - since.0) as f64).round() as u64;
    SimTime(since.0 + offset)
}

/// Every sampled limit, from the parameters alone.
fn limits(params: &Params) -> [Watched; LIMITS] {
    let volts = |limit: Millivolts| f64::from(limit.0) * 1e-3;
    let amps = |limit: Milliamps| f64::from(limit.0) * 1e-3;
    let (voltage, current) = (&params.voltage, &params.mcu_current);
    let over = |reason, quantity, level| Watched { reason, edge: Edge::above(quantity, level) };
    let under = |reason, quantity, level| Watched { reason, edge: Edge::below(quantity, level) };
    let [charge_hot, charge_cold, discharge_hot, discharge_cold] =
        temperature_levels(&params.cell_temperature);
    let [mos_charge_hot, mos_charge_cold, mos_discharge_hot, mos_discharge_cold] =
        temperature_levels(&params.mos_temperature);
    [
        over(Reasons::OVER_VOLTAGE, Quantity::CellMax, volts(voltage.over)),
        over(Reasons::ABNORMAL_HIGH_VOLTAGE, Quantity::CellMax, volts(voltage.abnormal_high)),
        under(Reasons::UNDER_VOLTAGE, Quantity::CellMin, volts(voltage.under)),
        under(Reasons::LOW_VOLTAGE_PROHIBIT, Quantity::CellMin, volts(voltage.low_prohibit)),
        over(Reasons::CHARGE_OC, Quantity::Current, amps(current.charge_oc)),
        under(Reasons::DISCHARGE_OC, Quantity::Current, -amps(current.discharge_oc)),
        over(Reasons::CELL_CHARGE_HOT, Quantity::CellHot, charge_hot),
        under(Reasons::CELL_CHARGE_COLD, Quantity::CellCold, charge_cold),
        over(Reasons::CELL_DISCHARGE_HOT, Quantity::CellHot, discharge_hot),
        under(Reasons::CELL_DISCHARGE_COLD, Quantity::CellCold, discharge_cold),
        over(Reasons::MOS_CHARGE_HOT, Quantity::MosHot, mos_charge_hot),
        under(Reasons::MOS_CHARGE_COLD, Quantity::MosCold, mos_charge_cold),
        over(Reasons::MOS_DISCHARGE_HOT, Quantity::MosHot, mos_discharge_hot),
        under(Reasons::MOS_DISCHARGE_COLD, Quantity::MosCold, mos_discharge_cold),
    ]
}

/// Levels of charge hot, charge cold, discharge hot, discharge cold, °C.
fn temperature_levels(limits: &TemperatureLimits) -> [f64; 4] {
    let degrees = |limit: Centicelsius| f64::from(limit.0) * 0.01;
    [
        degrees(limits.charge_high),
        degrees(limits.charge_low),
        degrees(limits.discharge_high),
        degrees(limits.discharge_low),
    ]
}

/// Reasons that must open both MOSFETs.
fn blocks_both(over_current_opens_both: bool) -> Reasons {
    let always =
        Reasons::SHORT_CIRCUIT | Reasons::EMERGENCY_STOP | Reasons::FRONT_END | Reasons::SENSOR;
    let comparators =
        Reasons::AFE_CHARGE_OC | Reasons::AFE_DISCHARGE_OC1 | Reasons::AFE_DISCHARGE_OC2;
    if over_current_opens_both { always | comparators } else { always }
}

fn blocks_charge(active: Reasons, both: bool) -> Reasons {
    let own = Reasons::OVER_VOLTAGE
        | Reasons::ABNORMAL_HIGH_VOLTAGE
        | Reasons::LOW_VOLTAGE_PROHIBIT
        | Reasons::CHARGE_OC
        | Reasons::AFE_CHARGE_OC
        | Reasons::CELL_CHARGE_HOT
        | Reasons::CELL_CHARGE_COLD
        | Reasons::MOS_CHARGE_HOT
        | Reasons::MOS_CHARGE_COLD
        | Reasons::CHARGE_MOS_FAULT;
    active & (own | blocks_both(both))
}

fn blocks_discharge(active: Reasons, both: bool) -> Reasons {
    let own = Reasons::UNDER_VOLTAGE
        | Reasons::DISCHARGE_OC
        | Reasons::AFE_DISCHARGE_OC1
        | Reasons::AFE_DISCHARGE_OC2
        | Reasons::CELL_DISCHARGE_HOT
        | Reasons::CELL_DISCHARGE_COLD
        | Reasons::MOS_DISCHARGE_HOT
        | Reasons::MOS_DISCHARGE_COLD
        | Reasons::DISCHARGE_MOS_FAULT;
    active & (own | blocks_both(both))
}

/// Reasons under which the charge MOSFET may conduct while discharge current flows (PS-MOS-1).
fn recoverable() -> Reasons {
    Reasons::OVER_VOLTAGE
        | Reasons::ABNORMAL_HIGH_VOLTAGE
        | Reasons::CELL_CHARGE_HOT
        | Reasons::CELL_CHARGE_COLD
        | Reasons::MOS_CHARGE_HOT
        | Reasons::MOS_CHARGE_COLD
}

#[cfg(test)]
mod tests;
