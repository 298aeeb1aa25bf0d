//! Annotations as GitHub's workflow commands: each trouble at its line of the scenario file.

use crate::trouble::{Trouble, command, of};
use crate::{Grade, Judged, Suite};

/// One line per trouble, in the order of the runs, then a notice per scenario that waits.
#[must_use]
pub fn github(suite: &Suite<'_>) -> Vec<String> {
    let troubles =
        suite.runs.iter().flat_map(|run| of(run).into_iter().map(move |it| trouble(run, &it)));
    let waiting = suite.waiting.iter().map(|scenario| {
        let title = format!("{} waits", scenario.id);
        line("notice", &scenario.file, 1, &title, &Suite::why_waiting(scenario))
    });
    troubles.chain(waiting).collect()
}

fn trouble(run: &Judged<'_>, it: &Trouble<'_>) -> String {
    let word = match it.grade {
        Grade::Untested => "untested",
        _ => "failed",
    };
    let title = format!("{}: {} {word}", run.scenario.id, it.label);
    let ids = it.requirements.join(" ");
    let text = format!("{}\n{ids}\nReproduce: {}", it.facts, command(run));
    line("error", &run.scenario.file, it.line.max(1), &title, &text)
}

/// A workflow command: `::error file=..,line=..,title=..::..`.
#[must_use]
pub fn line(level: &str, file: &str, line: usize, title: &str, text: &str) -> String {
    let (file, title) = (property(file), property(title));
    format!("::{level} file={file},line={line},title={title}::{}", escaped(text))
}

/// What would end a command's text.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What would end a command's property.
fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{github, line};
    use crate::testbench::{lookup, scenario, short_circuit};
    use crate::{Suite, judge};
    use sim::time::SimTime;

    #[test]
    fn nothing_in_a_text_ends_its_command() {
        let made = line("error", "a,b:c.toml", 3, "50 % :: x", "one\r\ntwo % three");
        let wanted = "::error file=a%2Cb%3Ac.toml,line=3,title=50 %25 %3A%3A x\
                      ::one%0D%0Atwo %25 three";
        assert_eq!(made, wanted);
    }

    #[test]
    fn a_failure_is_an_error_at_its_line_and_a_pass_is_nothing() {
        let (wanted, trace) = short_circuit();
        let good = judge(&wanted, &trace, &lookup);
        let passed = good.findings.iter().filter(|it| it.verdict.grade() == crate::Grade::Pass);
        let passed = passed.count();
        let bad = good.findings.len() - passed;
        let silent = good.coverage.iter().filter(|it| it.verdict == crate::Grade::Untested);
        let silent = silent.count();
        let lines = github(&Suite::of(vec![good]));
        assert!(passed > 0 && lines.len() == bad + silent, "{lines:?}");
        let mut late = wanted.clone();
        let scenarios::Check::Event { window, .. } = &mut late.expectations[0].check else {
            panic!("the first expectation is an event");
        };
        window.at = SimTime::from_secs(3);
        late.expectations[0].line = 17;
        let lines = github(&Suite::of(vec![judge(&late, &trace, &lookup)]));
        let first = lines.first().expect("it fails");
        assert!(first.starts_with("::error file=suite/ps150-sc-hard-fault.toml,line=17,title="));
        assert!(first.contains("packtwin replay 'ps150-sc-hard-fault@"), "{first}");
        assert!(!first.contains('\n'));
    }

    #[test]
    fn a_run_as_a_whole_is_annotated_at_the_top_of_its_file() {
        let wanted = scenario("lost", SimTime::from_secs(1));
        let trace = sim::trace::Trace::aborted(SimTime::ZERO, "too many events".into());
        let lines = github(&Suite::of(vec![judge(&wanted, &trace, &lookup)]));
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("line=1,") && lines[0].contains("too many events"), "{lines:?}");
    }
}
