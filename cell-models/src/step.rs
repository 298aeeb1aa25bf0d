//! The step: carries a cell over a constant current, exactly, and books every joule.
//!
//! SOC, hysteresis and polarisation are solved in closed form. The temperature is held over the
//! step; the voltage afterwards is exact where the resistance of each pair is a straight line over
//! the SOC that is passed and its time constant does not change. Heat is returned, not applied,
//! because the thermal network belongs to the pack.

use crate::cell::{CellParams, CellState};
use crate::ecm::{BRANCHES_MAX, Decay, Pair, Pulse, Response};
use crate::hysteresis::Throughput;
use crate::thermal::reversible_heat_j;

/// Below this charge through the cell, ampere-second, its mean voltage is not told from the work.
const CHARGE_TOLD_AS: f64 = 1e-9;

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
    /// Heat of the leakage.
    pub leakage_j: f64,
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
        self.irreversible_j() + self.entropic_j
    }

    /// Heat that does not come back when the current turns round, joule, never below zero.
    #[must_use]
    pub fn irreversible_j(&self) -> f64 {
        self.joule_j + self.hysteresis_j + self.side_j + self.leakage_j
    }

    /// Chemical less stored, irreversible heat and terminal work: zero but for rounding
    /// (equation (15)).
    #[must_use]
    pub fn imbalance_j(&self) -> f64 {
        self.chemical_j - self.stored_j - self.irreversible_j() - self.terminal_j
    }
}

impl std::ops::AddAssign for StepEnergy {
    fn add_assign(&mut self, step: Self) {
        self.chemical_j += step.chemical_j;
        self.stored_j += step.stored_j;
        self.joule_j += step.joule_j;
        self.hysteresis_j += step.hysteresis_j;
        self.side_j += step.side_j;
        self.leakage_j += step.leakage_j;
        self.terminal_j += step.terminal_j;
        self.entropic_j += step.entropic_j;
    }
}

/// Effective SOC at the start, the middle and the end of a step.
#[derive(Clone, Copy)]
struct Way {
    from: f64,
    middle: f64,
    to: f64,
}

impl CellParams {
    /// Advances the state by `dt_s` seconds (at least 0) at a constant current, above 0 charging.
    ///
    /// Exact in SOC and hysteresis, and in polarisation where its resistance is a straight line
    /// over the SOC passed; energies count resistances, time constants and half width at one SOC
    /// within the step. A leak takes its mean current. The temperature is left alone.
    #[must_use = "the heat of the step belongs into the thermal network"]
    pub fn advance(
        &self,
        state: &mut CellState,
        current_a: f64,
        dt_s: f64,
        cache: &mut Decay,
    ) -> StepEnergy {
        debug_assert!(dt_s >= 0.0, "time runs forward");
        let terminal = Pulse { current_a, dt_s };
        if self.leakage_ohm.is_infinite() {
            let (mut energy, way) = self.drive(state, terminal, cache);
            self.resist(state, way.middle, terminal, &mut energy);
            return energy;
        }
        self.advance_leaking(state, terminal, cache)
    }

    /// A step with a leak behind R0 (equation (19)): a first pass finds the mean voltage.
    fn advance_leaking(
        &self,
        state: &mut CellState,
        terminal: Pulse,
        cache: &mut Decay,
    ) -> StepEnergy {
        let mut leak_a = self.emf(state) / self.leakage_ohm;
        let through = |leak_a: f64| Pulse { current_a: terminal.current_a - leak_a, ..terminal };
        let mean_v = |energy: &StepEnergy, pulse: Pulse| {
            let charge_as = pulse.current_a * pulse.dt_s;
            (charge_as.abs() > CHARGE_TOLD_AS).then(|| -energy.terminal_j / charge_as)
        };
        let (probe, _) = self.drive(&mut state.clone(), through(leak_a), cache);
        if let Some(volt) = mean_v(&probe, through(leak_a)) {
            leak_a = volt / self.leakage_ohm;
        }
        let emf = self.emf(state);
        let (mut energy, way) = self.drive(state, through(leak_a), cache);
        let volt = mean_v(&energy, through(leak_a)).unwrap_or(emf);
        energy.leakage_j = volt * leak_a * terminal.dt_s;
        energy.terminal_j -= energy.leakage_j;
        self.resist(state, way.middle, terminal, &mut energy);
        energy
    }

    /// Carries everything behind R0 over a pulse; `terminal_j` is the work given out there.
    fn drive(&self, state: &mut CellState, pulse: Pulse, cache: &mut Decay) -> (StepEnergy, Way) {
        let (mut energy, way) = self.convert(state, pulse);
        self.polarise(state, way, pulse, cache, &mut energy);
        self.turn(state, way.middle, pulse, &mut energy);
        energy.terminal_j -= energy.stored_j + energy.joule_j + energy.hysteresis_j;
        (energy, way)
    }

    /// Moves the SOC (equation (16)) and accounts for the work of the potential.
    ///
    /// `terminal_j` gets the part of the terminal work that meets the potential.
    fn convert(&self, state: &mut CellState, pulse: Pulse) -> (StepEnergy, Way) {
        let (capacity_as, celsius) = (self.capacity_as(state), state.temperature_c);
        let passed_as = pulse.current_a * pulse.dt_s;
        let efficiency = if passed_as > 0.0 { self.coulombic_efficiency } else { 1.0 };
        let lost_as = self.self_discharge_at(celsius) * capacity_as * pulse.dt_s;
        let converted_as = passed_as * efficiency - lost_as;
        let soc = state.soc + converted_as / capacity_as;
        let unusable = self.unusable(celsius);
        let effective = |soc: f64| soc - (1.0 - soc) * unusable;
        let (from, to) = (effective(state.soc), effective(soc));
        let entropic = self.entropic_v_per_k.mean(from, to, celsius);
        let potential = self.potential().mean_with(from, to, celsius, entropic);
        state.soc = soc;
        let energy = StepEnergy {
            chemical_j: -potential * converted_as,
            side_j: potential * (passed_as - converted_as),
            terminal_j: -potential * passed_as,
            entropic_j: reversible_heat_j(converted_as, entropic, celsius),
            ..StepEnergy::default()
        };
        (energy, Way { from, middle: 0.5 * (from + to), to })
    }

    /// Heat of R0, which the work at the terminals pays for.
    fn resist(&self, state: &CellState, soc: f64, pulse: Pulse, energy: &mut StepEnergy) {
        let map = self.r0_map(pulse.current_a >= 0.0);
        let ohm = map.at(soc, state.temperature_c) * state.health.resistance;
        let heat_j = pulse.current_a * pulse.current_a * ohm * pulse.dt_s;
        energy.joule_j += heat_j;
        energy.terminal_j -= heat_j;
    }

    fn polarise(
        &self,
        state: &mut CellState,
        way: Way,
        pulse: Pulse,
        cache: &mut Decay,
        energy: &mut StepEnergy,
    ) {
        let celsius = state.temperature_c;
        let (taus_s, responses) = self.responses(way.middle, celsius, pulse.dt_s, cache);
        for (index, branch) in self.branches.iter().take(BRANCHES_MAX).enumerate() {
            let Response { settled, lever } = responses[index];
            let voltage_v = state.branch_v[index];
            let map = branch.resistance(is_driven_up(pulse.current_a, voltage_v));
            let soc = way.from + lever * (way.to - way.from);
            let ohm = map.at(soc, celsius) * state.health.resistance;
            let step = Pair { ohm, tau_s: taus_s[index] }.advance(voltage_v, pulse, settled);
            state.branch_v[index] = step.voltage_v;
            energy.stored_j += step.stored_j;
            energy.joule_j += step.heat_j;
        }
    }

    /// Time constants at one place of the tables, and the responses that follow from them.
    ///
    /// Constant ones recur and are remembered; those from tables are new in every step.
    fn responses(
        &self,
        soc: f64,
        temperature_c: f64,
        dt_s: f64,
        cache: &mut Decay,
    ) -> ([f64; BRANCHES_MAX], [Response; BRANCHES_MAX]) {
        let (mut taus_s, mut fixed) = ([0.0; BRANCHES_MAX], true);
        for (tau_s, branch) in taus_s.iter_mut().zip(&self.branches) {
            *tau_s = branch.tau.at(soc, temperature_c);
            fixed &= branch.tau.as_constant().is_some();
        }
        let used = &taus_s[..self.branch_count()];
        if fixed {
            return (taus_s, cache.responses(dt_s, used));
        }
        let mut responses = [Response::default(); BRANCHES_MAX];
        for (response, tau_s) in responses.iter_mut().zip(used) {
            *response = Response::to(dt_s / tau_s);
        }
        (taus_s, responses)
    }

    fn turn(&self, state: &mut CellState, soc: f64, pulse: Pulse, energy: &mut StepEnergy) {
        let half_width = self.hysteresis.half_width_v(soc, state.temperature_c);
        let charge_as = pulse.current_a * pulse.dt_s;
        let passed = Throughput { charge_as, capacity_as: self.capacity_as(state) };
        let step = self.hysteresis.pass(state.hysteresis, half_width, passed);
        state.hysteresis = step.state;
        energy.stored_j += step.stored_j;
        energy.hysteresis_j += step.heat_j;
    }
}

/// Whether a pair shows its resistance for charging: by the current, or at rest by its voltage.
fn is_driven_up(current_a: f64, voltage_v: f64) -> bool {
    current_a > 0.0 || (current_a >= 0.0 && voltage_v >= 0.0)
}
