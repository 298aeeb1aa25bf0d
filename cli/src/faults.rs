//! `packtwin faults`: the catalogue as a list, one entry of it in full, or all of it as a document.

use crate::args::{Faults, Global};
use crate::exit::Exit;
use crate::output;
use scenarios::faults::primitives::{PRIMITIVES, Primitive};
use scenarios::faults::{self, Entry, Piece, Status};
use serde_json::{Value, json};
use std::fmt::Write;

/// Shows what is asked for.
pub(crate) fn faults(wanted: &Faults, global: &Global) -> Exit {
    if wanted.markdown {
        return show(&document());
    }
    let group = wanted.group.as_deref().unwrap_or_default().to_lowercase();
    let in_group = |entry: &&Entry| entry.group.to_lowercase().contains(&group);
    let Some(word) = wanted.wanted.as_deref() else {
        return list(
            &faults::all().iter().filter(in_group).collect::<Vec<_>>(),
            "",
            &group,
            global,
        );
    };
    if let Some(entry) = faults::find(word) {
        return one(entry, global);
    }
    if let Some(primitive) = Primitive::find(word) {
        return building_block(primitive, global);
    }
    let found: Vec<_> =
        faults::all().iter().filter(in_group).filter(|entry| mentions(entry, word)).collect();
    list(&found, word, &group, global)
}

fn show(text: &str) -> Exit {
    output::result(text).map_or_else(|error| output::lost(&error), |()| Exit::Passed)
}

fn mentions(entry: &Entry, word: &str) -> bool {
    let word = word.to_lowercase();
    let texts = [&entry.name, &entry.group, &entry.breaks, &entry.sees, &entry.reaction];
    texts.iter().any(|text| text.to_lowercase().contains(&word))
        || entry.pieces().iter().any(|piece| piece.name.contains(&word))
}

/// That nothing was found, and what there is.
fn nothing(word: &str, group: &str) -> String {
    let mut groups: Vec<&str> = faults::all().iter().map(|entry| entry.group.as_str()).collect();
    groups.dedup();
    let in_group = if group.is_empty() { "" } else { " in such a group" };
    let what = if word.is_empty() {
        format!("no group of faults is called `{group}`")
    } else {
        format!("no fault{in_group} is called or mentions `{word}`")
    };
    let near = faults::near(word).filter(|_| group.is_empty());
    let help = near.map_or_else(
        || format!("`packtwin faults` lists all; their groups: {}", groups.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    format!("error: {what}\nhint: {help}")
}

fn list(entries: &[&Entry], word: &str, group: &str, global: &Global) -> Exit {
    if entries.is_empty() {
        output::message(&nothing(word, group));
        return Exit::Invalid;
    }
    if global.wants_json() {
        let rows: Vec<_> = entries.iter().map(|entry| data(entry)).collect();
        return show(&format!("{:#}", json!({ "schema": "packtwin.faults/1", "faults": rows })));
    }
    let mut text = String::new();
    let mut group = "";
    for entry in entries {
        if entry.group != group {
            group = &entry.group;
            let _ = writeln!(text, "{}{group}", if text.is_empty() { "" } else { "\n" });
        }
        let status = word_of(entry);
        let _ =
            writeln!(text, "{:>4}  {:<40} {status:<10} {}", entry.number, entry.name, entry.breaks);
    }
    let plural = if entries.len() == 1 { "" } else { "s" };
    let _ = write!(text, "\n{} fault{plural}; `packtwin faults NAME` shows one", entries.len());
    show(&text)
}

fn word_of(entry: &Entry) -> &'static str {
    match entry.status() {
        Status::Available => "available",
        Status::Waiting => "waiting",
    }
}

fn data(entry: &Entry) -> Value {
    let mut value = json!(entry);
    value["status"] = json!(word_of(entry));
    value["pieces"] = entry.pieces().iter().map(piece_data).collect();
    value
}

fn piece_data(piece: &Piece) -> Value {
    let keys = piece.keys().into_iter().map(|(key, value, range)| {
        json!({ "key": key, "value": value.trim_matches('"'), "range": range })
    });
    json!({ "fault": piece.name, "about": piece.primitive().about, "keys": keys.collect::<Value>() })
}

fn one(entry: &Entry, global: &Global) -> Exit {
    if global.wants_json() {
        let document = json!({ "schema": "packtwin.faults/1", "faults": [data(entry)] });
        return show(&format!("{document:#}"));
    }
    let mut text = format!("{}  {}  ({})\n", entry.number, entry.name, entry.group);
    for (label, line) in [
        ("what breaks", &entry.breaks),
        ("what is seen", &entry.sees),
        ("what should happen", &entry.reaction),
        ("bound", &entry.bound),
    ] {
        let _ = writeln!(text, "\n  {label}\n    {line}");
    }
    let _ = writeln!(text, "\n  status\n    {}", status_line(entry));
    for (label, items) in [("shown by", &entry.shown), ("requirements", &entry.requirements)] {
        if !items.is_empty() {
            let _ = writeln!(text, "\n  {label}\n    {}", items.join(", "));
        }
    }
    text.push_str(&made_of(&entry.pieces()));
    if !entry.made.is_empty() {
        text.push_str(&example(&entry.name, &entry.pieces()));
    }
    show(&text)
}

fn status_line(entry: &Entry) -> String {
    match (entry.status(), entry.instead.as_str()) {
        (Status::Available, "") => "available".to_owned(),
        (Status::Available, instead) => format!("available, not as a `[[fault]]`: {instead}"),
        (Status::Waiting, _) => format!("waiting for {}", entry.waiting),
    }
}

fn made_of(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        let _ = writeln!(text, "\n  {}: {}", piece.name, piece.primitive().about);
        for (key, value, range) in piece.keys() {
            let _ = writeln!(text, "    {key} = {value}  ({range})");
        }
    }
    text
}

fn example(name: &str, pieces: &[Piece]) -> String {
    let mut text = format!(
        "\n  in a scenario file\n    [[fault]]\n    name = \"{name}\"\n    at = \"10 s\"\n    until = \"20 s\"\n"
    );
    let mut written = Vec::new();
    for (key, value, _) in pieces.iter().flat_map(Piece::keys) {
        if !written.contains(&key) {
            written.push(key);
            let _ = writeln!(text, "    {key} = {value}");
        }
    }
    text
}

fn building_block(primitive: &Primitive, global: &Global) -> Exit {
    let piece = Piece { name: primitive.name.to_owned(), values: primitive.defaults() };
    if global.wants_json() {
        let document = json!({ "schema": "packtwin.faults/1", "pieces": [piece_data(&piece)] });
        return show(&format!("{document:#}"));
    }
    let text = format!("{}  (a building block)\n", primitive.name);
    let pieces = [piece];
    show(&(text + &made_of(&pieces) + &example(primitive.name, &pieces)))
}

const HEAD: &str = "\
# Faults

What a scenario can break, and what should happen then. This page is what `packtwin faults --markdown`
prints; a test holds the two equal. How a scenario names a fault stands in
[scenarios.md](scenarios.md#fault).

*Available*: the firmware has the reaction, and what is named in the last column shows it. *Waiting*: the
reaction waits for what is named; the fault can still be injected where it is made of building blocks.
";

/// The catalogue as a page of the documentation.
fn document() -> String {
    let mut text = HEAD.to_owned();
    let mut group = "";
    for entry in faults::all() {
        if entry.group != group {
            group = &entry.group;
            let _ = write!(
                text,
                "\n## {}\n\n| | name | what breaks | what is seen | what should happen | bound | status | shown by |\n|---|---|---|---|---|---|---|---|\n",
                capital(group)
            );
        }
        let made = entry.pieces().iter().map(|piece| piece.name.clone()).collect::<Vec<_>>();
        let status = status_line(entry);
        let status =
            if made.is_empty() { status } else { format!("{status}; {}", made.join(" + ")) };
        let Entry { number, name, breaks, sees, reaction, bound, shown, .. } = entry;
        let _ = writeln!(
            text,
            "| {number} | `{name}` | {breaks} | {sees} | {reaction} | {bound} | {status} | {} |",
            shown.join(", ")
        );
    }
    text.push_str("\n## Building blocks\n\n| name | what it does | keys |\n|---|---|---|\n");
    for primitive in PRIMITIVES {
        let piece = Piece { name: primitive.name.to_owned(), values: primitive.defaults() };
        let keys = piece.keys();
        let keys = keys.iter().map(|(key, value, range)| format!("`{key} = {value}` ({range})"));
        let keys = keys.collect::<Vec<_>>().join("; ");
        let _ = writeln!(text, "| `{}` | {} | {keys} |", primitive.name, primitive.about);
    }
    text
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
