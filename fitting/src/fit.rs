//! The fit as a whole: account for the charge, start, search, judge.

use crate::charge::accounts;
use crate::initial::{Prepared, start};
use crate::layout::{Layout, Table};
use crate::model;
use crate::options::FitOptions;
use crate::prepare::{held_out, mean, row_of, rows_c, run};
use crate::record::Record;
use crate::run::Run;
use crate::solve::{Normal, Problem, Wish, search};
use crate::tables::Tables;
use crate::wishes::wishes;

/// Time constants stay in this range, second.
pub(crate) const TAU_RANGE_S: (f64, f64) = (0.5, 20_000.0);
/// The pace of the hysteresis stays in this range.
const GAMMA_RANGE: (f64, f64) = (3.0, 300.0);
/// Resistances stay in this range, ohm.
const OHM_RANGE: (f64, f64) = (1e-7, 1e3);

/// Records and wishes of one fit.
pub struct Fit {
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
                self.layout.entries(table, row).for_each(|at| limit(&mut theta[at], OHM_RANGE));
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

pub fn probe(records: &[Record], options: &FitOptions) {
    let hold = std::env::var("HOLDT").unwrap_or_default();
    let verbose = std::env::var("V").is_ok();
    let train: Vec<bool> = records.iter().map(|r| hold.is_empty() || !hold.split(',').any(|h| r.name.contains(h))).collect();
    let accounts = accounts(records, options);
    println!("capacity {} eff {}", accounts.capacity_ah, accounts.efficiency);
    let trained: Vec<Record> = records.iter().zip(&train).filter(|x| *x.1).map(|x| x.0.clone()).collect();
    let layout = Layout {
        rows_c: rows_c(&trained, options.row_spacing_k),
        ocv_soc: options.ocv_soc.clone(),
        half_soc: options.resistance_soc.clone(),
        resistance_soc: options.resistance_soc.clone(),
        pairs: options.pairs,
    };
    println!("rows {:?} params {}", layout.rows_c, layout.len());
    let prepared: Vec<Prepared<'_>> = records
        .iter()
        .zip(&accounts.records)
        .map(|(record, account)| {
            let row = row_of(&layout.rows_c, mean(&record.temperature_c));
            if verbose { println!("{} {:?} {:?} row {row} Q {:.4} soc {:.4} -> {:.4} counter {:?}", record.name, account.kind, account.start, account.capacity_ah, account.soc[0], account.soc.last().unwrap(), account.counter_error); }
            Prepared { record, account, row }
        })
        .collect();
    let used: Vec<Prepared<'_>> = prepared.iter().zip(&train).filter(|x| *x.1).map(|x| *x.0).collect();
    let theta = start(&layout, &used);
    let make = |one: &Prepared<'_>| run(one.record, one.account, &held_out(one.record, one.account.kind, options));
    let runs = used.iter().map(make).filter(|run: &Run| run.weight.iter().any(|w| *w > 0.0)).collect();
    let fit = Fit { wishes: wishes(&layout, &theta, None), layout, runs };
    println!("start cost {}", fit.cost(&theta));
    let t = std::time::Instant::now();
    let solution = search(&fit, theta, options.iterations_max).expect("solved");
    println!("cost {} iterations {} converged {} in {:?}", fit.cost(&solution.theta), solution.iterations, solution.converged, t.elapsed());
    let wide = crate::between::denser(&fit.layout, &solution.theta, 2);
    println!("{:?}", wide.layout.rows_c);
    let tables = if std::env::var("PLAIN").is_ok() { Tables::new(&fit.layout, &solution.theta).unwrap() } else { Tables::new(&wide.layout, &wide.theta).unwrap() };
    for (one, train) in prepared.iter().zip(&train) {
        let run = make(one);
        if !verbose && !one.record.name.contains("s1") && !one.record.name.contains("s3") { continue; }
        let v = model::voltages(&tables, &run);
        print!("{} {}", if *train { "     " } else { "TEST " }, one.record.name);
        for (lo, hi) in [(0.1, 0.9), (0.05, 0.95), (-0.1, 1.1)] {
            let (mut s, mut w, mut m) = (0.0, 0.0, 0.0f64);
            for i in 0..run.len() {
                if run.soc[i] >= lo && run.soc[i] <= hi && run.voltage_v[i].is_finite() {
                    let e = v[i] - run.voltage_v[i];
                    s += e * e * run.dt_s[i]; w += run.dt_s[i]; m = m.max(e.abs());
                }
            }
            print!(" | {lo}-{hi}: rmse {:.2} max {:.1}", 1e3 * (s / w).sqrt(), 1e3 * m);
        }
        println!();
    }
    if verbose {
    for row in 0..fit.layout.rows_c.len() {
        println!("T {}", fit.layout.rows_c[row]);
        for table in fit.layout.tables() {
            let log = table.is_logarithmic();
            let vals: Vec<String> = fit.layout.entries(table, row).map(|i| { let x = solution.theta[i]; format!("{:.2}", 1e3 * if log { x.exp() } else { x }) }).collect();
            println!("  {}: {}", table.name(), vals.join(" "));
        }
        for p in 0..fit.layout.pairs { println!("  tau{p} {}", solution.theta[fit.layout.tau(p, row)].exp()); }
    }}
    println!("gamma {}", solution.theta[fit.layout.gamma()].exp());
}
