//! Signals over a span as a whole: their mean over time, and what they have changed by.

use super::spans::Stretch;
use super::values::between_rows;
use super::{Outcome, lies, unit};
use crate::evidence::{Evidence, read};
use crate::verdict::{Limit, Reading, Unit, Verdict};
use scenarios::expect::{Signal, When};
use sim::time::SimTime;

impl Evidence<'_> {
    /// The mean over the time of all spans; between rows the signal is a straight line.
    pub(super) fn mean(&self, signal: Signal, when: &When, band: (f64, f64)) -> Outcome {
        let unit = unit(signal);
        let mean = self.mean_of(signal, when).and_then(|mean| lying(&[mean], band, unit));
        Outcome::found(Limit::Band(band.0, band.1, unit), mean)
    }

    fn mean_of(&self, signal: Signal, when: &When) -> Result<f64, String> {
        let stretches = self.whole(when)?;
        let seconds: f64 = stretches.iter().map(|(from, to)| to.seconds_since(*from)).sum();
        if seconds <= 0.0 {
            return Err("its span takes no time".into());
        }
        let integral = stretches.iter().map(|stretch| self.integrated(signal, *stretch));
        let integral = integral.sum::<Option<f64>>();
        Ok(integral.ok_or("it was not recorded over all of it")? / seconds)
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
        let changes = self.changed(signal, when).and_then(|all| lying(&all, band, unit));
        Outcome::found(Limit::Band(band.0, band.1, unit), changes)
    }

    fn changed(&self, signal: Signal, when: &When) -> Result<Vec<f64>, String> {
        let stretches = self.whole(when)?;
        let at = |wanted| between_rows(&self.trace.rows, wanted, |row| read(row, signal));
        let changes = stretches.iter().map(|(from, to)| Some(at(*to)? - at(*from)?));
        let changes = changes.collect::<Option<Vec<f64>>>();
        changes.ok_or_else(|| "it was not recorded at both ends".into())
    }
}

/// As [`lies`], where there is a span at least.
fn lying(values: &[f64], band: (f64, f64), unit: Unit) -> Result<(Reading, Verdict), String> {
    lies(values, band, unit).ok_or_else(|| "there is no such span".into())
}
