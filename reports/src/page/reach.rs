//! The page of what is covered and what is not.

use super::summed;
use crate::states::{Happening, Reached, State, possible};
use crate::{Grade, Judged};
use scenarios::requirements;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn view(runs: &[Judged<'_>]) -> Value {
    let mut reached = Reached::default();
    for run in runs {
        reached.merge(&run.reached);
    }
    let (possible, unreached) = (possible().len(), reached.unreached());
    let named = summed(runs);
    let proven = named.iter().filter(|it| it.exercised == Some(Grade::Pass)).count();
    json!({
        "verdict": "coverage",
        "assets": "assets",
        "facts": [
            json!({"name": "Requirements known", "value": requirements::all().len().to_string()}),
            json!({"name": "named by a run", "value": named.len().to_string()}),
            json!({"name": "proven", "value": proven.to_string()}),
            json!({"name": "State × event pairs that can occur", "value": possible.to_string()}),
            json!({"name": "reached", "value": (possible - unreached.len()).to_string()}),
        ],
        "untested": untested(&named.iter().map(|it| it.id).collect()),
        "states": State::all().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "rows": Happening::all().into_iter().map(|event| row(&reached, event)).collect::<Vec<_>>(),
        "unreached": by_event(&unreached),
    })
}

/// The requirements of the catalogue that no run names, in its order.
fn untested(named: &BTreeSet<&str>) -> Vec<Value> {
    let missing = requirements::all().iter().filter(|it| !named.contains(it.id.as_str()));
    missing
        .map(|it| {
            json!({
                "id": it.id,
                "text": it.text,
                "values": it.values,
                "find": format!("{} {} untested", it.id, it.text),
            })
        })
        .collect()
}

fn row(reached: &Reached, event: Happening) -> Value {
    let cell = |state: State| {
        let times = reached.times(state, event);
        let (class, mark) = match (event.impossible_in(state), times) {
            (Some(_), 0) => ("never", "·".to_owned()),
            (_, 0) => ("", String::new()),
            (_, times) => ("pass", times.to_string()),
        };
        let why = event.impossible_in(state).unwrap_or_default();
        let title = match (why, times) {
            ("", 0) => format!("{event} in {state}: never"),
            ("", _) => format!("{event} in {state}: {times} times"),
            (why, _) => format!("{event} in {state}: cannot be, {why}"),
        };
        json!({"class": class, "mark": mark, "title": title})
    };
    json!({
        "name": event.to_string(),
        "find": event.to_string(),
        "cells": State::all().into_iter().map(cell).collect::<Vec<_>>(),
    })
}

/// The unreached pairs: each event with the states in which it never came.
fn by_event(unreached: &[(State, Happening)]) -> Vec<Value> {
    let mut grouped: BTreeMap<usize, (String, Vec<String>)> = BTreeMap::new();
    let order = Happening::all();
    for (state, event) in unreached {
        let place = order.iter().position(|known| known == event).unwrap_or(usize::MAX);
        let group = grouped.entry(place).or_insert_with(|| (event.to_string(), Vec::new()));
        group.1.push(state.to_string());
    }
    let rows = grouped.into_values();
    rows.map(|(event, states)| json!({"event": event, "states": states.join(" · ")})).collect()
}
