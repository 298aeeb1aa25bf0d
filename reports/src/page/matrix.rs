//! Which acceptance scenario puts which requirement to the test, and with what verdict.

use super::Summed;
use crate::{Grade, Judged};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The column of runs that stand for no acceptance scenario.
const OTHER: &str = "other";

/// The acceptance scenarios that the runs stand for, in the order of their names.
pub(super) fn columns(runs: &[Judged<'_>]) -> Vec<String> {
    let named: BTreeSet<&str> = runs.iter().flat_map(specs).collect();
    let (other, named): (Vec<&str>, Vec<&str>) = named.into_iter().partition(|it| *it == OTHER);
    named.into_iter().chain(other).map(Into::into).collect()
}

fn specs<'a>(run: &'a Judged<'_>) -> Vec<&'a str> {
    match run.scenario.spec.as_slice() {
        [] => vec![OTHER],
        specs => specs.iter().map(String::as_str).collect(),
    }
}

/// One row per requirement, one cell per column.
pub(super) fn rows(
    runs: &[Judged<'_>],
    folders: &[String],
    requirements: &[Summed<'_>],
) -> Vec<Value> {
    let columns = columns(runs);
    let row = |it: &Summed<'_>| {
        let cells: Vec<_> = columns.iter().map(|spec| cell(runs, folders, it, spec)).collect();
        json!({
            "id": it.id,
            "text": it.requirement.text,
            "find": super::view::find_requirement(runs, it),
            "verdict": it.exercised.unwrap_or(Grade::Untested).word(),
            "cells": cells,
        })
    };
    requirements.iter().map(row).collect()
}

/// The worst verdict of a column's runs that put the requirement to the test, and the run that has
/// it; untested only where none of them did, as in the sum over all columns.
fn cell(runs: &[Judged<'_>], folders: &[String], of: &Summed<'_>, spec: &str) -> Value {
    let graded = of.runs.iter().filter(|&&index| specs(&runs[index]).contains(&spec));
    let graded: Vec<(Grade, usize)> =
        graded.filter_map(|&index| Some((verdict(&runs[index], of.id)?, index))).collect();
    let exercised = |(grade, _): &(Grade, usize)| (*grade != Grade::Untested).then_some(*grade);
    let Some((grade, index)) = graded.iter().rev().max_by_key(|it| exercised(it)) else {
        return json!({"verdict": "", "mark": "", "folder": "", "title": ""});
    };
    let mark = match grade {
        Grade::Pass => "✓",
        Grade::Untested => "?",
        Grade::Fail => "✗",
    };
    let names: Vec<&str> =
        graded.iter().map(|(_, index)| runs[*index].scenario.id.as_str()).collect();
    json!({
        "verdict": grade.word(),
        "mark": mark,
        "folder": folders[*index],
        "title": format!("{} in {spec}: {}; {}", of.id, grade.word(), names.join(", ")),
    })
}

fn verdict(run: &Judged<'_>, id: &str) -> Option<Grade> {
    run.coverage.iter().find(|it| it.id == id).map(|it| it.verdict)
}
