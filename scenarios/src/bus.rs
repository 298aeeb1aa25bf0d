//! Reads `[bus]`: the packs beside this one, on one bus with it. No world holds more than one pack yet:
//! such a scenario is checked, and waits.

use crate::diagnostics::Problem;
use crate::quantity::Dimension;
use crate::section::{Section, Sink};
use crate::waiting;
use std::ops::Range;

/// The packs on a bus.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bus {
    /// How many there are, this one among them.
    packs: usize,
}

/// More are a typing error: no maker of these allows more than thirty.
const MOST: usize = 64;

/// The need that makes a scenario of several packs wait.
const NEED: &str = "parallel-packs";

/// Reads the bus, and has the following tables know its packs.
pub(crate) fn read(body: &Section<'_>) {
    let Some(bus) = body.section("bus") else { return };
    if !body.sink.vocabulary().needs.iter().any(|need| need.name == NEED) {
        let title = "several packs are a need of the scenario";
        let problem = Problem::new(title, bus.span.clone()).label("a bus of packs");
        body.sink.report(problem.help(format!("write `needs = [\"{NEED}\"]` in [scenario]")));
    }
    bus.missing("packs", "packs = 2");
    let packs = bus.count("packs");
    if packs.is_some_and(|packs| !(1..=MOST).contains(&packs)) {
        let problem = Problem::new("there is no such bus", bus.span_of("packs"));
        body.sink.report(problem.label(format!("expected 1 to {MOST} packs")));
    }
    bus.count("first-address");
    bus.boolean("chain");
    read_in_series(&bus, packs);
    // A number that is wrong was told; every pack is then taken for one of the bus.
    let packs = packs.unwrap_or(MOST);
    let mut seen = Vec::new();
    for pack in bus.sections("pack") {
        read_pack(&pack, packs, &mut seen);
        pack.finish();
    }
    bus.finish();
    body.sink.know_bus(Bus { packs });
}

/// Packs in series stand in equal rows.
fn read_in_series(bus: &Section<'_>, packs: Option<usize>) {
    let Some(series) = bus.count("in-series") else { return };
    if packs.is_some_and(|packs| series == 0 || packs % series != 0) {
        let problem = Problem::new("these rows are not equal", bus.span_of("in-series"));
        let problem = problem.label("packs in series with each other");
        bus.sink.report(problem.help("write a number that divides `packs`"));
    }
}

/// One pack, and in what it differs.
fn read_pack(pack: &Section<'_>, packs: usize, seen: &mut Vec<usize>) {
    pack.missing("number", "number = 2");
    if let Some(number) = pack.count("number") {
        let span = pack.span_of("number");
        report_absent(pack.sink, number, packs, span.clone());
        if seen.contains(&number) {
            let problem = Problem::new(format!("pack {number} stands here twice"), span);
            pack.sink.report(problem.label("say all of it in one [[bus.pack]]"));
        }
        seen.push(number);
    }
    pack.count("address");
    pack.count("cells");
    pack.boolean("switched-on");
    if let Some(id) = pack.text("product") {
        let known = waiting::products();
        if !known.contains(&id) {
            pack.sink.unknown("product", id, pack.span_of("product"), &known);
        }
    }
    pack.float("soc", Dimension::Share);
    pack.magnitude("capacity", Dimension::Capacity);
    pack.float("temperature", Dimension::Temperature);
    pack.float("current", Dimension::Current);
    pack.magnitude("voltage", Dimension::Voltage);
}

fn report_absent(sink: &Sink, number: usize, packs: usize, span: Range<usize>) {
    if !(1..=packs).contains(&number) {
        let problem = Problem::new(format!("there is no pack {number} on the bus"), span);
        let problem = problem.label("not one of its packs");
        sink.report(problem.help(format!("`[bus]` has packs 1 to {packs}")));
    }
}

/// Reports a pack that the scenario does not have.
fn report_number(sink: &Sink, number: usize, span: Range<usize>) {
    if let Some(bus) = &sink.vocabulary().bus {
        report_absent(sink, number, bus.packs, span);
        return;
    }
    let problem = Problem::new("this scenario has one pack", span).label("another pack");
    sink.report(problem.help(format!("add `[bus]` with `packs = {}`", number.max(2))));
}

/// `pack = 3`: the pack that something is about; none if that is this one, as nothing is written.
pub(crate) fn read_number(section: &Section<'_>) -> Option<usize> {
    let number = section.count("pack")?;
    report_number(section.sink, number, section.span_of("pack"));
    Some(number)
}

/// The name behind `pack 3: `, where it is written; what stands before it is held against the bus.
pub(crate) fn of_pack<'n>(sink: &Sink, name: &'n str, span: &Range<usize>) -> Option<&'n str> {
    let (pack, name) = name.split_once(": ")?;
    let number = pack.strip_prefix("pack ")?.parse().ok()?;
    report_number(sink, number, span.clone());
    Some(name)
}
