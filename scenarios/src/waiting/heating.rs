//! What a product lets its heater take: a design beyond that at the highest voltage of the pack is
//! refused before anything is built.

use crate::diagnostics::Problem;
use crate::quantity::{Dimension, Quantity};
use crate::section::{Leaf, Section};
use cell_models::cell::CellState;
use serde::Deserialize;
use sim::parts::Heater;
use sim::setup::PackSetup;

/// What the heater of a product may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Heating {
    /// The requirement that says so.
    pub by: String,
    /// The highest current, a quantity.
    pub current_max: String,
    /// The highest power, a quantity.
    pub power_max: String,
}

/// Limits that a scenario writes win over those of the sheet.
const CURRENT: &str = "heating.current_max";
const POWER: &str = "heating.power_max";

/// Below this share of a limit lies what a calculation is off by.
const ROUNDING: f64 = 1e-9;

/// A full pack is warm enough to have been charged, °C.
const FULL_C: f64 = 25.0;

impl Heating {
    /// The highest current, ampere, and the highest power, watt.
    #[must_use]
    pub fn limits(&self) -> (f64, f64) {
        let value = |text: &str, dimension| {
            Quantity::parse(text, dimension).expect("the sheets hold quantities").value()
        };
        (value(&self.current_max, Dimension::Current), value(&self.power_max, Dimension::Power))
    }

    /// Reports a heater that takes more than it may when the pack is full.
    pub(crate) fn report(&self, body: &Section<'_>, pack: &PackSetup, heater: &Heater) {
        let leaves = body.section("params").map(|section| section.leaves()).unwrap_or_default();
        let (current, power) = self.limits();
        let current = written(&leaves, CURRENT, Dimension::Current).unwrap_or(current);
        let power = written(&leaves, POWER, Dimension::Power).unwrap_or(power);
        let (volts, ohm) = (highest_v(pack), heater.at_v * heater.at_v / heater.watts);
        let least = (volts / current).max(volts * volts / power);
        let span = body.section("heat").map_or(body.span.clone(), |it| it.span_of("heater"));
        let beyond = |taken: f64, most: f64| taken > most * (1.0 + ROUNDING);
        let tell = |taken: f64, most: f64, unit: &str| {
            let title = format!(
                "the heater takes {taken:.2} {unit} at {volts:.1} V, where the pack is full"
            );
            let label = format!("at most {most} {unit} ({})", self.by);
            let help = format!("{ohm:.1} ohm are too few: from {least:.1} ohm on it is allowed");
            let problem = Problem::new(title, span.clone()).label(label).help(help);
            body.sink.report(problem.by(self.by.as_str()));
        };
        if beyond(volts / ohm, current) {
            tell(volts / ohm, current, "A");
        }
        if beyond(volts * volts / ohm, power) {
            tell(volts * volts / ohm, power, "W");
        }
    }
}

/// A limit that the scenario writes; one that is wrong was told where parameters are read.
fn written(leaves: &[Leaf<'_>], key: &str, dimension: Dimension) -> Option<f64> {
    let leaf = leaves.iter().rev().find(|leaf| leaf.name == key)?;
    Quantity::parse(leaf.value.get_ref().as_str()?, dimension).ok().map(Quantity::value)
}

/// Of every group the highest voltage of a full cell at rest, together, volt.
fn highest_v(pack: &PackSetup) -> f64 {
    let full = CellState::rested(1.0, FULL_C);
    let groups = pack.cells.chunks(pack.parallel);
    let highest = |group: &[_]| {
        let volts = group.iter().map(|cell: &sim::setup::CellSetup| cell.params.emf(&full));
        volts.fold(f64::NEG_INFINITY, f64::max)
    };
    groups.map(highest).sum()
}
