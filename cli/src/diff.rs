//! `packtwin diff`: two results side by side, held against a budget.

use crate::args::{Diff as Wanted, Global};
use crate::exit::Exit;
use crate::output;
use crate::run::{annotates, append_summary, coloured};
use reports::diff::{self, Budget, Diff, Record};
use reports::files::{ReportError, write_text};

/// Compares, shows, and says whether anything moved beyond its budget.
pub(crate) fn diff(wanted: &Wanted, global: &Global) -> Exit {
    let diff = match compared(wanted) {
        Ok(diff) => diff,
        Err(why) => {
            output::message(&format!("error: {why}"));
            return Exit::Invalid;
        }
    };
    if let Err(error) = show(&diff, global) {
        return output::lost(&error);
    }
    match write(wanted, &diff) {
        Err(error) => {
            output::message(&format!("error: {error}"));
            Exit::Invalid
        }
        Ok(()) if diff.beyond() > 0 => Exit::Moved,
        Ok(()) => Exit::Passed,
    }
}

fn compared(wanted: &Wanted) -> Result<Diff, String> {
    let budget = match &wanted.budget {
        None => Budget::default(),
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|error| {
                format!("the budget {name} cannot be read: {error}\nhint: check the path")
            })?;
            Budget::read(&name, &text).map_err(|error| error.to_string())?
        }
    };
    let budget = if wanted.strict { budget.strict() } else { budget };
    let read = |path| Record::read(path).map_err(|error| error.to_string());
    Ok(diff::compare(&read(&wanted.base)?, &read(&wanted.new)?, &budget))
}

fn show(diff: &Diff, global: &Global) -> std::io::Result<()> {
    if global.wants_json() {
        output::result(&format!("{:#}", diff::sheet::document(diff)))
    } else if global.quiet && diff.beyond() == 0 {
        Ok(())
    } else {
        output::result(&coloured(&diff::table::render(diff)))
    }
}

fn write(wanted: &Wanted, diff: &Diff) -> Result<(), ReportError> {
    if annotates(wanted.annotations) {
        diff::annotations(diff).iter().for_each(|line| output::message(line));
    }
    if let Some(path) = &wanted.plot {
        write_text(path, &diff::picture(diff))?;
    }
    let summary = diff::markdown::summary(diff);
    if let Some(path) = &wanted.markdown {
        write_text(path, &summary)?;
    }
    append_summary(&summary)
}
