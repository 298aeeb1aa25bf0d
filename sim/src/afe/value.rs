//! The value-level front end: the same chip without bytes. What the firmware gets is the decoded
//! content of the same latched registers, with the datasheet's conversions in integers, so
//! that event times are those of the register level.

use super::chip::Chip;
use super::codes::{IMAGE_BYTES, image};
use super::power::{EEPROM_BYTE, Power, VPRO_SETTLE, WARM_UP};
use super::registers::{
    BALANCE_HIGH, BALANCE_LOW, BFLAG1, BFLAG2, BSTATUS1, BSTATUS2, BSTATUS3, CONF, RSTSTAT,
    SOFT_RESET, SOFT_RESET_KEY, conf, flag1, flag2, status3,
};
use super::twi::Shared;
use crate::time::{SimTime, Span};
use bms_core::afe::{Afe, AfeError, AfeFlags, Command, Counted, Sample, Startup};
use bms_core::ntc;
use bms_core::params::Params;
use bms_core::time::Instant;
use bms_core::units::{Centicelsius, Microcoulombs, Microvolts, Milliamps};

/// Counts of the fast current register at 200 mV.
const CURRENT_COUNTS: i64 = 26_837;
/// Counts of the coulomb counter at 200 mV.
const COUNTER_COUNTS: i64 = 21_470;
/// Length of a coulomb-counter window as the firmware knows it, ms.
const WINDOW_MS: i64 = 250;
/// Watchdog period 4 s: the shortest.
const WATCHDOG_4S: u8 = 3;
/// Bleeding is asked for again this often; the chip forgets after a minute.
const BLEED_REFRESH: Span = Span::from_millis(30_000);

/// A front end that delivers values straight from the chip's registers.
#[derive(Clone, Debug)]
pub struct ValueFrontEnd {
    shared: Shared,
    step: Step,
    cells: usize,
    shunt_nano_ohm: i64,
    conf: u8,
    bled: (u32, SimTime),
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
        Self {
            shared,
            step: Step::Verify,
            cells: 0,
            shunt_nano_ohm: 1,
            conf: 0,
            bled: (0, SimTime::ZERO),
        }
    }

    fn busy(&self, span: Span) -> Startup {
        Startup::Busy { until: later(self.shared.now(), span) }
    }

    /// Programs what differs, one byte per call, then resets the chip to apply it.
    fn program(
        &mut self,
        chip: &mut Chip,
        wanted: &[u8; IMAGE_BYTES],
    ) -> Result<Startup, AfeError> {
        let now = self.shared.now();
        let differs = |place: &usize| chip.stored[*place] != wanted[*place];
        let right = !(0..IMAGE_BYTES).any(|place| differs(&place));
        let from = match self.step {
            Step::Verify if !right => {
                chip.set_vpro(now, true);
                self.step = Step::Program { next: 0 };
                return Ok(self.busy(VPRO_SETTLE));
            }
            Step::Program { next } => next,
            Step::Reset if !right => {
                self.step = Step::Verify;
                return Err(AfeError::NotStored);
            }
            Step::Verify | Step::Reset => return Ok(self.finish(chip)),
        };
        if let Some(place) = (from..IMAGE_BYTES).find(differs) {
            chip.store(now, u8::try_from(place).expect("a short image"), wanted[place]);
            self.step = Step::Program { next: place + 1 };
            return Ok(self.busy(EEPROM_BYTE));
        }
        chip.set_vpro(now, false);
        chip.store(now, SOFT_RESET, SOFT_RESET_KEY);
        self.step = Step::Reset;
        Ok(self.busy(WARM_UP))
    }

    fn finish(&mut self, chip: &mut Chip) -> Startup {
        let now = self.shared.now();
        self.step = Step::Verify;
        self.conf = conf::CADCON | conf::ENWDT;
        chip.store(now, RSTSTAT, WATCHDOG_4S);
        chip.store(now, CONF, self.conf);
        chip.store(now, BFLAG1, 0);
        chip.store(now, BFLAG2, 0);
        self.bled = (0, now);
        Startup::Ready
    }

    fn configure(&mut self, chip: &mut Chip, wanted: u8) -> Result<(), AfeError> {
        if self.conf != wanted {
            address(&self.shared, chip)?;
            chip.store(self.shared.now(), CONF, wanted);
            self.conf = wanted;
        }
        Ok(())
    }

    fn bleed(&mut self, chip: &mut Chip, cells: u32) -> Result<(), AfeError> {
        let now = self.shared.now();
        let (last, at) = self.bled;
        if last == cells && (cells == 0 || now - at < BLEED_REFRESH) {
            return Ok(());
        }
        address(&self.shared, chip)?;
        let [.., high, low] = cells.to_be_bytes();
        chip.store(now, BALANCE_HIGH, high);
        chip.store(now, BALANCE_LOW, low);
        self.bled = (cells, now);
        Ok(())
    }
}

fn later(now: SimTime, span: Span) -> Instant {
    Instant::from_micros((now + span).0.div_ceil(1_000))
}

/// A chip that is down does not answer; one that sleeps wakes up; every exchange is life.
fn address(shared: &Shared, chip: &mut Chip) -> Result<(), AfeError> {
    match chip.power {
        Power::Down { .. } | Power::WarmUp { .. } => return Err(AfeError::Bus),
        Power::Idle | Power::Sleep { .. } => chip.wake_up(shared.now()),
        Power::Normal | Power::Write | Power::Failed => {}
    }
    chip.feed_watchdog(shared.now());
    Ok(())
}

impl Afe for ValueFrontEnd {
    fn start(&mut self, _now: Instant, params: &Params) -> Result<Startup, AfeError> {
        let wanted = image(params)?;
        let shared = self.shared.clone();
        let mut chip = shared.chip();
        self.cells = usize::from(params.series);
        self.shunt_nano_ohm = i64::from(params.shunt_nano_ohm);
        match chip.power {
            Power::Down { .. } => return Ok(self.busy(WARM_UP)),
            Power::WarmUp { until } => return Ok(self.busy(until - shared.now())),
            _ => address(&shared, &mut chip)?,
        }
        self.program(&mut chip, &wanted)
    }

    fn read(&mut self, now: Instant) -> Result<Sample, AfeError> {
        let shared = self.shared.clone();
        let mut chip = shared.chip();
        address(&shared, &mut chip)?;
        let flags2 = chip.peek(BFLAG2);
        chip.ram.flag2 &= !(flag2::CADC | flag2::VADC);
        let scale = |counts: i64, code: i16| {
            nearest(i128::from(code) * 200_000_000_000, i128::from(counts * self.shunt_nano_ohm))
        };
        let counted = flags2 & flag2::CADC != 0;
        let reference = i64::from(chip.config.reference_ohm);
        let temperatures = chip.ram.temperatures.iter().map(|code| celsius(*code, reference));
        Ok(Sample {
            taken: now,
            fresh: flags2 & flag2::VADC != 0,
            cells: chip.ram.cells.iter().take(self.cells).copied().map(microvolts).collect(),
            current: milliamps(scale(CURRENT_COUNTS, chip.ram.current)),
            counted: counted.then(|| Counted {
                charge: charge(chip.ram.counted, self.shunt_nano_ohm),
                current: milliamps(scale(COUNTER_COUNTS, chip.ram.counted)),
            }),
            temperatures: temperatures.collect(),
            flags: flags(&chip, flags2),
        })
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
            .fold(conf::CADCON | conf::ENWDT, |byte, (_, bit)| byte | bit);
        if command.clear_over_current {
            self.configure(&mut chip, wanted | conf::OCRC)?;
        }
        self.configure(&mut chip, wanted)?;
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
    ntc::centicelsius(u16::try_from(ratio).expect("a share of 32 768 fits"))
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
