//! Units that a heading may name, and how they become SI.

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    Time,
    Current,
    Voltage,
    Temperature,
    Charge,
    Number,
    Share,
}

/// A unit: a value times `factor` plus `offset` is in second, ampere, volt, degree Celsius,
/// ampere-hour or a share of 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unit {
    pub(crate) factor: f64,
    pub(crate) offset: f64,
}

/// Names, squashed and in small letters, with factor and offset; the plain unit first.
type Names = (&'static [&'static str], f64, f64);

const TIMES: [Names; 6] = [
    (&["s", "sec", "secs", "second", "seconds", "hmins", "hhmmss", "hms", "dhhmmss"], 1.0, 0.0),
    (&["min", "mins", "minute", "minutes"], 60.0, 0.0),
    (&["h", "hr", "hrs", "hour", "hours"], 3600.0, 0.0),
    (&["ms", "millisecond", "milliseconds"], 1e-3, 0.0),
    (&["us", "µs", "microsecond", "microseconds"], 1e-6, 0.0),
    (&["d", "day", "days"], 86_400.0, 0.0),
];
const CURRENTS: [Names; 3] = [
    (&["a", "amp", "amps", "ampere", "amperes"], 1.0, 0.0),
    (&["ma", "milliamp", "milliamps", "milliampere", "milliamperes"], 1e-3, 0.0),
    (&["ua", "µa", "microampere"], 1e-6, 0.0),
];
const VOLTAGES: [Names; 3] = [
    (&["v", "volt", "volts"], 1.0, 0.0),
    (&["mv", "millivolt", "millivolts"], 1e-3, 0.0),
    (&["uv", "µv", "microvolt"], 1e-6, 0.0),
];
const TEMPERATURES: [Names; 3] = [
    (&["c", "degc", "celsius", "degreecelsius", "degreescelsius"], 1.0, 0.0),
    (&["k", "kelvin"], 1.0, -273.15),
    (&["f", "degf", "fahrenheit"], 5.0 / 9.0, -160.0 / 9.0),
];
const CHARGES: [Names; 3] = [
    (&["ah", "amphour", "amperehour", "amphr"], 1.0, 0.0),
    (&["mah", "milliamphour", "milliamperehour"], 1e-3, 0.0),
    (&["as", "coulomb", "coulombs"], 1.0 / 3600.0, 0.0),
];
const SHARES: [Names; 2] = [(&["1", ""], 1.0, 0.0), (&["pct", "percent"], 0.01, 0.0)];
const NUMBERS: [Names; 1] = [(&["1", ""], 1.0, 0.0)];

impl Dimension {
    fn names(self) -> &'static [Names] {
        match self {
            Self::Time => &TIMES,
            Self::Current => &CURRENTS,
            Self::Voltage => &VOLTAGES,
            Self::Temperature => &TEMPERATURES,
            Self::Charge => &CHARGES,
            Self::Number => &NUMBERS,
            Self::Share => &SHARES,
        }
    }

    /// Its units as people write them.
    pub(super) fn units(self) -> &'static [&'static str] {
        match self {
            Self::Time => &["s", "min", "h", "ms", "us", "d"],
            Self::Current => &["A", "mA", "uA"],
            Self::Voltage => &["V", "mV", "uV"],
            Self::Temperature => &["degC", "K", "degF"],
            Self::Charge => &["Ah", "mAh", "As"],
            Self::Number => &["1"],
            Self::Share => &["1", "%"],
        }
    }
}

impl Unit {
    /// The unit of a column that names none.
    pub(super) fn plain(dimension: Dimension) -> Self {
        let (_, factor, offset) = dimension.names()[0];
        Self { factor, offset }
    }

    /// A value in the plain unit.
    pub(crate) fn convert(&self, value: f64) -> f64 {
        value * self.factor + self.offset
    }
}

/// The unit of a dimension that a text names.
pub(super) fn unit(dimension: Dimension, text: &str) -> Option<Unit> {
    let text = text.replace('℃', "c").replace('μ', "µ").replace('%', "pct");
    let name = super::squashed(&text);
    let found = dimension.names().iter().find(|(names, ..)| names.contains(&name.as_str()));
    found.map(|&(_, factor, offset)| Unit { factor, offset })
}
