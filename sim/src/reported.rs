//! What the firmware reports of what it measures, beside the truth of the same quantity.

use crate::observe::{highest, lowest};
use crate::trace::Truth;
use bms_core::bms::Bms;
use bms_core::measure::Reading;
use bms_core::params::Params;
use bms_core::units::Centicelsius;
use std::cmp::Ordering;
use std::fmt;

/// The firmware's readings at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Readings {
    /// Pack current, ampere, charge positive.
    pub current_a: f64,
    /// Pack voltage, volt.
    pub pack_v: f64,
    /// Cell voltages, volt.
    pub cells_v: Vec<f64>,
    /// Hottest and coldest cell sensor, °C.
    pub cell_c: [f64; 2],
    /// Hottest and coldest MOSFET sensor, °C.
    pub mos_c: [f64; 2],
    /// Learned state of health, share (PS-GEN-10).
    pub soh: f64,
    /// What is left in the pack, coulomb.
    pub remaining_c: f64,
    /// What a full pack holds, as learned, coulomb.
    pub full_c: f64,
}

/// Coulomb in a milliampere-hour.
const MILLIAMPERE_HOUR_C: f64 = 3.6;

impl Readings {
    /// What the firmware reports now; none before its first reading.
    #[must_use]
    pub fn of(bms: &Bms) -> Option<Self> {
        Some(Self::from_reading(bms.measure().reading()?, bms))
    }

    fn from_reading(reading: &Reading, bms: &Bms) -> Self {
        let degrees = |value: Centicelsius| f64::from(value.0) * 1e-2;
        let ends = |span: &bms_core::measure::Span| [degrees(span.hottest), degrees(span.coldest)];
        Self {
            current_a: f64::from(reading.current.0) * 1e-3,
            pack_v: f64::from(reading.pack.0) * 1e-3,
            cells_v: reading.cells.iter().map(|cell| f64::from(cell.0) * 1e-6).collect(),
            cell_c: ends(&reading.cell_temperature),
            mos_c: ends(&reading.mos_temperature),
            soh: f64::from(bms.soh().0) * 1e-4,
            remaining_c: f64::from(bms.remaining_mah()) * MILLIAMPERE_HOUR_C,
            full_c: f64::from(bms.full_mah()) * MILLIAMPERE_HOUR_C,
        }
    }
}

/// What the value of a parameter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counts {
    /// V.
    Volt,
    /// A.
    Ampere,
    /// s.
    Second,
    /// °C.
    Celsius,
    /// Ohm.
    Ohm,
    /// Coulomb.
    Coulomb,
    /// A share of a whole.
    Share,
    /// Things; a switch counts 1 if it is on, else 0.
    Things,
}

/// A parameter that the firmware holds, and how its value is read. Its name says which it is.
#[derive(Clone, Copy)]
pub struct Parameter {
    /// Its name in files, such as `voltage.cell_ov`.
    pub name: &'static str,
    /// What its value counts.
    pub counts: Counts,
    /// Its value among the parameters, in that unit.
    pub read: fn(&Params) -> f64,
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Parameter {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Parameter {}

impl PartialOrd for Parameter {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Parameter {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(other.name)
    }
}

/// A quantity that the firmware reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reported {
    /// Pack current, A.
    Current,
    /// Pack voltage, V.
    Pack,
    /// Highest cell, V.
    CellMax,
    /// Lowest cell, V.
    CellMin,
    /// A cell, V; from 0.
    Cell(usize),
    /// Hottest cell sensor, °C.
    CellHottest,
    /// Coldest cell sensor, °C.
    CellColdest,
    /// Hottest MOSFET sensor, °C.
    MosHottest,
    /// Coldest MOSFET sensor, °C.
    MosColdest,
    /// Learned state of health, share.
    Soh,
    /// What is left in the pack, coulomb.
    Remaining,
    /// What a full pack holds, as learned, coulomb.
    Full,
    /// A parameter as the firmware holds it, in the unit that it counts.
    Parameter(Parameter),
}

impl Reported {
    /// The reported value, in its unit; none of a parameter, which is no reading.
    #[must_use]
    pub fn read(self, readings: &Readings) -> Option<f64> {
        match self {
            Self::Current => Some(readings.current_a),
            Self::Pack => Some(readings.pack_v),
            Self::CellMax => highest(&readings.cells_v),
            Self::CellMin => lowest(&readings.cells_v),
            Self::Cell(cell) => readings.cells_v.get(cell).copied(),
            Self::CellHottest => Some(readings.cell_c[0]),
            Self::CellColdest => Some(readings.cell_c[1]),
            Self::MosHottest => Some(readings.mos_c[0]),
            Self::MosColdest => Some(readings.mos_c[1]),
            Self::Soh => Some(readings.soh),
            Self::Remaining => Some(readings.remaining_c),
            Self::Full => Some(readings.full_c),
            Self::Parameter(_) => None,
        }
    }

    /// The true value of the same quantity, in its unit; none where the truth has no such number.
    #[must_use]
    pub fn truth(self, truth: &Truth) -> Option<f64> {
        match self {
            Self::Current => Some(truth.current_a),
            Self::Pack => Some(truth.pack_v),
            Self::CellMax => highest(&truth.cells_v),
            Self::CellMin => lowest(&truth.cells_v),
            Self::Cell(cell) => truth.cells_v.get(cell).copied(),
            Self::CellHottest => highest(&truth.cell_c),
            Self::CellColdest => lowest(&truth.cell_c),
            Self::MosHottest => highest(&truth.mos_c),
            Self::MosColdest => lowest(&truth.mos_c),
            Self::Soh | Self::Remaining | Self::Full | Self::Parameter(_) => None,
        }
    }
}
