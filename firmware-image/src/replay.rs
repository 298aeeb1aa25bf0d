//! The firmware between a tape's bus and its pins.

use crate::tape::{MAGIC, Tape, Torn};
use bms_core::bms::Decision;
use bms_core::controller::Controller;
use bms_core::drivers::sh367309::Sh367309;
use bms_core::params::Params;
use bms_core::units::BasisPoints;
use core::cell::RefCell;
use core::convert::Infallible;
use crc::{CRC_32_ISO_HDLC, Crc, Table};
use embedded_hal::digital::{ErrorType as PinErrorType, OutputPin};
use embedded_hal::i2c::{ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};

/// The checksum under which decisions are compared.
pub const DIGEST: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// What a replay found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Runs of the main loop.
    pub steps: u32,
    /// Runs whose decision differed from the recorded one.
    pub different: u32,
    /// Bus transactions in which the driver said something else than when it was recorded.
    pub strayed: u32,
    /// CRC-32 over the digests of all decisions, in order.
    pub digest: u32,
}

/// The digest of one decision.
#[must_use]
pub fn digest(decision: &Decision) -> u32 {
    DIGEST.checksum(&decision.to_bytes())
}

/// Replays a whole tape.
///
/// # Errors
/// The tape is torn, or its parameters are none.
pub fn replay(bytes: &[u8]) -> Result<Replayed, Torn> {
    let (tape, params) = Tape::open(bytes)?;
    let (params, soc): (Params, Option<BasisPoints>) =
        postcard::from_bytes(params).map_err(|_| Torn { at: MAGIC.len() })?;
    let deck = RefCell::new(Deck { tape, strayed: 0 });
    let driver = Sh367309::new(TapeBus { deck: &deck }, TapePin { deck: &deck });
    let Ok(mut controller) = Controller::new(driver, &params) else { return Err(Torn { at: 0 }) };
    if let Some(soc) = soc {
        controller.bms_mut().set_soc(soc);
    }
    let mut found = Replayed { steps: 0, different: 0, strayed: 0, digest: 0 };
    let mut all = DIGEST.digest();
    while !deck.borrow().tape.is_at_end() {
        let (now, board) = deck.borrow_mut().next_service()?;
        let decision = digest(&controller.service(now, &board));
        let recorded = deck.borrow_mut().next_decision()?;
        found.steps += 1;
        found.different += u32::from(decision != recorded);
        all.update(&decision.to_le_bytes());
    }
    found.strayed = deck.borrow().strayed;
    found.digest = all.finalize();
    Ok(found)
}

struct Deck<'a> {
    tape: Tape<'a>,
    strayed: u32,
}

impl Deck<'_> {
    fn next_service(&mut self) -> Result<(bms_core::time::Instant, bms_core::bms::Board), Torn> {
        self.tape.expect(b'S')?;
        self.tape.service()
    }

    /// The recorded decision; transactions that were recorded but not made are skipped and counted.
    fn next_decision(&mut self) -> Result<u32, Torn> {
        loop {
            match self.tape.kind() {
                Some(b'D') => {
                    self.tape.expect(b'D')?;
                    return self.tape.word();
                }
                _ => {
                    self.strayed += 1;
                    self.skip()?;
                }
            }
        }
    }

    fn skip(&mut self) -> Result<(), Torn> {
        match self.tape.byte()? {
            b'W' => {
                self.tape.counted()?;
                self.tape.byte()?;
            }
            b'R' => {
                self.tape.counted()?;
                let length = usize::from(self.tape.byte()?);
                self.tape.byte()?;
                self.tape.take(length)?;
            }
            _ => {
                self.tape.byte()?;
            }
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<bool, Torn> {
        self.tape.expect(b'W')?;
        self.strayed += u32::from(self.tape.counted()? != bytes);
        Ok(self.tape.byte()? != 0)
    }

    fn write_read(&mut self, out: &[u8], into: &mut [u8]) -> Result<bool, Torn> {
        self.tape.expect(b'R')?;
        self.strayed += u32::from(self.tape.counted()? != out);
        let length = usize::from(self.tape.byte()?);
        let accepted = self.tape.byte()? != 0;
        let answer = self.tape.take(length)?;
        if answer.len() == into.len() {
            into.copy_from_slice(answer);
        } else {
            self.strayed += 1;
        }
        Ok(accepted)
    }
}

struct TapeBus<'a, 'b> {
    deck: &'a RefCell<Deck<'b>>,
}

impl ErrorType for TapeBus<'_, '_> {
    type Error = ErrorKind;
}

impl I2c for TapeBus<'_, '_> {
    fn transaction(&mut self, _address: u8, steps: &mut [Operation<'_>]) -> Result<(), ErrorKind> {
        let mut deck = self.deck.borrow_mut();
        let answer = match steps {
            [Operation::Write(bytes)] => deck.write(bytes),
            [Operation::Write(out), Operation::Read(into)] => deck.write_read(out, into),
            _ => Err(Torn { at: 0 }),
        };
        match answer {
            Ok(true) => Ok(()),
            Ok(false) => Err(ErrorKind::NoAcknowledge(NoAcknowledgeSource::Unknown)),
            Err(_) => {
                deck.strayed += 1;
                Err(ErrorKind::Other)
            }
        }
    }
}

struct TapePin<'a, 'b> {
    deck: &'a RefCell<Deck<'b>>,
}

impl TapePin<'_, '_> {
    fn set(&mut self, level: u8) {
        let mut deck = self.deck.borrow_mut();
        let same = deck.tape.expect(b'V').and_then(|()| deck.tape.byte());
        deck.strayed += u32::from(same != Ok(level));
    }
}

impl PinErrorType for TapePin<'_, '_> {
    type Error = Infallible;
}

impl OutputPin for TapePin<'_, '_> {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(0);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(1);
        Ok(())
    }
}
