//! Tables interpolate by their stated rules and say when they do not.

use approx::assert_relative_eq;
use cell_models::table::{Curve, Ends, Joint, Map, Surface, TableError, TemperatureFactor};

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

/// Uneven points with a flat stretch and a turning point.
const UNEVEN: ([f64; 8], [f64; 8]) =
    ([0.0, 0.02, 0.1, 0.25, 0.5, 0.55, 0.9, 1.0], [2.3, 2.8, 3.19, 3.2, 3.2, 3.15, 3.3, 3.6]);

/// Position, value and slope of `PchipInterpolator` of SciPy 1.17.1 through [`UNEVEN`].
const SCIPY: [(f64, f64, f64); 10] = [
    (0.005, 2.450917749637331, 30.620499879110255),
    (0.01, 2.5989889990328816, 27.8863999032882),
    (0.06, 3.087834597176135, 4.918664735979782),
    (0.2, 3.199028970398893, 0.04024199914432667),
    (0.3, 3.2, 0.0),
    (0.52, 3.1824000000000003, -1.4400000000000062),
    (0.6, 3.1529765823380043, 0.11934543402614471),
    (0.8, 3.225825260979968, 0.6136556004890432),
    (0.93, 3.355103225806452, 2.66239631336406),
    (0.999, 3.596418865437788, 3.590684792626731),
];

/// Ends of a stretch and the mean over it, from the integral of the same interpolator.
const SCIPY_MEANS: [(f64, f64, f64); 4] = [
    (0.0, 1.0, 3.1970864908678096),
    (0.01, 0.015, 2.663720582235252),
    (0.03, 0.97, 3.202813306900406),
    (0.4, 0.53, 3.197092307692308),
];

#[test]
fn a_smooth_curve_is_scipys_pchip_in_value_slope_and_integral() {
    let curve = Curve::extended(&UNEVEN.0, &UNEVEN.1).unwrap();
    for (x, value, slope) in SCIPY {
        assert_relative_eq!(curve.at(x), value, epsilon = 1e-13);
        assert_relative_eq!(curve.slope(x), slope, epsilon = 1e-11);
    }
    for (from, to, mean) in SCIPY_MEANS {
        assert_relative_eq!(curve.mean(from, to), mean, epsilon = 1e-13);
        assert_relative_eq!(curve.mean(to, from), mean, epsilon = 1e-13);
    }
    // Its end slopes, 29.025 and 3.5714..., go on beyond the ends.
    assert_relative_eq!(curve.at(-0.1), 2.3 - 2.9025, epsilon = 1e-12);
    assert_relative_eq!(curve.at(1.1), 3.6 + 0.1 * 25.0 / 7.0, epsilon = 1e-12);
    // Three points with a turn: 11, 0 and -12 per unit.
    let (soc, values) = hat();
    let hat = Curve::new(&soc, &values).unwrap();
    for (x, value) in [(0.1, 3.1), (0.2, 3.88), (0.3, 3.999_111_111_111_111), (0.7, 3.352)] {
        assert_relative_eq!(hat.at(x), value, epsilon = 1e-13);
    }
}

#[test]
fn a_smooth_curve_never_overshoots_its_points() {
    let (soc, values) = UNEVEN;
    let curve = Curve::new(&soc, &values).unwrap();
    for (pair, ends) in soc.windows(2).zip(values.windows(2)) {
        let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        for step in 0..=50_u8 {
            let x = pair[0] + (pair[1] - pair[0]) * f64::from(step) / 50.0;
            let value = curve.at(x);
            assert!((low - 1e-12..=high + 1e-12).contains(&value), "{value} at {x}");
        }
    }
}

#[test]
fn shifted_and_scaled_curves_are_those_through_shifted_and_scaled_points() {
    let (soc, values) = UNEVEN;
    let curve = Curve::extended(&soc, &values).unwrap();
    for x in [-0.1, 0.0, 0.01, 0.3, 0.7, 1.1] {
        assert_relative_eq!(curve.shifted(0.5).at(x), curve.at(x) + 0.5, epsilon = 1e-12);
        assert_relative_eq!(curve.scaled(1.5).at(x), curve.at(x) * 1.5, epsilon = 1e-12);
    }
    assert_eq!(curve.scaled(2.0), Curve::extended(&soc, &values.map(|v| v * 2.0)).unwrap());
}

/// Two temperatures, 0 and 20 °C; the warm row is 1 higher.
fn surface() -> Surface {
    let (soc, values) = hat();
    let rows = [values, values.map(|value| value + 1.0)];
    let surface = Surface::through(&soc, &[0.0, 20.0], &rows, Joint::Straight, Ends::Extend);
    surface.expect("the points rise")
}

#[test]
fn a_surface_is_straight_between_its_temperatures_and_held_beyond() {
    let surface = surface();
    for (celsius, above) in [(-10.0, 0.0), (0.0, 0.0), (5.0, 0.25), (20.0, 1.0), (30.0, 1.0)] {
        assert_relative_eq!(surface.at(0.125, celsius), 3.0 + above, epsilon = 1e-12);
        let mean = surface.mean(0.0, 1.0, celsius);
        assert_relative_eq!(mean, 0.25 * 3.0 + 0.75 * 2.5 + above, epsilon = 1e-12);
        assert_relative_eq!(surface.slope(0.125, celsius), 8.0, epsilon = 1e-12);
    }
    for (soc, celsius, covered) in [
        (0.5, 0.0, true),
        (0.5, 20.0, true),
        (0.5, -0.01, false),
        (0.5, 20.01, false),
        (-0.01, 10.0, false),
        (1.01, 10.0, false),
    ] {
        assert_eq!(surface.covers(soc, celsius), covered, "{soc} at {celsius}");
    }
    let single = Surface::single(Curve::line(3.0, 4.0));
    assert!(single.covers(0.5, -100.0) && single.is_single() && !surface.is_single());
}

#[test]
fn rows_with_other_positions_are_blended_as_those_with_the_same() {
    let cold = Curve::new(&[0.0, 1.0], &[1.0, 2.0]).unwrap();
    let warm = Curve::new(&[0.0, 0.5, 1.0], &[3.0, 3.5, 4.0]).unwrap();
    let surface = Surface::from_rows(&[0.0, 10.0], vec![cold, warm]).unwrap();
    assert_relative_eq!(surface.at(0.25, 5.0), 0.5 * (1.25 + 3.25), epsilon = 1e-12);
    assert_relative_eq!(surface.scaled(2.0).at(0.25, 5.0), 4.5, epsilon = 1e-12);
    assert_relative_eq!(surface.shifted(1.0).at(0.25, 5.0), 3.25, epsilon = 1e-12);
}

#[test]
fn rows_that_make_no_surface_are_refused() {
    let rows = [[1.0, 2.0], [1.0, 2.0]];
    let made = |celsius: &[f64], rows: &[[f64; 2]]| Surface::new(&[0.0, 1.0], celsius, rows);
    assert_eq!(made(&[0.0], &rows), Err(TableError::Lengths { positions: 1, values: 2 }));
    assert_eq!(made(&[5.0, 5.0], &rows), Err(TableError::NotRising { index: 1 }));
    assert_eq!(made(&[0.0, f64::NAN], &rows), Err(TableError::NotFinite { index: 1 }));
    assert_eq!(made(&[], &[]), Err(TableError::Empty));
}

const GRID_SOC: [f64; 4] = [0.0, 0.1, 0.5, 1.0];
const GRID_C: [f64; 4] = [-10.0, 10.0, 25.0, 45.0];
const GRID: [[f64; 4]; 4] = [
    [90.0, 60.0, 50.0, 55.0],
    [40.0, 25.0, 20.0, 22.0],
    [22.0, 13.0, 10.0, 11.0],
    [15.0, 9.0, 7.0, 8.0],
];

/// SOC, temperature and value, from SciPy 1.17.1: PCHIP of the logarithm over SOC, linear in 1/T.
const GRID_SCIPY: [(f64, f64, f64); 11] = [
    (0.05, -10.0, 70.076356743755),
    (0.3, 0.0, 32.611982539882206),
    (0.7, 17.5, 14.101983616203182),
    (0.9, 25.0, 10.500090803241642),
    (0.25, 40.0, 8.380697950799956),
    (0.5, -20.0, 83.46786596929013),
    (0.5, -30.0, 145.3363105719139),
    (0.5, -40.0, 145.3363105719139),
    (0.2, 55.0, 6.810810319544513),
    (0.2, 70.0, 5.8322750492021695),
    (-0.1, 20.0, 26.669580336933187),
];

#[test]
fn a_grid_is_smooth_in_soc_and_arrhenius_in_temperature() {
    let grid = Map::grid(&GRID_SOC, &GRID_C, &GRID).unwrap();
    for (soc, celsius, value) in GRID_SCIPY {
        assert_relative_eq!(grid.at(soc, celsius), value, max_relative = 1e-12);
        let scaled = grid.clone().scaled(1.1).at(soc, celsius);
        assert_relative_eq!(scaled, 1.1 * value, max_relative = 1e-12);
    }
    for (soc, celsius, covered) in
        [(0.0, -10.0, true), (1.0, 45.0, true), (0.5, -10.1, false), (0.5, 45.1, false)]
    {
        assert_eq!(grid.covers(soc, celsius), covered);
    }
    assert!(!grid.covers(-0.01, 25.0) && !grid.covers(1.01, 25.0));
}

/// R = 10 mohm exp(Ea/R (1/T - 1/298.15 K)) with 25 kJ/mol, told at two temperatures only.
#[test]
fn one_activation_energy_is_met_everywhere_up_to_20_kelvin_beyond() {
    let law = |celsius: f64| {
        let inverse = 1.0 / (celsius + 273.15) - 1.0 / 298.15;
        10e-3 * libm::exp(25e3 / 8.314_462_618 * inverse)
    };
    let grid = Map::grid(&[0.5], &[0.0, 40.0], &[[law(0.0)], [law(40.0)]]).unwrap();
    for celsius in [-20.0, -10.0, 0.0, 13.0, 25.0, 40.0, 50.0, 60.0] {
        assert_relative_eq!(grid.at(0.2, celsius), law(celsius), max_relative = 1e-12);
    }
    assert_relative_eq!(grid.at(0.2, -35.0), law(-20.0), max_relative = 1e-12);
    assert_relative_eq!(grid.at(0.2, 75.0), law(60.0), max_relative = 1e-12);
}

#[test]
fn values_that_make_no_grid_are_refused() {
    let made = |celsius: &[f64], rows: &[[f64; 2]]| Map::grid(&[0.0, 1.0], celsius, rows);
    let zero = made(&[25.0], &[[1.0, 0.0]]).unwrap_err();
    assert_eq!(zero, TableError::NotPositive { index: 1 });
    let absolute = made(&[-273.15, 25.0], &[[1.0, 1.0]; 2]).unwrap_err();
    assert_eq!(absolute, TableError::NotPositive { index: 0 });
    let rows = made(&[25.0], &[[1.0, 1.0]; 2]).unwrap_err();
    assert_eq!(rows, TableError::Lengths { positions: 1, values: 2 });
}

#[test]
fn a_factor_of_more_points_than_it_can_number_is_refused() {
    let celsius: Vec<f64> = (0..257_u16).map(f64::from).collect();
    let factor = |count: usize| TemperatureFactor::new(&celsius[..count], &vec![1.0; count]);
    assert!(factor(256).is_ok());
    assert_eq!(factor(257), Err(TableError::TooMany { points: 257, most: 256 }));
}
