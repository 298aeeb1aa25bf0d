//! The faults that a run can inject: named, timed, and free to be combined.
//!
//! A fault changes the plant, the front end, the bus or the microcontroller, never the firmware.
//! Each is the smallest thing that can break; the catalogue of situations that a battery management
//! system must survive is made of them.

mod words;

use crate::setup::{FrontEndLevel, Setup, WorldSetup};
use crate::trace::Switch;

/// One thing that is broken. Cells, groups, taps and sensors count from 0; tap k lies below group k.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    // Wiring and cells.
    /// A sense wire has this resistance, ohm; infinite for open.
    SenseWire {
        /// Tap, from 0 (below the lowest cell) to the number of groups (above the highest).
        tap: usize,
        /// Resistance, ohm; infinite for an open wire.
        ohm: f64,
    },
    /// A sense wire makes contact now and then: mean seconds apart, and mean seconds lost.
    SenseWireFlaky {
        /// Tap, from 0 (below the lowest cell) to the number of groups (above the highest).
        tap: usize,
        /// Mean time between losses, s; above 0.
        every_s: f64,
        /// Mean length of a loss, s; above 0.
        lost_s: f64,
    },
    /// Two neighbouring taps, this and the next above, are swapped at the connector.
    TapsSwapped {
        /// Tap, from 0 (below the lowest cell) to the number of groups (above the highest).
        tap: usize,
    },
    /// Two neighbouring taps, this and the next above, touch on the board behind the wires.
    TapsShorted {
        /// Tap, from 0 (below the lowest cell) to the number of groups (above the highest).
        tap: usize,
    },
    /// The sense connector is pulled.
    SenseConnectorOpen,
    /// The joint above a group has this resistance, ohm.
    Joint {
        /// Group, from 0.
        group: usize,
        /// Resistance, ohm.
        ohm: f64,
    },
    /// A short inside a cell, ohm.
    CellShort {
        /// Cell, from 0.
        cell: usize,
        /// Resistance, ohm.
        ohm: f64,
    },
    /// A cell of a parallel group loses its connection.
    CellOpen {
        /// Cell, from 0; those of a group stand together.
        cell: usize,
    },
    /// A cell has this share of its capacity.
    CellCapacity {
        /// Cell, from 0.
        cell: usize,
        /// Share of its capacity that is left, above 0.
        share: f64,
    },
    /// A cell has this many times its resistance.
    CellResistance {
        /// Cell, from 0.
        cell: usize,
        /// Factor; above 0.
        times: f64,
    },
    /// A cell gives off heat by itself, watt.
    CellHeats {
        /// Cell, from 0.
        cell: usize,
        /// Power, W.
        watts: f64,
    },
    /// A bleed resistor stays on.
    BleedStuckOn {
        /// Group whose resistor it is, from 0.
        cell: usize,
    },
    /// The active balancer takes from the cell that it should feed.
    BalancerReversed,
    /// The active balancer's converter is shorted: the pair is connected by this resistance, ohm.
    BalancerShorted {
        /// Lower cell of the pair, from 0.
        cell: usize,
        /// Resistance, ohm.
        ohm: f64,
    },

    // Power path.
    /// A MOSFET conducts whatever its driver says.
    StuckOn(Switch),
    /// A MOSFET never conducts; its body diode still does.
    StuckOff(Switch),
    /// A gate falls this many times slower.
    SlowGate {
        /// Which switch.
        switch: Switch,
        /// Factor; above 0.
        times: f64,
    },
    /// A MOSFET that is off leaks as through this resistance, ohm.
    LeakyMosfet {
        /// Which switch.
        switch: Switch,
        /// Resistance, ohm.
        ohm: f64,
    },
    /// The pre-charge resistor is open.
    PrechargeOpen,
    /// The main fuse is blown.
    FuseBlown,
    /// The limiter is on whatever its pin says.
    LimiterStuckOn,
    /// The limiter is off whatever its pin says.
    LimiterStuckOff,
    /// The charge limiter lets this current through instead of its own, ampere.
    LimiterCurrent {
        /// Current, A.
        ampere: f64,
    },
    /// A resistance from the positive pack terminal to ground, ohm.
    GroundLeak {
        /// Resistance, ohm.
        ohm: f64,
    },
    /// The shunt has this share more of its resistance (0.03 is 3 %).
    ShuntDrift {
        /// Share of its resistance that is added; 0.03 is 3 %.
        share: f64,
    },
    /// The shunt is open: its resistance, ohm, is that of what burnt.
    ShuntOpen {
        /// Resistance of what is left of it, ohm.
        ohm: f64,
    },
    /// The sense connection of the shunt is shorted or open: it reads 0 V.
    ShuntSilent,
    /// The two sense leads of the shunt are swapped.
    ShuntReversed,

    // Heat.
    /// A thermistor is open. Sensors: cells 0 to 3, MOSFETs 4 and 5, board 6.
    NtcOpen {
        /// Sensor: cells 0 to 3, MOSFETs 4 and 5, board 6.
        sensor: usize,
    },
    /// A thermistor is shorted.
    NtcShort {
        /// Sensor: cells 0 to 3, MOSFETs 4 and 5, board 6.
        sensor: usize,
    },
    /// Another thermistor is fitted: this beta, kelvin.
    NtcBeta {
        /// Sensor: cells 0 to 3, MOSFETs 4 and 5, board 6.
        sensor: usize,
        /// Beta, K; above 0.
        beta_k: f64,
    },
    /// A thermistor has come off and follows the ambient.
    NtcDetached {
        /// Sensor: cells 0 to 3, MOSFETs 4 and 5, board 6.
        sensor: usize,
    },
    /// A thermistor shows the temperature that it had.
    NtcStuck {
        /// Sensor: cells 0 to 3, MOSFETs 4 and 5, board 6.
        sensor: usize,
    },
    /// The heater is on whatever its pin says.
    HeaterStuckOn,
    /// The heater film is open.
    HeaterOpen,

    // Front end.
    /// A cell's channel repeats its last code.
    ChannelFrozen {
        /// Cell, from 0.
        cell: usize,
    },
    /// All channels repeat their last codes; the flags go on or stop.
    ConverterFrozen {
        /// Whether the flag of a finished cycle is still set each time.
        flags_go_on: bool,
    },
    /// A channel reads this much more, volt.
    ChannelOffset {
        /// Cell, from 0.
        cell: usize,
        /// Added to the reading, V.
        volts: f64,
    },
    /// A channel reads this share more.
    ChannelGain {
        /// Cell, from 0.
        cell: usize,
        /// Added share of the reading; -0.05 reads 5 % low.
        share: f64,
    },
    /// Every channel has this much more noise, volt rms.
    ChannelNoise {
        /// Standard deviation of the noise, V.
        volts: f64,
    },
    /// A channel reads the cell below it.
    ChannelAlias {
        /// Cell, from 1.
        cell: usize,
    },
    /// The reference is off by this share: every channel reads that much more.
    ReferenceDrift {
        /// Added share of every reading; -0.1 reads 10 % low.
        share: f64,
    },
    /// The current converters have this much more offset, volt.
    CurrentOffset {
        /// Added to the shunt voltage that both converters see, V, charge positive.
        volts: f64,
    },
    /// The chip resets itself once.
    ChipReset,
    /// The chip is without supply while the fault lasts.
    ChipBrownOut,
    /// The chip's clock runs this share faster.
    ChipClock {
        /// Share by which spans get shorter: 0.05 is 5 % faster. Above -0.5.
        share: f64,
    },
    /// The ALARM line never shows an edge.
    AlarmLost,
    /// The CTL line is stuck low.
    CtlStuckLow,
    /// The CTL line is stuck high.
    CtlStuckHigh,
    /// The programming voltage never reaches the chip.
    VproMissing,
    /// EEPROM writes fail after this many more bytes.
    EepromWorn {
        /// Bytes that are still programmed.
        after: u32,
    },
    /// EEPROM bytes have lost their charge once: they read FFh, erased.
    EepromErased {
        /// The first erased byte, 0 to 24; those above it are erased too, but for the trim.
        from: u8,
    },

    // Bus.
    /// The next transactions are not acknowledged.
    BusNack {
        /// Transactions, each of the driver's attempts counted.
        count: u32,
    },
    /// This share of the transactions has a wrong checksum, parts per million.
    BusChecksum {
        /// Share, parts per million, 0 to 1 000 000.
        ppm: u32,
    },
    /// This share of the transactions has a wrong bit under a right checksum, parts per million.
    BusFlip {
        /// Share, parts per million, 0 to 1 000 000.
        ppm: u32,
    },
    /// Nothing passes the bus while the fault lasts.
    BusStuck,
    /// This share of the frames arrives twice, parts per million.
    BusDuplicate {
        /// Share, parts per million, 0 to 1 000 000.
        ppm: u32,
    },

    // Microcontroller.
    /// The processor stands still while the fault lasts.
    ProcessorStalled,
    /// The processor loses its supply while the fault lasts and starts anew.
    ProcessorBrownOut,
    /// The processor's clock runs this share faster.
    ProcessorClock {
        /// Share by which it counts faster; above -0.5.
        share: f64,
    },
}

/// Where a fault sits, and so who carries it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Cells, copper, switches, sensors: a closed-loop world.
    Plant,
    /// The front-end chip and its pins.
    Chip,
    /// The CTL line, which chip and microcontroller share.
    CtlLine,
    /// The bus between microcontroller and chip.
    Bus,
    /// The microcontroller.
    Processor,
}

impl Fault {
    /// Where it sits.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::ChannelFrozen { .. }
            | Self::ConverterFrozen { .. }
            | Self::ChannelOffset { .. }
            | Self::ChannelGain { .. }
            | Self::ChannelNoise { .. }
            | Self::ChannelAlias { .. }
            | Self::ReferenceDrift { .. }
            | Self::CurrentOffset { .. }
            | Self::ChipReset
            | Self::ChipBrownOut
            | Self::ChipClock { .. }
            | Self::AlarmLost
            | Self::VproMissing
            | Self::EepromWorn { .. }
            | Self::EepromErased { .. } => Place::Chip,
            Self::CtlStuckLow | Self::CtlStuckHigh => Place::CtlLine,
            Self::BusNack { .. }
            | Self::BusChecksum { .. }
            | Self::BusFlip { .. }
            | Self::BusStuck
            | Self::BusDuplicate { .. } => Place::Bus,
            Self::ProcessorStalled | Self::ProcessorBrownOut | Self::ProcessorClock { .. } => {
                Place::Processor
            }
            _ => Place::Plant,
        }
    }

    /// Why a run with this set-up has no part that could break so, if it has none.
    #[must_use]
    pub fn refusal(&self, setup: &Setup) -> Option<&'static str> {
        let limits = matches!(
            self,
            Self::LimiterStuckOn | Self::LimiterStuckOff | Self::LimiterCurrent { .. }
        );
        if limits && !setup.params.limiter.fitted {
            return Some("no charge limiter is fitted: `limiter.fitted` is false");
        }
        let heats = matches!(self, Self::HeaterStuckOn | Self::HeaterOpen);
        if heats && setup.board.heat.heater.is_none() {
            return Some("no heater is fitted");
        }
        let needs_bytes = matches!(self, Self::BusFlip { .. } | Self::BusDuplicate { .. });
        match (self.place(), &setup.world) {
            (Place::Plant, WorldSetup::Forced(_)) => {
                Some("forced values have no wires, cells or switches that could break")
            }
            (Place::Bus, _) if needs_bytes && setup.front_end == FrontEndLevel::Value => {
                Some("at the value level there are no bytes that could arrive wrong or twice")
            }
            _ => None,
        }
    }
}
