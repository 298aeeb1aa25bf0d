//! What the commands around a run can be asked: comparing, repeating, completing, reading up.

use super::Annotations;
use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

pub(super) const DIFF_EXAMPLES: &str = "\
Examples:
  packtwin diff before/ after/          two report folders
  packtwin diff before/ after/ --budget shifts.toml
  packtwin diff before/ after/ --json | jq '.shifts[] | select(.beyond)'
  packtwin diff before/ after/ --plot shifts.svg --markdown diff.md

Nothing may move, unless a budget file allows it (docs/ci.md). A trace that changed while no
event, verdict or value did is told, and counts with --strict only.

Exit codes:
  0    nothing moved, or all of it inside its budget
  2    wrong usage, or a result that is invalid or unreadable
  4    something moved beyond its budget";

pub(super) const REPLAY_EXAMPLES: &str = "\
Examples:
  packtwin replay packtwin-report/s02-hard-short-150/result.json
  packtwin replay 's02-hard-short-150@suite/s02-hard-short.toml#blake3=…,seed=1,…'
  packtwin replay packtwin-report/ov/ --force      although file or version differ

The line stands in every result, in failures of JUnit files, summaries and annotations.

Exit codes:
  0    the run is the same, to the last bit
  1    it differs; the first event that does is shown
  2    wrong usage, an unreadable record, another version or a changed file";

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  packtwin completions bash > ~/.local/share/bash-completion/completions/packtwin
  packtwin completions zsh > ~/.zfunc/_packtwin
  packtwin completions fish > ~/.config/fish/completions/packtwin.fish";

pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  packtwin man | man -l -
  packtwin man ~/.local/share/man/man1";

/// `packtwin diff`.
#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// Folder of the report, or its result.json, to compare with
    #[arg(value_name = "BASE")]
    pub(crate) base: PathBuf,

    /// Folder of the report, or its result.json, that is compared
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,

    /// What may move, and by how much
    #[arg(long, value_name = "FILE")]
    pub(crate) budget: Option<PathBuf>,

    /// Every change counts, also one that only the digest of a trace shows
    #[arg(long)]
    pub(crate) strict: bool,

    /// Write a summary as Markdown; it is appended to $GITHUB_STEP_SUMMARY too, if that is set
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,

    /// Draw the shifts
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) plot: Option<PathBuf>,

    /// Mark what moved at its line of the file; github if GITHUB_ACTIONS is true
    #[arg(long, value_enum, value_name = "STYLE")]
    pub(crate) annotations: Option<Annotations>,
}

/// `packtwin replay`.
#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// A reproduction line, a result.json of one run, or the folder that holds it
    #[arg(value_name = "LINE|FILE|DIR")]
    pub(crate) record: String,

    /// Go on although the version of the program or the file is another
    #[arg(long)]
    pub(crate) force: bool,
}

/// `packtwin completions`.
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// `packtwin man`.
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// Folder for one page per command; none to print the page of the program
    #[arg(value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}
