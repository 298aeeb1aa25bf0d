//! The hardware seam: what a front end can be asked, and what it answers, in engineering units.
//!
//! [`drivers`](crate::drivers) implement [`Afe`] over a bus; a simulator implements it without
//! one. Both deliver the same [`Sample`].

use crate::params::Params;
use crate::time::Instant;
use crate::units::{Centicelsius, Microcoulombs, Microvolts, Milliamps, Picovolts};
use bitflags::bitflags;
use heapless::Vec;

/// The largest number of cells in series any front end of this firmware measures.
pub const CELLS_MAX: usize = 24;

/// The number of thermistor inputs a front end may bring along.
pub const AFE_NTC_MAX: usize = 3;

bitflags! {
    /// Protections that the front end enforces by itself, and its states.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct AfeFlags: u32 {
        /// A cell is over the chip's over-voltage threshold.
        const OVER_VOLTAGE = 1 << 0;
        /// A cell is under the chip's under-voltage threshold.
        const UNDER_VOLTAGE = 1 << 1;
        /// Discharge over-current, stage 1.
        const DISCHARGE_OC1 = 1 << 2;
        /// Discharge over-current, stage 2.
        const DISCHARGE_OC2 = 1 << 3;
        /// Charge over-current.
        const CHARGE_OC = 1 << 4;
        /// Short circuit.
        const SHORT_CIRCUIT = 1 << 5;
        /// Permanent failure: second over-voltage or broken sense wire. Measurements are frozen.
        const PERMANENT_FAILURE = 1 << 6;
        /// The chip's watchdog expired: the firmware was silent for too long.
        const WATCHDOG = 1 << 7;
        /// Charge over-temperature at one of the chip's own thermistors.
        const CHARGE_HOT = 1 << 8;
        /// Charge under-temperature at one of the chip's own thermistors.
        const CHARGE_COLD = 1 << 9;
        /// Discharge over-temperature at one of the chip's own thermistors.
        const DISCHARGE_HOT = 1 << 10;
        /// Discharge under-temperature at one of the chip's own thermistors.
        const DISCHARGE_COLD = 1 << 11;
        /// Charging is prohibited because a cell is far too low.
        const LOW_VOLTAGE_LOCK = 1 << 12;
        /// Charge current flows, by the chip's state detection (PS-STA-1).
        const CHARGING = 1 << 16;
        /// Discharge current flows, by the chip's state detection (PS-STA-1).
        const DISCHARGING = 1 << 17;
        /// The charge MOSFET's driver is on. What the driver does, not what was asked of it.
        const CHARGE_FET = 1 << 18;
        /// The discharge MOSFET's driver is on.
        const DISCHARGE_FET = 1 << 19;
        /// The low-cell pre-charge MOSFET's driver is on.
        const PRECHARGE_FET = 1 << 20;
        /// The chip came out of a reset that the firmware did not ask for and has forgotten its
        /// set-up.
        const UNEXPECTED_RESET = 1 << 21;
    }
}

/// One consistent reading of the front end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When the reading was taken, on the firmware's clock.
    pub taken: Instant,
    /// True if the cell voltages and the fast current are of a conversion cycle not seen before.
    pub fresh: bool,
    /// Cell voltages from the most negative cell upwards.
    pub cells: Vec<Microvolts, CELLS_MAX>,
    /// The pack current of the fast converter (SH367309: once per 100 ms cycle).
    pub current: Milliamps,
    /// Charge that passed the shunt since the previous sample that carried one, from the coulomb
    /// counter, and how long the counter was integrating. `None` when no new window has closed.
    pub counted: Option<Counted>,
    /// The chip's own thermistors.
    pub temperatures: Vec<Centicelsius, AFE_NTC_MAX>,
    /// Protections and states.
    pub flags: AfeFlags,
}

/// A closed window of the coulomb counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Charge that flowed in the window; into the pack is positive.
    pub charge: Microcoulombs,
    /// Mean current of the window.
    pub current: Milliamps,
}

/// What the firmware wants of the front end's switches and balancing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Permit the charge MOSFET. The chip may still hold it off.
    pub charge: bool,
    /// Permit the discharge MOSFET. The chip may still hold it off.
    pub discharge: bool,
    /// Permit the low-cell pre-charge MOSFET (PS-PCG-3; not the capacitor pre-charge, which is a
    /// pin of the microcontroller).
    pub low_cell_precharge: bool,
    /// Cells to bleed, one bit per cell, bit 0 the most negative.
    pub bleed: u32,
    /// Clear the chip's latched current protections now.
    pub clear_over_current: bool,
}

/// Why the front end could not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AfeError {
    /// The bus did not answer, after the driver's retries.
    Bus,
    /// The answer's checksum was wrong, after the driver's retries.
    Checksum,
    /// The chip refused or lost a write.
    NotStored,
    /// A value cannot be what a working chip delivers.
    Implausible,
    /// The configuration cannot be expressed in the chip's codes.
    NotRepresentable,
    /// The front end is still being brought up; there is no reading yet.
    NotReady,
}

/// A front end, at the level of meaning.
pub trait Afe {
    /// Brings the chip up with the thresholds of `params`; call it again and again with a later
    /// `now` until it answers [`Startup::Ready`]. The MOSFETs are off until then.
    ///
    /// # Errors
    /// The bus failed for good, or the parameters are not representable.
    fn start(&mut self, now: Instant, params: &Params) -> Result<Startup, AfeError>;

    /// Reads everything.
    ///
    /// # Errors
    /// The bus failed, a checksum was wrong, or a reading is impossible.
    fn read(&mut self, now: Instant) -> Result<Sample, AfeError>;

    /// Carries a command to the chip. Unchanged parts cost nothing.
    ///
    /// # Errors
    /// The bus failed or the chip did not store what was written.
    fn command(&mut self, now: Instant, command: &Command) -> Result<(), AfeError>;

    /// Whether the chip can be set to these parameters.
    fn accepts(&self, _params: &Params) -> bool {
        true
    }

    /// Puts the chip to sleep, its switches off, until [`Afe::start`]; a charger at the port wakes
    /// it too and raises its alarm. A front end without such a state does nothing.
    ///
    /// # Errors
    /// The bus failed.
    fn sleep(&mut self, _now: Instant) -> Result<(), AfeError> {
        Ok(())
    }

    /// Shunt voltage of one count of the converter behind [`Sample::current`]. An ampere limit is
    /// compared at this resolution. The default is the SH367309's: 200 mV / 26 837 (datasheet
    /// V1.2, current conversion).
    fn current_step(&self) -> Picovolts {
        Picovolts(7_452_398)
    }
}

/// How far [`Afe::start`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Startup {
    /// Not yet; call again at this time or later.
    Busy {
        /// The earliest useful moment.
        until: Instant,
    },
    /// Up and measuring.
    Ready,
}
