//! The window of a trip: how long it may take by the product's parameters and the tolerances of
//! the SH367309 (datasheet V1.2, pp. 77 to 82), part by part.
//!
//! From the true crossing to the command one or two layers watch, each with its own parts; the
//! first to act counts, so that the window is the earlier of their earliest and the earlier of
//! their latest. Then the gate falls, and with it the current.

use super::rules::{self, Rule};
use super::{Circumstances, cause, parameters};
use crate::expect::Signal;
use bms_core::protect::Reasons;
use bms_core::time::Duration;
use sim::time::Span;
use sim::trace::Switch;

/// The chip's clock and its comparators' delays, per cent.
const CLOCK: u64 = 5;
/// The short-circuit comparator looks once in this time.
const SHORT_CLOCK: Span = Span::from_micros(64);
/// Time constants of the filter until a signal 5 % beyond the level reaches it: ln 21, thousandths.
const FILTER: u64 = 3_045;
/// A cycle of the fast converter at its slowest.
const CYCLE_MAX: Span = Span::from_millis(105);
/// From the begin of the current's slot, the 17th of 20, to the end of the cycle, at its slowest.
const CURRENT_LATCH_MAX: Span = Span::from_millis(21);
/// Period of the thermistors at its slowest.
const TEMPERATURE_PERIOD_MAX: Span = Span::from_millis(1_050);
/// What the chip's bleeding adds to its voltage delays at most.
const BLEEDING_MAX: Span = Span::from_millis(400);
/// The layer of the chip.
pub(super) const FRONT_END: &str = "front end";
/// Longest wait of an alarm for the firmware: another interrupt and a burst read at 100 kHz.
pub(super) const ALARM_MAX: Span = Span::from_micros(1_500);
/// Fall of the discharge gate: 150 µs typical, 400 µs at most.
const FALL: (u64, u64) = (400, 150);

/// What is allowed, ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Not shorter.
    pub low: Span,
    /// Not longer.
    pub high: Span,
}

impl Window {
    /// Whether a time lies inside.
    #[must_use]
    pub fn holds(self, time: Span) -> bool {
        (self.low..=self.high).contains(&time)
    }
}

/// One part of the way, with its shortest and longest time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub why: String,
    /// Shortest.
    pub low: Span,
    /// Longest.
    pub high: Span,
}

/// Somebody who watches: all parts pass one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Who.
    pub name: &'static str,
    /// The way from the crossing to the command.
    pub parts: Vec<Part>,
}

impl Layer {
    /// All parts together.
    #[must_use]
    pub fn window(&self) -> Window {
        let sum = |of: fn(&Part) -> Span| Span(self.parts.iter().map(|part| of(part).0).sum());
        Window { low: sum(|part| part.low), high: sum(|part| part.high) }
    }
}

/// The whole way of a trip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Who watches; never empty. The first to act counts.
    pub layers: Vec<Layer>,
    /// From the command to the end of the gate's edge.
    pub gate: Part,
}

impl Budget {
    /// What is allowed from the crossing to the command.
    #[must_use]
    pub fn command(&self) -> Window {
        let windows = || self.layers.iter().map(Layer::window);
        let low = windows().map(|it| it.low).min().unwrap_or_default();
        let high = windows().map(|it| it.high).min().unwrap_or_default();
        Window { low, high }
    }

    /// What is allowed from the crossing to the end of the gate's edge, and with it of the current.
    #[must_use]
    pub fn edge(&self) -> Window {
        let Window { low, high } = self.command();
        Window { low: Span(low.0 + self.gate.low.0), high: Span(high.0 + self.gate.high.0) }
    }
}

/// The budget of a protection; `None` for what the datasheets give no time for.
#[must_use]
pub fn budget(reason: Reasons, setup: &Circumstances<'_>) -> Option<Budget> {
    let layers: Vec<_> =
        [chip(reason, setup), firmware(reason, setup)].into_iter().flatten().collect();
    (!layers.is_empty()).then(|| Budget { layers, gate: gate(reason, setup) })
}

/// What the chip does by itself. Its temperature limits lie beyond the product's.
fn chip(reason: Reasons, setup: &Circumstances<'_>) -> Option<Layer> {
    let (currents, voltage) = (&setup.params.afe_current, &setup.params.voltage);
    let parts = match reason {
        Reasons::SHORT_CIRCUIT => vec![
            filter(setup),
            exact("short-circuit delay", currents.short_circuit_delay),
            part("comparator looks once per 64 µs", Span(0), SHORT_CLOCK),
        ],
        Reasons::AFE_DISCHARGE_OC1 => comparator(currents.discharge_oc1_delay, setup),
        Reasons::AFE_DISCHARGE_OC2 => comparator(currents.discharge_oc2_delay, setup),
        Reasons::AFE_CHARGE_OC => comparator(currents.charge_oc_delay, setup),
        Reasons::OVER_VOLTAGE => sampled(voltage.over_delay, setup),
        Reasons::UNDER_VOLTAGE => sampled(voltage.under_delay, setup),
        _ => return None,
    };
    Some(Layer { name: FRONT_END, parts })
}

fn comparator(delay: Duration, setup: &Circumstances<'_>) -> Vec<Part> {
    vec![filter(setup), within_clock("comparator delay", delay)]
}

/// A voltage delay: 0.95 t + 100 ms to 1.05 t + 200 ms.
fn sampled(delay: Duration, setup: &Circumstances<'_>) -> Vec<Part> {
    let cycles = part(
        "one to two acquisition cycles on top",
        Span::from_millis(100),
        Span::from_millis(200),
    );
    let mut parts = vec![within_clock("delay of the voltage protection", delay), cycles];
    if setup.params.system.balance_enabled {
        parts.push(part("conversions delayed by bleeding", Span(0), BLEEDING_MAX));
    }
    parts
}

/// The RC filter before the comparators; a forced world has none.
pub(super) fn filter(setup: &Circumstances<'_>) -> Part {
    let slow = match setup.forced {
        true => Span(0),
        false => Span(setup.board.sense_filter.0 * FILTER / 1_000),
    };
    part("filter before the comparators, from strong to 5 % overdrive", Span(0), slow)
}

/// What a firmware does with samples of a quantity, by the rules of the requirements.
fn firmware(reason: Reasons, setup: &Circumstances<'_>) -> Option<Layer> {
    let of_limit = |rule: &&Rule| rule.reason() == Some(reason) && rule.counts_from_the_limit();
    let rule = rules::all().iter().find(of_limit)?;
    let comparator = Reasons::AFE_CHARGE_OC
        | Reasons::AFE_DISCHARGE_OC1
        | Reasons::AFE_DISCHARGE_OC2
        | Reasons::SHORT_CIRCUIT;
    // AMB-PS-25: a fitted limiter limits instead of cutting off.
    let limited = reason == Reasons::CHARGE_OC && setup.params.limiter.fitted;
    let off = rule.only_if.as_deref().is_some_and(|key| !parameters::is_on(setup.params, key));
    if comparator.contains(reason) || limited || off {
        return None;
    }
    let (signal, _) = cause::quantity(reason)?;
    let delay = rule.delay.as_deref().and_then(|key| parameters::duration(setup.params, key));
    let delay = delay.unwrap_or(Duration::ZERO);
    let mut parts = readings(signal, delay, setup.params.system.confirm_samples);
    parts.push(exact("delay of the limit, on the firmware's timer", delay));
    parts.push(part("alarm waits for the firmware", Span(0), ALARM_MAX));
    Some(Layer { name: "firmware", parts })
}

/// From the crossing to the reading that shows it.
fn readings(signal: Signal, delay: Duration, confirm_samples: u8) -> Vec<Part> {
    let (wait, latch) = match signal {
        Signal::Current => (CYCLE_MAX, CURRENT_LATCH_MAX),
        Signal::CellMax | Signal::CellMin => (CYCLE_MAX, CYCLE_MAX),
        _ => (TEMPERATURE_PERIOD_MAX, CYCLE_MAX),
    };
    let mut parts = vec![
        part("wait for the quantity's slot in the converter's cycle", Span(0), wait),
        part("from the slot to the end of the cycle", Span(0), latch),
    ];
    let more = u64::from(confirm_samples).saturating_sub(1);
    if delay == Duration::ZERO && more > 0 {
        parts.push(part("further readings that confirm", Span(0), Span(more * wait.0)));
    }
    parts
}

/// The edge of the gate that interrupts the current; a forced world has ideal gates.
fn gate(reason: Reasons, setup: &Circumstances<'_>) -> Part {
    let switch = interrupting(reason);
    let fall = match (setup.forced, switch) {
        (true, _) => Span(0),
        (_, Switch::Charge) => setup.board.charge_fall,
        _ => setup.board.discharge_fall,
    };
    match switch {
        _ if fall.0 == 0 => part("gate edge, ideal here", fall, fall),
        Switch::Charge => part("fall of the charge gate", fall, fall),
        _ => {
            let longest = Span(fall.0 * FALL.0 / FALL.1);
            part("fall of the discharge gate, typical to longest", fall, longest)
        }
    }
}

/// The switch that interrupts the current which a protection stands against.
#[must_use]
pub fn interrupting(reason: Reasons) -> Switch {
    let charge = Reasons::OVER_VOLTAGE
        | Reasons::ABNORMAL_HIGH_VOLTAGE
        | Reasons::LOW_VOLTAGE_PROHIBIT
        | Reasons::CHARGE_OC
        | Reasons::AFE_CHARGE_OC
        | Reasons::CELL_CHARGE_HOT
        | Reasons::CELL_CHARGE_COLD
        | Reasons::MOS_CHARGE_HOT
        | Reasons::MOS_CHARGE_COLD
        | Reasons::CHARGE_MOS_FAULT;
    if charge.contains(reason) { Switch::Charge } else { Switch::Discharge }
}

fn part(why: &str, low: Span, high: Span) -> Part {
    Part { why: why.to_owned(), low, high }
}

fn exact(why: &str, delay: Duration) -> Part {
    part(why, delay.into(), delay.into())
}

/// A delay on the chip's clock.
fn within_clock(why: &str, delay: Duration) -> Part {
    let Span(nanos) = delay.into();
    let error = nanos * CLOCK / 100;
    part(&format!("{why}, ±{CLOCK} %"), Span(nanos - error), Span(nanos + error))
}
