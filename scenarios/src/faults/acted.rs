//! `begin-fault` and `end-fault`: a fault as something that is done, at a step, in a phase, or when
//! something has come about.

use super::catalogue::Piece;
use super::read::{Pack, Placed, read_pieces, said};
use crate::diagnostics::{Problem, did_you_mean};
use crate::section::{Section, Sink};
use sim::setup::{Action, WorldSetup};
use std::cell::RefCell;
use toml::Spanned;
use toml::de::DeValue;

/// A fault by its name, with everything that is said about it.
#[derive(Clone, Debug, PartialEq)]
struct Named {
    name: String,
    pieces: Vec<Piece>,
}

/// What a scenario begins, so that its end is that of the same fault; and what its actions say, to
/// be held against the run when that is known.
pub(crate) struct Acted {
    pack: Pack,
    begun: Vec<Named>,
    placed: RefCell<Vec<Placed>>,
}

/// Tables of a file in which actions stand.
const WITH_ACTIONS: [&str; 4] = ["step", "phase", "track", "when"];

impl Acted {
    /// Everything that a file begins, wherever it stands.
    pub(crate) fn of(body: &Section<'_>, world: Option<&WorldSetup>, series: u8) -> Self {
        let pack = Pack::of(world, series);
        let mut begun = Vec::new();
        let mut note = |found: Option<Named>| {
            begun.extend(found);
        };
        for layer in body.tables() {
            for value in WITH_ACTIONS.iter().filter_map(|key| layer.get(*key)) {
                find(value, &mut |value| note(heard(value, pack)));
            }
            let faults = layer.get("fault").and_then(|value| value.get_ref().as_array());
            faults.into_iter().flatten().for_each(|value| note(heard(value, pack)));
        }
        Self { pack, begun, placed: RefCell::default() }
    }

    /// What the actions that were read bring about.
    pub(crate) fn take_placed(&self) -> Vec<Placed> {
        self.placed.take()
    }

    /// Reads `begin-fault`.
    pub(crate) fn read_begin(&self, action: &Section<'_>) -> Option<Vec<Action>> {
        let fault = self.read(action, "begin-fault")?;
        Some(fault.pieces.iter().map(|piece| piece.actions().0).collect())
    }

    /// Reads `end-fault`, which is of something that the file begins.
    pub(crate) fn read_end(&self, action: &Section<'_>) -> Option<Vec<Action>> {
        let value = action.value("end-fault")?;
        let by_name = value.get_ref().as_str().is_some();
        let fault = self.read(action, "end-fault")?;
        let mut same: Vec<&Named> = self.begun.iter().filter(|it| it.name == fault.name).collect();
        same.dedup();
        let found = match (by_name, same.as_slice()) {
            (true, [one]) => Some(*one),
            (true, [_, _, ..]) => {
                let title = format!("several faults are called `{}`", fault.name);
                let help = "write what its beginning says: `end-fault = { name = ..., cell = 5 }`";
                let problem = Problem::new(title, value.span()).label("which of them ends?");
                action.sink.report(problem.help(help));
                return None;
            }
            _ => same.into_iter().find(|it| **it == fault),
        };
        if found.is_none() {
            self.report_not_begun(action.sink, &fault.name, value);
        }
        Some(found?.pieces.iter().map(|piece| piece.actions().1).collect())
    }

    fn report_not_begun(&self, sink: &Sink, name: &str, value: &Spanned<DeValue<'_>>) {
        let title = format!("nothing in this file begins `{name}`");
        let same = self.begun.iter().any(|it| it.name == name);
        let near = did_you_mean(name, self.begun.iter().map(|it| it.name.as_str()));
        let help = match near {
            _ if same => "its beginning says something else about it".to_owned(),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write `begin-fault = \"{name}\"` where it begins"),
        };
        sink.report(Problem::new(title, value.span()).label("cannot end").help(help));
    }

    /// A fault by its name alone, or in a table that says more.
    fn read(&self, action: &Section<'_>, key: &'static str) -> Option<Named> {
        let value = action.value(key)?;
        let named = match value.get_ref() {
            DeValue::Table(_) => {
                let section = action.section(key)?;
                let named = pieces_of(&section, self.pack);
                if named.is_none() {
                    super::read::ask_for_all(&section);
                }
                section.finish();
                named
            }
            _ => {
                let name = action.text(key)?;
                let pieces = super::read::find_pieces(action.sink, name, &value.span(), false)?;
                let section = Section::new("the fault", Vec::new(), value.span(), action.sink);
                Some(with_values(&section, pieces, self.pack))
            }
        }?;
        let actions = named.pieces.iter().map(|piece| piece.actions().0).collect();
        let placed = Placed::of_action(named.name.clone(), value.span(), actions);
        self.placed.borrow_mut().push(placed);
        Some(named)
    }
}

/// The fault that a table names and describes.
fn pieces_of(section: &Section<'_>, pack: Pack) -> Option<Named> {
    let (name, _, pieces) = read_pieces(section)?;
    Some(with_values(section, (name, pieces), pack))
}

fn with_values(section: &Section<'_>, fault: (String, Vec<Piece>), pack: Pack) -> Named {
    let (name, pieces) = fault;
    let pieces = pieces.into_iter().map(|piece| said(section, piece, pack)).collect();
    Named { name, pieces }
}

/// What a value says, right or wrong; whoever reads it reports what is wrong.
fn heard(value: &Spanned<DeValue<'_>>, pack: Pack) -> Option<Named> {
    let sink = Sink::default();
    match value.get_ref() {
        DeValue::Table(table) => {
            pieces_of(&Section::new("the fault", vec![table], value.span(), &sink), pack)
        }
        DeValue::String(name) => {
            let pieces = super::read::find_pieces(&sink, name, &value.span(), false)?;
            let section = Section::new("the fault", Vec::new(), value.span(), &sink);
            Some(with_values(&section, pieces, pack))
        }
        _ => None,
    }
}

/// Every value of a key `begin-fault` below.
fn find<'v, 'a>(value: &'v Spanned<DeValue<'a>>, found: &mut impl FnMut(&'v Spanned<DeValue<'a>>)) {
    match value.get_ref() {
        DeValue::Array(items) => items.iter().for_each(|item| find(item, found)),
        DeValue::Table(table) => {
            for (key, value) in table {
                if &**key.get_ref() == "begin-fault" {
                    found(value);
                } else {
                    find(value, found);
                }
            }
        }
        _ => {}
    }
}
