//! What the tests of the command line share: the program in a folder of its own, and scenarios.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Cell 7 at its over-voltage limit from 5 s on; the ps-15016 opens the charge MOSFET 1 s later.
pub(crate) const GOOD: &str = r#"
[scenario]
title = "One cell at the over-voltage limit"
product = "ps-15016"
duration = "8 s"
covers = ["PS-OV-1"]

[forced]
cells = 16
voltage = "3300 mV"

[[forced.override]]
cell = 7
voltage = [["0 s", "3300 mV"], ["5 s", "3750 mV"]]

[[expect]]
requirement = "PS-OV-1"
event = "OV enters"
at = "6 s"
tolerance = "sample"
"#;

/// [`GOOD`] with a time at which the event does not come.
pub(crate) fn failing() -> String {
    GOOD.replace("at = \"6 s\"", "at = \"2 s\"")
}

/// [`GOOD`] with a cell that never reaches its limit.
pub(crate) fn untested() -> String {
    GOOD.replace("3750 mV", "3749 mV")
}

/// [`GOOD`] with fewer events allowed than it takes.
pub(crate) fn aborting() -> String {
    GOOD.replace("duration = \"8 s\"", "duration = \"8 s\"\nevent-budget = 100")
}

/// A folder that is gone after the test.
pub(crate) struct Bench(TempDir);

impl Bench {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder can be made"))
    }

    /// With one scenario file.
    pub(crate) fn with(name: &str, text: impl AsRef<[u8]>) -> Self {
        let bench = Self::new();
        bench.write(name, text);
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        let folder = path.parent().expect("a file lies in a folder");
        fs::create_dir_all(folder).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The program, started in the folder, without what the environment would change.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = packtwin(self.0.path());
        command.args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(&mut self.command(arguments))
    }
}

fn packtwin(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_packtwin"));
    command.current_dir(folder).stdin(Stdio::null());
    for variable in [
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "COLUMNS",
        "GITHUB_ACTIONS",
        "GITHUB_STEP_SUMMARY",
        "PACKTWIN_FORMAT",
        "RAYON_NUM_THREADS",
        "RUST_BACKTRACE",
    ] {
        command.env_remove(variable);
    }
    command
}

/// What the program said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().expect("the program starts"))
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let said = Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("results are UTF-8"),
            err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        };
        assert!(!said.err.contains("panicked"), "{said:?}");
        said
    }
}
