//! What a cell may be asked: chemistry, the maker's limits, and the range the numbers rest on.

use std::fmt;

/// Family of electrodes, positive against negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chemistry {
    /// Lithium iron phosphate against graphite.
    Lfp,
    /// Nickel manganese cobalt oxide against graphite.
    Nmc,
    /// Nickel cobalt aluminium oxide against graphite.
    Nca,
    /// Lithium manganese oxide, pure or blended, against graphite.
    Lmo,
    /// Any positive electrode against lithium titanate.
    Lto,
    /// Something else, or a test cell.
    Other,
}

impl Chemistry {
    /// Every chemistry, in the order of the enum.
    pub const ALL: [Self; 6] = [Self::Lfp, Self::Nmc, Self::Nca, Self::Lmo, Self::Lto, Self::Other];

    /// Its name in cell files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lfp => "LFP",
            Self::Nmc => "NMC",
            Self::Nca => "NCA",
            Self::Lmo => "LMO",
            Self::Lto => "LTO",
            Self::Other => "other",
        }
    }

    /// The chemistry of a name, upper or lower case.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chemistry| chemistry.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Chemistry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Where the model was held against measurement. Outside of it the model extrapolates.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidRange {
    /// Lowest and highest state of charge.
    pub soc: (f64, f64),
    /// Lowest and highest temperature, degree Celsius.
    pub temperature_c: (f64, f64),
    /// Highest current while charging and while discharging, in capacities per hour, both above 0.
    pub c_rate: (f64, f64),
    /// What it was held against, in words.
    pub note: String,
}

impl ValidRange {
    /// No bound: for test cells, which are right by definition.
    #[must_use]
    pub fn everywhere() -> Self {
        let all = (f64::NEG_INFINITY, f64::INFINITY);
        let c_rate = (f64::INFINITY, f64::INFINITY);
        Self { soc: all, temperature_c: all, c_rate, note: "by definition".to_owned() }
    }

    /// Whether SOC and temperature, degree Celsius, lie within.
    #[must_use]
    pub fn covers(&self, soc: f64, temperature_c: f64) -> bool {
        within(self.soc, soc) && within(self.temperature_c, temperature_c)
    }

    /// Whether a current, ampere, lies within for a cell of this capacity, ampere-hour.
    #[must_use]
    pub fn covers_current(&self, current_a: f64, capacity_ah: f64) -> bool {
        let (charge, discharge) = self.c_rate;
        (-discharge..=charge).contains(&(current_a / capacity_ah))
    }
}

/// What the maker allows, for monitors and products; the model itself does not stop there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellLimits {
    /// Highest voltage, volt.
    pub max_v: f64,
    /// Lowest voltage, volt.
    pub min_v: f64,
    /// Highest continuous current while charging, ampere.
    pub max_charge_a: f64,
    /// Highest continuous current while discharging, ampere, above 0.
    pub max_discharge_a: f64,
    /// Lowest and highest temperature while charging, degree Celsius.
    pub charge_c: (f64, f64),
    /// Lowest and highest temperature while discharging, degree Celsius.
    pub discharge_c: (f64, f64),
    /// Temperature at which self-heating begins to run away, degree Celsius; infinite if unknown.
    pub runaway_onset_c: f64,
}

impl CellLimits {
    /// No limit at all.
    #[must_use]
    pub fn none() -> Self {
        let all = (f64::NEG_INFINITY, f64::INFINITY);
        Self {
            max_v: f64::INFINITY,
            min_v: f64::NEG_INFINITY,
            max_charge_a: f64::INFINITY,
            max_discharge_a: f64::INFINITY,
            charge_c: all,
            discharge_c: all,
            runaway_onset_c: f64::INFINITY,
        }
    }
}

fn within((low, high): (f64, f64), value: f64) -> bool {
    (low..=high).contains(&value)
}
