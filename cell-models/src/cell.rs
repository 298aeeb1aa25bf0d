//! One cell: parameters, state, terminal voltage, and the exact step under a constant current.
//!
//! [`CellParams::advance`] solves SOC, hysteresis and polarisation in closed form. The temperature
//! is held over the step; the voltage afterwards is exact where the resistance of each pair is a
//! straight line over the SOC that is passed. Heat is returned, not applied, because the thermal
//! network belongs to the pack.

use crate::ecm::{Pair, Pulse, Response};
use crate::hysteresis::{Hysteresis, Throughput};
use crate::ocv::Potential;
use crate::table::{Curve, Map};
use crate::thermal::reversible_heat_j;

pub use crate::ecm::{BRANCHES_MAX, Branch, Decay};
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
    /// Capacity, ampere-hour, above 0.
    pub capacity_ah: f64,
    /// Share of the charged ampere-hours that can be taken out again, above 0 up to 1.
    pub coulombic_efficiency: f64,
    /// Self-discharge at 25 °C, share of the capacity per second, at least 0.
    pub self_discharge_per_s: f64,
    /// Open-circuit voltage at 25 °C, volt over SOC; extends beyond its ends, never falls.
    pub ocv: Curve,
    /// Slope of the open-circuit voltage over temperature, volt per kelvin over SOC.
    pub entropic_v_per_k: Curve,
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
}

/// What changes about a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellState {
    /// State of charge: 0 empty, 1 full. Abuse may carry it slightly outside.
    pub soc: f64,
    /// Voltage of each polarisation pair, volt, positive after charging.
    pub branch_v: [f64; BRANCHES_MAX],
    /// Hysteresis state, -1 (discharge branch) to 1 (charge branch).
    pub hysteresis: f64,
    /// Temperature, degree Celsius.
    pub temperature_c: f64,
}

impl CellState {
    /// A cell at rest in the middle of its hysteresis.
    #[must_use]
    pub fn rested(soc: f64, temperature_c: f64) -> Self {
        Self { soc, branch_v: [0.0; BRANCHES_MAX], hysteresis: 0.0, temperature_c }
    }

    /// Whether every number of the state is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let scalars = [self.soc, self.hysteresis, self.temperature_c];
        scalars.iter().chain(&self.branch_v).all(|value| value.is_finite())
    }
}

/// Where the energy of one step went, joule. Each step closes: see [`StepEnergy::imbalance_j`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepEnergy {
    /// Work taken out of the reversible potential, OCV and entropic part; below zero when charging.
    pub chemical_j: f64,
    /// Put into polarisation pairs and hysteresis state.
    pub stored_j: f64,
    /// Heat of all resistances.
    pub joule_j: f64,
    /// Heat of the hysteresis.
    pub hysteresis_j: f64,
    /// Heat of charge that was lost: self-discharge and coulombic efficiency.
    pub side_j: f64,
    /// Work given out at the terminals; below zero when charging.
    pub terminal_j: f64,
    /// Reversible heat into the cell. It comes out of the entropy of the electrodes, so it warms
    /// the cell but has no part in the balance of work.
    pub entropic_j: f64,
}

impl StepEnergy {
    /// All heat into the cell, joule.
    #[must_use]
    pub fn heat_j(&self) -> f64 {
        self.joule_j + self.hysteresis_j + self.side_j + self.entropic_j
    }

    /// Chemical less stored, irreversible heat and terminal work: zero but for rounding
    /// (equation (15)).
    #[must_use]
    pub fn imbalance_j(&self) -> f64 {
        let heat = self.joule_j + self.hysteresis_j + self.side_j;
        self.chemical_j - self.stored_j - heat - self.terminal_j
    }
}

impl std::ops::AddAssign for StepEnergy {
    fn add_assign(&mut self, step: Self) {
        self.chemical_j += step.chemical_j;
        self.stored_j += step.stored_j;
        self.joule_j += step.joule_j;
        self.hysteresis_j += step.hysteresis_j;
        self.side_j += step.side_j;
        self.terminal_j += step.terminal_j;
        self.entropic_j += step.entropic_j;
    }
}

/// Where a state lies outside the tables, so that the model extrapolates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The open-circuit curve interpolates at this SOC.
    pub ocv: bool,
    /// The entropic curve interpolates at this SOC.
    pub entropic: bool,
    /// Half width and its temperature factor interpolate.
    pub hysteresis: bool,
    /// All resistances interpolate in SOC and temperature.
    pub resistance: bool,
}

impl Coverage {
    /// Whether nothing is extrapolated.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.ocv && self.entropic && self.hysteresis && self.resistance
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
            capacity_ah,
            coulombic_efficiency: 1.0,
            self_discharge_per_s: 0.0,
            ocv: Curve::line(v0, v1),
            entropic_v_per_k: Curve::constant(0.0),
            hysteresis: Hysteresis::none(),
            r0_charge: Map::constant(ohm),
            r0_discharge: Map::constant(ohm),
            branches: Vec::new(),
            heat_capacity_j_k: HEAT_CAPACITY_J_K_PER_AH * capacity_ah,
            to_ambient_w_k: 0.18,
            to_neighbour_w_k: 0.40,
        }
    }

    /// Capacity, ampere-second.
    #[must_use]
    pub fn capacity_as(&self) -> f64 {
        self.capacity_ah * SECONDS_PER_HOUR
    }

    /// The reversible potential of this cell.
    #[must_use]
    pub fn potential(&self) -> Potential<'_> {
        Potential { ocv: &self.ocv, entropic_v_per_k: &self.entropic_v_per_k }
    }

    /// Terminal voltage at zero current, volt: potential, hysteresis and polarisation.
    #[must_use]
    pub fn emf(&self, state: &CellState) -> f64 {
        let half_width = self.hysteresis.half_width_v(state.soc, state.temperature_c);
        let polarisation: f64 = state.branch_v[..self.branch_count()].iter().sum();
        let potential = self.potential().at(state.soc, state.temperature_c);
        potential + state.hysteresis * half_width + polarisation
    }

    /// Resistance without delay, ohm, in the given direction of the current.
    #[must_use]
    pub fn r0(&self, state: &CellState, charging: bool) -> f64 {
        self.r0_map(charging).at(state.soc, state.temperature_c)
    }

    /// Terminal voltage under a current, volt (equation (5)).
    #[must_use]
    pub fn voltage(&self, state: &CellState, current_a: f64) -> f64 {
        self.emf(state) + current_a * self.r0(state, current_a >= 0.0)
    }

    /// Which tables interpolate in this state; the others answer by their rule of extrapolation.
    #[must_use]
    pub fn coverage(&self, state: &CellState) -> Coverage {
        let (soc, celsius) = (state.soc, state.temperature_c);
        let fixed = [&self.r0_charge, &self.r0_discharge].into_iter();
        let mut maps = fixed.chain(self.branches.iter().map(|branch| &branch.resistance));
        Coverage {
            ocv: self.ocv.covers(soc),
            entropic: self.entropic_v_per_k.covers(soc),
            hysteresis: self.hysteresis.covers(soc, celsius),
            resistance: maps.all(|map| map.covers(soc, celsius)),
        }
    }

    /// Energy held by polarisation pairs and hysteresis, joule, with the tables at this state.
    #[must_use]
    pub fn stored_j(&self, state: &CellState) -> f64 {
        let (soc, celsius) = (state.soc, state.temperature_c);
        let pairs = self.branches.iter().zip(&state.branch_v).map(|(branch, &voltage)| {
            Pair { ohm: branch.resistance.at(soc, celsius), tau_s: branch.tau_s }.held_j(voltage)
        });
        let half_width = self.hysteresis.half_width_v(soc, celsius);
        pairs.sum::<f64>()
            + self.hysteresis.held_j(state.hysteresis, half_width, self.capacity_as())
    }

    /// Work that brings a cell of this temperature from one SOC to another, joule.
    #[must_use]
    pub fn chemical_work_j(&self, from_soc: f64, to_soc: f64, temperature_c: f64) -> f64 {
        let mean = self.potential().mean(from_soc, to_soc, temperature_c);
        mean * self.capacity_as() * (to_soc - from_soc)
    }

    /// Advances the state by `dt_s` seconds (at least 0) at a constant current, above 0 charging.
    ///
    /// Exact in SOC and hysteresis, and in polarisation where its resistance is a straight line
    /// over the SOC passed; energies count resistances and half width at one SOC within the step.
    /// The temperature is left alone.
    #[must_use = "the heat of the step belongs into the thermal network"]
    pub fn advance(
        &self,
        state: &mut CellState,
        current_a: f64,
        dt_s: f64,
        cache: &mut Decay,
    ) -> StepEnergy {
        debug_assert!(dt_s >= 0.0, "time runs forward");
        let pulse = Pulse { current_a, dt_s };
        let soc_from = state.soc;
        let mut energy = self.convert(state, pulse);
        let soc = 0.5 * (soc_from + state.soc);
        self.resist(state, soc, pulse, &mut energy);
        self.polarise(state, soc_from, pulse, cache, &mut energy);
        self.turn(state, soc, pulse, &mut energy);
        energy.terminal_j -= energy.stored_j + energy.joule_j + energy.hysteresis_j;
        energy
    }

    fn branch_count(&self) -> usize {
        self.branches.len().min(BRANCHES_MAX)
    }

    fn r0_map(&self, charging: bool) -> &Map {
        if charging { &self.r0_charge } else { &self.r0_discharge }
    }

    /// Moves the SOC (equation (16)) and accounts for the work of the potential.
    ///
    /// `terminal_j` gets the part of the terminal work that meets the potential.
    fn convert(&self, state: &mut CellState, pulse: Pulse) -> StepEnergy {
        let passed_as = pulse.current_a * pulse.dt_s;
        let efficiency = if passed_as > 0.0 { self.coulombic_efficiency } else { 1.0 };
        let lost_as = self.self_discharge_per_s * self.capacity_as() * pulse.dt_s;
        let converted_as = passed_as * efficiency - lost_as;
        let soc = state.soc + converted_as / self.capacity_as();
        let celsius = state.temperature_c;
        let potential = self.potential().mean(state.soc, soc, celsius);
        let entropic = self.entropic_v_per_k.mean(state.soc, soc);
        state.soc = soc;
        StepEnergy {
            chemical_j: -potential * converted_as,
            side_j: potential * (passed_as - converted_as),
            terminal_j: -potential * passed_as,
            entropic_j: reversible_heat_j(converted_as, entropic, celsius),
            ..StepEnergy::default()
        }
    }

    fn resist(&self, state: &CellState, soc: f64, pulse: Pulse, energy: &mut StepEnergy) {
        let ohm = self.r0_map(pulse.current_a >= 0.0).at(soc, state.temperature_c);
        energy.joule_j += pulse.current_a * pulse.current_a * ohm * pulse.dt_s;
    }

    fn polarise(
        &self,
        state: &mut CellState,
        soc_from: f64,
        pulse: Pulse,
        cache: &mut Decay,
        energy: &mut StepEnergy,
    ) {
        let responses = cache.responses(pulse.dt_s, &self.branches);
        let (way, celsius) = (state.soc - soc_from, state.temperature_c);
        for (index, branch) in self.branches.iter().take(BRANCHES_MAX).enumerate() {
            let Response { settled, lever } = responses[index];
            let ohm = branch.resistance.at(soc_from + lever * way, celsius);
            let pair = Pair { ohm, tau_s: branch.tau_s };
            let step = pair.advance(state.branch_v[index], pulse, settled);
            state.branch_v[index] = step.voltage_v;
            energy.stored_j += step.stored_j;
            energy.joule_j += step.heat_j;
        }
    }

    fn turn(&self, state: &mut CellState, soc: f64, pulse: Pulse, energy: &mut StepEnergy) {
        let half_width = self.hysteresis.half_width_v(soc, state.temperature_c);
        let charge_as = pulse.current_a * pulse.dt_s;
        let passed = Throughput { charge_as, capacity_as: self.capacity_as() };
        let step = self.hysteresis.pass(state.hysteresis, half_width, passed);
        state.hysteresis = step.state;
        energy.stored_j += step.stored_j;
        energy.hysteresis_j += step.heat_j;
    }
}
