//! The 103AT thermistor: resistance of a temperature, by the maker's published points; between two
//! of them ln R is linear in 1/T.

use std::cell::Cell;

/// Sensors of a board: four of cells, two of MOSFETs, one of the board itself (PS-GEN-7).
pub const SENSORS: usize = 7;

/// A thermistor that remembers its last answer: temperatures change slowly and are asked for often.
#[derive(Clone, Debug)]
pub struct Thermistor {
    last: Cell<(f64, f64)>,
}

impl Default for Thermistor {
    fn default() -> Self {
        Self { last: Cell::new((25.0, ohm(25.0))) }
    }
}

impl Thermistor {
    /// Resistance at `celsius`, ohm; the same bits as [`ohm`].
    pub fn ohm(&self, celsius: f64) -> f64 {
        let (known, resistance) = self.last.get();
        if known.to_bits() == celsius.to_bits() {
            return resistance;
        }
        let resistance = ohm(celsius);
        self.last.set((celsius, resistance));
        resistance
    }
}

const KELVIN: f64 = 273.15;

/// Temperature in °C and resistance in ohm.
const POINTS: [(f64, f64); 19] = [
    (-50.0, 329_500.0),
    (-40.0, 188_500.0),
    (-30.0, 111_300.0),
    (-20.0, 67_770.0),
    (-10.0, 42_470.0),
    (0.0, 27_280.0),
    (10.0, 17_960.0),
    (20.0, 12_090.0),
    (25.0, 10_000.0),
    (30.0, 8_313.0),
    (40.0, 5_827.0),
    (50.0, 4_160.0),
    (60.0, 3_020.0),
    (70.0, 2_228.0),
    (80.0, 1_668.0),
    (85.0, 1_451.0),
    (90.0, 1_266.0),
    (100.0, 973.1),
    (110.0, 757.6),
];

/// Resistance at `celsius`, ohm. Outside the table the end segments go on.
#[must_use]
pub fn ohm(celsius: f64) -> f64 {
    let above = POINTS.partition_point(|(c, _)| *c < celsius).clamp(1, POINTS.len() - 1);
    let ((c0, r0), (c1, r1)) = (POINTS[above - 1], POINTS[above]);
    let inverse = |c: f64| 1.0 / (c + KELVIN);
    let share = (inverse(celsius) - inverse(c0)) / (inverse(c1) - inverse(c0));
    libm::exp(libm::log(r0) + share * (libm::log(r1) - libm::log(r0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembering_changes_no_bit() {
        let thermistor = Thermistor::default();
        for celsius in [25.0, 60.1, 60.1, -20.0, 25.0] {
            assert_eq!(thermistor.ohm(celsius).to_bits(), ohm(celsius).to_bits());
        }
    }

    #[test]
    fn the_published_points_come_back() {
        for (celsius, resistance) in POINTS {
            approx::assert_relative_eq!(ohm(celsius), resistance, max_relative = 1e-12);
        }
    }

    #[test]
    fn between_two_points_the_beta_law_holds() {
        let beta = libm::log(3_020.0 / 2_228.0) / (1.0 / 333.15 - 1.0 / 343.15);
        let expected = 3_020.0 * libm::exp(beta * (1.0 / 338.15 - 1.0 / 333.15));
        approx::assert_relative_eq!(ohm(65.0), expected, max_relative = 1e-9);
        assert!((2_560.0..2_600.0).contains(&ohm(65.0)));
    }
}
