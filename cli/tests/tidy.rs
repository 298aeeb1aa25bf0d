//! Rules of the workspace that no compiler checks: the floors, the heads of files, their length.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates by floor; a crate uses lower floors only. The two of floor 0 are strangers: firmware that
/// can see the equations would cheat.
const FLOORS: [(&str, u8); 9] = [
    ("bms-core", 0),
    ("cell-models", 0),
    ("firmware-image", 1),
    ("fitting", 1),
    ("sim", 1),
    ("scenarios", 2),
    ("reports", 3),
    ("packtwin", 4),
    ("benches", 5),
];

/// A file longer than this, tests apart, does too much.
const LINES_MAX: usize = 450;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("cli lies in the workspace").to_path_buf()
}

fn folder(krate: &str) -> PathBuf {
    root().join(if krate == "packtwin" { "cli" } else { krate })
}

fn dependencies(krate: &str) -> Vec<String> {
    let path = folder(krate).join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let manifest: toml::Table = text.parse().expect("manifests are TOML");
    ["dependencies", "build-dependencies"]
        .iter()
        .filter_map(|kind| manifest.get(*kind)?.as_table())
        .flat_map(|table| table.keys().cloned())
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (krate, _) in FLOORS {
        sources(&folder(krate), &mut found);
    }
    found.sort();
    assert!(found.len() > 30, "the sources were found");
    found
}

#[test]
fn every_crate_uses_lower_floors_only() {
    let floors = BTreeMap::from(FLOORS);
    for (krate, floor) in FLOORS {
        for dependency in dependencies(krate) {
            if let Some(below) = floors.get(dependency.as_str()) {
                assert!(
                    *below < floor,
                    "{krate} (floor {floor}) uses {dependency} (floor {below})"
                );
            }
        }
    }
}

#[test]
fn every_member_of_the_workspace_has_a_floor() {
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest is there");
    let manifest: toml::Table = text.parse().expect("the manifest is TOML");
    let members = manifest["workspace"]["members"].as_array().expect("members are a list");
    for member in members.iter().filter_map(toml::Value::as_str) {
        let name = if member == "cli" { "packtwin" } else { member };
        assert!(FLOORS.iter().any(|(krate, _)| *krate == name), "{member} has no floor");
    }
}

#[test]
fn the_firmware_never_learns_that_it_is_simulated() {
    let mut found = Vec::new();
    sources(&folder("bms-core").join("src"), &mut found);
    for path in found {
        let text = fs::read_to_string(&path).expect("sources are readable");
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let cfg = line.contains("cfg(");
            let allowed = line.contains("cfg(test)") || line.contains("feature = \"serde\"");
            assert!(!cfg || allowed, "{path:?}: `{}`", line.trim());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in all_sources() {
        let text = fs::read_to_string(&path).expect("sources are readable");
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.len() > 20, "{path:?} begins with `{first}`");
    }
}

#[test]
fn files_stay_readable() {
    for path in all_sources() {
        let text = fs::read_to_string(&path).expect("sources are readable");
        let is_test = path.components().any(|part| part.as_os_str() == "tests");
        let code =
            text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count();
        assert!(is_test || code <= LINES_MAX, "{path:?} has {code} lines before its tests");
    }
}

/// A note that is cited stands in docs/assumptions.md.
#[test]
fn every_cited_assumption_is_written_down() {
    let written = fs::read_to_string(root().join("docs/assumptions.md")).expect("it is there");
    let mut files = all_sources();
    for folder in ["products", "products/waiting", "suite", "spread", "sweep", "requirements"] {
        let folder = root().join("scenarios").join(folder);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        let paths = entries.flatten().map(|entry| entry.path());
        files.extend(paths.filter(|path| path.is_file()));
    }
    let mut cited = 0;
    for path in files {
        let text = fs::read_to_string(&path).expect("sources are readable");
        for tail in text.split("AMB-").skip(1) {
            let note: String =
                tail.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            let note = format!("AMB-{}", note.trim_end_matches('-'));
            if note.ends_with(|c: char| c.is_ascii_digit()) {
                cited += 1;
                assert!(written.contains(&format!("| {note} |")), "{path:?} cites {note}");
            }
        }
    }
    assert!(cited > 50, "notes were found");
}
