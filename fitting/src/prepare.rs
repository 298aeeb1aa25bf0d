//! Records made ready for the fit: temperature rows, weights, what is held out.

use crate::charge::Account;
use crate::edges::edge_ohm;
use crate::options::{FitOptions, HoldOut, Start};
use crate::record::Record;
use crate::run::Run;
use crate::segment::{Kind, Level, levels};

/// Independent rows that a record of full SOC range counts for.
pub(crate) const RECORD_ROWS: f64 = 1000.0;
/// Error that a good model leaves, volt.
pub(crate) const NOISE_V: f64 = 0.003;
/// SOC outside which a row counts little: the voltage is steep, the model at its limits.
const INNER: (f64, f64) = (0.1, 0.985);
/// Weight of a row outside.
const OUTER_WEIGHT: f64 = 0.2;
/// SOC outside which a row counts next to nothing.
const SOUND: (f64, f64) = (0.01, 0.998);
/// Weight of a row outside.
const UNSOUND_WEIGHT: f64 = 0.05;

/// A record that covers less SOC than this has no say: it trims the charge between tests.
const LEAST_COVERED: f64 = 0.03;
/// SOC range that a pulse from a stated SOC stands for: tests go in steps of a tenth.
const PULSE_COVERS: f64 = 0.1;
/// Time after an edge of the current up to which rows of pulses count by time alone, second; from
/// there on each decade of time since the edge counts the same.
const PULSE_BEGINS_S: f64 = 1.0;

/// Temperatures of the rows of the tables: means of records that lie close together.
pub(crate) fn rows_c(records: &[Record], spacing_k: f64) -> Vec<f64> {
    let mut means: Vec<f64> = records.iter().map(|record| mean(&record.temperature_c)).collect();
    means.sort_by(f64::total_cmp);
    let mut groups: Vec<Vec<f64>> = Vec::new();
    for celsius in means {
        match groups.last_mut() {
            Some(group) if celsius - group[0] < spacing_k => group.push(celsius),
            _ => groups.push(vec![celsius]),
        }
    }
    groups.iter().map(|group| mean(group)).collect()
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The row nearest to a temperature.
pub(crate) fn row_of(rows_c: &[f64], celsius: f64) -> usize {
    let distance = |row: &usize| (rows_c[*row] - celsius).abs();
    (0..rows_c.len()).min_by(|one, other| distance(one).total_cmp(&distance(other))).unwrap_or(0)
}

/// Whether each row of a record is kept out of the fit.
pub(crate) fn held_out(record: &Record, kind: Kind, options: &FitOptions) -> Vec<bool> {
    let first = record.time_s[0];
    let span = record.time_s[record.time_s.len() - 1] - first;
    let held = |time: f64| match options.hold_out {
        HoldOut::Nothing => false,
        HoldOut::Blocks(seconds) => {
            matches!(kind, Kind::Drive | Kind::Pulses) && ((time - first) / seconds) as u64 % 2 == 1
        }
        HoldOut::Last(share) => kind != Kind::Slow && time - first > (1.0 - share) * span,
    };
    record.time_s.iter().map(|&time| held(time)).collect()
}

/// A record ready for the fit.
pub(crate) fn run(record: &Record, account: &Account, held_out: &[bool]) -> Run {
    let rows = record.time_s.len();
    let mut dt_s: Vec<f64> = record.time_s.windows(2).map(|pair| pair[1] - pair[0]).collect();
    dt_s.push(0.0);
    let passed = (0..rows)
        .map(|row| (record.current_a[row] * dt_s[row]).abs() / (3600.0 * account.capacity_ah))
        .collect();
    Run {
        current_a: record.current_a.clone(),
        voltage_v: record.voltage_v.clone(),
        temperature_c: record.temperature_c.clone(),
        weight: weights(record, account, held_out, &dt_s),
        dt_s,
        soc: account.soc.clone(),
        passed,
        hysteresis: account.hysteresis,
        anchored: false,
    }
}

/// Weights by time, such that every record has a say by the SOC range it covers.
fn weights(record: &Record, account: &Account, held_out: &[bool], dt_s: &[f64]) -> Vec<f64> {
    let pulse = is_pulse(record, account);
    let ages_s = if pulse || account.kind == Kind::Pulses {
        ages_s(record, account.capacity_ah)
    } else {
        vec![0.0; dt_s.len()]
    };
    let usable = |row: usize| record.voltage_v[row].is_finite() && !held_out[row];
    let raw: Vec<f64> = (0..dt_s.len())
        .map(|row| {
            let before = if row > 0 { dt_s[row - 1] } else { 0.0 };
            let seconds = 0.5 * (before.min(120.0) + dt_s[row].min(120.0));
            let since = PULSE_BEGINS_S / (PULSE_BEGINS_S + ages_s[row]);
            if usable(row) { seconds * since } else { 0.0 }
        })
        .collect();
    let total: f64 = raw.iter().sum();
    if total <= 0.0 {
        return raw;
    }
    let covered = covered(&account.soc, &raw).max(if pulse { PULSE_COVERS } else { 0.0 });
    if covered < LEAST_COVERED {
        return vec![0.0; raw.len()];
    }
    let scale = RECORD_ROWS * covered / (NOISE_V * NOISE_V * total);
    raw.iter().zip(&account.soc).map(|(seconds, &soc)| scale * seconds * trust(soc)).collect()
}

/// Whether a record is one pulse, or a few, at a SOC that was stated for it.
pub(crate) fn is_pulse(record: &Record, account: &Account) -> bool {
    let (low, high) = account
        .soc
        .iter()
        .fold((1.0, 0.0), |(low, high): (f64, f64), &soc| (low.min(soc), high.max(soc)));
    let edge = |row| edge_ohm(record, row, account.capacity_ah).is_some();
    matches!(account.start, Start::Soc(_))
        && !account.from_voltage
        && high - low < PULSE_COVERS
        && (1..record.time_s.len()).any(edge)
}

/// Time since the current last changed, at each row, second.
fn ages_s(record: &Record, capacity_ah: f64) -> Vec<f64> {
    let levels = levels(record, capacity_ah);
    let of = |level: &Level| {
        let begin = record.time_s[level.first];
        (level.first..level.end).map(move |row| record.time_s[row] - begin).collect::<Vec<_>>()
    };
    levels.iter().flat_map(of).collect()
}

/// SOC range of the rows that count, at most 1.
fn covered(soc: &[f64], weight: &[f64]) -> f64 {
    let counting = soc.iter().zip(weight).filter(|(_, weight)| **weight > 0.0);
    let (low, high) =
        counting.fold((1.0, 0.0), |(low, high): (f64, f64), (&s, _)| (low.min(s), high.max(s)));
    (high - low).clamp(0.0, 1.0)
}

fn trust(soc: f64) -> f64 {
    if soc < SOUND.0 || soc > SOUND.1 {
        UNSOUND_WEIGHT
    } else if soc < INNER.0 || soc > INNER.1 {
        OUTER_WEIGHT
    } else {
        1.0
    }
}
