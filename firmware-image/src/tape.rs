//! The tape format: a header, then records of one kind byte each, all little-endian.
//!
//! | kind | record |
//! |---|---|
//! | `S` | one run of the main loop begins: time µs `u64`, four thermistor ratios `u16`, port mV `i32`, pins `u8` |
//! | `W` | bus write: length `u8`, bytes, accepted `u8` |
//! | `R` | bus write-read: length out `u8`, bytes, length in `u8`, accepted `u8`, bytes in |
//! | `V` | EEPROM voltage pin: level `u8` |
//! | `D` | the run of the main loop ends: CRC-32 of the decision `u32` |
//!
//! The header is `PTAPE1`, then the parameters the firmware ran with: length `u16` and the bytes
//! of `(Params, Option<BasisPoints>)` in postcard's encoding, the second being the state of charge
//! written before the first step.

use bms_core::bms::Board;
use bms_core::time::Instant;
use bms_core::units::Millivolts;

/// First bytes of every tape.
pub const MAGIC: &[u8; 6] = b"PTAPE1";

/// A record that could not be read, with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Torn {
    /// Offset in the tape.
    pub at: usize,
}

/// A tape being read.
#[derive(Clone, Copy, Debug)]
pub struct Tape<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Tape<'a> {
    /// A tape behind its header, and the parameters' bytes.
    ///
    /// # Errors
    /// The header is not one.
    pub fn open(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Torn> {
        let mut tape = Self { bytes, at: 0 };
        if tape.take(MAGIC.len())? != MAGIC {
            return Err(Torn { at: 0 });
        }
        let length = usize::from(u16::from_le_bytes(tape.array()?));
        let params = tape.take(length)?;
        Ok((tape, params))
    }

    /// Whether everything was read.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The kind of the next record, without taking it.
    #[must_use]
    pub fn kind(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Takes a kind byte.
    ///
    /// # Errors
    /// The next record is of another kind; it is left where it is.
    pub fn expect(&mut self, kind: u8) -> Result<(), Torn> {
        if self.kind() != Some(kind) {
            return Err(Torn { at: self.at });
        }
        self.at += 1;
        Ok(())
    }

    /// Takes the body of an `S` record.
    ///
    /// # Errors
    /// The tape ends too early.
    pub fn service(&mut self) -> Result<(Instant, Board), Torn> {
        let now = Instant::from_micros(u64::from_le_bytes(self.array()?));
        let mut ntc = [0; bms_core::bms::BOARD_NTC];
        for ratio in &mut ntc {
            *ratio = u16::from_le_bytes(self.array()?);
        }
        let port = Millivolts(i32::from_le_bytes(self.array()?));
        let pins = self.byte()?;
        let board = Board {
            ntc,
            port,
            button: pins & 1 != 0,
            ctl_low: pins & 2 != 0,
            emergency_open: pins & 4 != 0,
        };
        Ok((now, board))
    }

    /// Takes a little-endian 32-bit number.
    ///
    /// # Errors
    /// The tape ends too early.
    pub fn word(&mut self) -> Result<u32, Torn> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Takes one byte.
    ///
    /// # Errors
    /// The tape ends too early.
    pub fn byte(&mut self) -> Result<u8, Torn> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// Takes a length byte and that many bytes.
    ///
    /// # Errors
    /// The tape ends too early.
    pub fn counted(&mut self) -> Result<&'a [u8], Torn> {
        let length = usize::from(self.byte()?);
        self.take(length)
    }

    /// Takes `length` bytes.
    ///
    /// # Errors
    /// The tape ends too early.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Torn> {
        let torn = Torn { at: self.at };
        let end = self.at.checked_add(length).ok_or(torn)?;
        let bytes = self.bytes.get(self.at..end).ok_or(torn)?;
        self.at = end;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Torn> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }
}
