//! One cell of a known type, told from several of its records at once.
//!
//! A single discharge cannot tell resistance from open-circuit voltage: both lower the voltage. Two
//! at different rates can, as at equal SOC they differ by what the difference of the currents drops.
//! Near empty, where the voltage falls by tenths of a volt per percent, a third thing looks like a
//! resistance: charge. A rest some hours after a charge still moves by millivolts, and a tester counts
//! a small current worse than a large one; both are unknowns here, as wide as they honestly are.
//! Temperature is taken out by the type's own tables, which keep their course over temperature.

use crate::individual::{Individual, LOG_RANGE, NOISE, SOC_RANGE, USUAL};
use crate::individual::{Warmth, along, edge, lifted, rested_soc, stands_for_s};
use crate::model::{huber, huber_loss};
use crate::record::Record;
use crate::segment::REST_C_RATE;
use crate::solve::{Normal, Problem, Wish, search};
use cell_models::cell::{Branch, CellParams};
use cell_models::table::{Curve, Ends, Joint, Kind, Map, Surface, TableError, TemperatureFactor};

/// What a rest after a charge is off from the open-circuit voltage, volt: a cell rested for an hour
/// falls by about this much in the hours that follow.
const REST_V: f64 = 0.005;
/// SOC at which the cell has a resistance of its own.
const NODES: [f64; 14] = [0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
/// How far the logarithm of its multiplier may be from none: cells differ by a level more than by its
/// course over SOC, and near empty only the course tells a resistance from charge.
const LEVEL: f64 = 0.25;
/// How far it may differ between neighbouring nodes.
const STEP: f64 = 0.05;
/// What an edge of the current is read to, volt, and what it tells of the multiplier at best.
const EDGE: (f64, f64) = (0.0015, 0.02);
/// How far the own open-circuit voltage may be from the type's, volt.
const OFFSET_V: f64 = 0.03;
/// How far it may bend between entries, volt: above and below the knee.
const BEND_V: (f64, f64) = (0.002, 0.01);
/// SOC of the knee.
const KNEE: f64 = 0.15;
/// Largest logarithm of a counter's factor.
const COUNTED_MAX: f64 = 0.05;
/// Change of a parameter that stands for the derivative.
const NUDGE: f64 = 1e-4;
/// Most steps of the search.
const STEPS: usize = 60;

/// A record of the cell and how well its charge was counted.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// The record; where it begins at rest, its first voltage tells the SOC within a few millivolts.
    pub record: &'a Record,
    /// True charge over counted charge, above 0: what it is thought to be, and how far it may be off.
    pub counted: (f64, f64),
    /// SOC at its begin less that at the begin of the first record, and how far that may be off, where
    /// something else tells it: cells in series are charged alike between their discharges.
    pub moved: Option<(f64, f64)>,
}

/// A cell as its records tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    /// The type with the cell's own capacity, open-circuit voltage and resistances.
    pub params: CellParams,
    /// SOC at the first row of each record, slightly above 1 for a cell charged beyond its type's full.
    pub starts: Vec<f64>,
    /// True over counted charge of each record.
    pub counted: Vec<f64>,
    /// SOC, 0 to 1, and the multiplier of all resistances of the type there.
    pub resistance: Vec<(f64, f64)>,
}

impl Own {
    /// The cell at the begin of one of its records.
    #[must_use]
    pub fn at(&self, record: usize) -> Individual {
        Individual {
            soc_start: self.starts[record],
            capacity_ah: self.params.capacity_ah / self.counted[record],
            resistance: 1.0,
        }
    }
}

/// Finds what sets a cell apart from several records, at their temperatures, starting from a guess;
/// none when they do not tell.
#[must_use]
pub fn own(kind: &CellParams, stretches: &[Stretch<'_>], guess: &Individual) -> Option<Own> {
    let rested = |one: &Stretch<'_>| rested_soc(kind, one.record);
    let starts: Vec<Option<f64>> = stretches.iter().map(rested).collect();
    let layout = Layout { records: stretches.len(), ocv_soc: kind.ocv.rows()[0].positions() };
    let mut first = vec![0.0; layout.len()];
    first[0] = libm::log(guess.capacity_ah);
    for (index, (start, one)) in starts.iter().zip(stretches).enumerate() {
        first[layout.start(index)] = start.unwrap_or(guess.soc_start);
        first[layout.counted(index)] = libm::log(one.counted.0);
    }
    let rests = starts.iter().map(Option::is_some).collect();
    let wishes = wishes(kind, stretches, &layout, &first);
    let problem = Several { kind, stretches, rests, wishes, first: first[0], layout };
    let theta = search(&problem, first, STEPS)?.theta;
    problem.own(&theta).ok()
}

/// Which unknown is which: capacity, starts, counters, multipliers, offsets of the voltage.
struct Layout<'a> {
    records: usize,
    ocv_soc: &'a [f64],
}

impl Layout<'_> {
    fn start(&self, record: usize) -> usize {
        1 + record
    }

    fn counted(&self, record: usize) -> usize {
        1 + self.records + record
    }

    fn multiplier(&self, node: usize) -> usize {
        1 + 2 * self.records + node
    }

    fn offset(&self, entry: usize) -> usize {
        self.multiplier(NODES.len()) + entry
    }

    fn len(&self) -> usize {
        self.offset(self.ocv_soc.len())
    }

    /// The two offsets that reign at a SOC, and their shares.
    fn offsets(&self, soc: f64) -> [(usize, f64); 2] {
        let last = self.ocv_soc.len() - 1;
        let above = self.ocv_soc.partition_point(|&entry| entry <= soc).clamp(1, last);
        let (low, high) = (self.ocv_soc[above - 1], self.ocv_soc[above]);
        let share = ((soc - low) / (high - low)).clamp(0.0, 1.0);
        [(self.offset(above - 1), 1.0 - share), (self.offset(above), share)]
    }
}

/// What is thought of the unknowns before the records are looked at.
fn wishes(
    kind: &CellParams,
    stretches: &[Stretch<'_>],
    layout: &Layout<'_>,
    first: &[f64],
) -> Vec<Wish> {
    let near = |index, target, sigma| Wish { terms: vec![(index, 1.0)], target, sigma };
    let mut wishes = vec![near(0, first[0], USUAL.1)];
    for (index, one) in stretches.iter().enumerate() {
        let counted = layout.counted(index);
        wishes.push(near(counted, first[counted], one.counted.1 / one.counted.0));
        if let Some((target, sigma)) = one.moved {
            let terms = vec![(layout.start(index), 1.0), (layout.start(0), -1.0)];
            wishes.push(Wish { terms, target, sigma });
        }
        let (soc_start, capacity_ah) = (first[layout.start(index)], libm::exp(first[0]));
        let guess = Individual { soc_start, capacity_ah, resistance: 1.0 };
        if let Some((multiplier, change_v)) = edge(kind, one.record, &guess) {
            let node = NODES.partition_point(|&node| node < soc_start).min(NODES.len() - 1);
            let sigma = libm::hypot(EDGE.1, EDGE.0 / change_v.abs());
            wishes.push(near(layout.multiplier(node), libm::log(multiplier), sigma));
        }
    }
    let multiplier = |node| layout.multiplier(node);
    let each = LEVEL * libm::sqrt(NODES.len() as f64); // All nodes together are one level.
    wishes.extend((0..NODES.len()).map(|node| near(multiplier(node), 0.0, each)));
    wishes.extend((1..NODES.len()).map(|node| {
        let terms = vec![(multiplier(node), 1.0), (multiplier(node - 1), -1.0)];
        Wish { terms, target: 0.0, sigma: STEP }
    }));
    let offset = |entry| layout.offset(entry);
    wishes.extend((0..layout.ocv_soc.len()).map(|entry| near(offset(entry), 0.0, OFFSET_V)));
    wishes.extend((1..layout.ocv_soc.len() - 1).map(|entry| {
        let sigma = if layout.ocv_soc[entry] < KNEE { BEND_V.1 } else { BEND_V.0 };
        bend(layout.ocv_soc, offset, entry, sigma)
    }));
    wishes
}

/// An entry lies near the straight line through its neighbours.
fn bend(soc: &[f64], index: impl Fn(usize) -> usize, middle: usize, sigma: f64) -> Wish {
    let left = (soc[middle + 1] - soc[middle]) / (soc[middle + 1] - soc[middle - 1]);
    let terms =
        vec![(index(middle - 1), -left), (index(middle), 1.0), (index(middle + 1), left - 1.0)];
    Wish { terms, target: 0.0, sigma }
}

/// The search for one cell in several records.
struct Several<'a> {
    kind: &'a CellParams,
    stretches: &'a [Stretch<'a>],
    rests: Vec<bool>,
    wishes: Vec<Wish>,
    first: f64,
    layout: Layout<'a>,
}

/// One equation: error, weight, and the SOC it stands at.
struct Row {
    error_v: f64,
    weight: f64,
    soc: f64,
}

impl Several<'_> {
    /// The cell of some unknowns.
    fn own(&self, theta: &[f64]) -> Result<Own, TableError> {
        let values = |index: &dyn Fn(usize) -> usize, count: usize| -> Vec<f64> {
            (0..count).map(|at| theta[index(at)]).collect()
        };
        let layout = &self.layout;
        let logs = values(&|node| layout.multiplier(node), NODES.len());
        let offsets = values(&|entry| layout.offset(entry), layout.ocv_soc.len());
        let multipliers: Vec<f64> = logs.into_iter().map(libm::exp).collect();
        let by = Curve::new(&NODES, &multipliers)?;
        let branch = |one: &Branch| -> Result<Branch, TableError> {
            let (charge, discharge) = (shaped(&one.charge, &by)?, shaped(&one.discharge, &by)?);
            Ok(Branch { charge, discharge, tau: one.tau.clone() })
        };
        let params = CellParams {
            capacity_ah: libm::exp(theta[0]),
            ocv: shifted(&self.kind.ocv, layout.ocv_soc, &offsets)?,
            r0_charge: shaped(&self.kind.r0_charge, &by)?,
            r0_discharge: shaped(&self.kind.r0_discharge, &by)?,
            branches: self.kind.branches.iter().map(branch).collect::<Result<_, _>>()?,
            ..self.kind.clone()
        };
        let counted = values(&|record| layout.counted(record), layout.records);
        Ok(Own {
            params,
            starts: values(&|record| layout.start(record), layout.records),
            counted: counted.into_iter().map(libm::exp).collect(),
            resistance: NODES.into_iter().zip(multipliers).collect(),
        })
    }

    /// The equations of one record: the rest before it, then every row with a voltage.
    fn rows(&self, own: &Own, record: usize) -> Vec<Row> {
        let seen = self.stretches[record].record;
        let (soc, celsius) = (own.starts[record], seen.temperature_c[0]);
        let mut rows = vec![Row {
            error_v: own.params.ocv.at(soc, celsius) - seen.voltage_v[0],
            weight: if self.rests[record] { 1.0 / (REST_V * REST_V) } else { 0.0 },
            soc,
        }];
        let points = along(&own.params, seen, &own.at(record), Warmth::Measured).points;
        let seconds = |row: usize| stands_for_s(&points, row);
        let rest_a = REST_C_RATE * own.params.capacity_ah;
        let under_current = |row: &usize| points[*row].current_a.abs() >= rest_a;
        let total: f64 = (0..points.len()).filter(under_current).map(seconds).sum();
        let scale = NOISE.1 / (NOISE.0 * NOISE.0 * total);
        rows.extend((0..points.len()).filter(under_current).map(|row| Row {
            error_v: points[row].error_v(),
            weight: scale * seconds(row),
            soc: points[row].soc,
        }));
        rows
    }

    /// Unknowns that a record does not follow in a straight line.
    fn bent(&self, record: usize) -> Vec<usize> {
        let nodes = (0..NODES.len()).map(|node| self.layout.multiplier(node));
        [0, self.layout.start(record), self.layout.counted(record)]
            .into_iter()
            .chain(nodes)
            .collect()
    }
}

impl Problem for Several<'_> {
    fn linearise(&self, theta: &[f64], normal: &mut Normal) -> bool {
        let Ok(own) = self.own(theta) else { return false };
        for record in 0..self.stretches.len() {
            let here = self.rows(&own, record);
            let bent = self.bent(record);
            let nudged = |&index: &usize| {
                let mut near = theta.to_vec();
                near[index] += NUDGE;
                Some(self.rows(&self.own(&near).ok()?, record))
            };
            let Some(by) = bent.iter().map(nudged).collect::<Option<Vec<_>>>() else {
                return false;
            };
            for (at, row) in here.iter().enumerate() {
                let slope = |(index, moved): (&usize, &Vec<Row>)| {
                    (*index, (moved[at].error_v - row.error_v) / NUDGE)
                };
                let mut terms: Vec<(usize, f64)> = bent.iter().zip(&by).map(slope).collect();
                terms.extend(self.layout.offsets(row.soc));
                normal.add(&terms, row.error_v, row.weight * huber(row.error_v));
            }
        }
        true
    }

    fn cost(&self, theta: &[f64]) -> f64 {
        let Ok(own) = self.own(theta) else { return f64::INFINITY };
        let records = 0..self.stretches.len();
        let rows = records.flat_map(|record| self.rows(&own, record));
        rows.map(|row| row.weight * huber_loss(row.error_v)).sum()
    }

    fn restrain(&self, theta: &mut [f64]) {
        theta[0] = theta[0].clamp(self.first - LOG_RANGE, self.first + LOG_RANGE);
        for record in 0..self.stretches.len() {
            let (start, counted) = (self.layout.start(record), self.layout.counted(record));
            theta[start] = theta[start].clamp(SOC_RANGE.0, SOC_RANGE.1);
            theta[counted] = theta[counted].clamp(-COUNTED_MAX, COUNTED_MAX);
        }
        for node in 0..NODES.len() {
            let at = self.layout.multiplier(node);
            theta[at] = theta[at].clamp(-LOG_RANGE, LOG_RANGE);
        }
    }

    fn wishes(&self) -> &[Wish] {
        &self.wishes
    }
}

/// A map times a curve over SOC.
fn shaped(map: &Map, by: &Curve) -> Result<Map, TableError> {
    match map.kind() {
        Kind::Constant => Ok(Map::product(map.scale(), by.clone(), TemperatureFactor::none())),
        Kind::Product(product) => {
            let mut soc = [product.shape.positions(), by.positions()].concat();
            soc.sort_by(f64::total_cmp);
            soc.dedup();
            let values: Vec<f64> =
                soc.iter().map(|&soc| product.shape.at(soc) * by.at(soc)).collect();
            Ok(Map::product(map.scale(), Curve::new(&soc, &values)?, product.factor.clone()))
        }
        Kind::Grid(grid) => {
            let row = |values: &Vec<f64>| -> Vec<f64> {
                let pairs = grid.soc().iter().zip(values);
                pairs.map(|(&soc, value)| map.scale() * value * by.at(soc)).collect()
            };
            let rows: Vec<Vec<f64>> = grid.values().iter().map(row).collect();
            Map::grid(grid.soc(), grid.temperatures_c(), &rows)
        }
    }
}

/// An open-circuit voltage with offsets at some SOC; it never falls over SOC.
fn shifted(ocv: &Surface, soc: &[f64], offsets_v: &[f64]) -> Result<Surface, TableError> {
    let offset = Curve::through(soc, offsets_v, Joint::Straight, Ends::Hold)?;
    lifted(ocv, |soc| offset.at(soc))
}

#[cfg(test)]
mod tests {
    use super::{Own, Stretch, own, shaped, shifted};
    use crate::individual::{Individual, Warmth, along};
    use crate::record::Record;
    use cell_models::cell::CellParams;
    use cell_models::table::{Curve, Kind, Map, Surface, TemperatureFactor};

    /// 3 Ah with a knee, and 30 mΩ.
    fn kind() -> CellParams {
        let soc: Vec<f64> = (0..=25).map(|step| f64::from(step) / 25.0).collect();
        let volts: Vec<f64> =
            soc.iter().map(|s| 3.5 + 0.6 * s - 0.6 * libm::exp(-20.0 * s)).collect();
        let curve = Curve::extended(&soc, &volts).expect("the points rise");
        CellParams { ocv: Surface::single(curve), ..CellParams::linear(3.0, 3.0, 3.0, 0.03) }
    }

    /// 2.9 Ah with 20 % more resistance at full and 80 % more at empty, and a little less voltage.
    fn truth() -> CellParams {
        let by = Curve::new(&[0.0, 1.0], &[1.8, 1.2]).expect("two points");
        let of = |map: &Map| shaped(map, &by).expect("the tables fit");
        let soc = kind().ocv.rows()[0].positions().to_vec();
        let offsets: Vec<f64> = soc.iter().map(|s| -0.004 * (1.0 - s)).collect();
        CellParams {
            capacity_ah: 2.9,
            ocv: shifted(&kind().ocv, &soc, &offsets).expect("the offsets fit"),
            r0_charge: of(&kind().r0_charge),
            r0_discharge: of(&kind().r0_discharge),
            ..kind()
        }
    }

    /// A rest, then a current until 2.6 Ah are out; voltages of the true cell from a SOC, with currents
    /// as a tester with an error writes them.
    fn record(soc_start: f64, current_a: f64, counts: f64) -> Record {
        let rows = 200_u32;
        let step_s = 2.6 * 3600.0 / current_a.abs() / f64::from(rows - 3);
        let amps = |row: u32| if row < 3 { 0.0 } else { current_a };
        let mut record = Record {
            name: "group".to_owned(),
            time_s: (0..rows).map(|row| step_s * f64::from(row)).collect(),
            current_a: (0..rows).map(amps).collect(),
            voltage_v: vec![0.0; rows as usize],
            temperature_c: vec![25.0; rows as usize],
            temperature_measured: true,
            ambient_c: vec![25.0; rows as usize],
            counter_ah: None,
            step: None,
        };
        let one = Individual { soc_start, capacity_ah: 2.9 / counts, resistance: 1.0 };
        let points = along(&truth(), &record, &one, Warmth::Measured).points;
        record.voltage_v = points.iter().map(|point| point.model_v).collect();
        record
    }

    fn told(stretches: &[Stretch<'_>]) -> Own {
        let guess = Individual { soc_start: 1.0, capacity_ah: 3.0, resistance: 1.0 };
        own(&kind(), stretches, &guess).expect("the records tell")
    }

    /// Largest error of a cell along a record above 5 % SOC, volt.
    fn worst(params: &CellParams, one: &Individual, record: &Record) -> f64 {
        let points = along(params, record, one, Warmth::Measured).points;
        let above = points.iter().filter(|point| point.soc > 0.05);
        above.map(|point| point.error_v().abs()).fold(0.0, f64::max)
    }

    #[test]
    fn two_rates_tell_resistance_from_voltage_and_so_foretell_a_third() {
        let (slow, fast) = (record(0.95, -0.9, 1.0), record(0.96, -3.0, 1.0));
        let stretch = |record| Stretch { record, counted: (1.0, 1e-4), moved: None };
        let found = told(&[stretch(&slow), stretch(&fast)]);
        for (soc, true_by) in [(0.2, 1.68), (0.5, 1.5), (0.8, 1.32)] {
            let by = found.resistance.iter().find(|node| node.0 >= soc).expect("a node").1;
            assert!((by / true_by - 1.0).abs() < 0.1, "{soc}: {by} for {true_by}");
        }
        let faster = record(0.95, -6.0, 1.0);
        let typical = Individual { soc_start: 0.95, capacity_ah: 3.0, resistance: 1.0 };
        let (of_kind, own) =
            (worst(&kind(), &typical, &faster), worst(&found.params, &found.at(0), &faster));
        assert!(of_kind > 0.2 && own < 0.2 * of_kind, "{of_kind} {own}");
    }

    #[test]
    fn a_slow_current_counted_short_is_seen_where_the_counter_is_not_trusted() {
        let (slow, fast) = (record(0.95, -0.9, 1.02), record(0.95, -3.0, 1.0));
        let alike = Some((0.0, 1e-4));
        let with = |doubt| {
            let slow = Stretch { record: &slow, counted: (1.0, doubt), moved: None };
            let fast = Stretch { record: &fast, counted: (1.0, 1e-4), moved: alike };
            told(&[slow, fast])
        };
        let (trusted, doubted) = (with(1e-4), with(0.03));
        assert!((0.99..1.001).contains(&trusted.counted[0]), "{:?}", trusted.counted);
        assert!((1.005..1.03).contains(&doubted.counted[0]), "{:?}", doubted.counted);
        assert!((doubted.starts[0] - doubted.starts[1]).abs() < 1e-3, "{:?}", doubted.starts);
        let faster = record(0.95, -6.0, 1.0);
        let off = |found: &Own| worst(&found.params, &found.at(1), &faster);
        assert!(off(&doubted) < off(&trusted), "{} {}", off(&doubted), off(&trusted));
    }

    #[test]
    fn a_map_times_a_curve_is_the_product_wherever_it_is_asked() {
        let by = Curve::new(&[0.0, 0.5, 1.0], &[2.0, 1.5, 1.0]).expect("three points");
        let shape = Curve::new(&[0.0, 0.3, 1.0], &[1.4, 1.1, 0.9]).expect("three points");
        let factor = TemperatureFactor::new(&[0.0, 25.0], &[2.0, 1.0]).expect("two points");
        let grid = Map::grid(&[0.0, 0.5, 1.0], &[0.0, 25.0], &[[3.0, 2.0, 1.0], [2.0, 1.0, 0.5]]);
        let maps = [Map::constant(0.02), Map::product(0.01, shape, factor), grid.expect("a grid")];
        for map in maps {
            let product = shaped(&map, &by).expect("the tables fit");
            for (soc, celsius) in [(0.0, 0.0), (0.5, 0.0), (0.5, 25.0), (1.0, 25.0)] {
                let expected = map.at(soc, celsius) * by.at(soc);
                let off = (product.at(soc, celsius) / expected - 1.0).abs();
                assert!(off < 1e-9, "{:?}", matches!(map.kind(), Kind::Grid(_)));
            }
        }
    }
}
