//! Reads what happens by conditions: `[[phase]]`, `[[track]]`, `[[when]]`.

mod condition;
mod phases;
mod words;

use crate::actions::{self, Pins};
use crate::diagnostics::Problem;
use crate::section::{Section, Sink, shown};
use condition::Scope;
use sim::script::{Condition, Every, Next, Script, Track, Trigger};
use sim::setup::{Action, Setup};
use sim::time::{SimTime, Span};
use toml::Spanned;
use toml::de::DeValue;

/// What a script is read against.
pub(crate) struct Context<'w> {
    /// The pins of the world.
    pub(crate) pins: Pins<'w>,
    /// When the run ends.
    pub(crate) end: SimTime,
}

/// Signals are looked at so often where the file says nothing.
const CHECK_EVERY: Span = Span::from_millis(10);

/// Reads the script of a scenario. From here on its phases are known by their names.
pub(crate) fn read(head: &Section<'_>, body: &Section<'_>, context: &Context<'_>) -> Script {
    let check_every = head.time_span("check-every").unwrap_or(CHECK_EVERY);
    if check_every.0 == 0 {
        let problem = Problem::new("`check-every` cannot be zero", head.span_of("check-every"));
        head.sink.report(problem.label("expected a time above 0 s"));
    }
    let sections = phases::Sections::of(body);
    body.sink.know_phases(sections.names());
    let tracks = sections.read(context);
    let triggers = body.sections("when").into_iter().enumerate();
    let triggers = triggers.filter_map(|(index, it)| read_trigger(&it, index, context)).collect();
    Script { tracks, triggers, check_every }
}

/// Reads a condition that stands alone, about a pack of so many cells.
pub(crate) fn condition(sink: &Sink, value: &Spanned<DeValue<'_>>, cells: u8) -> Option<Condition> {
    condition::read(sink, value, &Scope::alone(cells))
}

/// Events that looking at signals adds to a run, at the most.
pub(crate) fn looks(script: &Script, duration: SimTime) -> u64 {
    if script.is_empty() { 0 } else { duration.0 / script.check_every.0.max(1) }
}

/// Why the run cannot be carried out yet: what a host does and no part of the firmware takes.
pub(crate) fn waiting(setup: &Setup) -> Vec<String> {
    let mut reasons: Vec<String> = all_actions(setup)
        .filter_map(|action| match action {
            Action::Host(host) => host.refusal(setup),
            _ => None,
        })
        .collect();
    reasons.sort();
    reasons.dedup();
    reasons
}

/// Whether a phase of the script may end the run.
pub(crate) fn ends_run(script: &Script) -> bool {
    let phases = script.tracks.iter().flat_map(|track| &track.phases);
    let ends = |next: &Next| matches!(next, Next::EndRun);
    phases.into_iter().any(|it| ends(&it.next) || it.timeout.iter().any(|(_, next)| ends(next)))
}

/// Whether anything switches the heater.
pub(crate) fn switches_heater(script: &Script) -> bool {
    of_script(script).any(|action| matches!(action, Action::Heater(_)))
}

fn all_actions(setup: &Setup) -> impl Iterator<Item = &Action> {
    setup.timeline.iter().map(|timed| &timed.action).chain(of_script(&setup.script))
}

fn of_script(script: &Script) -> impl Iterator<Item = &Action> {
    let phases = script.tracks.iter().flat_map(|track: &Track| &track.phases);
    let lists = phases.map(|phase| &phase.actions);
    let lists = lists.chain(script.triggers.iter().map(|trigger| &trigger.actions));
    lists.flatten().map(|(_, action)| action)
}

fn read_trigger(section: &Section<'_>, index: usize, context: &Context<'_>) -> Option<Trigger> {
    let when = read_when(section, context);
    section.missing("do", "do = \"disconnect-load\"");
    let actions = read_actions(section, context);
    let words = [("each", Every::Each), ("once", Every::Once)];
    let every = section.choice("every", "word for how often", &words).unwrap_or(Every::Each);
    section.finish();
    Some(Trigger { name: format!("[[when]] no. {}", index + 1), when: when?, every, actions })
}

fn read_when(section: &Section<'_>, context: &Context<'_>) -> Option<Condition> {
    match (section.value("event"), section.value("condition")) {
        (Some(value), None) => {
            let event = crate::events::find(section.sink, section.text("event")?, value.span())?;
            Some(Condition::Happened { event, times: 1 })
        }
        (None, Some(value)) => condition::read(section.sink, value, &Scope::of(context)),
        _ => {
            let title = "[[when]] has an `event` or a `condition`, one of the two";
            let help = "write `event = \"OV enters\"` or `condition = \"highest cell >= 3.75 V\"`";
            section.sink.report(Problem::new(title, section.span.clone()).help(help));
            None
        }
    }
}

/// What `do` says, in time order: one action or a list of them, each `after` a time.
fn read_actions(section: &Section<'_>, context: &Context<'_>) -> Vec<(Span, Action)> {
    let Some(value) = section.value("do") else { return Vec::new() };
    let items: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![value],
    };
    let one = |item: &&Spanned<DeValue<'_>>| {
        let (after, actions) = actions::read_late(section.sink, item, &context.pins)?;
        report_late(section.sink, item, after, context.end);
        Some(actions.into_iter().map(move |action| (after, action)))
    };
    let mut actions: Vec<_> = items.iter().filter_map(one).flatten().collect();
    actions.sort_by_key(|(after, _)| *after);
    actions
}

fn report_late(sink: &Sink, value: &Spanned<DeValue<'_>>, after: Span, end: SimTime) {
    if after.0 > end.0 {
        let problem = Problem::new("this would come after the end of the run", value.span());
        sink.report(problem.label(format!("the run ends at {}", shown(end))));
    }
}
