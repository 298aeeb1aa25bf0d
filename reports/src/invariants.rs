//! The rules that hold in every run, each with its verdict.

use crate::show;
use sim::oracle::Rule;
use sim::time::SimTime;
use sim::trace::{EventKind, Outcome, Trace};

/// A rule, and what a run did to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which rule.
    pub rule: Rule,
    /// When it was broken first, and how; none if it held.
    pub broken: Option<(SimTime, String)>,
}

/// Every rule, in the order of reports; none where nothing was run.
#[must_use]
pub fn of(trace: &Trace) -> Vec<Held> {
    if trace.outcome == Outcome::Refused {
        return Vec::new();
    }
    let broken = |rule: Rule| {
        trace.events.iter().find_map(|event| match &event.kind {
            EventKind::Broken(what) if Rule::of(what) == Some(rule) => {
                let detail = what.split_once(": ").map_or(what.as_str(), |(_, detail)| detail);
                Some((event.at, detail.to_owned()))
            }
            _ => None,
        })
    };
    Rule::ALL.into_iter().map(|rule| Held { rule, broken: broken(rule) }).collect()
}

/// A line for tables: how many held, and which did not.
#[must_use]
pub fn summary(held: &[Held]) -> String {
    if held.is_empty() {
        return "nothing was run".to_owned();
    }
    let broken: Vec<_> =
        held.iter().filter(|it| it.broken.is_some()).map(|it| it.rule.id()).collect();
    let kept = show::counted(held.len() - broken.len(), "invariant");
    if broken.is_empty() {
        return format!("{kept} held");
    }
    format!("{kept} held, broken: {}", broken.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testbench::{at, ms, quiet};

    #[test]
    fn a_sound_run_holds_every_rule() {
        let held = of(&quiet());
        assert_eq!(held.len(), Rule::ALL.len());
        assert!(held.iter().all(|it| it.broken.is_none()));
        assert_eq!(summary(&held), format!("{} invariants held", Rule::ALL.len()));
    }

    #[test]
    fn nothing_is_said_of_what_was_not_run() {
        let held = of(&Trace::refused());
        assert!(held.is_empty());
        assert_eq!(summary(&held), "nothing was run");
    }

    #[test]
    fn a_broken_rule_is_named_with_its_first_moment() {
        let mut trace = quiet();
        for millis in [5, 9] {
            let what = format!("storm: no. {millis}");
            trace.events.push(at(ms(millis), EventKind::Broken(what)));
        }
        let held = of(&trace);
        let storm = held.iter().find(|it| it.rule == Rule::Storm).unwrap();
        assert_eq!(storm.broken, Some((ms(5), "no. 5".to_owned())));
        assert!(summary(&held).ends_with("held, broken: storm"), "{}", summary(&held));
    }
}
