//! What can be changed at the pins of a forced world while a run goes on.

use super::{ForcedSetup, Profile};

/// A change of one forced value, or of several alike. The profile counts from the change.
#[derive(Clone, Debug, PartialEq)]
pub enum ForcedChange {
    /// Every cell, volt.
    Cells(Profile),
    /// One cell, from 0, volt.
    Cell(usize, Profile),
    /// Pack current, ampere, charge positive.
    Current(Profile),
    /// Every cell temperature sensor, °C.
    CellSensors(Profile),
    /// One cell temperature sensor, from 0, °C.
    CellSensor(usize, Profile),
    /// Every MOSFET temperature sensor, °C.
    MosSensors(Profile),
    /// One MOSFET temperature sensor, from 0, °C.
    MosSensor(usize, Profile),
    /// Board sensor, °C.
    Board(Profile),
    /// Above 0.5: a load is attached to the port.
    LoadAttached(Profile),
    /// Above 0.5: a charger is attached to the port.
    ChargerAttached(Profile),
}

impl ForcedChange {
    /// The profile, and what it replaces in `setup`: nothing where the world has no such place.
    pub(crate) fn places<'a>(
        &self,
        setup: &'a mut ForcedSetup,
    ) -> (&Profile, Vec<&'a mut Profile>) {
        match self {
            Self::Cells(to) => (to, setup.cells.iter_mut().collect()),
            Self::Cell(cell, to) => (to, setup.cells.get_mut(*cell).into_iter().collect()),
            Self::Current(to) => (to, vec![&mut setup.current]),
            Self::CellSensors(to) => (to, setup.cell_temperatures.iter_mut().collect()),
            Self::CellSensor(sensor, to) => {
                (to, setup.cell_temperatures.get_mut(*sensor).into_iter().collect())
            }
            Self::MosSensors(to) => (to, setup.mos_temperatures.iter_mut().collect()),
            Self::MosSensor(sensor, to) => {
                (to, setup.mos_temperatures.get_mut(*sensor).into_iter().collect())
            }
            Self::Board(to) => (to, vec![&mut setup.board_temperature]),
            Self::LoadAttached(to) => (to, vec![&mut setup.load_attached]),
            Self::ChargerAttached(to) => (to, vec![&mut setup.charger_attached]),
        }
    }
}
