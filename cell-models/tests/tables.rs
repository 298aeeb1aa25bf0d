//! Tables interpolate by their stated rules and say when they do not.

use approx::assert_relative_eq;
use cell_models::table::{Curve, Ends, Joint, Map, TableError, TemperatureFactor};

/// Factor points of R0 of the LFP presets, which rest on A123 26650 fits.
const TEMPERATURE_C: [f64; 8] = [-25.0, -15.0, -5.0, 5.0, 15.0, 25.0, 35.0, 45.0];
const R0_FACTOR: [f64; 8] = [13.347, 6.544, 3.384, 1.835, 1.340, 1.000, 0.879, 0.779];

fn r0_factor() -> TemperatureFactor {
    TemperatureFactor::new(&TEMPERATURE_C, &R0_FACTOR).expect("the points rise")
}

fn hat() -> ([f64; 3], [f64; 3]) {
    ([0.0, 0.25, 1.0], [2.0, 4.0, 1.0])
}

/// Curves through the points, by cubics and by straight lines.
fn curves(soc: &[f64], values: &[f64], ends: Ends) -> [Curve; 2] {
    [Joint::Cubic, Joint::Straight]
        .map(|joint| Curve::through(soc, values, joint, ends).expect("the points rise"))
}

#[test]
fn a_curve_meets_its_points_and_may_join_them_straight() {
    let (soc, values) = hat();
    let [smooth, straight] = curves(&soc, &values, Ends::Hold);
    for (soc, value) in soc.into_iter().zip(values) {
        assert_relative_eq!(smooth.at(soc), value);
        assert_relative_eq!(straight.at(soc), value);
    }
    assert_relative_eq!(straight.at(0.125), 3.0);
    assert_relative_eq!(straight.at(0.625), 2.5);
    assert_relative_eq!(straight.slope(0.1), 8.0);
    assert_relative_eq!(straight.slope(1.1), 0.0);
}

#[test]
fn a_curve_finds_the_right_piece_however_uneven_its_points() {
    let soc = [-3.0, -2.999, 0.0, 1e-6, 2e-6, 0.5, 7.0];
    let values = [1.0, -1.0, 5.0, 2.0, 9.0, 9.5, -4.0];
    let [_, curve] = curves(&soc, &values, Ends::Hold);
    for i in 0..6 {
        for share in [0.0, 0.1, 0.5, 0.999] {
            let x = soc[i] + share * (soc[i + 1] - soc[i]);
            let expected = values[i] + share * (values[i + 1] - values[i]);
            assert_relative_eq!(curve.at(x), expected, epsilon = 1e-9);
        }
    }
}

#[test]
fn beyond_its_ends_a_curve_holds_or_extends_and_tells() {
    let (soc, values) = hat();
    let [smooth, holding] = curves(&soc, &values, Ends::Hold);
    let [_, extending] = curves(&soc, &values, Ends::Extend);
    for held in [smooth, holding.clone()] {
        assert_relative_eq!(held.at(-0.25), 2.0);
        assert_relative_eq!(held.at(1.25), 1.0);
    }
    assert_relative_eq!(extending.at(-0.25), 0.0);
    assert_relative_eq!(extending.at(1.25), 0.0);
    for (x, covered) in [(-1e-9, false), (0.0, true), (1.0, true), (1.000_000_1, false)] {
        assert_eq!((holding.covers(x), extending.covers(x)), (covered, covered), "{x}");
    }
}

#[test]
fn the_mean_is_the_area_under_the_straight_lines() {
    let (soc, values) = hat();
    let [_, curve] = curves(&soc, &values, Ends::Extend);
    // Trapezia: 0.25 wide from 2 to 4, 0.75 wide from 4 to 1.
    assert_relative_eq!(curve.mean(0.0, 1.0), 0.25 * 3.0 + 0.75 * 2.5);
    assert_relative_eq!(curve.mean(1.0, 0.0), curve.mean(0.0, 1.0));
    assert_relative_eq!(curve.mean(0.3, 0.3), curve.at(0.3));
    // Beyond both ends: lines from 0 to 2 and from 1 to 0 join in.
    let wide = (0.25 * 1.0 + 0.25 * 3.0 + 0.75 * 2.5 + 0.25 * 0.5) / 1.5;
    assert_relative_eq!(curve.mean(-0.25, 1.25), wide, max_relative = 1e-14);
}

#[test]
fn a_constant_covers_everything() {
    let constant = Curve::constant(3.0);
    for x in [-1e9, -0.1, 0.0, 0.5, 1e9] {
        assert!(constant.covers(x));
        assert_relative_eq!(constant.at(x), 3.0);
    }
    assert_relative_eq!(constant.mean(-5.0, 5.0), 3.0);
    assert_eq!(Curve::new(&[0.4], &[3.0]).unwrap().at(0.9).to_bits(), 3.0_f64.to_bits());
}

#[test]
fn a_line_extends_both_ways() {
    let line = Curve::line(3.0, 4.0);
    for (soc, volt) in [(-0.1, 2.9), (0.0, 3.0), (0.25, 3.25), (1.0, 4.0), (1.1, 4.1)] {
        assert_relative_eq!(line.at(soc), volt);
    }
    assert!(line.covers(1.0) && !line.covers(1.1) && !line.covers(-0.1));
}

#[test]
fn points_that_make_no_table_are_refused() {
    let refused = |soc: &[f64], values: &[f64]| Curve::new(soc, values).unwrap_err();
    assert_eq!(refused(&[], &[]), TableError::Empty);
    assert_eq!(refused(&[0.0], &[]), TableError::Lengths { positions: 1, values: 0 });
    assert_eq!(refused(&[0.0, 0.0], &[1.0, 2.0]), TableError::NotRising { index: 1 });
    assert_eq!(refused(&[0.0, 1.0], &[1.0, f64::NAN]), TableError::NotFinite { index: 1 });
    assert_eq!(refused(&[f64::INFINITY], &[1.0]), TableError::NotFinite { index: 0 });
    let factor = |celsius: &[f64], values: &[f64]| TemperatureFactor::new(celsius, values);
    let zero = TableError::NotPositive { index: 1 };
    assert_eq!(factor(&[0.0, 1.0], &[1.0, 0.0]), Err(zero));
    assert_eq!(factor(&[-273.15], &[1.0]), Err(TableError::NotPositive { index: 0 }));
}

#[test]
fn a_temperature_factor_meets_its_points() {
    for (celsius, factor) in TEMPERATURE_C.into_iter().zip(R0_FACTOR) {
        assert_relative_eq!(r0_factor().at(celsius), factor, max_relative = 1e-14);
    }
}

/// The exponential of equation (3), written out again.
fn arrhenius(celsius: f64, (from_c, from): (f64, f64), (to_c, to): (f64, f64)) -> f64 {
    let inverse = |c: f64| 1.0 / (c + 273.15);
    let share = (inverse(celsius) - inverse(from_c)) / (inverse(to_c) - inverse(from_c));
    from * libm::exp(share * libm::log(to / from))
}

#[test]
fn between_its_points_the_logarithm_of_a_factor_is_linear_in_1_over_t() {
    let factor = r0_factor();
    for i in 0..7 {
        let from = (TEMPERATURE_C[i], R0_FACTOR[i]);
        let to = (TEMPERATURE_C[i + 1], R0_FACTOR[i + 1]);
        for tenths in 0..100_u8 {
            let celsius = from.0 + f64::from(tenths) / 10.0 + 0.03;
            let expected = arrhenius(celsius, from, to);
            assert_relative_eq!(factor.at(celsius), expected, max_relative = 1e-8);
        }
    }
}

#[test]
fn beyond_its_points_a_factor_holds_and_tells() {
    let factor = r0_factor();
    assert_relative_eq!(factor.at(-40.0), 13.347);
    assert_relative_eq!(factor.at(60.0), 0.779);
    for (celsius, covered) in [(-25.01, false), (-25.0, true), (45.0, true), (45.01, false)] {
        assert_eq!(factor.covers(celsius), covered, "{celsius}");
    }
    assert!(TemperatureFactor::none().covers(-100.0));
    assert_relative_eq!(TemperatureFactor::none().at(-100.0), 1.0);
}

#[test]
fn a_map_is_the_product_of_its_parts() {
    let (soc, values) = hat();
    let [_, shape] = curves(&soc, &values, Ends::Hold);
    let map = Map::product(0.5, shape, r0_factor());
    assert_relative_eq!(map.at(0.125, 5.0), 0.5 * 3.0 * 1.835);
    assert_relative_eq!(map.clone().scaled(1.1).at(0.125, 5.0), 1.1 * map.at(0.125, 5.0));
    assert!(map.covers(0.0, -25.0) && !map.covers(-0.1, 0.0) && !map.covers(0.0, -25.1));
}
