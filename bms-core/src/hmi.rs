//! The touch display: its pages and what stands on them, as data that a display draws (PS-HMI-1 to
//! PS-HMI-7).

use crate::bms::Bms;
use crate::history::{self, Record};
use crate::host::Order;
use crate::measure::{SENSOR_MAX, SENSOR_MIN, TEMPERATURES};
use crate::mode::Mode;
use crate::params::Params;
use crate::time::{Duration, Instant};
use crate::units::{BasisPoints, Centicelsius, Microvolts, Milliamps, Millivolts};
use core::fmt;
use heapless::Vec;

/// How long the logo stands after power-on and wake (PS-HMI-2; no time is printed).
pub const LOGO_TIME: Duration = Duration::from_secs(3);

/// The highest address that can be entered (PS-HMI-7).
pub const ADDRESS_MAX: u8 = 50;

/// A step of the charge-voltage limit.
const VOLTAGE_STEP: Millivolts = Millivolts(100);

/// A page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// Dark: the pack is off or asleep.
    #[default]
    Dark,
    /// Page 1: the maker's logo.
    Logo,
    /// Page 2: the pack as a whole.
    Overview,
    /// Page 3: cell voltages.
    Cells,
    /// Page 4: temperatures.
    Temperatures,
    /// Page 5: alarms.
    Alarms,
    /// Page 6: address and what the inverter is told.
    Inverter,
}

/// The pages that keys lead through, in order.
const ROUND: [Page; 5] =
    [Page::Overview, Page::Cells, Page::Temperatures, Page::Alarms, Page::Inverter];

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// To the next page.
    Next,
    /// To the page before.
    Previous,
    /// Up by one step what is being entered.
    Up,
    /// Down by one step.
    Down,
    /// Confirm what was entered.
    Enter,
    /// Forget what was entered, or go to the other line.
    Back,
    /// Clear what the page lists.
    Clear,
}

/// What can be entered on the inverter page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Address(u8),
    ChargeVoltage(Millivolts),
}

/// The display's state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hmi {
    page: Page,
    since: Instant,
    entry: Option<Entry>,
}

impl Hmi {
    /// The page that is shown.
    #[must_use]
    pub const fn page(&self) -> Page {
        self.page
    }

    /// Follows the pack: dark while it is down, the logo when it comes up, then the overview.
    pub fn follow(&mut self, now: Instant, mode: Mode) {
        let page = match self.page {
            _ if mode.is_down() => Page::Dark,
            Page::Dark => Page::Logo,
            Page::Logo if now.since(self.since) >= LOGO_TIME => Page::Overview,
            page => page,
        };
        self.turn_to(now, page);
    }

    /// When the page changes by itself.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        (self.page == Page::Logo).then(|| self.since + LOGO_TIME)
    }

    /// A key is pressed; what the main loop shall do for it.
    pub fn press(&mut self, now: Instant, key: Key, bms: &mut Bms) -> Order {
        match (self.page, key) {
            (Page::Dark | Page::Logo, _) => {}
            (_, Key::Next) => self.leaf(now, 1),
            (_, Key::Previous) => self.leaf(now, ROUND.len() - 1),
            (Page::Alarms, Key::Clear) => bms.history_mut().clear(),
            (Page::Inverter, _) => return self.edit(key, bms.params()),
            _ => {}
        }
        Order::None
    }

    fn turn_to(&mut self, now: Instant, page: Page) {
        if page != self.page {
            *self = Self { page, since: now, entry: None };
        }
    }

    fn leaf(&mut self, now: Instant, by: usize) {
        let place = ROUND.iter().position(|page| *page == self.page).unwrap_or(0);
        self.turn_to(now, ROUND[(place + by) % ROUND.len()]);
    }

    /// The address is entered first; Back goes to the voltage and back again.
    fn edit(&mut self, key: Key, params: &Params) -> Order {
        let address = Entry::Address(params.address);
        let entry = self.entry.unwrap_or(address);
        self.entry = match (key, entry) {
            (Key::Up, Entry::Address(at)) => {
                Some(Entry::Address(if at < ADDRESS_MAX { at + 1 } else { at }))
            }
            (Key::Down, Entry::Address(at)) => Some(Entry::Address(at.saturating_sub(1))),
            (Key::Up, Entry::ChargeVoltage(volts)) => {
                Some(Entry::ChargeVoltage(volts + VOLTAGE_STEP))
            }
            (Key::Down, Entry::ChargeVoltage(volts)) => {
                Some(Entry::ChargeVoltage(volts - VOLTAGE_STEP))
            }
            (Key::Back, Entry::Address(_)) => {
                Some(Entry::ChargeVoltage(params.inverter.charge_voltage))
            }
            (Key::Enter, entry) => return self.confirm(entry, params),
            _ => None,
        };
        Order::None
    }

    /// What the parameters cannot be is refused: the entry is gone, nothing has changed.
    fn confirm(&mut self, entry: Entry, params: &Params) -> Order {
        self.entry = None;
        let mut params = params.clone();
        match entry {
            Entry::Address(address) => params.address = address,
            Entry::ChargeVoltage(volts) => params.inverter.charge_voltage = volts,
        }
        if params.validate().is_ok() { Order::Configure(params) } else { Order::None }
    }

    /// What stands on the display.
    #[must_use]
    pub fn screen(&self, bms: &Bms) -> Screen {
        match self.page {
            Page::Dark => Screen::Dark,
            Page::Logo => Screen::Logo,
            Page::Overview => Screen::overview(bms),
            Page::Cells => {
                let cells = bms.measure().reading().map(|reading| reading.cells.iter().copied());
                Screen::Cells(cells.into_iter().flatten().map(Microvolts::to_millivolts).collect())
            }
            Page::Temperatures => {
                let reading = bms.measure().reading();
                Screen::Temperatures(reading.map(|reading| reading.temperatures))
            }
            Page::Alarms => Screen::Alarms {
                latest: bms.history().latest().copied(),
                listed: bms.history().records().count(),
                total: bms.history().total(),
            },
            Page::Inverter => self.inverter(bms.params()),
        }
    }

    fn inverter(&self, params: &Params) -> Screen {
        let (mut address, mut charge_voltage) = (params.address, params.inverter.charge_voltage);
        match self.entry {
            Some(Entry::Address(entered)) => address = entered,
            Some(Entry::ChargeVoltage(entered)) => charge_voltage = entered,
            None => {}
        }
        Screen::Inverter { address, charge_voltage, entering: self.entry.is_some() }
    }
}

/// What stands on the display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Nothing.
    Dark,
    /// The logo.
    Logo,
    /// The six fields of the overview (PS-HMI-3).
    Overview {
        /// Pack voltage.
        voltage: Millivolts,
        /// Pack current, charge positive.
        current: Milliamps,
        /// What is left, milliampere-hours.
        remaining_mah: u32,
        /// What the pack is doing.
        status: Mode,
        /// Whether cells are balanced.
        balancing: bool,
        /// State of charge.
        soc: BasisPoints,
    },
    /// All cell voltages, from the most negative (PS-HMI-4).
    Cells(Vec<Millivolts, { crate::afe::CELLS_MAX }>),
    /// Cells 1 to 4, MOSFETs 1 and 2, board; none before the first reading (PS-HMI-5).
    Temperatures(Option<[Centicelsius; TEMPERATURES]>),
    /// Alarms (PS-HMI-6).
    Alarms {
        /// The newest in the list.
        latest: Option<Record>,
        /// How many are in the list.
        listed: usize,
        /// How many there ever were.
        total: u32,
    },
    /// Address and charge limit (PS-HMI-7, PS-INV-2), as in force or as they are being entered.
    Inverter {
        /// The pack's address.
        address: u8,
        /// Charge voltage that the inverter is told.
        charge_voltage: Millivolts,
        /// Something is being entered.
        entering: bool,
    },
}

impl Screen {
    fn overview(bms: &Bms) -> Self {
        let reading = bms.measure().reading();
        Self::Overview {
            voltage: reading.map_or(Millivolts(0), |reading| reading.pack),
            current: reading.map_or(Milliamps(0), |reading| reading.current),
            remaining_mah: bms.remaining_mah(),
            status: bms.mode(),
            balancing: bms.is_balancing(),
            soc: bms.soc(),
        }
    }
}

/// The words of the temperature page for sensors in the order of a reading: the display's "BMS" and
/// "Pack" are the MOSFET sensors, "Environment" the board's (AMB-PS-17).
const SENSORS: [&str; TEMPERATURES] =
    ["Cell 1", "Cell 2", "Cell 3", "Cell 4", "BMS", "Pack", "Environment"];

/// One line for each thing that stands on the page.
impl fmt::Display for Screen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dark => Ok(()),
            Self::Logo => write!(out, "LOGO"),
            Self::Overview { voltage, current, remaining_mah, status, balancing, soc } => {
                writeln!(out, "Voltage {} V", Tenths(voltage.0 / 100))?;
                writeln!(out, "Current {} A", Tenths(rounded(current.0, 100)))?;
                writeln!(out, "Capacity {} Ah", Tenths((remaining_mah / 100).cast_signed()))?;
                writeln!(out, "Status {}", status_word(*status))?;
                writeln!(out, "Balance {}", if *balancing { "ON" } else { "OFF" })?;
                write!(out, "SOC {} %", soc.0 / 100)
            }
            Self::Cells(cells) => {
                for (number, cell) in cells.iter().enumerate() {
                    writeln!(out, "Cell {} {} mV", number + 1, cell.0)?;
                }
                Ok(())
            }
            Self::Temperatures(celsius) => {
                for (name, celsius) in SENSORS.iter().zip(celsius.iter().flatten()) {
                    if (SENSOR_MIN..=SENSOR_MAX).contains(celsius) {
                        writeln!(out, "{name} {} C", Tenths(rounded(i32::from(celsius.0), 10)))?;
                    } else {
                        writeln!(out, "{name} --- C")?; // open or shorted: no temperature
                    }
                }
                Ok(())
            }
            Self::Alarms { latest, listed, total } => {
                let name = latest.map_or("none", |record| history::name(record.reason));
                writeln!(out, "Latest {name}")?;
                writeln!(out, "Listed {listed}")?;
                write!(out, "Total {total}")
            }
            Self::Inverter { address, charge_voltage, entering } => {
                writeln!(out, "Address {address:02}{}", if *entering { " ?" } else { "" })?;
                write!(out, "Charge limit {} V", Tenths(charge_voltage.0 / 100))
            }
        }
    }
}

const fn status_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::Sleep => "asleep",
        Mode::Starting => "starting",
        Mode::Standby => "standby",
        Mode::Charge => "charge",
        Mode::Discharge => "discharge",
    }
}

/// To the nearest multiple of `unit`, counted in units.
const fn rounded(value: i32, unit: i32) -> i32 {
    let half = if value < 0 { -unit / 2 } else { unit / 2 };
    (value + half) / unit
}

/// A number of tenths with its decimal point.
struct Tenths(i32);

impl fmt::Display for Tenths {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let tenths = self.0.unsigned_abs();
        write!(out, "{sign}{}.{}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::samples;
    use crate::units::Picovolts;
    use std::string::ToString;

    const STEP: Picovolts = Picovolts(7_452_398);

    fn at(second: u64) -> Instant {
        Instant::from_micros(second * 1_000_000)
    }

    fn awake() -> (Hmi, Bms) {
        let bms = Bms::new(&samples::ps_20016s(), STEP).unwrap();
        let mut hmi = Hmi::default();
        hmi.follow(at(0), Mode::Standby);
        hmi.follow(at(3), Mode::Standby);
        (hmi, bms)
    }

    #[test]
    fn the_logo_stands_for_three_seconds_after_power_on_and_after_every_wake() {
        let mut hmi = Hmi::default();
        for start in [0, 100] {
            hmi.follow(at(start), Mode::Off);
            assert_eq!(hmi.page(), Page::Dark);
            hmi.follow(at(start + 10), Mode::Starting);
            assert_eq!(hmi.page(), Page::Logo);
            hmi.follow(Instant::from_micros((start + 13) * 1_000_000 - 1), Mode::Standby);
            assert_eq!(hmi.page(), Page::Logo);
            hmi.follow(at(start + 13), Mode::Standby);
            assert_eq!(hmi.page(), Page::Overview);
            hmi.follow(at(start + 20), Mode::Sleep);
        }
    }

    #[test]
    fn keys_lead_through_the_five_pages_in_both_directions() {
        let (mut hmi, mut bms) = awake();
        for page in [Page::Cells, Page::Temperatures, Page::Alarms, Page::Inverter, Page::Overview]
        {
            hmi.press(at(4), Key::Next, &mut bms);
            assert_eq!(hmi.page(), page);
        }
        hmi.press(at(4), Key::Previous, &mut bms);
        assert_eq!(hmi.page(), Page::Inverter);
    }

    /// PS-HMI-7: 00 to 50.
    #[test]
    fn an_address_beyond_50_cannot_be_entered() {
        let (mut hmi, mut bms) = awake();
        hmi.press(at(4), Key::Previous, &mut bms);
        for _ in 0..60 {
            hmi.press(at(4), Key::Up, &mut bms);
        }
        let Order::Configure(params) = hmi.press(at(4), Key::Enter, &mut bms) else {
            panic!("50 is an address")
        };
        assert_eq!(params.address, 50);
        for _ in 0..60 {
            hmi.press(at(4), Key::Down, &mut bms);
        }
        let Order::Configure(params) = hmi.press(at(4), Key::Enter, &mut bms) else {
            panic!("0 is an address")
        };
        assert_eq!(params.address, 0);
    }

    /// PS-INV-2: 56.0 V and ten steps of 0.1 V are 57.0 V.
    #[test]
    fn the_charge_limit_of_the_inverter_is_entered_in_steps() {
        let (mut hmi, mut bms) = awake();
        hmi.press(at(4), Key::Previous, &mut bms);
        hmi.press(at(4), Key::Back, &mut bms);
        for _ in 0..10 {
            hmi.press(at(4), Key::Up, &mut bms);
        }
        assert_eq!(hmi.screen(&bms).to_string(), "Address 02 ?\nCharge limit 57.0 V");
        let Order::Configure(params) = hmi.press(at(4), Key::Enter, &mut bms) else {
            panic!("57.0 V are a limit")
        };
        assert_eq!(params.inverter.charge_voltage, Millivolts(57_000));
    }

    /// A sensor is broken below -45 and above 125 °C; the ends still belong to it.
    #[test]
    fn a_broken_sensor_shows_no_temperature() {
        let sensors = [2_500, -4_500, -4_501, 12_500, 12_501, i16::MIN, i16::MAX];
        let shown = Screen::Temperatures(Some(sensors.map(Centicelsius))).to_string();
        let text = "Cell 1 25.0 C\nCell 2 -45.0 C\nCell 3 --- C\nCell 4 125.0 C\nBMS --- C\n\
                    Pack --- C\nEnvironment --- C\n";
        assert_eq!(shown, text);
    }

    #[test]
    fn numbers_are_shown_to_the_nearest_tenth_on_both_sides_of_zero() {
        let shown = |current| {
            let screen = Screen::Overview {
                voltage: Millivolts(52_799),
                current: Milliamps(current),
                remaining_mah: 99_950,
                status: Mode::Discharge,
                balancing: true,
                soc: BasisPoints(9_999),
            };
            screen.to_string()
        };
        let text = "Voltage 52.7 V\nCurrent -0.1 A\nCapacity 99.9 Ah\nStatus discharge\n\
                    Balance ON\nSOC 99 %";
        assert_eq!(shown(-51), text);
        assert!(shown(49).contains("Current 0.0 A") && shown(50).contains("Current 0.1 A"));
    }
}
