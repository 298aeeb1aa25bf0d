//! Faults of sense wires, joints, cells and balancing: what each does, and that its end leaves
//! nothing behind that a repair would mend.

mod plant_common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use bms_core::bms::Transfer;
use cell_models::cell::CellParams;
use cell_models::presets;
use plant_common::{board, charge, closed, connect, pack_of, plant, run, secs, stiff_pack};
use sim::fault::Fault;
use sim::parts::{BalancerParts, PackParts, SenseParts};
use sim::plant::Plant;
use sim::setup::{BoardSetup, Load, PackSetup};
use sim::time::Span;
use sim::world::{Nodes, World};

const CELLS: usize = 16;
const OPEN: f64 = f64::INFINITY;

/// Readings now.
fn readings(plant: &Plant) -> Vec<f64> {
    (0..CELLS).map(|cell| plant.cell_mean(cell, plant.now(), plant.now())).collect()
}

fn begin(plant: &mut Plant, fault: Fault) {
    assert!(plant.inject(&fault, true), "{fault:?} is a fault of the plant");
}

fn end(plant: &mut Plant, fault: Fault) {
    assert!(plant.inject(&fault, false), "{fault:?} is a fault of the plant");
}

/// Sixteen cells of 3.3 V, but for the sixth, of 3.4 V.
fn uneven() -> PackSetup {
    let mut pack = stiff_pack(0.5e-3);
    pack.cells[5].params = std::sync::Arc::new(CellParams::linear(3.4, 3.4, 1e6, 0.5e-3));
    pack
}

#[test]
fn an_open_middle_wire_makes_complementary_readings_after_its_capacitor_has_let_go() {
    let mut plant = plant(&uneven(), &board());
    let fault = Fault::SenseWire { tap: 5, ohm: OPEN };
    begin(&mut plant, fault.clone());
    // tau = R C / 2 = 2.5 s: cells 5 and 6 (from 1) meet at 3.35 V, their sum stays.
    for at in [0.0, 1.0, 6.0, 60.0] {
        run(&mut plant, secs(at));
        let found = readings(&plant);
        let off = 0.05 * libm::exp(-at / 2.5);
        assert_abs_diff_eq!(found[4], 3.35 - off, epsilon = 1e-6);
        assert_abs_diff_eq!(found[4] + found[5], 6.7, epsilon = 1e-7);
        assert_abs_diff_eq!(found.iter().sum::<f64>(), 52.9, epsilon = 1e-6);
    }
    end(&mut plant, fault);
    run(&mut plant, secs(60.1));
    assert_abs_diff_eq!(readings(&plant)[4], 3.3, epsilon = 1e-9);
}

#[test]
fn an_open_end_wire_takes_the_end_cells_reading_away() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    let (top, bottom) =
        (Fault::SenseWire { tap: 16, ohm: OPEN }, Fault::SenseWire { tap: 0, ohm: OPEN });
    begin(&mut plant, top.clone());
    begin(&mut plant, bottom.clone());
    run(&mut plant, secs(5.0));
    // The top input has one leak, to its neighbour: tau = R C = 5 s. The bottom one has two.
    let found = readings(&plant);
    assert_abs_diff_eq!(found[15], 3.3 * libm::exp(-1.0), epsilon = 1e-6);
    assert_abs_diff_eq!(found[0], 3.3 - 1.65 * (1.0 - libm::exp(-2.0)), epsilon = 1e-6);
    assert_abs_diff_eq!(found[7], 3.3, epsilon = 1e-6);
    end(&mut plant, top);
    end(&mut plant, bottom);
    run(&mut plant, secs(6.0));
    assert_abs_diff_eq!(readings(&plant)[15], 3.3, epsilon = 1e-9);
}

#[test]
fn a_bad_wire_is_wrong_by_its_drop_and_only_while_its_cell_is_bled() {
    let board = BoardSetup { bleed_a: 0.1, sense_wire_ohm: 0.0, ..board() };
    let mut plant = plant(&stiff_pack(0.0), &board);
    begin(&mut plant, Fault::SenseWire { tap: 4, ohm: 10.0 });
    run(&mut plant, secs(0.5));
    assert_abs_diff_eq!(readings(&plant)[3], 3.3, epsilon = 1e-5);
    plant.balance(None, 1 << 3);
    run(&mut plant, secs(1.0));
    // 36 ohm bleeder behind 10 ohm.
    let bleed_a = 3.3 / 46.0;
    assert_abs_diff_eq!(readings(&plant)[3], 3.3 - 10.0 * bleed_a, epsilon = 2e-5);
    assert_abs_diff_eq!(readings(&plant)[4], 3.3 + 10.0 * bleed_a, epsilon = 2e-5);
    assert_abs_diff_eq!(plant.cells_a()[3], -bleed_a, epsilon = 1e-6);
    assert_abs_diff_eq!(plant.cells_a()[4], 0.0, epsilon = 1e-6);
}

#[test]
fn sound_wires_in_detail_are_the_plain_wires() {
    let sense = SenseParts { wires_ohm: vec![(0, 0.1)], leak_ohm: 1e12, ..SenseParts::default() };
    let detailed =
        PackSetup { parts: PackParts { sense, ..PackParts::default() }, ..stiff_pack(0.5e-3) };
    let [plain, detailed] = [stiff_pack(0.5e-3), detailed].map(|pack| {
        let mut plant = closed(&pack, &board());
        plant.balance(None, 0b110_0101);
        connect(&mut plant, Load::Current(50.0));
        run(&mut plant, secs(20.0));
        (readings(&plant), plant.cells_a(), plant.ledger())
    });
    for cell in 0..CELLS {
        assert_abs_diff_eq!(plain.0[cell], detailed.0[cell], epsilon = 1e-9);
        assert_abs_diff_eq!(plain.1[cell], detailed.1[cell], epsilon = 1e-9);
    }
    assert_relative_eq!(plain.2.balance_heat_j, detailed.2.balance_heat_j, max_relative = 1e-8);
}

/// Wires w and touching taps t: 3.3 V / (2 w + t) through cell 8, both inputs in the middle.
#[test]
fn touching_taps_read_nothing_and_load_their_cell_through_its_wires() {
    let mut plant = plant(&stiff_pack(0.0), &BoardSetup { sense_wire_ohm: 1.0, ..board() });
    begin(&mut plant, Fault::TapsShorted { tap: 7 });
    run(&mut plant, secs(1.0));
    let found = readings(&plant);
    let short_a = 3.3 / 2.01;
    assert_abs_diff_eq!(plant.cells_a()[7], -short_a, epsilon = 1e-6);
    assert_abs_diff_eq!(found[7], 0.01 * short_a, epsilon = 1e-5);
    assert_abs_diff_eq!(found[6], 3.3 + short_a, epsilon = 1e-5);
    let booked = plant.ledger().balance_heat_j;
    assert_relative_eq!(booked, 3.3 * short_a, max_relative = 1e-5);
    end(&mut plant, Fault::TapsShorted { tap: 7 });
    run(&mut plant, secs(2.0));
    assert_abs_diff_eq!(readings(&plant)[7], 3.3, epsilon = 1e-9);
}

#[test]
fn swapped_taps_and_a_pulled_connector_read_as_they_do_on_a_bench() {
    let mut plant = plant(&stiff_pack(0.5e-3), &board());
    begin(&mut plant, Fault::TapsSwapped { tap: 3 });
    run(&mut plant, secs(0.1));
    let found = readings(&plant);
    assert_abs_diff_eq!(found[2], 6.6, epsilon = 1e-5);
    assert_abs_diff_eq!(found[3], -3.3, epsilon = 1e-5);
    assert_abs_diff_eq!(found[4], 6.6, epsilon = 1e-5);
    end(&mut plant, Fault::TapsSwapped { tap: 3 });
    begin(&mut plant, Fault::SenseConnectorOpen);
    run(&mut plant, secs(1.5));
    assert!(readings(&plant).iter().all(|volts| volts.abs() < 0.01));
    end(&mut plant, Fault::SenseConnectorOpen);
    run(&mut plant, secs(1.6));
    assert!(readings(&plant).iter().all(|volts| (volts - 3.3).abs() < 1e-9));
}

/// Two faults on one wire: the worse holds, and the end of one leaves the other.
#[test]
fn faults_combine_and_end_one_by_one() {
    let mut plant = plant(&uneven(), &board());
    let flaky = Fault::SenseWireFlaky { tap: 5, every_s: 1e9, lost_s: 1.0 };
    begin(&mut plant, flaky.clone());
    begin(&mut plant, Fault::SenseWire { tap: 5, ohm: OPEN });
    begin(&mut plant, Fault::TapsSwapped { tap: 10 });
    run(&mut plant, secs(30.0));
    assert_abs_diff_eq!(readings(&plant)[4], 3.35, epsilon = 1e-5);
    assert_abs_diff_eq!(readings(&plant)[10], -3.3, epsilon = 1e-5);
    end(&mut plant, Fault::SenseWire { tap: 5, ohm: OPEN });
    run(&mut plant, secs(31.0));
    assert_abs_diff_eq!(readings(&plant)[4], 3.3, epsilon = 1e-5);
    assert_abs_diff_eq!(readings(&plant)[10], -3.3, epsilon = 1e-5);
    end(&mut plant, Fault::TapsSwapped { tap: 10 });
    end(&mut plant, flaky);
    run(&mut plant, secs(32.0));
    assert_abs_diff_eq!(readings(&plant)[10], 3.3, epsilon = 1e-9);
}

/// Mean gap 50 ms, mean loss 10 ms over 60 s: about 1000 losses, 17 % of the time, give or take a
/// few standard deviations (3 % of 1000; 2 ms x sqrt(2000)).
#[test]
fn a_loose_contact_comes_and_goes_as_often_and_as_long_as_stated() {
    let sense = SenseParts { leak_ohm: 1e3, filter_farad: 1e-9, ..SenseParts::default() };
    let pack = PackSetup { parts: PackParts { sense, ..PackParts::default() }, ..uneven() };
    let mut plant = plant(&pack, &board());
    begin(&mut plant, Fault::SenseWireFlaky { tap: 5, every_s: 0.05, lost_s: 0.01 });
    let end_at = secs(60.0);
    let (mut toggles, mut lost_ns, mut lost_since) = (0, 0, None);
    while let Some(at) = plant.next_change().filter(|at| *at < end_at) {
        run(&mut plant, at);
        toggles += 1;
        lost_since = match lost_since {
            None => Some(at.0),
            Some(since) => {
                lost_ns += at.0 - since;
                None
            }
        };
        // Just before the next change the input has settled where the contact leaves it.
        let lost = lost_since.is_some();
        let next = plant.next_change().expect("the contact stays loose");
        if next.0 - at.0 > 100_000 && next < end_at {
            run(&mut plant, sim::time::SimTime(next.0 - 1));
            let expected = if lost { 3.35 } else { 3.3 };
            assert_abs_diff_eq!(readings(&plant)[4], expected, epsilon = 1e-3);
        }
        plant.forget(at);
    }
    assert!((1800..2200).contains(&toggles), "{toggles}");
    let share = lost_ns as f64 / 60e9;
    assert!((0.14..0.2).contains(&share), "{share}");
}

#[test]
fn a_loose_joint_shows_high_in_charge_low_in_discharge_and_its_heat_is_booked() {
    let mut plant = closed(&stiff_pack(0.5e-3), &board());
    begin(&mut plant, Fault::Joint { group: 7, ohm: 1e-3 });
    connect(&mut plant, Load::Current(150.0));
    run(&mut plant, secs(10.0));
    assert_abs_diff_eq!(readings(&plant)[7] - readings(&plant)[6], -0.15, epsilon = 1e-9);
    let ledger = plant.ledger();
    let pack_j: f64 = plant.truth().cells_v.iter().sum::<f64>() * 150.0 * 10.0;
    let path_j = 150.0 * 150.0 * (2e-3 + 1e-3) * 10.0;
    assert_relative_eq!(ledger.path_heat_j, path_j, max_relative = 1e-9);
    assert_relative_eq!(ledger.port_j, pack_j - path_j, max_relative = 1e-9);
    end(&mut plant, Fault::Joint { group: 7, ohm: 1e-3 });
    run(&mut plant, secs(11.0));
    assert_abs_diff_eq!(readings(&plant)[7], readings(&plant)[6], epsilon = 1e-9);
}

#[test]
fn an_open_joint_interrupts_the_string() {
    let mut plant = closed(&stiff_pack(0.5e-3), &BoardSetup { board_a: 0.04, ..board() });
    connect(&mut plant, Load::Resistance(1.0));
    begin(&mut plant, Fault::Joint { group: 7, ohm: OPEN });
    run(&mut plant, secs(1.0));
    assert!(plant.truth().current_a.abs() < 1e-3);
    end(&mut plant, Fault::Joint { group: 7, ohm: OPEN });
    run(&mut plant, secs(2.0));
    assert!(plant.truth().current_a < -50.0);
}

/// 3.3 V behind 0.5 mohm into 1 ohm: 3.2984 A, and all of its power is heat of the cell.
#[test]
fn a_short_inside_a_cell_empties_it_into_heat() {
    let mut pack = pack_of(CellParams::linear(3.3, 3.3, 10.0, 0.5e-3), CELLS, 0.5);
    pack.thermal_tau_s = Some(1e12);
    let mut plant = plant(&pack, &board());
    begin(&mut plant, Fault::CellShort { cell: 2, ohm: 1.0 });
    run(&mut plant, secs(100.0));
    let short_a = 3.3 / 1.0005;
    assert_abs_diff_eq!(plant.cells_a()[2], -short_a, epsilon = 1e-9);
    assert_abs_diff_eq!(plant.cells_a()[3], 0.0, epsilon = 1e-12);
    assert_abs_diff_eq!(plant.cells_soc()[2], 0.5 - short_a * 100.0 / 36_000.0, epsilon = 1e-9);
    let ledger = plant.ledger();
    assert_relative_eq!(ledger.cell_heat_j, 3.3 * short_a * 100.0, max_relative = 1e-9);
    assert!(ledger.closure_j().abs() < 1e-9 * ledger.chemical_j);
    assert_abs_diff_eq!(plant.truth().cells_v[2], 3.3 / 1.0005, epsilon = 1e-9);
    end(&mut plant, Fault::CellShort { cell: 2, ohm: 1.0 });
    run(&mut plant, secs(101.0));
    assert_abs_diff_eq!(plant.cells_a()[2], 0.0, epsilon = 1e-12);
}

#[test]
fn a_cell_that_heats_by_itself_warms_by_its_watts_and_the_books_know() {
    let mut pack = pack_of(CellParams::linear(3.3, 3.3, 100.0, 0.5e-3), CELLS, 0.5);
    pack.thermal_tau_s = Some(1e12);
    let mut plant = plant(&pack, &board());
    let heat_j_k = pack.cells[0].params.heat_capacity_j_k;
    let fault = Fault::CellHeats { cell: 0, watts: 50.0 };
    begin(&mut plant, fault.clone());
    run(&mut plant, secs(100.0));
    assert_abs_diff_eq!(plant.truth().cell_c[0], 25.0 + 5000.0 / heat_j_k, epsilon = 1e-6);
    assert_relative_eq!(plant.ledger().cell_heat_j, 5000.0, max_relative = 1e-9);
    assert!(plant.ledger().closure_j().abs() < 1e-6);
    end(&mut plant, fault);
    run(&mut plant, secs(200.0));
    assert_abs_diff_eq!(plant.truth().cell_c[0], 25.0 + 5000.0 / heat_j_k, epsilon = 1e-4);
}

#[test]
fn capacity_and_resistance_change_and_come_back() {
    let pack = pack_of(CellParams::linear(3.2, 3.4, 10.0, 1e-3), CELLS, 0.5);
    let mut plant = closed(&pack, &board());
    connect(&mut plant, Load::Current(10.0));
    let capacity = Fault::CellCapacity { cell: 1, share: 0.5 };
    let resistance = Fault::CellResistance { cell: 2, times: 4.0 };
    begin(&mut plant, capacity.clone());
    begin(&mut plant, resistance.clone());
    run(&mut plant, secs(36.0));
    let socs = plant.cells_soc();
    assert_abs_diff_eq!(socs[0], 0.49, epsilon = 1e-9);
    assert_abs_diff_eq!(socs[1], 0.48, epsilon = 1e-9);
    let cells_v = plant.truth().cells_v;
    assert_abs_diff_eq!(cells_v[0] - cells_v[2], 0.03, epsilon = 1e-9);
    end(&mut plant, capacity);
    end(&mut plant, resistance);
    run(&mut plant, secs(72.0));
    assert_abs_diff_eq!(plant.cells_soc()[1], 0.47, epsilon = 1e-9);
    let cells_v = plant.truth().cells_v;
    assert_abs_diff_eq!(cells_v[0], cells_v[2], epsilon = 1e-9);
}

#[test]
fn a_bleeder_that_is_stuck_draws_whatever_is_commanded() {
    let mut plant = plant(&stiff_pack(0.0), &BoardSetup { sense_wire_ohm: 0.0, ..board() });
    let fault = Fault::BleedStuckOn { cell: 9 };
    begin(&mut plant, fault.clone());
    plant.balance(None, 0);
    run(&mut plant, secs(1.0));
    assert_abs_diff_eq!(plant.cells_a()[9], -3.3 / 36.0, epsilon = 1e-9);
    end(&mut plant, fault);
    run(&mut plant, secs(2.0));
    assert_abs_diff_eq!(plant.cells_a()[9], 0.0, epsilon = 1e-12);
}

#[test]
fn a_reversed_balancer_takes_from_the_cell_it_should_feed() {
    let mut plant = plant(&stiff_pack(0.0), &board());
    plant.balance(Some(Transfer { donor: 3, receiver: 4 }), 0);
    run(&mut plant, secs(1.0));
    assert_abs_diff_eq!(plant.cells_a()[3], -1.0, epsilon = 1e-12);
    assert_abs_diff_eq!(plant.cells_a()[4], 0.9, epsilon = 1e-12);
    begin(&mut plant, Fault::BalancerReversed);
    run(&mut plant, secs(2.0));
    assert_abs_diff_eq!(plant.cells_a()[3], 0.9, epsilon = 1e-12);
    assert_abs_diff_eq!(plant.cells_a()[4], -1.0, epsilon = 1e-12);
    end(&mut plant, Fault::BalancerReversed);
    run(&mut plant, secs(3.0));
    assert_abs_diff_eq!(plant.cells_a()[3], -1.0, epsilon = 1e-12);
}

#[test]
fn a_shorted_balancer_loads_its_pair() {
    let mut plant = plant(&stiff_pack(1e-3), &board());
    let fault = Fault::BalancerShorted { cell: 5, ohm: 0.1 };
    begin(&mut plant, fault.clone());
    run(&mut plant, secs(10.0));
    let pair_a = 6.6 / 0.102;
    for (cell, expected) in [(4, 0.0), (5, -pair_a), (6, -pair_a), (7, 0.0)] {
        assert_abs_diff_eq!(plant.cells_a()[cell], expected, epsilon = 1e-9);
    }
    let ledger = plant.ledger();
    assert_relative_eq!(ledger.balance_heat_j, pair_a * pair_a * 0.1 * 10.0, max_relative = 1e-9);
    assert!(ledger.closure_j().abs() < 1e-6 * ledger.chemical_j);
    end(&mut plant, fault);
    run(&mut plant, secs(11.0));
    assert_abs_diff_eq!(plant.cells_a()[5], 0.0, epsilon = 1e-12);
}

/// 2 s cycles, 60 % on: 6 s of transferring in 10 s; and 5 mA of its own from all cells.
#[test]
fn a_balancer_with_a_duty_moves_that_share_and_takes_its_own_besides() {
    let balancer = BalancerParts { period: Span::from_millis(2000), duty: 0.6, quiescent_a: 5e-3 };
    let mut pack = pack_of(CellParams::linear(3.3, 3.3, 10.0, 0.0), CELLS, 0.5);
    pack.parts.balancer = balancer;
    let mut plant = plant(&pack, &board());
    run(&mut plant, secs(0.3));
    plant.balance(Some(Transfer { donor: 0, receiver: 1 }), 0);
    run(&mut plant, secs(10.3));
    let moved = |cell: usize| (plant.cells_soc()[cell] - 0.5) * 36_000.0;
    assert_abs_diff_eq!(moved(0), -6.0 - 0.05, epsilon = 1e-9);
    assert_abs_diff_eq!(moved(1), 5.4 - 0.05, epsilon = 1e-9);
    assert_abs_diff_eq!(moved(9), -0.05, epsilon = 1e-9);
}

#[test]
fn filters_delay_readings_by_their_time_constant() {
    let sense = SenseParts { filter_ohm: 1e3, leak_ohm: 1e12, ..SenseParts::default() };
    let parts = PackParts { sense, ..PackParts::default() };
    let pack = PackSetup { parts, ..stiff_pack(1e-3) };
    let mut plant = closed(&pack, &BoardSetup { sense_wire_ohm: 0.0, ..board() });
    run(&mut plant, secs(1.0));
    connect(&mut plant, Load::Current(100.0));
    // The lowest input but one sees R C alone: 100 µs; 100 mV of drop.
    for late_us in [50, 100, 300] {
        run(&mut plant, sim::time::SimTime(1_000_000_000 + late_us * 1000));
        let exact = 3.2 + 0.1 * libm::exp(-(late_us as f64) / 100.0);
        assert_abs_diff_eq!(readings(&plant)[0], exact, epsilon = 1e-6);
    }
}

#[test]
fn everything_at_once_keeps_its_books_and_its_bits() {
    let build = || {
        let mut pack = pack_of(presets::lfp_100ah(), CELLS, 0.5);
        pack.parts.capacity_spread = 0.01;
        pack.parts.contact_ohm = 50e-6;
        pack.parts.sense.filter_ohm = 1e3;
        let mut plant = closed(&pack, &BoardSetup { board_a: 0.04, ..board() });
        plant.balance(Some(Transfer { donor: 3, receiver: 4 }), 0b11);
        for fault in [
            Fault::CellShort { cell: 3, ohm: 2.0 },
            Fault::SenseWireFlaky { tap: 4, every_s: 0.5, lost_s: 0.1 },
            Fault::Joint { group: 6, ohm: 2e-3 },
            Fault::BleedStuckOn { cell: 8 },
            Fault::CellHeats { cell: 9, watts: 5.0 },
        ] {
            begin(&mut plant, fault);
        }
        charge(&mut plant, 30.0, 54.4, 0.0);
        plant
    };
    let (mut whole, mut chopped) = (build(), build());
    let until = secs(120.0);
    run(&mut whole, until);
    while chopped.now() < until {
        let to = sim::time::SimTime(chopped.now().0 + 777_777_777);
        run(&mut chopped, to.min(until));
    }
    assert_eq!(whole.truth(), chopped.truth());
    assert_eq!(readings(&whole), readings(&chopped));
    let ledger = whole.ledger();
    let turnover = ledger.chemical_j.abs().max(ledger.port_j.abs()) + ledger.cell_heat_j;
    assert!((ledger.closure_j() / turnover).abs() < 1e-6, "{ledger:?}");
}
