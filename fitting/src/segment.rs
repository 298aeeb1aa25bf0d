//! What kind of test a record is, and where its rests, pulses and current edges lie.

use crate::record::Record;
use std::fmt;

/// What kind of test a stretch of rows is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Current within the noise.
    Rest,
    /// Charging or discharging at C/8 or slower.
    Slow,
    /// Charging or discharging at a steady current above C/8.
    Constant,
    /// Pulses of steady current between rests.
    Pulses,
    /// A current that changes all the time.
    Drive,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Rest => "rest",
            Self::Slow => "slow cycle",
            Self::Constant => "constant current",
            Self::Pulses => "pulses",
            Self::Drive => "drive",
        })
    }
}

/// Current below this share of the capacity per hour counts as rest.
pub const REST_C_RATE: f64 = 0.005;

/// Fastest slow cycle, capacities per hour.
pub const SLOW_C_RATE: f64 = 0.125;

/// Two currents closer than this share of the larger one, plus the rest current, are one level.
const LEVEL_SHARE: f64 = 0.05;

/// More changes of level than this per hour of current make a drive record.
const DRIVE_EDGES_PER_HOUR: f64 = 60.0;

/// A stretch of rows of one steady current.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// First row.
    pub first: usize,
    /// Row after the last.
    pub end: usize,
    /// Mean current by time, ampere.
    pub current_a: f64,
    /// Length, second.
    pub seconds: f64,
}

/// Cuts a record into stretches of steady current.
#[must_use]
pub fn levels(record: &Record, capacity_ah: f64) -> Vec<Level> {
    let rest = REST_C_RATE * capacity_ah;
    let mut levels = Vec::new();
    let mut first = 0;
    for row in 1..record.time_s.len() {
        let (anchor, current) = (record.current_a[first], record.current_a[row]);
        let near = LEVEL_SHARE * anchor.abs().max(current.abs()) + rest;
        if (current - anchor).abs() > near {
            levels.push(level(record, first, row));
            first = row;
        }
    }
    levels.push(level(record, first, record.time_s.len()));
    levels
}

/// The level of the rows from `first` to before `end`.
fn level(record: &Record, first: usize, end: usize) -> Level {
    let after = end.min(record.time_s.len() - 1);
    let seconds = record.time_s[after] - record.time_s[first];
    let charge: f64 = (first..after)
        .map(|row| record.current_a[row] * (record.time_s[row + 1] - record.time_s[row]))
        .sum();
    let current_a = if seconds > 0.0 { charge / seconds } else { record.current_a[first] };
    Level { first, end, current_a, seconds }
}

/// The kind of test that a whole record is.
#[must_use]
pub fn kind(record: &Record, capacity_ah: f64) -> Kind {
    let levels = levels(record, capacity_ah);
    let active = |level: &&Level| level.current_a.abs() > REST_C_RATE * capacity_ah;
    let hours: f64 = levels.iter().filter(active).map(|level| level.seconds / 3600.0).sum();
    let pulses = levels.iter().filter(active).count();
    if pulses == 0 || hours <= 0.0 {
        return Kind::Rest;
    }
    if pulses as f64 > DRIVE_EDGES_PER_HOUR * hours.max(0.1) {
        return Kind::Drive;
    }
    let charge_ah: f64 =
        levels.iter().filter(active).map(|l| l.current_a.abs() * l.seconds / 3600.0).sum();
    let longest = levels.iter().filter(active).map(|level| level.seconds).fold(0.0, f64::max);
    if charge_ah / hours <= SLOW_C_RATE * capacity_ah {
        Kind::Slow
    } else if pulses_of(&levels, REST_C_RATE * capacity_ah) > 4 && longest < 0.5 * hours * 3600.0 {
        Kind::Pulses
    } else {
        Kind::Constant
    }
}

/// Currents that begin at rest, turn round or grow: a charger's taper is one with what it ends.
fn pulses_of(levels: &[Level], rest_a: f64) -> usize {
    let mut before_a = 0.0;
    let begins = |level: &&Level| {
        let current_a = level.current_a;
        let begins = current_a.abs() > rest_a
            && (current_a * before_a <= 0.0 || current_a.abs() > f64::abs(before_a));
        before_a = if current_a.abs() > rest_a { current_a } else { 0.0 };
        begins
    };
    levels.iter().filter(begins).count()
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind, levels};
    use crate::record::Record;

    fn record(current_a: Vec<f64>, dt_s: f64) -> Record {
        let rows = current_a.len();
        Record {
            name: "test".to_owned(),
            time_s: (0..rows).map(|row| dt_s * row as f64).collect(),
            current_a,
            voltage_v: vec![3.3; rows],
            temperature_c: vec![25.0; rows],
            temperature_measured: true,
            ambient_c: vec![25.0; rows],
            counter_ah: None,
            step: None,
        }
    }

    #[test]
    fn a_steady_current_is_slow_up_to_an_eighth_of_the_capacity_per_hour() {
        assert_eq!(kind(&record(vec![-0.25; 600], 60.0), 2.0), Kind::Slow);
        assert_eq!(kind(&record(vec![-0.26; 600], 60.0), 2.0), Kind::Constant);
    }

    #[test]
    fn nothing_but_noise_is_rest() {
        assert_eq!(kind(&record(vec![0.009; 600], 1.0), 2.0), Kind::Rest);
    }

    #[test]
    fn pulses_between_rests_and_a_drive_are_told_apart() {
        let train = (0..36_000).map(|row| if row % 3600 < 60 { -2.0 } else { 0.0 });
        assert_eq!(kind(&record(train.collect(), 1.0), 2.0), Kind::Pulses);
        let drive = (0..3600).map(|row| [-4.0, 0.0, 2.0, -1.0][(row / 5) % 4]);
        assert_eq!(kind(&record(drive.collect(), 1.0), 2.0), Kind::Drive);
    }

    /// C/2 out, an hour of rest, C/3 in and a taper in steps of a tenth, by minute.
    fn cycle_with_taper() -> Vec<f64> {
        let mut current_a = vec![-1.0; 120];
        current_a.extend(vec![0.0; 60]);
        current_a.extend(vec![0.67; 140]);
        current_a.extend((0..120).map(|row| 0.67 * libm::pow(0.9, f64::from(row / 6))));
        current_a
    }

    #[test]
    fn the_taper_of_a_charger_makes_no_pulses() {
        let mut current_a = cycle_with_taper();
        assert!(levels(&record(current_a.clone(), 60.0), 2.0).len() > 10);
        assert_eq!(kind(&record(current_a.clone(), 60.0), 2.0), Kind::Constant);
        // Five rests in it cut it into pulses.
        for row in [30, 60, 90, 220, 270] {
            current_a[row] = 0.0;
        }
        assert_eq!(kind(&record(current_a, 60.0), 2.0), Kind::Pulses);
    }

    #[test]
    fn a_record_is_cut_where_the_current_changes() {
        let levels = levels(&record(vec![0.0, 0.0, -1.0, -1.02, -1.0, 0.5], 10.0), 2.0);
        let cuts: Vec<(usize, usize)> = levels.iter().map(|one| (one.first, one.end)).collect();
        assert_eq!(cuts, [(0, 2), (2, 5), (5, 6)]);
        assert!((levels[1].seconds - 30.0).abs() < 1e-12);
        assert!((levels[1].current_a + 3.02 / 3.0).abs() < 1e-12);
    }
}
