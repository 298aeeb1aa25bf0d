//! The coding tables of the EEPROM fields, both ways (SH367309 datasheet V1.2, p14-38 and p52-65).
//!
//! Values are whole numbers in the table's unit: millivolts, microvolts or microseconds.

/// A value that a field cannot hold, with the nearest ones it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbours {
    /// The next smaller value, if the field goes that low.
    pub below: Option<i64>,
    /// The next larger value, if the field goes that high.
    pub above: Option<i64>,
}

/// A field whose code counts steps from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Value of one count.
    pub step: i64,
    /// The smallest value allowed; a multiple of the step.
    pub min: i64,
    /// The largest value allowed; a multiple of the step.
    pub max: i64,
}

impl Grid {
    /// The code of exactly `value`.
    ///
    /// # Errors
    /// The value lies outside the range or between two steps.
    pub fn encode(&self, value: i64) -> Result<u16, Neighbours> {
        if value < self.min || value > self.max || value % self.step != 0 {
            return Err(self.neighbours(value));
        }
        Ok(u16::try_from(value / self.step).expect("ranges of this chip fit 10 bits"))
    }

    /// The value that a code stands for.
    #[must_use]
    pub const fn decode(&self, code: u16) -> i64 {
        code as i64 * self.step
    }

    fn neighbours(&self, value: i64) -> Neighbours {
        let floor = value.div_euclid(self.step) * self.step;
        Neighbours {
            below: (value > self.min).then(|| floor.min(self.max)),
            above: (value < self.max).then(|| (floor + self.step).max(self.min)),
        }
    }
}

/// A field whose code is the position in a strictly rising table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// The values by code.
    pub values: &'static [i64],
}

impl Table {
    /// The code of exactly `value`.
    ///
    /// # Errors
    /// The value is not in the table.
    pub fn encode(&self, value: i64) -> Result<u8, Neighbours> {
        match self.values.binary_search(&value) {
            Ok(code) => Ok(u8::try_from(code).expect("tables have at most 16 rows")),
            Err(place) => Err(Neighbours {
                below: place.checked_sub(1).map(|row| self.values[row]),
                above: self.values.get(place).copied(),
            }),
        }
    }

    /// The value that a code stands for. Bits beyond the field's width are ignored.
    #[must_use]
    pub const fn decode(&self, code: u8) -> i64 {
        self.values[code as usize % self.values.len()]
    }
}

const fn is_rising(table: &Table) -> bool {
    let mut row = 1;
    while row < table.values.len() {
        if table.values[row - 1] >= table.values[row] {
            return false;
        }
        row += 1;
    }
    true
}

/// OVT, UVT: delay of over-voltage and under-voltage, in microseconds.
pub const VOLTAGE_DELAY: Table = Table {
    values: &[
        100_000, 200_000, 300_000, 400_000, 600_000, 800_000, 1_000_000, 2_000_000, 3_000_000,
        4_000_000, 6_000_000, 8_000_000, 10_000_000, 20_000_000, 30_000_000, 40_000_000,
    ],
};

/// OCD1V, OCCV: first discharge and charge over-current, in millivolts across the shunt.
pub const OVER_CURRENT_1: Table =
    Table { values: &[20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 160, 180, 200] };

/// OCD1T: delay of the first discharge over-current, in microseconds.
pub const OVER_CURRENT_1_DELAY: Table = Table {
    values: &[
        50_000, 100_000, 200_000, 400_000, 600_000, 800_000, 1_000_000, 2_000_000, 4_000_000,
        6_000_000, 8_000_000, 10_000_000, 15_000_000, 20_000_000, 30_000_000, 40_000_000,
    ],
};

/// OCD2V: second discharge over-current, in millivolts.
pub const OVER_CURRENT_2: Table =
    Table { values: &[30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200, 300, 400, 500] };

/// OCD2T, OCCT: delay of the second discharge and of the charge over-current, in microseconds.
pub const OVER_CURRENT_2_DELAY: Table = Table {
    values: &[
        10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 200_000, 400_000, 600_000, 800_000,
        1_000_000, 2_000_000, 4_000_000, 8_000_000, 10_000_000, 20_000_000,
    ],
};

/// SCV: short circuit, in millivolts.
pub const SHORT_CIRCUIT: Table = Table {
    values: &[50, 80, 110, 140, 170, 200, 230, 260, 290, 320, 350, 400, 500, 600, 800, 1_000],
};

/// SCT: delay of the short circuit, in microseconds.
pub const SHORT_CIRCUIT_DELAY: Table = Table {
    values: &[0, 64, 128, 192, 256, 320, 384, 448, 512, 576, 640, 704, 768, 832, 896, 960],
};

/// OCRT, PFT: timed recovery and delay of the permanent failure, in microseconds.
pub const RECOVERY: Table = Table { values: &[8_000_000, 16_000_000, 32_000_000, 64_000_000] };

/// LDRT: how long the load must be gone, in microseconds.
pub const LOAD_RELEASE: Table = Table { values: &[100_000, 500_000, 1_000_000, 2_000_000] };

/// CHS: detection of charge and discharge, in microvolts across the shunt.
pub const STATE_DETECT: Table = Table { values: &[200, 500, 1_000, 2_000] };

/// MOST: turn-on delay of the MOSFETs, in microseconds.
pub const TURN_ON_DELAY: Table = Table { values: &[64, 128, 256, 512] };

/// OV, in millivolts.
pub const OVER_VOLTAGE: Grid = Grid { step: 5, min: 3_600, max: 4_500 };
/// OVR, in millivolts.
pub const OVER_VOLTAGE_RELEASE: Grid = Grid { step: 5, min: 3_300, max: 4_500 };
/// UV, in millivolts.
pub const UNDER_VOLTAGE: Grid = Grid { step: 20, min: 2_000, max: 3_100 };
/// UVR, in millivolts.
pub const UNDER_VOLTAGE_RELEASE: Grid = Grid { step: 20, min: 2_000, max: 3_600 };
/// BALV, in millivolts.
pub const BALANCE: Grid = Grid { step: 20, min: 3_300, max: 4_500 };
/// PREV, in millivolts.
pub const PRECHARGE: Grid = Grid { step: 20, min: 1_000, max: 3_000 };
/// L0V, in millivolts.
pub const LOW_VOLTAGE: Grid = Grid { step: 20, min: 500, max: 2_000 };
/// PFV, in millivolts.
pub const PERMANENT_FAILURE: Grid = Grid { step: 20, min: 3_800, max: 5_000 };

/// Watchdog periods, RSTSTAT bits 1:0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WatchdogPeriod {
    /// 32 s, the value after a reset.
    Seconds32 = 0b00,
    /// 16 s.
    Seconds16 = 0b01,
    /// 8 s.
    Seconds8 = 0b10,
    /// 4 s.
    Seconds4 = 0b11,
}

const _: () = assert!(
    is_rising(&VOLTAGE_DELAY)
        && is_rising(&OVER_CURRENT_1)
        && is_rising(&OVER_CURRENT_1_DELAY)
        && is_rising(&OVER_CURRENT_2)
        && is_rising(&OVER_CURRENT_2_DELAY)
        && is_rising(&SHORT_CIRCUIT)
        && is_rising(&SHORT_CIRCUIT_DELAY)
        && is_rising(&RECOVERY)
        && is_rising(&LOAD_RELEASE)
        && is_rising(&STATE_DETECT)
        && is_rising(&TURN_ON_DELAY),
    "a table is searched by halving, so it rises"
);
