//! What can be said about a building block, as a scenario file writes it.

use super::catalogue::Piece;
use super::primitives::{Kind, SENSORS, SWITCHES};
use crate::quantity::Dimension;

impl Piece {
    /// What can be said about it and what is said now, as in a scenario file, with the range.
    #[must_use]
    pub fn keys(&self) -> Vec<(&'static str, String, String)> {
        let parameters = self.primitive().parameters.iter().zip(&self.values.0);
        parameters
            .map(|(parameter, value)| {
                let kind = parameter.kind;
                (parameter.key, written(kind, *value), allowed(kind))
            })
            .collect()
    }
}

/// A value as a scenario file writes it.
fn written(kind: Kind, value: f64) -> String {
    match kind {
        Kind::Flag => (value > 0.0).to_string(),
        Kind::Sensor => format!("\"{}\"", place(&SENSORS, value)),
        Kind::Switch => format!("\"{}\"", place(&SWITCHES.map(|(name, _)| name), value)),
        Kind::Resistance(..) if value.is_infinite() => "\"open\"".to_owned(),
        Kind::Resistance(..) => format!("\"{}\"", quantity(Dimension::Resistance, value)),
        Kind::Quantity(dimension, ..) => format!("\"{}\"", quantity(dimension, value)),
        _ => format!("{value}"),
    }
}

/// What a parameter may be, in words.
pub(super) fn allowed(kind: Kind) -> String {
    match kind {
        Kind::Cell => "a cell, from 1".to_owned(),
        Kind::Channel => "a cell or group, from 1".to_owned(),
        Kind::Paired { above: true } => "a cell or group with another above it".to_owned(),
        Kind::Paired { above: false } => "a cell or group with another below it".to_owned(),
        Kind::Tap => "a sense wire, 0 is the lowest".to_owned(),
        Kind::LowerTap => "a sense wire with another above it, from 0".to_owned(),
        Kind::Sensor => SENSORS.join(", "),
        Kind::Switch => SWITCHES.map(|(name, _)| name).join(", "),
        Kind::Count(low, high) => format!("{low} to {high}"),
        Kind::Flag => "true or false".to_owned(),
        Kind::Quantity(dimension, low, high) => {
            format!("{} to {}", quantity(dimension, low), quantity(dimension, high))
        }
        Kind::Resistance(low, _) => {
            format!("from {}, or \"open\"", quantity(Dimension::Resistance, low))
        }
    }
}

fn place<'n>(names: &[&'n str], value: f64) -> &'n str {
    let mut numbered = (0_u8..).map(f64::from).zip(names);
    numbered.find(|(number, _)| *number >= value).map_or("", |(_, name)| name)
}

/// A quantity in the unit that suits it.
fn quantity(dimension: Dimension, value: f64) -> String {
    let units: &[(f64, &str)] = match dimension {
        Dimension::Voltage => &[(1.0, "V"), (1e-3, "mV"), (1e-6, "uV")],
        Dimension::Current => &[(1.0, "A"), (1e-3, "mA"), (1e-6, "uA")],
        Dimension::Time => &[(1.0, "s"), (1e-3, "ms"), (1e-6, "us")],
        Dimension::Resistance => &[(1e3, "kohm"), (1.0, "ohm"), (1e-3, "mohm"), (1e-6, "uohm")],
        Dimension::Capacitance => &[(1.0, "F"), (1e-3, "mF"), (1e-6, "uF")],
        Dimension::Inductance => &[(1.0, "H"), (1e-3, "mH"), (1e-6, "uH"), (1e-9, "nH")],
        Dimension::Power => &[(1.0, "W"), (1e-3, "mW")],
        Dimension::Share => &[(1e-2, "%")],
        _ => &[(1.0, "")],
    };
    let fits = |(scale, _): &&(f64, &str)| value.abs() >= *scale;
    let smallest = units.last().expect("every dimension has a unit");
    let zero = units.iter().find(|(scale, _)| *scale <= 1.0).unwrap_or(smallest);
    let (scale, unit) =
        if value == 0.0 { zero } else { units.iter().find(fits).unwrap_or(smallest) };
    // Seven digits: what a person wrote, without what a division adds.
    let digits = value / scale * 1e6;
    format!("{} {unit}", digits.round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::primitives::PRIMITIVES;

    #[test]
    fn a_quantity_is_written_in_the_unit_that_suits_it() {
        assert_eq!(quantity(Dimension::Voltage, 0.03), "30 mV");
        assert_eq!(quantity(Dimension::Voltage, 9.4e-6), "9.4 uV");
        assert_eq!(quantity(Dimension::Share, -0.05), "-5 %");
        assert_eq!(quantity(Dimension::Resistance, 1e5), "100 kohm");
        assert_eq!(quantity(Dimension::Inductance, 0.0), "0 H");
    }

    #[test]
    fn what_is_written_reads_back_as_what_it_was() {
        for primitive in PRIMITIVES {
            let piece = Piece { name: primitive.name.to_owned(), values: primitive.defaults() };
            for ((key, text, _), parameter) in piece.keys().iter().zip(primitive.parameters) {
                let Kind::Quantity(dimension, ..) = parameter.kind else { continue };
                let text = text.trim_matches('"');
                let read = crate::quantity::Quantity::parse(text, dimension).unwrap().value();
                let off = (read - parameter.default).abs();
                assert!(off <= 1e-12 * parameter.default.abs(), "{} {key}", primitive.name);
            }
        }
    }
}
