//! A world without cells: profiles give the values at the front end's pins.
//!
//! Nothing is filtered and nothing drifts: the front end sees the profile to the nanosecond, which
//! is what threshold and timing tests need. The one feedback is `gated`: a current that a load or
//! charger drives is zero while the MOSFET it needs is off.

use crate::fault::Fault;
use crate::setup::{Action, BoardSetup, ForcedSetup, Profile, Shape};
use crate::thermistor::{Course, Defect, SENSORS, Sensors};
use crate::time::SimTime;
use crate::trace::{Ledger, Switch, Truth};
use crate::world::{Glance, Level, Nodes, Stop, World, WorldError, WorldEvent, extremes};
use bms_core::bms::Transfer;

/// Index of the board sensor behind the cell and MOSFET sensors.
const BOARD_SENSOR: usize = 6;

/// How far a charger's open voltage stands above the pack when one is attached, volt.
const CHARGER_LIFT_V: f64 = 2.0;

/// The forced world.
#[derive(Clone, Debug)]
pub struct Forced {
    setup: ForcedSetup,
    shunt_ohm: f64,
    body_diode_v: f64,
    now: SimTime,
    charge_on: bool,
    discharge_on: bool,
    /// Currents since the last [`World::forget`]: from this time on, this many amperes at its
    /// start, by the profile (`true`) or cut (`false`).
    history: Vec<(SimTime, bool)>,
    /// Charge since the start, coulomb.
    charge_c: f64,
    sensors: Sensors,
    /// Nobody looks back to before this.
    needed: SimTime,
    events: Vec<(SimTime, WorldEvent)>,
}

impl Forced {
    /// A world at time zero with both MOSFETs off.
    #[must_use]
    pub fn new(setup: &ForcedSetup, board: &BoardSetup) -> Self {
        let mut world = Self {
            setup: setup.clone(),
            shunt_ohm: board.shunt_ohm,
            body_diode_v: board.body_diode_v,
            now: SimTime::ZERO,
            charge_on: false,
            discharge_on: false,
            history: Vec::new(),
            charge_c: 0.0,
            sensors: Sensors::default(),
            needed: SimTime::ZERO,
            events: Vec::new(),
        };
        world.history.push((SimTime::ZERO, world.flows()));
        world
    }

    /// Whether the profile's current can flow through the switches now.
    fn flows(&self) -> bool {
        let wanted = self.setup.current.at(self.now);
        !self.setup.gated
            || (wanted >= 0.0 && self.charge_on)
            || (wanted <= 0.0 && self.discharge_on)
    }

    /// The current now, ampere.
    fn current(&self) -> f64 {
        if self.history.last().is_some_and(|(_, flows)| *flows) {
            self.setup.current.at(self.now)
        } else {
            0.0
        }
    }

    fn note_flow(&mut self) {
        let flows = self.flows();
        let Some(&(since, flowed)) = self.history.last() else { return };
        if flows == flowed {
            return;
        }
        let before = self.current();
        if since == self.now {
            self.history.pop();
        }
        self.history.push((self.now, flows));
        if !flows && before != 0.0 {
            self.events.push((self.now, WorldEvent::CurrentZero));
        }
    }

    /// Integral of the current over `[from, to]`, ampere-second.
    fn charge(&self, from: SimTime, to: SimTime) -> f64 {
        let mut sum = 0.0;
        for (index, &(start, flows)) in self.history.iter().enumerate() {
            let end = self.history.get(index + 1).map_or(SimTime::NEVER, |next| next.0);
            let (a, b) = (start.max(from), end.min(to));
            if flows && a < b {
                sum += integral(&self.setup.current, a, b);
            }
        }
        sum
    }

    /// The first moment in `(now, to]` at which the shunt voltage reaches or leaves a level, on a
    /// ramp of the current profile. Jumps need no search: the bench looks after each of them.
    fn ramp_crossing(&self, to: SimTime, levels: &[Level]) -> Option<(SimTime, usize)> {
        if self.setup.current.shape == Shape::Step || !self.flows() {
            return None;
        }
        let start = self.shunt_at(self.now);
        levels
            .iter()
            .filter_map(|level| {
                let beyond = |volts: f64| is_beyond(volts, level.volts);
                let before = beyond(start);
                (beyond(self.shunt_at(to)) != before).then(|| {
                    let (mut low, mut high) = (self.now.0, to.0);
                    while high - low > 1 {
                        let middle = low + (high - low) / 2;
                        if beyond(self.shunt_at(SimTime(middle))) == before {
                            low = middle;
                        } else {
                            high = middle;
                        }
                    }
                    (SimTime(high), level.comparator)
                })
            })
            .min()
    }

    fn shunt_at(&self, at: SimTime) -> f64 {
        self.setup.current.at(at) * self.shunt_ohm
    }

    fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.setup.cells.iter().chain([
            &self.setup.current,
            &self.setup.load_attached,
            &self.setup.charger_attached,
        ])
    }

    fn sensor(&self, sensor: usize) -> f64 {
        let setup = &self.setup;
        match sensor {
            0..4 => setup.cell_temperatures[sensor].at(self.now),
            4..BOARD_SENSOR => setup.mos_temperatures[sensor - 4].at(self.now),
            _ => setup.board_temperature.at(self.now),
        }
    }
}

/// Whether a shunt voltage is on the harmful side of a comparator's level, to the nanovolt.
fn is_beyond(volts: f64, level: f64) -> bool {
    if level < 0.0 {
        nanovolts(volts) <= nanovolts(level)
    } else {
        nanovolts(volts) >= nanovolts(level)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a shunt voltage is far below 9.2 GV")]
fn nanovolts(volts: f64) -> i64 {
    (volts * 1e9).round() as i64
}

/// Exact integral of a profile over `[from, to]`: it is made of steps or straight lines.
fn integral(profile: &Profile, from: SimTime, to: SimTime) -> f64 {
    let inner = profile.points.iter().map(|(at, _)| *at).filter(|at| *at > from && *at < to);
    let mut sum = 0.0;
    let mut start = from;
    for end in inner.chain([to]) {
        if end > start {
            let just_before = SimTime(end.0 - 1);
            let span = end.seconds_since(start);
            let (a, b) = (profile.at(start), profile.at(just_before));
            // One nanosecond before the end is on the same line: the mean is exact but for the
            // slope times half a nanosecond.
            sum += 0.5 * (a + b) * span;
            start = end;
        }
    }
    sum
}

fn mean(profile: &Profile, from: SimTime, to: SimTime) -> f64 {
    if to > from { integral(profile, from, to) / to.seconds_since(from) } else { profile.at(from) }
}

impl Nodes for Forced {
    fn cell_mean(&self, cell: usize, from: SimTime, to: SimTime) -> f64 {
        self.setup.cells.get(cell).map_or(0.0, |profile| mean(profile, from, to))
    }

    fn shunt_mean(&self, from: SimTime, to: SimTime) -> f64 {
        self.charge(from, to) * self.shunt_ohm / to.seconds_since(from)
    }

    fn shunt_integral(&self, from: SimTime, to: SimTime) -> f64 {
        self.charge(from, to) * self.shunt_ohm
    }

    fn shunt_filtered(&self) -> f64 {
        self.current() * self.shunt_ohm
    }

    fn ntc_ohm(&self, sensor: usize) -> f64 {
        let place = |sensor| Course::steady(self.sensor(sensor));
        self.sensors.ohm(sensor, place(sensor), place(BOARD_SENSOR), 0.0)
    }

    /// With a current the port stands at the pack's voltage, a body diode apart where the MOSFET
    /// of the other direction is off; without one a charger lifts it and a load pulls it down as
    /// far as the MOSFETs let them.
    fn port_v(&self) -> f64 {
        let diode = |on: bool| if on { 0.0 } else { self.body_diode_v };
        let current = self.current();
        if current > 0.0 {
            self.pack_v() + diode(self.discharge_on)
        } else if current < 0.0 {
            self.pack_v() - diode(self.charge_on)
        } else if self.charger_present() && !self.charge_on {
            self.pack_v() + CHARGER_LIFT_V
        } else if self.load_present() && !self.discharge_on {
            0.0
        } else {
            self.pack_v()
        }
    }

    fn pack_v(&self) -> f64 {
        self.setup.cells.iter().map(|profile| profile.at(self.now)).sum()
    }

    fn load_present(&self) -> bool {
        self.setup.load_attached.at(self.now) > 0.5
    }

    fn charger_present(&self) -> bool {
        self.setup.charger_attached.at(self.now) > 0.5
    }
}

impl World for Forced {
    fn now(&self) -> SimTime {
        self.now
    }

    fn run_until(&mut self, to: SimTime, levels: &[Level]) -> Result<Stop, WorldError> {
        assert!(to >= self.now, "the clock ran backwards");
        let crossing = self.ramp_crossing(to, levels);
        let end = crossing.map_or(to, |(at, _)| at);
        self.charge_c += self.charge(self.now, end);
        self.now = end;
        if let Some((_, comparator)) = crossing {
            return Ok(Stop::Crossed { comparator });
        }
        self.note_flow();
        Ok(Stop::Reached)
    }

    fn next_change(&self) -> Option<SimTime> {
        let later = |profile: &Profile| {
            let index = profile.points.partition_point(|(at, _)| *at <= self.now);
            profile.points.get(index).map(|(at, _)| *at)
        };
        self.profiles().filter_map(later).min()
    }

    fn jumped(&self) -> bool {
        self.profiles().any(|profile| profile.jumps_at(self.now))
    }

    /// Loads, chargers and ambient are profiles here: only a forced change has an effect.
    fn apply(&mut self, action: &Action) {
        let Action::Force(change) = action else { return };
        let (now, needed) = (self.now, self.needed);
        let (to, places) = change.places(&mut self.setup);
        for place in places {
            *place = place.continued(to, now, needed);
        }
        self.note_flow();
    }

    /// Thermistors break here too; one that has come off follows the board's sensor.
    fn inject(&mut self, fault: &Fault, begins: bool) -> bool {
        let Some((sensor, defect)) = Defect::of(fault) else { return false };
        let shown_ohm = if sensor < SENSORS { self.ntc_ohm(sensor) } else { 0.0 };
        self.sensors.set(sensor, defect, begins, shown_ohm)
    }

    fn switch(&mut self, switch: Switch, on: bool) {
        match switch {
            Switch::Charge => self.charge_on = on,
            Switch::Discharge => self.discharge_on = on,
            Switch::Precharge | Switch::LowCellPrecharge | Switch::Limiter => {}
        }
        self.note_flow();
        self.events.push((self.now, WorldEvent::Switched(switch, on)));
    }

    fn balance(&mut self, _transfer: Option<Transfer>, _bleed: u32) {
        // Forced cells do not change.
    }

    fn truth(&self) -> Truth {
        Truth {
            current_a: self.current(),
            charge_c: self.charge_c,
            port_v: self.port_v(),
            pack_v: self.pack_v(),
            cells_v: self.setup.cells.iter().map(|profile| profile.at(self.now)).collect(),
            socs: Vec::new(),
            cells_c: Vec::new(),
            cell_c: std::array::from_fn(|sensor| self.sensor(sensor)),
            mos_c: std::array::from_fn(|sensor| self.sensor(4 + sensor)),
            ambient_c: self.sensor(BOARD_SENSOR),
            humidity: None,
        }
    }

    fn glance(&self) -> Glance {
        let cells = self.setup.cells.iter().map(|profile| profile.at(self.now));
        let (cell_max_v, cell_min_v) = extremes(cells);
        let (cell_hot_c, cell_cold_c) = extremes((0..4).map(|sensor| self.sensor(sensor)));
        let (mos_hot_c, mos_cold_c) = extremes((4..BOARD_SENSOR).map(|sensor| self.sensor(sensor)));
        let current_a = self.current();
        Glance { current_a, cell_max_v, cell_min_v, cell_hot_c, cell_cold_c, mos_hot_c, mos_cold_c }
    }

    fn ledger(&self) -> Ledger {
        Ledger::default()
    }

    fn take_events(&mut self) -> Vec<(SimTime, WorldEvent)> {
        std::mem::take(&mut self.events)
    }

    fn take_burst(&mut self) -> Vec<(SimTime, f64, f64)> {
        Vec::new()
    }

    fn forget(&mut self, before: SimTime) {
        self.needed = self.needed.max(before);
        let keep = self.history.partition_point(|(at, _)| *at <= before).saturating_sub(1);
        self.history.drain(..keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(current: Profile, gated: bool) -> Forced {
        let setup = ForcedSetup {
            cells: vec![Profile::constant(3.3); 16],
            current,
            gated,
            cell_temperatures: std::array::from_fn(|_| Profile::constant(25.0)),
            mos_temperatures: std::array::from_fn(|_| Profile::constant(25.0)),
            board_temperature: Profile::constant(25.0),
            load_attached: Profile::constant(0.0),
            charger_attached: Profile::constant(0.0),
        };
        Forced::new(&setup, &crate::setup::tests_support::board(125e-6))
    }

    fn steps(points: &[(u64, f64)]) -> Profile {
        let points = points.iter().map(|&(ms, a)| (SimTime::from_millis(ms), a)).collect();
        Profile { points, shape: Shape::Step }
    }

    #[test]
    fn a_gated_current_flows_only_while_its_mosfet_is_on() {
        let mut world = world(steps(&[(0, -10.0)]), true);
        approx::assert_abs_diff_eq!(world.truth().current_a, 0.0);
        world.run_until(SimTime::from_millis(100), &[]).unwrap();
        world.switch(Switch::Discharge, true);
        world.run_until(SimTime::from_millis(300), &[]).unwrap();
        world.switch(Switch::Discharge, false);
        world.run_until(SimTime::from_millis(400), &[]).unwrap();
        let counted = world.shunt_integral(SimTime::ZERO, SimTime::from_millis(400));
        approx::assert_relative_eq!(counted, -10.0 * 0.2 * 125e-6, max_relative = 1e-12);
        assert!(world.take_events().iter().any(|(_, event)| *event == WorldEvent::CurrentZero));
    }

    #[test]
    fn a_window_across_a_step_is_the_exact_mean() {
        let mut world = world(steps(&[(0, 0.0), (40, -100.0)]), false);
        world.run_until(SimTime::from_millis(100), &[]).unwrap();
        let mean = world.shunt_mean(SimTime::ZERO, SimTime::from_millis(100));
        approx::assert_relative_eq!(mean, -100.0 * 0.6 * 125e-6, max_relative = 1e-9);
    }

    #[test]
    fn a_ramp_stops_at_the_nanosecond_its_level_is_reached() {
        let ramp = Profile {
            points: vec![(SimTime::ZERO, 0.0), (SimTime::from_secs(1), -1000.0)],
            shape: Shape::Linear,
        };
        let mut world = world(ramp, false);
        let level = Level { comparator: 7, volts: -0.110 };
        let stop = world.run_until(SimTime::from_secs(1), &[level]).unwrap();
        assert_eq!(stop, Stop::Crossed { comparator: 7 });
        // 110 mV at 125 µΩ is 880 A, reached after 0.88 s; the compare is exact to a nanovolt,
        // which this ramp covers in 8 ns.
        let late = world.now().0.abs_diff(880_000_000);
        assert!(late <= 8, "{late} ns");
    }
}
