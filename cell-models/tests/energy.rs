//! The ledger closes: step by step, over a day against the state, and at the terminals.

mod common;

use approx::assert_relative_eq;
use cell_models::cell::{CellParams, CellState, Decay, StepEnergy};
use cell_models::presets;
use cell_models::reference::RcStep;
use cell_models::table::Surface;
use common::{PAIRS, constant_cell, run};

const DAY_S: usize = 86_400;

/// A load that changes every five minutes, goes both ways and nearly cancels over a day.
fn load_a(second: usize) -> f64 {
    let block = second / 300;
    let sizes = [60.0, -35.0, 0.0, -80.0, 25.0, 48.0, -20.0];
    sizes[block % sizes.len()]
}

/// One day, and the work given out at the terminals by Simpson's rule over [`CellParams::voltage`].
struct Day {
    from: CellState,
    to: CellState,
    sum: StepEnergy,
    terminal_j: f64,
    throughput_j: f64,
}

fn day(cell: &CellParams) -> Day {
    let from = CellState::rested(0.5, 25.0);
    let mut day =
        Day { from, to: from, sum: StepEnergy::default(), terminal_j: 0.0, throughput_j: 0.0 };
    let mut cache = Decay::new();
    for second in 0..DAY_S {
        let current = load_a(second);
        let mut middle = day.to;
        let before = cell.voltage(&day.to, current);
        let _half = cell.advance(&mut middle, current, 0.5, &mut cache);
        day.sum += cell.advance(&mut day.to, current, 1.0, &mut cache);
        let after = cell.voltage(&day.to, current);
        let work = current * (before + 4.0 * cell.voltage(&middle, current) + after) / 6.0;
        day.terminal_j -= work;
        day.throughput_j += work.abs();
    }
    day
}

/// What is missing between state, heat and terminals, as a share of the energy that passed.
fn gap(cell: &CellParams, day: &Day) -> f64 {
    let chemical = -cell.chemical_work_j(&day.from, day.to.soc);
    let stored = cell.stored_j(&day.to) - cell.stored_j(&day.from);
    let heat = day.sum.heat_j() - day.sum.entropic_j;
    (chemical - stored - heat - day.terminal_j) / day.throughput_j
}

#[test]
fn a_day_of_constant_parameters_closes_to_1e_9() {
    for pairs in 0..=4 {
        let cell = CellParams {
            coulombic_efficiency: 0.998,
            self_discharge_per_s: 1e-8,
            leakage_ohm: 200.0,
            ..constant_cell(pairs)
        };
        let gap = gap(&cell, &day(&cell));
        assert!(gap.abs() < 1e-9, "{pairs} pairs: {gap}");
    }
}

/// With tables the capacitance of a pair moves under its charge, which the step does not book:
/// at most the energy held, which is far below a thousandth of what passes in a day.
#[test]
fn a_day_with_tables_closes_to_a_thousandth() {
    for cell in [presets::lfp_100ah(), presets::lfp_280ah()] {
        let gap = gap(&cell, &day(&cell));
        assert!(gap.abs() < 1e-3, "{}: {gap}", cell.name);
    }
}

#[test]
fn with_tables_the_booked_work_is_the_work_at_the_terminals() {
    for cell in [presets::lfp_100ah(), presets::lfp_280ah(), presets::reference_100ah()] {
        let day = day(&cell);
        let gap = (day.sum.terminal_j - day.terminal_j) / day.throughput_j;
        assert!(gap.abs() < 1e-7, "{}: {gap}", cell.name);
    }
}

#[test]
fn the_booked_steps_of_a_day_close_to_rounding() {
    for cell in [presets::lfp_100ah(), presets::reference_280ah(), constant_cell(4)] {
        let day = day(&cell);
        assert!(day.sum.imbalance_j().abs() < 1e-9 * day.throughput_j, "{}", cell.name);
    }
}

#[test]
fn a_pair_stores_and_heats_as_the_textbook_says() {
    let (ohm, tau_s) = PAIRS[0];
    let expected = RcStep { ohm, tau_s, current_a: 30.0 };
    let cell = CellParams {
        hysteresis: cell_models::hysteresis::Hysteresis::none(),
        r0_charge: cell_models::table::Map::constant(0.0),
        ..constant_cell(1)
    };
    for seconds in [1.0, 25.0, 400.0] {
        let energy = run(&cell, &mut CellState::rested(0.5, 25.0), 30.0, (1, seconds));
        assert_relative_eq!(energy.stored_j, expected.stored_j(seconds), max_relative = 1e-9);
        assert_relative_eq!(energy.joule_j, expected.heat_j(seconds), max_relative = 1e-9);
    }
}

/// Published figures: 0.1 mV/K at 300 K gives 4.2 W at 140 A and 8.4 W at 280 A.
#[test]
fn reversible_heat_is_4_2_watt_at_140_ampere_and_changes_sign_with_the_current() {
    let linear = CellParams::linear(3.2, 3.4, 280.0, 0.5e-3);
    let cell = CellParams { entropic_v_per_k: Surface::constant(0.1e-3), ..linear };
    let watt = |current: f64| {
        let mut state = CellState::rested(0.5, 300.0 - 273.15);
        run(&cell, &mut state, current, (1, 1.0)).entropic_j
    };
    assert_relative_eq!(watt(140.0), 4.2, max_relative = 1e-9);
    assert_relative_eq!(watt(280.0), 8.4, max_relative = 1e-9);
    assert_relative_eq!(watt(-140.0), -4.2, max_relative = 1e-9);
}

#[test]
fn joule_heat_of_half_a_milliohm_at_140_ampere_is_9_8_watt() {
    let cell = CellParams::linear(3.2, 3.4, 280.0, 0.5e-3);
    let energy = run(&cell, &mut CellState::rested(0.5, 25.0), -140.0, (1, 1.0));
    assert_relative_eq!(energy.heat_j(), 9.8, max_relative = 1e-12);
}

#[test]
fn charge_that_does_not_come_back_becomes_heat() {
    let lossy =
        CellParams { coulombic_efficiency: 0.998, ..CellParams::linear(3.3, 3.3, 1.0, 0.0) };
    let charged = run(&lossy, &mut CellState::rested(0.0, 25.0), 1.0, (1, 3600.0));
    assert_relative_eq!(charged.side_j, 0.002 * 3600.0 * 3.3, max_relative = 1e-9);
    let discharged = run(&lossy, &mut CellState::rested(1.0, 25.0), -1.0, (1, 3600.0));
    assert_relative_eq!(discharged.side_j, 0.0);
}

/// Rule of thumb behind the slow resistance of the preset: a bare cell gives back about 95 % of the
/// energy at half its capacity per hour.
#[test]
fn a_cycle_at_half_capacity_per_hour_gives_back_about_95_percent() {
    let cell = presets::lfp_280ah();
    let mut state = CellState::rested(0.1, 25.0);
    let hours = (5_760, 1.0);
    let charged = run(&cell, &mut state, 140.0, hours);
    let discharged = run(&cell, &mut state, -140.0, hours);
    let efficiency = discharged.terminal_j / -charged.terminal_j;
    assert!((0.94..0.96).contains(&efficiency), "{efficiency}");
}

/// What the state holds after a step is what the step booked, for constant parameters.
#[test]
fn the_state_holds_what_was_booked() {
    let cell = constant_cell(4);
    let mut state = CellState { hysteresis: -0.4, ..CellState::rested(0.5, 25.0) };
    let before = cell.stored_j(&state);
    let booked = run(&cell, &mut state, 70.0, (3, 20.0)).stored_j;
    assert_relative_eq!(cell.stored_j(&state) - before, booked, max_relative = 1e-12);
}
