//! One cell: parameters, state, and what it shows at its terminals.
//!
//! [`CellParams::advance`], in [`crate::step`], carries the state over a step of constant current.
//! What the tables are asked for is the effective state of charge, which knows how much of the
//! capacity can be used at this temperature.

use crate::ageing::Law;
use crate::ecm::Pair;
use crate::hysteresis::Hysteresis;
use crate::ocv::Potential;
use crate::table::{Curve, Map, Surface};
use crate::thermal::REFERENCE_C;

pub use crate::ecm::{BRANCHES_MAX, Branch, Decay};
pub use crate::limits::{CellLimits, Chemistry, ValidRange};
pub use crate::step::StepEnergy;
pub use crate::validate::{CellError, ParameterFault};

/// Seconds in an hour: turns ampere-hours into ampere-seconds.
const SECONDS_PER_HOUR: f64 = 3600.0;

/// Heat capacity per capacity of the 100 Ah preset, J/K per Ah, for [`CellParams::linear`].
const HEAT_CAPACITY_J_K_PER_AH: f64 = 23.0;

/// Everything that is constant about a cell. Fields are open; [`CellParams::validate`] judges them.
#[derive(Clone, Debug, PartialEq)]
pub struct CellParams {
    /// Name for messages and reports.
    pub name: String,
    /// Where the numbers come from and how sure they are.
    pub source: String,
    /// Licence of the data behind the numbers.
    pub licence: String,
    /// Family of electrodes.
    pub chemistry: Chemistry,
    /// Where the numbers were held against measurement.
    pub validated: ValidRange,
    /// What the maker allows.
    pub limits: CellLimits,
    /// Capacity when new, ampere-hour, above 0.
    pub capacity_ah: f64,
    /// Share of the capacity that can be used, over degree Celsius, above 0; 1 at 25 °C, and 1
    /// where it is constant.
    ///
    /// The rest is not lost: the tables see the SOC 1 - (1 - soc)/share, and it comes back with
    /// the warmth (equation (17)).
    pub capacity_factor: Curve,
    /// Share of the charged ampere-hours that can be taken out again, above 0 up to 1.
    pub coulombic_efficiency: f64,
    /// Self-discharge at 25 °C, share of the capacity per second, at least 0.
    pub self_discharge_per_s: f64,
    /// The self-discharge doubles every so many kelvin, above 0; infinite for no dependence.
    pub self_discharge_doubling_k: f64,
    /// Resistance of a leak across the cell, behind `r0`, ohm, above 0; infinite for none.
    pub leakage_ohm: f64,
    /// Open-circuit voltage, volt, mean of the two branches; never falls, extends beyond its ends.
    pub ocv: Surface,
    /// Slope of the open-circuit voltage over temperature, volt per kelvin: makes reversible heat,
    /// and shifts the voltage with temperature if `ocv` has a single row, which holds at 25 °C.
    pub entropic_v_per_k: Surface,
    /// Hysteresis around the open-circuit voltage.
    pub hysteresis: Hysteresis,
    /// Resistance without delay while charging, ohm, at least 0.
    pub r0_charge: Map,
    /// Resistance without delay while discharging, ohm, at least 0.
    pub r0_discharge: Map,
    /// Polarisation, at most [`BRANCHES_MAX`] pairs.
    pub branches: Vec<Branch>,
    /// Heat capacity, joule per kelvin, above 0.
    pub heat_capacity_j_k: f64,
    /// Conductance to the ambient of a cell inside the row, watt per kelvin, at least 0.
    pub to_ambient_w_k: f64,
    /// Conductance to each neighbour, watt per kelvin, at least 0.
    pub to_neighbour_w_k: f64,
    /// How the cell ages; none for a cell that stays new.
    pub ageing: Option<Law>,
}

/// What age has left of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Health {
    /// Share of the capacity that is left, above 0; 1 new.
    pub capacity: f64,
    /// Multiplier of every resistance, above 0; 1 new. Time constants stay.
    pub resistance: f64,
}

impl Health {
    /// A new cell.
    pub const NEW: Self = Self { capacity: 1.0, resistance: 1.0 };
}

/// What changes about a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellState {
    /// State of charge: 0 empty, 1 full, of the capacity that age has left. Abuse may carry it
    /// slightly outside.
    pub soc: f64,
    /// Voltage of each polarisation pair, volt, positive after charging.
    pub branch_v: [f64; BRANCHES_MAX],
    /// Hysteresis state, -1 (discharge branch) to 1 (charge branch).
    pub hysteresis: f64,
    /// Temperature, degree Celsius.
    pub temperature_c: f64,
    /// What age has left.
    pub health: Health,
}

impl CellState {
    /// A new cell at rest in the middle of its hysteresis.
    #[must_use]
    pub fn rested(soc: f64, temperature_c: f64) -> Self {
        let branch_v = [0.0; BRANCHES_MAX];
        Self { soc, branch_v, hysteresis: 0.0, temperature_c, health: Health::NEW }
    }

    /// Whether every number of the state is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let Health { capacity, resistance } = self.health;
        let scalars = [self.soc, self.hysteresis, self.temperature_c, capacity, resistance];
        scalars.iter().chain(&self.branch_v).all(|value| value.is_finite())
    }
}

/// A cell at its terminals in one state: a voltage behind a resistance per direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terminals {
    /// Voltage at zero current, volt.
    pub emf_v: f64,
    /// Resistance without delay while charging, ohm.
    pub charge_ohm: f64,
    /// Resistance without delay while discharging, ohm.
    pub discharge_ohm: f64,
}

impl Terminals {
    /// Resistance in a direction of the current, ohm.
    #[must_use]
    pub fn ohm(&self, charging: bool) -> f64 {
        if charging { self.charge_ohm } else { self.discharge_ohm }
    }
}

/// Which tables interpolate in a state; where one does not, the model extrapolates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The open-circuit voltage interpolates in SOC and temperature.
    pub ocv: bool,
    /// The entropic coefficient interpolates.
    pub entropic: bool,
    /// The half width of the hysteresis interpolates.
    pub hysteresis: bool,
    /// All resistances and time constants interpolate.
    pub resistance: bool,
    /// The usable share of the capacity interpolates in temperature.
    pub capacity: bool,
    /// SOC and temperature lie in the range that was held against measurement.
    pub validated: bool,
}

impl Coverage {
    /// Whether nothing is extrapolated.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let tables = self.ocv && self.entropic && self.hysteresis && self.resistance;
        tables && self.capacity && self.validated
    }
}

impl CellParams {
    /// A test cell: OCV from `v0` (empty) to `v1` (full) in a straight line, a resistance, no more.
    ///
    /// No hysteresis, polarisation, entropic part or loss of charge (scenarios, LIN(v0, v1, Q)).
    /// Thermal constants are those of the 100 Ah preset, the heat capacity scaled by capacity.
    #[must_use]
    pub fn linear(v0: f64, v1: f64, capacity_ah: f64, ohm: f64) -> Self {
        Self {
            name: "linear".to_owned(),
            source: "test cell, not a real one".to_owned(),
            licence: "none needed: by definition".to_owned(),
            chemistry: Chemistry::Other,
            validated: ValidRange::everywhere(),
            limits: CellLimits::none(),
            capacity_ah,
            capacity_factor: Curve::constant(1.0),
            coulombic_efficiency: 1.0,
            self_discharge_per_s: 0.0,
            self_discharge_doubling_k: f64::INFINITY,
            leakage_ohm: f64::INFINITY,
            ocv: Surface::single(Curve::line(v0, v1)),
            entropic_v_per_k: Surface::constant(0.0),
            hysteresis: Hysteresis::none(),
            r0_charge: Map::constant(ohm),
            r0_discharge: Map::constant(ohm),
            branches: Vec::new(),
            heat_capacity_j_k: HEAT_CAPACITY_J_K_PER_AH * capacity_ah,
            to_ambient_w_k: 0.18,
            to_neighbour_w_k: 0.40,
            ageing: None,
        }
    }

    /// Capacity that age has left, ampere-second: what one whole of SOC holds.
    #[must_use]
    pub fn capacity_as(&self, state: &CellState) -> f64 {
        self.capacity_ah * SECONDS_PER_HOUR * state.health.capacity
    }

    /// The SOC that the tables are asked for, at a temperature (equation (17)).
    #[must_use]
    pub fn effective_soc(&self, soc: f64, temperature_c: f64) -> f64 {
        soc - (1.0 - soc) * self.unusable(temperature_c)
    }

    /// Charge that cannot be used, per charge that can; a constant share is 1.
    #[inline]
    pub(crate) fn unusable(&self, temperature_c: f64) -> f64 {
        if self.capacity_factor.is_constant() {
            return 0.0;
        }
        1.0 / self.capacity_factor.at(temperature_c) - 1.0
    }

    /// Self-discharge at a temperature, share of the capacity per second (equation (18)).
    #[must_use]
    pub fn self_discharge_at(&self, temperature_c: f64) -> f64 {
        if self.self_discharge_doubling_k.is_infinite() {
            return self.self_discharge_per_s;
        }
        let doublings = (temperature_c - REFERENCE_C) / self.self_discharge_doubling_k;
        self.self_discharge_per_s * libm::exp2(doublings)
    }

    /// The reversible potential of this cell, over the effective SOC.
    #[must_use]
    pub fn potential(&self) -> Potential<'_> {
        Potential { ocv: &self.ocv, entropic_v_per_k: &self.entropic_v_per_k }
    }

    /// What the cell shows in a state, for either direction, as [`CellParams::emf`] and
    /// [`CellParams::r0`] tell it singly.
    #[must_use]
    pub fn terminals(&self, state: &CellState) -> Terminals {
        let (soc, celsius) = self.place(state);
        let ohm = |map: &Map| map.at(soc, celsius) * state.health.resistance;
        Terminals {
            emf_v: self.emf_at(state, (soc, celsius)),
            charge_ohm: ohm(&self.r0_charge),
            discharge_ohm: ohm(&self.r0_discharge),
        }
    }

    /// Terminal voltage at zero current, volt: potential, hysteresis and polarisation.
    #[must_use]
    pub fn emf(&self, state: &CellState) -> f64 {
        self.emf_at(state, self.place(state))
    }

    fn emf_at(&self, state: &CellState, (soc, celsius): (f64, f64)) -> f64 {
        let half_width = self.hysteresis.half_width_v(soc, celsius);
        let polarisation: f64 = state.branch_v[..self.branch_count()].iter().sum();
        self.potential().at(soc, celsius) + state.hysteresis * half_width + polarisation
    }

    /// Resistance without delay, ohm, in the given direction of the current.
    #[must_use]
    pub fn r0(&self, state: &CellState, charging: bool) -> f64 {
        let (soc, celsius) = self.place(state);
        self.r0_map(charging).at(soc, celsius) * state.health.resistance
    }

    /// Terminal voltage under a current, volt (equation (5)).
    #[must_use]
    pub fn voltage(&self, state: &CellState, current_a: f64) -> f64 {
        self.emf(state) + current_a * self.r0(state, current_a >= 0.0)
    }

    /// Time constant of a pair, second.
    ///
    /// # Panics
    /// If the cell has no pair of this number, counted from 0.
    #[must_use]
    pub fn tau_s(&self, branch: usize, state: &CellState) -> f64 {
        let (soc, celsius) = self.place(state);
        self.branches[branch].tau.at(soc, celsius)
    }

    /// Which tables interpolate in this state; the others answer by their rule of extrapolation.
    #[must_use]
    pub fn coverage(&self, state: &CellState) -> Coverage {
        let (soc, celsius) = self.place(state);
        let pairs =
            self.branches.iter().flat_map(|pair| [&pair.charge, &pair.discharge, &pair.tau]);
        let mut maps = [&self.r0_charge, &self.r0_discharge].into_iter().chain(pairs);
        Coverage {
            ocv: self.ocv.covers(soc, celsius),
            entropic: self.entropic_v_per_k.covers(soc, celsius),
            hysteresis: self.hysteresis.covers(soc, celsius),
            resistance: maps.all(|map| map.covers(soc, celsius)),
            capacity: self.capacity_factor.covers(celsius),
            validated: self.validated.covers(state.soc, celsius),
        }
    }

    /// Energy held by polarisation pairs and hysteresis, joule, with the tables at this state.
    ///
    /// Where a pair has a resistance per direction, that of the direction it was driven in counts.
    #[must_use]
    pub fn stored_j(&self, state: &CellState) -> f64 {
        let (soc, celsius) = self.place(state);
        let pairs = self.branches.iter().zip(&state.branch_v).map(|(branch, &voltage)| {
            let ohm = branch.resistance(voltage >= 0.0).at(soc, celsius) * state.health.resistance;
            Pair { ohm, tau_s: branch.tau.at(soc, celsius) }.held_j(voltage)
        });
        let half_width = self.hysteresis.half_width_v(soc, celsius);
        pairs.sum::<f64>()
            + self.hysteresis.held_j(state.hysteresis, half_width, self.capacity_as(state))
    }

    /// Work of the potential that brings this cell to another SOC at its temperature, joule.
    #[must_use]
    pub fn chemical_work_j(&self, state: &CellState, to_soc: f64) -> f64 {
        let (from, celsius) = self.place(state);
        let to = self.effective_soc(to_soc, celsius);
        let mean = self.potential().mean(from, to, celsius);
        mean * self.capacity_as(state) * (to_soc - state.soc)
    }

    /// Where the tables are asked: effective SOC and temperature.
    fn place(&self, state: &CellState) -> (f64, f64) {
        (self.effective_soc(state.soc, state.temperature_c), state.temperature_c)
    }

    pub(crate) fn branch_count(&self) -> usize {
        self.branches.len().min(BRANCHES_MAX)
    }

    pub(crate) fn r0_map(&self, charging: bool) -> &Map {
        if charging { &self.r0_charge } else { &self.r0_discharge }
    }
}
