//! Ageing while the plant runs, for packs that ask for it: the law that a cell carries is fed with
//! how the cell stands and with its swings, and what it says becomes the cell's health once an hour
//! (equations (L1) and (L2) of `docs/physics-plant.md`).

use super::Plant;
use super::planner::span_of;
use crate::time::Span;
use cell_models::ageing::{AgeingState, CycleCounter, Law, Stress};
use cell_models::cell::Health;

/// Health follows the law this often, second.
const EVERY_S: f64 = 3600.0;
/// Less than this many capacities per hour is no current.
const FLOWING_RATE: f64 = 1e-3;

/// The life of one cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    age: AgeingState,
    counter: CycleCounter,
    time_s: f64,
    soc_s: f64,
    celsius_s: f64,
}

/// What a cell did since the last look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// Length, second.
    pub(super) span_s: f64,
    /// SOC at its end.
    pub(super) soc: f64,
    /// Temperature at its end, °C.
    pub(super) celsius: f64,
    /// Current in capacities per hour.
    pub(super) rate: f64,
}

impl Life {
    fn live(&mut self, law: &Law, stretch: Stretch) {
        let Stretch { span_s, soc, celsius, rate } = stretch;
        self.time_s += span_s;
        self.soc_s += soc * span_s;
        self.celsius_s += celsius * span_s;
        let flowing_s = if rate.abs() > FLOWING_RATE { span_s } else { 0.0 };
        let (age, counter) = (&mut self.age, &mut self.counter);
        let share = age.capacity();
        counter.observe(soc, flowing_s, |swing| {
            let stress = Stress {
                dod: swing.depth.min(1.0),
                c_rate: swing.c_rate * share,
                discharge_c_rate: swing.discharge_c_rate * share,
                efc: swing.efc() * share,
                ..Stress::standing(0.0, swing.soc_mean.clamp(0.0, 1.0), celsius)
            };
            // How far the law is measured is the cell file's to say.
            let _ = law.advance(age, &stress);
        });
    }

    /// Standing since the last time, and the health that is left.
    fn settle(&mut self, law: &Law) -> Health {
        let (soc, celsius) = (self.soc_s / self.time_s, self.celsius_s / self.time_s);
        let standing = Stress::standing(self.time_s, soc.clamp(0.0, 1.0), celsius);
        let _ = law.advance(&mut self.age, &standing);
        (self.time_s, self.soc_s, self.celsius_s) = (0.0, 0.0, 0.0);
        Health { capacity: self.age.capacity(), resistance: self.age.resistance() }
    }
}

impl Plant {
    /// Lets a cell live since the last look; `currents_a` of all cells.
    pub(super) fn live(&mut self, currents_a: &[f64], since_s: f64) {
        if self.lives.is_empty() {
            return;
        }
        let mut is_due = false;
        for (cell, life) in self.lives.iter_mut().enumerate() {
            let (params, state) = (&self.string.params[cell], &self.string.states[cell]);
            let Some(law) = &params.ageing else { continue };
            let rate = currents_a[cell] / params.capacity_ah;
            let (soc, celsius) = (state.soc, state.temperature_c);
            life.live(law, Stretch { span_s: since_s, soc, celsius, rate });
            if life.time_s >= EVERY_S {
                let health = life.settle(law);
                self.wiring.age(cell, health);
                is_due = true;
            }
        }
        if is_due {
            self.wiring.apply_health(&mut self.string);
        }
    }

    /// How long until a new health is due; none where the pack does not age.
    pub(super) fn until_health(&self) -> Option<Span> {
        let lived_s = self.lives.iter().map(|life| life.time_s).reduce(f64::max)?;
        Some(span_of(EVERY_S - lived_s))
    }

    /// State of health of every cell, faults included.
    #[must_use]
    pub fn cells_health(&self) -> Vec<Health> {
        self.string.states.iter().map(|state| state.health).collect()
    }
}
