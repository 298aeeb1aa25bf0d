//! Facts of the data sheets: what the suite says again, and the sense harness of the Powastone boards
//! held against the virtual front end.

use scenarios::expect::Check;
use scenarios::{facts, load::parse, names};
use sim::trace::Trace;

/// The wires of connectors, in the order of the sheet.
fn wires(product: &str, connectors: &[&str]) -> Vec<String> {
    let of = |name: &&str| facts::find(product, name).expect("the sheet says it").is.clone();
    connectors.iter().flat_map(of).collect()
}

fn run(product: &str, world: &str) -> Trace {
    let text = format!(
        "[scenario]\ntitle = \"Harness\"\nproduct = \"{product}\"\nduration = \"10 s\"\n\
         [board]\ndisplay = \"5 mA\"\n\
         [[step]]\nat = \"3 s\"\ndo.hmi-key = \"next\"\n\
         [[step]]\nat = \"4 s\"\ndo.hmi-key = \"next\"\n\
         [[step]]\nat = \"5 s\"\ndo.hmi-key = \"next\"\n\
         [[expect]]\nrequirement = \"PS-IF-1\"\nnever = \"OV enters\"\n\
         [forced]\ncells = 16\nvoltage = \"3300 mV\"\n{world}"
    );
    let scenario = parse("harness.toml", "harness", &text).expect("it is right").remove(0);
    sim::bench::run(&scenario.setup)
}

fn at_the_end(trace: &Trace, signal: &str) -> f64 {
    let (signal, _) = names::signal(signal).expect("there is such a signal");
    trace.rows.iter().rev().find_map(|row| signal.of(row)).expect("it was recorded")
}

/// Wire Bn ends at the positive side of cell n, B0 at the negative side of cell 1: between each two
/// neighbours of the harness lies the cell that the firmware reads under the number of the upper.
#[test]
fn between_two_wires_of_the_harness_lies_the_cell_that_is_read() {
    for product in ["ps-15016", "ps-20016s"] {
        let taps: Vec<_> = wires(product, &["JA1", "JA2"]);
        let taps: Vec<usize> =
            taps.iter().filter_map(|wire| wire.strip_prefix('B')?.parse().ok()).collect();
        assert_eq!(taps.len(), 17);
        let volt = |cell: usize| 3.2 + 0.01 * cell as f64;
        let world: String = (1..=16)
            .map(|cell| {
                format!("[[forced.override]]\ncell = {cell}\nvoltage = \"{:.2} V\"\n", volt(cell))
            })
            .collect();
        let trace = run(product, &world);
        for pair in taps.windows(2) {
            assert_eq!(pair[1], pair[0] + 1);
            let read = at_the_end(&trace, &format!("reported cell {}", pair[1]));
            assert!((read - volt(pair[1])).abs() < 1e-3, "{}: {read} V", pair[1]);
        }
    }
}

#[test]
fn the_thermistors_of_both_plugs_are_read_in_their_order() {
    let sensors = wires("ps-15016", &["JP2", "JP3"]);
    assert_eq!(sensors, ["T1", "T2", "T3", "T4"]);
    let world: String = (1..=4)
        .map(|it| {
            format!(
                "[[forced.override]]\ncell-sensor = {it}\ntemperature = \"{} degC\"\n",
                20 + 2 * it
            )
        })
        .collect();
    let trace = run("ps-15016", &world);
    for sensor in &sensors {
        let number: u8 = sensor[1..].parse().expect("they are numbered");
        let read = at_the_end(&trace, &format!("displayed temperature {number}"));
        assert!((read - f64::from(20 + 2 * number)).abs() < 0.5, "{sensor}: {read}");
    }
}

/// Also those of products that wait, whose scenarios nothing judges yet.
#[test]
fn every_fact_that_the_suite_expects_is_one() {
    let suite = scenarios::suite();
    let checks =
        suite.iter().flat_map(|it| it.expectations.iter().map(move |e| (&it.id, &e.check)));
    let mut count = 0;
    for (id, check) in checks {
        if let Check::Fact { of, stands, said } = check {
            assert!(facts::same(stands, said), "{id}: {of}: {stands:?} {said:?}");
            count += 1;
        }
    }
    assert!(count > 50, "{count}");
}
