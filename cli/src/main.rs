//! `packtwin`: the only place that reads clocks, environment and terminal. Everything it does is in
//! the floors below; here it is asked for and shown.

mod args;
mod check;
mod exit;
mod input;
mod output;
mod progress;
mod run;
mod spread;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = args::Cli::parse();
    output::choose_colour(cli.global.color);
    let exit = match &cli.command {
        args::Command::Run(run) => run::run(run, &cli.global),
        args::Command::Spread(wanted) => spread::spread(wanted, &cli.global),
        args::Command::Check(check) => check::check(check, &cli.global),
    };
    exit.into()
}
