//! Faults of the bus as a decorator: the chip and the driver stay ideal, and what goes wrong
//! happens between them. Deterministic for a seed.
//!
//! What goes wrong stands in a [`Line`], which the bench changes while the run goes on. The value
//! level has no bytes, but it asks the same line, once for each attempt that the driver would make,
//! so that what keeps both from the chip does so at the same times.

use super::twi::{ADDRESS, Nack, Shared, checksum, read_checksum};
use crate::fault::Fault;
use crate::seed;
use crate::time::SimTime;
use embedded_hal::i2c::{ErrorType, I2c, Operation, SevenBitAddress};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use std::cell::RefCell;
use std::rc::Rc;

/// What goes wrong in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusFault {
    /// The address is not acknowledged; the chip hears nothing.
    NackAddress,
    /// A data byte is not acknowledged; the chip stores nothing.
    NackData,
    /// One bit of the checksum arrives wrong: of an answer at the master, of a write at the chip.
    Checksum,
    /// A bit of an answer's data is wrong, and the checksum agrees with it.
    FlipBit {
        /// Which data byte of the answer; answers that are shorter stay right.
        byte: usize,
        /// Which bit, 0 to 7.
        bit: u8,
    },
    /// One bit, drawn anew each time, is wrong in the register or data of a write or in the data of
    /// an answer, and the checksum agrees with it.
    FlipSome,
    /// A bit is wrong in the register address of a write, and the checksum agrees with it.
    WrongRegister {
        /// Which bit, 0 to 7.
        bit: u8,
    },
    /// The frame reaches the chip twice.
    Duplicate,
    /// The answer is FFh throughout, checksum included.
    AllOnes,
}

/// When it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trigger {
    /// In the nth transaction, counted from 1.
    Nth(u64),
    /// In every nth transaction.
    Every(u64),
    /// In every transaction from the first moment on, until before the second.
    Window(SimTime, SimTime),
    /// In a random share of the transactions, parts per million.
    Share(u32),
    /// In each of the next so many transactions.
    Next(u32),
    /// In every transaction.
    Always,
}

/// What goes wrong on a bus now; of several at once, the first listed wins.
#[derive(Clone, Debug)]
pub struct Line(Rc<RefCell<Troubles>>);

#[derive(Debug)]
struct Troubles {
    faults: Vec<(Trigger, BusFault)>,
    stream: ChaCha8Rng,
    bits: ChaCha8Rng,
    transactions: u64,
}

impl Line {
    /// A line on which `faults` go wrong.
    #[must_use]
    pub fn new(faults: Vec<(Trigger, BusFault)>, seed: u64) -> Self {
        let stream = seed::stream(seed, "afe.bus_faults");
        let bits = seed::stream(seed, "afe.bus_bits");
        Self(Rc::new(RefCell::new(Troubles { faults, stream, bits, transactions: 0 })))
    }

    /// A fault of the bus begins or is gone. Whether it is one.
    pub fn inject(&self, fault: &Fault, begins: bool) -> bool {
        let entry = match *fault {
            Fault::BusNack { count } => (Trigger::Next(count), BusFault::NackAddress),
            Fault::BusChecksum { ppm } => (Trigger::Share(ppm), BusFault::Checksum),
            Fault::BusFlip { ppm } => (Trigger::Share(ppm), BusFault::FlipSome),
            Fault::BusStuck => (Trigger::Always, BusFault::NackAddress),
            Fault::BusDuplicate { ppm } => (Trigger::Share(ppm), BusFault::Duplicate),
            _ => return false,
        };
        let faults = &mut self.0.borrow_mut().faults;
        if begins {
            faults.push(entry);
        } else if let Some(place) = faults.iter().position(|active| is_same(*active, entry)) {
            faults.remove(place);
        }
        true
    }

    /// Whether an attempt of a transaction at `now` comes through, for a front end without bytes.
    pub(crate) fn carries(&self, now: SimTime) -> bool {
        let mut troubles = self.0.borrow_mut();
        troubles.faults.is_empty()
            || !matches!(
                troubles.next_fault(now),
                Some(BusFault::NackAddress | BusFault::NackData | BusFault::Checksum)
            )
    }

    fn next_fault(&self, now: SimTime) -> Option<BusFault> {
        let mut troubles = self.0.borrow_mut();
        if troubles.faults.is_empty() {
            troubles.transactions += 1;
            return None;
        }
        troubles.next_fault(now)
    }

    /// One of `count` bits.
    fn some_bit(&self, count: usize) -> usize {
        let draw = self.0.borrow_mut().bits.next_u64() % (count as u64);
        usize::try_from(draw).expect("a place in a frame")
    }
}

/// Whether an active entry is the one that began as `wanted`; of a count it does not matter how
/// much of it is left.
fn is_same(active: (Trigger, BusFault), wanted: (Trigger, BusFault)) -> bool {
    match (active.0, wanted.0) {
        (Trigger::Next(_), Trigger::Next(_)) => active.1 == wanted.1,
        _ => active == wanted,
    }
}

impl Troubles {
    /// The fault of the transaction that begins now. Every share draws once per transaction,
    /// so that one fault never moves another.
    fn next_fault(&mut self, now: SimTime) -> Option<BusFault> {
        self.transactions += 1;
        let count = self.transactions;
        let mut active = None;
        for (trigger, fault) in &mut self.faults {
            let hit = match trigger {
                Trigger::Nth(nth) => count == *nth,
                Trigger::Every(nth) => count.is_multiple_of(*nth),
                Trigger::Window(from, to) => *from <= now && now < *to,
                Trigger::Share(ppm) => self.stream.next_u64() % 1_000_000 < u64::from(*ppm),
                Trigger::Next(left) => {
                    let hit = *left > 0;
                    *left = left.saturating_sub(1);
                    hit
                }
                Trigger::Always => true,
            };
            active = active.or(hit.then_some(*fault));
        }
        active
    }
}

/// The bus with things that go wrong on it.
#[derive(Clone, Debug)]
pub struct FaultyBus<B> {
    inner: B,
    shared: Shared,
    line: Line,
}

/// The longest frame that a fault changes.
const FRAME_MAX: usize = 4;

impl<B: I2c<SevenBitAddress, Error = Nack>> FaultyBus<B> {
    /// Puts `faults` between the driver and `inner`.
    #[must_use]
    pub fn new(inner: B, shared: Shared, faults: Vec<(Trigger, BusFault)>, seed: u64) -> Self {
        Self::on(inner, shared, Line::new(faults, seed))
    }

    /// Puts `line` between the driver and `inner`.
    #[must_use]
    pub fn on(inner: B, shared: Shared, line: Line) -> Self {
        Self { inner, shared, line }
    }

    /// Sends a write with its bytes changed by `change`.
    fn changed(&mut self, bytes: &[u8], change: impl FnOnce(&mut [u8])) -> Result<(), Nack> {
        let mut frame = [0; FRAME_MAX];
        let Some(copy) = frame.get_mut(..bytes.len()) else { return Err(Nack::Data) };
        copy.copy_from_slice(bytes);
        change(copy);
        self.inner.write(ADDRESS, copy)
    }

    fn write_with(&mut self, fault: BusFault, bytes: &[u8]) -> Result<(), Nack> {
        match fault {
            BusFault::Checksum => self.changed(bytes, |frame| {
                if let Some(crc) = frame.last_mut() {
                    *crc ^= 1;
                }
            }),
            BusFault::WrongRegister { bit } => self.changed(bytes, |frame| {
                if let [register, data, crc] = frame {
                    *register ^= 1 << (bit & 7);
                    *crc = checksum([ADDRESS << 1, *register, *data]);
                }
            }),
            BusFault::FlipSome => {
                let place = self.line.some_bit(8 * bytes.len().saturating_sub(1).max(1));
                self.changed(bytes, |frame| {
                    if let [register, data, crc] = frame {
                        let wrong = if place < 8 { &mut *register } else { &mut *data };
                        *wrong ^= 1 << (place % 8);
                        *crc = checksum([ADDRESS << 1, *register, *data]);
                    }
                })
            }
            BusFault::Duplicate => {
                self.inner.write(ADDRESS, bytes)?;
                self.inner.write(ADDRESS, bytes)
            }
            _ => self.inner.write(ADDRESS, bytes),
        }
    }

    fn read_with(&mut self, fault: BusFault, out: &[u8], into: &mut [u8]) -> Result<(), Nack> {
        self.inner.write_read(ADDRESS, out, into)?;
        let fault = match fault {
            BusFault::FlipSome => {
                let place = self.line.some_bit(8 * into.len().saturating_sub(1).max(1));
                BusFault::FlipBit { byte: place / 8, bit: u8::try_from(place % 8).expect("0 to 7") }
            }
            other => other,
        };
        match (fault, into.split_last_mut()) {
            (BusFault::Duplicate, _) => self.inner.write_read(ADDRESS, out, into)?,
            (BusFault::AllOnes, _) => into.fill(0xFF),
            (BusFault::Checksum, Some((crc, _))) => *crc ^= 1,
            (BusFault::FlipBit { byte, bit }, Some((crc, data))) => {
                if let Some(wrong) = data.get_mut(byte) {
                    *wrong ^= 1 << (bit & 7);
                    *crc = read_checksum(out, data);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl<B> ErrorType for FaultyBus<B> {
    type Error = Nack;
}

impl<B: I2c<SevenBitAddress, Error = Nack>> I2c<SevenBitAddress> for FaultyBus<B> {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Nack> {
        let Some(fault) = self.line.next_fault(self.shared.now()) else {
            return self.inner.transaction(address, operations);
        };
        match (fault, operations) {
            (BusFault::NackAddress, _) => Err(Nack::Address),
            (BusFault::NackData, _) => Err(Nack::Data),
            (_, [Operation::Write(bytes)]) => self.write_with(fault, bytes),
            (_, [Operation::Write(out), Operation::Read(into)]) => self.read_with(fault, out, into),
            (_, other) => self.inner.transaction(address, other),
        }
    }
}
