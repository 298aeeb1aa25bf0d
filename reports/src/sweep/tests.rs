//! Sweeps from hand-made trips: the worst phase, the verdict, and what is shown.

use super::{Sweep, Worst, files, page, table};
use crate::spread::{Run, Trip};
use crate::testbench::scenario;
use crate::verdict::Grade;
use bms_core::protect::Reasons;
use scenarios::Scenario;
use scenarios::sweep::shifts;
use sim::time::{SimTime, Span};

const OV: Reasons = Reasons::OVER_VOLTAGE;
const PERIOD: Span = Span::from_millis(100);

/// The over-voltage of a `ps-15016` without balancing: 1 s to 1.2115 s to the command.
fn wanted() -> Scenario {
    let mut wanted = scenario("over", SimTime::from_secs(3));
    wanted.setup.params = scenarios::product::load("ps-15016").unwrap().params;
    wanted.setup.params.system.balance_enabled = false;
    wanted
}

/// A saw: the later the crossing in the scan, the sooner the next sample.
fn saw(longest_ms: u64) -> Vec<Run> {
    let run = |number: u64| {
        let times = [Some(Span::from_millis(longest_ms - 25 * number)), None, None];
        let trips = vec![Trip { seed: number, reason: OV, occurrence: 1, times }];
        Run { seed: number, aborted: None, trips }
    };
    (0..4).map(run).collect()
}

#[test]
fn the_worst_phase_is_the_longest_time_with_its_shift() {
    let wanted = wanted();
    let mut runs = saw(1_150);
    runs.swap(0, 2);
    let sweep = Sweep::of(&wanted, PERIOD, shifts(PERIOD, 4), runs);
    let entry = &sweep.spread.entries[0];
    let worst = sweep.worst(entry, &entry.measured[0]);
    assert_eq!(worst, Some(Worst { shift: Span(0), time: Span::from_millis(1_150) }));
    let phases = sweep.phases(entry, &entry.measured[0]);
    assert_eq!(phases[1], (Span::from_millis(25), Span::from_millis(1_125)));
}

#[test]
fn the_longest_is_judged_not_the_typical() {
    let wanted = wanted();
    let grade = |longest, phases: usize| {
        let runs = saw(longest).into_iter().take(phases).collect();
        Sweep::of(&wanted, PERIOD, shifts(PERIOD, 4), runs).grade()
    };
    assert_eq!(grade(1_211, 4), Grade::Pass);
    assert_eq!(grade(1_212, 4), Grade::Fail);
    assert_eq!(grade(1_211, 0), Grade::Untested);
}

#[test]
fn a_phase_without_the_trip_leaves_it_untested() {
    let wanted = wanted();
    let mut runs = saw(1_150);
    runs[3].trips.clear();
    assert_eq!(Sweep::of(&wanted, PERIOD, shifts(PERIOD, 4), runs).grade(), Grade::Untested);
}

#[test]
fn page_table_and_files_name_the_extremes_and_need_no_network() {
    let wanted = wanted();
    let sweeps = [Sweep::of(&wanted, PERIOD, shifts(PERIOD, 4), saw(1_150))];
    let page = page::render(&sweeps).unwrap();
    for shown in ["1.075 s", "1.15 s", "<svg", "href=\"#over\"", "the limit is crossed later by"] {
        assert!(page.contains(shown), "{shown}");
    }
    for foreign in ["http://", "https://", "<script", "<img", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let lines: Vec<_> = table::render(&sweeps).iter().map(ToString::to_string).collect();
    assert_eq!(lines[0], "PASS      over  4 phases of 100 ms");
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{lines:#?}");
    let folder = tempfile::tempdir().unwrap();
    files::write(folder.path(), &sweeps).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let csv = read("sweep.csv");
    assert_eq!(csv.lines().nth(2), Some("over,0.025000000,OV,1,1.125000000,,"));
    let document: serde_json::Value = serde_json::from_str(&read("sweep.json")).unwrap();
    let measure = &document["scenarios"][0]["entries"][0]["measures"][0];
    let numbers = ["min_ns", "max_ns", "worst_shift_ns"].map(|key| measure[key].as_u64());
    assert_eq!(numbers, [Some(1_075_000_000), Some(1_150_000_000), Some(0)]);
}
