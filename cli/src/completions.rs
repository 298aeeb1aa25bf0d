//! `packtwin completions`: what a shell needs.

use crate::args::{Cli, Completions};
use crate::exit::Exit;
use crate::output;
use clap::CommandFactory;

/// Prints the script for a shell.
pub(crate) fn completions(wanted: &Completions) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(wanted.shell, &mut Cli::command(), "packtwin", &mut script);
    let shown = output::result(&String::from_utf8_lossy(&script));
    shown.map_or_else(|error| output::lost(&error), |()| Exit::Passed)
}
