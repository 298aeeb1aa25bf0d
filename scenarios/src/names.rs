//! The names of events and signals in scenario files, as the data sheets and the field use them.

use crate::expect::{EventPattern, Signal};
use crate::quantity::Dimension;
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use sim::setup::{CELL_SENSORS, MOS_SENSORS};
use sim::trace::Switch;

/// Protections by their names (PS-ALM-1; the layers and sensor classes told apart).
pub const PROTECTIONS: &[(&str, Reasons)] = &[
    ("OV", Reasons::OVER_VOLTAGE),
    ("AHV", Reasons::ABNORMAL_HIGH_VOLTAGE),
    ("UV", Reasons::UNDER_VOLTAGE),
    ("LVC", Reasons::LOW_VOLTAGE_PROHIBIT),
    ("OCC", Reasons::CHARGE_OC),
    ("OCD", Reasons::DISCHARGE_OC),
    ("AFE-OCC", Reasons::AFE_CHARGE_OC),
    ("OCD1", Reasons::AFE_DISCHARGE_OC1),
    ("OCD2", Reasons::AFE_DISCHARGE_OC2),
    ("SC", Reasons::SHORT_CIRCUIT),
    ("OTC", Reasons::CELL_CHARGE_HOT),
    ("UTC", Reasons::CELL_CHARGE_COLD),
    ("OTD", Reasons::CELL_DISCHARGE_HOT),
    ("UTD", Reasons::CELL_DISCHARGE_COLD),
    ("MOS-OTC", Reasons::MOS_CHARGE_HOT),
    ("MOS-UTC", Reasons::MOS_CHARGE_COLD),
    ("MOS-OTD", Reasons::MOS_DISCHARGE_HOT),
    ("MOS-UTD", Reasons::MOS_DISCHARGE_COLD),
    ("RPSD", Reasons::EMERGENCY_STOP),
    ("CTL", Reasons::CTL_LOW),
    ("C-MOSfault", Reasons::CHARGE_MOS_FAULT),
    ("D-MOSfault", Reasons::DISCHARGE_MOS_FAULT),
    ("FRONT-END", Reasons::FRONT_END),
    ("SENSOR", Reasons::SENSOR),
];

/// Switches by their names in events, and by the short ones of `switches`.
pub const SWITCHES: &[(&str, &str, Switch)] = &[
    ("charge MOSFET", "charge", Switch::Charge),
    ("discharge MOSFET", "discharge", Switch::Discharge),
    ("pre-charge", "pre-charge", Switch::Precharge),
    ("low-cell pre-charge", "low-cell-pre-charge", Switch::LowCellPrecharge),
    ("limiter", "limiter", Switch::Limiter),
];

/// What a pack can be doing, by its name in files.
pub const MODES: &[(&str, Mode)] = &[
    ("off", Mode::Off),
    ("starting", Mode::Starting),
    ("standby", Mode::Standby),
    ("charge", Mode::Charge),
    ("discharge", Mode::Discharge),
];

/// Every event with its name.
#[must_use]
pub fn events() -> Vec<(String, EventPattern)> {
    let mut events = Vec::new();
    for &(name, reason) in PROTECTIONS {
        for (verb, on) in [("enters", true), ("exits", false)] {
            events.push((format!("{name} {verb}"), EventPattern::Protection(reason, on)));
        }
        for (verb, on) in [("latched", true), ("cleared", false)] {
            events.push((format!("{name} {verb}"), EventPattern::Latched(reason, on)));
        }
    }
    for &(name, _, switch) in SWITCHES {
        for (verb, on) in [("on", true), ("off", false)] {
            events.push((format!("{name} {verb}"), EventPattern::Switched(switch, on)));
            let commanded = format!("{name} commanded {verb}");
            events.push((commanded, EventPattern::Commanded(switch, on)));
        }
    }
    events.push(("balancing on".to_owned(), EventPattern::Transfer(true)));
    events.push(("balancing off".to_owned(), EventPattern::Transfer(false)));
    events.push(("current zero".to_owned(), EventPattern::CurrentZero));
    events.push(("invariant broken".to_owned(), EventPattern::Broken));
    events
}

/// Signals with a number, from 1, behind their name: how many there are, and what they are.
type Numbered = (&'static str, usize, Dimension, fn(usize) -> Signal);

const NUMBERED: &[Numbered] = &[
    ("cell temperature", CELL_SENSORS, Dimension::Temperature, Signal::CellTemperature),
    ("MOSFET temperature", MOS_SENSORS, Dimension::Temperature, Signal::MosTemperature),
    ("SOC of cell", 16, Dimension::Share, Signal::Soc),
    ("cell", 16, Dimension::Voltage, Signal::Cell),
];

const SIGNALS: &[(&str, Dimension, Signal)] = &[
    ("current", Dimension::Current, Signal::Current),
    ("port", Dimension::Voltage, Signal::Port),
    ("pack", Dimension::Voltage, Signal::Pack),
    ("highest cell", Dimension::Voltage, Signal::CellMax),
    ("lowest cell", Dimension::Voltage, Signal::CellMin),
    ("cell spread", Dimension::Voltage, Signal::CellSpread),
    ("estimated SOC", Dimension::Share, Signal::SocEstimate),
];

/// The signal called `name`, and how its values are written. Cells and sensors count from 1.
#[must_use]
pub fn signal(name: &str) -> Option<(Signal, Dimension)> {
    if let Some((_, dimension, signal)) = SIGNALS.iter().find(|(known, ..)| *known == name) {
        return Some((*signal, *dimension));
    }
    let (stem, number) = name.rsplit_once(' ')?;
    let number: usize = number.parse().ok()?;
    let (_, count, dimension, make) = NUMBERED.iter().find(|(known, ..)| *known == stem)?;
    (1..=*count).contains(&number).then(|| (make(number - 1), *dimension))
}

/// The names of all signals, for hints.
#[must_use]
pub fn signals() -> Vec<String> {
    let numbered = NUMBERED
        .iter()
        .flat_map(|(stem, count, ..)| (1..=*count).map(move |number| format!("{stem} {number}")));
    SIGNALS.iter().map(|(name, ..)| (*name).to_owned()).chain(numbered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_one_name_and_every_event_name_means_one_event() {
        let named = PROTECTIONS.iter().fold(Reasons::empty(), |all, (_, reason)| all | *reason);
        assert_eq!(named, Reasons::all());
        let events = events();
        let names: BTreeSet<_> = events.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), events.len());
    }

    #[test]
    fn cells_count_from_one_in_files() {
        assert_eq!(signal("cell 1"), Some((Signal::Cell(0), Dimension::Voltage)));
        assert_eq!(signal("cell 16"), Some((Signal::Cell(15), Dimension::Voltage)));
        assert_eq!(signal("cell 0"), None);
        assert_eq!(signal("cell 17"), None);
    }
}
