//! Calibration of the current measurement against a known one: zero at no current (PS-CAL-1), gain
//! at 40 A (PS-CAL-2). It corrects what the firmware measures and counts; the front end's
//! comparators see the shunt as it is.

use crate::afe::Counted;
use crate::units::{Microcoulombs, Milliamps};

/// Everything, in millionths.
const WHOLE: i64 = 1_000_000;

/// The largest offset that is taken for one: a greater current at the zero calibration flows.
pub const OFFSET_MAX: Milliamps = Milliamps(2_000);

/// The largest deviation of the gain that is taken for one, millionths: shunt and converter
/// together are better than 10 %.
pub const DEVIATION_MAX: i64 = 100_000;

/// The smallest current against which a gain can be told, and the greatest distance to it.
const GAIN_CURRENT_MIN: Milliamps = Milliamps(10_000);

/// A correction: first the offset is taken away, then the gain is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calibration {
    offset: Milliamps,
    /// Millionths.
    gain: i64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { offset: Milliamps(0), gain: WHOLE }
    }
}

impl Calibration {
    /// A measured current as it is in truth, rounded to the nearest milliampere.
    #[must_use]
    pub fn corrected(self, measured: Milliamps) -> Milliamps {
        let current = scaled(i64::from(measured.0) - i64::from(self.offset.0), self.gain);
        Milliamps(i32::try_from(current).unwrap_or(if current < 0 { i32::MIN } else { i32::MAX }))
    }

    /// A counted charge as it is in truth.
    #[must_use]
    pub fn counted(self, counted: Counted) -> Counted {
        if self == Self::default() {
            return counted;
        }
        let Counted { charge, current } = counted;
        // The window's length is charge over current; the offset took part for all of it.
        let offset = match current.0 {
            0 => 0,
            measured => i128::from(charge.0) * i128::from(self.offset.0) / i128::from(measured),
        };
        let offset = i64::try_from(offset).unwrap_or(0);
        Counted {
            charge: Microcoulombs(scaled(charge.0 - offset, self.gain)),
            current: self.corrected(current),
        }
    }

    /// The calibration under which `shown`, which this one showed at no current, is none. None if
    /// that is too much to be an offset.
    #[must_use]
    pub fn zeroed(self, shown: Milliamps) -> Option<Self> {
        let offset = self.offset + Milliamps(self.uncorrected(shown));
        (-OFFSET_MAX..=OFFSET_MAX).contains(&offset).then_some(Self { offset, ..self })
    }

    /// The calibration under which `shown`, which this one showed, is `known`. None if that is too
    /// far off to be a gain.
    #[must_use]
    pub fn fitted(self, shown: Milliamps, known: Milliamps) -> Option<Self> {
        if known.0.abs() < GAIN_CURRENT_MIN.0 || shown.0.signum() != known.0.signum() {
            return None;
        }
        let gain = scaled(self.gain, i64::from(known.0) * WHOLE / i64::from(shown.0));
        let within = (gain - WHOLE).abs() <= DEVIATION_MAX;
        within.then_some(Self { gain, ..self })
    }

    /// A corrected current without the gain.
    fn uncorrected(self, shown: Milliamps) -> i32 {
        i32::try_from(i64::from(shown.0) * WHOLE / self.gain).unwrap_or(i32::MAX)
    }
}

/// `value` times millionths, rounded to the nearest.
fn scaled(value: i64, millionths: i64) -> i64 {
    let product = i128::from(value) * i128::from(millionths);
    let half = i128::from(WHOLE / 2) * product.signum();
    i64::try_from((product + half) / i128::from(WHOLE)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0.8 A of offset and 3 % too much, as the acceptance scenario has them.
    fn shown(calibration: Calibration, true_ma: i32) -> i32 {
        calibration.corrected(Milliamps(true_ma * 103 / 100 + 800)).0
    }

    #[test]
    fn after_zero_and_gain_every_current_is_right() {
        let raw = Calibration::default();
        assert_eq!(shown(raw, 0), 800);
        let zeroed = raw.zeroed(Milliamps(shown(raw, 0))).expect("0.8 A are an offset");
        assert_eq!(shown(zeroed, 0), 0);
        let known = Milliamps(40_000);
        let fitted =
            zeroed.fitted(Milliamps(shown(zeroed, 40_000)), known).expect("3 % are a gain");
        for current in [5_000, 40_000, 150_000, 200_000, -150_000] {
            assert!((shown(fitted, current) - current).abs() <= 1, "{current}");
        }
        assert_eq!(fitted.zeroed(Milliamps(0)), Some(fitted));
    }

    #[test]
    fn the_counter_is_corrected_as_the_current_is() {
        let calibration = Calibration { offset: Milliamps(800), gain: 970_874 };
        // 42 A shown over 250 ms; 40 A in truth.
        let counted = Counted { charge: Microcoulombs(10_500_000), current: Milliamps(42_000) };
        let corrected = calibration.counted(counted);
        assert_eq!(corrected.current, Milliamps(40_000));
        assert!((corrected.charge.0 - 10_000_000).abs() <= 10, "{corrected:?}");
    }

    #[test]
    fn what_is_no_offset_and_no_gain_is_refused() {
        let raw = Calibration::default();
        assert!(raw.zeroed(Milliamps(2_000)).is_some() && raw.zeroed(Milliamps(2_001)).is_none());
        assert!(raw.fitted(Milliamps(44_000), Milliamps(40_000)).is_some());
        assert!(raw.fitted(Milliamps(36_000), Milliamps(40_000)).is_none(), "11 % too little");
        assert!(raw.fitted(Milliamps(-40_000), Milliamps(40_000)).is_none());
        assert!(raw.fitted(Milliamps(9_999), Milliamps(9_999)).is_none(), "too small to tell");
    }
}
