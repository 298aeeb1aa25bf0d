//! How latched current protections let go: by a removed load or charger, or by time
//! (SH367309 datasheet V1.2, p17-25). The third way, OCRC, is a register write.

use super::chip::Chip;
use super::comparator::{ALL, PROTECTIONS};
use super::power::Power;
use crate::time::{SimTime, Span};
use bms_core::protect::Reasons;

/// What the detection pins see, since when; and when each current protection was latched.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Port {
    load: Detected,
    charger: Detected,
    latched_at: [SimTime; 4],
}

#[derive(Clone, Copy, Debug, Default)]
struct Detected {
    present: bool,
    since: SimTime,
}

impl Detected {
    fn see(&mut self, now: SimTime, present: bool) {
        if present != self.present {
            *self = Self { present, since: now };
        }
    }
}

impl Port {
    pub(crate) fn load_present(&self) -> bool {
        self.load.present
    }

    /// When a charger will have been, or was, present for `span`, counted from `earliest`.
    pub(crate) fn charger_present_for(&self, span: Span, earliest: SimTime) -> SimTime {
        let since = self.charger.since.max(earliest);
        if self.charger.present { since + span } else { SimTime::NEVER }
    }

    /// Remembers when a current protection was latched.
    pub(crate) fn latched(&mut self, now: SimTime, reason: Reasons) {
        if let Some(place) = PROTECTIONS.iter().position(|own| *own == reason) {
            self.latched_at[place] = now;
        }
    }

    /// When what holds the latch has been gone for `span`.
    fn gone_for(detected: Detected, latched_at: SimTime, span: Span) -> SimTime {
        if detected.present { SimTime::NEVER } else { detected.since.max(latched_at) + span }
    }
}

impl Chip {
    pub(crate) fn observe_port(&mut self, now: SimTime, load: bool, charger: bool) {
        self.port.load.see(now, load);
        self.port.charger.see(now, charger);
    }

    /// When the latch of comparator `place` lets go by itself.
    fn releases_at(&self, place: usize) -> SimTime {
        let latched_at = self.port.latched_at[place];
        let timed = if self.config.timed_recovery {
            latched_at + self.errors.stretched(self.config.recovery)
        } else {
            SimTime::NEVER
        };
        let removed = if PROTECTIONS[place] == Reasons::AFE_CHARGE_OC {
            Port::gone_for(self.port.charger, latched_at, self.errors.charger_release)
        } else {
            let span = self.errors.stretched(self.config.load_release);
            Port::gone_for(self.port.load, latched_at, span)
        };
        timed.min(removed)
    }

    fn held(&self) -> impl Iterator<Item = usize> {
        let held = if self.power == Power::Normal || self.power == Power::Idle {
            self.latched & ALL
        } else {
            Reasons::empty()
        };
        (0..PROTECTIONS.len()).filter(move |place| held.intersects(PROTECTIONS[*place]))
    }

    pub(crate) fn release_due(&self) -> SimTime {
        self.held().map(|place| self.releases_at(place)).min().unwrap_or(SimTime::NEVER)
    }

    pub(crate) fn settle_releases(&mut self, at: SimTime) {
        for (place, reason) in PROTECTIONS.into_iter().enumerate() {
            if self.held().any(|held| held == place) && self.releases_at(place) <= at {
                self.unlatch(at, reason);
            }
        }
    }
}
