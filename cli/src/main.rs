//! `packtwin`: the only place that reads clocks, environment and terminal. Everything it does is in
//! the floors below; here it is asked for and shown.

mod age;
mod args;
mod check;
mod exit;
mod faults;
mod fit;
mod input;
mod output;
mod progress;
mod run;
mod spread;
mod sweep;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = args::Cli::try_parse().unwrap_or_else(|error| explain(&error));
    output::choose_colour(cli.global.color);
    let exit = match &cli.command {
        args::Command::Run(run) => run::run(run, &cli.global),
        args::Command::Spread(wanted) => spread::spread(wanted, &cli.global),
        args::Command::Sweep(wanted) => sweep::sweep(wanted, &cli.global),
        args::Command::Age(wanted) => age::age(wanted, &cli.global),
        args::Command::Check(check) => check::check(check, &cli.global),
        args::Command::Fit(wanted) => fit::fit(wanted, &cli.global),
        args::Command::Faults(wanted) => faults::faults(wanted, &cli.global),
    };
    exit.into()
}

/// Ends with clap's own words; where a file stands for the command, with the command that was
/// meant.
fn explain(error: &clap::Error) -> ! {
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && error.kind() == ErrorKind::InvalidSubcommand
        && Path::new(word).exists()
    {
        output::message(&format!("hint: to run it, write `packtwin run {word}`\n"));
    }
    error.exit()
}
