//! The cells on the cycler: driven by a current until one of them is at an end.

use super::heat::Row;
use super::{Across, Cycling};
use cell_models::ageing::{AgeingState, Covered, CycleCounter, Law, Stress};
use cell_models::cell::{CellParams, CellState, Decay, Health};
use std::sync::Arc;

/// Longest step of SOC: short against the features of the tables.
const SOC_STEP: f64 = 0.02;
/// Longest step of a rest, second: short against the cells' thermal time constants.
const REST_STEP_S: f64 = 300.0;
/// Halvings of the step in which a cell reaches its end: to a four-thousandth of it.
const HALVINGS: u32 = 12;

/// Why a drive ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The charge that was wanted has passed.
    Passed,
    /// A cell is at its lowest or highest voltage.
    Voltage,
    /// A cell is at 100 % SOC.
    Full,
}

/// Integrals over a half cycle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Half {
    /// Its length, second.
    pub(super) time_s: f64,
    /// Temperature over time of the cells, °C s.
    pub(super) celsius_s: Across,
    /// Mean SOC of the cells over time, second.
    pub(super) soc_s: f64,
}

/// What is known about a cell besides its electrical state.
#[derive(Clone, Debug)]
struct Life {
    build: Health,
    age: AgeingState,
    counter: CycleCounter,
    celsius_s: f64,
    soc_s: f64,
}

/// The cells.
#[derive(Clone, Debug)]
pub(super) struct Pack {
    params: Arc<CellParams>,
    states: Vec<CellState>,
    tried: Vec<CellState>,
    lives: Vec<Life>,
    row: Row,
    decay: Decay,
    time_s: f64,
    flowing_s: f64,
    /// Whether the law covered everything so far.
    pub(super) covered: Covered,
}

impl Pack {
    /// Full cells at rest.
    pub(super) fn new(cycling: &Cycling, builds: Vec<Health>) -> Self {
        let full = |build: &Health| {
            let mut state = CellState::rested(1.0, cycling.ambient_c);
            state.health = *build;
            state
        };
        let states: Vec<_> = builds.iter().map(full).collect();
        let life = |build: Health| {
            let mut counter = CycleCounter::new();
            counter.observe(1.0, 0.0, |_| {});
            Life { build, age: AgeingState::default(), counter, celsius_s: 0.0, soc_s: 0.0 }
        };
        Self {
            params: Arc::clone(&cycling.params),
            tried: states.clone(),
            row: Row::new(&cycling.params, states.len(), cycling.ambient_c),
            states,
            lives: builds.into_iter().map(life).collect(),
            decay: Decay::new(),
            time_s: 0.0,
            flowing_s: 0.0,
            covered: Covered::FULLY,
        }
    }

    pub(super) fn begin_half(&mut self) {
        (self.time_s, self.flowing_s) = (0.0, 0.0);
        for life in &mut self.lives {
            (life.celsius_s, life.soc_s) = (0.0, 0.0);
        }
    }

    pub(super) fn half(&self) -> Half {
        let count = self.lives.len() as f64;
        Half {
            time_s: self.time_s,
            celsius_s: Across::of(self.lives.iter().map(|life| life.celsius_s)),
            soc_s: self.lives.iter().map(|life| life.soc_s).sum::<f64>() / count,
        }
    }

    pub(super) fn ages(&self) -> impl Iterator<Item = AgeingState> + '_ {
        self.lives.iter().map(|life| life.age)
    }

    pub(super) fn is_finite(&self) -> bool {
        self.states.iter().all(CellState::is_finite)
    }

    pub(super) fn mean_c(&self) -> f64 {
        Across::of(self.states.iter().map(|state| state.temperature_c)).mean
    }

    /// Capacity of the weakest cell as it is now, ampere-second.
    pub(super) fn weakest_as(&self) -> f64 {
        let capacities = self.states.iter().map(|state| self.params.capacity_as(state));
        capacities.fold(f64::INFINITY, f64::min)
    }

    /// Passes up to `wanted_as` ampere-seconds, and gives what has passed when it ended.
    pub(super) fn drive(&mut self, current_a: f64, wanted_as: f64) -> (f64, End) {
        let longest_s = SOC_STEP * self.weakest_as() / current_a.abs();
        let mut passed_as = 0.0;
        if let Some(end) = self.end(&self.states, current_a) {
            return (passed_as, end);
        }
        loop {
            let left_s = (wanted_as - passed_as) / current_a.abs();
            let mut dt_s = longest_s.min(left_s);
            self.attempt(current_a, dt_s);
            let mut end = self.end(&self.tried, current_a);
            if end.is_some() {
                (dt_s, end) = self.approach(current_a, dt_s);
            } else if left_s <= longest_s {
                end = Some(End::Passed);
            }
            self.accept(dt_s);
            self.flowing_s += dt_s;
            passed_as += current_a.abs() * dt_s;
            if let Some(end) = end {
                return (passed_as, end);
            }
        }
    }

    /// The last moment within `dt_s` at which no cell is at its end, and which end comes next. The
    /// cells are left tried there.
    fn approach(&mut self, current_a: f64, dt_s: f64) -> (f64, Option<End>) {
        let (mut before, mut after, mut end) = (0.0, dt_s, None);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (before + after);
            self.attempt(current_a, middle);
            match self.end(&self.tried, current_a) {
                Some(found) => (after, end) = (middle, Some(found)),
                None => before = middle,
            }
        }
        self.attempt(current_a, after);
        (after, end.or_else(|| self.end(&self.tried, current_a)))
    }

    pub(super) fn rest(&mut self, rest_s: f64) {
        let mut left_s = rest_s;
        while left_s > 0.0 {
            let dt_s = left_s.min(REST_STEP_S);
            self.attempt(0.0, dt_s);
            self.accept(dt_s);
            left_s -= dt_s;
        }
    }

    /// Carries a copy of the cells over a step, temperatures held.
    fn attempt(&mut self, current_a: f64, dt_s: f64) {
        for (cell, state) in self.states.iter().enumerate() {
            let tried = &mut self.tried[cell];
            *tried = *state;
            let energy = self.params.advance(tried, current_a, dt_s, &mut self.decay);
            self.row.made_j[cell] = energy.heat_j();
        }
    }

    /// Takes the tried step: temperatures move, and what the cells go through is summed up.
    fn accept(&mut self, dt_s: f64) {
        self.row.advance(&mut self.tried, dt_s);
        let pairs = self.states.iter().zip(&self.tried);
        for ((from, to), life) in pairs.zip(&mut self.lives) {
            life.celsius_s += 0.5 * (from.temperature_c + to.temperature_c) * dt_s;
            life.soc_s += 0.5 * (from.soc + to.soc) * dt_s;
        }
        std::mem::swap(&mut self.states, &mut self.tried);
        self.time_s += dt_s;
    }

    /// Whether a cell of these is at an end of this direction.
    fn end(&self, states: &[CellState], current_a: f64) -> Option<End> {
        let limits = &self.params.limits;
        for state in states {
            let volt = self.params.voltage(state, current_a);
            let beyond = if current_a > 0.0 { volt >= limits.max_v } else { volt <= limits.min_v };
            if current_a > 0.0 && state.soc >= 1.0 {
                return Some(End::Full);
            } else if beyond {
                return Some(End::Voltage);
            }
        }
        None
    }

    /// Lets every cell age by the half cycle that has passed.
    pub(super) fn age(&mut self, law: &Law) {
        for (state, life) in self.states.iter_mut().zip(&mut self.lives) {
            let covered = life.live(law, state.soc, self.time_s, self.flowing_s);
            self.covered = self.covered.and(covered);
            state.health = Health {
                capacity: life.build.capacity * life.age.capacity(),
                resistance: life.build.resistance * life.age.resistance(),
            };
        }
    }
}

impl Life {
    fn live(&mut self, law: &Law, soc: f64, time_s: f64, flowing_s: f64) -> Covered {
        let (celsius, soc_mean) = (self.celsius_s / time_s, self.soc_s / time_s);
        let standing = Stress::standing(time_s, soc_mean.clamp(0.0, 1.0), celsius);
        let (age, counter) = (&mut self.age, &mut self.counter);
        let mut covered = law.advance(age, &standing);
        let share = age.capacity();
        counter.observe(soc, flowing_s, |swing| {
            let stress = Stress {
                dt_s: 0.0,
                dod: swing.depth.min(1.0),
                c_rate: swing.c_rate * share,
                discharge_c_rate: swing.discharge_c_rate * share,
                efc: swing.efc() * share,
                ..standing
            };
            covered = covered.and(law.advance(age, &stress));
        });
        covered
    }
}
