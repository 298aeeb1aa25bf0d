//! Notes of the monitors: what a cell is put through, and where its model extrapolates, once each.

mod plant_common;

use cell_models::abuse::Abuse;
use cell_models::presets;
use plant_common::{board, charge, closed, connect, pack_of, run, secs};
use sim::fault::Fault;
use sim::note::Note;
use sim::plant::Plant;
use sim::setup::{Action, Load};
use sim::world::{World, WorldEvent};

/// Notes with the second in which they came.
fn notes(plant: &mut Plant) -> Vec<(u64, Note)> {
    let noted = |(at, event): (sim::time::SimTime, WorldEvent)| match event {
        WorldEvent::Noted(note) => Some((at.0 / 1_000_000_000, note)),
        _ => None,
    };
    plant.take_events().into_iter().filter_map(noted).collect()
}

fn abused(cell: usize, abuse: Abuse, begins: bool) -> Note {
    Note::Abused { cell, abuse, begins }
}

#[test]
fn a_pack_in_ordinary_use_is_not_worth_a_note() {
    let mut plant = closed(&pack_of(presets::lfp_100ah(), 16, 0.5), &board());
    connect(&mut plant, Load::Current(50.0));
    run(&mut plant, secs(600.0));
    assert_eq!(notes(&mut plant), []);
}

#[test]
fn a_current_above_the_rating_is_noted_once_when_it_begins_and_once_when_it_ends() {
    let mut params = presets::lfp_100ah();
    params.limits.max_discharge_a = 100.0;
    params.validated.c_rate = (10.0, 10.0);
    let mut plant = closed(&pack_of(params, 4, 0.5), &board());
    connect(&mut plant, Load::Current(100.0));
    run(&mut plant, secs(30.0));
    assert_eq!(notes(&mut plant), []);
    connect(&mut plant, Load::Current(101.0));
    run(&mut plant, secs(90.0));
    let begin: Vec<_> = (0..4).map(|cell| abused(cell, Abuse::DischargeCurrent, true)).collect();
    let found = notes(&mut plant);
    assert!(found.iter().all(|(at, _)| (30..=31).contains(at)), "{found:?}");
    assert_eq!(found.into_iter().map(|(_, note)| note).collect::<Vec<_>>(), begin);
    plant.apply(&Action::DisconnectLoad);
    run(&mut plant, secs(100.0));
    let end: Vec<_> = (0..4).map(|cell| abused(cell, Abuse::DischargeCurrent, false)).collect();
    assert_eq!(notes(&mut plant).into_iter().map(|(_, note)| note).collect::<Vec<_>>(), end);
}

#[test]
fn the_fullest_cell_is_over_charged_alone() {
    let mut pack = pack_of(presets::lfp_100ah(), 4, 0.9);
    pack.cells[2].soc = 0.995;
    let mut plant = closed(&pack, &board());
    charge(&mut plant, 40.0, 15.5, 0.0);
    run(&mut plant, secs(120.0));
    let found = notes(&mut plant);
    let over: Vec<_> =
        found.iter().filter(|(_, note)| matches!(note, Note::Abused { .. })).collect();
    assert_eq!(over.len(), 1, "{found:?}");
    assert_eq!(over[0].1, abused(2, Abuse::OverCharge, true));
}

#[test]
fn leaving_the_validated_range_and_coming_back_is_noted() {
    let mut params = presets::lfp_100ah();
    params.validated.soc = (0.45, 1.0);
    let mut plant = closed(&pack_of(params, 4, 0.46), &board());
    connect(&mut plant, Load::Current(100.0));
    run(&mut plant, secs(60.0));
    plant.apply(&Action::DisconnectLoad);
    charge(&mut plant, 100.0, 20.0, 0.0);
    run(&mut plant, secs(120.0));
    let found = notes(&mut plant);
    let of_first =
        found.iter().filter(|(_, note)| matches!(note, Note::Extrapolated { cell: 0, .. }));
    let outside: Vec<bool> =
        of_first.map(|(_, note)| *note == Note::Extrapolated { cell: 0, outside: true }).collect();
    assert_eq!(outside, [true, false], "{found:?}");
}

#[test]
fn the_weakest_of_parallel_cells_is_the_one_that_is_noted() {
    let mut params = presets::lfp_100ah();
    params.limits.max_discharge_a = 60.0;
    params.validated.c_rate = (10.0, 10.0);
    let mut pack = pack_of(params, 4, 0.5);
    pack.parallel = 2;
    let mut plant = closed(&pack, &board());
    connect(&mut plant, Load::Current(100.0));
    run(&mut plant, secs(10.0));
    assert_eq!(notes(&mut plant), []);
    plant.inject(&Fault::CellOpen { cell: 1 }, true);
    run(&mut plant, secs(20.0));
    let found: Vec<_> = notes(&mut plant).into_iter().map(|(_, note)| note).collect();
    assert_eq!(found, [abused(0, Abuse::DischargeCurrent, true)]);
}
