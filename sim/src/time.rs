//! Engine time: whole nanoseconds from the start of a run. Never a float clock.

use std::fmt;
use std::ops::{Add, Sub};

/// A moment, in nanoseconds from the start of the run. 2^64 ns is 584 years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(pub u64);

impl SimTime {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// Later than anything that happens.
    pub const NEVER: Self = Self(u64::MAX);

    /// `micros` microseconds from the start.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros * 1_000)
    }

    /// `millis` milliseconds from the start.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// `secs` seconds from the start.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000_000)
    }

    /// Seconds from the start, for plots and prints; never for arithmetic on time.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        seconds(self.0)
    }

    /// The span from `earlier` to `self`, as the `f64` seconds that the equations take. The
    /// subtraction happens on integers, so that late in a run nothing is lost.
    ///
    /// # Panics
    /// If `earlier` lies after `self`.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        assert!(earlier <= self, "time ran backwards");
        seconds(self.0 - earlier.0)
    }

    /// The same moment on the firmware's microsecond timer, rounded down.
    #[must_use]
    pub const fn to_firmware(self) -> bms_core::time::Instant {
        bms_core::time::Instant::from_micros(self.0 / 1_000)
    }
}

/// A span in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

impl Span {
    /// A span of `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros * 1_000)
    }

    /// A span of `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// The span in seconds, for the equations.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        seconds(self.0)
    }
}

impl From<bms_core::time::Duration> for Span {
    fn from(duration: bms_core::time::Duration) -> Self {
        Self(duration.as_micros() * 1_000)
    }
}

impl Add<Span> for SimTime {
    type Output = Self;
    fn add(self, rhs: Span) -> Self {
        Self(self.0 + rhs.0)
    }
}

impl Sub for SimTime {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        assert!(earlier <= self, "time ran backwards");
        Span(self.0 - earlier.0)
    }
}

impl SimTime {
    /// In days and hours, where it is a whole number of hours from two days on: `90 d`, `2 d 6 h`.
    #[must_use]
    pub fn in_days(self) -> Option<String> {
        const HOUR_NS: u64 = 3_600_000_000_000;
        if !self.0.is_multiple_of(HOUR_NS) || self.0 < 48 * HOUR_NS {
            return None;
        }
        let hours = self.0 / HOUR_NS;
        let (days, hours) = (hours / 24, hours % 24);
        Some(if hours == 0 { format!("{days} d") } else { format!("{days} d {hours} h") })
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09} s", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

fn seconds(nanos: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 ns, which is 104 days")]
    let nanos = nanos as f64;
    nanos * 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_hours_from_two_days_on_are_days() {
        let hours = |hours: u64| SimTime::from_secs(hours * 3_600);
        assert_eq!(hours(90 * 24).in_days().as_deref(), Some("90 d"));
        assert_eq!(hours(54).in_days().as_deref(), Some("2 d 6 h"));
        assert_eq!(hours(48).in_days().as_deref(), Some("2 d"));
        assert_eq!(hours(47).in_days(), None);
        assert_eq!(SimTime(hours(48).0 + 1).in_days(), None);
        assert_eq!(SimTime::ZERO.in_days(), None);
    }
}
