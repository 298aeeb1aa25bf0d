//! The SH367309 driver: [`Afe`] over an I²C bus and the pin that raises the EEPROM write voltage.
//!
//! Facts are from the SH367309 datasheet V1.2. The layers, from the wire upwards:
//! [`bus`] makes and checks frames, [`registers`] names bits, [`codes`], [`thermistor`] and
//! [`current`] turn codes into quantities and back, [`image`] turns a parameter set into the EEPROM
//! image or says why it cannot, `startup` brings the chip up, `decode` reads it.
//!
//! **Order of a read.** The flags (70h-71h) are read before the measurements (43h-6Fh), because
//! reading clears the conversion flags: a cycle that ends between the two transactions sets its
//! flag again for the next poll, and the data read now are at least as new as the flag. The other
//! way round the flag of a new cycle would be consumed by old data and its window never counted.
//! Flags that were read stay noted until a sample carries them, even if the measurements fail to
//! arrive. Protections are looked up in both places, so one that comes and goes between two polls
//! is seen.
//!
//! **Failures.** Every transaction is tried [`bus::ATTEMPTS_MAX`] times and no call waits. After
//! [`BAD_POLLS_MAX`] failed reads in a row the chip may have been reset unseen, so the next command
//! sets it up anew. A reset that is seen reports [`AfeFlags::UNEXPECTED_RESET`] and has the same
//! effect; calling [`Afe::start`] again is a full re-start, MOSFETs off, in one call if the EEPROM
//! is as wanted.

pub mod bus;
pub mod capability;
pub mod codes;
pub mod current;
mod decode;
pub mod image;
pub mod refusal;
pub mod registers;
pub mod settings;
mod startup;
pub mod thermistor;

pub use capability::{CAPABILITY, Capability};
pub use current::{CurrentScale, counter_resolution, current_resolution};
pub use image::EepromImage;
pub use refusal::Unrepresentable;
pub use startup::{
    ANSWER_RETRY, ANSWER_TIME_MAX, BYTE_TIME, PROGRAMMING_ATTEMPTS_MAX, PROGRAMMING_PAUSE,
    PROGRAMMINGS_MAX, WARM_UP, WRITE_MODE_SETTLING,
};

use crate::afe::{Afe, AfeError, AfeFlags, Command, Sample, Startup};
use crate::params::Params;
use crate::time::{Duration, Instant};
use bus::Bus;
use codes::WatchdogPeriod;
use decode::{BLOCK_SIZE, Block};
use embedded_hal::digital::OutputPin;
use embedded_hal::i2c::I2c;
use registers::{Conf, ConversionFlags, EventFlags};
use startup::Phase;
use thermistor::Reference;

/// How long the firmware may be silent before the chip opens the MOSFETs by itself.
pub const WATCHDOG: WatchdogPeriod = WatchdogPeriod::Seconds4;

/// How soon bleeding is asked for again, well before the chip ends it by itself.
pub const BALANCE_REFRESH: Duration = Duration::from_secs(30);

const _: () = assert!(
    2 * BALANCE_REFRESH.as_micros() <= CAPABILITY.balance_time.as_micros(),
    "one refresh may be missed"
);

/// Failed reads in a row after which nothing about the chip's state is taken for granted.
pub const BAD_POLLS_MAX: u8 = 30;

const WATCHDOG_BITS: u8 = 0b11;

/// The balance registers, upper cells first.
const BALANCE: [u8; 2] = [registers::BALANCE_HIGH, registers::BALANCE_LOW];

/// Balancing that the chip has ended by itself, or will end, in these states.
const BALANCE_ENDED: AfeFlags = AfeFlags::CHARGE_HOT
    .union(AfeFlags::CHARGE_COLD)
    .union(AfeFlags::DISCHARGE_HOT)
    .union(AfeFlags::DISCHARGE_COLD)
    .union(AfeFlags::PERMANENT_FAILURE)
    .union(AfeFlags::WATCHDOG);

impl Conf {
    /// Coulomb counter and watchdog run, no MOSFET is permitted.
    const RUNNING: Self = Self::CADCON.union(Self::ENWDT);
}

/// What the balance registers hold.
#[derive(Clone, Copy, Debug)]
struct Bleed {
    /// Bit 0 is the most negative cell.
    cells: u16,
    /// When a bit was last set.
    set_at: Instant,
}

/// An SH367309 on a bus.
#[derive(Debug)]
pub struct Sh367309<I2C, VPRO> {
    bus: Bus<I2C>,
    vpro: VPRO,
    phase: Phase,
    /// The EEPROM has been written to since the last reset, which alone puts it into effect.
    is_reset_due: bool,
    /// Since the start of this driver.
    programmings: u16,
    /// Since the EEPROM was last as wanted.
    programming_attempts: u8,
    /// When the last programming began.
    programmed_at: Option<Instant>,
    series: u8,
    reference: Reference,
    fast: CurrentScale,
    counter: CurrentScale,
    /// What CONF holds, if it is known.
    conf: Option<Conf>,
    /// What the balance registers hold, if it is known.
    bleed: Option<Bleed>,
    /// The chip's own state keeps balancing off.
    bleed_inhibited: bool,
    /// Events whose state has been reported and whose flag is still set.
    reported: EventFlags,
    /// Conversion flags that were read and that no sample has carried yet.
    unreported: ConversionFlags,
    bad_polls: u8,
}

impl<I2C: I2c, VPRO: OutputPin> Sh367309<I2C, VPRO> {
    /// A driver for the chip on `i2c`, whose VPRO voltage is up while `vpro` is high. Nothing
    /// happens before [`Afe::start`].
    #[must_use]
    pub fn new(i2c: I2C, vpro: VPRO) -> Self {
        Self {
            bus: Bus::new(i2c),
            vpro,
            phase: Phase::Off,
            is_reset_due: false,
            programmings: 0,
            programming_attempts: 0,
            programmed_at: None,
            series: 0,
            reference: Reference::NOMINAL,
            fast: current_resolution(current::SHUNT_MIN),
            counter: counter_resolution(current::SHUNT_MIN),
            conf: None,
            bleed: None,
            bleed_inhibited: false,
            reported: EventFlags::empty(),
            unreported: ConversionFlags::empty(),
            bad_polls: 0,
        }
    }

    /// Gives back the bus and the pin.
    pub fn release(self) -> (I2C, VPRO) {
        (self.bus.release(), self.vpro)
    }

    /// How often this driver has programmed the EEPROM, which bears 100 programmings in its life.
    #[must_use]
    pub const fn programmings(&self) -> u16 {
        self.programmings
    }

    /// Takes nothing for granted that the chip may have lost.
    fn forget(&mut self) {
        self.conf = None;
        self.bleed = None;
        self.bleed_inhibited = false;
        self.reported = EventFlags::empty();
        self.unreported = ConversionFlags::empty();
        self.bad_polls = 0;
    }

    fn poll(&mut self, now: Instant) -> Result<Sample, AfeError> {
        let events = self.flags()?;
        let block = self.block()?;
        let was_reset = self.unreported.contains(ConversionFlags::RST);
        let mut sample = self.sample(now, &block)?;
        sample.flags |= self.past_events(events, &block);
        sample.flags.set(AfeFlags::UNEXPECTED_RESET, was_reset);
        self.unreported = ConversionFlags::empty();
        if was_reset {
            self.forget();
        }
        self.bleed_inhibited = sample.flags.intersects(BALANCE_ENDED);
        if self.bleed_inhibited {
            self.bleed = Some(Bleed { cells: 0, set_at: now });
        }
        Ok(sample)
    }

    /// Reads both flag registers and notes what reading cleared.
    fn flags(&mut self) -> Result<EventFlags, AfeError> {
        let mut flags = [0; 2];
        self.bus.read(registers::BFLAG1, &mut flags)?;
        if flags == [0xFF; 2] {
            return Err(AfeError::Implausible);
        }
        self.unreported |= ConversionFlags::from_bits_truncate(flags[1]);
        Ok(EventFlags::from_bits_truncate(flags[0]))
    }

    fn block(&mut self) -> Result<Block, AfeError> {
        let mut block = Block([0; BLOCK_SIZE]);
        self.bus.read(registers::BSTATUS1, &mut block.0)?;
        if block.is_blank() { Err(AfeError::Implausible) } else { Ok(block) }
    }

    fn sample(&self, now: Instant, block: &Block) -> Result<Sample, AfeError> {
        let is_new = |flag| self.unreported.contains(flag);
        Ok(Sample {
            taken: now,
            fresh: is_new(ConversionFlags::VADC),
            cells: block.cells(self.series)?,
            current: block.current(self.fast),
            counted: is_new(ConversionFlags::CADC).then(|| block.counted(self.counter)),
            temperatures: block.temperatures(self.reference)?,
            flags: block.states(),
        })
    }

    /// Events of which only the flag is left, each once; clears their flags. The watchdog's flag is
    /// cleared at once, because its state ends no other way.
    fn past_events(&mut self, events: EventFlags, block: &Block) -> AfeFlags {
        let in_force = block.in_force(events);
        let news = events - in_force - self.reported;
        let spent = (events - in_force) | (events & EventFlags::WDT);
        // A clear that fails is tried again at the next poll; the sample is worth more than it.
        let is_cleared =
            spent.is_empty() || self.bus.write(registers::BFLAG1, spent.clearing()).is_ok();
        self.reported = if is_cleared { events - spent } else { events };
        decode::past(news)
    }

    /// Brings CONF to `wanted`; a chip that may have forgotten its set-up gets all of it.
    fn configure(&mut self, wanted: Conf) -> Result<(), AfeError> {
        match self.conf {
            Some(conf) if conf == wanted => Ok(()),
            Some(_) => {
                self.conf = None;
                self.bus.store(registers::CONF, wanted.bits(), u8::MAX)?;
                self.conf = Some(wanted);
                Ok(())
            }
            None => self.set_up(wanted),
        }
    }

    /// Brings CONF to `wanted` by way of OCRC: the sequence 0-1-0, each written.
    fn clear_over_current(&mut self, wanted: Conf) -> Result<(), AfeError> {
        if self.conf.take().is_none() {
            self.set_up(wanted)?;
            self.conf = None;
        }
        self.bus.write(registers::CONF, wanted.bits())?;
        self.bus.write(registers::CONF, (wanted | Conf::OCRC).bits())?;
        self.bus.store(registers::CONF, wanted.bits(), u8::MAX)?;
        self.conf = Some(wanted);
        Ok(())
    }

    /// Brings the balance registers to `wanted`, which the chip's own state may forbid.
    fn balance(&mut self, now: Instant, wanted: u16) -> Result<(), AfeError> {
        let wanted = if self.bleed_inhibited { 0 } else { wanted };
        let held = self.bleed.take();
        let is_due = held.is_none_or(|held| now >= held.set_at + BALANCE_REFRESH);
        // Only a bit that is set starts the chip's minute anew, not one that is cleared.
        let sets = held.is_none_or(|held| wanted & !held.cells != 0) || is_due;
        for half in [0, 1] {
            let byte = wanted.to_be_bytes()[half];
            let is_stored = held.is_some_and(|held| held.cells.to_be_bytes()[half] == byte);
            if !is_stored || is_due && byte != 0 {
                self.bus.store(BALANCE[half], byte, u8::MAX)?;
            }
        }
        let set_at = held.filter(|_| !sets).map_or(now, |held| held.set_at);
        self.bleed = Some(Bleed { cells: wanted, set_at });
        Ok(())
    }
}

impl<I2C: I2c, VPRO: OutputPin> Afe for Sh367309<I2C, VPRO> {
    fn start(&mut self, now: Instant, params: &Params) -> Result<Startup, AfeError> {
        self.advance(now, params)
    }

    fn read(&mut self, now: Instant) -> Result<Sample, AfeError> {
        if self.phase != Phase::Ready {
            return Err(AfeError::Bus);
        }
        let result = self.poll(now);
        self.bad_polls = if result.is_ok() { 0 } else { self.bad_polls.saturating_add(1) };
        if self.bad_polls == BAD_POLLS_MAX {
            self.forget();
        }
        result
    }

    fn command(&mut self, now: Instant, command: &Command) -> Result<(), AfeError> {
        if self.phase != Phase::Ready {
            let is_off = *command == Command::default();
            return if is_off { Ok(()) } else { Err(AfeError::NotStored) };
        }
        let mut conf = Conf::RUNNING;
        conf.set(Conf::CHGMOS, command.charge);
        conf.set(Conf::DSGMOS, command.discharge);
        conf.set(Conf::PCHMOS, command.low_cell_precharge);
        if command.clear_over_current {
            self.clear_over_current(conf)?;
        } else {
            self.configure(conf)?;
        }
        let fitted = (1_u32 << self.series) - 1;
        let bleed = u16::try_from(command.bleed & fitted).expect("16 cells at most are fitted");
        self.balance(now, bleed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clearing_any_flag_writes_a_zero_to_it_and_ones_to_the_others() {
        for bit in 0..8 {
            let expected = [0xFE, 0xFD, 0xFB, 0xF7, 0xEF, 0xDF, 0xBF, 0x7F][bit];
            assert_eq!(EventFlags::from_bits_retain(1 << bit).clearing(), expected);
            assert_eq!(ConversionFlags::from_bits_retain(1 << bit).clearing(), expected);
        }
    }
}
