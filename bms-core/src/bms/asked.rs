//! What the PC link and the display ask the firmware, and its calibration.

use super::{Bms, Gates};
use crate::calibration::Calibration;
use crate::protect::Reasons;
use crate::units::{BasisPoints, Microcoulombs, Milliamps};

impl Bms {
    /// Takes the current that is measured now for none (PS-CAL-1). Whether it was small enough.
    pub fn calibrate_zero(&mut self) -> bool {
        let calibration = self.measure.calibration();
        self.calibrate(|shown| calibration.zeroed(shown))
    }

    /// Takes the current that is measured now for `known` (PS-CAL-2). Whether it was near enough.
    pub fn calibrate_gain(&mut self, known: Milliamps) -> bool {
        let calibration = self.measure.calibration();
        self.calibrate(|shown| calibration.fitted(shown, known))
    }

    fn calibrate(&mut self, find: impl FnOnce(Milliamps) -> Option<Calibration>) -> bool {
        let shown = self.measure.reading().filter(|_| self.measure.is_complete());
        let found = shown.and_then(|reading| find(reading.current));
        if let Some(calibration) = found {
            self.measure.calibrate(calibration);
        }
        found.is_some()
    }

    /// Protections in force.
    #[must_use]
    pub const fn active(&self) -> Reasons {
        self.protections.active()
    }

    /// What the switches were last told.
    #[must_use]
    pub const fn gates(&self) -> Gates {
        self.gates
    }

    /// Cells that are bled, bit 0 the most negative.
    #[must_use]
    pub const fn bleed(&self) -> u32 {
        self.balancer.bleed()
    }

    /// Whether cells are balanced, actively or passively.
    #[must_use]
    pub fn is_balancing(&self) -> bool {
        self.balancer.transfer().is_some() || self.balancer.bleed() != 0
    }

    /// Estimated state of charge.
    #[must_use]
    pub const fn soc(&self) -> BasisPoints {
        self.estimator.soc()
    }

    /// Learned state of health (PS-GEN-10).
    #[must_use]
    pub fn soh(&self) -> BasisPoints {
        self.estimator.soh()
    }

    /// What is left, milliampere-hours.
    #[must_use]
    pub fn remaining_mah(&self) -> u32 {
        milliampere_hours(self.estimator.charge())
    }

    /// What a full pack holds, as learned, milliampere-hours.
    #[must_use]
    pub fn full_mah(&self) -> u32 {
        milliampere_hours(self.estimator.capacity())
    }

    /// Equivalent full cycles.
    #[must_use]
    pub fn cycles(&self) -> u32 {
        self.estimator.cycles()
    }
}

/// 3.6 C are a milliampere-hour.
fn milliampere_hours(charge: Microcoulombs) -> u32 {
    u32::try_from(charge.0.max(0) / 3_600_000).unwrap_or(u32::MAX)
}
