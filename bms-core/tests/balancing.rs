//! Balancing on both sides of its thresholds (PS-BAL-1 to PS-BAL-9, S12, S13).

mod common;

use bms_core::bms::{Decision, Transfer};
use bms_core::params::Params;
use bms_core::units::Millivolts;
use common::{Bench, CYCLE, s, samples};

/// The decision after one more conversion with these cells (millivolt) and this current (mA).
fn next(bench: &mut Bench, cells: &[i32], current: i32) -> Decision {
    let script = bench.script();
    script.cells = cells.iter().map(|cell| cell * 1_000).collect();
    script.current = current;
    let end = bench.now + CYCLE;
    bench.run_to(end)
}

fn pack(odd: usize, millivolts: i32, others: i32) -> [i32; 16] {
    let mut cells = [others; 16];
    cells[odd] = millivolts;
    cells
}

/// S12, forced edges: 150 mV no start, 151 mV start, 51 mV goes on, 50 mV stop.
#[test]
fn transfer_starts_above_150_and_stops_at_50_millivolts() {
    let mut bench = Bench::new(&samples::ps_15016());
    let mut transfers = |spread| next(&mut bench, &pack(4, 3_200 + spread, 3_200), 0).transfer;
    assert_eq!(transfers(150), None);
    assert_eq!(transfers(151), Some(Transfer { donor: 4, receiver: 0 }));
    assert!(transfers(51).is_some());
    assert_eq!(transfers(50), None);
    assert_eq!(transfers(51), None, "between the thresholds it stays off");
}

/// S12: changed thresholds (200/30 mV) take effect.
#[test]
fn other_thresholds_take_effect() {
    let mut params = samples::ps_15016();
    params.balance.active_start = Millivolts(200);
    params.balance.active_stop = Millivolts(30);
    let mut bench = Bench::new(&params);
    let mut on = |spread| next(&mut bench, &pack(4, 3_200 + spread, 3_200), 0).transfer.is_some();
    assert_eq!([on(200), on(201), on(31), on(30)], [false, true, true, false]);
}

/// PS-BAL-3: from the highest to the lowest; a new choice at most once per second.
#[test]
fn donor_and_receiver_are_chosen_anew_only_after_a_second() {
    let mut bench = Bench::new(&samples::ps_15016());
    let mut cells = pack(4, 3_400, 3_200);
    cells[9] = 3_190;
    let first = Some(Transfer { donor: 4, receiver: 9 });
    assert_eq!(next(&mut bench, &cells, 0).transfer, first);
    cells[12] = 3_410;
    cells[2] = 3_180;
    for _ in 0..9 {
        assert_eq!(next(&mut bench, &cells, 0).transfer, first);
    }
    let second = Some(Transfer { donor: 12, receiver: 2 });
    assert_eq!(next(&mut bench, &cells, 0).transfer, second);
}

/// S13 patterns A (40 mV step at 3560 mV), B (20 mV staircase) and C (below 3500 mV).
#[test]
fn the_higher_of_two_neighbours_is_bled_from_30_millivolts_and_3500_millivolts() {
    let mut bench = Bench::new(&samples::ps_15016());
    let mut bleed = |cells: [i32; 16]| next(&mut bench, &cells, 10_000).bleed;
    assert_eq!(bleed(pack(7, 3_560, 3_520)), 1 << 7, "A");
    let mut staircase = [3_500; 16];
    for (step, cell) in (0..).zip(&mut staircase) {
        *cell += 20 * step;
    }
    assert_eq!(bleed(staircase), 0, "B");
    assert_eq!(bleed(pack(7, 3_490, 3_450)), 0, "C");
    assert_eq!(bleed(pack(7, 3_529, 3_500)), 0);
    assert_eq!(bleed(pack(7, 3_530, 3_500)), 1 << 7);
    assert_eq!(bleed(pack(7, 3_499, 3_460)), 0);
    assert_eq!(bleed(pack(7, 3_500, 3_460)), 1 << 7);
    assert_eq!(bleed(pack(0, 3_560, 3_520)), 1, "the lowest cell of the string");
    assert_eq!(bleed(pack(15, 3_560, 3_520)), 1 << 15, "the highest cell of the string");
    let low_neighbour = bleed(pack(7, 3_520, 3_560));
    assert_eq!(low_neighbour, 1 << 6 | 1 << 8, "both neighbours of a low cell are high");
}

/// PS-BAL-4 to PS-BAL-6: in charge and in standby, each by its option; never in discharge.
#[test]
fn bleeding_follows_the_mode_and_its_options() {
    for (charge, standby) in [(true, true), (true, false), (false, true)] {
        let mut params = samples::ps_15016();
        params.balance.passive_in_charge = charge;
        params.balance.passive_in_standby = standby;
        let mut bench = Bench::new(&params);
        let mut bleeds = |current| next(&mut bench, &pack(7, 3_560, 3_520), current).bleed != 0;
        // The end of the charge ends it (PS-BAL-5); standby decides a sample later.
        let found = [bleeds(10_000), bleeds(0), bleeds(0), bleeds(-10_000)];
        assert_eq!(found, [charge, false, standby, false]);
    }
}

/// PS-BAL-7: off at 65 °C, on again below 55 °C.
#[test]
fn heat_stops_all_balancing() {
    let mut bench = Bench::new(&samples::ps_15016());
    bench.script().cells = pack(7, 3_700, 3_520).map(|cell| cell * 1_000).to_vec();
    let mut balances = |degrees, second| {
        bench.script().temperatures[0] = degrees;
        let decision = bench.run_to(s(second));
        (decision.transfer.is_some(), decision.bleed != 0)
    };
    assert_eq!(balances(6_499, 2.0), (true, true));
    assert_eq!(balances(6_500, 4.0), (false, false));
    assert_eq!(balances(5_500, 6.0), (false, false));
    assert_eq!(balances(5_499, 8.0), (true, true));
}

/// PS-BAL-8.
#[test]
fn nothing_is_balanced_where_balancing_is_switched_off() {
    let params = Params {
        system: bms_core::params::System { balance_enabled: false, ..samples::ps_15016().system },
        ..samples::ps_15016()
    };
    let mut bench = Bench::new(&params);
    let decision = next(&mut bench, &pack(7, 3_700, 3_520), 0);
    assert_eq!((decision.transfer, decision.bleed), (None, 0));
}
