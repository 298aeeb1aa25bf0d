//! The units of the firmware's world: integers, as the front-end chips deliver them.
//!
//! Charge current is positive, discharge current negative, everywhere (AMB-X-03).

use core::ops::{Add, Neg, Sub};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(pub $inner);

        impl Add for $name {
            type Output = Self;
            fn add(self, rhs: Self) -> Self {
                Self(self.0 + rhs.0)
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, rhs: Self) -> Self {
                Self(self.0 - rhs.0)
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
    };
}

quantity! {
    /// A voltage in millivolts: parameters, pack and port voltages.
    Millivolts(i32)
}
quantity! {
    /// A voltage in microvolts: cell readings (one count of the SH367309 is 156.25 µV) and shunts.
    Microvolts(i32)
}
quantity! {
    /// A voltage in picovolts: the step of a current converter. Milliamperes times nano-ohms.
    Picovolts(i64)
}
quantity! {
    /// A current in milliamperes; charge is positive.
    Milliamps(i32)
}
quantity! {
    /// A charge in microcoulombs; charge into the pack is positive. ±2.5 GAh fits.
    Microcoulombs(i64)
}
quantity! {
    /// A temperature in hundredths of a degree Celsius (−327 to +327 °C).
    Centicelsius(i16)
}
quantity! {
    /// A share of a whole in hundredths of a per cent: 10 000 is everything.
    BasisPoints(i32)
}

impl Millivolts {
    /// The same voltage in microvolts. Exact up to ±2 147 V.
    #[must_use]
    pub const fn to_microvolts(self) -> Microvolts {
        Microvolts(self.0 * 1_000)
    }
}

impl Microvolts {
    /// The same voltage in millivolts, rounded to the nearest.
    #[must_use]
    pub const fn to_millivolts(self) -> Millivolts {
        Millivolts((self.0 + if self.0 < 0 { -500 } else { 500 }) / 1_000)
    }
}

impl Centicelsius {
    /// Whole degrees Celsius as hundredths.
    #[must_use]
    pub const fn from_degrees(degrees: i16) -> Self {
        Self(degrees * 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microvolts_round_to_the_nearest_millivolt_on_both_sides_of_zero() {
        assert_eq!(Microvolts(3_749_500).to_millivolts(), Millivolts(3_750));
        assert_eq!(Microvolts(3_749_499).to_millivolts(), Millivolts(3_749));
        assert_eq!(Microvolts(-1_500).to_millivolts(), Millivolts(-2));
    }
}
