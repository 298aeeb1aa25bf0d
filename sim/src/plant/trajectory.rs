//! Pack current and filtered shunt voltage within one segment of time, readable at any instant.
//!
//! Equation numbers refer to `docs/physics-plant.md`.

use super::circuit::{CAPACITOR_ROW, Course, FILTER_ROW};

/// Past this many time constants the filter has nothing left to forget in double precision.
const FORGOTTEN: f64 = 45.0;

/// The filter between shunt and current comparators, and where it stands at a segment's start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter {
    /// Shunt resistance, ohm.
    pub(super) shunt_ohm: f64,
    /// Time constant, second; 0 for no filter.
    pub(super) tau_s: f64,
    /// What the sense connection adds, volt.
    pub(super) offset_v: f64,
    /// Output at the start of the segment, volt.
    pub(super) start_v: f64,
}

impl Filter {
    /// The output at `t` seconds for a shunt voltage `from_v + slope * t`, equation (12).
    fn follow(&self, from_v: f64, slope_v_s: f64, t: f64) -> f64 {
        if self.tau_s == 0.0 || t > FORGOTTEN * self.tau_s {
            return from_v + slope_v_s * (t - self.tau_s);
        }
        let lag_v = slope_v_s * self.tau_s;
        let memory_v = self.start_v - from_v + lag_v;
        from_v + slope_v_s * t - lag_v + memory_v * libm::exp(-t / self.tau_s)
    }
}

/// How the pack current runs within a segment; charge positive, seconds from its start.
#[derive(Clone, Debug)]
pub(super) enum Current {
    /// Held, ampere.
    Steady(f64),
    /// A gate edge: from here, ampere, with this slope, ampere per second.
    Ramp(f64, f64),
    /// The exact response of a linear circuit.
    Response(Box<Course>),
}

/// Pack current and filtered shunt voltage over a segment.
#[derive(Clone, Debug)]
pub(super) struct Trajectory {
    /// The current.
    pub(super) current: Current,
    /// The filter that follows it.
    pub(super) filter: Filter,
}

impl Trajectory {
    /// Pack current at `t` seconds, ampere.
    pub(super) fn current_a(&self, t: f64) -> f64 {
        match &self.current {
            Current::Steady(held) => *held,
            Current::Ramp(from, slope) => from + slope * t,
            Current::Response(course) => course.current_a(t),
        }
    }

    /// Unfiltered shunt voltage, volt.
    pub(super) fn shunt_v(&self, t: f64) -> f64 {
        self.filter.shunt_ohm * self.current_a(t) + self.filter.offset_v
    }

    /// Filtered shunt voltage, volt.
    pub(super) fn filtered_v(&self, t: f64) -> f64 {
        let (ohm, offset_v) = (self.filter.shunt_ohm, self.filter.offset_v);
        match &self.current {
            Current::Steady(held) => self.filter.follow(ohm * held + offset_v, 0.0, t),
            Current::Ramp(from, slope) => self.filter.follow(ohm * from + offset_v, ohm * slope, t),
            Current::Response(_) if self.filter.tau_s == 0.0 => self.shunt_v(t),
            Current::Response(course) => course.state(t)[FILTER_ROW],
        }
    }

    /// Charge passed from the start to `t` seconds, coulomb.
    pub(super) fn charge_c(&self, t: f64) -> f64 {
        match &self.current {
            Current::Steady(held) => held * t,
            Current::Ramp(from, slope) => (from + 0.5 * slope * t) * t,
            Current::Response(course) => course.charge_c(t),
        }
    }

    /// Integral of the squared current over the whole segment of `span` seconds, A²s.
    pub(super) fn square_integral(&self, span: f64) -> f64 {
        match &self.current {
            Current::Steady(held) => held * held * span,
            Current::Ramp(from, slope) => {
                let rise = slope * span;
                (from * from + from * rise + rise * rise / 3.0) * span
            }
            Current::Response(course) => course.square_integral(),
        }
    }

    /// Integral of the squared current from the start to `t` seconds, A²s.
    pub(super) fn square_to(&self, t: f64) -> f64 {
        match &self.current {
            Current::Response(course) if t > 0.0 => course.resized(t).square_integral(),
            Current::Response(_) => 0.0,
            _ => self.square_integral(t),
        }
    }

    /// Voltage of the load's capacitor at `t` where the circuit has one, volt.
    pub(super) fn capacitor_v(&self, t: f64) -> Option<f64> {
        match &self.current {
            Current::Response(course) => Some(course.state(t)[CAPACITOR_ROW]),
            _ => None,
        }
    }

    /// Whether both signals stay where they are: nothing can cross in such a segment.
    pub(super) fn is_flat(&self) -> bool {
        match self.current {
            Current::Steady(held) => {
                self.filter.tau_s == 0.0
                    || (self.filter.start_v - (self.filter.shunt_ohm * held + self.filter.offset_v))
                        .abs()
                        < 1e-18
            }
            _ => false,
        }
    }
}

/// Integral of five samples at equal distances over `span`, Boole's rule (error of order 7).
pub(super) fn boole(samples: [f64; 5], span: f64) -> f64 {
    let [a, b, c, d, e] = samples;
    (7.0 * (a + e) + 32.0 * (b + d) + 12.0 * c) / 90.0 * span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booles_rule_is_exact_for_a_quintic() {
        let quintic = |x: f64| x * x * x * x * x - 2.0 * x * x + 1.0;
        let samples = [0.0, 0.5, 1.0, 1.5, 2.0].map(quintic);
        approx::assert_relative_eq!(
            boole(samples, 2.0),
            64.0 / 6.0 - 16.0 / 3.0 + 2.0,
            epsilon = 1e-12
        );
    }

    #[test]
    fn a_filter_lags_a_long_ramp_by_its_time_constant() {
        let filter = Filter { shunt_ohm: 1.0, tau_s: 30e-6, offset_v: 0.0, start_v: 0.0 };
        let ramp = Trajectory { current: Current::Ramp(0.0, 1e3), filter };
        approx::assert_relative_eq!(ramp.filtered_v(1e-3), 1e3 * (1e-3 - 30e-6), epsilon = 1e-12);
        approx::assert_relative_eq!(
            ramp.filtered_v(30e-6),
            1e3 * 30e-6 * libm::exp(-1.0),
            epsilon = 1e-12
        );
    }
}
