//! The chip's thermistor inputs: ratio codes against the trimmed reference, and the threshold
//! codes of the EEPROM (SH367309 datasheet V1.2, p40-48).

use crate::ntc;
use crate::units::Centicelsius;

/// Reported for a thermistor below every resistance of the table: shorted, or hotter than it goes.
pub const SENSOR_SHORTED: Centicelsius = Centicelsius(i16::MAX);

/// Reported for a thermistor above every resistance of the table: open, or colder than it goes.
pub const SENSOR_OPEN: Centicelsius = Centicelsius(i16::MIN);

/// The full scale of a ratio.
const WHOLE: u32 = 1 << 15;
/// The resistor that the firmware's table is written for, in ohms.
const TABLE_REFERENCE: u32 = 10_000;
/// Ratios of 10 kΩ between which thresholds are sought: about 85 °C and −45 °C, both inside the
/// published table and beyond every threshold the chip allows.
const SEARCH: (u16, u16) = (4_000, 31_500);

/// The chip's internal reference resistor, as trimmed at the factory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    ohms: u32,
}

impl Reference {
    /// The nominal part: TR = 64, 10.0 kΩ.
    pub const NOMINAL: Self = Self::from_trim(64);

    /// From the register TR: 6.8 kΩ + 50 Ω per count of bits 6:0.
    #[must_use]
    pub const fn from_trim(trim: u8) -> Self {
        Self { ohms: 6_800 + 50 * (trim & 0x7F) as u32 }
    }

    /// The resistance in ohms.
    #[must_use]
    pub const fn ohms(self) -> u32 {
        self.ohms
    }

    /// The temperature of a register code, `RT / (RREF + RT)` × 32 768; `None` above full scale.
    #[must_use]
    pub fn temperature(self, code: u16) -> Option<Centicelsius> {
        let ratio = convert(code, self.ohms, TABLE_REFERENCE)?;
        let outside = if u32::from(ratio) < WHOLE / 2 { SENSOR_SHORTED } else { SENSOR_OPEN };
        Some(ntc::checked(ratio).unwrap_or(outside))
    }

    /// The code of a high-temperature threshold: 512 × RT / (RREF + RT).
    #[must_use]
    pub fn high_threshold(self, temperature: Centicelsius) -> u8 {
        let ratio = u32::from(self.ratio(temperature));
        u8::try_from((ratio + 32) / 64).unwrap_or(u8::MAX)
    }

    /// The code of a low-temperature threshold: 512 × (RT / (RREF + RT) − 0.5).
    #[must_use]
    pub fn low_threshold(self, temperature: Centicelsius) -> u8 {
        let ratio = u32::from(self.ratio(temperature));
        u8::try_from(((ratio + 32) / 64).saturating_sub(256)).unwrap_or(u8::MAX)
    }

    /// The ratio code of a temperature between −40 and 80 °C.
    fn ratio(self, temperature: Centicelsius) -> u16 {
        convert(table_ratio(temperature), TABLE_REFERENCE, self.ohms)
            .expect("ratios of the search range are below full scale")
    }
}

/// The ratio to one reference resistor from the ratio to another; `None` above full scale.
fn convert(ratio: u16, from_ohms: u32, to_ohms: u32) -> Option<u16> {
    let ratio = u32::from(ratio);
    let rest = u64::from(WHOLE.checked_sub(ratio)?);
    let thermistor = u64::from(from_ohms) * u64::from(ratio);
    let divisor = thermistor + u64::from(to_ohms) * rest;
    let converted = (thermistor * u64::from(WHOLE) + divisor / 2) / divisor;
    Some(u16::try_from(converted).expect("a share of the whole is at most the whole"))
}

/// The smallest ratio to 10 kΩ that is not hotter than `temperature`, by halving: the resistance
/// falls as the temperature rises.
fn table_ratio(temperature: Centicelsius) -> u16 {
    let (mut hotter, mut not_hotter) = SEARCH;
    while not_hotter - hotter > 1 {
        let middle = hotter + (not_hotter - hotter) / 2;
        let at_middle =
            ntc::checked(middle).expect("the search range lies inside the published table");
        if at_middle > temperature {
            hotter = middle;
        } else {
            not_hotter = middle;
        }
    }
    not_hotter
}
