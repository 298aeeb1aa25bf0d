//! Closed forms of textbook circuits, written apart from the model so that tests can compare.
//!
//! They use the plain exponential and take quantities as the textbook does, from rest at time zero.

/// A resistor-capacitor pair at rest that meets a constant current at time zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RcStep {
    /// Resistance, ohm.
    pub ohm: f64,
    /// Time constant, second.
    pub tau_s: f64,
    /// Current, ampere.
    pub current_a: f64,
}

impl RcStep {
    /// Voltage after `time_s`: I R (1 - exp(-t/tau)).
    #[must_use]
    pub fn voltage_v(&self, time_s: f64) -> f64 {
        self.current_a * self.ohm * (1.0 - libm::exp(-time_s / self.tau_s))
    }

    /// Energy in the capacitor after `time_s`: C V^2 / 2 with C = tau/R, joule.
    #[must_use]
    pub fn stored_j(&self, time_s: f64) -> f64 {
        let voltage = self.voltage_v(time_s);
        0.5 * self.tau_s / self.ohm * voltage * voltage
    }

    /// Heat of the resistor up to `time_s`: I^2 R (t - 2 tau (1-e) + tau/2 (1-e^2)), joule.
    #[must_use]
    pub fn heat_j(&self, time_s: f64) -> f64 {
        let decayed = libm::exp(-time_s / self.tau_s);
        let settled = 2.0 * (1.0 - decayed) - 0.5 * (1.0 - decayed * decayed);
        self.current_a * self.current_a * self.ohm * (time_s - self.tau_s * settled)
    }
}

/// Hysteresis state after a throughput in one direction (`branch` is -1 or 1).
#[must_use]
pub fn hysteresis_after(start: f64, branch: f64, gamma: f64, soc_throughput: f64) -> f64 {
    branch + (start - branch) * libm::exp(-gamma * soc_throughput)
}

/// SOC throughput after which `share` of the way from one branch to the other is done.
#[must_use]
pub fn throughput_for(share: f64, gamma: f64) -> f64 {
    -libm::log(1.0 - share) / gamma
}

/// Temperature, degree Celsius, of a lump under constant heat, after `time_s` (equation (14)).
#[must_use]
pub fn lump_c(start_c: f64, settled_c: f64, tau_s: f64, time_s: f64) -> f64 {
    settled_c + (start_c - settled_c) * libm::exp(-time_s / tau_s)
}
