//! Windows computed from requirements on real runs: they hold on both products, in both modes of
//! tolerance, and a firmware that is off by a tick or a millivolt falls out of them.

use bms_core::time::Duration;
use bms_core::units::Millivolts;
use reports::{Finding, Grade};
use scenarios::Scenario;
use scenarios::load::parse;
use sim::setup::Tolerance;

/// Cell 7 climbs by 1 mV/s through 3750 mV at 55 s, falls by 1 mV/s through 3550 mV at 305 s.
const RAMP: &str = r#"
[scenario]
title = "Over-voltage on a ramp"
product = "ps-15016"
duration = "320 s"

[params]
system.mcu_balance_control = false

[forced]
cells = 16
voltage = "3500 mV"

[[forced.override]]
cell = 7
voltage = { shape = "linear", points = [["0 s", "3695 mV"], ["80 s", "3775 mV"], ["320 s", "3535 mV"]] }

[[expect]]
requirement = "PS-OV-1"
event = "OV enters"

[[expect]]
requirement = "PS-OV-1"
event = "charge MOSFET off"

[[expect]]
requirement = "PS-OV-2"
"#;

/// Every way in and out of the comparators, the ampere layer, temperatures and the load lock.
const LADDER: &str = r#"
[scenario]
title = "One trip after the other"
product = "ps-15016"
duration = "260 s"

[params]
precharge.on_short_circuit = false

[forced]
cells = 16
voltage = "3.3 V"
gated = true
current = [
    ["0 s", "0 A"], ["10 s", "-155 A"], ["20 s", "0 A"], ["60 s", "-200 A"], ["70 s", "0 A"],
    ["90 s", "-250 A"], ["95 s", "0 A"], ["120 s", "-500 A"], ["121 s", "0 A"],
]
load-attached = [
    ["0 s", false], ["10 s", true], ["20 s", false], ["60 s", true], ["72 s", false],
    ["90 s", true], ["105 s", false], ["120 s", true], ["121 s", false], ["160 s", true], ["190 s", false],
]
cell-temperature = { shape = "linear", points = [["0 s", "25 degC"], ["200 s", "25 degC"], ["220 s", "70 degC"], ["250 s", "40 degC"]] }

[[forced.override]]
cell = 3
voltage = [["0 s", "3.3 V"], ["160 s", "2.49 V"], ["180 s", "3.0 V"]]

[[expect]]
requirement = "PS150-DOC-1"

[[expect]]
requirement = "PS-DOC-2"

[[expect]]
requirement = "PS-DOC-3"

[[expect]]
requirement = "PS-COC-4"
event = "OCD1 exits"

[[expect]]
requirement = "PS-DOC-4"

[[expect]]
requirement = "PS-SCP-1"

[[expect]]
requirement = "PS-SCP-2"

[[expect]]
requirement = "PS-UV-1"

[[expect]]
requirement = "PS-UV-4"

[[expect]]
requirement = "PS-TMP-1"

[[expect]]
requirement = "PS-TMP-1"
event = "OTC exits"
"#;

fn scenario(text: &str) -> Scenario {
    parse("it.toml", "it", text).expect("the scenario is right").remove(0)
}

/// Judges a run by what was expected of the product, whatever the set-up became since.
fn findings(scenario: &Scenario) -> Vec<Finding> {
    let trace = sim::bench::run(&scenario.setup);
    reports::judge(scenario, &trace, &|_| None).findings
}

fn grades(findings: &[Finding]) -> Vec<Grade> {
    findings.iter().map(|finding| finding.verdict.grade()).collect()
}

fn told(findings: &[Finding]) -> String {
    let line = |it: &Finding| {
        format!(
            "{} {}: {} allowed {}; {}\n",
            it.verdict.grade().word(),
            it.label,
            it.measured.show(),
            it.limit.show(),
            it.note
        )
    };
    findings.iter().map(line).collect()
}

#[test]
fn a_sound_product_lies_in_every_computed_window() {
    for (text, expected) in [(RAMP, 3), (LADDER, 11)] {
        let found = findings(&scenario(text));
        assert_eq!(grades(&found), vec![Grade::Pass; expected], "{}", told(&found));
    }
}

#[test]
fn the_sister_product_lies_in_its_own_windows() {
    let found = findings(&scenario(&RAMP.replace("ps-15016", "ps-20016s")));
    assert_eq!(grades(&found), vec![Grade::Pass; 3], "{}", told(&found));
}

#[test]
fn a_chip_within_its_datasheet_lies_in_the_windows_of_its_datasheet() {
    let strict = RAMP
        .replace("[params]", "[params]\n")
        .replace("duration = \"320 s\"", "duration = \"320 s\"\ntolerance = \"datasheet\"");
    for seed in 1..=8 {
        let mut wanted = scenario(&strict);
        assert_eq!(wanted.setup.tolerance, Tolerance::Datasheet);
        wanted.setup.seed = seed;
        let found = findings(&wanted);
        assert_eq!(grades(&found), vec![Grade::Pass; 3], "seed {seed}: {}", told(&found));
    }
}

/// A delay one second too long, a release off by one step of the chip, 5 mV, either way, a limit
/// that is not reached.
#[test]
fn a_product_that_is_off_falls_out_of_its_windows() {
    let wrong = |change: fn(&mut bms_core::params::Params)| {
        let mut wanted = scenario(RAMP);
        change(&mut wanted.setup.params);
        let found = findings(&wanted);
        grades(&found)[..3].to_vec()
    };
    let longer = wrong(|it| it.voltage.over_delay = Duration::from_secs(2));
    assert_eq!(longer, [Grade::Fail, Grade::Fail, Grade::Pass]);
    let lower = wrong(|it| it.voltage.over_release = Millivolts(3_545));
    assert_eq!(lower, [Grade::Pass, Grade::Pass, Grade::Fail]);
    let higher = wrong(|it| it.voltage.over_release = Millivolts(3_555));
    assert_eq!(higher, [Grade::Pass, Grade::Pass, Grade::Fail]);
    let never = wrong(|it| it.voltage.over = Millivolts(3_900));
    // Its own limit is never crossed: nothing was put to the test, which is not a pass.
    assert_eq!(never[0], Grade::Untested);
}

/// The violation lasts less than 0.5 s of the delay's 1 s: nothing enters, so there is nothing to release.
#[test]
fn a_release_without_an_entry_is_untested_and_not_missing() {
    let brief = RAMP.replace(
        r#"[["0 s", "3695 mV"], ["80 s", "3775 mV"], ["320 s", "3535 mV"]]"#,
        r#"[["0 s", "3500 mV"], ["5 s", "3500 mV"], ["5 s", "3760 mV"], ["5.5 s", "3500 mV"]]"#,
    );
    assert_eq!(grades(&findings(&scenario(&brief))), vec![Grade::Untested; 3]);
}

/// Seven times the level within microseconds: the upper end of the comparator's tolerance is passed
/// long before the gates open, so that the window does not reach to the end of the run.
#[test]
fn a_hard_short_leaves_no_room_for_the_levels_tolerance() {
    const SHORT: &str = r#"
[scenario]
title = "Bolted short"
product = "ps-15016"
duration = "3 s"
tolerance = "datasheet"

[pack]
cells = 16
cell = "reference-100ah"
soc = "50 %"

[[step]]
at = "1 s"
do.short = { resistance = "5 mohm", inductance = "2 uH" }

[[expect]]
requirement = "PS150-SCP-1"
event = "SC enters"
"#;
    let found = findings(&scenario(SHORT));
    let reports::verdict::Limit::Window { at, to, .. } = found[0].limit else {
        panic!("a window: {:?}", found[0].limit)
    };
    assert!(to.0 - at.0 < 2_000_000, "{}", told(&found));
    assert_eq!(grades(&found), [Grade::Pass]);
}
