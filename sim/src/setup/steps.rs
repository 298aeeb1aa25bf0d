//! How finely the plant cuts time. Results must not depend on it: a test halves every bound.

use crate::time::Span;

/// Bounds of the plant's segments. The default is what every run uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepBounds {
    /// First steady segment after an event; the following ones double.
    pub steady_first: Span,
    /// Longest steady segment.
    pub steady_longest: Span,
    /// Shortest steady segment that error control may ask for.
    pub steady_shortest: Span,
    /// A pack that was left alone for so long, with nothing at its port, may be quiet.
    pub quiet_after: Span,
    /// Longest steady segment of a quiet pack; no longer than `steady_longest` for none.
    pub quiet_longest: Span,
    /// Longest fast segment, and piece of a gate edge.
    pub fast_longest: Span,
    /// The first fast segment is this share of the fastest time constant.
    pub fast_share: f64,
    /// The current may drift by this share over a steady segment,
    pub drift_share: f64,
    /// and by this, ampere.
    pub drift_a: f64,
    /// The current that a cell exchanges with its parallel neighbours may drift by this share,
    pub exchange_share: f64,
    /// and by this, ampere. Wider than for the pack: nobody measures this current, and a segment
    /// is right to second order in its drift.
    pub exchange_a: f64,
}

impl Default for StepBounds {
    fn default() -> Self {
        Self {
            steady_first: Span::from_millis(10),
            steady_longest: Span::from_millis(1_000),
            steady_shortest: Span::from_millis(1),
            quiet_after: Span::from_millis(600_000),
            quiet_longest: Span::from_millis(3_600_000),
            fast_longest: Span::from_millis(1),
            fast_share: 0.125,
            drift_share: 5e-4,
            drift_a: 2e-3,
            exchange_share: 5e-3,
            exchange_a: 20e-3,
        }
    }
}

impl StepBounds {
    /// Every bound halved.
    #[must_use]
    pub fn halved(&self) -> Self {
        let half = |span: Span| Span(span.0 / 2);
        Self {
            steady_first: half(self.steady_first),
            steady_longest: half(self.steady_longest),
            steady_shortest: half(self.steady_shortest),
            quiet_after: half(self.quiet_after),
            quiet_longest: half(self.quiet_longest),
            fast_longest: half(self.fast_longest),
            fast_share: 0.5 * self.fast_share,
            drift_share: 0.5 * self.drift_share,
            drift_a: 0.5 * self.drift_a,
            exchange_share: 0.5 * self.exchange_share,
            exchange_a: 0.5 * self.exchange_a,
        }
    }
}
