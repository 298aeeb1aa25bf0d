//! The register file of the SH367309: addresses, bits, and what a reset leaves (SH367309
//! datasheet V1.2, register tables).

use crate::time::SimTime;
use bms_core::protect::Reasons;

/// Number of EEPROM bytes, 00h to 19h.
pub const EEPROM_BYTES: usize = 26;
/// The factory's trim of the thermistor reference; read-only.
pub const TR: u8 = 0x19;
/// Configuration, permits and modes.
pub const CONF: u8 = 0x40;
/// Balancing of cells 16 to 9.
pub const BALANCE_HIGH: u8 = 0x41;
/// Balancing of cells 8 to 1.
pub const BALANCE_LOW: u8 = 0x42;
/// Protection states: watchdog, failure, currents, voltages.
pub const BSTATUS1: u8 = 0x43;
/// Protection states: temperatures.
pub const BSTATUS2: u8 = 0x44;
/// Charge and discharge state, drivers.
pub const BSTATUS3: u8 = 0x45;
/// First of three thermistor readings, two bytes each, high byte first.
pub const TEMP1: u8 = 0x46;
/// Fast current, signed.
pub const CUR: u8 = 0x4C;
/// First of sixteen cell readings.
pub const CELL1: u8 = 0x4E;
/// Coulomb counter, signed.
pub const CADCD: u8 = 0x6E;
/// Event flags; writing 0 clears.
pub const BFLAG1: u8 = 0x70;
/// Event flags; writing 0 clears, reading clears the converters'.
pub const BFLAG2: u8 = 0x71;
/// Watchdog period.
pub const RSTSTAT: u8 = 0x72;
/// Where the soft-reset frame is addressed.
pub const SOFT_RESET: u8 = 0xEA;
/// What the soft-reset frame carries.
pub const SOFT_RESET_KEY: u8 = 0xC0;

/// Bits of [`CONF`].
pub mod conf {
    /// Clears latched current protections when it goes 0, 1, 0.
    pub const OCRC: u8 = 1 << 7;
    /// Permits the low-cell pre-charge driver.
    pub const PCHMOS: u8 = 1 << 6;
    /// Permits the discharge driver.
    pub const DSGMOS: u8 = 1 << 5;
    /// Permits the charge driver.
    pub const CHGMOS: u8 = 1 << 4;
    /// Runs the coulomb counter.
    pub const CADCON: u8 = 1 << 3;
    /// Runs the watchdog.
    pub const ENWDT: u8 = 1 << 2;
    /// Requests SLEEP.
    pub const SLEEP: u8 = 1 << 1;
    /// Requests IDLE.
    pub const IDLE: u8 = 1 << 0;
}

/// Bits of [`BFLAG1`]; [`BSTATUS1`] uses the same places, with OCD split in two.
pub mod flag1 {
    /// The watchdog expired.
    pub const WDT: u8 = 1 << 7;
    /// Permanent failure.
    pub const PF: u8 = 1 << 6;
    /// Short circuit.
    pub const SC: u8 = 1 << 5;
    /// Charge over-current.
    pub const OCC: u8 = 1 << 4;
    /// Discharge over-current, either stage.
    pub const OCD: u8 = 1 << 2;
    /// Under-voltage.
    pub const UV: u8 = 1 << 1;
    /// Over-voltage.
    pub const OV: u8 = 1 << 0;
}

/// Bits of [`BFLAG2`]; the low four are those of [`BSTATUS2`].
pub mod flag2 {
    /// The chip was reset.
    pub const RST: u8 = 1 << 7;
    /// The chip woke from IDLE or SLEEP.
    pub const WAKE: u8 = 1 << 6;
    /// A coulomb-counter window has closed.
    pub const CADC: u8 = 1 << 5;
    /// A conversion cycle has ended.
    pub const VADC: u8 = 1 << 4;
    /// Discharge, too hot.
    pub const OTD: u8 = 1 << 3;
    /// Discharge, too cold.
    pub const UTD: u8 = 1 << 2;
    /// Charge, too hot.
    pub const OTC: u8 = 1 << 1;
    /// Charge, too cold.
    pub const UTC: u8 = 1 << 0;
}

/// Bits of [`BSTATUS3`].
pub mod status3 {
    /// Charge current flows.
    pub const CHGING: u8 = 1 << 7;
    /// Discharge current flows.
    pub const DSGING: u8 = 1 << 6;
    /// An EEPROM byte is being programmed.
    pub const EEPR_WR: u8 = 1 << 4;
    /// Charging is inhibited for good.
    pub const L0V: u8 = 1 << 3;
    /// The low-cell pre-charge driver is on.
    pub const PCHG_FET: u8 = 1 << 2;
    /// The charge driver is on.
    pub const CHG_FET: u8 = 1 << 1;
    /// The discharge driver is on.
    pub const DSG_FET: u8 = 1 << 0;
}

/// [`CONF`] after a reset: every driver permitted, everything else off.
pub const CONF_RESET: u8 = 0x70;

/// The writable and the latched registers.
#[derive(Clone, Debug)]
pub(crate) struct Ram {
    pub(crate) conf: u8,
    pub(crate) balance: u16,
    pub(crate) flag1: u8,
    pub(crate) flag2: u8,
    pub(crate) rststat: u8,
    pub(crate) temperatures: [u16; 3],
    pub(crate) current: i16,
    pub(crate) cells: [u16; 16],
    pub(crate) counted: i16,
    /// When the chip clears the balancing bits by itself.
    pub(crate) balance_until: SimTime,
}

impl Ram {
    pub(crate) fn after_reset() -> Self {
        Self {
            conf: CONF_RESET,
            balance: 0,
            flag1: 0,
            flag2: flag2::RST,
            rststat: 0,
            temperatures: [0; 3],
            current: 0,
            cells: [0; 16],
            counted: 0,
            balance_until: SimTime::NEVER,
        }
    }

    /// A conversion result's byte: TEMP1 to CADCD.
    pub(crate) fn measured(&self, address: u8) -> u8 {
        let word = match address {
            TEMP1..CUR => self.temperatures[usize::from(address - TEMP1) / 2],
            CUR..CELL1 => self.current.cast_unsigned(),
            CELL1..CADCD => self.cells[usize::from(address - CELL1) / 2],
            _ => self.counted.cast_unsigned(),
        };
        word.to_be_bytes()[usize::from(address % 2)]
    }
}

/// A latch's bit in [`BSTATUS1`].
pub(crate) const STATUS1: [(Reasons, u8); 7] = [
    (Reasons::ABNORMAL_HIGH_VOLTAGE, flag1::PF),
    (Reasons::SHORT_CIRCUIT, flag1::SC),
    (Reasons::AFE_CHARGE_OC, flag1::OCC),
    (Reasons::AFE_DISCHARGE_OC2, 1 << 3),
    (Reasons::AFE_DISCHARGE_OC1, 1 << 2),
    (Reasons::UNDER_VOLTAGE, flag1::UV),
    (Reasons::OVER_VOLTAGE, flag1::OV),
];

/// A latch's bit in [`BFLAG1`]: both discharge stages share one.
pub(crate) const FLAG1: [(Reasons, u8); 7] = [
    (Reasons::ABNORMAL_HIGH_VOLTAGE, flag1::PF),
    (Reasons::SHORT_CIRCUIT, flag1::SC),
    (Reasons::AFE_CHARGE_OC, flag1::OCC),
    (Reasons::AFE_DISCHARGE_OC2, flag1::OCD),
    (Reasons::AFE_DISCHARGE_OC1, flag1::OCD),
    (Reasons::UNDER_VOLTAGE, flag1::UV),
    (Reasons::OVER_VOLTAGE, flag1::OV),
];

/// A temperature latch's bit in [`BSTATUS2`] and [`BFLAG2`].
pub(crate) const STATUS2: [(Reasons, u8); 4] = [
    (Reasons::CELL_DISCHARGE_HOT, flag2::OTD),
    (Reasons::CELL_DISCHARGE_COLD, flag2::UTD),
    (Reasons::CELL_CHARGE_HOT, flag2::OTC),
    (Reasons::CELL_CHARGE_COLD, flag2::UTC),
];

/// The bits of `table` whose latch is among `latched`.
pub(crate) fn bits(table: &[(Reasons, u8)], latched: Reasons) -> u8 {
    table
        .iter()
        .filter(|(reason, _)| latched.intersects(*reason))
        .fold(0, |byte, (_, bit)| byte | bit)
}
