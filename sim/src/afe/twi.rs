//! The chip's two-wire bus: frames with checksum (SH367309 datasheet V1.2, p48-51), and the handles
//! that firmware drivers hold: an `embedded_hal` I2C bus and the programming-voltage pin. No
//! virtual time passes on the bus.

use super::chip::{Chip, ResetKind};
use super::power::Power;
use super::registers::{
    BALANCE_HIGH, BALANCE_LOW, BFLAG1, BFLAG2, CONF, RSTSTAT, SOFT_RESET, SOFT_RESET_KEY, TR, conf,
    flag1, flag2,
};
use crate::time::{SimTime, Span};
use core::convert::Infallible;
use embedded_hal::digital::{ErrorType as PinErrorType, OutputPin};
use embedded_hal::i2c::{
    Error, ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation, SevenBitAddress,
};
use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

/// The chip's 7-bit address.
pub const ADDRESS: u8 = 0x1A;
const ADDRESS_WRITE: u8 = ADDRESS << 1;
const ADDRESS_READ: u8 = ADDRESS << 1 | 1;
/// The chip clears balancing this long after a bit was set.
const BALANCE_TIMEOUT: Span = Span::from_millis(60_000);

/// The chip, or what stands between, did not acknowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nack {
    /// Nobody answers to the address.
    Address,
    /// A byte or its checksum was refused.
    Data,
}

impl Error for Nack {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NoAcknowledge(match self {
            Self::Address => NoAcknowledgeSource::Address,
            Self::Data => NoAcknowledgeSource::Data,
        })
    }
}

/// CRC-8 of the bus: polynomial 07h, start 00h, no reflection, bit by bit.
#[must_use]
pub fn checksum(bytes: impl IntoIterator<Item = u8>) -> u8 {
    bytes.into_iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc: u8, _| {
            let overflow = crc & 0x80 != 0;
            crc << 1 ^ if overflow { 0x07 } else { 0 }
        })
    })
}

/// The checksum of an answer of `data` to a read of `out` (register and length).
#[must_use]
pub fn read_checksum(out: &[u8], data: &[u8]) -> u8 {
    let question = [ADDRESS_WRITE].into_iter().chain(out.iter().copied());
    checksum(question.chain([ADDRESS_READ]).chain(data.iter().copied()))
}

impl Chip {
    /// A write of register, data and checksum.
    ///
    /// # Errors
    /// The chip is down or warming up, programs an EEPROM byte, or the frame or its checksum is
    /// wrong; nothing is stored then.
    pub fn bus_write(&mut self, now: SimTime, bytes: &[u8]) -> Result<(), Nack> {
        self.stats.bus_bytes += 1 + bytes.len() as u64;
        self.answer_start(now)?;
        let &[address, data, crc] = bytes else { return Err(Nack::Data) };
        if crc != checksum([ADDRESS_WRITE, address, data]) {
            return Err(Nack::Data);
        }
        if address <= TR && self.write.is_busy() {
            return Err(Nack::Data);
        }
        self.feed_watchdog(now);
        self.store(now, address, data);
        Ok(())
    }

    /// A read: register and length out; that many bytes and their checksum in.
    ///
    /// # Errors
    /// The chip is down or warming up, or `out` is not a register and a length.
    pub fn bus_write_read(
        &mut self,
        now: SimTime,
        out: &[u8],
        into: &mut [u8],
    ) -> Result<(), Nack> {
        self.stats.bus_bytes += 2 + (out.len() + into.len()) as u64;
        self.answer_start(now)?;
        let &[address, length] = out else { return Err(Nack::Data) };
        self.feed_watchdog(now);
        into.fill(0xFF);
        let length = usize::from(length);
        let count = length.min(into.len());
        for (offset, byte) in (0_u8..=u8::MAX).zip(&mut into[..count]) {
            *byte = address.checked_add(offset).map_or(0xFF, |address| self.read(address));
        }
        if let Some((data, [crc, ..])) = into.split_at_mut_checked(length) {
            *crc = read_checksum(out, data);
        }
        Ok(())
    }

    /// A START: wakes a sleeping chip; a chip that is down does not hear it.
    fn answer_start(&mut self, now: SimTime) -> Result<(), Nack> {
        match self.power {
            Power::Down { .. } | Power::WarmUp { .. } => return Err(Nack::Address),
            Power::Idle | Power::Sleep { .. } => self.wake_up(now),
            Power::Normal | Power::Write | Power::Failed => {}
        }
        Ok(())
    }

    /// A byte, with the side effect of having read it.
    fn read(&mut self, address: u8) -> u8 {
        let byte = self.peek(address);
        if address == BFLAG2 {
            self.ram.flag2 &= !(flag2::CADC | flag2::VADC);
        }
        byte
    }

    /// An acknowledged write; read-only and unmapped addresses keep what they have.
    pub(crate) fn store(&mut self, now: SimTime, address: u8, data: u8) {
        match address {
            0..TR => self.program(now, address, data),
            CONF => self.configure(now, data),
            BALANCE_HIGH => self.balance(now, u16::from_be_bytes([data, self.peek(BALANCE_LOW)])),
            BALANCE_LOW => self.balance(now, u16::from_be_bytes([self.peek(BALANCE_HIGH), data])),
            BFLAG1 => self.clear_flags(now, data),
            BFLAG2 => self.ram.flag2 &= data,
            RSTSTAT => {
                self.ram.rststat = data & 3;
                self.feed_watchdog(now);
            }
            SOFT_RESET if data == SOFT_RESET_KEY => self.reset(now, ResetKind::Soft),
            _ => {}
        }
    }

    fn configure(&mut self, now: SimTime, data: u8) {
        let falls = self.ram.conf & !data & conf::OCRC != 0;
        self.ram.conf = data;
        if falls {
            self.clear_currents(now);
        }
        self.feed_watchdog(now);
        self.run_counter(now);
        self.decide(now);
        self.consider_sleep(now);
    }

    fn balance(&mut self, now: SimTime, bits: u16) {
        if !self.config.external_balance || !self.may_balance() {
            return;
        }
        if bits == 0 {
            self.clear_balance();
        } else {
            self.ram.balance = bits;
            self.ram.balance_until = now + self.errors.stretched(BALANCE_TIMEOUT);
        }
    }

    fn clear_flags(&mut self, now: SimTime, data: u8) {
        self.ram.flag1 &= data;
        if self.watchdog && data & flag1::WDT == 0 {
            self.watchdog = false;
            self.feed_watchdog(now);
            self.note(now, super::ChipEvent::Watchdog(false));
            self.decide(now);
        }
    }
}

/// The chip and the moment, shared between the bench and the handles the firmware holds.
#[derive(Clone, Debug)]
pub struct Shared(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    chip: RefCell<Chip>,
    now: Cell<SimTime>,
}

impl Shared {
    /// Shares `chip`.
    #[must_use]
    pub fn new(chip: Chip) -> Self {
        Self(Rc::new(Inner { chip: RefCell::new(chip), now: Cell::new(SimTime::ZERO) }))
    }

    /// Sets the moment at which the firmware runs.
    pub fn set_now(&self, now: SimTime) {
        self.0.now.set(now);
    }

    /// The moment at which the firmware runs.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.0.now.get()
    }

    /// The chip.
    ///
    /// # Panics
    /// If the chip is borrowed already: nothing may hold it across a call.
    #[must_use]
    pub fn chip(&self) -> RefMut<'_, Chip> {
        self.0.chip.borrow_mut()
    }

    /// A handle of the bus.
    #[must_use]
    pub fn bus(&self) -> Bus {
        Bus { shared: self.clone() }
    }

    /// A handle of the programming-voltage pin.
    #[must_use]
    pub fn vpro(&self) -> VproPin {
        VproPin { shared: self.clone() }
    }
}

/// The bus on which the chip sits alone.
#[derive(Clone, Debug)]
pub struct Bus {
    shared: Shared,
}

impl ErrorType for Bus {
    type Error = Nack;
}

impl I2c<SevenBitAddress> for Bus {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Nack> {
        if address != ADDRESS {
            return Err(Nack::Address);
        }
        let now = self.shared.now();
        let mut chip = self.shared.chip();
        match operations {
            [Operation::Write(bytes)] => chip.bus_write(now, bytes),
            [Operation::Write(out), Operation::Read(into)] => chip.bus_write_read(now, out, into),
            _ => Err(Nack::Data),
        }
    }
}

/// The pin that switches the programming voltage.
#[derive(Clone, Debug)]
pub struct VproPin {
    shared: Shared,
}

impl PinErrorType for VproPin {
    type Error = Infallible;
}

impl OutputPin for VproPin {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.shared.chip().set_vpro(self.shared.now(), false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.shared.chip().set_vpro(self.shared.now(), true);
        Ok(())
    }
}
