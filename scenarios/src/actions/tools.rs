//! Reads what the sheets of products that wait, and of needs, have for actions, such as what is done
//! with a maker's software. No part of the firmware takes it yet: a scenario that does such a thing
//! is checked, and waits.

use crate::diagnostics::Problem;
use crate::fields::{FIELDS, Field};
use crate::section::Section;
use sim::setup::{Action, HostAction};
use std::borrow::Cow;
use std::ops::Range;

/// What is done, in words.
pub(super) fn told(what: String) -> Action {
    Action::Host(HostAction::Tool(Cow::Owned(what)))
}

/// Reads an action of the sheets with what is told with it.
pub(super) fn read(action: &Section<'_>, key: &str, span: Range<usize>) -> Option<Action> {
    let words = action.sink.vocabulary();
    let Some((name, deed)) = words.action(key) else {
        super::report_unknown(action.sink, key, span);
        return None;
    };
    if !deed.is_told_with() {
        let problem = Problem::new(format!("`{name}` is a word alone"), span);
        action.sink.report(problem.help(format!("write `do = \"{name}\"`")));
        return None;
    }
    deed.read(action, name).map(told)
}

/// `write-parameter`: by the names of the product, be it one that waits.
pub(super) fn read_write(write: &Section<'_>) -> Option<Action> {
    write.missing("name", "name = \"voltage.cell_ov\"");
    write.missing("value", "value = \"3.70 V\"");
    let password = write.text("password").unwrap_or_default().to_owned();
    let (name, value) = (write.text("name"), write.value("value"));
    let name = name?;
    let span = write.span_of("name");
    let value = match (write.sink.vocabulary().product, Field::find(name)) {
        (Some(words), _) => {
            let kind = words.parameter(name, span, write.sink)?;
            kind.report(value?, write.sink);
            0
        }
        (None, Some(field)) => field.whole(value?, write.sink)?,
        (None, None) => {
            let known: Vec<_> = FIELDS.iter().map(|field| field.key).collect();
            write.sink.unknown("parameter", name, span, &known);
            return None;
        }
    };
    Some(Action::Host(HostAction::WriteParameter { name: name.to_owned(), value, password }))
}
