//! Whether the voltage moves as the current says: up at every step towards charging, and up while
//! charge goes in.

use crate::record::Record;

/// Steps of current smaller than this share of the largest current are no edges.
const EDGE_SHARE: f64 = 0.1;
/// Steps of voltage below this are noise of testers, volt.
const NOISE_V: f64 = 5e-4;
/// Fewer edges say nothing.
const EDGES_MIN: usize = 2;
/// So many of the edges must agree before they say something.
const AGREEMENT: f64 = 0.75;
/// The voltage must follow the charge at least so closely, as a correlation.
const CORRELATION: f64 = 0.5;
/// The voltage must move by so much before its drift says something, volt.
const DRIFT_V: f64 = 0.05;
/// Fewer rows have no drift.
const DRIFT_ROWS: usize = 5;

/// What the voltage says of the current's sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It moves as the current says.
    Right,
    /// It moves against the current.
    Wrong(String),
    /// The current is never negative, or never positive, and yet the voltage moves both ways.
    Unsigned(String),
    /// It says nothing, or one thing here and another there.
    Unknown,
}

/// Steps of current and what the voltage did at them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Edges {
    /// At which the voltage moved with the current.
    with: usize,
    /// At which it moved against it.
    against: usize,
    /// Sum of the products of both steps, and of the squares of the current's.
    product: f64,
    square: f64,
}

impl Edges {
    /// The resistance that the edges show, ohm, below zero if they contradict the current's sign;
    /// `None` where they are too few or at odds.
    pub(super) fn ohm(&self) -> Option<f64> {
        (self.vote() != 0).then(|| self.product / self.square)
    }

    /// 1 if they agree that the sign is right, −1 if they agree that it is wrong, else 0.
    fn vote(&self) -> i8 {
        let total = self.with + self.against;
        let share = |count: usize| to_f64(count) >= AGREEMENT * to_f64(total);
        match total {
            0..EDGES_MIN => 0,
            _ if share(self.with) && self.product > 0.0 => 1,
            _ if share(self.against) && self.product < 0.0 => -1,
            _ => 0,
        }
    }
}

/// The edges of some records. Loggers let the voltage lead or lag the current by a row: each edge
/// is taken over the rows on both sides of it, as far as the current stands still there.
pub(super) fn edges<'r>(records: impl Iterator<Item = &'r Record> + Clone) -> Edges {
    let largest = largest(records.clone());
    let mut edges = Edges::default();
    for record in records {
        let (current, voltage) = (&record.current_a, &record.voltage_v);
        let stands = |a: usize, b: usize| {
            (current[a] - current[b]).abs() < 0.2 * EDGE_SHARE * largest && voltage[a].is_finite()
        };
        for row in 1..current.len() {
            let step = current[row] - current[row - 1];
            if step.abs() <= EDGE_SHARE * largest {
                continue;
            }
            let from = if row >= 2 && stands(row - 2, row - 1) { row - 2 } else { row - 1 };
            let to = if row + 1 < current.len() && stands(row + 1, row) { row + 1 } else { row };
            let moved = voltage[to] - voltage[from];
            if moved.is_nan() || moved.abs() < NOISE_V {
                continue;
            }
            if moved * step > 0.0 {
                edges.with += 1;
            } else {
                edges.against += 1;
            }
            edges.product += moved * step;
            edges.square += step * step;
        }
    }
    edges
}

/// Judges the records of one file together.
pub(super) fn judge<'r>(records: impl Iterator<Item = &'r Record> + Clone) -> Verdict {
    let edges = edges(records.clone());
    let ohm = edges.ohm().unwrap_or(0.0);
    let votes: Vec<f64> = records.clone().filter_map(|record| drift(record, ohm)).collect();
    let drift = votes.iter().sum::<f64>() / to_f64(votes.len().max(1));
    let drift_vote = match drift {
        it if it >= CORRELATION => 1,
        it if it <= -CORRELATION => -1,
        _ => 0,
    };
    let both_ways = edges.with.min(edges.against) >= EDGES_MIN && edges.vote() == 0;
    if both_ways && is_one_sided(records) {
        return Verdict::Unsigned(format!(
            "the voltage rises at {} of its edges and falls at {}",
            edges.with, edges.against
        ));
    }
    match (edges.vote(), drift_vote) {
        (1, 0 | 1) | (0, 1) => Verdict::Right,
        (-1, 0 | -1) => Verdict::Wrong(format!(
            "the voltage moves against {} of its {} edges",
            edges.against,
            edges.with + edges.against
        )),
        (0, -1) => Verdict::Wrong(format!(
            "the voltage falls while charge goes in, correlation {drift:.2}"
        )),
        _ => Verdict::Unknown,
    }
}

/// The correlation of the voltage, without its drop over a resistance, with the charge that went in;
/// `None` where neither moves enough. A resistance below zero, as a wrong sign shows it, is as good.
fn drift(record: &Record, ohm: f64) -> Option<f64> {
    let mut charge = 0.0;
    let mut points = Vec::new();
    for row in 0..record.time_s.len() {
        if row > 0 {
            charge += record.current_a[row - 1] * (record.time_s[row] - record.time_s[row - 1]);
        }
        if record.voltage_v[row].is_finite() {
            points.push((charge, record.voltage_v[row] - ohm * record.current_a[row]));
        }
    }
    let count = to_f64(points.len());
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (charge_mean, voltage_mean) = (mean(|it| it.0), mean(|it| it.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        points.iter().map(|(q, v)| of(q - charge_mean, v - voltage_mean)).sum()
    };
    let (qq, vv) = (sum(&|q, _| q * q), sum(&|_, v| v * v));
    let moves = points.len() >= DRIFT_ROWS && qq > 0.0 && vv > DRIFT_V * DRIFT_V * count / 12.0;
    moves.then(|| sum(&|q, v| q * v) / libm::sqrt(qq * vv))
}

fn largest<'r>(records: impl Iterator<Item = &'r Record>) -> f64 {
    let currents = records.flat_map(|record| &record.current_a);
    currents.fold(0.0_f64, |most, current| most.max(current.abs()))
}

/// Whether the current flows in one direction alone.
fn is_one_sided<'r>(records: impl Iterator<Item = &'r Record> + Clone) -> bool {
    let rest = 0.01 * largest(records.clone());
    let currents = || records.clone().flat_map(|record| record.current_a.iter().copied());
    currents().all(|current| current > -rest) || currents().all(|current| current < rest)
}

fn to_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
