//! What a fit hands back: the cell, how sure each figure is, and how well it repeats the records.

use crate::segment::Kind;
use cell_models::cell::CellParams;

/// A fitted cell and the account of the fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The cell, valid as [`CellParams::validate`] judges it.
    pub params: CellParams,
    /// How sure the figures are and how well they repeat the records.
    pub report: FitReport,
}

/// The account of a fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FitReport {
    /// Every entry of every table, in the order of the tables.
    pub figures: Vec<Figure>,
    /// One entry per record, in the order they were given.
    pub records: Vec<RecordFit>,
    /// What the user has to know before trusting the cell.
    pub warnings: Vec<Warning>,
    /// Lowest and highest SOC that the fitted records reach, 0 to 1.
    pub soc: (f64, f64),
    /// Lowest and highest temperature of the fitted records, degree Celsius.
    pub temperature_c: (f64, f64),
    /// Highest current that was fitted, in capacities per hour: charging, discharging.
    pub c_rate: (f64, f64),
    /// Steps of the least-squares search until it stood still.
    pub iterations: usize,
}

/// One fitted number and the interval that holds it with 95 % confidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Which table, as the cell file names it: `ocv`, `r0_discharge`, `branches[0].tau`.
    pub table: String,
    /// Position in SOC, 0 to 1; none for a figure that has no such axis.
    pub soc: Option<f64>,
    /// Temperature row, degree Celsius; none for a figure that has no such axis.
    pub temperature_c: Option<f64>,
    /// The fitted value, in `unit`.
    pub value: f64,
    /// Lower end of the 95 % interval, in `unit`.
    pub low: f64,
    /// Upper end of the 95 % interval, in `unit`.
    pub high: f64,
    /// Unit of the three numbers: `V`, `ohm`, `s`, `Ah`, or empty for a plain number.
    pub unit: &'static str,
    /// Whether the records decide the value, or the rule that fills gaps.
    pub origin: Origin,
}

/// What a figure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The records decide it.
    Measured,
    /// The records say next to nothing: smoothness, neighbours or the other direction decide it.
    Assumed,
    /// It lies outside the measured temperatures and goes on with their trend.
    Extrapolated,
}

/// How well the fitted cell repeats one record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordFit {
    /// Name of the record.
    pub name: String,
    /// What kind of test most of its rows are.
    pub kind: Kind,
    /// Mean temperature, degree Celsius.
    pub temperature_c: f64,
    /// Capacity that the SOC of this record counts with, ampere-hour.
    pub capacity_ah: f64,
    /// SOC of the first row, 0 to 1.
    pub soc_start: f64,
    /// Error over the rows that were fitted; none where none was.
    pub fitted: Option<Score>,
    /// Error over the rows that were held out; none where none was.
    pub held_out: Option<Score>,
    /// Largest difference between integrated current and the tester's counters, share of the
    /// capacity; none without counters.
    pub counter_error: Option<f64>,
    /// Measured and modelled voltage, at most a few thousand points, for plots.
    pub trace: Vec<TracePoint>,
}

/// Error of the modelled voltage over some rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Number of rows.
    pub rows: usize,
    /// Root of the mean squared error, weighted by time, volt.
    pub rmse_v: f64,
    /// Largest error without sign, volt.
    pub max_v: f64,
    /// Lowest and highest SOC of these rows, 0 to 1.
    pub soc: (f64, f64),
}

/// One point of a residual plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TracePoint {
    /// Time since the first row, second.
    pub time_s: f64,
    /// SOC, 0 to 1.
    pub soc: f64,
    /// Current, ampere; above zero charges.
    pub current_a: f64,
    /// Measured voltage, volt.
    pub measured_v: f64,
    /// Modelled voltage, volt.
    pub model_v: f64,
    /// Whether the row was held out of the fit.
    pub held_out: bool,
}

impl TracePoint {
    /// Modelled less measured voltage, volt.
    #[must_use]
    pub fn error_v(&self) -> f64 {
        self.model_v - self.measured_v
    }
}

/// What the user has to know before trusting a fitted cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// No charging was measured at a temperature: charge resistance is that of discharging.
    ChargeFallsBack {
        /// Temperature row, degree Celsius.
        temperature_c: f64,
    },
    /// No discharging was measured at a temperature: discharge resistance is that of charging.
    DischargeFallsBack {
        /// Temperature row, degree Celsius.
        temperature_c: f64,
    },
    /// Both slow branches are needed to tell hysteresis from polarisation; one is missing.
    HysteresisAssumed {
        /// Temperature row, degree Celsius.
        temperature_c: f64,
    },
    /// Entries of a table that the records do not decide.
    Unidentified {
        /// Name of the table.
        table: String,
        /// Temperature row, degree Celsius.
        temperature_c: f64,
        /// Number of entries that rest on an assumption.
        entries: usize,
        /// Number of entries of the row.
        of: usize,
    },
    /// A time constant stands at the end of its range.
    TimeConstantAtLimit {
        /// Index of the pair.
        pair: usize,
        /// Temperature row, degree Celsius.
        temperature_c: f64,
        /// The value, second.
        tau_s: f64,
    },
    /// The pace of the hysteresis stands at the end of its range.
    PaceAtLimit {
        /// The value, share of the remaining way per share of capacity.
        gamma: f64,
    },
    /// All records lie at one temperature: the tables hold it at every other.
    OneTemperature {
        /// The temperature, degree Celsius.
        temperature_c: f64,
    },
    /// The records do not reach an end of the SOC range; tables there are assumed.
    SocNotReached {
        /// Lowest SOC of the records, 0 to 1.
        low: f64,
        /// Highest SOC of the records, 0 to 1.
        high: f64,
    },
    /// The SOC at which a record starts had to be read off its voltage.
    StartFromVoltage {
        /// Name of the record.
        record: String,
        /// The SOC found, 0 to 1.
        soc: f64,
    },
    /// The capacity was not measured from full to empty; the given or the largest passed one holds.
    CapacityNotMeasured {
        /// The capacity used, ampere-hour.
        capacity_ah: f64,
    },
    /// The open-circuit voltage was found falling over SOC and was levelled.
    OcvLevelled {
        /// Temperature row, degree Celsius.
        temperature_c: f64,
        /// Largest correction, volt.
        by_v: f64,
    },
    /// The cell's own temperature was not recorded: the chamber's stands for it.
    ChamberForCell {
        /// Name of the record.
        record: String,
    },
    /// At edges the logged voltage is a row ahead of the current: the edge was moved to it.
    VoltageAhead {
        /// Name of the record.
        record: String,
        /// Number of such edges.
        edges: usize,
        /// Number of edges that could be judged.
        of: usize,
    },
    /// At edges the logged voltage is a row behind the current: that row is left out, or, if all
    /// edges are so, the current holds a row longer.
    VoltageBehind {
        /// Name of the record.
        record: String,
        /// Number of such edges.
        edges: usize,
        /// Number of edges that could be judged.
        of: usize,
    },
    /// The search ended before it stood still.
    NotConverged {
        /// Steps taken.
        iterations: usize,
    },
}
