//! What a file cannot mean: gaps while current flows, values in another unit, more than one cell,
//! counters that the current does not add up to, a current of the wrong sign.

use super::blocks::{Block, counted};
use super::sign::{self, Verdict};
use super::table::Table;
use super::{CurrentSign, Options};
use crate::columns::Quantity;
use crate::problems::{Gathered, Problem};
use crate::record::Record;

/// The terminal voltage of one cell, volt, with room for what testers log at the edges.
const CELL_V: (f64, f64) = (-0.5, 6.0);
/// A median voltage above this is millivolts that nobody called so.
const MILLIVOLTS: f64 = 1000.0;
/// Temperatures at which cells are tested, degree Celsius, abuse apart.
const TEMPERATURE_C: (f64, f64) = (-60.0, 150.0);
/// No single cell holds more, ampere-hour.
const CHARGE_MAX_AH: f64 = 2000.0;
/// No cell passes more charge within one run from full to empty, capacities.
const CAPACITIES_MAX: f64 = 10.0;
/// No single cell has less resistance, ohm; 1000 Ah cells have twice as much.
const OHM_MIN: f64 = 5e-5;
/// Current below this share of the file's largest is rest.
const REST_SHARE: f64 = 0.01;
/// A distance between rows that is so many times the common one is told.
const UNEVEN: f64 = 20.0;
/// A shorter distance is never told, second.
const UNEVEN_MIN_S: f64 = 60.0;
/// Charge by counters and by current may differ by this share before it is told.
const COUNTER_SHARE: f64 = 0.1;

/// Checks the series of a file.
pub(super) fn all(
    table: &Table<'_>,
    blocks: &[Block],
    options: &Options,
    gathered: &mut Gathered,
    notes: &mut Vec<String>,
) {
    let mut checks = Checks { table, blocks, options, gathered, notes };
    checks.gaps();
    checks.voltages();
    checks.temperatures();
    // What follows means little while cells are missing or units are wrong.
    if checks.gathered.is_empty() && !blocks.is_empty() {
        checks.charge();
        checks.counters();
        checks.sign();
    }
}

struct Checks<'a, 't> {
    table: &'a Table<'t>,
    blocks: &'a [Block],
    options: &'a Options,
    gathered: &'a mut Gathered,
    notes: &'a mut Vec<String>,
}

impl Checks<'_, '_> {
    fn records(&self) -> impl Iterator<Item = &Record> + Clone {
        self.blocks.iter().map(|block| &block.record)
    }

    fn line(&self, row: usize) -> usize {
        self.table.places[row].number
    }

    fn name_the_unit(&self, quantity: Quantity, unit: &str) -> String {
        let heading = self.table.heading(quantity);
        format!("name the unit: --map \"{}={heading} [{unit}]\"", quantity.name())
    }

    fn gaps(&mut self) {
        let currents = self.records().flat_map(|record| &record.current_a);
        let rest = REST_SHARE * currents.fold(0.0_f64, |most, current| most.max(current.abs()));
        let common = median(self.records().flat_map(|it| distances(&it.time_s)).collect());
        let uneven = common.map_or(f64::INFINITY, |common| (UNEVEN * common).max(UNEVEN_MIN_S));
        let (mut at_rest, mut odd) = (Vec::new(), Vec::new());
        let blocks = self.blocks;
        for block in blocks {
            let record = &block.record;
            for (index, pair) in record.time_s.windows(2).enumerate() {
                let length = pair[1] - pair[0];
                let flows = record.current_a[index].abs() > rest;
                let line = self.line(block.rows[index + 1]);
                if length > self.options.gap_max_s && flows {
                    self.gap(block, index, length);
                } else if length > self.options.gap_max_s {
                    at_rest.push((line, length));
                } else if length > uneven && flows {
                    odd.push((line, length));
                }
            }
        }
        self.tell(&at_rest, "gap at rest", "gaps at rest", "taken as rest");
        self.tell(&odd, "long step of time", "long steps of time", "the current is held over it");
    }

    fn gap(&mut self, block: &Block, index: usize, length: f64) {
        let row = block.rows[index + 1];
        if self.gathered.is_full("gap") {
            let problem = Problem::new("").at(self.line(row), "", 0..0);
            self.gathered.add("gap", problem);
            return;
        }
        let current = block.record.current_a[index];
        let title = format!("no row for {} while {current} A flows", duration(length));
        let before = self.line(block.rows[index]);
        let problem = self
            .table
            .at(Problem::new(title), row, Quantity::Time)
            .label(format!("the row before is line {before}"))
            .help(format!(
                "if the current held all the time: --gap-max {:.0}; else split the file here",
                length.ceil()
            ));
        self.gathered.add("gap", problem);
    }

    fn tell(&mut self, found: &[(usize, f64)], one: &str, several: &str, what: &str) {
        let longest = found.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((line, length)) = longest {
            let count = counted(found.len(), one, several);
            let length = duration(*length);
            self.notes.push(format!("{count}, the longest {length} before line {line}; {what}"));
        }
    }

    fn voltages(&mut self) {
        let all = || self.records().flat_map(|it| &it.voltage_v).copied();
        let Some(middle) = median(all().filter(|value| value.is_finite()).collect()) else {
            return;
        };
        if middle > CELL_V.1 {
            let (title, help) = if middle > MILLIVOLTS {
                ("are millivolts", self.name_the_unit(Quantity::Voltage, "mV"))
            } else {
                let help = "a fit is of one cell: map the column of one, --map voltage=COLUMN";
                ("are those of more than one cell", help.to_owned())
            };
            let title = format!("voltages around {middle} V {title}, it seems");
            let problem =
                self.table.at(Problem::new(title), self.blocks[0].rows[0], Quantity::Voltage);
            let label = format!("expected {} to {} V", CELL_V.0, CELL_V.1);
            self.gathered.add("volts", problem.label(label).help(help));
            return;
        }
        self.outside(Quantity::Voltage, |record| &record.voltage_v, CELL_V, "V");
    }

    fn temperatures(&mut self) {
        let all = self.records().flat_map(|it| &it.temperature_c).copied();
        let kelvin = median(all.collect()).is_some_and(|it| (200.0..400.0).contains(&it));
        let holds = |quantity: &Quantity| self.table.of(*quantity).is_some();
        let Some(quantity) = [Quantity::Temperature, Quantity::Ambient].into_iter().find(holds)
        else {
            return;
        };
        if kelvin && let Some(block) = self.blocks.first() {
            let middle = block.record.temperature_c[0];
            let title = format!("a temperature of {middle} °C is in kelvin, it seems");
            let problem = self.table.at(Problem::new(title), block.rows[0], quantity);
            let help = self.name_the_unit(quantity, "K");
            self.gathered.add("kelvin", problem.label("expected °C").help(help));
            return;
        }
        self.outside(quantity, |record| &record.temperature_c, TEMPERATURE_C, "°C");
    }

    /// Gathers values outside a range, each with its line.
    fn outside(
        &mut self,
        quantity: Quantity,
        of: fn(&Record) -> &Vec<f64>,
        (low, high): (f64, f64),
        unit: &str,
    ) {
        let kind = quantity.name();
        let blocks = self.blocks;
        for block in blocks {
            for (value, row) in of(&block.record).iter().zip(&block.rows) {
                if value.is_nan() || (low..=high).contains(value) {
                    continue;
                }
                let problem = Problem::new(format!("{} is {value} {unit}", quantity.phrase()));
                let problem = self.table.at(problem, *row, quantity);
                let label = format!("expected {low} to {high} {unit}");
                let help = "leave a cell blank where the tester measured nothing";
                self.gathered.add(kind, problem.label(label).help(help));
            }
        }
    }

    /// Against a current in another unit.
    fn charge(&mut self) {
        let spans = self.records().map(|record| extent(&charge_ah(record)));
        let span = spans.fold(0.0, f64::max);
        let ohm = sign::edges(self.records()).ohm().map(f64::abs);
        let too_much = match self.options.capacity_ah {
            Some(capacity) => span > CAPACITIES_MAX * capacity,
            None => span > CHARGE_MAX_AH,
        };
        let too_little_ohm = ohm.is_some_and(|ohm| ohm < OHM_MIN);
        let why = if too_much {
            format!("the current moves {span:.0} Ah in one direction")
        } else if too_little_ohm {
            let micro = 1e6 * ohm.unwrap_or_default();
            format!("at its edges the voltage moves as over {micro:.2} µohm")
        } else {
            return;
        };
        let title = format!("the current is in another unit than ampere, it seems: {why}");
        let row = self.largest_current();
        let problem = self.table.at(Problem::new(title), row, Quantity::Current);
        let help = self.name_the_unit(Quantity::Current, "mA") + "; and look at that of the time";
        self.gathered.add("amperes", problem.label("the largest current").help(help));
    }

    /// The row of the largest current.
    fn largest_current(&self) -> usize {
        let rows = self.blocks.iter().flat_map(|it| it.record.current_a.iter().zip(&it.rows));
        let largest = rows.max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
        largest.map_or(0, |(_, row)| *row)
    }

    /// Against a time in another unit: the tester counted the charge itself.
    fn counters(&mut self) {
        let counted = self.records().filter_map(|record| {
            let counter = travel(record.counter_ah.as_ref()?);
            Some((counter, travel(&charge_ah(record))))
        });
        let (by_counter, by_current) =
            counted.fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        if by_counter <= 0.0 || by_current <= 0.0 {
            return;
        }
        let ratio = by_current / by_counter;
        let near = |wanted: f64| (ratio / wanted - 1.0).abs() < 2.0 * COUNTER_SHARE;
        let factors = [1e3, 1e-3, 60.0, 1.0 / 60.0, 3600.0, 1.0 / 3600.0];
        let both = format!("the counters say {by_counter:.4} Ah, the current {by_current:.4} Ah");
        if factors.into_iter().any(near) {
            let title = format!("a unit is wrong, it seems: {both}");
            let help = self.name_the_unit(Quantity::Time, "h") + ", or that of current or counters";
            self.gathered.add("counters", Problem::new(title).help(help));
        } else if !near_one(ratio) {
            self.notes.push(format!("{both} went through the cell"));
        }
    }

    fn sign(&mut self) {
        let help = match self.options.current_sign {
            CurrentSign::ChargePositive => {
                "if the file has discharge above zero, say so: --current-sign discharge-positive"
            }
            CurrentSign::DischargePositive => {
                "it seems to have charge above zero: leave --current-sign discharge-positive away"
            }
        };
        let verdict = sign::judge(self.records());
        let told = match verdict {
            Verdict::Right => return,
            Verdict::Unknown => {
                let note = "the sign of the current cannot be told from the voltage";
                self.notes.push(note.to_owned());
                return;
            }
            Verdict::Wrong(why) => {
                Problem::new("the current has the wrong sign, it seems").label(why).help(help)
            }
            Verdict::Unsigned(why) => Problem::new("the current has no sign, it seems")
                .label(why)
                .help("export the current with a sign: charge above zero, discharge below"),
        };
        let row = self.largest_current();
        self.gathered.add("sign", self.table.at(told, row, Quantity::Current));
    }
}

fn near_one(ratio: f64) -> bool {
    (ratio - 1.0).abs() <= COUNTER_SHARE
}

fn distances(times: &[f64]) -> impl Iterator<Item = f64> {
    times.windows(2).map(|pair| pair[1] - pair[0])
}

/// Charge since the first row, ampere-hour; each current holds to the next row.
fn charge_ah(record: &Record) -> Vec<f64> {
    let mut charge = 0.0;
    let steps = distances(&record.time_s).zip(&record.current_a);
    let sums = steps.map(|(length, current)| {
        charge += length * current / 3600.0;
        charge
    });
    [0.0].into_iter().chain(sums).collect()
}

fn extent(values: &[f64]) -> f64 {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low
}

/// The way up and down.
fn travel(values: &[f64]) -> f64 {
    values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// A stretch of time as people say it.
fn duration(seconds: f64) -> String {
    if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7200.0 {
        format!("{:.1} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}
