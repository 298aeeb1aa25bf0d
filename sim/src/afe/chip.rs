//! The chip as a whole: its set-up, its state, and the passage of time from deadline to deadline.

use super::codes::Config;
use super::comparator::{self, Comparator, Threshold};
use super::converter::{Scan, Window};
use super::errors::Errors;
use super::flaws::Flaws;
use super::gates::Gates;
use super::power::{Power, WriteMode};
use super::protect::Sampled;
use super::registers::{self, EEPROM_BYTES, Ram, conf, flag1, flag2, status3};
use super::release::Port;
use crate::setup::Tolerance;
use crate::time::SimTime;
use crate::trace::Switch;
use crate::world::{Level, Nodes};
use bms_core::protect::Reasons;

/// A chip before power-up.
#[derive(Clone, Debug)]
pub struct ChipSetup {
    /// Bytes 00h to 19h as programmed in the factory, or [`super::codes::blank_eeprom`].
    pub eeprom: [u8; EEPROM_BYTES],
    /// A typical chip, or a seeded one within the datasheet's tolerances.
    pub tolerance: Tolerance,
    /// Seed of the run.
    pub seed: u64,
    /// Cells wired to the chip; inputs above read 0 V.
    pub cells: usize,
    /// The shunt voltage is forced: comparators compare whole nanovolts.
    pub unfiltered: bool,
}

/// Something the chip did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipEvent {
    /// A protection was latched (its delay has passed) or released.
    Latched(Reasons, bool),
    /// A comparator's input reached its level, or left it.
    Compared(Reasons, bool),
    /// A driver pin changed.
    Driver(Switch, bool),
    /// A reset began: drivers off, registers at their defaults, no answer on the bus.
    Reset(ResetKind),
    /// Warm-up is over: the chip measures and answers.
    Ready,
    /// The watchdog expired, or its flag was cleared.
    Watchdog(bool),
    /// The chip woke from IDLE or SLEEP.
    Woke,
    /// The chip fell into IDLE or SLEEP.
    Slept,
}

/// Why a reset began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetKind {
    /// The supply came back or dropped.
    Supply,
    /// The soft-reset frame.
    Soft,
    /// The SHIP pin.
    Ship,
}

/// What the driver pins do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drivers {
    /// Charge MOSFET.
    pub charge: bool,
    /// Discharge MOSFET.
    pub discharge: bool,
    /// Low-cell pre-charge MOSFET.
    pub precharge: bool,
}

/// Counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChipStats {
    /// Bytes on the bus, addresses and checksums included.
    pub bus_bytes: u64,
    /// EEPROM bytes programmed. A chip stands 100 of them per byte.
    pub eeprom_writes: u32,
}

/// The virtual chip.
#[derive(Clone, Debug)]
pub struct Chip {
    pub(crate) wired: usize,
    pub(crate) exact: bool,
    pub(crate) errors: Errors,
    pub(crate) config: Config,
    pub(crate) stored: [u8; EEPROM_BYTES],
    pub(crate) power: Power,
    /// Nothing happens before this moment any more.
    pub(crate) clock: SimTime,
    pub(crate) write: WriteMode,
    pub(crate) ram: Ram,
    pub(crate) latched: Reasons,
    pub(crate) watchdog: bool,
    pub(crate) watchdog_due: SimTime,
    pub(crate) sampled: Sampled,
    pub(crate) scan: Option<Scan>,
    pub(crate) window: Option<Window>,
    pub(crate) comparators: [Comparator; 4],
    pub(crate) wake: [Threshold; 2],
    pub(crate) wake_due: SimTime,
    pub(crate) levels: Vec<Level>,
    pub(crate) shunt_v: f64,
    pub(crate) port: Port,
    pub(crate) gates: Gates,
    pub(crate) ctl_low: bool,
    /// What the microcontroller drives the programming voltage to.
    pub(crate) vpro_driven: bool,
    /// What is broken in it.
    pub(crate) flaws: Flaws,
    pub(crate) alarm: bool,
    pub(crate) events: Vec<(SimTime, ChipEvent)>,
    pub(crate) stats: ChipStats,
}

impl Chip {
    /// A chip whose supply comes up at the start of the run: its warm-up begins.
    #[must_use]
    pub fn new(setup: &ChipSetup) -> Self {
        let errors = Errors::draw(setup.tolerance, setup.seed);
        let config = Config::decode(&setup.eeprom);
        let mut chip = Self {
            wired: setup.cells.min(16),
            exact: setup.unfiltered,
            comparators: Comparator::all(&config, &errors),
            wake: [Threshold::new(-errors.wake_nv), Threshold::new(errors.wake_nv)],
            wake_due: SimTime::NEVER,
            errors,
            config,
            stored: setup.eeprom,
            power: Power::WarmUp { until: SimTime::ZERO },
            clock: SimTime::ZERO,
            write: WriteMode::default(),
            ram: Ram::after_reset(),
            latched: Reasons::empty(),
            watchdog: false,
            watchdog_due: SimTime::NEVER,
            sampled: Sampled::default(),
            scan: None,
            window: None,
            levels: Vec::new(),
            shunt_v: 0.0,
            port: Port::default(),
            gates: Gates::default(),
            ctl_low: false,
            vpro_driven: false,
            flaws: Flaws::none(setup.seed),
            alarm: false,
            events: Vec::new(),
            stats: ChipStats::default(),
        };
        chip.reset(SimTime::ZERO, ResetKind::Supply);
        chip
    }

    /// The chip's earliest deadline; [`SimTime::NEVER`] if nothing is under way.
    #[must_use]
    pub fn next_event(&self) -> SimTime {
        let currents = self.comparators.iter().map(|c| c.due).min().unwrap_or(SimTime::NEVER);
        [
            self.power_due(),
            currents,
            self.wake_due,
            self.release_due(),
            self.gates.due(),
            self.window.map_or(SimTime::NEVER, |window| window.end),
            self.scan.map_or(SimTime::NEVER, |scan| scan.end),
            self.watchdog_due,
            self.ram.balance_until,
            self.write.due(),
        ]
        .into_iter()
        .min()
        .unwrap_or(SimTime::NEVER)
    }

    /// Handles every deadline up to `now` in order of time, then looks at the world. To be called
    /// at [`Self::next_event`] and after everything that changes the world.
    pub fn advance<W: Nodes + ?Sized>(&mut self, now: SimTime, world: &W) {
        while self.next_event() <= now {
            self.handle(self.next_event().max(self.clock), world);
        }
        self.clock = now;
        self.observe_port(now, world.load_present(), world.charger_present());
        self.compare(now, world.shunt_filtered());
    }

    /// Everything that is due at `at`; what was under way ends before something new begins.
    fn handle<W: Nodes + ?Sized>(&mut self, at: SimTime, world: &W) {
        self.settle_comparators(at);
        self.settle_releases(at);
        self.settle_power(at);
        self.settle_write(at);
        if self.window.is_some_and(|window| window.end <= at) {
            self.close_window(at, world);
        }
        if self.scan.is_some_and(|scan| scan.end <= at) {
            self.end_scan(at, world);
        }
        self.settle_watchdog(at);
        if self.ram.balance_until <= at {
            self.clear_balance();
        }
        self.settle_gates(at);
    }

    /// The levels of the shunt voltage at which [`Self::compare`] must be called.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The (filtered) shunt voltage at the comparators is `shunt_v` volts now, charge positive.
    pub fn compare(&mut self, now: SimTime, shunt_v: f64) {
        self.settle_comparators(now);
        self.shunt_v = shunt_v;
        self.look(now);
        self.settle_comparators(now);
        self.decide(now);
    }

    /// Latches `reason`: status, flag, ALARM, drivers.
    pub(crate) fn latch(&mut self, now: SimTime, reason: Reasons) {
        self.latched |= reason;
        self.ram.flag1 |= registers::bits(&registers::FLAG1, reason);
        self.ram.flag2 |= registers::bits(&registers::STATUS2, reason);
        self.port.latched(now, reason);
        self.alarm = true;
        self.note(now, ChipEvent::Latched(reason, true));
        self.decide(now);
    }

    /// Lets go of `reason`; a comparator that is still beyond its level starts over.
    pub(crate) fn unlatch(&mut self, now: SimTime, reason: Reasons) {
        self.latched &= !reason;
        for comparator in self.comparators.iter_mut().filter(|c| c.reason == reason) {
            comparator.restart(now);
        }
        self.note(now, ChipEvent::Latched(reason, false));
        self.decide(now);
    }

    fn close_window<W: Nodes + ?Sized>(&mut self, at: SimTime, world: &W) {
        let window = self.window.expect("a window closes only while it runs");
        self.ram.counted = window.code(world, &self.errors, &self.flaws);
        self.ram.flag2 |= flag2::CADC;
        self.alarm = true;
        self.window = Some(Window::begin(at, &self.errors));
    }

    fn settle_watchdog(&mut self, at: SimTime) {
        if self.watchdog_due > at {
            return;
        }
        self.watchdog_due = SimTime::NEVER;
        self.watchdog = true;
        self.ram.flag1 |= flag1::WDT;
        self.alarm = true;
        self.clear_balance();
        self.note(at, ChipEvent::Watchdog(true));
        self.decide(at);
    }

    /// Balancing bits to zero, and their timer.
    pub(crate) fn clear_balance(&mut self) {
        self.ram.balance = 0;
        self.ram.balance_until = SimTime::NEVER;
    }

    pub(crate) fn note(&mut self, at: SimTime, event: ChipEvent) {
        self.events.push((at, event));
    }

    /// Which levels the world must stop at now.
    pub(crate) fn refresh_levels(&mut self) {
        self.levels.clear();
        if matches!(self.power, Power::Normal | Power::Idle) {
            let protections = self.comparators.iter().enumerate();
            self.levels.extend(protections.map(|(place, c)| c.threshold.level(place)));
        }
        if self.power == Power::Idle {
            self.levels.push(self.wake[0].level(comparator::WAKE_DISCHARGE));
            self.levels.push(self.wake[1].level(comparator::WAKE_CHARGE));
        }
    }

    /// Whether an ALARM pulse began since the last call.
    pub fn take_alarm(&mut self) -> bool {
        let pulse = core::mem::take(&mut self.alarm);
        pulse && (self.flaws.is_empty() || !self.flaws.is_alarm_lost())
    }

    /// What happened since the last call, in order.
    pub fn take_events(&mut self) -> Vec<(SimTime, ChipEvent)> {
        core::mem::take(&mut self.events)
    }

    /// Counters of the bus and the EEPROM.
    #[must_use]
    pub fn stats(&self) -> ChipStats {
        self.stats
    }

    /// Before this moment the chip will ask the world for nothing.
    #[must_use]
    pub fn looks_back_to(&self, now: SimTime) -> SimTime {
        let scan = self.scan.map_or(now, |scan| scan.start);
        self.window.map_or(scan, |window| window.start.min(scan))
    }

    /// Cells that the chip bleeds now, bit 0 the most negative.
    #[must_use]
    pub fn bleed(&self) -> u32 {
        u32::from(self.ram.balance)
    }

    /// Protections that are latched now.
    #[must_use]
    pub fn latched(&self) -> Reasons {
        self.latched
    }

    /// A byte of the register file, without the side effects of a read over the bus. Unmapped
    /// addresses give FFh.
    #[must_use]
    pub fn peek(&self, address: u8) -> u8 {
        match address {
            0..=registers::TR => self.stored[usize::from(address)],
            registers::CONF => self.ram.conf,
            registers::BALANCE_HIGH => self.ram.balance.to_be_bytes()[0],
            registers::BALANCE_LOW => self.ram.balance.to_be_bytes()[1],
            registers::BSTATUS1 => {
                let watchdog = if self.watchdog { flag1::WDT } else { 0 };
                watchdog | registers::bits(&registers::STATUS1, self.latched)
            }
            registers::BSTATUS2 => registers::bits(&registers::STATUS2, self.latched),
            registers::BSTATUS3 => self.status3(),
            registers::TEMP1..registers::BFLAG1 => self.ram.measured(address),
            registers::BFLAG1 => self.ram.flag1,
            registers::BFLAG2 => self.ram.flag2,
            registers::RSTSTAT => self.ram.rststat,
            _ => 0xFF,
        }
    }

    fn status3(&self) -> u8 {
        let drivers = self.drivers();
        let bit = |on: bool, bit: u8| if on { bit } else { 0 };
        bit(self.sampled.charging(), status3::CHGING)
            | bit(self.sampled.discharging(), status3::DSGING)
            | bit(self.write.is_busy(), status3::EEPR_WR)
            | bit(self.latched.contains(Reasons::LOW_VOLTAGE_PROHIBIT), status3::L0V)
            | bit(drivers.precharge, status3::PCHG_FET)
            | bit(drivers.charge, status3::CHG_FET)
            | bit(drivers.discharge, status3::DSG_FET)
    }

    /// Whether every bit of `bits` is set in CONF.
    pub(crate) fn permits(&self, bits: u8) -> bool {
        self.ram.conf & bits == bits
    }

    /// Starts or stops the coulomb counter as CONF says.
    pub(crate) fn run_counter(&mut self, now: SimTime) {
        let wanted = self.permits(conf::CADCON) && self.power == Power::Normal;
        self.window = match self.window {
            running @ Some(_) if wanted => running,
            _ if wanted => Some(Window::begin(now, &self.errors)),
            _ => None,
        };
    }
}
