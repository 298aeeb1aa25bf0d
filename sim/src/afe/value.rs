//! The value-level front end: the same chip without bytes. What the firmware gets is the decoded
//! content of the same latched registers, with the datasheet's conversions in integers, so
//! that event times are those of the register level.
//!
//! There are no bytes here, but there is a line ([`super::faults::Line`]): each call asks it as often
//! as the driver would start a transaction, up to three attempts for each, so that a bus that fails
//! fails for as long. The exchanges that only an event causes (a flag to be cleared) are not counted.

use super::chip::Chip;
use super::codes::{IMAGE_BYTES, image};
use super::faults::Line;
use super::power::{EEPROM_BYTE, Power, VPRO_SETTLE, WARM_UP};
use super::registers::{
    BALANCE_HIGH, BALANCE_LOW, BFLAG1, BFLAG2, BSTATUS1, BSTATUS2, BSTATUS3, CONF, RSTSTAT,
    SOFT_RESET, SOFT_RESET_KEY, conf, flag1, flag2, status3,
};
use super::twi::Shared;
use crate::time::{SimTime, Span};
use bms_core::afe::{Afe, AfeError, AfeFlags, Command, Counted, Sample, Startup};
use bms_core::drivers::sh367309::thermistor::{SENSOR_OPEN, SENSOR_SHORTED};
use bms_core::ntc;
use bms_core::params::Params;
use bms_core::time::{Duration, Instant};
use bms_core::units::{Centicelsius, Microcoulombs, Microvolts, Milliamps};

/// Counts of the fast current register at 200 mV.
const CURRENT_COUNTS: i64 = 26_837;
/// Counts of the coulomb counter at 200 mV.
const COUNTER_COUNTS: i64 = 21_470;
/// Length of a coulomb-counter window as the firmware knows it, ms.
const WINDOW_MS: i64 = 250;
/// Watchdog period 4 s: the shortest.
const WATCHDOG_4S: u8 = 3;
/// CONF of a chip that runs and permits no MOSFET.
const RUNNING: u8 = conf::CADCON | conf::ENWDT;
/// Attempts of the driver at one transaction.
const ATTEMPTS: usize = 3;
/// How long the driver asks a silent chip before it gives up.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(1);
/// How soon it asks again.
const ANSWER_RETRY: Duration = Duration::from_millis(10);
/// Bleeding is asked for again this often; the chip forgets after a minute.
const BLEED_REFRESH: Span = Span::from_millis(30_000);

/// A front end that delivers values straight from the chip's registers.
#[derive(Clone, Debug)]
pub struct ValueFrontEnd {
    shared: Shared,
    line: Line,
    /// Since when a silent chip is asked, on the firmware's clock.
    asking: Option<Instant>,
    step: Step,
    cells: usize,
    shunt_nano_ohm: i64,
    /// What CONF holds, if it is known.
    conf: Option<u8>,
    bled: (u32, SimTime),
    /// BFLAG2 as it was read, until a sample carries it: reading clears the converters' flags.
    unreported: u8,
}

/// How far [`Afe::start`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Verify,
    Program { next: usize },
    Reset,
}

impl ValueFrontEnd {
    /// A front end on the shared chip. The bench sets the moment before each call.
    #[must_use]
    pub fn new(shared: Shared) -> Self {
        Self::on(shared, Line::new(Vec::new(), 0))
    }

    /// A front end that reaches the shared chip by `line`.
    #[must_use]
    pub fn on(shared: Shared, line: Line) -> Self {
        Self {
            shared,
            line,
            asking: None,
            step: Step::Verify,
            cells: 0,
            shunt_nano_ohm: 1,
            conf: None,
            bled: (0, SimTime::ZERO),
            unreported: 0,
        }
    }

    /// Not before `span` has passed on the chip's clock, as the firmware's clock will show it.
    fn busy(&self, now: Instant, span: Span) -> Startup {
        let since_tick = self.shared.now().0 % 1_000;
        let micros = (since_tick + span.0).div_ceil(1_000);
        Startup::Busy { until: now + Duration::from_micros(micros) }
    }

    /// One transaction, after some attempts. A chip that is down does not answer; one that sleeps
    /// wakes up; every exchange is life.
    fn exchange(&self, chip: &mut Chip) -> Result<(), AfeError> {
        let now = self.shared.now();
        let answers = !matches!(chip.power, Power::Down { .. } | Power::WarmUp { .. });
        if !(0..ATTEMPTS).any(|_| self.line.carries(now) && answers) {
            return Err(AfeError::Bus);
        }
        if matches!(chip.power, Power::Idle | Power::Sleep { .. }) {
            chip.wake_up(now);
        }
        chip.feed_watchdog(now);
        Ok(())
    }

    /// Writes a register.
    fn write(&self, chip: &mut Chip, register: u8, data: u8) -> Result<(), AfeError> {
        self.exchange(chip)?;
        chip.store(self.shared.now(), register, data);
        Ok(())
    }

    /// Writes a register and reads it back.
    fn put(&self, chip: &mut Chip, register: u8, data: u8) -> Result<(), AfeError> {
        self.write(chip, register, data)?;
        self.exchange(chip)
    }

    /// As the driver does with a chip that does not answer: asks again, gives up after a while.
    fn ask_again(&mut self, now: Instant) -> Result<Startup, AfeError> {
        let since = *self.asking.get_or_insert(now);
        if now < since + ANSWER_TIME_MAX {
            return Ok(Startup::Busy { until: now + ANSWER_RETRY });
        }
        self.asking = None;
        Err(AfeError::Bus)
    }

    /// Programs what differs, one byte per call, then resets the chip to apply it.
    fn program(
        &mut self,
        chip: &mut Chip,
        taken: Instant,
        wanted: &[u8; IMAGE_BYTES],
    ) -> Result<Startup, AfeError> {
        let now = self.shared.now();
        let differs = |place: &usize| chip.stored[*place] != wanted[*place];
        let right = !(0..IMAGE_BYTES).any(|place| differs(&place));
        let from = match self.step {
            Step::Verify if !right => {
                chip.set_vpro(now, true);
                self.step = Step::Program { next: 0 };
                return Ok(self.busy(taken, VPRO_SETTLE));
            }
            Step::Program { next } => next,
            Step::Reset if !right => {
                self.step = Step::Verify;
                return Err(AfeError::NotStored);
            }
            Step::Verify | Step::Reset => {
                self.step = Step::Verify;
                self.bled = (0, now);
                return self.set_up(chip, RUNNING).map(|()| Startup::Ready);
            }
        };
        if let Some(place) = (from..IMAGE_BYTES).find(differs) {
            self.write(chip, u8::try_from(place).expect("a short image"), wanted[place])?;
            self.step = Step::Program { next: place + 1 };
            return Ok(self.busy(taken, EEPROM_BYTE));
        }
        chip.set_vpro(now, false);
        self.write(chip, SOFT_RESET, SOFT_RESET_KEY)?;
        self.step = Step::Reset;
        Ok(self.busy(taken, WARM_UP))
    }

    /// Takes the permits away that every reset grants, and finds the EEPROM readable.
    fn ask(&mut self, chip: &mut Chip) -> Result<(), AfeError> {
        (self.conf, self.unreported) = (None, 0);
        self.put(chip, CONF, RUNNING)?;
        self.conf = Some(RUNNING);
        self.exchange(chip)
    }

    /// Everything that a reset makes the chip forget.
    fn set_up(&mut self, chip: &mut Chip, conf: u8) -> Result<(), AfeError> {
        if self.conf != Some(conf) {
            self.put(chip, CONF, conf)?;
        }
        self.put(chip, RSTSTAT, WATCHDOG_4S)?;
        self.write(chip, BFLAG1, 0)?;
        // A cycle that ends now must still be seen.
        self.write(chip, BFLAG2, flag2::CADC | flag2::VADC)?;
        self.conf = Some(conf);
        Ok(())
    }

    fn configure(&mut self, chip: &mut Chip, wanted: u8) -> Result<(), AfeError> {
        match self.conf {
            Some(conf) if conf == wanted => Ok(()),
            Some(_) => {
                self.conf = None;
                self.put(chip, CONF, wanted)?;
                self.conf = Some(wanted);
                Ok(())
            }
            None => self.set_up(chip, wanted),
        }
    }

    /// Clears latched currents: OCRC goes 0, 1, 0.
    fn clear_over_current(&mut self, chip: &mut Chip, wanted: u8) -> Result<(), AfeError> {
        if self.conf.take().is_none() {
            self.set_up(chip, wanted)?;
            self.conf = None;
        }
        self.write(chip, CONF, wanted)?;
        self.write(chip, CONF, wanted | conf::OCRC)?;
        self.put(chip, CONF, wanted)?;
        self.conf = Some(wanted);
        Ok(())
    }

    fn bleed(&mut self, chip: &mut Chip, cells: u32) -> Result<(), AfeError> {
        let now = self.shared.now();
        let (last, at) = self.bled;
        if last == cells && (cells == 0 || now - at < BLEED_REFRESH) {
            return Ok(());
        }
        let [.., high, low] = cells.to_be_bytes();
        self.put(chip, BALANCE_HIGH, high)?;
        self.put(chip, BALANCE_LOW, low)?;
        self.bled = (cells, now);
        Ok(())
    }
}

impl Afe for ValueFrontEnd {
    fn start(&mut self, now: Instant, params: &Params) -> Result<Startup, AfeError> {
        let wanted = image(params)?;
        let shared = self.shared.clone();
        let mut chip = shared.chip();
        self.cells = usize::from(params.series);
        self.shunt_nano_ohm = i64::from(params.shunt_nano_ohm);
        if !matches!(self.step, Step::Program { .. }) {
            if self.ask(&mut chip).is_err() {
                return self.ask_again(now);
            }
            self.asking = None;
        }
        let result = self.program(&mut chip, now, &wanted);
        if result.is_err() {
            chip.set_vpro(shared.now(), false);
            self.step = Step::Verify;
        }
        result
    }

    fn read(&mut self, now: Instant) -> Result<Sample, AfeError> {
        let shared = self.shared.clone();
        let mut chip = shared.chip();
        self.exchange(&mut chip)?; // the flags
        self.unreported |= chip.peek(BFLAG2);
        chip.ram.flag2 &= !(flag2::CADC | flag2::VADC);
        self.exchange(&mut chip)?; // everything else
        let flags2 = std::mem::take(&mut self.unreported);
        let scale = |counts: i64, code: i16| {
            nearest(i128::from(code) * 200_000_000_000, i128::from(counts * self.shunt_nano_ohm))
        };
        let counted = flags2 & flag2::CADC != 0;
        let reference = i64::from(chip.config.reference_ohm);
        let temperatures = chip.ram.temperatures.map(|code| celsius(code, reference));
        let flags = flags(&chip, flags2);
        if flags.contains(AfeFlags::WATCHDOG) {
            // Its state ends no other way.
            self.write(&mut chip, BFLAG1, !flag1::WDT)?;
        }
        Ok(Sample {
            taken: now,
            fresh: flags2 & flag2::VADC != 0,
            cells: chip.ram.cells.iter().take(self.cells).copied().map(microvolts).collect(),
            current: milliamps(scale(CURRENT_COUNTS, chip.ram.current)),
            counted: counted.then(|| Counted {
                charge: charge(chip.ram.counted, self.shunt_nano_ohm),
                current: milliamps(scale(COUNTER_COUNTS, chip.ram.counted)),
            }),
            temperatures: temperatures.into_iter().collect(),
            flags,
        })
    }

    fn accepts(&self, params: &Params) -> bool {
        image(params).is_ok()
    }

    fn sleep(&mut self, _now: Instant) -> Result<(), AfeError> {
        (self.conf, self.step, self.asking) = (None, Step::Verify, None);
        let shared = self.shared.clone();
        let mut chip = shared.chip();
        self.write(&mut chip, CONF, RUNNING | conf::SLEEP)
    }

    fn command(&mut self, _now: Instant, command: &Command) -> Result<(), AfeError> {
        let shared = self.shared.clone();
        let mut chip = shared.chip();
        let permits = [
            (command.low_cell_precharge, conf::PCHMOS),
            (command.discharge, conf::DSGMOS),
            (command.charge, conf::CHGMOS),
        ];
        let wanted = permits
            .into_iter()
            .filter(|(permit, _)| *permit)
            .fold(RUNNING, |byte, (_, bit)| byte | bit);
        if command.clear_over_current {
            self.clear_over_current(&mut chip, wanted)?;
        } else {
            self.configure(&mut chip, wanted)?;
        }
        self.bleed(&mut chip, command.bleed)
    }
}

fn nearest(value: i128, divisor: i128) -> i64 {
    let half = if value < 0 { -divisor / 2 } else { divisor / 2 };
    i64::try_from((value + half) / divisor).expect("a shunt of a nano-ohm or more")
}

fn milliamps(value: i64) -> Milliamps {
    Milliamps(i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX }))
}

/// 156.25 µV per count, rounded down.
fn microvolts(code: u16) -> Microvolts {
    Microvolts(i32::from(code) * 625 / 4)
}

fn charge(code: i16, shunt_nano_ohm: i64) -> Microcoulombs {
    let scaled = i128::from(code) * 200_000_000_000 * i128::from(WINDOW_MS);
    Microcoulombs(nearest(scaled, i128::from(COUNTER_COUNTS * shunt_nano_ohm)))
}

/// The reading against this chip's reference, restated against 10 kΩ.
fn celsius(code: u16, reference_ohm: i64) -> Centicelsius {
    let code = i64::from(code);
    let resistance = reference_ohm * code;
    let whole = resistance + 10_000 * (32_768 - code);
    let ratio = (32_768 * resistance + whole / 2) / whole;
    let ratio = u16::try_from(ratio).expect("a share of 32 768 fits");
    // What is open or shorted is told as the driver tells it.
    let outside = if ratio < 16_384 { SENSOR_SHORTED } else { SENSOR_OPEN };
    ntc::checked(ratio).unwrap_or(outside)
}

/// Flags of the status registers, and where their bits stand.
const FLAGS: [(u8, u8, AfeFlags); 17] = [
    (BSTATUS1, flag1::OV, AfeFlags::OVER_VOLTAGE),
    (BSTATUS1, flag1::UV, AfeFlags::UNDER_VOLTAGE),
    (BSTATUS1, 1 << 2, AfeFlags::DISCHARGE_OC1),
    (BSTATUS1, 1 << 3, AfeFlags::DISCHARGE_OC2),
    (BSTATUS1, flag1::OCC, AfeFlags::CHARGE_OC),
    (BSTATUS1, flag1::SC, AfeFlags::SHORT_CIRCUIT),
    (BSTATUS1, flag1::PF, AfeFlags::PERMANENT_FAILURE),
    (BSTATUS1, flag1::WDT, AfeFlags::WATCHDOG),
    (BSTATUS2, flag2::OTC, AfeFlags::CHARGE_HOT),
    (BSTATUS2, flag2::UTC, AfeFlags::CHARGE_COLD),
    (BSTATUS2, flag2::OTD, AfeFlags::DISCHARGE_HOT),
    (BSTATUS2, flag2::UTD, AfeFlags::DISCHARGE_COLD),
    (BSTATUS3, status3::L0V, AfeFlags::LOW_VOLTAGE_LOCK),
    (BSTATUS3, status3::CHGING, AfeFlags::CHARGING),
    (BSTATUS3, status3::DSGING, AfeFlags::DISCHARGING),
    (BSTATUS3, status3::CHG_FET, AfeFlags::CHARGE_FET),
    (BSTATUS3, status3::DSG_FET, AfeFlags::DISCHARGE_FET),
];

fn flags(chip: &Chip, flags2: u8) -> AfeFlags {
    let mut flags = AfeFlags::empty();
    for (register, bit, flag) in FLAGS {
        flags.set(flag, chip.peek(register) & bit != 0);
    }
    flags.set(AfeFlags::PRECHARGE_FET, chip.peek(BSTATUS3) & status3::PCHG_FET != 0);
    flags.set(AfeFlags::UNEXPECTED_RESET, flags2 & flag2::RST != 0);
    flags
}
