//! The polarisation circuit: up to four resistor-capacitor pairs in series, solved exactly.

use crate::table::Map;

/// Most pairs a cell can have.
pub const BRANCHES_MAX: usize = 4;

/// Number of step lengths a [`Decay`] remembers; an event-driven run has about this many.
const REMEMBERED: usize = 8;

/// Below this exponent a short series gives the settled share to the last bit.
const SERIES_MAX: f64 = 0.01;

/// One resistor-capacitor pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Resistance while charging, ohm, above 0.
    pub charge: Map,
    /// Resistance while discharging, ohm, above 0.
    pub discharge: Map,
    /// Time constant, second, above 0.
    pub tau: Map,
}

impl Branch {
    /// A pair with the same resistance in both directions and one time constant, second.
    #[must_use]
    pub fn symmetric(resistance: Map, tau_s: f64) -> Self {
        let charge = resistance.clone();
        Self { charge, discharge: resistance, tau: Map::constant(tau_s) }
    }

    /// The resistance in a direction of the current.
    #[must_use]
    pub fn resistance(&self, charging: bool) -> &Map {
        if charging { &self.charge } else { &self.discharge }
    }

    /// The same pair with its resistances multiplied, its time constant kept.
    #[must_use]
    pub fn scaled(self, by: f64) -> Self {
        Self { charge: self.charge.scaled(by), discharge: self.discharge.scaled(by), ..self }
    }
}

/// A pair with its resistance looked up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Resistance, ohm.
    pub ohm: f64,
    /// Time constant, second.
    pub tau_s: f64,
}

/// What one step did to a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairStep {
    /// Voltage afterwards, volt, positive after charging.
    pub voltage_v: f64,
    /// Energy put into the capacitor, joule.
    pub stored_j: f64,
    /// Heat of the resistor, joule.
    pub heat_j: f64,
}

/// A constant current for some time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pulse {
    /// Current, ampere; above zero charges.
    pub current_a: f64,
    /// Length, second.
    pub dt_s: f64,
}

impl Pair {
    /// Advances the voltage of the pair over a pulse (equation (8)).
    ///
    /// `settled` is 1 - exp(-dt/tau), as [`settled_share`] or [`Decay`] give it.
    #[must_use]
    pub fn advance(&self, voltage_v: f64, pulse: Pulse, settled: f64) -> PairStep {
        let target = self.ohm * pulse.current_a;
        let distance = voltage_v - target;
        let after = voltage_v - distance * settled;
        let squared = target * target * pulse.dt_s
            + self.tau_s * distance * settled * (2.0 * target + 0.5 * distance * (2.0 - settled));
        PairStep {
            voltage_v: after,
            stored_j: 0.5 * self.tau_s / self.ohm * (after - voltage_v) * (after + voltage_v),
            heat_j: (squared / self.ohm).max(0.0),
        }
    }

    /// Energy held at a voltage, joule.
    #[must_use]
    pub fn held_j(&self, voltage_v: f64) -> f64 {
        0.5 * self.tau_s / self.ohm * voltage_v * voltage_v
    }
}

/// 1 - exp(-`exponent`): the share of the way to the end that is settled (equation (7)).
///
/// Short steps take a series of six terms, whose remainder is below the last bit.
#[must_use]
pub fn settled_share(exponent: f64) -> f64 {
    if exponent.abs() > SERIES_MAX {
        return -libm::expm1(-exponent);
    }
    let x = exponent;
    let inner = 1.0 - x / 4.0 * (1.0 - x / 5.0 * (1.0 - x / 6.0));
    x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * inner))
}

/// How one pair reacts to a step of some length.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Response {
    /// 1 - exp(-dt/tau): see [`settled_share`].
    pub settled: f64,
    /// Where in the step (0 start, 1 end) the resistance counts: see [`lever`].
    pub lever: f64,
}

impl Response {
    /// The reaction to a step of `exponent` time constants.
    #[must_use]
    pub fn to(exponent: f64) -> Self {
        Self { settled: settled_share(exponent), lever: lever(exponent) }
    }
}

/// Where in a step the resistance counts for the voltage at its end (equation (9)).
///
/// The mean of the time in the step, weighted by what of it is remembered at the end: the middle
/// for short steps, one time constant before the end for long ones. With it the voltage is exact
/// for a resistance that changes linearly over the step. `exponent` is dt/tau.
#[must_use]
pub fn lever(exponent: f64) -> f64 {
    if exponent.abs() > SERIES_MAX {
        return 1.0 / settled_share(exponent) - 1.0 / exponent;
    }
    0.5 + exponent / 12.0 * (1.0 - exponent * exponent / 60.0)
}

/// Responses of the branches of a cell for one step length.
#[derive(Clone, Copy, Debug)]
struct Remembered {
    dt_bits: u64,
    tau_bits: [u64; BRANCHES_MAX],
    responses: [Response; BRANCHES_MAX],
}

impl Remembered {
    /// Matches no step, as its length is not a number.
    const NONE: Self = Self {
        dt_bits: u64::MAX,
        tau_bits: [0; BRANCHES_MAX],
        responses: [Response { settled: 0.0, lever: 0.0 }; BRANCHES_MAX],
    };

    fn fits(&self, dt_s: f64, taus_s: &[f64]) -> bool {
        let same = |(tau_s, bits): (&f64, &u64)| tau_s.to_bits() == *bits;
        self.dt_bits == dt_s.to_bits() && taus_s.iter().zip(&self.tau_bits).all(same)
    }

    fn compute(dt_s: f64, taus_s: &[f64]) -> Self {
        let mut fresh = Self { dt_bits: dt_s.to_bits(), ..Self::NONE };
        for (index, tau_s) in taus_s.iter().take(BRANCHES_MAX).enumerate() {
            fresh.tau_bits[index] = tau_s.to_bits();
            fresh.responses[index] = Response::to(dt_s / tau_s);
        }
        fresh
    }
}

/// Remembers responses for the last few step lengths, as the same ones recur.
///
/// A memory of results and nothing else: the outcome is the same with a fresh one. It may be shared
/// between cells; it works best when those have the same time constants.
#[derive(Clone, Debug)]
pub struct Decay {
    remembered: [Remembered; REMEMBERED],
    oldest: usize,
}

impl Default for Decay {
    fn default() -> Self {
        Self { remembered: [Remembered::NONE; REMEMBERED], oldest: 0 }
    }
}

impl Decay {
    /// An empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Response of each pair to a step, by its time constant in second; entries past the last one
    /// mean nothing.
    pub fn responses(&mut self, dt_s: f64, taus_s: &[f64]) -> [Response; BRANCHES_MAX] {
        if let Some(known) = self.remembered.iter().find(|known| known.fits(dt_s, taus_s)) {
            return known.responses;
        }
        let fresh = Remembered::compute(dt_s, taus_s);
        self.remembered[self.oldest] = fresh;
        self.oldest = (self.oldest + 1) % REMEMBERED;
        fresh.responses
    }
}
