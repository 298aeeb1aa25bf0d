//! Reads `[[phase]]` and `[[track]]`: what is done in which order, until when, and what then.

use super::condition::{self, Scope, read_positive, read_times};
use super::words::{describe, time};
use super::{Context, read_actions};
use crate::diagnostics::Problem;
use crate::section::{Section, shown};
use sim::script::{Condition, Next, Phase, Track};
use sim::time::Span;
use std::collections::BTreeSet;
use std::sync::Arc;
use toml::Spanned;

/// The track that the file's own `[[phase]]` lists make.
const MAIN: &str = "main";

/// Words that say where a phase leads, and so name none.
const RESERVED: &[&str] = &["next", "end", "end run", "fail"];

/// The tables of all tracks, before they are read.
pub(super) struct Sections<'a> {
    tracks: Vec<TrackSections<'a>>,
}

struct TrackSections<'a> {
    name: String,
    phases: Vec<Section<'a>>,
}

impl TrackSections<'_> {
    fn place(&self, name: &str) -> Option<usize> {
        self.phases.iter().position(|phase| text(phase, "name") == Some(name))
    }
}

/// A text, where something else is reported by whoever reads it.
fn text<'a>(section: &Section<'a>, key: &'static str) -> Option<&'a str> {
    section.value(key)?.get_ref().as_str()
}

impl<'a> Sections<'a> {
    pub(super) fn of(body: &Section<'a>) -> Self {
        let mut tracks = Vec::new();
        let main = body.sections("phase");
        if !main.is_empty() {
            tracks.push(TrackSections { name: MAIN.to_owned(), phases: main });
        }
        for section in body.sections("track") {
            section.missing("name", "name = \"load\"");
            section.missing("phase", "[[track.phase]]");
            let name = section.text("name").unwrap_or_default().to_owned();
            if tracks.iter().any(|track| track.name == name) {
                let title = format!("two tracks are called `{name}`");
                section.sink.report(Problem::new(title, section.span_of("name")));
            }
            tracks.push(TrackSections { name, phases: section.sections("phase") });
            section.finish();
        }
        Self { tracks }
    }

    /// The names of all phases.
    pub(super) fn names(&self) -> Vec<Arc<str>> {
        self.all().filter_map(|phase| text(phase, "name")).map(Arc::from).collect()
    }

    pub(super) fn read(&self, context: &Context<'_>) -> Vec<Track> {
        self.report_doubles();
        self.tracks.iter().map(|track| self.read_track(track, context)).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Section<'a>> {
        self.tracks.iter().flat_map(|track| &track.phases)
    }

    fn report_doubles(&self) {
        let mut seen = Vec::new();
        for phase in self.all() {
            let Some(value) = phase.value("name") else { continue };
            let name = value.get_ref().as_str();
            let before = seen.iter().find(|(known, _)| *known == name);
            if let (Some((_, span)), Some(name)) = (before, name) {
                let title = format!("two phases are called `{name}`");
                let problem = Problem::new(title, value.span()).label("this name is taken");
                phase.sink.report(problem.other(Clone::clone(span), "by this one"));
            } else {
                seen.push((name, Spanned::span(value)));
            }
        }
    }

    fn read_track(&self, track: &TrackSections<'a>, context: &Context<'_>) -> Track {
        let read =
            |(index, section)| Reader { sections: self, track, index, section, context }.read();
        let phases: Vec<_> = track.phases.iter().enumerate().map(read).collect();
        report_unreachable(track, &phases);
        Track { name: track.name.clone(), phases }
    }
}

/// A phase to which nothing leads is a mistake in what the others say.
fn report_unreachable(track: &TrackSections<'_>, phases: &[Phase]) {
    let mut reached = BTreeSet::new();
    let mut open = vec![0];
    while let Some(index) = open.pop() {
        if let Some(phase) = phases.get(index).filter(|_| reached.insert(index)) {
            let timeout = phase.timeout.as_ref().map(|(_, next)| next);
            open.extend([Some(&phase.next), timeout].into_iter().flatten().flat_map(|next| {
                match next {
                    Next::Following => vec![index + 1],
                    Next::Phase(to) => vec![*to],
                    Next::Repeat { to, .. } => vec![*to, index + 1],
                    Next::EndTrack | Next::EndRun | Next::Fail(_) => Vec::new(),
                }
            }));
        }
    }
    for (index, section) in track.phases.iter().enumerate() {
        if !reached.contains(&index) {
            let title = format!("no phase leads to `{}`", phases[index].name);
            let problem = Problem::new(title, section.span_of("name")).label("never begins");
            section.sink.report(problem.help("let the `next` of another phase name it"));
        }
    }
}

/// One phase being read.
struct Reader<'r, 'a, 'w> {
    sections: &'r Sections<'a>,
    track: &'r TrackSections<'a>,
    index: usize,
    section: &'r Section<'a>,
    context: &'r Context<'w>,
}

impl Reader<'_, '_, '_> {
    fn read(&self) -> Phase {
        let section = self.section;
        section.missing("name", "name = \"charge\"");
        let name: Arc<str> = section.text("name").unwrap_or_default().into();
        if RESERVED.contains(&&*name) || name.trim().is_empty() && section.has("name") {
            let title = format!("a phase cannot be called `{name}`");
            let problem = Problem::new(title, section.span_of("name"));
            section.sink.report(problem.label("this word says where a phase leads"));
        }
        let actions = read_actions(section, self.context);
        let until = self.read_until();
        let next = self.read_next();
        let (timeout, unfinished) = self.read_timeout(&name, until.as_ref());
        if section.has("for") {
            let title = "`for` belongs into a condition";
            let help = "`lasts` is the length of a phase; \
                        `until = \"highest cell >= 3.75 V for 2 s\"` holds a condition";
            section.sink.report(Problem::new(title, section.span_of("for")).help(help));
        }
        section.finish();
        Phase { name, actions, until, timeout, next, unfinished }
    }

    /// The end of the phase, by a condition or after a time.
    fn read_until(&self) -> Option<Condition> {
        let section = self.section;
        if section.has("until") && section.has("lasts") {
            let problem =
                Problem::new("`until` and `lasts` exclude each other", section.span_of("lasts"));
            let help = "`timeout` is the longest that an `until` is waited for";
            section.sink.report(problem.label("remove one of the two").help(help));
        }
        if let Some(lasts) = section.has("lasts").then(|| read_positive(section, "lasts")) {
            let lasts = lasts?;
            self.report_beyond("lasts", lasts);
            return Some(Condition::Elapsed(lasts));
        }
        condition::read(section.sink, section.value("until")?, &Scope::of(self.context))
    }

    fn report_beyond(&self, key: &'static str, span: Span) {
        if span.0 > self.context.end.0 {
            let title = format!("`{key}` is longer than the run");
            let problem = Problem::new(title, self.section.span_of(key));
            let label = format!("the run lasts {}", shown(self.context.end));
            self.section.sink.report(problem.label(label));
        }
    }

    fn read_next(&self) -> Next {
        let section = self.section;
        let next = section.has("next").then(|| self.read_target("next")).flatten();
        if !section.has("repeat") {
            return next.unwrap_or(Next::Following);
        }
        section.missing("next", "next = \"charge\"");
        let times = read_times(section, "repeat");
        match (next, times) {
            (Some(Next::Phase(to)), Some(times)) if to <= self.index => Next::Repeat { to, times },
            (Some(_), _) => {
                let title = "`repeat` says how often `next` goes back";
                let problem = Problem::new(title, section.span_of("next"));
                let help = "name an earlier phase of the track, or this one";
                section.sink.report(problem.label("this goes not back").help(help));
                Next::Following
            }
            _ => Next::Following,
        }
    }

    /// Where a key leads: a word or a phase of this track.
    fn read_target(&self, key: &'static str) -> Option<Next> {
        let section = self.section;
        match section.text(key)? {
            "next" => return Some(Next::Following),
            "end" => return Some(Next::EndTrack),
            "end run" => return Some(Next::EndRun),
            name => {
                if let Some(to) = self.track.place(name) {
                    return Some(Next::Phase(to));
                }
                let elsewhere =
                    self.sections.tracks.iter().find(|track| track.place(name).is_some());
                let span = section.span_of(key);
                if let Some(other) = elsewhere {
                    let title = format!("`{name}` is a phase of track `{}`", other.name);
                    let problem = Problem::new(title, span);
                    section.sink.report(problem.label("a phase leads to one of its own track"));
                } else {
                    let names: Vec<_> =
                        self.track.phases.iter().filter_map(|it| text(it, "name")).collect();
                    let words = if key == "next" { &RESERVED[..3] } else { RESERVED };
                    let known: Vec<_> = names.into_iter().chain(words.iter().copied()).collect();
                    section.sink.unknown("phase", name, span, &known);
                }
            }
        }
        None
    }

    /// What happens if the phase does not end in time, and what a run says that ends before it.
    fn read_timeout(
        &self,
        name: &str,
        until: Option<&Condition>,
    ) -> (Option<(Span, Next)>, Option<String>) {
        let section = self.section;
        let span = section.has("timeout").then(|| read_positive(section, "timeout")).flatten();
        if let Some(span) = span {
            self.report_beyond("timeout", span);
        }
        let fails = text(section, "on-timeout").is_none_or(|word| word == "fail");
        let target = if fails { None } else { self.read_target("on-timeout") };
        for key in ["timeout", "on-timeout"] {
            if section.has(key) && !section.has("until") {
                let title = format!("`{key}` is about an `until`, and there is none");
                let problem = Problem::new(title, section.span_of(key));
                section.sink.report(problem.help("write `until = \"highest cell >= 3.75 V\"`"));
            }
        }
        let waits = until.filter(|_| section.has("until")).map(describe).unwrap_or_default();
        let end = shown(self.context.end);
        let unfinished = (fails && section.has("until")).then(|| {
            format!(
                "phase `{name}` has not ended when the run does, at {end}; it waits for {waits}"
            )
        });
        let next = |span| {
            target.unwrap_or_else(|| {
                let after = time(span);
                Next::Fail(format!("phase `{name}` timed out after {after}; it waited for {waits}"))
            })
        };
        if span.is_none() {
            self.report_untimed();
        }
        (span.map(|span| (span, next(span))), unfinished)
    }

    /// Without a timeout the end of the run is one; then there is nowhere to go.
    fn report_untimed(&self) {
        let section = self.section;
        let word = text(section, "on-timeout");
        if section.has("timeout") || word.is_none_or(|word| ["fail", "end"].contains(&word)) {
            return;
        }
        let problem = Problem::new("this needs a `timeout`", section.span_of("on-timeout"));
        let help = "without one, `on-timeout` is about the end of the run: \"fail\" or \"end\"";
        section.sink.report(problem.label("leads on after which time?").help(help));
    }
}
