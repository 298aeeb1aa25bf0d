//! What outlives a restart that the firmware orders itself (PS-UPG-1): parameters, alarm records,
//! calibration, what is known of the charge. Readings, latches and timers begin anew.

use super::Bms;
use crate::calibration::Calibration;
use crate::estimate::Estimator;
use crate::history::History;
use crate::params::{ParamError, Params};
use crate::time::Instant;
use crate::units::Picovolts;

/// The firmware's memory across a restart. The platform keeps it; its timer goes on meanwhile.
#[derive(Clone, Debug)]
pub struct Kept {
    params: Params,
    history: History,
    estimator: Estimator,
    calibration: Calibration,
    was_on: bool,
}

impl Bms {
    /// Switches the pack off for a restart: what was in force ends in the records.
    pub fn keep(&mut self, now: Instant) -> Kept {
        let was_on = !self.mode.is_down();
        self.switch_off(now);
        Kept {
            params: self.params.clone(),
            history: self.history.clone(),
            estimator: self.estimator,
            calibration: self.measure.calibration(),
            was_on,
        }
    }

    /// A pack after a restart: on if it was on.
    ///
    /// # Errors
    /// The parameters contradict each other or cannot work, which parameters in force never do.
    pub fn resumed(now: Instant, kept: Kept, step: Picovolts) -> Result<Self, ParamError> {
        let mut bms = Self::new(&kept.params, step)?;
        (bms.history, bms.estimator) = (kept.history, kept.estimator);
        bms.measure.calibrate(kept.calibration);
        if kept.was_on {
            bms.switch_on(now);
        }
        Ok(bms)
    }
}
