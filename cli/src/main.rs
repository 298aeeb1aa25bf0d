//! `packtwin`: the only place that reads clocks, environment and terminal. Everything it does is in
//! the floors below; here it is asked for and shown.

mod age;
mod args;
mod check;
mod completions;
mod diff;
mod exit;
mod explain;
mod faults;
mod filter;
mod fit;
mod input;
mod journal;
mod man;
mod output;
mod progress;
mod replay;
mod run;
mod schema;
mod spread;
mod watch;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = args::Cli::try_parse().unwrap_or_else(|error| usage(&error));
    output::choose_colour(cli.global.color);
    let exit = match &cli.command {
        args::Command::Run(run) => run::run(run, &cli.global),
        args::Command::Spread(wanted) => spread::spread(wanted, &cli.global),
        args::Command::Age(wanted) => age::age(wanted, &cli.global),
        args::Command::Check(check) => check::check(check, &cli.global),
        args::Command::Fit(wanted) => fit::fit(wanted, &cli.global),
        args::Command::Explain(wanted) => explain::explain(wanted, &cli.global),
        args::Command::Diff(wanted) => diff::diff(wanted, &cli.global),
        args::Command::Replay(wanted) => replay::replay(wanted, &cli.global),
        args::Command::New(wanted) => schema::new(wanted),
        args::Command::Schema(wanted) => schema::schema(wanted),
        args::Command::Completions(wanted) => completions::completions(wanted),
        args::Command::Man(wanted) => man::man(wanted),
        args::Command::Faults(wanted) => faults::faults(wanted, &cli.global),
    };
    exit.into()
}

/// Ends with clap's own words; where a file stands for the command, with the command that was
/// meant.
fn usage(error: &clap::Error) -> ! {
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && error.kind() == ErrorKind::InvalidSubcommand
        && Path::new(word).exists()
    {
        output::message(&format!("hint: to run it, write `packtwin run {word}`\n"));
    }
    error.exit()
}
