//! A fit as text for a terminal, at most 100 columns wide. The caller adds the colour.

use super::{Account, called, millivolts, significant};
use crate::plots::number;
use crate::show;
use crate::table::{Line, Segment, Tone, WIDTH};
use crate::verdict::Grade;
use fitting::report::{RecordFit, Score};

/// So many records have a line each; of more, the worst.
const RECORDS_MAX: usize = 24;

/// What was found, how sure it is, how well each record is repeated, what to be wary of.
#[must_use]
pub fn render(account: &Account<'_>) -> Vec<Line> {
    let mut lines = head(account);
    lines.push(Line::default());
    lines.extend(figures(account));
    lines.push(Line::default());
    lines.extend(records(account));
    lines.extend(warnings(account));
    lines
}

fn head(account: &Account<'_>) -> Vec<Line> {
    let params = &account.fitted.params;
    let report = &account.fitted.report;
    let pairs = show::counted(params.branches.len(), "pair");
    let what = format!(
        "  {}, {} Ah, {pairs}, {}",
        params.chemistry.name(),
        significant(params.capacity_ah),
        show::counted(report.records.len(), "record"),
    );
    let (cold, hot) = report.temperature_c;
    let range = format!(
        "{} to {} °C, {} to {} % charge, up to {:.2}C charging and {:.2}C discharging",
        number(cold, 0),
        number(hot, 0),
        number(100.0 * report.soc.0, 1),
        number(100.0 * report.soc.1, 1),
        report.c_rate.0,
        report.c_rate.1,
    );
    let name = segment(cut(&params.name, 40), Tone::Strong);
    vec![Line(vec![name, segment(what, Tone::Plain)]), Line(vec![segment(range, Tone::Dim)])]
}

/// Each table near half full and 25 °C.
fn figures(account: &Account<'_>) -> Vec<Line> {
    let heading = format!(
        "{:30}{:>12}{:>12}{:>12}       {}",
        "near 50 % and 25 °C", "value", "95 % from", "to", "rests on"
    );
    let mut lines = vec![Line(vec![segment(heading, Tone::Dim)])];
    for table in account.tables() {
        let Some(it) = account.typical(table) else { continue };
        let (name, factor, unit) = called(it);
        let [value, low, high] = [it.value, it.low, it.high].map(|it| significant(factor * it));
        let origin = super::sheet::origin(it.origin);
        let text = format!("{value:>12}{low:>12}{high:>12} {unit:5} {origin}");
        let name = format!("{:30}", cut(&name, 29));
        lines.push(Line(vec![segment(name, Tone::Strong), segment(text, Tone::Plain)]));
    }
    lines
}

fn records(account: &Account<'_>) -> Vec<Line> {
    let heading = format!(
        "{:44}{:>8}{:>12}{:>12}{:>12}{:>12}",
        "error of the model", "°C", "fitted RMS", "largest", "held out", "largest"
    );
    let mut lines = vec![Line(vec![segment(heading, Tone::Dim)])];
    let mut worst: Vec<&RecordFit> = account.records().iter().collect();
    if worst.len() > RECORDS_MAX {
        worst.sort_by(|a, b| error(b).total_cmp(&error(a)));
        worst.truncate(RECORDS_MAX);
    }
    for it in &worst {
        let celsius = number(it.temperature_c, 0);
        lines.push(row(&it.name, &celsius, it.fitted.as_ref(), it.held_out.as_ref()));
    }
    let more = account.records().len() - worst.len();
    if more > 0 {
        let text = format!("and {more} more with smaller errors");
        lines.push(Line(vec![segment(text, Tone::Dim)]));
    }
    if account.records().len() > 1 {
        let (fitted, held_out) = (account.fitted_score(), account.held_out_score());
        lines.push(row("all", "", fitted.as_ref(), held_out.as_ref()));
    }
    lines
}

fn error(it: &RecordFit) -> f64 {
    it.fitted.iter().chain(&it.held_out).fold(0.0, |most, score| score.rmse_v.max(most))
}

fn row(name: &str, celsius: &str, fitted: Option<&Score>, held_out: Option<&Score>) -> Line {
    let text = |score: Option<&Score>| match score {
        Some(it) => format!("{:>12}{:>12}", millivolts(it.rmse_v), millivolts(it.max_v)),
        None => format!("{:>12}{:>12}", "–", "–"),
    };
    let name = format!("{:44}", front_cut(name, 43));
    let numbers = format!("{celsius:>8}{}{}", text(fitted), text(held_out));
    Line(vec![segment(name, Tone::Plain), segment(numbers, Tone::Plain)])
}

fn warnings(account: &Account<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for text in account.fitted.report.told() {
        for (index, part) in wrapped(&text, WIDTH - 9).into_iter().enumerate() {
            let mark = if index == 0 { "warning: " } else { "         " };
            let mark = segment(mark.to_owned(), Tone::Verdict(Grade::Untested));
            lines.push(Line(vec![mark, segment(part, Tone::Plain)]));
        }
    }
    if !lines.is_empty() {
        lines.insert(0, Line::default());
    }
    lines
}

/// A text in lines of at most so many letters, broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is always a line");
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

fn segment(text: String, tone: Tone) -> Segment {
    Segment { text, tone }
}

fn cut(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}

/// As [`cut`], from the front: the ends of paths tell files apart.
fn front_cut(text: &str, letters: usize) -> String {
    let count = text.chars().count();
    if count <= letters {
        return text.to_owned();
    }
    ['…'].into_iter().chain(text.chars().skip(count + 1 - letters)).collect()
}
