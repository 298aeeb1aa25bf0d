//! What the outside does, in a few words for tables.

use super::{Action, Driven, ForcedChange, Load};
use std::fmt;

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectLoad(load) => write!(out, "connect {load}"),
            Self::DisconnectLoad => out.write_str("disconnect the load"),
            Self::ConnectCharger(charger) => {
                write!(out, "connect a charger, {} A, {} V", charger.current_a, charger.voltage_v)
            }
            Self::DisconnectCharger => out.write_str("disconnect the charger"),
            Self::Ambient(celsius) => write!(out, "ambient {celsius} °C"),
            Self::AmbientRamp { to_c, over } => {
                write!(out, "ambient to {to_c} °C over {} s", over.as_secs_f64())
            }
            Self::Heater(on) => write!(out, "heater {}", if *on { "on" } else { "off" }),
            Self::PressButton => out.write_str("press the button"),
            Self::PressButtonFor(span) => {
                write!(out, "press the button for {} s", span.as_secs_f64())
            }
            Self::CtlLow(low) => write!(out, "CTL {}", if *low { "low" } else { "high" }),
            Self::EmergencyOpen(true) => out.write_str("open the emergency stop"),
            Self::EmergencyOpen(false) => out.write_str("close the emergency stop"),
            Self::Force(change) => write!(out, "force {change}"),
            Self::Host(host) => write!(out, "{host}"),
            Self::Fault(fault, true) => write!(out, "fault: {fault}"),
            Self::Fault(fault, false) => write!(out, "fault gone: {fault}"),
        }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current(ampere) => write!(out, "a load of {ampere} A"),
            Self::Power { watts, .. } => write!(out, "a load of {watts} W"),
            Self::Resistance(ohm) => write!(out, "a load of {ohm} ohm"),
            Self::Short { ohm, .. } => write!(out, "a short of {ohm} ohm"),
            Self::PulsedShort { ohm, .. } => write!(out, "a pulsed short of {ohm} ohm"),
            Self::Inverter { farad, .. } => write!(out, "an inverter of {farad} F"),
            Self::Motor { ampere, .. } => write!(out, "a motor of {ampere} A"),
            Self::Profile { of: Driven::Current, .. } => out.write_str("a current profile"),
            Self::Profile { of: Driven::Power, .. } => out.write_str("a power profile"),
            Self::Pack(_) => out.write_str("a parallel pack"),
            Self::Rippling { load, rms_a, .. } => write!(out, "{load} with {rms_a} A of ripple"),
        }
    }
}

impl fmt::Display for ForcedChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |index: &usize| index + 1;
        match self {
            Self::Cells(_) => out.write_str("all cells"),
            Self::Cell(cell, _) => write!(out, "cell {}", number(cell)),
            Self::Current(_) => out.write_str("the current"),
            Self::CellSensors(_) => out.write_str("all cell sensors"),
            Self::CellSensor(sensor, _) => write!(out, "cell sensor {}", number(sensor)),
            Self::MosSensors(_) => out.write_str("all MOSFET sensors"),
            Self::MosSensor(sensor, _) => write!(out, "MOSFET sensor {}", number(sensor)),
            Self::Board(_) => out.write_str("the board's sensor"),
            Self::LoadAttached(_) => out.write_str("whether a load is attached"),
            Self::ChargerAttached(_) => out.write_str("whether a charger is attached"),
        }
    }
}
