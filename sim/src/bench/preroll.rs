//! What comes before a run that begins with protections in force: the firmware is brought there on
//! forced values, as a pack gets there in the field, and then finds itself in its own world.

use super::{Abort, Bench, commissioned_soc};
use crate::queue::Actor;
use crate::setup::ForcedSetup;
use crate::setup::{Action, ForcedChange, Profile};
use crate::time::Span;
use crate::trace::{Begun, Stats};
use crate::world::World;
use bms_core::afe::Afe;
use bms_core::mode::Mode;
use bms_core::params::{Params, TemperatureLimits};
use bms_core::protect::Reasons;
use bms_core::units::{Centicelsius, Millivolts};

/// The longest that anything is waited for: far above the longest delay of a protection (8 s) and
/// of a start of the front end (5 s).
const PATIENCE: Span = Span::from_millis(60_000);

/// Edges are over and the chip has seen it all after this time.
const SETTLED: Span = Span::from_millis(20);

/// How far beyond a limit a temperature is forced, °C: less than the 5 °C by which the chip's own
/// limits lie beyond.
const BEYOND_C: f64 = 2.0;

/// How far beyond a limit a cell is forced at most, V.
const BEYOND_V: f64 = 0.05;

/// Room temperature, °C.
const ROOM_C: f64 = 25.0;

/// Protections that values at the pins bring about. The others need something that is broken.
pub const BY_VALUES: Reasons = Reasons::OVER_VOLTAGE
    .union(Reasons::ABNORMAL_HIGH_VOLTAGE)
    .union(Reasons::UNDER_VOLTAGE)
    .union(Reasons::LOW_VOLTAGE_PROHIBIT)
    .union(Reasons::CHARGE_OC)
    .union(Reasons::DISCHARGE_OC)
    .union(Reasons::AFE_CHARGE_OC)
    .union(Reasons::AFE_DISCHARGE_OC1)
    .union(Reasons::AFE_DISCHARGE_OC2)
    .union(Reasons::SHORT_CIRCUIT)
    .union(Reasons::CELL_CHARGE_HOT)
    .union(Reasons::CELL_CHARGE_COLD)
    .union(Reasons::CELL_DISCHARGE_HOT)
    .union(Reasons::CELL_DISCHARGE_COLD)
    .union(Reasons::MOS_CHARGE_HOT)
    .union(Reasons::MOS_CHARGE_COLD)
    .union(Reasons::MOS_DISCHARGE_HOT)
    .union(Reasons::MOS_DISCHARGE_COLD)
    .union(Reasons::EMERGENCY_STOP)
    .union(Reasons::CTL_LOW);

/// The protections that a current brings about, in the order in which they are: those with the
/// long recovery first, so that none is over before the last is there.
const BY_CURRENT: [Reasons; 6] = [
    Reasons::CHARGE_OC,
    Reasons::DISCHARGE_OC,
    Reasons::AFE_DISCHARGE_OC1,
    Reasons::AFE_DISCHARGE_OC2,
    Reasons::AFE_CHARGE_OC,
    Reasons::SHORT_CIRCUIT,
];

/// A pack at rest, from which the values are forced.
pub(super) fn at_rest(params: &Params) -> ForcedSetup {
    ForcedSetup {
        cells: vec![Profile::constant(resting_v(params)); usize::from(params.series)],
        current: Profile::constant(0.0),
        gated: true,
        cell_temperatures: std::array::from_fn(|_| Profile::constant(ROOM_C)),
        mos_temperatures: std::array::from_fn(|_| Profile::constant(ROOM_C)),
        board_temperature: Profile::constant(ROOM_C),
        load_attached: Profile::constant(0.0),
        charger_attached: Profile::constant(0.0),
    }
}

/// Between the two releases, where no voltage protection is or stays in force.
fn resting_v(params: &Params) -> f64 {
    f64::midpoint(volts(params.voltage.under_release), volts(params.voltage.over_release))
}

impl<W: World, A: Afe> Bench<'_, W, A> {
    /// Brings the wanted protections about and begins the run.
    pub(super) fn roll(&mut self) -> Result<(), Abort> {
        let (wanted, params) = (self.setup.latched, &self.setup.params);
        let is_up = |bench: &Self| {
            let gates = bench.decision.gates;
            bench.decision.mode == Mode::Standby && gates.charge && gates.discharge
        };
        self.pass_until(is_up, || "the pack does not come up".to_owned())?;
        self.hold(lasting(wanted, params))?;
        let held = wanted.difference(BY_CURRENT.into_iter().collect());
        self.wait_for(held)?;
        for reason in BY_CURRENT.into_iter().filter(|reason| wanted.contains(*reason)) {
            let ampere = current_a(reason, params);
            let load = Profile::constant(if ampere < 0.0 { 1.0 } else { 0.0 });
            let flow = ForcedChange::Current(Profile::constant(ampere));
            self.hold(vec![ForcedChange::LoadAttached(load), flow])?;
            self.wait_for(reason)?;
            self.hold(vec![ForcedChange::Current(Profile::constant(0.0))])?;
        }
        let until = self.world.now() + SETTLED;
        self.pass_until(|bench| bench.world.now() >= until, String::new)?;
        let active = self.decision.active;
        if active != wanted {
            let why = format!("{:?} is in force instead of {wanted:?}", active);
            return Err(Abort { at: self.world.now(), why });
        }
        self.hand_over();
        Ok(())
    }

    fn wait_for(&mut self, reasons: Reasons) -> Result<(), Abort> {
        self.pass_until(
            |bench| bench.decision.active.contains(reasons),
            || format!("{reasons:?} does not come into force"),
        )
    }

    /// Forces values, and the pins of protections that have one.
    fn hold(&mut self, changes: Vec<ForcedChange>) -> Result<(), Abort> {
        let now = self.world.now();
        self.agenda.interrupt(now, Actor::Script);
        self.look(false);
        for change in changes {
            self.world.apply(&Action::Force(change));
        }
        for (reason, action) in [
            (Reasons::CTL_LOW, Action::CtlLow(true)),
            (Reasons::EMERGENCY_STOP, Action::EmergencyOpen(true)),
        ] {
            if self.setup.latched.contains(reason) {
                self.carry_out(now, &action);
            }
        }
        self.chip.chip().advance(now, &self.world);
        self.look(true);
        self.settle()
    }

    fn pass_until(
        &mut self,
        is_there: impl Fn(&Self) -> bool,
        why: impl Fn() -> String,
    ) -> Result<(), Abort> {
        let limit = self.world.now() + PATIENCE;
        while !is_there(self) {
            if self.world.now() >= limit {
                return Err(Abort { at: self.world.now(), why: why() });
            }
            self.turn()?;
        }
        Ok(())
    }

    /// The run begins: the world is its own, nothing has been recorded yet, and the firmware knows
    /// the charge of its pack as one that was put into service with it.
    fn hand_over(&mut self) {
        let now = self.world.now();
        self.look(false);
        self.world.take_over();
        // What was on goes on: that is no event of the run.
        self.world.take_events();
        self.world.take_burst();
        if let Some(soc) = commissioned_soc(self.setup) {
            self.controller.bms_mut().set_soc(soc);
            self.decision.soc = soc;
        }
        self.oracle.take_marks();
        (self.events, self.rows, self.bursts) = (Vec::new(), Vec::new(), Vec::new());
        (self.told, self.anchored) = (0, 0);
        self.stats = Stats::default();
        self.epoch = now;
        self.begun = Some(Begun { decision: self.decision, conducting: self.conducting.clone() });
        self.agenda.begin();
        self.plan_run();
        self.look(true);
    }
}

/// The values that lie beyond the limits of protections as long as they shall be in force.
fn lasting(wanted: Reasons, params: &Params) -> Vec<ForcedChange> {
    let mut changes = cells(wanted, params);
    let steady = Profile::constant;
    let (hot, cold) = temperatures(wanted, &params.cell_temperature, CELLS);
    changes.extend(hot.map(|celsius| ForcedChange::CellSensor(0, steady(celsius))));
    changes.extend(cold.map(|celsius| ForcedChange::CellSensor(1, steady(celsius))));
    let (hot, cold) = temperatures(wanted, &params.mos_temperature, MOSFETS);
    changes.extend(hot.map(|celsius| ForcedChange::MosSensor(0, steady(celsius))));
    changes.extend(cold.map(|celsius| ForcedChange::MosSensor(1, steady(celsius))));
    changes
}

/// All cells beyond the wanted limit; the first one alone if another limit holds the rest.
fn cells(wanted: Reasons, params: &Params) -> Vec<ForcedChange> {
    let high = high_v(wanted, params).map(Profile::constant);
    let low = low_v(wanted, params).map(Profile::constant);
    match (high, low) {
        (Some(high), Some(low)) => {
            vec![ForcedChange::Cells(low), ForcedChange::Cell(0, high)]
        }
        (one, other) => one.or(other).map(ForcedChange::Cells).into_iter().collect(),
    }
}

fn high_v(wanted: Reasons, params: &Params) -> Option<f64> {
    let (over, abnormal) = (volts(params.voltage.over), volts(params.voltage.abnormal_high));
    if wanted.contains(Reasons::ABNORMAL_HIGH_VOLTAGE) {
        return Some(abnormal + BEYOND_V);
    }
    wanted.contains(Reasons::OVER_VOLTAGE).then(|| over + BEYOND_V.min(0.5 * (abnormal - over)))
}

fn low_v(wanted: Reasons, params: &Params) -> Option<f64> {
    let (under, prohibit) = (volts(params.voltage.under), volts(params.voltage.low_prohibit));
    if wanted.contains(Reasons::LOW_VOLTAGE_PROHIBIT) {
        return Some(prohibit - BEYOND_V);
    }
    wanted.contains(Reasons::UNDER_VOLTAGE).then(|| under - BEYOND_V.min(0.5 * (under - prohibit)))
}

/// Reasons of a class of sensors: hot and cold to charge, hot and cold to discharge.
type Class = [Reasons; 4];

const CELLS: Class = [
    Reasons::CELL_CHARGE_HOT,
    Reasons::CELL_CHARGE_COLD,
    Reasons::CELL_DISCHARGE_HOT,
    Reasons::CELL_DISCHARGE_COLD,
];

const MOSFETS: Class = [
    Reasons::MOS_CHARGE_HOT,
    Reasons::MOS_CHARGE_COLD,
    Reasons::MOS_DISCHARGE_HOT,
    Reasons::MOS_DISCHARGE_COLD,
];

/// The hottest and the coldest sensor that the wanted protections ask for, °C.
fn temperatures(
    wanted: Reasons,
    limits: &TemperatureLimits,
    [charge_hot, charge_cold, discharge_hot, discharge_cold]: Class,
) -> (Option<f64>, Option<f64>) {
    let asked = |pairs: [(Reasons, Centicelsius); 2]| {
        let asked = pairs.into_iter().filter(move |(reason, _)| wanted.contains(*reason));
        asked.map(|(_, limit)| f64::from(limit.0) * 1e-2)
    };
    let hot = asked([(charge_hot, limits.charge_high), (discharge_hot, limits.discharge_high)]);
    let cold = asked([(charge_cold, limits.charge_low), (discharge_cold, limits.discharge_low)]);
    (
        hot.reduce(f64::max).map(|celsius| celsius + BEYOND_C),
        cold.reduce(f64::min).map(|celsius| celsius - BEYOND_C),
    )
}

/// A current half-way from a limit to the next higher one, A, charge positive.
fn current_a(reason: Reasons, params: &Params) -> f64 {
    let shunt_ohm = f64::from(params.shunt_nano_ohm) * 1e-9;
    let comparator = |level: Millivolts| volts(level) / shunt_ohm;
    let (mcu, afe) = (&params.mcu_current, &params.afe_current);
    let ampere = |milliamps: i32| f64::from(milliamps) * 1e-3;
    let (first, second) = (comparator(afe.discharge_oc1), comparator(afe.discharge_oc2));
    let (short, charge) = (comparator(afe.short_circuit), comparator(afe.charge_oc));
    match reason {
        Reasons::CHARGE_OC => f64::midpoint(ampere(mcu.charge_oc.0), charge),
        Reasons::DISCHARGE_OC => -f64::midpoint(ampere(mcu.discharge_oc.0), first),
        Reasons::AFE_DISCHARGE_OC1 => -f64::midpoint(first, second),
        Reasons::AFE_DISCHARGE_OC2 => -f64::midpoint(second, short),
        Reasons::AFE_CHARGE_OC => 1.25 * charge,
        _ => -1.25 * short,
    }
}

fn volts(level: Millivolts) -> f64 {
    f64::from(level.0) * 1e-3
}
