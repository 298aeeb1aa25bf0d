//! The embedded acceptance suite.

use crate::embedded::files;
use crate::expect::Scenario;
use crate::load::{self, Options};

/// Every file of the suite with its text.
pub const FILES: &[(&str, &str)] = files!["suite":
    "s01-inverter-precharge-real.toml",
    "s01-inverter-precharge.toml",
    "s01-never-charging-load.toml",
    "s02-hard-short.toml",
    "s03-short-circuit-edges.toml",
    "s04-discharge-ladder.toml",
    "s05-over-current-ladder.toml",
    "s06-charge-limiter.toml",
    "s07-charging-range.toml",
    "s07-over-voltage.toml",
    "s08-abnormal-high-voltage.toml",
    "s09-under-voltage.toml",
    "s10-temperature-matrix.toml",
    "s11-cold-charge.toml",
    "s12-active-balancing.toml",
    "s12-balancing-edges.toml",
    "s13-passive-balancing.toml",
    "s14-low-cell-precharge.toml",
    "s15-emergency-stop-and-mosfets.toml",
    "s16-leds-display-history.toml",
    "s17-power-and-storage.toml",
    "s18-harness.toml",
    "s18-pc-calibration-learning.toml",
    "s18-upgrade.toml",
    "s19-inverter-frames.toml",
    "s19-inverter-limits.toml",
    "s19-parallel-and-inverter.toml",
    "s20-presets-and-ranges.toml",
    "s21-ovp-uvp-shutdown.toml",
    "s22-over-current-examples.toml",
    "s23-short-circuit.toml",
    "s24-active-balancing.toml",
    "s25-temperatures.toml",
    "s26-heating-and-cold-charge.toml",
    "s27-start-up.toml",
    "s28-passwords-and-switches.toml",
    "s29-capacity-and-cycles.toml",
    "s30-error-codes.toml",
    "s31-models.toml",
    "s32-accuracy-and-consumption.toml",
    "s33-standard-charge.toml",
    "s34-discharge-and-cut-off.toml",
    "s35-cell-rates.toml",
    "s36-limits-of-the-8s-board.toml",
    "s37-pack-short-circuit.toml",
    "s38-cold-charge-of-the-8s-pack.toml",
    "s39-storage-for-90-days.toml",
    "s40-host-polling-panel.toml",
    "s41-short-circuit.toml",
    "s42-parallel-limiter.toml",
    "s43-over-current.toml",
    "s44-consumption.toml",
    "s44-temperatures.toml",
    "s44-voltages.toml",
    "s45-dip-parallel.toml",
    "s46-dry-contacts.toml",
    "s47-leds.toml",
    "s48-button-upgrade.toml",
    "s49-inverter.toml",
    "s50-pc-and-logs.toml",
    "s51-over-voltage.toml",
    "s52-under-voltage.toml",
    "s53-over-current.toml",
    "s54-short-circuit-lock.toml",
    "s55-temperatures.toml",
    "s56-balancing.toml",
    "s57-precharge.toml",
    "s58-modes-sleep.toml",
    "s59-capacity-cycles.toml",
    "s60-history-links-groups.toml",
];

/// All scenarios of the suite, in the order of the files.
///
/// # Panics
/// Never: the suite is part of the program and a test reads it.
#[must_use]
pub fn suite() -> Vec<Scenario> {
    suite_with(&Options::default())
}

/// The suite with what the caller wants otherwise than its files have it.
///
/// # Panics
/// Never, as [`suite`].
#[must_use]
pub fn suite_with(options: &Options) -> Vec<Scenario> {
    embedded("suite", FILES, options)
}

/// The scenarios of embedded files.
pub(crate) fn embedded(folder: &str, files: &[(&str, &str)], options: &Options) -> Vec<Scenario> {
    let read = |(name, text): &(&str, &str)| {
        let stem = name.strip_suffix(".toml").unwrap_or(name);
        match load::parse_with(&format!("{folder}/{name}"), stem, text, options) {
            Ok(scenarios) => scenarios,
            Err(wrong) => panic!("the embedded scenarios are well-formed, yet:\n{wrong}"),
        }
    };
    files.iter().flat_map(read).collect()
}

/// The files that lie in a folder of this crate, and those that are embedded from it.
#[cfg(test)]
pub(crate) fn lying_and_embedded(folder: &str, files: &[(&str, &str)]) -> [Vec<String>; 2] {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let names = std::fs::read_dir(folder).unwrap();
    let mut lying: Vec<_> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let mut embedded: Vec<_> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
    lying.sort();
    embedded.sort();
    [lying, embedded]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_in_the_folder_is_embedded() {
        let [lying, embedded] = lying_and_embedded("suite", FILES);
        assert_eq!(lying, embedded);
    }

    #[test]
    fn the_acceptance_scenarios_are_there_on_both_products_and_every_id_is_its_own() {
        let suite = suite();
        let spec: BTreeSet<_> = suite.iter().flat_map(|scenario| scenario.spec.iter()).collect();
        let every: Vec<String> = (1..=60).map(|number| format!("S{number:02}")).collect();
        assert!(spec.into_iter().eq(&every));
        let ids: BTreeSet<_> = suite.iter().map(|scenario| &scenario.id).collect();
        assert_eq!(ids.len(), suite.len());
        for product in crate::product::names() {
            assert!(suite.iter().any(|scenario| scenario.product == product), "{product}");
        }
    }
}
