//! What a user has to be told about a fit.

use crate::charge::Accounts;
use crate::confidence::Confidence;
use crate::fit::{GAMMA_RANGE, TAU_RANGE_S};
use crate::initial::Prepared;
use crate::layout::{Direction, Layout, Table};
use crate::options::Start;
use crate::report::{FitReport, Warning};
use crate::segment::{Kind, REST_C_RATE};
use crate::solve::Solution;

/// SOC that records have to reach for the tables to be measured up to the ends.
const REACHED_SOC: (f64, f64) = (0.03, 0.97);
/// A value this close to its limit stands at it, share.
const LIMIT_SHARE: f64 = 0.02;
/// SOC that must pass one way at a temperature for its resistance to be measured.
const PASSED_SOC: f64 = 0.3;

/// Adds the warnings that follow from records and search.
pub(crate) fn tell(
    prepared: &[Prepared<'_>],
    layout: &Layout,
    solution: &Solution,
    accounts: &Accounts,
    report: &mut FitReport,
) {
    if !solution.converged {
        report.warnings.push(Warning::NotConverged { iterations: solution.iterations });
    }
    if !accounts.measured {
        report.warnings.push(Warning::CapacityNotMeasured { capacity_ah: accounts.capacity_ah });
    }
    if let [temperature_c] = layout.rows_c[..] {
        report.warnings.push(Warning::OneTemperature { temperature_c });
    }
    let (low, high) = report.soc;
    if low > REACHED_SOC.0 || high < REACHED_SOC.1 {
        report.warnings.push(Warning::SocNotReached { low, high });
    }
    (0..layout.rows_c.len()).for_each(|row| of_row(prepared, layout, row, report));
    limits(layout, &solution.theta, report);
    starts(prepared, report);
}

/// Which directions and branches were measured at a temperature row.
fn of_row(prepared: &[Prepared<'_>], layout: &Layout, row: usize, report: &mut FitReport) {
    let temperature_c = layout.rows_c[row];
    let here: Vec<_> = prepared.iter().filter(|one| one.row == row).collect();
    let passed = |sign: f64, slow: bool| {
        let matching = here.iter().filter(|one| !slow || one.account.kind == Kind::Slow);
        matching.map(|one| passed(one, sign)).sum::<f64>()
    };
    if passed(1.0, false) < PASSED_SOC {
        report.warnings.push(Warning::ChargeFallsBack { temperature_c });
    }
    if passed(-1.0, false) < PASSED_SOC {
        report.warnings.push(Warning::DischargeFallsBack { temperature_c });
    }
    if passed(1.0, true).min(passed(-1.0, true)) < PASSED_SOC {
        report.warnings.push(Warning::HysteresisAssumed { temperature_c });
    }
}

/// SOC that a record passes in one direction.
fn passed(one: &Prepared<'_>, sign: f64) -> f64 {
    let least = REST_C_RATE * one.account.capacity_ah;
    let steps = one.account.soc.windows(2).zip(&one.record.current_a);
    let way = steps.filter(|(_, current)| sign * **current > least);
    way.map(|(soc, _)| (soc[1] - soc[0]).abs()).sum()
}

/// Which values the search would have gone on with, had it been allowed to.
fn limits(layout: &Layout, theta: &[f64], report: &mut FitReport) {
    let at_limit = |value: f64, (low, high): (f64, f64)| {
        value < low * (1.0 + LIMIT_SHARE) || value > high * (1.0 - LIMIT_SHARE)
    };
    for pair in 0..layout.pairs {
        for (row, &temperature_c) in layout.rows_c.iter().enumerate() {
            let tau_s = libm::exp(theta[layout.tau(pair, row)]);
            if at_limit(tau_s, TAU_RANGE_S) {
                report.warnings.push(Warning::TimeConstantAtLimit { pair, temperature_c, tau_s });
            }
        }
    }
    let gamma = libm::exp(theta[layout.gamma()]);
    if at_limit(gamma, GAMMA_RANGE) {
        report.warnings.push(Warning::PaceAtLimit { gamma });
    }
}

fn starts(prepared: &[Prepared<'_>], report: &mut FitReport) {
    for one in prepared {
        let record = one.record.name.clone();
        if !one.record.temperature_measured {
            report.warnings.push(Warning::ChamberForCell { record: record.clone() });
        }
        if let (Start::Soc(soc), true) = (one.account.start, one.account.from_voltage) {
            report.warnings.push(Warning::StartFromVoltage { record, soc });
        }
    }
}

/// Adds which table rows rest on assumptions.
pub(crate) fn unidentified(confidence: &Confidence, layout: &Layout, report: &mut FitReport) {
    let resistance = |table: &Table| !matches!(table, Table::Pair(_, Direction::Charge));
    for table in layout.tables().filter(resistance) {
        for (row, &temperature_c) in layout.rows_c.iter().enumerate() {
            let (entries, of) = (confidence.assumed(layout, table, row), layout.soc(table).len());
            if entries > 0 {
                let table = table.name();
                report.warnings.push(Warning::Unidentified { table, temperature_c, entries, of });
            }
        }
    }
}
