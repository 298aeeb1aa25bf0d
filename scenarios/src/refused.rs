//! A case that the gate shall refuse: the proof that what a requirement forbids cannot even be
//! written. Its own problems by that requirement are what it is for; any other is told as ever.

use crate::cases::{File, One};
use crate::describe::REFUSED;
use crate::diagnostics::Problem;
use crate::expect::{Check, Expectation, Scenario};
use crate::load::{default_period, read_scenario};
use crate::section::Section;
use crate::{expectations, head, product, requirements};
use bms_core::protect::Reasons;
use sim::script::Script;
use sim::setup::{ForcedSetup, Looks, Profile, Setup, StepBounds, WorldSetup};
use sim::time::SimTime;
use std::ops::Range;
use std::sync::Arc;

/// The key of a case.
pub(crate) const KEY: &str = "refused";

/// The requirements by which a case shall be refused; none for a case that shall run.
pub(crate) fn read(case: &Section<'_>) -> Vec<(String, Range<usize>)> {
    let ids = case.texts(KEY);
    for (id, span) in &ids {
        expectations::report_unknown_requirement(case, id, span.clone());
    }
    if !case.has(KEY) {
        return Vec::new();
    }
    if ids.is_empty() {
        let problem = Problem::new("a case is refused by a requirement", case.span_of(KEY));
        let help = "name it, such as `refused = \"PS-GEN-1\"`, or leave the key away";
        case.sink.report(problem.label("none").help(help));
    }
    if case.has("expect") {
        let title = "nothing can be expected of a case that is refused";
        let problem = Problem::new(title, case.span_of(KEY)).label("it is not run");
        case.sink.report(problem.help("take its `[[case.expect]]` away, or `refused`"));
    }
    ids.into_iter().map(|(id, span)| (id.to_owned(), span)).collect()
}

/// Reads a case that shall be refused by each of these requirements.
pub(crate) fn scenario(
    file: &File<'_>,
    one: &One<'_>,
    wanted: &[(String, Range<usize>)],
) -> Option<Scenario> {
    let sink = one.body.sink;
    let before = sink.mark();
    let said = head::read(&one.head, file.options);
    let product = one.head.text("product").unwrap_or_default().to_owned();
    read_scenario(file, one);
    let told = sink.take_since(&before);
    let is_wanted =
        |problem: &Problem| wanted.iter().any(|(id, _)| problem.by.as_ref() == Some(id));
    let (refusals, others): (Vec<_>, Vec<_>) = told.into_iter().partition(is_wanted);
    others.into_iter().for_each(|problem| sink.report(problem));
    for (id, span) in wanted {
        let is_known = requirements::find(id).is_some();
        if is_known && !refusals.iter().any(|refusal| refusal.by.as_ref() == Some(id)) {
            let title = format!("the gate does not refuse this case by `{id}`");
            let help = "write what the requirement forbids, or let the case run with expectations";
            sink.report(Problem::new(title, span.clone()).label("not refused by it").help(help));
        }
    }
    let expectation = |(id, span): &(String, Range<usize>)| Expectation {
        requirements: vec![id.clone()],
        line: file.sources.line(span.start),
        source: file.sources.number_of(span.start),
        label: REFUSED.to_owned(),
        check: Check::Refused { why: said_of(&refusals, id) },
    };
    let expectations: Vec<_> = wanted.iter().map(expectation).collect();
    file.covers(said.covers, &expectations);
    Some(Scenario {
        id: one.id.clone(),
        title: said.title,
        about: said.about,
        spec: said.spec,
        file: file.texts[0].file.clone(),
        text: file.texts[0].text.clone(),
        product,
        covers: wanted.iter().map(|(id, _)| id.clone()).collect(),
        setup: stand_in(&one.id, one.seed),
        expectations,
        thresholds: Vec::new(),
        assembly: None,
        waiting: Vec::new(),
        refused: refusals.iter().map(in_a_line).collect(),
        axes: one.axes.clone(),
        sources: Arc::clone(&file.texts),
        drawn: one.drawn.clone(),
    })
}

/// What the gate says by a requirement.
fn said_of(refusals: &[Problem], id: &str) -> Vec<String> {
    let by_it = refusals.iter().filter(|refusal| refusal.by.as_deref() == Some(id));
    by_it.map(in_a_line).collect()
}

fn in_a_line(refusal: &Problem) -> String {
    if refusal.label.is_empty() {
        return refusal.title.clone();
    }
    format!("{}: {}", refusal.title, refusal.label)
}

/// A set-up in the place of one that cannot be. Nothing runs it.
fn stand_in(name: &str, seed: u64) -> Setup {
    let product = product::load(product::names()[0]).expect("a test loads every embedded product");
    let room = || Profile::constant(crate::world::ROOM_C);
    let none = || Profile::constant(0.0);
    let forced = ForcedSetup {
        cells: vec![none(); product.series_max.into()],
        current: none(),
        gated: true,
        cell_temperatures: std::array::from_fn(|_| room()),
        mos_temperatures: std::array::from_fn(|_| room()),
        board_temperature: room(),
        load_attached: none(),
        charger_attached: none(),
    };
    Setup {
        name: name.to_owned(),
        params: product.params,
        board: product.board,
        world: WorldSetup::Forced(forced),
        timeline: Vec::new(),
        script: Script::default(),
        front_end: sim::setup::FrontEndLevel::Register,
        tolerance: sim::setup::Tolerance::Nominal,
        seed,
        duration: SimTime::ZERO,
        record_period: default_period(SimTime::ZERO),
        record_at: Vec::new(),
        looks: Looks::default(),
        latched: Reasons::empty(),
        event_budget: 0,
        switched_on: false,
        steps: StepBounds::default(),
    }
}
