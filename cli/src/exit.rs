//! Exit codes, as the help promises them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything ran and passed.
    Passed,
    /// A verdict failed or is untested.
    Failed,
    /// Wrong usage, invalid or unreadable input, unwritable output.
    Invalid,
    /// A run was aborted by its own fault.
    Aborted,
    /// A comparison: something moved beyond its budget.
    Moved,
    /// Interrupted by the user.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Passed => 0,
            Exit::Failed => 1,
            Exit::Invalid => 2,
            Exit::Aborted => 3,
            Exit::Moved => 4,
            Exit::Interrupted => 130,
        })
    }
}
