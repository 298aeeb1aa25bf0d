//! A rig for the virtual chip: settable pin values with a history, a loop that stops at every
//! deadline, and the parameters of the 200 A product.
#![allow(dead_code, unreachable_pub, reason = "every test file uses its own part of the rig")]

#[path = "../../../bms-core/tests/common/samples.rs"]
mod samples;

use bms_core::params::Params;
use sim::afe::{Chip, ChipEvent, ChipSetup, twi};
use sim::setup::Tolerance;
use sim::time::{SimTime, Span};
use sim::world::Nodes;

/// The image of the 200 A product (its values in the chip's codes, by hand), permanent failure
/// enabled, with temperature codes
/// of 70/60, -20/-10, 80/70 and -40/-30 °C.
pub const EEPROM: [u8; 26] = [
    0x70, 0x0F, 0x9E, 0xEE, 0x92, 0xC6, 0x7D, 0x87, 0xAF, 0x7D, 0x64, 0xC3, 0x18, 0x1B, 0x25, 0x1D,
    0x50, 93, 119, 190, 158, 73, 93, 230, 214, 64,
];

/// A value that jumps.
#[derive(Clone, Debug)]
pub struct Track(Vec<(SimTime, f64)>);

impl Track {
    fn at(&self, time: SimTime) -> f64 {
        self.0.iter().rev().find(|(at, _)| *at <= time).map_or(0.0, |(_, value)| *value)
    }

    fn integral(&self, from: SimTime, to: SimTime) -> f64 {
        let mut sum = 0.0;
        let mut begin = from;
        while begin < to {
            let next = self.0.iter().map(|(at, _)| *at).find(|at| *at > begin).unwrap_or(to);
            let end = next.min(to);
            sum += self.at(begin) * end.seconds_since(begin);
            begin = end;
        }
        sum
    }

    fn mean(&self, from: SimTime, to: SimTime) -> f64 {
        let (first, last) = (
            self.at(from),
            self.0.last().map_or(0.0, |(at, v)| if *at <= from { *v } else { f64::NAN }),
        );
        if first.to_bits() == last.to_bits() {
            return first;
        }
        self.integral(from, to) / to.seconds_since(from)
    }
}

/// Pin values.
#[derive(Clone, Debug)]
pub struct FakeWorld {
    pub now: SimTime,
    pub cells: Vec<Track>,
    pub shunt: Track,
    pub ntc_ohm: [f64; 3],
    pub load: bool,
    pub charger: bool,
}

impl Nodes for FakeWorld {
    fn cell_mean(&self, cell: usize, from: SimTime, to: SimTime) -> f64 {
        self.cells[cell].mean(from, to)
    }
    fn shunt_mean(&self, from: SimTime, to: SimTime) -> f64 {
        self.shunt.mean(from, to)
    }
    fn shunt_integral(&self, from: SimTime, to: SimTime) -> f64 {
        self.shunt.integral(from, to)
    }
    fn shunt_filtered(&self) -> f64 {
        self.shunt.at(self.now)
    }
    fn ntc_ohm(&self, sensor: usize) -> f64 {
        self.ntc_ohm[sensor]
    }
    fn port_v(&self) -> f64 {
        52.0
    }
    fn pack_v(&self) -> f64 {
        52.0
    }
    fn load_present(&self) -> bool {
        self.load
    }
    fn charger_present(&self) -> bool {
        self.charger
    }
}

/// A chip in the fake world.
pub struct Rig {
    pub chip: Chip,
    pub world: FakeWorld,
    pub events: Vec<(SimTime, ChipEvent)>,
}

pub fn setup(eeprom: [u8; 26]) -> ChipSetup {
    ChipSetup { eeprom, tolerance: Tolerance::Nominal, seed: 0, cells: 16, unfiltered: true }
}

pub fn world() -> FakeWorld {
    FakeWorld {
        now: SimTime::ZERO,
        cells: vec![Track(vec![(SimTime::ZERO, 3.3)]); 16],
        shunt: Track(vec![(SimTime::ZERO, 0.0)]),
        ntc_ohm: [10_000.0; 3],
        load: false,
        charger: false,
    }
}

impl Rig {
    /// A typical chip with this image, at 0 s.
    pub fn new(eeprom: [u8; 26]) -> Self {
        Self::with(&setup(eeprom))
    }

    /// A typical chip of the 200 A product with some bytes changed, at 0 s.
    pub fn changed(changes: &[(usize, u8)]) -> Self {
        let mut eeprom = EEPROM;
        for (address, byte) in changes {
            eeprom[*address] = *byte;
        }
        Self::new(eeprom)
    }

    pub fn with(setup: &ChipSetup) -> Self {
        Self { chip: Chip::new(setup), world: world(), events: Vec::new() }
    }

    pub fn run_to(&mut self, to: SimTime) {
        while self.chip.next_event() <= to {
            self.world.now = self.chip.next_event();
            self.chip.advance(self.world.now, &self.world);
        }
        self.world.now = to;
        self.chip.advance(to, &self.world);
        self.events.append(&mut self.chip.take_events());
    }

    pub fn run_ms(&mut self, ms: u64) {
        self.run_to(SimTime::from_millis(ms));
    }

    pub fn run_for(&mut self, span: Span) {
        self.run_to(self.world.now + span);
    }

    pub fn shunt(&mut self, volts: f64) {
        self.world.shunt.0.push((self.world.now, volts));
        self.chip.compare(self.world.now, volts);
        self.touch();
    }

    pub fn cell(&mut self, cell: usize, volts: f64) {
        self.world.cells[cell].0.push((self.world.now, volts));
        self.touch();
    }

    pub fn load(&mut self, present: bool) {
        self.world.load = present;
        self.touch();
    }

    pub fn charger(&mut self, present: bool) {
        self.world.charger = present;
        self.touch();
    }

    /// What the bench does after every change of the world.
    pub fn touch(&mut self) {
        self.chip.advance(self.world.now, &self.world);
        self.events.append(&mut self.chip.take_events());
    }

    pub fn write(&mut self, address: u8, data: u8) {
        let crc = twi::checksum([0x34, address, data]);
        self.chip.bus_write(self.world.now, &[address, data, crc]).expect("acknowledged");
        self.touch();
    }

    pub fn read(&mut self, address: u8) -> u8 {
        let mut answer = [0; 2];
        self.chip.bus_write_read(self.world.now, &[address, 1], &mut answer).expect("answers");
        answer[0]
    }

    pub fn word(&mut self, address: u8) -> u16 {
        u16::from_be_bytes([self.chip.peek(address), self.chip.peek(address + 1)])
    }

    /// When `wanted` happened first after `from`.
    pub fn first(&self, wanted: ChipEvent, from: SimTime) -> Option<SimTime> {
        self.events.iter().find(|(at, event)| *event == wanted && *at >= from).map(|(at, _)| *at)
    }

    pub fn last(&self, wanted: ChipEvent) -> Option<SimTime> {
        self.events.iter().rev().find(|(_, event)| *event == wanted).map(|(at, _)| *at)
    }
}

/// The 200 A product (profile ps-20016s).
pub fn params() -> Params {
    samples::ps_20016s()
}
