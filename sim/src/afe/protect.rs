//! What the chip judges once per acquisition cycle: cell voltages, thermistors, charge and
//! discharge state (SH367309 datasheet V1.2, p13-39).

use super::chip::Chip;
use super::converter;
use super::power::Power;
use super::registers::flag2;
use crate::time::SimTime;
use crate::world::Nodes;
use bms_core::protect::Reasons;

/// Good cycles before a voltage protection releases.
const VOLTAGE_RELEASE: u32 = 2;
/// Good readings before a temperature protection releases: the third comes 2 s after the first.
const TEMPERATURE_RELEASE: u32 = 3;
/// Temperature readings, one per second, that must be bad after the first.
const TEMPERATURE_DELAY: u32 = 2;
/// Cycles for which a cell must be far too low, after the first.
const LOW_DELAY: u32 = 10;
/// Cycles for which a cell must need the trickle charge, after the first.
const TRICKLE_DELAY: u32 = 10;
/// Cycles for which a current must flow, after the first two.
const STATE_DELAY: u32 = 2;
/// What running balancing adds to a voltage delay, cycles (400 ms bleed per 500 ms).
const BALANCE_DELAY: u32 = 4;

/// One protection's count of consecutive cycles: bad ones while clear, good ones while latched.
#[derive(Clone, Copy, Debug, Default)]
struct Count(u32);

/// A reading's judgement.
#[derive(Clone, Copy)]
struct Judged {
    violated: bool,
    released: bool,
    delay: u32,
    release: u32,
}

impl Count {
    /// Whether the latch turns over in this cycle.
    fn turns(&mut self, latched: bool, judged: Judged) -> bool {
        let (counts, needed) = if latched {
            (judged.released, judged.release)
        } else {
            (judged.violated, judged.delay + 1)
        };
        self.0 = if counts { self.0 + 1 } else { 0 };
        let turns = self.0 >= needed && counts;
        if turns {
            self.0 = 0;
        }
        turns
    }
}

/// Books of everything that is judged per cycle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sampled {
    over: Count,
    under: Count,
    low: Count,
    failure: Count,
    trickle: Count,
    temperatures: [Count; 4],
    charging: u32,
    discharging: u32,
    /// The trickle charge is wanted.
    pub(crate) trickling: bool,
    failure_from: SimTime,
    wire_broken: bool,
}

impl Sampled {
    /// The chip stopped measuring: counts start over.
    pub(crate) fn restart(&mut self) {
        *self = Self {
            trickling: self.trickling,
            failure_from: self.failure_from,
            wire_broken: self.wire_broken,
            ..Self::default()
        };
    }

    pub(crate) fn inhibit_failure(&mut self, until: SimTime) {
        self.failure_from = until;
        self.trickling = false;
    }

    /// A voltage or temperature delay runs.
    pub(crate) fn is_counting(&self) -> bool {
        let voltages = [self.over, self.under, self.low, self.failure, self.trickle];
        voltages.iter().chain(&self.temperatures).any(|count| count.0 > 0)
    }

    pub(crate) fn charging(&self) -> bool {
        self.charging > STATE_DELAY
    }

    pub(crate) fn discharging(&self) -> bool {
        self.discharging > STATE_DELAY
    }

    fn detect(&mut self, shunt_nv: i64, level_nv: i64) {
        let next = |count: u32, flows: bool| if flows { count.saturating_add(1) } else { 0 };
        self.charging = next(self.charging, shunt_nv >= level_nv);
        self.discharging = next(self.discharging, shunt_nv <= -level_nv);
    }
}

/// The protections of the thermistors with the places of their level and release.
const TEMPERATURES: [(Reasons, usize); 4] = [
    (Reasons::CELL_CHARGE_HOT, 0),
    (Reasons::CELL_CHARGE_COLD, 2),
    (Reasons::CELL_DISCHARGE_HOT, 4),
    (Reasons::CELL_DISCHARGE_COLD, 6),
];

/// Every protection of the thermistors.
pub(crate) const ALL_TEMPERATURES: Reasons = Reasons::CELL_CHARGE_HOT
    .union(Reasons::CELL_CHARGE_COLD)
    .union(Reasons::CELL_DISCHARGE_HOT)
    .union(Reasons::CELL_DISCHARGE_COLD);

impl Chip {
    /// The sense-wire check finds a wire open (`true`) or whole. How the chip finds out is not
    /// published, so the test says it.
    pub fn set_broken_wire(&mut self, broken: bool) {
        self.sampled.wire_broken = broken;
    }

    /// An acquisition cycle ends: registers, flag, protections, and the next cycle.
    pub(crate) fn end_scan<W: Nodes + ?Sized>(&mut self, at: SimTime, world: &W) {
        let scan = self.scan.expect("a cycle ends only while it runs");
        if self.flaws.is_empty() {
            for cell in 0..self.wired {
                self.ram.cells[cell] = scan.cell(cell, world, &self.errors);
            }
        } else {
            self.convert_broken(&scan, world);
        }
        let frozen = self.flaws.frozen();
        let shunt_nv = self.flaws.shunt_nv(scan.shunt_nv(world));
        if frozen.is_none() {
            self.ram.current = converter::current_code(shunt_nv + self.errors.current_nv);
        }
        if frozen.unwrap_or(true) {
            self.ram.flag2 |= flag2::VADC;
            self.alarm = true;
        }
        self.scan = Some(scan.next(&self.errors));
        self.sampled.detect(shunt_nv, self.config.state_detect_nv + self.errors.state_nv);
        if scan.has_temperatures() {
            if frozen.is_none() {
                self.read_temperatures(world);
            }
            self.judge_temperatures(at);
        }
        self.observe_port(at, world.load_present(), world.charger_present());
        self.judge_voltages(at);
        self.balance_by_itself();
        self.decide(at);
        self.consider_idle(at);
    }

    fn read_temperatures<W: Nodes + ?Sized>(&mut self, world: &W) {
        let reference = f64::from(self.config.reference_ohm);
        for sensor in 0..self.ram.temperatures.len() {
            let ohm = world.ntc_ohm(sensor) * self.errors.thermistors[sensor];
            self.ram.temperatures[sensor] = converter::temperature_code(ohm, reference);
        }
    }

    fn judge_temperatures(&mut self, at: SimTime) {
        let coldest = self.ram.temperatures.into_iter().max().map_or(0, i32::from);
        let hottest = self.ram.temperatures.into_iter().min().map_or(0, i32::from);
        for (place, (reason, row)) in TEMPERATURES.into_iter().enumerate() {
            let level = self.config.temperatures[row];
            let release = self.config.temperatures[row + 1];
            // A hot thermistor has a low code.
            let hot = row % 4 == 0;
            let judged = Judged {
                violated: if hot { hottest <= level } else { coldest >= level },
                released: if hot { hottest > release } else { coldest < release },
                delay: TEMPERATURE_DELAY,
                release: TEMPERATURE_RELEASE,
            };
            let latched = self.latched.contains(reason);
            if self.sampled.temperatures[place].turns(latched, judged) {
                self.turn(at, reason, !latched);
            }
        }
        if self.latched.intersects(ALL_TEMPERATURES) {
            self.clear_balance();
        }
    }

    fn turn(&mut self, at: SimTime, reason: Reasons, into: bool) {
        if into {
            self.latch(at, reason);
        } else {
            self.unlatch(at, reason);
        }
    }

    fn judge_voltages(&mut self, at: SimTime) {
        let cells = self.ram.cells[..self.config.cells].iter().copied().map(i32::from);
        let highest = cells.clone().max().unwrap_or(0);
        let lowest = cells.min().unwrap_or(0);
        self.judge_over(at, highest);
        self.judge_under(at, lowest);
        self.judge_trickle(lowest);
        self.judge_low(at, lowest);
        self.judge_failure(at, highest);
    }

    fn balance_delay(&self) -> u32 {
        if self.ram.balance == 0 { 0 } else { BALANCE_DELAY }
    }

    fn judge_over(&mut self, at: SimTime, highest: i32) {
        let judged = Judged {
            violated: highest >= self.config.over + self.errors.levels[0],
            released: highest <= self.config.over_release + self.errors.levels[1],
            delay: self.config.over_cycles + self.balance_delay(),
            release: VOLTAGE_RELEASE,
        };
        let latched = self.latched.contains(Reasons::OVER_VOLTAGE);
        if self.sampled.over.turns(latched, judged) {
            self.turn(at, Reasons::OVER_VOLTAGE, !latched);
        }
    }

    fn judge_under(&mut self, at: SimTime, lowest: i32) {
        let judged = Judged {
            violated: lowest <= self.config.under + self.errors.levels[2],
            released: lowest >= self.config.under_release + self.errors.levels[3]
                && !(self.config.load_lock && self.port.load_present()),
            delay: self.config.under_cycles + self.balance_delay(),
            release: VOLTAGE_RELEASE,
        };
        let latched = self.latched.contains(Reasons::UNDER_VOLTAGE);
        if self.sampled.under.turns(latched, judged) {
            self.turn(at, Reasons::UNDER_VOLTAGE, !latched);
        }
    }

    fn judge_trickle(&mut self, lowest: i32) {
        let level = self.config.trickle_below + self.errors.levels[5];
        let under = self.config.trickle && self.latched.contains(Reasons::UNDER_VOLTAGE);
        let judged = Judged {
            violated: under && lowest <= level,
            released: lowest > level || !under,
            delay: TRICKLE_DELAY,
            release: VOLTAGE_RELEASE,
        };
        let trickling = self.sampled.trickling;
        self.sampled.trickling = trickling ^ self.sampled.trickle.turns(trickling, judged);
    }

    fn judge_low(&mut self, at: SimTime, lowest: i32) {
        let latched = self.latched.contains(Reasons::LOW_VOLTAGE_PROHIBIT);
        let judged = Judged {
            violated: self.config.low_voltage_lock
                && lowest <= self.config.low + self.errors.levels[6],
            released: false,
            delay: LOW_DELAY,
            release: VOLTAGE_RELEASE,
        };
        if self.sampled.low.turns(latched, judged) {
            self.turn(at, Reasons::LOW_VOLTAGE_PROHIBIT, true);
        }
    }

    fn judge_failure(&mut self, at: SimTime, highest: i32) {
        let watched = !self.config.failure_disabled && at >= self.sampled.failure_from;
        let high = highest >= self.config.failure + self.errors.levels[7];
        let judged = Judged {
            violated: watched && (high || self.sampled.wire_broken),
            released: false,
            delay: self.config.failure_cycles + self.balance_delay(),
            release: VOLTAGE_RELEASE,
        };
        if self.sampled.failure.turns(false, judged) {
            self.latch(at, Reasons::ABNORMAL_HIGH_VOLTAGE);
            self.enter(at, Power::Failed);
        }
    }

    /// With BAL = 0 the chip bleeds every cell over its level.
    fn balance_by_itself(&mut self) {
        if self.config.external_balance {
            return;
        }
        let level = self.config.balance + self.errors.levels[4];
        let cells = self.ram.cells[..self.config.cells].iter();
        let high = cells.enumerate().filter(|(_, code)| i32::from(**code) >= level);
        let bits = high.fold(0, |bits, (cell, _)| bits | 1 << cell);
        self.ram.balance = if self.may_balance() { bits } else { 0 };
    }

    /// No temperature protection, watchdog or failure forbids balancing.
    pub(crate) fn may_balance(&self) -> bool {
        self.power == Power::Normal && !self.watchdog && !self.latched.intersects(ALL_TEMPERATURES)
    }
}
