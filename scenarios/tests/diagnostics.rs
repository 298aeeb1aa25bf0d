//! What a user sees when a file is wrong: every problem at once, with place and hint.

use scenarios::diagnostics::{Colour, Diagnostics};
use scenarios::load::parse;
use scenarios::{load, load_dir};
use std::path::{Path, PathBuf};

fn bad_files() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bad");
    let entries = std::fs::read_dir(folder).expect("the folder of bad files is there");
    let mut paths: Vec<_> =
        entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    paths.sort();
    paths
}

fn diagnose(path: &Path) -> Diagnostics {
    let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).expect("the file can be read");
    match parse(&name, "bad", &text) {
        Ok(_) => panic!("{name} is wrong and must be refused"),
        Err(diagnostics) => diagnostics,
    }
}

#[test]
fn every_bad_file_is_refused_with_these_words() {
    let paths = bad_files();
    assert!(paths.len() >= 25, "{}", paths.len());
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        insta::assert_snapshot!(name, diagnose(&path).to_string());
    }
}

#[test]
fn every_problem_has_a_place_in_the_file() {
    for path in bad_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        for item in diagnose(&path).items() {
            assert!((1..=lines + 1).contains(&item.line), "{}: {item:?}", path.display());
            assert!(item.column >= 1 && !item.message.is_empty());
        }
    }
}

#[test]
fn colour_is_the_callers_choice() {
    let diagnostics = diagnose(&bad_files()[0]);
    assert!(!diagnostics.render(Colour::Off).contains('\u{1b}'));
    assert!(diagnostics.render(Colour::On).contains('\u{1b}'));
}

#[test]
fn a_missing_file_and_a_file_of_other_bytes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = load(&folder.path().join("missing.toml")).unwrap_err();
    assert!(missing.to_string().contains("missing.toml: cannot be read"), "{missing}");
    let path = folder.path().join("bytes.toml");
    std::fs::write(&path, b"title = \"\xff\"").unwrap();
    let bytes = load(&path).unwrap_err();
    assert!(bytes.to_string().contains("bytes.toml: is not UTF-8, from byte 9 on"), "{bytes}");
    std::fs::write(&path, b"\xff\xfet\0i\0").unwrap();
    let wide = load(&path).unwrap_err();
    assert!(wide.to_string().contains("bytes.toml: is UTF-16"), "{wide}");
}

#[test]
fn a_folder_without_scenarios_or_without_itself_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = load_dir(folder.path()).unwrap_err();
    assert!(empty.to_string().contains("the folder holds no scenario"), "{empty}");
    let missing = load_dir(&folder.path().join("nowhere")).unwrap_err();
    assert!(missing.to_string().contains("nowhere: cannot be read"), "{missing}");
}

#[test]
fn a_folder_tells_the_problems_of_all_its_files_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.toml", "a.toml"] {
        std::fs::write(folder.path().join(name), "[scenario]\ntitle = 3\n").unwrap();
    }
    std::fs::write(folder.path().join("notes.txt"), "not a scenario").unwrap();
    let items = load_dir(folder.path()).unwrap_err().items();
    let files: Vec<_> = items.iter().map(|item| &item.file).collect();
    assert!(files.iter().any(|file| file.ends_with("a.toml")));
    assert!(files.iter().any(|file| file.ends_with("b.toml")));
    assert!(files.is_sorted());
}

#[test]
fn the_suite_reads_the_same_from_its_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/suite");
    let from_folder: Vec<_> =
        load_dir(Path::new(folder)).unwrap().into_iter().map(|s| (s.id, s.expectations)).collect();
    let embedded: Vec<_> = scenarios::suite().into_iter().map(|s| (s.id, s.expectations)).collect();
    assert_eq!(from_folder, embedded);
}

#[test]
fn a_file_that_was_cut_off_is_judged_without_a_panic() {
    for (name, text) in scenarios::suite::FILES {
        for end in (0..text.len()).step_by(211).filter(|end| text.is_char_boundary(*end)) {
            if let Err(diagnostics) = parse(name, "cut", &text[..end]) {
                assert!(!diagnostics.to_string().is_empty(), "{name} cut at {end}");
            }
        }
    }
}
