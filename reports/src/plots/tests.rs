//! Every picture is well-formed, named, and shows what it should.

use super::{Chart, Panel, charts, distribution};
use crate::judge;
use crate::testbench::{at, cold_charge, lookup, ms, quiet, row, scenario, short_circuit};
use sim::time::SimTime;
use sim::trace::EventKind;

fn of(run: (scenarios::Scenario, sim::trace::Trace)) -> Vec<Chart> {
    charts(&judge(&run.0, &run.1, &lookup))
}

/// Every element that opens closes, in order; attributes are quoted.
fn assert_well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect("a tag ends");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn every_chart_is_well_formed_and_carries_its_title() {
    let all = [of(short_circuit()), of(cold_charge())].concat();
    for chart in &all {
        assert_well_formed(&chart.svg);
        assert!(chart.svg.contains(&format!("<title>{}</title>", chart.title)));
        assert!(!chart.svg.contains("NaN") && !chart.svg.contains("inf"), "{}", chart.title);
    }
}

fn titled<'a>(all: &'a [Chart], title: &str) -> &'a str {
    &all.iter().find(|chart| chart.title == title).expect(title).svg
}

#[test]
fn a_short_circuit_is_seen_in_microseconds_with_every_instant_marked() {
    let all = of(short_circuit());
    let close = titled(&all, "Close-up: short circuit at 1.000192 s");
    for label in [
        "crossed  +0 s",
        "chip latches, entered, gates commanded  +192 µs",
        "charge gate off  +200 µs",
        "discharge gate off, current zero  +204 µs",
        "time after 1 s / µs",
    ] {
        assert!(close.contains(label), "{label}");
    }
    assert!(titled(&all, "Fast phase from 1 s").contains("time after 1 s / ms"));
}

#[test]
fn limits_and_the_extreme_cells_are_named() {
    let all = of(short_circuit());
    let cells = titled(&all, "Cell voltages");
    // The bench raises cell n by 2 mV · (7n mod 16): 7·9 is 15 mod 16, so the tenth is highest.
    for label in [
        "OV 3750 mV",
        "UV 2500 mV",
        "all 16 cells",
        "cell 10 (reaches highest)",
        "cell 1 (reaches lowest)",
    ] {
        assert!(cells.contains(label), "{label}");
    }
    assert!(titled(&all, "Pack current, charge positive").contains("SC −480 A"));
}

#[test]
fn equal_cells_are_one_line() {
    let mut flat = row(ms(0), 0.0, 3.3);
    flat.truth.cells_v = vec![3.3; 16];
    let mut later = flat.clone();
    later.at = ms(1_000);
    let mut trace = quiet();
    trace.rows = vec![flat, later];
    let all = of((scenario("flat", SimTime::from_secs(1)), trace));
    let cells = titled(&all, "Cell voltages");
    assert!(cells.contains("all 16 cells") && !cells.contains("reaches"));
    assert!(cells.contains(">\n3.30\n<"), "a flat line has numbers on its axis: {cells}");
}

#[test]
fn lanes_show_what_was_ever_on_and_both_main_switches() {
    let all = of(cold_charge());
    let lanes = titled(&all, "Switches, balancing and protections");
    for lane in ["charge MOSFET", "discharge MOSFET", "cell too cold to charge", "the outside acts"]
    {
        assert!(lanes.contains(lane), "{lane}");
    }
    assert!(!lanes.contains("limiter") && !lanes.contains("short circuit"));
    assert!(lanes.contains("time / min"));
}

#[test]
fn nothing_recorded_gives_no_picture() {
    assert_eq!(of((scenario("empty", SimTime::from_secs(1)), quiet())), []);
    let mut once = quiet();
    once.rows = vec![row(ms(0), 0.0, 3.3)];
    assert_eq!(of((scenario("once", SimTime::from_secs(1)), once)), []);
}

#[test]
fn values_that_are_no_numbers_leave_a_chart_whole() {
    let mut trace = quiet();
    trace.rows = vec![row(ms(0), 1.0, 3.3), row(ms(500), f64::NAN, 3.3), row(ms(1_000), 2.0, 3.3)];
    for chart in of((scenario("gap", SimTime::from_secs(1)), trace)) {
        assert!(!chart.svg.contains("NaN"), "{}", chart.title);
    }
}

#[test]
fn a_distribution_says_how_many_runs_lie_outside() {
    let values = [192.0, 200.0, 255.9, 256.0, 256.1, 191.9, f64::NAN];
    let svg = distribution("Trip time", "time / µs", &values, 192.0, 256.0).unwrap();
    assert_well_formed(&svg);
    for label in ["Trip time", "time / µs", "6 runs, 2 outside the limits"] {
        assert!(svg.contains(label), "{label}");
    }
    assert_eq!(distribution("None", "", &[f64::NAN], 0.0, 1.0), None);
    let one = distribution("One", "s", &[5.0], f64::NEG_INFINITY, 5.0).unwrap();
    assert!(one.contains("1 run, 0 outside"));
}

#[test]
fn what_never_changes_is_said_and_not_drawn() {
    let mut trace = quiet();
    trace.rows = vec![row(ms(0), 0.0, 3.3), row(ms(1_000), 0.0, 3.3)];
    let wanted = scenario("still", SimTime::from_secs(1));
    let judged = judge(&wanted, &trace, &lookup);
    assert!(charts(&judged).iter().all(|chart| chart.title != "Pack current, charge positive"));
    let said = super::unchanged(&judged);
    assert!(
        said.contains(&("Pack current, charge positive", "pack current 0 A".into())),
        "{said:?}"
    );
    trace.rows[1].truth.current_a = -5.0;
    let judged = judge(&wanted, &trace, &lookup);
    assert!(charts(&judged).iter().any(|chart| chart.title == "Pack current, charge positive"));
}

#[test]
fn a_quantity_jumps_where_the_outside_acts_and_slopes_elsewhere() {
    let mut trace = quiet();
    trace.rows = vec![row(ms(0), 0.0, 3.3), row(ms(100), -90.0, 3.3), row(ms(200), -80.0, 3.3)];
    trace.events = vec![at(ms(60), EventKind::Stimulus(0))];
    let points = super::slow::stepped(&trace, |it| it.current_a, |it| it.current_a);
    assert_eq!(points, [(ms(0), 0.0), (ms(60), 0.0), (ms(100), -90.0), (ms(200), -80.0)]);
}

#[test]
fn a_limit_far_from_the_values_is_named_below_and_does_not_flatten_them() {
    let near = |value: f64| {
        let points = vec![(ms(0), 3.30), (ms(1_000), 3.34)];
        let series = vec![super::panel::Series::line("cell", super::pen::Ink::Blue, points)];
        let limits = vec![("OV".to_owned(), value)];
        Panel::new("V", 0.04, series, limits, 0.1).far.is_empty()
    };
    assert!(near(3.43) && near(3.21));
    assert!(!near(3.45) && !near(3.19));
}

#[test]
fn cells_that_differ_by_more_than_a_kelvin_get_a_map_with_numbers_and_a_scale() {
    let map = |apart: f64| {
        let mut trace = quiet();
        trace.rows = (0..400).map(|index| row(ms(1_000 * index), 0.0, 3.3)).collect();
        trace.rows[200].truth.cells_c[7] = 25.0 + apart;
        let all = of((scenario("warm", SimTime::from_secs(400)), trace));
        all.into_iter().find(|chart| chart.title == "Thermal map of the pack")
    };
    assert_eq!(map(1.0), None);
    let svg = map(1.01).expect("two cells differ by more than a kelvin").svg;
    assert_well_formed(&svg);
    for label in ["cell", "°C", "16", "time / s"] {
        assert!(svg.contains(&format!("\n{label}\n")), "{label}");
    }
    // Sixteen rows, one of them cut in three by the warm column, and 24 shades of the scale.
    assert_eq!(svg.matches("<rect").count(), 16 + 2 + 24);
}
