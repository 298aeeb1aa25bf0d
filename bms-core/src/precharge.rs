//! Capacitor pre-charge after a short-circuit trip (PS-PCG-1, PS-PCG-2): an inverter's empty input
//! looks like a short, so it is filled through a resistor, and the trip ends when it is full.

use crate::params;
use crate::time::{Duration, Instant};
use crate::units::Millivolts;

/// How often the port voltage is looked at meanwhile.
pub const LOOK_PERIOD: Duration = Duration::from_millis(1);

/// Attempts in quick succession before the load must be removed. A short behind a diode lets the
/// capacitors fill and trips again each time; the resistor and the MOSFETs must survive that.
pub const ATTEMPTS_MAX: u8 = 3;

/// An attempt later than this after the one before starts a new count.
pub const ATTEMPT_MEMORY: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// No short circuit.
    #[default]
    Idle,
    /// The path is on.
    Running { since: Instant },
    /// The path is off until the short circuit is over.
    GivenUp,
}

/// The pre-charge path.
#[derive(Clone, Copy, Debug, Default)]
pub struct Precharge {
    phase: Phase,
    attempts: u8,
    last_attempt: Option<Instant>,
}

impl Precharge {
    /// Whether the path is on.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        matches!(self.phase, Phase::Running { .. })
    }

    /// Whether the capacitors count as charged: the path is on and the port has come close enough
    /// to the pack (AMB-PS-35).
    #[must_use]
    pub fn is_done(
        &self,
        port: Millivolts,
        pack: Option<Millivolts>,
        params: &params::Precharge,
    ) -> bool {
        let close = |pack: Millivolts| {
            i64::from(port.0) * 10_000 >= i64::from(pack.0) * i64::from(params.done.0)
        };
        self.is_on() && pack.is_some_and(close)
    }

    /// Follows the short-circuit protection: starts an attempt when it trips, gives up when time is
    /// out, ends when it is released.
    pub fn follow(&mut self, now: Instant, short_circuit: bool, params: &params::Precharge) {
        self.phase = match self.phase {
            _ if !short_circuit => Phase::Idle,
            Phase::Idle if params.on_short_circuit => self.begin(now),
            Phase::Running { since } if now.since(since) >= params.timeout => Phase::GivenUp,
            Phase::Running { since } => Phase::Running { since },
            Phase::Idle | Phase::GivenUp => Phase::GivenUp,
        };
    }

    /// When to look again.
    #[must_use]
    pub fn deadline(&self, now: Instant, params: &params::Precharge) -> Option<Instant> {
        match self.phase {
            Phase::Running { since } => Some((now + LOOK_PERIOD).min(since + params.timeout)),
            Phase::Idle | Phase::GivenUp => None,
        }
    }

    /// The load was removed: what comes next is another load.
    pub fn forget_attempts(&mut self) {
        self.attempts = 0;
    }

    fn begin(&mut self, now: Instant) -> Phase {
        let recent = self.last_attempt.is_some_and(|last| now.since(last) <= ATTEMPT_MEMORY);
        self.attempts = if recent { self.attempts.saturating_add(1) } else { 1 };
        self.last_attempt = Some(now);
        if self.attempts > ATTEMPTS_MAX { Phase::GivenUp } else { Phase::Running { since: now } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::BasisPoints;

    const PARAMS: params::Precharge = params::Precharge {
        on_short_circuit: true,
        done: BasisPoints(9_500),
        timeout: Duration::from_secs(7),
    };

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    /// AMB-PS-35: 95 % of 52.800 V are 50.160 V.
    #[test]
    fn the_capacitors_are_charged_at_95_percent_of_the_pack() {
        let mut path = Precharge::default();
        path.follow(at(0), true, &PARAMS);
        let done = |port| path.is_done(Millivolts(port), Some(Millivolts(52_800)), &PARAMS);
        assert!(path.is_on());
        assert!(!done(50_159));
        assert!(done(50_160));
        assert!(
            !path.is_done(Millivolts(60_000), None, &PARAMS),
            "an unknown pack is no criterion"
        );
    }

    #[test]
    fn after_seven_seconds_the_path_is_off_until_the_short_circuit_is_over() {
        let mut path = Precharge::default();
        path.follow(at(0), true, &PARAMS);
        path.follow(at(6_999_999), true, &PARAMS);
        assert!(path.is_on());
        path.follow(at(7_000_000), true, &PARAMS);
        assert!(!path.is_on());
        path.follow(at(9_000_000), true, &PARAMS);
        assert!(!path.is_on());
    }

    #[test]
    fn a_fourth_trip_in_a_row_waits_for_the_load_to_go() {
        let mut path = Precharge::default();
        let mut trip = |second: u64| {
            path.follow(at(second * 1_000_000), true, &PARAMS);
            let on = path.is_on();
            path.follow(at(second * 1_000_000 + 1), false, &PARAMS);
            on
        };
        assert_eq!([trip(1), trip(2), trip(3), trip(4)], [true, true, true, false]);
        assert!(trip(65), "more than a minute after the last attempt the count is new");
    }
}
