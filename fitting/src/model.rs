//! The cell model along a record, with the derivative of its voltage to every parameter.
//!
//! The same equations as `CellParams::advance`, at constant capacity and given temperature. A pair
//! is linear in its resistance, so the derivative of its voltage to an entry of the table is a
//! current filtered by the same pair: it is carried along exactly, not by differences.

use crate::layout::{Direction, Table};
use crate::run::Run;
use crate::solve::Normal;
use crate::tables::Tables;

/// A derivative of a pair's voltage below this, volt, has decayed.
const DECAYED_V: f64 = 1e-9;

/// Errors above this, volt, count linearly (Huber 1964): steep voltage near empty, odd rows.
const HUBER_V: f64 = 0.02;

/// What the cell remembers along a record.
struct Memory {
    pair_v: Vec<f64>,
    hysteresis: f64,
    hysteresis_slope: f64,
}

/// Derivatives of the pair voltages that have not decayed, by parameter.
struct Gradient {
    dense: Vec<f64>,
    listed: Vec<bool>,
    active: Vec<Vec<usize>>,
}

impl Gradient {
    fn new(parameters: usize, pairs: usize) -> Self {
        Self {
            dense: vec![0.0; parameters],
            listed: vec![false; parameters],
            active: vec![Vec::new(); pairs],
        }
    }

    fn add(&mut self, pair: usize, parameter: usize, value: f64) {
        if !self.listed[parameter] {
            self.listed[parameter] = true;
            self.active[pair].push(parameter);
        }
        self.dense[parameter] += value;
    }

    fn decay(&mut self, pair: usize, kept: f64) {
        let (dense, listed) = (&mut self.dense, &mut self.listed);
        self.active[pair].retain(|&parameter| {
            dense[parameter] *= kept;
            let alive = dense[parameter].abs() > DECAYED_V;
            if !alive {
                dense[parameter] = 0.0;
                listed[parameter] = false;
            }
            alive
        });
    }
}

/// Voltage of the model at every row, volt.
pub(crate) fn voltages(tables: &Tables<'_>, run: &Run) -> Vec<f64> {
    let mut memory = Memory::new(tables, run);
    (0..run.len())
        .map(|row| {
            let voltage = memory.voltage(tables, run, row);
            memory.step(tables, run, row, None);
            voltage
        })
        .collect()
}

/// Adds the equations of a record, linearised at the tables.
pub(crate) fn accumulate(tables: &Tables<'_>, run: &Run, normal: &mut Normal) {
    let mut memory = Memory::new(tables, run);
    let mut gradient = Gradient::new(tables.layout.len(), tables.layout.pairs);
    let (mut terms, mut anchor) = (Vec::new(), Vec::new());
    let mut anchor_v = 0.0;
    for row in 0..run.len() {
        if run.weight[row] > 0.0 {
            let mut error = memory.voltage(tables, run, row) - run.voltage_v[row];
            terms.clear();
            memory.terms(tables, run, row, &gradient, &mut terms);
            if run.anchored && row == 0 {
                anchor = terms.iter().map(|&(index, slope)| (index, -slope)).collect();
                anchor_v = error;
            }
            terms.extend(&anchor);
            error -= anchor_v;
            normal.add(&terms, error, run.weight[row] * huber(error));
        }
        memory.step(tables, run, row, Some(&mut gradient));
    }
}

/// Weighted sum of squared errors of a record, with large errors counted linearly.
pub(crate) fn cost(tables: &Tables<'_>, run: &Run) -> f64 {
    let mut memory = Memory::new(tables, run);
    let (mut cost, mut anchor_v) = (0.0, 0.0);
    for row in 0..run.len() {
        if run.weight[row] > 0.0 {
            let error = memory.voltage(tables, run, row) - run.voltage_v[row];
            if run.anchored && row == 0 {
                anchor_v = error;
            }
            cost += run.weight[row] * huber_loss(error - anchor_v);
        }
        memory.step(tables, run, row, None);
    }
    cost
}

/// Weight by which a large error is brought down to a linear one.
pub(crate) fn huber(error_v: f64) -> f64 {
    (HUBER_V / error_v.abs()).min(1.0)
}

/// Squared error, with large errors counted linearly.
pub(crate) fn huber_loss(error_v: f64) -> f64 {
    let size = error_v.abs();
    if size <= HUBER_V { size * size } else { HUBER_V * (2.0 * size - HUBER_V) }
}

impl Memory {
    fn new(tables: &Tables<'_>, run: &Run) -> Self {
        Self {
            pair_v: vec![0.0; tables.layout.pairs],
            hysteresis: run.hysteresis,
            hysteresis_slope: 0.0,
        }
    }

    fn voltage(&self, tables: &Tables<'_>, run: &Run, row: usize) -> f64 {
        let (soc, celsius, current) = (run.soc[row], run.temperature_c[row], run.current_a[row]);
        let open: f64 = (tables.layout.straight(celsius).parts())
            .map(|(at, share)| {
                let width = tables.value(Table::HalfWidth, at, soc);
                share * (tables.value(Table::Ocv, at, soc) + self.hysteresis * width)
            })
            .sum();
        let polarisation: f64 = self.pair_v.iter().sum();
        let table = Table::R0(Direction::of(current));
        open + polarisation + current * logarithmic(tables, table, soc, celsius)
    }

    /// Derivatives of the voltage at a row to all parameters it depends on.
    fn terms(
        &self,
        tables: &Tables<'_>,
        run: &Run,
        row: usize,
        gradient: &Gradient,
        terms: &mut Vec<(usize, f64)>,
    ) {
        let (soc, celsius, current) = (run.soc[row], run.temperature_c[row], run.current_a[row]);
        let mut pace = 0.0;
        for (at, share) in tables.layout.straight(celsius).parts() {
            push(tables, (Table::Ocv, at), soc, share, terms);
            push(tables, (Table::HalfWidth, at), soc, share * self.hysteresis, terms);
            pace += share * tables.value(Table::HalfWidth, at, soc) * self.hysteresis_slope;
        }
        terms.push((tables.layout.gamma(), pace));
        let table = Table::R0(Direction::of(current));
        let drop = current * logarithmic(tables, table, soc, celsius);
        if drop != 0.0 {
            for (at, share) in tables.layout.arrhenius(celsius).parts() {
                push(tables, (table, at), soc, share * drop, terms);
            }
        }
        let listed = gradient.active.iter().flatten();
        terms.extend(listed.map(|&parameter| (parameter, gradient.dense[parameter])));
    }

    /// Goes from a row to the next.
    fn step(
        &mut self,
        tables: &Tables<'_>,
        run: &Run,
        row: usize,
        gradient: Option<&mut Gradient>,
    ) {
        if run.dt_s[row] <= 0.0 {
            return;
        }
        self.polarise(tables, run, row, gradient);
        let gamma = libm::exp(tables.theta[tables.layout.gamma()]);
        let way = gamma * run.passed[row];
        let kept = libm::exp(-way);
        let branch = if run.current_a[row] < 0.0 { -1.0 } else { 1.0 };
        let distance = self.hysteresis - branch;
        self.hysteresis_slope = kept * (self.hysteresis_slope - distance * way);
        self.hysteresis = branch + distance * kept;
    }

    fn polarise(
        &mut self,
        tables: &Tables<'_>,
        run: &Run,
        row: usize,
        mut gradient: Option<&mut Gradient>,
    ) {
        let (soc, celsius, current) =
            (run.soc_mid(row), run.temperature_c[row], run.current_a[row]);
        let way = Direction::of(current);
        for pair in 0..tables.layout.pairs {
            let exponent = run.dt_s[row] / tau_s(tables, pair, celsius);
            let kept = libm::exp(-exponent);
            let target = current * logarithmic(tables, Table::Pair(pair, way), soc, celsius);
            let distance = target - self.pair_v[pair];
            if let Some(gradient) = gradient.as_deref_mut() {
                gradient.decay(pair, kept);
                let settling = -distance * exponent * kept;
                for (at, share) in tables.layout.arrhenius(celsius).parts() {
                    gradient.add(pair, tables.layout.tau(pair, at), share * settling);
                    let scale = share * target * (1.0 - kept);
                    if scale != 0.0 {
                        grow(tables, (Table::Pair(pair, way), at), soc, scale, (pair, gradient));
                    }
                }
            }
            self.pair_v[pair] += distance * (1.0 - kept);
        }
    }
}

/// Adds what drives the derivatives of a pair's voltage.
fn grow(
    tables: &Tables<'_>,
    (table, row): (Table, usize),
    soc: f64,
    scale: f64,
    (pair, gradient): (usize, &mut Gradient),
) {
    let local = tables.local(table, row, soc);
    let entries = tables.layout.entries(table, row).skip(local.first);
    for (parameter, slope) in entries.zip(local.slopes).filter(|&(_, slope)| slope != 0.0) {
        gradient.add(pair, parameter, scale * slope);
    }
}

/// Adds the derivatives of one table's value, times a scale.
fn push(
    tables: &Tables<'_>,
    (table, row): (Table, usize),
    soc: f64,
    scale: f64,
    terms: &mut Vec<(usize, f64)>,
) {
    let local = tables.local(table, row, soc);
    let entries = tables.layout.entries(table, row).skip(local.first);
    let moved = entries.zip(local.slopes).filter(|&(_, slope)| slope != 0.0);
    terms.extend(moved.map(|(parameter, slope)| (parameter, scale * slope)));
}

/// Value of a logarithmic table, ohm.
pub(crate) fn logarithmic(tables: &Tables<'_>, table: Table, soc: f64, celsius: f64) -> f64 {
    let parts = tables.layout.arrhenius(celsius).parts();
    libm::exp(parts.map(|(row, share)| share * tables.value(table, row, soc)).sum())
}

fn tau_s(tables: &Tables<'_>, pair: usize, celsius: f64) -> f64 {
    let parts = tables.layout.arrhenius(celsius).parts();
    let logarithm = |(row, share)| share * tables.theta[tables.layout.tau(pair, row)];
    libm::exp(parts.map(logarithm).sum())
}
