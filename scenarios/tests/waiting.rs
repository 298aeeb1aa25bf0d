//! What waits is written in words of its own, checked, told in these words, and not run.

use scenarios::Scenario;
use scenarios::load::parse;
use sim::setup::{Action, HostAction};

fn read(product: &str, needs: &str, cells: u8, more: &str) -> Result<Scenario, String> {
    let text = format!(
        "[scenario]\ntitle = \"t\"\nproduct = \"{product}\"\nduration = \"60 s\"\nneeds = [{needs}]\n\
         [forced]\ncells = {cells}\nvoltage = \"3.3 V\"\n{more}"
    );
    let read = parse("t.toml", "t", &text).map_err(|wrong| wrong.to_string())?;
    let [one] = read.try_into().map_err(|_| "one scenario".to_owned())?;
    Ok(one)
}

/// An expectation of a requirement that every product has in the catalogue.
fn expect(what: &str) -> String {
    format!("[[expect]]\nrequirement = \"JKB-STA-3\"\n{what}\n")
}

const FRAMES: &str = "count = \"frame on CAN\"\ntimes = 3";

#[test]
fn words_of_a_need_are_known_with_it_and_named_with_it_where_it_is_missing() {
    let with = read("ps-20016s", "\"inverter-link\"", 16, &expect(FRAMES)).expect("it is known");
    assert_eq!(with.waiting, ["frames to an inverter are not served yet"]);
    assert!(!with.runs());
    let without = read("ps-20016s", "", 16, &expect(FRAMES)).expect_err("it is not known");
    assert!(without.contains("write `needs = [\"inverter-link\"]`"), "{without}");
}

#[test]
fn what_is_expected_is_told_in_the_words_of_the_sheet() {
    let needs = "\"pc-link\", \"parallel-packs\"";
    let text = [
        "[bus]\npacks = 2\n".to_owned(),
        expect("switches = { \"balance status\" = \"off\", charge = \"on\" }\nat = \"1 s\""),
        expect("display = \"PC about\"\nat = \"1 s\""),
        expect("display = { page = \"PC live\", lines = [\"SOC\"] }\nat = \"1 s\""),
        expect("order = [\"pack 1: OV enters\", \"pack 2: hint\"]"),
        expect("records = [\"error code 1 enters\", \"UV exits\"]"),
        expect("pack = 2\nstate = \"off\"\nat = \"1 s\""),
    ];
    let read = read("jk-b1a24s15p", needs, 16, &text.concat()).expect("all is known");
    let labels: Vec<_> = read.expectations.iter().map(|it| it.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "charge MOSFET on, balance status off at 1 s",
            "display PC about at 1 s",
            "display PC live \"SOC\" at 1 s",
            "in order: pack 1: OV enters, pack 2: hint",
            "records: error code 1 enters, UV exits",
            "pack 2: state off at 1 s",
        ]
    );
}

#[test]
fn what_is_done_at_another_pack_is_not_done_at_this_one() {
    let text = "[bus]\npacks = 3\n[[step]]\nat = \"1 s\"\npack = 3\ndo = \"press-button\"\n\
         [[step]]\nat = \"2 s\"\ndo = \"press-button\"\n";
    let text = format!("{text}{}", expect("never = \"pack 3: reply\""));
    let read = read("ps-20016s", "\"parallel-packs\"", 16, &text).expect("it is known");
    let actions: Vec<_> = read.setup.timeline.iter().map(|timed| &timed.action).collect();
    assert!(
        matches!(actions[..], [Action::Host(HostAction::Tool(_)), Action::PressButton]),
        "{actions:?}"
    );
}

#[test]
fn a_bare_cell_is_one_cell_and_nothing_protects_it() {
    let low = expect("value = \"lowest cell\"\nlow = \"3 V\"");
    let one = read("bare-cell", "\"single-cell\"", 1, &low).expect("one cell is known");
    assert!(!one.runs());
    let two = read("bare-cell", "", 2, &low).expect_err("two are a pack");
    assert!(two.contains("DY-CEL-1"), "{two}");
    let protected = read("bare-cell", "", 1, &expect("never = \"OV enters\""));
    assert!(protected.expect_err("it has no over-voltage").contains("unknown event `OV enters`"));
}

#[test]
fn a_product_that_waits_has_the_protections_of_its_sheet_and_no_others() {
    let during = |name| expect(&format!("never = \"beep\"\nduring = \"{name}\""));
    assert!(read("jk-pb-16s", "", 16, &during("WARN:PASSWORD")).is_ok());
    let other = read("jk-pb-16s", "", 16, &during("RPSD")).expect_err("it has no such stop");
    assert!(other.contains("unknown protection `RPSD`"), "{other}");
}

/// The largest bus; its last pack is one of it, and there is none behind.
#[test]
fn a_bus_has_one_to_sixty_four_packs() {
    let bus = |packs: u32, last: u32| {
        let step = format!("[[step]]\nat = \"1 s\"\npack = {last}\ndo = \"press-button\"\n");
        let text = format!("[bus]\npacks = {packs}\n{step}{}", expect("never = \"shutdown\""));
        read("jk-pb-16s", "\"parallel-packs\"", 16, &text).map(|_| ())
    };
    assert_eq!(bus(1, 1), Ok(()));
    assert_eq!(bus(64, 64), Ok(()));
    for (packs, last) in [(0, 0), (65, 1), (64, 65), (64, 0)] {
        let told = bus(packs, last).expect_err("there is no such pack");
        assert!(told.contains("there is no"), "{packs} {last}: {told}");
    }
}
