//! How full a cell is at the start: by its charge, or by the voltage at which it rests.

use crate::diagnostics::Problem;
use crate::quantity::Dimension;
use crate::section::Section;
use crate::world::read_share;
use cell_models::cell::{CellParams, CellState};

/// Halvings until the charge is exact to the last bit of a share.
const HALVINGS: usize = 60;

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
