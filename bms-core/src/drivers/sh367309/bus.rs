//! Frames on the two-wire bus: CRC-8 over the whole transaction, bounded retries, verified writes
//! (SH367309 datasheet V1.2, p48-51).
//!
//! The chip wants a pause of at least 1 ms between two register writes. No time passes inside a
//! call of this firmware, so the `I2c` implementation must pace them: it owns the timer that says
//! when the bus may be used next. It must also stretch with the chip and give up by itself.

use crate::afe::AfeError;
use crc::{CRC_8_SMBUS, Crc};
use embedded_hal::i2c::I2c;

/// The chip's 7-bit address.
pub const ADDRESS: u8 = 0x1A;

/// How often one transaction is tried before the bus counts as failed.
pub const ATTEMPTS_MAX: u8 = 3;

/// The longest read of this driver: the measurement block.
pub const READ_MAX: usize = 45;

const WRITE_ADDRESS: u8 = ADDRESS << 1;
const READ_ADDRESS: u8 = WRITE_ADDRESS | 1;

/// Polynomial 07h, start value 0, nothing reflected, nothing inverted; by table.
const CRC: Crc<u8> = Crc::<u8>::new(&CRC_8_SMBUS);

/// The checksum of a register write.
#[must_use]
pub fn write_checksum(register: u8, data: u8) -> u8 {
    CRC.checksum(&[WRITE_ADDRESS, register, data])
}

/// The checksum of a register read.
#[must_use]
pub fn read_checksum(register: u8, length: u8, data: &[u8]) -> u8 {
    let mut digest = CRC.digest();
    digest.update(&[WRITE_ADDRESS, register, length, READ_ADDRESS]);
    digest.update(data);
    digest.finalize()
}

/// The chip's registers over an `I2c`.
#[derive(Debug)]
pub(super) struct Bus<I2C> {
    i2c: I2C,
}

impl<I2C: I2c> Bus<I2C> {
    pub(super) const fn new(i2c: I2C) -> Self {
        Self { i2c }
    }

    pub(super) fn release(self) -> I2C {
        self.i2c
    }

    /// Writes one register; the chip acknowledges the checksum only if it is right.
    pub(super) fn write(&mut self, register: u8, data: u8) -> Result<(), AfeError> {
        let frame = [register, data, write_checksum(register, data)];
        retry(|| self.i2c.write(ADDRESS, &frame).map_err(|_| AfeError::Bus))
    }

    /// Reads consecutive registers.
    pub(super) fn read(&mut self, register: u8, data: &mut [u8]) -> Result<(), AfeError> {
        retry(|| self.read_once(register, data))
    }

    /// Writes one register and reads it back; only the bits of `mask` are compared.
    pub(super) fn store(&mut self, register: u8, value: u8, mask: u8) -> Result<(), AfeError> {
        for _ in 0..ATTEMPTS_MAX {
            let mut stored = [0];
            self.write(register, value)?;
            self.read(register, &mut stored)?;
            if stored[0] & mask == value & mask {
                return Ok(());
            }
        }
        Err(AfeError::NotStored)
    }

    fn read_once(&mut self, register: u8, data: &mut [u8]) -> Result<(), AfeError> {
        let mut frame = [0; READ_MAX + 1];
        let count = data.len();
        let length = u8::try_from(count).expect("a read fits its frame");
        let answer = &mut frame[..=count];
        self.i2c.write_read(ADDRESS, &[register, length], answer).map_err(|_| AfeError::Bus)?;
        if read_checksum(register, length, &answer[..count]) != answer[count] {
            return Err(AfeError::Checksum);
        }
        data.copy_from_slice(&answer[..count]);
        Ok(())
    }
}

/// Tries up to [`ATTEMPTS_MAX`] times and answers with the last failure.
fn retry(mut attempt: impl FnMut() -> Result<(), AfeError>) -> Result<(), AfeError> {
    let mut result = attempt();
    for _ in 1..ATTEMPTS_MAX {
        if result.is_ok() {
            break;
        }
        result = attempt();
    }
    result
}
