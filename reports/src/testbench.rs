//! Hand-made runs for the tests: a short circuit with its fast phase, and a cold charge.
//!
//! Numbers come from closed forms (a decaying exponential, a lump that warms up), not from a
//! simulation.

use crate::RequirementText;
use bms_core::bms::{Decision, Gates};
use bms_core::indicate::{Led, Leds};
use bms_core::mode::Mode;
use bms_core::params::Params;
use bms_core::protect::Reasons;
use bms_core::time::Instant;
use bms_core::units::BasisPoints;
use scenarios::Scenario;
use scenarios::expect::{
    BudgetPart, Check, EventPattern, Expectation, Signal, Threshold, When, Window,
};
use sim::parts::{HeatParts, PathParts};
use sim::script::Script;
use sim::setup::{
    Action, BoardSetup, ForcedSetup, FrontEndLevel, Load, Looks, Profile, Setup, TimedAction,
    Tolerance, WorldSetup,
};
use sim::time::{SimTime, Span};
use sim::trace::{
    AlarmRecord, BurstPoint, Event, EventKind, Ledger, Outcome, Row, Stats, Switch, Trace, Truth,
};

pub(crate) fn ms(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

pub(crate) fn us(micros: u64) -> SimTime {
    SimTime::from_micros(micros)
}

pub(crate) fn at(at: SimTime, kind: EventKind) -> Event {
    Event { at, kind }
}

pub(crate) fn lookup(id: &str) -> Option<RequirementText> {
    let text = match id {
        "PS-SCP-1" => "A short circuit shall open both MOSFETs.",
        "PS-TMP-2" => "A cell too cold shall stop charging.",
        _ => return None,
    };
    let (values, source) = ("80 mV, 192 µs".into(), "51.2V150A V6.0 L41-44".into());
    Some(RequirementText { text: text.into(), values, source })
}

/// An expectation of one event in a window.
pub(crate) fn event(event: EventPattern, at: SimTime, early: Span, late: Span) -> Check {
    let budget = vec![
        BudgetPart { why: "comparator clock, one tick".into(), early: Span(0), late },
        BudgetPart { why: "rounding".into(), early, late: Span(0) },
    ];
    Check::Event {
        event,
        occurrence: 1,
        window: Window { at, anchor: None, cause: None, early, late, budget },
    }
}

pub(crate) fn expectation(ids: &[&str], label: &str, check: Check) -> Expectation {
    let requirements = ids.iter().map(|id| (*id).into()).collect();
    Expectation { requirements, line: 12, source: 0, label: label.into(), check }
}

/// A scenario of a length that expects nothing.
pub(crate) fn scenario(id: &str, duration: SimTime) -> Scenario {
    Scenario {
        id: id.into(),
        title: "Hard short on the port".into(),
        about: "A bolted short of 5 mΩ.\n\nIt stays.".into(),
        spec: vec!["S02".into()],
        file: format!("suite/{id}.toml"),
        text: "title = \"Hard short on the port\"\n".into(),
        product: "ps-15016".into(),
        covers: Vec::new(),
        setup: setup(id, duration),
        expectations: Vec::new(),
        assembly: None,
        thresholds: Vec::new(),
        waiting: Vec::new(),
        refused: Vec::new(),
        axes: Vec::new(),
        sources: [].into(),
        drawn: Vec::new(),
    }
}

/// A trace with nothing in it.
pub(crate) fn quiet() -> Trace {
    Trace {
        begun: None,
        outcome: Outcome::Completed,
        events: Vec::new(),
        rows: Vec::new(),
        bursts: Vec::new(),
        alarms: Vec::new(),
        ledger: Ledger::default(),
        marks: Vec::new(),
        stats: Stats { events: 120, steps: 80, bus_bytes: 4_096, eeprom_writes: 0 },
        digest: "9f".repeat(32),
    }
}

pub(crate) fn row(at: SimTime, current_a: f64, volts: f64) -> Row {
    let truth = Truth {
        charge_c: 0.0,
        current_a,
        port_v: 16.0 * volts,
        pack_v: 16.0 * volts,
        cells_v: (0..16).map(|cell| volts + 0.002 * f64::from((cell * 7) % 16)).collect(),
        socs: (0..16).map(|cell| 0.5 + 0.001 * f64::from((cell * 5) % 16)).collect(),
        cells_c: vec![25.0; 16],
        cell_c: [25.0; 4],
        mos_c: [26.0; 2],
        ambient_c: 25.0,
        humidity: None,
    };
    Row {
        at,
        truth,
        decision: decision(true, Reasons::empty()),
        reported: None,
        display: None,
        ledger: None,
        held: None,
    }
}

pub(crate) fn decision(on: bool, active: Reasons) -> Decision {
    Decision {
        mode: Mode::Standby,
        gates: Gates { charge: on, discharge: on, ..Gates::default() },
        active,
        pending: Reasons::empty(),
        transfer: None,
        bleed: 0,
        clear_over_current: false,
        leds: leds(!active.is_empty()),
        soc: BasisPoints(5_050),
        wake: Instant::from_micros(100_000),
    }
}

pub(crate) fn leds(alarm: bool) -> Leds {
    let soc = [Led::On, Led::On, Led::Off, Led::Off];
    Leds { soc, alarm: if alarm { Led::On } else { Led::Off }, run: Led::Flash }
}

/// A short at 1 s through 15 mΩ: 3520 A until the discharge gate has closed 12 µs after the
/// comparator's 192 µs (S02), then a pre-charge of 0.4 s.
pub(crate) fn short_circuit() -> (Scenario, Trace) {
    let mut wanted = scenario("ps150-sc-hard-fault", SimTime::from_secs(4));
    wanted.covers = vec!["PS-SCP-1".into(), "PS-SCP-2".into()];
    let sc = Reasons::SHORT_CIRCUIT;
    let trip =
        event(EventPattern::Protection(sc, true), us(1_000_192), Span(0), Span::from_micros(64));
    let zero = event(EventPattern::CurrentZero, us(1_000_204), Span(0), Span::from_micros(2));
    let band = |signal, low, high| Check::Band {
        signal,
        when: When::between(ms(1_500), ms(3_000)),
        low,
        high,
    };
    wanted.expectations = vec![
        expectation(&["PS-SCP-1"], "SC trips after its delay", trip),
        expectation(&["PS-SCP-1"], "current zero within 12 µs", zero),
        expectation(&["PS-SCP-1"], "no current afterwards", band(Signal::Current, -0.1, 0.1)),
        expectation(
            &["PS-UV-1"],
            "no under-voltage",
            Check::Never {
                event: EventPattern::Protection(Reasons::UNDER_VOLTAGE, true),
                when: When::between(SimTime::ZERO, SimTime::from_secs(4)),
            },
        ),
    ];
    let limit = |label: &str, signal, value| Threshold { label: label.into(), signal, value };
    wanted.thresholds = vec![
        limit("SC −480 A", Signal::Current, -480.0),
        limit("UV 2500 mV", Signal::CellMin, 2.5),
        limit("OV 3750 mV", Signal::CellMax, 3.75),
    ];
    wanted.setup.timeline = vec![TimedAction {
        at: SimTime::from_secs(1),
        action: Action::ConnectLoad(Load::Short { ohm: 0.005, henry: 0.0 }),
    }];
    (wanted, short_trace())
}

fn short_trace() -> Trace {
    let sc = Reasons::SHORT_CIRCUIT;
    let trip = us(1_000_192);
    let mut trace = quiet();
    trace.events = vec![
        at(SimTime::ZERO, EventKind::Switched(Switch::Charge, true)),
        at(SimTime::ZERO, EventKind::Switched(Switch::Discharge, true)),
        at(us(1_000_000), EventKind::Stimulus(0)),
        at(us(1_000_000), EventKind::Crossed(sc, true)),
        at(us(1_000_002), EventKind::Compared(sc, true)),
        at(trip, EventKind::Latched(sc, true)),
        at(trip, EventKind::Commanded(Switch::Charge, false)),
        at(trip, EventKind::Commanded(Switch::Discharge, false)),
        at(trip, EventKind::Protection(sc, true)),
        at(trip, EventKind::Leds(leds(true))),
        at(us(1_000_200), EventKind::Switched(Switch::Charge, false)),
        at(us(1_000_204), EventKind::Switched(Switch::Discharge, false)),
        at(us(1_000_204), EventKind::CurrentZero),
        at(us(1_000_204), EventKind::Switched(Switch::Precharge, true)),
        at(ms(1_400), EventKind::Switched(Switch::Precharge, false)),
    ];
    trace.bursts = vec![(0..=1_200).map(short_point).collect()];
    trace.rows = (0..=40).map(|index| row(ms(100 * index), 0.0, 3.3)).collect();
    for row in &mut trace.rows {
        let dense = trace.bursts[0].iter().rfind(|point| point.at <= row.at);
        row.truth.port_v = dense.map_or(52.8, |point| point.port_v);
        row.decision = decision(dense.is_none(), Reasons::empty());
    }
    trace.alarms =
        vec![AlarmRecord { at_us: 1_000_192, reason: sc, entered: true, soc: BasisPoints(5_000) }];
    trace.ledger = Ledger { chemical_j: 36.0, path_heat_j: 35.9, ..Ledger::default() };
    trace
}

/// The first 300 points are microseconds, the rest cover the pre-charge to 1.4 s.
fn short_point(index: u64) -> BurstPoint {
    let micros = if index <= 300 { index } else { 300 + (index - 300) * 444 };
    let (current_a, port_v) = match micros {
        0 => (0.0, 52.8),
        1..=192 => (-3_520.0, 17.6),
        193..=204 => (-3_520.0 * (204.0 - f64::from(u32::try_from(micros).unwrap())) / 12.0, 17.6),
        _ => {
            let rise = libm_exp(-(f64::from(u32::try_from(micros).unwrap()) - 204.0) / 1.0e5);
            (-5.27 * rise, 50.0 * (1.0 - rise))
        }
    };
    BurstPoint { at: us(1_000_000 + micros), current_a, port_v }
}

/// e to the power of x ≤ 0 by squaring a short series: good to a millionth, and no platform's.
fn libm_exp(x: f64) -> f64 {
    let mut base = 1.0 + x / 4_096.0 + x * x / (2.0 * 4_096.0 * 4_096.0);
    for _ in 0..12 {
        base *= base;
    }
    base
}

/// A charge that waits until the cells have warmed up from 0 °C: 4000 s, a row each 10 s.
pub(crate) fn cold_charge() -> (Scenario, Trace) {
    let cold = Reasons::CELL_CHARGE_COLD;
    let mut wanted = scenario("ps200-cold-charge", SimTime::from_secs(4_000));
    wanted.title = "Charge of a frozen pack".into();
    wanted.spec = vec!["S11".into()];
    wanted.covers = vec!["PS-TMP-2".into()];
    // 600 s + 7200 s · ln(25/20) = 2206.6 s (S11).
    let released = event(
        EventPattern::Protection(cold, false),
        ms(2_206_634),
        Span::from_millis(44_000),
        Span::from_millis(46_000),
    );
    wanted.expectations = vec![expectation(&["PS-TMP-2"], "UTC releases above 5 °C", released)];
    wanted.thresholds = vec![Threshold {
        label: "UTC release 5 °C".into(),
        signal: Signal::CellTemperature(0),
        value: 5.0,
    }];
    let mut trace = quiet();
    trace.events = vec![
        at(ms(350), EventKind::Sampled(cold, true)),
        at(ms(350), EventKind::Protection(cold, true)),
        at(ms(300_000), EventKind::Stimulus(0)),
        at(ms(360_000), EventKind::Stimulus(1)),
        at(ms(2_207_350), EventKind::Protection(cold, false)),
        at(ms(2_207_350), EventKind::Switched(Switch::Charge, true)),
    ];
    trace.rows = (0..=400_u32).map(|index| cold_row(f64::from(index) * 10.0)).collect();
    (wanted, trace)
}

fn cold_row(seconds: f64) -> Row {
    let celsius = 25.0 * (1.0 - libm_exp(-(seconds - 600.0).max(0.0) / 7_200.0));
    let charging = seconds > 2_207.35;
    let discharging = (300.0..360.0).contains(&seconds);
    let current = if charging {
        20.0
    } else if discharging {
        -20.0
    } else {
        0.0
    };
    let charged = if charging { (seconds - 2_207.35) * 20.0 / 360_000.0 } else { 0.0 };
    let nanos = SimTime(u64::from(seconds as u32) * 1_000_000_000);
    let mut row = row(nanos, current, 3.28 + 0.001 * current + 0.5 * charged);
    row.truth.cell_c = [celsius, celsius + 0.1, celsius + 0.4, celsius + 0.2];
    row.truth.mos_c = [celsius + 1.0; 2];
    row.truth.ambient_c = if seconds < 600.0 { 0.0 } else { 25.0 };
    row.truth.socs.iter_mut().for_each(|soc| *soc += charged);
    row
}

fn setup(name: &str, duration: SimTime) -> Setup {
    let constant = Profile::constant;
    let forced = ForcedSetup {
        cells: vec![constant(3.3); 16],
        current: constant(0.0),
        gated: true,
        cell_temperatures: [25.0; 4].map(constant),
        mos_temperatures: [25.0; 2].map(constant),
        board_temperature: constant(25.0),
        load_attached: constant(0.0),
        charger_attached: constant(0.0),
    };
    Setup {
        name: name.into(),
        params: params(),
        board: board(),
        world: WorldSetup::Forced(forced),
        timeline: Vec::new(),
        script: Script::default(),
        front_end: FrontEndLevel::Register,
        tolerance: Tolerance::Nominal,
        seed: 7,
        duration,
        record_period: Span::from_millis(100),
        record_at: Vec::new(),
        event_budget: 1_000_000,
        switched_on: true,
        latched: Reasons::empty(),
        looks: Looks::default(),
        steps: sim::setup::StepBounds::default(),
    }
}

fn board() -> BoardSetup {
    BoardSetup {
        shunt_ohm: 0.000_166_667,
        path_ohm: 0.002,
        body_diode_v: 0.7,
        discharge_fall: Span::from_micros(12),
        charge_fall: Span::from_micros(8),
        sense_filter: Span::from_micros(2),
        precharge_ohm: 10.0,
        low_cell_precharge_ohm: 10.0,
        limiter_a: 10.0,
        transfer_a: 1.0,
        transfer_efficiency: 0.9,
        bleed_a: 0.1,
        sense_wire_ohm: 0.05,
        board_a: 0.03,
        mos_heat_j_k: 100.0,
        mos_to_ambient_w_k: 1.0,
        display_a: 0.0,
        path: PathParts::default(),
        heat: HeatParts::default(),
    }
}

/// Those of the PS-15016.
pub(crate) fn params() -> Params {
    scenarios::product::load("ps-15016").expect("the product is embedded").params
}
