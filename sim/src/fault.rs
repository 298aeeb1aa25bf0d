//! The faults that a run can inject: named, timed, and free to be combined.
//!
//! A fault changes the plant, the front end, the bus or the microcontroller, never the firmware.
//! Each is the smallest thing that can break; the catalogue of situations that a battery management
//! system must survive is made of them.

use crate::trace::Switch;

/// One thing that is broken. Cells, taps and sensors count from 0; tap k lies below cell k.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    // Wiring and cells.
    /// A sense wire has this resistance, ohm; infinite for open.
    SenseWire { tap: usize, ohm: f64 },
    /// A sense wire makes contact now and then: mean seconds apart, and mean seconds lost.
    SenseWireFlaky { tap: usize, every_s: f64, lost_s: f64 },
    /// Two neighbouring taps, this and the next above, are swapped at the connector.
    TapsSwapped { tap: usize },
    /// Two neighbouring taps, this and the next above, touch on the board behind the wires.
    TapsShorted { tap: usize },
    /// The sense connector is pulled.
    SenseConnectorOpen,
    /// The joint above a group has this resistance, ohm.
    Joint { group: usize, ohm: f64 },
    /// A short inside a cell, ohm.
    CellShort { cell: usize, ohm: f64 },
    /// A cell of a parallel group loses its connection.
    CellOpen { cell: usize },
    /// A cell has this share of its capacity.
    CellCapacity { cell: usize, share: f64 },
    /// A cell has this many times its resistance.
    CellResistance { cell: usize, times: f64 },
    /// A cell gives off heat by itself, watt.
    CellHeats { cell: usize, watts: f64 },
    /// A bleed resistor stays on.
    BleedStuckOn { cell: usize },
    /// The active balancer takes from the cell that it should feed.
    BalancerReversed,
    /// The active balancer's converter is shorted: the pair is connected by this resistance, ohm.
    BalancerShorted { cell: usize, ohm: f64 },

    // Power path.
    /// A MOSFET conducts whatever its driver says.
    StuckOn(Switch),
    /// A MOSFET never conducts; its body diode still does.
    StuckOff(Switch),
    /// A gate falls this many times slower.
    SlowGate { switch: Switch, times: f64 },
    /// A MOSFET that is off leaks as through this resistance, ohm.
    LeakyMosfet { switch: Switch, ohm: f64 },
    /// The pre-charge resistor is open.
    PrechargeOpen,
    /// The main fuse is blown.
    FuseBlown,
    /// The limiter is on whatever its pin says.
    LimiterStuckOn,
    /// The limiter is off whatever its pin says.
    LimiterStuckOff,
    /// The charge limiter lets this current through instead of its own, ampere.
    LimiterCurrent { ampere: f64 },
    /// A resistance from the positive pack terminal to ground, ohm.
    GroundLeak { ohm: f64 },
    /// The shunt has this share more of its resistance (0.03 is 3 %).
    ShuntDrift { share: f64 },
    /// The shunt is open: its resistance, ohm, is that of what burnt.
    ShuntOpen { ohm: f64 },
    /// The sense connection of the shunt is shorted or open: it reads 0 V.
    ShuntSilent,
    /// The two sense leads of the shunt are swapped.
    ShuntReversed,

    // Heat.
    /// A thermistor is open. Sensors: cells 0 to 3, MOSFETs 4 and 5, board 6.
    NtcOpen { sensor: usize },
    /// A thermistor is shorted.
    NtcShort { sensor: usize },
    /// Another thermistor is fitted: this beta, kelvin.
    NtcBeta { sensor: usize, beta_k: f64 },
    /// A thermistor has come off and follows the ambient.
    NtcDetached { sensor: usize },
    /// A thermistor shows the temperature that it had.
    NtcStuck { sensor: usize },
    /// The heater is on whatever its pin says.
    HeaterStuckOn,
    /// The heater film is open.
    HeaterOpen,

    // Front end.
    /// A cell's channel repeats its last code.
    ChannelFrozen { cell: usize },
    /// All channels repeat their last codes; the flags go on or stop.
    ConverterFrozen { flags_go_on: bool },
    /// A channel reads this much more, volt.
    ChannelOffset { cell: usize, volts: f64 },
    /// A channel reads this share more.
    ChannelGain { cell: usize, share: f64 },
    /// Every channel has this much more noise, volt rms.
    ChannelNoise { volts: f64 },
    /// A channel reads the cell below it.
    ChannelAlias { cell: usize },
    /// The reference is off by this share: every channel reads that much more.
    ReferenceDrift { share: f64 },
    /// The current converters have this much more offset, volt.
    CurrentOffset { volts: f64 },
    /// The chip resets itself once.
    ChipReset,
    /// The chip is without supply while the fault lasts.
    ChipBrownOut,
    /// The chip's clock runs this share faster.
    ChipClock { share: f64 },
    /// The ALARM line never shows an edge.
    AlarmLost,
    /// The CTL line is stuck low.
    CtlStuckLow,
    /// The CTL line is stuck high.
    CtlStuckHigh,
    /// The programming voltage never reaches the chip.
    VproMissing,
    /// EEPROM writes fail after this many more bytes.
    EepromWorn { after: u32 },

    // Bus.
    /// The next transactions are not acknowledged.
    BusNack { count: u32 },
    /// This share of the transactions has a wrong checksum, parts per million.
    BusChecksum { ppm: u32 },
    /// This share of the transactions has a wrong bit under a right checksum, parts per million.
    BusFlip { ppm: u32 },
    /// Nothing passes the bus while the fault lasts.
    BusStuck,
    /// This share of the frames arrives twice, parts per million.
    BusDuplicate { ppm: u32 },

    // Microcontroller.
    /// The processor stands still while the fault lasts.
    ProcessorStalled,
    /// The processor loses its supply while the fault lasts and starts anew.
    ProcessorBrownOut,
    /// The processor's clock runs this share faster.
    ProcessorClock { share: f64 },
}
