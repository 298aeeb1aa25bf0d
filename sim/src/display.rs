//! What a person reads on the touch display: its page and the numbers on it (PS-HMI-2 to PS-HMI-7).
//! Read from the very text that stands there, with the decimals that it has; nothing is asked of
//! the firmware.

/// A page of the display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Nothing is shown.
    Dark,
    /// The logo.
    Logo,
    /// The pack as a whole.
    Overview,
    /// Cell voltages.
    Cells,
    /// Temperatures.
    Temperatures,
    /// Alarms.
    Alarms,
    /// Address and what the inverter is told.
    Inverter,
}

impl Page {
    /// All with their names in files.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("dark", Self::Dark),
        ("logo", Self::Logo),
        ("overview", Self::Overview),
        ("cells", Self::Cells),
        ("temperatures", Self::Temperatures),
        ("alarms", Self::Alarms),
        ("inverter", Self::Inverter),
    ];

    /// The page that a text is of; none for a text that no page has.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let first = text.lines().next().unwrap_or_default();
        let word = first.split(' ').next().unwrap_or_default();
        Some(match word {
            "" => Self::Dark,
            "LOGO" => Self::Logo,
            "Voltage" => Self::Overview,
            "Cell" if first.ends_with(" C") => Self::Temperatures,
            "Cell" => Self::Cells,
            "Latest" => Self::Alarms,
            "Address" => Self::Inverter,
            _ => return None,
        })
    }

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, page)| *page == self).map_or("", |(name, _)| name)
    }
}

/// A number that can stand on the display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Displayed {
    /// Pack voltage, V.
    Voltage,
    /// Pack current, A.
    Current,
    /// What is left in the pack, coulomb; shown in ampere-hours.
    Remaining,
    /// State of charge, share.
    Soc,
    /// A cell's voltage, V; from 0.
    Cell(usize),
    /// A temperature, °C; from 0 in the order of the page: cells 1 to 4, BMS, pack, environment.
    Temperature(usize),
    /// The charge voltage that the inverter is told, V.
    ChargeLimit,
}

/// The words before temperatures, in their order (PS-HMI-5).
const TEMPERATURES: [&str; 7] =
    ["Cell 1", "Cell 2", "Cell 3", "Cell 4", "BMS", "Pack", "Environment"];

/// Coulomb in an ampere-hour.
const AMPERE_HOUR_C: f64 = 3_600.0;

impl Displayed {
    /// The number that stands in a text, in its unit; none where it does not stand there.
    #[must_use]
    pub fn read(self, text: &str) -> Option<f64> {
        let page = Page::of(text)?;
        match self {
            Self::Voltage => number(text, page, Page::Overview, "Voltage", "V"),
            Self::Current => number(text, page, Page::Overview, "Current", "A"),
            Self::Remaining => {
                Some(number(text, page, Page::Overview, "Capacity", "Ah")? * AMPERE_HOUR_C)
            }
            Self::Soc => Some(number(text, page, Page::Overview, "SOC", "%")? / 100.0),
            Self::Cell(cell) => {
                let name = format!("Cell {}", cell + 1);
                Some(number(text, page, Page::Cells, &name, "mV")? / 1_000.0)
            }
            Self::Temperature(sensor) => {
                number(text, page, Page::Temperatures, TEMPERATURES.get(sensor)?, "C")
            }
            Self::ChargeLimit => number(text, page, Page::Inverter, "Charge limit", "V"),
        }
    }
}

/// The number between a name and its unit on a line of the page on which it stands.
fn number(text: &str, page: Page, on: Page, name: &str, unit: &str) -> Option<f64> {
    if page != on {
        return None;
    }
    let number = |line: &str| {
        line.strip_prefix(name)?.strip_prefix(' ')?.strip_suffix(unit)?.trim_end().parse().ok()
    };
    text.lines().find_map(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page of PS-HMI-3 as the touch display prints it.
    const OVERVIEW: &str = "Voltage 52.7 V\nCurrent -0.1 A\nCapacity 99.9 Ah\nStatus discharge\n\
                            Balance ON\nSOC 99 %";

    #[test]
    fn every_number_of_a_page_is_read_as_it_stands_there() {
        let exact = [
            (Displayed::Voltage, 52.7),
            (Displayed::Current, -0.1),
            (Displayed::Remaining, 359_640.0),
            (Displayed::Soc, 0.99),
        ];
        for (what, value) in exact {
            let read = what.read(OVERVIEW).expect("it stands there");
            assert!((read - value).abs() < 1e-9 * value.abs(), "{what:?}: {read}");
        }
        assert_eq!(Displayed::Cell(0).read(OVERVIEW), None);
        assert_eq!(Displayed::Voltage.read(""), None);
    }

    /// "Cell 1" begins both pages and also the name of cell 16.
    #[test]
    fn cells_and_their_temperatures_are_told_apart() {
        let cells = "Cell 1 3301 mV\nCell 10 3310 mV\nCell 16 3316 mV\n";
        let temperatures = "Cell 1 25.5 C\nCell 2 -3.0 C\nBMS 30.0 C\nEnvironment 21.0 C\n";
        assert_eq!(Page::of(cells), Some(Page::Cells));
        assert_eq!(Page::of(temperatures), Some(Page::Temperatures));
        assert_eq!(Displayed::Cell(0).read(cells), Some(3.301));
        assert_eq!(Displayed::Cell(15).read(cells), Some(3.316));
        assert_eq!(Displayed::Cell(1).read(cells), None);
        assert_eq!(Displayed::Cell(0).read(temperatures), None);
        assert_eq!(Displayed::Temperature(1).read(temperatures), Some(-3.0));
        assert_eq!(Displayed::Temperature(4).read(temperatures), Some(30.0));
        assert_eq!(Displayed::Temperature(0).read(cells), None);
    }

    #[test]
    fn every_page_has_its_first_line_and_a_text_of_none_is_told() {
        for (text, page) in [
            ("", Page::Dark),
            ("LOGO", Page::Logo),
            (OVERVIEW, Page::Overview),
            ("Latest none\nListed 0\nTotal 0", Page::Alarms),
            ("Address 02 ?\nCharge limit 57.0 V", Page::Inverter),
        ] {
            assert_eq!(Page::of(text), Some(page), "{text}");
        }
        assert_eq!(Page::of("Hello"), None);
        assert_eq!(Displayed::ChargeLimit.read("Address 02 ?\nCharge limit 57.0 V"), Some(57.0));
    }
}
