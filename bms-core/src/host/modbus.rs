//! Modbus RTU frames (Modbus over serial line, specification V1.02; application protocol V1.1b3):
//! what comes in, byte by byte, and what goes out. A frame ends with a silence of 3.5 characters.

use super::BAUD;
use crate::time::{Duration, Instant};
use crc::{CRC_16_MODBUS, Crc, NoTable};
use heapless::Vec;

/// The longest frame of the protocol.
pub const FRAME_MAX: usize = 256;

/// Registers that one request may read.
pub const READ_MAX: usize = 125;

/// Registers that one request may write.
const WRITE_MAX: u16 = 123;

/// Bits of a character on the line: start, eight data, stop (8N1).
const CHARACTER_BITS: u64 = 10;

/// A silence of 3.5 characters.
pub const SILENCE: Duration =
    Duration::from_micros(35 * CHARACTER_BITS * 1_000_000 / (10 * BAUD as u64));

/// For every slave; nobody answers.
const BROADCAST: u8 = 0;

pub(super) const READ: u8 = 0x03;
pub(super) const WRITE_ONE: u8 = 0x06;
pub(super) const WRITE_MANY: u8 = 0x10;

const CHECKSUM: Crc<u16, NoTable> = Crc::<u16, NoTable>::new(&CRC_16_MODBUS);

/// The bytes of a frame.
pub type Frame = Vec<u8, FRAME_MAX>;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// 01: a function that this slave does not know.
    Function,
    /// 02: a register that is not there, or cannot be written.
    Address,
    /// 03: a value out of its range, or a frame of a wrong length.
    Value,
    /// 04: it could not be carried out.
    Device,
}

/// Big-endian registers of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words<'a>(&'a [u8]);

impl<'a> Words<'a> {
    /// Their bytes, in the order of the line.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.0
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u16 {
        u16::try_from(self.0.len() / 2).expect("a frame is short")
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One of them, from 0.
    #[must_use]
    pub fn get(&self, index: u16) -> Option<u16> {
        let at = usize::from(index) * 2;
        Some(u16::from_be_bytes([*self.0.get(at)?, *self.0.get(at + 1)?]))
    }
}

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Read so many registers (function 03).
    Read {
        /// The first.
        first: u16,
        /// How many.
        count: u16,
    },
    /// Write registers (functions 06 and 10).
    Write {
        /// Its code: one register may be written by either.
        function: u8,
        /// The first.
        first: u16,
        /// The values.
        values: Words<'a>,
    },
    /// A function that this slave does not know, or a body of a wrong length.
    Unknown {
        /// Its code.
        function: u8,
    },
}

impl Request<'_> {
    /// Its function code.
    #[must_use]
    pub fn function(&self) -> u8 {
        match self {
            Self::Read { .. } => READ,
            Self::Write { function, .. } | Self::Unknown { function } => *function,
        }
    }
}

/// The receiving side of a slave.
#[derive(Clone, Debug, Default)]
pub struct Slave {
    /// What has come in of a frame; too long a frame is kept as one that is.
    incoming: Frame,
    overrun: bool,
    last: Option<Instant>,
    /// The frame that is served.
    frame: Frame,
}

impl Slave {
    /// Takes bytes whose last one ended at `now`.
    pub fn receive(&mut self, now: Instant, bytes: &[u8]) {
        if self.last.is_some_and(|last| now.since(last) >= SILENCE + length(bytes)) {
            self.forget();
        }
        self.overrun |= self.incoming.extend_from_slice(bytes).is_err();
        self.last = Some(now);
    }

    /// When the frame that is coming in will be complete.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.last.map(|last| last + SILENCE)
    }

    /// A complete and sound frame for this address: whether it is for all slaves, and the request.
    pub fn take(&mut self, now: Instant, address: u8) -> Option<(bool, Request<'_>)> {
        self.deadline().filter(|end| now >= *end)?;
        let sound = !self.overrun && is_sound(&self.incoming);
        self.frame = core::mem::take(&mut self.incoming);
        self.forget();
        if !sound {
            return None;
        }
        let (&to, rest) = self.frame.split_first()?;
        let (&function, rest) = rest.split_first()?;
        let body = rest.get(..rest.len().checked_sub(2)?)?;
        let request = parsed(function, body);
        let writes = matches!(request, Request::Write { .. });
        (to == address && to != BROADCAST || to == BROADCAST && writes)
            .then_some((to == BROADCAST, request))
    }

    fn forget(&mut self) {
        self.incoming.clear();
        (self.overrun, self.last) = (false, None);
    }
}

/// How long so many bytes are on the line.
fn length(bytes: &[u8]) -> Duration {
    let count = u64::try_from(bytes.len()).expect("a frame is short");
    Duration::from_micros(count * CHARACTER_BITS * 1_000_000 / u64::from(BAUD))
}

/// The checksum over everything, itself included, is zero.
fn is_sound(frame: &[u8]) -> bool {
    frame.len() >= 4 && CHECKSUM.checksum(frame) == 0
}

fn parsed(function: u8, body: &[u8]) -> Request<'_> {
    let word = |at: usize| Some(u16::from_be_bytes([*body.get(at)?, *body.get(at + 1)?]));
    let request = match (function, body.len()) {
        (READ, 4) => word(0).zip(word(2)).and_then(|(first, count)| {
            let valid = count >= 1 && usize::from(count) <= READ_MAX;
            valid.then_some(Request::Read { first, count })
        }),
        (WRITE_ONE, 4) => {
            let values = Words(&body[2..]);
            word(0).map(|first| Request::Write { function, first, values })
        }
        (WRITE_MANY, 7..) => many(body),
        _ => None,
    };
    request.unwrap_or(Request::Unknown { function })
}

fn many(body: &[u8]) -> Option<Request<'_>> {
    let [first_high, first_low, count_high, count_low, bytes, values @ ..] = body else {
        return None;
    };
    let first = u16::from_be_bytes([*first_high, *first_low]);
    let count = u16::from_be_bytes([*count_high, *count_low]);
    let fits = usize::from(*bytes) == values.len() && usize::from(count) * 2 == values.len();
    (fits && (1..=WRITE_MAX).contains(&count)).then_some(Request::Write {
        function: WRITE_MANY,
        first,
        values: Words(values),
    })
}

/// The answer to a reading request.
#[must_use]
pub fn values(address: u8, values: &[u16]) -> Frame {
    let bytes = u8::try_from(values.len() * 2).expect("125 registers at most are read");
    let mut frame = begun(&[address, READ, bytes]);
    for value in values {
        append(&mut frame, &value.to_be_bytes());
    }
    sealed(frame)
}

/// The answer to a writing request.
#[must_use]
pub fn written(address: u8, request: &Request<'_>) -> Frame {
    let Request::Write { function, first, values } = request else { return Frame::new() };
    let second = match *function {
        WRITE_ONE => values.get(0).unwrap_or_default(),
        _ => values.len(),
    };
    let mut frame = begun(&[address, *function]);
    append(&mut frame, &first.to_be_bytes());
    append(&mut frame, &second.to_be_bytes());
    sealed(frame)
}

/// The refusal of a request.
#[must_use]
pub fn refusal(address: u8, function: u8, exception: Exception) -> Frame {
    let code = match exception {
        Exception::Function => 1,
        Exception::Address => 2,
        Exception::Value => 3,
        Exception::Device => 4,
    };
    sealed(begun(&[address, function | 0x80, code]))
}

fn begun(bytes: &[u8]) -> Frame {
    let mut frame = Frame::new();
    append(&mut frame, bytes);
    frame
}

fn append(frame: &mut Frame, bytes: &[u8]) {
    frame.extend_from_slice(bytes).expect("an answer is shorter than the longest frame");
}

/// A frame with its checksum, low byte first.
#[must_use]
pub fn sealed(mut frame: Frame) -> Frame {
    let checksum = CHECKSUM.checksum(&frame);
    append(&mut frame, &checksum.to_le_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: [u8; 8] = [0x01, 0x03, 0, 0, 0, 0x0D, 0x84, 0x0F];

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    /// 3.5 characters of 10 bits at 9600 baud are 3645 µs.
    #[test]
    fn a_frame_ends_with_three_and_a_half_characters_of_silence() {
        assert_eq!(SILENCE, Duration::from_micros(3_645));
        let mut slave = Slave::default();
        slave.receive(at(10_000), &REQUEST);
        assert!(slave.take(at(13_644), 1).is_none());
        let taken = slave.take(at(13_645), 1);
        assert_eq!(taken, Some((false, Request::Read { first: 0, count: 13 })));
        assert!(slave.take(at(20_000), 1).is_none(), "once");
    }

    #[test]
    fn a_frame_in_two_pieces_is_one_and_after_a_silence_a_new_one_begins() {
        let mut slave = Slave::default();
        slave.receive(at(10_000), &REQUEST[..3]);
        slave.receive(at(16_000), &REQUEST[3..]);
        assert!(slave.take(at(20_000), 1).is_some());
        slave.receive(at(30_000), &[1, 2, 3]);
        slave.receive(at(60_000), &REQUEST);
        assert!(slave.take(at(70_000), 1).is_some());
    }

    #[test]
    fn another_address_or_a_wrong_bit_is_not_answered() {
        let mut slave = Slave::default();
        slave.receive(at(0), &REQUEST);
        assert!(slave.take(at(9_000), 2).is_none());
        let mut wrong = REQUEST;
        wrong[5] ^= 1;
        slave.receive(at(20_000), &wrong);
        assert!(slave.take(at(29_000), 1).is_none());
    }

    /// The exception frame of the register map's example.
    #[test]
    fn a_refusal_is_the_function_with_its_high_bit_and_a_code() {
        assert_eq!(refusal(1, 3, Exception::Address), [0x01, 0x83, 0x02, 0xC0, 0xF1]);
    }

    #[test]
    fn a_broadcast_is_for_writes_alone() {
        let frame = |bytes: &[u8]| sealed(begun(bytes));
        let mut slave = Slave::default();
        slave.receive(at(0), &frame(&[0, 3, 0, 0, 0, 1]));
        assert!(slave.take(at(9_000), 2).is_none());
        slave.receive(at(20_000), &frame(&[0, 6, 0, 0x72, 0x0E, 0x74]));
        let (broadcast, request) = slave.take(at(29_000), 2).expect("a write for all");
        assert!(broadcast && matches!(request, Request::Write { first: 0x72, .. }));
    }

    /// Application protocol V1.1b3, 6.12: the answer to function 10 is its code, the first register
    /// and how many, also for one.
    #[test]
    fn one_register_is_written_by_either_function_and_answered_by_the_same() {
        let single = parsed(WRITE_ONE, &[0, 0x72, 0x0E, 0x74]);
        let several = parsed(WRITE_MANY, &[0, 0x72, 0, 1, 2, 0x0E, 0x74]);
        assert_eq!(written(2, &single), sealed(begun(&[2, 0x06, 0, 0x72, 0x0E, 0x74])));
        assert_eq!(written(2, &several), sealed(begun(&[2, 0x10, 0, 0x72, 0, 1])));
    }

    #[test]
    fn lengths_that_do_not_fit_are_no_request() {
        for body in [&[0_u8, 1, 0, 2, 3, 0, 0][..], &[0, 1, 0, 1, 4, 0, 0, 0, 0], &[0, 1, 0, 0, 0]]
        {
            assert_eq!(many(body), None, "{body:?}");
        }
        assert_eq!(parsed(3, &[0, 0, 0, 126]), Request::Unknown { function: 3 });
        assert_eq!(parsed(3, &[0, 0, 0, 125]), Request::Read { first: 0, count: 125 });
    }
}
