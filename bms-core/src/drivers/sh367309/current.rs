//! Counts of the shunt voltage and amperes, both ways (SH367309 datasheet V1.2, p40-48).
//!
//! The chip's scale is I in mA = 200 × counts / (divisor × shunt in Ω), the divisor 26 837 for the
//! fast converter (7.452 µV per count) and 21 470 for the coulomb counter (9.315 µV per count).

use crate::units::{Microcoulombs, Milliamps};

/// The smallest shunt for which every reading fits the units of this firmware, in nano-ohms.
pub const SHUNT_MIN: u32 = 1_000;

const FAST_DIVISOR: i64 = 26_837;
const COUNTER_DIVISOR: i64 = 21_470;
/// 200 mA·Ω in mA·nΩ.
const NUMERATOR: i64 = 200_000_000_000;
/// The coulomb counter's window of 250 ms: microcoulombs per milliampere.
const WINDOW: i64 = 250;

/// The relation between counts and current for one converter on one shunt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrentScale {
    /// The divisor times the shunt in nano-ohms.
    denominator: i64,
}

/// The fast converter's relation for a shunt in nano-ohms (at least [`SHUNT_MIN`]; less counts as
/// that). Protections use it to round an ampere limit to what the chip can tell apart.
#[must_use]
pub fn current_resolution(shunt_nano_ohm: u32) -> CurrentScale {
    CurrentScale::new(FAST_DIVISOR, shunt_nano_ohm)
}

/// The coulomb counter's relation for a shunt in nano-ohms.
#[must_use]
pub fn counter_resolution(shunt_nano_ohm: u32) -> CurrentScale {
    CurrentScale::new(COUNTER_DIVISOR, shunt_nano_ohm)
}

impl CurrentScale {
    fn new(divisor: i64, shunt_nano_ohm: u32) -> Self {
        Self { denominator: divisor * i64::from(shunt_nano_ohm.max(SHUNT_MIN)) }
    }

    /// The current of a reading, to the nearest milliampere; charge is positive.
    #[must_use]
    pub fn current(self, counts: i16) -> Milliamps {
        let milliamps = divide_to_nearest(i64::from(counts) * NUMERATOR, self.denominator);
        Milliamps(i32::try_from(milliamps).expect("the smallest shunt keeps readings in range"))
    }

    /// The charge of a counter window of this mean, to the nearest microcoulomb.
    #[must_use]
    pub fn charge(self, counts: i16) -> Microcoulombs {
        let numerator = i64::from(counts) * NUMERATOR * WINDOW;
        Microcoulombs(divide_to_nearest(numerator, self.denominator))
    }

    /// The count nearest to a current; the ends of the converter where it lies beyond.
    #[must_use]
    pub fn counts(self, current: Milliamps) -> i16 {
        // Through i128: a shunt of up to 4 ohms times a current of up to 2 MA.
        let numerator = i128::from(current.0) * i128::from(self.denominator);
        let half = i128::from(NUMERATOR / 2) * numerator.signum();
        let counts = (numerator + half) / i128::from(NUMERATOR);
        counts.clamp(i128::from(i16::MIN), i128::from(i16::MAX)) as i16
    }

    /// The reading nearest to a current: what a limit of that current really means.
    #[must_use]
    pub fn nearest(self, current: Milliamps) -> Milliamps {
        self.current(self.counts(current))
    }
}

/// Quotient rounded to the nearest, halves away from zero; the divisor is positive.
const fn divide_to_nearest(numerator: i64, divisor: i64) -> i64 {
    (numerator + divisor / 2 * numerator.signum()) / divisor
}
