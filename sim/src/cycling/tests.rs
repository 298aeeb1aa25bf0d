//! Lives on the cycler: against the law in closed form, and the rules that hold for any of them.

use super::*;
use cell_models::presets;

fn pack(cells: usize, cycles: u32) -> Cycling {
    Cycling {
        params: Arc::new(presets::lfp_280ah()),
        cells,
        capacity_spread: 0.01,
        resistance_spread: 0.03,
        cycles,
        c_rate: 0.5,
        depth: 1.0,
        ambient_c: 25.0,
        rest_s: 600.0,
        seed: 1,
    }
}

fn lived(cycling: &Cycling) -> Life {
    run(cycling, |_| true).expect("the pack can be cycled")
}

/// No loss of capacity ever comes back, and no resistance goes away.
fn assert_monotone(life: &Life) {
    for pair in life.records.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        for (before, after) in [
            (before.capacity.mean, after.capacity.mean),
            (before.capacity.least, after.capacity.least),
            (before.capacity.most, after.capacity.most),
        ] {
            assert!(after <= before, "capacity {before} to {after} in cycle {}", pair[1].cycle);
        }
        assert!(after.resistance.least >= before.resistance.least);
        assert!(after.efc > before.efc && after.time_s > before.time_s);
    }
}

/// A thousand cycles of a 16S pack: monotone, and the fade that of the law, in closed form at the
/// mean stress, within a tenth of it. What remains is that temperatures, depths and currents
/// differ between cells and over the life.
#[test]
fn a_thousand_cycles_fade_as_the_law_says() {
    let life = lived(&pack(16, 1_000));
    assert_eq!(life.records.len(), 1_001);
    assert_monotone(&life);
    for record in life.records.iter().skip(100) {
        let (loss, law) = (1.0 - record.capacity.mean, 1.0 - record.law_capacity);
        let off = (loss / law - 1.0).abs();
        assert!(off < 0.1, "{loss} against {law} after {} cycles", record.cycle);
        let (growth, law) = (record.resistance.mean - 1.0, record.law_resistance - 1.0);
        assert!((growth / law - 1.0).abs() < 0.1, "{growth} against {law}");
    }
}

/// Cells without losses of charge or spread, at the temperature of their surroundings: nothing
/// differs from the constant stress but the depth that the voltage limits leave.
#[test]
fn ideal_cells_follow_the_law_closely() {
    let mut cycling = Cycling { capacity_spread: 0.0, resistance_spread: 0.0, ..pack(2, 200) };
    let mut params = presets::lfp_280ah();
    params.to_ambient_w_k = 1e4;
    params.coulombic_efficiency = 1.0;
    params.self_discharge_per_s = 0.0;
    cycling.params = Arc::new(params);
    cycling.depth = 0.85;
    let life = lived(&cycling);
    let last = life.records.last().unwrap();
    let (loss, law) = (1.0 - last.capacity.mean, 1.0 - last.law_capacity_at_ambient);
    assert!((loss / law - 1.0).abs() < 0.02, "{loss} against {law}");
    assert!((last.efc - 0.85 * 200.0).abs() < 5.0, "{} EFC", last.efc);
    assert!(life.covered.is_full(), "{:?}", life.covered);
}

#[test]
fn the_same_seed_is_the_same_life_and_another_another() {
    let life = lived(&pack(3, 5));
    assert_eq!(lived(&pack(3, 5)), life);
    assert_ne!(lived(&Cycling { seed: 2, ..pack(3, 5) }).records[5], life.records[5]);
}

#[test]
fn a_discharge_ends_at_its_depth_or_at_the_lowest_voltage() {
    let given = |depth, c_rate| {
        let life = lived(&Cycling { depth, c_rate, capacity_spread: 0.0, ..pack(1, 1) });
        life.records[1].discharged_ah
    };
    approx::assert_relative_eq!(given(0.5, 0.5), 140.0, max_relative = 1e-9);
    let deep = given(1.0, 0.5);
    assert!((260.0..280.0).contains(&deep), "{deep} Ah to 2.5 V");
    assert!(given(1.0, 1.0) < deep, "a higher current ends earlier");
}

#[test]
fn a_hot_pack_ages_faster_and_a_cold_one_is_told_to_be_beyond_the_tests() {
    let loss = |ambient_c| {
        let life = lived(&Cycling { ambient_c, c_rate: 0.25, ..pack(2, 20) });
        (1.0 - life.records[20].capacity.mean, life.covered.temperature)
    };
    let (warm, hot, cold) = (loss(25.0), loss(45.0), loss(-5.0));
    assert!(hot.0 > warm.0);
    assert!(warm.1 && !cold.1, "warm {warm:?}, cold {cold:?}");
}

#[test]
fn every_preset_with_a_law_can_be_cycled() {
    for name in presets::NAMES {
        let params = presets::by_name(name).unwrap();
        if params.ageing.is_none() {
            continue;
        }
        let cycling = Cycling { params: Arc::new(params), c_rate: 0.3, ..pack(2, 3) };
        let life = lived(&cycling);
        assert_monotone(&life);
        let given = life.records[3].discharged_ah / cycling.params.capacity_ah;
        assert!((0.8..1.05).contains(&given), "{name}: {given} of the capacity");
        assert!(life.records[3].capacity.mean < 1.0, "{name}");
    }
}

#[test]
fn who_watches_may_end_it() {
    let life = run(&pack(1, 50), |record| record.cycle < 3).expect("the pack can be cycled");
    assert_eq!(life.records.len(), 4);
}

#[test]
fn what_cannot_be_cycled_is_refused_with_the_reason() {
    let refused = |cycling: Cycling| run(&cycling, |_| true).unwrap_err().to_string();
    let with = |change: fn(&mut CellParams)| {
        let mut params = presets::lfp_280ah();
        change(&mut params);
        Cycling { params: Arc::new(params), ..pack(1, 1) }
    };
    assert_eq!(refused(with(|cell| cell.ageing = None)), "cell lfp-280ah has no ageing law");
    let endless = refused(with(|cell| cell.limits.max_v = f64::INFINITY));
    assert_eq!(endless, "cell lfp-280ah has no voltage limits");
    for (cycling, words) in [
        (Cycling { cells: 0, ..pack(1, 1) }, "number of cells is 0, must be above 0"),
        (Cycling { c_rate: 0.0, ..pack(1, 1) }, "c-rate is 0, must be above 0"),
        (Cycling { c_rate: f64::NAN, ..pack(1, 1) }, "c-rate is NaN, must be above 0"),
        (Cycling { depth: 1.01, ..pack(1, 1) }, "depth is 1.01, must be above 0 up to 1"),
        (Cycling { rest_s: -1.0, ..pack(1, 1) }, "rest is -1, must be at least 0"),
        (Cycling { ambient_c: 121.0, ..pack(1, 1) }, "temperature is 121"),
        (Cycling { resistance_spread: 0.6, ..pack(1, 1) }, "resistance spread is 0.6"),
        (Cycling { c_rate: 20.0, ambient_c: -30.0, ..pack(1, 1) }, "cycle 1: a cell reaches"),
    ] {
        assert!(refused(cycling).contains(words), "{words}");
    }
}
