//! Values: signals in bands, integrals.

use super::spans::{Stretch, end};
use super::{Outcome, lies, unit};
use crate::evidence::{Evidence, read};
use crate::verdict::{Amount, Limit, Reading, Unit, Verdict, in_band};
use scenarios::expect::{Signal, When};
use sim::time::{SimTime, Span};
use sim::trace::{BurstPoint, Row, Trace};

/// A signal's value in a point of a fast phase; none where the point does not hold it.
fn in_point(point: &BurstPoint, signal: Signal) -> Option<f64> {
    match signal {
        Signal::Current => Some(point.current_a),
        Signal::Port => Some(point.port_v),
        Signal::Size(inner) => in_point(point, *inner).map(f64::abs),
        _ => None,
    }
}

impl Evidence<'_> {
    pub(super) fn band(&self, signal: Signal, when: &When, band: (f64, f64)) -> Outcome {
        let unit = unit(signal);
        let found = self.banded(signal, when, band, unit);
        Outcome::found(Limit::Band(band.0, band.1, unit), found)
    }

    fn banded(
        &self,
        signal: Signal,
        when: &When,
        band: (f64, f64),
        unit: Unit,
    ) -> Result<(Reading, Verdict), String> {
        let stretches = self.stretches(when)?;
        let values: Vec<f64> =
            stretches.iter().flat_map(|stretch| self.seen(signal, *stretch)).collect();
        let found = lies(&values, band, unit).ok_or("nothing was recorded of it there")?;
        if self.ends_before(end(&stretches)) && matches!(found.1, Verdict::Pass { .. }) {
            return Err(self.too_short());
        }
        Ok(found)
    }

    fn seen(&self, signal: Signal, (from, to): Stretch) -> Vec<f64> {
        if from == to { self.newest(signal, from) } else { self.rows(signal, from, to) }
    }

    /// The longest time without a break in the band, from the first row in it to the last.
    pub(super) fn held(
        &self,
        signal: Signal,
        when: &When,
        band: (f64, f64),
        at_least: Span,
    ) -> Outcome {
        let limit = Limit::Lasts(at_least);
        let stretches = match self.stretches(when) {
            Ok(stretches) => stretches,
            Err(why) => return Outcome::untested(limit, why),
        };
        let mut longest = Span(0);
        let mut any = false;
        for (from, to) in &stretches {
            let mut since = None;
            for row in self.trace.rows.iter().filter(|row| (*from..=*to).contains(&row.at)) {
                any = true;
                let inside = read(row, signal).is_some_and(|it| it >= band.0 && it <= band.1);
                since = if inside { since.or(Some(row.at)) } else { None };
                longest = longest.max(since.map_or(Span(0), |since| row.at - since));
            }
        }
        if !any {
            return Outcome::untested(limit, "nothing was recorded of it there");
        }
        let verdict = match longest.0.checked_sub(at_least.0) {
            Some(more) => Verdict::Pass { margin: Amount::Time(Span(more)) },
            None if self.ends_before(end(&stretches)) => {
                return Outcome::untested(limit, self.too_short());
            }
            None => Verdict::Fail { excess: Amount::Time(Span(at_least.0 - longest.0)) },
        };
        Outcome::new(Reading::Lasted(longest), limit, verdict)
    }

    fn rows(&self, signal: Signal, from: SimTime, to: SimTime) -> Vec<f64> {
        let rows = self.trace.rows.iter().filter(|row| (from..=to).contains(&row.at));
        rows.filter_map(|row| read(row, signal)).collect()
    }

    /// The newest value at or before a moment, from the rows or, if newer, a fast phase.
    fn newest(&self, signal: Signal, at: SimTime) -> Vec<f64> {
        let row = self.trace.rows.iter().rfind(|row| row.at <= at);
        let point = self.trace.bursts.iter().flatten().filter(|point| point.at <= at);
        let point = point.max_by_key(|point| point.at);
        let dense = point.and_then(|point| Some((point.at, in_point(point, signal)?)));
        let sampled = row.and_then(|row| Some((row.at, read(row, signal)?)));
        let newest = match (sampled, dense) {
            (Some(sampled), Some(dense)) if dense.0 >= sampled.0 => Some(dense),
            (None, dense) => dense,
            (sampled, _) => sampled,
        };
        newest.into_iter().map(|(_, value)| value).collect()
    }

    pub(super) fn charge(&self, when: &When, band: (f64, f64)) -> Outcome {
        self.integral(when, band, Unit::Coulomb, |trace, stretch| {
            charge_between(&trace.rows, stretch)
        })
    }

    pub(super) fn square_time(&self, when: &When, band: (f64, f64)) -> Outcome {
        self.integral(when, band, Unit::SquareTime, square_time_between)
    }

    fn integral(
        &self,
        when: &When,
        band: (f64, f64),
        unit: Unit,
        of: impl Fn(&Trace, Stretch) -> Option<f64>,
    ) -> Outcome {
        let sum = || {
            let stretches = self.stretches(when)?;
            if self.ends_before(end(&stretches)) {
                return Err(self.too_short());
            }
            let sum = stretches.iter().map(|stretch| of(self.trace, *stretch)).sum::<Option<f64>>();
            let sum = sum.ok_or("the current was not recorded over all of it")?;
            Ok((Reading::Value(sum, unit), in_band(sum, sum, band, unit)))
        };
        Outcome::found(Limit::Band(band.0, band.1, unit), sum())
    }
}

/// Charge that passed in a span, coulomb: the difference of the exactly integrated charge, read at
/// rows that stand at its ends (a scenario asks for them) or on a straight line between two.
fn charge_between(rows: &[Row], (from, to): (SimTime, SimTime)) -> Option<f64> {
    let at = |wanted| between_rows(rows, wanted, |row| Some(row.truth.charge_c));
    Some(at(to)? - at(from)?)
}

/// A value at a moment: of a row that stands there, or on a straight line between two.
pub(super) fn between_rows(
    rows: &[Row],
    wanted: SimTime,
    of: impl Fn(&Row) -> Option<f64>,
) -> Option<f64> {
    let after = rows.partition_point(|row| row.at < wanted);
    let next = rows.get(after)?;
    if next.at == wanted {
        return of(next);
    }
    let before = rows.get(after.checked_sub(1)?)?;
    let share = wanted.seconds_since(before.at) / next.at.seconds_since(before.at);
    let (first, last) = (of(before)?, of(next)?);
    Some(first + (last - first) * share)
}

/// A point of the current: when, ampere, and the charge until then where a row tells it.
type Point = (SimTime, f64, Option<f64>);

/// The integral of the squared current in a span, A²s. Fast phases are followed point by point;
/// between rows the current is a straight line, or, where the charge that passed says otherwise, a
/// step. None where it is neither, or was not recorded.
fn square_time_between(trace: &Trace, (from, to): Stretch) -> Option<f64> {
    let points = points(trace);
    if points.first()?.0 > from || points.last()?.0 < to {
        return None;
    }
    let mut sum = 0.0;
    for pair in points.windows(2) {
        let (begin, end) = (pair[0].0.max(from), pair[1].0.min(to));
        if begin < end {
            let share = end.seconds_since(begin) / pair[1].0.seconds_since(pair[0].0);
            sum += share * squared(pair[0], pair[1])?;
        }
    }
    Some(sum)
}

/// The integral of the squared current between two neighbours, A²s.
fn squared((at, a, before): Point, (then, b, after): Point) -> Option<f64> {
    let seconds = then.seconds_since(at);
    let line = (a * a + a * b + b * b) / 3.0 * seconds;
    let Some((before, after)) = before.zip(after) else { return Some(line) };
    let mean = (after - before) / seconds;
    let size = a.abs().max(b.abs());
    if (mean - (a + b) / 2.0).abs() <= 0.01 * size + 1e-6 {
        return Some(line);
    }
    let share = (mean - b) / (a - b);
    let step = (a * a * share + b * b * (1.0 - share)) * seconds;
    (-1e-3..=1.001).contains(&share).then_some(step)
}

/// All that is known of the current, in order of time; where a fast phase has points, its rows
/// count by their current only.
fn points(trace: &Trace) -> Vec<Point> {
    let of_row = |row: &Row| (row.at, row.truth.current_a, Some(row.truth.charge_c));
    let of_burst = |point: &BurstPoint| (point.at, point.current_a, None);
    let rows = trace.rows.iter().map(of_row);
    let mut points: Vec<Point> = rows.chain(trace.bursts.iter().flatten().map(of_burst)).collect();
    points.sort_by_key(|point| point.0);
    points.dedup_by(|next, kept| next.0 == kept.0 && next.1.to_bits() == kept.1.to_bits());
    // Two values at one moment are a jump, which takes no time.
    points
}
