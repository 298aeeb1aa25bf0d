//! The catalogue itself: read once from the embedded file, checked by tests.

use super::primitives::{Kind, Primitive, SENSORS, SWITCHES, Values};
use crate::quantity::Quantity;
use serde::{Deserialize, Serialize};
use sim::setup::Action;
use std::sync::OnceLock;

/// A situation of the catalogue.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// Its number, from 1.
    pub number: u32,
    /// Its name in scenario files.
    pub name: String,
    /// The part of the catalogue it stands in.
    pub group: String,
    /// What breaks.
    pub breaks: String,
    /// What the battery management system can see of it.
    pub sees: String,
    /// What it should do.
    pub reaction: String,
    /// Within which bound that counts as passed.
    pub bound: String,
    /// What it is made of; empty where it cannot happen at a moment of a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<toml::Table>,
    /// How it is put to the test where it is not made of anything.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instead: String,
    /// What the reaction waits for, if this firmware or this simulator does not have it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub waiting: String,
    /// Scenarios and tests that show the reaction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
    /// Requirements behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<String>,
    /// What a run must show, for entries that are put to the test by the catalogue's own test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<Acceptance>,
}

/// What a run must show: the fault begins at 10 s and is gone at 20 s.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Acceptance {
    /// What the pack does meanwhile.
    pub scene: Scene,
    /// The event that must come after the fault began; none if nothing may happen at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// How soon, a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// The event that must come after the fault is gone; none if it is latched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<String>,
    /// How soon, a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<String>,
}

/// What the pack does while the fault comes.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Scene {
    /// Nothing is connected.
    Rest,
    /// A load draws 20 A.
    Discharge,
    /// A charger gives 20 A.
    Charge,
}

/// Whether the reaction that an entry asks for is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The reaction is there and shown.
    Available,
    /// The reaction waits for something that is not there yet. The fault itself may be.
    Waiting,
}

/// A building block with what is said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// The building block's name.
    pub name: String,
    /// What is said about it.
    pub values: Values,
}

impl Piece {
    /// The building block.
    ///
    /// # Panics
    /// Never: a piece is made from a building block that was found.
    #[must_use]
    pub fn primitive(&self) -> &'static Primitive {
        Primitive::find(&self.name).expect("a piece is made of a building block that was found")
    }

    /// What it does when it begins, and when it ends.
    #[must_use]
    pub fn actions(&self) -> (Action, Action) {
        self.primitive().actions(&self.values)
    }
}

impl Entry {
    /// Whether the reaction is there.
    #[must_use]
    pub fn status(&self) -> Status {
        if self.waiting.is_empty() { Status::Available } else { Status::Waiting }
    }

    /// What it is made of.
    ///
    /// # Panics
    /// Never: the catalogue is part of the program and a test reads all of it.
    #[must_use]
    pub fn pieces(&self) -> Vec<Piece> {
        let piece = |table| match piece(table) {
            Ok(piece) => piece,
            Err(wrong) => panic!("the catalogue is well-formed, yet {}: {wrong}", self.name),
        };
        self.made.iter().map(piece).collect()
    }
}

#[derive(Deserialize)]
struct Catalogue {
    fault: Vec<Entry>,
}

/// Every entry, in the order of the numbers.
///
/// # Panics
/// Never: the catalogue is part of the program and a test reads it.
#[must_use]
pub fn all() -> &'static [Entry] {
    static ALL: OnceLock<Vec<Entry>> = OnceLock::new();
    ALL.get_or_init(|| {
        let text = include_str!("../../faults/catalogue.toml");
        let catalogue: Catalogue = toml::from_str(text).expect("the catalogue is well-formed");
        catalogue.fault
    })
}

/// The entry with this name or, written as digits, this number.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    let number = name.parse().ok();
    all().iter().find(|entry| entry.name == name || Some(entry.number) == number)
}

fn piece(table: &toml::Table) -> Result<Piece, String> {
    let name = table.get("fault").and_then(toml::Value::as_str).ok_or("it names no `fault`")?;
    let primitive = Primitive::find(name).ok_or_else(|| format!("there is no `{name}`"))?;
    let mut values = primitive.defaults();
    for (key, value) in table.iter().filter(|(key, _)| *key != "fault") {
        let place = primitive.parameters.iter().position(|parameter| parameter.key == key);
        let place = place.ok_or_else(|| format!("`{name}` has no `{key}`"))?;
        values.0[place] = number(primitive.parameters[place].kind, value)
            .ok_or_else(|| format!("`{key}` of `{name}` cannot be {value}"))?;
    }
    Ok(Piece { name: name.to_owned(), values })
}

/// A value of the catalogue, in base units.
fn number(kind: Kind, value: &toml::Value) -> Option<f64> {
    let place = |place: Option<usize>| f64::from(u8::try_from(place?).ok()?).into();
    match (kind, value) {
        (Kind::Flag, value) => Some(f64::from(u8::from(value.as_bool()?))),
        (Kind::Sensor, value) => {
            place(SENSORS.iter().position(|name| value.as_str() == Some(name)))
        }
        (Kind::Switch, value) => {
            place(SWITCHES.iter().position(|(name, _)| value.as_str() == Some(name)))
        }
        (Kind::Resistance(..), value) if value.as_str() == Some("open") => Some(f64::INFINITY),
        (Kind::Resistance(..), value) => quantity(value, crate::quantity::Dimension::Resistance),
        (Kind::Quantity(dimension, ..), value) => quantity(value, dimension),
        (_, value) => u32::try_from(value.as_integer()?).ok().map(f64::from),
    }
}

fn quantity(value: &toml::Value, dimension: crate::quantity::Dimension) -> Option<f64> {
    Some(Quantity::parse(value.as_str()?, dimension).ok()?.value())
}
