//! Charge of the records: where each starts, the capacity of each test, coulombic efficiency.
//!
//! A test goes from one full start to the next. Where it passes through empty, the charge between
//! is its own capacity: 1.5 % too much capacity doubles the voltage error of an LFP cell, so
//! every record counts with the capacity of its own test.

use crate::options::{FitOptions, Start};
use crate::record::Record;
use crate::segment::{Kind, kind};

/// Share of the capacity that a record must pass one way to begin full or empty.
const MAJOR_SHARE: f64 = 0.5;

/// A full cell begins within this share of the voltage range of its top, an empty one of its
/// bottom: a rested cell has left the very end.
const END_SHARE: f64 = 0.25;

/// A record whose first voltage lies this far in SOC from the end of the one before is another test.
const ELSEWHERE_SOC: f64 = 0.15;
/// And this far in voltage, volt.
const ELSEWHERE_V: f64 = 0.08;

/// Coulombic efficiencies outside this range are faults of the counters.
const EFFICIENCY_RANGE: (f64, f64) = (0.97, 1.003);

/// Seconds in an hour.
const HOUR_S: f64 = 3600.0;

/// Charge account of one record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Account {
    /// How it starts.
    pub(crate) start: Start,
    /// Capacity of its test, ampere-hour.
    pub(crate) capacity_ah: f64,
    /// SOC at each row.
    pub(crate) soc: Vec<f64>,
    /// State of the hysteresis at the first row.
    pub(crate) hysteresis: f64,
    /// Whether the SOC of the first row was read off the voltage.
    pub(crate) from_voltage: bool,
    /// Kind of most of its rows.
    pub(crate) kind: Kind,
    /// Largest difference between counters and integrated current, share of the capacity.
    pub(crate) counter_error: Option<f64>,
}

/// Charge accounts of all records.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Accounts {
    /// One per record.
    pub(crate) records: Vec<Account>,
    /// Capacity of the cell, ampere-hour.
    pub(crate) capacity_ah: f64,
    /// Whether the capacity was passed between full and empty, or stated.
    pub(crate) measured: bool,
    /// Share of the charged ampere-hours that can be taken out again.
    pub(crate) efficiency: f64,
}

/// Charge that passes between rows, ampere-hour, without losses.
fn passes(record: &Record) -> Vec<f64> {
    let integrated =
        |row: usize| record.current_a[row] * (record.time_s[row + 1] - record.time_s[row]) / HOUR_S;
    (0..record.time_s.len() - 1)
        .map(|row| match &record.counter_ah {
            Some(counter) => counter[row + 1] - counter[row],
            None => integrated(row),
        })
        .collect()
}

/// Total charged and discharged, ampere-hour, both at least 0.
fn totals(passes: &[f64]) -> (f64, f64) {
    let charged = passes.iter().filter(|pass| **pass > 0.0).sum();
    let discharged: f64 = passes.iter().filter(|pass| **pass < 0.0).sum();
    (charged, -discharged)
}

/// Lowest and highest net charge since the first row, ampere-hour.
fn swing(passes: &[f64]) -> (f64, f64) {
    let mut net: f64 = 0.0;
    passes.iter().fold((0.0, 0.0), |(low, high), pass| {
        net += pass;
        (net.min(low), net.max(high))
    })
}

/// What is known of the cell before its records are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Known {
    /// Capacity that stands in where no test measured it, ampere-hour.
    pub(crate) capacity_ah: Option<f64>,
    /// Coulombic efficiency that holds instead of the tests' own.
    pub(crate) efficiency: Option<f64>,
}

/// The accounts of all records.
///
/// Each counts with the capacity of its own test where that was measured.
pub(crate) fn accounts(records: &[Record], options: &FitOptions, known: Known) -> Accounts {
    let charge: Vec<Vec<f64>> = records.iter().map(passes).collect();
    let widest = charge.iter().map(|passes| span(swing(passes))).fold(0.0, f64::max);
    let guess_ah = options.capacity_ah.or(known.capacity_ah).unwrap_or(widest);
    let starts = starts(records, &charge, options, guess_ah);
    let efficiencies = efficiencies(records, &charge, &starts);
    let mut all: Vec<f64> = efficiencies.iter().flatten().copied().collect();
    let efficiency = known.efficiency.or_else(|| median(&mut all)).unwrap_or(1.0);
    let own_efficiency = |index: usize| efficiencies[index].unwrap_or(efficiency);
    let tests = test_capacities(&charge, &starts, &own_efficiency);
    let measured = options.capacity_ah.is_some() || tests.iter().any(Option::is_some);
    let stand_in = known.capacity_ah.unwrap_or_else(|| usual(records, &tests, widest));
    let capacity_ah = options.capacity_ah.unwrap_or(stand_in);
    let own = |index: usize| {
        tests[index].filter(|_| options.capacity_ah.is_none()).unwrap_or(capacity_ah)
    };
    let terms = |index: usize, start: Start| Terms {
        start,
        capacity_ah: own(index),
        efficiency: own_efficiency(index),
    };
    let reference = reference(records, &charge, &starts, &terms);
    let mut accounts: Vec<Account> = Vec::new();
    for (index, record) in records.iter().enumerate() {
        let end = accounts.last().and_then(|account| account.soc.last().copied());
        let (start, from_voltage) = match starts[index] {
            Start::Auto => between(record, end, &reference),
            start => (start, false),
        };
        let mut account = account(record, &charge[index], terms(index, start), end);
        account.from_voltage = from_voltage;
        accounts.push(account);
    }
    Accounts { records: accounts, capacity_ah, measured, efficiency }
}

/// What the SOC of a record counts with.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Terms {
    start: Start,
    capacity_ah: f64,
    efficiency: f64,
}

/// Voltage over SOC of the slowest record that begins full or empty, rising in SOC.
fn reference(
    records: &[Record],
    charge: &[Vec<f64>],
    starts: &[Start],
    terms: &dyn Fn(usize, Start) -> Terms,
) -> Vec<(f64, f64)> {
    let known = |index: &usize| matches!(starts[*index], Start::Full | Start::Empty);
    let pace = |index: &usize| {
        let record = &records[*index];
        let hours = (record.time_s[record.time_s.len() - 1] - record.time_s[0]) / HOUR_S;
        let (charged, discharged) = totals(&charge[*index]);
        let wide =
            span(swing(&charge[*index])) > MAJOR_SHARE * terms(*index, Start::Full).capacity_ah;
        if wide { (charged + discharged) / hours } else { f64::INFINITY }
    };
    let slowest =
        (0..records.len()).filter(known).min_by(|one, other| pace(one).total_cmp(&pace(other)));
    let Some(index) = slowest else { return Vec::new() };
    let account = account(&records[index], &charge[index], terms(index, starts[index]), None);
    let mut points: Vec<(f64, f64)> =
        account.soc.iter().copied().zip(records[index].voltage_v.iter().copied()).collect();
    points.retain(|point| point.1.is_finite());
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    points
}

/// How a record begins that is neither full nor empty: it goes on where the one before ended,
/// unless its voltage cannot belong there.
fn between(record: &Record, end: Option<f64>, reference: &[(f64, f64)]) -> (Start, bool) {
    let first_v = first_voltage(record);
    let nearest = |distance: &dyn Fn(&(f64, f64)) -> f64| {
        let order =
            |one: &&(f64, f64), other: &&(f64, f64)| distance(one).total_cmp(&distance(other));
        reference.iter().min_by(order).copied()
    };
    let Some((soc, _)) = nearest(&|point| (point.1 - first_v).abs()) else {
        return if end.is_some() { (Start::Continues, false) } else { (Start::Full, false) };
    };
    let goes_on = end.is_some_and(|end| {
        let there_v = nearest(&|point| (point.0 - end).abs()).map_or(first_v, |point| point.1);
        (soc - end).abs() < ELSEWHERE_SOC || (there_v - first_v).abs() < ELSEWHERE_V
    });
    if goes_on { (Start::Continues, false) } else { (Start::Soc(soc), true) }
}

fn span((low, high): (f64, f64)) -> f64 {
    high - low
}

fn account(
    record: &Record,
    charge: &[f64],
    Terms { start, capacity_ah, efficiency }: Terms,
    end: Option<f64>,
) -> Account {
    let (first, hysteresis) = match start {
        Start::Full | Start::Auto => (1.0, 1.0),
        Start::Empty => (0.0, -1.0),
        Start::Soc(soc) => (soc, 0.0),
        Start::Continues => (end.unwrap_or(1.0), 0.0),
    };
    let mut soc = vec![first];
    for pass in charge {
        let kept = if *pass > 0.0 { efficiency } else { 1.0 };
        soc.push(soc[soc.len() - 1] + kept * pass / capacity_ah);
    }
    let kind = kind(record, capacity_ah);
    let counter_error = counter_error(record, capacity_ah);
    Account { start, capacity_ah, soc, hysteresis, from_voltage: false, kind, counter_error }
}

/// Largest difference between the counters and the integrated current, share of the capacity.
fn counter_error(record: &Record, capacity_ah: f64) -> Option<f64> {
    let counter = record.counter_ah.as_ref()?;
    let mut integrated = 0.0;
    let mut largest: f64 = 0.0;
    for row in 1..counter.len() {
        let dt_s = record.time_s[row] - record.time_s[row - 1];
        integrated += record.current_a[row - 1] * dt_s / HOUR_S;
        largest = largest.max((integrated - (counter[row] - counter[0])).abs());
    }
    Some(largest / capacity_ah)
}

/// Voltage range of all records.
fn voltage_range(records: &[Record]) -> (f64, f64) {
    let all = records.iter().flat_map(|record| &record.voltage_v).filter(|v| v.is_finite());
    all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
}

fn first_voltage(record: &Record) -> f64 {
    record.voltage_v.iter().copied().find(|v| v.is_finite()).unwrap_or(f64::NAN)
}

/// Starts, with full and empty ones found where the user leaves it to us.
fn starts(
    records: &[Record],
    charge: &[Vec<f64>],
    options: &FitOptions,
    capacity_ah: f64,
) -> Vec<Start> {
    let range = voltage_range(records);
    let end_v = END_SHARE * span(range);
    let found = |index: usize| {
        let (low, high) = swing(&charge[index]);
        let first_v = first_voltage(&records[index]);
        if low <= -MAJOR_SHARE * capacity_ah && first_v >= range.1 - end_v {
            Start::Full
        } else if high >= MAJOR_SHARE * capacity_ah && first_v <= range.0 + end_v {
            Start::Empty
        } else {
            Start::Auto
        }
    };
    let stated = |index| Some(options.start(index)).filter(|start| *start != Start::Auto);
    (0..records.len()).map(|index| stated(index).unwrap_or_else(|| found(index))).collect()
}

/// Records of each test: from a full start to before the next one.
fn tests(starts: &[Start]) -> Vec<std::ops::Range<usize>> {
    let mut begins: Vec<usize> =
        (0..starts.len()).filter(|&index| starts[index] == Start::Full).collect();
    begins.push(starts.len());
    begins.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

/// The first empty start of a test.
fn empty(starts: &[Start], test: &std::ops::Range<usize>) -> Option<usize> {
    test.clone().find(|&index| starts[index] == Start::Empty)
}

/// Coulombic efficiency of the test of each record, where it goes from full through empty back to
/// full.
fn efficiencies(records: &[Record], charge: &[Vec<f64>], starts: &[Start]) -> Vec<Option<f64>> {
    let top = voltage_range(records).1;
    let mut found = vec![None; records.len()];
    for test in tests(starts) {
        let returns = empty(starts, &test).is_some() && ends_full(&records[test.end - 1], top);
        let (charged, discharged) = passed(charge, test.clone());
        let efficiency = discharged / charged;
        let (low, high) = EFFICIENCY_RANGE;
        if returns && efficiency > low && efficiency < high {
            test.for_each(|index| found[index] = Some(efficiency.min(1.0)));
        }
    }
    found
}

/// Charged and discharged in some records together, ampere-hour.
fn passed(charge: &[Vec<f64>], records: std::ops::Range<usize>) -> (f64, f64) {
    records
        .map(|index| totals(&charge[index]))
        .fold((0.0, 0.0), |(up, down), (charged, discharged)| (up + charged, down + discharged))
}

/// Whether a record ends at the top of the voltage range.
fn ends_full(record: &Record, top_v: f64) -> bool {
    let last = record.voltage_v.iter().rev().copied().find(|v| v.is_finite());
    last.is_some_and(|voltage| voltage > 0.99 * top_v)
}

/// Capacity of the test of each record, where it passes from full to empty.
fn test_capacities(
    charge: &[Vec<f64>],
    starts: &[Start],
    efficiency: &dyn Fn(usize) -> f64,
) -> Vec<Option<f64>> {
    let mut capacities = vec![None; starts.len()];
    for test in tests(starts) {
        let Some(empty) = empty(starts, &test) else { continue };
        let (charged, discharged) = passed(charge, test.start..empty);
        let capacity_ah = discharged - efficiency(test.start) * charged;
        test.filter(|_| capacity_ah > 0.0).for_each(|index| capacities[index] = Some(capacity_ah));
    }
    capacities
}

/// Capacity of the cell: that of its drive tests, the newest state of it; else of all tests; else
/// the most that one record passes.
fn usual(records: &[Record], tests: &[Option<f64>], widest: f64) -> f64 {
    let of = |drive: bool| {
        let matching = records.iter().zip(tests).filter(move |(record, capacity)| {
            capacity.is_some_and(|ah| !drive || kind(record, ah) == Kind::Drive)
        });
        matching.filter_map(|(_, capacity)| *capacity).collect::<Vec<f64>>()
    };
    median(&mut of(true)).or_else(|| median(&mut of(false))).unwrap_or(widest)
}

/// Median of numbers that are finite; none of an empty list.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(0.5 * (values[middle - 1] + values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, accounts, median};
    use crate::options::{FitOptions, Start};
    use crate::record::Record;

    /// A record of steady current for some hours, every minute, with linear voltage.
    fn steady(current_a: f64, hours: f64, volts: (f64, f64)) -> Record {
        let rows = libm::round(hours * 60.0) as usize + 1;
        let along = |row: usize| row as f64 / (rows - 1) as f64;
        Record {
            name: "steady".to_owned(),
            time_s: (0..rows).map(|row| 60.0 * row as f64).collect(),
            current_a: vec![current_a; rows],
            voltage_v: (0..rows).map(|row| volts.0 + (volts.1 - volts.0) * along(row)).collect(),
            temperature_c: vec![25.0; rows],
            temperature_measured: true,
            ambient_c: vec![25.0; rows],
            counter_ah: None,
            step: None,
        }
    }

    /// 120 minutes out, 121 minutes in, at 1 A.
    fn test_of_two() -> Vec<Record> {
        vec![steady(-1.0, 2.0, (3.5, 2.0)), steady(1.0, 121.0 / 60.0, (2.0, 3.5))]
    }

    #[test]
    fn capacity_and_efficiency_come_from_full_through_empty_to_full() {
        let accounts = accounts(&test_of_two(), &FitOptions::default(), Known::default());
        assert!(accounts.measured);
        assert!((accounts.capacity_ah - 2.0).abs() < 1e-9);
        assert!((accounts.efficiency - 120.0 / 121.0).abs() < 1e-3, "{}", accounts.efficiency);
        assert_eq!(accounts.records[0].start, Start::Full);
        assert_eq!(accounts.records[1].start, Start::Empty);
        let end = accounts.records[1].soc.last().expect("it has rows");
        assert!((end - 1.0).abs() < 1e-3, "{end}");
    }

    #[test]
    fn each_test_counts_with_its_own_capacity() {
        let mut records = test_of_two();
        records.extend([steady(-1.0, 1.9, (3.5, 2.0)), steady(1.0, 115.0 / 60.0, (2.0, 3.5))]);
        let accounts = accounts(&records, &FitOptions::default(), Known::default());
        assert!((accounts.records[0].capacity_ah - 2.0).abs() < 1e-9);
        assert!((accounts.records[2].capacity_ah - 1.9).abs() < 1e-9);
    }

    #[test]
    fn a_stated_capacity_holds_for_every_record() {
        let options = FitOptions { capacity_ah: Some(2.5), ..FitOptions::default() };
        let accounts = accounts(&test_of_two(), &options, Known::default());
        assert!(accounts.records.iter().all(|one| (one.capacity_ah - 2.5).abs() < 1e-12));
    }

    #[test]
    fn counters_stand_above_the_integrated_current() {
        let mut records = test_of_two();
        let rows = records[0].time_s.len();
        let counter = (0..rows).map(|row| -2.1 * row as f64 / (rows - 1) as f64).collect();
        records[0].counter_ah = Some(counter);
        let accounts = accounts(&records, &FitOptions::default(), Known::default());
        assert!((accounts.records[0].capacity_ah - 2.1).abs() < 1e-9);
        let error = accounts.records[0].counter_error.expect("there are counters");
        assert!((error - 0.1 / 2.1).abs() < 1e-6, "{error}");
    }

    #[test]
    fn a_record_goes_on_where_the_one_before_ended() {
        let mut records = vec![steady(-1.0, 1.5, (3.5, 2.6)), steady(-1.0, 0.2, (2.6, 2.5))];
        records.push(steady(1.0, 1.8, (2.0, 3.5)));
        let options = FitOptions { capacity_ah: Some(2.0), ..FitOptions::default() };
        let accounts = accounts(&records, &options, Known::default());
        assert_eq!(accounts.records[1].start, Start::Continues);
        assert!((accounts.records[1].soc[0] - 0.25).abs() < 1e-9);
    }

    #[test]
    fn a_record_elsewhere_starts_where_its_voltage_says() {
        let records = vec![steady(-1.0, 2.0, (3.5, 2.0)), steady(-0.5, 0.1, (2.75, 2.7))];
        let accounts = accounts(&records, &FitOptions::default(), Known::default());
        assert!(accounts.records[1].from_voltage);
        assert!((accounts.records[1].soc[0] - 0.5).abs() < 0.02, "{}", accounts.records[1].soc[0]);
    }

    #[test]
    fn the_median_of_an_even_list_is_the_middle_of_two() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0, 10.0]), Some(2.5));
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut []), None);
    }
}
