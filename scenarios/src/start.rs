//! How a run begins: how full a cell is, by its charge or by the voltage at which it rests, and
//! which protections are in force.

use crate::describe::protection_name;
use crate::diagnostics::Problem;
use crate::quantity::Dimension;
use crate::section::Section;
use crate::states;
use crate::world::read_share;
use bms_core::protect::Reasons;
use cell_models::cell::{CellParams, CellState};
use sim::bench::preroll;
use sim::setup::Setup;

/// Halvings until the charge is exact to the last bit of a share.
const HALVINGS: usize = 60;

/// `[start]`: the protections that are in force when the run begins.
pub(crate) fn read_latched(body: &Section<'_>, switched_on: bool) -> Reasons {
    let Some(start) = body.section("start") else { return Reasons::empty() };
    let latched = states::protections(&start, "latched").unwrap_or_default();
    start.finish();
    let broken = latched - preroll::BY_VALUES;
    if !broken.is_empty() {
        let names: Vec<_> = broken.iter().map(protection_name).collect();
        let title = format!("{} comes of something that is broken", names.join(" and "));
        let problem = Problem::new(title, start.span_of("latched")).label("no values bring it");
        start.sink.report(problem.help("write a [[fault]] that begins at \"0 s\""));
    }
    if !switched_on && !latched.is_empty() {
        let title = "a pack that is off has no protection in force";
        let problem = Problem::new(title, start.span_of("latched"));
        start.sink.report(problem.label("in force").help("leave out `switched-on = false`"));
    }
    latched & preroll::BY_VALUES
}

/// Reports that the firmware does not get to where the run begins.
pub(crate) fn report_unreachable(body: &Section<'_>, setup: &Setup) {
    let Some(instead) = sim::bench::missed_start(setup) else { return };
    let names: Vec<_> = instead.iter().map(protection_name).collect();
    let label = match names.as_slice() {
        [] => "nothing comes into force".to_owned(),
        names => format!("in force are then {}", names.join(", ")),
    };
    let span = body.section("start").map_or(body.span.clone(), |it| it.span_of("latched"));
    let problem = Problem::new("the firmware does not get to this start", span).label(label);
    let help = "a protection brings others with it, whose limits it lies beyond; name them all";
    body.sink.report(problem.help(help));
}

/// `soc`, or `voltage`: the open-circuit voltage at the cell's temperature.
pub(crate) fn read(
    section: &Section<'_>,
    cell: Option<&CellParams>,
    temperature_c: f64,
) -> Option<f64> {
    let soc = read_share(section, "soc");
    let Some(volt) = section.float("voltage", Dimension::Voltage) else { return soc };
    if section.has("soc") {
        let problem =
            Problem::new("`soc` and `voltage` exclude each other", section.span_of("soc"));
        section.sink.report(problem.label("remove one of the two"));
        return soc;
    }
    let cell = cell?;
    let rested = |soc| cell.emf(&CellState::rested(soc, temperature_c));
    let (low, high) = (rested(0.0), rested(1.0));
    if !(low..=high).contains(&volt) {
        let title = "at no charge does this cell rest at this voltage";
        let label = format!("from {low:.3} V to {high:.3} V at {temperature_c} degC");
        let problem = Problem::new(title, section.span_of("voltage")).label(label);
        section.sink.report(problem.help("it is the voltage of one cell, not of the pack"));
        return None;
    }
    Some(charge_at(volt, rested))
}

/// Where a rising voltage reaches a level: by halving, the same on every machine.
fn charge_at(volt: f64, rested: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if rested(middle) < volt { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use cell_models::presets;

    /// A straight cell from 3.2 to 3.4 V is a quarter full at 3.25 V.
    #[test]
    fn a_straight_cell_is_as_full_as_its_voltage_says() {
        let cell = CellParams::linear(3.2, 3.4, 10.0, 0.5e-3);
        let rested = |soc| cell.emf(&CellState::rested(soc, 25.0));
        assert!((charge_at(3.25, rested) - 0.25).abs() < 1e-12);
        assert!(charge_at(3.2, rested) < 1e-12 && charge_at(3.4, rested) > 1.0 - 1e-12);
    }

    #[test]
    fn a_cell_rests_at_the_voltage_that_it_was_given() {
        for cell in [presets::lfp_100ah(), presets::nmc_21700()] {
            for celsius in [-10.0, 25.0, 45.0] {
                let rested = |soc| cell.emf(&CellState::rested(soc, celsius));
                for soc in [0.0, 0.05, 0.5, 0.95, 1.0] {
                    let found = charge_at(rested(soc), rested);
                    assert!((rested(found) - rested(soc)).abs() < 1e-9, "{soc}, {celsius}");
                }
            }
        }
    }
}
