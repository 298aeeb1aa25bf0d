//! The closed-loop plant: groups of cells in series, copper, switches, heat, and what is attached to
//! the port.
//!
//! The equations and their numbers are in `docs/physics-plant.md`; `ARCHITECTURE.md` says what each
//! file is for. Time is cut into segments by the physics alone, never by the caller's steps:
//! `planner` and `fast` decide the next one, `commit` books it when it is over, `nodes` reads inside
//! it, `world` is the door to the bench.

mod age;
mod attached;
mod balance;
mod bus;
mod cells;
mod charger;
mod circuit;
mod commit;
mod fast;
mod faults;
mod group;
mod groups;
mod heater;
mod monitor;
mod moving;
mod network;
mod nodes;
mod pack_heat;
mod path;
mod planner;
mod port;
mod quiet;
mod segment;
mod sense;
mod shapes;
pub(crate) mod spread;
mod supply;
mod switches;
mod thermal;
mod trajectory;
mod vary;
mod view;
mod watch;
mod wiring;
mod world;

use crate::parts::SupplyMode;
use crate::setup::{BoardSetup, CELL_SENSORS, CellSetup, PackSetup, StepBounds};
use crate::thermistor::Sensors;
use crate::time::{SimTime, Span};
use crate::trace::{Ledger, Switch};
use crate::world::{WorldError, WorldEvent};
use age::Life;
use attached::LoadState;
use balance::Balancing;
use cells::CellString;
use charger::ChargerState;
use heater::HeaterState;
use monitor::Monitors;
use path::{PathNow, PathState};
use planner::{Pace, Plan};
use quiet::Quiet;
use segment::Segment;
use std::collections::VecDeque;
use switches::{Edge, Switches};
use thermal::{Bank, CellHeat, sensor_cells};
use watch::Watch;
use wiring::Wiring;

/// Most points of fast phases that are kept until they are taken.
const BURST_POINTS_MAX: usize = 200_000;

/// The plant. Start with every switch off and nothing attached.
#[derive(Clone, Debug)]
pub struct Plant {
    board: BoardSetup,
    string: CellString,
    wiring: Wiring,
    monitors: Monitors,
    /// Lives of all cells; none where the pack does not age.
    lives: Vec<Life>,
    heat: CellHeat,
    bank: Bank,
    switches: Switches,
    path: PathState,
    path_now: PathNow,
    edge: Option<Edge>,
    /// The fuse melts at the end of the running segment.
    melts: bool,
    charger: Option<ChargerState>,
    load: Option<LoadState>,
    now: SimTime,
    steps: StepBounds,
    pace: Pace,
    quiet: Quiet,
    plan: Option<Plan>,
    filter_v: f64,
    last_a: f64,
    last_charger_a: f64,
    history: VecDeque<Segment>,
    watch: Watch,
    events: Vec<(SimTime, WorldEvent)>,
    burst: Vec<(SimTime, f64, f64)>,
    bursting: bool,
    /// The last point before the running segment.
    burst_tail: Option<(SimTime, f64, f64)>,
    ledger: Ledger,
    /// What the bus capacitor held when it was last booked, joule.
    bus_j: f64,
    /// Charge into the pack since the start, up to the running segment, coulomb.
    charge_c: f64,
    sensors: Sensors,
    sensor_cells: [usize; CELL_SENSORS],
    heater: HeaterState,
    supply: SupplyMode,
    failure: Option<WorldError>,
}

impl Plant {
    /// A pack at rest on this board. `seed` draws the spread of capacity and resistance.
    ///
    /// # Errors
    /// The pack has no cells, or a resistance, time constant or state that the equations cannot
    /// take; the message names it.
    pub fn new(pack: &PackSetup, board: &BoardSetup, seed: u64) -> Result<Self, WorldError> {
        Self::with_steps(pack, board, seed, StepBounds::default())
    }

    /// The same, cutting time as finely as `steps` says.
    ///
    /// # Errors
    /// As [`Plant::new`].
    pub fn with_steps(
        pack: &PackSetup,
        board: &BoardSetup,
        seed: u64,
        steps: StepBounds,
    ) -> Result<Self, WorldError> {
        let what = |what: String| WorldError { at: SimTime::ZERO, what };
        refuse(pack, board).map_err(what)?;
        let wiring = Wiring::new(pack, board, seed);
        let balancing = Balancing::new(board, pack.parts.balancer, wiring.groups());
        let mut string = CellString::new(pack, balancing, board.board_a, seed);
        string.drift_allowed = (steps.exchange_a, steps.exchange_share);
        wiring.apply(&mut string, 0.0);
        let heat = CellHeat::new(pack, board, &string.params);
        let path = PathState::new(&board.path, heat.ambient_c);
        let path_now = path.now(board, heat.ambient_c);
        let mut plant = Self {
            bank: Bank::new(board, heat.ambient_c),
            board: board.clone(),
            string,
            wiring,
            monitors: Monitors::new(pack.cells.len()),
            lives: vec![Life::default(); if pack.parts.ages { pack.cells.len() } else { 0 }],
            heat,
            switches: Switches::all_off(),
            path,
            path_now,
            edge: None,
            melts: false,
            charger: None,
            load: None,
            now: SimTime::ZERO,
            steps,
            pace: Pace::Fresh,
            quiet: Quiet::default(),
            plan: None,
            filter_v: path_now.sense_v,
            last_a: 0.0,
            last_charger_a: 0.0,
            history: VecDeque::new(),
            watch: Watch::default(),
            events: Vec::new(),
            burst: Vec::new(),
            bursting: false,
            burst_tail: None,
            ledger: Ledger::default(),
            bus_j: 0.0,
            charge_c: 0.0,
            sensors: Sensors::default(),
            sensor_cells: sensor_cells(pack.cells.len(), &board.heat.thermistors.cells),
            heater: HeaterState::new(board.heat.heater),
            supply: SupplyMode::default(),
            failure: None,
        };
        let places_c = std::array::from_fn(|sensor| plant.place(sensor, None).from_c);
        plant.sensors = Sensors::new(&board.heat.thermistors, places_c);
        plant.hang(None);
        plant.bus_j = plant.held_in_bus_j();
        plant.replan();
        match plant.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(plant),
        }
    }

    /// Temperatures of the thermal network's nodes beyond the cells at the start of the running
    /// segment, by name, °C; empty without a network.
    #[must_use]
    pub fn thermal_nodes(&self) -> Vec<(String, f64)> {
        self.heat.network.as_ref().map_or(Vec::new(), |network| network.others())
    }

    /// The running segment.
    fn segment(&self) -> &Segment {
        &self.plan.as_ref().expect("a segment is planned between any two calls").segment
    }

    /// Seconds since the running segment began.
    fn offset_s(&self) -> f64 {
        self.segment().offset_s(self.now)
    }

    /// Pack current now, ampere.
    fn current_a(&self) -> f64 {
        self.segment().trajectory.current_a(self.offset_s())
    }

    /// Fall time of a switch's channel.
    fn fall(&self, switch: Switch) -> Span {
        let sound = match switch {
            Switch::Charge => self.board.charge_fall,
            Switch::Discharge => self.board.discharge_fall,
            _ => return Span(0),
        };
        let times = self.switches.slowness(switch);
        times.map_or(sound, |times| planner::span_of(sound.as_secs_f64() * times))
    }

    /// From a driver's edge to the gate's.
    fn delay(&self, switch: Switch, on: bool) -> Span {
        let parts = &self.board.path;
        match (switch, on) {
            (Switch::Charge | Switch::Discharge, true) => parts.mosfets.on_delay,
            (Switch::Charge, false) => parts.mosfets.charge_delay,
            (Switch::Discharge, false) => parts.mosfets.discharge_delay,
            (Switch::Limiter, true) => parts.limiter.start,
            _ => Span(0),
        }
    }
}

/// What the equations cannot take.
fn refuse(pack: &PackSetup, board: &BoardSetup) -> Result<(), String> {
    let positive = [("shunt resistance", board.shunt_ohm), ("path resistance", board.path_ohm)];
    let not_negative = [
        ("body diode drop", board.body_diode_v),
        ("joint resistance", pack.parts.joint_ohm),
        ("pre-charge resistance", board.precharge_ohm),
        ("low-cell pre-charge resistance", board.low_cell_precharge_ohm),
        ("sense wire resistance", board.sense_wire_ohm),
        ("board consumption", board.board_a),
    ];
    if pack.cells.is_empty() {
        return Err("the pack has no cells".to_owned());
    }
    wiring::refuse(pack)?;
    if let Some((name, value)) = positive.iter().find(|(_, v)| !(v.is_finite() && *v > 0.0)) {
        return Err(format!("{name} is {value}, and must be positive"));
    }
    if let Some((name, value)) = not_negative.iter().find(|(_, v)| !(v.is_finite() && *v >= 0.0)) {
        return Err(format!("{name} is {value}, and must not be negative"));
    }
    if pack.thermal_tau_s.is_some_and(|tau_s| !(tau_s.is_finite() && tau_s > 0.0)) {
        return Err("the thermal time constant must be positive".to_owned());
    }
    if pack.thermal_tau_s.is_some() && board.heat.network.is_some() {
        return Err("a thermal network has no single time constant".to_owned());
    }
    board.heat.check(pack.cells.len())?;
    if let Some(refusal) = board.path.refusal() {
        return Err(refusal);
    }
    let state = |(index, cell): (usize, &CellSetup)| {
        let finite = cell.soc.is_finite() && cell.temperature_c.is_finite();
        (!finite).then(|| format!("the state of cell {} is not a finite number", index + 1))
    };
    pack.cells.iter().enumerate().find_map(state).map_or(Ok(()), Err)
}
