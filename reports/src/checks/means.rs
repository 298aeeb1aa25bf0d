//! Signals over a span as a whole: their mean over time, and what they have changed by.

use super::spans::Stretch;
use super::values::between_rows;
use super::{Outcome, unit};
use crate::evidence::{Evidence, highest, lowest, read};
use crate::verdict::{Limit, Reading, in_band};
use scenarios::expect::{Signal, When};
use sim::time::SimTime;

impl Evidence<'_> {
    /// The mean over the time of all spans; between rows the signal is a straight line.
    pub(super) fn mean(&self, signal: Signal, when: &When, band: (f64, f64)) -> Outcome {
        let unit = unit(signal);
        let limit = Limit::Band(band.0, band.1, unit);
        let stretches = match self.whole(when) {
            Ok(stretches) => stretches,
            Err(why) => return Outcome::untested(limit, why),
        };
        let seconds: f64 = stretches.iter().map(|(from, to)| to.seconds_since(*from)).sum();
        if seconds <= 0.0 {
            return Outcome::untested(limit, "its span takes no time");
        }
        let integral = stretches.iter().map(|stretch| self.integrated(signal, *stretch));
        let Some(integral) = integral.sum::<Option<f64>>() else {
            return Outcome::untested(limit, "it was not recorded over all of it");
        };
        let mean = integral / seconds;
        Outcome::new(Reading::Value(mean, unit), limit, in_band(mean, mean, band, unit))
    }

    fn integrated(&self, signal: Signal, (from, to): Stretch) -> Option<f64> {
        let at = |wanted| between_rows(&self.trace.rows, wanted, |row| read(row, signal));
        let inner = self.trace.rows.iter().filter(|row| row.at > from && row.at < to);
        let inner = inner.map(|row| Some((row.at, read(row, signal)?)));
        let mut points: Vec<(SimTime, f64)> = vec![(from, at(from)?)];
        points.extend(inner.collect::<Option<Vec<_>>>()?);
        points.push((to, at(to)?));
        let area = |pair: &[(SimTime, f64)]| {
            f64::midpoint(pair[0].1, pair[1].1) * pair[1].0.seconds_since(pair[0].0)
        };
        Some(points.windows(2).map(area).sum())
    }

    /// What it has changed by, in each of the spans.
    pub(super) fn change(&self, signal: Signal, when: &When, band: (f64, f64)) -> Outcome {
        let unit = unit(signal);
        let limit = Limit::Band(band.0, band.1, unit);
        let stretches = match self.whole(when) {
            Ok(stretches) => stretches,
            Err(why) => return Outcome::untested(limit, why),
        };
        let at = |wanted| between_rows(&self.trace.rows, wanted, |row| read(row, signal));
        let changes = stretches.iter().map(|(from, to)| Some(at(*to)? - at(*from)?));
        let Some(changes) = changes.collect::<Option<Vec<f64>>>() else {
            return Outcome::untested(limit, "it was not recorded at both ends");
        };
        let (Some(low), Some(high)) = (lowest(&changes), highest(&changes)) else {
            return Outcome::untested(limit, "there is no such span");
        };
        let reading = match changes.as_slice() {
            [one] => Reading::Value(*one, unit),
            _ => Reading::Range(low, high, unit),
        };
        Outcome::new(reading, limit, in_band(low, high, band, unit))
    }
}
