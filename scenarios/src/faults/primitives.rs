//! The building blocks: every primitive fault by its name, what can be said about it, within which
//! range, and what it is if nothing is said. Situations of the outside that the catalogue needs
//! beside faults (a short, a load, a charger) stand at the end.

use crate::quantity::Dimension;
use sim::fault::Fault;
use sim::setup::{Action, Charger, Load};
use sim::trace::Switch;

/// A building block of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Primitive {
    /// Its name in scenario files.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// What can be said about it.
    pub parameters: &'static [Parameter],
    build: Build,
}

/// What a building block is made into.
#[derive(Clone, Copy, Debug)]
enum Build {
    Fault(fn(&Values) -> Fault),
    /// A load; its end takes any load away.
    Load(fn(&Values) -> Load),
    /// A charger; its end takes any charger away.
    Charger(fn(&Values) -> Charger),
}

/// Something that can be said about a building block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its key.
    pub key: &'static str,
    /// What it takes, and in which range.
    pub kind: Kind,
    /// What it is if nothing is said, in base units.
    pub default: f64,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A cell, from 1; those of a parallel group stand together.
    Cell,
    /// A channel of the front end, which is a group of cells, from 1.
    Channel,
    /// A channel that has one below or, `above`, above it, from 1.
    Paired {
        /// The neighbour lies above.
        above: bool,
    },
    /// A sense wire, from 0 to the number of cells; the lowest is 0.
    Tap,
    /// A sense wire that has another above it.
    LowerTap,
    /// A thermistor: a place in [`SENSORS`].
    Sensor,
    /// A switch: a place in [`SWITCHES`].
    Switch,
    /// A whole number in a range.
    Count(u32, u32),
    /// True or false.
    Flag,
    /// A quantity in a range, in the base unit of its dimension.
    Quantity(Dimension, f64, f64),
    /// A resistance in a range, ohm, or the word `open`.
    Resistance(f64, f64),
}

/// Thermistors by name, in the order of [`Fault::NtcOpen`].
pub const SENSORS: [&str; 7] =
    ["cell 1", "cell 2", "cell 3", "cell 4", "MOSFET 1", "MOSFET 2", "board"];

/// Switches by name.
pub const SWITCHES: [(&str, Switch); 5] = [
    ("charge MOSFET", Switch::Charge),
    ("discharge MOSFET", Switch::Discharge),
    ("pre-charge", Switch::Precharge),
    ("low-cell pre-charge", Switch::LowCellPrecharge),
    ("limiter", Switch::Limiter),
];

/// What was said about a building block, in the order of its parameters; numbers in base units,
/// words as places in their list, flags as 0 and 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Values(pub Vec<f64>);

impl Values {
    fn number(&self, place: usize) -> f64 {
        self.0[place]
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the gate lets only small whole numbers through"
    )]
    fn whole(&self, place: usize) -> u32 {
        self.0[place].round().max(0.0) as u32
    }

    fn index(&self, place: usize) -> usize {
        self.whole(place) as usize
    }

    /// Cells count from 1 outside and from 0 inside.
    fn cell(&self, place: usize) -> usize {
        self.index(place).saturating_sub(1)
    }

    fn switch(&self, place: usize) -> Switch {
        SWITCHES[self.index(place).min(SWITCHES.len() - 1)].1
    }

    fn flag(&self, place: usize) -> bool {
        self.whole(place) > 0
    }

    fn ppm(&self, place: usize) -> u32 {
        Self(vec![self.0[place] * 1e6]).whole(0)
    }
}

impl Primitive {
    /// The building block called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        PRIMITIVES.iter().find(|primitive| primitive.name == name)
    }

    /// What it does when it begins, and when it ends.
    #[must_use]
    pub fn actions(&self, values: &Values) -> (Action, Action) {
        match self.build {
            Build::Fault(build) => {
                let fault = build(values);
                (Action::Fault(fault.clone(), true), Action::Fault(fault, false))
            }
            Build::Load(build) => (Action::ConnectLoad(build(values)), Action::DisconnectLoad),
            Build::Charger(build) => {
                (Action::ConnectCharger(build(values)), Action::DisconnectCharger)
            }
        }
    }

    /// Whether it breaks something, rather than being a situation of the outside.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        matches!(self.build, Build::Fault(_))
    }

    /// What it is if nothing is said.
    #[must_use]
    pub fn defaults(&self) -> Values {
        Values(self.parameters.iter().map(|parameter| parameter.default).collect())
    }
}

const CELL: Parameter = Parameter { key: "cell", kind: Kind::Cell, default: 5.0 };
const CHANNEL: Parameter = Parameter { key: "cell", kind: Kind::Channel, default: 5.0 };
const TAP: Parameter = Parameter { key: "tap", kind: Kind::Tap, default: 8.0 };
const LOWER_TAP: Parameter = Parameter { key: "tap", kind: Kind::LowerTap, default: 8.0 };
const SENSOR: Parameter = Parameter { key: "sensor", kind: Kind::Sensor, default: 0.0 };

const fn switch(default: f64) -> Parameter {
    Parameter { key: "switch", kind: Kind::Switch, default }
}

const fn quantity(
    key: &'static str,
    dimension: Dimension,
    low: f64,
    high: f64,
    default: f64,
) -> Parameter {
    Parameter { key, kind: Kind::Quantity(dimension, low, high), default }
}

const fn count(key: &'static str, low: u32, high: u32, default: f64) -> Parameter {
    Parameter { key, kind: Kind::Count(low, high), default }
}

const fn resistance(low: f64, default: f64) -> Parameter {
    Parameter { key: "resistance", kind: Kind::Resistance(low, 1e9), default }
}

const fn share(key: &'static str, low: f64, high: f64, default: f64) -> Parameter {
    quantity(key, Dimension::Share, low, high, default)
}

const OPEN: f64 = f64::INFINITY;

macro_rules! primitives {
    ($($build:ident $name:literal, $about:literal, [$($parameter:expr),*], $make:expr;)*) => {
        &[$(Primitive {
            name: $name,
            about: $about,
            parameters: &[$($parameter),*],
            build: Build::$build($make),
        }),*]
    };
}

/// Every building block.
pub const PRIMITIVES: &[Primitive] = primitives! {
    Fault "sense-wire", "a sense wire has this resistance; sense wire 0 is the lowest",
        [TAP, resistance(0.0, OPEN)],
        |v| Fault::SenseWire { tap: v.index(0), ohm: v.number(1) };
    Fault "sense-wire-flaky", "a sense wire loses contact now and then, at random",
        [TAP, quantity("every", Dimension::Time, 1e-3, 1e6, 5.0),
         quantity("lost", Dimension::Time, 1e-4, 1e4, 0.02)],
        |v| Fault::SenseWireFlaky {
            tap: v.index(0), every_s: v.number(1), lost_s: v.number(2),
        };
    Fault "taps-swapped", "a sense wire and the next above are swapped at the connector",
        [LOWER_TAP], |v| Fault::TapsSwapped { tap: v.index(0) };
    Fault "taps-shorted", "a sense wire and the next above touch on the board",
        [LOWER_TAP], |v| Fault::TapsShorted { tap: v.index(0) };
    Fault "sense-connector-open", "the sense connector is pulled",
        [], |_| Fault::SenseConnectorOpen;
    Fault "joint", "the joint above a group of cells has this resistance",
        [Parameter { key: "group", ..CHANNEL }, quantity("resistance", Dimension::Resistance, 0.0, 10.0, 1e-3)],
        |v| Fault::Joint { group: v.cell(0), ohm: v.number(1) };
    Fault "cell-short", "a short inside a cell",
        [CELL, quantity("resistance", Dimension::Resistance, 1e-5, 1e6, 1.0)],
        |v| Fault::CellShort { cell: v.cell(0), ohm: v.number(1) };
    Fault "cell-open", "a cell of a parallel group loses its connection",
        [CELL], |v| Fault::CellOpen { cell: v.cell(0) };
    Fault "cell-capacity", "a cell has this share of its capacity",
        [CELL, share("to", 0.01, 2.0, 0.92)],
        |v| Fault::CellCapacity { cell: v.cell(0), share: v.number(1) };
    Fault "cell-resistance", "a cell has this share of its resistance",
        [CELL, share("to", 0.01, 1e3, 3.0)],
        |v| Fault::CellResistance { cell: v.cell(0), times: v.number(1) };
    Fault "cell-heats", "a cell gives off heat by itself",
        [CELL, quantity("power", Dimension::Power, 0.0, 1e5, 300.0)],
        |v| Fault::CellHeats { cell: v.cell(0), watts: v.number(1) };
    Fault "bleed-stuck-on", "a bleed resistor stays on",
        [CHANNEL], |v| Fault::BleedStuckOn { cell: v.cell(0) };
    Fault "balancer-reversed", "the active balancer takes from the cell that it should feed",
        [], |_| Fault::BalancerReversed;
    Fault "balancer-shorted", "the balancer's converter connects a cell and the next above",
        [Parameter { key: "cell", kind: Kind::Paired { above: true }, default: 5.0 },
         quantity("resistance", Dimension::Resistance, 1e-4, 1e6, 1.0)],
        |v| Fault::BalancerShorted { cell: v.cell(0), ohm: v.number(1) };
    Fault "stuck-on", "a switch conducts whatever its driver says",
        [switch(1.0)], |v| Fault::StuckOn(v.switch(0));
    Fault "stuck-off", "a switch never conducts; its body diode still does",
        [switch(0.0)], |v| Fault::StuckOff(v.switch(0));
    Fault "slow-gate", "a gate falls this many times as slowly",
        [switch(1.0), share("to", 1.0, 1e4, 10.0)],
        |v| Fault::SlowGate { switch: v.switch(0), times: v.number(1) };
    Fault "leaky-mosfet", "a switch that is off leaks as through this resistance",
        [switch(1.0), quantity("resistance", Dimension::Resistance, 1.0, 1e9, 5_000.0)],
        |v| Fault::LeakyMosfet { switch: v.switch(0), ohm: v.number(1) };
    Fault "precharge-open", "the pre-charge resistor is open", [], |_| Fault::PrechargeOpen;
    Fault "fuse-blown", "the main fuse is blown", [], |_| Fault::FuseBlown;
    Fault "limiter-stuck-on", "the charge limiter is on whatever its pin says",
        [], |_| Fault::LimiterStuckOn;
    Fault "limiter-stuck-off", "the charge limiter is off whatever its pin says",
        [], |_| Fault::LimiterStuckOff;
    Fault "limiter-current", "the charge limiter lets another current through",
        [quantity("current", Dimension::Current, 0.0, 1e4, 30.0)],
        |v| Fault::LimiterCurrent { ampere: v.number(0) };
    Fault "ground-leak", "a resistance from P+ to ground",
        [quantity("resistance", Dimension::Resistance, 1.0, 1e9, 10_000.0)],
        |v| Fault::GroundLeak { ohm: v.number(0) };
    Fault "shunt-drift", "the shunt has this share more of its resistance",
        [share("by", -0.9, 10.0, 0.03)], |v| Fault::ShuntDrift { share: v.number(0) };
    Fault "shunt-open", "the shunt has burnt; what is left has this resistance",
        [quantity("resistance", Dimension::Resistance, 1e-3, 1e6, 1.0)],
        |v| Fault::ShuntOpen { ohm: v.number(0) };
    Fault "shunt-silent", "the sense leads of the shunt read 0 V", [], |_| Fault::ShuntSilent;
    Fault "shunt-reversed", "the sense leads of the shunt are swapped",
        [], |_| Fault::ShuntReversed;
    Fault "ntc-open", "a thermistor is open", [SENSOR], |v| Fault::NtcOpen { sensor: v.index(0) };
    Fault "ntc-short", "a thermistor is shorted",
        [SENSOR], |v| Fault::NtcShort { sensor: v.index(0) };
    Fault "ntc-beta", "another thermistor is fitted; its beta in kelvin",
        [SENSOR, count("beta", 1_000, 10_000, 3_950.0)],
        |v| Fault::NtcBeta { sensor: v.index(0), beta_k: v.number(1) };
    Fault "ntc-detached", "a thermistor has come off and follows the ambient",
        [SENSOR], |v| Fault::NtcDetached { sensor: v.index(0) };
    Fault "ntc-stuck", "a thermistor shows the temperature that it had",
        [SENSOR], |v| Fault::NtcStuck { sensor: v.index(0) };
    Fault "heater-stuck-on", "the heater is on whatever its pin says",
        [], |_| Fault::HeaterStuckOn;
    Fault "heater-open", "the heater film is open", [], |_| Fault::HeaterOpen;
    Fault "channel-frozen", "a cell's channel repeats its last code",
        [CHANNEL], |v| Fault::ChannelFrozen { cell: v.cell(0) };
    Fault "converter-frozen", "the converter repeats its last codes; its flag goes on or stops",
        [Parameter { key: "flags-go-on", kind: Kind::Flag, default: 0.0 }],
        |v| Fault::ConverterFrozen { flags_go_on: v.flag(0) };
    Fault "channel-offset", "a cell's channel reads this much more",
        [CHANNEL, quantity("by", Dimension::Voltage, -5.0, 5.0, 0.03)],
        |v| Fault::ChannelOffset { cell: v.cell(0), volts: v.number(1) };
    Fault "channel-gain", "a cell's channel reads this share more",
        [CHANNEL, share("by", -1.0, 1.0, -0.05)],
        |v| Fault::ChannelGain { cell: v.cell(0), share: v.number(1) };
    Fault "channel-noise", "every cell channel carries this much noise (standard deviation)",
        [quantity("rms", Dimension::Voltage, 0.0, 1.0, 0.02)],
        |v| Fault::ChannelNoise { volts: v.number(0) };
    Fault "channel-alias", "a cell's channel reads the cell below it",
        [Parameter { key: "cell", kind: Kind::Paired { above: false }, default: 5.0 }],
        |v| Fault::ChannelAlias { cell: v.cell(0) };
    Fault "reference-drift", "every voltage that the chip converts reads this share more",
        [share("by", -0.5, 0.5, -0.1)], |v| Fault::ReferenceDrift { share: v.number(0) };
    Fault "current-offset", "the current converters read this much more across the shunt",
        [quantity("by", Dimension::Voltage, -0.2, 0.2, 9.4e-6)],
        |v| Fault::CurrentOffset { volts: v.number(0) };
    Fault "chip-reset", "the chip resets itself once", [], |_| Fault::ChipReset;
    Fault "chip-brown-out", "the chip has no supply", [], |_| Fault::ChipBrownOut;
    Fault "chip-clock", "the chip's clock runs this share faster",
        [share("by", -0.5, 1.0, 0.05)], |v| Fault::ChipClock { share: v.number(0) };
    Fault "alarm-lost", "the ALARM line shows no edge", [], |_| Fault::AlarmLost;
    Fault "ctl-stuck-low", "the CTL line is stuck low", [], |_| Fault::CtlStuckLow;
    Fault "ctl-stuck-high", "the CTL line is stuck high", [], |_| Fault::CtlStuckHigh;
    Fault "vpro-missing", "the programming voltage does not reach the chip",
        [], |_| Fault::VproMissing;
    Fault "eeprom-worn", "the EEPROM takes this many more bytes",
        [count("after", 0, 100_000, 0.0)], |v| Fault::EepromWorn { after: v.whole(0) };
    Fault "eeprom-erased", "the EEPROM has lost its bytes from this one on, once",
        [count("from", 0, 24, 16.0)],
        |v| Fault::EepromErased { from: u8::try_from(v.whole(0)).unwrap_or(u8::MAX) };
    Fault "bus-nack", "the next transactions are not acknowledged; each attempt counts",
        [count("count", 1, 1_000_000, 2.0)], |v| Fault::BusNack { count: v.whole(0) };
    Fault "bus-checksum", "this share of the transactions has a wrong checksum",
        [share("part", 0.0, 1.0, 0.02)], |v| Fault::BusChecksum { ppm: v.ppm(0) };
    Fault "bus-flip", "this share of the transactions has a wrong bit under a right checksum",
        [share("part", 0.0, 1.0, 0.001)], |v| Fault::BusFlip { ppm: v.ppm(0) };
    Fault "bus-stuck", "nothing passes the bus", [], |_| Fault::BusStuck;
    Fault "bus-duplicate", "this share of the frames arrives twice",
        [share("part", 0.0, 1.0, 0.02)], |v| Fault::BusDuplicate { ppm: v.ppm(0) };
    Fault "processor-stalled", "the processor stands still", [], |_| Fault::ProcessorStalled;
    Fault "processor-brown-out", "the processor has no supply and starts anew",
        [], |_| Fault::ProcessorBrownOut;
    Fault "processor-clock", "the processor's clock runs this share faster",
        [share("by", -0.5, 1.0, 0.05)], |v| Fault::ProcessorClock { share: v.number(0) };
    Load "short", "a short at the port",
        [quantity("resistance", Dimension::Resistance, 1e-4, 10.0, 0.01),
         quantity("inductance", Dimension::Inductance, 0.0, 1e-3, 2e-6)],
        |v| Load::Short { ohm: v.number(0), henry: v.number(1) };
    Load "load", "a load that draws this current",
        [quantity("current", Dimension::Current, 0.0, 1e4, 20.0)],
        |v| Load::Current(v.number(0));
    Load "inverter", "an inverter with empty capacitors, and a resistor across them",
        [quantity("capacitance", Dimension::Capacitance, 1e-6, 1.0, 0.02),
         Parameter { key: "bleeder", kind: Kind::Resistance(0.1, 1e9), default: OPEN }],
        |v| Load::Inverter {
            farad: v.number(0), ohm: 0.01, henry: 0.0, start_v: 0.0, bleeder_ohm: v.number(1),
            watts: 0.0, cut_off_v: 0.0,
        };
    Charger "charger", "a charger of this current and voltage",
        [quantity("current", Dimension::Current, 0.0, 1e4, 20.0),
         quantity("voltage", Dimension::Voltage, 0.0, 1e3, 56.0)],
        |v| Charger::ideal(v.number(0), v.number(1), 0.0);
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_building_block_has_a_name_of_its_own_and_defaults_within_its_ranges() {
        let names: BTreeSet<_> = PRIMITIVES.iter().map(|primitive| primitive.name).collect();
        assert_eq!(names.len(), PRIMITIVES.len());
        for primitive in PRIMITIVES {
            for Parameter { key, kind, default } in primitive.parameters {
                let within = match *kind {
                    Kind::Quantity(_, low, high) => (low..=high).contains(default),
                    Kind::Resistance(low, _) => *default >= low,
                    Kind::Count(low, high) => (f64::from(low)..=f64::from(high)).contains(default),
                    _ => *default <= 8.0,
                };
                assert!(within, "{} {key}", primitive.name);
            }
        }
    }

    #[test]
    fn what_is_said_outside_from_one_stands_inside_from_zero() {
        let built = |name: &str, values: &[f64]| {
            let values = Values(values.to_vec());
            Primitive::find(name).unwrap().actions(&values).0
        };
        let fault = |fault| Action::Fault(fault, true);
        assert_eq!(built("channel-frozen", &[1.0]), fault(Fault::ChannelFrozen { cell: 0 }));
        assert_eq!(built("bus-flip", &[0.001]), fault(Fault::BusFlip { ppm: 1_000 }));
        assert_eq!(built("stuck-on", &[1.0]), fault(Fault::StuckOn(Switch::Discharge)));
        assert_eq!(
            built("sense-wire", &[0.0, OPEN]),
            fault(Fault::SenseWire { tap: 0, ohm: OPEN })
        );
    }
}
