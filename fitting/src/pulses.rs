//! Pulses from stated charges: how much each has a say, beside its own kind and beside slow cycles.
//!
//! Tests pulse several cells at each charge, and cells differ by a quarter of their resistance. The
//! pulses are evidence of one cell only as well as they agree: where they scatter by 20 %, so does
//! what they tell of the level, while their course over time still tells the time constants.

use crate::initial::Prepared;
use crate::layout::Layout;
use crate::prepare::{NOISE_V, is_pulse};
use crate::run::Run;
use crate::segment::{Kind, REST_C_RATE, levels};

/// Pulses closer in SOC than this show the same level.
const SAME_LEVEL_SOC: f64 = 0.03;

/// Weighs the rows of a pulse by what other pulses leave of its say.
pub(crate) fn weigh(run: &mut Run, one: &Prepared<'_>, all: &[Prepared<'_>], scatter: &[f64]) {
    run.anchored = anchored(one, all);
    let alike = alike(one, all).len();
    if alike == 0 {
        return;
    }
    let first_v = run.voltage_v[0];
    for (weight, voltage_v) in run.weight.iter_mut().zip(&run.voltage_v) {
        // A row without a voltage has no weight already.
        let doubt_v = scatter[one.row] * (voltage_v - first_v);
        let noise = NOISE_V * NOISE_V;
        if voltage_v.is_finite() && first_v.is_finite() {
            *weight *= noise / (noise + doubt_v * doubt_v) / alike as f64;
        }
    }
}

/// How much pulses of one charge differ at each temperature row: standard deviation of their
/// resistance as a share of it, over all charges; 0 where no charge has two.
pub(crate) fn scatter(all: &[Prepared<'_>], layout: &Layout) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); layout.rows_c.len()];
    for one in all {
        let ohms: Vec<f64> = alike(one, all).into_iter().filter_map(ohm).collect();
        let (Some(own), true) = (ohm(one), ohms.len() > 1) else { continue };
        let mean = ohms.iter().sum::<f64>() / ohms.len() as f64;
        let sum = &mut sums[one.row];
        sum.0 += (own / mean - 1.0) * (own / mean - 1.0);
        sum.1 += 1.0 - 1.0 / ohms.len() as f64; // Degrees of freedom, by pulse.
    }
    let share = |(squares, freedom): (f64, f64)| {
        if freedom > 0.0 { libm::sqrt(squares / freedom) } else { 0.0 }
    };
    sums.into_iter().map(share).collect()
}

/// Largest change of the voltage over the largest current, ohm.
fn ohm(one: &Prepared<'_>) -> Option<f64> {
    let record = one.record;
    let first_v = record.voltage_v[0];
    let changes = record.voltage_v.iter().filter(|v| v.is_finite()).map(|v| (v - first_v).abs());
    let change_v = changes.fold(0.0, f64::max);
    let current_a = record.current_a.iter().map(|a| a.abs()).fold(0.0, f64::max);
    (first_v.is_finite() && current_a > 0.0).then_some(change_v / current_a)
}

/// Pulses near the SOC of a pulse at its temperature, itself too: together they count as one, so
/// that each SOC level counts the same. Empty for a record that is no single pulse.
fn alike<'p, 'a>(one: &Prepared<'_>, all: &'p [Prepared<'a>]) -> Vec<&'p Prepared<'a>> {
    let pulse = |one: &Prepared<'_>| is_pulse(one.record, one.account);
    let near = |other: &&Prepared<'_>| {
        let away = (other.account.soc[0] - one.account.soc[0]).abs();
        other.row == one.row && away < SAME_LEVEL_SOC && pulse(other)
    };
    if pulse(one) { all.iter().filter(near).collect() } else { Vec::new() }
}

/// Whether only the change of a record's voltage counts: a pulse from rest, where others tell the
/// open-circuit voltage. SOC that was stated per pulse is seldom that of the slow cycle.
fn anchored(one: &Prepared<'_>, all: &[Prepared<'_>]) -> bool {
    let pulse = |one: &Prepared<'_>| is_pulse(one.record, one.account);
    let told = |other: &&Prepared<'_>| other.row == one.row && other.account.kind == Kind::Slow;
    let rests = one.record.current_a[0].abs() < REST_C_RATE * one.account.capacity_ah;
    rests && pulse(one) && all.iter().filter(told).any(|other| !pulse(other))
}

/// Longest pulse or rest of the pulses at each temperature row, second; 0 where there are none.
pub(crate) fn longest_s(prepared: &[Prepared<'_>], layout: &Layout) -> Vec<f64> {
    let mut longest = vec![0.0; layout.rows_c.len()];
    for one in prepared {
        if one.account.kind == Kind::Pulses || is_pulse(one.record, one.account) {
            let levels = levels(one.record, one.account.capacity_ah);
            let seconds = levels.iter().skip(1).map(|level| level.seconds);
            longest[one.row] = seconds.fold(longest[one.row], f64::max);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::{scatter, weigh};
    use crate::charge::{Known, accounts};
    use crate::initial::Prepared;
    use crate::layout::Layout;
    use crate::options::{FitOptions, Start};
    use crate::prepare::run;
    use crate::record::Record;

    /// A pulse of 2 A for 10 s from rest at 3.6 V on a cell of a resistance.
    fn pulse(ohm: f64) -> Record {
        let volts = |row: usize| if (2..12).contains(&row) { 3.6 - 2.0 * ohm } else { 3.6 };
        Record {
            name: "pulse".to_owned(),
            time_s: (0..20).map(f64::from).collect(),
            current_a: (0..20).map(|row| if (2..12).contains(&row) { -2.0 } else { 0.0 }).collect(),
            voltage_v: (0..20).map(volts).collect(),
            temperature_c: vec![25.0; 20],
            temperature_measured: true,
            ambient_c: vec![25.0; 20],
            counter_ah: None,
            step: None,
        }
    }

    /// Scatter of pulses at the same charge, and the weight of the first one's row under current,
    /// as a share of what it would be alone.
    fn judged(ohms: &[f64]) -> (f64, f64) {
        let records: Vec<Record> = ohms.iter().copied().map(pulse).collect();
        let options = FitOptions {
            capacity_ah: Some(5.0),
            starts: vec![Start::Soc(0.5); ohms.len()],
            ..FitOptions::default()
        };
        let accounts = accounts(&records, &options, Known::default());
        let pairs = records.iter().zip(&accounts.records);
        let prepared: Vec<Prepared<'_>> =
            pairs.map(|(record, account)| Prepared { record, account, row: 0 }).collect();
        let layout = Layout {
            rows_c: vec![25.0],
            ocv_soc: options.ocv_soc.clone(),
            half_soc: options.resistance_soc.clone(),
            resistance_soc: options.resistance_soc.clone(),
            pairs: 1,
        };
        let scatter = scatter(&prepared, &layout);
        let mut weighed = run(&records[0], prepared[0].account, &[false; 20]);
        let alone = weighed.weight[5];
        weigh(&mut weighed, &prepared[0], &prepared, &scatter);
        (scatter[0], weighed.weight[5] / alone)
    }

    #[test]
    fn one_pulse_is_not_doubted() {
        let (scatter, share) = judged(&[0.05]);
        assert!(scatter.abs() < 1e-12 && (share - 1.0).abs() < 1e-12, "{scatter} {share}");
    }

    #[test]
    fn pulses_that_agree_count_as_one_together() {
        let (scatter, share) = judged(&[0.05, 0.05]);
        assert!(scatter.abs() < 1e-12 && (share - 0.5).abs() < 1e-12, "{scatter} {share}");
    }

    #[test]
    fn pulses_of_cells_that_differ_count_as_well_as_they_agree() {
        let (scatter, share) = judged(&[0.045, 0.055]);
        // Two values 10 % either side of the mean have a standard deviation of 10 % times the root of 2.
        let expected = 0.1 * libm::sqrt(2.0);
        assert!((scatter - expected).abs() < 1e-9, "{scatter}");
        let doubt_v = expected * 0.09;
        let weight = 0.5 * 9e-6 / (9e-6 + doubt_v * doubt_v);
        assert!((share / weight - 1.0).abs() < 1e-9, "{share} {weight}");
    }
}
