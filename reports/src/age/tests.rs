//! A life as people and programs read it.

use super::*;
use sim::cycling::{Across, LawCovered};
use std::sync::Arc;

fn same(value: f64) -> Across {
    Across { mean: value, least: value - 0.01, most: value + 0.005 }
}

fn record(cycle: u32, capacity: f64) -> Record {
    let efc = f64::from(cycle) * 0.98;
    Record {
        cycle,
        time_s: f64::from(cycle) * 18_000.0,
        efc,
        capacity: same(capacity),
        resistance: same(2.0 - capacity),
        discharged_ah: 270.0 * capacity,
        temperature_c: Across { mean: 31.0, least: 29.4, most: 32.6 },
        law_capacity: capacity - 0.002,
        law_resistance: 2.01 - capacity,
        law_capacity_at_ambient: capacity + 0.003,
    }
}

fn life(cycles: u32, loss: f64) -> Life {
    let one = |cycle| record(cycle, 1.0 - loss * f64::from(cycle) / f64::from(cycles.max(1)));
    Life {
        records: (0..=cycles).map(one).collect(),
        covered: LawCovered { temperature: false, ..LawCovered::FULLY },
        sources: vec!["capacity: a law", "resistance: another"],
    }
}

fn cycling() -> Cycling {
    Cycling {
        params: Arc::new(sim::cycling::CellParams::linear(3.0, 3.4, 280.0, 1e-3)),
        cells: 16,
        capacity_spread: 0.01,
        resistance_spread: 0.03,
        cycles: 100,
        c_rate: 0.5,
        depth: 0.8,
        ambient_c: 25.0,
        rest_s: 600.0,
        seed: 7,
    }
}

fn text(life: &Life) -> String {
    let lines = render(&Aged { cell: "lfp-280ah", cycling: &cycling(), life });
    let text = |line: &crate::table::Line| -> String {
        line.0.iter().map(|segment| segment.text.as_str()).collect()
    };
    lines.iter().map(|line| text(line) + "\n").collect()
}

#[test]
fn the_table_has_a_row_per_tenth_and_fits_a_terminal() {
    let shown = text(&life(100, 0.07));
    let cycles: Vec<_> = shown.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for cycle in (0..=100).step_by(10) {
        assert!(cycles.contains(&cycle.to_string().as_str()), "{cycle} in {shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    for words in [
        "16 × lfp-280ah, 0.5 C, 80 % depth, surroundings at 25 °C, seed 7",
        "capacity: a law",
        "93.00 (92.0 to 93.5)",
        "29 to 33",
        "93.0 % left after 100 cycles",
        "beyond what the law was measured for: temperature",
    ] {
        assert!(shown.contains(words), "{words} in {shown}");
    }
}

#[test]
fn a_worn_pack_is_told_with_its_first_worn_cycle() {
    assert!(text(&life(100, 0.40)).contains("80 % left after 50 cycles"));
    assert!(text(&life(100, 0.19)).contains("81.0 % left after 100 cycles"));
}

#[test]
fn a_life_of_no_or_few_cycles_is_shown_whole() {
    assert_eq!(shown(&life(0, 0.0).records).count(), 1);
    assert_eq!(shown(&life(3, 0.1).records).count(), 4);
    let life = life(0, 0.0);
    let picture = picture(&Aged { cell: "x", cycling: &cycling(), life: &life });
    assert!(picture.starts_with("<svg "), "{picture}");
}

#[test]
fn every_cycle_has_a_row_in_the_sheet() {
    let bytes = sheet::csv(&life(25, 0.1)).expect("a table can be made");
    let text = String::from_utf8(bytes).expect("it is text");
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(rows.headers().expect("there is a head").len(), 16);
    let rows: Vec<_> = rows.records().map(|row| row.expect("it is whole")).collect();
    assert_eq!(rows.len(), 26);
    assert_eq!((&rows[25][0], &rows[25][3]), ("25", "90.000000"));
}

#[test]
fn the_document_names_form_law_and_what_is_beyond_it() {
    let life = life(100, 0.40);
    let document = document(&Aged { cell: "lfp-280ah", cycling: &cycling(), life: &life });
    let document: serde_json::Value = serde_json::from_str(&document).expect("it is JSON");
    assert_eq!(document["schema"], "packtwin.age/1");
    assert_eq!(document["worn_after_cycles"], 50);
    assert_eq!(document["law"][1], "resistance: another");
    assert_eq!(document["records"].as_array().map(Vec::len), Some(11));
    assert!(document["beyond_the_law"][0].as_str().is_some_and(|it| it.contains("temperature")));
}

#[test]
fn the_picture_names_its_lines_and_is_a_document_of_its_own() {
    let life = life(100, 0.07);
    let picture = picture(&Aged { cell: "lfp-280ah", cycling: &cycling(), life: &life });
    for words in [
        "xmlns=\"http://www.w3.org/2000/svg\"",
        "law, at 25 °C",
        "law, cells at 31 °C",
        "cells, 93.0 %",
        "cells, 107.0 %",
        "cycles",
        "Law of capacity: a law",
        "Law of resistance: another",
    ] {
        assert!(picture.contains(words), "{words}");
    }
}
