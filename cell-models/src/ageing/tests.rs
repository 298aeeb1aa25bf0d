//! The laws against their published evaluations, and the rules of advancing them.

use super::*;
use proptest::prelude::*;

const YEAR_S: f64 = 365.0 * SECONDS_PER_DAY;

fn blast() -> Law {
    Law { capacity: CapacityLaw::BlastLfp(BlastLfp::default()), resistance: None }
}

fn naumann() -> Law {
    let resistance = Some(ResistanceLaw::NaumannLfp(NaumannResistance::default()));
    Law { capacity: CapacityLaw::NaumannLfp(NaumannLfp::default()), resistance }
}

fn nmc811() -> Law {
    Law { capacity: CapacityLaw::Nmc811(Nmc811::default()), resistance: None }
}

fn nmc_lto() -> Law {
    Law { capacity: CapacityLaw::NmcLto(NmcLto::default()), resistance: None }
}

/// Cycles that take no time.
fn cycled(efc: f64, c_rate: f64, temperature_c: f64) -> Stress {
    Stress {
        dod: 1.0,
        c_rate,
        discharge_c_rate: c_rate,
        efc,
        ..Stress::standing(0.0, 0.5, temperature_c)
    }
}

fn years(years: f64, soc: f64, temperature_c: f64) -> Stress {
    Stress::standing(years * YEAR_S, soc, temperature_c)
}

/// Loss of capacity in percent.
fn loss(law: &Law, stress: Stress) -> f64 {
    100.0 * (1.0 - law.after(&stress).capacity())
}

/// As published evaluations print it: one decimal, and a year of 365 or 365.25 days.
fn near(value: f64, printed: f64) {
    assert!((value - printed).abs() <= 0.06, "{value} is not {printed}");
}

#[test]
fn a_large_lfp_cell_that_stands_loses_as_published() {
    let cases = [
        (25.0, 0.5, 1.1, 3.7),
        (45.0, 0.5, 3.6, 12.2),
        (25.0, 1.0, 1.7, 5.8),
        (45.0, 1.0, 5.5, 18.4),
    ];
    for (celsius, soc, one, ten) in cases {
        near(loss(&blast(), years(1.0, soc, celsius)), one);
        near(loss(&blast(), years(10.0, soc, celsius)), ten);
    }
}

#[test]
fn a_large_lfp_cell_that_is_cycled_loses_as_published() {
    for (efc, half, quarter) in [(1e3, 6.8, 4.8), (4e3, 21.3, 15.1), (6e3, 29.8, 21.1)] {
        near(loss(&blast(), cycled(efc, 0.5, 25.0)), half);
        near(loss(&blast(), cycled(efc, 0.25, 25.0)), quarter);
    }
}

/// The maker of a 280 Ah cell claims 80 % after 6,000 cycles: two thirds of the fit.
#[test]
fn the_scale_multiplies_the_cycle_term_and_nothing_else() {
    let scaled = BlastLfp { cycle_scale: 0.67, ..BlastLfp::default() };
    let law = Law { capacity: CapacityLaw::BlastLfp(scaled), resistance: None };
    near(loss(&law, cycled(6e3, 0.5, 25.0)), 20.0);
    near(loss(&law, years(1.0, 0.5, 45.0)), 3.6);
}

#[test]
fn a_small_lfp_cell_loses_and_gains_as_published() {
    near(loss(&naumann(), years(1.0, 0.5, 25.0)), 4.3);
    near(loss(&naumann(), years(10.0, 0.5, 25.0)), 13.4);
    near(loss(&naumann(), cycled(6e3, 0.5, 25.0)), 13.4);
    let growth = |stress| 100.0 * (naumann().after(&stress).resistance() - 1.0);
    near(growth(years(1.0, 0.5, 25.0)), 1.7);
    assert!((growth(years(1.0, 0.5, 45.0)) - 10.0).abs() < 0.5);
}

#[test]
fn nmc811_loses_as_published() {
    let loss_of_a_year = loss(&nmc811(), years(1.0, 0.5, 25.0));
    assert!((loss_of_a_year - 4.0).abs() < 0.5, "{loss_of_a_year}");
    near(loss(&nmc811(), cycled(500.0, 0.5, 25.0)), 10.5);
    near(loss(&nmc811(), cycled(1_000.0, 0.5, 25.0)), 14.3);
}

#[test]
fn titanate_loses_as_published_and_not_by_standing() {
    for (efc, printed) in [(5e3, 7.5), (1e4, 10.8), (2e4, 15.5)] {
        near(loss(&nmc_lto(), cycled(efc, 1.0, 30.0)), printed);
    }
    assert_eq!(nmc_lto().after(&years(10.0, 0.5, 25.0)), AgeingState::default());
}

/// BLAST-Lite's calendar laws divide by the potential at half charge, 0.123 V.
#[test]
fn graphite_at_half_charge_stands_at_123_millivolt() {
    assert!((anode_potential_v(0.5) - 0.123).abs() < 5e-4, "{}", anode_potential_v(0.5));
    assert!(anode_potential_v(0.0) > 0.4 && anode_potential_v(1.0) < 0.1);
}

#[test]
fn cycling_beyond_the_tests_stays_at_their_edge_and_says_so() {
    for (law, low, high) in [
        (blast(), 10.0, 45.0),
        (naumann(), 20.0, 40.0),
        (nmc811(), 0.0, 25.0),
        (nmc_lto(), 30.0, 60.0),
    ] {
        let of = |celsius| {
            let mut state = AgeingState::default();
            let covered = law.advance(&mut state, &cycled(100.0, 0.5, celsius));
            (state.cycle_loss, covered)
        };
        for edge in [low, high] {
            assert!(of(edge).1.is_full(), "{edge} °C was measured");
        }
        assert_eq!(of(low - 20.0), (of(low).0, Covered { temperature: false, ..Covered::FULLY }));
        assert_eq!(of(high + 20.0), (of(high).0, Covered { temperature: false, ..Covered::FULLY }));
    }
}

#[test]
fn depth_and_current_beyond_the_tests_are_told() {
    let covered = |stress| blast().advance(&mut AgeingState::default(), &stress);
    let stress = cycled(1.0, 0.5, 25.0);
    assert!(covered(Stress { dod: 0.8, ..stress }).depth);
    assert!(!covered(Stress { dod: 0.79, ..stress }).depth);
    assert!(covered(Stress { c_rate: 1.0, ..stress }).rate);
    assert!(!covered(Stress { c_rate: 1.01, ..stress }).rate);
    assert!(!covered(Stress { discharge_c_rate: 1.01, ..stress }).rate);
    assert!(covered(Stress::standing(1e6, 0.5, -20.0)).is_full(), "no cycles, no question");
}

#[test]
fn the_end_of_a_cell_is_not_below_nothing() {
    let state = blast().after(&cycled(1e6, 1.0, 25.0));
    assert_eq!(state.capacity().to_bits(), CAPACITY_MIN.to_bits());
}

#[test]
fn a_coefficient_that_no_law_can_have_is_named() {
    let wrong = BlastLfp { calendar_exponent: 0.0, cycle_scale: f64::NAN, ..BlastLfp::default() };
    let law = Law { capacity: CapacityLaw::BlastLfp(wrong), ..naumann() };
    let names: Vec<_> = law.faults().into_iter().map(|fault| fault.parameter).collect();
    assert_eq!(names, ["ageing.capacity.calendar_exponent", "ageing.capacity.cycle_scale"]);
    assert_eq!([blast(), naumann(), nmc811(), nmc_lto()].map(|law| law.faults().len()), [0; 4]);
}

fn laws() -> impl Strategy<Value = Law> {
    prop::sample::select(vec![blast(), naumann(), nmc811(), nmc_lto()])
}

fn stresses() -> impl Strategy<Value = Stress> {
    let span = (0.0..3e7_f64, -20.0..60.0_f64, 0.0..1.0_f64);
    let cycle = (0.0..1.0_f64, 0.0..3.0_f64, 0.0..300.0_f64);
    (span, cycle).prop_map(|((dt_s, temperature_c, soc_mean), (dod, c_rate, efc))| Stress {
        dt_s,
        temperature_c,
        soc_mean,
        dod,
        c_rate,
        discharge_c_rate: c_rate,
        efc,
    })
}

/// A year of standing and a cycle a day at one stress.
fn year(dt_s: f64) -> Stress {
    Stress { dt_s, efc: dt_s / SECONDS_PER_DAY, ..cycled(0.0, 0.5, 25.0) }
}

#[test]
fn a_year_in_days_is_a_year_at_once() {
    for law in [blast(), naumann(), nmc811(), nmc_lto()] {
        let once = law.after(&year(YEAR_S));
        let mut daily = AgeingState::default();
        for _ in 0..365 {
            let _covered = law.advance(&mut daily, &year(SECONDS_PER_DAY));
        }
        approx::assert_abs_diff_eq!(once.capacity(), daily.capacity(), epsilon = 1e-9);
        approx::assert_abs_diff_eq!(once.resistance(), daily.resistance(), epsilon = 1e-9);
        assert!(once.capacity() < 0.995, "{}", once.capacity());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_stress_makes_a_cell_younger(
        law in laws(), history in prop::collection::vec(stresses(), 1..12),
    ) {
        let mut state = AgeingState::default();
        for stress in history {
            let before = state;
            let _covered = law.advance(&mut state, &stress);
            prop_assert!(state.capacity() <= before.capacity());
            prop_assert!(state.resistance() >= before.resistance());
            prop_assert!(state.capacity().is_finite() && state.resistance().is_finite());
        }
    }

    #[test]
    fn a_span_may_be_split_anywhere(law in laws(), stress in stresses(), at in 0.01..0.99_f64) {
        let part = |share| Stress { dt_s: share * stress.dt_s, efc: share * stress.efc, ..stress };
        let once = law.after(&stress);
        let mut split = law.after(&part(at));
        let _covered = law.advance(&mut split, &part(1.0 - at));
        prop_assert!((once.capacity() - split.capacity()).abs() < 1e-9);
        prop_assert!((once.resistance() - split.resistance()).abs() < 1e-9);
    }
}
