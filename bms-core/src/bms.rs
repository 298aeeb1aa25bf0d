//! The whole firmware as one function of time: inputs in, decision out.

use crate::afe::{AfeError, Sample};
use crate::history::History;
use crate::indicate::Leds;
use crate::mode::Mode;
use crate::params::Params;
use crate::protect::Reasons;
use crate::time::Instant;
use crate::units::{BasisPoints, Millivolts};

/// Thermistors on the microcontroller's own converter, beside those of the front end: the fourth
/// cell sensor, two MOSFET sensors and the board's (PS-GEN-7; cell sensors 1 to 3 sit on the chip).
pub const BOARD_NTC: usize = 4;

/// What the microcontroller's own pins and converter say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// Thermistor dividers as a share of the reference, 0 to 32 768, `R / (R + 10 kΩ)`:
    /// cell sensor 4, MOSFET 1, MOSFET 2, board.
    pub ntc: [u16; BOARD_NTC],
    /// Voltage between P+ and P−.
    pub port: Millivolts,
    /// The power button is pressed.
    pub button: bool,
    /// The CTL input is low (PS-CTL-1).
    pub ctl_low: bool,
    /// The emergency-stop loop is open (PS-RPS-1).
    pub emergency_open: bool,
}

/// Everything one step is told.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// The newest reading of the front end, or why there is none.
    pub sample: Result<&'a Sample, AfeError>,
    /// The microcontroller's own inputs.
    pub board: Board,
}

/// What the switches shall do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// Charge MOSFET.
    pub charge: bool,
    /// Discharge MOSFET.
    pub discharge: bool,
    /// Capacitor pre-charge path (PS-PCG-1), a pin of the microcontroller.
    pub precharge: bool,
    /// Low-cell pre-charge MOSFET of the front end (PS-PCG-4).
    pub low_cell_precharge: bool,
    /// Charge-current limiter (PS-LIM-1).
    pub limiter: bool,
}

/// Energy transfer between two cells (PS-BAL-3); cell numbers from 0, the most negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The cell that gives.
    pub donor: u8,
    /// The cell that receives.
    pub receiver: u8,
}

/// The answer of one step. A value: it can be recorded, compared, replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What the pack is doing.
    pub mode: Mode,
    /// What the switches shall do.
    pub gates: Gates,
    /// Protections in force.
    pub active: Reasons,
    /// Protections whose condition holds but whose delay has not yet passed.
    pub pending: Reasons,
    /// Active balancing.
    pub transfer: Option<Transfer>,
    /// Cells to bleed, bit 0 the most negative.
    pub bleed: u32,
    /// Front-end latches to clear.
    pub clear_over_current: bool,
    /// The six LEDs (PS-LED-1).
    pub leds: Leds,
    /// Estimated state of charge.
    pub soc: BasisPoints,
    /// When the firmware wants to run again at the latest, front-end alarms apart.
    pub wake: Instant,
}
