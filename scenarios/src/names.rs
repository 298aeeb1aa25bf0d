//! The names of events and signals in scenario files, as the data sheets and the field use them.

use crate::expect::{EventPattern, Signal};
use crate::fields::{FIELDS, Field};
use crate::quantity::Dimension;
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use sim::display::Displayed;
use sim::reported::Reported;
use sim::setup::{CELL_SENSORS, MOS_SENSORS};
use sim::trace::Switch;
use std::sync::{Arc, OnceLock};

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
    ("asleep", Mode::Sleep),
    ("starting", Mode::Starting),
    ("standby", Mode::Standby),
    ("charge", Mode::Charge),
    ("discharge", Mode::Discharge),
];

/// What the display shows or the serial port answers, by a name such as `display shows Balance ON`,
/// `reply` or `reply 02 03 02 00 02 7C 45`.
#[must_use]
pub fn told(name: &str) -> Option<EventPattern> {
    if let Some(text) = name.strip_prefix("display shows ") {
        return Some(EventPattern::Shown(text.into()));
    }
    let digits = name.strip_prefix("reply")?.split_whitespace();
    let bytes: Result<Vec<_>, _> = digits.map(|byte| u8::from_str_radix(byte, 16)).collect();
    let bytes = bytes.ok()?;
    Some(EventPattern::Replied((!bytes.is_empty()).then(|| bytes.into())))
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(" ")
}

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
    events.push(("bleeding on".to_owned(), EventPattern::Bleed(true)));
    events.push(("bleeding off".to_owned(), EventPattern::Bleed(false)));
    events.push(("current zero".to_owned(), EventPattern::CurrentZero));
    events.push(("invariant broken".to_owned(), EventPattern::Broken));
    events
}

/// The events of a script's phases, with their names.
pub(crate) fn phase_events(phases: &[Arc<str>]) -> Vec<(String, EventPattern)> {
    let events = |phase: &Arc<str>| {
        [("begins", true), ("ends", false)].map(|(verb, begins)| {
            (format!("phase {phase} {verb}"), EventPattern::Phase(phase.clone(), begins))
        })
    };
    phases.iter().flat_map(events).collect()
}

/// Signals with a number, from 1, behind their name: how many there are, and what they are.
type Numbered = (&'static str, usize, Dimension, fn(usize) -> Signal);

const NUMBERED: &[Numbered] = &[
    ("cell temperature", CELL_SENSORS, Dimension::Temperature, Signal::CellTemperature),
    ("MOSFET temperature", MOS_SENSORS, Dimension::Temperature, Signal::MosTemperature),
    ("SOC of cell", 16, Dimension::Share, Signal::Soc),
    ("cell", 16, Dimension::Voltage, Signal::Cell),
    ("displayed cell", 16, Dimension::Voltage, |cell| Signal::Displayed(Displayed::Cell(cell))),
    ("displayed temperature", 7, Dimension::Temperature, |sensor| {
        Signal::Displayed(Displayed::Temperature(sensor))
    }),
];

const SIGNALS: &[(&str, Dimension, Signal)] = &[
    ("current", Dimension::Current, Signal::Current),
    ("port", Dimension::Voltage, Signal::Port),
    ("pack", Dimension::Voltage, Signal::Pack),
    ("highest cell", Dimension::Voltage, Signal::CellMax),
    ("lowest cell", Dimension::Voltage, Signal::CellMin),
    ("cell spread", Dimension::Voltage, Signal::CellSpread),
    ("estimated SOC", Dimension::Share, Signal::SocEstimate),
    ("highest SOC", Dimension::Share, Signal::SocMax),
    ("lowest SOC", Dimension::Share, Signal::SocMin),
    ("hottest cell", Dimension::Temperature, Signal::CellHottest),
    ("coldest cell", Dimension::Temperature, Signal::CellColdest),
    ("hottest MOSFET", Dimension::Temperature, Signal::MosHottest),
    ("coldest MOSFET", Dimension::Temperature, Signal::MosColdest),
    ("ambient", Dimension::Temperature, Signal::Ambient),
    ("humidity", Dimension::Share, Signal::Humidity),
    ("charge", Dimension::Charge, Signal::Charge),
];

/// Short names, as formulae write them.
const ALIASES: &[(&str, &str)] = &[
    ("cell.max", "highest cell"),
    ("cell.min", "lowest cell"),
    ("cell.spread", "cell spread"),
    ("pack.current", "current"),
    ("pack.voltage", "pack"),
    ("port.voltage", "port"),
    ("pack.soc", "estimated SOC"),
    ("soc.max", "highest SOC"),
    ("soc.min", "lowest SOC"),
    ("temperature.max", "hottest cell"),
    ("temperature.min", "coldest cell"),
    ("mosfet.max", "hottest MOSFET"),
    ("mosfet.min", "coldest MOSFET"),
];

/// The long name of a short one: `cell.max`, or `cell[3]` for the third.
fn unfolded(name: &str) -> String {
    if let Some((_, long)) = ALIASES.iter().find(|(short, _)| *short == name) {
        return (*long).to_owned();
    }
    let numbered = name.strip_suffix(']').and_then(|name| name.split_once('['));
    match numbered {
        Some(("temperature", number)) => format!("cell temperature {number}"),
        Some(("mosfet", number)) => format!("MOSFET temperature {number}"),
        Some(("soc", number)) => format!("SOC of cell {number}"),
        Some((stem, number)) => format!("{stem} {number}"),
        None => name.to_owned(),
    }
}

/// The signal called `name`, and how its values are written. Cells and sensors count from 1.
#[must_use]
pub fn signal(name: &str) -> Option<(Signal, Dimension)> {
    match name.strip_prefix(SIZE) {
        Some(inner) => plain(inner).and_then(|(signal, kind)| Some((sized(signal)?, kind))),
        None => plain(name),
    }
}

/// Before the name of a signal: its size, whatever its sign.
pub(crate) const SIZE: &str = "size of ";

/// Before the name of a parameter: as the firmware holds it.
pub(crate) const PARAMETER: &str = "reported parameter ";

/// What the firmware tells an inverter (PS150-INV-1, PS200-INV-1), and which parameters these are.
const LIMITS: &[(&str, &str)] = &[
    ("reported charge voltage", "inverter.charge_voltage"),
    ("reported discharge voltage", "inverter.discharge_voltage"),
    ("reported charge limit", "inverter.charge_current"),
    ("reported discharge limit", "inverter.discharge_current"),
];

/// Signals that have a sign.
fn signed() -> &'static [(String, Signal)] {
    static SIGNED: OnceLock<Vec<(String, Signal)>> = OnceLock::new();
    let has_sign = |signal: &Signal| {
        matches!(
            signal,
            Signal::Current
                | Signal::Charge
                | Signal::Reported(Reported::Current)
                | Signal::Displayed(Displayed::Current)
                | Signal::Deviation(_)
        )
    };
    SIGNED.get_or_init(|| {
        let all = plain_names().into_iter().filter_map(|name| {
            let (signal, _) = plain(&name)?;
            Some((name, signal))
        });
        all.filter(|(_, signal)| has_sign(signal)).collect()
    })
}

/// The size of a signal; none for one without a sign, whose size it is itself.
fn sized(signal: Signal) -> Option<Signal> {
    let found = signed().iter().find(|(_, known)| *known == signal);
    found.map(|(_, known)| Signal::Size(known))
}

/// A parameter of the served products as the firmware holds it.
fn parameter(key: &str) -> Option<(Signal, Dimension)> {
    let (parameter, dimension) = Field::find(key)?.signal()?;
    Some((Signal::Reported(Reported::Parameter(parameter)), dimension))
}

fn plain(name: &str) -> Option<(Signal, Dimension)> {
    let name = &*unfolded(name);
    let limit = LIMITS.iter().find(|(known, _)| *known == name).map(|(_, key)| *key);
    if let Some(key) = limit.or_else(|| name.strip_prefix(PARAMETER)) {
        return parameter(key);
    }
    if let Some((_, dimension, signal)) = TOLD.iter().find(|(known, ..)| *known == name) {
        return Some((*signal, *dimension));
    }
    if let Some(what) = name.strip_prefix("reported ") {
        return reported(what).map(|(what, dimension)| (Signal::Reported(what), dimension));
    }
    if let Some(what) = name.strip_prefix("error of ") {
        return reported(what).map(|(what, dimension)| (Signal::Deviation(what), dimension));
    }
    if let Some((_, dimension, signal)) = SIGNALS.iter().find(|(known, ..)| *known == name) {
        return Some((*signal, *dimension));
    }
    let (stem, number) = name.rsplit_once(' ')?;
    let number: usize = number.parse().ok()?;
    let (_, count, dimension, make) = NUMBERED.iter().find(|(known, ..)| *known == stem)?;
    (1..=*count).contains(&number).then(|| (make(number - 1), *dimension))
}

/// Quantities of which the firmware reports a value, beside the cells.
const REPORTED: &[(&str, Dimension, Reported)] = &[
    ("current", Dimension::Current, Reported::Current),
    ("pack", Dimension::Voltage, Reported::Pack),
    ("highest cell", Dimension::Voltage, Reported::CellMax),
    ("lowest cell", Dimension::Voltage, Reported::CellMin),
    ("hottest cell sensor", Dimension::Temperature, Reported::CellHottest),
    ("coldest cell sensor", Dimension::Temperature, Reported::CellColdest),
    ("hottest MOSFET sensor", Dimension::Temperature, Reported::MosHottest),
    ("coldest MOSFET sensor", Dimension::Temperature, Reported::MosColdest),
];

/// What the firmware reports that the truth has no number for.
const TOLD: &[(&str, Dimension, Signal)] = &[
    ("reported SOH", Dimension::Share, Signal::Reported(Reported::Soh)),
    ("reported remaining capacity", Dimension::Charge, Signal::Reported(Reported::Remaining)),
    ("reported full capacity", Dimension::Charge, Signal::Reported(Reported::Full)),
    ("displayed voltage", Dimension::Voltage, Signal::Displayed(Displayed::Voltage)),
    ("displayed current", Dimension::Current, Signal::Displayed(Displayed::Current)),
    ("displayed capacity", Dimension::Charge, Signal::Displayed(Displayed::Remaining)),
    ("displayed SOC", Dimension::Share, Signal::Displayed(Displayed::Soc)),
    ("displayed charge limit", Dimension::Voltage, Signal::Displayed(Displayed::ChargeLimit)),
];

fn reported(name: &str) -> Option<(Reported, Dimension)> {
    if let Some((_, dimension, what)) = REPORTED.iter().find(|(known, ..)| *known == name) {
        return Some((*what, *dimension));
    }
    let number: usize = name.strip_prefix("cell ")?.parse().ok()?;
    (1..=16).contains(&number).then(|| (Reported::Cell(number - 1), Dimension::Voltage))
}

/// The names of all signals, for hints.
#[must_use]
pub fn signals() -> Vec<String> {
    let sizes = signed().iter().map(|(name, _)| format!("{SIZE}{name}"));
    plain_names().into_iter().chain(sizes).collect()
}

fn plain_names() -> Vec<String> {
    let numbered = NUMBERED
        .iter()
        .flat_map(|(stem, count, ..)| (1..=*count).map(move |number| format!("{stem} {number}")));
    let reported = REPORTED
        .iter()
        .flat_map(|(name, ..)| ["reported", "error of"].map(|kind| format!("{kind} {name}")));
    let short = ALIASES.iter().map(|(short, _)| (*short).to_owned());
    let plain = SIGNALS.iter().map(|(name, ..)| (*name).to_owned());
    let told = TOLD.iter().map(|(name, ..)| (*name).to_owned());
    let limits = LIMITS.iter().map(|(name, _)| (*name).to_owned());
    let fields = FIELDS.iter().filter(|field| field.signal().is_some());
    let held = fields.map(|field| format!("{PARAMETER}{}", field.key));
    let both = |cell: usize| ["reported", "error of"].map(|kind| format!("{kind} cell {cell}"));
    let told = told.chain((1..=16).flat_map(both)).chain(limits).chain(held);
    plain.chain(numbered).chain(short).chain(reported).chain(told).collect()
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

    #[test]
    fn every_name_in_a_hint_is_one() {
        for name in signals() {
            assert!(signal(&name).is_some(), "{name}");
        }
    }

    #[test]
    fn only_what_has_a_sign_has_a_size() {
        let size = |name: &str| signal(&format!("size of {name}"));
        assert_eq!(size("current"), Some((Signal::Size(&Signal::Current), Dimension::Current)));
        assert_eq!(size("pack.current"), size("current"));
        let error = size("error of cell 3").expect("an error has a sign");
        assert_eq!(
            error,
            (Signal::Size(&Signal::Deviation(Reported::Cell(2))), Dimension::Voltage)
        );
        for none in
            ["highest cell", "reported parameter voltage.cell_ov", "nothing", "", "size of current"]
        {
            assert_eq!(size(none), None, "{none}");
        }
    }

    #[test]
    fn a_parameter_is_a_signal_of_its_own_kind_and_words_and_lists_are_none() {
        let kind = |key: &str| signal(&format!("reported parameter {key}")).map(|found| found.1);
        assert_eq!(kind("voltage.cell_ov"), Some(Dimension::Voltage));
        assert_eq!(kind("voltage.cell_ov_delay"), Some(Dimension::Time));
        assert_eq!(kind("system.capacity"), Some(Dimension::Charge));
        assert_eq!(kind("system.address"), Some(Dimension::Number));
        assert_eq!(kind("limiter.fitted"), Some(Dimension::Number));
        for none in ["system.ctl_pin", "leds.soc_steps", "voltage.cell_oc", ""] {
            assert_eq!(kind(none), None, "{none}");
        }
        assert_eq!(
            signal("reported charge limit"),
            signal("reported parameter inverter.charge_current")
        );
    }

    #[test]
    fn a_short_name_means_what_its_long_one_does() {
        for (short, long) in ALIASES {
            assert!(signal(long).is_some(), "{long}");
            assert_eq!(signal(short), signal(long), "{short}");
        }
        assert_eq!(signal("cell[3]"), Some((Signal::Cell(2), Dimension::Voltage)));
        assert_eq!(signal("temperature[4]"), signal("cell temperature 4"));
        assert_eq!(signal("mosfet[2]"), signal("MOSFET temperature 2"));
        assert_eq!(signal("soc[16]"), signal("SOC of cell 16"));
        for wrong in ["cell[0]", "cell[17]", "cell[", "cell]", "cell[x]", "cell.mean"] {
            assert_eq!(signal(wrong), None, "{wrong}");
        }
    }
}
