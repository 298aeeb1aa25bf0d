//! Cells from files beside a scenario, and what a user sees when one is missing or wrong.

use cell_models::cell::CellParams;
use cell_models::sheet::Sheet;
use scenarios::load;
use sim::setup::WorldSetup;
use std::path::Path;

/// The cells of the pack of one of the scenarios in `tests/cells`, or what is wrong.
fn cells(name: &str) -> Result<Vec<CellParams>, String> {
    let path = format!("tests/cells/{name}.toml");
    let scenario = match load(Path::new(&path)) {
        Ok(mut scenarios) => scenarios.remove(0),
        Err(diagnostics) => return Err(diagnostics.to_string()),
    };
    match scenario.setup.world {
        WorldSetup::ClosedLoop(pack) => {
            Ok(pack.cells.iter().map(|cell| CellParams::clone(&cell.params)).collect())
        }
        WorldSetup::Forced(_) => Err("the world is forced".to_owned()),
    }
}

fn written() -> CellParams {
    Sheet::parse(include_str!("cells/files/my-18650.toml")).expect("the cell file is sound")
}

#[test]
fn a_pack_takes_its_cells_from_a_file_beside_the_scenario() {
    let cells = cells("good").unwrap();
    assert_eq!(cells.len(), 16);
    assert!(cells.iter().all(|cell| *cell == written()));
}

#[test]
fn one_cell_of_a_pack_may_come_from_a_file() {
    let cells = cells("override").unwrap();
    assert_eq!(cells[2], written());
    assert_eq!(cells[1].name, "lfp-100ah");
}

#[test]
fn a_missing_cell_file_is_told_at_the_scenarios_line() {
    insta::assert_snapshot!(cells("missing-file").unwrap_err());
}

#[test]
fn a_broken_cell_file_is_told_at_the_scenarios_line_with_its_own_lines() {
    insta::assert_snapshot!(cells("broken-file").unwrap_err());
}

#[test]
fn a_text_without_a_folder_cannot_name_cell_files() {
    let text = include_str!("cells/good.toml");
    let error = load::parse("standard input", "stdin", text).unwrap_err();
    insta::assert_snapshot!(error.to_string());
}
