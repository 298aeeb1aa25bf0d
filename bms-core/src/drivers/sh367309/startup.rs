//! Bringing the chip up: ask, compare the EEPROM, write it only if it differs, reset, verify, run.
//!
//! The order and the pauses are those of the SH367309 datasheet V1.2, p1-13. Nothing here waits:
//! each call does what is due and says when the next thing will be.

use super::Sh367309;
use super::bus::READ_MAX;
use super::current::{counter_resolution, current_resolution};
use super::image::{EepromImage, IMAGE_SIZE};
use super::registers;
use super::registers::{Conf, ConversionFlags, EventFlags};
use super::thermistor::Reference;
use crate::afe::{AfeError, Startup};
use crate::params::Params;
use crate::time::{Duration, Instant};
use embedded_hal::digital::OutputPin;
use embedded_hal::i2c::I2c;

/// After any reset the chip is silent for at most this long.
pub const WARM_UP: Duration = Duration::from_millis(250);

/// How soon a chip is asked again that did not answer. It comes out of a reset with every MOSFET
/// permitted (SH367309 datasheet V1.2), so this is how long they may conduct unasked.
pub const ANSWER_RETRY: Duration = Duration::from_millis(10);

/// How long a chip may be silent before the start counts as failed.
pub const ANSWER_TIME_MAX: Duration = Duration::from_secs(1);

/// From raising VPRO to the first EEPROM byte.
pub const WRITE_MODE_SETTLING: Duration = Duration::from_millis(10);

/// From one EEPROM byte to the next, and from the last one to the end of write mode.
pub const BYTE_TIME: Duration = Duration::from_millis(35);

/// How often the EEPROM is programmed in vain before it counts as broken.
pub const PROGRAMMING_ATTEMPTS_MAX: u8 = 2;

/// After this a programming in vain may be tried again: what disturbed it may be gone.
pub const PROGRAMMING_PAUSE: Duration = Duration::from_secs(10);

/// Programmings since the start of the driver after which none is tried again after a failure. The
/// EEPROM bears 100 in its life (SH367309 datasheet V1.2).
pub const PROGRAMMINGS_MAX: u16 = 20;

/// Trim and image are read in one piece.
const STORED_SIZE: usize = IMAGE_SIZE + 1;

const _: () = assert!(STORED_SIZE <= READ_MAX, "image and trim are read in one piece");
const _: () = assert!(registers::TR as usize == IMAGE_SIZE, "the trim is the byte after the image");

/// How far the start has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not started, or given up.
    Off,
    /// Waiting for the chip's first answer since `since`; not asking before `until`.
    Asking { since: Instant, until: Instant },
    /// VPRO is up; writing byte by byte what differs from `wanted`.
    Programming { stored: EepromImage, wanted: EepromImage, until: Instant },
    /// Measuring.
    Ready,
}

impl<I2C: I2c, VPRO: OutputPin> Sh367309<I2C, VPRO> {
    /// One call of [`Afe::start`](crate::afe::Afe::start).
    pub(super) fn advance(&mut self, now: Instant, params: &Params) -> Result<Startup, AfeError> {
        let result = self.due(now, params);
        if result.is_err() {
            // Leave write mode whatever happened; a pin that fails here failed before.
            let _ = self.vpro.set_low();
            self.phase = Phase::Off;
        }
        result
    }

    fn due(&mut self, now: Instant, params: &Params) -> Result<Startup, AfeError> {
        match self.phase {
            Phase::Asking { until, .. } | Phase::Programming { until, .. } if now < until => {
                Ok(Startup::Busy { until })
            }
            Phase::Off | Phase::Ready => self.ask(now, now, params),
            Phase::Asking { since, .. } => self.ask(now, since, params),
            Phase::Programming { stored, wanted, .. } => self.program(now, stored, wanted),
        }
    }

    fn ask(&mut self, now: Instant, since: Instant, params: &Params) -> Result<Startup, AfeError> {
        match self.stored() {
            Ok((stored, reference)) => self.compare(now, stored, reference, params),
            Err(_) if now < since + ANSWER_TIME_MAX => {
                // Not only after the warm-up: when that began, nobody told.
                let until = now + ANSWER_RETRY;
                self.phase = Phase::Asking { since, until };
                Ok(Startup::Busy { until })
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the MOSFETs' permits away, which every reset grants, and reads the EEPROM.
    fn stored(&mut self) -> Result<(EepromImage, Reference), AfeError> {
        self.forget();
        self.bus.store(registers::CONF, Conf::RUNNING.bits(), u8::MAX)?;
        self.conf = Some(Conf::RUNNING);
        self.image()
    }

    /// The EEPROM with its trim.
    fn image(&mut self) -> Result<(EepromImage, Reference), AfeError> {
        let mut bytes = [0; STORED_SIZE];
        self.bus.read(registers::SCONF1, &mut bytes)?;
        let image = core::array::from_fn(|address| bytes[address]);
        Ok((EepromImage::from_bytes(image), Reference::from_trim(bytes[IMAGE_SIZE])))
    }

    fn compare(
        &mut self,
        now: Instant,
        stored: EepromImage,
        reference: Reference,
        params: &Params,
    ) -> Result<Startup, AfeError> {
        let wanted = EepromImage::for_chip(params, reference)
            .map_err(|_refusal| AfeError::NotRepresentable)?;
        if stored == wanted {
            return if self.is_reset_due { self.apply(now) } else { self.run(reference, params) };
        }
        if !self.may_program(now) {
            return Err(AfeError::NotStored);
        }
        // A wrong bit under a right checksum must not reach the EEPROM: only what is read twice does.
        if self.image()? != (stored, reference) {
            return Err(AfeError::Implausible);
        }
        self.programming_attempts = self.programming_attempts.saturating_add(1);
        self.programmed_at = Some(now);
        self.programmings = self.programmings.saturating_add(1);
        self.vpro.set_high().map_err(|_| AfeError::Bus)?;
        let until = now + WRITE_MODE_SETTLING;
        self.phase = Phase::Programming { stored, wanted, until };
        Ok(Startup::Busy { until })
    }

    /// Whether attempts are left, or enough time has passed since the last one in vain.
    fn may_program(&self, now: Instant) -> bool {
        let rested = self.programmed_at.is_none_or(|at| now.since(at) >= PROGRAMMING_PAUSE);
        self.programming_attempts < PROGRAMMING_ATTEMPTS_MAX
            || rested && self.programmings < PROGRAMMINGS_MAX
    }

    /// Writes the next byte that differs, or leaves write mode after the last one.
    fn program(
        &mut self,
        now: Instant,
        stored: EepromImage,
        wanted: EepromImage,
    ) -> Result<Startup, AfeError> {
        let mut bytes = *stored.bytes();
        let different = bytes.iter().zip(wanted.bytes()).position(|(is, shall)| is != shall);
        let Some(address) = different else {
            return self.apply(now);
        };
        bytes[address] = wanted.bytes()[address];
        let register = u8::try_from(address).expect("the image ends at 18h");
        self.is_reset_due = true;
        self.bus.write(register, bytes[address])?;
        let until = now + BYTE_TIME;
        self.phase = Phase::Programming { stored: EepromImage::from_bytes(bytes), wanted, until };
        Ok(Startup::Busy { until })
    }

    /// Ends write mode; a new image takes effect with a reset.
    fn apply(&mut self, now: Instant) -> Result<Startup, AfeError> {
        self.vpro.set_low().map_err(|_| AfeError::Bus)?;
        self.bus.write(registers::SOFT_RESET, registers::SOFT_RESET_KEY)?;
        self.is_reset_due = false;
        let until = now + WARM_UP;
        self.phase = Phase::Asking { since: now, until };
        Ok(Startup::Busy { until })
    }

    fn run(&mut self, reference: Reference, params: &Params) -> Result<Startup, AfeError> {
        self.programming_attempts = 0;
        self.series = params.series;
        self.reference = reference;
        self.fast = current_resolution(params.shunt_nano_ohm);
        self.counter = counter_resolution(params.shunt_nano_ohm);
        self.set_up(Conf::RUNNING)?;
        self.phase = Phase::Ready;
        Ok(Startup::Ready)
    }

    /// Gives the chip everything that a reset makes it forget, and clears the old flags.
    pub(super) fn set_up(&mut self, conf: Conf) -> Result<(), AfeError> {
        if self.conf != Some(conf) {
            self.bus.store(registers::CONF, conf.bits(), u8::MAX)?;
        }
        self.bus.store(registers::RSTSTAT, super::WATCHDOG as u8, super::WATCHDOG_BITS)?;
        self.bus.write(registers::BFLAG1, EventFlags::all().clearing())?;
        // Not the two that reading clears: a cycle that ends now must still be seen.
        let old = ConversionFlags::all() - ConversionFlags::CADC - ConversionFlags::VADC;
        self.bus.write(registers::BFLAG2, old.clearing())?;
        self.conf = Some(conf);
        Ok(())
    }
}
