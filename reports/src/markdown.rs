//! The summary of a suite as Markdown, for a pull request or the summary page of a CI job.

use crate::trouble::{command, of, place};
use crate::{Grade, Judged, Remark, Suite, provenance, remarks, show};

/// Most rows of a table; what is beyond is counted. A CI's summary page is limited in size.
pub(crate) const ROWS_MAX: usize = 100;

/// The summary.
#[must_use]
pub fn summary(suite: &Suite<'_>) -> String {
    let mut text = head(suite);
    text += &troubles(suite);
    text += &remarked(suite);
    text += &skipped(suite);
    text += &runs(suite);
    text += &format!("\npacktwin {}\n", provenance::version());
    text
}

fn mark(grade: Grade) -> &'static str {
    match grade {
        Grade::Pass => "✅",
        Grade::Untested => "❔",
        Grade::Fail => "❌",
    }
}

fn head(suite: &Suite<'_>) -> String {
    let worst = suite.verdict();
    let grades = [Grade::Pass, Grade::Untested, Grade::Fail].map(|grade| {
        let count = suite.count(grade);
        format!("{count} {}", grade.word())
    });
    let mut parts = grades.to_vec();
    for (count, word) in [(suite.not_run.len(), "not run"), (suite.waiting.len(), "waiting")] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    let runs = show::counted(suite.runs.len(), "run");
    format!("## {} Packtwin: {}\n\n{runs}: {}\n", mark(worst), worst.word(), parts.join(", "))
}

fn troubles(suite: &Suite<'_>) -> String {
    let found: Vec<_> = suite
        .runs
        .iter()
        .flat_map(|run| of(run).into_iter().map(move |it| (run, it)))
        .map(|(run, it)| {
            [
                mark(it.grade).into(),
                cell(&run.scenario.id),
                labelled(&it.label, &it.requirements),
                cell(&it.facts),
                cell(&place(&run.scenario.file, it.line)),
            ]
        })
        .collect();
    if found.is_empty() {
        return String::new();
    }
    let table = table(["", "Run", "Expected", "Found", "Where"], &found);
    let bad = suite.runs.iter().filter(|run| run.verdict != Grade::Pass).take(ROWS_MAX);
    let commands: Vec<_> = bad.map(command).collect();
    format!(
        "\n### Not as expected\n\n{table}\nTo run them again:\n\n```sh\n{}\n```\n",
        commands.join("\n")
    )
}

/// What data sheets have to remark, a row for each rule with the run that it spoke in first.
fn remarked(suite: &Suite<'_>) -> String {
    let row = |it: &remarks::Told<'_>| {
        [
            cell(&it.remark.requirement),
            cell(&it.remark.says),
            cell(it.run),
            cell(&since(it.remark)),
            it.runs.to_string(),
        ]
    };
    let rows: Vec<_> = remarks::told(&suite.runs).iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = ["Requirement", "Remark", "First in", "Since and found", "Runs"];
    format!("\n### Remarks\n\n{}", table(head, &rows))
}

/// Since when, and what was found then.
fn since(remark: &Remark) -> String {
    let since = show::moment(remark.since);
    if remark.found.is_empty() { since } else { format!("{since}: {}", remark.found) }
}

fn skipped(suite: &Suite<'_>) -> String {
    let mut text = String::new();
    if !suite.not_run.is_empty() {
        let ids: Vec<_> = suite.not_run.iter().take(ROWS_MAX).map(|it| cell(&it.id)).collect();
        let more = suite.not_run.len() - ids.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text += &format!("\nNot run, as the suite was stopped: {}{more}\n", ids.join(", "));
    }
    if !suite.waiting.is_empty() {
        let row = |it: &&scenarios::Scenario| {
            [cell(&it.id), cell(&it.title), cell(&Suite::why_waiting(it))]
        };
        let rows: Vec<_> = suite.waiting.iter().take(ROWS_MAX).map(row).collect();
        text += &format!("\n### Waiting\n\n{}", table(["Scenario", "Title", "Why"], &rows));
        let more = suite.waiting.len() - rows.len();
        if more > 0 {
            text += &format!("\nand {more} more\n");
        }
    }
    text
}

fn runs(suite: &Suite<'_>) -> String {
    let row = |run: &Judged<'_>| {
        let passed = run.findings.iter().filter(|it| it.verdict.grade() == Grade::Pass).count();
        [
            mark(run.verdict).into(),
            cell(&run.scenario.id),
            cell(&run.scenario.title),
            cell(&run.scenario.product),
            format!("{passed}/{}", run.findings.len()),
        ]
    };
    let rows: Vec<_> = suite.runs.iter().map(row).collect();
    let table = table(["", "Run", "Title", "Product", "Expectations"], &rows);
    format!("\n<details><summary>All runs</summary>\n\n{table}\n</details>\n")
}

/// A table of at most [`ROWS_MAX`] rows.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&head.map(Into::into));
    text += &line(&vec!["---".into(); N]);
    text.extend(rows.iter().take(ROWS_MAX).map(|row| line(row)));
    if rows.len() > ROWS_MAX {
        text += &format!("\n… and {} more\n", rows.len() - ROWS_MAX);
    }
    text
}

/// A text, and below it the requirements that it is about, if there are any.
pub(crate) fn labelled<T: AsRef<str>>(label: &str, requirements: &[T]) -> String {
    let ids: Vec<_> = requirements.iter().map(|id| format!("`{}`", id.as_ref())).collect();
    if ids.is_empty() { cell(label) } else { format!("{}<br>{}", cell(label), ids.join(" ")) }
}

/// A text that stays in its cell and is nothing but text.
pub(crate) fn cell(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' => safe.extend(['\\', letter]),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{cell, labelled, summary};
    use crate::testbench::{lookup, quiet, scenario, short_circuit};
    use crate::{Suite, judge};
    use sim::time::SimTime;

    #[test]
    fn a_text_neither_leaves_its_cell_nor_becomes_a_mark() {
        assert_eq!(cell("a|b\nc"), "a\\|b c");
        assert_eq!(cell("<img> & *x* `y` _z_"), "&lt;img&gt; &amp; \\*x\\* \\`y\\` \\_z\\_");
    }

    #[test]
    fn requirements_stand_below_what_is_about_them_and_nothing_below_the_rest() {
        assert_eq!(
            labelled("OV enters", &["PS-OV-1", "PS150-OV-1"]),
            "OV enters<br>`PS-OV-1` `PS150-OV-1`"
        );
        assert_eq!(labelled::<&str>("the run", &[]), "the run");
    }

    #[test]
    fn every_row_of_a_table_has_the_columns_of_its_head() {
        let (wanted, trace) = short_circuit();
        let mut malicious = wanted.clone();
        malicious.expectations[0].label = "a | b\n| c".into();
        let (idle, left) = (scenario("idle", SimTime::from_secs(1)), quiet());
        let runs = vec![judge(&malicious, &trace, &lookup), judge(&idle, &left, &lookup)];
        let mut suite = Suite::of(runs);
        suite.not_run = vec![&wanted];
        let text = summary(&suite);
        let mut columns = 0;
        let mut rows = 0;
        for line in text.lines() {
            let bars = line.replace("\\|", "").matches('|').count();
            if line.starts_with('|') {
                assert!(columns == 0 || columns == bars, "{line}");
                (columns, rows) = (bars, rows + 1);
            } else {
                columns = 0;
            }
        }
        assert!(rows > 5, "{text}");
        assert!(text.contains("1 not run") && text.contains("Not run, as the suite was stopped"));
    }

    #[test]
    fn a_suite_that_was_stopped_does_not_look_passed() {
        let wanted = scenario("left", SimTime::from_secs(1));
        let suite = Suite { not_run: vec![&wanted], ..Suite::default() };
        assert!(summary(&suite).starts_with("## ❔ Packtwin: untested\n"));
    }
}
