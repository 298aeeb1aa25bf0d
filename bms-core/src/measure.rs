//! From inputs to readings: age, plausibility, and the extremes that the limits look at. Silence,
//! a wrong number of cells, an impossible value and a confused chip are faults with a name; the
//! last good reading stays until a better one comes.

use crate::afe::{AFE_NTC_MAX, AfeError, AfeFlags, CELLS_MAX, Sample};
use crate::bms::{Board, Inputs};
use crate::calibration::Calibration;
use crate::flow::Flow;
use crate::limits::Quantity;
use crate::ntc;
use crate::time::{Duration, Instant};
use crate::units::{Centicelsius, Microvolts, Milliamps, Millivolts};
use heapless::Vec;

/// The oldest reading that may keep a MOSFET on: ten cycles of the front end (SH367309 datasheet
/// V1.2).
pub const SAMPLE_AGE_MAX: Duration = Duration::from_secs(1);

/// A front end that has not announced a new cycle by then is asked: one cycle takes 105 ms at most
/// (SH367309 datasheet V1.2, p. 77). A chip that was reset unseen permits its MOSFETs again 250 ms
/// later, so its silence must be noticed before.
pub const CYCLE_MISSED: Duration = Duration::from_millis(150);

/// Temperature sensors: four of cells, two of MOSFETs, the board's (PS-GEN-7).
pub const TEMPERATURES: usize = 7;

/// How often temperatures are looked at (AMB-X-02).
pub const TEMPERATURE_PERIOD: Duration = Duration::from_secs(1);

/// The highest voltage a cell input can deliver: full scale of the SH367309 (SH367309 datasheet
/// V1.2).
pub const CELL_MAX: Microvolts = Microvolts(5_120_000);

/// The coldest reading of a whole sensor; an open one reads colder.
pub const SENSOR_MIN: Centicelsius = Centicelsius::from_degrees(-45);

/// The hottest reading of a whole sensor; a shorted one reads hotter.
pub const SENSOR_MAX: Centicelsius = Centicelsius::from_degrees(125);

/// States of the chip in which its readings or its switches cannot be relied on.
const DOUBTFUL: AfeFlags =
    AfeFlags::PERMANENT_FAILURE.union(AfeFlags::WATCHDOG).union(AfeFlags::UNEXPECTED_RESET);

/// What a step has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Cell voltages and current of a new conversion cycle.
    pub cells: bool,
    /// Temperatures.
    pub temperatures: bool,
}

impl News {
    /// Whether a quantity was measured anew.
    #[must_use]
    pub const fn covers(self, quantity: Quantity) -> bool {
        if quantity.is_temperature() { self.temperatures } else { self.cells }
    }
}

/// The lowest and the highest temperature of a class of sensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The coldest sensor.
    pub coldest: Centicelsius,
    /// The hottest sensor.
    pub hottest: Centicelsius,
}

/// A good reading, reduced to what the protections look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Cell voltages from the most negative upwards.
    pub cells: Vec<Microvolts, CELLS_MAX>,
    /// Number of the highest cell, from 0.
    pub highest: u8,
    /// Number of the lowest cell, from 0.
    pub lowest: u8,
    /// Sum of the cell voltages.
    pub pack: Millivolts,
    /// Pack current of the fast converter.
    pub current: Milliamps,
    /// The cell sensors.
    pub cell_temperature: Span,
    /// The MOSFET sensors.
    pub mos_temperature: Span,
    /// Every sensor by itself: cells 1 to 4, MOSFETs 1 and 2, board. A broken one reads beyond
    /// [`SENSOR_MIN`] or [`SENSOR_MAX`].
    pub temperatures: [Centicelsius; TEMPERATURES],
}

impl Reading {
    /// The value of a quantity, in its unit.
    #[must_use]
    pub fn value(&self, quantity: Quantity) -> i32 {
        match quantity {
            Quantity::HighestCell => self.highest_cell().0,
            Quantity::LowestCell => self.lowest_cell().0,
            Quantity::Current => self.current.0,
            Quantity::HottestCell => i32::from(self.cell_temperature.hottest.0),
            Quantity::ColdestCell => i32::from(self.cell_temperature.coldest.0),
            Quantity::HottestMos => i32::from(self.mos_temperature.hottest.0),
            Quantity::ColdestMos => i32::from(self.mos_temperature.coldest.0),
        }
    }

    /// The highest cell voltage.
    #[must_use]
    pub fn highest_cell(&self) -> Microvolts {
        self.cells[usize::from(self.highest)]
    }

    /// The lowest cell voltage.
    #[must_use]
    pub fn lowest_cell(&self) -> Microvolts {
        self.cells[usize::from(self.lowest)]
    }
}

/// The readings and their doubts.
#[derive(Clone, Debug)]
pub struct Measure {
    series: usize,
    flow: Flow,
    calibration: Calibration,
    reading: Option<Reading>,
    taken: Option<Instant>,
    temperatures_due: Instant,
    flags: AfeFlags,
    doubtful: bool,
    sensor_fault: bool,
}

impl Measure {
    /// Nothing read yet, of a pack of `series` cells; a current of at least `flowing` counts as
    /// charge or discharge.
    #[must_use]
    pub fn new(series: u8, flowing: Milliamps) -> Self {
        Self {
            series: usize::from(series),
            flow: Flow::new(flowing),
            calibration: Calibration::default(),
            reading: None,
            taken: None,
            temperatures_due: Instant::START,
            flags: AfeFlags::empty(),
            doubtful: false,
            sensor_fault: false,
        }
    }

    /// Takes a step's inputs and tells what of them is new and good.
    pub fn take(&mut self, now: Instant, inputs: &Inputs<'_>) -> News {
        let sample = match inputs.sample {
            Ok(sample) => sample,
            Err(error) => return self.refuse(error),
        };
        self.flags = sample.flags;
        if sample.flags.intersects(DOUBTFUL) {
            self.doubtful = true;
            return News::default();
        }
        if !sample.fresh {
            return News::default();
        }
        self.accept(now, sample, &inputs.board)
    }

    /// Another number of cells, or another current that counts as flowing: with other cells a new
    /// complete reading is demanded.
    pub fn reconfigure(&mut self, series: u8, flowing: Milliamps) {
        self.flow.set_threshold(flowing);
        if self.series != usize::from(series) {
            (self.series, self.reading) = (usize::from(series), None);
            self.distrust();
        }
    }

    /// The correction of the current.
    #[must_use]
    pub const fn calibration(&self) -> Calibration {
        self.calibration
    }

    /// Corrects the current by this from now on.
    pub fn calibrate(&mut self, calibration: Calibration) {
        self.calibration = calibration;
    }

    /// Demands a new complete reading before anything is believed again.
    pub fn distrust(&mut self) {
        (self.taken, self.temperatures_due) = (None, Instant::START);
        (self.doubtful, self.sensor_fault) = (false, false);
    }

    /// The last good reading. The pack voltage in it outlives [`Measure::distrust`].
    #[must_use]
    pub const fn reading(&self) -> Option<&Reading> {
        self.reading.as_ref()
    }

    /// Whether a complete reading was taken since the last [`Measure::distrust`].
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.taken.is_some()
    }

    /// The front end's protections and states, of the last sample, and the current's direction by
    /// the firmware's own watch.
    #[must_use]
    pub fn flags(&self) -> AfeFlags {
        self.flags | self.flow.flags()
    }

    /// Whether the front end is silent, doubtful, reset or frozen.
    #[must_use]
    pub fn front_end_fault(&self, now: Instant) -> bool {
        self.doubtful || self.taken.is_none_or(|taken| now.since(taken) > SAMPLE_AGE_MAX)
    }

    /// Whether a cell or MOSFET sensor is open or shorted.
    #[must_use]
    pub const fn sensor_fault(&self) -> bool {
        self.sensor_fault
    }

    /// When the last reading becomes too old.
    #[must_use]
    pub fn stale_at(&self) -> Option<Instant> {
        self.taken.map(|taken| taken + SAMPLE_AGE_MAX + Duration::from_micros(1))
    }

    /// When a new reading should have been announced.
    #[must_use]
    pub fn missed_at(&self) -> Option<Instant> {
        self.taken.map(|taken| taken + CYCLE_MISSED)
    }

    fn refuse(&mut self, error: AfeError) -> News {
        // While the front end is brought up, the age of the last reading decides.
        self.doubtful |= error != AfeError::NotReady;
        News::default()
    }

    fn accept(&mut self, now: Instant, sample: &Sample, board: &Board) -> News {
        let taken = sample.taken.min(now);
        let Some((highest, lowest, pack)) = self.extremes(&sample.cells) else {
            self.doubtful = true;
            return News::default();
        };
        let temperatures = self.reading.is_none() || taken >= self.temperatures_due;
        let (cell_temperature, mos_temperature, each) = match (&self.reading, temperatures) {
            (Some(reading), false) => {
                (reading.cell_temperature, reading.mos_temperature, reading.temperatures)
            }
            _ => self.temperatures(taken, sample, board),
        };
        let current = self.calibration.corrected(sample.current);
        self.reading = Some(Reading {
            cells: sample.cells.clone(),
            highest,
            lowest,
            pack,
            current,
            cell_temperature,
            mos_temperature,
            temperatures: each,
        });
        self.flow.look(current);
        (self.taken, self.doubtful) = (Some(taken), false);
        News { cells: true, temperatures }
    }

    /// Highest, lowest and sum, if the number of cells and every voltage is possible.
    fn extremes(&self, cells: &[Microvolts]) -> Option<(u8, u8, Millivolts)> {
        if cells.len() != self.series {
            return None;
        }
        let first = *cells.first()?;
        let (mut highest, mut lowest, mut sum) = ((0, first), (0, first), 0);
        for (number, &cell) in (0..).zip(cells) {
            if cell < Microvolts(0) || cell > CELL_MAX {
                return None;
            }
            if cell > highest.1 {
                highest = (number, cell);
            }
            if cell < lowest.1 {
                lowest = (number, cell);
            }
            sum += cell.0; // 24 cells of 5.12 V are 123 V, far below 2147 V
        }
        Some((highest.0, lowest.0, Microvolts(sum).to_millivolts()))
    }

    fn temperatures(
        &mut self,
        taken: Instant,
        sample: &Sample,
        board: &Board,
    ) -> (Span, Span, [Centicelsius; TEMPERATURES]) {
        self.temperatures_due = taken + TEMPERATURE_PERIOD;
        let each = each(sample, board);
        let [cell_4, mos_1, mos_2, _] = board.ntc;
        let cells = sample.temperatures.iter().copied().chain([ntc::centicelsius(cell_4)]);
        let mos = [ntc::centicelsius(mos_1), ntc::centicelsius(mos_2)];
        self.sensor_fault = sample.temperatures.is_empty();
        let old = self.reading.as_ref().map(|old| (old.cell_temperature, old.mos_temperature));
        let cells = self.span(cells, old.map(|old| old.0));
        let mos = self.span(mos.into_iter(), old.map(|old| old.1));
        (cells, mos, each)
    }

    /// The extremes of the whole sensors. Broken ones are reported, not averaged away; if none is
    /// whole the last known extremes stay, and the fault keeps the MOSFETs off.
    fn span(&mut self, sensors: impl Iterator<Item = Centicelsius>, old: Option<Span>) -> Span {
        let mut span = None::<Span>;
        for sensor in sensors {
            if sensor < SENSOR_MIN || sensor > SENSOR_MAX {
                self.sensor_fault = true;
                continue;
            }
            span = Some(match span {
                None => Span { coldest: sensor, hottest: sensor },
                Some(Span { coldest, hottest }) => {
                    Span { coldest: coldest.min(sensor), hottest: hottest.max(sensor) }
                }
            });
        }
        let unknown = Span { coldest: ROOM, hottest: ROOM };
        span.or(old).unwrap_or(unknown)
    }
}

/// Every sensor by itself. A front end with fewer sensors leaves places at room temperature.
fn each(sample: &Sample, board: &Board) -> [Centicelsius; TEMPERATURES] {
    let mut each = [ROOM; TEMPERATURES];
    for (place, celsius) in each.iter_mut().zip(&sample.temperatures) {
        *place = *celsius;
    }
    for (place, ratio) in each.iter_mut().skip(AFE_NTC_MAX).zip(board.ntc) {
        *place = ntc::centicelsius(ratio);
    }
    each
}

/// Stands for a class of sensors of which none has ever been whole.
const ROOM: Centicelsius = Centicelsius::from_degrees(25);
