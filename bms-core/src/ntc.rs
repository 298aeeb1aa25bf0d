//! From a thermistor's divider to its temperature: an integer table of the 103AT, one row per
//! degree, straight lines between.
//!
//! The rows follow the published resistances of the 103AT (the maker's table, -50 to
//! +110 °C in steps of 10 °C), between them ln R linear in 1/T; above +110 °C the last pair is
//! extended. A test recomputes every row from the published points.

use crate::units::Centicelsius;

/// The temperature of the first row.
const FIRST: i16 = -50;

/// The temperature of the last row.
const LAST: i16 = 130;

/// The divider of a thermistor of 10 kΩ.
const HALF: u16 = 16_384;

/// Rows are sixteenths of a count of the 15-bit divider, so that a row's own rounding is no error.
const PER_COUNT: u32 = 16;

/// `R / (R + 10 kΩ)`, 32 768 × 16 being everything, from -50 °C upwards; falling. Ten per line.
#[rustfmt::skip]
const ROWS: [u32; 181] = [
    508_845, 507_950, 507_014, 506_035, 505_012, 503_943, 502_828, 501_665, 500_453, 499_190, // -50
    497_876, 496_469, 495_005, 493_482, 491_898, 490_253, 488_546, 486_774, 484_938, 483_035, // -40
    481_066, 478_981, 476_824, 474_594, 472_290, 469_910, 467_456, 464_925, 462_318, 459_634, // -30
    456_873, 453_979, 451_004, 447_950, 444_815, 441_601, 438_308, 434_938, 431_490, 427_965, // -20
    424_367, 420_612, 416_782, 412_877, 408_901, 404_854, 400_740, 396_560, 392_317, 388_014, // -10
    383_653, 379_166, 374_625, 370_033, 365_395, 360_713, 355_991, 351_232, 346_440, 341_620, // 0
    336_774, 331_828, 326_864, 321_884, 316_894, 311_897, 306_897, 301_898, 296_904, 291_919, // 10
    286_946, 281_940, 276_953, 271_989, 267_052, 262_144, 257_236, 252_365, 247_532, 242_741, // 20
    237_995, 233_249, 228_554, 223_910, 219_321, 214_788, 210_313, 205_898, 201_545, 197_254, // 30
    193_026, 188_818, 184_677, 180_604, 176_599, 172_663, 168_796, 164_999, 161_272, 157_615, // 40
    154_028, 150_472, 146_987, 143_573, 140_229, 136_954, 133_749, 130_613, 127_545, 124_544, // 50
    121_609, 118_716, 115_889, 113_127, 110_429, 107_794, 105_221, 102_709, 100_256, 97_863, // 60
    95_528, 93_229, 90_987, 88_800, 86_667, 84_588, 82_561, 80_584, 78_658, 76_780, // 70
    74_950, 73_157, 71_410, 69_708, 68_050, 66_435, 64_851, 63_308, 61_805, 60_342, // 80
    58_916, 57_521, 56_162, 54_838, 53_550, 52_294, 51_072, 49_882, 48_723, 47_594, // 90
    46_494, 45_419, 44_373, 43_353, 42_360, 41_394, 40_452, 39_534, 38_641, 37_771, // 100
    36_923, 36_097, 35_292, 34_508, 33_745, 33_000, 32_275, 31_568, 30_880, 30_209, // 110
    29_555, 28_917, 28_296, 27_690, 27_099, 26_523, 25_962, 25_414, 24_881, 24_360, // 120
    23_852, // 130
];

/// The temperature behind a divider of 10 kΩ above a 103AT thermistor; `ratio` is `R / (R + 10 kΩ)`
/// as a share of 32 768. Between -40 and +110 °C within 0.02 °C of the thermistor's law. A ratio
/// beyond the table gives the table's end, -50 or +130 °C: such a thermistor is open or shorted.
#[must_use]
pub fn centicelsius(ratio: u16) -> Centicelsius {
    let end = if ratio > HALF { FIRST } else { LAST };
    checked(ratio).unwrap_or(Centicelsius::from_degrees(end))
}

/// The same, `None` beyond the table.
#[must_use]
pub fn checked(ratio: u16) -> Option<Centicelsius> {
    let wanted = u32::from(ratio) * PER_COUNT;
    let warmer = ROWS.partition_point(|row| *row > wanted);
    let (above, below) = (ROWS.get(warmer.checked_sub(1)?)?, ROWS.get(warmer)?);
    let share = ((above - wanted) * 100 + (above - below) / 2) / (above - below);
    let row = i16::try_from(warmer - 1).expect("the table has 181 rows");
    let part = i16::try_from(share).expect("a share of a degree is at most 100");
    Some(Centicelsius((FIRST + row) * 100 + part))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published resistance of the 103AT, kΩ.
    const PUBLISHED: [(f64, f64); 19] = [
        (-50.0, 329.5),
        (-40.0, 188.5),
        (-30.0, 111.3),
        (-20.0, 67.77),
        (-10.0, 42.47),
        (0.0, 27.28),
        (10.0, 17.96),
        (20.0, 12.09),
        (25.0, 10.00),
        (30.0, 8.313),
        (40.0, 5.827),
        (50.0, 4.160),
        (60.0, 3.020),
        (70.0, 2.228),
        (80.0, 1.668),
        (85.0, 1.451),
        (90.0, 1.266),
        (100.0, 0.9731),
        (110.0, 0.7576),
    ];

    /// The law: ln R linear in 1/T between published points.
    fn kiloohm(celsius: f64) -> f64 {
        let last = PUBLISHED.len() - 2;
        let at = PUBLISHED.partition_point(|(point, _)| *point <= celsius).clamp(1, last + 1) - 1;
        let ((t0, r0), (t1, r1)) = (PUBLISHED[at], PUBLISHED[at + 1]);
        let inverse = |celsius: f64| 1.0 / (celsius + 273.15);
        let share = (inverse(celsius) - inverse(t0)) / (inverse(t1) - inverse(t0));
        libm::exp(libm::log(r0) + (libm::log(r1) - libm::log(r0)) * share)
    }

    fn share(celsius: f64) -> f64 {
        kiloohm(celsius) / (kiloohm(celsius) + 10.0)
    }

    #[test]
    fn every_row_follows_from_the_published_resistances() {
        for (row, celsius) in ROWS.iter().zip(-50..) {
            let exact = share(f64::from(celsius)) * 32_768.0 * f64::from(PER_COUNT);
            assert!((f64::from(*row) - exact).abs() <= 0.5, "{celsius} °C: {row}, {exact}");
        }
    }

    #[test]
    fn between_minus_40_and_110_the_error_is_at_most_0_02_degrees() {
        for hundredth in -4_000..=11_000 {
            let celsius = f64::from(hundredth) / 100.0;
            let read = centicelsius((share(celsius) * 32_768.0).round() as u16);
            assert!((f64::from(read.0) / 100.0 - celsius).abs() <= 0.02, "{celsius}: {read:?}");
        }
    }

    #[test]
    fn ten_kiloohm_are_25_degrees() {
        assert_eq!(centicelsius(16_384), Centicelsius(2_500));
    }

    #[test]
    fn an_open_or_shorted_thermistor_reads_the_end_of_the_table() {
        assert_eq!(centicelsius(32_768), Centicelsius(-5_000));
        assert_eq!(centicelsius(u16::MAX), Centicelsius(-5_000));
        assert_eq!(centicelsius(0), Centicelsius(13_000));
        assert_eq!([checked(32_768), checked(0)], [None, None]);
        assert_eq!(checked(16_384), Some(Centicelsius(2_500)));
    }
}
