//! From the measurement block to a [`Sample`](crate::afe::Sample)'s parts.
//!
//! Cells: one count is 156.25 µV, rounded down to whole microvolts (SH367309
//! datasheet V1.2, p40-48).

use super::bus::READ_MAX;
use super::current::CurrentScale;
use super::registers;
use super::registers::{EventFlags, Status1, Status2, Status3};
use super::thermistor::Reference;
use crate::afe::{AFE_NTC_MAX, AfeError, AfeFlags, CELLS_MAX, Counted};
use crate::units::{Centicelsius, Microvolts, Milliamps};
use heapless::Vec;

/// Registers 43h to 6Fh in one piece.
pub(super) struct Block(pub(super) [u8; BLOCK_SIZE]);

/// Bytes of the measurement block.
pub(super) const BLOCK_SIZE: usize = (registers::CADCD + 2 - registers::BSTATUS1) as usize;

const _: () = assert!(BLOCK_SIZE == READ_MAX, "the bus has room for exactly this block");

/// The first code above full scale (5.12 V).
const CELL_CODES: u16 = 1 << 15;

const STATES_1: [(Status1, AfeFlags); 8] = [
    (Status1::WDT, AfeFlags::WATCHDOG),
    (Status1::PF, AfeFlags::PERMANENT_FAILURE),
    (Status1::SC, AfeFlags::SHORT_CIRCUIT),
    (Status1::OCC, AfeFlags::CHARGE_OC),
    (Status1::OCD2, AfeFlags::DISCHARGE_OC2),
    (Status1::OCD1, AfeFlags::DISCHARGE_OC1),
    (Status1::UV, AfeFlags::UNDER_VOLTAGE),
    (Status1::OV, AfeFlags::OVER_VOLTAGE),
];

const STATES_2: [(Status2, AfeFlags); 4] = [
    (Status2::OTD, AfeFlags::DISCHARGE_HOT),
    (Status2::UTD, AfeFlags::DISCHARGE_COLD),
    (Status2::OTC, AfeFlags::CHARGE_HOT),
    (Status2::UTC, AfeFlags::CHARGE_COLD),
];

const STATES_3: [(Status3, AfeFlags); 6] = [
    (Status3::CHGING, AfeFlags::CHARGING),
    (Status3::DSGING, AfeFlags::DISCHARGING),
    (Status3::L0V, AfeFlags::LOW_VOLTAGE_LOCK),
    (Status3::PCHG_FET, AfeFlags::PRECHARGE_FET),
    (Status3::CHG_FET, AfeFlags::CHARGE_FET),
    (Status3::DSG_FET, AfeFlags::DISCHARGE_FET),
];

/// The flag register has one bit for both discharge stages; alone it can only mean the first.
const EVENTS: [(EventFlags, AfeFlags); 7] = [
    (EventFlags::WDT, AfeFlags::WATCHDOG),
    (EventFlags::PF, AfeFlags::PERMANENT_FAILURE),
    (EventFlags::SC, AfeFlags::SHORT_CIRCUIT),
    (EventFlags::OCC, AfeFlags::CHARGE_OC),
    (EventFlags::OCD, AfeFlags::DISCHARGE_OC1),
    (EventFlags::UV, AfeFlags::UNDER_VOLTAGE),
    (EventFlags::OV, AfeFlags::OVER_VOLTAGE),
];

impl Block {
    /// A register that does not exist reads as all ones: so does a chip that is not there.
    pub(super) fn is_blank(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0xFF)
    }

    pub(super) fn cells(&self, series: u8) -> Result<Vec<Microvolts, CELLS_MAX>, AfeError> {
        (0..series).map(|cell| microvolts(self.word(registers::CELL1 + 2 * cell))).collect()
    }

    pub(super) fn temperatures(
        &self,
        reference: Reference,
    ) -> Result<Vec<Centicelsius, AFE_NTC_MAX>, AfeError> {
        [0, 2, 4]
            .into_iter()
            .map(|offset| reference.temperature(self.word(registers::TEMP1 + offset)))
            .map(|temperature| temperature.ok_or(AfeError::Implausible))
            .collect()
    }

    pub(super) fn current(&self, scale: CurrentScale) -> Milliamps {
        scale.current(self.word(registers::CUR).cast_signed())
    }

    pub(super) fn counted(&self, scale: CurrentScale) -> Counted {
        let counts = self.word(registers::CADCD).cast_signed();
        Counted { charge: scale.charge(counts), current: scale.current(counts) }
    }

    /// States in force.
    pub(super) fn states(&self) -> AfeFlags {
        let [first, second, third] = [self.0[0], self.0[1], self.0[2]];
        gather(&STATES_1, Status1::from_bits_truncate(first))
            | gather(&STATES_2, Status2::from_bits_truncate(second))
            | gather(&STATES_3, Status3::from_bits_truncate(third))
    }

    /// Those of `events` whose state is in force.
    pub(super) fn in_force(&self, events: EventFlags) -> EventFlags {
        let status = Status1::from_bits_truncate(self.0[0]);
        // The two registers agree in every bit but those of the discharge stages.
        let mut states = EventFlags::from_bits_truncate(self.0[0]);
        states.remove(EventFlags::LOAD | EventFlags::OCD);
        states.set(EventFlags::OCD, status.intersects(Status1::OCD1 | Status1::OCD2));
        states & events
    }

    fn word(&self, register: u8) -> u16 {
        let offset = usize::from(register - registers::BSTATUS1);
        u16::from_be_bytes([self.0[offset], self.0[offset + 1]])
    }
}

/// What flags alone say, where no state is left to be seen.
pub(super) fn past(events: EventFlags) -> AfeFlags {
    gather(&EVENTS, events)
}

fn gather<F: bitflags::Flags + Copy>(table: &[(F, AfeFlags)], seen: F) -> AfeFlags {
    table
        .iter()
        .filter(|(flag, _)| seen.contains(*flag))
        .fold(AfeFlags::empty(), |all, (_, meaning)| all | *meaning)
}

fn microvolts(code: u16) -> Result<Microvolts, AfeError> {
    if code >= CELL_CODES {
        return Err(AfeError::Implausible);
    }
    // 156.25 = 625 / 4.
    Ok(Microvolts((u32::from(code) * 625 / 4).cast_signed()))
}
