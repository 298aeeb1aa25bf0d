//! A pack on a cycler, without firmware: series cells that are charged and discharged until they are
//! old.
//!
//! A cycle begins full. The pack is discharged at a constant current until a share of the weakest
//! cell's capacity is out or a cell is at its lowest voltage, rests, is charged at the same current
//! until a cell is full, with the current halved each time one reaches its highest voltage, and
//! rests again. There is no balancing. Steps are as long as the exact step of the cell allows. Every
//! half cycle each cell ages by the law of its type ([`cell_models::ageing`]) under its own
//! temperature, depth and current.

mod heat;
mod pack;
#[cfg(test)]
mod tests;

use crate::seed;
pub use cell_models::ageing::Covered as LawCovered;
use cell_models::ageing::{Law, Stress};
pub use cell_models::cell::CellParams;
use cell_models::cell::Health;
use pack::{End, Pack};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use std::sync::Arc;

/// Seconds in an hour.
const SECONDS_PER_HOUR: f64 = 3600.0;
/// Charging ends when the current has been halved below this many capacities per hour.
const TAPER_END_RATE: f64 = 0.05;
/// The smallest factor that a spread may make.
const SPREAD_FACTOR_MIN: f64 = 0.05;
/// A half cycle that passes less than this share of the capacity is none.
const PASSED_MIN: f64 = 0.01;

/// What is cycled, and how.
#[derive(Clone, Debug)]
pub struct Cycling {
    /// The cell type; it must have a law of ageing and voltage limits.
    pub params: Arc<CellParams>,
    /// Cells in series, at least 1.
    pub cells: usize,
    /// Seeded spread of the capacity of new cells, one standard deviation as a share.
    pub capacity_spread: f64,
    /// Seeded spread of every resistance of new cells, one standard deviation as a share.
    pub resistance_spread: f64,
    /// Cycles to run.
    pub cycles: u32,
    /// Current of either direction, in nominal capacities per hour, above 0.
    pub c_rate: f64,
    /// Share of the weakest cell's capacity that a discharge takes out, above 0 up to 1.
    pub depth: f64,
    /// Temperature of the surroundings, °C; the cells begin with it.
    pub ambient_c: f64,
    /// Rest after every half cycle, second, at least 0.
    pub rest_s: f64,
    /// Seed of the spread.
    pub seed: u64,
}

/// Why a pack cannot be cycled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CyclingError {
    /// The cell has no law.
    #[error("cell {cell} has no ageing law")]
    NoLaw {
        /// Its name.
        cell: String,
    },
    /// The cell has no voltage at which to stop.
    #[error("cell {cell} has no voltage limits")]
    NoLimits {
        /// Its name.
        cell: String,
    },
    /// A number that nothing can be cycled with.
    #[error("{what} is {value}, must be {allowed}")]
    Number {
        /// Which.
        what: &'static str,
        /// What it is.
        value: f64,
        /// What it must be.
        allowed: &'static str,
    },
    /// The pack takes or gives nothing at this current.
    #[error(
        "cycle {cycle}: a cell reaches its end voltage at once; the current is too high for it \
         at {temperature_c:.0} °C"
    )]
    Stuck {
        /// Which cycle, from 1.
        cycle: u32,
        /// Mean temperature of the cells, °C.
        temperature_c: f64,
    },
    /// A state that is no number: the model was carried beyond what it describes.
    #[error("cycle {cycle}: a cell's state is not a finite number")]
    Lost {
        /// Which cycle, from 1.
        cycle: u32,
    },
}

/// Mean, least and most over the cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Across {
    /// Mean.
    pub mean: f64,
    /// Least.
    pub least: f64,
    /// Most.
    pub most: f64,
}

impl Across {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut sum, mut count) = (0.0, 0.0);
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            sum += value;
            count += 1.0;
            least = least.min(value);
            most = most.max(value);
        }
        Self { mean: sum / count, least, most }
    }
}

/// The pack after some cycles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Cycles done; 0 is the new pack.
    pub cycle: u32,
    /// Time since the beginning, second.
    pub time_s: f64,
    /// Equivalent full cycles of the nominal capacity so far: half of the charge that passed.
    pub efc: f64,
    /// What age has left of the cells' capacity, share of that of the same cell when new.
    pub capacity: Across,
    /// Resistance of the cells, share of that of the same cell when new.
    pub resistance: Across,
    /// Charge that the last discharge gave, ampere-hour; 0 for the new pack.
    pub discharged_ah: f64,
    /// Temperature of the cells over the last cycle, °C: mean over time, coldest and hottest.
    pub temperature_c: Across,
    /// Capacity by the law itself, in closed form, at the mean temperature, SOC, depth and current
    /// so far: what the mean of the cells should follow.
    pub law_capacity: f64,
    /// The same for the resistance.
    pub law_resistance: f64,
    /// Capacity by the law if the cells had kept the temperature of their surroundings.
    pub law_capacity_at_ambient: f64,
}

/// A pack's life on the cycler.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// One record per cycle, the new pack first.
    pub records: Vec<Record>,
    /// Which stresses lay within what the law was measured for, all the time.
    pub covered: LawCovered,
    /// Which laws, and where they are published.
    pub sources: Vec<&'static str>,
}

/// Cycles a pack. `go_on` is asked after every cycle; the records so far are kept when it refuses.
///
/// # Errors
/// [`CyclingError`], when the cell cannot be cycled at all or not any more.
pub fn run(
    cycling: &Cycling,
    mut go_on: impl FnMut(&Record) -> bool,
) -> Result<Life, CyclingError> {
    let law = cycling.check()?;
    let mut pack = Pack::new(cycling, builds(cycling));
    let mut course = Course::default();
    let mut records = vec![course.record(cycling, law, &pack)];
    for cycle in 1..=cycling.cycles {
        course.cycle = cycle;
        cycling.half(&mut pack, law, &mut course, Way::Discharge)?;
        cycling.half(&mut pack, law, &mut course, Way::Charge)?;
        if !pack.is_finite() {
            return Err(CyclingError::Lost { cycle });
        }
        let record = course.record(cycling, law, &pack);
        records.push(record);
        if !go_on(&record) {
            break;
        }
    }
    Ok(Life { records, covered: pack.covered, sources: law.sources() })
}

/// Direction of a half cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Discharge,
    Charge,
}

/// Sums since the beginning.
#[derive(Clone, Copy, Debug, Default)]
struct Course {
    cycle: u32,
    time_s: f64,
    passed_as: f64,
    discharged_as: f64,
    /// Time integrals of mean temperature and mean SOC of the cells.
    celsius_s: f64,
    soc_s: f64,
    /// The last cycle's own.
    cycle_s: f64,
    cycle_celsius_s: f64,
    coldest_c: f64,
    hottest_c: f64,
}

impl Course {
    fn half_is_done(&mut self, pack: &Pack, way: Way, passed_as: f64) {
        let span = pack.half();
        if way == Way::Discharge {
            self.discharged_as = passed_as;
            (self.cycle_s, self.cycle_celsius_s) = (0.0, 0.0);
            (self.coldest_c, self.hottest_c) = (f64::INFINITY, f64::NEG_INFINITY);
        }
        self.passed_as += passed_as;
        self.time_s += span.time_s;
        self.celsius_s += span.celsius_s.mean;
        self.soc_s += span.soc_s;
        self.cycle_s += span.time_s;
        self.cycle_celsius_s += span.celsius_s.mean;
        self.coldest_c = self.coldest_c.min(span.celsius_s.least / span.time_s);
        self.hottest_c = self.hottest_c.max(span.celsius_s.most / span.time_s);
    }

    fn record(&self, cycling: &Cycling, law: &Law, pack: &Pack) -> Record {
        let stress = self.stress(cycling);
        let (own, ambient) =
            (law.after(&stress), law.after(&Stress { temperature_c: cycling.ambient_c, ..stress }));
        Record {
            cycle: self.cycle,
            time_s: self.time_s,
            efc: stress.efc,
            capacity: Across::of(pack.ages().map(|age| age.capacity())),
            resistance: Across::of(pack.ages().map(|age| age.resistance())),
            discharged_ah: self.discharged_as / SECONDS_PER_HOUR,
            temperature_c: self.temperature(cycling.ambient_c),
            law_capacity: own.capacity(),
            law_resistance: own.resistance(),
            law_capacity_at_ambient: ambient.capacity(),
        }
    }

    fn temperature(&self, ambient_c: f64) -> Across {
        if self.cycle == 0 {
            return Across { mean: ambient_c, least: ambient_c, most: ambient_c };
        }
        let mean = self.cycle_celsius_s / self.cycle_s;
        Across { mean, least: self.coldest_c, most: self.hottest_c }
    }

    /// Everything so far as one constant stress.
    fn stress(&self, cycling: &Cycling) -> Stress {
        let nominal_as = cycling.params.capacity_ah * SECONDS_PER_HOUR;
        let mean = |integral: f64, new: f64| {
            if self.time_s > 0.0 { integral / self.time_s } else { new }
        };
        Stress {
            dt_s: self.time_s,
            temperature_c: mean(self.celsius_s, cycling.ambient_c),
            soc_mean: mean(self.soc_s, 1.0),
            dod: cycling.depth,
            c_rate: cycling.c_rate,
            discharge_c_rate: cycling.c_rate,
            efc: 0.5 * self.passed_as / nominal_as,
        }
    }
}

impl Cycling {
    fn check(&self) -> Result<&Law, CyclingError> {
        let cell = || self.params.name.clone();
        let positive = |what, value: f64| require(what, value, value > 0.0, "above 0");
        positive("number of cells", self.cells as f64)?;
        positive("c-rate", self.c_rate)?;
        require("depth", self.depth, self.depth > 0.0 && self.depth <= 1.0, "above 0 up to 1")?;
        let ambient = self.ambient_c;
        require("temperature", ambient, (-60.0..=120.0).contains(&ambient), "-60 to 120 °C")?;
        require("rest", self.rest_s, self.rest_s >= 0.0, "at least 0")?;
        for (what, spread) in [
            ("capacity spread", self.capacity_spread),
            ("resistance spread", self.resistance_spread),
        ] {
            require(what, spread, (0.0..=0.5).contains(&spread), "0 to 0.5")?;
        }
        let limits = &self.params.limits;
        if !(limits.max_v.is_finite() && limits.min_v.is_finite()) {
            return Err(CyclingError::NoLimits { cell: cell() });
        }
        self.params.ageing.as_ref().ok_or_else(|| CyclingError::NoLaw { cell: cell() })
    }

    /// One half cycle with its rest, and what it did to the cells.
    fn half(
        &self,
        pack: &mut Pack,
        law: &Law,
        course: &mut Course,
        way: Way,
    ) -> Result<(), CyclingError> {
        pack.begin_half();
        let passed_as = match way {
            Way::Discharge => self.discharge(pack),
            Way::Charge => self.charge(pack),
        };
        if passed_as < PASSED_MIN * self.depth * self.params.capacity_ah * SECONDS_PER_HOUR {
            let (cycle, temperature_c) = (course.cycle, pack.mean_c());
            return Err(CyclingError::Stuck { cycle, temperature_c });
        }
        pack.rest(self.rest_s);
        pack.age(law);
        course.half_is_done(pack, way, passed_as);
        Ok(())
    }

    fn current_a(&self) -> f64 {
        self.c_rate * self.params.capacity_ah
    }

    fn discharge(&self, pack: &mut Pack) -> f64 {
        let wanted_as = self.depth * pack.weakest_as();
        let (passed_as, _) = pack.drive(-self.current_a(), wanted_as);
        passed_as
    }

    fn charge(&self, pack: &mut Pack) -> f64 {
        let (mut current_a, mut passed_as) = (self.current_a(), 0.0);
        let last_a = (TAPER_END_RATE * self.params.capacity_ah).min(current_a);
        while current_a >= last_a {
            let (stage_as, end) = pack.drive(current_a, f64::INFINITY);
            passed_as += stage_as;
            if end == End::Full {
                break;
            }
            current_a *= 0.5;
        }
        passed_as
    }
}

/// Refuses a number that does not hold, or is none.
fn require(
    what: &'static str,
    value: f64,
    holds: bool,
    allowed: &'static str,
) -> Result<(), CyclingError> {
    if holds && value.is_finite() {
        Ok(())
    } else {
        Err(CyclingError::Number { what, value, allowed })
    }
}

/// How each new cell differs from its type; one stream for both, drawn in turn.
fn builds(cycling: &Cycling) -> Vec<Health> {
    let mut stream = seed::stream(cycling.seed, "cycling.spread");
    let mut build = || Health {
        capacity: spread_factor(cycling.capacity_spread, &mut stream),
        resistance: spread_factor(cycling.resistance_spread, &mut stream),
    };
    (0..cycling.cells).map(|_| build()).collect()
}

/// One plus `spread` times a nearly normal number: twelve uniform ones less six (variance 1).
fn spread_factor(spread: f64, stream: &mut ChaCha8Rng) -> f64 {
    let uniform = |stream: &mut ChaCha8Rng| f64::from(stream.next_u32()) / f64::from(u32::MAX);
    let sum: f64 = (0..12).map(|_| uniform(stream)).sum();
    (1.0 + spread * (sum - 6.0)).max(SPREAD_FACTOR_MIN)
}
