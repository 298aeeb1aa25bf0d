//! The fit as a whole: account for the charge, start, search, judge.

use crate::between::denser;
use crate::cell::cell;
use crate::charge::{Account, Accounts, Known, accounts, median};
use crate::confidence::{Confidence, inflation};
use crate::edges::aligned;
use crate::initial::{Prepared, start};
use crate::layout::{Layout, Table};
use crate::model;
use crate::options::{FitError, FitOptions, RecordFault};
use crate::predict::{Course, predict, score};
use crate::prepare::{held_out, mean, row_of, rows_c, run};
use crate::pulses;
use crate::record::Record;
use crate::report::{Figure, FitReport, Fitted, Origin, RecordFit, TracePoint, Warning};
use crate::run::Run;
use crate::solve::{Normal, Problem, Solution, Wish, search};
use crate::tables::Tables;
use crate::warnings;
use crate::wishes::wishes;
use cell_models::cell::CellParams;

/// Time constants stay in this range, second: a slower pair would only repeat the charge passed.
pub(crate) const TAU_RANGE_S: (f64, f64) = (0.5, 4000.0);
/// The pace of the hysteresis stays in this range. A faster one follows every current of a drive and
/// takes over what a pair would explain: left free on the A123 records it went to 157, and every
/// held-out drive came out worse. At 60, nine tenths of a change of branch take 4 % of the capacity.
pub(crate) const GAMMA_RANGE: (f64, f64) = (5.0, 60.0);
/// Logarithm of the highest resistance over the median of its row: near empty and full, voltage
/// that the model cannot follow would otherwise ask for ohms, which turn into heat in a warm cell.
const RISE_MAX: f64 = 1.8;
/// Resistances stay in this range, ohm.
const OHM_RANGE: (f64, f64) = (1e-7, 1e3);

/// Rows that go on with the trend beyond the coldest measured one.
const EXTRAPOLATED_ROWS: usize = 1;
/// SOC window that scores count over.
const SCORED_SOC: (f64, f64) = (0.05, 0.95);
/// Most points of a residual plot per record.
const TRACE_MAX: usize = 2000;

/// Records and wishes of one fit.
struct Fit {
    layout: Layout,
    runs: Vec<Run>,
    wishes: Vec<Wish>,
}

impl Problem for Fit {
    fn linearise(&self, theta: &[f64], normal: &mut Normal) -> bool {
        let Ok(tables) = Tables::new(&self.layout, theta) else { return false };
        self.runs.iter().for_each(|run| model::accumulate(&tables, run, normal));
        true
    }

    fn cost(&self, theta: &[f64]) -> f64 {
        let Ok(tables) = Tables::new(&self.layout, theta) else { return f64::INFINITY };
        self.runs.iter().map(|run| model::cost(&tables, run)).sum()
    }

    fn restrain(&self, theta: &mut [f64]) {
        let limit = |value: &mut f64, (low, high): (f64, f64)| {
            *value = value.clamp(libm::log(low), libm::log(high));
        };
        for row in 0..self.layout.rows_c.len() {
            for table in self.layout.tables().filter(|table| table.is_logarithmic()) {
                let entries = self.layout.entries(table, row);
                let usual = median(&mut theta[entries.clone()].to_vec()).unwrap_or(0.0);
                for at in entries {
                    limit(&mut theta[at], OHM_RANGE);
                    theta[at] = theta[at].min(usual + RISE_MAX);
                }
            }
            let widths = self.layout.entries(Table::HalfWidth, row);
            widths.for_each(|at| theta[at] = theta[at].max(0.0));
            for pair in 0..self.layout.pairs {
                limit(&mut theta[self.layout.tau(pair, row)], TAU_RANGE_S);
            }
        }
        limit(&mut theta[self.layout.gamma()], GAMMA_RANGE);
    }

    fn wishes(&self) -> &[Wish] {
        &self.wishes
    }
}

/// Fits a cell to records; see [`crate::fit()`].
pub(crate) fn fit(records: &[Record], options: &FitOptions) -> Result<Fitted, FitError> {
    check(records, options)?;
    let (records, mended) = mended(records, options, Known::default());
    let records = &records[..];
    let accounts = accounts(records, options, Known::default());
    if accounts.capacity_ah.is_nan() || accounts.capacity_ah <= 0.0 {
        return Err(FitError::NoCurrent);
    }
    let layout = layout(records, options);
    let prepared = prepared(records, &accounts, &layout);
    let problem = problem(&prepared, layout, options);
    let first = start(&problem.layout, &prepared);
    let pulses_s = pulses::longest_s(&prepared, &problem.layout);
    let wishes = wishes(&problem.layout, &first, options.hysteresis_v, &pulses_s);
    let problem = Fit { wishes, ..problem };
    let solution = search(&problem, first, options.iterations_max)
        .ok_or_else(|| FitError::Singular("the records do not decide the tables".to_owned()))?;
    let mut report = reached(records, &accounts);
    report.iterations = solution.iterations;
    report.warnings = mended;
    judge(&problem, &solution, &accounts, &mut report)?;
    warnings::tell(&prepared, &problem.layout, &solution, &accounts, &mut report);
    let denser = denser(&problem.layout, &solution.theta, EXTRAPOLATED_ROWS);
    let params = cell(&denser, &accounts, options, &mut report)?;
    report.records = scores(&params, records, &accounts, options);
    Ok(Fitted { params, report })
}

/// Scores a cell on records without fitting; see [`crate::check()`].
pub(crate) fn check_cell(
    params: &CellParams,
    records: &[Record],
    options: &FitOptions,
) -> Result<FitReport, FitError> {
    check(records, options)?;
    let known = Known {
        capacity_ah: Some(params.capacity_ah),
        efficiency: Some(params.coulombic_efficiency),
    };
    let (records, mended) = mended(records, options, known);
    let accounts = accounts(&records, options, known);
    let mut report = reached(&records, &accounts);
    report.warnings = mended;
    let records = &records[..];
    report.records = scores(params, records, &accounts, options);
    Ok(report)
}

/// The records with their edges aligned, and what the user has to know of it.
fn mended(records: &[Record], options: &FitOptions, known: Known) -> (Vec<Record>, Vec<Warning>) {
    let capacity_ah = accounts(records, options, known).capacity_ah;
    let mut warnings = Vec::new();
    let mut one = |record: &Record| {
        let (aligned, told) = aligned(record, capacity_ah);
        let (name, of) = (|| record.name.clone(), told.of);
        if told.ahead > 0 {
            warnings.push(Warning::VoltageAhead { record: name(), edges: told.ahead, of });
        }
        if told.behind > 0 {
            warnings.push(Warning::VoltageBehind { record: name(), edges: told.behind, of });
        }
        aligned
    };
    (records.iter().map(&mut one).collect(), warnings)
}

/// Refuses what cannot be fitted.
fn check(records: &[Record], options: &FitOptions) -> Result<(), FitError> {
    if records.is_empty() {
        return Err(FitError::NoRecords);
    }
    for record in records {
        sound(record).map_err(|reason| FitError::Record { record: record.name.clone(), reason })?;
    }
    require("pairs", options.pairs as f64, (1..=4).contains(&options.pairs), "1 to 4")?;
    for (option, axis) in
        [("resistance_soc", &options.resistance_soc), ("ocv_soc", &options.ocv_soc)]
    {
        let count = axis.len() as f64;
        require(option, count, axis.len() >= 4, "a list of at least 4 positions")?;
        let rises = axis.windows(2).all(|pair| pair[0] < pair[1]);
        require(option, axis[0], rises && axis[0] >= 0.0, "a list that rises from 0 to 1")?;
    }
    let capacity = options.capacity_ah.unwrap_or(1.0);
    require("capacity_ah", capacity, capacity > 0.0 && capacity.is_finite(), "above 0")?;
    let spacing = options.row_spacing_k;
    require("row_spacing_k", spacing, spacing > 0.0, "above 0")?;
    let steps = options.iterations_max;
    require("iterations_max", steps as f64, steps > 0, "at least 1")
}

fn require(
    option: &'static str,
    value: f64,
    holds: bool,
    allowed: &'static str,
) -> Result<(), FitError> {
    if holds { Ok(()) } else { Err(FitError::Option { option, value, allowed }) }
}

/// Whether a record can be used.
fn sound(record: &Record) -> Result<(), RecordFault> {
    let rows = record.time_s.len();
    if rows < 2 {
        return Err(RecordFault::TooShort);
    }
    let columns = [
        ("current_a", &record.current_a),
        ("voltage_v", &record.voltage_v),
        ("temperature_c", &record.temperature_c),
    ];
    for (name, column) in columns.iter().chain(&[("time_s", &record.time_s)]) {
        if column.len() != rows {
            return Err(RecordFault::Ragged(name));
        }
        let bad = column.iter().position(|value| !value.is_finite());
        match bad.filter(|_| *name != "voltage_v") {
            Some(row) => return Err(RecordFault::NotFinite(name, row)),
            None => continue,
        }
    }
    if let Some(row) = record.time_s.windows(2).position(|pair| pair[1] <= pair[0]) {
        return Err(RecordFault::TimeStandsStill(row + 1));
    }
    if record.counter_ah.as_ref().is_some_and(|counter| counter.len() != rows) {
        return Err(RecordFault::Ragged("counter_ah"));
    }
    let voltage = record.voltage_v.iter().any(|value| value.is_finite());
    if voltage { Ok(()) } else { Err(RecordFault::NoVoltage) }
}

fn layout(records: &[Record], options: &FitOptions) -> Layout {
    Layout {
        rows_c: rows_c(records, options.row_spacing_k),
        ocv_soc: options.ocv_soc.clone(),
        half_soc: options.resistance_soc.clone(),
        resistance_soc: options.resistance_soc.clone(),
        pairs: options.pairs,
    }
}

fn prepared<'a>(
    records: &'a [Record],
    accounts: &'a Accounts,
    layout: &Layout,
) -> Vec<Prepared<'a>> {
    let row = |record: &Record| row_of(&layout.rows_c, mean(&record.temperature_c));
    let pairs = records.iter().zip(&accounts.records);
    pairs.map(|(record, account)| Prepared { record, account, row: row(record) }).collect()
}

fn problem(prepared: &[Prepared<'_>], layout: Layout, options: &FitOptions) -> Fit {
    let scatter = pulses::scatter(prepared, &layout);
    let ready = |one: &Prepared<'_>| {
        let held = held_out(one.record, one.account.kind, options);
        let mut run = run(one.record, one.account, &held);
        pulses::weigh(&mut run, one, prepared, &scatter);
        run
    };
    let counts = |run: &Run| run.weight.iter().any(|&weight| weight > 0.0);
    let runs = prepared.iter().map(ready).filter(counts).collect();
    Fit { layout, runs, wishes: Vec::new() }
}

/// Confidence intervals of all figures.
fn judge(
    problem: &Fit,
    solution: &Solution,
    accounts: &Accounts,
    report: &mut FitReport,
) -> Result<(), FitError> {
    let singular = || FitError::Singular("no covariance".to_owned());
    let tables = Tables::new(&problem.layout, &solution.theta).map_err(|_| singular())?;
    let scatter = |run: &Run| inflation(run, &model::voltages(&tables, run));
    let mut scatters: Vec<f64> = problem.runs.iter().filter_map(scatter).collect();
    let inflation = median(&mut scatters).unwrap_or(1.0);
    let confidence = Confidence::new(&problem.layout, &solution.data, &problem.wishes, inflation)
        .ok_or_else(singular)?;
    report.figures = confidence.figures(&problem.layout, &solution.theta);
    report.figures.push(capacity_figure(accounts));
    warnings::unidentified(&confidence, &problem.layout, report);
    Ok(())
}

/// The capacity with the scatter of the tests.
fn capacity_figure(accounts: &Accounts) -> Figure {
    let own: Vec<f64> = accounts.records.iter().map(|account| account.capacity_ah).collect();
    let low = own.iter().copied().fold(accounts.capacity_ah, f64::min);
    let high = own.iter().copied().fold(accounts.capacity_ah, f64::max);
    Figure {
        table: "capacity_ah".to_owned(),
        soc: None,
        temperature_c: None,
        value: accounts.capacity_ah,
        low,
        high,
        unit: "Ah",
        origin: if accounts.measured { Origin::Measured } else { Origin::Assumed },
    }
}

/// The range that the records reach.
fn reached(records: &[Record], accounts: &Accounts) -> FitReport {
    let bounds = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let mut soc = accounts.records.iter().flat_map(|account| account.soc.iter().copied());
    let mut celsius = records.iter().map(|record| mean(&record.temperature_c));
    let mut current = records.iter().flat_map(|record| record.current_a.iter().copied());
    let (discharge, charge) = bounds(&mut current);
    let rate = |ampere: f64| ampere.max(0.0) / accounts.capacity_ah;
    FitReport {
        soc: bounds(&mut soc),
        temperature_c: bounds(&mut celsius),
        c_rate: (rate(charge), rate(-discharge)),
        ..FitReport::default()
    }
}

/// How well a cell repeats each record.
fn scores(
    params: &CellParams,
    records: &[Record],
    accounts: &Accounts,
    options: &FitOptions,
) -> Vec<RecordFit> {
    let pairs = records.iter().zip(&accounts.records);
    pairs.map(|(record, account)| scored(params, record, account, options)).collect()
}

fn scored(
    params: &CellParams,
    record: &Record,
    account: &Account,
    options: &FitOptions,
) -> RecordFit {
    let held = held_out(record, account.kind, options);
    let course = Course {
        soc: account.soc.clone(),
        follows: record.counter_ah.is_some(),
        hysteresis: account.hysteresis,
        capacity_ah: account.capacity_ah,
    };
    let measured = (0..held.len()).filter(|&row| record.voltage_v[row].is_finite());
    let mut points = predict(params, record, &course);
    for (point, row) in points.iter_mut().zip(measured) {
        point.held_out = held[row];
    }
    RecordFit {
        name: record.name.clone(),
        kind: account.kind,
        temperature_c: mean(&record.temperature_c),
        capacity_ah: account.capacity_ah,
        soc_start: account.soc[0],
        fitted: score(&points, SCORED_SOC, false),
        held_out: score(&points, SCORED_SOC, true),
        counter_error: account.counter_error,
        trace: thinned(&points),
    }
}

/// At most [`TRACE_MAX`] points, evenly.
fn thinned(points: &[TracePoint]) -> Vec<TracePoint> {
    let step = points.len().div_ceil(TRACE_MAX).max(1);
    points.iter().step_by(step).copied().collect()
}
