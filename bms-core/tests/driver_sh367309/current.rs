//! Counts and amperes: the datasheet's formula at points where it is exact, and its rounding.

use bms_core::drivers::sh367309::{counter_resolution, current_resolution};
use bms_core::units::{Microcoulombs, Milliamps};
use proptest::prelude::{any, proptest};

const SHUNT_200: u32 = 125_000;

/// 200 mA × 26 837 / (26 837 × 0.000125) is 1600 A: the 200 mV full scale of the converter.
#[test]
fn the_fast_converters_divisor_reads_as_200_millivolts() {
    let scale = current_resolution(SHUNT_200);
    assert_eq!(scale.current(26_837), Milliamps(1_600_000));
    assert_eq!(scale.current(-26_837), Milliamps(-1_600_000));
    assert_eq!(current_resolution(1_000_000).current(26_837), Milliamps(200_000));
}

/// The same for the counter; 1600 A over 250 ms are 400 C.
#[test]
fn the_counters_divisor_reads_as_200_millivolts_for_a_quarter_second() {
    let scale = counter_resolution(SHUNT_200);
    assert_eq!(scale.current(21_470), Milliamps(1_600_000));
    assert_eq!(scale.charge(21_470), Microcoulombs(400_000_000));
    assert_eq!(scale.charge(-21_470), Microcoulombs(-400_000_000));
}

/// Per count at 125 µΩ: 59.619 mA; 74.523 mA and 18 630.65 µC.
#[test]
fn readings_round_to_the_nearest_on_both_sides_of_zero() {
    let fast = current_resolution(SHUNT_200);
    assert_eq!([1, 2, -1, -2].map(|counts| fast.current(counts).0), [60, 119, -60, -119]);
    let counter = counter_resolution(SHUNT_200);
    assert_eq!([1, -1].map(|counts| counter.current(counts).0), [75, -75]);
    assert_eq!([1, -1].map(|counts| counter.charge(counts).0), [18_631, -18_631]);
}

#[test]
fn a_tenth_of_an_ampere_below_a_limit_reads_below_it() {
    let products = [(125_000, 205_000), (166_667, 155_000), (166_667, 150_000)];
    for (shunt, limit) in products {
        let scale = current_resolution(shunt);
        let at = scale.nearest(Milliamps(limit));
        let below = scale.nearest(Milliamps(limit - 100));
        assert!(below < at, "{below:?} reads like {at:?}");
        assert!((at.0 - limit).abs() <= 30);
        assert_eq!(scale.nearest(Milliamps(-limit)), -at);
    }
}

#[test]
fn currents_beyond_the_converter_read_as_its_ends() {
    let scale = current_resolution(4_000_000_000);
    assert_eq!(scale.counts(Milliamps(i32::MAX)), i16::MAX);
    assert_eq!(scale.counts(Milliamps(i32::MIN)), i16::MIN);
}

#[test]
fn the_smallest_shunt_keeps_the_largest_reading_in_range() {
    let scale = current_resolution(1_000);
    // 32 768 × 200 / 0.026837 mA to the nearest.
    assert_eq!(scale.current(i16::MIN), Milliamps(-244_200_171));
    assert_eq!(current_resolution(0), scale);
}

proptest! {
    #[test]
    fn a_reading_is_its_own_nearest(counts in any::<i16>(), shunt in 50_000_u32..1_000_000) {
        let scale = current_resolution(shunt);
        let current = scale.current(counts);
        assert_eq!(scale.counts(current), counts);
        assert_eq!(scale.nearest(current), current);
    }
}
