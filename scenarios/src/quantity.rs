//! Quantities as people write them: `"110 mV"`, `"2m30s"`, `"-5 °C"`. A bare number is never a
//! quantity, and what was written stays exact until somebody asks for a float.

/// What kind of quantity a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// Base unit V.
    Voltage,
    /// Base unit A.
    Current,
    /// Base unit s.
    Time,
    /// Base unit °C.
    Temperature,
    /// Base unit ohm.
    Resistance,
    /// Base unit F.
    Capacitance,
    /// Base unit H.
    Inductance,
    /// Base unit Ah.
    Capacity,
    /// Base unit C.
    Charge,
    /// Base unit W.
    Power,
    /// Base unit 1; written in per cent.
    Share,
    /// Base unit J/K.
    HeatCapacity,
    /// Base unit W/K.
    Conductance,
    /// Base unit J.
    Energy,
    /// Base unit A²s; also written `A2s`.
    SquareTime,
    /// Things that are counted: without a unit, and the one kind that a bare number is.
    Number,
    /// Base unit bit/s.
    BitRate,
}

/// A unit: its spelling, how many of the base unit it is, and the power of ten on top.
struct Unit(&'static str, i64, i32);

const DIMENSIONS: [Dimension; 17] = [
    Dimension::Voltage,
    Dimension::Current,
    Dimension::Time,
    Dimension::Temperature,
    Dimension::Resistance,
    Dimension::Capacitance,
    Dimension::Inductance,
    Dimension::Capacity,
    Dimension::Charge,
    Dimension::Power,
    Dimension::Share,
    Dimension::HeatCapacity,
    Dimension::Conductance,
    Dimension::Energy,
    Dimension::SquareTime,
    Dimension::Number,
    Dimension::BitRate,
];

impl Dimension {
    /// Every dimension.
    pub const ALL: &[Self] = &DIMENSIONS;

    /// The name with its article, for messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Voltage => "a voltage",
            Self::Current => "a current",
            Self::Time => "a time",
            Self::Temperature => "a temperature",
            Self::Resistance => "a resistance",
            Self::Capacitance => "a capacitance",
            Self::Inductance => "an inductance",
            Self::Capacity => "a capacity",
            Self::Charge => "a charge",
            Self::Power => "a power",
            Self::Share => "a share",
            Self::HeatCapacity => "a heat capacity",
            Self::Conductance => "a thermal conductance",
            Self::Energy => "an energy",
            Self::SquareTime => "an integral of a squared current",
            Self::Number => "a number",
            Self::BitRate => "a bit rate",
        }
    }

    /// The name without its article, for data files.
    #[must_use]
    pub fn called(word: &str) -> Option<Self> {
        DIMENSIONS.into_iter().find(|dimension| dimension.noun() == word)
    }

    /// The name without its article.
    #[must_use]
    pub fn noun(self) -> &'static str {
        self.name().split_once(' ').map_or("", |(_, noun)| noun)
    }

    /// Every spelling of a unit, the usual one first.
    #[must_use]
    pub fn spellings(self) -> Vec<&'static str> {
        self.units().iter().map(|unit| unit.0).collect()
    }

    /// The spelling of the base unit, and how many of it make one in a value; a share is written in
    /// per cent.
    pub(crate) fn base_unit(self) -> (&'static str, f64) {
        match self {
            Self::Share => ("%", 100.0),
            _ => {
                let is_base = |unit: &&Unit| unit.1 == 1 && unit.2 == 0;
                let unit = self.units().iter().find(is_base);
                (unit.expect("every dimension has its base unit").0, 1.0)
            }
        }
    }

    /// The unit that a hint proposes.
    #[must_use]
    pub fn usual_unit(self) -> &'static str {
        self.units()[0].0
    }

    /// The spellings it takes; the first is the usual one.
    fn units(self) -> &'static [Unit] {
        match self {
            Self::Voltage => &[Unit("mV", 1, -3), Unit("V", 1, 0), Unit("uV", 1, -6)],
            Self::Current => {
                &[Unit("A", 1, 0), Unit("mA", 1, -3), Unit("uA", 1, -6), Unit("kA", 1, 3)]
            }
            Self::Time => &[
                Unit("s", 1, 0),
                Unit("ms", 1, -3),
                Unit("us", 1, -6),
                Unit("ns", 1, -9),
                Unit("min", 60, 0),
                Unit("m", 60, 0),
                Unit("h", 3_600, 0),
                Unit("d", 86_400, 0),
            ],
            Self::Temperature => &[Unit("degC", 1, 0), Unit("C", 1, 0)],
            Self::Resistance => &[
                Unit("mohm", 1, -3),
                Unit("ohm", 1, 0),
                Unit("uohm", 1, -6),
                Unit("kohm", 1, 3),
                Unit("Mohm", 1, 6),
            ],
            Self::Capacitance => {
                &[Unit("mF", 1, -3), Unit("F", 1, 0), Unit("uF", 1, -6), Unit("nF", 1, -9)]
            }
            Self::Inductance => {
                &[Unit("uH", 1, -6), Unit("H", 1, 0), Unit("mH", 1, -3), Unit("nH", 1, -9)]
            }
            Self::Capacity => &[Unit("Ah", 1, 0), Unit("mAh", 1, -3)],
            Self::Charge => &[
                Unit("C", 1, 0),
                Unit("As", 1, 0),
                Unit("mC", 1, -3),
                Unit("Ah", 3_600, 0),
                Unit("mAh", 3_600, -3),
            ],
            Self::Power => &[Unit("W", 1, 0), Unit("kW", 1, 3), Unit("mW", 1, -3)],
            Self::Share => &[Unit("%", 1, -2)],
            Self::HeatCapacity => &[Unit("J/K", 1, 0), Unit("kJ/K", 1, 3)],
            Self::Conductance => &[Unit("W/K", 1, 0), Unit("mW/K", 1, -3)],
            Self::Energy => &[
                Unit("J", 1, 0),
                Unit("kJ", 1, 3),
                Unit("mJ", 1, -3),
                Unit("Wh", 3_600, 0),
                Unit("kWh", 3_600, 3),
            ],
            Self::SquareTime => &[Unit("A\u{b2}s", 1, 0), Unit("kA\u{b2}s", 1, 6)],
            Self::Number => &[Unit("", 1, 0)],
            Self::BitRate => &[Unit("kbit/s", 1, 3), Unit("bit/s", 1, 0)],
        }
    }
}

/// An exact decimal in the base unit of its dimension: `digits * 10^exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    digits: i128,
    exponent: i32,
}

/// Why a text is not the wanted quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantityError {
    /// What is wrong, to stand at the value.
    pub what: String,
    /// What would be right.
    pub hint: String,
}

/// Decimal places and magnitudes beyond this are typing errors, not physics.
const DIGITS_MAX: usize = 18;

impl Quantity {
    /// Reads `text` as `dimension`. Only times may have several parts (`1h30m`).
    ///
    /// # Errors
    /// No number, no unit, an unknown unit, or a unit of another dimension.
    pub fn parse(text: &str, dimension: Dimension) -> Result<Self, QuantityError> {
        let plain = plain(text);
        let (negative, unsigned) = match plain.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
        };
        let mut rest = unsigned.trim_start();
        let mut sum: Option<Self> = None;
        while !rest.is_empty() {
            if sum.is_some() && dimension != Dimension::Time {
                return Err(not_a_number(text, dimension));
            }
            let (number, after) = take_number(rest);
            let number = Self::number(number).ok_or_else(|| not_a_number(text, dimension))?;
            let (symbol, after) = take_unit(after.trim_start());
            let unit = find_unit(symbol, text, dimension)?;
            let part = number.times(unit).ok_or_else(|| too_large(text))?;
            sum = Some(match sum {
                None => part,
                Some(sum) => sum.plus(part).ok_or_else(|| too_large(text))?,
            });
            rest = after.trim_start();
        }
        let sum = sum.ok_or_else(|| not_a_number(text, dimension))?;
        Ok(Self { digits: if negative { -sum.digits } else { sum.digits }, ..sum })
    }

    /// The value in the base unit, correctly rounded.
    #[must_use]
    pub fn value(self) -> f64 {
        format!("{}e{}", self.digits, self.exponent)
            .parse()
            .expect("digits and exponent are a float")
    }

    /// The value as a whole number of `10^power` base units; `None` if it is finer than that or
    /// does not fit.
    #[must_use]
    pub fn whole(self, power: i32) -> Option<i64> {
        let shift = self.exponent - power;
        let scale = 10_i128.checked_pow(shift.unsigned_abs())?;
        let whole = if shift >= 0 {
            self.digits.checked_mul(scale)?
        } else if self.digits % scale == 0 {
            self.digits / scale
        } else {
            return None;
        };
        i64::try_from(whole).ok()
    }

    fn number(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || digits.len() > DIGITS_MAX {
            return None;
        }
        let exponent = -i32::try_from(fraction.len()).ok()?;
        Some(Self { digits: digits.parse().ok()?, exponent })
    }

    fn times(self, unit: &Unit) -> Option<Self> {
        Some(Self {
            digits: self.digits.checked_mul(i128::from(unit.1))?,
            exponent: self.exponent + unit.2,
        })
    }

    fn plus(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let lift = |q: Self| {
            q.digits.checked_mul(10_i128.checked_pow((q.exponent - exponent).unsigned_abs())?)
        };
        Some(Self { digits: lift(self)?.checked_add(lift(other)?)?, exponent })
    }
}

/// One spelling for the several that people and keyboards have.
fn plain(text: &str) -> String {
    text.trim()
        .replace(['\u{b5}', '\u{3bc}'], "u")
        .replace(['\u{3a9}', '\u{2126}'], "ohm")
        .replace("\u{b0}C", "degC")
        .replace('\u{2212}', "-")
        .replace("A2s", "A\u{b2}s")
}

fn take_number(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len()))
}

fn take_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| c.is_whitespace() || c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

fn find_unit(
    symbol: &str,
    text: &str,
    dimension: Dimension,
) -> Result<&'static Unit, QuantityError> {
    if let Some(unit) = dimension.units().iter().find(|unit| unit.0 == symbol) {
        return Ok(unit);
    }
    let spellings = spellings(dimension);
    if symbol.is_empty() {
        return Err(QuantityError {
            what: format!("{} needs its unit", dimension.name()),
            hint: with_units(text.trim(), dimension),
        });
    }
    let other = DIMENSIONS.iter().find(|d| d.units().iter().any(|unit| unit.0 == symbol));
    Err(match other {
        Some(other) => QuantityError {
            what: format!("this is {}, expected {}", other.name(), dimension.name()),
            hint: format!("units here: {spellings}"),
        },
        None => QuantityError {
            what: format!("unknown unit `{symbol}`, expected {}", dimension.name()),
            hint: format!("units here: {spellings}"),
        },
    })
}

/// The number with the one or two usual units.
fn with_units(number: &str, dimension: Dimension) -> String {
    let units = dimension.units().iter().take(2);
    let written: Vec<_> = units.map(|unit| format!("\"{number} {}\"", unit.0)).collect();
    format!("write {}", written.join(" or "))
}

fn spellings(dimension: Dimension) -> String {
    let symbols: Vec<_> = dimension.units().iter().map(|unit| unit.0).collect();
    symbols.join(", ")
}

fn not_a_number(text: &str, dimension: Dimension) -> QuantityError {
    QuantityError {
        what: format!("`{text}` is not {}", dimension.name()),
        hint: format!("write a number and its unit, such as \"10 {}\"", dimension.usual_unit()),
    }
}

fn too_large(text: &str) -> QuantityError {
    QuantityError {
        what: format!("`{text}` is too large"),
        hint: "check the number of digits".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nano(text: &str, dimension: Dimension) -> Option<i64> {
        Quantity::parse(text, dimension).unwrap().whole(-9)
    }

    #[test]
    fn spellings_of_the_field_are_understood_exactly() {
        use Dimension::{Capacity, Inductance, Resistance, Share, Temperature, Time, Voltage};
        for (text, dimension, expected) in [
            ("110 mV", Voltage, 110_000_000),
            ("3.65V", Voltage, 3_650_000_000),
            ("500 µV", Voltage, 500_000),
            ("320 us", Time, 320_000),
            ("1.000192 s", Time, 1_000_192_000),
            ("1.5 h", Time, 5_400_000_000_000),
            ("2m30s", Time, 150_000_000_000),
            ("1 h 1 s", Time, 3_601_000_000_000),
            ("-5 degC", Temperature, -5_000_000_000),
            ("−5 °C", Temperature, -5_000_000_000),
            ("0.8 mohm", Resistance, 800_000),
            ("250 µΩ", Resistance, 250_000),
            ("2 uH", Inductance, 2_000),
            ("50 %", Share, 500_000_000),
            ("120Ah", Capacity, 120_000_000_000),
        ] {
            assert_eq!(nano(text, dimension), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_value_finer_than_the_grid_is_told_from_one_that_is_on_it() {
        let parse = |text| Quantity::parse(text, Dimension::Voltage).unwrap();
        assert_eq!(parse("3750 mV").whole(-3), Some(3_750));
        assert_eq!(parse("3750.5 mV").whole(-3), None);
    }

    #[test]
    fn what_is_no_quantity_says_what_would_be() {
        let problem = |text| Quantity::parse(text, Dimension::Voltage).unwrap_err();
        assert_eq!(problem("110").hint, "write \"110 mV\" or \"110 V\"");
        assert_eq!(problem("110 A").what, "this is a current, expected a voltage");
        assert_eq!(problem("110 mv").what, "unknown unit `mv`, expected a voltage");
        for text in ["", "mV", "1.2.3 V", "1 V 2 mV", "--1 V", "1234567890123456789 V"] {
            assert!(Quantity::parse(text, Dimension::Voltage).is_err(), "{text}");
        }
    }

    #[test]
    fn floats_are_the_nearest_to_what_was_written() {
        let parse = |text| Quantity::parse(text, Dimension::Resistance).unwrap().value();
        assert_eq!(parse("0.5 mohm").to_bits(), 0.0005_f64.to_bits());
        assert_eq!(parse("166.667 uohm").to_bits(), 0.000_166_667_f64.to_bits());
    }
}
