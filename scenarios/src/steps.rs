//! Reads `[[step]]`: what the outside does, and when.

use crate::actions::{self, Pins};
use crate::bus;
use crate::diagnostics::Problem;
use crate::section::{Section, shown};
use sim::setup::TimedAction;
use sim::time::SimTime;

/// Reads all steps of a scenario, in time order.
pub(crate) fn read(body: &Section<'_>, pins: &Pins<'_>, end: SimTime) -> Vec<TimedAction> {
    let mut steps = Vec::new();
    let mut previous: Option<SimTime> = None;
    for section in body.sections("step") {
        section.missing("at", "at = \"1 s\"");
        section.missing("do", "do = \"disconnect-load\"");
        let at = section.time("at");
        let action = section.value("do").and_then(|it| actions::read(section.sink, it, pins));
        let action = match bus::read_number(&section) {
            Some(pack) => action.map(|_| actions::elsewhere(pack)),
            None => action,
        };
        if let Some(at) = at {
            report_time(&section, at, previous, end);
            previous = Some(at);
            let actions = action.into_iter().flatten();
            steps.extend(actions.map(|action| TimedAction { at, action }));
        }
        section.finish();
    }
    steps.sort_by_key(|step| step.at);
    steps
}

/// Steps of one list stand in time order, within the run. A case's list begins anew.
fn report_time(section: &Section<'_>, at: SimTime, previous: Option<SimTime>, end: SimTime) {
    let span = section.span_of("at");
    if at > end {
        let problem = Problem::new("this step comes after the end of the run", span.clone());
        section.sink.report(problem.label(format!("the run ends at {}", shown(end))));
    }
    if let Some(before) = previous.filter(|before| *before > at && !section.begins) {
        let problem = Problem::new("steps stand in the order of their times", span);
        section.sink.report(problem.label(format!("the step before is at {}", shown(before))));
    }
}
