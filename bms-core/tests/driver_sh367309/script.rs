//! A bus and a pin that accept exactly one written-down sequence.

use bms_core::afe::{Afe, Sample, Startup};
use bms_core::drivers::sh367309::Sh367309;
use bms_core::params::Params;
use bms_core::time::Instant;
use embedded_hal::digital;
use embedded_hal::digital::OutputPin;
use embedded_hal::i2c;
use embedded_hal::i2c::{I2c, NoAcknowledgeSource, Operation};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;

/// One thing that must happen next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// These bytes are written and acknowledged.
    Write(Vec<u8>),
    /// These bytes are written and the last one is not acknowledged.
    Refuse(Vec<u8>),
    /// After these two bytes, these are read.
    Read([u8; 2], Vec<u8>),
    /// Any transaction; nobody is there.
    Silence,
    /// The VPRO pin goes to this level.
    Vpro(bool),
}

/// Bit by bit, straight from the definition: polynomial 07h, start value 0.
pub(crate) fn crc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc: u8, _| crc << 1 ^ if crc & 0x80 != 0 { 0x07 } else { 0 })
    })
}

pub(crate) fn write(register: u8, data: u8) -> Step {
    Step::Write(vec![register, data, crc(&[0x34, register, data])])
}

pub(crate) fn read(register: u8, data: &[u8]) -> Step {
    let length = data.len() as u8;
    let mut covered = vec![0x34, register, length, 0x35];
    covered.extend(data);
    let mut answer = data.to_vec();
    answer.push(crc(&covered));
    Step::Read([register, length], answer)
}

/// The same answer with one bit of the byte at `position` flipped.
pub(crate) fn damaged(step: &Step, position: usize) -> Step {
    let Step::Read(header, mut answer) = step.clone() else { panic!("only answers are damaged") };
    answer[position] ^= 0x10;
    Step::Read(header, answer)
}

/// A verified write.
pub(crate) fn store(register: u8, data: u8) -> [Step; 2] {
    [write(register, data), read(register, &[data])]
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Script(Rc<RefCell<VecDeque<Step>>>);

#[derive(Debug)]
pub(crate) struct NoAnswer;

impl i2c::Error for NoAnswer {
    fn kind(&self) -> i2c::ErrorKind {
        i2c::ErrorKind::NoAcknowledge(NoAcknowledgeSource::Unknown)
    }
}

impl i2c::ErrorType for Script {
    type Error = NoAnswer;
}

impl I2c for Script {
    fn transaction(&mut self, address: u8, ops: &mut [Operation<'_>]) -> Result<(), NoAnswer> {
        assert_eq!(address, 0x1A);
        let step = self.0.borrow_mut().pop_front();
        match (step, ops) {
            (Some(Step::Silence), _) => Err(NoAnswer),
            (Some(Step::Write(bytes)), [Operation::Write(sent)]) => {
                assert_eq!(format!("{sent:02X?}"), format!("{bytes:02X?}"));
                Ok(())
            }
            (Some(Step::Refuse(bytes)), [Operation::Write(sent)]) => {
                assert_eq!(*sent, bytes);
                Err(NoAnswer)
            }
            (
                Some(Step::Read(header, answer)),
                [Operation::Write(sent), Operation::Read(buffer)],
            ) => {
                assert_eq!(format!("{sent:02X?}"), format!("{header:02X?}"));
                buffer.copy_from_slice(&answer);
                Ok(())
            }
            (step, ops) => panic!("expected {step:02X?}, happened {ops:02X?}"),
        }
    }
}

impl digital::ErrorType for Script {
    type Error = Infallible;
}

impl OutputPin for Script {
    fn set_high(&mut self) -> Result<(), Infallible> {
        let step = self.0.borrow_mut().pop_front();
        assert_eq!(step, Some(Step::Vpro(true)));
        Ok(())
    }

    fn set_low(&mut self) -> Result<(), Infallible> {
        let step = self.0.borrow_mut().pop_front();
        assert_eq!(step, Some(Step::Vpro(false)));
        Ok(())
    }
}

impl Script {
    pub(crate) fn expect(&self, steps: impl IntoIterator<Item = Step>) {
        self.0.borrow_mut().extend(steps);
    }

    pub(crate) fn is_done(&self) -> bool {
        self.0.borrow().is_empty()
    }
}

pub(crate) type Driver = Sh367309<Script, Script>;

pub(crate) fn driver() -> (Driver, Script) {
    let script = Script::default();
    (Sh367309::new(script.clone(), script.clone()), script)
}

pub(crate) const fn ms(millis: u64) -> Instant {
    Instant::from_micros(millis * 1_000)
}

/// What a chip with this EEPROM answers to the first two questions of a start.
pub(crate) fn asking(image: &[u8; 25], trim: u8) -> Vec<Step> {
    let mut stored = image.to_vec();
    stored.push(trim);
    let mut steps = store(0x40, 0x0C).to_vec();
    steps.push(read(0x00, &stored));
    steps
}

/// The second reading before anything is programmed.
pub(crate) fn again(image: &[u8; 25], trim: u8) -> Step {
    let mut stored = image.to_vec();
    stored.push(trim);
    read(0x00, &stored)
}

/// The last part of every start.
pub(crate) fn running() -> Vec<Step> {
    let mut steps = store(0x72, 0x03).to_vec();
    steps.extend([write(0x70, 0x00), write(0x71, 0x30)]);
    steps
}

/// A driver that has just become ready at `START`.
pub(crate) fn ready(params: &Params, image: &[u8; 25], trim: u8) -> (Driver, Script) {
    let (mut driver, script) = driver();
    script.expect(asking(image, trim));
    script.expect(running());
    assert_eq!(driver.start(Instant::START, params), Ok(Startup::Ready));
    assert!(script.is_done());
    (driver, script)
}

/// The registers 43h to 6Fh of a chip at rest: 16 cells of 3.3 V, 25 °C, drivers on.
#[derive(Clone, Debug)]
pub(crate) struct Registers {
    pub(crate) flags: [u8; 2],
    pub(crate) block: [u8; 45],
}

impl Registers {
    pub(crate) fn at_rest() -> Self {
        let mut registers = Self { flags: [0, 0x10], block: [0; 45] };
        registers.set(0x45, &[0x03]);
        registers.set(0x46, &[0x40, 0x00, 0x40, 0x00, 0x40, 0x00]);
        for cell in 0..16 {
            registers.set(0x4E + 2 * cell, &[0x52, 0x80]); // 21 120 × 156.25 µV
        }
        registers
    }

    pub(crate) fn set(&mut self, register: u8, bytes: &[u8]) {
        let offset = usize::from(register - 0x43);
        self.block[offset..offset + bytes.len()].copy_from_slice(bytes);
    }

    pub(crate) fn with(mut self, register: u8, bytes: &[u8]) -> Self {
        self.set(register, bytes);
        self
    }

    pub(crate) fn flagged(mut self, first: u8, second: u8) -> Self {
        self.flags = [first, second];
        self
    }

    pub(crate) fn steps(&self) -> [Step; 2] {
        [read(0x70, &self.flags), read(0x43, &self.block)]
    }
}

/// Reads a sample of `registers`, which must be possible with two transactions.
pub(crate) fn sample(driver: &mut Driver, script: &Script, registers: &Registers) -> Sample {
    script.expect(registers.steps());
    let sample = driver.read(ms(100)).expect("the registers hold a plausible reading");
    assert!(script.is_done());
    sample
}
