//! Ageing: how a cell loses capacity and gains resistance by standing (calendar) and by being
//! cycled, as published laws with their coefficients.
//!
//! A [`Law`] is made of a [`CapacityLaw`] and, where one is published, a [`ResistanceLaw`].
//! [`Law::advance`] moves an [`AgeingState`] over a span of constant [`Stress`]; [`CycleCounter`]
//! makes stresses out of a history of SOC. Every loss is a power law y = k xᵖ of time or of
//! throughput. It is advanced in its own variable (equation (A2) of `docs/physics.md`), so that
//! stress may vary and a span may be split anywhere without changing the outcome.
//!
//! | law | cell | published in |
//! |---|---|---|
//! | [`BlastLfp`] | LFP/graphite prismatic above 250 Ah | doi 10.1016/j.est.2023.109042, fitted in BLAST-Lite (NREL) |
//! | [`NaumannLfp`], [`NaumannResistance`] | Sony 3 Ah LFP/graphite 26650 | doi 10.1016/j.est.2018.01.019, 10.1016/j.jpowsour.2019.227666; as in SimSES |
//! | [`Nmc811`] | LG M50 5 Ah NMC811/graphite-SiOx 21700 | Truong Bui et al. 2021 (IEEE 9617644), fitted in BLAST-Lite |
//! | [`NmcLto`] | 10 Ah NMC/LTO pouch | doi 10.1016/j.jpowsour.2020.228566, fitted in BLAST-Lite |
//!
//! The cycle terms were measured in a narrow range of temperature. Beyond it they stay at its edge,
//! and [`Covered`] says so: a law that fits two temperatures knows nothing of plating in the cold.

mod cycles;
mod graphite;
mod lfp;
mod nmc;
mod resistance;
#[cfg(test)]
mod tests;

pub use cycles::{CycleCounter, Swing};
pub use graphite::anode_potential_v;
pub use lfp::{BlastLfp, NaumannLfp};
pub use nmc::{Nmc811, NmcLto};
pub use resistance::NaumannResistance;

use crate::validate::ParameterFault;
use serde::{Deserialize, Serialize};

/// Seconds in a day.
const SECONDS_PER_DAY: f64 = 86_400.0;
/// Kelvin at 0 °C.
const ZERO_C_K: f64 = 273.15;
/// Gas constant, J/(mol K).
const GAS_J_MOL_K: f64 = 8.314_462_618;
/// Remaining capacity below which no law says anything; the state stays there.
pub const CAPACITY_MIN: f64 = 0.05;

/// What a cell goes through over a span in which nothing changes but its SOC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stress {
    /// Length of the span, second, at least 0.
    pub dt_s: f64,
    /// Mean temperature of the cell, °C.
    pub temperature_c: f64,
    /// Mean SOC over time, 0 to 1.
    pub soc_mean: f64,
    /// Depth of the swings of SOC that end in the span, 0 to 1.
    pub dod: f64,
    /// Mean current of both directions while it flows, per hour of nominal capacity.
    pub c_rate: f64,
    /// Mean current while discharging, per hour of nominal capacity.
    pub discharge_c_rate: f64,
    /// Charge and discharge throughput, in equivalent full cycles of the nominal capacity: 1 is the
    /// capacity out and in again.
    pub efc: f64,
}

impl Stress {
    /// A cell that stands for `dt_s` seconds.
    #[must_use]
    pub fn standing(dt_s: f64, soc: f64, temperature_c: f64) -> Self {
        Self {
            dt_s,
            temperature_c,
            soc_mean: soc,
            dod: 0.0,
            c_rate: 0.0,
            discharge_c_rate: 0.0,
            efc: 0.0,
        }
    }

    fn days(&self) -> f64 {
        self.dt_s / SECONDS_PER_DAY
    }

    fn kelvin(&self) -> f64 {
        self.temperature_c + ZERO_C_K
    }
}

/// How far a cell has aged: what each mechanism has taken so far. New is all zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AgeingState {
    /// Capacity lost by standing, share of the new capacity.
    pub calendar_loss: f64,
    /// Capacity lost by cycling, share of the new capacity.
    pub cycle_loss: f64,
    /// Resistance gained by standing, share of the new resistance.
    pub calendar_growth: f64,
    /// Resistance gained by cycling, share of the new resistance.
    pub cycle_growth: f64,
}

impl AgeingState {
    /// Remaining capacity, share of the new one, from [`CAPACITY_MIN`] to 1.
    #[must_use]
    pub fn capacity(&self) -> f64 {
        (1.0 - self.calendar_loss - self.cycle_loss).max(CAPACITY_MIN)
    }

    /// Resistance, share of the new one, at least 1.
    #[must_use]
    pub fn resistance(&self) -> f64 {
        1.0 + self.calendar_growth + self.cycle_growth
    }
}

/// Which stresses of a span lie within what the law was measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The temperature of cycling; outside, the cycle term stays at the edge.
    pub temperature: bool,
    /// The depth of the swings; outside, the formula goes on.
    pub depth: bool,
    /// The current; outside, the formula goes on.
    pub rate: bool,
}

impl Covered {
    /// Nothing is extrapolated.
    pub const FULLY: Self = Self { temperature: true, depth: true, rate: true };

    /// Whether nothing is extrapolated.
    #[must_use]
    pub fn is_full(&self) -> bool {
        *self == Self::FULLY
    }

    /// Covered by both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            temperature: self.temperature && other.temperature,
            depth: self.depth && other.depth,
            rate: self.rate && other.rate,
        }
    }
}

/// What of a cycle was measured, inclusive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// Temperature while cycling, °C, low and high.
    pub temperature_c: [f64; 2],
    /// Shallowest swing, share of the capacity.
    pub depth_min: f64,
    /// Highest current, per hour of nominal capacity.
    pub rate_max: f64,
}

impl Tested {
    fn covers(&self, stress: &Stress) -> Covered {
        if stress.efc <= 0.0 {
            return Covered::FULLY;
        }
        let [low, high] = self.temperature_c;
        // A hair of slack: a depth of 0.8 that was summed up from steps is meant to be 0.8.
        let hair = 1e-6;
        Covered {
            temperature: (low - hair..=high + hair).contains(&stress.temperature_c),
            depth: stress.dod >= self.depth_min - hair,
            rate: stress.c_rate.max(stress.discharge_c_rate) <= self.rate_max + hair,
        }
    }

    /// The stress with its temperature held at the edge of what was measured.
    fn held(&self, stress: &Stress) -> Stress {
        let [low, high] = self.temperature_c;
        Stress { temperature_c: stress.temperature_c.clamp(low, high), ..*stress }
    }
}

/// The way of one loss: y = rate xᵖ, x in the law's own unit.
#[derive(Clone, Copy, Debug)]
struct Power {
    rate: f64,
    exponent: f64,
}

impl Power {
    /// The loss after `dx` more at this rate, equation (A2); never below `loss`.
    fn advance(self, loss: f64, dx: f64) -> f64 {
        if self.rate <= 0.0 || dx <= 0.0 {
            return loss;
        }
        let inverse = 1.0 / self.exponent;
        let way = libm::pow(loss, inverse) + libm::pow(self.rate, inverse) * dx;
        libm::pow(way, self.exponent).max(loss)
    }
}

/// How capacity fades.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "law", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CapacityLaw {
    /// LFP prismatic above 250 Ah.
    BlastLfp(BlastLfp),
    /// LFP 26650 of 3 Ah.
    NaumannLfp(NaumannLfp),
    /// NMC811 21700 of 5 Ah.
    Nmc811(Nmc811),
    /// NMC/LTO pouch of 10 Ah.
    NmcLto(NmcLto),
}

/// Both losses of capacity, and how far each goes in the span, in the law's own unit.
struct Fade {
    calendar: Power,
    calendar_x: f64,
    cycle: Power,
    cycle_x: f64,
}

impl CapacityLaw {
    /// What of a cycle the law was measured for.
    #[must_use]
    pub fn tested(&self) -> Tested {
        match self {
            Self::BlastLfp(_) => BlastLfp::TESTED,
            Self::NaumannLfp(_) => NaumannLfp::TESTED,
            Self::Nmc811(_) => Nmc811::TESTED,
            Self::NmcLto(_) => NmcLto::TESTED,
        }
    }

    /// The cell it was fitted to, and where it is published.
    #[must_use]
    pub fn source(&self) -> &'static str {
        match self {
            Self::BlastLfp(_) => {
                "capacity: LFP above 250 Ah, doi 10.1016/j.est.2023.109042, fit of BLAST-Lite"
            }
            Self::NaumannLfp(_) => {
                "capacity: Sony LFP 3 Ah, Naumann 2018 and 2020, doi 10.1016/j.est.2018.01.019"
            }
            Self::Nmc811(_) => "capacity: LG M50 NMC811, Truong Bui 2021, fit of BLAST-Lite",
            Self::NmcLto(_) => {
                "capacity: NMC/LTO 10 Ah, doi 10.1016/j.jpowsour.2020.228566, fit of BLAST-Lite"
            }
        }
    }

    fn fade(&self, stress: &Stress) -> Fade {
        let cycling = self.tested().held(stress);
        match self {
            Self::BlastLfp(law) => law.fade(stress, &cycling),
            Self::NaumannLfp(law) => law.fade(stress, &cycling),
            Self::Nmc811(law) => law.fade(stress, &cycling),
            Self::NmcLto(law) => law.fade(&cycling),
        }
    }

    /// Number of every coefficient that must be above 0, with its name.
    fn positive(&self) -> Vec<(&'static str, f64)> {
        match self {
            Self::BlastLfp(law) => law.positive(),
            Self::NaumannLfp(law) => law.positive(),
            Self::Nmc811(law) => law.positive(),
            Self::NmcLto(law) => law.positive(),
        }
    }
}

/// How resistance grows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "law", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ResistanceLaw {
    /// LFP 26650 of 3 Ah.
    NaumannLfp(NaumannResistance),
}

/// How a cell ages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// How capacity fades.
    pub capacity: CapacityLaw,
    /// How resistance grows; absent where no law is published, and then it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resistance: Option<ResistanceLaw>,
}

impl Law {
    /// Moves the state over a span of constant stress and says which stresses were covered by what
    /// the laws were measured for.
    pub fn advance(&self, state: &mut AgeingState, stress: &Stress) -> Covered {
        debug_assert!(stress.dt_s >= 0.0 && stress.efc >= 0.0, "a cell does not grow younger");
        let fade = self.capacity.fade(stress);
        state.calendar_loss = fade.calendar.advance(state.calendar_loss, fade.calendar_x);
        state.cycle_loss = fade.cycle.advance(state.cycle_loss, fade.cycle_x);
        let covered = self.capacity.tested().covers(stress);
        let Some(ResistanceLaw::NaumannLfp(law)) = &self.resistance else {
            return covered;
        };
        state.calendar_growth += law.calendar_growth(stress);
        state.cycle_growth += law.cycle_growth(stress);
        covered.and(NaumannResistance::TESTED.covers(stress))
    }

    /// The remaining capacity that the law itself gives after a constant stress from new, in closed
    /// form: for comparison with a history that was advanced in steps.
    #[must_use]
    pub fn after(&self, stress: &Stress) -> AgeingState {
        let mut state = AgeingState::default();
        let _covered = self.advance(&mut state, stress);
        state
    }

    /// Which laws, and where they are published.
    #[must_use]
    pub fn sources(&self) -> Vec<&'static str> {
        let resistance = match &self.resistance {
            Some(ResistanceLaw::NaumannLfp(_)) => {
                "resistance: Sony LFP 3 Ah, Naumann 2018 and 2020, doi 10.1016/j.est.2018.01.019"
            }
            None => "resistance: no law is published for this cell; it stays",
        };
        vec![self.capacity.source(), resistance]
    }

    /// Coefficients that no law can have.
    #[must_use]
    pub fn faults(&self) -> Vec<ParameterFault> {
        let capacity = self.capacity.positive();
        let resistance = match &self.resistance {
            Some(ResistanceLaw::NaumannLfp(law)) => law.positive(),
            None => Vec::new(),
        };
        let named = [("ageing.capacity", capacity), ("ageing.resistance", resistance)];
        let all = named.into_iter().flat_map(|(part, values)| {
            values.into_iter().map(move |(name, value)| (format!("{part}.{name}"), value))
        });
        all.filter(|(_, value)| !(value.is_finite() && *value > 0.0))
            .map(|(parameter, value)| ParameterFault {
                parameter,
                value,
                allowed: "finite and above 0",
            })
            .collect()
    }
}

/// Factor of a rate against 25 °C for an activation energy, J/mol (equation (A3)).
fn arrhenius(activation_j_mol: f64, kelvin: f64) -> f64 {
    let reference_k = ZERO_C_K + 25.0;
    libm::exp(-activation_j_mol / GAS_J_MOL_K * (1.0 / kelvin - 1.0 / reference_k))
}

fn cube(value: f64) -> f64 {
    value * value * value
}
