//! The register map: addresses and bit orders (SH367309 datasheet V1.2, p14-60).

use bitflags::bitflags;

/// First byte of the EEPROM image; the image is contiguous from here.
pub const SCONF1: u8 = 0x00;
/// Factory trim of the thermistor reference; bits 6:0, read-only.
pub const TR: u8 = 0x19;
/// Switches of the chip: [`Conf`].
pub const CONF: u8 = 0x40;
/// Bleeding of cells 16 to 9.
pub const BALANCE_HIGH: u8 = 0x41;
/// Bleeding of cells 8 to 1.
pub const BALANCE_LOW: u8 = 0x42;
/// First byte of the measurement block.
pub const BSTATUS1: u8 = 0x43;
/// First thermistor, big endian.
pub const TEMP1: u8 = 0x46;
/// The fast converter's current, big endian, signed.
pub const CUR: u8 = 0x4C;
/// The most negative cell, big endian; 15 more follow.
pub const CELL1: u8 = 0x4E;
/// The coulomb counter's window, big endian, signed; bit 15 means discharge.
pub const CADCD: u8 = 0x6E;
/// Event flags of the voltage and current protections: [`EventFlags`].
pub const BFLAG1: u8 = 0x70;
/// Conversion, reset and temperature flags: [`ConversionFlags`].
pub const BFLAG2: u8 = 0x71;
/// Watchdog period, bits 1:0.
pub const RSTSTAT: u8 = 0x72;
/// Writing [`SOFT_RESET_KEY`] here resets the chip.
pub const SOFT_RESET: u8 = 0xEA;
/// The only value that [`SOFT_RESET`] accepts.
pub const SOFT_RESET_KEY: u8 = 0xC0;

bitflags! {
    /// CONF (40h). After a reset the chip holds 70h: every MOSFET permitted, counter off.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Conf: u8 {
        /// A 0-1-0 sequence clears the latched current protections.
        const OCRC = 1 << 7;
        /// Permit the low-cell pre-charge MOSFET.
        const PCHMOS = 1 << 6;
        /// Permit the discharge MOSFET.
        const DSGMOS = 1 << 5;
        /// Permit the charge MOSFET.
        const CHGMOS = 1 << 4;
        /// Run the coulomb counter.
        const CADCON = 1 << 3;
        /// Run the watchdog.
        const ENWDT = 1 << 2;
        /// Go to sleep.
        const SLEEP = 1 << 1;
        /// Go to idle.
        const IDLE = 1 << 0;
    }
}

bitflags! {
    /// BSTATUS1 (43h): voltage and current protections in force.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Status1: u8 {
        /// Watchdog expired.
        const WDT = 1 << 7;
        /// Permanent failure.
        const PF = 1 << 6;
        /// Short circuit.
        const SC = 1 << 5;
        /// Charge over-current.
        const OCC = 1 << 4;
        /// Discharge over-current 2.
        const OCD2 = 1 << 3;
        /// Discharge over-current 1.
        const OCD1 = 1 << 2;
        /// Under-voltage.
        const UV = 1 << 1;
        /// Over-voltage.
        const OV = 1 << 0;
    }
}

bitflags! {
    /// BSTATUS2 (44h): temperature protections in force.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Status2: u8 {
        /// Discharge over-temperature.
        const OTD = 1 << 3;
        /// Discharge under-temperature.
        const UTD = 1 << 2;
        /// Charge over-temperature.
        const OTC = 1 << 1;
        /// Charge under-temperature.
        const UTC = 1 << 0;
    }
}

bitflags! {
    /// BSTATUS3 (45h): current direction and what the drivers really do.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Status3: u8 {
        /// Charge current flows.
        const CHGING = 1 << 7;
        /// Discharge current flows.
        const DSGING = 1 << 6;
        /// The EEPROM can be written.
        const EEPR_WR = 1 << 4;
        /// Charging is prohibited by a low cell.
        const L0V = 1 << 3;
        /// The pre-charge driver is on.
        const PCHG_FET = 1 << 2;
        /// The charge driver is on.
        const CHG_FET = 1 << 1;
        /// The discharge driver is on.
        const DSG_FET = 1 << 0;
    }
}

bitflags! {
    /// BFLAG1 (70h): entries into protections since the flag was last cleared.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EventFlags: u8 {
        /// Watchdog expired.
        const WDT = 1 << 7;
        /// Permanent failure.
        const PF = 1 << 6;
        /// Short circuit.
        const SC = 1 << 5;
        /// Charge over-current.
        const OCC = 1 << 4;
        /// The chip's 3.3 V output was overloaded.
        const LOAD = 1 << 3;
        /// Either discharge over-current.
        const OCD = 1 << 2;
        /// Under-voltage.
        const UV = 1 << 1;
        /// Over-voltage.
        const OV = 1 << 0;
    }
}

bitflags! {
    /// BFLAG2 (71h).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ConversionFlags: u8 {
        /// The chip came out of a reset.
        const RST = 1 << 7;
        /// The chip was woken.
        const WAKE = 1 << 6;
        /// A counter window closed; reading clears it.
        const CADC = 1 << 5;
        /// A conversion cycle ended; reading clears it.
        const VADC = 1 << 4;
        /// Discharge over-temperature.
        const OTD = 1 << 3;
        /// Discharge under-temperature.
        const UTD = 1 << 2;
        /// Charge over-temperature.
        const OTC = 1 << 1;
        /// Charge under-temperature.
        const UTC = 1 << 0;
    }
}

/// The flag registers clear where a 0 is written and ignore a 1. These are the only ways this
/// driver makes a byte for them, so that no other polarity can be written.
impl EventFlags {
    /// The byte that clears exactly these flags.
    #[must_use]
    pub const fn clearing(self) -> u8 {
        !self.bits()
    }
}

impl ConversionFlags {
    /// The byte that clears exactly these flags.
    #[must_use]
    pub const fn clearing(self) -> u8 {
        !self.bits()
    }
}
