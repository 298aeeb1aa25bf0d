//! `packtwin man`: the manual pages, made of the same words as the help.

use crate::args::{Cli, Man};
use crate::exit::Exit;
use crate::output;
use clap::{Command, CommandFactory};
use clap_mangen::Man as Page;
use std::io;
use std::path::Path;

/// Prints the program's page, or writes all of them into a folder.
pub(crate) fn man(wanted: &Man) -> Exit {
    match &wanted.dir {
        None => print(),
        Some(dir) => write_all(dir).map_or_else(
            |error| {
                output::message(&format!("error: {error}"));
                Exit::Invalid
            },
            |()| Exit::Passed,
        ),
    }
}

fn print() -> Exit {
    let shown = page(Cli::command()).and_then(|page| output::result(&page));
    shown.map_or_else(|error| output::lost(&error), |()| Exit::Passed)
}

/// A page, made in memory: the maker panics where a reader goes away.
fn page(command: Command) -> io::Result<String> {
    let mut page = Vec::new();
    Page::new(command).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn write_all(dir: &Path) -> Result<(), String> {
    let mut program = Cli::command();
    program.build();
    let mut pages = vec![("packtwin".to_owned(), program.clone())];
    for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
        pages.push((format!("packtwin-{}", command.get_name()), command.clone()));
    }
    for (name, command) in pages {
        let page = page(command).map_err(|error| error.to_string())?;
        let path = dir.join(format!("{name}.1"));
        reports::files::write_text(&path, &page).map_err(|error| error.to_string())?;
    }
    Ok(())
}
