//! Faults of the bus as a decorator: the chip and the driver stay ideal, and what goes wrong
//! happens between them. Deterministic for a seed.

use super::twi::{ADDRESS, Nack, Shared, checksum, read_checksum};
use crate::seed;
use crate::time::SimTime;
use embedded_hal::i2c::{ErrorType, I2c, Operation, SevenBitAddress};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

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
}

/// The bus with things that go wrong on it; of several at once, the first listed wins.
#[derive(Clone, Debug)]
pub struct FaultyBus<B> {
    inner: B,
    shared: Shared,
    faults: Vec<(Trigger, BusFault)>,
    stream: ChaCha8Rng,
    transactions: u64,
}

/// The longest frame that a fault changes.
const FRAME_MAX: usize = 4;

impl<B: I2c<SevenBitAddress, Error = Nack>> FaultyBus<B> {
    /// Puts `faults` between the driver and `inner`.
    #[must_use]
    pub fn new(inner: B, shared: Shared, faults: Vec<(Trigger, BusFault)>, seed: u64) -> Self {
        let stream = seed::stream(seed, "afe.bus_faults");
        Self { inner, shared, faults, stream, transactions: 0 }
    }

    /// The fault of the transaction that begins now. Every share draws once per transaction,
    /// so that one fault never moves another.
    fn next_fault(&mut self) -> Option<BusFault> {
        self.transactions += 1;
        let (count, now) = (self.transactions, self.shared.now());
        let mut active = None;
        for &(trigger, fault) in &self.faults {
            let hit = match trigger {
                Trigger::Nth(nth) => count == nth,
                Trigger::Every(nth) => count.is_multiple_of(nth),
                Trigger::Window(from, to) => from <= now && now < to,
                Trigger::Share(ppm) => self.stream.next_u64() % 1_000_000 < u64::from(ppm),
            };
            active = active.or(hit.then_some(fault));
        }
        active
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
            BusFault::Duplicate => {
                self.inner.write(ADDRESS, bytes)?;
                self.inner.write(ADDRESS, bytes)
            }
            _ => self.inner.write(ADDRESS, bytes),
        }
    }

    fn read_with(&mut self, fault: BusFault, out: &[u8], into: &mut [u8]) -> Result<(), Nack> {
        self.inner.write_read(ADDRESS, out, into)?;
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
        let Some(fault) = self.next_fault() else {
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
