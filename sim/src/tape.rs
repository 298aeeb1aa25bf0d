//! Records what passes between the firmware and its hardware, so that another processor can replay
//! it. The format is `firmware-image`'s; this is the writing side.

use bms_core::bms::{Board, Decision};
use bms_core::time::Instant;
use embedded_hal::digital::{self, OutputPin};
use embedded_hal::i2c::{self, I2c, Operation};
use std::cell::RefCell;
use std::rc::Rc;

/// A growing tape, shared by the bus, the pin and the main loop that it records.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    bytes: Rc<RefCell<Vec<u8>>>,
}

impl Recorder {
    /// What was recorded so far, without a header.
    #[must_use]
    pub fn records(&self) -> Vec<u8> {
        self.bytes.borrow().clone()
    }

    /// A run of the main loop begins.
    pub fn service(&self, now: Instant, board: &Board) {
        let mut tape = self.bytes.borrow_mut();
        tape.push(b'S');
        tape.extend(now.as_micros().to_le_bytes());
        for ratio in board.ntc {
            tape.extend(ratio.to_le_bytes());
        }
        tape.extend(board.port.0.to_le_bytes());
        let pins = [board.button, board.ctl_low, board.emergency_open];
        tape.push(pins.into_iter().enumerate().map(|(bit, high)| u8::from(high) << bit).sum());
    }

    /// A run of the main loop ended with this decision.
    pub fn decided(&self, decision: &Decision) {
        let digest = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&decision.to_bytes());
        let mut tape = self.bytes.borrow_mut();
        tape.push(b'D');
        tape.extend(digest.to_le_bytes());
    }

    fn counted(&self, bytes: &[u8]) {
        let length = u8::try_from(bytes.len()).expect("a transaction is at most 255 bytes");
        let mut tape = self.bytes.borrow_mut();
        tape.push(length);
        tape.extend(bytes);
    }

    fn push(&self, byte: u8) {
        self.bytes.borrow_mut().push(byte);
    }
}

/// A bus or pin that records what passes.
#[derive(Debug)]
pub struct Recording<T> {
    inner: T,
    tape: Recorder,
}

impl<T> Recording<T> {
    /// `inner`, recorded on `tape`.
    pub fn new(inner: T, tape: &Recorder) -> Self {
        Self { inner, tape: tape.clone() }
    }
}

impl<T: i2c::ErrorType> i2c::ErrorType for Recording<T> {
    type Error = T::Error;
}

impl<T: I2c> I2c for Recording<T> {
    fn transaction(&mut self, address: u8, steps: &mut [Operation<'_>]) -> Result<(), T::Error> {
        let answer = self.inner.transaction(address, steps);
        let accepted = u8::from(answer.is_ok());
        match steps {
            [Operation::Write(bytes)] => {
                self.tape.push(b'W');
                self.tape.counted(bytes);
                self.tape.push(accepted);
            }
            [Operation::Write(out), Operation::Read(into)] => {
                self.tape.push(b'R');
                self.tape.counted(out);
                let length = u8::try_from(into.len()).expect("a burst is at most 255 bytes");
                self.tape.push(length);
                self.tape.push(accepted);
                self.tape.bytes.borrow_mut().extend(into.iter());
            }
            _ => panic!("the driver writes, or writes and reads; nothing else is recorded"),
        }
        answer
    }
}

impl<T: digital::ErrorType> digital::ErrorType for Recording<T> {
    type Error = T::Error;
}

impl<T: OutputPin> OutputPin for Recording<T> {
    fn set_low(&mut self) -> Result<(), T::Error> {
        self.tape.push(b'V');
        self.tape.push(0);
        self.inner.set_low()
    }

    fn set_high(&mut self) -> Result<(), T::Error> {
        self.tape.push(b'V');
        self.tape.push(1);
        self.inner.set_high()
    }
}
