//! Cell files: what is written reads back to the last bit, and what is wrong is told all at once.

use cell_models::cell::{Branch, CellParams, Chemistry};
use cell_models::hysteresis::Hysteresis;
use cell_models::presets::{self, NAMES, by_name};
use cell_models::sheet::{Sheet, write};
use cell_models::table::{Curve, Ends, Joint, Map, Surface, TemperatureFactor};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert_eq, proptest};

#[test]
fn every_preset_reads_back_to_the_last_bit() {
    for name in NAMES {
        let cell = by_name(name).unwrap();
        assert_eq!(Sheet::parse(&write(&cell)).unwrap(), cell, "{name}");
    }
}

#[test]
fn provenance_that_the_model_does_not_need_is_kept() {
    let text = presets::file("nmc-18650").unwrap();
    let sheet = Sheet::read(text).unwrap().note("rmse", "20 mV at 1C, \"held out\"\n");
    assert!(sheet.provenance.iter().any(|(key, _)| key == "not_measured"));
    let again = Sheet::read(&sheet.write()).unwrap();
    assert_eq!(again, sheet);
    assert_eq!(again.write(), sheet.write());
}

#[test]
fn what_may_be_left_out_is_ideal() {
    let cell = Sheet::parse(include_str!("sheets/least.toml")).unwrap();
    assert_eq!(cell.hysteresis, Hysteresis::none());
    assert!(cell.branches.is_empty() && cell.leakage_ohm.is_infinite());
    assert_eq!(cell.capacity_factor, Curve::constant(1.0));
    assert_eq!(cell.chemistry, Chemistry::Other);
    let half = cell_models::cell::CellState::rested(0.5, 25.0);
    approx::assert_relative_eq!(cell.voltage(&half, 10.0), 3.5 + 0.005, epsilon = 1e-12);
}

/// A number of any size with any digits.
fn positive() -> impl Strategy<Value = f64> {
    (1e-6..1e4_f64, -3..4_i32).prop_map(|(value, power)| value * libm::pow(10.0, f64::from(power)))
}

fn rising(count: usize, low: f64, high: f64) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(1e-3..1.0_f64, count).prop_map(move |steps| {
        let whole: f64 = steps.iter().sum();
        let mut sum = 0.0;
        let next = |step: &f64| {
            sum += step;
            low + (high - low) * sum / whole
        };
        steps.iter().map(next).collect()
    })
}

fn any_curve(ends: Ends) -> impl Strategy<Value = Curve> {
    let joint = any::<bool>();
    let points =
        (2..6_usize).prop_flat_map(|count| (rising(count, 0.0, 1.0), rising(count, 2.0, 4.2)));
    (points, joint).prop_map(move |((soc, values), straight)| {
        let joint = if straight { Joint::Straight } else { Joint::Cubic };
        Curve::through(&soc, &values, joint, ends).expect("the points rise")
    })
}

fn any_surface(ends: Ends) -> impl Strategy<Value = Surface> {
    let rows = prop::collection::vec(any_curve(ends), 3);
    (rows, rising(3, -20.0, 45.0), 1..4_usize).prop_map(|(mut rows, celsius, count)| {
        rows.truncate(count);
        Surface::from_rows(&celsius[..count], rows).expect("the points rise")
    })
}

fn any_map() -> impl Strategy<Value = Map> {
    let factor = prop::collection::vec(0.1..9.0_f64, 3);
    let product = (positive(), any_curve(Ends::Hold), rising(3, -25.0, 60.0), factor);
    let rows = prop::collection::vec(prop::collection::vec(positive(), 4), 3);
    let grid = (rising(4, 0.0, 1.0), rising(3, -25.0, 60.0), rows, positive());
    proptest::prop_oneof![
        positive().prop_map(Map::constant),
        product.prop_map(|(base, shape, celsius, factor)| {
            Map::product(
                base,
                shape,
                TemperatureFactor::new(&celsius, &factor).expect("the points rise"),
            )
        }),
        grid.prop_map(|(soc, celsius, rows, scale)| {
            Map::grid(&soc, &celsius, &rows).expect("the points rise").scaled(scale)
        }),
    ]
}

fn any_branch() -> impl Strategy<Value = Branch> {
    (any_map(), any_map(), any_map(), any::<bool>()).prop_map(|(charge, other, tau, same)| {
        let discharge = if same { charge.clone() } else { other };
        Branch { charge, discharge, tau }
    })
}

fn any_cell() -> impl Strategy<Value = CellParams> {
    let tables = (any_surface(Ends::Extend), any_surface(Ends::Hold), any_surface(Ends::Hold));
    let resistance = (any_map(), any_map(), prop::collection::vec(any_branch(), 0..5));
    let scalars = (positive(), positive(), positive(), 0.0..1e-6_f64);
    (tables, resistance, scalars, "[ -~äµ\n\"]{0,20}").prop_map(
        |((ocv, entropic, half_width), (r0_charge, r0_discharge, branches), scalars, words)| {
            let (capacity_ah, gamma, heat_capacity_j_k, self_discharge_per_s) = scalars;
            CellParams {
                name: words.clone(),
                source: words,
                self_discharge_per_s,
                self_discharge_doubling_k: gamma,
                leakage_ohm: heat_capacity_j_k,
                ocv,
                entropic_v_per_k: entropic,
                hysteresis: Hysteresis { half_width, gamma },
                r0_charge,
                r0_discharge,
                branches,
                heat_capacity_j_k,
                ..CellParams::linear(3.0, 4.0, capacity_ah, 1e-3)
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_cell_reads_back_to_the_last_bit(cell in any_cell()) {
        let text = write(&cell);
        let read = Sheet::parse(&text).map_err(|error| error.to_string());
        prop_assert_eq!(read, Ok(cell), "{}", text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(at in 0..4000_usize, cut in 0..40_usize, put in "[ -~\n]{0,6}") {
        let text = presets::file("lfp-26650").unwrap();
        let from = at.min(text.len());
        let to = (from + cut).min(text.len());
        let broken = format!("{}{put}{}", &text[..from], &text[to..]);
        if let Err(error) = Sheet::parse(&broken) {
            prop_assert_eq!(error.problems.is_empty(), false);
        }
    }
}

/// The problems of each bad file, as the user sees them.
fn told(name: &str, text: &str) -> String {
    match Sheet::parse(text) {
        Ok(_) => format!("{name} is read without a problem"),
        Err(error) => error.to_string(),
    }
}

macro_rules! bad_files {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            let text = include_str!(concat!("sheets/bad/", stringify!($name), ".toml"));
            insta::assert_snapshot!(told(stringify!($name), text));
        })*
    };
}

bad_files!(
    not_toml,
    missing_parts,
    unknown_keys,
    wrong_kinds,
    unknown_words,
    ocv_falls,
    axis_does_not_rise,
    lengths_differ,
    negative_resistance,
    five_pairs,
    limits_out_of_order,
    grid_rows_of_unequal_length,
    another_format,
    numbers_with_units,
    unknown_ageing,
    ageing_coefficient,
);

/// The example in the documentation is a cell file.
#[test]
fn the_documented_example_is_sound() {
    let text = include_str!("../../docs/physics.md");
    let (_, after) = text.split_once("### The cell file").expect("the section is there");
    let (_, example) = after.split_once("```toml\n").expect("it has an example");
    let (example, _) = example.split_once("```").expect("the example ends");
    let cell = Sheet::parse(example).map_err(|error| error.to_string()).unwrap();
    assert_eq!(cell.branches.len(), 1);
    assert!(cell.ageing.is_some());
}
