//! What the tests share: the products, a front end that does as it is told, and a bench that serves
//! the firmware whenever it wants to be served.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod samples;

use bms_core::afe::{Afe, AfeError, AfeFlags, Command, Counted, Sample, Startup};
use bms_core::bms::{Board, Decision};
use bms_core::controller::Controller;
use bms_core::history::Record;
use bms_core::params::Params;
use bms_core::protect::Reasons;
use bms_core::time::{Duration, Instant};
use bms_core::units::{Centicelsius, Microvolts, Milliamps, Millivolts};

/// Microseconds in a second.
pub(crate) const SECOND: u64 = 1_000_000;

/// The conversion cycle of the SH367309.
pub(crate) const CYCLE: u64 = 100_000;

/// A divider of a thermistor at 25 °C, 10 kΩ over 10 kΩ.
pub(crate) const ROOM_RATIO: u16 = 16_384;

/// Nothing attached, everything at 25 °C, the port at the voltage of 16 cells of 3.300 V.
pub(crate) fn quiet_board() -> Board {
    Board {
        ntc: [ROOM_RATIO; 4],
        port: Millivolts(52_800),
        button: false,
        ctl_low: false,
        emergency_open: false,
    }
}

/// A front end whose readings a test sets. It converts every 100 ms, detects charge and discharge
/// at 500 µV (PS-STA-1), and keeps the drivers off while it holds a short-circuit latch.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) cells: Vec<i32>,
    pub(crate) current: i32,
    pub(crate) shunt_nano_ohm: i64,
    pub(crate) temperatures: [i16; 3],
    pub(crate) counted: Option<Counted>,
    pub(crate) latches: AfeFlags,
    pub(crate) error: Option<AfeError>,
    pub(crate) refuses_commands: bool,
    pub(crate) frozen: bool,
    /// How old a reading is when it is read, microseconds.
    pub(crate) lag: u64,
    pub(crate) command: Command,
    pub(crate) clears: u32,
    pub(crate) starts: u32,
    cycle: Option<u64>,
}

impl Script {
    pub(crate) fn new(params: &Params) -> Self {
        Self {
            cells: vec![3_300_000; usize::from(params.series)],
            current: 0,
            shunt_nano_ohm: i64::from(params.shunt_nano_ohm),
            temperatures: [2_500; 3],
            counted: None,
            latches: AfeFlags::empty(),
            error: None,
            refuses_commands: false,
            frozen: false,
            lag: 0,
            command: Command::default(),
            clears: 0,
            starts: 0,
            cycle: None,
        }
    }

    /// All cells at this voltage, in millivolts.
    pub(crate) fn all_cells(&mut self, millivolts: i32) {
        self.cells.fill(millivolts * 1_000);
    }

    fn flags(&self) -> AfeFlags {
        let microvolts = i64::from(self.current) * self.shunt_nano_ohm / 1_000_000;
        let latched = self.latches.contains(AfeFlags::SHORT_CIRCUIT);
        let mut flags = self.latches;
        flags.set(AfeFlags::CHARGING, microvolts >= 500);
        flags.set(AfeFlags::DISCHARGING, microvolts <= -500);
        flags.set(AfeFlags::CHARGE_FET, self.command.charge && !latched);
        flags.set(AfeFlags::DISCHARGE_FET, self.command.discharge && !latched);
        flags
    }
}

impl Afe for Script {
    fn start(&mut self, _: Instant, _: &Params) -> Result<Startup, AfeError> {
        self.starts += 1;
        self.command = Command::default();
        self.latches.remove(AfeFlags::UNEXPECTED_RESET);
        self.error.map_or(Ok(Startup::Ready), Err)
    }

    fn read(&mut self, now: Instant) -> Result<Sample, AfeError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let cycle = now.as_micros() / CYCLE;
        let fresh = !self.frozen && self.cycle != Some(cycle);
        self.cycle = Some(cycle);
        Ok(Sample {
            taken: at(now.as_micros().saturating_sub(self.lag)),
            fresh,
            cells: self.cells.iter().map(|cell| Microvolts(*cell)).collect(),
            current: Milliamps(self.current),
            counted: self.counted.take(),
            temperatures: self.temperatures.iter().map(|degrees| Centicelsius(*degrees)).collect(),
            flags: self.flags(),
        })
    }

    fn command(&mut self, _: Instant, command: &Command) -> Result<(), AfeError> {
        if self.refuses_commands {
            return Err(AfeError::NotStored);
        }
        self.command = *command;
        if command.clear_over_current {
            self.clears += 1;
            self.latches.remove(AfeFlags::SHORT_CIRCUIT);
        }
        Ok(())
    }
}

/// A firmware with its scripted front end and board, in time.
pub(crate) struct Bench {
    pub(crate) controller: Controller<Script>,
    pub(crate) board: Board,
    pub(crate) now: u64,
    pub(crate) last: Decision,
    pub(crate) steps: u64,
}

impl Bench {
    /// Switched on at time 0 and served once.
    pub(crate) fn new(params: &Params) -> Self {
        let controller = Controller::new(Script::new(params), params);
        let mut controller = controller.expect("the parameters are sound");
        controller.switch_on(Instant::START);
        let board = quiet_board();
        let last = controller.service(Instant::START, &board);
        Self { controller, board, now: 0, last, steps: 1 }
    }

    pub(crate) fn script(&mut self) -> &mut Script {
        self.controller.afe_mut()
    }

    /// Serves now: an alarm of the front end.
    pub(crate) fn serve(&mut self) -> Decision {
        self.last = self.controller.service(Instant::from_micros(self.now), &self.board);
        self.steps += 1;
        assert!(self.last.wake > Instant::from_micros(self.now), "the firmware would never sleep");
        self.last
    }

    /// Serves at every conversion and at every wake up to and including `end` (microseconds).
    pub(crate) fn run_to(&mut self, end: u64) -> Decision {
        self.run(end, |_, _| {})
    }

    /// The same; before each service the script is asked for the world at that moment.
    pub(crate) fn run(&mut self, end: u64, mut world: impl FnMut(u64, &mut Script)) -> Decision {
        while self.now < end {
            let conversion = (self.now / CYCLE + 1) * CYCLE;
            self.now = conversion.min(self.last.wake.as_micros()).min(end);
            world(self.now, self.controller.afe_mut());
            self.serve();
        }
        self.last
    }

    /// The alarm records of one protection.
    pub(crate) fn records(&self, reason: Reasons) -> Vec<Record> {
        let history = self.controller.bms().history();
        history.records().filter(|record| record.reason == reason).copied().collect()
    }

    /// Entry and exit of the only record of a protection, microseconds.
    pub(crate) fn only(&self, reason: Reasons) -> (u64, Option<u64>) {
        let records = self.records(reason);
        let [record] = records.as_slice() else {
            panic!("{} records of {reason:?}", records.len());
        };
        (record.entered.at.as_micros(), record.left.map(|left| left.at.as_micros()))
    }
}

/// Seconds as microseconds, to the millisecond.
pub(crate) fn s(seconds: f64) -> u64 {
    (seconds * 1_000.0).round() as u64 * 1_000
}

/// Whether `time` lies in `expected` to `expected` + two samples (T-SAMPLE, AMB-X-02).
pub(crate) fn sampled(time: u64, expected: u64) -> bool {
    (expected..=expected + 2 * CYCLE).contains(&time)
}

/// A moment.
pub(crate) fn at(micros: u64) -> Instant {
    Instant::from_micros(micros)
}

/// A span of whole seconds.
pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
