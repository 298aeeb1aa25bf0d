//! What the firmware reports of what it measures, beside the truth of the same quantity.

use crate::observe::{highest, lowest};
use crate::trace::Truth;
use bms_core::bms::Bms;
use bms_core::measure::Reading;
use bms_core::units::Centicelsius;

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
}

impl Reported {
    /// The reported value, in its unit.
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
            Self::Soh | Self::Remaining | Self::Full => None,
        }
    }
}
