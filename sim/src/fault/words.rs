//! A fault in words, for traces and reports. Cells count from 1, as everywhere that people read.

use super::Fault;
use crate::trace::Switch;
use std::fmt;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SenseWire { tap, ohm } => write!(f, "sense wire {tap} has {ohm} ohm"),
            Self::SenseWireFlaky { tap, every_s, lost_s } => {
                write!(f, "sense wire {tap} is lost for {lost_s} s about every {every_s} s")
            }
            Self::TapsSwapped { tap } => write!(f, "sense wires {tap} and {} are swapped", tap + 1),
            Self::TapsShorted { tap } => write!(f, "sense wires {tap} and {} touch", tap + 1),
            Self::SenseConnectorOpen => f.write_str("the sense connector is pulled"),
            Self::Joint { group, ohm } => {
                write!(f, "the joint above group {} has {ohm} ohm", group + 1)
            }
            Self::CellShort { cell, ohm } => {
                write!(f, "cell {} has an internal short of {ohm} ohm", cell + 1)
            }
            Self::CellOpen { cell } => write!(f, "cell {} has lost its connection", cell + 1),
            Self::CellCapacity { cell, share } => {
                write!(f, "cell {} has {} of its capacity", cell + 1, percent(*share))
            }
            Self::CellResistance { cell, times } => {
                write!(f, "cell {} has {times} times its resistance", cell + 1)
            }
            Self::CellHeats { cell, watts } => {
                write!(f, "cell {} gives off {watts} W by itself", cell + 1)
            }
            Self::BleedStuckOn { cell } => {
                write!(f, "the bleed resistor of cell {} stays on", cell + 1)
            }
            Self::BalancerReversed => f.write_str("the active balancer works backwards"),
            Self::BalancerShorted { cell, ohm } => write!(
                f,
                "the active balancer shorts cell {} to its neighbour, {ohm} ohm",
                cell + 1
            ),
            Self::StuckOn(switch) => write!(f, "{} stuck on", name(*switch)),
            Self::StuckOff(switch) => write!(f, "{} stuck off", name(*switch)),
            Self::SlowGate { switch, times } => {
                write!(f, "the gate of the {} falls {times} times slower", name(*switch))
            }
            Self::LeakyMosfet { switch, ohm } => {
                write!(f, "the {} leaks, {ohm} ohm", name(*switch))
            }
            Self::PrechargeOpen => f.write_str("the pre-charge resistor is open"),
            Self::FuseBlown => f.write_str("the main fuse is blown"),
            Self::LimiterStuckOn => f.write_str("the charge limiter is stuck on"),
            Self::LimiterStuckOff => f.write_str("the charge limiter is stuck off"),
            Self::LimiterCurrent { ampere } => {
                write!(f, "the charge limiter lets {ampere} A through")
            }
            Self::GroundLeak { ohm } => write!(f, "{ohm} ohm from P+ to ground"),
            Self::ShuntDrift { share } => write!(f, "the shunt has {} more", percent(*share)),
            Self::ShuntOpen { ohm } => write!(f, "the shunt is burnt open, {ohm} ohm"),
            Self::ShuntSilent => f.write_str("the sense leads of the shunt read 0 V"),
            Self::ShuntReversed => f.write_str("the sense leads of the shunt are swapped"),
            Self::NtcOpen { sensor } => write!(f, "the thermistor of {} is open", spot(*sensor)),
            Self::NtcShort { sensor } => {
                write!(f, "the thermistor of {} is shorted", spot(*sensor))
            }
            Self::NtcBeta { sensor, beta_k } => {
                write!(f, "the thermistor of {} has a beta of {beta_k} K", spot(*sensor))
            }
            Self::NtcDetached { sensor } => {
                write!(f, "the thermistor of {} has come off", spot(*sensor))
            }
            Self::NtcStuck { sensor } => {
                write!(f, "the thermistor of {} stands still", spot(*sensor))
            }
            Self::HeaterStuckOn => f.write_str("the heater is stuck on"),
            Self::HeaterOpen => f.write_str("the heater film is open"),
            Self::ChannelFrozen { cell } => {
                write!(f, "the channel of cell {} repeats its last code", cell + 1)
            }
            Self::ConverterFrozen { flags_go_on } => write!(
                f,
                "the converter repeats its last codes, its flag {}",
                if *flags_go_on { "goes on" } else { "stops" }
            ),
            Self::ChannelOffset { cell, volts } => {
                write!(f, "the channel of cell {} reads {volts} V more", cell + 1)
            }
            Self::ChannelGain { cell, share } => {
                write!(f, "the channel of cell {} reads {} more", cell + 1, percent(*share))
            }
            Self::ChannelNoise { volts } => write!(f, "the channels carry {volts} V rms of noise"),
            Self::ChannelAlias { cell } => {
                write!(f, "the channel of cell {} reads the cell below", cell + 1)
            }
            Self::ReferenceDrift { share } => {
                write!(f, "the converters read {} more", percent(*share))
            }
            Self::CurrentOffset { volts } => {
                write!(f, "the current converters read {volts} V more")
            }
            Self::ChipReset => f.write_str("the chip resets itself"),
            Self::ChipBrownOut => f.write_str("the chip has no supply"),
            Self::ChipClock { share } => {
                write!(f, "the chip's clock runs {} faster", percent(*share))
            }
            Self::AlarmLost => f.write_str("the ALARM line is dead"),
            Self::CtlStuckLow => f.write_str("the CTL line is stuck low"),
            Self::CtlStuckHigh => f.write_str("the CTL line is stuck high"),
            Self::VproMissing => f.write_str("the programming voltage does not arrive"),
            Self::EepromWorn { after } => write!(f, "the EEPROM takes {after} more bytes"),
            Self::EepromErased { from } => write!(f, "the EEPROM is erased from byte {from} on"),
            Self::BusNack { count } => {
                write!(f, "the next {count} bus transactions are not acknowledged")
            }
            Self::BusChecksum { ppm } => {
                write!(f, "{ppm} ppm of the bus transactions have a wrong checksum")
            }
            Self::BusFlip { ppm } => write!(
                f,
                "{ppm} ppm of the bus transactions have a wrong bit under a right checksum"
            ),
            Self::BusStuck => f.write_str("the bus is stuck"),
            Self::BusDuplicate { ppm } => write!(f, "{ppm} ppm of the bus frames arrive twice"),
            Self::ProcessorStalled => f.write_str("the processor stands still"),
            Self::ProcessorBrownOut => f.write_str("the processor has no supply"),
            Self::ProcessorClock { share } => {
                write!(f, "the processor's clock runs {} faster", percent(*share))
            }
        }
    }
}

fn percent(share: f64) -> String {
    // Rounded, because 0.03 times 100 is not 3.
    format!("{} %", (share * 1e8).round() / 1e6)
}

fn name(switch: Switch) -> &'static str {
    match switch {
        Switch::Charge => "charge MOSFET",
        Switch::Discharge => "discharge MOSFET",
        Switch::Precharge => "pre-charge path",
        Switch::LowCellPrecharge => "low-cell pre-charge",
        Switch::Limiter => "charge limiter",
    }
}

/// Where a thermistor sits: cells 0 to 3, MOSFETs 4 and 5, board 6.
fn spot(sensor: usize) -> String {
    match sensor {
        0..=3 => format!("cell sensor {}", sensor + 1),
        4 | 5 => format!("MOSFET sensor {}", sensor - 3),
        _ => "the board".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_cell_from_one_and_its_share_in_per_cent() {
        let shown = |fault: Fault| fault.to_string();
        assert_eq!(
            shown(Fault::ChannelGain { cell: 4, share: -0.05 }),
            "the channel of cell 5 reads -5 % more"
        );
        assert_eq!(shown(Fault::StuckOn(Switch::Discharge)), "discharge MOSFET stuck on");
        assert_eq!(shown(Fault::ShuntDrift { share: 0.03 }), "the shunt has 3 % more");
        let mosfet = Fault::NtcOpen { sensor: 5 };
        assert_eq!(shown(mosfet), "the thermistor of MOSFET sensor 2 is open");
        assert_eq!(
            shown(Fault::SenseWire { tap: 8, ohm: f64::INFINITY }),
            "sense wire 8 has inf ohm"
        );
    }
}
