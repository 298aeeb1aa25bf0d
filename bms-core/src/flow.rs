//! Which way the current flows (PS-STA-1), by the firmware's own converter.
//!
//! The front end has a state detection of its own, but it wants more than two conversion cycles
//! (SH367309 datasheet V1.2), and a protection that a current lifts must go within two samples
//! (PS-OV-3, PS-UV-3). So the firmware looks for itself and takes whichever speaks first.

use crate::afe::AfeFlags;
use crate::units::Milliamps;

/// Consecutive samples beyond the threshold that make a state: one may be noise.
const SAMPLES: u8 = 2;

/// The watch over the current's direction.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    threshold: Milliamps,
    charging: u8,
    discharging: u8,
}

impl Flow {
    /// A watch with the current from which it counts as charge or discharge.
    #[must_use]
    pub const fn new(threshold: Milliamps) -> Self {
        Self { threshold, charging: 0, discharging: 0 }
    }

    /// Counts by this threshold from now on.
    pub fn set_threshold(&mut self, threshold: Milliamps) {
        self.threshold = threshold;
    }

    /// Looks at a new sample.
    pub fn look(&mut self, current: Milliamps) {
        self.charging = counted(self.charging, current >= self.threshold);
        self.discharging = counted(self.discharging, current <= -self.threshold);
    }

    /// The state as the front end's flags would tell it.
    #[must_use]
    pub fn flags(self) -> AfeFlags {
        let mut flags = AfeFlags::empty();
        flags.set(AfeFlags::CHARGING, self.charging >= SAMPLES);
        flags.set(AfeFlags::DISCHARGING, self.discharging >= SAMPLES);
        flags
    }
}

const fn counted(samples: u8, beyond: bool) -> u8 {
    if beyond { samples.saturating_add(1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 500 µV at 125 µΩ are 4 A.
    const THRESHOLD: Milliamps = Milliamps(4_000);

    fn after(currents: &[i32]) -> AfeFlags {
        let mut flow = Flow::new(THRESHOLD);
        for current in currents {
            flow.look(Milliamps(*current));
        }
        flow.flags()
    }

    /// 500 µV are 67.09 counts of 7.452 µV: the 68th count is the first that is beyond.
    #[test]
    fn the_threshold_is_500_microvolts_at_the_shunt() {
        use crate::params::samples::{ps_15016, ps_20016s};
        let reading = |counts: i64, nano_ohm: i64| {
            Milliamps(i32::try_from((counts * 7_452_398 + nano_ohm / 2) / nano_ohm).unwrap())
        };
        for (params, nano_ohm) in [(ps_20016s(), 125_000), (ps_15016(), 166_667)] {
            let threshold = crate::limits::flowing(&params);
            assert!(reading(67, nano_ohm) < threshold);
            assert!(reading(68, nano_ohm) >= threshold);
        }
    }

    #[test]
    fn two_samples_in_a_row_make_a_state_and_one_below_ends_it() {
        assert_eq!(after(&[-4_000]), AfeFlags::empty());
        assert_eq!(after(&[-4_000, -4_000]), AfeFlags::DISCHARGING);
        assert_eq!(after(&[-4_000, -4_000, -3_999]), AfeFlags::empty());
        assert_eq!(after(&[-4_000, 0, -4_000]), AfeFlags::empty());
        assert_eq!(after(&[4_000, 4_000]), AfeFlags::CHARGING);
        assert_eq!(after(&[3_999, 4_000]), AfeFlags::empty());
    }
}
