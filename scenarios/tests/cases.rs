//! One file, many cases: the matrix, what a file includes, what is drawn, what waits.

use bms_core::protect::Reasons;
use bms_core::units::Millivolts;
use scenarios::expect::EventPattern;
use scenarios::load::{Options, load_with, parse, parse_with};
use scenarios::runner::{Ending, run_each_with};
use scenarios::{Scenario, load};
use sim::setup::{Action, FrontEndLevel, Load, WorldSetup};
use sim::time::SimTime;
use sim::trace::{Outcome, Trace};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn read(name: &str) -> Vec<Scenario> {
    load(&path(name)).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// A file with a pack, at rest, with `more`.
fn with(more: &str) -> String {
    format!(
        "[scenario]\ntitle = \"t\"\nproduct = \"ps-15016\"\nduration = \"10 s\"\n\
         [pack]\ncells = 16\ncell = \"lfp-100ah\"\nsoc = \"50 %\"\n\
         [[expect]]\nrequirement = \"PS-OV-1\"\nnever = \"OV enters\"\n{more}"
    )
}

fn cases(more: &str) -> Vec<Scenario> {
    parse("t.toml", "t", &with(more)).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn ids(scenarios: &[Scenario]) -> Vec<&str> {
    scenarios.iter().map(|scenario| scenario.id.as_str()).collect()
}

#[test]
fn axes_cross_with_the_last_fastest_and_each_case_says_where_it_lies() {
    let cases = cases(
        "[matrix]\nproduct = [\"ps-15016\", \"ps-20016s\"]\n\"pack.soc\" = [\"10 %\", \"90 %\"]\n\
         seed = { from = 3, to = 4 }\n",
    );
    let exact = [
        "t-ps-15016-soc10pct-seed3",
        "t-ps-15016-soc10pct-seed4",
        "t-ps-15016-soc90pct-seed3",
        "t-ps-15016-soc90pct-seed4",
        "t-ps-20016s-soc10pct-seed3",
        "t-ps-20016s-soc10pct-seed4",
        "t-ps-20016s-soc90pct-seed3",
        "t-ps-20016s-soc90pct-seed4",
    ];
    assert_eq!(ids(&cases), exact);
    let axis = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let axes = [axis("product", "ps-20016s"), axis("pack.soc", "10 %"), axis("seed", "4")];
    assert_eq!(cases[5].axes, axes);
    assert_eq!((cases[5].setup.seed, cases[5].product.as_str()), (4, "ps-20016s"));
    let WorldSetup::ClosedLoop(pack) = &cases[5].setup.world else { panic!("it is a pack") };
    assert!((pack.cells[0].soc - 0.1).abs() < 1e-12);
}

#[test]
fn what_is_excluded_is_not_there_and_the_rest_is() {
    let cases = cases(
        "[matrix]\nproduct = [\"ps-15016\", \"ps-20016s\"]\npack.soc = [\"10 %\", \"90 %\"]\n\
         exclude = [{ product = \"ps-15016\", pack.soc = \"90 %\" }]\n",
    );
    assert_eq!(
        ids(&cases),
        ["t-ps-15016-soc10pct", "t-ps-20016s-soc10pct", "t-ps-20016s-soc90pct"]
    );
}

#[test]
fn a_stimulus_and_an_expectation_follow_an_axis() {
    let cases = cases(
        "[matrix]\ncurrent = [\"20 A\", \"40 A\"]\nlate = { from = \"0 ms\", to = \"2 ms\" }\n\
         [[step]]\nat = \"1 s ${late}\"\ndo.connect-load = { current = \"${current}\" }\n",
    );
    assert_eq!(cases.len(), 6);
    let last = &cases[5].setup.timeline[0];
    assert_eq!(last.at, SimTime::from_micros(1_002_000));
    assert_eq!(last.action, Action::ConnectLoad(Load::Current(40.0)));
}

#[test]
fn an_axis_may_set_a_number_and_an_axis_of_tables_several_values() {
    let cases = cases(
        "[matrix]\npack.cells = [8, 16]\npoint = [{ name = \"cold\", at = \"-5 degC\" }, \
         { name = \"warm\", at = \"30 degC\" }]\n[[step]]\nat = \"1 s\"\n\
         do.ambient = \"${point.at}\"\n",
    );
    assert_eq!(ids(&cases), ["t-cells8-cold", "t-cells8-warm", "t-cells16-cold", "t-cells16-warm"]);
    assert_eq!((cases[1].setup.params.series, cases[2].setup.params.series), (8, 16));
    assert_eq!(cases[2].setup.timeline[0].action, Action::Ambient(-5.0));
}

#[test]
fn a_case_crosses_with_the_matrix_of_its_file_and_may_have_axes_of_its_own() {
    let cases = cases(
        "[matrix]\nseed = [1, 2]\n[[case]]\nsuffix = \"a\"\n[[case]]\nsuffix = \"b\"\n\
         matrix.pack.soc = [\"20 %\"]\n",
    );
    assert_eq!(ids(&cases), ["t-a-seed1", "t-a-seed2", "t-b-soc20pct-seed1", "t-b-soc20pct-seed2"]);
}

#[test]
fn two_hundred_cases_of_one_file_trip_at_their_own_limits() {
    let cases = read("matrix/over-voltage.toml");
    let names: BTreeSet<_> = ids(&cases).into_iter().collect();
    assert_eq!((cases.len(), names.len()), (200, 200));
    for (index, case) in cases.iter().enumerate().filter(|(index, _)| index % 41 == 0) {
        let exact = [3_600, 3_625, 3_650, 3_700, 3_750][index / 20 % 5];
        assert_eq!(case.setup.params.voltage.over, Millivolts(exact), "{}", case.id);
        let trace = sim::bench::run(&case.setup);
        let entered = EventPattern::Protection(Reasons::OVER_VOLTAGE, true);
        let entered = trace.events.iter().find(|event| entered.matches(&event.kind));
        let at = entered
            .map(|event| event.at)
            .unwrap_or_else(|| panic!("{} does not trip", case.id))
            .as_secs_f64();
        assert!((4.0..=4.2).contains(&at), "{}: {at}", case.id);
    }
}

#[test]
fn a_file_wins_over_what_it_includes_and_its_lists_come_after() {
    let scenario = read("include/good.toml").remove(0);
    assert_eq!((scenario.setup.seed, scenario.product.as_str()), (8, "ps-15016"));
    assert_eq!(scenario.setup.params.voltage.over, Millivolts(3_700));
    let WorldSetup::ClosedLoop(pack) = &scenario.setup.world else { panic!("it is a pack") };
    assert!((pack.cells[0].soc - 0.6).abs() < 1e-12);
    let times: Vec<_> = scenario.setup.timeline.iter().map(|step| step.at).collect();
    assert_eq!(times, [SimTime::from_secs(1), SimTime::from_secs(2)]);
    let files: Vec<_> = scenario.sources.iter().map(|source| source.file.as_str()).collect();
    assert!(files.len() == 2 && files[1].ends_with("include/common.toml"), "{files:?}");
    let expectation = &scenario.expectations[0];
    assert_eq!((expectation.source, expectation.line), (1, 20));
}

/// The words for a file that cannot be found end with the system's own.
#[test]
fn mistakes_are_told_in_the_file_where_they_stand() {
    for name in ["broken-part", "missing-part", "circle"] {
        let wrong = load(&path(&format!("include/{name}.toml"))).expect_err("it is wrong");
        let folder = format!("{}/", path("include").display());
        insta::assert_snapshot!(format!("include-{name}"), wrong.to_string().replace(&folder, ""));
    }
}

#[test]
fn a_text_in_no_folder_includes_nothing() {
    let text = format!("include = \"common.toml\"\n{}", with(""));
    let wrong = parse("standard input", "stdin", &text).expect_err("there is no folder");
    assert!(wrong.to_string().contains("this text lies in no folder"), "{wrong}");
}

const DRAWN: &str = "[[step]]\nat = { uniform = [\"1 s\", \"2 s\"] }\n\
    do.connect-load = { current = { normal = \"20 A\", deviation = \"2 A\", within = \"5 A\" } }\n\
    [[step]]\nat = \"5 s\"\ndo.connect-load = { current = { choice = [\"1 A\", \"2 A\"] } }\n";

fn drawn(seed: Option<u64>) -> Scenario {
    let options = Options { seed, ..Options::default() };
    parse_with("t.toml", "t", &with(DRAWN), &options).expect("the file is sound").remove(0)
}

#[test]
fn one_seed_draws_one_run_and_another_seed_another() {
    let [first, again, other] = [None, Some(1), Some(2)].map(drawn);
    assert_eq!(first.drawn, again.drawn);
    assert_eq!(first.setup.timeline, again.setup.timeline);
    assert_ne!(first.setup.timeline, other.setup.timeline);
    assert_eq!((first.setup.seed, other.setup.seed), (1, 2));
    let places: Vec<_> = first.drawn.iter().map(|(place, _)| place.as_str()).collect();
    let exact =
        ["step[0].at", "step[0].do.connect-load.current", "step[1].do.connect-load.current"];
    assert_eq!(BTreeSet::from_iter(places), BTreeSet::from(exact));
}

#[test]
fn what_was_drawn_can_be_written_into_the_file_in_its_place() {
    let scenario = drawn(Some(5));
    let value = |place: &str| {
        let found = scenario.drawn.iter().find(|(at, _)| at == place);
        found.map(|(_, text)| text.as_str()).expect("it was drawn")
    };
    let steps = format!(
        "[[step]]\nat = {:?}\ndo.connect-load = {{ current = {:?} }}\n\
         [[step]]\nat = \"5 s\"\ndo.connect-load = {{ current = {:?} }}\n",
        value("step[0].at"),
        value("step[0].do.connect-load.current"),
        value("step[1].do.connect-load.current"),
    );
    assert_eq!(cases(&steps)[0].setup.timeline, scenario.setup.timeline);
}

#[test]
fn each_seed_of_a_matrix_draws_its_own() {
    let cases = cases(&format!("[matrix]\nseed = {{ from = 1, to = 8 }}\n{DRAWN}"));
    let drawn: BTreeSet<_> = cases.iter().map(|case| case.drawn[0].1.as_str()).collect();
    assert_eq!(drawn.len(), 8);
}

#[test]
fn the_spread_of_cells_is_not_drawn_when_the_file_is_read() {
    let cases = cases("[pack.spread]\ncapacity = { normal = \"1 %\", within = \"3 %\" }\n");
    assert!(cases[0].drawn.is_empty());
}

#[test]
fn the_caller_chooses_seam_and_tolerance_of_every_case() {
    let options = Options { front_end: Some(FrontEndLevel::Value), ..Options::default() };
    let cases = load_with(&path("matrix/over-voltage.toml"), &options).expect("it is sound");
    assert!(cases.iter().all(|case| case.setup.front_end == FrontEndLevel::Value));
}

const WAITS: &str = "[scenario]\ntitle = \"t\"\nproduct = \"jk-b1a24s15p\"\nduration = \"10 s\"\n\
    needs = [\"presets\"]\n[params]\ncell_ov = \"3.6 V\"\n[forced]\ncells = 24\nvoltage = \"3.3 V\"\n\
    [[expect]]\nrequirement = \"JKB-OVP-1\"\nnever = \"heating on\"\n\
    [[expect]]\nrequirement = \"JKB-ELE-5\"\nvalue = \"cell 24\"\nat = \"1 s\"\nlow = \"1 V\"\n";

#[test]
fn a_scenario_of_a_product_that_waits_is_right_and_does_not_run() {
    let scenario = parse("w.toml", "w", WAITS).unwrap_or_else(|wrong| panic!("{wrong}")).remove(0);
    assert!(!scenario.runs());
    let exact =
        ["the JK B series is not served yet", "sets of parameters by chemistry are not served yet"];
    assert_eq!(scenario.waiting, exact);
    assert_eq!(scenario.product, "jk-b1a24s15p");
}

#[test]
fn a_scenario_waits_for_what_it_needs_and_the_others_run() {
    let needing = with("").replace("product =", "needs = [\"parallel-packs\"]\nproduct =");
    let waits = parse("t.toml", "t", &needing).expect("it is sound").remove(0);
    assert_eq!(waits.waiting, ["several packs on one bus are not served yet"]);
    assert!(cases("")[0].runs());
}

/// A scenario of so many cells that shall be refused by PS-GEN-1.
fn refused_with(cells: u8) -> Result<Scenario, String> {
    let text = format!(
        "[scenario]\ntitle = \"t\"\nproduct = \"ps-15016\"\nduration = \"10 s\"\n\
         [[case]]\nsuffix = \"a\"\nrefused = \"PS-GEN-1\"\n\
         forced = {{ cells = {cells}, voltage = \"3.3 V\" }}\n"
    );
    parse("t.toml", "t", &text).map(|mut read| read.remove(0)).map_err(|wrong| wrong.to_string())
}

#[test]
fn what_the_gate_shall_refuse_is_right_if_it_refuses_it_and_wrong_if_not() {
    for (cells, sound) in [(7, true), (8, false), (16, false), (17, true)] {
        let read = refused_with(cells);
        assert_eq!(read.is_ok(), sound, "{cells}: {read:?}");
    }
    let why = refused_with(16).unwrap_err();
    assert!(why.contains("does not refuse this case by `PS-GEN-1`"), "{why}");
}

#[test]
fn what_is_refused_does_not_run_and_proves_its_requirement() {
    let scenario = refused_with(7).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert!(!scenario.runs() && scenario.waiting.is_empty());
    assert_eq!(
        (scenario.id.as_str(), scenario.covers.as_slice()),
        ("t-a", &["PS-GEN-1".to_owned()][..])
    );
    assert!(scenario.refused[0].contains("7 cells"), "{:?}", scenario.refused);
    let never_run = |_: &_| -> Trace { panic!("it is not run") };
    let ended = run_each_with(&[scenario], 1, || false, |_, ending| ending, never_run);
    let Ending::Ran(trace) = &ended.expect("a thread starts")[0] else { panic!("it was listed") };
    assert_eq!(trace.outcome, Outcome::Refused);
}

/// The blocks of docs/scenarios.md that are files of their own, by their names.
fn documented() -> Vec<(String, String)> {
    let document = path("../../docs/scenarios.md");
    let document = std::fs::read_to_string(document).expect("it is there");
    let after = document.split("\n```toml ").skip(1);
    let blocks = after.filter_map(|rest| rest.split("\n```").next()?.split_once('\n'));
    blocks.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

#[test]
fn the_files_of_the_document_include_each_other() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in documented() {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let read = load(&folder.path().join("warm.toml")).unwrap_or_else(|wrong| panic!("{wrong}"));
    let WorldSetup::ClosedLoop(pack) = &read[0].setup.world else { panic!("it is a pack") };
    assert!((pack.ambient_c - 40.0).abs() < 1e-12 && pack.cells.len() == 16);
}

#[test]
fn the_document_names_every_product_that_waits_and_every_need() {
    let document = std::fs::read_to_string(path("../../docs/scenarios.md")).expect("it is there");
    let models =
        |id: &str| id.starts_with("jk-bd") || id.starts_with("jk-b1a") || id.starts_with("jk-b2a");
    for product in scenarios::waiting::all().iter().filter(|it| !models(&it.id)) {
        assert!(document.contains(&format!("`{}`", product.id)), "{}", product.id);
    }
    for need in scenarios::waiting::needs() {
        assert!(document.contains(&format!("| `{}` |", need.name)), "{}", need.name);
        let sheet = &need.words;
        let words = sheet.actions.keys().chain(sheet.signals.keys()).chain(sheet.pages.keys());
        for word in words {
            let spelt = ["`{}`", "`{} = ...`", "`\"{}\"`"].map(|form| form.replace("{}", word));
            assert!(spelt.iter().any(|it| document.contains(it)), "{word} of {}", need.name);
        }
    }
}

/// A scenario whose forced voltages are read from a table with these lines.
fn from_table(lines: &str, more: &str) -> Result<Scenario, String> {
    let folder = tempfile::tempdir().expect("the folder is writable");
    std::fs::write(folder.path().join("log.csv"), lines).expect("the folder is writable");
    let file = folder.path().join("t.toml");
    let text = format!(
        "[scenario]\ntitle = \"t\"\nproduct = \"ps-15016\"\nduration = \"10 s\"\n\
         [forced]\ncells = 16\nvoltage = {{ file = \"log.csv\" }}\n{more}\
         [[expect]]\nrequirement = \"PS-OV-1\"\nnever = \"OV enters\"\n"
    );
    std::fs::write(&file, text).expect("the folder is writable");
    load(&file).map(|mut read| read.remove(0)).map_err(|wrong| wrong.to_string())
}

#[test]
fn forced_values_are_read_from_a_table_and_one_cell_from_a_column_of_its_own() {
    let lines = "time,voltage,cell 7,temperature\n0,3.3,3.4,20\n5,3.5,3.6,30\n";
    let more = "cell-temperature = { file = \"log.csv\", shape = \"linear\" }\n\
        [[forced.override]]\ncell = 7\nvoltage = { file = \"log.csv\", column = \"Cell 7\" }\n";
    let scenario = from_table(lines, more).unwrap_or_else(|wrong| panic!("{wrong}"));
    let WorldSetup::Forced(forced) = &scenario.setup.world else { panic!("it is forced") };
    let points = |first, second| vec![(SimTime::ZERO, first), (SimTime::from_secs(5), second)];
    assert_eq!(forced.cells[0].points, points(3.3, 3.5));
    assert_eq!(forced.cells[6].points, points(3.4, 3.6));
    assert_eq!(forced.cell_temperatures[3].points, points(20.0, 30.0));
}

#[test]
fn a_mistake_in_a_table_is_told_with_its_file_and_line() {
    let told = |lines: &str| from_table(lines, "").expect_err("the table is wrong");
    assert!(told("time,voltage\n0,3.3\n1,x\n").contains("log.csv: line 3: `x` is not a number"));
    assert!(told("time,volt\n0,3.3\n").contains("log.csv: the table has no column `voltage`"));
}

#[test]
fn a_pack_starts_at_the_voltage_at_which_its_cells_rest() {
    let text = with("").replace("soc = \"50 %\"", "voltage = \"3.25 V\"").replace(
        "cell = \"lfp-100ah\"",
        "linear = { empty = \"3.2 V\", full = \"3.4 V\", capacity = \"10 Ah\", resistance = \"1 mohm\" }",
    );
    let scenario = parse("t.toml", "t", &text).unwrap_or_else(|wrong| panic!("{wrong}")).remove(0);
    let WorldSetup::ClosedLoop(pack) = &scenario.setup.world else { panic!("it is a pack") };
    assert!(pack.cells.iter().all(|cell| (cell.soc - 0.25).abs() < 1e-9));
}
