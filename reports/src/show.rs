//! Names and numbers as people read them: times, spans, values with units, protections, switches.

use crate::verdict::Unit;
use bms_core::indicate::{Led, Leds};
use bms_core::mode::Mode;
use bms_core::protect::Reasons;
use scenarios::expect::{EventPattern, Signal};
use sim::display::Displayed;
use sim::reported::Reported;
use sim::time::{SimTime, Span};
use sim::trace::{EventKind, Switch};

/// A moment in seconds, exact to the nanosecond, without trailing zeros; in days and hours where it
/// is a whole number of hours from two days on.
#[must_use]
pub fn moment(at: SimTime) -> String {
    at.in_days().unwrap_or_else(|| format!("{} s", exact(at.0, 9)))
}

/// Moments for a column: in seconds, exact, all with the decimals that the finest needs.
#[must_use]
pub fn moments(times: &[SimTime]) -> Vec<String> {
    let needs = |decimals: u32| times.iter().any(|at| at.0 % 10_u64.pow(9 - decimals) != 0);
    let decimals = [0, 3, 6, 9].into_iter().find(|it| !needs(*it)).unwrap_or(9);
    let part = |at: &SimTime| at.0 % 1_000_000_000 / 10_u64.pow(9 - decimals);
    let width = usize::try_from(decimals).unwrap_or(9);
    let show = |at: &SimTime| match decimals {
        0 => format!("{} s", at.0 / 1_000_000_000),
        _ => format!("{}.{:0width$} s", at.0 / 1_000_000_000, part(at)),
    };
    times.iter().map(show).collect()
}

/// Nanoseconds as seconds for programs: always nine decimals.
#[must_use]
pub fn seconds(nanos: u64) -> String {
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

/// A span in the unit that suits it, to three decimals of that unit.
#[must_use]
pub fn span(span: Span) -> String {
    match span.0 {
        0 => "0 s".into(),
        nanos @ 1..1_000 => format!("{nanos} ns"),
        nanos @ 1_000..1_000_000 => format!("{} µs", exact(nanos, 3)),
        nanos @ 1_000_000..1_000_000_000 => format!("{} ms", exact(round_to(nanos, 1_000), 6)),
        nanos => format!("{} s", exact(round_to(nanos, 1_000_000), 9)),
    }
}

/// A span in the unit that suits it, to a tenth of a microsecond or millisecond, or to a
/// millisecond.
#[must_use]
pub fn rounded(it: Span) -> String {
    let step = match it.0 {
        0..10_000_000 => 100,
        10_000_000..1_000_000_000 => 100_000,
        _ => 1_000_000,
    };
    span(Span(round_to(it.0, step)))
}

/// A number with so many decimals at most, without trailing zeros; a plain minus, for programs.
#[must_use]
pub fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text.as_str(),
    };
    if text == "-0" { "0".into() } else { text.into() }
}

/// A voltage below this is shown in millivolt.
const SMALL_V: f64 = 0.1;

/// A value in its unit, with the decimals that the unit deserves. Shares are shown in per cent.
#[must_use]
pub fn value(value: f64, unit: Unit) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞".into() } else { "−∞".into() };
    }
    let (scale, decimals) = unit.display();
    let is_small = unit == Unit::Volt && value != 0.0 && value.abs() < SMALL_V;
    let (text, symbol) = match is_small {
        true => (decimal(value * 1e3, decimals - 3), "mV"),
        false => (decimal(value * scale, decimals), unit.symbol()),
    };
    format!("{} {symbol}", text.replace('-', "−")).trim_end().to_owned()
}

/// Units as symbols, each held to its number by a space that does not break: `2 mohm` is `2 mΩ`.
#[must_use]
pub fn units(text: &str) -> String {
    let symbol = |word: &str| {
        let spelt = [
            ("ohm", "Ω"),
            ("mohm", "mΩ"),
            ("uohm", "µΩ"),
            ("degC", "°C"),
            ("us", "µs"),
            ("uF", "µF"),
            ("uV", "µV"),
            ("uA", "µA"),
        ];
        let plain = word.trim_end_matches([',', '.', ';', ':', ')']);
        let rest = &word[plain.len()..];
        let known = spelt.iter().find(|(name, symbol)| *name == plain || *symbol == plain);
        let symbols = "s ms ns min h d A mA kA V mV kV W kW Ah Wh J kJ C F mF H Hz K % °C/W";
        match known {
            Some((_, symbol)) => Some(format!("{symbol}{rest}")),
            None => symbols.split(' ').any(|it| it == plain).then(|| word.to_owned()),
        }
    };
    let mut said = String::new();
    for word in text.split(' ') {
        let after_number = said.ends_with(|last: char| last.is_ascii_digit());
        match symbol(word).filter(|_| after_number) {
            Some(symbol) => said.extend(["\u{a0}", &symbol]),
            None if said.is_empty() => said.push_str(word),
            None => said.extend([" ", word]),
        }
    }
    said
}

/// `count` and a noun, with an `s` unless it is one.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Every protection in a set, as scenario files name them.
#[must_use]
pub fn reasons(set: Reasons) -> String {
    set.iter().map(scenarios::protection_name).collect::<Vec<_>>().join(" + ")
}

/// The full name of one protection; of a set, the short ones.
#[must_use]
pub fn reason_name(reason: Reasons) -> String {
    NAMES
        .iter()
        .find(|(flag, ..)| *flag == reason)
        .map_or_else(|| reasons(reason), |(_, name)| (*name).into())
}

/// Flag and full name.
const NAMES: [(Reasons, &str); 24] = [
    (Reasons::OVER_VOLTAGE, "cell over-voltage"),
    (Reasons::ABNORMAL_HIGH_VOLTAGE, "abnormal high voltage"),
    (Reasons::UNDER_VOLTAGE, "cell under-voltage"),
    (Reasons::LOW_VOLTAGE_PROHIBIT, "low-voltage charge prohibition"),
    (Reasons::CHARGE_OC, "charge over-current"),
    (Reasons::DISCHARGE_OC, "discharge over-current"),
    (Reasons::AFE_CHARGE_OC, "charge over-current, front end"),
    (Reasons::AFE_DISCHARGE_OC1, "discharge over-current 1, front end"),
    (Reasons::AFE_DISCHARGE_OC2, "discharge over-current 2, front end"),
    (Reasons::SHORT_CIRCUIT, "short circuit"),
    (Reasons::CELL_CHARGE_HOT, "cell too hot to charge"),
    (Reasons::CELL_CHARGE_COLD, "cell too cold to charge"),
    (Reasons::CELL_DISCHARGE_HOT, "cell too hot to discharge"),
    (Reasons::CELL_DISCHARGE_COLD, "cell too cold to discharge"),
    (Reasons::MOS_CHARGE_HOT, "MOSFET too hot to charge"),
    (Reasons::MOS_CHARGE_COLD, "MOSFET too cold to charge"),
    (Reasons::MOS_DISCHARGE_HOT, "MOSFET too hot to discharge"),
    (Reasons::MOS_DISCHARGE_COLD, "MOSFET too cold to discharge"),
    (Reasons::EMERGENCY_STOP, "emergency stop"),
    (Reasons::CTL_LOW, "CTL input low"),
    (Reasons::CHARGE_MOS_FAULT, "charge MOSFET fault"),
    (Reasons::DISCHARGE_MOS_FAULT, "discharge MOSFET fault"),
    (Reasons::FRONT_END, "front end silent or doubtful"),
    (Reasons::SENSOR, "temperature sensor open or shorted"),
];

/// A switch's name, as scenario files have it.
#[must_use]
pub fn switch(switch: Switch) -> &'static str {
    scenarios::switch_name(switch)
}

/// A mode's name.
#[must_use]
pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::Sleep => "asleep",
        Mode::Starting => "starting",
        Mode::Standby => "standby",
        Mode::Charge => "charge",
        Mode::Discharge => "discharge",
    }
}

/// Six LEDs as `SSSSAR`: `o` off, `#` on, `*` flash; the notation of the expectations.
#[must_use]
pub fn leds(leds: &Leds) -> String {
    leds.soc.iter().chain([&leds.alarm, &leds.run]).map(led).collect()
}

fn led(led: &Led) -> char {
    match led {
        Led::Off => 'o',
        Led::On => '#',
        Led::Flash => '*',
    }
}

/// An event to look for, as scenario files name it.
#[must_use]
pub fn pattern(pattern: &EventPattern) -> String {
    scenarios::event_name(pattern)
}

/// An event that happened: what it is called, and its details.
#[must_use]
pub fn event(kind: &EventKind) -> (&'static str, String) {
    match kind {
        EventKind::Stimulus(index) => ("stimulus", format!("action {}", index + 1)),
        EventKind::Acted(action) => ("script", action.to_string()),
        EventKind::Phase(name, true) => ("phase", format!("{name} begins")),
        EventKind::Phase(name, false) => ("phase", format!("{name} ends")),
        EventKind::Fault(fault, true) => ("fault", fault.to_string()),
        EventKind::Fault(fault, false) => ("fault gone", fault.to_string()),
        EventKind::Crossed(reason, into) => ("crossed", edge(*reason, "limit", *into)),
        EventKind::Compared(reason, into) => ("compared", edge(*reason, "level", *into)),
        EventKind::Sampled(reason, into) => ("sampled", edge(*reason, "limit", *into)),
        EventKind::Protection(reason, true) => {
            ("protection", format!("{} enters", reasons(*reason)))
        }
        EventKind::Protection(reason, false) => {
            ("protection", format!("{} exits", reasons(*reason)))
        }
        EventKind::Latched(reason, true) => ("latched", format!("{} latched", reasons(*reason))),
        EventKind::Latched(reason, false) => ("latched", format!("{} cleared", reasons(*reason))),
        EventKind::Commanded(which, on) => {
            ("commanded", format!("{} commanded {}", switch(*which), on_off(*on)))
        }
        EventKind::Switched(which, on) => {
            ("switched", format!("{} {}", switch(*which), on_off(*on)))
        }
        EventKind::CurrentZero => ("current zero", String::new()),
        EventKind::Mode(to) => ("mode", mode(*to).into()),
        EventKind::Transfer(Some(pair)) => {
            ("balancing", format!("cell {} to cell {}", pair.donor + 1, pair.receiver + 1))
        }
        EventKind::Transfer(None) => ("balancing", "transfer off".into()),
        EventKind::Bleed(mask) => ("bleeding", bleed(*mask)),
        EventKind::Shown(text) => ("display", text.replace('\n', ", ")),
        EventKind::Replied(bytes) => ("reply", scenarios::names::hexadecimal(bytes)),
        EventKind::Leds(all) => ("LEDs", leds(all)),
        EventKind::FrontEnd(true) => ("front end", "up and measuring".into()),
        EventKind::FrontEnd(false) => ("front end", "reset or lost".into()),
        EventKind::ChargerDone => ("charger", "ended its charge".into()),
        EventKind::LoadRunning(true) => ("load", "runs".into()),
        EventKind::LoadRunning(false) => ("load", "gave up".into()),
        EventKind::Noted(note) => ("noted", note.to_string()),
        EventKind::Broken(what) => ("BROKEN", what.clone()),
    }
}

fn edge(reason: Reasons, what: &str, into: bool) -> String {
    format!("{} {what} {}", reasons(reason), if into { "reached" } else { "left" })
}

/// Cells that are bled, from a mask whose bit 0 is the most negative.
#[must_use]
pub fn bleed(mask: u32) -> String {
    let cells: Vec<_> =
        (0..32).filter(|bit| mask >> bit & 1 == 1).map(|bit| (bit + 1).to_string()).collect();
    if cells.is_empty() { "off".into() } else { format!("cells {}", cells.join(", ")) }
}

/// `on` or `off`.
#[must_use]
pub fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// A signal's name.
#[must_use]
pub fn signal(signal: Signal) -> String {
    match signal {
        Signal::Reported(what) => format!("reported {}", reported(what)),
        Signal::Displayed(what) => format!("displayed {}", displayed(what)),
        Signal::Deviation(what) => format!("error of the reported {}", reported(what)),
        Signal::Size(inner) => format!("size of {}", self::signal(*inner)),
        Signal::Current => "pack current".into(),
        Signal::Port => "port voltage".into(),
        Signal::Pack => "pack voltage".into(),
        Signal::Cell(cell) => format!("cell {} voltage", cell + 1),
        Signal::CellMax => "highest cell voltage".into(),
        Signal::CellMin => "lowest cell voltage".into(),
        Signal::CellSpread => "cell voltage spread".into(),
        Signal::CellTemperature(sensor) => format!("cell sensor {}", sensor + 1),
        Signal::MosTemperature(sensor) => format!("MOSFET sensor {}", sensor + 1),
        Signal::CellHottest => "hottest cell sensor".into(),
        Signal::CellColdest => "coldest cell sensor".into(),
        Signal::MosHottest => "hottest MOSFET sensor".into(),
        Signal::MosColdest => "coldest MOSFET sensor".into(),
        Signal::Ambient => "ambient temperature".into(),
        Signal::Humidity => "humidity".into(),
        Signal::SocEstimate => "estimated SOC".into(),
        Signal::Soc(cell) => format!("true SOC of cell {}", cell + 1),
        Signal::SocMax => "highest true SOC".into(),
        Signal::SocMin => "lowest true SOC".into(),
        Signal::Charge => "charge into the pack".into(),
    }
}

fn reported(what: Reported) -> String {
    match what {
        Reported::Current => "current".into(),
        Reported::Pack => "pack voltage".into(),
        Reported::CellMax => "highest cell".into(),
        Reported::CellMin => "lowest cell".into(),
        Reported::Cell(cell) => format!("cell {}", cell + 1),
        Reported::CellHottest => "hottest cell sensor".into(),
        Reported::CellColdest => "coldest cell sensor".into(),
        Reported::MosHottest => "hottest MOSFET sensor".into(),
        Reported::MosColdest => "coldest MOSFET sensor".into(),
        Reported::Soh => "state of health".into(),
        Reported::Remaining => "remaining capacity".into(),
        Reported::Full => "full capacity".into(),
        Reported::Parameter(it) => format!("parameter {}", it.name),
    }
}

fn displayed(what: Displayed) -> String {
    match what {
        Displayed::Voltage => "voltage".into(),
        Displayed::Current => "current".into(),
        Displayed::Remaining => "capacity".into(),
        Displayed::Soc => "SOC".into(),
        Displayed::Cell(cell) => format!("cell {}", cell + 1),
        Displayed::Temperature(sensor) => format!("temperature {}", sensor + 1),
        Displayed::ChargeLimit => "charge limit".into(),
    }
}

/// What stands on the display, in a line.
#[must_use]
pub fn display(text: &str) -> String {
    if text.is_empty() { "dark".into() } else { text.trim_end().replace('\n', ", ") }
}

fn round_to(nanos: u64, step: u64) -> u64 {
    nanos.saturating_add(step / 2) / step * step
}

/// `nanos / 10^digits` in decimal, trailing zeros cut.
fn exact(nanos: u64, digits: usize) -> String {
    let padded = format!("{nanos:0>width$}", width = digits + 1);
    let (whole, fraction) = padded.split_at(padded.len() - digits);
    match fraction.trim_end_matches('0') {
        "" => whole.into(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_keeps_every_nanosecond_and_drops_trailing_zeros() {
        assert_eq!(moment(SimTime(1_000_192_000)), "1.000192 s");
        assert_eq!(moment(SimTime(1)), "0.000000001 s");
        assert_eq!(moment(SimTime::from_secs(18_562)), "18562 s");
        assert_eq!(moment(SimTime::ZERO), "0 s");
        assert_eq!(seconds(1_000_192_000), "1.000192000");
    }

    #[test]
    fn moments_of_a_column_share_their_decimals() {
        let column = moments(&[SimTime(1_000_000_000), SimTime(1_000_192_000)]);
        assert_eq!(column, ["1.000000 s", "1.000192 s"]);
        assert_eq!(moments(&[SimTime(2_000_000_000)]), ["2 s"]);
        assert_eq!(moments(&[SimTime(1)]), ["0.000000001 s"]);
    }

    #[test]
    fn a_span_changes_its_unit_at_a_thousand() {
        assert_eq!(span(Span(0)), "0 s");
        assert_eq!(span(Span(999)), "999 ns");
        assert_eq!(span(Span(1_000)), "1 µs");
        assert_eq!(span(Span(999_999)), "999.999 µs");
        assert_eq!(span(Span(1_000_000)), "1 ms");
        assert_eq!(span(Span(504_321_499)), "504.321 ms");
        assert_eq!(span(Span(504_321_500)), "504.322 ms");
        assert_eq!(span(Span(999_999_999)), "1000 ms");
        assert_eq!(span(Span(8_100_000_000)), "8.1 s");
    }

    #[test]
    fn a_value_wears_its_unit_and_a_real_minus() {
        assert_eq!(value(-2_640.0, Unit::Ampere), "−2640 A");
        assert_eq!(value(3.749_5, Unit::Volt), "3.7495 V");
        assert_eq!(value(0.005, Unit::Share), "0.5 %");
        assert_eq!(value(-0.000_000_1, Unit::Ampere), "0 A");
        assert_eq!(value(f64::NEG_INFINITY, Unit::Volt), "−∞");
    }

    #[test]
    fn a_unit_after_a_number_is_a_symbol_that_stays_beside_it_and_any_other_word_is_left_alone() {
        assert_eq!(units("below 2 mohm, at 0 degC."), "below 2\u{a0}mΩ, at 0\u{a0}°C.");
        assert_eq!(units("one 64 us tick"), "one 64\u{a0}µs tick");
        assert_eq!(units("32 s −0 s +64 µs"), "32\u{a0}s −0\u{a0}s +64\u{a0}µs");
        assert_eq!(units("tell us of 16 cells"), "tell us of 16 cells");
        assert_eq!(units("a short of 0.005 ohm"), "a short of 0.005\u{a0}Ω");
        assert_eq!(units(""), "");
    }

    #[test]
    fn every_protection_has_a_name_of_its_own() {
        let mut names: Vec<_> = Reasons::all().iter().map(reasons).collect();
        assert!(!names.contains(&"?".to_owned()), "{names:?}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Reasons::all().iter().count());
    }

    #[test]
    fn leds_read_like_the_expectations_write_them() {
        let shown = Leds { soc: [Led::On, Led::On, Led::Flash, Led::Off], ..Leds::default() };
        assert_eq!(leds(&Leds { run: Led::Flash, alarm: Led::On, ..shown }), "##*o#*");
    }
}
