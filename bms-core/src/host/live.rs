//! The registers that show what is: measurements at the addresses of the PACE map (Modbus, V1.3),
//! and the alarm records.

use crate::afe::AfeFlags;
use crate::bms::Bms;
use crate::history::Record;
use crate::measure::{Reading, TEMPERATURES};
use crate::mode::Mode;
use crate::protect::Reasons;
use crate::units::Centicelsius;

/// How many alarm records there are.
pub const LOG_COUNT: u16 = 0x0200;
/// Which of them is shown, from 0, the oldest.
pub const LOG_INDEX: u16 = 0x0201;
const LOG_FIRST: u16 = 0x0202;

const CELLS_FIRST: u16 = 0x000F;

/// The value of a register that shows something; none if there is none at this address. `log` is
/// the record that the log registers show.
#[must_use]
pub fn read(address: u16, bms: &Bms, log: u16) -> Option<u16> {
    match address {
        0x0000..=0x0001 | 0x000F..=0x002B => {
            Some(bms.measure().reading().map_or(0, |reading| measured(address, reading)))
        }
        0x0002 => Some(unsigned(bms.soc().0 / 100)),
        0x0003 => Some(unsigned(bms.soh().0 / 100)),
        0x0004 => Some(ten_mah(bms.remaining_mah())),
        0x0005 => Some(ten_mah(bms.full_mah())),
        0x0006 => Some(ten_mah(bms.params().capacity_mah)),
        0x0007 | 0x002D => Some(low_word(bms.cycles())),
        0x002C => Some(high_word(bms.cycles())),
        0x0008 | 0x0009 | 0x000D | 0x000E => Some(0),
        0x000A => Some(protections(bms.active())),
        0x000B => Some(status(bms)),
        0x000C => Some(low_word(bms.bleed())),
        LOG_COUNT => Some(u16::try_from(bms.history().records().count()).unwrap_or(u16::MAX)),
        LOG_FIRST..=0x0209 => {
            let record = bms.history().records().nth(usize::from(log));
            Some(record.map_or(0, |record| logged(address - LOG_FIRST, record)))
        }
        _ => None,
    }
}

fn measured(address: u16, reading: &Reading) -> u16 {
    let cell = |number: u16| {
        let cell = reading.cells.get(usize::from(number));
        cell.map_or(0, |cell| unsigned(cell.to_millivolts().0))
    };
    let highest = reading.highest_cell().to_millivolts().0;
    let lowest = reading.lowest_cell().to_millivolts().0;
    match address {
        0x0000 => signed(reading.current.0 / 10),
        0x0001 => unsigned(reading.pack.0 / 10),
        0x000F..=0x001E => cell(address - CELLS_FIRST),
        0x001F..=0x0023 => degrees(reading.temperatures[usize::from(address - 0x001F)]),
        0x0024 => degrees(reading.temperatures[TEMPERATURES - 1]),
        0x0025 => unsigned(highest),
        0x0026 => unsigned(lowest),
        0x0027 => unsigned(highest - lowest),
        0x0028 => u16::from(reading.highest) + 1,
        0x0029 => u16::from(reading.lowest) + 1,
        0x002A => degrees(reading.temperatures[5]),
        _ => 0,
    }
}

/// Protection bits of the PACE map.
fn protections(active: Reasons) -> u16 {
    const BITS: [(u16, Reasons); 12] = [
        (0, Reasons::OVER_VOLTAGE.union(Reasons::ABNORMAL_HIGH_VOLTAGE)),
        (1, Reasons::UNDER_VOLTAGE.union(Reasons::LOW_VOLTAGE_PROHIBIT)),
        (4, Reasons::CHARGE_OC.union(Reasons::AFE_CHARGE_OC)),
        (
            5,
            Reasons::DISCHARGE_OC
                .union(Reasons::AFE_DISCHARGE_OC1)
                .union(Reasons::AFE_DISCHARGE_OC2),
        ),
        (6, Reasons::SHORT_CIRCUIT),
        (8, Reasons::CELL_CHARGE_HOT),
        (9, Reasons::CELL_DISCHARGE_HOT),
        (10, Reasons::CELL_CHARGE_COLD),
        (11, Reasons::CELL_DISCHARGE_COLD),
        (12, Reasons::MOS_CHARGE_HOT.union(Reasons::MOS_DISCHARGE_HOT)),
        (13, Reasons::EMERGENCY_STOP),
        (14, Reasons::MOS_CHARGE_COLD.union(Reasons::MOS_DISCHARGE_COLD)),
    ];
    bits(BITS.map(|(bit, reasons)| (bit, active.intersects(reasons))))
}

/// Status and fault bits of the PACE map.
fn status(bms: &Bms) -> u16 {
    let (active, gates) = (bms.active(), bms.gates());
    let flags = bms.measure().flags();
    bits([
        (0, active.contains(Reasons::CHARGE_MOS_FAULT)),
        (1, active.contains(Reasons::DISCHARGE_MOS_FAULT)),
        (2, active.contains(Reasons::SENSOR)),
        (5, active.contains(Reasons::FRONT_END)),
        (8, bms.mode() == Mode::Charge),
        (9, bms.mode() == Mode::Discharge),
        (10, flags.contains(AfeFlags::CHARGE_FET)),
        (11, flags.contains(AfeFlags::DISCHARGE_FET)),
        (12, gates.limiter),
    ])
}

fn bits<const N: usize>(bits: [(u16, bool); N]) -> u16 {
    bits.into_iter().fold(0, |word, (bit, on)| word | u16::from(on) << bit)
}

/// Word `offset` of a record: number, time of entry in seconds, kind (bit of the protection, from
/// 1), SOC of entry in 0.01 %, whether it is over, time of exit in seconds.
fn logged(offset: u16, record: &Record) -> u16 {
    let seconds = |micros: u64| u32::try_from(micros / 1_000_000).unwrap_or(u32::MAX);
    let entered = seconds(record.entered.at.as_micros());
    let left = record.left.map(|left| seconds(left.at.as_micros()));
    match offset {
        0 => low_word(record.number),
        1 => high_word(entered),
        2 => low_word(entered),
        3 => u16::try_from(record.reason.bits().trailing_zeros() + 1).unwrap_or(0),
        4 => unsigned(record.entered.soc.0),
        5 => u16::from(left.is_some()),
        6 => high_word(left.unwrap_or_default()),
        _ => low_word(left.unwrap_or_default()),
    }
}

fn signed(value: i32) -> u16 {
    i16::try_from(value).unwrap_or(if value < 0 { i16::MIN } else { i16::MAX }).cast_unsigned()
}

fn unsigned(value: i32) -> u16 {
    u16::try_from(value.max(0)).unwrap_or(u16::MAX)
}

/// Tenths of a degree.
fn degrees(value: Centicelsius) -> u16 {
    signed(i32::from(value.0) / 10)
}

fn ten_mah(value: u32) -> u16 {
    u16::try_from(value / 10).unwrap_or(u16::MAX)
}

const fn high_word(value: u32) -> u16 {
    (value >> 16) as u16
}

const fn low_word(value: u32) -> u16 {
    (value & 0xFFFF) as u16
}
